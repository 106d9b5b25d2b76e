from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule

_PRIVATE = "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]+"


@document_rule(
    code="ENC009",
    name="private-use",
    severity="info",
    message="private-use character {character}{more}{meant}",
    help="if you know which font or program it comes from, put in the character that was meant",
    wakes=screening.PRIVATE_USE,
    good=[Good("• 🍎 ➤\n".encode()), Good("\ud7fb \ufb00 \U000efffd\n".encode(), "what stands before and after")],
    bad=[
        Bad("\uf0b7 first\n".encode(), ["doc.txt:1:1"], "a bullet of the font Symbol"),
        Bad("\uf8ff Menu, \ue0b0\ue0b1\n".encode(), ["doc.txt:1:1", "doc.txt:1:9"], "several in a row are one"),
        Bad("a\U000f0001 \U0010fffd\n".encode(), ["doc.txt:1:2", "doc.txt:1:4"], "the private planes"),
    ],
)
def private_use(document: Document) -> Iterator[Hit]:
    """The document holds characters to which nobody but a font or a program gives a meaning.

    They come from icon fonts on web pages, from Symbol and Wingdings in word processors (U+F0B7 is their
    bullet), as U+F8FF from Macintosh systems, where it is the Apple logo, from Chinese encodings that had
    more characters than Unicode, and from broken text extraction. Elsewhere they are empty boxes, and no
    search finds them. Put in the character that was meant, if there is one by now.

    Scholars of medieval letters and of invented scripts agree on private characters and mean them.
    Therefore this is only a note, which never fails a run. Several in a row are one finding.

    The Unicode Standard, section 23.5, leaves U+E000 to U+F8FF and planes 15 and 16 to private agreement.
    """
    for span, run in text.matches(_PRIVATE, document.text):
        characters = run[0]
        words: dict[str, object] = {
            "character": f"U+{ord(characters[0]):04X}",
            "more": f" and {len(characters) - 1:,} more" if len(characters) > 1 else "",
            "meant": _meant(characters[0]),
        }
        yield Hit(span, words)


def _meant(character: str) -> str:
    if character == "\uf8ff":
        return ", the Apple logo on a Macintosh"
    return ", perhaps from Symbol, Wingdings or an icon font" if "\uf020" <= character <= "\uf0ff" else ""


@private_use.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice("\ue000\uf0b7\uf8ff\U000f0001\U0010fffd").encode())
