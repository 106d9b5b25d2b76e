from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import marker_line_ends, unconverted
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON008",
    name="crlf-marker",
    severity="warning",
    message="the container was converted to CR LF: its marker lines, {count} in number, all end so",
    help="write it again with LF, and keep git from converting it: `*.bundle -text` in .gitattributes",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\r\ny\r\n\n<<<END 1>>>\n", "CR LF inside a document")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\r\nx\r\n\r\n<<<END 1>>>\r\n",
            ["all.bundle:1:19"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
        )
    ],
)
def crlf_marker(container: Container) -> Iterator[Hit]:
    """Every marker line of the container ends in CR LF.

    An editor, a transfer or git's `core.autocrlf` converted the file as a whole, and with it every
    document inside. Convert it back, or pack it again from the sources. Where the digests of documents
    show that they were altered by it, this is an error.

    The fix converts the container and its documents to LF, but for those whose digests prove them as they
    are. It is safe where digests prove all of them. A container of more than 64 MiB is left to you.
    """
    lf, crlf = marker_line_ends(container)
    if crlf and not lf:
        altered = any(record.difference == "converted" for record in container.records)
        yield Hit(crlf[0], {"count": len(crlf)}, severity="error" if altered else None, fix=unconverted(container))


@crlf_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = random.choice(faults.containers(tree, lambda data: b"\r" not in data))
    faults.change(tree, name, lambda data: data.replace(b"\n", b"\r\n"))
