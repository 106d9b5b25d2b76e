"""The linear engine agrees with Python's on the patterns that both know, and refuses the others."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.patterns import STATE_LIMIT, Pattern, Unsupported

atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "[a-c1]", "\\d", "\\W", "\\x61", "\\u0062", "\\.", "^", "\\Z"])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "*?", "{2}", "{1,}", "{0,2}"])).map(
            lambda p: f"({p[0]}){p[1]}"
        ),
    ),
    max_leaves=8,
)


@given(expressions, st.lists(st.text("abc1. \n", max_size=8), min_size=1, max_size=5))
def test_it_finds_what_python_finds(expression: str, texts: list[str]) -> None:
    ours = Pattern(expression.replace("\\Z", "$"))
    theirs = re.compile(expression, re.ASCII)
    assert [ours.is_in(text) for text in texts] == [theirs.search(text) is not None for text in texts]


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        ("^x$", "x\n", False),
        ("", "", True),
        ("^$", "", True),
        ("^[^]$", "\n", True),
        ("[]", "a", False),
        ("\\d", "٣", False),
        ("^\\s$", "\u3000", True),
        ("^[\\u4e00-\\u9fff]+$", "天地", True),
        ("^\\ud83d\\ude00$", "😀", True),
        ("a{,2}", "a{,2}", True),
        ("[a-]", "-", True),
        ("[\\b]", "\b", True),
        ("^(?:[a-z]+)(-[a-z0-9]+)*$", "harbour-log-1887", True),
    ],
)
def test_it_follows_ecmascript(expression: str, text: str, found: bool) -> None:
    assert Pattern(expression).is_in(text) is found


@pytest.mark.parametrize(
    "expression",
    [
        *("(", ")", "[", "[a", "[\\", "\\", "*", "a**", "a{2}{3}", "{2}", "a{2,1}", "[b-a]", "[\\d-z]", "a++"),
        *("\\x6", "\\xgg", "\\u12", "\\1", "\\b", "\\p{L}", "(?=a)", "(?<!a)", "(?<n>a)", "(?i)a"),
        *("(" * 99 + ")" * 99, "(" * 99_999, "a" * STATE_LIMIT, "a{1000}", "(a{100}){100}"),
        *("(){99999999999}", "((){9999}){9999}"),
    ],
)
def test_it_refuses_the_rest(expression: str) -> None:
    with pytest.raises(Unsupported):
        Pattern(expression)


@given(st.text("ab()[]{}|*+?^$\\,-.123dwx", max_size=30))
def test_no_expression_makes_it_stumble(expression: str) -> None:
    try:
        pattern = Pattern(expression)
    except Unsupported:
        return
    assert pattern.size <= STATE_LIMIT
    pattern.is_in("ab12")


@pytest.mark.parametrize("expression", ["^(a+)+$", "(a|a)*b", "^(a?){50}a{50}b", ".*.*.*.*x", "(x+x+)+y"])
def test_no_text_takes_it_long(expression: str) -> None:
    assert not Pattern(expression).is_in("a" * 50_000 + "!")
