"""What earlier runs have learnt about files that have not changed since, in one SQLite file.

A file is believed to be unchanged while its size, times, inode and device are what they were. One that was
written only moments before it was read is not remembered: it could change again without a trace, as git's
documentation on "racy" entries explains. What is remembered was found by the same program with the same
settings, and carries a digest of its own, so that a damaged cache is noticed and thrown away, never believed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from contextlib import closing, suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from validator.loading import Known
from validator.model import Options, Report
from validator.rules.table import ROWS
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.trees import Folder, Found

_FILE = "documents.sqlite"
_OURS = 0x76616C31
"""What SQLite calls the application id."""
_LAYOUT = 3
_RACY = 2 * 10**9
"""Nanoseconds: no file system in use has a coarser clock."""
_README = {
    ".gitignore": "*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# What `validate` keeps between runs; see https://bford.info/cachedir/\n",
}


class Cache:
    """The cache in a folder, for one program and one set of settings; ``notes`` say what was wrong with it."""

    def __init__(self, folder: str, options: Options) -> None:
        self.notes: list[str] = []
        self._folder = folder
        self._file = os.path.join(folder, _FILE)
        self._fingerprint = sha256(repr((__version__, sys.version, ROWS, options)).encode()).hexdigest()
        self._usable = True
        self._since = time.time_ns() - _RACY

    def listing(self, tree: Folder, found: Iterable[Found]) -> str:
        """A digest of the files of a folder and their stamps; empty where one of them may change without a trace."""
        hashed = sha256(self._fingerprint.encode())
        try:
            for file in found:
                stamp = tree.stamp(file.name)
                if file.odd is not None or max(stamp[1:3]) >= self._since:
                    return ""
                hashed.update(f"{file.name}\0{stamp}\n".encode("utf-8", "surrogatepass"))
        except OSError:
            return ""
        return hashed.hexdigest()

    def verdict(self, root: str, listing: str, rules: int) -> Report | None:
        """What was said of a folder with this listing, if all was well."""
        for name, content in self._rows(root, "verdict") if listing else ():
            if name == listing:
                documents, indexes, containers, size = json.loads(content)
                return Report((), documents, indexes, containers, size, rules)
        return None

    def recall(self, root: str) -> dict[str, Known]:
        """What is known of the files below a folder."""
        known: dict[str, Known] = {}
        for folder, content in self._rows(root, "folder"):
            for name, (*stamp, digest, other, facts, sketch) in json.loads(content).items():
                known[json.loads(folder) + name] = Known(tuple(stamp), digest, facts, other, sketch and tuple(sketch))
        return known

    def keep(
        self, root: str, before: Mapping[str, Known], now: Mapping[str, Known], listing: str, report: Report
    ) -> None:
        """Remember what is known of the files below a folder, in place of what was, and the report if all was well."""
        if not self._usable:
            return
        old, new = _by_folder(before), _by_folder({n: k for n, k in now.items() if max(k.stamp[1:3]) < self._since})
        changed = [folder for folder in {**old, **new} if old.get(folder) != new.get(folder)]
        try:
            self._prepare()
            with closing(self._open()) as database, database:
                root = json.dumps(root)  # SQLite has no text for names that are not UTF-8
                database.execute("DELETE FROM rows WHERE root = ? AND kind = 'verdict'", [root])
                if listing and not (report.findings or report.suppressed or report.incomplete or report.empty):
                    counts = [report.documents, report.indexes, report.containers, report.bytes]
                    self._write(database, (root, "verdict", listing), counts)
                for folder in changed:
                    name = json.dumps(folder)
                    database.execute("DELETE FROM rows WHERE root = ? AND kind = 'folder' AND name = ?", [root, name])
                    if folder in new:
                        self._write(database, (root, "folder", name), new[folder])
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _write(self, database: sqlite3.Connection, key: tuple[str, str, str], content: object) -> None:
        data = json.dumps(content).encode()
        row = [*key, self._fingerprint, _digest(*key, self._fingerprint, data), data]
        database.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", row)

    def _rows(self, root: str, kind: str) -> list[tuple[str, bytes]]:
        """What was written of a folder by the same program with the same settings: names and contents."""
        if not self._usable or not os.path.lexists(self._file):
            return []
        found, root = [], json.dumps(root)
        try:
            with closing(self._open()) as database:
                rows = database.execute(
                    "SELECT name, fingerprint, digest, content FROM rows WHERE root = ? AND kind = ?", [root, kind]
                )
                for name, fingerprint, digest, content in rows:
                    if _digest(root, kind, name, fingerprint, content) != digest:
                        raise sqlite3.DatabaseError("its content was altered")
                    if fingerprint == self._fingerprint:
                        found.append((name, content))
        except (sqlite3.Error, OSError, TypeError, AttributeError) as error:
            self._give_up(error)
            return []
        return found

    def _prepare(self) -> None:
        os.makedirs(self._folder, exist_ok=True)
        for name, content in _README.items():
            path = os.path.join(self._folder, name)
            if not os.path.lexists(path) or os.path.getsize(path) == 0:
                with open(path, "w", encoding="ascii", newline="\n") as file:
                    file.write(content)

    def _open(self) -> sqlite3.Connection:
        """The database, made if there is none. Raises ``sqlite3.Error`` or ``PermissionError`` if it is not ours."""
        database = sqlite3.connect(self._file, timeout=1)
        try:
            (ours,) = database.execute("PRAGMA application_id").fetchone()
            (layout,) = database.execute("PRAGMA user_version").fetchone()
            is_new = not database.execute("SELECT 1 FROM sqlite_master").fetchone()
            if not is_new and ours != _OURS:
                raise PermissionError("it belongs to another program")
            if is_new or layout != _LAYOUT:
                database.executescript(
                    f"PRAGMA application_id = {_OURS}; PRAGMA user_version = {_LAYOUT};"
                    "DROP TABLE IF EXISTS rows; CREATE TABLE rows (root TEXT, kind TEXT, name TEXT, fingerprint TEXT,"
                    " digest BLOB, content BLOB, PRIMARY KEY (root, kind, name)) WITHOUT ROWID"
                )
        except BaseException:
            database.close()
            raise
        return database

    def _give_up(self, error: Exception) -> None:
        """Do without the cache; one that is damaged is thrown away, one that is not ours or in use is left alone."""
        self._usable = False
        done = "could not be used"
        if not isinstance(error, (OSError, sqlite3.OperationalError)):
            with suppress(OSError):
                _remove(self._folder)
                done = "was thrown away"
        said = (getattr(error, "strerror", None) or str(error)).lower()
        self.notes.append(f"the cache {self._file!r} {done}: {said}")


def clear(folder: str) -> bool:
    """Delete the cache in a folder; whether there was one. Raises ``OSError``."""
    there = os.path.lexists(os.path.join(folder, _FILE))
    if there:
        _remove(folder)
    return there


def _remove(folder: str) -> None:
    for name in (_FILE, f"{_FILE}-journal", *_README):
        path = os.path.join(folder, name)
        with suppress(FileNotFoundError):
            if name not in _README or _is_ours(path, _README[name]):
                os.unlink(path)
    with suppress(OSError):
        os.rmdir(folder)


def _is_ours(path: str, content: str) -> bool:
    """Whether a file holds what we write into it, or nothing yet."""
    with open(path, "rb") as file:
        return file.read(len(content) + 1) in (b"", content.encode())


def _by_folder(known: Mapping[str, Known]) -> dict[str, dict[str, Iterable[object]]]:
    """The same by folder and name in it, as it is written."""
    folders: dict[str, dict[str, Iterable[object]]] = {}
    for name, one in known.items():
        cut = name.rfind("/") + 1
        folders.setdefault(name[:cut], {})[name[cut:]] = [*one.stamp, one.sha256, one.blake3, one.facts, one.sketch]
    return folders


def _digest(*parts: str | bytes) -> bytes:
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return sha256(b"\0".join(encoded)).digest()
