"""Folders that are held while something in them is changed, and what is done with the files in them.

What is done in a held folder happens there, wherever its path may lead by then; and a folder in it is
entered part by part, never through a link. Where the system cannot hold a folder (Windows), its path has
to do.

Names are relative, use ``/`` and are spelled as in ``trees``.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from hashlib import sha256

from validator.model import TYPE_CHECKING, value
from validator.trees import reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE = 1 << 18
"""How many bytes are read at once."""

PLAIN = sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))
"""Flags for opening a file: follow no link, wait for nothing, change no byte."""

_HOLDS = (
    hasattr(os, "O_DIRECTORY") and {os.open, os.stat, os.unlink, os.mkdir, os.rmdir, os.rename} <= os.supports_dir_fd
)
_ADVICE = {
    errno.ENOSPC: "make room and run again",
    errno.EDQUOT: "make room and run again",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f) and run again",
    errno.EACCES: "check the permissions of the file and of its folder",
    errno.EPERM: "check the permissions and attributes of the file and of its folder",
    errno.EROFS: "make the file system writable and run again",
}


class Stop(Exception):
    """Why a change cannot go on. What it leaves behind is known only where it is caught."""

    def __init__(self, said: str, advice: str = "") -> None:
        super().__init__(said)
        self._advice = advice

    def message(self, state: str) -> str:
        return f"{self}; {state}" + (f": {self._advice}" if self._advice else "")


@contextmanager
def said(shown: str) -> Iterator[None]:
    """Say of which file or folder an error is."""
    try:
        yield
    except OSError as error:
        raise Stop(f"cannot write {shown!r}: {reason(error)}", _ADVICE.get(error.errno or 0, "")) from error
    except ValueError as error:
        raise Stop(f"cannot write {shown!r}: this system has no such name") from error


class Folder:
    """A folder that is held open: what is done in it happens there, wherever its path may lead by now.

    Where the system cannot hold one (Windows), the path has to do.
    """

    def __init__(self, path: bytes, fd: int | None = None) -> None:
        self._path = path
        self._fd = fd

    @staticmethod
    def at(path: str) -> Folder:
        """The folder that a user has named; a link to it is followed."""
        real = os.path.realpath(os.fsencode(path))
        return Folder(real, os.open(real, os.O_RDONLY | os.O_DIRECTORY) if _HOLDS else None)

    def inside(self, name: str) -> Folder:
        """A folder in this one; a link to one is refused."""
        path = os.path.join(self._path, _bytes(name))
        status = self.status(name)
        if status is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        is_junction = getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)
        if stat.S_ISLNK(status.st_mode) or is_junction:
            raise NotADirectoryError(errno.ENOTDIR, f"{name!r} is a link, and links are not followed")
        if not stat.S_ISDIR(status.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, f"{name!r} is not a folder")
        if self._fd is None:
            return Folder(path)
        return Folder(path, os.open(_bytes(name), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._fd))

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)

    def _at(self, name: str) -> bytes:
        return _bytes(name) if self._fd is not None else os.path.join(self._path, _bytes(name))

    def own(self) -> os.stat_result:
        return os.stat(self._path if self._fd is None else self._fd)

    def status(self, name: str) -> os.stat_result | None:
        """What has a name; ``None`` where nothing has it."""
        try:
            return os.stat(self._at(name), dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        return os.open(self._at(name), flags, mode, dir_fd=self._fd)

    def make(self, name: str) -> None:
        os.mkdir(self._at(name), dir_fd=self._fd)

    def replace(self, name: str, other: str) -> None:
        os.replace(self._at(name), self._at(other), src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def remove(self, name: str) -> None:
        """Remove a file, unless it is gone already."""
        with suppress(FileNotFoundError):
            os.unlink(self._at(name), dir_fd=self._fd)

    def remove_folder(self, name: str) -> None:
        """Remove a folder, unless it is gone already or something is in it."""
        try:
            os.rmdir(self._at(name), dir_fd=self._fd)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
                raise

    def sync(self) -> None:
        """Bring to the disk which files are in the folder, where the system can."""
        if self._fd is not None:
            os.fsync(self._fd)


class Below:
    """A folder and the folders in it, entered part by part and never through a link; the last one stays open."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root = Folder.at(path)
        self._prefix = "" if path in (".", "") else text_of(path).replace(os.sep, "/").rstrip("/") + "/"
        self._last = "", self.root

    def __enter__(self) -> Below:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self.root.close()

    def leave(self) -> None:
        """Let go of the folder that is open, so that its path is looked at again."""
        folder = self._last[1]
        self._last = "", self.root
        if folder is not self.root:
            folder.close()

    def folder(self, name: str) -> Folder:
        """A folder by its name; an empty one is the root's. Raises ``OSError``.

        The way goes on from the folder that is open where it leads through that, so that deep ones take no longer.
        """
        if name != self._last[0]:
            above, here = self._last
            if above and not name.startswith(f"{above}/"):
                self.leave()
                above, here = self._last
            self._last = "", self.root
            for part in name[len(above) :].strip("/").split("/") if name else ():
                try:
                    inner = here.inside(part)
                finally:
                    if here is not self.root:
                        here.close()
                here = inner
            self._last = name, here
        return self._last[1]

    def around(self, name: str) -> tuple[Folder, str]:
        """The folder that a file lies in, and the file's name there. Raises ``OSError``."""
        above, _, last = name.rpartition("/")
        return self.folder(above), last

    def shown(self, name: str) -> str:
        """A name as the user would write it."""
        return self._prefix + name


@value
class Seen:
    """What was found under a name: a file's status and digest, ``None`` where there is nothing."""

    status: os.stat_result | None = None
    sha256: str | None = None


def see(below: Below, name: str, hashed: bool = True) -> Seen:
    """Look at a file. Raises ``OSError`` for what is no regular file, and where the way leads through a link."""
    try:
        folder, last = below.around(name)
    except FileNotFoundError:
        return Seen()
    status = folder.status(last)
    if status is None:
        return Seen()
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.EINVAL, "it is a link, and links are not followed")
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    return Seen(status, _digest(folder, last) if hashed else None)


def stamp(status: os.stat_result | None) -> tuple[int, ...]:
    """What no write leaves as it was; empty for no file."""
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns) if status else ()


def _digest(folder: Folder, name: str) -> str:
    digest = sha256()
    fd = folder.open(name, os.O_RDONLY | PLAIN)
    try:
        while piece := os.read(fd, PIECE):
            digest.update(piece)
    finally:
        os.close(fd)
    return digest.hexdigest()


def leave_to_replace(folder: Folder, name: str, status: os.stat_result) -> None:
    """Raise ``OSError`` where the system would not let us replace a file although its folder is writable."""
    above = folder.own()
    if above.st_mode & stat.S_ISVTX and os.name == "posix" and os.geteuid() not in (0, above.st_uid, status.st_uid):
        raise PermissionError(errno.EPERM, "it belongs to somebody else, in a folder where that counts")
    try:
        os.close(folder.open(name, os.O_WRONLY | PLAIN))
    except PermissionError as error:
        if error.errno == errno.EPERM or os.name == "nt":  # immutable, or open in another program
            raise


def keep(fd: int, folder: Folder, name: str, old: os.stat_result) -> None:
    """Give a new file the owner, the permissions and the attributes of the old one, as far as we may."""
    if hasattr(os, "fchown"):
        with suppress(OSError):
            os.fchown(fd, old.st_uid, old.st_gid)
        mode = stat.S_IMODE(old.st_mode)
        os.fchmod(fd, mode if os.fstat(fd).st_uid == old.st_uid else mode & 0o777)
    if hasattr(os, "listxattr"):
        source = folder.open(name, os.O_RDONLY | PLAIN)
        try:
            with suppress(OSError):
                for attribute in os.listxattr(source):
                    with suppress(OSError):
                        os.setxattr(fd, attribute, os.getxattr(source, attribute))
        finally:
            os.close(source)


def write_all(fd: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(fd, view) :]


def put(below: Below, name: str, seen: Seen, temporary: str | None) -> None:
    """Let a temporary file take the place of a file that is still as it was seen; without one, remove it."""
    with said(below.shown(name)):
        folder, last = below.around(name)
        if stamp(folder.status(last)) != stamp(seen.status):
            raise Stop(f"{below.shown(name)!r} changed meanwhile", "run again")
        if temporary is None:
            folder.remove(last)
        else:
            folder.replace(temporary.rpartition("/")[2], last)


def sync(below: Below, names: Iterable[str]) -> None:
    """Bring to the disk what the folders hold in which these names are."""
    for folder in dict.fromkeys(name.rpartition("/")[0] for name in names):
        with said(below.shown(folder)):
            below.folder(folder).sync()


def folders_of(name: str) -> Iterator[str]:
    """The folders that a name lies in, from the top."""
    at = name.find("/")
    while at >= 0:
        yield name[:at]
        at = name.find("/", at + 1)


def text_of(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
