"""The same check for collections that are too large for one process, or one machine.

A collection is divided into shards. ``scanning`` turns each into facts and findings, wherever an engine lets
it; ``sieve`` compares the facts, a partition at a time, and drops what agrees in everything. What stays is a small
collection, which is then checked in the ordinary way, and what was found in the rest is added. So the report is
the same, byte for byte, as that of one process.
"""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from validator import engine, manifest
from validator.judging import Found, Judge
from validator.loading import Loader
from validator.model import Options, Report, UsageError, replaced, value
from validator.scale import facts, sieve
from validator.scale.engines import Lost, engine_at, spread
from validator.scale.scanning import Head, Indexes, Outcome, Shard, Work, read_heads, scan, unread
from validator.scale.shards import Listing, by_place, containers_of, divided, listed
from validator.scale.store import Store
from validator.selection import selected
from validator.trees import Found as File
from validator.trees import Odd

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import TypeVar

    from validator.engine import Watch
    from validator.model import Index
    from validator.scale.engines import Engine
    from validator.scale.facts import Fact
    from validator.scale.sieve import Partition, Sifted
    from validator.trees import Divisible, Tree

    Result = TypeVar("Result")

_INDEXES_AT_ONCE = 64


@value
class Scaled:
    """What a large run works with: an engine, a place for facts, and somebody to tell how it goes.

    With ``keeps``, what the store knows of earlier runs is believed. ``log`` takes an event and what is known
    of it.
    """

    engine: Engine
    store: Store
    keeps: bool = False
    log: Callable[..., None] = lambda event, **known: None
    watch: Watch | None = None
    inventory: bool = False


@value
class Scanned:
    """All shards of a collection with what was learnt from them, in order of place, and its indexes by folder.

    ``entries`` are the files of facts about the rows of indexes, ``odd`` the files that are no documents.
    """

    heads: dict[str, Head]
    odd: dict[str, Odd]
    entries: tuple[str, ...]
    rows: int
    loose: tuple[Outcome, ...]
    containers: dict[str, Outcome]


@value
class Kept:
    """What is to be checked in the ordinary way: loose files by name, containers, and rows of indexes by folder."""

    loose: dict[str, Fact]
    containers: frozenset[str]
    rows: dict[str, frozenset[str]]
    copies: int


@contextmanager
def means(
    spelled: str, jobs: int, state: str, inventory: bool, log: Callable[..., None] = lambda event, **known: None
) -> Iterator[Scaled]:
    """What a large run works with, while it lasts: ``spelled`` names the engine, ``state`` a folder or a URL.

    Raises ``UsageError``.
    """
    try:
        import duckdb
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"a large run needs a package ({error.name}): pip install 'collection-validator[scale]'"
        ) from None
    with TemporaryDirectory(prefix="validate-") as folder:
        store = Store(state or folder)
        chosen = engine_at(spelled, jobs or engine.processors())
        try:
            yield Scaled(chosen, store, bool(state), log, inventory=inventory)
        except (duckdb.Error, CancelledError) as error:
            raise UsageError(f"the engine could not go on: {str(error).splitlines()[0]}") from None
        finally:
            chosen.close()


def check(tree: Divisible, options: Options, by: Scaled) -> Report:
    """Check a tree with the selected rules. Raises ``UsageError``."""
    rules = tuple(selected(options))
    judge = Judge(rules, options, tree.path)
    asking = [rule.name for rule in rules if not (rule.default or rule.scope == "document")]
    if asking:
        raise UsageError(f"--engine: {asking[0]} wants to see all documents at once; leave it out")
    work = Work(tree.narrowed(()), options, rules, by.store, f"runs/{time.time_ns():x}", by.inventory)
    listing = listed(tree, options)
    by.log("listed", path=tree.path, files=listing.count, indexes=len(listing.folders))
    if not listing.count:
        return Report((), rules=len(rules), empty=(tree.path,))
    try:
        scanned = _scanned(tree, work, listing, by)
        kept = _kept(scanned, work, by)
        by.log("compared", path=tree.path, kept=len(kept.loose) + len(kept.containers))
        return _concluded(tree, scanned, kept, judge, work)
    finally:
        by.store.remove(work.run)


def _scanned(tree: Divisible, work: Work, listing: Listing, by: Scaled) -> Scanned:
    """Have all indexes read, then all loose files scanned, and then every container among them."""
    odd = dict(listing.odd)
    heads, entries, rows = _indexes(tree, work, listing.folders, odd, by)
    done = size = 0
    found: dict[bool, list[tuple[Shard, Outcome]]] = {False: [], True: []}
    coming = divided(tree, work.options, heads, by.keeps)
    for is_container in (False, True):
        for shard, result in _spread(by, partial(scan, work), coming, _halves):
            outcome = _given_up(work, shard, result) if isinstance(result, Lost) else result
            found[is_container].append((shard, outcome))
            done, size = done + len(shard.names) - len(outcome.containers), size + outcome.bytes
            by.log(
                "scanned", files=len(shard.names), first=shard.names[0], bytes=outcome.bytes, rows=outcome.rows,
                known=outcome.is_known,
            )  # fmt: skip
            if by.watch is not None:
                by.watch(done, max(listing.count - len(odd), done), size)
        coming = containers_of(tree, heads, [name for _, one in found[False] for name in one.containers], by.keeps)
    loose = [outcome for _, outcome in sorted(found[False], key=lambda one: one[0].number)]
    containers = {shard.names[0]: outcome for shard, outcome in sorted(found[True], key=lambda one: one[0].number)}
    for outcome in (*loose, *containers.values()):
        odd |= {one.name: Odd(one.kind, one.detail) for one in outcome.problems if one.kind != "over-limit"}
        rows += outcome.rows
    return Scanned(heads, odd, entries, rows, tuple(loose), containers)


def _indexes(
    tree: Divisible, work: Work, folders: Sequence[str], odd: dict[str, Odd], by: Scaled
) -> tuple[dict[str, Head], tuple[str, ...], int]:
    """The heads of all indexes, and the facts about their rows; one that cannot be read becomes odd."""
    some = [folders[at : at + _INDEXES_AT_ONCE] for at in range(0, len(folders), _INDEXES_AT_ONCE)]
    parts = [Indexes(tuple(f), tree.narrowed(folder + manifest.NAME for folder in f)) for f in some]
    heads: dict[str, Head] = {}
    files: list[str] = []
    rows = 0
    for part, result in _spread(by, partial(read_heads, work), parts, _halves_of_indexes):
        if isinstance(result, Lost):
            odd |= {folder + manifest.NAME: Odd("unreadable", _died(result)) for folder in part.folders}
            continue
        found, file, count = result
        heads |= {head.folder: head for head in found}
        odd |= {head.folder + manifest.NAME: Odd(*head.problem) for head in found if head.problem is not None}
        files.append(file)
        rows += count
    for name in odd:
        if name.rpartition("/")[2] == manifest.NAME:
            folder = name.removesuffix(manifest.NAME)
            heads[folder] = unread(tree, folder)
    return heads, tuple(files), rows


def _kept(scanned: Scanned, work: Work, by: Scaled) -> Kept:
    """What stays in the sieve, and what is needed to judge it."""
    files = [*scanned.entries, *(one.facts for one in (*scanned.loose, *scanned.containers.values()) if one.facts)]
    parts = sieve.partitions(work.store, files, scanned.rows, by.engine.jobs)
    sifted = list(_compared(by, sieve.sifted, parts))
    found = {fact for one in sifted for fact in one.kept}
    crowded = sorted({fact.name for fact in found if fact.kind == facts.FOLDER})
    if crowded:
        found |= {fact for some in _compared(by, partial(sieve.below, folders=crowded), parts) for fact in some}
    seen = {name: _seen(name, sifted) for name in scanned.containers}
    again = {facts.decoded(fact.container) for fact in found if fact.container is not None}
    again |= {name for name, one in scanned.containers.items() if _is_to_be_read_again(one, seen[name], by.inventory)}
    witness = _witness(scanned)
    again |= {name for name in scanned.containers if name == witness}
    needed = [*again, *([witness] if witness is not None else []), *_inner_indexes(scanned, found)]
    keys = {facts.key(name) for name in needed}
    for name in again:
        keys |= {fact.key for fact in facts.read(work.store, scanned.containers[name].facts)}
    if keys:
        told = [fact for some in _compared(by, partial(sieve.called, keys=sorted(keys)), parts) for fact in some]
        there = {fact.key for fact in told if fact.kind == facts.LOOSE or _lies_in(fact, again)}
        found |= {fact for fact in told if fact.key in there}  # a row without its document would miss it
    rows: dict[str, set[str]] = {}
    for fact in found:
        if fact.kind == facts.ENTRY:
            rows.setdefault(facts.decoded(fact.folder or b""), set()).add(facts.decoded(fact.name))
    loose = {facts.decoded(fact.name): fact for fact in found if fact.kind == facts.LOOSE}
    copies = sum(counts[1] for name, counts in seen.items() if name not in again)
    return Kept(loose, frozenset(again), {folder: frozenset(names) for folder, names in rows.items()}, copies)


def _lies_in(fact: Fact, containers: Collection[str]) -> bool:
    """Whether a fact is about one of some containers, or a block of it that the index of a folder governs."""
    is_governed = fact.container is not None and fact.kind != facts.INNER
    return is_governed and facts.decoded(fact.container or b"") in containers


def _seen(container: str, sifted: Iterable[Sifted]) -> list[int]:
    """How the index sees a container, in all partitions together."""
    name = facts.encoded(container)
    return [sum(counts) for counts in zip(*(one.containers.get(name, (0, 0, 0, 0)) for one in sifted), strict=True)]


def _is_to_be_read_again(outcome: Outcome, seen: Sequence[int], listing: bool) -> bool:
    """Whether something about a container depends on what the rest of the collection holds."""
    if outcome.blocks < 0:
        return False
    listed, copies, carried, itself = seen
    has_said = bool(outcome.found.findings or outcome.found.suppressed or outcome.found.used or listing)
    if outcome.is_odd or (copies and has_said):
        return True
    if itself or not outcome.is_governed:
        return False
    return outcome.has_own or not (carried or listed) or listed + copies != outcome.blocks


def _witness(scanned: Scanned) -> str | None:
    """A document that shows that the collection should have an index, if it has none."""
    outcomes = (*scanned.loose, *scanned.containers.values()) if "" not in scanned.heads else ()
    return next((one.witness for one in outcomes if one.witness is not None), None)


def _inner_indexes(scanned: Scanned, found: Iterable[Fact]) -> Iterator[str]:
    """The indexes of folders that rows without documents lead into."""
    for fact in found:
        if fact.kind == facts.ENTRY:
            yield from (a + manifest.NAME for a in _above(facts.decoded(fact.name)) if a in scanned.heads)


def _above(name: str) -> Iterator[str]:
    """The folders that a name lies in, each with the slash behind it."""
    at = name.find("/")
    while at >= 0:
        yield name[: at + 1]
        at = name.find("/", at + 1)


def _concluded(tree: Divisible, scanned: Scanned, kept: Kept, judge: Judge, work: Work) -> Report:
    """Check what was kept, and add what was found in the rest."""
    options = work.options
    shown = {tree.shown(name) for name in (*kept.loose, *kept.containers, *scanned.odd)}
    rest = [outcome for name, outcome in scanned.containers.items() if name not in kept.containers]
    for outcome in (*scanned.loose, *rest):
        judge.adopt(_without(outcome.found, shown))
    names = sorted({*kept.loose, *kept.containers} - set(scanned.odd), key=by_place)
    files = [File(name) for name in names] + [File(name, odd) for name, odd in scanned.odd.items()]
    files.sort(key=lambda file: by_place(file.name))
    loader = Loader(
        tree, options, judge.wanted, found=files, listing=work.listing,
        indexes=_narrowed(tree, scanned, kept, names, judge, options),
    )  # fmt: skip
    folders = len(loader.indexes)
    report = engine.looked_at(loader, judge, engine.Means(inventory=work.listing))
    counted = [one for one in kept.loose.values() if (one.size or 0) <= options.max_document_size]
    documents = sum(not facts.decoded(one.name).endswith(manifest.NAME) for one in counted)
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


def _narrowed(
    tree: Tree, scanned: Scanned, kept: Kept, names: Iterable[str], judge: Judge, options: Options
) -> dict[str, Index]:
    """The indexes that have something to do with what was kept, with the rows that were."""
    governing = {above for name in names for above in ("", *_above(name)) if above in scanned.heads}
    wanted = [
        folder
        for folder, head in scanned.heads.items()
        if head.is_odd or head.allows or folder in kept.rows or folder in governing
    ]
    found = {}
    for folder in wanted:
        name = folder + manifest.NAME
        loader = Loader(tree, options, found=[File(name, scanned.odd.get(name))])
        index = loader.indexes[folder]
        judge.heed(index)
        rows = kept.rows.get(folder, frozenset())
        found[folder] = replaced(index, entries=tuple(one for one in index.entries if folder + one.name in rows))
    return found


def _without(found: Found, paths: set[str]) -> Found:
    """What was found in other files than these."""
    return Found(
        tuple(one for one in found.findings if one.path not in paths),
        tuple(one for one in found.suppressed if one.finding.path not in paths),
        found.used,
    )


def _given_up(work: Work, shard: Shard, lost: Lost) -> Outcome:
    """What is said of a file that nobody can read and live."""
    from validator.model import Problem

    problems = tuple(Problem("unreadable", work.tree.shown(name), name, _died(lost)) for name in shard.names)
    return Outcome("", 0, Found(()), problems)


def _died(lost: Lost) -> str:
    return f"the process that read it died, {lost.tries} times"


def _halves(shard: Shard) -> list[Shard]:
    """A shard in two, so that what is wrong with it is found in the end in one file."""
    half = len(shard.names) // 2
    if not half:
        return [shard]
    first = replaced(shard, names=shard.names[:half], stamps="")
    return [first, replaced(shard, names=shard.names[half:], stamps="", number=shard.number + half)]


def _halves_of_indexes(some: Indexes) -> list[Indexes]:
    half = len(some.folders) // 2
    parts = [some.folders[:half], some.folders[half:]]
    return [replaced(some, folders=part) for part in parts] if half else [some]


def _spread(by: Scaled, work: Callable, tasks: Iterable, divided: Callable) -> Iterator:  # type: ignore[type-arg]
    """``spread``, with deaths told to the log."""
    for task, result in spread(by.engine, work, tasks, divided):
        if isinstance(result, Lost):
            by.log("given-up", tries=result.tries)
        yield task, result


def _compared(by: Scaled, work: Callable[[Partition], Result], parts: Iterable[Partition]) -> Iterator[Result]:
    """What each partition gives. Raises ``UsageError`` where one cannot be compared."""
    for _, result in spread(by.engine, work, parts):
        if isinstance(result, Lost):
            raise UsageError("the processes that compare documents with the index die; they may need more memory")
        yield result
