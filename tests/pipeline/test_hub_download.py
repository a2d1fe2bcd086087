"""Models from a hub, against a local server that speaks its protocol, with downloads that break off."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator

import pytest
import torch

from hub_server import Hub, serve_hub
from recam.camera import CameraPath
from recam.errors import CheckpointError
from recam.hub import fetch_file, is_hub_id, resume
from recam.pipeline import RecamPipeline


@pytest.fixture
def hub(monkeypatch) -> Iterator[Hub]:
    with serve_hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


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
