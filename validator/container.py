r"""The container format, version 1: many documents in one text file.

::

    container = [preamble] *block [end]
    block     = "<<<FILE " id SP name ">>>" LF body LF
    end       = "<<<END " count ">>>" LF
    id        = 1*<any byte except SP, TAB and LF>
    name      = 1*<any byte except LF>
    count     = the number of blocks, decimal, no leading zero

**Lines.** A line begins at the first byte of the file (behind a UTF-8 byte order mark, if there is
one) and behind every LF, nowhere else: CR, FF, NEL and U+2028 are ordinary bytes. A marker line
begins with ``<<<FILE`` or ``<<<END``; its *last* ``>>>`` closes it. One space separates, and
nothing is stripped.

**Framing.** The LF before a marker, and the last LF of the file, belong to the framing and not to the
body. So a script that prints a header and then prints a body writes a valid container, and a body
comes back byte for byte whether or not it ends in a newline. Where a header line ends in CR LF, one
CR before the framing LF is framing too; in an LF container a body that ends in CR keeps it.

**Escaping.** A body line of the form ``\*<<<(FILE|END)`` (any number of backslashes, none included)
is written with one more backslash in front, and read with one less.

**Canonical form**, the only one written: no byte order mark, no preamble, LF, an end marker, and the
index, if there is one, first, as ``<<<FILE INDEX INDEX.md>>>``. The end marker makes truncation
visible.

**Goals.** People can write a container with ``print`` and read it in an editor; any bytes survive the
round trip; a damaged container loses as little as possible; a reader needs one pass, bounded memory
and no look-back. **Non-goals.** Compression, metadata, links, random access, nesting (a container
in a container is a body like any other) and encodings other than bytes.

**What the reader does with a damaged file.** It never raises, loses nothing and judges nothing. Every
line that was plainly meant as a header splits, so that one malformed header spoils only its own id
and name; how the line departs from the grammar stands in ``Block.oddities``:

=================  ==================================================================
``no-id``          nothing where the id belongs
``no-name``        nothing where the name belongs
``unterminated``   the line does not end in ``>>>``
``trailing-blank`` blanks behind ``>>>``
``separator``      something other than single spaces between the parts
``too-long``       over 8 KiB; what lies behind is skipped up to the next LF
=================  ==================================================================

Lines that begin like a marker and are none (``<<<END>>>``, ``<<<FILENAME``) stay content and are
listed in ``Layout.lines``. Near misses inside lines never split; ``near_markers`` finds them.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Block, Layout, Line, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BOM = b"\xef\xbb\xbf"
FILE = b"<<<FILE"
END = b"<<<END"
HEADER_LIMIT = 8192
"""Bytes of a marker line that are looked at; a longer one is ``too-long``."""

_BLANKS = b" \t\v\f\r"
_SEPARATORS = b" \t:=|>"
_LETTERS = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B)) + b"_"
_MARK = b"\n<<<"


def parse(data: bytes) -> Layout:
    """Divide a whole container held in memory; never raises."""
    reader = Reader()
    blocks = reader.feed(data)
    blocks += reader.close()
    return reader.layout(blocks)


class Reader:
    """Divide a container that arrives in pieces of any size.

    ``feed`` and ``close`` return the blocks that have become complete; any cutting of the input
    gives the same ones. Bodies are not kept: the blocks are offsets.
    """

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.gaps: list[Span] = []
        self.size = 0
        self.bom = False
        self.final_newline = False
        self._preamble_end: int | None = None
        self._held = b""  # the end of the input so far, from the first byte that may still matter
        self._held_at = 0  # its file offset
        self._started = False
        self._long: tuple[int, bytes] | None = None  # start and first bytes of an over-long header
        self._header: tuple[int, int, bytes, bytes, bool] | None = None  # of the block that is open
        self._gap: int | None = None  # where the gap behind an end marker began

    def feed(self, chunk: bytes) -> list[Block]:
        """Take the next bytes; return the blocks that they complete."""
        self.size += len(chunk)
        self._held += chunk
        return self._advance(last=False)

    def close(self) -> list[Block]:
        """Take the end of the input; return the blocks that it completes."""
        blocks = self._advance(last=True)
        self.final_newline = self._held.endswith(b"\n") and self.size > 3 * self.bom
        blocks += self._stop(self.size, self._held)
        if self._gap is not None and self._gap < self.size:
            self.gaps.append(Span(self._gap, self.size))
        return blocks

    def layout(self, blocks: Iterable[Block]) -> Layout:
        """Sum up, after ``close``; ``blocks`` are all that were returned."""
        start = 3 if self.bom else 0
        end = self.size if self._preamble_end is None else self._preamble_end
        return Layout(
            self.size,
            self.bom,
            Span(start, end),
            tuple(blocks),
            tuple(self.lines),
            tuple(self.gaps),
            self.final_newline,
        )

    def _advance(self, last: bool) -> list[Block]:
        if not self._started:
            if not last and len(self._held) < 3 and BOM.startswith(self._held):
                return []
            self._start()
        blocks: list[Block] = []
        data, base = self._held, self._held_at
        at = 0
        while True:
            if self._long is not None:
                line_end = data.find(b"\n", at)
                if line_end < 0 and not last:
                    at = len(data)
                    break
                start, line = self._long
                self._long = None
                newline = _cut_line_end(data, at, line_end)[1]
                self._open(start, base + line_end + 1 if newline else self.size, line, newline, True)
                if not newline:
                    break
                at = line_end
            found = data.find(_MARK, at)
            if found < 0:
                at = max(at, len(data) - len(_MARK))
                break
            start = found + 1
            line_end = data.find(b"\n", start, start + HEADER_LIMIT + 2)
            if line_end < 0:
                if not last and len(data) - start <= HEADER_LIMIT + 1:
                    at = found
                    break
                line_end = min(len(data), start + HEADER_LIMIT + 2)
            line, newline = _cut_line_end(data, start, line_end)
            long = len(line) > HEADER_LIMIT
            if long:
                line, newline = line[:HEADER_LIMIT], b""
            at = line_end if newline else found + len(_MARK)
            kind = _kind(line)
            if kind == "file":
                blocks += self._stop(base + start, data[max(0, start - 2) : start])
                if long:
                    self._long = (base + start, line)
                    at = start + HEADER_LIMIT
                else:
                    self._open(base + start, base + line_end + bool(newline), line, newline, False)
            elif kind == "end":
                blocks += self._stop(base + start, data[max(0, start - 2) : start])
                self._end(base + start, line, newline)
            elif kind:
                self.lines.append(Line(kind, Span(base + start, base + start + len(line)), line, newline))
        keep = max(0, at - 1)
        self._held, self._held_at = data[keep:], base + keep
        return blocks

    def _start(self) -> None:
        """Skip a byte order mark and let the first line begin behind a line end like every other."""
        self._started = True
        self.bom = self._held.startswith(BOM)
        skip = 3 if self.bom else 0
        self._held, self._held_at = b"\n" + self._held[skip:], skip - 1

    def _open(self, start: int, header_end: int, line: bytes, newline: bytes, long: bool) -> None:
        if self._preamble_end is None:
            self._preamble_end = start
        if self._gap is not None:
            if self._gap < start:
                self.gaps.append(Span(self._gap, start))
            self._gap = None
        self._header = (start, header_end, line, newline, long)

    def _end(self, start: int, line: bytes, newline: bytes) -> None:
        if self._preamble_end is None:
            self._preamble_end = start
        if self._gap is not None and self._gap < start:
            self.gaps.append(Span(self._gap, start))
        stripped = line.rstrip(_BLANKS)
        oddities = ("trailing-blank",) if len(stripped) < len(line) else ()
        span = Span(start, start + len(line))
        self.lines.append(Line("end", span, line, newline, int(stripped[len(END) + 1 : -3]), oddities))
        self._gap = span.end + len(newline)

    def _stop(self, end: int, before: bytes) -> list[Block]:
        """Complete the open block at ``end``; ``before`` holds the bytes in front of it."""
        if self._header is None:
            return []
        start, header_end, line, newline, long = self._header
        self._header = None
        body_end = end
        if end > header_end and before.endswith(b"\n"):
            body_end -= 1
            if newline == b"\r\n" and body_end > header_end and before[-2:-1] == b"\r":
                body_end -= 1
        identifier, name, oddities = read_header(line)
        if long:
            oddities = ("too-long",)
        return [
            Block(
                identifier, name, start, header_end, body_end, end, newline,
                end > header_end, oddities, line if oddities else b"",
            )
        ]  # fmt: skip


def _cut_line_end(data: bytes, start: int, end: int) -> tuple[bytes, bytes]:
    """The line from ``start``, whose LF is at ``end`` or nowhere, and its line end."""
    if data[end : end + 1] != b"\n":
        return data[start:end], b""
    if data[end - 1 : end] == b"\r":
        return data[start : end - 1], b"\r\n"
    return data[start:end], b"\n"


def _kind(line: bytes) -> str:
    """What a line that begins with ``<<<`` is: file, end, foreign-end, reserved, or nothing."""
    if line.startswith(FILE):
        closed = line.rstrip(_BLANKS).endswith(b">>>")
        meant = len(line) > len(FILE) and line[len(FILE)] in _SEPARATORS
        return "file" if closed or meant else "reserved"
    if line.startswith(END):
        stripped = line.rstrip(_BLANKS)
        if not stripped.endswith(b">>>"):
            return "reserved"
        count = stripped[len(END) + 1 : -3]
        plain = count.isdigit() and len(count) <= 18 and (count == b"0" or not count.startswith(b"0"))
        return "end" if plain and line[len(END)] == 0x20 else "foreign-end"
    return ""


def read_header(line: bytes) -> tuple[bytes, bytes, tuple[str, ...]]:
    """Read a header line, without its line end, as (id, name, oddities).

    Where the line departs from the grammar, id and name are what was probably meant.
    """
    oddities: list[str] = []
    inner = line[len(FILE) :]
    if inner.endswith(b">>>"):
        inner = inner[:-3]
    else:
        stripped = inner.rstrip(_BLANKS)
        if stripped.endswith(b">>>"):
            oddities.append("trailing-blank")
            inner = stripped[:-3]
        else:
            oddities.append("unterminated")
            inner = stripped.rstrip(b">")
    identifier, _, name = inner[1:].partition(b" ")
    if inner[:1] == b" " and identifier and name and b"\t" not in identifier:
        return identifier, name, tuple(oddities)
    tight = inner.lstrip(_LETTERS) if inner[:1].isalpha() else inner
    tight = tight.strip(b" \t:=|,;-")
    if not tight:
        return b"", b"", (*oddities, "no-id", "no-name")
    if inner[:2] == b"  " and b" " not in tight:
        return b"", tight, (*oddities, "no-id")
    cut = min((i for i in map(tight.find, (b" ", b"\t", b"|", b": ")) if i > 0), default=len(tight))
    identifier, name = tight[:cut], tight[cut:].strip(b" \t:=|")
    if not name:
        regular = inner[:1] == b" " and inner[1:].rstrip(b" ") == tight
        return identifier, b"", (*oddities, "no-name") if regular else (*oddities, "separator", "no-name")
    return identifier, name, (*oddities, "separator")


def looks_like_container(head: bytes) -> bool:
    """Whether the first line of a file, of which ``head`` holds the beginning, is a header."""
    if head.startswith(BOM):
        head = head[3:]
    if not head.startswith(FILE):
        return False
    line, _, _ = head[:HEADER_LIMIT].partition(b"\n")
    return _kind(line) == "file"


def escape(body: bytes) -> bytes:
    """A body as it is written: marker-like lines get one more backslash."""
    if b"<<<" not in body:
        return body
    import re

    return re.sub(rb"(?m)^(?=\\*<<<(?:FILE|END))", rb"\\", body)


def unescape(raw: bytes) -> tuple[bytes, tuple[int, ...]]:
    """A body as it is read, with the offsets in it before which a backslash was taken away."""
    if b"\\<<<" not in raw:
        return raw, ()
    import re
    from itertools import pairwise

    marks = [match.start() for match in re.finditer(rb"(?m)^\\(?=\\*<<<(?:FILE|END))", raw)]
    edges = [*marks, len(raw)]
    body = b"".join([raw[: edges[0]], *(raw[start + 1 : end] for start, end in pairwise(edges))])
    return body, tuple(mark - taken for taken, mark in enumerate(marks))


def pack(documents: Iterable[tuple[bytes, bytes, bytes]]) -> Iterator[bytes]:
    """Write (id, name, body) in canonical form, piece by piece.

    Raises ``ValueError`` for an id or a name that the grammar cannot hold.
    """
    count = 0
    for identifier, name, body in documents:
        yield header(identifier, name)
        yield escape(body)
        yield b"\n"
        count += 1
    yield end(count)


def header(identifier: bytes, name: bytes) -> bytes:
    """The line that heads a block. Raises ``ValueError`` for an id or a name that the grammar cannot hold."""
    if not identifier or not name or b" " in identifier or b"\t" in identifier or b"\n" in identifier + name:
        raise ValueError(f"not an id and a name of a container: {identifier!r} {name!r}")
    line = b"%b %b %b>>>" % (FILE, identifier, name)
    if len(line) > HEADER_LIMIT:
        raise ValueError(f"name too long for a container: {name[:40]!r} …")
    return line + b"\n"


def end(count: int) -> bytes:
    """The end marker behind so many blocks."""
    return b"%b %d>>>\n" % (END, count)


def escaped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """``escape`` for a body that comes in pieces, cut anywhere."""
    return _converted(pieces, rb"(\n\\*)(<<<(?:FILE|END))", rb"\1\\\2")


def unescaped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """``unescape`` for a body that comes in pieces, cut anywhere."""
    return _converted(pieces, rb"(\n\\*)\\(<<<(?:FILE|END))", rb"\1\2")


def _converted(pieces: Iterable[bytes], pattern: bytes, replacement: bytes) -> Iterator[bytes]:
    """Replace backslashes at the beginning of a line, and the marker behind them, across the cuts.

    It makes no difference which of the backslashes comes or goes. So it is the last, and only what may be
    the beginning of a marker waits for the next piece, however many backslashes there are.
    """
    import re

    marker = re.compile(pattern)
    before, held = b"\n", b""  # what stands in front: a line end, if there are but backslashes behind it
    for piece in pieces:
        data = held + piece
        cut = len(data) - _unfinished(data)
        data, held = data[:cut], data[cut:]
        yield marker.sub(replacement, before + data)[len(before) :] if b"<<<" in data else data
        rest = data.rstrip(b"\\")
        if rest:
            before = b"\n" if rest.endswith(b"\n") else b""
    yield marker.sub(replacement, before + held)[len(before) :]


def _unfinished(data: bytes) -> int:
    """How many bytes at the end may belong to a marker that goes on, with the backslash before it."""
    tail = data[1 - len(FILE) :]
    size = next((len(tail) - at for at in range(len(tail)) if (FILE + END).find(tail[at:]) in (0, len(FILE))), 0)
    return size + data.endswith(b"\\", 0, len(data) - size)


def hints_at_marker(raw: bytes) -> bool:
    """Whether a stretch of a raw body may hold an escaped line or a near marker: cheap, and never wrongly silent."""
    if b"<<" not in raw:
        return False
    import re

    return re.search(rb"\\<<<|<<[ \t]?(?i:file)", raw) is not None


def near_markers(body: bytes) -> Iterator[tuple[str, Span, bytes]]:
    """Lines of a raw body that were nearly headers, as (kind, span, the text from ``<`` on).

    ``kind`` is ``wrong-case``, ``blank-inside``, ``indented``, ``bracket-count``, ``byte-order-mark``,
    ``carriage-return`` (before it) or ``mid-line``. Each looks at no more than 256 bytes before and
    4 KiB behind, so that a huge line stays linear.
    """
    if b"<<" not in body:
        return
    import re

    done = 0
    for match in re.finditer(rb"<<[ \t]?(?i:file)[ \t:=|]", body):
        start = match.start()
        while start > 0 and match.start() - start < 8 and body[start - 1] == 0x3C:
            start -= 1
        if start < done:
            continue
        window = max(0, start - 256)
        line_start = max(body.rfind(b"\n", window, start) + 1, window)
        before = body[line_start:start]
        line_end = body.find(b"\n", start, start + 4096)
        text = body[start : line_end if line_end >= 0 else start + 4096].rstrip(b"\r")
        kind = _near_kind(before, text)
        if kind:
            done = start + len(text)
            yield kind, Span(start, done), text


def _near_kind(before: bytes, text: bytes) -> str:
    brackets = len(text) - len(text.lstrip(b"<"))
    blank = not before.strip(b" \t")
    if before and not before.strip(b"\\"):
        return ""
    if not text.rstrip(_BLANKS).endswith(b">>"):
        return ""
    if brackets == 3 and text.startswith(FILE):
        if not before:
            return ""
        if before == BOM:
            return "byte-order-mark"
        if blank:
            return "indented"
        return "carriage-return" if before.endswith(b"\r") else "mid-line"
    if not blank:
        return ""
    if brackets == 3:
        return "blank-inside" if text[3:4] in (b" ", b"\t") else "wrong-case"
    return "bracket-count" if brackets in (2, 4) else ""
