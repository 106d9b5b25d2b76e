from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import header_of, mendings, parts
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON001",
    name="missing-id",
    severity="error",
    message="{header} has no id",
    help="write <<<FILE id name>>>, with an id that no other block has",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(b"<<<FILE  a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:9"]),
        Bad(b"<<<FILE notes/a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:9"], note="the only part is plainly a name"),
        Bad(b"<<<FILE >>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:9"], note="neither id nor name", also=["CON002"]),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| id | name |\n|--|--|\n| 7 | a.txt |\n\n<<<FILE a.txt>>>\nx\n\n<<<END 2>>>\n",
            ["all.bundle:6:9"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| id | name |\n|--|--|\n| 7 | a.txt |\n\n"
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 2>>>\n",
            note="the index gives the id",
        ),
    ],
)
def missing_id(container: Container) -> Iterator[Hit]:
    """A header names no id.

    Ids are how documents keep their identity when they are renamed. The block is read under its name
    alone; give it an id. A header like `<<<FILE notes.txt>>>` is that of another format, without ids. The
    fix takes the id from the index, if that gives one which no other block has.
    """
    for block, fix in mendings(container, "no-id"):
        yield Hit(parts(block)[0], {"header": header_of(block)}, fix=fix)


@missing_id.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_header(tree, random, lambda line: b"<<<FILE  " + line.split(b" ", 2)[2].replace(b" ", b""))
