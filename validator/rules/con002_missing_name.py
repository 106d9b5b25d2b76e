from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import departing, header_of, parts
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON002",
    name="missing-name",
    severity="error",
    message="{header} has no name",
    help="write <<<FILE id name>>>, with the name that the index lists",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n"), Good(b"<<<FILE 7 8>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(b"<<<FILE 7>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:10"]),
        Bad(b"<<<FILE 7 >>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:10"], note="nothing behind the space"),
        Bad(b"<<<FILE >>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:9"], note="neither id nor name", also=["CON001"]),
    ],
)
def missing_name(container: Container) -> Iterator[Hit]:
    """A header names no document.

    Without a name a block cannot be matched with the index, nor be unpacked. Write both, the id first.
    Where the only part looks like a file name it is taken for the name, and what lacks is the id.
    """
    for block in departing(container, "no-name"):
        yield Hit(parts(block)[1], {"header": header_of(block)})


@missing_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_header(tree, random, lambda line: b" ".join(line.split(b" ", 2)[:2]) + b">>>")
