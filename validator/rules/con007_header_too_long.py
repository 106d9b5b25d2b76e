from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.container import FILE
from validator.framing import departing
from validator.model import Container, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON007",
    name="header-too-long",
    severity="error",
    message="the header line is longer than 8 KiB",
    help="shorten the name; if a line end was lost behind the header, put it back",
    good=[Good(b"<<<FILE 7 a.txt>>>\n" + 9000 * b"x" + b"\n\n<<<END 1>>>\n", "a long line that is no header")],
    bad=[Bad(b"<<<FILE 7 " + 9000 * b"x" + b">>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:1"])],
)
def header_too_long(container: Container) -> Iterator[Hit]:
    """A header line is longer than 8 KiB.

    No name is that long. Either the line end behind the header was lost, so that the document hangs on
    it, or a line of some document begins like a header by chance; that one needs a backslash in front.
    Of such a header neither id nor name is believed.
    """
    for block in departing(container, "too-long"):
        yield Hit(Span(block.start, block.start + len(FILE)))


@header_too_long.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_header(tree, random, lambda line: line[:-3] + 9000 * b"x" + b">>>")
