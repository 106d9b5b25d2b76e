"""Every rule keeps the promises of its own file: examples, mending, silence and recall."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import Tree, clean_trees, spoil
from validator import engine, trees
from validator.model import Finding, Fix, Options
from validator.rule import Bad, Good, Rule
from validator.rules import catalogue

RULES = list(catalogue())
COMMITTABLE = [rule for rule in RULES if rule.code != "VAL006"]
"""All but the rule whose fault takes two revisions (tests/test_trusting.py)."""


def examples(kind: str) -> list[Any]:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{number}")
        for rule in RULES
        for number, example in enumerate(getattr(rule, kind))
    ]


def findings(tree: dict[str, Any], options: Options, is_folder: bool = True) -> tuple[Finding, ...]:
    return engine.check([trees.Memory(tree, is_folder=is_folder)], options).findings


def place(finding: Finding) -> str:
    return finding.path if finding.line is None else f"{finding.path}:{finding.line}:{finding.column}"


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_good_examples_give_no_findings(rule: Rule, example: Good) -> None:
    tree, is_folder = rule.example(example.content)
    found = findings(tree, Options(extend_select=(rule.code,), **example.settings), is_folder)  # type: ignore[arg-type]
    assert [f"{finding.code} {place(finding)}" for finding in found] == []


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_bad_examples_give_exactly_the_listed_findings(rule: Rule, example: Bad) -> None:
    tree, is_folder = rule.example(example.content)
    found = findings(tree, Options(extend_select=(rule.code,), **example.settings), is_folder)  # type: ignore[arg-type]
    assert [place(finding) for finding in found if finding.code == rule.code] == list(example.findings)
    assert {finding.code for finding in found} == {rule.code, *example.also}


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_findings_can_be_acted_on(rule: Rule, example: Bad) -> None:
    tree, is_folder = rule.example(example.content)
    for finding in findings(tree, Options(select=(rule.code,), **example.settings), is_folder):  # type: ignore[arg-type]
        assert finding.message
        assert "\n" not in finding.message
        assert finding.help
        assert "{" not in finding.message.replace("{{", "")


@pytest.mark.parametrize(("rule", "example"), [e for e in examples("bad") if e.values[1].mended is not None])
def test_fixes_mend_the_bad_examples(rule: Rule, example: Bad) -> None:
    tree, is_folder = rule.example(example.content)
    options = Options(select=(rule.code,), **example.settings)  # type: ignore[arg-type]
    (name,) = tree
    data = tree[name]
    assert isinstance(data, bytes)
    edits = [edit for finding in findings(tree, options, is_folder) for edit in (finding.fix or Fix(())).edits]
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        data = data[: edit.span.start] + edit.replacement + data[edit.span.end :]
    assert data == example.mended
    assert findings({name: data}, options, is_folder) == ()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(tree=clean_trees())
def test_all_rules_are_silent_on_a_clean_tree(tree: Tree) -> None:
    found = findings(tree, Options(select=("ALL",)))
    assert [f"{finding.code} {place(finding)} {finding.message}" for finding in found] == []


@pytest.mark.parametrize("rule", COMMITTABLE, ids=lambda rule: rule.code)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_every_rule_sounds_on_its_fault(rule: Rule, tree: Tree, seed: int) -> None:
    faulty: dict[str, Any] = dict(tree)
    spoil(faulty, rule, Random(seed))
    found = findings(faulty, Options(extend_select=(rule.code,)))
    assert rule.code in {finding.code for finding in found}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert rule.good
    assert rule.bad
    assert len(rule.page.split()) > 25
    file = rule.check.__module__.rpartition(".")[2]
    assert file == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


def test_codes_and_names_are_unique() -> None:
    for key in ("code", "name"):
        values = [getattr(rule, key) for rule in RULES]
        assert len(values) == len(set(values))


def test_a_newline_is_no_safe_fix_for_what_was_cut_short() -> None:
    index = b"| name | bytes |\n|--|--|\n| a.txt | 12 |\n"
    for content, safe in [(b"whole words", True), (b"whole wo", False), (b"other words, more of them", True)]:
        found = findings({"INDEX.md": index, "a.txt": content}, Options(select=("TXT004",)))
        assert [finding.fix.safe for finding in found if finding.fix] == [safe], content
