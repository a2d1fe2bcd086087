"""Whether turning alone explains what is seen, measured against what any rigid scene could explain.

Between two frames, the image of anything that stands still obeys an epipolar geometry: each match lies on a
line. If the camera only turned, it lies on one point of that line. So the share of the picture that turning
explains is compared with the share that a fundamental matrix explains, at the same threshold in pixels. Where
the camera travelled, the first share falls to a few per cent; what moves on its own lowers both.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray
from recam.camera.solve.features import FrameFeatures, Pair, worker_count
from recam.camera.solve.native import load_pycolmap
from recam.camera.solve.rotation import Matches, RotationFit, residuals

_WIDEST = 12  # pairs that are looked at
_ENOUGH = 60  # matches of a pair that is looked at


@dataclass(frozen=True)
class Evidence:
    """How two explanations fare on the widest pairs of frames (medians over the pairs)."""

    noise: float
    """Standard deviation of the distance of a match from its epipolar line, pixels."""
    threshold: float
    """Pixels up to which a match counts as explained."""
    rigid_share: float
    """Share of the matched picture that an epipolar geometry explains (0 to 1)."""
    rotation_share: float
    """Share of the matched picture that turning alone explains (0 to 1)."""

    @property
    def ratio(self) -> float:
        """Of what a rigid scene explains, the share that turning alone explains too."""
        return self.rotation_share / max(self.rigid_share, 1e-6)


def weigh_rotation(
    matches: Matches, fit: RotationFit, unit: float, seed: int, at_least: float = 0.0
) -> Evidence:
    """Compare turning alone with a rigid scene on the pairs of frames that are furthest apart in time.

    Args:
        unit: pixels that are one pixel of a small picture (480 wide).
        at_least: smallest threshold in pixels; by default matches must fit as exactly as they are placed.
    """
    pycolmap = load_pycolmap()
    distance = np.linalg.norm(residuals(matches, fit.rotations, fit.lens), axis=1)
    options = pycolmap.RANSACOptions()
    options.max_error, options.random_seed = 0.6 * unit, seed
    options.min_num_trials, options.max_num_trials, options.min_inlier_ratio = 200, 5000, 0.2
    keys = matches.first * (matches.second.max() + 1) + matches.second
    _, starts, counts = np.unique(keys, return_index=True, return_counts=True)
    gaps = matches.second[starts] - matches.first[starts]
    enough = np.flatnonzero(counts >= min(_ENOUGH, int(counts.max())))
    by_gap = enough[np.argsort(-gaps[enough], kind="stable")]
    lines: dict[int, FloatArray] = {}
    spread = by_gap[np.linspace(0, len(by_gap) - 1, min(len(by_gap), 2 * _WIDEST)).round().astype(int)]
    for index in {int(pair) for pair in (*by_gap[:_WIDEST], *spread)}:
        chosen = slice(starts[index], starts[index] + counts[index])
        found = pycolmap.estimate_fundamental_matrix(matches.a[chosen], matches.b[chosen], options)
        if found is not None:
            lines[index] = line_distance(matches.a[chosen], matches.b[chosen], found["F"])
    if not lines:
        return Evidence(unit, unit, 0.0, 0.0)
    # What moves widens the core of many pairs, and narrows that of none.
    noise = float(np.percentile([_core(line, 1.5 * unit) for line in lines.values()], 20))
    threshold = max(4 * noise, 0.3 * unit, at_least)
    shares = []
    for index in by_gap[:_WIDEST]:
        if index in lines:
            chosen = slice(starts[index], starts[index] + counts[index])
            weights = matches.weights[chosen] / matches.weights[chosen].sum()
            shares.append([weights[errors < threshold].sum() for errors in (lines[index], distance[chosen])])
    rigid, turned = np.median(shares, axis=0) if shares else (0.0, 0.0)
    return Evidence(noise, threshold, float(rigid), float(turned))


def _core(distance: FloatArray, cut: float) -> float:
    """Standard deviation of the dense core of distances at 0, cut at four of it; what moves lies around
    it."""
    noise = cut / 4
    for _ in range(8):
        noise = max(_median(distance[distance < 4 * noise]) / 0.6745, 1e-3)
    return noise


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) else 0.0


def hold_pairwise(
    features: FrameFeatures,
    matches: dict[Pair, NDArray[np.int64]],
    lens: Intrinsics,
    threshold: float,
    seed: int,
    threads: int | None,
) -> dict[Pair, NDArray[np.bool_]]:
    """Which matches obey the dominant epipolar geometry of their own pair of frames."""
    pycolmap = load_pycolmap()
    options = pycolmap.RANSACOptions()
    options.max_error, options.random_seed, options.confidence = threshold, seed, 0.999
    options.min_num_trials, options.max_num_trials, options.min_inlier_ratio = 200, 5000, 0.2
    camera = pycolmap.Camera(
        model="PINHOLE", width=lens.width, height=lens.height, params=[lens.fx, lens.fy, lens.cx, lens.cy]
    )

    def hold(pair: Pair) -> NDArray[np.bool_]:
        chosen = matches[pair]
        a, b = (features.frames[frame].points[chosen[:, side]] for side, frame in enumerate(pair))
        found = pycolmap.estimate_essential_matrix(a, b, camera, camera, options) if len(chosen) > 7 else None
        return np.zeros(len(chosen), bool) if found is None else np.asarray(found["inlier_mask"], bool)

    with ThreadPoolExecutor(worker_count(threads)) as pool:
        return dict(zip(matches, pool.map(hold, matches), strict=True))


def line_distance(a: FloatArray, b: FloatArray, fundamental: FloatArray) -> FloatArray:
    """[M] pixels: the Sampson distance of matches a, b [M,2] from the epipolar geometry b^T F a = 0."""
    one = np.concatenate([a, np.ones((len(a), 1))], axis=1)
    other = np.concatenate([b, np.ones((len(b), 1))], axis=1)
    in_second, in_first = one @ fundamental.T, other @ fundamental
    steep = np.sqrt((in_second[:, :2] ** 2).sum(axis=1) + (in_first[:, :2] ** 2).sum(axis=1))
    return np.abs((other * in_second).sum(axis=1)) / np.maximum(steep, 1e-12)


def fundamental_of(lens: Intrinsics, relative: FloatArray) -> FloatArray:
    """[3,3] fundamental matrix of two views through ``lens``, the second's pose [4,4] in the first's
    camera."""
    inverse = np.linalg.inv(relative)
    rotation, shift = inverse[:3, :3], inverse[:3, 3]
    cross = np.array([[0, -shift[2], shift[1]], [shift[2], 0, -shift[0]], [-shift[1], shift[0], 0]])
    backward = np.linalg.inv(lens.matrix)
    return backward.T @ cross @ rotation @ backward
