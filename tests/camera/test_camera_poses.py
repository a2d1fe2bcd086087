"""Laws of rigid motions, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from camera_helpers import assert_close, pose_lists
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recam.camera import Poses
from recam.camera.resample import resample
from recam.errors import InputError


@given(pose_lists())
@settings(deadline=None, max_examples=50)
def test_inverse_undoes(poses: Poses) -> None:
    one = Poses.identity(len(poses))
    assert_close(poses @ poses.invert(), one)
    assert_close(poses.invert() @ poses, one)
    assert_close(poses.invert().invert(), poses)


@given(pose_lists(max_size=1), pose_lists(max_size=1), pose_lists())
@settings(deadline=None, max_examples=50)
def test_composition_is_associative_with_identity(a: Poses, b: Poses, c: Poses) -> None:
    assert_close((a @ b) @ c, a @ (b @ c))
    assert_close(Poses.identity() @ c, c)
    assert_close(c @ Poses.identity(), c)


@given(pose_lists(), pose_lists(max_size=1), pose_lists(max_size=1))
@settings(deadline=None, max_examples=50)
def test_relative_poses_do_not_see_a_global_move(poses: Poses, anchor: Poses, world: Poses) -> None:
    assert_close((world @ poses).relative_to(world @ anchor), poses.relative_to(anchor))


@given(pose_lists(min_size=2), st.integers(1, 12))
@settings(deadline=None, max_examples=50)
def test_resampling_keeps_ends_and_rigidity(poses: Poses, count: int) -> None:
    new = resample(poses, count)
    assert len(new) == count
    assert np.array_equal(new.matrices[0], poses.matrices[0])
    if count > 1:
        assert np.array_equal(new.matrices[-1], poses.matrices[-1])
    low, high = poses.translations.min(axis=0), poses.translations.max(axis=0)
    assert (new.translations >= low - 1e-9).all()
    assert (new.translations <= high + 1e-9).all()


@given(pose_lists(min_size=2), st.integers(1, 6))
@settings(deadline=None, max_examples=25)
def test_resampling_finer_keeps_every_given_pose(poses: Poses, factor: int) -> None:
    finer = resample(poses, (len(poses) - 1) * factor + 1)
    assert np.array_equal(finer.matrices[::factor], poses.matrices)


def test_resampling_turns_at_constant_speed() -> None:
    ends = Poses.from_parts(
        Rotation.from_euler("y", [[0], [90]], degrees=True).as_matrix(), [[0, 0, 0], [3, 0, 6]]
    )
    new = resample(ends, 4)
    assert np.allclose(new.rotation_angle_degrees(), [0, 30, 60, 90])
    assert np.allclose(new.translations[1], [1, 0, 2])


def test_resampling_one_pose_repeats_it() -> None:
    assert resample(Poses.identity(), 3) == Poses.identity(3)
    with pytest.raises(InputError, match="at least one frame"):
        resample(Poses.identity(), 0)


def test_poses_cannot_be_changed() -> None:
    given = np.tile(np.eye(4), (2, 1, 1))
    poses = Poses(given)
    given[0, 0, 3] = 5
    assert poses.matrices[0, 0, 3] == 0
    for array in (poses.matrices, poses.translations, poses.invert().matrices, poses[0].rotations):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        poses.matrices = given  # type: ignore[misc]


def test_three_rows_are_enough_and_indexing_keeps_poses() -> None:
    poses = Poses(np.tile(np.eye(4)[:3], (3, 1, 1)))
    assert poses.matrices.shape == (3, 4, 4)
    assert len(poses[1:]) == 2
    assert len(poses[-1]) == 1
    assert [len(pose) for pose in poses] == [1, 1, 1]
    assert poses[:2] == Poses.identity(2)
    assert hash(poses[:2]) == hash(Poses.identity(2))
    with pytest.raises(IndexError):
        poses[3]
    with pytest.raises(InputError, match="holds none of 3 poses"):
        poses[3:]


def test_small_angles_are_exact() -> None:
    turns = Rotation.from_euler("y", [[1e-6], [20], [180]], degrees=True).as_matrix()
    assert np.allclose(
        Poses.from_parts(turns, np.zeros((1, 3))).rotation_angle_degrees(), [1e-6, 20, 180], rtol=1e-6
    )


def spoil(row: int, column: int, value: float) -> np.ndarray:
    matrices = np.tile(np.eye(4), (3, 1, 1))
    matrices[1, row, column] = value
    return matrices


@pytest.mark.parametrize(
    ("matrices", "reason"),
    [
        (spoil(0, 3, np.nan), "pose 1 holds a number that is not finite"),
        (spoil(0, 0, np.inf), "pose 1 holds a number that is not finite"),
        (spoil(0, 0, -1), "pose 1 mirrors space"),
        (spoil(0, 0, 1.01), "pose 1 is not a rotation"),
        (spoil(0, 0, 0), "pose 1 mirrors space"),
        (spoil(3, 0, 1), "pose 1 lacks the constant 0 0 0 1"),
        (np.eye(4), "shape"),
        (np.zeros((0, 4, 4)), "shape"),
        (np.zeros((2, 3, 3)), "shape"),
        ([["a"]], "numbers"),
    ],
)
def test_what_is_no_rigid_motion_is_refused(matrices: np.ndarray, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Poses(matrices)


def test_lengths_must_fit() -> None:
    with pytest.raises(InputError, match="cannot compose 2 poses with 3"):
        Poses.identity(2) @ Poses.identity(3)
    with pytest.raises(InputError, match="2 rotations do not fit 3 translations"):
        Poses.from_parts(np.tile(np.eye(3), (2, 1, 1)), np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"rotations must be \[frames, 3, 3\]"):
        Poses.from_parts(np.eye(3), np.zeros((3, 3)))
