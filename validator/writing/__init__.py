"""Changes of files: several as one, and at any moment every file is the old one or the new one, whole.

``apply`` carries out a change in steps:

1. It takes the journal, a hidden file in the folder of the change, and locks it. A second run finds it
   locked and stops.
2. It looks at every target: no link, no special file, and exactly what the caller has read.
3. It puts the *plan* into the journal: the names, with the digests of what is there.
4. It writes each new content to a hidden temporary file beside its target and brings it to the disk.
5. It looks at every target again and puts the *commit* into the journal: the digests of the new contents.
6. The temporary files take the places of their targets, and the journal is removed.

**What an interruption leaves** is decided by the commit. Before it nothing was replaced, and the
temporary files are taken away. Behind it the change is finished. An error, Ctrl-C or SIGTERM is dealt with at
once; a killed process or a power cut by the next run that writes there, or in a folder above or below,
without any option: ``apply`` begins with it, and a command calls ``recover`` before it reads what it is
going to change. What somebody has changed meanwhile is never overwritten: recovery first compares all
digests, and where a target is neither old nor new it changes nothing, stops, and names the file and the
journal.

**What is kept**: permissions and extended attributes, access lists among them, and the owner where the
system permits that. A hard link to the old file goes on showing the old content.

**What is refused**: a link, as a target or on the way to one; ``.git``; whatever lies outside the
folder. A journal that another user has put there is not obeyed.

Names are relative to the folder of the change, use ``/`` and are spelled as in ``trees``; digests are
SHA-256 in hexadecimal. On a file system without locks a journal that was left behind stops the next run,
because nothing can tell whether its owner is still at work.
"""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, suppress
from hashlib import sha256

from validator.model import TYPE_CHECKING, UsageError, value
from validator.signals import orderly
from validator.writing import journal
from validator.writing.folders import (
    PLAIN,
    Below,
    Seen,
    Stop,
    folders_of,
    keep,
    leave_to_replace,
    put,
    said,
    see,
    stamp,
    sync,
    text_of,
    write_all,
)
from validator.writing.journal import Journal, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ABSENT = "absent"
"""What ``Change.before`` says of a file that must not be there."""

ANY = "any"
"""What ``Change.before`` says where anything may be replaced, or nothing be there."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN


class WriteError(UsageError):
    """Something could not be written; the message, one line, says what was left and what to do."""


@value
class Change:
    """What is to become of one file.

    ``content`` is the new content, whole or in pieces, which are asked for only when they are written;
    ``None`` removes the file. ``before`` is the digest of what the caller has read, ``ABSENT`` or
    ``ANY``.
    """

    name: str
    content: bytes | Iterable[bytes] | None
    before: str = ABSENT


@value
class Written:
    """What was done: the files written, the files removed, the bytes written, and what else to tell."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    bytes: int
    notes: tuple[str, ...] = ()


def apply(root: str, changes: Iterable[Change], check: Callable[[], object] | None = None) -> Written:
    """Change files in a folder, all or none. The folder, and those in it, are made where they are missing.

    ``check`` is called when all new contents are on the disk and nothing has been replaced yet. What it
    raises, or what a content raises, undoes everything and is raised again. Raises ``WriteError``.
    """
    wanted = tuple(changes)
    _refuse(wanted)
    if not wanted:
        return Written((), (), 0)
    with orderly():
        return _applied(root, wanted, check)


def _applied(root: str, wanted: tuple[Change, ...], check: Callable[[], object] | None) -> Written:
    made: list[str] = []
    notes: list[str] = []
    try:
        with ExitStack() as stack:
            with said(root):
                _make(root, made)
                below = stack.enter_context(Below(root))
                own = stack.enter_context(Journal(below))
                own.begin(notes)
            work = _Work(below, own, wanted, len(made))
            work.run(check, notes)
        return work.outcome(notes)
    except BaseException as error:
        if isinstance(error, (Stop, KeyboardInterrupt, SystemExit)):  # which may come where nothing is prepared for it
            with suppress(Stop):
                journal.settle(root, notes)
        for path in reversed(made):
            with suppress(OSError):
                os.rmdir(path)
        if isinstance(error, Stop):
            raise WriteError(error.message("nothing was changed")) from error
        raise


def write(
    path: str, content: bytes | Iterable[bytes], before: str = ANY, check: Callable[[], object] | None = None
) -> Written:
    """Write one file, whole or not at all; see ``apply``."""
    folder, name = os.path.split(path)
    if not name:
        raise WriteError(f"cannot write {path!r}: it names a folder")
    return apply(folder or ".", [Change(text_of(name), content, before)], check)


def recover(root: str) -> tuple[str, ...]:
    """Deal with what an interrupted run left in a folder or above it; return what to tell of it.

    Raises ``WriteError`` where another run is at work, and where going on would lose something.
    """
    while not os.path.isdir(root):
        above = os.path.dirname(root)
        root = above if above != root else "."
    notes: list[str] = []
    try:
        for path in (*journal.above(root), root):
            journal.settle(path, notes)
    except Stop as stop:
        raise WriteError(stop.message("nothing was changed")) from stop
    return tuple(notes)


def unfinished(root: str) -> str | None:
    """The journal that a run has left, or is keeping, in a folder or above it."""
    for path in (root, *journal.above(root)):
        if os.path.lexists(os.path.join(path, journal.NAME)):
            return os.path.join(path, journal.NAME)
    return None


def _refuse(changes: Sequence[Change]) -> None:
    """Stop at names that are not to be written, and at names that exclude each other."""
    names = {change.name for change in changes}
    if len(names) < len(changes):
        raise WriteError("one file cannot be written twice in one change; nothing was changed")
    for name in names:
        if not journal.may_name(name):
            raise WriteError(f"cannot write {name!r}: such a name is not for documents; nothing was changed")
        folder = next((folder for folder in folders_of(name) if folder in names), None)
        if folder is not None:
            raise WriteError(f"cannot write {name!r}: {folder!r} would be a file and a folder; nothing was changed")


def _make(root: str, made: list[str]) -> None:
    """Make a folder and what is missing above it, and list what was made, the highest first."""
    missing = []
    here = root.rstrip("/" + os.sep) or root
    while not os.path.lexists(here or "."):
        missing.append(here)
        here = os.path.dirname(here)
    if not os.path.isdir(here or "."):
        raise NotADirectoryError(errno.ENOTDIR, "it is not a folder" if here == root else f"{here!r} is not a folder")
    for path in reversed(missing):
        os.mkdir(path)
        made.append(path)


class _Work:
    """A change on its way."""

    def __init__(self, below: Below, own: Journal, changes: Sequence[Change], above: int) -> None:
        self._below = below
        self._journal = own
        self._changes = changes
        self._seen: list[Seen] = []
        self._plan = Plan("", (), (), above)
        self._bytes = 0
        self._done = 0

    def run(self, check: Callable[[], object] | None, notes: list[str]) -> None:
        """Change all files, or leave all as they are; only a failure between two of them leaves the rest to do."""
        try:
            journal.settle_around(self._below, [change.name for change in self._changes], notes)
            self._look()
            self._journal.plan(self._plan)
            after = self._prepare()
            if check is not None:
                check()
            self._look_again()
            self._journal.commit(after)
        except BaseException as error:
            if not self._undo() and isinstance(error, Stop):
                left = "nothing was changed, but temporary files are left, which the next run takes away"
                raise WriteError(error.message(left)) from error
            raise
        try:
            self._replace()
        except Stop as stop:
            if self._done == 0 and self._undo():
                raise
            state = f"{self._done} of {len(self._changes)} files are written, and the next run writes the others"
            raise WriteError(stop.message(state)) from stop

    def _look(self) -> None:
        """See whether everything is as the caller takes it to be, and make the plan."""
        kept = []
        folders: dict[str, None] = {}
        for change in self._changes:
            seen = self._look_at(change)
            if seen.status is None:
                if change.content is None:
                    continue
                folders.update(dict.fromkeys(filter(self._is_missing, folders_of(change.name))))
            kept.append(change)
            self._seen.append(seen)
        files = tuple((change.name, seen.sha256) for change, seen in zip(kept, self._seen, strict=True))
        self._changes = kept
        self._plan = Plan(os.urandom(8).hex(), files, tuple(folders), self._plan.above)

    def _look_at(self, change: Change) -> Seen:
        shown = self._below.shown(change.name)
        with said(shown):
            seen = see(self._below, change.name, hashed=change.before != ABSENT)
            if seen.status is None:
                if change.before not in (ABSENT, ANY):
                    raise Stop(f"{shown!r} is gone since it was read", "run again")
                return seen
            if change.before == ABSENT:
                raise Stop(f"{shown!r} exists already")
            if change.before not in (ANY, seen.sha256):
                raise Stop(f"{shown!r} has changed since it was read", "run again")
            leave_to_replace(*self._below.around(change.name), seen.status)
            return seen

    def _is_missing(self, folder: str) -> bool:
        with said(self._below.shown(folder)):
            try:
                self._below.folder(folder)
            except FileNotFoundError:
                return True
        return False

    def _prepare(self) -> list[str | None]:
        """Bring the new contents to the disk, beside the old ones; return their digests."""
        for name in self._plan.folders:
            with said(self._below.shown(name)), suppress(FileExistsError):
                folder, last = self._below.around(name)
                folder.make(last)
        after = [self._write(number) for number in range(len(self._changes))]
        sync(self._below, (*self._plan.names, *self._plan.folders))
        return after

    def _write(self, number: int) -> str | None:
        """Write one temporary file; return the digest of its content."""
        change, old = self._changes[number], self._seen[number].status
        if change.content is None:
            return None
        shown, digest = self._below.shown(change.name), sha256()
        with said(shown):
            folder, temporary = self._below.around(self._plan.temporary(number))
            # What is secret must not be readable, for a moment, through its temporary file.
            fd = folder.open(temporary, _NEW, 0o666 if old is None else 0o600)
        try:
            for piece in (change.content,) if isinstance(change.content, bytes) else change.content:
                digest.update(piece)
                self._bytes += len(piece)
                with said(shown):
                    write_all(fd, piece)
            with said(shown):
                if old is not None:
                    keep(fd, *self._below.around(change.name), old)
                os.fsync(fd)
        finally:
            with said(shown):
                os.close(fd)
        return digest.hexdigest()

    def _look_again(self) -> None:
        self._below.leave()
        for change, seen in zip(self._changes, self._seen, strict=True):
            shown = self._below.shown(change.name)
            with said(shown):
                if stamp(see(self._below, change.name, hashed=False).status) != stamp(seen.status):
                    raise Stop(f"{shown!r} changed meanwhile", "run again")

    def _replace(self) -> None:
        for number, (change, seen) in enumerate(zip(self._changes, self._seen, strict=True)):
            put(self._below, change.name, seen, None if change.content is None else self._plan.temporary(number))
            self._done += 1
        sync(self._below, self._plan.names)
        with said(self._journal.shown):
            self._journal.remove()

    def _undo(self) -> bool:
        """Take away whatever was prepared; whether that could be done."""
        try:
            self._journal.retract()
            journal.clean(self._below, self._plan)
            self._journal.remove()
        except (Stop, OSError):
            return False
        return True

    def outcome(self, notes: Sequence[str]) -> Written:
        """What was done."""
        written = tuple(change.name for change in self._changes if change.content is not None)
        removed = tuple(change.name for change in self._changes if change.content is None)
        return Written(written, removed, self._bytes, tuple(notes))
