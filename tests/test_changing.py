"""The commands that change files, as processes on real folders."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

import validator
from tests.command import ROOT, validate

TABLE = "| name | bytes | sha256 |\n|---|---|---|\n"


def listed(folder: Path, *names: str) -> None:
    rows = [
        f"| {name} | {len(data)} | {sha256(data).hexdigest()} |\n"
        for name in names
        for data in [(folder / name).read_bytes()]
    ]
    (folder / "INDEX.md").write_bytes((TABLE + "".join(rows)).encode())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with three documents that can be mended, one of them only by somebody who looks, and a true index."""
    folder = tmp_path / "shelf"
    (folder / "sub").mkdir(parents=True)
    (folder / "mark.txt").write_bytes(b"\xef\xbb\xbfone\n")
    (folder / "sub" / "ends.txt").write_bytes(b"one\r\ntwo\nthree\nno end")
    (folder / "hidden.txt").write_bytes("zero\u200bwidth\n".encode())
    listed(folder, "mark.txt", "sub/ends.txt", "hidden.txt")
    return folder


# ---- fix


def test_fix_mends_what_is_safe_and_its_digests_and_reports_the_rest(shelf: Path) -> None:
    done = validate("fix", str(shelf))
    assert done.returncode == 0
    assert (shelf / "mark.txt").read_bytes() == b"one\n"
    assert (shelf / "sub" / "ends.txt").read_bytes() == b"one\ntwo\nthree\nno end\n"
    assert "TXT008" in done.stdout.decode()
    assert f"fixed {shelf}/sub/ends.txt: TXT001 mixed-line-ends, TXT004 missing-final-newline" in done.stderr.decode()
    assert [finding.code for finding in validator.check(shelf).findings] == ["TXT008"]
    assert validate("fix", str(shelf), "--unsafe-fixes").returncode == 0
    assert validator.check(shelf).findings == ()
    before = contents(shelf)
    assert validate("fix", str(shelf)).stderr.decode() == ""
    assert contents(shelf) == before


def test_fix_of_one_document_leaves_the_others_and_keeps_the_index_true(shelf: Path) -> None:
    before = contents(shelf)
    assert validate("fix", "mark.txt", cwd=shelf).returncode == 0
    after = contents(shelf)
    assert {name for name in after if after[name] != before[name]} == {"mark.txt", "INDEX.md"}
    assert "IDX" not in str(validator.check(shelf).findings)


def test_fix_reaches_the_index_above_the_folder_that_it_is_given(shelf: Path) -> None:
    assert validate("fix", "sub", cwd=shelf).returncode == 0
    assert "IDX" not in str(validator.check(shelf).findings)
    assert (shelf / "mark.txt").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch program here")
@pytest.mark.parametrize("unsafe", [(), ("--unsafe-fixes",)], ids=["safe", "unsafe"])
def test_the_diff_is_a_patch_that_does_the_same(shelf: Path, tmp_path: Path, unsafe: tuple[str, ...]) -> None:
    patched = tmp_path / "patched"
    shutil.copytree(shelf, patched)
    diff = validate("fix", ".", "--diff", *unsafe, cwd=shelf)
    assert diff.returncode == 1
    assert contents(shelf) == contents(patched)
    subprocess.run(["patch", "-p1", "--binary", "-s"], cwd=patched, input=diff.stdout, check=True)
    assert validate("fix", ".", *unsafe, cwd=shelf).returncode == 0
    assert contents(shelf) == contents(patched)
    assert validate("fix", ".", "--diff", *unsafe, cwd=shelf).returncode == 0


def test_fix_takes_only_the_rules_that_are_selected(shelf: Path) -> None:
    validate("fix", str(shelf), "--select", "ENC002")
    assert (shelf / "mark.txt").read_bytes() == b"one\n"
    assert (shelf / "sub" / "ends.txt").read_bytes() == b"one\r\ntwo\nthree\nno end"


def test_fix_refuses_what_it_cannot_write_to(tmp_path: Path) -> None:
    assert validate("fix", "-").returncode == 2
    assert "no such file or folder" in validate("fix", str(tmp_path / "nothing")).stderr.decode()
    assert validate("fix").returncode == 2


def test_fix_follows_no_link(shelf: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"\xef\xbb\xbfmine\n")
    os.symlink(outside, shelf / "link.txt")
    assert validate("fix", str(shelf)).returncode == 1
    assert outside.read_bytes() == b"\xef\xbb\xbfmine\n"
    assert (shelf / "mark.txt").read_bytes() == b"one\n"


# ---- index


def test_an_index_is_written_and_then_true_and_then_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"First line\n")
    (tmp_path / "b.md").write_bytes(b"# Heading\n")
    assert validate("index", str(tmp_path), "--check").returncode == 1
    assert not (tmp_path / "INDEX.md").exists()
    assert validate("index", str(tmp_path)).returncode == 0
    assert validator.check(tmp_path).findings == ()
    before = contents(tmp_path)
    assert validate("index", str(tmp_path), "--check").returncode == 0
    assert validate("index", str(tmp_path)).returncode == 0
    assert contents(tmp_path) == before


def test_the_diff_of_an_index_is_one_line_for_one_document(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.txt").write_bytes(name.encode() * 5 + b"\n")
    validate("index", ".", cwd=tmp_path)
    (tmp_path / "b.txt").write_bytes(b"changed\n")
    diff = validate("index", ".", "--diff", cwd=tmp_path)
    assert diff.returncode == 1
    assert [
        line[0] for line in diff.stdout.decode().splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ] == ["-", "+"]
    os.unlink(tmp_path / "c.txt")
    assert "c.txt" in validate("index", ".", cwd=tmp_path).stderr.decode()
    assert validate("index", ".", "--prune", cwd=tmp_path).returncode == 0
    assert validator.check(tmp_path).findings == ()


def test_our_own_index_is_up_to_date() -> None:
    assert validate("index", "seeds", "--check", cwd=ROOT).returncode == 0


# ---- pack, unpack


def test_what_is_packed_is_unpacked_byte_for_byte(shelf: Path, tmp_path: Path) -> None:
    container = tmp_path / "all.bundle"
    assert validate("pack", str(shelf), "-o", str(container)).returncode == 0
    assert validate("unpack", str(container), "-d", str(tmp_path / "out")).returncode == 0
    assert contents(tmp_path / "out") == contents(shelf)
    assert validate("unpack", str(container), "-d", str(tmp_path / "out")).returncode == 2
    assert validate("diff", str(shelf), str(container)).returncode == 0


def test_containers_go_through_pipes(shelf: Path, tmp_path: Path) -> None:
    packed = validate("pack", ".", "-o", "-", cwd=shelf).stdout
    assert validate("unpack", "-", "-d", f"{tmp_path}/out/", stdin=packed).returncode == 0
    assert contents(tmp_path / "out") == contents(shelf)


def test_a_hostile_container_leaves_nothing_behind(tmp_path: Path) -> None:
    container = tmp_path / "bad.bundle"
    container.write_bytes(b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 ../b.txt>>>\nx\n\n<<<END 2>>>\n")
    done = validate("unpack", str(container), "-d", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "'../b.txt'" in done.stderr.decode()
    assert sorted(os.listdir(tmp_path)) == ["bad.bundle"]


# ---- diff


def test_diff_tells_what_a_change_does(shelf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(shelf, other)
    (other / "mark.txt").rename(other / "renamed.txt")
    (other / "new.txt").write_bytes(b"new\n")
    done = validate("diff", str(shelf), str(other))
    assert done.returncode == 1
    assert "renamed.txt" in done.stdout.decode()
    assert "new.txt" in done.stdout.decode()
    assert validate("diff", str(shelf), str(tmp_path / "nothing")).returncode == 2
    assert len(validator.diff(shelf, other).added) == 1


# ---- the library


def test_the_same_as_functions(shelf: Path, tmp_path: Path) -> None:
    before = contents(shelf)
    (planned,) = validator.fix(shelf, dry_run=True)
    assert [rewrite.name for rewrite in planned.mended.rewrites] == ["INDEX.md", "mark.txt", "sub/ends.txt"]
    assert contents(shelf) == before
    validator.fix(shelf)
    packed = validator.pack(shelf, tmp_path / "all.bundle")
    assert packed.documents == 4
    assert validator.unpack(tmp_path / "all.bundle", tmp_path / "out").documents == 4
    assert validator.diff(shelf, tmp_path / "out").is_empty
    with pytest.raises(validator.UsageError):
        validator.fix(tmp_path / "nothing")


# ---- what must not go wrong


def write(folder: Path, **files: bytes) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_indexes_that_list_indexes_stay_true_however_deep(tmp_path: Path) -> None:
    write(tmp_path, n__f_txt=b"x", n__a__f_txt=b"x", n__a__b__f_txt=b"x")
    for folder, names in (("n/a/b", ["f.txt"]), ("n/a", ["f.txt", "b/INDEX.md"]), ("n", ["f.txt", "a/INDEX.md"])):
        listed(tmp_path / folder, *names)
    assert validate("fix", "n", cwd=tmp_path).returncode == 0
    assert validator.check(tmp_path / "n").findings == ()


def test_a_damaged_file_is_never_packed_over_a_copy_that_is_proven(tmp_path: Path) -> None:
    good = b"<<<FILE 0 a.txt>>>\nintact\n\n<<<END 1>>>\n"
    write(tmp_path, a_txt=b"DAMAGED\n", p_bundle=good)
    rows = f"| a.txt | 7 | |\n| p.bundle | {len(good)} | {sha256(good).hexdigest()} |\n"
    (tmp_path / "INDEX.md").write_text(TABLE + rows)
    validate("fix", ".", "--unsafe-fixes", cwd=tmp_path)
    assert (tmp_path / "p.bundle").read_bytes() == good


def test_a_renamed_document_is_mended_and_stays_known(tmp_path: Path) -> None:
    write(tmp_path, old_txt=b"x")
    listed(tmp_path, "old.txt")
    (tmp_path / "old.txt").rename(tmp_path / "new.txt")
    validate("fix", ".", cwd=tmp_path)
    assert (tmp_path / "new.txt").read_bytes() == b"x\n"
    assert [finding.code for finding in validator.check(tmp_path).findings] == ["IDX004"]
    validate("fix", ".", "--unsafe-fixes", cwd=tmp_path)
    assert validator.check(tmp_path).findings == ()


def test_packed_copies_follow_whatever_is_selected(tmp_path: Path) -> None:
    body = b"trailing  \n"
    packed = b"<<<FILE 0 a.txt>>>\n" + body + b"\n<<<END 1>>>\n"
    write(tmp_path, a_txt=body, p_bundle=packed)
    listed(tmp_path, "a.txt", "p.bundle")
    assert validate("fix", ".", "--select", "TXT005", cwd=tmp_path).returncode == 0
    assert (tmp_path / "p.bundle").read_bytes() == packed.replace(b"  \n", b"\n")
    assert validator.check(tmp_path).findings == ()


def test_a_container_in_the_folder_is_not_lost_by_packing_over_it(tmp_path: Path) -> None:
    packed = b"<<<FILE 0 only.txt>>>\nx\n\n<<<END 1>>>\n"
    write(tmp_path, a_txt=b"x\n", letters_bundle=packed)
    assert validate("pack", ".", "-o", "letters.bundle", cwd=tmp_path).returncode == 2
    assert (tmp_path / "letters.bundle").read_bytes() == packed


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch program here")
@pytest.mark.parametrize("name", ["sp ace.txt", "qu'ote.txt", "größe.txt", "sub dir/a.txt"])
def test_patches_apply_whatever_the_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "c"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(b"no end")
    patch = validate("fix", str(folder), "--diff", cwd=folder).stdout
    subprocess.run(["git", "apply", "--check", "-"], cwd=folder, input=patch, check=True)
    subprocess.run(["patch", "-p1", "--binary", "-s"], cwd=folder, input=patch, check=True)
    assert (folder / name).read_bytes() == b"no end\n"


def test_a_file_called_like_a_command_does_not_change_what_the_command_does(shelf: Path) -> None:
    (shelf.parent / "fix").write_bytes(b"x\n")
    assert validate("fix", "shelf", cwd=shelf.parent).returncode == 0
    assert (shelf / "mark.txt").read_bytes() == b"one\n"


def test_settings_in_the_collection_are_no_document_of_it(shelf: Path) -> None:
    (shelf / "validate.yaml").write_bytes(b"fail-on: error\n")
    done = validate("fix", str(shelf / "mark.txt"), str(shelf / "sub"))
    assert done.returncode == 0
    assert done.stdout.startswith(b"OK")


def test_what_the_collection_leaves_out_is_not_mended_in_silence(shelf: Path) -> None:
    (shelf / "validate.yaml").write_bytes(b"exclude: [old/]\n")
    (shelf / "old").mkdir()
    (shelf / "old" / "o.txt").write_bytes(b"no end")
    done = validate("fix", "old/o.txt", cwd=shelf)
    assert done.returncode == 2
    assert b"excluded" in done.stderr


def test_one_collection_spelled_in_two_ways_is_mended_once(shelf: Path) -> None:
    done = validate("fix", "shelf/mark.txt", str(shelf / "sub" / "ends.txt"), cwd=shelf.parent)
    assert done.returncode == 0
    assert b"IDX" not in done.stdout


def test_a_container_is_not_unpacked_over_itself(tmp_path: Path) -> None:
    packed = b"<<<FILE 0 z.bundle>>>\nx\n\n<<<END 1>>>\n"
    write(tmp_path, z_bundle=packed)
    assert validate("unpack", "z.bundle", "-d", ".", "--force", cwd=tmp_path).returncode == 2
    assert (tmp_path / "z.bundle").read_bytes() == packed
    assert validate("unpack", "z.bundle", "-d", "", cwd=tmp_path).returncode == 2
