"""General moves, from which presets and synthetic cameras are built."""

from __future__ import annotations

import numpy as np
import pytest

from recam.camera.moves import arc, look_at, pan_tilt, translate
from recam.errors import InputError

STEPS = np.linspace(0, 1, 5)


def test_pan_and_tilt_together_have_no_roll() -> None:
    poses = pan_tilt(STEPS, pan_degrees=40, tilt_degrees=25)
    assert np.allclose(poses.rotations[:, 1, 0], 0)  # the camera's right side stays level
    forward = poses.rotations[-1, :, 2]
    assert np.degrees(np.arcsin(-forward[1])) == pytest.approx(25)
    assert np.degrees(np.arctan2(forward[0], forward[2])) == pytest.approx(40)


@pytest.mark.parametrize("degrees", [75.0, -30.0, 180.0, 300.0])
def test_circle_keeps_its_distance_and_looks_at_the_subject(degrees: float) -> None:
    poses = arc(STEPS, degrees, subject_distance=5)
    seen = poses.invert().matrices @ (0, 0, 5, 1)
    assert np.allclose(seen, [0, 0, 5, 1])
    assert np.sign(poses.translations[1, 0]) == np.sign(degrees)


def test_chord_and_circle_share_their_ends() -> None:
    circle, chord = arc(STEPS, 60), arc(STEPS, 60, along="chord")
    assert np.allclose(circle.matrices[[0, -1]], chord.matrices[[0, -1]])
    assert np.linalg.norm(chord.translations[2] - (0, 0, 4)) < 3.9


def test_look_at_in_a_world_with_z_up() -> None:
    pose = look_at([[10.0, 0, 2]], (0, 0, 2), down=(0, 0, -1))
    assert np.allclose(pose.rotations[0], np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]]))


def test_impossible_moves_are_refused() -> None:
    with pytest.raises(InputError, match="camera 1 sits on the point"):
        look_at([[0, 0, 0], [0, 0, 4]], (0, 0, 4))
    with pytest.raises(InputError, match="camera 0 looks straight up or down"):
        look_at([[0, 4, 0]], (0, 0, 0))
    with pytest.raises(InputError, match="three finite numbers"):
        translate(STEPS, (1, np.nan, 0))
    with pytest.raises(InputError, match="three finite numbers"):
        translate(STEPS, (1, 2))
    with pytest.raises(InputError, match="pan_degrees must be a finite number"):
        pan_tilt(STEPS, pan_degrees=np.inf)
    with pytest.raises(InputError, match="180 degrees"):
        arc(STEPS, -180, along="chord")
    with pytest.raises(InputError, match="progress"):
        pan_tilt([], 20)
    with pytest.raises(InputError, match="subject_distance"):
        arc(STEPS, 20, subject_distance=0)
