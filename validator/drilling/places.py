"""Where a fault was committed, and whether a finding speaks of that place.

It does where it marks what was changed: for a rule on documents these very bytes, for any other rule the
lines, or the block of a container, that hold them. It also does where it names a document or an entry that
was changed, added or taken away: a row of an index, a header, a file as a whole.
"""

from __future__ import annotations

from validator import container, manifest
from validator.model import TYPE_CHECKING, Place, Span, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from validator.model import Finding
    from validator.rule import Rule
    from validator.trees import Odd

_ENTRY, _DOCUMENT = "entry", "document"


@value
class Change:
    """A file before and after a fault; ``None`` where there is none. ``shown`` is its path as the user writes it."""

    name: str
    shown: str
    before: bytes | Odd | None
    after: bytes | Odd | None


def of_first(changes: Sequence[Change]) -> str:
    """Where the first change is, as ``path:line:column`` (1-based, columns in characters), or as a path."""
    for change in changes:
        if isinstance(change.before, bytes) and isinstance(change.after, bytes):
            before = change.after[: changed(change.before, change.after).start]
            lines = before.decode("utf-8", "replace").split("\n")
            return f"{change.shown}:{len(lines)}:{len(lines[-1]) + 1}"
    return changes[0].shown


def changed(before: bytes, after: bytes) -> Span:
    """The bytes of ``after`` that are not those of ``before``: all but what both begin and end with."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return Span(start, len(after) - end)


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two texts have in common at the beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def is_at(finding: Finding, changes: Sequence[Change], rule: Rule, lines: bytes) -> bool:
    """Whether a finding of the rule, which marks something in these lines, speaks of what was changed."""
    exactly = rule.scope == "document"
    if any(_marks(finding, change, exactly) for change in changes):
        return True
    said = [finding.document or "", finding.message, lines.decode("utf-8", "surrogateescape")]
    if not any(finding.path == change.shown for change in changes):
        said.append(finding.path)
    elif exactly:  # but for a document whose entry was changed, this is not the place
        return (finding.document or "").rpartition("/")[2] in set(_concerned(changes, (_ENTRY,)))
    names = [
        name for one in _concerned(changes, (_ENTRY, _DOCUMENT)) for name in (one, ascii(one)[1:-1], repr(one)[1:-1])
    ]
    return any(name in words for name in names for words in said)


def _marks(finding: Finding, change: Change, exactly: bool) -> bool:
    """Whether a finding marks what was changed in a file, or the file as a whole."""
    if finding.byte_start is None or finding.byte_end is None:
        is_folder_of_index = change.name == manifest.NAME and change.shown.endswith(f"/{change.name}")
        return finding.path == change.shown or (
            is_folder_of_index and finding.path == change.shown[: -len("/INDEX.md")]
        )
    if finding.path != change.shown or not isinstance(change.after, bytes):
        return False
    span = changed(change.before if isinstance(change.before, bytes) else b"", change.after)
    if not exactly:
        span = _widened(change.after, span)
    return finding.byte_start <= span.end and finding.byte_end >= span.start


def _widened(data: bytes, span: Span) -> Span:
    """A span with the rest of its lines and of the blocks that it touches."""
    end = data.find(b"\n", span.end)
    start, end = data.rfind(b"\n", 0, span.start) + 1, end if end >= 0 else len(data)
    if container.looks_like_container(data):
        for block in container.parse(data).blocks:
            if block.start <= span.end and block.end >= span.start:
                start, end = min(start, block.start), max(end, block.end)
    return Span(start, end)


def _concerned(changes: Sequence[Change], kinds: Sequence[str]) -> Iterator[str]:
    """The last parts of the names of documents that were changed, added or taken away, or whose entries were."""
    for change in changes:
        before, after = _parts(change.name, change.before), _parts(change.name, change.after)
        yield from {name.rpartition("/")[2] for kind, name, _ in before ^ after if kind in kinds}


def _parts(name: str, content: bytes | Odd | None) -> set[tuple[str, str, object]]:
    """What a file is made of, by kind and name: the entries of an index, the documents of a container, else itself."""
    if not isinstance(content, bytes):
        return {(_DOCUMENT, name, content)}
    if name.rpartition("/")[2] == manifest.NAME:
        entries = manifest.parse(content, Place(name)).entries
        return {(_ENTRY, entry.name, content[entry.row.start : entry.row.end]) for entry in entries}
    if not container.looks_like_container(content):
        return {(_DOCUMENT, name, content)}
    found: set[tuple[str, str, object]] = set()
    for block in container.parse(content).blocks:
        called = block.name.decode("utf-8", "surrogateescape")
        body = content[block.header_end : block.end]
        found |= _parts(called, body) if called == manifest.NAME else {(_DOCUMENT, called, (block.id, body))}
    return found
