"""What the quality filters of training corpora say of documents in good order, and of damaged ones.

    python benchmarks/corpus.py
    python benchmarks/filters.py --write docs/quality-filters.md

applies the thresholds that were published for Gopher, C4 and FineWeb to the English prose of the corpus, and
to documents that a filter let pass before a rule's fault was committed in them. Words are what stands between blanks,
without punctuation at their ends; sentences are counted by their end marks. So figures differ a little
from those of programs that take text apart in another way.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import corpus  # noqa: E402
from validator import faults  # noqa: E402
from validator.rules import catalogue  # noqa: E402

START, END = "<!-- measured -->\n", "<!-- /measured -->\n"
FAULTS = ("RES001", "RES003", "RES004", "RES005", "RES006", "RES009", "RES010")
LARGEST = 1 << 16
"""Bytes of the documents in which faults are committed."""
PUNCTUATION = ".,;:!?\"'()[]{}<>-–—*_`/|=+~^\\"
ENDS = (".", "?", "!", '"', "'")
STOP_WORDS = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")


def gopher_quality(text: str) -> str:
    """Why Gopher would reject a document; empty if it would not (Rae et al. 2021, appendix A1.1)."""
    words = [word for piece in text.split() if (word := piece.strip(PUNCTUATION))]
    lines = text.splitlines()
    if not 50 <= len(words) <= 100_000:
        return "number of words"
    if not 3 <= sum(map(len, words)) / len(words) <= 10:
        return "length of words"
    if max(text.count("#"), text.count("...") + text.count("…")) / len(words) > 0.1:
        return "signs"
    if sum(line.lstrip().startswith(("•", "-", "*")) for line in lines) / len(lines) > 0.9:
        return "bullets"
    if sum(line.rstrip().endswith(("...", "…")) for line in lines) / len(lines) > 0.3:
        return "ellipses"
    if sum(any(map(str.isalpha, word)) for word in text.split()) / len(text.split()) < 0.8:
        return "words without letters"
    return "stop words" if len(STOP_WORDS.intersection(words)) < 2 else ""


def gopher_repetition(text: str) -> str:
    """Why Gopher would reject a document as repetitive (likewise, table A1)."""
    lines = [line for line in text.split("\n") if line.strip()]
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    for what, parts, share, size in (("lines", lines, 0.3, 0.2), ("paragraphs", paragraphs, 0.3, 0.2)):
        again = _repeated(parts)
        if len(again) > share * len(parts) or sum(map(len, again)) > size * len(text):
            return f"repeated {what}"
    words = text.split()
    for length, most in ((2, 0.2), (3, 0.18), (4, 0.16)):
        grams = Counter(zip(*(words[at:] for at in range(length)), strict=False))
        gram, times = grams.most_common(1)[0] if grams else ((), 0)
        if times > 1 and times * len(" ".join(gram)) > most * len(text):
            return "most frequent words"
    for length, most in ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.1)):
        if _in_repeated_runs(words, length) > most * len(text):
            return "repeated words"
    return ""


def _repeated(parts: Sequence[str]) -> list[str]:
    """The parts that stood there before."""
    seen: set[str] = set()
    return [part for part in parts if part in seen or seen.add(part)]  # type: ignore[func-returns-value]


def _in_repeated_runs(words: Sequence[str], length: int) -> int:
    """How many characters belong to runs of so many words that stood there before."""
    seen: set[tuple[str, ...]] = set()
    at = characters = 0
    while at <= len(words) - length:
        run = tuple(words[at : at + length])
        if run in seen:
            characters += sum(map(len, run))
            at += length
        else:
            seen.add(run)
            at += 1
    return characters


def c4(text: str) -> str:
    """Why C4 would reject a document (Raffel et al. 2020, section 2.2, and the code published with it)."""
    sentences = 0
    for line in map(str.strip, text.splitlines()):
        if not line.endswith(ENDS) or line.endswith("...") or len(line.split()) < 3:
            continue
        folded = line.lower()
        if "lorem ipsum" in folded or "{" in line:
            return "brackets or filler"
        if "javascript" not in folded and not any(policy in folded for policy in POLICIES):
            sentences += max(1, len(re.findall(r"[.?!][\"')]*(?=\s|$)", line)))
    return "fewer than five sentences" if sentences < 5 else ""


def fineweb(text: str) -> str:
    """Why FineWeb would reject a document (Penedo et al. 2024, section 3.6, and the code published with it)."""
    lines = text.split("\n")
    if sum(line.endswith(ENDS) for line in lines) / len(lines) <= 0.12:
        return "lines without end mark"
    if sum(len(line) <= 30 for line in lines) / len(lines) >= 0.67:
        return "short lines"
    again = _repeated([line for line in lines if line.strip()])
    if sum(map(len, again)) / max(1, len(text.replace("\n", ""))) >= 0.01:
        return "repeated lines"
    return "list" if text.count("\n") / max(1, len(text.split())) > 0.3 else ""


FILTERS: dict[str, Callable[[str], str]] = {
    "Gopher, quality": gopher_quality,
    "Gopher, repetition": gopher_repetition,
    "C4": c4,
    "FineWeb": fineweb,
}


def rejected_table(texts: Sequence[str]) -> Iterator[str]:
    """How many documents each filter rejects, and for which reasons most."""
    yield "| filter | documents | rejected | of 1,000 | reasons |"
    yield "|--------|----------:|---------:|---------:|---------|"
    for name, judge in FILTERS.items():
        reasons = Counter(reason for text in texts if (reason := judge(text)))
        told = ", ".join(f"{reason} {times:,}" for reason, times in reasons.most_common(3))
        number = reasons.total()
        yield f"| {name} | {len(texts):,} | {number:,} | {1000 * number / len(texts):.0f} | {told} |"


def damaged_table(texts: Sequence[str], trials: int) -> Iterator[str]:
    """How many documents each filter lets pass, before and after a rule's fault was committed in them."""
    yield f"| fault | documents | {' | '.join(FILTERS)} |"
    yield f"|-------|----------:|{'--:|' * len(FILTERS)}"
    for rule in (rule for rule in catalogue() if rule.code in FAULTS):
        damaged = list(_damaged(rule.code, rule.inject, texts, trials))
        cells = []
        for judge in FILTERS.values():
            passed = [after for before, after in damaged if not judge(before)]
            caught = sum(bool(judge(after)) for after in passed)
            cells.append(f"{caught} of {len(passed)}")
        yield f"| {rule.code} {rule.name} | {len(damaged)} | {' | '.join(cells)} |"


def _damaged(
    code: str, inject: Callable[[faults.Tree, Random], None], texts: Sequence[str], trials: int
) -> Iterator[tuple[str, str]]:
    random = Random(code)  # noqa: S311
    small = [text for text in texts if len(text) < LARGEST]
    while trials:
        before = random.choice(small)
        tree: faults.Tree = {"1.txt": before.encode()}
        try:
            inject(tree, random)
        except faults.Inapplicable:
            continue
        after = tree["1.txt"]
        assert isinstance(after, bytes)
        trials -= 1
        yield before, after.decode()


def main() -> None:
    """Measure, and print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cache", type=Path, default=corpus.cache_folder(), metavar="FOLDER", help="of the corpus")
    arguments.add_argument("--trials", type=int, default=200, metavar="N", help="faults of each rule to commit")
    arguments.add_argument("--write", type=Path, metavar="FILE", help="the document that takes the tables")
    options = arguments.parse_args()
    texts = [text.content or "" for text in corpus.texts(options.cache) if text.is_prose and text.language == "en"]
    printed = "\n".join([*rejected_table(texts), "", *damaged_table(texts, options.trials)])
    print(printed)
    if options.write:
        head, _, rest = options.write.read_text(encoding="utf-8").partition(START)
        _, _, tail = rest.partition(END)
        options.write.write_text(f"{head}{START}\n{printed}\n\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
