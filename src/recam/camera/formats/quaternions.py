"""Unit quaternions of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.poses import ROTATION_TOLERANCE, FloatArray
from recam.errors import CameraFileError


def rotations_from_quaternions(path: Path, wxyz: FloatArray, where: Sequence[str]) -> FloatArray:
    """Rotations [F,3,3] of quaternions [F,4] in the order w, x, y, z.

    Args:
        where: what the file calls each frame.

    Raises:
        CameraFileError: one is not of length 1 (to 1e-3, so that three printed decimals pass).
    """
    lengths = np.linalg.norm(wxyz, axis=1)
    bad = ~(np.abs(lengths - 1) <= ROTATION_TOLERANCE)
    if bad.any():
        index = int(np.argmax(bad))
        raise CameraFileError(
            path,
            f"{where[index]}: the quaternion is not of unit length (it is {lengths[index]:.4g}), so it is no "
            "rotation",
        )
    return Rotation.from_quat(wxyz[:, [1, 2, 3, 0]]).as_matrix()
