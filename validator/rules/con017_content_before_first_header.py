from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import first_ink, spoiled_headers
from validator.model import Container, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON017",
    name="content-before-first-header",
    severity="warning",
    message="text stands before the first header, {size:,} bytes of it",
    help="move it into a document of its own, the index for instance, or repair the header that it lacks",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good(b"\n<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n", "an empty line"),
    ],
    bad=[
        Bad(b"My notes\n<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:1"]),
        Bad(
            b"\n<<<file 6 a.txt>>>\nx\n\n<<<FILE 7 b.txt>>>\ny\n\n<<<END 2>>>\n",
            ["all.bundle:2:1"],
            mended=b"\n<<<FILE 6 a.txt>>>\nx\n\n<<<FILE 7 b.txt>>>\ny\n\n<<<END 2>>>\n",
            also=["CON014"],
        ),
    ],
)
def content_before_first_header(container: Container) -> Iterator[Hit]:
    """Text stands before the first header of the container.

    It belongs to no document: no digest covers it, and unpacking drops it. Either it was meant for people
    and is better kept in a document, or it is the first document and its header is damaged. Where it begins
    with a line that is nearly a header, the fix makes it one; safe is that where the index misses the document.
    """
    if container.layout.blocks:
        preamble = container.layout.preamble
        ink = first_ink(container, preamble)
        if ink is not None:
            yield Hit(Span(ink, ink), {"size": preamble.end - ink}, fix=spoiled_headers(container, ink))


@content_before_first_header.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    named = [name for name in faults.containers(tree) if name.endswith(".bundle")]
    name = faults.some(random, named, "container whose name says so")
    faults.change(tree, name, lambda data: b"Some words.\n" + data)
