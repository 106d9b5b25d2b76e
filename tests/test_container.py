r"""The container format keeps every sentence of its specification.

What is tested is quoted, or nearly so, in the docstrings. Two things stand beside the reader: a
reference that divides a container the slow and obvious way, and the writer. ``tests/planted.py``
tries these tests by planting bugs in the format.
"""

from __future__ import annotations

import gc
import io
import json
import re
import time
import tracemalloc
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from validator import container, framing
from validator.container import BOM, HEADER_LIMIT
from validator.model import Layout, Place, Span

Document = tuple[bytes, bytes, bytes]

fuzzed = settings(deadline=None)

FRAGMENTS = (
    *(b"<<<FILE ", b"<<<FILE", b"<<<END ", b"<<<END", b"<<<", b"<<FILE ", b"<<<file ", b"<", b">>>", b">>", b">"),
    *(b"\n", b"\n", b"\n", b"\r\n", b"\r", b" ", b"\t", b"\v", b"\f", b"\\", b":", b"=", b"|", BOM),
    *(b"0", b"1", b"2", b"007", b"a.txt", b"id=7 name=a", b"words", b"\0", b"\x85", "é\u2028字".encode()),
    *(b"<<<FILE 1 a.txt>>>\n", b"\n<<<FILE 2 b>>>\n", b"\r\n<<<FILE 3 c>>>\r\n", b"\n<<<END 1>>>\n", b"\n\\<<<FILE "),
)
soups = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=2)), max_size=30).map(b"".join)
anything = st.one_of(soups, st.binary(max_size=60))

ids = anything.map(lambda data: data.translate(None, b" \t\n") or b"7")
names = anything.map(lambda data: data.translate(None, b"\n") or b"a.txt")
bodies = anything
collections = st.lists(st.tuples(ids, names, bodies), max_size=5)
some_documents = st.lists(st.tuples(ids, names, bodies), min_size=1, max_size=5)

ODD_BODIES = (
    *(
        b"",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"x",
        b"x\n",
        b"x\r",
        b"x\r\n",
        b"\rx",
        b"x\n\r",
        b"x\ry\n",
        b"\0",
        b"\n\0\n",
    ),
    *(BOM, BOM + b"<<<FILE 1 a>>>\n", "u\u2028v\u2029w\x85x\n".encode(), "wide\n".encode("utf-16"), b"\xff\xfe\xe9\n"),
    *(b"<<<FILE 1 a>>>", b"<<<FILE 1 a>>>\n", b"<<<END 1>>>", b"<<<FILE", b"<<<END", b"<<<FILENAME\n", b"<<<\n"),
    *(b"\\<<<FILE 1 a>>>\n", b"\\\\<<<END", b"\\\n\\<<<FILE\n\\", b"x\\<<<FILE 1 a>>>\n", b"\\", b"\\<<<", b"\\\\\n"),
    *(b"x\n<<<END 1>>>\r\n", b"\r<<<FILE 1 a>>>", b"\f<<<FILE 1 a>>>", b" <<<FILE 1 a>>>", b"x<<<FILE 1 a>>>\n"),
)
ODD_DOCUMENTS = [(b"%d" % number, b"body-%d" % number, body) for number, body in enumerate(ODD_BODIES)]

SMALL = (
    b"",
    b"\n",
    b"\r\n",
    BOM,
    BOM[:2],
    BOM + b"\n<<<FILE 1 a>>>\nx\n",
    BOM + b"<<<FILE 1 a>>>\nx\n\n<<<END 1>>>\n",
    b"no markers\nat all",
    b"<<<FILE 1 a>>>",
    b"<<<FILE 1 a>>>\n",
    b"<<<FILE 1 a>>>\n\n",
    b"<<<FILE 1 a>>>\r\n\r\n",
    b"<<<FILE 1 a>>>\nx\r\n<<<FILE 2 b>>>\r\nx\r\n<<<FILE 3 c>>>\r\nx\n",
    b"<<<FILE 1 a>>>\n<<<FILE 2 b>>>\n\n<<<END 2>>>\n",
    b"preamble\n\n<<<FILE 1 a>>>\nx\n<<<END 1>>>\n\nbehind\n<<<FILE 2 b>>>\ny\n<<<END 2>>>\nthe end",
    b"<<<END 0>>>\n<<<END 0>>>",
    b"<<<END>>>\n<<<END 01>>>\n<<<FILENAME\n\\<<<FILE 1 a>>>\n <<<FILE 1 a>>>\n",
    b"<<<FILE 1 a\n<<<FILE>>>\n<<<FILE 2 b>>> \t\r\n<<<FILE\t3\tc>>>\n<<<FILE id=4 name=d>>>\n<<<FILES>>>",
    b"\n<<<\n<<<F\n<<<FILE\n<<<FILE ",
)
LONG = tuple(
    b"<<<FILE 1 " + b"n" * (HEADER_LIMIT - 13 + more) + b">>>" + newline + rest
    for more in range(-2, 4)
    for newline, rest in ((b"\n", b"x\n"), (b"\r\n", b"x\r\n\r\n<<<END 1>>>\r\n"), (b"", b""), (b"\r", b""))
)
LONG_LINES = tuple(
    line + b" " * (HEADER_LIMIT - len(line) + more) + b"\nx\n<<<FILE 1 a>>>\n"
    for line in (b"<<<END 0>>>", b"<<<END>>>", b"<<<FILENAME")
    for more in range(-2, 4)
)


def read(data: bytes, layout: Layout) -> list[Document]:
    """What a reader gets out of a container."""
    return [
        (block.id, block.name, container.unescape(data[block.header_end : block.body_end])[0])
        for block in layout.blocks
    ]


def documents(data: bytes) -> list[Document]:
    return read(data, container.parse(data))


def pack(found: Iterable[Document]) -> bytes:
    return b"".join(container.pack(found))


def in_pieces(data: bytes, cuts: Iterable[int]) -> Layout:
    reader = container.Reader()
    blocks = []
    for start, end in pairwise([0, *sorted(cuts), len(data)]):
        blocks += reader.feed(data[start:end])
    return reader.layout(blocks + reader.close())


def is_canonical(layout: Layout) -> bool:
    """Whether a layout has nothing that the writer never writes."""
    end = layout.lines[-1] if layout.lines else None
    return (
        not layout.bom
        and layout.preamble == Span(0, 0)
        and all(block.has_body and block.newline == b"\n" and not block.oddities for block in layout.blocks)
        and end is not None
        and len(layout.lines) == 1
        and all(block.end <= end.span.start for block in layout.blocks)
        and (end.kind, end.count, end.newline, end.oddities) == ("end", len(layout.blocks), b"\n", ())
        and not layout.gaps
        and layout.final_newline
    )


def reference(data: bytes) -> list[tuple[str, bytes, bytes, bytes]]:
    """Divide a container line by line: (kind, marker line, body, framing) in order, preamble first."""
    lines = [line + b"\n" for line in data.removeprefix(BOM).split(b"\n")]
    lines[-1] = lines[-1][:-1]
    found: list[tuple[str, bytes, list[bytes]]] = [("preamble", b"", [])]
    for line in lines:
        text = re.sub(rb"\r?\n\Z", b"", line)[:HEADER_LIMIT]
        if re.fullmatch(rb"(?s)<<<FILE(?:[ \t:=|>].*|.*>>>[ \t\v\f\r]*)", text):
            found.append(("file", line, []))
        elif re.fullmatch(rb"<<<END (?:0|[1-9][0-9]{0,17})>>>[ \t\v\f\r]*", text):
            found.append(("end", line, []))
        else:
            found[-1][2].append(line)
    return [(kind, line, *_framed(kind, line, b"".join(content))) for kind, line, content in found]


def _framed(kind: str, line: bytes, content: bytes) -> tuple[bytes, bytes]:
    if kind != "file":
        return content, b""
    framing = b"\r\n" if line.endswith(b"\r\n") and content.endswith(b"\r\n") else b"\n"
    return (content[: -len(framing)], framing) if content.endswith(framing) else (content, b"")


def sections(data: bytes, layout: Layout) -> list[tuple[str, bytes, bytes, bytes]]:
    """A layout in the terms of ``reference``."""
    found = [(layout.preamble.start, ("preamble", b"", data[layout.preamble.start : layout.preamble.end], b""))]
    for block in layout.blocks:
        header, body = data[block.start : block.header_end], data[block.header_end : block.body_end]
        found.append((block.start, ("file", header, body, data[block.body_end : block.end])))
    gaps = {gap.start: data[gap.start : gap.end] for gap in layout.gaps}
    for line in layout.ends:
        end = line.span.end + len(line.newline)
        found.append((line.span.start, ("end", data[line.span.start : end], gaps.get(end, b""), b"")))
    return [section for _, section in sorted(found, key=lambda pair: (pair[0], pair[1][0] != "preamble"))]


def assert_partition(data: bytes, layout: Layout) -> None:
    mark = Span(0, 3 if layout.bom else 0)
    ends = [Span(line.span.start, line.span.end + len(line.newline)) for line in layout.ends]
    blocks = [Span(block.start, block.end) for block in layout.blocks]
    at = 0
    for part in sorted([mark, layout.preamble, *blocks, *ends, *layout.gaps], key=lambda part: (part.start, part.end)):
        assert part.start == at
        at = part.end
    assert at == layout.size == len(data)


def assert_exact(data: bytes, layout: Layout) -> None:
    def begins_line(start: int) -> bool:
        return start == (3 if layout.bom else 0) or data[start - 1 : start] == b"\n"

    for block in layout.blocks:
        header = data[block.header.start : block.header.end]
        assert begins_line(block.start)
        assert header.startswith(b"<<<FILE")
        assert b"\n" not in header
        assert data[block.header.end : block.header_end] == block.newline
        assert block.newline in ((b"\n", b"\r\n") if block.header_end < len(data) else (b"\n", b"\r\n", b""))
        assert block.start < block.header_end <= block.body_end <= block.end
        assert block.has_body == (block.end > block.header_end)
        assert block.line == (header[:HEADER_LIMIT] if block.oddities else b"")
        assert ("too-long" in block.oddities) == (len(header) > HEADER_LIMIT)
        if len(header) <= HEADER_LIMIT:
            assert container.read_header(header) == (block.id, block.name, block.oddities)
        if not block.oddities:
            assert header == b"<<<FILE " + block.id + b" " + block.name + b">>>"
        framing = data[block.body_end : block.end]
        assert framing in (b"", b"\n", b"\r\n")
        assert framing or not data[block.header_end : block.end].endswith(b"\n")
    for line in layout.lines:
        assert begins_line(line.span.start)
        assert data[line.span.start : line.span.end] == line.text
        assert data[line.span.end : line.span.end + len(line.newline)] == line.newline
        assert len(line.text) <= HEADER_LIMIT
    assert layout.bom == data.startswith(BOM)
    assert layout.final_newline == data.removeprefix(BOM).endswith(b"\n")


# What is a marker


@pytest.mark.parametrize(
    "before",
    [b"", BOM, b"\n", b"x\n", b"x\r\n", BOM + b"\n", b"<<<FILE 0 z>>>\n", b"<<<FILE\n", b"<<<\n", b"\\\n", b"\0\n"],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b""])
def test_a_line_begins_at_the_first_byte_behind_a_bom_and_behind_lf(before: bytes, newline: bytes) -> None:
    data = before + b"<<<FILE 7 a.txt>>>" + newline
    block = container.parse(data).blocks[-1]
    assert (block.id, block.name, block.start, block.newline) == (b"7", b"a.txt", len(before), newline)
    assert block.oddities == ()


@pytest.mark.parametrize(
    "before",
    [
        *(b"x", b" ", b"\t", b"\r", b"\f", b"\v", b"\x85", b"\x1c", b"\0", b"\\", b"<", b">", b"x\r", b"\n ", b"\n\\"),
        *("\x85".encode(), "\u2028".encode(), "\u2029".encode(), BOM + BOM, b"\n" + BOM, b"x" + BOM, BOM[:2], BOM[1:]),
    ],
)
def test_nowhere_else(before: bytes) -> None:
    layout = container.parse(before + b"<<<FILE 7 a.txt>>>\nx\n")
    assert layout.blocks == ()
    assert layout.lines == ()
    layout = container.parse(before + b"<<<END 0>>>\n")
    assert layout.lines == ()


ODDITIES: list[tuple[bytes, bytes, bytes, tuple[str, ...]]] = [
    (b"<<<FILE 7 a.txt>>>", b"7", b"a.txt", ()),
    (b"<<<FILE INDEX INDEX.md>>>", b"INDEX", b"INDEX.md", ()),
    (b"<<<FILE 7 two words.txt>>>", b"7", b"two words.txt", ()),
    (b"<<<FILE 7 a>>>b>>>", b"7", b"a>>>b", ()),
    (b"<<<FILE 7 b>>>>", b"7", b"b>", ()),
    (b"<<<FILE 7 >>>>", b"7", b">", ()),
    (b"<<<FILE >>> a>>>", b">>>", b"a", ()),
    (b"<<<FILE 7  a.txt>>>", b"7", b" a.txt", ()),
    (b"<<<FILE 7 a.txt >>>", b"7", b"a.txt ", ()),
    (b"<<<FILE 7  >>>", b"7", b" ", ()),
    (b"<<<FILE 7 a\tb>>>", b"7", b"a\tb", ()),
    (b"<<<FILE \r \0>>>", b"\r", b"\0", ()),
    (b"<<<FILE id=7 name=a.txt>>>", b"id=7", b"name=a.txt", ()),
    (b"<<<FILE 7: a.txt>>>", b"7:", b"a.txt", ()),
    (b"<<<FILE \xff \xfe>>>", b"\xff", b"\xfe", ()),
    (b"<<<FILE  a.txt>>>", b"", b"a.txt", ("no-id",)),
    (b"<<<FILE 7>>>", b"7", b"", ("no-name",)),
    (b"<<<FILE 7 >>>", b"7", b"", ("no-name",)),
    (b"<<<FILE>>>", b"", b"", ("no-id", "no-name")),
    (b"<<<FILE >>>", b"", b"", ("no-id", "no-name")),
    (b"<<<FILE  >>>", b"", b"", ("no-id", "no-name")),
    (b"<<<FILES>>>", b"", b"", ("no-id", "no-name")),
    (b"<<<FILE 7 a.txt", b"7", b"a.txt", ("unterminated",)),
    (b"<<<FILE 7 a.txt>", b"7", b"a.txt", ("unterminated",)),
    (b"<<<FILE 7 a.txt>>", b"7", b"a.txt", ("unterminated",)),
    (b"<<<FILE 7 a.txt>> ", b"7", b"a.txt", ("unterminated",)),
    (b"<<<FILE 7 a.txt>>>.", b"7", b"a.txt>>>.", ("unterminated",)),
    (b"<<<FILE 7 X>", b"7", b"X", ("unterminated",)),
    (b"<<<FILE ", b"", b"", ("unterminated", "no-id", "no-name")),
    (b"<<<FILE 7 a.txt>>> ", b"7", b"a.txt", ("trailing-blank",)),
    (b"<<<FILE 7 a.txt>>>\t \v\f\r ", b"7", b"a.txt", ("trailing-blank",)),
    (b"<<<FILE\t7\ta.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE 7\ta.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE\t7 a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE  7 a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE:7 a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE: 7 a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILES 7 a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE=7 a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE|7|a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE: a.txt>>>", b"a.txt", b"", ("separator", "no-name")),
    (b"<<<FILE 7\t8 a.txt>>>", b"7", b"8 a.txt", ("separator",)),
    (b"<<<FILE\t7: a.txt>>>", b"7", b"a.txt", ("separator",)),
    (b"<<<FILE:X X>>>", b"X", b"X", ("separator",)),
    (b"<<<FILE_7 a.txt>>>", b"_7", b"a.txt", ("separator",)),
    (b"<<<FILE :7>>>", b"7", b"", ("separator", "no-name")),
    (b"<<<FILE 7\t>>>", b"7", b"", ("separator", "no-name")),
    (b"<<<FILE X>>>", b"X", b"", ("no-name",)),
    (b"<<<FILE\t7 a.txt>> ", b"7", b"a.txt", ("unterminated", "separator")),
    (b"<<<FILE  a.txt>>> ", b"", b"a.txt", ("trailing-blank", "no-id")),
]


@pytest.mark.parametrize(("line", "identifier", "name", "oddities"), ODDITIES)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_every_line_plainly_meant_as_a_header_splits(
    line: bytes, identifier: bytes, name: bytes, oddities: tuple[str, ...], newline: bytes
) -> None:
    """How the line departs from the grammar stands in the oddities; id and name are what was meant."""
    data = b"before\n" + line + newline + b"body\n"
    layout = container.parse(data)
    (block,) = layout.blocks
    assert (block.id, block.name, block.oddities) == (identifier, name, oddities)
    assert data[block.header.start : block.header.end] == line
    assert block.line == (line if oddities else b"")
    assert data[block.header_end : block.body_end] == b"body"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        *((b"<<<FILE", "reserved"), (b"<<<FILENAME", "reserved"), (b"<<<FILES 7 a.txt", "reserved")),
        *((b"<<<FILE<<<", "reserved"), (b"<<<FILENAME>>", "reserved"), (b"<<<FILE_1 a>>> x", "reserved")),
        *((b"<<<END", "reserved"), (b"<<<END 1>>", "reserved"), (b"<<<END 1", "reserved"), (b"<<<ENDING", "reserved")),
        *((b"<<<END>>>", "foreign-end"), (b"<<<END a.txt>>>", "foreign-end"), (b"<<<END FILE>>>", "foreign-end")),
        *((b"<<<END 01>>>", "foreign-end"), (b"<<<END 00>>>", "foreign-end"), (b"<<<END -1>>>", "foreign-end")),
        *((b"<<<END  1>>>", "foreign-end"), (b"<<<END 1 >>>", "foreign-end"), (b"<<<END\t1>>>", "foreign-end")),
        *((b"<<<END1>>>", "foreign-end"), (b"<<<END:1>>>", "foreign-end"), (b"<<<END 1>>>>", "foreign-end")),
        *((b"<<<END >>>", "foreign-end"), (b"<<<END +1>>>", "foreign-end"), (b"<<<END 1_0>>>", "foreign-end")),
        *(("<<<END ١>>>".encode(), "foreign-end"), ("<<<END ²>>>".encode(), "foreign-end")),
        *((b"<<<END " + b"9" * 19 + b">>>", "foreign-end"), (b"<<<END " + b"9" * 5000 + b">>>", "foreign-end")),
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_lines_that_begin_like_a_marker_and_are_none_stay_content(line: bytes, kind: str, newline: bytes) -> None:
    """They are listed in the layout's lines."""
    data = b"<<<FILE 1 a>>>\nx\n" + line + newline + b"y\n"
    layout = container.parse(data)
    assert documents(data) == [(b"1", b"a", b"x\n" + line + newline + b"y")]
    assert [(found.kind, found.text, found.newline) for found in layout.lines] == [(kind, line, newline)]


@pytest.mark.parametrize(
    "line", [b"<<<", b"<<<file 1 a>>>", b"<<<end 1>>>", b"<<FILE 1 a>>>", b"<<<Fi", b"<<<EN", b"<<<FIL"]
)
def test_other_lines_are_content_and_not_worth_a_word(line: bytes) -> None:
    layout = container.parse(b"<<<FILE 1 a>>>\nx\n" + line + b"\ny\n")
    assert len(layout.blocks) == 1
    assert layout.lines == ()


@pytest.mark.parametrize(
    ("line", "count", "oddities"),
    [
        *((b"<<<END 0>>>", 0, ()), (b"<<<END 1>>>", 1, ()), (b"<<<END 10>>>", 10, ())),
        *((b"<<<END 1>>> ", 1, ("trailing-blank",)), (b"<<<END 20>>>\r\t", 20, ("trailing-blank",))),
        (b"<<<END " + b"9" * 18 + b">>>", 10**18 - 1, ()),
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b""])
def test_an_end_marker_holds_a_decimal_number_without_leading_zero(
    line: bytes, count: int, oddities: tuple[str, ...], newline: bytes
) -> None:
    data = b"<<<FILE 1 a>>>\nx\n\n" + line + newline
    layout = container.parse(data)
    (end,) = layout.ends
    assert (end.count, end.text, end.newline, end.oddities) == (count, line, newline, oddities)
    assert documents(data) == [(b"1", b"a", b"x\n")]
    assert layout.gaps == ()


# Framing


@pytest.mark.parametrize(
    ("data", "body", "has_body"),
    [
        (b"<<<FILE 1 a>>>", b"", False),
        (b"<<<FILE 1 a>>>\n", b"", False),
        (b"<<<FILE 1 a>>>\n\n", b"", True),
        (b"<<<FILE 1 a>>>\n\n\n", b"\n", True),
        (b"<<<FILE 1 a>>>\nx", b"x", True),
        (b"<<<FILE 1 a>>>\nx\n", b"x", True),
        (b"<<<FILE 1 a>>>\nx\n\n", b"x\n", True),
        (b"<<<FILE 1 a>>>\nx\r", b"x\r", True),
        (b"<<<FILE 1 a>>>\nx\r\n", b"x\r", True),
        (b"<<<FILE 1 a>>>\nx\r\n\n", b"x\r\n", True),
        (b"<<<FILE 1 a>>>\r\nx\n", b"x", True),
        (b"<<<FILE 1 a>>>\r\nx\r", b"x\r", True),
        (b"<<<FILE 1 a>>>\r\nx\r\n", b"x", True),
        (b"<<<FILE 1 a>>>\r\nx\r\r\n", b"x\r", True),
        (b"<<<FILE 1 a>>>\r\nx\r\n\r\n", b"x\r\n", True),
        (b"<<<FILE 1 a>>>\r\n\r\n", b"", True),
        (b"<<<FILE 1 a>>>\r\n\n", b"", True),
        (b"<<<FILE 1 a>>>\r\n", b"", False),
        (b"<<<FILE 1 a>>>\n\r\n", b"\r", True),
    ],
)
@pytest.mark.parametrize("marker", [b"", b"<<<FILE 2 b>>>\ny\n", b"<<<FILE", b"<<<END 1>>>\r\n", b"<<<FILE 2>>>"])
def test_the_lf_before_a_marker_and_the_last_lf_are_framing(
    data: bytes, body: bytes, has_body: bool, marker: bytes
) -> None:
    """Where a header line ends in CR LF, one CR before the framing LF is framing too."""
    if marker and not data.endswith(b"\n"):
        return
    if marker == b"<<<FILE":  # content, so nothing before it is framing
        body, has_body = data[data.index(b"\n") + 1 :] + marker, True
    block = container.parse(data + marker).blocks[0]
    assert (data + marker)[block.header_end : block.body_end] == body
    assert block.has_body == has_body


@fuzzed
@given(
    st.lists(st.tuples(st.from_regex(r"[a-z0-9]+", fullmatch=True), st.text(st.characters(codec="utf-8"))), max_size=5)
)
@example([("1", ""), ("2", "\n"), ("3", "no newline"), ("4", "newline\n"), ("5", "\r\n"), ("6", "\ufeff")])
def test_a_script_that_prints_headers_and_bodies_writes_a_valid_container(found: list[tuple[str, str]]) -> None:
    """It is the canonical form without its end marker, as long as no line needs escaping."""
    assume(not any(re.search(r"(?m)^\\*<<<(FILE|END)", body) for _, body in found))
    printed = io.StringIO()
    with redirect_stdout(printed):
        for identifier, body in found:
            print(f"<<<FILE {identifier} {identifier}.txt>>>")
            print(body)
    expected = [(i.encode(), f"{i}.txt".encode(), body.encode()) for i, body in found]
    data = printed.getvalue().encode()
    assert documents(data) == expected
    assert data + b"<<<END %d>>>\n" % len(found) == pack(expected)


def test_what_stands_behind_an_end_marker_is_a_gap() -> None:
    data = b"<<<FILE 1 a>>>\nx\n<<<END 1>>>\nbehind\n\n<<<FILE 2 b>>>\ny\n<<<END 2>>>\r\n\n<<<END 3>>>\n<<<END 4>>>z"
    layout = container.parse(data)
    assert [data[gap.start : gap.end] for gap in layout.gaps] == [b"behind\n\n", b"\n", b"<<<END 4>>>z"]
    assert [end.count for end in layout.ends] == [1, 2, 3]
    assert documents(data) == [(b"1", b"a", b"x"), (b"2", b"b", b"y")]
    assert [line.kind for line in layout.lines] == ["end", "end", "end", "reserved"]


# Writing


@fuzzed
@given(collections)
@example(ODD_DOCUMENTS)
@example([])
def test_every_body_comes_back_byte_for_byte(found: list[Document]) -> None:
    """And so does every id and name that the grammar can hold; what is written is canonical."""
    data = pack(found)
    layout = container.parse(data)
    assert read(data, layout) == found
    assert is_canonical(layout)


@fuzzed
@given(anything)
@example(pack(ODD_DOCUMENTS))
@example(pack([]))
@example(pack([(b"1", b"a", b"x\n")]) + b"\n")
@example(b"<<<FILE 1 a>>>\nx\n\n<<<END 2>>>\n<<<FILE 2 b>>>\ny\n\n")
def test_there_is_one_canonical_form(data: bytes) -> None:
    """Nothing that reads as canonical differs from what the writer writes."""
    layout = container.parse(data)
    if is_canonical(layout):
        assert pack(read(data, layout)) == data


@fuzzed
@given(anything)
@example(b"".join(body + b"\n" for body in ODD_BODIES))
def test_escaping_is_undone_by_reading_and_leaves_no_marker(body: bytes) -> None:
    """A body line of the form \\*<<<(FILE|END) is written with one more backslash, and read with one less."""
    written = container.escape(body)
    assert written == b"\n".join(
        b"\\" + line if line.lstrip(b"\\").startswith((b"<<<FILE", b"<<<END")) else line for line in body.split(b"\n")
    )
    assert container.unescape(written)[0] == body
    layout = container.parse(b"\n" + written)
    assert (layout.blocks, layout.lines) == ((), ())


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        (b"", b"a"),
        (b"1", b""),
        (b"1 2", b"a"),
        (b"1\t2", b"a"),
        (b"1\n", b"a"),
        (b"1", b"a\nb"),
        (b"1", b"n" * HEADER_LIMIT),
    ],
)
def test_the_writer_refuses_what_the_grammar_cannot_hold(identifier: bytes, name: bytes) -> None:
    with pytest.raises(ValueError, match="container"):
        pack([(identifier, name, b"")])


def test_the_writer_writes_up_to_the_limit() -> None:
    found = [(b"1", b"n" * (HEADER_LIMIT - len(b"<<<FILE 1 >>>")), b"x\n")]
    assert documents(pack(found)) == found
    with pytest.raises(ValueError, match=r"too long for a container: b'n{40}' …$"):
        pack([(b"1", found[0][1] + b"n", b"x\n")])


# Places


@fuzzed
@given(bodies, some_documents)
@example(b"\\<<<FILE 1 a>>>\n<<<END\n\n\\\\<<<END 1>>>\nx", [(b"1", b"a", b"")])
def test_the_bytes_of_an_unescaped_body_are_found_in_the_file(body: bytes, before: list[Document]) -> None:
    data = pack([*before, (b"7", b"a.txt", body)])
    block = container.parse(data).blocks[-1]
    read_body, escapes = container.unescape(data[block.header_end : block.body_end])
    place = Place("all.bundle", document="a.txt", start=block.header_end, escapes=escapes)
    assert read_body == body
    assert len(data[block.header_end : block.body_end]) == len(body) + len(escapes)
    for at in range(len(body)):
        found = place.in_file(Span(at, at + 1))
        assert data[found.start : found.end] == body[at : at + 1]
        assert place.in_file(Span(at, at)) == Span(found.start, found.start)
        assert place.in_file(Span(at, len(body))) == Span(found.start, block.body_end)
    for at in escapes:
        assert data[place.in_file(Span(at, at)).start - 1 :].startswith((b"\\<<<", b"\\\\"))


@pytest.mark.parametrize(
    ("body", "span", "in_file"),
    [
        (b"ab", Span(0, 2), Span(16, 18)),
        (b"<<<END", Span(0, 3), Span(17, 20)),
        (b"<<<END", Span(0, 0), Span(17, 17)),
        (b"x\n<<<END\ny\n", Span(0, 2), Span(16, 18)),
        (b"x\n<<<END\ny\n", Span(1, 3), Span(17, 20)),
        (b"x\n<<<END\ny\n", Span(2, 3), Span(19, 20)),
        (b"x\n<<<END\ny\n", Span(9, 10), Span(26, 27)),
        (b"<<<END\n\\<<<FILE\n", Span(0, 16), Span(17, 34)),
        (b"<<<END\n\\<<<FILE\n", Span(7, 8), Span(25, 26)),
        (b"<<<END\n\\<<<FILE\n", Span(16, 16), Span(34, 34)),
    ],
)
def test_spans_are_translated_across_escapes(body: bytes, span: Span, in_file: Span) -> None:
    data = pack([(b"10", b"a", body)])
    _, escapes = container.unescape(data[16 : container.parse(data).blocks[0].body_end])
    assert Place("all.bundle", start=16, escapes=escapes).in_file(span) == in_file


# Reading anything


@fuzzed
@given(anything)
@example(b"".join(line + b"\nbody\n" for line, *_ in ODDITIES))
def test_the_reader_never_raises_and_loses_nothing(data: bytes) -> None:
    """Mark, preamble, blocks, end markers and gaps partition the input, and every offset is exact."""
    layout = container.parse(data)
    assert_partition(data, layout)
    assert_exact(data, layout)
    assert sections(data, layout) == reference(data)
    for block in layout.blocks:
        framing.intended(block)
        framing.key_values(block)
    list(container.near_markers(data))


@pytest.mark.parametrize("data", [*SMALL, *LONG, *LONG_LINES])
def test_pinned_inputs_are_divided_exactly(data: bytes) -> None:
    layout = container.parse(data)
    assert_partition(data, layout)
    assert_exact(data, layout)


@pytest.mark.parametrize("data", [*SMALL, *LONG])
def test_pinned_inputs_are_divided_like_the_reference(data: bytes) -> None:
    assert sections(data, container.parse(data)) == reference(data)


@fuzzed
@given(anything)
@example(BOM + b"<<<FILE 1 a>>>\n")
@example(b"<<<FILENAME>>>\r\n")
@example(b"<<<FILENAME>>\n>")
def test_a_container_is_known_by_its_first_line(data: bytes) -> None:
    layout = container.parse(data)
    first = layout.blocks[0].start if layout.blocks else None
    assert container.looks_like_container(data) == (first == (3 if layout.bom else 0))


@pytest.mark.parametrize("data", LONG)
def test_a_container_with_a_long_first_line_is_known_by_its_beginning(data: bytes) -> None:
    assert container.looks_like_container(data)
    assert container.looks_like_container(data[: HEADER_LIMIT - 5])
    tail = b"<<<FILENAME" + data[11:]
    assert container.looks_like_container(tail) == bool(container.parse(tail).blocks)


# Reading in pieces


@fuzzed
@given(anything, st.data())
def test_any_cutting_of_the_input_gives_the_same_blocks(data: bytes, draw: st.DataObject) -> None:
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=8))
    assert in_pieces(data, cuts) == container.parse(data)


@pytest.mark.parametrize("data", [*SMALL, pack(ODD_DOCUMENTS)[:900], b"".join(line + b"\n" for line, *_ in ODDITIES)])
def test_so_does_every_single_cut_and_every_byte_alone(data: bytes) -> None:
    whole = container.parse(data)
    assert in_pieces(data, range(len(data))) == whole
    for cut in range(len(data) + 1):
        assert in_pieces(data, [cut]) == whole


@pytest.mark.parametrize("data", [*LONG, *LONG_LINES])
def test_so_does_every_cut_around_the_header_limit(data: bytes) -> None:
    whole = container.parse(data)
    edge = range(HEADER_LIMIT - 4, min(len(data), HEADER_LIMIT + 8))
    for cut in edge:
        assert in_pieces(data, [cut]) == whole
    assert in_pieces(data, edge) == whole
    assert in_pieces(data, range(0, len(data), 97)) == whole


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("more", range(-2, 4))
def test_a_header_over_the_limit_spoils_only_itself(newline: bytes, more: int) -> None:
    """What lies behind its first 8 KiB is skipped up to the next LF."""
    first, second = (b"1", b"n" * (HEADER_LIMIT - 13 + more), b"x"), (b"2", b"b", b"y\n")
    data = newline.join(b"<<<FILE %b %b>>>%b%b" % (i, name, newline, body) for i, name, body in (first, second))
    layout = container.parse(data)
    long, block = layout.blocks
    assert long.oddities == (("too-long",) if more > 0 else ())
    assert long.newline == newline
    assert long.id == b"1"
    assert data[long.header_end : long.body_end] == b"x"
    assert (block.id, block.name, block.oddities) == (b"2", b"b", ())
    assert in_pieces(data, range(0, len(data), 1000)) == layout


def test_bodies_and_long_lines_are_not_kept() -> None:
    """Memory does not grow with the input."""
    chunk = b"words " * 10_000
    for start in (b"", b"<<<FILE 1 a>>>\n", b"<<<FILE 1 a", b"<<<END 1", b"<<<"):
        reader = container.Reader()
        reader.feed(start)
        tracemalloc.start()
        for _ in range(100):
            reader.feed(chunk)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20 * len(chunk)


# Near misses


NEAR = [
    ("wrong-case", b"", b"<<<file 7 a.txt>>>"),
    ("wrong-case", b"", b"<<<File 7 a.txt>>>"),
    ("wrong-case", b"  ", b"<<<file: 7 a.txt>>>"),
    ("blank-inside", b"", b"<<< FILE 7 a.txt>>>"),
    ("blank-inside", b"\t", b"<<<\tFILE 8 b.txt>>>"),
    ("indented", b" ", b"<<<FILE 7 a.txt>>>"),
    ("indented", b"\t", b"<<<FILE 7 a.txt>>> "),
    ("indented", b" " * 300, b"<<<FILE 7 a.txt>>>"),
    ("indented", b"words" + b" " * 256, b"<<<FILE 7 a.txt>>>"),
    ("bracket-count", b"", b"<<FILE 7 a.txt>>>"),
    ("bracket-count", b"", b"<<FILE 7 a.txt>>"),
    ("bracket-count", b"", b"<<<<FILE 7 a.txt>>>>"),
    ("bracket-count", b" ", b"<<file 7 a.txt>>"),
    ("byte-order-mark", BOM, b"<<<FILE 7 a.txt>>>"),
    ("carriage-return", b"words\r", b"<<<FILE 7 a.txt>>>"),
    ("carriage-return", b"\r", b"<<<FILE 7 a.txt>>>"),
    ("mid-line", b"words", b"<<<FILE 7 a.txt>>>"),
    ("mid-line", b"words ", b"<<<FILE\t7 a.txt>>>"),
    ("mid-line", b"X", b"<<<FILE 7 a.txt>>>"),
    ("mid-line", b"x" * 5000, b"<<<FILE 7 a.txt>>>"),
]


@pytest.mark.parametrize(("kind", "before", "line"), NEAR)
@pytest.mark.parametrize("around", [(b"", b""), (b"", b"\n<"), (b"one\n\n", b"\ntwo\n"), (b"one\n", b"\r\ntwo")])
def test_near_misses_are_found(kind: str, before: bytes, line: bytes, around: tuple[bytes, bytes]) -> None:
    body = around[0] + before + line + around[1]
    start = len(around[0] + before)
    assert list(container.near_markers(body)) == [(kind, Span(start, start + len(line)), line)]


@pytest.mark.parametrize(
    "body",
    [
        b"Put `<<<FILE id name>>>` on a line of its own.\n",
        b"A header, <<<FILE id name>>>, stands before each body.\n",
        b"(A header looks like <<<FILE id name>>>.)\n",
        "Die Zeile «<<<FILE 7 a.txt>>>» beginnt ein Dokument.\n".encode(),
        b"> <<<FILE 7 a.txt>>> begins a block\n",
        b"\\<<<FILE 7 a.txt>>>\n",
        b"\\\\<<<FILE 7 a.txt>>>\n",
        b"std::cout << file << std::endl;\n",
        b"cat <<FILE > out.txt\nwords\nFILE\n",
        b"see <<file-names>> and <<FILES>> and <<<FILENAME>>>\n",
        b"<<<<<<< file a.txt\n=======\n>>>>>>> other\n",
        b"<<<<<FILE 7 a.txt>>>>>\n",
        b"<<<FILE 7 a.txt\n",
        b"<<<file 7 a.txt>>>X\n",
        b"a <<file b>> c\n",
        b"std::vector<std::vector<<File x>>\n",
        b"<< File >\n",
        b"<FILE 7 a.txt>\n",
        b"<<<file 7 " + b"n" * 5000 + b">>>\n",
        b"",
    ],
)
def test_prose_and_programs_have_no_near_misses(body: bytes) -> None:
    assert list(container.near_markers(body)) == []


def test_one_line_has_one_near_miss() -> None:
    line = b" <<<FILE 7 a.txt>>> <<<FILE 8 b.txt>>>\n"
    assert [span.start for _, span, _ in container.near_markers(line * 3)] == [1, 1 + len(line), 1 + 2 * len(line)]


@fuzzed
@given(anything)
@example(b"<<<FILE 1 abc>>>" * 300)
@example(b"<<<file 1 abc" + b">" * 5000)
def test_near_misses_are_exact_apart_and_split_nothing(body: bytes) -> None:
    at = 0
    for kind, span, text in container.near_markers(body):
        assert kind in {kind for kind, *_ in NEAR}
        assert at <= span.start < span.end <= len(body)
        assert body[span.start : span.end] == text
        assert b"\n" not in text
        assert len(text) <= 4096
        at = span.end


@fuzzed
@given(anything)
@example(b"\\<<<END")
@example(b"<<\tfile 7 a.txt>>")
@example(b"<<FILE 7 a.txt>>")
def test_what_may_hold_a_marker_is_never_passed_over(raw: bytes) -> None:
    if container.unescape(raw)[1] or list(container.near_markers(raw)):
        assert container.hints_at_marker(raw)


@pytest.mark.parametrize(
    "raw", [b"", b"a << b", b"<<<FIL", b"<FILE 7>", b"<<  FILE", b"\\<<", b"\\\\ <<<", b"<< a file"]
)
def test_other_bytes_do_not_hint_at_a_marker(raw: bytes) -> None:
    assert container.hints_at_marker(raw) is False


# Damage


BROKEN = (
    *(
        b"<<<FILE>>>",
        b"<<<FILE >>>",
        b"<<<FILE  a.txt>>>",
        b"<<<FILE 7>>>",
        b"<<<FILE 7 >>>",
        b"<<<FILE 7",
        b"<<<FILE ",
    ),
    *(b"<<<FILE 7 a.txt", b"<<<FILE 7 a.txt>", b"<<<FILE 7 a.txt>>", b"<<<FILE 7 a.txt>>> ", b"<<<FILE 7 a.txt>>>\t"),
    *(b"<<<FILE\t7\ta.txt>>>", b"<<<FILE:7 a.txt>>>", b"<<<FILE: 7 a.txt>>>", b"<<<FILE  7 a.txt>>>", b"<<<FILES>>>"),
    *(b"<<<FILE=7", b"<<<FILE|7", b"<<<FILE 7 " + b"n" * HEADER_LIMIT, b"<<<FILE 7 a.txt>>>.", b"<<<FILE 7 a\0b>>"),
)


@fuzzed
@given(some_documents, st.data())
def test_one_malformed_header_spoils_only_its_own_id_and_name(found: list[Document], draw: st.DataObject) -> None:
    data = pack(found)
    whole = container.parse(data)
    number = draw.draw(st.integers(0, len(found) - 1))
    broken = draw.draw(st.sampled_from(BROKEN))
    header = whole.blocks[number].header
    damaged = data[: header.start] + broken + data[header.end :]
    layout = container.parse(damaged)
    left = read(damaged, layout)
    assert left[:number] + left[number + 1 :] == found[:number] + found[number + 1 :]
    assert left[number][2] == found[number][2]
    assert layout.blocks[number].oddities
    assert layout.ends[0].count == len(found)


@fuzzed
@given(some_documents, st.data())
def test_a_lost_header_spoils_only_itself_and_its_predecessor(found: list[Document], draw: st.DataObject) -> None:
    data = pack(found)
    whole = container.parse(data)
    number = draw.draw(st.integers(0, len(found) - 1))
    lost = whole.blocks[number]
    damaged = data[: lost.start] + data[lost.header_end :]
    layout = container.parse(damaged)
    left = read(damaged, layout)
    assert left[number:] == found[number + 1 :]
    joined = found[number][2] + b"\n" if number == 0 else found[number - 1][2] + b"\n" + found[number][2]
    if number == 0:
        assert container.unescape(damaged[: layout.preamble.end])[0] == joined
    else:
        assert left[: number - 1] == found[: number - 1]
        assert left[number - 1] == (*found[number - 1][:2], joined)


@fuzzed
@given(st.lists(collections, min_size=1, max_size=4))
@example([[], [], []])
@example([[(b"1", b"a", b"")], [], [(b"1", b"a", b"\r")]])
def test_concatenated_containers_are_recovered_whole(parts: list[list[Document]]) -> None:
    data = b"".join(map(pack, parts))
    layout = container.parse(data)
    assert read(data, layout) == [document for part in parts for document in part]
    assert [end.count for end in layout.ends] == [len(part) for part in parts]
    assert layout.gaps == ()


@fuzzed
@given(collections, st.booleans())
@example([(b"1", b"a", b""), (b"2", b"b", b"\n"), (b"3", b"c", b"x"), (b"4", b"d", b"\\<<<END 1>>>\n")], True)
def test_a_container_converted_to_crlf_has_the_same_documents_in_crlf(found: list[Document], with_end: bool) -> None:
    found = [(identifier, name, body.replace(b"\r", b"")) for identifier, name, body in found]
    data = pack(found)
    if not with_end:
        data = data[: container.parse(data).ends[0].span.start]
    data = data.replace(b"\n", b"\r\n")
    layout = container.parse(data)
    assert read(data, layout) == [(i, name, body.replace(b"\n", b"\r\n")) for i, name, body in found]
    assert {block.newline for block in layout.blocks} | {end.newline for end in layout.ends} <= {b"\r\n"}
    assert all(not block.oddities and block.has_body for block in layout.blocks)


@fuzzed
@given(collections)
@example(ODD_DOCUMENTS)
def test_the_end_marker_makes_truncation_visible(found: list[Document]) -> None:
    data = pack(found)
    for size in range(max(0, len(data) - 1000), len(data)):
        assert not is_canonical(container.parse(data[:size]))


def test_every_change_of_one_byte_is_seen() -> None:
    """A changed container departs from the canonical form or holds other documents."""
    found = [(b"INDEX", b"INDEX.md", b"- [a](a)\n"), (b"1", b"a", b"\\<<<END 1>>>\n\r"), (b"2", b"b", b"")]
    data = pack(found)
    every = [bytes([value]) for value in range(256)]
    for at in range(len(data) + 1):
        changes = [(at, new) for new in every] + ([(at + 1, new) for new in (b"", *every)] if at < len(data) else [])
        for end, new in changes:
            changed = data[:at] + new + data[end:]
            layout = container.parse(changed)
            assert changed == data or not is_canonical(layout) or read(changed, layout) != found


# Cost


def linear(work: Callable[[bytes], object], unit: bytes, size: int) -> bool:
    """Whether four times the input costs clearly less than sixteen times the time, as it would if quadratic."""

    def cost(data: bytes) -> float:
        started = time.process_time()
        work(data)
        return time.process_time() - started

    small = unit * (size // len(unit))
    gc.disable()  # a collection costs what all the objects of the test run cost
    try:
        return any(cost(small * 4) < 10 * cost(small) + 0.05 for _ in range(5))
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "unit",
    [
        *(b"<", b"<<FILE ", b"<<<FILE 1 abc>>>", b"<<<file ", b"<<FILE\n", b" <<<FILE 1 a>>>\n", b"x", b" ", b"\n"),
        *(b"<<file>>", b"x" * 255 + b"<<FILE ", b"\r<<<FILE 1 abc>>>", b"\\<<<FILE 1 a>>>", b">" * 50 + b"<<file "),
    ],
)
def test_near_misses_are_looked_for_in_linear_time(unit: bytes) -> None:
    assert linear(lambda data: list(container.near_markers(data)), unit, 250_000)


@pytest.mark.parametrize(
    "unit",
    [
        *(b"x", b"\n", b"\r", b"<", b">", b"<<<", b"\n<<", b"<<<\n", b"<<<FILE", b"<<<FILE 1 a>>>\n", b"<<<END 1>>>\n"),
        *(b"<<<END", b"<<<FILE\n", b"\\", b"\\<<<FILE\n", b"\n\\", b"<<<FILE " + b"n" * 9000 + b"\n", b"<<<FILE\t"),
    ],
)
def test_containers_are_divided_and_escaped_in_linear_time(unit: bytes) -> None:
    def in_chunks(data: bytes) -> None:
        reader = container.Reader()
        for start in range(0, len(data), 1000):
            reader.feed(data[start : start + 1000])
        reader.close()

    assert linear(container.parse, unit, 100_000)
    assert linear(in_chunks, unit, 100_000)
    assert linear(container.escape, unit, 100_000)
    assert linear(container.unescape, unit, 100_000)


# The page


PAGE = Path(__file__).parent.parent / "docs" / "container-format.md"


def fenced(page: str, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", page)


def test_the_page_has_the_grammar_of_the_module() -> None:
    (grammar,) = fenced(PAGE.read_text("utf-8"), "abnf")
    block = re.search(r"(?ms)^::\n\n(.*?)\n\n", container.__doc__ or "")
    assert block is not None
    assert grammar.split("\n")[:-1] == [line.removeprefix("    ") for line in block[1].split("\n")]


def test_the_page_has_the_oddities_of_the_module() -> None:
    listed = re.findall(r"(?m)^\| `([a-z-]+)` +\|", PAGE.read_text("utf-8"))
    assert listed == re.findall(r"(?m)^``([a-z-]+)`` ", container.__doc__ or "")
    assert set(listed) == {oddity for *_, oddities in ODDITIES for oddity in oddities} | {"too-long"}


def test_the_worked_example_of_the_page_is_what_the_writer_writes() -> None:
    page = PAGE.read_text("utf-8")
    (data,) = [block.encode() for block in fenced(page, "text")]
    rows = re.findall(r'(?m)^\| `(\S+)` +\| `(\S+)` +\| `(".*")` +\|$', page)
    expected = [(identifier.encode(), name.encode(), json.loads(body).encode()) for identifier, name, body in rows]
    assert documents(data) == expected
    assert pack(expected) == data
    assert b"" in [body for *_, body in expected]
    assert any(body and not body.endswith(b"\n") for *_, body in expected)
    assert any(b"\n<<<FILE" in body for *_, body in expected)
