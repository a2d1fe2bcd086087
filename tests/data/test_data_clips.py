"""Clips in memory: what is decoded, when the cache serves, and when it must not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recam.data.clips import Clips, load_clips
from recam.data.layout import find_scenes
from recam.errors import DatasetError, InputError, OutputError
from recam.video import Video
from small_disk import small_disk


def _load(world: Path, cache: Path) -> tuple[Clips, list[int]]:
    """The clips, and the scenes that were decoded for them."""
    decoded: list[int] = []
    return load_clips(find_scenes(world, "train"), cache, decoded.append), decoded


def test_every_frame_of_every_camera(made_world: Path, tmp_path: Path) -> None:
    clips, decoded = _load(made_world, tmp_path / "cache")
    assert decoded == [0, 1, 2]
    assert len(clips) == 3
    assert clips.frames.shape == (3, 3, 5, 16, 16, 3)
    assert clips.frames.dtype == np.uint8
    assert clips.cameras.shape == (3, 3, 5, 3, 4)
    assert clips.captions == ("scene 0", "scene 2", "scene 10")
    assert clips.moves == (("static", "arc-left", "dolly-in"),) * 3
    for index, scene in enumerate(find_scenes(made_world, "train")):
        poses = scene.read_poses()
        for camera, (name, video) in enumerate(scene.videos.items()):
            np.testing.assert_array_equal(clips.frames[index, camera], Video.load(video).frames)
            np.testing.assert_allclose(clips.cameras[index, camera], poses[name].matrices[:, :3], atol=1e-6)


def test_the_cache_serves_the_same_files(made_world: Path, tmp_path: Path) -> None:
    first, _ = _load(made_world, tmp_path / "cache")
    second, decoded = _load(made_world, tmp_path / "cache")
    assert decoded == []
    assert second.key == first.key
    np.testing.assert_array_equal(second.frames, first.frames)
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_changed_video_is_decoded_anew(made_world: Path, tmp_path: Path) -> None:
    first, _ = _load(made_world, tmp_path / "cache")
    video = made_world / "train" / "f24_aperture5" / "scene2" / "videos" / "cam02.mp4"
    Video.from_frames(np.full((5, 16, 16, 3), 200, np.uint8), 8).save(video)
    second, decoded = _load(made_world, tmp_path / "cache")
    assert decoded == [0, 1, 2]
    assert second.key != first.key
    assert abs(second.frames[1, 1].astype(int) - 200).max() < 5
    np.testing.assert_array_equal(second.frames[0], first.frames[0])


def test_a_touched_video_counts_as_changed(made_world: Path, tmp_path: Path) -> None:
    """Same size, other content is possible; the time is all that tells."""
    first, _ = _load(made_world, tmp_path / "cache")
    video = made_world / "train" / "f24_aperture5" / "scene2" / "videos" / "cam02.mp4"
    os.utime(video, ns=(0, video.stat().st_mtime_ns + 1_000_000))
    assert _load(made_world, tmp_path / "cache")[0].key != first.key


def test_new_cameras_need_no_decoding_but_are_seen(made_world: Path, tmp_path: Path) -> None:
    first, _ = _load(made_world, tmp_path / "cache")
    cameras = made_world / "train" / "f24_aperture5" / "scene0" / "cameras" / "camera_extrinsics.json"
    other = made_world / "train" / "f24_aperture5" / "scene2" / "cameras" / "camera_extrinsics.json"
    cameras.write_bytes(other.read_bytes())
    second, decoded = _load(made_world, tmp_path / "cache")
    assert decoded == []
    np.testing.assert_array_equal(second.cameras[0], first.cameras[1])


def test_descriptions_without_moves(made_world: Path, tmp_path: Path) -> None:
    for number, moves in ((0, None), (2, "all of them"), (10, {"cam01": "static", "cam02": {"kind": "pan"}})):
        facts = {"caption": "c"} if moves is None else {"caption": "c", "moves": moves}
        (made_world / "train" / "f24_aperture5" / f"scene{number}" / "scene.json").write_text(
            json.dumps(facts)
        )
    clips, _ = _load(made_world, tmp_path / "cache")
    assert clips.moves == (("", "", ""), ("", "", ""), ("", "pan", ""))


@pytest.mark.parametrize(
    ("frames", "size", "said"),
    [
        (9, 16, r"scene11: has 3 cameras of \[9\] frames, not 3 of 5"),
        (5, 32, r"cam01.mp4: is 5 frames of 32x32, not 5 frames of 16x16"),
    ],
)
def test_clips_of_other_shapes_are_refused(
    made_world: Path, tmp_path: Path, add_scene: Callable[..., Path], frames: int, size: int, said: str
) -> None:
    add_scene(made_world, 11, frames, size)
    with pytest.raises(DatasetError, match=said):
        _load(made_world, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_no_scenes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scenes"):
        load_clips([], tmp_path)


def test_a_video_that_vanished_is_named(made_world: Path, tmp_path: Path) -> None:
    scenes = find_scenes(made_world, "train")
    scenes[1].videos["cam02"].unlink()
    with pytest.raises(DatasetError, match=r"scene2/videos/cam02.mp4: cannot be read"):
        load_clips(scenes, tmp_path / "cache")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"text", None])
def test_a_damaged_cache_is_named(made_world: Path, tmp_path: Path, content: bytes | None) -> None:
    _load(made_world, tmp_path / "cache")
    (path,) = (tmp_path / "cache").iterdir()
    if content is None:
        np.save(path, np.zeros((2, 2), np.uint8))
    else:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"clips-.*npy: .*delete it"):
        _load(made_world, tmp_path / "cache")


def test_a_cache_that_cannot_be_made(made_world: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        _load(made_world, tmp_path / "file" / "cache")


def test_a_full_disk_is_an_error_and_leaves_nothing(made_world: Path, tmp_path: Path) -> None:
    with small_disk(16384), pytest.raises(OutputError, match="file too large"):
        _load(made_world, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
