"""Whether a quotation may be closed with a mark that does not belong to the one that opens it.

This is what ``residue`` asks of a whole document. In doubt the answer is yes; the rule looks closely.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

_OPENING = " \t\u00a0\u202f([{—–-\"'“‘„«/"
_STOPS = ".,!?…"
_PARTNER = {'"': '"', "“": "”"}
_BEFORE = _OPENING.replace("-", r"\-") + r"\n"
_OPENS = rf"(?<![^{_BEFORE}].)(?=\S)"
"""Holds behind a mark that opens a quotation."""
_CLOSES = r"(?<=[^\s(\[{—].)(?![^\W_])"
"""Holds behind a mark that may close one: a word stands before it and none behind it."""
_STOPPED = rf"(?<=[{_STOPS}].)(?=[ \r\n—\u00a0]|\Z)"
"""Holds behind a mark between a stop and a gap."""
_WRONG_ENDS = {
    '"': ("'" + _STOPPED, "’" + _STOPPED),
    "“": ("'" + _STOPPED, "’" + _STOPPED, '"' + _CLOSES),
    "‘": ("'" + _CLOSES, '"' + _CLOSES),
}
"""With what a quotation may end that is opened with a mark, though it should not."""
_NESTS = rf"[`„‟‚«»]|(?<=[{_BEFORE}])[\"'‘’“”](?=\S)"
"""What begins within a quotation; nothing is said of how that one ends."""
_IS_ALONE = r"(?=[^\S\n]*+(?:\n|\Z))(?<=[.!?”\"’'»][ \u00a0].)"
"""Holds behind a mark at the end of a line, with a gap before it and the end of a sentence before that."""
_FARTHEST = 2_000
FARTHEST = 4 * _FARTHEST
"""Characters of a quotation within which its end is looked for, and the bytes that they may fill."""


def may_be_mismatched(data: bytes) -> bool:
    """Whether a mark stands alone at the end of a line, or a quotation may end as it should not.

    ``data`` is well-formed UTF-8 with LF as line ends.
    """
    if not (b'"' in data or 0xE2 in data or 0xC2 in data):
        return False
    text = data.decode("utf-8", "surrogateescape")
    if any(mark in text and _search(mark + _IS_ALONE, text) for mark in '"“„«'):
        return True
    for opener, wrong_ends in _WRONG_ENDS.items():
        ends = [end for end in wrong_ends if opener in text and end[0] in text and _search(end, text)]
        if ends and any(_may_end(quotation, ends) for quotation in _quotations(text, opener)):
            return True
    return False


def _quotations(text: str, opener: str) -> Iterator[str]:
    """What stands behind each mark that opens, with the mark, as far as the end can be looked for."""
    import re

    for behind in re.split(opener + _OPENS, text)[1:]:
        paragraph = behind[:_FARTHEST].partition("\n\n")[0]
        yield opener + (paragraph if opener == "‘" else paragraph.partition(_PARTNER[opener])[0])


def _may_end(quotation: str, ends: Sequence[str]) -> bool:
    """Whether a quotation may end so before another begins within."""
    found = [match for end in ends if end[0] in quotation and (match := _search(end, quotation))]
    return any(_search(_NESTS, quotation[: match.start()]) is None for match in found)


def _search(pattern: str, text: str) -> re.Match[str] | None:
    import re

    return re.search(pattern, text)
