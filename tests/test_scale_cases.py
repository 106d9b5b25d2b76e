"""Collections of which a part alone does not tell what is to be said: large runs say it all the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.strategies import Tree
from tests.test_scale import Here, both, write
from validator import columnar, container, engine, scale
from validator.digests import blake3, sha256
from validator.model import Options
from validator.scale import shards
from validator.scale.store import Store
from validator.trees import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from validator.trees import Found, Source

A, B, SPOILED = b"One line of it.\n", b"Another line of text.\n", b"One l\xffine.\n"


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many shards as files, and what was written just now is as good as old."""
    monkeypatch.setattr(shards, "_SMALL", 0)
    monkeypatch.setattr(shards, "_RACY", -(10**12))


def table(columns: str, *rows: tuple[object, ...]) -> bytes:
    lines = [columns.split(), ["---"] * len(columns.split()), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines).encode()


def pinned(tree: Tree) -> bytes:
    return table("name bytes sha256", *((name, len(data), sha256(data).hexdigest()) for name, data in tree.items()))


def pack(**blocks: bytes) -> bytes:
    return packed(blocks)


def packed(blocks: Tree) -> bytes:
    return b"".join(container.pack((b"%d" % n, name.encode(), body) for n, (name, body) in enumerate(blocks.items())))


def rows(text: bytes) -> bytes:
    return columnar.of_text(text, "INDEX.md")


TWO = pack(a=A, b=B)
INNER = packed({"x": SPOILED})
LOG = b"Tide at six, wind from the west, two boats out for herring before the light.\n"
_DECLARED = table("name copy-of", ("a.txt", ""), ("b.txt", "a.txt"), ("c.txt", ""))
_TITLED = {"a.txt": b"---\nx: 1\n---\nText.\n", "schema.json": b'{"type": "object", "required": ["title"]}\n'}
_TWICE = table("name sha256", ("a", sha256(A).hexdigest()), ("c.bundle#a", sha256(A).hexdigest()))
_OWN = packed({"INDEX.md": table("name", ("a.txt",)), "a.txt": b"Not the same.\n"})
_HARSH = Options(max_document_size=200)
_POINTED = rows(pinned({f"{'long-' * 20}{n}.txt": A for n in range(30)}))

CASES: dict[str, tuple[Tree, Options]] = {
    "an index without rows": ({"a.txt": A, "INDEX.md": table("name bytes")}, Options()),
    "a schema for front matter": (
        {**_TITLED, "INDEX.md": b"---\nmetadata: schema.json\n---\n\n" + pinned(_TITLED)},
        Options(),
    ),
    "one block listed twice, the other not": ({"c.bundle": TWO, "INDEX.md": _TWICE}, Options()),
    "a loose copy listed, and the block": ({"c.bundle": TWO, "a": A, "INDEX.md": _TWICE}, Options()),
    "a container with a reserved name": ({"aux.bundle": TWO, "INDEX.md": pinned({"aux.bundle": TWO})}, Options()),
    "a container in a reserved folder": ({"con/c.bundle": TWO, "INDEX.md": pinned({"con/c.bundle": TWO})}, Options()),
    "a stale copy with another kind of digest": (
        {
            "a.txt": A,
            "own.bundle": _OWN,
            "INDEX.md": table(
                "name blake3 language",
                ("a.txt", blake3(A).hexdigest(), "en"),
                ("own.bundle", blake3(_OWN).hexdigest(), ""),
            ),
        },
        Options(),
    ),
    "a line that is nearly a header of a loose file": (
        {
            "c.bundle": b"<<<FILE 1 z>>>\nText.\n<<< FILE 2 a.txt>>>\nOne line of it.\n<<<END 1>>>\n",
            "a.txt": A,
            "INDEX.md": table("name", ("z",), ("a.txt",), ("c.bundle#a.txt",)),
        },
        Options(),
    ),
    "a container in a container": (
        {
            "a.bundle": INNER,
            "z.bundle": packed({"a.bundle": INNER, "q": A}),
            "INDEX.md": pinned({"q": A, "x": SPOILED, "a.bundle": INNER}),
        },
        Options(),
    ),
    "a container in an earlier one": (
        {"a.bundle": packed({"b.bundle": pack(x=A)}), "b.bundle": pack(x=A), "a.txt": A},
        Options(),
    ),
    "what a container allows for nothing": (
        {"own.bundle": packed({"INDEX.md": b"---\nallow:\n  a:\n    ENC001: why\n---\n\n" + pinned({"a": A}), "a": A})},
        Options(),
    ),
    "settings that ignore for nothing": (
        {"c.bundle": TWO, "a.txt": A, "INDEX.md": pinned({"c.bundle": TWO, "a.txt": A})},
        Options(per_file_ignores=(("*.none", ("ENC001",)), ("c.bundle", ("ENC001",)))),
    ),
    "an index that lists itself": ({"a.txt": A, "INDEX.md": table("name", ("a.txt",), ("INDEX.md",))}, Options()),
    "a file that is nearly an index": ({"a.txt": A, "index.txt": B}, Options()),
    "twin folders with Parquet indexes": (
        {"sub/a.txt": A, "sub/INDEX.parquet": rows(pinned({"a.txt": A})), "Sub/a.txt": A, "Sub/INDEX.parquet": b"PAR1"},
        Options(),
    ),
    "a Parquet index without rows": ({"a.txt": A, "INDEX.parquet": columnar.write(["name"], [])}, Options()),
    "a permission for nothing in a Parquet index": (
        {"a.txt": A, "INDEX.parquet": rows(table("name allow", ("a.txt", "ENC001: why")))},
        Options(),
    ),
    "a Parquet index over the limit": (
        {"a.txt": A, "INDEX.md": b"---\n" + columnar.pointer(sha256(_POINTED).hexdigest()).encode() + b"---\n",
         "INDEX.parquet": _POINTED},
        _HARSH,
    ),
    "loose duplicates": (
        {"a.txt": LOG, "b/c.txt": LOG, "b/d.txt": LOG, "e.txt": A, "f.txt": A},
        Options(),
    ),
    "loose duplicates that the index pins": (
        {"a.txt": LOG, "b.txt": LOG, "c.txt": B, "INDEX.md": pinned({"a.txt": LOG, "b.txt": LOG, "c.txt": B})},
        Options(),
    ),
    "duplicates with another kind of digest": (
        {
            "a.txt": LOG,
            "b.txt": LOG,
            "INDEX.md": table("name blake3", *((name, blake3(LOG).hexdigest()) for name in ("a.txt", "b.txt"))),
        },
        Options(),
    ),
    "duplicates listed by different digests": (
        {
            "a/a.txt": LOG,
            "a/INDEX.md": table("name sha256 blake3", ("a.txt", sha256(LOG).hexdigest(), blake3(LOG).hexdigest())),
            "b/b.txt": LOG,
            "b/INDEX.md": table("name blake3", ("b.txt", blake3(LOG).hexdigest())),
        },
        Options(),
    ),
    "a duplicate that is declared, and one that is not": (
        {"a.txt": LOG, "b.txt": LOG, "c.txt": LOG, "INDEX.md": _DECLARED},
        Options(),
    ),
    "duplicates in a container": (
        {"a.bundle": packed({"a.txt": LOG, "b.txt": LOG, "c.txt": A, "d.txt": A})},
        Options(),
    ),
    "duplicates in two containers": (
        {"a.bundle": packed({"a.txt": LOG, "c.txt": B}), "b.bundle": packed({"b.txt": LOG, "c.txt": A})},
        Options(),
    ),
    "duplicates in two containers with one name": (
        {"a.bundle": packed({"a.txt": LOG}), "b.bundle": packed({"a.txt": LOG}), "c/d.bundle": packed({"e.txt": LOG})},
        Options(),
    ),
    "a loose document and a block": (
        {"a.txt": LOG, "b.txt": B, "old/c.bundle": packed({"d.txt": LOG, "e.txt": A})},
        Options(),
    ),
    "a loose document, its packed copy and a duplicate": (
        {"a.txt": LOG, "c.bundle": packed({"a.txt": LOG, "d.txt": LOG}), "e.txt": A},
        Options(),
    ),
    "duplicates in a container with an index of its own": (
        {
            "a.txt": LOG,
            "own.bundle": packed({"INDEX.md": pinned({"x": LOG, "y": LOG}), "x": LOG, "y": LOG}),
            "INDEX.md": table("name", ("a.txt",), ("own.bundle",)),
        },
        Options(),
    ),
    "copies in containers of what lies there under that name": (
        {"a.txt": LOG, "old/c.bundle": packed({"a.txt": LOG}), "old/d.bundle": packed({"a.txt": LOG}), "e.txt": b""},
        Options(),
    ),
    "a duplicate in a block without a name": (
        {"a.txt": LOG, "b.bundle": packed({"x": A}) + b"<<<FILE 1>>>\n" + LOG + b"\n<<<END 2>>>\n"},
        Options(),
    ),
    "a language that is another": (
        {"a.txt": B * 9, "INDEX.md": table("name language", ("a.txt", "ru"), ("b.txt", "en"))},
        Options(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_report_is_that_of_the_whole(case: str, tmp_path: Path) -> None:
    tree, options = CASES[case]
    (tmp_path / "collection").mkdir()
    write({**tree}, tmp_path / "collection")
    alone, parts = both(tmp_path / "collection", options, str(tmp_path / "store"))
    assert parts == alone
    assert alone.findings or case in ("a container in an earlier one",)


class Failing(Folder):
    """A folder in which some files cannot be read."""

    unreadable: frozenset[str] = frozenset()

    def open(self, name: str) -> Source:
        if name in self.unreadable:
            raise OSError(5, "Input/output error")
        return super().open(name)

    def narrowed(self, names: Iterable[str]) -> Folder:
        narrow = Failing(self.path)
        narrow.unreadable = self.unreadable
        return narrow


@pytest.mark.parametrize("unreadable", [{"aux.txt", "A.txt"}, {"sub/INDEX.md"}, {"INDEX.md"}, {"c.bundle"}])
def test_what_cannot_be_read_is_told_alike(unreadable: set[str], tmp_path: Path) -> None:
    inner = {"x.txt": A, "INDEX.md": pinned({"x.txt": A})}
    tree = {"aux.txt": A, "A.txt": A, "a.txt": B, "c.bundle": TWO, **{f"sub/{name}": d for name, d in inner.items()}}
    write({**tree, "INDEX.md": pinned({n: d for n, d in tree.items() if n != "sub/x.txt"})}, tmp_path)
    folder = Failing(str(tmp_path))
    folder.unreadable = frozenset(unreadable)
    by = scale.Scaled(Here(), Store(f"{tmp_path}.store"), keeps=True)
    parts = scale.check(folder, Options(), by)
    assert parts == engine.check([folder], Options())
    assert parts.incomplete
    whole = scale.check(Folder(str(tmp_path)), Options(), by)  # nothing of it is remembered
    assert whole == engine.check([Folder(str(tmp_path))], Options())
    assert not whole.incomplete


def test_an_index_that_begins_to_list_is_believed(tmp_path: Path) -> None:
    root = tmp_path / "collection"
    root.mkdir()
    write({**{f"{n}.txt": A for n in range(6)}, "INDEX.md": b"no rows\n"}, root)
    for text in (b"no rows\n", b"- [x](0.txt)\n", b"no rows\n"):
        (root / "INDEX.md").write_bytes(text)
        alone, parts = both(root, Options(), str(tmp_path / "store"), keeps=True)
        assert parts == alone


class Restless(Folder):
    """A folder that is another when it is walked through for the second time."""

    walks = 0

    def walk(self, options: Options) -> Iterator[Found]:
        self.walks += 1
        if self.walks == 2:
            os.unlink(os.path.join(self.path, "b.txt"))
            if self.path.endswith("turned"):
                os.symlink("/nowhere", os.path.join(self.path, "b.txt"))
        return super().walk(options)


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
@pytest.mark.parametrize(("name", "code"), [("turned", "NAM016"), ("gone", "VAL002")])
def test_a_listing_that_changes_is_told(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    write({"a.txt": A, "b.txt": SPOILED, "INDEX.md": pinned({"a.txt": A})}, tmp_path / name)
    report = scale.check(Restless(str(tmp_path / name)), Options(), scale.Scaled(Here(), Store(str(tmp_path / "s"))))
    assert code in {finding.code for finding in report.findings}
    assert report.incomplete == (code == "VAL002")
