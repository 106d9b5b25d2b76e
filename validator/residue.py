"""One look at prose: which rules on residue have to be asked."""

from __future__ import annotations

from validator import screening


def look(data: bytes) -> int:
    """The bits of ``screening.PROSE`` that a document of prose has."""
    return screening.PROSE | (screening.CONFLICT if b"<<<<<<<" in data else 0)
