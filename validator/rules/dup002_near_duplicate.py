from __future__ import annotations

from collections.abc import Iterator

from validator import faults, likeness, matching, relations, text
from validator.model import TYPE_CHECKING, Collection, Hit, Passage, Place, Sketched, Span
from validator.rule import Bad, Good, collection_rule
from validator.sketching import LIMITS

if TYPE_CHECKING:
    from validator.likeness import Likeness
    from validator.model import Severity
    from validator.relations import Relation

_FEW = 3
"""Documents that are taken for one text; more of them follow a template."""
_SHOWN = 400
"""Bytes of a passage that are shown."""
_KEPT = 1000
"""Documents whose telling words are kept at a time."""

_ONE_TEXT = ("reworded", "copied")
"""Relations of which a warning speaks."""
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

    All that are found to be alike give one finding, at the second of them, with the passages in common. It is a
    warning where they are surely one text. Either it was worded anew: of the words that follow each other in the same
    order, 16 and three tenths have other words next to them. Or it was copied: there are 36 such words, and either four
    fifths of the smaller document's runs of three words stand in the other, or between the first and the last of such
    words four fifths of all that would count are among them, in each of the two.

    Else it is a note, because pages of a manual, forms and short notices have passages in common. So it is where
    documents follow a template: one word stands in the place of another again and again, above all one that the
    document is called by, or more than three documents are alike. And so it is for legal notices, for releases
    (`pump-1-0-4-is-out.md`), and in the folders of two kinds of one language (`zh_CN` and `zh_TW`).

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
    contents = matching.contents(sketched.records)
    alike: dict[tuple[int, int], Likeness] = {}

    def are_alike(one: int, other: int) -> bool:
        records = sketched.records[one], sketched.records[other]
        if contents[one] == contents[other]:  # listed by different digests; DUP001 speaks of them
            return False
        if relations.are_packed_copies(*records) or relations.are_told_apart(records[0].name, records[1].name):
            return False
        how = likeness.compare(telling(one), telling(other))
        if how is None or relations.have_other_figures(telling(one), telling(other)):
            return False
        alike[one, other] = how
        return True

    pairs = likeness.candidates(sketched.sketches)
    for cluster in likeness.clusters(pairs, len(sketched.records), are_alike):
        yield _of_template(sketched, cluster) if len(cluster) > _FEW else _of_text(sketched, cluster, alike)


def _of_text(sketched: Sketched, cluster: tuple[int, ...], alike: dict[tuple[int, int], Likeness]) -> Hit:
    """What is said of two or three documents, with the passages of the two that show it first and are one text if any
    are."""
    found = [(pair, _relation(sketched, pair, alike[pair])) for pair in alike if set(pair) <= set(cluster)]
    pair, relation = next((one for one in found if one[1].kind in _ONE_TEXT), found[0])
    first, second = (sketched.records[at] for at in pair)
    how = alike[pair]
    is_template = relation.kind == "template"
    words: dict[str, object] = {
        "name": second.name,
        "place": matching.within(second),
        "says": "seems to follow one template with" if is_template else "is nearly the same text as",
        "other": first.name,
        "elsewhere": matching.within(first) if first.path != second.path else "",
        "evidence": f"{', and one more is' if len(cluster) > len(pair) else ''}: of {how.shared:,} names, numbers and "
        f"long words that both have, {len(how.chain):,} follow each other in the same order",
    }
    if is_template:
        one, other = relation.replaced
        words["evidence"] = f": where the one has {other!r}, the other has {one!r}"
    help, shown = _MEANT if is_template else "", _passages(sketched, pair, how)
    severity: Severity | None = None if relation.kind in _ONE_TEXT else "info"
    return Hit(second.header, words, help, severity, second.at, passages=shown)


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


def _relation(sketched: Sketched, pair: tuple[int, int], how: Likeness) -> Relation:
    first, second = (sketched.records[at].name for at in pair)
    return relations.between(how, (first, second), (sketched.open(pair[0])[1], sketched.open(pair[1])[1]))


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
