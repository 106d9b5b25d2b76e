"""INDEX.parquet: an index for collections whose INDEX.md would be too large for anybody to read.

An Apache Parquet file (https://parquet.apache.org/docs/file-format/) whose columns are those of the table in
an INDEX.md: ``bytes`` holds whole numbers, every other column UTF-8 text, and null is an empty cell. It
means exactly what that INDEX.md would mean. So it is *rendered*: turned into the text of that table, which
``manifest.parse`` reads as it reads any other. Nothing here judges a value.

**Columns** are called as in an INDEX.md, in any case and by any synonym. Whole numbers, decimals, truth values,
dates and times are taken as they are written in text. A column of anything else (lists, structures, bytes)
makes the file ``Unreadable``: nothing is passed over in silence.

**Names** are exact, blanks at their edges and line ends included; only ``./`` in front counts for nothing. A
name that is not UTF-8 cannot be there. In **other cells**, as in an INDEX.md, blanks at the edges count for
nothing and a lone dash is an empty cell. A line end cannot be said: it is read as a blank, and the row gets a
``Defect`` of the kind ``cell``, whose detail is the column and the name.

**Memory.** Rows are rendered some thousands at a time. A value that a small file repeats without end is
counted before it is written out, and what would be longer than the limit is refused.

**Damage.** Pages are written with checksums, which are compared when they are read. The rest of the file, the names
of the columns among it, only a digest in an INDEX.md or in the index above can guard.

pyarrow is needed, which the extra ``scale`` installs, and is imported when a file is read or written.
"""

from __future__ import annotations

import io
from contextlib import contextmanager

from validator import frontmatter, limits, manifest, markdown, tables
from validator.model import TYPE_CHECKING, Defect, Entry, Place, Span, UsageError, value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from validator.trees import Source

    Row: TypeAlias = Mapping[str, str | int | None]

NAME = manifest.COLUMNAR
_ADDRESSES = 1 << 30
"""Bytes of address space that pyarrow wants."""
_ROWS = 100_000
"""Rows of a row group that is written."""
_BATCH = 1 << 13
"""Rows that are rendered at once."""
_ROOM = 8
"""Bytes of a column for one of its text; a number takes eight, and may be written with one digit."""
_EXACT = r"\A(?:[\pL\pN](?:[^\\|\n]*[^\\|\s\x0b`])?)?\z"
"""Texts that stand in any cell as they are."""
_KINDS = (
    *("string", "large_string", "string_view", "null"),
    *("integer", "floating", "decimal", "boolean", "date", "timestamp"),
)
"""Types of columns that can be said in text."""
_EDGES = markdown.BLANK.decode() + "\n"
_PACKAGE = f"{NAME} needs pyarrow: pip install 'collection-validator[scale]'"


class Unreadable(Exception):
    """A file that is no index in Parquet; the message, in plain words, says why."""


class OverLimit(Exception):
    """A file whose rows would take more bytes as text than are allowed."""


@value
class Rendered:
    """The text of the table that an INDEX.md would hold, and what it cannot say; spans count in the text."""

    text: bytes
    defects: tuple[Defect, ...] = ()


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """The columns of a Parquet file by what they mean: ``{"bytes": "Size"}``.

    Of several that mean the same, it is the one that an INDEX.md would take. Columns without a meaning go by
    their name in lower case.
    """
    found: dict[str, str] = {}
    for name, meaning in zip(names, _meanings(names), strict=True):
        if meaning:
            found.setdefault(meaning, name)
    return found


def _meanings(names: Sequence[str]) -> tuple[str, ...]:
    cells = [_header(name).encode("utf-8", "surrogateescape").strip(markdown.BLANK).strip(b"*_`") for name in names]
    return manifest.meanings(list(map(markdown.plain, cells)))


def read(source: Source, limit: int, names: Collection[str] | None = None) -> Rendered:
    """The rows of a file as text of at most ``limit`` bytes; only those with certain ``names``, if these are given.

    Raises ``Unreadable``, ``OverLimit``, ``OSError``, and ``UsageError`` where pyarrow is not installed.
    """
    defects: list[Defect] = []
    return Rendered(b"".join(pieces(source, limit, defects, names=names)), tuple(defects))


def groups(source: Source) -> int:
    """How many groups of rows a file has. Raises ``Unreadable``, ``OSError`` and ``UsageError``."""
    _, _, parquet = _packages()
    with _understood(_Seekable(source)) as file:
        count: int = parquet.ParquetFile(file).metadata.num_row_groups
        return count


def pieces(
    source: Source,
    limit: int,
    defects: list[Defect],
    groups: range | None = None,
    names: Collection[str] | None = None,
) -> Iterator[bytes]:
    """The same piece by piece, in whole lines; ``defects`` are added to as the pieces are asked for.

    ``groups`` are those of the rows that are wanted, by number.
    """
    at = 0
    with _understood(_Seekable(source)) as file:
        for piece in _pieces(file, limit, defects, groups, names):
            at += len(piece)
            if at > limit:
                raise OverLimit
            yield piece


@contextmanager
def _understood(file: _Seekable) -> Iterator[_Seekable]:
    """A file, whose errors are said in the words of this module."""
    arrow, _, _ = _packages()
    try:
        yield file
    except (arrow.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError) as error:
        if file.failed is not None:
            raise file.failed from None
        raise Unreadable(_said(error)) from None


def rendered(columns: Sequence[str], rows: Iterable[Row]) -> Rendered:
    """The text of a table with these columns and rows."""
    lines = [_head(columns)]
    defects: list[Defect] = []
    at, meanings = len(lines[0]), _meanings(columns)
    for row in rows:
        cells = ["" if row.get(column) is None else str(row[column]) for column in columns]
        told = list(map(_cell, meanings, cells))
        line = f"| {' | '.join(told)} |\n".encode("utf-8", "surrogateescape")
        defects += _unsaid(meanings, cells, Span(at, at + len(line) - 1))
        lines.append(line)
        at += len(line)
    return Rendered(b"".join(lines), tuple(defects))


def write(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The rows as a Parquet file, the same bytes for the same rows and the same release of pyarrow.

    Raises ``UsageError`` for a text that is not UTF-8, and where pyarrow is not installed.
    """
    arrow, _, parquet = _packages()
    kinds = [(column, arrow.int64() if column == "bytes" else arrow.string()) for column in columns]
    schema, target, group = arrow.schema(kinds), io.BytesIO(), []
    options = {"compression": "zstd", "version": "2.6", "store_schema": False, "write_page_checksum": True}
    with parquet.ParquetWriter(target, schema, **options) as writer:
        for row in rows:
            group.append(row)
            if len(group) == _ROWS:
                writer.write_table(_table(schema, group), row_group_size=_ROWS)
                group = []
        if group:
            writer.write_table(_table(schema, group), row_group_size=_ROWS)
    return target.getvalue()


def _table(schema: Any, rows: Sequence[Row]) -> Any:
    arrow, _, _ = _packages()
    for row in rows:
        try:
            str(row.get("name")).encode()
        except UnicodeEncodeError:
            raise UsageError(f"no Parquet file can hold the name {row['name']!r}: it is not UTF-8; rename it") from None
    try:
        arrays = [arrow.array([row.get(field.name) for row in rows], field.type) for field in schema]
    except (UnicodeEncodeError, OverflowError, arrow.ArrowException) as error:
        raise UsageError(f"no Parquet file can hold a value of the index: {_said(error)}") from None
    return arrow.Table.from_arrays(arrays, schema=schema)


def of_text(text: bytes, path: str) -> bytes:
    """The Parquet file that means what the table of an index means; ``path`` is for messages.

    Raises ``UsageError`` where something in the table cannot be read as it was meant, and so would be lost.
    """
    index = manifest.parse(text, Place(path))
    if not index.columns or any(defect.kind != "no-rows" for defect in index.defects):
        raise UsageError(f"{path!r}: not every row can be read as it was meant; mend what `validate check` says of it")
    if "" in index.columns or len(set(index.columns)) < len(index.columns):
        raise UsageError(f"{path!r}: two columns mean the same, or one has no name; rename it by hand")
    return write(index.columns, map(_row, index.entries))


def _row(entry: Entry) -> Row:
    known: Row = {
        "id": entry.id, "name": entry.name, "bytes": entry.size, "sha256": entry.sha256, "blake3": entry.blake3,
        "title": entry.title or None, "language": entry.language,
    }  # fmt: skip
    return {**{column: text or None for column, text in entry.metadata.items()}, **known}


def pointer(sha256: str, file: str = NAME) -> str:
    """The lines of front matter that say where the rows of an index are."""
    return f"rows:\n  file: {file}\n  sha256: {sha256}\n"


def pointing(data: bytes, sha256: str, path: str) -> bytes:
    """An INDEX.md without its table, with the pointer to INDEX.parquet in its place; ``path`` is for messages.

    Raises ``UsageError`` where that takes a person.
    """
    index = manifest.parse(data, Place(path))
    found = manifest.head(index)
    if found is None or index.defects:
        raise UsageError(f"{path!r} has no table, or not one only, that could go into {NAME}; mend it by hand")
    end = max((entry.row.end for entry in index.entries), default=found[1].end)
    words = data[: found[0].start].rstrip(b"\n") + b"\n" + data[end:].removeprefix(b"\n")
    start = 3 * data.startswith(b"\xef\xbb\xbf")
    lines = pointer(sha256).encode()
    if index.front_matter is None:
        after = b"%b---\n%b---\n\n%b" % (words[:start], lines, words[start:])
    else:
        at = data.rfind(b"\n", 0, index.front_matter.end - 1) + 1
        after = words[:at] + lines + words[at:]
    return _confirmed(after, sha256, path)


def pointing_anew(data: bytes, sha256: str, path: str) -> bytes:
    """An INDEX.md whose pointer gives another digest. Raises ``UsageError`` where that takes a person."""
    named = frontmatter.rows(data)
    if named is not None and named.sha256 and named.digest_at is not None and named.sha256 != sha256:
        start = named.digest_at.start
        at = data.lower().find(named.sha256.encode(), start)
        if at >= 0:
            data = data[:at] + sha256.encode() + data[at + 64 :]
    return _confirmed(data, sha256, path)


def _confirmed(data: bytes, sha256: str, path: str) -> bytes:
    """An INDEX.md that gives this digest and has no table of its own."""
    named, left = frontmatter.rows(data), manifest.parse(data, Place(path))
    if named is None or named.sha256 != sha256 or left.columns:
        raise UsageError(
            f"{path!r} cannot be made to point to its rows; write into its front matter: {pointer(sha256)!r}"
        )
    return data


def _pieces(
    file: _Seekable, limit: int, defects: list[Defect], wanted: range | None, only: Collection[str] | None
) -> Iterator[bytes]:
    arrow, _, parquet = _packages()
    names = parquet.ParquetFile(file).schema_arrow.names
    options = {"pre_buffer": False, "page_checksum_verification": True}
    with parquet.ParquetFile(file, read_dictionary=names, **options) as opened:
        schema = opened.schema_arrow
        if not schema.names:
            raise Unreadable("it has no columns")
        for field in schema:
            _refuse_foreign(field)
        groups = range(opened.metadata.num_row_groups)
        largest = max((opened.metadata.row_group(number).total_byte_size for number in groups), default=0)
        shortest = 3 * len(schema.names) + 2
        is_whole = wanted is None and only is None
        if (is_whole and opened.metadata.num_rows * shortest > limit) or largest > _ROOM * limit:
            raise OverLimit
        head = _head(schema.names)
        yield head
        at, meanings = len(head), _meanings(schema.names)
        named = schema.get_field_index(columns_of(schema.names).get("name", ""))
        for batch in opened.iter_batches(batch_size=_BATCH, row_groups=wanted or groups, use_threads=False):
            batch.validate(full=True)
            if only is not None and named >= 0:
                batch = batch.filter(_are_called(batch.column(named), only))
            text, found = _lines(arrow, batch, meanings, limit)
            defects += [Defect(one.kind, Span(at + one.span.start, at + one.span.end), one.detail) for one in found]
            at += len(text)
            yield text


def _are_called(names: Any, only: Collection[str]) -> Any:
    """Which of some names are among certain ones."""
    import pyarrow as arrow
    import pyarrow.compute as compute

    text = arrow.large_string()
    plain = names.dictionary_decode() if arrow.types.is_dictionary(names.type) else names
    wanted = [prefix + name for name in only if _is_utf8(name) for prefix in ("", "./")]
    return compute.is_in(plain.cast(text), value_set=arrow.array(wanted, text))


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= one <= "\udfff" for one in name)


def _refuse_foreign(field: Any) -> None:
    """Raise ``Unreadable`` for a column that holds no texts, numbers or times."""
    _, types, _ = _packages()
    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    if not any(getattr(types, f"is_{known}", _never)(kind) for known in _KINDS):
        raise Unreadable(
            f"its column {field.name!r} holds values of the type {kind}, and an index holds text and numbers"
        )


def _never(kind: Any) -> bool:
    """What a release of pyarrow that does not know a type says of any."""
    return False


def _lines(arrow: Any, batch: Any, meanings: Sequence[str], limit: int) -> tuple[bytes, list[Defect]]:
    """The rows of a batch as lines, and what they cannot say."""
    import pyarrow.compute as compute

    text = arrow.large_string()
    columns, odd_rows, room = [], set(), limit
    originals = []
    for column, meaning in zip(batch.columns, meanings, strict=True):
        if arrow.types.is_dictionary(column.type):
            lengths = compute.binary_length(column.dictionary.cast(text)).take(column.indices)
            room -= compute.sum(lengths).as_py() or 0
            if room < 0:
                raise OverLimit
            column = column.dictionary_decode()
        cells = compute.fill_null(column.cast(text), "")
        odd = compute.invert(compute.match_substring_regex(cells, _EXACT))
        originals.append(cells)
        rows = compute.indices_nonzero(odd).to_pylist()
        if rows:
            told = [_cell(meaning, cell) for cell in cells.filter(odd).to_pylist()]
            cells = compute.replace_with_mask(cells, odd, arrow.array(told, text))
            odd_rows.update(rows)
        columns.append(cells)
    inner = compute.binary_join_element_wise(*columns, arrow.scalar(" | ", text))
    whole = compute.binary_join_element_wise(
        arrow.scalar("| ", text), inner, arrow.scalar(" |\n", text), arrow.scalar("", text)
    )
    lengths = compute.binary_length(whole)
    size = compute.sum(lengths).as_py() or 0
    data = memoryview(whole.buffers()[2])[:size].tobytes() if size else b""
    defects: list[Defect] = []
    at = 0
    for number, length in enumerate(lengths.to_pylist() if odd_rows else ()):
        if number in odd_rows:
            cells = [column[number].as_py() for column in originals]
            defects += _unsaid(meanings, cells, Span(at, at + length - 1))
        at += length
    return data, defects


def _cell(meaning: str, text: str) -> str:
    """How a value stands in a cell, so that it is read as it is."""
    if meaning == "name":
        return _name(text.removeprefix("./")) if text else ""
    text = text.strip(_EDGES).replace("\n", " ")
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _name(name: str) -> str:
    for style in ("plain", "code"):
        cell = tables.spelled(name, style, "", in_table=True)
        if cell is not None and not cell.startswith(b"["):
            return cell.decode("utf-8", "surrogateescape")
    return f"[]({tables.destination(name)})"  # a link without a text gives no title


def _unsaid(meanings: Sequence[str], cells: Sequence[str], row: Span) -> Iterator[Defect]:
    """What a row cannot say."""
    name = cells[meanings.index("name")] if "name" in meanings else ""
    for meaning, cell in zip(meanings, cells, strict=True):
        if meaning != "name" and "\n" in cell.strip(_EDGES):
            yield Defect("cell", row, f"{meaning} of {name!r}" if name else meaning)


def _head(names: Sequence[str]) -> bytes:
    lines = f"| {' | '.join(map(_header, names))} |\n|{'---|' * len(names)}\n"
    return lines.encode("utf-8", "surrogateescape")


def _header(name: str) -> str:
    return " ".join(name.split()).replace("\\", "\\\\").replace("|", "\\|")


def _said(error: Exception) -> str:
    """What went wrong, as one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:200] + "…"


def _packages() -> tuple[Any, Any, Any]:
    """pyarrow, its types and its Parquet part. Raises ``UsageError``."""
    limits.refuse_scarce(_ADDRESSES, "an index in Parquet")
    try:
        import pyarrow
        from pyarrow import parquet, types
    except ImportError:
        raise UsageError(_PACKAGE) from None
    return pyarrow, types, parquet


class _Seekable(io.RawIOBase):
    """A file of a tree as pyarrow wants it; ``failed`` is why it could not be read, if it could not."""

    def __init__(self, source: Source) -> None:
        self.failed: OSError | None = None
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        end = self._source.size if size is None or size < 0 else min(self._at + size, self._source.size)
        try:
            data = self._source.read(self._at, end) if self._at < end else b""
        except OSError as error:
            self.failed = error
            raise
        self._at += len(data)
        return data
