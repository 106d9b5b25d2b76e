"""Prose line by line: which documents hold any, and which of their lines are code or tables.

Rules on residue read prose only. In doubt a line is masked: a rule that is silent about a quotation set in
like code does less harm than one that speaks about code.
"""

from __future__ import annotations

from validator.manifest import find_front_matter
from validator.model import TYPE_CHECKING, Span, value

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROSE = frozenset(("", "txt", "text", "md", "markdown", "mdown", "mkd", "rst", "adoc", "asc"))
"""What the names of prose end in, behind their last dot."""
MARKDOWN = ("md", "markdown", "mdown", "mkd")
_FENCES = ("```", "~~~")
_RULES = "|¦│┃║"
"""What stands between the cells of a table."""


@value
class Line:
    """A line of a document.

    ``start`` is its offset in bytes, ``text`` its characters without the line end. A ``masked`` line belongs to
    front matter, code or a table.
    """

    start: int
    text: str
    masked: bool = False

    def span(self, first: int = 0, last: int | None = None) -> Span:
        """The bytes of some of its characters: ``first`` up to, not including, ``last``."""
        start = self.start + _width(self.text[:first])
        return Span(start, start + _width(self.text[first:last]))


def suffix(name: str) -> str:
    """What stands behind the last dot of a file's name, in lower case; empty if nothing does."""
    last = name[name.rfind("/") + 1 :]
    return last[last.rfind(".", 1) + 1 :].lower() if "." in last[1:] else ""


def is_prose(name: str) -> bool:
    """Whether a document of this name holds text for people, and not data, markup or a program."""
    return suffix(name) in _PROSE


def is_markdown(name: str) -> bool:
    """Whether a document of this name is Markdown."""
    return suffix(name) in MARKDOWN


def lines(data: bytes) -> Iterator[Line]:
    """The lines of a well-formed document, in order.

    Masked are front matter, fenced and indented code, and tables: lines with bars, tabs or wide gaps between words.
    """
    front = find_front_matter(data, 3 * data.startswith(b"\xef\xbb\xbf"))
    start, fence = 0, ""
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        text = data[start:end].decode("utf-8", "surrogateescape").removesuffix("\r")
        bare = text.lstrip(" ")
        mark = bare[:3] if bare.startswith(_FENCES) else ""
        masked = bool(fence or mark) or (front is not None and start < front.end) or _is_set_apart(text)
        if fence:
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]).strip() else fence
        elif mark and mark[0] not in bare.lstrip(mark[0]):
            fence = bare[: len(bare) - len(bare.lstrip(mark[0]))]
        yield Line(start, text, masked)
        start = end + 1


def without_code(text: str) -> str:
    """A line with its code spans blotted out, and as long as before."""
    if "`" not in text:
        return text
    parts = text.split("`")
    blotted = [part if at % 2 == 0 or at == len(parts) - 1 else "\ufffc" * len(part) for at, part in enumerate(parts)]
    return "`".join(blotted)


def _is_set_apart(text: str) -> bool:
    """Whether a line is indented as code is, or has the cells of a table."""
    if text[:1] == "\t" or text[:4] == "    ":
        return bool(text.strip())
    return "\t" in text or sum(map(text.count, _RULES)) > 1 or text.strip().count("   ") > 1


def _width(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
