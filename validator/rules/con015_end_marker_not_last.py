from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.container import END, end, parse
from validator.framing import Ending, end_marker, end_names_id, endings, first_ink, is_proven
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON015",
    name="end-marker-not-last",
    severity="error",
    message="documents follow the end marker: {count}",
    help="were containers put one behind the other? Take this line out, and let the last end marker count them all",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 1>>>\n",
            ["all.bundle:4:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            note="two containers, each with its own count",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n\n<<<FILE 8 b.txt>>>\ny\n\n",
            ["all.bundle:4:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            note="a document was appended",
        ),
    ],
)
def end_marker_not_last(container: Container) -> Iterator[Hit]:
    """Documents follow the end marker.

    Most often two containers were put one behind the other, or a document was appended without a look at
    the end. A reader that stops at the end marker loses what follows. One end marker belongs in a
    container, as its last line.

    The fix takes the line out, with blank lines behind it, and lets the last end marker count all documents.
    Where none follows, it writes one at the end; that is unsafe unless digests prove that nothing is missing.
    There is no fix as long as an end marker miscounts.
    """
    found = endings(container)
    if end_names_id(container, found):
        return
    inner = [ending for ending in found if ending.after and first_ink(container, ending.gap) is None]
    if not inner:
        return
    is_right = all(ending.line.count in (ending.closed, ending.before) for ending in found)
    last = _last(container, found[-1], is_inner=found[-1] is inner[-1]) if is_right else None
    safe = not found[-1].after or is_proven(container)
    for ending in inner:
        removal = Edit(Span(ending.line.span.start, ending.gap.end), b"")
        edits = (removal,) if ending is not inner[-1] or last is None else (removal, *last)
        fix = Fix(edits, safe) if last is not None else None
        yield Hit(ending.line.span, {"count": ending.after}, fix=fix)


def _last(container: Container, ending: Ending, is_inner: bool) -> tuple[Edit, ...] | None:
    """What makes the last end marker count all documents before it, or all, if documents follow it too."""
    if is_inner:
        behind = Span(container.layout.size, container.layout.size)
        return (Edit(behind, end_marker(container)),) if container.layout.final_newline else None
    if ending.line.count == ending.before:
        return ()
    start = ending.line.span.start + len(END) + 1
    return (Edit(Span(start, start + len(str(ending.line.count))), str(ending.before).encode()),)


@end_marker_not_last.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = random.choice(faults.containers(tree, lambda data: len(parse(data).blocks) > 1))
    data = faults.content(tree, name)
    number, block = random.choice(list(enumerate(parse(data).blocks))[1:])
    tree[name] = data[: block.start] + end(number) + data[block.start :]
