"""Starts and moves of the bundled model's world, which are near the rules of the published data set."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from recam.camera import CameraPath
from recam.worlds.rules import HEMISPHERE_RADII, MOVE_KINDS, Move
from recam.worlds.tiny.rules import (
    BASIC_NAMES,
    basic_moves,
    draw_basic_move,
    draw_move,
    draw_start,
    speed_curve,
)

FRAMES = 9
DISTANCE = 5.0


@pytest.fixture(scope="module")
def moves() -> dict[str, list[Move]]:
    rng = np.random.default_rng(0)
    by_kind: dict[str, list[Move]] = defaultdict(list)
    for _ in range(2400):
        move = draw_move(rng, FRAMES, DISTANCE)
        by_kind[move.kind].append(move)
    return by_kind


def _values(moves: list[Move], name: str) -> np.ndarray:
    return np.array([move.parameters[name] for move in moves])


def test_kinds_are_equally_frequent(moves: dict[str, list[Move]]) -> None:
    assert set(moves) == set(MOVE_KINDS)
    assert all(230 < len(of_kind) < 370 for of_kind in moves.values())  # 300 expected, sigma 16


@pytest.mark.parametrize(
    ("kind", "parameter", "low", "high"),
    [
        ("pan", "degrees", 5, 45),
        ("tilt", "degrees", 5, 30),
        ("arc", "degrees", 15, 75),
        ("truck", "metres", DISTANCE / 4, DISTANCE),
        ("crane", "metres", DISTANCE / 4, DISTANCE),
    ],
)
def test_ranges_on_both_sides(
    moves: dict[str, list[Move]], kind: str, parameter: str, low: float, high: float
) -> None:
    drawn = _values(moves[kind], parameter)
    for side in (drawn[drawn > 0], -drawn[drawn < 0]):
        assert low <= side.min() < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < side.max() <= high
        assert 0.4 < len(side) / len(drawn) < 0.6


def test_a_dolly_stops_half_a_metre_before_the_subject(moves: dict[str, list[Move]]) -> None:
    drawn = _values(moves["dolly"], "metres")
    assert drawn.max() == pytest.approx(DISTANCE - 0.5)
    assert -DISTANCE <= drawn.min() < -0.9 * DISTANCE
    assert abs(drawn).min() >= DISTANCE / 4


def test_parameters_are_what_the_poses_do(moves: dict[str, list[Move]]) -> None:
    """The recorded number is the full move: the last frame has it, in the stated direction."""
    for move in moves["pan"]:
        forward = move.poses.rotations[-1, :, 2]
        assert np.degrees(np.arctan2(forward[0], forward[2])) == pytest.approx(move.parameters["degrees"])
    for move in moves["tilt"]:
        forward = move.poses.rotations[-1, :, 2]
        assert np.degrees(np.arctan2(-forward[1], forward[2])) == pytest.approx(move.parameters["degrees"])
    for axis, kind in enumerate(("truck", "crane", "dolly")):
        for move in moves[kind]:
            expected = np.eye(3)[axis] * move.parameters["metres"]
            np.testing.assert_allclose(move.poses.translations[-1], expected, atol=1e-9)
            np.testing.assert_allclose(move.poses.rotations, np.tile(np.eye(3), (FRAMES, 1, 1)))
    for move in moves["static"]:
        np.testing.assert_array_equal(move.poses.matrices, np.tile(np.eye(4), (FRAMES, 1, 1)))


def test_an_arc_keeps_its_distance_and_its_eyes_on_the_subject(moves: dict[str, list[Move]]) -> None:
    subject = np.array([0, 0, DISTANCE])
    for move in moves["arc"]:
        towards = subject - move.poses.translations
        np.testing.assert_allclose(np.linalg.norm(towards, axis=1), DISTANCE)
        np.testing.assert_allclose(move.poses.rotations[:, :, 2], towards / DISTANCE, atol=1e-9)
        side = np.sign(move.poses.translations[-1, 0])
        assert side == np.sign(move.parameters["degrees"])


def test_a_random_path_is_as_long_as_drawn(moves: dict[str, list[Move]]) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        move = draw_move(rng, 400, DISTANCE, "random")
        length = np.linalg.norm(np.diff(move.poses.translations, axis=0), axis=1).sum()
        # Smoothing bends the path a little: one straight piece is exact, three may be up to a seventh longer.
        assert DISTANCE / 4 <= move.parameters["metres"] <= DISTANCE
        assert 0.99 < length / move.parameters["metres"] < 1.15


def test_every_move_begins_at_its_start(moves: dict[str, list[Move]]) -> None:
    for of_kind in moves.values():
        for move in of_kind:
            assert len(move.poses) == FRAMES
            np.testing.assert_allclose(move.poses.matrices[0], np.eye(4), atol=1e-12)


def test_half_run_at_constant_speed(moves: dict[str, list[Move]]) -> None:
    constant = np.mean(["a" not in move.parameters for of_kind in moves.values() for move in of_kind])
    assert 0.45 < constant < 0.55
    for move in moves["truck"]:
        steps = np.diff(move.poses.translations[:, 0])
        if "a" not in move.parameters:
            np.testing.assert_allclose(steps, steps[0])
        else:  # a > 0 starts fast, a < 0 slowly
            assert (abs(steps[0]) > abs(steps[-1])) == (move.parameters["a"] > 0)


@pytest.mark.parametrize("a", [None, 0.0, 1e-9, 0.5, 4.0, -0.5, -4.0])
def test_the_speed_curve_runs_from_0_to_1(a: float | None) -> None:
    curve = speed_curve(81, a)
    assert curve[0] == 0.0
    assert curve[-1] == pytest.approx(1.0)
    assert (np.diff(curve) > 0).all()


def test_the_speed_curve_is_the_published_formula() -> None:
    # By hand: (1 - exp(-2 / 2)) / (1 - exp(-2)) = 0.632121 / 0.864665
    assert speed_curve(3, 2.0)[1] == pytest.approx(0.7310586, abs=1e-6)
    assert speed_curve(3, -2.0)[1] == pytest.approx(1 - 0.7310586, abs=1e-6)
    np.testing.assert_allclose(speed_curve(5, None), [0, 0.25, 0.5, 0.75, 1])


def test_starts_lie_on_the_hemispheres_and_look_at_the_subject() -> None:
    rng = np.random.default_rng(2)
    subject = np.array([0, 0, 0.8])
    seen = set()
    for _ in range(500):
        start, distance = draw_start(rng)
        seen.add(distance)
        towards = subject - start.translations[0]
        assert np.linalg.norm(towards) == pytest.approx(distance)
        np.testing.assert_allclose(start.rotations[0, :, 2], towards / distance, atol=1e-9)
        pitch = np.degrees(np.arcsin(-towards[2] / distance))
        assert 0 < pitch <= 45
        assert start.rotations[0, 2, 0] == pytest.approx(0, abs=1e-12)  # no roll: its right side is level
        assert start.rotations[0, 2, 1] < 0  # the picture's down is the world's down
    assert seen == set(HEMISPHERE_RADII)


def test_basic_moves_are_the_presets() -> None:
    for name, move in zip(BASIC_NAMES, basic_moves(FRAMES), strict=True):
        assert move.kind == name
        np.testing.assert_array_equal(
            move.poses.matrices, CameraPath.preset(name, num_frames=FRAMES).poses.matrices
        )


def test_drawn_basic_moves_have_every_name_and_strength() -> None:
    rng = np.random.default_rng(3)
    drawn = [draw_basic_move(rng, FRAMES) for _ in range(1000)]
    assert {move.kind for move in drawn} == set(BASIC_NAMES)
    strengths = _values(drawn, "strength")
    assert 0.15 <= strengths.min() < 0.17
    assert 1.13 < strengths.max() <= 1.15
    for move in drawn[:50]:
        expected = CameraPath.preset(move.kind, num_frames=FRAMES, strength=move.parameters["strength"])
        np.testing.assert_array_equal(move.poses.matrices, expected.poses.matrices)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kinds are pan, tilt"):
        draw_move(np.random.default_rng(0), FRAMES, DISTANCE, "wobble")
