from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="TXT005",
    name="trailing-blanks",
    severity="info",
    default=False,
    message="the line ends in blanks",
    help="delete them",
    wakes=0,
    good=[
        Good(b"one\r\n\r\n\ttwo\r\n"),
        Good({"poem.md": b"Roses  \nViolets\n", "INDEX.md": b"- [A poem](poem.md)\n"}, "a line break of Markdown"),
    ],
    bad=[
        Bad(b"one \ntwo\t\r\nthree\n", ["doc.txt:1:4", "doc.txt:2:4"], mended=b"one\ntwo\r\nthree\n", also=["TXT001"]),
        Bad(b"one\n  \ntwo\n", ["doc.txt:2:1"], mended=b"one\n\ntwo\n"),
        Bad(b"cut \t", ["doc.txt:1:4"], mended=b"cut", also=["TXT004"]),
    ],
)
def trailing_blanks(document: Document) -> Iterator[Hit]:
    """A line ends in spaces or tabs.

    Nobody sees them, and every editor that strips them makes a change that nobody meant. Delete them. In
    Markdown files two spaces behind a text break the line and are left alone.

    The rule is off unless it is selected: many good texts have such lines.
    """
    import re

    if document.facts & screening.BLANK:
        return
    data = document.data
    is_markdown = document.name.lower().endswith((".md", ".markdown"))
    for blanks in re.finditer(rb"(?<![ \t])[ \t]++(?=\r?(?:\n|\Z))", data):
        start = blanks.start()
        if not (is_markdown and blanks[0] == b"  " and start and data[start - 1 : start] != b"\n"):
            yield Hit(Span(*blanks.span()), fix=Fix((Edit(Span(*blanks.span()), b""),)))


@trailing_blanks.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spot = faults.pick(tree, random, lambda data: b"\n" in data and b"\r" not in data)
    faults.change(tree, spot, lambda data: data.replace(b"\n", b" \n", 1))
