from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, sowing
from validator.model import TYPE_CHECKING, Document, Hit, Span
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from validator.prose import Line

_LONG = 200
_WORDS = ("the", "pilot", "boat", "left", "at", "four", "and", "came", "back", "to", "the", "long", "grey", "pier")
_PASSAGE = "The pilot boat left at four. " * 7


@document_rule(
    code="DUP003",
    name="repeated-passage",
    severity="warning",
    default=False,
    message="a paragraph of {length:,} characters stands here again; first on line {line:,} of the document",
    help="delete the one that is too many",
    wakes=0,
    good=[
        Good(b"The pilot boat left at four.\n\n" * 3, "short ones"),
        Good(b"```\n" + b"turn the valve to the left and wait\n" * 8 + b"```\n\n```\n" + b"turn\n" * 50 + b"```\n"),
    ],
    bad=[
        Bad(f"{_PASSAGE}\n\nIt came back at nine.\n\n{_PASSAGE}\n".encode(), ["doc.txt:5:1"]),
        Bad(
            "\n\n".join([_PASSAGE, _PASSAGE.strip(), _PASSAGE.replace(". ", ".\n", 3)]).encode() + b"\n",
            ["doc.txt:3:1", "doc.txt:5:1"],
            "broken into lines in another way",
        ),
    ],
)
def repeated_passage(document: Document) -> Iterator[Hit]:
    """A long paragraph stands twice in one document.

    Texts are pasted twice, or merged from two versions. Readers read the passage again, and whoever counts words
    or trains on the text counts it twice. Delete the one that is too many.

    A paragraph is what stands between blank lines, or one line of 200 characters or more. It counts from 200
    characters on, however it is broken into lines; code, tables and front matter do not count. Each later copy is
    a finding.

    The rule is off unless it is selected: manuals and forms often say the same thing in several places.
    """
    from hashlib import blake2b

    seen: dict[bytes, int] = {}
    for number, start, end, text in _paragraphs(document):
        if len(text) >= _LONG:
            key = blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()
            if key in seen:
                yield Hit(Span(start, end), {"length": len(text), "line": seen[key]})
            else:
                seen[key] = number


def _paragraphs(document: Document) -> Iterator[tuple[int, int, int, str]]:
    """Paragraphs: the number of the first line, the first and last offset, the text with single blanks."""
    held: list[tuple[int, Line]] = []
    for number, line in enumerate(prose.lines(document.data), 1):
        is_alone = len(line.text) >= _LONG
        if held and (is_alone or line.masked or not line.text.strip()):
            yield _joined(held)
            held = []
        if line.text.strip() and not line.masked:
            held.append((number, line))
        if held and is_alone:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(held: list[tuple[int, Line]]) -> tuple[int, int, int, str]:
    text = " ".join(" ".join(line.text for _, line in held).split())
    return held[0][0], held[0][1].start, held[-1][1].span().end, text


@repeated_passage.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    passage = " ".join(random.choices(_WORDS, k=_LONG)).encode()
    sowing.add_lines(tree, random, passage + b"\n\nThat was all.\n\n" + passage)
