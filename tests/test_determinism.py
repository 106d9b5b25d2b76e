"""The same input gives the same output, byte for byte, on whatever machine and in whatever surroundings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.command import ROOT, validate
from validator import faults, reporters
from validator.rules import catalogue

SHUFFLED = """\
import os, random, sys
real = os.scandir

class Listing(list):
    __enter__ = lambda self: self
    __exit__ = lambda self, *_: None

def shuffled(path="."):
    with real(path) as listing:
        entries = Listing(listing)
    random.shuffle(entries)
    return entries

os.scandir = shuffled
sys.argv[0] = "validate"
from validator.__main__ import main
main()
"""
"""The program, on a system that lists folders in another order each time."""

OFF = ["--near-duplicates", "off"]
"""An engine does not look for them."""
SURROUNDINGS: dict[str, tuple[list[str], dict[str, str]]] = {
    "other hashes": ([], {"PYTHONHASHSEED": "4711"}),
    "C locale": ([], {"LC_ALL": "C", "PYTHONUTF8": "0"}),
    "a locale that is not there": ([], {"LC_ALL": "tr_TR.ISO-8859-9", "LANG": "xx_YY"}),
    "another time zone": ([], {"TZ": "Pacific/Kiritimati"}),
    "another day": ([], {"SOURCE_DATE_EPOCH": "1", "TZ": "America/St_Johns"}),
    "one process": (["-j", "1"], {}),
    "three processes": (["-j", "3"], {}),
    "a cache": (["--cache"], {}),
    "an engine": (["--engine", "local", *OFF], {}),
    "a narrow terminal": ([], {"COLUMNS": "20", "TERM": "dumb"}),
}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample collection many times over, with the faults of many rules in it."""
    root = tmp_path_factory.mktemp("same") / "collection"
    for number, rule in enumerate(rule for rule in catalogue() if not rule.code.startswith(("VAL", "NAM012"))):
        tree: faults.Tree = {path.name: path.read_bytes() for path in (ROOT / "seeds").iterdir()}
        rule.inject(tree, Random(number))
        for name, data in tree.items():
            if isinstance(data, bytes) and "\0" not in name:
                path = os.path.join(os.fsencode(root), b"%03d" % number, os.fsencode(name))
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(data)
    return root


def reports(
    collection: Path, place: Path, options: list[str], command: list[str], **environment: str
) -> dict[str, bytes]:
    """What a run prints, and every report that it writes, by format."""
    wanted = [word for format in reporters.FORMATS for word in ("-o", f"{format}:{place / format}")]
    run = subprocess.run(
        [sys.executable, *command, "check", collection.name, *wanted, *options],
        cwd=collection.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        timeout=300,
    )
    assert run.returncode == 1, run.stderr
    return {"": run.stdout, **{format: (place / format).read_bytes() for format in reporters.FORMATS}}


@pytest.fixture(scope="module")
def expected(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = reports(collection, tmp_path_factory.mktemp("reports"), [], ["-m", "validator"], PYTHONHASHSEED="1")
    assert found["json"].count(b'"code"') > 100
    return found


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_reports_are_the_same_everywhere(
    collection: Path, expected: dict[str, bytes], tmp_path: Path, surroundings: str
) -> None:
    options, environment = SURROUNDINGS[surroundings]
    found = reports(collection, tmp_path, options, ["-m", "validator"], **environment)
    if options[-2:] == OFF:
        (tmp_path / "off").mkdir()
        expected = reports(collection, tmp_path / "off", OFF, ["-m", "validator"])
    if surroundings == "C locale":  # which has no words for most of what is printed; it is escaped there
        assert found.pop("").isascii()
    differing = [format for format in found if found[format] != expected[format]]
    assert differing == []


def test_reports_are_the_same_in_whatever_order_folders_are_listed(
    collection: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    for options in ([], ["-j", "2"]):
        assert reports(collection, tmp_path, options, ["-c", SHUFFLED]) == expected


@pytest.mark.parametrize(
    "words", [["fix", "--diff"], ["index", "--diff"], ["fix", "--diff", "--unsafe-fixes"]], ids=" ".join
)
def test_what_is_written_is_the_same_everywhere(collection: Path, words: list[str]) -> None:
    some = [str(path.relative_to(collection.parent)) for path in sorted(collection.iterdir())[:12]]
    one = validate(*words, *some, cwd=collection.parent, PYTHONHASHSEED="1", TZ="UTC")
    two = validate(*words, *some, cwd=collection.parent, PYTHONHASHSEED="2", TZ="Asia/Kathmandu", LC_ALL="C.UTF-8")
    assert one.stdout
    assert one.stdout == two.stdout


def test_packing_and_listing_are_the_same_everywhere(tmp_path: Path) -> None:
    results = []
    for number, (zone, order) in enumerate([("UTC", 1), ("Asia/Kathmandu", -1)]):
        home = tmp_path / str(number)
        (home / "shelf").mkdir(parents=True)
        for name in sorted(["b.txt", "a.txt", "ä.txt", "B2.txt", "10.txt", "9.txt"])[::order]:
            (home / "shelf" / name).write_text(f"words of {name}.\n", encoding="utf-8")
        for words in (["index", "shelf", "-q"], ["pack", "shelf", "-o", "all.bundle", "-q"]):
            assert validate(*words, cwd=home, TZ=zone, PYTHONHASHSEED=str(number)).returncode == 0
        results.append(((home / "shelf" / "INDEX.md").read_bytes(), (home / "all.bundle").read_bytes()))
    assert results[0] == results[1]
