"""What human-like bodies do where they stand."""

from __future__ import annotations

import numpy as np

from recam.worlds.characters.human_body import Acting, Build, standing
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import wave

Played = tuple[Acting, str]
"""What a body does, and the words for it."""


def wave_hand(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    side = str(rng.choice(["left", "right"]))
    period, size = rng.uniform(0.6, 1.1), rng.uniform(18, 32)
    beat = wave(stage.seconds, period, rng.random())
    arm = acting.arms[side]
    arm.out = np.full_like(arm.out, rng.uniform(95, 125)) + 6 * beat
    arm.forward = np.full_like(arm.out, rng.uniform(5, 20))
    arm.twist = np.full_like(arm.out, -90.0)
    arm.elbow = 70 + size * beat
    sign = 1 if side == "left" else -1
    acting.waist[:, 1] += sign * 3 + sign * 2 * beat
    return acting, "waving"
