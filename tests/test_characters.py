"""Laws of the rules on single characters: what is hidden is shown, what is mended stays mended."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.test_text import document_of, mended
from validator import screening, text
from validator.model import Hit
from validator.rules import catalogue

RULES = {rule.code: rule for rule in catalogue()}
CODES = ("ENC005", "ENC006", "ENC008", "ENC009", "TXT003", "TXT009", "TXT010", "TXT013", "TXT014", "TXT015")

NONCHARACTERS = {*range(0xFDD0, 0xFDF0), *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF))}
PRIVATE = {*range(0xE000, 0xF900), *range(0xF0000, 0xFFFFE), *range(0x100000, 0x10FFFE)}
TAGS = {*range(0xE0000, 0xE0080)}
SELECTORS = "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
SPACES = "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u205f"
MARKS = "".join(map(chr, (0x300, 0x336, 0x36F, 0x1AB0, 0x1AFF, 0x1DC0, 0x1DFF, 0x20D0, 0x20FF, 0xFE20, 0xFE2F)))
FLAGS = ("gbeng", "gbsct", "gbwls")

TROUBLE = (
    *("a", "天", "❤", "😀", "🏴", "1", " ", "\n", "\r\n", "é", "م", "\u0300", "\u0336\u0337", "\u034f", "\ufe0f", "="),
    *("\U000e0100", "\U000e0067", "\U000e007f", "\U000e0001", "\x85", "\u2028", "\u2029", "\x80", "\x9b", "\ufe00"),
    *("\ufdd0", "\ufffe", "\U0003ffff", "\ue000", "\uf8ff", "\U000f0000", "\U0010fffd", "\u2009", "\u205f", "\u1680"),
    *("\x1b", "[", "]", "0;", "m", "\\", "\x07", "(", "B", "\x1b[31m", "\x1b]0;t\x07", "\x1bP", "\x0c", "\x08"),
)
characters = st.characters(exclude_categories=["Cs"])
contents = st.lists(st.one_of(st.sampled_from(TROUBLE), characters), max_size=16).map("".join)


def hits(code: str, content: str | bytes) -> list[Hit]:
    data = content if isinstance(content, bytes) else content.encode()
    return list(RULES[code].check(document_of(data)))


def marked(code: str, content: str) -> list[str]:
    data = content.encode()
    return [data[hit.span.start : hit.span.end].decode() for hit in hits(code, data) if hit.span is not None]


def mend(code: str, data: bytes) -> bytes:
    return mended(data, [hit.fix for hit in hits(code, data) if hit.fix is not None])


# ---- all of them


@given(contents)
def test_screening_wakes_every_rule_on_characters(content: str) -> None:
    document = document_of(content.encode())
    assume(not document.facts & screening.NOT_TEXT)
    asleep = [rule for code in CODES if (rule := RULES[code]).wakes and not rule.wakes & document.facts]
    assert [rule.code for rule in asleep if any(rule.check(document))] == []


@pytest.mark.parametrize("code", [code for code in CODES if code != "TXT013"])
@given(content=contents)
def test_what_is_mended_stays_mended(code: str, content: str) -> None:
    data = content.encode()
    assume(not screening.screen(data) & (screening.NOT_TEXT | screening.BLANK))
    after = mend(code, data)
    assume(not screening.screen(after) & (screening.NOT_TEXT | screening.BLANK))
    assert [hit for hit in hits(code, after) if hit.fix is not None] == []


@pytest.mark.parametrize("code", CODES)
@given(content=contents)
def test_findings_are_whole_characters_in_order(code: str, content: str) -> None:
    data = content.encode()
    edges = [edge for hit in hits(code, data) if hit.span for edge in (hit.span.start, hit.span.end)]
    assert edges == sorted(edges)
    assert all(data[start:end].decode() for start, end in zip(edges[::2], edges[1::2], strict=True))


# ---- sets of characters


@pytest.mark.parametrize(
    ("code", "codes"),
    [("ENC008", NONCHARACTERS), ("ENC009", PRIVATE), ("TXT009", TAGS), ("TXT003", {0x85, 0x2028, 0x2029})],
)
def test_a_rule_knows_all_of_its_characters_and_no_other(code: str, codes: set[int]) -> None:
    everything = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    found = marked(code, " ".join(map(chr, everything)))
    assert {ord(character) for character in found} == codes
    assert len(found) == len(codes)


@given(st.lists(st.sampled_from(sorted(NONCHARACTERS | PRIVATE)).map(chr), min_size=1).map("".join))
def test_a_row_is_one_finding_and_each_character_in_one(content: str) -> None:
    nones, privates = marked("ENC008", content), marked("ENC009", content)
    assert nones == re.findall(f"[{''.join(map(chr, sorted(NONCHARACTERS)))}]+", content)
    assert sorted("".join([*nones, *privates])) == sorted(content)


# ---- line separators


@given(st.lists(st.sampled_from(["one", "two", "\x85", "\u2028", "\u2029", "\n", "\r\n"])).map("".join))
def test_separators_become_line_ends(content: str) -> None:
    document = document_of(content.encode())
    assume(not document.facts & screening.BLANK)
    after = mend("TXT003", content.encode()).decode()
    assert re.sub("\r?\n", "\n", after) == re.sub("\r?\n|[\x85\u2028\u2029]", "\n", content)


@given(contents)
def test_next_line_is_for_one_rule_only(content: str) -> None:
    assert "\x85" not in "".join(marked("ENC006", content))


# ---- tags

tagged = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)


def tag(content: str) -> str:
    return "".join(chr(0xE0000 + ord(character)) for character in content)


@given(tagged)
def test_what_is_hidden_in_tags_is_shown(hidden: str) -> None:
    (hit,) = hits("TXT009", "x" + tag(hidden))
    said = RULES["TXT009"].message.format(**hit.words)
    assert f"'{hidden[:60]}{'…' * (len(hidden) > 60)}'" in said


@given(st.lists(st.sampled_from([tag("g"), "\U000e007f", *map(tag, FLAGS), "🏴", "x"])).map("".join))
def test_tags_are_left_alone_in_three_flags_only(content: str) -> None:
    flags = "|".join(f"🏴{tag(region)}\U000e007f" for region in FLAGS)
    rest = re.sub(flags, lambda flag: "🏴" + "." * (len(flag[0]) - 1), content)
    assert marked("TXT009", content) == re.findall("[\U000e0000-\U000e007f]+", rest)
    assert mend("TXT009", content.encode()).decode() == re.sub(
        f"({flags})|[\U000e0000-\U000e007f]", lambda found: found[1] or "", content
    )


# ---- variation selectors


def selectors(data: bytes) -> str:
    return "".join(SELECTORS[byte] for byte in data)


@given(before=contents, run=st.text(st.sampled_from(SELECTORS), min_size=2))
def test_two_selectors_or_more_are_always_one_finding(before: str, run: str) -> None:
    before = before.rstrip(SELECTORS)
    assert marked("TXT010", f"{before}{run}x")[-1] == run


@given(base=st.sampled_from("😀a天 ❤"), hidden=st.text(st.characters(categories=["L", "N"]), min_size=2, max_size=40))
def test_what_is_hidden_in_selectors_is_shown(base: str, hidden: str) -> None:
    (hit,) = hits("TXT010", base + selectors(hidden.encode()))
    shown = text.shown(hidden)
    assert f"'{shown}'" in RULES["TXT010"].message.format(**hit.words)


@given(st.one_of(st.binary(min_size=2), st.text(characters, min_size=2).map(str.encode)))
def test_whatever_is_hidden_in_selectors_the_message_can_be_printed(hidden: bytes) -> None:
    (hit,) = hits("TXT010", "a" + selectors(hidden))
    said = RULES["TXT010"].message.format(**hit.words)
    assert said == text.shown(said)
    assert len(said) < 700


@given(base=st.characters(categories=["Ll", "Lu"], max_codepoint=0x052F), selector=st.sampled_from(SELECTORS))
def test_latin_greek_and_cyrillic_letters_take_no_selector(base: str, selector: str) -> None:
    assert marked("TXT010", f"{base}{selector}") == [selector]


# ---- escape sequences


@given(contents)
@example("\x1b[\x1b[31m\x1b]0;\x1b]0;t\x07")
@example("\x1b\x1b[mm")
def test_controls_are_found_by_one_rule(content: str) -> None:
    data = content.encode()
    in_sequences = [range(hit.span.start, hit.span.end) for hit in hits("TXT013", data) if hit.span]
    alone = [at for hit in hits("ENC005", data) if hit.span for at in range(hit.span.start, hit.span.end)]
    assert [at for at in alone if any(at in sequence for sequence in in_sequences)] == []
    found = {*alone, *(at for sequence in in_sequences for at in sequence)}
    assert [at for at, byte in enumerate(data) if byte == 0x1B and at not in found] == []


ESCAPES = (
    *(b"\x1b[m", b"\x1b[0;31m", b"\x1b[?25l", b"\x1b[2 q", b"\x1b]0;a b\x07", b"\x1b]8;;https://x.example/\x1b\\"),
    *(b"\x1b(B", b"\x1b)0", b"\x1b#8", b"\x1b%G", b"\x1b$)C", b"\x1b=", b"\x1b7", b"\x1bM", b"\x1bc", b"\x1bPq~\x1b\\"),
    "\x1b]0;naïve 天\x07".encode(),
)
words = st.sampled_from(["red", "天", "a b", "\n", "1", "x\ty", "[m"])


@given(st.lists(st.tuples(words.map(str.encode), st.lists(st.sampled_from(ESCAPES), max_size=3)), max_size=6))
def test_without_its_escape_sequences_a_text_is_what_it_was(pieces: list[tuple[bytes, list[bytes]]]) -> None:
    data = b"".join(word + b"".join(escapes) for word, escapes in pieces)
    assert mend("TXT013", data) == b"".join(word for word, _ in pieces)
    assert len(hits("TXT013", data)) == sum(1 for _, escapes in pieces if escapes)
    assert hits("ENC005", data) == []


@given(contents)
@example("\x1b\x1b[m[m")
def test_escape_sequences_can_be_stripped_for_good(content: str) -> None:
    data = content.encode()
    for _ in range(len(data)):  # what stood around a sequence may be one
        data, before = mend("TXT013", data), data
        if data == before:
            break
    assert hits("TXT013", data) == []
    assert re.search(text.ESCAPE_SEQUENCE, data) is None


@pytest.mark.parametrize("encoding", ["iso2022_jp", "iso2022_kr"])
def test_shifts_between_character_sets_are_no_escape_sequences_of_a_terminal(encoding: str) -> None:
    data = ("ひらがな, かたかな\n" if encoding == "iso2022_jp" else "한글, 한국어\n").encode(encoding)
    assert hits("TXT013", data) == []
    assert hits("ENC005", data) == []
    assert len(hits("TXT013", data + b"\x1b[m")) > 1


# ---- marks, spaces, lines


@given(st.text(st.sampled_from(MARKS + "\u034fa")))
def test_five_marks_are_a_tower(content: str) -> None:
    towers = [run for run in re.findall(f"[{MARKS}\u034f]+", content) if len(run.replace("\u034f", "")) >= 5]
    assert marked("TXT015", content) == towers


@given(st.text(st.sampled_from(SPACES + "a\u00a0\u202f\u3000 \u1680"), min_size=1).map("x".__add__), st.booleans())
def test_unusual_spaces_become_plain(content: str, has_ogham: bool) -> None:
    content += "ᚁ" if has_ogham else ""
    unusual = SPACES if has_ogham else SPACES + "\u1680"
    assert mend("TXT014", content.encode()).decode() == re.sub(f"[{unusual}]", " ", content)


@given(
    st.lists(st.tuples(st.sampled_from("x天é"), st.integers(0, 4500), st.sampled_from(["\n", "\r", "\r\n", "\n\n"]))),
    st.sampled_from(["", "x", "天" * 2000, "é" * 2001]),
)
def test_long_lines_are_counted_in_characters(lines: list[tuple[str, int, str]], last: str) -> None:
    content = "".join(character * length + end for character, length, end in lines) + last
    long = [line for line in re.split("[\r\n]", content) if len(line) > 2000]
    assert marked("TXT012", content) == long
