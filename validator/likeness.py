"""Which documents of a collection are one text: copies in other frames, rewordings, translations there and back.

A collection is too large to hold every document against every other. So each is first reduced to a *sketch*, the
least hashes of its runs of three words (A. Broder, "On the resemblance and containment of documents", 1997), and
documents that share several rare hashes are *candidates*. Candidates are then compared in full: whoever rewords a
text keeps its names, numbers and long words, and keeps them in order. What counts is therefore the longest chain of
words that stand exactly once in each of two documents and follow one another in both.

Everything follows from the bytes alone. NumPy makes sketches and candidates faster and changes no result.
"""

from __future__ import annotations

from functools import cache

from validator.model import TYPE_CHECKING, Span, value
from validator.prose import COMPARED

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import ModuleType
    from typing import Any

SAMPLED = 2000
"""Hashes of a sketch, at most, of 4 bytes each."""
RARE = 20
"""A hash of more documents is a phrase of the trade, or of a template."""
SHARED = 4
"""Rare hashes that make two documents candidates."""
CHAIN = 16
"""Words of the shortest chain that says anything."""
IN_ORDER = 0.80
"""Part of the words common to both that must be in the chain."""
COVERED = 0.30
"""Part of the smaller document's words that must be in the chain."""
SEGMENTS, FILLED, ENOUGH = 8, 0.15, 0.85
"""That part of the smaller document's equal segments must have this part of its words in the chain."""
PASSAGES = 20
"""Passages that are shown, at most."""

_LINKED = 4
_NEAR = 12
_NUMPY = 1 << 29
_BATCH = 1 << 18
_WORTH_VECTORS = 1 << 22
_PARTITION = 1 << 22
_LONG = 64
_NORMALISED = 1024
"""Characters that are normalised at a time: marks without end in a row take time by their square."""
_KNOWN = 1 << 16
_64_BITS = (1 << 64) - 1
_HEAD, _TAIL, _SIZE = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_FIRST, _SECOND, _THIRD = 0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB
_BLANK = 0x20
_FEW = 16
_ASCII = bytes(range(0x80))
_TYPOGRAPHY = tuple(char.encode() for char in "\u2019\u2018\u201c\u201d\u2013\u2014\u2026\xa0")
"""What is found in English; most text is ASCII without it, and folded many times as fast."""
_FOLD = bytes(
    byte if byte > 0x7F else ord(chr(byte).lower()) if chr(byte).isalnum() else _BLANK for byte in range(0x100)
)
_IDEOGRAPHIC = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SYLLABIC = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Scripts without blanks between words: of China and Japan; Thai, Lao, Burmese and Khmer."""


@value
class Likeness:
    """What shows that two documents are one text.

    ``shared`` counts the telling words that stand exactly once in each, and ``chain`` has those that follow one
    another in both. ``share`` is the part of the smaller document's telling words that is in the chain, ``whole``
    that of the larger one's: where it is far less, the larger holds the smaller among other text.
    """

    shared: int
    chain: tuple[str, ...]
    share: float
    whole: float


def sketch(data: bytes) -> bytes:
    """The least hashes of a document's runs of three words, ascending, as unsigned integers of 4 bytes in
    little-endian order; empty for a document of fewer than ``CHAIN`` words."""
    return _sketched(_folded(data))


def sketches(documents: Iterable[bytes], seen: int = 0) -> Iterator[bytes]:
    """The sketch of each document; of many documents with NumPy, if that is installed.

    ``seen`` are the bytes of documents that were sketched before.
    """
    several: Callable[[list[bytes]], Iterator[bytes]] | None = None
    batch: list[bytes] = []
    size = 0
    for document in documents:
        batch.append(_folded(document))
        size += len(batch[-1])
        if size >= _BATCH:
            seen += size
            several = several or (_several() if seen >= _WORTH_VECTORS else None)
            yield from several(batch) if several else map(_sketched, batch)
            batch, size = [], 0
    yield from several(batch) if several and batch else map(_sketched, batch)


def candidates(sketches: Sequence[bytes]) -> list[tuple[int, int]]:
    """The pairs of documents that are worth comparing: ascending positions, in ascending order.

    A document is a candidate with each that shares ``SHARED`` rare hashes with it. The members of a large family
    share few rare ones; each of them is a candidate with the next that has a fourth of its hashes, and with the next
    whose sketch equals its own. So there are never more than a few candidates to a hash.
    """
    before: dict[bytes, int] = {}
    pairs = []
    kept = []
    for at, one in enumerate(sketches):
        if one in before:
            pairs.append((before[one], at))
        elif one:
            kept.append(at)
        if one:
            before[one] = at
    distinct = [sketches[at] for at in kept]
    np = _numpy() if sum(map(len, distinct)) >= _WORTH_VECTORS else None
    rare, linked = _met_vectorised(np, distinct) if np else _met(distinct)
    met = {pair for pair, number in rare.items() if number >= SHARED}
    for pair, number in linked.items():
        if number >= max(SHARED, min(len(distinct[at]) // 4 for at in (pair >> 32, pair & 0xFFFFFFFF)) / _LINKED):
            met.add(pair)
    return sorted([*pairs, *((kept[pair >> 32], kept[pair & 0xFFFFFFFF]) for pair in met)])


def telling(data: bytes) -> dict[str, int]:
    """The telling words that stand exactly once in a document, in order, and which of its words they are, 0-based.

    Telling is a word of five letters or more, or with a digit. In scripts without blanks a run of two ideographs or
    kana is, or of four syllables.
    """
    return _once(words(data))


def words(data: bytes) -> list[str]:
    """A document's words, in order, in NFKC and folded case; each character of a script without blanks is one."""
    return _folded(data).decode().split()


def extent(word: str) -> int:
    """How many of a document's words a telling word is made of."""
    return _run(word) or 1


def compare(first: Mapping[str, int], second: Mapping[str, int]) -> Likeness | None:
    """Whether two documents, given by their telling words, are one text; ``None`` if they are not.

    The answer does not depend on which of the two is first.
    """
    shared = len(first.keys() & second.keys())
    if shared < CHAIN:
        return None
    small, large = sorted((first, second), key=lambda once: (len(once), [*once]))
    chain = _longest_chain([(word, large[word]) for word in small if word in large])
    if len(chain) < max(CHAIN, IN_ORDER * shared, COVERED * len(small)) or not _is_covered(small, {*chain}):
        return None
    return Likeness(shared, tuple(chain), len(chain) / len(small), len(chain) / len(large))


def passages(likeness: Likeness, first: bytes, second: bytes) -> list[tuple[Span, Span]]:
    """Where two documents that are one text have the words of the chain close to each other: the bytes in the first
    and in the second, at most ``PASSAGES``, those with most words first."""
    places = _places(first), _places(second)
    runs: list[list[tuple[tuple[int, int, int], tuple[int, int, int]]]] = []
    for word in likeness.chain:
        if word not in places[0] or word not in places[1]:
            continue
        here = places[0][word], places[1][word]
        if runs and all(0 < at[0] - last[0] <= _NEAR for at, last in zip(here, runs[-1][-1], strict=True)):
            runs[-1].append(here)
        else:
            runs.append([here])
    runs = sorted(runs, key=len, reverse=True)[:PASSAGES]
    sides = [[(run[0][side][1], run[-1][side][2]) for run in runs] for side in (0, 1)]
    return [*zip(_spans(first, sides[0]), _spans(second, sides[1]), strict=True)]


def clusters(
    pairs: Iterable[tuple[int, int]], number: int, are_alike: Callable[[int, int], bool]
) -> list[tuple[int, ...]]:
    """The clusters of two documents and more, of this number of documents: ascending positions, by their first.

    ``are_alike`` is asked of a pair only if nothing yet connects its documents, which changes no cluster: so the
    members of a family are not all compared with one another.
    """
    parents = [*range(number)]

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = at = parents[parents[at]]
        return at

    for pair in pairs:
        least, other = sorted(map(root, pair))
        if least != other and are_alike(*pair):
            parents[other] = least
    found: dict[int, list[int]] = {}
    for at in range(number):
        found.setdefault(root(at), []).append(at)
    return [tuple(members) for members in found.values() if len(members) > 1]


def _folded(data: bytes) -> bytes:
    """A document's words in NFKC and folded case, and blanks; a character of a script without blanks is a word."""
    data = data[:COMPARED]
    if data.isascii():
        return data.translate(_FOLD)
    for mark in _TYPOGRAPHY:
        data = data.replace(mark, b" ")
    if data.isascii():
        return data.translate(_FOLD)
    from unicodedata import normalize

    text = data.decode("utf-8", "replace")
    pieces = (text[start : start + _NORMALISED] for start in range(0, len(text), _NORMALISED))
    text = "".join(normalize("NFKC", piece) for piece in pieces).casefold()
    folded = text.encode()
    others = {*folded.translate(None, _ASCII).decode()}
    outside, unspaced, _ = _patterns()
    strangers = [char for char in others if outside.match(char)]
    if any(map(unspaced.match, others)) or len(strangers) > _FEW:
        return outside.sub(" ", unspaced.sub(r" \g<0> ", text)).encode().translate(_FOLD)
    for stranger in strangers:
        folded = folded.replace(stranger.encode(), b" ")
    return folded.translate(_FOLD)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What is no part of a word beyond ASCII, one word of a script without blanks, and any word."""
    import re
    from unicodedata import category

    codes = (*range(0x300, 0x3100), *range(0xA600, 0x11000))
    marks = "".join(char for char in map(chr, codes) if category(char) in ("Mn", "Mc"))
    unspaced = f"[{_IDEOGRAPHIC}{_SYLLABIC}](?<=\\w)[{marks}]*+"
    return (
        re.compile(f"[^\\x00-\\x7f\\w{marks}]++"),
        re.compile(unspaced),
        re.compile(f"{unspaced}|(?:[^\\W_{_IDEOGRAPHIC}{_SYLLABIC}][{marks}]*+)++"),
    )


class _Keys(dict[bytes, int]):
    """The keys of words, which are remembered as long as they are few."""

    def __missing__(self, word: bytes) -> int:
        head, tail = int.from_bytes(word[:8], "little"), int.from_bytes(word[8:16], "little")
        key = head * _HEAD + tail * _TAIL + len(word) * _SIZE & _64_BITS
        key ^= key >> 32
        if len(self) >= _KNOWN:
            self.clear()
        if len(word) <= _LONG:
            self[word] = key
        return key


_keys = _Keys()


def _sketched(folded: bytes) -> bytes:
    """The sketch of a document's folded words."""
    from array import array

    words = folded.split()
    if len(words) < CHAIN:
        return b""
    keys = [*map(_keys.__getitem__, words)]
    runs = zip(keys, keys[1:], keys[2:], strict=False)
    hashes = {(a * _FIRST + b * _SECOND + c * _THIRD & _64_BITS) >> 32 for a, b, c in runs}
    return _packed(array("I", sorted(hashes)[:SAMPLED]))


def _packed(hashes: Any) -> bytes:
    from sys import byteorder

    if byteorder == "big":
        hashes.byteswap()
    packed: bytes = hashes.tobytes()
    return packed


def _numpy() -> ModuleType | None:
    from validator import limits

    if limits.is_scarce(_NUMPY):
        return None
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def _several() -> Callable[[list[bytes]], Iterator[bytes]] | None:
    """A function that makes the sketches of several documents' folded words at a time."""
    np = _numpy()
    if np is None:
        return None
    masks = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
    head, tail, size, first, second, third = (
        np.uint64(factor) for factor in (_HEAD, _TAIL, _SIZE, _FIRST, _SECOND, _THIRD)
    )
    half = np.uint64(32)

    def several(batch: list[bytes]) -> Iterator[bytes]:
        joined = b" ".join((b"", *batch, b" " * 16))
        inside = np.frombuffer(joined, np.uint8) != _BLANK
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        edges += 1
        starts, sizes = edges[::2], edges[1::2] - edges[::2]
        eights = np.ndarray((len(joined) - 7,), "<u8", joined, strides=(1,))
        keys = (eights[starts] & masks[np.minimum(sizes, 8)]) * head
        long = np.flatnonzero(sizes > 8)
        keys[long] += (eights[starts[long] + 8] & masks[np.minimum(sizes[long] - 8, 8)]) * tail
        keys += sizes.astype(np.uint64) * size
        keys ^= keys >> half
        ends = np.cumsum([len(one) + 1 for one in batch])
        counts = np.diff(np.searchsorted(starts, ends, "right"), prepend=0)
        owners = np.repeat(np.arange(len(batch), dtype=np.uint64), counts)
        runs = keys[:-2] * first + keys[1:-1] * second + keys[2:] * third
        runs >>= half
        runs |= owners[:-2] << half
        runs = runs[owners[:-2] == owners[2:]]
        runs.sort()
        runs = runs[_heads(np, runs)]
        bounds = np.searchsorted(runs, np.arange(len(batch) + 1, dtype=np.uint64) << half)
        hashes = (runs & np.uint64(0xFFFFFFFF)).astype("<u4")
        for at, count in enumerate(counts):
            start, end = bounds[at : at + 2]
            yield hashes[start : min(end, start + SAMPLED)].tobytes() if count >= CHAIN else b""

    return several


def _pairs_of(run: Sequence[int]) -> Iterator[int]:
    """The pairs of some documents, each as the first one's position in the high half and the second's in the low."""
    for at, document in enumerate(run):
        yield from (document << 32 | other for other in run[at + 1 :])


def _met(sketches: Sequence[bytes]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """How many rare hashes each pair of documents shares, and how many of the others neighbours among their owners."""
    from array import array
    from collections import Counter
    from itertools import groupby, pairwise

    owned = []
    for at, one in enumerate(sketches):
        owned += [hash << 32 | at for hash in array("I", _packed(array("I", one)))]
    owned.sort()
    rare: Counter[int] = Counter()
    linked: Counter[int] = Counter()
    for _, found in groupby(owned, lambda one: one >> 32):
        run = [one & 0xFFFFFFFF for one in found]
        if len(run) > RARE:
            linked.update(a << 32 | b for a, b in pairwise(run))
        elif len(run) > 1:
            rare.update(_pairs_of(run))
    return rare, linked


def _met_vectorised(np: ModuleType, sketches: Sequence[bytes]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """What ``_met`` returns, without the pairs that have less than ``SHARED``."""
    hashes = np.frombuffer(b"".join(sketches), "<u4")
    owners = np.repeat(np.arange(len(sketches), dtype=np.uint64), [len(one) // 4 for one in sketches])
    half = np.uint64(32)
    parts = 1 + len(hashes) // _PARTITION
    rare, linked = [], []
    for part in range(parts):
        least, beyond = (part << 32) // parts, (part + 1 << 32) // parts
        chosen = slice(None) if parts == 1 else (hashes >= least) & (hashes < beyond)
        owned = hashes[chosen].astype(np.uint64) << half | owners[chosen]
        owned.sort()
        hash = owned >> half
        again = hash[1:] == hash[:-1]
        repeated = np.zeros(len(owned), bool)  # most hashes have one owner, and are of no more use
        repeated[1:] |= again
        repeated[:-1] |= again
        hash, owned = hash[repeated], owned[repeated] & np.uint64(0xFFFFFFFF)
        sizes = np.diff(_heads(np, hash), append=len(owned))
        behind = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(owned))
        size = np.repeat(sizes, sizes)
        met = []
        for ahead in range(1, RARE):
            at = np.flatnonzero((size <= RARE) & (behind > ahead))
            met.append(owned[at] << half | owned[at + ahead])
        rare.append(_counted(np, np.concatenate(met)))
        at = np.flatnonzero((size > RARE) & (behind > 1))
        linked.append(_counted(np, owned[at] << half | owned[at + 1]))
    return _added(np, rare), _added(np, linked)


def _heads(np: ModuleType, numbers: Any) -> Any:
    """Where each number stands first among sorted ones."""
    is_head = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_head[1:])
    return np.flatnonzero(is_head)


def _counted(np: ModuleType, pairs: Any) -> tuple[Any, Any]:
    """Each pair once, in order, and how often it stands there."""
    pairs.sort()
    heads = _heads(np, pairs)
    return pairs[heads], np.diff(heads, append=len(pairs))


def _added(np: ModuleType, parts: list[tuple[Any, Any]]) -> dict[int, int]:
    """The pairs of some parts whose numbers add up to ``SHARED`` at least."""
    pairs, numbers = (np.concatenate(side) for side in zip(*parts, strict=True))
    order = np.argsort(pairs, kind="stable")
    pairs, numbers = pairs[order], numbers[order]
    heads = _heads(np, pairs)
    sums = np.add.reduceat(numbers, heads) if len(heads) else numbers
    enough = sums >= SHARED
    return dict(zip(pairs[heads][enough].tolist(), sums[enough].tolist(), strict=True))


def _once(words: list[str]) -> dict[str, int]:
    """The telling ones among some words that stand there once, in order, and their positions."""
    places: dict[str, int] = {}
    unspaced = _is_unspaced(words)
    for at, word in enumerate(words):
        if unspaced and (size := _run(word)):
            word = "".join(words[at : at + size])
            if at + size > len(words) or not all(_run(other) == size for other in words[at : at + size]):
                continue
        elif len(word) < 5 and (word.isalpha() or not any(map(str.isdigit, word))):
            continue
        places[word] = -1 if word in places else at
    return {word: at for word, at in places.items() if at >= 0}


def _is_unspaced(words: list[str]) -> bool:
    return any(word >= "\u0e00" for word in words) and any(map(_run, words))


def _run(word: str) -> int:
    """How many characters or syllables are as telling as a word, if this is one of a script without blanks."""
    code = ord(word[0])
    if code < 0x0E00:
        return 0
    if code < 0x0F00 or 0x1000 <= code < 0x10A0 or 0x1780 <= code < 0x1800:
        return 4
    return 2 * (
        0x3040 <= code < 0x3100
        or 0x3400 <= code < 0x4DC0
        or 0x4E00 <= code < 0xA000
        or 0xF900 <= code < 0xFB00
        or 0x20000 <= code < 0x40000
    )


def _longest_chain(places: list[tuple[str, int]]) -> list[str]:
    """The words of a longest chain of ascending positions, by sorting piles of patience."""
    from bisect import bisect_left

    tops: list[int] = []
    ends: list[int] = []
    before = []
    for number, (_, at) in enumerate(places):
        pile = bisect_left(tops, at)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [at]
        ends[pile : pile + 1] = [number]
    chain = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(places[number][0])
        number = before[number]
    return chain[::-1]


def _is_covered(words: Iterable[str], chain: set[str]) -> bool:
    """Whether the words in a chain come from everywhere in a document, and not from a passage of it."""
    from itertools import pairwise

    held = [word in chain for word in words]
    bounds = [len(held) * segment // SEGMENTS for segment in range(SEGMENTS + 1)]
    filled = [sum(held[start:end]) >= FILLED * (end - start) for start, end in pairwise(bounds)]
    return sum(filled) >= ENOUGH * SEGMENTS


def _places(data: bytes) -> dict[str, tuple[int, int, int]]:
    """The telling words that stand once in a document: which of its words they are, and their characters."""
    text = data[:COMPARED].decode("utf-8", "surrogateescape")
    known: dict[str, list[str]] = {}
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _patterns()[2].finditer(text):
        found = known.get(match[0])
        if found is None:
            found = known[match[0]] = _folded(match[0].encode("utf-8", "surrogateescape")).decode().split()
        words += found
        starts += [match.start()] * len(found)
        ends += [match.end()] * len(found)
    last = len(words) - 1
    return {word: (at, starts[at], ends[min(at + extent(word) - 1, last)]) for word, at in _once(words).items()}


def _spans(data: bytes, places: list[tuple[int, int]]) -> list[Span]:
    """The bytes of some ranges of a document's characters."""
    text = data[:COMPARED].decode("utf-8", "surrogateescape")
    offsets = {}
    seen = offset = 0
    for place in sorted({place for pair in places for place in pair}):
        offset += len(text[seen:place].encode("utf-8", "surrogateescape"))
        offsets[place] = offset
        seen = place
    return [Span(offsets[start], offsets[end]) for start, end in places]
