"""The engine: how much is listed and counted, and that what has been looked at is let go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import ROOT
from validator import engine, trees
from validator.model import Options


def test_findings_beyond_the_limit_are_counted() -> None:
    options = Options(select=("ENC007",), max_findings=3)
    report = engine.check([trees.Memory({"a.txt": "\ufffd\n".encode() * 50}, is_folder=False)], options)
    assert [finding.more for finding in report.findings] == [0, 0, 47]
    assert report.count("warning") == 50


@pytest.mark.parametrize(
    "options", [{"select": ("TXT",)}, {"ignore": ("VAL",)}, {"per_file_ignores": (("*", ("VAL",)),)}]
)
def test_what_could_not_be_checked_is_named_whatever_is_selected(options: dict[str, Any]) -> None:
    tree = trees.Memory({"a.txt": trees.Odd("unreadable", "permission denied"), "b.txt": b"x\n"})
    report = engine.check([tree], Options(**options))
    assert report.incomplete
    assert [(f.code, f.path) for f in report.findings if f.code.startswith("VAL")] == [("VAL001", "a.txt")]


def test_an_error_is_not_hidden_behind_warnings_of_the_same_rule() -> None:
    balanced, overridden = "\u202ax\u202c\n" * 20, "\u202ex\u202c\n"
    tree = trees.Memory({"a.txt": (balanced + overridden).encode()}, is_folder=False)
    report = engine.check([tree], Options(select=("TXT007",), max_findings=3))
    assert report.count("error") >= 1
    assert "error" in {finding.severity for finding in report.findings}


PEAK = """
import sys
import validator
report = validator.check(sys.argv[1], options=validator.Options(select=("TXT004",)))
status = open("/proc/self/status").read()
print(len(report.findings), status.split("VmHWM:")[1].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process is read from /proc")
def test_documents_with_findings_are_let_go(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * 4_000_000)
    run = subprocess.run([sys.executable, "-c", PEAK, tmp_path], cwd=ROOT, capture_output=True, check=True, text=True)
    findings, kilobytes = map(int, run.stdout.split())
    assert findings == 60
    assert kilobytes < 120_000, "240 MB of documents were held at once"
