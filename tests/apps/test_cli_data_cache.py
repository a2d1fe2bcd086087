"""``recam data cache`` as a user types it: encode, go on, verify, and every wrong input in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typed import Ran

from recam.camera import Poses, write_multicamvideo
from recam.video import Video

Typed = Callable[..., Ran]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Two scenes of two cameras, as the bundled model likes them: nine frames of 64x64."""
    root = tmp_path / "world"
    for number in range(2):
        folder = root / "train" / "f24_aperture5" / f"scene{number}"
        (folder / "videos").mkdir(parents=True)
        (folder / "cameras").mkdir()
        for camera in (1, 2):
            rows = np.mgrid[:64, :64][0][..., None] * [1, 2, 3] + 20 * camera + 10 * number
            frames = np.stack([rows + 3 * index for index in range(9)]).clip(0, 255).astype(np.uint8)
            Video.from_frames(frames, 8).save(folder / "videos" / f"cam{camera:02d}.mp4")
        poses = {f"cam{camera:02d}": Poses.identity(9) for camera in (1, 2)}
        write_multicamvideo(folder / "cameras" / "camera_extrinsics.json", poses)
        (folder / "scene.json").write_text(json.dumps({"caption": f"scene {number}", "focal_mm": 24}))
    return root


def test_a_world_is_encoded_once_and_read_back(recam: Typed, world: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    ran = recam("data", "cache", world, "-o", cache, "--json")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert (data["latents"]["encoded"], data["latents"]["clips"], data["latents"]["frames"]) == (2, 4, 36)
    assert data["text"]["encoded"] == 3  # two captions and the empty one
    assert data["latents"]["bytes"] == 4 * (32 * 3 * 8 * 8 * 4 + 9 * 12 * 8)
    folder = Path(data["latents"]["output"])
    assert folder.name.startswith("latents-")
    assert Path(data["text"]["output"]).name.startswith("text-")

    again = recam("data", "cache", world, "-o", cache)
    assert again.code == 0, again.err
    assert f"{folder}: 0 scenes encoded, 2 there already; it holds 2 scenes, " in again.out
    assert ": 0 captions encoded, 3 there already" in again.out

    assert recam("data", "cache", cache, "--verify").out == f"{cache}: 2 caches, 2 shards read: all is well\n"
    shard = folder / "shards" / "00000.safetensors"
    content = bytearray(shard.read_bytes())
    content[-7] ^= 16
    shard.write_bytes(content)
    ran = recam("data", "cache", folder, "--verify", "--json")
    assert ran.code == 2
    (problem,) = json.loads(ran.out)["problems"]
    assert problem.startswith(f"{shard}: train/f24_aperture5/scene1, cam02: its bytes are not those")
    shard.unlink()
    mended = recam("data", "cache", world, "-o", cache, "--only", "latents")
    assert mended.code == 0, mended.err
    assert f"{shard}: was gone; its scenes are encoded anew" in mended.out
    assert recam("data", "cache", cache, "--verify").code == 0
    (folder / "index.jsonl").write_bytes((folder / "index.jsonl").read_bytes()[:-50])
    ran = recam("data", "cache", cache, "--verify")
    assert (ran.code, "index.jsonl: is damaged" in ran.out) == (2, True)


def test_other_settings_are_another_cache(recam: Typed, world: Path, tmp_path: Path) -> None:
    words = ("data", "cache", world, "-o", tmp_path / "cache", "--only", "latents", "--json")
    names = set()
    for more in ((), ("--dtype", "float16"), ("--frames", "5", "--stride", "2"), ("--scenes", "1")):
        ran = recam(*words, *more)
        assert ran.code == 0, ran.err
        names.add(json.loads(ran.out)["latents"]["output"])
    assert len(names) == 3  # fewer scenes are no other setting


def test_a_run_of_stage_1_encodes_clips_in_their_own_size(recam: Typed, world: Path, tmp_path: Path) -> None:
    import torch
    from diffusers import AutoencoderKLWan

    from recam.data.latents import LatentViews
    from recam.training.presets import autoencoder_model

    torch.manual_seed(0)
    AutoencoderKLWan(**autoencoder_model(base_dim=4, z_dim=4)).save_pretrained(tmp_path / "run" / "vae")
    words = ("data", "cache", world, "-o", tmp_path / "cache", "--model", tmp_path / "run")
    ran = recam(*words, "--only", "latents", "--json", "--start", "3", "--width", "48")
    assert ran.code == 0, ran.err
    assert LatentViews(json.loads(ran.out)["latents"]["output"]).shape == (2, 2, 4, 2, 8, 6)
    recam(*words, "--only", "text").refused("text_encoder", "cannot be read")


def test_wrong_input_is_one_line(recam: Typed, world: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    words = ("data", "cache", world, "-o", cache)
    recam("data", "cache", world).refused("-o CACHE")
    recam("data", "cache", tmp_path / "none", "-o", cache).refused("none", "no such folder")
    recam(*words, "--model", "giant").refused("giant", "neither a model folder")
    recam(*words, "--frames", "8").refused("num_frames=8", "5 or 9")
    recam(*words, "--frames", "17").refused("cam01.mp4", "9 frames", "too few for 17")
    recam(*words, "--device", "moon").refused("--device moon")
    recam(*words, "--ray", "127.0.0.1:1").refused("no Ray cluster answers")
    recam("data", "cache", world, "--verify").refused("holds no cache")
    video = next(world.rglob("scene1/videos/cam02.mp4"))
    whole = video.read_bytes()
    video.write_bytes(whole[:500])
    recam(*words, "--only", "latents").refused(str(video))
    recam(*words, "--only", "latents", "--on-error", "skip").refused(str(video), "--max-skipped")
    ran = recam(*words, "--only", "latents", "--on-error", "skip", "--max-skipped", "1")
    assert ran.code == 0, ran.err
    assert f"left out: train/f24_aperture5/scene1: {video}" in ran.out
    assert "1 left out; it holds 1 scene," in ran.out
    video.write_bytes(whole)
    assert recam(*words, "--only", "latents").code == 0
    video.write_bytes(next(world.rglob("scene1/videos/cam01.mp4")).read_bytes() + b"\0")
    recam(*words, "--only", "latents").refused("cam02.mp4 changed", "--changed encode")
    ran = recam(*words, "--only", "latents", "--changed", "encode")
    assert ": 1 scene encoded" in ran.out
