"""Findings for people: what is wrong, the line it is on with the very characters marked, and what to do.

::

    error[ENC012] truncated-utf8: the document ends inside a character
      --> letters/harbour.txt:41:10
       |
    41 | the mayor<E2 80>
       |          ^^^^^^^
       = help: compare the end with the source, and copy it again

The marks stand under what they mark on a terminal that gives East Asian wide characters and emoji two
columns and combining marks none (UAX #11), and puts grapheme clusters together (UAX #29). Bytes that are
not UTF-8 are shown as ``<E2 80>``, what cannot be seen as an escape, a tab as a blank, or as an arrow where
it is what is marked. A long line is clipped, so that no frame is wider than the terminal. Terminals differ
about conjuncts of Indian scripts and about some emoji; the marks follow the library ``wcwidth``.

Text that runs from right to left is written in logical order, as it stands in the file. Most terminals show
it in this order, and there the marks are right. Some reorder it for reading: then the marks may stand under
another letter of the same line, but the colour stays on the right one, and so do line and column. Nothing
better would do: other terminals show directional controls as characters, escapes could not be read, and only
the terminal knows whether it reorders.
"""

from __future__ import annotations

import os

from validator.addresses import is_spelled, is_web
from validator.model import TYPE_CHECKING, Excerpt, Finding, Look, Passage, Report
from validator.reporters.cells import columns, of_excerpt
from validator.reporters.statistics import render_table
from validator.reporters.words import document, paint, place, safe, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BEFORE = 40
"""How many columns of a code frame at most are before the mark."""
_PASSAGES = 2
"""How many passages are shown that two documents have in common."""
_QUOTED = 160
"""Characters of each."""
_NARROWEST = 20
"""What a code frame takes without its gutter, however narrow the terminal is."""


def render(report: Report, look: Look) -> Iterator[str]:
    """A paragraph for each finding, or a table of them, then the summary. ``verbose`` adds byte offsets."""
    if look.statistics:
        yield from render_table(report, look)
        if report.findings and not look.quiet:
            yield ""
    else:
        for finding in report.findings:
            yield from _paragraph(finding, look)
            yield ""
    if not look.quiet:
        yield from summary(report)


def _paragraph(finding: Finding, look: Look) -> Iterator[str]:
    color = look.color
    docs = look.docs if look.links else ""  # without links, nobody said that the reader is a terminal
    code = _linked(safe(finding.code), docs and f"{docs}rules/{_quoted(finding.code)}/")
    label = paint(f"{finding.severity}[{code}]", finding.severity, color)
    where = _linked(place(finding), look.links and _address(finding.path, look.links))
    margin = " " * len(str(finding.line or 1))
    sign = paint("=", "dim", color)
    yield f"{label} {safe(finding.name)}: {safe(finding.message)}"
    yield f"{margin}{paint('-->', 'dim', color)} {where}{document(finding)}{_bytes(finding, look.verbose)}"
    if finding.excerpt is not None:
        yield from _frame(finding, finding.excerpt, margin, look)
    for here, there in finding.passages[:_PASSAGES]:
        yield from _passages(here, there, margin, look)
    if finding.help:
        first, *others = _wrapped(safe(finding.help), look.columns - len(margin) - len(" = help: "))
        yield f"{margin} {sign} help: {first}"
        for line in others:
            yield f"{margin}{' ' * len(' = help: ')}{line}"
    if finding.more:
        yield f"{margin} {sign} {finding.more:,} more like this in this document"


def _passages(here: Passage, there: Passage, margin: str, look: Look) -> Iterator[str]:
    """What is said in both of two documents, and where."""
    words = safe(" ".join(here.text.split()))
    shown = words if len(words) <= _QUOTED else f"{words[:_QUOTED].rpartition(' ')[0]} …"
    yield f"{margin} {paint('=', 'dim', look.color)} both: {_lines(here)} here and {_lines(there)} there:"
    for line in _wrapped(shown, look.columns - len(margin) - len(" = both: ")):
        yield f"{margin}{' ' * len(' = both: ')}{line}"


def _lines(passage: Passage) -> str:
    if passage.line == passage.end_line:
        return f"line {passage.line:,}"
    return f"lines {passage.line:,} to {passage.end_line:,}"


def _bytes(finding: Finding, verbose: bool) -> str:
    return f" (bytes {finding.byte_start}-{finding.byte_end})" if verbose and finding.byte_start is not None else ""


def _frame(finding: Finding, excerpt: Excerpt, margin: str, look: Look) -> Iterator[str]:
    """The line of a finding, clipped around the mark, and the carets under it."""
    before, marked, after = of_excerpt(excerpt)
    room = max(_NARROWEST, look.columns - len(margin) - len(" | "))

    left = before[len(before) - _fitting(before[::-1], min(_BEFORE, room // 2)) :]
    lead = "…" if excerpt.clipped_before or len(left) < len(before) else ""
    column = len(lead) + _width(left)
    room -= column
    is_whole = _fitting([*marked, *after], room) == len(marked) + len(after)
    tail = "" if is_whole and not excerpt.clipped_after else "…"
    room -= len(tail)
    mark = marked[: _fitting(marked, room)]
    right = after[: _fitting(after, room - _width(mark))] if len(mark) == len(marked) else []

    gutter = paint(f"{margin} |", "dim", look.color)
    shown_mark = paint("".join(mark), finding.severity, look.color)
    carets = paint("^" * max(1, _width(mark)), finding.severity, look.color)
    yield gutter
    yield f"{paint(f'{finding.line} |', 'dim', look.color)} {lead}{''.join(left)}{shown_mark}{''.join(right)}{tail}"
    yield f"{gutter} {' ' * column}{carets}"


def _fitting(cells: Sequence[str], room: int) -> int:
    """How many of the cells fit into so many columns."""
    for number, cell in enumerate(cells):
        room -= columns(cell)
        if room < 0:
            return number
    return len(cells)


def _width(cells: Iterable[str]) -> int:
    return sum(map(columns, cells))


def _wrapped(text: str, room: int) -> list[str]:
    """Safe text in lines of so many columns, broken at blanks; a longer word overhangs.

    What a runner of builds would take for a command at the start of a line never stands there.
    """
    first, *words = text.split(" ")
    lines, taken = [first], columns(first)
    for word in words:
        width = columns(word)
        if taken + 1 + width <= room or word.lstrip()[:1] in ("", ":"):
            lines[-1] += f" {word}"
            taken += 1 + width
        else:
            lines.append(word)
            taken = width
    return lines


def _linked(text: str, url: str) -> str:
    """Text as a hyperlink of a terminal (OSC 8); just text without a URL."""
    return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if url else text


def _address(path: str, folder: str) -> str:
    """The ``file:`` URL (RFC 8089) of a path that is absolute or relative to a folder, of which that URL is given."""
    if is_spelled(path):
        return _web_address(path) if is_web(path) and "***" not in path else ""
    name = path.replace(os.sep, "/")
    if name.startswith("//") and os.sep == "\\":
        return f"file:{_quoted(name)}"  # the name of a server comes first
    if name.startswith("/"):
        return f"file://{_quoted(name)}"
    if name[1:3] == ":/" and os.sep == "\\":
        return f"file:///{name[0]}:{_quoted(name[2:])}"
    return f"{folder}{_quoted(name)}"


def _web_address(path: str) -> str:
    """A URL in which names stand as they are, as it may be written; what the user has quoted stays so."""
    from urllib.parse import quote

    return quote(path.encode("utf-8", "surrogateescape"), safe="/:@%")


_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def _quoted(name: str) -> str:
    """A name as it may stand in a URL (RFC 3986): ASCII, every other byte as ``%NN``."""
    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that Windows allows in a name
        data = name.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in data)
