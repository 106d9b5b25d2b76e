"""The line of a finding and the same line mended, in pieces that a template can mark."""

from __future__ import annotations

from itertools import groupby
from re import split

from validator.model import TYPE_CHECKING, Edit, Finding, Passage, Span
from validator.reporters.cells import Sign, cells, decoded, from_cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    Pieces: TypeAlias = list[tuple[bool, str]]
    """Text in order, and whether it stands for something that cannot be seen."""

_LONGEST = 400
"""Bytes of a replacement beyond which words are kinder than the text."""


def pieces(found: Iterable[str]) -> Pieces:
    """Cells, joined where they are of the same kind."""
    return [(kind, "".join(same)) for kind, same in groupby(found, lambda cell: isinstance(cell, Sign))]


def side_by_side(one: Passage, other: Passage) -> tuple[list[tuple[bool, Pieces]], list[tuple[bool, Pieces]]]:
    """Two passages in parts, each with whether the other passage has other words there."""
    from difflib import SequenceMatcher

    words = [split(r"(?<=\s)(?=\S)", passage.text) for passage in (one, other)]
    found: tuple[list[tuple[bool, Pieces]], list[tuple[bool, Pieces]]] = ([], [])
    for what, *bounds in SequenceMatcher(None, words[0], words[1], autojunk=False).get_opcodes():
        for side, start, end in ((0, *bounds[:2]), (1, *bounds[2:])):
            (shown,) = cells(["".join(words[side][start:end])])
            if shown:
                found[side].append((what != "equal", pieces(shown)))
    return found


def changed(finding: Finding) -> list[tuple[bool, Pieces]]:
    """The mended line in parts, each with whether it is new; empty where the edits go beyond the excerpt.

    A part that is new and has no pieces is where something was taken out.
    """
    parts = list(_parts(finding))
    if any(is_new and len(data) > _LONGEST for is_new, data in parts):
        return []
    texts = [decoded(data) for _, data in parts]
    if finding.excerpt is not None and finding.excerpt.clipped_before:
        texts[:1] = map(from_cluster, texts[:1])
    return [(is_new, pieces(found)) for (is_new, _), found in zip(parts, cells(texts), strict=True)]


def _parts(finding: Finding) -> Iterator[tuple[bool, bytes]]:
    """The bytes of the excerpt after the edits, in parts that are kept or new; none if that cannot be told."""
    excerpt, fix = finding.excerpt, finding.fix
    if excerpt is None or fix is None or finding.byte_start is None:
        return
    line = excerpt.before + excerpt.marked + excerpt.after
    first = finding.byte_start - len(excerpt.before)
    edits = sorted(fix.edits, key=lambda edit: (edit.span.start, edit.span.end))
    if not _are_within(edits, Span(first, first + len(line))):
        return
    at = first
    for edit in edits:
        yield False, line[at - first : edit.span.start - first]
        yield True, edit.replacement
        at = edit.span.end
    yield False, line[at - first :]


def _are_within(edits: Sequence[Edit], line: Span) -> bool:
    """Whether the edits are in a line and do not overlap."""
    at = line.start
    for edit in edits:
        if not at <= edit.span.start <= edit.span.end <= line.end:
            return False
        at = edit.span.end
    return bool(edits)
