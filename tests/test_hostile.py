"""Text that is made to do harm: it takes no time out of proportion, fetches nothing, and speaks for nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.command import ROOT
from tests.hostile import SHAPES, took
from tests.test_injection import BLOCK_NAMES, FILE_NAMES, LINES, assert_harmless, creatable, obeyed, posix, write
from validator import baseline, config, container, engine, trees
from validator.model import Options, UsageError

BOUND = 5.0
"""Seconds of processor time that a check of anything here may take."""
BOMB = "a: &a [x, x]\n" + "".join(f"{n}: &n{n} [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n" for n in range(9))


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Nothing here takes long."""
    before = time.process_time()
    yield
    assert time.process_time() - before < BOUND


# -- settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 50_000, "not a mapping"),
        ("a: " + "[" * 200_000, "64 levels"),
        ("{" * 200_000, "a key must be"),
        ("- " * 100_000, "not a mapping"),
        ("? " * 100_000, "a key must be"),
        ("[" * 1_000_000, "is larger than"),
        (BOMB, "anchors and aliases"),
        ("a: {b: 1}\n<<: {c: 1}\n", "merge keys"),
        ("a: !!python/object/apply:os.system [touch owned]\n", "tags"),
        ("a: [" + "1," * 120_000 + "]", ""),
        ("a: [" + "?," * 120_000 + "]", "too complicated"),
        ("".join(f"{n}: 1\n" for n in range(20_000)), ""),
        ("fail-on: never\nfail-on: error\n", "the key 'fail-on' is there twice"),
        ("a: 1\n--- {}\n", "more than one"),
    ],
    ids=range(14),
)
def test_yaml_of_settings_is_read_within_limits(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "validate.yaml"
    file.write_text(text)
    if not said:
        assert len(config.read(str(file))) > 0
        return
    with pytest.raises(UsageError) as refused:
        config.read(str(file))
    assert said in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "number", ["9" * 5000, "0x" + "f" * 100_000, "1" + ":59" * 50_000, ".nan", "-.inf", "2024-13-45", "0x_", "1e999"]
)
def test_no_setting_is_an_odd_number(tmp_path: Path, number: str) -> None:
    file = tmp_path / "validate.yaml"
    file.write_text(f"max-findings: {number}\n")
    with pytest.raises(UsageError, match="max-findings"):
        config.load(str(file), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".".join(["a"] * 100_000) + " = 1", "dots"),
        (".".join(['"="'] * 50_000) + " = 1", "dots"),
        ("a = " + "[" * 200_000, "is not TOML"),
        ("a = " + "{a=" * 60_000, "is not TOML"),
        ("a = " + "9" * 5000, "is not TOML"),
        ("a = 1\na = 2", "is not TOML"),
        ("".join(".".join(["a"] * 100) + f".b{n} = 1\n" for n in range(1000)), ""),
    ],
    ids=range(7),
)
def test_toml_of_settings_is_read_within_limits(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(f"[tool.validate]\n{text}\n")
    if not said:
        assert config.read(str(file))
        return
    with pytest.raises(UsageError, match=said) as refused:
        config.read(str(file))
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "url", ['https://x/"><script>', "https://x/\n::error::owned", "https://x/>)", "https://\x1b[31m"]
)
def test_an_address_in_settings_cannot_leave_its_link(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="documentation"):
        config.load(None, {"documentation": url})


# -- baselines


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '{"a":' * 1_000_000,
        '{"version": 1, "version": 1, "findings": {}}',
        '{"version": 1, "findings": {"a": {"ENC001": {"x": NaN}}}}',
        '{"version": 1, "findings": {"a": {"ENC001": {"x": 1e999}}}}',
        '{"version": 1, "findings": {"a": {"ENC001": {"x": ' + "9" * 5000 + "}}}}",
        '{"version": 1, "findings": {"a":' + '{"a":' * 900 + "1" + "}" * 902,
    ],
    ids=range(7),
)
def test_a_hostile_baseline_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="is no baseline") as refused:
        baseline.load(str(file))
    assert len(str(refused.value)) < 400 + len(str(file))


# -- schemas


class Counting(BaseHTTPRequestHandler):
    """Whatever is asked for is a schema that allows everything."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *arguments: Any) -> None: ...


@pytest.fixture(scope="module")
def web() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and what it has been asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Counting,), {"asked": asked}))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def said_of(schema: Any, values: str = "a: 1") -> list[str]:
    """What is said of a document with some front matter under a schema."""
    text = schema if isinstance(schema, str) else json.dumps(schema)
    index = b"---\nmetadata: s.json\n---\n- `a.md`\n"
    tree = {"INDEX.md": index, "s.json": text.encode(), "a.md": f"---\n{values}\n---\n".encode()}
    report = engine.check([trees.Memory(tree)], Options(select=("MET",)))
    found = [finding.message for finding in report.findings]
    assert all(len(message) < 500 for message in found)
    return found


def chain(keyword: str, levels: int = 40) -> dict[str, Any]:
    """Each level refers to the next one twice."""
    links = {f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**links, f"d{levels}": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/d0"}}}


def test_no_schema_has_anything_fetched(web: tuple[str, list[str]], tmp_path: Path) -> None:
    url, asked = web
    file = tmp_path / "other.json"
    file.write_text("{}")
    for address in (f"{url}/x", f"{url}/x#y", file.as_uri(), "other.json", "//127.0.0.1/x"):
        for schema in (
            {"$ref": address},
            {"$dynamicRef": address},
            {"properties": {"a": {"$ref": address}}},
            {"dependentSchemas": {"a": {"$ref": address}}},
            {"default": {"$ref": address}, "$ref": "#/default"},
            {"enum": [{"$ref": address}], "$ref": "#/enum/0"},
            {"properties": {"a": {"$id": f"{url}/", "$ref": "x"}}},
            {"$id": f"{url}/", "$ref": "x"},
        ):
            (message,) = said_of(schema)
            assert "cannot be used" in message
        for schema in ({"$schema": address}, {"properties": {"a": {"$schema": address}}}, {"$recursiveRef": address}):
            assert said_of(schema) == []
    (message,) = said_of({"$id": f"{url}/x", "properties": {"a": {"$ref": "#nowhere"}}})
    assert "cannot be used" in message
    assert asked == []


DRAFT = "https://json-schema.org/draft/2020-12/schema"
SLOW = "^(a+)+$"
TEXT = f"a: {'a' * 60_000}b"
KEYS = f"{'a' * 60}b: 1"


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": SLOW}}},
        {"properties": {"a": {"$schema": DRAFT, "pattern": SLOW}}},
        {"$schema": DRAFT, "$ref": "#/$defs/x", "$defs": {"x": {"properties": {"a": {"pattern": SLOW}}}}},
        {"$defs": {"x": {"$anchor": "x", "pattern": SLOW}}, "properties": {"a": {"$dynamicRef": "#x"}}},
    ],
    ids=range(4),
)  # fmt: skip
def test_expressions_take_linear_time_wherever_they_stand(schema: dict[str, Any]) -> None:
    (message,) = said_of(schema, TEXT)
    assert "does not match" in message


@pytest.mark.parametrize(
    "schema",
    [
        {"default": {"patternProperties": {SLOW: {}}}, "$ref": "#/default"},
        {"examples": [{"patternProperties": {SLOW: {}}}], "$ref": "#/examples/0"},
        {"properties": {"patternProperties": {SLOW: {}}}, "$ref": "#/properties"},
        {"$defs": {"patternProperties": {SLOW: {}}}, "$ref": "#/$defs"},
        {"$defs": {"x": {"$anchor": "x", "patternProperties": {SLOW: {}}}}, "$ref": "#x"},
        {"unevaluatedProperties": False, "$ref": "#/const", "const": {"patternProperties": {SLOW: {}}}},
        {"default": {"$anchor": "x", "patternProperties": {SLOW: {}}}, "$ref": "#x"},
    ],
    ids=range(7),
)  # fmt: skip
def test_no_reference_leads_to_what_was_not_looked_through(schema: dict[str, Any]) -> None:
    (message,) = said_of(schema, KEYS)
    assert "cannot be used" in message


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "backreferences"),
        ("(?x) a", "the flag x"),
        ("(a{1000}){1000}", "limit"),
        ("(" * 100_000, "its pattern"),
        ("[", "its pattern"),
    ],
    ids=range(7),
)
def test_an_expression_that_cannot_be_used_is_refused_in_one_line(pattern: str, why: str) -> None:
    (message,) = said_of({"properties": {"a": {"pattern": pattern}}})
    assert why in message


NUMBERS = "1," * 30_000
UNEVALUATED = {
    "$defs": {
        **{f"d{n}": {"$ref": f"#/$defs/d{n + 1}", "$dynamicRef": f"#/$defs/d{n + 1}"} for n in range(40)},
        "d40": {},
    },
    "unevaluatedProperties": False,
    "$ref": "#/$defs/d0",
}


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        *((chain(keyword), "a: 1") for keyword in ("anyOf", "oneOf", "allOf")),
        (UNEVALUATED, "a: 1"),
        ({"properties": {"a": {"items": {"enum": list(range(20_000))}}}}, f"a: [{NUMBERS}]"),
        ({"properties": {"a": {"items": {"const": [0] * 80_000}}}}, f"a: [{'[0],' * 10_000}]"),
        ({"properties": {"a": {"contains": {"enum": list(range(9, 20_000))}}}}, f"a: [{NUMBERS}]"),
        ({"properties": {"a": {"items": {"const": "x" * 200_000}}}}, f"a: [{NUMBERS}]"),
        ({"properties": {"a": {"allOf": [{"not": {"type": "array"}}] * 4000}}}, f"a: [{NUMBERS}]"),
        ({"properties": {"a": {"oneOf": [False] * 30_000}}}, f"a: [{NUMBERS}]"),
        ({"properties": {"a": {"contains": True, "unevaluatedItems": False}}}, f"a: [{NUMBERS}]"),
        ({"properties": {"a": {"pattern": "[ab]*a[ab]{3000}c"}}}, f"a: {'ab' * 30_000}"),
        ({"type": [{"a": n} for n in range(8000)]}, "a: 1"),
        ({"required": [word for n in range(8000) for word in (n, f"a{n}")]}, "a: 1"),
        ({"description": "x" * 5_000_000}, "a: 1"),
    ],
    ids=range(15),
)
def test_a_schema_that_asks_too_much_is_stopped_in_time(schema: dict[str, Any], values: str) -> None:
    assert said_of(schema, values)


@pytest.mark.parametrize(
    ("schema", "values", "count"),
    [
        ({"properties": {"a": {"uniqueItems": True}}}, f"a: [{','.join(f'{{b: {n}}}' for n in range(5000))}]", 0),
        ({"properties": {"a": {"contains": {"const": 1}, "minContains": 10**6}}}, f"a: [{'1,' * 10_000}]", 1),
        ({"propertyNames": {"pattern": SLOW}}, KEYS, 1),
        ({"properties": {"a": {"format": "regex"}}}, f"a: '{'(' * 30_000}'", 0),
        ('{"properties": {"a": {"multipleOf": 1e-300}}}', "a: 1e300", 1),
        ('{"properties": {"a": {"multipleOf": ' + "9" * 4000 + "}}}", f"a: {'9' * 99}", 1),
        ('{"properties": {"a": {"minLength": ' + "9" * 4000 + "}}}", "a: x", 1),
        ('{"properties": {"a": {"minLength": ' + "9" * 5000 + "}}}", "a: x", 1),
        ('{"properties": {"a": {"maximum": NaN}}}', "a: 1", 1),
        ('{"required": ["b"], "required": []}', "a: 1", 1),
        ('{"required": ["\\ud800\\u001b[31m"]}', "a: 1", 1),
    ],
    ids=range(11),
)
def test_odd_schemas_are_judged_in_time(schema: Any, values: str, count: int) -> None:
    assert len(said_of(schema, values)) == count


# -- size


@pytest.mark.parametrize("shape", SHAPES)
def test_time_is_in_proportion_to_size(shape: str) -> None:
    for _ in range(3):  # a busy machine may slow one of the two down
        small, _ = took(SHAPES[shape](40_000))
        large, _ = took(SHAPES[shape](160_000))
        if large < 1 or large < 8 * small:
            return
    pytest.fail(f"{small:.2f} s for 40 kB, {large:.2f} s for 160 kB")


def test_every_expression_takes_time_in_proportion_to_the_text() -> None:
    command = [sys.executable, "-m", "tests.hostile", "expressions", "12000"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300)
    told = json.loads(run.stdout)
    assert told["slow"] == []
    assert told["expressions"] > 80


# -- what is printed


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose names and texts are hostile, and a container beside it."""
    home = tmp_path_factory.mktemp("hostile")
    names = creatable(home, FILE_NAMES if os.name != "nt" else [])
    write(home / "n", [(name, LINES[at % len(LINES)] + b"\n") for at, (name, _) in enumerate(names)])
    blocks = [(b"%d" % at, name, b"words.\n") for at, name in enumerate(BLOCK_NAMES)]
    (home / "h.bundle").write_bytes(b"".join(container.pack(blocks)))
    (home / "settings").mkdir()
    (home / "settings" / "validate.yaml").write_text('exclude: ["\\u001b[31m\\n::error::owned\\u202e"]\n')
    return home


@posix
@pytest.mark.parametrize(
    "words",
    [
        ["check", ".", "--show-files"],
        ["check", ".", "--statistics"],
        ["fix", ".", "--select", "TXT004"],
        ["index", ".", "--check"],
        ["pack", ".", "-o", "../new.bundle"],
        ["unpack", "../h.bundle", "-d", "::error::owned"],
        ["diff", ".", "../h.bundle"],
        ["diff", ".", "../h.bundle", "--output-format", "json"],
        ["diff", ".", "../h.bundle", "--output-format", "markdown"],
        ["baseline", "update", ".", "--baseline", "../::error::\x1b[31m.json"],
        ["config", "show", "../settings"],
        ["config", "schema", "\x1b[31m\n::error::owned"],
    ],
    ids=lambda words: " ".join(words[:1] + words[2:3]).replace("\x1b", "ESC"),
)
def test_no_command_prints_what_is_obeyed(shelf: Path, words: list[str]) -> None:
    kept = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "GITHUB_ACTIONS": "true"}
    command = [sys.executable, "-m", "validator", *words]
    run = subprocess.run(command, cwd=shelf / "n", env=kept, capture_output=True, timeout=60)
    assert run.returncode in (0, 1, 2)
    for output in (run.stdout, run.stderr):
        assert_harmless(output)
        assert obeyed(output) == []
