from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import endings, first_ink
from validator.model import Container, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON021",
    name="truncated-container",
    severity="warning",
    message="the last line of the container has no newline: it may be cut off",
    help="compare the last document with its source, then write the container again, with an end marker",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(b"<<<FILE 7 a.txt>>>\nx\ncut sho", ["all.bundle:3:8"]),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>", ["all.bundle:4:12"], note="only the newline is missing"),
    ],
)
def truncated_container(container: Container) -> Iterator[Hit]:
    """The last line of the container does not end in a newline.

    Whatever writes a container ends its last line, so this one was cut off, or an editor took the
    newline away. If an end marker stands there nothing else is missing: append the newline. Where the
    setting `require-end-marker` asks for one and there is none, or the digest of the last document shows
    that it was cut, or the last line is part of a header, this is an error.
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
    )


@truncated_container.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    def cut(data: bytes) -> bytes:
        shorter = data[: random.randrange(len(b"<<<FILE 0 a>>>"), len(data))]
        return shorter.rstrip(b"\n")

    faults.change(tree, faults.CONTAINER, cut)
