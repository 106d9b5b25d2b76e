"""What it costs to check a collection, beside programs that verify, hash or just read the same files.

    python benchmarks/speed.py --files 20000 --large 8x64 --runs 5

writes collections that are always the same, lets each program have them in turn, every run in a process of its own,
and prints tables. All reads are from memory (the page cache), so the figures are costs of programs and not of
disks. A program that verifies must accept the collection every time, and must notice one flipped bit before it is
timed; whether it notices a file that nobody listed is said as well. What cannot be had is left out with a note.
It needs a Unix system and some 2 GB, and takes about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import measure
import peers
import prose
from measure import Usage, must
from peers import HASHLIB, PEERS, Peer, Place

SMALL = 4000
"""Bytes of a small document."""
HEAD = (
    "what",
    "CPU seconds",
    "of `sha256sum -c`",
    "of `hashlib`",
    "wall seconds",
    "peak memory",
    "notices a flipped bit",
    "notices a file too many",
)


def main() -> None:
    """Measure and print a table for each collection."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, default=20_000, metavar="N", help="small files (default: 20000)")
    arguments.add_argument("--large", default="8x64", metavar="NxMB", help="large files, 10⁶ bytes (default: 8x64)")
    arguments.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each (default: 5)")
    arguments.add_argument(
        "--peers", nargs="*", default=list(PEERS), choices=PEERS, metavar="NAME", help=", ".join(PEERS)
    )
    arguments.add_argument(
        "--cache", type=Path, metavar="DIR", help="where to keep what is installed (default: nowhere)"
    )
    options = arguments.parse_args()
    number, size = (int(figure) for figure in options.large.split("x"))
    collections: dict[str, tuple[int, int, tuple[str, ...]]] = {
        f"{options.files:,} files of 4 KB, ASCII": (options.files, SMALL, ("ASCII",)),
        f"{options.files:,} files of 4 KB, European": (options.files, SMALL, ("European",)),
        f"{number} files of {size} MB, ASCII": (number, size * 10**6, ("ASCII",)),
        f"{number} files of {size} MB, European": (number, size * 10**6, ("European",)),
        f"{number} files of {size} MB, Chinese and Japanese": (number, size * 10**6, ("Chinese", "Japanese")),
    }
    print(f"Medians of {options.runs} runs in turn;\n{measure.machine()};\n{peers.versions()}.\n", flush=True)
    with measure.workshop(options.cache) as folder:
        for title, (files, bytes_each, languages) in collections.items():
            if not files:
                continue
            place = Place(folder / "collection", folder / "peers")
            shutil.rmtree(place.root, ignore_errors=True)
            prose.write(place.folder, prose.documents(files, bytes_each, *languages))
            measure.index(place.folder)
            place.prepare()
            print(f"### {title}\n\n{measured(place, options.peers, options.runs)}\n", flush=True)
            shutil.rmtree(place.root)


def measured(place: Place, wanted: Sequence[str], runs: int) -> str:
    """Try and time programs on one collection."""
    commands: dict[str, Callable[[], Usage]] = {}
    noticed: dict[str, tuple[bool, bool]] = {}
    for name in wanted:
        try:
            for peer in PEERS[name](place):
                must(peer.command, peer.cwd)
                commands[peer.name] = partial(must, peer.command, peer.cwd)
                noticed[peer.name] = flipped_bit(peer, place), extra_file(peer, place)
                if not noticed[peer.name][0] and not peer.name.startswith(peers.READERS):
                    sys.exit(f"{peer.name} does not notice a flipped bit")
        except peers.Missing as reason:
            peers.note(f"Left out: {name}; {reason}.")
    usages = measure.in_turn(commands, runs)
    return measure.table(HEAD, [row(what, usages, noticed[what]) for what in usages])


def flipped_bit(peer: Peer, place: Place) -> bool:
    """Whether a program notices one other bit in the middle of a file."""
    files = sorted(place.folder.rglob("*.txt"))
    file = os.open(files[len(files) // 2], os.O_RDWR)
    try:
        middle = os.fstat(file).st_size // 2
        byte = os.pread(file, 1, middle)
        os.pwrite(file, bytes([byte[0] ^ 1]), middle)
        seen = measure.run(peer.command, peer.cwd)
        os.pwrite(file, byte, middle)
    finally:
        os.close(file)
    return seen.status != 0


def extra_file(peer: Peer, place: Place) -> bool:
    """Whether a program notices a file that nobody listed."""
    file = place.folder / "another.txt"
    file.write_bytes(b"Nobody listed this.\n")
    seen = measure.run(peer.command, peer.cwd)
    file.unlink()
    return seen.status != 0


def row(what: str, usages: dict[str, Usage], noticed: Sequence[bool]) -> list[str]:
    """A program's figures."""
    usage = usages[what]
    ratios = [f"{usage.cpu / usages[base].cpu:.2f} ×" if base in usages else "" for base in ("`sha256sum -c`", HASHLIB)]
    times = f"{usage.cpu:.2f}", *ratios, f"{usage.wall:.2f}"
    return [what, *times, f"{usage.memory / 10**6:.0f} MB", *("yes" if seen else "no" for seen in noticed)]


if __name__ == "__main__":
    main()
