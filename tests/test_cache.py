"""The cache: it saves work, and nothing that happens to it or to the files changes what is said."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import said, validate
from tests.strategies import clean_trees
from validator import cache, engine
from validator.cache import Cache
from validator.model import Options, Report, replaced
from validator.trees import Folder

if TYPE_CHECKING:
    from validator.trees import Source

on_posix = pytest.mark.skipif(os.name != "posix", reason="names are not bytes")
BROKEN = b"caf\xe9 and no newline"


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled as soon as they are written."""
    monkeypatch.setattr(cache, "_RACY", -(10**12))


class Counting(Folder):
    """A folder that counts the files that are opened."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.opened: list[str] = []

    def open(self, name: str) -> Source:
        self.opened.append(name)
        return super().open(name)


def lay(root: Path, tree: dict[str, bytes]) -> Path:
    for name, data in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def cached(root: Path, store: Path, options: Options | None = None) -> tuple[Report, list[str]]:
    """The report with the cache, and the files that were opened for it."""
    options = options or Options()
    folder = Counting(str(root))
    report = engine.check([folder], options, means=engine.Means(cache=Cache(str(store), options)))
    return report, folder.opened


def plain(root: Path, options: Options | None = None) -> Report:
    return engine.check([Folder(str(root))], options or Options())


TREE = {
    "a.txt": b"first\n",
    "b/c.txt": "второе\n".encode(),
    "b/d.txt": b"third\n",
    "e.txt": b"fourth\n",
}


@pytest.mark.usefixtures("lasting")
class TestSavingWork:
    def test_a_folder_that_was_well_and_did_not_change_is_not_opened(self, tmp_path: Path) -> None:
        root, store = lay(tmp_path / "in", TREE), tmp_path / "cache"
        run = validate("index", root)
        assert run.returncode == 0, said(run)
        first, opened = cached(root, store)
        assert set(TREE) <= set(opened)
        again, opened = cached(root, store)
        assert opened == []
        assert again == first == plain(root)

    def test_of_others_only_what_changed_is_opened(self, tmp_path: Path) -> None:
        root, store = lay(tmp_path / "in", {**TREE, "broken.txt": BROKEN}), tmp_path / "cache"
        first, _ = cached(root, store)
        assert first.findings
        (root / "b/c.txt").write_bytes("третье\n".encode())
        again, opened = cached(root, store)
        assert sorted(opened) == ["b/c.txt", "broken.txt"]
        assert again == plain(root)

    def test_a_listed_document_that_changed_is_found(self, tmp_path: Path) -> None:
        root, store = lay(tmp_path / "in", TREE), tmp_path / "cache"
        validate("index", root)
        cached(root, store)
        before = (root / "e.txt").stat()
        time.sleep(0.02)
        (root / "e.txt").write_bytes(b"fOurth\n")
        os.utime(root / "e.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
        report, _ = cached(root, store)
        assert [finding.code for finding in report.findings] == ["IDX006"]

    def test_what_an_index_says_anew_holds_for_files_that_did_not_change(self, tmp_path: Path) -> None:
        root, store = lay(tmp_path / "in", TREE), tmp_path / "cache"
        validate("index", root)
        cached(root, store)
        index = root / "INDEX.md"
        index.write_bytes(re.sub(rb"\| +7 \|", b"| 8 |", index.read_bytes()))
        report, _ = cached(root, store)
        assert report == plain(root)
        assert [finding.code for finding in report.findings] == ["IDX005"]

    def test_other_settings_remember_for_themselves(self, tmp_path: Path) -> None:
        root, store = lay(tmp_path / "in", {**TREE, "z.txt": b"no newline"}), tmp_path / "cache"
        few = replaced(Options(), select=("ENC",))
        assert cached(root, store, few)[0] == plain(root, few)
        assert cached(root, store)[0] == plain(root)
        assert cached(root, store, few)[0] == plain(root, few)


EDITS = st.lists(
    st.tuples(st.sampled_from(["write", "touch", "delete", "rename", "add", "back"]), st.integers(0, 10**6)), max_size=5
)


def edit(root: Path, kind: str, seed: int) -> None:
    random = Random(seed)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    path = random.choice(files) if files else root / "new.txt"
    before = path.stat() if path.exists() else None
    if kind in ("write", "back"):
        data = bytearray(path.read_bytes() if before else b"x\n")
        if data:
            data[random.randrange(len(data))] = random.choice(b"az\n\r\xff\0")
        path.write_bytes(data)
        if kind == "back" and before:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif kind == "add" or not files:
        (root / f"new{seed % 9}.txt").write_bytes(random.choice([b"new\n", BROKEN, b""]))
    elif kind == "touch":
        path.touch()
    elif kind == "delete":
        path.unlink()
    else:
        path.rename(path.with_name(f"moved{seed % 9}.txt"))


@pytest.mark.usefixtures("lasting")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=clean_trees(), edits=EDITS)
def test_whatever_happens_to_the_files_the_same_is_said(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, bytes], edits: list[tuple[str, int]]
) -> None:
    at = tmp_path_factory.mktemp("cache")
    root = lay(at / "in", tree)
    assert cached(root, at / "store")[0] == plain(root)
    for kind, seed in edits:
        time.sleep(0.01)  # the clock of a file system ticks a few hundred times a second
        edit(root, kind, seed)
        assert cached(root, at / "store")[0] == plain(root)
    assert cached(root, at / "store")[0] == plain(root)
    shutil.rmtree(at)


def test_a_file_that_was_written_only_now_is_not_remembered(tmp_path: Path) -> None:
    root, store = lay(tmp_path / "in", TREE), tmp_path / "cache"
    cached(root, store)
    _, opened = cached(root, store)
    assert set(TREE) <= set(opened)
    old = time.time_ns() - 10**10
    for name in TREE:
        os.utime(root / name, ns=(old, old))  # the time of the last change of status stays what it is
    cached(root, store)
    assert set(TREE) <= set(cached(root, store)[1])


@pytest.mark.usefixtures("lasting")
class TestDamage:
    @pytest.fixture
    def filled(self, tmp_path: Path) -> tuple[Path, Path, Path]:
        root, store = lay(tmp_path / "in", TREE), tmp_path / "cache"
        validate("index", root)
        cached(root, store)
        (root / "a.txt").write_bytes(b"First\n")
        return root, store, store / "documents.sqlite"

    def test_no_damage_changes_what_is_said(self, filled: tuple[Path, Path, Path]) -> None:
        root, store, file = filled
        whole, truth, random = file.read_bytes(), plain(root), Random(1)
        noticed = 0
        for number in range(150):
            data = bytearray(whole)
            at = random.randrange(len(data)) if number % 2 else random.choice([i for i, b in enumerate(data) if b])
            if number % 10:
                data[at] ^= random.randrange(1, 256)
            else:
                del data[at:]
            store.mkdir(exist_ok=True)
            file.write_bytes(data)
            report, _ = cached(root, store)
            assert replaced(report, notes=()) == truth, at
            noticed += bool(report.notes)
        assert noticed

    def test_a_damaged_cache_is_thrown_away_and_the_next_run_fills_a_new_one(
        self, filled: tuple[Path, Path, Path]
    ) -> None:
        root, store, file = filled
        file.write_bytes(b"this is no database, whatever its name says" * 100)
        report, _ = cached(root, store)
        (note,) = report.notes
        assert "was thrown away" in note
        assert str(file) in note
        assert not store.exists()
        cached(root, store)
        assert file.exists()

    def test_the_database_of_another_program_is_left_alone(self, filled: tuple[Path, Path, Path]) -> None:
        root, store, file = filled
        file.unlink()
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("CREATE TABLE theirs (content TEXT)")
        before = file.read_bytes()
        report, _ = cached(root, store)
        (note,) = report.notes
        assert "could not be used: it belongs to another program" in note
        assert file.read_bytes() == before
        run = validate("cache", "clear", cwd=store.parent)
        assert run.returncode == 0
        assert file.read_bytes() == before

    def test_one_that_is_in_use_is_not_waited_for(self, filled: tuple[Path, Path, Path]) -> None:
        root, store, file = filled
        with closing(sqlite3.connect(file)) as database:
            database.execute("BEGIN EXCLUSIVE")
            report, _ = cached(root, store)
        (note,) = report.notes
        assert "could not be used: database is locked" in note
        assert replaced(report, notes=()) == plain(root)

    def test_where_none_can_be_made_there_is_none(self, filled: tuple[Path, Path, Path]) -> None:
        root, store, _ = filled
        shutil.rmtree(store)
        store.write_bytes(b"a file is in the way")
        report, _ = cached(root, store)
        assert len(report.notes) == 1
        assert replaced(report, notes=()) == plain(root)
        assert store.read_bytes() == b"a file is in the way"


@on_posix
@pytest.mark.usefixtures("lasting")
@pytest.mark.parametrize("name", [b"sub\xff/a.txt", b"a\xff.txt", "\U0001f600/\u0301.txt".encode(), b"a\nb/c.txt"])
def test_names_of_any_bytes_are_remembered(tmp_path: Path, name: bytes) -> None:
    root, store = tmp_path / os.fsdecode(b"in\xfe"), tmp_path / "cache"
    path = os.path.join(os.fsencode(root), name)
    os.makedirs(os.path.dirname(path))
    Path(os.fsdecode(path)).write_bytes(b"a line\n")
    truth = plain(root)
    for _ in range(2):
        assert cached(root, store)[0] == truth
    assert [file for file in cached(root, store)[1] if file.endswith(".txt")] == []


@pytest.mark.usefixtures("lasting")
def test_an_empty_folder_stays_empty(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for _ in range(3):
        assert cached(tmp_path / "in", tmp_path / "cache")[0].empty == (str(tmp_path / "in"),)


class TestCommand:
    def test_a_file_of_the_user_in_its_folder_is_kept(self, tmp_path: Path) -> None:
        lay(tmp_path, {"in/a.txt": b"a line\n", ".validate_cache/.gitignore": b"*.txt\n"})
        for arguments in (["check", "--cache", "in"], ["cache", "clear"]):
            validate(*arguments, cwd=tmp_path)
        assert [path.name for path in (tmp_path / ".validate_cache").iterdir()] == [".gitignore"]
        assert (tmp_path / ".validate_cache/.gitignore").read_bytes() == b"*.txt\n"

    def test_the_cache_is_made_used_and_cleared(self, tmp_path: Path) -> None:
        lay(tmp_path / "in", {**TREE, "bad.txt": BROKEN})
        old = validate("check", "in", cwd=tmp_path)
        assert not (tmp_path / ".validate_cache").exists()
        for _ in range(2):
            run = validate("check", "--cache", "in", cwd=tmp_path)
            assert (run.returncode, run.stdout, run.stderr) == (old.returncode, old.stdout, old.stderr)
        assert (tmp_path / ".validate_cache" / ".gitignore").read_text() == "*\n"
        run = validate("cache", "clear", cwd=tmp_path)
        assert (run.returncode, run.stdout) == (0, b"deleted .validate_cache\n")
        assert not (tmp_path / ".validate_cache").exists()
        run = validate("cache", "clear", cwd=tmp_path)
        assert (run.returncode, run.stdout) == (0, b"there is no cache here (.validate_cache)\n")

    def test_it_is_no_part_of_the_collection(self, tmp_path: Path) -> None:
        lay(tmp_path, TREE)
        first, second = (validate("check", "--cache", ".", cwd=tmp_path) for _ in range(2))
        assert first.stdout == second.stdout == validate("check", "--no-cache", ".", cwd=tmp_path).stdout
