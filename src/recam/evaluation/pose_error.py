"""How far an estimated camera path is from the true one: every convention in use, each by its own name.

Both paths are taken relative to their own first frame, so that a rigid move of the whole world changes
nothing. *Tied* paths have the source's first camera in front, to which both are then relative and which is
not counted itself, so that a path that starts elsewhere is scored at its start too. No figure but
:attr:`TranslationErrors.metres` knows the scale of the truth, since structure from motion has none.

=====================  ================================================================================
rotation.mean_degrees  mean over frames of arccos((tr(R_est R_true^T) - 1) / 2): WorldScore's RotErr
rotation.sum_radians   the same, summed, in radians: RotErr of CameraCtrl, CamI2V and the ReCamMaster paper
rotation.pairs_degrees mean over all ordered pairs of frames of the error of the turn between the two, in
                       degrees: ReDirector's RotErr
max_norm_mean, _sum    each path over its own largest distance from the start, then L2: CamI2V's TransErr
metres                 after the non-negative scale of least squares; mean distance in metres: InfCam's
umeyama_over_extent    after the best similarity (turn, shift, scale), mean distance over the true path's
                       extent: ReDirector's TransErr. Blind to direction: the turn is free
direction_degrees      mean angle between the ways from the start
cam_mc                 sum over frames of the Frobenius norm of [R|t]_est - [R|t]_true, translations over
                       their own largest: CamI2V's CamMC
=====================  ================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera import Poses
from recam.camera.poses import FloatArray
from recam.errors import InputError

STILL_METRES = 1e-3
"""A true path that stays within this of its start does not move: its translation errors are undefined."""


@dataclass(frozen=True)
class RotationErrors:
    """Angles between estimated and true orientations; see the head of this file."""

    mean_degrees: float
    sum_radians: float
    pairs_degrees: float


@dataclass(frozen=True)
class TranslationErrors:
    """Distances between estimated and true positions; see the head of this file."""

    max_norm_mean: float
    """0 to 2."""
    max_norm_sum: float
    metres: float
    umeyama_over_extent: float | None
    """Blind to direction: a camera that goes the other way scores 0. None where the true path, tied, stays
    at one place away from the source."""
    direction_degrees: float | None
    """0 to 180; None where the estimated path never leaves its start."""
    cam_mc: float


@dataclass(frozen=True)
class PoseErrors:
    """Errors of one path; ``translation`` is None where the true path does not move."""

    rotation: RotationErrors
    translation: TranslationErrors | None
    num_frames: int


def pose_errors(estimated: Poses, true: Poses, *, tied: bool = False) -> PoseErrors:
    """Compare two camera-to-world paths of equal length (OpenCV axes; ``true`` in metres).

    Args:
        tied: the first pose of both is the source's first camera and no frame of the clip.

    Raises:
        InputError: the lengths differ, or there are fewer than two frames.
    """
    if len(estimated) != len(true):
        raise InputError(
            f"the paths have {len(estimated)} and {len(true)} frames; they must have equally many"
        )
    if len(true) < 2 + tied:
        raise InputError("a path of one frame has no motion to compare; give at least two frames")
    ours, theirs = estimated.relative_to(estimated[0])[tied:], true.relative_to(true[0])[tied:]
    return PoseErrors(_rotation_errors(ours, theirs), _translation_errors(ours, theirs), len(ours))


def align_similarity(points: FloatArray, onto: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Scale, rotation [3,3] and shift [3] that bring ``points`` [N,3] nearest to ``onto`` [N,3].

    Least squares over similarities without mirroring: S. Umeyama, "Least-squares estimation of
    transformation parameters between two point patterns", 1991. Points that all coincide get the scale 0.
    """
    middle, other = points.mean(axis=0), onto.mean(axis=0)
    near, far = points - middle, onto - other
    left, values, right = np.linalg.svd(far.T @ near)
    signs = np.array([1.0, 1.0, np.linalg.det(left) * np.linalg.det(right)])
    rotation = np.asarray(left * np.round(signs) @ right, dtype=np.float64)
    spread = float((near**2).sum())
    scale = float(values @ np.round(signs)) / spread if spread > 0 else 0.0
    return scale, rotation, other - scale * rotation @ middle


def _rotation_errors(ours: Poses, theirs: Poses) -> RotationErrors:
    difference = ours.rotations @ theirs.rotations.transpose(0, 2, 1)
    angles = Rotation.from_matrix(difference).magnitude()
    count = len(angles)
    pairs = _pair_angles(ours.rotations, theirs.rotations)
    return RotationErrors(
        float(np.degrees(angles.mean())),
        float(angles.sum()),
        float(np.degrees(pairs.sum() / (count * (count - 1)))),
    )


def _pair_angles(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """[F,F] angle in radians between the two paths' turns from frame i to frame j."""
    turn = np.einsum("iba,jbc->ijac", ours, ours), np.einsum("iba,jbc->ijac", theirs, theirs)
    between = turn[0].reshape(-1, 3, 3) @ turn[1].reshape(-1, 3, 3).transpose(0, 2, 1)
    angles = np.asarray(Rotation.from_matrix(between).magnitude(), dtype=np.float64)
    return angles.reshape(len(ours), len(ours))


def _translation_errors(ours: Poses, theirs: Poses) -> TranslationErrors | None:
    estimated, true = ours.translations, theirs.translations
    far = np.linalg.norm(true, axis=1)
    if far.max() < STILL_METRES:
        return None
    reached = np.linalg.norm(estimated, axis=1)
    unit_estimated = estimated / reached.max() if reached.max() > 0 else estimated
    unit_true = true / far.max()
    apart = np.linalg.norm(unit_estimated - unit_true, axis=1)
    energy = float((estimated**2).sum())
    scale = max(0.0, float((estimated * true).sum()) / energy) if energy > 0 else 0.0
    factor, turn, shift = align_similarity(estimated, true)
    off = np.linalg.norm(factor * estimated @ turn.T + shift - true, axis=1)
    extent = float(np.linalg.norm(true.max(axis=0) - true.min(axis=0)))
    motion = np.linalg.norm(ours.rotations - theirs.rotations, axis=(1, 2)) ** 2 + apart**2
    return TranslationErrors(
        max_norm_mean=float(apart.mean()),
        max_norm_sum=float(apart.sum()),
        metres=float(np.linalg.norm(scale * estimated - true, axis=1).mean()),
        umeyama_over_extent=float(off.mean() / extent) if extent > STILL_METRES else None,
        direction_degrees=_direction(unit_estimated, unit_true),
        cam_mc=float(np.sqrt(motion).sum()),
    )


def _direction(estimated: FloatArray, true: FloatArray) -> float | None:
    """Mean angle in degrees over the frames in which both are at least a hundredth of their way out."""
    lengths = np.linalg.norm(estimated, axis=1), np.linalg.norm(true, axis=1)
    there = (lengths[0] > 0.01) & (lengths[1] > 0.01)
    if not there.any():
        return None
    cosine = (estimated * true).sum(axis=1)[there] / (lengths[0] * lengths[1])[there]
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean())
