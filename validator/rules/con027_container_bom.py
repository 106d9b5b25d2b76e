from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.container import BOM
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON027",
    name="container-bom",
    severity="error",
    message="the container begins with a byte order mark",
    help="delete its first three bytes, EF BB BF: UTF-8 needs no byte order mark",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(
            b"\xef\xbb\xbf<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            ["all.bundle:1:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
        )
    ],
)
def container_bom(container: Container) -> Iterator[Hit]:
    """A byte order mark stands before the first marker.

    To a reader that goes by bytes the first line is then no marker, and the first document is lost. Delete
    the mark; the documents inside keep theirs.
    """
    if container.layout.bom and container.layout.blocks:
        mark = Span(0, len(BOM))
        yield Hit(mark, fix=Fix((Edit(mark, b""),)))


@container_bom.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.change(tree, random.choice(faults.containers(tree)), lambda data: b"\xef\xbb\xbf" + data)
