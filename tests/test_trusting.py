"""A change cannot speak for itself: with a trusted revision, the gate is that of the revision."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.command import said, validate
from tests.test_changes import commit, git, lay
from tests.test_changes import repository as repository

SCHEMA = b'{"type": "object", "required": ["title"]}\n'
LOOSE = b'{"type": "object"}\n'
FAULTY = b"no end"


@pytest.fixture
def gate(repository: Path) -> Path:
    """A gated repository, and a branch on which a change is being made."""
    git(repository, "rm", "-r", "--quiet", "seeds")
    lay(
        repository,
        {
            "validate.yaml": b"fail-on: warning\nexclude: [drafts]\n",
            "seeds/INDEX.md": b"---\nmetadata: schema.json\n---\n- `a.md`\n- `schema.json`\n",
            "seeds/a.md": b"---\ntitle: A\n---\nwords.\n",
            "seeds/schema.json": SCHEMA,
        },
    )
    commit(repository)
    git(repository, "branch", "--move", "main")
    git(repository, "checkout", "--quiet", "-b", "change")
    return repository


def outcome(*options: str) -> tuple[int, list[str]]:
    """The exit code, and the findings as code and path, of a check that trusts the main branch."""
    run = validate("check", "seeds", "--trust", "main", "--output-format", "json", *options)
    assert run.stdout, said(run)
    findings = json.loads(run.stdout)["findings"]
    return run.returncode, [f"{one['code']} {one['path']}" for one in findings]


def weakened() -> str:
    """What is said of the gate."""
    run = validate("check", "seeds", "--trust", "main", "--output-format", "concise", "--quiet")
    return said(run)


def test_a_change_that_leaves_the_gate_alone_is_judged_as_ever(gate: Path) -> None:
    assert outcome() == (0, [])
    lay(gate, {"seeds/a.md": b"---\ntitle: A\n---\nno end"})
    assert outcome() == (1, ["TXT004 seeds/a.md"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (b"fail-on: never\nexclude: [drafts]\n", "its fail-on is 'never'"),
        (b"fail-on: warning\nexclude: [drafts]\nignore: [TXT004]\n", "it leaves out TXT004"),
        (b"fail-on: warning\nexclude: [drafts]\nselect: [IDX]\n", "it leaves out CON001, CON002"),
        (b"fail-on: warning\nexclude: [drafts, '*.md']\n", r"it excludes '\*.md'"),
        (b"fail-on: warning\nexclude: [drafts]\nper-file-ignores: {'*.md': [TXT004]}\n", r"ignores TXT004 for '\*.md'"),
        (b"fail-on: warning\nexclude: [drafts]\ncontainers: []\n", r"no longer takes '\*.bundle'"),
        (b"fail-on: warning\nexclude: [drafts]\nbaseline: old.json\n", "forgives what 'old.json' lists"),
        (b"fail-on: [\n", "cannot be read"),
        (None, "its fail-on is 'error'"),
    ],
)
def test_settings_of_the_change_do_not_count_and_are_told(gate: Path, settings: bytes | None, words: str) -> None:
    lay(gate, {"seeds/a.md": b"---\ntitle: A\n---\nno end"})
    if settings is None:
        (gate / "validate.yaml").unlink()
    else:
        lay(gate, {"validate.yaml": settings})
    code, findings = outcome()
    assert code == 1
    assert "TXT004 seeds/a.md" in findings
    assert "VAL006 validate.yaml" in findings
    assert re.search(words, weakened())


def test_nearer_settings_of_the_change_do_not_count_either(gate: Path) -> None:
    lay(gate, {"seeds/validate.yaml": b"select: [IDX002]\n", "seeds/a.md": FAULTY})
    code, findings = outcome()
    assert code == 1
    assert {"TXT004 seeds/a.md", "VAL006 seeds/validate.yaml"} <= set(findings)


def test_stricter_settings_weaken_nothing(gate: Path) -> None:
    lay(gate, {"validate.yaml": b"fail-on: warning\nextend-select: [TXT005]\n"})
    assert outcome() == (0, [])


def test_what_the_trusted_branch_did_since_is_in_force_and_not_held_against_the_change(gate: Path) -> None:
    git(gate, "checkout", "--quiet", "main")
    lay(gate, {"validate.yaml": b"fail-on: warning\nextend-select: [TXT005]\n"})
    commit(gate)
    git(gate, "checkout", "--quiet", "change")
    lay(gate, {"seeds/a.md": b"---\ntitle: A\n---\nwords. \n"})
    assert outcome() == (0, ["TXT005 seeds/a.md"])  # an info, which stops nothing


def test_permissions_of_the_change_do_not_count(gate: Path) -> None:
    index = b"---\nmetadata: schema.json\nallow:\n  a.md:\n    TXT004: as sent\n---\n- `a.md`\n- `schema.json`\n"
    lay(gate, {"seeds/a.md": b"---\ntitle: A\n---\nno end", "seeds/INDEX.md": index})
    assert outcome() == (1, ["VAL006 seeds/INDEX.md", "TXT004 seeds/a.md"])
    commit(gate)
    assert outcome() == (1, ["VAL006 seeds/INDEX.md", "TXT004 seeds/a.md"])
    git(gate, "checkout", "--quiet", "main")
    git(gate, "merge", "--quiet", "change")
    assert outcome() == (0, [])


def test_permissions_in_containers_of_the_change_do_not_count(gate: Path) -> None:
    index = b"- `b.txt`\n"
    allowing = b"---\nallow:\n  b.txt:\n    TXT004: as sent\n---\n"
    packed = b"<<<FILE 0 INDEX.md>>>\n%b\n<<<FILE 1 b.txt>>>\nno end\n<<<END 2>>>\n"
    listed = b"---\nmetadata: schema.json\n---\n- `a.md`\n- `schema.json`\n- `all.bundle`\n"
    git(gate, "checkout", "--quiet", "main")
    lay(gate, {"seeds/all.bundle": packed % index, "seeds/INDEX.md": listed})
    commit(gate)
    lay(gate, {"seeds/all.bundle": packed % (allowing + index)})
    code, findings = outcome()
    assert code == 1
    assert "VAL006 seeds/all.bundle" in findings
    assert "TXT004 seeds/all.bundle" in findings


@pytest.mark.parametrize(
    "change",
    [
        {"seeds/schema.json": LOOSE},
        {"seeds/INDEX.md": b"- `a.md`\n- `schema.json`\n"},
        {
            "seeds/INDEX.md": b"---\nmetadata: my.json\n---\n- `a.md`\n- `schema.json`\n- `my.json`\n",
            "seeds/my.json": LOOSE,
        },
    ],
    ids=["another schema", "no schema named", "another schema named"],
)
def test_schemas_of_the_change_do_not_count(gate: Path, change: dict[str, bytes]) -> None:
    lay(gate, {"seeds/a.md": b"---\nauthor: A\n---\nwords.\n", **change})
    code, findings = outcome()
    assert code == 1
    assert "MET003 seeds/a.md" in findings
    assert any(finding.startswith("VAL006") for finding in findings)


def test_a_new_index_takes_no_document_from_the_schema_unnoticed(gate: Path) -> None:
    lay(gate, {"seeds/in/INDEX.md": b"- `b.md`\n", "seeds/in/b.md": b"---\nauthor: A\n---\nwords.\n"})
    code, findings = outcome()
    assert code == 1
    assert "VAL006 seeds/in/INDEX.md" in findings
    assert "no longer held against the schema 'schema.json'" in weakened()


def test_a_baseline_of_the_change_does_not_count(gate: Path) -> None:
    git(gate, "checkout", "--quiet", "main")
    lay(gate, {"validate.yaml": b"fail-on: warning\nbaseline: old.json\n", "seeds/a.md": b"---\ntitle: A\n---\nno end"})
    assert validate("baseline", "update", "seeds", "--baseline", "old.json").returncode == 0
    commit(gate)
    assert outcome() == (0, [])
    lay(gate, {"seeds/b.txt": FAULTY})
    lay(gate, {"seeds/INDEX.md": b"---\nmetadata: schema.json\n---\n- `a.md`\n- `schema.json`\n- `b.txt`\n"})
    assert validate("baseline", "update", "seeds", "--baseline", "old.json").returncode == 0
    assert validate("check", "seeds").returncode == 0
    assert outcome() == (1, ["VAL006 old.json", "TXT004 seeds/b.txt"])
    assert "forgives 1 finding" in weakened()
    os.unlink(gate / "old.json")
    assert outcome() == (1, ["TXT004 seeds/b.txt"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["seeds", "--trust", "nowhere"], "git has no revision 'nowhere'"),
        (["seeds", "--trust=-x"], "is no git revision"),
        (["-", "--trust", "main"], "standard input"),
        (["git:main:seeds", "--trust", "main"], "--trust"),
        (["seeds", "--trust", "main", "--engine", "local"], "--trust"),
        (["seeds", "--trust", "main", "--config", "gone.yaml"], "gone.yaml"),
    ],
)
def test_what_cannot_be_trusted_is_said_in_a_line(gate: Path, arguments: list[str], words: str) -> None:
    run = validate("check", *arguments)
    assert run.returncode == 2
    assert words in said(run)
    assert len(said(run).splitlines()) == 1


def test_a_collection_in_no_repository_has_nothing_to_trust(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"words.\n")
    run = validate("check", ".", "--trust", "main", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert run.returncode == 2
    assert "Traceback" not in said(run)
