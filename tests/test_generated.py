"""What is generated from the code is what is committed, and what is printed keeps to its schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from validator import contracts, pages

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", contracts.NAMES)
def test_schemas_are_those_of_the_models(name: str) -> None:
    committed = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == contracts.written(name), "run `python -m validator.contracts`"


@pytest.mark.parametrize("name", contracts.NAMES)
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(contracts.load(name))


def test_rule_pages_are_those_of_the_rules() -> None:
    folder = ROOT / "docs" / "rules"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert committed == pages.everything(), "run `python -m validator.pages docs/rules`"
