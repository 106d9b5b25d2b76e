"""Mending: the edits that findings carry, applied until nothing is left to mend.

``mend`` works in rounds on a tree as it would be. A round checks it, applies every allowed edit that
does not overlap another, packs stale copies again, and refreshes what indexes say of the documents that
they were right about. One round may bring out work for the next: a line end that is mended makes another
one the last of its kind. Nothing is written to disk here; the outcome is a list of whole files.

Edits count in the bytes of the file. Inside a container they are applied to the document, whose lines are
then escaped again, so that no edit can make a marker or unmake one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from validator import container, engine, index
from validator.loading import Loader
from validator.model import TYPE_CHECKING, Block, Collection, Edit, Finding, Index, Options, Record, Report, Span, value
from validator.trees import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
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
    everything = _with(options, max_findings=1 << 62)
    fixed: list[Finding] = []
    for _ in range(_ROUNDS):
        agreeing = _agreeing(_collection(changed, options))
        report = engine.check([changed], everything)
        mends = [
            Mend(finding.path, finding.fix.edits, finding.document is not None, finding)
            for finding in report.findings
            if finding.fix is not None and (finding.fix.safe or unsafe)
            if concerns is None or concerns(finding.path)
        ]
        if any(finding.code == _STALE for finding in report.findings):
            mends += _repacked(changed, _collection(changed, options), unsafe)
        applied = changed.apply(mends)
        if not applied:
            break
        fixed += [one.finding for one in applied if one.finding is not None]
        for _ in range(_ROUNDS):  # an index that was refreshed is itself a document of the one above
            if not changed.apply(_refreshed(_collection(changed, options), agreeing)):
                break
    return Mended(changed.rewrites(), tuple(fixed), engine.check([changed], options))


def _with(options: Options, **others: object) -> Options:
    return Options(**{name: others.get(name, getattr(options, name)) for name in Options.__slots__})  # type: ignore


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
            chosen = compatible(wanted)
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
        last_end, last = -1, -1
        for start, end, number in edits:
            if number in dropped:
                continue
            meets = start < last_end or (start == last_end and start == end)
            if meets and last != number:
                dropped.add(max(last, number))
            if end >= last_end and number not in dropped:
                last_end, last = end, number
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
    return replaced(data, plain)


def _place_of(edit: Edit) -> tuple[int, int]:
    return edit.span.start, edit.span.end


def replaced(data: bytes, edits: Iterable[Edit]) -> bytes:
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
    return Edit(Span(start, end), container.escape(replaced(text, moved)))


def _collection(tree: Tree, options: Options) -> Collection:
    loader = Loader(tree, options)
    try:
        for _ in loader.documents():
            pass
        return loader.collection()
    finally:
        loader.close()


def _agreeing(collection: Collection) -> frozenset[Key]:
    """The documents that are as their index says."""
    return frozenset(
        (scope.path, record.name) for scope in collection.scopes for record in scope.records if _agrees(record)
    )


def _agrees(record: Record) -> bool:
    entry = record.entry
    if entry is None or (entry.sha256 is None and entry.size is None):
        return False
    return entry.sha256 in (None, record.sha256) and entry.size in (None, record.size)


def _refreshed(collection: Collection, agreeing: frozenset[Key]) -> list[Mend]:
    """What indexes have to say anew of documents that they were right about; a packed copy is not asked."""
    mends: list[Mend] = []
    for scope in collection.scopes:
        for record in scope.records:
            known = (scope.path, record.name) in agreeing and not record.copy_of
            if scope.index is not None and known and not _agrees(record):
                place = scope.index.place
                edits = [Edit(place.in_file(edit.span), edit.replacement) for edit in values(scope.index, record)]
                mends.append(Mend(place.path, tuple(edits), place.document is not None))
    return mends


def values(listed: Index, record: Record) -> Iterator[Edit]:
    """Edits of an index, in its own bytes, that make it give a document's size and digest."""
    entry = record.entry
    assert entry is not None
    if entry.sha256 not in (None, record.sha256):
        yield Edit(index.locate(listed, entry, "sha256"), record.sha256.encode())
    if entry.size not in (None, record.size):
        span = index.locate(listed, entry, "bytes")
        digits = str(record.size).encode()
        missing = span.end - span.start - len(digits)
        before = listed.data[entry.row.start : span.start]
        room = len(before) - len(before.rstrip(b" ")) - 1
        if missing < 0:
            yield Edit(Span(span.start - max(0, min(-missing, room)), span.end), digits)
        else:
            yield Edit(span, digits.rjust(span.end - span.start) if room > 0 or missing else digits)


def _repacked(tree: _Changed, collection: Collection, unsafe: bool) -> list[Mend]:
    """The bodies of stale packed copies, taken from the files that they are copies of.

    It is safe where the index proves the file; where it proves the copy, the file is what is wrong.
    """
    mends = []
    for copy, original in collection.stale:
        proved = original.entry is not None and original.entry.sha256 == original.sha256
        copy_proved = original.entry is not None and original.entry.sha256 == copy.sha256
        if copy.header is None or copy_proved or not (proved or unsafe):
            continue
        blocks = container.parse(tree.read(copy.path)).blocks
        block = next(block for block in blocks if block.start == copy.header.start)
        body = container.escape(tree.read(original.path))
        mends.append(Mend(copy.path, (Edit(Span(block.header_end, block.body_end), body),)))
    return mends
