"""The programs in ``benchmarks/``: what they measure with is always the same, and they run."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.command import ROOT

sys.path.append(str(ROOT / "benchmarks"))
filters, growth, measure, prose = (import_module(name) for name in ("filters", "growth", "measure", "prose"))

needs_unix = pytest.mark.skipif(not hasattr(os, "wait4") or not shutil.which("sha256sum"), reason="needs a Unix system")


def benchmark(program: str, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / program, *arguments], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def rows(printed: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in printed.splitlines() if line.startswith("| ")]
    return {name: figures for name, *figures in lines}


def test_documents_are_always_the_same() -> None:
    hashed = hashlib.sha256()
    for name, content in prose.documents(9, 5000, *prose.TEXTS):
        hashed.update(name.encode() + b"".join(content))
    assert hashed.hexdigest() == "0b1ca3035076ccf927e2f59398fca07908a6243408bb10b787109d53818f2932"


@pytest.mark.parametrize("language", prose.TEXTS)
def test_documents_have_the_size_that_was_asked_for(language: str) -> None:
    for size in (0, 1, 4000, 1_000_000):
        for _, content in prose.documents(3, size, language):
            written = b"".join(content)
            *_, last = written.splitlines(keepends=True) or [b""]
            assert len(written) - len(last) < max(size, 1) <= len(written) + (not size)
            assert written.decode().endswith("\n" if size else "")


def test_hostile_input_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    for number, text in enumerate(growth.HOSTILE.values()):
        folder = growth.repeated(tmp_path / str(number), 1_000_000, text)
        assert 990_000 < (folder / text.name).stat().st_size < 1_010_000


@pytest.mark.parametrize("power", [1, 1.5, 2])
def test_the_exponent_is_that_of_the_work_beyond_the_start(power: float) -> None:
    start = measure.Usage(0.1, 0.1, 20_000_000, 0, "")
    points = {size: start._replace(cpu=0.1 + 0.3 * (size / 1000) ** power) for size in (10, 1000, 10_000, 100_000)}
    assert growth.Series("", start, points).exponent == pytest.approx(power)


def test_too_little_time_tells_no_exponent() -> None:
    start = measure.Usage(0.1, 0.1, 20_000_000, 0, "")
    assert growth.Series("", start, {10: start, 100: start}).exponent is None


STORY = """\
When the ferry came in, nobody was waiting for it on the long grey pier.
The clock above the office said ten past nine, and it was known to be slow.
A boy carried two baskets of herring up the steps to the market square.
His sister had stayed behind to talk with the captain about the weather.
They would have to be home before the tide turned and the road went under.
Most of the houses along the quay had been empty since the hard winter.
"""


def test_filters_let_a_story_pass() -> None:
    assert [judge(STORY) for judge in filters.FILTERS.values()] == [""] * len(filters.FILTERS)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("Gopher, quality", " ".join(word for word in STORY.split() if word not in filters.STOP_WORDS), "stop words"),
        ("Gopher, quality", "Late.", "number of words"),
        ("Gopher, repetition", f"{STORY}\n{STORY}", "repeated lines"),
        ("C4", f"{STORY}\nLorem ipsum dolor sit amet.", "brackets or filler"),
        ("C4", STORY.partition("\n")[0], "fewer than five sentences"),
        ("FineWeb", STORY.replace(".", ""), "lines without end mark"),
        ("FineWeb", "".join(f"{word}.\n" for word in STORY.split()), "short lines"),
    ],
)
def test_filters_say_why_they_reject(name: str, text: str, reason: str) -> None:
    assert filters.FILTERS[name](text) == reason


@needs_unix
def test_speed_is_measured(tmp_path: Path) -> None:
    printed = benchmark(
        *("speed.py", "--files", "3", "--large", "0x0", "--runs", "1", "--cache", str(tmp_path)),
        *("--peers", "validate", "sha256sum", "reading"),
    )
    assert printed.count("###") == 2
    assert rows(printed)["`validate check`"][-2:] == ["yes", "yes"]
    assert rows(printed)["`sha256sum -c`"][-2:] == ["yes", "no"]
    assert list(tmp_path.iterdir()) == []


@needs_unix
def test_growth_is_measured(tmp_path: Path) -> None:
    printed = benchmark(
        *("growth.py", "--sizes", "2", "4", "--megabytes", "--hostile", "--only", "blocks"),
        *("--runs", "1", "--cache", str(tmp_path)),
    )
    assert {"blocks of one container", "blocks of one container, CON alone"} <= {*rows(printed)}
    assert list(tmp_path.iterdir()) == []


def test_the_picture_is_a_drawing_for_light_and_dark_pages() -> None:
    pytest.importorskip("matplotlib", reason="Matplotlib comes with the extra bench")
    picture = import_module("picture")
    groups = {"Files": {"a": [(10, 0.1, 2 * 10**7), (100, 0.9, 3 * 10**7)]}, "Bytes": {"b": [(1, 0.1, 10**7)]}}
    drawn = picture.draw(groups)
    assert drawn == picture.draw(groups)
    assert "prefers-color-scheme: dark" in drawn
    assert {"Files", "Bytes", "a", "b", "CPU seconds"} <= {
        element.text for element in ElementTree.fromstring(drawn).iter()
    }


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_large_runs_are_measured() -> None:
    printed = benchmark("scale.py", "--documents", "300", "--runs", "1", "--facts", "1000", "2000")
    found = rows(printed)
    assert {"`-j 1`", "`--engine local -j 2`", "`--engine dask://…`, 2 workers", "1,000", "2,000"} <= set(found)
    assert "330 documents" in printed
    assert printed.count("× as fast as") == 2
