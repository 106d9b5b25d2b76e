"""The first question about a window, asked with StringZilla, which imports in a moment: is it printable ASCII?"""

from __future__ import annotations

import stringzilla as sz

from validator import screening

PRINTABLE = b"\t\n" + bytes(range(0x20, 0x7F))


def look(window: bytes) -> int:
    """What ``screening.look`` says, at once where a window is printable ASCII."""
    if sz.find_first_not_of(window, PRINTABLE) < 0:
        return screening.SHIFTED if sz.find(window, b"~{") >= 0 else 0
    return screening.look(window)
