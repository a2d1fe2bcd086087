"""One index for the published layout, rendered worlds and users' own clips."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from recam.camera.formats import read_cameras, write_cameras
from recam.data.captions import load_captions
from recam.data.index import count_scenes, open_index, read_records
from recam.errors import DatasetError

CAMERAS = Path(__file__).parents[1] / "fixtures" / "cameras"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """The published set's tree: no scene.json, the validation scene without a lens; the videos are empty."""
    root = tmp_path / "MultiCamVideo-Dataset"
    places = {
        "train/f18_aperture10/scene1": "pair_extrinsics.json",
        "train/f35_aperture2.4/scene3400": "pair_extrinsics.json",
        "train/f35_aperture2.4/scene7": "pair_extrinsics.json",
        "val/10basic_trajectories": "multicamvideo_val_extrinsics.json",
    }
    for place, cameras in places.items():
        (root / place / "videos").mkdir(parents=True)
        (root / place / "cameras").mkdir()
        shutil.copy(CAMERAS / cameras, root / place / "cameras" / "camera_extrinsics.json")
        for number in range(1, 11):
            (root / place / "videos" / f"cam{number:02d}.mp4").touch()
    (root / "metadata.csv").write_text(
        "file_name,text\n"
        'f18_aperture10/scene1/videos/cam01.mp4,"a woman waves, twice"\n'
        "train/f35_aperture2.4/scene7/videos/cam02.mp4,a man jumps\n"
    )
    return root


def test_the_published_tree_is_indexed(published: Path) -> None:
    index = open_index(published)
    assert index.layout == "published"
    assert index.names == (
        "train/f18_aperture10/scene1",
        "train/f35_aperture2.4/scene7",
        "train/f35_aperture2.4/scene3400",
        "val/10basic_trajectories",
    )
    first, second, _, val = index
    assert (first.split, first.files.lens, first.focal_mm) == ("train", "f18_aperture10", 18.0)
    assert (second.focal_mm, val.focal_mm, val.split) == (35.0, None, "val")
    assert (
        first.captions["cam01"] == "a woman waves, twice"
    )  # paths below train, as the published code has it
    assert second.captions["cam02"] == "a man jumps"
    assert second.captions["cam01"] == ""


def test_poses_of_the_published_tree_are_those_of_the_reference(published: Path) -> None:
    scene = open_index(published).scene("val/10basic_trajectories")
    expected = load_file(CAMERAS / "multicamvideo_val_relative.safetensors")
    poses = scene.files.read_poses()
    assert list(poses) == sorted(expected)
    for name, camera in poses.items():
        # The file holds the first 12 F numbers of a [F,4,4] array: whole poses up to frame 59 of 81.
        reference = expected[name].reshape(-1)[: 60 * 16].reshape(60, 4, 4)
        relative = camera.relative_to(poses["cam01"][0]).matrices[:60]
        np.testing.assert_allclose(relative, reference, atol=1e-5)


def test_counts_and_lines(published: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    counts = count_scenes(open_index(published), tmp_path / "i.jsonl", checksums=True, on_scene=seen.append)
    assert (counts.scenes, counts.videos, counts.frames, counts.captions) == (4, 40, 4 * 810, 2)
    assert counts.lenses == {"f18_aperture10": 1, "f35_aperture2.4": 2, "unknown": 1}
    assert seen == [1, 2, 3, 4]
    record = read_records(tmp_path / "i.jsonl")["train/f18_aperture10/scene1"]
    assert record["videos"]["cam03"] == "train/f18_aperture10/scene1/videos/cam03.mp4"
    assert record["frames"]["cam10"] == 81
    assert record["files"][record["videos"]["cam03"]]["bytes"] == 0


def test_a_scene_that_cannot_be_read_is_named_and_gets_no_line(published: Path, tmp_path: Path) -> None:
    (published / "train/f35_aperture2.4/scene7/cameras/camera_extrinsics.json").write_text("{")
    counts = count_scenes(open_index(published), tmp_path / "i.jsonl")
    assert counts.scenes == 3
    assert len(counts.unreadable) == 1
    assert "scene7/cameras/camera_extrinsics.json" in counts.unreadable[0]
    assert len(read_records(tmp_path / "i.jsonl")) == 3


def test_a_rendered_world_has_its_captions_from_scene_json(made_world: Path) -> None:
    (made_world / "world.json").write_text("{}")
    index = open_index(made_world)
    assert (index.layout, len(index)) == ("world", 3)
    assert index.scene("train/f24_aperture5/scene2").captions == dict.fromkeys(
        ("cam01", "cam02", "cam03"), "scene 2"
    )


@pytest.mark.parametrize("cameras", ["cameras.json", "cameras.npz", "cameras/any.json"])
def test_own_clips_with_a_camera_file_of_any_format(made_world: Path, tmp_path: Path, cameras: str) -> None:
    made = made_world / "train" / "f24_aperture5" / "scene0"
    own = tmp_path / "own" / "dance"
    shutil.copytree(made / "videos", own)
    (own / cameras).parent.mkdir(exist_ok=True)
    written = read_cameras(made / "cameras" / "camera_extrinsics.json")
    kind = "npz" if cameras.endswith("npz") else "multicamvideo"
    write_cameras(own / cameras, written, kind)
    (own.parent / "captions.json").write_text(
        json.dumps({"dance": "two people dance", "dance/cam02.mp4": "she"})
    )
    index = open_index(own.parent)
    assert (index.layout, index.names) == ("clips", ("dance",))
    scene = index.scene("dance")
    assert scene.captions == {"cam01": "two people dance", "cam02": "she", "cam03": "two people dance"}
    np.testing.assert_allclose(
        scene.files.read_poses()["cam02"].matrices, written.cameras["cam02"].matrices, atol=1e-6
    )
    assert open_index(own).names == (".",)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("metadata.csv", "video,caption\na,b\n", "columns file_name and text"),
        ("metadata.csv", "file_name,text\na.mp4,one\na.mp4,two\n", "line 3 gives a.mp4 a second"),
        ("metadata.csv", "file_name,text\na.mp4\n", "line 2 must have"),
        ("captions.json", "{", "cannot be read as captions"),
        ("captions.json", "3", "must be an object"),
        ("captions.json", '{"a": 1}', "entry 'a' must have"),
        ("captions.json", "[3]", "entry 1 must have"),
        ("metadata.jsonl", '{"file_name": "a", "text": "b"}\n[]\n', "line 2 must have"),
        ("metadata.csv", b"\xff\xfe\x00", "cannot be read as captions"),
    ],
)
def test_bad_caption_files_are_refused(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DatasetError, match=said) as raised:
        load_captions(tmp_path)
    assert raised.value.path == tmp_path / name


def test_a_folder_without_scenes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no scenes"):
        open_index(tmp_path)
    with pytest.raises(DatasetError, match="no such folder"):
        open_index(tmp_path / "none")
    (tmp_path / "train").mkdir()
    with pytest.raises(DatasetError, match="holds no <lens>/sceneN"):
        open_index(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "[]",
        '{"scene": "a"}',
        '{"scene": "a", "videos": [1]}',
        '{"scene": "a", "videos": {"c": "/etc/b"}}',
    ],
)
def test_another_file_is_no_index(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text(f"{line}\n")
    with pytest.raises(DatasetError, match="line 1 is no scene"):
        read_records(tmp_path / "a.jsonl")
