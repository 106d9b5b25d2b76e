from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule

_MANY = 5
_JOINER = "\u034f"
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""The combining marks of no script in particular, as the inside of a class in a regular expression."""


@document_rule(
    code="TXT015",
    name="combining-run",
    severity="warning",
    message="{count:,} combining marks on one character",
    help="take the passage from the source again, or delete the marks that mean nothing",
    wakes=screening.MARK,
    good=[
        Good("Việt, [ɹ̠̊˔], ᾱ\u0314\u0301\u0345, x\u0336y\u0336\n".encode(), "Vietnamese, phonetics, old Greek"),
        Good("בְּרֵאשִׁ֖ית, ที่, ক্ষ্ম্য\n".encode(), "the marks of scripts"),
    ],
    bad=[
        Bad("Z\u0334\u0335\u0336\u0337\u0338\u0321algo\n".encode(), ["doc.txt:1:2"], "marks piled up"),
        Bad(b"\n" + "\u0336\u0337".encode() * 3 + b"\n", ["doc.txt:2:1"], "even without a character that carries them"),
    ],
)
def combining_run(document: Document) -> Iterator[Hit]:
    """Five or more combining marks are piled on one character.

    No spelling needs so many: Vietnamese has two, old Greek at most four, phonetic notation seldom more
    than three. Such towers ("Zalgo") are made for show, reach over the lines above and below, and cost some
    programs much time. Sometimes they are what a broken conversion or text recognition leaves behind. Take
    the passage from the source again.

    Counted are the marks of no script in particular (Combining Diacritical Marks with its extensions and
    supplement, marks for symbols, half marks; the Unicode Standard, section 7.9). The vowels, accents and
    cantillation of Hebrew, Arabic, Thai, Indic and other scripts are not. U+034F COMBINING GRAPHEME JOINER
    does not count, and does not interrupt.
    """
    for span, run in text.matches(f"[{_MARKS}]{{{_MANY},}}", document.text):
        count = len(run[0]) - run[0].count(_JOINER)
        if count >= _MANY:
            yield Hit(span, {"count": count})


@combining_run.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    marks = random.choices("\u0334\u0335\u0336\u0337", k=random.randint(_MANY, 20))
    faults.insert(tree, random, "".join(marks).encode())
