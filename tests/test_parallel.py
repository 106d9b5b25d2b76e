"""Work in several processes: the same findings whatever their number, and none goes missing with a process."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from itertools import chain, repeat
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import validator
from tests.command import ROOT, said, validate
from tests.strategies import Tree, clean_trees, index_of
from validator import engine, faults, governing, judging, loading, parallel, selection
from validator.loading import Loader
from validator.model import Options, Report, replaced
from validator.parallel import Died, spread
from validator.rules import catalogue
from validator.trees import Folder, Memory

if TYPE_CHECKING:
    from validator.trees import Source

FAULTS = [rule for rule in catalogue() if rule.default and rule.scope in ("document", "index", "container")]
on_posix = pytest.mark.skipif(os.name != "posix", reason="there are no signals")


def checked(tree: faults.Tree, jobs: int) -> Report:
    return engine.check([Memory(tree)], Options(), means=engine.Means(jobs))


@st.composite
def spoiled_trees(draw: st.DrawFn) -> faults.Tree:
    """A collection with a few faults and more documents than processes."""
    clean: Tree = draw(clean_trees())
    tree: faults.Tree = {**clean, **{f"more/{n}.txt": b"line %d\n" % n * n for n in range(draw(st.integers(0, 40)))}}
    for rule in draw(st.lists(st.sampled_from(FAULTS), max_size=4)):
        spoiled = dict(tree)
        try:
            rule.inject(spoiled, Random(draw(st.integers(0, 99))))
        except Exception:  # it wants a clean collection
            continue
        tree = spoiled
    return tree


@settings(max_examples=10, deadline=None)
@given(tree=spoiled_trees(), at=st.integers(1, 30))
def test_it_does_not_matter_when_other_processes_come_to_help(tree: faults.Tree, at: int) -> None:
    tree["zz.txt"] = b"Words.\n"
    tree["0.txt"] = "Tea\ufeff and salt.\n".encode()
    alone = checked(tree, 1)
    with pytest.MonkeyPatch.context() as patch:
        seconds = chain([0.0] * at, repeat(60.0))
        patch.setattr(engine, "perf_counter", lambda: next(seconds))
        patch.setattr(engine, "processors", lambda: 2)
        assert checked(tree, 0) == alone


@settings(max_examples=25, deadline=None)
@given(tree=spoiled_trees(), jobs=st.integers(2, 4))
def test_the_number_of_processes_changes_nothing(tree: faults.Tree, jobs: int) -> None:
    alone = checked(tree, 1)
    assert checked(tree, jobs) == alone
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(governing, "WORTH", 0)
        assert checked(tree, jobs) == alone


@settings(max_examples=150, deadline=None)
@given(tree=spoiled_trees())
@pytest.mark.parametrize(("worth", "large"), [(0, sys.maxsize), (sys.maxsize, 0), (0, 0)])
def test_reading_in_step_and_in_pieces_changes_nothing(tree: faults.Tree, worth: int, large: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(governing, "WORTH", worth)
        options, rules = Options(), selection.selected(Options())
        reports = []
        for sparing in (False, True):
            patch.setattr(loading, "_LARGE", large if sparing else sys.maxsize)
            judge = judging.Judge(rules, options, "")
            loader = Loader(Memory(tree), options, judge.wanted, sparing=sparing)
            for document in loader.documents():
                judge.document(document)
            judge.collection(loader.collection())
            findings = sorted(judge.findings, key=lambda one: (one.path, one.byte_start or 0, one.code))
            reports.append((findings, loader.count, loader.bytes))
        assert reports[0] == reports[1]


@settings(max_examples=10, deadline=None)
@given(tree=spoiled_trees())
def test_a_process_that_begins_from_nothing_finds_the_same(tree: faults.Tree) -> None:
    """Where processes are not forked, they are given the tree and the settings and walk it again."""
    options = Options()
    judge = judging.Judge(selection.selected(options), options, "")
    scan = engine.Scan(Loader(Memory(tree), options, judge.wanted, sketching=judge.sketching), judge)
    names = list(scan.loader.names)
    sent = pickle.loads(pickle.dumps(scan))
    assert pickle.loads(pickle.dumps(sent(names))) == scan(names)


@pytest.mark.parametrize("most", [0, 1, 2])
def test_where_the_system_gives_no_more_processes_there_are_fewer(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []

    class Scarce(parallel._Worker[object]):
        def __init__(self, *arguments: object) -> None:
            if len(started) >= most:
                raise OSError(errno.EAGAIN, "resource temporarily unavailable")
            started.append(arguments)
            super().__init__(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(parallel, "_Worker", Scarce)
    tree: faults.Tree = {f"{number}.txt": b"a line\n" if number % 4 else b"\xff" for number in range(40)}
    found = checked(tree, 3)
    assert len(started) == most
    monkeypatch.undo()
    assert found == checked(tree, 1)


def test_a_wrong_size_is_found_in_a_large_index_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(governing, "WORTH", 0)
    tree = {f"{number}.txt": b"a line\n" for number in range(9)}
    index = index_of({name: f"id{name[0]}" for name in tree}, tree)
    assert checked({**tree, "INDEX.md": index}, 1).findings == ()
    spoiled = index.replace(b"| 5.txt | 7 |", b"| 5.txt | 8 |")
    for jobs in (1, 2):
        assert [finding.code for finding in checked({**tree, "INDEX.md": spoiled}, jobs).findings] == ["IDX005"]


class Restless(Folder):
    """A folder whose index is touched whenever it is open for the given time."""

    def __init__(self, path: str, times: set[int]) -> None:
        super().__init__(path)
        self._times = times
        self._opened = 0

    def open(self, name: str) -> Source:
        source = super().open(name)
        if name == "INDEX.md":
            if self._opened in self._times:
                os.utime(os.path.join(self.path, name), ns=(1, self._opened))
            self._opened += 1
        return source


@pytest.mark.parametrize("worth", [0, sys.maxsize])
@pytest.mark.parametrize("times", [{0}, {1}, {0, 1}, {2}])
def test_an_index_that_changes_while_it_is_read_is_no_clean_run(
    tmp_path: Path, worth: int, times: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(governing, "WORTH", worth)
    tree = {f"{number}.txt": b"a line\n" for number in range(9)}
    for name, data in {**tree, "INDEX.md": index_of({name: f"id{name[0]}" for name in tree}, tree)}.items():
        (tmp_path / name).write_bytes(data)
    for wrong in (False, True):
        if wrong:
            (tmp_path / "5.txt").write_bytes(b"a liNe\n")
        folder = Restless(str(tmp_path), times)
        report = engine.check([folder], Options())
        codes = {finding.code for finding in report.findings}
        assert codes <= {"VAL002", "IDX006"}
        is_read_anew = times == {0} and worth > 0  # it was only opened, to see how large it is
        assert bool(codes) == (wrong or (folder._opened > min(times) and not is_read_anew))
        assert report.incomplete == ("VAL002" in codes)


def test_the_command_says_the_same(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.txt").write_bytes(b"a line\n" if number % 3 else b"caf\xe9 \xff\n")
    one, two = validate("-j", "1", tmp_path), validate("-j", "2", tmp_path)
    assert one.returncode == two.returncode == 1
    assert one.stdout == two.stdout
    assert b"ENC001" in one.stdout or b"ENC013" in one.stdout


def test_a_wrong_number_is_refused(tmp_path: Path) -> None:
    run = validate("-j", "-1", tmp_path)
    assert run.returncode == 2
    assert "--jobs" in said(run)


def squared(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is negative")
    if number in (13, 14):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.001 * (number % 3))
    return number * number


class TestSpreading:
    @settings(max_examples=10, deadline=None)
    @given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 4))
    def test_results_come_in_the_order_of_the_tasks(self, tasks: list[int], jobs: int) -> None:
        assert list(spread(squared, tasks, jobs)) == [task * task for task in tasks]

    def test_what_the_work_raises_is_raised(self) -> None:
        with pytest.raises(ValueError, match="-1 is negative"):
            list(spread(squared, [1, 2, -1, 3], 2))

    @on_posix
    @pytest.mark.parametrize("jobs", [1, 2, 3])
    def test_a_process_that_dies_is_known_by_its_task(self, jobs: int) -> None:
        results = list(spread(squared, [1, 13, 2, 14, 13, 3], jobs))
        assert results == [1, Died(-signal.SIGKILL), 4, Died(-signal.SIGKILL), Died(-signal.SIGKILL), 9]

    @on_posix
    def test_no_process_outlives_one_that_is_killed(self) -> None:
        program = (
            "import sys, time, os\n"
            "from validator.parallel import spread\n"
            "def work(task):\n    os.write(1, b'%d\\n' % os.getpid())\n    time.sleep(task)\n"
            "list(spread(work, [0, 0, 0, 0, 0.3, 0.3, 30, 0.3, 0.3], 2))\n"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert parent.stdout is not None
        children = {int(parent.stdout.readline()) for _ in range(6)}
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and sum(map(is_alive, children)) > 1:  # the one at work for 30 seconds
            time.sleep(0.05)
        assert sum(map(is_alive, children)) <= 1
        for child in filter(is_alive, children):
            os.kill(child, signal.SIGKILL)
        parent.stdout.close()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


class Deadly(Folder):
    """A folder in which a file kills every process that opens it, but for the first."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(path)
        self._deadly = name
        self._first = os.getpid()

    def open(self, name: str) -> Source:
        if name == self._deadly and os.getpid() != self._first:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().open(name)


@on_posix
@pytest.mark.parametrize("jobs", [2, 3])
def test_a_file_that_kills_the_process_that_reads_it_is_named(tmp_path: Path, jobs: int) -> None:
    for number in range(50):
        (tmp_path / f"{number:02}.txt").write_bytes(b"a line\n" if number != 7 else b"no newline")
    report = engine.check([Deadly(str(tmp_path), "31.txt")], Options(), means=engine.Means(jobs))
    unread, *others = sorted(report.findings, key=lambda finding: finding.code != "VAL001")
    assert (unread.code, Path(unread.path).name) == ("VAL001", "31.txt")
    assert "died (signal 9)" in unread.message
    assert report.incomplete
    assert report.documents == 49
    rest = engine.check([Folder(str(tmp_path))], replaced(Options(), exclude=("31.txt",)))
    assert others == list(rest.findings)


def test_a_library_stays_in_one_process_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"a line")
    alone = validator.check(tmp_path)
    assert validator.check(tmp_path, jobs=2) == alone
    monkeypatch.setattr(os, "fork", None)
    monkeypatch.setattr(engine, "_PATIENCE", 0)
    assert validator.check(tmp_path) == alone
