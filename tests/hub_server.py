"""A server on this machine that speaks the hub's protocol, for tests of downloads."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves folders as repositories: metadata, HEAD with ETag, GET with Range.

    Attributes:
        repos: name -> folder.
        log: (method, path, range header) of each request.
        breaks: file name -> how many of its downloads still break off half way.
        damages: file name -> how many of its downloads still come with a wrong byte.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repos: dict[str, Path] = {}
        self.log: list[tuple[str, str, str | None]] = []
        self.breaks: dict[str, int] = {}
        self.damages: dict[str, int] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def starts(self, file: str) -> list[int]:
        """First bytes of the downloads of ``file``, in order."""
        ranges = [ranged for method, path, ranged in self.log if method == "GET" and path.endswith(file)]
        return [int(ranged.split("=")[1].split("-")[0]) if ranged else 0 for ranged in ranges]


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the test reads ``Hub.log``."""

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_GET(self) -> None:
        self._serve(body=True)

    def _serve(self, body: bool) -> None:
        path = urlparse(self.path).path
        self.server.log.append((self.command, path, self.headers.get("Range")))
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/[^/]+)?", path):
            folder = self.server.repos.get(match[1])
            if folder is not None:
                return self._json(self._metadata(match[1], folder, match[2]), body)
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            folder = self.server.repos.get(match[1])
            if folder is not None:
                if (folder / match[2]).is_file():
                    return self._file(folder / match[2], body)
                return self._missing("EntryNotFound")
        return self._missing("RepoNotFound")

    def _metadata(self, name: str, folder: Path, kind: str | None) -> object:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        names = [path.relative_to(folder).as_posix() for path in files]
        if kind != "tree":
            return {"id": name, "sha": COMMIT, "siblings": [{"rfilename": file} for file in names]}
        return [
            {"type": "file", "path": file, "size": path.stat().st_size, "oid": etag_of(path)}
            for file, path in zip(names, files, strict=True)
        ]

    def _json(self, content: object, body: bool) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def _missing(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, path: Path, body: bool) -> None:
        data = path.read_bytes()
        start = 0
        if (ranged := self.headers.get("Range")) and (match := re.match(r"bytes=(\d+)-", ranged)):
            start = int(match[1])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{etag_of(path)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if not body:
            return
        rest = data[start:]
        if self.server.breaks.get(path.name, 0) > 0:
            self.server.breaks[path.name] -= 1
            rest = rest[: len(rest) // 2]
            self.close_connection = True
        if self.server.damages.get(path.name, 0) > 0:
            self.server.damages[path.name] -= 1
            rest = bytes([rest[0] ^ 1]) + rest[1:]
        self.wfile.write(rest)


def etag_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """A hub that runs until the block ends."""
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
