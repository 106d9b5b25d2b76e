from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import header_of, mendings
from validator.model import Container, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON003",
    name="unterminated-marker",
    severity="error",
    message="{header} does not end in >>>",
    help="end the line with >>>; if it is text and no header, put a backslash in front of it",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good(b"<<<FILE 7 a.txt>>>\n\\<<<FILE is how a header begins\n\n<<<END 1>>>\n", "text, escaped"),
    ],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>\nx\n\n<<<END 1>>>\n",
            ["all.bundle:1:16"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
        ),
        Bad(
            b"<<<FILE 7 a.txt\nx\n\n<<<END 1>>>\n",
            ["all.bundle:1:16"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="without any bracket, the name may have been cut: the fix is unsafe",
        ),
        Bad(b"<<<FILE 7\nx\n\n<<<END 1>>>\n", ["all.bundle:1:10"], note="what else is missing was cut off with it"),
    ],
)
def unterminated_marker(container: Container) -> Iterator[Hit]:
    """A header line does not end in three closing brackets.

    The line was cut or mistyped; the block is read under what is left of its header, and its name may be
    wrong. Complete the line. If it belongs to the text of a document, escape it with a backslash, which
    readers take away.

    The fix completes the line where it gives an id and a name. It is safe where a bracket is left, or the
    index lists that name.
    """
    for block, fix in mendings(container, "unterminated"):
        if block.newline:  # else the file was cut off here, of which CON021 tells
            kept = block.line.rstrip().rstrip(b">")
            yield Hit(Span(block.start + len(kept), block.header.end), {"header": header_of(block)}, fix=fix)


@unterminated_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    lost = random.randint(1, 3)
    faults.edit_header(tree, random, lambda line: line[:-lost])
