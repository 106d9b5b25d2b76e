"""Fuzz the validator: ``python -m tests.fuzz [--minutes N] [TARGET...]``.

All targets have their turn, each a part of the time and a process of its own. What is found is kept in
``--work``: ``corpus`` is where the next run goes on from, and an input that broke a law is named in the end.
With Atheris (``pip install -e '.[test,fuzz]'``) coverage of ``validator`` leads the search; without, it is random.
Exits with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from tests.command import ROOT
from tests.fuzz.child import ENGINES, HERE, SECONDS

_GRACE = 60
"""Seconds that a process may take besides, to start, to read its corpus and to end, before it is killed."""
_MARKS = ("crash-", "timeout-", "oom-", "trial")


class Outcome(NamedTuple):
    """What came of one target; ``edges`` and ``kept`` are unknown without Atheris."""

    target: str
    executions: int
    seconds: float
    edges: int | None
    kept: int | None
    crashes: tuple[str, ...]


def fuzz(target: str, work: Path, engine: str, seconds: int) -> Outcome:
    """Give a target its turn."""
    folder = work / target
    folder.mkdir(parents=True, exist_ok=True)
    before, start = found_in(folder), monotonic()
    command = [sys.executable, "-m", "tests.fuzz.child", target, str(folder)]
    command += ["--engine", engine, "--seconds", str(seconds)]
    with open(folder / "log", "wb") as log:
        run = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            code = run.wait(seconds + SECONDS + _GRACE)
        except subprocess.TimeoutExpired:
            code = 1
        finally:
            run.kill()
            run.wait()
    said = (folder / "log").read_text(errors="replace")
    crashes = tuple(sorted(str(folder / name) for name, _ in found_in(folder) - before))
    if code and not crashes:
        crashes = (str(folder / "log"),)
    kept = len(list((folder / "corpus").glob("*"))) if engine == "atheris" else None
    return Outcome(target, executions(said), monotonic() - start, last(r"\bcov: (\d+)", said), kept, crashes)


def found_in(folder: Path) -> set[tuple[str, int]]:
    """The inputs in a folder that broke a law, or on which the process ended, and when they were written."""
    return {(path.name, path.stat().st_mtime_ns) for path in folder.iterdir() if path.name.startswith(_MARKS)}


def executions(said: str) -> int:
    """How many inputs were tried, as far as a process came to say so."""
    return last(r"executed_units: *(\d+)", said) or last(r"^#(\d+)\t", said) or 0


def last(pattern: str, text: str) -> int | None:
    """The last number that a pattern finds."""
    numbers = re.findall(pattern, text, re.MULTILINE)
    return int(numbers[-1]) if numbers else None


def table(outcomes: list[Outcome]) -> str:
    """What came of all targets."""
    lines = [f"{'target':12} {'executions':>12} {'per second':>11} {'edges':>7} {'corpus':>7} {'crashes':>8}"]
    for one in outcomes:
        pace = one.executions / one.seconds
        edges, kept = ("–" if number is None else f"{number:,}" for number in (one.edges, one.kept))
        lines.append(f"{one.target:12} {one.executions:12,} {pace:11,.1f} {edges:>7} {kept:>7} {len(one.crashes):8}")
    return "\n".join([*lines, *(f"crash: {path}" for one in outcomes for path in one.crashes)])


def main() -> int:
    names = sorted(folder.name for folder in (HERE / "corpus").iterdir())
    parser = argparse.ArgumentParser("python -m tests.fuzz", description="Fuzz the validator.")
    parser.add_argument("target", nargs="*", help=f"all of them by default: {', '.join(names)}")
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together (default: 10)")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "fuzz", help="a folder (default: build/fuzz)")
    parser.add_argument("--engine", choices=ENGINES, default="atheris" if find_spec("atheris") else "hypothesis")
    asked = parser.parse_args()
    targets = asked.target or names
    if unknown := sorted({*targets} - {*names}):
        parser.error(f"there is no target {unknown[0]!r}; there are {', '.join(names)}")
    if asked.engine == "atheris" and not find_spec("atheris"):
        parser.error("Atheris is not installed: pip install -e '.[test,fuzz]'")
    seconds = max(1, round(asked.minutes * 60 / len(targets)))
    print(f"{len(targets)} targets with {asked.engine}, {seconds} s each", flush=True)
    outcomes = []
    for target in targets:
        outcomes.append(fuzz(target, asked.work.absolute(), asked.engine, seconds))
        print(f"{target}: {outcomes[-1].executions:,} executions, {len(outcomes[-1].crashes)} crashes", flush=True)
    print(table(outcomes))
    return 1 if any(one.crashes for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
