from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.matching import leads_out
from validator.model import Hit, Scope
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX013",
    name="entry-outside-collection",
    severity="error",
    message="the entry {name!r} leads out of the folder of its index",
    help="list only what lies in the folder of the index or below it, by a relative name",
    good=[
        Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a/b.txt)\n\n<<<FILE 0 a/b.txt>>>\nx\n\n"),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n- [B](../b.txt)\n- `C:\\c.txt`\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:2:7", "INDEX.md:3:4"],
        )
    ],
)
def entry_outside_collection(scope: Scope) -> Iterator[Hit]:
    """An entry's name is absolute, or climbs out of the folder of its index with `..`.

    What lies outside does not travel with the collection, and on another machine such a name may lead to
    a file that nobody meant. It is never opened. Move the document into the collection, or take the entry
    out; a folder above lists its own documents in its own index.
    """
    if scope.index is None:
        return
    for entry in scope.index.entries:
        if leads_out(entry.name):
            yield Hit(manifest.locate(scope.index, entry), {"name": entry.name}, at=scope.index.place)


@entry_outside_collection.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_cells(tree, faults.listed(tree, random, faults.of_table("name")), {"name": b"../elsewhere.txt"})
