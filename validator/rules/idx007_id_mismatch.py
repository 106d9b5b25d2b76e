from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.matching import by_name, names_of
from validator.model import Block, Hit, Scope
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX007",
    name="id-mismatch",
    severity="error",
    message="{name!r} has the id {id!r} in {path!r}, and {listed!r} in the index",
    help="find out which of the two is right, and correct the other",
    good=[
        Good(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| id | name |\n|--|--|\n| 7 | a.txt |\n\n"
                b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 2>>>\n"
            }
        )
    ],
    bad=[
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| id | name |\n|--|--|\n| 7 | a.txt |\n\n"
                b"<<<FILE 8 a.txt>>>\nx\n\n<<<END 2>>>\n"
            },
            ["all.bundle:6:1"],
        ),
        Bad(
            {
                "INDEX.md": b"| id | name |\n|--|--|\n| 7 | a.txt |\n| all | all.bundle |\n",
                "a.txt": b"x\n",
                "all.bundle": b"<<<FILE 8 a.txt>>>\nx\n\n<<<END 1>>>\n",
            },
            ["all.bundle:1:1"],
            note="a packed copy has the id of its original",
        ),
    ],
)
def id_mismatch(scope: Scope) -> Iterator[Hit]:
    """The index and a container give the same document different ids.

    An id is what a document keeps when its name changes, so whoever looks it up by its id now finds
    nothing, or something else. Often ids were given anew when the container was packed. Correct the one
    that is wrong.
    """
    if scope.index is None or "id" not in scope.index.columns:
        return
    entries = by_name(scope.index)
    for record in scope.records:
        if not record.id:
            continue
        entry = record.entry or next((entries[name] for name in names_of(record)[::-1] if name in entries), None)
        if entry is not None and entry.id is not None and entry.id != record.id:
            words = {"name": record.block or record.name, "id": record.id, "path": record.path, "listed": entry.id}
            yield Hit(record.header, dict(words), at=record.at)


@id_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    def is_listed(file: str, block: Block) -> bool:
        return faults.Spot(file, block.name.decode()).full in listed

    listed = {row.spot.full for row in faults.rows(tree) if row.entry.id}
    faults.edit_header(tree, random, lambda line: line.replace(b"<<<FILE ", b"<<<FILE x", 1), is_listed)
