"""Ways along the ground: lines, curves, circles and loops, as functions of the distance gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.camera.poses import FloatArray

WAYS = ("line", "curve", "circle", "loop")
_STEP = 0.02  # metres between the samples of a way
_BEYOND = 3.0  # metres known before the start and past the end: feet land ahead of the body


@dataclass(frozen=True, eq=False)
class Way:
    """A way along the ground.

    Attributes:
        kind: one of ``WAYS``; a loop is to and fro with a narrow turn at both ends.
        distances: [N] metres from the start, rising; negative before it.
        points: [N,2] x, y.
        headings: [N] radians from x to y, without jumps.
    """

    kind: str
    distances: FloatArray
    points: FloatArray
    headings: FloatArray

    def at(self, distance: FloatArray) -> FloatArray:
        """[...,2] the place after so many metres."""
        return np.stack([np.interp(distance, self.distances, axis) for axis in self.points.T], axis=-1)

    def heading(self, distance: FloatArray) -> FloatArray:
        """[...] radians, the direction of travel there."""
        return np.interp(distance, self.distances, self.headings)

    def words(self, length: float) -> str:
        """Words for going so many metres of it, after a verb: " in a circle", or "" for most."""
        turned = abs(self.heading(np.array([0.0, length])) @ [-1, 1])
        if self.kind == "circle" and turned > np.pi:
            return " in a circle"
        if self.kind == "loop" and turned > 0.8 * np.pi:
            return " back and forth" if turned > 1.8 * np.pi else " and turning back"
        return ""


def straight_way(start: tuple[float, float], heading: float) -> Way:
    """A line from a place, both ways."""
    distances = np.array([-_BEYOND, _BEYOND])
    points = np.asarray(start) + distances[:, None] * [np.cos(heading), np.sin(heading)]
    return Way("line", distances, points, np.full(2, heading))


def draw_way(
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: float,
    length: float,
    tightest: float = 0.45,
    kind: str | None = None,
) -> Way:
    """A way of a length that stays within a circle.

    Args:
        centre, radius: metres, of the circle that the way (not the body that goes it) stays in.
        length: metres from start to end.
        tightest: metres, the least radius of a turn; a smaller circle has tighter ones.
        kind: one of ``WAYS``; drawn when None. A line or curve too long for the circle becomes a loop.
    """
    tightest = min(tightest, 0.45 * radius)
    if kind is None:
        kind = str(rng.choice(WAYS, p=(0.35, 0.25, 0.2, 0.2)))
    if kind in ("line", "curve") and length > 1.9 * radius:
        kind = "loop" if rng.random() < 0.5 else "circle"
    side = float(rng.choice([-1.0, 1.0]))
    distances = np.arange(-_BEYOND, length + _BEYOND + _STEP, _STEP)
    if kind == "line":
        headings = np.zeros_like(distances)
    elif kind == "curve":
        wavelength = max(length, 2.0) * rng.uniform(1.0, 2.0)
        strength = min(rng.uniform(0.4, 0.9), wavelength / (2 * np.pi * tightest))
        headings = side * strength * np.sin(2 * np.pi * (distances / wavelength + rng.random()))
    elif kind == "circle":
        headings = side * distances / max(rng.uniform(0.55, 0.95) * radius, tightest)
    else:
        headings = side * _loop(rng, distances, radius, tightest)
    headings = headings + rng.uniform(0, 2 * np.pi)
    ways = np.stack([np.cos(headings), np.sin(headings)], axis=1)
    points = np.concatenate([np.zeros((1, 2)), np.cumsum((ways[1:] + ways[:-1]) / 2 * _STEP, axis=0)])
    gone = points[(distances >= -_STEP) & (distances <= length + _STEP)]
    middle = _middle(gone)
    slack = max(radius - np.linalg.norm(gone - middle, axis=1).max(), 0.0)
    angle, share = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
    shift = np.asarray(centre) - middle + slack * share * np.array([np.cos(angle), np.sin(angle)])
    return Way(kind, distances, points + shift, headings)


def _middle(points: FloatArray) -> FloatArray:
    """[2] about the middle of the least circle around points [N,2] (Badoiu and Clarkson's iteration)."""
    middle = points.mean(axis=0)
    for count in range(1, 40):
        farthest = points[np.argmax(np.sum((points - middle) ** 2, axis=1))]
        middle = middle + (farthest - middle) / (count + 1)
    return middle


def _loop(rng: np.random.Generator, distances: FloatArray, radius: float, tightest: float) -> FloatArray:
    """Headings of a round with two straights and two half circles, begun somewhere along a straight."""
    bend = min(max(tightest, rng.uniform(0.25, 0.5) * radius), 0.6 * radius)
    straight = max(2 * (radius - bend) * rng.uniform(0.7, 1.0), 0.2)
    arc = np.pi * bend
    along = distances + rng.uniform(0.0, 0.8) * straight
    turns, rest = np.divmod(along, straight + arc)
    headings = np.pi * (turns + np.clip((rest - straight) / arc, 0.0, 1.0))
    # A body swings into a turn: blur the kinks of the heading over half a metre.
    kernel = np.hanning(int(0.5 / _STEP) | 1)
    padded = np.pad(headings, len(kernel) // 2, mode="reflect", reflect_type="odd")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float64)
