from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator import faults, likeness, matching, prose, text
from validator.model import TYPE_CHECKING, Collection, Hit, Passage, Place, Record, Sketched, Span
from validator.rule import Bad, Good, collection_rule
from validator.sketching import LIMITS

if TYPE_CHECKING:
    from validator.likeness import Likeness

_FEW = 3
"""Documents that are taken for one text; more of them follow a template."""
_FIGURES = 2
"""Numbers, dates or other words with a digit that show that two documents speak of different things."""
_SURE = 36
"""Words in the same order that more than short forms and notices have in common; in scripts without blanks, pairs of
characters, which overlap, count half."""
_TIMES = 2
"""How often one word stands in the place of another where a template was filled in."""
_KINDS = 4
"""Words between the same two that are told apart."""
_WORD = r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+"
_TAG = r"(?i)[/._-][a-z]{2}(?:[-_](?:[a-z]{2}|[a-z]{4}))?(?:\.utf-?8)?(?=[/.]|$)"
_VERSION = r"(?i)[/._-](?:v?\d+(?:\.\d+)+|v\d+)(?![^/._-])"
"""What tells translations and versions apart in names: ``de``, ``pt_BR``, ``zh-Hant``; ``1.2``, ``v3``."""
_SHOWN = 400
"""Bytes of a passage that are shown."""
_KEPT = 1000
"""Documents whose telling words are kept at a time."""

_PAIR = 2
"""Characters that count as a word in Chinese and Japanese."""
_MEANT = "nothing needs to be done if that is meant; if they are copies of one text, keep one of them"

_STORY = """\
The harbour council of Oskelund voted on Tuesday to rebuild the northern pier, which the storms of January had
broken in three places. Councillor Brynja Tolmund said that the repairs would cost about 480,000 crowns and last
until September. Fishermen from Martensby had complained for months that their boats could not unload at low water.
"""
_REWORDED = """\
On Tuesday the harbour council in Oskelund decided to rebuild its northern pier, that the storms in January had
broken at three places. As Councillor Brynja Tolmund says, these repairs will cost some 480,000 crowns and go on
until September. Fishermen of Martensby have complained for many months: their boats cannot unload at low water.
"""
_OTHER = """\
Flour, butter and cold water are kneaded quickly, wrapped in a cloth and left to rest for an hour. Meanwhile the
apples are peeled, quartered and sprinkled with lemon juice, so that they remain white. Whoever likes raisins soaks
them overnight in strong tea; cinnamon is added at the very end, shortly before the pastry is rolled out thinly.
"""
_INDEX = b"- [Story](a.txt)\n- [Again](b.txt)\n"


@collection_rule(
    code="DUP002",
    name="near-duplicate",
    severity="warning",
    message="{name!r}{place} {says} {other!r}{elsewhere}{evidence}",
    help="keep one of them; a version or a translation that is meant is declared in a column `version-of` or "
    "`translation-of` of the index",
    good=[
        Good({"INDEX.md": _INDEX, "a.txt": _STORY.encode(), "b.txt": _OTHER.encode()}, "different texts"),
        Good(
            {
                "INDEX.md": b"| name | version-of |\n|--|--|\n| a.txt | |\n| b.txt | a.txt |\n",
                "a.txt": _STORY.encode(),
                "b.txt": _REWORDED.encode(),
            },
            "the index says so",
        ),
        Good(
            {
                "INDEX.md": b"- [Story](en/a.txt)\n- [Again](sv/a.txt)\n",
                "en/a.txt": _STORY.encode(),
                "sv/a.txt": _REWORDED.encode(),
            },
            "the names say so",
        ),
        Good(
            {"INDEX.md": _INDEX, "a.txt": _STORY.encode(), "b.txt": _REWORDED.encode()},
            "nobody wants to know",
            {"near_duplicates": "off"},
        ),
    ],
    bad=[
        Bad(
            {"INDEX.md": _INDEX, "a.txt": _STORY.encode(), "b.txt": _REWORDED.encode()},
            ["b.txt"],
            note="another wording, with the same names, numbers and long words in the same order",
        )
    ],
)
def near_duplicate(collection: Collection) -> Iterator[Hit]:
    """Two documents are one text in two wordings, or in two frames.

    A story was saved twice with other headings around it, was translated there and back, or was reworded by a
    program. What is trained or measured with such a collection counts it twice. Keep one, or say in the index, in a
    column `version-of`, `translation-of` or `copy-of`, what the one is to the other.

    Whoever rewords a text keeps its names, numbers and long words, and keeps them in order. So documents that share
    some rare runs of three words are held against each other: of the words with five letters or more, or a digit,
    that stand exactly once in each of the two (in Chinese and Japanese: pairs of characters), at least 16, four
    fifths of all in common and three tenths of the smaller document's must follow each other in the same order,
    all along the smaller document. Where each of the two has two figures that the other has not, they are a form
    filled in twice, or reports on different days, and nothing is said. Nor is anything said where the names differ
    in a language or a version and in nothing else (`de/guide.md` and `fr/guide.md`, `terms-1.0.txt` and
    `terms-1.1.txt`), because they say what the one is to the other.

    All that are found to be one text give one finding, at the second of them, with the passages in common. It is a
    warning from 36 words in the same order on. With fewer it is a note, because short notices and forms resemble
    each other. Documents that follow a template give a note, too: those where one word stands in the place of
    another again and again, and more than three that are alike.

    Only prose is compared (see RES001 for the names), the first 4 MB of each document. A setting, `near-duplicates`,
    says in which collections: by default in those with up to 4 MB of prose, because in larger ones it takes longer
    than everything else together. A run with `--engine` does not compare.
    """
    if collection.sketched is None:
        return
    words: dict[int, dict[str, int]] = {}

    def telling(at: int) -> dict[str, int]:
        if at not in words:
            if len(words) >= _KEPT:
                words.clear()
            words[at] = likeness.telling(sketched.open(at)[1])
        return words[at]

    sketched = collection.sketched
    alike: dict[tuple[int, int], Likeness] = {}

    def are_alike(one: int, other: int) -> bool:
        how = likeness.compare(telling(one), telling(other))
        records = sketched.records[one], sketched.records[other]
        if _are_packed(*records):
            return False
        names = records[0].name, records[1].name
        if how is None or _have_other_figures(telling(one), telling(other)) or _are_told_apart(*names):
            return False
        alike[one, other] = how
        return True

    pairs = likeness.candidates(sketched.sketches)
    for cluster in likeness.clusters(pairs, len(sketched.records), are_alike):
        yield _of_template(sketched, cluster) if len(cluster) > _FEW else _of_text(sketched, cluster, alike)


def _are_packed(one: Record, other: Record) -> bool:
    """Whether one document is the other's copy in a container, by their last names; IDX015 speaks of stale ones."""
    last, others = ((record.block or record.name).rpartition("/")[2] for record in (one, other))
    return last == others and (one.container is None) != (other.container is None)


def _have_other_figures(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether each of two documents has figures that the other has not, as forms and numbered reports have."""
    figures, others = ({word for word in words if any(map(str.isdigit, word))} for words in (one, other))
    return min(len(figures - others), len(others - figures)) >= _FIGURES


def _are_told_apart(one: str, other: str) -> bool:
    """Whether names differ in a language or a version alone: two of them, or one that only one of the names has."""
    import re

    one, other = sorted((f"/{name.removesuffix(f'.{prose.suffix(name)}')}" for name in (one, other)), key=len)
    if any(re.sub(kind, "", one) == re.sub(kind, "", other) for kind in (_TAG, _VERSION)):
        return one != other
    behind = ((other[: tag.start()], other[tag.end() :]) for tag in re.finditer(_TAG, other))
    return any(rest and one.endswith(rest) and folder.startswith(one.removesuffix(rest)) for folder, rest in behind)


def _replaced(one: bytes, other: bytes) -> tuple[str, str] | None:
    """A word of the first document alone in whose place the second has one of its own, each time between the same
    words, and that other one."""
    import re
    from collections import Counter

    here, there = (re.findall(_WORD, data[: prose.COMPARED].decode("utf-8", "ignore").lower()) for data in (one, other))
    own, others = {*here}.difference(there), {*there}.difference(here)
    between: dict[tuple[str, str], set[str]] = {}
    for before, word, after in zip(there, there[1:], there[2:], strict=False):
        if word in others and len(word) > 1:
            found = between.setdefault((before, after), set())
            if len(found) < _KINDS:
                found.add(word)
    replaced = Counter(
        (word, instead)
        for before, word, after in zip(here, here[1:], here[2:], strict=False)
        if word in own and len(word) > 1
        for instead in between.get((before, after), ())
    )
    times, pair = max(((times, pair) for pair, times in replaced.items()), default=(0, ("", "")))
    return pair if times >= _TIMES else None


def _of_text(sketched: Sketched, cluster: tuple[int, ...], alike: dict[tuple[int, int], Likeness]) -> Hit:
    """What is said of documents that are one text, with the passages of the two that show it first."""
    pair = next(pair for pair in alike if set(pair) <= set(cluster))
    first, second = (sketched.records[at] for at in pair)
    how = alike[pair]
    replaced = _replaced(*(sketched.open(at)[1] for at in pair))
    words: dict[str, object] = {
        "name": second.name,
        "place": matching.within(second),
        "says": "seems to follow one template with" if replaced else "is nearly the same text as",
        "other": first.name,
        "elsewhere": matching.within(first) if first.path != second.path else "",
        "evidence": f"{', and one more is' if len(cluster) > len(pair) else ''}: of {how.shared:,} names, numbers and "
        f"long words that both have, {len(how.chain):,} follow each other in the same order",
    }
    if replaced:
        words["evidence"] = f": where the one has {replaced[1]!r}, the other has {replaced[0]!r}"
    is_sure = not replaced and sum(map(_weight, how.chain)) >= _SURE
    shown = _passages(sketched, pair, how)
    return Hit(second.header, words, _MEANT if replaced else "", None if is_sure else "info", second.at, passages=shown)


def _weight(word: str) -> float:
    """What a word counts among those in the same order."""
    return 0.5 if len(word) == _PAIR and min(word) >= "\u3040" else 1.0


def _of_template(sketched: Sketched, cluster: tuple[int, ...]) -> Hit:
    """What is said of documents that follow a template."""
    first, second = (sketched.records[at] for at in cluster[:2])
    words: dict[str, object] = {
        "name": first.name,
        "place": matching.within(first),
        "says": f"and {len(cluster) - 1:,} more documents seem to follow one template, as does",
        "other": second.name,
        "elsewhere": matching.within(second) if first.path != second.path else "",
        "evidence": "",
    }
    return Hit(first.header, words, _MEANT, "info", first.at)


def _passages(sketched: Sketched, pair: tuple[int, int], how: Likeness) -> tuple[tuple[Passage, Passage], ...]:
    (here, one), (there, other) = map(sketched.open, reversed(pair))
    spans = likeness.passages(how, other, one)
    lines = text.Lines(here), text.Lines(there)
    return tuple(
        (_passage(here, one, lines[0], mine), _passage(there, other, lines[1], theirs)) for theirs, mine in spans
    )


def _passage(place: Place, data: bytes, lines: text.Lines, span: Span) -> Passage:
    whole = place.in_file(span)
    shown = data[span.start : min(span.end, span.start + _SHOWN)].decode("utf-8", "ignore")
    return Passage(
        place.path,
        place.document,
        lines.position(whole.start)[0],
        lines.position(whole.end)[0],
        shown + "…" * (span.end - span.start > _SHOWN),
    )


@near_duplicate.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    room = LIMITS["fast"]
    for _, data in faults.files(tree):
        room -= len(data)
        if room < 0:
            raise faults.Inapplicable("collection of up to 4 MB of prose")
    number = random.randrange(10**6)
    for part, story in enumerate((_STORY, _REWORDED), 1):
        faults.add_document(tree, random, f"story-{number}-{part}.txt", story.encode())
