from __future__ import annotations

from collections.abc import Iterator

from validator import faults, text
from validator.framing import corrected, header_of, mendings
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON006",
    name="key-value-header",
    severity="error",
    message="{header} gives its parts as key=value",
    help="write <<<FILE id name>>>",
    good=[Good(b"<<<FILE 7 name=a.txt>>>\nx\n\n<<<END 1>>>\n", "an unusual name, and a name all the same")],
    bad=[
        Bad(
            b"<<<FILE id=7 name=a.txt>>>\nx\n\n<<<END 1>>>\n",
            ["all.bundle:1:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
        ),
        Bad(
            b'<<<FILE path="my notes.txt" id=7>>>\nx\n\n<<<END 1>>>\n',
            ["all.bundle:1:1"],
            mended=b"<<<FILE 7 my notes.txt>>>\nx\n\n<<<END 1>>>\n",
        ),
        Bad(b"<<<FILE name=a.txt\nx\n\n<<<END 1>>>\n", ["all.bundle:1:1"], note="whatever else is wrong with it"),
    ],
)
def key_value_header(container: Container) -> Iterator[Hit]:
    """A header gives id and name as `id=… name=…`.

    That is the header of another format. Here id and name are known by their place, and to a plain
    reader the id would be `id=7`. The block is checked under the values that the keys give; write the
    header without keys. The fix does so, and is unsafe where other values go with the keys.
    """
    for block, fix in mendings(container, "key-value"):
        header = text.shown(corrected(block).decode("utf-8", "surrogateescape"))
        yield Hit(block.header, {"header": header_of(block)}, f"write {header}", fix=fix)


@key_value_header.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_header(tree, random, lambda line: b"<<<FILE id=%b name=%b" % tuple(line.split(b" ", 2)[1:]))
