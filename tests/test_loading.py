"""Loading: real folders through the whole engine, with everything that can go wrong on a disk."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.test_trees import any_bytes_in_names, git, on_posix, soon, tick
from validator import container, engine, trees
from validator.loading import Loader
from validator.model import Collection, Options, Report

A, B, C = b"The first text.\n", b"The second text.\n", b"The third text.\n"
NOT_ROOT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def index(*names: str, **digests: bytes) -> bytes:
    """An index that lists names, and documents with their digests."""
    rows = [f"| {name} | |" for name in names]
    rows += [f"| {name} | {sha256(data).hexdigest()} |" for name, data in digests.items()]
    return "\n".join(["# Index", "", "| name | sha256 |", "|------|--------|", *rows, ""]).encode()


def bundle(**bodies: bytes) -> bytes:
    """A container in canonical form."""
    return b"".join(container.pack((b"id-" + name.encode(), name.encode(), body) for name, body in bodies.items()))


def lay(root: Path, files: dict[str, bytes]) -> Path:
    """Write files, with their folders."""
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def check(root: Path, options: Options | None = None) -> Report:
    ignored, note = trees.git_ignored(str(root))
    return engine.check([trees.Folder(str(root), ignored)], options or Options(), [note] if note else [])


def said(root: Path, options: Options | None = None) -> list[str]:
    """What is said of a folder: code, path and name of the document, in order."""
    findings = check(root, options).findings
    return [f"{f.code} {os.path.relpath(f.path, root)}{'#' + f.document if f.document else ''}" for f in findings]


def collected(root: Path, options: Options | None = None) -> Collection:
    loader = Loader(trees.Folder(str(root), trees.git_ignored(str(root))[0]), options or Options())
    for _ in loader.documents():
        pass
    return loader.collection()


def disagreements(root: Path, options: Options | None = None) -> list[str]:
    """How indexes and documents do not agree."""
    collection = collected(root, options)
    found = [f"stale {copy.name}" for copy, _ in collection.stale]
    for scope in collection.scopes:
        found += ["no index"] if scope.needs_index and scope.index is None else []
        found += [f"missing {entry.name}" for entry in scope.missing]
        found += [f"unlisted {record.name}" for record in scope.unlisted]
        found += [f"renamed {entry.name} {record.name}" for entry, record in scope.renamed]
        found += [f"different {record.name}" for record in scope.records if record.difference and not record.copy_of]
    return found


class TestFolders:
    """A folder with an index, and what belongs to it."""

    def test_documents_at_any_depth(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": A, "b/c/d.txt": B}), "a.txt": A, "b/c/d.txt": B})
        report = check(tmp_path)
        assert (report.findings, report.documents, report.indexes, report.containers) == ((), 2, 1, 0)
        assert not report.incomplete

    def test_what_departs_from_the_index(self, tmp_path: Path) -> None:
        listed = index(**{"a.txt": A, "b.txt": B, "gone.txt": b"?\n", "old.txt": C})
        lay(tmp_path, {"INDEX.md": listed, "a.txt": A, "b.txt": b"Altered.\n", "new.txt": C, "more.txt": b"More.\n"})
        assert disagreements(tmp_path) == [
            "missing gone.txt",
            "unlisted more.txt",
            "renamed old.txt new.txt",
            "different b.txt",
        ]

    def test_without_an_index(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a.txt": A, "b/c.txt": B})
        assert disagreements(tmp_path) == ["no index"]

    def test_hidden_files_are_no_part(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A, ".b.txt": b"\xff\0", ".c/d.txt": b"\xff\0"})
        assert said(tmp_path) == []
        assert disagreements(tmp_path) == []

    def test_excluded_files_are_no_part(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A, "drafts/b.txt": b"\xff\0", "c/d.tmp": b"\xff\0"})
        options = Options(exclude=("drafts/", "*.tmp"))
        assert said(tmp_path, options) == []
        assert disagreements(tmp_path, options) == []

    def test_a_nested_index_governs_its_folder(self, tmp_path: Path) -> None:
        inner = index(**{"b.txt": B, "c/d.txt": C})
        lay(tmp_path, {"sub/INDEX.md": inner, "sub/b.txt": B, "sub/c/d.txt": C, "a.txt": A})
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": A, "sub/INDEX.md": inner})})
        report = check(tmp_path)
        assert (report.findings, report.documents, report.indexes) == ((), 3, 2)
        assert disagreements(tmp_path) == []

    def test_a_nested_index_is_pinned_by_the_one_above(self, tmp_path: Path) -> None:
        inner = index("b.txt")
        lay(tmp_path, {"sub/INDEX.md": inner, "sub/b.txt": B, "INDEX.md": index(**{"sub/INDEX.md": b"as it was\n"})})
        assert disagreements(tmp_path) == ["different sub/INDEX.md"]
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A})
        assert disagreements(tmp_path) == ["unlisted sub/INDEX.md"]

    def test_an_index_does_not_reach_into_the_folder_of_another(self, tmp_path: Path) -> None:
        lay(tmp_path, {"sub/INDEX.md": index("gone.txt"), "sub/b.txt": B, "gone.txt": A})
        lay(tmp_path, {"INDEX.md": index("gone.txt", "sub/INDEX.md")})
        assert disagreements(tmp_path) == ["missing gone.txt", "unlisted b.txt"]

    @on_posix
    def test_the_root_may_be_a_link(self, tmp_path: Path) -> None:
        lay(tmp_path, {"real/INDEX.md": index("a.txt"), "real/a.txt": A})
        (tmp_path / "link").symlink_to("real")
        (tmp_path / "real/b.txt").symlink_to("a.txt")
        assert disagreements(tmp_path / "link") == ["unlisted b.txt"]

    @any_bytes_in_names
    def test_any_name_can_be_listed_checked_and_said(self, tmp_path: Path) -> None:
        names = ["caf\udce9.txt", "line\nbreak.txt", "\x1b[31mred.txt", "天地.txt"]
        lay(tmp_path, {name: f"{number} texts.\n".encode() for number, name in enumerate(names)})
        listed = (
            b"- [a](<caf%E9.txt>)\n- [b](<line%0Abreak.txt>)\n- [c](<%1B[31mred.txt>)\n- [d](<%E5%A4%A9%E5%9C%B0.txt>)"
        )
        lay(tmp_path, {"INDEX.md": listed})
        assert disagreements(tmp_path) == []
        report = check(tmp_path, Options(select=("NAM", "VAL", "IDX002")))
        assert sorted(finding.code for finding in report.findings) == ["NAM005", "NAM005", "NAM007"]
        for finding in report.findings:
            assert not any(ord(character) < 32 for character in finding.message + finding.help)


class TestContainers:
    """Containers beside loose files."""

    def test_a_container_alone(self, tmp_path: Path) -> None:
        lay(tmp_path, {"all.bundle": bundle(**{"INDEX.md": index("a.txt", "b.txt"), "a.txt": A, "b.txt": B})})
        report = check(tmp_path)
        assert (report.findings, report.documents, report.indexes, report.containers) == ((), 2, 1, 1)

    def test_packed_copies_need_no_entries(self, tmp_path: Path) -> None:
        lay(tmp_path, {"all.bundle": bundle(**{"a.txt": A, "b.txt": B}), "a.txt": A, "b.txt": B})
        lay(tmp_path, {"INDEX.md": index("a.txt", "b.txt", "all.bundle")})
        assert disagreements(tmp_path) == []
        assert check(tmp_path).containers == 1

    def test_a_stale_packed_copy(self, tmp_path: Path) -> None:
        lay(tmp_path, {"all.bundle": bundle(**{"a.txt": A, "b.txt": b"As it was.\n"}), "a.txt": A, "b.txt": B})
        lay(tmp_path, {"INDEX.md": index("all.bundle", **{"a.txt": A, "b.txt": B})})
        assert disagreements(tmp_path) == ["stale b.txt"]

    def test_blocks_satisfy_entries(self, tmp_path: Path) -> None:
        lay(tmp_path, {"all.bundle": bundle(**{"a.txt": A, "b.txt": B}), "c.txt": C})
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": A, "all.bundle#b.txt": B, "c.txt": C})})
        assert disagreements(tmp_path) == []

    def test_blocks_that_depart_from_their_entries(self, tmp_path: Path) -> None:
        lay(tmp_path, {"all.bundle": bundle(**{"a.txt": A, "b.txt": B, "more.txt": C})})
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": b"?\n", "all.bundle#b.txt": b"?\n", "gone.txt": b"??\n"})})
        assert disagreements(tmp_path) == [
            "missing gone.txt",
            "unlisted more.txt",
            "different a.txt",
            "different b.txt",
        ]

    def test_blocks_of_a_listed_container_need_no_entries(self, tmp_path: Path) -> None:
        packed = bundle(**{"a.txt": A, "b.txt": B})
        lay(tmp_path, {"sub/all.bundle": packed, "INDEX.md": index(**{"sub/all.bundle": packed})})
        assert disagreements(tmp_path) == []
        assert check(tmp_path).documents == 2

    def test_an_unlisted_container_is_one_thing(self, tmp_path: Path) -> None:
        lay(tmp_path, {"all.bundle": bundle(**{"a.txt": A, "b.txt": B}), "c.txt": C, "INDEX.md": index("c.txt")})
        assert disagreements(tmp_path) == ["unlisted all.bundle"]

    def test_a_container_with_its_own_index(self, tmp_path: Path) -> None:
        inner = index(**{"a.txt": A, "gone.txt": b"?\n"})
        packed = bundle(**{"INDEX.md": inner, "a.txt": A, "b.txt": B})
        lay(tmp_path, {"sub/all.bundle": packed, "a.txt": C})
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": C, "sub/all.bundle": packed})})
        assert disagreements(tmp_path) == ["missing gone.txt", "unlisted b.txt"]

    def test_a_container_is_known_by_its_first_line(self, tmp_path: Path) -> None:
        lay(tmp_path, {"any.name": bundle(**{"a.txt": A}), "INDEX.md": index("a.txt")})
        assert disagreements(tmp_path) == []
        lay(tmp_path, {"other.name": b"A preamble.\n" + bundle(**{"b.txt": A})})
        assert disagreements(tmp_path) == ["unlisted other.name"]
        assert disagreements(tmp_path, Options(containers=("*.name",))) == ["unlisted other.name"]
        assert check(tmp_path, Options(containers=("other.*",))).containers == 2


@on_posix
class TestLinks:
    """A link is a document, or one finding."""

    @pytest.mark.parametrize("target", ["../out.txt", "none.txt", "link.txt", "sub", "/dev/zero", ".hidden", "."])
    @pytest.mark.parametrize("listed", [True, False])
    def test_a_bad_link_is_one_finding(self, tmp_path: Path, target: str, listed: bool) -> None:
        lay(tmp_path, {"out.txt": b"\xff", "in/.hidden": b"\xff", "in/sub/a.txt": A})
        root = lay(tmp_path / "in", {"INDEX.md": index("sub/a.txt", *["link.txt"] * listed)})
        (root / "link.txt").symlink_to(target)
        with soon():
            assert said(root) == ["NAM016 link.txt"]
            assert disagreements(root) == []
        assert not check(root).incomplete

    def test_a_link_to_a_document_is_a_document(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": A, "b.txt": A}), "a.txt": A})
        (tmp_path / "b.txt").symlink_to("a.txt")
        assert said(tmp_path, Options(select=("NAM", "VAL", "IDX002"))) == []
        assert disagreements(tmp_path) == []
        assert check(tmp_path).documents == 2

    def test_entries_below_a_link_to_a_folder_are_not_missing(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("sub/a.txt", "link/a.txt"), "sub/a.txt": A})
        (tmp_path / "link").symlink_to("sub")
        assert said(tmp_path) == ["NAM016 link"]

    def test_a_link_in_a_folder_that_is_left_out_does_not_matter(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A, "drafts/b.txt": B, ".c/d.txt": C})
        for name in ("drafts/link", ".c/link", ".link"):
            (tmp_path / name).symlink_to("nowhere")
        assert said(tmp_path, Options(exclude=("drafts",))) == []


@on_posix
class TestSpecialFiles:
    @pytest.mark.parametrize("listed", [True, False])
    def test_a_pipe_is_one_finding(self, tmp_path: Path, listed: bool) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt", *["pipe.txt"] * listed), "a.txt": A})
        os.mkfifo(tmp_path / "pipe.txt")
        with soon():
            assert said(tmp_path) == ["NAM017 pipe.txt"]

    def test_a_socket_is_one_finding(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A})
        monkeypatch.chdir(tmp_path)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as listening, soon():
            listening.bind("socket")
            assert said(tmp_path) == ["NAM017 socket"]

    def test_a_pipe_put_in_the_place_of_a_file(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A})

        class Replacing(trees.Folder):
            def open(self, name: str) -> trees.Source:
                if name == "a.txt":
                    (tmp_path / name).unlink()
                    os.mkfifo(tmp_path / name)
                return super().open(name)

        with soon():
            report = engine.check([Replacing(str(tmp_path))], Options())
        assert [finding.message for finding in report.findings] == ["'a.txt' cannot be read: it is a named pipe"]
        assert report.incomplete


def as_somebody_else(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a user to whom permissions apply; skip the test where that cannot be had."""
    command = [sys.executable, *arguments]
    if os.geteuid() == 0:
        able = shutil.which("setpriv") and subprocess.run([*NOT_ROOT, "true"], capture_output=True, check=False)
        if not able or able.returncode:
            pytest.skip("permissions do not apply to root, and setpriv cannot take that away here")
        command = [*NOT_ROOT, *command]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)


SAY = """
import sys
from validator import engine, trees
from validator.model import Options
report = engine.check([trees.Folder(sys.argv[1])], Options())
for finding in report.findings:
    print(finding.code, finding.message)
print("incomplete" if report.incomplete else "complete")
"""


@on_posix
class TestUnreadable:
    """What is there and cannot be read is one finding, and the check is not complete."""

    def said(self, root: Path, *forbidden: str) -> list[str]:
        for name in forbidden:
            (root / name).chmod(0)
        try:
            return as_somebody_else("-c", SAY, str(root)).stdout.splitlines()
        finally:
            for name in forbidden:
                (root / name).chmod(0o700)

    def test_a_file(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt", "b.txt"), "a.txt": A, "b.txt": B})
        assert self.said(tmp_path, "a.txt") == ["VAL001 'a.txt' cannot be read: permission denied", "incomplete"]

    def test_a_folder(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt", "sub/b.txt", "sub/c/d.txt"), "a.txt": A, "sub/b.txt": B})
        assert self.said(tmp_path, "sub") == ["VAL001 'sub' cannot be read: permission denied", "incomplete"]

    def test_the_collection(self, tmp_path: Path) -> None:
        lay(tmp_path, {"in/INDEX.md": index("a.txt"), "in/a.txt": A})
        root = tmp_path / "in"
        assert self.said(root, ".") == [f"VAL001 {str(root)!r} cannot be read: permission denied", "incomplete"]

    def test_the_index(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt", "gone.txt"), "a.txt": A, "b.txt": B})
        assert self.said(tmp_path, "INDEX.md") == [
            "VAL001 'INDEX.md' cannot be read: permission denied",
            "incomplete",
        ]

    def test_a_nested_index(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("sub/INDEX.md"), "sub/INDEX.md": index("b.txt"), "sub/b.txt": B})
        expected = ["VAL001 'sub/INDEX.md' cannot be read: permission denied", "incomplete"]
        assert self.said(tmp_path, "sub/INDEX.md") == expected

    def test_a_container(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("all.bundle"), "all.bundle": bundle(**{"a.txt": A})})
        expected = ["VAL001 'all.bundle' cannot be read: permission denied", "incomplete"]
        assert self.said(tmp_path, "all.bundle") == expected

    def test_what_a_link_leads_to(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("link.txt"), "sub/a.txt": A})
        (tmp_path / "link.txt").symlink_to("sub/a.txt")
        found = self.said(tmp_path, "sub")
        assert found == [
            "VAL001 'link.txt' cannot be read: permission denied",
            "VAL001 'sub' cannot be read: permission denied",
            "incomplete",
        ]

    def test_a_folder_that_tells_names_only(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("sub/a.txt"), "sub/a.txt": A})
        (tmp_path / "sub").chmod(0o400)
        found = self.said(tmp_path)
        (tmp_path / "sub").chmod(0o700)
        assert found == ["VAL001 'sub/a.txt' cannot be read: permission denied", "incomplete"]


class TestBadDisks:
    @pytest.mark.parametrize("name", ["a.txt", "all.bundle", "INDEX.md"])
    def test_an_error_while_reading(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        files = {"a.txt": A, "all.bundle": bundle(**{"b.txt": B}), "c.txt": C}
        lay(tmp_path, {"INDEX.md": index("a.txt", "all.bundle", "c.txt"), **files})
        whole, bad = os.read, os.stat(tmp_path / name).st_ino

        def failing(fd: int, size: int) -> bytes:
            if os.fstat(fd).st_ino == bad:
                raise OSError(5, "Input/output error")
            return whole(fd, size)

        monkeypatch.setattr(os, "read", failing)
        assert said(tmp_path) == [f"VAL001 {name}"]
        assert disagreements(tmp_path) == []

    @on_posix
    def test_no_file_stays_open(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path, {f"{number}.txt": A for number in range(20)})

        def failing(fd: int, size: int) -> bytes:
            raise OSError(5, "Input/output error")

        before = len(os.listdir("/dev/fd"))
        monkeypatch.setattr(os, "read", failing)
        report = engine.check([trees.Folder(str(tmp_path))], Options(select=("VAL001",)))
        assert len(report.findings) == 20
        assert len(os.listdir("/dev/fd")) == before


class Meddling(trees.Folder):
    """A folder in which something happens to a file between the walk and the end of its reading."""

    def __init__(self, path: Path, name: str, when: str, act: object) -> None:
        super().__init__(str(path))
        self._name, self._when, self._act = name, when, act

    def open(self, name: str) -> trees.Source:
        if name == self._name and self._when == "before":
            self._act()  # type: ignore[operator]
        source = super().open(name)
        if name == self._name and self._when == "while":
            self._act()  # type: ignore[operator]
        return source


class TestChanges:
    """A file that changes while it is read is one finding, and the check is not complete."""

    @pytest.mark.parametrize("name", ["a.txt", "all.bundle"])
    @pytest.mark.parametrize("change", ["grows", "shrinks", "is written anew"])
    def test_while_it_is_read(self, tmp_path: Path, name: str, change: str) -> None:
        files = {"a.txt": A, "all.bundle": bundle(**{"b.txt": B})}
        lay(tmp_path, {"INDEX.md": index(**files), **files})
        os.utime(tmp_path / name, (1, 1))

        def act() -> None:
            data = files[name]
            changed = {"grows": data + b"more\n", "shrinks": data[:-5], "is written anew": data.replace(b"e", b"o")}
            (tmp_path / name).write_bytes(changed[change])

        report = engine.check([Meddling(tmp_path, name, "while", act)], Options(select=("VAL", "NAM", "IDX")))
        assert [(f.code, f.message) for f in report.findings] == [
            ("VAL002", f"{name!r} changed while it was being read")
        ]
        assert report.incomplete

    def test_what_was_read_of_it_is_not_held_against_the_index(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": A}), "a.txt": A})
        loader = Loader(Meddling(tmp_path, "a.txt", "while", lambda: (tmp_path / "a.txt").write_bytes(B)), Options())
        assert [document.name for document in loader.documents()] == ["INDEX.md"]
        assert [record.difference for scope in loader.collection().scopes for record in scope.records] == []

    def test_in_the_middle_of_a_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A})
        whole, watched = os.read, os.stat(tmp_path / "a.txt").st_ino

        def meddled(fd: int, size: int) -> bytes:
            data = whole(fd, min(size, 4))
            if os.fstat(fd).st_ino == watched and data == A[:4]:
                lay(tmp_path, {"a.txt": A + b"more\n"})
            return data

        monkeypatch.setattr(os, "read", meddled)
        report = check(tmp_path)
        assert [finding.code for finding in report.findings] == ["VAL002"]
        assert report.incomplete

    def test_a_file_that_vanishes_before_it_is_opened(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index("a.txt"), "a.txt": A})
        report = engine.check([Meddling(tmp_path, "a.txt", "before", (tmp_path / "a.txt").unlink)], Options())
        (finding,) = report.findings
        assert (finding.code, finding.message) == ("VAL001", "'a.txt' cannot be read: no such file or directory")
        assert report.incomplete

    @on_posix
    def test_a_file_that_is_replaced_is_read_as_it_was(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": A}), "a.txt": A, "new": B})

        def replace() -> None:
            tick()
            os.replace(tmp_path / "new", tmp_path / "a.txt")

        report = engine.check(
            [Meddling(tmp_path, "a.txt", "while", replace)], Options(exclude=("new",), select=("IDX", "VAL"))
        )
        assert {finding.code for finding in report.findings} == {"VAL002"}


class TestLimits:
    """A document over the limit is one finding, and its digest is compared all the same."""

    def test_a_file(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": b"- [a](a.txt)\n", "a.txt": A * 9})
        report = check(tmp_path, Options(max_document_size=99))
        (finding,) = report.findings
        assert finding.code == "VAL003"
        assert finding.message == "'a.txt' is too large to be checked: 144 bytes, and max-document-size is 99"
        assert report.incomplete

    def test_its_digest_is_compared(self, tmp_path: Path) -> None:
        lay(tmp_path, {"INDEX.md": index(**{"a.txt": A * 40, "b.txt": B * 40}), "a.txt": A * 40, "b.txt": C * 40})
        options = Options(max_document_size=500)
        assert disagreements(tmp_path, options) == ["different b.txt"]
        assert [line for line in said(tmp_path, options) if line.startswith("VAL")] == [
            "VAL003 a.txt",
            "VAL003 b.txt",
        ]

    def test_a_block(self, tmp_path: Path) -> None:
        packed = bundle(**{"a.txt": A * 9, "b.txt": B})
        lay(tmp_path, {"INDEX.md": b"- [all](all.bundle)\n", "all.bundle": packed})
        report = check(tmp_path, Options(max_document_size=99))
        (finding,) = report.findings
        assert (finding.code, finding.path, finding.document) == ("VAL003", str(tmp_path / "all.bundle"), "a.txt")
        assert report.documents == 1

    def test_a_container_may_be_larger(self, tmp_path: Path) -> None:
        packed = bundle(**{f"{number}.txt": A for number in range(20)})
        lay(tmp_path, {"INDEX.md": b"- [all](all.bundle)\n", "all.bundle": packed})
        assert [f.code for f in check(tmp_path, Options(max_document_size=99)).findings if f.code == "VAL003"] == []

    def test_an_index(self, tmp_path: Path) -> None:
        names = [f"{number}.txt" for number in range(20)]
        lay(tmp_path, {"INDEX.md": index(*names), **{name: f"Text {name}.\n".encode() for name in names}})
        options = Options(max_document_size=99)
        assert said(tmp_path, options) == ["VAL003 INDEX.md"]
        assert disagreements(tmp_path, options) == []


class TestDepth:
    @on_posix
    def test_deeper_than_the_stack(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        depth = 1500
        name = "d/" * depth + "a.txt"
        lay(tmp_path, {"INDEX.md": index(name)})
        monkeypatch.chdir(tmp_path)
        for _ in range(depth):
            os.mkdir("d")
            os.chdir("d")
        Path("a.txt").write_bytes(A)
        try:
            assert disagreements(tmp_path) == []
            assert [line.split()[0] for line in said(tmp_path)] == ["NAM012"]
        finally:
            os.unlink("a.txt")
            for _ in range(depth):
                os.chdir("..")
                os.rmdir("d")


class TestRepositories:
    """In a work tree of git, what git ignores is no part of the collection."""

    def test_what_belongs_to_a_collection(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "--quiet")
        lay(
            tmp_path,
            {".gitignore": b"*.log\nbuild/\n", "a.log": b"\xff", "build/x.txt": b"\xff", "docs/b.log": b"\xff"},
        )
        lay(tmp_path, {"docs/INDEX.md": index("tracked.txt", "forced.log", "untracked.txt"), "docs/tracked.txt": A})
        lay(tmp_path, {"docs/forced.log": B, "docs/untracked.txt": C})
        git(tmp_path, "add", "docs/INDEX.md", "docs/tracked.txt")
        git(tmp_path, "add", "--force", "docs/forced.log")
        assert said(tmp_path / "docs") == []
        assert disagreements(tmp_path / "docs") == []
        assert check(tmp_path / "docs").documents == 3

    def test_nothing_is_skipped_where_git_cannot_be_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        git(tmp_path, "init", "--quiet")
        lay(tmp_path, {".gitignore": b"*.log\n", "INDEX.md": index("b.txt"), "a.log": A, "b.txt": B})
        assert disagreements(tmp_path) == []
        monkeypatch.setenv("PATH", str(tmp_path))
        assert disagreements(tmp_path) == ["unlisted a.log"]
        assert check(tmp_path).notes == ("git is not installed: files that it would ignore are checked too",)
