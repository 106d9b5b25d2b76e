from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import called, documents, parts, relation
from validator.model import Container, Hit, Record
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON023",
    name="duplicate-block-name",
    severity="error",
    message="{name!r} stands in the container before; the two texts {relation}",
    help="delete the one that is out of date, or give it a name of its own",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b/a.txt>>>\ny\n\n<<<END 2>>>\n")],
    bad=[
        Bad(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 a.txt>>>\ny\n\n<<<END 2>>>\n", ["all.bundle:4:11"]),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 7 a.txt>>>\nx\n\n<<<END 2>>>\n",
            ["all.bundle:4:11"],
            note="the whole block twice",
        ),
    ],
)
def duplicate_block_name(container: Container) -> Iterator[Hit]:
    """A container holds two documents of the same name.

    Unpacked, the second would overwrite the first, and the index cannot say which of them it means.
    Often a newer version was appended and the older one left in place.
    """
    first: dict[str, Record] = {}
    for block, record in documents(container):
        other = first.setdefault(record.name, record)
        if other is not record and record.name:
            yield Hit(parts(block)[1], {"name": called(block), "relation": relation(other, record)})


@duplicate_block_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    file, block = random.choice(faults.blocks(tree))
    faults.add_block(tree, file, b"none", block.name, b"x.\n")
