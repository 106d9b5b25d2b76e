from __future__ import annotations

from collections.abc import Iterator, Sequence

from validator import faults, text
from validator.container import unescape
from validator.framing import (
    Ending,
    documents,
    end_marker,
    end_names_id,
    endings,
    first_ink,
    is_index,
    lines_in_bodies,
)
from validator.matching import digest
from validator.model import Block, Container, Edit, Fix, Hit, Line, Record, Span, value
from validator.rule import Bad, Good, container_rule

_SHOWN = 80


@container_rule(
    code="CON013",
    name="foreign-end-marker",
    severity="error",
    message="documents are closed by end markers of another format, {count} in all, of which {line} is the first",
    help="",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n", "one end marker, with the number of documents"),
        Good(b"<<<FILE 7 a.txt>>>\nx\n\\<<<END>>>\n\n<<<END 1>>>\n", "text, escaped"),
    ],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n<<<END>>>\n\n<<<FILE 8 b.txt>>>\ny\n<<<END>>>\n\n",
            ["all.bundle:3:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            note="one finding for all of them",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END FILE>>>\n<<<END 1>>>\n",
            ["all.bundle:4:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="after an empty line, which is framing",
        ),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<END FILE>>>\n\n<<<END 1>>>\n", ["all.bundle:3:1"]),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<END a.txt>>>\n\n<<<END 1>>>\n", ["all.bundle:3:1"]),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 7>>>\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 8>>>\n",
            ["all.bundle:4:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            note="each repeats the id of its document",
        ),
    ],
)
def foreign_end_marker(container: Container) -> Iterator[Hit]:
    """Documents are closed one by one, by `<<<END>>>`, `<<<END FILE>>>` or `<<<END name>>>`.

    That is another format. Here a document ends where the next header stands, and the one end marker, at
    the end of the file, says how many there are. A reader takes such a line for the last line of the
    document.

    The fix takes these lines out and ends the file with an end marker. Whether the line end before such a line
    belongs to the document is told by its digest; without one it does, unless an empty line stands before
    each of them. It is safe where digests prove the documents, or each of several has such a line of its own.
    """
    lines = [line for kind, line in lines_in_bodies(container) if kind == "foreign-end"]
    found = endings(container)
    numbered = found if end_names_id(container, found) else []
    every = sorted([*lines, *(ending.line for ending in numbered)], key=lambda line: line.span.start)
    if every:
        count = sum(1 for _ in documents(container))
        shown = text.shown(every[0].text[:_SHOWN].decode("utf-8", "surrogateescape"))
        yield Hit(
            every[0].span,
            {"count": len(every), "line": shown},
            f"replace each by an empty line, and end the file with <<<END {count}>>>; if one is text, "
            "put a backslash in front of it",
            fix=_fix(container, lines, numbered, count),
        )


@value
class _Closed:
    """A document and the first of the lines that close it.

    ``apart`` is true where the line end before that line is framing, false where it is text, and ``None``
    where no digest tells.
    """

    block: Block
    record: Record
    line: Line
    is_only: bool
    apart: bool | None
    after_empty_line: bool


def _fix(container: Container, lines: Sequence[Line], numbered: Sequence[Ending], count: int) -> Fix | None:
    if any(first_ink(container, ending.gap) is not None for ending in numbered):
        return None
    closed, edits = _divided(container, lines)
    told = [one.apart for one in closed if one.apart is not None]
    is_apart = 2 * sum(told) > len(told) if told else all(one.after_empty_line for one in closed)
    is_proven = bool(told) and all(one.apart is not None or is_index(one.record) for one in closed)
    is_regular = count > 1 and len(closed) + len(numbered) == count and all(one.is_only for one in closed)
    safe = not edits and (is_proven or is_regular)
    size = container.layout.size
    marker = end_marker(container, count) if numbered or not container.layout.ends else b""
    for one in closed:
        apart = (is_apart if one.apart is None else one.apart) and one.line.span.start > one.block.header_end
        edits.append(Edit(Span(one.line.span.start, one.block.end), b"" if apart else one.block.newline))
    edits += [Edit(Span(ending.line.span.start, ending.gap.end), b"") for ending in numbered]
    edits.sort(key=lambda edit: edit.span.start)
    if edits[-1].span.end == size:
        edits[-1] = Edit(edits[-1].span, edits[-1].replacement + marker)
    elif marker and container.layout.final_newline:
        edits.append(Edit(Span(size, size), marker))
    return Fix(tuple(edits), safe)


def _divided(container: Container, lines: Sequence[Line]) -> tuple[list[_Closed], list[Edit]]:
    """The documents that such lines close, and what escapes those lines that stand in the middle of a text."""
    closed: list[_Closed] = []
    escapes: list[Edit] = []
    at = 0
    for block, record in documents(container):
        first = at
        while at < len(lines) and lines[at].span.start < block.end:
            at += 1
        start, end = at, block.end
        while start > first and first_ink(container, Span(lines[start - 1].span.end, end)) is None:
            start -= 1
            end = lines[start].span.start
        escapes += [Edit(Span(line.span.start, line.span.start), b"\\") for line in lines[first:start]]
        if start < at:
            closed.append(_read(container, block, record, lines[start], is_only=first == at - 1))
    return closed, escapes


def _read(container: Container, block: Block, record: Record, line: Line, is_only: bool) -> _Closed:
    wanted = record.entry.sha256 if record.entry is not None else None
    newline = block.newline
    first = block.header_end if wanted is not None else max(block.header_end, line.span.start - 2 * len(newline))
    text = container.place.read(first, line.span.start)
    after_empty_line = text.endswith(2 * newline) or (text == newline and first == block.header_end)
    apart: bool | None = None
    if wanted is not None and digest(unescape(text)[0]) == wanted:
        apart = False
    elif wanted is not None and digest(unescape(text.removesuffix(newline))[0]) == wanted:
        apart = True
    return _Closed(block, record, line, is_only, apart, after_empty_line)


@foreign_end_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    line = random.choice([b"<<<END>>>", b"<<<END FILE>>>", b"<<<END a.txt>>>"])
    file, block = random.choice(faults.blocks(tree))
    faults.change(tree, file, lambda data: data[: block.body_end] + line + b"\n" + data[block.body_end :])
