"""Collections on web servers, in object stores, in git revisions and behind patterns: with real servers."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import shutil
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import validator
from tests.command import ROOT, said, validate
from tests.servers import CUT, Site, serving
from tests.strategies import Tree, clean_trees, index_of
from validator import Options, Report, UsageError, addresses, changing, checking, discovery, engine, scale, trees

fsspec = pytest.importorskip("fsspec")
from validator.remote import Remote  # noqa: E402

CLEAN = {"a.txt": b"Plain words.\n", "b/c.txt": "Façade.\n".encode()}
COLLECTION = {**CLEAN, "INDEX.md": index_of({name: name[0] for name in CLEAN}, CLEAN)}


def found(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in report.findings]


def written(tree: Tree, folder: Path) -> Path:
    for name, content in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def memory() -> Iterator[Callable[[Tree], str]]:
    store = fsspec.filesystem("memory")
    store.store.clear()

    def put(tree: Tree) -> str:
        store.store.clear()
        for name, content in tree.items():
            store.pipe_file(f"/corpora/one/{name}", content)
        return "memory://corpora/one/"

    yield put
    store.store.clear()


@pytest.fixture
def web() -> Iterator[Site]:
    with serving(Site()) as site:
        yield site


@pytest.fixture(scope="module")
def moto() -> Iterator[tuple[str, int]]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield host, port
    server.stop()


class Bucket:
    """A bucket, and the way to it, which may fail; ``site.asked`` is what went over it."""

    def __init__(self, site: Site, store: Any) -> None:
        self.site = site
        self._store = store

    def put(self, key: str, content: bytes) -> None:
        self._store.put_object(Bucket="corpora", Key=key, Body=content)

    def put_all(self, tree: Tree, below: str = "one/") -> None:
        for name, content in tree.items():
            self.put(below + name, content)

    def delete(self, key: str) -> None:
        self._store.delete_object(Bucket="corpora", Key=key)

    def fails(self, key: str, *statuses: int, before: Callable[[], None] = lambda: None) -> None:
        """Fail when an object is read, once for each status; do something before it is read at first."""

        def status(method: str, path: str, times: int) -> int:
            if method != "GET" or path != f"/corpora/{key}":
                return 0
            if not times:
                before()
            return statuses[min(times, len(statuses) - 1)] if statuses else 0

        self.site.fails = status


@pytest.fixture
def bucket(moto: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    botocore = importlib.import_module("botocore.session")
    told = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, content in {**told, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, content)
    store = botocore.get_session().create_client("s3", endpoint_url="http://{}:{}".format(*moto))
    store.create_bucket(Bucket="corpora")
    for one in store.list_objects_v2(Bucket="corpora").get("Contents", []):
        store.delete_object(Bucket="corpora", Key=one["Key"])
    with serving(Site(), behind=moto) as site:
        monkeypatch.setenv("AWS_ENDPOINT_URL", site.url)
        yield Bucket(site, store)
    store.close()


class TestLargeRuns:
    """A bucket that is read in parts, by processes that know no more of it than their part."""

    def test_a_bucket_is_read_in_parts_and_remembered(self, bucket: Bucket, tmp_path: Path) -> None:
        bucket.put_all({f"{name}": content for name, content in COLLECTION.items()})
        alone = validate("check", "s3://corpora/one/", cwd=tmp_path)
        large = ["check", "--engine", "local", "-j", "2", "--state", "s3://corpora/state", "--log", "log"]
        large += ["--near-duplicates", "off"]
        known: list[bool] = []
        for _ in range(2):
            (tmp_path / "log").unlink(missing_ok=True)
            run = validate(*large, "s3://corpora/one/", cwd=tmp_path)
            assert (run.returncode, run.stdout, run.stderr) == (alone.returncode, alone.stdout, b"")
            events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
            known += {event["known"] for event in events if event["event"] == "scanned"}
        assert known == [False, True]

    def test_an_object_that_changes_meanwhile_is_told(self, bucket: Bucket) -> None:
        bucket.put_all(COLLECTION)
        bucket.fails("one/a.txt", before=lambda: bucket.put("one/a.txt", b"Other words, and more of them.\n"))
        with scale.means("local", 1, "", False) as by:
            report = scale.check(Remote("s3://corpora/one/"), Options(), by)
        assert ("VAL002", "s3://corpora/one/a.txt") in {(one.code, one.path) for one in report.findings}
        assert report.incomplete


class TestAnyStore:
    @settings(deadline=None, max_examples=25)
    @given(clean_trees(), st.data())
    def test_the_report_is_that_of_the_same_folder(self, tree: Tree, data: st.DataObject) -> None:
        names = sorted(tree)
        for name in data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True)):
            fault = data.draw(st.sampled_from([b"", b"\x00", b"\xff", b" tail", None]))
            if fault is None:
                del tree[name]
            else:
                tree[name] = tree[name][: len(tree[name]) // 2] + fault
        tree[".hidden/a.txt"] = b"\x00"
        store = fsspec.filesystem("memory")
        store.store.clear()
        for name, content in tree.items():
            store.pipe_file(f"/corpora/one/{name}", content)
        url, options = "memory://corpora/one", Options()
        there = validator.check(url, options=options)
        contents = {name: content for name, content in tree.items() if not name.startswith(".")}
        here = engine.check([trees.Memory(contents, url)], options)
        assert there.findings == here.findings
        assert (there.documents, there.indexes, there.containers, there.bytes, there.incomplete) == (
            here.documents,
            here.indexes,
            here.containers,
            here.bytes,
            here.incomplete,
        )

    def test_names_come_in_the_order_of_folders(self, memory: Callable[[Tree], str], tmp_path: Path) -> None:
        tree = dict.fromkeys(("a.txt", "a/b.txt", "a-b/c.txt", "B.txt", "ü/z.txt", "a/ü.txt", ".a", "d/.b/c"), b"x\n")
        options = Options(exclude=("a-b",))
        there = list(Remote(memory(tree)).walk(options))
        assert there == list(trees.Folder(str(written(tree, tmp_path))).walk(options))

    def test_small_objects_are_read_together(self, memory: Callable[[Tree], str], monkeypatch: Any) -> None:
        times: list[int] = []
        real = type(fsspec.filesystem("memory")).cat_ranges

        def counted(self: Any, paths: list[str], *arguments: Any, **more: Any) -> Any:
            times.append(len(paths))
            return real(self, paths, *arguments, **more)

        monkeypatch.setattr(type(fsspec.filesystem("memory")), "cat_ranges", counted)
        texts = {f"{number:03}.txt": f"Words {number}.\n".encode() for number in range(500)}
        tree = {**texts, "INDEX.md": index_of({name: name[:3] for name in texts}, texts)}
        tree |= {f"s{number:02}/INDEX.md": b"- `a.txt`\n" for number in range(30)}
        tree |= {f"s{number:02}/a.txt": b"Words.\n" for number in range(30)}
        assert validator.check(memory(tree)).documents == 530
        assert len(times) < 30
        assert max(times) == 64
        assert sum(times) < 1.2 * (530 + 2 * 31)

    def test_no_more_is_read_together_than_may_be_held(self, memory: Callable[[Tree], str], monkeypatch: Any) -> None:
        most: list[int] = []
        real = type(fsspec.filesystem("memory")).cat_ranges

        def counted(self: Any, paths: list[str], *arguments: Any, **more: Any) -> Any:
            got = real(self, paths, *arguments, **more)
            most.append(sum(map(len, got)))
            return got

        monkeypatch.setattr(type(fsspec.filesystem("memory")), "cat_ranges", counted)
        memory({f"{number:02}.txt": b"Plain words.\n" * 70_000 for number in range(40)})
        assert validator.check("memory://corpora/one").documents == 40
        assert max(most) <= 16 << 20

    def test_somebody_is_told_how_far_it_is(self, memory: Callable[[Tree], str]) -> None:
        told: list[tuple[int, int, int]] = []
        means = engine.Means(watch=lambda *numbers: told.append(numbers))
        engine.check([Remote(memory(COLLECTION))], Options(), means=means)
        assert [numbers[:2] for numbers in told] == [(1, 3), (2, 3), (3, 3)]

    def test_a_tree_can_be_sent_to_another_process(self, memory: Callable[[Tree], str]) -> None:
        there = Remote(memory(COLLECTION))
        sent = pickle.loads(pickle.dumps(there))
        source = sent.open("a.txt")
        assert source.read(0, source.size) == CLEAN["a.txt"]
        source.close()
        list(there.walk(Options()))
        assert sent.stamp("a.txt") == there.stamp("a.txt")
        assert sent.stamp("a.txt") == (len(CLEAN["a.txt"]),)  # this store tells no versions

    def test_a_file_url_is_a_path(self, tmp_path: Path) -> None:
        folder = written({**COLLECTION, "b/ c.txt": b"x\n"}, tmp_path / "with blank")
        report = validator.check(folder.as_uri())
        assert found(report) == [
            ("IDX003", f"{folder.as_posix()}/b/ c.txt"),
            ("NAM009", f"{folder.as_posix()}/b/ c.txt"),
        ]


class TestObjectStore:
    def test_a_clean_collection(self, bucket: Bucket) -> None:
        bucket.put_all(COLLECTION)
        for url in ("s3://corpora/one/", "s3://corpora/one", "s3://corpora/one/INDEX.md"):
            report = validator.check(url)
            assert (report.documents, report.findings, report.indexes) == (2, (), 1)

    def test_one_object(self, bucket: Bucket) -> None:
        bucket.put("one/all.bundle", b'<<<FILE 1 "a.txt">>>\nx\x00\n')
        bucket.put("one/other.txt", b"\x00")
        report = validator.check("s3://corpora/one/all.bundle")
        assert {path for _, path in found(report)} == {"s3://corpora/one/all.bundle"}
        assert report.documents == 1

    def test_names_that_no_folder_could_hold_are_judged(self, bucket: Bucket) -> None:
        names = ("x//d.txt", "/top.txt", "u/../e.txt", "[k]*#?%41 ü.txt", "marker/", "full/")
        bucket.put_all({name: b"" if name == "marker/" else b"Words.\n" for name in names})
        listed = "".join(f"| {number} | `{name}` |\n" for number, name in enumerate(names[3:4]))
        bucket.put("one/INDEX.md", f"| id | name |\n|---|---|\n{listed}".encode())
        report = validator.check("s3://corpora/one", options=Options(select=("NAM",)))
        codes = {path: code for code, path in found(report)}
        assert codes == {
            "s3://corpora/one//top.txt": "NAM001",
            "s3://corpora/one/u/../e.txt": "NAM002",
            "s3://corpora/one/x//d.txt": "NAM003",
            "s3://corpora/one/[k]*#?%41 ü.txt": "NAM011",
            "s3://corpora/one/full/": "NAM017",
        }
        assert report.documents == 4

    def test_a_large_object_is_read_in_parts(self, bucket: Bucket) -> None:
        bucket.put("one/large.txt", b"Plain words.\n" * (1 << 20) + b"\x00\n")
        report = validator.check("s3://corpora/one/large.txt")
        assert found(report) == [("ENC004", "s3://corpora/one/large.txt")]
        assert report.findings[0].line == (1 << 20) + 1
        assert len([one for one in bucket.site.asked if one == ("GET", "/corpora/one/large.txt")]) <= 6

    def test_nothing_is_there(self, bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
        assert checking.command(["s3://corpora/one/"], checking.Flags()) == 2
        assert capsys.readouterr().err.startswith("error: nothing to check under s3://corpora/one ")

    @pytest.mark.parametrize("url", ["s3://corpora/one/", "s3://nowhere/one", "s3://nowhere/*/", "s3://corpora/*"])
    def test_a_bucket_that_refuses(self, bucket: Bucket, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        bucket.site.fails = lambda method, path, before: 403
        assert checking.command([url], checking.Flags()) == 2
        printed = capsys.readouterr().err
        assert printed.startswith(f"error: cannot look at {url}: access is refused")
        assert printed.count("\n") == 1

    def test_a_bucket_that_there_is_not(self, bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
        assert checking.command(["s3://nowhere/one/"], checking.Flags()) == 2
        assert "s3://nowhere/one/" in capsys.readouterr().err

    def test_an_object_that_is_refused_is_named_and_the_rest_goes_on(self, bucket: Bucket) -> None:
        bucket.put_all({**COLLECTION, "b/c.txt": b"x\x00\n"})
        bucket.fails("one/a.txt", 403)
        report = validator.check("s3://corpora/one/")
        assert ("VAL001", "s3://corpora/one/a.txt") in found(report)
        assert ("ENC004", "s3://corpora/one/b/c.txt") in found(report)
        assert report.incomplete

    def test_a_failure_that_passes_is_not_seen(self, bucket: Bucket) -> None:
        bucket.put_all(COLLECTION)
        bucket.fails("one/a.txt", 500, 0)
        assert found(validator.check("s3://corpora/one/")) == []
        assert bucket.site.asked.count(("GET", "/corpora/one/a.txt")) == 2

    def test_a_line_that_is_cut_gives_no_half_documents(self, bucket: Bucket) -> None:
        bucket.put_all(COLLECTION)
        bucket.fails("one/a.txt", CUT)
        report = validator.check("s3://corpora/one/")
        assert found(report) == [("VAL001", "s3://corpora/one/a.txt")]

    @pytest.mark.parametrize("content", [b"Other words.\n", b"Plain wordS.\n", b"Less.\n", b""])
    def test_an_object_that_is_overwritten_meanwhile(self, bucket: Bucket, content: bytes) -> None:
        bucket.put_all(COLLECTION)
        bucket.fails("one/a.txt", 0, before=lambda: bucket.put("one/a.txt", content))
        report = validator.check("s3://corpora/one/")
        assert [one for one in found(report) if one[0].startswith("VAL")] == [("VAL002", "s3://corpora/one/a.txt")] or (
            content == b"" and found(report)[0][0] == "VAL001"
        )
        assert not [one for one in found(report) if one[0].startswith("IDX")]
        assert report.incomplete

    def test_an_object_that_is_overwritten_when_it_has_been_read(self, bucket: Bucket) -> None:
        bucket.put_all({**COLLECTION, "z.txt": b"z\n"})
        bucket.fails("one/z.txt", 0, before=lambda: bucket.put("one/a.txt", b"Plain wordS.\n"))
        assert ("VAL002", "s3://corpora/one/a.txt") in found(validator.check("s3://corpora/one/"))

    @pytest.mark.parametrize("size", [10, 3 << 20])
    def test_an_object_that_is_deleted_meanwhile(self, bucket: Bucket, size: int) -> None:
        bucket.put_all({**COLLECTION, "z.txt": b"z" * size})

        def status(method: str, path: str, before: int) -> int:
            if path.endswith("/one/z.txt"):
                bucket.delete("one/z.txt")
            return 0

        bucket.site.fails = status
        report = validator.check("s3://corpora/one/")
        assert [one for one in found(report) if one[0].startswith("VAL")] == [("VAL002", "s3://corpora/one/z.txt")]

    def test_a_listing_that_fails_at_the_end_vouches_for_nothing(self, bucket: Bucket) -> None:
        bucket.put_all(COLLECTION)
        listings = iter([0])

        def status(method: str, path: str, before: int) -> int:
            return next(listings, 403) if "list-type" in path else 0

        bucket.site.fails = status
        report = validator.check("s3://corpora/one/")
        assert found(report) == [("VAL002", "s3://corpora/one")]
        assert report.incomplete

    def test_patterns(self, bucket: Bucket) -> None:
        for below in ("one/", "two/", ".three/", "deep/er/"):
            bucket.put_all(COLLECTION, below)
        bucket.put("all.bundle", b"x")
        bucket.put("what[1]*.txt", b"x\n")
        expanded = discovery.expanded
        assert expanded(["s3://corpora/*/"]) == ["s3://corpora/deep/", "s3://corpora/one/", "s3://corpora/two/"]
        assert expanded(["s3://corpora/[a-d]*"]) == ["s3://corpora/all.bundle", "s3://corpora/deep/"]
        assert expanded(["s3://corpora/**/c.txt"])[0] == "s3://corpora/deep/er/b/c.txt"
        assert expanded(["s3://corpora/what[1]*.txt"]) == ["s3://corpora/what[1]*.txt"]
        with pytest.raises(UsageError, match="nothing matches"):
            expanded(["s3://corpora/x*/"])
        report = validator.check("s3://corpora/*/", "s3://corpora/one/b/")
        assert (report.documents, report.indexes) == (6, 3)


class TestWebServer:
    def test_an_index_says_what_belongs_to_the_collection(self, web: Site) -> None:
        listed = b"- `a.txt`\n- `b/c \xc3\xbc#?.txt`\n- `gone.txt`\n- `../out.txt`\n- `no.txt`\n- `busy.txt`\n"
        web.files = {"/c/INDEX.md": listed, "/c/a.txt": b"Words.\n", "/c/b/c ü#?.txt": b"\x00\n", "/out.txt": b"x\n"}
        web.files |= {"/c/no.txt": b"x\n", "/c/busy.txt": b"x\n"}
        web.fails = lambda method, path, before: {"/c/no.txt": 403, "/c/busy.txt": 500}.get(path, 0)
        report = validator.check(f"{web.url}/c/INDEX.md", options=Options(ignore=("NAM", "IDX018")))
        at = f"{web.url}/c"
        assert found(report) == [
            ("IDX002", f"{at}/INDEX.md"),
            ("IDX013", f"{at}/INDEX.md"),
            ("ENC004", f"{at}/b/c ü#?.txt"),
            ("VAL001", f"{at}/busy.txt"),
            ("VAL001", f"{at}/no.txt"),
        ]
        assert "'gone.txt'" in report.findings[0].message
        assert "403" in report.findings[4].message
        assert not [path for _, path in web.asked if not path.startswith("/c/")]

    def test_a_clean_collection(self, web: Site) -> None:
        web.files = {f"/c/{name}": content for name, content in COLLECTION.items()}
        assert found(validator.check(f"{web.url}/c/INDEX.md")) == []
        web.has_pages = True
        assert found(validator.check(f"{web.url}/c/")) == []
        assert validator.check(f"{web.url}/c/").documents == 2

    def test_an_index_with_its_rows_in_a_parquet_file(self, web: Site) -> None:
        columnar = pytest.importorskip("validator.columnar")
        pytest.importorskip("pyarrow")
        rows = columnar.of_text(COLLECTION["INDEX.md"], "INDEX.md")
        pointer = f"---\nrows:\n  file: INDEX.parquet\n  sha256: {sha256(rows).hexdigest()}\n---\n"
        web.files = {f"/c/{name}": content for name, content in CLEAN.items()}
        web.files |= {"/c/INDEX.md": pointer.encode(), "/c/INDEX.parquet": rows}
        report = validator.check(f"{web.url}/c/INDEX.md")
        assert (found(report), report.documents) == ([], 2)
        del web.files["/c/a.txt"]
        assert found(validator.check(f"{web.url}/c/INDEX.md"))[0][0] == "IDX002"
        web.files["/c/INDEX.parquet"] = b"PAR1"
        report = validator.check(f"{web.url}/c/INDEX.md")
        assert [code for code, _ in found(report)] == ["IDX006", "IDX011"]

    def test_a_page_is_a_listing_of_what_lies_below_it(self, web: Site) -> None:
        web.has_pages = True
        web.files = {"/c/a b.txt": b"Words.\n", "/c/ü/x.txt": b"x\x00\n", "/c/.git/x": b"\x00", "/other.txt": b"\x00"}
        report = validator.check(f"{web.url}/c/", options=Options(select=("ENC",)))
        assert found(report) == [("ENC004", f"{web.url}/c/ü/x.txt")]
        assert report.documents == 2
        web.fails = lambda method, path, before: 403 if path == "/c/%C3%BC/" else 0
        report = validator.check(f"{web.url}/c/", options=Options(select=("ENC",)))
        assert found(report) == [("VAL001", f"{web.url}/c/ü")]
        web.fails = lambda method, path, before: 404 if path == "/c/a%20b.txt" else 0
        report = validator.check(f"{web.url}/c/", options=Options(select=("ENC",)))
        assert found(report) == [("VAL001", f"{web.url}/c/a b.txt"), ("ENC004", f"{web.url}/c/ü/x.txt")]

    @pytest.mark.parametrize(("has_ranges", "has_sizes"), [(True, True), (False, True), (True, False), (False, False)])
    def test_a_large_document(self, web: Site, has_ranges: bool, has_sizes: bool) -> None:
        web.has_ranges, web.has_sizes = has_ranges, has_sizes
        web.files = {"/c/large.txt": b"Plain words.\n" * 300_000 + b"\x00\n"}
        report = validator.check(f"{web.url}/c/large.txt")
        assert found(report) == [("ENC004", f"{web.url}/c/large.txt")]
        assert report.bytes == len(web.files["/c/large.txt"])

    def test_a_line_that_is_cut(self, web: Site) -> None:
        web.files = {f"/c/{name}": content for name, content in COLLECTION.items()}
        web.fails = lambda method, path, before: CUT if (method, path) == ("GET", "/c/a.txt") else 0
        assert found(validator.check(f"{web.url}/c/INDEX.md")) == [("VAL001", f"{web.url}/c/a.txt")]

    def test_a_document_that_is_overwritten_meanwhile(self, web: Site) -> None:
        web.files = {f"/c/{name}": content for name, content in COLLECTION.items()}

        def status(method: str, path: str, before: int) -> int:
            if (method, path) == ("GET", "/c/a.txt"):
                web.files["/c/a.txt"] = b"Other words\n."
            return 0

        web.fails = status
        report = validator.check(f"{web.url}/c/INDEX.md")
        assert ("VAL002", f"{web.url}/c/a.txt") in found(report)
        assert report.incomplete

    @pytest.mark.parametrize("path", ["/c/INDEX.md", "/c/", "/c/a.txt"])
    @pytest.mark.parametrize("status", [0, 403, 500])
    def test_nothing_can_be_had(self, web: Site, path: str, status: int) -> None:
        web.fails = lambda method, path, before: status
        run = validate("check", web.url + path)
        assert run.returncode == 2
        assert run.stderr.decode().startswith(f"error: cannot look at {web.url}{path}: ")
        assert len(run.stderr.splitlines()) == 1

    def test_no_server(self) -> None:
        with serving(Site()) as site:
            url = f"{site.url}/c/INDEX.md"
        with pytest.raises(UsageError, match="cannot look at"):
            validator.check(url)

    def test_secrets_are_not_shown(self, web: Site, tmp_path: Path) -> None:
        web.files = {"/c/a.txt": b"\x00", "/c/gone": b""}
        address = f"{web.url}/c/a.txt?token=hushhush".replace("//", "//nobody:quiet!@")
        for arguments in ([address], [address, "--verbose"], [address, "--output-format", "json"]):
            run = validate("check", *arguments, cwd=tmp_path)
            assert run.returncode == 1
            assert "***" in said(run)
            assert "hushhush" not in said(run)
            assert "quiet!" not in said(run)
        run = validate("check", address.replace("a.txt", "b.txt"), cwd=tmp_path)
        assert run.returncode == 2
        assert "hushhush" not in said(run)
        assert "quiet!" not in said(run)
        assert [path for _, path in web.asked if "token=hushhush" in path]


words = st.text("abcdefghijklmnop%+=.-_~", min_size=2, max_size=12).map(lambda word: f"QZ{word}")


@given(words, words, words, st.sampled_from(["http", "https"]))
def test_no_secret_of_a_url_is_shown(user: str, password: str, value: str, scheme: str) -> None:
    url = f"{scheme}://{user}:{password}@example.org/c/a.txt?token={value}"
    assert addresses.named(url) == f"{scheme}://***@example.org/c/a.txt?***"
    for told in (url, unquote(url), f"401 for {password}", f"bad token: {value!r}"):
        assert "QZ" not in addresses.without_secrets(told, url)


class TestReports:
    @pytest.fixture
    def at(self, web: Site) -> str:
        web.files = {"/c/INDEX.md": b"- `b c.txt`\n", "/c/b c.txt": b"x\x00\n"}
        return f"{web.url}/c"

    def test_sarif_has_urls_that_stand_alone(self, at: str) -> None:
        log = json.loads(validate("check", f"{at}/INDEX.md", "--output-format", "sarif").stdout)
        (place,) = log["runs"][0]["results"][0]["locations"]
        assert place["physicalLocation"]["artifactLocation"] == {"uri": f"{at}/b%20c.txt"}

    @pytest.mark.parametrize("format", ["json", "jsonl", "full", "concise", "github", "gitlab", "markdown", "rdjson"])
    def test_urls_are_shown_as_they_are(self, at: str, format: str) -> None:
        run = validate("check", f"{at}/INDEX.md", "--output-format", format)
        assert run.returncode == 1
        shown = at.replace(":", "%3A") if format == "github" else at
        assert f"{shown}/b c.txt" in run.stdout.decode()

    def test_a_hyperlink_leads_to_the_url(self, at: str) -> None:
        run = validate("check", f"{at}/INDEX.md", "--hyperlinks", "always")
        assert f"\x1b]8;;{at}/b%20c.txt\x1b".encode() in run.stdout

    def test_a_baseline_forgives(self, at: str, tmp_path: Path) -> None:
        url = f"{at}/INDEX.md"
        (tmp_path / "elsewhere").mkdir()
        assert validate("baseline", "update", url, cwd=tmp_path).returncode == 0
        file = next(tmp_path.glob("*.json"))
        assert f"{at}/b c.txt" in file.read_text()
        run = validate("check", url, "--baseline", file, cwd=tmp_path / "elsewhere")
        assert run.returncode == 0, said(run)

    def test_the_settings_are_those_of_the_working_folder(self, at: str, tmp_path: Path) -> None:
        (tmp_path / "validate.yaml").write_text("per-file-ignores:\n  'b c.txt': [ENC004]\n")
        (tmp_path / "below").mkdir()
        assert validate("check", f"{at}/INDEX.md", cwd=tmp_path / "below").returncode == 0
        assert validate("check", f"{at}/INDEX.md", "--isolated", cwd=tmp_path / "below").returncode == 1


class TestWhatCannotBeDone:
    @pytest.mark.parametrize("option", ["--tracked", "--staged", "--cache", "--since=HEAD", "--watch"])
    @pytest.mark.parametrize("path", ["s3://corpora/one/", "git:HEAD:"])
    def test_options_that_need_a_disk(self, option: str, path: str, tmp_path: Path) -> None:
        run = validate("check", path, option, cwd=tmp_path)
        assert run.returncode == 2
        assert "does not lie on the disk" in run.stderr.decode()
        assert len(run.stderr.splitlines()) == 1

    @pytest.mark.parametrize("path", ["s3://corpora/one/", "git:HEAD:", "https://example.org/c/INDEX.md"])
    @pytest.mark.parametrize(
        "command",
        [["fix"], ["fix", "--diff"], ["index"], ["index", "--check"], ["pack", "-o", "x"], ["unpack", "-d", "x"]],
        ids=" ".join,
    )
    def test_commands_that_write(self, command: list[str], path: str, tmp_path: Path) -> None:
        run = validate(command[0], path, *command[1:], cwd=tmp_path)
        assert run.returncode == 2
        assert "does not lie on the disk" in run.stderr.decode()
        assert len(run.stderr.splitlines()) == 1

    def test_a_comparison(self, tmp_path: Path) -> None:
        run = validate("diff", ".", "s3://corpora/one/", cwd=tmp_path)
        assert run.returncode == 2
        assert "does not lie on the disk: fetch it" in run.stderr.decode()

    def test_the_same_for_libraries(self) -> None:
        for call in (validator.fix, validator.index):
            with pytest.raises(UsageError, match="does not lie on the disk"):
                call("s3://corpora/one/", options=Options())
        with pytest.raises(UsageError, match="does not lie on the disk"):
            changing.unpack("s3://corpora/all.bundle", "x")

    @pytest.mark.parametrize(
        "url", ["simplecache::s3://corpora/one", "zip://a.txt::https://example.org/a.zip", "reference://x", "foo://x/"]
    )
    def test_urls_that_are_not_read(self, url: str) -> None:
        run = validate("check", url)
        assert run.returncode == 2
        assert run.stderr.decode().startswith(f"error: {url}")
        assert len(run.stderr.splitlines()) == 1

    @pytest.mark.parametrize("package", ["fsspec", "s3fs"])
    def test_without_the_packages(self, package: str, tmp_path: Path) -> None:
        (tmp_path / f"{package}.py").write_text("raise ImportError('it is not here')\n")
        run = validate("check", "s3://corpora/one", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
        assert run.returncode == 2
        assert run.stderr.decode().startswith("error: s3://corpora/one needs ")
        assert run.stderr.decode().endswith("pip install 'collection-validator[remote]'\n")


def git(folder: Path, *arguments: str) -> None:
    named = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


class TestRevisions:
    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        root = written({f"docs/{name}": content for name, content in COLLECTION.items()}, tmp_path / "repository")
        git(root, "init", "--quiet")
        git(root, "add", ".")
        git(root, "commit", "--quiet", "-m", "clean")
        (root / "docs" / "a.txt").write_bytes(b"\x00x\n")
        git(root, "commit", "--quiet", "-am", "broken")
        shutil.rmtree(root / "docs")
        return root

    def test_a_revision_is_checked_without_a_checkout(self, repository: Path) -> None:
        assert validate("check", "git:HEAD~1:docs", cwd=repository).returncode == 0
        run = validate("check", "git:HEAD:docs", "--output-format", "concise", cwd=repository)
        assert run.returncode == 1
        assert b"git:HEAD:docs/a.txt:1:1: error[ENC004]" in run.stdout

    @pytest.mark.parametrize("path", ["git:main:docs/INDEX.md", "git:main:./docs", "git:main:", "git:main:docs/a.txt"])
    def test_paths_in_a_revision(self, repository: Path, path: str) -> None:
        run = validate("check", path, "--output-format", "json", cwd=repository)
        (finding,) = (one for one in json.loads(run.stdout)["findings"] if one["code"] == "ENC004")
        assert finding["path"].startswith("git:main:")
        assert finding["path"].endswith("docs/a.txt")

    def test_a_bare_clone(self, repository: Path, tmp_path: Path) -> None:
        git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare")
        assert validate("check", "git:HEAD~1:docs", cwd=tmp_path / "bare").returncode == 0
        assert validate("check", "git:HEAD:docs", "git:HEAD~1:docs", cwd=tmp_path / "bare").returncode == 1

    @pytest.mark.parametrize("path", ["git:nowhere:docs", "git:HEAD:nowhere", "git:HEAD", "git:"])
    def test_what_there_is_not(self, repository: Path, path: str) -> None:
        run = validate("check", path, cwd=repository)
        assert run.returncode == 2
        assert len(run.stderr.splitlines()) == 1

    def test_git_is_let_go(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from validator.revisions import Revision

        closed: list[str] = []
        close = Revision.close

        def let_go(self: Revision) -> None:
            close(self)
            closed.append(self.path)

        monkeypatch.setattr(Revision, "close", let_go)
        monkeypatch.chdir(repository)
        validator.check("git:HEAD~1:docs")
        list(checking.files(checking.plan(["git:HEAD:docs"], checking.Flags()), checking.Flags()))
        assert closed == ["git:HEAD~1:docs", "git:HEAD:docs"]


class TestLocalPatterns:
    @pytest.fixture(autouse=True)
    def corpora(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for name in ("corpora/one", "corpora/two", "corpora/.three", "corpora/deep/er"):
            written(COLLECTION, tmp_path / name)
        (tmp_path / "corpora" / "notes.txt").write_bytes(b"x\n")
        (tmp_path / "corpora" / "two" / "validate.yaml").write_text("ignore: [IDX003]\n")
        (tmp_path / "corpora" / "two" / "extra.txt").write_bytes(b"x\n")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    def test_each_match_has_its_own_settings(self) -> None:
        run = validate("check", "corpora/*/", "--output-format", "json", cwd=Path.cwd())
        report = json.loads(run.stdout)
        assert [finding["path"] for finding in report["findings"]] == ["corpora/deep"], said(run)
        assert report["summary"]["indexes"] == 3

    def test_what_matches(self) -> None:
        folders = [f"corpora/{name}/" for name in ("deep", "one", "two")]
        assert discovery.expanded(["corpora/*/"]) == folders
        assert discovery.expanded(["corpora/[no]*"]) == ["corpora/notes.txt", "corpora/one"]
        assert discovery.expanded(["corpora/**/c.txt"])[0] == "corpora/deep/er/b/c.txt"

    def test_what_is_called_so_goes_first(self, tmp_path: Path) -> None:
        written({"on[e]/a.txt": b"x\n"}, tmp_path / "corpora")
        assert discovery.expanded(["corpora/on[e]"]) == ["corpora/on[e]"]

    def test_nothing_matches(self) -> None:
        run = validate("check", "corpora/x*/", cwd=Path.cwd())
        assert run.returncode == 2
        assert run.stderr.decode() == "error: nothing matches 'corpora/x*/'\n"

    def test_no_report_is_written_over_what_matches(self, tmp_path: Path) -> None:
        run = validate("check", "corpora/*/", "-o", "json:corpora/one/a.txt", cwd=tmp_path)
        assert run.returncode == 2
        assert (tmp_path / "corpora" / "one" / "a.txt").read_bytes() == CLEAN["a.txt"]
