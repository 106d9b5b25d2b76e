"""What the framing of a container says, and what it was probably meant to say.

``container.py`` divides a file and judges nothing. Here is what rules ask of the result: how a header
departs from the grammar, which id and name were meant, what each end marker closes.
"""

from __future__ import annotations

from bisect import bisect_right

from validator.container import FILE, read_header
from validator.model import TYPE_CHECKING, Block, Container, Line, Record, Span, value

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = b" \t\v\f\r"
_BEHIND_ID = b":|,;"


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
    words: dict[bytes, list[bytes]] = {}
    key = b""
    if b"=" not in block.id:
        return {}
    for word in (block.id + b" " + block.name).split():
        before, equals, content = word.partition(b"=")
        if equals and before.isalpha():
            key = before.lower()
            words[key] = [content]
        elif key in (b"", b"id"):
            return {}
        else:
            words[key].append(word)
    if not words.keys() & {b"id", b"name", b"path", b"file"}:
        return {}
    return {key: b" ".join(content).rstrip(b",;").strip(b"\"'") for key, content in words.items()}


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
