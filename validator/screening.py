"""One look at a document's bytes: what kinds of trouble it may hold.

``screen`` answers with bits; a rule is woken only by the bits that it names. A bit may be set without
need (the rule then finds nothing) but never missing where its rule would find something.

A document is looked at in windows, so that a large one needs no second copy. ``look`` does so with the
standard library alone: it validates by decoding, and of all characters it examines only those whose
first byte is one that a watched character has, each of them once.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING
from validator.text import BIDI_CONTROLS, INVISIBLES, binary_kind, wide_encoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    Has: TypeAlias = Callable[[bytes, bytes], bool]

BLANK = 1 << 0
"""Nothing but white space, or nothing at all, behind a byte order mark if there is one."""
NO_FINAL_NEWLINE = 1 << 1
CARRIAGE_RETURN = 1 << 2
NUL = 1 << 3
CONTROL = 1 << 4
"""A C0 control other than NUL, tab, LF and CR, or DEL."""
BYTE_ORDER_MARK = 1 << 5
"""A UTF-8 byte order mark at the start."""
INNER_BYTE_ORDER_MARK = 1 << 6
ILL_FORMED = 1 << 7
"""Not UTF-8. Nothing is then known of its characters."""
WIDE = 1 << 8
"""UTF-16 or UTF-32, with or without a byte order mark."""
BINARY = 1 << 9
"""Not the text of a document: a known magic number, many NUL bytes, a Git LFS pointer."""
C1_CONTROL = 1 << 10
"""U+0080 to U+009F, but for NEL."""
REPLACEMENT = 1 << 11
BIDI = 1 << 12
"""An embedding, override or isolate control of UAX #9."""
INVISIBLE = 1 << 13
"""A zero-width character or an invisible filler."""
LINE_SEPARATOR = 1 << 14
"""NEL, LINE SEPARATOR or PARAGRAPH SEPARATOR."""
NONCHARACTER = 1 << 15
PRIVATE_USE = 1 << 16
TAG = 1 << 17
"""U+E0000 to U+E007F."""
SELECTOR = 1 << 18
"""A variation selector, but for those of Mongolian."""
MARK = 1 << 19
"""A combining mark of no script in particular."""
COMPOSING = 1 << 20
"""A character that Normalization Form C changes or may join with the one before (NFC_Quick_Check)."""
MIXED_SCRIPT = 1 << 21
"""A Latin letter beside a Greek or Cyrillic one."""
MOJIBAKE = 1 << 22
"""What UTF-8 looks like when it is read in another encoding."""
SHIFTED = 1 << 23
"""The marks between which HZ writes Chinese."""
FRONT_MATTER = 1 << 24
"""It begins as front matter does, behind a byte order mark if there is one."""
DESCRIBED = 1 << 25
"""Its index has more to say of it than screening can judge: a schema for its front matter, or a language."""
CONFLICT = 1 << 26
"""Seven less-than signs, with which Git marks a conflict."""
DOUBLED = 1 << 27
"""A line of some length is directly repeated."""
PHRASED = 1 << 28
"""A line begins as the phrases of ``phrases.py`` do: page chrome, words of a language model, filler text."""
BROKEN = 1 << 29
"""A long line, as where each paragraph is one, seems to break off in a sentence."""
MARKUP = 1 << 30
"""A tag with an attribute, an entity within an entity, or a sentence glued to the one before."""
TEMPLATE = 1 << 31
"""What templates are filled in for, ``{{`` or ``{%``."""
QUOTED = 1 << 32
"""A quotation mark that seems to be closed by another one, or by none."""
CUT = 1 << 33
"""It ends as no text should, or a code fence may be open."""
ENCODED = 1 << 34
"""A run of bytes without a blank, as long as only encoded data is."""
FRAMED = 1 << 35
"""Short lines with a year are repeated, with long lines between them."""

PROSE = DOUBLED | PHRASED | BROKEN | FRAMED | MARKUP | TEMPLATE | QUOTED | CUT | ENCODED
"""Bits that only documents of prose can have (see ``prose.is_prose``)."""

NOT_TEXT = ILL_FORMED | WIDE | BINARY
"""Where one of these is set, nothing can be said about the characters."""

WATCHED = (
    (C1_CONTROL, "80-84 86-9F"),
    (LINE_SEPARATOR, "85 2028-2029"),
    (BIDI, " ".join(f"{ord(character):X}" for character in BIDI_CONTROLS)),
    (INVISIBLE, " ".join(f"{ord(character):X}" for character in INVISIBLES)),
    (INNER_BYTE_ORDER_MARK, "FEFF"),
    (REPLACEMENT, "FFFD"),
    (NONCHARACTER, "FDD0-FDEF " + " ".join(f"{plane:X}FFFE-{plane:X}FFFF" for plane in range(17))),
    (PRIVATE_USE, "E000-F8FF F0000-FFFFD 100000-10FFFD"),
    (TAG, "E0000-E007F"),
    (SELECTOR, "FE00-FE0F E0100-E01EF"),
    (MARK, "300-36F 1AB0-1AFF 1DC0-1DFF 20D0-20FF FE20-FE2F"),
    (COMPOSING, "300-36F 374 37E 387 653-655 93C 958-95F 9BE 9D7 9DC-9DF A33-A36 A59-A5E B3E B56-B5D BBE BD7 C56"),
    (COMPOSING, "CC2 CD5-CD6 D3E D57 DCA DCF DDF F43 F4D F52 F57 F5C F69 F73-F78 F81 F93 F9D FA2 FA7 FAC FB9"),
    (COMPOSING, "102E 1161-1175 11A8-11C2 1B35 1F71-1FFD 2000-2001 2126"),
    (COMPOSING, "212A-212B 2329-232A 2ADC 3099-309A F900-FAD9 FB1D-FB4E 110BA-11930 1D15E-1D1C0 2F800-2FA1D"),
)
"""The characters behind each bit, as hexadecimal code points and ranges of them."""

LEADS = b"\xc2\xcc\xcd\xe0\xe1\xe2\xee\xef\xf0\xf1\xf2\xf3\xf4"
"""First bytes of watched characters, among whose others there are not too many to look at each."""
_NUKTAS = "".join(map(chr, range(0x958, 0x960)))
RARE = tuple(character.encode() for character in "\u0387\u061c\u0653\u0654\u0655\u3099\u309a\u3164" + _NUKTAS)
"""Watched characters that begin as whole scripts do; they are looked for one by one."""
_RARE_LEADS = bytes({character[0] for character in RARE})

_LATIN = bytes(range(0xC3, 0xCA))
_GREEK_AND_CYRILLIC = bytes(range(0xCE, 0xD4))
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHAPES = bytes(
    ord("a" if byte in _LETTERS else "l" if byte in _LATIN else "g" if byte in _GREEK_AND_CYRILLIC else "~")
    if byte >= 0x80 or byte in _LETTERS
    else ord(" ")
    for byte in range(256)
)
"""A table for ``bytes.translate``: a letter, the first byte of a letter of some script, any other byte."""
_MIXTURES = (b"ag", b"g~a", b"l~g", b"g~l")

_PLAIN = b"\t\n\r" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_TEXTUAL_MAGIC = (b"version https://git-lfs.github.com/spec/v1", b"%PDF-", b"BZh")
_SUSPICIOUS = NUL | CONTROL | ILL_FORMED
"""What every document has that is not text, but for those that begin with one of the above."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

WINDOW = 1 << 17
"""Bytes; small enough for a processor to keep at hand."""
OVERLAP = 32
"""Bytes by which windows overlap: more than any passage is long that has to be seen whole."""


def screen(data: bytes) -> int:
    """The kinds of trouble that a document may hold, as a sum of the bits above."""
    return screened(data, look)


def screened(data: bytes, look: Callable[[bytes], int]) -> int:
    """What ``screen`` does, each window being looked at in a given way."""
    if len(data) <= WINDOW and data.isascii() and data[:1].isalnum() and data.endswith(b"\n"):
        facts = look(data) | conflict(data)
        if not facts and not data.startswith(_TEXTUAL_MAGIC):
            return 0  # as most documents are
    return survey((data,), look)


def survey(pieces: Iterable[bytes], look: Callable[[bytes], int]) -> int:
    """``screened`` for a document that comes in pieces; of several, the first is 4096 bytes long or more."""
    facts, start, data, cut = BLANK, 0, b"", 0
    for piece in pieces:
        is_first = not data
        data = data[_overlap(data, cut) :] + piece if data else piece
        if facts & (WIDE | BINARY):
            facts |= CARRIAGE_RETURN if b"\r" in piece else 0
            cut = len(data)
            continue
        start = 0
        if is_first:
            if data.startswith(_BYTE_ORDER_MARK):
                facts |= BYTE_ORDER_MARK
                start = len(_BYTE_ORDER_MARK)
            if data.startswith(b"---", start):
                facts |= FRONT_MATTER
        cut = _last_boundary(data)
        if facts & BLANK and not _is_blank(data[start:cut]):
            facts ^= BLANK
        for window in windows(data, start, cut):
            facts |= look(window) | conflict(window)
        if is_first and (facts & _SUSPICIOUS or cut < len(data) or data.startswith(_TEXTUAL_MAGIC)):
            kind = WIDE if wide_encoding(data) else BINARY if binary_kind(data) else 0
            facts = facts & CARRIAGE_RETURN | kind if kind else facts
    if data and not data.endswith(b"\n"):
        facts |= NO_FINAL_NEWLINE
    if cut < len(data) and not facts & (WIDE | BINARY):
        facts = (facts | look(data[max(start, _overlap(data, cut)) :])) & ~BLANK
    return facts & _BYTEWISE if facts & ILL_FORMED else facts


def conflict(window: bytes) -> int:
    """The bit of a mark that Git puts where two changes meet."""
    return CONFLICT if b"<" in window and b"<<<<<<<" in window else 0


def _overlap(data: bytes, cut: int) -> int:
    """Where the next piece has to begin."""
    return _boundary(data, cut - OVERLAP) if cut >= OVERLAP + 4 else 0


_BYTEWISE = BLANK | NO_FINAL_NEWLINE | CARRIAGE_RETURN | NUL | CONTROL | BYTE_ORDER_MARK | ILL_FORMED | FRONT_MATTER


def _is_blank(data: bytes) -> bool:
    """Whether there are only blanks; ill-formed bytes are none."""
    return not data[:64].decode("utf-8", "ignore").strip() and not data.decode("utf-8", "surrogateescape").strip()


def windows(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """A stretch of a document in overlapping pieces, cut between characters where it is well-formed."""
    while end - start > WINDOW:
        last = _boundary(data, start + WINDOW)
        yield data[start:last]
        start = _boundary(data, last - OVERLAP)
    if start < end:
        yield data[start:end]


def _boundary(data: bytes, at: int) -> int:
    """The nearest beginning of a character at or before an offset, if there is one near."""
    return next((at - back for back in range(4) if data[at - back] & 0xC0 != 0x80), at)


def _last_boundary(data: bytes) -> int:
    """Where the character begins with which a document breaks off; its end, if it does not break off."""
    if data[-1:].isascii():
        return len(data)
    starts = zip(range(1, len(data) + 1), (0xC0, 0xE0, 0xF0), strict=False)
    return next((len(data) - back for back, lead in starts if data[-back] >= lead), len(data))


def look(window: bytes) -> int:
    """The bits of a window that can be told from its bytes and characters alone."""
    facts = CARRIAGE_RETURN if b"\r" in window else 0
    odd = window.translate(None, _PLAIN)
    if odd:
        nuls = odd.count(0)
        facts |= (NUL if nuls else 0) | (CONTROL if nuls < len(odd) else 0)
    if b"~" in window and b"~{" in window:
        facts |= SHIFTED
    if window.isascii():
        return facts
    try:
        window.decode("utf-8")
    except UnicodeDecodeError:
        return facts | ILL_FORMED
    for lead in LEADS:
        if lead in window:
            length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            rest = length - 1
            for following in {piece[:rest] for piece in window.split(bytes([lead]))[1:]}:
                facts |= kinds(bytes([lead]) + following)
    return facts | rare(window, has_any) | adjacent(window, has_any, is_misread)


def has_any(window: bytes, wanted: bytes) -> bool:
    """Whether any of these bytes occurs."""
    return any(byte in window for byte in wanted)


def rare(window: bytes, has_any: Has) -> int:
    """The bits of the watched characters that begin as whole scripts do."""
    facts = 0
    if has_any(window, _RARE_LEADS):
        for character in RARE:
            if character[0] in window and character in window:
                facts |= kinds(character)
    return facts


_SELDOM_ALONE = (
    *((lead, "。".encode()) for lead in (0xE7, 0xE8, 0xE9, 0xEF)),
    *((0xD0, "о".encode()), (0xEC, "다".encode())),
)
"""First bytes of Cyrillic, Chinese and Korean, and what healthy text in them can hardly do without."""
_SELDOM_LEADS = bytes(lead for lead, _ in _SELDOM_ALONE)
_MISREAD_WORDS = tuple(map(str.encode, ("ÔÇ", "ΓÇ", "Ĺ", "锟斤", "쏙옙", "屯屯屯屯", "烫烫烫烫烫烫")))
"""Quotation marks and a Czech letter in tables of Windows and DOS, replacement characters, unfilled memory."""
_MISREAD_SIGN = (
    rb"\xc2(?:(?<=[\xc3-\xdf][\x80-\xbf]\xc2)|(?<=\xe2[\x80-\xbf][\x80-\xbf]\xc2))[^\xa0\xa1\xab\xb7\xbb\xbf]"
)
"""A sign right behind a letter or a symbol, as in ``Ã©`` and ``√©``, but for what stands at words and quotations."""
_MISREAD_SYMBOL = (
    rb"\xe2(?:\x95|[^\x80][\x80-\xbf][\xc3-\xdf]|\x82\xac(?:(?<=\xc3\xa2\xe2\x82\xac)|(?<=\xce\xb2\xe2\x82\xac))"
    rb"|\x84\xa2(?<=[\xc3-\xdf][\x80-\xbf]\xe2\x84\xa2)|\x80(?:\x93\xc3\xa6|\x9a\xc3\x84|\x9e\xc3\x85))"
)
"""Double lines of boxes; a letter behind a symbol, as in ``├í``; ``â€``, ``β€``, ``È™``; ``–æ``, ``‚Ä`` and ``„Å``."""


def is_misread(window: bytes) -> bool:
    """Whether a letter or a symbol stands directly before what it does not belong to."""
    return _may_be_misread(window) and any(lead in window and search(window) for lead, search in _searches())


def _may_be_misread(window: bytes) -> bool:
    """Whether there are more than quotation marks, dashes and hard spaces; mostly not, and ``re`` is not needed."""
    if any(piece[:1] not in _SIGNS_AT_WORDS for piece in window.split(b"\xc2")[1:]):
        return True
    return any(piece[:1] != b"\x80" or piece[1:4] in _MISREAD_DASHES for piece in window.split(b"\xe2")[1:])


_SIGNS_AT_WORDS = (b"\xa0", b"\xa1", b"\xab", b"\xb7", b"\xbb", b"\xbf")
_MISREAD_DASHES = (b"\x93\xc3\xa6", b"\x9a\xc3\x84", b"\x9e\xc3\x85")
"""What makes of a dash or a quotation mark, but for its first two bytes, ``–æ``, ``‚Ä`` and ``„Å``."""


def _searches() -> tuple[tuple[int, Callable[[bytes], object]], ...]:
    """The two searches, with the byte that what they find begins with."""
    global _compiled
    if not _compiled:
        import re

        _compiled = (0xC2, re.compile(_MISREAD_SIGN).search), (0xE2, re.compile(_MISREAD_SYMBOL).search)
    return _compiled


_compiled: tuple[tuple[int, Callable[[bytes], object]], ...] = ()


def adjacent(window: bytes, has_any: Has, misread: Callable[[bytes], bool]) -> int:
    """The bits that neighbouring characters set, in well-formed text."""
    facts = 0
    if has_any(window, _GREEK_AND_CYRILLIC):
        shapes = window.translate(_SHAPES)
        if any(mixture in shapes for mixture in _MIXTURES):
            facts |= MIXED_SCRIPT
    seldom = _SELDOM_ALONE if has_any(window, _SELDOM_LEADS) else ()
    if any(lead in window and companion not in window for lead, companion in seldom):
        return facts | MOJIBAKE
    if any(word[0] in window and word in window for word in _MISREAD_WORDS):
        return facts | MOJIBAKE
    if (0xC2 in window or 0xE2 in window) and misread(window):
        return facts | MOJIBAKE
    return facts


def kinds(character: bytes) -> int:
    """The bits of a watched character, encoded as UTF-8."""
    if character not in _kinds:
        code = ord(character.decode("utf-8"))
        _kinds[character] = sum({bit for bit, first, last in ranges() if first <= code <= last})
    return _kinds[character]


def ranges() -> Sequence[tuple[int, int, int]]:
    """``WATCHED`` as numbers: bit, first and last code point."""
    if not _ranges:
        parts = ((bit, part.partition("-")) for bit, listed in WATCHED for part in listed.split())
        _ranges.extend((bit, int(first, 16), int(last or first, 16)) for bit, (first, _, last) in parts)
    return _ranges


_kinds: dict[bytes, int] = {}
_ranges: list[tuple[int, int, int]] = []
