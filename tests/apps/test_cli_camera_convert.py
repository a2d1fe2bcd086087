"""``recam camera convert`` between camera files of every format, as a user types it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from recam.apps.cli.reading_options import AXES_NAMES, FORMAT_NAMES
from recam.camera import FORMATS, CameraPath, read_cameras
from recam.camera.conventions import AXES

FIXTURES = Path(__file__).parents[1] / "fixtures" / "cameras"
SAMPLES = FIXTURES / "formats"


def test_the_help_lists_every_format_and_all_axes() -> None:
    assert FORMAT_NAMES.split(", ") == [known.name for known in FORMATS]
    assert AXES_NAMES.split(", ") == list(AXES)


def test_a_file_says_what_it_is_and_what_is_assumed(recam, tmp_path: Path) -> None:
    ran = recam("camera", "convert", SAMPLES / "tum_groundtruth.txt", tmp_path / "path.json")
    assert ran.code == 0
    read, *notes, wrote = ran.out.splitlines()
    assert "tum, opencv axes (camera x right, y down, z forward; world as it is), unit not stated" in read
    assert "camera tum_groundtruth, 5 frames, no lens" in read
    assert any("does not state its axes; assumed opencv axes" in note for note in notes)
    assert wrote.startswith("wrote ")
    assert "recam's own JSON" in wrote


@pytest.mark.filterwarnings("ignore:.*(order of their file names|assumed metres)")
@pytest.mark.parametrize("target", [known.name for known in FORMATS])
def test_from_nerfstudio_into_every_format_and_back(recam, tmp_path: Path, target: str) -> None:
    there, back = (
        tmp_path / ("there.npz" if target in ("npz", "vista4d") else "there"),
        tmp_path / "back.json",
    )
    words = ("camera", "convert", SAMPLES / "nerfstudio" / "transforms.json")
    assert recam(*words, there, "--to", target).code == 0
    assert recam("camera", "convert", there, back).code == 0
    expected = CameraPath.load(words[2]).extrinsics
    np.testing.assert_allclose(CameraPath.load(back).extrinsics, expected, atol=1e-8)


def test_all_cameras_are_kept_in_the_files_world(recam, cameras_json: Path) -> None:
    model = cameras_json.with_name("model")
    ran = recam("camera", "convert", cameras_json, model, "--to", "colmap-text", "--json")
    data = json.loads(ran.out)
    assert data["cameras"] == data["read"]["cameras"] == {"cam01": 9, "cam02": 9}
    assert data["read"]["format"] == "multicamvideo"
    assert any("no lens is known for cam01, cam02; written as 24 mm" in note for note in data["notes"])
    found, given = read_cameras(model).cameras, read_cameras(cameras_json).cameras
    for name, poses in given.items():
        np.testing.assert_allclose(found[name].matrices, poses.matrices, atol=1e-9)


def test_one_camera_in_the_source_cameras_world(recam, cameras_json: Path) -> None:
    out = cameras_json.with_name("out.npz")
    chosen = ("--camera-name", "cam02", "--source-camera", "cam01")
    assert recam("camera", "convert", cameras_json, out, *chosen).code == 0
    cameras = read_cameras(out).cameras
    np.testing.assert_allclose(cameras["cam01"].translations[0], [0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(cameras["cam02"].translations[0], [-1, 0, 0], atol=1e-12)


def test_several_cameras_for_a_format_of_one_need_a_name(recam, cameras_json: Path, only) -> None:
    out = cameras_json.with_name("out.txt")
    ran = recam("camera", "convert", cameras_json, out, "--to", "tum")
    ran.refused("holds one camera and these are several (cam01, cam02)", "--camera-name")
    recam("camera", "convert", cameras_json, out, "--to", "tum", "--camera-name", "x").refused("'x'", "cam01")
    only("cameras.json")
    assert recam("camera", "convert", cameras_json, out, "--to", "tum", "--camera-name", "cam02").code == 0


def test_scale_and_axes_of_a_file_that_does_not_state_them(recam, tmp_path: Path) -> None:
    (tmp_path / "robot.txt").write_text("0 0 0 0 0 0 0 1\n1 400 200 300 0 0 0 1\n")
    words = ("camera", "convert", tmp_path / "robot.txt", tmp_path / "path.json")
    ran = recam(*words, "--axes", "ros", "--scale", "0.01", "--json")
    assert json.loads(ran.out)["notes"] == []
    np.testing.assert_allclose(CameraPath.load(tmp_path / "path.json").extrinsics[1, :, 3], [-2, -3, 4])


def test_a_preset_as_blender_animation_with_a_lens(recam, tmp_path: Path) -> None:
    out = tmp_path / "arc.csv"
    words = ("camera", "convert", "arc-left", out, "--to", "blender", "--num-frames", "9")
    assert recam(*words, "--focal-mm", "35", "--size", "1920x1080").code == 0
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    last = dict(zip(rows[0], rows[-1], strict=True))
    assert float(last["x_m"]) == pytest.approx(-2 * 80 / 80.5)  # left
    assert float(last["y_m"]) > 0.5  # into the scene, which is +y in Blender
    assert float(last["z_m"]) == 0
    assert float(last["focal_length_mm"]) == pytest.approx(35)


def test_frames_a_second_give_the_times(recam, tmp_path: Path) -> None:
    out = tmp_path / "arc.tum"
    assert recam("camera", "convert", "arc-left", out, "--num-frames", "5", "--fps", "10").code == 0
    np.testing.assert_allclose(read_cameras(out).times["arc"], [0, 0.1, 0.2, 0.3, 0.4])


def test_more_frames_for_all_cameras(recam, cameras_json: Path) -> None:
    out = cameras_json.with_name("more.npz")
    assert recam("camera", "convert", cameras_json, out, "--num-frames", "17").code == 0
    assert {len(poses) for poses in read_cameras(out).cameras.values()} == {17}


def test_what_does_not_fit_together_is_refused(recam, tmp_path: Path, only) -> None:
    sample, out = SAMPLES / "kitti_00.txt", tmp_path / "out.json"
    words = ("camera", "convert")
    recam(*words, sample).refused("say one file to write")
    recam(*words, sample, out, "-o", out).refused("both TARGET and --output")
    recam(*words, sample, tmp_path / "out.txt").refused(
        "choose one with --to: realestate10k, cameractrl, tum"
    )
    recam(*words, sample, tmp_path / "out.csv").refused("choose one with --to: unreal, blender")
    recam(*words, sample, tmp_path / "out.xyz").refused("does not say which kind")
    recam(*words, sample, out, "--to", "fbx").refused("unknown camera file format 'fbx'")
    recam(*words, sample, out, "--from", "tum").refused("does not look like TUM")
    recam(*words, sample, out, "--axes", "maya").refused("unknown axes 'maya'")
    recam(*words, sample, out, "--scale", "-1").refused("scale must be a positive number")
    recam(*words, sample, out, "--strength", "2").refused("--strength")
    recam(*words, sample, tmp_path / "m", "--to-axes", "ros").refused("has axes of its own")
    recam(*words, sample, tmp_path / "m", "--size", "wide").refused("--size must be width x height")
    recam(*words, "arc-left", out, "--axes", "ros").refused("--axes is about a camera file, which 'arc-left'")
    recam(*words, "arc-left", tmp_path / "a.tum", "--fps", "0").refused("fps must be a positive number")
    only()


def test_what_is_read_is_not_overwritten(recam, cameras_json: Path) -> None:
    before = cameras_json.read_bytes()
    recam("camera", "convert", cameras_json, cameras_json).refused("is what is read", "give another name")
    assert cameras_json.read_bytes() == before


def test_a_video_is_no_camera_file(recam, video_of, tmp_path: Path, only) -> None:
    recam("camera", "convert", video_of(3), tmp_path / "a.json").refused("is not a camera file but a video")
    only()


def test_matrices_that_nearly_are_rotations(recam, tmp_path: Path) -> None:
    file = tmp_path / "scaled.txt"
    file.write_text("1.02 0 0 0 0 1.02 0 0 0 0 1.02 5\n" * 2)
    out = tmp_path / "fixed.json"
    recam("camera", "convert", file, out).refused("line 1: the pose is not a rotation", "--orthonormalise")
    ran = recam("camera", "convert", file, out, "--orthonormalise")
    assert "largest change of an entry is 0.02" in ran.out


def test_a_lens_that_is_given_is_written_and_none_is_made_up(recam, tmp_path: Path) -> None:
    bare, known, copy = (tmp_path / name for name in ("bare.json", "known.json", "copy.json"))
    ran = recam("camera", "convert", "zoom-in(2x)", bare, "--num-frames", "5")
    assert ran.out.startswith("wrote ")  # no note: nothing is made up
    assert CameraPath.load(bare).intrinsics is None
    recam("camera", "convert", bare, known, "--fov", "60", "--size", "832x480")
    lens = CameraPath.load(known).intrinsics
    assert lens is not None
    assert lens.fov_degrees[0] == pytest.approx(60)
    assert CameraPath.load(known).zooms[-1] == pytest.approx(2)
    assert "own lens is kept" in recam("camera", "convert", known, copy, "--fov", "90").out
    assert CameraPath.load(copy) == CameraPath.load(known)


def test_a_camera_that_is_not_in_the_file_is_refused_in_every_format(recam, tmp_path: Path) -> None:
    file = tmp_path / "path.json"
    CameraPath.preset("arc-left", 5).save(file)
    for target in ("copy.json", "copy.npz"):
        recam("camera", "convert", file, tmp_path / target, "--camera-name", "cam05").refused("'cam05'")
    named = tmp_path / "camera_extrinsics.json"
    assert recam("camera", "convert", file, named, "--camera-name", "cam05").code == 0
    assert list(read_cameras(named).cameras) == ["cam05"]


def test_a_slip_of_the_pen_does_not_fill_the_disk(recam, tmp_path: Path) -> None:
    file = tmp_path / "path.json"
    CameraPath.preset("arc-left", 5).save(file)
    recam("camera", "convert", file, tmp_path / "x.json", "--num-frames", "1000000").refused("at most 100000")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_device_or_pipe_is_never_replaced(recam, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    recam("camera", "convert", "arc-left", pipe).refused("pipe.json", "ordinary file")
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_names_of_any_length(recam, tmp_path: Path) -> None:
    longest = tmp_path / f"{'x' * 250}.json"
    assert recam("camera", "convert", "arc-left", longest, "--num-frames", "5").code == 0
    assert CameraPath.load(longest).num_frames == 5
    model = tmp_path / ("y" * 254)
    assert recam("camera", "convert", "arc-left", model, "--to", "colmap", "--num-frames", "5").code == 0
    recam("camera", "convert", "arc-left", tmp_path / f"{'x' * 300}.json").refused("file name too long")
    assert sorted(tmp_path.iterdir()) == [longest, model]
