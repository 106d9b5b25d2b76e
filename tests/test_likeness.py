"""Likeness: which documents are one text, whoever computes it and in whatever order."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import ALPHABETS
from validator import likeness
from validator.model import Span

STORY = """The harbour of Velmora was closed on 14 March after engineers discovered cracks in the northern breakwater.
Inspector Adriana Tolvanen said the damage reached 320 metres and threatened the fishing quarter behind it. Shipping
companies were told to use Port Kestrel instead, which is 85 kilometres away. The regional council approved 12 million
for temporary repairs, although the opposition demanded an independent inquiry. Residents remember the storm of 1987,
when waves destroyed forty houses within minutes. A spokesman for the Marwick shipyard promised that nobody would lose
employment before autumn. Fishermen gathered outside the townhall with banners and asked for compensation."""
RETOLD = """Velmora harbour has been shut since 14 March, as engineers had found cracks in its northern breakwater. The
harm is 320 metres long, so Inspector Adriana Tolvanen, and puts at risk the fishing quarter at its back. All shipping
must now go to Port Kestrel, some 85 kilometres off. For temporary repairs the regional council gave 12 million, but
the opposition wants an independent inquiry. Old residents still talk of the storm in 1987, in which the waves
destroyed forty houses in a few minutes. The Marwick shipyard, its spokesman said, will cut no employment until autumn.
Some fishermen met at the townhall, held up banners and called for compensation."""
OTHER = """Researchers at the Ostrava institute presented a catalogue of 640 moths yesterday, collected during nine
summers in the Carpathian valleys. Professor Ilse Bergstrom described several species that nobody had photographed
before. Volunteers counted insects with lamps and white sheets, beginning shortly after midnight. The catalogue costs
35 crowns and includes drawings by pupils from Jablonec. Funding came from two breweries and a private museum.
According to Bergstrom, climate and pesticides explain why populations have declined since 2003. A travelling exhibition
opens in October, with microscopes that children can borrow during weekends."""
CHINESE = "韦尔莫拉港口因防波堤出现裂缝于三月关闭。工程师检查北侧墙体后表示损坏长达数百米,渔民聚集在市政厅外要求赔偿。"
THAI = "ท่าเรือเวลโมราปิดทำการเมื่อเดือนมีนาคมหลังจากวิศวกรพบรอยร้าวบนเขื่อนกันคลื่นด้านเหนือชาวประมงรวมตัวกันเรียกร้องค่าชดเชย"
WORDS = sorted({word for word in (STORY + RETOLD + OTHER).split() if word.isalpha()})

documents = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, max_size=300)).map(str.encode),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from(WORDS), min_size=10, max_size=80).map(lambda words: " ".join(words).encode()),
    st.sampled_from((STORY, RETOLD, OTHER, CHINESE, THAI)).map(str.encode),
)


def alike(first: str | bytes, second: str | bytes) -> likeness.Likeness | None:
    sides = [side.encode() if isinstance(side, str) else side for side in (first, second)]
    return likeness.compare(*map(likeness.telling, sides))


def clustered(texts: list[bytes]) -> list[tuple[int, ...]]:
    pairs = likeness.candidates([*likeness.sketches(texts)])
    return likeness.clusters(pairs, len(texts), lambda *pair: alike(*(texts[at] for at in pair)) is not None)


def flagged(texts: list[bytes]) -> list[tuple[int, int]]:
    return [pair for pair in likeness.candidates([*map(likeness.sketch, texts)]) if alike(*(texts[at] for at in pair))]


def invented(random: Random, words: int, vocabulary: int = 50_000) -> bytes:
    """Text in which each word is made of syllables, so that its letters tell it apart."""
    syllables = ("ba", "dek", "fil", "gor", "hun", "jas", "kep", "lim", "mor", "nut", "pas", "rel", "sik", "tov", "vu")
    numbers = (random.randrange(vocabulary) for _ in range(words))
    return " ".join("".join(syllables[number // 15**at % 15] for at in range(4)) for number in numbers).encode()


def test_a_text_retold_in_other_words_is_found() -> None:
    assert flagged([OTHER.encode(), STORY.encode(), RETOLD.encode()]) == [(1, 2)]
    found = alike(STORY, RETOLD)
    assert found
    assert found.shared >= len(found.chain) >= 0.8 * found.shared
    assert {"adriana", "tolvanen", "kilometres", "compensation"} <= {*found.chain}


def test_a_text_among_other_text_is_found() -> None:
    framed = f"{OTHER}\n\n{STORY}\n\nSubscribe to our letter, written by people who like harbours."
    found = alike(RETOLD, framed)
    assert found
    assert found.whole < found.share


def test_stories_on_different_matters_are_not_alike() -> None:
    assert flagged([STORY.encode(), OTHER.encode()]) == []
    assert alike(STORY, OTHER) is None


def test_the_same_words_in_another_order_are_not_the_same_text() -> None:
    sentences = STORY.split(". ")
    assert alike(STORY, ". ".join(reversed(sentences))) is None


def test_a_passage_in_common_does_not_make_two_texts_one() -> None:
    random = Random(4)
    shared, first, second = invented(random, 120), invented(random, 280), invented(random, 280)
    assert alike(shared + b" " + first, shared + b" " + second) is None


def test_chapters_and_numbered_reports_are_not_alike() -> None:
    random = Random(5)
    head = b"Quarterly report of the department, prepared by the committee for statistics, number %d. "
    texts = [head % number + invented(random, 300) for number in range(30)]
    texts += [
        b"Chapter %d. As Adriana Tolvanen came to Velmora, " % number + invented(random, 300) for number in range(9)
    ]
    assert flagged(texts) == []


def test_a_form_filled_in_twice_counts_as_one_text() -> None:
    lease = STORY.replace("Velmora", "{}").replace("Adriana Tolvanen", "{}")
    assert alike(lease.format("Arbon", "Jonas Keller"), lease.format("Brixen", "Maria Huber"))


@pytest.mark.parametrize("text", [CHINESE, THAI], ids=["Chinese", "Thai"])
def test_scripts_without_blanks(text: str) -> None:
    found = alike(text, f"一二三。{text}" if text == CHINESE else text + " ๑๒๓")
    assert found
    assert alike(text, STORY) is None
    assert flagged([text.encode(), (text + "!").encode()]) == [(0, 1)]


@pytest.mark.parametrize("letters", ALPHABETS[1:6])
def test_every_alphabet(letters: str) -> None:
    random = Random(letters)
    words = ["".join(random.choices(letters.strip(" ,."), k=8)) for _ in range(60)]
    text, other = " ".join(words), " ".join("".join(random.choices(letters.strip(" ,."), k=8)) for _ in range(60))
    assert flagged([text.encode(), other.encode(), text.upper().encode()]) == [(0, 2)]


def test_case_width_and_typography_do_not_count() -> None:
    wide = STORY.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    assert likeness.sketch(STORY.encode()) == likeness.sketch(wide.encode()) == likeness.sketch(STORY.upper().encode())
    assert likeness.sketch(b"we don't " * 9 + STORY.encode()) == likeness.sketch(
        "we don\u2019t ".encode() * 9 + STORY.replace(" ", "\u2026\u00a0", 3).encode()
    )


@given(documents)
def test_nothing_raises_and_sketches_are_small(data: bytes) -> None:
    made = likeness.sketch(data)
    assert len(made) <= 4 * likeness.SAMPLED
    words = likeness.telling(data)
    assert [*words.values()] == sorted(words.values())
    if len(words) >= likeness.CHAIN:
        found = likeness.compare(words, words)
        assert found
        assert found.chain == tuple(words)
        assert found.share == found.whole == 1


@given(documents, documents)
def test_the_verdict_is_symmetric(first: bytes, second: bytes) -> None:
    one, other = alike(first, second), alike(second, first)
    assert (one and (one.shared, one.chain)) == (other and (other.shared, other.chain))


@settings(max_examples=50)
@given(st.lists(documents, max_size=8), st.data())
def test_numpy_and_python_agree(texts: list[bytes], data: st.DataObject) -> None:
    pytest.importorskip("numpy")
    several = likeness._several()
    assert several
    sketches = [*map(likeness.sketch, texts)]
    assert [*several([*map(likeness._folded, texts)])] == sketches
    assert [*likeness.sketches(texts)] == sketches


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=30, unique=True).map(sorted), max_size=60))
def test_numpy_and_python_meet_the_same_pairs(hashes: list[list[int]]) -> None:
    np = pytest.importorskip("numpy")
    sketches = [b"".join((one << 26).to_bytes(4, "little") for one in found) for found in hashes]
    slow = likeness._met(sketches)
    for met, expected in zip(likeness._met_vectorised(np, sketches), slow, strict=True):
        assert met == {pair: number for pair, number in expected.items() if number >= likeness.SHARED}


@settings(max_examples=50)
@given(st.permutations([STORY, RETOLD, OTHER, CHINESE, CHINESE + "!", THAI, STORY + " Indeed."]))
def test_the_order_of_documents_does_not_matter(texts: list[str]) -> None:
    data = [text.encode() for text in texts]
    pairs = likeness.candidates([*map(likeness.sketch, data)])
    assert pairs == sorted(pairs)
    found = {frozenset(texts[at] for at in members) for members in clustered(data)}
    assert found == {frozenset((STORY, RETOLD, STORY + " Indeed.")), frozenset((CHINESE, CHINESE + "!"))}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1])), st.integers(2, 5)
)
def test_clusters_are_what_alike_pairs_connect(pairs: list[tuple[int, int]], step: int) -> None:
    def are_alike(first: int, second: int) -> bool:
        return (second - first) % step > 0

    found = likeness.clusters(pairs, 10, are_alike)
    assert found == sorted(found)
    assert all([*members] == sorted(members) and len(members) > 1 for members in found)
    home = {at: members for members in found for at in members}
    alike_pairs = {pair for pair in pairs if are_alike(*pair)}
    assert all(home[first] is home[second] for first, second in alike_pairs)
    assert {*home} == {at for pair in alike_pairs for at in pair}
    for members in found:
        reached, before = {members[0]}, 0
        while len(reached) > before:
            before = len(reached)
            reached.update(*(pair for pair in alike_pairs if reached & {*pair}))
        assert reached == {*members}


def test_a_connected_pair_is_not_compared_again() -> None:
    asked = []

    def are_alike(*pair: int) -> bool:
        asked.append(pair)
        return True

    pairs = [(first, second) for second in range(50) for first in range(second)]
    assert likeness.clusters(pairs, 50, are_alike) == [(*range(50),)]
    assert len(asked) == 49


def test_passages_stand_in_both_documents() -> None:
    first, second = f"«Préface»\n\n{STORY}".encode(), f"{CHINESE}\n\n„Öl“ {RETOLD}".encode()
    found = alike(first, second)
    assert found
    shown = likeness.passages(found, first, second)
    assert 0 < len(shown) <= likeness.PASSAGES
    for sides in shown:
        texts = [
            data[span.start : span.end].decode().lower() for data, span in zip((first, second), sides, strict=True)
        ]
        ends = [(text.split()[0].strip(",."), text.split()[-1].strip(",.")) for text in texts]
        assert ends[0] == ends[1]
        assert {*ends[0]} <= {*found.chain}


@given(documents)
def test_the_passages_of_a_document_and_itself_are_one(data: bytes) -> None:
    found = alike(data, data)
    if found:
        shown = likeness.passages(found, data, data)
        assert all(first == second for first, second in shown)
        assert all(0 <= span.start < span.end <= len(data) for span, _ in shown)


def test_passages_in_chinese() -> None:
    first, second = CHINESE.encode(), f"一二三。{CHINESE}".encode()
    found = alike(first, second)
    assert found
    shown = likeness.passages(found, first, second)[0]
    assert first[shown[0].start : shown[0].end] == second[shown[1].start : shown[1].end]
    assert shown[0].end - shown[0].start > len(first) // 2


def test_a_large_family_is_one_cluster_and_has_few_candidates() -> None:
    random = Random(7)
    template = invented(random, 200)
    texts = [template[:900] + b" %d " % number + invented(random, 30) + template[900:] for number in range(400)]
    texts[100:100] = [invented(random, 250) for _ in range(100)]
    sketches = [*likeness.sketches(texts)]
    pairs = likeness.candidates(sketches)
    assert len(pairs) <= 2 * len(texts)
    found = clustered(texts)
    assert found == [(*range(100), *range(200, 500))]


def test_many_equal_sketches_have_a_pair_each() -> None:
    made = likeness.sketch(STORY.encode())
    assert likeness.candidates([made] * 1000) == [(at, at + 1) for at in range(999)]
    assert likeness.candidates([b""] * 1000) == []


@pytest.mark.parametrize(
    "data",
    [b"a" * (1 << 22), b"ab" * (1 << 21), "天".encode() * (1 << 18), b"a1 " * (1 << 20), b"\xff" * (1 << 20)],
    ids=["one word", "two letters", "one ideograph", "one short word", "not text"],
)
def test_what_repeats_itself_is_quick_and_silent(data: bytes) -> None:
    start = time.process_time()
    assert likeness.compare(likeness.telling(data), likeness.telling(data)) is None
    assert len(likeness.sketch(data)) <= 4
    assert time.process_time() - start < 10


def test_long_documents_are_compared_in_proportion() -> None:
    text = b" ".join(b"word%d" % number for number in range(200_000))
    start = time.process_time()
    words = likeness.telling(text)
    found = likeness.compare(words, words)
    assert found
    assert len(found.chain) == 200_000
    assert likeness.passages(found, text, text) == [(Span(0, len(text)), Span(0, len(text)))]
    assert time.process_time() - start < 20
