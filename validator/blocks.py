"""A container while its blocks are being read: what is known of it, and how they depart from what they should be."""

from __future__ import annotations

from validator import container, framing, frontmatter, matching
from validator.digests import digests
from validator.model import TYPE_CHECKING, Container, Entry, Record, value
from validator.sketching import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from validator.model import Block, Layout, Near, Options, Place, Scope
    from validator.trees import Source

_PARTS = 16
"""Blocks that may be one document, split by markers in it that are not escaped."""


@value
class Body:
    """The content of a block, its two digests, and where it was escaped (see ``model.Place``)."""

    data: bytes
    digests: tuple[str, str]
    escapes: tuple[int, ...]


class Held:
    """A container while its blocks are being read."""

    def __init__(self, name: str, key: str, place: Place, layout: Layout, named: bool, encoding: str) -> None:
        self.name = name
        self.key = key
        self.place = place
        self.names = frozenset(local_name(block) for block in layout.blocks)
        self.seen: set[str] = set()
        self.records: list[Record] = []
        self._layout = layout
        self.near: list[Near] = []
        self._named = named
        self._encoding = encoding

    def add_fragment(self, block: Block) -> None:
        name = local_name(block)
        self.records.append(
            Record(name, self.place.path, 0, "", difference="fragment", container=self.place, header=block.header)
        )

    def whereabouts(self) -> Iterator[tuple[Whereabouts, Record]]:
        """Its documents by where they lie."""
        starts = {block.start: block for block in self._layout.blocks}
        for record in self.records:
            block = starts.get(record.header.start) if record.header is not None else None
            if block is not None:
                yield Whereabouts(self.name, record.block, block.header_end, block.body_end), record

    def summed_up(self, scope: Scope, options: Options) -> Container:
        return Container(
            self.name,
            self.place,
            self._layout,
            tuple(self.records),
            scope,
            near=tuple(self.near),
            named=self._named,
            encoding=self._encoding,
            require_end=options.require_end_marker,
        )


def local_name(block: Block) -> str:
    """The name of a block, as it was meant."""
    return framing.intended(block)[1].decode("utf-8", "surrogateescape")


def schema_in(index: bytes, blocks: list[Block], source: Source) -> bytes | None:
    """The JSON Schema that an index in a container names, which is a block of it."""
    name = frontmatter.schema_name(index)
    return block_called(name, blocks, source) if name else None


def block_called(name: str, blocks: list[Block], source: Source) -> bytes | None:
    for block in blocks:
        if local_name(block) == name:
            return container.unescape(source.read(block.header_end, block.body_end))[0]
    return None


def body(source: Source, block: Block, end: int, kinds: int, limit: int) -> Body | None:
    """The body of a block, taken to end at ``end``; ``None`` if it has more bytes than the limit."""
    if end - block.header_end > limit:
        return None
    data, escapes = container.unescape(source.read(block.header_end, end))
    return Body(data, digests(data, kinds), escapes)


def rejoined(
    source: Source, blocks: Sequence[Block], number: int, entry: Entry, kinds: int, limit: int
) -> tuple[Body, int] | None:
    """The body with the listed digest that unescaped markers split into several blocks, and how many."""
    for last in range(number + 1, min(number + _PARTS, len(blocks))):
        size = blocks[last].body_end - blocks[number].header_end
        if entry.size is not None and size < entry.size:
            continue
        if entry.size is not None and size > 2 * entry.size:
            return None
        read = body(source, blocks[number], blocks[last].body_end, kinds, limit)
        if read is None:
            return None
        if entry.proves(*read.digests):
            return read, last - number + 1
    return None


def departure(read: Body, block: Block, original: Record | None, entry: Entry | None, end: int) -> str:
    """How a block of a container of ``end`` bytes departs from its original or, where it is no copy, from its entry."""
    if original is not None:
        sha256, blake3 = original.sha256 or None, original.blake3 or None
        entry = Entry(original.name, block.header, size=original.size, sha256=sha256, blake3=blake3)
    found = matching.difference(read.data, read.digests[0], entry, read.digests[1])
    if found == "line-ends" and block.newline == b"\r\n":
        return "converted"
    if found in ("content", "final-newline-lost") and block.body_end == end:
        return "cut-off"
    if found == "content" and entry is not None and entry.has_digest:
        text_end = read.data.rfind(b"\n", 0, -1) + 1
        if read.data.startswith(b"<<<END", text_end):
            bodies = read.data[:text_end], read.data[: max(0, text_end - 1)]
            return "end-marker" if any(matching.has_listed_digest(one, entry) for one in bodies) else found
    return found


def equals(original: Record, sha256: str, blake3: str) -> bool:
    """Whether a packed copy with these digests has the content of its original."""
    return original.sha256 == sha256 if original.sha256 else original.blake3 == blake3
