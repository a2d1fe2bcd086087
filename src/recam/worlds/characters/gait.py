"""Where feet are while a body goes its way: planted and still, or swinging to the next place.

One cycle is a step of every leg. A leg's cycle begins as its foot lands; the foot stays where it is for the
share ``stance`` and swings through the rest. A foot lands so that the body passes over it in the middle of
its stance; therefore feet do not slide, on any way and at any speed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recam.camera.poses import FloatArray
from recam.worlds.characters.paths import Way
from recam.worlds.scene import Ground


@dataclass(frozen=True)
class Leg:
    """How a leg goes.

    Attributes:
        phase: share of the cycle by which it is ahead.
        forward, left: metres of its foot's place from the body's middle.
    """

    phase: float
    forward: float
    left: float


@dataclass(frozen=True, eq=False)
class Footing:
    """Where the sole of one foot is.

    Attributes:
        places: [F,3] of the sole's middle in the world; on the ground while planted.
        headings: [F] radians.
        moments: [F] 0 to 1, where in its cycle the leg is; planted below the stance.
        planted: [F].
    """

    places: FloatArray
    headings: FloatArray
    moments: FloatArray
    planted: NDArray[np.bool_]


def step(
    way: Way, cycles: FloatArray, stride: float, leg: Leg, ground: Ground, stance: float, lift: float
) -> Footing:
    """The footing of one leg.

    Args:
        cycles: [F] cycles gone; the body is at ``cycles * stride`` metres of the way.
        stride: metres gone in a cycle.
        stance: share of a cycle in which the foot is on the ground.
        lift: metres that it rises in the swing.
    """
    counted = cycles + leg.phase
    landed = np.floor(counted)
    moments = counted - landed
    share = np.clip((moments - stance) / (1 - stance), 0.0, 1.0)
    start, start_heading = _place(way, stride * (landed - leg.phase + stance / 2), leg)
    end, end_heading = _place(way, stride * (landed + 1 - leg.phase + stance / 2), leg)
    # Quicker off the ground than onto it, and at rest as it lands.
    moved = share**2 * (3 - 2 * share)
    places = start + moved[:, None] * (end - start)
    height = ground(start) + moved * (ground(end) - ground(start))
    height = np.maximum(height, ground(places)) + lift * np.sin(np.pi * share) ** 2
    headings = start_heading + moved * (end_heading - start_heading)
    return Footing(
        np.concatenate([places, height[:, None]], axis=1), headings, moments, np.asarray(moments < stance)
    )


def _place(way: Way, distance: FloatArray, leg: Leg) -> tuple[FloatArray, FloatArray]:
    """[F,2] and [F] where a leg's foot lands while the body is at a distance, and its heading."""
    heading = way.heading(distance)
    ahead = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    aside = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
    return way.at(distance) + leg.forward * ahead + leg.left * aside, heading
