from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Record, Span
from validator.rule import Bad, Good, document_rule

_LINE_ENDS = ("\x85".encode(), "\u2028".encode(), "\u2029".encode())
_OTHERS = (*(bytes([code]) for code in (*range(0x20), 0x7F) if code != 0x09), *_LINE_ENDS)


@document_rule(
    code="TXT004",
    name="missing-final-newline",
    severity="warning",
    message="the last line does not end in a newline",
    help="append a newline, once you are sure that nothing was cut off",
    wakes=screening.NO_FINAL_NEWLINE,
    good=[Good(b"whole\n"), Good(b"\xe4\xb8\x80\n"), Good(b"Page 1\n\x0c", "a page break at the end")],
    bad=[
        Bad(b"cut sho", ["doc.txt:1:8"], mended=b"cut sho\n"),
        Bad(b"one\r\ntwo", ["doc.txt:2:4"], mended=b"one\r\ntwo\r\n"),
    ],
)
def missing_final_newline(document: Document) -> Iterator[Hit]:
    """The last line does not end in a newline.

    Often this is the trace of a copy that was cut short, and it makes programs that join files glue the
    last line to whatever follows. Compare the end with the source; if it is whole, append a newline. Where the
    document is shorter by more than that than the index lists, the fix is not a safe one: it would hide the cut.
    An empty document is left to TXT006. Where a control character is the last one, that has a rule of its
    own (TXT002 for CR, TXT003 for line separators), or it is a page break, with which printed pages end.

    POSIX.1-2017, section 3.206, defines a line as ending in a newline.
    """
    if document.facts & screening.BLANK or document.data.endswith(_OTHERS) or _is_the_containers_fault(document):
        return
    end = Span(len(document.data), len(document.data))
    newline = b"\r\n" if document.data.count(b"\r\n") == document.data.count(b"\n") > 0 else b"\n"
    yield Hit(end, fix=Fix((Edit(end, newline),), safe=not _is_shorter(document.record)))


def _is_shorter(record: Record) -> bool:
    """Whether more than the newline is missing, by what the index says of the size."""
    listed = record.entry.size if record.entry is not None else None
    return listed is not None and record.size < listed and record.difference not in ("", "final-newline-lost")


def _is_the_containers_fault(document: Document) -> bool:
    """Whether the newline was lost by the container around the document, of which other rules speak.

    The container was cut off here, or an end marker stands in the text, or framing newlines are missing.
    """
    data = document.data
    return document.record.container is not None and (
        document.place.in_file(Span(0, len(data))).end == document.place.size
        or data.startswith(b"<<<END", data.rfind(b"\n") + 1)
        or document.record.difference == "final-newline-lost"
    )


@missing_final_newline.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spot = faults.pick(tree, random, lambda data: len(data.rstrip().rpartition(b"\n")[2]) > len("\U0010ffff".encode()))
    faults.change(tree, spot, lambda data: data.decode().rstrip()[:-1].encode())
