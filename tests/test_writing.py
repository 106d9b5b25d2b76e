"""Changes of files: all or none, whole, whatever happens and whoever else is at work."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.command import ROOT
from validator import writing
from validator.writing import ABSENT, ANY, Change, WriteError, apply, journal, recover

on_posix = pytest.mark.skipif(os.name != "posix", reason="needs the file system of a POSIX system")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs the tools of Linux")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can take on another user's part"
)

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

Tree = dict[str, bytes]


def lay(root: Path, tree: Tree) -> None:
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def held(root: Path) -> Tree:
    """All files in a folder, the hidden ones too; an empty folder stands with a slash behind its name."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                found[f"{name}/"] = b""
        else:
            found[name] = os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
    return found


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def refused(root: Path | str, *changes: Change, check: Callable[[], object] | None = None) -> str:
    """The message of a change that must fail."""
    with pytest.raises(WriteError) as caught:
        apply(str(root), changes, check)
    message = str(caught.value)
    assert "\n" not in message
    return message


def python(program: str, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*options.pop("before", ()), sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


ONE_CHANGE = """
import sys
from validator.writing import ANY, Change, WriteError, apply
root, size, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
try:
    apply(root, [Change(name, (b"n" * 1000 for _ in range(size // 1000)), ANY) for name in names])
except WriteError as error:
    print(error)
    sys.exit(2)
"""
"""A process that writes files of a size; it says why it could not."""

AS_NOBODY = """
import fcntl, json, os
from validator import writing
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
"""


@pytest.fixture
def fast() -> Iterator[Path]:
    """A folder where writing costs little."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        yield Path(folder)


class TestApply:
    def test_writes_adds_and_removes_in_one_go(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old a", "b/c": b"old c", "d": b"d"})
        done = apply(
            str(tmp_path),
            [
                Change("a", b"new a", digest(b"old a")),
                Change("b/c", None, digest(b"old c")),
                Change("e/f/g", iter([b"new ", b"", b"g"])),
                Change("e/h", b""),
                Change("i", None, ANY),
            ],
        )
        assert done == writing.Written(("a", "e/f/g", "e/h"), ("b/c",), 10)
        assert held(tmp_path) == {"a": b"new a", "b/": b"", "d": b"d", "e/f/g": b"new g", "e/h": b""}

    def test_one_file_by_its_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert writing.write("a", b"one").bytes == 3
        writing.write("b/c", [b"two"], ABSENT)
        writing.write("./a", b"three", digest(b"one"))
        assert held(tmp_path) == {"a": b"three", "b/c": b"two"}
        with pytest.raises(WriteError, match=r"'b/c' exists already; nothing was changed$"):
            writing.write("b/c", b"", ABSENT)
        with pytest.raises(WriteError, match="names a folder"):
            writing.write("b/", b"")

    def test_nothing_to_do_touches_nothing(self, tmp_path: Path) -> None:
        apply(str(tmp_path / "none"), [])
        apply(str(tmp_path), [Change("a", None, ANY)])
        assert held(tmp_path) == {}

    def test_a_content_is_asked_for_piece_by_piece(self, tmp_path: Path) -> None:
        """Whatever the size of a file, no more than a piece of it is in memory."""

        def pieces() -> Iterator[bytes]:
            for _ in range(20):
                yield b"x" * 1000
                (temporary,) = tmp_path.glob(".validate-*-0.tmp")
                written.append(temporary.stat().st_size)

        written: list[int] = []
        apply(str(tmp_path), [Change("a", pieces())])
        assert written == [1000 * number for number in range(1, 21)]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (Change("a", b"x"), "'{root}/a' exists already; nothing was changed"),
            (
                Change("a", b"x", digest(b"b")),
                "'{root}/a' has changed since it was read; nothing was changed: run again",
            ),
            (
                Change("none", b"x", digest(b"")),
                "'{root}/none' is gone since it was read; nothing was changed: run again",
            ),
            (Change("b", b"x", ANY), "cannot write '{root}/b': it is a folder; nothing was changed"),
            (Change("a/x", b"x", ANY), "cannot write '{root}/a/x': 'a' is not a folder; nothing was changed"),
        ],
    )
    def test_what_is_not_as_expected_is_left_alone(self, tmp_path: Path, change: Change, message: str) -> None:
        lay(tmp_path, {"a": b"a", "b/c": b"c"})
        before = held(tmp_path)
        assert refused(tmp_path, Change("new", b"n"), change) == message.format(root=tmp_path)
        assert held(tmp_path) == before

    @pytest.mark.parametrize(
        "name",
        [
            *("../a", "a/../../b", "..", ".", "", "/a", "a//b", "a/", "./a"),
            *(".git/config", "a/.GIT/hooks/x", ".validate-journal", "a/.validate-x"),
        ],
    )
    def test_no_change_leads_out_of_the_folder_or_to_what_is_not_ours(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "root").mkdir()
        assert refused(tmp_path / "root", Change("ok", b""), Change(name, b"", ANY)).startswith(
            f"cannot write {name!r}"
        )
        assert held(tmp_path) == {"root/": b""}

    def test_a_name_that_the_system_does_not_have(self, tmp_path: Path) -> None:
        for name in ("a\0b", "a" * 300, "\ud800"):
            assert refused(tmp_path, Change("ok", b""), Change(name, b"")).endswith("; nothing was changed")
        assert held(tmp_path) == {}

    def test_names_that_exclude_each_other(self, tmp_path: Path) -> None:
        assert "twice" in refused(tmp_path, Change("a", b"1"), Change("a", b"2"))
        assert "a file and a folder" in refused(tmp_path, Change("a/b/c", b"1"), Change("a/b", b"2"))
        assert held(tmp_path) == {}

    @pytest.mark.parametrize("failure", [OSError("reading failed"), RuntimeError("no"), KeyboardInterrupt()])
    def test_what_a_content_or_the_check_raises_undoes_everything(self, tmp_path: Path, failure: BaseException) -> None:
        def broken() -> Iterator[bytes]:
            yield b"some"
            raise failure

        def fail() -> None:
            raise failure

        lay(tmp_path, {"a": b"old"})
        for change, check in ((Change("new/b", broken()), None), (Change("new/b", b""), fail)):
            with pytest.raises(type(failure)) as caught:
                apply(str(tmp_path), [Change("a", b"new", ANY), change], check)
            assert caught.value is failure
            assert held(tmp_path) == {"a": b"old"}

    def test_the_folder_is_made_and_taken_away_again(self, tmp_path: Path) -> None:
        root = tmp_path / "x" / "y"
        assert "promised" not in refused(root, Change("a/b", b"", digest(b"")))
        assert held(tmp_path) == {}
        apply(str(root), [Change("a/b", b"1")])
        assert held(tmp_path) == {"x/y/a/b": b"1"}

    def test_a_file_where_the_folder_should_be(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b""})
        assert "it is not a folder" in refused(tmp_path / "a", Change("b", b""))
        assert f"'{tmp_path}/a' is not a folder" in refused(tmp_path / "a" / "b", Change("b", b""))

    @settings(max_examples=60, deadline=None)
    @given(
        st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e", "f/g/h"]), st.binary(max_size=9)),
        st.dictionaries(
            st.sampled_from(["a", "b", "c/d", "c/e", "f/g/h", "i/j", "k"]),
            st.tuples(st.none() | st.binary(max_size=9), st.booleans()),
        ),
    )
    def test_a_change_makes_the_tree_that_it_describes(
        self, before: Tree, wanted: dict[str, tuple[bytes | None, bool]]
    ) -> None:
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            lay(Path(folder), before)
            changes = []
            for name, (content, exact) in wanted.items():
                known = digest(before[name]) if name in before else ABSENT
                changes.append(Change(name, content, known if exact else ANY))
            apply(folder, changes)
            after = {**before, **{name: content for name, (content, _) in wanted.items()}}
            found = {name: content for name, content in held(Path(folder)).items() if not name.endswith("/")}
            assert found == {name: content for name, content in after.items() if content is not None}


@on_posix
class TestWhatIsKept:
    @pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o444, 0o664, 0o4755])
    def test_permissions(self, tmp_path: Path, mode: int) -> None:
        lay(tmp_path, {"a": b"old"})
        (tmp_path / "a").chmod(mode)
        apply(str(tmp_path), [Change("a", b"new", ANY)])
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode

    @pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
    def test_a_new_file_has_those_that_the_user_wants(self, tmp_path: Path, umask: int, mode: int) -> None:
        before = os.umask(umask)
        try:
            apply(str(tmp_path), [Change("a", b"new")])
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode

    def test_nobody_reads_a_secret_through_its_temporary_file(self, tmp_path: Path) -> None:
        def pieces() -> Iterator[bytes]:
            yield b"new secret"
            (temporary,) = tmp_path.glob(".validate-*.tmp")
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o600

        lay(tmp_path, {"a": b"secret"})
        (tmp_path / "a").chmod(0o600)
        apply(str(tmp_path), [Change("a", pieces(), ANY)])

    @as_root
    def test_the_owner(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        os.chown(tmp_path / "a", 65534, 65534)
        apply(str(tmp_path), [Change("a", b"new", ANY)])
        status = (tmp_path / "a").stat()
        assert (status.st_uid, status.st_gid) == (65534, 65534)

    @on_linux
    def test_attributes(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        try:
            os.setxattr(tmp_path / "a", "user.colour", b"blue")
        except OSError:
            pytest.skip("this file system has no attributes")
        apply(str(tmp_path), [Change("a", b"new", ANY)])
        assert os.getxattr(tmp_path / "a", "user.colour") == b"blue"

    def test_a_hard_link_keeps_the_old_content(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        os.link(tmp_path / "a", tmp_path / "b")
        apply(str(tmp_path), [Change("a", b"new", ANY)])
        assert held(tmp_path) == {"a": b"new", "b": b"old"}

    def test_a_change_that_fails_leaves_the_very_same_file(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        before = (tmp_path / "a").stat()
        refused(tmp_path, Change("a", b"new", ANY), Change("b", b"", digest(b"")))
        after = (tmp_path / "a").stat()
        assert (before.st_ino, before.st_mtime_ns, before.st_ctime_ns) == (
            after.st_ino,
            after.st_mtime_ns,
            after.st_ctime_ns,
        )


@on_posix
class TestLinks:
    """No link is written through, and none is replaced."""

    @pytest.mark.parametrize("target", ["outside/a", "root/real", "nowhere"])
    def test_a_link_as_the_target(self, tmp_path: Path, target: str) -> None:
        lay(tmp_path, {"outside/a": b"1", "root/real": b"2"})
        (tmp_path / "root" / "link").symlink_to(tmp_path / target)
        before = held(tmp_path)
        for known in (ANY, ABSENT, digest(b"1")):
            assert "links are not followed" in refused(tmp_path / "root", Change("link", b"new", known))
        assert held(tmp_path) == before

    @pytest.mark.parametrize("target", ["outside", "root/real", "nowhere"])
    def test_a_link_on_the_way(self, tmp_path: Path, target: str) -> None:
        lay(tmp_path, {"outside/a": b"1", "root/real/a": b"2"})
        (tmp_path / "root" / "link").symlink_to(tmp_path / target)
        before = held(tmp_path)
        for name in ("link/a", "link/new", "link/x/y"):
            assert "'link' is a link, and links are not followed" in refused(tmp_path / "root", Change(name, b"", ANY))
        assert held(tmp_path) == before

    def test_the_folder_itself_may_be_one(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        apply(str(tmp_path / "link"), [Change("a", b"1")])
        assert held(tmp_path) == {"link": b"real", "real/a": b"1"}

    def test_a_folder_that_becomes_one_while_writing(self, tmp_path: Path) -> None:
        def pieces() -> Iterator[bytes]:
            yield b"new"
            (tmp_path / "root" / "sub").rename(tmp_path / "root" / "moved")
            (tmp_path / "root" / "sub").symlink_to(tmp_path / "outside")

        lay(tmp_path, {"outside/a": b"1", "root/sub/a": b"2"})
        assert "links are not followed" in refused(tmp_path / "root", Change("sub/a", pieces(), ANY))
        found = held(tmp_path)
        assert found["outside/a"] == b"1"
        assert found["root/moved/a"] == b"2"

    def test_a_pipe_is_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert "no regular file" in refused(tmp_path, Change("pipe", b"", ANY))


class TestMeanwhile:
    """What somebody else changes while we write is never overwritten."""

    def test_a_file_that_changes(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old", "b": b"old"})

        def interfere() -> None:
            (tmp_path / "b").write_bytes(b"precious")

        message = refused(tmp_path, Change("a", b"new", ANY), Change("b", b"new", ANY), check=interfere)
        assert message == f"'{tmp_path}/b' changed meanwhile; nothing was changed: run again"
        assert held(tmp_path) == {"a": b"old", "b": b"precious"}

    def test_a_file_that_appears_or_goes(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        refused(tmp_path, Change("b", b"new"), check=lambda: (tmp_path / "b").write_bytes(b"mine"))
        refused(tmp_path, Change("a", b"new", ANY), check=(tmp_path / "a").unlink)
        assert held(tmp_path) == {"b": b"mine"}

    def test_a_file_that_changes_at_the_last_moment(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old", "b": b"old"})
        replace = os.replace

        def interfere(*names: Any, **folders: Any) -> None:
            replace(*names, **folders)
            (tmp_path / "b").write_bytes(b"precious")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", interfere)
            message = refused(tmp_path, Change("a", b"new", ANY), Change("b", b"new", ANY))
        assert message.startswith(f"'{tmp_path}/b' changed meanwhile; 1 of 2 files are written")
        with pytest.raises(WriteError, match=r"write '.*/b', and it was changed since; nothing was changed"):
            recover(str(tmp_path))
        found = held(tmp_path)
        assert (found["a"], found["b"]) == (b"new", b"precious")
        (tmp_path / "b").write_bytes(b"old")
        assert recover(str(tmp_path))
        assert held(tmp_path) == {"a": b"new", "b": b"new"}


class Crash(BaseException):
    """What stands for the sudden end of a process."""


CALLS = ("open", "write", "fsync", "replace", "unlink", "mkdir", "rmdir", "ftruncate", "stat", "lseek")


class TestFaults:
    """One call of the system after the other fails, once or from then on, or is the last."""

    OLD = {"a": b"old a", "b/c": b"old c", "b/d": b"old d"}
    NEW = {"a": b"new a", "b/c": b"new c", "e/f/g": b"new g"}

    def change(self, root: Path) -> None:
        contents = {**dict.fromkeys(self.OLD), **self.NEW}
        apply(str(root), [Change(name, content, ANY) for name, content in sorted(contents.items())])

    @pytest.mark.parametrize("failure", [OSError, Crash, KeyboardInterrupt])
    @pytest.mark.parametrize("forever", [False, True])
    @pytest.mark.parametrize("call", [*CALLS, "any"])
    def test_all_or_nothing(self, fast: Path, call: str, failure: type[BaseException], forever: bool) -> None:
        forever |= failure is Crash
        outcomes = set()
        number, failed = 0, True
        while failed:
            root = fast / str(number)
            lay(root, self.OLD)
            failed, kept = False, True
            calls = 0

            def failing(real: Any, number: int = number) -> Any:
                def wrapper(*arguments: Any, **options: Any) -> Any:
                    nonlocal calls, failed
                    calls += 1
                    if calls > number and (forever or not failed):
                        failed = True
                        raise failure(errno.EIO, "input/output error")
                    return real(*arguments, **options)

                return wrapper

            with pytest.MonkeyPatch.context() as patch:
                for name in CALLS if call == "any" else (call,):
                    patch.setattr(os, name, failing(getattr(os, name)))
                try:
                    self.change(root)
                except (WriteError, Crash, KeyboardInterrupt) as error:
                    kept = "nothing was changed" in str(error)
            found = held(root)
            if kept and failed and failure is OSError and not forever:
                assert found in (self.OLD, self.NEW), number
            recover(str(root))
            found = {name: content for name, content in held(root).items() if not name.endswith("/")}
            assert found in (self.OLD, self.NEW), number
            outcomes.add(found == self.NEW)
            shutil.rmtree(root)
            number += 1
        assert True in outcomes

    def test_where_no_file_can_be_replaced_nothing_is_left(self, tmp_path: Path) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.EIO, "input/output error")

        lay(tmp_path, self.OLD)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", fail)
            message = refused(tmp_path, Change("a", b"new", ANY), Change("n/b", b"new"))
        assert message == f"cannot write '{tmp_path}/a': input/output error; nothing was changed"
        assert held(tmp_path) == self.OLD

    def test_a_change_that_cannot_be_undone_at_once_is_undone_later(self, tmp_path: Path) -> None:
        lay(tmp_path, self.OLD)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "unlink", lambda *_, **__: (_ for _ in ()).throw(OSError(errno.EIO, "broken")))
            message = refused(tmp_path, Change("a", b"new", ANY), check=lambda: (tmp_path / "a").write_bytes(b"x"))
        assert message.endswith(
            "nothing was changed, but temporary files are left, which the next run takes away: run again"
        )
        assert recover(str(tmp_path)) == (f"took away the temporary files of an interrupted run in '{tmp_path}'",)
        assert held(tmp_path) == {**self.OLD, "a": b"x"}
        assert recover(str(tmp_path)) == ()


NURSERY = """
import errno, os, random, signal, sys, time
from validator.writing import ANY, Change, apply, recover, unfinished
root, kills, how = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.fsync = lambda fd: None  # a killed process, unlike a power cut, does not lose what it has written
NAMES = ["a", "b", "sub/c", "sub/deep/d", "sub/deep/e"]


def changes(generation):
    body = b"%d\\n" % generation
    for number, name in enumerate(NAMES):
        yield Change(name, [body] + [body * 100] * (10 * number), ANY)
    yield Change("odd/only", body if generation % 2 else None, ANY)


def look():
    generations = set()
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), root)
            found.append(path)
            lines = open(os.path.join(folder, name), "rb").read().split(b"\\n")
            assert lines.pop() == b"" and len(set(lines)) == 1, path
            assert len(lines) == (1 + 1000 * NAMES.index(path) if path in NAMES else 1), path
            generations.add(int(lines[0]))
    assert len(generations) == 1, generations
    (generation,) = generations
    assert sorted(found) == sorted(NAMES + ["odd/only"] * (generation % 2)), found
    return generation


apply(root, changes(0))
generation = undone = finished = 0
start = time.perf_counter()
for _ in range(5):
    apply(root, changes(0))
usual = (time.perf_counter() - start) / 5
for _ in range(kills):
    ready, begun = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(begun, b"x")  # only now does it hear signals
            while True:
                generation += 1
                apply(root, changes(generation))
        except KeyboardInterrupt:
            os._exit(0)
    os.read(ready, 1)
    os.close(ready)
    os.close(begun)
    time.sleep(random.uniform(0, 2 * usual))
    os.kill(child, how)
    os.waitpid(child, 0)
    if how == signal.SIGINT:
        assert unfinished(root) is None
    for note in recover(root):
        undone += note.startswith("took away")
        finished += note.startswith("finished")
    now = look()
    assert now >= generation
    generation = now
print(undone, finished)
"""
"""A process whose children write the same files again and again until they are killed."""


@on_posix
class TestKilled:
    def test_by_force_at_any_moment(self, fast: Path) -> None:
        run = python(NURSERY, fast / "root", 550, int(signal.SIGKILL))
        assert run.returncode == 0, run.stderr
        undone, finished = map(int, run.stdout.split())
        assert undone, "a run that was killed before its commit"
        assert finished, "and one that was killed behind it"

    def test_by_the_user_at_any_moment(self, fast: Path) -> None:
        """Ctrl-C leaves nothing for the next run to do."""
        run = python(NURSERY, fast / "root", 100, int(signal.SIGINT))
        assert run.returncode == 0, run.stderr


def waiting(root: Path, *names: str) -> subprocess.Popen[str]:
    """A process in the middle of writing; it goes on when it is told to."""
    program = """
import sys
from validator.writing import ANY, Change, apply
def pieces():
    yield b"half "
    print("waiting", flush=True)
    sys.stdin.readline()
    yield b"whole"
apply(sys.argv[1], [Change(name, pieces(), ANY) for name in sys.argv[2:]])
print("done")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(root), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    return process


class TestTwoRuns:
    def test_the_second_says_so_and_writes_nothing(self, tmp_path: Path) -> None:
        first = waiting(tmp_path, "a")
        try:
            assert refused(tmp_path, Change("b", b"")) == (
                f"another run is writing in '{tmp_path}'; nothing was changed: wait until it is done"
            )
            with pytest.raises(WriteError, match="another run is writing"):
                recover(str(tmp_path))
            assert writing.unfinished(str(tmp_path)) == str(tmp_path / ".validate-journal")
            said, _ = first.communicate("\n")
        finally:
            first.kill()
        assert said == "done\n"
        assert held(tmp_path) == {"a": b"half whole"}

    @pytest.mark.parametrize(("one", "other"), [("", "x/y"), ("x/y", "")])
    def test_also_in_a_folder_above_or_below(self, tmp_path: Path, one: str, other: str) -> None:
        lay(tmp_path, {"x/y/a": b"", "z": b""})
        first = waiting(tmp_path / one, "x/y/a" if not one else "a")
        try:
            assert "another run is writing" in refused(tmp_path / other, Change("a" if other else "x/y/a", b"", ANY))
        finally:
            first.communicate("\n")
        assert held(tmp_path) == {"x/y/a": b"half whole", "z": b""}

    def test_folders_side_by_side_do_not_disturb_each_other(self, tmp_path: Path) -> None:
        first = waiting(tmp_path / "x", "a")
        apply(str(tmp_path / "y"), [Change("a", b"")])
        first.communicate("\n")
        assert held(tmp_path) == {"x/a": b"half whole", "y/a": b""}

    def test_no_change_is_lost_among_many(self, fast: Path) -> None:
        """Processes count in one file; whoever has read an old number has to read again."""
        program = """
import sys, hashlib
from validator.writing import Change, WriteError, apply
root, times = sys.argv[1], int(sys.argv[2])
while times:
    data = open(root + "/count", "rb").read()
    number = b"%d" % (int(data) + 1)
    try:
        apply(root, [Change("count", number, hashlib.sha256(data).hexdigest()), Change("n/" + number.decode(), b"")])
    except WriteError:
        continue
    times -= 1
"""
        lay(fast, {"count": b"0"})
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", program, str(fast), "20"]
        processes = [subprocess.Popen(command, env=environment) for _ in range(5)]
        assert [process.wait(60) for process in processes] == [0] * 5
        assert held(fast) == {"count": b"100", **{f"n/{number}": b"" for number in range(1, 101)}}

    def test_a_journal_that_the_first_removes_while_the_second_opens_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A lock counts only on the file that everybody else will find."""
        path = tmp_path / ".validate-journal"
        lock, others = journal._lock, iter([path.unlink])

        def late(fd: int) -> bool | None:
            next(others, lambda: None)()
            return lock(fd)

        path.touch()
        monkeypatch.setattr(journal, "_lock", late)
        apply(str(tmp_path), [Change("a", b"1")], lambda: path.stat())
        assert held(tmp_path) == {"a": b"1"}

    @on_posix
    def test_a_file_system_without_locks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import fcntl

        def unsupported(*_: object) -> None:
            raise OSError(errno.ENOLCK, "no locks available")

        monkeypatch.setattr(fcntl, "flock", unsupported)
        apply(str(tmp_path), [Change("a", b"1")])
        (tmp_path / ".validate-journal").touch()
        assert refused(tmp_path, Change("b", b"")) == (
            f"another run is writing in '{tmp_path}'; nothing was changed: wait until it is done, "
            f"or delete '{tmp_path}/.validate-journal' if no other run is at work"
        )


@on_posix
class TestCtrlC:
    def test_in_the_middle_of_a_file(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        process = waiting(tmp_path, "a", "new/b")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
        assert process.returncode == -signal.SIGINT
        assert said.endswith("KeyboardInterrupt\n")
        assert held(tmp_path) == {"a": b"old"}


class TestNoRoom:
    """A disk that is full, a limit, a folder that is read-only: one line, and nothing is touched."""

    @on_posix
    def test_a_limit_on_the_size_of_files(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        run = python(ONE_CHANGE, tmp_path, 100_000, "b", "a", before=["sh", "-c", 'ulimit -f 64; exec "$@"', "sh"])
        assert run.returncode == 2, run.stderr
        assert run.stdout == (
            f"cannot write '{tmp_path}/b': file too large; nothing was changed: "
            "raise the limit on the size of files (ulimit -f) and run again\n"
        )
        assert held(tmp_path) == {"a": b"old"}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ("size=96k", "no space left on device; nothing was changed: make room and run again"),
            ("size=96k,nr_inodes=3", "no space left on device; nothing was changed: make room and run again"),
            ("ro", "read-only file system; nothing was changed: make the file system writable and run again"),
        ],
    )
    @on_linux
    def test_a_disk_that_is_full_or_read_only(self, tmp_path: Path, options: str, message: str) -> None:
        script = f"""
mount -t tmpfs -o size=96k none "$0" || exit 77
printf old > "$0/a"
mount -o remount,{options} "$0" || exit 77
"$@"
echo $?
ls -A "$0"
cat "$0/a"
"""
        mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(tmp_path)]
        if (
            shutil.which("unshare") is None
            or (run := python(ONE_CHANGE, tmp_path, 100_000, "b", "a", before=mounted)).returncode == 77
        ):
            pytest.skip("file systems cannot be mounted here")
        said, *rest = run.stdout.splitlines()
        assert said.startswith(f"cannot write '{tmp_path}")
        assert said.endswith(message), run
        assert rest == ["2", "a", "old"]

    @as_root
    def test_a_folder_that_may_not_be_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            lay(Path(folder), {"a": b"old"})
            run = python(AS_NOBODY + ONE_CHANGE, folder, 1000, "a")
            assert run.stdout == (
                f"cannot write '{folder}': permission denied; nothing was changed: "
                "check the permissions of the file and of its folder\n"
            )
            assert held(Path(folder)) == {"a": b"old"}

    @as_root
    def test_a_file_of_somebody_else_where_that_counts(self) -> None:
        """In a folder like /tmp everybody may add files, and only their owners may replace them."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o1777)
            lay(Path(folder), {"a": b"old"})
            run = python(AS_NOBODY + ONE_CHANGE, folder, 1000, "b", "a")
            assert "it belongs to somebody else" in run.stdout
            assert held(Path(folder)) == {"a": b"old"}

    @on_linux
    def test_a_file_that_may_not_be_replaced(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old", "b": b"old"})
        if (
            shutil.which("chattr") is None
            or subprocess.run(["chattr", "+i", tmp_path / "b"], capture_output=True).returncode
        ):
            pytest.skip("files cannot be made immutable here")
        try:
            message = refused(tmp_path, Change("a", b"new", ANY), Change("b", b"new", ANY))
        finally:
            subprocess.run(["chattr", "-i", tmp_path / "b"], check=True)
        assert message.startswith(f"cannot write '{tmp_path}/b': operation not permitted; nothing was changed")
        assert held(tmp_path) == {"a": b"old", "b": b"old"}


def left(root: Path, *changes: Change, at: str = "commit") -> None:
    """Leave what a run leaves that is killed behind its plan or behind its commit."""

    def die(*_: object, **__: object) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "unlink", "ftruncate", "rmdir"):
            patch.setattr(os, name, die)
        with pytest.raises(Crash):
            apply(str(root), changes, check=die if at == "plan" else None)


class TestRecovery:
    def test_before_the_commit_it_is_undone(self, tmp_path: Path) -> None:
        left(tmp_path / "x" / "y", Change("a", b"1"), Change("b/c", b"2"), at="plan")
        assert len(held(tmp_path)) == 3
        (note,) = recover(str(tmp_path / "x" / "y"))
        assert note.startswith("took away")
        assert held(tmp_path) == {}

    def test_behind_the_commit_it_is_finished(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old", "gone": b""})
        left(tmp_path, Change("a", b"new", ANY), Change("b/c", b"2"), Change("gone", None, ANY))
        assert recover(str(tmp_path)) == (
            f"finished what an interrupted run had begun to write in '{tmp_path}': 3 files",
        )
        assert held(tmp_path) == {"a": b"new", "b/c": b"2"}

    def test_a_change_that_changes_nothing(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"same"})
        left(tmp_path, Change("a", b"same", ANY))
        recover(str(tmp_path))
        assert held(tmp_path) == {"a": b"same"}

    @pytest.mark.parametrize("root", ["", "x", "x/y"])
    def test_the_next_change_begins_with_it(self, tmp_path: Path, root: str) -> None:
        """In the same folder, above it or below it."""
        lay(tmp_path, {"x/y/a": b"old"})
        left(tmp_path / "x", Change("y/a", b"new", ANY))
        done = apply(str(tmp_path / root), [Change("x/y/b".removeprefix(root).lstrip("/"), b"1")])
        assert [note[:8] for note in done.notes] == ["finished"]
        assert held(tmp_path) == {"x/y/a": b"new", "x/y/b": b"1"}

    def test_what_was_read_before_it_is_not_trusted(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        left(tmp_path, Change("a", b"new", ANY))
        assert "has changed since it was read" in refused(tmp_path, Change("a", b"newer", digest(b"old")))
        assert held(tmp_path) == {"a": b"new"}

    @pytest.mark.parametrize("name", ["a", "b"])
    def test_what_somebody_changed_since_is_not_overwritten(self, tmp_path: Path, name: str) -> None:
        lay(tmp_path, {"a": b"old"})
        left(tmp_path, Change("a", b"new", ANY), Change("b", b"new"))
        (tmp_path / name).write_bytes(b"precious")
        before = held(tmp_path)
        with pytest.raises(WriteError) as caught:
            recover(str(tmp_path))
        assert str(caught.value) == (
            f"an interrupted run was about to write '{tmp_path}/{name}', and it was changed since; "
            "nothing was changed: make sure that the files are as you want them, "
            f"then delete '{tmp_path}/.validate-journal' and every '.validate-*.tmp'"
        )
        assert refused(tmp_path, Change("c", b"")) == str(caught.value)
        assert held(tmp_path) == before

    def test_a_new_content_that_is_lost(self, tmp_path: Path) -> None:
        left(tmp_path, Change("a", b"new"), Change("b", b"new"))
        next(tmp_path.glob(".validate-*-1.tmp")).write_bytes(b"ne")
        with pytest.raises(WriteError, match=r"write '.*/b', and its new content is lost; nothing was changed"):
            recover(str(tmp_path))
        assert not (tmp_path / "a").exists()

    def test_a_journal_cut_anywhere(self, fast: Path) -> None:
        lay(fast, {"a": b"old"})
        left(fast, Change("a", b"new", ANY))
        whole = (fast / ".validate-journal").read_bytes()
        planned = whole.index(b"\n") + 1
        shutil.copytree(fast, fast / "kept")
        for length in range(len(whole) + 1):
            root = fast / str(length)
            shutil.copytree(fast / "kept", root)
            os.truncate(root / ".validate-journal", length)
            recover(str(root))
            found = {name: content for name, content in held(root).items() if not name.endswith(".tmp")}
            assert found == {"a": b"new" if length == len(whole) else b"old"}
            assert length < planned or len(held(root)) == 1

    def test_a_journal_that_is_damaged(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a": b"old"})
        left(tmp_path, Change("a", b"new", ANY))
        path = tmp_path / ".validate-journal"
        whole = path.read_bytes()
        for at in range(0, len(whole) - 1, 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            before = held(tmp_path)
            with pytest.raises(WriteError, match="is damaged or of another version; nothing was changed"):
                recover(str(tmp_path))
            assert held(tmp_path) == before

    @pytest.mark.parametrize(
        "plan",
        [
            [1, "t", [["../victim", None]], [], 0],
            [1, "t", [["/victim", None]], [], 0],
            [1, "t", [[".git/config", None]], [], 0],
            [1, "../t", [["a", None]], [], 0],
            [1, "t", [], ["../victim"], 0],
            [1, "t", [["a"]], [], 0],
            [1, "t", [["a", 1]], [], 0],
            [2, "t", [], [], 0],
            [],
            None,
            "[" * 100_000,
        ],
    )
    def test_a_journal_that_a_stranger_has_written(self, tmp_path: Path, plan: object) -> None:
        lay(tmp_path, {"victim": b"precious", ".git/config": b"precious", "root/a": b""})
        line = plan.encode() if isinstance(plan, str) else json.dumps(plan).encode()
        sealed = digest(line).encode() + b" " + line + b"\n"
        (tmp_path / "root" / ".validate-journal").write_bytes(sealed)
        before = held(tmp_path)
        with pytest.raises(WriteError, match="is damaged or of another version"):
            recover(str(tmp_path / "root"))
        assert held(tmp_path) == before

    @as_root
    def test_a_journal_of_another_user(self, tmp_path: Path) -> None:
        lay(tmp_path, {"sub/a": b"old"})
        left(tmp_path, Change("sub/a", b"new", ANY))
        os.chown(tmp_path / ".validate-journal", 65534, 65534)
        assert "was not left by a run of yours" in refused(tmp_path, Change("b", b""))
        apply(str(tmp_path / "sub"), [Change("b", b"")])
        assert (tmp_path / "sub" / "a").read_bytes() == b"old"

    @on_posix
    @pytest.mark.parametrize("kind", ["link", "hard link", "folder", "pipe"])
    @pytest.mark.parametrize("content", [b"", b"precious", b"precious\n"])
    def test_a_journal_that_is_none(self, tmp_path: Path, kind: str, content: bytes) -> None:
        lay(tmp_path, {"victim": content, "root/a": b""})
        path = tmp_path / "root" / ".validate-journal"
        if kind == "link":
            path.symlink_to(tmp_path / "victim")
        elif kind == "hard link":
            os.link(tmp_path / "victim", path)
        elif kind == "folder":
            path.mkdir()
        else:
            os.mkfifo(path)
        assert refused(tmp_path / "root", Change("b", b"")).count("; nothing was changed") == 1
        assert path.exists()
        assert (tmp_path / "victim").read_bytes() == content
        assert not (tmp_path / "root" / "b").exists()

    def test_where_there_is_nothing_to_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path, {"a": b""})
        monkeypatch.chdir(tmp_path)
        for root in (str(tmp_path), ".", "", "a", "none/at/all", str(tmp_path / "a")):
            assert recover(root) == ()
            assert writing.unfinished(root) is None
        (tmp_path / ".validate-journal").touch()
        assert recover(".") == ()
        assert held(tmp_path) == {"a": b""}


def test_a_journal_is_no_part_of_a_collection(tmp_path: Path) -> None:
    from validator.model import Options
    from validator.trees import Folder

    left(tmp_path, Change("a", b"new"), Change("b/c", b"new"))
    assert journal.NAME in held(tmp_path)
    assert list(Folder(str(tmp_path)).walk(Options())) == []
