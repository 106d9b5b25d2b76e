"""Prose line by line: which documents hold any, and which of their lines are code or tables.

Rules on residue read prose only. In doubt a line is masked: a rule that is silent about a quotation set in
like code does less harm than one that speaks about code.
"""

from __future__ import annotations

from validator.manifest import find_front_matter
from validator.model import TYPE_CHECKING, Span, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PROSE = frozenset(("", "txt", "text", "md", "markdown", "mdown", "mkd", "rst", "adoc", "asc"))
"""What the names of prose end in, behind their last dot."""
COMPARED = 1 << 22
"""Bytes of a document, from its start, that are held against other documents."""
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
    yield from (line for line, _ in _fenced(data))


def open_fence(data: bytes) -> Line | None:
    """The line with the fence of code that is never closed, if there is one."""
    opener, before = None, ""
    for line, fence in _fenced(data):
        opener, before = (line if fence and not before else opener if fence else None), fence
    return opener


def _fenced(data: bytes) -> Iterator[tuple[Line, str]]:
    """The lines, each with the fence of the code that is open behind it; empty if none is."""
    front = find_front_matter(data, 3 * data.startswith(b"\xef\xbb\xbf"))
    start, fence, literal = 0, "", -1
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        text = data[start:end].decode("utf-8", "surrogateescape").removesuffix("\r")
        is_front = front is not None and start < front.end
        bare = text.lstrip(" ")
        indent = len(text) - len(bare)
        mark = bare[:3] if bare.startswith(_FENCES) and not is_front else ""
        if bare and indent <= literal:
            literal = -1
        masked = bool(fence or mark) or is_front or _is_set_apart(text) or (bool(bare) and literal >= 0)
        if fence:
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]).strip() else fence
        elif mark:
            run = bare[: len(bare) - len(bare.lstrip(mark[0]))]
            fence = run if mark[0] == "~" or run not in bare[len(run) :] else ""
        elif literal < 0 and _is_before_literal(bare):
            literal = indent
        yield Line(start, text, masked), fence
        start = end + 1


def _is_before_literal(bare: str) -> bool:
    """Whether the indented lines behind this one are code in reStructuredText."""
    if bare.startswith(".. "):
        return "::" in bare and bare[3:].split("::", 1)[0] in _LITERAL
    return bare.rstrip().endswith("::")


_LITERAL = (
    "code",
    "code-block",
    "sourcecode",
    "parsed-literal",
    "highlight",
    "math",
    "raw",
    "productionlist",
    "doctest",
)


def paragraphs(data: bytes, long: int = 120) -> Iterator[tuple[Line, ...]]:
    """The paragraphs of a document: neighbouring lines that are neither blank nor masked.

    A line of more than ``long`` characters is one of its own, and an item of a list begins one.
    """
    found: list[Line] = []
    for line in lines(data):
        is_alone = len(line.text) > long
        bare = line.text.lstrip()
        if found and (line.masked or is_alone or not bare or _is_item(bare)):
            yield tuple(found)
            found = []
        if bare and not line.masked:
            found.append(line)
        if found and is_alone:
            yield tuple(found)
            found = []
    if found:
        yield tuple(found)


def _is_item(bare: str) -> bool:
    """Whether a line begins as an item of a list, a heading or a rule does."""
    head = bare[:8].partition(" ")[0]
    return not any(map(str.isalpha, bare[:40])) or head in _ITEMS or (head[-1:] in ".)" and head[:-1].isdecimal())


_ITEMS = frozenset(("-", "*", "+", "•", "–", "—", "o", "#", "##", "###", "####", "#####", "######"))


def offsets(found: Sequence[Line], positions: Iterable[int]) -> Iterator[int]:
    """The bytes at which characters of some lines begin, counted as if one character stood between two lines.

    Positions must rise. So many of them in a long line take no more time than one.
    """
    number = at = seen = 0
    offset = found[0].start
    for position in positions:
        while position - at > len(found[number].text):
            at += len(found[number].text) + 1
            number += 1
            seen, offset = 0, found[number].start
        offset += _width(found[number].text[seen : position - at])
        seen = position - at
        yield offset


def without_code(text: str) -> str:
    """A line with its code spans blotted out, and as long as before."""
    ticks = text.count("`")
    if not ticks:
        return text
    if ticks > _MOST_TICKS:
        return "\ufffc" * len(text)
    import re

    runs = list(re.finditer("`+", text))
    later: dict[int, int] = {}
    closers = [0] * len(runs)
    for at in range(len(runs) - 1, -1, -1):
        length = len(runs[at][0])
        closers[at] = later.get(length, 0)
        later[length] = at
    parts, seen, at = [], 0, 0
    while at < len(runs):
        closer = closers[at]
        if closer:
            start, end = runs[at].end(), runs[closer].start()
            parts += [text[seen:start], "\ufffc" * (end - start)]
            seen = end
        at = (closer or at) + 1
    return "".join([*parts, text[seen:]])


_MOST_TICKS = 10_000
"""Backticks of a line that is taken for code as a whole."""


def _is_set_apart(text: str) -> bool:
    """Whether a line is indented as code is, or has the cells of a table."""
    if text[:1] == "\t" or text[:4] == "    ":
        return bool(text.strip())
    return "\t" in text or sum(map(text.count, _RULES)) > 1 or text.strip().count("   ") > 1


def _width(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
