"""Each format's sample says, in its own axes and units, where a camera is and looks; recam sees the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from format_samples import FILES, MADE, SAMPLES, WALK

from recam.camera import CameraPath, read_cameras
from recam.camera.conventions import AXES
from recam.errors import CameraFileError, InputError

TOLERANCE = {"tum_groundtruth.txt": 1e-4, "kitti_00.txt": 1e-7, "realestate10k.txt": 1e-9}  # printed digits


@pytest.mark.parametrize("file", FILES)
def test_the_walk_in_every_text_format(file: str) -> None:
    read = read_cameras(SAMPLES / file)
    assert read.format == FILES[file]
    ((_, poses),) = read.cameras.items()
    np.testing.assert_allclose(poses.matrices, WALK, atol=TOLERANCE.get(file, 1e-8))


@pytest.mark.parametrize("name", MADE)
def test_the_walk_in_every_binary_format(name: str, tmp_path: Path) -> None:
    read = read_cameras(MADE[name](tmp_path))
    assert read.format == name
    ((_, poses),) = read.cameras.items()
    np.testing.assert_allclose(poses.matrices, WALK, atol=1e-7)


@pytest.mark.parametrize(
    ("file", "size", "first", "last"),
    [
        ("realestate10k.txt", (1280, 720), (614.08, 614.08, 640, 360), None),
        ("cameractrl_poses.json", (1280, 720), (614.08, 614.08, 640, 360), None),
        ("nerfstudio/transforms.json", (1920, 1080), (1500, 1490, 961.5, 541), None),
        ("nerf_synthetic/transforms_train.json", (800, 800), (1111.111, 1111.111, 400, 400), None),
        ("colmap_text", (1920, 1080), (1500.5, 1500.5, 960, 540), (1600, 1590, 961, 539)),
        # 35 mm on 23.76 mm of 1920 pixels; Unreal's sensor height gives square pixels here.
        (
            "unreal_sequencer.csv",
            (1920, 1080),
            (2828.283, 2828.283, 960, 540),
            (5656.566, 5656.566, 960, 540),
        ),
        ("blender_euler.csv", (1920, 1080), (2666.667, 2666.667, 960, 540), None),
    ],
)
def test_lenses(file: str, size: tuple[int, int], first: tuple, last: tuple | None) -> None:
    ((_, lenses),) = read_cameras(SAMPLES / file).lenses.items()
    assert (lenses.width, lenses.height) == size
    np.testing.assert_allclose(lenses.params[0], first, atol=6e-3)
    np.testing.assert_allclose(lenses.params[-1], last or first, atol=6e-3)


@pytest.mark.parametrize(
    ("name", "size", "lens"),
    [("megasam", (16, 8), (13, 13, 8.5, 4)), ("vggt", (14, 10), (11, 11.5, 7, 5))],
)
def test_lenses_are_of_the_pictures_in_the_file(
    name: str, size: tuple[int, int], lens: tuple, tmp_path: Path
) -> None:
    read = read_cameras(MADE[name](tmp_path))
    ((_, lenses),) = read.lenses.items()
    assert (lenses.width, lenses.height) == size
    np.testing.assert_allclose(lenses.params, [lens] * len(WALK))
    assert not any("size" in note for note in read.notes)


def test_vggt_with_the_batch_in_front_and_without_pictures(tmp_path: Path) -> None:
    with np.load(MADE["vggt"](tmp_path)) as whole:
        batch = {name: whole[name][None] for name in ("extrinsic", "intrinsic")}
    np.savez(tmp_path / "batch.npz", **batch)
    read = read_cameras(tmp_path / "batch.npz")
    np.testing.assert_allclose(read.cameras["batch"].matrices, WALK, atol=1e-7)
    assert (read.lenses["batch"].width, read.lenses["batch"].height) == (14, 10)
    assert any("size is taken as 14x10" in note for note in read.notes)


@pytest.mark.filterwarnings("ignore:.*assumed metres")
def test_a_lens_that_gets_longer_is_a_zoom_of_the_path() -> None:
    with pytest.warns(UserWarning, match="centre"):  # COLMAP's second lens moves the centre too
        assert CameraPath.load(SAMPLES / "colmap_text").changes_lens
    path = CameraPath.load(SAMPLES / "unreal_sequencer.csv")
    np.testing.assert_allclose(path.zooms, [1, 1, 1, 1, 2])


@pytest.mark.parametrize("name", AXES)
def test_named_axes_see_what_they_say(name: str) -> None:
    axes = AXES[name]
    words = {"right": 0, "left": 0, "down": 1, "up": 1, "forward": 2}
    for letter, index in (("x", 0), ("y", 1), ("z", 2)):
        for direction, opencv in words.items():
            if f"{letter} {direction}" in axes.camera:
                sign = -1 if direction in ("left", "up") else 1
                assert axes.opencv_camera[opencv, index] == sign, (letter, direction)
    if "looking along -z" in axes.camera:
        assert axes.opencv_camera[2, 2] == -1
    if "z up" in axes.world:
        np.testing.assert_array_equal(axes.opencv_world[1], [0, 0, -1])  # what is down there is -z
    turn, world = np.linalg.det(axes.opencv_camera), np.linalg.det(axes.opencv_world)
    assert turn == world == (-1 if "left-handed" in axes.camera else 1)


@pytest.mark.filterwarnings("ignore:.*assumed metres")
def test_axes_can_be_said_for_files_that_do_not_state_them(tmp_path: Path) -> None:
    file = tmp_path / "robot.txt"
    file.write_text("0 1 0 0 0 0 0 1\n1 4 2 3 0 0 0 1\n")  # 3 m ahead, 2 m to the left, 3 m up, in ROS's axes
    moved = CameraPath.load(file, axes="ros").extrinsics[1, :, 3]
    np.testing.assert_allclose(moved, [-2, -3, 3])
    np.testing.assert_allclose(CameraPath.load(file, axes="ros", scale=0.01).extrinsics[1, :, 3], moved / 100)


@pytest.mark.filterwarnings("ignore:.*assumed metres")
def test_what_is_assumed_is_said() -> None:
    tum, kitti = read_cameras(SAMPLES / "tum_groundtruth.txt"), read_cameras(SAMPLES / "kitti_00.txt")
    for read in (tum, kitti):
        assert any("does not state its axes; assumed opencv axes" in note for note in read.notes)
        assert any("unit of length; assumed metres" in note for note in read.notes)
    said = read_cameras(SAMPLES / "kitti_00.txt", axes="opencv", scale=2.0)
    assert said.notes == ()
    assert read_cameras(SAMPLES / "blender_euler.csv").notes == ()
    with pytest.warns(UserWarning, match="assumed opencv axes"):
        CameraPath.load(SAMPLES / "kitti_00.txt")


@pytest.mark.parametrize("first", ["", "recam", "# from a node", 'https://a.invalid/?a="b",c'])
def test_the_first_line_of_pose_text_may_be_anything(tmp_path: Path, first: str) -> None:
    _, *poses = (SAMPLES / "cameractrl.txt").read_text().splitlines()
    (tmp_path / "poses.txt").write_text("\n".join([first, *poses]))
    read = read_cameras(tmp_path / "poses.txt")
    assert len(read.cameras["poses"]) == 5
    assert not any("first line" in note for note in read.notes)
    (tmp_path / "none.txt").write_text("\n".join(poses))
    read = read_cameras(tmp_path / "none.txt")
    assert len(read.cameras["none"]) == 5
    assert any("has no first line" in note for note in read.notes)


def test_pictures_out_of_order_are_put_in_order_and_that_is_said() -> None:
    read = read_cameras(SAMPLES / "nerfstudio" / "transforms.json")
    assert any("order of their file names" in note for note in read.notes)


def test_world_to_camera_matrices_are_turned_round(tmp_path: Path) -> None:
    file = tmp_path / "inverse.txt"
    file.write_text("".join(" ".join(map(str, np.linalg.inv(pose)[:3].ravel())) + "\n" for pose in WALK))
    read = read_cameras(file, world_to_camera=True)
    np.testing.assert_allclose(read.cameras["inverse"].matrices, WALK, atol=1e-12)


def _scaled(folder: Path, factor: float) -> Path:
    rows = WALK[:, :3].copy()
    rows[2, :, :3] *= factor
    (folder / "scaled.txt").write_text("".join(" ".join(map(str, row.ravel())) + "\n" for row in rows))
    return folder / "scaled.txt"


def test_rotations_are_repaired_only_on_request_and_that_is_said(tmp_path: Path) -> None:
    file = _scaled(tmp_path, 1.01)
    with pytest.raises(CameraFileError, match="line 3: the pose is not a rotation"):
        read_cameras(file)
    read = read_cameras(file, orthonormalise=True)
    np.testing.assert_allclose(read.cameras["scaled"].matrices, WALK, atol=1e-12)
    assert "rotations made exact: the largest change of an entry is 0.01" in read.notes
    with pytest.raises(CameraFileError, match="mirrors space"):
        read_cameras(_scaled(tmp_path, -1.0), orthonormalise=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "fbx"}, "unknown camera file format 'fbx'"),
        ({"axes": "maya"}, "unknown axes 'maya'; recam knows opencv"),
        ({"scale": 0.0}, "scale must be a positive number"),
        ({"format": "tum"}, "does not look like TUM"),
    ],
)
def test_wrong_words_about_a_file(change: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_cameras(SAMPLES / "kitti_00.txt", **change)


def test_several_fitting_formats_are_named_never_guessed(tmp_path: Path) -> None:
    np.savez(tmp_path / "both.npz", c2w=WALK, cam_c2w=WALK)
    with pytest.raises(CameraFileError, match="could be any of npz, vista4d; say which with --from"):
        read_cameras(tmp_path / "both.npz")
    assert read_cameras(tmp_path / "both.npz", "vista4d").format == "vista4d"


def test_vista4d_and_megasam_are_told_apart(tmp_path: Path) -> None:
    """Both call their poses cam_c2w; Vista4D has intrinsics, MegaSaM an intrinsic."""
    assert read_cameras(MADE["megasam"](tmp_path)).format == "megasam"
    np.savez(tmp_path / "bare.npz", cam_c2w=WALK)
    assert read_cameras(tmp_path / "bare.npz").format == "vista4d"


def test_a_table_without_units_needs_the_programs_name(tmp_path: Path) -> None:
    file = tmp_path / "camera.csv"
    file.write_text("frame,x,y,z,roll,pitch,yaw\n1,0,200,0,0,0,0\n2,0,300,0,0,0,0\n")
    with pytest.raises(CameraFileError, match="is not a camera file; recam reads"):
        read_cameras(file)
    read = read_cameras(file, "unreal")
    np.testing.assert_allclose(read.cameras["camera"].translations, [[2, 0, 0], [3, 0, 0]])
    assert "column x states no unit; taken as x_cm" in read.notes
