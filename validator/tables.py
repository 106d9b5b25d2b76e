"""Writing tables and names in Markdown, as they stand already: the counterpart of ``markdown``, which reads them.

A column is *aligned* where its header, the dashes and most of its cells are equally wide on a screen. What
is written into such a column is filled up with blanks to that width; what is wider sticks out, so that no
other row has to change. In a column that is not aligned, cells are as wide as what they hold.
"""

from __future__ import annotations

from functools import cache

from validator import markdown
from validator.markdown import BLANK
from validator.model import TYPE_CHECKING, Span, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDEST = 80
"""Columns of the screen up to which a new table is made wide enough for all cells of a column."""

_LONGEST = 4096
"""Bytes of a cell that anybody can have aligned."""

_DASHES = (b"-", "–".encode(), "—".encode())
_AS_THEY_ARE = "-._~/+,=@:"


@value
class Layout:
    """How a table is laid out.

    ``rooms`` are the widths of the aligned columns from bar to bar, 0 for the others; ``right`` tells which
    columns are flush right. ``before`` and ``after`` are the blanks beside a cell.
    """

    rooms: tuple[int, ...]
    right: tuple[bool, ...]
    before: bytes = b" "
    after: bytes = b" "

    def cell(self, number: int, text: bytes) -> bytes:
        """A cell with the blanks around it."""
        room = self.rooms[number] - len(self.before) - len(self.after)
        blanks = b" " * (room - width(text)) if room > 0 else b""
        filled = blanks + text if self.right[number] else text + blanks
        return self.before + filled + self.after

    def row(self, texts: Sequence[bytes]) -> bytes:
        """A row without line end."""
        return b"|%b|" % b"|".join(self.cell(number, text) for number, text in enumerate(texts))


def width(text: bytes) -> int:
    """How many columns a text takes on a screen: wide characters two (UAX #11), combining and format marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text.decode("utf-8", "surrogateescape")))


@cache
def _width(character: str) -> int:
    from unicodedata import category, east_asian_width

    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def layout(header: bytes, dashes: bytes, rows: Sequence[bytes]) -> Layout:
    """How a table is laid out, by its header, the dashes under it, and some of its rows."""
    heads, lines = markdown.cells(header), markdown.cells(dashes)
    bodies = [cells for cells in map(markdown.cells, rows) if len(cells) == len(heads)]
    inked = [cell for cells in bodies or [heads] for cell in cells if cell.strip(BLANK)]
    return Layout(
        tuple(_room(number, heads, lines, bodies) for number in range(len(heads))),
        tuple(_is_right(lines[number], [cells[number] for cells in bodies]) for number in range(len(heads))),
        b" " if any(cell[:1] in (b" ", b"\t") for cell in inked) else b"",
        b" " if any(cell[-1:] in (b" ", b"\t") for cell in inked) else b"",
    )


def _room(number: int, heads: Sequence[bytes], lines: Sequence[bytes], bodies: Sequence[Sequence[bytes]]) -> int:
    room = width(heads[number])
    if room != width(lines[number]):
        return 0
    fitting = sum(len(cells[number]) <= _LONGEST and width(cells[number]) == room for cells in bodies)
    return room if 2 * fitting > len(bodies) else 0


def _is_right(dashes: bytes, cells: Sequence[bytes]) -> bool:
    """Whether a column is flush right, by its dashes or, where they do not say, by its cells."""
    text = dashes.strip(BLANK)
    if b":" in text:
        return not text.startswith(b":")
    left = sum(cell.endswith(b"  ") and not cell.startswith(b"  ") for cell in cells)
    right = sum(cell.startswith(b"  ") and not cell.endswith(b"  ") for cell in cells)
    return right > left


def aligned(header: Sequence[bytes], right: Sequence[bool], rows: Sequence[Sequence[bytes]]) -> list[bytes]:
    """The lines of a new table, all of whose columns are aligned."""
    widths = [max(3, width(cell)) for cell in header]
    for texts in rows:
        for number, text in enumerate(texts):
            if widths[number] < len(text):
                widths[number] = max(widths[number], min(width(text[:_LONGEST]), _WIDEST))
    made = Layout(tuple(each + 2 for each in widths), tuple(right))
    dashes = [b"-" * (each - at_right) + b":" * at_right for each, at_right in zip(widths, right, strict=True)]
    return [made.row(header), made.row(dashes), *map(made.row, rows)]


def cells_of(data: bytes, row: Span) -> list[Span]:
    """The cells of a row with the blanks around them, from bar to bar."""
    line = data[row.start : row.end]
    at = row.start + len(line) - len(line.lstrip(BLANK))
    at += data.startswith(b"|", at, row.end)
    spans = []
    for cell in markdown.cells(line):
        spans.append(Span(at, at + len(cell)))
        at += len(cell) + 1
    return spans


def spelled(name: str, style: str, title: str, in_table: bool) -> bytes | None:
    """A name as a new cell, or as the content of an item: in a style or, where that does not do, in another.

    Styles are ``plain`` (in a table), ``code`` and ``link``, whose text is the title. ``None`` where none does.
    """
    for each in dict.fromkeys((style, "plain", "code", "link")):
        for text in _spellings(name, each, title, in_table):
            encoded = text.encode("utf-8", "surrogateescape")
            if _reads_as(encoded, name, in_table):
                return encoded
    return None


def _spellings(name: str, style: str, title: str, in_table: bool) -> Iterator[str]:
    if style == "code":
        yield f"`{_barred(name, in_table)}`"
    elif style == "link":
        yield link(title, name)
    elif in_table:
        escaped = name.replace("\\", "\\\\").replace("|", "\\|")
        yield from (escaped, f"\\{escaped}")


def respelled(raw: bytes, name: str, in_table: bool) -> bytes | None:
    """A cell, or the content of an item, with another name.

    Everything else stays, the title of a link and words behind a code span among it. ``None`` where the
    name cannot stand there.
    """
    _, start, end, title = markdown.read_name(raw, in_table)
    if start == 0:
        return spelled(name, "plain", "", in_table)
    before, after = raw[:start], raw[end:]
    places = [(before, destination(name), after)]
    if title is None:  # what a code span cannot hold, a link can
        outside = (before.rstrip(b" ").rstrip(b"`"), link("", name), after.lstrip(b" ").lstrip(b"`"))
        places = [(before, _barred(name, in_table), after), outside]
    for left, text, right in places:
        whole = left + text.encode("utf-8", "surrogateescape") + right
        if _reads_as(whole, name, in_table) and (title is None or markdown.read_name(whole, in_table)[3] == title):
            return whole
    return None


def _barred(name: str, in_table: bool) -> str:
    return name.replace("|", "\\|") if in_table else name


def link(title: str, name: str) -> str:
    """A link to a document; without a title its text is the name."""
    last = name.rpartition("/")[2]
    text = title or (last if last.isprintable() else destination(last))
    for mark in "\\[]|":
        text = text.replace(mark, f"\\{mark}")
    return f"[{text}]({destination(name)})"


def destination(name: str) -> str:
    """A name as the destination of a link; what could mean something there is percent-encoded."""
    from urllib.parse import quote

    return "".join(c if c.isalnum() or c in _AS_THEY_ARE else quote(c, errors="surrogateescape") for c in name)


def _reads_as(text: bytes, name: str, in_table: bool) -> bool:
    """Whether a cell, or the content of an item, gives a name."""
    if b"\n" in text or text != text.strip(BLANK) or (in_table and markdown.cells(b"|%b|" % text) != [text]):
        return False
    found, start, _, title = markdown.read_name(text, in_table)
    if in_table:
        return found == name and text not in _DASHES
    return found == name and start > 0 and (title is None or not markdown.is_address(name))
