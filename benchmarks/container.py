"""How fast a container is divided, beside what it costs to hash and to search the same bytes.

    python benchmarks/container.py --size 1 --runs 5

writes a container of SIZE gigabytes (always the same one) into a temporary folder and prints a table.
Each measurement is a process of its own; the measurements take turns, so that a busy machine is busy
for all of them, and the ratios can be trusted where the times cannot.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import measure
from measure import Usage

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from validator import container  # noqa: E402

CHUNK = 1 << 18
GIGABYTE = 10**9
WORDS = (
    "the of and to in is that for it as was with be by on not he his but at are this have from",
    "и в не на я быть он с что а по это она этот к но они мы весь который из у который то за",
    "的 一 是 不 了 在 人 有 我 他 这 中 大 来 上 国 个 到 说 们 为 子 和 你 地 出 道 也 时 年",
    "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus",
)


def documents(size: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Documents of about ``size`` bytes altogether, 0 to 20 KB each; some hold lines that must be escaped."""
    draw = random.Random(1)  # noqa: S311
    lines = [
        " ".join(draw.choices(words.split(), k=draw.randint(5, 20))).encode() + b"\n"
        for words in WORDS
        for _ in range(500)
    ]
    lines += [b"\n"] * 200 + [b"<<<FILE 7 quoted.txt>>>\n", b"an <b>HTML</b> line, a << b and <<< c\n"]
    written = number = 0
    while written < size:
        body = b"".join(draw.choices(lines, k=draw.randint(0, 300)))
        yield b"%06d" % number, b"part-%d/document-%d.txt" % (number // 1000, number), body
        written += len(body)
        number += 1


def chunks(file: str) -> Iterator[bytes]:
    with open(file, "rb", buffering=0) as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


def divide(file: str) -> None:
    """What is measured: read a file in chunks, and keep its layout."""
    reader, blocks = container.Reader(), []
    for chunk in chunks(file):
        blocks += reader.feed(chunk)
    blocks += reader.close()
    print(len(reader.layout(blocks).blocks))


def digest(file: str) -> None:
    """What it is compared with: read a file in the same chunks, and hash them."""
    hashed = hashlib.sha256()
    for chunk in chunks(file):
        hashed.update(chunk)
    print(hashed.hexdigest())


def main() -> None:
    """Write the container, measure, print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=float, default=1, metavar="GB", help="10⁹ bytes of documents (default: 1)")
    arguments.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each (default: 5)")
    arguments.add_argument("--folder", metavar="PATH", help="where the container is written (default: the usual)")
    arguments.add_argument("--divide", metavar="FILE", help=argparse.SUPPRESS)
    arguments.add_argument("--digest", metavar="FILE", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.divide:
        return divide(options.divide)
    if options.digest:
        return digest(options.digest)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file = os.path.join(folder, "all.bundle")
        with open(file, "wb") as opened:
            opened.writelines(container.pack(documents(int(options.size * GIGABYTE))))
        commands = {
            "`container.Reader`": [sys.executable, __file__, "--divide", file],
            "`hashlib.sha256`": [sys.executable, __file__, "--digest", file],
            "`sha256sum`": ["sha256sum", file],
            "`grep -c '^<<<FILE '`": ["grep", "-c", "^<<<FILE ", file],
        }
        usages = measure.in_turn({what: partial(measure.must, one) for what, one in commands.items()}, options.runs)
        return report(usages, os.path.getsize(file), options.runs)


def report(usages: dict[str, Usage], size: int, runs: int) -> None:
    """Print what was measured, as Markdown."""
    counts = {what: usage.printed for what, usage in usages.items()}
    blocks = counts["`container.Reader`"]
    if counts["`grep -c '^<<<FILE '`"] != blocks:
        sys.exit(f"the parser and grep disagree: {counts}")
    print(f"{size / GIGABYTE:.2f} GB, {int(blocks):,} blocks; median of {runs} runs in turn;")
    print(f"{measure.machine()}.\n")
    head = ["what", "CPU seconds", "GB per CPU second", "CPU of `sha256sum`", "peak memory"]
    rows = []
    for what, usage in usages.items():
        speed, ratio = size / GIGABYTE / usage.cpu, usage.cpu / usages["`sha256sum`"].cpu
        rows.append([what, f"{usage.cpu:.2f}", f"{speed:.2f}", f"{ratio:.2f} ×", f"{usage.memory / 10**6:.0f} MB"])
    print(measure.table(head, rows))


if __name__ == "__main__":
    main()
