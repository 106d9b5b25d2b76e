"""The journal of a change: what was planned, whether it was committed, and what to do if nobody finished it.

A journal is a hidden file in the folder of the change. Whoever holds its lock is at work there, in the
folders in it and in those above. It has two lines, each a SHA-256 and, in JSON, what that is the digest
of:

- the plan: ``[version, token, [[name, digest], ...], [folder, ...], above]``, see ``Plan``
- the commit: ``[digest, ...]``, those of the new contents in the same order, ``null`` for a file to remove

A line that does not end was being written when its writer stopped, and counts for nothing.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from hashlib import sha256

from validator.folders import PIECE, PLAIN, Below, Stop, folders_of, put, said, see, sync, write_all
from validator.model import TYPE_CHECKING, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NAME = ".validate-journal"

_OURS = ".validate-"
_VERSION = 1


def above(root: str) -> Iterator[str]:
    """The folders above a folder whose journals concern it: those that this user or their owner has put there."""
    here = os.path.realpath(root)
    while here != os.path.dirname(here):
        here = os.path.dirname(here)
        with suppress(OSError):
            if _is_trusted(os.lstat(os.path.join(here, NAME)), os.stat(here)):
                yield here


def _is_trusted(journal: os.stat_result, folder: os.stat_result) -> bool:
    """Whether to obey a journal: our own, or one that belongs to the owner of its folder."""
    return not hasattr(os, "geteuid") or journal.st_uid in (os.geteuid(), folder.st_uid)


def may_name(name: str) -> bool:
    """Whether a change may write a file of this name: in its folder, and neither git's nor a journal's."""
    if os.sep != "/" and (os.sep in name or ":" in name):
        return False
    parts = name.split("/")
    return not any(p in ("", ".", "..") or p.lower() == ".git" or p.startswith(_OURS) for p in parts)


@value
class Plan:
    """The first line of a journal.

    ``files`` are the names, each with the digest of what was there. ``folders`` had to be made in the
    root, and ``above`` counts those that had to be made from the root upwards.
    """

    token: str
    files: tuple[tuple[str, str | None], ...]
    folders: tuple[str, ...] = ()
    above: int = 0

    def temporary(self, number: int) -> str:
        """The temporary file beside the file with this number."""
        above, slash, _ = self.files[number][0].rpartition("/")
        return f"{above}{slash}{_OURS}{self.token}-{number}.tmp"

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.files]


class Journal:
    """The journal of a folder, locked while this is open. Each line is a digest and, in JSON, what it is of."""

    def __init__(self, below: Below) -> None:
        self._below = below
        self._folder = below.root
        self._fd = -1
        self._planned = 0
        self.shown = below.shown(NAME)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def begin(self, notes: list[str]) -> None:
        """Take a new journal; what an interrupted run has left here is dealt with first. Raises ``OSError``."""
        while True:
            if not self.take(create=True):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            if os.fstat(self._fd).st_size == 0:
                return
            self.resolve(notes)

    def take(self, create: bool = False) -> bool:
        """Open and lock the journal; whether there is one. Raises ``OSError``."""
        while True:
            self.close()
            is_new = create and self._folder.status(NAME) is None
            new = os.O_CREAT | os.O_EXCL if is_new else 0
            try:
                self._fd = self._folder.open(NAME, os.O_RDWR | PLAIN | new, 0o600)
            except FileExistsError:
                continue
            except FileNotFoundError:
                if create and not is_new:
                    continue
                return False
            locked = _lock(self._fd)
            if not locked and not (locked is None and is_new):
                where = self._below.shown("").rstrip("/") or "."
                doubt = "" if locked is False else f", or delete {self.shown!r} if no other run is at work"
                raise Stop(f"another run is writing in {where!r}", f"wait until it is done{doubt}")
            status, now = os.fstat(self._fd), self._folder.status(NAME)
            if now is None or not os.path.samestat(status, now):
                continue  # somebody else was done with it and has removed it
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise Stop(f"{self.shown!r} is no journal", "find out what it is, and delete it")
            return True

    def plan(self, plan: Plan) -> None:
        """Say what is going to be done, before anything is."""
        self._planned = self._add([_VERSION, plan.token, plan.files, plan.folders, plan.above])

    def commit(self, after: Sequence[str | None]) -> None:
        """Say that everything is ready: from here on the change is finished, not undone."""
        self._add(after)
        with said(self.shown):
            self._folder.sync()

    def _add(self, content: object) -> int:
        """Append a line and bring it to the disk; return the length of the journal."""
        import json

        line = json.dumps(content).encode()
        with said(self.shown):
            write_all(self._fd, sha256(line).hexdigest().encode() + b" " + line + b"\n")
            os.fsync(self._fd)
            return os.lseek(self._fd, 0, os.SEEK_CUR)

    def retract(self) -> None:
        """Take the commit back, if it is there."""
        if os.fstat(self._fd).st_size > self._planned:
            os.ftruncate(self._fd, self._planned)
            os.fsync(self._fd)

    def read(self) -> tuple[Plan | None, list[str | None] | None]:
        """The plan and the commit, each ``None`` where it was not written to its end."""
        if not _is_trusted(os.fstat(self._fd), self._folder.own()):
            raise Stop(f"{self.shown!r} was not left by a run of yours", "find out whose it is, and delete it")
        pieces = []
        while piece := os.read(self._fd, PIECE):
            pieces.append(piece)
        first, ended, rest = b"".join(pieces).partition(b"\n")
        second, committed, _ = rest.partition(b"\n")
        try:
            plan = _plan_of(_unsealed(first)) if ended else None
            after = _commit_of(_unsealed(second), plan) if committed and plan else None
        except (ValueError, RecursionError) as error:
            said = f"{self.shown!r}, which an interrupted run has left, is damaged or of another version"
            raise Stop(said, _sort_out(self.shown)) from error
        self._planned = len(first) + 1
        return plan, after

    def resolve(self, notes: list[str]) -> int:
        """Finish or undo what the journal tells of, and remove it; return how many folders it had made for itself."""
        plan, after = self.read()
        where = repr(self._below.shown("").rstrip("/") or ".")
        made = 0
        if plan is not None and after is not None:
            _finish(self._below, plan, after, self.shown)
            notes.append(f"finished what an interrupted run had begun to write in {where}: {len(plan.files)} files")
        elif plan is not None:
            clean(self._below, plan)
            notes.append(f"took away the temporary files of an interrupted run in {where}")
            made = plan.above
        self.remove()
        return made

    def remove(self) -> None:
        """Say that nothing is left to do. Raises ``OSError``."""
        if os.name == "nt":  # which cannot remove an open file; whoever opens it now finds it empty
            os.ftruncate(self._fd, 0)
            self.close()
        self._folder.remove(NAME)
        self._folder.sync()


def _sort_out(journal: str) -> str:
    """What to do where only a person can tell which of two contents is right."""
    return f"make sure that the files are as you want them, then delete {journal!r} and every '{_OURS}*.tmp'"


def _unsealed(line: bytes) -> object:
    """What a line of a journal says. Raises ``ValueError``."""
    import json

    seal, _, content = line.partition(b" ")
    if seal != sha256(content).hexdigest().encode():
        raise ValueError("not what was written")
    found: object = json.loads(content)
    return found


def _plan_of(content: object) -> Plan:
    """Read a plan as one reads what a stranger may have written. Raises ``ValueError``."""
    match content:
        case [int(version), str(token), [*files], [*folders], int(above)] if version == _VERSION and token.isalnum():
            plan = Plan(token, tuple(map(_file_of, files)), tuple(map(str, folders)), above)
            if all(map(may_name, (*plan.names, *plan.folders))):
                return plan
    raise ValueError("no plan")


def _file_of(content: object) -> tuple[str, str | None]:
    match content:
        case [str(name), str() | None as before]:
            return name, before
    raise ValueError("no file of a plan")


def _commit_of(content: object, plan: Plan) -> list[str | None]:
    match content:
        case [*after] if len(after) == len(plan.files):
            return [digest if digest is None else str(digest) for digest in after]
    raise ValueError("no commit")


def _lock(fd: int) -> bool | None:
    """Lock a journal until it is closed: whether nobody else has, and ``None`` where nobody can."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, 1 << 30, os.SEEK_SET)  # behind the content, which others may not read otherwise
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            os.lseek(fd, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK) else None
    return True


def settle_around(below: Below, names: Iterable[str], notes: list[str]) -> None:
    """Deal with the journals above a folder, and between it and its files.

    Each run takes its own journal first and looks for others then. So of two runs in nested folders at
    least one sees the other.
    """
    for path in above(below.path):
        settle(path, notes)
    for folder in dict.fromkeys(folder for name in names for folder in folders_of(name)):
        with suppress(OSError):
            if below.folder(folder).status(NAME) is not None:
                settle(os.path.join(below.path, folder), notes)


def settle(path: str, notes: list[str]) -> None:
    """Deal with what an interrupted run has left in this folder."""
    made = 0
    with said(os.path.join(path, NAME)), Below(path) as below, Journal(below) as journal:
        if journal.take():
            made = journal.resolve(notes)
    path = os.path.realpath(path)
    for _ in range(made):
        with suppress(OSError):
            os.rmdir(path)
        path = os.path.dirname(path)


def _finish(below: Below, plan: Plan, after: Sequence[str | None], journal: str) -> None:
    """Write what a complete journal tells of and has not been written, if nobody else has changed it."""
    waiting = []
    for number, (name, before) in enumerate(plan.files):
        with said(below.shown(name)):
            seen = see(below, name)
            if seen.sha256 == after[number]:
                continue
            ready = see(below, plan.temporary(number)).sha256 if after[number] is not None else None
        if seen.sha256 != before or ready != after[number]:
            done = "its new content is lost" if seen.sha256 == before else "it was changed since"
            raise Stop(f"an interrupted run was about to write {below.shown(name)!r}, and {done}", _sort_out(journal))
        waiting.append((number, seen))
    for number, seen in waiting:
        put(below, plan.files[number][0], seen, plan.temporary(number) if after[number] is not None else None)
    sync(below, plan.names)
    clean(below, plan, folders=False)


def clean(below: Below, plan: Plan, folders: bool = True) -> None:
    """Take away the temporary files, and the folders that were made for them."""
    for number in range(len(plan.files)):
        with suppress(FileNotFoundError, NotADirectoryError):
            folder, last = below.around(plan.temporary(number))
            folder.remove(last)
    for name in reversed(plan.folders if folders else ()):
        with suppress(FileNotFoundError, NotADirectoryError):
            folder, last = below.around(name)
            folder.remove_folder(last)
