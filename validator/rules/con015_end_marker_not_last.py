from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import end_names_id, endings, first_ink
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON015",
    name="end-marker-not-last",
    severity="error",
    message="documents follow the end marker: {count}",
    help="were containers put one behind the other? Take this line out, and let the last end marker count them all",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 1>>>\n",
            ["all.bundle:4:1"],
            note="two containers, each with its own count",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n\n<<<FILE 8 b.txt>>>\ny\n\n",
            ["all.bundle:4:1"],
            note="a document was appended",
        ),
    ],
)
def end_marker_not_last(container: Container) -> Iterator[Hit]:
    """Documents follow the end marker.

    Most often two containers were put one behind the other, or a document was appended without a look at
    the end. A reader that stops at the end marker loses what follows. One end marker belongs in a
    container, as its last line.
    """
    found = endings(container)
    if end_names_id(container, found):
        return
    for ending in found:
        if ending.after and first_ink(container, ending.gap) is None:
            yield Hit(ending.line.span, {"count": ending.after})


@end_marker_not_last.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.change(tree, faults.CONTAINER, lambda data: data + data)
