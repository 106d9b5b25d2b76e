from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import called, documents, parts, relation
from validator.model import Container, Hit, Record
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON022",
    name="duplicate-block-id",
    severity="error",
    message="{name!r} has the id {id!r}, as {other!r} has; their texts {relation}",
    help="give one of them an id of its own, or delete one if it is the same document twice",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n")],
    bad=[
        Bad(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 7 b.txt>>>\ny\n\n<<<END 2>>>\n", ["all.bundle:4:9"]),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE id=7 name=b.txt>>>\ny\n\n<<<END 2>>>\n",
            ["all.bundle:4:12"],
            note="the id that is meant counts",
            also=["CON006"],
        ),
    ],
)
def duplicate_block_id(container: Container) -> Iterator[Hit]:
    """Two documents of a container have the same id.

    An id is what a document keeps when it is renamed, so it must not lead to two. Most often a header was
    copied and only its name changed. Where the name is the same as well, only that is said.
    """
    first: dict[str, Record] = {}
    for block, record in documents(container):
        if not record.id:
            continue
        other = first.setdefault(record.id, record)
        if other is not record and (other.name != record.name or not record.name):
            yield Hit(
                parts(block)[0],
                {
                    "name": called(block),
                    "id": record.id,
                    "other": other.block or other.name,
                    "relation": relation(other, record),
                },
            )


@duplicate_block_id.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    file, block = random.choice(faults.blocks(tree))
    faults.add_block(tree, file, block.id, b"none.txt", b"x.\n")
