from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate
from validator.rule import Bad, Good, name_rule
from validator.text import BIDI_CONTROLS, INVISIBLES

_SELECTORS = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
_TAGS = range(0xE0000, 0xE0080)
_INVISIBLE = frozenset([*INVISIBLES, *BIDI_CONTROLS, "\ufeff", *map(chr, _SELECTORS), *map(chr, _TAGS)])

_WALES = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbwls\x7f")

_Ranges = tuple[tuple[int, int], ...]

# Scripts whose letters join or stack, and for which the joiner and the non-joiner were made.
_JOINING: _Ranges = (
    *((0x0600, 0x08FF), (0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1700, 0x18AF), (0x1900, 0x194F), (0x1A20, 0x1C4F)),
    *((0x2D30, 0x2D7F), (0xA800, 0xA82F), (0xA840, 0xA8FF), (0xA930, 0xA9FF), (0xAA00, 0xAAFF), (0xABC0, 0xABFF)),
    *((0xFB50, 0xFDFF), (0xFE70, 0xFEFE), (0x10A00, 0x10AFF), (0x10D00, 0x10D3F), (0x10F30, 0x11FFF)),
    (0x1E900, 0x1E95F),
)
_MARKS = "\u200e\u200f\u061c"
_RIGHT_TO_LEFT: _Ranges = (
    *((0x0590, 0x061B), (0x061D, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC), (0x10800, 0x10FFF), (0x1E800, 0x1EFFF)),
)
_UNSPACED: _Ranges = ((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x1980, 0x19FF), (0x1A20, 0x1AAF))
_PICTOGRAPHS: _Ranges = ((0x2190, 0x2BFF), (0xFE0F, 0xFE0F), (0x1F000, 0x1FAFF))
_WITH_VARIANTS: _Ranges = (
    *((0x23, 0x23), (0x2A, 0x2A), (0x30, 0x39), (0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049)),
    *((0x2100, 0x2BFF), (0x3000, 0x303F), (0x3200, 0x32FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFF60)),
    *((0x1000, 0x109F), (0xA840, 0xA87F), (0xAA60, 0xAA7F), (0x10AC0, 0x10AFF), (0x1F000, 0x1FAFF), (0x20000, 0x3FFFF)),
)
_AT_HOME: dict[str, _Ranges] = {
    **dict.fromkeys("\u200c\u200d", _JOINING),
    "\u200b": _UNSPACED,
    **dict.fromkeys("\u180b\u180c\u180d\u180e\u180f", ((0x1820, 0x18AF), (0x11660, 0x1167F))),
    **dict.fromkeys("\u17b4\u17b5", ((0x1780, 0x17B3),)),
    **dict.fromkeys("\u115f\u1160", ((0x1100, 0x115E), (0x1161, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF))),
    "\u034f": ((0x0300, 0x036F), (0x0591, 0x05C7)),
    "\u2800": ((0x2801, 0x28FF),),
}
"""Invisible characters that are part of the spelling next to the characters of these ranges."""


@name_rule(
    code="NAM006",
    name="invisible-in-name",
    severity="error",
    message="the name {name!r} holds the invisible character {character}",
    help="rename the document without it, here and in the index",
    good=[
        Good("<<<FILE 1 می\u200cخواهم.txt>>>\nx\n\n<<<END 1>>>\n".encode(), "a non-joiner in a Persian word"),
        Good("<<<FILE 1 ක්\u200dරම.txt>>>\nx\n\n<<<END 1>>>\n".encode(), "a joiner in a Sinhala word"),
        Good(
            "<<<FILE 1 \u200f\u200fתמונה (1).txt>>>\nx\n\n<<<END 1>>>\n".encode(), "marks that Windows adds in Hebrew"
        ),
        Good("<<<FILE 1 👩\u200d💻 ❤\ufe0f 1\ufe0f⃣.txt>>>\nx\n\n<<<END 1>>>\n".encode(), "emoji sequences"),
        Good(f"<<<FILE 1 {_WALES}.txt>>>\nx\n\n<<<END 1>>>\n".encode(), "the flag of Wales"),
    ],
    bad=[
        Bad(
            "<<<FILE 1 rtl\u202egpj.txt>>>\nx\n\n<<<END 1>>>\n".encode(),
            ["all.bundle:1:14"],
            note="seen: rtltxt.jpg",
        ),
        Bad("<<<FILE 1 a\u200bb.txt>>>\nx\n\n<<<END 1>>>\n".encode(), ["all.bundle:1:12"], note="a zero-width space"),
        Bad("<<<FILE 1 a\u200db.txt>>>\nx\n\n<<<END 1>>>\n".encode(), ["all.bundle:1:12"], note="nothing to join"),
        Bad("<<<FILE 1 a\U000e0062.txt>>>\nx\n\n<<<END 1>>>\n".encode(), ["all.bundle:1:12"], note="a tag character"),
    ],
)
def invisible_in_name(name: Name) -> Iterator[Hit]:
    """The name holds a character that shows nothing: a bidirectional control, a zero-width character, a tag.

    Two names that look the same are then two names, the index and the file may disagree although both
    look right, and a direction override can make ``exe`` look like ``txt``. Nothing is said of joiners and
    non-joiners in the scripts that need them, of direction marks beside right-to-left letters, of emoji
    sequences, and of other characters where they are part of the spelling (Unicode Standard Annex #31,
    Unicode Technical Standard #51).
    """
    text = name.text
    if _INVISIBLE.isdisjoint(text):
        return
    text = _without_marks(_without_flags(text))
    for at, character in enumerate(text):
        if character in _INVISIBLE and not _belongs(text[at - 1 : at], character, text[at + 1 : at + 2]):
            from unicodedata import name as called

            said = f"U+{ord(character):04X} ({called(character, 'unnamed').lower()})"
            yield Hit(locate(name, at, at + 1), {"name": name.text, "character": said})
            return


def _without_flags(text: str) -> str:
    """A text of the same length without the tags that spell the flag of a region (UTS #51)."""
    if "\U000e007f" not in text:
        return text
    import re

    flag = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
    return re.sub(flag, lambda match: "\U0001f3f4" * len(match[0]), text)


def _without_marks(text: str) -> str:
    """A text of the same length with a letter for each direction mark in a part that holds right-to-left letters."""
    if not any(mark in text for mark in _MARKS):
        return text
    letters = str.maketrans(dict.fromkeys(_MARKS, "\u05d0"))
    return "/".join(
        part.translate(letters) if any(_is_in(c, _RIGHT_TO_LEFT) for c in part) else part for part in text.split("/")
    )


def _belongs(before: str, character: str, after: str) -> bool:
    """Whether an invisible character is part of the spelling between these two, each perhaps empty."""
    if before == character:
        return False
    if ord(character) in _SELECTORS:
        return _is_in(before, _WITH_VARIANTS)
    if character == "\u200d" and _is_in(before, _PICTOGRAPHS) and _is_in(after, _PICTOGRAPHS):
        return True
    home = _AT_HOME.get(character, ())
    return _is_in(before, home) or _is_in(after, home)


def _is_in(character: str, ranges: _Ranges) -> bool:
    return bool(character) and any(first <= ord(character) <= last for first, last in ranges)


@invisible_in_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    character = random.choice(sorted(_INVISIBLE)).encode()
    faults.edit_name(tree, random, lambda name: character + name)
