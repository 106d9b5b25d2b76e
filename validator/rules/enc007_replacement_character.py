from __future__ import annotations

from collections.abc import Iterator

from validator import faults, mojibake, screening
from validator.model import Document, Hit, Span
from validator.rule import Bad, Good, document_rule

_MARK = "\ufffd".encode()


@document_rule(
    code="ENC007",
    name="replacement-character",
    severity="warning",
    message="replacement character U+FFFD{times}: what stood here is lost",
    help="take the passage from the source again, and read it in its own encoding",
    wakes=screening.REPLACEMENT,
    good=[Good("caf\u00e9\n".encode()), Good("what? \u25c6 \u25a1\n".encode())],
    bad=[
        Bad("caf\ufffd\n".encode(), ["doc.txt:1:4"]),
        Bad("\ufffd\ufffd\ufffd and \ufffd\n".encode(), ["doc.txt:1:1", "doc.txt:1:9"], "several in a row are one"),
    ],
)
def replacement_character(document: Document) -> Iterator[Hit]:
    """The document holds replacement characters, U+FFFD.

    A program that read the text in the wrong encoding put them where it met bytes that it could not
    understand, and the original bytes were thrown away. No tool can bring them back: take the passage
    from the source. Only a text about encodings has a use for the character itself.

    The Unicode Standard, sections 3.9 and 23.8, describes it. Several in a row are one finding; what is part
    of damaged text is left to ENC010.
    """
    import re

    damaged = mojibake.passages(document)
    for run in re.finditer(rb"(?:%b)++" % _MARK, document.data):
        if mojibake.covers(damaged, run.start()):
            continue
        times = len(run[0]) // len(_MARK)
        yield Hit(Span(*run.span()), {"times": f", {times:,} times in a row" if times > 1 else ""})


@replacement_character.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, _MARK * random.randint(1, 3))
