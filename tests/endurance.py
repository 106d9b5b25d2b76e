"""What takes longer than a test may: faults at full size. ``python -m tests.endurance`` prints one row for each."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests import test_faults
from tests.command import ROOT
from tests.test_faults import indexed, nested

if TYPE_CHECKING:
    from collections.abc import Iterable

VALIDATE = [sys.executable, "-m", "validator"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def lay(root: Path, files: Iterable[tuple[str, bytes, int]]) -> Path:
    """Write a collection of files, each with what is repeated in it and how often, in a process of its own.

    The memory that this process has once had counts in what is measured of its children.
    """
    child = os.fork()
    if child == 0:
        test_faults.lay(root, {name: data * times for name, data, times in files})
        os._exit(0)
    os.waitpid(child, 0)
    return root


def ran(*words: str | Path, before: str = ":") -> tuple[int, str, float, float]:
    """Exit code, what was said on standard error, seconds of processor time, and MB of memory at its highest."""
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.Popen(
            ["sh", "-c", f'{before}; exec "$@"', "sh", *map(str, [*VALIDATE, *words])],
            env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return run.returncode, said.read(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def told(code: int, said: str) -> str:
    """An outcome in a word; what should never be begins with ``BAD``."""
    if code == 0 and not said:
        return "right answer"
    if code == 2 and said.startswith("error: ") and said.count("\n") == 1 and "defect" not in said:
        return "one line, exit 2"
    return f"BAD: exit {code}: {said[-200:]!r}"


def row(what: str, size: str, outcome: str, seconds: float, memory: float | None = None) -> None:
    """Print a row; the memory only if it is more than that of this process, which would hide it."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    shown = f"{memory:.0f}" if memory and memory > own else f"< {own:.0f}" if memory else ""
    print(f"| {what} | {size} | {outcome} | {seconds:.1f} | {shown} |", flush=True)


def counted(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())


def wide(here: Path) -> None:
    """Many files in one folder."""
    for count in (25_000, 50_000, 100_000):
        root = here / f"wide-{count}"
        lay(root, ((f"{number:06}.txt", b"Words %d.\n" % number, 1) for number in range(count)))
        for jobs in ("1", "2"):
            code, said, seconds, memory = ran("-j", jobs, root)
            row("files in one folder", f"{count:,} files, -j {jobs}", told(code, said), seconds, memory)
        shutil.rmtree(root)


def deep(here: Path) -> None:
    """Folders in folders, most of them deeper than a path can say."""
    for depth in (2_500, 5_000, 10_000):
        root = here / f"deep-{depth}"
        nested(root, "d", depth)
        code, said, seconds, memory = ran(root)
        row("folders in each other", f"{depth:,} folders", f"exit {code} (VAL001)" + said, seconds, memory)
        subprocess.run(["rm", "-rf", root], check=True)


def little_memory(here: Path) -> None:
    """Every limit on addresses from next to nothing to plenty."""
    small = lay(here / "small", ((f"{number}.txt", b"Words %d.\n" % number, 1) for number in range(60)))
    line = "Ein Satz über größere Dinge, der lang genug ist.\n".encode()
    big = lay(here / "big", [("big.txt", line, 200_000_000 // len(line)), ("a.txt", line, 1), ("b.txt", line, 2)])
    commands: tuple[tuple[str, list[str | Path], range], ...] = (
        ("60 files", [small], range(14, 64, 2)),
        ("60 files, -j 2", ["-j", "2", small], range(14, 64, 2)),
        ("60 files, HTML", ["check", "--output-format", "html", small], range(24, 80, 4)),
        ("60 files, fix", ["fix", small], range(24, 80, 4)),
        ("200 MB file", [big], range(20, 260, 40)),
        ("200 MB file, -j 2", ["-j", "2", big], range(20, 260, 40)),
        ("200 MB file, --engine local", ["check", "--engine", "local", "-j", "2", big], range(500, 4100, 500)),
    )
    for size, words, limits in commands:
        outcomes: Counter[str] = Counter()
        used = most = 0.0
        for limit in limits:
            code, said, seconds, memory = ran(*words, before=f"ulimit -v {limit * 1000}")
            outcomes[told(code, said)] += 1
            used, most = used + seconds, max(most, memory)
        row(f"ulimit -v from {limits[0]} to {limits[-1]} MB", size, counted(outcomes), used, most)
    shutil.rmtree(big)


def few_files(here: Path) -> None:
    """Every limit on open files from four on."""
    root = here / "roomy"
    for folder in range(12):
        lay(root / f"f{folder}", ((f"{'name' * 50}{number}.txt", b"Words %d.\n" % number, 1) for number in range(240)))
    heads = {f"f{folder}/INDEX.md": (root / f"f{folder}/INDEX.md").read_bytes() for folder in range(12)}
    (root / "INDEX.md").write_bytes(indexed(heads))
    for words in ([], ["-j", "2"], ["check", "--engine", "local", "-j", "2"]):
        outcomes: Counter[str] = Counter()
        used = most = 0.0
        for limit in (6, 7, 8, 9, 10, 12, 16, 20, 24, 32, 48, 64):
            code, said, seconds, memory = ran(*words, root, before=f"ulimit -n {limit}")
            outcomes[told(code, said)] += 1
            used, most = used + seconds, max(most, memory)
        row("ulimit -n from 6 to 64", " ".join(["2,880 files", *words]), counted(outcomes), used, most)


def killed(here: Path) -> None:
    """``fix``, killed or told to end at any moment: the files are the old ones or the new ones, all of them."""
    old = {f"{number % 7}/{number}.txt": b"Words %d." % number for number in range(300)}
    for number in (signal.SIGKILL, signal.SIGTERM):
        outcomes: Counter[str] = Counter()
        began = time.perf_counter()
        usual = 0.0
        for turn in range(21):
            root = here / "killed"
            test_faults.lay(root, old)
            command = [*VALIDATE, "fix", "-q", str(root)]
            run = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            started = time.perf_counter()
            if turn:
                time.sleep(random.uniform(0.2, 1.0) * usual)
                run.send_signal(number)
            run.wait()
            usual = usual or time.perf_counter() - started
            hidden = list(root.rglob(".validate-*"))
            mended = {(root / name).read_bytes() == data + b"\n" for name, data in old.items()}
            if number == signal.SIGTERM and (hidden or len(mended) > 1):
                outcomes["BAD: something was left"] += 1
            elif ran("fix", "-q", root)[0] or ran(root)[0] or list(root.rglob(".validate-*")):
                outcomes["BAD: not swept"] += 1
            else:
                outcomes["then mended" if not all(mended) else "was mended"] += 1
            shutil.rmtree(root)
        row(
            f"{number.name} at any moment of fix", "300 files, 21 times", counted(outcomes), time.perf_counter() - began
        )


def restless(here: Path) -> None:
    """A file that another process writes anew all the time: it is said, or what was read is one whole content."""
    root = here / "restless"
    one, other = (b"One line.\n" * 300_000, b"Another..\n" * 300_000)
    test_faults.lay(root, {"a.txt": one})
    (root / "a.txt").write_bytes(other)
    program = (
        "import sys\none, other = b'One line.\\n' * 300_000, b'Another..\\n' * 300_000\n"
        "file = open(sys.argv[1], 'r+b', buffering=0)\n"
        "while True:\n    for data in one, other:\n        file.seek(0)\n        file.write(data)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, root / "a.txt"])
    outcomes: Counter[str] = Counter()
    began = time.perf_counter()
    try:
        for _ in range(100):
            run = subprocess.run([*VALIDATE, root], env=ENVIRONMENT, capture_output=True, text=True)
            outcomes["VAL002" if "VAL002" in run.stdout else f"exit {run.returncode}"] += 1
    finally:
        writer.kill()
        writer.wait()
    row("a file that is rewritten all the time", "3 MB, 100 times", counted(outcomes), time.perf_counter() - began)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("| fault | size | outcome | seconds | MB |\n|---|---|---|--:|--:|")
    wanted = sys.argv[1:] or ["wide", "deep", "little_memory", "few_files", "killed", "restless"]
    with tempfile.TemporaryDirectory(prefix="endurance-") as folder:
        for name in wanted:
            globals()[name](Path(folder))
