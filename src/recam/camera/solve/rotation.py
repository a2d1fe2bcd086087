"""A camera that only turns: one rotation a frame (and the focal length, where it is not known) from matches.

Where the camera stays at its place, a point seen at a in frame i is seen in frame j at ``project(R_j^T R_i
ray(a))``, whatever its distance. Fitted to all pairs of frames at once by Gauss-Newton with Geman-McClure
weights, whose width shrinks from iteration to iteration, so that what moves on its own loses its say.

Legend: F frames, M matches of all pairs together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray
from recam.camera.solve.features import FrameFeatures, Pair

_HYPOTHESES = 300
_MAX_MATCHES = 400  # of a pair in the global fit; more change nothing but the time
_FOV_CANDIDATES = (25.0, 38.0, 50.0, 65.0, 85.0)  # degrees along the picture's longer side


@dataclass(frozen=True)
class Matches:
    """Matches of all pairs in one table: a [M,2] of frame ``first`` [M] is b [M,2] of frame ``second``
    [M]."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    a: FloatArray
    b: FloatArray
    weights: FloatArray
    """[M]: the share of the picture that a match stands for."""

    def __len__(self) -> int:
        return len(self.first)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Matches:
        """The matches with these places."""
        return Matches(
            self.first[chosen], self.second[chosen], self.a[chosen], self.b[chosen], self.weights[chosen]
        )


@dataclass(frozen=True)
class RotationFit:
    """Rotations [F,3,3] camera-to-world with the first frame's the identity, and the lens they go with."""

    rotations: FloatArray
    lens: Intrinsics
    noise: float
    """How exactly matches of the background are placed: standard deviation of a coordinate, pixels."""
    focal_found: bool
    """Whether the focal length was found from the clip; small turns do not tell it."""


def tabulate(features: FrameFeatures, matches: dict[Pair, NDArray[np.int64]]) -> Matches:
    """One table of the matches of all pairs."""
    first, second, a, b, weights = [], [], [], [], []
    for (i, j), chosen in matches.items():
        one, other = features.frames[i], features.frames[j]
        first.append(np.full(len(chosen), i))
        second.append(np.full(len(chosen), j))
        a.append(one.points[chosen[:, 0]])
        b.append(other.points[chosen[:, 1]])
        weights.append(one.weights[chosen[:, 0]])
    return Matches(*(np.concatenate(parts) for parts in (first, second, a, b, weights)))


def thin(matches: Matches, limit: int = _MAX_MATCHES) -> Matches:
    """At most about ``limit`` matches of each pair, evenly taken."""
    keys = matches.first * (matches.second.max() + 1) + matches.second
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    steps = np.maximum(1, -(-counts // limit))[place]
    rank = np.arange(len(keys)) - np.searchsorted(place, place)  # pairs come one after another, sorted
    return matches.take(rank % steps == 0)


def fit_rotations(
    matches: Matches, num_frames: int, lens: Intrinsics, refine_focal: bool, unit: float, seed: int
) -> RotationFit:
    """Fit a camera that only turns.

    Args:
        matches: of all pairs, sorted by pair.
        lens: the lens; with ``refine_focal`` only its centre counts, and its focal length where turns tell
            nothing about it.
        unit: pixels that are one pixel of a small picture (480 wide).
    """
    few = thin(matches)
    chain = _chain(few, num_frames, lens, 3 * unit, np.random.default_rng(seed))
    if not refine_focal:
        rotations, focal = _refine(few, chain, lens, (8, 4, 2, 1, 1, 1, 1, 1), unit, refine_focal=False)
    else:
        sparse = thin(few, 60)
        side = max(lens.width, lens.height)
        best: tuple[float, FloatArray, Intrinsics] | None = None
        for fov in _FOV_CANDIDATES:
            guess = with_focal(lens, side / 2 / np.tan(np.radians(fov) / 2))
            turned = Rotation.from_matrix(chain).as_rotvec() * lens.fx / guess.fx  # turns of as many pixels
            start = Rotation.from_rotvec(turned).as_matrix()
            tried, focal = _refine(sparse, start, guess, (8, 4, 2, 2, 2), unit, refine_focal=True)
            cost = _cost(sparse, tried, with_focal(lens, focal), 2 * unit)
            if best is None or cost < best[0]:
                best = (cost, tried, with_focal(lens, focal))
        assert best is not None
        rotations, focal = _refine(few, best[1], best[2], (2, 1, 1, 1, 1, 1, 1, 1), unit, refine_focal=True)
        if not _tells_focal(few, rotations, with_focal(lens, focal), unit):
            turned = Rotation.from_matrix(rotations).as_rotvec() * focal / lens.fx
            start = Rotation.from_rotvec(turned).as_matrix()
            rotations, focal = _refine(few, start, lens, (2, 1, 1, 1, 1), unit, refine_focal=False)
            refine_focal = False
    fitted = with_focal(lens, focal)
    rotations = rotations[0].T @ rotations
    return RotationFit(rotations, fitted, _noise(few, rotations, fitted, 4 * unit), refine_focal)


def told_focal(matches: Matches, fit: RotationFit, unit: float) -> Intrinsics | None:
    """The lens that the turns of ``fit`` speak for when it is free; None where any lens would do."""
    if fit.focal_found:
        return fit.lens
    few = thin(matches)
    widths = (4, 4, 2, 2, *8 * (1,))  # a given lens may be far off, and turns that suit it with it
    rotations, focal = _refine(few, fit.rotations, fit.lens, widths, unit, refine_focal=True)
    lens = with_focal(fit.lens, focal)
    return lens if _tells_focal(few, rotations, lens, unit) else None


def _tells_focal(matches: Matches, rotations: FloatArray, lens: Intrinsics, unit: float) -> bool:
    """Whether a lens a fifth longer, with turns that suit it, would fit visibly worse."""
    longer = with_focal(lens, 1.2 * lens.fx)
    start = Rotation.from_rotvec(Rotation.from_matrix(rotations).as_rotvec() / 1.2).as_matrix()
    refitted, _ = _refine(matches, start, longer, (1, 1, 1, 1), unit, refine_focal=False)
    noise, worse = (
        _noise(matches, turned, seen, 4 * unit) for turned, seen in ((rotations, lens), (refitted, longer))
    )
    return worse > 1.05 * noise


def residuals(matches: Matches, rotations: FloatArray, lens: Intrinsics) -> FloatArray:
    """[M,2] pixels: where each match was found in the second frame, minus where turning alone puts it."""
    rays = _turned(matches, rotations, lens)
    return matches.b - _project(rays, lens)


def with_focal(lens: Intrinsics, focal: float) -> Intrinsics:
    """The lens with another focal length in pixels along x; the shape of a pixel stays."""
    return replace(lens, fx=float(focal), fy=float(focal * lens.fy / lens.fx))


def _noise(matches: Matches, rotations: FloatArray, lens: Intrinsics, cut: float) -> float:
    """Standard deviation of one coordinate, pixels, from residuals shorter than ``cut``: the median length of
    a two-dimensional normal residual (Rayleigh's distribution) is 1.1774 of it."""
    distance = np.linalg.norm(residuals(matches, rotations, lens), axis=1)
    near = distance[distance < cut]
    return max(float(np.median(near)) / 1.1774, 0.02) if len(near) else cut


def _chain(
    matches: Matches, num_frames: int, lens: Intrinsics, threshold: float, rng: np.random.Generator
) -> FloatArray:
    """[F,3,3]: turns from each frame to the next, one after another."""
    rotations = np.tile(np.eye(3), (num_frames, 1, 1))
    for index in range(num_frames - 1):
        pair = matches.take((matches.first == index) & (matches.second == index + 1))
        rotations[index + 1] = rotations[index] @ _two_point(pair, lens, threshold, rng)
    return rotations


def _two_point(pair: Matches, lens: Intrinsics, threshold: float, rng: np.random.Generator) -> FloatArray:
    """[3,3]: the turn from the second frame to the first that most of the picture's area agrees with (RANSAC
    on two matches each)."""
    one, other = _rays(pair.a, lens), _rays(pair.b, lens)
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    chosen = rng.integers(0, len(one), (_HYPOTHESES, 2))
    frames = [_frame(rays[chosen[:, 0]], rays[chosen[:, 1]]) for rays in (one, other)]
    turns = frames[0] @ frames[1].swapaxes(1, 2)  # [H,3,3]: second to first
    seen = np.einsum("mc,hcd->hmd", one, turns)  # turns^T one: in the second frame
    depth = np.where(seen[..., 2] > 1e-3, seen[..., 2], np.nan)
    x = seen[..., 0] / depth * lens.fx + lens.cx - pair.b[:, 0]
    y = seen[..., 1] / depth * lens.fy + lens.cy - pair.b[:, 1]
    loss = np.fmin((x**2 + y**2) / threshold**2, 1.0)
    return turns[int(np.argmin(loss @ pair.weights))]


def _frame(one: FloatArray, other: FloatArray) -> FloatArray:
    """[H,3,3] rotations whose columns are built on the plane of two rays [H,3] each."""
    normal = np.cross(one, other)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.where(length > 1e-9, normal / np.maximum(length, 1e-9), (1.0, 0.0, 0.0))
    middle = one + other
    middle = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    return np.stack([middle, normal, np.cross(middle, normal)], axis=2)


def _refine(
    matches: Matches,
    rotations: FloatArray,
    lens: Intrinsics,
    widths: tuple[float, ...],
    unit: float,
    refine_focal: bool,
) -> tuple[FloatArray, float]:
    """Gauss-Newton over all rotations but the first; returns them and the focal length in pixels."""
    count = len(rotations)
    size = 3 * count + 1
    for width in widths:
        turned = _turned(matches, rotations, lens)
        errors = matches.b - _project(turned, lens)
        scale = width * unit
        weights = matches.weights / (1 + (errors**2).sum(axis=1) / scale**2) ** 2
        weights = np.where(turned[:, 2] > 1e-3, weights, 0.0)
        into = _project_jacobian(turned, lens)  # [M,2,3]
        between = rotations[matches.second].swapaxes(1, 2) @ rotations[matches.first]
        rays = _rays(matches.a, lens)
        by_first = -into @ between @ _cross_matrix(rays)
        by_second = into @ _cross_matrix(turned)
        ray_by_focal = np.stack([-rays[:, 0], -rays[:, 1], np.zeros(len(rays))], axis=1)  # d ray / d log f
        by_focal = (into @ (between @ ray_by_focal[..., None]))[..., 0]
        by_focal += turned[:, :2] / turned[:, 2:] * (lens.fx, lens.fy)
        jacobian = np.concatenate([by_first, by_second, by_focal[..., None]], axis=2)  # [M,2,7]
        normal, right = np.zeros((size, size)), np.zeros(size)
        columns = np.concatenate(
            [
                3 * matches.first[:, None] + np.arange(3),
                3 * matches.second[:, None] + np.arange(3),
                np.full((len(matches), 1), size - 1),
            ],
            axis=1,
        )
        weighted = jacobian * weights[:, None, None]
        blocks = weighted.swapaxes(1, 2) @ jacobian  # [M,7,7]
        np.add.at(normal, (columns[:, :, None], columns[:, None, :]), blocks)
        np.add.at(right, columns, (weighted.swapaxes(1, 2) @ errors[..., None])[..., 0])
        # A whisper of a prior keeps frames and the focal length in place where no match says anything of
        # them.
        prior = 1e-9 * max(float(np.trace(normal)), 1e-12)
        normal[np.arange(size), np.arange(size)] += prior
        normal[size - 1, size - 1] += 1e-4 * matches.weights.sum() * (lens.fx / 1000) ** 2
        free = np.arange(3, size if refine_focal else size - 1)
        step = np.zeros(size)
        step[free] = np.linalg.solve(normal[np.ix_(free, free)], right[free])
        rotations = rotations @ Rotation.from_rotvec(step[:-1].reshape(count, 3)).as_matrix()
        lens = with_focal(lens, lens.fx * float(np.exp(np.clip(step[-1], -0.3, 0.3))))
    return rotations, lens.fx


def _cost(matches: Matches, rotations: FloatArray, lens: Intrinsics, scale: float) -> float:
    squared = (residuals(matches, rotations, lens) ** 2).sum(axis=1) / scale**2
    return float((matches.weights * squared / (1 + squared)).sum())


def _rays(points: FloatArray, lens: Intrinsics) -> FloatArray:
    return np.stack(
        [(points[:, 0] - lens.cx) / lens.fx, (points[:, 1] - lens.cy) / lens.fy, np.ones(len(points))], axis=1
    )


def _turned(matches: Matches, rotations: FloatArray, lens: Intrinsics) -> FloatArray:
    world = np.einsum("mij,mj->mi", rotations[matches.first], _rays(matches.a, lens))
    return np.einsum("mji,mj->mi", rotations[matches.second], world)


def _project(rays: FloatArray, lens: Intrinsics) -> FloatArray:
    depth = np.maximum(rays[:, 2:], 1e-3)
    return rays[:, :2] / depth * (lens.fx, lens.fy) + (lens.cx, lens.cy)


def _project_jacobian(rays: FloatArray, lens: Intrinsics) -> FloatArray:
    depth = np.maximum(rays[:, 2], 1e-3)
    zero = np.zeros(len(rays))
    return np.stack(
        [
            np.stack([lens.fx / depth, zero, -lens.fx * rays[:, 0] / depth**2], axis=1),
            np.stack([zero, lens.fy / depth, -lens.fy * rays[:, 1] / depth**2], axis=1),
        ],
        axis=1,
    )


def _cross_matrix(vectors: FloatArray) -> FloatArray:
    x, y, z = vectors.T
    zero = np.zeros(len(vectors))
    return np.stack(
        [np.stack([zero, -z, y], 1), np.stack([z, zero, -x], 1), np.stack([-y, x, zero], 1)], axis=1
    )
