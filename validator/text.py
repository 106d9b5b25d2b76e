"""Bytes as text: what encoding they are in, damage, positions, and safe display.

Lines end at LF only. A column counts characters (code points), that is, bytes that do not continue
one: in ill-formed text a stray continuation byte adds nothing.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Excerpt, Span

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from validator.model import Place

_EMBEDDINGS = "\u202a\u202b\u202c\u202d\u202e"
_ISOLATES = "\u2066\u2067\u2068\u2069"
_HANGUL_TO_MONGOLIAN = "\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f"
_ZERO_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2800"
_OPERATORS = "\u2060\u2061\u2062\u2063\u2064\u206a\u206b\u206c\u206d\u206e\u206f"
_HALFWIDTH_TO_ANNOTATION = "\uffa0\ufff9\ufffa\ufffb"

BIDI_CONTROLS = _EMBEDDINGS + _ISOLATES
INVISIBLES = f"\u00ad\u034f\u061c{_HANGUL_TO_MONGOLIAN}{_ZERO_WIDTH}{_OPERATORS}\u3164{_HALFWIDTH_TO_ANNOTATION}"

_PLAIN = b"\t\n\r" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_ASCII = bytes(range(0x80))
_CONTINUATION = bytes(range(0x80, 0xC0))


_HEAD = 4096
"""Bytes at the beginning of a document that tell what it is."""

_WIDE_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32LE"),  # before UTF-16LE, whose mark is the beginning of this one
    (b"\0\0\xfe\xff", "UTF-32BE"),
    (b"\xff\xfe", "UTF-16LE"),
    (b"\xfe\xff", "UTF-16BE"),
)
_COMMON = _ASCII.decode() + "\u3000\u3001\u3002\uff0c"
"""Every text has some of these: ASCII and the punctuation of Chinese and Japanese."""


def wide_encoding(data: bytes) -> str:
    """UTF-16LE, UTF-16BE, UTF-32LE or UTF-32BE if a document begins like text in it, else empty.

    A byte order mark decides. Without one the beginning must be hard to take for UTF-8: it holds NULs,
    and they are many, or not the only damage, or every second byte is as low as the upper half of an
    alphabet's characters is. And nearly all of it must be printable in the other encoding, and some of
    it common.
    """
    for mark, encoding in _WIDE_MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:_HEAD]
    nuls = head.count(0)
    if len(head) < 8 or not nuls:
        return ""
    low = [len(half.translate(None, _LOW)) * 10 <= len(half) for half in (head[0::2], head[1::2])]
    if low[0] != low[1] or nuls * 5 >= len(head) * 2 or (nuls >= 4 and not _begins_well_formed(head)):
        return next((encoding for _, encoding in _WIDE_MARKS if _reads_well(head, encoding)), "")
    return ""


_LOW = bytes(range(0x21))


def _begins_well_formed(head: bytes) -> bool:
    """Whether bytes are UTF-8, but for a character that is cut at their end."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _reads_well(head: bytes, encoding: str) -> bool:
    text = head[: len(head) & ~1].decode(encoding, "replace")
    clear = sum(c != "\ufffd" and (c.isprintable() or c.isspace() or "\u200b" <= c <= "\u200f") for c in text)
    common = sum(c in _COMMON for c in text)
    return clear * 20 >= len(text) * 19 and common * 100 >= len(text) > 0


_SEVEN_BIT = (
    ("ISO-2022-JP", "iso2022_jp_ext", rb"\x1b\$(?:[@B]|\(D)(?:[!-~]{2})*+(?=\x1b)|\x1b\(I[!-_]*+(?=\x1b)|\x1b\([BJ]"),
    ("ISO-2022-KR", "iso2022_kr", rb"\x1b\$\)C|\x0e(?:[!-~]{2})*+\x0f"),
    ("ISO-2022-CN", "gb2312", rb"\x1b\$\)A|\x0e((?:[!-~]{2})*+)\x0f"),
    ("HZ", "hz", rb"~[~\n]|~\{(?:[!-w][!-~])*+~\}"),
)
"""Encodings that write other scripts in ASCII: name, codec, what a shifted passage or a lone shift looks like."""
_UPPER_HALF = bytes(code | 0x80 for code in range(0x100))
FREQUENT_HANZI = (
    "的一是不了在有人我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
)


def seven_bit_encoding(data: bytes) -> str:
    """ISO-2022-JP, ISO-2022-KR, ISO-2022-CN or HZ if a document is written in it, else empty.

    Such a document is ASCII to whoever expects UTF-8, and so may be one that only looks like it. Hence
    every shift must be closed on its line, all must decode, and most of what was shifted must be letters
    of the script; for HZ, whose shifts are common characters, some of them frequent ones.
    """
    return next((name for name, _, _ in _SEVEN_BIT if seven_bit_text(data, name)), "")


def seven_bit_text(data: bytes, encoding: str) -> str:
    """What a document says if it is written in one of these encodings; empty if it is not."""
    if (b"~{" if encoding == "HZ" else b"\x1b$") not in data or not data.isascii():
        return ""
    import re

    codec, shifts = next((codec, shifts) for name, codec, shifts in _SEVEN_BIT if name == encoding)
    if re.search(rb"~" if encoding == "HZ" else rb"[\x0e\x0f\x1b]", re.sub(shifts, b"", data)):
        return ""
    if encoding == "ISO-2022-CN":  # Python has no codec of this name
        data = re.sub(shifts, lambda shift: (shift[1] or b"").translate(_UPPER_HALF), data)
    try:
        content = data.decode(codec)
    except UnicodeDecodeError:
        return ""
    shifted = re.sub(r"[\x00-\x7f]+", "", content)
    letters = re.sub(r"[^\u3041-\u30fe\u3400-\u9fff\uac00-\ud7a3\uff66-\uff9d]+", "", shifted)
    frequent = sum(letter in FREQUENT_HANZI for letter in letters)
    is_text = len(letters) * 2 > len(shifted) and (encoding != "HZ" or frequent * 8 >= len(letters))
    return content if is_text else ""


ESCAPE_SEQUENCE = (
    rb"\x1b(?:\[[0-?]*+[ -/]*+[@-~]"  # colours and movements of the cursor
    rb"|[\]PX^_][^\x00-\x1f\x7f]{0,4096}+(?:\x07|\x1b\\)"  # titles, links and others that enclose a text
    rb"|[#$%()*+\-./][ -/]*+[0-~]| [FGLMN]"  # character sets
    rb"|[6-9=>DEHMNOZ\\cno|}~])"  # single functions that terminals know
)
"""A whole escape sequence of a terminal (ECMA-48, section 5; ECMA-35, section 13), as a pattern for bytes.

It never looks beyond the next ESC nor, for its end, beyond the line.
"""


def matches(pattern: str, content: str) -> Iterator[tuple[Span, re.Match[str]]]:
    """Where a pattern matches in a well-formed text, each time with the bytes that it covers there."""
    import re

    offset = seen = 0
    for match in re.finditer(pattern, content):
        start = offset + len(content[seen : match.start()].encode())
        offset, seen = start + len(match[0].encode()), match.end()
        yield Span(start, offset), match


LFS_POINTER = "a Git LFS pointer"
_LFS_VERSION = b"version https://git-lfs.github.com/spec/v1"
_LFS_LIMIT = 1024  # the specification keeps pointers below this size

_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or .docx, .odt, .epub)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b\x08", "gzip data"),
    *((b"BZh%d1AY&SY" % level, "bzip2 data") for level in range(1, 10)),
    (b"\xfd7zXZ\0", "xz data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"\x04\x22\x4d\x18", "LZ4 data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF\0\0\0\0", "a cabinet archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (.doc, .xls, .ppt, .msg)"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 data"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
    (b"OggS\0", "an Ogg recording"),
    (b"fLaC\0", "a FLAC recording"),
    *((b"ID3" + version, "an MP3 recording") for version in (b"\x02", b"\x03", b"\x04")),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM film"),
    (b"\x7fELF", "an ELF program"),
    (b"MZ\x90\0", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a Java class or a macOS program"),
    (b"\0asm", "a WebAssembly module"),
    (b"\0\x01\0\0\0", "a TrueType font"),
)
_MAGIC_WORDS = (
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"RIFF", "a RIFF file (WAV, AVI, WebP)"),
    (b"OTTO", "an OpenType font"),
    (b"wOFF", "a WOFF font"),
    (b"wOF2", "a WOFF2 font"),
    (b"PAR1", "Parquet data"),
    (b"!<arch>\n", "an ar archive (or .deb)"),
)
"""Magic numbers with which a text could begin too; they count where a NUL follows."""

_ANY_MAGIC = tuple(magic for magic, _ in (*_MAGIC, *_MAGIC_WORDS))
_TERMINAL = b"\b\f\x1b"
"""Controls of which texts can be full: overstrikes, page breaks and terminal colours."""


def binary_kind(data: bytes) -> str:
    """What a document is if it is not text, in words; empty if it is text.

    Its magic number tells; without one, a tenth of its beginning being NULs (but not at the end of it,
    where a crash leaves them), or many controls among bytes that are not UTF-8.
    """
    head = data[:_HEAD]
    if head.startswith(_ANY_MAGIC):
        kinds = (*_MAGIC, *_MAGIC_WORDS) if 0 in head else _MAGIC
        kind = next((kind for magic, kind in kinds if head.startswith(magic)), "")
        if kind:
            return kind
    if head.startswith(_LFS_VERSION) and len(data) < _LFS_LIMIT:
        return LFS_POINTER
    body = head.rstrip(b"\0")
    if head and not body:
        return "binary data" if data.strip(b"\0") else "nothing but NUL bytes"
    odd = body.translate(None, _PLAIN + _TERMINAL)
    nuls = odd.count(0)
    if nuls >= 8 and nuls * 10 > len(body):
        return "binary data"
    if len(odd) >= 8 and len(odd) * 16 > len(body) and not _begins_well_formed(body):
        return "binary data"
    return ""


_SEQUENCES = (
    rb"(?P<cesu>\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf])"
    rb"|(?P<surrogate>\xed[\xa0-\xbf][\x80-\xbf]?)"
    rb"|(?P<overlong>[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]?|\xf0[\x80-\x8f][\x80-\xbf]{0,2})"
    rb"|(?P<above>\xf4[\x90-\xbf][\x80-\xbf]{0,2}|[\xf5-\xf7][\x80-\xbf]{1,3})"
    rb"|(?P<cut>[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})"
    rb"|(?P<stray>[\x80-\xbf])"
    rb"|(?P<byte>[\xc0-\xff])"
)
"""What ill-formed bytes in a row are made of; for ``cut`` only well-formed beginnings are left."""


def ill_formed(data: bytes) -> Iterator[tuple[Span, str]]:
    """The ill-formed sequences of a document, in order, each with the kind of damage; see ``sequences``."""
    for run in ill_formed_runs(data):
        yield from sequences(data, run)


def ill_formed_runs(data: bytes) -> Iterator[Span]:
    """The longest stretches of bytes that are not UTF-8, in order."""
    import re

    text = data.decode("utf-8", "surrogateescape")
    offset = seen = 0
    for run in re.finditer("[\udc80-\udcff]+", text):
        start = offset + len(text[seen : run.start()].encode("utf-8"))
        offset, seen = start + len(run[0]), run.end()  # each ill-formed byte stands as one character
        yield Span(start, offset)


def sequences(data: bytes, run: Span) -> Iterator[tuple[Span, str]]:
    """What a stretch of ill-formed bytes is made of: sequences, each with the kind of damage.

    The kind is ``overlong``, ``surrogate``, ``cesu`` (a pair of surrogates, as CESU-8 has it), ``above``
    (beyond U+10FFFF), ``cut`` (a sequence that lacks its end), ``stray`` (a continuation byte without a
    beginning) or ``byte`` (one that never occurs in UTF-8). What is well-formed, table 3-7 of the Unicode
    Standard tells.
    """
    import re

    for sequence in re.compile(_SEQUENCES).finditer(data, run.start, run.end):
        yield Span(*sequence.span()), sequence.lastgroup or ""


def cut_edges(data: bytes) -> tuple[Span, Span]:
    """The end of a character with which a document begins, and the incomplete one with which it ends.

    Either is an empty span where the document begins or ends between two characters.
    """
    import re

    tail = re.match(rb"[\x80-\xbf]{1,3}(?![\x80-\xbf])", data)
    for start in range(max(0, len(data) - 3), len(data)):
        sequence = re.match(_SEQUENCES, data[start:])
        if sequence and sequence.lastgroup == "cut" and start + sequence.end() == len(data):
            break
    else:
        start = len(data)
    return Span(0, tail.end() if tail else 0), Span(start, len(data))


class Lines:
    """Lines and columns of one file, found by counting; cheap as long as offsets rise."""

    def __init__(self, place: Place) -> None:
        self._read = place.read
        self._size = place.size
        self._offset = 0  # everything before it is counted
        self._line = 1
        self._line_start = 0
        self._column = 1
        self._marks = [(0, 1, 0, 1)]  # what was known on the way, so that going back is cheap too

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column, in characters, of a byte offset."""
        if offset < self._offset:
            from bisect import bisect_right

            mark = self._marks[bisect_right(self._marks, offset, key=lambda mark: mark[0]) - 1]
            self._offset, self._line, self._line_start, self._column = mark
        while self._offset < offset:
            piece = self._read(self._offset, min(offset, self._offset + _WINDOW))
            if not piece:
                break
            self._count(piece)
            if self._offset >= self._marks[-1][0] + _MARK:
                self._marks.append((self._offset, self._line, self._line_start, self._column))
        return self._line, self._column

    def _count(self, piece: bytes) -> None:
        self._offset += len(piece)
        breaks = piece.count(b"\n")
        if breaks:
            piece = piece[piece.rfind(b"\n") + 1 :]
            self._line += breaks
            self._line_start = self._offset - len(piece)
            self._column = 1
        self._column += len(piece if piece.isascii() else piece.translate(None, _CONTINUATION))

    def excerpt(self, span: Span) -> Excerpt:
        """What a code frame shows of a span that begins on the line last asked for."""
        start = max(self._line_start, span.start - _FRAME)
        window = self._read(start, min(self._size, span.start + 2 * _FRAME + 4))  # and what tells where to clip
        before, behind = window[: span.start - start], window[span.start - start :]
        line_end = behind.find(b"\n")
        rest = behind if line_end < 0 else behind[:line_end].removesuffix(b"\r")
        length = max(0, span.end - span.start)
        marked = rest[:length] or behind[: min(length, 1)]  # a line end can be what is marked
        after = rest[len(marked) :] if len(marked) <= _FRAME else b""
        shown_mark, shown_after = _clipped(marked), _clipped(after)
        return Excerpt(
            before=_from_character(before) if start > self._line_start else before,
            marked=shown_mark,
            after=shown_after,
            clipped_before=start > self._line_start,
            clipped_after=len(shown_mark) + len(shown_after) < len(rest),
        )


_WINDOW = 1 << 16
_MARK = 1 << 20
_FRAME = 160


def _from_character(data: bytes) -> bytes:
    """Without the end of a character at the start, whose beginning was clipped off."""
    return data[len(data[:3]) - len(data[:3].lstrip(_CONTINUATION)) :]


def _clipped(data: bytes) -> bytes:
    """At most ``_FRAME`` bytes, and no beginning of a character that is cut there."""
    if len(data) <= _FRAME:
        return data
    end = _FRAME
    while end > _FRAME - 3 and data[end] & 0xC0 == 0x80:
        end -= 1
    return data[:end]


def shown(text: str) -> str:
    """A text made safe for every terminal and log: what cannot be seen is written as an escape.

    Controls, line and paragraph separators, blanks other than the plain and the ideographic one,
    bidirectional and other format characters, invisible fillers, surrogates, private-use and unassigned
    characters become ``\\xNN``, ``\\uNNNN`` or ``\\UNNNNNNNN``; a byte that is not UTF-8 becomes ``\\xNN``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if (c.isprintable() and c not in INVISIBLES) or c == "\u3000" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
