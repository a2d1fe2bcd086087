"""What moves on its own: features that break the geometry which the rest of the picture agrees on.

A wrong match breaks it once; a feature on a moving thing breaks it in most pairs of frames, and so do its
neighbours in the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from recam.camera.solve.features import FrameFeatures, Pair

_NEIGHBOURS = 12
_MOVING = 0.35  # share of broken matches from which a feature, or its surroundings, count as moving

Masks = list[NDArray[np.bool_]]


def find_moving(
    features: FrameFeatures, matches: dict[Pair, NDArray[np.int64]], holds: dict[Pair, NDArray[np.bool_]]
) -> Masks:
    """For each frame, which features [N] move.

    Args:
        matches: indices [M,2] by pair of frames.
        holds: by pair, which of its matches [M] obey the geometry of the background.
    """
    broken = [np.zeros(len(frame.points)) for frame in features.frames]
    whole = [np.zeros(len(frame.points)) for frame in features.frames]
    wide = min(8, max(second - first for first, second in matches))
    for (first, second), chosen in matches.items():
        good = holds[first, second]
        # The wider a pair, the more a match that holds says; a broken one says as much in any.
        say = np.where(good, min(second - first, wide) / wide, 1.0)
        for frame, column in ((first, 0), (second, 1)):
            np.add.at(whole[frame], chosen[good, column], say[good])
            np.add.at(broken[frame], chosen[~good, column], say[~good])
    return [
        _mask(frame.points, bad, good)
        for frame, bad, good in zip(features.frames, broken, whole, strict=True)
    ]


def _mask(points: NDArray[np.float64], broken: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray:
    known = np.flatnonzero(broken + whole > 0)
    if len(known) <= _NEIGHBOURS:
        return np.zeros(len(points), bool)
    own = broken / np.maximum(broken + whole, 1e-9)
    _, near = KDTree(points[known]).query(points, k=_NEIGHBOURS)
    around = known[near]
    surroundings = broken[around].sum(axis=1) / (broken[around] + whole[around]).sum(axis=1)
    # A lone wrong match does not make a feature move, and a lone right one does not make it stand still.
    return (surroundings > _MOVING) | ((own > _MOVING) & (surroundings > 0.5 * _MOVING)) | (own > 0.7)


def moving_area(features: FrameFeatures, masks: Masks) -> float:
    """Share of the picture that moves, mean over the frames (0 to 1), by the area that features stand for."""
    return float(
        np.mean([frame.weights[mask].sum() for frame, mask in zip(features.frames, masks, strict=True)])
    )
