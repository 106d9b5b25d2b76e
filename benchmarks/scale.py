"""What large runs cost: scanning on one and on two workers, and set operations on ever more facts.

    python benchmarks/scale.py

writes a collection (always the same), checks it with the engines that there are, and prints for each what a second of
one core does, how long scanning took on the clock (from the moment when the index was read until the last document was)
and how large a process grew. Then it makes up facts, of as many documents as ``--facts`` says, each with a row in an
index, and has them compared, within a limit of memory. Facts of documents that there are not cost as much as any.

It needs Linux, the extras ``scale`` and ``cluster``, and about 3 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import measure
import prose

from validator.scale import sieve
from validator.scale.store import Store

FOLDER = 1000
"""Documents in a folder."""
BLOCKS = 400
"""Documents in a container."""
ONE_WORKER, TWO_WORKERS = "`--engine dask://…`, 1 worker", "`--engine dask://…`, 2 workers"
PARTS = 4
"""Files that facts are divided into."""


class Scan(NamedTuple):
    """What a run took: CPU and wall seconds, those on the clock until the last shard was scanned, bytes of memory."""

    cpu: float
    wall: float
    scanning: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--documents", type=int, default=200_000, help="documents of 5 KB, and a tenth of it in containers"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--facts", type=int, nargs="*", default=[10**3, 10**4, 10**5, 10**6, 10**7])
    parser.add_argument("--memory", default=sieve.MEMORY, help="what DuckDB may use in one process")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="scale-") as folder:
        if given.documents:
            scanning(Path(folder), given.documents, given.runs)
        if given.facts:
            comparing(Path(folder), given.facts, given.memory)


def scanning(folder: Path, documents: int, runs: int) -> None:
    """Scan one collection with every engine, in turn, and print the medians."""
    collection = folder / "collection"
    size = write(collection, documents)
    documents += documents // 10
    print(f"{documents:,} documents, {size / 1e6:,.0f} MB; medians of {runs} runs in turn\n")
    ways: dict[str, Callable[[], Scan]] = {
        "`-j 1`": lambda: local(collection, "-j", "1"),
        "`--engine local -j 1`": lambda: local(collection, "--engine", "local", "-j", "1"),
        "`--engine local -j 2`": lambda: local(collection, "--engine", "local", "-j", "2"),
        ONE_WORKER: lambda: dask(collection, folder, 1),
        TWO_WORKERS: lambda: dask(collection, folder, 2),
    }
    found: dict[str, list[Scan]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            found[name].append(way())
    head = ("way", "CPU s", "wall s", "scanning, wall s", "documents per core second", "MB per core second", "largest")
    rows = []
    for name, scans in found.items():
        cpu, wall, until, memory = (median(part) for part in zip(*scans, strict=True))
        rates = f"{documents / cpu:,.0f}", f"{size / cpu / 1e6:,.0f}"
        rows.append((name, f"{cpu:.1f}", f"{wall:.1f}", f"{until:.1f}", *rates, f"{memory / 1e6:,.0f} MB"))
    print(measure.table(head, rows))
    for one, two in (("`--engine local -j 1`", "`--engine local -j 2`"), (ONE_WORKER, TWO_WORKERS)):
        ratio = median(scan.scanning for scan in found[one]) / median(scan.scanning for scan in found[two])
        print(f"\nScanning: {two} {ratio:.2f} × as fast as {one}")


def write(collection: Path, documents: int) -> int:
    """Write documents, containers and an index; return how many bytes the documents have."""
    total = 0
    texts = prose.documents(documents + documents // 10, 5000, *prose.TEXTS)
    for number, (name, content) in enumerate(texts):
        data = b"".join(content)
        total += len(data)
        if number < documents:
            path = collection / f"{number // FOLDER:05}" / name.rpartition("/")[2]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            continue
        number -= documents
        with open(collection / f"{number // BLOCKS:04}.bundle", "ab") as file:
            file.write(b"<<<FILE %d c%d.txt>>>\n%b\n" % (number, number, data))
            if number % BLOCKS == BLOCKS - 1 or number == documents // 10 - 1:
                file.write(b"<<<END %d>>>\n" % (number % BLOCKS + 1))
    subprocess.run(
        [sys.executable, "-m", "validator", "index", "-q", "--format", "parquet", str(collection)], check=True
    )
    return total


def local(collection: Path, *options: str) -> Scan:
    log = collection.parent / "log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "validator", "check", *options]
    used = measure.run([*command, *(["--log", str(log)] if "--engine" in options else []), str(collection)])
    assert used.status == 0, used.printed
    return Scan(used.cpu, used.wall, scanned(log) if log.exists() else used.wall, used.memory)


def scanned(log: Path) -> float:
    """For how many seconds shards were scanned."""
    events = [json.loads(line) for line in log.read_text().splitlines()]
    times = {one["event"]: datetime.fromisoformat(one["time"]) for one in events}  # the last of each
    return (times["scanned"] - times["indexed"]).total_seconds()


def dask(collection: Path, folder: Path, workers: int) -> Scan:
    with cluster(folder, workers) as (address, processes):
        before = [ticks(one.pid) for one in processes]
        scan = local(collection, "--engine", f"dask://{address}")
        spent = sum(ticks(one.pid) for one in processes) - sum(before)
        memory = max(scan.memory, *(peak(one.pid) for one in processes))
    return scan._replace(cpu=scan.cpu + spent, memory=memory)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and some workers; the CPU time of the scheduler is not theirs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"127.0.0.1:{port}"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", port, "--dashboard-address", "127.0.0.1:0"]
    worker = ["worker", f"tcp://{address}", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    started = []
    try:
        for kind, *arguments in (scheduler, *[worker] * workers):
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
            with open(folder / f"{kind}{len(started)}.log", "wb") as log:
                started.append(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))
        while not all(b"Registered to" in (folder / f"worker{n + 1}.log").read_bytes() for n in range(workers)):
            time.sleep(0.1)
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def ticks(pid: int) -> float:
    """CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid: int) -> int:
    """The most bytes that a process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def comparing(folder: Path, sizes: list[int], memory: str) -> None:
    """Compare made-up facts, each size in a process of its own, and print what it took."""
    print(f"\nDuckDB with {memory} and one thread, a partition at a time\n")
    head = ("documents", "partitions", "facts", "bytes a document", "CPU s", "of a million", "spilled", "peak memory")
    rows = []
    for documents in sizes:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, json.dumps(compared(folder / str(documents), documents, memory)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as told:
            parts, size, cpu, disk, peak_memory, kept = json.loads(told.read())
        os.waitpid(child, 0)
        assert kept == 2, kept
        per = f"{size / documents:.0f}", f"{cpu:.2f}", f"{cpu / documents * 1e6:.2f}"
        sizes_told = f"{disk / 1e6:,.0f} MB", f"{peak_memory / 1e6:,.0f} MB"
        rows.append((f"{documents:,}", str(parts), f"{size / 1e6:,.1f} MB", *per, *sizes_told))
    print(measure.table(head, rows))


def compared(folder: Path, documents: int, memory: str) -> tuple[int, int, float, int, int, int]:
    """Partitions, bytes of facts, CPU seconds, bytes on disk, peak memory, and what stayed in the sieve."""
    from threading import Thread

    import duckdb

    tempfile.tempdir = str(folder)
    folder.mkdir()
    files = []
    child = os.fork()  # so that making facts up is not measured
    for part in range(PARTS):
        files.append(f"{part}.parquet")
        if child:
            continue
        with duckdb.connect() as database:
            database.execute(MADE_UP.format(file=folder / files[-1], parts=PARTS, part=part, documents=documents))
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    size = sum((folder / file).stat().st_size for file in files)
    disk, is_over = 0, False

    def look() -> None:
        nonlocal disk
        while not is_over:
            disk = max(disk, sum(one.stat().st_size for one in folder.glob("validate-*/*")))
            time.sleep(0.05)

    looking = Thread(target=look)
    looking.start()
    began = time.process_time()
    parts = sieve.partitions(Store(str(folder)), files, 2 * documents, 1)
    kept = sum(len(sieve.sifted(part, memory).kept) for part in parts)
    cpu = time.process_time() - began
    is_over = True
    looking.join()
    return len(parts), size, cpu, disk, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, kept


MADE_UP = """
COPY (
    SELECT kind::UTINYINT AS kind, hash(number)::UBIGINT AS key,
        encode(format('{{:05}}/document-{{:09}}.txt', number // 1000, number)) AS name, encode('') AS folder,
        NULL::BLOB AS container, CASE kind WHEN 5 THEN encode(number::VARCHAR) END AS id, 5000::BIGINT AS size,
        unhex(sha256(CASE WHEN number = 7 THEN kind::VARCHAR ELSE number::VARCHAR END)) AS sha256,
        NULL::BLOB AS blake3, false AS odd, false AS settled
    FROM range({documents}) AS numbers(number), (VALUES (0), (5)) AS kinds(kind)
    WHERE number % {parts} = {part}
    ORDER BY key
) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536)
"""
"""Two facts for every document, its own and its row; one of them differs."""


if __name__ == "__main__":
    main()
