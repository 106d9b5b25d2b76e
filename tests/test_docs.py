"""What the pages of the documentation show is so: commands, programs, settings, links; and the site builds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import validator
from tests.command import ROOT, validate
from tests.test_readme import checkout, transcripts, without_rules
from validator import config

__all__ = ["checkout"]

DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "rules")
posix = pytest.mark.skipif(os.name == "nt", reason="the commands are written for a POSIX shell")


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page that are in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def having(language: str) -> list[object]:
    return [pytest.param(page, id=page.stem) for page in PAGES if blocks(page, language)]


@posix
@pytest.mark.parametrize("page", having("console"))
def test_commands_print_what_is_shown(page: Path, checkout: Path, tmp_path: Path) -> None:
    work = tmp_path / "checkout"
    shutil.copytree(checkout, work, ignore=shutil.ignore_patterns(".venv", ".git"))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "validate").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m validator "$@"\n')
    (programs / "validate").chmod(0o755)
    kept = {key: word for key, word in os.environ.items() if key not in ("FORCE_COLOR", "GITHUB_ACTIONS", "CI")}
    environment = {**kept, "PATH": f"{programs}:{kept['PATH']}", "PYTHONPATH": str(work)}
    for command, output in transcripts(page.read_text(encoding="utf-8")):
        assert command.split()[0] in ("validate", "printf", "mkdir", "git", "tar"), command
        if "--watch" in command.split():
            continue  # it does not end by itself; tests/test_watching.py runs it
        run = subprocess.run(["sh", "-c", command], cwd=work, env=environment, capture_output=True, timeout=120)
        assert run.returncode in (0, 1), f"{command}: {run.stderr.decode()}"
        if output:
            assert without_rules((run.stdout + run.stderr).decode()) == without_rules(output), command


def test_programs_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    programs = blocks(DOCS / "how-to" / "library.md", "python")
    for program in programs:
        exec(program, {})
    assert len(programs) == 4
    printed = capsys.readouterr().out
    assert "IDX002" in printed
    assert printed.endswith("True\n")


def test_the_rule_that_is_shown_is_one(checkout: Path, tmp_path: Path) -> None:
    page = DOCS / "how-to" / "write-a-rule.md"
    work = tmp_path / "checkout"
    shutil.copytree(checkout, work, ignore=shutil.ignore_patterns(".venv", ".git"))
    (program,) = blocks(page, "python")
    (name,) = re.findall(r"`(validator/rules/\w+\.py)`", page.read_text(encoding="utf-8"))
    (work / name).write_text(program)
    commands = [line for block in blocks(page, "sh") for line in block.splitlines()]
    assert len(commands) == 4
    for command in commands:
        program, *words = command.split()
        modules = {"validate": ["-m", "validator"], "python": [], "pytest": ["-m", "pytest", "-q"]}
        run = subprocess.run(
            [sys.executable, *modules[program], *words],
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(work)},
            capture_output=True,
            timeout=300,
        )
        assert run.returncode == 0, f"{command}: {(run.stdout + run.stderr).decode()}"


@pytest.mark.parametrize("page", having("yaml"))
def test_settings_that_are_shown_are_settings(page: Path) -> None:
    known = {field.alias or name for name, field in config.Settings.model_fields.items()}
    for block in blocks(page, "yaml"):
        found = yaml.safe_load(block)
        if isinstance(found, dict) and known & set(found):
            config.load(None, found)


def test_the_index_that_is_shown_allows_what_it_says(tmp_path: Path) -> None:
    text = (DOCS / "index-format.md").read_text(encoding="utf-8")
    (table,) = [block for block in blocks(DOCS / "index-format.md", "markdown") if "allow" in block]
    (front,) = [block for block in blocks(DOCS / "index-format.md", "yaml") if "allow" in block]
    assert "telex-07.txt" in text
    (tmp_path / "telex-07.txt").write_bytes(b"a bell\x07")
    for index in (table, f"---\n{front}---\n- `telex-07.txt`\n"):
        (tmp_path / "INDEX.md").write_text(index)
        report = validator.check(tmp_path)
        assert "ENC005" not in {finding.code for finding in report.findings}
        assert "ENC005" in {one.finding.code for one in report.suppressed}


def test_every_command_and_option_is_told_of() -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    shown = validate("--help").stdout.decode()
    commands = re.findall(r"^  ([a-z]+) {2,}", shown.partition("Commands:")[2], re.MULTILINE)
    assert len(commands) > 10
    assert [name for name in commands if name not in page] == []


def test_every_test_that_the_page_about_security_names_is_there() -> None:
    named = re.findall(r"`(tests/\w+\.py)::(\w+)`", (DOCS / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 40
    known = {file: (ROOT / file).read_text(encoding="utf-8") for file, _ in named}
    gone = [f"{file}::{name}" for file, name in named if not re.search(rf"(def|class) {name}\b", known[file])]
    assert gone == []


def test_the_site_builds_without_a_warning(checkout: Path, tmp_path: Path) -> None:
    pytest.importorskip("zensical", reason="the site is built with the extra `docs`")
    work = tmp_path / "checkout"
    shutil.copytree(checkout, work, ignore=shutil.ignore_patterns(".venv", ".git"))
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", "mkdocs.yml"]
    run = subprocess.run(command, cwd=work, capture_output=True, timeout=300)
    assert run.returncode == 0, (run.stdout + run.stderr).decode()
    assert (work / "site" / "rules" / "IDX002" / "index.html").exists()
    fetched = [
        (page.name, url)
        for page in (work / "site").rglob("*.html")
        for url in re.findall(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(https?:[^"]+)"', page.read_text())
    ]
    assert fetched == []
