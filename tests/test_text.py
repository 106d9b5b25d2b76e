"""Bytes as text: positions, damage, screening and display, each against a plain account of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.strategies import ALPHABETS, lines
from validator import container, engine, screening, text, trees
from validator.model import Document, Finding, Fix, Options, Place, Record, Span
from validator.rule import Rule
from validator.rules import catalogue

RULES = {rule.code: rule for rule in catalogue()}

TROUBLE = (
    *(b"\0", b"\0\0\0", b"\x08", b"\x0c", b"\x1b[0m", b"\x7f", b"\r", b"\r\n", b"\r\r\n", b"\xef\xbb\xbf"),
    *("\x85\x93\x9f\ufffd\ufffe" + text.BIDI_CONTROLS + text.INVISIBLES),
    *(b"\xff", b"\x80", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80"),
    *(b"\xed\xa0\xbd", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\xf5\x80", b"\xfc\x80\x80\x80\x80\x80"),
    *(b"\n", b" \n", b"\t\r\n", b"<<<FILE 1 a>>>", b"\n<<<END 1>>>\n", b"\n\\<<<FILE\n"),
)
troubles = st.sampled_from([piece.encode() if isinstance(piece, str) else piece for piece in TROUBLE])
pieces = st.one_of(lines.map(str.encode), troubles, st.binary(max_size=3), st.just(b"\n"))
documents = st.lists(pieces, max_size=8).map(b"".join)
words = st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, min_size=1, max_size=20))


def place_of(data: bytes, read: list[int] | None = None) -> Place:
    def reader(start: int, end: int) -> bytes:
        if read is not None:
            read.append(end - start)
        return data[start:end]

    return Place("doc.txt", reader, len(data))


def document_of(data: bytes) -> Document:
    return Document(
        "doc.txt", data, place_of(data), screening.screen(data), Record("doc.txt", "doc.txt", len(data), "")
    )


# ---- positions


def naive_position(data: bytes, offset: int) -> tuple[int, int]:
    line = data[:offset].split(b"\n")[-1]
    return data.count(b"\n", 0, offset) + 1, sum(byte & 0xC0 != 0x80 for byte in line) + 1


@given(data=documents, offsets=st.lists(st.integers(0, 200)), window=st.integers(1, 9), mark=st.integers(1, 30))
def test_a_position_is_what_counting_from_the_start_gives(
    data: bytes, offsets: list[int], window: int, mark: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_WINDOW", window)
        patch.setattr(text, "_MARK", mark)
        found = text.Lines(place_of(data))
        for offset in offsets:
            at = min(offset, len(data))
            assert found.position(at) == naive_position(data, at)


@pytest.mark.parametrize(
    "data", [b"a" * 5_000_000, b"\x80" * 5_000_000, b"\n" * 5_000_000], ids=["long", "odd", "many"]
)
def test_rising_positions_read_the_file_once_and_going_back_costs_little(data: bytes) -> None:
    read: list[int] = []
    found = text.Lines(place_of(data, read))
    for offset in range(0, len(data), 10_000):
        found.position(offset)
    assert sum(read) <= len(data)
    read.clear()
    for offset in range(len(data), 0, -500_000):
        found.position(offset)
    assert sum(read) <= 11 * 1.1 * (1 << 20)


def test_a_position_in_a_file_that_has_become_shorter_is_that_of_its_end() -> None:
    found = text.Lines(Place("doc.txt", lambda start, end: b"ab\nc"[start:end], 100))
    assert found.position(50) == (2, 2)


@given(before=words, marked=words, after=words, times=st.integers(1, 30), newline=st.sampled_from(["\n", "\r\n", ""]))
def test_an_excerpt_is_whole_characters_of_one_line(
    before: str, marked: str, after: str, times: int, newline: str
) -> None:
    left, mark, right = (f"{part}".encode() * times for part in (before, marked, after))
    data = b"first\n" + left + mark + right + newline.encode() + b"last"
    found = text.Lines(place_of(data))
    span = Span(6 + len(left), 6 + len(left) + len(mark))
    found.position(span.start)
    excerpt = found.excerpt(span)
    line = left + mark + right + (b"" if newline else b"last")
    shown = excerpt.before + excerpt.marked + excerpt.after
    assert shown.decode()
    assert shown in line
    assert left.endswith(excerpt.before)
    assert mark.startswith(excerpt.marked)
    assert excerpt.clipped_before == (excerpt.before != left)
    assert excerpt.clipped_after == (len(left + excerpt.marked + excerpt.after) < len(line))


@given(data=documents, start=st.integers(0, 100), length=st.integers(0, 30))
def test_an_excerpt_of_anything_is_part_of_it(data: bytes, start: int, length: int) -> None:
    span = Span(min(start, len(data)), min(start + length, len(data)))
    found = text.Lines(place_of(data))
    found.position(span.start)
    excerpt = found.excerpt(span)
    assert data[: span.start].endswith(excerpt.before)
    assert data[span.start : span.end].startswith(excerpt.marked)
    assert excerpt.marked or span.start == span.end
    assert excerpt.before + excerpt.marked + excerpt.after in data


def fitting(part: str, at_end: bool = False) -> bytes:
    """The whole characters at the beginning of a text, or at its end, that 160 bytes hold."""
    data = part.encode()
    return (data[-160:] if at_end else data[:160]).decode("utf-8", "ignore").encode()


@given(
    parts=st.tuples(*[st.tuples(st.sampled_from(["a", "é", "天", "😀"]), st.integers(0, 3), st.integers(0, 170))] * 3),
    newline=st.sampled_from(["\n", "\r\n", ""]),
    first=st.booleans(),
)
@example(parts=(("a", 0, 160), ("a", 0, 160), ("a", 0, 160)), newline="\n", first=True)
@example(parts=(("a", 1, 160), ("a", 1, 160), ("a", 1, 160)), newline="", first=False)
@example(parts=(("😀", 1, 90), ("😀", 1, 90), ("😀", 1, 90)), newline="\n", first=False)
@example(parts=(("😀", 3, 90), ("😀", 3, 9), ("😀", 3, 90)), newline="\n", first=False)
def test_an_excerpt_shows_all_that_there_is_room_for(
    parts: tuple[tuple[str, int, int], ...], newline: str, first: bool
) -> None:
    before, marked, after = ("a" * lead + character * times for character, lead, times in parts)
    marked = marked or "x"
    above = "" if first else "above\n"
    data = f"{above}{before}{marked}{after}{newline}".encode() + b"below\nand\nbelow\n" * bool(newline)
    found = text.Lines(place_of(data))
    start = len((above + before).encode())
    found.position(start)
    excerpt = found.excerpt(Span(start, start + len(marked.encode())))
    is_long = len(marked.encode()) > 160
    shown_after = b"" if is_long else fitting(after)
    assert (excerpt.before, excerpt.marked, excerpt.after) == (fitting(before, True), fitting(marked), shown_after)
    assert excerpt.clipped_before == (len(before.encode()) > 160)
    assert excerpt.clipped_after == (len(excerpt.marked + shown_after) < len((marked + after).encode()))


@pytest.mark.parametrize(
    ("data", "span", "expected"),
    [
        (b"ab\ncd\nef", Span(2, 3), (b"ab", b"\n", b"")),
        (b"ab\r\ncd", Span(2, 4), (b"ab", b"\r", b"")),
        (b"ab\ncd", Span(1, 4), (b"a", b"b", b"")),
        (b"\x80\x80ab\ncd", Span(2, 3), (b"\x80\x80", b"a", b"b")),
        (b"ab\ncd", Span(1, 1), (b"a", b"", b"b")),
    ],
)
def test_a_line_end_and_odd_bytes_in_an_excerpt(data: bytes, span: Span, expected: tuple[bytes, bytes, bytes]) -> None:
    found = text.Lines(place_of(data))
    found.position(span.start)
    excerpt = found.excerpt(span)
    assert (excerpt.before, excerpt.marked, excerpt.after) == expected


# ---- damage


@given(
    content=st.text(st.sampled_from("aé天😀"), min_size=1, max_size=6),
    cut=st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
@example(content="é", cut=(0, 1))
def test_the_edges_of_a_cut_text_are_parts_of_characters(content: str, cut: tuple[int, int]) -> None:
    whole = content.encode()
    start, end = sorted(min(at, len(whole)) for at in cut)
    edges = [len(content[:at].encode()) for at in range(len(content) + 1)]
    first, last = min(at for at in edges if at >= start), max(at for at in edges if at <= end)
    assume(first <= last)
    assert text.cut_edges(whole[start:end]) == (Span(0, first - start), Span(last - start, end - start))


def strictly(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@given(data=documents)
@example(data=b"\xe2\x82\xe2\x82\xac\xed\xa0\x80\xed\xb0\x80\xed\xb0")
def test_the_ill_formed_sequences_are_all_that_a_strict_decoder_refuses(data: bytes) -> None:
    spans = [span for span, _ in text.ill_formed(data)]
    edges = [0, *(offset for span in spans for offset in (span.start, span.end)), len(data)]
    assert edges == sorted(edges)
    assert all(span.start < span.end for span in spans)
    assert (spans == []) == strictly(data)
    assert all(strictly(data[end:start]) for end, start in zip(edges[::2], edges[1::2], strict=True))
    escaped = sum("\udc80" <= character <= "\udcff" for character in data.decode("utf-8", "surrogateescape"))
    assert sum(span.end - span.start for span in spans) == escaped


DAMAGE = [
    ("80", ["stray"]),
    ("8080", ["stray", "stray"]),
    ("C3", ["cut"]),
    ("E282", ["cut"]),
    ("F09F98", ["cut"]),
    ("F4", ["cut"]),
    ("E2C3A9", ["cut"]),
    ("E0", ["cut"]),
    ("EDA0", ["surrogate"]),
    ("EDA0BD", ["surrogate"]),
    ("EDB880EDA0BD", ["surrogate", "surrogate"]),
    ("EDA0BDEDB880", ["cesu"]),
    ("C080", ["overlong"]),
    ("C1", ["byte"]),
    ("E080AF", ["overlong"]),
    ("F0808080", ["overlong"]),
    ("F08080", ["overlong"]),
    ("F4908080", ["above"]),
    ("F5808080", ["above"]),
    ("F5", ["byte"]),
    ("FCFEFF", ["byte", "byte", "byte"]),
    ("F8808080", ["byte", "stray", "stray", "stray"]),
    ("E28280C080", ["overlong"]),
]


@pytest.mark.parametrize(("hexadecimal", "kinds"), DAMAGE, ids=[name for name, _ in DAMAGE])
@pytest.mark.parametrize("around", [(b"", b""), (b"a", b"b\n"), ("é".encode(), "天".encode())])
def test_damage_is_told_by_kind(hexadecimal: str, kinds: list[str], around: tuple[bytes, bytes]) -> None:
    data = around[0] + bytes.fromhex(hexadecimal) + around[1]
    assert [kind for _, kind in text.ill_formed(data)] == kinds


@given(content=st.text(st.sampled_from("aé天😀\n"), min_size=1), cut=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_a_cut_document_gives_one_finding_for_each_cut_end(content: str, cut: tuple[int, int]) -> None:
    whole = content.encode()
    start, end = cut[0], max(cut[0], len(whole) - cut[1])
    data = whole[start:end]
    starts_inside = data != b"" and whole[start] & 0xC0 == 0x80
    ends_inside = data != b"" and end < len(whole) and whole[end] & 0xC0 == 0x80
    is_inside_of_one = starts_inside and data.strip(bytes(range(0x80, 0xC0))) == b""
    found = [finding.code for finding in found_in(data) if finding.code in ("ENC001", "ENC012")]
    assert found == ["ENC012"] * (1 if is_inside_of_one else starts_inside + ends_inside)


@given(content=st.text(st.sampled_from("aé天😀\n")), pattern=st.sampled_from(["[aé]+", "天|😀", "é?", "\n"]))
def test_what_matches_in_a_text_is_found_in_its_bytes(content: str, pattern: str) -> None:
    found = [(span, match[0]) for span, match in text.matches(pattern, content)]
    assert [word for _, word in found] == re.findall(pattern, content)
    assert [content.encode()[span.start : span.end].decode() for span, _ in found] == [word for _, word in found]
    starts = [len(content[: match.start()].encode()) for match in re.finditer(pattern, content)]
    assert [span.start for span, _ in found] == starts


# ---- screening

SELF_JUDGING = (
    *("ENC001", "ENC004", "ENC005", "ENC006", "ENC007", "ENC012", "ENC016"),
    *("TXT001", "TXT002", "TXT005", "TXT007", "TXT008"),
)
"""The rules that find nothing where there is nothing, even if nobody woke them."""


def sleeps(rule: Rule, facts: int) -> bool:
    return bool(rule.wakes) and not rule.wakes & facts


@given(data=documents)
def test_screening_wakes_every_rule_that_would_find_something(data: bytes) -> None:
    document = document_of(data)
    facts = document.facts
    assert bool(facts & screening.WIDE) == bool(text.wide_encoding(data))
    assert bool(facts & (screening.WIDE | screening.BINARY)) == bool(text.wide_encoding(data) or text.binary_kind(data))
    if facts & (screening.WIDE | screening.BINARY):
        return
    assert bool(facts & screening.ILL_FORMED) == (not strictly(data))
    asleep = [
        rule
        for rule in map(RULES.__getitem__, SELF_JUDGING)
        if sleeps(rule, facts) and (rule.raw or not facts & screening.NOT_TEXT)
    ]
    assert [rule.code for rule in asleep if any(rule.check(document))] == []


# ---- encodings and kinds

PASSAGES = (
    "Everything is in order here.\n",
    "Zażółć gęślą jaźń, “and” so on – or not.\n",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.\n",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.\n",
    "דג סקרן שט בים מאוכזב ולפתע מצא חברה.\n",
    "نص حكيم له سر قاطع وذو شأن عظيم.\n",
    "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा।\n",
    "ਪੰਜਾਬੀ ਬੋਲੀ ਵਿੱਚ ਇੱਕ ਸਤਰ ਲਿਖੀ ਗਈ ਹੈ।\n",
    "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า\n",
    "키스의 고유조건은 입술끼리 만나야 하고.\n1\n2\n",
    "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。\n1\n2\n3\n",
    "いろはにほへと、散りぬるを。我が世誰ぞ、常ならむ。\n\n\n\n",
)


@pytest.mark.parametrize("passage", PASSAGES, ids=range(len(PASSAGES)))
@pytest.mark.parametrize("encoding", ["UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"])
def test_wide_encodings_are_told_with_and_without_a_mark(passage: str, encoding: str) -> None:
    assert text.wide_encoding(passage.encode(encoding)) == encoding
    assert text.wide_encoding((passage * 300).encode(encoding)) == encoding
    assert text.wide_encoding(("\ufeff" + passage).encode(encoding)) == encoding
    assert screening.screen(passage.encode(encoding)) & screening.NOT_TEXT == screening.WIDE


@pytest.mark.parametrize("passage", PASSAGES, ids=range(len(PASSAGES)))
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp1251", "gb18030", "shift-jis", "euc-kr"])
def test_other_encodings_are_never_taken_for_wide_ones_nor_for_binary(passage: str, encoding: str) -> None:
    data = passage.encode(encoding, "ignore") * 20
    assert screening.screen(data) & (screening.WIDE | screening.BINARY) == 0
    for middle in (len(data) // 2, len(data) // 2 + 1):
        assert screening.screen(data[:middle] + b"\0" + data[middle:]) & (screening.WIDE | screening.BINARY) == 0


@given(content=st.lists(lines, min_size=1, max_size=4).map("\n".join), at=st.integers(0, 50), times=st.integers(1, 3))
def test_a_few_nuls_do_not_make_a_text_binary(content: str, at: int, times: int) -> None:
    at = min(at, len(content))
    data = (content[:at] + "\0" * times + content[at:] + "\n").encode()
    assert screening.screen(data) & screening.NOT_TEXT == 0
    assert screening.screen(data) & screening.NUL


BINARIES = [
    (b"%PDF-1.4\n", "a PDF document"),
    (b"GIF89a\x01\x00\x01\x00\x80", "a GIF picture"),
    (b"RIFF\x24\x00\x00\x00WAVEfmt ", "a RIFF file (WAV, AVI, WebP)"),
    (b"BZh91AY&SY\x94\x9c", "bzip2 data"),
    (b"version https://git-lfs.github.com/spec/v1\r\noid sha256:", text.LFS_POINTER),
    (bytes(5), "nothing but NUL bytes"),
    (bytes(5000) + b"x", "binary data"),
    (bytes(range(256)) * 20, "binary data"),
    (b"a\0bc\0\0def\0" * 30, "binary data"),
]
TEXTS = [
    b"",
    b"\0",
    b"GIF89a is a format.\n",
    b"RIFF and RIFX\n",
    b"ID3 tags, caf\xc3\xa9\n",
    b"BZh is how bzip2 data begins\n",
    b"PK is short for Phil Katz\n",
    b"version https://git-lfs.github.com/spec/v1\n" + b"is how a pointer begins. " * 50,
    b"N\x08NA\x08AM\x08ME\x08E\n\tls\x1b[0m\n" * 50,
    b"text\n" + bytes(4091),
    "na\u00efve \u20ac\n".encode("cp1252") * 50,
]


@pytest.mark.parametrize(("data", "kind"), BINARIES, ids=range(len(BINARIES)))
def test_what_is_not_text_is_named(data: bytes, kind: str) -> None:
    assert text.binary_kind(data) == kind
    assert screening.screen(data) & screening.NOT_TEXT == screening.BINARY


@pytest.mark.parametrize("data", [data for data in TEXTS if data != b"\0"], ids=repr)
def test_what_only_looks_odd_is_text(data: bytes) -> None:
    assert text.binary_kind(data) == ""
    assert screening.screen(data) & (screening.WIDE | screening.BINARY) == 0


@pytest.mark.parametrize("before", [300, 301])
def test_a_character_cut_at_the_end_of_the_beginning_is_no_damage(before: int) -> None:
    data = b"\x01" * before + "é".encode() * 3000
    assert text.binary_kind(data) == ""
    assert text.binary_kind(data[:before] + b"\xff" * 3000) == "binary data"


@pytest.mark.parametrize(
    ("encoding", "codec", "content", "is_text"),
    [
        *(("ISO-2022-JP", "iso2022_jp", "ああ！", True), ("ISO-2022-JP", "iso2022_jp", "あ！", False)),
        *(("ISO-2022-JP", "iso2022_jp", "ああ！！！", False), ("ISO-2022-JP", "iso2022_jp", "a ｂああｶ b\n", False)),
        *(("ISO-2022-KR", "iso2022_kr", "제목 x\n", True), ("ISO-2022-KR", "iso2022_kr", "！！제", False)),
        *(("HZ", "hz", "的甑甑甑甑甑甑甑 x~\n", True), ("HZ", "hz", "的甑甑甑甑甑甑甑甑\n", False)),
    ],
)
def test_most_of_what_is_shifted_is_letters(encoding: str, codec: str, content: str, is_text: bool) -> None:
    try:
        data = content.encode(codec)
    except UnicodeEncodeError:
        data = b"\x1b$B\x7e\x7e$\x22\x1b(B\n"  # a code without a character
    assert text.seven_bit_text(data, encoding) == (content if is_text else "")
    assert text.seven_bit_encoding(data) == (encoding if is_text else "")


def test_chinese_in_seven_bits_is_read_without_its_shifts() -> None:
    shifted = bytes(byte & 0x7F for byte in "今天很好".encode("gb2312"))
    assert text.seven_bit_text(b"A \x1b$)A\x0e" + shifted + b"\x0f B\n", "ISO-2022-CN") == "A 今天很好 B\n"


# ---- display


@given(st.text(st.one_of(st.characters(), st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]))))
def test_what_is_shown_can_be_seen(content: str) -> None:
    for character in text.shown(content):
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        assert character in " \u3000" or unicodedata.category(character) != "Zs"
        assert character not in text.INVISIBLES


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("plain \\n", "plain \\n"),
        ("天\u3000地 é e\u0301", "天\u3000地 é e\u0301"),
        ("\x1b[2J\x7f\x9b", "\\x1b[2J\\x7f\\x9b"),
        ("a\u202eb\u2028c\ud800", "a\\u202eb\\u2028c\\ud800"),
        ("\udc80\udcff\udc7f\udd00", "\\x80\\xff\\udc7f\\udd00"),
        ("\x85\U00010000\uffff\u0100", "\\x85𐀀\\uffffĀ"),
        ("\U000e0041\u3164", "\\U000e0041\\u3164"),
    ],
)
def test_what_cannot_be_seen_is_written_as_an_escape(content: str, expected: str) -> None:
    assert text.shown(content) == expected


# ---- direction

EMBEDDINGS, ISOLATES, POP_EMBEDDING, POP_ISOLATE = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068", "\u202c", "\u2069"


def matching_isolate_end(controls: str, opener: int) -> int | None:
    """UAX #9, BD9, word for word."""
    depth = 1
    for at in range(opener + 1, len(controls)):
        depth += (controls[at] in ISOLATES) - (controls[at] == POP_ISOLATE)
        if depth == 0:
            return at
    return None


def matching_embedding_end(controls: str, opener: int) -> int | None:
    """UAX #9, BD11, word for word; the offset of a PDI where the end of an isolate closes the embedding."""
    depth, at = 1, opener + 1
    around = [i for i in range(opener) if controls[i] in ISOLATES and (matching_isolate_end(controls, i) or 0) > opener]
    limit = min((matching_isolate_end(controls, i) or 0 for i in around), default=len(controls))
    while at < limit:
        if controls[at] in ISOLATES:
            end = matching_isolate_end(controls, at)
            if end is None:
                return None
            at = end
        elif controls[at] in EMBEDDINGS:
            depth += 1
        elif controls[at] == POP_EMBEDDING:
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return limit if limit < len(controls) else None


@given(st.text(st.sampled_from(text.BIDI_CONTROLS), max_size=10))
def test_direction_controls_are_paired_as_the_algorithm_says(controls: str) -> None:
    openers = [at for at, control in enumerate(controls) if control not in (POP_EMBEDDING, POP_ISOLATE)]
    ends = {
        at: (matching_isolate_end if controls[at] in ISOLATES else matching_embedding_end)(controls, at)
        for at in openers
    }
    closers = {ends[at] for at in openers if controls[at] in ISOLATES or controls[ends[at] or 0] == POP_EMBEDDING}
    expected = []
    for at, control in enumerate(controls):
        if at in openers:
            is_balanced = ends[at] is not None and control not in "\u202d\u202e"
            expected.append((at + 3, "warning" if is_balanced else "error"))
        elif at not in closers:
            expected.append((at + 3, "error"))
    found = [finding for finding in found_in(f"x {controls}\n\u2069".encode()) if finding.code == "TXT007"]
    assert [(finding.column, finding.severity) for finding in found if finding.line == 1] == expected


# ---- spans, in folders and in containers


def found_in(data: bytes) -> tuple[Finding, ...]:
    tree = {"doc.txt": data}
    return engine.check([trees.Memory(tree, is_folder=False)], Options(max_findings=1 << 20)).findings


def of_texts(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.code.startswith(("ENC", "TXT")))


@given(data=documents, before=documents)
def test_findings_stand_on_the_same_bytes_in_a_folder_and_in_a_container(data: bytes, before: bytes) -> None:
    assume(not container.looks_like_container(data))
    packed = b"".join(container.pack([(b"1", b"before", before), (b"2", b"doc.txt", data)]))
    tree = {"all.bundle": packed}
    report = engine.check([trees.Memory(tree, is_folder=False)], Options(max_findings=1 << 20))
    loose = list(of_texts(found_in(data)))
    inside = [finding for finding in of_texts(report.findings) if finding.document == "doc.txt"]
    assert [(f.code, f.severity, f.message) for f in inside] == [(f.code, f.severity, f.message) for f in loose]
    for one, other in zip(loose, inside, strict=True):
        if one.byte_start is None or one.byte_end is None:
            assert other.byte_start is None
            continue
        assert other.byte_start is not None
        assert other.byte_end is not None
        assert packed[other.byte_start : other.byte_end] == data[one.byte_start : one.byte_end]
        assert (other.line, other.column) == naive_position(packed, other.byte_start)
        assert (other.end_line, other.end_column) == naive_position(packed, other.byte_end)


@pytest.mark.parametrize(
    ("code", "offence"),
    [
        ("ENC001", b"\xc0\x80"),
        ("ENC004", b"\0\0"),
        ("ENC005", b"\x08"),
        ("ENC006", "\x93".encode()),
        ("ENC007", "\ufffd\ufffd".encode()),
        ("ENC016", "\ufeff".encode()),
        ("TXT002", b"\r"),
        ("TXT007", "\u202e".encode()),
        ("TXT008", "\u200b".encode()),
    ],
)
@given(
    lines=st.lists(
        st.sampled_from([b"plain", b"", b"<<<FILE 7 x>>>", b"\\<<<END 3>>>", "naïve 天".encode()]), min_size=1
    )
)
def test_a_finding_covers_exactly_the_offending_bytes(code: str, offence: bytes, lines: list[bytes]) -> None:
    body = b"\n".join([*lines, b"of" + offence + b"fence", *lines]) + b"\n"
    packed = b"".join(container.pack([(b"1", b"a.txt", body)]))
    for name, data, is_folder in (("a.txt", body, True), ("all.bundle", packed, False)):
        report = engine.check([trees.Memory({name: data}, is_folder=is_folder)], Options(select=(code,)))
        (finding,) = report.findings
        assert data[finding.byte_start : finding.byte_end] == offence
        assert finding.byte_start == data.index(offence)


# ---- mending

MENDING = (*SELF_JUDGING, "ENC002", "TXT004")


def mended(data: bytes, fixes: list[Fix]) -> bytes:
    """The document after the fixes that do not get in each other's way."""
    pieces, seen = [], 0
    for edit in sorted(
        (edit for fix in fixes for edit in fix.edits), key=lambda edit: (edit.span.start, edit.span.end)
    ):
        if edit.span.start >= seen:
            pieces += [data[seen : edit.span.start], edit.replacement]
            seen = edit.span.end
    return b"".join([*pieces, data[seen:]])


@pytest.mark.parametrize(
    "codes", [MENDING, *((code,) for code in MENDING if code not in ("ENC002", "TXT001"))], ids=str
)
@given(data=documents)
def test_what_is_fixed_stays_fixed(codes: tuple[str, ...], data: bytes) -> None:
    options = Options(select=codes, max_findings=1 << 20)
    for _ in range(8 if len(codes) > 1 else 2):
        assume(not container.looks_like_container(data))
        found = engine.check([trees.Memory({"INDEX.md": b"", "a.txt": data})], options).findings
        fixes = [finding.fix for finding in found if finding.fix is not None and finding.path == "a.txt"]
        data, before = mended(data, fixes), data
    assert fixes == [], before
