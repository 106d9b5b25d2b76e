from __future__ import annotations

from collections.abc import Iterator

from validator import faults, mojibake, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_HIDDEN = 4
"""So many invisible characters in a row serve no script: they carry a message, or are a slip."""

# Characters as the inside of a class in a regular expression, the invisible ones left out.
_JOINING = (
    "\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"  # Hebrew, Arabic, Syriac, N'Ko, Mandaic
    "\u0900-\u109f\u1700-\u17b3\u17b6-\u180a\u1810-\u18af"  # Indic to Myanmar, Khmer, Mongolian
    "\u1900-\u1c7f\u1cc0-\u1cff\ua800-\ua95f\ua980-\uab2f\uabc0-\uabff"  # Limbu, Tai Tham, Balinese, Javanese
    "\u16a0-\u16ff\u2d30-\u2d7f"  # Runic and Tifinagh
    "\U00010a00-\U00010fff\U00011000-\U00011fff"  # Manichaean, Old Hungarian; Brahmi and its kin
    "\U00013000-\U0001345f\U0001e900-\U0001e95f"  # Egyptian, Adlam
)
_WITHOUT_SPACES = (
    "\u0e00-\u109f\u1780-\u17ff\u1950-\u1aaf\u1b00-\u1bff"  # Thai to Myanmar, Khmer, Tai Lue, Balinese
    "\ua900-\ua95f\ua980-\uaadf\U00011700-\U0001174f"  # Javanese, Cham, Ahom
)
_RIGHT_TO_LEFT = "\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_LETTERS = r"^\W\d_"
_BRAILLE = "\u2801-\u28ff"
_PICTOGRAPHS = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001fbff"
)
_EMOJI = f"(?:[{_PICTOGRAPHS}][\ufe0f\U0001f3fb-\U0001f3ff]*|\u20e3)"
"""A pictograph with what modifies it, or the end of a keycap."""
_UNLESS = (
    ("\u00ad", r"(?:(?<!\w.)|(?!\w))"),
    ("\u200b", f"(?<![{_WITHOUT_SPACES}].)(?![{_WITHOUT_SPACES}])"),
    ("\u200c", f"(?<![{_JOINING}].)(?![{_JOINING}])"),
    ("\u200d", f"(?<![{_JOINING}].)(?![{_JOINING}])(?:(?<![{_PICTOGRAPHS}].)|(?![{_PICTOGRAPHS}]))"),
    ("\u200e", f"(?<![{_RIGHT_TO_LEFT}].)(?![{_RIGHT_TO_LEFT}])"),
    ("\u200f", f"(?<![{_RIGHT_TO_LEFT}].)(?![{_RIGHT_TO_LEFT}])"),
)
"""What must not stand beside a single character for it to be worth a second look."""
_OWN_SCRIPTS = (
    ("\u115f\u1160", "\u1100-\u115e\u1161-\u11ff\ua960-\ua97f\ud7b0-\ud7ff"),  # fillers among conjoining jamo,
    ("\u3164", "\u3131-\u3163\u3165-\u318e"),  # compatibility jamo (KS X 1001)
    ("\uffa0", "\uffa1-\uffdc"),  # and halfwidth jamo
    ("\u17b4\u17b5", "\u1780-\u17b3\u17b6-\u17ff"),  # inherent vowels of Khmer
    ("\u180b\u180c\u180d\u180e\u180f", "\u1800-\u180a\u1810-\u18af\U00011660-\U0001167f"),  # selectors of Mongolian
)


@document_rule(
    code="TXT008",
    name="invisible-character",
    severity="warning",
    message="invisible character {character}{more}",
    help="delete it; if two words then stick together, put a space between them",
    wakes=screening.INVISIBLE,
    good=[
        Good("می\u200cخواهم, नेपाल में र\u200d्या\n".encode(), "joiners in Persian and Nepali"),
        Good("👩🏽\u200d🚀 🏳️\u200d🌈 ❤️\u200d🔥\n".encode(), "emoji made of several"),
        Good("ភាសា\u200bខ្មែរ, ภาษา\u200bไทย\n".encode(), "line breaks in scripts without spaces"),
        Good("שלום (C++\u200f) ושלום\n".encode(), "a direction mark in a right-to-left line"),
        Good("Donau\u00addampf\u00adschiff, 1\u2060–\u20602\n255\t173\t\u00ad\tSHY\n".encode(), "typesetting"),
        Good("f\u2061(x) = 2\u2062x\n".encode(), "a formula"),
        Good("\u115fᅡ, \u3164ㅏ, ⠓⠑⠇⠇⠕\u2800⠺⠕⠗⠇⠙, ᠬᠣᠳᠠᠭ\u180bᠠ\n".encode(), "Hangul, Braille, Mongolian"),
    ],
    bad=[
        Bad("zero\u200bwidth\n".encode(), ["doc.txt:1:5"], mended=b"zerowidth\n"),
        Bad("天\u200b地, non\u200cjoiner, a\u200d\n".encode(), ["doc.txt:1:2", "doc.txt:1:9", "doc.txt:1:19"]),
        Bad("me\u200b\u200c\u200d\u200b\u200c\u200bet\n".encode(), ["doc.txt:1:3"], "a message", mended=b"meet\n"),
        Bad("\u200eleft \u00ad soft\u00ad\n".encode(), ["doc.txt:1:1", "doc.txt:1:7", "doc.txt:1:13"]),
        Bad("un\u2060likely ha\u2063ve \u2061x\n".encode(), ["doc.txt:1:3", "doc.txt:1:13", "doc.txt:1:17"]),
        Bad(
            "\u3164name \u2800 \u206a \ufff9x\n".encode(), ["doc.txt:1:1", "doc.txt:1:7", "doc.txt:1:9", "doc.txt:1:11"]
        ),
    ],
)
def invisible_character(document: Document) -> Iterator[Hit]:
    """The document holds a character that nobody can see, where no script needs it.

    Zero-width spaces, joiners, direction marks, soft hyphens and fillers come along when text is copied
    from web pages and word processors, or are put in to mark a copy. They split words for every search and
    make equal texts unequal. Delete them.

    The rule is silent where a script or a sequence needs the character: joiners beside Arabic, Indic and
    kindred letters (more generously than UAX #31, section 2.3, and UTS #39) and between emoji (UTS #51);
    zero-width spaces in lines of Thai, Lao, Khmer, Myanmar and other scripts without spaces; direction
    marks in right-to-left lines (UAX #9); word joiners where a line could break (UAX #14); soft hyphens
    inside words; invisible operators inside formulas; fillers, selectors and blanks of Hangul, Mongolian
    and Braille among their own. Four or more in a row are never needed. U+FEFF is left to ENC016, and what is
    part of damaged text to ENC010.
    """
    import re
    from unicodedata import name

    content = document.text
    present = "".join(character for character in text.INVISIBLES if character in content)
    if not present:
        return
    scripts = _Scripts(content)
    damaged = mojibake.passages(document)
    offset = seen = 0
    for run in re.finditer(_doubtful(present), content):
        for start, end in _needless(scripts, *run.span()):
            offset += len(content[seen:start].encode())
            seen = start
            span = Span(offset, offset + len(content[start:end].encode()))
            if mojibake.covers(damaged, span.start):
                continue
            words: dict[str, object] = {
                "character": f"U+{ord(content[start]):04X} {name(content[start])}",
                "more": f" and {end - start - 1:,} more" if end - start > 1 else "",
            }
            yield Hit(span, words, fix=Fix((Edit(span, b""),), safe=False))


def _doubtful(present: str) -> str:
    """A pattern for runs of these characters, but for single ones that are plainly needed, for speed."""
    known = {character: unless for character, unless in _UNLESS if character in present}
    others = "".join(character for character in present if character not in known)
    single = [f"(?<={character}){unless}" for character, unless in known.items()]
    single += [f"(?<=[{others}])"] if others else []
    return f"[{present}](?:[{present}]+|{'|'.join(single)})"


class _Scripts:
    """Which characters occur near a place of a text, in its line, and anywhere; no line is searched twice."""

    def __init__(self, content: str) -> None:
        self.content = content
        self._line = (0, 0)
        self._in_line: dict[str, bool] = {}
        self._anywhere: dict[str, bool] = {}

    def between(self, start: int, end: int, script: str) -> bool:
        import re

        return re.compile(f"[{script}]").search(self.content, max(0, start), end) is not None

    def in_line(self, at: int, script: str) -> bool:
        if not self._line[0] <= at < self._line[1]:
            end = self.content.find("\n", at)
            self._line = self.content.rfind("\n", 0, at) + 1, end if end >= 0 else len(self.content)
            self._in_line = {}
        if script not in self._in_line:
            self._in_line[script] = self.between(*self._line, script)
        return self._in_line[script]

    def anywhere(self, script: str) -> bool:
        if script not in self._anywhere:
            self._anywhere[script] = self.between(0, len(self.content), script)
        return self._anywhere[script]


def _needless(scripts: _Scripts, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a run of invisible characters that no script and no sequence needs."""
    characters = scripts.content[start:end]
    if len(characters) >= _HIDDEN and "\u2800" not in characters:
        yield start, end
        return
    first = start
    for at, character in enumerate(characters, start):
        if _is_needed(scripts, character, start, end):
            if first < at:
                yield first, at
            first = at + 1
    if first < end:
        yield first, end


def _is_needed(scripts: _Scripts, character: str, start: int, end: int) -> bool:
    """Whether a character of the run from ``start`` to ``end`` is in its place there."""
    if character in "\u200c\u200d" and scripts.between(start - 1, end + 1, _JOINING):
        return True
    if character == "\u200b":
        return scripts.in_line(start, _WITHOUT_SPACES)
    if character in "\u200e\u200f\u061c":  # digits and signs alone go the way of the text around them
        has_letters = scripts.in_line(start, _LETTERS)
        return scripts.in_line(start, _RIGHT_TO_LEFT) if has_letters else scripts.anywhere(_RIGHT_TO_LEFT)
    if character == "\u2800":
        return scripts.anywhere(_BRAILLE)
    for own, script in _OWN_SCRIPTS:
        if character in own:
            return scripts.between(start - 1, end + 1, script)
    before, after = scripts.content[max(0, start - 4) : start], scripts.content[end : end + 2]
    if character == "\u034f":
        return _is_letter_or_mark(before[-1:])
    return end - start == 1 and before != "" and after != "" and _is_needed_between(character, before, after)


def _is_needed_between(character: str, before: str, after: str) -> bool:
    """Whether a single character is in its place inside an emoji, a word or a formula."""
    left, right = before[-1], after[0]
    if character == "\u200d":
        import re

        return bool(re.search(rf"{_EMOJI}\Z", before) and re.match(f"[{_PICTOGRAPHS}]", after))
    if character == "\u00ad":
        in_cell = left == "\t" and right in "\t\r\n"  # of a table of characters, where it is what is meant
        return in_cell or (not left.isspace() and not right.isspace())
    if character == "\u2060":  # inside a word of an alphabet no line breaks, so there is nothing to forbid
        in_word = left.isalnum() and right.isalnum() and max(left, right) < "\u0e00"
        return not in_word and left not in " \t\r\n" and right not in " \t\r\n"
    if character == "\u2061":
        return not left.isspace() and right not in "\r\n"
    if character in "\u2062\u2063\u2064":
        in_word = len(before) > 1 and before[-2:].isalpha() and len(after) > 1 and after.isalpha()
        return not in_word and not left.isspace() and not right.isspace()
    return False


def _is_letter_or_mark(character: str) -> bool:
    from unicodedata import category

    return character != "" and category(character)[0] in "LM"


@invisible_character.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, "".join(random.choices("\u200b\u200c\u200d\u2060", k=random.randint(4, 8))).encode())
