"""Known flaws are found at the right frame, and good paths come out clean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from camera_helpers import FIXTURES
from PIL import Image
from scipy.spatial.transform import Rotation

from recam.camera import CameraPath, Poses
from recam.camera.angles import from_pan_tilt_roll
from recam.camera.check import check_path, fit_count
from recam.camera.check_limits import TRAINING
from recam.camera.check_plot import plot_check
from recam.camera.check_report import Finding
from recam.camera.keyframe import Keyframe
from recam.camera.moves import arc, pan_tilt, translate
from recam.camera.poses import FloatArray
from recam.errors import InputError, OutputError

VALIDATION = FIXTURES / "multicamvideo_val_extrinsics.json"
PUBLISHED = (
    *("pan-right", "pan-left", "tilt-up", "tilt-down", "dolly-in"),
    *("dolly-out", "crane-up", "crane-down", "arc-left", "arc-right"),
)


def found(path: CameraPath, **options: float) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_path(path, **options).findings}  # type: ignore[arg-type]


def changed(name: str = "arc-left", num_frames: int = 81) -> tuple[CameraPath, FloatArray]:
    path = CameraPath.preset(name, num_frames)
    return path, np.array(path.poses.matrices)


def progress(num_frames: int = 81) -> FloatArray:
    return np.linspace(0, 1, num_frames)


@pytest.mark.parametrize("num_frames", [5, 9, 17, 49, 81, 121])
def test_the_published_presets_are_clean(num_frames: int) -> None:
    for name in PUBLISHED:
        report = check_path(CameraPath.preset(name, num_frames))
        assert report.findings == (), name
        assert report.verdict == "fit to render"
        assert report.summary is None


def test_the_cameras_of_the_data_set_are_clean() -> None:
    for number in range(1, 11):
        path = CameraPath.load(VALIDATION, camera=f"cam{number:02d}")
        assert check_path(path, model_frames=81).findings == (), number
    pair = FIXTURES / "pair_extrinsics.json"
    for name in ("cam01", "cam02"):
        assert check_path(CameraPath.load(pair, camera=name)).is_clean


def test_a_random_move_of_every_kind_of_the_training_rules_is_clean() -> None:
    for distance in (3.0, 10.0):
        for a in (-4.0, 4.0):
            curve = (1 - np.exp(-a * progress())) / (1 - np.exp(-a))
            for poses in (
                pan_tilt(curve, pan_degrees=45), pan_tilt(curve, tilt_degrees=-30), arc(curve, 75, distance),
                translate(curve, (0, 0, -distance)), translate(curve, (distance, 0, 0)),
            ):  # fmt: skip
                report = check_path(CameraPath(poses), subject_distance=distance)
                assert report.is_clean, (distance, a, report.findings)


def test_limits_follow_from_the_rules_of_the_set() -> None:
    seconds, fps = 80 / 15, 15
    peak = 4 / (1 - np.exp(-4))
    way = 10 * np.pi * 75 / 180  # round a subject 10 m away
    assert TRAINING.speed(81) * fps == pytest.approx(way / seconds * peak)
    assert TRAINING.turn_rate(81) * fps == pytest.approx(75 / seconds * peak)
    along, across = way / seconds**2 * 4 * peak, (way / seconds * peak) ** 2 / 10
    assert TRAINING.acceleration(81) * fps**2 == pytest.approx(np.hypot(along, across))
    assert TRAINING.speed(161) == TRAINING.speed(81)  # a longer path is seen frame by frame as well
    assert TRAINING.speed(41) == pytest.approx(2 * TRAINING.speed(81))  # a model of shorter clips


@pytest.mark.parametrize(("scale", "unit"), [(100, "centimetres"), (1000, "millimetres")])
def test_a_path_in_another_unit_is_suspected(scale: float, unit: str) -> None:
    _, matrices = changed("dolly-in")
    matrices[:, :3, 3] *= scale * 1.5
    finding = found(CameraPath(Poses(matrices)))
    assert list(finding) == ["units"]  # and not also everything that follows from it
    assert finding["units"].level == "error"
    assert unit in finding["units"].message
    assert f"--scale {1 / scale:g}" in finding["units"].remedy
    assert finding["units"].value == pytest.approx(scale * 3 * 80 / 80.5)


def test_a_jump_is_found_at_its_frame() -> None:
    _, matrices = changed()
    matrices[40:, :3, 3] += (0, 0.4, 0)
    report = check_path(CameraPath(Poses(matrices)))
    (finding,) = report.findings
    assert (finding.code, finding.level, finding.frames, finding.unit) == ("jump", "error", (39, 40), "m")
    assert finding.value == pytest.approx(0.4, rel=0.01)
    assert "frames 39-40" in str(finding)
    assert report.verdict == "not fit to render: 1 error"
    assert report.summary is not None
    assert "jumps by 0.401 m" in report.summary


def test_a_jump_of_the_view_is_found() -> None:
    _, matrices = changed("static")
    matrices[30:, :3, :3] = from_pan_tilt_roll([(20, 0, 0)]).as_matrix()[0]
    finding = found(CameraPath(Poses(matrices)))["jump"]
    assert (finding.frames, finding.unit) == ((29, 30), "degrees")
    assert finding.value == pytest.approx(20)


def test_cuts_into_and_out_of_motion_are_no_jumps() -> None:
    keys = [
        Keyframe(frame=0),
        Keyframe(frame=30),
        Keyframe(frame=50, position=(0, 0, 2), pan=20),
        Keyframe(frame=80),
    ]
    path = CameraPath.from_keyframes(keys, interpolation="linear")
    assert "jump" not in found(path)


def test_a_doubled_frame_is_found() -> None:
    _, matrices = changed("dolly-in")
    matrices = np.insert(matrices, 50, matrices[50], axis=0)[:81]
    finding = found(CameraPath(Poses(matrices)))
    assert list(finding) == ["doubled"]
    assert finding["doubled"].frames == (50, 51)


@pytest.mark.parametrize("axis", [(0, 0, np.pi), (0, np.pi, 0), (np.pi * 0.9, 0, 0)])
def test_a_flip_is_found(axis: tuple[float, float, float]) -> None:
    _, matrices = changed("dolly-in")
    matrices[25:, :3, :3] = Rotation.from_rotvec(axis).as_matrix()
    finding = found(CameraPath(Poses(matrices)))["flip"]
    assert (finding.level, finding.frames) == ("error", (24, 25))
    assert finding.value == pytest.approx(np.degrees(np.linalg.norm(axis)))
    assert "jump" not in found(CameraPath(Poses(matrices)))  # said once


@pytest.mark.parametrize(
    ("count", "model", "level", "fits"),
    [(80, None, "error", 81), (78, None, "error", 77), (79, None, "error", 81), (49, 81, "error", 81),
     (121, 81, "note", 81)],
)  # fmt: skip
def test_a_wrong_frame_count_is_found_and_fits_after_resampling(
    count: int, model: int | None, level: str, fits: int
) -> None:
    path = CameraPath.preset("arc-left", count)
    finding = check_path(path, model_frames=model).findings[0]
    assert (finding.code, finding.level, finding.value) == ("frame-count", level, count)
    assert fit_count(count, model) == fits
    assert check_path(path.resample(fits), model_frames=model).findings == ()


def test_too_fast_and_too_sudden_motion_is_found() -> None:
    # 8 m in 10 frames, a fifth more than the fastest training path there.
    fast = np.clip((progress() * 80 - 30) / 10, 0, 1)
    speed = found(CameraPath(translate(fast, (8, 0, 0))))
    assert speed["speed"].frames == (30, 39)
    assert speed["speed"].value == pytest.approx(0.8 * 15)
    assert speed["speed"].limit == pytest.approx(TRAINING.speed(81) * 15)
    assert speed["acceleration"].value == pytest.approx(8 / 10 / 4 * 15**2, rel=0.01)
    turn = found(CameraPath(pan_tilt(fast, pan_degrees=44)))
    assert turn["turn-rate"].value == pytest.approx(4.4 * 15)
    assert turn["turn-acceleration"].unit == "degrees/s^2"
    # The same path seen at another rate is as far beyond: models see frames.
    other = found(CameraPath(translate(fast, (8, 0, 0))), fps=30)["speed"]
    assert other.value / other.limit == pytest.approx(speed["speed"].value / speed["speed"].limit)


RANGES = {
    "travel": (translate(progress(), (14, 0, 0)), 14),
    "pan": (pan_tilt(progress(), pan_degrees=-60), 60),
    "tilt": (pan_tilt(progress(), tilt_degrees=40), 40),
    "orbit": (arc(progress(), 120), 120),
}


@pytest.mark.parametrize("code", RANGES)
def test_what_goes_beyond_the_training_range_is_found(code: str) -> None:
    poses, value = RANGES[code]
    findings = found(CameraPath(poses))
    assert list(findings) == [code]
    assert findings[code].level == "warning"
    assert findings[code].value == pytest.approx(value)


def test_a_full_orbit_counts_as_one() -> None:
    assert found(CameraPath(arc(progress(), 360)))["orbit"].value == pytest.approx(360)


def test_roll_is_found_but_not_for_a_level_camera_round_a_scene_that_is_looked_down_on() -> None:
    rolled = Poses.from_parts(
        from_pan_tilt_roll([(0, 0, roll) for roll in 12 * progress()]).as_matrix(), np.zeros((1, 3))
    )
    finding = found(CameraPath(rolled))["roll"]
    assert finding.value == pytest.approx(12)
    assert finding.frames == (34, 80)
    # A level arc about the vertical of a world that the source sees from 40 degrees above: right and down of
    # the cameras are not the source's, but nothing leans.
    tilt = Poses.from_parts(from_pan_tilt_roll([(0, -40, 0)]).as_matrix(), np.zeros((1, 3)))
    angles = [(pan, -40, 0) for pan in 60 * progress()]
    level = Poses.from_parts(from_pan_tilt_roll(angles).as_matrix(), np.zeros((1, 3))).relative_to(tilt)
    assert "roll" not in found(CameraPath(level))


def test_the_start_and_foreign_axes_are_said() -> None:
    path = CameraPath.load(VALIDATION, camera="cam01")
    shifted = CameraPath(Poses(translate([1.0], (0.5, 0, 0)).matrices @ path.poses.matrices))
    finding = found(shifted)["start"]
    assert (finding.level, finding.value) == ("note", pytest.approx(0.5))
    opengl = CameraPath(Poses(path.poses.matrices @ np.diag([1.0, -1, -1, 1])))
    assert found(opengl)["axes"].level == "warning"


def test_the_subject_is_not_to_be_passed_through_nor_left_behind() -> None:
    near = found(CameraPath(translate(progress(), (0, 0, 3.8))))["subject-near"]
    assert near.value == pytest.approx(0.2)
    beyond = found(CameraPath(translate(progress(), (1, 0, 6))))["subject-behind"]
    assert beyond.frames == (54, 80)
    assert found(CameraPath(translate(progress(), (1, 0, 6))), subject_distance=8) == {}


def test_a_lens_change_is_said() -> None:
    path = replace(CameraPath.preset("static"), zoom=np.linspace(1, 2, 81))
    finding = found(path)["lens"]
    assert (finding.level, finding.value, finding.frames) == ("warning", 2, (1, 80))
    assert found(path.lens_as_dolly()) == {}


@pytest.mark.parametrize("num_frames", [1, 2, 3, 8])
def test_very_short_paths_are_checked_too(num_frames: int) -> None:
    report = check_path(CameraPath.preset("dolly-in", num_frames))
    assert [finding.code for finding in report.findings] in ([], ["frame-count"])


def test_worst_comes_first_and_all_is_in_the_json() -> None:
    _, matrices = changed(num_frames=80)
    matrices[40:, :3, 3] += (9, 0, 0)
    report = check_path(replace(CameraPath(Poses(matrices), "bad"), zoom=np.linspace(1, 2, 80)))
    levels = [finding.level for finding in report.findings]
    assert levels == sorted(levels, key=("error", "warning", "note").index)
    data = report.to_dict()
    assert data["counts"] == {"error": 2, "warning": len(levels) - 2, "note": 0}
    assert data["findings"][0]["code"] == "frame-count"
    assert data["measured"]["max_zoom"] == 2


def test_arguments_out_of_range_are_refused() -> None:
    path = CameraPath.preset("static")
    for options, words in (
        ({"fps": 0.0}, "fps"), ({"subject_distance": float("nan")}, "subject_distance"),
        ({"model_frames": 80}, "4n"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            check_path(path, **options)  # type: ignore[arg-type]


def test_the_picture_shades_what_was_found(tmp_path: Path) -> None:
    good, bad = CameraPath.preset("arc-left"), CameraPath(pan_tilt(np.minimum(1, progress() * 10), 40))
    for name, path in (("good", good), ("bad", bad)):
        plot_check(path, check_path(path), tmp_path / f"{name}.png")
    pictures = {
        name: np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB")).astype(int)
        for name in ("good", "bad")
    }
    assert pictures["good"].shape == (700, 1200, 3)
    orange = {name: int(((p[..., 0] - p[..., 2]) > 25).sum()) for name, p in pictures.items()}
    assert orange["bad"] > 5000 > orange["good"]
    with pytest.raises(OutputError, match="png"):
        plot_check(good, check_path(good), tmp_path / "speed.jpg")
