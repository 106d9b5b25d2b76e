"""One look at prose wakes every rule that has something to say, however the text is put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validator import patterns, prose, residue, screening
from validator.model import Document, Place, Record
from validator.rule import Rule
from validator.rules import catalogue

RULES = [rule for rule in catalogue() if rule.scope == "document" and rule.wakes & screening.PROSE]


def contents() -> Iterator[bytes]:
    """The documents of the examples."""
    for rule in RULES:
        for content in [*(one.content for one in rule.bad), *(one.content for one in rule.good)]:
            for data in [content] if isinstance(content, bytes) else content.values():
                if isinstance(data, bytes) and b"\0" not in data and len(data) < 4000:
                    yield data


SCRAPS = sorted({line for data in contents() for line in data.decode("utf-8", "replace").split("\n")})
"""What the examples of the rules are made of."""
PLAIN = (
    "The ferry left the pier at nine, with salt, rope and hot tea for the lighthouse.",
    (
        "Nobody had seen the keeper since Tuesday. His dog lay before the door, and his boat was gone from the slip "
        "below the rocks, where it had been tied up all winter long with two ropes."
    ),
    "На пристани никого не было; часы показывали десять минут десятого.",
    "船が着いたとき、桟橋には誰もいなかった。時計は九時十分を指していた。",
    "- rope",
    "She said, “It is late,” and he said, ‘It's the tide, not the hour.’",
    "He asked, 'Is it \"The Heron\", or `a = \"b'` that you mean?'",
    "posted15-03-2025 \t",
    "by Ada MoorlandNovember 12, 2024",
    "* [Read more](x)",
    "  – Skip to main content",
    "    code = 1",
    "",
    "",
    " ",
)
NAMES = ("doc.txt", "doc.md", "doc", "doc.rst")

lines = st.sampled_from(SCRAPS) | st.sampled_from(PLAIN) | st.text("aZ .,-\"'“”‘’{}<=>&20194\u00a0\t«„```", max_size=30)
texts = st.builds(
    lambda parts, newline, end: newline.join(parts) + end,
    st.lists(lines | st.tuples(lines, st.integers(1, 4)).map(lambda pair: "\n".join([pair[0]] * pair[1])), max_size=12),
    st.sampled_from(["\n", "\n", "\r\n", "\n\n"]),
    st.sampled_from(["\n", ""]),
)


def document(name: str, data: bytes) -> Document:
    return Document(name, data, Place(name), 0, Record(name, name, len(data), ""))


def speaking(name: str, data: bytes) -> list[Rule]:
    """The rules that have something to say if they are asked."""
    return [rule for rule in RULES if any(True for _ in rule.check(document(name, data)))]


@settings(max_examples=600, deadline=None)
@given(text=texts, name=st.sampled_from(NAMES))
def test_whatever_a_rule_finds_wakes_it(text: str, name: str) -> None:
    data = text.encode()
    facts = residue.look(data, prose.suffix(name))
    assert [rule.code for rule in speaking(name, data) if not rule.wakes & facts] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_woken_by_its_examples(rule: Rule) -> None:
    for example in rule.bad:
        files, _ = rule.example(example.content)
        found = [
            (name, data)
            for name, data in files.items()
            if isinstance(data, bytes) and prose.is_prose(name) and rule in speaking(name, data)
        ]
        for name, data in found:
            assert rule.wakes & (residue.look(data, prose.suffix(name)) | screening.screen(data))


@settings(max_examples=600, deadline=None)
@given(text=texts, name=st.sampled_from(NAMES))
def test_patterns_leave_nothing_out_that_a_rule_finds(text: str, name: str) -> None:
    data, suffix = text.encode(), prose.suffix(name)
    facts = residue.look(data, suffix, patterns.suspicions)
    assert facts & ~residue.look(data, suffix) == 0
    assert [rule.code for rule in speaking(name, data) if not rule.wakes & facts] == []


@settings(max_examples=300, deadline=None)
@given(text=texts, cuts=st.lists(st.integers(0, 2000), max_size=5), name=st.sampled_from(NAMES))
def test_a_document_in_pieces_shows_what_rules_find_in_it(text: str, cuts: Sequence[int], name: str) -> None:
    data = text.encode()
    bounds = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    told = [rule for rule in speaking(name, data) if rule.code not in ("RES001", "RES008")]
    for suspicions in (None, patterns.suspicions):
        survey = residue.Survey(prose.suffix(name), suspicions)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(residue, "PIECE", 1 << 11)
            for start, end in pairwise(bounds):
                survey.feed(data[start:end])
            facts = survey.close()
        assert [rule.code for rule in told if not rule.wakes & facts] == []


@pytest.mark.parametrize("lead", ["", "\u3000" * 345, "\u00a0" * 600, " " * 1100])
def test_a_broken_line_wakes_its_rule_whatever_blanks_it_begins_with(lead: str) -> None:
    whole = (
        "In the first winter the ferry left an hour later than usual, because the crew had to clear the deck of ice.\n"
    )
    broken = whole.replace(".\n", " that had come down from the hills before anybody could go on board\n")
    text = (
        "".join(f"{number}: {whole.strip()} {whole}" for number in "123") + lead + broken + "and the pilot slept. " * 4
    )
    data = f"{text}\n".encode()
    assert residue.look(data) & screening.BROKEN


@settings(max_examples=200, deadline=None)
@given(paragraphs=st.lists(st.sampled_from(PLAIN[:4]), min_size=1, max_size=8, unique=True))
def test_clean_prose_wakes_nobody(paragraphs: Sequence[str]) -> None:
    assert residue.look("".join(f"{one}\n\n" for one in paragraphs).encode()) == 0


@pytest.mark.parametrize("suspicions", [None, patterns.suspicions], ids=["standard library", "patterns"])
def test_page_chrome_far_apart_in_a_large_document_is_seen(suspicions: residue.Suspicions | None) -> None:
    survey = residue.Survey("txt", suspicions)
    survey.feed(b"Skip to main content\n\n")
    for number in range(40_000):
        survey.feed(b"%d times the ferry had left the pier by then, with salt and rope.\n" % number)
    survey.feed(b"\nShare on Facebook\n")
    assert survey.close() & screening.PHRASED
