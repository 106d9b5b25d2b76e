"""Mending keeps its promises: what it mends is gone, nothing else appears or changes, and doing it twice is once."""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.strategies import Tree, clean_trees, spoil
from validator import container, engine, fixing, trees
from validator.model import Edit, Finding, Options, Span
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


texts = st.lists(st.sampled_from([b"a", b"<<<FILE 1 x>>>", b"\\<<<END 2>>>", b"<", b"\n", b"\\", b"FILE", b" "])).map(
    b"".join
)


@given(
    bodies=st.lists(texts, min_size=1, max_size=3), at=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), texts))
)
@example(bodies=[b"a<<<FILE 1 x>>>"], at=[(0, 1, b"")])
@example(bodies=[b"\\<<<END 2>>>\nx"], at=[(0, 1, b"")])
def test_edits_inside_a_container_are_edits_of_its_documents(
    bodies: list[bytes], at: list[tuple[int, int, bytes]]
) -> None:
    packed = b"".join(container.pack((b"%d" % n, b"n%d" % n, body) for n, body in enumerate(bodies)))
    blocks = container.parse(packed).blocks
    mends, expected = [], list(bodies)
    from validator.model import Place

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
