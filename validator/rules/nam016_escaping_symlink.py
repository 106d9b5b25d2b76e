from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit, Place
from validator.rule import Bad, Good, collection_rule
from validator.trees import Odd


@collection_rule(
    code="NAM016",
    name="escaping-symlink",
    severity="error",
    message="the link {name!r} is no document: {detail}",
    help="put the file itself here, or leave the link out with the setting `exclude`",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad(
            {"INDEX.md": b"- [A](a.txt)\n", "a.txt": Odd("link", "it leads out of the collection, to '/etc/motd'")},
            ["a.txt"],
        ),
        Bad(
            {"INDEX.md": b"- [B](b.txt)\n", "b.txt": b"x\n", "a.txt": Odd("link", "it leads back to itself")},
            ["a.txt"],
            note="not listed",
        ),
    ],
)
def escaping_symlink(collection: Collection) -> Iterator[Hit]:
    """A symbolic link leads to something that is no document of the collection, or to nothing.

    It points outside, to a folder, to a file that is left out, back to itself, or to what is not there.
    It is never followed: whoever made it could have anything read, on any machine that checks the
    collection, and elsewhere it leads somewhere else. A link to a document of the same collection is
    a document like every other.
    """
    for problem in collection.problems:
        if problem.kind == "link":
            yield Hit(words={"name": problem.name, "detail": problem.detail}, at=Place(problem.path))


@escaping_symlink.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    tree[faults.pick(tree, random, loose=True).file] = Odd("link", "its target 'gone.txt' does not exist")
