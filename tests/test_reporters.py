"""What is shown is right, stands in its place, and can do no harm wherever it is shown."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64decode
from typing import Any
from unicodedata import category, east_asian_width

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from validator import __version__, contracts, reporters
from validator.model import SEVERITIES, Edit, Excerpt, Finding, Fix, Look, Place, Report, Span, Suppressed
from validator.reporters.words import safe
from validator.text import BIDI_CONTROLS, Lines

LINE_FORMATS = ("full", "concise", "github")
unhurried = settings(deadline=None)


def shown(report: Report, format: str, **options: Any) -> list[str]:
    return list(reporters.render(format, report, Look(**options)))


def report_of(*findings: Finding, **counts: Any) -> Report:
    return Report(findings, **{"documents": 148, "indexes": 1, "containers": 1, "bytes": 11_700, "rules": 71, **counts})


def finding(**changes: Any) -> Finding:
    usual = {
        "code": "IDX002",
        "name": "missing-document",
        "severity": "error",
        "message": "the index lists 'b.txt', which is not there",
        "path": "seeds/INDEX.md",
    }
    return Finding(**{**usual, **changes})


def finding_in(data: bytes, start: int, end: int, **changes: Any) -> Finding:
    """A finding as the engine makes it from bytes ``start`` to ``end`` of a document."""
    lines = Lines(Place("doc.txt", lambda a, b: data[a:b], len(data)))
    line, column = lines.position(start)
    excerpt = lines.excerpt(Span(start, end))
    end_line, end_column = lines.position(end)
    where = {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
    return finding(**{"path": "doc.txt", **where, "byte_start": start, "byte_end": end, "excerpt": excerpt, **changes})


def marking(data: bytes, marked: bytes, **changes: Any) -> Finding:
    """A finding at the only place where ``marked`` stands."""
    assert data.count(marked) == 1
    start = data.index(marked)
    return finding_in(data, start, start + len(marked), **changes)


def frame(found: Finding) -> tuple[str, str]:
    """The line of a code frame and the carets under it, without the gutter."""
    _, _, _, text, carets, *_ = shown(report_of(found), "full", quiet=True)
    gutter = len(f"{found.line} | ")
    return text[gutter:], carets[gutter:]


# Examples


FULL = [
    pytest.param(
        finding(help="put the document back, or take its entry out of the index"),
        """\
error[IDX002] missing-document: the index lists 'b.txt', which is not there
 --> seeds/INDEX.md
  = help: put the document back, or take its entry out of the index
""",
        id="without a position",
    ),
    pytest.param(
        marking("第一行\n春眠 不\u202e覺曉 處處聞啼鳥\n".encode(), "覺曉".encode(), document="詩.txt", more=1200),
        """\
error[IDX002] missing-document: the index lists 'b.txt', which is not there
 --> doc.txt:2:6 (document 詩.txt)
  |
2 | 春眠 不\\u202e覺曉 處處聞啼鳥
  |              ^^^^
  = 1,200 more like this in this document
""",
        id="wide characters and an escape",
    ),
    pytest.param(
        marking(b"\n" * 40 + b"the mayor\xe2\x80 said on Monday\n", b"\xe2\x80", severity="warning"),
        """\
warning[IDX002] missing-document: the index lists 'b.txt', which is not there
  --> doc.txt:41:10
   |
41 | the mayor<E2 80> said on Monday
   |          ^^^^^^^
""",
        id="ill-formed bytes",
    ),
    pytest.param(
        marking(b"one two " * 600 + b"MARK" + b" three four" * 400, b"MARK", severity="info"),
        """\
info[IDX002] missing-document: the index lists 'b.txt', which is not there
 --> doc.txt:1:4801
  |
1 | …one two one two one two one two one two MARK three four three four three four three four three…
  |                                          ^^^^
""",
        id="a line of 10 kB",
    ),
    pytest.param(
        finding_in("первая строка\nобрыв".encode(), 36, 36),
        """\
error[IDX002] missing-document: the index lists 'b.txt', which is not there
 --> doc.txt:2:6
  |
2 | обрыв
  |      ^
""",
        id="an insertion point at the end of the file",
    ),
    pytest.param(
        finding_in(b"one\r\ntwo\n", 3, 5),
        """\
error[IDX002] missing-document: the index lists 'b.txt', which is not there
 --> doc.txt:1:4
  |
1 | one↵
  |    ^
""",
        id="a line end",
    ),
    pytest.param(
        finding_in(b"keep CUT HERE\nand here\n", 5, 20),
        """\
error[IDX002] missing-document: the index lists 'b.txt', which is not there
 --> doc.txt:1:6
  |
1 | keep CUT HERE
  |      ^^^^^^^^
""",
        id="several lines",
    ),
]


@pytest.mark.parametrize(("found", "expected"), FULL)
def test_full_shows_the_place(found: Finding, expected: str) -> None:
    assert "\n".join(shown(report_of(found), "full", quiet=True)) == expected


def test_full_tells_byte_offsets_when_verbose() -> None:
    _, place, *_ = shown(report_of(finding_in(b"abc\n", 1, 2, document="d")), "full", verbose=True)
    assert place == " --> doc.txt:1:2 (document d) (bytes 1-2)"


def test_concise_is_one_line_a_finding() -> None:
    found = (finding(), marking(b"a\nbc\n", b"c", document="b9", severity="warning", more=3))
    assert shown(report_of(*found), "concise") == [
        "seeds/INDEX.md: error[IDX002] the index lists 'b.txt', which is not there",
        "doc.txt:2:2: warning[IDX002] the index lists 'b.txt', which is not there (document b9) (+3 more)",
        "1 error, 4 warnings in 2 files; 148 documents checked",
    ]


def test_github_puts_errors_first_and_columns_only_within_a_line() -> None:
    report = report_of(
        finding(severity="info", path="50%,a:b"),
        finding_in(b"ab\ncd\n", 1, 4, severity="warning", help="mend it"),
        marking(b"ab\n", b"b"),
    )
    said = "title=IDX002 missing-document::the index lists 'b.txt', which is not there"
    assert shown(report, "github", color=True) == [
        f"::error file=doc.txt,line=1,endLine=1,col=2,endColumn=3,{said}",
        f"::warning file=doc.txt,line=1,endLine=2,{said}%0Amend it",
        f"::notice file=50%25%2Ca%3Ab,{said}",
        "1 error, 1 warning, 1 info in 2 files; 148 documents checked",
    ]


def test_json_of_a_clean_run() -> None:
    assert (
        "\n".join(shown(report_of(), "json"))
        == f"""\
{{
  "version": 1,
  "tool": {{
    "name": "collection-validator",
    "version": "{__version__}"
  }},
  "summary": {{
    "documents": 148,
    "indexes": 1,
    "containers": 1,
    "bytes": 11700,
    "rules": 71,
    "errors": 0,
    "warnings": 0,
    "infos": 0,
    "incomplete": false,
    "suppressed": 0,
    "baselined": 0
  }},
  "findings": [],
  "suppressed": []
}}"""
    )


def test_json_gives_the_bytes_of_a_path_that_is_not_utf8() -> None:
    lines = shown(report_of(finding(path="caf\udce9"), finding(path="café"), finding(path="\ud800")), "json")
    first, second, third = json.loads("\n".join(lines))["findings"]
    assert '      "path": "caf\\udce9",' in lines
    assert first["path"].encode("utf-8", "surrogateescape") == b64decode(first["path_bytes"]) == b"caf\xe9"
    assert "path_bytes" not in second
    assert b64decode(third["path_bytes"]) == b"\xed\xa0\x80"


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (report_of(documents=8), ["OK  8 documents, 1 index, 1 container, 11.7 kB; 71 rules"]),
        (report_of(documents=1, indexes=0, containers=2, bytes=1), ["OK  1 document, 2 containers, 1 byte; 71 rules"]),
        (report_of(indexes=2, bytes=999, rules=1), ["OK  148 documents, 2 indexes, 1 container, 999 bytes; 1 rule"]),
        (report_of(bytes=999_949), ["OK  148 documents, 1 index, 1 container, 999.9 kB; 71 rules"]),
        (report_of(bytes=999_950), ["OK  148 documents, 1 index, 1 container, 1.0 MB; 71 rules"]),
        (report_of(bytes=10**16), ["OK  148 documents, 1 index, 1 container, 10,000.0 TB; 71 rules"]),
        (
            report_of(finding(more=1), finding(severity="warning", document="d"), finding(severity="info", more=2)),
            ["2 errors, 1 warning, 3 infos in 1 file; 148 documents checked"],
        ),
        (
            report_of(finding(), documents=1, incomplete=True),
            ["1 error in 1 file; 1 document checked", "incomplete: not everything could be checked"],
        ),
        (
            report_of(documents=8, suppressed=(Suppressed(finding(more=2), "index", "an old scan"),)),
            ["OK  8 documents, 1 index, 1 container, 11.7 kB; 71 rules; 3 findings suppressed"],
        ),
        (
            report_of(
                finding(),
                suppressed=(Suppressed(finding(more=1200), "baseline"), Suppressed(finding(path="c"), "settings")),
            ),
            ["1 error in 1 file; 148 documents checked; 1,202 findings suppressed (1,201 by the baseline)"],
        ),
        (
            report_of(documents=0, indexes=0, containers=0, bytes=0, empty=("docs",)),
            ["0 documents, 0 bytes; 71 rules"],
        ),
        (
            report_of(documents=20_000, indexes=0, containers=0, incomplete=True),
            ["20,000 documents, 11.7 kB; 71 rules", "incomplete: not everything could be checked"],
        ),
    ],
)
@pytest.mark.parametrize("format", LINE_FORMATS)
def test_the_summary_comes_last(format: str, report: Report, expected: list[str]) -> None:
    whole, quiet = shown(report, format), shown(report, format, quiet=True)
    assert whole == quiet + expected


def test_github_gets_ten_annotations_of_each_level_and_is_told_of_the_rest() -> None:
    errors = [finding(path=f"{number}.txt", more=number) for number in range(12)]
    infos = [finding(path="a.txt", severity="info")] * 10
    warnings = [finding(path="a.txt", severity="warning")] * 11
    lines = shown(report_of(*infos, *warnings, *errors), "github", quiet=True)
    assert [line[:9] for line in lines[:30]] == ["::error f"] * 10 + ["::warning"] * 10 + ["::notice "] * 10
    assert lines[30:] == ["23 more errors: see the full report", "1 more warning: see the full report"]


def test_unknown_formats_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no format 'xml'; there are full, concise"):
        reporters.render("xml", report_of())


def test_formats_are_cheap_to_load() -> None:
    program = """if True:
        import sys
        before = set(sys.modules)
        from validator import reporters
        from validator.model import Excerpt, Finding, Report
        places = 1, 1, 1, 2, 0, 1
        finding = Finding("A", "a", "error", "m", "p", None, *places, None, "h", 0, Excerpt(b"", b"x", b""))
        for format in "full", "concise", "junit", "github", "azure", "markdown":
            list(reporters.render(format, Report((finding,))))
        print(*sorted(set(sys.modules) - before))
    """
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    assert not {"typing", "dataclasses", "enum", "re", "json", "unicodedata", "functools"} & set(loaded)


# Carets


PIECES = {
    "a": "a",
    "é": "é",
    "e\u0301": "e\u0301",
    "ก\u0e34": "ก\u0e34",
    "天": "天",
    "Ａ": "Ａ",
    "ﾊ": "ﾊ",
    "\u1112\u1161\u11ab": "\u1112\u1161\u11ab",
    "\u1100\ud7b0\ud7cb": "\u1100\ud7b0\ud7cb",
    "a\u20dd": "a\u20dd",
    "1\ufe0f\u20e3": "1\ufe0f\u20e3",
    "\u3000": "\u3000",
    "😀": "😀",
    "❤\ufe0f": "❤\ufe0f",
    "\U0001f1e9\U0001f1ea": "\U0001f1e9\U0001f1ea",
    "\x1b": "\\x1b",
    "\u200b": "\\u200b",
    "\u202e": "\\u202e",
    "\u3164": "\\u3164",
    "\U000e0041": "\\U000e0041",
    "##[": "##\\x5b",
    "\udcff.": "<FF>.",
    "\udce2\udc80.": "<E2 80>.",
    "\r.": "\\x0d.",
    "x\u0301\u0301\u0301\u0301\u0301\u0301": "x\u0301\u0301\u0301\u0301\\u0301\\u0301",
}
"""Text as it stands in a document and as it is shown."""
WIDTHS = {"天": 2, "Ａ": 2, "\u1112\u1161\u11ab": 2, "\u3000": 2, "😀": 2, "❤\ufe0f": 2}
WIDTHS |= {"\u1100\ud7b0\ud7cb": 2, "1\ufe0f\u20e3": 2}
WIDTHS |= {"\U0001f1e9\U0001f1ea": 2, "x\u0301\u0301\u0301\u0301\u0301\u0301": 13, "\U000e0041": 10}
WIDTHS |= {"\x1b": 4, "\u200b": 6, "\u202e": 6, "\u3164": 6, "##[": 6, "\udcff.": 5, "\udce2\udc80.": 8, "\r.": 5}
"""The columns of those that do not take one."""

pieces = st.lists(st.sampled_from(sorted(PIECES)), max_size=60)


def as_bytes(found: list[str]) -> bytes:
    return "".join(found).encode("utf-8", "surrogateescape")


def as_shown(found: list[str]) -> str:
    return "".join(PIECES[piece] for piece in found)


def width(found: list[str]) -> int:
    return sum(WIDTHS.get(piece, 1) for piece in found)


def columns(text: str) -> int:
    """The columns of shown text, character by character."""
    count = 0
    for character in text:
        if character == "\ufe0f":
            count += 1  # it turns the narrow sign before it into a wide one
        elif category(character) not in ("Mn", "Me") and character not in "\u1161\u11ab\ud7b0\ud7cb":
            count += 2 if east_asian_width(character) in "FW" else 1
    return count


@unhurried
@given(
    before=pieces.filter(lambda found: width(found) <= 40),
    mark=pieces.map(lambda found: [*found[:3], "a"]),
    after=pieces,
)
def test_carets_stand_under_the_marked_characters(before: list[str], mark: list[str], after: list[str]) -> None:
    start, end = len(as_bytes(before)), len(as_bytes(before + mark))
    text, carets = frame(finding_in(as_bytes([*before, *mark, *after]), start, end))
    assert text.startswith(as_shown(before) + as_shown(mark))
    assert carets == " " * width(before) + "^" * width(mark)


@unhurried
@given(before=pieces, mark=pieces.filter(bool), after=pieces, repeat=st.integers(1, 10))
def test_long_lines_are_clipped_around_the_mark(
    before: list[str], mark: list[str], after: list[str], repeat: int
) -> None:
    start, end = len(as_bytes(before * repeat)), len(as_bytes(before * repeat + mark * repeat))
    data = as_bytes(before * repeat + mark * repeat + after * repeat)
    text, carets = frame(finding_in(data, start, end))
    assert columns(text) <= 98
    at = max(n for n in range(len(text)) if columns(text[:n]) == carets.index("^"))
    left, right = text[:at], text[at:]
    assert columns(left) <= 41
    assert as_shown(before * repeat).endswith(left.removeprefix("…"))
    assert len(carets) <= columns(text)
    if not right.endswith("…"):
        assert right == as_shown(mark * repeat) + as_shown(after * repeat)
        assert carets.count("^") == width(mark * repeat)
    else:
        assert (as_shown(mark * repeat) + as_shown(after * repeat)).startswith(right.removesuffix("…"))


@pytest.mark.parametrize(
    ("before", "marked", "after", "text", "carets"),
    [
        (b"", b"", b"", "", "^"),
        (b"a\tb", b"\t", b"c\td", "a b→c d", "   ^"),
        ("Oui\xa0".encode(), "\u202f".encode(), "!\xa0".encode(), "Oui \\u202f! ", "    ^^^^^^"),
        (b"one", b"\r", b"two", "one\\x0dtwo", "   ^^^^"),
        (b"one", b"\r", b"", "one↵", "   ^"),
        (b"cafe", "\u0301".encode(), b"s", "cafe\\u0301s", "    ^^^^^^"),
        (b"x", "\ufe01\ufe02".encode(), b"y", "x\\ufe01\\ufe02y", " " + "^" * 12),
        ("e\u034f".encode(), b"x", b"", "e\\u034fx", "       ^"),
        (b"say ##", b"[", b"group]x", "say ##\\x5bgroup]x", "      ^^^^"),
        (b"say #", b"#", b"[group]x", "say ##\\x5bgroup]x", "     ^"),
        (b"\xe2", b"\x80", b"\xff", "<E2><80><FF>", "    ^^^^"),
    ],
)
def test_what_is_marked_can_be_seen(before: bytes, marked: bytes, after: bytes, text: str, carets: str) -> None:
    place = {"line": 1, "column": 1, "byte_start": 0, "byte_end": len(marked)}
    assert frame(finding(excerpt=Excerpt(before, marked, after), **place)) == (text, carets)


@pytest.mark.parametrize("shift", range(4))
@pytest.mark.parametrize("length", [0, 1, 80, 200])
def test_clipping_never_invents_ill_formed_bytes(shift: int, length: int) -> None:
    data = ("x" * shift + "ก\u0e34" * 400).encode()
    start = shift + 6 * 150
    text, _ = frame(finding_in(data, start, start + 3 * length))
    assert "<" not in text
    assert text.startswith("…")
    assert text.endswith("…")


# Safety


HOSTILE = [
    *map(chr, [*range(0x20), 0x22, 0x27, *range(0x7F, 0xA1)]),
    *BIDI_CONTROLS,
    *("\n::error file=x::pwned", "::error::pwned", "::stop-commands::x", " \u3000::notice::x", "\r\n::warning::"),
    *("##[group]x", "##", "[", "]", "##[error]", "##vso[task.complete]", "##teamcity[x]", "#", ":", "::", ",", "="),
    *("%0A::error::x", "%", "%25", "\x1b[31m", "\x1b]0;title\x07", "\x9b1m", "[bold]", "[/x]", "{0}", "\\", "a", " "),
    *(
        "\udc80",
        "\udcff",
        "\ud800.",
        "\u2028",
        "\u2029",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\U000e0041",
        "\ue000",
        "\uffff",
    ),
    *("天", "e\u0301", "\u0301", "😀", "\u3000", "\xa0", "x" * 200),
]
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=4), max_size=8).map("".join)
some_bytes = st.binary(max_size=40) | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
excerpts = st.builds(Excerpt, some_bytes, some_bytes, some_bytes, st.booleans(), st.booleans())
edits = st.builds(Edit, st.builds(Span, st.integers(0, 9), st.integers(9, 99)), some_bytes)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    found: dict[str, Any] = {
        "code": draw(st.sampled_from(["ENC001", "NAM006"])),
        "severity": draw(st.sampled_from(SEVERITIES)),
        "message": draw(texts),
        "path": draw(texts),
        "document": draw(st.none() | texts),
        "help": draw(texts),
        "more": draw(st.sampled_from([0, 1, 12345])),
        "fingerprint": draw(st.sampled_from(["", "0123456789abcdef" * 2])),
    }
    if draw(st.booleans()):
        line, column, start, length = (draw(st.integers(1, 1 << 40)) for _ in range(4))
        length = draw(st.integers(0, 200))
        found |= {"line": line, "column": column, "end_line": line + draw(st.integers(0, 1)), "end_column": column + 1}
        found |= {"byte_start": start, "byte_end": start + length, "excerpt": draw(st.none() | excerpts)}
        found["fix"] = draw(st.none() | st.builds(Fix, st.lists(edits, max_size=2).map(tuple), st.booleans()))
    return finding(**found)


reports = st.builds(
    Report,
    st.lists(findings(), max_size=4).map(tuple),
    *[st.integers(0, 1 << 60)] * 5,
    incomplete=st.booleans(),
    empty=st.lists(texts, max_size=1).map(tuple),
    notes=st.lists(texts, max_size=1).map(tuple),
    suppressed=st.lists(
        st.builds(Suppressed, findings(), st.sampled_from(["settings", "index", "baseline"]), texts), max_size=2
    ).map(tuple),
)


def without_colors(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


@pytest.mark.parametrize("format", LINE_FORMATS)
@unhurried
@given(report=reports)
def test_nothing_unsafe_is_shown(format: str, report: Report) -> None:
    for line in shown(report, format, verbose=True):
        assert [c for c in line if category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")] == []
        line.encode("utf-8")


@pytest.mark.parametrize("format", LINE_FORMATS)
@unhurried
@given(report=reports)
def test_colors_add_nothing_but_colors(format: str, report: Report) -> None:
    colored = shown(report, format, color=True)
    assert list(map(without_colors, colored)) == shown(report, format)


@pytest.mark.parametrize("format", ["concise", "github"])
@unhurried
@given(report=reports)
def test_one_finding_is_one_line(format: str, report: Report) -> None:
    assert len(shown(report, format, quiet=True)) == len(report.findings)


Command = tuple[str, dict[str, str], str]
COMMANDS = {"error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "echo", "stop-commands", "set-env"}


def command(line: str) -> Command | None:
    """The command that the runner of GitHub Actions reads in a line of a log."""
    stripped = line.lstrip()
    if stripped.startswith("::") and "::" in stripped[2:]:
        head, _, data = stripped[2:].partition("::")
        name, _, rest = head.partition(" ")
        if name in COMMANDS:
            pairs = [pair.partition("=") for pair in rest.strip().split(",")]
            properties = {key: unescaped(value, {":": "%3A", ",": "%2C"}) for key, _, value in pairs if value}
            return name, properties, unescaped(data, {})
    _, opening, rest = line.partition("##[")
    head, closing, data = rest.partition("]")
    if opening and closing and head.partition(" ")[0] in COMMANDS:
        return head.partition(" ")[0], {}, data
    return None


def unescaped(text: str, more: dict[str, str]) -> str:
    for character, escape in {"\r": "%0D", "\n": "%0A", **more, "%": "%25"}.items():
        text = text.replace(escape, character)
    return text


def meant(found: Finding) -> Command:
    properties = {"file": safe(found.path), "title": f"{found.code} {found.name}"}
    if found.line is not None:
        properties |= {"line": str(found.line), "endLine": str(found.end_line)}
        if found.line == found.end_line:
            properties |= {"col": str(found.column), "endColumn": str(found.end_column)}
    message = safe(found.message)
    if found.document is not None:
        message += f" (document {safe(found.document)})"
    if found.more:
        message += f" (+{found.more:,} more)"
    if found.help:
        message += "\n" + safe(found.help)
    level = {"error": "error", "warning": "warning", "info": "notice"}[found.severity]
    return level, {key: value for key, value in properties.items() if value}, message


@unhurried
@given(report=reports)
@example(report=report_of(finding(message="\n::error::pwned", path="##[group]x")))
def test_github_sees_the_commands_meant_and_no_others(report: Report) -> None:
    seen = [found for found in map(command, shown(report, "github")) if found is not None]
    in_order = sorted(report.findings, key=lambda found: SEVERITIES.index(found.severity))
    assert seen == [meant(found) for found in in_order]


@pytest.mark.parametrize("format", ["full", "concise"])
@unhurried
@given(report=reports)
@example(report=report_of(finding(path="::error::x"), finding(path=" ::error::x"), marking(b"##[group]x", b"[")))
def test_runners_see_no_commands_in_text_for_people(format: str, report: Report) -> None:
    for line in shown(report, format, verbose=True):
        assert command(line) is None
        assert "##vso[" not in line
        assert "##teamcity[" not in line


# JSON


def as_json(report: Report) -> dict[str, Any]:
    """The report as the schema describes it."""
    return {
        "version": 1,
        "tool": {"name": "collection-validator", "version": __version__},
        "summary": {
            **{name: getattr(report, name) for name in ("documents", "indexes", "containers", "bytes", "rules")},
            **{f"{severity}s": report.count(severity) for severity in SEVERITIES},
            "incomplete": report.incomplete,
            "suppressed": sum(1 + one.finding.more for one in report.suppressed),
            "baselined": sum(1 + one.finding.more for one in report.suppressed if one.by == "baseline"),
        },
        "findings": [finding_as_json(found) for found in report.findings],
        "suppressed": [
            {**finding_as_json(one.finding), "by": one.by, "reason": one.reason} for one in report.suppressed
        ],
    }


def finding_as_json(found: Finding) -> dict[str, Any]:
    keys = ("code", "name", "severity", "message", "path", "document", "line", "column", "end_line", "end_column")
    others = ("byte_start", "byte_end", "fix", "help", "more", "fingerprint")
    plain = {key: getattr(found, key) for key in (*keys, *others)}
    if found.fix is not None:
        plain["fix"] = {"safe": found.fix.safe, "edits": [edit_as_json(edit) for edit in found.fix.edits]}
    return plain


def edit_as_json(edit: Edit) -> dict[str, Any]:
    replacement = edit.replacement.decode("utf-8", "surrogateescape")
    return {"byte_start": edit.span.start, "byte_end": edit.span.end, "replacement": replacement}


@unhurried
@given(report=reports)
def test_json_comes_back_with_equal_values(report: Report) -> None:
    text = "\n".join(shown(report, "json"))
    assert text.isascii()
    read = json.loads(text)
    assert text == json.dumps(read, indent=2).replace("##", "#\\u0023"), "the runner of a build obeys ##[command]"
    for found in (*read["findings"], *read["suppressed"]):
        path_bytes = found.pop("path_bytes", None)
        assert (path_bytes is not None) == any(0xD800 <= ord(c) < 0xE000 for c in found["path"])
    assert read == as_json(report)
    assert [list(found) for found in read["findings"]] == [list(finding_as_json(found)) for found in report.findings]


@settings(deadline=None, max_examples=50)
@given(report=reports)
def test_json_keeps_to_its_schema(report: Report) -> None:
    Draft202012Validator(contracts.load("report")).validate(json.loads("\n".join(shown(report, "json"))))
