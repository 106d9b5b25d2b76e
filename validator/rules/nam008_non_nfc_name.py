from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Name
from validator.names import locate, nfc
from validator.rule import Bad, Good, name_rule

_SHOWN = 8


@name_rule(
    code="NAM008",
    name="non-nfc-name",
    severity="warning",
    message="the name {name!r} is not in composed form (NFC)",
    help="rename the document in composed form, here and in the index",
    good=[
        Good("<<<FILE 1 café.txt>>>\nx\n\n<<<END 1>>>\n".encode()),
        Good("<<<FILE 1 حبّ\u064e.txt>>>\nx\n\n<<<END 1>>>\n".encode(), "marks in the order in which they are typed"),
    ],
    bad=[
        Bad("<<<FILE 1 cafe\u0301.txt>>>\nx\n\n<<<END 1>>>\n".encode(), ["all.bundle:1:14"]),
        Bad(
            "<<<FILE 1 5 \u212b.txt>>>\nx\n\n<<<END 1>>>\n".encode(),
            ["all.bundle:1:13"],
            note="the ångström sign",
        ),
    ],
)
def non_nfc_name(name: Name) -> Iterator[Hit]:
    """The name is spelt with a letter and a separate mark where one composed character exists.

    Both look the same, but most systems take them for two names, and macOS changes one into the other,
    so an index and its files stop matching on the way. Rename the document in Unicode's composed form
    (NFC, Unicode Standard Annex #15). The mere order of marks, as typed in Arabic and Hebrew, is no fault.
    """
    text, composed = name.text, nfc(name.text)
    if text == composed or sorted(text) == sorted(composed):
        return
    start = _shared(text, composed)
    behind = _shared(text[:start:-1], composed[:start:-1])
    old, new = text[start : len(text) - behind], composed[start : len(composed) - behind]
    yield Hit(
        locate(name, start, len(text) - behind),
        {"name": text},
        f"rename it, here and in the index, with {_codes(new)} for {_codes(old)}",
    )


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common from the beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _codes(text: str) -> str:
    codes = " ".join(f"U+{ord(character):04X}" for character in text[:_SHOWN])
    return f"{codes} …" if len(text) > _SHOWN else codes


@non_nfc_name.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_name(tree, random, lambda name: "e\u0301".encode() + name)
