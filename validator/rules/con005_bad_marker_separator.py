from __future__ import annotations

from collections.abc import Iterator

from validator import faults, text
from validator.framing import corrected, header_of, mendings, parts
from validator.model import Block, Container, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON005",
    name="bad-marker-separator",
    severity="error",
    message="the parts of {header} are not divided by single spaces",
    help="write <<<FILE id name>>>, with one space between the parts",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good(b"<<<FILE 7 my  notes.txt>>>\nx\n\n<<<END 1>>>\n", "a name may hold blanks"),
    ],
    bad=[
        Bad(
            b"<<<FILE\t7\ta.txt>>>\nx\n\n<<<END 1>>>\n",
            ["all.bundle:1:8"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
        ),
        Bad(b"<<<FILE: a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:8"]),
        Bad(b"<<<FILES 7 a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:8"]),
        Bad(b"<<<FILE 7\ta.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:10"]),
        Bad(b"<<<FILE 7: a.txt>>>\nx\n\n<<<END 1>>>\n", ["all.bundle:1:10"]),
        Bad(
            b"<<<FILE 7  a.txt>>> \nx\n\n<<<END 1>>>\n",
            ["all.bundle:1:10"],
            mended=b"<<<FILE 7 a.txt>>> \nx\n\n<<<END 1>>>\n",
            note="two spaces before the name; what stands behind the marker is the business of another rule",
            also=["CON004"],
        ),
    ],
)
def bad_marker_separator(container: Container) -> Iterator[Hit]:
    """Something other than one space stands between the parts of a header.

    Readers take exactly one space away. A tab or a colon becomes part of the id, a second space part of
    the name, and the document is no longer found under the name that the index lists. The block is
    checked under the id and name that were probably meant, and the fix writes these. It is safe where the
    index lists the name, or nothing but separators goes.
    """
    for block, fix in mendings(container, "separator"):
        header = text.shown(corrected(block).decode("utf-8", "surrogateescape"))
        yield Hit(_separator(block), {"header": header_of(block)}, f"write {header}", fix=fix)


def _separator(block: Block) -> Span:
    """The first place where something other than one space stands."""
    identifier, name = parts(block)
    before = Span(block.start + len("<<<FILE"), identifier.start)
    regular = not block.line or block.line[len("<<<FILE") : identifier.start - block.start] == b" "
    return Span(identifier.end, name.start) if regular else before


@bad_marker_separator.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    separator = random.choice([b"\t", b": ", b"  "])
    faults.edit_header(tree, random, lambda line: separator.join(line.split(b" ", 2)))
