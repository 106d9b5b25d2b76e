"""Large runs: the same report as one process gives, whoever does the work, and whatever happens to them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import ROOT, said, validate
from tests.deadly import Deadly
from tests.strategies import Tree, clean_trees, index_of
from validator import columnar, container, engine, faults, scale
from validator.model import Options, Report, UsageError, replaced
from validator.rules import catalogue
from validator.scale import engines, facts, shards, sieve, work
from validator.scale.engines import Dask
from validator.scale.scanning import _recalled
from validator.scale.store import Store
from validator.trees import Folder, Odd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAULTS = [rule for rule in catalogue() if rule.default]
OFF = ("--near-duplicates", "off")
"""Large runs do not look for them, and say so."""
on_posix = pytest.mark.skipif(os.name != "posix", reason="there are no signals")


class Inline(Executor):
    """Does at once what it is given."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


class Here:
    """An engine without processes, for many small runs; it divides the keys as two would."""

    jobs = 2
    dashboard = ""

    def executor(self) -> Executor:
        return Inline()

    def renew(self, broken: Executor) -> None:
        raise AssertionError("nothing breaks here")

    def watch(self) -> None:
        pass

    def require(self, question: Callable[[], bool], what: str) -> None:
        pass

    def close(self) -> None:
        pass


def write(tree: faults.Tree, root: Path) -> None:
    """Put a tree on the disk, as far as it can be there."""
    for name, data in tree.items():
        path = os.path.join(os.fsencode(root), name.encode("utf-8", "surrogateescape"))
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if not isinstance(data, Odd):
                with open(path, "wb") as file:
                    file.write(data)
        except (OSError, ValueError):
            continue


@st.composite
def collections(draw: st.DrawFn) -> faults.Tree:
    """Folders in folders with and without indexes, containers with and without their own, and a few faults."""
    tree: dict[str, bytes | Odd] = dict(draw(clean_trees()))
    for folder in draw(st.lists(st.sampled_from(["sub/", "Sub/", "a/b/", "zz/"]), max_size=3, unique=True)):
        inner: Tree = draw(clean_trees())
        if draw(st.booleans()):
            del inner["INDEX.md"]
        tree |= {folder + name: data for name, data in inner.items()}
    if draw(st.booleans()):
        own = {name: data for name, data in draw(clean_trees()).items() if name not in ("all.bundle", "INDEX.md")}
        ids = {name: str(number) for number, name in enumerate(sorted(own))}
        blocks = [(b"INDEX", b"INDEX.md", index_of(ids, own))]
        blocks += [(ids[name].encode(), name.encode(), own[name]) for name in sorted(own)]
        tree["own.bundle"] = b"".join(container.pack(blocks))
    if draw(st.booleans()):
        del tree[draw(st.sampled_from(sorted(tree)))]
    kind = draw(st.integers(0, 4))
    if kind == 0:
        tree.pop("INDEX.md", None)
    elif kind == 1:
        whole = {name: data for name, data in tree.items() if isinstance(data, bytes)}
        tree["INDEX.md"] = index_of({n: str(k) for k, n in enumerate(sorted(whole)) if n != "INDEX.md"}, whole)
    for rule in draw(st.lists(st.sampled_from(FAULTS), max_size=5)):
        spoiled = dict(tree)
        try:
            rule.inject(spoiled, Random(draw(st.integers(0, 99))))
        except Exception:  # it wants a clean collection
            continue
        tree = spoiled
    for name in [name for name in tree if name.endswith("INDEX.md")]:
        in_columns(tree, name, draw(st.sampled_from(["text", "text", "rows", "both", "wrong", "torn"])))
    return tree


def in_columns(tree: faults.Tree, name: str, kind: str) -> None:
    """Put the rows of an index into a Parquet file: in its place, or beside it, or a damaged one."""
    text = tree[name]
    if kind == "text" or not isinstance(text, bytes):
        return
    try:
        rows = columnar.of_text(text, name)
        pointing = columnar.pointing(text, sha256(rows + (b"x" if kind == "wrong" else b"")).hexdigest(), name)
    except UsageError:
        return
    if kind == "rows":
        del tree[name]
    else:
        tree[name] = pointing
    tree[name.replace(".md", ".parquet")] = rows[:-9] if kind == "torn" else rows


def both(root: Path, options: Options, store: str, **more: Any) -> tuple[Report, Report]:
    """The reports of one process, but for what no large run looks for, and of parts put together."""
    alone = engine.check([Folder(str(root))], replaced(options, near_duplicates="off"))
    return alone, scale.check(Folder(str(root)), options, scale.Scaled(Here(), Store(store), **more))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(tree=collections(), size=st.integers(0, 3), options=st.sampled_from([Options(), Options(select=("ALL",))]))
def test_the_parts_of_a_collection_give_the_report_of_the_whole(tree: faults.Tree, size: int, options: Options) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "_SMALL", size)
        patch.setattr(sieve, "_FEW", 0)
        root = Path(folder) / "collection"
        root.mkdir()
        write(tree, root)
        alone, parts = both(root, options, f"{folder}/store")
        assert parts == alone
        assert not os.path.exists(f"{folder}/store/runs") or os.listdir(f"{folder}/store/runs") == []


def shelf(folder: Path, count: int = 60) -> Path:
    """A collection of small documents and two containers, in which a few things are wrong."""
    tree: Tree = {f"d{n % 5}/a{n:03}.txt": b"line %d\n" % n * (n % 9 + 1) for n in range(count)}
    tree["all.bundle"] = b"".join(container.pack((b"%d" % n, b"b%d.txt" % n, b"text %d\n" % n) for n in range(9)))
    tree["bad.bundle"] = tree["all.bundle"].replace(b"text 3", b"text\x003").replace(b"b", b"c")
    index = index_of({name: str(number) for number, name in enumerate(sorted(tree))}, tree)
    tree["d1/a006.txt"] += b"more \xff\n"
    del tree["d2/a007.txt"]
    tree["d3/new.txt"] = b"unlisted, and with a blank \n"
    write({**tree, "INDEX.md": index}, folder)
    return folder


class TestProcesses:
    def test_real_processes_give_the_same_bytes(self, tmp_path: Path) -> None:
        shelf(tmp_path)
        for options in ([], ["--select", "ALL"], ["--output-format", "html"], ["--output-format", "sarif"]):
            alone = validate("check", *OFF, *options, ".", cwd=tmp_path)
            parts = validate("check", *OFF, "--engine", "local", "-j", "2", *options, ".", cwd=tmp_path)
            assert alone.returncode == parts.returncode == 1
            assert parts.stdout == alone.stdout
            assert parts.stderr == alone.stderr == b""

    def test_several_collections_one_report(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            shelf(tmp_path / name, 9)
        (tmp_path / "three").mkdir()
        alone = validate("check", *OFF, "one", "two", "three", cwd=tmp_path)
        parts = validate("check", *OFF, "--engine", "local", "one", "two", "three", cwd=tmp_path)
        assert (parts.returncode, parts.stdout, parts.stderr) == (2, alone.stdout, alone.stderr)

    @on_posix
    def test_a_file_that_always_kills_is_named_and_the_rest_completes(self, tmp_path: Path) -> None:
        shelf(tmp_path)
        log: list[str] = []
        with scale.means("local", 2, "", False, lambda event, **known: log.append(event)) as by:
            report = scale.check(Deadly(str(tmp_path), "d4/a004.txt"), Options(), by)
        alone = engine.check([Folder(str(tmp_path))], Options())
        (unread,) = [finding for finding in report.findings if finding.code == "VAL001"]
        assert unread.path.endswith("d4/a004.txt")
        assert "the process that read it died, 3 times" in unread.message
        assert report.incomplete
        assert [one for one in report.findings if one is not unread] == list(alone.findings)
        assert report.documents == alone.documents - 1
        assert log.count("given-up") == 1

    @on_posix
    def test_a_worker_that_is_killed_once_changes_nothing(self, tmp_path: Path) -> None:
        shelf(tmp_path)
        deadly = Deadly(str(tmp_path), "d0/a010.txt", f"{tmp_path}.marker")
        with scale.means("local", 2, "", False) as by:
            assert scale.check(deadly, Options(), by) == engine.check([Folder(str(tmp_path))], Options())
        assert os.path.exists(f"{tmp_path}.marker")

    @on_posix
    def test_processes_end_with_the_one_that_started_them(self, tmp_path: Path) -> None:
        (tmp_path / "big").mkdir()
        write({f"{n}.txt": b"word " * 50_000 + b"\n" for n in range(300)}, tmp_path / "big")
        run = subprocess.Popen(
            [sys.executable, "-m", "validator", "check", "--engine", "local", "-j", "2", "--log", "log", "big"],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(lambda: children(run.pid) and "listed" in text_of(tmp_path / "log"))
            below = children(run.pid)
        finally:
            run.kill()
            run.wait()
        until(lambda: not any(is_running(pid) for pid in below))

    def test_extras_that_are_missing_are_named(self, tmp_path: Path) -> None:
        for missing, extra in (("duckdb", "scale"), ("pyarrow", "scale"), ("distributed", "cluster")):
            (tmp_path / missing).mkdir()
            (tmp_path / missing / f"{missing}.py").write_text("raise ImportError(name=__name__)\n")
            (tmp_path / "a.txt").write_text("text\n")
            path = f"{tmp_path / missing}{os.pathsep}{ROOT}"
            run = validate("check", "--engine", "dask://127.0.0.1:1", "a.txt", cwd=tmp_path, PYTHONPATH=path)
            assert run.returncode == 2
            assert f"pip install 'collection-validator[{extra}]'" in said(run)
            assert said(run).count("\n") == 1

    def test_an_engine_that_there_is_not(self, tmp_path: Path) -> None:
        shelf(tmp_path)
        for word, hint in (("spark://x", "local or dask://HOST:PORT"), ("dask://", "local or dask://HOST:PORT")):
            run = validate("check", "--engine", word, ".", cwd=tmp_path)
            assert run.returncode == 2
            assert hint in said(run)


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def until(happens: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that is bound to happen."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, check=False).stdout
    return [int(word) for word in found.split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Cluster:
    """A scheduler and two workers, each a process, on the loopback device."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._folder = folder
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", self.address.rpartition(":")[2],
            "--dashboard-address", "127.0.0.1:0",
        )  # fmt: skip
        until(lambda: "Scheduler at" in text_of(folder / "scheduler.log"))
        self.workers = [
            self._start("worker", f"tcp://{self.address}", "--nthreads", "1", *_PLAIN, name=n) for n in "ab"
        ]
        until(lambda: all("Registered to" in text_of(folder / f"worker{n}.log") for n in "ab"))

    def _start(self, *arguments: str, name: str = "") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        with open(self._folder / f"{arguments[0]}{name}.log", "wb") as log:
            return subprocess.Popen(
                command, cwd=self._folder, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


_PLAIN = ("--no-nanny", "--no-dashboard", "--local-directory", "work")


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    folder.mkdir()
    found = Cluster(folder)
    try:
        yield found
    finally:
        found.close()


@on_posix
class TestCluster:
    def test_a_cluster_gives_the_same_bytes_also_when_a_worker_is_killed(self, tmp_path: Path) -> None:
        root = tmp_path / "shelf"
        root.mkdir()
        shelf(root)
        alone = validate("check", "--output-format", "json", ".", cwd=root)
        with cluster(tmp_path / "cluster") as found:
            at = f"dask://{found.address}"
            run = validate("check", "--engine", at, "--output-format", "json", "--log", tmp_path / "log", ".", cwd=root)
            assert run.stdout == alone.stdout
            assert "note: the engine shows what it does at http://" in run.stderr.decode()
            events = [json.loads(line)["event"] for line in text_of(tmp_path / "log").splitlines()]
            assert {"listed", "scanned", "compared"} <= set(events)

            deadly = Deadly(str(root), "d0/a010.txt", str(tmp_path / "marker"))
            with scale.means(at, 0, "", False) as by:
                report = scale.check(deadly, Options(), by)
            assert report == engine.check([Folder(str(root))], Options())
            assert sorted(worker.poll() is None for worker in found.workers) == [False, True]

    def test_workers_that_cannot_take_part_are_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with cluster(tmp_path / "cluster") as found, closing(Dask(found.address)) as engine:
            with pytest.raises(UsageError, match=r"the worker tcp://.* cannot see 'x': all have to share the place"):
                engine.require(partial(os.path.isdir, tmp_path / "nowhere"), "see 'x'")
            engine.require(partial(os.path.isdir, tmp_path), "see 'x'")
            monkeypatch.setattr(engines, "__version__", "99")
            with pytest.raises(UsageError, match=r"has version .* of this program: install 99"):
                engine.require(partial(os.path.isdir, tmp_path), "see 'x'")

    def test_a_scheduler_that_is_lost_is_one_clear_error(self, tmp_path: Path) -> None:
        root = tmp_path / "shelf"
        root.mkdir()
        shelf(root)
        with cluster(tmp_path / "cluster") as found:
            deadly = Deadly(str(root), "d0/a010.txt", victim=found.scheduler.pid)
            with (
                pytest.raises(UsageError, match="was lost, and with it the check"),
                scale.means(f"dask://{found.address}", 0, "", False) as by,
            ):
                scale.check(deadly, Options(), by)
            run = validate("check", "--engine", f"dask://{found.address}", ".", cwd=root)
            assert run.returncode == 2
            assert said(run).startswith("error: no Dask scheduler answers at")
            assert said(run).count("\n") == 1


class TestState:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was written just now is as good as old."""
        monkeypatch.setattr(shards, "_RACY", -(10**12))

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "shelf").mkdir()
        shelf(tmp_path / "shelf", 3000)
        return tmp_path

    def scanned(self, folder: Path, options: Options = Options()) -> tuple[Report, list[int]]:  # noqa: B008
        """The report of a run with a state, and how many files were in each shard that it did not know."""
        fresh: list[int] = []

        def log(event: str, **known: Any) -> None:
            if event == "scanned" and not known["known"]:
                fresh.append(known["files"])

        by = scale.Scaled(Here(), Store(str(folder / "state")), keeps=True, log=log)
        report = scale.check(Folder(str(folder / "shelf")), options, by)
        assert report == engine.check([Folder(str(folder / "shelf"))], options)
        return report, sorted(fresh)

    def test_only_what_has_changed_is_read_again(self, folder: Path) -> None:
        _, everything = self.scanned(folder)
        assert len(everything) > 3
        assert self.scanned(folder)[1] == []
        (folder / "shelf/d4/a014.txt").write_text("something else \n")
        assert 0 < sum(self.scanned(folder)[1]) < 2000
        (folder / "shelf/d4/a0142.txt").write_text("something new\n")
        assert 0 < sum(self.scanned(folder)[1]) < 2000
        (folder / "shelf/d1/a001.txt").unlink()
        assert 0 < sum(self.scanned(folder)[1]) < 2000

    def test_rows_of_an_index_that_change_have_no_document_read_again(self, folder: Path) -> None:
        self.scanned(folder)
        index = folder / "shelf/INDEX.md"
        rows = index.read_bytes()
        index.write_bytes(rows.replace(b"| d0/a000.txt | 7 |", b"| d0/a000.txt | 8 |"))
        assert index.read_bytes() != rows
        report, fresh = self.scanned(folder)
        assert "IDX005" in {finding.code for finding in report.findings}
        assert len(fresh) == 1  # the shard that the index itself is in

    def test_an_index_that_allows_something_is_part_of_what_is_known(self, folder: Path) -> None:
        _, everything = self.scanned(folder)
        index = folder / "shelf/INDEX.md"
        allowed = b"---\nallow:\n  d1/a006.txt:\n    digest-mismatch: it is an example\n---\n"
        index.write_bytes(allowed + index.read_bytes())
        report, fresh = self.scanned(folder)
        assert len(report.suppressed) == 1
        assert len(fresh) == len(everything)

    @pytest.mark.parametrize("other", [{"ignore": ("TXT005",)}, {"max_document_size": 20}, {"select": ("ALL",)}])
    def test_other_rules_and_settings_believe_nothing(self, folder: Path, other: dict[str, Any]) -> None:
        _, everything = self.scanned(folder)
        assert self.scanned(folder, Options(**other))[1] == everything
        assert self.scanned(folder)[1] == []

    def test_another_program_believes_nothing(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _, everything = self.scanned(folder)
        for module in (scale, work):
            monkeypatch.setattr(module, "__version__", "99")
        assert self.scanned(folder)[1] == everything

    def test_another_folder_believes_nothing(self, folder: Path) -> None:
        _, everything = self.scanned(folder)
        (folder / "shelf").rename(folder / "moved")
        (folder / "shelf").mkdir()
        shelf(folder / "shelf", 3000)
        assert self.scanned(folder)[1] == everything

    def test_what_was_written_just_now_is_not_believed(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shards, "_RACY", 10**12)
        _, everything = self.scanned(folder)
        assert self.scanned(folder)[1] == everything

    def test_a_state_that_is_damaged_is_not_believed(self, folder: Path) -> None:
        first, everything = self.scanned(folder)
        files = sorted((folder / "state/shards").iterdir())
        assert len(files) == 2 * len(everything)
        spoiled = files[: len(files) // 2]
        for number, file in enumerate(spoiled):
            data = bytearray(file.read_bytes())
            data[len(data) // 2] ^= 1
            file.write_bytes(data[: len(data) // (1 + number % 2)])
        again, fresh = self.scanned(folder)
        assert again == first
        assert len(fresh) == len({file.stem for file in spoiled})

    def test_the_command_keeps_a_state(self, folder: Path) -> None:
        alone = validate("check", "shelf", cwd=folder)
        for _ in range(2):
            run = validate("check", *OFF, "--state", "state", "-j", "2", "--log", "log", "shelf", cwd=folder)
            assert (run.stdout, run.returncode, run.stderr) == (alone.stdout, 1, b"")
        assert not (folder / "state/runs").exists() or not list((folder / "state/runs").iterdir())

    @on_posix
    def test_an_interrupted_run_goes_on_where_it_stopped(self, folder: Path) -> None:
        log: list[tuple[str, bool]] = []

        class Enough(Exception):
            pass

        def note(event: str, **known: Any) -> None:
            log.append((event, known.get("known", False)))

        def stop(event: str, **known: Any) -> None:
            note(event, **known)
            if log.count(("scanned", False)) == 3:
                raise Enough

        root = str(folder / "shelf")
        with pytest.raises(Enough), scale.means("local", 2, str(folder / "other"), False, stop) as by:
            scale.check(Folder(root), Options(), by)
        log.clear()
        with scale.means(
            "local", 2, str(folder / "other"), False, lambda e, **k: log.append((e, k.get("known", False)))
        ) as by:
            report = scale.check(Folder(root), Options(), by)
        assert log.count(("scanned", True)) >= 3
        assert report == engine.check([Folder(root)], Options())

    def test_a_state_holds_values_and_nothing_that_runs(self, tmp_path: Path) -> None:
        import pickle

        class Harm:
            def __reduce__(self) -> tuple[Any, ...]:
                return os.mkdir, (str(tmp_path / "harm"),)

        store = Store(str(tmp_path))
        body = sha256(b"facts").digest() + pickle.dumps(Harm())
        store.put("x.parquet", b"facts")
        store.put("x.outcome", sha256(body).digest() + body)
        assert _recalled(store, "x") is None
        assert not (tmp_path / "harm").exists()

    def test_a_state_that_cannot_be_written_is_one_error(self, folder: Path) -> None:
        (folder / "file").write_text("in the way")
        run = validate("check", "--state", "file", "shelf", cwd=folder)
        assert run.returncode == 2
        assert said(run).count("\n") == 1
        assert "file" in said(run)


class TestSieve:
    def test_keys_are_divided_without_a_gap(self) -> None:
        for rows, jobs in ((10, 2), (10**7, 3), (10**9, 2)):
            parts = sieve.partitions(Store(""), ["x"], rows, jobs)
            assert parts[0].start == 0
            assert parts[-1].last == 2**64 - 1
            assert all(one.last + 1 == other.start for one, other in pairwise(parts))

    def test_what_does_not_fit_into_memory_is_put_on_disk(self, tmp_path: Path) -> None:
        """Two million facts of long names, which are some 300 MB, within 64."""
        store = Store(str(tmp_path))
        names = [f"{'folder/' * 9}{n:07}.txt" for n in range(300_000)]
        digest = "00" * 32
        rows = [facts.fact(facts.LOOSE, n, "", size=1, digests=(digest, None)) for n in names]
        listed = [facts.fact(facts.ENTRY, n, "", size=1, digests=(digest, None)) for n in names if n != names[7]]
        store.put("a.parquet", facts.parquet(rows))
        store.put("b.parquet", facts.parquet(listed))
        (part,) = sieve.partitions(store, ["a.parquet", "b.parquet"], len(rows), 1)[:1]
        whole = sieve.Partition(store, part.files, 0, 2**64 - 1)
        assert [facts.decoded(one.name) for one in sieve.sifted(whole, "24MB").kept] == [names[7]]

    @given(name=st.text(st.characters(exclude_categories=[]), max_size=9))
    def test_names_come_back_from_facts(self, name: str) -> None:
        raw = name.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
        assert facts.decoded(facts.encoded(raw)) == raw

    def test_the_columns_of_facts_are_those_that_are_documented(self) -> None:
        told = (ROOT / "schemas/facts.md").read_text()
        for name, kind, meaning in facts.COLUMNS:
            assert f"| `{name}` | {kind} | {meaning} |" in told
        for number, (kind, meaning) in enumerate(facts.KINDS):
            assert f"| {number} | {kind} | {meaning} |" in told
        assert facts.schema().names == list(facts.Fact._fields)
