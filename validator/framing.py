"""What the framing of a container says, and what it was probably meant to say.

``container.py`` divides a file and judges nothing. Here is what rules ask of the result: how a header
departs from the grammar, which id and name were meant, what each end marker closes, and what would put
each of these right.
"""

from __future__ import annotations

from validator.container import BOM, END, FILE, HEADER_LIMIT, near_markers, read_header, unescape
from validator.digests import sha256
from validator.manifest import NAME
from validator.model import TYPE_CHECKING, Block, Container, Edit, Fix, Line, Near, Record, Span, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BLANKS = b" \t\v\f\r"
_BEHIND_ID = b":|,;"
_BEHIND_VALUE = b",;"
_QUOTES = (b'"', b"'")


def intended(block: Block) -> tuple[bytes, bytes]:
    """Id and name as meant, each empty where it cannot be known.

    ``id=7 name=a.txt`` is read by its keys, a doubled space as one, ``7:`` as 7; a lone part that looks
    like a file name is the name; an over-long line tells nothing.
    """
    if "too-long" in block.oddities:
        return b"", b""
    if b"=" in block.id and (pairs := key_values(block)):
        return pairs.get(b"id", b""), pairs.get(b"name", pairs.get(b"path", pairs.get(b"file", b"")))
    identifier, name = block.id.rstrip(_BEHIND_ID), block.name.lstrip(_BLANKS)
    if identifier and not name:
        _, dot, suffix = identifier.rpartition(b".")
        if b"/" in identifier or (dot and suffix[:1].isalpha()):
            return b"", identifier
    return identifier, name


def key_values(block: Block) -> Mapping[bytes, bytes]:
    """The pairs of a ``key=value`` header; empty where the header is not of that form.

    A name may hold blanks, quoted or not.
    """
    if b"=" not in block.id:
        return {}
    header = block.id, block.name
    if header not in _known:
        if len(_known) >= _MANY:
            _known.clear()
        _known[header] = dict(_pairs(*header))
    return _known[header]


_known: dict[tuple[bytes, bytes], Mapping[bytes, bytes]] = {}
"""What was read already: every rule on headers asks of every block. A cache of ``functools`` is slow to import."""

_MANY = 1 << 17


def _pairs(identifier: bytes, name: bytes) -> list[tuple[bytes, bytes]]:
    """The keys and values of a header in order; none where it is not of that form."""
    words = (identifier + b" " + name).replace(b"\t", b" ").split(b" ")
    pairs = _read_pairs(words, quoting=True)
    if pairs is None:  # a quote is never closed
        pairs = _read_pairs(words, quoting=False) or []
    return pairs if any(key in (b"id", b"name", b"path", b"file") for key, _ in pairs) else []


def _read_pairs(words: list[bytes], quoting: bool) -> list[tuple[bytes, bytes]] | None:
    """The pairs that some words are, those in quotes whole; ``None`` where a quote is not closed."""
    pairs: list[tuple[bytes, bytes]] = []
    key = text = quote = b""
    for word in words:
        before, equals, content = (b"", b"", b"") if quote else word.partition(b"=")
        if equals and before.isalpha():
            if key:
                pairs.append((key, _unquoted(text)))
            key, text = before.lower(), content
            quote = content[:1] if quoting and content[:1] in _QUOTES else b""
            if quote and len(content) > 1 and content.rstrip(_BEHIND_VALUE).endswith(quote):
                quote = b""
        elif word and not quote and key in (b"", b"id"):
            return []
        else:
            text += b" " + word
            if quote and word.rstrip(_BEHIND_VALUE).endswith(quote):
                quote = b""
    pairs.append((key, _unquoted(text)))
    return None if quote else pairs


def _unquoted(text: bytes) -> bytes:
    bare = text.strip(b" ").rstrip(_BEHIND_VALUE)
    return bare.strip(bare[:1]) if bare[:1] in _QUOTES else bare


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
    if b"=" in block.id and key_values(block):
        return ("key-value",)
    if "unterminated" in block.oddities:
        return ("unterminated",)
    if "separator" in block.oddities or block.name[:1].isspace() or block.id.rstrip(_BEHIND_ID) != block.id:
        return ("separator", "trailing-blank") if "trailing-blank" in block.oddities else ("separator",)
    if "no-name" in block.oddities and block.id and intended(block)[1]:
        return tuple("no-id" if oddity == "no-name" else oddity for oddity in block.oddities)
    return block.oddities


def departing(container: Container, departure: str) -> Iterator[Block]:
    """The blocks whose headers depart from the grammar in this way."""
    return (block for block, _ in _departing(container, departure))


def _departing(container: Container, departure: str) -> Iterator[tuple[Block, Record | None]]:
    """The same with their records, as far as the file could be read."""
    for number, block in enumerate(container.layout.blocks):
        if _may_depart(block, departure) and departure in departures(block) and not is_fragment(container, number):
            yield block, container.records[number] if number < len(container.records) else None


def _may_depart(block: Block, departure: str) -> bool:
    """A quick look that few blocks pass which do not depart in this way."""
    if departure == "key-value":
        return b"=" in block.id
    if departure == "separator":
        return departure in block.oddities or block.name[:1].isspace() or block.id.rstrip(_BEHIND_ID) != block.id
    if departure in ("no-id", "no-name"):
        return "no-id" in block.oddities or "no-name" in block.oddities
    return departure in block.oddities


def is_fragment(container: Container, number: int) -> bool:
    """Whether a block, by its number, is no document but was split off by an unescaped marker."""
    return number < len(container.records) and container.records[number].difference == "fragment"


def _number_at(container: Container, offset: int) -> int:
    """The number of the block in which an offset of the file lies; -1 before the first."""
    from bisect import bisect_right

    return bisect_right(container.layout.blocks, offset, key=lambda block: block.start) - 1


def record_at(container: Container, offset: int) -> Record | None:
    """What is remembered of the block in which an offset of the file lies."""
    number = _number_at(container, offset)
    return container.records[number] if 0 <= number < len(container.records) else None


def mendings(container: Container, departure: str) -> Iterator[tuple[Block, Fix | None]]:
    """The blocks whose headers depart in this way, each with the fix that writes its header as it was meant.

    There is none where the id or the name is not known, or cannot stand in a header. An id that lacks is
    taken from the index. A fix is safe where the index lists the document, or nothing but separators goes.
    """
    taken = _Taken(container)
    for block, record in _departing(container, departure):
        identifier, name = intended(block)
        line = written(identifier or taken.id_for(record), name)
        yield block, _mending(block, record, line) if line else None


def _mending(block: Block, record: Record | None, line: bytes) -> Fix:
    is_listed = record is not None and (record.entry is not None or bool(record.copy_of) or is_index(record))
    stays = "trailing-blank" in departures(block)  # of which another rule speaks
    end = block.start + len(block.line.rstrip()) if stays else block.header.end
    return Fix((Edit(Span(block.start, end), line),), safe=is_listed or _loses_nothing(block))


class _Taken:
    """The names and ids that the documents of a container have; found out when the first is asked for."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._is_known = False
        self._names: set[str] = set()
        self._ids: set[str] = set()
        self._listed: dict[str, str] | None = None

    def listed_id(self, name: str) -> str:
        """The id that the index gives under a name; empty where there is none."""
        if self._listed is None:
            index = self._container.scope.index
            self._listed = {entry.name: entry.id or "" for entry in index.entries[::-1]} if index is not None else {}
        return self._listed.get(name, "")

    def id_for(self, record: Record | None) -> bytes:
        """The id that the index gives a document, or that an index has, if no other has it."""
        identifier = record.entry.id if record is not None and record.entry is not None else None
        if record is not None and is_index(record):
            identifier = "INDEX"
        return identifier.encode("utf-8", "surrogateescape") if identifier and self.take("", identifier) else b""

    def has(self, name: str, identifier: str) -> bool:
        """Whether a name or an id, each of which may be empty, is taken."""
        if not self._is_known:
            self._is_known = True
            records = [record for record in self._container.records if record.difference != "fragment"]
            self._names = {record.block or record.name for record in records} - {""}
            self._ids = {record.id for record in records if record.id}
        return name in self._names or identifier in self._ids

    def take(self, name: str, identifier: str) -> bool:
        """Take a name and an id unless one of them is taken."""
        if self.has(name, identifier):
            return False
        self._names.update([name] if name else ())
        self._ids.update([identifier] if identifier else ())
        return True


def written(identifier: bytes, name: bytes) -> bytes:
    """The header line with an id and a name, without line end; empty where no header says just that."""
    line = b"%b %b %b>>>" % (FILE, identifier, name)
    if not identifier or not name or len(line) > HEADER_LIMIT:
        return b""
    found_id, found_name, oddities = read_header(line)
    block = Block(found_id, found_name, 0, 0, 0, 0, oddities=oddities, line=line if oddities else b"")
    return line if not departures(block) and intended(block) == (identifier, name) else b""


def _loses_nothing(block: Block) -> bool:
    """Whether a header says nothing but its id and its name, and was not cut off."""
    line = block.line or b"%b %b %b" % (FILE, block.id, block.name)
    if "unterminated" in block.oddities and not line.rstrip().endswith(b">"):
        return False
    if b"=" in block.id and (pairs := _pairs(block.id, block.name)):
        keys = [key for key, _ in pairs if key != b"id"]
        return len(keys) == 1 and len(pairs) <= 2 and not line[len(FILE) :][:1].isalpha()
    identifier, name = (Span(part.start - block.start, part.end - block.start) for part in parts(block))
    others = line[len(FILE) : identifier.start] + line[identifier.end : name.start] + line[name.end :]
    return not others.translate(None, _BLANKS + b":=|,;->")


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
    inner = near.lstrip(b"<").lstrip()[len(b"FILE") :].rstrip(_BLANKS).rstrip(b">").rstrip(_BLANKS)
    line = b"%b%b>>>" % (FILE, inner)
    identifier, name, oddities = read_header(line)
    return Block(identifier, name, 0, 0, 0, 0, oddities=oddities, line=line)


def marker_line_ends(container: Container) -> tuple[list[Span], list[Span]]:
    """Where marker lines end in LF, and where in CR LF, each in order; both empty where none ends in CR LF."""
    layout = container.layout
    if not any(part.newline == b"\r\n" for parts in (layout.blocks, layout.ends) for part in parts):
        return [], []
    ends = [(Span(block.header.end, block.header_end), block.newline) for block, _ in documents(container)]
    ends += [(Span(e.span.end, e.span.end + len(e.newline)), e.newline) for e in _ends(container)]
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
    name = called(block)
    return f"the header of {name!r}" if name else "the header"


def corrected(block: Block) -> bytes:
    """The header as it was meant; ``id`` and ``name`` stand for what is missing."""
    identifier, name = intended(block)
    return b"%b %b %b>>>" % (FILE, identifier or b"id", name or b"name")


def near_mendings(container: Container) -> Iterator[tuple[Near, Block, Fix | None]]:
    """The near misses in bodies, each with the header that it was meant to be and the fix that makes it that.

    It is safe where the index misses the document, or what stands before it in a packed copy is just the
    original. There is none elsewhere in a packed copy, nor where the container would then hold two of a
    name or an id.
    """
    taken = _Taken(container)
    divides = _dividing(container)
    for near in container.near:
        header = meant_by(near.text)
        record = record_at(container, near.span.start)
        safe = bool(near.hides) or near.span.start in divides
        edit = _near_edit(container, near, header, taken) if safe or record is None or not record.copy_of else None
        yield near, header, Fix((edit,), safe) if edit is not None else None


def _dividing(container: Container) -> set[int]:
    """Where those near misses start that divide a packed copy exactly behind the text of its original."""
    found: set[int] = set()
    if not any(record.copy_of for record in container.records):
        return found
    blocks = container.layout.blocks
    originals: dict[str, str] | None = None
    start, name, tries = -1, "", 0
    for near in container.near:
        number = _number_at(container, near.span.start)
        block, record = blocks[number], container.records[number]
        if not record.copy_of:
            continue
        if originals is None:
            originals = {one.name: one.sha256 for one in container.scope.records if one.container is None}
        if start < block.header_end:
            start, name, tries = block.header_end, record.name, 0
        end, tries = _line_start(container, near), tries + 1
        if end is None or tries > _TRIES:
            continue
        body = container.place.read(start, end)
        if near.kind not in _INSIDE:
            body = body.removesuffix(b"\n").removesuffix(b"\r" if block.newline == b"\r\n" else b"")
        if sha256(unescape(body)[0]).hexdigest() == originals.get(name):
            found.add(near.span.start)
            meant = intended(meant_by(near.text))[1].decode("utf-8", "surrogateescape")
            start, name, tries = near.span.end, record.name.removesuffix(record.block) + meant, 0
            start += container.place.read(start, start + 2).find(b"\n") + 1
    return found


def spoiled_headers(container: Container, first: int) -> Fix | None:
    """What makes headers of the near misses before the first header, if the first of them stands at an offset.

    It is safe where the index misses all of their documents.
    """
    span = container.layout.preamble
    if span.end - span.start > LARGEST:
        return None
    names = {entry.name for entry in container.scope.missing}
    names |= {name[at + 1 :] for name in names for at in range(len(name[:_LONGEST])) if name[at] == "/"}
    taken = _Taken(container)
    edits: list[Edit] = []
    safe = True
    for kind, found, line in near_markers(container.place.read(span.start, span.end)):
        start = span.start + found.start
        if not edits and start != first:
            return None
        header = meant_by(line)
        name = intended(header)[1].decode("utf-8", "surrogateescape")
        near = Near(kind, Span(start, span.start + found.end), line, name if name in names else "")
        edit = _near_edit(container, near, header, taken) if kind not in _INSIDE else None
        if edit is not None:
            edits.append(edit)
            safe &= bool(near.hides)
        elif not edits:
            return None
    return Fix(tuple(edits), safe) if edits else None


def _near_edit(container: Container, near: Near, header: Block, taken: _Taken) -> Edit | None:
    """The edit that makes a near miss the header that it was meant to be, at the beginning of a line."""
    identifier, name = intended(header)
    identifier = identifier or taken.listed_id(near.hides).encode("utf-8", "surrogateescape")
    called = name.decode("utf-8", "surrogateescape"), identifier.decode("utf-8", "surrogateescape")
    line = written(identifier, name) if not taken.has(*called) else b""
    if not line or not taken.take(*called):
        return None
    start = _line_start(container, near)
    framing = line_end(container) if near.kind in _INSIDE else b""
    return Edit(Span(start, near.span.end), framing + line) if start is not None else None


def _line_start(container: Container, near: Near) -> int | None:
    """Where the header will start that is meant: before the blanks or the mark in front of it."""
    start = near.span.start
    if near.kind in _INSIDE:
        return start
    window = container.place.read(max(0, start - _WINDOW), start)
    before = window[window.rfind(b"\n") + 1 :]
    is_whole = len(before) < _WINDOW and (before == BOM or not before.strip(_BLANKS))
    return start - len(before) if is_whole else None


_INSIDE = ("mid-line", "carriage-return")
_TRIES = 16
_WINDOW = 512
_LONGEST = 4096
LARGEST = 64 << 20
"""Bytes of a container that a rule reads again to mend it as a whole."""


def line_end(container: Container) -> bytes:
    """How the marker lines of a container end: in CR LF if all headers do, else in LF."""
    blocks = container.layout.blocks
    return b"\r\n" if blocks and all(block.newline == b"\r\n" for block in blocks) else b"\n"


def end_marker(container: Container, count: int | None = None) -> bytes:
    """The end marker, with its line end, that counts so many documents, or all that the container has."""
    if count is None:
        count = sum(1 for _ in documents(container))
    return b"%b %d>>>%b" % (END, count, line_end(container))


def is_proven(container: Container, besides: Record | None = None) -> bool:
    """Whether digests prove every document of a container, and none that the index lists is missing.

    An index, which cannot hold its own digest, is not asked, nor is the document ``besides``.
    """
    if container.scope.missing or any(near.hides for near in container.near):
        return False
    found = [record for _, record in documents(container) if not is_index(record)]
    return bool(found) and all(record is besides or is_pinned(record) for record in found)


def is_index(record: Record) -> bool:
    """Whether a document is the index of its container."""
    return (record.block or record.name) == NAME


def is_pinned(record: Record) -> bool:
    """Whether a digest, or the file that it is a copy of, proves a document."""
    has_digest = bool(record.copy_of) or (record.entry is not None and record.entry.sha256 is not None)
    return has_digest and bool(record.sha256) and not record.difference


def spoiled_end(container: Container) -> Line | None:
    """The last line of a file without end marker, if it is one that lost its end: ``<<<END 3>>``."""
    layout = container.layout
    last = layout.lines[-1] if layout.lines and layout.blocks else None
    if last is None or last.kind != "reserved" or last.span.end + len(last.newline) != layout.size or layout.ends:
        return None
    count = last.text[len(END) :].rstrip(_BLANKS).rstrip(b">")
    return last if last.text.startswith(END) and (not count.strip() or count[1:].isdigit()) else None


def completed_end(container: Container, line: Line) -> Fix | None:
    """What completes an end marker that lost its end, if what is left of it counts the documents.

    It is safe where it cannot have been longer.
    """
    marker = end_marker(container)
    left = line.text.rstrip(_BLANKS)
    if not marker.startswith(left):
        return None
    return Fix((Edit(Span(line.span.start, container.layout.size), marker),), safe=left.endswith(b">"))


def unconverted(container: Container) -> Fix | None:
    """What ends every marker line in LF, and so the lines of the documents behind those that end in CR LF.

    A document whose digest proves it as it is keeps its line ends. It is safe where digests prove all
    others with LF.
    """
    if container.layout.size > LARGEST:
        return None
    edits: list[Edit] = []
    safe = True
    for block, record, last in _wholes(container):
        if block.newline != b"\r\n":
            continue
        edits.append(Edit(Span(block.header.end, block.header.end + 1), b""))
        body = Span(block.header_end, last.body_end)
        text = b"" if is_pinned(record) else container.place.read(body.start, body.end)
        if b"\r\n" in text:
            edits.append(Edit(body, text.replace(b"\r\n", b"\n")))
            has_digest = bool(record.copy_of) or (record.entry is not None and record.entry.sha256 is not None)
            proven = has_digest and record.difference == "converted" and text.count(b"\n") == text.count(b"\r\n")
            safe &= proven or is_index(record)
        if last.end - last.body_end == 2:
            edits.append(Edit(Span(last.body_end, last.body_end + 1), b""))
    ends = [line.span.end for line in _ends(container) if line.newline == b"\r\n"]
    edits += [Edit(Span(end, end + 1), b"") for end in ends]
    return Fix(tuple(edits), safe)


def _wholes(container: Container) -> Iterator[tuple[Block, Record, Block]]:
    """The blocks that head a document, with their records and the last block of that document."""
    whole: tuple[Block, Record] | None = None
    last: Block | None = None
    for block, record in _read(container):
        if record.difference != "fragment":
            if whole is not None and last is not None:
                yield *whole, last
            whole = block, record
        last = block
    if whole is not None and last is not None:
        yield *whole, last


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
        number = _number_at(container, line.span.start)
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
    from bisect import bisect_right

    layout, blocks = container.layout, container.layout.blocks
    fragments = [block.start for block, record in _read(container) if record.difference == "fragment"]
    total = len(blocks) - len(fragments)
    ends = _ends(container)
    starts = [block.start for block in blocks] if ends else []
    found: list[Ending] = []
    for number, line in enumerate(ends):
        until = bisect_right(starts, line.span.start)
        before = until - bisect_right(fragments, line.span.start)
        following = [block.start for block in blocks[until : until + 1]]
        following += [end.span.start for end in ends[number + 1 : number + 2]]
        gap = Span(line.span.end + len(line.newline), min(following, default=layout.size))
        found.append(Ending(line, before - (found[-1].before if found else 0), before, total - before, gap))
    return found


def _ends(container: Container) -> list[Line]:
    """The end markers of a file that has blocks, in order, but for those in the middle of a document."""
    ends = container.layout.ends if container.layout.blocks else ()
    if not ends or not any(record.difference == "fragment" for record in container.records):
        return list(ends)
    return [line for line in ends if not is_fragment(container, _number_at(container, line.span.start) + 1)]


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
