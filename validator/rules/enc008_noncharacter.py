from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Hit, Span
from validator.rule import Bad, Good, document_rule

_NONCHARACTERS = rb"(?:\xef\xb7[\x90-\xaf]|\xef\xbf[\xbe\xbf]|[\xf0-\xf4][\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf])++"
"""U+FDD0 to U+FDEF and the last two code points of every plane, in UTF-8."""


@document_rule(
    code="ENC008",
    name="noncharacter",
    severity="error",
    message="noncharacter {character}{more}{meant}",
    help="take the passage from the source again: what stood here is no part of any text",
    wakes=screening.NONCHARACTER,
    good=[Good("\ufdcf \ufdf0 \ufffc\n".encode(), "their neighbours"), Good(b"U+FFFE is no character.\n")],
    bad=[
        Bad("\ufffeone\n".encode(), ["doc.txt:1:1"], "a byte order mark with its bytes swapped"),
        Bad("a\ufdd0b\uffff\n".encode(), ["doc.txt:1:2", "doc.txt:1:4"]),
        Bad("x\U0001fffe\U0010ffff.\n".encode(), ["doc.txt:1:2"], "several in a row are one"),
    ],
)
def noncharacter(document: Document) -> Iterator[Hit]:
    """The document holds a code point that will never be a character.

    Programs use these 66 code points inside, as an end mark or a filler, and they get into a file when one
    forgets to take them out. XML does not allow U+FFFE and U+FFFF. U+FFFE is a byte order mark whose bytes
    were swapped: somewhere on the way, UTF-16 was read in the wrong order, so look at the text around it
    too. Take the passage from the source again. There is no fix, since deleting a noncharacter could join
    what it kept apart.

    The Unicode Standard, section 23.7, sets U+FDD0 to U+FDEF and the last two code points of each plane
    aside. Several in a row are one finding.
    """
    import re

    for run in re.finditer(_NONCHARACTERS, document.data):
        characters = run[0].decode()
        swapped = ", a byte order mark with its bytes swapped"
        words: dict[str, object] = {
            "character": f"U+{ord(characters[0]):04X}",
            "more": f" and {len(characters) - 1:,} more" if len(characters) > 1 else "",
            "meant": swapped if characters == "\ufffe" else "",
        }
        yield Hit(Span(*run.span()), words)


@noncharacter.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    plane = random.randrange(17) << 16
    faults.insert(tree, random, random.choice(["\ufdd0", chr(plane | 0xFFFE), chr(plane | 0xFFFF)]).encode())
