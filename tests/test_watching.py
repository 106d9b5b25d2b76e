"""``--watch`` in a process of its own, over files that really change."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from tests.command import ROOT, said, validate
from validator import checking, watching
from validator.checking import Flags
from validator.model import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 120
"""Seconds after which something has gone wrong; nothing here waits as long as that."""
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals and no pseudo-terminals")


class Watching:
    """``validate check --watch`` while it runs."""

    def __init__(self, *arguments: str, cwd: Path, stdout: int = subprocess.PIPE) -> None:
        inherited = {key: text for key, text in os.environ.items() if key not in ("GITHUB_ACTIONS", "FORCE_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "validator", "check", "--watch", *arguments],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**inherited, "PYTHONPATH": str(ROOT)},
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.why: list[str] = []
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._listening.join(PATIENCE)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def checked(self) -> list[str]:
        """Wait for the end of a check; what was said until then on standard error, without the times."""
        said: list[str] = []
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            clock, _, words = line.partition(" ")
            is_ours = re.fullmatch(r"\d\d:\d\d:\d\d", clock) is not None
            said.append(words if is_ours else line)
            if is_ours and words.endswith("; checking again"):
                self.why.append(words.removesuffix("; checking again"))
            if is_ours and words.startswith("watching "):
                return said
        raise AssertionError(f"it has ended: {said}")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; the exit code and all that was printed on standard output."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) is not None
        return self.process.returncode, self.process.stdout.read() if self.process.stdout else ""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "one.txt").write_bytes(b"First words.\n")
    (tmp_path / "shelf" / "INDEX.md").write_bytes(b"| name |\n|------|\n| one.txt |\n")
    return tmp_path / "shelf"


@posix
def test_every_change_is_checked_and_the_last_verdict_stays(shelf: Path) -> None:
    with Watching("shelf", cwd=shelf.parent) as run:
        assert run.checked() == ["watching shelf; Ctrl-C ends it"]
        (shelf / "one.txt").write_bytes(b"\xff\n")
        assert run.checked()[0] == "1 changed; checking again"
        (shelf / "two.txt").write_bytes(b"Second words.\n")
        assert run.checked()[0] == "1 new; checking again"
        (shelf / "two.txt").unlink()
        assert run.checked()[0] == "1 gone; checking again"
        code, printed = run.interrupt()
    assert code == 1
    assert printed.startswith("OK  1 document")
    assert printed.count("ENC") >= 3
    assert "\x1b" not in printed


@posix
def test_the_command_that_the_documentation_shows(tmp_path: Path) -> None:
    (block,) = re.findall(r"```console\n\$ (.*)\n```", (ROOT / "docs" / "editors.md").read_text(encoding="utf-8"))
    program, command, option, folder = block.split()
    assert (program, command, option) == ("validate", "check", "--watch")
    shutil.copytree(ROOT / folder, tmp_path / folder)
    with Watching(folder, cwd=tmp_path) as run:
        assert run.checked() == [f"watching {folder}; Ctrl-C ends it"]
        assert run.interrupt()[0] == 0


@posix
def test_the_exit_code_is_that_of_the_last_check(shelf: Path) -> None:
    (shelf / "one.txt").write_bytes(b"\xff\n")
    with Watching("shelf", "--output-format", "concise", cwd=shelf.parent) as run:
        run.checked()
        (shelf / "one.txt").write_bytes(b"First words.\n")
        run.checked()
        code, printed = run.interrupt()
    assert code == 0
    assert printed.splitlines()[-1].startswith("OK  ")


@posix
def test_what_is_no_part_of_the_collection_wakes_nobody(shelf: Path) -> None:
    """Whether the changes are told one by one or all at once, only that of the document counts."""
    (shelf / "validate.yaml").write_text("exclude: [drafts/]\n")
    (shelf / ".gitignore").write_text("*.tmp\n")
    (shelf / "drafts").mkdir()
    subprocess.run(["git", "init", "-q", str(shelf)], check=True)
    arguments = ["--cache", "-o", "json:../report.json", "."]
    with Watching(*arguments, cwd=shelf) as run:
        run.checked()
        assert (shelf.parent / "report.json").exists()
        assert (shelf / ".validate_cache").exists()
        (shelf / ".hidden").write_text("nothing\n")
        (shelf / "build.tmp").write_text("nothing\n")
        (shelf / "drafts" / "a.txt").write_text("nothing\n")
        (shelf / ".git" / "description").write_text("nothing\n")
        (shelf / "one.txt").write_bytes(b"Other words.\n")
        run.checked()
        (shelf / "one.txt").write_bytes(b"More words.\n")
        run.checked()
        assert run.why == ["1 changed", "1 changed"]
        assert run.interrupt()[0] == 0


@posix
def test_settings_count_wherever_they_are(shelf: Path) -> None:
    subprocess.run(["git", "init", "-q", str(shelf.parent)], check=True)
    settings = shelf.parent / "validate.yaml"
    (shelf / "one.txt").write_bytes(b"First words.")
    with Watching("--output-format", "concise", "--fail-on", "warning", "shelf", cwd=shelf.parent) as run:
        run.checked()
        settings.write_text("ignore: [TXT004]\n")
        assert run.checked()[0] == "other settings; checking again"
        settings.write_text("ignoer: []\n")
        assert "ignoer" in "".join(run.checked())
        settings.write_text("ignore: [TXT004, IDX018]\n")
        run.checked()
        assert run.why == ["other settings"] * 3
        assert run.interrupt()[0] == 0


@posix
def test_an_index_stands_for_its_folder(shelf: Path) -> None:
    (shelf / "deep" / "er").mkdir(parents=True)
    with Watching("shelf/INDEX.md", cwd=shelf.parent) as run:
        run.checked()
        (shelf / "deep" / "er" / "two.txt").write_bytes(b"Second words.\n")
        run.checked()
        assert run.why == ["1 new"]


@posix
def test_a_file_is_watched_that_editors_replace(shelf: Path) -> None:
    (shelf / "other.txt").write_bytes(b"Not asked for.\n")
    with Watching("shelf/one.txt", cwd=shelf.parent) as run:
        run.checked()
        (shelf / "other.txt").write_bytes(b"\xff\n")
        (shelf / "one.txt~").write_bytes(b"Other words\xff\n")
        (shelf / "one.txt~").replace(shelf / "one.txt")
        run.checked()
        assert run.why == ["1 changed"]
        assert run.interrupt()[0] == 1


@posix
def test_a_folder_that_goes_away_and_comes_back(shelf: Path) -> None:
    with Watching("shelf", cwd=shelf.parent) as run:
        run.checked()
        shelf.rename(shelf.parent / "away")
        assert "no such file or folder: 'shelf'" in "".join(run.checked())
        shutil.copytree(shelf.parent / "away", shelf)
        run.checked()
        (shelf / "one.txt").write_bytes(b"\xff\n")
        while "1 changed" not in run.why:
            run.checked()
        assert run.interrupt()[0] == 1


@posix
def test_only_a_terminal_is_cleared(shelf: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    with Watching("shelf", cwd=shelf.parent, stdout=theirs) as run:
        run.checked()
        (shelf / "one.txt").write_bytes(b"\xff\n")
        run.checked()
        run.interrupt()
    os.close(theirs)
    printed = b"".join(_everything(ours)).decode()
    os.close(ours)
    before, clear, after = printed.partition("\x1b[H\x1b[2J")
    assert before.startswith("OK  ")
    assert clear
    assert "ENC" in after
    assert "\x1b[H" not in after


def _everything(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:  # nobody writes any more
            return
        if not piece:
            return
        yield piece


@posix
def test_quiet_says_nothing_of_itself(shelf: Path) -> None:
    (shelf / "one.txt").write_bytes(b"\xff\n")
    arguments = [sys.executable, "-m", "validator", "check", "--watch", "-q", "--output-format", "concise", "shelf"]
    with subprocess.Popen(
        arguments,
        cwd=shelf.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert b"ENC" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=PATIENCE)
    assert error == b""
    assert process.returncode in (1, 130)  # the check may just be over, or not quite


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["-"], "standard input"),
        (["--staged", "shelf"], "--staged"),
        (["-o", "json:shelf/report.json", "shelf"], "report.json"),
    ],
)
def test_what_cannot_be_watched_is_refused(shelf: Path, arguments: list[str], named: str) -> None:
    run = validate("check", "--watch", *arguments, cwd=shelf.parent)
    assert run.returncode == 2
    (line,) = said(run).splitlines()
    assert line.startswith("error: --watch")
    assert named in line


def test_without_its_package_it_says_what_to_install(shelf: Path) -> None:
    program = "import sys; sys.modules['watchfiles'] = None; from validator.__main__ import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "check", "--watch", "shelf"],
        cwd=shelf.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 2
    assert run.stdout == b""
    assert run.stderr.decode().splitlines() == [
        "error: --watch needs watchfiles: pip install 'collection-validator[watch]'"
    ]


def test_a_system_that_tells_of_nothing_is_complained_of(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import watchfiles

    def watch(*_: object, **__: object) -> Iterator[set[str]]:
        raise OSError("the limit of watches is reached")

    monkeypatch.setattr(watchfiles, "watch", watch)
    with pytest.raises(UsageError, match="the limit of watches is reached"):
        watching.watch([str(shelf)], Flags(quiet=True))


def test_a_check_that_is_interrupted_has_no_verdict(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(checking, "command", interrupted)
    with pytest.raises(KeyboardInterrupt):
        watching.watch([str(shelf)], Flags())
