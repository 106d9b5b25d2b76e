"""Packing and unpacking: byte for byte both ways, all or nothing, nowhere else than told, in little memory."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import validator
from tests import strategies
from tests.command import ROOT
from tests.hostile import seconds
from validator import container, names, packing, writing
from validator.model import Options, UsageError
from validator.packing import Packed, PackingError, Unpacked, flaw_of, pack, unpack
from validator.trees import Folder, Memory, Odd

on_posix = pytest.mark.skipif(os.name != "posix", reason="needs the file system of a POSIX system")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs the files of Linux")

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

Tree = dict[str, bytes]


@pytest.fixture
def fast() -> Iterator[Path]:
    """A folder where writing costs little."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        yield Path(folder)


def at(root: Path, name: str) -> Path:
    return root / os.fsdecode(name.encode("utf-8", "surrogateescape"))


def lay(root: Path, tree: Tree) -> Folder:
    root.mkdir(parents=True, exist_ok=True)
    for name, content in tree.items():
        path = at(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Folder(str(root))


def held(root: Path) -> Tree:
    """All files in a folder, the hidden ones too; empty folders and links stand with a mark behind their names."""
    found: Tree = {}
    for path in root.rglob("*"):
        name = os.fsencode(path.relative_to(root)).decode("utf-8", "surrogateescape")
        if path.is_symlink():
            found[f"{name}@"] = b""
        elif not path.is_dir():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[f"{name}/"] = b""
    return found


def packed(tree: Folder | Memory, **options: object) -> bytes:
    stream = io.BytesIO()
    done = pack(tree, stream, **options)  # type: ignore[arg-type]
    assert done.bytes == len(stream.getvalue())
    return stream.getvalue()


def blocks(data: bytes) -> dict[str, str]:
    """The ids of a container by name, in order."""
    return {block.name.decode(): block.id.decode() for block in container.parse(data).blocks}


def refused(data: bytes, folder: Path, **options: object) -> str:
    """The message with which a container is refused; nothing is written anywhere around the folder."""
    before = held(folder.parent)
    with pytest.raises(UsageError) as caught:
        unpack(io.BytesIO(data), str(folder), **options)  # type: ignore[arg-type]
    assert held(folder.parent) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def holding(*named: str, body: bytes = b"x\n") -> bytes:
    return b"".join(container.pack((b"%d" % n, name.encode(), body) for n, name in enumerate(named)))


@st.composite
def any_trees(draw: st.DrawFn) -> Tree:
    """Files with any bytes in them, under names in any script or in none, and sometimes an index."""
    letters = st.sampled_from(
        [*"abAB01._- ~'=>#|[]()", "\u00e9", "e\u0301", "天", "ب", "😀", "\u200d", "\udcff", "\udc80"]
    )
    part = st.lists(letters, min_size=1, max_size=4).map("".join)
    name = st.lists(part, min_size=1, max_size=3).map("/".join).filter(lambda name: not flaw_of(name))
    pieces = [b"\n", b"\r\n", b"\r", b"\\", b"<<<FILE", b"<<<FILE 1 a>>>", b"<<<END", b"<<<END 2>>>", b"<<<", b"\0"]
    content = st.lists(
        st.sampled_from([*pieces, b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"words"]) | st.binary(max_size=5)
    )
    tree = draw(st.dictionaries(name, content.map(b"".join), min_size=1, max_size=6))
    listed = draw(st.permutations(sorted(tree)))
    for texts in (list(names.twins(listed)), list(names.files_as_folders(listed))):
        for number, *_ in texts:
            tree.pop(listed[number], None)
    if draw(st.booleans()):
        plain = [name for name in listed if name in tree and name.isascii() and not set(name) & set("|[]()#' `")]
        ids = draw(st.permutations([f"{number:02}" for number in range(len(plain))]))
        tree["INDEX.md"] = strategies.index_of(dict(zip(plain, ids, strict=True)), tree)
    return tree


class TestRoundTrip:
    @settings(max_examples=150, deadline=None)
    @given(any_trees())
    @on_linux
    def test_folder_to_container_to_folder(self, tree: Tree) -> None:
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            here = Path(folder)
            first = pack(lay(here / "a", tree), str(here / "one"))
            done = unpack(str(here / "one"), str(here / "b"))
            assert held(here / "b") == tree
            assert (done.documents, done.bytes) == (len(tree), sum(map(len, tree.values())))
            assert (first.documents, first.names, first.bytes) == (len(tree), done.names, (here / "one").stat().st_size)
            assert done.notes == ()
            assert packed(Folder(str(here / "b"))) == (here / "one").read_bytes()
            layout = container.parse((here / "one").read_bytes())
            assert [line.count for line in layout.ends] == [len(tree)]
            assert ("INDEX.md" in tree) == (first.names[0] == "INDEX.md")

    @settings(max_examples=50, deadline=None)
    @given(strategies.clean_trees())
    def test_container_to_folder_to_container(self, tree: Tree) -> None:
        """A canonical container whose index lists its documents comes back as it was."""
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            here = Path(folder)
            data = packed(lay(here / "a", tree))
            (here / "one").write_bytes(data)
            assert unpack(str(here / "one"), str(here / "b")).notes == ()
            assert packed(Folder(str(here / "b"))) == data
            assert unpack(io.BytesIO(data), str(here / "c")).documents == len(tree)
            assert held(here / "c") == tree

    @settings(max_examples=30, deadline=None)
    @given(strategies.clean_trees())
    def test_a_clean_folder_gives_a_clean_container(self, tree: Tree) -> None:
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            here = Path(folder)
            pack(lay(here / "a", tree), str(here / "one.bundle"))
            assert validator.check(str(here / "a"), options=Options()).findings == ()
            assert validator.check(str(here / "one.bundle"), options=Options()).findings == ()

    def test_the_seeds(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
        pack(Folder(str(tmp_path / "seeds")), str(tmp_path / "seeds.bundle"))
        report = validator.check(tmp_path / "seeds.bundle")
        assert report.findings == ()
        assert report.documents == len(held(tmp_path / "seeds")) - 1
        unpack(str(tmp_path / "seeds.bundle"), str(tmp_path / "again"))
        assert held(tmp_path / "again") == held(tmp_path / "seeds")

    def test_what_print_writes_comes_back(self, tmp_path: Path) -> None:
        for newline in (b"\n", b"\r\n"):
            data = b"<<<FILE 7 a.txt>>>\none\n\n<<<FILE 8 b/c.txt>>>\ntwo\n".replace(b"\n", newline)
            root = tmp_path / str(len(newline))
            unpack(io.BytesIO(data), str(root))
            assert held(root) == {"a.txt": b"one" + newline, "b/c.txt": b"two"}

    @settings(max_examples=300)
    @given(
        st.lists(st.sampled_from([b"\\", b"<<<FILE", b"<<<END", b"\n", b"<", b"<<<F", b"IL", b"E", b"x", b"\r"])),
        st.lists(st.integers(0, 4)),
    )
    def test_escaping_in_pieces_is_escaping_in_one(self, tokens: list[bytes], cuts: list[int]) -> None:
        data = b"".join(tokens)

        def cut(data: bytes) -> Iterator[bytes]:
            start = 0
            for size in cuts:
                yield data[start : start + size]
                start += size
            yield data[start:]

        assert b"".join(container.escaped(cut(data))) == container.escape(data)
        assert b"".join(container.unescaped(cut(container.escape(data)))) == data
        assert b"".join(container.unescaped(cut(data))) == container.unescape(data)[0]


class TestIdsAndOrder:
    def test_those_of_the_index_and_then_by_name(self, tmp_path: Path) -> None:
        index = b"| name | id |\n|--|--|\n| z.txt | s09 |\n| b/c.txt | s07 |\n| m.txt | |\n| INDEX.md | x |\n"
        tree = lay(tmp_path, {"INDEX.md": index, "z.txt": b"", "b/c.txt": b"", "m.txt": b"", "a.txt": b"", "y": b""})
        assert blocks(packed(tree)) == {
            "INDEX.md": "INDEX",
            "z.txt": "s09",
            "b/c.txt": "s07",
            "m.txt": "s10",
            "a.txt": "s11",
            "y": "s12",
        }

    def test_without_an_index(self, tmp_path: Path) -> None:
        tree = lay(tmp_path, {"b": b"", "a/b": b"", "a.txt": b""})
        assert blocks(packed(tree)) == {"a.txt": "000", "a/b": "001", "b": "002"}

    def test_an_index_without_ids(self, tmp_path: Path) -> None:
        tree = lay(tmp_path, {"INDEX.md": b"- [B](b)\n- [A](a)\n", "a": b"", "b": b""})
        assert blocks(packed(tree)) == {"INDEX.md": "INDEX", "b": "000", "a": "001"}

    def test_an_index_further_down_is_a_document(self, tmp_path: Path) -> None:
        tree = lay(tmp_path, {"INDEX.md": b"- [S](s/INDEX.md)\n", "s/INDEX.md": b"- [A](a)\n", "s/a": b""})
        assert blocks(packed(tree)) == {"INDEX.md": "INDEX", "s/INDEX.md": "000", "s/a": "001"}

    def test_what_no_file_keeps_is_said(self, tmp_path: Path) -> None:
        done = unpack(io.BytesIO(holding("b", "a")), str(tmp_path / "x"))
        assert done.notes == (
            "the ids or the order of the documents stand only in 'standard input': no index lists them",
        )

    @pytest.mark.parametrize("identifier", ["a b", "name=7", "7:"])
    def test_an_id_that_no_header_can_hold(self, tmp_path: Path, identifier: str) -> None:
        tree = lay(tmp_path, {"INDEX.md": f"| id | name |\n|--|--|\n| {identifier} | a |\n".encode(), "a": b""})
        with pytest.raises(PackingError, match=f"no header can hold it with the id '{identifier}'"):
            packed(tree)


class TestSelection:
    TREE = {"INDEX.md": b"| id | name |\n|--|--|\n| 7 | a.txt |\n| 8 | b/c.txt |\n| 9 | d.md |\n"}
    TREE |= {"a.txt": b"a", "b/c.txt": b"c", "d.md": b"d"}

    @pytest.mark.parametrize(
        ("select", "chosen"),
        [
            (["8"], ["b/c.txt"]),
            (["9", "7"], ["a.txt", "d.md"]),
            (["*.txt"], ["a.txt", "b/c.txt"]),
            (["b/"], ["b/c.txt"]),
            (["INDEX.md", "7"], ["INDEX.md", "a.txt"]),
        ],
    )
    def test_by_id_and_by_pattern(self, tmp_path: Path, select: list[str], chosen: list[str]) -> None:
        tree = lay(tmp_path / "a", self.TREE)
        assert list(blocks(packed(tree, select=select))) == chosen
        done = unpack(io.BytesIO(packed(tree)), str(tmp_path / "b"), select=select)
        assert (list(done.names), done.notes) == (chosen, ())
        assert held(tmp_path / "b") == {name: self.TREE[name] for name in chosen}

    def test_what_chooses_nothing_is_a_mistake(self, tmp_path: Path) -> None:
        tree = lay(tmp_path / "a", self.TREE)
        message = "has the id '77' or a name that it fits"
        with pytest.raises(PackingError, match=message):
            packed(tree, select=["7", "77"])
        assert message in refused(packed(tree), tmp_path / "b", select=["7", "77"])

    def test_what_is_wrong_elsewhere_does_not_matter(self, tmp_path: Path) -> None:
        tree = Memory({"a.txt": b"a", "link": Odd("link", "it leads astray")}, "here")
        assert blocks(packed(tree, select=["a.txt"])) == {"a.txt": "000"}
        with pytest.raises(PackingError, match="it is a link, and it leads astray"):
            packed(tree, select=["a.txt", "li*"])


class TestWhatPackRefuses:
    def test_what_is_no_folder_or_holds_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(PackingError, match="it is not a folder"):
            packed(Memory({"a": b""}, "a", is_folder=False))
        with pytest.raises(PackingError, match="nothing to pack under"):
            packed(lay(tmp_path, {".hidden": b"", "left/out": b""}), options=Options(exclude=("left",)))
        with pytest.raises(PackingError, match=r"cannot pack .*none': no such file or directory"):
            packed(Folder(str(tmp_path / "none")))

    @on_posix
    def test_links_and_special_files(self, tmp_path: Path) -> None:
        tree = lay(tmp_path / "a", {"a.txt": b"a", "sub/b.txt": b"b"})
        cases = {"out": "/etc/passwd", "nowhere": "none", "folder": "sub"}
        for name, target in cases.items():
            (tmp_path / "a" / name).symlink_to(target)
            with pytest.raises(PackingError, match=f"cannot pack '.*/{name}': it is a link, and .* exclude it"):
                packed(tree)
            (tmp_path / "a" / name).unlink()
        os.mkfifo(tmp_path / "a" / "pipe")
        with pytest.raises(PackingError, match=r"pipe': it is a named pipe \(mend that, or exclude it\)"):
            pack(tree, str(tmp_path / "x"))
        assert not (tmp_path / "x").exists()
        assert list(blocks(packed(tree, options=Options(exclude=("pipe",))))) == ["a.txt", "sub/b.txt"]

    @on_posix
    def test_a_link_that_is_a_document_is_packed_as_one(self, tmp_path: Path) -> None:
        tree = lay(tmp_path / "a", {"a.txt": b"a"})
        (tmp_path / "a" / "b.txt").symlink_to("a.txt")
        unpack(io.BytesIO(packed(tree)), str(tmp_path / "b"))
        assert held(tmp_path / "b") == {"a.txt": b"a", "b.txt": b"a"}

    @on_linux
    @pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\x1bb", "a\x7f", "a\u0085b", " a", "a ", "a.", "con", "b\\c"])
    def test_names_that_unpack_would_refuse(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(PackingError, match=r"^cannot pack "):
            packed(lay(tmp_path, {name: b"", "ok": b""}))

    @pytest.mark.parametrize(
        ("tree", "message"),
        [
            ({"a.txt": b"", "A.txt": b""}, "its name and 'A.txt' differ only in upper and lower case"),
            ({"é": b"", "e\u0301": b""}, "differ only in Unicode normalisation"),
            ({"a": b"", "A/b": b""}, "it would be a file, and a folder for 'A/b'"),
        ],
    )
    def test_names_that_collide(self, tree: Tree, message: str) -> None:
        with pytest.raises(PackingError, match=message):
            packed(Memory(tree, "here"))

    def test_a_name_that_is_too_long_for_a_header(self) -> None:
        with pytest.raises(PackingError, match="no header can hold it"):
            packed(Memory({"/".join(["d" * 100] * 100): b""}, "here"))

    @pytest.mark.parametrize(
        ("index", "message"),
        [
            (b"| name | bytes |\n|--|--|\n| a | 2 |\n", "a': its size is not the one that INDEX.md lists"),
            (
                b"| name | sha256 |\n|--|--|\n| a | %b |\n" % (b"0" * 64),
                "a': its digest is not the one that INDEX.md lists",
            ),
            (b"- [A](a)\n- [B](b)\n", "'b', which INDEX.md lists, is not there"),
        ],
    )
    def test_what_its_index_contradicts(self, tmp_path: Path, index: bytes, message: str) -> None:
        tree = lay(tmp_path / "a", {"INDEX.md": index, "a": b"a"})
        with pytest.raises(PackingError, match=message):
            pack(tree, str(tmp_path / "x"))
        assert list(held(tmp_path)) == ["a/INDEX.md", "a/a"]
        data = packed(tree, verify=False)
        assert "INDEX.md lists" in refused(data, tmp_path / "b")
        unpack(io.BytesIO(data), str(tmp_path / "b"), verify=False)
        assert held(tmp_path / "b") == held(tmp_path / "a")

    def test_parts_of_containers_and_what_lies_outside_are_not_missed(self, tmp_path: Path) -> None:
        index = b"- [A](all.bundle#a)\n- [B](../b)\n- [C](#)\n"
        assert len(blocks(packed(lay(tmp_path, {"INDEX.md": index, "all.bundle": holding("a")})))) == 2

    def test_an_index_over_the_limit(self, tmp_path: Path) -> None:
        tree = lay(tmp_path, {"INDEX.md": b"- [A](a)\n", "a": b""})
        with pytest.raises(PackingError, match="larger than max-document-size"):
            packed(tree, options=Options(max_document_size=3))

    def test_a_document_that_changes(self, tmp_path: Path) -> None:
        class Restless(Folder):
            def open(self, name: str) -> object:  # type: ignore[override]
                source = super().open(name)
                time.sleep(0.02)
                (tmp_path / "a" / name).write_bytes(b"changed" * 9)
                return source

        lay(tmp_path / "a", {"a.txt": b"one\n", "b.txt": b"two\n"})
        with pytest.raises(PackingError, match=r"a\.txt' changed while it was being read: run again"):
            pack(Restless(str(tmp_path / "a")), str(tmp_path / "x"))  # type: ignore[arg-type]
        assert not (tmp_path / "x").exists()


class TestTheTargetOfPack:
    def test_a_container_is_replaced_and_nothing_else(self, tmp_path: Path) -> None:
        tree = lay(tmp_path / "a", {"a.txt": b"a"})
        target = tmp_path / "x"
        for old in (b"", b"<<<FILE 1 old>>>\n"):
            target.write_bytes(old)
            pack(tree, str(target))
            assert target.read_bytes() == packed(tree)
        target.write_bytes(b"my notes")
        with pytest.raises(PackingError, match=r"will not replace '.*x', which is no container \(--force does\)"):
            pack(tree, str(target))
        assert target.read_bytes() == b"my notes"
        pack(tree, str(target), force=True)
        assert target.read_bytes() == packed(tree)

    def test_it_does_not_pack_itself(self, tmp_path: Path) -> None:
        tree = lay(tmp_path, {"a.txt": b"a", "sub/b.txt": b"b"})
        for _ in range(2):
            done = pack(tree, str(tmp_path / "sub" / "all.bundle"))
            assert done.names == ("a.txt", "sub/b.txt")
        assert sorted(held(tmp_path)) == ["a.txt", "sub/all.bundle", "sub/b.txt"]

    def test_an_index_that_lists_it(self, tmp_path: Path) -> None:
        tree = lay(tmp_path, {"INDEX.md": b"- [A](a)\n- [X](all.bundle)\n", "a": b"a"})
        with pytest.raises(PackingError, match=r"'all\.bundle', which INDEX\.md lists, is the container itself"):
            pack(tree, str(tmp_path / "all.bundle"))

    @on_posix
    def test_a_link_a_folder_or_a_pipe_is_refused(self, tmp_path: Path) -> None:
        tree = lay(tmp_path / "a", {"a.txt": b"a"})
        lay(tmp_path, {"real": b"<<<FILE 1 old>>>\n"})
        (tmp_path / "link").symlink_to("real")
        (tmp_path / "dangling").symlink_to("none")
        os.mkfifo(tmp_path / "pipe")
        before = (
            held(tmp_path / "a"),
            (tmp_path / "real").read_bytes(),
            sorted(path.name for path in tmp_path.iterdir()),
        )
        for name in ("link", "dangling", "pipe", "a"):
            with pytest.raises(writing.WriteError, match=f"^cannot write '.*{name}': it is"):
                pack(tree, str(tmp_path / name))
        after = held(tmp_path / "a"), (tmp_path / "real").read_bytes(), sorted(path.name for path in tmp_path.iterdir())
        assert before == after

    def test_a_stream_that_breaks_off_has_no_end(self, tmp_path: Path) -> None:
        class Full(io.BytesIO):
            def write(self, data: object) -> int:
                raise OSError("no more")

        with pytest.raises(OSError, match="no more"):
            pack(lay(tmp_path, {"a": b"a"}), Full())


HOSTILE = (
    *("../x", "/etc/x", "C:\\x", "C:x", "1:x", "天:x", "a/../../b", "..", ".", "./x", "a//b", "a/", "a/./b"),
    *("\\\\server\\x", "a\\b", "..\\x", "CON", "nul.txt", "a/aux.c", "COM¹", "lpt1"),
    *(
        ".git/config",
        "a/.GIT/hooks/post-checkout",
        "git~1/x",
        "GIT~2",
        ".g\u200cit/config",
        ".hidden",
        ".validate-journal",
    ),
    *("a\x1b[31m", "a\0b", "a\rb", "a\x7f", "a\u009b", "a. ", "a./b", "a /b", "x "),
)


class TestWhatUnpackRefuses:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_names_that_lead_elsewhere_or_mean_something_else(self, tmp_path: Path, name: str) -> None:
        data = holding("first", name, "last")
        for force in (False, True):
            assert refused(data, tmp_path / "root", force=force).startswith(
                f"cannot unpack {name!r} of 'standard input': "
            )
        assert "cannot unpack" in refused(data, tmp_path / "root", select=["first"])

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            (["a", "b", "a"], "'a' of 'standard input': there are two of this name"),
            (["A", "a"], "differ only in upper and lower case"),
            (["é", "e\u0301"], "differ only in Unicode normalisation"),
            (["a", "a/b"], "a file, and a folder for 'a/b'"),
            (["x/y/z", "X/Y"], "a file, and a folder for 'x/y/z'"),
        ],
    )
    def test_names_that_collide(self, tmp_path: Path, names: list[str], message: str) -> None:
        assert message in refused(holding(*names), tmp_path / "root")

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "no line in it begins a document"),
            (b"words\n", "no line in it begins a document"),
            (b"<<<END 0>>>\n", "no line in it begins a document"),
            (holding("a").decode().encode("utf-16"), "no line in it begins a document"),
            (b"words\n" + holding("a"), "there is text before the first document"),
            (b"<<<FILE a.txt>>>\nx\n", "the header of 'a.txt' is malformed"),
            (b"<<<FILE 7>>>\nx\n", "the header of '7' is malformed"),
            (b"<<<FILE 7 a\nx\n", "the header of 'a' is malformed"),
            (b"<<<FILE 7  a>>>\nx\n", "the header of 'a' is malformed"),
            (b"<<<FILE id=7 name=a>>>\nx\n", "the header of 'a' is malformed"),
            (b"<<<FILE 7 a>>> \nx\n", "the header of 'a' is malformed"),
            (b"<<<FILE 7 %b>>>\nx\n" % (b"a" * 9000), "is malformed"),
            (b"<<<FILE 7 a>>>\n<<<FILE 8 b>>>\nx\n", "'a' has no line for its content"),
            (b"<<<FILE 7 a>>>\r\nx\r\n<<<FILE 8 b>>>\nx\n", "some of its headers end in LF and some in CR LF"),
            (holding("a") + b"words\n", "something follows its end marker"),
            (holding("a") + b"\n", "something follows its end marker"),
            (holding("a") + holding("b"), "something follows its end marker"),
            (b"<<<FILE 7 a>>>\nx\n<<<END 2>>>\n", "its end marker counts 2, and the documents in it are 1"),
            (b"<<<FILE 7 a>>>\nx\n<<<FILE 8 b>>>\ncut sho", "it has no end marker, and may be cut off"),
            (b"<<<FILE 7 a>>>\nx\n<<<END>>>\n", "'<<<END>>>' in 'a' may be a marker or part of the text"),
        ],
    )
    def test_what_is_not_well_formed(self, tmp_path: Path, data: bytes, message: str) -> None:
        assert message in refused(data, tmp_path / "root", force=True)

    def test_every_shorter_beginning(self, tmp_path: Path) -> None:
        """Without its end a container is known to be cut, unless it is cut behind a line of the last document."""
        tree = {"a": b"one\n", "b": b"two\n"}
        tree["INDEX.md"] = strategies.index_of({"a": "1", "b": "2"}, tree)
        data = packed(Memory(tree, "here"))
        index_end, last = data.index(b"<<<FILE 1 a"), data.index(b"<<<END")
        for length in range(len(data) - 1):
            if length not in (last, last - 1) and (length > index_end or not data[:length].endswith(b"\n")):
                refused(data[:length], tmp_path / "root")
        required = Options(require_end_marker=True)
        assert "it has no end marker" in refused(data[:last], tmp_path / "root", options=required)
        done = unpack(io.BytesIO(data[:last]), str(tmp_path / "root"))
        assert done.notes == ("'standard input' has no end marker, so nothing shows whether it is whole",)

    def test_every_changed_byte(self, tmp_path: Path) -> None:
        """What an index pins cannot change unnoticed."""
        tree = {"a": b"one\n"}
        tree["INDEX.md"] = strategies.index_of({"a": "1"}, tree)
        data = packed(Memory(tree, "here"))
        for place in range(data.index(b"<<<FILE 1 a") + 11, len(data) - 1):
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            refused(changed, tmp_path / "root")

    def test_a_body_that_an_index_proves_may_hold_anything(self, tmp_path: Path) -> None:
        body = b"<<<END>>>\ntext\n"
        tree = {"a": body, "INDEX.md": strategies.index_of({"a": "1"}, {"a": body})}
        data = packed(Memory(tree, "here")).replace(b"\\<<<END>>>", b"<<<END>>>")
        unpack(io.BytesIO(data), str(tmp_path / "x"))
        assert held(tmp_path / "x") == tree

    def test_a_file_that_is_there_already(self, tmp_path: Path) -> None:
        lay(tmp_path / "root", {"b": b"mine", "c": b"mine too"})
        data = holding("a", "b", "c")
        assert refused(data, tmp_path / "root") == f"will not replace '{tmp_path}/root/b' and 1 more (--force does)"
        unpack(io.BytesIO(data), str(tmp_path / "root"), force=True)
        assert held(tmp_path / "root") == dict.fromkeys("abc", b"x\n")

    def test_a_file_that_appears_meanwhile(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(packing, "_refuse_existing", lambda *_: None)
        lay(tmp_path / "root", {"b": b"mine"})
        assert "exists already; nothing was changed" in refused(holding("a", "b"), tmp_path / "root")

    def test_a_folder_or_a_file_in_the_way(self, tmp_path: Path) -> None:
        lay(tmp_path / "root", {"a/b": b"mine", "c": b"mine"})
        assert "it is a folder" in refused(holding("a"), tmp_path / "root", force=True)
        assert "'c' is not a folder" in refused(holding("c/d"), tmp_path / "root", force=True)
        assert "it is not a folder" in refused(holding("x"), tmp_path / "root" / "c", force=True)

    @on_posix
    @pytest.mark.parametrize("force", [False, True])
    def test_links_in_the_target(self, tmp_path: Path, force: bool) -> None:
        lay(tmp_path, {"outside/a": b"mine", "root/real/a": b"mine"})
        (tmp_path / "root" / "away").symlink_to(tmp_path / "outside")
        (tmp_path / "root" / "within").symlink_to("real")
        (tmp_path / "root" / "file").symlink_to(tmp_path / "outside" / "a")
        (tmp_path / "root" / "dangling").symlink_to(tmp_path / "outside" / "new")
        for name in ("away/a", "away/new", "within/new", "away/x/y", "file", "dangling"):
            message = refused(holding("first", name), tmp_path / "root", force=force)
            assert "links are not followed" in message or "will not replace" in message

    def test_what_cannot_be_read(self, tmp_path: Path) -> None:
        for source, message in (
            (tmp_path / "none", "no such file or directory"),
            (tmp_path, "folder|denied|directory"),
        ):
            with pytest.raises(PackingError, match=f"cannot read .*: .*({message})"):
                unpack(str(source), str(tmp_path / "root"))
        assert held(tmp_path) == {}

    def test_a_container_that_changes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "x"
        path.write_bytes(holding("a", "b"))
        whole = writing.apply

        def interfere(*arguments: object) -> object:
            time.sleep(0.02)
            path.write_bytes(holding("a", "c"))
            return whole(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(writing, "apply", interfere)
        with pytest.raises(PackingError, match="x' changed while it was being read: run again"):
            unpack(str(path), str(tmp_path / "root"))
        assert list(held(tmp_path)) == ["x"]


@on_posix
def test_no_name_that_is_refused_could_do_harm_and_the_others_travel(tmp_path: Path) -> None:
    """What is accepted becomes a file of just this name, in the folder."""
    for name in (
        "ab:c",
        "a?b",
        "what*",
        "天地/玄黄.txt",
        "a b.txt",
        "-rf",
        "~",
        "~root",
        "$HOME",
        "git~",
        "gitx~1",
        "a..b",
        "con1",
    ):
        root = tmp_path / sha256(name.encode()).hexdigest()
        assert flaw_of(name) == ""
        unpack(io.BytesIO(holding(name)), str(root))
        assert held(root) == {name: b"x\n"}
    assert all(map(flaw_of, HOSTILE))


class TestResults:
    def test_are_values(self, tmp_path: Path) -> None:
        done = pack(lay(tmp_path / "a", {"a": b"12", "b": b"3"}), str(tmp_path / "x"))
        assert done == Packed(2, (tmp_path / "x").stat().st_size, ("a", "b"))
        assert unpack(str(tmp_path / "x"), str(tmp_path / "b")) == Unpacked(2, 3, ("a", "b"))

    def test_notes_tell_of_an_interrupted_run(self, tmp_path: Path) -> None:
        lay(tmp_path / "b", {".validate-journal": b""})
        journal = tmp_path / "b" / ".validate-journal"
        line = b'[1, "t", [["left", null]], [], 0]'
        journal.write_bytes(sha256(line).hexdigest().encode() + b" " + line + b"\n")
        done = unpack(io.BytesIO(holding("a")), str(tmp_path / "b"))
        assert done.notes[0].startswith("took away the temporary files")


PROGRAM = """
import sys
from validator.model import Options, UsageError
from validator.packing import pack, unpack
from validator.trees import Folder
what, source, target = sys.argv[1:]
stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
try:
    if what == "pack":
        pack(Folder(source), stdout if target == "-" else target)
    else:
        unpack(stdin if source == "-" else source, target)
except UsageError as error:
    sys.exit(str(error))
if sys.platform == "linux":
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(int(peak.split()[1]) // 1024, file=sys.stderr)
"""
"""Packs or unpacks, and says how many MiB of memory that took."""


def run(*arguments: object, before: str = "", **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    if before:
        command = ["sh", "-c", f'{before}; exec "$@"', "sh", *command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, timeout=120, **options)  # type: ignore[call-overload,no-any-return]


@on_linux
class TestSize:
    def test_memory_does_not_grow_with_the_documents(self, fast: Path) -> None:
        """One document of 200 MB full of lines that need escaping, one of 100 MB in one line, some others."""
        if shutil.disk_usage(fast).free < 2 << 30:
            pytest.skip("needs 2 GB of disk")
        piece = (b"<<<FILE 1 a>>>\n" + b"text " * 2000 + b"\n\\<<<END 1>>>\n") * 100
        root = fast / "a"
        lay(root, {f"small/{number}.txt": b"x" * number for number in range(1000)})
        for name, part, total in (("lines", piece, 200_000_000), ("line", b"\\" * 1_000_000, 100_000_000)):
            with open(root / name, "wb") as file:
                for _ in range(total // len(part)):
                    file.write(part)
        ended = run("pack", root, fast / "x")
        assert ended.returncode == 0, ended.stderr
        assert int(ended.stderr) < 100
        with open(fast / "x", "rb") as stream:
            for source in (fast / "x", "-"):
                ended = run("unpack", source, fast / "b", stdin=stream)
                assert ended.returncode == 0, ended.stderr
                assert int(ended.stderr) < 100
                assert subprocess.run(["diff", "-rq", root, fast / "b"], capture_output=True).stdout == b""
                shutil.rmtree(fast / "b")


@on_posix
class TestInterrupted:
    def test_a_disk_that_is_full(self, tmp_path: Path) -> None:
        lay(tmp_path / "a", {"a": b"x" * 100_000, "b": b"x"})
        ended = run("pack", tmp_path / "a", tmp_path / "x", before="ulimit -f 64")
        assert ended.stderr.startswith(f"cannot write '{tmp_path}/x': file too large; nothing was changed".encode())
        assert sorted(held(tmp_path)) == ["a/a", "a/b"]
        pack(Folder(str(tmp_path / "a")), str(tmp_path / "x"))
        ended = run("unpack", tmp_path / "x", tmp_path / "b", before="ulimit -f 64")
        assert ended.stderr.startswith(f"cannot write '{tmp_path}/b/a': file too large; nothing was changed".encode())
        with open(tmp_path / "x", "rb") as stream:
            ended = run("unpack", "-", tmp_path / "b", before="ulimit -f 64", stdin=stream)
        assert ended.stderr.startswith(f"cannot copy standard input to '{tmp_path}': file too large".encode())
        assert sorted(held(tmp_path)) == ["a/a", "a/b", "x"]

    def test_killed_at_any_moment(self, fast: Path) -> None:
        lay(fast / "a", {f"{number % 7}/{number}": b"x" * 3000 for number in range(300)})
        pack(Folder(str(fast / "a")), str(fast / "x"))
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", PROGRAM, "unpack", str(fast / "x"), str(fast / "b")]
        started = time.perf_counter()
        subprocess.run(command, env=environment, check=True)
        usual = time.perf_counter() - started
        shutil.rmtree(fast / "b")
        outcomes = set()
        for number in range(25):
            process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
            time.sleep(usual * number / 20)
            process.send_signal(signal.SIGKILL)
            process.wait()
            writing.recover(str(fast / "b"))
            found = held(fast / "b") if (fast / "b").exists() else {}
            assert found in ({}, held(fast / "a"))
            outcomes.add(bool(found))
            shutil.rmtree(fast / "b", ignore_errors=True)
        assert False in outcomes


def test_folders_in_folders_take_time_in_proportion_to_their_number(tmp_path: Path) -> None:
    def took(depth: int) -> float:
        data = b"".join(container.pack([(b"1", b"a/" * depth + b"a", b"x\n")]))
        return seconds(lambda: unpack(io.BytesIO(data), str(tmp_path / str(depth))))

    small, large = took(200), took(800)
    assert large < 1 or large < 8 * small
