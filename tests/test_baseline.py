"""A baseline forgives what was there when it was written, and nothing else."""

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
from validator import baseline, engine
from validator.baseline import Baseline
from validator.model import Options, Report
from validator.rules import catalogue
from validator.trees import Memory

patient = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
RULES = [rule for rule in catalogue() if rule.default and not rule.code.startswith("VAL")]
EVERYTHING = Options(max_findings=baseline.MOST)
NEW = Baseline("baseline.json", Counter())


def checked(tree: Tree) -> Report:
    return engine.check([Memory(tree)], EVERYTHING)


def faulty(tree: Tree, seed: int) -> Tree:
    random = Random(seed)
    spoil(tree, random.choice(RULES), random)
    return tree


def forgiving(report: Report) -> Baseline:
    return baseline.updated(NEW, report, ["."], Options())


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def reread(one: Baseline, folder: Path) -> Baseline:
    file = folder / "baseline.json"
    file.write_text(baseline.written(one), encoding="utf-8")
    return baseline.load(str(file))


@patient
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_what_was_there_is_forgiven(tree: Tree, seed: int) -> None:
    report = checked(faulty(tree, seed))
    after = baseline.applied(forgiving(report), report, ["."], Options())
    assert codes(after) == []
    assert [one.finding for one in after.suppressed] == list(report.findings)
    assert {one.by for one in after.suppressed} == {"baseline"}
    assert baseline.pruned(forgiving(report), report, ["."], Options()) == forgiving(report)


@patient
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_what_is_gone_is_told_and_pruned(tree: Tree, seed: int) -> None:
    whole = checked(dict(tree))
    report = checked(faulty(tree, seed))
    after = baseline.applied(forgiving(report), whole, ["."], Options())
    assert set(codes(after)) == {"VAL004"}
    assert len(after.findings) == len({(finding.path, finding.code) for finding in report.findings})
    assert not baseline.pruned(forgiving(report), whole, ["."], Options()).counts
    narrowed = baseline.applied(forgiving(report), whole, ["."], Options(only=frozenset()))
    assert codes(narrowed) == [], "what was not looked at is not called gone"
    elsewhere = baseline.applied(forgiving(report), whole, ["other"], Options())
    assert codes(elsewhere) == []


LINES = st.lists(st.sampled_from(["", "A line.", "Ещё строка.", "- item"]), max_size=4)


@patient
@given(above=LINES, below=LINES)
def test_text_that_moves_keeps_its_pardon(above: list[str], below: list[str]) -> None:
    lines = ["One li\u200bne.", "A bell\x07.", "One li\u200bne."]
    before = {"a.txt": "\n".join([*lines, ""]).encode()}
    moved = {"a.txt": "\n".join([*above, *lines[:1], *below, *lines[1:], "End.", ""]).encode()}
    pardons = forgiving(engine.check([Memory(before, is_folder=False)], EVERYTHING))
    report = engine.check([Memory(moved, is_folder=False)], EVERYTHING)
    assert codes(baseline.applied(pardons, report, ["."], Options())) == []


def test_one_more_of_the_same_is_new() -> None:
    def document(times: int) -> Report:
        return engine.check([Memory({"a.txt": b"A bell\x07.\n" * times}, is_folder=False)], EVERYTHING)

    pardons = forgiving(document(3))
    assert codes(baseline.applied(pardons, document(3), ["."], Options())) == []
    assert codes(baseline.applied(pardons, document(4), ["."], Options())) == ["ENC005"]
    assert codes(baseline.applied(pardons, document(2), ["."], Options())) == ["VAL004"]
    many = baseline.applied(pardons, document(100), ["."], Options(max_findings=5))
    assert (codes(many), many.count("error")) == (["ENC005"] * 5, 97)


def test_another_change_of_a_changed_document_is_new() -> None:
    def collection(content: bytes) -> Report:
        rows = f"| name | sha256 |\n|--|--|\n| a.txt | {'0' * 64} |\n".encode()
        return engine.check([Memory({"INDEX.md": rows, "a.txt": content})], EVERYTHING)

    pardons = forgiving(collection(b"one\n"))
    assert codes(baseline.applied(pardons, collection(b"one\n"), ["."], Options())) == []
    assert codes(baseline.applied(pardons, collection(b"two\n"), ["."], Options())) == ["IDX006", "VAL004"]


PACKED = b"<<<FILE 0 a.txt>>>\n%b\n\n<<<END 1>>>\n"
CUT = b"".join(b"<<<FILE %d %d.txt>>>\nx\n\n" % (number, number) for number in range(3))
HIDDEN = "".join(chr(0xE0000 + ord(letter)) for letter in "an order that nobody can see, " * 20)


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        (
            "IDX005",
            {"INDEX.md": b"| name | bytes |\n|--|--|\n| a.txt | 7 |\n", "a.txt": b"one\n"},
            {"a.txt": b"other\n"},
        ),
        (
            "IDX015",
            {"INDEX.md": b"- `a.txt`\n- `all.bundle`\n", "a.txt": b"a\n", "all.bundle": PACKED % b"one"},
            {"all.bundle": PACKED % b"two"},
        ),
        (
            "CON014",
            {"INDEX.md": b"- `all.bundle`\n", "all.bundle": CUT + b"<<<END 5>>>\n"},
            {"all.bundle": CUT[: CUT.index(b"<<<FILE 2")] + b"<<<END 5>>>\n"},
        ),
        (
            "CON016",
            {"INDEX.md": b"- `all.bundle`\n", "all.bundle": CUT + b"<<<END 3>>>\nmore\n"},
            {"all.bundle": CUT + b"<<<END 3>>>\nmore\nand more\n"},
        ),
        (
            "MET003",
            {"INDEX.md": b"---\ndate: [1]\n---\n- `a.txt`\n", "a.txt": b"x\n"},
            {"INDEX.md": b"---\ndate: {a: 1}\n---\n- `a.txt`\n"},
        ),
        (
            "TXT009",
            {"INDEX.md": b"- `a.txt`\n", "a.txt": f"x{HIDDEN}y\n".encode()},
            {"a.txt": f"x{HIDDEN[:300]}{HIDDEN[7:10]}{HIDDEN[303:]}y\n".encode()},
        ),
    ],
)
def test_the_same_offence_with_other_content_is_new(code: str, one: Tree, other: Tree) -> None:
    before, after = checked(one), checked({**one, **other})
    assert code in codes(before)
    assert code in codes(after)
    assert codes(baseline.applied(forgiving(before), before, ["."], Options())) == []
    assert code in codes(baseline.applied(forgiving(before), after, ["."], Options()))


def test_the_row_of_an_index_may_be_aligned_anew() -> None:
    def collection(row: str) -> Report:
        rows = f"| name | title |\n|--|--|\n{row}\n".encode()
        return engine.check([Memory({"INDEX.md": rows})], EVERYTHING)

    pardons = forgiving(collection("| a.txt | The harbour |"))
    assert codes(baseline.applied(pardons, collection("|  a.txt   |  The harbour  |"), ["."], Options())) == []


@patient
@given(
    counts=st.dictionaries(
        st.tuples(st.text(min_size=1), st.sampled_from(["IDX002", "TXT008"]), st.text("0123456789abcdef", min_size=1)),
        st.integers(1, 1000),
    )
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[tuple[str, str, str], int]
) -> None:
    folder = tmp_path_factory.mktemp("written")
    assert reread(Baseline("", Counter(counts)), folder).counts == Counter(counts)
    shuffled = dict(reversed(list(counts.items())))
    assert baseline.written(Baseline("", Counter(shuffled))) == baseline.written(Baseline("", Counter(counts)))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1}', b'{"version": 1, "findings": {"a": 3}}', b"\xff",
     b'{"version": 1, "findings": {"a": {"b": {"c": -1}}}}', b'{"version": 1, "findings": {"a": {"b": {"c": true}}}}',
     b"[" * 100_000, b'{"version": 1, "findings": {"a": {"b": {"c": NaN}}}}', b'{"version": 1, "findings": []}',
     b'{"version": 1, "findings": {"a": {"b": {"c": 1e9}}}}', b'{"version": 1, "findings": {"a": {"b": ["c"]}}}',
     b'{"version": 1, "findings": {"a": {"b": {"c": 1%b}}}}' % (b"0" * 4000), b"1" * 5000,
     b'{"version": 1, "findings": {"a": {}, "a": {}}}', b'{"version": 1, "version": 1, "findings": {}}',
     b'\xef\xbb\xbf{"version": 1}', b'{"version": 1, "findings": {"\\ud800": {"\\u202e": {"": 0}}}}'],
)  # fmt: skip
def test_a_file_that_is_no_baseline_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "old.json").write_bytes(content)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_bytes(b"x\n")
    run = validate("check", "seeds", "--baseline", "old.json", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith(b"error: 'old.json' is no baseline: ")
    assert run.stderr.count(b"\n") == 1
    assert (tmp_path / "old.json").read_bytes() == content


def test_what_is_no_file_is_no_baseline(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_bytes(b"x\n")
    (tmp_path / "folder.json").mkdir()
    names = ["folder.json", "nonesuch.json"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.json")
        (tmp_path / "device.json").symlink_to(os.devnull)
        (tmp_path / "loop.json").symlink_to("loop.json")
        names += ["pipe.json", "device.json", "loop.json"]
    for name in names:
        for run in (
            validate("check", "seeds", "--baseline", name, cwd=tmp_path),
            validate("baseline", "prune", "seeds", "--baseline", name, cwd=tmp_path),
        ):
            assert run.returncode == 2, name
            assert run.stderr.startswith(b"error: "), said(run)
            assert run.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("path", "document", "lies"),
    [
        (".", "a.txt", True),
        (".", "in/a.txt", True),
        (".", "../a.txt", False),
        (".", "..", False),
        ("..", "../a.txt", True),
        ("..", "a.txt", True),
        ("..", "../../a.txt", False),
        ("seeds", "seeds", True),
        ("seeds", "seeds/a.txt", True),
        ("seeds", "seeds#a.txt", True),
        ("seeds", "seeds2/a.txt", False),
        ("seeds", "other/seeds/a.txt", False),
        ("seeds/../other", "other/a.txt", True),
        ("...", "a.txt", False),
        ("..x", "a.txt", False),
    ],
)
def test_a_baseline_speaks_of_what_is_checked(path: str, document: str, lies: bool) -> None:
    one = Baseline("baseline.json", Counter({(document, "TXT004", "0" * 32): 1}))
    left = baseline.pruned(one, Report(()), [path], Options())
    is_file = not os.path.isdir(path)
    assert (not left.counts) == lies, is_file


def test_of_a_file_no_index_is_judged() -> None:
    key = (Path(__file__).name, "IDX003", "0" * 32)
    one = Baseline(str(Path(__file__).parent / "baseline.json"), Counter({key: 1}))
    assert baseline.pruned(one, Report(()), [__file__], Options()).counts
    assert not baseline.pruned(one, Report(()), [str(Path(__file__).parent)], Options()).counts


def test_where_not_all_was_read_nothing_is_called_gone() -> None:
    one = Baseline("baseline.json", Counter({("a.txt", "TXT004", "0" * 32): 1}))
    assert codes(baseline.applied(one, Report(()), ["."], Options())) == ["VAL004"]
    assert codes(baseline.applied(one, Report((), incomplete=True), ["."], Options())) == []


def test_an_update_keeps_what_was_not_asked() -> None:
    keys = [("a.txt", "TXT004", "0" * 32), ("a.txt", "ENC005", "0" * 32), ("a.txt", "ABC999", "0" * 32)]
    one = Baseline("baseline.json", Counter(dict.fromkeys(keys, 1)))
    assert set(baseline.updated(one, Report(()), ["."], Options(select=("TXT",))).counts) == {keys[1]}
    assert set(baseline.pruned(one, Report(()), ["."], Options(ignore=("TXT",))).counts) == {keys[0]}


# On the command line


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with a collection in which something is wrong."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "INDEX.md").write_bytes(b"- `a.txt`\n- `gone.txt`\n")
    (seeds / "a.txt").write_bytes(b"no end")
    return tmp_path


def test_adopting_the_gate(shelf: Path) -> None:
    assert validate("seeds", cwd=shelf).returncode == 1
    run = validate("baseline", "update", "seeds", "--baseline", "old.json", cwd=shelf)
    assert (run.returncode, run.stdout) == (0, b"old.json: 2 findings in 2 documents\n")
    again = validate("check", "seeds", "--baseline", "old.json", cwd=shelf)
    assert (again.returncode, b"2 by the baseline" in again.stdout) == (0, True), said(again)

    (shelf / "seeds" / "a.txt").write_bytes(b"a bell\x07\n")
    new = validate("check", "seeds", "--baseline", "old.json", "--output-format", "concise", cwd=shelf)
    assert new.returncode == 1
    assert b"ENC005" in new.stdout
    assert b"old.json: warning[VAL004] 'TXT004' is allowed for 'seeds/a.txt'" in new.stdout

    pruned = validate("baseline", "prune", "seeds", "--baseline", "old.json", cwd=shelf)
    assert pruned.stdout == b"old.json: 1 finding in 1 document; 1 taken out\n"
    assert validate("baseline", "prune", "seeds", "--baseline", "old.json", cwd=shelf).stdout.endswith(
        b"; 0 taken out\n"
    )
    left = validate("check", "seeds", "--baseline", "old.json", "--output-format", "json", cwd=shelf)
    assert [finding["code"] for finding in json.loads(left.stdout)["findings"]] == ["ENC005"]


def test_the_same_file_serves_from_anywhere(shelf: Path) -> None:
    validate("baseline", "update", "seeds", "--baseline", "old.json", cwd=shelf)
    assert validate("check", ".", "--baseline", "../old.json", cwd=shelf / "seeds").returncode == 0
    assert validate("check", shelf / "seeds", "--baseline", shelf / "old.json", cwd=Path(os.sep)).returncode == 0


def test_the_setting_and_the_default_name(shelf: Path) -> None:
    (shelf / "validate.yaml").write_text("baseline: pardons.json\n")
    assert validate("seeds", cwd=shelf).returncode == 2, "a baseline that is not there forgives nothing"
    validate("baseline", "update", "seeds", cwd=shelf)
    assert (shelf / "pardons.json").exists()
    assert validate("seeds", cwd=shelf).returncode == 0
    assert validate(".", cwd=shelf / "seeds").returncode == 0
    assert validate("fix", "seeds", cwd=shelf).returncode == 0
    (shelf / "validate.yaml").unlink()
    assert validate("baseline", "update", "seeds", cwd=shelf).returncode == 0
    assert (shelf / ".validate-baseline.json").exists()


def test_a_baseline_inside_the_collection_is_no_document(shelf: Path) -> None:
    run = validate("baseline", "update", "seeds", "--baseline", "seeds/old.json", cwd=shelf)
    assert run.returncode == 0
    assert validate("check", "seeds", "--baseline", "seeds/old.json", cwd=shelf).returncode == 0


def test_other_collections_in_the_file_stay(shelf: Path) -> None:
    (shelf / "more").mkdir()
    (shelf / "more" / "a.txt").write_bytes(b"no end")
    validate("baseline", "update", "seeds", "more", "--baseline", "old.json", cwd=shelf)
    whole = (shelf / "old.json").read_bytes()
    validate("baseline", "update", "more", "--baseline", "old.json", cwd=shelf)
    validate("baseline", "prune", "more", "--baseline", "old.json", cwd=shelf)
    assert (shelf / "old.json").read_bytes() == whole
    assert b"VAL004" not in validate("check", "more", "--baseline", "old.json", cwd=shelf).stdout


def test_what_could_not_be_checked_is_not_forgiven(shelf: Path) -> None:
    (shelf / "validate.yaml").write_text("max-document-size: 3\n")
    run = validate("baseline", "update", "seeds", "--baseline", "old.json", cwd=shelf)
    assert run.returncode == 2
    assert b"not everything could be checked, so 'old.json' is left as it is" in run.stderr
    assert not (shelf / "old.json").exists()


def test_a_baseline_forgives_nothing_elsewhere(shelf: Path) -> None:
    """Not even where it says so, and another collection is checked in the same run."""
    (shelf / "more").mkdir()
    (shelf / "more" / "INDEX.md").write_bytes(b"- `a.txt`\n")
    (shelf / "more" / "a.txt").write_bytes(b"no end")
    validate("baseline", "update", ".", "--baseline", "seeds/pardons.json", cwd=shelf)
    (shelf / "seeds" / "validate.yaml").write_text("baseline: pardons.json\n")
    assert validate("seeds", cwd=shelf).returncode == 0
    run = validate("check", "seeds", "more", "--output-format", "concise", "--quiet", cwd=shelf)
    assert run.stdout.startswith(b"more/a.txt:1:7: warning[TXT004]"), said(run)


def test_every_collection_has_its_own_limit_and_baseline(tmp_path: Path) -> None:
    for name, times in (("one", 30), ("two", 30)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "INDEX.md").write_bytes(b"".join(b"- `%d.txt`\n" % number for number in range(times)))
        (tmp_path / name / "validate.yaml").write_text("baseline: pardons.json\n")
        validate("baseline", "update", name, cwd=tmp_path)
    run = validate("one", "two", cwd=tmp_path)
    assert b"60 findings suppressed" in run.stdout, said(run)


@pytest.mark.skipif(os.name == "nt", reason="links to folders need rights there")
def test_a_link_to_a_collection_is_that_collection(shelf: Path) -> None:
    validate("baseline", "update", "seeds", "--baseline", "old.json", cwd=shelf)
    (shelf / "link").symlink_to("seeds")
    (shelf / "again").mkdir()
    (shelf / "again" / "above").symlink_to("..")
    for path in ("link", "link/", "again/above/seeds", "again/above/link/."):
        assert b"2 by the baseline" in validate("check", path, "--baseline", "old.json", cwd=shelf).stdout, path
    (shelf / "seeds" / "gone.txt").write_bytes(b"x\n")
    assert b"VAL004" in validate("check", "link", "--baseline", "old.json", cwd=shelf).stdout
    validate("baseline", "prune", "link", "--baseline", "old.json", cwd=shelf)
    assert b"VAL004" not in validate("check", "seeds", "--baseline", "old.json", cwd=shelf).stdout


def test_a_baseline_in_a_folder_of_the_collection(shelf: Path) -> None:
    (shelf / "seeds" / "in").mkdir()
    (shelf / "seeds" / "in" / "b.txt").write_bytes(b"no end")
    for folder, path, file in ((shelf, "seeds", "seeds/in/old.json"), (shelf / "seeds/in", "..", "old.json")):
        first = validate("baseline", "update", path, "--baseline", file, cwd=folder)
        assert first.stdout.endswith(b"old.json: 4 findings in 3 documents\n") or b"0 taken out" in first.stdout
        run = validate("check", path, "--baseline", file, cwd=folder)
        assert (run.returncode, b"4 by the baseline" in run.stdout) == (0, True), said(run)
        again = (shelf / "seeds/in/old.json").read_bytes()
        validate("baseline", "update", path, "--baseline", file, cwd=folder)
        assert (shelf / "seeds/in/old.json").read_bytes() == again


def test_an_index_by_its_name_and_standard_input(shelf: Path) -> None:
    validate("baseline", "update", "seeds/INDEX.md", "--baseline", "old.json", cwd=shelf)
    assert b"2 by the baseline" in validate("check", "seeds/INDEX.md", "--baseline", "old.json", cwd=shelf).stdout
    given = ("check", "-", "--stdin-filename", "seeds/a.txt", "--baseline", "old.json")
    run = validate(*given, cwd=shelf, stdin=b"no end")
    assert (run.returncode, b"1 by the baseline" in run.stdout) == (0, True), said(run)
    other = validate(*given[:-3], "seeds/b.txt", *given[-2:], cwd=shelf, stdin=b"no end")
    assert b"TXT004" in other.stdout


def test_nothing_to_check_is_nothing_to_forgive(shelf: Path) -> None:
    validate("baseline", "update", "seeds", "--baseline", "old.json", cwd=shelf)
    before = (shelf / "old.json").read_bytes()
    for file in (shelf / "seeds").iterdir():
        file.unlink()
    for command in ("update", "prune"):
        assert validate("baseline", command, "seeds", "--baseline", "old.json", cwd=shelf).returncode == 2
    assert (shelf / "old.json").read_bytes() == before


def test_a_cached_run_obeys_the_baseline_of_today(shelf: Path) -> None:
    validate("baseline", "update", "seeds", "--baseline", "old.json", cwd=shelf)
    given = ("check", "seeds", "--baseline", "old.json", "--cache", "--output-format", "concise", "--quiet")
    assert [validate(*given, cwd=shelf).stdout for _ in range(2)] == [b"", b""]
    (shelf / "old.json").write_text('{"version": 1, "findings": {}}')
    assert validate(*given, cwd=shelf).returncode == 1
