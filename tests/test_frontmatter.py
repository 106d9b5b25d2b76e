"""Front matter gives plain values in their places, refuses what can grow, and no bytes make it stumble."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import ROOT
from validator import engine, frontmatter, trees
from validator.frontmatter import FrontMatter
from validator.model import Options


def read(text: str | bytes) -> FrontMatter:
    body = text.encode() if isinstance(text, str) else text
    found = frontmatter.read(b"---\n" + body + b"---\nText.\n")
    assert found is not None
    return found


def problem(text: str) -> str:
    error = read(text).error
    assert error is not None
    return error.detail


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("words", "words"),
        ("'7'", "7"),
        ("7", 7),
        ("-0.5e3", -500.0),
        ("true", True),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("0755", "0755"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("+1", "+1"),
        ("12:30:45", "12:30:45"),
        ("2024-05-31", "2024-05-31"),
        ("2024-13-45", "2024-13-45"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("٣", "٣"),
        ("9" * 5000, "9" * 5000),
        ("[a, {b: 1}]", ["a", {"b": 1}]),
        ("|\n  one\n  two", "one\ntwo\n"),
    ],
)
def test_scalars_mean_what_json_means(scalar: str, value: object) -> None:
    found = read(f"key: {scalar}\n")
    assert found.error is None
    assert found.values == {"key": value}
    assert type(found.values["key"]) is type(value)


@pytest.mark.parametrize("text", ["", "\n", "# words\n", "{}\n", "null\n"])
def test_empty_front_matter_is_an_empty_mapping(text: str) -> None:
    found = read(text)
    assert (found.values, found.error) == ({}, None)


@pytest.mark.parametrize(
    "data", [b"", b"---", b"---\n", b"--- x\n---\n", b" ---\n---\n", b"\n---\n---\n", b"----\n---\n"]
)
def test_no_front_matter(data: bytes) -> None:
    assert frontmatter.read(data) is None


@pytest.mark.parametrize(
    ("text", "said", "written"),
    [
        ("- a\n", "not a mapping", ""),
        ("words\n", "not a mapping", "words"),
        ("a: b: c\n", "holds a colon", ""),
        ("a: [\n", "never closed", ""),
        ("\ta: 1\n", "a tab", ""),
        ("a: &x 1\n", "anchors", "&x 1"),
        ("a: *x\n", "aliases", "*x"),
        ("<<: {a: 1}\n", "merge", "<<"),
        ("a: !!python/object:os.system x\n", "tags", "!!python/object:os.system x"),
        ("? [a]\n: b\n", "a key must", "["),
        ("%YAML 1.1\n--- {}\n--- {}\n", "more than one", "---"),
        ("a: " + "[" * 100 + "\n", "64 levels", "["),
    ],
)
def test_what_is_refused(text: str, said: str, written: str) -> None:
    data = b"---\n" + text.encode() + b"---\n"
    found = frontmatter.read(data)
    assert found is not None
    assert found.error is not None
    assert said in found.error.detail
    assert data[found.error.span.start : found.error.span.end].decode() == written
    assert found.values == {}


@pytest.mark.parametrize(
    ("text", "before"), [("a: b: c\n", "a: b"), ("é: 1\nb: [\n", "é: 1\nb: [\n"), ("a: 1\n\tb: 2\n", "a: 1\n")]
)
def test_an_error_is_shown_where_it_was_noticed(text: str, before: str) -> None:
    error = read(text).error
    assert error is not None
    assert error.span.start == len(b"---\n" + before.encode())


def test_a_quoted_merge_key_is_a_key() -> None:
    assert read("'<<': 1\n").values == {"<<": 1}


def test_front_matter_that_is_too_large() -> None:
    assert "65,536 are the limit" in problem(f"a: {'x' * frontmatter.SIZE_LIMIT}\n")


@pytest.mark.parametrize(
    "unit", ["[", "{", "- ", "? ", "a: {", "[a, ", '"\\', "&a ", "!a ", "- - \n", "%", "''", "| ", "\t"]
)
@pytest.mark.parametrize("count", [1000, 30_000])
def test_no_nesting_takes_it_long(unit: str, count: int) -> None:
    frontmatter.read(b"---\n" + (unit * count).encode()[: frontmatter.SIZE_LIMIT - 20] + b"\n---\n")


def test_repeated_keys_are_told_with_their_places() -> None:
    data = "---\né: 1\nb: {c: 1, c: [x]}\né: {d: 2, d: 3}\n---\n".encode()
    found = frontmatter.read(data)
    assert found is not None
    assert found.values == {"é": 1, "b": {"c": 1}}
    assert [(key, data[span.start : span.end].decode()) for key, span in found.repeated] == [
        ("c", "c"),
        ("é", "é"),
        ("d", "d"),
    ]
    starts = [span.start for _, span in found.repeated]
    assert starts == sorted(starts)


def test_keys_and_items_have_places() -> None:
    data = b"\xef\xbb\xbf---\r\nlist:\r\n- one\r\n- \xc3\xa9: two\r\n...\r\n"
    found = frontmatter.read(data)
    assert found is not None
    written = {path: data[span.start : span.end].decode() for path, span in found.spans.items()}
    assert written == {(): "---", ("list",): "list", ("list", 0): "one", ("list", 1): "", ("list", 1, "é"): "é"}


keys = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("abc é:#-'\"[]{}\\", max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_json_is_read_as_json(mapping: dict[str, Any]) -> None:
    text = "".join(f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(value)}\n" for key, value in mapping.items())
    data = b"---\n" + text.encode() + b"---\n"
    found = frontmatter.read(data)
    assert found is not None
    assert (found.values, found.error, found.repeated) == (mapping, None, ())
    for key in mapping:
        span = found.spans[key,]
        assert json.loads(data[span.start : span.end]) == key


@given(
    st.lists(
        st.sampled_from(
            [
                *("a", "b: ", "- ", "[", "]", "{", "}", ",", "\n", "  ", "'", '"', "|", ">", "#", "&a", "*a", "!t"),
                *("<<: ", "é", "---", "...", "\n---\n", "? ", "\t", "\x00", "\x85", "\u2028", "%", "@", "`", "\r"),
                *("12", "~", "\\x", '"\\ud800"'),
            ]
        ),
        max_size=30,
    ).map(lambda parts: "".join(parts).encode())
    | st.binary(max_size=60)
)
def test_no_bytes_make_it_stumble(body: bytes) -> None:
    data = b"---\n" + body + b"\n---\n"
    found = frontmatter.read(data)
    assert found is not None
    spans = [*found.spans.values(), *(span for _, span in found.repeated), *([found.error.span] if found.error else [])]
    for span in spans:
        assert 0 <= span.start <= span.end <= len(data)
    if found.error is not None:
        assert found.values == {}
        assert found.error.detail
        assert "\n" not in found.error.detail


def check(tree: dict[str, bytes]) -> list[str]:
    report = engine.check([trees.Memory(tree)], Options(select=("MET",)))
    return [
        f"{finding.code} {finding.path}:{finding.line}:{finding.column} {finding.message}"
        for finding in report.findings
    ]


def governed(schema: str, document: bytes, name: str = "a.md") -> dict[str, bytes]:
    tree = {"s/schema.json": schema.encode(), "s/a.md": b"---\n---\n"}
    del tree["s/a.md"]
    return {**tree, "INDEX.md": b"---\nmetadata: ./s/schema.json\n---\n- `a.md`\n", name: document}


def test_documents_are_held_to_the_schema_of_their_index() -> None:
    schema = '{"required": ["title"]}'
    assert check(governed(schema, b"---\ntitle: A\n---\n")) == []
    (found,) = check(governed(schema, b"---\nname: A\n---\n"))
    assert found.startswith("MET003 a.md:1:1 ")
    assert "'title' is missing" in found
    assert len(check(governed(schema, b"Text.\n"))) == 1
    assert check(governed(schema, b"Text.\n", "a.txt")) == []
    assert len(check(governed(schema, b"---\n---\n", "a.txt"))) == 1


def test_a_nested_index_has_its_own_schema_or_none() -> None:
    tree = governed('{"required": ["title"]}', b"---\ntitle: A\n---\n")
    tree["below/INDEX.md"] = b"- `b.md`\n"
    tree["below/b.md"] = b"---\n- words\n---\n"
    assert check(tree) == []
    tree["below/INDEX.md"] = b"---\nmetadata: own.json\n---\n- `b.md`\n"
    tree["below/own.json"] = b"{}"
    assert [line.split(" front")[0] for line in check(tree)] == ["MET001 below/b.md:2:1 the"]


def test_the_index_of_a_container_may_name_a_block_as_schema() -> None:
    packed = b"<<<FILE I INDEX.md>>>\n---\nmetadata: schema.json\n---\n- `a.md`\n\n<<<FILE S schema.json>>>\n"
    packed += b'{"required": ["title"]}\n<<<FILE 1 a.md>>>\n---\nname: A\n---\n\n<<<END 3>>>\n'
    assert [line[:24] for line in check({"all.bundle": packed})] == ["MET003 all.bundle:10:1 t"]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "no JSON object"),
        ("[" * 100_000, "is not JSON"),
        ('{"type": 5}', "no JSON Schema"),
        ('{"$ref": "http://localhost:9/x"}', "never fetched"),
        ('{"$ref": "file:///etc/passwd"}', "never fetched"),
        ('{"properties": {"a": {"$ref": "other.json"}}}', "never fetched"),
        ('{"$ref": "#/nowhere"}', "not there"),
        ('{"$ref": "#"}', "without end"),
        ('{"properties": {"a": {"pattern": "(?=a)"}}}', "(?=a"),
        ('{"patternProperties": {"a": {}}}', "patternProperties"),
        ('{"properties":' * 400 + "{}" + "}" * 400, "nested too deeply"),
        (" " * 300_000 + "{}", "limit"),
    ],
)
def test_a_schema_that_cannot_be_used_is_told_once_at_its_index(schema: str, said: str) -> None:
    (found,) = check({**governed(schema, b"---\na: 1\n---\n"), "b.md": b"---\na: 1\n---\n"})
    assert found.startswith("MET003 INDEX.md:2:1 ")
    assert said in found


@pytest.mark.parametrize(
    ("name", "said"),
    [("../schema.json", "leads out"), ("/etc/passwd", "leads out"), ("none.json", "not there"), ("s", "not there")],
)
def test_a_schema_that_is_not_there(name: str, said: str) -> None:
    (found,) = check({"INDEX.md": f"---\nmetadata: {name}\n---\n- `s/a`\n".encode(), "s/a": b"x"})
    assert found.startswith("MET003 INDEX.md:2:1 ")
    assert said in found


@pytest.mark.parametrize(
    ("schema", "values", "problems"),
    [
        ('{"properties": {"a": {"pattern": "^(a+)+$"}}}', "a: " + "a" * 30_000 + "b", ["does not match"]),
        ('{"properties": {"a": {"uniqueItems": true}}}', f"a: {[{'b': n} for n in range(4000)]}", []),
        ('{"properties": {"a": {"uniqueItems": true}}}', "a: [1, 1.0]", ["twice"]),
        ('{"properties": {"a": {"uniqueItems": true}}}', "a: [1, true, '1', [1], {b: 1}, null]", []),
        ('{"properties": {"a": {"type": "string"}}}', "a: 1984", ["1984 is not of type 'string'"]),
        ('{"properties": {"a": {"format": "date"}}}', "a: 2024-02-30", ["is not a 'date'"]),
        (
            '{"properties": {"a": true}, "additionalProperties": false}',
            "b: 1\nc: 2",
            ["'b' is not known", "'c' is not known"],
        ),
        ('{"enum": [{"pattern": "("}]}', "pattern: (", []),
        ('{"properties": {"pattern": {"type": "string"}}}', "pattern: (", []),
        ('{"$defs": {"t": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/t"}}}', "a: []", ["a: [] is not"]),
    ],
)
def test_violations(schema: str, values: str, problems: list[str]) -> None:
    found = check(governed(schema, f"---\n{values}\n---\n".encode()))
    assert len(found) == len(problems)
    for line, problem in zip(found, problems, strict=True):
        assert problem in line
        assert len(line) < 500


def test_a_schema_that_grows_without_end_is_stopped() -> None:
    definitions: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    schema = {"$defs": {**definitions, "d40": {}}, "properties": {"a": {"$ref": "#/$defs/d0"}}}
    (found,) = check(governed(json.dumps(schema), b"---\na: 1\n---\n"))
    assert "steps for one document" in found


def test_nothing_is_imported_where_no_front_matter_is() -> None:
    program = (
        "import sys\nfrom validator import engine, trees\nfrom validator.model import Options\n"
        "tree = {'INDEX.md': b'- `a.txt`\\n- `b.md`\\n',\n"
        "'a.txt': b'---\\na: [\\n---\\n', 'b.md': b'---\\na [\\n---\\n'}\n"
        "engine.check([trees.Memory(tree)], Options(select=('ALL',)))\n"
        "sys.exit(bool({'yaml', 'jsonschema', 'json'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=60).returncode == 0


def test_a_schema_that_asks_too_much_is_stopped() -> None:
    alternatives = {"properties": {"l": {"items": {"anyOf": [{"const": number} for number in range(9000)]}}}}
    text = b"---\nl: [" + b",".join([b"x"] * 30_000) + b"]\n---\n"
    started = time.process_time()
    (found,) = check(governed(json.dumps(alternatives), text))
    assert "steps for one document" in found
    assert time.process_time() - started < 30


@pytest.mark.parametrize("schema", ['{"x":{"$ref":[1]}}', '{"x":{"properties":[1]}}', '{"x":{"$dynamicRef":3}}'])
def test_nonsense_below_unknown_keywords_is_no_matter(schema: str) -> None:
    assert check(governed(schema, b"---\nl: 1\n---\n")) == []
