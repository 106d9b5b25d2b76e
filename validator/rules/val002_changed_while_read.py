from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit, Place
from validator.rule import Bad, Good, collection_rule
from validator.trees import Odd


@collection_rule(
    code="VAL002",
    name="changed-while-read",
    severity="error",
    always=True,
    message="{name!r} changed while it was being read",
    help="wait until nothing writes to it any more, and check again",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[Bad({"INDEX.md": b"- [A](a.txt)\n", "a.txt": Odd("changed")}, ["a.txt"])],
)
def changed_while_read(collection: Collection) -> Iterator[Hit]:
    """Something wrote to a file while it was being checked.

    What was read may be half old and half new, so nothing that was found in it, and nothing that was
    not, can be relied on. Let the writing end (a download, a copy, a synchronisation, an editor), then
    check again.
    """
    for problem in collection.problems:
        if problem.kind == "changed":
            yield Hit(words={"name": problem.name or problem.path}, at=Place(problem.path))


@changed_while_read.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    tree[faults.pick(tree, random, loose=True).file] = Odd("changed")
