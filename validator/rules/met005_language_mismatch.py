from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from validator import faults, frontmatter, languages, manifest, prose, screening, scripts
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule, unpacked

_LANGUAGES = {
    "Latin": "cs da de en es et fi fr ga hr hu id is it lt lv nb nl nn no pl pt ro sk sl sv sw tr vi",
    "Cyrillic": "be bg mk ru uk",
    "Arabic": "ar ckb fa ps ur",
    "Devanagari": "hi mr ne sa",
    "Bengali": "as bn",
    "Ethiopic": "am ti",
    "Greek": "el",
    "Hebrew": "he",
    "Armenian": "hy",
    "Georgian": "ka",
    "Gujarati": "gu",
    "Odia": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Thai": "th",
    "Lao": "lo",
    "Tibetan": "bo",
    "Myanmar": "my",
    "Khmer": "km",
    "Hangul": "ko",
    "Han": "zh",
    "Kana": "ja",
}
"""Languages that are written in one script, apart from transliteration."""

_WRITTEN_IN = {language: script for script, languages in _LANGUAGES.items() for language in languages.split()}
_ENOUGH = 40
"""Letters without which nothing can be said of a script."""

_LETTERS = 3
"""Letters of which one ideograph says as much."""
_WIDE = 20
"""Characters of a line of running text, if it has fewer than three words."""
_SAMPLE = 1 << 16
_KEYS = ("language", "lang")
_HAN = ("hans", "hant", "hani")


@document_rule(
    code="MET005",
    name="language-mismatch",
    severity="warning",
    message="{name!r} {said} {language!r}, but {reason}",
    help="correct the language, or look whether this is the document that was meant",
    wakes=screening.DESCRIBED | screening.FRONT_MATTER,
    good=[
        Good(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n| name | language |\n|--|--|\n| a.txt | ru |\n| b.txt | ru-Latn |\n\n"
                    + "<<<FILE 0 a.txt>>>\nЗимний рынок откроется в девять утра, PDF-файл лежит у входа.\n\n".encode()
                    + b"<<<FILE 1 b.txt>>>\nZimnij rynok otkryvaetsja v devjat' chasov utra, i sol' lezhit u vhoda.\n\n"
                )
            ),
            "a tag with a script of its own is believed",
        )
    ],
    bad=[
        Bad(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n| name | language |\n|--|--|\n| a.txt | ru |\n\n"
                    b"<<<FILE 0 a.txt>>>\nThe winter market opens at nine, with salt, rope and hot tea.\n\n"
                )
            ),
            ["INDEX.md:3:11"],
        ),
        Bad(
            {
                "INDEX.md": b"- `a.md`\n",
                "a.md": b"---\nlang: el\n---\nThe winter market opens at nine, with salt, rope and hot tea.\n",
            },
            ["a.md:2:1"],
            note="what a document says of itself counts too",
        ),
    ],
)
def language_mismatch(document: Document) -> Iterator[Hit]:
    """A document is not in the language that it is said to be in.

    Two translations were saved under each other's name, a translation was never made, or a row was copied and
    not corrected, and whoever picks documents by language gets the wrong one. What counts is the language in the
    index and the key `language` or `lang` in a document's own front matter.

    The script is always judged: hardly a letter of the language's script in a text of some length. Languages that
    share a script are told apart where the extra `language` is installed (`pip install
    'collection-validator[language]'`), and only in prose of 200 letters and more, code aside, whose beginning and
    end are in one language with a probability of .99. Close relatives (`nb` and `da`, `hr` and `sr`, `id` and
    `ms`) are taken for the same, and nothing is said of a language that the detector does not know.

    Tags follow BCP 47; one with a script subtag (`ru-Latn`) is believed, but for those of Chinese.
    """
    entry, index = document.record.entry, document.index
    listed = entry.language if entry is not None and not document.is_index else None
    words: dict[str, object] = {"name": document.record.name}
    if entry is not None and index is not None and listed:
        reason = _reason(document, listed, _whole(document))
        if reason:
            said = {"said": "is listed as", "language": listed, "reason": reason}
            yield Hit(manifest.locate(index, entry, "language"), words | said, at=index.place)
    found = frontmatter.judged(document) if document.facts & screening.FRONT_MATTER and not document.is_index else None
    own = _own(found) if found is not None else None
    if found is not None and own is not None and not _means_same(own[1], listed) and not _is_code(document, own[1]):
        whole = _whole(document)
        reason = _reason(document, own[1], whole, _plain(prose.lines(whole.encode())))
        if reason:
            said = {"said": "says it is in", "language": own[1], "reason": reason}
            yield Hit(found.spans[own[0],], words | said)


def _own(found: frontmatter.FrontMatter) -> tuple[str, str] | None:
    """The key with which a document says its language, and the language, which may be a locale: ``pt_BR``."""
    said = ((key, found.values.get(key)) for key in _KEYS)
    return next(((key, language) for key, language in said if isinstance(language, str) and language), None)


def _means_same(own: str, listed: str | None) -> bool:
    return listed is not None and _subtags(own)[0] == _subtags(listed)[0]


def _subtags(language: str) -> list[str]:
    return language.lower().replace("_", "-").split("-")


def _is_code(document: Document, own: str) -> bool:
    """Whether a language may be one of programs: a block of code is in it."""
    return b"```" + own.encode("utf-8", "ignore") in document.data


def _reason(document: Document, language: str, *texts: str) -> str:
    """Why a document, of which all texts show the script, is not in a language; empty if it is, or nobody knows."""
    primary, *rest = _subtags(language)
    if any(len(part) == 4 and part.isalpha() and part not in _HAN for part in rest):
        return ""
    reasons = [_script_reason(text, _WRITTEN_IN.get(primary, "")) for text in texts]
    return reasons[-1] if all(reasons) else _language_reason(document, primary)


def _script_reason(text: str, script: str) -> str:
    if not script:
        return ""
    counts = scripts.letters(text)
    ideographs = _LETTERS * counts.get("Han", 0) if script in ("Han", "Kana") else 0
    expected = (counts.get(script, 0) if script != "Han" else 0) + ideographs
    letters = sum(counts.values())
    if letters < _ENOUGH or expected * 100 >= letters:
        return ""
    share = "none is" if not expected else "hardly one is"
    return f"of its {letters:,} letters {share} {'Japanese' if script == 'Kana' else script}"


def _language_reason(document: Document, primary: str) -> str:
    if len(document.data) < languages.ENOUGH or not prose.is_prose(document.name):
        return ""
    lines = list(prose.lines(_whole(document).encode()))
    found = languages.other(_plain(lines), primary) if _is_running(document, lines) else ""
    return f"it reads like {found!r}" if found and not _are_apart(primary, found) else ""


def _is_running(document: Document, found: Sequence[prose.Line]) -> bool:
    """Whether at least half of a document's lines are running text; in a list of words only the comments would be."""
    front = manifest.find_front_matter(document.data, 0)
    start = front.end if front is not None else 0
    lines = [line for line in found if line.start >= start and line.text.strip()]
    running = [line for line in lines if not line.masked and (len(line.text) >= _WIDE or line.text.count(" ") > 1)]
    return 2 * len(running) >= len(lines)


def _are_apart(one: str, other: str) -> bool:
    """Whether two languages have scripts of their own; then letters have shown already what can be said."""
    return one in _WRITTEN_IN and other in _WRITTEN_IN and _WRITTEN_IN[one] != _WRITTEN_IN[other]


def _whole(document: Document) -> str:
    return document.data[:_SAMPLE].decode("utf-8", "ignore")


def _plain(lines: Iterable[prose.Line]) -> str:
    """Lines without front matter, code and tables, as one."""
    plain = (prose.without_code(line.text) for line in lines if not line.masked)
    return " ".join(" ".join(plain).split())


@language_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random)
    faults.write(tree, row.spot, b"Nothing but plain English words, as many of them as it takes to be sure of it.\n")
    language = random.choice(["ru", "ja", "fa", "hi-IN"])
    if "language" in (index := faults.parsed(tree, row.index)).columns:
        faults.edit_cells(tree, row, {"language": language.encode()})
    else:
        rows = [manifest.written(("name", "language"), {"name": e.name, "language": language}) for e in index.entries]
        faults.write(tree, row.index, "\n".join(["| name | language |", "|--|--|", *rows, ""]).encode())
