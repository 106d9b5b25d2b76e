from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import departing
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON004",
    name="marker-trailing-space",
    severity="error",
    message="blanks follow the marker",
    help="delete what stands behind >>>",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx  \n\n<<<END 1>>>\n", "blanks at the end of other lines are not its business")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>> \nx\n\n<<<END 1>>>\t \n",
            ["all.bundle:1:19", "all.bundle:4:12"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>> \r\nx\r\n\r\n<<<END 1>>>\r\n",
            ["all.bundle:1:19"],
            mended=b"<<<FILE 7 a.txt>>>\r\nx\r\n\r\n<<<END 1>>>\r\n",
            also=["CON008"],
        ),
    ],
)
def marker_trailing_space(container: Container) -> Iterator[Hit]:
    """Blanks stand behind the closing brackets of a marker.

    They cannot be seen, and a strict reader does not know the line for a marker: it takes the whole
    block for the end of the document before it. Delete them.
    """
    lines = [(block.start, block.line) for block in departing(container, "trailing-blank")]
    if container.layout.blocks:
        lines += [(end.span.start, end.text) for end in container.layout.ends if end.oddities]
    for start, line in lines:
        blanks = Span(start + len(line.rstrip()), start + len(line))
        yield Hit(blanks, fix=Fix((Edit(blanks, b""),)))


@marker_trailing_space.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    blanks = random.choice([b" ", b"\t", b"   "])
    faults.edit_header(tree, random, lambda line: line + blanks)
