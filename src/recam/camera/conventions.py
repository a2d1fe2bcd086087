"""The only place where axes are swapped and units changed. See docs/conventions.md.

Two steps are easily confused. A change of *camera* axes multiplies on the right, a change of *world* axes
on the left. The published MultiCamVideo code does one of them with a swap of determinant -1, so its
absolute poses mirror space and only relative poses make sense. Here both sides are changed, so absolute
poses are proper rotations too, and relative poses are the same numbers:
(S A S^-1)^-1 (S B S^-1) = S (A^-1 B) S^-1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from recam.camera.poses import FloatArray, Poses

CENTIMETRES_PER_METRE = 100.0

# Rows: OpenCV right, down, forward in terms of Unreal's forward, right, up. Determinant -1: Unreal is
# left-handed.
_OPENCV_FROM_UNREAL = np.array(
    [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)

# Its own inverse. OpenGL (also Blender and MuJoCo) cameras: x right, y up, looking along -z.
_OPENGL_FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


def from_unreal(matrices: ArrayLike) -> Poses:
    """Poses from Unreal Engine matrices as the MultiCamVideo files hold them.

    Args:
        matrices: [F,4,4] in row-vector form (``world = camera @ matrix``, position in the last row),
            centimetres, x forward, y right, z up, left-handed, for camera and world alike.

    Raises:
        InputError: the shape is wrong or a matrix is not a finite rigid motion.
    """
    columns = np.array(matrices, dtype=np.float64).swapaxes(-1, -2)
    columns[..., :3, 3] /= CENTIMETRES_PER_METRE
    return Poses(_OPENCV_FROM_UNREAL @ columns @ _OPENCV_FROM_UNREAL.T)


def to_unreal(poses: Poses) -> FloatArray:
    """Inverse of :func:`from_unreal`: [F,4,4] row-vector form, centimetres, Unreal axes."""
    columns = _OPENCV_FROM_UNREAL.T @ poses.matrices @ _OPENCV_FROM_UNREAL
    columns[:, :3, 3] *= CENTIMETRES_PER_METRE
    return columns.swapaxes(-1, -2).copy()


def from_opengl(matrices: ArrayLike) -> Poses:
    """Poses from OpenGL camera-to-world matrices [F,4,4] in metres; the world axes stay.

    OpenGL, Blender and MuJoCo cameras have x right, y up and look along -z.

    Raises:
        InputError: the shape is wrong or a matrix is not a finite rigid motion.
    """
    return Poses(np.asarray(matrices, dtype=np.float64) @ _OPENGL_FLIP)


def to_opengl(poses: Poses) -> FloatArray:
    """Inverse of :func:`from_opengl`: [F,4,4] camera-to-world with OpenGL camera axes, metres."""
    return poses.matrices @ _OPENGL_FLIP
