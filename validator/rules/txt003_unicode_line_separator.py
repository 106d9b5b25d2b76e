from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_NAMES = {"\x85": "NEXT LINE", "\u2028": "LINE SEPARATOR", "\u2029": "PARAGRAPH SEPARATOR"}


@document_rule(
    code="TXT003",
    name="unicode-line-separator",
    severity="warning",
    message="{separator}{more}, which {effect}",
    help="put in a line end",
    wakes=screening.LINE_SEPARATOR,
    good=[Good(b"one\ntwo\n"), Good("so on… ↵ ¶\n".encode())],
    bad=[
        Bad("one\u2028two\n".encode(), ["doc.txt:1:4"], mended=b"one\ntwo\n"),
        Bad("one\u2029\u2029two\x85\r\n".encode(), ["doc.txt:1:4", "doc.txt:1:9"], mended=b"one\r\n\r\ntwo\r\n\r\n"),
        Bad(
            "\x93so on\x85\x94\n".encode(),
            ["doc.txt:1:7"],
            "among other C1 controls, the three dots of Windows-1252",
            mended="\x93so on…\x94\n".encode(),
            also=["ENC006"],
        ),
    ],
)
def unicode_line_separator(document: Document) -> Iterator[Hit]:
    """The document holds a line end that only some programs take for one.

    A few programs end a line at NEXT LINE, LINE SEPARATOR and PARAGRAPH SEPARATOR; most editors, compilers
    and whatever counts lines do not. Line numbers then differ, and a comment or a quotation reaches farther
    than it seems. The separators come from mainframes, word processors and chat programs. Put in a line
    end; the fix takes the kind that the document has.

    U+0085 is also what becomes of the three dots of Windows-1252 when they are read as Latin-1. Where the
    document holds other such controls (ENC006), it is taken for that.

    UAX #14 (classes NL and BK) and the Unicode Standard, section 5.8, describe them. Several of a kind in a
    row are one finding.
    """
    import re

    if document.facts & screening.BLANK:
        return
    data = document.data
    crlf, lf = data.count(b"\r\n"), data.count(b"\n")
    newline = b"\r\n" if 2 * crlf > lf else b"\n"
    is_misread = bool(document.facts & screening.C1_CONTROL)
    for run in re.finditer(rb"(?:\xc2\x85)++|(?:\xe2\x80\xa8)++|(?:\xe2\x80\xa9)++", data):
        span, characters = Span(*run.span()), run[0].decode()
        is_dots = is_misread and characters[0] == "\x85"
        words: dict[str, object] = {
            "separator": f"U+{ord(characters[0]):04X} {_NAMES[characters[0]]}",
            "more": f" and {len(characters) - 1:,} more" if len(characters) > 1 else "",
            "effect": "stands for … in Windows-1252" if is_dots else "ends a line for some programs only",
        }
        help = "put in … if that was meant: compare with the source" if is_dots else ""
        meant = ("…".encode() if is_dots else newline) * len(characters)
        yield Hit(span, words, help, fix=Fix((Edit(span, meant),), safe=False))


@unicode_line_separator.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice(list(_NAMES)).encode())
