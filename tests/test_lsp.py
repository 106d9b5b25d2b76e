"""The editor server, spoken to as editors do: a real process, real pipes, real files beside the unsaved text."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from tests.command import ROOT
from tests.editor import PATIENCE, Editor, applied, offset, units
from validator import fixing
from validator.fixing import Mend
from validator.loading import Known
from validator.lsp.actions import changes
from validator.lsp.buffers import Buffer, view
from validator.lsp.drafts import Home, Judge, Overlay, _Memory, home
from validator.lsp.server import Server, path_of, server
from validator.model import Edit, Options, Report, Span

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS = ["utf-8", "utf-16", "utf-32"]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")


def codes(found: list[dict[str, Any]]) -> list[str]:
    return sorted(one["code"] for one in found)


def index_of(folder: Path, *names: str) -> str:
    """An index of documents, with digests of those that are there."""
    rows = ["| id | name | sha256 |", "|----|------|--------|"]
    for number, name in enumerate(names):
        path = folder / name
        digest = sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        rows.append(f"| {number:03} | {name} | {digest} |")
    return "\n".join(["# Index", "", *rows, ""])


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A collection in order: two documents and a container."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "one.txt").write_bytes(b"First words.\n")
    (folder / "two.txt").write_bytes("Zweite Wörter.\n".encode())
    (folder / "all.bundle").write_bytes(b"<<<FILE 003 a.txt>>>\nA.\n\n<<<FILE 004 b.txt>>>\nB.\n\n<<<END 2>>>\n")
    index = index_of(folder, "one.txt", "two.txt", "all.bundle", "all.bundle#a.txt", "all.bundle#b.txt")
    (folder / "INDEX.md").write_bytes(index.encode())
    return folder


@pytest.fixture
def editor(shelf: Path) -> Any:
    with Editor(shelf) as started:
        yield started


def test_a_whole_collection_has_nothing_to_show(editor: Editor, shelf: Path) -> None:
    for name in ("INDEX.md", "one.txt", "all.bundle"):
        assert editor.open(shelf / name) == []
    assert editor.leave() == (0, b"")


def test_a_missing_document_is_shown_where_it_is_listed_until_the_index_is_mended(editor: Editor, shelf: Path) -> None:
    index = shelf / "INDEX.md"
    whole = index.read_text()
    (found,) = editor.open(index, whole.replace("one.txt", "lost.txt"))
    assert found["code"] == "IDX004"  # its digest tells what it is called
    row = "| 009 | gone.txt | |\n"
    (found,) = editor.change(index, whole + row)
    assert (found["code"], found["source"], found["severity"]) == ("IDX002", "validate", 1)
    assert editor.marked(index, found) == "gone.txt"
    assert "'gone.txt'" in found["message"]
    assert found["data"]["name"] == "missing-document"
    assert editor.change(index, whole) == []


def test_a_document_that_appears_or_goes_is_noticed_without_a_keystroke(shelf: Path) -> None:
    watches = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    index, late = shelf / "INDEX.md", shelf / "late.txt"
    with Editor(shelf, workspace=watches) as editor:
        assert codes(editor.open(index, index.read_text() + "| 009 | late.txt | |\n")) == ["IDX002"]
        registered = [one["params"]["registrations"][0]["method"] for one in editor.asked]
        assert registered == ["workspace/didChangeWatchedFiles"]
        late.write_text("At last.\n")
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": late.as_uri(), "type": 1}]})
        assert codes(editor.found(index)) == ["IDX018"]
        late.unlink()
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": late.as_uri(), "type": 3}]})
        assert codes(editor.found(index)) == ["IDX002"]


def test_what_is_typed_counts_before_it_is_saved(editor: Editor, shelf: Path) -> None:
    index, one = shelf / "INDEX.md", shelf / "one.txt"
    assert editor.open(index) == []
    assert editor.open(one) == []
    assert editor.found(index) == []
    editor.type(one, "Other words.\n")
    (found,) = editor.found(index)
    assert found["code"] == "IDX006"
    assert one.read_bytes() == b"First words.\n"
    assert editor.close(one) == []
    assert editor.found(index) == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("<<<file 003 c.txt>>>", "CON010"),
        (" <<<FILE 003 c.txt>>>", "CON010"),
        ("<<<FILE 003  c.txt>>>", "CON005"),
        ("<<<FILE 003 c.txt>>> ", "CON004"),
        ("<<<FILE c.txt>>>", "CON001"),
    ],
)
def test_markers_that_are_nearly_right(editor: Editor, shelf: Path, typed: str, code: str) -> None:
    bundle = shelf / "all.bundle"
    whole = bundle.read_text()
    assert editor.open(bundle) == []
    assert code in codes(editor.change(bundle, whole.replace("<<<END 2>>>", f"{typed}\nC.\n\n<<<END 3>>>")))
    assert editor.change(bundle, whole) == []


def test_a_safe_fix_is_preferred_and_mends(editor: Editor, shelf: Path) -> None:
    one = shelf / "one.txt"
    (found,) = editor.open(one, "First words.")
    assert found["code"] == "TXT004"
    fix, everything = editor.offers(one, found)
    assert (fix["kind"], fix["isPreferred"]) == ("quickfix", True)
    assert fix["title"] == "validate: mend missing-final-newline"
    assert [one["code"] for one in fix["diagnostics"]] == ["TXT004"]
    assert everything["kind"] == "source.fixAll.validate"
    assert editor.take(one, fix) == editor.take(one, everything) == "First words.\n"
    assert editor.change(one, editor.take(one, fix)) == []
    assert editor.offers(one) == []


def test_an_unsafe_fix_says_so_and_is_not_made_with_the_others(editor: Editor, shelf: Path) -> None:
    two = shelf / "two.txt"
    garbled = "Zweite WÃ¶rter auf schÃ¶nem Papier fÃ¼r die GÃ¤ste."
    found = {one["code"]: one for one in editor.open(two, garbled)}
    assert found["ENC010"]["data"]["fix"] == "unsafe"
    (fix,) = [one for one in editor.offers(two, found["ENC010"], only=["quickfix"]) if "mojibake" in one["title"]]
    assert not fix["isPreferred"]
    assert "unsafe" in fix["title"]
    assert editor.take(two, fix) == garbled.encode("cp1252").decode()
    (everything,) = editor.offers(two, only=["source.fixAll"])
    assert editor.take(two, everything) == garbled + "\n"
    assert editor.offers(two, only=["refactor"]) == []


def test_fixes_are_offered_where_the_finding_is(editor: Editor, shelf: Path) -> None:
    one = shelf / "one.txt"
    found = editor.open(one, "zero\u200bwidth\nand no end")
    assert codes(found) == ["TXT004", "TXT008"]
    for shown in found:
        (fix,) = editor.offers(one, shown, only=["quickfix"])
        assert fix["diagnostics"] == [shown]
    assert len(editor.offers(one, only=["quickfix"])) == 2


def test_fixes_say_of_which_version_they_are_where_the_editor_knows_versions(shelf: Path) -> None:
    with Editor(shelf, workspace={"workspaceEdit": {"documentChanges": True}}) as editor:
        (found,) = editor.open(shelf / "one.txt", "First words.")
        fix, _ = editor.offers(shelf / "one.txt", found)
        assert "changes" not in fix["edit"]
        assert editor.take(shelf / "one.txt", fix) == "First words.\n"
        editor.type(shelf / "one.txt", "Other")
        fix, _ = editor.offers(shelf / "one.txt")
        assert editor.take(shelf / "one.txt", fix) == "Other\n"  # asked at once, answered for the present text


def test_fixes_in_a_container_escape_what_they_have_to(editor: Editor, shelf: Path) -> None:
    bundle = shelf / "all.bundle"
    text = "<<<FILE 001 a.txt>>>\nplain\n\ufeff<<<FILE x y>>>\n\n<<<END 1>>>\n"
    editor.open(bundle, text)
    (everything,) = editor.offers(bundle, only=["source.fixAll.validate"])
    mended = editor.take(bundle, everything)
    assert mended == text.replace("\ufeff", "\\")
    assert "CON010" not in codes(editor.change(bundle, mended))


@pytest.mark.parametrize("unit", UNITS)
def test_columns_count_what_was_agreed(shelf: Path, unit: str) -> None:
    one = shelf / "one.txt"
    text = "plain\r\n🦉 über 𝕬 zero\u200bwidth 🦉\rtwo\u2028still\x0ctwo zero\u200bwidth\n"
    with Editor(shelf, encodings=[unit]) as editor:
        assert editor.agreed["positionEncoding"] == unit
        found = [one for one in editor.open(one, text) if one["code"] == "TXT008"]
        assert [editor.marked(one, shown) for shown in found] == ["\u200b", "\u200b"]
        assert [shown["range"]["start"] for shown in found] == [
            {"line": 1, "character": units("🦉 über 𝕬 zero", unit)},
            {"line": 2, "character": units("two\u2028still\x0ctwo zero", unit)},
        ]


def test_utf_16_is_spoken_with_an_editor_that_names_nothing_else(shelf: Path) -> None:
    for encodings in (None, ["ebcdic"]):
        with Editor(shelf, encodings=encodings) as editor:
            assert editor.agreed["positionEncoding"] == "utf-16"


def test_a_byte_order_mark_that_the_editor_hides_is_shown_until_it_is_gone(editor: Editor, shelf: Path) -> None:
    one = shelf / "one.txt"
    one.write_bytes(b"\xef\xbb\xbfFirst\xe2\x80\x8b words.\n")
    found = {shown["code"]: shown for shown in editor.open(one, "First\u200b words.\n")}
    assert {"ENC002", "TXT008"} <= set(found)
    assert editor.marked(one, found["TXT008"]) == "\u200b"
    assert found["ENC002"]["range"] == {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    assert not [offer for offer in editor.offers(one) if "utf8-bom" in offer["title"]]  # nothing to take hold of
    assert "ENC002" in codes(editor.change(one, "Second words.\n"))
    assert "ENC002" in codes(editor.save(one, b"\xef\xbb\xbfSecond words.\n\n"))  # one line end was put in besides
    assert "ENC002" not in codes(editor.save(one))


def test_a_byte_order_mark_that_the_editor_shows_can_be_mended(editor: Editor, shelf: Path) -> None:
    one = shelf / "one.txt"
    one.write_bytes(b"\xef\xbb\xbfFirst words.\n")
    (found,) = editor.open(one)
    assert (found["code"], editor.marked(one, found)) == ("ENC002", "\ufeff")
    fix, _ = editor.offers(one, found)
    assert editor.change(one, editor.take(one, fix)) == []


def test_a_document_that_was_only_opened_is_what_is_on_the_disk(editor: Editor, shelf: Path) -> None:
    """An editor that shows all line ends alike, and reads another encoding, does not make them so."""
    index, one, two = shelf / "INDEX.md", shelf / "one.txt", shelf / "two.txt"
    one.write_bytes(b"\xef\xbb\xbfFirst\r\nwords\nhere.\r\n")
    two.write_bytes("Zweite Wörter, größer als die ersten.\n".encode("cp1252"))
    index.write_text(index_of(shelf, "one.txt", "two.txt", "all.bundle", "all.bundle#a.txt", "all.bundle#b.txt"))
    assert editor.open(index) == []
    assert codes(editor.open(one, "First\nwords\nhere.\n")) == ["ENC002", "TXT001"]
    found = editor.open(two, two.read_bytes().decode("cp1252"))
    assert codes(found) == ["ENC013"]
    assert editor.offers(two, found[0]) == []  # the text is right already; saving it as UTF-8 is what mends it
    assert editor.change(two, editor.texts[two.as_uri()]) == found
    assert editor.save(two) == []


def test_bytes_that_the_editor_cannot_show_are_mended_in_place(editor: Editor, shelf: Path) -> None:
    one = shelf / "one.txt"
    one.write_bytes(b"plain \xf0\x9f\xa6\x89\nna\xefve caf\xe9, d\xe9j\xe0 vu, tr\xe8s fran\xe7ais\n")
    found = editor.open(one, one.read_bytes().decode("utf-8", "replace"))
    assert [shown["code"] for shown in found if shown["code"].startswith("ENC")]
    assert all(shown["range"]["start"]["line"] == 1 for shown in found)


def test_a_file_in_no_collection_is_judged_alone(tmp_path: Path) -> None:
    lone = tmp_path / "lone" / "letter.txt"
    lone.parent.mkdir()
    lone.write_bytes(b"Dear Sir")
    (tmp_path / "lone" / "other.txt").write_bytes(b"\xff\xfe broken")
    with Editor(lone.parent) as editor:
        (found,) = editor.open(lone)
        assert found["code"] == "TXT004"
        bundle = lone.parent / "new.bundle"
        bundle.write_bytes(b"<<<FILE 001 a.txt>>>\nA.\n\n<<<END 1>>>\n")
        assert codes(editor.open(bundle, "<<<FILE 001 a.txt>>>\nA.\n\n<<<END 2>>>\n")) == ["CON014"]


def test_a_collection_that_loses_its_index_is_none(editor: Editor, shelf: Path) -> None:
    index, new = shelf / "INDEX.md", shelf / "three.txt"
    new.write_bytes(b"Third words.\n")
    assert codes(editor.open(new)) == ["IDX003"]
    index.unlink()
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": index.as_uri(), "type": 3}]})
    assert editor.found(new) == []


def test_settings_apply_as_on_the_command_line(editor: Editor, shelf: Path) -> None:
    one, settings = shelf / "one.txt", shelf.parent / "validate.yaml"
    settings.write_text('ignore: [TXT004]\nper-file-ignores: {"/one.txt": [TXT008]}\n')
    assert editor.open(one, "zero\u200bwidth") == []
    settings.write_text("ignore: [TXT004]\n")
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": settings.as_uri(), "type": 2}]})
    assert codes(editor.found(one)) == ["TXT008"]


def test_findings_lead_to_the_published_pages_of_their_rules(editor: Editor, shelf: Path) -> None:
    (shelf / "validate.yaml").write_text("documentation: https://example.org/validator\n")
    (found,) = editor.open(shelf / "one.txt", "words")
    assert found["codeDescription"] == {"href": "https://example.org/validator/rules/TXT004/"}


def test_what_a_baseline_forgives_is_not_shown(editor: Editor, shelf: Path) -> None:
    one = shelf / "one.txt"
    one.write_bytes(b"zero\xe2\x80\x8bwidth")
    (shelf / "validate.yaml").write_text("baseline: .baseline.json\n")
    subprocess.run(
        [sys.executable, "-m", "validator", "baseline", "update", ".", "--baseline", ".baseline.json"],
        cwd=shelf,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert editor.open(one) == []
    assert codes(editor.change(one, "zero\u200bwidth\nand zero\u200bwidth\n")) == ["TXT008"]


def test_settings_that_cannot_be_obeyed_are_complained_of_once(editor: Editor, shelf: Path) -> None:
    one, settings = shelf / "one.txt", shelf / "validate.yaml"
    settings.write_text("ignoer: []\n")
    assert editor.open(one, "words") == []
    assert editor.change(one, "Words") == []
    assert editor.offers(one) == []
    (said,) = editor.said
    assert "ignoer" in said
    assert "ignore" in said
    settings.write_text("ignore: []\n")
    assert codes(editor.change(one, "words")) == ["TXT004"]
    settings.write_text("ignore: [\n")
    assert editor.change(one, "other words") == []
    assert editor.offers(one) == []


def test_an_index_governs_its_folder_and_patterns_count_from_the_top(shelf: Path) -> None:
    inner = shelf / "inner"
    inner.mkdir()
    (inner / "three.txt").write_bytes(b"Third words.\n")
    (inner / "INDEX.md").write_text(index_of(inner, "three.txt"))
    index = index_of(
        shelf, "one.txt", "two.txt", "all.bundle", "all.bundle#a.txt", "all.bundle#b.txt", "inner/INDEX.md"
    )
    (shelf / "INDEX.md").write_text(index)
    (shelf / "validate.yaml").write_text('per-file-ignores: {"/inner/three.txt": [TXT004]}\n')
    with Editor(shelf) as editor:
        assert editor.open(inner / "three.txt", "Third words") == []
        assert codes(editor.open(inner / "INDEX.md")) == ["IDX006"]
        assert editor.open(shelf / "INDEX.md") == []
        editor.type(inner / "INDEX.md", (inner / "INDEX.md").read_text() + "\nA word.\n")
        assert codes(editor.found(shelf / "INDEX.md")) == ["IDX006"]


def test_where_a_file_belongs(tmp_path: Path) -> None:
    for folder in ("outer/repository/a/b/c", "outer/repository/.git", "outer/repository/x"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("outer", "outer/repository/a", "outer/repository/a/b"):
        (tmp_path / folder / "INDEX.md").write_text("# Index\n")
    repository = tmp_path / "outer" / "repository"
    assert home(str(repository / "a/b/c/d.txt"), []) == Home(str(repository / "a"), "b/")
    assert home(str(repository / "a/d.txt"), []) == Home(str(repository / "a"))
    assert home(str(repository / "x/d.txt"), []) == Home(str(repository / "x/d.txt"), alone=True)
    assert home(str(repository / "a/b/c/d.txt"), [str(repository / "a/b")]) == Home(str(repository / "a/b"))
    assert home(str(repository / "a/b/c/d.txt"), [str(repository / "a/b/c")]).alone


def test_many_changes_at_once_come_to_the_last_of_them(editor: Editor, shelf: Path) -> None:
    one = shelf / "one.txt"
    assert editor.open(one) == []
    for number in range(200):
        editor.type(one, "First words" + "." * number)
    (found,) = editor.change(one, "First words at last")
    assert editor.marked(one, found) in ("", "t")
    assert editor.change(one, "First words at last.\n") == []


def test_what_was_said_of_a_file_is_taken_back_when_it_is_closed(editor: Editor, shelf: Path) -> None:
    assert codes(editor.open(shelf / "one.txt", "words")) == ["TXT004"]
    assert editor.close(shelf / "one.txt") == []
    assert editor.open(shelf / "one.txt") == []


class Wire:
    """The other end of a server that runs in this process."""

    def __init__(self) -> None:
        self.server: Server = server()
        self.server.protocol.set_writer(self)
        params: dict[str, Any] = {"capabilities": {}, "processId": None}
        self.send({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
        self.sent: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        protocol = self.server.protocol
        protocol.handle_message(json.loads(json.dumps(message), object_hook=protocol.structure_message))

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if "method" in message:
            self.sent.append(message)

    def close(self) -> None:
        pass

    async def offers(self, uri: str) -> int:
        """How many actions are offered in a file."""
        where = types.Range(types.Position(0, 0), types.Position(9, 0))
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), where, types.CodeActionContext([]))
        return len(await self.server.offers(params))


def test_a_defect_of_ours_is_said_and_does_not_end_the_service(shelf: Path) -> None:
    uri = (shelf / "one.txt").as_uri()

    async def session() -> list[dict[str, Any]]:
        wire = Wire()
        wire.server.open(types.TextDocumentItem(uri, "plaintext", 1, "words"))
        assert await wire.offers(uri) == 2
        whole, wire.server._judge = wire.server._judge, None  # type: ignore[assignment]
        wire.server.change(uri, "other words", 2)
        assert await wire.offers(uri) == 0  # the edits of before would be made in another text
        wire.server._judge = whole
        wire.server.change(uri, "more words", 3)
        assert await wire.offers(uri) == 2
        wire.server.stop()
        return wire.sent

    said = [message["params"]["message"] for message in asyncio.run(session()) if "message" in message["params"]]
    assert len(said) == 1
    assert said[0].startswith("validate: this is a defect of the validator: TypeError")


def test_what_was_closed_meanwhile_is_not_spoken_of(shelf: Path) -> None:
    uri = (shelf / "one.txt").as_uri()
    begun, closed = threading.Event(), threading.Event()

    async def session() -> list[dict[str, Any]]:
        wire = Wire()
        judge = wire.server._judge

        class Slow(Judge):
            def __call__(self, *given: Any) -> Any:
                begun.set()
                assert closed.wait(PATIENCE)
                return judge(*given)

        wire.server._judge = Slow(lambda: None)
        wire.server.open(types.TextDocumentItem(uri, "plaintext", 1, "words"))
        answer = asyncio.create_task(wire.offers(uri))
        assert await asyncio.get_running_loop().run_in_executor(None, begun.wait, PATIENCE)
        wire.server.close(uri)
        closed.set()
        assert await answer == 0
        wire.server.stop()
        return wire.sent

    published = [message["params"]["diagnostics"] for message in asyncio.run(session())]
    assert published == [[]]


def test_a_file_that_may_change_without_a_trace_is_read_again(shelf: Path) -> None:
    """What was written only just now could be written again at the same time, as clocks tell it."""
    for age, remembered in ((0, False), (10**10, True)):
        known = {"old.txt": Known((1, 1, 1, 1, 1), "", 0)}
        when = time.time_ns() - age
        now = {"one.txt": Known((1, when, when, 1, 1), "", 0)}
        _Memory(known, Options()).keep("", {}, now, "", Report(()))
        assert list(known) == (["one.txt"] if remembered else [])


def test_only_what_an_index_governs_is_read(shelf: Path) -> None:
    (shelf / "inner").mkdir()
    (shelf / "inner" / "three.txt").write_bytes(b"Third words.\n")
    overlay = Overlay(str(shelf), "inner/", {"inner/three.txt": b"Other words.\n", "one.txt": b""})
    assert [found.name for found in overlay.walk(Options())] == ["inner/three.txt"]


HOSTILE = [
    "",
    "\0" * 1000,
    "\ud800\udfff lone \udc80 surrogates \ud83d\n",
    "<<<FILE " * 5000 + "\n",
    "<<<FILE 1 ../../etc/passwd>>>\nx\n<<<FILE 1 \x1b]0;owned\x07>>>\n",
    "---\nmetadata: " + "[" * 5000 + "\n---\n",
    "| name |\n|---|\n" + "| \x1b[2Jx\u202e |\n" * 300,
    "| name | sha256 |\n|---|---|\n| " + "x" * 100_000 + " | zz |\n",
    "\r\r\n\n\r" * 100 + "\u2028\x85\x0c",
    "\ufeff" * 50,
    "::error::x ##[stop-commands]",
    "e" + "\u0301" * 3000,
]


@pytest.mark.parametrize("name", ["INDEX.md", "one.txt", "all.bundle"])
def test_hostile_texts_do_no_harm(editor: Editor, shelf: Path, name: str) -> None:
    path = shelf / name
    whole = path.read_text()
    before = {file: file.read_bytes() for file in shelf.iterdir()}
    assert editor.open(path) == []
    for text in HOSTILE:
        for found in editor.change(path, text):
            assert all(c.isprintable() or c in "\n\u3000" for c in found["message"])
            start, end = found["range"]["start"], found["range"]["end"]
            assert (start["line"], start["character"]) <= (end["line"], end["character"])
        editor.offers(path)
    assert editor.change(path, whole) == []
    assert editor.said == []
    assert {file: file.read_bytes() for file in shelf.iterdir()} == before
    assert editor.leave() == (0, b"")


@pytest.mark.parametrize(
    "uri",
    [
        "untitled:Untitled-1",
        "file:///nowhere/at/all.txt",
        "file:///tmp/%00.txt",
        "file://[",
        "file://elsewhere/share/a.txt",
        "file:relative.txt",
        "",
        "https://example.org/a.txt",
    ],
)
def test_what_is_no_file_here_is_left_alone(editor: Editor, shelf: Path, uri: str) -> None:
    document = {"uri": uri, "languageId": "plaintext", "version": 1, "text": "words"}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    changed = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "more\ud800"}]}
    editor.notify("textDocument/didChange", changed)
    editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert editor.open(shelf / "one.txt") == []
    assert editor.said == []
    assert editor.leave() == (0, b"")


def test_paths_of_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "a b#c?d%41é.txt"
    assert path_of(path.as_uri()) == str(path)
    assert path_of(path.as_uri().replace("file://", "file://localhost")) == str(path)
    assert path_of(path.as_uri().replace("file://", "file://elsewhere")) is None
    assert path_of(f"{path.as_uri()}%00") is None


def test_messages_that_mean_nothing_are_survived(editor: Editor, shelf: Path) -> None:
    for message in (b"{", b"[]", b"null", b'"text"', b'{"jsonrpc": "2.0", "method": "no/such"}', b"\xff\xfe"):
        editor.send(message)
    editor.send(b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 1}}')
    assert codes(editor.open(shelf / "one.txt", "words")) == ["TXT004"]
    assert editor.said == []
    assert editor.leave() == (0, b"")


@posix
def test_a_file_whose_name_is_not_utf_8(editor: Editor, shelf: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(shelf) + b"/caf\xe9.txt"))
    path.write_bytes(b"words\n")
    index = shelf / "INDEX.md"
    index.write_bytes(index.read_bytes())
    assert "TXT004" in codes(editor.open(path, "words"))


@posix
def test_a_file_behind_links(editor: Editor, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(shelf)
    assert codes(editor.open(tmp_path / "elsewhere" / "one.txt", "words")) == ["TXT004"]


def test_goodbye_has_its_manners(shelf: Path) -> None:
    with Editor(shelf) as editor:
        assert editor.leave() == (0, b"")
    with Editor(shelf) as editor:
        assert editor.leave(politely=False) == (1, b"")
    with Editor(shelf) as editor:
        assert editor.hang_up() == 1


def test_without_its_packages_the_server_says_what_to_install(shelf: Path) -> None:
    program = "import sys; sys.modules['pygls'] = None; from validator.__main__ import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "lsp"],
        cwd=shelf,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 2
    assert run.stdout == b""
    assert run.stderr.decode().splitlines() == [
        "error: the editor server needs pygls 2: pip install 'collection-validator[lsp]'"
    ]


letters = st.sampled_from(["a", "é", "語", "🦉", "𝕬", "\t", "\u200b", "\u2028", "\x0c", "\ufeff"])
breaks = st.sampled_from(["\r\n", "\r", "\n"])
pieces = st.one_of(letters, breaks)
texts = st.lists(pieces, max_size=30).map("".join)
few = st.lists(pieces, max_size=5).map("".join)


@given(st.one_of(texts, few), st.sampled_from(UNITS), st.data())
def test_every_place_is_found_again(text: str, unit: str, data: st.DataObject) -> None:
    """A byte offset, said as a position, is the character that an editor finds there; none is between CR and LF."""
    at = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    offsets = {one: len(text[:one].encode()) for one in at}
    places = Buffer(text.encode()).positions(offsets.values(), unit)
    for one, where in offsets.items():
        line, character = places[where]
        between = text[max(0, one - 1) : one + 1] == "\r\n"
        assert offset(text, {"line": line, "character": character}, unit) == one + between


@given(st.one_of(texts, few), st.sampled_from(UNITS), st.data())
def test_edits_make_what_they_should(text: str, unit: str, data: st.DataObject) -> None:
    """Whatever the edits, CR and LF torn apart included, the editor comes to the same text."""
    content = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = [Span(len(text[:a].encode()), len(text[:b].encode())) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    mends = [Mend("", (Edit(span, data.draw(pieces).encode()),)) for span in spans]
    mends = fixing.compatible(mends)
    if not mends:
        return
    buffer = Buffer(content)
    edits = changes(buffer, mends)
    places = buffer.positions([at for edit in edits for at in (edit.span.start, edit.span.end)], unit)

    def position(at: int) -> dict[str, int]:
        return dict(zip(("line", "character"), places[at], strict=True))

    said = [
        {"range": {"start": position(e.span.start), "end": position(e.span.end)}, "newText": e.replacement.decode()}
        for e in edits
    ]
    assert applied(text, said, unit).encode() == fixing.edited(content, mends)


def test_edits_on_both_sides_of_a_torn_line_end_become_one() -> None:
    mends = [Mend("", (Edit(Span(1, 2), b"a"),)), Mend("", (Edit(Span(2, 3), b"b"),))]
    assert changes(Buffer(b"x\r\ny\n"), mends) == [Edit(Span(0, 4), b"xaby")]


writes: list[Callable[[str], bytes]] = [
    str.encode,
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.encode("utf-16"),
    lambda text: text.replace("\n", "\r\n").encode("latin-1", "replace"),
]


@given(texts, st.sampled_from(writes), texts)
def test_a_text_stands_for_the_disk_until_it_is_edited(text: str, write: Callable[[str], bytes], other: str) -> None:
    disk = write(text)
    shown = view(text, disk)
    first, then = shown.buffer(text, disk), shown.buffer(other, disk)
    if shown.shows(text, disk):
        assert first.data == disk
    if shown.exact:
        assert then.data == other.encode()
    elif not shown.shows(other, disk):
        expected = other.encode(then.codec, "replace").decode(then.codec)
        assert then.data.decode(then.codec) == expected


def test_the_server_says_what_it_can(editor: Editor) -> None:
    assert editor.agreed["textDocumentSync"]["change"] == 1
    assert editor.agreed["codeActionProvider"]["codeActionKinds"] == ["quickfix", "source.fixAll.validate"]
    assert json.dumps(editor.agreed)
