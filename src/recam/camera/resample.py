"""Changing the number of frames of a camera path without changing the path."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError

MAX_FRAMES = 100_000
"""Of a path that recam makes, an hour at 25 frames a second: a slip of the pen should not fill the memory."""


def check_num_frames(num_frames: float) -> int:
    """``num_frames`` if a path that recam makes can have so many.

    Raises:
        InputError: it is no whole number from 1 to :data:`MAX_FRAMES`.
    """
    if not np.isfinite(num_frames) or num_frames != int(num_frames):
        raise InputError(f"the frames of a camera path are a whole number, not {num_frames!r}")
    if num_frames < 1:
        raise InputError(f"a camera path needs at least one frame, not {num_frames}")
    if num_frames > MAX_FRAMES:
        raise InputError(f"{num_frames} frames; a camera path has at most {MAX_FRAMES}")
    return int(num_frames)


def resample(poses: Poses, num_frames: int) -> Poses:
    """The same path with ``num_frames`` frames, spread evenly over its time from the first pose to the last.

    Rotations follow the shortest turn between neighbours at constant speed (slerp), positions straight lines.
    Frames that fall on a given pose are that pose exactly, so both ends are. One frame gives the first
    pose; a single pose is repeated.

    Raises:
        InputError: see :func:`check_num_frames`.
    """
    num_frames = check_num_frames(num_frames)
    given = len(poses)
    if given == 1 or num_frames == 1:
        return Poses(np.repeat(poses.matrices[:1], num_frames, axis=0))
    # Products before the division: whole numbers then come out whole.
    times = np.arange(num_frames) * (given - 1) / (num_frames - 1)
    before = np.minimum(times.astype(int), given - 2)
    share = (times - before)[:, None]
    rotations = Slerp(np.arange(given), Rotation.from_matrix(poses.rotations))(times).as_matrix()
    positions = poses.translations[before] * (1 - share) + poses.translations[before + 1] * share
    matrices = np.array(Poses.from_parts(rotations, positions).matrices)
    exact = times == np.round(times)
    matrices[exact] = poses.matrices[np.round(times[exact]).astype(int)]
    return Poses(matrices)


def resample_values(values: FloatArray, num_frames: int) -> FloatArray:
    """[F] numbers spread over ``num_frames`` frames as :func:`resample` spreads poses; straight lines.

    Raises:
        InputError: see :func:`check_num_frames`.
    """
    num_frames = check_num_frames(num_frames)
    if len(values) == 1 or num_frames == 1:
        return np.repeat(values[:1], num_frames)
    times = np.arange(num_frames) * (len(values) - 1) / (num_frames - 1)
    return np.interp(times, np.arange(len(values)), values)
