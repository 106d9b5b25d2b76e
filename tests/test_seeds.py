"""The sample collection is what its index says, by an account that owes nothing to the engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from unicodedata import is_normalized

import pytest

from validator import container, engine, trees
from validator.model import Options

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
BUNDLE = "harbour.bundle"
FILES = sorted(path.name for path in SEEDS.iterdir())
STORY = "007_posting-a-library.md"


def rows() -> list[dict[str, str]]:
    """The entries of the index, read as plainly as a person would."""
    lines = [line for line in (SEEDS / "INDEX.md").read_text("utf-8").split("\n") if line.startswith("|")]
    header, _, *entries = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(header, cells, strict=True)) for cells in entries]


def copies() -> list[tuple[str, str, bytes]]:
    """The (id, name, body) of each block of the container, read line by line."""
    found: list[tuple[str, str, bytes]] = []
    for line in (SEEDS / BUNDLE).read_bytes().splitlines(keepends=True):
        marker = re.fullmatch(rb"<<<(?:FILE (\S+) (.+)|END \d+)>>>\n", line)
        if marker is None:
            id, name, body = found[-1]
            found[-1] = (id, name, body + re.sub(rb"^\\(?=\\*<<<(FILE|END))", b"", line))
        elif marker[1]:
            found.append((marker[1].decode(), marker[2].decode(), b""))
    return [(id, name, body.removesuffix(b"\n")) for id, name, body in found]


def test_the_index_lists_every_file_and_nothing_else() -> None:
    assert [row["name"] for row in rows()] == [name for name in FILES if name != "INDEX.md"]
    assert len({row["id"] for row in rows()}) == len(rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["name"])
def test_sizes_digests_and_titles_are_right(row: dict[str, str]) -> None:
    data = (SEEDS / row["name"]).read_bytes()
    assert row["bytes"] == str(len(data))
    assert row["sha256"] == sha256(data).hexdigest()
    if row["name"] != BUNDLE:
        assert row["title"] == data.decode().split("\n")[0].removeprefix("# ")


def test_the_container_holds_true_copies() -> None:
    ids = {row["name"]: row["id"] for row in rows()}
    held = copies()
    assert [name for _, name, _ in held] == ["000_harbour-log.txt", "004_lighthouse.txt", STORY]
    for id, name, body in held:
        assert id == ids[name]
        assert body == (SEEDS / name).read_bytes()
    assert (SEEDS / BUNDLE).read_bytes().endswith(b"\n<<<END 3>>>\n")


def test_the_container_is_in_canonical_form() -> None:
    packed = container.pack((id.encode(), name.encode(), body) for id, name, body in copies())
    assert b"".join(packed) == (SEEDS / BUNDLE).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_plain_clean_text(name: str) -> None:
    text = (SEEDS / name).read_bytes().decode("utf-8")
    assert is_normalized("NFC", text)
    assert "\r" not in text
    assert "\ufeff" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("001_cloud-pass.txt", ["\u200c", "\u0654", "«"]),
        ("002_clock-shop.txt", ["\n\u3000", "「"]),
        ("004_lighthouse.txt", ["«\u00a0", "\u202f;", "—\u00a0"]),
        ("005_well-bell.txt", ["ड\u093c", "।"]),
        ("006_night-ferry.txt", ["ŋ\u0329\u0300", "\u200d", "\ufe0f", "\U000e007f", "ễ"]),
        (STORY, ["\n<<<FILE 1 wolf.txt>>>\n", "```python\n"]),
    ],
)
def test_the_characters_that_are_easily_lost_are_there(name: str, held: list[str]) -> None:
    text = (SEEDS / name).read_text("utf-8")
    assert [characters for characters in held if characters not in text] == []


def test_no_rule_has_anything_to_say() -> None:
    report = engine.check([trees.Folder(str(SEEDS))], Options())
    assert [f"{finding.code} {finding.path}: {finding.message}" for finding in report.findings] == []
    assert (report.documents, report.indexes, report.containers) == (8, 1, 1)


def test_the_program_in_the_story_keeps_its_word(tmp_path: Path) -> None:
    shutil.copytree(SEEDS, tmp_path, dirs_exist_ok=True)
    program = (SEEDS / STORY).read_text("utf-8").partition("```python\n")[2].partition("```")[0]

    def said() -> list[str]:
        run = subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program], cwd=tmp_path, capture_output=True, check=True
        )
        return run.stdout.decode().splitlines()

    assert said() == [f"{row['name']} is as it was" for row in rows()]
    (tmp_path / "003_drawbridge.txt").write_bytes(b"The bridge stays shut.\n")
    assert [line for line in said() if "changed" in line] == ["003_drawbridge.txt has changed"]


def test_the_parcel_in_the_story_is_a_container() -> None:
    parcel = (SEEDS / STORY).read_bytes().partition(b"```text\n")[2].partition(b"```")[0]
    layout = container.parse(parcel)
    assert [(block.id, block.name) for block in layout.blocks] == [(b"1", b"wolf.txt"), (b"2", b"frog.txt")]
    assert all(parcel[block.header_end : block.body_end].endswith(b".\n") for block in layout.blocks)
    assert [line.count for line in layout.ends] == [2]
