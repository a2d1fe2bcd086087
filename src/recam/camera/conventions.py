"""The only place where axes are swapped and units changed. See docs/conventions.md.

Two steps are easily confused. A change of *camera* axes multiplies on the right, a change of *world* axes
on the left. The published MultiCamVideo code does one of them with a swap of determinant -1, so its
absolute poses mirror space and only relative poses make sense. Here both sides are changed, so absolute
poses are proper rotations too, and relative poses are the same numbers:
(S A S^-1)^-1 (S B S^-1) = S (A^-1 B) S^-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from recam.camera.poses import FloatArray, Poses

CENTIMETRES_PER_METRE = 100.0


@dataclass(frozen=True, eq=False)
class Axes:
    """How a program names the directions of a camera and, where it has an up, of its world.

    Attributes:
        name: what ``--axes`` calls it.
        camera: in words, for people.
        world: in words; "as it is" where nothing is known of the world and nothing is changed.
        opencv_camera: [3,3] rows: OpenCV's right, down and forward in terms of the program's camera axes.
        opencv_world: [3,3] the same for the world; the identity where it stays.
    """

    name: str
    camera: str
    world: str
    opencv_camera: FloatArray
    opencv_world: FloatArray

    def to_opencv(self, matrices: FloatArray) -> FloatArray:
        """Camera-to-world matrices [F,4,4] (column form) in these axes, expressed in OpenCV's."""
        return _wide(self.opencv_world) @ matrices @ _wide(self.opencv_camera).T

    def from_opencv(self, matrices: FloatArray) -> FloatArray:
        """Inverse of :meth:`to_opencv`."""
        return _wide(self.opencv_world).T @ matrices @ _wide(self.opencv_camera)

    def __str__(self) -> str:
        return f"{self.name} axes (camera {self.camera}; world {self.world})"


def _wide(turn: FloatArray) -> FloatArray:
    wide = np.eye(4)
    wide[:3, :3] = turn
    return wide


_SAME = np.eye(3)
# Each is its own inverse or a permutation with signs, so the inverse is the transpose.
_OPENGL = np.diag([1.0, -1.0, -1.0])
_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # x right, y into the picture, z up
# Determinant -1: Unreal and Unity are left-handed.
_UNREAL = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
_UNITY = np.diag([1.0, -1.0, 1.0])
_ROS = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])

AXES: Mapping[str, Axes] = {
    axes.name: axes
    for axes in (
        Axes("opencv", "x right, y down, z forward", "as it is", _SAME, _SAME),
        Axes("opengl", "x right, y up, looking along -z", "as it is", _OPENGL, _SAME),
        Axes("blender", "x right, y up, looking along -z", "z up", _OPENGL, _Z_UP),
        Axes("unreal", "x forward, y right, z up, left-handed", "z up, left-handed", _UNREAL, _UNREAL),
        Axes("unity", "x right, y up, z forward, left-handed", "y up, left-handed", _UNITY, _UNITY),
        Axes("ros", "x forward, y left, z up", "z up", _ROS, _ROS),
    )
}
"""The axes that recam knows, by name. MuJoCo's and Maya's cameras are "opengl"; COLMAP's are "opencv"."""


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
    return Poses(AXES["unreal"].to_opencv(columns))


def to_unreal(poses: Poses) -> FloatArray:
    """Inverse of :func:`from_unreal`: [F,4,4] row-vector form, centimetres, Unreal axes."""
    columns = AXES["unreal"].from_opencv(poses.matrices)
    columns[:, :3, 3] *= CENTIMETRES_PER_METRE
    return columns.swapaxes(-1, -2).copy()


def from_opengl(matrices: ArrayLike) -> Poses:
    """Poses from OpenGL camera-to-world matrices [F,4,4] in metres; the world axes stay.

    OpenGL, Blender and MuJoCo cameras have x right, y up and look along -z.

    Raises:
        InputError: the shape is wrong or a matrix is not a finite rigid motion.
    """
    return Poses(AXES["opengl"].to_opencv(np.asarray(matrices, dtype=np.float64)))


def to_opengl(poses: Poses) -> FloatArray:
    """Inverse of :func:`from_opengl`: [F,4,4] camera-to-world with OpenGL camera axes, metres."""
    return AXES["opengl"].from_opencv(poses.matrices)
