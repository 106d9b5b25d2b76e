"""The check command behind its options: paths in, reports out, exit code."""

from __future__ import annotations

import errno
import os
import sys

from validator import discovery, engine, progress, reporters
from validator.addresses import collection, is_elsewhere, is_git
from validator.model import TYPE_CHECKING, Look, Options, Report, Suppression, UsageError, replaced, value
from validator.trees import is_divisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from validator.cache import Cache
    from validator.scale import Scaled
    from validator.trees import Tree

CLEAN, FINDINGS, FAILED = 0, 1, 2
_LARGE = "near-duplicates (DUP002) and shared blocks (RES011) are not looked for with --engine or --state"
_NARROWEST = 40
_LINKING = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio")
"""Terminals that follow hyperlinks, as they name themselves in ``TERM_PROGRAM``."""
_FIRST_VTE = 5000


@value
class Flags:
    """What the command line says besides the paths; ``None`` leaves it to the settings.

    ``outputs`` are further reports as (format, file). ``overrides`` are settings by their keys,
    ``config`` a settings file to read in place of the nearest. ``since`` is a git revision. ``color`` and
    ``hyperlinks`` are ``auto``, ``always`` or ``never``. ``trust`` is the git revision that
    speaks for the gate. ``engine`` is who does the work of a large run, ``state`` the folder or URL where it is
    remembered, ``log`` a file for what happens; empty, all three are left out.
    """

    overrides: dict[str, Any] = {}
    config: str | None = None
    isolated: bool = False
    tracked: bool = False
    staged: bool = False
    since: str = ""
    trust: str = ""
    baseline: str | None = None
    output_format: str | None = None
    outputs: tuple[tuple[str, str], ...] = ()
    allow_empty: bool = False
    jobs: int = 0
    cache: bool = False
    stdin_filename: str = "stdin"
    color: str = "auto"
    hyperlinks: str = "auto"
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    show_files: bool = False
    engine: str = ""
    state: str = ""
    log: str = ""


@value
class Job:
    """A path with the settings that apply to it; ``docs`` is where the pages of the rules are published.

    ``pardons`` is what the baseline contains where a trusted revision says so, and ``weakened`` what the change
    would have had otherwise.
    """

    path: str
    options: Options
    fail_on: str = "error"
    output_format: str = "full"
    settings_file: str | None = None
    baseline: str = ""
    docs: str = ""
    pardons: bytes | None = None
    weakened: tuple[Suppression, ...] = ()


def command(paths: Sequence[str], flags: Flags) -> int:
    """Check, report, and return the exit code."""
    try:
        jobs = plan(paths, flags)
        for file in (*(file for _, file in flags.outputs), *([flags.log] if flags.log else [])):
            discovery.refuse_to_overwrite(file, [job.path for job in jobs])
        if flags.show_files:
            return print_lines(files(jobs, flags), guard=False)
        for format in _formats(jobs, flags):
            reporters.render(format, Report(()))  # to know now, and not behind a long run, if a package is missing
        report = run(jobs, flags, progress.watch)
        return conclude(report, jobs, flags)
    except UsageError as error:
        return complain(str(error))
    except OSError as error:
        return complain(f"cannot look at {error.filename or 'a path'!r}: {(error.strerror or str(error)).lower()}")


def conclude(report: Report, jobs: Sequence[Job], flags: Flags) -> int:
    """Print the report, write it where it is wanted besides, and return the exit code.

    Raises ``UsageError`` for a format that needs a package which is not installed.
    """
    if flags.verbose:
        for job in jobs:
            say(f"note: {collection(job.path)}: settings from {job.settings_file or 'the defaults'}")
    for note in () if flags.quiet else report.notes:
        say(f"note: {note}")
    code = verdict(report, [job.fail_on for job in jobs])
    if report.empty and not flags.allow_empty:
        for path in report.empty:
            complain(f"nothing to check under {path} (--allow-empty accepts this)")
        code = FAILED
    for format, file in flags.outputs:
        code = max(code, write(file, reporters.render(format, report, Look(docs=jobs[0].docs, verbose=flags.verbose))))
    format = _formats(jobs, flags)[-1]
    for_people = format in ("full", "concise")
    if code == FAILED and report.empty and not report.documents and for_people:
        return code
    lines = reporters.render(format, report, _look(flags, jobs[0].docs))
    return max(code, print_lines(lines, guard=for_people, encoding=None if for_people else "utf-8"))


def plan(paths: Sequence[str], flags: Flags) -> list[Job]:
    """The paths, each with its settings. Raises ``UsageError``."""
    jobs = []
    _refuse_what_a_large_run_ignores(flags)
    found = discovery.expanded(paths or ["."])
    for path in discovery.without_nested([discovery.governed(path, flags.staged) for path in found]):
        _refuse_what_needs_a_disk(path, flags)
        if flags.state and discovery.is_within(flags.state, path):
            raise UsageError(f"--state {collection(flags.state)!r} lies in what is checked: remember it somewhere else")
        file = flags.config or (None if flags.isolated else discovery.settings_file(path))
        others = (file, flags.baseline, flags.log or None, *(to for _, to in flags.outputs))
        ours = [name for one in others if (name := discovery.below(path, one))]
        if flags.trust:
            jobs.append(_trusting(path, flags, ours))
            continue
        if file is None and not (flags.overrides or flags.baseline or ours):
            jobs.append(Job(path, Options()))
            continue
        from validator import config

        settings = config.load(file, flags.overrides)
        baseline = flags.baseline or ""
        if not baseline and settings.baseline:
            baseline = os.path.join(os.path.dirname(file or ""), settings.baseline)
        if baseline and (name := discovery.below(path, baseline)):
            ours.append(name)
        source = "" if "per-file-ignores" in flags.overrides else file or ""
        options = settings.options(source, without=ours)
        docs = settings.documentation and settings.documentation.rstrip("/") + "/"
        jobs.append(Job(path, options, settings.fail_on, settings.output_format, file, baseline, docs))
    return jobs


def _trusting(path: str, flags: Flags, ours: list[str]) -> Job:
    """A path with the settings that a trusted revision has for it. Raises ``UsageError``."""
    from validator import trusting

    if path == discovery.STDIN:
        raise UsageError("--trust: git knows nothing of standard input")
    if flags.staged:
        raise UsageError("--trust holds what lies on the disk against a revision: leave out --staged")
    gate = trusting.gate(path, flags.trust, flags.overrides, flags.config, flags.isolated, flags.baseline or "")
    settings, others = gate.settings, (gate.file, gate.baseline or None)
    ours = [*ours, *(name for one in others if (name := discovery.below(path, one)))]
    source = "" if "per-file-ignores" in flags.overrides else gate.file or ""
    options = settings.options(source, without=dict.fromkeys(ours))
    options = replaced(options, trust=gate.trust, extend_select=(*options.extend_select, "VAL006"))
    docs = settings.documentation and settings.documentation.rstrip("/") + "/"
    return Job(
        path, options, settings.fail_on, settings.output_format, gate.file, gate.baseline, docs, gate.pardons,
        gate.weakened,
    )  # fmt: skip


def _refuse_what_needs_a_disk(path: str, flags: Flags) -> None:
    """Raise ``UsageError`` for options that make no sense of a path that does not lie on the disk."""
    given = {
        "--tracked": flags.tracked,
        "--staged": flags.staged,
        "--since": flags.since,
        "--trust": flags.trust,
        "--cache": flags.cache,
    }
    for option in [option for option, is_given in given.items() if is_given]:
        discovery.refuse_elsewhere(path, f"check it without {option}")
        if option != "--cache" and discovery.is_archive(path):
            raise UsageError(f"git knows nothing of what is in the archive {path!r}: check it without {option}")


def _refuse_what_a_large_run_ignores(flags: Flags) -> None:
    """Raise ``UsageError`` for options that change nothing with, or without, an engine or a state."""
    if not (flags.engine or flags.state):
        if flags.log:
            raise UsageError("--log tells of large runs: use it with --engine or --state")
        return
    if flags.staged:
        raise UsageError("--staged: what git has staged is read by one process; leave out --engine and --state")
    if flags.trust:
        raise UsageError("--trust: what a change may say of itself is judged by one process; leave out --engine")
    if flags.cache:
        raise UsageError("--cache: a large run remembers things with --state DIR; leave --cache out")


def files(jobs: Iterable[Job], flags: Flags) -> Iterator[str]:
    """The files that belong to the collections, one a line, and why one is no document. Raises ``UsageError``."""
    from validator.reporters.words import first, safe

    for job in jobs:
        tree, _ = _tree(job, flags)
        try:
            for found in tree.walk(job.options):
                odd = f" ({found.odd.kind}: {safe(found.odd.detail)})" if found.odd is not None else ""
                yield first(tree.shown(found.name)) + odd
        finally:
            discovery.let_go(tree)


def run(jobs: Iterable[Job], flags: Flags, watch: Callable[[], engine.Watch | None] = lambda: None) -> Report:
    """Check every job; ``watch`` finds somebody who wants to know how far each is. Raises ``UsageError``."""
    jobs = [_narrowed(job, flags) for job in jobs]
    is_large = bool(flags.engine or flags.state)
    unsketched = [_unsketched(job) for job in jobs if is_large and job.options.near_duplicates != "off"]
    trees = [_tree(job, flags) for job in jobs]
    lists = "html" in _formats(jobs, flags)

    def checked(large: Scaled | None) -> list[Report]:
        apart = _apart(jobs, [tree for tree, _ in trees], watch, large) if large is not None else {}
        return [
            apart[number]
            if number in apart
            else _checked(tree, unlimited(job).options, note, flags, lists, watch, large)
            for number, (job, (tree, note)) in enumerate(zip(jobs, trees, strict=True))
        ]

    reports = _on_engine(checked, flags, lists) if is_large else checked(None)
    reports += unsketched
    reports += [_weakenings(job) for job in jobs if job.weakened]
    return forgiving(reports[0] if len(reports) == 1 else engine.merged(reports), [_said(job, flags) for job in jobs])


def _unsketched(job: Job) -> Report:
    """The note that a large run leaves something out. Raises ``UsageError`` where just that is wanted."""
    if job.options.near_duplicates == "full":
        raise UsageError(
            "--near-duplicates full: the processes of a large run compare no documents; leave out --engine"
        )
    return Report((), notes=(_LARGE,))


def _said(job: Job, flags: Flags) -> Job:
    """The job by the path that its findings name; of standard input no more than the text was looked at."""
    if job.path != discovery.STDIN:
        return replaced(job, path=collection(job.path)) if is_elsewhere(job.path) else job
    return replaced(job, path=flags.stdin_filename, options=replaced(job.options, only=frozenset()))


def _formats(jobs: Sequence[Job], flags: Flags) -> list[str]:
    """The formats of the reports that are wanted, last the one on standard output."""
    return [*(format for format, _ in flags.outputs), flags.output_format or jobs[0].output_format]


def _narrowed(job: Job, flags: Flags) -> Job:
    """The job for only what has changed, if that is wanted. Raises ``UsageError``."""
    if not flags.since or job.path == discovery.STDIN:
        return job
    from validator.revisions import changed_since

    return replaced(job, options=replaced(job.options, only=changed_since(job.path, flags.since, flags.staged)))


def unlimited(job: Job) -> Job:
    """The job with every finding listed, if a baseline is going to look for its own among them."""
    if not job.baseline:
        return job
    from validator.baseline import MOST

    return replaced(job, options=replaced(job.options, max_findings=MOST))


def forgiving(report: Report, jobs: Sequence[Job]) -> Report:
    """The report without what the baselines of jobs forgive. Raises ``UsageError``."""
    for job in jobs:
        if job.baseline:
            from validator import baseline

            applied = baseline.applied(baseline.load(job.baseline, job.pardons), report, [job.path], job.options)
            report = engine.merged([applied])
    return report


def _weakenings(job: Job) -> Report:
    """What a change would have done to its own gate, as findings."""
    from validator.judging import Judge
    from validator.selection import selected

    judge = Judge(selected(job.options), job.options, job.path)
    judge.suppressions(job.weakened)
    return Report(tuple(judge.findings))


def _on_engine(work: Callable[[Scaled], list[Report]], flags: Flags, inventory: bool) -> list[Report]:
    """Have work done with what a large run works with. Raises ``UsageError``."""
    from validator import scale

    with scale.means(flags.engine or "local", flags.jobs, flags.state, inventory, progress.log(flags.log)) as large:
        if large.engine.dashboard and not flags.quiet:
            say(f"note: the engine shows what it does at {large.engine.dashboard}")
        return work(large)


def _apart(
    jobs: Sequence[Job], trees: Sequence[Tree], watch: Callable[[], engine.Watch | None], large: Scaled
) -> dict[int, Report]:
    """The reports of jobs that others can do but cannot divide, such as archives, by the numbers of the jobs."""
    from validator.scale import wholes

    sent = {
        number: wholes.Whole(job.path, unlimited(job).options, os.getcwd())
        for number, (job, tree) in enumerate(zip(jobs, trees, strict=True))
        if not (is_divisible(tree) or job.path == discovery.STDIN or is_git(job.path))
    }
    watching = watch() if sent else None
    try:
        return dict(zip(sent, wholes.check(list(sent.values()), replaced(large, watch=watching)), strict=True))
    finally:
        if watching is not None:
            watching(0, 0, 0)
        for number in sent:
            discovery.let_go(trees[number])


def _checked(
    tree: Tree,
    options: Options,
    note: str,
    flags: Flags,
    inventory: bool,
    watch: Callable[[], engine.Watch | None],
    large: Scaled | None,
) -> Report:
    cache = _cache(options) if flags.cache and options.only is None else None
    watching = watch()
    try:
        if large is not None and is_divisible(tree):
            from validator import scale

            report = scale.check(tree, options, replaced(large, watch=watching))
            return engine.merged([report, Report((), notes=(note,) if note else ())])
        means = engine.Means(flags.jobs, cache, watching, inventory)
        return engine.check([tree], options, [note] if note else [], means)
    finally:
        if watching is not None:
            watching(0, 0, 0)  # also when the user has had enough
        discovery.let_go(tree)


def _tree(job: Job, flags: Flags) -> tuple[Tree, str]:
    """The tree of a job, and a note for the user. Raises ``UsageError``."""
    if job.path == discovery.STDIN:
        if sys.stdin is None:
            raise UsageError("standard input is closed, so there is nothing to read for '-'")
        return discovery.standard_input(sys.stdin.buffer.read(), flags.stdin_filename), ""
    if discovery.is_archive(job.path):
        return discovery.archive(job.path, job.options), ""
    if flags.staged:
        return discovery.staged_tree(job.path), ""
    return discovery.tree_at(job.path, flags.tracked)


def _cache(options: Options) -> Cache:
    from validator.cache import Cache

    return Cache(discovery.CACHE, options)


def verdict(report: Report, fail_on: Iterable[str]) -> int:
    """The exit code that a report deserves; the strictest of the settings decides."""
    if report.incomplete:
        return FAILED
    strictest = min(fail_on, key=("warning", "error", "never").index, default="error")
    failing = {"never": 0, "error": report.count("error"), "warning": report.count("error") + report.count("warning")}
    return FINDINGS if failing[strictest] else CLEAN


def complain(message: str) -> int:
    """Say on standard error, in one line, why nothing could be done."""
    say(f"error: {message}")
    return FAILED


def say(line: str) -> None:
    """One line on standard error, safe for every terminal; nowhere else to go if that is closed."""
    from validator.reporters.words import safe

    try:
        print(safe(line), file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        pass


def wants_color(choice: str) -> bool:
    """Whether to colour what goes to standard output (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _look(flags: Flags, docs: str) -> Look:
    """How to show a report on standard output."""
    links = f"{_folder_url()}/" if wants_links(flags.hyperlinks) else ""
    return Look(
        wants_color(flags.color), _columns(), links, docs, flags.quiet, flags.verbose, flags.statistics,
    )  # fmt: skip


def _columns() -> int:
    """The width of the terminal, where there is one that tells."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 0
    except (OSError, ValueError, AttributeError):
        columns = 0
    return max(columns, _NARROWEST) if columns else Look().columns


def _folder_url() -> str:
    from pathlib import Path

    return Path.cwd().as_uri()


def wants_links(choice: str) -> bool:
    """Whether standard output is a terminal that follows hyperlinks (OSC 8), as far as it can be told."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("FORCE_HYPERLINK"):
        return os.environ["FORCE_HYPERLINK"] != "0"
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        return False
    vte = os.environ.get("VTE_VERSION", "")
    return (
        (vte.isdigit() and int(vte) >= _FIRST_VTE)
        or os.environ.get("TERM_PROGRAM", "") in _LINKING
        or any(os.environ.get(name) for name in ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"))
    )


def print_lines(lines: Iterable[str], guard: bool, encoding: str | None = None) -> int:
    """Write to standard output. A reader that goes away does not change the verdict; a full disk does.

    ``encoding`` goes before the one of the locale, in which what cannot be said is escaped.

    ``guard``: text meant for people goes into the log of a workflow runner, which obeys commands that it
    finds in it; there it is told to stop listening while the text lasts.
    """
    token = os.urandom(16).hex() if guard and os.environ.get("GITHUB_ACTIONS") == "true" else ""
    try:
        out = sys.stdout
        if out is None:
            raise OSError("standard output is closed")
        if hasattr(out, "reconfigure"):
            out.reconfigure(encoding=encoding or out.encoding, errors="backslashreplace", newline="\n")
        if token:
            out.write(f"::stop-commands::{token}\n")
        for line in lines:
            out.write(line + "\n")
        if token:
            out.write(f"::{token}::\n")
        out.flush()
    except (OSError, ValueError) as error:
        _abandon_stdout()
        if isinstance(error, BrokenPipeError) or (os.name == "nt" and getattr(error, "errno", 0) == errno.EINVAL):
            return CLEAN  # the reader went away, which Windows calls an invalid argument
        return complain(f"cannot write the report: {getattr(error, 'strerror', None) or error}".lower())
    return CLEAN


def create(path: str, lines: Iterable[str]) -> int:
    """Write a new file, or say that there is one."""
    if os.path.lexists(path):
        return complain(f"there is already a {path!r} here, which is left as it is")
    return write(path, lines) or print_lines([f"wrote {path}"], guard=False)


def print_bytes(data: bytes) -> int:
    """Write to standard output as it is."""
    try:
        out = sys.stdout
        if out is None:
            raise OSError("standard output is closed")
        out.flush()
        out.buffer.write(data)
        out.buffer.flush()
    except (OSError, ValueError) as error:
        _abandon_stdout()
        if isinstance(error, BrokenPipeError):
            return CLEAN
        return complain(f"cannot write to standard output: {getattr(error, 'strerror', None) or error}".lower())
    return CLEAN


def _abandon_stdout() -> None:
    """Let the interpreter flush what is left into nothing when it exits."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.close(sink)
    except OSError:
        pass


def write(path: str, lines: Iterable[str]) -> int:
    """Write a report to a file: whole or not at all. A pipe or a device is written to as it is."""
    from validator.signals import orderly

    target = os.path.realpath(path)
    whole = os.path.isfile(target) or not os.path.lexists(target)
    with orderly():
        return _written(path, target, whole, lines)


def _written(path: str, target: str, whole: bool, lines: Iterable[str]) -> int:
    temporary = f"{target}.{os.getpid()}.tmp" if whole else target
    try:
        with open(temporary, "x" if whole else "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)
            file.flush()
            if whole:
                os.fsync(file.fileno())
        if whole:
            if os.path.exists(target):
                os.chmod(temporary, os.stat(target).st_mode & 0o7777)
            os.replace(temporary, target)
    except BaseException as error:
        if whole and not isinstance(error, FileExistsError) and os.path.exists(temporary):
            os.unlink(temporary)
        if not isinstance(error, OSError):
            raise
        return complain(f"cannot write {path!r}: {(error.strerror or str(error)).lower()}")
    return CLEAN
