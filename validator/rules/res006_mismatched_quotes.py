from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, screening, sowing
from validator.model import Document, Hit, Span, value
from validator.rule import Bad, Good, document_rule

_MARKS = "[\"'`“”„‟‘’‚«»]"
_OPENING = " \t\u00a0\u202f([{—–-\"'“‘„«/"
_STOPS = ".,!?…"
_PARTNER = {'"': '"', "“": "”"}
_FARTHEST = 2_000
"""Characters of a quotation within which its end is looked for; 300 for one in single marks."""
_CLIPPED = frozenset(
    (
        *("bout", "cause", "cos", "em", "fore", "gainst", "kay", "mid", "n", "neath", "pon", "round", "s", "t"),
        *("til", "tis", "twas", "tween", "twere", "twill", "twixt", "twould", "un"),
    )
)
"""English words that begin with an apostrophe."""


@document_rule(
    code="RES006",
    name="mismatched-quotes",
    severity="warning",
    message="{problem}",
    help="close the quotation with the mark that belongs to the one that opens it",
    wakes=screening.QUOTED,
    good=[
        Good(
            b'"The boys\' room," she said, "is 6\' 3\\" wide, and \'cosy,\' as they say."\n', "nested, plural, measures"
        ),
        Good("“The first paragraph goes on.\n\n“The second ends it.”\n".encode(), "several paragraphs"),
        Good("Sie sagte: „Komm“, und »bitte«. «Oui», « non ». „Tak”, ”ja”.\n".encode(), "other languages"),
        Good("‘Tis the season, and the farmers' fair is on.\n".encode(), "an apostrophe"),
    ],
    bad=[
        Bad(b"\"We sail at dawn,' the captain said.\n", ["doc.txt:1:1"]),
        Bad('It was “a fine day," he wrote.\n'.encode(), ["doc.txt:1:8"]),
        Bad("Mayor: ‘Sooner rather than later' we must act\n".encode(), ["doc.txt:1:8"]),
        Bad("They agreed to come. “\n\nNobody came.\n".encode(), ["doc.txt:1:22"], "an opening mark alone"),
        Bad(b'They agreed to come. "\n\nNobody came.\n', ["doc.txt:1:22"]),
    ],
)
def mismatched_quotes(document: Document) -> Iterator[Hit]:
    """A quotation is opened with one mark and closed with another, or opened where a paragraph ends.

    Such marks come from editing by search and replace, from machine translation, and from conversions that cut a
    paragraph in the middle of a quotation. Readers can no longer tell where somebody's words end, nor can
    programs that look for quotations. Close it with the mark that belongs to the one that opens it; at the end of a
    paragraph, move the mark to the beginning of the next, or delete it.

    Found are ``"`` and ``“`` closed by an apostrophe behind a full stop, comma, question or exclamation mark; ``“`` and
    ``‘`` closed by ``"``; ``‘`` closed by an apostrophe; and an opening mark with a blank before it as the last
    character of a paragraph. Nothing is said where a quotation may hold another one, goes on in the next
    paragraph, or where the apostrophe may belong to a word. Marks that open in one language and close in
    another are only taken for opening where they stand before a word. Code is left alone.
    """
    for paragraph in prose.paragraphs(document.data):
        text = "\n".join(prose.without_code(line.text) for line in paragraph)
        end_of_line = paragraph[-1].span().end
        is_wrapped = document.data[end_of_line : end_of_line + 3].lstrip(b"\r\n")[:1] in (b" ", b"\t")
        found = [*_mismatches(text), *(() if is_wrapped else _alone(text))]
        places = prose.offsets(paragraph, [place for start, end, _, _ in found for place in (start, end)])
        for (_, _, problem, help), start, end in zip(found, places, places, strict=False):
            yield Hit(Span(start, end), {"problem": problem}, help)


_HELP_ALONE = "move the mark to where the quotation begins, put in a closing one, or delete it"


@value
class _Open:
    """A mark that opens a quotation, where it stands, and whether another may be open within."""

    mark: str
    at: int
    is_nested: bool = False


def _mismatches(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Where quotations begin and end that are closed with another mark, and what is wrong with them."""
    import re

    quote: _Open | None = None
    for match in re.finditer(_MARKS, text):
        mark, at = match[0], match.start()
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        opens = (not before or before in _OPENING or before == "\n") and bool(after) and not after.isspace()
        closes = bool(before) and not before.isspace() and before not in "([{—" and not after.isalnum()
        if quote is not None and at - quote.at > _FARTHEST:
            quote = None
        if quote is None:
            quote = _Open(mark, at) if opens and mark in '"“‘' and not _is_apostrophe(text, at) else None
        elif mark in "`„‟‚«»":
            quote = None if quote.mark == "‘" else _Open(quote.mark, quote.at, True)
        elif _is_end(quote.mark, mark, opens, closes):
            quote = None
        elif opens:
            quote = _Open(mark, at) if mark == quote.mark == "“" else _Open(quote.mark, quote.at, True)
        elif closes and not quote.is_nested and _is_wrong_end(text, quote, mark, at):
            yield quote.at, at + 1, f"a quotation is opened with {quote.mark} and closed with {mark}", ""
            quote = None


def _is_apostrophe(text: str, at: int) -> bool:
    """Whether a mark for single quotations is one of a clipped word or number."""
    import re

    if text[at] != "‘":
        return False
    word = re.compile(r"\w{0,20}").match(text, at + 1)
    return word is None or word[0].lower() in _CLIPPED or not word[0][:1].isalpha()


def _is_end(opener: str, mark: str, opens: bool, closes: bool) -> bool:
    if opener == "‘":
        return mark == "’" and closes
    return mark == _PARTNER[opener]


def _is_wrong_end(text: str, quote: _Open, mark: str, at: int) -> bool:
    """Whether a mark that stands behind a word closes a quotation to which it does not belong."""
    before = text[at - 1]
    if quote.mark == "‘":
        inside, behind = text[quote.at + 1 : at], text[at + 1 : at + 3]
        if at - quote.at > 300 or " " not in inside.strip():
            return False
        is_plural = before in "sxz" and behind[:1] == " " and behind[1:].islower()
        return (mark == '"' and not before.isdigit()) or (mark == "'" and not is_plural)
    if mark == '"':
        return quote.mark == "“" and not before.isdigit()
    return mark in "'’" and before in _STOPS and text[at + 1 : at + 2] in ("", " ", "\n", "—", "\u00a0")


def _alone(text: str) -> Iterator[tuple[int, int, str, str]]:
    """The opening mark with which a paragraph ends."""
    text = text.rstrip()
    mark, before = text[-1:], text[-3:-1]
    is_opening = mark in ("“", "„", "«") or (mark == '"' and text.count('"') % 2 == 1)
    if is_opening and before[1:] in (" ", "\u00a0") and before[:1] in tuple(".!?”\"’'»"):
        yield len(text) - 1, len(text), f"the paragraph ends with {mark}, which opens a quotation", _HELP_ALONE


@mismatched_quotes.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    sentence = random.choice(
        [
            "\"It is late,' she said.",
            '“It is late," she said.',
            "It is late. “\n\nNobody came.",
            "‘It is late' she said.",
        ]
    )
    sowing.add_lines(tree, random, sentence.encode())
