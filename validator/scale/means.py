"""What a large run works with."""

from __future__ import annotations

from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from validator import engine
from validator.model import UsageError, value
from validator.scale.engines import engine_at
from validator.scale.store import Store
from validator.trees import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from validator.engine import Watch
    from validator.scale.engines import Engine


_SIGN = "runs/sign"
"""A file that whoever takes part must see."""


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
    try:
        import duckdb
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"a large run needs a package ({error.name}): pip install 'collection-validator[scale]'"
        ) from None
    with TemporaryDirectory(prefix="validate-") as folder:
        store = Store(state or folder)
        chosen = engine_at(spelled, jobs or engine.processors())
        try:
            _put(store)
            chosen.require(partial(store.has, _SIGN), f"see {store.root!r} (which --state can name)")
            yield Scaled(chosen, store, bool(state), log, inventory=inventory)
        except (duckdb.Error, CancelledError) as error:
            raise UsageError(f"the engine could not go on: {str(error).splitlines()[0]}") from None
        finally:
            chosen.close()


def _put(store: Store) -> None:
    try:
        store.put(_SIGN, b"")
    except OSError as error:
        raise UsageError(f"cannot write in {store.root!r}: {reason(error)}") from None
