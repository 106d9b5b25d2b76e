"""A run without options stays light: what it imports, and that both doors lead to the same room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.command import ROOT, said, validate
from tests.strategies import index_of
from validator import checking, cli
from validator.__main__ import COMMANDS, main, plain

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
SLOW = {
    "re",
    "enum",
    "functools",
    "contextlib",
    "collections",
    "datetime",
    "importlib",
    "validator.rule",
    "validator.faults",
}
"""What a run that finds nothing can do without as well; ``python -m`` imports some of it."""
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

CLEAN_RUN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from validator.__main__ import main
try:
    main()
except SystemExit as leave:
    print(*sys.modules, file=sys.stderr)
    sys.exit(leave.code)
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


def test_a_clean_run_imports_no_rule(tmp_path: Path) -> None:
    texts = {"a.txt": b"Plain words.\n", "b/c.md": "Façade, Größe, čeština, Łódź.\n".encode()}
    tree = {**texts, "INDEX.md": index_of({name: name[0] for name in texts}, texts)}
    for name, content in tree.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CLEAN_RUN, ROOT, tmp_path], capture_output=True, check=True, timeout=60
    )
    modules = set(run.stderr.decode().split())
    assert {name for name in modules if name.startswith("validator.rules.")} == {"validator.rules.table"}
    assert modules & SLOW == set()


def test_a_run_with_findings_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("é\x00\x1b".encode())
    code, modules = modules_of(str(tmp_path))
    assert code == 1
    assert modules & HEAVY == set()


WORDS = ["check", "--tracked", "seeds", "README.md", "-", "--", "-q", "--help", "--tracked=1", "", "nowhere", *COMMANDS]
WORDS += [
    "--cache",
    "--no-cache",
    "--quiet",
    "-j",
    "-j2",
    "--jobs",
    "--jobs=2",
    "0",
    "2",
    "007",
    "\u0663",
    "-v",
    "99999",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=6))
@example(["check", "--tracked", "--cache", "seeds/"])
@example(["-j", "2", "seeds/", "-q", "-j", "007"])
def test_what_goes_through_the_light_door_means_the_same_to_typer(arguments: list[str]) -> None:
    found = plain(arguments)
    if found is not None:
        paths, flags = found
        with mock.patch.object(checking, "command", return_value=0) as command:
            assert cli.run(arguments) == 0
        command.assert_called_once_with(paths, checking.Flags(**flags))


@pytest.mark.parametrize(
    "arguments", [["seeds"], ["check", "seeds", "README.md"], ["check", "--tracked", "--cache", "seeds/"]]
)
def test_hooks_and_plain_paths_go_through_the_light_door(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["validate", *arguments])
    monkeypatch.setattr(cli, "run", None)
    with mock.patch.object(checking, "command", return_value=0) as command, pytest.raises(SystemExit):
        main()
    command.assert_called_once()


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
