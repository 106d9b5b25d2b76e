"""A run without options stays light: what it imports, and that both doors lead to the same room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import ROOT, said, validate
from validator.__main__ import COMMANDS, plain_paths

HEAVY = {
    "typer",
    "click",
    "pydantic",
    "yaml",
    "jsonschema",
    "rich",
    "dataclasses",
    "typing",
    "inspect",
    "json",
    "unittest",
}
PROGRAM = """
import runpy, sys
sys.argv = ["validate", *sys.argv[1:]]
try:
    runpy.run_module("validator", run_name="__main__")
except SystemExit as leave:
    code = leave.code
print(*sorted(name for name in sys.modules if "." not in name), file=sys.stderr)
sys.exit(code)
"""


def modules_of(*arguments: str) -> tuple[int, set[str]]:
    run = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM, *arguments],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    return run.returncode, set(run.stderr.split())


def test_a_clean_run_imports_nothing_heavy() -> None:
    code, modules = modules_of("seeds/")
    assert code == 0
    assert modules & HEAVY == set()


def test_a_run_with_findings_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("é\u202e\x00".encode())
    code, modules = modules_of(str(tmp_path))
    assert code == 1
    assert modules & HEAVY == set()


@given(
    st.lists(
        st.sampled_from(["check", "seeds", "README.md", "-", "-q", "--help", "", "nowhere", *COMMANDS]), max_size=4
    )
)
def test_only_paths_go_through_the_light_door(arguments: list[str]) -> None:
    paths = plain_paths(arguments)
    if paths is not None:
        assert paths
        assert all(path == "-" or Path(path).exists() for path in paths)
        assert arguments in (paths, ["check", *paths])


@pytest.mark.parametrize("paths", [["docs"], ["docs/a.txt", "docs/b.txt"], ["docs", "docs/INDEX.md"], ["check"]])
def test_both_doors_lead_to_the_same_report(tmp_path: Path, paths: list[str]) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (tmp_path / "check").write_bytes(b"x")
    (folder / "a.txt").write_bytes(b"one")
    (folder / "b.txt").write_bytes("\u202ex\n".encode())
    (folder / "INDEX.md").write_bytes(b"- `a.txt`\n- `c.txt`\n")
    light = validate("check", *paths, cwd=tmp_path)
    typer = validate("check", "--color", "auto", *paths, cwd=tmp_path)
    assert (light.returncode, light.stdout, light.stderr) == (typer.returncode, typer.stdout, typer.stderr), said(typer)
