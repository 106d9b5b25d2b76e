"""What the command leaves behind when it is told to stop, is killed, or nobody listens: real processes, real files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import ROOT
from tests.test_faults import TREE, VALIDATE, found, held, lay, one_line, ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

WAITING = """
import os, sys, time
call, count, marker = sys.argv.pop(1), int(sys.argv.pop(1)), sys.argv.pop(1)
real = getattr(os, call)


def wait(*arguments, **more):
    global count
    count -= 1
    done = real(*arguments, **more)
    if count:
        return done
    try:
        with open(marker + ".taken", "x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return done
    os.link(marker + ".taken", marker)
    while os.path.exists(marker):
        time.sleep(0.01)
    return done


from validator.__main__ import main
setattr(os, call, wait)
main()
"""
"""The command, of which one process stops once, behind its nth call of the system, while a file is there."""


@pytest.fixture(autouse=True)
def _hearing() -> Iterator[None]:
    """What this process was told to ignore, those that it starts would ignore too, as under ``nohup``."""
    ignored = [one for one in SIGNALS if signal.getsignal(one) == signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, signal.SIG_DFL)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


def begun(tmp_path: Path, call: str, count: int, *words: str) -> tuple[subprocess.Popen[bytes], int]:
    """A run that waits behind a call, and the process that does; the run has a process group of its own."""
    marker = tmp_path / "marker"
    run = subprocess.Popen(
        [sys.executable, "-c", WAITING, call, str(count), str(marker), *words], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    until(lambda: marker.exists() or run.poll() is not None)
    if run.poll() is not None:
        raise AssertionError(run.communicate())
    return run, int(marker.read_text())


def until(there: Callable[[], bool]) -> None:
    """Wait for something; it is an error if it never comes."""
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def members(group: int) -> list[int]:
    """The processes of a group that are still at work."""
    alive = []
    for entry in Path("/proc").iterdir():
        try:
            state, _, pgid = (entry / "stat").read_text().rpartition(") ")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(pgid) == group and state not in "ZX":
            alive.append(int(entry.name))
    return alive


def ended(run: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit code as a shell tells it, and what was said on standard error."""
    _, said = run.communicate(timeout=60)
    until(lambda: not members(run.pid))
    return run.returncode if run.returncode >= 0 else 128 - run.returncode, said.decode()


SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}

MENDABLE = {"a.txt": b"No newline", "b.txt": b"None here", "sub/c.txt": b"Nor here"}


class TestFix:
    """Told to stop in the middle of writing, it undoes everything, or finishes what it cannot undo."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return lay(tmp_path / "c", MENDABLE)

    @pytest.mark.parametrize("number", SIGNALS)
    def test_before_anything_was_replaced_nothing_is_left(self, root: Path, number: signal.Signals) -> None:
        before = held(root)
        run, _ = begun(root.parent, "fsync", 3, "fix", "c")
        assert held(root) != before
        run.send_signal(number)
        assert ended(run) == (SIGNALS[number], "")
        assert held(root) == before

    @pytest.mark.parametrize("number", SIGNALS)
    def test_once_something_is_replaced_everything_is(self, root: Path, number: signal.Signals) -> None:
        run, _ = begun(root.parent, "replace", 2, "fix", "c")
        run.send_signal(number)
        assert ended(run) == (SIGNALS[number], "")
        assert ran("-q", root).returncode == 0
        assert sorted(held(root)) == sorted([*MENDABLE, "INDEX.md", "sub"])

    @pytest.mark.parametrize(("call", "count"), [("fsync", 3), ("replace", 2)])
    def test_what_a_killed_run_leaves_is_swept_by_the_next(self, root: Path, call: str, count: int) -> None:
        run, _ = begun(root.parent, call, count, "fix", "c")
        run.kill()
        assert ended(run)[0] == 137
        assert len(held(root)) > len(MENDABLE) + 2
        again = ran("fix", root)
        assert again.returncode == 0
        assert "interrupted run" in again.stderr
        assert sorted(held(root)) == sorted([*MENDABLE, "INDEX.md", "sub"])

    def test_whoever_ignores_the_end_of_a_session_goes_on_doing_so(self, root: Path) -> None:
        """As ``nohup`` has it."""
        handler = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            run, _ = begun(root.parent, "fsync", 3, "fix", "c")
        finally:
            signal.signal(signal.SIGHUP, handler)
        run.send_signal(signal.SIGHUP)
        run.send_signal(signal.SIGTERM)
        assert ended(run)[0] == 143


@pytest.mark.parametrize("words", [["check", "c", "-o", "json:r.json"], ["pack", "c", "-o", "r.json"]])
@pytest.mark.parametrize("number", SIGNALS)
def test_a_file_that_was_being_written_is_the_old_one(tmp_path: Path, words: list[str], number: signal.Signals) -> None:
    lay(tmp_path / "c", TREE)
    (tmp_path / "r.json").write_bytes(b"<<<FILE 0 old>>>\n\n")
    run, _ = begun(tmp_path, "fsync", 1, *words)
    run.send_signal(number)
    assert ended(run) == (SIGNALS[number], "")
    assert (tmp_path / "r.json").read_bytes() == b"<<<FILE 0 old>>>\n\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "marker", "marker.taken", "r.json"]


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGKILL])
def test_no_process_is_left_at_work(tmp_path: Path, number: signal.Signals) -> None:
    """Two processes read files, one of them without end, when the one that started them is told to stop."""
    lay(tmp_path / "c", TREE)
    run, worker = begun(tmp_path, "read", 3, "-j", "2", "c")
    until(lambda: len(members(run.pid)) == 3)
    assert worker != run.pid
    run.send_signal(number)
    if number == signal.SIGINT:
        assert ended(run) == (130, "")
        return
    run.wait(60)
    until(lambda: members(run.pid) == [worker])  # the other one sees at once that nobody asks any more
    (tmp_path / "marker").unlink()
    assert ended(run) == (128 + number, "")


def test_ctrl_c_reaches_everybody_and_is_told_by_none(tmp_path: Path) -> None:
    """A terminal sends it to all processes at once, be it that one is only being started."""
    lay(tmp_path / "c", TREE)
    run, _ = begun(tmp_path, "read", 3, "-j", "2", "c")
    os.killpg(run.pid, signal.SIGINT)
    assert ended(run) == (130, "")


def test_a_process_that_is_killed_is_named_with_what_it_was_at(tmp_path: Path) -> None:
    lay(tmp_path / "c", TREE)
    run, worker = begun(tmp_path, "read", 3, "-j", "2", "c")
    assert worker != run.pid
    os.kill(worker, signal.SIGKILL)
    out, said = run.communicate(timeout=60)
    told = subprocess.CompletedProcess(run.args, run.returncode, out.decode(), said.decode())
    (unread,) = found(told, Path("c"))
    assert unread.startswith("VAL001 ")
    assert "the process that read it died (signal 9)" in told.stdout
    assert (told.returncode, told.stderr) == (2, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_large_run_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    lay(tmp_path / "c", TREE)
    (tmp_path / "temporary").mkdir()
    os.mkfifo(tmp_path / "log")  # which makes the run wait until somebody reads it
    run = subprocess.Popen(
        [*VALIDATE, "check", "--engine", "local", "-j", "2", "--log", "log", "c"], cwd=tmp_path, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "temporary")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with open(tmp_path / "log", "rb") as log:
        assert b"listed" in log.readline()
        os.killpg(run.pid, number) if number == signal.SIGINT else run.send_signal(number)
        assert ended(run) == (SIGNALS[number], "")
    assert list((tmp_path / "temporary").iterdir()) == []


# -- nobody listens


def test_what_is_said_does_not_end_up_among_data(tmp_path: Path) -> None:
    """Where standard error is closed, nothing that belongs there goes to standard output."""
    lay(tmp_path / "c", TREE)
    assert ran("pack", "c", "-o", "x", cwd=tmp_path).returncode == 0
    run = ran("sh", "-c", 'exec "$@" > y 2>&-', "sh", *VALIDATE, "pack", "c", "-o", "-", cwd=tmp_path)
    assert run.returncode == 0
    assert (tmp_path / "y").read_bytes() == (tmp_path / "x").read_bytes()


@pytest.mark.parametrize("closed", ["<&-", "<&- >&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", [["-j", "2", "c"], ["fix", "c"]])
def test_closed_streams_do_no_harm(tmp_path: Path, words: list[str], closed: str) -> None:
    root = lay(tmp_path / "c", MENDABLE)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    run = ran("sh", "-c", f'exec "$@" {closed}', "sh", *VALIDATE, *words, cwd=tmp_path)
    assert run.returncode == (2 if ">&-" in closed.split() else 0)
    assert sorted(held(root)) == sorted([*MENDABLE, "INDEX.md", "sub"])
    if words[0] == "fix":
        assert all((root / name).read_bytes() == data + b"\n" for name, data in MENDABLE.items())


def test_standard_input_that_is_closed(tmp_path: Path) -> None:
    for words in (["-"], ["unpack", "-", "-d", "d"]):
        one_line(ran("sh", "-c", 'exec "$@" <&-', "sh", *VALIDATE, *words, cwd=tmp_path), "standard input is closed")


def test_a_container_whose_reader_leaves(tmp_path: Path) -> None:
    lay(tmp_path / "c", {f"{number}.txt": b"Words.\n" * 5000 for number in range(20)})
    line = " ".join([*VALIDATE, "pack c -o - | head -c 10; echo ${PIPESTATUS[0]}"])
    run = ran("sh", "-c", 'exec bash -c "$1"', "sh", line, cwd=tmp_path)
    assert run.stdout == "<<<FILE IN2\n"
    assert run.stderr == "error: cannot go on with 'standard output': broken pipe\n"
