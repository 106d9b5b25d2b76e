"""Who does the work: processes of this machine, or a cluster that is there already.

The seam is ``concurrent.futures.Executor``. Work that kills the process that does it is tried again, three times
in all and at last alone, so that it is known which it was; the rest goes on.
"""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, ProcessPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from validator.model import UsageError, value
from validator.signals import deaf_to_interrupts
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from multiprocessing.process import BaseProcess

Task = TypeVar("Task")
Result = TypeVar("Result")

TRIES = 3
"""How often work may kill who does it before it is given up."""
_AHEAD = 4
"""Tasks for each process that wait, so that none is ever idle."""
_LOOK_ROUND = 1.0
"""Seconds of waiting after which it is asked whether anybody is still there."""
_PATIENCE = 30.0
"""Seconds that a cluster may be without any worker."""


class Engine(Protocol):
    """Gives executors. ``jobs`` is how many tasks are done at once, ``dashboard`` a URL or empty."""

    jobs: int
    dashboard: str

    def executor(self) -> Executor:
        """One to work with; a new one where the last is broken. Raises ``UsageError``."""

    def renew(self, broken: Executor) -> None:
        """Leave a broken executor behind."""

    def watch(self) -> None:
        """Raise ``UsageError`` if nobody is there any more to do the work."""

    def require(self, question: Callable[[], bool], what: str) -> None:
        """Raise ``UsageError`` if a worker elsewhere answers no, and so cannot do ``what``."""

    def close(self) -> None:
        """Let go of everything."""


@value
class Lost:
    """In place of a result: the work killed whoever did it, as often as it was tried."""

    tries: int

    @property
    def said(self) -> str:
        """That, in words."""
        return f"the process that read it died, {self.tries} times"


class Deaf(ProcessPoolExecutor):
    """Processes that hear no Ctrl-C from their first moment on: the one that gives them work does, and ends them."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        with deaf_to_interrupts():
            return super().submit(work, *arguments, **named)


class Local:
    """Processes of this machine, started afresh and not forked, since libraries with threads are in use."""

    dashboard = ""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._pool: Executor | None = None

    def executor(self) -> Executor:
        if self._pool is None:
            from multiprocessing import get_context

            self._pool = Deaf(self.jobs, get_context("spawn"), initializer=_start)
        return self._pool

    def renew(self, broken: Executor) -> None:
        if self._pool is broken:
            self.close()

    def watch(self) -> None:
        pass

    def require(self, question: Callable[[], bool], what: str) -> None:
        pass

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None


def _start() -> None:
    """Prepare a process: Ctrl-C is for the one that gives the work, and without that one there is none."""
    import os
    import signal
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def end_with(parent: BaseProcess) -> None:
        parent.join()
        os._exit(1)

    if parent is not None:
        Thread(target=end_with, args=[parent], daemon=True).start()


class Dask:
    """The workers of a Dask cluster whose scheduler listens at an address such as ``127.0.0.1:8786``."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise UsageError("--engine dask://… needs `pip install 'collection-validator[cluster]'`") from None
        self._address = address
        for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said by whoever uses it
        try:
            self._client = Client(f"tcp://{address}", timeout=10, set_as_default=False)
        except (OSError, ValueError) as error:
            said = str(error) or type(error).__name__
            raise UsageError(f"no Dask scheduler answers at {address!r}: {said}") from None
        self.dashboard: str = self._client.dashboard_link
        self._lonely = 0.0
        self.jobs = max(1, sum(one["nthreads"] for one in self._workers().values()))

    def executor(self) -> Executor:
        pool: Executor = self._client.get_executor(pure=False)
        return pool

    def renew(self, broken: Executor) -> None:
        pass

    def watch(self) -> None:
        from time import monotonic

        if self._client.status not in ("running", "connecting"):
            raise self._gone()
        if self._workers():
            self._lonely = 0.0
        elif not self._lonely:
            self._lonely = monotonic()
        elif monotonic() - self._lonely > _PATIENCE:
            raise UsageError(f"the Dask scheduler at {self._address!r} has had no workers for {_PATIENCE:.0f} seconds")

    def require(self, question: Callable[[], bool], what: str) -> None:
        found: dict[str, Any] = self._client.run(_answered, __version__, question, on_error="return")
        for worker, answer in found.items():
            if not isinstance(answer, str | bool):
                said = " ".join(str(answer).split())
                raise UsageError(f"the worker {worker} cannot run this program, install it there: {said}")
            if isinstance(answer, str):
                raise UsageError(f"the worker {worker} has version {answer} of this program: install {__version__}")
            if not answer:
                raise UsageError(f"the worker {worker} cannot {what}: all have to share the place")

    def close(self) -> None:
        self._client.close(timeout=1)

    def _workers(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, KeyError):  # it forgets what it knew as it loses the scheduler
            raise self._gone() from None
        return found

    def _gone(self) -> UsageError:
        return UsageError(f"the Dask scheduler at {self._address!r} was lost, and with it the check: run it again")


def _answered(version: str, question: Callable[[], bool]) -> str | bool:
    """What a worker answers; if it has another version of this program, which it is."""
    return question() if version == __version__ else __version__


def engine_at(spelled: str, jobs: int) -> Engine:
    """The engine that ``--engine`` names. Raises ``UsageError``."""
    kind, _, address = spelled.partition("://")
    if spelled == "local":
        return Local(jobs)
    if kind == "dask" and address:
        return Dask(address)
    raise UsageError(f"--engine {spelled!r}: write local or dask://HOST:PORT")


def spread(
    engine: Engine,
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    divided: Callable[[Task], Sequence[Task]] = lambda task: [task],
) -> Iterator[tuple[Task, Result | Lost]]:
    """Every task with its result, as they are done. ``divided`` makes several of a task, or leaves it as it is.

    What ``work`` raises is raised here. Raises ``UsageError`` where nobody is left to do the work.
    """
    coming = iter(tasks)
    suspects: deque[tuple[Task, int]] = deque()  # with how often whoever had them died
    waiting: dict[Future[Result], tuple[Task, int, Executor]] = {}

    def submit(task: Task, deaths: int) -> None:
        pool = engine.executor()
        try:
            future = pool.submit(work, task)
        except BrokenExecutor:
            engine.renew(pool)
            pool = engine.executor()
            future = pool.submit(work, task)
        waiting[future] = task, deaths, pool

    try:
        while True:
            if suspects and not waiting:
                submit(*suspects.popleft())
            elif not suspects:
                for task in islice(coming, max(0, _AHEAD * engine.jobs - len(waiting))):
                    submit(task, 0)
            if not waiting:
                return
            done, _ = wait(waiting, timeout=_LOOK_ROUND, return_when=FIRST_COMPLETED)
            if not done:
                engine.watch()
            for future in done:
                task, deaths, pool = waiting.pop(future)
                try:
                    result = future.result()
                except BrokenExecutor:
                    engine.renew(pool)
                    deaths += 1
                except CancelledError:
                    engine.watch()
                except Exception as error:
                    if not _has_killed(error):
                        raise
                    deaths = max(deaths + 1, TRIES - 1)
                else:
                    yield task, result
                    continue
                if deaths < TRIES:
                    suspects.append((task, deaths))
                    continue
                parts = divided(task)
                if len(parts) > 1:
                    suspects.extendleft((part, TRIES - 1) for part in reversed(parts))
                else:
                    yield task, Lost(deaths)
    finally:
        for future in waiting:
            future.cancel()


def _has_killed(error: Exception) -> bool:
    """Whether Dask gave a task up because worker after worker died of it."""
    return type(error).__name__ == "KilledWorker"
