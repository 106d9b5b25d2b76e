from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC004",
    name="nul-byte",
    severity="error",
    message="NUL byte{times}",
    help="compare with the source: text was lost here, or two fields were joined",
    wakes=screening.NUL,
    good=[Good(b"plain\n"), Good("␀ is a picture of it\n".encode())],
    bad=[
        Bad(b"one\x00two\n", ["doc.txt:1:4"]),
        Bad(b"the end\nof a" + bytes(500), ["doc.txt:2:5"], "what a crash leaves behind"),
    ],
)
def nul_byte(document: Document) -> Iterator[Hit]:
    """The document holds NUL bytes.

    No text needs them, and many programs take a NUL for the end of the text: what follows is not shown, not
    searched, not copied. A long run of them is what a file system leaves where a crash kept the content
    from being written; a single one often separates two fields. NULs in a row are one finding.

    POSIX.1-2017, section 3.403, defines a text file as one without NUL characters.
    """
    import re

    for run in re.finditer(rb"\0++", document.data):
        times = len(run[0])
        yield Hit(Span(*run.span()), {"times": f", {times:,} times in a row" if times > 1 else ""})


@nul_byte.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, b"\x00")
