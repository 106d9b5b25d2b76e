"""Screening: two fast ways to look at bytes, held to each other and to a slow and obvious third."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import lines
from tests.test_text import troubles
from validator import screening, text, vectorised

Look = Callable[[bytes], int]
LOOKS = pytest.mark.parametrize("look", [screening.look, vectorised.looker()], ids=["standard library", "vectorised"])

CHARACTERS = {
    screening.C1_CONTROL: {chr(code) for code in range(0x80, 0xA0)} - {"\x85"},
    screening.LINE_SEPARATOR: set("\x85\u2028\u2029"),
    screening.BIDI: set(text.BIDI_CONTROLS),
    screening.INVISIBLE: set(text.INVISIBLES),
    screening.REPLACEMENT: {"\ufffd"},
    screening.NONCHARACTER: {chr(c) for c in range(0x110000) if c & 0xFFFE == 0xFFFE or 0xFDD0 <= c <= 0xFDEF},
    screening.PRIVATE_USE: {chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) == "Co"},
    screening.TAG: {chr(code) for code in range(0xE0000, 0xE0080)},
    screening.SELECTOR: {chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))},
}
MARKS = [*range(0x300, 0x370), *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00), *range(0x20D0, 0x2100)]
CHARACTERS[screening.MARK] = {chr(code) for code in (*MARKS, *range(0xFE20, 0xFE30))}


def script(character: str) -> str:
    if character.isascii():
        return "Latin" if character.isalpha() else ""
    if "\u00c0" <= character <= "\u0280" and character.encode()[0] in range(0xC3, 0xCA):
        return "Latin"
    return "other" if "\u0380" <= character <= "\u04ff" else ""


def reference(data: bytes) -> int:
    """What a document is told to hold, read character by character; not for UTF-16 and binary data."""
    facts = 0
    if data and data[-1:] != b"\n":
        facts |= screening.NO_FINAL_NEWLINE
    for bit, wanted in ((screening.CARRIAGE_RETURN, b"\r"), (screening.NUL, b"\0"), (screening.SHIFTED, b"~{")):
        if data.find(wanted) >= 0:
            facts |= bit
    if any((byte < 0x20 and byte not in b"\0\t\n\r") or byte == 0x7F for byte in data):
        facts |= screening.CONTROL
    if data.startswith(b"\xef\xbb\xbf"):
        facts |= screening.BYTE_ORDER_MARK
    if data.removeprefix(b"\xef\xbb\xbf").startswith(b"---"):
        facts |= screening.FRONT_MATTER
    if not data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").strip():
        facts |= screening.BLANK
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError:
        return facts & ~screening.SHIFTED | screening.ILL_FORMED
    if "\ufeff" in content[1:]:
        facts |= screening.INNER_BYTE_ORDER_MARK
    for character in content.removeprefix("\ufeff"):
        for bit, members in CHARACTERS.items():
            if character in members:
                facts |= bit
        if any(bit == screening.COMPOSING and a <= ord(character) <= b for bit, a, b in screening.ranges()):
            facts |= screening.COMPOSING
    if any({script(a), script(b)} == {"Latin", "other"} for a, b in itertools.pairwise(content)):
        facts |= screening.MIXED_SCRIPT
    return facts


EDGES = sorted({edge + d for _, first, last in screening.ranges() for edge in (first, last) for d in (-1, 0, 1)})
MISREAD = [
    "Ã©",
    "é\u00a0»",
    "Ð¿",
    "√©",
    "â€™",
    "βÂ€",
    "├í",
    "╬",
    "–æ",
    "‚Äô",
    "„Å",
    "ÔÇ",
    "锟斤拷",
    "€©",
    "é¿",
    "о",
    "。",
]
misread = st.sampled_from(MISREAD).map(str.encode)
edges = st.sampled_from([chr(code) for code in EDGES if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF])
bytes_of_utf8 = st.sampled_from([bytes([byte]) for byte in (*range(0x7E, 0x100), 0x0A, 0x41)])
bytes_in_utf8 = st.lists(bytes_of_utf8, max_size=5).map(b"".join)
characters = st.one_of(edges, st.characters(exclude_categories=["Cs"])).map(str.encode)
pieces = st.one_of(
    lines.map(str.encode), misread, troubles, characters, characters, bytes_in_utf8, st.binary(max_size=3)
)
documents = st.lists(pieces, max_size=12).map(b"".join)


def is_text(data: bytes) -> bool:
    return not text.wide_encoding(data) and not text.binary_kind(data)


@LOOKS
@given(data=documents)
@example(data=b"")
@example(data="é".encode())
@example(data=b"\xc3")
@example(data=b"\xf0\x9f\x98")
@example(data="\ufeff\ufeff".encode())
@example(data=("\u3000" * 30).encode())
@example(data=b"---\xff")
@example(data=b"\xef\xbb\xbf---\n")
def test_both_ways_say_what_reading_says(look: Look, data: bytes) -> None:
    if is_text(data):
        facts = screening.screened(data, look)
        assert facts & ~screening.MOJIBAKE == reference(data)
        assert facts == screening.screen(data)


@LOOKS
@given(data=st.lists(documents, max_size=4).map(b"".join), window=st.integers(screening.OVERLAP + 8, 80))
def test_the_seams_between_windows_hide_nothing(look: Look, data: bytes, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screening, "WINDOW", window)
        if is_text(data):
            assert screening.screened(data, look) & ~screening.MOJIBAKE == reference(data)


@LOOKS
def test_every_sequence_of_up_to_four_bytes_from_the_edges_of_the_table_is_judged_as_python_does(look: Look) -> None:
    edge = b"A\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff"
    for length in (1, 2, 3, 4):
        for sequence in itertools.product(edge, repeat=length):
            data = b"a" + bytes(sequence) + b"b\n"
            try:
                data.decode()
            except UnicodeDecodeError:
                well_formed = False
            else:
                well_formed = True
            assert bool(look(data) & screening.ILL_FORMED) != well_formed, data


@LOOKS
def test_every_character_sets_its_bits_and_no_others(look: Look) -> None:
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x30000, 1), *range(0xE0000, 0xE0200), *EDGES):
        if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            character = chr(code).encode()
            expected = sum({bit for bit, first, last in screening.ranges() if first <= code <= last})
            assert look(b" " + character + b" \n") & ~screening.MOJIBAKE & ~screening.CONTROL == expected, hex(code)


def test_whatever_composes_is_watched() -> None:
    composing = [(first, last) for bit, first, last in screening.ranges() if bit == screening.COMPOSING]
    for code in map(ord, filter(unicodedata.decomposition, map(chr, range(0x110000)))):
        parts = unicodedata.decomposition(chr(code)).split()
        if parts[0].startswith("<"):
            continue
        changes = unicodedata.normalize("NFC", chr(code)) != chr(code)
        watched = code if changes else int(parts[1], 16)
        assert any(first <= watched <= last for first, last in composing), hex(code)


@LOOKS
def test_damaged_documents_of_every_size_are_told_alike(look: Look) -> None:
    random = Random(11)
    healthy = "Où est l’été ? Größe, Жизнь, 天地玄黄，宇宙。 ภาษาไทย नमस्ते 😀 “quoted” ".encode()
    for size in (100, 5_000, 3 * screening.WINDOW):
        for _ in range(30):
            data = bytearray((healthy * (size // len(healthy) + 1))[:size])
            for _ in range(random.randint(0, 3)):
                data[random.randrange(size)] = random.randrange(256)
            if is_text(bytes(data)):
                assert screening.screened(bytes(data), look) == screening.screen(bytes(data))


@given(data=st.lists(documents, max_size=6).map(b"".join), size=st.integers(40, 90))
def test_a_document_in_pieces_says_what_the_whole_says(data: bytes, size: int) -> None:
    """But for what only the first 4096 bytes can tell, which the first piece has to hold."""
    start = max(size, 4 + data.startswith(b"\xef\xbb\xbf") * 3)
    if is_text(data) and is_text(data[:start]):
        pieces = [data[:start], *(data[at : at + size] for at in range(start, len(data), size))]
        found = screening.survey(pieces, screening.look) & ~screening.MOJIBAKE
        assert found == screening.screen(data) & ~screening.MOJIBAKE
