"""Camera paths: the published pair file entry by entry, files, frame counts."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from camera_helpers import FIXTURES, load_reference, pose_lists
from hypothesis import given, settings

from recam.camera import CameraPath, Intrinsics, Poses, read_cameras, write_multicamvideo
from recam.errors import CameraFileError, InputError, OutputError

PAIR = FIXTURES / "pair_extrinsics.json"


def raw_published_relative(source: str, target: str) -> np.ndarray:
    """[21,4,4] of the pair file by the published formula, written out separately: no recam code."""

    def matrix(frame: int, camera: str) -> np.ndarray:
        text = json.loads(PAIR.read_text())[f"frame{frame}"][camera]
        rows = [[float(number) for number in row.split()] for row in text.strip().strip("[]").split("] [")]
        pose = np.array(rows).T[:, [1, 2, 0, 3]]
        pose[:3, 1] *= -1
        pose[:3, 3] /= 100
        return pose

    anchor = np.linalg.inv(matrix(0, source))
    return np.stack([anchor @ matrix(frame, target) for frame in range(0, 81, 4)])


@pytest.mark.parametrize(("source", "target"), [("01", "02"), ("07", "03"), ("10", "05")])
def test_pair_equals_reference_on_every_entry(source: str, target: str) -> None:
    reference = load_reference("pair_expected.safetensors")
    for key, anchor in ((f"train_src{source}_tgt{target}", f"cam{source}"), (f"infer_tgt{target}", None)):
        path = CameraPath.load(PAIR, camera=f"cam{target}", source=anchor)
        ours = path.latent_extrinsics()
        assert ours.shape == (21, 3, 4)
        assert len(reference[key]) == 16
        assert np.abs(ours[:16] - reference[key][:, :3]).max() < 1e-5
        formula = raw_published_relative(anchor or f"cam{target}", f"cam{target}")
        assert np.abs(formula[:16] - reference[key]).max() < 1e-5
        assert np.abs(ours - formula[:, :3]).max() < 1e-5
        assert np.array_equal(path.model_input(), ours.reshape(21, 12).astype(np.float32))


@pytest.mark.parametrize(("num_frames", "latents"), [(1, 1), (9, 3), (17, 5), (81, 21)])
def test_one_latent_for_every_fourth_frame(num_frames: int, latents: int) -> None:
    path = CameraPath.preset("arc-left", num_frames)
    assert path.extrinsics.shape == (num_frames, 3, 4)
    assert path.extrinsics.dtype == np.float64
    assert path.model_input().shape == (latents, 12)
    assert path.model_input().dtype == np.float32
    assert np.array_equal(path.latent_extrinsics()[-1], path.extrinsics[-1])


@pytest.mark.parametrize(
    ("num_frames", "advice"), [(2, "use 1 or 5"), (80, "use 77 or 81"), (16, "use 13 or 17")]
)
def test_other_frame_counts_name_the_nearest_good_ones(num_frames: int, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        CameraPath.preset("arc-left", num_frames).model_input()


def test_from_poses_is_relative_to_the_source() -> None:
    world = CameraPath.preset("arc-left", 9).poses
    shifted = Poses.from_parts(np.eye(3)[None], [[5.0, 6.0, 7.0]]) @ world
    assert np.allclose(CameraPath.from_poses(shifted).extrinsics, world.matrices[:, :3])
    path = CameraPath.from_poses(shifted, source=Poses.identity(3), name="shot")
    assert np.allclose(path.extrinsics[0, :, 3], [5, 6, 7])
    assert path.name == "shot"


def test_lengths_and_angles() -> None:
    path = CameraPath.preset("dolly-in").resample(2)
    assert path.translation_length() == pytest.approx(2 * 80 / 80.5)
    assert path.max_rotation_degrees() == 0
    assert CameraPath.preset("tilt-up").max_rotation_degrees() == pytest.approx(10 * 80 / 80.5)


def test_resample_and_trim() -> None:
    path = CameraPath.preset("pan-right", 81)
    assert np.allclose(path.resample(17).extrinsics, CameraPath.preset("pan-right", 17).extrinsics, atol=1e-9)
    assert path.trim(9).poses == path.poses[:9]
    assert path.resample(5).name == "pan-right"
    for count in (0, 82):
        with pytest.raises(InputError, match=f"cannot take {count} frames"):
            path.trim(count)


def test_a_path_has_a_name() -> None:
    with pytest.raises(InputError, match="not empty"):
        CameraPath(Poses.identity(), "")


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CameraPath.preset("static", 5).name = "other"  # type: ignore[misc]


@given(pose_lists())
@settings(deadline=None, max_examples=25)
def test_own_file_round_trip_is_exact(poses: Poses) -> None:
    lens = Intrinsics.from_focal_mm(35, 1280, 720)
    path = CameraPath(poses, "my path — ä", lens)
    with TemporaryDirectory() as folder:
        target = Path(folder) / "path.json"
        path.save(target)
        assert CameraPath.load(target) == path
        path.save(target)  # overwrites


@given(pose_lists())
@settings(deadline=None, max_examples=25)
def test_multicamvideo_round_trip(poses: Poses) -> None:
    path = CameraPath(poses)
    with TemporaryDirectory() as folder:
        target = Path(folder) / "cameras.json"
        path.save(target, format="multicamvideo", camera="cam03", source="cam01")
        loaded = CameraPath.load(target, camera="cam03", source="cam01")
        assert np.abs(loaded.extrinsics - path.extrinsics).max() < 1e-7
        assert list(read_cameras(target).cameras) == ["cam03", "cam01"]


def test_published_files_round_trip(tmp_path: Path) -> None:
    cameras = read_cameras(PAIR).cameras
    write_multicamvideo(tmp_path / "again.json", cameras)
    again = read_cameras(tmp_path / "again.json").cameras
    assert list(again) == list(cameras) == [f"cam{number:02d}" for number in range(1, 11)]
    for name, poses in cameras.items():
        assert np.abs(again[name].matrices - poses.matrices).max() < 1e-8
    old, new = json.loads(PAIR.read_text()), json.loads((tmp_path / "again.json").read_text())
    assert old.keys() == new.keys()
    assert old["frame7"]["cam04"] == new["frame7"]["cam04"]


def test_saving_multicamvideo_away_from_the_source_needs_its_name(tmp_path: Path) -> None:
    path = CameraPath.load(PAIR, camera="cam02", source="cam01")
    with pytest.raises(InputError, match="name it with source"):
        path.save(tmp_path / "a.json", format="multicamvideo")
    with pytest.raises(InputError, match="must not be called 'cam01'"):
        path.save(tmp_path / "a.json", format="multicamvideo", source="cam01")
    with pytest.raises(InputError, match="unknown camera file format 'fbx'"):
        path.save(tmp_path / "a.json", format="fbx")
    with pytest.raises(OutputError, match="does not exist"):
        path.save(tmp_path / "no" / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_which_camera(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"several cameras; name one with camera: cam01, cam02.*cam10"):
        CameraPath.load(PAIR)
    with pytest.raises(InputError, match=r"no camera 'cam11' \(camera\); it has cam01"):
        CameraPath.load(PAIR, camera="cam11")
    with pytest.raises(InputError, match=r"no camera 'front' \(source\); it has cam01"):
        CameraPath.load(PAIR, camera="cam01", source="front")
    CameraPath.preset("pan-left", 5).save(tmp_path / "own.json")
    with pytest.raises(InputError, match="relative to its source camera already"):
        CameraPath.load(tmp_path / "own.json", source="cam01")


def test_fewer_frames_than_asked() -> None:
    assert CameraPath.load(PAIR, camera="cam01", num_frames=17).num_frames == 17
    with pytest.raises(CameraFileError, match="camera cam01 has 81 frames, fewer than the 97 asked for"):
        CameraPath.load(PAIR, camera="cam01", num_frames=97)


@pytest.mark.parametrize("count", [0, -1, 40.5, float("nan"), 100_001])
def test_a_path_has_a_whole_number_of_frames(count: float) -> None:
    wrong: Any = count
    for make in (
        lambda: CameraPath.preset("arc-left", wrong),
        lambda: CameraPath.preset("handheld", wrong),
        lambda: CameraPath.from_expression("arc-left, hold", wrong),
        lambda: CameraPath.preset("arc-left", 5).resample(wrong),
    ):
        with pytest.raises(InputError, match="frame"):
            make()


def test_frames_are_taken_by_whole_numbers() -> None:
    with pytest.raises(InputError, match="frames must be"):
        CameraPath.preset("arc-left", 5).take([0.5])
    assert CameraPath.preset("arc-left", 5).take([4, 0]).num_frames == 2
