"""What a large run works with."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from validator import engine, limits
from validator.model import UsageError, value
from validator.scale.engines import engine_at
from validator.scale.store import Store
from validator.signals import orderly
from validator.trees import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from validator.engine import Watch
    from validator.scale.engines import Engine

_ADDRESSES = 3 << 30
"""Bytes of address space that DuckDB and Arrow want in each process."""


@value
class Scaled:
    """What a large run works with: an engine, a place for facts, and somebody to tell how it goes.

    With ``keeps``, what the store knows of earlier runs is believed. ``log`` takes an event and what is known
    of it.
    """

    engine: Engine
    store: Store
    keeps: bool = False
    log: Callable[..., None] = lambda event, **known: None
    watch: Watch | None = None
    inventory: bool = False


@contextmanager
def means(
    spelled: str, jobs: int, state: str, inventory: bool, log: Callable[..., None] = lambda event, **known: None
) -> Iterator[Scaled]:
    """What a large run works with, while it lasts: ``spelled`` names the engine, ``state`` a folder or a URL.

    Raises ``UsageError``.
    """
    limits.refuse_scarce(_ADDRESSES, "a large run (--engine, --state)")
    try:
        import duckdb
        import pyarrow  # noqa: F401
    except ImportError as error:
        said = error.name or str(error).splitlines()[0]
        raise UsageError(f"a large run needs a package ({said}): pip install 'collection-validator[scale]'") from None
    with orderly(), TemporaryDirectory(prefix="validate-") as folder:
        store, sign = Store(state or folder), f"runs/sign-{time.time_ns():x}"
        chosen = engine_at(spelled, jobs or engine.processors())
        try:
            _put(store, f"{sign}/here")
            chosen.require(partial(store.has, f"{sign}/here"), f"see {store.root!r} (which --state can name)")
            store.remove(sign)
            yield Scaled(chosen, store, bool(state), log, inventory=inventory)
        except (duckdb.Error, CancelledError) as error:
            said = str(error).partition("Detail:")[0].splitlines()[0]
            raise UsageError(f"the engine could not go on: {said}") from None
        except OSError as error:
            if error.filename is not None and not str(error.filename).startswith(store.root):
                raise
            raise UsageError(f"cannot work in {store.root!r}: {reason(error)}") from None
        finally:
            chosen.close()


def _put(store: Store, name: str) -> None:
    """Put a sign where the facts will be, that whoever takes part has to see. Raises ``UsageError``."""
    if store.root.startswith("memory://"):
        raise UsageError("--state: no two processes share memory://; name a folder, or another URL")
    try:
        store.put(name, b"")
    except UsageError:
        raise
    except Exception as error:  # clients of stores raise what they like
        said = reason(error) if isinstance(error, OSError) else (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"cannot write in {store.root!r}: {said}") from None
