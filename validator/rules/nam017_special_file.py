from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit, Place
from validator.rule import Bad, Good, collection_rule
from validator.trees import Odd


@collection_rule(
    code="NAM017",
    name="special-file",
    severity="error",
    message="{name!r} is no document but a {detail}",
    help="take it out of the collection, or leave it out with the setting `exclude`",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad({"INDEX.md": b"- [A](a.txt)\n", "a.txt": Odd("special", "named pipe")}, ["a.txt"]),
        Bad({"INDEX.md": b"- [A](a.txt)\n", "a.txt": b"x\n", "b": Odd("special", "socket")}, ["b"], note="not listed"),
    ],
)
def special_file(collection: Collection) -> Iterator[Hit]:
    """Something in the collection is no regular file: a named pipe, a socket, a device.

    It has no content of its own that could be listed, copied or compared, and reading it may wait for
    ever or never end. It is not opened. Programs leave such things behind in folders that they work in.
    """
    for problem in collection.problems:
        if problem.kind == "special":
            yield Hit(words={"name": problem.name, "detail": problem.detail}, at=Place(problem.path))


@special_file.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    tree[faults.pick(tree, random, loose=True).file] = Odd("special", "named pipe")
