"""What has to be looked at with the whole collection in view: what the sieve keeps, and what that takes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from validator.model import UsageError, value
from validator.scale import facts, sieve
from validator.scale.engines import Lost, spread
from validator.scale.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import TypeVar

    from validator.scale.gathering import Scanned
    from validator.scale.means import Scaled
    from validator.scale.scanning import Outcome
    from validator.scale.sieve import Partition, Sifted
    from validator.scale.work import Work

    Part = TypeVar("Part")
    Result = TypeVar("Result")


@value
class Kept:
    """What is to be checked in the ordinary way: loose files by name, containers, and rows of indexes by folder."""

    loose: dict[str, Fact]
    containers: frozenset[str]
    rows: dict[str, frozenset[str]]
    copies: int


def keep(scanned: Scanned, work: Work, by: Scaled) -> Kept:
    """What stays in the sieve, and what is needed to judge it."""
    files = [*scanned.entries, *(one.facts for one in (*scanned.loose, *scanned.containers.values()) if one.facts)]
    parts = sieve.partitions(work.store, files, scanned.rows, by.engine.jobs)
    sifted = list(_compared(by, sieve.sifted, parts))
    found = {fact for one in sifted for fact in one.kept}
    found |= _marked(scanned, parts, by) | _alike(scanned, parts, by)
    crowded = sorted({fact.name for fact in found if fact.kind == facts.FOLDER})
    if crowded:
        found |= {fact for some in _compared(by, partial(sieve.below, folders=crowded), parts) for fact in some}
    found |= _of_unreadable(scanned, parts, by)
    seen = {name: _seen(name, sifted) for name in scanned.containers}
    again = {name for name, one in scanned.containers.items() if _is_to_be_read_again(one, seen[name], by.inventory)}
    witness = _witness(scanned, bool(work.options.per_file_ignores))
    again |= {name for name in scanned.containers if name == witness}
    before = -1
    while len(again) > before:
        before = len(again)
        again |= {facts.decoded(fact.container) for fact in found if fact.container is not None}
        found |= _needed(scanned, found, again, witness, work, parts, by)
    rows: dict[str, set[str]] = {}
    for fact in found:
        if fact.kind == facts.ENTRY:
            rows.setdefault(facts.decoded(fact.folder or b""), set()).add(facts.decoded(fact.name))
    loose = {facts.decoded(fact.name): fact for fact in found if fact.kind == facts.LOOSE}
    copies = sum(counts[1] for name, counts in seen.items() if name not in again)
    return Kept(loose, frozenset(again), {folder: frozenset(names) for folder, names in rows.items()}, copies)


def _needed(
    scanned: Scanned,
    found: Collection[Fact],
    again: Collection[str],
    witness: str | None,
    work: Work,
    parts: Sequence[Partition],
    by: Scaled,
) -> set[Fact]:
    """The facts that tell what to say of those that stayed in the sieve, and of some containers."""
    names = [*again, *([witness] if witness is not None else []), *_inner_indexes(scanned, found)]
    names += [name for container in again for name in scanned.containers[container].meant]
    keys = {facts.key(name) for name in names}
    for name in again:
        keys |= {fact.key for fact in facts.read(work.store, scanned.containers[name].facts)}
    if not keys:
        return set()
    told = [fact for some in _compared(by, partial(sieve.called, keys=sorted(keys)), parts) for fact in some]
    there = {fact.key for fact in told if fact.kind == facts.LOOSE or _lies_in(fact, again)}
    return {fact for fact in told if fact.key in there and fact.kind != facts.INNER}  # no row without its document


def _of_unreadable(scanned: Scanned, parts: Sequence[Partition], by: Scaled) -> set[Fact]:
    """A document for each index that says nothing about documents: what is said of it depends on there being any."""
    heads = [head for head in scanned.heads.values() if not head.is_readable]
    own = [tuple(map(facts.encoded, (head.folder, head.file, head.rows))) for head in heads]
    if not own:
        return set()
    found = [fact for some in _compared(by, partial(sieve.governed, indexes=own), parts) for fact in some]
    return set({fact.folder: fact for fact in found}.values())


def _marked(scanned: Scanned, parts: Sequence[Partition], by: Scaled) -> set[Fact]:
    """What else is to be said of the rows of Parquet indexes: ids that lead to two documents, and missing digests."""
    columnar = [head.folder for head in scanned.heads.values() if head.groups]
    if not columnar:
        return set()
    found = [
        one for some in _compared(by, partial(sieve.twins, count=len(parts)), list(enumerate(parts))) for one in some
    ]
    if scanned.marked:
        folders = sorted(map(facts.encoded, scanned.marked))
        found += [one for some in _compared(by, partial(sieve.unpinned, folders=folders), parts) for one in some]
    keys = sorted({fact.key for fact in found} | {facts.key(name) for name in scanned.marked.values()})
    return {one for some in _compared(by, partial(sieve.called, keys=keys), parts) for one in some} if keys else set()


def _alike(scanned: Scanned, parts: Sequence[Partition], by: Scaled) -> set[Fact]:
    """The facts about documents of which some have the same content."""
    shares = -(-scanned.rows // _DIGESTS)
    asked = [(number, parts[0]) for number in range(shares)] if parts else []
    keys = sorted({key for some in _compared(by, partial(sieve.alike, count=shares), asked) for key in some})
    return {one for some in _compared(by, partial(sieve.called, keys=keys), parts) for one in some} if keys else set()


_DIGESTS = 32_000_000
"""Facts whose digests are compared at once; what does not fit into memory is put on disk."""


def _lies_in(fact: Fact, containers: Collection[str]) -> bool:
    """Whether a fact is about one of some containers, or a block of it that the index of a folder governs."""
    is_governed = fact.container is not None and fact.kind != facts.INNER
    return is_governed and facts.decoded(fact.container or b"") in containers


def _seen(container: str, sifted: Iterable[Sifted]) -> list[int]:
    """How the index sees a container, in all partitions together."""
    name = facts.encoded(container)
    return [sum(counts) for counts in zip(*(one.containers.get(name, (0,) * 5) for one in sifted), strict=True)]


def _is_to_be_read_again(outcome: Outcome, seen: Sequence[int], listing: bool) -> bool:
    """Whether something about a container depends on what the rest of the collection holds."""
    if outcome.blocks < 0:
        return False
    aliases, copies, listed, known, itself = seen
    has_said = bool(outcome.found or listing)
    if outcome.is_odd or (copies and has_said):
        return True
    if itself or not outcome.is_governed:
        return False
    return outcome.has_own or not (aliases == outcome.blocks or (not aliases and listed and known == outcome.blocks))


def _witness(scanned: Scanned, always: bool) -> str | None:
    """A document that shows that the collection should have an index, if it has none, or ``always``."""
    outcomes = (*scanned.loose, *scanned.containers.values()) if always or "" not in scanned.heads else ()
    return next((one.witness for one in outcomes if one.witness is not None), None)


def _inner_indexes(scanned: Scanned, found: Iterable[Fact]) -> Iterator[str]:
    """The indexes of folders that rows without documents lead into."""
    for fact in found:
        if fact.kind == facts.ENTRY:
            yield from (scanned.heads[a].file for a in folders_of(facts.decoded(fact.name)) if a in scanned.heads)


def folders_of(name: str) -> Iterator[str]:
    """The folders that a name lies in, each with the slash behind it."""
    at = name.find("/")
    while at >= 0:
        yield name[: at + 1]
        at = name.find("/", at + 1)


def _compared(by: Scaled, work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
    """What each partition gives. Raises ``UsageError`` where one cannot be compared."""
    for _, result in spread(by.engine, work, parts):
        if isinstance(result, Lost):
            raise UsageError("the processes that compare documents with the index die; they may need more memory")
        yield result
