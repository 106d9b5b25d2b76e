from __future__ import annotations

from collections.abc import Iterator

from validator import faults, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_SOFT_HYPHEN = "\u00ad"
_GRAPHEME_JOINER = "\u034f"
_DIRECTION_MARKS = "\u200e\u200f\u061c"
_ZERO_WIDTH_SPACE = "\u200b"
_JOINER = "\u200d"
_JOINERS = "\u200c\u200d"
_WORD_JOINER = "\u2060"
_FUNCTION_APPLICATION = "\u2061"
_OPERATORS = "\u2061\u2062\u2063\u2064"
_BRAILLE_BLANK = "\u2800"

_HIDDEN = 4
"""So many invisible characters in a row serve no script; they carry a message, or are a slip."""

# Ranges of scripts, first and last character of each.
_JOINING = (
    *("\u0590\u08ff", "\ufb1d\ufdff", "\ufe70\ufefc"),  # Hebrew, Arabic, Syriac, N'Ko, Mandaic
    *("\u0900\u109f", "\u1700\u18af", "\u1900\u1c7f", "\u1cc0\u1cff"),  # Indic to Myanmar, Khmer, Mongolian …
    *("\ua800\ua95f", "\ua980\uab2f", "\uabc0\uabff"),  # Syloti Nagri, Phags-pa, Javanese …
    *("\u16a0\u16ff", "\u2d30\u2d7f"),  # Runic and Tifinagh: ligatures
    *("\U00010a00\U00010fff", "\U00011000\U00011fff"),  # Manichaean, Old Hungarian …, Brahmi and its kin
    *("\U00013000\U0001345f", "\U0001e900\U0001e95f"),  # Egyptian, Adlam
)
_WITHOUT_SPACES = (
    *("\u0e00\u109f", "\u1780\u17ff", "\u1950\u1aaf", "\u1b00\u1bff"),  # Thai to Myanmar, Khmer, Tai, Balinese …
    *("\ua900\ua95f", "\ua980\uaadf", "\U00011700\U0001174f"),  # Javanese, Cham, Ahom …
)
_RIGHT_TO_LEFT = (
    *("\u0590\u08ff", "\ufb1d\ufdff", "\ufe70\ufefc"),
    *("\U00010800\U00010fff", "\U0001e800\U0001efff"),
)
_PICTOGRAPHS = (
    *("\u2190\u27bf", "\u2900\u2bff", "\u3030\u303d", "\u3297\u3299", "\U0001f000\U0001fbff"),
    *("\u00a9\u00a9", "\u00ae\u00ae", "\u203c\u203c", "\u2049\u2049", "\u2122\u2122", "\u2139\u2139"),
)
_EMOJI_MODIFIERS = "\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_OWN_SCRIPTS = (
    ("\u115f\u1160", ("\u1100\u11ff", "\ua960\ua97f", "\ud7b0\ud7ff")),  # fillers among conjoining jamo
    ("\u3164", ("\u3131\u318e",)),  # among compatibility jamo, as in KS X 1001
    ("\uffa0", ("\uffa1\uffdc",)),  # among halfwidth jamo
    ("\u17b4\u17b5", ("\u1780\u17ff",)),  # inherent vowels of Khmer
    ("\u180b\u180c\u180d\u180e\u180f", ("\u1800\u18af", "\U00011660\U0001167f")),  # selectors of Mongolian
)


@document_rule(
    code="TXT008",
    name="invisible-character",
    severity="warning",
    message="invisible character {character}{more}",
    help="delete it; if words stick together then, put a space there",
    wakes=text.INVISIBLE,
    good=[
        Good("می\u200cخواهم و नेपाल में र\u200d्या\n".encode(), "joiners in Persian and Nepali"),
        Good("👩🏽\u200d🚀 🏳️\u200d🌈 ❤️\u200d🔥\n".encode(), "emoji made of several"),
        Good("ភាសា\u200bខ្មែរ ภาษา\u200bไทย\n".encode(), "line breaks in scripts without spaces"),
        Good("שלום (C++\u200f) ושלום\n".encode(), "direction marks in a right-to-left line"),
        Good("Donau\u00addampf\u00adschiff, 1\u2060–\u20602, f\u2061(x) = 2\u2062x\n".encode(), "typesetting and formulas"),
        Good("ᅟᅡ, ㅤㅏ, ⠓⠑⠇⠇⠕⠀⠺⠕⠗⠇⠙, ᠬᠣᠳᠠᠭ᠋ᠠ\n".encode(), "Hangul, Braille, Mongolian"),
    ],
    bad=[
        Bad("zero\u200bwidth\n".encode(), ["doc.txt:1:5"], mended=b"zerowidth\n"),
        Bad("天\u200b地, non\u200cjoiner, a\u200d\n".encode(), ["doc.txt:1:2", "doc.txt:1:8", "doc.txt:1:18"]),
        Bad("me\u200b\u200c\u200d\u200b\u200c\u200bet\n".encode(), ["doc.txt:1:3"], "a hidden message", mended=b"meet\n"),
        Bad("\u200eleft \u00ad soft\u00ad\n".encode(), ["doc.txt:1:1", "doc.txt:1:7", "doc.txt:1:13"]),
        Bad("un\u2060likely ha\u2063ve \u2061x\n".encode(), ["doc.txt:1:3", "doc.txt:1:13", "doc.txt:1:17"]),
        Bad("ㅤname \u2800 \u206a \ufff9x\n".encode(), ["doc.txt:1:1", "doc.txt:1:7", "doc.txt:1:9", "doc.txt:1:11"]),
    ],
)
def invisible_character(document: Document) -> Iterator[Hit]:
    """The document holds a character that nobody can see, where no script needs it.

    Zero-width spaces, joiners, direction marks, soft hyphens and fillers come along when text is copied
    from web pages and word processors, or are put in to mark a copy. They split words for every search and
    make equal texts unequal. Delete them.

    The rule keeps silent where a script or a sequence needs the character: joiners beside Arabic, Indic
    and kindred letters (wider than the contexts of UAX #31, section 2.3, and UTS #39) and between emoji
    (UTS #51, section 1.4.9); zero-width spaces in lines of Thai, Lao, Khmer, Myanmar and other scripts
    without spaces; direction marks in right-to-left lines (UAX #9); word joiners where a line could break
    (UAX #14); soft hyphens inside words; invisible operators inside formulas; fillers, selectors and blanks
    of Hangul, Mongolian and Braille in those. Four or more in a row are never needed. A byte order mark is
    left to ENC016.
    """
    import re
    from unicodedata import name

    content = document.text
    present = "".join(character for character in text.INVISIBLES if character in content)
    surroundings = _Surroundings(content)
    offset = seen = 0
    for run in re.finditer(f"[{present}][{present}]*", content):
        for start, end in _needless(surroundings, *run.span()):
            offset += len(content[seen:start].encode())
            seen = start
            span = Span(offset, offset + len(content[start:end].encode()))
            words: dict[str, object] = {
                "character": f"U+{ord(content[start]):04X} {name(content[start])}",
                "more": f" and {end - start - 1:,} more" if end - start > 1 else "",
            }
            yield Hit(span, words, fix=Fix((Edit(span, b""),), safe=False))


def _needless(surroundings: _Surroundings, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a run of invisible characters that no script or sequence needs."""
    if end - start >= _HIDDEN and _BRAILLE_BLANK not in surroundings.content[start:end]:
        yield start, end
        return
    first = start
    for at in range(start, end + 1):
        if at == end or surroundings.need(at):
            if first < at:
                yield first, at
            first = at + 1


class _Surroundings:
    """A text, and what is known of the line last looked at."""

    def __init__(self, content: str) -> None:
        self.content = content
        self._line_start = self._line_end = -1
        self._is_right_to_left = self._is_without_spaces = False
        self._has_braille: bool | None = None

    def need(self, at: int) -> bool:
        """Whether the invisible character at ``at`` has its place there."""
        character = self.content[at]
        before, after = self.content[at - 1 : at] if at else "", self.content[at + 1 : at + 2]
        if character in _JOINERS:
            return self._is_beside(at, _JOINING) or (character == _JOINER and self._joins_emoji(at))
        if character == _ZERO_WIDTH_SPACE:
            self._look_at_line(at)
            return self._is_without_spaces
        if character in _DIRECTION_MARKS:
            self._look_at_line(at)
            return self._is_right_to_left
        if character == _SOFT_HYPHEN:
            return _is_visible(before) and _is_visible(after)
        if character == _GRAPHEME_JOINER:
            from unicodedata import category

            return bool(before) and category(before)[0] in "LM"
        if character == _WORD_JOINER:
            return _is_visible(before) and _is_visible(after) and not (_is_in_word(before) and _is_in_word(after))
        if character in _OPERATORS:
            return _is_visible(before) and self._operates(at)
        if character == _BRAILLE_BLANK:
            return self._is_braille()
        return any(character in own and self._is_beside(at, script) for own, script in _OWN_SCRIPTS)

    def _is_beside(self, at: int, script: tuple[str, ...]) -> bool:
        """Whether a character of the script is next, or behind one other invisible character."""
        ...
