from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Document, Hit, Span
from validator.rule import Bad, Good, document_rule

_LIMIT = 2000


@document_rule(
    code="TXT012",
    name="long-line",
    severity="info",
    default=False,
    message="the line has {length:,} characters, more than {limit:,}",
    help="look whether line ends were lost here, or something was pasted that is no text; else break the line",
    wakes=0,
    good=[
        Good(b"word " * 399 + b"word.\n" + b"one\n" * 1000, "2,000 characters"),
        Good("天".encode() * 2000 + b"\r\n", "characters, not bytes"),
        Good({"INDEX.md": b"| name | note |\n|---|---|\n| a.txt | " + b"x" * 3000 + b" |\n", "a.txt": b"x\n"}),
    ],
    bad=[
        Bad(b"one\n" + b"word " * 400 + b"two.\n", ["doc.txt:2:1"]),
        Bad("天".encode() * 2001, ["doc.txt:1:1"], also=["TXT004"]),
    ],
)
def long_line(document: Document) -> Iterator[Hit]:
    """A line has more than 2,000 characters.

    That is some 300 words, more than nearly every paragraph has; so texts with one paragraph a line
    pass. What is longer has mostly lost its line ends, or is data or a page's source that was pasted into
    a text. Many editors, diffs and mail systems (RFC 5322, section 2.1.1, allows 998) cope badly with it.
    The rows of an index are left alone, since a table's row cannot be broken; lines that end in CR alone
    are counted one by one, and left to TXT002.

    The rule is off unless it is selected: there is no length that is too long for every text.
    """
    data = document.data
    start = 0
    while len(data) - start > _LIMIT and not document.is_index:
        last = max(data.rfind(end, start, start + _LIMIT + 1) for end in (b"\n", b"\r"))
        if last < 0:
            end = _line_end(data, start)
            length = len(data[start:end].decode())
            if length > _LIMIT:
                yield Hit(Span(start, end), {"length": length, "limit": _LIMIT})
            last = end
        start = last + 1  # no other line before it is longer, even in bytes


def _line_end(data: bytes, start: int) -> int:
    newline = data.find(b"\n", start)
    end = newline if newline >= 0 else len(data)
    bare = data.find(b"\r", start, end)
    return bare if bare >= 0 else end


@long_line.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, b"and on " * 300)
