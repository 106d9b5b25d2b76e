"""Where files come from: a folder, a single file, or bytes in memory.

Only this module touches a disk to read a collection. A symbolic link counts as a document only where
it leads to a regular file of the same collection; no other link is followed. Files are opened without
following links and without waiting (a named pipe would block for ever), must be regular, and are
looked at before and after reading.

Names are relative, use ``/``, and are read as UTF-8 whatever the locale says; a byte that is not UTF-8
becomes a lone surrogate (PEP 383), so that every name can be said and opened.
"""

from __future__ import annotations

import errno
import os
import stat

from validator.model import TYPE_CHECKING, Options, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Protocol, TypeAlias, TypeGuard

    from validator.model import Read

    class Source(Protocol):
        """One file of a tree, open for reading."""

        size: int

        def read(self, start: int, end: int) -> bytes:
            """The bytes of a range, fewer where the file has become shorter. Raises ``OSError``."""

        def close(self) -> None:
            """Let go of the file. Raises ``Changed`` if it is not what it was when it was opened."""

    class Tree(Protocol):
        """Files by name; names are relative and use ``/``."""

        is_folder: bool

        @property
        def path(self) -> str:
            """The tree as the user would write it."""

        def walk(self, options: Options) -> Iterator[Found]:
            """Every file once, in order of name, folder by folder."""

        def open(self, name: str) -> Source:
            """Open a file that was walked past. Raises ``OSError``."""

        def shown(self, name: str) -> str:
            """The name as the user would write it."""

    class Divisible(Tree, Protocol):
        """A tree whose parts can be read by any number of processes, in any order."""

        def narrowed(self, names: Iterable[str]) -> Tree:
            """The same tree, of which no more is known than is needed to open some files; it can be pickled."""

        def stamp(self, name: str) -> tuple[int | str, ...]:
            """What tells whether a file that was walked past has changed. Raises ``OSError``."""

    Stamp: TypeAlias = tuple[int, ...]
    """Size in bytes, times of change of content and of status in nanoseconds, inode, device; or empty."""

    Contents: TypeAlias = Mapping[str, "bytes | Odd"]

_FLAGS = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))
_READ_AT_ONCE = 1 << 30


GUARDED = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
"""What git is told, lest a collection speak for itself: to run nothing that a repository names, and to take no folder
of documents for a repository (git 2.38)."""


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
    """A tree that is one file, which the user named: a link to it is followed wherever it leads."""

    is_folder = False

    def __init__(self, path: str) -> None:
        self.path = _slashes(path)
        self._path = path

    def walk(self, options: Options) -> Iterator[Found]:
        yield Found(_text(os.fsencode(os.path.basename(self._path))))

    def open(self, name: str) -> Source:
        return Opened(os.fsencode(os.path.realpath(self._path)))

    def shown(self, name: str) -> str:
        return self.path


class Folder:
    """A tree on disk, without dot-files and without ``ignored``, the relative names that git ignores."""

    is_folder = True

    def __init__(self, path: str, ignored: frozenset[str] = frozenset()) -> None:
        self._given = path
        self.path = _slashes(path).removeprefix("./").rstrip("/") or ("/" if os.path.isabs(path) else ".")
        self._prefix = "" if self.path == "." else self.path.rstrip("/") + "/"
        self._root = os.path.join(os.path.realpath(os.fsencode(path)), b"")
        self._ignored = ignored
        self._targets: dict[str, bytes] = {}  # of the links that are documents
        self._listed: dict[str, tuple[int, int]] = {}  # the inodes and devices of the folders that were walked

    def walk(self, options: Options) -> Iterator[Found]:
        """Every file once, in order of name, without recursion: a tree may be deeper than Python's stack."""
        waiting: list[tuple[str, os.DirEntry[bytes] | None]] = [("", None)]
        while waiting:
            name, entry = waiting.pop()
            try:
                if entry is None or _is_folder(entry):
                    waiting += self._inside(name, options)
                    continue
                odd = None if entry.is_file(follow_symlinks=False) else self._odd(name, options)
            except OSError as error:
                odd = Odd("unreadable", reason(error))
            yield Found(name, odd)

    def _inside(self, folder: str, options: Options) -> list[tuple[str, os.DirEntry[bytes] | None]]:
        """What belongs to the collection of a folder's content, the last name first."""
        above = f"{folder}/" if folder else ""
        path = self._at(folder)
        self._listed[folder] = _identity(path)
        with os.scandir(path) as listing:
            entries = sorted(listing, key=lambda entry: entry.name, reverse=True)
        named = ((above + _text(entry.name), entry) for entry in entries)
        return [(name, entry) for name, entry in named if not self._left_out(name, options)]

    def _left_out(self, name: str, options: Options) -> bool:
        """Whether something in a folder of the collection is no part of it: hidden, ignored or excluded."""
        hidden = name.startswith(".", name.rfind("/") + 1)
        return hidden or name in self._ignored or (bool(options.exclude) and excluded(name, options))

    def _odd(self, name: str, options: Options) -> Odd | None:
        """What is wrong with something that is neither a regular file nor a folder, if anything."""
        path = self._at(name)
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode):
            return Odd("special", _kind(mode))
        said = repr(_text(os.readlink(path)))
        target = os.path.realpath(path)
        within = self._within(target)
        if within is None:
            return Odd("link", f"it leads out of the collection, to {said}")
        try:
            mode = os.stat(target).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return Odd("link", f"its target {said} does not exist")
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return Odd("link", "it leads back to itself")
        if not within or name.startswith(f"{within}/"):
            return Odd("link", "it leads to the folder that it lies in")
        if any(self._left_out(part, options) for part in _beginnings(within)):
            return Odd("link", f"it leads to {within!r}, which is not part of the collection")
        if stat.S_ISDIR(mode):
            return Odd("link", f"it leads to the folder {within!r}, which is checked where it is")
        if not stat.S_ISREG(mode):
            return Odd("special", f"link to a {_kind(mode)}")
        self._targets[name] = target
        return None

    def _within(self, target: bytes) -> str | None:
        """The relative name of a real path, empty for the folder itself; ``None`` if it lies outside."""
        if os.path.normcase(os.path.join(target, b"")).startswith(os.path.normcase(self._root)):
            return _slashes(_text(target[len(self._root) :]))
        return None

    def _at(self, name: str) -> bytes:
        return self._root + name.encode("utf-8", "surrogateescape")

    def open(self, name: str) -> Source:
        # A link is opened where it led when the folder was listed, so that nobody can turn it round since.
        return Opened(self._targets.get(name) or self._at(name))

    def shown(self, name: str) -> str:
        return self._prefix + name if name else self.path

    def narrowed(self, names: Iterable[str]) -> Folder:
        """The same folder, of which no more is known than is needed to open some files that were walked past."""
        narrow = Folder(self._given)
        narrow._targets = {name: target for name in names if (target := self._targets.get(name)) is not None}
        return narrow

    def changed(self) -> Iterator[str]:
        """The highest folders in whose places something else has come, from which files may have been read."""
        beyond: tuple[str, ...] = ()  # what the beginnings are of the names that lie in them
        for folder in sorted(self._listed):
            try:
                is_another = _identity(self._at(folder)) != self._listed[folder]
            except OSError:  # what could not be read because it is gone has been said
                continue
            if is_another and not folder.startswith(beyond):
                beyond += (f"{folder}/" if folder else "",)
                yield folder

    def stamp(self, name: str) -> Stamp:
        """What tells whether a file has changed. Raises ``OSError``."""
        return _stamp(os.lstat(self._targets.get(name) or self._at(name)))

    @property
    def root(self) -> str:
        """The real path of the folder, which ends in a separator."""
        return os.fsdecode(self._root)


class Opened:
    """A regular file on disk, and the stamp that it had when it was opened."""

    def __init__(self, path: bytes) -> None:
        self._fd = os.open(path, _FLAGS)
        before = os.fstat(self._fd)
        if not stat.S_ISREG(before.st_mode):
            os.close(self._fd)
            raise OSError(errno.EINVAL, f"it is a {_kind(before.st_mode)}")
        self.size = before.st_size
        self.stamp = _stamp(before)
        self._at = 0

    def read(self, start: int, end: int) -> bytes:
        pieces: list[bytes] = []
        if start != self._at:
            os.lseek(self._fd, start, os.SEEK_SET)
        while start < end:
            piece = os.read(self._fd, min(end - start, _READ_AT_ONCE))
            if len(piece) == end - start and not pieces:
                self._at = end
                return piece
            if not piece:
                break
            pieces.append(piece)
            start += len(piece)
        self._at = start
        return b"".join(pieces)

    def close(self) -> None:
        after = os.fstat(self._fd)
        os.close(self._fd)
        if _stamp(after) != self.stamp:
            raise Changed


def _stamp(status: os.stat_result) -> Stamp:
    """What no write leaves as it was."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def _identity(path: bytes) -> tuple[int, int]:
    """What tells a folder from any other. Raises ``OSError``."""
    status = os.lstat(path)
    return status.st_ino, status.st_dev


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    """Whether this is a real folder; a junction (a link to a folder, on Windows) is none."""
    is_junction = getattr(entry, "is_junction", None)  # since Python 3.12
    return entry.is_dir(follow_symlinks=False) and not (is_junction is not None and is_junction())


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "folder",
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFBLK: "block device",
        stat.S_IFCHR: "character device",
    }
    return kinds.get(stat.S_IFMT(mode), "special file")


def is_divisible(tree: Tree) -> TypeGuard[Divisible]:
    """Whether parts of a tree can be read by any number of processes, in any order."""
    return tree.is_folder and hasattr(tree, "narrowed")


def changed(tree: Tree) -> Iterable[str]:
    """The names of files that are not what they were when they were walked past, as far as a tree can tell of all.

    Most need not: they see it when a file is closed.
    """
    look: Callable[[], Iterable[str]] = getattr(tree, "changed", tuple)
    return look()


def reader(data: bytes) -> Read:
    """How bytes that are held are read."""
    return lambda start, end: data[start:end]


def reason(error: OSError) -> str:
    """What went wrong, in the words of the operating system."""
    return (error.strerror or str(error)).lower()


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path


def _beginnings(name: str) -> Iterator[str]:
    """The folders that a name lies in, from the top, and the name itself."""
    at = name.find("/")
    while at >= 0:
        yield name[:at]
        at = name.find("/", at + 1)
    yield name


def excluded(name: str, options: Options) -> bool:
    """Whether the settings leave a name out."""
    return any(matches(name, pattern) for pattern in options.exclude)


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern fits a relative name, or a folder that it lies in.

    A pattern without a slash fits any one part of the name: a file or a folder at any depth. A pattern
    with a slash, be it only the first character, fits from the top of the collection; a slash at its end
    changes nothing. In a part, ``*`` stands for any characters, ``?`` for one, ``[a-z]`` for one of a set
    and ``[!a-z]`` for one of none; a part ``**`` stands for any number of parts. Upper and lower case
    differ. The time grows with the length of the name, whatever the pattern.

    ``*.tmp``, ``drafts`` and ``drafts/`` fit ``a/drafts/b.tmp``; so do ``a/*/b.tmp``, ``a/**/*.tmp`` and
    ``a/drafts``, but neither ``/drafts`` nor ``a/*.tmp`` does.
    """
    fits = _PATTERNS.get(pattern)
    if fits is None:
        fits = _PATTERNS[pattern] = _pattern(pattern)
    return fits(name)


_PATTERNS: dict[str, Callable[[str], bool]] = {}


def _pattern(pattern: str) -> Callable[[str], bool]:
    """What tells whether a name fits; the simplest patterns, which nearly all are, take one search."""
    globs = pattern.removeprefix("./").strip("/").split("/")
    if "/" in pattern.rstrip("/"):
        return lambda name: _fits_from_top(name.split("/"), globs)
    glob = globs[0]
    if not any(wildcard in glob for wildcard in "*?["):
        return lambda name: f"/{glob}/" in f"/{name}/"
    if glob[0] == "*" and not any(wildcard in glob[1:] for wildcard in "*?["):
        return lambda name: f"{glob[1:]}/" in f"{name}/"
    return lambda name: any(_fits(part, glob) for part in name.split("/"))


def _fits_from_top(parts: Sequence[str], globs: Sequence[str]) -> bool:
    """Whether the globs, one for each part, fit a beginning of the parts."""
    reached = {0}  # how many parts may have been used up
    for glob in globs:
        if glob == "**":
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and _fits(parts[at], glob)}
    return bool(reached)


def _fits(part: str, glob: str) -> bool:
    if "?" in glob or "[" in glob:
        from fnmatch import fnmatchcase  # its stars never give back what they took, so it is linear too

        return fnmatchcase(part, glob)
    head, *pieces = glob.split("*")
    if not pieces:
        return part == glob
    tail = pieces.pop()
    at, end = len(head), len(part) - len(tail)
    if at > end or not part.startswith(head) or not part.endswith(tail):
        return False
    for piece in pieces:
        at = part.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def git_ignored(path: str, tracked: bool = False) -> tuple[frozenset[str], str]:
    """What git ignores below a folder, as relative names, and a note if git could not be asked.

    With ``tracked`` it is all that git does not track. A folder that is itself ignored was asked for by
    name, and so nothing in it is left out.
    """
    if not in_work_tree(path):
        return frozenset(), ""
    listing = ("ls-files", "-z", "--others", *(() if tracked else ("--ignored", "--exclude-standard")), "--directory")
    try:
        status, listed = _git(path, *listing)
        if status == 0:
            return frozenset(_text(name).rstrip("/") for name in listed.split(b"\0") if name), ""
        if _git(path, "check-ignore", "--quiet", ".")[0] == 0:
            return frozenset(), ""  # git 2.39 fails on a folder deep inside an ignored one
        status, said = _git(path, *listing, captured=2)
    except FileNotFoundError:
        return frozenset(), "git is not installed: files that it would ignore are checked too"
    except OSError as error:
        said = reason(error).encode()
    first = _text(said.strip().partition(b"\n")[0])
    return frozenset(), f"git could not say what it ignores, so that is checked too: {first}"


def in_work_tree(path: str) -> bool:
    """Whether a folder belongs to a git work tree."""
    here = os.path.realpath(path)
    while not os.path.lexists(os.path.join(here, ".git")):
        here, below = os.path.dirname(here), here
        if here == below:
            return False
    return True


def _git(folder: str, *arguments: str, captured: int = 1) -> tuple[int, bytes]:
    """The exit status of git, and what it wrote to standard output (1) or standard error (2).

    Raises ``OSError``. Where git was started by a hook, the repository of the hook is not ours; and
    nothing that a repository names is run.
    """
    command = ["git", "-C", folder, *GUARDED, *arguments]
    kept = ("GIT_CONFIG_", "GIT_EXEC_PATH")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith(kept)}
    if not hasattr(os, "posix_spawnp"):
        import subprocess

        run = subprocess.run(command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        return run.returncode, (run.stdout, run.stderr)[captured - 1]
    # ``subprocess`` takes as long to import as a small collection takes to check.
    reading, writing = os.pipe()
    try:
        muted = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2) if fd != captured]
        actions = [(os.POSIX_SPAWN_DUP2, writing, captured), *muted]
        process = os.posix_spawnp(command[0], command, environment, file_actions=actions)
        os.close(writing)
        writing = -1
        pieces = []
        while piece := os.read(reading, 1 << 16):
            pieces.append(piece)
        _, status = os.waitpid(process, 0)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)
    return os.waitstatus_to_exitcode(status), b"".join(pieces)
