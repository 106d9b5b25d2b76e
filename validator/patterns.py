"""Which kinds of residue documents may hold, told by patterns that are all searched at once.

Vectorscan, a free Hyperscan (X. Wang et al., "Hyperscan: A Fast Multi-pattern Regex Matcher for Modern CPUs", 2019),
passes over a document once for all patterns. NumPy looks at lines: which are doubled, which break off. Both packages
come with the extra ``fast`` and take longer to import than a small run takes altogether.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import hyperscan
import numpy as np

from validator import residue, screening
from validator.beginnings import BEGINNINGS, LEADING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    Bytes: TypeAlias = NDArray[np.uint8]
    Places: TypeAlias = NDArray[np.intp]

_IN_DOUBLE = rb'(?:[^"\n]|\n[^"\n])*'
_IN_CURLY = rb"(?:[^\n\xe2]|\n[^\n]|\xe2[^\x80]|\xe2\x80[^\x9d])*"
_BEFORE = rb"(?:\n|\xe2\x80)?"
"""What may belong to the character before the end of a quotation, or stand before that."""
_ENDS_SINGLE = rb"[.,!?\xa6](?:'|\xe2\x80\x99)(?:[ \n]|\xe2\x80\x94|\xc2\xa0|\z)"
_SIGNS = (
    (screening.MARKUP, residue.ENTITY),
    (screening.MARKUP, residue.TAG),
    (screening.MARKUP, residue.GLUED_SENTENCE),
    (screening.PHRASED, residue.GLUED_DATE),
    (screening.TEMPLATE, residue.FIELD),
    (screening.ENCODED, residue.BLOB),
    (screening.QUOTED, rb'"(?:[^\s"]' + _IN_DOUBLE + _BEFORE + rb")?" + _ENDS_SINGLE),
    (screening.QUOTED, rb"\xe2\x80\x9c(?:\S" + _IN_CURLY + _BEFORE + rb")?(?:" + _ENDS_SINGLE + rb'|[^\s0-9(\[{]")'),
    (screening.QUOTED, rb'\xe2\x80\x9c"'),
    (screening.QUOTED, rb"\xe2\x80\x98\S(?:[^\n]|\n[^\n])*[\"']"),
    (screening.QUOTED, rb"[.!?\"'\x9d\x99\xbb](?: |\xc2\xa0)(?:\"|\xe2\x80[\x9c\x9e]|\xc2\xab)[\s\x80-\xff]*(?:\n|\z)"),
)
"""Bits, and what a document has to match that is to have them."""


def suspicions(texts: Sequence[bytes], are_parts: bool = False) -> list[int]:
    """The bits that ``residue`` may find in some documents of prose, or in parts of them; line ends are LF."""
    found = _of_lines(texts)
    return [_of_patterns(text, are_parts) | lines for text, lines in zip(texts, found, strict=True)]


def _of_patterns(text: bytes, is_part: bool) -> int:
    facts = 0
    begun: set[int] = set()

    def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        nonlocal facts
        if number < len(_SIGNS):
            facts |= _SIGNS[number][0]
        else:
            begun.add(end - 2)

    _DATABASE.scan(b"\n" + text, on_match)
    return facts | (screening.PHRASED if begun and residue.are_phrases(_lines_at(text, begun), is_part) else 0)


def _lines_at(text: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """The lines in which some offsets lie, each once."""
    for start in {text.rfind(b"\n", 0, at) + 1 for at in places}:
        end = text.find(b"\n", start)
        yield text[start:end] if end >= 0 else text[start:]


def _compiled() -> hyperscan.Database:
    """All patterns: the signs first, then those of phrases, of which it matters where they match."""
    once, lines, caseless = hyperscan.HS_FLAG_SINGLEMATCH, hyperscan.HS_FLAG_MULTILINE, hyperscan.HS_FLAG_CASELESS
    signs = [pattern for _, pattern in _SIGNS]
    heads = [b"\n" + _literal(head) for head in sorted(BEGINNINGS)]
    expressions = [*signs, _behind_leading(), *heads]
    flags = [*[once | lines] * len(signs), caseless, *[0] * len(heads)]
    database = hyperscan.Database()
    database.compile(expressions=expressions, ids=range(len(flags)), elements=len(flags), flags=flags)
    return database


def _behind_leading() -> bytes:
    """The pattern of lines that may begin with a phrase behind a bullet or the like, but not indented as code is."""
    bullet = b"[" + _literal(LEADING.strip()) + b"]"
    heads = {head[:_TELLING].lower() for head in BEGINNINGS}
    return rb"\n(?: {1,3}| {0,3}(?:" + bullet + rb"[ \t]*)+)(?:" + b"|".join(map(_literal, sorted(heads))) + b")"


_TELLING = 4
"""Bytes by which lines are told that may begin with a phrase behind a bullet; more make the pattern too long."""


def _literal(text: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in text)


try:
    _DATABASE = _compiled()
except hyperscan.error as error:
    raise ImportError("this processor is not one that Hyperscan runs on") from error


def _of_lines(texts: Sequence[bytes]) -> list[int]:
    """The bits of documents with doubled lines, with lines that break off and with those that may be framed."""
    counts = np.zeros((3, len(texts)), np.intp)
    short = [at for at, text in enumerate(texts) if len(text) <= _AT_ONCE]
    for start in range(0, len(short), _MANY):
        some = short[start : start + _MANY]
        counts[:, some] = _counted([texts[at] for at in some])
    for at, text in enumerate(texts):
        if len(text) > _AT_ONCE:
            counts[:, [at]] = np.sum([_counted((piece,)) for piece in _pieces(text)], axis=0)
    doubled, broken, framing = counts
    facts = np.where(doubled > 0, screening.DOUBLED, 0) | np.where(broken > 0, screening.BROKEN, 0)
    for at in np.flatnonzero(framing > 1).tolist():
        facts[at] |= screening.FRAMED if residue.may_be_framed(texts[at].split(b"\n")) else 0
    found: list[int] = facts.tolist()
    return found


_AT_ONCE = 1 << 16
"""Bytes that are looked at together: what comes of more does not stay in the processor's cache."""
_MANY = 64
"""Documents that are looked at together."""


def _pieces(text: bytes) -> Iterator[bytes]:
    """A document in pieces that end where lines do, each with the last two lines before it."""
    start = 0
    while True:
        end = text.find(b"\n", start + _AT_ONCE)
        if end < 0:
            yield text[start:]
            return
        yield text[start:end]
        before = text.rfind(b"\n", start, text.rfind(b"\n", start, end))
        start = before + 1 if before > start else end


def _counted(texts: Sequence[bytes]) -> Places:
    """Of each document how many lines may be doubled, how many may break off, and between how many others may stand."""
    joined = _BETWEEN.join(texts) + b"\n" * (_KEY + 1)
    bounds = np.cumsum([len(text) + len(_BETWEEN) for text in texts])
    whole = np.frombuffer(joined, np.uint8)[: bounds[-1] - len(_BETWEEN) + 1]
    ends = np.flatnonzero(whole == _NEWLINE)
    starts = np.concatenate((_ZERO_AT, ends[:-1] + 1))
    sizes = ends - starts
    lines = _doubled(joined, starts, sizes), _broken(joined, whole, starts, ends, sizes), sizes >= residue.FRAMED
    places = [np.searchsorted(bounds, starts[found], "right") for found in lines]
    return np.array([np.bincount(place, minlength=len(texts)) for place in places])


_BETWEEN = b"\n\0\n"
"""What keeps the lines of two documents apart."""
_NEWLINE = 10
_KEY = 8
_ZERO_AT = np.zeros(1, np.intp)


def _doubled(joined: bytes, starts: Places, sizes: Places) -> Places:
    """Which lines are equal to the next, and may be sentences or titles."""
    at = np.flatnonzero((sizes[:-1] == sizes[1:]) & (sizes[1:] >= residue.REPEATED))
    eights = np.ndarray((len(joined) - _KEY + 1,), "<u8", joined, strides=(1,))
    one, other, last = starts[at], starts[at + 1], sizes[at] - _KEY
    found = at[(eights[one] == eights[other]) & (eights[one + last] == eights[other + last])]
    pairs = [joined[start : start + 2 * size + 1] for start, size in zip(starts[found], sizes[found], strict=True)]
    doubled: Places = found[np.array([residue.are_doubled(pair.split(b"\n")) for pair in pairs], bool)]
    return doubled


def _broken(joined: bytes, whole: Bytes, starts: Places, ends: Places, sizes: Places) -> Places:
    """Which long lines break off in a sentence that the next line may finish that is not blank."""
    long = np.flatnonzero(sizes > residue.LONG)
    filled = np.flatnonzero(sizes > 0)
    following = filled[np.minimum(np.searchsorted(filled, long, "right"), len(filled) - 1)]
    first = whole[starts[following]]
    may_finish = _IS_BLANK[first] | (_IS_SMALL[first] & (sizes[following] >= residue.FULL))
    may_go_on = _IS_LETTER[whole[ends[long] - 1]] & may_finish
    far = ends[following] + np.where(_IS_BLANK[first], _BLANKS, 0)
    pairs = zip(starts[long[may_go_on]], far[may_go_on], strict=True)
    is_broken = [residue.goes_on(joined[start:end].split(b"\n"), 0) for start, end in pairs]
    broken: Places = long[may_go_on][np.array(is_broken, bool)]
    return broken


_BLANKS = 1 << 12
"""Bytes of lines with nothing but blanks behind which a sentence may go on."""
_IS_LETTER = np.array([chr(byte).isalpha() or byte >= 0x80 or byte in b" \t" for byte in range(256)])
_IS_SMALL = np.array([bytes([byte]) in residue.SMALL for byte in range(256)])
_IS_BLANK = np.isin(np.arange(256), list(b" \t\x0b\x0c\x1c\x1d\x1e\x1f\r\xc2\xe1\xe2\xe3"))
"""The first bytes of blanks: the line may hold nothing else."""
