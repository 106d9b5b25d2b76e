"""``screening.look`` for large runs: the same verdicts, many bytes at a time.

StringZilla looks bytes up in tables and NumPy combines the answers, so a window is never decoded:

- It is well-formed if no pair of neighbouring bytes is forbidden and every third and fourth byte stands
  where it must (J. Keiser and D. Lemire, "Validating UTF-8 in less than one instruction per byte", 2021).
- A watched character may begin where the first byte, the second and the third each have one of the
  group's values; the few places where all three agree are then looked up exactly.

Both packages come with the extra ``fast`` and take longer to import than a small run takes altogether.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import stringzilla as sz

from validator import screening
from validator.printable import PRINTABLE
from validator.screening import CARRIAGE_RETURN, CONTROL, ILL_FORMED, NUL, SHIFTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from numpy.typing import NDArray

    Bytes: TypeAlias = NDArray[np.uint8]
    Bits: TypeAlias = NDArray[np.bool_]
    Places: TypeAlias = NDArray[np.intp]
    Heads: TypeAlias = NDArray[np.uint64]

try:
    sz.translate(b"x", bytes(range(256)), out=bytearray(1))
except (SystemError, TypeError) as error:
    raise ImportError("StringZilla 5.3 or newer is needed") from error

_CONTROLS = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in b"\0\t\n\r")
_ZERO = b"\0"


_SMALL = 1 << 14
"""Bytes of a window that Python searches as fast as StringZilla is called."""


def _table(*flags: tuple[int, Iterable[int]]) -> bytes:
    """A table for ``translate``: for each byte, the flags of the sets that hold it."""
    table = bytearray(256)
    for flag, members in flags:
        for byte in members:
            table[byte] |= flag
    return bytes(table)


_ASCII, _CONTINUATION, _LEAD = range(0x80), range(0x80, 0xC0), range(0xC0, 0x100)
_CUT, _STRAY, _OVERLONG_2, _OVERLONG_3, _OVERLONG_4, _SURROGATE, _ABOVE, _SECOND = (1 << bit for bit in range(8))
_FIRST_OF_PAIR = _table(
    (_CUT, _LEAD),
    (_STRAY, _ASCII),
    (_OVERLONG_2, b"\xc0\xc1"),
    (_OVERLONG_3, b"\xe0"),
    (_OVERLONG_4, b"\xf0"),
    (_SURROGATE, b"\xed"),
    (_ABOVE, range(0xF4, 0x100)),
    (_OVERLONG_4, range(0xF5, 0x100)),
    (_SECOND, _CONTINUATION),
)
_SECOND_OF_PAIR = _table(
    (_CUT, _ASCII),
    (_CUT, _LEAD),
    (_STRAY | _OVERLONG_2 | _SECOND, _CONTINUATION),
    (_OVERLONG_3, range(0x80, 0xA0)),
    (_OVERLONG_4, range(0x80, 0x90)),
    (_SURROGATE, range(0xA0, 0xC0)),
    (_ABOVE, range(0x90, 0xC0)),
)
_HAS_THIRD = _table((_SECOND, range(0xE0, 0x100)))
_HAS_FOURTH = _table((_SECOND, range(0xF0, 0x100)))

_GROUPS = (
    *((b"\xc2", b"\xf0"), (b"\xcc", b"\xcd", b"\xee", b"\xf1", b"\xf2", b"\xf3", b"\xf4"), (b"\xe0",), (b"\xe0\xa4",)),
    *((b"\xe1",), (b"\xe2",), (b"\xe2\x80",), (b"\xef",)),
)
"""How watched characters begin, by group; apart are the quotation marks and Devanagari, which are frequent."""


def looker() -> Callable[[bytes], int]:
    """A function that does what ``screening.look`` does; it works in buffers of its own."""
    size = screening.WINDOW + 8
    spaces = [bytearray(size) for _ in range(3)]
    views = [memoryview(space) for space in spaces]
    first, second, third = (np.frombuffer(space, np.uint8) for space in spaces)

    def translated(window: bytes, *tables: bytes) -> None:
        for view, table in zip(views, tables, strict=False):
            sz.translate(window, table, out=view[: len(window)])

    def is_well_formed(window: bytes) -> bool:
        n = len(window)
        if window[0] & 0xC0 == 0x80 or _is_cut(window):
            return False
        translated(window, _FIRST_OF_PAIR, _SECOND_OF_PAIR, _HAS_THIRD)
        errors = second[1:n]
        np.bitwise_and(errors, first[: n - 1], out=errors)
        np.bitwise_xor(errors[1:], third[: n - 2], out=errors[1:])
        if sz.find_first_of(window, b"\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff") >= 0:
            translated(window, _HAS_FOURTH)
            np.bitwise_xor(errors[2:], first[: n - 3], out=errors[2:])
        return bool(sz.find_first_not_of(views[1][1:n], _ZERO) < 0)

    def watched(window: bytes) -> int:
        n = len(window)
        translated(window, *_tables())
        second[n] = third[n : n + 2] = 0xFF  # what is behind the window forbids nothing
        np.bitwise_and(first[:n], second[1 : n + 1], out=first[:n])
        np.bitwise_and(first[:n], third[2 : n + 2], out=first[:n])
        if sz.find_first_not_of(views[0][:n], _ZERO) < 0:
            return 0
        return _kinds(window, np.flatnonzero(first[:n] != 0))

    def is_misread(window: bytes) -> bool:
        n = len(window)
        translated(window, *_BESIDE)
        third[n : n + 2] = 0
        np.bitwise_and(first[:n], second[1 : n + 1], out=first[:n])
        np.bitwise_and(first[:n], third[2 : n + 2], out=first[:n])
        if sz.find_first_not_of(views[0][:n], _ZERO) < 0:
            return False
        places = np.flatnonzero(first[:n] != 0)
        data = np.frombuffer(window, np.uint8)
        behind = data[np.minimum(places + 3, n - 1)]
        sign = (first[places] & _LETTER_AND_SIGN != 0) & ~_AT_WORDS[behind]
        mark = (first[places] & _LETTER_AND_MARK != 0) & (behind == 0x84)
        places = places[sign | mark | (first[places] & ~np.uint8(_LETTER_AND_SIGN | _LETTER_AND_MARK) != 0)]
        return len(places) > 0 and screening.is_misread(bytes(window))

    def look(window: bytes) -> int:
        if sz.find_first_not_of(window, PRINTABLE) < 0:
            return SHIFTED if sz.find(window, b"~{") >= 0 else 0
        facts = CARRIAGE_RETURN if b"\r" in window else 0
        facts |= NUL if b"\0" in window else 0
        facts |= CONTROL if sz.find_first_of(window, _CONTROLS) >= 0 else 0
        facts |= SHIFTED if sz.find(window, b"~{") >= 0 else 0
        if window.isascii():
            return facts
        if not is_well_formed(window):
            return facts | ILL_FORMED
        found = _Bytes(window) if len(window) > _SMALL else window
        return (
            facts | watched(window) | screening.rare(found, _has_any) | screening.adjacent(found, _has_any, is_misread)
        )

    return look


def _has_any(window: bytes, wanted: bytes) -> bool:
    return bool(sz.find_first_of(window, wanted) >= 0)


class _Bytes(bytes):
    """Bytes that StringZilla searches and translates."""

    __slots__ = ()

    def __contains__(self, sought: object) -> bool:
        return bool(sz.find(self, bytes([sought]) if isinstance(sought, int) else sought) >= 0)

    def translate(self, table: bytes, /, delete: bytes = b"") -> bytes:  # type: ignore[override]
        return super().translate(table, delete) if delete else _Bytes(sz.translate(self, table))


def _is_cut(window: bytes) -> bool:
    """Whether a window ends inside a character."""
    return any(byte >= lead for byte, lead in zip(reversed(window[-3:]), (0xC0, 0xE0, 0xF0), strict=False))


@cache
def _tables() -> tuple[bytes, bytes, bytes]:
    """For each group a bit: which first, second and third bytes the watched characters in it have."""
    tables = bytearray(256), bytearray(256), bytearray(256)
    beginnings = {beginning: 1 << number for number, group in enumerate(_GROUPS) for beginning in group}
    for character in _samples():
        if character[0] not in screening.LEADS or character in screening.RARE:
            continue
        bit = beginnings.get(character[:2]) or beginnings[character[:1]]
        tables[0][character[0]] |= bit
        tables[1][character[1]] |= bit
        if len(character) > 2:
            tables[2][character[2]] |= bit
        else:
            for byte in range(256):
                tables[2][byte] |= bit
    first, second, third = map(bytes, tables)
    return first, second, third


def _samples() -> Iterator[bytes]:
    """Watched characters with every beginning of three bytes that there is."""
    for _, start, end in screening.ranges():
        yield from (chr(code).encode() for code in range(start, end + 1, 64 if start > 0xFFFF else 1))
        yield chr(end).encode()


@cache
def _edges() -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Where the bits change along the code points, and the bits from there on."""
    ranges = screening.ranges()
    starts = sorted({0, *(start for _, start, _ in ranges), *(end + 1 for _, _, end in ranges)})
    bits = [sum({bit for bit, start, end in ranges if start <= edge <= end}) for edge in starts]
    return np.array(starts), np.array(bits)


def _kinds(window: bytes, places: np.ndarray[tuple[int], np.dtype[np.intp]]) -> int:
    """The bits of the characters that begin at these offsets, of well-formed text."""
    data = np.frombuffer(window, np.uint8)
    last = len(window) - 1
    lead, *following = (data[np.minimum(places + ahead, last)].astype(np.int64) for ahead in range(4))
    a, b, c = (byte & 0x3F for byte in following)
    codes = np.where(
        lead < 0xE0,
        (lead & 0x1F) << 6 | a,
        np.where(lead < 0xF0, (lead & 0x0F) << 12 | a << 6 | b, (lead & 0x07) << 18 | a << 12 | b << 6 | c),
    )
    edges, bits = _edges()
    return int(np.bitwise_or.reduce(bits[np.searchsorted(edges, codes, "right") - 1]))


_LETTER_AND_SIGN = 1
_AT_WORDS = np.isin(np.arange(256), [*b"\xa0\xa1\xab\xb7\xbb\xbf"])
_SYMBOL_AND_SIGN, _BOX, _SYMBOL_AND_LETTER, _EURO, _DASH, _LETTER_AND_MARK = (1 << bit for bit in range(1, 7))
_LETTERS = range(0xC3, 0xE0)
_BESIDE = (
    _table(
        (_LETTER_AND_SIGN | _LETTER_AND_MARK, _LETTERS),
        (_SYMBOL_AND_SIGN, _CONTINUATION),
        (_BOX, b"\xe2"),
        (_SYMBOL_AND_LETTER, range(0x81, 0xC0)),
        (_EURO, b"\xc3\xce"),
        (_DASH, b"\x80"),
    ),
    _table(
        (_LETTER_AND_SIGN | _LETTER_AND_MARK | _SYMBOL_AND_SIGN | _SYMBOL_AND_LETTER, _CONTINUATION),
        (_BOX, b"\x95"),
        (_EURO, b"\xa2\xb2"),
        (_DASH, b"\x93\x9a\x9e"),
    ),
    _table(
        (_LETTER_AND_SIGN | _SYMBOL_AND_SIGN, b"\xc2"),
        (_BOX, _CONTINUATION),
        (_SYMBOL_AND_LETTER, _LETTERS),
        (_EURO | _LETTER_AND_MARK, b"\xe2"),
        (_DASH, b"\xc3\xc5"),
    ),
)
"""For each way in which ``screening.is_misread`` finds something, what its bytes begin with."""
