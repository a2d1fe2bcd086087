"""Every camera error against answers that are known without running it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recam.camera import CameraPath, Poses
from recam.camera.moves import pan_tilt, translate
from recam.errors import InputError
from recam.evaluation.pose_error import align_similarity, pose_errors

FRAMES = 81
PROGRESS = np.linspace(0, 1, FRAMES)


def line(direction: tuple[float, float, float], metres: float = 2.0) -> Poses:
    return translate(PROGRESS, np.asarray(direction) * metres)


def test_an_estimate_that_is_the_truth_has_no_error() -> None:
    path = CameraPath.preset("arc-left", num_frames=21).poses
    errors = pose_errors(path, path)
    assert errors.rotation.mean_degrees == pytest.approx(0, abs=1e-5)
    assert errors.rotation.sum_radians == pytest.approx(0, abs=1e-6)
    assert errors.rotation.pairs_degrees == pytest.approx(0, abs=1e-5)
    assert errors.translation is not None
    for value in vars(errors.translation).values():
        assert value == pytest.approx(0, abs=1e-5)
    assert errors.num_frames == 21


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["arc-left", "dolly-in", "crane-up"]))
def test_a_rigid_move_of_the_world_and_another_scale_change_nothing(seed: int, preset: str) -> None:
    rng = np.random.default_rng(seed)
    true = CameraPath.preset(preset, num_frames=13).poses
    moved = np.eye(4)
    moved[:3, :3], moved[:3, 3] = Rotation.random(random_state=seed).as_matrix(), rng.normal(size=3) * 5
    scaled = moved @ true.matrices
    scaled[:, :3, 3] *= 3.7
    errors = pose_errors(Poses(scaled), true)
    assert errors.rotation.mean_degrees < 1e-5
    assert errors.translation is not None
    assert max(value for value in vars(errors.translation).values() if value is not None) < 1e-4


def test_a_pan_that_stops_at_nine_tenths() -> None:
    errors = pose_errors(pan_tilt(0.9 * PROGRESS, pan_degrees=20), pan_tilt(PROGRESS, pan_degrees=20))
    assert errors.rotation.mean_degrees == pytest.approx(1.0, abs=1e-9)
    assert errors.rotation.sum_radians == pytest.approx(1.4137, abs=5e-5)
    # |i - j| over all ordered pairs averages (F + 1) / 3 steps of 2 degrees / 80.
    assert errors.rotation.pairs_degrees == pytest.approx((FRAMES + 1) / 3 * 2 / 80, abs=1e-9)
    assert errors.translation is None  # a pan goes nowhere


def test_going_in_instead_of_out() -> None:
    errors = pose_errors(line((0, 0, 1)), line((0, 0, -1)))
    assert errors.translation is not None
    assert errors.translation.max_norm_mean == pytest.approx(1.0)
    assert errors.translation.max_norm_sum == pytest.approx(81.0)
    assert errors.translation.umeyama_over_extent == pytest.approx(0, abs=1e-9)  # blind to direction
    assert errors.translation.direction_degrees == pytest.approx(180)
    # No scale that is not negative brings it nearer than staying at the start: 2 m on average 1 m away.
    assert errors.translation.metres == pytest.approx(1.0)
    assert errors.translation.cam_mc == pytest.approx(81.0)


def test_going_in_instead_of_aside() -> None:
    errors = pose_errors(line((0, 0, 1)), line((1, 0, 0)))
    assert errors.translation is not None
    assert errors.translation.max_norm_mean == pytest.approx(0.7071, abs=5e-5)
    assert errors.translation.direction_degrees == pytest.approx(90)


def test_metres_knows_the_truth_in_metres() -> None:
    wobble = line((1, 0, 0)).matrices.copy()
    wobble[1::2, 1, 3] += 0.1  # 40 of the 81 frames are 0.1 off, across the way
    errors = pose_errors(Poses(wobble), line((1, 0, 0)))
    assert errors.translation is not None
    assert errors.translation.metres == pytest.approx(0.1 * 40 / 81, rel=0.05)  # the scale gives in a little


def test_cam_mc_counts_turns_and_ways() -> None:
    # Half a turn about an axis differs from none by a matrix of Frobenius norm sqrt(8).
    half = np.tile(np.eye(4), (2, 1, 1))
    half[1, :3, :3] = np.diag([-1.0, 1.0, -1.0])
    half[1, :3, 3] = (0, 0, 1)
    ahead = np.tile(np.eye(4), (2, 1, 1))
    ahead[1, :3, 3] = (0, 0, -1)
    errors = pose_errors(Poses(half), Poses(ahead))
    assert errors.translation is not None
    assert errors.translation.cam_mc == pytest.approx(np.sqrt(8 + 4))


def test_an_estimate_that_stays_at_its_start_is_as_wrong_as_the_way_is_long() -> None:
    errors = pose_errors(Poses.identity(FRAMES), line((0, 0, 1)))
    assert errors.translation is not None
    assert errors.translation.direction_degrees is None
    assert errors.translation.max_norm_mean == pytest.approx(0.5)
    assert errors.translation.metres == pytest.approx(1.0)
    # The nearest single point of a line is its middle: a quarter of its length away on average.
    assert errors.translation.umeyama_over_extent == pytest.approx(0.25, rel=0.02)


def test_similarity_finds_what_was_done_and_never_mirrors() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(30, 3))
    turn, shift = Rotation.from_euler("xyz", [20, 130, -60], degrees=True).as_matrix(), np.array([1.0, -2, 3])
    scale, rotation, move = align_similarity(points, 2.5 * points @ turn.T + shift)
    assert scale == pytest.approx(2.5)
    np.testing.assert_allclose(rotation, turn, atol=1e-12)
    np.testing.assert_allclose(move, shift, atol=1e-12)
    _, mirrored, _ = align_similarity(points, points * [1, 1, -1])
    assert np.linalg.det(mirrored) == pytest.approx(1)


def test_paths_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(InputError, match="81 and 80 frames"):
        pose_errors(line((0, 0, 1)), line((0, 0, 1))[:80])
    with pytest.raises(InputError, match="one frame"):
        pose_errors(Poses.identity(1), Poses.identity(1))
