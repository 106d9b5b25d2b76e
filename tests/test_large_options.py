"""What goes with large runs and what does not; archives and single files, of which each is one piece of work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.command import ROOT, said, validate
from tests.test_scale import OFF, cluster, on_posix, shelf
from validator import scale
from validator.model import Options
from validator.scale import wholes

if TYPE_CHECKING:
    from pathlib import Path

_KILLS = """
import os, signal
from validator import archives

opened = archives.Archive.open

def open_(self, name):
    if self._file.endswith("b.tar.gz") and not os.path.exists(marker):
        open(marker or os.devnull, "a").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return opened(self, name)

archives.Archive.open = open_
"""


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Three archives, a container and a document, in most of which something is wrong, and a folder."""
    for number, name in enumerate("abc"):
        (tmp_path / name).mkdir()
        shelf(tmp_path / name, 10 + number)
        with tarfile.open(tmp_path / f"{name}.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / name, name)
    (tmp_path / "a/bad.bundle").rename(tmp_path / "d.bundle")
    (tmp_path / "e.txt").write_bytes(b"one\r\ntwo \xff\n")
    (tmp_path / ".validate.yaml").write_text("near-duplicates: off\n")  # no large run looks for them
    return tmp_path


ALL = ("c.tar.gz", "a.tar.gz", "d.bundle", "b", "b.tar.gz", "e.txt")


def events(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


class TestWholes:
    @pytest.mark.parametrize("format", ["full", "json", "html"])
    def test_archives_and_files_say_what_they_say_alone(self, shards: Path, format: str) -> None:
        alone = validate("check", "--output-format", format, *ALL, cwd=shards)
        large = validate(
            "check", "--engine", "local", "-j", "2", "--log", "log", "--output-format", format, *ALL, cwd=shards
        )
        assert (large.returncode, large.stdout, large.stderr) == (1, alone.stdout, b"")
        checked = [event for event in events(shards / "log") if event["event"] == "checked"]
        assert sorted(str(event["path"]) for event in checked) == sorted(set(ALL) - {"b"})
        assert all(event["documents"] and event["bytes"] for event in checked)

    def test_paths_are_shown_as_they_were_written(self, shards: Path) -> None:
        (shards / "below").mkdir()
        paths = ("../a.tar.gz", str(shards / "d.bundle"), "./../e.txt")
        alone = validate("check", "--output-format", "concise", *paths, cwd=shards / "below")
        large = validate("check", "--engine", "local", "--output-format", "concise", *paths, cwd=shards / "below")
        assert (large.returncode, large.stdout) == (1, alone.stdout)
        assert b"\n../a.tar.gz/a/" in large.stdout

    def test_baselines_and_settings_hold_for_each(self, shards: Path) -> None:
        (shards / "validate.yaml").write_text("per-file-ignores: {'e.txt': [ENC]}\nexclude: ['d1/']\n")
        assert validate("baseline", "update", "a.tar.gz", cwd=shards).returncode == 0
        flags = ("--baseline", ".validate-baseline.json", "--output-format", "concise")
        alone = validate("check", *flags, *ALL, cwd=shards)
        large = validate("check", "--engine", "local", *flags, *ALL, cwd=shards)
        assert (large.returncode, large.stdout) == (1, alone.stdout)
        assert b"a.tar.gz" not in large.stdout
        assert b"e.txt: error[ENC" not in large.stdout

    def test_what_is_empty_or_damaged_is_told_of_as_ever(self, shards: Path) -> None:
        (shards / "a.tar.gz").write_bytes((shards / "a.tar.gz").read_bytes()[:-9])
        with tarfile.open(shards / "none.tar", "w"):
            pass
        alone = validate("check", "a.tar.gz", "none.tar", "e.txt", cwd=shards)
        large = validate("check", "--engine", "local", "a.tar.gz", "none.tar", "e.txt", cwd=shards)
        assert (large.returncode, large.stdout, large.stderr) == (2, alone.stdout, alone.stderr)
        assert b"VAL001" in large.stdout

    def test_standard_input_and_git_are_read_by_the_program_itself(self, shards: Path) -> None:
        large = validate("check", "--engine", "local", "-", "e.txt", cwd=shards, stdin=b"blank \n")
        assert large.stdout == validate("check", "-", "e.txt", cwd=shards, stdin=b"blank \n").stdout

    def test_what_is_gone_when_its_turn_comes_is_named_and_the_rest_completes(self, shards: Path) -> None:
        paths = [str(shards / name) for name in ("gone.tar.gz", "e.txt", "gone.txt")]
        some = [wholes.Whole(path, Options(), str(shards / "gone")) for path in paths]
        with scale.means("local", 2, "", False) as by:
            reports = wholes.check(some, by)
        assert [report.incomplete for report in reports] == [True, False, True]
        assert [{finding.path for finding in report.findings} for report in reports] == [{path} for path in paths]
        assert [finding.code for finding in (*reports[0].findings, *reports[2].findings)] == ["VAL001", "VAL001"]

    @on_posix
    @pytest.mark.parametrize("marker", ["", "marker"])
    def test_an_archive_that_kills_is_named_and_the_rest_completes(self, shards: Path, marker: str) -> None:
        (shards / "site").mkdir()
        (shards / "site/sitecustomize.py").write_text(f"marker = {str(shards / marker) if marker else ''!r}\n{_KILLS}")
        path = f"{shards / 'site'}{os.pathsep}{ROOT}"
        flags = ("--engine", "local", "-j", "2", "--log", "log", "--output-format", "concise")
        large = validate("check", *flags, *ALL, cwd=shards, PYTHONPATH=path)
        alone = validate("check", "--output-format", "concise", *ALL, cwd=shards)
        given_up = [event for event in events(shards / "log") if event["event"] == "given-up"]
        if marker:
            assert (large.returncode, large.stdout) == (1, alone.stdout)
            assert given_up == []
            return
        assert large.returncode == 2
        ours, theirs = ([line for line in said(run).splitlines() if "[" in line] for run in (large, alone))
        lost = "b.tar.gz: error[VAL001] 'b.tar.gz' cannot be read: the process that read it died, 3 times"
        assert [line for line in ours if line != lost] == [line for line in theirs if "b.tar.gz" not in line]
        assert lost in ours
        assert [(event["first"], event["tries"]) for event in given_up] == [("b.tar.gz", 3)]

    @on_posix
    def test_workers_in_another_folder_find_the_files_and_heed_the_settings(self, shards: Path) -> None:
        (shards / "validate.yaml").write_text("per-file-ignores: {'e.txt': [ENC]}\n")
        wholes = tuple(path for path in ALL if path != "b")
        alone = validate("check", "--output-format", "json", *wholes, cwd=shards)
        with cluster(shards / "cluster") as found:
            large = validate(
                "check", "--engine", f"dask://{found.address}", "--output-format", "json", *wholes, cwd=shards
            )
        assert (large.returncode, large.stdout) == (1, alone.stdout)


class TestOptions:
    @pytest.mark.parametrize("large", [("--engine", "local"), ("--state", "../state")])
    @pytest.mark.parametrize("option", ["--staged", "--cache"])
    def test_what_a_large_run_does_not_do_is_refused(self, tmp_path: Path, large: tuple[str, str], option: str) -> None:
        run = validate("check", *large, option, ".", cwd=tmp_path)
        assert run.returncode == 2
        assert said(run).startswith(f"error: {option}")
        assert said(run).count("\n") == 1
        assert not (tmp_path / "../state").exists()

    def test_the_page_tells_of_every_event_and_its_fields(self, shards: Path) -> None:
        page = (ROOT / "docs/how-to/large.md").read_text().partition("| event |")[2]
        rows = dict(re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE))
        validate("check", "--engine", "local", "--log", "log", "b", "e.txt", cwd=shards)
        found = events(shards / "log")
        assert (
            {event["event"] for event in found}
            == {"listed", "indexed", "scanned", "compared", "checked"}
            == {*rows} - {"given-up"}
        )
        for event in found:
            named = re.findall(r"`(\w+)`", rows[str(event["event"])])
            assert ["time", "event", *named] == list(event)

    def test_a_log_without_a_large_run_is_refused(self, tmp_path: Path) -> None:
        run = validate("check", "--log", "log", ".", cwd=tmp_path)
        assert (run.returncode, said(run)) == (2, "error: --log tells of large runs: use it with --engine or --state\n")
        assert not (tmp_path / "log").exists()

    @pytest.mark.parametrize("option", [("--since", "HEAD"), ("--tracked",), ("--select", "ALL")])
    def test_what_a_large_run_does_too_says_the_same(self, tmp_path: Path, option: tuple[str, ...]) -> None:
        shelf(tmp_path)
        kept = {name: word for name, word in os.environ.items() if not name.startswith("GIT_")}
        for words in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "all"],
        ):
            subprocess.run(["git", *words], cwd=tmp_path, check=True, env=kept)
        (tmp_path / "d3/untracked.txt").write_bytes(b"blank \n")
        (tmp_path / "d1/a001.txt").write_bytes(b"other \xff\n")
        alone = validate("check", *OFF, *option, "--output-format", "json", ".", cwd=tmp_path)
        large = validate("check", *OFF, *option, "--engine", "local", "--output-format", "json", ".", cwd=tmp_path)
        assert (large.returncode, large.stdout, large.stderr) == (1, alone.stdout, b"")

    @pytest.mark.parametrize("state", ["state", ".", "deep/state"])
    def test_a_state_in_what_is_checked_is_refused(self, tmp_path: Path, state: str) -> None:
        shelf(tmp_path)
        before = sorted(tmp_path.rglob("*"))
        run = validate("check", "--state", state, ".", cwd=tmp_path)
        assert (run.returncode, said(run).count("\n")) == (2, 1)
        assert f"--state '{state}' lies in what is checked" in said(run)
        assert sorted(tmp_path.rglob("*")) == before

    def test_a_state_in_a_bucket_that_is_checked_is_refused(self, tmp_path: Path) -> None:
        run = validate("check", "--state", "s3://archive/corpus/state", "s3://archive/corpus/", cwd=tmp_path)
        assert (run.returncode, said(run).count("\n")) == (2, 1)
        assert "lies in what is checked" in said(run)

    def test_a_hidden_state_and_a_log_are_no_documents(self, tmp_path: Path) -> None:
        shelf(tmp_path)
        alone = validate("check", ".", cwd=tmp_path)
        run = validate("check", *OFF, "--state", ".state", "--log", "log", ".", cwd=tmp_path)
        assert (run.returncode, run.stdout, run.stderr) == (1, alone.stdout, b"")
        assert (tmp_path / "log").read_text()

    def test_a_log_is_not_written_into_a_document(self, tmp_path: Path) -> None:
        shelf(tmp_path)
        before = (tmp_path / "d0/a000.txt").read_bytes()
        run = validate("check", "--engine", "local", "--log", "d0/a000.txt", ".", cwd=tmp_path)
        assert run.returncode == 2
        assert "d0/a000.txt" in said(run)
        assert (tmp_path / "d0/a000.txt").read_bytes() == before
