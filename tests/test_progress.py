"""Progress on a terminal: shown when a run takes long, gone when it ends, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import ROOT
from validator import progress

on_posix = pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")

IMPATIENT = """
import sys
from validator import progress
progress._FIRST = progress._EVERY = 0
sys.argv = ["validate", *sys.argv[1:]]
from validator.__main__ import main
main()
"""


def run_on_a_terminal(program: str, *arguments: str) -> tuple[int, str, str]:
    """The exit code, standard output, and what a terminal was sent on standard error."""
    near, far = os.openpty()
    command = [sys.executable, "-c", program, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=far, env=environment) as process:
        os.close(far)
        seen = b""
        try:
            while piece := os.read(near, 1 << 16):
                seen += piece
        except OSError:
            pass  # what Linux says when nobody has the other end open any more
        os.close(near)
        assert process.stdout is not None
        said = process.stdout.read().decode()
    return process.returncode, said, seen.decode()


@on_posix
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_long_run_says_how_far_it_is_and_leaves_no_trace(tmp_path: Path, jobs: str) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.txt").write_bytes(b"a line\n" * 1000)
    code, said, seen = run_on_a_terminal(IMPATIENT, "-j", jobs, str(tmp_path))
    lines = seen.split("\r\x1b[K")
    assert code == 1  # there is no index
    assert "IDX001" in said
    assert lines[0] == lines[-1] == ""
    assert len(lines) > 10
    assert all(line.endswith(" left") and " of 40 files, " in line for line in lines[1:-1])


@on_posix
def test_a_short_run_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a line\n")
    program = IMPATIENT.replace("progress._FIRST = progress._EVERY = 0", "")
    assert run_on_a_terminal(program, str(tmp_path))[2] == ""


def test_nothing_is_shown_where_there_is_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a line\n")
    (tmp_path / "b.txt").write_bytes(b"a line\n")
    run = subprocess.run(
        [sys.executable, "-c", IMPATIENT, str(tmp_path)],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.stderr == b""


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**15), st.floats(0.001, 1e7))
def test_the_line_is_short_whatever_the_numbers(done: int, more: int, size: int, seconds: float) -> None:
    line = progress.said(done, done + more, size, seconds)
    assert line.isprintable()
    assert len(line) <= 110


def test_the_line() -> None:
    assert progress.said(250, 1000, 25_000_000, 5.0) == "250 of 1,000 files, 25.0 MB, 5 MB/s, 0:15 left"
