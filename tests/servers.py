"""Servers on this machine, and what goes wrong with them: a web server, and a way to one that fails now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import md5
from html import escape
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

CUT = -1
"""In place of a status: the line is cut in the middle of the content."""


class Site:
    """What a server gives by path, what it was asked for, and where it fails.

    ``fails`` says of a request, by method, path and how often it came before, with which status; 0 for not at all.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.has_ranges = True
        self.has_sizes = True
        self.has_pages = False
        self.fails: Callable[[str, str, int], int] = lambda method, path, before: 0
        self.url = ""

    def status(self, method: str, path: str) -> int:
        before = self.asked.count((method, path))
        self.asked.append((method, path))
        return self.fails(method, path, before)

    def page(self, path: str) -> bytes | None:
        """What links to everything right below a folder."""
        below = {name[len(path) :] for name in self.files if name.startswith(path)}
        names = sorted({name.partition("/")[0] + ("/" if "/" in name else "") for name in below})
        if not (self.has_pages and path.endswith("/") and names):
            return None
        extra = ["../", "?C=M;O=A", "#top", "https://elsewhere.example/x.txt"]
        links = "".join(f'<a href="{escape(quote(name))}">x</a>\n' for name in names)
        return ("<html>" + links + "".join(f'<a href="{one}">x</a>' for one in extra)).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, headers: dict[str, str], body: bytes, is_cut: bool = False) -> None:
        self.send_response(status)
        for key, content in headers.items():
            self.send_header(key, content)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if is_cut else body)
        if is_cut:
            self.close_connection = True


def _web(site: Site) -> type[_Handler]:
    class Web(_Handler):
        def do_GET(self) -> None:
            path = unquote(self.path.partition("?")[0])
            status = site.status(self.command, self.path)
            body = site.files.get(path)
            page = site.page(path) if body is None else None
            if status > 0 or (body is None and page is None):
                self.answer(status or 404, {"Content-Length": "0"}, b"")
                return
            body = body if body is not None else page or b""
            asked = self.headers.get("Range", "") if site.has_ranges else ""
            headers = {"ETag": f'"{md5(body).hexdigest()}"', "Content-Type": "text/html" if page else "text/plain"}
            total = len(body)
            if asked:
                start, _, end = asked.removeprefix("bytes=").partition("-")
                body = body[int(start) : int(end) + 1]
                headers["Content-Range"] = f"bytes {start}-{int(start) + len(body) - 1}/{total}"
            if site.has_sizes:
                headers["Content-Length"] = str(len(body))
            else:
                headers["Connection"] = "close"
            self.answer(206 if asked else 200, headers, body, status == CUT)

        do_HEAD = do_GET  # noqa: N815

    return Web


def _between(site: Site, host: str, port: int) -> type[_Handler]:
    class Between(_Handler):
        def do_GET(self) -> None:
            status = site.status(self.command, unquote(self.path))
            if status > 0:
                self.answer(status, {"Content-Length": "0"}, b"")
                return
            line = HTTPConnection(host, port)
            length = int(self.headers.get("Content-Length", 0))
            line.request(self.command, self.path, self.rfile.read(length), dict(self.headers))
            answer = line.getresponse()
            body = answer.read()
            kept = {key: value for key, value in answer.getheaders() if key.lower() not in _OF_THE_LINE}
            length = int(answer.getheader("Content-Length") or len(body)) if self.command == "HEAD" else len(body)
            line.close()
            self.answer(answer.status, {**kept, "Content-Length": str(length)}, body, status == CUT)

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

    return Between


_OF_THE_LINE = ("connection", "transfer-encoding", "content-length")


@contextmanager
def serving(site: Site, behind: tuple[str, int] | None = None) -> Iterator[Site]:
    """Serve what a site holds; with ``behind``, what another server gives, except where the site fails."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _between(site, *behind) if behind else _web(site))
    server.daemon_threads = True
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # readers may hang up
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
