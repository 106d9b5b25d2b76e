"""Bytes as text: one screening pass, positions, and safe display.

``screen`` looks at a document once and says what kinds of trouble it may hold, as bits; a rule is
woken only by the bits that it names. A bit may be set without need (the rule then finds nothing) but
never missing where its rule would find something.

Lines end at LF only. A column counts characters (code points), that is, bytes that do not continue
one: in ill-formed text a stray continuation byte adds nothing.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Excerpt, Span

if TYPE_CHECKING:
    from validator.model import Place

BLANK = 1 << 0
"""Nothing but white space, or nothing at all."""
NO_FINAL_NEWLINE = 1 << 1
CARRIAGE_RETURN = 1 << 2
NUL = 1 << 3
CONTROL = 1 << 4
"""A C0 control other than NUL, tab, LF and CR, or DEL."""
BYTE_ORDER_MARK = 1 << 5
"""A UTF-8 byte order mark at the start."""
INNER_BYTE_ORDER_MARK = 1 << 6
ILL_FORMED = 1 << 7
"""Not UTF-8."""
WIDE = 1 << 8
"""UTF-16 or UTF-32, with or without a byte order mark."""
BINARY = 1 << 9
"""Not text at all: a known magic number, or many NUL bytes."""
C1_CONTROL = 1 << 10
REPLACEMENT = 1 << 11
BIDI = 1 << 12
"""An embedding, override or isolate control of UAX #9."""
INVISIBLE = 1 << 13
"""A zero-width character or an invisible filler."""

NOT_TEXT = ILL_FORMED | WIDE | BINARY
"""Where one of these is set, nothing can be said about the characters."""

BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f"
    "\u2060\u2061\u2062\u2063\u2064\u206a\u206b\u206c\u206d\u206e\u206f\u2800\u3164\uffa0\ufff9\ufffa\ufffb"
)

_PLAIN = b"\t\n\r" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_MAGIC = (
    *(b"%PDF-", b"PK\x03\x04", b"PK\x05\x06", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08", b"GIF87a", b"GIF89a"),
    *(b"\xff\xd8\xff", b"\x7fELF", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"OggS"),
    *(b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00", b"ID3", b"Rar!\x1a\x07", b"wOFF", b"wOF2", b"\x00asm"),
)


def screen(data: bytes) -> int:
    """The kinds of trouble that a document may hold, as a sum of the bits above."""
    facts = 0
    if not data.endswith(b"\n"):
        facts |= NO_FINAL_NEWLINE if data else BLANK
    if data[:64].isspace() and not data.strip():
        facts |= BLANK
    if b"\r" in data:
        facts |= CARRIAGE_RETURN
    odd = data.translate(None, _PLAIN)
    if odd or not data.isascii():
        head = data[:4096]
        if wide_encoding(head):
            return facts | WIDE
        if is_binary(head):
            return facts | BINARY
    if odd:
        nuls = odd.count(0)
        facts |= (NUL if nuls else 0) | (CONTROL if nuls < len(odd) else 0)
    if data.isascii():
        return facts
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return facts | ILL_FORMED
    if text.startswith("\ufeff"):
        facts |= BYTE_ORDER_MARK
    if "\ufeff" in text[1:] if facts & BYTE_ORDER_MARK else "\ufeff" in text:
        facts |= INNER_BYTE_ORDER_MARK
    if "\ufffd" in text:
        facts |= REPLACEMENT
    if b"\xc2" in data and any(control in text for control in map(chr, range(0x80, 0xA0))):
        facts |= C1_CONTROL
    if any(control in text for control in BIDI_CONTROLS):
        facts |= BIDI
    if any(character in text for character in INVISIBLES):
        facts |= INVISIBLE
    return facts


def wide_encoding(head: bytes) -> str:
    """UTF-16LE, UTF-16BE, UTF-32LE or UTF-32BE if a file beginning with ``head`` is in it, else empty.

    A byte order mark decides; without one, NUL bytes at one parity and hardly any at the other do.
    """
    if head[:4] == b"\xff\xfe\0\0":
        return "UTF-32LE"
    if head[:4] == b"\0\0\xfe\xff":
        return "UTF-32BE"
    if head[:2] == b"\xff\xfe":
        return "UTF-16LE"
    if head[:2] == b"\xfe\xff":
        return "UTF-16BE"
    if len(head) < 8 or head.count(0) * 4 < len(head):
        return ""
    nuls = [head[i::4].count(0) * 4 / len(head) for i in range(4)]
    if min(nuls[1:]) > 0.7 and nuls[0] < 0.1:
        return "UTF-32LE"
    if min(nuls[:3]) > 0.7 and nuls[3] < 0.1:
        return "UTF-32BE"
    even, odd = (nuls[0] + nuls[2]) / 2, (nuls[1] + nuls[3]) / 2
    if odd > 0.3 and even < 0.05:
        return "UTF-16LE"
    return "UTF-16BE" if even > 0.3 and odd < 0.05 else ""


def is_binary(head: bytes) -> bool:
    """Whether a file beginning with ``head`` is no text: a known magic number, or a tenth of it NUL."""
    return head.startswith(_MAGIC) or head.count(0) * 10 > len(head)


def ill_formed(data: bytes, limit: int = 1 << 30) -> list[tuple[Span, str]]:
    """The ill-formed sequences of a document with the kind of damage, at most ``limit`` of them.

    The kind is ``overlong``, ``surrogate``, ``cesu-8`` (a pair of surrogates), ``above`` (beyond
    U+10FFFF), ``cut`` (a sequence that lacks its end), ``stray`` (a continuation byte without a
    beginning) or ``byte`` (one that never occurs in UTF-8).
    """
    found: list[tuple[Span, str]] = []
    at, window = 0, _WINDOW
    while at < len(data) and len(found) < limit:
        try:
            data[at : at + window].decode("utf-8")
        except UnicodeDecodeError as error:
            start = at + error.start
            if error.reason == "unexpected end of data" and at + window < len(data):
                at = start
                continue
            at, kind = _damage(data, start, at + error.end)
            found.append((Span(start, at), kind))
            window = 256  # errors come in crowds: do not decode 64 KiB again for each
        else:
            at += window
            window = min(2 * window, _WINDOW)
    return found


_WINDOW = 1 << 16


def _damage(data: bytes, start: int, end: int) -> tuple[int, str]:
    first, second = data[start], data[start + 1 : start + 2]
    follows = bool(second) and 0x80 <= second[0] < 0xC0
    if first < 0xC0:
        return start + 1, "stray"
    if (
        first in (0xC0, 0xC1)
        or (first == 0xE0 and b"\x80" <= second < b"\xa0")
        or (first == 0xF0 and b"\x80" <= second < b"\x90")
    ):
        length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        return _continued(data, start, length), "overlong"
    if first == 0xED and b"\xa0" <= second < b"\xc0":
        end = _continued(data, start, 3)
        high = second < b"\xb0" and end == start + 3
        if high and data[end : end + 1] == b"\xed" and b"\xb0" <= data[end + 1 : end + 2] < b"\xc0":
            return _continued(data, end, 3), "cesu-8"
        return end, "surrogate"
    if (first == 0xF4 and second >= b"\x90" and follows) or (0xF5 <= first <= 0xF7 and follows):
        return _continued(data, start, 4), "above"
    if first > 0xF4:
        return start + 1, "byte"
    return end, "cut"


def _continued(data: bytes, start: int, length: int) -> int:
    """The end of a sequence at ``start`` of ``length`` bytes, cut where its continuation bytes end."""
    end = start + 1
    while end < min(start + length, len(data)) and data[end] & 0xC0 == 0x80:
        end += 1
    return end


class Lines:
    """Lines and columns of one file, found by counting; cheap as long as offsets rise."""

    def __init__(self, place: Place) -> None:
        self._read = place.read
        self._size = place.size
        self._offset = 0  # everything before it is counted
        self._line = 1
        self._line_start = 0
        self._column_at = 0  # in the current line, columns are counted up to here
        self._column = 1

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column, in characters, of a byte offset."""
        if offset < self._offset:
            self._offset, self._line, self._line_start = 0, 1, 0
            self._column_at, self._column = 0, 1
        while self._offset < offset:
            piece = self._read(self._offset, min(offset, self._offset + _WINDOW))
            if not piece:
                break
            breaks = piece.count(b"\n")
            if breaks:
                self._line += breaks
                self._line_start = self._offset + piece.rfind(b"\n") + 1
                self._column_at, self._column = self._line_start, 1
            self._count_columns(piece)
            self._offset += len(piece)
        return self._line, self._column

    def _count_columns(self, piece: bytes) -> None:
        tail = piece[max(0, self._column_at - self._offset) :]
        self._column += len(tail if tail.isascii() else tail.translate(None, _CONTINUATION))
        self._column_at = self._offset + len(piece)

    def excerpt(self, span: Span) -> Excerpt:
        """What a code frame shows of a span that begins on the line last asked for."""
        start = max(self._line_start, span.start - _FRAME)
        window = self._read(start, min(self._size, span.start + 2 * _FRAME))
        line_end = window.find(b"\n", span.start - start)
        rest = window[span.start - start : line_end if line_end >= 0 else len(window)].removesuffix(b"\r")
        marked = rest[: max(0, span.end - span.start)]
        if span.end > span.start and not marked:
            marked = window[span.start - start : span.start - start + 1]
        after = rest[len(marked) :]
        cut_off = line_end < 0 and start + len(window) < self._size
        return Excerpt(
            before=_whole_characters(window[: span.start - start]),
            marked=marked[:_FRAME],
            after=after[:_FRAME],
            clipped_before=start > self._line_start,
            clipped_after=cut_off or max(len(marked), len(after)) > _FRAME,
        )


_FRAME = 160
_CONTINUATION = bytes(range(0x80, 0xC0))


def _whole_characters(data: bytes) -> bytes:
    """Without the continuation bytes at the start, whose beginning was clipped off."""
    return data.lstrip(_CONTINUATION) if len(data) >= _FRAME else data


def shown(text: str) -> str:
    """A text made safe for every terminal and log: what cannot be seen is written as an escape.

    Controls, line and paragraph separators, bidirectional and other format characters, surrogates,
    private-use and unassigned characters become ``\\xNN``, ``\\uNNNN`` or ``\\UNNNNNNNN``; a byte that
    is not UTF-8 becomes ``\\xNN``.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\u3000" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
