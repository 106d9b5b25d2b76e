"""How prose is divided into lines: none is lost, none is moved, and what a rule looks at first leaves none out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator import prose

LINES = (
    *(b"", b"", b" ", b"\r", b"---", b"a: b", b"```", b"```py", b"````", b"~~~", b"- pier", b"\ttide", b"    tide = 1"),
    *(
        b"x::",
        b"  tide",
        b".. code:: c",
        b"a | b | c",
        b"a   b   c",
        "┃é┃".encode(),
        b"`{{ e }}` {{ a }}",
        b"{{ b }} {{ c }}",
        b"    {{ d }}",
    ),
    *(b"\xef\xbb\xbf", b"\xe2\x80", b"\xff\r", b"\xed\xa0\x80", "船が着いた".encode(), b"The ferry left at nine. " * 6),
)

documents = st.builds(
    lambda lines, newline, end: newline.join(lines) + end,
    st.lists(st.sampled_from(LINES) | st.binary(max_size=6), max_size=14),
    st.sampled_from([b"\n", b"\n", b"\r\n"]),
    st.sampled_from([b"\n", b"", b"\r"]),
)


@given(data=documents, size=st.sampled_from([1, 40, 1 << 16]))
def test_lines_are_all_there_is_each_at_its_place(data: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prose, "_PIECE", size)
        found = list(prose.lines(data))
    raw = data.split(b"\n")[: len(found)]
    assert b"".join(line + b"\n" for line in raw)[: len(data)] == data
    for line, text in zip(found, raw, strict=True):
        assert data[line.start : line.start + len(text)] == text
        assert line.text.encode("utf-8", "surrogateescape") == text.removesuffix(b"\r")
        assert data[line.span().start : line.span().end] == text.removesuffix(b"\r")
    assert found == list(prose.lines(data))
    assert prose.rows(data) == [line.text for line in found]


@given(data=st.lists(st.sampled_from([line for line in LINES if b"{" in line or b"`" in line])).map(b"\n".join))
def test_matches_are_those_of_the_lines_that_are_not_masked(data: bytes) -> None:
    pattern = r"\{\{ \w \}\}"
    expected = [
        (line, [match.span() for match in re.finditer(pattern, prose.without_code(line.text))])
        for line in prose.lines(data)
        if not line.masked
    ]
    found = [(line, [match.span() for match in some]) for line, some in prose.matches(data, pattern, "{{")]
    assert found == [(line, spans) for line, spans in expected if spans]
