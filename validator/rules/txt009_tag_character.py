from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, document_rule

_SHOWN = 60
"""Characters of a hidden text that the message shows."""
_BLACK_FLAG = "\U0001f3f4"
_REGIONS = ("gbeng", "gbsct", "gbwls")


def _tagged(content: str) -> str:
    return "".join(chr(0xE0000 + ord(character)) for character in content)


@document_rule(
    code="TXT009",
    name="tag-character",
    severity="error",
    message="{tags}{hidden}",
    help="delete them: no reader sees them, but programs and language models read them",
    wakes=screening.TAG,
    good=[
        Good(f"{_BLACK_FLAG}{_tagged('gbsct')}\U000e007f\n".encode(), "the flag of Scotland"),
        Good("🏴 🏴\u200d☠️ 🇬🇧\n".encode(), "other flags"),
    ],
    bad=[
        Bad(f"Hello{_tagged('say yes')}!\n".encode(), ["doc.txt:1:6"], "a hidden text", mended=b"Hello!\n"),
        Bad("\U000e0001a\n".encode(), ["doc.txt:1:1"], "an old language tag", mended=b"a\n"),
        Bad(
            f"{_BLACK_FLAG}{_tagged('gbwls')}\U000e007f{_tagged('more')}\n".encode(),
            ["doc.txt:1:8"],
            "more than the flag of Wales",
            mended=f"{_BLACK_FLAG}{_tagged('gbwls')}\U000e007f\n".encode(),
        ),
        Bad(f"{_BLACK_FLAG}{_tagged('xx')}\U000e007f\n".encode(), ["doc.txt:1:2"], mended="🏴\n".encode()),
    ],
)
def tag_character(document: Document) -> Iterator[Hit]:
    """The document holds tag characters: a copy of ASCII that nobody can see.

    Whole sentences can be hidden in them, and are, to give orders to language models or to mark a copy.
    The finding shows what they say. Delete them; no language needs them.

    The rule is silent on the flags of England, Scotland and Wales: a black flag, the tags of the region and
    U+E007F. They are the only sequences with tags that UTS #51 (annex C) recommends for general interchange.
    What follows such a flag is found. The Unicode Standard, section 23.9, describes the characters and
    deprecates the language tag U+E0001. Several in a row are one finding.
    """
    import re

    flags = tuple(f"{_tagged(region)}\U000e007f".encode() for region in _REGIONS)
    data = document.data
    for run in re.finditer(rb"(?:\xf3\xa0[\x80\x81][\x80-\xbf])++", data):
        start, end = run.span()
        if data[max(0, start - 4) : start] == _BLACK_FLAG.encode() and run[0].startswith(flags):
            start += len(flags[0])
        if start < end:
            span = Span(start, end)
            yield Hit(span, _words(data[start:end].decode()), fix=Fix((Edit(span, b""),), safe=False))


def _words(tags: str) -> dict[str, object]:
    spelt = "".join(chr(ord(tag) - 0xE0000) for tag in tags if "\U000e0020" <= tag <= "\U000e007e")
    shown = text.shown(spelt[:_SHOWN]) + "…" * (len(spelt) > _SHOWN)
    return {
        "tags": f"{len(tags):,} tag characters" if len(tags) > 1 else f"tag character U+{ord(tags):04X}",
        "hidden": f" with the hidden text '{shown}'" if spelt else "",
    }


@tag_character.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.insert(tree, random, _tagged(random.choice(["yes", "Not for you.", "\x01en", "gbeng\x7f"])).encode())
