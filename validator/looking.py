"""How documents are looked at: in the best way that there is, once it repays its import, and prose in batches."""

from __future__ import annotations

from validator import screening
from validator.model import TYPE_CHECKING, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from validator.model import Document

_WORTH_VECTORS = 24 << 20
"""Bytes of text, if none of it is ASCII, with which NumPy repays its import."""
_WORTH_STRINGZILLA = 1 << 20
"""Bytes of text with which StringZilla repays its own."""
_NUMPY = 1 << 29
"""Bytes of address space without which NumPy may end the process."""


@value
class Waiting:
    """Prose that is to be looked at together with other: its file, bytes and facts, and what to do with it then."""

    name: str
    data: bytes
    is_markdown: bool
    facts: int
    made: Callable[[int], Document]
    learn: Callable[[int], None] | None = None


class Screen:
    """``screening.screen``, with the help of packages, where they are installed, once they repay their import."""

    _seen = 0  # by all loaders of this process, since an import is paid for once

    def __init__(self) -> None:
        self._look: Callable[[bytes], int] = screening.look
        self.suspects: Callable[[Sequence[bytes]], list[bool]] | None = None
        self._better = [(_WORTH_STRINGZILLA, _printable), (_WORTH_VECTORS, self._vectorised)]

    def __call__(self, data: bytes) -> int:
        if self._better:
            self.weigh(len(data) // (8 if data.isascii() else 1))
        return screening.screened(data, self._look)

    def survey(self, pieces: Iterable[bytes], size: int) -> int:
        """The facts of a large document that comes in pieces."""
        self.weigh(size)
        return screening.survey(pieces, self._look)

    def weigh(self, size: int) -> None:
        """Count bytes, as many as they are hard to look at, and look in a better way once that is worth it."""
        Screen._seen += size
        while self._better and Screen._seen > self._better[0][0]:
            self._look = self._better.pop(0)[1]() or self._look

    def _vectorised(self) -> Callable[[bytes], int] | None:
        from validator import limits

        if limits.is_scarce(_NUMPY):
            return None
        try:
            from validator.vectorised import looker, suspects
        except ImportError:
            return None
        self.suspects = suspects
        return looker()


def _printable() -> Callable[[bytes], int] | None:
    try:
        from validator.printable import look
    except ImportError:
        return None
    return look
