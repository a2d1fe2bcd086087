"""Pan, tilt and roll of rotations, in degrees: one decomposition for everything that shows or takes angles.

Pan turns about the vertical of the reference view (positive: right), tilt about the camera's own horizontal
axis (positive: up), roll about the view axis (positive: clockwise as seen from behind the camera, so that its
right side sinks and the picture turns the other way). ``R = R_y(pan) R_x(tilt) R_z(roll)``, OpenCV axes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from recam.camera.poses import FloatArray


def from_pan_tilt_roll(angles: ArrayLike) -> Rotation:
    """Rotations [F] of (pan, tilt, roll) [F,3], degrees."""
    return Rotation.from_euler("YXZ", np.asarray(angles, dtype=np.float64), degrees=True)


def pick(rotations: Rotation, chosen: ArrayLike) -> Rotation:
    """The rotations that ``chosen`` (numbers or truth values) names, in that order."""
    return Rotation.from_quat(rotations.as_quat()[np.asarray(chosen)])


def pan_tilt_roll(rotations: ArrayLike) -> FloatArray:
    """(pan, tilt, roll) [F,3] of rotation matrices [F,3,3], degrees: pan and roll in (-180, 180], tilt in
    [-90, 90].

    Looking straight up or down, pan and roll are one and the same motion; it is then shared out arbitrarily.
    """
    matrices = np.asarray(rotations, dtype=np.float64)
    pan = np.arctan2(matrices[:, 0, 2], matrices[:, 2, 2])
    # Unlike the arcsine, this is exact near 90 degrees and for axes that are not quite of unit length.
    tilt = np.arctan2(-matrices[:, 1, 2], np.hypot(matrices[:, 1, 0], matrices[:, 1, 1]))
    roll = np.arctan2(matrices[:, 1, 0], matrices[:, 1, 1])
    return np.degrees(np.stack([pan, tilt, roll], axis=1))
