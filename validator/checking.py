"""The check command behind its options: paths in, reports out, exit code."""

from __future__ import annotations

import errno
import os
import sys

from validator import discovery, engine, progress, reporters
from validator.model import TYPE_CHECKING, Look, Options, Report, UsageError, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from validator.cache import Cache

CLEAN, FINDINGS, FAILED = 0, 1, 2


@value
class Flags:
    """What the command line says besides the paths; ``None`` leaves it to the settings.

    ``outputs`` are further reports as (format, file). ``overrides`` are settings by their keys,
    ``config`` a settings file to read in place of the nearest.
    """

    overrides: dict[str, Any] = {}
    config: str | None = None
    isolated: bool = False
    tracked: bool = False
    output_format: str | None = None
    outputs: tuple[tuple[str, str], ...] = ()
    allow_empty: bool = False
    jobs: int = 0
    cache: bool = False
    stdin_filename: str = "stdin"
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False


@value
class Job:
    """A path with the settings that apply to it."""

    path: str
    options: Options
    fail_on: str
    output_format: str
    settings_file: str | None


def command(paths: Sequence[str], flags: Flags) -> int:
    """Check, report, and return the exit code."""
    try:
        for _, file in flags.outputs:
            discovery.refuse_to_overwrite(file, paths)
        jobs = plan(paths, flags)
        report = run(jobs, flags, progress.watch)
    except UsageError as error:
        return complain(str(error))
    except OSError as error:
        return complain(f"cannot look at {error.filename or 'a path'!r}: {(error.strerror or str(error)).lower()}")
    return conclude(report, jobs, flags)


def conclude(report: Report, jobs: Sequence[Job], flags: Flags) -> int:
    """Print the report, write it where it is wanted besides, and return the exit code."""
    if flags.verbose:
        for job in jobs:
            say(f"note: {job.path}: settings from {job.settings_file or 'the defaults'}")
    for note in () if flags.quiet else report.notes:
        say(f"note: {note}")
    code = verdict(report, [job.fail_on for job in jobs])
    if report.empty and not flags.allow_empty:
        for path in report.empty:
            complain(f"nothing to check under {path} (--allow-empty accepts this)")
        code = FAILED
    for format, file in flags.outputs:
        code = max(code, write(file, reporters.render(format, report)))
    format = flags.output_format or jobs[0].output_format
    if code == FAILED and report.empty and not report.documents and format != "json":
        return code
    look = Look(color=wants_color(flags.color), quiet=flags.quiet, verbose=flags.verbose)
    lines = reporters.render(format, report, look)
    return max(code, print_lines(lines, guard=format in ("full", "concise")))


def plan(paths: Sequence[str], flags: Flags) -> list[Job]:
    """The paths, each with its settings. Raises ``UsageError``."""
    jobs = []
    for path in discovery.without_nested(paths or ["."]):
        file = flags.config or (None if flags.isolated else discovery.settings_file(path))
        ours = [name for one in (file, *(to for _, to in flags.outputs)) if (name := discovery.below(path, one))]
        if file is None and not flags.overrides and not ours:
            jobs.append(Job(path, Options(), "error", "full", None))
            continue
        from validator import config

        settings = config.load(file, flags.overrides)
        options = settings.options(without=ours)
        jobs.append(Job(path, options, settings.fail_on, settings.output_format, file))
    return jobs


def run(jobs: Iterable[Job], flags: Flags, watch: Callable[[], engine.Watch | None] = lambda: None) -> Report:
    """Check every job; ``watch`` finds somebody who wants to know how far each is. Raises ``UsageError``."""
    reports = []
    trees = []
    for job in jobs:
        if job.path == discovery.STDIN:
            if sys.stdin is None:
                raise UsageError("standard input is closed, so there is nothing to read for '-'")
            trees.append((discovery.standard_input(sys.stdin.buffer.read(), flags.stdin_filename), "", job))
        else:
            trees.append((*discovery.tree_at(job.path, flags.tracked), job))
    for tree, note, job in trees:
        cache = _cache(job.options) if flags.cache else None
        watching = watch()
        try:
            means = engine.Means(flags.jobs, cache, watching)
            reports.append(engine.check([tree], job.options, [note] if note else [], means))
        finally:
            if watching is not None:
                watching(0, 0, 0)  # also when the user has had enough
    return reports[0] if len(reports) == 1 else engine.merged(reports)


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
    from validator.text import shown

    try:
        print(shown(line), file=sys.stderr, flush=True)
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


def print_lines(lines: Iterable[str], guard: bool) -> int:
    """Write to standard output. A reader that goes away does not change the verdict; a full disk does.

    ``guard``: text meant for people goes into the log of a workflow runner, which obeys commands that it
    finds in it; there it is told to stop listening while the text lasts.
    """
    token = os.urandom(16).hex() if guard and os.environ.get("GITHUB_ACTIONS") == "true" else ""
    try:
        out = sys.stdout
        if out is None:
            raise OSError("standard output is closed")
        if hasattr(out, "reconfigure"):
            out.reconfigure(errors="backslashreplace", newline="\n")
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
    target = os.path.realpath(path)
    whole = os.path.isfile(target) or not os.path.lexists(target)
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
    except OSError as error:
        if whole and not isinstance(error, FileExistsError) and os.path.exists(temporary):
            os.unlink(temporary)
        return complain(f"cannot write {path!r}: {(error.strerror or str(error)).lower()}")
    return CLEAN
