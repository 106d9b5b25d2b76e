"""Running programs to be measured, each in a process of its own, and saying on what machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from ast import literal_eval
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

INDEX = "| name | bytes | sha256 |\n|------|------:|--------|\n"
"""An index without entries; ``validate index`` fills its columns and adds no others."""


LAUNCHER = """
import os, sys, time
report = int(sys.argv[1])
os.set_inheritable(report, False)
start = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - start
told = usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, os.waitstatus_to_exitcode(status)
os.write(report, repr(told).encode())
"""
"""Starts a command and tells what it took. At first the system counts the memory of whoever starts a process as that
process's own, and here that is little."""


class Usage(NamedTuple):
    """What a process took: CPU seconds (user and system), seconds on the clock, peak resident bytes.

    CPU time includes the processes that it waited for. The peak is that of the largest among them; about 10 MB is
    the least that can be told.
    """

    cpu: float
    wall: float
    memory: int
    status: int
    printed: str


def run(command: Sequence[str], cwd: Path | None = None) -> Usage:
    """Run a command to its end."""
    told, report = os.pipe()
    with os.fdopen(told) as lines:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(report), *command],
            cwd=cwd,
            pass_fds=[report],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            check=False,
        )
        os.close(report)
        printed = done.stdout.decode(errors="replace").strip()
        cpu, wall, memory, status = literal_eval(lines.read() or sys.exit(printed))
    return Usage(cpu, wall, memory * (1 if sys.platform == "darwin" else 1024), status, printed)


def must(command: Sequence[str], cwd: Path | None = None) -> Usage:
    """Run a command that must succeed; the program ends if it does not."""
    usage = run(command, cwd)
    if usage.status:
        sys.exit(f"{' '.join(command)[:300]} left with {usage.status}:\n{usage.printed[-2000:]}")
    return usage


def in_turn(commands: Mapping[str, Callable[[], Usage]], runs: int) -> dict[str, Usage]:
    """Medians. The commands take turns, so that a busy machine is busy for all; the first round does not count."""
    rounds = [{name: command() for name, command in commands.items()} for _ in range(runs + 1)][1:]
    return {name: middle([one[name] for one in rounds]) for name in commands}


def middle(usages: Sequence[Usage]) -> Usage:
    """The median of times, the largest of peaks."""
    last = usages[-1]
    cpu, wall = median(one.cpu for one in usages), median(one.wall for one in usages)
    return last._replace(cpu=cpu, wall=wall, memory=max(one.memory for one in usages))


def validate() -> str:
    """The program as it is installed beside this interpreter."""
    found = shutil.which("validate", path=str(Path(sys.executable).parent))
    return found or sys.exit("install the project first: pip install -e .")


def index(folder: Path) -> None:
    """Give a folder an index with name, size and digest of every document, and see that it is clean."""
    (folder / "INDEX.md").write_text(INDEX, encoding="utf-8")
    must([validate(), "index", "--quiet", str(folder)])
    must([validate(), "check", str(folder)])


@contextmanager
def workshop(cache: Path | None) -> Iterator[Path]:
    """A folder for corpora: the given one, or one in memory, if there is such a place, that is removed afterwards."""
    if cache:
        cache.mkdir(parents=True, exist_ok=True)
        yield cache.resolve()
        return
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def machine() -> str:
    """One line about processor, system and interpreter."""
    kernel = platform.release().partition("-")[0]
    cores = f"{os.cpu_count()} cores"
    return f"{processor()}, {cores}, {platform.system()} {kernel}, Python {platform.python_version()}"


def processor() -> str:
    """The processor's model, as the system calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    ruler = ["------", *["------:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ruler, *rows])
