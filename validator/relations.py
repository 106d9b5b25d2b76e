"""What two documents that are alike are to each other, told from their names and their words.

``likeness`` finds documents that have their names, numbers and long words in common and in order. Some of them are one
text: it was reworded, or copied into another frame. Others resemble each other on purpose: a translation, a version,
a form that was filled in twice, pages made from one template. This module tells them apart.

Three measures do so. They are taken from the chain of words in common (see ``likeness``) and what surrounds it:

- words of the chain whose *surroundings changed*: whoever rewords a text changes all but such words, and whoever fills
  in a template or copies a passage leaves the words next to them as they were
- how much of the smaller text the larger one *contains* word for word, and how much else there is between the ends of
  the chain: a copy lacks little, whatever its frame; pages of a manual differ all along
- a word in whose place the other text has another one *again and again*: that is how templates are filled in

Names and words are held against each other as ``likeness.words`` has them.
"""

from __future__ import annotations

from collections import Counter

from validator import likeness, prose
from validator.model import TYPE_CHECKING, Record, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set
    from typing import Literal

    from validator.likeness import Likeness

    _Run = tuple[str, str, str]
    _Runs = tuple[Counter[_Run], Counter[_Run]]
    _Words = tuple[Sequence[str], Sequence[str]]
    _Places = tuple[Mapping[str, int], Mapping[str, int]]

LEAST = 36
"""Words in the same order that more than short notices and forms have in common."""
CHANGED, CHANGED_SHARE = 16, 0.3
"""Words of the chain, and the part of it, whose surroundings must have changed in a rewording."""
COPIED = 0.8
"""Part of the smaller text that the larger one must contain if it is a copy; or that the chain must be of what lies
between its ends, in each."""
FIGURES = 2
"""Numbers, dates or other words with a digit that show that two documents speak of different things."""
TIMES, OFTEN = 2, 4
"""How often one word stands in the place of another where a template was filled in, and where all else was reworded."""

_PAIR = 2
"""Characters that count as a word in Chinese and Japanese."""
_UNSPACED = "\u3040"
"""The first character of these."""
_KINDS = 4
"""Words between the same two that are told apart."""
_TAG = r"(?i)[/._-]([a-z]{2})(?:[-_](?:[a-z]{2,4}|[a-z]{5,8}(?=/)))?(?:\.utf-?8)?(?:@[a-z]+)?(?=[/.]|$)"
_VERSION = r"(?i)[/._-](?:v?\d+(?:\.\d+)+|v\d+)(?![^/._-])"
"""What tells translations and versions apart in names: ``de``, ``pt_BR``, ``zh-Hant``, ``sr@latin``, as a folder also
``ca-valencia``; ``1.2``, ``v3``."""
_DATE = r"(?<!\d)\d{4}([-_])\d\d\1\d\d(?!\d)"
_RELEASE = r"(?<=[^\W\d_][-_])\d{1,2}([-_])\d{1,2}\1\d{1,2}(?!\d)"
"""What is no release, and what is one, written with other signs than dots and behind a word."""
_NOTICES = frozenset(("license", "licence", "licenses", "licences", "copying", "copyright", "notice", "eula"))
_SHORT = 3
"""Words in the names of legal notices, of which many works have the same, and how many words these names have."""


@value
class Relation:
    """What two documents that are alike are to each other.

    ``kind`` is ``reworded`` or ``copied`` where they are one text; ``template`` where both follow one, and then
    ``replaced`` has a word of the first document and what the second has in its place; and ``related`` where they have
    much in common, and one may not be the other.
    """

    kind: Literal["reworded", "copied", "template", "related"]
    replaced: tuple[str, str] = ("", "")


def are_packed_copies(one: Record, other: Record) -> bool:
    """Whether one document is the other's copy in a container, by their last names; IDX015 speaks of stale ones."""
    last, others = ((record.block or record.name).rpartition("/")[2] for record in (one, other))
    return last == others and (one.container is None) != (other.container is None)


def have_other_figures(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether each of two documents has figures that the other has not, as forms and numbered reports have.

    They are given by their telling words.
    """
    figures, others = ({word for word in words if any(map(str.isdigit, word))} for words in (one, other))
    return min(len(figures - others), len(others - figures)) >= FIGURES


def are_told_apart(one: str, other: str) -> bool:
    """Whether names differ in a language or a version alone: two of them, or one that only one of the names has."""
    import re

    one, other = sorted(map(_without_suffix, (one, other)), key=len)
    if any(re.sub(kind, "", one) == re.sub(kind, "", other) for kind in (_TAG, _VERSION)):
        return one != other
    behind = ((other[: tag.start()], other[tag.end() :]) for tag in re.finditer(_TAG, other))
    return any(rest and one.endswith(rest) and folder.startswith(one.removesuffix(rest)) for folder, rest in behind)


def between(how: Likeness, names: tuple[str, str], texts: tuple[bytes, bytes]) -> Relation:
    """What two documents are to each other that are alike in this way, by their names and their bytes."""
    words = likeness.words(texts[0]), likeness.words(texts[1])
    places = likeness.telling(texts[0]), likeness.telling(texts[1])
    runs = _runs(words[0]), _runs(words[1])
    is_reworded = _is_reworded(how.chain, words, places)
    replaced = _replaced(runs, names, is_reworded)
    if replaced is not None:
        return Relation("template", replaced)
    if _are_meant(*names):
        return Relation("related")
    if is_reworded:
        return Relation("reworded")
    return Relation("copied" if _is_copied(how.chain, runs, places) else "related")


def _are_meant(one: str, other: str) -> bool:
    """Whether names say that texts may well be alike.

    Both are legal notices; or announce releases, as ``pump-1-0-4-is-out`` does; or they lie in folders of two kinds of
    one language, as ``zh_CN`` and ``zh_TW`` are, where translations need not have the same names.
    """
    import re

    if all(_NOTICES & words and len(words) <= _SHORT for words in map(_last_words, (one, other))):
        return True
    dateless = [re.sub(_DATE, "", name) for name in (one, other)]
    if dateless[0] != dateless[1] and len({re.sub(_RELEASE, "", name) for name in dateless}) == 1:
        return True
    tags, others = (
        {name[: tag.end(1)]: tag[0] for tag in re.finditer(_TAG, name)} for name in map(_without_suffix, (one, other))
    )
    return any(others.get(place, tag) != tag for place, tag in tags.items())


def _is_reworded(chain: Sequence[str], words: _Words, places: _Places) -> bool:
    """Whether other words stand around the words in common: a template and a passage that was copied keep them."""
    changed = [
        word for word in chain if _surroundings(word, words[0], places[0]) != _surroundings(word, words[1], places[1])
    ]
    return _weight(changed) >= max(CHANGED, CHANGED_SHARE * _weight(chain))


def _surroundings(word: str, words: Sequence[str], places: Mapping[str, int]) -> tuple[Sequence[str], Sequence[str]]:
    """The words before and behind a telling word; nothing where the text begins or ends."""
    start, end = places[word], places[word] + likeness.extent(word)
    return words[max(0, start - 1) : start], words[end : end + 1]


def _is_copied(chain: Sequence[str], runs: _Runs, places: _Places) -> bool:
    """Whether the smaller text stands in the larger one word for word; or else each of the two has little else between
    the ends of the chain, and what lies outside is a frame."""
    if _weight(chain) < LEAST:
        return False
    small, large = sorted(runs, key=len)
    if len(small.keys() & large.keys()) >= COPIED * len(small):
        return True
    between = (sum(at[chain[0]] <= place <= at[chain[-1]] for place in at.values()) for at in places)
    return len(chain) >= COPIED * max(between)


def _runs(words: Sequence[str]) -> Counter[_Run]:
    """The runs of three words, and how often each is there."""
    return Counter(zip(words, words[1:], words[2:], strict=False))


def _replaced(runs: _Runs, names: tuple[str, str], is_reworded: bool) -> tuple[str, str] | None:
    """A word of the first text in whose place the second has another one again and again; and that other one.

    Each is one that the other name has not, because what a document is called by is what it speaks of; or one that the
    other text has not. Where a text was reworded, the latter are synonyms, and so may be a few of the former.
    """
    own, others = (frozenset(likeness.words(name.encode("utf-8", "replace"))) for name in names)
    found = _most_replaced(runs, own - others, others - own, OFTEN if is_reworded else TIMES)
    if found is not None or is_reworded:
        return found
    own, others = (frozenset(word for run in side for word in run if len(word) > 1) for side in runs)
    return _most_replaced(runs, own - others, others - own, TIMES)


def _most_replaced(runs: _Runs, own: Set[str], others: Set[str], least: int) -> tuple[str, str] | None:
    """The word of these in whose place the second text most often has one of the others, between the same two words,
    and that one; if it is so often."""
    here, there = runs
    instead: dict[tuple[str, str], list[str]] = {}
    for run in there:
        before, word, after = run
        if word in others and run not in here:
            kinds = instead.setdefault((before, after), [])
            if len(kinds) < _KINDS:
                kinds.append(word)
    replaced: Counter[tuple[str, str]] = Counter()
    for run, times in here.items():
        before, word, after = run
        if word in own and run not in there:
            for other in instead.get((before, after), ()):
                replaced[word, other] += times
    times, pair = max(((times, pair) for pair, times in replaced.items()), default=(0, ("", "")))
    return pair if times >= least else None


def _weight(chain: Sequence[str]) -> float:
    """How many words these are; in scripts without blanks pairs of characters, which overlap, count half."""
    return sum(0.5 if len(word) == _PAIR and min(word) >= _UNSPACED else 1.0 for word in chain)


def _without_suffix(name: str) -> str:
    """A name with a slash before it, without what tells its format."""
    return f"/{name.removesuffix(f'.{prose.suffix(name)}')}"


def _last_words(name: str) -> frozenset[str]:
    """The words in the last part of a name."""
    return frozenset(likeness.words(_without_suffix(name).rpartition("/")[2].encode("utf-8", "replace")))
