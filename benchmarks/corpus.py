"""Gather real text in many languages and scripts, to see whether the rules leave it alone.

    python benchmarks/corpus.py

fetches the packages listed below from Debian (``apt-get download``, ``apt-get source``) and from the Python index
(``pip download``) into a cache folder, takes the documents out of them, and counts them by language and script.
Nothing is installed. Whatever is there already is not fetched again. It needs a Debian system.

What counts as a document: manual pages (as roff), plain text, Markdown, reStructuredText, message
catalogues (.po), documentation in HTML and Mallard, fortunes, calendars, word lists, changelogs. Packages
that exist to try encodings and fonts, and folders of tests, are not taken: what is broken there is meant.
Of the packages in ``PROSE`` only documents are taken whose names are those of prose. Manual pages are not
rendered: all of their text would be indented, and rules on prose pass over what is. The packages in ``SITES`` are a
corpus of their own, of Markdown with front matter.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from validator import prose  # noqa: E402

DEBIAN = {
    "cs": "manpages-cs aptitude-doc-cs fortunes-cs",
    "da": "manpages-da debian-edu-doc-da myspell-da",
    "de": "manpages-de debian-reference-de developers-reference-de debian-faq-de fortunes-de maint-guide-de",
    "el": "manpages-el libreoffice-help-el hunspell-el",
    "en": "debian-policy git-doc python-django-doc bash-doc vim-runtime emacs-common fortunes doc-debian nano mutt",
    "eo": "fortunes-eo",
    "es": "manpages-es debian-reference-es maint-guide-es fortunes-es myspell-es",
    "et": "libreoffice-help-et myspell-et",
    "eu": "libreoffice-help-eu",
    "fi": "manpages-fi aptitude-doc-fi",
    "fr": "manpages-fr debian-reference-fr developers-reference-fr debian-faq-fr maint-guide-fr myspell-fr",
    "ga": "fortunes-ga myspell-ga",
    "hu": "manpages-hu myspell-hu",
    "id": "manpages-id debian-reference-id",
    "it": "manpages-it debian-reference-it debian-faq-it fortunes-it maint-guide-it",
    "ja": "manpages-ja debian-reference-ja developers-reference-ja debian-faq-ja maint-guide-ja aptitude-doc-ja",
    "ko": "debian-faq-ko libreoffice-help-ko hunspell-ko",
    "mk": "manpages-mk",
    "nb": "manpages-nb myspell-nb",
    "nl": "manpages-nl debian-faq-nl",
    "pl": "manpages-pl fortunes-pl",
    "pt": "manpages-pt debian-reference-pt debian-faq-pt manpages-pt-br debian-reference-pt-br fortunes-br",
    "ro": "manpages-ro hunspell-ro",
    "ru": "manpages-ru developers-reference-ru debian-faq-ru maint-guide-ru fortunes-ru aptitude-doc-ru",
    "sr": "manpages-sr hunspell-sr",
    "sv": "manpages-sv",
    "tr": "manpages-tr",
    "uk": "manpages-uk hunspell-uk",
    "vi": "manpages-vi maint-guide-vi hunspell-vi",
    "zh": "manpages-zh debian-reference-zh-cn debian-reference-zh-tw debian-faq-zh-cn maint-guide-zh-tw fortunes-zh",
    "be": "hunspell-be",
    "bg": "hunspell-bg fortunes-bg",
    "hr": "hunspell-hr",
    "is": "hunspell-is",
    "kmr": "hunspell-kmr",
    "om": "libreoffice-help-om",
    "ar": "hunspell-ar",
    "bn": "hunspell-bn",
    "bo": "hunspell-bo",
    "dz": "libreoffice-help-dz",
    "fa": "myspell-fa",
    "gu": "hunspell-gu",
    "he": "hunspell-he",
    "hi": "hunspell-hi libreoffice-help-hi",
    "hy": "myspell-hy",
    "km": "libreoffice-help-km",
    "lo": "hunspell-lo",
    "ml": "hunspell-ml",
    "mn": "hunspell-mn",
    "ne": "hunspell-ne",
    "si": "hunspell-si",
    "te": "hunspell-te",
    "th": "hunspell-th libthai-doc",
    "": "live-manual-txt gnome-user-docs apt dpkg dpkg-dev debhelper devscripts po4a man-db passwd adduser "
    "aptitude-common gnupg gnupg-l10n calendar tuxpaint-data mc mc-data debconf-doc psmisc fai-doc aisleriot sudo",
}
"""Debian packages by the language in which they are written; "" where a document's path tells it."""

PROSE = {
    "en": "anarchism borgbackup-doc developers-reference dovecot-core gnu-standards icinga2-doc jargon-text miscfiles "
    "nodejs-doc postfix-doc python-celery-doc python-sqlalchemy-doc python3.11-doc zim",
    "": "debian-history dokuwiki installation-guide-amd64 linux-doc-6.1",
}
"""Debian packages with essays, books, manuals and notes in plain text, Markdown and reStructuredText."""

WHEELS = {
    "": "Django==4.2.16 plone.app.locales==6.0.21 dateparser==1.2.0 Faker==25.9.2 Sphinx==7.2.6 wagtail==5.2.6 "
    "django-countries==7.6.1 WTForms==3.1.2",
    "th": "pythainlp==5.0.4",
}
SOURCES = {"": "fastapi==0.103.2", "fa": "hazm==0.7.0"}
"""Packages of the Python index, as wheels and as source archives, likewise."""

SITES = {"en": "npm pymdown-extensions==13.1 src:docker.io src:hugo src:prometheus"}
"""Packages of either kind that hold the pages of a web site, in Markdown with front matter; ``src:``: as sources."""

LARGEST = 1 << 18
"""Bytes of a document; larger ones, word lists and changelogs for the most part, are cut behind a line."""
SHARE = 80
"""Documents in one language that are taken of one package, so that none of them drowns the others."""
PROSE_SHARE = 450
"""So many of a package in ``PROSE``."""
SHORTEST = 300
"""Bytes of prose without which there is little to be said of it; shorter documents are not counted as prose."""
NO_SCRIPT = "none"

_TEXTS = re.compile(r"\.(?:txt|md|rst|po|html?|page|text|dic|aff|hlp)$|/(?:calendar|tutor)\.[^/]*$", re.I)
_TEXT_FOLDERS = ("usr/share/doc/", "usr/share/man/", "usr/share/games/fortunes/")
_NO_TEXTS = re.compile(
    r"\.(?:gz|xz|bz2|zip|png|gif|jpe?g|ico|svgz?|eps|ps|pdf|dvi|mo|dat|u8|db|js|css|map|woff2?|ttf|otf|mp4|og[gv]|webm"
    r"|inv|pickle|json|tgz|tar|elc?|so|vim|[ch]|cc|py|pl|sh|sample|mk|xml|lua|conf|doc-base)$|/(?:tests?|fixtures|[^/]*\.egg-info)/",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"/(?:man|locale|locales|docs|help|lang|translations|calendar|calendars|fortunes|tutor)/(?:[a-z]+/)?([A-Za-z]{1,3})"
    r"(?:[_@.-][\w@.-]*)?/|[._-]([a-z]{2,3})(?:[_-][A-Za-z]{2,4})?(?:\.UTF-8|\.utf-8)?(?:\.(?:txt|po|md|html|hlp|\d))?$"
)
KNOWN = """
af am an ar ast az be bg bn br bs ca ckb cs cy da de dsb dz el en eo es et eu fa fi fo fr fy ga gd gl gu he hi hr
hsb hu hy ia id io is it ja ka kab kk km kmr kn ko ku ky la lb lo lt lv mai mg mk ml mn mr ms my nb ne nl nn no oc
om or pa pl ps pt ro ru si sk sl sq sr sv sw ta te tg th tk tl tr tt udm ug uk ur uz vi yo yue zh
"""
"""Codes of languages; not every pair of letters in a path is one."""


@dataclass(frozen=True)
class Text:
    """One document of the corpus. ``name`` is its path in the package, ``language`` an ISO 639 code or ""."""

    package: str
    name: str
    language: str
    data: bytes

    @cached_property
    def content(self) -> str | None:
        """The text, or ``None`` where it is evidently not UTF-8."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    @property
    def is_prose(self) -> bool:
        """Whether it is UTF-8, has the name of prose, and says more than a line or two."""
        return self.content is not None and prose.is_prose(self.name) and len(self.data) >= SHORTEST

    @property
    def script(self) -> str:
        """The script that most letters have; one beside Latin counts as soon as a tenth of them have it.

        It is the first word of the letters' Unicode names, so Chinese is CJK and Japanese HIRAGANA or KATAKANA.
        """
        counts: Counter[str] = Counter()
        for letter, times in Counter(self.content or "").items():
            counts[_script(letter)] += times
        del counts[""]
        others = Counter({script: times for script, times in counts.items() if script != "LATIN"})
        script, times = next(iter(others.most_common(1)), ("", 0))
        return script if times * 10 > counts.total() else "LATIN" if counts else NO_SCRIPT


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0].split("-")[0] if letter.isalpha() else ""


def cache_folder() -> Path:
    """Where packages are kept if the command line does not say."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "collection-validator" / "corpus"


def listed(packages: dict[str, str]) -> dict[str, str]:
    """Package to language."""
    return {package: language for language, names in packages.items() for package in names.split()}


def fetch(folder: Path) -> None:
    """Download what is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [one for one in (*listed(DEBIAN), *listed(PROSE), *listed(SITES)) if not archives(folder, one)]
    binary = [package for package in missing if _kind(package) == "binary"]
    if binary:
        subprocess.run(["apt-get", "download", "--quiet", *binary], cwd=folder, check=True)
    fetch_sources(folder, [package.removeprefix("src:") for package in missing if _kind(package) == "source"])
    of_python = [package for package in missing if _kind(package) == "python"]
    for packages, kind in ((listed(WHEELS), "--only-binary"), ((*listed(SOURCES), *of_python), "--no-binary")):
        for package in packages:
            if not archives(folder, package):
                pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", kind, ":all:"]
                subprocess.run([*pip, "--dest", str(folder), package], check=True)


def fetch_sources(folder: Path, packages: list[str]) -> None:
    """Download the sources of Debian packages. Few systems know where these are, so the lists of them come first."""
    if not packages:
        return
    apt, form = folder / "apt", "deb-src $(SITE) $(RELEASE) $(COMPONENT)"
    (apt / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages", "Origin: Debian"]
    (apt / "sources.list").write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    places = {"Etc::SourceList": apt / "sources.list", "Etc::SourceParts": "-", "State::Lists": apt / "lists"}
    settings = {**places, "Cache::pkgcache": "", "Cache::srcpkgcache": ""}
    own = ["apt-get", "--quiet", *(f"-oDir::{name}={value}" for name, value in settings.items())]
    subprocess.run([*own, "update"], check=True)
    subprocess.run([*own, "source", "--download-only", "--only-source", *packages], cwd=folder, check=True)


def archives(folder: Path, package: str) -> list[Path]:
    """The archives of a package, as far as it was fetched; its sources may be several."""
    kind = _kind(package)
    if kind == "source":
        return sorted(folder.glob(f"{package.removeprefix('src:')}_*.orig*.tar.?z"))
    if kind == "binary":
        return sorted(folder.glob(f"{package}_*.deb"))[:1]
    plain = re.compile(re.sub("[-_.]+|==", "[-_.]+", package) + r"\b.*\.(?:whl|tar\.gz)$", re.IGNORECASE)
    return [file for file in sorted(folder.iterdir()) if plain.match(file.name)][:1]


def _kind(package: str) -> str:
    return "python" if "==" in package else "source" if package.startswith("src:") else "binary"


def texts(folder: Path) -> Iterator[Text]:
    """The documents of the corpus, each content once, package by package, in order of name."""
    seen: set[bytes] = set()
    of_prose = listed(PROSE)
    for package, language in sorted({**listed(DEBIAN), **of_prose, **listed(WHEELS), **listed(SOURCES)}.items()):
        share = PROSE_SHARE if package in of_prose else SHARE
        found: dict[str, dict[bytes, Text]] = {}
        for name, data in documents(folder, package):
            digest = hashlib.sha256(data).digest()
            if digest not in seen and (package not in of_prose or prose.is_prose(name)):
                text = Text(package.partition("==")[0], name, language_of(name) or language, data)
                found.setdefault(text.language, {}).setdefault(digest, text)
        chosen = []
        for drawn in found.values():
            digests = sorted(drawn)[:share]  # a digest is as good as a die, and falls the same every time
            seen.update(digests)
            chosen += [drawn[digest] for digest in digests]
        yield from sorted(chosen, key=lambda text: text.name)


def sites(folder: Path) -> Iterator[Text]:
    """The Markdown with front matter, each content once, package by package."""
    seen: set[bytes] = set()
    for package, language in sorted(listed(SITES).items()):
        for name, data in sorted(documents(folder, package)):
            text = Text(package.removeprefix("src:").partition("==")[0], name, language, data)
            if prose.is_markdown(name) and data.startswith(b"---\n") and text.content and data not in seen:
                seen.add(data)
                yield text


def documents(folder: Path, package: str) -> Iterator[tuple[str, bytes]]:
    """The documents of one package: name without ``.gz``, content."""
    for name, data in members(folder, package):
        if name.endswith(".gz"):
            name, data = name[:-3], gzip.decompress(data)
        is_text = _TEXTS.search(name) or (name.startswith(_TEXT_FOLDERS) and b"\0" not in data)
        if is_text and not _NO_TEXTS.search(name):
            yield name, data if len(data) <= LARGEST else data[: data.rfind(b"\n", 0, LARGEST) + 1]


def members(folder: Path, package: str) -> Iterator[tuple[str, bytes]]:
    """The regular files of a package: name, content."""
    files = archives(folder, package)
    if not files:
        sys.exit(f"{package} was not fetched into {folder}")
    for file in files:
        yield from _members(file)


def _members(file: Path) -> Iterator[tuple[str, bytes]]:
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist() if not name.endswith("/"))
        return
    packed = file.read_bytes()
    if file.suffix == ".deb":
        command = ["dpkg-deb", "--fsys-tarfile", str(file)]
        packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in tar:
            opened = tar.extractfile(member) if member.isreg() else None
            if opened is not None:
                yield member.name.removeprefix("./"), opened.read()


def language_of(name: str) -> str:
    """The language that a path names, if it does."""
    for found in _LANGUAGE.finditer(name):
        language = (found[1] or found[2]).lower()
        if language == "c":
            return "en"
        if language in KNOWN.split():
            return language
    return ""


def summary(found: Iterable[Text]) -> str:
    """How many documents there are, in which languages and scripts."""
    size, other, languages, scripts, of_prose = 0, 0, Counter[str](), Counter[str](), Counter[str]()
    for text in found:
        size += len(text.data)
        if text.is_prose:
            of_prose[text.language or "unknown"] += 1
        if text.content is None:
            other += 1
        else:
            languages[text.language or "unknown"] += 1
            scripts[text.script] += 1
    known = [f"{language} {times:,}" for language, times in languages.most_common() if language != "unknown"]
    spoken = [f"{language} {times:,}" for language, times in of_prose.most_common() if language != "unknown"]
    names = {script: "Chinese characters" if script == "CJK" else script.capitalize() for script in scripts}
    written = [f"{names[script]} {times:,}" for script, times in scripts.most_common() if script != NO_SCRIPT]
    return (
        f"{languages.total():,} documents in UTF-8 and {other:,} in other encodings, {size / 1e6:,.0f} MB.\n\n"
        f"{len(known)} languages: {', '.join(known)}; not known: {languages['unknown']:,}.\n\n"
        f"{len(written)} scripts: {', '.join(written)}.\n\n"
        f"{of_prose.total():,} documents of prose, each of {SHORTEST} bytes or more, in {len(spoken)} languages: "
        f"{', '.join(spoken)}; not known: {of_prose['unknown']:,}.\n"
    )


def main() -> None:
    """Fetch, and count."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cache", type=Path, default=cache_folder(), metavar="FOLDER", help="default: %(default)s")
    folder = arguments.parse_args().cache
    fetch(folder)
    print(summary(texts(folder)))
    print(f"{sum(1 for _ in sites(folder)):,} documents in Markdown with front matter.")


if __name__ == "__main__":
    main()
