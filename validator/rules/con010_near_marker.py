from __future__ import annotations

from collections.abc import Iterator

from validator import faults, text
from validator.framing import called, corrected, near_mendings
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule

_REASONS = {
    "wrong-case": "FILE is not in capitals",
    "blank-inside": "a blank stands behind the brackets",
    "indented": "blanks stand in front of it",
    "bracket-count": "it does not begin with three brackets",
    "byte-order-mark": "a byte order mark stands in front of it",
    "carriage-return": "a bare CR, which ends no line, stands in front of it",
    "mid-line": "it does not stand at the beginning of a line",
}


@container_rule(
    code="CON010",
    name="near-marker",
    severity="warning",
    message="this is nearly the header of {name!r}, but {reason}",
    help="write the header on a line of its own; if it is text, list the digest of its document, which proves it",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\n<<< FILED UNDER 7\nit says <<FILE>> here\n\n<<<END 1>>>\n", "no header"),
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | d97651b389c32f93fcc4646c0ad7bfe812e6170fb275854335bfdda8eb859b73 |\n\n"
            b"<<<FILE 7 a.txt>>>\n<<<file 8 b.txt>>>\n\n<<<END 2>>>\n",
            "its digest proves that this is the text of a.txt",
        ),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n- [B](b.txt)\n\n"
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<File 8 b.txt>>>\ny\n\n<<<END 3>>>\n",
            ["all.bundle:8:1"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n- [B](b.txt)\n\n"
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 3>>>\n",
            note="the index misses b.txt",
            also=["CON014"],
        ),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n\t<<< FILE 8 b.txt >>\ny\n\n",
            ["all.bundle:4:2"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<FILE 8 b.txt>>>\ny\n\n",
            also=["CON018"],
        ),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n  <<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n", ["all.bundle:3:3"], also=["CON014"]),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<FILE 8 b.txt>>\ny\n\n<<<END 2>>>\n", ["all.bundle:3:1"], also=["CON014"]),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            ["all.bundle:2:2"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 2>>>\n",
            also=["CON014"],
        ),
    ],
)
def near_marker(container: Container) -> Iterator[Hit]:
    """A line of a document is nearly a header.

    If it was meant as one, the document that it heads is lost: its text hangs on the end of the document
    before it. That is an error where the index misses a document of just that name. If it is text, as
    in a description of this format, list the digest of the document that holds it, which proves it.

    The fix makes a header of it. It is safe where the index misses the document, or where what stands before
    it is just the file that the block is a copy of. There is none where the container already holds a document
    of that name, or of that id.
    """
    for near, header, fix in near_mendings(container):
        words: dict[str, object] = {"name": called(header), "reason": _REASONS[near.kind]}
        if near.hides:
            written = text.shown(corrected(header).decode("utf-8", "surrogateescape"))
            help = f"the index misses this document: write {written} on a line of its own"
            yield Hit(near.span, words, help, "error", fix=fix)
        else:
            yield Hit(near.span, words, fix=fix)


@near_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    header = random.choice(
        [b"<<<file 0 a.txt>>>", b"  <<<FILE 0 a.txt>>>", b"<<<<FILE 0 a.txt>>>>", b"x<<<FILE 0 a.txt>>>"]
    )
    file, block = random.choice(faults.blocks(tree))
    faults.change(tree, faults.Spot(file, block.name.decode()), lambda body: body + header + b"\nx\n")
