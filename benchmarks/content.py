"""What the rules on content (DUP, RES and MET) cost on clean prose, beside what it costs to hash it.

    python benchmarks/corpus.py
    python benchmarks/content.py --runs 5

checks a third of the prose of the corpus in memory, with an index of sizes and digests, with and without these rules,
once with the standard library alone and once with the extra ``fast``: all of it, without the documents of which any
rule speaks, and then only those of them that wake none of these rules. All takes turns in one process. Near-duplicates
are not looked for.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import measure
from screening import digest, seconds

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import corpus  # noqa: E402
from validator import engine, looking, prose, residue  # noqa: E402
from validator.model import Options  # noqa: E402
from validator.trees import Memory  # noqa: E402

CONTENT = ("DUP", "RES", "MET")


def clean(folder: Path) -> dict[str, bytes]:
    """The prose of which no rule speaks, by path."""
    texts = [text for text in corpus.texts(folder) if text.is_prose][::3]
    tree = {f"{at // 1000}/{at}.{prose.suffix(text.name) or 'txt'}": text.data for at, text in enumerate(texts)}
    report = engine.check([Memory({"INDEX.md": measure.INDEX.encode(), **tree})], Options(near_duplicates="off"))
    spoken_of = {finding.path for finding in report.findings if not finding.code.startswith("IDX")}
    return {name: data for name, data in tree.items() if name not in spoken_of}


def indexed(tree: dict[str, bytes]) -> dict[str, bytes]:
    rows = [f"| {name} | {len(data)} | {hashlib.sha256(data).hexdigest()} |\n" for name, data in tree.items()]
    return {"INDEX.md": (measure.INDEX + "".join(rows)).encode(), **tree}


def check(patience: int, options: Options, tree: dict[str, bytes]) -> None:
    looking._WORTH_VECTORS = looking._WORTH_STRINGZILLA = looking._WORTH_PATTERNS = patience
    engine.check([Memory(tree)], options)


def ways() -> dict[str, Callable[[dict[str, bytes]], None]]:
    found: dict[str, Callable[[dict[str, bytes]], None]] = {"`hashlib.sha256`": digest}
    for kind, patience in (("standard library", sys.maxsize), ("vectorised", 1)):
        found[f"check without DUP, RES, MET, {kind}"] = partial(check, patience, Options(ignore=CONTENT))
        found[f"check, {kind}"] = partial(check, patience, Options(near_duplicates="off"))
    return found


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cache", type=Path, default=corpus.cache_folder(), metavar="FOLDER", help="of the corpus")
    arguments.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each (default: 5)")
    options = arguments.parse_args()
    tree = clean(options.cache)
    quiet = {name: data for name, data in tree.items() if not residue.look(data, prose.suffix(name))}
    for kind, documents in (("all", tree), ("wake none of these rules", quiet)):
        size, held = sum(map(len, documents.values())), indexed(documents)
        runs = [{way: seconds(work, held) for way, work in ways().items()} for _ in range(options.runs + 1)][1:]
        taken = {way: median(run[way] for run in runs) for way in runs[0]}
        print(f"{kind}: {len(documents):,} documents, {size / 1e6:.1f} MB; median of {options.runs} runs in turn;")
        print(f"{measure.machine()}.\n")
        print("| what | CPU milliseconds | of `hashlib` |")
        print("|------|------:|------:|")
        for way, figure in taken.items():
            print(f"| {way} | {figure * 1e3:.0f} | {figure / taken['`hashlib.sha256`']:.1f} × |")
        print()


if __name__ == "__main__":
    main()
