"""Names: which rule speaks of which name, where it points, and which names collide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator import container, engine, names, trees
from validator.matching import digest, spelling
from validator.model import Finding, Hit, Name, Names, Options, Place, Span
from validator.rules import catalogue

NAME_RULES = [rule for rule in catalogue() if rule.scope == "name"]
PLACE = Place("all.bundle")

# Names that are as they should be, in many scripts.
SOUND = """
a.txt
notes/2024-01-02_draft.md
README
.hidden
...and more
a b (c) [d] {e} #1 50% & co; x=y, z + it's!.txt
naïve café façade.txt
Straße/ÅÄÖ.txt
Приложение № 1.txt
Ελληνικά ά ή ώ.txt
Việt Nam – tiếng Việt.txt
עברית.txt
\u200f\u200fצילום מסך.png
תמונה\u200e (1).jpg
ملف \u061c(2).txt
ⵏ\u2d7fⵎ.txt
.gitignore
.github/git.md
git~10
digit~1
שָׁלוֹם.txt
العربيّة.txt
می\u200cخواهم.txt
کتاب\u200cها/خانه\u200cی ما.txt
PDF\u200cها.txt
ه\u200d.txt
हिन्दी.txt
क्\u200dष.txt
ක්\u200dරම.txt
മലയാളം അവന്\u200d.txt
தமிழ்.txt
বাংলা.txt
ไทย.txt
ភាសា\u200bខ្មែរ.txt
မြန်မာ\u200bဘာသာ.txt
བོད་ཡིག.txt
ᠮᠣᠩᠭᠣᠯ\u180eᠠ\u180b.txt
日本語・資料(最終)。.txt
全角\u3000スペース.txt
中文\uff1a第一章.txt
葛\U000e0100城.txt
한국어.txt
አማርኛ.txt
👩\u200d👩\u200d👧\u200d👦 👩🏽\u200d💻 🏳\ufe0f\u200d🌈 ❤\ufe0f 1\ufe0f\u20e3 ©\ufe0f.txt
🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f.txt
conference/com10/nullable.txt
auxiliary.txt
""".strip().split("\n")

# Names, and what is said of each; the codes lack the family's name.
ODD = {
    "/a": "1",
    "//server/a": "1",
    "\\\\server\\a": "1",
    "C:\\a": "1",
    "c:a": "1",
    "C:/a": "1",
    "/a/../b": "1 2",
    "/a//b": "1 3",
    "..": "2",
    "../a": "2",
    "a/..": "2",
    "a/../../b": "2",
    "..\\a": "2",
    "a\\..\\b": "2",
    "../a\\b": "2 4",
    ".": "3",
    "./a": "3",
    "a/./b": "3",
    "a//b": "3",
    "a/": "3",
    "a\\b": "4",
    "\\a": "1",
    "\\a\\b": "1",
    "a/b\\c": "4",
    "a\0b": "5",
    "a\tb": "5",
    "a\nb": "5",
    "a\r": "5",
    "\x1b]0;a\x07": "5",
    "a\x7f": "5",
    "a\x80": "5",
    "a\x85b": "5",
    "a\u2028b": "5",
    "rtl\u202egpj.txt": "6",
    "\u200ea": "6",
    "a\u200fb": "6",
    "\u061ca": "6",
    "א/\u200fb": "6",
    "a\u2066b\u2069": "6",
    "a\u200bb": "6",
    "a\u200db": "6",
    "a\u200cb": "6",
    "م\u200c\u200cم": "6",
    "👩\u200da": "6",
    "\ufeffa": "6",
    "a\u00adb": "6",
    "a\u2060b": "6",
    "a\u3164": "6",
    "a\ufe0f": "6",
    "\ufe0fa": "6",
    "❤\ufe0f\ufe0f": "6",
    "a\U000e0041": "6",
    "🏴\U000e0041\U000e0042": "6",
    "a\udcff": "7",
    "\udce9t\udce9.txt": "7",
    "e\u0301": "8",
    "\u212b": "8",
    "\u1112\u1161\u11ab": "8",
    "a ": "9",
    " a": "9",
    "a/ b": "9",
    "a /b": "9",
    "a.": "9",
    "a...": "9",
    "...": "9",
    ". .": "9",
    "\u00a0a": "9",
    "a\u3000/b": "9",
    "nul": "10",
    "a/AUX/b": "10",
    "com1.tar.gz": "10",
    "LPT¹.txt": "10",
    "conin$": "10",
    "con .txt": "10",
    "ab:c": "11",
    "a?b": "11",
    'say "a"': "11",
    "<a>": "11",
    "a|b*": "11",
    "nul:a": "11",
    "C:a?": "1 11",
    "ab::$DATA": "11",
    "a" * 256: "12",
    "é" * 128: "12",
    "a/" * 512 + "b": "12",
    "a" * 300 + "/" + "b" * 300: "12 12",
    "con.": "9 10",
    "nul ": "9 10",
    ".git": "10",
    "a/.GIT/config": "10",
    "git~1": "10",
    "GIT~1/a": "10",
    ".git.": "9 10",
    ".Git ": "9 10",
    ".git::$INDEX_ALLOCATION": "10 11",
    ".g\u200cit": "6",
}


def hits(text: str, span: Span | None = None) -> list[tuple[str, Hit]]:
    return [(rule.code, hit) for rule in NAME_RULES for hit in rule.check(Name(text, PLACE, span))]


def findings(tree: dict[str, bytes | trees.Odd]) -> tuple[Finding, ...]:
    return engine.check([trees.Memory(tree)], Options(select=("NAM",))).findings


@pytest.mark.parametrize("text", SOUND)
def test_nothing_is_said_of_sound_names(text: str) -> None:
    assert [code for code, _ in hits(text)] == []


@pytest.mark.parametrize(("text", "codes"), ODD.items(), ids=lambda value: ascii(value)[:40])
def test_each_cause_is_said_once(text: str, codes: str) -> None:
    assert [code for code, _ in hits(text)] == [f"NAM{int(code):03}" for code in codes.split()]
    assert not names.is_plain(text)


@given(st.text("azAZ09_-./", min_size=1, max_size=20) | st.lists(st.sampled_from(["nul", "con", "a.b"])).map("/".join))
def test_plain_names_need_no_second_look(text: str) -> None:
    assert not names.is_plain(text) or hits(text) == []


@given(
    st.text("ab/.. \\:\u200d\u202e\u0301eé天😀\udcff\t", min_size=1)
    | st.binary(min_size=1).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)
def test_hits_lie_in_the_name_and_can_be_said(text: str) -> None:
    raw = text.encode("utf-8", "surrogateescape")
    text = raw.decode("utf-8", "surrogateescape")
    span = Span(10, 10 + len(raw))
    rules = {rule.code: rule for rule in NAME_RULES}
    for code, hit in hits(text, span):
        assert hit.span is not None
        assert span.start <= hit.span.start < hit.span.end <= span.end
        assert "\n" not in rules[code].message.format(**hit.words) + hit.help
    assert [hit.span for _, hit in hits(text)] == [None] * len(hits(text, span))


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("é/../b", ".."),
        ("天//b", "/"),
        ("é/./b", "."),
        ("é/", "/"),
        ("天\\b", "\\"),
        ("天\x85b", "\x85"),
        ("天\u202eb", "\u202e"),
        ("天e\u0301b", "e\u0301"),
        ("天\u1112\u1161\u11abb", "\u1112\u1161\u11ab"),
        ("天 /b", " "),
        ("天/nul.é", "nul.é"),
        ("天?b", "?"),
        ("天/" + "é" * 200 + "/a", "é" * 200),
    ],
)
def test_the_offending_bytes_are_marked(name: str, marked: str) -> None:
    raw = b"".join(container.pack([(b"1", b"a.txt", b"x\n"), (b"22", name.encode(), b"x\n")]))
    (finding,) = findings({"INDEX.md": b"", "all.bundle": raw})
    assert finding.byte_start is not None
    assert raw[finding.byte_start : finding.byte_end] == marked.encode()
    assert finding.line == 4


def test_a_byte_that_is_not_utf8_is_marked() -> None:
    raw = "<<<FILE 1 天".encode() + b"\xff.txt>>>\nx\n\n<<<END 1>>>\n"
    (finding,) = findings({"INDEX.md": b"", "all.bundle": raw})
    assert finding.byte_start is not None
    assert raw[finding.byte_start : finding.byte_end] == b"\xff"
    assert "\\xff" in finding.message


@pytest.mark.parametrize(
    "header",
    [
        b'<<<FILE id=1 name="a.txt">>>',
        b"<<<FILE 1  a.txt>>>",
        b"<<<FILE 1 ../a.txt",
        b"<<<FILE 1 a.txt>>> ",
        b"<<<FILE 1>>>",
        b"<<<FILE 1 " + b"../" * 4000 + b">>>",
    ],
)
def test_what_is_wrong_with_a_header_is_not_said_of_its_name(header: bytes) -> None:
    assert findings({"INDEX.md": b"", "all.bundle": header + b"\nx\n\n<<<END 1>>>\n"}) == ()


@pytest.mark.parametrize(
    "header", [b'<<<FILE id=1 name="../a.txt">>>', b"<<<FILE 1  ../a.txt>>>", b"<<<FILE 1 ../a.txt>>> "]
)
def test_a_name_is_judged_as_it_was_meant(header: bytes) -> None:
    (finding,) = findings({"INDEX.md": b"", "all.bundle": header + b"\nx\n\n<<<END 1>>>\n"})
    assert finding.code == "NAM002"
    assert finding.byte_start == header.index(b"..")


def test_a_folder_is_judged_once_for_all_its_files() -> None:
    found = findings({"INDEX.md": b"", **{f"a /{number}.txt": b"x\n" for number in range(9)}, "a /?.txt": b"x\n"})
    assert [(f.code, f.path) for f in found] == [("NAM009", "a /0.txt"), ("NAM009", "a /?.txt"), ("NAM011", "a /?.txt")]


def test_a_folder_is_judged_once_for_all_the_folders_in_it() -> None:
    deep = {f"a /{number}/{number}/{number}.txt": b"x\n" for number in range(9)}
    found = findings({"INDEX.md": b"", **deep, "a /5/b?/1.txt": b"x\n", "a /5/b?/2.txt": b"x\n"})
    expected = [("NAM009", "a /0/0/0.txt"), ("NAM009", "a /5/b?/1.txt"), ("NAM011", "a /5/b?/1.txt")]
    assert [(f.code, f.path) for f in found] == expected


@given(st.lists(st.text("ab./ ?", min_size=1, max_size=6), max_size=8))
def test_every_part_that_needs_a_second_look_gets_one(found: list[str]) -> None:
    looked = [name.text for name in names.loose_names(Names(found))]
    for text in found:
        for end, part in [(at + len(part), part) for at, part in names.parts(text)]:
            assert names.is_plain(part) or any(f"{other}/".startswith(f"{text[:end]}/") for other in looked)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["a/x", "a/y", "b/x"], []),
        (["a/x", "A/y"], [(1, "A/", "a/", "case")]),
        (["a/x", "A/x"], [(1, "A/x", "a/x", "case")]),
        (["a/x", "A/y", "A/x", "a/z"], [(2, "A/x", "a/x", "case")]),
        (["a/b/x", "A/B/y"], [(1, "A/", "a/", "case")]),
        (["a/b/x", "a/B/y", "a/c"], [(1, "a/B/", "a/b/", "case")]),
        (["é/x", "e\u0301/y"], [(1, "e\u0301/", "é/", "normalization")]),
        (["Straße/x", "STRASSE/y"], [(1, "STRASSE/", "Straße/", "case")]),
        (["a", "A/y"], []),
        (["a\0b/x", "a/b/x", "A\0B/y"], [(2, "A\0B/", "a\0b/", "case")]),
    ],
)
def test_folders_collide_as_files_do(found: list[str], expected: list[tuple[int, str, str, str]]) -> None:
    assert list(names.collisions(found)) == expected


@given(st.lists(st.text("aA/", min_size=1, max_size=5), max_size=8))
def test_all_folders_that_collide_are_told(found: list[str]) -> None:
    """Where nothing is told, every folder has one spelling; where something is, the two are one and differ."""
    told = list(names.collisions(found))
    for number, one, other, _ in told:
        assert found[number].startswith(one)
        assert one != other
        assert spelling(one) == spelling(other)
    folders = {text[: at + 1] for text in found for at, character in enumerate(text) if character == "/"}
    if not told:
        assert len({spelling(folder) for folder in folders}) == len(folders)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        (["a", "b"], []),
        (["a", "a"], []),
        (["a", "A"], [(1, 0, "case")]),
        (["a", "A", "A"], [(1, 0, "case")]),
        (["é", "e\u0301"], [(1, 0, "normalization")]),
        (["é", "e\u0301", "e\u0301"], [(1, 0, "normalization")]),
        (["é", "É", "E\u0301"], [(1, 0, "case"), (2, 1, "normalization")]),
        (["E\u0301", "é"], [(1, 0, "case")]),
        (["K", "\u212a"], [(1, 0, "normalization")]),
        (["ſ", "s"], [(1, 0, "case")]),
        (["Σας", "ΣΑΣ"], [(1, 0, "case")]),
        (["a/B", "A/b"], [(1, 0, "case")]),
    ],
)
def test_twins(found: list[str], expected: list[tuple[int, int, str]]) -> None:
    assert list(names.twins(found)) == expected


@given(st.lists(st.text("aAéÉe\u0301/", min_size=1, max_size=3), max_size=8))
def test_twins_are_all_and_only_those_with_one_spelling(found: list[str]) -> None:
    later = {number for number, _, _ in names.twins(found)}
    for number, other, difference in names.twins(found):
        assert other < number
        assert found[other] != found[number]
        assert spelling(found[other]) == spelling(found[number])
        assert (names.nfc(found[other]) == names.nfc(found[number])) == (difference == "normalization")
    for number, text in enumerate(found):
        new = text not in found[:number]
        assert (number in later) == (new and any(spelling(text) == spelling(other) for other in found[:number]))


@given(st.lists(st.text("aA/", min_size=1, max_size=4), max_size=8))
def test_files_that_are_folders_are_all_found(found: list[str]) -> None:
    spelled = [spelling(text) for text in found]
    expected = {one for one in spelled if any(other.startswith(f"{one}/") for other in spelled)}
    assert {spelled[file] for file, _ in names.files_as_folders(found)} == expected
    assert all(spelled[inside].startswith(f"{spelled[file]}/") for file, inside in names.files_as_folders(found))


def test_loose_files_and_blocks_do_not_collide_with_each_other() -> None:
    blocks = [(b"1", b"a.txt", b"x\n"), (b"2", b"b.txt", b"y\n")]
    tree: dict[str, bytes | trees.Odd] = {
        "INDEX.md": b"",
        "one.bundle": b"".join(container.pack(blocks)),
        "two.bundle": b"".join(container.pack([(b"1", b"A.txt", b"x\n")])),
        "B.txt": b"y\n",
    }
    assert findings(tree) == ()


def test_a_split_body_has_no_name_of_its_own() -> None:
    body = b"first\n<<<FILE 9 ../nowhere>>>\nlast\n"
    packed = b"<<<FILE 1 a.txt>>>\n" + body + b"\n<<<END 1>>>\n"
    listed = b"| name | sha256 |\n|--|--|\n| a.txt | " + digest(body).encode() + b" |\n"
    assert findings({"INDEX.md": listed, "all.bundle": packed}) == ()


@pytest.mark.parametrize("part", ["nul", "NUL.txt", "nul .txt", "com¹", "Lpt9.a.b", "CONOUT$"])
def test_devices(part: str) -> None:
    assert names.is_device(part)


@pytest.mark.parametrize("part", ["", "null", "com0", "com10", "a.nul", "com⁴", "nul-", " nul"])
def test_no_devices(part: str) -> None:
    assert not names.is_device(part)


def test_devices_are_those_of_python() -> None:
    ntpath = pytest.importorskip("ntpath")
    if not hasattr(ntpath, "isreserved"):
        pytest.skip("ntpath.isreserved is new in Python 3.13")
    for device in names.DEVICES:
        assert ntpath.isreserved(device)
        assert ntpath.isreserved(f"{device.lower()}.txt")


def test_many_names_with_one_spelling_are_no_burden() -> None:
    """A thousand spellings of one name, and a name in a thousand folders, take no time worth measuring."""
    spellings = [f"{'a' * number}{'A' * (2000 - number)}" for number in range(2000)] * 5
    assert len(list(names.twins(spellings))) == 1999
    assert list(names.files_as_folders(["/".join("a" * 2000)] * 200)) == []


def test_deep_names_are_no_burden() -> None:
    """What is remembered of a name grows with its length, not with its length times its depth."""
    import tracemalloc

    deep = [f"{number}/" + "a/" * 2000 + "a" for number in range(50)]
    tracemalloc.start()
    assert list(names.files_as_folders(deep)) == []
    assert list(names.collisions(deep)) == []
    assert tracemalloc.get_traced_memory()[1] < 50 * sum(map(len, deep))
    tracemalloc.stop()
