from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_NAMES = (
    *("NULL", "START OF HEADING", "START OF TEXT", "END OF TEXT", "END OF TRANSMISSION", "ENQUIRY", "ACKNOWLEDGE"),
    *("BELL", "BACKSPACE", "TAB", "LINE FEED", "VERTICAL TAB", "FORM FEED", "CARRIAGE RETURN", "SHIFT OUT"),
    *("SHIFT IN", "DATA LINK ESCAPE", "DEVICE CONTROL ONE", "DEVICE CONTROL TWO", "DEVICE CONTROL THREE"),
    *("DEVICE CONTROL FOUR", "NEGATIVE ACKNOWLEDGE", "SYNCHRONOUS IDLE", "END OF TRANSMISSION BLOCK", "CANCEL"),
    *("END OF MEDIUM", "SUBSTITUTE", "ESCAPE", "FILE SEPARATOR", "GROUP SEPARATOR", "RECORD SEPARATOR"),
    *("UNIT SEPARATOR",),
)
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\0\t\n\r")

_MEANINGLESS = bytes((*range(0x01, 0x08), *range(0x10, 0x1B), 0x7F))


@document_rule(
    code="ENC005",
    name="control-character",
    severity="error",
    message="control character {control}{times}",
    help="delete it, or put in what it stands for: it is no part of a text",
    wakes=screening.CONTROL,
    good=[
        Good(b"one\ttwo\r\n"),
        Good(b"Page 1\n\x0c\nPage 2\n\x0cPage 3\n", "form feeds between pages"),
    ],
    bad=[
        Bad(b"un\x7fdone\n", ["doc.txt:1:3"], mended=b"undone\n"),
        Bad(b"____\x08\x08\x08\x08word\n", ["doc.txt:1:5"], "underlined for a printer"),
        Bad(b"\x1b, \x1b]0;no end\n", ["doc.txt:1:1", "doc.txt:1:4"], "no whole escape sequences"),
        Bad(b"page\x0cbreak\n\x0c \x0cx\x0c\n", ["doc.txt:1:5", "doc.txt:2:5"], "form feeds inside a line"),
        Bad(b"the end\n\x1a", ["doc.txt:2:1"], "the end-of-file mark of MS-DOS", b"the end\n"),
    ],
)
def control_character(document: Document) -> Iterator[Hit]:
    """The document holds a control character other than tab, line end and page break.

    It cannot be seen, means different things to different programs, and a terminal obeys it. It usually
    comes from a recorded terminal session, a keyboard slip, or a dash or quotation mark in an old
    encoding. Delete it, or put in what was meant. A form feed at the beginning of a line is a page break,
    as in RFCs, and allowed. Equal ones in a row are one finding.

    The fix deletes those that mean nothing in a text on any device, not those that move a printer's head,
    change the character set or separate fields.

    The set is C0 and DEL of ISO/IEC 6429 (ECMA-48); NUL has a rule of its own, ENC004. What belongs to an
    escape sequence is left to TXT013, and a text in ISO-2022-JP or its kin to ENC013.
    """
    import re

    data = document.data
    present = bytes(code for code in _CONTROLS if code in data)
    if not present or text.seven_bit_encoding(data):
        return
    seen, is_start = 0, True  # whether only blanks and page breaks are between the line's beginning and ``seen``
    for found in re.finditer(rb"%b|([%b])(?:(?!\x1b)\1)*+" % (text.ESCAPE_SEQUENCE, re.escape(present)), data):
        at = found.start()
        before = data[seen:at]
        line_end = max(before.rfind(b"\n"), before.rfind(b"\r"))
        is_start = (is_start or line_end >= 0) and not before[line_end + 1 :].strip(b" \t")
        is_start = is_start and found[1] == b"\x0c"
        if not is_start and found[1]:
            yield _hit(Span(*found.span()), found[1][0])
        seen = found.end()


def _hit(span: Span, code: int) -> Hit:
    words: dict[str, object] = {
        "control": f"U+{code:04X} {'DELETE' if code == 0x7F else _NAMES[code]}",
        "times": f", {span.end - span.start:,} times in a row" if span.end - span.start > 1 else "",
    }
    return Hit(span, words, fix=Fix((Edit(span, b""),)) if code in _MEANINGLESS else None)


@control_character.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice([b"\x08", b"\x0b", b"\x1a", b"\x7f"]))
