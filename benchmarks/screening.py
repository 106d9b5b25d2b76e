"""What it costs to check clean documents, beside what it costs to hash them.

    python benchmarks/screening.py --size 64 --runs 5

builds documents in memory (always the same ones), with an index that lists their digests, and checks them
with all default rules, once with the standard library alone and once with the extra ``fast``, and both also without
the rules on content (DUP, RES and MET). Near-duplicates are not looked for. Hashing the same bytes, decoding them and
all kinds of check take turns in one process.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import measure
import prose

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from validator import engine, looking  # noqa: E402
from validator.model import Options  # noqa: E402
from validator.trees import Memory  # noqa: E402


def documents(language: str, size: int, total: int) -> dict[str, bytes]:
    """An indexed folder of documents of about ``size`` bytes each."""
    tree = {name: b"".join(content) for name, content in prose.documents(max(1, total // size), size, language)}
    rows = [f"| {name} | {len(data)} | {hashlib.sha256(data).hexdigest()} |\n" for name, data in tree.items()]
    return {"INDEX.md": (measure.INDEX + "".join(rows)).encode(), **tree}


def digest(tree: dict[str, bytes]) -> None:
    for data in tree.values():
        hashlib.sha256(data).digest()


def decode(tree: dict[str, bytes]) -> None:
    for data in tree.values():
        data.decode()


CONTENT = ("DUP", "RES", "MET")
"""The rules on what a text says, and not on its bytes."""


def checked(patience: int, ignore: tuple[str, ...] = ()) -> Callable[[dict[str, bytes]], None]:
    def check(tree: dict[str, bytes]) -> None:
        looking._WORTH_VECTORS = looking._WORTH_STRINGZILLA = patience
        report = engine.check([Memory(tree)], Options(ignore=ignore, near_duplicates="off"))
        assert not report.findings, report.findings[0]

    return check


WAYS = {
    "sha256": digest,
    "decode": decode,
    "check, standard library": checked(sys.maxsize),
    "without content": checked(sys.maxsize, CONTENT),
    "check, vectorised": checked(1),
    "vectorised, without content": checked(1, CONTENT),
}


def seconds(work: Callable[[dict[str, bytes]], None], tree: dict[str, bytes]) -> float:
    start = time.process_time()
    work(tree)
    return time.process_time() - start


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=64, metavar="MB", help="10⁶ bytes of each text (default: 64)")
    arguments.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each (default: 5)")
    options = arguments.parse_args()
    print(f"{options.size} MB of each text; median of {options.runs} runs in turn;")
    print(f"{measure.machine()}.\n")
    print("| text | size of a document | sha256, ns per byte |", " | ".join(list(WAYS)[1:]), "|")
    print("|------|------:|------:|" + "------:|" * (len(WAYS) - 1))
    for language in prose.TEXTS:
        for size in (4_000, 20_000, 1_000_000):
            tree = documents(language, size, options.size * 10**6)
            total = sum(map(len, tree.values()))
            runs = [{way: seconds(work, tree) for way, work in WAYS.items()} for _ in range(options.runs + 1)][1:]
            taken = {way: median(run[way] for run in runs) for way in WAYS}
            ratios = [f"{taken[way] / taken['sha256']:.2f} ×" for way in list(WAYS)[1:]]
            hashing = f"{taken['sha256'] / total * 1e9:.2f}"
            print(f"| {language} | {size:,} | {hashing} |", " | ".join(ratios), "|", flush=True)


if __name__ == "__main__":
    main()
