"""The drill command behind its options: does the gate sound when every rule's fault is committed?"""

from __future__ import annotations

from validator import checking, discovery, progress
from validator.addresses import is_git
from validator.model import TYPE_CHECKING, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = ("full", "json")


def command(path: str, flags: checking.Flags, faults: int, seed: int, format: str, jobs: int) -> int:
    """Drill, report, and return the exit code."""
    from validator.drilling import telling, trying

    try:
        if path == discovery.STDIN:
            raise UsageError("a drill reads its collection many times, which standard input cannot be")
        discovery.refuse_archive(path)
        jobs_at: Sequence[checking.Job] = checking.plan([path], flags)
        if len(jobs_at) != 1:
            raise UsageError(f"{path!r} stands for {len(jobs_at)} collections: name one")
        job = jobs_at[0]
        if not is_git(job.path):
            discovery.refuse_elsewhere(job.path, "copy it there, and drill the copy")
        tree, note = discovery.tree_at(job.path)
        watch = progress.watch()
        try:
            drill = trying.drill(tree, job.options, seed, faults, jobs, watch)
        finally:
            if watch is not None:
                watch(0, 0, 0)
            discovery.let_go(tree)
    except UsageError as error:
        return checking.complain(str(error))
    except OSError as error:
        return checking.complain(f"cannot look at {error.filename or path!r}: {(error.strerror or str(error)).lower()}")
    if note and not flags.quiet:
        checking.say(f"note: {note}")
    lines = telling.as_json(drill) if format == "json" else telling.as_table(drill, checking.wants_color(flags.color))
    code = checking.CLEAN if drill.is_passed else checking.FINDINGS
    return max(code, checking.print_lines(lines, guard=format == "full"))
