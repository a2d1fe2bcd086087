"""Camera moves as functions of progress, from which presets and synthetic cameras are built.

Each takes ``progress`` [F] (0 is the start, 1 the full move; other values extend it) and gives poses
relative to the start pose: camera-to-world, OpenCV axes (x right, y down, z forward), metres. Angles are
degrees.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError


def pan_tilt(progress: ArrayLike, pan_degrees: float = 0.0, tilt_degrees: float = 0.0) -> Poses:
    """Turn on the spot: positive pan looks right, positive tilt up; angles grow linearly with ``progress``.

    Pan turns about the start's vertical axis, tilt about the camera's own horizontal one: there is no roll.

    Raises:
        InputError: an argument is not finite.
    """
    steps = _progress(progress)
    _check_finite(pan_degrees=pan_degrees, tilt_degrees=tilt_degrees)
    angles = np.stack([steps * pan_degrees, steps * tilt_degrees], axis=1)
    turns = Rotation.from_euler("YX", angles, degrees=True)  # intrinsic: about y, then about the turned x
    return Poses.from_parts(turns.as_matrix(), np.zeros((1, 3)))


def translate(progress: ArrayLike, offset: ArrayLike, subject_distance: float | None = None) -> Poses:
    """Move straight to ``offset`` (x, y, z in metres).

    The view direction stays; given ``subject_distance``, the camera looks at the point that many metres
    straight ahead of the start.

    Raises:
        InputError: an argument is not finite, the distance is not positive, or the path touches the subject.
    """
    steps = _progress(progress)
    end = np.asarray(offset, dtype=np.float64)
    if end.shape != (3,) or not np.isfinite(end).all():
        raise InputError(f"offset must be three finite numbers (x, y, z in metres), not {offset!r}")
    positions = steps[:, None] * end
    if subject_distance is None:
        return Poses.from_parts(np.eye(3)[None], positions)
    return look_at(positions, (0.0, 0.0, _positive_distance(subject_distance)))


def arc(
    progress: ArrayLike,
    degrees: float,
    subject_distance: float = 4.0,
    along: Literal["circle", "chord"] = "circle",
) -> Poses:
    """Go round the point ``subject_distance`` metres ahead, looking at it; positive degrees go to the right.

    Args:
        degrees: angle of the full move as seen from the subject.
        along: ``"circle"`` keeps the distance; ``"chord"`` goes straight between the two ends of the arc,
            as the published presets do, and must stay below 180 degrees.

    Raises:
        InputError: an argument is not finite, the distance is not positive, a chord of 180 degrees or more.
    """
    steps = _progress(progress)
    _check_finite(degrees=degrees)
    distance = _positive_distance(subject_distance)
    if along == "chord":
        if abs(degrees) >= 180:
            raise InputError(
                f"an arc of {degrees:g} degrees along its chord would pass through the subject; "
                "stay below 180 degrees (the arc presets: below strength 6)"
            )
        angle = np.radians(degrees)
        return translate(steps, distance * np.array([np.sin(angle), 0.0, 1 - np.cos(angle)]), distance)
    angles = np.radians(steps * degrees)
    positions = distance * np.stack([np.sin(angles), np.zeros_like(angles), 1 - np.cos(angles)], axis=1)
    turns = Rotation.from_rotvec(np.stack([np.zeros_like(angles), -angles, np.zeros_like(angles)], axis=1))
    return Poses.from_parts(turns.as_matrix(), positions)


def look_at(positions: ArrayLike, target: ArrayLike, down: ArrayLike = (0.0, 1.0, 0.0)) -> Poses:
    """Cameras at ``positions`` [F,3] that look at ``target`` ([3] or [F,3]) without roll; any world axes.

    Args:
        down: the world direction that appears as downwards in the picture; (0, 0, -1) in a z-up world.

    Raises:
        InputError: a camera sits on its target, or looks straight along ``down``.
    """
    where = np.asarray(positions, dtype=np.float64)
    forward = np.asarray(target, dtype=np.float64) - where
    length = np.linalg.norm(forward, axis=-1, keepdims=True)
    if not (length > 1e-9).all():
        raise InputError(f"camera {int(np.argmin(length))} sits on the point that it should look at")
    forward = forward / length
    right = np.cross(np.broadcast_to(np.asarray(down, dtype=np.float64), forward.shape), forward)
    width = np.linalg.norm(right, axis=-1, keepdims=True)
    if not (width > 1e-9).all():
        raise InputError(
            f"camera {int(np.argmin(width))} looks straight up or down, so its right side is undefined"
        )
    right = right / width
    return Poses.from_parts(np.stack([right, np.cross(forward, right), forward], axis=-1), where)


def _progress(values: ArrayLike) -> FloatArray:
    steps = np.asarray(values, dtype=np.float64)
    if steps.ndim != 1 or not len(steps) or not np.isfinite(steps).all():
        raise InputError("progress must be a list of at least one finite number")
    return steps


def _check_finite(**values: float) -> None:
    for name, value in values.items():
        if not np.isfinite(value):
            raise InputError(f"{name} must be a finite number, not {value!r}")


def _positive_distance(distance: float) -> float:
    if not np.isfinite(distance) or distance <= 0:
        raise InputError(f"subject_distance must be a positive number of metres, not {distance!r}")
    return float(distance)
