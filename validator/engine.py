"""From trees to a report: read every file, in this process or in several, and show it to the judge."""

from __future__ import annotations

import os
from time import perf_counter

from validator.judging import Judge
from validator.loading import Loader
from validator.model import SEVERITIES, TYPE_CHECKING, Finding, Item, Options, Report, replaced, value
from validator.selection import selected
from validator.trees import Folder, Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from validator.cache import Cache
    from validator.judging import Found
    from validator.loading import Known, Part
    from validator.rules import Listed
    from validator.trees import Tree

    Watch: TypeAlias = Callable[[int, int, int], None]
    """Is told how many files have been read, of how many, and how many bytes."""

_UNSKETCHED = (
    "{}: more than 4 MB of prose; only `--near-duplicates full` looks for near-duplicates and shared blocks in so much"
)
_INCOMPLETE = ("unreadable", "changed", "over-limit")


def check(trees: Iterable[Tree], options: Options, notes: Sequence[str] = (), means: Means | None = None) -> Report:
    """Check each tree with the selected rules. Raises ``UsageError``."""
    rules, means = selected(options), means or Means()
    cache = means.cache
    reports = [Report((), rules=len(rules), notes=tuple(notes))]
    for tree in trees:
        if cache is not None and isinstance(tree, Folder) and not means.inventory:
            reports.append(_remembered(cache, tree, rules, options, means))
        else:
            judge = Judge(rules, options, tree.path)
            sparing = judge.is_sparing and not means.inventory
            loader = Loader(
                tree, options, judge.wanted, sparing=sparing, listing=means.inventory, sketching=judge.sketching
            )
            reports.append(_checked(loader, judge, means))
    return merged(reports)


def merged(reports: Sequence[Report]) -> Report:
    """One report of several runs."""
    return Report(
        findings=tuple(sorted((finding for report in reports for finding in report.findings), key=_order)),
        documents=sum(report.documents for report in reports),
        indexes=sum(report.indexes for report in reports),
        containers=sum(report.containers for report in reports),
        bytes=sum(report.bytes for report in reports),
        rules=max((report.rules for report in reports), default=0),
        incomplete=any(report.incomplete for report in reports),
        empty=tuple(path for report in reports for path in report.empty),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
        suppressed=tuple(sorted((one for r in reports for one in r.suppressed), key=lambda one: _order(one.finding))),
        inventory=tuple(sorted((item for report in reports for item in report.inventory), key=_place)),
    )


class Scan:
    """Reads files and looks at those that woke a rule; in another process, or to be done with in this one."""

    def __init__(self, loader: Loader, judge: Judge) -> None:
        self.loader = loader
        self.judge = judge
        for index in loader.indexes.values():
            judge.heed(index)

    def one(self, name: str) -> None:
        document = self.loader.loose(name)
        if document is not None:
            self.judge.document(document)

    def __call__(self, names: Sequence[str]) -> tuple[Part, Found]:
        """What is to be learnt from some files alone."""
        self.loader.apart = True
        self.loader.taken(())
        self.judge.taken()
        for name in names:
            self.one(name)
        return self.loader.taken(names), self.judge.taken()

    def __reduce__(self) -> tuple[Any, ...]:
        return _scan, (self.loader.tree, self.judge.rules, self.judge.options, self.loader.known, self.loader.listing)


def _scan(
    tree: Tree, rules: Sequence[Listed], options: Options, known: Mapping[str, Known] | None, listing: bool
) -> Scan:
    judge = Judge(rules, options, tree.path)
    sparing = judge.is_sparing and not listing
    loader = Loader(tree, options, judge.wanted, known, sparing=sparing, listing=listing, sketching=judge.sketching)
    return Scan(loader, judge)


_PATIENCE = 0.5
"""Seconds of work that are worth no further process."""
_BATCH = 256
"""Files that a process is given at once."""


@value
class Means:
    """What a run may use: ``jobs`` processes, as many as there are processors if 0 (and one for small work).

    ``cache`` remembers what it can between runs. With ``inventory`` the report lists the documents.
    """

    jobs: int = 1
    cache: Cache | None = None
    watch: Watch | None = None
    inventory: bool = False


def _remembered(cache: Cache, tree: Folder, rules: Sequence[Listed], options: Options, means: Means) -> Report:
    """Check a folder; if it was well and no file has changed since, only say so again."""
    found = list(tree.walk(options))
    listing = cache.listing(tree, found)
    report = cache.verdict(tree.root, listing, len(rules))
    if report is None:
        known, judge = cache.recall(tree.root), Judge(rules, options, tree.path)
        loader = Loader(tree, options, judge.wanted, known, found, judge.is_sparing, sketching=judge.sketching)
        report = _checked(loader, judge, means)
        cache.keep(tree.root, known, loader.learnt, listing, report)
    return replaced(report, notes=(*report.notes, *cache.notes))


def _checked(loader: Loader, judge: Judge, means: Means) -> Report:
    return Report((), empty=(loader.tree.path,)) if loader.is_empty else looked_at(loader, judge, means)


def looked_at(loader: Loader, judge: Judge, means: Means) -> Report:
    """What is to be said of the files of a loader, and of what the judge has found already."""
    scan = Scan(loader, judge)
    _read(scan, means)
    for document in loader.packed():
        judge.document(document)
    collection = loader.collection()
    judge.collection(collection)
    loader.close()
    return Report(
        findings=tuple(judge.findings),
        documents=loader.count,
        indexes=sum(scope.index is not None for scope in collection.scopes),
        containers=len(collection.containers),
        bytes=loader.bytes,
        rules=len(judge.rules),
        incomplete=any(problem.kind in _INCOMPLETE for problem in collection.problems),
        notes=(_UNSKETCHED.format(loader.tree.path),) if loader.is_unsketched else (),
        suppressed=tuple(judge.suppressed),
        inventory=tuple(loader.inventory),
    )


def _read(scan: Scan, means: Means) -> None:
    """Read the loose files; with the help of other processes, once it is worth it."""
    names, jobs, watch = scan.loader.names, means.jobs or processors(), means.watch
    jobs = jobs if isinstance(scan.loader.tree, (Folder, Memory)) else 1  # lines to servers or to git are not shared
    until = perf_counter() + (0 if means.jobs else _PATIENCE)
    for number, name in enumerate(names):
        if jobs > 1 and number < len(names) - 1 and perf_counter() >= until:
            scan.loader.foresee(len(names) - number)
            _spread(scan, names[number:], jobs, means)
            return
        scan.one(name)
        if watch is not None:
            watch(number + 1, len(names), scan.loader.bytes)


def _spread(scan: Scan, names: Sequence[str], jobs: int, means: Means) -> None:
    from validator.parallel import Alone, Died, spread

    size = max(1, min(_BATCH, len(names) // (8 * jobs)))
    batches = [names[start : start + size] for start in range(0, len(names), size)]
    total = len(scan.loader.names)
    done = total - len(names)
    for batch, result in zip(batches, spread(scan, batches, jobs), strict=True):
        if isinstance(result, Alone):
            for name in batch:
                scan.one(name)
        elif not isinstance(result, Died):
            part, found = result
            scan.loader.adopt(part)
            scan.judge.adopt(found)
        elif len(batch) > 1:
            _spread(scan, batch, 1, replaced(means, watch=None))  # fewer at a time, to see which it was
        else:
            scan.loader.lost(batch, f"the process that read it died ({_ending(result.code)})")
        done += len(batch)
        if means.watch is not None:
            means.watch(done, total, scan.loader.bytes)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return (
        finding.path,
        -1 if finding.byte_start is None else finding.byte_start,
        SEVERITIES.index(finding.severity),
        finding.code,
    )


def _place(item: Item) -> tuple[str, str]:
    return item.path, item.document or ""
