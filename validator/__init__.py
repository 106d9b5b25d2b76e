"""Checks the integrity of document collections: folders with an index, containers, and the text in them.

``validator.check("seeds/")`` returns a ``Report`` with its ``Finding``s. ``fix``, ``index``, ``pack`` and
``unpack`` change files, all or none of them; ``diff`` compares two collections.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Options, Report, UsageError
from validator.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import IO, Literal, TypeAlias

    from validator.changing import Fixed
    from validator.checking import Job
    from validator.comparing import Difference
    from validator.indexing import Plan
    from validator.packing import Packed, Unpacked

    Path: TypeAlias = str | os.PathLike[str]

__all__ = [
    "Finding",
    "Options",
    "Report",
    "UsageError",
    "__version__",
    "check",
    "diff",
    "fix",
    "index",
    "pack",
    "unpack",
]


def check(*paths: Path, options: Options | None = None, jobs: int = 1) -> Report:
    """Check folders, containers, documents, archives, URLs, ``git:REV:path`` or patterns; by default this folder.

    ``jobs`` is the number of processes, 0 for one for each processor; on Linux they are forked.

    Without ``options`` the nearest settings file of each path applies, as on the command line; with them,
    none does. Raises ``UsageError`` for a path, settings or a rule that there is not.
    """
    from validator.checking import Flags, run

    return run(_jobs(paths or (".",), options), Flags(jobs=jobs))


def fix(*paths: Path, unsafe: bool = False, dry_run: bool = False, options: Options | None = None) -> list[Fixed]:
    """Mend what can be mended, each collection in one change; on a dry run say what that would be.

    For ``options`` see ``check``. Raises ``UsageError``; then nothing was changed.
    """
    from validator import changing

    return list(changing.fix(_jobs(paths, options), unsafe=unsafe, dry_run=dry_run))


def index(
    path: Path,
    *,
    prune: bool = False,
    ids: Literal["pattern", "digest"] = "pattern",
    dry_run: bool = False,
    options: Options | None = None,
) -> Plan:
    """Bring the indexes of a folder up to date; on a dry run say what that would be.

    With ``prune`` the entries of missing documents go. Raises ``UsageError``; then nothing was changed.
    """
    from validator import changing

    return changing.make_index(_jobs((path,), options)[0], prune=prune, ids=ids, dry_run=dry_run)


def pack(
    path: Path,
    target: Path | IO[bytes],
    *,
    select: Sequence[str] = (),
    verify: bool = True,
    force: bool = False,
    options: Options | None = None,
) -> Packed:
    """Pack a folder into a container, a file or a stream. Raises ``UsageError``; then nothing was written."""
    from validator import changing

    job = _jobs((path,), options)[0]
    return changing.pack(job, _file(target), select=select, verify=verify, force=force)


def unpack(
    source: Path | IO[bytes],
    folder: Path,
    *,
    select: Sequence[str] = (),
    verify: bool = True,
    force: bool = False,
) -> Unpacked:
    """Unpack a container, a file or a stream, into a folder. Raises ``UsageError``; then nothing was written."""
    from validator import changing

    return changing.unpack(_file(source), str(folder), select=select, verify=verify, force=force)


def diff(a: Path, b: Path, *, options: Options | None = None) -> Difference:
    """Compare two collections: folders, containers, or ``REV:path`` in a git repository. Raises ``UsageError``."""
    from validator import comparing

    return comparing.diff(str(a), str(b), options)


def _jobs(paths: Sequence[Path], options: Options | None) -> list[Job]:
    from validator import discovery
    from validator.checking import Flags, Job, plan

    words = [str(path) for path in paths]
    if options is None:
        return plan(words, Flags())
    return [Job(discovery.governed(path), options, "error", "full", None) for path in discovery.expanded(words)]


def _file(file: Path | IO[bytes]) -> str | IO[bytes]:
    return str(file) if isinstance(file, str) or hasattr(file, "__fspath__") else file
