"""Archives and compressed files: they say what the folder says, or why they cannot be looked into."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import struct
import sys
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import validator
from tests.command import said, validate
from tests.strategies import Tree, clean_trees, index_of
from validator import archives, columnar, engine, expanding, streams
from validator.model import Finding, Options, Report, UsageError
from validator.rules import catalogue
from validator.trees import Memory

zstandard = pytest.importorskip("zstandard", reason="the extra `archives` is not installed")

COMPRESSED = ("gz", "bz2", "xz", "zst")
KINDS = ("tar", *(f"tar.{suffix}" for suffix in COMPRESSED), "zip")
TEXT = b"Plain words.\n"
CLEAN = {"INDEX.md": index_of({"a.txt": "1", "b/c.txt": "2"}, {"a.txt": TEXT, "b/c.txt": TEXT * 9})} | {
    "a.txt": TEXT,
    "b/c.txt": TEXT * 9,
}


def squeezed(data: bytes, suffix: str) -> bytes:
    squeeze: dict[str, Any] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    squeeze["zst"] = zstandard.ZstdCompressor().compress
    done: bytes = squeeze[suffix](data)
    return done


def tar(tree: Tree, format: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, errors="surrogateescape") as archive:
        for name, data in tree.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(tree: Tree, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in tree.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, method)
    return out.getvalue()


def packed(tree: Tree, kind: str) -> bytes:
    if kind == "zip":
        return zipped(tree)
    suffix = kind.removeprefix("tar").removeprefix(".")
    return squeezed(tar(tree), suffix) if suffix else tar(tree)


def special(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(name: str, type: bytes = tarfile.REGTYPE, leads: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type, leads
    return info


def checked(path: Path, data: bytes | None = None, **options: Any) -> Report:
    if data is not None:
        path.write_bytes(data)
    return validator.check(path, options=Options(**options))


def found(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, finding.path.rpartition(".tar")[2].lstrip("/")) for finding in report.findings]


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


FAULTS = [rule for rule in catalogue() if rule.default and not rule.code.startswith("VAL")]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A clean collection with up to three faults in it."""
    tree: dict[str, Any] = dict(draw(clean_trees()))
    for rule in draw(st.lists(st.sampled_from(FAULTS), max_size=3)):
        try:
            rule.inject(tree, Random(draw(st.integers(0, 99))))
        except (AssertionError, ValueError, LookupError, StopIteration):
            pass  # an earlier fault has taken away what this one needs
    tree = {name: data for name, data in tree.items() if isinstance(data, bytes) and "\0" not in name}
    assume(tree)
    return tree


class TestSameAsAFolder:
    @pytest.mark.parametrize("kind", KINDS)
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tree=trees(), top=st.sampled_from(["", "./", "seeds/", "./seeds/"]))
    def test_the_report_is_that_of_the_folder(self, tmp_path: Path, kind: str, tree: Tree, top: str) -> None:
        assume(top or "INDEX.md" in tree)
        path = tmp_path / f"all.{kind}"
        report = checked(path, packed({top + name: tree[name] for name in sorted(tree)}, kind))
        root = f"{path}/seeds" if "seeds" in top else str(path)
        assert report == engine.check([Memory(tree, root)], Options())

    @pytest.mark.parametrize("kind", KINDS)
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tree=trees(), seed=st.integers(0, 9))
    def test_the_order_of_the_members_does_not_matter(self, tmp_path: Path, kind: str, tree: Tree, seed: int) -> None:
        assume("INDEX.md" in tree)
        names = sorted(tree)
        Random(seed).shuffle(names)
        path = tmp_path / f"all.{kind}"
        report = checked(path, packed({name: tree[name] for name in names}, kind))
        other = engine.check([Memory(tree, str(path))], Options())
        assert (report.documents, report.bytes, report.containers) == (other.documents, other.bytes, other.containers)
        assert sorted((one.code, one.path) for one in report.findings) == sorted(
            (one.code, one.path) for one in other.findings
        )

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_command_says_what_it_says_of_the_folder(self, tmp_path: Path, kind: str) -> None:
        tree = {**CLEAN, "b/c.txt": b"a bell \x07\n", "new.txt": b"x\n"}
        for name, data in tree.items():
            (tmp_path / "seeds" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "seeds" / name).write_bytes(data)
        (tmp_path / f"all.{kind}").write_bytes(packed({f"seeds/{name}": tree[name] for name in sorted(tree)}, kind))
        folder, archive = (validate("check", path, cwd=tmp_path) for path in ("seeds", f"all.{kind}"))
        assert archive.returncode == folder.returncode == 1
        assert said(archive).replace(f"all.{kind}/seeds", "seeds") == said(folder)
        listed = validate("check", "--show-files", f"all.{kind}", cwd=tmp_path)
        assert said(listed).splitlines() == [f"all.{kind}/seeds/{name}" for name in sorted(tree)]

    @pytest.mark.parametrize("kind", KINDS)
    def test_nothing_is_known_by_its_suffix(self, tmp_path: Path, kind: str) -> None:
        report = checked(tmp_path / "download", packed(CLEAN, kind))
        assert (report.documents, report.findings) == (2, ())

    @pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    def test_every_format_of_tar(self, tmp_path: Path, format: int) -> None:
        tree = {"Größe/" + "long" * 24 + ".txt": TEXT, "a.txt": TEXT}
        tree["INDEX.md"] = index_of({name: name[:1] for name in tree}, tree)
        assert checked(tmp_path / "a", tar(tree, format)).findings == ()

    def test_a_tar_without_a_magic_number(self, tmp_path: Path) -> None:
        data = bytearray(tar(CLEAN, tarfile.USTAR_FORMAT))
        at = 0
        while data[at : at + 512].strip(b"\0"):
            size = int(bytes(data[at + 124 : at + 135]), 8)
            data[at + 257 : at + 265] = bytes(8)
            data[at + 148 : at + 156] = b" " * 8
            data[at + 148 : at + 155] = b"%06o\0" % sum(data[at : at + 512])
            at += 512 + -(-size // 512) * 512
        assert checked(tmp_path / "a", bytes(data)).findings == ()

    def test_settings_lie_beside_the_archive(self, tmp_path: Path) -> None:
        (tmp_path / "all.tar").write_bytes(tar({**CLEAN, "drafts/x.txt": b"\x07"}))
        (tmp_path / "validate.yaml").write_text("exclude: [drafts]\n")
        assert validator.check(tmp_path / "all.tar").findings == ()

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_a_folder_leaves_out_is_left_out(self, tmp_path: Path, kind: str) -> None:
        more = {"__MACOSX/._a.txt": b"\x07", ".git/config": b"\x07", "b/.hidden": b"\x07"}
        assert checked(tmp_path / "a", packed({**more, **CLEAN}, kind)).findings == ()

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_empty_archive_holds_nothing_to_check(self, tmp_path: Path, kind: str) -> None:
        report = checked(tmp_path / f"all.{kind}", packed({}, kind))
        assert report.empty == (str(tmp_path / f"all.{kind}"),)

    def test_an_archive_in_an_archive_is_a_document(self, tmp_path: Path) -> None:
        report = checked(tmp_path / "a", tar({"INDEX.md": b"- `inner.tar`\n", "inner.tar": tar(CLEAN)}))
        assert report.documents == 1


class TestCompressedFiles:
    @pytest.mark.parametrize("suffix", COMPRESSED)
    def test_a_container_is_one_by_the_name_that_it_had(self, tmp_path: Path, suffix: str) -> None:
        body = b"Words.\n<<<FILE 0 a.txt>>>\nx\n\n<<<END 1>>>\n"
        (tmp_path / "all.bundle").write_bytes(body)
        (tmp_path / f"all.bundle.{suffix}").write_bytes(squeezed(body, suffix))
        one, other = (checked(tmp_path / name) for name in ("all.bundle", f"all.bundle.{suffix}"))
        assert (other.containers, other.documents) == (1, 1)
        assert [(f.code, f.line, f.column) for f in other.findings] == [
            (f.code, f.line, f.column) for f in one.findings
        ]
        assert {f.path for f in other.findings} == {str(tmp_path / f"all.bundle.{suffix}")}

    @pytest.mark.parametrize("suffix", COMPRESSED)
    def test_a_large_container_is_read_in_any_order(
        self, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "IN_MEMORY", 1000)
        body = b"".join(b"<<<FILE %d %d.txt>>>\nbell \x07 %d\n\n" % (n, n, n) for n in range(900)) + b"<<<END 900>>>\n"
        report = checked(tmp_path / f"a.{suffix}", squeezed(body, suffix))
        assert report.documents == 900
        assert [one.excerpt.before for one in report.findings if one.excerpt] == [b"bell "] * 900

    @pytest.mark.parametrize("suffix", COMPRESSED)
    def test_several_streams_in_one_file_are_one(self, tmp_path: Path, suffix: str) -> None:
        both = squeezed(b"one\n", suffix) + squeezed(b"two \x07\n", suffix)
        finding = only(checked(tmp_path / f"a.txt.{suffix}", both))
        assert (finding.code, finding.line) == ("ENC005", 2)

    def test_zstd_without_its_package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        if sys.version_info >= (3, 14):
            pytest.skip("the standard library reads zstd")
        (tmp_path / "a.zst").write_bytes(squeezed(TEXT, "zst"))
        monkeypatch.setitem(sys.modules, "zstandard", None)
        with pytest.raises(UsageError, match=r"pip install 'collection-validator\[archives\]'"):
            checked(tmp_path / "a.zst")
        assert checked(tmp_path / "a.gz", squeezed(TEXT, "gz")).findings == ()


class TestDamage:
    @pytest.mark.parametrize("kind", KINDS)
    def test_what_is_cut_off_is_never_clean(self, tmp_path: Path, kind: str) -> None:
        whole = packed(CLEAN, kind)
        path = tmp_path / f"all.{kind}"
        needed = whole.rstrip(b"\0") if kind == "tar" else whole
        blocks = -(-len(needed) // 512) * 512 + 512 if kind == "tar" else len(whole)
        for length in range(0, len(whole), 7 if kind == "tar" else 1):
            report = checked(path, whole[:length])
            if length >= blocks:
                assert report.findings == ()
            else:
                assert report.incomplete, length
                assert only(report).code == "VAL001"

    @pytest.mark.parametrize("suffix", COMPRESSED)
    def test_a_document_that_is_cut_off_is_never_clean(self, tmp_path: Path, suffix: str) -> None:
        whole = squeezed(TEXT * 9, suffix)
        for length in range(len(whole)):
            assert checked(tmp_path / f"a.txt.{suffix}", whole[:length]).incomplete

    @pytest.mark.parametrize("kind", KINDS)
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_any_damage_is_survived(self, tmp_path: Path, kind: str, data: st.DataObject) -> None:
        broken = bytearray(packed(CLEAN, kind))
        for at in data.draw(st.lists(st.integers(0, len(broken) - 1), min_size=1, max_size=6)):
            broken[at] = data.draw(st.integers(0, 255))
        path = tmp_path / f"all.{kind}"
        report = checked(path, bytes(broken))
        assert report.documents == 2 or report.incomplete or report.findings or report.empty
        assert report == checked(path)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(noise=st.binary(max_size=600), magic=st.sampled_from([*archives._MAGIC, b""]))
    def test_noise_is_survived(self, tmp_path: Path, noise: bytes, magic: bytes) -> None:
        for name in ("a.tar", "a.txt"):
            report = checked(tmp_path / name, magic + noise)
            assert report.findings or report.documents or report.empty

    def test_two_archives_one_behind_the_other(self, tmp_path: Path) -> None:
        report = checked(tmp_path / "a.tar", tar(CLEAN) + tar({"lost.txt": TEXT}))
        assert "another archive" in only(report).message

    def test_a_header_that_is_none(self, tmp_path: Path) -> None:
        data = bytearray(tar({"a.txt": TEXT, "b.txt": TEXT}))
        data[data.index(b"b.txt")] ^= 1
        report = checked(tmp_path / "a.tar", bytes(data))
        assert "no header at byte 1,024" in only(report).message
        assert report.incomplete

    @pytest.mark.parametrize("kind", ["tar", "zip"])
    def test_a_file_without_a_name(self, tmp_path: Path, kind: str) -> None:
        data = packed({"x": TEXT, "y": TEXT}, kind)
        old, new = [tar({name: TEXT})[:512] for name in ("x", "")] if kind == "tar" else (b"x", b"\0")
        report = checked(tmp_path / "a", data.replace(old, new))
        assert "without a name" in only(report).message

    def test_one_member_of_a_zip_is_damaged(self, tmp_path: Path) -> None:
        data = bytearray(zipped(CLEAN, zipfile.ZIP_STORED))
        data[data.index(b"Plain words.", data.index(b"b/c.txt", 300)) + 3] ^= 1
        report = checked(tmp_path / "a.zip", bytes(data))
        assert (only(report).code, report.documents, report.incomplete) == ("VAL001", 1, True)
        assert "b/c.txt" in only(report).message

    def test_an_archive_that_changes_meanwhile(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.tar.gz"
        path.write_bytes(packed(CLEAN, "tar.gz"))
        opened = archives.Archive.open

        def changing(self: archives.Archive, name: str) -> Any:
            source = opened(self, name)
            if name == "b/c.txt":
                path.write_bytes(packed({**CLEAN, "d.txt": TEXT}, "tar.gz"))
            return source

        monkeypatch.setattr(archives.Archive, "open", changing)
        report = checked(path)
        assert report.incomplete
        assert only(report).code == "VAL002"


class TestLimits:
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_limit_is_one_finding_that_names_the_setting(
        self, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(expanding, "_FREE", 10_000)
        path = tmp_path / "all"
        path.write_bytes(packed({**CLEAN, "zeros.txt": bytes(1_000_000)}, kind))
        limits: dict[str, Any] = {"max_archive_size": 500_000, "max_archive_entries": 3, "max_archive_ratio": 5}
        generous: dict[str, Any] = dict.fromkeys(limits, 10_000_000)
        assert checked(path, **generous).documents == 3
        for limit, most in limits.items():
            if (kind, limit) == ("tar", "max_archive_ratio"):
                continue  # it does not expand
            report = checked(path, **{**generous, limit: most})
            assert (only(report).code, only(report).path, report.documents) == ("VAL003", str(path), 0)
            assert limit.replace("_", "-") in only(report).message
            assert report.incomplete

    def test_small_archives_may_expand_as_they_like(self, tmp_path: Path) -> None:
        report = checked(tmp_path / "a.txt.gz", squeezed(b"a\n" * 1_000_000, "gz"), max_archive_ratio=1)
        assert report.findings == ()

    @pytest.mark.parametrize("suffix", COMPRESSED)
    def test_bombs_are_let_go_in_time(self, tmp_path: Path, suffix: str) -> None:
        bomb = squeezed(bytes(200 << 20), suffix)
        tracemalloc.start()
        try:
            report = checked(tmp_path / f"a.{suffix}", bomb)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert only(report).code == "VAL003"
        assert most < 100 << 20

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_member_that_is_too_large_is_told_of_on_its_own(self, tmp_path: Path, kind: str) -> None:
        report = checked(tmp_path / "a", packed({**CLEAN, "b/c.txt": TEXT * 9}, kind), max_document_size=200)
        assert [one.code for one in report.findings] == ["VAL003"]
        report = checked(tmp_path / "a", packed({**CLEAN, "b/c.txt": TEXT * 9}, kind), max_document_size=100)
        assert {(one.code, one.path.rpartition("/")[2]) for one in report.findings} == {
            ("VAL003", "INDEX.md"),
            ("VAL003", "c.txt"),
        }

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    @pytest.mark.parametrize("claimed", [0, 5, 10_000])
    def test_a_member_of_a_zip_that_lies_about_its_size(self, tmp_path: Path, method: int, claimed: int) -> None:
        text = b"More words.\n" * 300
        data = zipped({"INDEX.md": b"- `a.txt`\n", "a.txt": text}, method)
        said = struct.pack("<L", len(text))
        data = (
            data.replace(said, struct.pack("<L", claimed))
            if method
            else data[: data.index(b"PK\x01\x02")]
            + data[data.index(b"PK\x01\x02") :].replace(said * 2, said + struct.pack("<L", claimed))
        )
        report = checked(tmp_path / "a.zip", data)
        assert report.incomplete
        assert only(report).code == "VAL001"

    def test_a_header_that_would_fill_the_memory(self, tmp_path: Path) -> None:
        huge = special((member("./PaxHeaders/a", tarfile.XHDTYPE), bytes(1 << 20)), (member("a.txt"), TEXT))
        assert "a header of 1,048,576 bytes" in only(checked(tmp_path / "a.tar", huge)).message

    def test_reading_back_and_forth_expands_the_archive_a_few_times_only(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expanded = []
        plain = gzip.open

        def noted(*words: Any) -> Any:
            expanded.append(words)
            return plain(*words)

        monkeypatch.setattr(gzip, "open", noted)
        names = [f"{number:03}.txt" for number in range(300)]
        path = tmp_path / "a.tar.gz"
        path.write_bytes(packed({name: name.encode() * 100 for name in names}, "tar.gz"))
        archive = archives.Archive(str(path), Options())
        assert [one.name for one in archive.walk(Options())] == names
        random.Random(1).shuffle(names)
        for name in names:
            source = archive.open(name)
            assert source.read(0, source.size) == name.encode() * 100
            source.close()
        archive.close()
        assert len(expanded) <= 7
        expanded.clear()
        checked(path)
        assert len(expanded) == 3  # to see what it is, to list it, to read it


class TestMembers:
    def test_names_that_lead_elsewhere_are_findings(self, tmp_path: Path) -> None:
        names = ["../x.txt", "/etc/x.txt", "a\\b.txt", "c//d.txt", "C:x.txt"]
        for kind in ("tar", "zip"):
            report = checked(tmp_path / "a.tar", packed({"INDEX.md": b"# None\n", **dict.fromkeys(names, TEXT)}, kind))
            codes = {code for code, name in found(report) if code.startswith("NAM")}
            assert {"NAM001", "NAM002", "NAM003", "NAM004"} <= codes
            assert sorted(tmp_path.iterdir()) == [tmp_path / "a.tar"]

    def test_a_folder_above_is_no_top_folder(self, tmp_path: Path) -> None:
        report = checked(tmp_path / "a.tar", tar({"../INDEX.md": b"- `x.txt`\n", "../x.txt": TEXT}))
        assert "NAM002" in {one.code for one in report.findings}

    @pytest.mark.parametrize("type", [tarfile.SYMTYPE, tarfile.LNKTYPE])
    def test_links_to_documents_are_documents(self, tmp_path: Path, type: bytes) -> None:
        leads = "../a.txt" if type == tarfile.SYMTYPE else "top/a.txt"
        index = index_of({"a.txt": "1", "b/l.txt": "2"}, {"a.txt": TEXT, "b/l.txt": TEXT})
        data = special(
            (member("top/INDEX.md"), index), (member("top/b/l.txt", type, leads), b""), (member("top/a.txt"), TEXT)
        )
        report = checked(tmp_path / "a.tar", data)
        assert (report.documents, report.findings) == (2, ())

    @pytest.mark.parametrize(
        ("leads", "why"),
        [
            ("/etc/passwd", "out of the collection"),
            ("../../x", "out of the collection"),
            ("none.txt", "no document"),
            ("l.txt", "back to itself"),
            ("m.txt", "back to itself"),
            ("fifo", "not part"),
        ],
    )
    def test_other_links_are_findings(self, tmp_path: Path, leads: str, why: str) -> None:
        index = b"- `a.txt`\n- `l.txt`\n- `m.txt`\n- `fifo`\n"
        members = [
            (member("INDEX.md"), index),
            (member("a.txt"), TEXT),
            (member("l.txt", tarfile.SYMTYPE, leads), b""),
            (member("m.txt", tarfile.SYMTYPE, "l.txt"), b""),
            (member("fifo", tarfile.FIFOTYPE), b""),
        ]
        report = checked(tmp_path / "a.tar", special(*members))
        assert found(report)[0] == ("NAM017", "fifo")
        (message,) = [f.message for f in report.findings if f.path.endswith("l.txt")]
        assert why in message

    def test_a_link_in_a_zip(self, tmp_path: Path) -> None:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("INDEX.md", b"- `a.txt`\n- `l.txt`\n- `m.txt`\n")
            archive.writestr("a.txt", TEXT)
            for name, leads in (("l.txt", "a.txt"), ("m.txt", "/etc/passwd")):
                info = zipfile.ZipInfo(name)
                info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
                archive.writestr(info, leads)
        report = checked(tmp_path / "a.zip", data.getvalue())
        assert (only(report).code, report.documents) == ("NAM016", 2)

    @pytest.mark.parametrize("kind", ["tar", "zip"])
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_of_several_files_with_one_name_the_last_counts(self, tmp_path: Path, kind: str) -> None:
        names = [*CLEAN, "a.txt"]
        contents = [*CLEAN.values(), b"a bell \x07\n"]
        pairs = list(zip(names, contents, strict=True))
        if kind == "tar":
            data = special(*((member(name), text) for name, text in pairs))
        else:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                for name, text in pairs:
                    archive.writestr(name, text)
            data = out.getvalue()
        report = checked(tmp_path / "a", data)
        assert {"VAL001", "ENC005", "IDX006"} <= {one.code for one in report.findings}
        (message,) = [one.message for one in report.findings if one.code == "VAL001"]
        assert "an earlier file of the same name" in message
        assert report.incomplete

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    @pytest.mark.parametrize("name", ["INDEX.md", "INDEX.parquet"])
    def test_of_several_indexes_with_one_name_the_last_counts(self, tmp_path: Path, name: str) -> None:
        index = f"| name | bytes | sha256 |\n|---|---|---|\n| a.txt | {len(TEXT)} | {'0' * 64} |\n".encode()
        data = columnar.of_text(index, name) if name == "INDEX.parquet" else index
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for entry in (name, name):
                archive.writestr(entry, data)
            archive.writestr("a.txt", TEXT)
        report = checked(tmp_path / "a", out.getvalue())
        assert sorted(one.code for one in report.findings) == ["IDX006", "VAL001"]

    def test_what_is_encrypted_or_packed_in_an_unknown_way(self, tmp_path: Path) -> None:
        for at, value, why in ((8, 1, "encrypted"), (10, 99, "method 99")):
            data = bytearray(zipped({"INDEX.md": b"- `a.txt`\n", "a.txt": TEXT}))
            data[data.rindex(b"PK\x01\x02") + at] = value
            report = checked(tmp_path / "a.zip", bytes(data))
            assert why in only(report).message
            assert report.incomplete

    def test_names_of_a_zip(self, tmp_path: Path) -> None:
        names = ["Größe.txt", "naïf.txt"]
        tree = {"INDEX.md": "- `Größe.txt`\n- `naïf.txt`\n".encode(), **dict.fromkeys(names, TEXT)}
        data = bytearray(zipped(tree))
        for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = data.find(sign)
            while place >= 0:
                data[place + at + 1] &= ~8  # it is UTF-8, and does not say so
                place = data.find(sign, place + 1)
        assert checked(tmp_path / "a.zip", bytes(data)).findings == ()

    def test_names_that_are_no_utf8(self, tmp_path: Path) -> None:
        report = checked(tmp_path / "a.tar", tar({"INDEX.md": b"# None\n", "caf\udce9.txt": TEXT}, tarfile.GNU_FORMAT))
        assert "NAM007" in {one.code for one in report.findings}


class TestCommands:
    @pytest.mark.parametrize(
        "words", [["fix"], ["index"], ["pack", "-o", "x.bundle"], ["unpack", "-d", "out"]], ids=lambda words: words[0]
    )
    def test_what_would_change_an_archive_says_that_it_cannot(self, tmp_path: Path, words: list[str]) -> None:
        (tmp_path / "a.tar.gz").write_bytes(packed(CLEAN, "tar.gz"))
        command, *rest = words
        run = validate(command, "a.tar.gz", *rest, cwd=tmp_path)
        assert run.returncode == 2
        assert said(run).count("\n") == 1
        assert "unpack it first" in said(run)

    @pytest.mark.parametrize("option", ["--tracked", "--staged", "--since=HEAD"])
    def test_git_knows_nothing_of_what_is_in_it(self, tmp_path: Path, option: str) -> None:
        (tmp_path / "a.tar").write_bytes(tar(CLEAN))
        run = validate("check", option, "a.tar", cwd=tmp_path)
        assert run.returncode == 2
        assert option.partition("=")[0] in said(run)

    def test_an_archive_is_compared_with_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "a.tar.xz").write_bytes(packed(CLEAN, "tar.xz"))
        (tmp_path / "b.zip").write_bytes(packed({**CLEAN, "a.txt": b"new\n"}, "zip"))
        assert validator.diff(tmp_path / "a.tar.xz", tmp_path / "a.tar.xz").is_empty
        difference = validator.diff(tmp_path / "a.tar.xz", tmp_path / "b.zip")
        assert [pair.new.name for pair in difference.changed] == ["a.txt"]

    def test_a_baseline_holds_for_an_archive(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(packed({**CLEAN, "new.txt": b"x\n"}, "zip"))
        assert validate("check", "a.zip", cwd=tmp_path).returncode == 1
        assert validate("baseline", "update", "a.zip", "--baseline", "old.json", cwd=tmp_path).returncode == 0
        assert validate("check", "a.zip", "--baseline", "old.json", cwd=tmp_path).returncode == 0

    def test_several_processes_change_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar.gz"
        path.write_bytes(packed({f"{n}.txt": b"bell \x07\n" for n in range(50)}, "tar.gz"))
        assert validator.check(path, jobs=3) == validator.check(path, jobs=1)
