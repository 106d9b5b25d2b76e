"""What is generated from the code is what is committed, and what is printed keeps to its schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from validator import contracts, pages
from validator.rules import catalogue, listing

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", contracts.NAMES)
def test_schemas_are_those_of_the_models(name: str) -> None:
    committed = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == contracts.written(name), "run `python -m validator.contracts`"


def test_the_table_of_the_rules_says_what_their_files_say() -> None:
    committed = (ROOT / "validator" / "rules" / "table.py").read_text(encoding="utf-8")
    assert committed == contracts.table(), "run `python -m validator.contracts`"


def test_rules_are_found_by_the_table() -> None:
    assert [listed.load() for listed in listing()] == list(catalogue())


@pytest.mark.parametrize("name", contracts.NAMES)
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(contracts.load(name))


def test_pages_are_those_of_the_code() -> None:
    docs = ROOT / "docs"
    made = pages.everything()
    committed = {name: (docs / name).read_text(encoding="utf-8") for name in made if (docs / name).exists()}
    assert committed == made, "run `python -m validator.pages docs`"
    assert {path.name for path in (docs / "rules").iterdir()} == {Path(name).name for name in made} - {"settings.md"}
