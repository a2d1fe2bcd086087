"""The published layout, read strictly: every way a folder can be wrong is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recam.data.layout import SPLIT_FOLDERS, find_scenes
from recam.errors import CameraFileError, DatasetError


def test_scenes_come_in_the_order_of_their_numbers(made_world: Path) -> None:
    scenes = find_scenes(made_world, "train")
    assert [scene.folder.name for scene in scenes] == ["scene0", "scene2", "scene10"]
    assert [scene.caption for scene in scenes] == ["scene 0", "scene 2", "scene 10"]
    assert scenes[0].lens == "f24_aperture5"
    assert scenes[0].camera_names == ("cam01", "cam02", "cam03")
    assert [scene.folder.name for scene in find_scenes(made_world, "train", limit=2)] == ["scene0", "scene2"]


def test_poses_are_the_cameras_of_the_videos(made_world: Path) -> None:
    poses = find_scenes(made_world, "train")[1].read_poses()
    assert list(poses) == ["cam01", "cam02", "cam03"]
    np.testing.assert_allclose(poses["cam02"].translations[0], [2, -1, 2], atol=1e-6)
    np.testing.assert_allclose(poses["cam01"].matrices[0], poses["cam01"].matrices[-1])


def test_other_folders_are_left_alone(made_world: Path) -> None:
    lens = made_world / "train" / "f24_aperture5"
    (lens / ".scene7-half.part").mkdir()
    (lens / "scenery").mkdir()
    (lens / "scene11").write_text("a file")
    assert len(find_scenes(made_world, "train")) == 3


def test_val_lies_where_the_data_set_has_it(made_world: Path) -> None:
    assert SPLIT_FOLDERS["val"] == Path("val/10basic_trajectories")
    shutil.copytree(made_world / "train", made_world / "val" / "10basic_trajectories")
    assert len(find_scenes(made_world, "val")) == 3


def _no_folder(scene: Path) -> None:
    shutil.rmtree(scene.parent.parent)


def _no_scenes(scene: Path) -> None:
    shutil.rmtree(scene.parent)


def _no_description(scene: Path) -> None:
    (scene / "scene.json").unlink()


def _no_videos(scene: Path) -> None:
    shutil.rmtree(scene / "videos")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_no_folder, r"train: no such folder; render a world"),
        (_no_scenes, r"train: holds no <lens>/sceneN folders"),
        (_no_description, r"scene2/scene.json: .*No such file"),
        (_no_videos, r"scene2: has no videos"),
        (lambda scene: (scene / "scene.json").write_text("{"), r"scene2/scene.json: "),
        (lambda scene: (scene / "scene.json").write_text("[]"), r"scene2/scene.json: "),
        (lambda scene: (scene / "scene.json").write_text('{"lens": 1}'), r"scene2/scene.json: .*caption"),
        (lambda scene: (scene / "scene.json").write_bytes(b"\xff\xfe"), r"scene2/scene.json: "),
    ],
)
def test_what_is_wrong_is_named(made_world: Path, harm: Callable[[Path], object], said: str) -> None:
    harm(made_world / "train" / "f24_aperture5" / "scene2")
    with pytest.raises(DatasetError, match=said):
        find_scenes(made_world, "train")


def test_a_video_without_a_camera_is_named(made_world: Path) -> None:
    scene = find_scenes(made_world, "train")[0]
    shutil.copy(scene.videos["cam01"], scene.folder / "videos" / "cam09.mp4")
    with pytest.raises(DatasetError, match=r"camera_extrinsics.json: has no poses for cam09"):
        find_scenes(made_world, "train")[0].read_poses()


def test_a_broken_camera_file_is_named(made_world: Path) -> None:
    scene = find_scenes(made_world, "train")[0]
    path = scene.folder / "cameras" / "camera_extrinsics.json"
    cameras = json.loads(path.read_text())
    del cameras["frame3"]["cam02"]
    path.write_text(json.dumps(cameras))
    with pytest.raises(CameraFileError, match=r"frame 3, camera cam02"):
        scene.read_poses()
