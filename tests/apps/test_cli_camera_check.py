"""``recam camera check``, and keyframe files, as a user types them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recam.apps.cli.camera.check import warn_of
from recam.camera import CameraPath, Poses
from recam.camera.moves import pan_tilt

EXAMPLE = Path(__file__).parents[2] / "examples" / "keyframes.yaml"


@pytest.fixture
def jumpy(tmp_path: Path) -> Path:
    """80 frames with a jump at frame 40."""
    matrices = np.array(CameraPath.preset("arc-left", 80).poses.matrices)
    matrices[40:, :3, 3] += (0.5, 0, 0)
    file = tmp_path / "jumpy.json"
    CameraPath(Poses(matrices), "jumpy").save(file)
    return file


def test_a_clean_path_passes(recam) -> None:
    ran = recam("camera", "check", "arc-left")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "fit to render"


def test_errors_end_with_2_and_warnings_only_when_strict(recam, jumpy: Path) -> None:
    ran = recam("camera", "check", jumpy)
    assert ran.code == 2
    assert "error: frames 39-40: jumps by 0.475 m" in ran.out
    assert "80 frames; models take 4n + 1, such as 77 or 81 [frame-count]" in ran.out
    assert ran.err == ""
    assert recam("camera", "check", EXAMPLE).code == 0  # it changes the lens: a warning
    assert recam("camera", "check", EXAMPLE, "--strict").code == 2


def test_fit_resamples_and_writes(recam, tmp_path: Path) -> None:
    path = CameraPath.preset("arc-left", 80)
    file, fixed = tmp_path / "80.json", tmp_path / "fixed.json"
    path.save(file)
    ran = recam("camera", "check", file, "--fit", "--model-frames", "49", "-o", fixed, "--json")
    assert ran.code == 0
    data = json.loads(ran.out)
    assert (data["num_frames"], data["findings"], data["output"]) == (49, [], str(fixed))
    assert data["notes"] == ["resampled from 80 frames to 49"]
    assert CameraPath.load(fixed) == path.resample(49)


def test_non_rotations_are_refused_unless_they_are_to_be_fixed(recam, tmp_path: Path) -> None:
    file, fixed = tmp_path / "scaled.json", tmp_path / "fixed.json"
    path = CameraPath.preset("arc-left")
    path.save(file)
    document = json.loads(file.read_text())
    document["frames"] = [
        [[1.01 * row[0], 1.01 * row[1], 1.01 * row[2], 100 * row[3]] for row in frame]
        for frame in document["frames"]
    ]
    file.write_text(json.dumps(document))
    recam("camera", "check", file).refused("frame 0", "not a rotation", "--orthonormalise")
    ran = recam("camera", "check", file, "--orthonormalise")
    assert ran.code == 2
    assert "as if its positions were in centimetres (2.06 m) [units]" in ran.out
    ran = recam("camera", "check", file, "--orthonormalise", "--scale", "0.01", "-o", fixed)
    assert ran.code == 0
    assert "rotations made exact: the largest change of an entry is 0.01" in ran.out
    np.testing.assert_allclose(CameraPath.load(fixed).extrinsics, path.extrinsics, atol=1e-12)


def test_the_picture_of_speeds(recam, jumpy: Path) -> None:
    picture = jumpy.with_name("speed.png")
    assert recam("camera", "check", jumpy, "--plot", picture).code == 2
    assert Image.open(picture).size == (1200, 700)
    recam("camera", "check", jumpy, "--plot", "speed.svg").refused("--plot", ".png")


def test_render_is_told_of_the_worst_in_one_note() -> None:
    wide = CameraPath(pan_tilt(np.linspace(0, 1, 9), pan_degrees=60), "wide pan")
    with pytest.warns(
        UserWarning, match=r"the path wide pan: frames 7-8: looks 60 degrees .* check 'my shot.yaml'$"
    ):
        warn_of(wide, "my shot.yaml", 4.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a clean path says nothing, and the pipeline speaks of lenses itself
        warn_of(CameraPath.preset("arc-left"), "arc-left", 4.0)
        warn_of(CameraPath.preset("zoom-in"), "zoom-in", 4.0)


def test_options_for_files_are_refused_for_presets(recam) -> None:
    recam("camera", "check", "arc-left", "--scale", "0.01").refused("--scale", "'arc-left'")
    recam("camera", "check", "arc-left", "--model-frames", "80").refused("4n + 1")
    recam("camera", "check", "arc-left", "-o", "none/a.json").refused("does not exist")


def test_keyframe_files_are_cameras_everywhere(recam, tmp_path: Path) -> None:
    shown = json.loads(recam("camera", "show", EXAMPLE, "--json").out)
    assert (shown["name"], shown["num_frames"]) == ("hero-shot", 81)
    fewer = tmp_path / "fewer.json"
    assert recam("camera", "convert", EXAMPLE, fewer, "--num-frames", "9").code == 0
    extrinsics = np.array(shown["extrinsics"])
    np.testing.assert_allclose(CameraPath.load(fewer).extrinsics, extrinsics[::10], atol=1e-9)


def test_a_flaw_in_a_keyframe_file_is_one_line(recam, tmp_path: Path) -> None:
    file = tmp_path / "shot.yaml"
    file.write_text("keys:\n- {frame: 0}\n- {frame: 10, postion: [0, 0, 1]}\n")
    recam("camera", "show", file).refused(str(file), "key 2", "'postion'", "did you mean 'position'")
    recam("camera", "show", tmp_path / "none.yaml").refused("none.yaml", "no such file")
    recam("camera", "show", EXAMPLE, "--strength", "2").refused("--strength")
    recam("camera", "show", EXAMPLE, "--camera-name", "a").refused("--camera-name")


def test_nothing_is_written_over_what_is_read_or_before_all_can_be(recam, tmp_path: Path) -> None:
    file, fixed = tmp_path / "80.json", tmp_path / "fixed.json"
    CameraPath.preset("arc-left", 80).save(file)
    before = file.read_bytes()
    recam("camera", "check", file, "--fit", "-o", file).refused("would be lost")
    assert file.read_bytes() == before
    recam("camera", "check", file, "-o", fixed, "--plot", tmp_path / "none" / "x.png").refused(
        "does not exist"
    )
    recam("camera", "check", file, "-o", tmp_path / "x.png", "--plot", tmp_path / "x.png").refused("another")
    assert list(tmp_path.iterdir()) == [file]
