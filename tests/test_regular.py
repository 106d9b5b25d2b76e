"""Of what is regular, no rule that is on by default has anything to say; and what is clean is regular."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.strategies import Tree, clean_trees, index_of, spoil
from validator import container, manifest, names, regular, trees
from validator.loading import Loader
from validator.matching import compare, digest
from validator.model import Collection, Entry, Index, Names, Options, Place, Record, Scope, Span, replaced
from validator.rule import Bad, Good, Rule
from validator.rules import catalogue

RULES = list(catalogue())
SPOKEN = [rule for rule in RULES if rule.scope in ("name", "container", "index", "collection")]


def collection_of(tree: dict[str, Any], is_folder: bool = True, **options: Any) -> Collection:
    loader = Loader(trees.Memory(tree, is_folder=is_folder), Options(**options))
    for _ in loader.documents():
        pass
    return loader.collection()


def said(scope: str, subject: Any) -> list[str]:
    return [rule.code for rule in RULES if rule.scope == scope and rule.default for _ in rule.check(subject)]


def judged(found: Collection) -> Iterator[tuple[bool, list[str]]]:
    """Of each part of a collection: whether it is regular, and which rules speak of it."""
    yield regular.collection(found), said("collection", found)
    for scope in found.scopes:
        yield regular.index(scope), said("index", scope)
    for held in found.containers:
        yield regular.container(held), said("container", held)
        blocks = [block.name.decode("utf-8", "surrogateescape") for block in held.layout.blocks]
        sound = regular.container(held) and names.are_plain(blocks)
        yield sound, [*map(str, names.block_names(held))]
    texts = found.names.texts
    yield names.are_plain(texts), [*map(str, names.loose_names(found.names))]


def assert_silent(found: Collection) -> None:
    for is_regular, codes in judged(found):
        assert not (is_regular and codes)


def assert_regular(found: Collection) -> None:
    assert [is_regular for is_regular, _ in judged(found) if not is_regular] == []


@pytest.mark.parametrize("rule", SPOKEN, ids=lambda rule: rule.code)
def test_examples_of_which_a_rule_speaks_are_not_regular(rule: Rule) -> None:
    examples: list[Good | Bad] = [*rule.good, *rule.bad]
    for one in examples:
        tree, is_folder = rule.example(one.content)
        assert_silent(collection_of(tree, is_folder, **one.settings))


@pytest.mark.parametrize("rule", SPOKEN, ids=lambda rule: rule.code)
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(tree=clean_trees(), seed=st.integers(0, 1 << 32))
def test_nothing_that_is_regular_has_a_fault(rule: Rule, tree: Tree, seed: int) -> None:
    faulty: dict[str, Any] = dict(tree)
    spoil(faulty, rule, Random(seed))
    assert_silent(collection_of(faulty))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(tree=clean_trees())
def test_clean_trees_are_regular(tree: Tree) -> None:
    assert_regular(collection_of(tree))


PIECES = [
    *(
        "<<<FILE 1 a.txt>>>",
        "<<<FILE 2 b.txt>>>",
        "<<<FILE 2 a>>>",
        "<<<FILE -3 c>>>",
        "<<<FILE é c>>>",
        "<<<FILE  d>>>",
    ),
    *(
        "<<<FILE  d>>>",
        "<<<FILE 4  d>>>",
        "<<<FILE 5: e>>>",
        "<<<FILE id=6 name=f>>>",
        "<<<FILE name=g x>>>",
        "<<<FILE ../h>>>",
    ),
    *("<<<FILE 7 i.txt>>> ", "<<<FILE 8 j", "<<<file 9 k>>>", " <<<FILE 9 k>>>", "<<<FILENAME", "<<<FILE a b c>>>"),
    *(
        "<<<END 1>>>",
        "<<<END 2>>>",
        "<<<END 3>>>",
        "<<<END 0>>>",
        "<<<END 1>>> ",
        "<<<END>>>",
        "\\<<<END 1>>>",
        "x",
        "",
    ),
]
framed = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["\n", "\n\n", "\n\n", "\r\n", ""])), max_size=8)


@settings(deadline=None, max_examples=400)
@given(framed)
@example([("<<<FILE 1 a.txt>>>", "\n\n"), ("<<<FILE 2 b.txt>>>", "\n\n"), ("<<<END 2>>>", "\n")])
def test_no_rule_speaks_of_a_regular_container(pieces: list[tuple[str, str]]) -> None:
    content = "".join(chain(*pieces)).encode()
    assert_silent(collection_of({"all.bundle": content}, is_folder=False))


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(*map(st.sampled_from, ("112é-", "aab ", ["x\n", *PIECES]))), min_size=1, max_size=3))
def test_no_rule_speaks_of_a_container_that_is_regular_but_for_one_thing(blocks: list[tuple[str, str, str]]) -> None:
    content = "".join(f"<<<FILE {identifier} {name}>>>\n{body}\n" for identifier, name, body in blocks)
    assert_silent(collection_of({"all.bundle": f"{content}<<<END {len(blocks)}>>>\n".encode()}, is_folder=False))


ONE, TWO, END = "<<<FILE 1 a.txt>>>\nx\n\n", "<<<FILE 2 b.txt>>>\ny\n\n", "<<<END 2>>>\n"


@pytest.mark.parametrize(
    "content",
    [
        ONE + END + TWO,
        ONE + TWO + "<<<END 2>>>\r\n",
        ONE + TWO + "<<<END 2>>> \n",
        ONE + TWO + END + "more\n",
        ONE + TWO + END[:-1],
        ONE + TWO + "<<<END 1>>>\n",
        ONE + TWO,
        ONE + TWO + END + END,
        "\ufeff" + ONE + TWO + END,
        "more\n" + ONE + TWO + END,
        ONE + "<<<FILE 2 b.txt>>>\n" + END,
        ONE + ONE.replace("1", "2") + END,
        ONE + TWO.replace("2", "1") + END,
        ONE + TWO.replace("2", "2é") + END,
        ONE + TWO.replace("2", "-2") + END,
        ONE + TWO.replace("2", "2" * 129) + END,
        ONE + TWO.replace("2", "2 ") + END,
        ONE + TWO.replace("b.txt", "\tb.txt") + END,
        ONE.replace("x", "<<<file 3 c.txt>>>") + TWO + END,
        ONE.replace("x", "<<<FILENAME") + TWO + END,
        ONE + TWO.replace("\n", "\r\n") + END,
        "<<<END 0>>>\n",
    ],
    ids=ascii,
)
def test_each_departure_of_a_container_is_seen(content: str) -> None:
    assert_regular(collection_of({"all.bundle": (ONE + TWO + END).encode()}, is_folder=False))
    (held,) = collection_of({"all.bundle": content.encode()}, is_folder=False).containers
    assert said("container", held)
    assert not regular.container(held)


def test_a_container_that_could_not_be_read_whole_is_not_regular() -> None:
    (held,) = collection_of({"all.bundle": (ONE + TWO + END).encode()}, is_folder=False).containers
    assert not regular.container(replaced(held, records=held.records[:1]))


stems = st.sampled_from(["a", "A", "b", "c/a", "é", "e\u0301", "INDEX.md", "../x", "C:x", "/d"])
contents = st.sampled_from([b"1", b"2"])
ids = st.none() | st.sampled_from(["1", "2"])
sizes = st.none() | st.sampled_from([1, 2])


def entry(name: str, content: bytes | None, identifier: str | None, size: int | None) -> Entry:
    return Entry(name, Span(0, 0), identifier, size, None if content is None else digest(content))


@settings(max_examples=400)
@given(
    st.lists(st.builds(entry, stems, st.none() | contents, ids, sizes), max_size=3),
    st.lists(st.tuples(stems, contents, ids, st.booleans()), max_size=3, unique_by=lambda one: one[0]),
)
@example([entry("a", None, "1", None)], [("a", b"1", "2", False)])
def test_no_rule_speaks_of_a_regular_index(
    entries: list[Entry], documents: list[tuple[str, bytes, str | None, bool]]
) -> None:
    listed = {one.name: one for one in reversed(entries)}
    records = tuple(
        Record(
            name,
            name,
            len(content),
            digest(content),
            listed.get(name) if is_known else None,
            "content" if is_known and name in listed and listed[name].sha256 not in (None, digest(content)) else "",
            id=identifier,
            container=Place("all.bundle") if identifier else None,
        )
        for name, content, identifier, is_known in documents
    )
    at = Index(b"", Place(manifest.NAME), tuple(entries), columns=("id", "name", "bytes", "sha256"))
    scope = compare(Scope("", at, records, needs_index=True))
    assert not (regular.index(scope) and said("index", scope))


def test_collections_of_every_shape_are_regular() -> None:
    texts = {"a.txt": b"one.\n", "b/c.txt": b"two.\n", "b/d.txt": b"three.\n"}
    inner = {"c.txt": texts["b/c.txt"], "d.txt": texts["b/d.txt"]}
    loose: Tree = {**texts, manifest.NAME: index_of({name: name[0:1] + str(n) for n, name in enumerate(texts)}, texts)}
    nested: Tree = {"b/INDEX.md": index_of({"c.txt": "c", "d.txt": "d"}, inner), **texts}
    nested[manifest.NAME] = index_of({"a.txt": "a", "b/INDEX.md": "b"}, nested)
    listing = index_of({"c.txt": "1", "d.txt": "2"}, inner)
    blocks = [(b"INDEX", b"INDEX.md", listing), (b"1", b"c.txt", inner["c.txt"]), (b"2", b"d.txt", inner["d.txt"])]
    carrying = b"".join(container.pack(blocks))
    plain = b"".join(container.pack(blocks[1:]))
    shelf = {"all.bundle": plain, manifest.NAME: index_of({"all.bundle": "all"}, {"all.bundle": plain})}
    for tree, is_folder in (
        (loose, True),
        (nested, True),
        (shelf, True),
        ({"all.bundle": carrying}, False),
        ({"all.bundle": plain}, False),
        ({"a.txt": b"one.\n"}, False),
    ):
        assert_regular(collection_of(tree, is_folder))


words = st.text("aAbB./-_nulcom1 é\n", max_size=8) | st.sampled_from(
    ["nul", "Com1.txt", "lpt9", "con", "x/aux.b", "a" * 201]
)


@settings(max_examples=500)
@given(st.lists(words | st.lists(words).map("/".join), max_size=5))
def test_names_are_plain_together_if_each_is(texts: list[str]) -> None:
    assert names.are_plain(texts) == all(map(names.is_plain, texts))
    assert names.are_plain(texts) <= (list(names.loose_names(Names(texts))) == [])


@settings(max_examples=500)
@given(st.lists(st.text("aAbßé\u0301/", min_size=1, max_size=6), max_size=6))
def test_names_are_apart_if_none_collide(texts: list[str]) -> None:
    collide = any(True for _ in names.collisions(texts)) or any(True for _ in names.files_as_folders(texts))
    assert names.are_apart(texts) == (not collide and len(set(texts)) == len(texts))
