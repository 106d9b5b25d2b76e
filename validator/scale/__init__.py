"""The same check for collections that are too large for one process, or one machine.

A collection is divided into shards. ``scanning`` turns each into facts and findings, wherever an engine lets
it; ``sieve`` compares the facts, a partition at a time, and drops what agrees in everything. What stays is a small
collection, which is then checked in the ordinary way, and what was found in the rest is added. So the report is
the same, byte for byte, as that of one process.
"""

from __future__ import annotations

import errno
import os
import time
from functools import partial
from typing import TYPE_CHECKING

from validator import engine
from validator.judging import Judge
from validator.loading import Loader
from validator.model import Options, Report, UsageError, replaced
from validator.scale import facts
from validator.scale.gathering import gathered
from validator.scale.keeping import folders_of, keep
from validator.scale.means import Scaled, means
from validator.scale.shards import by_place, listed
from validator.scale.work import Work
from validator.selection import selected
from validator.trees import Changed, Folder, changed
from validator.trees import Found as File
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.model import Index
    from validator.scale.gathering import Scanned
    from validator.scale.keeping import Kept
    from validator.trees import Divisible, Odd, Source, Tree

__all__ = ["Scaled", "check", "means"]


def check(tree: Divisible, options: Options, by: Scaled) -> Report:
    """Check a tree with the selected rules. Raises ``UsageError``."""
    rules = tuple(selected(options))
    judge = Judge(rules, options, tree.path)
    asking = [rule.name for rule in rules if not (rule.default or rule.scope == "document")]
    if asking:
        raise UsageError(f"--engine: {asking[0]} wants to see all documents at once; leave it out")
    work = Work(
        tree.narrowed(()), options, rules, by.store, f"runs/{time.time_ns():x}", os.getcwd(), __version__, by.inventory
    )
    listing = listed(tree, options)
    if isinstance(tree, Folder) and listing.first:
        by.engine.require(partial(os.path.lexists, tree.root + listing.first), f"see what is in {tree.root!r}")
    by.log("listed", path=tree.path, files=listing.count, indexes=len(listing.indexes))
    if not listing.count:
        return Report((), rules=len(rules), empty=(tree.path,))
    try:
        scanned = gathered(tree, work, listing, by)
        kept = keep(scanned, work, by)
        by.log("compared", path=tree.path, kept=len(kept.loose) + len(kept.containers))
        return _concluded(tree, scanned, kept, judge, work)
    finally:
        by.store.remove(work.run)


def _concluded(tree: Tree, scanned: Scanned, kept: Kept, judge: Judge, work: Work) -> Report:
    """Check what was kept, and add what was found in the rest."""
    options = work.options
    again = {*kept.loose, *kept.containers, *scanned.odd, *scanned.unread}
    shown = set(map(tree.shown, again))
    rest = [outcome for name, outcome in scanned.containers.items() if name not in kept.containers]
    for outcome in (*scanned.loose, *rest):
        for name, found in outcome.found:
            if name not in again:
                judge.adopt(found)
    names = sorted({*kept.loose, *kept.containers, *scanned.unread} - set(scanned.odd), key=by_place)
    files = [File(name) for name in names] + [File(name, odd) for name, odd in scanned.odd.items()]
    files.sort(key=lambda file: by_place(file.name))
    tree = Reread(tree, scanned.unread)
    loader = Loader(
        tree, options, judge.wanted, found=files, listing=work.listing,
        indexes=_narrowed(tree, scanned, kept, names, judge, options),
    )  # fmt: skip
    folders = len(loader.indexes)
    report = engine.looked_at(loader, judge, engine.Means(inventory=work.listing))
    counted = [one for one in kept.loose.values() if one.size is not None and one.size <= options.max_document_size]
    own = {head.file for head in scanned.heads.values()}
    documents = sum(facts.decoded(one.name) not in own for one in counted)
    outcomes = (*scanned.loose, *rest)
    return engine.merged(
        [
            replaced(
                report,
                documents=report.documents + sum(one.count for one in outcomes) - documents - kept.copies,
                indexes=report.indexes - folders + len(scanned.heads) + sum(one.has_own for one in rest),
                containers=report.containers + sum(one.blocks >= 0 for one in rest),
                bytes=report.bytes + sum(one.bytes for one in outcomes) - sum(one.size or 0 for one in counted),
                inventory=(*report.inventory, *(i for one in outcomes for i in one.inventory if i.path not in shown)),
            )
        ]
    )


class Reread:
    """A tree of which some files could not be read before, and cannot be now: what was found then stands."""

    is_folder = True

    def __init__(self, tree: Tree, unread: Mapping[str, Odd]) -> None:
        self._tree = tree
        self._unread = unread

    @property
    def path(self) -> str:
        return self._tree.path

    def walk(self, options: Options) -> Iterator[File]:
        return self._tree.walk(options)

    def open(self, name: str) -> Source:
        odd = self._unread.get(name)
        if odd is None:
            return self._tree.open(name)
        if odd.kind == "changed":
            raise Changed
        raise OSError(errno.EIO, odd.detail)

    def shown(self, name: str) -> str:
        return self._tree.shown(name)

    def changed(self) -> Iterable[str]:
        return changed(self._tree)


def _narrowed(
    tree: Tree, scanned: Scanned, kept: Kept, names: Iterable[str], judge: Judge, options: Options
) -> dict[str, Index]:
    """The indexes that have something to do with what was kept, with the rows that were."""
    governing = {folder for name in names for folder in ("", *folders_of(name)) if folder in scanned.heads}
    wanted = [
        folder
        for folder, head in scanned.heads.items()
        if head.is_odd or head.allows or folder in kept.rows or folder in governing
    ]
    found = {}
    for folder in wanted:
        head, rows = scanned.heads[folder], kept.rows.get(folder, frozenset())
        only = (
            {folder: frozenset(name.removeprefix(folder) for name in rows)} if head.rows and not head.is_whole else {}
        )
        refused = dict(head.refused)  # that is told when it is read
        files = [File(name, scanned.odd.get(name) if name not in refused else None) for name in head.files]
        index = Loader(tree, options, found=files, rows=only).indexes[folder]
        judge.heed(index)
        found[folder] = replaced(index, entries=tuple(one for one in index.entries if folder + one.name in rows))
    return found
