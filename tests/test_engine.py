"""The engine: how much is listed and counted, and that what has been looked at is let go."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import ROOT
from validator import engine, trees
from validator.cache import Cache
from validator.model import Finding, Item, Options, Report, Suppressed, replaced
from validator.selection import selected

if TYPE_CHECKING:
    from validator.model import Severity


def test_findings_beyond_the_limit_are_counted() -> None:
    options = Options(select=("ENC007",), max_findings=3)
    report = engine.check([trees.Memory({"a.txt": "\ufffd\n".encode() * 50}, is_folder=False)], options)
    assert [finding.more for finding in report.findings] == [0, 0, 47]
    assert report.count("warning") == 50


@pytest.mark.parametrize(
    "options", [{"select": ("TXT",)}, {"ignore": ("VAL",)}, {"per_file_ignores": (("*", ("VAL",)),)}]
)
def test_what_could_not_be_checked_is_named_whatever_is_selected(options: dict[str, Any]) -> None:
    tree = trees.Memory({"a.txt": trees.Odd("unreadable", "permission denied"), "b.txt": b"x\n"})
    report = engine.check([tree], Options(**options))
    assert report.incomplete
    assert [(f.code, f.path) for f in report.findings if f.code.startswith("VAL")] == [("VAL001", "a.txt")]


def test_an_error_is_not_hidden_behind_warnings_of_the_same_rule() -> None:
    balanced, overridden = "\u202ax\u202c\n" * 20, "\u202ex\u202c\n"
    tree = trees.Memory({"a.txt": (balanced + overridden).encode()}, is_folder=False)
    report = engine.check([tree], Options(select=("TXT007",), max_findings=3))
    assert report.count("error") >= 1
    assert "error" in {finding.severity for finding in report.findings}


def finding(path: str, start: int | None, severity: Severity, code: str) -> Finding:
    return Finding(code, code.lower(), severity, "said", path, byte_start=start)


ORDERED = (
    finding("a", None, "warning", "B1"),
    finding("a", 0, "error", "C1"),
    finding("a", 7, "error", "A1"),
    finding("a", 7, "error", "B1"),
    finding("a", 7, "warning", "A0"),
    finding("a", 7, "info", "A0"),
    finding("a", 10, "error", "A1"),
    finding("b", None, "error", "A1"),
)
ITEMS = (Item("a", None, 1), Item("a", "A", 2), Item("a", "y", 1), Item("b", None, 0))


@given(st.permutations(ORDERED), st.integers(0, len(ORDERED)), st.permutations(ITEMS), st.integers(0, len(ITEMS)))
def test_reports_add_up_in_order_of_place(found: list[Finding], cut: int, items: list[Item], edge: int) -> None:
    allowed = [Suppressed(one, "index", "because") for one in found]
    first = Report(
        tuple(found[:cut]),
        1,
        20,
        300,
        4000,
        7,
        False,
        ("x",),
        ("one", "two"),
        tuple(allowed[cut:]),
        tuple(items[:edge]),
    )
    second = Report(
        tuple(found[cut:]),
        5,
        60,
        700,
        8000,
        3,
        True,
        ("y", "x"),
        ("two", "three"),
        tuple(allowed[:cut]),
        tuple(items[edge:]),
    )
    merged = engine.merged([first, second])
    assert merged == Report(
        ORDERED, 6, 80, 1000, 12000, 7, True, ("x", "y", "x"), ("one", "two", "three"),
        tuple(Suppressed(one, "index", "because") for one in ORDERED), ITEMS,
    )  # fmt: skip
    assert engine.merged([merged]) == merged
    assert engine.merged([]) == Report(())
    assert not engine.merged([first]).incomplete


TREE = {
    "a.txt": b"one\n",
    "b.txt": b"two",
    "c.bundle": b"<<<FILE 1 x>>>\nx\n<<<END 1>>>\n",
    "INDEX.md": b"- [A](a.txt)\n",
}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_report_counts_what_was_looked_at(jobs: int) -> None:
    trees_, means = [trees.Memory(TREE), trees.Memory({}, "nothing"), trees.Memory(TREE, "more")], engine.Means(jobs)
    report = engine.check(trees_, Options(select=("TXT004",)), ["a note", "a note", "another"], means)
    assert (report.documents, report.indexes, report.containers) == (6, 2, 2)
    assert report.bytes == 2 * sum(map(len, TREE.values()))
    assert report.rules == len(selected(Options(select=("TXT004",))))
    assert report.empty == ("nothing",)
    assert report.notes == ("a note", "another")
    assert [(finding.code, finding.path) for finding in report.findings] == [
        ("TXT004", "b.txt"),
        ("TXT004", "c.bundle"),
        ("TXT004", "more/b.txt"),
        ("TXT004", "more/c.bundle"),
    ]
    allowing = Options(select=("TXT004",), per_file_ignores=(("b.txt", ("TXT004",)),))
    allowed = engine.check([trees.Memory(TREE)], allowing, means=means)
    assert [(finding.code, finding.path) for finding in allowed.findings] == [("TXT004", "c.bundle")]
    assert [(one.finding.path, one.by) for one in allowed.suppressed] == [("b.txt", "settings")]
    assert not report.incomplete
    assert report.inventory == ()


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_inventory_lists_every_document(jobs: int, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name, data in TREE.items():
        (tmp_path / "docs" / name).write_bytes(data)
    means = engine.Means(jobs, Cache(str(tmp_path / "cache"), Options()), inventory=True)
    for tree in (trees.Memory(TREE), trees.Folder(str(tmp_path / "docs"))):
        report = engine.check([tree], Options(), means=means)
        listed = [(Path(item.path).name, item.document, item.size) for item in report.inventory]
        assert listed == [("a.txt", None, 4), ("b.txt", None, 3), ("c.bundle", "x", 1)]
        assert len(engine.check([tree], Options(), means=replaced(means, inventory=False)).inventory) == 0


@pytest.mark.parametrize("jobs", [1, 3])
def test_it_is_told_how_far_a_run_is(jobs: int) -> None:
    seen: list[tuple[int, int, int]] = []
    tree = {f"{number:03}.txt": b"%d\n" % number for number in range(200)}
    engine.check([trees.Memory(tree)], Options(), means=engine.Means(jobs, watch=lambda *told: seen.append(told)))
    assert seen[-1] == (200, 200, sum(map(len, tree.values())))
    assert {total for _, total, _ in seen} == {200}
    assert seen == sorted(seen)
    read = [0, *(sum(len(tree[name]) for name in sorted(tree)[:done]) for done, _, _ in seen)]
    assert [size for _, _, size in seen] == read[1:]
    if jobs == 1:
        assert [done for done, _, _ in seen] == list(range(1, 201))
    else:
        assert max(after - before for (before, *_), (after, *_) in pairwise(seen)) == 200 // (8 * 3)


def test_a_clean_folder_is_not_read_again_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.cache._RACY", -(10**12))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "INDEX.md").write_bytes(b"- [A](a.txt)\n")
    (tmp_path / "docs" / "a.txt").write_bytes(b"one\n")
    read: list[int] = []
    reports = []
    for _ in range(3):
        known = Cache(str(tmp_path / "cache"), Options())
        known.notes.append("a note")
        means = engine.Means(1, known, lambda *told: read.append(told[0]))
        reports.append(engine.check([trees.Folder(str(tmp_path / "docs"))], Options(select=("TXT",)), ("more",), means))
    assert read == [1, 2]
    assert reports[0] == reports[1] == reports[2]
    assert reports[0] == replaced(
        engine.check([trees.Folder(str(tmp_path / "docs"))], Options(select=("TXT",))), notes=("more", "a note")
    )


@pytest.mark.parametrize("kind", ["unreadable", "changed", "over-limit", "link", "special"])
def test_a_run_is_incomplete_where_something_could_not_be_looked_at(kind: str) -> None:
    report = engine.check([trees.Memory({"a.txt": trees.Odd(kind, "somehow"), "b.txt": b"x\n"})], Options())
    assert report.incomplete == (kind not in ("link", "special"))


class Counting(trees.Folder):
    """A folder that counts the files that are opened."""

    opened: list[str]

    def open(self, name: str) -> trees.Source:
        self.opened.append(name)
        return super().open(name)


def test_of_a_folder_that_was_looked_at_only_new_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validator.cache._RACY", -(10**12))
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("a.txt", "b.txt", "c.txt"):
        (docs / name).write_bytes(b"no newline" if name == "c.txt" else b"one\n")
        tree = Counting(str(docs))
        tree.opened = []
        means = engine.Means(1, Cache(str(tmp_path / "cache"), Options()))
        assert engine.check([tree], Options(), means=means) == engine.check([trees.Folder(str(docs))], Options())
        assert tree.opened == [name]


class Leaving(trees.Folder):
    """A folder in which a file ends every process that opens it, but for the first."""

    code = 0

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._first = os.getpid()

    def open(self, name: str) -> trees.Source:
        if name == "5.txt" and os.getpid() != self._first:
            os._exit(self.code)
        return super().open(name)


@pytest.mark.skipif(os.name != "posix", reason="processes are not forked")
@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_process_that_ends_of_itself_is_named_by_its_exit_code(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Leaving, "code", code)
    for number in range(9):
        (tmp_path / f"{number}.txt").write_bytes(b"a line\n")
    report = engine.check([Leaving(str(tmp_path))], Options(select=("VAL",)), means=engine.Means(2))
    assert [Path(finding.path).name for finding in report.findings] == ["5.txt"]
    assert f"the process that read it died (exit code {code})" in report.findings[0].message


def test_there_are_as_many_processors_as_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= engine.processors() <= (os.cpu_count() or 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {2, 3, 7} if process == 0 else set(), raising=False)
    assert engine.processors() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert engine.processors() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert engine.processors() == 1


PEAK = """
import sys
import validator
report = validator.check(sys.argv[1], options=validator.Options(select=("TXT004",)))
status = open("/proc/self/status").read()
print(len(report.findings), status.split("VmHWM:")[1].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process is read from /proc")
def test_documents_with_findings_are_let_go(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * 4_000_000)
    run = subprocess.run([sys.executable, "-c", PEAK, tmp_path], cwd=ROOT, capture_output=True, check=True, text=True)
    findings, kilobytes = map(int, run.stdout.split())
    assert findings == 60
    assert kilobytes < 120_000, "240 MB of documents were held at once"
