from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate
from validator.rule import Bad, Good, name_rule

_CONTROLS = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]))
_CALLED = {
    "\0": " (NUL)",
    "\t": " (tab)",
    "\n": " (line feed)",
    "\r": " (carriage return)",
    "\x1b": " (escape)",
    "\x7f": " (delete)",
    "\x85": " (next line)",
    "\u2028": " (line separator)",
    "\u2029": " (paragraph separator)",
}


@name_rule(
    code="NAM005",
    name="control-in-name",
    severity="error",
    message="the name {name!r} holds the control character {character}",
    help="rename the document without it, here and in the index",
    good=[Good("<<<FILE 1 naïve – 天地.txt>>>\nx\n\n<<<END 1>>>\n".encode())],
    bad=[
        Bad(b"<<<FILE 1 a\tb.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:12"]),
        Bad("<<<FILE 1 é\x85b.txt>>>\nx\n\n<<<END 1>>>\n".encode(), ["all.bundle:1:12"], note="a C1 control"),
        Bad(
            {"INDEX.md": b"- [A](all.bundle)\n", "all.bundle": b"<<<FILE 1 a\x1b[0m.txt>>>\nx\n\n<<<END 1>>>\n"},
            ["all.bundle:1:12"],
            note="what a terminal would obey",
        ),
    ],
)
def control_in_name(name: Name) -> Iterator[Hit]:
    """The name holds a character that commands instead of being read: a line end, a tab, an escape.

    Such a name breaks lists into lines that are none, and can make a terminal or a build log do what it
    says. It comes from a faulty script, or from somebody who means harm. Meant are the C0 and C1 controls
    of ISO 6429 with DEL, and Unicode's line and paragraph separators.
    """
    for at, character in enumerate(name.text):
        if character in _CONTROLS:
            said = f"U+{ord(character):04X}{_CALLED.get(character, '')}"
            yield Hit(locate(name, at, at + 1), {"name": name.text, "character": said})
            return


@control_in_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    character = random.choice(sorted(_CONTROLS - {"\n"})).encode()
    faults.edit_name(tree, random, lambda name: name[:1] + character + name[1:])
