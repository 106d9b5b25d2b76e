"""How documents are looked at: in the best way that there is, once it repays its import."""

from __future__ import annotations

from validator import residue, screening
from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WORTH_VECTORS = 24 << 20
"""Bytes of text, if none of it is ASCII, with which NumPy repays its import."""
_WORTH_STRINGZILLA = 1 << 20
"""Bytes of text with which StringZilla repays its own."""
_WORTH_PATTERNS = 12 << 20
"""Bytes of prose with which Hyperscan repays its own, and that its patterns are compiled."""
_NUMPY = 1 << 29
"""Bytes of address space without which NumPy may end the process."""


class Screen:
    """``screening.screen``, with the help of packages, where they are installed, once they repay their import."""

    _seen = _prose = 0  # by all loaders of this process, since an import is paid for once

    def __init__(self) -> None:
        self._look: Callable[[bytes], int] = screening.look
        self._suspicions: residue.Suspicions | None = None
        self._is_untried = True
        self._better = [(_WORTH_STRINGZILLA, _printable), (_WORTH_VECTORS, _vectorised)]

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

    def prose(self, data: bytes, suffix: str) -> int:
        """``residue.look``, with the help of Hyperscan once it repays its import."""
        return residue.look(data, suffix, self._weighed(len(data)))

    def prose_survey(self, suffix: str, size: int) -> residue.Survey:
        """The same for a document of so many bytes that comes in pieces."""
        return residue.Survey(suffix, self._weighed(size))

    def foresee(self, times: float) -> None:
        """Get ready for so many times more prose than there was, perhaps for processes that are forked off."""
        self._weighed(int(Screen._prose * times))

    def _weighed(self, size: int) -> residue.Suspicions | None:
        """What tells of suspicions, if that is worth it once so many more bytes of prose are counted."""
        Screen._prose += size
        if self._is_untried and Screen._prose > _WORTH_PATTERNS:
            self._is_untried = False
            self._suspicions = _patterns()
        return self._suspicions


def _vectorised() -> Callable[[bytes], int] | None:
    from validator import limits

    if limits.is_scarce(_NUMPY):
        return None
    try:
        from validator.vectorised import looker
    except ImportError:
        return None
    return looker()


def _patterns() -> residue.Suspicions | None:
    try:
        from validator.patterns import suspicions
    except ImportError:
        return None
    return suspicions


def _printable() -> Callable[[bytes], int] | None:
    try:
        from validator.printable import look
    except ImportError:
        return None
    return look
