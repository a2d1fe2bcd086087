"""How sure a mean is: bootstrap intervals over sources."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
FEWEST_SOURCES = 5
"""Below it there is no interval: a handful of scenes does not say how scenes differ."""
_AT_ONCE = 1 << 22
"""Weights of resampling that are held at once."""


def bootstrap_intervals(
    source: NDArray[np.int32], values: Mapping[str, NDArray[np.float64]]
) -> dict[str, list[float] | None]:
    """95 % percentile intervals [low, high] of the means of figures (Efron 1979), resampled by source.

    Clips of one source are alike, so that sources are drawn and not clips (the cluster bootstrap: Field and
    Welsh 2007); the mean stays the mean over clips. 1000 resamples from a generator of a fixed seed, the same
    ones for all figures.

    Args:
        source: [N] which source each clip is of.
        values: [N] by figure; NaN where a clip has none.

    Returns:
        by figure; None where fewer than 5 sources have a value.
    """
    intervals: dict[str, list[float] | None] = dict.fromkeys(values)
    number = np.unique(source, return_inverse=True)[1]
    groups = int(number.max(initial=-1)) + 1
    if groups < FEWEST_SOURCES:
        return intervals
    known = {name: ~np.isnan(column) for name, column in values.items()}
    sums = np.stack(
        [np.bincount(number, np.where(known[name], values[name], 0), groups) for name in values], axis=1
    )
    counts = np.stack([np.bincount(number, known[name], groups) for name in values], axis=1)
    random = np.random.default_rng(0)
    means = np.full((RESAMPLES, len(values)), np.nan)
    step = max(1, _AT_ONCE // groups)
    for start in range(0, RESAMPLES, step):
        size = min(step, RESAMPLES - start)
        picked = random.integers(0, groups, (size, groups)) + np.arange(size)[:, None] * groups
        weights = (
            np.bincount(picked.ravel(), minlength=size * groups).reshape(size, groups).astype(np.float64)
        )
        drawn = np.einsum("bs,sf->bf", weights, counts)  # not a matrix product: its bits depend on threads
        np.divide(
            np.einsum("bs,sf->bf", weights, sums), drawn, out=means[start : start + size], where=drawn > 0
        )
    for index, name in enumerate(values):
        column = means[:, index]
        if (counts[:, index] > 0).sum() >= FEWEST_SOURCES:
            low, high = np.quantile(column[~np.isnan(column)], (0.025, 0.975))
            intervals[name] = [float(low), float(high)]
    return intervals
