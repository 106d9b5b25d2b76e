from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, sowing
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule

_NOTES = r"(?<![\w/#.-])(?:TODO|FIXME|TBD|TBC|XXX|TKTK)(?![\w/.-])"
_ASKED = (
    r"insert|enter|add|fill in|your|name of|company name|client name|recipient|placeholder|date here|link here"
    r"|to be (?:added|completed|confirmed|determined|written)|citation needed|source needed|clarification needed"
    r"|nachweis fehlt|einfügen|ihr name|à compléter|insérer|référence nécessaire|insertar|su nombre|cita requerida"
    r"|senza fonte|inserire|inserir|carece de fontes"
)
_SLOTS = (
    rf"\[(?:{_ASKED})\b[^\]\[()]{{0,60}}+\](?![(\[:])"
    rf"|<(?:your|insert|enter) [^<>@=]{{1,60}}+>"
    r"|\((?:citation|source|clarification) needed\)"
)


@document_rule(
    code="RES012",
    name="unfinished-text",
    severity="warning",
    default=False,
    message="{text!r} is still to be written",
    help="write it, or delete the note",
    wakes=0,
    good=[
        Good(b"The page for TODO.md is `TODO`, and [insert](insert.md) is a link.\n", "names, code and links"),
        Good(b"    # TODO: turn the valve\n\nShe had much to do.\n", "code"),
    ],
    bad=[
        Bad(b"The wall will cost TBD crowns.\n\nTODO: ask the mayor.\n", ["doc.txt:1:20", "doc.txt:3:1"]),
        Bad(b"Dear [insert name here],\n\nwe thank <your company> for the boat.\n", ["doc.txt:1:6", "doc.txt:3:10"]),
        Bad(b"It is the oldest pier of the coast (citation needed).\n", ["doc.txt:1:36"]),
    ],
)
def unfinished_text(document: Document) -> Iterator[Hit]:
    """A note says that something has still to be written.

    TODO, FIXME, TBD, TBC, XXX and TKTK are notes of authors to themselves; `[insert name here]` and `<your name>` are
    slots of a form letter, "(citation needed)" is what an editor asks. They were to be gone before the text was
    filed. Write what is missing, or delete the note.

    Notes count as whole words in capitals, slots by the words that they begin with. Code, tables, front matter and
    links do not count.

    The rule is off unless it is selected: manuals on software speak of such notes.
    """
    import re

    pattern = re.compile(f"(?P<note>{_NOTES})|(?i:{_SLOTS})")
    for line in prose.lines(document.data):
        if not line.masked:
            for match in pattern.finditer(prose.without_code(line.text)):
                yield Hit(line.span(*match.span()), {"text": match[0]})


@unfinished_text.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    note = random.choice(
        [b"TODO", b"FIXME: ask", b"Dear [insert name here],", b"by <your name>", b"it rained (citation needed)"]
    )
    sowing.add_lines(tree, random, note)
