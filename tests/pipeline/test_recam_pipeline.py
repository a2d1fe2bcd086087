"""The pipeline from end to end, on a miniature with real parts."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from recam.camera import CameraPath
from recam.errors import CheckpointError, InputError, OutputError
from recam.pipeline import RecamPipeline
from recam.video import frames_to_tensor


def test_a_run(pipeline, make_video) -> None:
    video, path = make_video(), CameraPath.preset("arc-left", num_frames=9)
    steps = []
    result = pipeline(video, path, "a ball", seed=1, progress=lambda done, total: steps.append((done, total)))
    assert result.video.frames.shape == (9, 32, 48, 3)
    assert result.video.fps == video.fps
    assert result.latents.shape == (1, 16, 3, 4, 6)
    assert result.seed == 1
    assert result.notes == ()
    assert steps == [(1, 2), (2, 2)]
    assert np.array_equal(result.source.frames, video.frames)


def test_seeds_reproduce_bit_for_bit(pipeline, make_video) -> None:
    video, path = make_video(), CameraPath.preset("arc-left", num_frames=9)
    first = pipeline(video, path, seed=7, progress=False)
    again = pipeline(video, path, seed=7, progress=False)
    other = pipeline(video, path, seed=8, progress=False)
    by_generator = pipeline(video, path, generator=torch.Generator().manual_seed(7), progress=False)
    assert torch.equal(first.latents, again.latents)
    assert np.array_equal(first.video.frames, again.video.frames)
    assert torch.equal(first.latents, by_generator.latents)
    assert not torch.equal(first.latents, other.latents)
    unseeded = pipeline(video, path, progress=False)
    assert torch.equal(pipeline(video, path, seed=unseeded.seed, progress=False).latents, unseeded.latents)


def test_camera_prompt_source_and_guidance_all_count(pipeline, make_video) -> None:
    video, path = make_video(), CameraPath.preset("arc-left", num_frames=9)
    base = {"video": video, "path": path, "prompt": "a ball", "seed": 0, "progress": False}
    latents = pipeline(**base).latents
    for change in (
        {"path": CameraPath.preset("dolly-in", num_frames=9)},
        {"prompt": "two tall boxes"},
        {"video": video.with_frames(255 - video.frames)},
        {"guidance_scale": 1.0},
        {"negative_prompt": "grey"},
        {"shift": 2.0},
        {"num_inference_steps": 3},
    ):
        assert not torch.allclose(pipeline(**base | change).latents, latents, atol=1e-5), change


@pytest.mark.parametrize(("frames", "height", "width"), [(5, 48, 32), (13, 16, 64)])
def test_other_sizes_and_counts(pipeline, make_video, frames: int, height: int, width: int) -> None:
    result = pipeline(
        make_video(frames, 40, 56),
        CameraPath.preset("pan-left", num_frames=frames),
        height=height,
        width=width,
        seed=0,
        progress=False,
    )
    assert result.video.frames.shape == (frames, height, width, 3)
    assert any("resized from 56x40" in note for note in result.notes)


def test_a_tensor_is_a_video_too(pipeline, make_video) -> None:
    video, path = make_video(), CameraPath.preset("pan-left", num_frames=9)
    tensor = frames_to_tensor(video.frames)
    by_tensor = pipeline(tensor, path, seed=0, progress=False)
    assert torch.equal(by_tensor.latents, pipeline(video, path, seed=0, progress=False).latents)
    assert torch.equal(pipeline(tensor[None], path, seed=0, progress=False).latents, by_tensor.latents)


def test_save_and_load(pipeline, make_video, tmp_path) -> None:
    video, path = make_video(), CameraPath.preset("arc-left", num_frames=9)
    pipeline.save_pretrained(tmp_path / "model")
    again = RecamPipeline.from_pretrained(tmp_path / "model", torch_dtype=torch.float32, device="cpu")
    assert again.settings == pipeline.settings
    expected = pipeline(video, path, "a ball", seed=3, progress=False)
    assert torch.equal(again(video, path, "a ball", seed=3, progress=False).latents, expected.latents)
    with pytest.raises(OutputError, match="exists already"):
        pipeline.save_pretrained(tmp_path / "model")


def test_broken_folders_are_refused_by_name(pipeline, tmp_path) -> None:
    def saved(name: str):
        folder = tmp_path / name
        pipeline.save_pretrained(folder)
        return folder

    def refused(folder, match: str) -> None:
        with pytest.raises(CheckpointError, match=match):
            RecamPipeline.from_pretrained(folder, device="cpu")

    refused(tmp_path / "nowhere", "neither a model folder")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "model_index.json: is missing")

    folder = saved("no-vae-weights")
    (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    refused(folder, r"vae: holds no weights")

    folder = saved("truncated")
    weights = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    refused(folder, "transformer: cannot be loaded")

    folder = saved("other-transformer")
    config = folder / "transformer" / "config.json"
    config.write_text(config.read_text().replace('"num_layers": 2', '"num_layers": 3'))
    refused(folder, "transformer: .*missing")

    folder = saved("plain-wan")
    index = json.loads((folder / "model_index.json").read_text())
    index["transformer"] = ["diffusers", "WanTransformer3DModel"]
    (folder / "model_index.json").write_text(json.dumps(index))
    refused(folder, "another kind .*WanTransformer3DModel")

    folder = saved("unknown-setting")
    index = json.loads((folder / "model_index.json").read_text())
    index["settings"]["colour"] = "blue"
    (folder / "model_index.json").write_text(json.dumps(index))
    refused(folder, "unknown model settings colour")

    (folder / "model_index.json").write_text("{")
    refused(folder, "is not JSON")
    refused(weights, "is a file")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_inference_steps": -1}, "num_inference_steps"),
        ({"guidance_scale": float("nan")}, "guidance_scale"),
        ({"shift": 0.0}, "shift"),
        ({"prompt": 3}, "prompt must be text"),
        ({"seed": 1, "generator": torch.Generator()}, "not both"),
        ({"video": "in.mp4"}, "must be a recam Video"),
    ],
)
def test_values_that_cannot_be(pipeline, make_video, change, message: str) -> None:
    arguments = {
        "video": make_video(),
        "path": CameraPath.preset("pan-left", num_frames=9),
        "progress": False,
    }
    with pytest.raises(InputError, match=message):
        pipeline(**arguments | change)


def test_guidance_one_runs_the_model_once_a_step(pipeline, make_video) -> None:
    calls = []
    handle = pipeline.transformer.register_forward_hook(lambda *_: calls.append(1))
    try:
        path = CameraPath.preset("pan-left", num_frames=9)
        pipeline(make_video(), path, guidance_scale=1.0, seed=0, progress=False)
        assert len(calls) == 2
        pipeline(make_video(), path, seed=0, progress=False)
        assert len(calls) == 2 + 4
    finally:
        handle.remove()


def test_the_progress_bar_writes_to_standard_error_only(pipeline, make_video, capfd) -> None:
    pipeline(make_video(), CameraPath.preset("pan-left", num_frames=9), seed=0)
    out, err = capfd.readouterr()
    assert out == ""
    assert "denoise" in err
