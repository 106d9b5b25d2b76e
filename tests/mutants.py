"""Mutants: is every decision that the heart of the program takes also tested?

``python -m tests.mutants`` changes one expression at a time in a copy of the package, runs the tests that are
meant to notice, and prints how many changes they have noticed; ``python -m tests.mutants container text`` does it
for some parts only. mutmut (``pip install 'collection-validator[mutants]'``) makes the changes and runs the tests.

A mutant is noticed if a test fails or takes more than ``PATIENCE`` seconds. The examples that Hypothesis
draws are the same in every run. With ``--work FOLDER`` the copies are kept there, and a run that is started
again goes on where it stopped; what has survived is tried again.

This module is also the plugin of pytest that sees to that.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).parent.parent
PATIENCE = 10
"""Seconds of processor time for one test, however busy the machine is; the slowest takes two."""
NOTICED = {1: "killed", 3: "killed", 36: "timed out"}
"""What exit codes of a test run mean; a mutant with any other has survived."""
OPTIONS = ("-oaddopts=", "-pno:xdist", "-pno:cacheprovider", "-ptests.mutants", "--assert=plain")
CONFIGURATION = """
[tool.mutmut]
source_paths = ["validator"]
only_mutate = {modules}
also_copy = ["docs", "schemas", "README.md", "seeds"]
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 1000.0
use_setproctitle = false
track_dependencies = false
use_git_change_detection = false
"""


class Part(NamedTuple):
    """Modules whose mutants are made, the tests that should notice them, and those among them that take too long."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()


PIECES = "test_packing.py::TestRoundTrip::test_escaping_in_pieces_is_escaping_in_one"
SEVEN_BITS = (
    "test_encodings.py::test_text_in_seven_bits_is_recognised",
    "test_encodings.py::test_other_text_is_not_taken_for_seven_bits",
)
PARALLEL = (
    "test_parallel.py::test_a_file_that_kills_the_process_that_reads_it_is_named",
    "test_parallel.py::test_a_process_that_begins_from_nothing_finds_the_same",
    "test_parallel.py::test_a_library_stays_in_one_process_unless_asked",
)
PEAK = "test_engine.py::test_documents_with_findings_are_let_go"
EVERY_RULE = "test_fixing.py::test_mending_a_fault_leaves_nothing_to_mend_and_brings_nothing_new"
PARTS = {
    "container": Part(("container",), ("test_container.py", PIECES)),
    "text": Part(("text",), ("test_text.py", *SEVEN_BITS)),
    "manifest": Part(("manifest",), ("test_index.py",)),
    "matching": Part(("matching",), ("test_matching.py",)),
    "entries": Part(("entries",), ("test_indexing.py",)),
    "engine": Part(("engine",), ("test_engine.py", *PARALLEL), (PEAK,)),
    "fixing": Part(("fixing",), ("test_fixing.py",), (EVERY_RULE,)),
}


def pytest_configure() -> None:
    quick = settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=30,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.register_profile("mutants", quick)
    settings.load_profile("mutants")
    signal.signal(signal.SIGPROF, lambda *_: os._exit(36))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first, as far as it is known how long they take."""
    known = Path("mutmut-stats.json")
    durations = json.loads(known.read_text("utf-8"))["duration_by_test"] if known.exists() else {}
    items.sort(key=lambda item: durations.get(item.nodeid, 0))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def prepared(part: Part, folder: Path) -> None:
    """A copy of the project with what mutmut has to know."""
    for name in ("validator", "tests", "docs", "schemas", "seeds"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True, ignore=ignored)
    shutil.copy(ROOT / "README.md", folder)
    configuration = CONFIGURATION.format(
        modules=json.dumps([f"validator/{module}.py" for module in part.modules]),
        tests=json.dumps([f"tests/{test}" for test in part.tests]),
        options=json.dumps([*OPTIONS, *(f"--deselect=tests/{test}" for test in part.without)]),
    )
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + configuration, "utf-8")


def verdicts(part: Part, folder: Path) -> dict[str, int | None]:
    """The exit codes of the tests by mutant."""
    codes: dict[str, int | None] = {}
    for module in part.modules:
        results = folder / "mutants" / "validator" / f"{module}.py.meta"
        if results.exists():
            codes |= json.loads(results.read_text("utf-8"))["exit_code_by_key"]
    return codes


def tried(part: Part, folder: Path, jobs: int) -> Mapping[str, int | None]:
    """Run the tests on the mutants of which nothing is known yet, and once more on those that have survived."""
    prepared(part, folder)
    earlier = {name for name, code in verdicts(part, folder).items() if code is not None}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    again = [name for name, code in verdicts(part, folder).items() if name in earlier and code not in NOTICED]
    if again:
        subprocess.run([*command, *again], cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return verdicts(part, folder)


def changes(part: Part, folder: Path, mutants: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """What each mutant changes, as lines of a diff. mutmut writes all mutants of a module into one file."""
    functions: dict[str, list[str]] = {}
    for module in part.modules:
        source = (folder / "mutants" / "validator" / f"{module}.py").read_text("utf-8")
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                functions[f"validator.{module}.{node.name}"] = lines[node.lineno : node.end_lineno]
    for mutant in mutants:
        diff = unified_diff(functions[re.sub(r"\d+$", "orig", mutant)], functions[mutant], n=0, lineterm="")
        yield mutant, [line for line in diff if line[:2] not in ("--", "++", "@@")]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--work", type=Path, help="a folder for the copies of the project")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    rows = ["| part | mutants | killed | timed out | survived | noticed |", "|---|--:|--:|--:|--:|--:|"]
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.parts or PARTS:
            copy = (chosen.work or Path(folder)).resolve() / name
            found = tried(PARTS[name], copy, chosen.jobs)
            survivors = [mutant for mutant, code in found.items() if code not in NOTICED]
            for mutant, lines in changes(PARTS[name], copy, survivors):
                print(mutant, *lines, sep="\n")
            counts = Counter(NOTICED.get(code or 0, "survived") for code in found.values())
            share = 100 * (len(found) - len(survivors)) / len(found)
            numbers = [len(found), *(counts[verdict] for verdict in ("killed", "timed out", "survived"))]
            rows.append(f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} | {share:.1f} % |")
    print(*rows, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
