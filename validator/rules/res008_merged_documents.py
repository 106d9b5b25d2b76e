from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from validator import faults, prose, sowing
from validator.model import TYPE_CHECKING, Document, Hit
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from validator.prose import Line

_LONG = 200
_SHORT = 120
_TITLE = 20
"""Characters of a title at least."""

_STORY = b"A barge came down the river at dawn, " + b"and nobody had seen it before, " * 8 + b"so they say.\n"


@document_rule(
    code="RES008",
    name="merged-documents",
    severity="warning",
    default=False,
    message="another document seems to begin here, with {text!r}",
    help="give it a file of its own, or delete it",
    wakes=0,
    good=[
        Good(b"The herons of the weir\n\n" + _STORY + b"\nWhat they eat\n\n" + _STORY.replace(b"barge", b"raft")),
        Good(b"The herons of the weir\nThe herons of the weir\n\n" + _STORY, "a title that is doubled at the head"),
    ],
    bad=[
        Bad(
            b"The herons of the weir\n\n"
            + _STORY
            + b"\nHarbour wall to be raised\nHarbour wall to be raised\n\nThe Weir Gazette\n\n"
            + _STORY.replace(b"barge", b"raft"),
            ["doc.txt:5:1"],
            "a title and its copy behind a text",
            also=["RES009"],
        ),
        Bad(
            b"The Weir Gazette\n12 May 2024\n\n"
            + _STORY
            + b"\nThe Weir Gazette\n12 May 2024\n\n"
            + _STORY.replace(b"barge", b"raft"),
            ["doc.txt:6:1"],
            "the same two lines above each text",
        ),
    ],
)
def merged_documents(document: Document) -> Iterator[Hit]:
    """Several documents seem to stand in one file.

    Scrapers append the stories that a page links to, and exports write many letters into one file. Then names,
    dates and titles belong to a part only, and duplicates of the parts are not seen. Give each a file of
    its own, or delete what does not belong here.

    The rule goes by what frames a text, not by what it speaks of. A document begins where a title
    stands twice, one line behind the other, between lines of 200 characters or more; or where the
    same two short lines stand above another long line. There is one finding, at the first such place.
    Headings and lists of Markdown, sentences, code and tables do not count.

    The rule is off unless it is selected: manuals frame their parts in the same way.
    """
    lines = [line for line in prose.lines(document.data) if not line.masked and line.text.strip()]
    found = [line for line in (_doubled_title(lines), _repeated_frame(lines)) if line is not None]
    if found:
        first = min(found, key=lambda line: line.start)
        start = len(first.text) - len(first.text.lstrip())
        text = first.text.strip()
        yield Hit(first.span(start, start + len(text)), {"text": text})


def _doubled_title(lines: Sequence[Line]) -> Line | None:
    """The first title that stands twice behind a long line and before another one."""
    last = max((at for at, line in enumerate(lines) if len(line.text) >= _LONG), default=0)
    has_text = False
    for line, following in pairwise(lines[:last]):
        has_text = has_text or len(line.text) >= _LONG
        if has_text and line.text.strip() == following.text.strip() and _is_title(line.text.strip()):
            return line
    return None


def _is_title(text: str) -> bool:
    return _TITLE <= len(text) <= 2 * _SHORT and _is_plain(text)


def _is_plain(text: str) -> bool:
    """Whether a line is no heading, item of a list, quotation or sentence, and has letters."""
    return text[0] not in "#-*+>|=`~:.$<!©" and text[-1] not in ".:;,{}()" and any(map(str.isalpha, text))


def _repeated_frame(lines: Sequence[Line]) -> Line | None:
    """Where two short lines stand together again, with long lines before, in between and behind."""
    last = max((at for at, line in enumerate(lines) if len(line.text) >= _LONG), default=0)
    seen: dict[tuple[str, str], int] = {}
    long = 0
    for line, following in pairwise(lines[:last]):
        long += len(line.text) >= _LONG
        pair = line.text.strip(), following.text.strip()
        if all(len(text) <= _SHORT and _is_plain(text) for text in pair) and long > seen.setdefault(pair, long):
            return line
    return None


@merged_documents.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    number = random.randrange(1000, 9999)
    frame = b"The Port Ellery Herald\n\n%d readers wrote to us\n\n" % number
    sowing.add_lines(tree, random, frame + _STORY + b"\n" + frame + _STORY.replace(b"barge", b"raft").rstrip())
