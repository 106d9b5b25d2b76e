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

from bisect import bisect_right

from validator.model import TYPE_CHECKING, Block, Container, Layout, Line, Record, Span, value

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
_BEHIND_ID = b":|,;"
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


def intended(block: Block) -> tuple[bytes, bytes]:
    """Id and name as meant, each empty where it cannot be known.

    ``id=7 name=a.txt`` is read by its keys, a doubled space as one, ``7:`` as 7; a lone part that looks
    like a file name is the name; an over-long line tells nothing.
    """
    if "too-long" in block.oddities:
        return b"", b""
    pairs = key_values(block)
    if pairs:
        return pairs.get(b"id", b""), pairs.get(b"name", pairs.get(b"path", pairs.get(b"file", b"")))
    identifier, name = block.id.rstrip(_BEHIND_ID), block.name.lstrip(_BLANKS)
    if not name:
        _, dot, suffix = identifier.rpartition(b".")
        if b"/" in identifier or (dot and suffix[:1].isalpha()):
            return b"", identifier
    return identifier, name


def key_values(block: Block) -> dict[bytes, bytes]:
    """The pairs of a ``key=value`` header; empty where the header is not of that form.

    A name may hold blanks, quoted or not.
    """
    pairs: dict[bytes, bytes] = {}
    key = b""
    if b"=" not in block.id:
        return pairs
    for word in (block.id + b" " + block.name).split():
        before, equals, content = word.partition(b"=")
        if equals and before.isalpha():
            key = before.lower()
            pairs[key] = content
        elif key in (b"", b"id"):
            return {}
        else:
            pairs[key] += b" " + word
    if not pairs.keys() & {b"id", b"name", b"path", b"file"}:
        return {}
    return {key: content.rstrip(b",;").strip(b"\"'") for key, content in pairs.items()}


def looks_like_container(head: bytes) -> bool:
    """Whether the first line of a file, of which ``head`` holds the beginning, is a header."""
    if head.startswith(BOM):
        head = head[3:]
    if not head.startswith(FILE):
        return False
    line, _, _ = head[: HEADER_LIMIT + 2].partition(b"\n")
    return _kind(line.removesuffix(b"\r")[:HEADER_LIMIT]) == "file"


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

    marks = [match.start() for match in re.finditer(rb"(?m)^\\(?=\\*<<<(?:FILE|END))", raw)]
    edges = [*marks, len(raw)]
    pieces = [raw[start + 1 : end] for start, end in zip(marks, edges[1:], strict=True)]
    body = b"".join([raw[: edges[0]], *pieces])
    return body, tuple(mark - taken for taken, mark in enumerate(marks))


def pack(documents: Iterable[tuple[bytes, bytes, bytes]]) -> Iterator[bytes]:
    """Write (id, name, body) in canonical form, piece by piece.

    Raises ``ValueError`` for an id or a name that the grammar cannot hold.
    """
    count = 0
    for identifier, name, body in documents:
        if not identifier or not name or b" " in identifier or b"\t" in identifier or b"\n" in identifier + name:
            raise ValueError(f"not an id and a name of a container: {identifier!r} {name!r}")
        line = b"%b %b %b>>>" % (FILE, identifier, name)
        if len(line) > HEADER_LIMIT:
            raise ValueError(f"name too long for a container: {name[:40]!r} …")
        yield line + b"\n"
        yield escape(body)
        yield b"\n"
        count += 1
    yield b"%b %d>>>\n" % (END, count)


def near_markers(body: bytes) -> Iterator[tuple[str, Span, bytes]]:
    """Lines of a raw body that were nearly headers, as (kind, span, the text from ``<`` on).

    ``kind`` is ``wrong-case``, ``indented``, ``bracket-count``, ``byte-order-mark``,
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
    return "wrong-case" if brackets == 3 else "bracket-count" if brackets in (2, 4) else ""


def documents(container: Container) -> Iterator[tuple[Block, Record]]:
    """The blocks that head a document, with their records: all but the fragments of a split body."""
    return ((block, record) for block, record in _read(container) if record.difference != "fragment")


def _read(container: Container) -> Iterator[tuple[Block, Record]]:
    """The blocks with their records, up to where the file could be read."""
    return zip(container.layout.blocks, container.records, strict=False)


def departures(block: Block) -> tuple[str, ...]:
    """How a header departs from the grammar, without what another departure explains.

    Besides the oddities there is ``key-value``; a name that begins with a blank, or an id that ends in a
    colon, counts as ``separator``; and where the only part is plainly a name, what lacks is the id.
    """
    if "too-long" in block.oddities:
        return ("too-long",)
    if key_values(block):
        return ("key-value",)
    if "unterminated" in block.oddities:
        return ("unterminated",)
    if "separator" in block.oddities or block.name[:1].isspace() or block.id.rstrip(_BEHIND_ID) != block.id:
        return ("separator", "trailing-blank") if "trailing-blank" in block.oddities else ("separator",)
    if "no-name" in block.oddities and intended(block)[1]:
        return tuple("no-id" if oddity == "no-name" else oddity for oddity in block.oddities)
    return block.oddities


def departing(container: Container, departure: str) -> Iterator[Block]:
    """The blocks whose headers depart from the grammar in this way."""
    for number, block in enumerate(container.layout.blocks):
        is_plain = block.id.isalnum() and not block.oddities and not block.name[:1].isspace()
        if not is_plain and departure in departures(block) and not is_fragment(container, number):
            yield block


def is_fragment(container: Container, number: int) -> bool:
    """Whether a block, by its number, is no document but was split off by an unescaped marker."""
    return number < len(container.records) and container.records[number].difference == "fragment"


def parts(block: Block) -> tuple[Span, Span]:
    """Where id and name, as meant, stand in the file; an empty span where one would belong."""
    identifier, name = intended(block)
    line = block.line or b"%b %b %b" % (FILE, block.id, block.name)
    start = max(line.find(identifier, len(FILE)), 0) if identifier else min(len(FILE) + 1, len(line))
    end = start + len(identifier)
    at = max(line.rfind(name, end), 0) if name else end
    return Span(block.start + start, block.start + end), Span(block.start + at, block.start + at + len(name))


def meant_by(near: bytes) -> Block:
    """The header that a near miss was probably meant to be, as a block that stands nowhere."""
    inner = near.lstrip(b"<").lstrip()[len(b"FILE") :].rstrip(_BLANKS).rstrip(b">")
    line = b"%b%b>>>" % (FILE, inner)
    identifier, name, oddities = read_header(line)
    return Block(identifier, name, 0, 0, 0, 0, oddities=oddities, line=line)


def marker_line_ends(container: Container) -> tuple[list[Span], list[Span]]:
    """Where marker lines end in LF, and where in CR LF, each in order; both empty where none ends in CR LF."""
    layout = container.layout
    if not any(part.newline == b"\r\n" for parts in (layout.blocks, layout.ends) for part in parts):
        return [], []
    ends = [(Span(block.header.end, block.header_end), block.newline) for block, _ in documents(container)]
    lines = layout.ends if layout.blocks else ()
    ends += [(Span(line.span.end, line.span.end + len(line.newline)), line.newline) for line in lines]
    ends.sort(key=lambda end: end[0].start)
    lf, crlf = ([span for span, newline in ends if newline == wanted] for wanted in (b"\n", b"\r\n"))
    return lf, crlf


def called(block: Block) -> str:
    """What a message calls a block: its name, or else its id, cut where it is very long."""
    identifier, name = intended(block)
    text = (name or identifier).decode("utf-8", "surrogateescape")
    return text if len(text) <= 80 else text[:79] + "…"


def header_of(block: Block) -> str:
    """How a message speaks of a header."""
    return f"the header of {called(block)!r}" if called(block) else "the header"


def corrected(block: Block) -> bytes:
    """The header as it was meant; ``id`` and ``name`` stand for what is missing."""
    identifier, name = intended(block)
    return b"%b %b %b>>>" % (FILE, identifier or b"id", name or b"name")


def relation(one: Record, other: Record) -> str:
    """What two documents' texts do, in words: are identical, or differ."""
    if not (one.sha256 and other.sha256):
        return "are too long to compare"
    return "are identical" if one.sha256 == other.sha256 else "differ"


def lines_in_bodies(container: Container) -> Iterator[tuple[str, Line]]:
    """The lines in bodies that look like framing, as (kind, line): ``foreign-end`` or ``reserved``.

    A foreign end marker in a body whose digest is proven is part of the text, and so reserved.
    """
    for line in container.layout.lines:
        number = bisect_right(container.layout.blocks, line.span.start, key=lambda block: block.start) - 1
        if line.kind == "end" or not 0 <= number < len(container.records):
            continue
        if line.span.start < container.layout.blocks[number].body_end:
            record = container.records[number]
            proven = record.difference == "fragment" or (record.entry and record.entry.sha256 == record.sha256)
            yield "reserved" if proven else line.kind, line


@value
class Ending:
    """An end marker among the documents of a file: how many it closes, lie before it, and follow it.

    It closes those behind the end marker before it. ``gap`` is what lies between it and the next marker.
    """

    line: Line
    closed: int
    before: int
    after: int
    gap: Span


def endings(container: Container) -> list[Ending]:
    """The end markers of a file that has blocks, in order."""
    layout, blocks = container.layout, container.layout.blocks
    fragments = [block.start for block, record in _read(container) if record.difference == "fragment"]
    total = len(blocks) - len(fragments)
    ends = layout.ends if blocks else ()
    found: list[Ending] = []
    for number, line in enumerate(ends):
        until = bisect_right(blocks, line.span.start, key=lambda block: block.start)
        before = until - bisect_right(fragments, line.span.start)
        following = [block.start for block in blocks[until : until + 1]]
        following += [end.span.start for end in ends[number + 1 : number + 2]]
        gap = Span(line.span.end + len(line.newline), min(following, default=layout.size))
        found.append(Ending(line, before - (found[-1].before if found else 0), before, total - before, gap))
    return found


def end_names_id(container: Container, found: list[Ending]) -> bool:
    """Whether each document has an end marker of its own that repeats its id where a count belongs."""
    ends = len(found) + sum(kind == "foreign-end" for kind, _ in lines_in_bodies(container))
    if ends < 2 or all(ending.line.count == ending.closed for ending in found):
        return False
    ids = [record.id for _, record in documents(container)]
    return ends >= len(ids) and all(
        ending.closed and ending.before <= len(ids) and ids[ending.before - 1] == str(ending.line.count)
        for ending in found
    )


def first_ink(container: Container, span: Span) -> int | None:
    """The offset of the first byte that is not blank; ``None`` where all are."""
    for start in range(span.start, span.end, _PIECE):
        piece = container.place.read(start, min(span.end, start + _PIECE))
        if piece.strip():
            return start + len(piece) - len(piece.lstrip())
    return None


_PIECE = 1 << 16
