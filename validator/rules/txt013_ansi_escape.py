from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_SHOWN = 60
"""Characters of the sequences that the message shows."""


@document_rule(
    code="TXT013",
    name="ansi-escape",
    severity="error",
    message="escape sequence of a terminal: {sequence!r}",
    help="delete it, or record the session without colours: a terminal would obey it",
    wakes=screening.CONTROL,
    good=[
        Good(b"\\x1b[31m, \\033[0m and ^[[1m are how programmers write it.\n"),
        Good("␛[31m, [0m\n".encode(), "its picture, and what is left without ESC"),
    ],
    bad=[
        Bad(b"\x1b[1;31mred\x1b[0m\n", ["doc.txt:1:1", "doc.txt:1:11"], "a colour", mended=b"red\n"),
        Bad(b"\x1b[0m\x1b[K$ \x1b(B\n", ["doc.txt:1:1", "doc.txt:1:10"], "several in a row are one", mended=b"$ \n"),
        Bad(b"\x1b]0;a title\x07$ ls\n", ["doc.txt:1:1"], "the title of the window", mended=b"$ ls\n"),
        Bad(
            b"\x1b]8;;https://example.org\x1b\\a link\x1b]8;;\x1b\\\n",
            ["doc.txt:1:1", "doc.txt:1:33"],
            mended=b"a link\n",
        ),
    ],
)
def ansi_escape(document: Document) -> Iterator[Hit]:
    """The document holds escape sequences, with which programs steer a terminal.

    They are colours, movements of the cursor, titles and links from a recorded session or from the output
    of a tool. In a text they are noise that no search expects; and shown on a terminal, they can hide or
    overwrite other text, or write to the clipboard. Delete them; what they enclose, such as a title, goes
    with them, and the text around them stays.

    ECMA-48 (ISO/IEC 6429), section 5, and ECMA-35 say how they are built. Several in a row are one finding.
    An ESC that begins no whole sequence is left to ENC005, a text in ISO-2022-JP or its kin to ENC013.
    """
    import re

    if text.seven_bit_encoding(document.data):
        return
    for run in re.finditer(b"(?:%b)++" % text.ESCAPE_SEQUENCE, document.data):
        sequence = run[0][: 4 * _SHOWN].decode("utf-8", "ignore")
        shortened = sequence[:_SHOWN] + "…" * (len(sequence) > _SHOWN)
        span = Span(*run.span())
        yield Hit(span, {"sequence": shortened}, fix=Fix((Edit(span, b""),), safe=False))


@ansi_escape.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice([b"\x1b[31m", b"\x1b[2K\x1b[1G", b"\x1b]0;x\x07", b"\x1b(B", b"\x1b="]))
