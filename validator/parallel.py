"""Work spread over processes, its results in the order of the work; nothing here knows what the work is.

Each process has a line of its own to this one, so that it notices when the other end goes away: a process
whose parent was killed ends, and one that dies is known together with what it was given.
"""

from __future__ import annotations

import sys
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Generic, TypeVar

from validator.model import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from typing import Any

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 8
"""Results for each process that may wait for an earlier one."""


@value
class Died:
    """In place of a result: the process that was at work on the task ended, as this exit code says."""

    code: int


def spread(work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[Result | Died]:
    """The result of every task, in order.

    Where processes are not forked ``work`` must be something that can be pickled. What it raises is raised here.
    """
    workers: list[_Worker[Task]] = []
    done: dict[int, Result | Died] = {}
    given = 0
    try:
        for number in range(len(tasks)):
            while number not in done:
                while given < min(len(tasks), number + jobs * _AHEAD):
                    free = next((worker for worker in workers if worker.number < 0), None)
                    if free is None and len(workers) < jobs:
                        free = _Worker(work, [worker.line for worker in workers])
                        workers.append(free)
                    if free is None or not free.give(given, tasks[given]):
                        break
                    given += 1
                for line in wait([worker.line for worker in workers]):
                    worker = next(worker for worker in workers if worker.line is line)
                    at, result = worker.number, worker.take()
                    if isinstance(result, Died):
                        workers.remove(worker)
                    if at >= 0:
                        done[at] = result
            yield done.pop(number)
    finally:
        for worker in workers:
            worker.end()


class _Worker(Generic[Task]):
    """A process, the line to it, and the number of its task, negative if it has none."""

    def __init__(self, work: Callable[[Task], Any], lines: list[Connection[Any, Any]]) -> None:
        context = get_context("fork") if sys.platform == "linux" else get_context("spawn")
        self.number = -1
        self.line, far = context.Pipe()
        inherited = [*lines, self.line] if sys.platform == "linux" else []
        self._process = context.Process(target=_serve, args=(far, inherited, work), daemon=True)
        self._process.start()
        far.close()

    def give(self, number: int, task: Task) -> bool:
        """Whether the process could be given a task; one that has died meanwhile says so when it is listened to."""
        try:
            self.line.send(task)
        except OSError:
            return False
        self.number = number
        return True

    def take(self) -> Any:
        """The result that the process has sent, or ``Died``."""
        try:
            is_result, result = self.line.recv()
        except (EOFError, OSError):
            self.end()
            return Died(self._process.exitcode or 0)
        self.number = -1
        if not is_result:
            raise result
        return result

    def end(self) -> None:
        self.line.close()
        self._process.join(0.1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(line: Connection[Any, Any], inherited: Sequence[Connection[Any, Any]], work: Callable[[Any], Any]) -> None:
    """What a process does: answer one task after the other until nobody asks any more."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and hangs up
    for other in inherited:
        other.close()
    while True:
        try:
            task = line.recv()
        except (EOFError, OSError):
            return
        try:
            answer = True, work(task)
        except Exception as error:
            answer = False, error
        try:
            line.send(answer)
        except OSError:
            return
