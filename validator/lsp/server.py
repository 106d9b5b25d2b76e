"""The server as pygls runs it: what it keeps of open files, when it checks, and what it tells the editor.

Checks run in a thread of their own, one at a time, so that the editor is always answered. What changes
while one runs waits for the next, however often it changes.
"""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from validator import manifest
from validator.discovery import SETTINGS_FILES
from validator.lsp import actions
from validator.lsp.drafts import Draft, Judge, Verdict, opened, real, saved
from validator.model import replaced
from validator.text import shown
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAUSE = 0.2
"""Seconds without a change before a check begins."""


class Stopped(Exception):
    """The editor is gone, and nobody waits for the check that is running."""


class Server(LanguageServer):
    """A language server that knows the files that are open, and what was found in them."""

    def __init__(self) -> None:
        # pygls takes FF, NEL and U+2028 for line ends too, so it must not put texts together from changes.
        super().__init__("collection-validator", __version__, types.TextDocumentSyncKind.Full)
        self.left = False
        self._drafts: dict[str, Draft] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._changed: set[str] = set()
        self._complaints: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._checking: asyncio.Task[None] | None = None
        self._stopping = False
        self._worker = ThreadPoolExecutor(1)
        self._judge = Judge(self._go_on)

    def open(self, item: types.TextDocumentItem) -> None:
        """Begin to watch over a file."""
        path = path_of(item.uri)
        if path is not None:
            draft = opened(item.uri, path, item.text, item.version)
            self._drafts[item.uri] = draft
            self.look_again([draft.path])

    def change(self, uri: str, text: str, version: int) -> None:
        """Take note of what a file says now."""
        draft = self._drafts.get(uri)
        if draft is not None:
            self._drafts[uri] = replaced(draft, text=text, version=version)
            self.look_again([draft.path])

    def close(self, uri: str) -> None:
        """Take back what was said of a file; from now on it is what is on the disk."""
        draft = self._drafts.pop(uri, None)
        self._verdicts.pop(uri, None)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        if draft is not None:
            self.look_again([draft.path])

    def save(self, uri: str) -> None:
        """Take note that a file on the disk now is what its text stands for."""
        draft = self._drafts.get(uri)
        if draft is not None:
            self._drafts[uri] = saved(draft)
            self.touched([uri])

    def touched(self, uris: Iterable[str]) -> None:
        """Take note of files that changed on the disk."""
        paths = [path for uri in uris if (path := path_of(uri)) is not None]
        if any(os.path.basename(path) in (*SETTINGS_FILES, manifest.NAME) for path in paths):
            paths += [draft.path for draft in self._drafts.values()]
        self.look_again(map(real, paths))

    def look_again(self, paths: Iterable[str]) -> None:
        """Check what these files matter to, once nothing has changed for a moment."""
        self._changed.update(paths)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._begin)

    async def offers(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """What can be mended in a file as it is now; waits until that is known."""
        if self._timer is not None:
            self._begin()
        while self._checking is not None:
            await asyncio.shield(self._checking)
        verdict = self._verdicts.get(params.text_document.uri)
        if verdict is None or verdict.draft is not self._drafts.get(verdict.draft.uri):
            return []
        return await asyncio.get_running_loop().run_in_executor(
            self._worker, actions.actions, verdict, params.range, params.context.only, self.editor
        )

    def stop(self) -> None:
        """Leave the check that is running unfinished, and begin no other."""
        self._stopping = True
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._checking is None:
            self._checking = asyncio.create_task(self._check())

    async def _check(self) -> None:
        try:
            while self._changed and not self._stopping:
                changed, self._changed = frozenset(self._changed), set()
                drafts = list(self._drafts.values())
                limits = self._limits()
                try:
                    verdicts, complaints = await asyncio.get_running_loop().run_in_executor(
                        self._worker, self._judge, drafts, changed, limits
                    )
                except Stopped:
                    return
                except Exception as error:  # whatever a text brings about, the next one is looked at
                    verdicts, complaints = [], [f"this is a defect of the validator: {type(error).__name__}: {error}"]
                self._publish(verdicts)
                self._complain(complaints)
        finally:
            self._checking = None

    def _publish(self, verdicts: Iterable[Verdict]) -> None:
        editor = self.editor
        for verdict in verdicts:
            draft = verdict.draft
            if self._drafts.get(draft.uri) is draft:
                self._verdicts[draft.uri] = verdict
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(draft.uri, actions.diagnostics(verdict, editor), draft.version)
                )

    def _complain(self, complaints: list[str]) -> None:
        """Say what keeps files from being judged, such as wrong settings; once, as long as it stays the same."""
        for complaint in complaints:
            if complaint not in self._complaints:
                said = types.ShowMessageParams(types.MessageType.Error, f"{actions.SOURCE}: {shown(complaint)}")
                self.window_show_message(said)
        self._complaints = complaints

    @property
    def editor(self) -> actions.Editor:
        """What was agreed with the editor."""
        encoding = self.workspace.position_encoding
        workspace = self.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace is not None else None
        return actions.Editor(
            str(getattr(encoding, "value", encoding)), versions=bool(edits is not None and edits.document_changes)
        )

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log what an editor got wrong, which is no news to whoever uses it."""
        said = f"{actions.SOURCE}: {shown(f'{type(error).__name__}: {error}')}"
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, said))

    def _limits(self) -> frozenset[str]:
        uris = [folder.uri for folder in self.workspace.folders.values()] or [self.workspace.root_uri or ""]
        return frozenset(os.path.realpath(path) for uri in uris if (path := path_of(uri)) is not None)

    def _go_on(self) -> None:
        if self._stopping:
            raise Stopped


def path_of(uri: str) -> str | None:
    """The path that a URI names (RFC 8089); ``None`` if it names no file of this machine."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = os.fsdecode(unquote_to_bytes(parts.path))
    if os.name == "nt":
        path = os.path.normpath(path.lstrip("/"))
    return path if os.path.isabs(path) and "\0" not in path else None


def server() -> Server:
    """A server that has not been started."""
    made = Server()

    @made.feature(types.INITIALIZED)
    def _(params: types.InitializedParams) -> None:
        _watch_files(made)

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _(params: types.DidOpenTextDocumentParams) -> None:
        made.open(params.text_document)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            made.change(params.text_document.uri, params.content_changes[-1].text, params.text_document.version)

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def _(params: types.DidSaveTextDocumentParams) -> None:
        made.save(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: types.DidCloseTextDocumentParams) -> None:
        made.close(params.text_document.uri)

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(params: types.DidChangeWatchedFilesParams) -> None:
        made.touched(change.uri for change in params.changes)

    kinds = [types.CodeActionKind.QuickFix, actions.MEND_ALL]

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    async def _(params: types.CodeActionParams) -> list[types.CodeAction]:
        return await made.offers(params)

    @made.feature(types.SHUTDOWN)
    def _(params: None) -> None:
        made.left = True
        made.stop()

    return made


def _watch_files(server: Server) -> None:
    """Ask the editor to tell of files that change on the disk, if it can."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is not None and watching.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
        wanted = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        server.client_register_capability(types.RegistrationParams([wanted]))


def run() -> int:
    """Serve over standard input and output until the editor leaves; return the exit code."""
    if not os.environ.get("VALIDATE_DEBUG"):
        logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    made = server()
    try:
        made.start_io()
    finally:
        made.stop()
    return 0 if made.left else 1
