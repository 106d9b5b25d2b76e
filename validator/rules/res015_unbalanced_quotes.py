from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, screening, sowing
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="RES015",
    name="unbalanced-quotes",
    severity="info",
    default=False,
    message="a paragraph with {count:,} straight quotation mark{plural}: one is missing",
    help="put in the mark that is missing, or take this one out",
    wakes=0,
    good=[
        Good(b'She said "no" and 5\' 3" is enough.\n', "a measure"),
        Good(b'"The first goes on.\n\n"The second ends it."\n', "several paragraphs"),
    ],
    bad=[Bad(b'One "two" and "three.\n\nFour.\n', ["doc.txt:1:15"])],
)
def unbalanced_quotes(document: Document) -> Iterator[Hit]:
    """A paragraph has an odd number of straight quotation marks.

    One was lost or is too many, and readers cannot tell where a quotation ends. Put in the mark that is missing,
    or take one out. The last one of the paragraph is marked, which need not be the culprit.

    The rule is off unless it is selected: inches, seconds and dittos are written with the same mark. One
    behind a digit does not count. A paragraph whose quotation goes on in the next, which then begins with the mark,
    says nothing. Code is left alone.
    """
    if not prose.is_prose(document.name) or document.is_index or document.facts & screening.NOT_TEXT:
        return
    import re

    odd: Hit | None = None
    for paragraph in prose.paragraphs(document.data):
        if odd is not None and not paragraph[0].text.lstrip().startswith('"'):
            yield odd
        found = [
            (line, match.start())
            for line in paragraph
            for match in re.finditer(r'(?<!\d)"', prose.without_code(line.text))
        ]
        odd = None
        if len(found) % 2:
            line, at = found[-1]
            odd = Hit(line.span(at, at + 1), {"count": len(found), "plural": "s" if len(found) > 1 else ""})
    if odd is not None:
        yield odd


@unbalanced_quotes.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    sowing.add_lines(tree, random, random.choice([b'"One is alone.', b'One "two" three" four.']))
