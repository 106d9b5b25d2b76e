"""Findings for people: what is wrong, the line it is on with the very characters marked, and what to do.

::

    error[ENC012] truncated-utf8: the document ends inside a character
      --> letters/harbour.txt:41:10
       |
    41 | the mayor<E2 80>
       |          ^^^^^^^
       = help: compare the end with the source, and copy it again

The marks stand under what they mark on a terminal that gives East Asian wide characters and emoji two
columns and combining marks none (UAX #11). Bytes that are not UTF-8 are shown as ``<E2 80>``, what cannot
be seen as an escape, a tab as a blank, or as an arrow where it is what is marked. A long line is clipped.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Excerpt, Finding, Look, Report
from validator.reporters.words import COMMANDS, document, paint, place, safe, summary
from validator.text import INVISIBLES, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_COLUMNS = 96
"""The widest code frame, in columns without its gutter."""
_BEFORE = 40
"""How many of them at most are before the mark."""
_STACK = 4
"""How many combining marks are shown on one base; further ones are escaped, lest they cover other lines."""
_BLANKS = "\t\xa0\u202f"
"""Shown as a blank where they are not what is marked."""


def render(report: Report, look: Look) -> Iterator[str]:
    """A paragraph for each finding, then the summary. ``verbose`` adds byte offsets."""
    for finding in report.findings:
        yield from _paragraph(finding, look)
        yield ""
    if not look.quiet:
        yield from summary(report)


def _paragraph(finding: Finding, look: Look) -> Iterator[str]:
    color = look.color
    label = paint(f"{finding.severity}[{finding.code}]", finding.severity, color)
    margin = " " * len(str(finding.line or 1))
    sign = paint("=", "dim", color)
    yield f"{label} {finding.name}: {safe(finding.message)}"
    yield f"{margin}{paint('-->', 'dim', color)} {place(finding)}{document(finding)}{_bytes(finding, look.verbose)}"
    if finding.excerpt is not None:
        yield from _frame(finding, finding.excerpt, margin, color)
    if finding.help:
        yield f"{margin} {sign} help: {safe(finding.help)}"
    if finding.more:
        yield f"{margin} {sign} {finding.more:,} more like this in this document"


def _bytes(finding: Finding, verbose: bool) -> str:
    return f" (bytes {finding.byte_start}-{finding.byte_end})" if verbose and finding.byte_start is not None else ""


def _frame(finding: Finding, excerpt: Excerpt, margin: str, color: bool) -> Iterator[str]:
    """The line of a finding, clipped around the mark, and the carets under it."""
    texts = _texts(excerpt)
    before = _cells(texts[0])
    marked = _cells(texts[1], left=texts[0], marked=True)
    after = _cells(texts[2], left=texts[0] + texts[1])

    left = before[len(before) - _fitting(before[::-1], _BEFORE) :]
    lead = "…" if excerpt.clipped_before or len(left) < len(before) else ""
    column = len(lead) + _columns(left)
    mark = marked[: _fitting(marked, _COLUMNS - column)]
    room = _COLUMNS - column - _columns(mark) if len(mark) == len(marked) else 0
    right = after[: _fitting(after, room)]
    tail = "…" if excerpt.clipped_after or len(mark) < len(marked) or len(right) < len(after) else ""

    gutter = paint(f"{margin} |", "dim", color)
    shown_mark = paint("".join(mark), finding.severity, color)
    carets = paint("^" * max(1, _columns(mark)), finding.severity, color)
    yield gutter
    yield f"{paint(f'{finding.line} |', 'dim', color)} {lead}{''.join(left)}{shown_mark}{''.join(right)}{tail}"
    yield f"{gutter} {' ' * column}{carets}"


def _texts(excerpt: Excerpt) -> tuple[str, str, str]:
    """What stands before the mark, in it and behind it."""
    before, marked, after = (
        part.decode("utf-8", "surrogateescape") for part in (excerpt.before, excerpt.marked, excerpt.after)
    )
    is_line_end = marked in ("\n", "\r\n") or (marked == "\r" and not after)
    return before, "↵" if is_line_end else marked, after


def _cells(text: str, left: str = "", marked: bool = False) -> list[str]:
    """The text as a screen shows it, in pieces that are not torn apart; ``left`` stands before it.

    A cell is a character with the combining marks on it, a blank, an escape, or a byte.
    """
    if text.isascii() and text.isprintable() and "[" not in text:
        return list(text)
    cells: list[str] = []
    based = False
    for at, character in enumerate(text):
        combines = _combines(character)
        if combines and based and len(cells[-1]) <= _STACK:
            cells[-1] += character
            continue
        cells.append(_escaped(character) if combines else _cell(text, at, left, marked))
        based = cells[-1] == character
    return cells


def _cell(text: str, at: int, left: str, marked: bool) -> str:
    character = text[at]
    if _is_byte(character):
        opening = " " if at and _is_byte(text[at - 1]) else "<"
        closing = "" if _is_byte(text[at + 1 : at + 2]) else ">"
        return f"{opening}{ord(character) - 0xDC00:02X}{closing}"
    if not marked and character in _BLANKS:
        return " "
    if character == "\t":
        return "→"
    if character == "[" and (left + text[:at]).endswith(COMMANDS):
        return "\\x5b"
    return shown(character)


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")


def _is_byte(character: str) -> bool:
    """Whether a character stands for a byte that is not UTF-8 (PEP 383)."""
    return "\udc80" <= character <= "\udcff"


def _combines(character: str) -> bool:
    """Whether a character takes no column of its own: a combining mark, or a Korean vowel or final letter."""
    if "\u1161" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb":
        return True
    if character < "\u0300" or character.isalpha() or character in INVISIBLES:
        return False
    from unicodedata import category

    return category(character) in ("Mn", "Me")


def _fitting(cells: Sequence[str], room: int) -> int:
    """How many of the cells fit into so many columns."""
    for number, cell in enumerate(cells):
        room -= _width(cell)
        if room < 0:
            return number
    return len(cells)


def _columns(cells: Iterable[str]) -> int:
    return sum(map(_width, cells))


def _width(cell: str) -> int:
    if cell.isascii():
        return len(cell)
    from unicodedata import east_asian_width

    wide = east_asian_width(cell[0]) in ("W", "F") or "\ufe0f" in cell  # U+FE0F asks for the emoji, which is wide
    return 2 if wide else 1
