"""The action, the templates and the pages that show them, run as the services would."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.command import ROOT
from tests.project import copy_project

posix = pytest.mark.skipif(os.name == "nt", reason="the steps are written for a POSIX shell")
HOSTILE = "a b; $(touch pwned)'\"`touch pwned` && $HOME \\ *"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


class Runner:
    """A runner of GitHub Actions, as far as a composite action can tell."""

    def __init__(self, action: Path, workspace: Path, temporary: Path, inputs: dict[str, str]) -> None:
        given = {name: str(one["default"]) for name, one in ACTION["inputs"].items()} | inputs
        self._known = {f"inputs.{name}": text for name, text in given.items()}
        self.workspace = workspace
        self.summary = temporary / "step_summary"
        self._output = temporary / "output"
        self._script = temporary / "step.sh"
        self.environment = {key: text for key, text in os.environ.items() if not key.startswith(("GIT_", "GITHUB_"))}
        self.environment |= {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(temporary),
        }
        self.summary.write_text("What an earlier command said.\n")

    def value(self, text: str) -> str:
        """A text with its expressions evaluated."""
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: self._known.get(found[1], ""), text)

    def step(self, id: str) -> subprocess.CompletedProcess[str]:
        """Run a step as the runner does: its script in a file, for ``bash -eo pipefail``."""
        (step,) = [one for one in ACTION["runs"]["steps"] if one["id"] == id]
        self._output.write_text("")
        self._script.write_text(step["run"], newline="\n")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(self._script)],
            cwd=self.workspace,
            env=self.environment | {name: self.value(text) for name, text in step["env"].items()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        for line in self._output.read_text().splitlines():
            name, _, content = line.partition("=")
            self._known[f"steps.{id}.outputs.{name}"] = content
        return done

    def adopt(self, other: Runner) -> None:
        """Take over the outputs of the steps that another runner has run, but for its folder of reports."""
        self._known |= {name: text for name, text in other._known.items() if name.startswith("steps.")}
        self._known["steps.install.outputs.folder"] = self.environment["RUNNER_TEMP"]

    @property
    def outputs(self) -> dict[str, str]:
        return {name: self.value(one["value"]) for name, one in ACTION["outputs"].items()}


def plant_modules(folder: Path) -> None:
    """Modules that would run in place of ours, if Python looked for them in the working folder."""
    for name in ("validator", "venv", "pip", "ensurepip", "typer", "encodings"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(
            "import pathlib; pathlib.Path('pwned').touch(); raise SystemExit(99)\n"
        )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner that has really run the first step, in a folder that would rather run its own."""
    action = tmp_path_factory.mktemp("action")
    copy_project(action)
    workspace = tmp_path_factory.mktemp("workspace")
    plant_modules(workspace)
    runner = Runner(action, workspace, tmp_path_factory.mktemp("a temporary folder"), {"python": sys.executable})
    done = runner.step("install")
    assert done.returncode == 0, done.stderr
    assert not (workspace / "pwned").exists()
    return runner


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "shelf").mkdir(parents=True)
    (folder / "shelf" / "one.txt").write_bytes(b"First words.\n")
    (folder / "shelf" / "INDEX.md").write_bytes(b"| name |\n|------|\n| one.txt |\n")
    return folder


def runner_for(installed: Runner, workspace: Path, **inputs: str) -> Runner:
    temporary = workspace.parent / "temporary"
    temporary.mkdir()
    runner = Runner(Path(installed.environment["GITHUB_ACTION_PATH"]), workspace, temporary, inputs)
    runner.adopt(installed)
    return runner


def commands(printed: str) -> list[str]:
    """What a runner would obey of what was printed."""
    return [line for line in printed.splitlines() if line.lstrip().startswith("::") or "##[" in line]


@posix
def test_the_action_leaves_what_is_suppressed_out_of_the_sarif(installed: Runner, workspace: Path) -> None:
    (workspace / "shelf" / "one.txt").write_bytes(b"A bell\x07, and no end.")
    index = b"| name | allow |\n|--|--|\n| one.txt | control-character: the bell is original |\n"
    (workspace / "shelf" / "INDEX.md").write_bytes(index)
    runner = runner_for(installed, workspace, paths="shelf\n")
    assert runner.step("check").returncode == 0
    (run,) = json.loads(Path(runner.outputs["sarif"]).read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["TXT004"]


@posix
def test_the_action_annotates_sums_up_and_writes_sarif(installed: Runner, workspace: Path) -> None:
    (workspace / "shelf" / "one.txt").write_bytes(b"\xff\n::error::not ours\n")
    runner = runner_for(installed, workspace, paths="shelf\n")
    done = runner.step("check")
    assert done.returncode == 1
    assert done.stderr == ""
    (command,) = commands(done.stdout)
    assert command.startswith("::error file=shelf/one.txt,line=1,")
    before, _, after = runner.summary.read_text().partition("\n")
    assert before == "What an earlier command said."
    assert "`shelf/one.txt`" in after
    assert runner.outputs["exit-code"] == "1"
    sarif = json.loads(Path(runner.outputs["sarif"]).read_text())
    (run,) = sarif["runs"]
    assert [result["ruleId"] for result in run["results"] if result["level"] == "error"] == ["ENC013"]


@posix
def test_a_whole_collection_passes(installed: Runner, workspace: Path) -> None:
    runner = runner_for(installed, workspace, paths="shelf", options="--ignore\nIDX018")
    done = runner.step("check")
    assert (done.returncode, commands(done.stdout)) == (0, [])
    assert runner.outputs["exit-code"] == "0"
    assert "OK" in runner.summary.read_text()


@posix
def test_options_are_obeyed(installed: Runner, workspace: Path) -> None:
    (workspace / "shelf" / "one.txt").write_bytes(b"First words.")
    assert runner_for(installed, workspace, paths="shelf").step("check").returncode == 0
    shutil.rmtree(workspace.parent / "temporary")
    runner = runner_for(installed, workspace, paths="shelf", options="--fail-on=warning\n\n--extend-select\nTXT005\n")
    assert runner.step("check").returncode == 1


@posix
def test_hostile_inputs_stay_one_argument_each(installed: Runner, workspace: Path) -> None:
    (workspace / "shelf").rename(workspace / HOSTILE)
    (workspace / "-rf").mkdir()
    (workspace / "-rf" / "one.txt").write_bytes(b"\xff\n")
    runner = runner_for(installed, workspace, paths=f"{HOSTILE}\n-rf\n", options=f"--exclude\n{HOSTILE} $(touch pwned)")
    done = runner.step("check")
    assert done.returncode == 1, done.stderr
    files = {command.partition("file=")[2].partition(",")[0] for command in commands(done.stdout)}
    assert "-rf/one.txt" in files
    assert "2 documents checked" in done.stdout
    assert not list(workspace.parent.rglob("pwned"))


@posix
def test_nothing_of_the_collection_is_run(installed: Runner, workspace: Path) -> None:
    plant_modules(workspace)
    runner = runner_for(installed, workspace, paths="shelf")
    runner.environment["PYTHONPATH"] = str(workspace)
    assert runner.step("check").returncode == 0
    assert not (workspace / "pwned").exists()


@posix
def test_what_cannot_be_checked_fails_without_a_report(installed: Runner, workspace: Path) -> None:
    runner = runner_for(installed, workspace, paths="nowhere")
    done = runner.step("check")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert runner.outputs == {"exit-code": "2", "sarif": ""}


def test_no_script_of_the_action_holds_an_expression() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def run_tool(name: str, *arguments: str) -> str:
    """Run a program that came with the extras of the tests, without the network."""
    program = shutil.which(name, path=os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]))
    assert program is not None, f"{name} is not installed"
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


SCHEMAS = [
    ("vendor.github-actions", "action.yml"),
    ("vendor.github-workflows", "integrations/github-workflow.yml"),
    ("vendor.gitlab-ci", "integrations/gitlab-ci.yml"),
]


@pytest.mark.parametrize(("schema", "file"), SCHEMAS, ids=[file for _, file in SCHEMAS])
def test_our_files_are_what_the_services_expect(schema: str, file: str) -> None:
    run_tool("check-jsonschema", "--builtin-schema", schema, file)


def test_no_auditor_finds_fault_with_the_action_and_the_workflow(tmp_path: Path) -> None:
    """Only the actions of GitHub itself may be named by their major version."""
    policies = {"actions/*": "ref-pin", "github/*": "ref-pin", "*": "hash-pin"}
    settings = tmp_path / "zizmor.yml"
    settings.write_text(yaml.safe_dump({"rules": {"unpinned-uses": {"config": {"policies": policies}}}}))
    files = [
        "action.yml",
        "integrations/github-workflow.yml",
        ".github/workflows/ci.yml",
        ".github/workflows/release.yml",
    ]
    run_tool("zizmor", "--offline", "--pedantic", "--config", str(settings), *files)


@posix
@pytest.mark.parametrize("broken", [False, True])
def test_the_gitlab_job_reports_and_fails_as_it_should(workspace: Path, broken: bool) -> None:
    """The script of the job, with a program in the place where it would have been installed."""
    template = yaml.safe_load((ROOT / "integrations" / "gitlab-ci.yml").read_text("utf-8"))["validate"]
    name = "a b; $(touch pwned)"
    (workspace / "shelf").rename(workspace / name)
    if broken:
        (workspace / name / "one.txt").write_bytes(b"\xff\n")
    (workspace / "validate-junit.xml").write_text("of an earlier job\n")
    *making, checking = [line for line in template["script"] if "/tmp/validate" in line or line.startswith("rm ")]
    assert making == [
        "python -I -m venv /tmp/validate",
        '/tmp/validate/bin/python -I -m pip install --quiet "$VALIDATE_SOURCE"',
        "rm -f gl-code-quality-report.json validate-junit.xml",
    ]
    stub = workspace.parent / "bin" / "python"
    stub.parent.mkdir()
    stub.write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" -X utf8 "$@"\n')
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    script = "\n".join(["set -e", making[2], checking.replace("/tmp/validate/bin", str(stub.parent))])
    environment = {**os.environ, **template["variables"], "VALIDATE_PATH": name, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", script], cwd=workspace, env=environment, capture_output=True, check=False)
    assert done.returncode == broken, done.stderr.decode()
    reports = template["artifacts"]["reports"]
    quality = json.loads((workspace / reports["codequality"]).read_text())
    assert ("ENC013" in {issue["check_name"] for issue in quality}) == broken
    suites = ElementTree.parse(workspace / reports["junit"]).getroot()
    assert (int(suites.get("failures", "0")) > 0) == broken
    assert not list(workspace.parent.rglob("pwned"))


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page that are in a language."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def checked(page: str, schema: str, tmp_path: Path) -> list[Any]:
    """The YAML of a page, of which every block is valid."""
    found = blocks(page, "yaml")
    for number, block in enumerate(found):
        (tmp_path / f"{number}.yml").write_text(block)
        run_tool("check-jsonschema", "--builtin-schema", schema, str(tmp_path / f"{number}.yml"))
    return [yaml.safe_load(block) for block in found]


def test_the_page_about_github_shows_the_workflow_and_all_inputs(tmp_path: Path) -> None:
    (workflow, *others) = checked("github.md", "vendor.github-workflows", tmp_path)
    assert workflow == yaml.safe_load((ROOT / "integrations" / "github-workflow.yml").read_text("utf-8"))
    used = {name for job in others for step in job["jobs"]["validate"]["steps"] for name in step.get("with", {})}
    assert used <= {*ACTION["inputs"], "persist-credentials"}
    page = (ROOT / "docs" / "github.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted([*ACTION["inputs"], *ACTION["outputs"]])


def test_the_page_about_gitlab_shows_what_works(tmp_path: Path) -> None:
    template = yaml.safe_load((ROOT / "integrations" / "gitlab-ci.yml").read_text("utf-8"))["validate"]
    (including,) = checked("gitlab.md", "vendor.gitlab-ci", tmp_path)
    assert including["include"][0]["remote"].endswith("integrations/gitlab-ci.yml")
    assert set(including["validate"]["variables"]) <= set(template["variables"])


def test_the_page_about_editors_starts_the_server_everywhere() -> None:
    settings = [
        *map(tomllib.loads, blocks("editors.md", "toml")),
        *map(json.loads, blocks("editors.md", "json")),
    ]
    assert len(settings) == 2
    for block in [*blocks("editors.md", "lua"), *blocks("editors.md", "elisp"), *map(json.dumps, settings)]:
        assert re.search(r'"validate".*"lsp"', block, re.DOTALL), block
        assert all(block.count(left) == block.count(right) for left, right in ("()", "[]", "{}"))
