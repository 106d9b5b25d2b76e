"""INDEX.md: Markdown for people, strict for machines.

An index is an optional YAML front matter, any prose, and the entries: the first table (GitHub
Flavored Markdown, https://github.github.com/gfm/#tables-extension-) with a name column, or else the
items of bullet lists that begin with a link or a code span. Nothing here judges: what cannot be
read as intended becomes a ``Defect`` and everything else still counts.

Offsets are bytes of the index. Lines end at LF; a CR before it is white space.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Defect, Entry, Index, Place, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "INDEX.md"

COLUMNS = {
    "id": "id",
    "name": "name",
    "file": "name",
    "filename": "name",
    "path": "name",
    "document": "name",
    "bytes": "bytes",
    "size": "bytes",
    "sha256": "sha256",
    "title": "title",
    "language": "language",
    "lang": "language",
    "source": "source",
    "date": "date",
}
"""What a header cell may say, in lower case, and the column it means."""

_BLANK = b" \t\r\v\f"
_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def parse(data: bytes, place: Place) -> Index:
    """Read an index; never raises."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    defects: list[Defect] = []
    front_matter = find_front_matter(data, start)
    if front_matter is not None:
        start = front_matter.end
    header: Span | None = None
    named: tuple[Span, tuple[str, ...], int] | None = None
    previous: Span | None = None
    for line in _prose_lines(data, start):
        if (
            previous is not None
            and _is_delimiter(data[line.start : line.end])
            and b"|" in data[previous.start : previous.end]
        ):
            header = header or previous
            columns = _columns(data, previous)
            if "name" in columns:
                named = previous, columns, line.end
                break
        previous = line
    if named is not None:
        header, columns, rows = named
        defects += _misspelled(data, header, columns)
        entries = tuple(_rows(data, rows, columns, defects))
        return Index(data, place, entries, tuple(defects), columns, front_matter)
    entries = tuple(_items(data, start))
    if not entries:
        defects.append(Defect("no-name-column", header) if header else Defect("no-entries", Span(start, start)))
    return Index(data, place, entries, tuple(defects), (), front_matter, readable=bool(entries))


def find_front_matter(data: bytes, start: int = 0) -> Span | None:
    """The YAML front matter at ``start`` with both its ``---`` lines, or ``None``."""
    end = data.find(b"\n", start)
    if end < 0 or data[start:end].rstrip(_BLANK) != b"---":
        return None
    while end >= 0:
        line_start = end + 1
        end = data.find(b"\n", line_start)
        line = data[line_start : end if end >= 0 else len(data)]
        if line.rstrip(_BLANK) in (b"---", b"..."):
            return Span(start, end + 1 if end >= 0 else len(data))
    return None


def locate(index: Index, entry: Entry, column: str = "name") -> Span:
    """The bytes of a value in the row of an entry; the whole row where it has no such value."""
    if not index.columns:
        found = _item(index.data, entry.row)
        return found[1] if found and column == "name" else entry.row
    cells = split_row(index.data, entry.row)
    if column not in index.columns or index.columns.index(column) >= len(cells):
        return entry.row
    cell = cells[index.columns.index(column)]
    if column == "name" and cell.start < cell.end:
        return _read_name(index.data, cell)[1]
    return cell


def split_row(data: bytes, row: Span) -> list[Span]:
    """The cells of a table row without the blanks around them; ``\\|`` does not separate."""
    start, end = _strip(data, row.start, row.end)
    if data[start : start + 1] == b"|":
        start += 1
    cells = []
    at = start
    while True:
        bar = data.find(b"|", at, end)
        if bar > start and data[bar - 1] == 0x5C and (bar - start - len(data[start:bar].rstrip(b"\\"))) % 2:
            at = bar + 1
            continue
        if bar < 0:
            if start < end:
                cells.append(Span(*_strip(data, start, end)))
            return cells
        cells.append(Span(*_strip(data, start, bar)))
        start = at = bar + 1


def _strip(data: bytes, start: int, end: int) -> tuple[int, int]:
    while start < end and data[start] in _BLANK:
        start += 1
    while end > start and data[end - 1] in _BLANK:
        end -= 1
    return start, end


def _prose_lines(data: bytes, start: int) -> Iterator[Span]:
    """The lines outside fenced code and comments, without their LF."""
    fence = b""
    comment = False
    while start < len(data):
        end = data.find(b"\n", start)
        if end < 0:
            end = len(data)
        head = data[start : min(end, start + 64)].lstrip(b" ")
        if fence:
            if head.startswith(fence):
                fence = b""
        elif comment:
            comment = data.find(b"-->", start, end) < 0
        elif head.startswith((b"```", b"~~~")):
            fence = head[: len(head) - len(head.lstrip(head[:1]))]
        elif head.startswith(b"<!--"):
            comment = data.find(b"-->", start, end) < 0
        else:
            yield Span(start, end)
        start = end + 1


def _is_delimiter(line: bytes) -> bool:
    """Whether a line is the row of dashes under a table's header."""
    return b"-" in line and b"|" in line and not line.strip(b"|:- \t\r")


def _columns(data: bytes, header: Span) -> tuple[str, ...]:
    texts = [_plain(data[c.start : c.end].strip(b"*_`")).lower() for c in split_row(data, header)]
    return tuple(COLUMNS.get(text, text) for text in texts)


def _misspelled(data: bytes, header: Span, columns: tuple[str, ...]) -> Iterator[Defect]:
    for cell, column in zip(split_row(data, header), columns, strict=True):
        if column not in COLUMNS.values():
            squeezed = "".join(filter(str.isalnum, column))
            if squeezed in COLUMNS or (len(squeezed) > 3 and sorted(squeezed) in map(sorted, COLUMNS)):
                meant = next(name for name in COLUMNS if sorted(name) == sorted(squeezed))
                yield Defect("column", cell, meant)


def _rows(data: bytes, start: int, columns: tuple[str, ...], defects: list[Defect]) -> Iterator[Entry]:
    """The rows of the table behind its delimiter row, which ends at ``start``."""
    while 0 <= start < len(data):
        start += 1
        end = data.find(b"\n", start)
        row = Span(start, end if end >= 0 else len(data))
        start = end
        if not data[row.start : row.end].strip(_BLANK):
            return
        cells = split_row(data, row)
        values = dict(zip(columns, cells, strict=False))
        if len(cells) != len(columns):
            short = len(cells) < len(columns)
            defects.append(Defect("cells-missing" if short else "cells-extra", row, f"{len(cells)} of {len(columns)}"))
        name = values.get("name")
        if name is None or name.start == name.end:
            if len(cells) >= len(columns):
                defects.append(Defect("no-name", row))
            continue
        yield _entry(data, row, values, defects)


def _entry(data: bytes, row: Span, cells: dict[str, Span], defects: list[Defect]) -> Entry:
    texts = {column: _plain(data[c.start : c.end]) for column, c in cells.items() if c.start < c.end}
    texts = {column: text for column, text in texts.items() if text not in ("-", "–", "—")}
    name, _, title = _read_name(data, cells["name"])
    size: int | None = None
    sha256: str | None = None
    if "bytes" in texts:
        text = texts["bytes"]
        if text.isascii() and text.isdigit() and len(text) <= 18:
            size = int(text)
        else:
            defects.append(Defect("bytes", cells["bytes"], text))
    if "sha256" in texts:
        text = texts["sha256"].strip("`").lower().removeprefix("sha256:")
        if len(text) == 64 and not text.strip("0123456789abcdef"):
            sha256 = text
        else:
            defects.append(Defect("sha256", cells["sha256"], texts["sha256"]))
    if "date" in texts and not is_date(texts["date"].strip("`")):
        defects.append(Defect("date", cells["date"], texts["date"]))
    identifier = texts.get("id", "").strip("`") or None
    known = ("id", "name", "bytes", "sha256", "title", "language")
    metadata = {column: text for column, text in texts.items() if column not in known}
    return Entry(name, row, identifier, size, sha256, texts.get("title", title), texts.get("language"), metadata)


def is_date(text: str) -> bool:
    """Whether a text is a date of ISO 8601: year, year and month, or a day, with or without a time."""
    day, time = text[:10], text[10:]
    parts = day.split("-")
    if not all(p.isascii() and p.isdigit() for p in parts) or [len(p) for p in parts] not in ([4], [4, 2], [4, 2, 2]):
        return False
    if time and (len(parts) < 3 or time[0] not in "T " or not time[1:2].isdigit()):
        return False
    year, month, number = (*map(int, parts), 1, 1)[:3]
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= number <= days[month - 1]


def _items(data: bytes, start: int) -> Iterator[Entry]:
    for line in _prose_lines(data, start):
        found = _item(data, line)
        if found:
            yield Entry(found[0], line, title=found[2])


def _item(data: bytes, line: Span) -> tuple[str, Span, str | None] | None:
    """The name, its span and the title of a list item that begins with a link or a code span."""
    start, end = _strip(data, line.start, line.end)
    bullet = data[start : start + 12]
    if bullet[:2] in (b"- ", b"* ", b"+ "):
        start += 2
    else:
        digits = len(bullet) - len(bullet.lstrip(b"0123456789"))
        if not 1 <= digits <= 9 or bullet[digits : digits + 2] not in (b". ", b") "):
            return None
        start += digits + 2
    start, end = _strip(data, start, end)
    if data[start : start + 1] not in (b"[", b"`"):
        return None
    name, span, title = _read_name(data, Span(start, end))
    if span.start == start or name.startswith(("#", "mailto:")) or "://" in name:
        return None
    return name, span, title


def _read_name(data: bytes, cell: Span) -> tuple[str, Span, str | None]:
    """The name in a cell, its span, and the title if it is a link: link, code span or plain text."""
    start, end = cell.start, cell.end
    if data[start] == 0x5B:
        middle = data.find(b"](", start, end)
        close = _closing(data, middle + 2, end) if middle >= 0 else -1
        if close >= 0:
            title = _plain(data[start + 1 : middle])
            start, end = _strip(data, middle + 2, close)
            if data[start : start + 1] == b"<" and data[end - 1 : end] == b">":
                start, end = start + 1, end - 1
            elif b' "' in data[start:end]:
                end = data.find(b' "', start, end)
            name = _plain(data[start:end])
            if "%" in name:
                from urllib.parse import unquote

                name = unquote(name, errors="surrogateescape")
            return name.removeprefix("./"), Span(start, end), title
    if data[start] == 0x60:
        ticks = 1
        while data[start + ticks : start + ticks + 1] == b"`":
            ticks += 1
        close = data.find(data[start : start + ticks], start + ticks, end)
        if close >= 0:
            start, end = start + ticks, close
            if data[start] == 0x20 and data[end - 1] == 0x20 and end - start > 2:
                start, end = start + 1, end - 1
            name = data[start:end].replace(b"\\|", b"|").decode("utf-8", "surrogateescape")
            return name.removeprefix("./"), Span(start, end), None
    return _plain(data[start:end]).removeprefix("./"), Span(start, end), None


def _closing(data: bytes, start: int, end: int) -> int:
    """Where the parenthesis closes that was opened before ``start``; -1 where it does not."""
    depth = 1
    for at in range(start, end):
        if data[at] == 0x28 and data[at - 1] != 0x5C:
            depth += 1
        elif data[at] == 0x29 and data[at - 1] != 0x5C:
            depth -= 1
            if not depth:
                return at
    return -1


def _plain(raw: bytes) -> str:
    """Text without Markdown's backslash escapes."""
    if b"\\" in raw:
        pieces = raw.split(b"\\")
        joined = pieces[0]
        at = 1
        while at < len(pieces):
            piece = pieces[at]
            if not piece and at + 1 < len(pieces):
                joined += b"\\" + pieces[at + 1]
                at += 2
                continue
            joined += piece if piece[:1] and piece[0] in _PUNCTUATION else b"\\" + piece
            at += 1
        raw = joined
    return raw.decode("utf-8", "surrogateescape")
