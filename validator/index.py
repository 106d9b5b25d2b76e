r"""INDEX.md: Markdown for people, strict for machines.

An index is an optional YAML front matter, any prose, and the entries: the rows of the first table
(GitHub Flavored Markdown, https://github.github.com/gfm/#tables-extension-) with a name column, and
of later tables with the same columns; or else, where no table is meant for it, the items of lists
that begin with a link or a code span. Nothing here judges: what cannot be read as intended becomes a
``Defect`` and everything else still counts.

**Columns.** A header cell is known by its letters and digits alone: ``SHA-256`` is ``sha256``. Where
several cells mean the same column, it is the one that stands first in ``COLUMNS``.

**Names.** A name is plain text, a code span, or the destination of a link, which is percent-decoded and
whose text is the title. Backslash escapes are taken away (in a code span, only one before a bar), and
so is ``./`` in front. HTML entities are not decoded.

**Rows.** A table ends where it ends in Markdown, at a blank line or where another block begins. But rows
behind a blank line still count, comments between rows are passed over, and a line with as many cells
as there are columns is a row, whatever it begins with.

**Defects**, by their kind:

=================  ============================================================================
``cells-missing``  a row with fewer cells than there are columns
``cells-extra``    a row with more; what a bar has cut is put together again
``no-name``        a row whose name cell is empty
``gap``            blank lines between a table and more rows; the span is theirs
``bytes``          no number of bytes; the detail is what is there instead
``sha256``         no SHA-256; likewise
``date``           no date; likewise
``column``         a header cell that probably means the column in the detail
``no-name-column`` no table has a name column; the detail is the cell that is nearest to one
``no-rows``        a table without rows
``no-entries``     neither a table nor an item that could be an entry
``open``           likewise, and a fence or a comment, whose line is the span, is never closed
=================  ============================================================================

Offsets are bytes of the index. Lines end at LF; a CR before it is white space.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Defect, Entry, Index, Place, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME = "INDEX.md"

COLUMNS = {
    "path": "name",
    "file": "name",
    "filename": "name",
    "name": "name",
    "document": "name",
    "id": "id",
    "bytes": "bytes",
    "size": "bytes",
    "sha256": "sha256",
    "title": "title",
    "language": "language",
    "lang": "language",
    "source": "source",
    "date": "date",
}
"""What a header cell may say, reduced to its letters and digits in lower case, and the column it means."""

_KNOWN = ("id", "name", "bytes", "sha256", "title", "language")
_NO_METADATA: dict[str, str] = {}
_BLANK = b" \t\r\v\f"
_BLANK_OR_TICK = _BLANK + b"`"
_DASHES = (b"-", b"\xe2\x80\x93", b"\xe2\x80\x94")
_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def parse(data: bytes, place: Place, schema: bytes | None = None) -> Index:
    """Read an index; never raises. ``schema`` is handed on to ``Index.schema``."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    front_matter = find_front_matter(data, start)
    if front_matter is not None:
        start = front_matter.end
    entries: list[Entry] = []
    defects: list[Defect] = []
    table, others = _read_tables(data, start, entries, defects)
    if table is None and not any(_is_meant(columns) for _, columns in others):
        entries += _items(data, start)
    if not entries and not defects:
        defects.append(_nothing(data, start, table, others))
    columns = table.columns if table is not None else ()
    return Index(data, place, tuple(entries), tuple(defects), columns, front_matter, bool(entries), schema)


def find_front_matter(data: bytes, start: int = 0) -> Span | None:
    """The YAML front matter at ``start`` with both its ``---`` lines, or ``None``."""
    if not data.startswith(b"---", start):
        return None
    end = data.find(b"\n", start)
    if end < 0 or data[start:end].rstrip(_BLANK) != b"---":
        return None
    while end >= 0:
        line_start = end + 1
        end = data.find(b"\n", line_start)
        if data.startswith((b"---", b"..."), line_start):
            line_end = end if end >= 0 else len(data)
            if not data[line_start + 3 : line_end].strip(_BLANK):
                return Span(start, min(line_end + 1, len(data)))
    return None


def locate(index: Index, entry: Entry, column: str = "name") -> Span:
    """The bytes of a value in the row of an entry; the whole row where it has no such cell."""
    data, row = index.data, entry.row
    if not index.columns:
        item = _item(data[row.start : row.end]) if column == "name" else None
        return Span(row.start + item[1], row.start + item[2]) if item is not None else _stripped(data, row)
    cell = _cell(data, row, index.columns, column)
    if cell is None:
        return _stripped(data, row)
    if column != "name":
        return cell
    _, start, end, _ = _read_name(data[cell.start : cell.end], in_table=True)
    return Span(cell.start + start, cell.start + end)


def split_row(data: bytes, row: Span) -> list[Span]:
    """The cells of a table row, without the blanks around them."""
    line = data[row.start : row.end]
    at = row.start + len(line) - len(line.lstrip(_BLANK))
    at += data.startswith(b"|", at, row.end)
    spans = []
    for cell in _cells(line):
        left = len(cell) - len(cell.lstrip(_BLANK))
        spans.append(Span(at + left, at + max(left, len(cell.rstrip(_BLANK)))))
        at += len(cell) + 1
    return spans


def written(columns: Sequence[str], values: dict[str, str]) -> str:
    """The row, or, without columns, the list item that lists a document with these values.

    Raises ``ValueError`` where none does, because a line end is in the name, say.
    """
    name = values["name"]
    if columns:
        cells = [values.get(column, "").replace("\\", "\\\\").replace("|", "\\|") for column in columns]
        at = columns.index("name")
        if name != name.strip(" \t"):
            cells[at] = "`" + name.replace("|", "\\|") + "`"
        elif name[:1] in ("[", "`", "*", "_"):
            cells[at] = "\\" + cells[at]
        line = f"| {' | '.join(cells)} |"
    else:
        line = f"- `{name}`"
    data = line.encode("utf-8", "surrogateescape")
    read: list[Entry] = []
    defects: list[Defect] = []
    if columns:
        _Table(Span(0, 0), tuple(columns)).read(data, 0, read, defects)
    else:
        read += _items(data, 0)
    if [entry.name for entry in read] != [name] or defects:
        raise ValueError(f"no index can list {name!r}")
    return line


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


class _Table:
    """A table by its header, and how its rows are read."""

    def __init__(self, header: Span, columns: tuple[str, ...]) -> None:
        self.header = header
        self.columns = columns
        self.width = len(columns)
        # A column that is not there is read from the blank that ``_row`` puts behind the last cell.
        self.known = [columns.index(column) if column in columns else self.width for column in _KNOWN]
        self.others = [(number, column) for number, column in enumerate(columns) if column and column not in _KNOWN]

    def read(self, data: bytes, start: int, entries: list[Entry], defects: list[Defect]) -> int:
        """Read the rows from the line at ``start`` on; return where the first line behind them starts."""
        while start < len(data):
            end = data.find(b"\n", start)
            if end < 0:
                end = len(data)
            line = data[start:end]
            if line[:1] != b"|":
                text = line.strip(_BLANK)
                if not text:
                    after = _past_blanks(data, start)
                    if not self._goes_on(data, after):
                        return after
                    defects.append(Defect("gap", Span(start, after)))
                    start = after
                    continue
                if text.startswith(b"<!--"):
                    start = _past_comment(data, start)
                    continue
                if _begins_block(text) and not (b"|" in text and len(_cells(line)) == self.width):
                    return start
            self._row(data, line, Span(start, end), entries, defects)
            start = end + 1
        return start

    def _goes_on(self, data: bytes, start: int) -> bool:
        """Whether the line at ``start`` is a row of this table and not the header of another."""
        line, following = _lines(data, start, 2)
        return line.startswith(b"|") and len(_cells(line)) == self.width and not _dashes(following)

    def _row(self, data: bytes, line: bytes, row: Span, entries: list[Entry], defects: list[Defect]) -> None:
        cells = _cells(line)
        count = len(cells)
        if count != self.width:
            kind = "cells-missing" if count < self.width else "cells-extra"
            defects.append(Defect(kind, _stripped(data, row), f"{count} of {self.width}"))
            cells = _fitted(cells, self.columns)
        cells.append(b"")
        identifier, named, sized, hashed, titled, spoken = [cells[number] for number in self.known]
        named = named.strip(_BLANK)
        name, _, _, title = _read_name(named, in_table=True)
        if not name or named in _DASHES:
            if count == self.width:
                defects.append(Defect("no-name", _stripped(data, row)))
            return
        size, sha256 = _size(sized), _sha256(hashed)
        others = {column: _text(cells[number]) for number, column in self.others} if self.others else _NO_METADATA
        if count <= self.width:
            if size is None and _bare(sized):
                self._defect("bytes", data, row, defects)
            if sha256 is None and _bare(hashed):
                self._defect("sha256", data, row, defects)
            if others.get("date") and not is_date(others["date"].strip("`")):
                self._defect("date", data, row, defects)
        entries.append(
            Entry(
                name, row, _plain(_bare(identifier)) or None, size, sha256,
                _text(titled) or title, _plain(_bare(spoken)) or None, others,
            )
        )  # fmt: skip

    def _defect(self, column: str, data: bytes, row: Span, defects: list[Defect]) -> None:
        cell = _cell(data, row, self.columns, column)
        if cell is not None:
            defects.append(Defect(column, cell, _plain(data[cell.start : cell.end])))


def _read_tables(
    data: bytes, start: int, entries: list[Entry], defects: list[Defect]
) -> tuple[_Table | None, list[tuple[Span, tuple[str, ...]]]]:
    """Read the entries of the table; return it, and the headers and columns of those without a name column."""
    table: _Table | None = None
    others = []
    while (found := _next_table(data, start)) is not None:
        header, start = found
        columns = _columns(data, header)
        if "name" not in columns:
            others.append((header, columns))
        elif table is None:
            table = _Table(header, columns)
            start = table.read(data, start, entries, defects)
            defects += _misspelled(data, table, entries)
        elif columns == table.columns:
            start = table.read(data, start, entries, defects)
    return table, others


def _next_table(data: bytes, start: int) -> tuple[Span, int] | None:
    """The header of the first table from ``start`` on, and where the line behind its dashes starts."""
    header, after = b"", -1
    for at, line in _prose_lines(data, start):
        if at == after and _is_head(header, line):
            return Span(at - 1 - len(header), at - 1), at + len(line) + 1
        header, after = line, at + len(line) + 1
    return None


def _prose_lines(data: bytes, start: int, unclosed: list[Span] | None = None) -> Iterator[tuple[int, bytes]]:
    """The lines outside fenced code and comments, each as its offset and its bytes without LF.

    Where a fence or a comment is never closed, its first line is put into ``unclosed``.
    """
    fence = b""
    comment = False
    opened = Span(start, start)
    while start < len(data):
        end = data.find(b"\n", start)
        if end < 0:
            end = len(data)
        line = data[start:end]
        head = line.lstrip(_BLANK)
        if fence:
            if head.startswith(fence) and not head.strip(fence[:1] + _BLANK):
                fence = b""
        elif comment:
            comment = b"-->" not in line
        elif head.startswith(b"<!--"):
            comment = b"-->" not in line
            opened = Span(start, end)
        elif head.startswith((b"```", b"~~~")) and not (head[:1] == b"`" and b"`" in head.lstrip(b"`")):
            fence = head[: len(head) - len(head.lstrip(head[:1]))]
            opened = Span(start, end)
        else:
            yield start, line
        start = end + 1
    if unclosed is not None and (fence or comment):
        unclosed.append(_stripped(data, opened))


def _lines(data: bytes, start: int, count: int) -> list[bytes]:
    """So many lines from ``start`` on, without LF; empty where there are no more."""
    lines = []
    for _ in range(count):
        end = data.find(b"\n", start)
        lines.append(data[start : end if end >= 0 else len(data)])
        start = end + 1 if end >= 0 else len(data)
    return lines


def _past_blanks(data: bytes, start: int) -> int:
    """Where the first line starts, from that at ``start`` on, that is not blank."""
    while start < len(data):
        end = data.find(b"\n", start)
        if data[start : end if end >= 0 else len(data)].strip(_BLANK):
            return start
        start = end + 1 if end >= 0 else len(data)
    return start


def _past_comment(data: bytes, start: int) -> int:
    """Where the line starts behind the one on which the comment ends that begins at ``start``."""
    close = data.find(b"-->", start)
    end = data.find(b"\n", close) if close >= 0 else -1
    return end + 1 if end >= 0 else len(data)


def _begins_block(text: bytes) -> bool:
    """Whether a line, without the blanks around it, begins a block other than a paragraph."""
    if text[:1] in (b">", b"<") or text.startswith((b"```", b"~~~")):
        return True
    if text[:1] == b"#":
        return text.lstrip(b"#")[:1] in (b"", b" ", b"\t")
    return bool(_bullet(text)) or not text.strip(b"-*_ \t")


def _bullet(text: bytes) -> int:
    """The length of a list marker with the blank behind it; 0 where there is none."""
    if text[:1] in (b"-", b"*", b"+"):
        return 2 if text[1:2] in (b" ", b"\t") else 0
    digits = len(text[:10]) - len(text[:10].lstrip(b"0123456789"))
    marked = 1 <= digits <= 9 and text[digits : digits + 1] in (b".", b")")
    return digits + 2 if marked and text[digits + 1 : digits + 2] in (b" ", b"\t") else 0


def _is_head(header: bytes, line: bytes) -> bool:
    """Whether two lines are the header of a table and the dashes under it."""
    width = _dashes(line)
    if not width or len(_cells(header)) != width:
        return False
    return not header.startswith((b"    ", b"\t")) and not _begins_block(header.strip(_BLANK))


def _dashes(line: bytes) -> int:
    """How many columns the delimiter row of a table has; 0 where a line is none."""
    text = line.strip(_BLANK)
    if text[:1] not in (b"|", b"-", b":") or text.strip(b"|:-" + _BLANK) or not (b"|" in text or b":" in text):
        return 0
    cells = [cell.strip(_BLANK).removeprefix(b":").removesuffix(b":") for cell in _cells(line)]
    return len(cells) if all(cell and not cell.strip(b"-") for cell in cells) else 0


def _cells(line: bytes) -> list[bytes]:
    r"""The cells of a row with the blanks around them; ``\|`` does not separate."""
    text = line.strip(_BLANK)
    cells = (text[1:] if text[:1] == b"|" else text).split(b"|")
    if b"\\" in text:
        cells = _rejoined(cells)
    if not cells[-1]:
        cells.pop()
    return cells


def _rejoined(pieces: Sequence[bytes]) -> list[bytes]:
    """Put together again what was split at an escaped bar, one behind an odd number of backslashes."""
    cells = []
    held: list[bytes] = []
    for piece in pieces:
        held.append(piece)
        if (len(piece) - len(piece.rstrip(b"\\"))) % 2 == 0:
            cells.append(b"|".join(held))
            held = []
    return [*cells, b"|".join(held)] if held else cells


def _fitted(cells: list[bytes], columns: tuple[str, ...]) -> list[bytes]:
    """The cells of a row that has too few or too many, one for each column."""
    extra = len(cells) - len(columns)
    if extra < 0:
        return cells + [b""] * -extra
    cut = _cut_cell(cells, columns)
    return [*cells[:cut], b"|".join(cells[cut : cut + extra + 1]), *cells[cut + extra + 1 :]]


def _cut_cell(cells: list[bytes], columns: tuple[str, ...]) -> int:
    """The column whose cell was cut by a bar in a row with too many cells.

    It is one where the sizes, digests and dates behind it come to stand in their columns: the title
    before others, the name last.
    """
    extra = len(cells) - len(columns)
    pinned = [columns.index(column) for column in ("bytes", "sha256", "date") if column in columns]
    texts = [n for n, column in enumerate(columns) if column not in ("id", "name", "bytes", "sha256", "date", "title")]
    for cut in [n for c in ("title",) if c in columns for n in (columns.index(c),)] + texts + [columns.index("name")]:
        if all(_fits(cells[n if n < cut else n + extra], columns[n]) for n in pinned):
            return cut
    return len(columns) - 1


def _cell(data: bytes, row: Span, columns: tuple[str, ...], column: str) -> Span | None:
    """Where the cell of a column is in a row; ``None`` where it has none."""
    spans = split_row(data, row)
    number = columns.index(column) if column in columns else len(spans)
    extra = len(spans) - len(columns)
    if extra > 0:
        cut = _cut_cell(_cells(data[row.start : row.end]), columns)
        if number == cut:
            return Span(spans[cut].start, spans[cut + extra].end)
        number += extra if number > cut else 0
    return spans[number] if number < len(spans) else None


def _fits(cell: bytes, column: str) -> bool:
    """Whether a size, digest or date is what its column asks for, or blank."""
    if column == "date":
        text = _plain(_bare(cell))
        return not text or is_date(text)
    return not _bare(cell) or (_size(cell) if column == "bytes" else _sha256(cell)) is not None


def _is_meant(columns: tuple[str, ...]) -> bool:
    """Whether a table without a name column was plainly meant to list documents."""
    return "bytes" in columns or "sha256" in columns


def _letters(text: str) -> str:
    return text if text.isalnum() else "".join(filter(str.isalnum, text))


def _columns(data: bytes, header: Span) -> tuple[str, ...]:
    """What each column of a table means; one that repeats another means nothing."""
    texts = [_plain(data[c.start : c.end].strip(b"*_`")).lower() for c in split_row(data, header)]
    rank = {word: number for number, word in enumerate(COLUMNS)}
    best: dict[str, tuple[int, int]] = {}
    for number, word in enumerate(map(_letters, texts)):
        if word in rank:
            column = COLUMNS[word]
            best[column] = min(best.get(column, (len(rank), 0)), (rank[word], number))
    chosen = {number: column for column, (_, number) in best.items()}
    return tuple(chosen.get(n, "" if text in best else text) for n, text in enumerate(texts))


def _misspelled(data: bytes, table: _Table, entries: list[Entry]) -> Iterator[Defect]:
    """The header cells that are nearly a column which the table lacks, or stand over SHA-256 digests."""
    lacking = set(COLUMNS.values()).difference(table.columns)
    first = split_row(data, entries[0].row) if entries else []
    for number, (cell, column) in enumerate(zip(split_row(data, table.header), table.columns, strict=True)):
        meant = _meant(_letters(column)) if column not in COLUMNS.values() else ""
        if not meant and number < len(first) and _sha256(data[first[number].start : first[number].end]):
            meant = "sha256"
        if meant in lacking:
            lacking.remove(meant)
            yield Defect("column", cell, meant)


def _meant(word: str) -> str:
    """The column that a word nearly names, or nothing."""
    return next((column for known, column in COLUMNS.items() if _is_nearly(word, known)), "")


def _is_nearly(word: str, known: str) -> bool:
    """Whether a word is another but for a plural s or two swapped letters, or, if it is long, one letter."""
    if abs(len(word) - len(known)) > 1 or len(known) < 4:
        return False
    start = 0
    while word[start : start + 1] == known[start : start + 1] != "":
        start += 1
    left, right = word[start:], known[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    if len(left) == len(right) == 2:
        return left == right[::-1]
    return word == known + "s" or (len(known) > 4 and word != known and max(len(left), len(right)) < 2)


def _nothing(data: bytes, start: int, table: _Table | None, others: Sequence[tuple[Span, tuple[str, ...]]]) -> Defect:
    """Why an index has no entries."""
    if table is not None:
        return Defect("no-rows", _stripped(data, table.header))
    unclosed: list[Span] = []
    for _ in _prose_lines(data, start, unclosed):
        pass
    if unclosed:
        return Defect("open", unclosed[0])
    if others:
        header, columns = next((other for other in others if _is_meant(other[1])), others[0])
        near = next((column for column in columns if _meant(_letters(column)) == "name"), "")
        return Defect("no-name-column", _stripped(data, header), near)
    return Defect("no-entries", Span(start, start))


def _items(data: bytes, start: int) -> Iterator[Entry]:
    """The list items that are entries; indented lines where there is no list are code."""
    in_list, after_blank = False, True
    for at, line in _prose_lines(data, start):
        text = line.strip(_BLANK)
        if not text:
            after_blank = True
            continue
        marked = bool(_bullet(text))
        if line.startswith((b"    ", b"\t")):
            marked = marked and in_list
        elif marked or after_blank:
            in_list = marked or (in_list and line[:1] in (b" ", b"\t"))
        after_blank = False
        item = _item(line) if marked else None
        if item is not None:
            yield Entry(item[0], Span(at, at + len(line)), title=item[3])


def _item(line: bytes) -> tuple[str, int, int, str | None] | None:
    """The name, its start and end in the line, and the title of an item that begins with a link or a code span."""
    text = line.lstrip(_BLANK)
    text = text[_bullet(text) :].lstrip(_BLANK)
    if text[:4] in (b"[ ] ", b"[x] ", b"[X] "):
        text = text[4:].lstrip(_BLANK)
    name, start, end, title = _read_name(text.rstrip(_BLANK), in_table=False)
    if not name or start == 0 or _is_address(name):
        return None
    offset = len(line) - len(text)
    return name, offset + start, offset + end, title


def _is_address(name: str) -> bool:
    """Whether the destination of a link is no file: a web or mail address, or a heading of the same page."""
    scheme, colon, _ = name.partition(":")
    bare = scheme.replace("+", "").replace("-", "").replace(".", "")
    return name.startswith("#") or (colon != "" and len(scheme) > 1 and bare.isascii() and bare.isalnum())


def _read_name(raw: bytes, in_table: bool) -> tuple[str, int, int, str | None]:
    """The name in a text without blanks around it, its start and end there, and its title, if it is a link.

    Only the name of a link or a code span starts behind the beginning.
    """
    if raw[:1] in (b"[", b"`", b"*", b"_"):
        at = len(raw) - len(raw.lstrip(b"*_"))
        found = _link(raw, at) if raw[at : at + 1] == b"[" else _code(raw, at, in_table)
        if found is not None:
            return found
    return _plain(raw).removeprefix("./"), 0, len(raw), None


def _link(raw: bytes, at: int) -> tuple[str, int, int, str | None] | None:
    """Read the link that begins at an offset."""
    middle = _closing(raw, at, b"[", b"]")
    if middle < 0 or raw[middle + 1 : middle + 2] != b"(":
        return None
    title = _plain(raw[at + 1 : middle])
    start = middle + 2
    start += len(raw) - start - len(raw[start:].lstrip(_BLANK))
    if raw[start : start + 1] == b"<":
        end = _closing(raw, start, b"<", b">") if b")" in raw[start:] else -1
        start += 1
    else:
        end = _closing(raw, middle + 1, b"(", b")")
        end = _without_title(raw, start, end)
    if end < start:
        return None
    name = _plain(raw[start:end])
    if "%" in name:
        from urllib.parse import unquote

        name = unquote(name, errors="surrogateescape")
    return name.removeprefix("./"), start, end, title


def _without_title(raw: bytes, start: int, end: int) -> int:
    """Where the destination of a link ends that stands before ``end``, perhaps with a quoted title behind it."""
    inside = raw[start:end].rstrip(_BLANK)
    for opening, closing in ((b' "', b'"'), (b" '", b"'"), (b" (", b")")):
        quoted = inside.find(opening)
        if inside.endswith(closing) and 0 <= quoted < len(inside) - 2:
            inside = inside[:quoted].rstrip(_BLANK)
            break
    return start + len(inside) if end >= start else -1


def _code(raw: bytes, at: int, in_table: bool) -> tuple[str, int, int, str | None] | None:
    """Read the code span that begins at an offset; it ends at a run of just as many backticks."""
    start = at
    while raw[start : start + 1] == b"`":
        start += 1
    ticks = raw[at:start]
    end = raw.find(ticks, start) if ticks else -1
    while end >= 0:
        after = end
        while raw[after : after + 1] == b"`":
            after += 1
        if after - end == len(ticks):
            break
        end = raw.find(ticks, after)
    if end < 0:
        return None
    if raw[start] == raw[end - 1] == 0x20 and raw[start:end].strip(b" "):
        start, end = start + 1, end - 1
    name = raw[start:end].replace(b"\\|", b"|") if in_table else raw[start:end]
    return name.decode("utf-8", "surrogateescape").removeprefix("./"), start, end, None


def _closing(raw: bytes, at: int, opening: bytes, closing: bytes) -> int:
    r"""Where the bracket closes that opens at an offset; -1 where it does not. ``\`` takes meaning away."""
    end = raw.find(closing, at)
    if end < 0 or (raw.find(opening, at + 1, end) < 0 and raw.find(b"\\", at, end) < 0):
        return end
    depth, escaped = 0, False
    for number in range(at, len(raw)):
        byte = raw[number : number + 1]
        if escaped or byte == b"\\":
            escaped = not escaped
        elif byte == opening:
            depth += 1
        elif byte == closing:
            depth -= 1
            if not depth:
                return number
    return -1


def _bare(cell: bytes) -> bytes:
    """A cell without blanks and backticks around it; empty where a dash says that there is nothing."""
    bare = cell.strip(_BLANK_OR_TICK)
    return b"" if bare in _DASHES else bare


def _size(cell: bytes) -> int | None:
    bare = _bare(cell)
    return int(bare) if bare.isdigit() and len(bare) <= 18 else None


def _sha256(cell: bytes) -> str | None:
    bare = _bare(cell).lower().removeprefix(b"sha256:")
    return bare.decode() if len(bare) == 64 and not bare.strip(b"0123456789abcdef") else None


def _text(cell: bytes) -> str:
    text = cell.strip(_BLANK)
    return "" if text in _DASHES else _plain(text)


def _plain(raw: bytes) -> str:
    """Text without Markdown's backslash escapes."""
    if b"\\" in raw:
        pieces = []
        start = 0
        while (at := raw.find(b"\\", start)) >= 0:
            kept = at + (raw[at + 1 : at + 2] != b"" and raw[at + 1] in _PUNCTUATION)
            pieces += [raw[start:at], raw[kept : kept + 1]]
            start = kept + 1
        raw = b"".join([*pieces, raw[start:]])
    return raw.decode("utf-8", "surrogateescape")


def _stripped(data: bytes, line: Span) -> Span:
    """A line without the blanks around it."""
    text = data[line.start : line.end]
    left = len(text) - len(text.lstrip(_BLANK))
    return Span(line.start + left, max(line.start + left, line.start + len(text.rstrip(_BLANK))))
