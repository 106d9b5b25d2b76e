from __future__ import annotations

from collections.abc import Iterator

from validator import faults, screening, text
from validator.model import Document, Edit, Fix, Hit
from validator.rule import Bad, Good, document_rule


@document_rule(
    code="ENC001",
    name="invalid-utf8",
    severity="error",
    message="{bytes} is not UTF-8: {damage}",
    help="take the passage from the source again: something was lost or changed here",
    wakes=screening.ILL_FORMED,
    raw=True,
    good=[Good("naïve 天 😀\n".encode())],
    bad=[
        Bad(b"na\xc3ve, na\xc3\xafve\n", ["doc.txt:1:3"], "a byte was lost"),
        Bad("a€".encode()[:3] + b" b\nc\x80\n", ["doc.txt:1:2", "doc.txt:2:2"], "half a character, a stray byte"),
        Bad(b"nul: \xc0\x80, slash: \xe0\x80\xaf\n", ["doc.txt:1:6", "doc.txt:1:16"], "overlong forms"),
        Bad(
            b"smile: \xed\xa0\xbd\xed\xb8\x80\n",
            ["doc.txt:1:8"],
            "CESU-8",
            mended="smile: 😀\n".encode(),
        ),
        Bad(b"\xed\xa0\xbd, \xf4\x90\x80\x80 and \xff.\n", ["doc.txt:1:1", "doc.txt:1:4", "doc.txt:1:10"]),
    ],
)
def invalid_utf8(document: Document) -> Iterator[Hit]:
    """The document holds bytes that are not UTF-8.

    Programs stop there, skip them or show a replacement character, each in its own way. A character cut
    short or a stray byte is what a damaged copy leaves behind. Take the passage from the source again. A
    pair of surrogates, as Java and Oracle write it (CESU-8), has only one meaning and can be fixed.

    The Unicode Standard, table 3-7, and RFC 3629, section 4, say which byte sequences are well-formed; each
    finding is one ill-formed sequence. The document's very first and last character are left to ENC012, a
    document in another encoding to ENC013, and what was pasted from one to ENC014.
    """
    from validator import encodings

    for span, kind in encodings.damage(document.data):
        if kind != "pasted":
            sequence = document.data[span.start : span.end]
            words: dict[str, object] = {"bytes": sequence.hex(" ").upper(), "damage": _damage(kind, sequence)}
            pair = Fix((Edit(span, _meant(sequence).encode()),)) if kind == "cesu" else None
            yield Hit(span, words, fix=pair)


def _damage(kind: str, sequence: bytes) -> str:
    first = sequence[0]
    if kind == "cut":
        length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        return f"a character cut short ({len(sequence)} of {length} bytes)"
    if kind == "overlong":
        length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        whole = f" of U+{_number(sequence):04X}" if len(sequence) == length else ""
        return f"an overlong form{whole}"
    if kind == "surrogate":
        whole = f", U+{_number(sequence):04X}" if len(sequence) == 3 else ""
        return f"half of a surrogate pair{whole}"
    if kind == "cesu":
        return f"a surrogate pair (CESU-8) for {text.shown(_meant(sequence))}, U+{ord(_meant(sequence)):04X}"
    if kind == "above":
        return "a character beyond U+10FFFF"
    if kind == "stray":
        return "the inside of a character, without its beginning"
    return "a byte that UTF-8 never uses"


def _number(sequence: bytes) -> int:
    """The code point that a sequence would stand for if it were well-formed."""
    number = sequence[0] & (0x7F >> len(sequence))
    for byte in sequence[1:]:
        number = number << 6 | byte & 0x3F
    return number


def _meant(pair: bytes) -> str:
    """The character that a pair of surrogates stands for."""
    return pair.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")


@invalid_utf8.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    damage = random.choice([b"\xff", b"\xc3", b"\xe2\x82", b"\xc0\x80", b"\xed\xa0\x80"])
    faults.insert(tree, random, " Größe €5 ".encode() + damage + b" ")
