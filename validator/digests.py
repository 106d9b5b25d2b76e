"""SHA-256 (FIPS 180-4), from the source that is quicker for the work at hand, and BLAKE3, from its package.

OpenSSL computes SHA-256 several times as fast as the interpreter's own code, but takes as long to load as that
code takes for half a megabyte. So a small collection is checked without OpenSSL. BLAKE3
(https://github.com/BLAKE3-team/BLAKE3-specs) is several times as fast again, and is computed only for
documents whose index has a column for it.
"""

from __future__ import annotations

import sys

from validator.model import TYPE_CHECKING, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Hash(Protocol):
        """A hash that goes on."""

        def update(self, data: bytes, /) -> object: ...
        def copy(self) -> Hash: ...
        def hexdigest(self) -> str: ...


def _builtin() -> Callable[[bytes], Hash]:
    """The interpreter's own code, wherever this version keeps it, if it was built in."""
    try:
        own: Callable[[bytes], Hash] = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
    except ImportError:
        from hashlib import sha256

        return sha256
    return own


_own = _builtin()
_best: Callable[[bytes], Hash] | None = None
_taken = 0
_LITTLE = 1 << 18
"""Bytes in all that the interpreter's own code is good for."""


def sha256(data: bytes | None = None) -> Hash:
    """A hash that has taken ``data``. One that is not given any is expected to take much."""
    global _taken, _best
    if _best is None:
        _taken += _LITTLE if data is None else len(data)
        if _taken < _LITTLE:
            return _own(data or b"")
        from hashlib import sha256

        _best = sha256
    return _best(data or b"")


def blake3(data: bytes = b"") -> Hash:
    """The same for BLAKE3, with 256 bits. Raises ``UsageError`` where the package is not installed."""
    try:
        from blake3 import blake3
    except ImportError:
        raise UsageError(
            "an index has a column blake3, and such digests cannot be verified without a package: "
            "install it with `pip install 'collection-validator[blake3]'`"
        ) from None
    return blake3(data)


SHA256, BLAKE3 = 1, 2
"""Kinds of digests, as bits."""


def digests(data: bytes, kinds: int = SHA256) -> tuple[str, str]:
    """The SHA-256 and the BLAKE3 of bytes, in lower-case hexadecimal; empty where that kind is not asked for."""
    return (
        sha256(data).hexdigest() if kinds & SHA256 else "",
        blake3(data).hexdigest() if kinds & BLAKE3 else "",
    )


class Running:
    """The same of what comes in pieces."""

    def __init__(self, kinds: int = SHA256) -> None:
        self._sha256 = sha256() if kinds & SHA256 else None
        self._blake3 = blake3() if kinds & BLAKE3 else None

    def update(self, piece: bytes) -> None:
        if self._sha256 is not None:
            self._sha256.update(piece)
        if self._blake3 is not None:
            self._blake3.update(piece)

    def digests(self) -> tuple[str, str]:
        return (
            self._sha256.hexdigest() if self._sha256 is not None else "",
            self._blake3.hexdigest() if self._blake3 is not None else "",
        )
