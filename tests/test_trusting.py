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
    assert "is not held against the schema 'schema.json'" in weakened()


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


# What a hostile change has tried

PACKED = b"<<<FILE 0 INDEX.md>>>\n%b\n<<<FILE 1 b.md>>>\n---\nauthor: A\n---\n%b\n\n<<<END 2>>>\n"
ALLOWING = b"---\nallow:\n  '*.md':\n    TXT004: as sent\n---\n- `b.md`\n"
LISTED = b"---\nmetadata: schema.json\n---\n- `a.md`\n- `schema.json`\n"


def on_main(gate: Path, tree: dict[str, bytes]) -> None:
    """Let the trusted branch have something, and the change begin there."""
    git(gate, "checkout", "--quiet", "main")
    lay(gate, tree)
    commit(gate)
    git(gate, "checkout", "--quiet", "-B", "change")


def test_a_link_in_the_place_of_the_collection_is_refused(gate: Path) -> None:
    git(gate, "mv", "seeds", "papers")
    os.symlink("papers", gate / "seeds")
    run = validate("check", "seeds", "--trust", "main")
    assert run.returncode == 2
    assert "reached through a link" in said(run)


def test_an_index_behind_a_link_allows_nothing_new(gate: Path) -> None:
    (gate / "seeds" / "INDEX.md").rename(gate / "seeds" / "real.md")
    os.symlink("real.md", gate / "seeds" / "INDEX.md")
    on_main(gate, {"seeds/real.md": LISTED + b"- `real.md`\n"})
    allowing = b"---\nmetadata: schema.json\nallow:\n  a.md:\n    TXT004: so\n---\n"
    index = allowing + b"- `a.md`\n- `schema.json`\n- `real.md`\n"
    lay(gate, {"seeds/real.md": index, "seeds/a.md": b"---\ntitle: A\n---\nno end"})
    code, findings = outcome()
    assert code == 1
    assert "TXT004 seeds/a.md" in findings


def test_a_single_container_allows_nothing_new(gate: Path) -> None:
    on_main(gate, {"seeds/all.bundle": PACKED % (b"- `b.md`\n", b"words.\n")})
    lay(gate, {"seeds/all.bundle": PACKED % (ALLOWING, b"no end")})
    run = validate("check", "seeds/all.bundle", "--trust", "main", "--output-format", "concise", "--quiet")
    assert run.returncode == 1
    assert "TXT004" in said(run)
    assert "VAL006" in said(run)


@pytest.mark.parametrize("index", [b"- `b.md`\n", b"---\nmetadata: my.json\n---\n- `b.md`\n"])
def test_a_container_with_an_index_of_its_own_is_told(gate: Path, index: bytes) -> None:
    listed = LISTED + b"- `all.bundle`\n"
    lay(gate, {"seeds/INDEX.md": listed, "seeds/all.bundle": PACKED % (index, b"words.\n")})
    code, findings = outcome()
    assert code == 1
    assert "VAL006 seeds/all.bundle" in findings


def test_an_index_that_is_gone_is_told(gate: Path) -> None:
    on_main(gate, {"seeds/in/INDEX.md": b"- `b.md`\n", "seeds/in/b.md": b"---\ntitle: B\n---\nwords.\n"})
    (gate / "seeds" / "in" / "INDEX.md").unlink()
    assert "VAL006 seeds/in/INDEX.md" in outcome()[1]


def test_what_was_withdrawn_since_is_not_obeyed_in_an_old_copy(gate: Path) -> None:
    allowing = b"---\nmetadata: schema.json\nallow:\n  a.md:\n    TXT004: so\n---\n- `a.md`\n- `schema.json`\n"
    on_main(gate, {"seeds/INDEX.md": allowing, "seeds/a.md": b"---\ntitle: A\n---\nno end"})
    git(gate, "checkout", "--quiet", "main")
    lay(gate, {"seeds/INDEX.md": LISTED})
    commit(gate)
    git(gate, "checkout", "--quiet", "change")
    code, findings = outcome()
    assert code == 1
    assert "TXT004 seeds/a.md" in findings


def test_that_the_gate_is_weakened_is_told_even_where_few_rules_are_selected(gate: Path) -> None:
    on_main(gate, {"validate.yaml": b"fail-on: warning\nselect: [TXT, ENC]\n"})
    lay(gate, {"validate.yaml": b"fail-on: warning\nselect: [ENC]\n"})
    assert outcome() == (1, ["VAL006 validate.yaml"])


def test_a_rule_by_another_name_and_a_folder_that_is_gone_weaken_nothing(gate: Path) -> None:
    index = b"---\nmetadata: schema.json\nallow:\n  a.md:\n    %b: so\n---\n- `a.md`\n- `schema.json`\n"
    inner = {"seeds/in/INDEX.md": b"---\nmetadata: s.json\n---\n- `s.json`\n", "seeds/in/s.json": SCHEMA}
    on_main(gate, {"seeds/INDEX.md": index % b"TXT004", "seeds/a.md": b"---\ntitle: A\n---\nno end", **inner})
    git(gate, "rm", "-r", "--quiet", "seeds/in")
    lay(gate, {"seeds/INDEX.md": index % b"missing-final-newline"})
    assert outcome() == (0, [])


@pytest.mark.parametrize("trust", [[], ["--trust", "main"]], ids=["plain", "trusting"])
def test_documents_that_look_like_a_repository_do_not_speak_for_it(gate: Path, trust: list[str]) -> None:
    for folder in ("refs/heads", "objects"):
        (gate / "seeds" / folder).mkdir(parents=True)
    lay(gate, {"seeds/HEAD": b"ref: refs/heads/main\n", "seeds/config": b"[core]\n\tbare = false\n\tworktree = .\n"})
    lay(gate, {"seeds/.gitignore": b"b.md\n", "seeds/b.md": FAULTY})
    git(gate, "add", "--force", "seeds/b.md")
    run = validate("check", "seeds", *trust, "--output-format", "concise", "--quiet")
    assert run.returncode == 2 if trust else "seeds/b.md" in said(run)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--trust", ""], "no revision is named"), (["--trust", "main", "--staged"], "leave out --staged")],
)
def test_what_would_trust_nobody_is_refused(gate: Path, arguments: list[str], words: str) -> None:
    run = validate("check", "seeds", *arguments)
    assert run.returncode == 2
    assert words in said(run)
