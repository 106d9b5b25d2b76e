from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_JOINING = (
    "\u0300-\u0345\u0653-\u0655\u093c\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0c56\u0cc2\u0cd5\u0cd6\u0d3e\u0d57"
    "\u0dca\u0dcf\u0ddf\u102e\u1161-\u1175\u11a8-\u11c2\u1b35\u3099\u309a\U000110ba\U00011127\U0001133e\U00011357"
    "\U000114b0\U000114ba\U000114bd\U000115af\U00011930"
)
"""What can become one with a character before it, as the inside of a class in a regular expression."""
_MANY = 5
"""Characters, base and marks, of the longest passage that is looked at."""

_KOREAN = "\u1100-\u11ff\uac00-\ud7a3"
_MODERN_SYLLABLE = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\uac00-\ud7a3][\u11a8-\u11c2]"
_LETTER_BEFORE = "[\u1100-\u115f\ua960-\ua97f]"
_LETTER_BEHIND = "[\u1160-\u11ff\ud7b0-\ud7fb]"

_SHOWN = 6
"""Code points that a message lists."""


@document_rule(
    code="ENC011",
    name="not-nfc",
    severity="warning",
    message="{composed!r} is written in parts, as {parts}, and not as in Unicode's Normalization Form C",
    help="normalise the text to NFC; otherwise searching and comparing will miss it",
    wakes=screening.COMPOSING,
    good=[
        Good("Zoë, Việt, がぎ, 한글, কো\n".encode(), "composed"),
        Good(
            "מ\u05bc\u05b7ה, م\u064f\u062d\u0651\u064e\u0645\n".encode(), "marks in the order in which they are typed"
        ),
        Good(
            "\u09dc, \u0a36, \u0958, \ufb2a, \ufa19, \u212b, \u1f71\n".encode(), "single characters that NFC replaces"
        ),
        Good("x\u0304, q\u0303, \u1112\u119e\u11ab, \u1100\u1161\u11eb\n".encode(), "no code for the whole"),
    ],
    bad=[
        Bad("Zoe\u0308 and\n".encode(), ["doc.txt:1:3"], "as macOS stores file names", mended="Zoë and\n".encode()),
        Bad("\u304b\u3099, \ud558\u11ab\n".encode(), ["doc.txt:1:1", "doc.txt:1:5"], mended="が, 한\n".encode()),
        Bad(
            "\u1112\u1161\u11ab\u1100\u1173\u11af\n".encode(),
            ["doc.txt:1:1"],
            "a word of letters that stand for syllables",
            mended="한글\n".encode(),
        ),
        Bad("Vi\u00ea\u0323t, à\u0323\n".encode(), ["doc.txt:1:3", "doc.txt:1:8"], mended="Việt, ạ\u0300\n".encode()),
    ],
)
def not_nfc(document: Document) -> Iterator[Hit]:
    """A letter is written in parts, as a base with marks, though it has a code of its own.

    Both look the same, but whoever looks for one misses the other, and texts that differ in nothing else
    have different digests. File names from macOS, text from PDFs, some keyboards and conversions bring it
    in. Normalise the text; the fix does so and changes nothing that a reader could see.

    The form is Normalization Form C of UAX #15, and only what it composes counts. The rule is silent where
    just the order of marks differs, as Arabic and Hebrew are typed. It is silent about single characters that
    the form replaces or takes apart: nukta letters of Bengali, Hindi and Punjabi, presentation forms of
    Hebrew, compatibility ideographs of Chinese, Japanese and Korean, the oxia of Greek, the signs for
    ångström and ohm. Good texts are full of them, and for the ideograph in a name the difference can matter.
    Old Korean syllables keep their letters, and towers of marks are left to TXT015.
    """
    content = document.text
    offset = seen = 0
    for start, end, composed in _merged(_decomposed(content)):
        parts = content[start:end]
        offset += len(content[seen:start].encode())
        span = Span(offset, offset + len(parts.encode()))
        offset, seen = span.end, end
        codes = " ".join(f"U+{ord(character):04X}" for character in parts[:_SHOWN])
        words: dict[str, object] = {"composed": composed, "parts": codes + (" …" if len(parts) > _SHOWN else "")}
        yield Hit(span, words, fix=Fix((Edit(span, composed.encode()),)))


def _merged(passages: Iterator[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The same passages, those that touch each other as one."""
    first = last = 0
    pieces: list[str] = []
    for start, end, composed in passages:
        if start != last:
            if pieces:
                yield first, last, "".join(pieces)
            first, pieces = start, []
        last = end
        pieces.append(composed)
    if pieces:
        yield first, last, "".join(pieces)


def _decomposed(content: str) -> Iterator[tuple[int, int, str]]:
    """Every base with its marks that has to be composed: its start and end, and what becomes of it."""
    import re
    from unicodedata import combining, normalize

    joining = re.compile(f"[{_JOINING}]")
    last = 0
    for found in re.finditer(f"[{_JOINING}]+", content):
        first, end = found.start() - 1, found.end()
        if first < last:
            continue
        while first > last and end - first <= _MANY and combining(content[first]):
            first -= 1
        last = end
        while last < len(content) and last - first <= _MANY:
            if not combining(content[last]) and (last == end or not joining.match(content, last)):
                break
            last += 1
        parts = content[first:last]
        if len(parts) <= _MANY:
            composed = normalize("NFC", parts)
            if composed != parts and _is_composition(parts, composed) and not _is_old_korean(content, first, last):
                yield first, last, composed


def _is_composition(parts: str, composed: str) -> bool:
    """Whether more happens than that single characters are replaced and marks change places."""
    from unicodedata import normalize

    return len(composed) < len(parts) or sorted(composed) != sorted("".join(normalize("NFC", part) for part in parts))


def _is_old_korean(content: str, start: int, end: int) -> bool:
    """Whether letters that could be composed belong to a syllable that cannot."""
    if content[start] < "\u1100":
        return False
    import re

    if not re.match(f"[{_KOREAN}]", content[start]):
        return False
    is_modern = re.fullmatch(_MODERN_SYLLABLE, content[start:end])
    beside = re.match(_LETTER_BEFORE, content[start - 1 : start]) or re.match(_LETTER_BEHIND, content[end : end + 1])
    return not is_modern or beside is not None


@not_nfc.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice(["e\u0301", "\u304b\u3099", "\u1112\u1161\u11ab"]).encode())
