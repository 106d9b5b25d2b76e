"""Where files come from: a folder, a single file, or bytes in memory.

Only this module touches a disk to read a collection. Symbolic links are not followed, but for a link
to a regular file of the same collection. Files are opened without following links and without
waiting (a FIFO would block for ever), must be regular, and are looked at before and after reading.
"""

from __future__ import annotations

import errno
import os
import stat

from validator.model import TYPE_CHECKING, Options, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol, TypeAlias

    class Source(Protocol):
        """One file of a tree, open for reading."""

        size: int

        def read(self, start: int, end: int) -> bytes:
            """The bytes of a range. Raises ``OSError``."""

        def close(self) -> None:
            """Let go of the file. Raises ``Changed`` if it is not what it was when it was opened."""

    class Tree(Protocol):
        """Files by name; names are relative and use ``/``."""

        is_folder: bool
        path: str

        def walk(self, options: Options) -> Iterator[Found]:
            """Every file, in order of name."""

        def open(self, name: str) -> Source:
            """Open a file. Raises ``OSError``."""

        def shown(self, name: str) -> str:
            """The name as the user would write it."""

    Contents: TypeAlias = Mapping[str, "bytes | Odd"]

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Changed(Exception):
    """A file changed while it was being read."""


@value
class Odd:
    """Why a file is no document: a problem's kind (see ``model.Problem``) and, in words, its detail."""

    kind: str
    detail: str = ""


@value
class Found:
    """A file of a tree by its relative name; ``odd`` where it cannot be a document."""

    name: str
    odd: Odd | None = None


class Memory:
    """A tree of bytes: for standard input, for libraries and for trying rules."""

    def __init__(self, contents: Contents, path: str = "", is_folder: bool = True) -> None:
        self.is_folder = is_folder
        self.path = path
        self._contents = contents

    def walk(self, options: Options) -> Iterator[Found]:
        for name, content in sorted(self._contents.items()):
            if not excluded(name, options):
                yield Found(name, content if isinstance(content, Odd) else None)

    def open(self, name: str) -> Source:
        content = self._contents[name]
        assert isinstance(content, bytes), name
        return _Bytes(content)

    def shown(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    def read(self, start: int, end: int) -> bytes:
        return self._data[start:end]

    def close(self) -> None:
        pass


class File:
    """A tree that is one file."""

    is_folder = False

    def __init__(self, path: str) -> None:
        self.path = path

    def walk(self, options: Options) -> Iterator[Found]:
        yield Found(os.path.basename(self.path))

    def open(self, name: str) -> Source:
        return _Opened(os.path.realpath(self.path))

    def shown(self, name: str) -> str:
        return _slashes(self.path)


class Folder:
    """A tree on disk, without dot-files and without ``ignored``, the relative names that git ignores."""

    is_folder = True

    def __init__(self, path: str, ignored: frozenset[str] = frozenset()) -> None:
        self.path = path
        self._ignored = ignored
        self._links: set[str] = set()

    def walk(self, options: Options) -> Iterator[Found]:
        """In order of name, without recursion: a tree may be deeper than Python's stack."""
        waiting: list[tuple[str, os.DirEntry[str] | None]] = [("", None)]
        while waiting:
            name, entry = waiting.pop()
            if entry is not None and not entry.is_dir(follow_symlinks=False):
                yield Found(name, None if entry.is_file(follow_symlinks=False) else self._odd(name))
                continue
            try:
                with os.scandir(os.path.join(self.path, name)) as listing:
                    inside = sorted(listing, key=lambda child: child.name, reverse=True)
            except OSError as error:
                yield Found(name, Odd("unreadable", reason(error)))
                continue
            for child in inside:
                below = f"{name}/{child.name}" if name else child.name
                if not (child.name.startswith(".") or below in self._ignored or excluded(below, options)):
                    waiting.append((below, child))

    def _odd(self, name: str) -> Odd | None:
        """What is wrong with something that is neither a regular file nor a folder."""
        path = os.path.join(self.path, name)
        try:
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                return Odd("special", _kind(mode))
            target = os.path.realpath(path, strict=True)
            mode = os.stat(target).st_mode
        except FileNotFoundError:
            return Odd("link", "its target does not exist")
        except OSError as error:
            loops = error.errno == errno.ELOOP
            return Odd("link", "it leads back to itself") if loops else Odd("unreadable", reason(error))
        root = os.path.realpath(self.path)
        if os.path.commonpath([root, target]) != root:
            return Odd("link", "it leads out of the collection")
        if stat.S_ISDIR(mode):
            return Odd("link", "it leads to a folder, whose documents are checked where they are")
        if not stat.S_ISREG(mode):
            return Odd("special", _kind(mode))
        self._links.add(name)
        return None

    def open(self, name: str) -> Source:
        path = os.path.join(self.path, name)
        return _Opened(os.path.realpath(path) if name in self._links else path)

    def shown(self, name: str) -> str:
        return _slashes(os.path.join(self.path, name))


class _Opened:
    """A regular file on disk."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, _FLAGS)
        self._before = os.fstat(self._fd)
        if not stat.S_ISREG(self._before.st_mode):
            os.close(self._fd)
            raise OSError(errno.EINVAL, f"is a {_kind(self._before.st_mode)}")
        self.size = self._before.st_size

    def read(self, start: int, end: int) -> bytes:
        pieces = []
        os.lseek(self._fd, start, os.SEEK_SET)
        while start < end:
            piece = os.read(self._fd, min(end - start, 1 << 26))
            if not piece:
                break
            pieces.append(piece)
            start += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        after = os.fstat(self._fd)
        os.close(self._fd)
        before = self._before
        if (after.st_size, after.st_mtime_ns, after.st_ctime_ns) != (
            before.st_size,
            before.st_mtime_ns,
            before.st_ctime_ns,
        ):
            raise Changed


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFBLK: "block device",
        stat.S_IFCHR: "character device",
    }
    return kinds.get(stat.S_IFMT(mode), "folder" if stat.S_ISDIR(mode) else "special file")


def reason(error: OSError) -> str:
    """What went wrong, in the words of the operating system."""
    return (error.strerror or str(error)).lower()


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path


def excluded(name: str, options: Options) -> bool:
    """Whether the settings leave a name out: a pattern matches the whole name or one part of it."""
    return any(matches(name, pattern) for pattern in options.exclude)


def matches(name: str, pattern: str) -> bool:
    """Whether a shell pattern matches a relative name, its last part, or a folder that it lies in."""
    from fnmatch import fnmatchcase

    pattern = pattern.rstrip("/")
    parts = name.split("/")
    prefixes = ("/".join(parts[: n + 1]) for n in range(len(parts)))
    return any(fnmatchcase(prefix, pattern) for prefix in prefixes) or any(fnmatchcase(part, pattern) for part in parts)


def git_ignored(path: str) -> tuple[frozenset[str], str]:
    """What git ignores below a folder, as relative names, and a note if git could not be asked."""
    here = os.path.realpath(path)
    while not os.path.lexists(os.path.join(here, ".git")):
        here, below = os.path.dirname(here), here
        if here == below:
            return frozenset(), ""
    import subprocess

    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "ls-files",
        "-z",
        "--others",
        "--ignored",
        "--exclude-standard",
        "--directory",
    ]
    environment = {key: content for key, content in os.environ.items() if not key.startswith("GIT_")}
    try:
        run = subprocess.run(
            command, cwd=path, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=True
        )
    except FileNotFoundError:
        return frozenset(), "git is not installed: files that it would ignore are checked too"
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        return frozenset(), "git could not say what it ignores, so nothing is: " + os.fsdecode(
            said.strip().split(b"\n")[0]
        )
    return frozenset(os.fsdecode(name).rstrip("/") for name in run.stdout.split(b"\0") if name), ""
