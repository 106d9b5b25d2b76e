"""Files that come one after the other, each from its beginning to its end: out of git, or out of an archive.

A file that is read forward is passed on as it comes. Its beginning, and so the whole of a small one, is held in
memory; one that is read backward after all goes into a temporary file.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import IO, Any, Protocol, TypeVar

    Key = TypeVar("Key", contravariant=True)

    class Giver(Protocol[Key]):
        """Gives the content of files, one after the other; ``asked`` counts how often one was asked for."""

        asked: int

        def ask(self, file: Key) -> int:
            """Begin a file; return its size in bytes. Raises ``OSError``."""

        def take(self, size: int) -> bytes:
            """The next bytes of the file, just so many. Raises ``OSError`` where there are fewer."""

        def skip(self, size: int) -> None:
            """Pass over the next bytes of the file. Raises ``OSError``."""


IN_MEMORY = 1 << 23
"""Bytes of a file that are held in memory."""
PIECE = 1 << 20
"""Bytes that are copied or passed over at once."""


class Once:
    """A file, open for reading (see ``trees.Source``), whose bytes come once. Raises ``OSError``."""

    def __init__(self, giver: Giver[Key], file: Key) -> None:
        self._giver: Giver[Any] = giver
        self._name: Any = file
        self.size = giver.ask(file)
        self._turn = giver.asked
        self._head = giver.take(min(self.size, IN_MEMORY))
        self._at = len(self._head)  # how much of it has been taken
        self._file: IO[bytes] | None = None

    def read(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        held = len(self._head)
        if end <= held:
            return self._head[start:end]
        if start < held:
            return self._head[start:] + self._beyond(held, end)
        return self._beyond(start, end) if start < end else b""

    def _beyond(self, start: int, end: int) -> bytes:
        """What is not held in memory."""
        if self._file is None and start >= self._at and self._turn == self._giver.asked:
            self._giver.skip(start - self._at)
            data = self._giver.take(end - start)
            self._at = end
            return data
        if self._file is None:
            self._file = self._copied()
        self._file.seek(start)
        return self._file.read(end - start)

    def _copied(self) -> IO[bytes]:
        from tempfile import TemporaryFile

        file = TemporaryFile()  # noqa: SIM115
        try:
            left = self._giver.ask(self._name)
            while left:
                left -= file.write(self._giver.take(min(left, PIECE)))
        except OSError:
            file.close()
            raise
        return file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
