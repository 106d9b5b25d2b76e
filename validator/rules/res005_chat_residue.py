from __future__ import annotations

from collections.abc import Iterator, Sequence

from validator import faults, phrases, prose, screening, sowing
from validator.model import TYPE_CHECKING, Document, Hit, value
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from validator.prose import Line

_LOOKED_AT = 200
"""Characters of a line that are compared with phrases."""
_MARKUP = " \t*_¡¿\ufeff"
"""What may stand before a phrase; a bullet, a dash or a bracket makes it an item, direct speech, or an aside."""
_RULE = frozenset("-*_=# \t")
_SHOWN = 60
"""Characters of a sentence that are marked and shown."""
_ENDS = (".", "!", "?", ":", "…", "。", "！", "？", "：", "*", "_")


@document_rule(
    code="RES005",
    name="chat-residue",
    severity="warning",
    message="{text!r}: so speaks a language model, not the text",
    help="delete what is not part of the text, and check that the rest is what was asked for",
    wakes=screening.PHRASED,
    good=[
        Good(b'"As an AI language model, I cannot row," said the machine on the pier.\n', "a quotation"),
        Good(b"The tide tables follow.\n\nI hope this helps.\n\nYours, Ada Moorland\n", "a letter"),
        Good(b"Sure, here comes the ferry, and nobody waits for it.\n"),
        Good(b"> As an AI language model, I cannot row.\n\nThat was its answer.\n", "a quotation in Markdown"),
    ],
    bad=[
        Bad(
            b"Certainly! Here is a short report on the harbour:\n\nThe wall is to be raised.\n\n"
            b"Let me know if you would like me to make it longer!\n",
            ["doc.txt:1:1", "doc.txt:5:1"],
            "how it begins and how it ends",
        ),
        Bad(b"Here's the revised version:\n\nThe wall is to be raised.\n", ["doc.txt:1:1"]),
        Bad(
            "Le mur sera plus haut.\n\nEn tant que modèle de langage, je ne peux pas le vérifier.\n".encode(),
            ["doc.txt:3:1"],
            "in the middle",
        ),
        Bad("当然！以下是一份关于港口的报告：\n\n海堤要加高。\n".encode(), ["doc.txt:1:1"]),
        Bad(
            b"Sure, here's the report.\n\nThe wall is to be raised.\n\nI hope this helps!\n",
            ["doc.txt:1:1", "doc.txt:5:1"],
        ),
    ],
)
def chat_residue(document: Document) -> Iterator[Hit]:
    """A language model speaks to whoever asked it.

    Such sentences come along when an answer is pasted as a whole. They tell readers that nobody read the text
    before it was filed, and what stands between them may be a revision, a translation or an invention. Delete
    them, and check the text against its source.

    The rule looks at the first line for how answers begin ("Certainly! Here is ..."), or how they hand over
    what was asked for ("Here is the revised version:", which must end in a colon). It looks at the last line for how
    they end ("Let me know if you would like me to ..."). A mere "I hope this helps!", which people write too, counts
    only as the last line of a document that began as answers do. What a model says of itself ("As an
    AI language model, I ...") counts wherever a paragraph or a sentence begins a line with it. Rules and headings
    before the first line and behind the last one do not count; quotations, items of lists and code are passed over.
    The phrases are in ``validator/phrases.py``, in eleven languages.
    """
    lines = [line for line in prose.lines(document.data) if not line.masked]
    text = [line for line in lines if not (line.text.startswith("#") or _RULE.issuperset(line.text))]
    if not text:
        return
    head = _opens(text[0])
    found = {hit.span: hit for hit in (head, *_speaks(lines), _closes(text[-1], bool(head))) if hit}
    yield from found.values()


def _opens(line: Line) -> Hit | None:
    """Whether an answer begins so."""
    said = _said(line)
    is_handover = said.startswith(_all().handovers) and line.text.rstrip(" \t*_").endswith((":", "："))
    return _hit(line) if is_handover or said.startswith(_all().openings) else None


def _closes(line: Line, has_opened: bool) -> Hit | None:
    """Whether an answer ends so."""
    said = _said(line)
    is_farewell = has_opened and said.rstrip(" *_.!。") in _all().farewells
    return _hit(line) if is_farewell or said.startswith(_all().closings) else None


def _speaks(lines: Sequence[Line]) -> Iterator[Hit]:
    """Where it speaks of itself, at the beginning of a line that does not go on with a sentence."""
    before = ""
    for line in lines:
        is_start = not before or before.endswith(_ENDS)
        if is_start and line.text and _said(line).startswith(_all().itself):
            yield _hit(line)
        before = line.text.rstrip()


def _said(line: Line) -> str:
    """The beginning of a line as phrases are compared; empty if none stands there, or a quotation ends on it."""
    text = line.text[:_LOOKED_AT]
    opening = phrases.opening(text)
    if not opening or text[: len(text) - len(opening)].strip(_MARKUP) or _ends_quotation(line.text):
        return ""
    return phrases.plain(opening)


def _ends_quotation(text: str) -> bool:
    """Whether a line has the end of a quotation that began before it."""
    closing = [text.find(mark) for mark in "”»" if mark in text]
    opening = [text.find(mark) for mark in "“„«" if mark in text]
    return text.count('"') % 2 == 1 or bool(closing and min(closing) < min(opening, default=len(text)))


@value
class _Phrases:
    """The phrases of all languages, by what they are for."""

    openings: tuple[str, ...] = ()
    handovers: tuple[str, ...] = ()
    itself: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    farewells: frozenset[str] = frozenset()


def _all() -> _Phrases:
    global _known
    if not _known.openings:
        _known = _Phrases(
            _begun(phrases.CHAT_OPENINGS),
            _begun(phrases.CHAT_HANDOVERS),
            _begun(phrases.CHAT_SELF),
            _begun(phrases.CHAT_CLOSINGS),
            phrases.folded(phrases.CHAT_FAREWELLS),
        )
    return _known


def _begun(kind: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted(phrases.folded(kind)))


_known = _Phrases()


def _hit(line: Line) -> Hit:
    start = len(line.text) - len(line.text.lstrip())
    said = line.text[start : start + _SHOWN]
    return Hit(line.span(start, start + len(said)), {"text": said.rstrip()})


@chat_residue.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    language = random.choice(sorted(phrases.CHAT_SELF))
    kind, place = random.choice(
        [(phrases.CHAT_OPENINGS, "head"), (phrases.CHAT_CLOSINGS, "tail"), (phrases.CHAT_SELF, "anywhere")]
    )
    said = random.choice(kind[language])
    sowing.add_lines(tree, random, (said[:1].upper() + said[1:] + " ...").encode(), place)
