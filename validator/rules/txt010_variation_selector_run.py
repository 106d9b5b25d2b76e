from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_SHOWN = 60
"""Characters of a hidden text that the message shows."""

# Characters as the inside of a class in a regular expression.
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_PRESENTED = (
    "#*0-9\u00a9\u00ae\u2010-\u2027\u2030-\u205e\u20e3\u2100-\u2bff"  # keycaps, arrows, technical and other signs
    "\u3001-\u303f\u3200-\u33ff\U0001f000-\U0001fbff"  # enclosed ideographs, pictographs
)
_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00017000-\U00018dff\U0001b170-\U0001b2ff\U00020000-\U0003fffd"  # Tangut, Khitan, Nüshu; planes 2 and 3
)
_VARIED = (
    "0\u2018-\u201f\u2100-\u2bff\U0001d400-\U0001d7ff"  # a slashed zero, quotation marks, mathematics
    "\u3001-\u303f\uff01-\uff65\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # East Asian punctuation, Myanmar
    "\ua840-\ua87f\U00010ac0-\U00010aff\U00013000-\U000143ff"  # Phags-pa, Manichaean, Egyptian
    f"{_IDEOGRAPHS}"
)
_IN_PLACE = (
    f"(?<=[{_PRESENTED}])[\ufe0e\ufe0f]|(?<=[{_VARIED}])[\ufe00-\ufe0d]|(?<=[{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
)
_NEEDLESS = f"(?=[{_SELECTORS}])({_IN_PLACE})?+([{_SELECTORS}]+)"
"""Selectors in a row, the first of them apart if it is in its place; nothing if it is alone."""


@document_rule(
    code="TXT010",
    name="variation-selector-run",
    severity="error",
    message="{selectors}{hidden}",
    help="delete what is not needed: no reader sees it",
    wakes=screening.SELECTOR,
    good=[
        Good("❤\ufe0f ☎\ufe0e 1\ufe0f⃣ ↩\ufe0e 👁\ufe0f\u200d🗨\ufe0f\n".encode(), "emoji, keycaps and signs"),
        Good("葛\U000e0100城, 辻\U000e0101, 不\ufe00\n".encode(), "forms of ideographs"),
        Good("က\ufe00ၵ\ufe00, ∩\ufe00, ，\ufe01\n".encode(), "letters of Shan, mathematics, punctuation"),
    ],
    bad=[
        Bad("a\ufe0f b\n".encode(), ["doc.txt:1:2"], "a letter takes none", mended=b"a b\n"),
        Bad("So nice \ufe0f\n".encode(), ["doc.txt:1:9"], "what is left of an emoji", mended=b"So nice \n"),
        Bad("a\U000e0100\n".encode(), ["doc.txt:1:2"], "a form of an ideograph without one", mended=b"a\n"),
        Bad("❤\ufe0f\ufe0f\n".encode(), ["doc.txt:1:2"], "the first is in its place", mended="❤\ufe0f\n".encode()),
        Bad("😀\U000e0158\U000e0159!\n".encode(), ["doc.txt:1:2"], "the hidden text hi", mended="😀!\n".encode()),
    ],
)
def variation_selector_run(document: Document) -> Iterator[Hit]:
    """The document holds variation selectors where no character takes them.

    A selector chooses a form of the character before it, and only one. There are 256, one for each byte, so
    a row of them can hide a whole text behind an emoji, for programs to read and nobody to see. Two or
    more in a row are therefore always found; where the bytes are text, the finding shows it. A single one
    behind a letter or a blank is mostly what is left of an emoji that a filter took out, or a slip.

    The rule is silent on one selector where a form exists or could: VS15 and VS16 behind pictographs, signs
    and keycaps (UTS #51), the first ones also behind ideographs, punctuation, mathematical signs and letters of
    Myanmar, Phags-pa and others (the Unicode Standard, section 23.4), VS17 to VS256 behind ideographs (UTS #37).
    The selectors of Mongolian are left to TXT008. The fix keeps the first of a row if it is in its place.
    """
    content = document.text
    for span, run in text.matches(_NEEDLESS, content):
        in_place = len(run[1].encode()) if run[1] else 0
        needless = Span(span.start + in_place, span.end)
        before = content[max(0, run.start() - 1) : run.start()]
        yield Hit(span, _words(run[0], run[2], before), fix=Fix((Edit(needless, b""),), safe=False))


def _words(selectors: str, needless: str, before: str) -> dict[str, object]:
    if len(selectors) > 1:
        hidden = _quoted(_spelt(selectors) or _spelt(needless))
        return {"selectors": f"{len(selectors):,} variation selectors in a row", "hidden": hidden}
    is_visible = before.isprintable() and before.strip() != ""
    behind = f"'{before}', which takes none" if is_visible else "nothing that could take it"
    return {"selectors": f"variation selector U+{ord(selectors):04X} behind {behind}", "hidden": ""}


def _quoted(hidden: str) -> str:
    shortened = text.shown(hidden[:_SHOWN]) + "…" * (len(hidden) > _SHOWN)
    return f" with the hidden text '{shortened}'" if hidden else ""


def _spelt(selectors: str) -> str:
    """The text that selectors stand for, each for a byte of UTF-8; empty if they do not."""
    codes = bytes(code - 0xFE00 if code < 0xE0000 else code - 0xE0100 + 16 for code in map(ord, selectors))
    try:
        hidden = codes.decode()
    except UnicodeDecodeError:
        return ""
    return hidden if all(character.isprintable() or character in "\t\n\r" for character in hidden) else ""


@variation_selector_run.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    selectors = random.choices("\ufe00\ufe0f\U000e0100\U000e01ef", k=random.randint(2, 9))
    faults.insert(tree, random, "".join(selectors).encode())
