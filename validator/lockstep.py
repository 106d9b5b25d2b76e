"""Reading a large index in step with the documents that it lists.

Mostly an index lists the documents one by one in the order in which they are found, and each is what its row
says. Then nothing needs to be remembered of a row once its document was seen, and a million documents take no
more memory than their names. ``Rows`` goes along as long as all is regular; where it is not, the loader
reads the index whole instead.
"""

from __future__ import annotations

from validator import manifest
from validator.model import TYPE_CHECKING, Entry, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.model import Read

WORTH = 1 << 16
"""Bytes of an index that are worth it."""
_HEAD = 1 << 14
_PIECE = 1 << 18
_COLUMNS = {"id", "name", "bytes", "sha256", "title"}
_NEEDED = {"name", "bytes", "sha256"}
_NOWHERE = Span(0, 0)


class Rows:
    """The rows of an index, one after the other: ``next`` is the row to come, ``done`` how many have gone by.

    ``next`` becomes ``None`` at the end, and where something else than a regular row follows; only in the
    first case ``ended`` is true.
    """

    def __init__(self, read: Read, size: int) -> None:
        self.done = 0
        self.ended = False
        self._read = read
        self._size = size
        self._rows = self._regular()
        self.next = next(self._rows, None)

    def take(self) -> None:
        """Go on to the row behind ``next``."""
        self.done += 1
        self.next = next(self._rows, None)

    def _regular(self) -> Iterator[Entry]:
        """Entries whose spans say nothing, as long as each has what it needs and an id that no other has."""
        head = self._read(0, _HEAD)
        columns, start = manifest.beginning(head[: head.rfind(b"\n") + 1])
        if not _NEEDED <= set(columns) <= _COLUMNS or len(set(columns)) < len(columns):
            return
        find = manifest.finder(columns)
        pick = manifest.known_of(columns)
        before = -1, ""
        while start < self._size:
            try:
                piece = self._read(start, start + _PIECE)
            except OSError:
                return
            piece = piece[: piece.rfind(b"\n") + 1]
            if not piece:
                return
            start += len(piece)
            for found in find(piece.decode("utf-8", "surrogateescape")):
                identifier, name, size, sha256, _, title, _ = pick(found)
                if not (name and size and sha256):
                    return
                if "id" in columns:
                    after = len(identifier), identifier
                    if not before < after:
                        return
                    before = after
                yield Entry(name, _NOWHERE, identifier or None, int(size), sha256, title or None)
        self.ended = True
