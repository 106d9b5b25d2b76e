"""Which subjects are so regular that no rule which is on by default could have anything to say of them.

Most are, and then these rules are not even imported. Each function here is one pass over its subject and
errs on one side only: where it says that a subject is regular, the rules find nothing. Names have the
like in ``names.are_plain``, documents in ``screening.screen``. Rules that are off by default ask for more
and are always shown their subjects.
"""

from __future__ import annotations

from validator import manifest, matching, names
from validator.model import TYPE_CHECKING, Collection, Container, Entry, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LONGEST_ID = 128
_LEADING_OUT = ("\n/", "\\", ":", "..")
"""One of these is in every name that leads out of a folder and has a line end in front."""


def container(held: Container) -> bool:
    """Whether a container is in canonical form, all of it was read, and no document departs from its digest."""
    layout, blocks = held.layout, held.layout.blocks
    if not blocks or len(held.records) != len(blocks) or held.near or len(layout.lines) != 1:
        return False
    end = layout.lines[0]
    is_closed = end.kind == "end" and end.count == len(blocks) and end.span.start >= blocks[-1].end
    if not is_closed or end.newline != b"\n" or end.oddities or layout.gaps:
        return False
    if layout.bom or layout.preamble.end > layout.preamble.start:
        return False
    if any(block.oddities or block.newline != b"\n" or not block.has_body for block in blocks):
        return False
    if any(record.difference for record in held.records):
        return False
    ids, called = {block.id for block in blocks}, {block.name for block in blocks}
    are_apart = len(ids) == len(called) == len(blocks)
    return are_apart and _are_sound(b"\n".join(ids)) and not _begin_blank(b"\n".join(called))


def _are_sound(ids: bytes) -> bool:
    """Whether ids, a line each, are letters, digits, dots, underscores and hyphens, the first no mark."""
    if ids.translate(None, _ALNUM + b"._-\n") or max(map(len, ids.split(b"\n"))) > _LONGEST_ID:
        return False
    return not any(mark in b"\n" + ids for mark in (b"\n.", b"\n_", b"\n-"))


def _begin_blank(lines: bytes) -> bool:
    """Whether one of some lines begins with a blank."""
    return any(blank in b"\n" + lines for blank in (b"\n ", b"\n\t", b"\n\v", b"\n\f", b"\n\r"))


def index(scope: Scope) -> bool:
    """Whether an index and its documents agree, and nothing in the index is odd."""
    if scope.index is None:
        return not scope.needs_index
    if scope.missing or scope.unlisted or scope.renamed or scope.respelled or scope.repeated or scope.index.defects:
        return False
    entries = scope.index.entries
    return _are_settled(entries) and _are_as_listed(scope, entries)


def _are_settled(entries: Sequence[Entry]) -> bool:
    """Whether entries have ids of their own, lead to no place outside, and all have a digest, or none."""
    ids = [entry.id for entry in entries if entry.id is not None]
    if len(set(ids)) < len(ids) or len({entry.has_digest for entry in entries}) > 1:
        return False
    listed = [entry.name for entry in entries]
    text = "\n" + "\n".join(listed)
    return not (any(sign in text for sign in _LEADING_OUT) and any(map(matching.leads_out, listed)))


def _are_as_listed(scope: Scope, entries: Sequence[Entry]) -> bool:
    """Whether the documents have the sizes, digests and ids that the index lists, which does not list itself."""
    listed = {entry.name for entry in entries}
    if manifest.NAME in listed or manifest.COLUMNAR in listed:
        return False
    for record in scope.records:
        entry = record.entry
        if record.difference:
            return False
        if entry is None:
            if record.id and not listed.isdisjoint(matching.names_of(record)):
                return False  # the second block of a name, with an id of its own perhaps
        elif entry.size not in (None, record.size) or (record.id and entry.id not in (None, record.id)):
            return False
        elif entry.blake3 is not None and entry.sha256 is not None and matching.wrong_digest(record):
            return False  # one proves the document, and the other is wrong
    return True


def collection(found: Collection) -> bool:
    """Whether all of a collection was read, packed copies are true ones, and no contents are alike or names collide."""
    if found.problems or found.stale or found.sketched or matching.copies(matching.comparable(found.scopes)):
        return False
    return all(names.are_apart(texts) for texts, _ in names.groups(found))
