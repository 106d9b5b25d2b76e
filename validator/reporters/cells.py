"""A line of a document cut into cells, the pieces that are shown as a whole, and the columns that they take.

A cell is a grapheme cluster (UAX #29), or a ``Sign`` for what cannot be seen. Signs are ASCII or arrows, and
nothing around them joins them. A cluster that the border of a mark cuts apart is shown as a cell and
signs: otherwise a terminal or a browser would put it together again, and the mark beside it.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Excerpt
from validator.reporters.words import COMMANDS
from validator.text import INVISIBLES, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_STACK = 4
"""How many combining marks are shown on one base; further ones are signs, lest they cover other lines."""
_BLANKS = "\t\xa0\u202f"
"""Shown as a blank where they are not what is marked."""
_ARROWS = {"\t": "→", "\n": "↵"}
_SIMPLE = "\u0300"
"""Whatever can be seen and is below takes one column, and nothing joins it; the rest takes a library to tell."""


class Sign(str):
    """Shown in place of a character: ``\\u202e``, ``<E2 80>`` in pieces, ``→`` for a tab, ``↵`` for a line end."""

    __slots__ = ()


def of_excerpt(excerpt: Excerpt) -> tuple[list[str], list[str], list[str]]:
    """The cells before the mark, in it and behind it."""
    before, marked, after = (decoded(part) for part in (excerpt.before, excerpt.marked, excerpt.after))
    before = from_cluster(before) if excerpt.clipped_before else before
    if marked in ("\n", "\r\n") or (marked == "\r" and not after):
        left, right = cells([before, after])
        return left, [Sign(_ARROWS["\n"])], right
    left, mark, right = cells([before, marked, after], marked=1)
    return left, mark, right


def from_cluster(text: str) -> str:
    """Without the end of a cluster at the start, whose beginning was clipped off."""
    start = next((at for at, character in enumerate(text) if not _extends(character)), len(text))
    return text[start:]


def decoded(data: bytes) -> str:
    """Bytes as text in which each that is not UTF-8 is a lone surrogate (PEP 383)."""
    return data.decode("utf-8", "surrogateescape")


def cells(parts: Sequence[str], marked: int = -1) -> list[list[str]]:
    """The cells of each part of a line; in the one that is ``marked`` every kind of blank is told apart."""
    line = "".join(parts)
    if _is_simple(line) and line.isprintable() and "[" not in line:
        return [list(part) for part in parts]
    owners = [number for number, part in enumerate(parts) for _ in part]
    found: list[list[str]] = [[] for _ in parts]
    start = 0
    for length in _lengths(line):
        for owner, cell in _cluster(line, range(start, start + length), owners, marked):
            found[owner].append(cell)
        start += length
    return found


def columns(text: str) -> int:
    """The columns of a cell, or of other text that is safe to show, on a terminal that knows clusters."""
    if text.isascii() or isinstance(text, Sign) or _is_simple(text):
        return len(text)
    from wcwidth import wcswidth

    return wcswidth(text)


def _is_simple(text: str) -> bool:
    return text.isascii() or max(text) < _SIMPLE


def _lengths(line: str) -> Iterable[int]:
    """How many characters each grapheme cluster of a line has."""
    if _is_simple(line):
        return [1] * len(line)
    from wcwidth import iter_graphemes

    # What becomes a sign joins nothing, and some versions of the library count wrongly behind a control.
    return map(len, iter_graphemes("".join(c if c.isprintable() else "x" for c in line)))


def _cluster(line: str, places: range, owners: Sequence[int], marked: int) -> Iterator[tuple[int, str]]:
    """The cells of one cluster, each with the number of the part that it belongs to."""
    cell, stack, whose = "", 0, 0
    for at in places:
        character, owner = line[at], owners[at]
        extends = _extends(character)
        is_torn = owner != whose or (extends and stack == _STACK) if cell else extends
        sign = _escaped(character) if is_torn else _sign(line, at, owners, owner == marked)
        if sign == character:
            cell, stack, whose = cell + character, stack + 1 if extends else 0, owner
            continue
        if cell:
            yield whose, cell
        cell, stack = "", 0
        yield owner, Sign(sign)
    if cell:
        yield whose, cell


def _sign(line: str, at: int, owners: Sequence[int], is_marked: bool) -> str:
    """How a character is shown; itself if it can be seen."""
    character = line[at]
    if _is_byte(character):
        same = [0 <= n < len(line) and owners[n] == owners[at] and _is_byte(line[n]) for n in (at - 1, at + 1)]
        return f"{' ' if same[0] else '<'}{ord(character) - 0xDC00:02X}{'' if same[1] else '>'}"
    if not is_marked and character in _BLANKS:
        return " "
    if character in _ARROWS:
        return _ARROWS[character]
    if character == "[" and line[:at].endswith(COMMANDS):
        return "\\x5b"
    return shown(character)


def _is_byte(character: str) -> bool:
    """Whether a character stands for a byte that is not UTF-8 (PEP 383)."""
    return "\udc80" <= character <= "\udcff"


def _extends(character: str) -> bool:
    """Whether a character that can be seen takes no column of its own: a mark, a Korean vowel or final letter."""
    if character < _SIMPLE or character in INVISIBLES:
        return False
    from wcwidth import wcwidth

    return wcwidth(character) == 0


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")
