"""The camera path that a film crew might have shot instead: L1-optimal, as far as the picture reaches.

After Grundmann, Kwatra, Essa: Auto-Directed Video Stabilization with Robust L1 Optimal Camera Paths (CVPR
2011). The sums of absolute first, second and third differences are minimised together, which gives paths of
constant, linear and parabolic pieces (still, panning, easing between both) while a cropped view stays inside
the picture. There the path is of 2D motion models; here it is of rotation vectors and positions.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.spatial.transform import Rotation

from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray, Poses
from recam.camera.smooth import tangent_path
from recam.errors import InputError

# Of the absolute first, second and third differences, as published (there at about 30 frames a second).
WEIGHTS = (10.0, 1.0, 100.0)
_WEIGHTS_FPS = 30.0
_CLOSENESS = 1e-3  # weight of the distance to the source: decides only between paths that are equally smooth
_ROUNDS = 3  # the view's borders are curved in these variables: each round meets them closer


def smooth_l1(
    poses: Poses,
    lens: Intrinsics,
    zoom: float,
    fps: float,
    depth: float = 4.0,
    turns_only: bool = False,
    weights: tuple[float, float, float] = WEIGHTS,
) -> Poses:
    """The L1-optimal path whose view, ``zoom`` times narrower, stays inside the source's picture.

    Args:
        poses: the source's, one a frame, camera-to-world.
        lens: of the source.
        zoom: focal length of the new view over the source's, above 1: the larger, the further the path may
            go from the source's.
        fps: frames a second.
        depth: metres to the plane that the scene is taken for where the camera travels; turns do not need it.
        turns_only: keep the source's positions.
        weights: of first, second and third differences: stillness, steady speed, steady acceleration.

    Raises:
        InputError: a number out of range.
    """
    for name, value, least in (("zoom", zoom, 1.0), ("depth", depth, 0.0), ("fps", fps, 0.0)):
        if not math.isfinite(value) or value <= least:
            raise InputError(f"{name} must be a number above {least:g}, not {value!r}")
    if len(poses) < 2:
        return poses
    base = len(poses) // 2
    middle = Rotation.from_matrix(poses.rotations[base])
    # Positions are counted in depths, so that a radian and a unit of length move the picture about as far.
    source = np.hstack(
        [
            tangent_path(middle.inv() * Rotation.from_matrix(poses.rotations), base),
            (poses.translations - poses.translations[base]) @ poses.rotations[base] / depth,
        ]
    )
    scaled = [weight * (fps / _WEIGHTS_FPS) ** (order + 1) for order, weight in enumerate(weights)]
    best = source.copy()
    if not turns_only:
        # One after the other: a pan could else be traded for a sideways drive that shows nearly the same.
        best = _smoothed(best, slice(3, 6), _View(source, lens, math.sqrt(zoom)), scaled)
    best = _smoothed(best, slice(0, 3), _View(source, lens, zoom), scaled)
    turns = (middle * Rotation.from_rotvec(best[:, :3])).as_matrix()
    places = best[:, 3:] * depth @ poses.rotations[base].T + poses.translations[base]
    return Poses.from_parts(turns, poses.translations if turns_only else places)


def _smoothed(path: FloatArray, columns: slice, view: _View, weights: list[float]) -> FloatArray:
    """``path`` [F,6] with three of its columns made smooth within ``view``."""
    best = path
    for _ in range(_ROUNDS):
        found = _solve(path[:, columns], *view.limits(best, columns), weights)
        if found is None:  # the borders around a path that just crosses one may leave no room: keep that path
            break
        best = path.copy()
        best[:, columns] = found
    return best


class _View:
    """Where the corners of the new view fall in the source's picture, for a scene at depth 1."""

    def __init__(self, source: FloatArray, lens: Intrinsics, zoom: float) -> None:
        self._turns = Rotation.from_rotvec(source[:, :3]).inv()
        self._places = source[:, 3:]
        across = (np.array([0.5, lens.width - 0.5]) - lens.cx) / lens.fx
        along = (np.array([0.5, lens.height - 0.5]) - lens.cy) / lens.fy
        self._low, self._high = np.array([across[0], along[0]]), np.array([across[1], along[1]])
        self._corners = np.array([[x / zoom, y / zoom, 1.0] for x in across for y in along])

    def corners(self, path: FloatArray) -> FloatArray:
        """[F,4,2] in the source's picture plane (z = 1)."""
        turns = (self._turns * Rotation.from_rotvec(path[:, :3])).as_matrix()
        shifts = self._turns.apply(path[:, 3:] - self._places)
        rays = np.einsum("fij,cj->fci", turns, self._corners)
        hit = (1 - shifts[:, None, 2:]) * rays + shifts[:, None] * rays[..., 2:]
        return hit[..., :2] / hit[..., 2:]

    def limits(self, path: FloatArray, columns: slice) -> tuple[FloatArray, FloatArray]:
        """Bounds on ``columns`` x of ``path``: ``rows`` [F,16,3] and ``most`` [F,16], rows @ x <= most."""
        now, step = self.corners(path), 1e-6
        slopes = np.empty((len(path), 8, 3))
        for index in range(3):
            moved = np.zeros_like(path)
            moved[:, columns.start + index] = step
            slope = (self.corners(path + moved) - self.corners(path - moved)) / (2 * step)
            slopes[..., index] = slope.reshape(len(path), 8)
        rest = now.reshape(len(path), 8) - np.einsum("fci,fi->fc", slopes, path[:, columns])
        high, low = np.tile(self._high, 4) - rest, np.tile(self._low, 4) - rest
        return np.concatenate([slopes, -slopes], axis=1), np.concatenate([high, -low], axis=1)


def _solve(source: FloatArray, rows: FloatArray, most: FloatArray, weights: list[float]) -> FloatArray | None:
    """The path [F,3] with the least weighted sum of absolute differences, if any has rows @ x <= most."""
    frames, free = source.shape
    size = frames * free
    blocks, targets, costs = [sparse.eye_array(size)], [source.ravel()], [np.full(size, _CLOSENESS)]
    difference = sparse.eye_array(frames)
    for left, weight in zip(range(frames - 1, 0, -1), weights, strict=False):  # fewer frames, fewer orders
        step = sparse.eye_array(left, left + 1, k=1) - sparse.eye_array(left, left + 1)
        difference = step @ difference
        blocks.append(sparse.kron(difference, sparse.eye_array(free)))
        targets.append(np.zeros(left * free))
        costs.append(np.full(left * free, weight))
    terms, count = sparse.vstack(blocks), sum(map(len, targets))
    # |terms x - targets| as the sum of two parts that are not negative: terms x - above + below = targets
    equal = sparse.hstack([terms, -sparse.eye_array(count), sparse.eye_array(count)])
    cost = np.concatenate([np.zeros(size), *costs, *costs])
    inside = sparse.hstack(
        [sparse.block_diag(list(rows)), sparse.coo_array((rows.shape[0] * rows.shape[1], 2 * count))]
    )
    bounds = [(None, None)] * size + [(0, None)] * (2 * count)
    found = linprog(
        cost, inside.tocsc(), most.ravel(), equal.tocsc(), np.concatenate(targets), bounds, method="highs"
    )
    return found.x[:size].reshape(frames, free) if found.status == 0 else None
