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
from validator import container, engine, faults, manifest, prose, trees  # noqa: E402
from validator.model import Finding, Options, replaced  # noqa: E402
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
FEW, EVERY = 10, 1 << 20
"""Findings of one rule in one document that count."""
ROWS = 3
"""The line of the first row of an index without text."""
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


def check(tree: Tree, package: str, codes: Sequence[str], most: int = FEW) -> tuple[Finding, ...]:
    """What rules, opt-in or not, find in files; of each rule so many findings in a document."""
    options = Options(select=tuple(codes), near_duplicates="full", max_findings=most)
    report = engine.check([trees.Memory(tree, package)], options)
    return tuple(finding for finding in report.findings if finding.code in codes)


# ---- precision


def search(texts: Iterable[corpus.Text], codes: Sequence[str], is_indexed: bool = False) -> Iterator[Found]:
    """Every finding in the documents, package by package; also with an index that says their languages."""
    for package, group in groupby(texts, key=lambda text: text.package):
        named = {f"{package}/{text.name}": text for text in group}
        tree: Tree = {text.name: text.data for text in named.values()}
        if is_indexed:
            tree[manifest.NAME] = index(named.values())
        paths = list(named)
        for finding in check(tree, package, codes, EVERY if is_indexed else FEW):
            if is_indexed and finding.path.endswith(f"/{manifest.NAME}") and finding.line is not None:
                finding = replaced(finding, path=paths[finding.line - ROWS], line=None)
            if finding.path in named:
                yield Found(named[finding.path], finding)


def index(texts: Iterable[corpus.Text]) -> bytes:
    """An index that says in which language each document is."""
    rows = (manifest.written(("name", "language"), {"name": text.name, "language": text.language}) for text in texts)
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


def review(file: Path, samples: Iterable[list[Found]], verdicts: Verdicts) -> None:
    """Write what is to be looked at; NEW marks what no verdict fits."""
    written = (f"{verdicts.of(one) or 'NEW'} {one}" for sampled in samples for one in sampled)
    file.write_text("".join(written), encoding="utf-8")


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


@dataclass(frozen=True)
class Base:
    """The documents in which a rule looks, and what it found there; ``what`` says which documents they are."""

    what: str
    documents: int
    found: tuple[Found, ...]

    def of(self, rule: Rule, severity: str = "") -> list[Found]:
        """The findings of a rule, or those of one severity."""
        return [one for one in self.found if one.finding.code == rule.code and severity in ("", one.finding.severity)]


def bases(folder: Path, texts: Sequence[corpus.Text], wanted: Sequence[Rule]) -> dict[Rule, Base]:
    """Where each rule on content looked."""
    readable = [text for text in texts if text.content is not None]
    groups = {
        "prose": [text for text in readable if text.is_prose],
        "text": readable,
        "front matter": list(corpus.sites(folder)),
        "listed": [text for text in readable if text.is_prose and text.language],
        "collections": list(collections(folder)) if any(rule.code in WHOLE for rule in wanted) else [],
    }
    kinds: dict[str, list[Rule]] = {}
    for rule in wanted:
        kinds.setdefault(_kind(rule), []).append(rule)
    found = {}
    for kind, group in kinds.items():
        said = search(groups[kind], [rule.code for rule in group], kind == "listed")
        found.update(dict.fromkeys(group, Base(kind, len(groups[kind]), tuple(said))))
    return found


def _kind(rule: Rule) -> str:
    if rule.code in WHOLE:
        return "collections"
    if rule.code in DECLARED:
        return "listed"
    return "front matter" if rule.code.startswith("MET") else "text" if rule.code == "RES002" else "prose"


def content_table(
    found: dict[Rule, Base], samples: dict[tuple[Rule, str], list[Found]], verdicts: Verdicts
) -> Iterator[str]:
    """One row for each rule, and one for what it says as a note."""
    yield "| rule | looked at | documents | findings | in documents | of 1,000 | judged | true | meant | false |"
    yield "|------|-----------|----------:|---------:|-------------:|---------:|-------:|-----:|------:|------:|"
    for (rule, severity), sampled in samples.items():
        base = found[rule]
        own = base.of(rule, severity)
        number = sum(1 + one.finding.more for one in own)
        places = len({one.finding.path for one in own})
        judged = Counter(verdicts.of(one) for one in sampled)
        verdict = " | ".join(str(judged[word]) for word in ("true", "meant", "false"))
        name = title(rule) + (", as a note" if severity != rule.severity else "")
        share = f"{1000 * places / base.documents:.2f}" if base.documents else "–"
        yield (
            f"| {name} | {base.what} | {base.documents:,} | {number:,} | {places:,} | {share} "
            f"| {judged.total() - judged['']} | {verdict} |"
        )


def drawn(found: dict[Rule, Base], size: int) -> dict[tuple[Rule, str], list[Found]]:
    """A sample of the findings of each rule, those of another severity by themselves."""
    return {
        (rule, severity): sample(base.of(rule, severity), size)
        for rule, base in found.items()
        for severity in sorted({rule.severity, *(one.finding.severity for one in base.of(rule))}, reverse=True)
    }


def kindred_table(folder: Path) -> Iterator[str]:
    """How many texts are found that a package has in two wordings, under names that say nothing."""
    yield "| one text in two wordings | words | pairs | found | as a warning |"
    yield "|--------------------------|-------|------:|------:|-------------:|"
    for what, (package, one, other) in KINDRED.items():
        named = {name: data for name, data in corpus.documents(folder, package) if prose.is_prose(name)}
        for least, most in ((30, 100), (100, 300), (300, EVERY)):
            pairs = [
                (data, named[name.replace(one, other)])
                for name, data in sorted(named.items())
                if one in name and name.replace(one, other) in named and data != named[name.replace(one, other)]
            ]
            pairs = [pair for pair in pairs if least <= min(map(length, pair)) < most]
            tree: Tree = {f"{at}-{side}.txt": data for at, pair in enumerate(pairs) for side, data in enumerate(pair)}
            severities = [
                finding.severity
                for finding in check(tree, "", ["DUP002"], EVERY)
                if repr(f"{finding.path.partition('-')[0]}-0.txt") in finding.message
            ]
            warned = severities.count("warning")
            if pairs:
                limit = f"{least}–{most - 1}" if most < EVERY else f"{least} or more"
                yield f"| {what} | {limit} | {len(pairs)} | {len(severities)} | {warned} |"


def length(data: bytes) -> int:
    """The words of a document; of Chinese, half of its characters."""
    text = data.decode("utf-8", "replace")
    ideographs = sum("\u3400" <= character <= "\u9fff" for character in text)
    return len(text.split()) + ideographs // 2


def other_encodings(found: Iterable[Found]) -> str:
    """What is said of the documents that are not UTF-8."""
    speaking = {(one.finding.code, one.finding.path) for one in found if one.text.content is None}
    counts = Counter(code for code, _ in speaking)
    told = ", ".join(f"{code} of {times}" for code, times in sorted(counts.items()))
    return f"Of the documents in other encodings these rules speak: {told or 'none'}."


def title(rule: Rule) -> str:
    return f"{rule.code} {rule.name}" + ("" if rule.default else " (opt-in)")


# ---- recall


def spoilt(rule: Rule, texts: Sequence[corpus.Text], random: Random) -> tuple[Tree, Tree]:
    """A folder and the same with a rule's fault; where three documents have no room for it, others are drawn."""
    while True:
        before = clean_tree(texts, random)
        after = before.copy()
        try:
            rule.inject(after, random)
        except faults.Inapplicable:
            continue
        return before, after


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


def without(
    found: Iterable[Found], rule: Rule, others: Iterable[Rule], texts: Iterable[corpus.Text]
) -> list[corpus.Text]:
    """Documents of a handy size in which neither the rule nor one that is on by default finds anything."""
    optional = {other.code for other in others if not other.default} - {rule.code}
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
        before, after = spoilt(rule, texts, random)
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


def characters(options: argparse.Namespace, verdicts: Verdicts) -> Iterator[str]:
    """The tables of the rules on text and names."""
    wanted = rules(options.rules)
    texts = list(corpus.texts(options.cache))
    found = list(search(texts, [rule.code for rule in wanted]))
    samples = {rule: sample(in_utf8(found, rule), options.samples) for rule in wanted}
    if options.review:
        review(options.review, samples.values(), verdicts)
    yield corpus.summary(texts)
    yield "## Precision\n"
    yield from precision_table(found, sum(text.content is not None for text in texts), samples, verdicts)
    yield f"\n{other_encodings(found)}\n"
    yield "## Recall\n"
    scores = {rule: recall(rule, wanted, without(found, rule, rules([]), texts), options.trials) for rule in wanted}
    yield from recall_table(scores)


def content(options: argparse.Namespace, verdicts: Verdicts) -> Iterator[str]:
    """The tables of the rules on content."""
    wanted = rules(options.rules, CONTENT)
    texts = list(corpus.texts(options.cache))
    found = bases(options.cache, texts, wanted)
    samples = drawn(found, options.samples)
    if options.review:
        review(options.review, samples.values(), verdicts)
    yield "### Precision of the rules on content\n"
    yield from content_table(found, samples, verdicts)
    yield "\n### Recall of the rules on content\n"
    everything = [one for base in found.values() for one in base.found]
    scores = {}
    for rule in wanted:
        clean = [text for text in without(everything, rule, wanted, texts) if text.is_prose]
        scores[rule] = recall(rule, wanted, clean, options.trials)
    yield from recall_table(scores)
    yield "\n### One text in two wordings\n"
    yield from kindred_table(options.cache)


def main() -> None:
    """Measure, and print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cache", type=Path, default=corpus.cache_folder(), metavar="FOLDER", help="of the corpus")
    arguments.add_argument("--content", action="store_true", help="measure the rules on content")
    arguments.add_argument("--rules", nargs="*", default=[], metavar="CODE", help="only these")
    arguments.add_argument("--samples", type=int, default=100, metavar="N", help="findings of each rule to look at")
    arguments.add_argument("--trials", type=int, default=200, metavar="N", help="faults of each rule to commit")
    arguments.add_argument("--review", type=Path, metavar="FILE", help="where to write the findings to look at")
    arguments.add_argument("--write", type=Path, metavar="FILE", help="the document that takes the tables")
    options = arguments.parse_args()
    verdicts = Verdicts(ROOT / "benchmarks" / "verdicts.tsv")
    printed = "\n".join((content if options.content else characters)(options, verdicts))
    print(printed)
    if options.write:
        start, end = (f"<!-- {mark}{MARKERS[options.content]} -->\n" for mark in ("", "/"))
        head, _, rest = options.write.read_text(encoding="utf-8").partition(start)
        _, _, tail = rest.partition(end)
        options.write.write_text(f"{head}{start}\n{printed}\n\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
