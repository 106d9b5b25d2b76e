"""An editor, as far as the server can tell: a client of the Language Server Protocol over real pipes.

It holds texts as editors do, in lines that end at LF, CR LF or CR, and makes edits in the unit that was agreed.
"""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

from tests.command import ROOT

PATIENCE = 120
"""Seconds after which something has gone wrong; nothing here waits as long as that."""

Json = dict[str, Any]


def units(text: str, unit: str) -> int:
    """The length of a text, as positions count it."""
    codec, size = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[unit]
    return len(text.encode(codec, "surrogatepass")) // size


def offset(text: str, position: Json, unit: str) -> int:
    """Where in a text a position is, in characters."""
    starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
    start = starts[position["line"]]
    return next(at for at in range(start, len(text) + 1) if units(text[start:at], unit) >= position["character"])


def applied(text: str, edits: list[Json], unit: str) -> str:
    """A text after edits that do not overlap."""
    placed = [
        (offset(text, edit["range"]["start"], unit), offset(text, edit["range"]["end"], unit), edit["newText"])
        for edit in edits
    ]
    assert all(one[1] <= other[0] for one, other in zip(sorted(placed), sorted(placed)[1:], strict=False))
    for start, end, new in sorted(placed, reverse=True):
        text = text[:start] + new + text[end:]
    return text


class Editor:
    """An editor with a server of its own."""

    def __init__(self, folder: Path, encodings: list[str] | None = None, in_folder: bool = True, **can: Any) -> None:
        environment = {key: text for key, text in os.environ.items() if not key.startswith("GIT_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "validator", "lsp", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**environment, "PYTHONPATH": str(ROOT)},
        )
        self._came: queue.Queue[Json | None] = queue.Queue()
        self._kept: list[Json] = []
        self._number = 0
        self._versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.asked: list[Json] = []
        self.said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        folders = [{"uri": folder.as_uri(), "name": folder.name}] if in_folder else None
        general = {"general": {"positionEncodings": encodings}} if encodings else {}
        self.agreed = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri() if in_folder else None,
                "workspaceFolders": folders,
                "capabilities": {**general, **can},
            },
        )["capabilities"]
        self.unit = self.agreed["positionEncoding"]
        self.notify("initialized", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while line := stream.readline():
            length = int(line.removeprefix(b"Content-Length: "))
            while stream.readline().strip():
                pass
            self._came.put(json.loads(stream.read(length)))
        self._came.put(None)

    def send(self, message: bytes) -> None:
        """Send bytes as the content of a message."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(message), message))
        self._process.stdin.flush()

    def notify(self, method: str, params: Json | None = None) -> None:
        self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def request(self, method: str, params: Json | None = None) -> Any:
        """Ask and wait for the answer."""
        self._number += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}).encode())
        answer = self._wait(lambda one: one.get("id") == self._number and "method" not in one)
        assert "error" not in answer, answer
        return answer["result"]

    def _wait(self, wanted: Any) -> Json:
        """The next message that is wanted; the others are kept, and requests are answered."""
        for kept in self._kept:
            if wanted(kept):
                self._kept.remove(kept)
                return kept
        while (message := self._came.get(timeout=PATIENCE)) is not None:
            if "method" in message and "id" in message:
                self.asked.append(message)
                self.send(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": None}).encode())
            if message.get("method") == "window/showMessage":
                self.said.append(message["params"]["message"])
            if wanted(message):
                return message
            self._kept.append(message)
        raise AssertionError(f"the server has gone: {self._process.stderr and self._process.stderr.read().decode()}")

    def open(self, path: Path, text: str | None = None) -> list[Json]:
        """Open a file, with the text that it has unless another is given; return what was found in it."""
        uri = path.as_uri()
        self.texts[uri] = path.read_bytes().decode() if text is None else text
        self._versions[uri] = 1
        item = {"uri": uri, "languageId": "plaintext", "version": 1, "text": self.texts[uri]}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return self.found(path)

    def type(self, path: Path, text: str) -> None:
        """Give a file another text, and wait for nothing."""
        uri = path.as_uri()
        self.texts[uri] = text
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def change(self, path: Path, text: str) -> list[Json]:
        """Give a file another text; return what was found in it."""
        self.type(path, text)
        return self.found(path)

    def save(self, path: Path, data: bytes | None = None) -> list[Json]:
        """Write what a file says to the disk; return what was found in it."""
        path.write_bytes(self.texts[path.as_uri()].encode() if data is None else data)
        self.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})
        return self.found(path)

    def close(self, path: Path) -> list[Json]:
        del self._versions[path.as_uri()]
        self.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
        return self.found(path)

    def found(self, path: Path) -> list[Json]:
        """The next diagnostics of the present text of a file."""
        uri = path.as_uri()
        version = self._versions.get(uri)

        def is_meant(message: Json) -> bool:
            params = message.get("params") or {}
            of_it = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
            return of_it and params.get("version") == version

        diagnostics: list[Json] = self._wait(is_meant)["params"]["diagnostics"]
        return diagnostics

    def offers(self, path: Path, diagnostic: Json | None = None, only: list[str] | None = None) -> list[Json]:
        """The actions offered where something was found, or in the whole of a file."""
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 1 << 30, "character": 0}}
        context: Json = {"diagnostics": [diagnostic] if diagnostic else []}
        if only is not None:
            context["only"] = only
        where = diagnostic["range"] if diagnostic else everything
        params = {"textDocument": {"uri": path.as_uri()}, "range": where, "context": context}
        offered: list[Json] = self.request("textDocument/codeAction", params)
        return offered

    def take(self, path: Path, action: Json) -> str:
        """The text of a file after an action that was offered."""
        uri = path.as_uri()
        edit = action["edit"]
        if "changes" in edit:
            ((where, edits),) = edit["changes"].items()
        else:
            (document,) = edit["documentChanges"]
            assert document["textDocument"]["version"] == self._versions[uri]
            where, edits = document["textDocument"]["uri"], document["edits"]
        assert where == uri
        return applied(self.texts[uri], edits, self.unit)

    def marked(self, path: Path, diagnostic: Json) -> str:
        """The text that something was found in."""
        text = self.texts[path.as_uri()]
        ends = (offset(text, diagnostic["range"][end], self.unit) for end in ("start", "end"))
        return text[slice(*ends)]

    def leave(self, politely: bool = True) -> tuple[int, bytes]:
        """Say goodbye, or not; return the exit code and what was said on standard error."""
        if politely:
            assert self.request("shutdown") is None
        self.notify("exit")
        _, error = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, error

    def hang_up(self) -> int:
        """Close the line without a word; return the exit code."""
        self._process.communicate(timeout=PATIENCE)
        return self._process.returncode
