from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.container import END
from validator.framing import documents, end_names_id, endings, first_ink, is_proven
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule

_LOST = (
    "documents are missing, or a header is damaged: compare the container with its source before you correct the count"
)
_ADDED = "write the number of documents; if none was added, some line that begins with <<<FILE lacks its backslash"


@container_rule(
    code="CON014",
    name="end-count-mismatch",
    severity="error",
    message="the end marker counts {count}, but the documents before it are {closed}",
    help=_LOST,
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 2>>>\n",
            ["all.bundle:4:8"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="one was lost",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 1>>>\n",
            ["all.bundle:7:8"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            note="one was added",
        ),
    ],
)
def end_count_mismatch(container: Container) -> Iterator[Hit]:
    """The end marker names another number of documents than there are.

    A document was lost or added, a header is damaged beyond recognition, or a line of some text begins
    like a header and is not escaped. Find out which before you correct the count: it is what makes the
    loss visible. Where containers were put one behind the other, each end marker may count its own part
    or all up to it.

    The fix counts again. It is safe where there are more documents than the end marker says, or where digests
    prove all that the index lists. There is none as long as a line in a document is nearly a header.
    """
    found = endings(container)
    if end_names_id(container, found):
        return
    is_whole = any(ending.line.count > ending.closed for ending in found) and _is_whole(container)
    for ending in found:
        count = ending.line.count
        if count in (ending.closed, ending.before) or not ending.closed:
            continue
        if ending.after and first_ink(container, ending.gap) is not None:
            continue  # a line of text, more likely than an end marker: CON016 speaks
        start = ending.line.span.start + len(END) + 1
        number = Span(start, start + len(str(count)))
        recount = Edit(number, str(ending.closed).encode())
        yield Hit(
            number,
            {"count": count, "closed": ending.closed},
            _LOST if count > ending.closed else _ADDED,
            fix=Fix((recount,), safe=count < ending.closed or is_whole) if not container.near else None,
        )


def _is_whole(container: Container) -> bool:
    """Whether nothing can be missing; a container of packed copies may have lost one of them."""
    return is_proven(container) and not any(record.copy_of for _, record in documents(container))


@end_count_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = random.choice(faults.containers(tree, faults.is_ended))
    faults.change(tree, name, lambda data: b"\n<<<END 1".join(data.rsplit(b"\n<<<END ", 1)))
