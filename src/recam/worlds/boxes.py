"""Boxes along the world's axes: what a scene's things are to whoever places other things and cameras.

Boxes are [...,2,3]: lowest and highest corner, metres.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recam.camera.poses import FloatArray


def middle(boxes: FloatArray) -> tuple[float, float, float]:
    """The middle of the box about boxes [S,2,3]."""
    x, y, z = (boxes[:, 0].min(axis=0) + boxes[:, 1].max(axis=0)) / 2
    return float(x), float(y), float(z)


def overlap(first: FloatArray, second: FloatArray, touch: float) -> bool:
    """Whether any box of [A,2,3] reaches more than ``touch`` metres into any of [B,2,3]."""
    low = np.maximum(first[:, None, 0], second[None, :, 0])
    high = np.minimum(first[:, None, 1], second[None, :, 1])
    return bool((high - low > touch).all(axis=2).any())


def distances(boxes: FloatArray, places: FloatArray) -> FloatArray:
    """[N,B] metres from places [N,D] to boxes [B,2,3], along the first D axes, 2 or 3."""
    axes = places.shape[1]
    low, high = boxes[None, :, 0, :axes], boxes[None, :, 1, :axes]
    outside = np.maximum(np.maximum(low - places[:, None], places[:, None] - high), 0.0)
    return np.linalg.norm(outside, axis=2)


def stand_between(boxes: FloatArray, eyes: FloatArray, places: FloatArray) -> NDArray[np.bool_]:
    """[E,P] whether a box stands on the line from eye [E,3] to place [P,3], but for the last twentieth."""
    if not len(boxes):
        return np.zeros((len(eyes), len(places)), dtype=bool)
    way = places - eyes[:, None]  # [E,P,3]
    way = np.where(np.abs(way) < 1e-9, 1e-9, way)[:, :, None]
    start = eyes[:, None, None]
    enter, leave = (boxes[:, 0] - start) / way, (boxes[:, 1] - start) / way  # [E,P,B,3]
    first, last = np.minimum(enter, leave).max(axis=3), np.maximum(enter, leave).min(axis=3)
    return ((first < last) & (last > 0) & (first < 0.95)).any(axis=2)
