"""Differences of collections: each document is told once, the same way from both sides, from wherever it comes."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.strategies import Tree, clean_trees
from validator import comparing, container, engine, manifest, matching, revisions, streams
from validator.comparing import Difference, Pair, Version, differences, sides
from validator.model import Options, UsageError
from validator.text import BIDI_CONTROLS
from validator.trees import Changed, Folder, Found, Memory, Odd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such names and no such links")
any_bytes_in_names = pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes any bytes for a name")


def lay(root: Path, tree: Tree) -> Path:
    for name, data in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def packed(tree: Tree, ids: dict[str, str] | None = None) -> bytes:
    """The files of a tree as a container, its index first."""
    order = sorted(tree, key=lambda name: (name != manifest.NAME, name))
    called = {name: "INDEX" if name == manifest.NAME else f"{number:03}" for number, name in enumerate(order)} | (
        ids or {}
    )
    return b"".join(container.pack((called[name].encode(), name.encode(), tree[name]) for name in order))


def listing(*rows: tuple[str | None, str, str | None]) -> bytes:
    """An index with ids and titles."""
    lines = ["| id | name | title |", "| --- | --- | --- |"]
    lines += [f"| {id or ''} | {name} | {title or ''} |" for id, name, title in rows]
    return ("\n".join(lines) + "\n").encode()


def compared(a: Tree, b: Tree) -> Difference:
    return comparing.compare(Memory(a), Memory(b), Options())


def told(a: Tree, b: Tree) -> list[str]:
    return list(differences.as_text(compared(a, b)))


class TestWhatIsSaid:
    """One line a document."""

    A: Tree = {
        "a.txt": b"one\ntwo\nthree\n",
        "b.txt": b"bell\n",
        "c.txt": b"cloud\n",
        "d.txt": b"drum\n",
    }

    def test_every_kind(self) -> None:
        b = {"a.txt": b"one\n2\n3\nthree\n", "c.txt": b"cloud\n", "f.txt": b"drum\n", "e.txt": b"eel\n"}
        assert told(self.A, b) == [
            "M a.txt (+2 -1 lines, 14 bytes)",
            "D b.txt",
            "A e.txt (4 bytes)",
            "R d.txt -> f.txt",
            "1 added, 1 removed, 1 renamed, 1 changed, 1 unchanged",
        ]

    def test_the_same(self) -> None:
        found = compared(self.A, self.A)
        assert found.is_empty
        assert not found.incomplete
        assert [pair.new.name for pair in found.unchanged] == sorted(self.A)
        assert list(differences.as_text(found)) == ["no difference in 4 documents"]
        assert told({}, {}) == ["no difference in 0 documents"]

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (b"a\n", b"a", "only its final newline is missing, 2 -> 1 byte"),
            (b"a", b"a\r\n", "only a final newline was added, 1 -> 3 bytes"),
            (b"a\nb\n", b"a\r\nb\n", "only the line ends differ, 4 -> 5 bytes"),
            (b"\xef\xbb\xbfa", b"a", "only a byte order mark was added or taken away, 4 -> 1 byte"),
            ("é\n".encode(), "e\u0301\n".encode(), "only the Unicode normalisation differs, 3 -> 4 bytes"),
            (b"a\nb\n", b"b\na\n", "the same lines in another order, 4 bytes"),
            (b"a\nb\n", b"", "+0 -2 lines, 4 -> 0 bytes"),
            (b"a\n\nb\n", b"a\nb\n\n\n", "+1 -0 lines, 5 -> 6 bytes"),
            (b"\x89PNG\r\n\x1a\n1", b"\x89PNG\r\n\x1a\n2", "other content, 9 bytes"),
            (b"\xff\xfe", b"\xff\xfd", "+1 -1 lines, 2 bytes"),
        ],
    )
    def test_how_a_document_has_changed(self, old: bytes, new: bytes, said: str) -> None:
        assert told({"a": old}, {"a": new})[0] == f"M a ({said})"

    def test_a_large_document_is_not_looked_into(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(comparing, "_COUNTED", 5)
        assert told({"a": b"a\nb\n"}, {"a": b"a\n"})[0] == "M a (other content, 4 -> 2 bytes)"
        assert told({"a": b"a\nb\n"}, {"a": b"a\nb"})[0] == "M a (only its final newline is missing, 4 -> 3 bytes)"
        monkeypatch.setattr(sides, "_COMPARED", 3)
        assert told({"a": b"a\nb\n"}, {"a": b"a\nb"})[0] == "M a (other content, 4 -> 3 bytes)"

    def test_contents_that_went_round(self) -> None:
        a = {"1": b"one", "2": b"two", "3": b"three"}
        assert told(a, {"1": b"two", "2": b"one", "3": b"three"}) == [
            "M 1 (+1 -1 lines, 3 bytes; it is now what '2' was)",
            "M 2 (+1 -1 lines, 3 bytes; it is now what '1' was)",
            "2 changed, 1 unchanged",
        ]
        assert [line for line in told(a, {"1": b"three", "2": b"one", "3": b"two"}) if "now what" not in line] == [
            "3 changed"
        ]

    def test_copies_of_one_content(self) -> None:
        assert told({"x": b"1", "y": b"1"}, {"a": b"1", "b": b"1", "c": b"1"}) == [
            "R x -> a",
            "R y -> b",
            "A c (1 byte)",
            "1 added, 2 renamed",
        ]
        assert told({"in/x": b"1", "y": b"1"}, {"a": b"1", "out/y": b"1"})[:2] == ["R in/x -> a", "R y -> out/y"]

    @pytest.mark.parametrize(
        ("a", "b", "said"),
        [
            (["d/a", "x.bundle#a"], ["b.bundle#a", "e/a"], ["R d/a -> e/a", "R x.bundle#a -> b.bundle#a"]),
            (["a", "b"], ["x.bundle#b"], ["D a", "R b -> x.bundle#b"]),
            (["a", "x.bundle#b"], ["x.bundle#c", "z"], ["R x.bundle#b -> x.bundle#c", "R a -> z"]),
            (["b.bundle#m", "z"], ["y.bundle#q"], ["R b.bundle#m -> y.bundle#q", "D z"]),
        ],
    )
    def test_the_nearest_of_several_copies(self, a: list[str], b: list[str], said: list[str]) -> None:
        lines = told(self.spread(a), self.spread(b))[:-1]
        assert sorted(line.partition(" (")[0] for line in lines if "#own" not in line) == sorted(said)

    def spread(self, names: list[str]) -> Tree:
        """Documents of one content, loose or packed, by their names."""
        tree: Tree = {}
        for name in names:
            file, _, block = name.partition("#")
            blocks = {block: b"same\n", "own": file.encode()}
            tree[file] = packed(blocks, {name: file + name for name in blocks}) if block else b"same\n"
        return tree

    def test_a_name_that_differs_only_in_case(self) -> None:
        assert told({"readme": b"1", "b": b"2"}, {"README": b"2", "b": b"3"})[0].startswith("R readme -> README (")

    @pytest.mark.parametrize("format", differences.FORMATS)
    def test_there_are_these_formats(self, format: str) -> None:
        found = compared(self.A, {})
        assert list(differences.render(format, found)) == list(getattr(differences, f"as_{format}")(found))

    def test_there_are_no_others(self) -> None:
        with pytest.raises(ValueError, match="text, json, markdown"):
            differences.render("xml", compared({}, {}))


class TestIndex:
    """Ids match documents, and what an index says of them counts."""

    def test_an_id_stands_for_a_document(self) -> None:
        a = {"INDEX.md": listing(("7", "old.txt", "T")), "old.txt": b"first\n"}
        b = {"INDEX.md": listing(("7", "new.txt", "T")), "new.txt": b"second\n"}
        found = compared(a, b)
        (pair,) = found.renamed
        assert (pair.old.id, pair.old.name, pair.new.name, pair.kind) == ("7", "old.txt", "new.txt", "content")
        assert told(a, b)[-2:] == ["R old.txt -> new.txt (+1 -1 lines, 6 -> 7 bytes)", "1 renamed, 1 changed"]

    def test_a_name_counts_more_than_an_id(self) -> None:
        a = {"INDEX.md": listing(("1", "a", ""), ("2", "b", "")), "a": b"1", "b": b"2"}
        b = {"INDEX.md": listing(("2", "a", ""), ("1", "b", "")), "a": b"1", "b": b"2"}
        assert [(pair.old.name, pair.metadata) for pair in compared(a, b).changed[1:]] == [
            ("a", {"id": ("1", "2")}),
            ("b", {"id": ("2", "1")}),
        ]

    def test_an_id_counts_more_than_a_digest(self) -> None:
        a = {"INDEX.md": listing(("1", "a", ""), ("2", "b", "")), "a": b"x", "b": b"y"}
        b = {"INDEX.md": listing(("1", "c", ""), ("2", "d", "")), "c": b"y", "d": b"x"}
        assert [(pair.old.name, pair.new.name) for pair in compared(a, b).renamed] == [("a", "c"), ("b", "d")]

    def test_an_id_goes_with_the_document_into_a_container(self) -> None:
        a = {"INDEX.md": listing(("7", "a.txt", "")), "a.txt": b"1\n"}
        b = {"INDEX.md": listing(("7", "x.bundle#k.txt", "")), "x.bundle": packed({"k.txt": b"2\n", "l.txt": b"3\n"})}
        assert told(a, b)[1] == "R a.txt -> x.bundle#k.txt (+1 -1 lines, 2 bytes)"

    def test_an_id_that_a_document_shares_with_its_copy(self) -> None:
        def tree(name: str, data: bytes) -> Tree:
            blocks = {name: data, "b": b"2"}
            return {"INDEX.md": listing(("7", name, "")), name: data, "m.bundle": packed(blocks, {name: "7", "b": "8"})}

        assert told(tree("a", b"old\n"), tree("z", b"new\n"))[1:] == [
            "R a -> z (+1 -1 lines, 4 bytes; likewise 'm.bundle#z')",
            "1 renamed, 1 changed, 1 unchanged",
        ]

    def test_an_id_that_several_documents_have(self) -> None:
        a = {"INDEX.md": listing(("7", "a", ""), ("7", "b", "")), "a": b"1", "b": b"2"}
        b = {"INDEX.md": listing(("7", "c", ""), ("7", "d", "")), "c": b"2", "d": b"1"}
        assert told(a, b)[1:3] == ["R b -> c", "R a -> d"]

    def test_a_nested_index_in_a_pack(self) -> None:
        a, b = ({"x/INDEX.md": listing(("1", "a", title)), "x/a": b"1"} for title in ("Old", "New"))
        for one in (Memory(a), Memory({"all": packed(a)}, is_folder=False)):
            for other in (Memory(b), Memory({"all": packed(b)}, is_folder=False)):
                found = comparing.compare(one, other, Options())
                assert [pair.metadata for pair in found.changed] == [{}, {"title": ("Old", "New")}]

    def test_ids_of_nested_indexes_are_different_ids(self) -> None:
        a = {"x/INDEX.md": listing(("1", "a", "")), "x/a": b"1"}
        b = {"y/INDEX.md": listing(("1", "b", "")), "y/b": b"2"}
        assert [one.name for one in compared(a, b).removed] == ["x/INDEX.md", "x/a"]

    def test_what_an_index_says(self) -> None:
        a = {"INDEX.md": listing(("1", "a", "Old"), ("2", "b", "Same")), "a": b"1", "b": b"2"}
        b = {"INDEX.md": listing(("1", "a", "New"), ("2", "b", "Same")), "a": b"1", "b": b"2"}
        assert told(a, b)[1:] == ["M a (title: 'Old' -> 'New')", "2 changed, 1 unchanged"]
        b["INDEX.md"] = b["INDEX.md"].replace(b"title", b"notes").replace(b"| 1 |", b"| |")
        assert "M a (id: '1' -> none; notes: none -> 'New'; title: 'Old' -> none)" in told(a, b)

    def test_an_index_on_one_side_only(self) -> None:
        a = {"INDEX.md": listing(("1", "a", "T")), "a": b"1"}
        assert told(a, {"a": b"1"}) == ["D INDEX.md", "1 removed, 1 unchanged"]

    def test_a_broken_index(self) -> None:
        a: Tree = {"INDEX.md": b"\xff\xfe\x00|" * 9, "a": b"1"}
        assert told(a, a) == ["no difference in 2 documents"]


class TestContainers:
    """A container is one document until something in it has changed."""

    BLOCKS: Tree = {"a.txt": b"one\n", "b.txt": b"two\n", "c.txt": b"three"}

    def bundle(self, **changes: bytes | None) -> bytes:
        blocks = self.BLOCKS | {f"{key}.txt": data for key, data in changes.items() if data is not None}
        kept = {name: data for name, data in blocks.items() if changes.get(name[:-4], b"") is not None}
        return packed(kept, {name: name for name in kept})

    def test_its_documents_are_told(self) -> None:
        a, b = {"x.bundle": self.bundle()}, {"x.bundle": self.bundle(a=b"1\n", b=None, d=b"four\n")}
        assert told(a, b) == [
            "M x.bundle#a.txt (+1 -1 lines, 4 -> 2 bytes)",
            "D x.bundle#b.txt",
            "A x.bundle#d.txt (5 bytes)",
            "1 added, 1 removed, 1 changed, 1 unchanged",
        ]

    def test_as_a_whole(self) -> None:
        data = self.bundle()
        assert told({}, {"x.bundle": data}) == [f"A x.bundle ({len(data)} bytes)", "1 added"]
        assert told({"x.bundle": data}, {}) == ["D x.bundle", "1 removed"]
        assert told({"x.bundle": data}, {"y.bundle": data}) == ["R x.bundle -> y.bundle", "1 renamed"]

    def test_nothing_but_the_framing(self) -> None:
        data = self.bundle()
        other = data.replace(b"<<<END 3>>>\n", b"")
        assert told({"x.bundle": data}, {"x.bundle": other}) == [
            "M x.bundle (the same documents, framed or ordered otherwise)",
            "1 changed, 3 unchanged",
        ]

    def test_documents_that_were_packed(self) -> None:
        loose = {**self.BLOCKS, "other.txt": b"!"}
        assert told(loose, {"x.bundle": self.bundle(), "other.txt": b"!"}) == [
            "R a.txt -> x.bundle#a.txt",
            "R b.txt -> x.bundle#b.txt",
            "R c.txt -> x.bundle#c.txt",
            "3 renamed, 1 unchanged",
        ]

    def test_a_packed_copy_is_the_same_document(self) -> None:
        a = {**self.BLOCKS, "x.bundle": self.bundle()}
        b = {**self.BLOCKS, "a.txt": b"1\n", "x.bundle": self.bundle(a=b"1\n")}
        assert told(a, b) == [
            "M a.txt (+1 -1 lines, 4 -> 2 bytes; likewise 'x.bundle#a.txt')",
            "1 changed, 2 unchanged",
        ]
        assert compared(a, b).unchanged[0].old.copies == ("x.bundle#b.txt",)

    def test_a_copy_that_stays_behind(self) -> None:
        a = {**self.BLOCKS, "x.bundle": self.bundle()}
        assert told(a, {**a, "a.txt": b"1\n"}) == ["M a.txt (+1 -1 lines, 4 -> 2 bytes)", "1 changed, 3 unchanged"]
        b = {**a, "x.bundle": self.bundle(a=b"1\n")}
        assert told(a, b) == ["M x.bundle#a.txt (+1 -1 lines, 4 -> 2 bytes)", "1 changed, 3 unchanged"]

    def test_what_the_index_says_of_the_container_and_of_its_blocks(self) -> None:
        a = {"INDEX.md": listing(("x", "x.bundle", "X"), ("1", "x.bundle#a.txt", "A")), "x.bundle": self.bundle()}
        b = {
            "INDEX.md": listing(("x", "x.bundle", "Y"), ("1", "x.bundle#a.txt", "B")),
            "x.bundle": self.bundle(b=b"2\n"),
        }
        assert told(a, b)[1:] == [
            "M x.bundle (its documents are told one by one; title: 'X' -> 'Y')",
            "M x.bundle#a.txt (title: 'A' -> 'B')",
            "M x.bundle#b.txt (+1 -1 lines, 4 -> 2 bytes)",
            "4 changed, 1 unchanged",
        ]

    def test_an_index_inside(self) -> None:
        def bundle(title: str) -> bytes:
            return packed({"INDEX.md": listing(("7", "a.txt", title)), **self.BLOCKS})

        assert told({"x.bundle": bundle("A")}, {"x.bundle": bundle("B")})[1:] == [
            "M x.bundle#a.txt (title: 'A' -> 'B')",
            "2 changed, 2 unchanged",
        ]

    def test_what_is_no_container_on_the_other_side(self) -> None:
        for other in (b"text\n", b"text\n" + self.bundle(a=b"1\n")):
            (line, summary) = told({"x": self.bundle()}, {"x": other})
            assert line.startswith("M x (+")
            assert summary == "1 changed"

    def test_the_order_of_blocks_does_not_matter(self) -> None:
        data = b"<<<FILE 2 b>>>\n1\n<<<FILE 1 a>>>\n1\n<<<END 2>>>\n"
        found = comparing.compare(Memory({"c": data}, is_folder=False), Memory({"c": b"1"}), Options())
        assert list(differences.as_text(found))[:-1] == ["D b", "R a -> c"]

    def test_a_container_in_name_only(self) -> None:
        assert told({"x.bundle": b"a\n"}, {"x.bundle": b"b\n"})[0] == "M x.bundle (+1 -1 lines, 2 bytes)"

    def test_blocks_of_one_name_and_of_none(self) -> None:
        one = b"<<<FILE 1 a>>>\nx\n<<<FILE 2 a>>>\ny\n<<<FILE 3>>>\nz\n"
        other = b"<<<FILE 2 a>>>\ny\n<<<FILE 3>>>\nz!\n"
        found = comparing.compare(Memory({"c": one}, is_folder=False), Memory({"c": other}, is_folder=False), Options())
        assert list(differences.as_text(found)) == [
            "M (no name) (+1 -1 lines, 1 -> 2 bytes)",
            "D a",
            "1 removed, 1 changed, 1 unchanged",
        ]

    def test_an_id_that_only_a_container_gives(self) -> None:
        loose = Memory({"INDEX.md": listing((None, "a", "T")), "a": b"1", "b": b"2"})
        files = {"INDEX.md": listing((None, "a", "T")), "a": b"1", "b": b"2"}
        one = Memory({"c": packed(files)}, is_folder=False)
        other = Memory({"c": packed(files, {"a": "7"})}, is_folder=False)
        assert comparing.compare(loose, one, Options()).is_empty
        assert [pair.metadata for pair in comparing.compare(one, other, Options()).changed] == [{"id": ("001", "7")}]

    def test_a_large_block_is_hashed_in_pieces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sides, "_CHUNK", 7)
        tree = {"a": b"<<<FILE 1 x>>>\n\\<<<END\n" * 9, "b": b"plain\n" * 9, "INDEX.md": listing(("001", "a", "T"))}
        found = comparing.compare(Memory(tree), Memory({"c.bundle": packed(tree)}, is_folder=False), Options())
        assert [pair.new.name for pair in found.unchanged] == ["INDEX.md", "a", "b"]


marked = st.sampled_from([b"\\", b"\\\\\\", b"<<<FILE", b"<<<END", b"<<<F", b"\n", b"\r\n", b"x", b" 1 x>>>"])


@given(st.lists(marked, max_size=30).map(b"".join), st.lists(st.integers(0, 99), max_size=9))
@example(b"\\<<<END", [])
@example(b"\\\\\\<<<FILE", [2, 5])
def test_unescaping_does_not_depend_on_the_pieces(body: bytes, places: list[int]) -> None:
    cuts = sorted(min(place, len(body)) for place in places)
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert b"".join(sides.unescaped(pieces)) == container.unescape(body)[0]


def test_unescaping_holds_little_back() -> None:
    taken = 0
    pieces = [b"\\" * 1000] * 50 + [b"x" * 1000] * 50
    given_out = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for piece in pieces:
            assert taken - given_out < 100
            taken += len(piece)
            yield piece

    for piece in sides.unescaped(counted()):
        given_out += len(piece)
    assert taken == given_out


NAMES = ("a.txt", "b.txt", "A.txt", "c/a.txt", "c/d.txt")
CONTENTS = (b"", b"one\n", b"one", b"two\r\nlines\r\n", b"two\nlines\n", b"\xef\xbb\xbfone\n", b"lines\ntwo\n")
plain_trees = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(CONTENTS))


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Few names, few contents, few ids: everything collides with everything."""
    tree: Tree = dict(draw(plain_trees))
    for name in draw(st.lists(st.sampled_from(["x.bundle", "y.bundle", "c/z.bundle"]), unique=True, max_size=2)):
        inside: Tree = dict(draw(plain_trees))
        inside |= {name: tree[name] for name in draw(st.lists(st.sampled_from(sorted(tree))))} if tree else {}
        if draw(st.booleans()):
            inside["INDEX.md"] = draw(indexes)
        tree[name] = packed(inside) if inside else b"<<<END 0>>>\n"
    for folder in draw(st.lists(st.sampled_from(["", "c/"]), unique=True)):
        tree[f"{folder}INDEX.md"] = draw(indexes)
    return tree


ids = st.none() | st.sampled_from(["1", "2", "3"])
indexes = st.lists(
    st.tuples(ids, st.sampled_from([*NAMES, "d.txt", "x.bundle#a.txt"]), st.none() | st.sampled_from("TU")), max_size=4
).map(lambda rows: listing(*rows))


@given(
    st.lists(st.sampled_from(["", "a/", "a/b/", "aa/", "a/b/a/"])),
    st.lists(st.sampled_from(["a", "b", "aa", "INDEX.md"]), min_size=1, max_size=5).map("/".join),
)
def test_the_nearest_index_governs(folders: list[str], name: str) -> None:
    listing = sides._Listing()
    for folder in folders:
        listing.add(f"{folder}INDEX.md", b"")
    own = name.removesuffix("INDEX.md") if name.endswith("INDEX.md") else None
    governing = [folder for folder in folders if name.startswith(folder) and folder != own]
    assert listing.folder_of(name) == max(governing, key=len, default="")


@given(trees())
def test_nothing_differs_from_itself(tree: Tree) -> None:
    assert compared(tree, tree).is_empty


def mirrored(pair: Pair) -> Pair:
    kinds = {"final-newline-lost": "final-newline-added", "final-newline-added": "final-newline-lost"}
    lines = pair.lines and (pair.lines[1], pair.lines[0])
    metadata = {key: (new, old) for key, (old, new) in pair.metadata.items()}
    return Pair(pair.new, pair.old, kinds.get(pair.kind, pair.kind), lines, metadata)


@given(trees(), trees())
def test_the_way_back_is_the_mirror_image(a: Tree, b: Tree) -> None:
    there, back = compared(a, b), compared(b, a)
    assert there.added == back.removed
    assert there.removed == back.added
    for one, other in ((there.renamed, back.renamed), (there.changed, back.changed), (there.unchanged, back.unchanged)):
        assert sorted(map(repr, map(mirrored, one))) == sorted(map(repr, other))


def applied(difference: Difference, before: dict[str, str]) -> dict[str, str]:
    """The digests by name that a difference makes of those on its first side."""
    pairs = [*difference.renamed, *difference.changed, *difference.unchanged]
    gone = [*difference.removed, *(pair.old for pair in pairs)]
    come = [*difference.added, *(pair.new for pair in pairs)]
    assert {one.name: one.sha256 for one in gone} == before
    assert len(gone) == len(before)
    after = {one.name: one.sha256 for one in come}
    assert len(after) == len(come)
    return after


def digests(tree: Tree) -> dict[str, str]:
    return {name: matching.digest(data) for name, data in tree.items()}


@given(plain_trees, plain_trees)
def test_a_difference_leads_from_one_side_to_the_other(a: Tree, b: Tree) -> None:
    found = compared(a, b)
    assert applied(found, digests(a)) == digests(b)
    assert all(pair.old.sha256 == pair.new.sha256 for pair in found.unchanged)
    assert all((pair.kind == "") == (pair.old.sha256 == pair.new.sha256) for pair in found.changed + found.renamed)
    assert not {one.name for one in found.added} & a.keys()
    assert not {one.name for one in found.removed} & b.keys()


def parts(tree: Tree, found: Iterable[Version]) -> Counter[tuple[str, str]]:
    """Name and digest of these documents, of the blocks of those that are containers, and of packed copies."""
    counted: Counter[tuple[str, str]] = Counter()
    for version in found:
        blocks = container.parse(tree[version.name]).blocks if version.name in tree else ()
        for block in blocks:
            body = container.unescape(tree[version.name][block.header_end : block.body_end])[0]
            counted[f"{version.name}#{block.name.decode()}", matching.digest(body)] += 1
        if not blocks:
            counted[version.name, version.sha256] += 1
        counted.update((copy, version.sha256) for copy in version.copies)
    return counted


@given(trees(), trees())
def test_each_document_of_each_container_is_told_once(a: Tree, b: Tree) -> None:
    found = compared(a, b)
    pairs = [*found.renamed, *found.changed, *found.unchanged]
    pairs = [pair for pair in pairs if pair.kind not in ("framing", "blocks")]
    old, new = [*found.removed, *(pair.old for pair in pairs)], [*found.added, *(pair.new for pair in pairs)]
    for tree, versions in ((a, old), (b, new)):
        whole = [Version(name, 0, digest) for name, digest in digests(tree).items()]
        assert parts(tree, versions) == parts(tree, whole)
    assert found.is_empty == (a == b)


@given(clean_trees(), st.booleans())
def test_a_folder_and_its_pack_are_the_same(tree: Tree, is_indexed: bool) -> None:
    if not is_indexed:
        del tree["INDEX.md"]
    pack = Memory({"all": packed(tree)}, is_folder=False)
    for a, b in ((Memory(tree), pack), (pack, Memory(tree))):
        found = comparing.compare(a, b, Options())
        assert found.is_empty
        assert len(found.unchanged) == len(tree)


@given(trees(), trees())
def test_all_formats_tell_the_same(a: Tree, b: Tree) -> None:
    found = compared(a, b)
    read = json.loads("\n".join(differences.as_json(found)))
    assert {key: len(read[key]) for key in ("added", "removed", "renamed", "changed", "unchanged")} == {
        key: count for key, count in read["summary"].items() if key != "incomplete"
    }
    lines = list(differences.as_text(found))
    told = [len(getattr(found, kind)) for kind in ("added", "removed", "renamed", "changed")]
    assert len(lines) == 1 + sum(told)
    assert [sum(line.startswith(letter) for line in lines) for letter in ("A ", "D ", "R ", "M ")] == told
    assert len(list(differences.as_markdown(found))) == 1 + (sum(told) and 1 + sum(told))


class TestJson:
    """Keys that programs can build on."""

    def test_keys(self) -> None:
        a = {"INDEX.md": listing(("1", "a", "T")), "a": b"1\n", "b": b"2\n", "c": b"3\n"}
        b = {"INDEX.md": listing(("1", "a", "U")), "a": b"3\n", "d": b"2\n", "e": b"5\n"}
        read = json.loads("\n".join(differences.as_json(compared(a, b))))
        assert list(read) == [
            *("version", "tool", "a", "b", "summary"),
            *("added", "removed", "renamed", "changed", "unchanged", "problems"),
        ]
        assert read["added"] == [
            {"name": "e", "id": None, "size": 2, "sha256": digests(b)["e"], "metadata": None, "copies": []}
        ]
        changed = read["changed"][1]
        assert {key: changed[key] for key in changed if key not in ("old", "new")} == {
            "content": "content",
            "lines_added": 1,
            "lines_removed": 1,
            "content_of": "c",
            "metadata": {"title": {"old": "T", "new": "U"}},
        }
        assert changed["new"]["metadata"] == {"id": "1", "title": "U"}
        assert list(read["renamed"][0]) == list(changed)

    def test_a_name_that_is_not_utf8(self) -> None:
        (line,) = [line for line in differences.as_json(compared({}, {"caf\udce9": b""})) if "name_bytes" in line]
        assert line.isascii()
        assert base64.b64decode(json.loads(line)["name_bytes"]) == b"caf\xe9"

    def test_a_name_that_windows_allows(self) -> None:
        text = "\n".join(differences.as_json(Difference("a", "b", (Version("\ud800", 0, ""),))))
        assert base64.b64decode(json.loads(text)["added"][0]["name_bytes"]) == b"\xed\xa0\x80"


EVIL = [
    "esc\x1b[31m.txt",
    "line\n::error::x",
    "::error::x",
    "##[error]x",
    "flip\u202etxt.exe",
    "caf\udce9",
    "`tick` ``two`` `",
    "**bold** [link](http://example.org) <b>@someone #1 | x",
    " blank ",
    "-rf",
    "x" * 5000,
]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("format", differences.FORMATS)
def test_nothing_that_a_name_or_a_title_says_is_obeyed(name: str, format: str) -> None:
    title = name.replace("\n", "\x0b").replace("|", "\\|")
    row = f"| name | title |\n| --- | --- |\n| a | {title}%s |\n"
    a: Tree = {"a": b"1", "b": b"2", "INDEX.md": (row % "1").encode("utf-8", "surrogateescape")}
    b: Tree = {"a": b"1", name: b"2", "INDEX.md": (row % "2").encode("utf-8", "surrogateescape")}
    lines = list(differences.render(format, compared(a, b)))
    for line in lines:
        assert line.isprintable()
        assert not set(line) & set(BIDI_CONTROLS)
        assert "##[" not in line
        assert not line.lstrip().startswith("::")
        line.encode()
    if format == "markdown":
        for line in lines[2:]:
            assert not re.search(r"[*\[<@#|]", re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line))
    if format == "text":
        assert max(map(len, lines)) < 6000


def test_a_comment_has_its_limits() -> None:
    lines = list(differences.as_markdown(compared({}, {f"{number:05}": b"" for number in range(9000)})))
    assert len("\n".join(lines)) < 65_536
    more = re.fullmatch(r"- … and ([\d,]+) more", lines[-1])
    assert more
    assert len(lines) - 3 + int(more[1].replace(",", "")) == 9000


class Failing(Memory):
    """A tree in which some files cannot be read, or change meanwhile."""

    def __init__(self, contents: Tree, failures: dict[str, Exception], odd: dict[str, Odd] | None = None) -> None:
        super().__init__({**contents, **(odd or {})}, "there")
        self._failures = failures

    def open(self, name: str) -> Any:
        failure = self._failures.get(name)
        if isinstance(failure, OSError):
            raise failure
        source = super().open(name)
        if failure is not None:
            source.close = _changed  # type: ignore[method-assign]
        return source


def _changed() -> None:
    raise Changed


class TestWhatCannotBeRead:
    """Nothing is said of it but that."""

    @pytest.mark.parametrize("failure", [OSError(13, "Permission denied"), Changed()])
    def test_is_neither_added_nor_removed(self, failure: Exception) -> None:
        whole: Tree = {"a": b"1", "b": b"2", "x.bundle": packed({"c": b"3"}), "INDEX.md": listing(("1", "a", "T"))}
        for name in whole:
            part = Failing(whole, {name: failure})
            for one, other in ((part, Memory(whole)), (Memory(whole), part)):
                found = comparing.compare(one, other, Options())
                assert found.is_empty
                assert found.incomplete
                assert len(found.unchanged) == len(whole) - 1
                assert [problem.path for problem in found.problems] == [f"there/{name}"]

    def test_is_said(self) -> None:
        found = comparing.compare(Failing({"a": b"1"}, {"a": OSError(13, "Permission denied")}), Memory({}), Options())
        assert list(differences.as_text(found)) == [
            "! there/a: permission denied",
            "no difference in 0 documents",
            "incomplete: not everything could be compared",
        ]
        assert list(differences.as_markdown(found))[2:] == [
            "- not compared: `there/a` (`permission denied`)",
            "",
            "Not everything could be compared.",
        ]
        read = json.loads("\n".join(differences.as_json(found)))
        assert read["problems"] == [{"kind": "unreadable", "path": "there/a", "detail": "permission denied"}]
        assert read["summary"]["incomplete"] is True

    def test_everything_in_a_folder_that_cannot_be_listed(self) -> None:
        part = Failing({"a": b"1"}, {}, {"c": Odd("unreadable", "permission denied")})
        found = comparing.compare(part, Memory({"a": b"1", "c/d": b"2", "cc": b"3"}), Options())
        assert [one.name for one in found.added] == ["cc"]

    def test_everything_in_a_container_that_is_a_collection(self) -> None:
        part = Failing({"c": packed({"a": b"1"})}, {"c": OSError(5, "Input/output error")})
        part.is_folder = False
        found = comparing.compare(part, Memory({"a": b"1"}), Options())
        assert (found.is_empty, found.incomplete) == (True, True)

    def test_a_container_that_changes_before_it_is_opened(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sides.Side, "_blocks", lambda *_: _changed())
        a, b = ({"x.bundle": packed({"a": data}), "y": data} for data in (b"1", b"2"))
        found = compared(a, b)
        assert [pair.new.name for pair in found.changed] == ["y"]
        assert found.incomplete

    def test_a_document_that_changes_before_it_is_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(matching, "digest", lambda _: "")
        assert told({"a": b"1\n"}, {"a": b"1"})[0] == "M a (other content, 2 -> 1 byte)"

    def test_what_is_no_document_is_listed(self) -> None:
        part = Failing({}, {}, {"a": Odd("link", "it leads to a folder")})
        found = comparing.compare(part, Memory({"a": b"1"}), Options())
        assert not found.incomplete
        assert list(differences.as_text(found)) == ["A a (1 byte)", "! there/a: it leads to a folder", "1 added"]


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith("GIT_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    run = subprocess.run(["git", *who, *arguments], cwd=folder, input=stdin, capture_output=True, check=True)
    return os.fsdecode(run.stdout).strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=x y: z")


TEXTS: Tree = {
    "texts/INDEX.md": listing(("1", "a.txt", "A"), ("2", "b/c.txt", "C")),
    "texts/a.txt": b"one\r\ntwo\n",
    "texts/b/c.txt": "drei \u00fc\n".encode(),
    "texts/b.txt": b"",
    "texts/all.bundle": packed({"a.txt": b"one\r\ntwo\n"}),
    "texts/.hidden": b"x",
    "texts/.folder/x": b"x",
    "other.txt": b"not a text\n",
}


@pytest.fixture
def repository(tmp_path: Path, surroundings: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = lay(tmp_path / "repository", TEXTS)
    git(root, "init", "--quiet")
    commit(root)
    monkeypatch.chdir(root)
    return root


def walked(tree: revisions.Revision | Folder, *exclude: str) -> list[Found]:
    return list(tree.walk(Options(exclude=exclude)))


def contents(spelled: str) -> Tree:
    with closing(revisions.Revision(spelled)) as tree:
        return {found.name: read(tree, found.name) for found in walked(tree) if found.odd is None}


def read(tree: revisions.Revision, name: str) -> bytes:
    source = tree.open(name)
    data = source.read(0, source.size)
    source.close()
    return data


class TestRevisions:
    """A git revision is a folder or a file like those on the disk."""

    def test_a_clean_checkout_is_the_same(self, repository: Path) -> None:
        for a, b in (("HEAD:texts", "texts"), ("texts", "HEAD:texts"), ("HEAD:", "."), ("HEAD:texts", "main:texts")):
            found = comparing.diff(a, b)
            assert found.is_empty
            assert not found.problems
            assert len(found.unchanged) == 5 + (b == ".")
            assert (found.a, found.b) == (a, b)

    def test_what_a_change_does(self, repository: Path) -> None:
        lay(repository, {"texts/a.txt": b"one\r\n2\n", "texts/new.txt": b"new\n"})
        (repository / "texts/b.txt").rename(repository / "texts/d.txt")
        commit(repository)
        said = [
            "M a.txt (+1 -1 lines, 9 -> 7 bytes)",
            "R b.txt -> d.txt",
            "A new.txt (4 bytes)",
            "1 added, 1 renamed, 1 changed, 3 unchanged",
        ]
        for b in ("HEAD:texts", "texts"):
            assert list(differences.as_text(comparing.diff("HEAD~1:texts", b))) == said

    def test_a_container_in_a_revision(self, repository: Path) -> None:
        (repository / "b.bundle").write_bytes(packed({"a.txt": b"1\n"}))
        assert list(differences.as_text(comparing.diff("HEAD:texts/all.bundle", "b.bundle"))) == [
            "M a.txt (+1 -2 lines, 9 -> 2 bytes)",
            "1 changed",
        ]

    def test_the_ways_to_spell_it(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        texts = {name.removeprefix("texts/"): data for name, data in TEXTS.items() if name.startswith("texts/")}
        texts = {name: data for name, data in texts.items() if not name.startswith(".")}
        git(repository, "tag", "--annotate", "--message=x", "v1")
        for spelled in ("HEAD:texts", "HEAD:texts/", "v1:texts", "HEAD^{/x y: z}:texts", "HEAD^{tree}:texts"):
            assert contents(spelled) == texts
        assert contents(":texts/a.txt") == {"a.txt": texts["a.txt"]}
        assert contents(f"{git(repository, 'rev-parse', 'HEAD:texts')}:b") == {"c.txt": texts["b/c.txt"]}
        monkeypatch.chdir(repository / "texts/b")
        for spelled in ("HEAD:./", "HEAD:../b", "HEAD:texts/b"):
            assert contents(spelled) == {"c.txt": texts["b/c.txt"]}
        assert comparing.diff("HEAD:texts/INDEX.md", "..").is_empty
        assert comparing.diff("HEAD:texts/INDEX.md", "HEAD:../INDEX.md").is_empty

    def test_names_as_a_user_would_write_them(self, repository: Path) -> None:
        for spelled, shown in (("HEAD:texts", "HEAD:texts/b"), ("HEAD:texts/", "HEAD:texts/b"), ("HEAD:", "HEAD:b")):
            tree = revisions.Revision(spelled)
            assert tree.shown("b") == shown
            assert tree.shown("") == tree.path
        tree = revisions.Revision("HEAD:texts/a.txt")
        assert (tree.is_folder, tree.shown("a.txt")) == (False, "HEAD:texts/a.txt")

    def test_what_exists_is_taken_first(self, repository: Path) -> None:
        if os.name == "nt":
            pytest.skip("Windows has no such names")
        lay(repository, {"HEAD:texts/other": b"1\n"})
        assert [pair.new.name for pair in comparing.diff("HEAD:texts", "HEAD:texts").unchanged] == ["other"]

    @pytest.mark.parametrize(
        ("spelled", "said"),
        [
            ("nope:texts", "there is neither a file 'nope:texts' nor a git revision 'nope'; see `git log`"),
            ("-x:texts", "nor a git revision '-x'"),
            ("--output=x:texts", "nor a git revision '--output=x'"),
            ("HEAD:nope", "there is no 'nope' in 'HEAD'; a path begins at the top of the repository"),
            ("HEAD:text", "there is no 'text' in 'HEAD'"),
            (":texts", "no file 'texts' is staged; for a folder write HEAD:texts"),
            (":/x y", "':/x y' names a commit and not its files: write REV:path, or REV: for all of them"),
            ("HEAD:a\nb", r"git cannot be asked for 'HEAD:a\\nb', which holds a line end"),
            ("HEAD:\ud800", "which cannot be written in UTF-8"),
            ("C:\\texts", "no such file or folder"),
            ("c:/texts", "no such file or folder"),
            ("HEAD", "no such file or folder: 'HEAD'; a git revision is written REV:path, or REV: for all of it"),
        ],
    )
    def test_what_is_not_there(self, repository: Path, spelled: str, said: str) -> None:
        with pytest.raises(UsageError, match=said) as error:
            comparing.diff(spelled, "texts")
        assert "\n" not in str(error.value)

    def test_an_abbreviation_of_several_objects(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(revisions, "_git", lambda *_, **__: b"abcd:texts missing\nabcd ambiguous\n")
        with pytest.raises(UsageError, match="'abcd' may mean several revisions: write more of it"):
            revisions.Revision("abcd:texts")

    def test_outside_a_repository(self, tmp_path: Path, surroundings: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UsageError, match=r"no such file or folder: 'HEAD:a'; .* belongs to no repository") as error:
            comparing.diff("HEAD:a", ".")
        assert "\n" not in str(error.value)

    def test_an_empty_repository(self, tmp_path: Path, surroundings: None, monkeypatch: pytest.MonkeyPatch) -> None:
        git(tmp_path, "init", "--quiet")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UsageError, match="nor a git revision 'HEAD'"):
            comparing.diff("HEAD:a", ".")

    def test_a_broken_repository(self, repository: Path) -> None:
        (repository / ".git/config").write_text("[broken\n")
        with pytest.raises(UsageError, match="git cannot read its repository: fatal: bad config"):
            revisions.Revision("HEAD:texts")

    def test_without_git(self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        with pytest.raises(UsageError, match=r"no such file or folder: 'HEAD:a'; .*git is not installed"):
            comparing.diff("HEAD:a", ".")
        if os.name == "posix":
            (tmp_path / "bin/git").write_text("no program")
            (tmp_path / "bin/git").chmod(0o755)
            with pytest.raises(UsageError, match="git cannot be run"):
                comparing.diff("HEAD:a", ".")

    def test_the_order_is_that_of_a_folder(self, repository: Path) -> None:
        tree = {name: name.encode() for name in ("a/b", "a.txt", "a-b", "a b/c", "a0", "z/y/x", "z/y.x", "é")}
        lay(repository / "sorted", tree)
        commit(repository)
        names = [found.name for found in walked(revisions.Revision("HEAD:sorted"))]
        assert names == [found.name for found in walked(Folder("sorted"))]
        assert sorted(names) == sorted(tree)

    def test_exclusions(self, repository: Path) -> None:
        for patterns in (("*.txt",), ("b",), ("b/c.txt", "*.md")):
            names = walked(revisions.Revision("HEAD:texts"), *patterns)
            assert names == walked(Folder("texts"), *patterns)

    def test_checking_a_revision_is_checking_its_checkout(self, repository: Path) -> None:
        with closing(revisions.Revision("HEAD:texts")) as tree:
            ours, theirs = (engine.check([one], Options()) for one in (tree, Folder("texts")))
        assert [(one.code, one.path.removeprefix("HEAD:"), one.line) for one in ours.findings] == [
            (one.code, one.path, one.line) for one in theirs.findings
        ]
        assert ours.findings
        assert ours.documents == theirs.documents

    @any_bytes_in_names
    def test_names_of_any_bytes(self, repository: Path) -> None:
        for name in (b"caf\xe9", b"line\nend", b'tab\t"quote"', b"-rf", b"a:b"):
            Path(os.fsdecode(b"texts/" + name)).write_bytes(name)
        commit(repository)
        assert comparing.diff("HEAD:texts", "texts").is_empty
        assert contents("HEAD:texts")["caf\udce9"] == b"caf\xe9"

    @posix
    def test_links(self, repository: Path) -> None:
        texts = repository / "texts"
        links = {
            "to-a": "a.txt",
            "b/up": "../a.txt",
            "to-link": "to-a",
            "through": "folder/c.txt",
            "folder": "b",
            "out": "../other.txt",
            "absolute": "/etc/hostname",
            "nowhere": "nope",
            "no-folder": "a.txt/b",
            "loop": "loop",
            "to-hidden": ".hidden",
        }
        for name, target in links.items():
            (texts / name).symlink_to(target)
        commit(repository)
        found = comparing.diff("HEAD:texts", "texts")
        assert found.is_empty
        assert len(found.unchanged) == 5 + 4
        assert not found.incomplete
        ours, theirs = found.problems[: len(found.problems) // 2], found.problems[len(found.problems) // 2 :]
        assert [(one.kind, one.name) for one in ours] == [(one.kind, one.name) for one in theirs]
        details = {one.name: one.detail for one in ours}
        assert details == {
            "folder": "it leads to a folder",
            "out": "it leads out of the collection, to '../other.txt'",
            "absolute": "it leads out of the collection, to '/etc/hostname'",
            "nowhere": "its target does not exist",
            "no-folder": "its target does not exist",
            "loop": "it leads back to itself",
            "to-hidden": "it leads to something that is not part of the collection",
        }
        (texts / "line\nend").symlink_to("a.txt")
        commit(repository)
        odd = {one.name: one.odd for one in walked(revisions.Revision("HEAD:texts"))}
        assert odd["line\nend"] == Odd("link", "it has a line end in its name")
        assert contents("HEAD:texts/to-a") == {"to-a": TEXTS["texts/a.txt"]}

    def test_a_submodule_is_no_document(self, repository: Path) -> None:
        git(
            repository, "update-index", "--add", "--cacheinfo", f"160000,{git(repository, 'rev-parse', 'HEAD')},texts/m"
        )
        git(repository, "commit", "--quiet", "--message=x")
        found = comparing.diff("HEAD:texts", "HEAD~1:texts")
        assert found.is_empty
        assert [(one.kind, one.path) for one in found.problems] == [("special", "HEAD:texts/m")]

    def test_a_pointer_to_a_large_file_is_what_the_revision_holds(self, repository: Path) -> None:
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
        lay(repository, {"texts/large.txt": pointer})
        commit(repository)
        assert contents("HEAD:texts")["large.txt"] == pointer

    @posix
    def test_nothing_that_a_repository_names_is_run(self, repository: Path, tmp_path: Path) -> None:
        spy = tmp_path / "spy"
        spy.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\ncat\n")
        spy.chmod(0o755)
        for key in (
            "core.pager",
            "core.fsmonitor",
            "filter.spy.smudge",
            "diff.spy.textconv",
            "diff.external",
            "alias.ls-tree",
        ):
            git(repository, "config", key, str(spy))
        (repository / ".gitattributes").write_text("* filter=spy diff=spy\n")
        assert comparing.diff("HEAD:texts", "HEAD:texts").is_empty
        assert not (tmp_path / "ran").exists()


class TestObjects:
    """Blobs come out of one process, of any size, and in any order."""

    def test_one_process(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(repository, {f"many/{number:04}": b"%d" % number for number in range(2000)})
        commit(repository)
        started: list[tuple[str, ...]] = []
        start = revisions._start

        def noted(*arguments: str, **how: Any) -> subprocess.Popen[bytes]:
            started.append(arguments)
            return start(*arguments, **how)

        monkeypatch.setattr(revisions, "_start", noted)
        assert len(contents("HEAD:many")) == 2000
        assert started.count(("cat-file", "--batch")) == 1
        assert len(started) == 3

    @given(data=st.data())
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_a_large_blob_is_read_like_a_small_one(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
    ) -> None:
        monkeypatch.setattr(streams, "IN_MEMORY", 3)
        monkeypatch.setattr(streams, "PIECE", 4)
        monkeypatch.setattr(revisions, "PIECE", 4)
        with ExitStack() as stack:
            tree = stack.enter_context(closing(revisions.Revision("HEAD:texts")))
            files = {found.name: TEXTS[f"texts/{found.name}"] for found in walked(tree)}
            chosen = data.draw(st.lists(st.sampled_from(sorted(files)), min_size=1, unique=True))
            opened = {name: stack.enter_context(closing(tree.open(name))) for name in chosen}
            places = st.integers(0, 300)
            for name in data.draw(st.lists(st.sampled_from(chosen), max_size=9)):
                start, end = sorted((data.draw(places), data.draw(places)))
                assert opened[name].read(start, end) == files[name][start:end]
            assert {name: source.size for name, source in opened.items()} == {name: len(files[name]) for name in chosen}
            assert read(tree, "a.txt") == files["a.txt"]

    def test_containers_with_large_blocks(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        big = {f"{number}.txt": b"\\<<<END 1>>>\nline\n" * 2000 for number in range(5)}
        lay(repository, {"big.bundle": packed(big)})
        commit(repository)
        monkeypatch.setattr(streams, "IN_MEMORY", 1000)
        monkeypatch.setattr(sides, "_CHUNK", 1 << 10)
        with closing(revisions.Revision("HEAD:big.bundle")) as tree:
            found = comparing.compare(tree, Memory(big), Options())
        assert found.is_empty
        assert len(found.unchanged) == 5

    @pytest.mark.parametrize("damage", ["missing", "empty", "garbled"])
    def test_a_blob_that_cannot_be_read(self, repository: Path, damage: str) -> None:
        name = git(repository, "rev-parse", "HEAD:texts/a.txt")
        path = repository / f".git/objects/{name[:2]}/{name[2:]}"
        data = path.read_bytes()
        path.chmod(0o644)
        path.unlink()
        if damage != "missing":
            path.write_bytes(b"" if damage == "empty" else data[:12] + bytes(8) + data[20:])
        found = comparing.diff("HEAD:texts", "texts")
        assert found.is_empty
        assert found.incomplete
        (problem,) = found.problems
        assert problem.path == "HEAD:texts/a.txt"
        assert "git fsck" in problem.detail or "fetch it first" in problem.detail
        assert len(found.unchanged) == 4

    def test_git_that_goes_away(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tree = revisions.Revision("HEAD:texts")
        list(tree.walk(Options()))
        assert read(tree, "a.txt")
        assert tree._objects._process is not None
        tree._objects._process.kill()
        tree._objects._process.wait()
        with pytest.raises(OSError, match="git fsck"):
            read(tree, "b/c.txt")
        assert read(tree, "b/c.txt") == TEXTS["texts/b/c.txt"]
        monkeypatch.setattr(streams, "IN_MEMORY", 3)
        with closing(tree.open("a.txt")) as source:
            assert source.read(0, 2) == TEXTS["texts/a.txt"][:2]
            tree.close()
            tree.close()
            assert source.read(2, 4) == TEXTS["texts/a.txt"][2:4]
        tree.close()

    def test_nothing_stays_open(self, repository: Path) -> None:
        if not os.path.isdir("/dev/fd"):
            pytest.skip("this system does not show open files")
        before = len(os.listdir("/dev/fd"))
        for _ in range(3):
            comparing.diff("HEAD:texts", "texts")
            with pytest.raises(UsageError):
                comparing.diff("HEAD:texts", "nowhere")
        assert len(os.listdir("/dev/fd")) == before


class TestPaths:
    """Folders and containers on the disk, in any mix."""

    def test_every_mix(self, repository: Path, tmp_path: Path) -> None:
        texts = {name.removeprefix("texts/"): data for name, data in TEXTS.items() if name.startswith("texts/")}
        texts = {name: data for name, data in texts.items() if not name.startswith(".")}
        pack = tmp_path / "pack"
        pack.write_bytes(packed(texts))
        sources = ["HEAD:texts", "texts", "texts/INDEX.md", str(pack)]
        for a in sources:
            for b in sources:
                assert comparing.diff(a, b).is_empty

    def test_single_documents(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a/x.txt": b"1\n2\n", "b/x.txt": b"1\n"})
        found = comparing.diff(str(tmp_path / "a/x.txt"), str(tmp_path / "b/x.txt"))
        assert list(differences.as_text(found)) == ["M x.txt (+0 -1 lines, 4 -> 2 bytes)", "1 changed"]

    def test_settings_are_obeyed(self, tmp_path: Path) -> None:
        lay(tmp_path, {"a/x.tmp": b"1", "a/y.pack": b"!\n" + packed({"k": b"1"}), "b/y.pack": packed({"k": b"2"})})
        options = Options(exclude=("*.tmp",), containers=("*.pack",))
        found = comparing.diff(str(tmp_path / "a"), str(tmp_path / "b"), options)
        assert [pair.new.name for pair in found.changed] == ["y.pack#k"]
        assert not found.removed

    @pytest.mark.parametrize("missing", [0, 1])
    def test_what_is_not_there(self, tmp_path: Path, missing: int) -> None:
        paths = [str(tmp_path), str(tmp_path)]
        paths[missing] = str(tmp_path / "nowhere")
        with pytest.raises(UsageError, match="no such file or folder"):
            comparing.diff(paths[0], paths[1])

    def test_notes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        git(tmp_path, "init", "--quiet")
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        found = comparing.diff(str(tmp_path), str(tmp_path))
        assert found.notes == ("git is not installed: files that it would ignore are checked too",)

    def test_no_more_memory_than_pieces(self, tmp_path: Path) -> None:
        code = (
            "import sys, resource; from validator import comparing; "
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
            "found = comparing.diff(sys.argv[1], sys.argv[2]); assert len(found.changed) == 1, found; "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
        )
        if sys.platform != "linux":
            pytest.skip("memory is counted otherwise here")
        line = b"a line of some length that is written again and again\n" * (1 << 10)
        for name, last in (("a", b"1"), ("b", b"2")):
            with open(tmp_path / name, "wb") as file:
                file.write(b"<<<FILE 1 x>>>\n")
                file.writelines(line for _ in range(1200))
                file.write(last)
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "a"), str(tmp_path / "b")],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        )
        assert int(run.stdout) < 20_000
