"""Latents: encoded once, found again, and not confused with those of other clips or other weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan

from recam.camera import Poses
from recam.data.clips import Clips, load_clips
from recam.data.latents import Latents, encode_clips
from recam.data.layout import find_scenes
from recam.errors import DatasetError
from recam.pipeline.encode import encode_video
from recam.training.presets import autoencoder_model
from recam.video import frames_to_tensor


@pytest.fixture(scope="module")
def vae() -> AutoencoderKLWan:
    torch.manual_seed(0)
    config = autoencoder_model(base_dim=4, z_dim=4)
    return AutoencoderKLWan(**{**config, "latents_mean": [0.5] * 4, "latents_std": [2.0] * 4}).eval()


@pytest.fixture
def clips(made_world: Path, tmp_path: Path) -> Clips:
    return load_clips(find_scenes(made_world, "train"), tmp_path / "cache")


def _encode(clips: Clips, vae: AutoencoderKLWan, cache: Path) -> tuple[Latents, list[int]]:
    encoded: list[int] = []
    return encode_clips(clips, vae, cache, encoded.append), encoded


def test_latents_are_the_encoded_clips(clips: Clips, vae: AutoencoderKLWan, tmp_path: Path) -> None:
    data, encoded = _encode(clips, vae, tmp_path)
    assert encoded == [0, 1, 2]
    assert data.latents.shape == (3, 3, 4, 2, 2, 2)
    assert not data.latents.requires_grad
    alone = encode_video(vae, frames_to_tensor(np.array(clips.frames[1, 2])).unsqueeze(0))[0]
    torch.testing.assert_close(data.latents[1, 2], alone, atol=1e-5, rtol=1e-5)
    assert data.captions == clips.captions
    assert data.moves == clips.moves


def test_latent_frame_i_has_the_pose_of_video_frame_4i(
    clips: Clips, vae: AutoencoderKLWan, tmp_path: Path
) -> None:
    data, _ = _encode(clips, vae, tmp_path)
    np.testing.assert_array_equal(data.cameras, clips.cameras[:, :, [0, 4]])


def test_relative_cameras_are_those_of_the_camera_room(
    clips: Clips, vae: AutoencoderKLWan, made_world: Path, tmp_path: Path
) -> None:
    data, _ = _encode(clips, vae, tmp_path)
    poses = list(find_scenes(made_world, "train")[2].read_poses().values())
    for source in range(3):
        for target in range(3):
            expected = poses[target].relative_to(poses[source][0]).matrices[::4, :3].reshape(-1, 12)
            found = data.relative_camera(2, source, target)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, expected, atol=2e-6)


def test_relative_cameras_stay_exact_far_from_the_origin() -> None:
    rng = np.random.default_rng(0)
    turns, _ = np.linalg.qr(rng.normal(size=(6, 3, 3)))
    turns *= np.linalg.det(turns)[:, None, None]
    poses = Poses.from_parts(turns, 20 + rng.normal(size=(6, 3)))
    cameras = poses.matrices[:, :3].reshape(1, 2, 3, 3, 4).astype(np.float32)
    data = Latents(torch.zeros(1, 2, 4, 3, 2, 2), cameras, ("",), (("", ""),))
    expected = poses[3:].relative_to(poses[0]).matrices[:, :3].reshape(-1, 12)
    np.testing.assert_allclose(data.relative_camera(0, 0, 1), expected, atol=1e-5)


def test_the_cache_serves_the_same_clips_and_weights(
    clips: Clips, vae: AutoencoderKLWan, tmp_path: Path
) -> None:
    first, _ = _encode(clips, vae, tmp_path / "latents")
    second, encoded = _encode(clips, vae, tmp_path / "latents")
    assert encoded == []
    assert torch.equal(first.latents, second.latents)


def test_other_weights_scales_or_clips_are_encoded_anew(
    clips: Clips, vae: AutoencoderKLWan, tmp_path: Path
) -> None:
    cache = tmp_path / "latents"
    first, _ = _encode(clips, vae, cache)
    other = AutoencoderKLWan(**vae.config).eval()
    other.load_state_dict(vae.state_dict())
    assert _encode(clips, other, cache)[1] == []  # a copy is the same
    with torch.no_grad():
        other.encoder.conv_in.weight[0, 0, 0, 0, 0] += 0.1
    assert _encode(clips, other, cache)[1] == [0, 1, 2]
    other.load_state_dict(vae.state_dict())
    other.register_to_config(latents_std=[1.0] * 4)
    scaled, encoded = _encode(clips, other, cache)
    assert encoded == [0, 1, 2]
    torch.testing.assert_close(scaled.latents, first.latents * 2)
    assert _encode(replace(clips, key="other videos"), vae, cache)[1] == [0, 1, 2]
    assert len(list(cache.iterdir())) == 4


def test_a_damaged_cache_is_named(clips: Clips, vae: AutoencoderKLWan, tmp_path: Path) -> None:
    _encode(clips, vae, tmp_path / "latents")
    (path,) = (tmp_path / "latents").iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DatasetError, match=r"latents-.*safetensors: is damaged .* delete it"):
        _encode(clips, vae, tmp_path / "latents")
