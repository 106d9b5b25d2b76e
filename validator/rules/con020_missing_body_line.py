from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import documents, header_of, is_pinned
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON020",
    name="missing-body-line",
    severity="warning",
    message="nothing follows {header}",
    help="put an empty line behind the header if the document is empty; otherwise put the document back",
    good=[Good(b"<<<FILE 7 a.txt>>>\n\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            ["all.bundle:1:1"],
            mended=b"<<<FILE 7 a.txt>>>\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
        ),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\n<<<END 2>>>\n", ["all.bundle:4:1"]),
    ],
)
def missing_body_line(container: Container) -> Iterator[Hit]:
    """A header is directly followed by another marker, or by the end of the file.

    Even an empty document takes an empty line: the line end in front of a marker belongs to the framing.
    So the text was lost, or a script prints nothing for an empty one. Where the index says that the
    document is not empty, this is an error.

    The fix inserts the empty line, unless the document is known not to be empty. It is unsafe at the end of
    the file, which may have been cut off there, unless a digest proves that the document is empty.
    """
    for block, record in documents(container):
        if not block.has_body and block.newline and "too-long" not in block.oddities:
            is_lost = record.entry is not None and bool(record.entry.size)
            behind = Span(block.header_end, block.header_end)
            safe = block.header_end < container.layout.size or is_pinned(record)
            fix = Fix((Edit(behind, block.newline),), safe) if not (is_lost or record.difference) else None
            yield Hit(block.header, {"header": header_of(block)}, severity="error" if is_lost else None, fix=fix)


@missing_body_line.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    file, block = random.choice(faults.blocks(tree))
    faults.change(tree, file, lambda data: data[: block.header_end] + data[block.end :])
