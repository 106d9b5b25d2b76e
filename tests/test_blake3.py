"""A column of BLAKE3 digests guards documents as well as one of SHA-256, beside it or alone."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

import validator
from tests.command import ROOT, said, validate
from validator import container, engine, loading, lockstep, manifest, packing, screening
from validator.indexing import plan
from validator.loading import Known, Loader
from validator.model import Finding, Options, Place, Record, Report, UsageError
from validator.trees import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

A, B = b"The first text.\n", b"The second text.\n"
OTHER = b"Quite another text.\n"
KINDS = [("sha256",), ("blake3",), ("sha256", "blake3"), ("blake3", "sha256")]
HASHES = {"sha256": lambda data: sha256(data).hexdigest(), "blake3": lambda data: blake3(data).hexdigest()}
ZEROS = "0" * 64


def index(kinds: Sequence[str], documents: Mapping[str, bytes]) -> bytes:
    """An index that lists documents with digests of some kinds, in columns of this order."""
    lines = [f"| name | {' | '.join(kinds)} |", f"|------|{'---|' * len(kinds)}"]
    lines += [f"| {name} | {' | '.join(HASHES[kind](data) for kind in kinds)} |" for name, data in documents.items()]
    return "\n".join(["# Index", "", *lines, ""]).encode()


def listed(kinds: Sequence[str], documents: Mapping[str, bytes]) -> dict[str, bytes]:
    return {"INDEX.md": index(kinds, documents), **documents}


def check(files: Mapping[str, bytes], jobs: int = 1, **settings: object) -> Report:
    return engine.check([Memory(files)], Options(**settings), means=engine.Means(jobs))  # type: ignore[arg-type]


def codes(files: Mapping[str, bytes]) -> list[str]:
    return [finding.code for finding in check(files).findings]


def column_of(finding: Finding, files: Mapping[str, bytes]) -> str:
    """The column of the index that a finding marks."""
    listing = manifest.parse(files["INDEX.md"], Place("INDEX.md"))
    places = {
        manifest.locate(listing, entry, column).start: column
        for entry in listing.entries
        for column in listing.columns
        if column != "name"
    }
    assert finding.byte_start is not None
    return places[finding.byte_start]


def lay(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


lines = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30).map(str.strip)
texts = st.lists(lines.filter(lambda line: line and "<" not in line), min_size=1, max_size=5).map(
    lambda found: "".join(f"x{number}{line}\n" for number, line in enumerate(found)).encode()
)


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.sampled_from(KINDS),
    contents=st.lists(texts, min_size=2, max_size=5, unique=True),
    large=st.sampled_from([0, 1 << 20]),
    place=st.randoms(use_true_random=False),
)
def test_a_flipped_bit_is_found(kinds: tuple[str, ...], contents: list[bytes], large: int, place: object) -> None:
    documents = {f"{number}.txt": data for number, data in enumerate(contents)}
    files = listed(kinds, documents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_LARGE", large)
        assert check(files) == check(files, 2)
        assert not check(files).findings
        at = place.randrange(len(contents[0]) - 1)  # type: ignore[attr-defined]
        spoiled = files | {"0.txt": contents[0][:at] + bytes([contents[0][at] ^ 1]) + contents[0][at + 1 :]}
        report = check(spoiled)
        assert report == check(spoiled, 2)
    (found,) = [finding for finding in report.findings if finding.code.startswith("IDX")]
    assert found.code == "IDX006"
    assert column_of(found, files) == ("sha256" if "sha256" in kinds else "blake3")


@pytest.mark.parametrize("wrong", ["sha256", "blake3"])
@pytest.mark.parametrize("order", [("sha256", "blake3"), ("blake3", "sha256")])
def test_the_one_of_two_digests_that_is_wrong_is_marked_and_mended(
    wrong: str, order: tuple[str, ...], tmp_path: Path
) -> None:
    right = listed(order, {"a.txt": A, "b.txt": B})
    files = right | {"INDEX.md": right["INDEX.md"].replace(HASHES[wrong](A).encode(), ZEROS.encode())}
    (found,) = check(files).findings
    assert (found.code, column_of(found, files)) == ("IDX006", wrong)
    assert HASHES[wrong](A) in found.help
    validator.fix(lay(tmp_path, files))
    assert (tmp_path / "INDEX.md").read_bytes() == right["INDEX.md"]


def test_only_the_digest_that_proves_a_document_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    for large in (0, 1 << 20):
        monkeypatch.setattr(loading, "_LARGE", large)
        records = [_records(listed(kinds, {"a.txt": A}), wanted=screening.NUL)[0] for kinds in KINDS[:3]]
        found = [(bool(record.sha256), bool(record.blake3)) for record in records]
        assert found == [(True, False), (False, True), (True, True)]
    for kinds in KINDS[1:3]:
        record = _records(listed(kinds, {"a.txt": A}))[0]
        assert (record.sha256, record.blake3) == (HASHES["sha256"](A), HASHES["blake3"](A))


def _records(files: Mapping[str, bytes], wanted: int = loading.EVERY) -> tuple[Record, ...]:
    loader = Loader(Memory(files), Options(), wanted)
    for _ in loader.documents():
        pass
    return loader.collection().scopes[0].records


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (A[:-1], "final newline is missing"),
        (A.replace(b"\n", b"\r\n"), "line ends"),
        (b"\xef\xbb\xbf" + A, "byte order"),
    ],
)
def test_a_small_change_is_explained(data: bytes, words: str) -> None:
    files = listed(("blake3",), {"a.txt": A}) | {"a.txt": data}
    (found,) = [finding for finding in check(files).findings if finding.code == "IDX006"]
    assert words in found.message


def test_what_to_list_is_said_of_every_column() -> None:
    for kinds in KINDS:
        (found,) = check(listed(kinds, {"a.txt": A}) | {"a.txt": OTHER}).findings
        assert all((HASHES[kind](OTHER) in found.help) == (kind in kinds) for kind in HASHES)


@pytest.mark.parametrize("kinds", KINDS)
def test_a_renamed_document_is_known_by_its_digest(kinds: tuple[str, ...], tmp_path: Path) -> None:
    files = listed(kinds, {"a.txt": A, "b.txt": B})
    files["new.txt"] = files.pop("a.txt")
    (found,) = check(files).findings
    assert found.code == "IDX004"
    validator.index(lay(tmp_path, files))
    assert not validator.check(tmp_path).findings
    assert sorted((tmp_path / "INDEX.md").read_bytes()) == sorted(index(kinds, {"new.txt": A, "b.txt": B}))


def test_the_row_for_an_unlisted_document_has_both_digests() -> None:
    (found,) = check(listed(KINDS[2], {"a.txt": A}) | {"b.txt": B}).findings
    assert found.code == "IDX003"
    assert f"| b.txt | {HASHES['sha256'](B)} | {HASHES['blake3'](B)} |" in found.help


class TestCells:
    """What a cell and a header may say."""

    @pytest.mark.parametrize("before", ["", "blake3:", "BLAKE3:"])
    @pytest.mark.parametrize("ticks", ["", "`"])
    def test_a_digest_is_read(self, before: str, ticks: str) -> None:
        digest = HASHES["blake3"](A)
        cell = ticks + before + (digest.upper() if before.isupper() else digest) + ticks
        table = f"| name | BLAKE-3 |\n|---|---|\n| a.txt | {cell} |\n".encode()
        (entry,) = manifest.parse(table, Place("")).entries
        assert (entry.blake3, entry.sha256) == (digest, None)

    def test_many_rows_are_read_like_few(self) -> None:
        documents = {f"{number}.txt": b"%d\n" % number for number in range(300)}
        (one, *_), many = (
            manifest.parse(index(KINDS[2], {"0.txt": b"0\n"}), Place("")).entries,
            index(KINDS[2], documents),
        )
        entries = manifest.parse(many, Place("")).entries
        assert [entry.blake3 for entry in entries] == [HASHES["blake3"](data) for data in documents.values()]
        assert entries[0] == one

    @pytest.mark.parametrize("cell", ["12", ZEROS[1:], ZEROS + "0", "sha256:" + ZEROS, "x" * 64])
    def test_what_is_no_digest_is_said(self, cell: str) -> None:
        files = {"INDEX.md": f"| name | blake3 |\n|---|---|\n| a.txt | {cell} |\n".encode(), "a.txt": A}
        assert codes(files) == ["IDX012"]

    @pytest.mark.parametrize("header", ["blake", "balke3", "b3sum", "b3", "blake3sum", "Blake-3 digest"])
    def test_a_misspelled_header_is_found(self, header: str) -> None:
        files = listed(("blake3",), {"a.txt": A})
        files["INDEX.md"] = files["INDEX.md"].replace(b"| blake3 |", f"| {header} |".encode())
        (found,) = check(files).findings
        assert (found.code, found.severity, "'blake3'" in found.message) == ("IDX019", "error", True)

    @pytest.mark.parametrize("header", ["blake2s", "blake2b-256", "SHA3-256", "SHA-512/256", "keccak-256"])
    def test_another_hash_function_is_not_misspelled(self, header: str) -> None:
        assert codes({"INDEX.md": f"| name | {header} |\n|---|---|\n| a.txt | {ZEROS} |\n".encode(), "a.txt": A}) == []

    def test_one_digest_pins_a_document(self) -> None:
        rows = f"| a.txt | {HASHES['sha256'](A)} | |\n| b.txt | | {HASHES['blake3'](B)} |\n"
        table = "| name | sha256 | blake3 |\n|---|---|---|\n" + rows
        files = {"a.txt": A, "b.txt": B, "INDEX.md": table.encode()}
        assert codes(files) == []
        files |= {"INDEX.md": (table + "| c.txt | | |\n").encode(), "c.txt": OTHER}
        (found,) = check(files).findings
        assert found.code == "IDX018"
        assert found.fix is not None
        written = [edit.replacement.strip().decode() for edit in found.fix.edits]
        assert written == [HASHES["sha256"](OTHER), HASHES["blake3"](OTHER)]


@pytest.mark.parametrize("kinds", KINDS)
class TestWriting:
    """Commands that write an index, or go by it."""

    def test_an_index_is_brought_up_to_date(self, kinds: tuple[str, ...], tmp_path: Path) -> None:
        lay(tmp_path, listed(kinds, {"a.txt": A, "b.txt": B}) | {"b.txt": OTHER, "c.txt": A + B})
        validator.index(tmp_path)
        assert (tmp_path / "INDEX.md").read_bytes() == index(kinds, {"a.txt": A, "b.txt": OTHER, "c.txt": A + B})
        (again,) = plan(Memory(dict(listed(kinds, {"a.txt": A}))), Options()).updates
        assert again.after == again.before

    def test_the_index_of_an_index_follows(self, kinds: tuple[str, ...], tmp_path: Path) -> None:
        below = index(kinds, {"a.txt": A})
        lay(tmp_path, {"INDEX.md": index(kinds, {"sub/INDEX.md": below}), "sub/INDEX.md": below, "sub/a.txt": B})
        validator.index(tmp_path)
        below = index(kinds, {"a.txt": B})
        assert (tmp_path / "INDEX.md").read_bytes() == index(kinds, {"sub/INDEX.md": below})
        assert not validator.check(tmp_path).findings

    def test_mending_refreshes_the_digests(self, kinds: tuple[str, ...], tmp_path: Path) -> None:
        lay(tmp_path, listed(kinds, {"a.txt": A[:-1], "b.txt": B}))
        validator.fix(tmp_path)
        assert (tmp_path / "INDEX.md").read_bytes() == index(kinds, {"a.txt": A, "b.txt": B})

    def test_packing_goes_by_the_digests(self, kinds: tuple[str, ...], tmp_path: Path) -> None:
        files = listed(kinds, {"a.txt": A, "b.txt": B})
        validator.pack(lay(tmp_path / "one", files), tmp_path / "all.bundle")
        assert not validator.check(tmp_path / "all.bundle").findings
        validator.unpack(tmp_path / "all.bundle", tmp_path / "two")
        assert {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()} == files
        assert not validator.diff(tmp_path / "one", tmp_path / "two").changed
        lay(tmp_path / "one", {"a.txt": A.replace(b"first", b"third")})
        with pytest.raises(packing.PackingError, match="digest is not the one"):
            validator.pack(tmp_path / "one", tmp_path / "all.bundle")

    def test_blocks_and_packed_copies_are_compared(self, kinds: tuple[str, ...]) -> None:
        files = listed(kinds, {"a.txt": A})
        packed = b"".join(container.pack([(b"INDEX", b"INDEX.md", files["INDEX.md"]), (b"0", b"a.txt", A)]))
        assert codes({"all.bundle": packed}) == []
        assert codes({"all.bundle": packed.replace(b"first", b"third")}) == ["IDX006"]
        assert (
            codes({"all.bundle": packed.replace(A, A + b"<<<END>>>\n").replace(b"\n\n<<<END 2", b"\n<<<END 2")}) != []
        )
        for copy, found in ((A, []), (B, ["IDX015"])):
            bundle = b"".join(container.pack([(b"0", b"a.txt", copy)]))
            whole = {**listed(kinds, {"a.txt": A, "all.bundle": bundle}), "a.txt": A}
            assert codes(whole) == found


def test_a_column_is_never_added(tmp_path: Path) -> None:
    lay(tmp_path, listed(("sha256",), {"a.txt": A}) | {"b.txt": B})
    validator.index(tmp_path)
    assert b"blake3" not in (tmp_path / "INDEX.md").read_bytes()


def test_an_empty_column_is_filled(tmp_path: Path) -> None:
    wanted = listed(KINDS[2], {"a.txt": A})
    lay(tmp_path, wanted | {"INDEX.md": wanted["INDEX.md"].replace(HASHES["blake3"](A).encode(), b"-".ljust(64))})
    validator.index(tmp_path)
    assert (tmp_path / "INDEX.md").read_bytes() == wanted["INDEX.md"]


def test_what_a_cache_knows_is_asked_for_the_digest_that_counts(tmp_path: Path) -> None:
    from validator.trees import Folder

    tree = Folder(str(lay(tmp_path, listed(("blake3",), {"a.txt": A}))))
    stamp, right, old = tree.stamp("a.txt"), HASHES["blake3"](A), HASHES["sha256"](A)
    for known, is_read in [
        (Known(stamp, old, 0), True),
        (Known(stamp, "", 0, ZEROS), True),
        (Known(stamp, "", 0, right), False),
    ]:
        loader = Loader(tree, Options(), screening.NUL, {"a.txt": known})
        assert list(loader.documents()) == []
        assert (loader.learnt.get("a.txt") is known) != is_read
        (record,) = loader.collection().scopes[0].records
        assert (record.sha256, record.blake3, record.difference) == ("", right, "")


def test_no_index_with_the_column_is_read_in_step() -> None:
    documents = {f"{number:04}.txt": b"%d\n" % number for number in range(600)}
    for kinds, goes in ((("sha256",), True), (("sha256", "blake3"), False), (("blake3",), False)):
        lines = index(kinds, documents).replace(b"| name |", b"| name | bytes |").replace(b"|------|", b"|------|---|")
        for name, data in documents.items():
            lines = lines.replace(f"| {name} |".encode(), f"| {name} | {len(data)} |".encode())
        rows = lockstep.Rows(lambda start, end, lines=lines: lines[start:end], len(lines))  # type: ignore[misc]
        assert (rows.next is not None) == goes


class TestWithoutThePackage:
    """Nobody is told that all is well when digests could not be compared."""

    def test_nothing_is_said_to_be_clean(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "blake3", None)
        bundled = b"".join(
            container.pack([(b"INDEX", b"INDEX.md", index(("blake3",), {"a.txt": A})), (b"0", b"a.txt", A)])
        )
        assert not check(listed(("sha256",), {"a.txt": A})).findings
        for files in (listed(("blake3",), {"a.txt": A}), listed(KINDS[2], {"a.txt": A}), {"all.bundle": bundled}):
            for jobs in (1, 2):
                with pytest.raises(UsageError, match=r"pip install 'collection-validator\[blake3\]'"):
                    check(files, jobs)

    @pytest.mark.parametrize(
        "command", [("check",), ("check", "-j2"), ("fix",), ("index",), ("pack", "-o", "x.bundle")]
    )
    def test_every_command_says_what_to_install(self, command: tuple[str, ...], tmp_path: Path) -> None:
        lay(tmp_path, {"lacking/blake3.py": b"raise ImportError\n"})
        lay(tmp_path / "it", listed(("blake3",), {"a.txt": A, "b.txt": B}))
        path = os.pathsep.join([str(tmp_path / "lacking"), str(ROOT)])
        done = validate(command[0], "it", *command[1:], cwd=tmp_path, PYTHONPATH=path)
        assert done.returncode == 2
        assert done.stdout == b""
        assert said(done).startswith("error: ")
        assert said(done).count("\n") == 1
        assert "pip install 'collection-validator[blake3]'" in said(done)
        assert sorted(path.name for path in (tmp_path / "it").iterdir()) == ["INDEX.md", "a.txt", "b.txt"]

    def test_it_is_not_missed_without_the_column(self, tmp_path: Path) -> None:
        lay(tmp_path, {"lacking/blake3.py": b"raise ImportError\n"})
        lay(tmp_path / "it", listed(("sha256",), {"a.txt": A}))
        path = os.pathsep.join([str(tmp_path / "lacking"), str(ROOT)])
        assert validate("check", "it", cwd=tmp_path, PYTHONPATH=path).returncode == 0
