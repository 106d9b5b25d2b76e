from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit, Place
from validator.rule import Bad, Good, collection_rule
from validator.trees import Odd


@collection_rule(
    code="VAL001",
    name="unreadable-file",
    severity="error",
    always=True,
    message="{name!r} cannot be read: {detail}",
    help="make it readable for whoever runs this check, or leave it out with the setting `exclude`",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[Bad({"INDEX.md": b"- [A](a.txt)\n", "a.txt": Odd("unreadable", "permission denied")}, ["a.txt"])],
)
def unreadable_file(collection: Collection) -> Iterator[Hit]:
    """A file or a folder is there, but the operating system does not let it be read.

    Nothing is known of it, so the check is not complete and cannot pass. The message says what the
    operating system said: often the rights are missing, sometimes the disk is failing, or the file was
    deleted while the check ran.
    """
    for problem in collection.problems:
        if problem.kind == "unreadable":
            words: dict[str, object] = {"name": problem.name or problem.path, "detail": problem.detail}
            yield Hit(words=words, at=Place(problem.path))


@unreadable_file.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    tree[faults.pick(tree, random, loose=True).file] = Odd("unreadable", "permission denied")
