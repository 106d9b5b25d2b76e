from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, screening, sowing
from validator.model import Document, Hit, Span
from validator.rule import Bad, Good, document_rule

_MARKS = rb"(?m)^(?:<{7}[ ][^\r\n]+|={7}|>{7}[ ][^\r\n]+)(?=\r?$)"
"""The lines that Git writes: it begins one side, ends it and begins the other, ends that. The base's is not needed."""
_SET = b"<<<<<<< HEAD\nThe harbour opens at six.\n=======\nThe harbour opens at seven.\n>>>>>>> summer-hours\n"
_SHOWN = b"Git then writes both into the file:\n\n----\n" + _SET + b"----\n"


@document_rule(
    code="RES002",
    name="conflict-marker",
    severity="error",
    message="a merge conflict was left unresolved: {ours!r} against {theirs!r}",
    help="keep what is right of the two sides, and delete the lines with the marks",
    wakes=screening.CONFLICT,
    good=[
        Good(b"Opening hours\n=======\n\nThe harbour opens at six.\n", "a heading"),
        Good(
            {"guide.md": b"Git then writes:\n\n```\n" + _SET + b"```\n", "INDEX.md": b"- [Guide](guide.md)\n"},
            "an example in Markdown",
        ),
        Good(_SHOWN, "an example in AsciiDoc"),
        Good(b"<<<<<<< HEAD\nThe harbour opens at six.\n", "a set that is not complete"),
    ],
    bad=[
        Bad(b"Welcome.\n" + _SET, ["doc.txt:2:1"]),
        Bad(_SET.replace(b"=======", b"||||||| 3fa91c2\nIt opens at five.\n======="), ["doc.txt:1:1"], "with the base"),
        Bad(
            _SET.replace(b"\n", b"\r\n") + b"Closed.\r\n" + _SET.replace(b"\n", b"\r\n"), ["doc.txt:1:1", "doc.txt:7:1"]
        ),
    ],
)
def conflict_marker(document: Document) -> Iterator[Hit]:
    """The document holds the marks of a merge conflict that nobody resolved.

    Git writes both versions of a passage into the file, between lines of seven signs, and leaves it to people
    to choose. When such a file is saved as it is, it says everything twice, and once wrongly. Keep the right
    side, and delete the three or four lines with the marks.

    All of them must be there, in order, each at the beginning of a line: seven ``<`` and a name, seven ``=`` alone,
    seven ``>`` and a name. So a heading underlined with ``=======`` says nothing. In prose, examples are left
    alone: fenced and indented code, and blocks between lines of dashes or dots as AsciiDoc has them.
    """
    import re

    data = document.data
    ours, has_middle = None, False
    examples: list[Span] | None = None
    for mark in re.finditer(_MARKS, data):
        sign = mark[0][:1]
        if sign == b"<":
            ours, has_middle = mark, False
        elif sign == b"=":
            has_middle = ours is not None
        elif ours is not None and has_middle:
            if examples is None:
                examples = list(_examples(data)) if prose.is_prose(document.name) else []
            span = Span(*ours.span())
            if not any(shown.start <= span.start < shown.end for shown in examples):
                yield Hit(span, {"ours": _label(ours[0]), "theirs": _label(mark[0])})
            ours, has_middle = None, False


def _label(mark: bytes) -> str:
    return mark[8:].decode("utf-8", "surrogateescape").strip()


def _examples(data: bytes) -> Iterator[Span]:
    """The passages of a text that show something: masked lines that a mark may stand on, and delimited blocks."""
    opener, delimiter, before = 0, "", ""
    for line in prose.lines(data):
        if line.masked and line.text.startswith("<<<<<<<"):
            yield line.span()
        text = line.text.rstrip()
        is_delimiter = len(text) >= 4 and text[0] in "-." and not text.strip(text[0])
        if not delimiter and is_delimiter and (not before or before == "+" or before[-1] == "]"):
            opener, delimiter = line.start, text
        elif delimiter and text == delimiter:
            yield Span(opener, line.start)
            delimiter = ""
        before = text


@conflict_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    label = random.choice([b"main", b"feature", b"4be1d07"])
    sowing.add_lines(tree, random, b"<<<<<<< HEAD\nOne side.\n=======\nThe other side.\n>>>>>>> " + label)
