"""The focal length of a camera that travels: which a clip speaks for, and whether it speaks for any."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recam.camera.intrinsics import Intrinsics
from recam.camera.solve.evidence import hold_pairwise
from recam.camera.solve.features import FrameFeatures, Pair
from recam.camera.solve.mapping import Scene, map_scene
from recam.camera.solve.rotation import with_focal

_LENS_FOVS = (28.0, 37.0, 48.0, 61.0, 75.0, 92.0)  # degrees along the longer side: lenses to try
_LENS_PAIRS = 24

Matched = dict[Pair, NDArray[np.int64]]


def likely_lens(
    features: FrameFeatures,
    matches: Matched,
    guess: Intrinsics,
    threshold: float,
    seed: int,
    threads: int | None,
) -> Intrinsics:
    """The focal length, of a few, whose essential matrices fit the widest pairs best; ``guess`` where none is
    clearly better."""
    enough = [pair for pair in matches if len(matches[pair]) >= 40]
    widest = sorted(enough, key=lambda pair: pair[0] - pair[1])
    some = {pair: matches[pair] for pair in widest[:_LENS_PAIRS]}
    if not some:
        return guess

    def score(lens: Intrinsics) -> float:
        holds = hold_pairwise(features, some, lens, threshold, seed, threads)
        return float(sum(inside.sum() for inside in holds.values()))

    side = max(guess.width, guess.height)
    tried = [with_focal(guess, side / 2 / math.tan(math.radians(fov) / 2)) for fov in _LENS_FOVS]
    scores = [score(lens) for lens in tried]
    best = int(np.argmax(scores))
    return tried[best] if scores[best] > 1.02 * score(guess) else guess


def tells_focal(
    features: FrameFeatures, still: Matched, scene: Scene, guess: Intrinsics, threshold: float, seed: int
) -> bool:
    """Whether the guess, and a lens a fifth longer than what was found, would fit visibly worse.

    A camera that travels without turning does not tell its lens: depths stretch to suit any.
    """
    return not any(
        _residual_ratio(features, still, scene, lens, threshold, seed) < worse
        for lens, worse in ((with_focal(scene.lens, 1.2 * scene.lens.fx), 1.05), (guess, 1.02))
    )


def told_by_scene(
    features: FrameFeatures, still: Matched, scene: Scene, threshold: float, seed: int
) -> Intrinsics | None:
    """The lens that the mapped scene speaks for when it is free; None where any lens would do."""
    if scene.focal_found:
        return scene.lens
    for factor in (1.2, 1 / 1.2):
        other = with_focal(scene.lens, factor * scene.lens.fx)
        ratio = _residual_ratio(features, still, scene, other, threshold, seed)
        if not 1 / 1.05 < ratio < 1.05:
            break
    else:
        return None
    free = map_scene(features, still, scene.lens, True, threshold, seed, scene)
    if free is None:
        return None
    as_good = scene.residual < 1.02 * free.residual and len(scene.points) > 0.9 * len(free.points)
    near = abs(math.log(free.lens.fx / scene.lens.fx)) < math.log(1.05)
    return free.lens if near or not as_good else None


def _residual_ratio(
    features: FrameFeatures, still: Matched, scene: Scene, lens: Intrinsics, threshold: float, seed: int
) -> float:
    """Residual with ``lens`` over that of the scene; infinite where it explains less of it."""
    other = map_scene(features, still, lens, False, threshold, seed, replace(scene, lens=lens))
    if other is None or len(other.points) <= 0.9 * len(scene.points):
        return math.inf
    return other.residual / scene.residual
