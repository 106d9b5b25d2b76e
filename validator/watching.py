"""Checking again whenever something changes, for ``validate check --watch``.

The operating system says that something happened in the folders; what that was, the stamps of the files that
belong to the collection tell. So what is excluded, ignored or hidden wakes nobody, and neither do the reports
and the cache that a check writes. Files that lie elsewhere, such as settings, are looked at every second.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from validator import checking, discovery
from validator.model import UsageError, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
    from typing import TypeAlias

    from validator.checking import Flags, Job

    Stamps: TypeAlias = dict[str, tuple[int, ...]]

_SECOND = 1000
"""Milliseconds between two looks at what the operating system does not tell of."""
_CLEAR = "\x1b[H\x1b[2J"
"""Go to the upper left corner, and clear the screen (ECMA-48)."""


@value
class Seen:
    """The files of the collections and those that say how to check them, by path, with their stamps."""

    documents: Stamps
    besides: Stamps


def watch(paths: Sequence[str], flags: Flags) -> int:
    """Check, and check again after every change, until the user has had enough (Ctrl-C).

    Returns the exit code of the last check; a check that is interrupted raises ``KeyboardInterrupt``. Raises
    ``UsageError``.
    """
    paths = discovery.expanded(paths)
    _refuse_what_cannot_be_watched(paths, flags)
    wakes, seen, why = _wakes(paths), _seen(paths, flags), ""
    verdict: int | None = None
    try:
        while True:
            verdict = None
            _begin(why, flags)
            verdict = checking.command(paths, flags)
            _say(f"watching {', '.join(paths)}; Ctrl-C ends it", flags)
            now = _changed(wakes, seen, paths, flags)
            why, seen = f"{_difference(seen, now)}; checking again", now
    except KeyboardInterrupt:
        if verdict is None:
            raise
        return verdict


def _refuse_what_cannot_be_watched(paths: Sequence[str], flags: Flags) -> None:
    if discovery.STDIN in paths:
        raise UsageError("--watch: standard input cannot be watched; name a file or a folder")
    for path in paths:
        discovery.refuse_elsewhere(path, "it cannot be watched, so check it without --watch")
    if flags.staged:
        raise UsageError("--watch looks at the files on the disk, and --staged at what git has staged: use one of them")
    for _, file in flags.outputs:
        if any(discovery.below(path, file) for path in paths):
            raise UsageError(f"--watch: write the report {file!r} outside of what is checked")


def _begin(why: str, flags: Flags) -> None:
    """Say why a check begins, unless it is the first; on a terminal, on a clear screen."""
    if not why:
        return
    if sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        sys.stdout.write(_CLEAR)
        sys.stdout.flush()
    _say(why, flags)


def _say(words: str, flags: Flags) -> None:
    if not flags.quiet:
        checking.say(f"{time.strftime('%H:%M:%S')} {words}")


def _changed(wakes: Iterator[bool], seen: Seen, paths: Sequence[str], flags: Flags) -> Seen:
    """Wait until there is something else than was seen; return that."""
    while True:
        told = next(wakes)
        now = _seen(paths, flags, seen, told)
        if now != seen:
            return now


def _wakes(paths: Sequence[str]) -> Iterator[bool]:
    """Wakes up at least every second; true if something may have happened to documents. Raises ``UsageError``."""
    try:
        from watchfiles import watch
    except ImportError:
        raise UsageError("--watch needs watchfiles: pip install 'collection-validator[watch]'") from None
    meant = [discovery.governed(path) for path in paths]
    folders = [path if os.path.isdir(path) else os.path.dirname(path) or "." for path in meant]
    watched = partial(
        watch,
        watch_filter=None,
        rust_timeout=_SECOND,
        yield_on_timeout=True,
        recursive=any(map(os.path.isdir, meant)),
        ignore_permission_denied=True,
    )
    return _woken(watched, folders)


def _woken(watched: Callable[..., Iterable[Sized]], folders: Sequence[str]) -> Iterator[bool]:
    """The same for folders, which may go away and come back as other ones."""
    while True:
        there = [folder for folder in folders if os.path.isdir(folder)]
        same = [_identity(folder) for folder in folders]
        told = True  # of what happened before anybody watched
        if not there:
            time.sleep(1)
            yield told
            continue
        try:
            for changes in watched(*there):
                yield told or len(changes) > 0
                told = False
                if [_identity(folder) for folder in folders] != same:
                    break
        except (OSError, RuntimeError) as error:
            raise UsageError(f"--watch: the system does not tell of changes: {error}") from None


def _identity(folder: str) -> tuple[int, ...]:
    return _stamp(folder)[3:]


def _seen(paths: Sequence[str], flags: Flags, before: Seen | None = None, told: bool = True) -> Seen:
    """What there is now. Documents are looked at if something may have happened to them or to the settings."""
    before = before or Seen({}, {})
    try:
        jobs = checking.plan(paths, flags)
    except (UsageError, OSError):  # the check says so; which documents there are, nobody knows meanwhile
        jobs = None
    others = [flags.config, flags.baseline, *(job.baseline for job in jobs or [])]
    others += [] if flags.config or flags.isolated else map(discovery.settings_file, paths)
    besides = {file: _stamp(file) for file in others if file}
    is_known = jobs is None or not (told or besides != before.besides)
    return Seen(before.documents if is_known else _documents(jobs or [], flags), besides)


def _documents(jobs: Sequence[Job], flags: Flags) -> Stamps:
    found: Stamps = {}
    for job in jobs:
        try:
            tree, _ = discovery.tree_at(job.path, flags.tracked)
            found |= {path: _stamp(path) for file in tree.walk(job.options) if (path := tree.shown(file.name))}
        except (UsageError, OSError):  # the check says so
            continue
    return found


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            status = os.lstat(path)  # of a link to a folder elsewhere, what happens there is nothing
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def _difference(before: Seen, now: Seen) -> str:
    """What has changed, in words."""
    gone, new = before.documents.keys() - now.documents.keys(), now.documents.keys() - before.documents.keys()
    changed = [name for name in before.documents.keys() & now.documents.keys() if _differs(name, before, now)]
    counts = [(len(changed), "changed"), (len(new), "new"), (len(gone), "gone")]
    said = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    return "; ".join(filter(None, [said, "" if before.besides == now.besides else "other settings"]))


def _differs(name: str, before: Seen, now: Seen) -> bool:
    return before.documents[name] != now.documents[name]
