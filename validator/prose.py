"""Prose line by line: which documents hold any, and which of their lines are code or tables.

Rules on residue read prose only. In doubt a line is masked: a rule that is silent about a quotation set in
like code does less harm than one that speaks about code.
"""

from __future__ import annotations

from validator.manifest import find_front_matter
from validator.model import TYPE_CHECKING, Span, value

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence

_PROSE = frozenset(("", "txt", "text", "md", "markdown", "mdown", "mkd", "rst", "adoc", "asc"))
"""What the names of prose end in, behind their last dot."""
_PROGRAMS = ("cmakelists.txt", "requirements.txt", "robots.txt")
"""Files that programs read, though their names end as those of prose do."""
COMPARED = 1 << 22
"""Bytes of a document, from its start, that are held against other documents."""
MARKDOWN = ("md", "markdown", "mdown", "mkd")
_FENCES = ("```", "~~~")
_OPENERS = (*_FENCES, "::")
"""Without one of these no line has to do with code, unless it is indented."""
_RULES = "|¦│┃║"
"""What stands between the cells of a table."""
_SIGNS = ("\t", "   ", *_RULES)
"""Without one of these no line is indented as code is, or part of a table."""


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
    return suffix(name) in _PROSE and name[name.rfind("/") + 1 :].lower() not in _PROGRAMS


def is_markdown(name: str) -> bool:
    """Whether a document of this name is Markdown."""
    return suffix(name) in MARKDOWN


def rows(data: bytes) -> list[str]:
    """The characters of the lines of a document, without line ends, whatever is masked.

    It is far cheaper than ``lines``. So a rule first looks here whether there would be anything to say if all counted.
    """
    found = data.decode("utf-8", "surrogateescape").split("\n")
    if not found[-1]:
        found.pop()
    return [row.removesuffix("\r") for row in found] if b"\r" in data else found


def lines(data: bytes) -> Iterator[Line]:
    """The lines of a well-formed document, in order.

    Masked are front matter, fenced and indented code, and tables: lines with bars, tabs or wide gaps between words.
    """
    front_end = _front_end(data)
    start, fence, literal = 0, "", -1
    for piece in _pieces(data):
        openers = [mark for mark in _OPENERS if mark.encode() in piece]
        signs = [sign for sign in _SIGNS if sign.encode() in piece]
        for size, text in zip(map(len, piece.split(b"\n")), rows(piece), strict=False):
            masked = any(map(text.__contains__, signs)) and is_set_apart(text)
            if start < front_end:
                masked = True
            elif fence or literal >= 0 or any(map(text.__contains__, openers)):
                bare = text.lstrip(" ")
                indent = len(text) - len(bare)
                if bare and indent <= literal:
                    literal = -1
                is_code = bool(fence) or bare.startswith(_FENCES)
                masked = masked or is_code or (bool(bare) and literal >= 0)
                if not is_code and literal < 0 and _is_before_literal(bare):
                    literal = indent
                fence = _fence_behind(fence, bare)
            yield Line(start, text, masked)
            start += size + 1


def open_fence(data: bytes) -> Line | None:
    """The line with the fence of code that is never closed, if there is one."""
    front_end = _front_end(data)
    fence, opener = "", None
    for start in _lines_with(data, tuple(map(str.encode, _FENCES)), front_end):
        (text,) = rows(data[start : data.find(b"\n", start) + 1 or len(data)])
        behind = _fence_behind(fence, text.lstrip(" "))
        opener, fence = (opener if fence else Line(start, text)), behind
    return opener if fence else None


def _front_end(data: bytes) -> int:
    front = find_front_matter(data, 3 * data.startswith(b"\xef\xbb\xbf"))
    return front.end if front is not None else 0


def _fence_behind(fence: str, bare: str) -> str:
    """The fence of the code that is open behind a line, given that of the code before it; empty if there is none."""
    if fence:
        return "" if bare.startswith(fence) and not bare.strip(fence[0]).strip() else fence
    if not bare.startswith(_FENCES):
        return ""
    run = bare[: len(bare) - len(bare.lstrip(bare[0]))]
    return run if bare[0] == "~" or run not in bare[len(run) :] else ""


def _lines_with(data: bytes, marks: Sequence[bytes], start: int) -> Iterator[int]:
    """Where the lines begin in which one of some marks stands, from an offset on."""
    places = [data.find(mark, start) for mark in marks]
    while max(places) >= 0:
        at = min(place for place in places if place >= 0)
        yield data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        if end < 0:
            return
        pairs = zip(marks, places, strict=True)
        places = [data.find(mark, end) if 0 <= place < end else place for mark, place in pairs]


def _pieces(data: bytes) -> Iterator[bytes]:
    """A document in pieces of whole lines, so that a large one is not divided as a whole."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE) + 1 or len(data)
        yield data[start:end]
        start = end


_PIECE = 1 << 16


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


def matches(data: bytes, pattern: str, sign: str) -> Iterator[tuple[Line, list[re.Match[str]]]]:
    """The lines that are not masked in which a pattern is found outside code spans, each with all its matches.

    Nothing matches without the ``sign``, so it is what rows are searched for first.
    """
    import re

    if sign.encode() not in data:
        return
    finditer = re.compile(pattern).finditer
    signed = (row for row in rows(data) if sign in row and not is_set_apart(row))
    if any(any(finditer(without_code(row))) for row in signed):
        for line in lines(data):
            found = list(finditer(without_code(line.text))) if sign in line.text and not line.masked else []
            if found:
                yield line, found


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


def is_set_apart(text: str) -> bool:
    """Whether a line is indented as code is, or has the cells of a table."""
    if text.startswith(("    ", "\t")):
        return not text.isspace()
    return "\t" in text or text.strip().count("   ") > 1 or sum(map(text.count, _RULES)) > 1


def _width(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
