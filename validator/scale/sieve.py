"""Which facts leave something to be looked at: set operations in SQL (DuckDB), a partition of the keys at a time.

A name is fine where one document and one row of an index agree in everything, where a document needs no row, or
where copies in containers are true ones. Everything else stays in the sieve: documents without rows, rows without
documents, sizes and digests that differ, names that collide. The sieve may keep too much, never too little.

Memory is limited; what does not fit is put on disk by DuckDB.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from validator.matching import TELLING
from validator.model import replaced, value
from validator.scale import facts
from validator.scale.facts import ALIAS, BLOCK, CONTAINER, ENTRY, FOLDER, INNER, LOOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from validator.scale.store import Store

MEMORY = "200MB"
"""What DuckDB may use in one process before it puts something on disk."""
_FEW, _MANY = 200_000, 8_000_000
"""Rows that are not worth dividing, and rows of one partition."""
_KEYS = 1 << 64

_GROUPS = f"""
CREATE TEMP TABLE groups AS
SELECT key, loose > 0 AS is_loose, entries > 0 AS is_listed, coalesce(
    is_sound AND loose <= 1 AND CASE entries
        WHEN 0 THEN unlisted = 0
        WHEN 1 THEN loose = 1 OR packed = 1
        ELSE false END,
    false) AS is_fine
FROM (
    SELECT key,
        count(*) FILTER (kind IN ({LOOSE}, {CONTAINER})) AS loose,
        count(*) FILTER (kind = {ENTRY}) AS entries,
        count(*) FILTER (kind IN ({BLOCK}, {ALIAS})) AS packed,
        count(*) FILTER (kind = {LOOSE} AND NOT settled) AS unlisted,
        NOT bool_or(odd)
            AND min(name) = max(name)
            AND min(folder) IS NOT DISTINCT FROM max(folder)
            AND min(id) IS NOT DISTINCT FROM max(id)
            AND min(size) IS NOT DISTINCT FROM max(size)
            AND min(sha256) IS NOT DISTINCT FROM max(sha256)
            AND min(blake3) IS NOT DISTINCT FROM max(blake3)
            AND (min(kind) = {FOLDER} OR max(kind) < {FOLDER})
            AND (bool_and(kind <> {CONTAINER}) OR bool_and(kind NOT IN ({BLOCK}, {ALIAS}, {INNER})))
            AND (count(*) FILTER (kind < {ENTRY}) = count(sha256) FILTER (kind < {ENTRY})
                OR count(*) FILTER (kind < {ENTRY}) = count(blake3) FILTER (kind < {ENTRY})) AS is_sound
    FROM facts GROUP BY key
)
"""  # noqa: S608
_KEPT = "SELECT facts.* FROM facts SEMI JOIN (SELECT key FROM groups WHERE NOT is_fine) USING (key)"
_CONTAINERS = f"""
SELECT container,
    count(*) FILTER (kind = {ALIAS} AND is_listed) AS aliases,
    count(*) FILTER (kind IN ({BLOCK}, {INNER}) AND is_loose) AS copies,
    count(*) FILTER (kind = {BLOCK} AND is_listed) AS listed,
    count(*) FILTER (kind = {BLOCK} AND (is_listed OR is_loose)) AS known,
    count(*) FILTER (kind = {CONTAINER} AND is_listed) AS itself
FROM facts JOIN groups USING (key)
WHERE container IS NOT NULL
GROUP BY container
"""  # noqa: S608


@value
class Partition:
    """The keys from ``start`` to ``last`` in some files of facts, which lie in ``store``."""

    store: Store
    files: tuple[str, ...]
    start: int
    last: int


@value
class Sifted:
    """What stays in the sieve, and of each container by its name how the index sees it.

    That is: blocks with a row as ``container#name``, blocks that are loose files too, blocks with a row by their name
    alone, blocks with either of the last two, and whether the container has a row (0 or 1).
    """

    kept: tuple[facts.Fact, ...]
    containers: dict[bytes, tuple[int, ...]]


def partitions(store: Store, files: Sequence[str], rows: int, at_least: int) -> list[Partition]:
    """All keys, divided so that each part is a bearable amount of work."""
    count = max(at_least if rows > _FEW else 1, -(-rows // _MANY))
    starts = [number * _KEYS // count for number in range(count + 1)]
    return [Partition(store, tuple(files), start, end - 1) for start, end in pairwise(starts)]


def sifted(part: Partition, memory: str = MEMORY) -> Sifted:
    """What stays in the sieve of one partition."""
    with _database(part, memory) as (_, ask):
        ask(_GROUPS)
        kept = _facts(ask(_KEPT))
        found = {row[0]: row[1:] for row in ask(_CONTAINERS).fetchall()}
    return Sifted(kept, found)


def called(part: Partition, keys: Sequence[int], memory: str = MEMORY) -> tuple[facts.Fact, ...]:
    """The facts of one partition that have one of some keys."""
    import pyarrow as pa

    wanted = [key for key in keys if part.start <= key <= part.last]
    if not wanted:
        return ()
    with _database(part, memory) as (database, ask):
        database.register("wanted", pa.table({"key": pa.array(wanted, pa.uint64())}))
        return _facts(ask("SELECT facts.* FROM facts SEMI JOIN wanted USING (key)"))


def twins(numbered: tuple[int, Partition], count: int, memory: str = MEMORY) -> tuple[facts.Fact, ...]:
    """The rows of indexes with ids that lead to several documents, of a part of all ids: one of ``count``.

    A twin need not have a key of the same partition, so it is all partitions that are looked through.
    """
    number, part = numbered
    with _database(replaced(part, start=0, last=_KEYS - 1), memory) as (_, ask):
        bounds = {"count": count, "number": number}
        ask(f"CREATE TEMP TABLE ids AS {_IDS}", bounds)
        return _facts(
            ask("SELECT facts.* FROM facts SEMI JOIN ids USING (folder, id) WHERE kind = $kind", {"kind": ENTRY})
        )


_IDS = f"""
SELECT folder, id FROM facts
WHERE kind = {ENTRY} AND id IS NOT NULL AND hash(id) % $count = $number
GROUP BY folder, id HAVING min(name) <> max(name)
"""  # noqa: S608


def alike(numbered: tuple[int, Partition], count: int, memory: str = MEMORY) -> tuple[int, ...]:
    """The keys of documents whose content others have too, under other names, of a part of all digests: one of
    ``count``.

    Like twins, they are looked for in all partitions.
    """
    number, part = numbered
    with _database(replaced(part, start=0, last=_KEYS - 1), memory, _OF_CONTENT) as (_, ask):
        bounds = {"count": count, "number": number}
        ask(f"CREATE TEMP TABLE digests AS {_ALIKE}", bounds)
        return tuple(sorted({key for (key,) in ask(_KEYS_ALIKE).fetchall()}))


_OF_CONTENT = ("kind", "key", "name", "size", "sha256", "blake3")
_CONTENT = f"""
SELECT key, name, coalesce(sha256, blake3) AS digest FROM facts
WHERE kind IN ({LOOSE}, {CONTAINER}, {BLOCK}, {INNER}) AND size >= {TELLING}
"""  # noqa: S608
_ALIKE = f"""
SELECT digest FROM ({_CONTENT}) WHERE digest IS NOT NULL AND hash(digest) % $count = $number
GROUP BY digest HAVING min(name) <> max(name)
"""  # noqa: S608
_KEYS_ALIKE = f"SELECT key FROM ({_CONTENT}) SEMI JOIN digests USING (digest)"  # noqa: S608


def unpinned(part: Partition, folders: Sequence[bytes], memory: str = MEMORY) -> tuple[facts.Fact, ...]:
    """The rows of one partition that give no digest, in the indexes of some folders."""
    import pyarrow as pa

    with _database(part, memory) as (database, ask):
        database.register("wanted", pa.table({"folder": pa.array(folders, pa.binary())}))
        return _facts(ask(_UNPINNED))


_UNPINNED = f"""
SELECT facts.* FROM facts SEMI JOIN wanted USING (folder)
WHERE kind = {ENTRY} AND sha256 IS NULL AND blake3 IS NULL
"""  # noqa: S608


def governed(part: Partition, indexes: Sequence[tuple[bytes, ...]], memory: str = MEMORY) -> tuple[facts.Fact, ...]:
    """A document of each of some folders with an index, if this partition has any.

    ``indexes`` are the folders, each with the two files that its index may be made of, which do not count.
    """
    import pyarrow as pa

    with _database(part, memory) as (database, ask):
        columns = zip(("folder", "file", "beyond"), zip(*indexes, strict=True), strict=True)
        database.register("wanted", pa.table({name: pa.array(column, pa.binary()) for name, column in columns}))
        return _facts(ask(_GOVERNED))


_GOVERNED = f"""
SELECT facts.* FROM facts JOIN wanted USING (folder)
WHERE kind IN ({LOOSE}, {CONTAINER}, {BLOCK}) AND name <> file AND name <> beyond
QUALIFY row_number() OVER (PARTITION BY folder ORDER BY name) = 1
"""  # noqa: S608


def below(part: Partition, folders: Sequence[bytes], memory: str = MEMORY) -> tuple[facts.Fact, ...]:
    """The facts of one partition whose names lie in one of some folders."""
    with _database(part, memory) as (_, ask):
        found: set[facts.Fact] = set()
        for folder in folders:
            bounds = {"first": folder + b"/", "behind": folder + b"0"}  # what follows the slash
            found |= set(_facts(ask("SELECT * FROM facts WHERE name >= $first AND name < $behind", bounds)))
    return tuple(sorted(found, key=lambda one: (one.key, one.kind, one.name)))


def _facts(found: DuckDBPyConnection) -> tuple[facts.Fact, ...]:
    return tuple(facts.Fact(*row) for row in found.fetchall())


@contextmanager
def _database(
    part: Partition, memory: str, columns: Sequence[str] | None = None
) -> Iterator[tuple[DuckDBPyConnection, Callable[..., DuckDBPyConnection]]]:
    """A database, and what asks it about ``facts``, those of a partition, which are read anew for each question."""
    from tempfile import TemporaryDirectory

    import duckdb

    with TemporaryDirectory(prefix="validate-") as folder, duckdb.connect() as database:
        database.execute("SET threads = 1; SET preserve_insertion_order = false")
        database.execute("SET enable_progress_bar = false")
        database.execute(f"SET memory_limit = '{memory}'")
        database.execute("SET temp_directory = $folder", {"folder": folder})

        def ask(question: str, values: dict[str, object] | None = None) -> DuckDBPyConnection:
            database.register("facts", _read(part, columns or [name for name, *_ in facts.COLUMNS]))
            return database.execute(question, values or {})

        yield database, ask


def _read(part: Partition, columns: Sequence[str]) -> pa.RecordBatchReader:
    """Some columns of the facts of a partition, as they stream out of the files."""
    import pyarrow as pa

    schema = pa.schema([facts.schema().field(name) for name in columns])
    return pa.RecordBatchReader.from_batches(schema, _batches(part, columns))


def _batches(part: Partition, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    start, last = (pa.scalar(key, pa.uint64()) for key in (part.start, part.last))
    for name in part.files:
        with part.store.open(name) as file:
            parquet = pq.ParquetFile(file, pre_buffer=False)
            groups = [at for at in range(parquet.num_row_groups) if _may_hold(parquet.metadata.row_group(at), part)]
            for batch in parquet.iter_batches(facts.ROWS_AT_ONCE, groups, columns):
                keys = batch.column("key")
                yield batch.filter(pc.and_(pc.greater_equal(keys, start), pc.less_equal(keys, last)))


def _may_hold(group: pa.RowGroupMetaData, part: Partition) -> bool:
    """Whether a part of a file, which is in order of key, may hold facts of a partition."""
    bounds = group.column(_KEY).statistics
    return bounds is None or not bounds.has_min_max or (bounds.min <= part.last and bounds.max >= part.start)


_KEY = [name for name, *_ in facts.COLUMNS].index("key")
