"""Worlds of drawn scenes filmed with MuJoCo, as they lie on the disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recam.data.check import check_dataset
from recam.data.index import open_index
from recam.data.layout import find_scenes
from recam.errors import DatasetError, InputError
from recam.worlds.describe import CAMERA_WORLD
from recam.worlds.settings import LENSES, SceneSettings, TinySettings
from recam.worlds.write import render_world
from trees import file_bytes

SMALL = SceneSettings(size=32, num_frames=5, depth=True, masks=True)
NUMBERS = range(3)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes") / "world"
    report = render_world(folder, NUMBERS, SMALL)
    assert (report.rendered, report.failed) == (3, {})
    return folder


@pytest.mark.gl
def test_scenes_lie_in_the_folders_of_their_lenses(world: Path) -> None:
    for number in NUMBERS:
        shot = SMALL.draw(number)
        scene = world / "train" / shot.lens.folder / f"scene{number}"
        facts = json.loads((scene / "scene.json").read_text())
        assert (facts["lens"], facts["focal_mm"]) == (shot.lens.folder, shot.lens.focal_mm)
        assert LENSES[facts["focal_mm"]] == facts["lens"]
        assert facts["caption"] == shot.scene.caption
        assert facts["engine"] == "mujoco"
        assert list(facts["moves"]) == list(shot.cameras) == [f"cam{n:02d}" for n in range(1, 11)]
        assert facts["scene"]["environment"] == shot.scene.environment
        assert facts["scene"]["time_of_day"] == shot.scene.daylight.name
        assert [thing["name"] for thing in facts["scene"]["things"]] == [t.name for t in shot.scene.things]
        assert len((scene / "scene.json").read_text()) < 40_000


@pytest.mark.gl
def test_facts_agree_with_cameras_depth_and_masks(world: Path) -> None:
    """The main character's box, seen by each camera, holds its pixels, at their depth."""
    seen = 0
    for scene in find_scenes(world, "train"):
        facts = scene.description["scene"]
        label = 1 + [thing["name"] for thing in facts["things"]].index(facts["subject"])
        assert facts["things"][label - 1]["mask"] == label
        lens = next(item for item in LENSES if LENSES[item] == scene.lens)
        focal = lens / 23.76 * 32
        boxes = np.array(facts["subject_boxes"])
        assert boxes.shape == (5, 2, 3)
        np.testing.assert_array_less(boxes[:, 0], boxes[:, 1])
        for name, poses in scene.read_poses().items():
            with np.load(scene.folder / "masks" / f"{name}.npz") as archive:
                masks = archive["masks"]
            with np.load(scene.folder / "depth" / f"{name}.npz") as archive:
                depth = archive["depth"].astype(np.float64)
            for frame in range(5):
                rows, columns = np.nonzero(masks[frame] == label)
                far = depth[frame, rows, columns]
                rays = np.stack([(columns + 0.5 - 16) / focal, (rows + 0.5 - 16) / focal, np.ones(len(rows))])
                points = (poses.rotations[frame] @ (rays * far)).T + poses.translations[frame]
                low, high = boxes[frame]
                assert (points > low - 0.02 - 2e-3 * far[:, None]).all()
                assert (points < high + 0.02 + 2e-3 * far[:, None]).all()
                seen += len(rows)
    assert seen > 1000


@pytest.mark.gl
def test_order_and_workers_do_not_matter(world: Path, tmp_path: Path) -> None:
    render_world(tmp_path / "world", reversed(NUMBERS), SMALL, workers=2)
    assert file_bytes(tmp_path / "world") == file_bytes(world)


@pytest.mark.gl
def test_the_check_of_data_sets_finds_nothing(world: Path) -> None:
    assert check_dataset(open_index(world)).problems == []


@pytest.mark.gl
def test_validation_scenes(world: Path, tmp_path: Path) -> None:
    settings = replace(SMALL, split="val", depth=False, masks=False, num_frames=1)
    render_world(tmp_path, [0], settings)
    (scene,) = find_scenes(tmp_path, "val")
    assert scene.folder.parent.parent == tmp_path / "val" / "10basic_trajectories"
    assert list(scene.videos) == [f"cam{index:02d}" for index in range(1, 12)]
    starts = [poses[0] for poses in scene.read_poses().values()]
    assert all(start.matrices == pytest.approx(starts[0].matrices) for start in starts)
    assert check_dataset(open_index(tmp_path)).problems == []


def test_the_world_of_camera_files() -> None:
    assert (CAMERA_WORLD @ [0, 0, 1]).tolist() == [0, -1, 0]  # up is against y, which points down
    assert (CAMERA_WORLD @ [0, 1, 0]).tolist() == [0, 0, 1]  # north is z
    assert np.linalg.det(CAMERA_WORLD) == pytest.approx(1)


def test_another_engine_is_refused(tmp_path: Path) -> None:
    render_world(tmp_path, [], SMALL)
    with pytest.raises(DatasetError, match=r"other settings \(engine mujoco != tiny\)"):
        render_world(tmp_path, [], TinySettings())
    with pytest.raises(DatasetError, match=r"other settings \(depth True != False\)"):
        render_world(tmp_path, [], replace(SMALL, depth=False))
    with pytest.raises(DatasetError, match=r"other settings \(engine mujoco != blender\)"):
        render_world(tmp_path, [], replace(SMALL, engine="blender"))
    render_world(tmp_path, [], TinySettings(split="val"))
    with pytest.raises(DatasetError, match=r"other settings \(engine tiny != mujoco\)"):
        render_world(tmp_path, [], replace(SMALL, split="val"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"engine": "unreal"}, "--engine unreal"),
        ({"split": "test"}, "--split test"),
        ({"hdri": "sky.hdr"}, "--hdri"),
        ({"samples": 0}, "--samples 0"),
        ({"num_frames": 4}, "--frames 4"),
    ],
)
def test_bad_settings(tmp_path: Path, changes: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        render_world(tmp_path / "world", [0], replace(SMALL, **changes))
    assert not (tmp_path / "world").exists()
