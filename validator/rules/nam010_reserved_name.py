from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import DEVICES, is_device, is_git, locate, parts
from validator.rule import Bad, Good, name_rule


@name_rule(
    code="NAM010",
    name="reserved-name",
    severity="warning",
    message="{part!r} in the name {name!r} is {what}",
    help="rename it, here and in the index, say with another word in front",
    good=[Good(b"<<<FILE 1 console/com10.txt>>>\nx\n\n<<<FILE 2 .github/.gitignore>>>\nx\n\n<<<END 2>>>\n")],
    bad=[
        Bad(b"<<<FILE 1 nul>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:11"]),
        Bad(b"<<<FILE 1 tools/Aux.notes.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:17"]),
        Bad(
            "<<<FILE 1 com¹/a.txt>>>\nx\n\n<<<END 1>>>\n".encode(),
            ["all.bundle:1:11"],
            note="superscripts count as digits",
        ),
        Bad(b"<<<FILE 1 a/.GIT/config>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:13"], note="what git would obey"),
    ],
)
def reserved_name(name: Name) -> Iterator[Hit]:
    """A part of the name belongs to the system: a device of Windows, or the folder of git.

    Windows takes CON, PRN, AUX, NUL, COM1 to COM9 and LPT1 to LPT9 for devices, in every folder and with
    every suffix: there the document cannot be unpacked or checked out, or is written to the device and
    lost. That is a warning. ``.git``, in upper or lower case, or ``git~1``, is where git keeps what it
    obeys: whoever can write there can have any command run. That is an error. Choose another name.
    """
    for at, part in parts(name.text):
        span = locate(name, at, at + len(part))
        if is_device(part):
            yield Hit(span, {"name": name.text, "part": part, "what": "a device on Windows"})
        elif is_git(part):
            words: dict[str, object] = {"name": name.text, "part": part, "what": "where git keeps its own files"}
            yield Hit(span, words, severity="error")


@reserved_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    device = random.choice(sorted(DEVICES)).encode()
    faults.edit_name(tree, random, lambda name: device.lower() + b"." + name.replace(b"/", b"-"))
