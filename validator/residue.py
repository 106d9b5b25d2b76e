"""One look at prose: which rules on residue have to be asked.

As in ``screening``, a bit may be set without need, but never missing where its rule would find something. Most of
what is looked for shows at the beginnings and ends of lines, so a document is divided into lines once. NumPy can
tell of many documents at a time in which of them that would be in vain (``vectorised.suspects``).
"""

from __future__ import annotations

from itertools import islice, pairwise, starmap

from validator import prose, screening
from validator.beginnings import BEGINNINGS, LEADING
from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

LONG = 120
"""Bytes of a line that may be a paragraph of its own."""
FRAMED = 200
"""Bytes of lines between which the lines of a frame may stand."""
REPEATED = 12
"""Bytes of a line whose copy may mean something."""
BLOB = 160
"""Bytes without a blank that may be encoded data."""
IN_A_ROW, SHORTEST = 4, 60
"""So many lines in a row, of so many bytes each, may be encoded data."""
GLUED = 3
"""Sentences without a blank before them that are no slip of the pen."""
PIECE = 1 << 20
"""Bytes of a large document that are looked at together."""

_BEYOND_ASCII = b"\x80"
_STOPS = b".,!?\xa6"
"""The last bytes of what may stand before a mark that closes a quotation: ASCII, and of an ellipsis."""
_TAIL = 400


def looks(
    batch: Sequence[tuple[bytes, bool]], suspects: Callable[[Sequence[bytes]], Sequence[bool]] | None = None
) -> list[int]:
    """``look`` for several documents; ``suspects`` tells in which of them lines can show anything."""
    texts = [_with_plain_ends(data) for data, _ in batch]
    suspected = suspects(texts) if suspects else [True] * len(texts)
    return [
        (of_lines(text) if is_suspect else 0) | of_signs(text) | of_end(text, is_markdown)
        for text, (_, is_markdown), is_suspect in zip(texts, batch, suspected, strict=True)
    ]


def look(data: bytes, is_markdown: bool = False) -> int:
    """The bits of ``screening.PROSE`` that a document of prose, well-formed UTF-8, may have."""
    text = _with_plain_ends(data)
    return of_lines(text) | of_signs(text) | of_end(text, is_markdown)


class Survey:
    """``look`` for a large document that comes in pieces.

    Pieces are joined and cut again so that each is looked at together with the last two lines before it. Lines of a
    frame that stand farther apart than in one piece are not seen.
    """

    def __init__(self, is_markdown: bool) -> None:
        self._is_markdown = is_markdown
        self._facts = self._size = 0
        self._waiting: list[bytes] = []

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        self._waiting.append(piece)
        self._size += len(piece)
        if self._size >= PIECE:
            data = b"".join(self._waiting)
            self._facts |= _of_piece(data, self._is_markdown)
            last = data.rfind(b"\n", 0, -1)
            kept = data[max(data.rfind(b"\n", 0, max(last, 0)), len(data) - PIECE // 2) :]
            self._waiting, self._size = [kept], len(kept)

    def close(self) -> int:
        """The bits, once there are no more pieces."""
        data = b"".join(self._waiting)
        is_cut = may_be_cut(data[-_TAIL:])
        return self._facts | _of_piece(data, self._is_markdown) | (screening.CUT if is_cut else 0)


def _of_piece(data: bytes, is_markdown: bool) -> int:
    text = _with_plain_ends(data)
    is_fenced = is_markdown and (b"```" in text or b"~~~" in text)
    return of_lines(text, is_part=True) | of_signs(text) | (screening.CUT if is_fenced else 0)


def _with_plain_ends(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def of_signs(data: bytes) -> int:
    """The bits that single characters show."""
    facts = 0
    if b"<" in data and b"=" in data and (b"</" in data or b"img" in data.lower()):
        facts |= screening.MARKUP
    if b"&" in data and b"&amp;" in data:
        facts |= screening.MARKUP
    if b"{" in data and (b"{{" in data or b"{%" in data):
        facts |= screening.TEMPLATE
    if _may_be_misquoted(data):
        facts |= screening.QUOTED
    return facts


def of_end(data: bytes, is_markdown: bool) -> int:
    """The bit of a document that ends as none should."""
    return screening.CUT if may_be_cut(data[-_TAIL:]) or (is_markdown and _may_be_open(data)) else 0


def of_lines(data: bytes, is_part: bool = False) -> int:
    """The bits that lines show; in a part of a document one place is enough where in a whole one it takes several."""
    lines = data.split(b"\n")
    facts = 0
    if any(map(bytes.__eq__, lines, lines[1:])) and any(starmap(is_doubled, pairwise(lines))):
        facts |= screening.DOUBLED
    begun = [line for line in lines if line[:6] in BEGINNINGS or line[:1] in LEADING or line[-4:-2] in CENTURIES]
    if any(map(told_of, begun)) if is_part else may_be_phrases(begun):
        facts |= screening.PHRASED
    glued = sum(piece[:1].isupper() or piece[:1] == _CYRILLIC for piece in data.split(b".")[1:])
    if glued >= (1 if is_part else GLUED):
        facts |= screening.MARKUP
    if max(map(len, lines)) > LONG:
        facts |= of_long(lines)
    if may_be_wrapped(lines):
        facts |= screening.ENCODED
    return facts


def is_doubled(line: bytes, following: bytes) -> bool:
    """Whether a line is repeated that is more than a rule or a bracket."""
    return line == following and len(line) >= REPEATED


_CYRILLIC = b"\xd0"
"""The first byte of capital letters, and of others."""
CENTURIES = (b"19", b"20")
"""The first half of a year."""
_GLUED = rb"(?i)[a-z\x80-\xff](?:[0-9]{1,2}[-./ ]|[0-9]{1,2}\. |[A-Z][a-z]{2,8} [0-9]{1,2}, )"
"""A date, or its beginning, right behind a letter."""


def may_be_phrases(lines: Iterable[bytes]) -> bool:
    """Whether one of some lines begins with a phrase, two with page chrome, or one ends in a date glued to a word."""
    chrome = 0
    for line in lines:
        told = told_of(line)
        chrome += told == 1
        if told > 1 or chrome > 1:
            return True
    return False


def told_of(line: bytes) -> int:
    """2 if a line alone may mean something by how it begins or ends, 1 if it does together with another, else 0."""
    if line.startswith(_INDENTED):
        return 0
    if line[-4:-2] in CENTURIES and len(line) <= _SHORT and _is_glued(line):
        return 2
    from validator import phrases

    return phrases.may_begin(line[:_LOOKED_AT].decode("utf-8", "ignore"))


def _is_glued(line: bytes) -> bool:
    import re

    return re.search(_GLUED, line) is not None


_SHORT = 480
"""Bytes of 120 characters."""
_LOOKED_AT = 256
_INDENTED = (b"    ", b"\t")
"""How code begins, which nothing is said of."""


def of_long(lines: Sequence[bytes]) -> int:
    """The bits that the long lines of a document show, and those between them."""
    facts = 0
    long = [at for at, line in enumerate(lines) if len(line) > LONG]
    if any(len(lines[at]) >= BLOB and has_blob(lines[at]) for at in long):
        facts |= screening.ENCODED
    if any(_goes_on(lines, at) for at in long):
        return facts | screening.PARAGRAPHS
    if sum(len(lines[at]) >= FRAMED for at in long) > 1:
        short = [bare for line in lines if len(line) <= LONG and (bare := line.strip())]
        is_dated = any(b"19" in line or b"20" in line for line in short)
        if is_dated and len(short) - len(set(short)) > 1:
            return facts | screening.PARAGRAPHS
    return facts


def _goes_on(lines: Sequence[bytes], at: int) -> bool:
    """Whether a line seems to end in a letter, and the next that is not blank to begin with a small one."""
    following = next((line for line in islice(lines, at + 1, None) if not _is_blank(line)), b"")
    if following[:1] not in SMALL:
        return False
    last = lines[at].rstrip()[-1:]
    is_letter = last.isalpha() or last >= _BEYOND_ASCII
    is_small = following[:1] < _BEYOND_ASCII or _text(following)[:1].islower()
    return is_letter and is_small and len(lines[at].decode("utf-8", "ignore")) > LONG


SMALL = frozenset(
    bytes([byte]) for byte in (*b"abcdefghijklmnopqrstuvwxyz", *range(0xC2, 0xD6), 0xE1, 0xE2, 0xEA, 0xEF, 0xF0)
)
"""The first bytes of small letters, in all scripts that have some."""


def _is_blank(line: bytes) -> bool:
    return not line or line.isspace() or (line[:1] in _BLANK_LEADS and _text(line).isspace())


_BLANK_LEADS = (b"\xc2", b"\xe1", b"\xe2", b"\xe3")
"""The first bytes of blanks beyond ASCII."""


def _text(line: bytes) -> str:
    return line[:_LOOKED_AT].decode("utf-8", "ignore")


def has_blob(line: bytes) -> bool:
    """Whether a line has so many bytes without a blank between them as only encoded data has."""
    at = 0
    while at + BLOB <= len(line):
        blank = line.rfind(b" ", at, at + BLOB)
        if blank < 0:
            return _has_ascii_run(line)
        at = blank + 1
    return False


def _has_ascii_run(line: bytes) -> bool:
    if line.isascii() or len(line.decode("ascii", "ignore")) < BLOB:
        return line.isascii()
    import re

    return re.search(rb"[!-~]{%d}" % BLOB, line) is not None


def may_be_wrapped(lines: Sequence[bytes]) -> bool:
    """Whether some lines in a row may be encoded data: it is enough to look at one of so many."""
    long = (line.strip() for line in lines[:: IN_A_ROW - 1] if len(line) >= SHORTEST)
    return any(b" " not in line and not line.translate(None, _BASE64) for line in long)


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


def _may_be_misquoted(data: bytes) -> bool:
    """Whether marks of several kinds may stand around one quotation, or one stands alone at the end of a paragraph."""
    is_double, is_single = b'"' in data, b"'" in data
    if 0xE2 in data or 0xC2 in data:
        if (is_double and "“".encode() in data) or ((is_double or is_single) and "‘".encode() in data):
            return True
        if "“".encode() in data and is_single and _closes(data, b"'"):
            return True
        if (is_double or "“".encode() in data) and _closes(data, "’".encode()):
            return True
        if any(mark in data and _ends_paragraph(data, mark) for mark in _OPENING):
            return True
    return is_double and ((is_single and _closes(data, b"'")) or _stands_alone(data))


_OPENING = tuple(map(str.encode, "“„«"))


def _closes(data: bytes, mark: bytes) -> bool:
    """Whether a mark stands behind the end of a sentence or of a part of it."""
    return any(piece[-1:] in _STOPS for piece in data.split(mark)[:-1] if piece)


def _ends_paragraph(data: bytes, mark: bytes) -> bool:
    return any(piece.lstrip(_BLANKS)[:1] in b"\n" for piece in data.split(mark)[1:])


def _stands_alone(data: bytes) -> bool:
    """Whether a straight mark with a blank before it ends a line."""
    pieces = data.split(b'"')
    behind = (piece.lstrip(_BLANKS)[:1] in b"\n" for piece in pieces[1:])
    return any(is_end and piece[-1:] in b" \xa0" for piece, is_end in zip(pieces, behind, strict=False))


_BLANKS = b" \t\r\xc2\xa0"


def _may_be_open(data: bytes) -> bool:
    """Whether a fence of code may never be closed."""
    return (b"```" in data or b"~~~" in data) and prose.open_fence(data) is not None


def may_be_cut(tail: bytes) -> bool:
    """Whether a document, whose last bytes these are, may end within a sentence."""
    last = tail.rstrip()[-1:]
    return last not in _ENDS and unfinished(tail.decode("utf-8", "ignore").rstrip()) != ""


_ENDS = frozenset((b".", b"!", b"?", b'"', b")"))


def unfinished(text: str) -> str:
    """With what a text ends that ends no sentence; empty if it may."""
    if text[-1:] in _COMMAS:
        return "a comma" if text else ""
    if text[-1:] == "-" and text[-2:-1].isalpha():
        return "the middle of a word"
    word = text[max(text.rfind(" "), text.rfind("\n")) + 1 :]
    return f"“{word}”" if word in _WORDS else ""


_COMMAS = ",、，،"
_LISTED = (
    "the a of and or which their its dem und oder für zum zur eine einer eines einem einen dass la le les des une et "
    "ou dans pour qui aux y el del para por gli della delle di che nel em uma dos een van och att som oraz dla в с "
    "для из от"
)
_WORDS = frozenset(_LISTED.split())
"""Words that end no sentence, in several languages, as far as no other language ends one with the same."""
