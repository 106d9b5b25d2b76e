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
``blake3``         no BLAKE3; likewise
``date``           no date; likewise
``column``         a header cell that probably means the column in the detail
``no-name-column`` no table has a name column; the detail is the cell that is nearest to one
``no-rows``        a table without rows
``no-entries``     neither a table nor an item that could be an entry
``open``           a fence or a comment, whose line is the span, is never closed
``other-table``    a later table that lists documents in other columns, and is not read
``cell``           a value in INDEX.parquet that no cell can say; the detail says which
``rows-missing``   the Parquet file that the front matter names, the detail, is not there
``rows-digest``    it has not the digest that the front matter gives
``rows-unread``    it cannot be read; the detail says why
=================  ============================================================================

Offsets are bytes of the index. Lines end at LF; a CR before it is white space.
"""

from __future__ import annotations

from operator import itemgetter

from validator import markdown
from validator.markdown import BLANK
from validator.model import TYPE_CHECKING, Defect, Entry, Index, Place, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NAME = "INDEX.md"
COLUMNAR = "INDEX.parquet"
"""What holds the rows of an index that nobody would want to read; see ``columnar``."""

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
    "blake3": "blake3",
    "title": "title",
    "language": "language",
    "lang": "language",
    "source": "source",
    "date": "date",
}
"""What a header cell may say, reduced to its letters and digits in lower case, and the column it means."""

DIGESTS = ("sha256", "blake3")
"""The columns that guard the content; both kinds of digest have 64 hexadecimal digits."""

_KNOWN = ("id", "name", "bytes", "sha256", "blake3", "title", "language")
_MANY = 1 << 14
"""Bytes of rows with which compiling a pattern for them repays itself."""
_STEP, _LONGEST_STEP = 1 << 10, 1 << 18
_REGULAR = {
    "id": r"[^\W_][0-9A-Za-z._-]*",
    "name": r"[^\W_][\w./-]*",
    "bytes": r"[0-9]{1,18}",
    "sha256": r"[0-9a-f]{64}",
    "blake3": r"[0-9a-f]{64}",
    "title": r"[^\W_](?:[^|\\\n]*[^|\\\s])?",
    "language": r"[A-Za-z][0-9A-Za-z-]*",
}
"""Cells that mean what they say, letter for letter, by column."""
_OTHER_HASHES = ("blake2", "sha3", "sha512", "keccak", "shake")
"""How columns begin whose digests have as many digits and are no SHA-256 for all that."""
_NO_METADATA: dict[str, str] = {}
_BLANK_OR_TICK = BLANK + b"`"
_DASHES = (b"-", b"\xe2\x80\x93", b"\xe2\x80\x94")


def is_index(name: str) -> bool:
    """Whether a file of this name is an INDEX.md."""
    return name.endswith(NAME) and name.rpartition("/")[2] == NAME


def is_columnar(name: str) -> bool:
    """Whether a file of this name is an INDEX.parquet."""
    return name.endswith(COLUMNAR) and name.rpartition("/")[2] == COLUMNAR


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
    if end < 0 or data[start:end].rstrip(BLANK) != b"---":
        return None
    while end >= 0:
        line_start = end + 1
        end = data.find(b"\n", line_start)
        if data.startswith((b"---", b"..."), line_start):
            line_end = end if end >= 0 else len(data)
            if not data[line_start + 3 : line_end].strip(BLANK):
                return Span(start, min(line_end + 1, len(data)))
    return None


def head(index: Index) -> tuple[Span, Span] | None:
    """The first line of the table with the entries and the dashes under it; ``None`` where there is no table."""
    data = index.data
    start = index.front_matter.end if index.front_matter is not None else 3 * data.startswith(b"\xef\xbb\xbf")
    while index.columns and (found := _next_table(data, start, [])) is not None:
        header, start = found
        if "name" in _columns(data, header):
            return header, Span(header.end + 1, start - 1)
    return None


def headlines(data: bytes) -> tuple[Span, Span]:
    """The first line of a document that is not blank, and its first Markdown heading; either may be empty.

    Front matter does not count, nor what only looks like a heading in a fence or a comment.
    """
    front_matter = find_front_matter(data, 3 if data.startswith(b"\xef\xbb\xbf") else 0)
    start = front_matter.end if front_matter is not None else 0
    start += len(data) - start - len(data[start:].lstrip(b"\xef\xbb\xbf \t\r\n\v\f"))
    end = data.find(b"\n", start)
    first = Span(start, start + len(data[start : end if end >= 0 else len(data)].rstrip()))
    nothing = Span(start, start)
    if not data.startswith(b"#", start) and data.find(b"\n#", start) < 0:
        return first, nothing
    import re

    heading = re.compile(rb"(?m)(?:^|(?<=\A\xef\xbb\xbf))#+[ \t].*").search(data, start)
    if heading is None:
        return first, nothing
    if not any(data.find(opening, start, heading.start()) >= 0 for opening in (b"```", b"~~~", b"<!--")):
        return first, Span(heading.start(), heading.start() + len(heading[0].rstrip()))
    for at, line in markdown.prose_lines(data, start):
        if line.startswith(b"#") and line.lstrip(b"#")[:1] in (b" ", b"\t"):
            return first, Span(at, at + len(line.rstrip()))
    return first, nothing


def locate(index: Index, entry: Entry, column: str = "name") -> Span:
    """The bytes of a value in the row of an entry; the whole row where it has no such cell."""
    data, row = index.data, entry.row
    if not index.columns:
        item = _item(data[row.start : row.end]) if column == "name" else None
        return Span(row.start + item[1], row.start + item[2]) if item is not None else markdown.stripped(data, row)
    cell = _cell(data, row, index.columns, column)
    if cell is None:
        return markdown.stripped(data, row)
    if column != "name":
        return cell
    _, start, end, _ = markdown.read_name(data[cell.start : cell.end], in_table=True)
    return Span(cell.start + start, cell.start + end)


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


def own_names(index: Index) -> tuple[str, ...]:
    """What an entry is called that lists the index itself."""
    place = index.place
    return (NAME, place.beyond[place.path.rfind("/") + 1 :]) if place.beyond else (NAME,)


def is_own(name: str, index: Index) -> bool:
    """Whether a listed name is that of the index itself, or of the file with its rows."""
    return name == NAME or (bool(index.place.beyond) and name in own_names(index))


def is_date(text: str) -> bool:
    """Whether a text is a date of ISO 8601: year, year and month, or a day, with or without a time."""
    day, time = text[:10], text[10:]
    parts = day.split("-")
    if not all(p.isascii() and p.isdigit() for p in parts) or [len(p) for p in parts] not in ([4], [4, 2], [4, 2, 2]):
        return False
    if time and (time[0] not in "T " or not time[1:2].isdigit()):
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
        self.known = _places(columns)
        self.others = [(number, column) for number, column in enumerate(columns) if column and column not in _KNOWN]
        self._find: Callable[[str], list[tuple[str, ...]]] | None = None
        self._known_of = known_of(columns)
        self._details: dict[int, str] = {}  # the same text for all rows with so many cells

    def read(self, data: bytes, start: int, entries: list[Entry], defects: list[Defect]) -> int:
        """Read the rows from the line at ``start`` on; return where the first line behind them starts."""
        step = _STEP
        while start < len(data):
            end = data.find(b"\n", start)
            if end < 0:
                end = len(data)
            line = data[start:end]
            if line[:1] == b"|" and len(data) - start > _MANY:
                start, step = self._rows(data, start, step, entries, defects)
                continue
            step = _STEP
            if line[:1] != b"|":
                text = line.strip(BLANK)
                if not text:
                    after = markdown.past_blanks(data, start)
                    if not self._goes_on(data, after):
                        return after
                    defects.append(Defect("gap", Span(start, after)))
                    start = after
                    continue
                if text.startswith(b"<!--"):
                    if data.find(b"-->", start) < 0:
                        defects.append(Defect("open", markdown.stripped(data, Span(start, end))))
                    start = markdown.past_comment(data, start)
                    continue
                if markdown.begins_block(text) and not (b"|" in text and len(markdown.cells(line)) == self.width):
                    return start
            self._row(data, line, Span(start, end), entries, defects)
            start = end + 1
        return start

    def _goes_on(self, data: bytes, start: int) -> bool:
        """Whether the line at ``start`` is a row of this table and not the header of another."""
        line, following = markdown.lines(data, start, 2)
        return line.startswith(b"|") and len(markdown.cells(line)) == self.width and not markdown.dashes(following)

    def _rows(self, data: bytes, start: int, step: int, entries: list[Entry], defects: list[Defect]) -> tuple[int, int]:
        """Read some of many rows, about as many bytes as ``step``; return where to go on, and in which steps."""
        end = data.rfind(b"\n", start, start + step) + 1
        if end <= start:
            end = data.find(b"\n", start) + 1 or len(data)
            line = data[start:end].removesuffix(b"\n")
            self._row(data, line, Span(start, start + len(line)), entries, defects)
            return end, _STEP
        if self._find is None:
            self._find = finder(self.columns)
        for found in self._find(data[start:end].decode("utf-8", "surrogateescape")):
            whole: str = found[0]
            stop = start + (len(whole) if whole.isascii() else len(whole.encode("utf-8", "surrogateescape")))
            identifier, name, size, sha256, blake3, title, language = self._known_of(found)
            if name:
                entries.append(
                    Entry(
                        name, Span(start, stop), identifier or None, int(size) if size else None, sha256 or None,
                        title or None, language or None, _NO_METADATA, blake3 or None,
                    )
                )  # fmt: skip
            elif whole[:1] == "|":
                self._row(data, data[start:stop], Span(start, stop), entries, defects)
            else:
                return start, _STEP
            start = stop + 1
        return end, min(2 * step, _LONGEST_STEP)

    def _row(self, data: bytes, line: bytes, row: Span, entries: list[Entry], defects: list[Defect]) -> None:
        cells = markdown.cells(line)
        count = len(cells)
        if count != self.width:
            kind = "cells-missing" if count < self.width else "cells-extra"
            detail = self._details.setdefault(count, f"{count} of {self.width}")
            defects.append(Defect(kind, markdown.stripped(data, row), detail))
            cells = _fitted(cells, self.columns)
        cells.append(b"")
        identifier, named, sized, *hashed, titled, spoken = [cells[number] for number in self.known]
        named = named.strip(BLANK)
        name, _, _, title = markdown.read_name(named, in_table=True)
        if not name or named in _DASHES:
            if count == self.width:
                defects.append(Defect("no-name", markdown.stripped(data, row)))
            return
        size, (sha256, blake3) = _size(sized), map(_digest, hashed, DIGESTS)
        others = {column: _text(cells[number]) for number, column in self.others} if self.others else _NO_METADATA
        if count == self.width:
            if size is None and _bare(sized):
                self._defect("bytes", data, row, defects)
            for column, digest, cell in zip(DIGESTS, (sha256, blake3), hashed, strict=True):
                if digest is None and _bare(cell):
                    self._defect(column, data, row, defects)
            if others.get("date") and not is_date(others["date"].strip("`")):
                self._defect("date", data, row, defects)
        entries.append(
            Entry(
                name, row, markdown.plain(_bare(identifier)) or None, size, sha256,
                _text(titled) or title, markdown.plain(_bare(spoken)) or None, others, blake3,
            )
        )  # fmt: skip

    def _defect(self, column: str, data: bytes, row: Span, defects: list[Defect]) -> None:
        cell = _cell(data, row, self.columns, column)
        if cell is not None:
            defects.append(Defect(column, cell, markdown.plain(data[cell.start : cell.end])))


def _places(columns: Sequence[str]) -> list[int]:
    """Where the known columns stand among the cells of a row, behind which one is put for those that are not there."""
    return [columns.index(column) if column in columns else len(columns) for column in _KNOWN]


def beginning(head: bytes) -> tuple[tuple[str, ...], int]:
    """The columns of the table and where its rows start, if the beginning of an index is plain; else no columns.

    ``head`` is the beginning, in whole lines. Plain is one with neither front matter nor defects.
    """
    index = parse(head, Place(""))
    if index.defects or index.front_matter is not None or not index.columns:
        return (), 0
    found = _next_table(head, 3 * head.startswith(b"\xef\xbb\xbf"), [])
    return (index.columns, found[1]) if found is not None and _columns(head, found[0]) == index.columns else ((), 0)


def known_of(columns: Sequence[str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """What picks id, name, bytes, sha256, blake3, title and language out of what ``finder`` finds."""
    return itemgetter(*(number + 1 for number in _places(columns)))


def finder(columns: Sequence[str]) -> Callable[[str], list[tuple[str, ...]]]:
    """What takes lines apart: each as a whole and, if it is a regular row, its cells, and an empty one behind them."""
    import re

    cells = [f"[ \\t]*({_REGULAR[column]})?[ \\t]*\\|" if column in _REGULAR else "[ \\t]*()\\|" for column in columns]
    return re.compile(rf"(\|{''.join(cells)}|[^\n]*)()\n").findall


def _read_tables(
    data: bytes, start: int, entries: list[Entry], defects: list[Defect]
) -> tuple[_Table | None, list[tuple[Span, tuple[str, ...]]]]:
    """Read the entries of the table; return it, and the headers and columns of those without a name column."""
    table: _Table | None = None
    others = []
    unclosed: list[Span] = []
    while (found := _next_table(data, start, unclosed)) is not None:
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
        elif _is_meant(columns):
            defects.append(Defect("other-table", markdown.stripped(data, header)))
    defects += [Defect("open", line) for line in unclosed]
    return table, others


def _next_table(data: bytes, start: int, unclosed: list[Span]) -> tuple[Span, int] | None:
    """The header of the first table from ``start`` on, and where the line behind its dashes starts."""
    header, after = b"", -1
    for at, line in markdown.prose_lines(data, start, unclosed):
        if at == after and markdown.is_head(header, line):
            return Span(at - 1 - len(header), at - 1), at + len(line) + 1
        header, after = line, at + len(line) + 1
    return None


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
    guards = ("bytes", *DIGESTS, "date")
    pinned = [columns.index(column) for column in guards if column in columns]
    texts = [n for n, column in enumerate(columns) if column not in ("id", "name", *guards, "title")]
    for cut in [n for c in ("title",) if c in columns for n in (columns.index(c),)] + texts + [columns.index("name")]:
        if all(_fits(cells[n if n < cut else n + extra], columns[n]) for n in pinned):
            return cut
    return len(columns) - 1


def _cell(data: bytes, row: Span, columns: tuple[str, ...], column: str) -> Span | None:
    """Where the cell of a column is in a row; ``None`` where it has none."""
    spans = markdown.split_row(data, row)
    number = columns.index(column) if column in columns else len(spans)
    extra = len(spans) - len(columns)
    if extra > 0:
        cut = _cut_cell(markdown.cells(data[row.start : row.end]), columns)
        if number == cut:
            return Span(spans[cut].start, spans[cut + extra].end)
        number += extra if number > cut else 0
    return spans[number] if number < len(spans) else None


def _fits(cell: bytes, column: str) -> bool:
    """Whether a size, digest or date is what its column asks for, or blank."""
    if column == "date":
        text = markdown.plain(_bare(cell))
        return not text or is_date(text)
    return not _bare(cell) or (_size(cell) if column == "bytes" else _digest(cell, column)) is not None


def _is_meant(columns: tuple[str, ...]) -> bool:
    """Whether a table without a name column was plainly meant to list documents."""
    return any(column in columns for column in ("bytes", *DIGESTS))


def _letters(text: str) -> str:
    return text if text.isalnum() else "".join(filter(str.isalnum, text))


def _columns(data: bytes, header: Span) -> tuple[str, ...]:
    """What each column of a table means; one that repeats another means nothing."""
    cells = markdown.split_row(data, header)
    return meanings([markdown.plain(data[cell.start : cell.end].strip(b"*_`")) for cell in cells])


def meanings(headers: Sequence[str]) -> tuple[str, ...]:
    """The same for header cells as plain text."""
    texts = [header.lower() for header in headers]
    rank = {word: number for number, word in enumerate(COLUMNS)}
    best: dict[str, tuple[int, int]] = {}
    for number, word in enumerate(map(_letters, texts)):
        if word in rank:
            column = COLUMNS[word]
            best[column] = min(best.get(column, (len(rank), 0)), (rank[word], number))
    chosen = {number: column for column, (_, number) in best.items()}
    return tuple(chosen.get(n, "" if text in best else text) for n, text in enumerate(texts))


def _misspelled(data: bytes, table: _Table, entries: list[Entry]) -> Iterator[Defect]:
    """The header cells that are nearly a column which the table lacks, or stand over digests."""
    lacking = set(COLUMNS.values()).difference(table.columns)
    first = markdown.split_row(data, entries[0].row) if entries else []
    for number, (cell, column) in enumerate(zip(markdown.split_row(data, table.header), table.columns, strict=True)):
        word = _letters(column)
        if column in COLUMNS.values() or word.startswith(_OTHER_HASHES):
            continue
        meant = _meant(word)
        if not meant and number < len(first):
            meant = _kind_of(word, data[first[number].start : first[number].end])
        if meant in lacking:
            lacking.remove(meant)
            yield Defect("column", cell, meant)


def _kind_of(word: str, cell: bytes) -> str:
    """The column in which a digest belongs that stands under another word; nothing if it is no such digest."""
    likely = ("blake3", "sha256") if word.startswith(("blake", "b3")) else ("sha256", "blake3")
    return next((column for column in likely if _digest(cell, column) is not None), "")


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
        return Defect("no-rows", markdown.stripped(data, table.header))
    if others:
        header, columns = next((other for other in others if _is_meant(other[1])), others[0])
        near = next((column for column in columns if _meant(_letters(column)) == "name"), "")
        return Defect("no-name-column", markdown.stripped(data, header), near)
    return Defect("no-entries", Span(start, start))


def _items(data: bytes, start: int) -> Iterator[Entry]:
    """The list items that are entries; indented lines where there is no list are code."""
    in_list, after_blank = False, True
    for at, line in markdown.prose_lines(data, start):
        text = line.strip(BLANK)
        if not text:
            after_blank = True
            continue
        marked = bool(markdown.bullet(text))
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
    offset = markdown.content(line)
    text = line[offset:]
    name, start, end, title = markdown.read_name(text.rstrip(BLANK), in_table=False)
    if not name or start == 0 or (title is not None and markdown.is_address(name)):
        return None
    return name, offset + start, offset + end, title


def _bare(cell: bytes) -> bytes:
    """A cell without blanks and backticks around it; empty where a dash says that there is nothing."""
    bare = cell.strip(_BLANK_OR_TICK)
    return b"" if bare in _DASHES else bare


def _size(cell: bytes) -> int | None:
    bare = _bare(cell)
    return int(bare) if bare.isdigit() and len(bare) <= 18 else None


def _digest(cell: bytes, column: str) -> str | None:
    bare = _bare(cell).lower().removeprefix(column.encode() + b":")
    return bare.decode() if len(bare) == 64 and not bare.strip(b"0123456789abcdef") else None


def _text(cell: bytes) -> str:
    text = cell.strip(BLANK)
    return "" if text in _DASHES else markdown.plain(text)
