"""Sketches of the documents of a collection, made while their bytes are in hand."""

from __future__ import annotations

from validator.model import TYPE_CHECKING, value

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMITS = {"off": 0, "fast": 4_000_000, "full": 1 << 62}
"""Bytes of prose up to which near-duplicates are looked for, by the setting."""
LEAST = 128
"""Bytes of a document with fewer than which there are too few words to tell."""
_BATCH = 1 << 20


@value
class Whereabouts:
    """A document by its file and, if it is a block, the block's name and where its body lies in the file."""

    name: str
    block: str = ""
    start: int = 0
    end: int = 0


@value
class Made:
    """Sketches of some documents, and how many bytes these have."""

    sketches: Mapping[Whereabouts, bytes]
    size: int


class Sketches:
    """The sketches of documents with more than ``LEAST`` bytes; none, once there are more than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen = self._since = 0
        self._made: dict[Whereabouts, bytes] = {}
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
            self._size += len(data)
            if self._size >= _BATCH:
                self._sketch()

    def taken(self) -> Made | None:
        """The sketches made so far, which are forgotten here; ``None`` if there was more than the limit."""
        if self.is_over:
            return None
        self._sketch()
        made, self._made, self._since = Made(self._made, self._since), {}, 0
        return made

    def adopt(self, made: Made | None) -> None:
        """Take over what was made elsewhere."""
        self._seen += made.size if made is not None else 0
        if made is None or self.is_over:
            self._give_up()
        else:
            self._made.update(made.sketches)

    def _sketch(self) -> None:
        if self._waiting:
            from validator import likeness

            made = likeness.sketches(self._waiting.values(), self._seen)
            self._made.update(zip(self._waiting, made, strict=True))
            self._waiting, self._size = {}, 0

    def _give_up(self) -> None:
        self._seen = self._limit + 1
        self._made, self._waiting, self._size = {}, {}, 0
