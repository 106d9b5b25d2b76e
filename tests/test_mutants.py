"""What tries the tests with mutants names modules and tests that are there, and leaves a project as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests import mutants


@pytest.mark.parametrize("name", mutants.PARTS)
def test_a_part_names_modules_and_tests_that_are_there(name: str, tmp_path: Path) -> None:
    part = mutants.PARTS[name]
    mutants.prepared(part, tmp_path)
    settings = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    assert all((tmp_path / module).is_file() for module in settings["only_mutate"])
    left_out = [
        option.removeprefix("--deselect=") for option in settings["pytest_add_cli_args"] if "deselect" in option
    ]
    for test in (*settings["pytest_add_cli_args_test_selection"], *left_out):
        file, *names = test.split("::")
        source = (tmp_path / file).read_text("utf-8")
        assert all(f"def {name}(" in source or f"class {name}:" in source for name in names)


def test_a_mutant_is_shown_as_what_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "mutants" / "validator"
    folder.mkdir(parents=True)
    bodies = {"orig": "x + 1", "1": "x - 1", "2": "x + 2"}
    text = "".join(f"def x_one__mutmut_{key}(x):\n    y = 0\n    return {body}\n\n" for key, body in bodies.items())
    (folder / "text.py").write_text(text, "utf-8")
    names = ["validator.text.x_one__mutmut_1", "validator.text.x_one__mutmut_2"]
    found = dict(mutants.changes(mutants.PARTS["text"], tmp_path, names))
    assert found == {name: ["-    return x + 1", f"+    return {bodies[name[-1]]}"] for name in names}


def test_a_part_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        mutants.main(["nothing"])
    assert refused.value.code == 2
    assert "no such part: nothing" in capsys.readouterr().err
