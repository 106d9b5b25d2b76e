"""A container while its blocks are being read: what is known of it so far, and what its blocks say of each other."""

from __future__ import annotations

from validator import container, framing, frontmatter
from validator.model import TYPE_CHECKING, Container, Record, value
from validator.sketching import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.model import Block, Layout, Near, Options, Place, Scope
    from validator.trees import Source


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
