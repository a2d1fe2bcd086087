"""Smoothing of camera paths, and the measure of shaking."""

from __future__ import annotations

import numpy as np
import pytest
from camera_helpers import assert_close, pose_lists
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recam.camera import Intrinsics, Poses
from recam.camera.smooth import jitter, lock, smooth_gaussian, tangent_path
from recam.camera.smooth_l1 import smooth_l1
from recam.errors import InputError

LENS = Intrinsics.from_fov_degrees(50, 480, 288)


def steady(
    frames: int, degrees: float, axis: tuple[float, ...] = (0.1, 1, 0.2), metres: float = 2.0
) -> Poses:
    """One axis, one speed, straight ahead, from a start that is not the identity."""
    start = Poses.from_parts(Rotation.from_rotvec([[0.3, -0.5, 0.2]]).as_matrix(), [[1.0, 2.0, 3.0]])
    share = np.linspace(0, 1, frames)[:, None]
    turns = Rotation.from_rotvec(np.radians(degrees) * share * np.asarray(axis) / np.linalg.norm(axis))
    return start @ Poses.from_parts(turns.as_matrix(), share * [0.0, 0.3, metres])


def shaken(poses: Poses, degrees: float, metres: float, seed: int = 0) -> Poses:
    rng = np.random.default_rng(seed)
    turns = Rotation.from_rotvec(np.radians(rng.normal(0, degrees, (len(poses), 3))))
    return poses @ Poses.from_parts(turns.as_matrix(), rng.normal(0, metres, (len(poses), 3)))


@pytest.mark.parametrize("degrees", [0.0, 20.0, 170.0, 700.0])
@pytest.mark.parametrize("order", [1, 2])
def test_steady_motion_is_left_alone_by_the_gaussian(degrees: float, order: int) -> None:
    poses = steady(31, degrees)
    assert_close(smooth_gaussian(poses, 6.0, order), poses, 1e-9)


def test_a_mean_lags_only_at_the_ends() -> None:
    poses = steady(61, 30)
    mean = smooth_gaussian(poses, 3.0, order=0)
    assert_close(mean[14:-14], poses[14:-14], 1e-9)
    assert mean.relative_to(poses).rotation_angle_degrees()[0] > 1


def test_the_gaussian_answers_a_wave_as_its_formula_says() -> None:
    """exp(-2 (pi f sigma)^2) for frequency f: the Fourier transform of the Gaussian."""
    frames, sigma, period = np.arange(200), 4.0, 20.0
    wave = np.radians(0.5) * np.sin(2 * np.pi * frames / period)
    poses = Poses.from_parts(Rotation.from_rotvec(np.outer(wave, [0, 1, 0])).as_matrix(), np.zeros((1, 3)))
    smooth = Rotation.from_matrix(smooth_gaussian(poses, sigma).rotations).as_rotvec()[:, 1]
    gain = np.exp(-2 * (np.pi * sigma / period) ** 2)
    np.testing.assert_allclose(smooth[40:-40], gain * wave[40:-40], atol=1e-3 * np.abs(wave).max())


@settings(max_examples=25, deadline=None)
@given(pose_lists(1, 1), st.integers(0, 1000))
def test_smoothing_commutes_with_moving_the_world(move: Poses, seed: int) -> None:
    poses = shaken(steady(12, 15), 2.0, 0.05, seed)
    for smooth in (
        lambda path: smooth_gaussian(path, 2.0),
        lambda path: smooth_gaussian(path, 2.0, order=2),
        lock,
    ):
        assert_close(smooth(move @ poses), move @ smooth(poses), 1e-7)
    before, after = jitter(poses, 15), jitter(move @ poses, 15)
    assert before.turn_degrees == pytest.approx(after.turn_degrees, abs=1e-6)
    assert before.shift == pytest.approx(after.shift, abs=1e-6)


def test_the_l1_path_commutes_with_moving_the_world() -> None:
    poses = shaken(steady(20, 15), 1.0, 0.02)
    move = steady(2, 80)[1]
    there, here = smooth_l1(move @ poses, LENS, 1.2, 15), move @ smooth_l1(poses, LENS, 1.2, 15)
    assert_close(there, here, 1e-5)


def test_locking_is_one_pose_in_the_middle() -> None:
    poses = steady(21, 40, metres=2.0)
    locked = lock(poses)
    assert all(locked[index] == locked[0] for index in range(21))
    assert_close(locked[:1], poses[10], 1e-9)


@pytest.mark.parametrize("method", ["gaussian", "l1"])
def test_shaking_goes_away(method: str) -> None:
    poses = shaken(steady(61, 25), 0.7, 0.02)
    if method == "gaussian":
        smooth = smooth_gaussian(poses, 15.0)
    else:
        smooth = smooth_l1(poses, LENS, 1.25, 15)
    before, after = jitter(poses, 15), jitter(smooth, 15)
    assert before.turn_degrees == pytest.approx(0.7 * 3**0.5, rel=0.25)
    assert after.turn_degrees < before.turn_degrees / 30
    assert after.shift < before.shift / 30


def test_jitter_leaves_out_meant_motion() -> None:
    time = np.arange(61) / 15
    ease = 25 * (time / time[-1]) ** 2 * (3 - 2 * time / time[-1])
    turns = Rotation.from_rotvec(np.radians(np.outer(ease, [0, 1, 0])))
    assert jitter(Poses.from_parts(turns.as_matrix(), np.zeros((1, 3))), 15).turn_degrees < 0.1
    assert jitter(steady(61, 90), 15).turn_degrees < 1e-6


# The L1-optimal path


def test_a_shaken_still_camera_becomes_a_still_one() -> None:
    poses = shaken(Poses.identity(41), 0.5, 0.01)
    smooth = smooth_l1(poses, LENS, 1.25, 15)
    assert np.abs(smooth.matrices - smooth.matrices[0]).max() < 1e-9


def test_steady_motion_stays_steady_and_saves_what_the_crop_allows() -> None:
    """The least total variation within a band: the same line, entered and left at the band's edges."""
    poses = steady(41, 20, axis=(0, 1, 0), metres=0.0)
    smooth = smooth_l1(poses, LENS, 1.25, 15, turns_only=True)
    turns = tangent_path(
        Rotation.from_matrix(poses.rotations[0]).inv() * Rotation.from_matrix(smooth.rotations), 0
    )
    assert np.abs(np.diff(turns, n=2, axis=0)).max() < 1e-6
    assert np.abs(turns[:, [0, 2]]).max() < 2e-2
    assert 10 < np.degrees(turns[-1, 1] - turns[0, 1]) < 19


def test_without_a_price_on_speed_steady_motion_is_left_alone() -> None:
    poses = steady(31, 20)
    assert_close(smooth_l1(poses, LENS, 1.25, 15, weights=(0.0, 1.0, 100.0)), poses, 1e-6)


@pytest.mark.parametrize("zoom", [1.02, 1.1, 1.3])
@pytest.mark.parametrize("turns_only", [False, True])
def test_the_l1_path_keeps_the_view_inside_the_picture(zoom: float, turns_only: bool) -> None:
    """Independently: the corners' rays, met with the plane at 3 m and projected into the source's frame."""
    poses = shaken(steady(31, 15, metres=0.6), 1.2, 0.02)
    smooth = smooth_l1(poses, LENS, zoom, 15, depth=3.0, turns_only=turns_only)
    if turns_only:
        np.testing.assert_array_equal(smooth.translations, poses.translations)
    seen = smooth.relative_to(poses).matrices
    worst = np.inf
    for u in (0.5, 479.5):
        for v in (0.5, 287.5):
            ray = seen[:, :3, :3] @ [(u - 240) / LENS.fx / zoom, (v - 144) / LENS.fy / zoom, 1]
            point = seen[:, :3, 3] + ray * ((3.0 - seen[:, 2, 3]) / ray[:, 2])[:, None]
            x, y = LENS.fx * point[:, 0] / 3.0 + 240, LENS.fy * point[:, 1] / 3.0 + 144
            worst = min(worst, x.min() - 0.5, 479.5 - x.max(), y.min() - 0.5, 287.5 - y.max())
    assert -0.02 < worst < 0.5, "inside by no more than a fiftieth of a pixel, and the room is used"


def test_short_clips() -> None:
    for frames in (1, 2, 3, 4):
        poses = shaken(Poses.identity(frames), 0.2, 0.001)
        assert len(smooth_l1(poses, LENS, 1.2, 15)) == frames
        assert len(smooth_gaussian(poses, 10.0, order=2)) == frames


def test_numbers_out_of_range() -> None:
    poses = Poses.identity(5)
    for sigma in (0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="sigma"):
            smooth_gaussian(poses, sigma)
    with pytest.raises(InputError, match="order"):
        smooth_gaussian(poses, 1.0, order=3)
    for zoom, fps, depth in ((1.0, 15, 4), (np.nan, 15, 4), (1.2, 0, 4), (1.2, 15, 0)):
        with pytest.raises(InputError, match="must be a number above"):
            smooth_l1(poses, LENS, zoom, fps, depth)
