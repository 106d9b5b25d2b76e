"""One look at prose: which rules on residue have to be asked.

As in ``screening``, a bit may be set without need, but never missing where its rule would find something. Each kind
of residue is looked for behind what it cannot do without. Where Hyperscan is at hand, it says in one pass which kinds
of signs and phrases there may be (``patterns.suspicions``), which mostly are none; else, all are looked for.
"""

from __future__ import annotations

from itertools import compress, count, islice
from operator import eq

from validator import prose, quotations, screening
from validator.beginnings import BEGINNINGS, LEADING
from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    Suspicions: TypeAlias = Callable[[bytes, bool], int]
    """Which of the bits that patterns can tell of a document, or of a part of one, may have; line ends are LF."""

_LONG = 120
"""Bytes of a line that may be a paragraph of its own."""
_FULL = 60
"""Bytes of a line that may finish a sentence."""
_FRAMED = 200
"""Bytes of lines between which the lines of a frame may stand."""
_FRAME = 320
"""Bytes of a line of a frame, at most."""
_REPEATED = 25
"""Bytes of a line whose copy may mean something."""
GLUED = 3
"""Sentences without a blank before them that are no slip of the pen."""
PIECE = 1 << 20
"""Bytes of a large document that are looked at together."""

ENTITY = rb"&amp;(?:[A-Za-z]{2,8}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
ELEMENTS = "a|abbr|blockquote|div|em|font|h[1-6]|iframe|img|li|ol|p|small|span|strong|table|td|th|tr|ul"
TAG = rb"(?i)<(?:" + ELEMENTS.encode() + rb")\s+[a-z][a-z-]{1,20}\s?="
STARTERS = (
    "The|This|That|These|There|They|It|He|She|We|You|But|And|If|When|After|Then|Our|His|Her|At|As|For|With"
    "|Der|Die|Das|Ein|Eine|Es|Sie|Wir|Aber|Und|Wenn|Nach|Le|La|Les|Il|Elle|Nous|Mais|El|Los|Las|Pero|Una|Gli|Ma|Non"
    "|Het|De|Een|Maar|Os|Uma|Det|Den|Men|To|Nie|Это|Он|Она|Они|Мы|Но|На|По|Если|Когда"
)
"""Words with which sentences begin, as a pattern."""
GLUED_SENTENCE = rb"\.(?:" + STARTERS.encode() + rb") [A-Za-z\x80-\xff]"
GLUED_DATE = (
    rb"[A-Za-z\x80-\xff](?:[0-9]{1,2}[-./][0-9]{1,2}[-./]|[0-9]{1,2}\.? (?:de )?[A-Za-z\x80-\xff]{3,12} (?:de )?"
    rb"|[A-Z][a-z]{2,8} [0-9]{1,2}, )(?:19|20)[0-9]{2}[ \t]*$"
)
"""A date at the end of a line, right behind a letter."""
FIELD = rb"\{\{-? ?[A-Za-z_]|\{%-? "
BLOB = rb"[A-Za-z0-9+/]{58}"
"""What a line of encoded data has at least; longer ones hold it too."""

_BEYOND_ASCII = b"\x80"
_TAIL, _LOOKED_AT = 400, 1024
"""Bytes at the end of a document, and at the beginning of a line, that are looked at."""

_UNTOLD = screening.DOUBLED | screening.BROKEN | screening.FRAMED
"""Bits that no pattern can tell, since lines have to be compared or measured."""
_SURE = screening.PHRASED | screening.TEMPLATE
"""Bits that are suspected only where a look at lines and signs would set them too."""
_LINES = _UNTOLD | screening.PHRASED | screening.ENCODED


def look(data: bytes, suffix: str = "txt", suspicions: Suspicions | None = None) -> int:
    """The bits of ``screening.PROSE`` that a document of prose, well-formed UTF-8, may have.

    ``suffix`` is what its name ends in (see ``prose.suffix``); ``suspicions`` tells what is worth a look.
    """
    text = _with_plain_ends(data)
    return _shown(text, suffix, suspicions) | of_end(text, suffix)


class Survey:
    """``look`` for a large document that comes in pieces.

    Pieces are joined and cut again so that each is looked at together with the last lines before it, two of them at
    least. Lines of a frame that stand farther apart than in one piece are not seen.
    """

    def __init__(self, suffix: str, suspicions: Suspicions | None = None) -> None:
        self._suffix, self._suspicions = suffix, suspicions
        self._facts = self._size = 0
        self._waiting: list[bytes] = []

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        self._waiting.append(piece)
        self._size += len(piece)
        if self._size >= PIECE:
            data = b"".join(self._waiting)
            self._facts |= self._of(data)
            last = max(data.rfind(b"\n", 0, -1), 0)
            before = data.rfind(b"\n", 0, min(last, max(len(data) - quotations.FARTHEST, 0)))
            kept = data[max(before, len(data) - PIECE // 2) :]
            self._waiting, self._size = [kept], len(kept)

    def close(self) -> int:
        """The bits, once there are no more pieces."""
        data = b"".join(self._waiting)
        is_cut = may_be_cut(data[-_TAIL:])
        return self._facts | self._of(data) | (screening.CUT if is_cut else 0)

    def _of(self, data: bytes) -> int:
        text = _with_plain_ends(data)
        is_fenced = self._suffix in prose.MARKDOWN and (b"```" in text or b"~~~" in text)
        facts = _shown(text, self._suffix, self._suspicions, is_part=True)
        return facts | (screening.CUT if is_fenced else 0)


def _with_plain_ends(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").removesuffix(b"\r") if b"\r" in data else data


def _shown(text: bytes, suffix: str, suspicions: Suspicions | None, is_part: bool = False) -> int:
    """The bits that lines and signs show, of those suspected."""
    told = suspicions(text, is_part) if suspicions else 0
    facts, asked = (told & _SURE, told & ~_SURE | _UNTOLD) if suspicions else (0, screening.PROSE)
    if asked & _LINES:
        facts |= of_lines(text, asked, is_part)
    if asked & ~_LINES:
        facts |= of_signs(text, suffix, asked, is_part)
    return facts


def of_end(data: bytes, suffix: str) -> int:
    """The bit of a document that ends as none should."""
    is_open = suffix in prose.MARKDOWN and _may_be_open(data)
    return screening.CUT if is_open or may_be_cut(data[-_TAIL:]) else 0


def of_signs(data: bytes, suffix: str, suspected: int = screening.PROSE, is_part: bool = False) -> int:
    """The bits that single signs show; in a part of a document, one place is enough where a whole one needs several."""
    facts = 0
    if suspected & screening.MARKUP and (
        _has(ENTITY, data, b"&amp;") or (suffix in _PLAIN and _has_tags(data, is_part))
    ):
        facts |= screening.MARKUP
    if suspected & screening.TEMPLATE and (_has(FIELD, data, b"{{") or _has(FIELD, data, b"{%")):
        facts |= screening.TEMPLATE
    if suspected & screening.QUOTED and quotations.may_be_mismatched(data):
        facts |= screening.QUOTED
    return facts


_PLAIN = ("txt", "text")
"""What the names of plain text end in, where markup means nothing."""


def _has_tags(data: bytes, is_part: bool) -> bool:
    """Whether there may be tags, or sentences that stood in tags of their own."""
    if b"<" in data and b"=" in data and (b"</" in data or b"img" in data.lower()) and _has(TAG, data, b"<"):
        return True
    least = 1 if is_part else GLUED
    if data.translate(_CAPITALS).count(b".A") < least:
        return False
    return sum(1 for _ in islice(_pattern(GLUED_SENTENCE).finditer(data), least)) >= least


_CAPITALS = bytes(0x41 if 0x41 <= byte <= 0x5A or byte == 0xD0 else byte for byte in range(256))
"""A table for ``bytes.translate``: what a capital letter begins with, be it Latin or Cyrillic."""


def _has(pattern: bytes, data: bytes, sign: bytes = b"") -> bool:
    """Whether a pattern is found that cannot do without some sign; its first byte alone is looked for first, fast."""
    return sign[:1] in data and sign in data and _pattern(pattern).search(data) is not None


def _pattern(pattern: bytes) -> re.Pattern[bytes]:
    import re

    return re.compile(pattern, re.MULTILINE)


def of_lines(data: bytes, suspected: int = screening.PROSE, is_part: bool = False) -> int:
    """The bits that lines show; in a part of a document, one place is enough where a whole one needs several."""
    lines = data.split(b"\n")
    facts = 0
    if suspected & screening.DOUBLED and _are_doubled(lines):
        facts |= screening.DOUBLED
    if suspected & screening.PHRASED and (_has_glued_date(data) or are_phrases(lines, is_part)):
        facts |= screening.PHRASED
    sizes = list(map(len, lines))
    longest = max(sizes)
    if suspected & screening.ENCODED and longest >= _SHORTEST and _may_be_encoded(lines, longest):
        facts |= screening.ENCODED
    if suspected & screening.BROKEN and longest > _LONG and _may_be_broken(lines, sizes):
        facts |= screening.BROKEN
    if suspected & screening.FRAMED and longest >= _FRAMED and _may_be_framed(lines, sizes):
        facts |= screening.FRAMED
    return facts


def _are_doubled(lines: Sequence[bytes]) -> bool:
    """Whether a line is directly repeated that may be a sentence or a title."""
    repeated = compress(lines, map(eq, lines, islice(lines, 1, None)))
    return any(map(_may_be_doubled, repeated))


def _may_be_doubled(line: bytes) -> bool:
    """Whether a line is long enough, has words or letters beyond ASCII, and is not indented as code is."""
    return len(line) >= _REPEATED and (b" " in line.strip() or not line.isascii()) and not line.startswith(_INDENTED)


def are_phrases(lines: Iterable[bytes], is_part: bool = False) -> bool:
    """Whether some lines are page chrome together, or one of them begins with a phrase that says enough alone."""
    begun = [
        line
        for line in lines
        if ((bare := line.lstrip(LEADING))[:6] in BEGINNINGS or (not bare.isascii() and bare[:12] in BEGINNINGS))
        and not line.startswith(_INDENTED)
    ]
    if not begun:
        return False
    from validator import phrases

    texts = list(map(_text, begun))
    found = set(map(phrases.chrome, texts)) - {""}
    return phrases.are_chrome(found) or (is_part and bool(found)) or any(map(phrases.says_enough, texts))


_INDENTED = (b"    ", b"\t")
"""How code begins, which nothing is said of."""


def _has_glued_date(data: bytes) -> bool:
    """Whether a line ends in a date that stands right behind a letter."""
    centuries = [century for century in _CENTURIES if century[:1] in data]
    years = (at for century in centuries for at in _places(data, century) if data[at + 4 : at + 5] in _BEHIND_YEAR)
    return any(_has(GLUED_DATE, data[max(at - _DATE, 0) : at + 4]) for at in years)


_CENTURIES = (b"19", b"20")
_BEHIND_YEAR = (b"", b"\n", b" ", b"\t", b"\r")
_DATE = 40
"""Bytes of a date, and of a letter, before its year."""


def _places(data: bytes, sign: bytes) -> Iterator[int]:
    at = data.find(sign)
    while at >= 0:
        yield at
        at = data.find(sign, at + 1)


def _may_be_encoded(lines: Sequence[bytes], longest: int) -> bool:
    """Whether a line, or one of some in a row, has as few blanks as only encoded data has."""
    found = [line for line in lines[:: _IN_A_ROW - 1] if len(line) >= _SHORTEST and b" " not in line.strip()]
    if longest >= _BLOB:
        found += (line for line in lines if len(line) >= _BLOB and _has_run(line))
    return any(_has(BLOB, line) for line in found)


_IN_A_ROW, _SHORTEST = 4, 60
"""So many lines in a row, of so many bytes each, may be encoded data."""
_BLOB = 160
"""Bytes without a blank that may be encoded data."""


def _has_run(line: bytes) -> bool:
    """Whether so many bytes of a line as are encoded data have no blank between them."""
    at = 0
    while at + _BLOB <= len(line):
        blank = line.rfind(b" ", at, at + _BLOB)
        if blank < 0:
            return True
        at = blank + 1
    return False


def _may_be_broken(lines: Sequence[bytes], sizes: Sequence[int]) -> bool:
    """Whether a long line breaks off in a sentence."""
    long = compress(count(), map(_LONG.__lt__, sizes))
    return any(lines[at][-1] in _GOING_ON and _goes_on(lines, at) for at in long)


def _may_be_framed(lines: Sequence[bytes], sizes: Sequence[int]) -> bool:
    """Whether a short line with a year stands there three times, with long lines in between."""
    if sum(map(_FRAMED.__le__, sizes)) < 2:
        return False
    from collections import Counter

    times = Counter(map(bytes.strip, compress(lines, map(_FRAME.__ge__, sizes))))
    return any(often > 2 and (b"19" in line or b"20" in line) for line, often in times.items())


def _goes_on(lines: Sequence[bytes], at: int) -> bool:
    """Whether a line seems to end in a letter, and the next that is not blank to begin with a small one."""
    line = lines[at]
    if _first(line).isspace() and line.decode("utf-8", "ignore").isspace():
        return False
    at += 1
    while at < len(lines) and _is_blank(lines[at]):
        at += 1
    following = lines[at] if at < len(lines) else b""
    if following[:1] not in _SMALL or len(following) < _FULL:
        return False
    last = line.rstrip()[-1:]
    is_letter = last.isalpha() or last >= _BEYOND_ASCII
    is_small = following[:1] < _BEYOND_ASCII or _first(following).islower()
    return is_letter and is_small and len(line.decode("utf-8", "ignore")) > _LONG


_GOING_ON = frozenset(byte for byte in range(256) if byte >= 0x80 or chr(byte).isalpha() or chr(byte).isspace())
"""The last bytes of letters, and of blanks that may stand behind one."""
_SMALL = frozenset(
    bytes([byte]) for byte in (*b"abcdefghijklmnopqrstuvwxyz", *range(0xC2, 0xD6), 0xE1, 0xE2, 0xEA, 0xEF, 0xF0)
)
"""The first bytes of small letters, in all scripts that have some."""


def _is_blank(line: bytes) -> bool:
    if not line or line.isspace():
        return True
    return line[:1] in _BLANK_LEADS and _first(line).isspace() and _text(line).isspace()


_BLANK_LEADS = (b"\xc2", b"\xe1", b"\xe2", b"\xe3")
"""The first bytes of blanks beyond ASCII."""


def _first(line: bytes) -> str:
    return line[:4].decode("utf-8", "ignore")[:1]


def _text(line: bytes) -> str:
    return line[:_LOOKED_AT].decode("utf-8", "ignore")


def _may_be_open(data: bytes) -> bool:
    """Whether a fence of code may never be closed."""
    return (b"```" in data or b"~~~" in data) and prose.open_fence(data) is not None


def may_be_cut(tail: bytes) -> bool:
    """Whether a document, whose last bytes these are, may end within a sentence."""
    last = tail.rstrip()[-1:]
    return last not in _ENDS and unfinished(tail.decode("utf-8", "ignore").rstrip()) != ""


_ENDS = frozenset((b".", b"!", b"?", b'"', b")"))


def unfinished(text: str) -> str:
    """With what a text ends that ends no sentence; empty if it may."""
    if text[-1:] in _COMMAS:
        return "a comma" if text else ""
    if text[-1:] == "-" and text[-2:-1].isalpha():
        return "the middle of a word"
    word = text[max(text.rfind(" "), text.rfind("\n")) + 1 :]
    return f"“{word}”" if word in _WORDS else ""


_COMMAS = ",、，،"
_LISTED = (
    "the a of and or which their its dem und oder für zum zur eine einer eines einem einen dass la le les des une et "
    "ou dans pour qui aux y el del para por gli della delle di che nel em uma dos een van och att som oraz dla в с "
    "для из от"
)
_WORDS = frozenset(_LISTED.split())
"""Words that end no sentence, in several languages, as far as no other language ends one with the same."""
