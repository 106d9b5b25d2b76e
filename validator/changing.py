"""The commands that change files, and the one that compares: from paths to what is written and said.

Each has a function that does the work and returns what was done, for libraries, and one that prints it and
returns the exit code, for the command line.
"""

from __future__ import annotations

import os
import sys

from validator import checking, discovery, engine, manifest
from validator.checking import CLEAN, FAILED, FINDINGS, Flags, Job
from validator.model import TYPE_CHECKING, Options, Report, UsageError, replaced, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import IO

    from validator.fixing import Mended
    from validator.identifiers import Style
    from validator.indexing import Plan, Update
    from validator.packing import Packed, Unpacked


@value
class Fixed:
    """What mending a collection came to; ``root`` is the folder, or the one file, that it is.

    ``report`` is what is left of what was named; what is left in the whole collection, ``mended`` knows.
    """

    root: str
    mended: Mended
    report: Report


def fix(jobs: Iterable[Job], *, unsafe: bool = False, dry_run: bool = False) -> Iterator[Fixed]:
    """Mend what can be mended, each collection in one change; on a dry run say what that would be.

    A document is mended in the collection that it belongs to, so that its index and its packed copies
    follow: the folder with the highest index above it, within the repository. The report is on what was
    named. Raises ``UsageError``.
    """
    from validator import fixing, writing

    for root, options, paths in _meant(jobs):
        folder = _folder(root)
        if not dry_run:
            writing.recover(folder)
        tree, _ = discovery.tree_at(root)
        concerns = _concerns(paths)
        if not any(concerns(tree.shown(found.name)) for found in tree.walk(options)):
            where = (
                "there is nothing in it" if root in paths else f"it is excluded, ignored by git or hidden in {root!r}"
            )
            raise UsageError(f"nothing to mend under {', '.join(map(repr, paths))}: {where}")
        mended = fixing.mend(tree, options, unsafe=unsafe, concerns=concerns)
        if mended.rewrites and not dry_run:
            writing.apply(folder, [writing.Change(r.name, r.after, _digest(r.before)) for r in mended.rewrites])
        yield Fixed(root, mended, _only(mended.report, concerns))


def _meant(jobs: Iterable[Job]) -> list[tuple[str, Options, list[str]]]:
    """The collections that paths belong to, each with the settings and the paths that are meant in it."""
    roots: dict[str, str] = {}
    found: dict[tuple[str, Options], list[str]] = {}
    for job in jobs:
        if job.path == discovery.STDIN:
            raise UsageError("standard input cannot be mended; name a file or a folder")
        discovery.refuse_elsewhere(job.path)
        discovery.refuse_archive(job.path)
        home = _home(job.path)
        root = roots.setdefault(os.path.realpath(home), home)
        options = job.options
        ours = discovery.below(root, job.settings_file)
        if ours is not None and f"/{ours}" not in options.exclude:
            options = replaced(options, exclude=(*options.exclude, f"/{ours}"))
        found.setdefault((root, options), []).append(job.path)
    return [(root, options, paths) for (root, options), paths in found.items()]


def _concerns(paths: Sequence[str]) -> Callable[[str], bool]:
    """What tells whether a path that a finding names lies in one of those that are meant."""
    folders = [os.path.dirname(path) or "." if os.path.basename(path) == manifest.NAME else path for path in paths]
    real = [os.path.realpath(path) for path in folders]
    known: dict[str, bool] = {}

    def concerns(path: str) -> bool:
        if path not in known:
            folder, name = os.path.split(path)
            here = os.path.join(os.path.realpath(folder), name)
            known[path] = any(here == one or here.startswith(os.path.join(one, "")) for one in real)
        return known[path]

    return concerns


def _only(report: Report, concerns: Callable[[str], bool]) -> Report:
    return replaced(report, findings=tuple(one for one in report.findings if concerns(one.path)))


def _home(path: str) -> str:
    discovery.refuse_elsewhere(path)
    if os.path.basename(path) == manifest.NAME and os.path.isfile(path):
        path = os.path.dirname(path) or "."
    if not os.path.lexists(path):
        raise UsageError(f"no such file or folder: {path!r}")
    home, here = path, path if os.path.isdir(path) else os.path.dirname(path) or "."
    while True:
        if any(os.path.isfile(os.path.join(here, name)) for name in (manifest.NAME, manifest.COLUMNAR)):
            home = here
        above = os.path.normpath(os.path.join(here, ".."))
        is_top = os.path.lexists(os.path.join(here, ".git")) or os.path.realpath(above) == os.path.realpath(here)
        if is_top:
            return home
        here = above


def _recover(roots: Iterable[str]) -> None:
    """Deal with what an interrupted run left behind, and say so."""
    from validator import writing

    for folder in dict.fromkeys(map(_folder, roots)):
        for note in writing.recover(folder):
            checking.say(f"note: {note}")


def _folder(root: str) -> str:
    return root if os.path.isdir(root) else os.path.dirname(root) or "."


def _digest(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


def fix_command(paths: Sequence[str], flags: Flags, *, unsafe: bool, diff: bool) -> int:
    """Mend, say what was done, report what is left, and return the exit code."""

    def run() -> int:
        jobs = checking.plan(paths, flags)
        if diff and flags.output_format:
            raise UsageError("--diff prints a patch; --output-format goes without it")
        if not diff and discovery.STDIN not in paths:
            _recover(_home(job.path) for job in jobs)
        reports, patch = [], []
        for one in fix(map(checking.unlimited, jobs), unsafe=unsafe, dry_run=diff):
            reports.append(one.report)
            patch += [(_joined(one.root, r.name), r.before, r.after) for r in one.mended.rewrites]
            for line in () if flags.quiet or diff else _told(one):
                checking.say(line)
        if diff:
            return _show_patch(patch)
        return checking.conclude(checking.forgiving(engine.merged(reports), jobs), jobs, flags)

    return _guarded(run)


def baseline_command(paths: Sequence[str], flags: Flags, *, prune: bool) -> int:
    """Write a baseline, or take out of it what is no longer found; say so, and return the exit code."""
    from collections import Counter

    from validator import baseline
    from validator.reporters.words import first, number

    def run() -> int:
        file = flags.baseline or checking.plan(paths, flags)[0].baseline or baseline.NAME
        planned = checking.plan(paths, replaced(flags, baseline=file))
        jobs = [replaced(checking.unlimited(job), baseline="") for job in planned]
        report = checking.run(jobs, flags)
        if report.incomplete or report.empty:
            checking.conclude(report, jobs, flags)
            return checking.complain(f"not everything could be checked, so {file!r} is left as it is")
        is_new = not (prune or os.path.lexists(file))
        old = baseline.Baseline(file, Counter()) if is_new else baseline.load(file)
        checked = [job.path for job in jobs]
        changed = baseline.pruned if prune else baseline.updated
        new = changed(old, report, checked, jobs[0].options)
        failed = checking.write(file, [baseline.written(new).rstrip("\n")])
        if failed or flags.quiet:
            return failed
        gone = "" if is_new else f"; {(old.counts - new.counts).total():,} taken out"
        findings, documents = number(new.counts.total(), "finding"), number(len(new.documents), "document")
        said = f"{first(file)}: {findings} in {documents}{gone}"
        if not flags.baseline and file == baseline.NAME:
            checking.say(f"note: it is used with `--baseline {file}`, or with the setting `baseline: {file}`")
        return checking.print_lines([said], guard=False)

    return _guarded(run)


def _joined(root: str, name: str) -> str:
    """A file as it is seen from the working folder, or, where it lies outside, from its collection."""
    path = os.path.join(os.path.realpath(_folder(root)), name)
    below = discovery.below(os.getcwd(), path)
    return (below if below is not None else name).replace(os.sep, "/")


def _told(fixed: Fixed) -> Iterator[str]:
    """What was mended, a line for each file."""
    counts: dict[str, dict[str, int]] = {}
    for finding in fixed.mended.fixed:
        codes = counts.setdefault(os.path.realpath(finding.path), {})
        rule = f"{finding.code} {finding.name}"
        codes[rule] = codes.get(rule, 0) + 1
    for rewrite in fixed.mended.rewrites:
        path = os.path.normpath(os.path.join(_folder(fixed.root), rewrite.name))
        found = counts.get(os.path.realpath(path), {})
        rules = [rule if times == 1 else f"{rule} ({times:,} times)" for rule, times in found.items()]
        yield f"fixed {path.replace(os.sep, '/')}: {', '.join(rules) or 'follows what it lists or holds'}"


def make_index(
    job: Job, *, prune: bool = False, ids: Style = "pattern", format: str = "markdown", dry_run: bool = False
) -> Plan:
    """Bring the indexes of a folder up to date; on a dry run say what that would be. Raises ``UsageError``.

    With the ``format`` ``parquet``, the index of the folder itself becomes, or stays, an INDEX.parquet.
    """
    from validator import indexing, writing

    if job.path == discovery.STDIN:
        raise UsageError("standard input has no index to write; name a folder")
    discovery.refuse_elsewhere(job.path)
    discovery.refuse_archive(job.path)
    tree, _ = discovery.tree_at(job.path)
    folder = _folder(tree.path)
    if not dry_run:
        writing.recover(folder)
    plan = indexing.plan(tree, job.options, prune=prune, ids=ids, format=format)
    if plan.errors:
        raise UsageError("; ".join(plan.errors))
    if plan.rewrites and not dry_run:
        changes = [
            writing.Change(u.name, u.after, writing.ABSENT if u.before is None else _digest(u.before))
            for u in plan.rewrites
        ]
        writing.apply(folder, changes)
    return plan


def index_command(
    paths: Sequence[str], flags: Flags, *, check: bool, diff: bool, prune: bool, ids: Style, format: str = "markdown"
) -> int:
    """Write indexes, say what was done, and return the exit code; with ``check`` and ``diff`` only say it."""

    def run() -> int:
        code = CLEAN
        jobs = checking.plan(paths, flags)
        for job in jobs:
            discovery.refuse_elsewhere(job.path)
        if not (check or diff):
            _recover(job.path for job in jobs)
        for job in jobs:
            plan = make_index(job, prune=prune, ids=ids, format=format, dry_run=check or diff)
            for problem in plan.problems:
                code = checking.complain(f"{problem.path}: {problem.detail or problem.kind}")
            if diff:
                for update in plan.rewrites:
                    if not update.name.endswith(manifest.NAME):
                        raise UsageError(f"--diff prints text, and {update.path!r} is none; use --check")
                code = max(code, _show_patch((u.path, u.before, u.after) for u in plan.rewrites))
            elif check and plan.rewrites:
                code = max(code, FINDINGS)
            told = () if flags.quiet or diff else [line for u in plan.updates for line in _updated(u, check)]
            for line in (*told, *(() if flags.quiet else [f"note: {note}" for note in plan.notes])):
                checking.say(line)
        return code

    return _guarded(run)


def _updated(update: Update, dry_run: bool) -> Iterator[str]:
    """What became of an index, in one line, and then what a person has to decide."""
    parts = {
        "added": update.added,
        "dropped": update.dropped,
        "renamed": update.renamed,
        "refreshed": update.refreshed,
        "titled": update.titled,
    }
    counts = [f"{len(names):,} {word}" for word, names in parts.items() if names]
    if update.before == update.after:
        yield f"up to date: {update.path}"
    else:
        yield f"{'would write' if dry_run else 'wrote'} {update.path}: {', '.join(counts) or 'new form'}"
    for name in update.missing[:10]:
        yield f"missing: {name!r}, which {update.path} lists (--prune takes it out)"
    if len(update.missing) > 10:
        yield f"missing: {len(update.missing) - 10:,} more that {update.path} lists"
    for note in update.notes:
        yield f"note: {note}"


def pack(
    job: Job, target: str | IO[bytes], *, select: Sequence[str] = (), verify: bool = True, force: bool = False
) -> Packed:
    """Pack a folder into a container. Raises ``UsageError``."""
    from validator import packing

    discovery.refuse_elsewhere(job.path, "fetch it, and pack it here")
    discovery.refuse_archive(job.path)
    tree, _ = discovery.tree_at(job.path)
    return packing.pack(tree, target, job.options, select=select, verify=verify, force=force)


def pack_command(path: str, target: str, flags: Flags, *, select: Sequence[str], verify: bool, force: bool) -> int:
    """Pack, say what was done, and return the exit code; ``-`` is standard output."""

    def run() -> int:
        out: str | IO[bytes] = target
        if target == discovery.STDIN:
            if sys.stdout is None or sys.stdout.isatty():
                raise UsageError("a container is not written to a terminal; name a file with -o, or redirect")
            out = sys.stdout.buffer
        packed = pack(checking.plan([path], flags)[0], out, select=select, verify=verify, force=force)
        for note in (*packed.notes, f"packed {_documents(packed.documents)} into {_named(target)}"):
            if not flags.quiet:
                checking.say(note)
        return CLEAN

    return _guarded(run)


def unpack(
    source: str | IO[bytes],
    folder: str,
    *,
    select: Sequence[str] = (),
    verify: bool = True,
    force: bool = False,
    options: Options | None = None,
) -> Unpacked:
    """Unpack a container into a folder. Raises ``UsageError``."""
    from validator import packing

    for path in (source, folder):
        if isinstance(path, str):
            discovery.refuse_elsewhere(path, "only what does can be unpacked, and only to there")
            discovery.refuse_archive(path)
    if not folder:
        raise UsageError("the folder to unpack into has no name; write . for the working folder")
    return packing.unpack(source, folder, options, select=select, verify=verify, force=force)


def unpack_command(source: str, folder: str, flags: Flags, *, select: Sequence[str], verify: bool, force: bool) -> int:
    """Unpack, say what was done, and return the exit code; ``-`` is standard input."""

    def run() -> int:
        opened: str | IO[bytes] = source
        if source == discovery.STDIN:
            if sys.stdin is None:
                raise UsageError("standard input is closed, so there is nothing to unpack from '-'")
            opened = sys.stdin.buffer
        unpacked = unpack(opened, folder, select=select, verify=verify, force=force)
        for note in (*unpacked.notes, f"unpacked {_documents(unpacked.documents)} into {folder!r}"):
            if not flags.quiet:
                checking.say(note)
        return CLEAN

    return _guarded(run)


def _documents(count: int) -> str:
    return "1 document" if count == 1 else f"{count:,} documents"


def _named(target: str) -> str:
    return "standard output" if target == discovery.STDIN else repr(target)


def diff_command(a: str, b: str, flags: Flags, *, format: str) -> int:
    """Compare two collections, print how they differ, and return the exit code."""
    from validator import comparing
    from validator.comparing import differences

    def run() -> int:
        paths = [path for path in (b, a) if os.path.lexists(path)]  # the others are revisions
        options = checking.plan(paths[:1], flags)[0].options if paths else None
        difference = comparing.diff(a, b, options)
        for note in () if flags.quiet else difference.notes:
            checking.say(f"note: {note}")
        printed = checking.print_lines(differences.render(format, difference), guard=format != "json")
        verdict = FAILED if difference.incomplete else CLEAN if difference.is_empty else FINDINGS
        return max(printed, verdict)

    return _guarded(run)


def _show_patch(files: Iterable[tuple[str, bytes | None, bytes | None]]) -> int:
    """Print a patch, byte for byte unless a terminal would obey it; 1 if there is anything in it."""
    from validator.patches import unified

    pieces = (piece for path, before, after in files for piece in unified(path.replace(os.sep, "/"), before, after))
    out = sys.stdout
    if out is None:
        return checking.complain("cannot write the patch: standard output is closed")
    if out.isatty():
        from validator.text import shown

        lines = [shown(line.decode("utf-8", "surrogateescape")) for line in b"".join(pieces).split(b"\n")[:-1]]
        return max(checking.print_lines(lines, guard=False), FINDINGS if lines else CLEAN)
    written = b"".join(pieces)
    if written and os.environ.get("GITHUB_ACTIONS") == "true":  # what a log shows is obeyed there
        token = os.urandom(16).hex().encode()
        written = b"::stop-commands::%b\n%b::%b::\n" % (token, written, token)
    return max(checking.print_bytes(written), FINDINGS if written else CLEAN)


def _guarded(run: Callable[[], int]) -> int:
    try:
        return run()
    except UsageError as error:
        return checking.complain(str(error))
    except OSError as error:
        return checking.complain(
            f"cannot go on with {error.filename or 'standard output'!r}: {(error.strerror or str(error)).lower()}"
        )
