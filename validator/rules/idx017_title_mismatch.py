from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule

_SHOWN = 80


@document_rule(
    code="IDX017",
    name="title-mismatch",
    severity="warning",
    message="the index calls this {title!r}, and it begins with {heading!r}",
    help="correct the title in the index, or the heading of the document",
    default=False,
    wakes=0,
    good=[
        Good(
            {
                "INDEX.md": b"- [The  Harbour Log](a.txt)\n- [Clouds](b.md)\n",
                "a.txt": b"\nThe Harbour Log\n\nIt rained.\n",
                "b.md": b"Draft of May\n\n# Clouds #\n\nHigh up.\n",
            },
            "the first line, or the first heading; blanks do not matter",
        )
    ],
    bad=[
        Bad(
            {"INDEX.md": b"- [The Harbour Log](a.txt)\n", "a.txt": b"\nThe Cloud Pass\n"},
            ["a.txt:2:1"],
        )
    ],
)
def title_mismatch(document: Document) -> Iterator[Hit]:
    """The title in the index is neither the document's first line nor its first heading.

    Either the title was never updated, or the document under this name is another one than it should be:
    two files were swapped, say. Not all documents begin with their title, so this rule is off unless it
    is selected. White space and Markdown marks do not count, but capitals do.
    """
    title = document.record.entry.title if document.record.entry is not None else None
    if not title:
        return
    data = document.data
    first, heading = manifest.headlines(data)
    if _bare(title.encode("utf-8", "surrogateescape")) not in [_bare(data[s.start : s.end]) for s in (first, heading)]:
        shown = data[first.start : first.start + 4 * _SHOWN].decode("utf-8", "replace").split("\n")[0][:_SHOWN]
        yield Hit(first, {"title": title[:_SHOWN], "heading": shown.strip()})


def _bare(line: bytes) -> bytes:
    """A line without white space that means nothing and Markdown's marks."""
    return b" ".join(line.strip(b"#*_` \t\r\n").split())


@title_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random)
    if "title" in row.columns:
        faults.edit_cells(tree, row, {"title": b"Something Else"})
    else:
        items = [
            b"- [Something Else](<%b>)\n" % entry.name.encode() for entry in faults.parsed(tree, row.index).entries
        ]
        faults.write(tree, row.index, b"".join(items))
