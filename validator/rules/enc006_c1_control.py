from __future__ import annotations

from collections.abc import Iterator

from validator import faults, mojibake, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC006",
    name="c1-control",
    severity="error",
    message="C1 control {control}{meant}",
    help="put in the character that was meant: compare with the source",
    wakes=screening.C1_CONTROL,
    good=[Good("“quoted” – and so on…\n".encode()), Good("non\u00a0breaking\n".encode())],
    bad=[
        Bad(
            "\x93quoted\x94\n".encode(),
            ["doc.txt:1:1", "doc.txt:1:8"],
            "quotation marks of Windows-1252, read as Latin-1",
            mended="“quoted”\n".encode(),
        ),
        Bad("a\x81b\n".encode(), ["doc.txt:1:2"], "no character in Windows-1252 either"),
    ],
)
def c1_control(document: Document) -> Iterator[Hit]:
    """The document holds a control character from U+0080 to U+009F.

    Hardly any text means them. They appear where Windows-1252 was read as Latin-1: the curly quotation
    marks, dashes and the euro sign turn into these, and then are shown as nothing at all. Put in the
    character that was meant; the fix does so where Windows-1252 has one for that byte.

    They are the C1 set of ISO/IEC 6429 (ECMA-48). U+0085, which ends a line, is left to TXT003, and what is
    part of damaged text to ENC010.
    """
    import re

    damaged = mojibake.passages(document)
    for found in re.finditer(rb"\xc2[\x80-\x84\x86-\x9f]", document.data):
        span = Span(*found.span())
        if mojibake.covers(damaged, span.start):
            continue
        byte = found[0][1:]
        meant = byte.decode("cp1252", "ignore")
        words: dict[str, object] = {
            "control": f"U+{byte[0]:04X}",
            "meant": f", which stands for {meant} in Windows-1252" if meant else "",
        }
        yield Hit(span, words, fix=Fix((Edit(span, meant.encode()),), safe=False) if meant else None)


@c1_control.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice("\x80\x91\x92\x96\x9d").encode())
