"""How the time and the memory of a check grow with what is checked.

    python benchmarks/growth.py --svg docs/growth.svg

writes collections of growing size (always the same ones), checks each in processes of their own, and prints a table for
each kind of size: the number of documents, the megabytes of one file, and the megabytes of input that is meant to take
long. Times are CPU seconds, user and system. The exponent says how time grows: 1 is linear, 2 is quadratic. It is the
slope of the least-squares line through the logarithms over the two largest decades, without the time that the check
of one small document takes. Where too little time is left to tell, there is a dash.

It needs a Unix system and about 2 GB (5 GB with ``--sizes 10000 100000 1000000``). The picture needs Matplotlib.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import log
from pathlib import Path
from statistics import linear_regression
from typing import NamedTuple

import measure
import prose
from measure import Usage

SMALL, MIDDLE, MEGABYTE = 500, 20_000, 10**6
LIMIT = 120
"""CPU seconds after which a check is given up."""
ENOUGH = 20
"""CPU seconds after which a point is not measured again."""
FRONT_MATTER = b"---\ntitle: The ferry\nlanguage: en\ndate: 2025-03-01\n---\n"
ROWS = "| id | name | bytes | sha256 |\n|----|------|------:|--------|\n"
BLOCK = "<<<FILE 1 a.txt>>>\n"


class Repeated(NamedTuple):
    """A file that says one thing again and again, behind a head and before a tail."""

    name: str
    unit: str
    head: str = ""
    tail: str = ""


HOSTILE = {
    "one line": Repeated("a.txt", "a word and "),
    "one run of combining marks": Repeated("a.txt", "\u0301\u0316", "e"),
    "bidi controls, never closed": Repeated("a.txt", "\u202b"),
    "blanks": Repeated("a.txt", " \t", "x"),
    "mojibake": Repeated("a.txt", "Ã©Ã¨ "),
    "bytes that are not UTF-8": Repeated("a.txt", "\udce9 "),
    "near-markers in a container": Repeated("a.bundle", "<<FILE 1 a.txt>>>\n", BLOCK),
    "markers without a name": Repeated("a.bundle", "<<<FILE >>>\n", BLOCK),
    "backslashes in a container": Repeated("a.bundle", "\\", BLOCK),
    "index rows with one name": Repeated("INDEX.md", f"| 1 | a.txt | 2 | {'0' * 64} |\n", ROWS),
    "index rows cut short": Repeated("INDEX.md", "| a\n", ROWS),
    "an index of brackets": Repeated("INDEX.md", "[", "- "),
    "an index of backticks": Repeated("INDEX.md", "` `` ", "- "),
    "front matter of brackets": Repeated("a.md", "[", "---\na: ", "\n---\n"),
    "front matter of keys": Repeated("a.md", "a: 1\n", "---\n", "---\n"),
}
"""Input that is meant to take long."""
HOSTILE_TITLE = "Megabytes of hostile input"


@dataclass(frozen=True)
class Kind:
    """Collections that grow: ``build`` writes one of a size into a folder and returns what is to be checked.

    Each is checked with the default rules, then with each of the ``families`` of rules alone.
    """

    name: str
    build: Callable[[Path, int], Path]
    families: tuple[str, ...] = ()
    largest: int = sys.maxsize


@dataclass
class Series:
    """What was measured of one kind with one choice of rules; ``start`` is the check of one small document."""

    name: str
    start: Usage
    points: dict[int, Usage] = field(default_factory=dict)

    @property
    def exponent(self) -> float | None:
        """How time grows, from the points that take more than twice the start."""
        times = {size: usage.cpu - self.start.cpu for size, usage in self.points.items() if usage.status >= 0}
        telling = {size: net for size, net in times.items() if net > self.start.cpu and size * 100 >= max(times)}
        logs = [(log(size), log(net)) for size, net in telling.items()]
        return linear_regression(*zip(*logs, strict=True)).slope if len(logs) > 1 else None

    @property
    def memory(self) -> float:
        """Bytes for each document or byte."""
        largest = max(self.points)
        return max(0, self.points[largest].memory - self.start.memory) / largest

    def drawn(self, scale: int) -> list[tuple[float, float, int]]:
        """The points of a picture: size, CPU seconds, bytes of memory."""
        return [(size / scale, usage.cpu, usage.memory) for size, usage in self.points.items()]


def folder(place: Path, number: int, size: int, *languages: str, head: bytes = b"") -> Path:
    """An indexed folder of documents."""
    prose.write(place / "documents", prose.documents(number, size, *(languages or ("ASCII", "European")), head=head))
    measure.index(place / "documents")
    return place / "documents"


def packed(place: Path, number: int, size: int) -> Path:
    """The same documents and their index in one container."""
    file = place / "all.bundle"
    measure.must([measure.validate(), "pack", str(folder(place, number, size)), "--output", str(file)])
    shutil.rmtree(place / "documents")
    return file


def repeated(place: Path, size: int, text: Repeated) -> Path:
    """A folder of one file that says the same until it is large."""
    place.mkdir(parents=True)
    once = text.unit.encode("utf-8", "surrogateescape")
    many = once * (MEGABYTE // 10 // len(once))
    with open(place / text.name, "wb") as file:
        file.write(text.head.encode())
        file.writelines([many] * (size // len(many)))
        file.write(text.tail.encode())
    return place


DOCUMENTS = [
    Kind("files", lambda place, number: folder(place, number, SMALL), ("ENC", "TXT", "NAM", "IDX")),
    Kind("blocks of one container", lambda place, number: packed(place, number, SMALL), ("CON",)),
    Kind(
        "files with front matter",
        lambda place, number: folder(place, number, SMALL, head=FRONT_MATTER),
        ("MET",),
        largest=100_000,
    ),
]
MEGABYTES = [
    Kind("ASCII", lambda place, size: folder(place, 1, size, "ASCII")),
    Kind("European", lambda place, size: folder(place, 1, size, "European"), largest=100 * MEGABYTE),
    Kind("Chinese", lambda place, size: folder(place, 1, size, "Chinese"), largest=100 * MEGABYTE),
    Kind("a container of documents of 20 KB", lambda place, size: packed(place, size // MIDDLE, MIDDLE)),
]


def series(kind: Kind, sizes: Sequence[int], place: Path, runs: int) -> list[Series]:
    """Measure one kind at every size."""
    chosen = {"": [], **{family: ["--select", family] for family in kind.families}}
    shutil.rmtree(place, ignore_errors=True)
    start = folder(place, 1, SMALL)
    made = [
        Series(kind.name + (f", {family} alone" if family else ""), point(start, words, runs))
        for family, words in chosen.items()
    ]
    for size in sorted(size for size in sizes if size <= kind.largest):
        shutil.rmtree(place)
        path = kind.build(place, size)
        for one, words in zip(made, chosen.values(), strict=True):
            one.points[size] = point(path, words, runs)
            print(f"{one.name}, {size:,}: {cell(one.points[size])}", file=sys.stderr)
    shutil.rmtree(place)
    return made


def point(path: Path, words: Sequence[str], runs: int) -> Usage:
    """Check a collection a few times, or once if that takes long."""
    command = [measure.validate(), "check", *words, str(path)]
    usages: list[Usage] = []
    while len(usages) < runs and sum(usage.cpu for usage in usages) < ENOUGH:
        usage = measure.run(["sh", "-c", f'ulimit -t {LIMIT}; exec "$@"', "sh", *command])
        if usage.status > 2 or "VALIDATE_DEBUG" in usage.printed:
            sys.exit(f"{' '.join(command)} failed:\n{usage.printed[-2000:]}")
        usages.append(usage)
    return measure.middle(usages)


def cell(usage: Usage) -> str:
    return f"over {LIMIT} s" if usage.status < 0 else f"{usage.cpu:.2f} s, {usage.memory / 10**6:.0f} MB"


def table(made: Sequence[Series], unit: str, scale: int) -> str:
    """One row for each series; sizes are shown in multiples of ``scale``."""
    sizes = sorted({size for one in made for size in one.points})
    head = ["", *(f"{size // scale:,}" for size in sizes), "exponent", f"memory for each {unit}"]
    rows = []
    for one in made:
        cells = [cell(one.points[size]) if size in one.points else "" for size in sizes]
        exponent = "–" if one.exponent is None else f"{one.exponent:.2f}"
        rows.append([one.name, *cells, exponent, f"{one.memory:,.{0 if scale == 1 else 2}f} bytes"])
    return measure.table(head, rows)


def main() -> None:
    """Measure, print the tables, draw the picture."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 100_000], metavar="N")
    arguments.add_argument("--megabytes", type=int, nargs="*", default=[1, 10, 100, 1000], metavar="MB")
    arguments.add_argument("--hostile", type=int, nargs="*", default=[1, 5, 20], metavar="MB")
    arguments.add_argument("--only", default="", metavar="WORD", help="only what has this word in its name")
    arguments.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each (default: 3)")
    arguments.add_argument("--svg", type=Path, metavar="FILE", help="where to draw a picture of it")
    arguments.add_argument("--cache", type=Path, metavar="DIR", help="where to write the collections, one at a time")
    options = arguments.parse_args()
    hostile = [Kind(name, partial(repeated, text=text)) for name, text in HOSTILE.items()]
    groups = {
        "Documents of 500 bytes": ("document", 1, options.sizes, DOCUMENTS),
        "Megabytes of one file": ("byte", MEGABYTE, [size * MEGABYTE for size in options.megabytes], MEGABYTES),
        HOSTILE_TITLE: ("byte", MEGABYTE, [size * MEGABYTE for size in options.hostile], hostile),
    }
    print(f"Medians of {options.runs} runs;\n{measure.machine()}.\n", flush=True)
    measured = {}
    with measure.workshop(options.cache) as place:
        for title, (unit, scale, sizes, kinds) in groups.items():
            wanted = [kind for kind in kinds if options.only in kind.name and sizes]
            made = [one for kind in wanted for one in series(kind, sizes, place / "collection", options.runs)]
            if made:
                print(f"### {title}\n\n{table(made, unit, scale)}\n", flush=True)
                measured[title] = {one.name: one.drawn(scale) for one in made}
    if options.svg:
        import picture

        measured.pop(HOSTILE_TITLE, None)  # too many lines for one picture
        options.svg.write_text(picture.draw(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
