"""Models from a hub, against a local server that speaks its protocol, with downloads that break off."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

import pytest
import torch

from recam.camera import CameraPath
from recam.errors import CheckpointError
from recam.models import resume
from recam.models.hub import fetch_file, is_hub_id
from recam.pipeline import RecamPipeline

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


@pytest.fixture
def hub(monkeypatch) -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_model_from_the_hub_runs(hub, pipeline, make_video, tmp_path) -> None:
    pipeline.save_pretrained(tmp_path / "model")
    (tmp_path / "model" / "transformer" / "training.bin").write_bytes(b"not asked for")
    hub.repos["someone/miniature"] = tmp_path / "model"
    loaded = RecamPipeline.from_pretrained(
        "someone/miniature", torch_dtype=torch.float32, device="cpu", cache_dir=tmp_path / "cache"
    )
    path = CameraPath.preset("arc-left", num_frames=9)
    expected = pipeline(make_video(), path, seed=0, progress=False).latents
    assert torch.equal(loaded(make_video(), path, seed=0, progress=False).latents, expected)
    assert not hub.starts("training.bin")


def test_a_broken_download_is_taken_up_where_it_stopped(hub, pipeline, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(resume, "LARGE_FILE_BYTES", 10_000)
    pipeline.save_pretrained(tmp_path / "model")
    hub.repos["someone/miniature"] = tmp_path / "model"
    hub.breaks["diffusion_pytorch_model.safetensors"] = 2
    loaded = RecamPipeline.from_pretrained(
        "someone/miniature", torch_dtype=torch.float32, device="cpu", cache_dir=tmp_path / "cache"
    )
    starts = hub.starts("transformer/diffusion_pytorch_model.safetensors")
    size = (tmp_path / "model" / "transformer" / "diffusion_pytorch_model.safetensors").stat().st_size
    assert starts == [0, size // 2, size // 2 + (size - size // 2) // 2]
    for (name, ours), theirs in zip(
        loaded.transformer.named_parameters(), pipeline.transformer.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs), name


def test_a_download_that_fails_for_good_goes_on_at_the_next_call(hub, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(resume, "LARGE_FILE_BYTES", 10_000)
    (tmp_path / "repo").mkdir()
    content = random.Random(0).randbytes(100_000)
    (tmp_path / "repo" / "step.ckpt").write_bytes(content)
    hub.repos["someone/release"] = tmp_path / "repo"
    hub.breaks["step.ckpt"] = 1000
    with pytest.raises(CheckpointError, match=r"failed 3 times .*goes on where it stopped"):
        fetch_file("someone/release", "step.ckpt", tmp_path / "cache")
    assert hub.starts("step.ckpt") == [0, 50_000, 75_000]
    hub.breaks.clear()
    hub.log.clear()
    assert fetch_file("someone/release", "step.ckpt", tmp_path / "cache").read_bytes() == content
    assert hub.starts("step.ckpt") == [87_500]
    assert not list((tmp_path / "cache").rglob("*recam-part*"))


def test_a_damaged_download_is_not_kept(hub, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(resume, "LARGE_FILE_BYTES", 10_000)
    (tmp_path / "repo").mkdir()
    content = random.Random(0).randbytes(100_000)
    (tmp_path / "repo" / "step.ckpt").write_bytes(content)
    hub.repos["someone/release"] = tmp_path / "repo"
    hub.damages["step.ckpt"] = 1
    assert fetch_file("someone/release", "step.ckpt", tmp_path / "cache").read_bytes() == content
    assert hub.starts("step.ckpt") == [0, 0]
    hub.damages["step.ckpt"] = 1000
    with pytest.raises(CheckpointError, match="damaged"):
        fetch_file("someone/release", "step.ckpt", tmp_path / "other-cache")


def test_a_fetched_model_needs_no_hub(hub, pipeline, tmp_path, monkeypatch) -> None:
    pipeline.save_pretrained(tmp_path / "model")
    hub.repos["someone/miniature"] = tmp_path / "model"
    options = {"torch_dtype": torch.float32, "device": "cpu", "cache_dir": tmp_path / "cache"}
    RecamPipeline.from_pretrained("someone/miniature", **options)
    shutil.rmtree(tmp_path / "model")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing listens here
    assert RecamPipeline.from_pretrained("someone/miniature", **options).settings == pipeline.settings


def test_what_is_not_there_is_said_plainly(hub, tmp_path) -> None:
    with pytest.raises(CheckpointError, match=r"someone/nothing: is neither a folder here nor a model"):
        RecamPipeline.from_pretrained("someone/nothing", device="cpu", cache_dir=tmp_path / "cache")
    (tmp_path / "repo").mkdir()
    hub.repos["someone/empty"] = tmp_path / "repo"
    with pytest.raises(CheckpointError, match=r"someone/empty: lacks a file"):
        fetch_file("someone/empty", "step.ckpt", tmp_path / "cache")
    with pytest.raises(CheckpointError, match=r"model_index\.json: is missing"):
        RecamPipeline.from_pretrained("someone/empty", device="cpu", cache_dir=tmp_path / "cache")


def test_what_looks_like_a_hub_id(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_hub_id("someone/model-1.3B")
    assert not is_hub_id("tiny")
    assert not is_hub_id("./someone/model")
    assert not is_hub_id("/someone/model")
    (tmp_path / "someone" / "model").mkdir(parents=True)
    assert not is_hub_id("someone/model")
