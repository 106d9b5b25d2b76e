"""How the entries of an index are changed, and how others are written beside them.

Nothing is decided here: ``Writer`` knows where the entries stand in an index, and turns what is wanted into
edits of its bytes. They cover whole cells or whole lines, and nothing else changes.
"""

from __future__ import annotations

from validator import manifest, markdown, tables
from validator.markdown import BLANK
from validator.model import TYPE_CHECKING, Edit, Entry, Index, Span, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from validator.tables import Layout

_HEADING = b"# Index\n\n"
_SAMPLE = 100
"""Rows that tell how a table is laid out."""


class Writer:
    """Where the entries of an index stand, and how others are written beside them."""

    def __init__(self, listing: Index) -> None:
        self._listing = listing
        self._data = data = listing.data
        self._entries = listing.entries
        self._columns = listing.columns
        self._head = manifest.head(listing)
        lines = [*(self._head or ()), *(entry.row for entry in listing.entries[-_SAMPLE:])]
        texts = [data[line.start : line.end] for line in lines]
        self._layout = tables.layout(texts[0], texts[1], texts[2:]) if self._head is not None else None
        self._newline = b"\r\n" if texts and texts[0].endswith(b"\r") else b"\n"
        self._short, self._long = self._rows_with("cells-missing"), self._rows_with("cells-extra")
        self._items = frozenset() if listing.columns else frozenset(entry.row.start for entry in listing.entries)

    def _rows_with(self, kind: str) -> frozenset[int]:
        """Where the rows start that have a defect."""
        found = [defect.span.start for defect in self._listing.defects if defect.kind == kind]
        return frozenset(self._data.rfind(b"\n", 0, start) + 1 for start in found)

    def lines(self, entry: Entry) -> Span:
        """The lines of an entry: its row, or its item with all that belongs to it but other entries."""
        data, end = self._data, min(entry.row.end + 1, len(self._data))
        if self._columns:
            return Span(entry.row.start, end)
        indent = _indent(data[entry.row.start : entry.row.end])
        while end < len(data) and end not in self._items:
            line_end = data.find(b"\n", end)
            line = data[end : line_end if line_end >= 0 else len(data)]
            text = line.strip(BLANK)
            if not text or (_indent(line) <= indent and markdown.begins_block(text)):
                break
            end = min(end + len(line) + 1, len(data))
        return Span(entry.row.start, end)

    def is_cut(self, entry: Entry) -> bool:
        """Whether bars cut the row of an entry into too many cells, so that nobody knows which is which."""
        return entry.row.start in self._long

    def corrected(self, entry: Entry, wanted: Mapping[str, str]) -> tuple[list[Edit], set[str]]:
        """Edits that give an entry other values, and the columns that they change. Raises ``UsageError``.

        Columns that the index does not have do not change, nor does a title that is there already, nor
        anything in a row that is cut.
        """
        possible = {column: wanted[column] for column in wanted if column in (self._columns or ("name",))}
        if self._layout is None:
            return ([self._item(entry, possible["name"])], {"name"}) if possible else ([], set())
        if self.is_cut(entry) or not (possible or entry.row.start in self._short):
            return [], set()
        return self._cells(entry, possible, self._layout)

    def _item(self, entry: Entry, name: str) -> Edit:
        start, end = entry.row.start, entry.row.end
        start += markdown.content(self._data[start:end])
        end = start + len(self._data[start:end].rstrip(BLANK))
        return Edit(Span(start, end), self._renamed(entry, self._data[start:end], name))

    def _cells(self, entry: Entry, wanted: Mapping[str, str], layout: Layout) -> tuple[list[Edit], set[str]]:
        """Edits of the cells of a row, and new cells where it has too few."""
        spans = tables.cells_of(self._data, entry.row)
        edits: list[Edit] = []
        added: list[bytes] = []
        changed: set[str] = set()
        for number, column in enumerate(self._columns):
            old = self._data[spans[number].start : spans[number].end].strip(BLANK) if number < len(spans) else b""
            new = b""
            if column in wanted and (column != "title" or not old):
                value = wanted[column]
                new = self._renamed(entry, old, value) if column == "name" else _restyled(column, old, value)
                changed.add(column)
            if number >= len(spans):
                added.append(layout.cell(number, new) + b"|")
            elif new:
                edits.append(Edit(spans[number], layout.cell(number, new)))
        if added:
            end = entry.row.start + len(self._data[entry.row.start : entry.row.end].rstrip(BLANK))
            is_closed = bool(spans) and spans[-1].end < end
            edits.append(Edit(Span(end, end), (b"" if is_closed else b" |") + b"".join(added)))
        return edits, changed

    def _renamed(self, entry: Entry, old: bytes, name: str) -> bytes:
        """A cell, or the content of an item, with a new name."""
        text = tables.respelled(old, name, in_table=bool(self._columns))
        if text is None:
            path = self._listing.place.path
            raise UsageError(f"{path!r} cannot call {entry.name!r} by its new name {name!r}; mend it by hand")
        return text

    def can_list(self, name: str) -> bool:
        """Whether there is a way to write a name."""
        return self._named({"name": name}, "code") is not None

    def inserted(self, rows: Sequence[dict[str, str]], beside: Entry | None, first: Entry | None) -> Edit:
        """The edit that puts new entries behind the one beside, or to the top."""
        if not self._entries and self._columns:
            return self._begun(rows)
        model = beside or first or self._entries[0]
        style = self._style(model)
        if self._layout is not None:
            lines = [self._layout.row(self._texts(values, style)) for values in rows]
        else:
            line = self._data[model.row.start : model.row.end]
            numbered = enumerate(rows, start=beside is not None)
            lines = [_marker(line, number) + (self._named(values, style) or b"") for number, values in numbered]
        text = b"".join(line + self._newline for line in lines)
        if beside is None:
            return Edit(Span(model.row.start, model.row.start), text)
        end = self.lines(beside).end
        if self._data[end - 1 : end] != b"\n":
            text = self._newline + text.removesuffix(self._newline)
        return Edit(Span(end, end), text)

    def _begun(self, rows: Sequence[Mapping[str, str]]) -> Edit:
        """The edit that writes the first rows of a table, and the table itself where there is none."""
        if self._head is None or self._layout is None:
            header = [column.encode() for column in self._columns]
            lines = tables.aligned(header, [column == "bytes" for column in self._columns], self._all_texts(rows))
            return Edit(Span(0, 0), _HEADING + b"\n".join([*lines, b""]))
        first, dashes = self._head
        header = [cell.strip(BLANK) for cell in markdown.cells(self._data[first.start : first.end])]
        lines = tables.aligned(header, self._layout.right, self._all_texts(rows))
        end = dashes.start + len(self._data[dashes.start : dashes.end].rstrip(b"\r"))
        return Edit(Span(first.start, end), self._newline.join(lines))

    def _all_texts(self, rows: Sequence[Mapping[str, str]]) -> list[list[bytes]]:
        return [self._texts(values, "plain") for values in rows]

    def _style(self, entry: Entry) -> str:
        """How an entry writes its name; see ``tables.spelled``."""
        before = self._data[entry.row.start : manifest.locate(self._listing, entry).start].rstrip(b" ")
        return {b"`": "code", b"(": "link", b"<": "link"}.get(before[-1:], "plain")

    def _texts(self, values: Mapping[str, str], style: str) -> list[bytes]:
        """The cells of a new row."""
        texts = [_escaped(values.get(column, "")) for column in self._columns]
        texts[self._columns.index("name")] = self._named(values, style) or b""
        return texts

    def _named(self, values: Mapping[str, str], style: str) -> bytes | None:
        title = "" if "title" in self._columns else values.get("title", "")
        return tables.spelled(values["name"], style, title, in_table=bool(self._columns))


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))


def _marker(line: bytes, further: int) -> bytes:
    """The marker of a list item that comes so many items behind another."""
    text = line.lstrip(BLANK)
    marker = text[: markdown.bullet(text)]
    digits = marker.rstrip(b".) \t")
    if digits.isdigit():
        marker = b"%d" % (int(digits) + further) + marker[len(digits) :]
    return line[: len(line) - len(text)] + marker


def _escaped(text: str) -> bytes:
    """A text as a cell of a table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").encode("utf-8", "surrogateescape")


def _restyled(column: str, old: bytes, new: str) -> bytes:
    """A value in place of another, in backticks and with a label where that has them."""
    if column == "title":
        return _escaped(new)
    bare = old.strip(b"`")
    ticks = b"`" if bare and old == b"`%b`" % bare else b""
    width = len(column) + 1
    label = bare[:width] if bare[:width].lower() == column.encode() + b":" else b""
    return ticks + label + new.encode() + ticks
