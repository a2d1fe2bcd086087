"""The parts of solving on exact numbers: rotations from matches, epipolar lines, masks, pairs, silence."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recam.camera import Intrinsics, Poses
from recam.camera.moves import pan_tilt
from recam.camera.solve.evidence import fundamental_of, line_distance
from recam.camera.solve.features import Features, FrameFeatures, frame_pairs
from recam.camera.solve.masks import find_moving, moving_area
from recam.camera.solve.native import quiet
from recam.camera.solve.rotation import Matches, fit_rotations, residuals, thin

LENS = Intrinsics.from_fov_degrees(60, 480, 288)


def _turning_matches(rotations: np.ndarray, wrong: float, seed: int = 0) -> Matches:
    """Exact matches of far points seen by turning cameras; a share ``wrong`` of them moves along."""
    rng = np.random.default_rng(seed)
    first, second, a, b = [], [], [], []
    for i, j in frame_pairs(len(rotations)):
        seen = rng.uniform((0, 0), (LENS.width, LENS.height), (120, 2))
        rays = np.concatenate([seen, np.ones((120, 1))], axis=1) @ np.linalg.inv(LENS.matrix).T
        turned = rays @ rotations[i].T @ rotations[j] @ LENS.matrix.T
        there = turned[:, :2] / turned[:, 2:]
        stray = rng.random(120) < wrong
        there[stray] = seen[stray] + (9.0, -4.0) * np.array(j - i) + rng.normal(0, 0.5, (int(stray.sum()), 2))
        first.append(np.full(120, i))
        second.append(np.full(120, j))
        a.append(seen)
        b.append(there)
    count = 120 * len(first)
    return Matches(*(np.concatenate(part) for part in (first, second, a, b)), np.full(count, 1 / 120))


@pytest.mark.parametrize("wrong", [0.0, 0.4])
@pytest.mark.parametrize("refine", [False, True])
def test_turns_are_exact_whatever_moves(wrong: float, refine: bool) -> None:
    true = pan_tilt(np.linspace(0, 1, 9), pan_degrees=25, tilt_degrees=8).rotations
    start = Intrinsics.from_fov_degrees(48, 480, 288) if refine else LENS
    fit = fit_rotations(_turning_matches(true, wrong), 9, start, refine, unit=1.0, seed=0)
    error = Poses.from_parts(fit.rotations.swapaxes(1, 2) @ true, np.zeros((1, 3))).rotation_angle_degrees()
    assert error.max() < (0.02 if wrong else 1e-4)
    assert fit.lens.fx == pytest.approx(LENS.fx, rel=2e-3 if wrong else 1e-5)
    assert fit.focal_found is refine


def test_a_turn_that_is_too_small_does_not_tell_the_lens() -> None:
    true = pan_tilt(np.linspace(0, 1, 3), pan_degrees=0.3).rotations
    start = Intrinsics.from_fov_degrees(48, 480, 288)
    matches = _turning_matches(true, 0.0)
    noise = np.random.default_rng(1).normal(0, 0.2, matches.b.shape)
    noisy = Matches(matches.first, matches.second, matches.a, matches.b + noise, matches.weights)
    fit = fit_rotations(noisy, 3, start, True, unit=1.0, seed=0)
    assert not fit.focal_found
    assert fit.lens == start
    assert fit.noise == pytest.approx(0.2, rel=0.2)


def test_residuals_are_zero_for_the_truth() -> None:
    true = pan_tilt(np.linspace(0, 1, 5), pan_degrees=-15).rotations
    assert np.abs(residuals(_turning_matches(true, 0.0), true, LENS)).max() < 1e-9


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.floats(-0.5, 0.5)] * 3), st.tuples(*[st.floats(0.1, 1)] * 3))
def test_still_points_lie_on_their_epipolar_lines(turn: tuple, shift: tuple) -> None:
    pose = Poses.from_parts(Rotation.from_rotvec(turn).as_matrix()[None], [shift])
    points = np.random.default_rng(0).uniform((-2, -2, 4), (2, 2, 9), (50, 3))
    seen = []
    for view in (np.eye(4), pose.invert().matrices[0]):
        pixels = (points @ view[:3, :3].T + view[:3, 3]) @ LENS.matrix.T
        seen.append(pixels[:, :2] / pixels[:, 2:])
    fundamental = fundamental_of(LENS, pose.matrices[0])
    assert line_distance(*seen, fundamental).max() < 1e-6
    # A point moved off its line by d pixels in both pictures' sum of squares is at least d / sqrt(2) away.
    line = np.concatenate([seen[0], np.ones((50, 1))], axis=1) @ fundamental.T
    normal = line[:, :2] / np.linalg.norm(line[:, :2], axis=1, keepdims=True)
    off = line_distance(seen[0], seen[1] + 2 * normal, fundamental)
    assert (off <= 2 + 1e-6).all()
    assert (off > 0).all()


@pytest.mark.parametrize("count", [2, 3, 9, 21, 81])
def test_pairs_reach_far_and_stay_few(count: int) -> None:
    pairs = frame_pairs(count)
    assert {(index, index + 1) for index in range(count - 1)} <= set(pairs)
    assert (0, count - 1) in pairs
    assert len(set(pairs)) == len(pairs) <= count * count.bit_length()
    assert all(0 <= first < second < count for first, second in pairs)


def test_thinning_takes_evenly_from_every_pair() -> None:
    true = pan_tilt(np.linspace(0, 1, 4), pan_degrees=5).rotations
    matches = _turning_matches(true, 0.0)
    few = thin(matches, 50)
    pairs, counts = np.unique(few.first * 10 + few.second, return_counts=True)
    assert len(pairs) == len(frame_pairs(4))
    assert ((counts <= 50) & (counts >= 30)).all()


def test_what_breaks_the_geometry_is_masked_with_its_surroundings() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform((0, 0), (480, 288), (400, 2))
    moves = np.linalg.norm(points - (150, 150), axis=1) < 60
    features = FrameFeatures(
        [Features(points, np.zeros((400, 128), np.float32), np.full(400, 1 / 400))] * 8, 480, 288
    )
    every = np.stack([np.arange(400)] * 2, axis=1)
    matches = dict.fromkeys(frame_pairs(8), every)
    # One match in twenty is wrong without moving; one in ten that moves obeys by chance.
    holds = {pair: np.where(moves, rng.random(400) < 0.1, rng.random(400) > 0.05) for pair in matches}
    masks = find_moving(features, matches, holds)
    deep = np.linalg.norm(points - (150, 150), axis=1) > 90
    assert min(mask[moves].mean() for mask in masks) > 0.97
    assert np.mean([mask[deep].mean() for mask in masks]) < 0.1
    assert moving_area(features, masks) == pytest.approx(moves.mean(), abs=0.12)


def test_native_noise_is_hushed_and_ours_is_not(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"diary\n")
        print("ours", file=sys.stderr)
    os.write(2, b"after\n")
    captured = capfd.readouterr().err
    assert "diary" not in captured
    assert "after" in captured
    assert sys.stderr is not None


def test_quiet_ends_with_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), quiet():
        raise KeyError("x")
    os.write(2, b"heard\n")
    assert "heard" in capfd.readouterr().err
