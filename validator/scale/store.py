"""Where facts are kept: a folder, or a place behind a URL that fsspec knows. Files come into being whole."""

from __future__ import annotations

import io
import os
import shutil
from typing import TYPE_CHECKING, Any

from validator.model import UsageError, value

if TYPE_CHECKING:
    from typing import IO


@value
class Store:
    """Files by name below a folder or a URL. All methods raise ``OSError``."""

    root: str

    def put(self, name: str, data: bytes) -> None:
        """Write a file: whole or not at all."""
        if self._is_remote:
            files, path = self._files(), self._path(name)
            files.makedirs(path.rpartition("/")[0], exist_ok=True)
            files.pipe_file(path, data)
            return
        path = self._path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            with open(temporary, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            if os.path.lexists(temporary):
                os.unlink(temporary)
            raise

    def get(self, name: str) -> bytes | None:
        """The content of a file; ``None`` where there is none."""
        try:
            with self.open(name) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        """Whether there is a file."""
        return self.get(name) is not None

    def remove(self, folder: str) -> None:
        """Delete a folder and what is in it, if it is there."""
        if self._is_remote:
            if self._files().exists(self._path(folder)):
                self._files().rm(self._path(folder), recursive=True)
        else:
            shutil.rmtree(self._path(folder), ignore_errors=True)

    def open(self, name: str) -> IO[bytes]:
        """A file, to be read in any order."""
        if self._is_remote:
            opened: IO[bytes] = self._files().open(self._path(name), "rb")
            return opened
        return io.open(self._path(name), "rb")  # noqa: UP020

    @property
    def _is_remote(self) -> bool:
        return "://" in self.root

    def _path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}" if self._is_remote else os.path.join(self.root, *name.split("/"))

    def _files(self) -> Any:
        try:
            import fsspec
        except ImportError:
            raise UsageError(f"{self.root!r} needs `pip install 'collection-validator[remote]'`") from None
        return fsspec.core.url_to_fs(self.root)[0]
