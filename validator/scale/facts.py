"""What is remembered of every document and every row of an index, as columns: for set operations beyond memory.

A fact is one row of a Parquet file. Its ``key`` is made from a name so that names which some file systems take
for the same have one key; all that has to be compared with each other has the same key. So facts can be
divided by key into partitions, each of which is judged alone. ``schemas/facts.md`` lists the columns.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from validator.matching import spelling

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from validator.scale.store import Store

LOOSE, CONTAINER, BLOCK, ALIAS, INNER, ENTRY, FOLDER = range(7)
"""Kinds of facts: what ``Fact.kind`` means."""

KINDS = (
    ("loose", "a file that is a document"),
    ("container", "a file that is a container"),
    ("block", "a document in a container that the index of a folder governs, by its name"),
    ("alias", "the same as `container#name`, as an index may also list it"),
    ("inner", "a document in a container with an index of its own, by the name that a loose copy of it would have"),
    ("entry", "a row of an index"),
    ("folder", "a folder that documents lie in"),
)
COLUMNS = (
    ("kind", "uint8", "What the fact is about: the number of a kind."),
    ("key", "uint64", "BLAKE2b, 8 bytes, of the name without case and in NFC. Rows are in order of it."),
    ("name", "binary", "The name from the top of the collection, with `/`."),
    ("folder", "binary", "The folder, `/` at its end, whose index governs the document or holds the row; or null."),
    ("container", "binary", "The file that a block lies in, from the top of the collection."),
    ("id", "binary", "The id of a block, or the one that the row gives."),
    ("size", "int64", "Bytes of the document, or those that the row gives."),
    ("sha256", "binary", "32 bytes."),
    ("blake3", "binary", "32 bytes."),
    ("odd", "bool", "Whether something about it alone has to be looked at together with the index."),
    ("settled", "bool", "Whether it may lack a row in an index."),
)  # fmt: skip
ROWS_AT_ONCE = 1 << 16


class Fact(NamedTuple):
    """One row; names are bytes, digests are not in hexadecimal."""

    kind: int
    key: int
    name: bytes
    folder: bytes | None = None
    container: bytes | None = None
    id: bytes | None = None
    size: int | None = None
    sha256: bytes | None = None
    blake3: bytes | None = None
    odd: bool = False
    settled: bool = False


def fact(
    kind: int,
    name: str,
    folder: str | None = None,
    *,
    container: str | None = None,
    id: str | None = None,
    size: int | None = None,
    digests: tuple[str | None, str | None] = (None, None),
    odd: bool = False,
    settled: bool = False,
) -> Fact:
    """A fact, from names as the other floors have them and digests in hexadecimal."""
    sha256, blake3 = (bytes.fromhex(digest) if digest else None for digest in digests)
    raw = None if container is None else encoded(container)
    above = None if folder is None else encoded(folder)
    own = encoded(id) if id else None
    return Fact(kind, key(name), encoded(name), above, raw, own, size, sha256, blake3, odd, settled)


def key(name: str) -> int:
    """What all spellings of a name have in common."""
    return int.from_bytes(blake2b(encoded(spelling(name)), digest_size=8).digest(), "big")


def encoded(name: str) -> bytes:
    """The bytes of a name, also of one that is not UTF-8 (PEP 383)."""
    return name.encode("utf-8", "surrogatepass" if _has_paired_half(name) else "surrogateescape")


def decoded(name: bytes) -> str:
    """A name from its bytes."""
    return name.decode("utf-8", "surrogateescape")


def _has_paired_half(name: str) -> bool:
    return not name.isascii() and any("\ud800" <= one <= "\udfff" and not "\udc80" <= one <= "\udcff" for one in name)


def parquet(facts: Iterable[Fact]) -> bytes:
    """A Parquet file of facts, in order of key."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = sorted(facts, key=lambda one: (one.key, one.kind, one.name))
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    table = pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema(), strict=True)], schema=schema()
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=ROWS_AT_ONCE, compression="zstd", use_dictionary=["folder", "container"])
    return bytes(sink.getvalue())


def read(store: Store, name: str) -> list[Fact]:
    """The facts in a file. Raises ``OSError``."""
    import pyarrow.parquet as pq

    with store.open(name) as file:
        return [Fact(*row.values()) for row in pq.read_table(file).to_pylist()]


def schema() -> pa.Schema:
    """The columns of a file of facts."""
    import pyarrow as pa

    types = {"uint8": pa.uint8(), "uint64": pa.uint64(), "binary": pa.binary(), "int64": pa.int64(), "bool": pa.bool_()}
    return pa.schema([(name, types[kind]) for name, kind, _ in COLUMNS])
