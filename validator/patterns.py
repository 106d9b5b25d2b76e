"""Which kinds of residue documents may hold, told by patterns that are all searched at once.

Vectorscan, a free Hyperscan (X. Wang et al., "Hyperscan: A Fast Multi-pattern Regex Matcher for Modern CPUs", 2019),
passes over a document once for all patterns. It comes with the extra ``fast``, and takes longer to get ready than a
small run takes altogether.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import hyperscan

from validator import residue, screening
from validator.beginnings import BEGINNINGS, LEADING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def suspicions(text: bytes, is_part: bool = False) -> int:
    """Which of the bits that signs and phrases show a document may have, or a part of one; line ends are LF."""
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
