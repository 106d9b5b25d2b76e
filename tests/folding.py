"""A file system in which names that differ in case or Unicode normalisation only are one, and come back decomposed.

``python -m tests.folding FOLDER MOUNT`` shows a folder so until MOUNT is unmounted, and says ``mounted`` when it is
there. It needs FUSE and the package mfusepy; without them it ends with the exit code 77.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any
from unicodedata import normalize

try:
    from mfusepy import FUSE, FuseOSError, Operations
except (ImportError, OSError):
    sys.exit(77)


def folded(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())


class Folding(Operations):  # type: ignore[misc, unused-ignore]
    """Every name is looked up as such a system does; a new one is kept as it was written, decomposed."""

    use_ns = True

    def __init__(self, root: str) -> None:
        self._root = root

    def _at(self, path: str) -> str:
        here = self._root
        for part in filter(None, path.split("/")):
            try:
                there = next((name for name in os.listdir(here) if folded(name) == folded(part)), None)
            except NotADirectoryError:
                raise FuseOSError(errno.ENOTDIR) from None
            here = os.path.join(here, there or normalize("NFD", part))
        return here

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        status = os.lstat(self._at(path))
        kinds = ("mode", "nlink", "uid", "gid", "size", "ino")
        times = {f"st_{kind}": getattr(status, f"st_{kind}_ns") for kind in ("atime", "mtime", "ctime")}
        return {f"st_{kind}": getattr(status, f"st_{kind}") for kind in kinds} | times

    def readdir(self, path: str, fh: int) -> list[tuple[str, dict[str, int], int]]:
        with os.scandir(self._at(path)) as listing:
            return [
                (e.name, {"st_mode": e.stat(follow_symlinks=False).st_mode, "st_ino": e.inode()}, 0) for e in listing
            ]

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), flags & ~os.O_NOFOLLOW)

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        os.truncate(self._at(path), length)

    def rename(self, old: str, new: str) -> None:
        os.rename(self._at(old), self._at(new))

    def unlink(self, path: str) -> None:
        os.unlink(self._at(path))

    def mkdir(self, path: str, mode: int) -> None:
        os.mkdir(self._at(path), mode)

    def rmdir(self, path: str) -> None:
        os.rmdir(self._at(path))

    def chmod(self, path: str, mode: int) -> None:
        os.chmod(self._at(path), mode)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        os.fsync(fh)

    def release(self, path: str, fh: int) -> None:
        os.close(fh)

    def init(self, path: str) -> None:
        print("mounted", flush=True)


if __name__ == "__main__":
    try:
        FUSE(Folding(sys.argv[1]), sys.argv[2], foreground=True, nothreads=True, use_ino=True)
    except RuntimeError:
        sys.exit(77)
