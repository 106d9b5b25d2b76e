from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.rule import Bad, Good, name_rule


@name_rule(
    code="NAM001",
    name="absolute-name",
    severity="error",
    message="the name {name!r} is absolute",
    help="use a name relative to the collection, with / between its parts",
    good=[
        Good(b"<<<FILE 1 a/b.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good(b"<<<FILE 1 at 10:30.txt>>>\nx\n\n<<<END 1>>>\n", "a colon, but no drive"),
    ],
    bad=[
        Bad(b"<<<FILE 1 /etc/motd>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"]),
        Bad(b"<<<FILE 1 C:notes.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"], note="a Windows drive"),
    ],
)
def absolute_name(name: Name) -> Iterator[Hit]:
    """The name does not stay inside the collection: it begins with a slash, a backslash or a drive.

    Unpacked on another machine it would be written over a file that has nothing to do with the
    collection. Use a relative name.
    """
    text = name.text
    if text.startswith(("/", "\\\\")) or (text[1:2] == ":" and text[:1].isascii() and text[:1].isalpha()):
        yield Hit(name.span, {"name": text})


@absolute_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_header(tree, random, lambda line: b" ".join([*line.split(b" ", 2)[:2], b"/" + line.split(b" ", 2)[2]]))
