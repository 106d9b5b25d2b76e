"""Trees: what is walked past, what a link may lead to, what patterns fit, and what git ignores."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator import trees
from validator.model import Options

on_posix = pytest.mark.skipif(os.name != "posix", reason="needs the file system of a POSIX system")
any_bytes_in_names = pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes any bytes for a name")


@contextmanager
def soon(seconds: int = 20) -> Iterator[None]:
    """Fail where something waits for ever, on systems that can tell."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(*_: object) -> None:
        raise TimeoutError(f"still waiting after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def tick() -> None:
    """Wait until the clock of the file system, which may move every few milliseconds only, has moved."""
    time.sleep(0.05)


def lay(root: Path, *names: str) -> None:
    """Make files of these names, each holding its name."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(os.fsencode(name) + b"\n")


def walked(root: Path | str, *exclude: str, ignored: frozenset[str] = frozenset()) -> dict[str, str]:
    """The names in a folder, in order, each with what is wrong with it."""
    found = trees.Folder(str(root), ignored).walk(Options(exclude=exclude))
    return {item.name: f"{item.odd.kind}: {item.odd.detail}" if item.odd else "" for item in found}


def read(tree: trees.Folder | trees.File | trees.Memory, name: str) -> bytes:
    source = tree.open(name)
    data = source.read(0, source.size)
    source.close()
    return data


class TestPatterns:
    """The pattern language that ``trees.matches`` documents."""

    @pytest.mark.parametrize(
        ("pattern", "name"),
        [
            ("*.tmp", "a/drafts/b.tmp"),
            ("drafts", "a/drafts/b.tmp"),
            ("drafts/", "a/drafts/b.tmp"),
            ("a/*/b.tmp", "a/drafts/b.tmp"),
            ("a/**/*.tmp", "a/drafts/b.tmp"),
            ("a/drafts", "a/drafts/b.tmp"),
            ("/a", "a/drafts/b.tmp"),
            ("./a/drafts", "a/drafts/b.tmp"),
            ("**/b.tmp", "b.tmp"),
            ("**/b.tmp", "x/y/b.tmp"),
            ("a/**", "a/x"),
            ("a/**/z", "a/z"),
            ("*", "anything"),
            ("a*c*e", "abcde"),
            ("a**e", "abcde"),
            ("ab*ab", "abab"),
            ("?", "é"),
            ("chapter-[0-9].txt", "chapter-7.txt"),
            ("[!a]*", "b"),
            ("[*]", "*"),
            ("*.bundle", "folder.bundle/a.txt"),
            ("天*", "天地/a.txt"),
            ("*\udcff", "a\udcff"),
            ("a\nb", "a\nb"),
        ],
    )
    def test_fits(self, pattern: str, name: str) -> None:
        assert trees.matches(name, pattern)

    @pytest.mark.parametrize(
        ("pattern", "name"),
        [
            ("/drafts", "a/drafts/b.tmp"),
            ("a/*.tmp", "a/drafts/b.tmp"),
            ("drafts/b.tmp", "a/drafts/b.tmp"),
            ("draft", "a/drafts/b.tmp"),
            ("*.TMP", "b.tmp"),
            ("*.tmp", "b.tmp.txt"),
            ("ab*ab", "ab"),
            ("a*b*c", "acb"),
            ("*ab*b", "ab"),
            ("*a*a*", "a"),
            ("?", "ab"),
            ("a/b/c", "a/b"),
            ("a/**/z", "b/z"),
            ("a?b", "a/b"),
            ("[!a]", "a"),
            ("", "a"),
            ("/", "a"),
        ],
    )
    def test_does_not_fit(self, pattern: str, name: str) -> None:
        assert not trees.matches(name, pattern)

    @given(st.text("ab*", max_size=8), st.text("ab", min_size=1, max_size=12))
    def test_stars_mean_what_they_mean_in_a_shell(self, pattern: str, part: str) -> None:
        assert trees.matches(part, pattern) == fnmatchcase(part, pattern)

    @given(
        st.lists(st.sampled_from(["**", "*", "a", "b*", "?"]), min_size=2, max_size=5),
        st.lists(st.sampled_from(["a", "b", "ba"]), min_size=1, max_size=6),
    )
    def test_parts_mean_what_the_documentation_says(self, globs: list[str], parts: list[str]) -> None:
        shapes = {"**": r"(?:[^/]+/)*", "*": "[^/]*/", "a": "a/", "b*": "b[^/]*/", "?": "[^/]/"}
        oracle = re.match("".join(shapes[glob] for glob in globs), "/".join(parts) + "/")
        assert trees.matches("/".join(parts), "/".join(globs)) == bool(oracle)

    @pytest.mark.parametrize(
        "pattern", ["*a" * 60, "*a" * 60 + "?", "**/" * 60 + "b", "a/**/" * 60 + "b", "[a]*" * 60 + "c"]
    )
    def test_no_pattern_takes_long(self, pattern: str) -> None:
        with soon(5):
            for name in ("a" * 5000, "a/" * 500 + "a"):
                trees.matches(name, pattern)


class TestMemory:
    def test_holds_what_it_was_given(self) -> None:
        tree = trees.Memory({"b": b"bee", "a": trees.Odd("link", "gone")}, "here")
        assert [(found.name, found.odd) for found in tree.walk(Options())] == [
            ("a", trees.Odd("link", "gone")),
            ("b", None),
        ]
        assert read(tree, "b") == b"bee"
        assert tree.shown("b") == "here/b"

    def test_leaves_out_what_is_excluded(self) -> None:
        tree = trees.Memory({"a/b.txt": b"", "c.txt": b""})
        assert [found.name for found in tree.walk(Options(exclude=("a",)))] == ["c.txt"]


class TestFile:
    def test_is_one_file(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.txt")
        tree = trees.File(str(tmp_path / "a.txt"))
        assert [(found.name, found.odd) for found in tree.walk(Options(exclude=("a.txt",)))] == [("a.txt", None)]
        assert read(tree, "a.txt") == b"a.txt\n"
        assert tree.shown("a.txt") == str(tmp_path / "a.txt")

    @on_posix
    def test_may_be_a_link_to_anywhere(self, tmp_path: Path) -> None:
        lay(tmp_path, "there/a.txt")
        (tmp_path / "here").symlink_to("there/a.txt")
        assert read(trees.File(str(tmp_path / "here")), "here") == b"there/a.txt\n"

    @on_posix
    def test_a_pipe_is_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with soon(), pytest.raises(OSError, match="named pipe"):
            trees.File(str(tmp_path / "pipe")).open("pipe")

    def test_a_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(OSError):  # noqa: PT011 - the words are the operating system's
            trees.File(str(tmp_path)).open(tmp_path.name)

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            trees.File(str(tmp_path / "none")).open("none")


class TestFolder:
    def test_walks_in_order_past_everything_that_shows(self, tmp_path: Path) -> None:
        lay(tmp_path, "b.txt", "a/z/1.txt", "a/b.txt", ".git/config", "a/.hidden", "a.txt", "c/.d/e.txt")
        assert list(walked(tmp_path)) == ["a/b.txt", "a/z/1.txt", "a.txt", "b.txt"]

    def test_leaves_out_what_is_excluded(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.txt", "drafts/b.txt", "c/drafts/d.txt", "c/e.tmp", "c/f.txt")
        assert list(walked(tmp_path, "drafts", "*.tmp")) == ["a.txt", "c/f.txt"]
        assert list(walked(tmp_path, "c/drafts/", "/drafts")) == ["a.txt", "c/e.tmp", "c/f.txt"]

    def test_leaves_out_what_is_ignored(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.txt", "b/c.txt", "b/d.txt", "e/f.txt")
        assert list(walked(tmp_path, ignored=frozenset(["b/c.txt", "e"]))) == ["a.txt", "b/d.txt"]

    def test_an_empty_folder_holds_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        assert walked(tmp_path) == {}

    def test_reads_any_range(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"0123456789")
        source = trees.Folder(str(tmp_path)).open("a")
        assert source.size == 10
        assert [source.read(8, 99), source.read(2, 4), source.read(5, 5)] == [b"89", b"23", b""]
        source.close()

    def test_reads_on_where_the_system_gives_less_than_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a").write_bytes(b"0123456789")
        whole = os.read
        monkeypatch.setattr(os, "read", lambda fd, size: whole(fd, min(size, 3)))
        assert read(trees.Folder(str(tmp_path)), "a") == b"0123456789"

    @pytest.mark.parametrize(
        ("path", "shown", "root"),
        [
            (".", "a/b.txt", "."),
            ("./", "a/b.txt", "."),
            ("docs", "docs/a/b.txt", "docs"),
            ("docs/", "docs/a/b.txt", "docs"),
            ("./docs//", "docs/a/b.txt", "docs"),
            ("../docs", "../docs/a/b.txt", "../docs"),
            ("/", "/a/b.txt", "/"),
            ("/docs/", "/docs/a/b.txt", "/docs"),
        ],
    )
    @on_posix
    def test_shows_names_as_the_user_would_write_them(self, path: str, shown: str, root: str) -> None:
        tree = trees.Folder(path)
        assert (tree.shown("a/b.txt"), tree.shown(""), tree.path) == (shown, root, root)

    def test_survives_a_change_of_the_working_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path, "here/a.txt")
        monkeypatch.chdir(tmp_path)
        tree = trees.Folder("here")
        monkeypatch.chdir("/")
        assert [found.name for found in tree.walk(Options())] == ["a.txt"]
        assert read(tree, "a.txt") == b"here/a.txt\n"

    def test_a_missing_folder_cannot_be_read(self, tmp_path: Path) -> None:
        assert walked(tmp_path / "none") == {"": "unreadable: no such file or directory"}

    @on_posix
    def test_goes_deeper_than_the_stack(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        depth = 1500
        monkeypatch.chdir(tmp_path)
        for _ in range(depth):  # step by step, because ``os.makedirs`` and ``shutil.rmtree`` call themselves
            os.mkdir("d")
            os.chdir("d")
        Path("a.txt").write_text("deep\n")
        try:
            assert walked(tmp_path) == {"d/" * depth + "a.txt": ""}
            assert read(trees.Folder(str(tmp_path)), "d/" * depth + "a.txt") == b"deep\n"
        finally:
            os.unlink("a.txt")
            for _ in range(depth):
                os.chdir("..")
                os.rmdir("d")

    @any_bytes_in_names
    def test_takes_any_bytes_for_a_name(self, tmp_path: Path) -> None:
        raw = [b"caf\xe9", b"line\nbreak", b"\x1b[31mred", b"\xed\xa0\x80", "天地".encode(), b" "]
        for name in raw:
            Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(name)
        tree = trees.Folder(str(tmp_path))
        found = [item.name for item in tree.walk(Options())]
        assert sorted(name.encode("utf-8", "surrogateescape") for name in found) == sorted(raw)
        assert all(read(tree, name) == name.encode("utf-8", "surrogateescape") for name in found)

    @any_bytes_in_names
    @pytest.mark.parametrize("locale", ["C", "C.UTF-8", "de_DE.ISO-8859-1"])
    def test_names_are_the_same_in_every_locale(self, tmp_path: Path, locale: str) -> None:
        lay(tmp_path, "天地.txt", "é.txt")
        program = """
import sys
from validator import model, trees
print(ascii([found.name for found in trees.Folder(sys.argv[1]).walk(model.Options())]))
"""
        environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        run = subprocess.run(
            [sys.executable, "-c", program, tmp_path], env=environment, capture_output=True, check=True, text=True
        )
        assert run.stdout.strip() == ascii(["é.txt", "天地.txt"])


@on_posix
class TestLinks:
    """A symbolic link is a document where it leads to a document of the same collection, and nowhere else."""

    def test_to_a_document_is_a_document(self, tmp_path: Path) -> None:
        lay(tmp_path, "a/b.txt")
        (tmp_path / "relative").symlink_to("a/b.txt")
        (tmp_path / "absolute").symlink_to(tmp_path / "a/b.txt")
        (tmp_path / "chain").symlink_to("relative")
        (tmp_path / "a/up").symlink_to("../a/../absolute")
        assert set(walked(tmp_path).values()) == {""}
        tree = trees.Folder(str(tmp_path))
        names = [found.name for found in tree.walk(Options())]
        assert [read(tree, name) for name in names] == [b"a/b.txt\n"] * 5

    @pytest.mark.parametrize(
        ("target", "said"),
        [
            ("../out/x.txt", "link: it leads out of the collection, to '../out/x.txt'"),
            ("../in-evil/x.txt", "link: it leads out of the collection, to '../in-evil/x.txt'"),
            ("../out", "link: it leads out of the collection, to '../out'"),
            ("../none", "link: it leads out of the collection, to '../none'"),
            ("/dev/zero", "link: it leads out of the collection, to '/dev/zero'"),
            ("/", "link: it leads out of the collection, to '/'"),
            ("via", "link: it leads out of the collection, to 'via'"),
            ("none", "link: its target 'none' does not exist"),
            ("a.txt/b", "link: its target 'a.txt/b' does not exist"),
            ("line\nbreak", r"link: its target 'line\nbreak' does not exist"),
            ("link", "link: it leads back to itself"),
            ("loop", "link: it leads back to itself"),
            (".", "link: it leads to the folder that it lies in"),
            ("../in", "link: it leads to the folder that it lies in"),
            ("sub", "link: it leads to the folder 'sub', which is checked where it is"),
            (".hidden", "link: it leads to '.hidden', which is not part of the collection"),
            (".folder/x.txt", "link: it leads to '.folder/x.txt', which is not part of the collection"),
            ("drafts/x.txt", "link: it leads to 'drafts/x.txt', which is not part of the collection"),
            ("ignored/x.txt", "link: it leads to 'ignored/x.txt', which is not part of the collection"),
            ("pipe", "special: link to a named pipe"),
        ],
    )
    def test_to_anything_else_is_none(self, tmp_path: Path, target: str, said: str) -> None:
        lay(tmp_path, "out/x.txt", "in-evil/x.txt", "in/a.txt", "in/sub/b.txt", "in/.hidden", "in/.folder/x.txt")
        lay(tmp_path, "in/drafts/x.txt", "in/ignored/x.txt")
        root = tmp_path / "in"
        os.mkfifo(root / "pipe")
        (root / "via").symlink_to("../out/x.txt")
        (root / "loop").symlink_to("link")
        (root / "link").symlink_to(target)
        with soon():
            found = walked(root, "drafts", ignored=frozenset(["ignored"]))
        assert found["link"] == said
        assert [name for name in found if name.startswith("link/")] == []

    def test_to_a_folder_above_is_not_followed(self, tmp_path: Path) -> None:
        lay(tmp_path, "a/b/c.txt")
        (tmp_path / "a/b/up").symlink_to("..")
        assert walked(tmp_path) == {"a/b/c.txt": "", "a/b/up": "link: it leads to the folder that it lies in"}

    def test_is_opened_where_it_led_when_the_folder_was_listed(self, tmp_path: Path) -> None:
        lay(tmp_path, "in/a.txt", "out.txt")
        link = tmp_path / "in/link"
        link.symlink_to("a.txt")
        tree = trees.Folder(str(tmp_path / "in"))
        assert [found.odd for found in tree.walk(Options())] == [None, None]
        link.unlink()
        link.symlink_to("../out.txt")
        assert read(tree, "link") == b"in/a.txt\n"

    def test_put_in_the_place_of_a_file_is_not_followed(self, tmp_path: Path) -> None:
        lay(tmp_path, "in/a.txt", "out.txt")
        tree = trees.Folder(str(tmp_path / "in"))
        assert list(tree.walk(Options())) == [trees.Found("a.txt")]
        (tmp_path / "in/a.txt").unlink()
        (tmp_path / "in/a.txt").symlink_to("../out.txt")
        with pytest.raises(OSError) as raised:  # noqa: PT011 - the number says it
            tree.open("a.txt")
        assert raised.value.errno in (errno.ELOOP, errno.EMLINK)

    def test_to_the_collection_itself_does_no_harm(self, tmp_path: Path) -> None:
        lay(tmp_path, "real/a.txt")
        (tmp_path / "link").symlink_to("real")
        (tmp_path / "real/b").symlink_to("a.txt")
        (tmp_path / "real/c").symlink_to("../link/a.txt")
        assert walked(tmp_path / "link") == {"a.txt": "", "b": "", "c": ""}


@on_posix
class TestSpecialFiles:
    def test_are_named_and_not_opened(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        os.mkfifo(tmp_path / "pipe")
        monkeypatch.chdir(tmp_path)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as listening, soon():
            listening.bind("socket")
            assert walked(tmp_path) == {"pipe": "special: named pipe", "socket": "special: socket"}

    def test_put_in_the_place_of_a_file_are_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        before = len(os.listdir("/dev/fd"))
        with soon(), pytest.raises(OSError, match="it is a named pipe"):
            trees.Folder(str(tmp_path)).open("pipe")
        assert len(os.listdir("/dev/fd")) == before


class TestChanges:
    @pytest.mark.parametrize(
        "change",
        [
            lambda path: path.write_bytes(b"other"),
            lambda path: path.write_bytes(b"longer than before"),
            lambda path: path.write_bytes(b""),
        ],
    )
    def test_are_noticed(self, tmp_path: Path, change: object) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"first")
        os.utime(path, (1, 1))
        source = trees.Folder(str(tmp_path)).open("a")
        source.read(0, 2)
        change(path)  # type: ignore[operator]
        with pytest.raises(trees.Changed):
            source.close()

    @on_posix
    def test_are_noticed_even_where_the_clock_is_put_back(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"first")
        os.utime(path, (1, 1))
        source = trees.Folder(str(tmp_path)).open("a")
        tick()
        path.write_bytes(b"other")
        os.utime(path, (1, 1))
        with pytest.raises(trees.Changed):
            source.close()

    def test_a_file_that_stays_is_closed_in_peace(self, tmp_path: Path) -> None:
        lay(tmp_path, "a")
        assert read(trees.Folder(str(tmp_path)), "a") == b"a\n"


def git(folder: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    run = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=True)
    return os.fsdecode(run.stdout)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A work tree with files that are tracked, untracked, ignored, and tracked although they are ignored."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / ".gitignore").write_text("*.log\n/build/\nkept/\nsub/only/\n")
    lay(root, "tracked.txt", "untracked.txt", "a.log", "forced.log", "build/x.txt", "build/deep/y.txt")
    lay(root, "kept/forced.txt", "kept/other.txt", "sub/a.txt", "sub/b.log", "sub/only/x.txt", "sub/logs/c.log")
    lay(root, "mixed/a.txt", "mixed/b.log", "mixed/logs/c.log", "mixed/texts/d.txt")
    git(root, "add", "tracked.txt", "sub/a.txt")
    git(root, "add", "--force", "forced.log", "kept/forced.txt")
    return root


@pytest.fixture(params=["light", "portable"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which git is started: Windows has only the second."""
    if request.param == "light" and not hasattr(os, "posix_spawnp"):
        pytest.skip("this system has no posix_spawn")
    if request.param == "portable":
        monkeypatch.delattr(os, "posix_spawnp", raising=False)


def part_of(root: Path) -> list[str]:
    """The names in a folder without those that git ignores, which must be able to tell."""
    ignored, note = trees.git_ignored(str(root))
    assert note == ""
    return list(walked(root, ignored=ignored))


@pytest.mark.usefixtures("way")
class TestGit:
    """What git ignores is no part of a collection."""

    def test_ignored_files_are_left_out(self, repository: Path) -> None:
        listed = git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        assert part_of(repository) == sorted(name for name in listed if name and not name.startswith("."))
        assert "untracked.txt" in part_of(repository)
        assert "forced.log" in part_of(repository)
        assert "kept/other.txt" not in part_of(repository)

    def test_a_folder_of_a_repository(self, repository: Path) -> None:
        assert part_of(repository / "sub") == ["a.txt"]
        assert part_of(repository / "mixed") == ["a.txt", "texts/d.txt"]
        assert part_of(repository / "kept") == ["forced.txt"]

    def test_a_folder_that_is_itself_ignored_was_asked_for(self, repository: Path) -> None:
        lay(repository, "build/deep/er/z.txt")
        assert part_of(repository / "build") == ["deep/er/z.txt", "deep/y.txt", "x.txt"]
        assert part_of(repository / "build/deep") == ["er/z.txt", "y.txt"]
        assert part_of(repository / "build/deep/er") == ["z.txt"]

    def test_a_folder_without_a_repository(self, tmp_path: Path) -> None:
        lay(tmp_path, "a.log")
        assert part_of(tmp_path) == ["a.log"]

    @on_posix
    def test_a_link_to_a_folder_of_a_repository(self, repository: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(repository / "sub")
        assert part_of(tmp_path / "link") == ["a.txt"]

    def test_a_relative_path(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(repository)
        assert trees.git_ignored("sub") == trees.git_ignored(str(repository / "sub"))
        monkeypatch.chdir(repository / "sub")
        assert trees.git_ignored(".") == trees.git_ignored(str(repository / "sub"))

    def test_a_work_tree_beside_its_repository(self, repository: Path, tmp_path: Path) -> None:
        git(repository, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "--message=first")
        git(repository, "worktree", "add", "--quiet", str(tmp_path / "second"))
        lay(tmp_path, "second/new.txt", "second/new.log")
        (tmp_path / "second/.gitignore").write_text("*.log\n")
        assert part_of(tmp_path / "second") == ["forced.log", "kept/forced.txt", "new.txt", "sub/a.txt", "tracked.txt"]

    @any_bytes_in_names
    def test_names_of_any_bytes(self, repository: Path) -> None:
        lay(repository, "line\nbreak.log", "caf\udce9.log", "天.log", "天.txt")
        assert set(part_of(repository)) & {"line\nbreak.log", "caf\udce9.log", "天.log", "天.txt"} == {"天.txt"}

    def test_a_hook_of_another_repository(
        self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = tmp_path / "other"
        other.mkdir()
        git(other, "init", "--quiet")
        expected = part_of(repository)
        monkeypatch.setenv("GIT_DIR", str(other / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(other))
        monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
        monkeypatch.setenv("GIT_PREFIX", "sub/")
        assert part_of(repository) == expected

    def test_a_repository_that_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / ".git").write_text("gitdir: nowhere\n")
        lay(tmp_path, "a.log")
        ignored, note = trees.git_ignored(str(tmp_path))
        assert ignored == frozenset()
        assert note.startswith("git could not say what it ignores, so that is checked too: fatal: ")
        assert "\n" not in note

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
    def test_a_repository_of_somebody_else(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for path in (repository, repository / ".git"):
            os.chown(path, 12345, 12345)
        ignored, note = trees.git_ignored(str(repository))
        assert ignored == frozenset()
        assert "dubious ownership" in note
        assert "\n" not in note
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
        assert "a.log" not in part_of(repository)

    def test_without_git(self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        note = "git is not installed: files that it would ignore are checked too"
        assert trees.git_ignored(str(repository)) == (frozenset(), note)
        assert "a.log" in walked(repository)

    @on_posix
    def test_git_that_cannot_be_run(self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "git").write_text("not a program")
        (tmp_path / "git").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        ignored, note = trees.git_ignored(str(repository))
        assert ignored == frozenset()
        assert note.startswith("git could not say what it ignores")

    @on_posix
    def test_nothing_that_a_repository_names_is_run(self, repository: Path, tmp_path: Path) -> None:
        spy = tmp_path / "spy"
        spy.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        spy.chmod(0o755)
        for key in (
            "core.fsmonitor",
            "core.pager",
            "core.editor",
            "alias.ls-files",
            "filter.spy.clean",
            "diff.external",
        ):
            git(repository, "config", key, str(spy))
        (repository / ".gitattributes").write_text("* filter=spy\n")
        for hook in ("post-index-change", "pre-commit", "post-checkout"):
            (repository / ".git/hooks").mkdir(exist_ok=True)
            (repository / ".git/hooks" / hook).symlink_to(spy)
        assert "a.log" not in part_of(repository)
        assert not (tmp_path / "ran").exists()

    @on_posix
    def test_warnings_of_git_are_no_names(
        self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "git").write_text("#!/bin/sh\necho 'warning: of no account' >&2\nprintf 'a.log\\0'\n")
        (tmp_path / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        assert trees.git_ignored(str(repository)) == (frozenset(["a.log"]), "")

    @on_posix
    def test_no_file_stays_open(self, repository: Path) -> None:
        before = len(os.listdir("/dev/fd"))
        for _ in range(3):
            trees.git_ignored(str(repository))
            trees.git_ignored(str(repository / "build/deep"))
        assert len(os.listdir("/dev/fd")) == before
