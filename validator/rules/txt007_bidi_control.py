from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import TYPE_CHECKING, Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from array import array

_OVERRIDES = b"\xad\xae"
_EMBEDDINGS = b"\xaa\xab" + _OVERRIDES
_ISOLATES = b"\xa6\xa7\xa8"
_POP_EMBEDDING = 0xAC
_POP_ISOLATE = 0xA9
"""The controls by the last of their three bytes, which no two have in common."""
_CONTROLS_AND_BREAKS = rb"(\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9])|[\n\r\x1c-\x1e]|\xc2\x85|\xe2\x80\xa9"
"""The controls, and what ends a paragraph (bidirectional class B)."""
_UNPAIRED = -1
_PAIRED = -2
"""For an opener: by the end of an isolate around it, which is not its own."""


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
    from array import array

    data = document.data
    last_bytes = array("q")  # where they are; two numbers for each control are all that is kept of a long paragraph
    for found in re.finditer(_CONTROLS_AND_BREAKS, data):
        if found[1]:
            last_bytes.append(found.end() - 1)
        elif last_bytes:
            yield from _paragraph(data, last_bytes)
            last_bytes = array("q")
    yield from _paragraph(data, last_bytes)


def _paragraph(data: bytes, last_bytes: array[int]) -> Iterator[Hit]:
    """What is to be said of the controls of one paragraph."""
    words: dict[tuple[int, str], dict[str, object]] = {}
    for last, closer in zip(last_bytes, _closers(data, last_bytes), strict=True):
        control = data[last]
        is_override = control in _OVERRIDES
        is_opener = control in _EMBEDDINGS or control in _ISOLATES
        if closer == _UNPAIRED:
            effect = "is left open at the end of its line" if is_opener else "closes nothing"
        elif is_override:
            effect = "shows text in another order than it is stored"
        elif is_opener:
            effect = "changes the direction of text"
        else:
            continue
        if (control, effect) not in words:
            words[control, effect] = _words(data[last - 2 : last + 1].decode(), effect)
        span = Span(last - 2, last + 1)
        removal = Edit(span, b"")
        yield Hit(
            span,
            words[control, effect],
            "remove it: it can hide what the text says (a Trojan Source attack)" if is_override else "",
            None if is_override or closer == _UNPAIRED else "warning",
            fix=Fix((removal, Edit(Span(closer - 2, closer + 1), b"")) if closer >= 0 else (removal,), safe=False),
        )


def _closers(data: bytes, last_bytes: array[int]) -> array[int]:
    """For each control where the one ends that closes it, or else whether it is paired."""
    from array import array

    closers = array("q", (_UNPAIRED,)) * len(last_bytes)
    is_open = array("q")
    isolates = 0
    for number, last in enumerate(last_bytes):
        control = data[last]
        if control in _EMBEDDINGS or control in _ISOLATES:
            is_open.append(number)
            isolates += control in _ISOLATES
        elif control == _POP_ISOLATE and isolates:
            while data[last_bytes[is_open[-1]]] in _EMBEDDINGS:
                closers[is_open.pop()] = _PAIRED
            closers[is_open.pop()], closers[number] = last, _PAIRED
            isolates -= 1
        elif control == _POP_EMBEDDING and is_open and data[last_bytes[is_open[-1]]] in _EMBEDDINGS:
            closers[is_open.pop()], closers[number] = last, _PAIRED
    return closers


def _words(control: str, effect: str) -> dict[str, object]:
    from unicodedata import name

    return {"control": f"U+{ord(control):04X} {name(control)}", "effect": effect}


@bidi_control.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, random.choice(text.BIDI_CONTROLS).encode())
