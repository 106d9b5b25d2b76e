"""Text that was decoded with the wrong table: where it is, and what it should be.

UTF-8 that is read in another encoding becomes characters of that encoding, and they can be read back:
encode them with the table that was wrong, decode them as UTF-8. Healthy text hardly ever survives that,
and what does becomes nonsense, such as one Chinese character in a French word. So each *window*, a row of
characters that can be read back, is weighed by what comes out and by what stands beside it, and a
document is damaged if enough weighs for it. Text can be damaged more than once and is read back as often.

Where damaged and healthy text meet, some characters may belong to either. They are left as they are: damage
that remains can still be mended, healthy text that was changed is lost.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from itertools import takewhile

from validator import screening
from validator.model import TYPE_CHECKING, Span, value

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias

    from validator.model import Document

    Run: TypeAlias = tuple[str, str, str]
    """Characters beyond ASCII in a row, with the ASCII character before them and the one behind."""
    Piece: TypeAlias = tuple[int, int, str]
    """Start and end of a window in its run, and what it becomes."""

_SINGLE = (
    *(("Windows-1252", "cp1252"), ("Windows-1250", "cp1250"), ("Windows-1251", "cp1251")),
    *(("Windows-1253", "cp1253"), ("Windows-1254", "cp1254"), ("Windows-1256", "cp1256")),
    *(("KOI8-R", "koi8_r"), ("Mac Roman", "mac_roman")),
    *(("code page 437", "cp437"), ("code page 850", "cp850"), ("code page 866", "cp866")),
)
_DOUBLE = (("GBK", "gbk"), ("Shift JIS", "cp932"), ("Korean UHC", "cp949"))

_LOST = "\ufffd"
_LAYERS = 4
"""Text that was damaged more often than this is hardly text."""


@value
class Passage:
    """Damaged text on one line: its bytes, how it reads and how it should, and how that came about.

    ``mended`` is empty where characters were lost, so that nobody can tell. ``tables`` names the encodings
    that the text was read in, the first time last.
    """

    span: Span
    damaged: str
    mended: str
    tables: tuple[str, ...]


# ---- tables


class _Table:
    """An encoding that UTF-8 may have been read in."""

    def __init__(self, name: str, codec: str) -> None:
        self.name = name
        self.codec = codec
        self.is_usual = codec == "cp1252"
        self.draws_boxes = codec in ("cp437", "cp850", "cp866")
        self.spaced: dict[str, str] = {}

    def windows(self, run: str) -> Iterator[Piece]:
        """The longest rows in a run that can be read back."""
        raise NotImplementedError

    def reads(self, text: str) -> bool:
        """Whether all of a text can be read back."""
        return any(end - start == len(text) and _LOST not in mended for start, end, mended in self.windows(text))

    def share(self, characters: frozenset[str], runs: str) -> float:
        """How much of some runs, which hold these characters, can be read back."""
        raise NotImplementedError


class _SingleByte(_Table):
    """A table of 256 characters. C1 controls stand for bytes that it leaves undefined, or U+FFFD does.

    What was read as Windows-1252 may have been read as Latin-1, which has C1 controls throughout.
    """

    def __init__(self, name: str, codec: str) -> None:
        import re

        super().__init__(name, codec)
        readings = {byte: bytes([byte]).decode(codec, "ignore") for byte in range(0x80, 0x100)}
        gaps = [byte for byte in range(0x80, 0xC0) if not readings[byte]]
        for byte in range(0x80, 0xA0):
            if byte in gaps or codec == "cp1252":
                readings[byte] += chr(byte)

        def among(first: int, last: int = 0) -> str:
            characters = "".join(readings[byte] for byte in range(first, (last or first) + 1))
            return f"[{re.escape(characters)}]" if characters else r"(?!)"

        rest = among(0x80, 0xBF)
        units = (  # table 3-7 of the Unicode Standard
            *(among(0xC2, 0xDF) + rest, among(0xE0) + among(0xA0, 0xBF) + rest, among(0xE1, 0xEC) + rest + rest),
            *(among(0xED) + among(0x80, 0x9F) + rest, among(0xEE, 0xEF) + rest + rest),
            *(among(0xF0) + among(0x90, 0xBF) + rest + rest, among(0xF1, 0xF3) + rest + rest + rest),
            among(0xF4) + among(0x80, 0x8F) + rest + rest,
        )
        closing = f"{among(0xE2)}{among(0x80)}(?:{_LOST}|(?!{rest}))" if 0x9D in gaps else r"(?!)"
        cut = f"[{_LOST}]"
        lost = (
            *(among(0xC2, 0xDF) + cut, among(0xE0, 0xEF) + f"(?:{cut}{rest}|{rest}{cut})"),
            among(0xF0, 0xF4) + f"(?:{cut}{rest}{rest}|{rest}{cut}{rest}|{rest}{rest}{cut})",
        )
        self._bytes = {ord(character): byte for byte, reading in readings.items() for character in reading}
        self._bytes[ord(_LOST)] = 0xFF
        self._windows = re.compile(f"((?:{'|'.join(units)}|{closing})+)" + (f"|{'|'.join(lost)}" if gaps else ""))
        self._closing = re.compile(rb"\xe2\x80(?:\xff|(?![\x80-\xbf]))")
        self._leads = frozenset("".join(readings[byte] for byte in range(0xC2, 0xF5)))
        self._rest = frozenset("".join(readings[byte] for byte in range(0x80, 0xC0)))
        if readings[0xA0] == "\xa0":
            self.spaced = {readings[lead]: bytes([lead, 0xA0]).decode() for lead in (0xC2, 0xC3, 0xCE, 0xD0)}

    def windows(self, run: str) -> Iterator[Piece]:
        for found in self._windows.finditer(run):
            yield found.start(), found.end(), self._read_back(found[0]) if found[1] else _LOST

    def _read_back(self, window: str) -> str:
        data = window.translate(self._bytes).encode("latin-1")
        try:
            return data.decode()
        except UnicodeDecodeError:  # the closing quotation mark is nearly all that ends in an undefined byte
            return self._closing.sub("”".encode(), data).decode()

    def share(self, characters: frozenset[str], runs: str) -> float:
        if self._leads.isdisjoint(characters) or self._rest.isdisjoint(characters):
            return 0
        return 1 - len(self._windows.sub("", runs)) / len(runs)


_WELL_FORMED = (
    rb"(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|\xe2\x80\xff)+"
)


class _DoubleByte(_Table):
    """An encoding of East Asia. Reading UTF-8 in it loses much, so a run counts if most of it is UTF-8."""

    def windows(self, run: str) -> Iterator[Piece]:
        import re

        for start, end, data in self._encoded(run):
            if self._is_mostly_utf8(data):
                yield start, end, re.sub(f"{_LOST}+", _LOST, data.decode("utf-8", "replace"))

    def _encoded(self, run: str) -> Iterator[tuple[int, int, bytes]]:
        """The parts of a run that the table has characters for; what was lost is FF."""
        import re

        end = 0
        data = run.replace(_LOST, "\0").encode(self.codec, "xmlcharrefreplace")
        for number, part in enumerate(re.split(rb"((?:&#\d+;)+)", data)):
            start = end
            end += part.count(b"&") if number % 2 else len(part.decode(self.codec))
            if part and not number % 2:
                yield start, end, part.replace(b"\0", b"\xff")

    def _is_mostly_utf8(self, data: bytes) -> bool:
        import re

        high = len(data.translate(None, _ASCII + b"\xff"))
        other = len(re.sub(_WELL_FORMED, b"", data).translate(None, _ASCII + b"\xff"))
        return high > 0 and other * 10 <= high * 3

    def share(self, characters: frozenset[str], runs: str) -> float:
        if all(character < "\u1100" for character in characters):
            return 0
        sample = runs[:_SAMPLE].replace(_LOST, "\0").encode(self.codec, "ignore").replace(b"\0", b"\xff")
        return 1 if self._is_mostly_utf8(sample) else 0


_ASCII = bytes(range(0x80))
_SAMPLE = 1 << 17


@cache
def _tables() -> tuple[_Table, ...]:
    return (*(_SingleByte(*names) for names in _SINGLE), *(_DoubleByte(*names) for names in _DOUBLE))


# ---- what a window weighs

_NONSENSE, _POSSIBLE, _LIKELY, _CERTAIN = range(4)

_EAST_ASIAN = {
    *("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "IDEOGRAPHIC", "BOPOMOFO"),
    *("FULLWIDTH", "HALFWIDTH"),
}
_OF_NO_SCRIPT = {
    *("COMBINING", "MODIFIER", "MICRO", "FEMININE", "MASCULINE", "OHM", "KELVIN", "ANGSTROM", "MATHEMATICAL"),
    *("SUPERSCRIPT", "SUBSCRIPT", "VULGAR", "FRACTION", "DIGIT", "ROMAN", "SCRIPT", "DOUBLE-STRUCK", "BLACK-LETTER"),
}
_SIGNS = (
    *((0xA0, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2000, 0x206F), (0x20A0, 0x20CF), (0x2100, 0x27BF)),
    *((0x2900, 0x2BFF), (0x3000, 0x303F), (0xFF01, 0xFF65), (0xFEFF, 0xFEFF), (0x1F000, 0x1FAFF)),
)
"""Punctuation and symbols that texts are full of; others are as good as nonsense."""
_COMMON = (
    *((0, 0x17F), (0x18F, 0x18F), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x1CD, 0x1DC), (0x218, 0x21B), (0x259, 0x259)),
    *((0x1E00, 0x1EFF), (0x400, 0x45F), (0x490, 0x52F)),
)
"""Letters of living languages, Latin and Cyrillic."""
_QUOTES = frozenset("\xa0‘’“”‚„«»‹›…–—·")
"""What stands at words in healthy text, so that a letter before it may be in its place."""


def _is_in(character: str, ranges: Iterable[tuple[int, int]]) -> bool:
    code = ord(character)
    return any(first <= code <= last for first, last in ranges)


@cache
def _script(character: str) -> str | None:
    """The script of a letter, mark, digit or sign, empty for those of all scripts; none if it is no text."""
    from unicodedata import category, name

    kind = category(character)
    if character < "\x80":
        return "LATIN" if kind[0] == "L" else "" if character.isprintable() or character.isspace() else None
    if character == _LOST or (kind[0] in "PSZCN" and kind != "Nd" and _is_in(character, _SIGNS)):
        return ""
    if kind[0] in "SZC" or kind == "No":
        return None
    if kind[0] == "P":
        return ""
    first = name(character, "").split(" ")[0]
    if first in ("LATIN", "CYRILLIC") and not _is_in(character, _COMMON):
        return _ODD
    return "CJK" if first in _EAST_ASIAN else "" if first in _OF_NO_SCRIPT else _DIGITS.get(first, first)


_ODD = "letters of no living language"
_DIGITS = {"ARABIC-INDIC": "ARABIC", "EXTENDED": "ARABIC"}


@value
class _Window:
    """Characters that can be read back, what stands beside them, and what becomes of them."""

    before: str
    damaged: str
    after: str
    mended: str


def _weigh(table: _Table, window: _Window) -> int:
    """How much a window says for damage; what can be read back twice was damaged twice."""
    weight = _weigh_once(table, window)
    if _LOST in window.mended:
        return min(weight, _LIKELY if window.mended == _LOST else _POSSIBLE)
    if weight < _CERTAIN and len(window.mended) > 1 and table.reads(window.mended):
        return _CERTAIN
    return weight


def _weigh_once(table: _Table, window: _Window) -> int:
    """How much a window says for damage, from what comes out of it.

    Nonsense: what comes out is no text, or does not fit. Possible: it may be damage and may be chance, as
    a capital before a quotation mark is. Certain: what comes out fits, and what is there does not.
    """
    scripts = list(map(_script, window.mended))
    kinds = set(scripts) - {""}
    if None in kinds or (table.draws_boxes and (_is_box(window.before) or _is_box(window.after))):
        return _NONSENSE
    if not kinds:
        return _weigh_signs(table, window)
    script = max(sorted(filter(None, kinds)), key=scripts.count)
    letters = len(scripts) - scripts.count("")
    if script == _ODD or scripts.count(script) * 5 < letters * 4:
        return _NONSENSE
    if letters < (2 if script == "CJK" else 3):
        beside = {_script(character) for character in (window.before, window.after) if character}
        if not beside <= {script, "", None}:
            return _NONSENSE
    if len(window.mended) > 1:
        return _weigh_word(table, window)
    return _weigh_letter(table, window) if script == "LATIN" else _POSSIBLE


def _is_box(characters: str) -> bool:
    return characters != "" and all("\u2500" <= character <= "\u259f" for character in characters)


def _is_ascii_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _is_letter(character: str) -> bool:
    """Whether a character is a letter that words are made of."""
    return character.isalpha() and character not in "ªµºˆ"


def _is_odd(window: _Window) -> bool:
    """Whether damaged text looks like no word: it holds signs, letters of two scripts, capitals in its midst."""
    damaged = window.damaged
    if not all(map(_is_letter, damaged)):
        return True
    if _script(damaged[0]) != "LATIN" and (_is_ascii_letter(window.before) or _is_ascii_letter(window.after)):
        return True
    return _has_inner_capital((window.before if _script(damaged[0]) == "LATIN" else "") + damaged)


def _has_inner_capital(word: str) -> bool:
    if word.islower() or word.isupper():
        return False
    return any(word[at].isupper() and word[at - 1].islower() for at in range(1, len(word)))


def _weigh_word(table: _Table, window: _Window) -> int:
    """The weight of a window that becomes several characters, letters among them."""
    characters = set(window.damaged)
    if len(characters) == 1:
        return _POSSIBLE
    if not isinstance(table, _DoubleByte) and not _has_inner_capital(window.damaged):
        signs = {character for character in characters if not _is_letter(character)}
        if (len(signs) == 1 and signs <= _QUOTES) or not (signs or _is_odd(window)):
            return _POSSIBLE
    if table.is_usual:
        return _CERTAIN
    is_inside = any(c.isalpha() and not c.isascii() for c in (window.before, window.after))
    return _POSSIBLE if is_inside else _CERTAIN


def _weigh_letter(table: _Table, window: _Window) -> int:
    """The weight of a window of one Latin letter: it must stand in a word, where signs do not belong."""
    before, after = window.before, window.after
    if any(not c.isascii() and not c.isalpha() and c not in _QUOTES for c in (before, after)):
        return _POSSIBLE
    first, last = window.damaged[0], window.damaged[-1]
    is_between = before.isalpha() and after.isalpha()
    if table.draws_boxes and _is_box(window.damaged):
        return _CERTAIN if is_between else _POSSIBLE
    is_capital = window.mended.isupper()
    if (before.islower() and is_capital) or (before.isupper() and after.isupper() and not is_capital):
        return _POSSIBLE
    if not _is_odd(window):
        return _POSSIBLE
    if last in _QUOTES:
        is_inside = len(window.damaged) == 2 and before.islower() and after.islower()
        return _CERTAIN if is_inside else _POSSIBLE
    is_alien = not first.islower() or _script(first) != "LATIN"
    if (before.islower() and is_alien) or (after.isalpha() and not _is_letter(last)):
        return _CERTAIN
    is_usual = table.is_usual and first.isupper() and not _is_letter(last)
    return _LIKELY if before.isalpha() or is_usual else _POSSIBLE


def _weigh_signs(table: _Table, window: _Window) -> int:
    """The weight of a window without letters."""
    before, damaged, after = window.before, window.damaged, window.after
    if window.mended == _LOST:
        return _LIKELY if len(damaged) > 2 or isinstance(table, _DoubleByte) else _POSSIBLE
    if any("\u02b0" <= character <= "\u036f" for character in window.mended):
        return _NONSENSE
    if not all(_is_in(character, _SIGNS) for character in window.mended):
        return _POSSIBLE
    if len(damaged) < 3:
        return _LIKELY if table.codec in ("cp1252", "cp1250", "cp1254") else _POSSIBLE
    if any(character >= "\U0001f000" for character in window.mended):
        return _CERTAIN
    is_in_text = any(c.isascii() and c.isalnum() for c in (before, after))
    is_punctuation = any("\u2010" <= character <= "\u205e" or character in "€™" for character in window.mended)
    return _CERTAIN if is_in_text and is_punctuation and _is_odd(window) else _LIKELY


# ---- what a document says


class _Reading:
    """The runs of a document read back with one table, and what that says for damage.

    ``certain`` counts the characters that come out of windows that are certain, ``likely`` the windows that
    are likely; ``outcomes`` counts what comes out of certain windows without repetition, ``longest`` the
    characters of the longest of them. ``covered`` is the share of the document's characters beyond ASCII in
    windows that are no nonsense, ``read_back`` the share of those in any window.
    """

    def __init__(self, table: _Table, runs: Counter[Run]) -> None:
        self.table = table
        self._weighed: dict[Run, list[tuple[Piece, int]]] = {}
        self.certain = self.likely = covered = read_back = total = 0
        outcomes: set[str] = set()
        for run, times in runs.items():
            total += times * len(run[1])
            for (start, end, mended), weight in self.weighed(run):
                read_back += times * (end - start)
                covered += times * (end - start) if weight else 0
                self.likely += times * (weight == _LIKELY)
                if weight == _CERTAIN:
                    self.certain += times * len(mended)
                    outcomes.add(mended)
        self.outcomes = len(outcomes)
        self.longest = max(map(len, outcomes), default=0)
        self.has_no_break_space = any("\xa0" in characters for _, characters, _ in runs)
        self.total = total
        self.covered = covered / total
        self.read_back = read_back / total

    def weighed(self, run: Run) -> list[tuple[Piece, int]]:
        """The windows of a run, each with its weight."""
        weighed = self._weighed.get(run)
        if weighed is None:
            before, characters, after = run
            weighed = self._weighed[run] = []
            for start, end, mended in self.table.windows(characters):
                left = characters[start - 1] if start else before
                right = characters[end] if end < len(characters) else after
                window = _Window(left, characters[start:end], right, mended)
                weighed.append(((start, end, mended), _weigh(self.table, window)))
        return weighed

    @property
    def is_damage(self) -> bool:
        """Whether all that is enough to speak of damage.

        A certain window of Windows-1252 is so in every language. Other tables share their letters with the
        languages that they were made for, so there it takes several, or one that is nearly all there is.
        In tables of two bytes a short word can come out well by chance, and often does.
        """
        if self.table.is_usual:
            return self.certain >= 1 or (self.likely >= 4 and self.covered >= 0.8)
        if self.covered >= 0.9 and self.likely >= 4:
            return True
        if isinstance(self.table, _DoubleByte):
            return self.certain >= 6 and self.outcomes >= 2 and self.covered >= 0.6
        if self.certain >= 6 and (self.outcomes >= 3 or self.longest >= 6):
            return True
        if self.outcomes < 2 and self.longest < 3:
            return False
        is_all = self.covered >= 0.9 and self.total >= 6
        return (self.certain >= 4 and self.covered >= 0.2) or (self.certain > 0 and is_all)

    @property
    def is_whole(self) -> bool:
        """Whether nearly everything is damaged, so that even what looks like nonsense is what was meant."""
        return self.read_back >= 0.99


_RUN = "([\0-\x7f]?)([^\0-\x7f]+)(?=([\0-\x7f]?))"


def _reading(text: str, known: _Table | None = None) -> _Reading | None:
    """How a text was damaged, if it was; the last time, if more than once.

    Where a table is known to have done damage, one more certain window of it is enough.
    """
    import re
    from collections import Counter

    return _best(Counter(re.findall(_RUN, text)), known)


def _best(runs: Counter[Run], known: _Table | None) -> _Reading | None:
    """The reading that explains the most, if any shows damage."""
    joined = " ".join(dict.fromkeys(characters for _, characters, _ in runs))
    characters = frozenset(joined)
    shares = {table: table.share(characters, joined) for table in _tables()}
    best: _Reading | None = None
    for table in sorted(shares, key=lambda table: -shares[table]):
        if not shares[table] or (best is not None and _is_enough(best, shares[table])):
            break
        reading = _Reading(table, runs)
        is_damage = reading.is_damage or (table is known and reading.certain > 0)
        if is_damage and (best is None or _rank(reading) > _rank(best)):
            best = reading
    return best


def _is_enough(best: _Reading, next_share: float) -> bool:
    """Whether no table that can read back no more than that is likely to explain more than the best one so far."""
    return best.table.is_usual or next_share * 5 < best.covered * 4


def _rank(reading: _Reading) -> tuple[float, int, int]:
    return reading.covered, reading.certain, reading.likely


# ---- text that only speaks of damage

_TOPIC = (
    r"(?i)mojibake|\bftfy\b|double[- ]encod|latin-?1\b|iso[ -]?8859|(?:windows|cp|code ?page)[- ]?125"
    r"|(?<!charset=)(?<!charset=.)(?<!encoding=.)(?<!coding: )\butf-?8\b"
    r"|乱码|亂碼|编码|編碼|文字化け|인코딩|кодиров|кракозябр|крокозябр"
)
"""Words of texts that speak of encodings; a declaration of one is no such word."""
_NEAR = 500
"""Characters from a window within which such a word tells what the window is about."""
_TRIED = 200
"""So many windows tell whether a document speaks of damage or is damaged."""
_MARKS = "`'\"‘’“”‚„«»‹›"


def _only_speaks_of_it(text: str, reading: _Reading) -> bool:
    """Whether a document shows damage, but as far as one can see only because it speaks of it."""
    import re

    if reading.certain >= 10 and reading.covered >= 0.5:
        return False
    topic = re.compile(_TOPIC)
    least = _CERTAIN if reading.certain else _LIKELY
    tried = 0
    for found in re.finditer(_RUN, text):
        offset = found.start(2)
        for (start, end, mended), weight in reading.weighed((found[1], found[2], found[3])):
            if weight < least:
                continue
            start, end = offset + start, offset + end
            is_topic = topic.search(text, max(0, start - _NEAR), end + _NEAR) is not None
            if not is_topic and not _is_shown(text, start, end, mended):
                return False
            tried += 1
            if tried == _TRIED:
                return True
    return True


def _is_shown(text: str, start: int, end: int, mended: str) -> bool:
    """Whether the word at a window is in quotation marks or code, or its line also has it in good order."""
    left = text[max(0, start - _NEAR) : start].rpartition("\n")[2]
    right = text[end : end + _NEAR].partition("\n")[0]
    word = left.rpartition(" ")[2] + text[start:end] + right.partition(" ")[0]
    word = word.strip(".,;:!?()")
    if len(word) > 1 and word[0] in _MARKS and word[-1] in _MARKS:
        return True
    if left.count("`") % 2 and "`" in right:
        return True
    good = _letters(left[::-1])[::-1] + mended + _letters(right)
    return any(map(str.isalpha, mended)) and (good in left or good in right)


def _letters(text: str) -> str:
    """The letters with which a text begins."""
    return "".join(takewhile(str.isalpha, text))


# ---- where it is


@value
class _Mend:
    """Characters ``start`` up to ``end`` of a text, what they were before, and the tables that they went through."""

    start: int
    end: int
    mended: str
    tables: tuple[str, ...]


def passages(document: Document) -> tuple[Passage, ...]:
    """The damaged passages of a document that is UTF-8, in order."""
    if not document.facts & screening.MOJIBAKE:
        return ()
    key = (len(document.data), hash(document.data))
    if key not in _latest:
        found = tuple(_passages(document.text))
        _latest.clear()
        _latest[key] = found
    return _latest[key]


_latest: dict[tuple[int, int], tuple[Passage, ...]] = {}
"""The passages of the document that was asked for last: several rules ask for the same one."""


def covers(found: tuple[Passage, ...], offset: int) -> bool:
    """Whether a byte of a document is in one of its passages."""
    at = bisect_right(found, offset, key=lambda passage: passage.span.start)
    return at > 0 and offset < found[at - 1].span.end


def _passages(text: str) -> Iterator[Passage]:
    offset = seen = 0
    for piece in sorted([*_rows(text, _mends(text)), *_lost_words(text)], key=lambda mend: mend.start):
        if piece.start < seen:
            continue
        damaged = text[piece.start : piece.end]
        offset += len(text[seen : piece.start].encode())
        end = offset + len(damaged.encode())
        yield Passage(Span(offset, end), damaged, "" if _LOST in piece.mended else piece.mended, piece.tables)
        offset, seen = end, piece.end


def _mends(text: str) -> list[_Mend]:
    """What reads a text back, as often as it was damaged."""
    mends: list[_Mend] = []
    known: _Table | None = None
    for _ in range(_LAYERS):
        reading = _reading(text, known)
        if reading is None or (not (mends and reading.covered >= 0.5) and _only_speaks_of_it(text, reading)):
            break
        known = reading.table
        blanked = _blanked(text, reading)
        found = [mend for line in _lines(text) for mend in _chosen(line, reading, blanked)]
        mends = _composed(mends, found)
        parts, seen = [], 0
        for mend in found:
            parts += [text[seen : mend.start], mend.mended]
            seen = mend.end
        text = "".join([*parts, text[seen:]])
    return mends


def _composed(first: list[_Mend], second: list[_Mend]) -> list[_Mend]:
    """One list of mends that does what two do, of which the second counts in the text that the first leaves.

    Where a mend of the second ends inside what one of the first put in, the rest of that follows as an
    insertion, which replaces nothing.
    """
    result: list[_Mend] = []
    number = used = shift = 0  # the mend of the first that comes next, how much of it is used up, growth before it
    for mend in second:
        while number < len(first) and _end(first[number]) + shift <= mend.start:
            result.append(_rest(first[number], used))
            shift += _growth(first[number])
            number, used = number + 1, 0
        start, end, parts, tables = mend.start - shift, mend.end - shift, [mend.mended], mend.tables
        if number < len(first) and first[number].start + shift <= mend.start:
            start = _rest(first[number], used).start
            parts.insert(0, first[number].mended[used : mend.start - shift - first[number].start])
        while number < len(first) and first[number].start + shift < mend.end:
            tables = first[number].tables + mend.tables
            if _end(first[number]) + shift > mend.end:
                end, used = first[number].end, mend.end - shift - first[number].start
                break
            shift += _growth(first[number])
            end, number, used = mend.end - shift, number + 1, 0
        result.append(_Mend(start, end, "".join(parts), tables))
    return [*result, *(_rest(mend, used if at == number else 0) for at, mend in enumerate(first) if at >= number)]


def _end(mend: _Mend) -> int:
    """Where what a mend puts in ends, but for the growth of the mends before it."""
    return mend.start + len(mend.mended)


def _rest(mend: _Mend, used: int) -> _Mend:
    """What is left of a mend when some of its characters are used up."""
    return _Mend(mend.end if used else mend.start, mend.end, mend.mended[used:], mend.tables)


def _growth(mend: _Mend) -> int:
    return len(mend.mended) - (mend.end - mend.start)


def _rows(text: str, mends: Iterable[_Mend]) -> Iterator[_Mend]:
    """Mends on one line, with nothing but ASCII between them, as one; what was lost stands alone."""
    row: list[_Mend] = []
    for mend in mends:
        if row and mend.start < mend.end:
            between = text[row[-1].end : mend.start]
            if _LOST in mend.mended + row[-1].mended or "\n" in between or not between.isascii():
                yield _joined(text, row)
                row = []
        row.append(mend)
    if row:
        yield _joined(text, row)


def _joined(text: str, row: list[_Mend]) -> _Mend:
    parts, seen = [], row[0].start
    for mend in row:
        parts += [text[seen : mend.start], mend.mended]
        seen = mend.end
    return _Mend(row[0].start, row[-1].end, "".join(parts), max((mend.tables for mend in row), key=len))


def _lines(text: str) -> Iterator[list[tuple[int, Run]]]:
    """The runs of each line that has any, with their offsets."""
    import re

    line: list[tuple[int, Run]] = []
    seen = 0
    for found in re.finditer(_RUN, text):
        start, end = found.span(2)
        if line and text.find("\n", seen, start) >= 0:
            yield line
            line = []
        line.append((start, (found[1], found[2], found[3])))
        seen = end
    if line:
        yield line


def _blanked(text: str, reading: _Reading) -> Mapping[str, str]:
    """What it means that a plain blank follows these characters, where all no-break spaces became blanks.

    Where blanks in a row became one as well, the blank behind ``à`` is also the one between two words.
    """
    if reading.covered < 0.5 or reading.has_no_break_space:
        return {}
    return {
        lead: mended + " " if mended == "à" and f"{lead}  " not in text else mended
        for lead, mended in reading.table.spaced.items()
    }


def _chosen(line: list[tuple[int, Run]], reading: _Reading, blanked: Mapping[str, str]) -> Iterator[_Mend]:
    """The windows of a line that are damage: those that must be, and if most of the line is, those that can be.

    What can be may be healthy too, so it is left alone beside characters that no table reads back, as those of
    a healthy word are. For what looks like nonsense there must be no such character on the line.
    """
    weighed = [(offset, run, reading.weighed(run)) for offset, run in line]
    size = sum(len(run[1]) for _, run, _ in weighed)
    sizes = [(end - start, weight) for _, _, windows in weighed for (start, end, _), weight in windows]
    read_back = sum(length for length, _ in sizes)
    covered = sum(length for length, weight in sizes if weight)
    must = can = _LIKELY if reading.table.is_usual else _CERTAIN
    if read_back * 4 >= size * 3 and (reading.covered >= 0.5 or any(weight == _CERTAIN for _, weight in sizes)):
        is_whole = read_back == size and (reading.is_whole or covered * 5 >= size * 4)
        can = _NONSENSE if is_whole else _POSSIBLE
    names = (reading.table.name,)
    for offset, run, windows in weighed:
        ends = {0, *(end for (_, end, _), _ in windows)}
        starts = {len(run[1]), *(start for (start, _, _), _ in windows)}
        for (start, end, mended), weight in windows:
            if weight >= must or (weight >= can and start in ends and end in starts):
                yield _Mend(offset + start, offset + end, mended, names)
        last, end = run[1][-1], offset + len(run[1])
        if run[2] == " " and last in blanked:
            yield _Mend(end - 1, end + 1, blanked[last], names)


def _lost_words(text: str) -> Iterator[_Mend]:
    """What replacement characters and memory that was never filled look like in GBK and in Korean."""
    import re

    for sign, pattern, table in _LOST_WORDS:
        if sign in text:
            for found in re.finditer(pattern, text):
                near = text[max(0, found.start() - _NEAR) : found.end() + _NEAR]
                if not re.search(_TOPIC, near):
                    yield _Mend(found.start(), found.end(), _LOST, (table,))


_LOST_WORDS = (
    ("锟斤", "(?:锟斤拷)+(?:锟斤?)?|锟斤", "GBK"),
    ("쏙옙", "(?:占쏙옙)+", "Korean UHC"),
    ("烫烫烫烫烫烫", "烫{6,}", "GBK"),
    ("屯屯屯屯", "屯{4,}", "GBK"),
)
