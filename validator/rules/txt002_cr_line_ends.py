from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="TXT002",
    name="cr-line-ends",
    severity="warning",
    message="bare CR as line end{times}",
    help="end lines with LF; if the text overwrites itself, as a progress bar does, keep only the last state",
    wakes=screening.CARRIAGE_RETURN,
    good=[Good(b"one\ntwo\n"), Good(b"one\r\ntwo\r\n")],
    bad=[
        Bad(b"one\rtwo\r", ["doc.txt:1:4"], "an old Macintosh", mended=b"one\ntwo\n"),
        Bad(b"one\r\ntwo\rthree\r\n", ["doc.txt:2:4"], mended=b"one\r\ntwo\r\nthree\r\n"),
        Bad(b"one\r\r\ntwo\r\r\n", ["doc.txt:1:4"], "LF turned into CR LF twice", mended=b"one\r\ntwo\r\n"),
    ],
)
def cr_line_ends(document: Document) -> Iterator[Hit]:
    """Lines end in CR alone.

    Macintosh systems before 2001 wrote them so; most programs of today see one endless line, and a terminal
    writes the end over the beginning. The fix puts the document's usual line end in place of each, LF if
    it has none; before a CR LF, where a line end was converted twice, it takes the CR away.

    There is one finding for the document, at the first of them.
    """
    import re

    data = document.data
    bare = [found.start() for found in re.finditer(rb"\r(?!\n)", data)]
    if not bare:
        return
    crlf, lf = data.count(b"\r\n"), data.count(b"\n")
    newline = b"\r\n" if 2 * crlf > lf else b"\n"
    edits = tuple(Edit(Span(at, at + 1), b"" if _is_doubled(data, at) else newline) for at in bare)
    times = f", {len(bare):,} times" if len(bare) > 1 else ""
    yield Hit(Span(bare[0], bare[0] + 1), {"times": times}, fix=Fix(edits, safe=not lf))


def _is_doubled(data: bytes, at: int) -> bool:
    return data.startswith(b"\r\r\n", at)


@cr_line_ends.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, b"\r")
