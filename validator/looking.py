"""How documents are looked at: in the best way that there is, once it repays its import."""

from __future__ import annotations

from validator import container, manifest, prose, residue, screening
from validator.digests import Running
from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from validator.trees import Source

_WORTH_VECTORS = 24 << 20
"""Bytes of text, if none of it is ASCII, with which NumPy repays its import."""
_WORTH_STRINGZILLA = 1 << 20
"""Bytes of text with which StringZilla repays its own."""
_WORTH_PATTERNS = 12 << 20
"""Bytes of prose with which Hyperscan repays its own, and that its patterns are compiled."""
_PIECE = 1 << 16
"""Bytes that are read at once of what is not held whole; with more, the system spends its time on fresh pages."""
_NUMPY = 1 << 29
"""Bytes of address space without which NumPy may end the process."""
_HYPERSCAN = 1 << 28
"""The same for Hyperscan, while it compiles patterns."""


class Screen:
    """Tells the facts of documents, with the help of packages, where they are installed, once they repay their import.

    Prose is looked at for residue if somebody ``wants_prose``.
    """

    _seen = _prose = 0  # by all screens of this process, since an import is paid for once

    def __init__(self, wants_prose: bool) -> None:
        self._wants_prose = wants_prose
        self._look: Callable[[bytes], int] = screening.look
        self._suspicions: residue.Suspicions | None = None
        self._is_untried = True
        self._better = [(_WORTH_STRINGZILLA, _printable), (_WORTH_VECTORS, _vectorised)]

    def facts(self, name: str, data: bytes) -> int:
        """The facts of a document of this name."""
        if self._better:
            self._weigh(len(data) // (8 if data.isascii() else 1))
        facts = screening.screened(data, self._look)
        if self._wants_prose and _is_prose(name, facts):
            facts |= residue.look(data, prose.suffix(name), self._suspicions_for(len(data)))
        return facts

    def surveyed(
        self, name: str, source: Source, start: int, end: int, kinds: int, is_raw: bool = False
    ) -> tuple[tuple[str, str], int] | None:
        """The digests and the facts of a document of this name that is not to be held whole.

        ``None`` if it is the raw body of a block and something in it looks like a marker, escaped or not.
        """
        self._weigh(end - start)
        hashed, is_plain, survey = Running(kinds), True, None
        if self._wants_prose and _is_prose(name, 0):
            survey = residue.Survey(prose.suffix(name), self._suspicions_for(end - start))

        def pieces() -> Iterator[bytes]:
            nonlocal is_plain
            before = b""
            for at in range(start, end, _PIECE):
                piece = source.read(at, min(at + _PIECE, end))
                if is_raw and b"<" in piece and container.hints_at_marker(before + piece):
                    is_plain = False
                    return
                before = piece[-16:]
                hashed.update(piece)
                if survey is not None:
                    survey.feed(piece)
                yield piece

        facts = screening.survey(pieces(), self._look)
        if survey is not None and _is_prose(name, facts):
            facts |= survey.close()
        return (hashed.digests(), facts) if is_plain else None

    def foresee(self, times: float) -> None:
        """Get ready for so many times more prose than there was, perhaps for processes that are forked off."""
        self._suspicions_for(int(Screen._prose * times))

    def _weigh(self, size: int) -> None:
        """Count bytes, as many as they are hard to look at, and look in a better way once that is worth it."""
        Screen._seen += size
        while self._better and Screen._seen > self._better[0][0]:
            self._look = self._better.pop(0)[1]() or self._look

    def _suspicions_for(self, size: int) -> residue.Suspicions | None:
        """What tells of suspicions, if that is worth it once so many more bytes of prose are counted."""
        Screen._prose += size
        if self._is_untried and Screen._prose > _WORTH_PATTERNS:
            self._is_untried = False
            self._suspicions = _patterns()
        return self._suspicions


def _is_prose(name: str, facts: int) -> bool:
    """Whether rules on residue speak of a document with these facts."""
    is_text = not facts & (screening.NOT_TEXT | screening.BLANK)
    return is_text and prose.is_prose(name) and not manifest.is_index(name)


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
    from validator import limits

    if limits.is_scarce(_HYPERSCAN):
        return None
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
