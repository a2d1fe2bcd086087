"""How far and how fast the cameras of the published training set moved, and limits for a path from that.

The rules of the set (MultiCamVideo; ReCamMaster, arXiv 2503.11647): 81 frames at 15 a second; starts 3, 5, 7
or 10 m from the subject, at most 45 degrees above it and never nearer than 0.5 m; pans of 5 to 45 degrees,
tilts of 5 to 30, translations and smoothed polylines of 1/4 to 1 times the distance, arcs of 15 to 75; half
at constant speed, half with progress (1 - exp(-a t)) / (1 - exp(-a)). What follows:

====================  ==============================================  =======================
largest in the set    derivation                                      limit
====================  ==============================================  =======================
longest way           75 degrees round a subject 10 m away            13.1 m
farthest from start   the chord of that arc                           12.2 m
pan, on the spot      rule                                            45 degrees
view to either side   an arc turns the view as far as it goes round   75 degrees
tilt                  rule                                            30 degrees
round the subject     rule                                            75 degrees
nearest to it         rule                                            0.5 m
mean speed            13.1 m in 80 / 15 = 5.33 s                      2.45 m/s
mean turn             75 degrees in 5.33 s                            14.1 degrees/s
peak over mean speed  a / (1 - exp(-a)) at its end; the set's         4.07
                      description gives no range for a: 4 is assumed
peak speed            2.45 m/s x 4.07                                 10 m/s, 0.667 m/frame
peak turn             14.1 degrees/s x 4.07                           57.3 degrees/s, 3.82/frame
peak acceleration     along the way: 13.1 m x a^2 / (1 - exp(-a)) /   12.5 m/s^2
                      5.33^2; across it: 10^2 / 10 m
the same of turns     75 degrees x a^2 / (1 - exp(-a)) / 5.33^2       43 degrees/s^2
====================  ==============================================  =======================
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from recam.camera.presets import PUBLISHED_FRAMES

TRAINING_FPS = 15.0
_CURVE = 4.0  # the data set's a; see above
_PEAK_SPEED = _CURVE / (1 - math.exp(-_CURVE))
_PEAK_ACCELERATION = _CURVE**2 / (1 - math.exp(-_CURVE))
_STEPS = PUBLISHED_FRAMES - 1


@dataclass(frozen=True)
class Limits:
    """What a model has seen. Speeds are per frame: a model sees frames and knows no seconds."""

    distance: float = 10.0
    """Metres to the subject at most."""
    pan: float = 45.0
    """Degrees, where the camera turns on the spot."""
    turn: float = 75.0
    """Degrees that the view turns to either side, and that the camera goes round the subject."""
    tilt: float = 30.0
    """Degrees up or down."""
    roll: float = 5.0
    """Degrees; the set's cameras are level. A little is left to measured paths and to shaking hands."""
    source_tilt: float = 45.0
    """Degrees that a source camera may look down or up, so that a level camera seems rolled from there."""
    nearest: float = 0.5
    """Metres to the subject."""
    num_frames: int = PUBLISHED_FRAMES

    @property
    def way(self) -> float:
        """Metres of way at most: the largest turn round the subject from farthest away."""
        return self.distance * math.radians(self.turn)

    @property
    def reach(self) -> float:
        """Metres from the path's start at most: the chord of that way."""
        return 2 * self.distance * math.sin(math.radians(self.turn) / 2)

    def speed(self, num_frames: int) -> float:
        """Metres a frame at most, on a path of that many frames.

        A shorter path is taken to be for a model of shorter clips, whose cameras go as far in fewer frames.
        """
        return self.way / self._steps(num_frames) * _PEAK_SPEED

    def turn_rate(self, num_frames: int) -> float:
        """Degrees a frame at most."""
        return self.turn / self._steps(num_frames) * _PEAK_SPEED

    def acceleration(self, num_frames: int) -> float:
        """Metres a frame a frame at most."""
        along = self.way / self._steps(num_frames) ** 2 * _PEAK_ACCELERATION
        return math.hypot(along, self.speed(num_frames) ** 2 / self.distance)

    def turn_acceleration(self, num_frames: int) -> float:
        """Degrees a frame a frame at most."""
        return self.turn / self._steps(num_frames) ** 2 * _PEAK_ACCELERATION

    def _steps(self, num_frames: int) -> int:
        return max(1, min(num_frames, self.num_frames) - 1)


TRAINING = Limits()
