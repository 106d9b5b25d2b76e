"""Mending: the edits that findings carry, applied until nothing is left to mend.

``mend`` works in rounds on a tree as it would be. A round checks it, applies every allowed edit that
does not overlap another, packs stale copies again, and refreshes what indexes say of the documents that
they were right about. One round may bring out work for the next: a line end that is mended makes another
one the last of its kind. Nothing is written to disk here; the outcome is a list of whole files.

Edits count in the bytes of the file. Inside a container they are applied to the document, whose lines are
then escaped again, so that no edit can make a marker or unmake one. Where documents begin and end is
mended first; what is inside them waits for the next round.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from validator import container, engine, manifest
from validator.loading import Loader
from validator.model import (
    TYPE_CHECKING,
    Block,
    Collection,
    Edit,
    Entry,
    Finding,
    Index,
    Options,
    Record,
    Report,
    Span,
    replaced,
    value,
)
from validator.trees import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from validator.trees import Found, Source, Tree

    Key: TypeAlias = tuple[str, str]

_ROUNDS = 20
"""More rounds than any mending needs; a rule whose fix does not mend would otherwise go on for ever."""

_STALE = "IDX015"


@value
class Rewrite:
    """What becomes of one file; ``name`` is relative to the tree."""

    name: str
    before: bytes
    after: bytes


@value
class Mended:
    """What a mending would do: the files it rewrites, the findings it mends, and what is left to find."""

    rewrites: tuple[Rewrite, ...]
    fixed: tuple[Finding, ...]
    report: Report


@value
class Mend:
    """Edits of a file that go together; ``inside`` a block of a container they are edits of its text."""

    path: str
    edits: tuple[Edit, ...]
    inside: bool = False
    finding: Finding | None = None


def mend(
    tree: Tree, options: Options, *, unsafe: bool = False, concerns: Callable[[str], bool] | None = None
) -> Mended:
    """What mending a tree comes to. Raises ``UsageError``.

    Only safe fixes are applied, unless ``unsafe``. ``concerns`` tells of a path, as findings name it,
    whether the document there is to be mended; indexes and packed copies follow in any case.
    """
    changed = _Changed(tree, options)
    everything = replaced(options, max_findings=1 << 62)
    fixed: list[Finding] = []
    history = _History(_collection(changed, options))
    for _ in range(_ROUNDS):
        report = engine.check([changed], everything)
        mends = [
            Mend(finding.path, finding.fix.edits, finding.document is not None, finding)
            for finding in report.findings
            if finding.fix is not None and (finding.fix.safe or unsafe)
            if concerns is None or concerns(finding.path)
        ]
        stale = {(f.path, f.byte_start): f for f in report.findings if f.code == _STALE}
        mends += _repacked(changed, _collection(changed, options), history, stale, unsafe)
        applied = changed.apply(mends)
        if not applied:
            break
        fixed += [one.finding for one in applied if one.finding is not None]
        for _ in range(_ROUNDS):  # an index that was refreshed is a document of the one above
            collection = _collection(changed, options)
            if not changed.apply(history.refreshed(collection)):
                break
            history.add(collection)
        history.add(_collection(changed, options))
    is_final = not applied and len(report.findings) <= options.max_findings
    return Mended(changed.rewrites(), tuple(fixed), report if is_final else engine.check([changed], options))


class _Changed:
    """A tree some of whose files have other contents by now."""

    def __init__(self, tree: Tree, options: Options) -> None:
        self._tree = tree
        self.is_folder = tree.is_folder
        self.path = tree.path
        self._names = {tree.shown(found.name): found.name for found in tree.walk(options) if found.odd is None}
        self._before: dict[str, bytes] = {}
        self._after: dict[str, bytes] = {}

    def walk(self, options: Options) -> Iterator[Found]:
        return self._tree.walk(options)

    def shown(self, name: str) -> str:
        return self._tree.shown(name)

    def open(self, name: str) -> Source:
        return Memory(self._after).open(name) if name in self._after else self._tree.open(name)

    def read(self, path: str) -> bytes:
        """The bytes of a file, named as in a finding. Raises ``OSError``."""
        source = self.open(self._names[path])
        try:
            return source.read(0, source.size)
        finally:
            source.close()

    def apply(self, mends: Sequence[Mend]) -> list[Mend]:
        """Make those changes that do not get in each other's way; return them."""
        by_path: dict[str, list[Mend]] = {}
        for one in mends:
            by_path.setdefault(one.path, []).append(one)
        applied: list[Mend] = []
        for path, wanted in by_path.items():
            if path not in self._names:
                continue
            data = self.read(path)
            chosen = compatible([one for one in wanted if not one.inside] or wanted)
            after = edited(data, chosen)
            if after != data:
                self._before.setdefault(self._names[path], data)
                self._after[self._names[path]] = after
                applied += chosen
        return applied

    def rewrites(self) -> tuple[Rewrite, ...]:
        return tuple(
            Rewrite(name, before, self._after[name])
            for name, before in sorted(self._before.items())
            if before != self._after[name]
        )


def compatible(mends: Sequence[Mend]) -> list[Mend]:
    """Those of a file's mends that can be made together; where two overlap, the first given stays."""
    dropped: set[int] = set()
    while True:
        edits = sorted(
            (edit.span.start, edit.span.end, number)
            for number, one in enumerate(mends)
            if number not in dropped
            for edit in one.edits
        )
        before = len(dropped)
        last_start, last_end, last = -1, -1, -1
        for start, end, number in edits:
            if number in dropped:
                continue
            meets = start < last_end or (start == last_end and start in (end, last_start))
            if meets and last != number:
                dropped.add(max(last, number))
            if end >= last_end and number not in dropped:
                last_start, last_end, last = start, end, number
        if len(dropped) == before:
            return [one for number, one in enumerate(mends) if number not in dropped]


def edited(data: bytes, mends: Sequence[Mend]) -> bytes:
    """A file with compatible mends made."""
    plain = [edit for one in mends if not one.inside for edit in one.edits]
    inner = sorted((edit for one in mends if one.inside for edit in one.edits), key=_place_of)
    if inner:
        blocks = container.parse(data).blocks
        starts = [block.header_end for block in blocks]
        by_block: dict[int, list[Edit]] = {}
        for edit in inner:
            by_block.setdefault(bisect_right(starts, edit.span.start) - 1, []).append(edit)
        for number, edits in by_block.items():
            plain += _inside(data, blocks[number], edits)
    return made(data, plain)


def _place_of(edit: Edit) -> tuple[int, int]:
    return edit.span.start, edit.span.end


def made(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Bytes with edits made that do not overlap."""
    pieces, at = [], 0
    for edit in sorted(edits, key=_place_of):
        pieces += [data[at : edit.span.start], edit.replacement]
        at = edit.span.end
    return b"".join([*pieces, data[at:]])


def _inside(data: bytes, block: Block, edits: Sequence[Edit]) -> Iterator[Edit]:
    """The same edits of a block's text as edits of the file: whole lines, escaped as they have to be."""
    start = end = -1
    together: list[Edit] = []
    for edit in edits:
        if edit.span.start > end:
            if together:
                yield _lines(data, start, end, together)
                together = []
            start = max(block.header_end, data.rfind(b"\n", block.header_end, edit.span.start) + 1)
        together.append(edit)
        if edit.span.end > end or start > end:
            line_end = data.find(b"\n", edit.span.end, block.body_end)
            end = line_end if line_end >= 0 else block.body_end
    if together:
        yield _lines(data, start, end, together)


def _lines(data: bytes, start: int, end: int, edits: Sequence[Edit]) -> Edit:
    text, escapes = container.unescape(data[start:end])
    added = [offset + number for number, offset in enumerate(escapes)]  # where the file holds a backslash more

    def in_text(offset: int) -> int:
        return offset - start - bisect_left(added, offset - start)

    moved = [Edit(Span(in_text(e.span.start), in_text(e.span.end)), e.replacement) for e in edits]
    return Edit(Span(start, end), container.escape(made(text, moved)))


def _collection(tree: Tree, options: Options) -> Collection:
    loader = Loader(tree, options)
    try:
        for _ in loader.documents():
            pass
        return loader.collection()
    finally:
        loader.close()


class _History:
    """What the documents of a collection were, from the beginning of the mending on.

    An index row is refreshed if it is true of the document as it was at some time, and so was right then.
    """

    def __init__(self, collection: Collection) -> None:
        self._versions: dict[Key, list[Record]] = {}
        self._digests: dict[str, set[str]] = {}  # by path, those that a loose file has had
        self._meant: dict[Key, str] = {}  # documents that are listed under another name
        self._proved = frozenset(
            record.path for scope in collection.scopes for record in scope.records if _is_proved(record)
        )
        self.add(collection)

    def add(self, collection: Collection) -> None:
        """Remember what the documents are now."""
        for scope in collection.scopes:
            for record in scope.records:
                versions = self._versions.setdefault((scope.path, record.name), [])
                if not record.copy_of and record.sha256 not in [version.sha256 for version in versions]:
                    versions.append(record)
                    self._digests.setdefault(record.path, set()).add(record.sha256)
            for entry, record in (*scope.renamed, *scope.respelled):
                self._meant[scope.path, entry.name] = record.name

    def proves(self, record: Record) -> bool:
        """Whether the index gave the digest of a document, or of the file that holds it, from the beginning."""
        return record.path in self._proved

    def knows(self, original: Record, copy: Record) -> bool:
        """Whether a packed copy is what its original was at some time."""
        return copy.sha256 in self._digests.get(original.path, ())

    def refreshed(self, collection: Collection) -> list[Mend]:
        """What indexes have to say anew."""
        mends: list[Mend] = []
        for scope in collection.scopes:
            if scope.index is None or scope.index.place.beyond:
                continue  # nothing is edited in a Parquet file
            pairs = [(record.entry, record) for record in scope.records if record.entry and not record.copy_of]
            by_name = {record.name: record for record in scope.records}
            for entry in (*scope.missing, *(entry for entry, _ in (*scope.renamed, *scope.respelled))):
                record = by_name.get(self._meant.get((scope.path, entry.name), ""))
                pairs += [(entry, record)] if record is not None else []
            place = scope.index.place
            for entry, record in pairs:
                versions = self._versions.get((scope.path, record.name), ())
                if not _agrees(entry, record) and any(_agrees(entry, version) for version in versions):
                    edits = [
                        Edit(place.in_file(edit.span), edit.replacement) for edit in values(scope.index, entry, record)
                    ]
                    mends.append(Mend(place.path, tuple(edits), place.document is not None))
        return mends


def _is_proved(record: Record) -> bool:
    entry = record.entry
    return entry is not None and entry.proves(record.sha256, record.blake3) and record.container is None


def _agrees(entry: Entry, record: Record) -> bool:
    are_right = entry.sha256 in (None, record.sha256) and entry.blake3 in (None, record.blake3)
    return are_right and entry.size in (None, record.size)


def values(listed: Index, entry: Entry, record: Record) -> Iterator[Edit]:
    """Edits of an index, in its own bytes, that make an entry give a document's size and digest."""
    if entry.sha256 not in (None, record.sha256):
        yield Edit(manifest.locate(listed, entry, "sha256"), record.sha256.encode())
    if entry.blake3 not in (None, record.blake3):
        yield Edit(manifest.locate(listed, entry, "blake3"), record.blake3.encode())
    if entry.size not in (None, record.size):
        span = manifest.locate(listed, entry, "bytes")
        width = span.end - span.start
        digits = str(record.size).encode().rjust(width)
        before = listed.data[entry.row.start : span.start]
        room = len(before) - len(before.rstrip(b" ")) - 1
        yield Edit(Span(span.start - max(0, min(len(digits) - width, room)), span.end), digits)


def _repacked(
    tree: _Changed,
    collection: Collection,
    history: _History,
    stale: Mapping[tuple[str, int | None], Finding],
    unsafe: bool,
) -> list[Mend]:
    """The bodies of stale packed copies, taken from the files that they are copies of.

    A copy that was like its original before that was mended follows it. Otherwise it was stale already, and
    is mended if that is asked for: safely where the index proves the file, and never where the index proves
    the copy or its container, because then the file is what is wrong.
    """
    mends = []
    blocks: dict[tuple[str, int], Block] = {}
    for path in {copy.path for copy, _ in collection.stale}:
        blocks.update(((path, block.start), block) for block in container.parse(tree.read(path)).blocks)
    for copy, original in collection.stale:
        if copy.header is None:
            continue
        finding = stale.get((copy.path, copy.header.start))
        if not history.knows(original, copy):
            listed = original.entry
            is_wrong = listed is not None and not _agrees(listed, original)
            proved = history.proves(original)
            doubtful = is_wrong or (history.proves(copy) and not proved)
            if finding is None or doubtful or not (proved or unsafe):
                continue
        block = blocks[copy.path, copy.header.start]
        body = container.escape(tree.read(original.path))
        if block.body_end == block.end:
            body += block.newline or b"\n"  # the line end in front of a marker is missing as well
        mends.append(Mend(copy.path, (Edit(Span(block.header_end, block.body_end), body),), finding=finding))
    return mends
