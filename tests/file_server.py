"""A web server on this machine that serves files well or badly."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FileServer(ThreadingHTTPServer):
    """Serves ``files`` by name and notes each request's path and range.

    Args:
        files: contents by name; other names are answered with status 404.
        ranges: whether it answers a range request with the range.
        cut_after: how many bytes it sends before it hangs up, once.
        wrong_range: whether it answers a range request with another range.
        length: a false Content-Length, or -1 for none.
    """

    daemon_threads = True

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        ranges: bool = True,
        cut_after: int | None = None,
        wrong_range: bool = False,
        length: int | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.ranges = ranges
        self.cut_after = cut_after
        self.wrong_range = wrong_range
        self.length = length
        self.requests: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        """The base address of its files."""
        return f"http://127.0.0.1:{self.server_port}/"


@contextmanager
def serving(server: FileServer) -> Iterator[FileServer]:
    """Run a server while the block runs."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="file-server")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def answer(self) -> None:
        """Answer one request."""
        wanted = self.headers.get("Range")
        self.server.requests.append((self.path, wanted))
        content = self.server.files.get(self.path.removeprefix("/"))
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if not self.server.ranges:
            start = 0
        if start > len(content):
            self.send_error(416)
            return
        self._head(content, start, partial=bool(wanted) and self.server.ranges)
        self._body(content[start:])

    do_GET = answer

    def _head(self, content: bytes, start: int, *, partial: bool) -> None:
        self.send_response(206 if partial else 200)
        if partial:
            first = start + int(self.server.wrong_range)
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        length = len(content) - start if self.server.length is None else self.server.length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _body(self, content: bytes) -> None:
        cut, self.server.cut_after = self.server.cut_after, None
        self.wfile.write(content if cut is None else content[:cut])

    def log_message(self, *args: Any, **fields: Any) -> None:
        """Say nothing: the base class would write to standard error."""
