from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import has_drive, locate, parts
from validator.rule import Bad, Good, name_rule


@name_rule(
    code="NAM004",
    name="backslash-in-name",
    severity="error",
    message="the name {name!r} holds a backslash",
    help="write / between the parts of a name",
    good=[Good(b"<<<FILE 1 a/b.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(b"<<<FILE 1 a\\b.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:12"]),
        Bad(
            {"INDEX.md": b"- [A](<a\\\\b.txt>)\n", "a\\b.txt": b"x\n"},
            ["a\\b.txt"],
            note="a file of this name, on a system that allows it",
        ),
    ],
)
def backslash_in_name(name: Name) -> Iterator[Hit]:
    r"""A backslash separates folders on Windows and is an ordinary character everywhere else.

    So ``a\b.txt`` is one file here and a file in a folder there. Names in a collection are written with
    ``/`` between their parts. Where the name also leads out of the collection, only that is said.
    """
    if has_drive(name.text) or name.text.startswith("\\"):
        return
    for at, part in parts(name.text):
        if "\\" in part and ".." not in part.split("\\"):
            start = at + part.index("\\")
            meant = name.text.replace("\\", "/")
            yield Hit(
                locate(name, start, start + 1),
                {"name": name.text},
                f"write {meant!r} if a folder is meant, else take the backslash out",
            )
            return


@backslash_in_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: b"a\\" + name)
