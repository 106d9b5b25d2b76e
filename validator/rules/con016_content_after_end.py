from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import endings, first_ink
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON016",
    name="content-after-end",
    severity="error",
    message="behind the end marker stands {what}",
    help="delete it, or move it into a document; if the end marker is a line of text, put a backslash in front of it",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n\n", "an empty line"),
    ],
    bad=[
        Bad(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n\nmore\n", ["all.bundle:6:1"]),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n<<<END 1>>>\n",
            ["all.bundle:5:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="said twice",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 3>>>\ny\n\n<<<FILE 8 b.txt>>>\nz\n\n<<<END 2>>>\n",
            ["all.bundle:5:1"],
            note="the first is a line of a.txt that is not escaped",
        ),
    ],
)
def content_after_end(container: Container) -> Iterator[Hit]:
    """Something other than blank lines or documents stands behind the end marker.

    It belongs to no document: no digest covers it, and unpacking drops it. It may be the log of a
    program, or the rest of a document one of whose lines looks like an end marker and is not escaped.
    The fix takes out an end marker that only repeats the one before it; nothing else is ever deleted.
    """
    for number, ending in enumerate(endings(container)):
        if number and not ending.closed:
            line = Span(ending.line.span.start, ending.line.span.end + len(ending.line.newline))
            fix = Fix((Edit(line, b""),)) if ending.line.count in (0, ending.before) else None
            yield Hit(ending.line.span, {"what": "another end marker"}, fix=fix)
        ink = first_ink(container, ending.gap)
        if ink is not None:
            yield Hit(Span(ink, ink), {"what": f"text, {ending.gap.end - ink:,} bytes of it"})


@content_after_end.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = random.choice(faults.containers(tree, faults.is_ended))
    faults.change(tree, name, lambda data: data + b"Done.\n")
