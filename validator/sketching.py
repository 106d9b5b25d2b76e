"""Sketches of the documents of a collection, made while their bytes are in hand."""

from __future__ import annotations

from validator.manifest import find_front_matter
from validator.model import TYPE_CHECKING, value
from validator.prose import COMPARED

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMITS = {"off": 0, "fast": 4_000_000, "full": 1 << 62}
"""Bytes of prose up to which near-duplicates and shared blocks are looked for, by the setting."""
LEAST = 128
"""Bytes of a document with fewer than which there are too few words to tell."""
_BATCH = 1 << 20
_EDGE = 1 << 10
"""Bytes at the start and at the end of a document in which its first and its last lines are looked for."""


@value
class Whereabouts:
    """A document by its file and, if it is a block, the block's name and where its body lies in the file."""

    name: str
    block: str = ""
    start: int = 0
    end: int = 0


@value
class Made:
    """Sketches and edges (see ``edges``) of some documents, and how many bytes these have."""

    sketches: Mapping[Whereabouts, bytes]
    edges: Mapping[Whereabouts, tuple[int, int]]
    size: int


class Sketches:
    """The sketches of documents with more than ``LEAST`` bytes; none, once there are more than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen = self._since = 0
        self._made: dict[Whereabouts, bytes] = {}
        self._edges: dict[Whereabouts, tuple[int, int]] = {}
        self._waiting: dict[Whereabouts, bytes] = {}
        self._size = 0

    @property
    def is_over(self) -> bool:
        """Whether there was more than the limit."""
        return self._seen > self._limit

    def expect(self, size: int) -> None:
        """Note that there is so much, in bytes, before it is read."""
        if size > self._limit:
            self._give_up()

    def take(self, whereabouts: Whereabouts, data: bytes) -> None:
        """Sketch a document, together with the next ones."""
        self._seen += len(data)
        self._since += len(data)
        if self.is_over:
            self._give_up()
        elif len(data) >= LEAST:
            self._waiting[whereabouts] = data
            self._edges[whereabouts] = edges(data)
            self._size += len(data)
            if self._size >= _BATCH:
                self._sketch()

    def know(self, whereabouts: Whereabouts, sketch: bytes, edges: tuple[int, int], size: int) -> None:
        """Take over what an earlier run has made of a document of so many bytes."""
        self._seen += size
        self._since += size
        if self.is_over:
            self._give_up()
        elif size >= LEAST:
            self._made[whereabouts] = sketch
            self._edges[whereabouts] = edges

    def taken(self) -> Made | None:
        """The sketches made so far, which are forgotten here; ``None`` if there was more than the limit."""
        if self.is_over:
            return None
        self._sketch()
        made = Made(self._made, self._edges, self._since)
        self._made, self._edges, self._since = {}, {}, 0
        return made

    def adopt(self, made: Made | None) -> None:
        """Take over what was made elsewhere."""
        self._seen += made.size if made is not None else 0
        if made is None or self.is_over:
            self._give_up()
        else:
            self._made.update(made.sketches)
            self._edges.update(made.edges)

    def _sketch(self) -> None:
        if self._waiting:
            from validator import likeness

            made = likeness.sketches(self._waiting.values(), self._seen)
            self._made.update(zip(self._waiting, made, strict=True))
            self._waiting, self._size = {}, 0

    def _give_up(self) -> None:
        self._seen = self._limit + 1
        self._made, self._edges, self._waiting, self._size = {}, {}, {}, 0


def edges(data: bytes) -> tuple[int, int]:
    """Checksums of the first two and of the last two lines of a document that are not blank.

    0 stands for lines that are not there, or not within the first or the last ``_EDGE`` bytes. The first lines are
    those behind front matter; nothing is said of the last ones of a document that may have been cut off.
    """
    from zlib import crc32

    start = 3 * data.startswith(b"\xef\xbb\xbf")
    front = find_front_matter(data, start) if data.startswith(b"---", start) else None
    start = front.end if front is not None else start
    first, _, rest = data[start : start + _EDGE].lstrip().partition(b"\n")
    second = rest.lstrip().partition(b"\n")[0]
    before, _, last = data[max(start, len(data) - _EDGE) :].rstrip().rpartition(b"\n")
    last_but_one = before.rstrip().rpartition(b"\n")[2].strip() if len(data) < COMPARED else b""
    return (
        crc32(second.rstrip(), crc32(first.rstrip())) if second else 0,
        crc32(last.strip(), crc32(last_but_one)) if last_but_one else 0,
    )
