"""Collections on a file system to which case and Unicode normalisation mean nothing, as on macOS and Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import ROOT
from tests.test_faults import found, held, indexed, lay, one_line, ran

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the file system is made with FUSE on Linux")

NFC, NFD = "Gr\u00f6\u00dfe.txt", "Gro\u0308\u00dfe.txt"


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """Where such a file system is mounted."""
    for name in ("kept", "mounted"):
        (tmp_path / name).mkdir()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.folding", tmp_path / "kept", tmp_path / "mounted"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        if server.stdout.readline() != b"mounted\n":
            pytest.skip(f"needs FUSE and mfusepy: {server.communicate()[1].decode()[-200:]}")
        yield tmp_path / "mounted"
        subprocess.run(["umount", tmp_path / "mounted"], check=True)
    finally:
        server.kill()
        server.communicate()


def test_a_name_in_another_case_is_that_document(mount: Path) -> None:
    root = lay(mount / "c", {"readme.txt": b"Text.\n", "b.txt": b"More.\n"}, listed=False)
    (root / "INDEX.md").write_bytes(indexed({"README.txt": b"Text.\n", "b.txt": b"More.\n"}))
    run = ran(root)
    assert (run.returncode, found(run, root)) == (1, ["IDX016 INDEX.md"])


def test_names_that_come_back_decomposed_are_those_of_the_index(mount: Path) -> None:
    root = lay(mount / "c", {NFC: b"Text.\n"})
    assert NFD in os.listdir(root)
    run = ran(root)
    assert (run.returncode, [line.split()[0] for line in found(run, root)]) == (1, ["NAM008", "IDX016"])


def test_fix_writes_the_file_that_was_meant_and_keeps_its_name(mount: Path) -> None:
    root = lay(mount / "c", {"ReadMe.txt": b"No newline", "b.txt": b"More.\n"})
    assert ran("fix", mount / "C").returncode == 0
    assert sorted(os.listdir(root)) == ["INDEX.md", "ReadMe.txt", "b.txt"]
    assert (root / "README.TXT").read_bytes() == b"No newline\n"
    assert ran(root).returncode == 0


def test_what_is_packed_there_is_unpacked_there(mount: Path) -> None:
    root = lay(mount / "c", {"Sub/Readme.txt": b"Text.\n", "b.txt": b"More.\n"})
    assert ran("pack", mount / "C", "-o", mount / "x").returncode == 0
    assert ran("unpack", mount / "X", "-d", mount / "d").returncode == 0
    assert held(mount / "d") == held(root)


def test_nothing_is_unpacked_over_a_file_of_another_case(mount: Path) -> None:
    lay(mount / "c", {"Readme.txt": b"Text.\n", "b.txt": b"More.\n"})
    assert ran("pack", mount / "c", "-o", mount / "x").returncode == 0
    (mount / "d").mkdir()
    (mount / "d/README.TXT").write_bytes(b"Mine.\n")
    one_line(ran("unpack", mount / "x", "-d", mount / "d"), "will not replace")
    assert os.listdir(mount / "d") == ["README.TXT"]
    assert (mount / "d/readme.txt").read_bytes() == b"Mine.\n"


def test_names_that_are_one_there_are_refused_everywhere(mount: Path, tmp_path: Path) -> None:
    for names in (("a.txt", "A.txt"), (NFC, NFD), ("\u212a.txt", "k.txt")):
        bundle = b"".join(b"<<<FILE %d %b>>>\nText.\n\n" % (n, name.encode()) for n, name in enumerate(names))
        (tmp_path / "x").write_bytes(bundle + b"<<<END 2>>>\n")
        assert ran("unpack", tmp_path / "x", "-d", mount / "d").returncode == 2
        assert not (mount / "d").exists()


def test_the_next_run_sweeps_there_too(mount: Path) -> None:
    root = lay(mount / "c", {"a.txt": b"No newline", "b.txt": b"None"})
    program = "import os; os.replace = lambda *_, **__: os._exit(9); from validator.__main__ import main; main()"
    run = ran(sys.executable, "-c", program, "fix", root)
    assert run.returncode == 9
    assert ran("fix", mount / "C").returncode == 0
    assert sorted(os.listdir(root)) == ["INDEX.md", "a.txt", "b.txt"]
