"""A drill finds what it hides, at its place, in every kind of collection, and touches nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.command import validate
from tests.strategies import Tree, clean_trees, index_of
from validator import container, contracts
from validator.drilling import trying
from validator.model import Hit, Options, UsageError
from validator.rules import catalogue
from validator.trees import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
EVERY = Options(select=("ALL",))
patient = settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow])


def tried(tree: Tree, seed: int, options: Options = EVERY, is_folder: bool = True, faults: int = 1) -> trying.Drill:
    return trying.drill(Memory(tree, is_folder=is_folder), options, seed, faults, 1, None)


def unnoticed(drill: trying.Drill) -> list[tuple[str, trying.Trial]]:
    idle = (trying.FOUND, trying.INAPPLICABLE)
    return [(rule.code, trial) for rule in drill.tried for trial in rule.trials if trial.outcome not in idle]


@st.composite
def nested(draw: st.DrawFn) -> Tree:
    """A collection in a folder of another, each with its index."""
    outer, inner = dict(draw(clean_trees())), draw(clean_trees())
    below = {f"inner/{name}": data for name, data in inner.items()}
    return {name: data for name, data in outer.items() if not name.startswith("inner")} | below


@st.composite
def packed(draw: st.DrawFn) -> Tree:
    """A container with an index of its own, and nothing beside it."""
    tree = {name: data for name, data in draw(clean_trees()).items() if name not in ("INDEX.md", "all.bundle")}
    index = index_of({name: f"{number:03}" for number, name in enumerate(sorted(tree))}, tree)
    documents = [(f"{number:03}".encode(), name.encode(), tree[name]) for number, name in enumerate(sorted(tree))]
    return {"all.bundle": b"".join(container.pack([(b"INDEX", b"INDEX.md", index), *documents]))}


@patient
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_all_faults_are_found_in_folders_with_containers(tree: Tree, seed: int) -> None:
    drill = tried(tree, seed)
    assert unnoticed(drill) == []
    assert sum(rule.count(trying.FOUND) for rule in drill.tried) >= len(catalogue()) - 3


@patient
@given(tree=nested(), seed=st.integers(0, 1 << 32))
def test_all_faults_are_found_in_nested_collections(tree: Tree, seed: int) -> None:
    assert unnoticed(tried(tree, seed)) == []


@patient
@given(tree=packed(), seed=st.integers(0, 1 << 32), is_folder=st.booleans())
def test_all_faults_are_found_in_containers(tree: Tree, seed: int, is_folder: bool) -> None:
    drill = tried(tree, seed, is_folder=is_folder)
    assert unnoticed(drill) == []
    assert sum(rule.count(trying.FOUND) for rule in drill.tried) > 80


def test_every_default_rule_proves_itself_on_the_sample_and_nothing_is_written() -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in SEEDS.rglob("*")}
    run = validate("drill", "seeds", "--faults", "2", "--seed", "7", "--output-format", "json")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    Draft202012Validator(contracts.load("drill")).validate(report)
    assert report["passed"]
    assert {rule["code"] for rule in report["rules"]} == {rule.code for rule in catalogue() if rule.default}
    outcomes = {rule["code"]: {fault["outcome"] for fault in rule["faults"]} for rule in report["rules"]}
    assert {code for code, found in outcomes.items() if found != {"found"}} == {"VAL006"}  # which takes two revisions
    assert outcomes["VAL006"] == {"inapplicable"}
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in SEEDS.rglob("*")} == before


def test_the_same_seed_gives_the_same_drill_in_any_number_of_processes() -> None:
    one, two, other = (
        validate("drill", "seeds", "--faults", "1", "--output-format", "json", *options).stdout
        for options in (["-j", "1"], ["-j", "3"], ["--seed", "1"])
    )
    assert one == two != other


def test_a_rule_that_has_gone_deaf_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(subject: object) -> Iterator[Hit]:
        return iter(())

    rule = next(rule for rule in catalogue() if rule.code == "ENC007")
    monkeypatch.setattr(rule, "check", deaf)
    tree = {"a.txt": b"some words.\n", "b.txt": b"other words.\n"}
    drill = tried(tree | {"INDEX.md": index_of({"a.txt": "1", "b.txt": "2"}, tree)}, 3, faults=2)
    assert not drill.is_passed
    assert [code for code, _ in unnoticed(drill)] == ["ENC007", "ENC007"]


def test_a_rule_that_points_elsewhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from validator.model import Span

    def astray(subject: object) -> Iterator[Hit]:
        yield Hit(Span(20, 21))

    rule = next(rule for rule in catalogue() if rule.code == "ENC002")
    monkeypatch.setattr(rule, "check", astray)
    tree = {"a.txt": b"a first line.\nand a second.\n"}
    drill = tried(tree | {"INDEX.md": index_of({"a.txt": "1"}, tree)}, 3, Options(select=("ENC002",)), faults=5)
    assert {rule.code: rule.count(trying.ELSEWHERE) for rule in drill.tried}["ENC002"] == 5
    assert not drill.is_passed


def test_what_settings_and_indexes_allow_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"some words.\n")
    (tmp_path / "INDEX.md").write_bytes(b"---\nallow:\n  a.txt:\n    nul-byte: as sent\n---\n- [A](a.txt)\n")
    (tmp_path / "validate.yaml").write_text("ignore: [TXT, VAL004]\nper-file-ignores: {'*.txt': [ENC007]}\n")
    run = validate("drill", ".", "--select", "ENC004,ENC007", "--output-format", "json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    outcomes = {rule["code"]: {fault["outcome"] for fault in rule["faults"]} for rule in report["rules"]}
    assert outcomes["ENC004"] == outcomes["ENC007"] == {"allowed"}
    assert "TXT004" in report["off"]
    assert b"3 allowed where committed" in validate("drill", ".", "--select", "ENC004,ENC007", cwd=tmp_path).stdout


def test_findings_of_the_collection_itself_are_no_answer(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("a \ufffd in a line.\n".encode())
    (tmp_path / "INDEX.md").write_bytes(b"- [A](a.txt)\n")
    run = validate("drill", ".", "--select", "ENC007", cwd=tmp_path)
    assert run.returncode == 0
    assert b"the collection has 1 finding of its own" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], b"no such file or folder"),
        (["empty"], b"no document"),
        (["all.tar"], b"is an archive"),
        (["-"], b"standard input"),
        (["seeds", "--faults", "0"], b"--faults"),
        (["seeds", "--output-format", "xml"], b"is none of full, json"),
        (["seeds", "--select", "XYZ"], b"XYZ"),
        (["s3://shelf/corpora"], b"does not lie on the disk"),
    ],
)
def test_what_cannot_be_drilled_is_said_in_a_line(tmp_path: Path, arguments: list[str], words: bytes) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "all.tar").write_bytes(bytes(10240))
    os.symlink(SEEDS, tmp_path / "seeds")
    run = validate("drill", *arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert words in run.stderr.replace(b"\n", b" ")
    assert b"Traceback" not in run.stderr


def test_a_collection_without_documents_is_refused() -> None:
    with pytest.raises(UsageError, match="no document"):
        tried({}, 0)
