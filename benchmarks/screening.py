"""What it costs to check clean documents, beside what it costs to hash them.

    python benchmarks/screening.py --size 64 --runs 5

builds documents in memory (always the same ones), with an index that lists their digests, and checks them
with all default rules, once with the standard library alone and once with the extra ``fast``. Hashing the
same bytes, decoding them and both kinds of check take turns in one process.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

sys.path.insert(0, str(ROOT / "benchmarks"))
from container import processor  # noqa: E402

from validator import engine, loading  # noqa: E402
from validator.model import Options  # noqa: E402
from validator.trees import Memory  # noqa: E402

TEXTS = {
    "ASCII": "When the ferry came in, nobody was waiting; the clock on the pier said ten past nine (it was slow).",
    "European": "Quand le bac arriva, personne n’attendait ; l’horloge du quai indiquait neuf heures dix – en retard. "
    "Als die Fähre kam, wartete niemand; die Uhr am Steg zeigte zehn nach neun („sie geht nach“). "
    "Cuando llegó el transbordador no había nadie esperando. Když trajekt připlul, nikdo nečekal.",
    "Chinese": "渡船靠岸的时候，码头上一个人也没有。钟停在九点十分——“它走得慢”，他说：大家早就知道了！",
    "Japanese": "船が着いたとき、桟橋には誰もいなかった。時計は九時十分を指していた。「遅れている」と彼は言った。",
    "Russian": "Когда пришёл паром, на пристани никого не было; часы показывали десять минут десятого — они отставали.",
    "Arabic": "حين وصلت العبّارة لم يكن أحد في الانتظار، وكانت الساعة على الرصيف تشير إلى التاسعة وعشر دقائق.",
    "Thai": "เมื่อเรือข้ามฟากมาถึง ไม่มีใครรออยู่ นาฬิกาบนท่าเรือบอกเวลาเก้าโมงสิบนาที มันเดินช้า",
    "Hindi": "जब नाव किनारे लगी तब वहाँ कोई नहीं था। घाट की घड़ी नौ बजकर दस मिनट दिखा रही थी, वह धीमी चलती थी।",
}


def documents(text: str, size: int, total: int) -> dict[str, bytes]:
    """An indexed folder of documents of about ``size`` bytes each, the words in random order."""
    draw = random.Random(1)  # noqa: S311
    words = text.split() if " " in text else [text[at : at + 6] for at in range(0, len(text), 6)]
    gap = " " if " " in text else ""
    lines = [gap.join(draw.choices(words, k=14)).encode() + b"\n" for _ in range(500)]
    tree = {}
    for number in range(max(1, total // size)):
        body, length = [], 0
        while length < size:
            body.append(draw.choice(lines))
            length += len(body[-1])
        tree[f"{number:06}.txt"] = b"".join(body)
    rows = [f"| {name} | {len(data)} | {hashlib.sha256(data).hexdigest()} |\n" for name, data in tree.items()]
    index = "| name | bytes | sha256 |\n| --- | --- | --- |\n" + "".join(rows)
    return {"INDEX.md": index.encode(), **tree}


def digest(tree: dict[str, bytes]) -> None:
    for data in tree.values():
        hashlib.sha256(data).digest()


def decode(tree: dict[str, bytes]) -> None:
    for data in tree.values():
        data.decode()


def checked(patience: int) -> Callable[[dict[str, bytes]], None]:
    def check(tree: dict[str, bytes]) -> None:
        loading._WORTH_VECTORS = patience
        report = engine.check([Memory(tree)], Options())
        assert not report.findings, report.findings[0]

    return check


WAYS = {
    "sha256": digest,
    "decode": decode,
    "check, standard library": checked(sys.maxsize),
    "check, vectorised": checked(1),
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
    print(f"{processor()}, {platform.system()}, Python {platform.python_version()}.\n")
    print("| text | size of a document | sha256, ns per byte |", " | ".join(list(WAYS)[1:]), "|")
    print("|------|------:|------:|" + "------:|" * (len(WAYS) - 1))
    for name, text in TEXTS.items():
        for size in (4_000, 20_000, 1_000_000):
            tree = documents(text, size, options.size * 10**6)
            total = sum(map(len, tree.values()))
            runs = [{way: seconds(work, tree) for way, work in WAYS.items()} for _ in range(options.runs + 1)][1:]
            taken = {way: median(run[way] for run in runs) for way in WAYS}
            ratios = [f"{taken[way] / taken['sha256']:.2f} ×" for way in list(WAYS)[1:]]
            print(f"| {name} | {size:,} | {taken['sha256'] / total * 1e9:.2f} |", " | ".join(ratios), "|", flush=True)


if __name__ == "__main__":
    main()
