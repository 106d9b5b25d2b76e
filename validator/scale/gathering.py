"""From a collection to what is known of its parts: indexes first, then loose files, then containers."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from validator import manifest
from validator.loading import CHUNK
from validator.model import Index, Options, Place, Problem, replaced, value
from validator.scale.engines import Lost, spread
from validator.scale.indexes import Groups, Head, Indexes, Rows, read_heads, read_rows
from validator.scale.indexes import unread as unread_head
from validator.scale.scanning import Outcome, Shard, scan
from validator.scale.shards import Listing, containers_of, divided
from validator.trees import Changed, Odd, excluded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.scale.means import Scaled
    from validator.scale.work import Work
    from validator.trees import Divisible

_INDEXES_AT_ONCE = 64
_GROUPS_AT_ONCE = 1
"""Groups of rows of a Parquet index, mostly of 100,000 rows each, that are one task."""


@value
class Scanned:
    """All shards of a collection with what was learnt from them, in order of place, and its indexes by folder.

    ``entries`` are the files of facts about the rows of indexes, ``odd`` the files that are no documents, and
    ``unread`` those that could not be read. ``marked`` are Parquet indexes, by folder, of which only some rows give a
    digest, each with the name in such a row.
    """

    heads: dict[str, Head]
    odd: dict[str, Odd]
    unread: dict[str, Odd]
    entries: tuple[str, ...]
    rows: int
    marked: dict[str, str]
    loose: tuple[Outcome, ...]
    containers: dict[str, Outcome]


def gathered(tree: Divisible, work: Work, listing: Listing, by: Scaled) -> Scanned:
    """Have all indexes read, then all loose files scanned, and then every container among them."""
    unread: dict[str, Odd] = {}
    heads, entries, rows, marked = _indexes(tree, work, listing, unread, by)
    odd = dict(listing.odd)
    by.log("indexed", path=tree.path, indexes=len(heads), rows=rows)
    done = size = 0
    found: dict[bool, list[tuple[Shard, Outcome]]] = {False: [], True: []}
    coming = divided(tree, work.options, heads, by.keeps, listing, odd)
    for is_container in (False, True):
        for shard, result in spread(by.engine, partial(scan, work), coming, _halves):
            if isinstance(result, Lost):
                by.log("given-up", tries=result.tries, first=shard.names[0])
            outcome = _given_up(work, shard, result) if isinstance(result, Lost) else result
            found[is_container].append((shard, outcome))
            done, size = done + len(shard.names) - len(outcome.containers), size + outcome.bytes
            by.log(
                "scanned", files=len(shard.names), first=shard.names[0], bytes=outcome.bytes, rows=outcome.rows,
                known=outcome.is_known,
            )  # fmt: skip
            if by.watch is not None:
                by.watch(done, max(listing.count - len(odd), done), size)
        coming = containers_of(tree, heads, [name for _, one in found[False] for name in one.containers], by.keeps)
    loose = [outcome for _, outcome in sorted(found[False], key=lambda one: one[0].number)]
    containers = {shard.names[0]: outcome for shard, outcome in sorted(found[True], key=lambda one: one[0].number)}
    for outcome in (*loose, *containers.values()):
        unread |= {one.name: Odd(one.kind, one.detail) for one in outcome.problems if one.kind != "over-limit"}
        rows += outcome.rows
    return Scanned(heads, odd, unread, entries, rows, marked, tuple(loose), containers)


def _indexes(
    tree: Divisible, work: Work, listing: Listing, unread: dict[str, Odd], by: Scaled
) -> tuple[dict[str, Head], tuple[str, ...], int, dict[str, str]]:
    """The heads of all indexes, and the facts about their rows; ``unread`` are those that cannot be read."""
    indexes = listing.indexes
    folders = list(indexes)
    some = [folders[at : at + _INDEXES_AT_ONCE] for at in range(0, len(folders), _INDEXES_AT_ONCE)]
    parts = [_together(tree, [(folder, indexes[folder]) for folder in few]) for few in some]
    heads: dict[str, Head] = {}
    files: list[str] = []
    rows = 0
    for part, result in spread(by.engine, partial(read_heads, work), parts, _halves_of_indexes):
        if isinstance(result, Lost):
            by.log("given-up", tries=result.tries, first=part.files[0])
            unread |= {file: Odd("unreadable", result.said) for folder in part.folders for file in indexes[folder]}
            continue
        found, file, count = result
        heads |= {head.folder: head for head in found}
        unread |= {head.file: Odd(*head.problem) for head in found if head.problem is not None}
        files.append(file)
        rows += count
    listing.odd.update((name, Odd("over-limit", why)) for head in heads.values() for name, why in head.refused)
    more, count, marked = _groups(tree, work, heads, by)
    refused = {name for head in heads.values() for name, _ in head.refused}
    for name in {*listing.odd, *unread} - refused:
        folder, _, last = name.rpartition("/")
        if last == manifest.NAME or (last == manifest.COLUMNAR and f"{folder}/".lstrip("/") not in heads):
            head = unread_head(tree, name)
            heads[head.folder] = head
    heads |= {folder: _with_schema(tree, head, work.options) for folder, head in heads.items() if head.schema}
    return heads, (*files, *more), rows + count, marked


def _groups(tree: Divisible, work: Work, heads: dict[str, Head], by: Scaled) -> tuple[list[str], int, dict[str, str]]:
    """The facts about the rows of Parquet indexes; one whose rows cannot be read becomes one that cannot be."""
    parts = [
        Groups(head.folder, head.rows, range(at, min(at + _GROUPS_AT_ONCE, head.groups)), tree.narrowed([head.rows]))
        for head in heads.values()
        for at in range(0, head.groups, _GROUPS_AT_ONCE)
    ]
    read: dict[str, list[Rows]] = {}
    for part, result in spread(by.engine, partial(read_rows, work), parts, lambda part: [part]):
        if isinstance(result, Lost):
            by.log("given-up", tries=result.tries, first=part.file)
        read.setdefault(part.folder, []).append(_UNREAD if isinstance(result, Lost) else result)
    marked = {}
    for head in list(heads.values()):
        if head.rows and not head.groups and head.is_readable:
            heads[head.folder] = replaced(head, is_odd=True, is_whole=True)
    for folder, some in read.items():
        if any(one.is_broken for one in some):
            head = heads[folder]
            place = Place(tree.shown(head.file), beyond=tree.shown(head.rows))
            heads[folder] = replaced(
                head, known=Index(b"", place, readable=False), is_odd=True, groups=0, is_readable=False
            )
            some.clear()
        elif any(one.is_odd for one in some):
            heads[folder] = replaced(heads[folder], is_odd=True, is_whole=True)
        if some and not sum(one.count for one in some):
            heads[folder] = replaced(heads[folder], is_odd=True, is_whole=True)
        if 0 < sum(one.digests for one in some) < sum(one.count for one in some):
            marked[folder] = next(folder + one.pinned for one in some if one.pinned is not None)
    return (
        [one.facts for some in read.values() for one in some if one.facts],
        sum(one.count for some in read.values() for one in some),
        marked,
    )


def _with_schema(tree: Divisible, head: Head, options: Options) -> Head:
    """What an index is known by, with the schema that it names, if that is there."""
    parts = head.schema.split("/")
    try:
        if any(part.startswith(".") for part in parts) or excluded(head.schema, options):
            raise FileNotFoundError
        source = tree.open(head.schema)
        try:
            digest = hashlib.sha256(source.read(0, min(source.size, CHUNK + 1))).hexdigest()
        finally:
            source.close()
    except (OSError, Changed):
        return replaced(head, schema="")
    return replaced(head, digest=head.digest + digest)


_UNREAD = Rows("", 0, 0, is_broken=True)


def _together(tree: Divisible, some: Sequence[tuple[str, tuple[str, ...]]]) -> Indexes:
    files = tuple(dict.fromkeys(file for _, files in some for file in files))
    return Indexes(tuple(folder for folder, _ in some), files, tree.narrowed(files))


def _given_up(work: Work, shard: Shard, lost: Lost) -> Outcome:
    """What is said of a file that nobody can read and live."""

    problems = tuple(Problem("unreadable", work.tree.shown(name), name, lost.said) for name in shard.names)
    return Outcome("", 0, (), problems)


def _halves(shard: Shard) -> list[Shard]:
    """A shard in two, so that what is wrong with it is found in the end in one file."""
    half = len(shard.names) // 2
    if not half:
        return [shard]
    first = replaced(shard, names=shard.names[:half], stamps="")
    return [first, replaced(shard, names=shard.names[half:], stamps="", number=shard.number + half)]


def _halves_of_indexes(some: Indexes) -> list[Indexes]:
    half = len(some.folders) // 2
    if not half:
        return [some]
    above = some.folders[:half], some.folders[half:]
    return [
        replaced(some, folders=part, files=tuple(file for file in some.files if file[: file.rfind("/") + 1] in part))
        for part in above
    ]
