"""How far a long run has come, on one line of a terminal that is written over and over and leaves no trace."""

from __future__ import annotations

import sys
from time import perf_counter

from validator.model import TYPE_CHECKING, UsageError

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


def log(path: str) -> Callable[..., None]:
    """What writes down events, a JSON object a line with the time (RFC 3339), as they happen; nothing without a path.

    Raises ``UsageError`` where the file cannot be written.
    """
    if not path:
        return lambda event, **known: None
    import json
    from datetime import UTC, datetime

    try:
        file = open(path, "a", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {(error.strerror or str(error)).lower()}") from None

    def write(event: str, **known: object) -> None:
        line = json.dumps({"time": datetime.now(UTC).isoformat(), "event": event, **known})
        try:
            file.write(line + "\n")
            file.flush()
        except (OSError, ValueError):
            pass  # a full disk must not end the run that it is about

    return write


def said(done: int, total: int, size: int, seconds: float) -> str:
    """The line: files, bytes, rate, and the time that remains if it goes on like this."""
    left = round(seconds * (total - done) / done)
    minutes = f"{left // 60}:{left % 60:02}"
    rate = size / seconds / 1e6
    return f"{done:,} of {total:,} files, {size / 1e6:,.1f} MB, {rate:,.0f} MB/s, {minutes} left"
