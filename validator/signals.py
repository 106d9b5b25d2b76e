"""What this process, and those that it starts, do when they are told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager

from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """A process that is started meanwhile hears no Ctrl-C: this one does, and hangs up.

    Only the main thread can arrange for that; a process that another one starts says what it was at.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)  # none if it was not set from Python


@contextmanager
def interrupts_put_off() -> Iterator[None]:
    """Ctrl-C is heard only at the end of this; a process that is forked meanwhile never hears it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def orderly() -> Iterator[None]:
    """Told to end (SIGTERM, SIGHUP) meanwhile, this process tidies up first: ``SystemExit`` is raised, with 128 + n.

    Whoever uses this as a library and listens to these signals goes on doing so.
    """

    def end(number: int, frame: object) -> None:
        sys.exit(128 + number)

    signals = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        signals = []
    before = {one: signal.signal(one, end) for one in signals if signal.getsignal(one) == signal.SIG_DFL}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
