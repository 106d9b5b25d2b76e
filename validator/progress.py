"""How far a long run has come, on one line of a terminal that is written over and over and leaves no trace."""

from __future__ import annotations

import sys
from time import perf_counter

from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST, _EVERY = 1.0, 0.1
"""Seconds until something is shown, and between one time and the next."""
_CLEAR = "\r\x1b[K"


def watch() -> Callable[[int, int, int], None] | None:
    """What wants to be told of files read, of how many, and of bytes; nobody where no terminal listens."""
    stream = sys.stderr
    if stream is None or not stream.isatty():
        return None
    began = perf_counter()
    due = began + _FIRST
    is_shown = False

    def told(done: int, total: int, size: int) -> None:
        nonlocal due, is_shown
        now = perf_counter()
        if done < total and now < due:
            return
        line = said(done, total, size, now - began) if done < total else ""
        try:
            stream.write(_CLEAR + line if line or is_shown else "")
            stream.flush()
        except (OSError, ValueError):
            now = float("inf")
        due, is_shown = now + _EVERY, bool(line)

    return told


def said(done: int, total: int, size: int, seconds: float) -> str:
    """The line: files, bytes, rate, and the time that remains if it goes on like this."""
    left = round(seconds * (total - done) / done)
    minutes = f"{left // 60}:{left % 60:02}"
    rate = size / seconds / 1e6
    return f"{done:,} of {total:,} files, {size / 1e6:,.1f} MB, {rate:,.0f} MB/s, {minutes} left"
