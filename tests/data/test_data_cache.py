"""The latent cache: what the pipeline would encode, once, under a name that says with what."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

from recam.data.cache_latents import LatentSettings, cache_latents, latents_folder
from recam.data.cache_run import FillReport, RunOptions
from recam.data.cache_text import CachedText, TextSettings, cache_text, distinct_captions, text_folder
from recam.data.encoders import Encoders, find_encoders
from recam.data.index import open_index
from recam.data.latents import LatentViews
from recam.data.pair_loader import PairLoader
from recam.data.pairs import PairDataset, PairSettings, load_pair
from recam.data.shards import shard_path
from recam.data.views import ClipSettings, VideoViews
from recam.errors import CameraFileError, CheckpointError, DatasetError, InputError, VideoFileError
from recam.pipeline.encode import encode_prompt, encode_video
from recam.training.presets import autoencoder_model, text_model
from recam.video import Video
from trees import file_bytes

FIVE = LatentSettings(ClipSettings(5, 16, 16))
WORDS = TextSettings(24)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model's folder, small and untrained."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    config = autoencoder_model(base_dim=4, z_dim=4) | {"latents_mean": [0.5] * 4, "latents_std": [2.0] * 4}
    AutoencoderKLWan(**config).save_pretrained(folder / "vae")
    UMT5EncoderModel(UMT5Config(**text_model(16))).save_pretrained(folder / "text_encoder")
    ByT5Tokenizer().save_pretrained(folder / "tokenizer")
    index = {"tokenizer": ["transformers", "ByT5Tokenizer"], "transformer": ["diffusers", "Other"]}
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


@pytest.fixture
def encoders(model: Path) -> Encoders:
    return find_encoders(model)


def _cache(
    world: Path, cache: Path, encoders: Encoders, settings: LatentSettings = FIVE, **options: object
) -> FillReport:
    more = {name: options.pop(name) for name in ("names", "again") if name in options}
    return cache_latents(
        open_index(world), cache, encoders, settings, RunOptions(**options), **more  # type: ignore[arg-type]
    )  # fmt: skip


def _video(world: Path, scene: int, camera: int) -> Path:
    return world / f"train/f24_aperture5/scene{scene}/videos/cam{camera:02d}.mp4"


# what is in it


def test_cached_pairs_are_the_encoded_videos(made_world: Path, tmp_path: Path, encoders: Encoders) -> None:
    report = _cache(made_world, tmp_path, encoders)
    assert (report.made, report.clips, report.frames) == (3, 9, 45)
    cached = LatentViews(report.folder)
    videos = VideoViews(open_index(made_world), FIVE.clip)
    assert cached.names == videos.names
    assert cached.shape == (3, 3, 4, 2, 2, 2)
    vae = encoders.load_vae(torch.device("cpu"), torch.float32)
    for number in range(3):
        one, other = (load_pair(views, number, "cam02", "cam03") for views in (cached, videos))
        for latents, video in ((one.source, other.source), (one.target, other.target)):
            assert latents.dtype == torch.float32
            torch.testing.assert_close(latents, encode_video(vae, video[None])[0], atol=1e-5, rtol=1e-5)
        np.testing.assert_array_equal(one.target_poses, other.target_poses)
        np.testing.assert_array_equal(one.source_poses, other.source_poses)
        assert torch.equal(one.camera, other.camera)
        names = ("lens", "caption", "moves", "scene", "cameras", "window", "temporal_stride")
        assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]


def test_pairs_of_a_cache_and_of_videos_come_in_one_order(
    made_world: Path, tmp_path: Path, encoders: Encoders
) -> None:
    cached = LatentViews(_cache(made_world, tmp_path, encoders).folder)
    videos = VideoViews(open_index(made_world), FIVE.clip)
    settings = PairSettings(seed=5)
    seen = [
        [
            (batch.scenes, batch.camera.tolist(), batch.captions)
            for batch in PairLoader(PairDataset(views, settings), 2, num_workers=workers, epochs=2)
        ]
        for views, workers in ((cached, 0), (videos, 0), (cached, 2))
    ]
    assert seen[0] == seen[1] == seen[2]


def test_strides_starts_and_crops(tmp_path: Path, add_scene: Callable[..., Path], encoders: Encoders) -> None:
    add_scene(tmp_path / "world", 0, frames=12, size=48)
    clip = ClipSettings(5, 16, 32, stride=2, start=3)
    report = _cache(tmp_path / "world", tmp_path, encoders, LatentSettings(clip))
    cached = load_pair(LatentViews(report.folder), 0, "cam01", "cam02")
    decoded = load_pair(VideoViews(open_index(tmp_path / "world"), clip), 0, "cam01", "cam02")
    vae = encoders.load_vae(torch.device("cpu"), torch.float32)
    expected = encode_video(vae, decoded.target[None])[0]
    torch.testing.assert_close(cached.target, expected, atol=1e-5, rtol=1e-5)
    assert cached.lens == decoded.lens
    np.testing.assert_array_equal(cached.target_poses, decoded.target_poses)


def test_a_shorter_clip_is_the_beginning_of_a_longer_one(
    tmp_path: Path, add_scene: Callable[..., Path], encoders: Encoders
) -> None:
    add_scene(tmp_path / "world", 0, frames=9)
    report = _cache(tmp_path / "world", tmp_path, encoders, LatentSettings(ClipSettings(9, 16, 16)))
    five = LatentViews(report.folder, num_frames=5)
    short = _cache(tmp_path / "world", tmp_path, encoders)
    one, other = (load_pair(views, 0, "cam01", "cam02") for views in (five, LatentViews(short.folder)))
    torch.testing.assert_close(one.target, other.target, atol=1e-5, rtol=1e-5)
    np.testing.assert_array_equal(one.target_poses, other.target_poses)
    assert five.shape == LatentViews(short.folder).shape
    for wrong in (7, 13):
        with pytest.raises(InputError, match=f"num_frames={wrong} must be 4n"):
            LatentViews(report.folder, num_frames=wrong)


@pytest.mark.parametrize(("dtype", "bytes_each", "error"), [("float16", 2, 1e-3), ("bfloat16", 2, 1e-2)])
def test_number_formats(
    made_world: Path, tmp_path: Path, encoders: Encoders, dtype: str, bytes_each: int, error: float
) -> None:
    report = _cache(made_world, tmp_path, encoders, replace(FIVE, dtype=dtype))
    exact = _cache(made_world, tmp_path, encoders)
    poses = 3 * 3 * 5 * 12 * 8
    assert report.bytes == 9 * 4 * 2 * 2 * 2 * bytes_each + poses
    one, other = (load_pair(LatentViews(r.folder), 1, "cam01", "cam02") for r in (report, exact))
    torch.testing.assert_close(one.target, other.target, atol=error, rtol=error)
    assert not torch.equal(one.target, other.target)


# its name


def test_another_encoder_or_setting_is_another_cache(
    made_world: Path, tmp_path: Path, encoders: Encoders, model: Path
) -> None:
    first = latents_folder(tmp_path, encoders, FIVE)
    copy = shutil.copytree(model, tmp_path / "copy")
    assert latents_folder(tmp_path, find_encoders(copy), FIVE) == first  # wherever it lies
    names = {first.name}
    for settings in (
        replace(FIVE, dtype="float16"),
        replace(FIVE, vae_dtype="bfloat16"),
        *(replace(FIVE, clip=clip) for clip in (
            ClipSettings(9, 16, 16), ClipSettings(5, 16, 32), ClipSettings(5, 16, 16, 2),
            ClipSettings(5, 16, 16, 1, 1),
        )),
    ):  # fmt: skip
        names.add(latents_folder(tmp_path, encoders, settings).name)
    assert len(names) == 7
    config = json.loads((copy / "vae" / "config.json").read_text())
    (copy / "vae" / "config.json").write_text(json.dumps(config | {"_name_or_path": "elsewhere"}))
    assert latents_folder(tmp_path, find_encoders(copy), FIVE) == first
    (copy / "vae" / "config.json").write_text(json.dumps(config | {"latents_std": [1.0] * 4}))
    names.add(latents_folder(tmp_path, find_encoders(copy), FIVE).name)
    weights = next((copy / "vae").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x3f")
    names.add(latents_folder(tmp_path, find_encoders(copy), FIVE).name)
    assert len(names) == 9
    text = text_folder(tmp_path, encoders, WORDS)
    assert text_folder(tmp_path, find_encoders(copy), WORDS) == text  # another VAE changes no words
    assert text_folder(tmp_path, encoders, replace(WORDS, max_tokens=8)) != text
    (copy / "tokenizer" / "tokenizer_config.json").write_text("{}")
    assert text_folder(tmp_path, find_encoders(copy), WORDS) != text


def test_what_cannot_be_kept_or_found(tmp_path: Path, encoders: Encoders) -> None:
    with pytest.raises(InputError, match="cannot be drawn"):
        LatentSettings(ClipSettings(5, 16, 16, start="drawn"))
    with pytest.raises(InputError, match="dtype='int8' must be one of float32"):
        LatentSettings(FIVE.clip, "int8")
    with pytest.raises(CheckpointError, match="neither a model folder"):
        find_encoders(tmp_path / "none")
    with pytest.raises(CheckpointError, match="config"):
        latents_folder(tmp_path, find_encoders(tmp_path), FIVE)


# going on


def test_the_rest_is_encoded_and_the_first_scenes_are_kept(
    made_world: Path, tmp_path: Path, encoders: Encoders
) -> None:
    names = open_index(made_world).names
    small = {"shard_bytes": 1}
    first = _cache(made_world, tmp_path / "cache", encoders, names=names[:1], **small)
    assert (first.made, first.units) == (1, 1)
    rest = _cache(made_world, tmp_path / "cache", encoders, **small)
    assert (rest.made, rest.kept, rest.units) == (2, 1, 3)
    whole = _cache(made_world, tmp_path / "whole", encoders, **small)
    assert file_bytes(rest.folder) == file_bytes(whole.folder)
    with pytest.raises(DatasetError, match="lacks 1 scenes"):
        LatentViews(whole.folder, [*names, "train/f24_aperture5/scene99"])
    assert LatentViews(whole.folder, names[1:]).names == names[1:]


def test_captions_and_moves_change_without_the_latents(
    made_world: Path, tmp_path: Path, encoders: Encoders
) -> None:
    report = _cache(made_world, tmp_path, encoders)
    facts = made_world / "train/f24_aperture5/scene2/scene.json"
    facts.write_text(json.dumps({"caption": "another story", "focal_mm": 24}))
    assert _cache(made_world, tmp_path, encoders).made == 0
    scene = LatentViews(report.folder).scene(1)
    assert set(scene.captions.values()) == {"another story"}
    assert set(scene.moves.values()) == {""}


def test_a_changed_video_or_camera_is_named(made_world: Path, tmp_path: Path, encoders: Encoders) -> None:
    report = _cache(made_world, tmp_path, encoders)
    video = _video(made_world, 2, 1)
    os.utime(video, ns=(1, 1))  # another time, the same bytes: a copy of the data set
    assert _cache(made_world, tmp_path, encoders).made == 0
    old = LatentViews(report.folder).load(1, "cam01", LatentViews(report.folder).window(1, "cam01", None))  # type: ignore[arg-type]
    Video.from_frames(np.full((5, 16, 16, 3), 90, np.uint8), 8).save(video)
    with pytest.raises(DatasetError, match=r"scene2: .*cam01\.mp4 changed .*--changed encode") as caught:
        _cache(made_world, tmp_path, encoders)
    assert caught.value.path == report.folder
    assert _cache(made_world, tmp_path, encoders, again=True).made == 1
    views = LatentViews(report.folder)
    assert not torch.equal(views.load(1, "cam01", views.window(1, "cam01", None)), old)  # type: ignore[arg-type]
    assert _cache(made_world, tmp_path, encoders).made == 0
    shutil.copy(video, _video(made_world, 2, 4))
    with pytest.raises(DatasetError, match=r"cam04\.mp4 was added"):
        _cache(made_world, tmp_path, encoders)
    _video(made_world, 2, 4).unlink()
    _video(made_world, 0, 3).unlink()
    with pytest.raises(DatasetError, match=r"scene0: .*cam03\.mp4 is gone"):
        _cache(made_world, tmp_path, encoders)


def test_broken_files_stop_or_are_left_out(made_world: Path, tmp_path: Path, encoders: Encoders) -> None:
    video = _video(made_world, 2, 3)
    video.write_bytes(video.read_bytes()[:400])
    (made_world / "train/f24_aperture5/scene0/cameras/camera_extrinsics.json").unlink()
    with pytest.raises(CameraFileError, match="scene0"):
        _cache(made_world, tmp_path, encoders)
    with pytest.raises(DatasetError, match="broken item 2, and at most 1"):
        _cache(made_world, tmp_path, encoders, on_error="skip", max_skipped=1)
    report = _cache(made_world, tmp_path, encoders, on_error="skip", max_skipped=2)
    assert {error.path for error in report.skipped.values()} >= {video}
    assert LatentViews(report.folder).names == ("train/f24_aperture5/scene10",)
    with pytest.raises(VideoFileError, match="too few for 9 frames"):
        _cache(made_world, tmp_path, encoders, LatentSettings(ClipSettings(9, 16, 16)),
               names=["train/f24_aperture5/scene10"])  # fmt: skip


def test_a_damaged_shard_is_a_broken_item_of_training(
    made_world: Path, tmp_path: Path, encoders: Encoders
) -> None:
    report = _cache(made_world, tmp_path, encoders, shard_bytes=1)
    path = shard_path(report.folder, 1)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # of the last camera's latents
    path.write_bytes(content)
    pairs = PairDataset(LatentViews(report.folder), PairSettings(pairs_per_scene=3))
    with pytest.raises(DatasetError, match="scene2, cam03: its bytes are not those") as caught:
        list(PairLoader(pairs, 2, epochs=1))
    assert caught.value.path == path
    loader = PairLoader(pairs, 2, epochs=1, on_error="skip", max_skipped=9)
    seen = [scene for batch in loader for scene in batch.scenes]
    assert 1 <= len(loader.skipped) <= 3
    assert len(seen) + len(loader.skipped) == 9


def test_scenes_that_differ_have_no_common_shape(
    made_world: Path, tmp_path: Path, encoders: Encoders
) -> None:
    _video(made_world, 2, 3).unlink()
    views = LatentViews(_cache(made_world, tmp_path, encoders).folder)
    with pytest.raises(DatasetError, match=r"scene2 has 2 clips .*scene0 3"):
        _ = views.shape


# captions


@pytest.fixture
def captions() -> list[str]:
    return ["", "a red ball", "a green box  &amp; a cat", "words that go on for longer than the model reads"]


def test_cached_text_is_what_the_pipeline_encodes(
    captions: list[str], tmp_path: Path, encoders: Encoders
) -> None:
    report = cache_text(captions, tmp_path, encoders, WORDS)
    assert (report.made, report.units) == (4, 4)
    text = CachedText(report.folder)
    tokenizer, encoder = encoders.load_text(torch.device("cpu"), torch.float32)
    expected = encode_prompt(tokenizer, encoder, captions, 24, torch.device("cpu"), torch.float32)
    torch.testing.assert_close(text.encode(captions, 24), expected, atol=1e-5, rtol=1e-5)
    assert [len(text.states(caption)) for caption in captions] == [1, 11, 20, 24]  # bytes and the end mark
    assert "a green box & a cat" in text
    with pytest.raises(DatasetError, match="does not have a blue ball"):
        text.states("a blue ball")
    with pytest.raises(InputError, match="length=12 is less than the 24 tokens"):
        text.encode(captions, 12)
    assert cache_text([*captions, "more"], tmp_path, encoders, WORDS).made == 1


def test_each_caption_is_encoded_once(made_world: Path, tmp_path: Path, encoders: Encoders) -> None:
    (made_world / "metadata.jsonl").write_text(
        json.dumps({"file_name": "train/f24_aperture5/scene2", "text": "scene  0"}) + "\n"
    )
    texts = distinct_captions(open_index(made_world))
    assert texts == ["", "scene 0", "scene 10"]
    report = cache_text(texts, tmp_path, encoders, replace(WORDS, dtype="bfloat16"))
    assert report.made == 3
    assert report.bytes == (1 + 8 + 9) * 16 * 2
