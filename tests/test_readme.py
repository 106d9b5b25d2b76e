"""Every command that the README shows does what it says; those of CONTRIBUTING are what `.ci/run` runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import validator
from tests.command import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def transcripts(text: str) -> list[tuple[str, str]]:
    """The commands of all console blocks, each with the output that is shown for it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def without_rules(text: str) -> str:
    """A transcript without the number of rules, which a new rule must not have to correct."""
    return re.sub(r"\d+ rules", "N rules", text)


COMMANDS = transcripts(README)
INSTALLING = [command for command, _ in COMMANDS if command.startswith("python3 -m venv")]
OTHERS = [pair for pair in COMMANDS if pair[0] not in INSTALLING]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of what git tracks, and a ``validate`` for it on the path."""
    root = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    return root


def test_the_readme_shows_two_commands_to_begin_with() -> None:
    assert len(INSTALLING) == 2
    assert INSTALLING[0].endswith("validate seeds/")
    assert INSTALLING[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="the command is written for a POSIX shell")
def test_installing_and_running(checkout: Path) -> None:
    environment = {key: content for key, content in os.environ.items() if not key.startswith("PYTHON")}
    run = subprocess.run(
        INSTALLING[0], shell=True, cwd=checkout, env=environment, capture_output=True, timeout=600, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    assert run.stdout.startswith(b"OK  ")
    program = "from validator import contracts; print(contracts.load('index')['$schema'])"
    installed = subprocess.run([checkout / ".venv/bin/python", "-c", program], cwd="/", capture_output=True, check=True)
    assert b"json-schema.org" in installed.stdout
    assert (
        b"collection"
        in subprocess.run(
            [checkout / ".venv/bin/collection-validator", "--help"], cwd="/", capture_output=True, check=True
        ).stdout
    )


@pytest.mark.parametrize(("command", "output"), OTHERS, ids=[command for command, _ in OTHERS])
def test_commands_print_what_is_shown(checkout: Path, command: str, output: str) -> None:
    program, *words = shlex.split(command)
    assert program == "validate"
    run = subprocess.run(
        [sys.executable, "-m", "validator", *words],
        cwd=checkout,
        capture_output=True,
        check=False,
        env={key: content for key, content in os.environ.items() if key not in ("FORCE_COLOR", "GITHUB_ACTIONS")},
    )
    assert run.returncode == ("broken" in command), run.stderr.decode()
    if output:
        assert without_rules(run.stdout.decode()) == without_rules(output)


def test_the_library(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(ROOT)
    exec(program.replace("seeds/", "examples/broken/"), {})
    assert "IDX002" in capsys.readouterr().out
    assert validator.check(ROOT / "seeds").findings == ()


def test_the_container_and_the_settings_shown(tmp_path: Path) -> None:
    (block,) = [text for text in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if "<<<FILE" in text]
    (tmp_path / "letters.bundle").write_text(block)
    assert [finding.code for finding in validator.check(tmp_path / "letters.bundle").findings] == []
    (settings,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(settings)
    validator.check(tmp_path / "letters.bundle")


def test_the_commands_for_contributors_are_those_of_the_gate() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    shown = transcripts((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    steps = [step for command, _ in shown for step in command.split(" && ") if "venv" not in step.split()[:3]]
    steps = [step.removesuffix(" tests/test_rules.py") for step in steps if "pip install" not in step]
    assert len(steps) > 5
    assert [step for step in steps if step not in gate] == []


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        prose = re.sub(r"(?s)(`{3,}).*?\1|`[^`\n]*`", "", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (page.parent / target).exists(), f"{page}: {target}"
