"""Relations: one text is told from translations, versions, forms and templates, each by its own sign."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_likeness import OTHER, RETOLD, STORY, invented
from validator import likeness, relations
from validator.model import Place, Record
from validator.relations import Relation

PLAIN = ("one.txt", "two.txt")
PARTS = [*map(bytes.decode, (invented(Random(number), 60) for number in range(8)))]
"""Passages of which no two have much in common."""
WHOLE = " ".join(PARTS[:3])
EDITED = " ".join(f"new{at}" if at % 8 == 7 else word for at, word in enumerate(WHOLE.split()))
BROKEN = " ".join([PARTS[0], *PARTS[3:], *PARTS[1:3]])
"""A text; the same with every eighth word replaced; and with other text in its midst."""
GUIDE = """The {0} valve of the Velmora pump opens at noon. Before anybody turns the {0} wheel, the watchman rings,
and whoever stands near the {0} basin walks back behind the yellow line. Grease the hinges monthly, replace leather
washers every autumn, and keep spare bolts in the cupboard under the stairs. If water reaches the seventh mark, close
everything, call the engineer at Port Kestrel and wait outside. Nobody may smoke, whistle or carry open lanterns while
the machinery runs. Children visiting the {0} gallery need written permission from Inspector Tolvanen."""


def told(one: str, other: str, names: tuple[str, str] = PLAIN) -> Relation:
    """What two texts are to each other that must be alike."""
    texts = one.encode(), other.encode()
    how = likeness.compare(*map(likeness.telling, texts))
    assert how
    return relations.between(how, names, texts)


def named(name: str, container: str = "") -> Record:
    place = Place(container) if container else None
    return Record(name, container or name, 1, "", block=name if container else "", container=place)


# One text


def test_a_text_told_in_other_words() -> None:
    assert told(STORY, RETOLD) == Relation("reworded")


def test_a_synonym_makes_no_template() -> None:
    ends = [f" The {word} choir sang, and a {word} dog barked." for word in ("harbour", "seaport")]
    one, other = STORY + ends[0], RETOLD.replace("harbour", "seaport") + ends[1]
    assert told(one, other) == Relation("reworded")


def test_a_few_words_told_anew_are_too_few() -> None:
    one, other = (" ".join(text.split(". ")[:3]) for text in (STORY, RETOLD))
    assert told(one, other) == Relation("related")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(STORY, f"{PARTS[0]}\n\n{STORY}\n\n{PARTS[1]}", id="one frame"),
        pytest.param(f"{PARTS[0][:120]}\n{STORY}", f"{STORY}\n{PARTS[1][:120]}", id="two frames"),
        pytest.param(STORY, STORY.replace("Adriana ", "").replace("fishing quarter", "quarter"), id="two corrections"),
        pytest.param(WHOLE, EDITED, id="a correction in each line"),
        pytest.param(WHOLE, BROKEN, id="broken by other text"),
    ],
)
def test_a_copy(one: str, other: str) -> None:
    assert told(one, other) == Relation("copied")


def test_a_text_that_was_edited_and_broken_is_no_copy() -> None:
    assert told(EDITED, BROKEN) == Relation("related")


def test_the_same_frame_around_short_texts_is_no_copy() -> None:
    notice = " ".join(OTHER.split()[:40])
    assert told(notice, f"{notice} {STORY[:60]}") == Relation("related")


# Siblings


def test_passages_in_common_are_no_copy() -> None:
    shared, *own = (part.split() for part in (" ".join(PARTS[:4]), PARTS[4] + PARTS[5], PARTS[6] + PARTS[7]))
    one, other = (
        " ".join(" ".join([*shared[20 * n : 20 * n + 20], *side[10 * n : 10 * n + 10]]) for n in range(11))
        for side in own
    )
    assert told(one, other) == Relation("related")


def test_a_template_is_known_by_a_word_that_is_replaced_again_and_again() -> None:
    assert told(GUIDE.format("copper"), GUIDE.format("iron")) == Relation("template", ("copper", "iron"))
    assert told(GUIDE.format("iron"), GUIDE.format("copper")) == Relation("template", ("iron", "copper"))


def test_a_template_is_known_by_what_the_documents_are_called() -> None:
    one, other = (GUIDE.format(word) + " Compare the inlet with the outlet." for word in ("inlet", "outlet"))
    assert told(one, other, ("pump-inlet.txt", "pump-outlet.txt")) == Relation("template", ("inlet", "outlet"))
    assert told(one, other, ("inlet/index.md", "outlet/index.md")) == Relation("template", ("inlet", "outlet"))
    assert told(one, other) == Relation("copied")


@pytest.mark.parametrize(("times", "kind"), [(relations.OFTEN - 1, "reworded"), (relations.OFTEN, "template")])
def test_a_rewording_may_have_another_word_than_its_name_now_and_then(times: int, kind: str) -> None:
    seasons = ("spring", "summer", "autumn", "winter")[:times]
    ends = ["".join(f" The {word} rings in {season}." for season in seasons) for word in ("inlet", "outlet")]
    names = ("bells-of-inlet.txt", "bells-of-outlet.txt")
    assert told(STORY + ends[0], RETOLD + ends[1], names).kind == kind


@pytest.mark.parametrize(("times", "kind"), [(1, "copied"), (2, "template")])
def test_a_word_that_is_replaced_once_was_corrected(times: int, kind: str) -> None:
    ends = [
        " ".join(["", f"The {word} bell rings.", f"Ask a {word} guard."][: times + 1]) for word in ("copper", "iron")
    ]
    assert told(STORY + ends[0], STORY + ends[1]).kind == kind


def test_what_both_say_in_the_same_place_is_not_replaced() -> None:
    both, single = (
        " ".join(["", *said] * 2) for said in (("The inlet rings.", "The outlet rings."), ("The outlet rings.",))
    )
    names = ("pump-inlet.txt", "pump-outlet.txt")
    for (one, other), called in product(((both, single), (single, both)), (names, names[::-1])):
        assert told(STORY + one, STORY + other, called) == Relation("copied")


@pytest.mark.parametrize(("groups", "kind"), [(14, "related"), (24, "reworded")])
def test_in_chinese_pairs_of_characters_count_half(groups: int, kind: str) -> None:
    signs = [chr(0x4E00 + 7 * number) for number in range(5 * groups)]
    one, other = (
        "".join("".join(signs[at : at + 3]) + signs[at + 3 + side] for at in range(0, len(signs), 5)) for side in (0, 1)
    )
    assert told(one, other).kind == kind


def test_a_character_that_is_written_in_another_way_makes_no_template() -> None:
    signs = [chr(0x4E00 + 7 * number) for number in range(160)]
    one, other = (
        "".join(sign + variant * (at in (40, 80, 120)) for at, sign in enumerate(signs)) for variant in "数數"
    )
    assert told(one, other) == Relation("copied")


@pytest.mark.parametrize(
    "names",
    [
        ("LICENSE", "vendor/LICENSE-VENDOR.md"),
        ("a/COPYING.txt", "b/copyright.rst"),
        ("news/pump-1-0-4-is-out.md", "news/pump-1-1-2-is-out.md"),
        ("news/2013-07-25-pump_1_0_4.md", "news/2013-08-01-pump_1_1_2.md"),
        ("pages/zh_CN/new/pump.md", "pages/zh_TW/valve.md"),
        ("pages/pt/pump.md", "pages/pt-BR/valve.md"),
        ("pages/ca/pump.md", "pages/ca-valencia/valve.md"),
        ("pages/sr/pump.md", "pages/sr@latin/valve.md"),
    ],
)
def test_names_say_that_documents_may_be_alike(names: tuple[str, str]) -> None:
    assert told(STORY, f"{STORY} Indeed.", names) == told(STORY, RETOLD, names) == Relation("related")


@pytest.mark.parametrize(
    "names",
    [
        ("LICENSE", "story.txt"),
        ("2013-07-25-pump.md", "2013-07-26-pump.md"),
        ("1-2-3.md", "1-2-4.md"),
        ("2013_0001.md", "2013_0002.md"),
        ("pump-1-0-4-is-out.md", "valve-1-1-2-is-out.md"),
        ("council-grants-new-license.txt", "license-granted-after-long-talks.txt"),
        ("pages/pt/pump.md", "pages/pt/valve.md"),
        ("pages/pt/pump.md", "books/pt-BR/valve.md"),
        ("pages/pu/pump.md", "pages/va/valve.md"),
    ],
)
def test_names_that_say_nothing_of_the_kind(names: tuple[str, str]) -> None:
    assert told(STORY, f"{STORY} Indeed.", names) == Relation("copied")


@given(st.permutations([STORY, RETOLD, GUIDE.format("copper"), GUIDE.format("iron"), f"{STORY}\n{PARTS[0]}"]))
def test_the_order_of_two_texts_does_not_matter(texts: list[str]) -> None:
    one, other = texts[:2]
    if likeness.compare(likeness.telling(one.encode()), likeness.telling(other.encode())):
        assert told(one, other).kind == told(other, one).kind
        assert told(one, other).replaced == told(other, one).replaced[::-1]


# What is not said of at all


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("de/guide.md", "fr/guide.md"),
        ("guide.md", "de/guide.md"),
        ("guide.md", "guide.de.md"),
        ("help/pt/guide.md", "help/pt_BR/guide.md"),
        ("help/zh-Hans/guide.md", "help/zh-Hant/guide.md"),
        ("help/de/guide.md", "help/de-informal/guide.md"),
        ("help/hr/guide.md", "help/sr@latin/guide.md"),
        ("help/pl.UTF-8/guide.txt", "help/cs/guide.txt"),
        ("terms-1.0.txt", "terms-1.1.txt"),
        ("v1/terms.txt", "v2/terms.txt"),
    ],
)
def test_translations_and_versions_are_told_apart_by_their_names(one: str, other: str) -> None:
    assert relations.are_told_apart(one, other)
    assert relations.are_told_apart(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("guide.md", "guide.txt"),
        ("guide-1.md", "guide-2.md"),
        ("de/guide.md", "fr/manual.md"),
        ("day/guide.md", "night/guide.md"),
        ("in-harbour.txt", "on-harbour.txt"),
        ("guide.md", "old/guide.md"),
    ],
)
def test_other_names_tell_nothing_apart(one: str, other: str) -> None:
    assert not relations.are_told_apart(one, other)
    assert not relations.are_told_apart(other, one)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("14 march 1987 harbour", "15 april 1988 harbour", True),
        ("14 march 1987 harbour", "15 april 1987 harbour", False),
        ("14 march 1987 harbour", "march harbour", False),
        ("mp3 b12", "mp4 b13", True),
        ("seven march", "eight april", False),
    ],
)
def test_figures_of_their_own_show_a_form_or_another_day(one: str, other: str, differ: bool) -> None:
    assert relations.have_other_figures(one.split(), other.split()) == differ
    assert relations.have_other_figures(other.split(), one.split()) == differ


def test_a_packed_copy_has_the_last_name_of_the_loose_file() -> None:
    loose, packed, elsewhere = named("a/pump.txt"), named("pump.txt", "all.bundle"), named("b/pump.txt")
    assert relations.are_packed_copies(loose, packed)
    assert relations.are_packed_copies(packed, loose)
    assert not relations.are_packed_copies(loose, elsewhere)
    assert not relations.are_packed_copies(packed, named("pump.txt", "other.bundle"))
    assert not relations.are_packed_copies(loose, named("valve.txt", "all.bundle"))
