"""The bytes of a compressed file, expanded as they are read: gzip, bzip2, xz, zstd.

Whatever a library stumbles over in a damaged file is an ``OSError`` that says so in words.
"""

from __future__ import annotations

import errno
import io
import os

from validator.model import TYPE_CHECKING, Options, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any, TypeVar

    T = TypeVar("T")

PIECE = 1 << 20
"""Bytes that are passed over at once."""
AGAIN = "make it again, or fetch it again"
_FREE = 1 << 26
"""Bytes to which anything may expand, however small it was."""
_RETURNS = 2
"""How often reading begins anew before the file is expanded into a temporary one."""
_LONGEST_COPY = 1 << 34
"""Bytes of such a file; what expands to more is expanded anew each time."""
_STEP = 1 << 9
"""Bytes of zstd that are expanded at once, which nothing can stop in between: to 16 MiB at most."""


class Refused(OSError):
    """Something goes beyond a limit; the message says which."""


class Damaged(OSError):
    """Something is not as it was made; the message says how, and what to do."""


def damaged(how: str) -> Damaged:
    """The error to raise for a file that is damaged."""
    return Damaged(errno.EIO, f"{how}: {AGAIN}")


def attempted(read: Callable[[], T]) -> T:
    """What a library makes of bytes. Raises ``OSError`` for whatever it stumbles over."""
    try:
        return read()
    except (UsageError, Refused, Damaged):
        raise
    except EOFError:
        raise damaged("it ends too soon") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        said = " ".join(str(error).split()) or type(error).__name__
        raise damaged(f"it is damaged ({said})") from None


class Expanded:
    """The expanded bytes of a file; ``kind`` is empty where it is not compressed.

    To go back in them, it is expanded anew from its beginning, and if that happens again and again, once into a
    temporary file. While it is ``limited`` by options, ``Refused`` is raised for what expands beyond them.
    Raises ``OSError``, and ``UsageError`` where a package is missing.
    """

    def __init__(self, path: str, kind: str, limited: Options | None = None) -> None:
        self.kind = kind
        self.limited = limited
        self._path = path
        self._packed = os.path.getsize(path)
        self._file: IO[bytes] | None = None
        self._at = 0
        self._begun = 0
        self._size: int | None = None  # as soon as that is known
        self._is_seekable = not kind
        self._open = _opener(kind)

    def tell(self) -> int:
        """How many bytes stand before the next one."""
        return self._at

    def read(self, size: int) -> bytes:
        """The next bytes, fewer only at the end."""
        data = attempted(lambda: self._opened().read(size))
        self._at += len(data)
        self._check()
        return data

    def seek(self, at: int) -> None:
        """Go to a place, or to the end if that comes first."""
        if at < self._at and not self._is_seekable:
            self.close()
        file = attempted(self._opened)
        if self._is_seekable:
            self._at = file.seek(at)
            self._check()
        while self._at < at and self.read(min(at - self._at, PIECE)):
            pass

    def finish(self) -> int:
        """Read to the end, where checksums stand; return how many bytes there are."""
        while self.read(PIECE):
            pass
        self._size = self._at
        return self._size

    def close(self) -> None:
        """Let go of the file; reading begins anew."""
        if self._file is not None:
            self._file.close()
        self._file = None
        self._at = 0
        self._is_seekable = not self.kind

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = self._open(self._path)
            assert self._file is not None
            self._begun += self._size is not None
            if self.kind and self._begun > _RETURNS + 1 and self._size is not None and self._size <= _LONGEST_COPY:
                self._file = self._copied()
                self._is_seekable = True
        return self._file

    def _copied(self) -> IO[bytes]:
        from shutil import copyfileobj
        from tempfile import TemporaryFile

        copy = TemporaryFile()  # noqa: SIM115
        assert self._file is not None
        try:
            copyfileobj(self._file, copy, PIECE)
        except BaseException:
            copy.close()
            raise
        self._file.close()
        copy.seek(0)
        return copy

    def _check(self) -> None:
        options = self.limited
        if options is None:
            return
        if self._at > options.max_archive_size:
            raise Refused(f"it expands to more than {options.max_archive_size:,} bytes, which is max-archive-size")
        if self.kind:
            refuse_ratio(self._at, self._packed, options)


def refuse_ratio(size: int, packed: int, options: Options) -> None:
    """Raise ``Refused`` where something expands to so many times its size that it is no text."""
    if size > _FREE and size > packed * options.max_archive_ratio:
        raise Refused(
            f"it expands to more than {options.max_archive_ratio:,} times its size, which is max-archive-ratio"
        )


def _opener(kind: str) -> Callable[[str], Any]:
    """What opens a file so that it is expanded as it is read. Raises ``UsageError``."""
    if kind == "gzip":
        import gzip

        return gzip.open
    if kind == "bzip2":
        import bz2

        return bz2.open
    if kind == "xz":
        import lzma

        return lzma.open
    return _zstd() if kind else lambda path: open(path, "rb")


def _zstd() -> Callable[[str], Any]:
    """What opens a file that is compressed with zstd. Raises ``UsageError``."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        found: Callable[[str], Any] = zstd.open  # since Python 3.14
    except ImportError:
        pass
    else:
        return found
    try:
        import zstandard
    except ImportError:
        needed = "pip install 'collection-validator[archives]'"
        raise UsageError(f"what is compressed with zstd takes a package to read: {needed}") from None
    return lambda path: io.BufferedReader(_Frames(path, zstandard.ZstdDecompressor()))


class _Frames(io.RawIOBase):
    """The frames of a zstd file one behind the other, the last of which has to be whole."""

    def __init__(self, path: str, maker: Any) -> None:
        self._file = open(path, "rb")  # noqa: SIM115
        self._maker = maker
        self._frame: Any = None
        self._packed = b""
        self._expanded = io.BytesIO()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not (count := self._expanded.readinto(buffer)):
            self._packed = self._packed or self._file.read(_STEP)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError
                return 0
            self._frame = self._frame or self._maker.decompressobj()
            self._expanded = io.BytesIO(self._frame.decompress(self._packed))
            self._packed = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
