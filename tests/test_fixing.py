"""Mending keeps its promises: what it mends is gone, nothing else appears or changes, and doing it twice is once."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.strategies import Tree, clean_trees, spoil
from validator import container, engine, fixing, manifest, trees
from validator.model import Edit, Finding, Options, Place, Record, Span
from validator.rule import Rule
from validator.rules import catalogue

RULES = list(catalogue())
FIXABLE = [rule for rule in RULES if any(bad.mended is not None for bad in rule.bad)]
thorough = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])


def mended(tree: dict[str, Any], options: Options, unsafe: bool = False) -> tuple[dict[str, Any], fixing.Mended]:
    done = fixing.mend(trees.Memory(tree), options, unsafe=unsafe)
    return {**tree, **{rewrite.name: rewrite.after for rewrite in done.rewrites}}, done


def codes(found: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in found}


def found_in(tree: dict[str, Any], options: Options) -> tuple[Finding, ...]:
    return engine.check([trees.Memory(tree)], options).findings


@pytest.mark.parametrize("rule", FIXABLE, ids=lambda rule: rule.code)
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@thorough
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_mending_a_fault_leaves_nothing_to_mend_and_brings_nothing_new(
    rule: Rule, unsafe: bool, tree: Tree, seed: int
) -> None:
    faulty: dict[str, Any] = dict(tree)
    spoil(faulty, rule, Random(seed))
    options = Options(extend_select=(rule.code,))
    before = found_in(faulty, options)
    after, done = mended(faulty, options, unsafe)
    left = found_in(after, options)
    assert left == done.report.findings
    assert [f for f in left if f.fix is not None and (f.fix.safe or unsafe)] == []
    assert codes(left) <= codes(before)
    again, nothing = mended(after, options, unsafe)
    assert again == after
    assert nothing.fixed == ()
    assert {rewrite.name for rewrite in done.rewrites} == {name for name in after if after[name] != faulty[name]}


@thorough
@given(tree=clean_trees())
def test_a_clean_tree_needs_no_mending(tree: Tree) -> None:
    assert mended(dict(tree), Options(), unsafe=True)[1].rewrites == ()


@thorough
@given(tree=clean_trees(), name=st.integers(0, 9))
def test_a_document_is_mended_with_its_digest_and_its_packed_copy(tree: Tree, name: int) -> None:
    documents = sorted(set(tree) - {"INDEX.md", "all.bundle"})
    chosen = documents[name % len(documents)]
    marked = {**tree, chosen: b"\xef\xbb\xbf" + tree[chosen]}
    blocks = container.parse(tree["all.bundle"]).blocks
    marked["all.bundle"] = b"".join(
        container.pack(
            (block.id, block.name, (b"\xef\xbb\xbf" if block.name.decode() == chosen else b"") + body)
            for block in blocks
            for body, _ in [container.unescape(tree["all.bundle"][block.header_end : block.body_end])]
        )
    )
    from tests.strategies import index_of

    numbers = {name: f"{number:03}" for number, name in enumerate(documents)}
    marked["INDEX.md"] = index_of({**numbers, "all.bundle": "all"}, marked)
    assert codes(found_in(marked, Options())) == {"ENC002"}
    after, done = mended(marked, Options())
    assert done.report.findings == ()
    assert {name: after[name] for name in documents} == {name: tree[name] for name in documents}
    assert after["all.bundle"] == tree["all.bundle"]


@pytest.mark.parametrize("letters", [b"b", b"c", b"bc", b"bcd"])
def test_lines_beside_an_edit_stay_as_they_are(letters: bytes) -> None:
    data = b"<<<FILE 1 a>>>\n<<<FILENAME\nb\n<<<END>>>\nc\n<<<FILENAME\nd\n<<<END>>>\n\n<<<END 1>>>\n"
    places = [data.index(b"\n%c\n" % letter) + 1 for letter in letters]
    mends = [fixing.Mend("x", (Edit(Span(at, at + 1), b"Q"),), inside=True) for at in places]
    expected = bytes(ord("Q") if at in places else byte for at, byte in enumerate(data))
    assert fixing.edited(data, mends) == expected


def test_a_digest_that_was_wrong_before_stays_wrong() -> None:
    index = b"| name | sha256 |\n|---|---|\n| a.txt | " + b"0" * 64 + b" |\n"
    after, done = mended({"INDEX.md": index, "a.txt": b"\xef\xbb\xbfone\n"}, Options())
    assert after["a.txt"] == b"one\n"
    assert after["INDEX.md"] == index
    assert codes(done.report.findings) == {"IDX006"}


def test_a_value_that_can_be_read_again_does_not_hide_damage() -> None:
    index = b"| name | bytes | sha256 |\n|--|--|--|\n| a.txt | 2 | %b |\n"
    damaged = {"INDEX.md": index % (b"sha-256:" + b"0" * 64), "a.txt": b"x\n"}
    after, done = mended(damaged, Options())
    assert after["INDEX.md"].split() == (index % (b"0" * 64)).split()
    assert codes(done.report.findings) == {"IDX006"}


def test_framing_is_mended_before_what_it_frames() -> None:
    catted = b"<<<FILE 1 a.txt>>>\n\xef\xbb\xbfx\n<<<FILE 2 b.txt>>>\ny \n<<<END 2>>>\n"
    index = b"| name | sha256 |\n|--|--|\n| a.txt | %b |\n| b.txt | %b |\n"

    def listing(*bodies: bytes) -> bytes:
        return index % tuple(sha256(body).hexdigest().encode() for body in bodies)

    tree = {"INDEX.md": listing(b"\xef\xbb\xbfx\n", b"y \n"), "all.bundle": catted}
    after, done = mended(tree, Options(extend_select=("TXT005",)))
    assert after["all.bundle"] == b"".join(container.pack([(b"1", b"a.txt", b"x\n"), (b"2", b"b.txt", b"y\n")]))
    assert after["INDEX.md"] == listing(b"x\n", b"y\n")
    assert done.report.findings == ()


def test_a_copy_whose_text_is_not_there_at_all_is_packed_again() -> None:
    index = b"| name | sha256 |\n|--|--|\n| a.txt | %b |\n" % sha256(b"x\n").hexdigest().encode()
    tree = {"INDEX.md": index, "a.txt": b"x\n", "all.bundle": b"<<<FILE 1 a.txt>>>\n<<<END 1>>>\n"}
    after, done = mended(tree, Options())
    assert after["all.bundle"] == b"".join(container.pack([(b"1", b"a.txt", b"x\n")]))
    assert done.report.findings == ()


def test_many_stale_copies_are_packed_again_in_one_go() -> None:
    names = [b"%d.txt" % number for number in range(2000)]
    rows = [b"| %b | %b |" % (name, sha256(name).hexdigest().encode()) for name in names]
    tree: dict[str, Any] = {name.decode(): name for name in names}
    tree["INDEX.md"] = b"\n".join([b"| name | sha256 |", b"|--|--|", *rows, b""])
    tree["all.bundle"] = b"".join(container.pack((b"%d" % n, name, b"old") for n, name in enumerate(names)))
    after, done = mended(tree, Options(ignore=("TXT004",)))
    assert after["all.bundle"] == b"".join(container.pack((b"%d" % n, name, name) for n, name in enumerate(names)))
    assert done.report.findings == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Edit(Span(1, 1), b"x"), Edit(Span(1, 3), b"y")),
        (Edit(Span(1, 3), b"y"), Edit(Span(1, 1), b"x")),
        (Edit(Span(0, 1), b"y"), Edit(Span(1, 1), b"x")),
        (Edit(Span(1, 1), b"x"), Edit(Span(1, 1), b"y")),
        (Edit(Span(0, 3), b"x"), Edit(Span(2, 4), b"y")),
    ],
)
def test_what_is_inserted_where_something_else_changes_waits(first: Edit, second: Edit) -> None:
    mends = [fixing.Mend("x", (first,)), fixing.Mend("x", (second,))]
    assert fixing.compatible(mends) == mends[:1]


edits = st.builds(
    lambda start, length, new: Edit(Span(start, start + length), new),
    st.integers(0, 8),
    st.integers(0, 3),
    st.sampled_from([b"", b"x", b"yz"]),
)


def meet(one: Edit, other: Edit) -> bool:
    """Whether two edits change the same bytes, or one inserts where the other begins or ends."""
    (start, end), (first, last) = (one.span.start, one.span.end), (other.span.start, other.span.end)
    inserts = start == end or first == last
    return (start <= last and first <= end) if inserts else (start < last and first < end)


@given(st.lists(st.lists(edits, min_size=1, max_size=2), max_size=5))
def test_mends_that_are_made_together_do_not_meet(wanted: list[list[Edit]]) -> None:
    mends = [fixing.Mend("x", tuple(together)) for together in wanted]
    kept = fixing.compatible(mends)

    def are_apart(one: fixing.Mend, other: fixing.Mend) -> bool:
        return not any(meet(edit, another) for edit in one.edits for another in other.edits)

    assert kept[:1] == mends[:1]
    assert all(are_apart(one, other) for number, one in enumerate(kept) for other in kept[:number])
    alone = [one for one in mends if all(one is other or are_apart(one, other) for other in mends)]
    assert [one for one in mends if any(one is other for other in alone)] == [
        one for one in kept if any(one is other for other in alone)
    ]
    data = b"0123456789ab"
    for one in kept:
        if not any(meet(edit, other) for edit in one.edits for other in one.edits if edit is not other):
            after = data
            for edit in sorted(one.edits, key=lambda edit: -edit.span.start):
                after = after[: edit.span.start] + edit.replacement + after[edit.span.end :]
            assert fixing.edited(data, [one]) == after


@pytest.mark.parametrize(
    ("cell", "size", "expected"),
    [
        *((" 12 |", 3, "  3 |"), (" 12 |", 99, " 99 |"), (" 12 |", 12345, " 12345 |"), ("12|", 3, " 3|")),
        *(("12|", 123, "123|"), ("    12 |", 3, "     3 |"), ("    12 |", 1234, "  1234 |")),
        *(("    12 |", 12345, " 12345 |"), ("   12 |", 123456, " 123456 |"), (" `12` |", 123456, " 123456 |")),
    ],
)
def test_a_size_takes_the_place_of_another_and_of_the_blanks_before_it(cell: str, size: int, expected: str) -> None:
    text = f"| name | bytes |\n|-|-|\n| a.txt |{cell}\n"
    listed = manifest.parse(text.encode(), Place("INDEX.md"))
    edits = list(fixing.values(listed, listed.entries[0], Record("a.txt", "a.txt", size, "")))
    assert fixing.made(listed.data, edits).decode() == f"| name | bytes |\n|-|-|\n| a.txt |{expected}\n"


@pytest.mark.parametrize("wrong", ["", "sha256", "blake3", "bytes", "sha256 blake3 bytes"])
def test_values_that_are_right_stay_as_they_are_written(wrong: str) -> None:
    right = {"sha256": "0a" * 32, "blake3": "1b" * 32, "bytes": "7"}
    shown = {column: "SHA256:" + right[column].upper() if column == "sha256" else right[column] for column in right}
    cells = {column: right[column].replace("a", "c") if column in wrong else shown[column] for column in right}
    cells |= {"blake3": "2d" * 32} if "blake3" in wrong else {}
    cells |= {"bytes": "9"} if "bytes" in wrong else {}

    def listing(cells: dict[str, str]) -> bytes:
        return f"| name | {' | '.join(cells)} |\n|-|-|-|-|\n| a.txt | {' | '.join(cells.values())} |\n".encode()

    listed = manifest.parse(listing(cells), Place("INDEX.md"))
    record = Record("a.txt", "a.txt", 7, right["sha256"], blake3=right["blake3"])
    edits = list(fixing.values(listed, listed.entries[0], record))
    assert len(edits) == len(wrong.split())
    expected = {column: right[column] if column in wrong else shown[column] for column in right}
    assert fixing.made(listed.data, edits) == listing(expected)


def pinning(name: bytes, data: bytes | None, size: object = "") -> bytes:
    digest = sha256(data).hexdigest() if data is not None else ""
    return b"| %b | %b | %b |\n" % (name, digest.encode(), str(size).encode())


TABLE = b"| name | sha256 | bytes |\n|--|--|--|\n"
NEW, OLD = b"new words\n", b"old\n"
STALE = b"".join(container.pack([(b"1", b"a.txt", OLD)]))
FRESH = b"".join(container.pack([(b"1", b"a.txt", NEW)]))


@pytest.mark.parametrize(
    ("rows", "safe", "unsafe"),
    [
        (pinning(b"a.txt", NEW), True, True),
        (pinning(b"a.txt", NEW) + pinning(b"all.bundle", STALE), True, True),
        (pinning(b"a.txt", None), False, True),
        (pinning(b"a.txt", None, len(NEW)), False, True),
        (pinning(b"a.txt", None, len(NEW) + 1), False, False),
        (pinning(b"a.txt", OLD), False, False),
        (pinning(b"a.txt", b"other"), False, False),
        (pinning(b"a.txt", None) + pinning(b"all.bundle", STALE), False, False),
        (pinning(b"a.txt", None) + pinning(b"all.bundle", FRESH), False, True),
    ],
)
def test_a_stale_copy_is_packed_again_where_nothing_speaks_for_it(rows: bytes, safe: bool, unsafe: bool) -> None:
    tree = {"INDEX.md": TABLE + rows, "a.txt": NEW, "all.bundle": STALE}
    for is_unsafe, is_mended in ((False, safe), (True, unsafe)):
        after, done = mended(tree, Options(ignore=("IDX018",)), is_unsafe)
        assert after["all.bundle"] == (FRESH if is_mended else STALE)
        assert codes(done.fixed) == ({"IDX015"} if is_mended else set())
        assert after["a.txt"] == NEW
        if not is_unsafe:
            assert fixing.mend(trees.Memory(tree), Options(ignore=("IDX018",))).rewrites == done.rewrites
        assert after["INDEX.md"] == TABLE + (
            rows.replace(pinning(b"all.bundle", STALE), pinning(b"all.bundle", FRESH)) if is_mended else rows
        )


def test_only_what_is_asked_for_is_mended_and_what_depends_on_it_follows() -> None:
    marked = b"\xef\xbb\xbfx\n"
    sub = TABLE + pinning(b"a.txt", marked, len(marked)) + pinning(b"b.txt", marked)
    tree = {"s/a.txt": marked, "s/b.txt": marked, "s/INDEX.md": sub, "INDEX.md": TABLE + pinning(b"s/INDEX.md", sub)}
    done = fixing.mend(trees.Memory(tree), Options(), concerns=lambda path: path.endswith("a.txt"))
    expected = sub.replace(pinning(b"a.txt", marked, len(marked)), pinning(b"a.txt", b"x\n", 2))
    above = TABLE + pinning(b"s/INDEX.md", expected)
    assert {one.name: one.after for one in done.rewrites} == {
        "s/a.txt": b"x\n",
        "s/INDEX.md": expected,
        "INDEX.md": above,
    }
    assert {one.name: one.before for one in done.rewrites} == {name: tree[name] for name in tree if name != "s/b.txt"}
    assert [(finding.code, finding.path) for finding in done.fixed] == [("ENC002", "s/a.txt")]
    assert [(finding.code, finding.path) for finding in done.report.findings] == [("ENC002", "s/b.txt")]


def test_files_on_disk_are_mended_as_those_in_memory(tmp_path: Path) -> None:
    tree = {
        "a.txt": b"\xef\xbb\xbfone \r\ntwo\n",
        "b.txt": b"three",
        "INDEX.md": TABLE + pinning(b"b.txt", b"three", 5),
    }
    for name, data in tree.items():
        (tmp_path / name).write_bytes(data)
    on_disk = fixing.mend(trees.Folder(str(tmp_path)), Options(), unsafe=True)
    assert on_disk.rewrites == fixing.mend(trees.Memory(tree), Options(), unsafe=True).rewrites != ()


def test_what_is_below_a_folder_without_an_index_is_mended_too() -> None:
    marked = b"\xef\xbb\xbfx\n"
    rows = [pinning(b"old.txt", b"moved\n", 6), pinning(b"b.txt", marked), pinning(b"gone.txt", b"gone\n")]
    tree = {"a.txt": marked, "s/INDEX.md": TABLE + b"".join(rows), "s/b.txt": marked, "s/new.txt": b"moved\n"}
    after, done = mended(tree, Options())
    assert sorted((one.code, one.path) for one in done.fixed) == [("ENC002", "a.txt"), ("ENC002", "s/b.txt")]
    rows[1] = pinning(b"b.txt", b"x\n")
    assert after == {**tree, "a.txt": b"x\n", "s/b.txt": b"x\n", "s/INDEX.md": after["s/INDEX.md"]}
    assert rows[1] in after["s/INDEX.md"]
    assert rows[2] in after["s/INDEX.md"]


def test_each_stale_copy_is_judged_by_itself() -> None:
    rows = pinning(b"a.txt", OLD) + pinning(b"b.txt", NEW) + pinning(b"c.txt", NEW)
    stale = b"".join(container.pack([(b"1", b"a.txt", OLD), (b"2", b"b.txt", OLD), (b"3", b"c.txt", OLD)]))
    tree = {"INDEX.md": TABLE + rows, "a.txt": NEW, "b.txt": NEW, "c.txt": NEW, "all.bundle": stale}
    after, done = mended(tree, Options())
    assert after["all.bundle"] == b"".join(
        container.pack([(b"1", b"a.txt", OLD), (b"2", b"b.txt", NEW), (b"3", b"c.txt", NEW)])
    )
    assert [one.code for one in done.fixed] == ["IDX015", "IDX015"]


def test_a_copy_follows_its_original_though_no_index_proves_it() -> None:
    marked = b"\xef\xbb\xbfx\n"
    packed = b"".join(container.pack([(b"1", b"a.txt", marked)]))
    tree = {"INDEX.md": TABLE + pinning(b"a.txt", None), "a.txt": marked, "all.bundle": packed}
    done = fixing.mend(trees.Memory(tree), Options(), concerns=lambda path: path == "a.txt")
    assert {one.name: one.after for one in done.rewrites} == {
        "a.txt": b"x\n",
        "all.bundle": b"".join(container.pack([(b"1", b"a.txt", b"x\n")])),
    }


@pytest.mark.parametrize("listed", ["A.TXT", "old.txt"])
def test_a_document_under_another_name_gets_its_new_digest_too(listed: str) -> None:
    marked = b"\xef\xbb\xbfx\n"
    tree = {"INDEX.md": TABLE + pinning(listed.encode(), marked, 5), "a.txt": marked}
    after, done = mended(tree, Options(ignore=("IDX004", "IDX016")))
    assert after == {"a.txt": b"x\n", "INDEX.md": TABLE + pinning(listed.encode(), b"x\n", 2)}
    after, done = mended(tree, Options(), unsafe=True)
    assert after == {"a.txt": b"x\n", "INDEX.md": TABLE + pinning(b"a.txt", b"x\n", 2)}
    assert done.report.findings == ()


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_what_is_left_is_reported_as_a_check_reports_it(limit: int) -> None:
    tree = {"a.txt": b"\xef\xbb\xbf" + "\ufffd\n".encode() * 9, "INDEX.md": b"- `a.txt`\n"}
    options = Options(max_findings=limit)
    after, done = mended(tree, options)
    assert done.report == engine.check([trees.Memory(after)], options)


texts = st.lists(st.sampled_from([b"a", b"<<<FILE 1 x>>>", b"\\<<<END 2>>>", b"<", b"\n", b"\\", b"FILE", b" "])).map(
    b"".join
)


@given(
    bodies=st.lists(texts, min_size=1, max_size=3), at=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), texts))
)
@example(bodies=[b"a<<<FILE 1 x>>>"], at=[(0, 1, b"")])
@example(bodies=[b"\\<<<END 2>>>\nx"], at=[(0, 1, b"")])
@example(bodies=[b"a\nb\nc\nd"], at=[(2, 1, b"x"), (4, 1, b"y"), (6, 1, b"z")])
@example(bodies=[b"a\n<<<END 2>>>\nb"], at=[(10, 1, b"")])
@example(bodies=[b"ab\ncd"], at=[(0, 1, b"x"), (1, 3, b"y")])
@example(bodies=[b"<<<FILE\n<<<FILE\n<<<FILE"], at=[(7, 1, b"x"), (15, 1, b"y")])
@example(bodies=[b"<<<FILE\n<<<FILE\n<<<FILE"], at=[(6, 3, b"x"), (12, 1, b"y"), (20, 3, b"")])
def test_edits_inside_a_container_are_edits_of_its_documents(
    bodies: list[bytes], at: list[tuple[int, int, bytes]]
) -> None:
    packed = b"".join(container.pack((b"%d" % n, b"n%d" % n, body) for n, body in enumerate(bodies)))
    blocks = container.parse(packed).blocks
    mends, expected = [], list(bodies)
    wanted: dict[int, list[Edit]] = {}
    for number, (start, length, replacement) in enumerate(at):
        body = bodies[number % len(bodies)]
        first = min(start, len(body))
        wanted.setdefault(number % len(bodies), []).append(
            Edit(Span(first, min(first + length, len(body))), replacement)
        )
    for number, edits in wanted.items():
        chosen = fixing.compatible([fixing.Mend("x", (edit,)) for edit in edits])
        kept = [edit for one in chosen for edit in one.edits]
        expected[number] = fixing.made(bodies[number], kept)
        _, escapes = container.unescape(packed[blocks[number].header_end : blocks[number].body_end])
        place = Place("x", start=blocks[number].header_end, escapes=escapes)
        mends += [fixing.Mend("x", (Edit(place.in_file(e.span), e.replacement),), inside=True) for e in kept]
    edited = fixing.edited(packed, mends)
    found = container.parse(edited).blocks
    assert [container.unescape(edited[b.header_end : b.body_end])[0] for b in found] == expected
    assert [b.name for b in found] == [b"n%d" % n for n in range(len(bodies))]
