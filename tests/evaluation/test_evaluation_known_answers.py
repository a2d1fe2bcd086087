"""The known answers: figures that follow from their definitions, and videos whose camera is known.

Each test is one line of the list that the scorecard promises to keep. The videos are drawn, written as mp4,
and scored by ``score`` as a user's are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from filmed_rows import save_film, save_frames, save_path, score_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recam.camera import CameraPath, Poses
from recam.camera.moves import arc, pan_tilt, translate
from recam.evaluation.distribution import Gaussian, frechet_distance
from recam.evaluation.measure import Found
from recam.evaluation.pictures import flicker
from recam.evaluation.plan import Settings
from recam.evaluation.pose_error import PoseErrors, TranslationErrors, pose_errors

FRAMES = 81
PROGRESS = np.linspace(0, 1, FRAMES)


def line(direction: tuple[float, float, float], metres: float = 2.0) -> Poses:
    return translate(PROGRESS, np.asarray(direction) * metres)


def translation(errors: PoseErrors) -> TranslationErrors:
    assert errors.translation is not None
    return errors.translation


# What follows from the definitions.


def test_an_estimate_that_is_the_truth_has_no_error() -> None:
    path = CameraPath.preset("arc-left", num_frames=21).poses
    errors = pose_errors(path, path)
    assert errors.num_frames == 21
    for value in (*vars(errors.rotation).values(), *vars(translation(errors)).values()):
        assert value == pytest.approx(0, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["arc-left", "dolly-in", "crane-up"]))
def test_any_rigid_move_of_the_world_and_a_scale_of_3_7_change_nothing(seed: int, preset: str) -> None:
    rng = np.random.default_rng(seed)
    true = CameraPath.preset(preset, num_frames=13).poses
    moved = np.eye(4)
    moved[:3, :3], moved[:3, 3] = Rotation.random(rng=rng).as_matrix(), rng.normal(size=3) * 5
    scaled = moved @ true.matrices
    scaled[:, :3, 3] *= 3.7
    errors = pose_errors(Poses(scaled), true)
    assert errors.rotation.mean_degrees < 1e-5
    assert max(value for value in vars(translation(errors)).values() if value is not None) < 1e-4


def test_a_yaw_of_20_degrees_reached_to_nine_tenths_is_1_degree_and_1_4137_radians() -> None:
    errors = pose_errors(pan_tilt(0.9 * PROGRESS, pan_degrees=20), pan_tilt(PROGRESS, pan_degrees=20))
    assert errors.rotation.mean_degrees == pytest.approx(1.0, abs=1e-9)
    assert errors.rotation.sum_radians == pytest.approx(1.4137, abs=5e-5)
    # |i - j| over all ordered pairs averages (F + 1) / 3 steps of 2 degrees / 80.
    assert errors.rotation.pairs_degrees == pytest.approx((FRAMES + 1) / 3 * 2 / 80, abs=1e-9)
    assert errors.translation is None  # a pan goes nowhere


def test_zoom_in_against_zoom_out_is_1_and_81_and_umeyama_sees_nothing() -> None:
    errors = translation(pose_errors(line((0, 0, 1)), line((0, 0, -1))))
    assert errors.max_norm_mean == pytest.approx(1.0)
    assert errors.max_norm_sum == pytest.approx(81.0)
    assert errors.umeyama_over_extent == pytest.approx(0, abs=1e-9)  # blind to direction
    assert errors.direction_degrees == pytest.approx(180)
    # No scale that is not negative brings it nearer than staying at the start: 2 m on average 1 m away.
    assert errors.metres == pytest.approx(1.0)
    assert errors.cam_mc == pytest.approx(81.0)


def test_zoom_in_against_truck_is_0_7071() -> None:
    errors = translation(pose_errors(line((0, 0, 1)), line((1, 0, 0))))
    assert errors.max_norm_mean == pytest.approx(0.7071, abs=5e-5)
    assert errors.direction_degrees == pytest.approx(90)


def test_frechet_of_n_0_i_and_n_e1_4i_is_4() -> None:
    ours, theirs = Gaussian(np.zeros(3), np.eye(3), 5000), Gaussian(np.eye(3)[0], 4 * np.eye(3), 5000)
    found = frechet_distance(ours, theirs)
    assert found.value == pytest.approx(4.0, abs=1e-12)
    assert found.note == ""


def test_flicker_of_still_alternating_and_growing_clips_is_1_and_0_and_0_99608() -> None:
    def grey(*values: int) -> list[np.ndarray]:
        return [np.full((16, 20, 3), value, np.uint8) for value in values]

    assert flicker(grey(7, 7, 7)) == 1.0
    assert flicker(grey(0, 255, 0, 255)) == 0.0
    assert flicker(grey(0, 1, 2, 3)) == pytest.approx(0.99608, abs=5e-6)


# Videos with known cameras, from mp4 to figures.

CLIP_FRAMES, TAKEN = 13, 7
STEPS = np.linspace(0, 1, CLIP_FRAMES)
MOVES: dict[str, Poses] = {
    "arc": arc(STEPS, 30, 4.0),
    "dolly-in": translate(STEPS, (0, 0, 1.5)),
    "truck": translate(STEPS, (1.5, 0, 0)),
    "pan": pan_tilt(STEPS, pan_degrees=20),
    "static": Poses.identity(CLIP_FRAMES),
}
CLIPS = {  # the camera that was asked for, and the video that came
    "arc": ("arc", "arc"),
    "dolly": ("dolly-in", "dolly-in"),
    "truck": ("truck", "truck"),
    "pan": ("pan", "pan"),
    "static": ("static", "static"),
    "wrong way": ("dolly-in", "dolly-out"),
    "does not follow": ("dolly-in", "static"),
    "turns instead": ("dolly-in", "pan"),
    "blank": ("dolly-in", "blank"),
    "blank pan": ("pan", "blank"),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Found]:
    """What ``score`` says of the cameras of CLIPS."""
    folder = tmp_path_factory.mktemp("known")
    pictures = {name: save_film(folder / f"{name}.mp4", poses) for name, poses in MOVES.items()}
    save_frames(folder / "dolly-out.mp4", pictures["dolly-in"][::-1])
    save_frames(folder / "blank.mp4", np.full_like(pictures["pan"], 128))
    for name, poses in MOVES.items():
        save_path(folder / f"{name}.json", poses)
    rows = [
        {"id": name, "source": "static.mp4", "generated": f"{shown}.mp4", "camera": f"{asked}.json",
         "fov_degrees": 62}
        for name, (asked, shown) in CLIPS.items()
    ]  # fmt: skip
    records = score_rows(folder, rows, Settings(pose_frames=TAKEN, only=("cameras",)))
    assert [record.reason for record in records.values()] == [""] * len(rows)
    return {name: record.found["cameras"] for name, record in records.items()}


@pytest.mark.parametrize("name", ["arc", "dolly", "truck"])
def test_a_true_travelling_clip_is_near_zero(found: Mapping[str, Found], name: str) -> None:
    values = found[name].values
    assert (found[name].details["kind"], found[name].details["registered"]) == ("full", TAKEN)
    assert _value(values, "rotation.mean_degrees") < 0.25
    assert _value(values, "rotation.pairs_degrees") < 0.25
    assert _value(values, "rotation.sum_radians") < np.radians(0.25) * TAKEN
    assert _value(values, "translation.max_norm_mean") < 0.02
    assert _value(values, "translation.umeyama_over_extent") < 0.02
    assert _value(values, "translation.metres") < 0.03
    assert _value(values, "translation.direction_degrees") < 2
    assert _value(values, "cam_mc") < 0.15
    assert not found[name].missing


def test_a_true_pan_is_near_zero_and_has_no_translation(found: Mapping[str, Found]) -> None:
    pan = found["pan"]
    assert (pan.details["kind"], pan.details["method"]) == ("rotation", "rotation")
    assert _value(pan.values, "rotation.mean_degrees") < 0.1
    _has_no_translation(pan)


def test_a_true_still_clip_is_exactly_zero_and_has_no_translation(found: Mapping[str, Found]) -> None:
    still = found["static"]
    assert still.details["kind"] == "static"
    for name in ("mean_degrees", "sum_radians", "pairs_degrees"):
        assert still.values[f"rotation.{name}"] == 0
    _has_no_translation(still)


def test_a_clip_that_goes_the_wrong_way_is_told_by_all_but_umeyama(found: Mapping[str, Found]) -> None:
    values = found["wrong way"].values
    assert values["translation.max_norm_mean"] == pytest.approx(1.0, abs=0.03)
    assert values["translation.direction_degrees"] == pytest.approx(180, abs=3)
    # Best is not to move at all: 1.5 m away at the end, half of it on average.
    assert values["translation.metres"] == pytest.approx(0.75, abs=0.01)
    assert values["cam_mc"] == pytest.approx(TAKEN, abs=0.3)
    assert _value(values, "translation.umeyama_over_extent") < 0.02


@pytest.mark.parametrize(("name", "kind"), [("does not follow", "static"), ("turns instead", "rotation")])
def test_a_clip_that_does_not_travel_is_as_wrong_as_the_way_is_long(
    found: Mapping[str, Found], name: str, kind: str
) -> None:
    stays = found[name]
    assert stays.details["kind"] == kind
    assert stays.values["translation.max_norm_mean"] == pytest.approx(0.5)
    assert stays.values["translation.max_norm_sum"] == pytest.approx(0.5 * TAKEN)
    assert stays.values["translation.metres"] == pytest.approx(0.75)
    assert stays.values["translation.direction_degrees"] is None
    assert stays.missing["translation.direction_degrees"].status == "undefined"
    turned = 10 if kind == "rotation" else 0  # degrees, on average over a pan of 20
    assert stays.values["rotation.mean_degrees"] == pytest.approx(turned, abs=0.1)


def test_a_blank_clip_fails_with_its_reason(found: Mapping[str, Found]) -> None:
    blank = found["blank"]
    assert set(blank.values.values()) == {None}
    assert {missing.status for missing in blank.missing.values()} == {"failed"}
    assert "shows too little to recognise" in blank.missing["rotation.mean_degrees"].reason
    assert "of 7 frames spread over the clip" in blank.missing["cam_mc"].reason


def test_a_blank_clip_fails_no_figure_that_its_target_does_not_have(found: Mapping[str, Found]) -> None:
    pan = found["blank pan"]
    for name in ("mean_degrees", "sum_radians", "pairs_degrees"):
        assert pan.missing[f"rotation.{name}"].status == "failed"
    _has_no_translation(pan)


def test_the_lens_that_a_clip_speaks_for_is_said_beside_the_given_one(found: Mapping[str, Found]) -> None:
    for name in ("arc", "pan"):
        focal = found[name].details["focal"]
        assert focal["given"] == focal["used"]
        assert focal["given"]["degrees"] == pytest.approx(62)
        assert focal["refined"]["degrees"] == pytest.approx(62, abs=2.5)
        assert focal["refined"]["pixels"] != focal["given"]["pixels"]
    for name in ("truck", "static"):  # which any lens fits as well
        assert found[name].details["focal"]["refined"] is None


def _value(values: Mapping[str, float | None], name: str) -> float:
    value = values[name]
    assert value is not None
    return value


def _has_no_translation(found: Found) -> None:
    names = [name for name in found.values if name.startswith("translation.")] + ["cam_mc"]
    assert len(names) == 6
    for name in names:
        assert found.values[name] is None
        assert found.missing[name].status == "undefined"
        assert found.missing[name].reason == "the target does not move"
