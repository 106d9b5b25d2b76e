from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC012",
    name="truncated-utf8",
    severity="error",
    message="the document {edge} inside a character: {bytes} is only its {part}",
    help="something was cut off here: copy the document again from the source",
    wakes=screening.ILL_FORMED,
    raw=True,
    good=[Good("whole €\n".encode()), Good("€".encode() + b"\n")],
    bad=[
        Bad("price: 5 €".encode()[:-1], ["doc.txt:1:10"]),
        Bad("€ 5\n".encode()[1:], ["doc.txt:1:1"]),
        Bad("😀 and 😀".encode()[2:-3], ["doc.txt:1:1", "doc.txt:1:6"]),
        Bad("€\n".encode() + b"\xff and \xc3", ["doc.txt:2:7"], "the other byte is for ENC001", also=["ENC001"]),
    ],
)
def truncated_utf8(document: Document) -> Iterator[Hit]:
    """The document ends, or begins, inside a character.

    Nothing shows more plainly that a copy was cut: at a limit of bytes, by a broken connection, by a full
    disk, or by a program that cuts files into pieces of equal size. More than this one character is
    missing. Copy the document again from the source and compare the sizes.

    What is a whole character, table 3-7 of the Unicode Standard and RFC 3629, section 4, define. A
    document in another encoding is left to ENC013.
    """
    from validator import encodings

    if encodings.is_foreign(document.data):
        return
    tail, head = text.cut_edges(document.data)
    for span, edge, part in ((tail, "begins", "end"), (head, "ends", "beginning")):
        if span.start < span.end:
            cut = document.data[span.start : span.end]
            yield Hit(span, {"edge": edge, "bytes": cut.hex(" ").upper(), "part": part})


@truncated_utf8.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    cut = random.choice(["é".encode()[:1], "天".encode()[:2], "😀".encode()[:3]])
    faults.change(tree, faults.pick(tree, random), lambda data: data.rstrip(b"\n") + cut)
