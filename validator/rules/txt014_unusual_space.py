from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit
from validator.rule import Bad, Good, document_rule

_OGHAM_SPACE = "\u1680"
_SPACES = "[\u2000-\u200a\u205f]+"
_SPACES_AND_OGHAM = f"[{_OGHAM_SPACE}\u2000-\u200a\u205f]+"


@document_rule(
    code="TXT014",
    name="unusual-space",
    severity="info",
    default=False,
    message="{space}{more} in place of a plain space",
    help="put in a plain space, or U+00A0 where no line may break",
    wakes=0,
    good=[
        Good("12\u00a0000\u202f€ –\u3000天\n".encode(), "spaces that do not break, and the ideographic one"),
        Good("ᚁᚂᚃ\u1680ᚄᚅ\n".encode(), "Ogham"),
    ],
    bad=[
        Bad("5\u2009km\u2003\u2003away\n".encode(), ["doc.txt:1:2", "doc.txt:1:5"], mended=b"5 km  away\n"),
        Bad("a\u1680b\n".encode(), ["doc.txt:1:2"], "the space of Ogham without Ogham", mended=b"a b\n"),
    ],
)
def unusual_space(document: Document) -> Iterator[Hit]:
    """The document holds spaces of another width than the plain one.

    Typesetters use thin, hair and em spaces; in a text that is to be searched and compared they part words
    that look parted as usual, and no search with a plain space finds them. Put in plain spaces.

    U+00A0 and U+202F, which forbid a line break, and the ideographic space U+3000 are left alone, as is
    U+1680 in a text with Ogham letters. The others are the general category Zs of the Unicode Standard
    (section 6.2). Several in a row are one finding. The rule is off unless it is selected: good typography
    uses these spaces.
    """
    from unicodedata import name

    if document.data.isascii() or document.facts & screening.BLANK:
        return
    content = document.text
    has_ogham = any(letter in content for letter in map(chr, range(0x1681, 0x169B)))
    for span, run in text.matches(_SPACES if has_ogham else _SPACES_AND_OGHAM, content):
        spaces = run[0]
        words: dict[str, object] = {
            "space": f"U+{ord(spaces[0]):04X} {name(spaces[0])}",
            "more": f" and {len(spaces) - 1:,} more" if len(spaces) > 1 else "",
        }
        yield Hit(span, words, fix=Fix((Edit(span, b" " * len(spaces)),), safe=False))


@unusual_space.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice("\u2003\u2009\u200a\u205f").encode())
