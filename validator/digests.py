"""SHA-256 (FIPS 180-4), from the source that is quicker for the work at hand.

OpenSSL computes it several times as fast as the interpreter's own code, but takes as long to load as that
code takes for half a megabyte. So a small collection is checked without OpenSSL.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Hash(Protocol):
        """A hash that goes on."""

        def update(self, data: bytes, /) -> None: ...
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
