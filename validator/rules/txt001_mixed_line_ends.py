from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="TXT001",
    name="mixed-line-ends",
    severity="warning",
    message="mixed line ends: {crlf:,} CR LF and {lf:,} LF",
    help="end all lines alike; this is the first of the rarer kind",
    wakes=screening.CARRIAGE_RETURN,
    good=[Good(b"one\ntwo\n"), Good(b"one\r\ntwo\r\n", "CR LF throughout")],
    bad=[
        Bad(b"one\ntwo\r\nthree\n", ["doc.txt:2:4"], mended=b"one\ntwo\nthree\n"),
        Bad(b"one\r\ntwo\r\nthree\nfour\r\n", ["doc.txt:3:6"], mended=b"one\r\ntwo\r\nthree\r\nfour\r\n"),
        Bad(b"one\r\ntwo\n", ["doc.txt:1:4"], "as many of each: LF is kept", mended=b"one\ntwo\n"),
    ],
)
def mixed_line_ends(document: Document) -> Iterator[Hit]:
    """Some lines end in CR LF, others in LF alone.

    Somebody edited a part of the document on another system, or pasted into it. Comparisons then show
    changes that nobody can see, and patterns that look for the end of a line miss some. The fix turns the
    rarer kind into the other one.
    """
    import re

    data = document.data
    crlf = data.count(b"\r\n")
    lf = data.count(b"\n") - crlf
    if not crlf or not lf:
        return
    if crlf > lf:
        rarer = re.compile(rb"\n(?<!\r\n)")
        edits = tuple(Edit(Span(at, at), b"\r") for at in map(re.Match.start, rarer.finditer(data)))
    else:
        rarer = re.compile(rb"\r\n")
        edits = tuple(Edit(Span(at, at + 1), b"") for at in map(re.Match.start, rarer.finditer(data)))
    first = rarer.search(data)
    assert first is not None
    yield Hit(Span(*first.span()), {"crlf": crlf, "lf": lf}, fix=Fix(edits))


@mixed_line_ends.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spot = faults.pick(tree, random, lambda data: b"\n" in data and b"\r" not in data)
    faults.change(tree, spot, lambda data: data.replace(b"\n", b"\r\n", 1) + b"One more.\n")
