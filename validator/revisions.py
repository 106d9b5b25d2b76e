"""Where files come from when a git revision is named: its tree, read from the repository without a checkout.

``REV:path`` is spelled as for ``git show``: the path begins at the top of the repository, or, with ``./``
or ``../``, at the working folder; ``REV:`` is all of the revision, ``:path`` a staged file.

A clean checkout of a tree and the tree itself are the same documents, for as long as git converts none
of them on the way (line ends; large files that are kept elsewhere, of which a revision holds the
pointers). So names that begin with a dot are left out, and a link counts as a document only where it
leads to one. A submodule is none.

What is staged is a tree, too: ``Staged`` holds what the next commit will. It obeys ``GIT_INDEX_FILE``, which
git sets for a hook where the commit takes only some of the files.

Blobs come one by one out of a single ``git cat-file``. Nothing is fetched from elsewhere, and nothing
that a repository names is run.
"""

from __future__ import annotations

import errno
import os
import posixpath

from validator.model import TYPE_CHECKING, Options, UsageError
from validator.trees import Found, Odd, excluded, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from subprocess import Popen
    from typing import IO

    from validator.trees import Source

_IN_MEMORY = 1 << 23
"""Bytes of a blob that is read at once; a larger one is read as it is asked for."""
_PIECE = 1 << 20
_FILE, _LINK, _SUBMODULE = b"100", b"120", b"160"
"""How the modes of files, symbolic links and submodules begin."""
_CONFLICT = b"conflict"
"""Stands for the mode of what is staged in several versions."""


def is_spelled(path: str) -> bool:
    r"""Whether a path is spelled like ``REV:path``, which ``C:\x`` and ``C:/x`` are not."""
    on_drive = path[:1].isalpha() and path[1:3] in (":\\", ":/")
    return ":" in path and not on_drive


class Revision:
    """The tree, or the one file, that ``REV:path`` names. Raises ``UsageError`` where it names none.

    Close it when its files have been read.
    """

    def __init__(self, spelled: str) -> None:
        self._objects = _Objects()
        self._files: dict[str, bytes] = {}  # object names of what was walked past
        self._object, self.is_folder = _resolved(spelled)
        path = spelled[len(_revision(spelled)) + 1 :]
        self.path = spelled.rstrip("/") if path.strip("/") else spelled
        self._name = path.rpartition("/")[2]

    def walk(self, options: Options) -> Iterator[Found]:
        """Every file once, in order of name, folder by folder."""
        if not self.is_folder:
            self._files[self._name] = self._object
            yield Found(self._name)
            return
        entries = {name: entry for name, entry in self._entries() if not _left_out(name, options)}
        blobs = {name: blob for name, (mode, blob) in entries.items() if mode.startswith(_FILE)}
        self._files = dict(blobs)
        odd = self._follow([name for name, (mode, _) in entries.items() if mode.startswith(_LINK)])
        for name, (mode, _) in entries.items():
            if mode.startswith(_SUBMODULE):
                odd[name] = Odd("special", "a submodule, which is a repository of its own")
        for name in sorted(entries, key=lambda name: _bytes(name).split(b"/")):
            yield Found(name, odd.get(name))

    def open(self, name: str) -> Source:
        return _Blob(self._objects, self._files[name])

    def shown(self, name: str) -> str:
        if not self.is_folder or not name:
            return self.path
        return self.path + name if self.path.endswith((":", "/")) else f"{self.path}/{name}"

    def close(self) -> None:
        """Let go of git."""
        self._objects.close()

    def _entries(self) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
        """Names with mode and object."""
        listed = _git("ls-tree", "-r", "-z", "--full-tree", self._object.decode())
        for entry in listed.split(b"\0"):
            described, _, name = entry.partition(b"\t")
            if name:
                mode, _, blob = described.split(b" ")
                yield _text(name), (mode, blob)

    def _follow(self, links: list[str]) -> dict[str, Odd]:
        """See where links lead; one that leads to a document is taken for it, of all others say why not."""
        asked = [name for name in links if "\n" not in name]
        odd = {name: Odd("link", "it has a line end in its name") for name in links if "\n" in name}
        documents = set(self._files.values())
        answers = _look_up([self._object + b":" + _bytes(name) for name in asked])
        for name, (kind, found) in zip(asked, answers, strict=True):
            if kind == "blob" and found in documents:
                self._files[name] = found
            elif kind == "symlink":
                odd[name] = Odd("link", f"it leads out of the collection, to {_text(found)!r}")
            else:
                odd[name] = Odd("link", _ASTRAY.get(kind, "it leads to something that is no document"))
        return odd


class Staged:
    """What git has staged of a folder or a file, as the next commit will hold it. Raises ``UsageError``.

    Files keep the names that they have on the disk. Close it when its files have been read.
    """

    def __init__(self, path: str) -> None:
        self.path = _slashes(path).removeprefix("./").rstrip("/") or "."
        here = os.path.relpath(path)
        self._prefix = "" if here == "." else _slashes(here) + "/"
        self._objects = _Objects()
        self._listed = dict(self._entries(here))
        self.is_folder = os.path.isdir(path) or not os.path.lexists(path)
        self._files: dict[str, bytes] = {}

    def walk(self, options: Options) -> Iterator[Found]:
        """Every file once, in order of name, folder by folder."""
        entries = {name: entry for name, entry in self._listed.items() if not _left_out(name, options)}
        self._files = {name: blob for name, (mode, blob) in entries.items() if mode.startswith(_FILE)}
        documents = dict(self._files)
        for name in sorted(entries, key=lambda name: _bytes(name).split(b"/")):
            mode, blob = entries[name]
            odd = None
            if mode == _CONFLICT:
                odd = Odd("unreadable", "it is in conflict, so nothing of it can be committed")
            elif mode.startswith(_SUBMODULE):
                odd = Odd("special", "a submodule, which is a repository of its own")
            elif mode.startswith(_LINK):
                odd = self._follow(name, blob, documents)
            yield Found(name, odd)

    def open(self, name: str) -> Source:
        return _Blob(self._objects, self._files[name])

    def shown(self, name: str) -> str:
        return self.path if not name or not self.is_folder else name if self.path == "." else f"{self.path}/{name}"

    def close(self) -> None:
        """Let go of git."""
        self._objects.close()

    def _entries(self, here: str) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
        """Names with mode and object; a file that is only announced (``git add -N``) is not committed."""
        announced = set(
            _git("diff-files", "--diff-filter=A", "--name-only", "--relative", "-z", "--", here).split(b"\0")
        )
        listed = _git("ls-files", "--stage", "-z", "--", here)
        for entry in listed.split(b"\0"):
            described, _, path = entry.partition(b"\t")
            if path and path not in announced:
                mode, blob, stage = described.split(b" ")
                name = _text(path).removeprefix(self._prefix) if self._prefix[:-1] != _text(path) else _last(path)
                yield name, (mode if stage == b"0" else _CONFLICT, blob)

    def _follow(self, name: str, blob: bytes, documents: dict[str, bytes]) -> Odd | None:
        """Take a link for the staged document that it leads to, or say why it leads to none."""
        target = _text(self._objects.take(self._objects.ask(blob)))
        led = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if led not in documents:
            return Odd("link", f"it leads to {target!r}, which is no staged document of the collection")
        self._files[name] = documents[led]
        return None


def changed_since(path: str, revision: str, staged: bool = False) -> frozenset[str]:
    """The files below a folder, by relative name, that are not what they were where the history went on from
    ``revision``; of a path that is a file itself, the empty name. Raises ``UsageError``.

    What git does not know yet counts as changed; with ``staged`` only what is staged counts.
    """
    if revision.startswith("-") or "\n" in revision or "\0" in revision:
        raise UsageError(f"--since: {revision!r} is no git revision")
    here, folder = os.path.relpath(path), ""
    if here.startswith(os.pardir):  # git speaks only of what is below the folder in which it runs
        folder, here = (path, ".") if os.path.isdir(path) else os.path.split(path)
    base = _common(revision, folder)
    listing = ("--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z")
    found = _git("diff", *(("--cached",) if staged else ()), *listing, base, "--", here, folder=folder)
    if not staged:
        found += _git("ls-files", "--others", "--exclude-standard", "-z", "--", here, folder=folder)
    within = "" if here == "." else _slashes(here) + "/"
    names = [_text(name) for name in found.split(b"\0") if name]
    return frozenset("" if name + "/" == within else name.removeprefix(within) for name in names)


def _common(revision: str, folder: str) -> str:
    """The commit from which the history of ``HEAD`` and that of a revision went on, or else the revision."""
    try:
        return _git("merge-base", revision, "HEAD", folder=folder).strip().decode()
    except UsageError:
        pass
    try:
        return _git("rev-parse", "--verify", f"{revision}^{{commit}}", folder=folder).strip().decode()
    except UsageError as error:
        raise UsageError(f"--since: git has no revision {revision!r} here; fetch it, with its history") from error


def _last(path: bytes) -> str:
    return _text(path.rpartition(b"/")[2])


_ASTRAY = {
    "tree": "it leads to a folder",
    "blob": "it leads to something that is not part of the collection",
    "dangling": "its target does not exist",
    "notdir": "its target does not exist",
    "loop": "it leads back to itself",
}


class _Objects:
    """What one ``git cat-file`` gives, a blob after the other."""

    def __init__(self) -> None:
        self._process: Popen[bytes] | None = None
        self._left = 0  # bytes of the last answer that are still to come, with the line end behind it
        self.asked = 0

    def ask(self, blob: bytes) -> int:
        """Have a blob sent; return its size. What is left of the one before is passed over."""
        self.skip(self._left)
        self.asked += 1
        answer = self._answer(blob).split()
        if len(answer) == 3 and answer[1] == b"blob":
            self._left = int(answer[2]) + 1
            return self._left - 1
        if answer and answer[-1] == b"missing":
            raise OSError(errno.ENOENT, "its content is not in this repository: fetch it first")
        raise self._failure()

    def take(self, size: int) -> bytes:
        """The next bytes of the blob."""
        assert self._process is not None
        assert self._process.stdout is not None
        data = self._process.stdout.read(size)
        self._left -= len(data)
        if len(data) < size:
            raise self._failure()
        return data

    def skip(self, size: int) -> None:
        """Pass over the next bytes of the blob."""
        while size:
            size -= len(self.take(min(size, _PIECE)))

    def close(self) -> None:
        process, self._process, self._left = self._process, None, 0
        self.asked += 1  # nobody can go on reading
        if process is not None:
            process.kill()
            process.communicate()

    def _answer(self, blob: bytes) -> bytes:
        if self._process is None:
            from subprocess import DEVNULL

            self._process = _start("cat-file", "--batch", errors=DEVNULL)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(blob + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return b""
        return self._process.stdout.readline()

    def _failure(self) -> OSError:
        """Why git stopped; it is started again for the next blob."""
        self.close()
        return OSError(errno.EIO, "git cannot read its content; `git fsck` may tell why")


class _Blob:
    """A blob, open for reading.

    A large one comes straight from git as long as reading goes forward. Once it does not, the blob is
    put into a temporary file.
    """

    def __init__(self, objects: _Objects, blob: bytes) -> None:
        self._objects = objects
        self._blob = blob
        self.size = objects.ask(blob)
        self._turn = objects.asked
        self._at = 0  # how much of it has been taken
        self._data = objects.take(self.size) if self.size <= _IN_MEMORY else None
        self._file: IO[bytes] | None = None

    def read(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        if self._data is not None or start >= end:
            return (self._data or b"")[start:end]
        if self._file is None and start >= self._at and self._turn == self._objects.asked:
            self._objects.skip(start - self._at)
            data = self._objects.take(end - start)
            self._at = end
            return data
        if self._file is None:
            self._file = self._copied()
        self._file.seek(start)
        return self._file.read(end - start)

    def _copied(self) -> IO[bytes]:
        from tempfile import TemporaryFile

        file = TemporaryFile()  # noqa: SIM115
        try:
            left = self._objects.ask(self._blob)
            while left:
                left -= file.write(self._objects.take(min(left, _PIECE)))
        except OSError:
            file.close()
            raise
        return file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _resolved(spelled: str) -> tuple[bytes, bool]:
    """The object that is named, and whether it is a folder. Raises ``UsageError``."""
    revision = _revision(spelled)
    if "\n" in spelled:
        raise UsageError(f"git cannot be asked for {spelled!r}, which holds a line end")
    try:
        (kind, found), (known, _) = _look_up([_bytes(spelled), _bytes(revision)])
    except UnicodeEncodeError as error:
        raise UsageError(f"git cannot be asked for {spelled!r}, which cannot be written in UTF-8") from error
    except UsageError as error:
        raise UsageError(f"no such file or folder: {spelled!r}; and as a git revision: {error}") from error
    if kind in ("blob", "tree"):
        return found, kind == "tree"
    if kind in ("commit", "tag"):
        raise UsageError(f"{spelled!r} names a commit and not its files: write REV:path, or REV: for all of them")
    if "ambiguous" in (kind, known):
        raise UsageError(f"{revision!r} may mean several revisions: write more of it")
    if kind == "missing" and not revision:
        raise UsageError(f"no file {spelled[1:]!r} is staged; for a folder write HEAD:{spelled[1:]}")
    if kind == "missing" and known == "missing":
        raise UsageError(f"there is neither a file {spelled!r} nor a git revision {revision!r}; see `git log`")
    path = spelled[len(revision) + 1 :]
    raise UsageError(
        f"there is no {path!r} in {revision!r}; a path begins at the top of the repository, or with ./ at this folder"
    )


def _revision(spelled: str) -> str:
    """What stands before the colon that separates a revision from a path; colons in braces do not."""
    depth = 0
    for at, character in enumerate(spelled):
        depth += (character == "{") - (character == "}")
        if character == ":" and depth <= 0:
            return spelled[:at]
    return spelled


def _look_up(names: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """What is called so, in the same order: its type and object name, links followed.

    Of a link that leads nowhere, the kind is ``symlink`` (out of the tree, with the target), ``dangling``,
    ``loop`` or ``notdir``; of a name that means nothing it is ``missing``, of one that means several things
    ``ambiguous``.
    """
    asked = b"".join(name + b"\n" for name in names)
    answers, at = _git("cat-file", "--batch-check", "--follow-symlinks", asked=asked) if asked else b"", 0
    found = []
    while at < len(answers):
        line = answers[at : answers.index(b"\n", at)]
        at += len(line) + 1
        words = line.split(b" ")
        if len(words) == 3 and words[2].isdigit():
            found.append((words[1].decode(), words[0]))
        elif len(words) == 2 and words[1].isdigit():
            end = at + int(words[1])
            found.append((words[0].decode(), answers[at:end]))
            at = end + 1
        else:
            found.append((words[-1].decode(), b""))
    return found


def _git(*arguments: str, asked: bytes = b"", folder: str = "") -> bytes:
    """What git writes, run in a folder. Raises ``UsageError`` where it fails."""
    from subprocess import PIPE

    process = _start(*(("-C", folder) if folder else ()), *arguments, errors=PIPE)
    answer, said = process.communicate(asked)
    if process.returncode == 0:
        return answer
    if b"not a git repository" in said:
        raise UsageError("this folder belongs to no repository, so run it in one that has the revision")
    first = _text(said.strip().partition(b"\n")[0]) or f"it ended with {process.returncode}"
    raise UsageError(f"git cannot read its repository: {first}")


def _start(*arguments: str, errors: int) -> Popen[bytes]:
    """Start git; its messages are in English, and it fetches nothing. Raises ``UsageError``."""
    from subprocess import PIPE, Popen

    environment = {**os.environ, "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        command = ["git", "-c", "core.fsmonitor=false", *arguments]
        return Popen(command, stdin=PIPE, stdout=PIPE, stderr=errors, bufsize=1 << 16, env=environment)
    except FileNotFoundError as error:
        raise UsageError("git is not installed, so install it first") from error
    except OSError as error:
        raise UsageError(f"git cannot be run: {reason(error)}") from error


def _left_out(name: str, options: Options) -> bool:
    return name.startswith(".") or "/." in name or (bool(options.exclude) and excluded(name, options))


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
