from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from validator import faults, text
from validator.framing import called, is_fragment
from validator.model import Block, Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule

_SHOWN = 200


@container_rule(
    code="CON012",
    name="unescaped-marker",
    severity="error",
    message="this line belongs to the text of {name!r} and splits it, because it is not escaped",
    help="put a backslash in front of the line",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | 12673548355105a08dae1ed3466286686607d42552ad1110f9bf97def300793c |\n\n"
            b"<<<FILE 7 a.txt>>>\none\n\\<<<FILE 8 b.txt>>>\ntwo\n\n<<<END 2>>>\n",
            "escaped",
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | 12673548355105a08dae1ed3466286686607d42552ad1110f9bf97def300793c |\n\n"
            b"<<<FILE 7 a.txt>>>\none\n<<<FILE 8 b.txt>>>\ntwo\n\n<<<END 2>>>\n",
            ["all.bundle:8:1"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | 12673548355105a08dae1ed3466286686607d42552ad1110f9bf97def300793c |\n\n"
            b"<<<FILE 7 a.txt>>>\none\n\\<<<FILE 8 b.txt>>>\ntwo\n\n<<<END 2>>>\n",
        )
    ],
)
def unescaped_marker(container: Container) -> Iterator[Hit]:
    r"""A line of a document looks like a header and is not escaped, so that it splits the document.

    That is known because the text joined across the line has the digest that the index lists. The
    document is checked as a whole; other readers would find two. Put a backslash in front of the line,
    which readers take away: `\<<<FILE`.
    """
    whole: Block | None = None
    before = 0
    ends = [line.span.start for line in container.layout.ends]
    for number, block in enumerate(container.layout.blocks):
        start, before = before, block.header_end
        if whole is None or not is_fragment(container, number):
            whole = block
            continue
        between = ends[bisect_left(ends, start) : bisect_left(ends, block.start)]  # they are text as well
        edits = tuple(Edit(Span(at, at), b"\\") for at in (*between, block.start))
        line = container.place.read(block.header.start, min(block.header.end, block.header.start + _SHOWN))
        shown = text.shown(line.decode("utf-8", "surrogateescape"))
        help = f"put a backslash in front of the line: \\{shown}"
        yield Hit(block.header, {"name": called(whole)}, help, fix=Fix(edits))


@unescaped_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    def in_container(row: faults.Row) -> bool:
        return bool(row.columns and row.entry.sha256 and row.spot.block)

    name = random.choice(faults.containers(tree))
    faults.rely_on(tree, name)
    row = faults.listed(tree, random, in_container)
    spot = row.spot
    body = faults.content(tree, spot) + b"<<<FILE 0 none.txt>>>\nx.\n"
    faults.relist(tree, row, body)
    faults.write(tree, spot, body)
    faults.change(tree, spot.file, lambda data: data.replace(b"\n\\<<<FILE 0 none.txt>>>", b"\n<<<FILE 0 none.txt>>>"))
