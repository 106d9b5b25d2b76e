"""The command line as users meet it: real processes, exit codes, one clear line for what goes wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.command import ROOT, said, validate
from tests.strategies import index_of
from validator import contracts

REPORT = Draft202012Validator(contracts.load("report"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clean collection of two documents."""
    root = tmp_path / "docs"
    root.mkdir()
    tree = {"a.txt": b"one\n", "b.txt": b"two\n"}
    for name, data in tree.items():
        (root / name).write_bytes(data)
    (root / "INDEX.md").write_bytes(index_of({"a.txt": "0", "b.txt": "1"}, tree))
    return root


def test_a_clean_collection(folder: Path) -> None:
    run = validate(folder)
    assert run.returncode == 0
    assert "2 documents" in run.stdout.decode()
    assert run.stderr == b""


@pytest.mark.parametrize("words", [["check"], [], ["check", "--isolated"], ["--isolated"]])
def test_check_is_the_default_command(folder: Path, words: list[str]) -> None:
    (folder / "b.txt").unlink()
    run = validate(*words, "docs", cwd=folder.parent)
    assert run.returncode == 1
    assert "docs/INDEX.md:6:" in said(run)
    assert "'b.txt'" in said(run)


def test_no_path_means_this_folder(folder: Path) -> None:
    assert validate(cwd=folder).returncode == 0
    assert validate("check", cwd=folder).returncode == 0


def test_severities_and_fail_on(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"one")
    (folder / "INDEX.md").write_bytes(b"- `a.txt`\n- `b.txt`\n")
    assert validate(folder).returncode == 0
    assert validate(folder, "--fail-on", "warning").returncode == 1
    (folder / "b.txt").unlink()
    assert validate(folder).returncode == 1
    assert validate(folder, "--fail-on", "never").returncode == 0


def test_selecting_and_ignoring(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"\xef\xbb\xbfone")
    chosen = json.loads(validate(folder, "--output-format", "json", "--select", "TXT,utf8-bom").stdout)
    assert {finding["code"] for finding in chosen["findings"]} == {"TXT004", "ENC002"}
    left = json.loads(validate(folder, "--output-format", "json", "--ignore", "IDX,TXT004").stdout)
    assert {finding["code"] for finding in left["findings"]} == {"ENC002"}


def test_unknown_rules_are_errors_with_a_suggestion(folder: Path) -> None:
    run = validate(folder, "--select", "mising-document")
    assert run.returncode == 2
    assert "missing-document" in said(run)


@pytest.mark.parametrize("format", ["full", "concise", "json", "github"])
def test_every_format_names_the_finding(folder: Path, format: str) -> None:
    (folder / "b.txt").unlink()
    run = validate(folder, "--output-format", format)
    assert run.returncode == 1
    assert "IDX002" in run.stdout.decode()
    assert "b.txt" in run.stdout.decode()


def test_several_reports_at_once(folder: Path, tmp_path: Path) -> None:
    (folder / "b.txt").unlink()
    run = validate(folder, "-o", f"json:{tmp_path / 'r.json'}", "-o", f"github:{tmp_path / 'r.txt'}")
    report = json.loads((tmp_path / "r.json").read_text())
    REPORT.validate(report)
    assert [finding["code"] for finding in report["findings"]] == ["IDX002"]
    assert (tmp_path / "r.txt").read_text().startswith("::error file=")
    assert "IDX002" in run.stdout.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs", "r.json", "r.txt"]


def test_a_report_that_cannot_be_written(folder: Path) -> None:
    run = validate(folder, "-o", f"json:{folder}/no/where.json")
    assert run.returncode == 2
    assert b"cannot write" in run.stderr


def test_a_report_goes_through_links_and_into_pipes(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    assert validate(folder, "-o", f"json:{tmp_path / 'link.json'}").returncode == 0
    assert (tmp_path / "link.json").is_symlink()
    REPORT.validate(json.loads((tmp_path / "real.json").read_text()))
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        assert validate(folder, "-q", "-o", f"json:{tmp_path / 'pipe'}").returncode == 0
        REPORT.validate(json.loads(reader.communicate()[0]))
    assert (tmp_path / "pipe").is_fifo()


def test_a_report_never_replaces_a_document(folder: Path) -> None:
    run = validate(folder, "-o", f"json:{folder / 'a.txt'}")
    assert run.returncode == 2
    assert "lies in what is checked" in said(run)
    assert (folder / "a.txt").read_bytes() == b"one\n"


def test_a_selection_of_nothing(folder: Path) -> None:
    run = validate(folder, "--select", ",")
    assert run.returncode == 2
    assert "want the code or the name of a rule" in said(run)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a working folder in place")
@pytest.mark.parametrize("words", [[], ["-"], ["."], ["check", "-q"], ["config", "show"]])
def test_a_working_folder_that_is_gone(tmp_path: Path, words: list[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = (
        "import os, sys; os.rmdir(os.getcwd()); sys.argv[0] = 'validate'; from validator.__main__ import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=gone, env=environment, capture_output=True, input=b"", timeout=60
    )
    assert run.returncode == 2
    assert run.stderr.splitlines() == [b"error: the working folder does not exist any more: go to one that does"]


@pytest.mark.parametrize("text", ["json", "json:", "xml:r.xml"])
def test_outputs_that_make_no_sense(folder: Path, text: str) -> None:
    run = validate(folder, "-o", text)
    assert run.returncode == 2
    assert run.stderr.startswith(b"error: ")


def test_json_reports_follow_their_schema(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"on\xff\x00e")
    (folder / "c \xff.txt".encode("utf-8", "surrogateescape").decode()).write_bytes(b"")
    run = validate(folder, "--output-format", "json", "--select", "ALL")
    report = json.loads(run.stdout)
    REPORT.validate(report)
    assert report["summary"]["errors"] == sum(f["severity"] == "error" for f in report["findings"])


# -- what cannot be checked


@pytest.mark.parametrize("words", [[], ["check"], ["check", "--isolated"]])
def test_a_path_that_does_not_exist(tmp_path: Path, words: list[str]) -> None:
    run = validate(*words, "nowhere", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.decode().splitlines() == ["error: no such file or folder: 'nowhere'"]


def test_a_misspelled_command(tmp_path: Path) -> None:
    run = validate("explian", cwd=tmp_path)
    assert run.returncode == 2
    assert "did you mean the command 'explain'?" in said(run)


def test_an_empty_folder(tmp_path: Path) -> None:
    run = validate(tmp_path)
    assert run.returncode == 2
    assert "nothing to check" in said(run)
    accepted = validate(tmp_path, "--allow-empty")
    assert accepted.returncode == 0
    assert "0 documents" in said(accepted)
    for words, code in (([], 2), (["--allow-empty"], 0)):
        run = validate(tmp_path, "--output-format", "json", *words)
        assert run.returncode == code
        REPORT.validate(json.loads(run.stdout))


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\n")
    run = validate(tmp_path, "--output-format", "concise")
    assert run.returncode == 1
    assert [line for line in said(run).splitlines() if "[" in line] == [
        line for line in said(run).splitlines() if "IDX001" in line
    ]
    assert "IDX001" in said(run)


def test_interrupting(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "validator", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in stderr


# -- paths


def test_several_paths(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "lone.txt").write_bytes(b"no newline")
    run = validate("docs", "lone.txt", "docs/a.txt", "docs", cwd=tmp_path)
    assert "3 documents" in said(run)
    assert "lone.txt:1:11" in said(run)


def test_an_index_stands_for_its_folder(folder: Path) -> None:
    (folder / "b.txt").unlink()
    run = validate(folder / "INDEX.md")
    assert run.returncode == 1
    assert "IDX002" in said(run)


def test_a_container(tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    path.write_bytes(b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 0 b.txt>>>\ny\n\n<<<END 2>>>\n")
    run = validate(path)
    assert run.returncode == 1
    assert "CON022" in said(run)


def test_standard_input(tmp_path: Path) -> None:
    run = validate("-", stdin=b"cut sho")
    assert "stdin:1:8" in said(run)
    assert "TXT004" in said(run)
    run = validate("-", "--stdin-filename", "seeds/x.bundle", stdin=b"<<<FILE 0 a>>>\nx\n\n<<<END 2>>>\n")
    assert run.returncode == 1
    assert "seeds/x.bundle:4:" in said(run)
    assert "CON014" in said(run)


# -- settings


def test_settings_are_found_above_the_collection(folder: Path, tmp_path: Path) -> None:
    (folder / "c.txt").write_bytes(b"c\n")
    (tmp_path / "pyproject.toml").write_text('[tool.validate]\nexclude = ["c.txt"]\n')
    assert validate(folder).returncode == 0
    assert validate(folder, "--isolated").returncode == 1
    (folder / "validate.yaml").write_text("ignore: [TXT]\n")
    assert validate(folder).returncode == 1, "the nearest settings file is the only one"


def test_settings_stop_at_the_root_of_the_repository(folder: Path, tmp_path: Path) -> None:
    (folder / "c.txt").write_bytes(b"c\n")
    (tmp_path / "validate.yaml").write_text("exclude: [c.txt]\n")
    subprocess.run(["git", "init", "-q", folder], check=True)
    assert validate(folder).returncode == 1


def test_settings_on_the_command_line(folder: Path, tmp_path: Path) -> None:
    (folder / "c.txt").write_bytes(b"c\n")
    assert validate(folder, "--config", "ignore=[IDX003]").returncode == 0
    other = tmp_path / "other.yaml"
    other.write_text("exclude: [c.txt]\n")
    assert validate(folder, "--config", str(other)).returncode == 0
    assert validate(folder, "--config", str(tmp_path / "none.yaml")).returncode == 2


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("validate.yaml", "exlude: [a]\n", "did you mean 'exclude'?"),
        ("validate.yaml", "max-findings: many\n", "max-findings"),
        ("validate.yaml", "a: [\n", "validate.yaml:2:1: is not YAML"),
        ("validate.yaml", "- a\n", "not a mapping of keys"),
        ("validate.yaml", "[" * 5000, "is not YAML"),
        ("validate.yaml", "select: &a [TXT]\nignore: *a\n", "validate.yaml:1:9: is not YAML for settings: anchors"),
        ("validate.yaml", 'per-file-ignores: {"*": [TXT999]}\n', "no rule is called 'TXT999'"),
        ("pyproject.toml", "[tool.validate\n", "is not TOML"),
        (".validate.yaml", "select: [NOPE]\n", "no rule is called 'NOPE'"),
    ],
)
def test_settings_that_make_no_sense(folder: Path, name: str, content: str, expected: str) -> None:
    (folder / name).write_text(content)
    run = validate(folder)
    assert run.returncode == 2
    assert expected in said(run)
    assert len(run.stderr.splitlines()) == 1


def test_the_settings_file_is_no_document(folder: Path) -> None:
    (folder / "validate.yaml").write_text("fail-on: warning\n")
    assert validate(folder).returncode == 0


def test_only_what_git_tracks(folder: Path) -> None:
    assert validate(folder, "--tracked").returncode == 2, "there is no work tree"
    subprocess.run(["git", "init", "-q", folder], check=True)
    subprocess.run(["git", "add", "INDEX.md", "a.txt"], cwd=folder, check=True)
    run = validate(folder, "--tracked")
    assert run.returncode == 1
    assert "IDX002" in said(run)
    assert "'b.txt'" in said(run)
    assert validate(folder).returncode == 0


def test_per_file_ignores(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"one")
    (folder / "validate.yaml").write_text('per-file-ignores:\n  "a.*": [TXT004]\n  INDEX.md: [IDX]\n')
    run = validate(folder, "--fail-on", "warning")
    assert run.returncode == 0, said(run)


def test_config_show_and_schema(folder: Path) -> None:
    (folder / "validate.yaml").write_text("fail-on: warning\n")
    shown = validate("config", "show", folder).stdout.decode()
    assert "fail-on: warning" in shown
    assert "validate.yaml" in shown
    for name in contracts.NAMES:
        assert json.loads(validate("config", "schema", name).stdout) == contracts.generate(name)


# -- rules and help


def test_rules_and_explain() -> None:
    listed = validate("rules").stdout.decode()
    described = json.loads(validate("rules", "--json").stdout)
    assert len(described) == len(listed.splitlines())
    for word in ("IDX002", "missing-document", "idx002"):
        run = validate("explain", word)
        assert run.returncode == 0
        assert "IDX002 missing-document" in run.stdout.decode()
    run = validate("explain", "IDX999")
    assert run.returncode == 2
    assert run.stderr.startswith(b"error: ")


def test_help_and_version() -> None:
    assert b"check" in validate("--help").stdout
    assert b"--fail-on" in validate("check", "--help").stdout
    assert validate("--version").stdout.startswith(b"validate ")


def test_completion() -> None:
    def offered(words: str, position: int) -> list[str]:
        run = validate(COMP_WORDS=words, COMP_CWORD=str(position), _VALIDATE_COMPLETE="complete_bash")
        return run.stdout.decode().split()

    assert {"check", "rules", "explain", "config"} <= set(offered("validate ", 1))
    assert "--output-format" in offered("validate --o", 1)
    assert "IDX002" in offered("validate explain IDX00", 2)


def test_color(folder: Path) -> None:
    (folder / "b.txt").unlink()
    assert b"\x1b[" not in validate(folder).stdout
    assert b"\x1b[" in validate(folder, "--color", "always").stdout
    assert b"\x1b[" in validate(folder, FORCE_COLOR="1").stdout
    assert b"\x1b[" not in validate(folder, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert validate(folder, "--color", "sometimes").returncode == 2


def test_quiet_and_verbose(folder: Path) -> None:
    assert said(validate(folder, "-q")) == ""
    assert "settings from" in said(validate(folder, "-v"))


def test_a_workflow_runner_is_told_to_stop_listening(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"\xef\xbb\xbf::error::pwned ##[group]\n")
    lines = validate(folder, GITHUB_ACTIONS="true").stdout.decode().splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    assert lines[-1] == f"::{token}::"


def test_a_format_that_needs_a_package_says_so_before_the_run(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / "jinja2.py").write_text("raise ImportError('not here')\n")
    where = os.pathsep.join([str(tmp_path / "stubs"), str(ROOT)])
    run = validate("check", folder, "-o", f"html:{tmp_path / 'r.html'}", PYTHONPATH=where)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"error: the HTML report needs libraries that are not installed: pip install ")
    assert not (tmp_path / "r.html").exists()


def test_what_would_be_checked_is_listed(folder: Path) -> None:
    (folder / ".hidden").write_bytes(b"x")
    run = validate("check", ".", "--show-files", "--exclude", "b*", cwd=folder)
    assert run.returncode == 0
    assert run.stdout.decode().split() == sorted(
        path.name for path in folder.iterdir() if not path.name.startswith((".", "b"))
    )


def test_settings_to_begin_with(tmp_path: Path) -> None:
    assert validate("config", "init", cwd=tmp_path).stdout == b"wrote validate.yaml\n"
    text = (tmp_path / "validate.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) is None
    bare = "\n".join(line.removeprefix("# ") for line in text.splitlines() if re.match(r"# [a-z-]+: ", line))
    (tmp_path / "validate.yaml").write_text(bare)
    shown = validate("config", "show", cwd=tmp_path).stdout.decode()
    assert yaml.safe_load(shown) == yaml.safe_load(validate("config", "show", cwd=tmp_path.parent).stdout)
    again = validate("config", "init", cwd=tmp_path)
    assert again.returncode == 2
    assert b"left as it is" in again.stderr


@pytest.mark.parametrize(
    ("environment", "linked"),
    [({}, False), ({"FORCE_HYPERLINK": "1"}, True), ({"FORCE_HYPERLINK": "0"}, False), ({"WT_SESSION": "x"}, False)],
)
def test_hyperlinks_are_for_terminals_that_follow_them(folder: Path, environment: dict[str, Any], linked: bool) -> None:
    (folder / "a.txt").write_bytes(b"no end")
    assert (b"\x1b]8;;file://" in validate(folder, **environment).stdout) == linked
    assert b"\x1b]8;;file://" in validate("check", folder, "--hyperlinks", "always").stdout
    assert b"\x1b]8;;" not in validate("check", folder, "--hyperlinks", "never", FORCE_HYPERLINK="1").stdout
