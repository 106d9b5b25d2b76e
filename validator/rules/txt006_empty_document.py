from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="TXT006",
    name="empty-document",
    severity="warning",
    message="the document is empty{but}",
    help="put its text back, or remove it from the collection and its index",
    wakes=screening.BLANK,
    good=[Good(b".\n"), Good("\n\n天\n".encode())],
    bad=[
        Bad(b"", ["doc.txt"]),
        Bad(b" \n\t\n", ["doc.txt"]),
        Bad("\u3000\u00a0".encode(), ["doc.txt"], "blanks of other scripts"),
    ],
)
def empty_document(document: Document) -> Iterator[Hit]:
    """The document has no bytes, or nothing but blanks.

    A download that failed, a conversion that found nothing or a redirect into the wrong file leaves such
    documents behind, and nobody notices because the file is there. Put the text back or remove the
    document. An empty index is left to IDX011.
    """
    if not document.is_index and not _has_no_body(document):
        size = len(document.data)
        yield Hit(words={"but": f": nothing but blanks in {size:,} byte{'s' * (size > 1)}" if size else ""})


def _has_no_body(document: Document) -> bool:
    """Whether a block's header is followed by another one or by nothing, of which CON020 speaks."""
    place = document.place
    return document.record.container is not None and place.read(place.start, place.start + 1) in (b"", b"<")


@empty_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.write(tree, faults.pick(tree, random), random.choice([b"", b"\n", b" \n\n"]))
