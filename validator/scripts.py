"""Which script a text is written in, told by the blocks of Unicode that its letters come from."""

from __future__ import annotations

from bisect import bisect_right

_SCRIPTS = (
    *((0x41, "Latin"), (0x5B, ""), (0x61, "Latin"), (0x7B, ""), (0xC0, "Latin"), (0x250, ""), (0x370, "Greek")),
    *((0x400, "Cyrillic"), (0x530, "Armenian"), (0x590, "Hebrew"), (0x600, "Arabic"), (0x700, ""), (0x750, "Arabic")),
    *((0x780, ""), (0x8A0, "Arabic"), (0x900, "Devanagari"), (0x980, "Bengali"), (0xA00, ""), (0xA80, "Gujarati")),
    *((0xB00, "Odia"), (0xB80, "Tamil"), (0xC00, "Telugu"), (0xC80, "Kannada"), (0xD00, "Malayalam")),
    *((0xD80, "Sinhala"), (0xE00, "Thai"), (0xE80, "Lao"), (0xF00, "Tibetan"), (0x1000, "Myanmar")),
    *((0x10A0, "Georgian"), (0x1100, "Hangul"), (0x1200, "Ethiopic"), (0x13A0, ""), (0x1780, "Khmer"), (0x1800, "")),
    *((0x1E00, "Latin"), (0x1F00, "Greek"), (0x2000, ""), (0x3040, "Kana"), (0x3100, ""), (0x3400, "Han")),
    *((0xA000, ""), (0xAC00, "Hangul"), (0xD7B0, ""), (0xF900, "Han"), (0xFB00, ""), (0x20000, "Han"), (0x32000, "")),
)
"""Where the letters of a script begin; nothing where they end."""

_STARTS = [start for start, _ in _SCRIPTS]


def letters(text: str) -> dict[str, int]:
    """How many letters a text has of each script that is known here, by the name of the script."""
    counts: dict[str, int] = {}
    for character in set(text):
        script = _SCRIPTS[at][1] if (at := bisect_right(_STARTS, ord(character)) - 1) >= 0 else ""
        if script and character.isalpha():
            counts[script] = counts.get(script, 0) + text.count(character)
    return counts


def main(text: str) -> str:
    """The script that most letters belong to, ``Japanese`` for Kana with Han; empty where there is none."""
    counts = letters(text)
    if counts.get("Kana", 0) * 10 >= sum(counts.values()) > 0:
        return "Japanese"
    return max(counts, key=lambda script: (counts[script], script), default="")
