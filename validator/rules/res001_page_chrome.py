from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from validator import faults, phrases, prose, screening, sowing
from validator.model import TYPE_CHECKING, Document, Hit
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    import re

    from validator.prose import Line

_LONGEST = 120
"""Characters of a line that may end in a date glued to a word."""
_SHORT = 80
_LONG = 200
_TIMES = 3
"""How often two short lines (of so many characters at most) stand together, with long ones in between."""

_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December|Januar|Februar|März|Mai|Juni"
    "|Juli|Oktober|Dezember|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|enero"
    "|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio"
    "|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro"
    "|dezembro"
)
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_YEAR = "(?:19|20)[0-9]{2}"
_GLUED = (
    rf"(?<!\S)(?P<word>[^\W\d_]{{2,}})(?P<date>{_DAY}(?P<mark>[-./])(?:0?[1-9]|1[0-2])(?P=mark){_YEAR})\Z",
    rf"(?<!\S)(?P<word>[^\W\d_]+[a-zß-öø-ÿ])(?P<date>(?:{_MONTH.split('|Januar|')[0]}) {_DAY}, {_YEAR})\Z",
    rf"(?<!\S)(?P<word>[^\W\d_]+[a-zß-öø-ÿ])(?P<date>{_DAY}\.? (?:de )?(?:{_MONTH}) (?:de )?{_YEAR})\Z",
)
"""A word with a date right behind it at the end of a line: in figures, month first, day first."""
_DATED = (
    rf"(?<![0-9])(?:{_DAY}([-./])[0-9]{{1,2}}\1{_YEAR}|{_YEAR}([-./])[0-9]{{1,2}}\2{_DAY}"
    rf"|{_DAY}\.? (?:de )?(?:{_MONTH}) (?:de )?{_YEAR}|(?:{_MONTH}) {_DAY}, {_YEAR}"
    rf"|{_YEAR}年[0-9]{{1,2}}月[0-9]{{1,2}}日)(?![0-9])"
)
"""A date, anywhere in a line."""


@document_rule(
    code="RES001",
    name="page-chrome",
    severity="warning",
    message="{what}: {example!r}",
    help="delete what does not belong to the text, here and further down",
    wakes=screening.PHRASED | screening.FRAMED,
    good=[
        Good(b"The herons are back.\n\nRead more\n\nThey nest by the weir.\n", "one such line is no page"),
        Good(b'The page said "Skip to main content" and "Leave a reply", and nothing else.\n', "in a sentence"),
        Good(b"```\nSkip to main content\nLeave a reply\n```\nThat is what a reader hears.\n", "in code"),
    ],
    bad=[
        Bad(
            b"Skip to main content\n\nThe herons are back by the weir.\n\nNo comments yet...\n",
            ["doc.txt:1:1"],
            "what stands around a text on a web page",
        ),
        Bad(
            b"The herons are back by the weir.\n\nRELATED ARTICLES\nRead more\nPrivacy Policy\nContact us\n",
            ["doc.txt:3:1"],
            "one strong phrase and three that a text can have",
        ),
        Bad("La garza volvió.\n\nCompartir en Facebook\nDeja un comentario\n".encode(), ["doc.txt:3:1"]),
        Bad(b"The herons are back\n\nby Ada MoorlandNovember 12, 2024\n", ["doc.txt:3:8"], "a date glued to a name"),
        Bad(b"The herons are back\n\nposted15-03-2025\n\nThey nest again.\n", ["doc.txt:3:1"]),
        Bad(
            b"\n".join(
                b"The Weir Gazette\n\n12 May 2024\n\n%b came down the river at dawn, %b\n" % (what, b"and on " * 30)
                for what in (b"A barge", b"A raft", b"A heron")
            ),
            ["doc.txt:1:1"],
            "the frame of a list of stories",
        ),
    ],
)
def page_chrome(document: Document) -> Iterator[Hit]:
    """Lines stand in the text that belong to the page it was taken from.

    Menus, buttons, notices on cookies, invitations to comment and lists of related stories come along when a
    web page is copied or scraped. They are nobody's words. They make documents look alike that are not, and
    programs that read the text take them for part of it. Delete them, and look whether other stories came along.

    There is one finding for a document, at the first of these places. Chrome are two different lines that a
    text hardly has of its own accord ("Skip to main content", "Share on Facebook"), or one of them and three
    different ones that are less telling ("Read more", "Privacy Policy"), or six of the latter that are more than
    a word. Each has to be the whole line, in any case; the list is in ``validator/phrases.py``, in eleven
    languages. Chrome is also a date glued to the end of a word where a line ends, and two short lines, one of
    them with a date, that stand together three times or more with lines of 200 characters or more in between.
    Items of lists, code, tables and front matter do not count.
    """
    lines = [line for line in prose.lines(document.data) if not line.masked and line.text.strip()]
    found = [hit for hit in (_phrases(lines), _glued(lines), _frame(lines)) if hit]
    if found:
        yield min(found, key=lambda hit: hit.span.start if hit.span else 0)


def _phrases(lines: Sequence[Line]) -> Hit | None:
    """The first line of chrome, if there are enough of them."""
    begun = [(line, phrase) for line in lines if (phrase := phrases.chrome(line.text))]
    if not phrases.are_chrome({phrase for _, phrase in begun}):
        return None
    strong = [line for line, phrase in begun if phrase in phrases.folded(phrases.STRONG_CHROME)]
    first = (strong or [line for line, _ in begun])[0]
    count = sum(line.start >= first.start for line, _ in begun)
    return _hit(f"{count:,} lines from here on belong to a web page, not to the text", first)


def _glued(lines: Sequence[Line]) -> Hit | None:
    """The first date that is glued to a word."""
    ends = (line for line in lines if len(line.text) <= _LONGEST and line.text.rstrip(" \t")[-4:-2] in ("19", "20"))
    for line in ends:
        match = _glue(line.text.rstrip(" \t"))
        if match:
            word = match["word"] + match["date"]
            return Hit(line.span(*match.span()), {"what": "a date is glued to a word", "example": word})
    return None


def _glue(text: str) -> re.Match[str] | None:
    import re

    return next((match for pattern in _GLUED if (match := re.search(pattern, text))), None)


def _frame(lines: Sequence[Line]) -> Hit | None:
    """The first of the places where the same two short lines stand together, if there are enough."""
    if sum(len(line.text) >= _LONG for line in lines) < _TIMES - 1:
        return None
    seen: dict[tuple[str, str], tuple[int, int, Line]] = {}  # times, long lines before the last one, first line
    long = 0
    best: tuple[int, Line] | None = None
    for line, following in pairwise(lines):
        long += len(line.text) >= _LONG
        if not (_is_short(line) and _is_short(following) and _is_dated(line.text + "\n" + following.text)):
            continue
        pair = line.text.strip(), following.text.strip()
        times, before, first = seen.get(pair, (0, -1, line))
        if long > before:
            seen[pair] = times + 1, long, first
            if times + 1 >= _TIMES and (best is None or first.start <= best[1].start):
                best = times + 1, first
    if best is None:
        return None
    return _hit(f"two lines stand together {best[0]:,} times, as above the stories of a list", best[1])


def _is_short(line: Line) -> bool:
    text = line.text.strip()
    return 3 <= len(text) <= _SHORT and text[0] not in "#|>=`~" and text[-1] not in ":,;{}()"


def _is_dated(text: str) -> bool:
    if "19" not in text and "20" not in text:
        return False
    import re

    return re.search(_DATED, text) is not None


def _hit(what: str, line: Line) -> Hit:
    start = len(line.text) - len(line.text.lstrip())
    example = line.text.strip()
    return Hit(line.span(start, start + len(example)), {"what": what, "example": example})


@page_chrome.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    language = random.choice(sorted(phrases.STRONG_CHROME))
    chrome = random.sample(phrases.STRONG_CHROME[language], random.randint(2, 5))
    cased = [random.choice((str.upper, str.title, str.capitalize))(text) for text in chrome]
    sowing.add_lines(tree, random, "\n\n".join(cased).encode())
