"""One self-contained page for people: the verdict, a map of the collection, every finding, some charts.

The page loads nothing and sends nothing: its policy (CSP level 3) allows only the style and the script that
stand in it, known by their digests. Without the script everything can be read; with it, findings can be
filtered. The text is ASCII with character references, so that it survives whatever it is written through.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Look, Report, UsageError
from validator.reporters.words import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def render(report: Report, look: Look) -> Iterator[str]:
    """The lines of the page, made as they are asked for. Raises ``UsageError`` where a library is missing."""
    try:
        import jinja2
        import squarify  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        raise UsageError(
            "the HTML report needs libraries that are not installed: pip install 'collection-validator[html]'"
        ) from None
    from validator.reporters.html.page import page

    environment = jinja2.Environment(
        autoescape=True,
        finalize=_seen,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return _lines(environment.from_string(_packed("page.html")).generate(page(report, look, **_own_parts())))


def _seen(content: object) -> object:
    """What a template puts into the page; whatever comes from outside cannot mislead."""
    from validator.text import shown

    return shown(content) if type(content) is str else content


def _own_parts() -> dict[str, str]:
    """The style and the script, and the digests by which the policy allows them."""
    from base64 import b64encode
    from hashlib import sha256

    parts = {}
    for name, file in (("style", "page.css"), ("script", "page.js")):
        parts[name] = _packed(file).strip()
        parts[f"{name}_digest"] = b64encode(sha256(parts[name].encode()).digest()).decode("ascii")
    return parts


def _packed(file: str) -> str:
    from importlib.resources import files

    return files(__name__).joinpath(file).read_text(encoding="utf-8")


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    line = ""
    for chunk in chunks:
        *whole, line = (line + str(chunk)).split("\n")  # a chunk that is markup would escape what it is added to
        yield from map(_harmless, whole)
    if line:
        yield _harmless(line)


def _harmless(line: str) -> str:
    """A line in ASCII that commands nothing to the runner of a build, where it lands in a log."""
    for command in COMMANDS if "##" in line else ():
        line = line.replace(f"{command}[", f"{command}&#91;")
    return line.encode("ascii", "xmlcharrefreplace").decode("ascii")
