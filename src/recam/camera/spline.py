"""Smooth curves through keys: positions, rotations, single numbers. Open, or closed without a seam.

A closed curve's last key is its first key again. ``knots`` [K] rise strictly; curves are only asked between
the first and the last of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import CubicHermiteSpline, CubicSpline, PchipInterpolator
from scipy.spatial.transform import Rotation, RotationSpline

from recam.camera.angles import pick
from recam.camera.poses import FloatArray

# A key's pull on a C2 spline fades by a factor of 0.27 a key: after 32 keys it is below 1e-16.
_PERIODIC_PADDING = 32
_SAME_ROTATION = 1e-9  # radians


def hermite_curve(
    knots: FloatArray, points: FloatArray, tension: FloatArray, closed: bool = False
) -> Callable[[FloatArray], FloatArray]:
    """A curve through ``points`` [K,3] that does not overshoot: times [N] to points [N,3].

    A natural cubic spline, whose velocity at a key is taken times 1 - ``tension`` [K]: 0 flows through, 1
    stops at the key, -1 swings wide. It is at most three times the mean speed of either neighbouring segment,
    so that the curve rests between two equal keys (the bound of Fritsch and Carlson 1980, applied to lengths:
    so it turns with the points). C1; C2 at keys where neither tension nor that bound acts.
    """
    slopes = np.linalg.norm(np.diff(points, axis=0) / np.diff(knots)[:, None], axis=1)
    if closed:
        points = np.concatenate([points[:-1], points[:1]])  # the same to the last bit, as scipy wants it
    velocities = CubicSpline(knots, points, bc_type="periodic" if closed else "natural")(knots, 1)
    velocities = velocities * (1 - tension)[:, None]
    before, after = np.append(slopes[0], slopes), np.append(slopes, slopes[-1])
    if closed:
        before[0] = after[-1] = min(slopes[0], slopes[-1])
    speed = np.linalg.norm(velocities, axis=1)
    most = 3 * np.minimum(before, after)
    velocities *= np.minimum(1.0, most / np.maximum(speed, 1e-300))[:, None]
    return CubicHermiteSpline(knots, points, velocities, axis=0)


def monotone_curve(
    knots: FloatArray, values: FloatArray, closed: bool = False
) -> Callable[[FloatArray], FloatArray]:
    """A C1 curve through ``values`` [K] that never leaves the range of neighbouring keys (PCHIP)."""
    if closed:  # its slopes look one key to either side
        period = knots[-1] - knots[0]
        knots = np.concatenate([knots[-3:-1] - period, knots, knots[1:3] + period])
        values = np.concatenate([values[-3:-1], values, values[1:3]])
    return PchipInterpolator(knots, values)


def rotation_curve(
    knots: FloatArray, rotations: Rotation, closed: bool = False
) -> Callable[[FloatArray], Rotation]:
    """A C2 curve through ``rotations`` [K] (:class:`scipy.spatial.transform.RotationSpline`), by the shorter
    way from key to key, and the same there and back.

    Between two equal keys it rests, and it leaves and reaches them without a jerk (C1). A natural spline
    would swing the other way first.
    """
    count = len(knots) - 1
    rests = (rotations[:-1].inv() * rotations[1:]).magnitude() < _SAME_ROTATION
    if not closed:
        return _open_rotation_curve(knots, rotations, rests)
    period = knots[-1] - knots[0]
    if rests.any():  # cut the ring open where it rests
        order = (np.arange(count + 1) + int(np.argmax(rests))) % count
        start = knots[order[0]]
        cut = np.append((knots[order[:-1]] - start) % period, period) + start
        curve = _open_rotation_curve(
            cut, pick(rotations, order), np.roll(rests, -int(order[0])), rests_after=True
        )
        return lambda times: curve(start + (times - start) % period)
    around = np.arange(-_PERIODIC_PADDING, count + _PERIODIC_PADDING + 1)
    times = knots[around % count] + (around // count) * period
    return _two_way_spline(times, pick(rotations, around % count))


def _two_way_spline(times: FloatArray, rotations: Rotation) -> Callable[[FloatArray], Rotation]:
    """Half way between scipy's spline and that of the reversed keys: each segment of scipy's starts from its
    first key, so that a path and its reverse would differ by up to degrees.
    """
    there = RotationSpline(times, rotations)
    back = RotationSpline(-times[::-1], rotations[::-1])

    def evaluate(at: FloatArray) -> Rotation:
        first = there(at)
        return first * Rotation.from_rotvec((first.inv() * back(-at)).as_rotvec() / 2)

    return evaluate


def _open_rotation_curve(
    knots: FloatArray, rotations: Rotation, rests: np.ndarray, rests_after: bool = False
) -> Callable[[FloatArray], Rotation]:
    """Runs between rests, each a spline of its own, held still where it meets one."""
    count = len(knots) - 1
    runs: list[tuple[int, int, Callable[[FloatArray], Rotation]]] = []
    start = 0
    while start < count:
        if rests[start]:
            start += 1
            continue
        end = start
        while end < count and not rests[end]:
            end += 1
        chosen, times = list(range(start, end + 1)), list(knots[start : end + 1])
        # A key again a millionth of a segment outside holds the end still: scipy takes no end velocity.
        if start > 0:
            chosen, times = [start, *chosen], [times[0] - 1e-6 * (times[1] - times[0]), *times]
        if end < count or rests_after:
            chosen, times = [*chosen, end], [*times, times[-1] + 1e-6 * (times[-1] - times[-2])]
        runs.append((start, end, _two_way_spline(np.array(times), pick(rotations, chosen))))
        start = end

    def evaluate(times: FloatArray) -> Rotation:
        times = np.asarray(times, dtype=np.float64)
        segment = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, count - 1)
        quaternions = rotations.as_quat()[segment]
        for first, end, spline in runs:
            inside = (segment >= first) & (segment < end)
            if inside.any():
                quaternions[inside] = spline(times[inside]).as_quat()
        return Rotation.from_quat(quaternions)

    return evaluate
