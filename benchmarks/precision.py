"""How often the rules on text, names and content are right, and how often they find what is there.

    python benchmarks/corpus.py
    python benchmarks/precision.py --review /tmp/review.txt

runs every ENC, TXT and NAM rule over the corpus, and commits every rule's fault on clean documents of it,
many times at random places. It prints two tables; ``--write docs/precision.md`` puts them there. With ``--content``
it does the same for the rules on duplicates, residue and metadata (DUP, RES, MET), which speak of prose.

The review file shows a sample of each rule's findings, drawn so that packages and languages take turns.
Whether a finding is right, somebody has to see; the answers are kept in ``verdicts.tsv``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import corpus  # noqa: E402
from validator import container, engine, manifest, trees  # noqa: E402
from validator.model import Finding, Options  # noqa: E402
from validator.rules import catalogue  # noqa: E402
from validator.text import shown  # noqa: E402

if TYPE_CHECKING:
    from validator.rule import Rule, Tree

CHARACTERS = ("ENC", "TXT", "NAM")
CONTENT = ("DUP", "RES", "MET")
MARKERS = {False: "measured", True: "content"}
"""Between which comments the tables stand, without and with ``--content``."""
WHOLE = ("DUP001", "DUP002", "RES011")
"""Rules that see whole collections: the prose of a package as it comes, and not a selection of it."""
DECLARED = ("MET003", "MET005")
"""Rules on what an index declares."""
KINDRED = {
    "Chinese, simplified and traditional": ("linux-doc-6.1", "/zh_CN/", "/zh_TW/"),
    "Portuguese, of Portugal and of Brazil": ("dokuwiki", "/pt/", "/pt-br/"),
    "Chinese, of the mainland and of Taiwan": ("dokuwiki", "/zh/", "/zh-tw/"),
    "German, formal and familiar": ("dokuwiki", "/de/", "/de-informal/"),
}
"""Texts that a package has in two wordings, and what in their names tells these apart."""
CLEAN_LIMIT = 1 << 16
"""Bytes of the documents on which faults are committed."""
MISSES = 3
"""So many faults of each rule that were not found where they are go to standard error."""


@dataclass(frozen=True)
class Found:
    """A finding in a document of the corpus."""

    text: corpus.Text
    finding: Finding

    @property
    def place(self) -> str:
        """Package, path and line."""
        return f"{self.finding.path}:{self.finding.line or ''}"

    @property
    def stratum(self) -> tuple[str, str]:
        """What takes turns in a sample."""
        return self.text.package, self.text.language

    @property
    def die(self) -> bytes:
        """Decides the order of drawing: random, but the same in every run."""
        key = f"{self.finding.code} {self.finding.path} {self.finding.byte_start}"
        return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()

    def __str__(self) -> str:
        """The finding as a reviewer sees it, without anything that a terminal would obey or hide."""
        excerpt = self.finding.excerpt
        parts = (excerpt.before, excerpt.marked, excerpt.after) if excerpt else (self.text.data[:160],)
        before, *rest = (shown(part.decode("utf-8", "surrogateescape")) for part in parts)
        frame = f"{before[-70:]}⟦{rest[0][:80]}⟧{rest[1][:70]}" if rest else before
        return f"{self.finding.code} {shown(self.place)}\n    {self.finding.message}\n    {frame}\n"


def rules(wanted: Sequence[str], families: tuple[str, ...] = CHARACTERS) -> list[Rule]:
    """The rules of some families, or those of them whose codes are given."""
    found = [rule for rule in catalogue() if rule.code.startswith(families)]
    return [rule for rule in found if not wanted or rule.code in wanted]


def check(tree: Tree, package: str, codes: Sequence[str]) -> tuple[Finding, ...]:
    """What rules, opt-in or not, find in files."""
    report = engine.check([trees.Memory(tree, package)], Options(select=tuple(codes), near_duplicates="full"))
    return tuple(finding for finding in report.findings if finding.code in codes)


# ---- precision


def search(texts: Iterable[corpus.Text], codes: Sequence[str], is_indexed: bool = False) -> Iterator[Found]:
    """Every finding in the documents, package by package; also with an index that says their languages."""
    for package, group in groupby(texts, key=lambda text: text.package):
        named = {f"{package}/{text.name}": text for text in group}
        tree: Tree = {text.name: text.data for text in named.values()}
        if is_indexed:
            tree[manifest.NAME] = index(named.values())
        for finding in check(tree, package, codes):
            path = f"{package}/{finding.words['name']}" if is_indexed else finding.path
            if path in named:
                yield Found(named[path], finding)


def index(texts: Iterable[corpus.Text]) -> bytes:
    """An index that says in which language each document is."""
    rows = (
        manifest.written(("name", "language"), {"name": text.name, "language": text.language or None}) for text in texts
    )
    return "\n".join(["| name | language |", "|------|----------|", *rows, ""]).encode("utf-8", "surrogateescape")


def collections(folder: Path) -> Iterator[corpus.Text]:
    """The prose of each package, all of it, with its copies."""
    named = (corpus.DEBIAN, corpus.PROSE, corpus.WHEELS, corpus.SOURCES)
    for package, language in sorted(
        {name: said for names in named for name, said in corpus.listed(names).items()}.items()
    ):
        for name, data in corpus.documents(folder, package):
            text = corpus.Text(package.partition("==")[0], name, corpus.language_of(name) or language, data)
            if text.is_prose:
                yield text


def sample(found: Iterable[Found], size: int) -> list[Found]:
    """So many findings, the packages and languages in turn."""
    strata = defaultdict(list)
    for one in sorted(found, key=lambda one: one.die):
        strata[one.stratum].append(one)
    turns = [(turn, one.die, one) for drawn in strata.values() for turn, one in enumerate(drawn)]
    return [one for *_, one in sorted(turns, key=lambda turn: turn[:2])[:size]]


class Verdicts:
    """What was judged by eye: lines of code, pattern of places, verdict and reason. The first that fits decides."""

    def __init__(self, file: Path) -> None:
        with file.open(encoding="utf-8", newline="") as lines:
            self._rows = [row for row in csv.reader(lines, delimiter="\t") if len(row) == 4]

    def of(self, one: Found) -> str:
        """``true``, ``meant``, ``false``, or nothing where nobody has looked."""
        for code, pattern, verdict, _ in self._rows:
            if code == one.finding.code and fnmatchcase(shown(one.place), pattern):
                return verdict
        return ""


def in_utf8(found: Iterable[Found], rule: Rule) -> list[Found]:
    """The findings of one rule in documents that are UTF-8."""
    return [one for one in found if one.finding.code == rule.code and one.text.content is not None]


def review(file: Path, samples: dict[Rule, list[Found]], verdicts: Verdicts) -> None:
    """Write what is to be looked at; NEW marks what no verdict fits."""
    drawn = (one for sampled in samples.values() for one in sampled)
    file.write_text("".join(f"{verdicts.of(one) or 'NEW'} {one}" for one in drawn), encoding="utf-8")


def precision_table(
    found: Sequence[Found], documents: int, samples: dict[Rule, list[Found]], verdicts: Verdicts
) -> Iterator[str]:
    """One row for each rule."""
    yield "| rule | findings | documents | of 1,000 | judged | true | meant | false |"
    yield "|------|---------:|----------:|---------:|-------:|-----:|------:|------:|"
    for rule, sampled in samples.items():
        own = in_utf8(found, rule)
        number = sum(1 + one.finding.more for one in own)
        places = len({one.finding.path for one in own})
        judged = Counter(verdicts.of(one) for one in sampled)
        verdict = " | ".join(str(judged[word]) for word in ("true", "meant", "false"))
        share = f"{1000 * places / documents:.2f}"
        yield f"| {title(rule)} | {number:,} | {places:,} | {share} | {judged.total() - judged['']} | {verdict} |"


def other_encodings(found: Iterable[Found]) -> str:
    """What is said of the documents that are not UTF-8."""
    speaking = {(one.finding.code, one.finding.path) for one in found if one.text.content is None}
    counts = Counter(code for code, _ in speaking)
    told = ", ".join(f"{code} of {times}" for code, times in sorted(counts.items()))
    return f"Of the documents in other encodings these rules speak: {told or 'none'}."


def title(rule: Rule) -> str:
    return f"{rule.code} {rule.name}" + ("" if rule.default else " (opt-in)")


# ---- recall


def clean_tree(texts: Sequence[corpus.Text], random: Random) -> Tree:
    """A folder of three documents drawn from the corpus, two of them packed as well, and their index."""
    named = {f"{number}.txt": text.data for number, text in enumerate(random.sample(texts, 3), 1)}
    packed = ((name[:1].encode(), name.encode(), data) for name, data in list(named.items())[:2])
    rows = [
        f"| {name[:1]} | {name} | {len(data)} | {hashlib.sha256(data).hexdigest()} |" for name, data in named.items()
    ]
    listed = "\n".join(["| id | name | bytes | sha256 |", "|----|------|------:|--------|", *rows, ""])
    return {**named, "all.bundle": b"".join(container.pack(packed)), manifest.NAME: listed.encode()}


@dataclass
class Score:
    """How a fault was found: at all, in the right file, at the right bytes."""

    trials: int = 0
    found: int = 0
    file: int = 0
    place: int = 0
    others: Counter[str] = field(default_factory=Counter)


def without(found: Iterable[Found], rule: Rule, texts: Iterable[corpus.Text]) -> list[corpus.Text]:
    """Documents of a handy size in which neither the rule nor one that is on by default finds anything."""
    optional = {other.code for other in rules([]) if not other.default} - {rule.code}
    speaking = {one.finding.path for one in found if one.finding.code not in optional}
    return [
        text
        for text in texts
        if text.content and 100 < len(text.data) < CLEAN_LIMIT and f"{text.package}/{text.name}" not in speaking
    ]


def recall(rule: Rule, others: Iterable[Rule], texts: Sequence[corpus.Text], trials: int) -> Score:
    """Commit a rule's fault so many times, and see how it is found."""
    score = Score()
    codes = [other.code for other in others if other.default or other is rule]
    for number in range(trials):
        random = Random(f"{rule.code} {number}")  # noqa: S311
        before = clean_tree(texts, random)
        after = before.copy()
        rule.inject(after, random)
        said = check(after, "", codes)
        found = [finding for finding in said if finding.code == rule.code]
        there = [finding for finding in found if before.get(finding.path) != after.get(finding.path)]
        exact = [finding for finding in there if touches(finding, before.get(finding.path, b""), after[finding.path])]
        score.trials += 1
        score.found += bool(found)
        score.file += bool(there)
        score.place += bool(exact)
        score.others.update({finding.code for finding in said} - {rule.code})
        if not exact and score.trials - score.place <= MISSES:
            report_miss(rule, number, before, after, said)
    return score


def touches(finding: Finding, before: object, after: object) -> bool:
    """Whether a finding lies where two versions of a file differ; one without a place speaks of all of it."""
    if finding.byte_start is None or finding.byte_end is None:
        return True
    start, end = difference(before, after)
    return finding.byte_start <= end and start <= finding.byte_end


def difference(before: object, after: object) -> tuple[int, int]:
    """The bytes of ``after`` that may not be as they were, half-open.

    Of a byte put in beside one like it nobody can say which of the two is new: then both may be.
    """
    assert isinstance(before, bytes)
    assert isinstance(after, bytes)
    start = shared(before, after)
    end = len(after) - shared(before[::-1], after[::-1])
    return min(start, end), max(start, end)


def shared(one: bytes, other: bytes) -> int:
    """How many bytes two contents have in common at their beginnings."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def report_miss(rule: Rule, number: int, before: Tree, after: Tree, said: Sequence[Finding]) -> None:
    """Show where a fault was committed, and what was found instead."""
    for name in after:
        if before.get(name) != after[name]:
            start, end = difference(before.get(name, b""), after[name])
            data = after[name]
            assert isinstance(data, bytes)
            frame = shown(data[max(0, start - 30) : min(end, start + 60) + 30].decode("utf-8", "surrogateescape"))
            heard = " ".join(f"{finding.code}@{finding.byte_start}" for finding in said) or "nothing"
            print(f"{rule.code} trial {number}: {name} {start}-{end}: {frame}\n    found {heard}", file=sys.stderr)


def recall_table(scores: dict[Rule, Score]) -> Iterator[str]:
    """One row for each rule."""
    yield "| rule | faults | found | in the right file | at the right place | others speak too |"
    yield "|------|-------:|------:|------------------:|-------------------:|------------------|"
    for rule, score in scores.items():
        others = ", ".join(f"{code} {times}" for code, times in score.others.most_common(3))
        yield f"| {title(rule)} | {score.trials} | {score.found} | {score.file} | {score.place} | {others} |"


# ---- both


def main() -> None:
    """Measure, and print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cache", type=Path, default=corpus.cache_folder(), metavar="FOLDER", help="of the corpus")
    arguments.add_argument("--rules", nargs="*", default=[], metavar="CODE", help="only these")
    arguments.add_argument("--samples", type=int, default=100, metavar="N", help="findings of each rule to look at")
    arguments.add_argument("--trials", type=int, default=200, metavar="N", help="faults of each rule to commit")
    arguments.add_argument("--review", type=Path, metavar="FILE", help="where to write the findings to look at")
    arguments.add_argument("--write", type=Path, metavar="FILE", help="the document that takes the tables")
    options = arguments.parse_args()
    wanted = rules(options.rules)
    verdicts = Verdicts(ROOT / "benchmarks" / "verdicts.tsv")
    texts = list(corpus.texts(options.cache))
    found = list(search(texts, [rule.code for rule in wanted]))
    samples = {rule: sample(in_utf8(found, rule), options.samples) for rule in wanted}
    if options.review:
        review(options.review, samples, verdicts)
    printed = "\n".join(
        [
            corpus.summary(texts),
            "## Precision\n",
            *precision_table(found, sum(text.content is not None for text in texts), samples, verdicts),
            f"\n{other_encodings(found)}\n",
            "## Recall\n",
            *recall_table({rule: recall(rule, wanted, without(found, rule, texts), options.trials) for rule in wanted}),
        ]
    )
    print(printed)
    if options.write:
        head, _, rest = options.write.read_text(encoding="utf-8").partition(MARKERS[0])
        _, _, tail = rest.partition(MARKERS[1])
        options.write.write_text(f"{head}{MARKERS[0]}\n{printed}\n\n{MARKERS[1]}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
