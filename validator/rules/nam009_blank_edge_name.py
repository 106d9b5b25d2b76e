from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate, parts
from validator.rule import Bad, Good, name_rule

_BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


@name_rule(
    code="NAM009",
    name="blank-edge-name",
    severity="error",
    message="{part!r} in the name {name!r} {what}",
    help="give it another name, here and in the index",
    good=[
        Good(b"<<<FILE 1 a b. c.txt>>>\nx\n\n<<<END 1>>>\n", "blanks and dots inside"),
        Good(b"<<<FILE 1 .hidden>>>\nx\n\n<<<END 1>>>\n", "a dot in front"),
    ],
    bad=[
        Bad(b"<<<FILE 1 a.txt >>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:16"]),
        Bad(b"<<<FILE 1 notes/ a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:17"]),
        Bad(b"<<<FILE 1 etc./a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:14"]),
    ],
)
def blank_edge_name(name: Name) -> Iterator[Hit]:
    """A part of the name begins or ends with a blank, or ends with a dot.

    Nobody sees such a blank, and Windows takes blanks and dots off the end, so that the document comes
    back under another name or over another document. Rename it without them.
    """
    for at, part in parts(name.text):
        if part in ("", ".", ".."):
            continue
        end = at + len(part)
        if part[0] in _BLANKS:
            span, what = locate(name, at, at + 1), "begins with a blank"
        elif part[-1] in _BLANKS:
            span, what = locate(name, end - 1, end), "ends with a blank"
        elif part[-1] == ".":
            span, what = locate(name, end - 1, end), "ends with a dot"
        else:
            continue
        sound = part.strip(_BLANKS).rstrip(_BLANKS + ".")
        help = f"rename it to {sound!r}, here and in the index" if sound else ""
        yield Hit(span, {"name": name.text, "part": part, "what": what}, help)


@blank_edge_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: name + random.choice([b" ", b"."]))
