"""On a terminal every mark stands under what it marks, nothing is wider than it, and links lead where they should."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from unicodedata import normalize
from urllib.parse import unquote_to_bytes, urlsplit

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import test_reporters
from tests.test_reporters import finding, finding_in, frame, marking, report_of, reports, shown
from validator.model import SEVERITIES, Excerpt, Report, replaced
from validator.reporters import cells

unhurried = settings(deadline=None)
FILES = "file:///home/ann/letters%20home/"
DOCS = "https://example.org/collection-validator/"
LINK = re.compile(r"\x1b\]8;;([^\x1b]*)\x1b\\(.*?)\x1b\]8;;\x1b\\")

PIECES = {
    piece: text
    for piece, text in test_reporters.PIECES.items()
    if not set(piece) & {"\ufe0f", "\u20dd", "\u0e34", "\u1161", "\ud7b0", "\U0001f1e9"}
}
PIECES |= {
    "ש": "ש",
    "عر": "عر",
    "\u05e9\u05c1": "\u05e9\u05c1",
    "я": "я",
    "한": "한",
    "𝐀": "𝐀",
    " ": " ",
    "\u0e01": "\u0e01",
}
"""Text and how it is shown, as far as the emulator can draw it: it knows no clusters, only characters and accents."""
pieces = st.lists(st.sampled_from(sorted(PIECES)), max_size=60)
widths = st.integers(40, 160)


def drawn(lines: list[str], width: int = 200) -> pyte.Screen:
    """A screen as it is after these lines; the cursor is below the last."""
    screen = pyte.Screen(width, 400)
    pyte.Stream(screen).feed("".join(f"{line}\r\n" for line in lines))
    return screen


def row(screen: pyte.Screen, number: int) -> list[str]:
    """The cells of a row; the second half of a wide character is empty."""
    return [screen.buffer[number][column].data for column in range(screen.columns)]


def as_bytes(found: list[str]) -> bytes:
    return "".join(found).encode("utf-8", "surrogateescape")


def as_drawn(found: list[str]) -> str:
    return normalize("NFC", "".join(PIECES[piece] for piece in found))


@unhurried
@given(
    before=pieces,
    mark=st.lists(st.sampled_from(sorted(PIECES)), max_size=3).map(lambda found: [*found, "a"]),
    after=pieces,
    width=widths,
    color=st.booleans(),
)
@example(before=["天"] * 30, mark=["😀", "a"], after=["e\u0301"] * 90, width=80, color=False)
def test_carets_stand_under_the_marked_cells(
    before: list[str], mark: list[str], after: list[str], width: int, color: bool
) -> None:
    start, end = len(as_bytes(before)), len(as_bytes(before + mark))
    found = finding_in(as_bytes([*before, *mark, *after]), start, end)
    lines = shown(report_of(found), "full", columns=width, color=color, quiet=True)
    screen = drawn(lines[3:5], width)
    assert screen.cursor.y == 2, "nothing wrapped"
    text, carets = row(screen, 0), row(screen, 1)
    marked = "".join(cell for cell, sign in zip(text, carets, strict=True) if sign == "^")
    assert as_drawn(mark).startswith(marked)
    assert marked == as_drawn(mark) or "…" in text


CLUSTERS = {
    "क्षत्रिय": 5,
    "का": 2,
    "நி": 2,
    "ที่": 1,
    "བསྒྲིགས": 4,
    "שָׁלוֹם": 4,
    "السَّلامُ": 6,
    "天地": 4,
    "ﾊﾟ": 2,
    "\u1112\u1161\u11ab": 2,
    "👍🏽": 2,
    "🇩🇪🇫🇷": 4,
    "❤\ufe0f": 2,
    "1\ufe0f\u20e3": 2,
    "a\tb": 3,
    "a\xa0b": 3,
    "\ufeff": 6,
    "👨\u200d👩": 10,
    "🏴\U000e0067": 12,
    "\xa0\u0301": 7,
    "\u0301": 6,
}
"""Text and the columns that it takes on a terminal which knows clusters, with escapes for what cannot be seen."""


@pytest.mark.parametrize("text", CLUSTERS)
@pytest.mark.parametrize("left", ["", "天 ", "é"])
def test_carets_stand_behind_clusters(text: str, left: str) -> None:
    joins = text == "\u0301" and bool(left)  # then it is a mark on what stands there
    _, carets = frame(marking(f"{left}{text}X".encode(), b"X"))
    assert carets == " " * (cells.columns(left) + (0 if joins else CLUSTERS[text])) + "^"


@pytest.mark.parametrize(
    ("before", "marked", "after", "text"),
    [
        ("cafe", "\u0301", "s", "cafe|\\u0301|s"),
        ("caf", "e", "\u0301s", "caf|e|\\u0301s"),
        ("क्", "ष", "त", "क्|\\u0937|त"),
        ("\U0001f1e9", "\U0001f1ea", "", "\U0001f1e9|\\U0001f1ea|"),
        ("\u1112", "\u1161", "\u11ab", "\u1112|\\u1161|\\u11ab"),
        ("👨", "\u200d", "👩", "👨|\\u200d|👩"),
        ("👍", "🏽", "!", "👍|\\U0001f3fd|!"),
        ("❤", "\ufe0f", "!", "❤|\\ufe0f|!"),
        ("a", "\udc80", "\u0301", "a|<80>|\\u0301"),
    ],
)
def test_a_mark_that_cuts_a_cluster_shows_its_characters(before: str, marked: str, after: str, text: str) -> None:
    excerpt = Excerpt(before.encode(), marked.encode("utf-8", "surrogateescape"), after.encode())
    assert "|".join(map("".join, cells.of_excerpt(excerpt))) == text


def test_a_clipped_line_begins_with_a_whole_cluster() -> None:
    text, _ = frame(marking(("ก\u0e34" * 40 + "x").encode(), b"x"))
    assert text == "…" + "ก\u0e34" * 26 + "x"


@unhurried
@given(st.lists(st.text(max_size=6) | st.sampled_from(sorted(CLUSTERS)), min_size=3, max_size=3))
def test_nothing_joins_over_the_border_of_two_cells(parts: list[str]) -> None:
    found = [cell for part in cells.cells(parts, marked=1) for cell in part]
    assert cells.cells(["".join(found)])[0] == [
        c for cell in found for c in (cell if isinstance(cell, cells.Sign) else [cell])
    ]
    assert all(cells.columns(cell) > 0 for cell in found)


@unhurried
@given(report=reports, width=st.integers(24, 160))
def test_no_line_of_a_frame_is_wider_than_the_terminal(report: Report, width: int) -> None:
    for found in report.findings:
        if found.excerpt is not None:
            gutter = len(f"{found.line} | ")
            alone = replaced(found, help="", more=0)
            for line in shown(report_of(alone), "full", columns=width)[3:5]:
                assert sum(map(cells.columns, cells.cells([line])[0])) <= max(width, gutter + 20)


HELP = (
    "restore the document; if the change is meant, list its new digest, "
    "99a9ac59d8c91edac55e50fd0966a6b41df8afe653ffd301d6702097652e7c57, and size, 75"
)


def test_help_is_broken_between_words() -> None:
    assert shown(report_of(finding(help=HELP)), "full", columns=80, quiet=True)[2:-1] == [
        "  = help: restore the document; if the change is meant, list its new digest,",
        "          99a9ac59d8c91edac55e50fd0966a6b41df8afe653ffd301d6702097652e7c57, and",
        "          size, 75",
    ]


@unhurried
@given(
    st.lists(st.sampled_from(["to", "天地玄黄", "::error::x", ":", "", "\u3000::warning::", "word" * 9]), max_size=30),
    widths,
)
def test_broken_help_says_the_same(words: list[str], width: int) -> None:
    lines = shown(report_of(finding(help=" ".join(["so", *words]))), "full", columns=width, quiet=True)[2:-1]
    assert " ".join(line[10:] for line in lines) == " ".join(["so", *words])
    assert [line for line in lines if line.lstrip().startswith("::")] == []
    for line, following in pairwise(lines):
        word = following[10:].split(" ")[0]
        assert cells.columns(f"{line} {word}") > width, "no earlier than it must"


# Right to left


def test_what_runs_from_right_to_left_stands_in_logical_order() -> None:
    assert frame(marking("שלום עולם ABC".encode(), "עולם".encode())) == ("שלום עולם ABC", "     ^^^^")


# Links


def lines_with_links(report: Report, **options: object) -> tuple[list[str], list[tuple[str, str]]]:
    """The lines without their links, and the links as (URL, text)."""
    lines = shown(report, "full", links=FILES, docs=DOCS, **options)
    return [LINK.sub(r"\2", line) for line in lines], [link for line in lines for link in LINK.findall(line)]


def test_places_and_codes_are_links() -> None:
    lines, links = lines_with_links(report_of(marking(b"a\nbc\n", b"c", path="my letters/ü.txt")))
    assert links == [
        (f"{DOCS}rules/IDX002/", "IDX002"),
        (f"{FILES}my%20letters/%C3%BC.txt", "my letters/ü.txt:2:2"),
    ]
    assert lines[:2] == [
        "error[IDX002] missing-document: the index lists 'b.txt', which is not there",
        " --> my letters/ü.txt:2:2",
    ]


@unhurried
@given(report=reports, color=st.booleans())
def test_links_change_nothing_else(report: Report, color: bool) -> None:
    lines, links = lines_with_links(report, color=color)
    assert lines == shown(report, "full", color=color)
    assert len(links) == 2 * len(report.findings)
    for url, _ in links:
        assert url.isascii()
        assert url.isprintable()
        assert " " not in url


@pytest.mark.parametrize("color", [False, True])
def test_links_take_no_room_on_the_screen(color: bool) -> None:
    report = report_of(marking(b"a\nbc\n", b"c", path="ü;\x1b\\.txt", help="mend it"))
    with_links = drawn(shown(report, "full", color=color, links=FILES, docs=DOCS))
    assert with_links.display == drawn(shown(report, "full")).display


names = st.text(st.characters(exclude_characters="\0"), min_size=1).filter(lambda name: not name.startswith("/"))


@unhurried
@given(st.binary(min_size=1).map(lambda data: data.replace(b"\0", b"x")))
def test_links_lead_to_the_very_bytes_of_a_path(name: bytes) -> None:
    _, links = lines_with_links(report_of(finding(path=name.decode("utf-8", "surrogateescape"))))
    url = urlsplit(links[1][0])
    assert (url.scheme, url.netloc, url.query, url.fragment) == ("file", "", "", "")
    below = b"" if name.startswith(b"/") else b"/home/ann/letters home/"
    assert unquote_to_bytes(url.path) == below + name


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("C:\\letters\\a b.txt", "file:///C:/letters/a%20b.txt"),
        ("\\\\server\\share\\ü.txt", "file://server/share/%C3%BC.txt"),
        ("letters\\a.txt", f"{FILES}letters/a.txt"),
        ("\ud800.txt", f"{FILES}%ED%A0%80.txt"),
    ],
)
def test_links_lead_to_paths_of_windows(path: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sep", "\\")
    _, links = lines_with_links(report_of(finding(path=path)))
    monkeypatch.undo()
    assert links[1][0] == url


# Statistics


def test_statistics_stand_in_place_of_findings() -> None:
    report = report_of(
        finding(code="TXT004", name="missing-final-newline", severity="warning", more=16),
        finding(),
        finding(code="ENC012", name="truncated-utf8", more=1203),
        finding(more=1),
    )
    assert shown(report, "full", statistics=True) == [
        "1,204  error    ENC012  truncated-utf8",
        "    3  error    IDX002  missing-document",
        "   17  warning  TXT004  missing-final-newline",
        "",
        "1,207 errors, 17 warnings in 1 file; 148 documents checked",
    ]
    assert shown(report, "full", statistics=True, quiet=True) == shown(report, "full", statistics=True)[:3]
    assert shown(report_of(), "full", statistics=True) == shown(report_of(), "full")


@unhurried
@given(report=reports, color=st.booleans())
def test_statistics_count_every_finding_once(report: Report, color: bool) -> None:
    lines = shown(report, "full", statistics=True, quiet=True, color=color)
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line).split() for line in lines]
    counts = {
        severity: sum(int(n.replace(",", "")) for n, kind, *_ in rows if kind == severity) for severity in SEVERITIES
    }
    assert counts == {severity: report.count(severity) for severity in SEVERITIES}
    assert [SEVERITIES.index(kind) for _, kind, *_ in rows] == sorted(SEVERITIES.index(kind) for _, kind, *_ in rows)


# Start-up


@pytest.mark.parametrize(("text", "is_needed"), [("plain", False), ("Größe, Łódź\t\xad\x1b", False), ("天", True)])
def test_widths_are_looked_up_only_where_they_may_differ(text: str, is_needed: bool) -> None:
    program = """if True:
        import sys
        from validator import reporters
        from validator.model import Excerpt, Finding, Look, Report
        places = 1, 1, 1, 2, 0, 1
        excerpt = Excerpt(sys.argv[1].encode(), b"\\t", sys.argv[1].encode())
        finding = Finding("A", "a", "error", "m", "p", None, *places, None, "help " * 30, 0, excerpt)
        list(reporters.render("full", Report((finding,)), Look(links="file:///", docs="https://example.org/")))
        print("wcwidth" in sys.modules)
    """
    run = subprocess.run([sys.executable, "-c", program, text], capture_output=True, check=True, text=True)
    assert run.stdout == f"{is_needed}\n"
