from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC002",
    name="utf8-bom",
    severity="warning",
    message="the document begins with a byte order mark",
    help="delete its first three bytes, EF BB BF: UTF-8 needs no byte order mark",
    wakes=screening.BYTE_ORDER_MARK,
    good=[Good(b"plain\n"), Good("añ\n".encode())],
    bad=[Bad(b"\xef\xbb\xbfplain\n", ["doc.txt:1:1"], mended=b"plain\n")],
)
def utf8_bom(document: Document) -> Iterator[Hit]:
    """The document begins with a byte order mark.

    UTF-8 has only one byte order, so the mark says nothing; but it is a character, and programs that do
    not expect it see it in front of the first word, the first key or the first heading. Delete it. A
    file that must keep it, such as a spreadsheet export, belongs in `per-file-ignores`.

    The Unicode Standard, section 2.6, neither requires nor recommends it for UTF-8.
    """
    mark = Span(0, 3)
    yield Hit(mark, fix=Fix((Edit(mark, b""),)))


@utf8_bom.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.change(tree, faults.pick(tree, random), lambda data: b"\xef\xbb\xbf" + data)
