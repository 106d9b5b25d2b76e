from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.container import unescape
from validator.framing import (
    completed_end,
    documents,
    end_marker,
    endings,
    first_ink,
    is_pinned,
    is_proven,
    line_end,
    lines_in_bodies,
    spoiled_end,
)
from validator.matching import digest
from validator.model import Block, Container, Edit, Fix, Hit, Record, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON021",
    name="truncated-container",
    severity="warning",
    message="the last line of the container has no newline: it may be cut off",
    help="compare the last document with its source, then write the container again, with an end marker",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\nthe last line",
            ["all.bundle:3:14"],
            mended=b"<<<FILE 7 a.txt>>>\nx\nthe last line\n\n<<<END 1>>>\n",
            note="whether the line is whole nobody can tell: the fix is unsafe",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>",
            ["all.bundle:4:12"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="only the newline is missing",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>",
            ["all.bundle:4:10"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="the end marker itself was cut",
        ),
    ],
)
def truncated_container(container: Container) -> Iterator[Hit]:
    """The last line of the container does not end in a newline.

    Whatever writes a container ends its last line, so this one was cut off, or an editor took the
    newline away. If an end marker stands there nothing else is missing: append the newline. Where the
    setting `require-end-marker` asks for one and there is none, or the digest of the last document shows
    that it was cut, or the last line is part of a header, this is an error.

    The fix appends the newline or, where the end marker was cut, what it lacks. Without an end marker it
    appends one; that is unsafe unless digests prove the documents. There is none where the last document is
    known to be cut, or only its header is left.
    """
    layout = container.layout
    if not layout.blocks or layout.final_newline:
        return
    last = layout.blocks[-1]
    if "too-long" in last.oddities and not last.newline:
        return
    found = endings(container)
    is_whole = bool(found) and not found[-1].after
    if is_whole and first_ink(container, found[-1].gap) is not None:
        return
    altered = any(record.difference == "cut-off" for record in container.records)
    altered |= bool(last.oddities) and last.header_end == layout.size
    yield Hit(
        Span(layout.size, layout.size),
        help="append a newline: the end marker shows that nothing else is missing" if is_whole else "",
        severity="error" if altered or (container.require_end and not found) else None,
        fix=Fix((Edit(Span(layout.size, layout.size), line_end(container)),)) if is_whole else _fix(container),
    )


def _fix(container: Container) -> Fix | None:
    layout, newline = container.layout, line_end(container)
    spoiled = spoiled_end(container)
    if spoiled is not None:
        return completed_end(container, spoiled)
    if layout.blocks[-1].header_end == layout.size:
        return None
    if any(kind == "foreign-end" and line.span.end == layout.size for kind, line in lines_in_bodies(container)):
        return None  # its rule ends the file
    *_, (block, record) = documents(container)
    lacking = _lacking(container, block, record)
    if lacking is None:
        return None
    text = lacking + newline + (b"" if layout.ends else end_marker(container))
    is_known = is_pinned(record) or record.difference == "cut-off"
    safe = is_known and is_proven(container, besides=record)
    return Fix((Edit(Span(layout.size, layout.size), text),), safe)


def _lacking(container: Container, block: Block, record: Record) -> bytes | None:
    """What the last document lacks, at most its final newline; ``None`` where it lacks more."""
    newline = line_end(container)
    wanted = record.entry.sha256 if record.entry is not None else None
    if is_pinned(record):
        return b""
    if not record.copy_of and wanted is None:
        return newline if not record.difference or record.difference == "cut-off" else None
    body, _ = unescape(container.place.read(block.header_end, container.layout.size))
    return newline if digest(body + newline) == wanted else None


@truncated_container.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    def cut(data: bytes) -> bytes:
        shorter = data[: random.randrange(len(b"<<<FILE 0 a>>>"), len(data))]
        return shorter.rstrip(b"\n")

    faults.change(tree, random.choice(faults.containers(tree, faults.is_ended)), cut)
