from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate, parts
from validator.rule import Bad, Good, name_rule


@name_rule(
    code="NAM002",
    name="parent-reference",
    severity="error",
    message="the name {name!r} leads up through '..'",
    help="write where the document lies in the collection, without '..'",
    good=[Good(b"<<<FILE 1 a/b..c.txt>>>\nx\n\n<<<END 1>>>\n", "dots inside a part")],
    bad=[
        Bad(b"<<<FILE 1 ../a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"]),
        Bad(b"<<<FILE 1 a/../b.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:13"]),
        Bad(b"<<<FILE 1 a\\..\\b.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:13"], note="as Windows writes it"),
    ],
)
def parent_reference(name: Name) -> Iterator[Hit]:
    """The name has a ``..`` in it, which means the folder above.

    With it a document can be unpacked over a file outside the collection, and even where it stays
    inside, one document gets many names. Write the name without it.
    """
    for at, part in parts(name.text.replace("\\", "/")):
        if part == "..":
            yield Hit(locate(name, at, at + 2), {"name": name.text})
            return


@parent_reference.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: b"../" + name, loose=False)
