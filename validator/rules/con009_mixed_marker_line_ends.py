from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import marker_line_ends, unconverted
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON009",
    name="mixed-marker-line-ends",
    severity="error",
    message="{count} of {all} marker lines end in {odd}, the others in {other}",
    help="end all marker lines in LF; compare the documents around this one with their sources",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\r\ny\r\n\n<<<END 1>>>\n", "CR LF inside a document")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\r\ny\n\n<<<END 2>>>\n",
            ["all.bundle:4:19"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\r\nx\r\n\r\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\r\n",
            ["all.bundle:4:19"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            note="most end in CR LF: the one that ends in LF is the odd one",
        ),
    ],
)
def mixed_marker_line_ends(container: Container) -> Iterator[Hit]:
    """Some marker lines end in LF, others in CR LF.

    The container was put together from parts of different origin, or edited by a program that ends its
    lines differently. Where a body stops depends on it: behind a header in CR LF one CR more belongs to
    the framing. The finding stands at the first line that ends as the fewer do.

    The fix ends all marker lines in LF, and with each header in CR LF the lines of its document, unless a
    digest proves the document as it is. It is safe where digests prove the others with LF.
    """
    lf, crlf = marker_line_ends(container)
    if lf and crlf:
        rare, odd, other = (crlf, "CR LF", "LF") if len(crlf) <= len(lf) else (lf, "LF", "CR LF")
        words: dict[str, object] = {"count": len(rare), "all": len(lf) + len(crlf), "odd": odd, "other": other}
        yield Hit(rare[0], words, fix=unconverted(container))


@mixed_marker_line_ends.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    others = set(faults.containers(tree, lambda data: data.count(b"\n<<<") > 0 and b"\r" not in data))
    faults.edit_header(tree, random, lambda line: line + b"\r", lambda file, block: file in others)
