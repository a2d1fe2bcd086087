"""Smooth functions of time that motions are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from recam.camera.poses import FloatArray


def ease(share: ArrayLike) -> FloatArray:
    """0 to 1 with speed and acceleration zero at both ends (the minimum-jerk polynomial); clipped outside."""
    x = np.clip(np.asarray(share, dtype=np.float64), 0.0, 1.0)
    return x**3 * (10 - 15 * x + 6 * x**2)


def wave(seconds: FloatArray, period: float, phase: float = 0.0) -> FloatArray:
    """A sine of time; ``phase`` is a share of the period."""
    return np.sin(2 * np.pi * (seconds / period + phase))


def keyed(moments: FloatArray, keys: ArrayLike, values: ArrayLike, period: float | None = None) -> FloatArray:
    """Values that rest at keys and ease from each to the next.

    Args:
        moments: [F] times.
        keys: [K] rising times of the keys; with a period from 0 to below it, the first follows the last.
        values: [K] or [K,D] at the keys.

    Returns:
        [F] or [F,D].
    """
    keys, values = np.asarray(keys, dtype=np.float64), np.asarray(values, dtype=np.float64)
    moments = np.asarray(moments, dtype=np.float64)
    if period is not None:
        moments = (moments - keys[0]) % period + keys[0]
        keys, values = np.append(keys, keys[0] + period), np.concatenate([values, values[:1]])
    index = np.clip(np.searchsorted(keys, moments, side="right") - 1, 0, len(keys) - 2)
    share = ease((moments - keys[index]) / (keys[index + 1] - keys[index]))
    if values.ndim > 1:
        share = share[:, None]
    return values[index] + share * (values[index + 1] - values[index])


def drift(rng: np.random.Generator, seconds: FloatArray, size: float, period: float) -> FloatArray:
    """A smooth wandering within about ``size``: three sines about a period, with drawn phases."""
    periods = period * rng.uniform([0.8, 1.3, 2.0], [1.2, 1.9, 3.0])
    waves = [wave(seconds, float(each), rng.random()) for each in periods]
    return size * (0.55 * waves[0] + 0.35 * waves[1] + 0.3 * waves[2])
