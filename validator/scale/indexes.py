"""Indexes, read wherever an engine lets it be done: what has to be known of them, and facts about their rows."""

from __future__ import annotations

import hashlib
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING

from validator import columnar, frontmatter, manifest, matching
from validator.judging import Judge, may_allow
from validator.loading import EVERY, Loader
from validator.model import Defect, Entry, Index, Place, replaced, value
from validator.scale import facts
from validator.scale.facts import Fact, fact
from validator.scale.work import Work, at, digest_of
from validator.trees import Changed
from validator.trees import Found as File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.trees import Tree


@value
class Head:
    """What is to be known of the index in a ``file`` before its documents are read.

    ``known`` is the index without its rows, where they do not matter to what is said of a document alone; else
    it is ``None``, and ``digest`` tells one content of it from others. ``is_odd`` where something is to be said of
    the index itself. ``problem`` says why it could not be read. ``rows`` is the Parquet file that holds its rows,
    if one does, with ``groups`` of them; ``is_whole`` where all of them have to be looked at in the end. ``schema``
    is the file that it names for the front matter of documents. Where it is not ``is_readable``, it says nothing about
    documents. ``refused`` are files over a limit, by name, and why.
    """

    folder: str
    file: str
    known: Index | None
    digest: str
    is_odd: bool
    allows: bool
    problem: tuple[str, str] | None = None
    rows: str = ""
    groups: int = 0
    is_whole: bool = False
    schema: str = ""
    is_readable: bool = True
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """What has to be read for the index."""
        return tuple(dict.fromkeys(name for name in (self.file, self.rows, self.schema) if name))


@value
class Indexes:
    """The indexes in some folders: all ``files`` that may belong to them, in a tree that knows no more than these."""

    folders: tuple[str, ...]
    files: tuple[str, ...]
    tree: Tree


@value
class Groups:
    """Some of the groups of rows in a Parquet file that belongs to the index of a folder."""

    folder: str
    file: str
    wanted: range
    tree: Tree


@value
class Rows:
    """What was learnt from groups of rows: where the facts are, how many, and how many of them give a digest.

    ``pinned`` is the name of one that does. ``is_odd`` where something is to be said of a row without a name;
    ``is_broken`` where the rows cannot be read.
    """

    facts: str
    count: int
    digests: int
    pinned: str | None = None
    is_odd: bool = False
    is_broken: bool = False


def read_heads(work: Work, some: Indexes) -> tuple[list[Head], str, int]:
    """The heads of the indexes in some folders, and the file with the facts about their rows, and their number."""
    with at(work.home, work.version):
        nothing: frozenset[str] = frozenset()
        found = [File(name) for name in some.files]
        loader = Loader(some.tree, work.options, found=found, rows=dict.fromkeys(some.folders, nothing))
        rows: list[Fact] = []
        heads = []
        for folder, index in loader.indexes.items():
            odd = _odd_entries(index)
            rows += _entries(folder, index, odd)
            is_odd = bool(odd or index.defects or not index.readable)
            unsound = (loader.unsound.get(name) for name in some.files if _folder_of(name) == folder)
            problem = next(filter(None, unsound), None)
            head = _head(work, some.tree, folder, index, is_odd, problem)
            refused = [(one.name, one.detail) for one in loader.problems if _folder_of(one.name) == folder]
            heads.append(replaced(head, refused=tuple(refused)))
        name = f"{work.run}/rows-{digest_of(some.folders)}.parquet"
        work.store.put(name, facts.parquet(rows))
        return heads, name, len(rows)


def unread(tree: Tree, file: str) -> Head:
    """The head of an index that cannot be read."""
    known = Index(b"", Place(tree.shown(file)), readable=False)
    return Head(file[: file.rfind("/") + 1], file, known, "", is_odd=True, allows=False, is_readable=False)


def read_rows(work: Work, part: Groups) -> Rows:
    """The facts about some rows of an index in a Parquet file."""
    with at(work.home, work.version):
        rows: list[Fact] = []
        count = digests = 0
        pinned, is_odd = None, False
        try:
            source = part.tree.open(part.file)
            try:
                unsaid: list[Defect] = []
                pieces = columnar.pieces(source, sys.maxsize, unsaid, part.wanted)
                head = next(pieces)
                for piece in pieces:
                    index = manifest.parse(head + piece, Place(part.file))
                    odd = _odd_rows(index)
                    is_odd |= bool(unsaid) or odd is None
                    rows += _entries(part.folder, index, odd or set())
                    count += len(index.entries)
                    digests += sum(entry.has_digest for entry in index.entries)
                    pinned = pinned or next((entry.name for entry in index.entries if entry.has_digest), None)
            finally:
                source.close()
        except (columnar.Unreadable, columnar.OverLimit, OSError, Changed):
            return Rows("", 0, 0, is_broken=True)
        name = f"{work.run}/rows-{digest_of((part.folder, part.wanted))}.parquet"
        work.store.put(name, facts.parquet(rows))
        return Rows(name, count, digests, pinned, is_odd)


def _odd_rows(index: Index) -> set[int] | None:
    """The rows, by number, of which something is to be said alone; ``None`` where there are some without a name."""
    starts = [entry.row.start for entry in index.entries]
    odd = set()
    for defect in index.defects:
        at = bisect_right(starts, defect.span.start) - 1
        if at < 0 or defect.span.end > index.entries[at].row.end:
            return None
        odd.add(at)
    return odd | {at for at, entry in enumerate(index.entries) if _is_astray(entry)}


def _is_astray(entry: Entry) -> bool:
    """Whether a row lists an index beside itself, or something outside."""
    return entry.name in (manifest.NAME, manifest.COLUMNAR) or matching.leads_out(entry.name)


def _head(work: Work, tree: Tree, folder: str, index: Index, is_odd: bool, problem: tuple[str, str] | None) -> Head:
    judge = Judge(work.rules, work.options, work.tree.path)
    allows = may_allow(index)
    schema = frontmatter.schema_name(index.data)
    is_plain = not (allows or schema or "language" in index.columns or judge.wanted == EVERY)
    place = Place(index.place.path, beyond=index.place.beyond)
    bare = Index(b"", place, columns=index.columns, readable=index.readable)
    digest = hashlib.sha256(index.data).hexdigest()
    rows, groups = "", 0
    if index.place.beyond and not any(defect.kind == "rows-missing" for defect in index.defects):
        rows = folder + index.place.beyond[index.place.path.rfind("/") + 1 :]
        groups, stamp = _groups(tree, rows) if index.readable else (0, "")
        digest += stamp
    file = folder + index.place.path[index.place.path.rfind("/") + 1 :]
    return Head(
        folder, file, bare if is_plain else None, digest, is_odd, allows, problem, rows, groups,
        schema=folder + schema if schema else "", is_readable=index.readable,
        is_whole=bool(rows) and "allow" in index.columns,
    )  # fmt: skip


def _groups(tree: Tree, name: str) -> tuple[int, str]:
    """How many groups of rows a Parquet file has that was read a moment ago, and what tells its content from others."""
    source = tree.open(name)
    try:
        return columnar.groups(source), str(getattr(source, "stamp", source.size))
    finally:
        source.close()


def _odd_entries(index: Index) -> set[int]:
    """The rows, by number, of which something is to be said, or which something else is measured by."""
    entries = index.entries
    ids: dict[str, list[int]] = {}
    listed: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        listed.setdefault(entry.name, []).append(number)
        if entry.id is not None:
            ids.setdefault(entry.id, []).append(number)
    odd = {number for same in (*ids.values(), *listed.values()) if len(same) > 1 for number in same}
    odd |= {at for at, entry in enumerate(entries) if _is_astray(entry)}
    pinned = [entry.has_digest for entry in entries]
    if any(pinned) and not all(pinned):
        odd |= {at for at, is_pinned in enumerate(pinned) if not is_pinned} | {pinned.index(True)}
    if manifest.NAME in listed:  # what to do depends on whether it lists something else
        odd |= {next((at for at, entry in enumerate(entries) if entry.name != manifest.NAME), 0)}
    return odd


def _folder_of(name: str) -> str:
    return name[: name.rfind("/") + 1]


def _entries(folder: str, index: Index, odd: set[int]) -> Iterator[Fact]:
    for number, entry in enumerate(index.entries if index.readable else ()):
        digests = entry.sha256, entry.blake3
        yield fact(
            facts.ENTRY, folder + entry.name, folder, id=entry.id, size=entry.size, digests=digests, odd=number in odd
        )
