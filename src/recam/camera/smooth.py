"""Smoother versions of a camera path, and how much a path shakes.

Rotations are smoothed where they live, in the tangent space at each pose (no Euler angles), so nothing here
depends on the world's axes: turning or moving the whole world turns or moves the result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError

JITTER_SIGMA_SECONDS = 0.5
_REACH = 4.0  # sigmas at which the Gaussian's window ends
_MEAN_STEPS = 20  # the mean on rotations converges in three or four; 20 are never needed


@dataclass(frozen=True)
class Jitter:
    """How much a path shakes: root mean square over its frames, against a smooth version of itself.

    Attributes:
        turn_degrees: angle between each pose and the smooth one.
        shift: distance between both, metres.
    """

    turn_degrees: float
    shift: float


def smooth_gaussian(poses: Poses, sigma: float, order: int = 1) -> Poses:
    """Each pose replaced by a Gaussian-weighted polynomial fit to those around it.

    The fit is in time, of positions and of rotation vectors in the tangent space of the rotation that is
    being estimated; iterated, that is the weighted (Karcher) mean on SO(3). Away from the ends order 1 equals
    the plain Gaussian mean; at the ends, where a mean would lag behind, it stays unbiased, so steady motion
    (one axis, one speed) comes back unchanged everywhere.

    Args:
        poses: F poses, camera-to-world.
        sigma: of the Gaussian, in frames.
        order: of the polynomial; 0, 1 or 2.

    Raises:
        InputError: sigma is not positive and finite, or another order.
    """
    if not math.isfinite(sigma) or sigma <= 0:
        raise InputError(f"sigma must be a positive number of frames, not {sigma!r}")
    if order not in (0, 1, 2):
        raise InputError(f"order must be 0, 1 or 2, not {order!r}")
    turns = Rotation.from_matrix(poses.rotations)
    reach = max(1, math.ceil(_REACH * sigma))
    matrices = np.array(poses.matrices)
    for frame in range(len(poses)):
        first, last = max(0, frame - reach), min(len(poses), frame + reach + 1)
        weights = _fit_weights(np.arange(first - frame, last - frame, dtype=np.float64), sigma, order)
        matrices[frame, :3, 3] = weights @ poses.translations[first:last]
        centre = turns[frame]
        for _ in range(_MEAN_STEPS):
            step = weights @ tangent_path(centre.inv() * turns[first:last], frame - first)
            centre = centre * Rotation.from_rotvec(step)
            if np.abs(step).max() < 1e-12:
                break
        matrices[frame, :3, :3] = centre.as_matrix()
    return Poses(matrices)


def lock(poses: Poses) -> Poses:
    """A camera that stands still at the mean of ``poses``: of their quaternions and of their positions."""
    mean = Rotation.from_matrix(poses.rotations).mean().as_matrix()
    return Poses.from_parts(np.tile(mean, (len(poses), 1, 1)), poses.translations.mean(axis=0)[None])


def jitter(poses: Poses, fps: float) -> Jitter:
    """How much a path shakes, against its own :func:`smooth_gaussian` of order 2 with sigma 0.5 s.

    That high-pass leaves out steady and evenly accelerated motion: shaking at 1 Hz counts with 94 % of
    its amplitude, at 0.5 Hz with 34 %, at 0.2 Hz with 2 %.

    Args:
        poses: one a frame.
        fps: frames a second.
    """
    rest = poses.relative_to(smooth_gaussian(poses, JITTER_SIGMA_SECONDS * fps, order=2))
    angles, shifts = rest.rotation_angle_degrees(), np.linalg.norm(rest.translations, axis=1)
    return Jitter(float(np.sqrt(np.mean(angles**2))), float(np.sqrt(np.mean(shifts**2))))


def tangent_path(turns: Rotation, start: int) -> FloatArray:
    """[F,3] rotation vectors of a path, radians, continued past half turns from frame ``start`` outwards.

    A rotation has many vectors, apart by full turns; each frame takes the one nearest to its neighbour's.
    """
    vectors = turns.as_rotvec()
    if np.linalg.norm(vectors, axis=1).max() < 2.0:  # no frame near the half turn, where the sign flips
        return vectors
    for frames in (range(start + 1, len(vectors)), range(start - 1, -1, -1)):
        before = vectors[start]
        for frame in frames:
            before = vectors[frame] = _nearest_turn(vectors[frame], before)
    return vectors


def _nearest_turn(vector: FloatArray, near: FloatArray) -> FloatArray:
    angle = float(np.linalg.norm(vector))
    axis = vector / angle if angle > 1e-9 else near / max(float(np.linalg.norm(near)), 1e-9)
    full = 2 * np.pi * np.round((axis @ near - angle) / (2 * np.pi))
    return vector + full * axis


def _fit_weights(offsets: FloatArray, sigma: float, order: int) -> FloatArray:
    """[n] that give the weighted polynomial fit's value at offset 0 as ``weights @ values``."""
    root = np.exp(-0.25 * (offsets / sigma) ** 2)  # of the Gaussian: least squares squares it
    terms = (offsets[:, None] / sigma) ** np.arange(min(order, len(offsets) - 1) + 1)
    return np.linalg.pinv(root[:, None] * terms)[0] * root
