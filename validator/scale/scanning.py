"""``scan``: from some files of a collection to facts about them and findings in them, and nothing else.

It can be done anywhere, in any order and more than once. What cannot be said without the rest of the collection
is left to ``sieve``.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from typing import TYPE_CHECKING

from validator import framing, manifest, model, names, regular
from validator.judging import Found, Judge, may_allow
from validator.loading import Loader
from validator.model import Item, Names, Options, Problem, replaced, value
from validator.scale import facts
from validator.scale.facts import Fact, fact
from validator.scale.indexes import Head
from validator.scale.work import Work, at, digest_of
from validator.trees import Found as File

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from validator.loading import Part
    from validator.model import Collection, Container, Record
    from validator.scale.store import Store
    from validator.trees import Tree


@value
class Shard:
    """Some loose files, or one container, in a tree that knows no more than these.

    ``stamps`` tells whether any of them has changed, if it is not empty.
    """

    number: int
    names: tuple[str, ...]
    heads: tuple[Head, ...]
    tree: Tree
    stamps: str = ""
    is_container: bool = False


@value
class Outcome:
    """What was learnt from a shard; the facts lie in the file ``facts`` of the store. ``found`` is by the file.

    ``containers`` among loose files are still to be read. Of a container, ``blocks`` is their number, negative of
    anything else; ``has_own`` says that it has an index of its own, ``is_governed`` that one of a folder lists its
    blocks, and ``is_odd`` that it has to be read again with all that is known of the collection; ``meant`` are names
    of documents that lines in it may be meant for. ``witness`` is a document that would need an index.
    ``is_known`` where an earlier run has learnt all this.
    """

    facts: str
    rows: int
    found: tuple[tuple[str, Found], ...]
    problems: tuple[Problem, ...] = ()
    containers: tuple[str, ...] = ()
    count: int = 0
    bytes: int = 0
    inventory: tuple[Item, ...] = ()
    witness: str | None = None
    is_known: bool = False
    blocks: int = -1
    has_own: bool = False
    is_governed: bool = False
    is_odd: bool = False
    meant: tuple[str, ...] = ()


def scan(work: Work, shard: Shard) -> Outcome:
    """What is to be learnt from a shard alone; what is known already is not found out again."""
    name = _called(work, shard)
    with at(work.home, work.version):
        outcome = _recalled(work.store, name) if shard.stamps else None
        if outcome is not None:
            return replaced(outcome, is_known=True)
        facts_of, outcome = _container(work, shard, name) if shard.is_container else _loose(work, shard, name)
        data = facts.parquet(facts_of)
        work.store.put(outcome.facts, data)
        if shard.stamps and all(problem.kind == "over-limit" for problem in outcome.problems):
            work.store.put(f"{name}.outcome", _sealed(outcome, hashlib.sha256(data).digest()))
        return outcome


def _loader(work: Work, shard: Shard) -> tuple[Loader, Judge]:
    judge = Judge(work.rules, work.options, work.tree.path)
    known = {head.folder: head.known for head in shard.heads if head.known is not None}
    unknown = [head for head in shard.heads if head.known is None]
    to_read = [name for head in unknown for name in head.files]
    found = [File(name) for name in dict.fromkeys([*to_read, *shard.names])]
    only = {one.folder: frozenset(name.removeprefix(one.folder) for name in shard.names) for one in unknown if one.rows}
    loader = Loader(
        shard.tree, work.options, judge.wanted, found=found, listing=work.listing, indexes=known,
        rows=only if not shard.is_container else {},
    )  # fmt: skip
    for index in loader.indexes.values():
        judge.heed(index)
    return loader, judge


def _loose(work: Work, shard: Shard, name: str) -> tuple[list[Fact], Outcome]:
    loader, judge = _loader(work, shard)
    found: list[tuple[str, Found]] = []
    for one in shard.names:
        document = loader.loose(one)
        if document is not None:
            judge.document(document)
            found += _told(one, judge)
    limit = work.options.max_document_size
    part = loader.taken(shard.names)
    named = set(shard.names)
    odd = set(judge.misnamed(Names(shard.names, work.tree.shown))) | _suspects(work.options, named)
    odd |= {name for name, size, _, difference in part.seen if difference or size > limit}
    odd |= {name for name in shard.names if _is_nearly_an_index(name)}
    rows = [
        fact(
            facts.LOOSE, name, _governing(loader, name),
            size=size, digests=found, odd=name in odd, settled=_is_free(loader, name),
        )
        for name, size, found, _ in part.seen
        if name in named
    ]  # fmt: skip
    known = {name for name, *_ in part.seen} | set(part.containers)
    unread = [name for name in shard.names if name not in known]  # or read as part of an index
    rows += [fact(facts.LOOSE, name, _governing(loader, name), odd=True) for name in unread]
    rows += [fact(facts.FOLDER, folder) for folder in _folders(shard.names)]
    witness = next((name for name, *_ in part.seen if name in named and loader.folder_of(name) == ""), None)
    return rows, _outcome(name, rows, found, part, witness=witness)


def _container(work: Work, shard: Shard, name: str) -> tuple[list[Fact], Outcome]:
    loader, judge = _loader(work, shard)
    (file,) = shard.names
    folder = loader.folder_of(file)
    loader.loose(file)
    for document in loader.packed():
        judge.document(document)
    collection = loader.collection()
    part = loader.taken([file])
    is_odd = bool(judge.misnamed(Names((file,), work.tree.shown)) or _suspects(work.options, {file}))
    rows = [
        fact(facts.CONTAINER, one, _governing(loader, one), container=one, size=size, digests=found, odd=is_odd)
        for one, size, found, _ in part.seen
        if one == file
    ]
    rows += [fact(facts.FOLDER, above) for above in _folders([file])]
    found = list(_told(file, judge))
    if not collection.containers:
        rows += [fact(facts.LOOSE, file, _governing(loader, file), odd=True)]
        return rows, _outcome(name, rows, found, part)
    (held,) = collection.containers
    has_own = held.scope.path == held.place.path
    rows += _blocks(held, file, folder, _governing(loader, file), has_own)
    outcome = _outcome(
        name, rows, found, part,
        witness=file if not has_own and folder == "" else None, blocks=len(held.records), has_own=has_own,
        is_governed=_governing(loader, file) is not None,
        is_odd=_is_odd(held, judge, has_own) or not _are_apart(collection), meant=tuple(_meant(held, file)),
    )  # fmt: skip
    return rows, outcome


def _blocks(held: Container, file: str, folder: str, governing: str | None, has_own: bool) -> Iterator[Fact]:
    """The facts about the blocks of a container."""
    beside = file[: file.rfind("/") + 1]
    for record in held.records:
        size, digests = record.size, (record.sha256 or None, record.blake3 or None)
        if has_own and record.block != manifest.NAME:
            yield fact(facts.INNER, beside + record.block, container=file, size=size, digests=digests)
        for kind, name in ((facts.BLOCK, record.name), (facts.ALIAS, record.address)) if not has_own else ():
            if name:
                full, own = folder + name, record.id
                yield fact(kind, full, governing, container=file, id=own, size=size, digests=digests)


def _meant(held: Container, file: str) -> Iterator[str]:
    """What the lines of a container that are nearly headers may be meant for."""
    for near in held.near:
        name = framing.intended(framing.meant_by(near.text))[1].decode("utf-8", "surrogateescape")
        yield from (file[: file.rfind("/") + 1] + name, f"{file}#{name}")


def _is_nearly_an_index(name: str) -> bool:
    """Whether a file at the top may be meant for the index that is not there."""
    return "/" not in name and name.lower().partition(".")[0] == "index" and name != manifest.NAME


def _are_apart(collection: Collection) -> bool:
    return all(names.are_apart(called) for called, _ in names.groups(collection))


def _is_odd(held: Container, judge: Judge, has_own: bool) -> bool:
    """Whether a container has to be read again with all that is known of the collection."""
    if not regular.container(held) or any(record.block == "" for record in held.records):
        return True
    if any(judge.is_misnamed(name) for name in names.block_names(held)):
        return True
    if has_own and held.scope.index is not None and may_allow(held.scope.index):
        return True
    return any(map(_is_suspect, held.records)) or (has_own and not regular.index(held.scope))


def _is_suspect(record: Record) -> bool:
    """Whether a block and its row, where that is known, do not agree, or the block could not be read."""
    entry = record.entry
    return not (record.sha256 or record.blake3) or (
        entry is not None and (entry.size not in (None, record.size) or entry.id not in (None, record.id))
    )


def _suspects(options: Options, named: set[str]) -> set[str]:
    """The names that a pattern of the settings may be, so that it is known to fit a file."""
    patterns = {pattern.removeprefix("./").removeprefix("/") for pattern, _ in options.per_file_ignores}
    ends = {pattern[at:] for pattern in patterns for at in _starts(pattern)}
    return named & ends


def _starts(pattern: str) -> Iterator[int]:
    yield 0
    at = pattern.find("/")
    while at >= 0:
        yield at + 1
        at = pattern.find("/", at + 1)


def _governing(loader: Loader, name: str) -> str | None:
    """The folder whose index governs a file; ``None`` where none does."""
    folder = loader.folder_of(name)
    return folder if folder in loader.indexes else None


def _is_free(loader: Loader, name: str) -> bool:
    """Whether a loose file may lack a row: nothing governs it, or it is the topmost index."""
    folder = _governing(loader, name)
    if folder is None or name == folder + manifest.NAME:
        return True
    index = loader.indexes[folder]
    return not index.readable or (name == folder + manifest.COLUMNAR and index.place.beyond == index.place.path)


def _folders(found: Iterable[str]) -> set[str]:
    """All folders that files lie in."""
    folders: set[str] = set()
    for name in found:
        above = name.rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    return folders


def _told(file: str, judge: Judge) -> Iterator[tuple[str, Found]]:
    """What a judge has found in a file, if anything."""
    found = judge.taken()
    if found.findings or found.suppressed or found.used:
        yield file, found


def _outcome(name: str, rows: list[Fact], found: Sequence[tuple[str, Found]], part: Part, **more: Any) -> Outcome:
    return Outcome(
        f"{name}.parquet", len(rows), tuple(found), part.problems, part.containers, part.count, part.bytes,
        part.inventory, **more,
    )  # fmt: skip


def _called(work: Work, shard: Shard) -> str:
    """What the results of a shard are called in the store: all that they depend on, or else its number."""
    if not shard.stamps:
        return f"{work.run}/{'container' if shard.is_container else 'loose'}-{shard.number:012}-{len(shard.names)}"
    used = [
        (head.folder, (head.known.columns, head.known.readable) if head.known is not None else head.digest)
        for head in shard.heads
    ]
    parts = work.identity, shard.names, shard.stamps, used, shard.is_container
    return f"shards/{digest_of(parts)}"


def _sealed(outcome: Outcome, digest: bytes) -> bytes:
    """What is kept of an outcome, with the digest of its facts and one of its own in front."""
    body = digest + pickle.dumps(outcome, protocol=5)
    return hashlib.sha256(body).digest() + body


def _recalled(store: Store, name: str) -> Outcome | None:
    """The outcome that was kept under a name, if it and its facts are undamaged."""
    sealed = store.get(f"{name}.outcome")
    if sealed is None or hashlib.sha256(sealed[32:]).digest() != sealed[:32]:
        return None
    data = store.get(f"{name}.parquet")
    if data is None or hashlib.sha256(data).digest() != sealed[32:64]:
        return None
    try:
        outcome = _Values(io.BytesIO(sealed[64:])).load()
    except Exception:  # whatever it was, it is no outcome
        return None
    return outcome if isinstance(outcome, Outcome) and outcome.facts == f"{name}.parquet" else None


class _Values(pickle.Unpickler):
    """Reads the plain values of this program, and nothing that could run."""

    def find_class(self, module: str, name: str) -> Any:
        known: Mapping[str, Any] = {**vars(model), "Found": Found, "Outcome": Outcome}
        found = known.get(name)
        if isinstance(found, type) and found.__module__ == module and hasattr(found, "__slots__"):
            return found
        if (module, name) == ("builtins", "frozenset"):
            return frozenset
        raise pickle.UnpicklingError(f"{module}.{name} is no value of this program")
