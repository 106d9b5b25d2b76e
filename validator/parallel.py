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
from validator.signals import deaf_to_interrupts, interrupts_put_off

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


class Alone:
    """In place of a result: the system gives no process for the task."""


def spread(work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[Result | Died | Alone]:
    """The result of every task, in order.

    Where processes are not forked ``work`` must be something that can be pickled. What it raises is raised here.
    """
    workers: list[_Worker[Task]] = []
    done: dict[int, Result | Died | Alone] = {}
    given = 0
    try:
        for number in range(len(tasks)):
            while number not in done:
                while given < min(len(tasks), number + max(jobs, 1) * _AHEAD):
                    free = next((worker for worker in workers if worker.number < 0), None)
                    if free is None and len(workers) < jobs:
                        free = _started(work, workers)
                        jobs = jobs if free is not None else len(workers)
                    if free is not None and free.give(given, tasks[given]):
                        given += 1
                    elif jobs:
                        break
                    else:
                        done[given] = Alone()
                        given += 1
                for line in wait([worker.line for worker in workers]) if number not in done else ():
                    worker = next(worker for worker in workers if worker.line is line)
                    at, result = worker.number, worker.take()
                    if isinstance(result, Died):
                        workers.remove(worker)
                        jobs -= at < 0  # one that could not even be given something is not replaced
                    if at >= 0:
                        done[at] = result
            yield done.pop(number)
    finally:
        for worker in workers:
            worker.end()


def _started(work: Callable[[Task], Any], workers: list[_Worker[Task]]) -> _Worker[Task] | None:
    """One process more, if the system gives one."""
    try:
        workers.append(_Worker(work, [worker.line for worker in workers]))
    except OSError:
        return None
    return workers[-1]


class _Worker(Generic[Task]):
    """A process, the line to it, and the number of its task, negative if it has none."""

    def __init__(self, work: Callable[[Task], Any], lines: list[Connection[Any, Any]]) -> None:
        context = get_context("fork") if sys.platform == "linux" else get_context("spawn")
        self.number = -1
        self.line, far = context.Pipe()
        inherited = [*lines, self.line] if sys.platform == "linux" else []
        self._process = context.Process(target=_serve, args=(far, inherited, work), daemon=True)
        try:
            with interrupts_put_off() if sys.platform == "linux" else deaf_to_interrupts():
                self._process.start()
        except OSError:
            self.line.close()
            raise
        finally:
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
        except Exception as error:  # what cannot be pickled
            line.send((False, RuntimeError(f"{answer[1]!r}: {error}")))
