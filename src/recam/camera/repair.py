"""Matrices that are nearly rotations, made rotations: only where the user asks for it."""

from __future__ import annotations

import numpy as np

from recam.camera.poses import FloatArray


def nearest_rotations(matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each pose [4,4] of ``matrices`` [F,4,4] with the rotation nearest to its upper left [3,3].

    The nearest in the Frobenius norm is U V^T of the singular value decomposition U S V^T (the orthogonal
    Procrustes problem). A scaled rotation becomes that rotation; positions stay. What no rotation is near
    to, a mirrored, singular or infinite matrix, is left as it is for the checks to refuse.

    Returns:
        The poses [F,4,4], and how far the largest entry of each rotation moved [F].
    """
    fixed = np.array(matrices, dtype=np.float64)
    given = fixed[:, :3, :3].copy()
    usable = np.array(np.isfinite(given).all(axis=(1, 2)) & (np.abs(given).max(axis=(1, 2)) < 1e100))
    usable[usable] = np.linalg.det(given[usable]) > 0
    if usable.any():
        left, _, right = np.linalg.svd(given[usable])
        fixed[usable, :3, :3] = left @ right
    moved = np.zeros(len(fixed))
    moved[usable] = np.abs(fixed[usable, :3, :3] - given[usable]).max(axis=(1, 2))
    return fixed, moved
