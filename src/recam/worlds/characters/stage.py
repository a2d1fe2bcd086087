"""Where and when a character acts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.scene import Ground


@dataclass(frozen=True, eq=False)
class Stage:
    """The circle that a character stays in, and the moments of its clip.

    Attributes:
        centre: x, y in metres.
        radius: metres.
        seconds: [F] of the frames, from 0.
        room: metres that its motion takes about its middle.
    """

    centre: tuple[float, float]
    radius: float
    ground: Ground
    seconds: FloatArray
    room: float = 0.3

    @property
    def duration(self) -> float:
        return float(self.seconds[-1])

    def on_ground(self, places: FloatArray) -> FloatArray:
        """[F,3] the places x, y [F,2] with the ground's height."""
        return np.concatenate([places, self.ground(places)[:, None]], axis=1)

    def spot(self, rng: np.random.Generator, room: float) -> FloatArray:
        """[2] a place from which ``room`` metres all round are still inside, or the centre."""
        angle, share = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
        slack = min(max(self.radius - room, 0.0), 0.6)
        return np.asarray(self.centre) + slack * share * np.array([np.cos(angle), np.sin(angle)])
