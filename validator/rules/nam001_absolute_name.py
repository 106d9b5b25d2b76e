from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import is_absolute
from validator.rule import Bad, Good, name_rule


@name_rule(
    code="NAM001",
    name="absolute-name",
    severity="error",
    message="the name {name!r} is absolute",
    help="use a name relative to the collection, with / between its parts",
    good=[
        Good(b"<<<FILE 1 a/b.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good(
            b"<<<FILE 1 at 10:30.txt>>>\nx\n\n<<<END 1>>>\n", "a colon, but no drive", settings={"ignore": ("NAM011",)}
        ),
    ],
    bad=[
        Bad(b"<<<FILE 1 /etc/motd>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"]),
        Bad(b"<<<FILE 1 C:notes.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"], note="a Windows drive"),
        Bad(b"<<<FILE 1 \\notes.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"], note="the root of a Windows drive"),
        Bad(b"<<<FILE 1 \\\\tower\\notes.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"], note="a network share"),
    ],
)
def absolute_name(name: Name) -> Iterator[Hit]:
    """The name does not stay inside the collection: it begins with a slash, a backslash or a drive.

    Unpacked on another machine it would be written over a file that has nothing to do with the
    collection. Use a relative name.
    """
    if is_absolute(name.text):
        yield Hit(name.span, {"name": name.text})


@absolute_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: b"/" + name, loose=False)
