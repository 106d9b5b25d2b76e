from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_OVERRIDES = "\u202d\u202e"
_EMBEDDINGS = "\u202a\u202b" + _OVERRIDES
_ISOLATES = "\u2066\u2067\u2068"
_POP_EMBEDDING = "\u202c"
_POP_ISOLATE = "\u2069"
_CONTROLS_AND_BREAKS = rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|[\n\r\x1c-\x1e]|\xc2\x85|\xe2\x80\xa9"
"""The controls, and what ends a paragraph (bidirectional class B)."""


@document_rule(
    code="TXT007",
    name="bidi-control",
    severity="error",
    message="{control} {effect}",
    help="remove it, or close it on the same line: it can hide what the text says (a Trojan Source attack)",
    wakes=screening.BIDI,
    good=[
        Good("שלום, world\u200f!\nسلام\n".encode(), "letters bring their own direction"),
        Good("← → ‘quoted’\n".encode()),
    ],
    bad=[
        Bad("pay \u202e001 EUR\n".encode(), ["doc.txt:1:5"], "an override", mended=b"pay 001 EUR\n"),
        Bad("a \u202e001\u202c b\n".encode(), ["doc.txt:1:3"], "even where it is closed", mended=b"a 001 b\n"),
        Bad("one \u2067שתיים\nthree\u2069\n".encode(), ["doc.txt:1:5", "doc.txt:2:6"], "left open at the line's end"),
        Bad("by \u2068עדה\u2069, 1843\n".encode(), ["doc.txt:1:4"], "balanced: a warning"),
        Bad(
            "\u2066a \u202bb\u2069 c\u202c\n".encode(),
            ["doc.txt:1:1", "doc.txt:1:4", "doc.txt:1:9"],
            "the isolate closes what was opened inside it, so the last one closes nothing",
        ),
    ],
)
def bidi_control(document: Document) -> Iterator[Hit]:
    """The document holds a control for the direction of text: an embedding, an override or an isolate.

    With them a text reads differently from what it says: a name, an amount or a line of code is shown in
    another order than programs read it. That is how Trojan Source attacks hide. An override, a control
    that is left open at the end of its line and one that closes nothing are errors. A balanced pair, as
    exports of Arabic and Hebrew mail have them, is a warning. Remove them: letters know their direction,
    and the marks LRM and RLM suffice for the rest.

    They are paired as UAX #9 (rules X1 to X8, BD9) says: within a paragraph, and the end of an isolate also
    closes the embeddings inside it.
    """
    import re

    controls: list[tuple[str, Span]] = []
    for found in re.finditer(_CONTROLS_AND_BREAKS, document.data):
        character = found[0].decode()
        if character in text.BIDI_CONTROLS:
            controls.append((character, Span(*found.span())))
        elif controls:
            yield from _paragraph(controls)
            controls = []
    yield from _paragraph(controls)


def _paragraph(controls: list[tuple[str, Span]]) -> Iterator[Hit]:
    """What is to be said of the controls of one paragraph."""
    closers: dict[int, tuple[Span, ...]] = {}  # of each opener; none where the end of an isolate around it closes it
    lost: set[int] = set()  # closers that close nothing
    is_open: list[int] = []
    isolates = 0
    for number, (control, span) in enumerate(controls):
        if control in _EMBEDDINGS or control in _ISOLATES:
            is_open.append(number)
            isolates += control in _ISOLATES
        elif control == _POP_EMBEDDING and is_open and controls[is_open[-1]][0] in _EMBEDDINGS:
            closers[is_open.pop()] = (span,)
        elif control == _POP_ISOLATE and isolates:
            while controls[is_open[-1]][0] in _EMBEDDINGS:
                closers[is_open.pop()] = ()
            closers[is_open.pop()] = (span,)
            isolates -= 1
        else:
            lost.add(number)
    left_open = set(is_open)
    for number, (control, span) in enumerate(controls):
        if number in left_open:
            yield _hit(control, "is left open at the end of its line", span)
        elif number in lost:
            yield _hit(control, "closes nothing", span)
        elif control in _OVERRIDES:
            yield _hit(control, "shows text in another order than it is stored", span, *closers[number])
        elif number in closers:
            yield _hit(control, "changes the direction of text", span, *closers[number], is_balanced=True)


def _hit(control: str, effect: str, *spans: Span, is_balanced: bool = False) -> Hit:
    from unicodedata import name

    words: dict[str, object] = {"control": f"U+{ord(control):04X} {name(control)}", "effect": effect}
    help = "remove it: it can hide what the text says (a Trojan Source attack)" if control in _OVERRIDES else ""
    removal = Fix(tuple(Edit(span, b"") for span in spans), safe=False)
    return Hit(spans[0], words, help, severity="warning" if is_balanced else None, fix=removal)


@bidi_control.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice(text.BIDI_CONTROLS).encode())
