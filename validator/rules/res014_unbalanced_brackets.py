from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, screening, sowing
from validator.model import Document, Hit, Span
from validator.rule import Bad, Good, document_rule

_PAIRS = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【", "」": "「", "』": "『"}
_KNOWN = r"[:;=8]['^-]?[()\[\]]|(?<!\S)(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{1,5})\)(?=\s|$)"
"""What brackets are not half of a pair in: faces, and the numbers of lists."""


@document_rule(
    code="RES014",
    name="unbalanced-brackets",
    severity="info",
    default=False,
    message="{bracket!r} {problem}",
    help="put in the other one, or take this one out",
    wakes=0,
    good=[
        Good(b"One (two [three] four)\nfive :) and a) b)\n1) first, in (2.95) and (c)\n", "pairs, a face, a list"),
        Good(b"Write `(` here.\n", "code"),
    ],
    bad=[
        Bad(b"The ferry (which is late\n\nIt came. And) went.\n", ["doc.txt:1:11", "doc.txt:3:13"]),
        Bad(b"One (two [three) four.\n", ["doc.txt:1:10"]),
    ],
)
def unbalanced_brackets(document: Document) -> Iterator[Hit]:
    """A bracket is opened and not closed in its paragraph, or closed and not opened.

    A passage was lost, or the writer forgot. Put in the other one, or take this one out.

    The rule is off unless it is selected: many good texts have such brackets, as in lists and formulas. Faces
    and the numbers of lists are left alone, and so is code.
    """
    if not prose.is_prose(document.name) or document.is_index or document.facts & screening.NOT_TEXT:
        return
    import re

    for paragraph in prose.paragraphs(document.data):
        text = "\n".join(prose.without_code(line.text) for line in paragraph)
        text = re.sub(_KNOWN, lambda match: " " * len(match[0]), text)
        opened: list[int] = []
        lost: list[int] = []
        for match in re.finditer(r"[(){}\[\]（）【】「」『』]", text):
            opener = _PAIRS.get(match[0])
            if opener is None:
                opened.append(match.start())
            elif any(text[at] == opener for at in opened[-_DEEPEST:]):
                while text[opened[-1]] != opener:
                    lost.append(opened.pop())
                opened.pop()
            else:
                lost.append(match.start())
        lost = sorted((*lost, *opened))
        for at, start in zip(lost, prose.offsets(paragraph, lost), strict=True):
            problem = "is not opened in its paragraph" if text[at] in _PAIRS else "is not closed in its paragraph"
            span = Span(start, start + len(text[at].encode()))
            yield Hit(span, {"bracket": text[at], "problem": problem})


_DEEPEST = 16
"""Brackets within brackets among which a partner is looked for."""


@unbalanced_brackets.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    bracket = random.choice(["(", "]", "{", "【"]).encode()
    sowing.add_lines(tree, random, b"One " + bracket + b" is alone.")
