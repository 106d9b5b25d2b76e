"""What is allowed is let pass, nothing else is, and what is allowed for nothing is said."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import said, validate
from tests.strategies import Tree, clean_trees, spoil
from validator import engine, faults
from validator.model import Finding, Options, Report
from validator.rule import Rule
from validator.rules import catalogue
from validator.trees import Memory

patient = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
DOCUMENT_RULES = [
    rule for rule in catalogue() if rule.scope == "document" and rule.default and rule.code[:3] in ("ENC", "TXT")
]


def checked(tree: Tree, **options: object) -> Report:
    return engine.check([Memory(tree)], Options(**options))  # type: ignore[arg-type]


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def index(*rows: str, columns: str = "name | allow") -> bytes:
    width = columns.count("|") + 1
    return "\n".join([f"| {columns} |", "|--" * width + "|", *rows, ""]).encode()


def with_front_matter(tree: Tree, allowed: str) -> Tree:
    return {**tree, "INDEX.md": f"---\nallow:\n{allowed}---\n".encode() + tree["INDEX.md"]}


def place(finding: Finding) -> tuple[str, str, str | None, int | None]:
    return finding.code, finding.path, finding.document, finding.byte_start


# In the index


def test_a_cell_allows_a_rule_for_its_document() -> None:
    tree = {"INDEX.md": index("| a.txt | TXT004: from the instrument |", "| b.txt | |"), "a.txt": b"x", "b.txt": b"y"}
    report = checked(tree)
    assert [(f.code, f.path) for f in report.findings] == [("TXT004", "b.txt")]
    (one,) = report.suppressed
    assert (one.finding.code, one.finding.path, one.by, one.reason) == (
        "TXT004",
        "a.txt",
        "index",
        "from the instrument",
    )
    assert report.count("warning") == 1


@pytest.mark.parametrize(
    "cell",
    [
        "missing-final-newline, ENC005: from the instrument",
        "TXT004: from the instrument; control-character: a bell; nothing",
        "`TXT004`: from the instrument; `ENC005`: why: it rings",
    ],
)
def test_several_rules_in_a_cell(cell: str) -> None:
    report = checked({"INDEX.md": index(f"| a.txt | {cell} |"), "a.txt": b"x\x07y"})
    assert sorted(one.finding.code for one in report.suppressed) == ["ENC005", "TXT004"]
    assert codes(report) == (["VAL005"] if "nothing" in cell else [])


def test_what_is_said_of_a_document_on_its_row_is_allowed_too() -> None:
    rows = index("| a.txt | IDX002: it comes tomorrow |", "| b.txt | |")
    report = checked({"INDEX.md": rows})
    assert [(f.code, f.line) for f in report.findings] == [("IDX002", 4)]
    assert [one.finding.line for one in report.suppressed] == [3]


def test_front_matter_allows_by_name_and_by_pattern() -> None:
    tree = {"INDEX.md": b"- `logs/a.txt`\n- `logs/b.txt`\n- `c.txt`\n", "logs/a.txt": b"x", "logs/b.txt": b"y"}
    whole = with_front_matter({**tree, "c.txt": b"z"}, "  logs/*: {TXT004: logs end so}\n  c.txt: {TXT004: as sent}\n")
    report = checked(whole)
    assert codes(report) == []
    assert [one.reason for one in report.suppressed] == ["as sent", "logs end so", "logs end so"]


def test_a_nested_index_speaks_for_its_own_folder() -> None:
    inner = index("| a.txt | TXT004: as sent |")
    tree = {"INDEX.md": b"- `in/INDEX.md`\n- `a.txt`\n", "a.txt": b"x", "in/INDEX.md": inner, "in/a.txt": b"x"}
    assert [(f.code, f.path) for f in checked(tree).findings] == [("TXT004", "a.txt")]


@pytest.mark.parametrize("name", ["letters/one.txt", "letters/all.bundle#one.txt"])
def test_blocks_of_a_container_under_the_folder_index(name: str) -> None:
    packed = b"<<<FILE 1 one.txt>>>\nx\x07y\n\n<<<FILE 2 two.txt>>>\nx\x07y\n\n<<<END 2>>>\n"
    rows = index(f"| {name} | ENC005: a bell |", "| letters/two.txt | |", "| letters/all.bundle | |")
    report = checked({"INDEX.md": rows, "letters/all.bundle": packed})
    assert [(f.code, f.document) for f in report.findings] == [("ENC005", "two.txt")]
    assert [one.finding.document for one in report.suppressed] == ["one.txt"]


def test_an_index_inside_a_container() -> None:
    inside = index("| one.txt | ENC005: a bell |", "| two.txt | |").decode()
    packed = f"<<<FILE INDEX INDEX.md>>>\n{inside}\n<<<FILE 1 one.txt>>>\nx\x07y\n\n<<<FILE 2 two.txt>>>\nx\x07y\n\n"
    report = engine.check([Memory({"all.bundle": f"{packed}<<<END 3>>>\n".encode()}, is_folder=False)], Options())
    assert [(f.code, f.document) for f in report.findings] == [("ENC005", "two.txt")]
    assert [one.finding.document for one in report.suppressed] == ["one.txt"]


def test_what_is_said_of_a_row_is_not_said_of_the_index() -> None:
    tree = {"INDEX.md": b"- `notes.md`\n- `gone.txt`", "notes.md": b"x\n"}
    report = checked(with_front_matter(tree, "  '*.md': {IDX002: drafts come later, TXT004: as sent}\n"))
    assert codes(report) == ["VAL004", "IDX002"]
    assert [(one.finding.code, one.finding.path) for one in report.suppressed] == [("TXT004", "INDEX.md")]


NESTED = {"0/in/INDEX.md": b"- `a.txt`\n- `gone.txt`", "0/in/a.txt": b"x", "0/b.txt": b"y"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_index_does_not_speak_for_what_another_one_governs(jobs: int) -> None:
    above = b"- `0/b.txt`\n- `0/in/INDEX.md`\n"
    tree = with_front_matter({**NESTED, "INDEX.md": above}, "  '*': {TXT004: as sent, IDX002: later}\n")
    report = engine.check([Memory(tree)], Options(), means=engine.Means(jobs=jobs))
    assert [(f.code, f.path) for f in report.findings if f.code != "VAL004"] == [
        ("IDX002", "0/in/INDEX.md"),
        ("TXT004", "0/in/a.txt"),
    ]
    assert {one.finding.path for one in report.suppressed} == {"0/b.txt", "0/in/INDEX.md"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_index_below_is_a_document_of_the_one_above(jobs: int) -> None:
    rows = index("| 0/b.txt | TXT004: as sent |", "| 0/in/INDEX.md | TXT004: as sent; IDX002: later |")
    report = engine.check([Memory({**NESTED, "INDEX.md": rows})], Options(), means=engine.Means(jobs=jobs))
    assert [(f.code, f.path) for f in report.findings] == [
        ("IDX002", "0/in/INDEX.md"),
        ("TXT004", "0/in/a.txt"),
        ("VAL004", "INDEX.md"),
    ]


def test_an_index_does_not_speak_for_a_container_with_its_own() -> None:
    packed = b"<<<FILE I INDEX.md>>>\n- `one.txt`\n\n<<<FILE 1 one.txt>>>\nx\x07y\n\n<<<END 2>>>\n"
    allowed = "  '*': {ENC005: a bell}\n  all.bundle#one.txt: {ENC005: a bell}\n"
    report = checked(with_front_matter({"INDEX.md": b"- `all.bundle`\n", "all.bundle": packed}, allowed))
    assert codes(report) == ["VAL004", "VAL004", "ENC005"]


def test_only_the_first_index_of_a_container_allows_anything() -> None:
    real = index("| one.txt | ENC005: a bell |").decode()
    other = "x" * real.index("| one.txt") + "\x07\n"
    packed = (
        f"<<<FILE I INDEX.md>>>\n{real}\n<<<FILE J INDEX.md>>>\n{other}\n<<<FILE 1 one.txt>>>\nx\x07y\n\n<<<END 3>>>\n"
    )
    report = engine.check([Memory({"all.bundle": packed.encode()}, is_folder=False)], Options())
    assert [(f.code, f.document) for f in report.findings if f.code.startswith("ENC")] == [("ENC005", "INDEX.md")]


def test_a_document_allows_nothing_in_itself() -> None:
    own = b"---\nallow:\n  a.md: {TXT004: so}\n  '*': {TXT004: so}\n---\nx"
    assert codes(checked({"INDEX.md": b"- `a.md`\n", "a.md": own})) == ["TXT004"]


@pytest.mark.parametrize("name", ["a[1].txt", "a?.txt", "*.txt"])
def test_the_name_of_a_document_is_no_pattern(name: str) -> None:
    tree = {"INDEX.md": f"- `{name}`\n- `a1.txt`\n".encode(), name: b"x", "a1.txt": b"y"}
    report = checked(with_front_matter(tree, f"  '{name}': {{TXT004: as sent}}\n"))
    assert [f.path for f in report.findings if f.code == "TXT004"] == ["a1.txt"]
    assert [one.finding.path for one in report.suppressed] == [name]


def test_what_is_allowed_twice_is_used_twice() -> None:
    rows = index("| a.txt | TXT004: as sent |")
    tree = with_front_matter({"INDEX.md": rows, "a.txt": b"x"}, "  '*.txt': {TXT004: as sent}\n")
    report = checked(tree, per_file_ignores=(("a.txt", ("TXT004",)),))
    assert codes(report) == []
    assert [one.by for one in report.suppressed] == ["settings"]


PATTERNS = st.text("ab*?[]!-/.x", max_size=6)


@patient
@given(
    tree=clean_trees(),
    seed=st.integers(0, 1 << 32),
    ignored=st.lists(st.tuples(PATTERNS, st.sampled_from(["ALL", "TXT", "ENC", "IDX", "NAM013", "missing-document"]))),
)
def test_what_the_settings_allow_is_kept_apart_and_never_lost(
    tree: Tree, seed: int, ignored: list[tuple[str, str]]
) -> None:
    spoil(tree, Random(seed).choice(DOCUMENT_RULES), Random(seed))
    all_listed = {"max_findings": 10_000}
    whole = checked(tree, **all_listed)
    report = checked(tree, **all_listed, per_file_ignores=tuple((pattern, (rule,)) for pattern, rule in ignored))
    found = [*report.findings, *(one.finding for one in report.suppressed)]
    assert sorted(repr(f) for f in found if f.code != "VAL004") == sorted(map(repr, whole.findings))


CELLS = st.text("TXCN0245:;, `\\x\u202e\x07", max_size=30)


@patient
@given(cells=st.lists(CELLS, min_size=1, max_size=4), front=st.dictionaries(PATTERNS, CELLS, max_size=3))
def test_any_permission_is_obeyed_or_told(cells: list[str], front: dict[str, str]) -> None:
    rows = index(*(f"| {number}.txt | {cell} |" for number, cell in enumerate(cells)))
    allowed = "---\nallow: " + json.dumps({pattern: {cell: "so"} for pattern, cell in front.items()}) + "\n---\n"
    tree = {f"{number}.txt": b"x" for number in range(len(cells))}
    report = checked({**tree, "INDEX.md": allowed.encode() + rows})
    found = [f.path for f in report.findings if f.code == "TXT004"]
    assert sorted(found + [one.finding.path for one in report.suppressed]) == sorted(tree)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("TXT004", "it gives no reason"),
        ("TXT004:", "it gives no reason"),
        ("TXT004: ; ", "it gives no reason"),
        (": because", "it names no rule"),
        ("TXT: because", "'TXT' names more than one rule"),
        ("ALL: because", "'ALL' names more than one rule"),
        ("mojibak: because", "did you mean mojibake?"),
        ("VAL003: because", "which cannot be allowed"),
        ("VAL004: because", "which cannot be allowed"),
        ("malformed-suppression: because", "which cannot be allowed"),
        ("x" * 100_000 + ": because", "no rule is called"),
    ],
)
def test_what_cannot_be_obeyed_lets_nothing_pass(cell: str, problem: str) -> None:
    report = checked({"INDEX.md": index(f"| a.txt | {cell} |"), "a.txt": b"x"})
    assert codes(report)[:1] == ["VAL005"]
    assert problem in report.findings[0].message
    assert len(report.findings[0].message) < 300
    assert (report.findings[0].line, report.findings[0].column) == (3, 11)
    assert codes(report)[-1] == "TXT004"
    assert report.suppressed == ()


def test_front_matter_of_another_form_is_told_by_the_schema() -> None:
    for allowed in (
        "allow: everything\n",
        "allow: [a.txt]\n",
        "allow: {a.txt: TXT004}\n",
        "allow: {a.txt: {TXT004: 3}}\n",
    ):
        tree = {"INDEX.md": f"---\n{allowed}---\n- `a.txt`\n".encode(), "a.txt": b"x"}
        assert sorted(codes(checked(tree))) == ["MET003", "TXT004"], allowed


@patient
@given(tree=clean_trees(), rule=st.sampled_from(DOCUMENT_RULES), seed=st.integers(0, 1 << 32))
def test_allowing_what_was_found_takes_away_just_that(tree: Tree, rule: Rule, seed: int) -> None:
    spoil(tree, rule, Random(seed))
    before = checked(tree)
    allowed = {(f.path, f.code) for f in before.findings if f.code.startswith(("ENC", "TXT")) and f.document is None}
    names = {path for path, _ in allowed}
    merged = "".join(
        f'  "{path}":\n' + "".join(f"    {code}: as planted\n" for at, code in sorted(allowed) if at == path)
        for path in sorted(names)
    )
    assert allowed
    after = checked(with_front_matter(tree, merged))
    gone = Counter((f.code, f.path) for f in before.findings) - Counter((f.code, f.path) for f in after.findings)
    assert set(gone) == {(code, path) for path, code in allowed}
    assert not {"VAL004", "VAL005"} & set(codes(after))


# What nobody needs


@patient
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_each_permission_for_nothing_is_one_finding(tree: Tree, seed: int) -> None:
    random = Random(seed)
    rules = random.sample(DOCUMENT_RULES, random.randint(1, 3))
    name = faults.pick(tree, random, loose=True).file  # type: ignore[arg-type]
    allowed = f'  "{name}":\n' + "".join(f"    {rule.name}: for nothing\n" for rule in rules)
    assert codes(checked(with_front_matter(tree, allowed))) == ["VAL004"] * len(rules)


def test_a_rule_that_was_not_asked_is_not_called_unused() -> None:
    tree = {"INDEX.md": index("| a.txt | TXT005: as sent |"), "a.txt": b"x\n"}
    assert codes(checked(tree)) == []
    assert codes(checked(tree, extend_select=("TXT005",))) == ["VAL004"]
    tree = {"INDEX.md": index("| a.txt | TXT004: as sent |"), "a.txt": b"x\n"}
    assert codes(checked(tree)) == ["VAL004"]
    assert codes(checked(tree, ignore=("TXT004",))) == []
    assert codes(checked(tree, ignore=("VAL004",))) == []
    assert codes(checked(tree, only=frozenset())) == []


def test_where_not_all_was_read_nothing_is_called_unused() -> None:
    tree = {"INDEX.md": index("| a.txt | TXT004: as sent |"), "a.txt": b"x" * 100}
    assert codes(checked(tree, max_document_size=90)) == ["VAL003"]


@pytest.mark.parametrize(("cell", "code"), [("TXT004: so", "VAL004"), ("nonesuch$: so", "VAL005")])
def test_many_permissions_for_nothing_are_counted(cell: str, code: str) -> None:
    rows = index(*(f"| {number}.txt | {cell.replace('$', str(number))} |" for number in range(300)))
    report = checked({"INDEX.md": rows, **{f"{number}.txt": b"x\n" for number in range(300)}})
    assert codes(report) == [code] * 10
    assert report.count("error") + report.count("warning") == 300


@pytest.mark.parametrize(
    ("pattern", "selector", "unused"),
    [
        ("a.txt", "TXT004", 0),
        ("*.txt", "TXT", 0),
        ("b.txt", "TXT004", 1),
        ("a.txt", "ENC001", 1),
        ("elsewhere/*.txt", "TXT004", 1),
        ("*.csv", "TXT004", 1),
        ("b.txt", "TXT005", 0),
    ],
)
def test_settings_that_belong_to_the_collection(pattern: str, selector: str, unused: int) -> None:
    tree = {"INDEX.md": b"- `a.txt`\n- `b.txt`\n", "a.txt": b"x", "b.txt": b"y\n"}
    report = checked(tree, per_file_ignores=((pattern, (selector,)),))
    assert codes(report).count("VAL004") == unused


def test_settings_that_many_collections_share(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "INDEX.md").write_bytes(b"- `a.txt`\n")
    (tmp_path / "seeds" / "a.txt").write_bytes(b"x\n")
    for pattern, is_told in [("*.csv", False), ("other/*", False), ("a.txt", True), ("seeds/*.csv", True)]:
        (tmp_path / "validate.yaml").write_text(f"per-file-ignores:\n  '{pattern}': [TXT004]\n")
        run = validate("seeds", cwd=tmp_path)
        assert (b"VAL004" in run.stdout) == is_told, pattern
        assert run.returncode == 0
        if is_told:
            assert b"--> validate.yaml\n" in run.stdout
    (tmp_path / "validate.yaml").write_text("per-file-ignores: {'*.csv': [TXT004]}\n")
    assert b"VAL004" in validate(".", cwd=tmp_path).stdout, "here nothing is left that could need it"
    assert b"VAL004" not in validate("seeds/a.txt", cwd=tmp_path).stdout


def test_a_listing_cut_short_hides_no_permission() -> None:
    rows = [f"| {number}.txt | |" for number in range(30)] + ["| last.txt | IDX002: it comes tomorrow |"]
    report = checked({"INDEX.md": index(*rows)})
    assert codes(report) == ["IDX002"] * 10
    assert report.count("error") == 30
    assert len(report.suppressed) == 1


@patient
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_the_number_of_processes_changes_nothing(tree: Tree, seed: int) -> None:
    random = Random(seed)
    spoil(tree, random.choice(DOCUMENT_RULES), random)
    name = faults.pick(tree, random, loose=True).file  # type: ignore[arg-type]
    allowed = f'  "{name}":\n' + "".join(f"    {rule.code}: as planted\n" for rule in DOCUMENT_RULES)
    options = Options(per_file_ignores=(("*.md", ("TXT",)),))
    trees = [Memory(with_front_matter(tree, allowed))]
    one = engine.check(trees, options)
    two = engine.check(trees, options, means=engine.Means(jobs=2))
    assert [place(f) for f in one.findings] == [place(f) for f in two.findings]
    assert one.suppressed == two.suppressed


# On the command line


@pytest.mark.parametrize("pattern", ["seeds/in/*.txt", "seeds/in", "in/a.txt", "in", "a.txt"])
def test_a_pattern_means_the_same_from_everywhere(tmp_path: Path, pattern: str) -> None:
    inner = tmp_path / "seeds" / "in"
    inner.mkdir(parents=True)
    (tmp_path / "seeds" / "INDEX.md").write_bytes(b"- `in/a.txt`\n")
    (inner / "a.txt").write_bytes(b"x")
    (tmp_path / "validate.yaml").write_text(f"per-file-ignores: {{'{pattern}': [TXT004]}}\n")
    runs = [
        validate("seeds", cwd=tmp_path),
        validate("./seeds/", cwd=tmp_path),
        validate(".", cwd=tmp_path / "seeds"),
        validate("..", cwd=inner),
        validate(tmp_path / "seeds", cwd=tmp_path.parent),
        validate(tmp_path / "seeds", cwd=inner),
    ]
    assert [run.stdout for run in runs if b"1 finding suppressed" not in run.stdout] == []


def test_the_folders_above_are_no_matter(tmp_path: Path) -> None:
    """A pattern without a slash fits any part of a name, but not of the path that leads to the collection."""
    seeds = tmp_path / "drafts" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "INDEX.md").write_bytes(b"- `a.txt`\n")
    (seeds / "a.txt").write_bytes(b"x")
    (seeds / "validate.yaml").write_text("per-file-ignores: {drafts: [TXT004]}\n")
    for run in (validate(seeds), validate("drafts/seeds", cwd=tmp_path), validate(seeds / "a.txt")):
        assert b"TXT004" in run.stdout


@pytest.mark.parametrize("name", [".validate.yaml", "pyproject.toml"])
def test_a_new_settings_file_hides_no_other(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[tool.validate]\n" if name.endswith("toml") else "fail-on: warning\n")
    run = validate("config", "init", cwd=tmp_path)
    assert (run.returncode, [file.name for file in tmp_path.iterdir()]) == (2, [name]), said(run)


def test_settings_are_found_unused_from_everywhere(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "INDEX.md").write_bytes(b"- `a.txt`\n")
    (tmp_path / "seeds" / "a.txt").write_bytes(b"x\n")
    (tmp_path / "seeds" / "validate.yaml").write_text("per-file-ignores: {'*.csv': [TXT004]}\n")
    for path, folder in (("seeds", tmp_path), (".", tmp_path / "seeds"), (str(tmp_path / "seeds"), tmp_path.parent)):
        assert b"VAL004" in validate(path, cwd=folder).stdout, path


def test_the_option_and_the_summary(tmp_path: Path) -> None:
    (tmp_path / "INDEX.md").write_bytes(index("| a.txt | TXT004: as sent |", "| b.csv | |"))
    (tmp_path / "a.txt").write_bytes(b"x")
    (tmp_path / "b.csv").write_bytes(b"\xef\xbb\xbfy\n")
    assert b"ENC002" in validate(tmp_path).stdout
    run = validate("check", tmp_path, "--per-file-ignores", "*.csv:utf8-bom", "--fail-on", "warning")
    assert (run.returncode, b"2 findings suppressed" in run.stdout) == (0, True), said(run)
    wrong = validate("check", tmp_path, "--per-file-ignores", "*.csv")
    assert wrong.returncode == 2
    assert b"write PATTERN:RULES" in wrong.stderr


def test_a_cached_verdict_still_tells_what_was_let_pass(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "INDEX.md").write_bytes(index("| a.txt | TXT004: as sent |"))
    (tmp_path / "seeds" / "a.txt").write_bytes(b"x")
    runs = [validate("seeds", "--cache", cwd=tmp_path).stdout for _ in range(3)]
    assert b"1 finding suppressed" in runs[0]
    assert len(set(runs)) == 1
    before = os.stat(tmp_path / "seeds" / "INDEX.md")
    (tmp_path / "seeds" / "INDEX.md").write_bytes(index("| a.txt | TXT005: as sent |"))
    os.utime(tmp_path / "seeds" / "INDEX.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert b"TXT004" in validate("seeds", "--cache", cwd=tmp_path).stdout
    (tmp_path / "validate.yaml").write_text("per-file-ignores: {'*.txt': [TXT004]}\n")
    assert b"1 finding suppressed" in validate("seeds", "--cache", cwd=tmp_path).stdout
    (tmp_path / "validate.yaml").unlink()
    assert b"TXT004" in validate("seeds", "--cache", cwd=tmp_path).stdout
