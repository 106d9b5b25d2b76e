from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import DEVICES, is_device, locate, parts
from validator.rule import Bad, Good, name_rule


@name_rule(
    code="NAM010",
    name="reserved-name",
    severity="warning",
    message="{part!r} in the name {name!r} is a device on Windows",
    help="rename it, here and in the index, say with another word in front",
    good=[Good(b"<<<FILE 1 console/com10.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(b"<<<FILE 1 nul>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"]),
        Bad(b"<<<FILE 1 tools/Aux.notes.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:17"]),
        Bad(
            "<<<FILE 1 com¹/a.txt>>>\nx\n\n<<<END 1>>>\n".encode(),
            ["all.bundle:1:11"],
            note="superscripts count as digits",
        ),
    ],
)
def reserved_name(name: Name) -> Iterator[Hit]:
    """A part of the name is what Windows calls a device: CON, PRN, AUX, NUL, COM1 to COM9, LPT1 to LPT9.

    Windows does so in every folder and with every suffix: there the document cannot be unpacked or
    checked out, or is written to the device and lost. Choose another name.
    """
    for at, part in parts(name.text):
        if is_device(part):
            yield Hit(locate(name, at, at + len(part)), {"name": name.text, "part": part})


@reserved_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    device = random.choice(sorted(DEVICES)).encode()
    faults.edit_name(tree, random, lambda name: device.lower() + b"." + name.replace(b"/", b"-"))
