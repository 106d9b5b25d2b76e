from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import has_drive, locate
from validator.rule import Bad, Good, name_rule

_RESERVED = '<>:"|?*'


@name_rule(
    code="NAM011",
    name="reserved-character",
    severity="warning",
    message="the name {name!r} holds {character!r}, which no name on Windows can hold",
    help="rename the document without it, here and in the index",
    good=[Good("<<<FILE 1 (a) & [b], «c»; d=e+f'g!.txt>>>\nx\n\n<<<END 1>>>\n".encode())],
    bad=[
        Bad(b"<<<FILE 1 why?.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:14"]),
        Bad(b"<<<FILE 1 at 10:30.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:16"]),
        Bad(b"<<<FILE 1 a.txt>>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:16"], note="one bracket too many"),
    ],
)
def reserved_character(name: Name) -> Iterator[Hit]:
    """The name holds a character that Windows reserves: ``<``, ``>``, ``:``, ``"``, ``|``, ``?`` or ``*``.

    Such a document cannot be unpacked or checked out on Windows, and a colon there even writes to a
    hidden stream of another file. Choose a name without them.
    """
    text = name.text
    for at, character in enumerate(text):
        if character in _RESERVED and not (at == 1 and has_drive(text)):
            yield Hit(locate(name, at, at + 1), {"name": text, "character": character})
            return


@reserved_character.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: name + random.choice(_RESERVED).encode())
