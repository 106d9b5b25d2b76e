from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_MARK = "\ufeff".encode()


@document_rule(
    code="ENC016",
    name="bom-inside",
    severity="error",
    message="byte order mark U+FEFF inside the document",
    help="delete it, and look whether two files were joined here by mistake",
    wakes=screening.INNER_BYTE_ORDER_MARK,
    good=[Good(b"plain\n"), Good("ﻻ ﻼ\n".encode(), "its neighbours")],
    bad=[
        Bad("one\n\ufefftwo\n".encode(), ["doc.txt:2:1"], "two files joined", mended=b"one\ntwo\n"),
        Bad("zero\ufeffwidth\n".encode(), ["doc.txt:1:5"], mended=b"zerowidth\n"),
        Bad(
            "\ufeff\ufefftwice\n".encode(),
            ["doc.txt:1:2"],
            "added twice",
            mended="\ufefftwice\n".encode(),
            also=["ENC002"],
        ),
    ],
)
def bom_inside(document: Document) -> Iterator[Hit]:
    """A byte order mark stands inside the document.

    At the beginning of a line it tells that files were joined, each with its own mark; ask whether they
    belong together. Anywhere else it is an invisible character that splits a word for every search. Delete
    it. Old texts used it to forbid a line break; today that is U+2060 WORD JOINER.

    The Unicode Standard, section 23.8, allows it as a mark only at the beginning.
    """
    data = document.data
    at = data.find(_MARK, 1)
    while at >= 0:
        span = Span(at, at + len(_MARK))
        starts_line = data[at - 1 : at] == b"\n" or (at == len(_MARK) and data.startswith(_MARK))
        yield Hit(span, fix=Fix((Edit(span, b""),), safe=starts_line))
        at = data.find(_MARK, span.end)


@bom_inside.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, _MARK)
