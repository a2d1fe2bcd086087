"""Axis swaps and units, each against a pose whose answer is known by hand."""

from __future__ import annotations

import numpy as np
from camera_helpers import assert_close, pose_lists
from hypothesis import given, settings

from recam.camera import Poses
from recam.camera.conventions import from_opengl, from_unreal, to_opengl, to_unreal


def test_unreal_camera_one_metre_ahead_right_and_up() -> None:
    matrix = np.eye(4)
    matrix[3, :3] = (100, 200, 300)  # centimetres forward, right, up
    assert np.allclose(from_unreal(matrix[None]).translations, [[2, -3, 1]])


def test_unreal_yaw_to_the_right() -> None:
    turn = np.radians(30)
    matrix = np.eye(4)
    # Row-vector form: row 0 is the camera's forward axis in the world, here turned from forward to right.
    matrix[0, :2] = (np.cos(turn), np.sin(turn))
    matrix[1, :2] = (-np.sin(turn), np.cos(turn))
    view_direction = from_unreal(matrix[None]).rotations[0, :, 2]
    assert np.allclose(view_direction, [np.sin(turn), 0, np.cos(turn)])


def test_absolute_unreal_poses_are_proper_rotations() -> None:
    rolled = np.eye(4)
    rolled[:3, :3] = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert np.isclose(np.linalg.det(from_unreal(rolled[None]).rotations[0]), 1)


def test_opengl_camera_looks_along_minus_z() -> None:
    pose = from_opengl(np.eye(4)[None])
    assert np.allclose(pose.rotations[0, :, 2], [0, 0, -1])
    assert np.allclose(pose.rotations[0, :, 1], [0, -1, 0])


@given(pose_lists())
@settings(deadline=None, max_examples=30)
def test_swaps_round_trip(poses: Poses) -> None:
    assert_close(from_unreal(to_unreal(poses)), poses)
    assert_close(from_opengl(to_opengl(poses)), poses)
