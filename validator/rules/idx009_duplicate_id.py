from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from validator import faults, manifest
from validator.model import Entry, Hit, Scope
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX009",
    name="duplicate-id",
    severity="error",
    message="the index gives {name!r} the id {id!r}, which {other!r} has",
    help="give one of them an id of its own",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| id | name |\n|--|--|\n| 7 | a.txt |\n| 8 | b.txt |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n"
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| id | name |\n|--|--|\n| 7 | a.txt |\n| 7 | b.txt |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n",
            ["INDEX.md:4:3"],
        )
    ],
)
def duplicate_id(scope: Scope) -> Iterator[Hit]:
    """The index gives two documents the same id.

    An id is what a document keeps when it is renamed, so it must not lead to two. Most often a row was
    copied and only its name changed. Where a whole entry is there twice, only that is said.
    """
    if scope.index is None:
        return
    first: dict[str, Entry] = {}
    for entry in scope.index.entries:
        if entry.id is None:
            continue
        other = first.setdefault(entry.id, entry)
        if other.name != entry.name:
            words: dict[str, object] = {"name": entry.name, "id": entry.id, "other": other.name}
            yield Hit(manifest.locate(scope.index, entry, "id"), words, at=scope.index.place)


@duplicate_id.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    rows = [row for row in faults.rows(tree) if "id" in row.columns and row.entry.id]
    pairs = [(above, row) for above, row in pairwise(rows) if above.index == row.index]
    above, row = faults.some(random, pairs, "two listed documents with ids")
    faults.edit_cells(tree, row, {"id": str(above.entry.id).encode()})
