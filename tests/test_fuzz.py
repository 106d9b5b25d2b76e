"""The targets of the fuzzer hold for all that was ever found, and for a few things that nobody has tried yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import ROOT
from tests.fuzz import child
from tests.fuzz.targets import TARGETS
from tests.project import copy_project
from validator import frontmatter

INPUTS = {name: [path.read_bytes() for path in child.committed(name)] for name in TARGETS}
ON_DISK = {"archive", "journal", "unpack"}
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
ALL = pytest.mark.parametrize("name", [pytest.param(name, marks=[posix] * (name in ON_DISK)) for name in TARGETS])


@ALL
def test_the_corpus_and_what_was_pinned_keep_the_law(name: str) -> None:
    assert INPUTS[name]
    for path in child.committed(name):
        TARGETS[name].law(path.read_bytes())


@ALL
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_so_does_what_is_nearly_the_same(name: str, data: st.DataObject) -> None:
    TARGETS[name].law(data.draw(child.changed(INPUTS[name], TARGETS[name].tokens)))


def test_the_corpus_is_small_and_belongs_to_targets() -> None:
    assert {folder.name for folder in (child.HERE / "corpus").iterdir()} == {*TARGETS}
    assert {folder.name for folder in (child.HERE / "pinned").iterdir()} <= {*TARGETS}
    assert all(len(inputs) <= 50 for inputs in INPUTS.values())
    assert all(len(data) <= child.LONGEST for inputs in INPUTS.values() for data in inputs)


def run(project: Path, work: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz", "--engine", "hypothesis", "--minutes", "0.02", "frontmatter"]
    return subprocess.run([*command, "--work", work], cwd=project, capture_output=True, text=True, timeout=100)


def test_the_command_tries_a_target_and_says_how_often(tmp_path: Path) -> None:
    done = run(ROOT, tmp_path)
    assert done.returncode == 0, done.stderr
    headers, cells = (line.split() for line in done.stdout.splitlines()[-2:])
    assert headers == ["target", "executions", "per", "second", "edges", "corpus", "crashes"]
    assert (cells[0], cells[-1]) == ("frontmatter", "0")
    assert int(cells[1].replace(",", "")) > 0


def test_the_command_keeps_and_names_what_broke_a_law(tmp_path: Path) -> None:
    copy_project(tmp_path / "project")
    with open(tmp_path / "project" / "validator" / "frontmatter.py", "a") as module:
        module.write("\n\ndef schema_name(data: bytes) -> str:\n    raise MemoryError\n")
    done = run(tmp_path / "project", tmp_path)
    assert done.returncode == 1, done.stderr
    crash, _, path = done.stdout.splitlines()[-1].partition(": ")
    assert crash == "crash"
    assert frontmatter.read(b"---\n" + Path(path).read_bytes() + b"\n---\n") is not None
