"""Keys turned into curves: when the camera is where, and how it gets there.

Times are shares of the path here, 0 to 1. The curves run over the time that the camera is under way: rests
are left out, so a path keeps its shape however long the camera rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from recam.camera.angles import from_pan_tilt_roll, pick
from recam.camera.constraints import Shot, aim
from recam.camera.easing import ease
from recam.camera.intrinsics import FULL_FRAME_MM, Intrinsics
from recam.camera.keyframe import Keyframe
from recam.camera.poses import FloatArray
from recam.camera.presets import PUBLISHED_FRAMES
from recam.camera.resample import MAX_FRAMES
from recam.camera.spline import hermite_curve, monotone_curve, rotation_curve
from recam.errors import InputError

if TYPE_CHECKING:
    from recam.camera.keyframes import Keyframes

MAX_ZOOM = 1000.0
TIMING_POWER: dict[str, float] = {"even": 0.0, "centripetal": 0.5, "distance": 1.0}
_METRES_PER_RADIAN = 1.0  # how a turn counts as distance where keys have no times
_OPPOSITE = 179.9  # degrees between neighbours from which "the shorter way" means nothing
_SAME = 1e-9
_SAME_LOOP = 1e-6


@dataclass(frozen=True, eq=False)
class Track:
    """K keys that differ from their neighbours, in time order."""

    arrive: FloatArray
    """[K] when the camera reaches each key."""
    leave: FloatArray
    """[K] when it goes on."""
    stops: np.ndarray
    """[K] whether it comes to rest at the key."""
    positions: FloatArray
    """[K,3] metres."""
    rotations: Rotation
    """K, camera-to-world."""
    targets: FloatArray | None
    """[K,3] what each key looks at, where all of them look at a point: the view then follows that point."""
    rolls: FloatArray
    """[K] degrees, used with ``targets``."""
    log_zoom: FloatArray
    """[K]"""
    tension: FloatArray
    """[K]"""
    easings: tuple[str | None, ...]
    closed: bool
    smooth: bool

    def pick(self, chosen: Sequence[int]) -> Track:
        """The keys ``chosen``, which may repeat."""
        rows = {
            name: getattr(self, name)[list(chosen)]
            for name in ("arrive", "leave", "stops", "positions", "rolls", "log_zoom", "tension")
        }
        return replace(
            self,
            rotations=pick(self.rotations, list(chosen)),
            targets=None if self.targets is None else self.targets[list(chosen)],
            easings=tuple(self.easings[index] for index in chosen),
            **rows,
        )

    def differs(self) -> np.ndarray:
        """[K-1] whether anything changes from a key to the next."""
        changes = (np.abs(np.diff(self.positions, axis=0)) > _SAME).any(axis=1)
        changes |= self.turns() > _SAME
        changes |= np.abs(np.diff(self.log_zoom)) > _SAME
        if self.targets is not None:
            changes |= (np.abs(np.diff(self.targets, axis=0)) > _SAME).any(axis=1)
        return changes

    def turns(self) -> FloatArray:
        """[K-1] radians from each key's view to the next one's."""
        return (self.rotations[:-1].inv() * self.rotations[1:]).magnitude()

    def shot(self, shares: FloatArray, times: FloatArray, lens: Intrinsics | None) -> Shot:
        """The camera at ``shares`` [N] of the path, before any constraint; ``times`` and ``lens`` go along.

        Raises:
            InputError: a frame sits on, or straight above or below, the point that it should look at.
        """
        count = len(shares)
        frames = np.arange(count, dtype=np.float64)
        if len(self.arrive) == 1:
            still = self.pick([0] * count)
            return Shot(frames, times, still.positions, still.rotations, np.exp(still.log_zoom), lens)
        knots = np.concatenate([[0.0], np.cumsum(self.arrive[1:] - self.leave[:-1])])
        way = self._way(knots, shares)
        positions = self._points(knots, self.positions)(way)
        zoom = np.exp(self._values(knots, self.log_zoom)(way))
        if self.targets is None:
            curve = (
                rotation_curve(knots, self.rotations, self.closed)
                if self.smooth
                else Slerp(knots, self.rotations)
            )
            return Shot(frames, times, positions, curve(way), zoom, lens)
        rolls = self._values(knots, self.rolls)(way)
        rolled = from_pan_tilt_roll(np.stack([0 * rolls, 0 * rolls, rolls], axis=1))
        shot = Shot(frames, times, positions, rolled, zoom, lens)
        targets = self._points(knots, self.targets)(way)
        return replace(shot, rotations=aim(replace(shot, lens=None), targets))

    def _points(self, knots: FloatArray, points: FloatArray) -> Callable[[FloatArray], FloatArray]:
        if self.smooth:
            return hermite_curve(knots, points, self.tension, self.closed)
        return lambda way: np.stack([np.interp(way, knots, axis) for axis in points.T], axis=1)

    def _values(self, knots: FloatArray, values: FloatArray) -> Callable[[FloatArray], FloatArray]:
        if self.smooth:
            return monotone_curve(knots, values, self.closed)
        return lambda way: np.interp(way, knots, values)

    def _way(self, knots: FloatArray, shares: FloatArray) -> FloatArray:
        """How far along the curves the camera is at ``shares``; it rests, starts and stops here."""
        way = np.interp(shares, self.arrive, knots)
        for key in range(len(knots) - 1):
            start, end = self.leave[key], self.arrive[key + 1]
            inside = (shares > self.arrive[key]) & (shares < end)
            local = np.clip((shares[inside] - start) / (end - start), 0.0, 1.0)
            easing = self.easings[key]
            if easing is not None:
                local = ease(easing, local)
            else:
                # A cubic from 0 to 1 whose slope is 0 at a stop and 1, the even speed, where it passes.
                first, last = 1.0 - self.stops[key], 1.0 - self.stops[key + 1]
                local = (
                    local**2 * (3 - 2 * local)
                    + first * local * (1 - local) ** 2
                    - last * local**2 * (1 - local)
                )
            way[inside] = knots[key] + local * (knots[key + 1] - knots[key])
        return np.clip(way, knots[0], knots[-1])


def make_track(path: Keyframes) -> tuple[Track, int]:
    """The track of ``path`` and its number of frames.

    Raises:
        InputError: keys that do not fit together; the message names the key, counted from 1.
    """
    keys = path.keys
    positions = np.array(_carried([key.place() for key in keys], np.zeros(3)))
    rotations, targets, rolls = _views(keys, positions)
    zooms = [_zoom(number, key, path.lens) for number, key in enumerate(keys, 1)]
    track = Track(
        arrive=np.zeros(len(keys)),
        leave=np.zeros(len(keys)),
        stops=np.array([key.hold is not None for key in keys]),
        positions=positions,
        rotations=rotations,
        targets=targets,
        rolls=rolls,
        log_zoom=np.log(_carried(zooms, 1.0)),
        tension=np.array([path.tension if key.tension is None else key.tension for key in keys]),
        easings=tuple(key.easing for key in keys),
        closed=path.loop,
        smooth=path.interpolation == "smooth",
    )
    arrive, leave, num_frames = _times(path, track)
    track = replace(track, arrive=arrive, leave=leave)
    if path.loop:
        track = _close(track)
    numbers = [min(index, len(keys) - 1) + 1 for index in range(len(track.arrive))]
    _check_turns(track, keys, numbers)
    return _merge_rests(track, numbers), num_frames


def _carried(values: Sequence[Any], first: Any) -> list[Any]:
    """``values`` with each None replaced by what came before it."""
    found = []
    for value in values:
        first = first if value is None else value
        found.append(first)
    return found


def _views(keys: Sequence[Keyframe], positions: FloatArray) -> tuple[Rotation, FloatArray | None, FloatArray]:
    """Each key's rotation, the points looked at (None unless all keys look at one) and the rolls [K]."""
    sayers = _carried([key if key.says_view else None for key in keys], Keyframe(pan=0))
    rolls = np.array([key.roll or 0.0 for key in sayers])
    matrices = np.empty((len(keys), 3, 3))
    for index, key in enumerate(sayers):
        stated = key.rotation()
        if stated is None:
            pan, tilt = key.pan or 0.0, key.tilt or 0.0
            angles = (0.0, 0.0, rolls[index]) if key.look_at is not None else (pan, tilt, rolls[index])
            turn = from_pan_tilt_roll([angles])
            if key.look_at is not None:
                shot = Shot(
                    np.array([index + 1.0]), np.zeros(1), positions[[index]], turn, np.ones(1), None, "key"
                )
                turn = aim(shot, np.array(key.look_at))
            stated = turn.as_matrix()[0]
        matrices[index] = stated
    points = [key.look_at for key in sayers if key.look_at is not None]
    return Rotation.from_matrix(matrices), np.array(points) if len(points) == len(keys) else None, rolls


def _zoom(number: int, key: Keyframe, lens: Intrinsics | None) -> float | None:
    zoom = _stated_zoom(number, key, lens)
    if zoom is not None and not 1 / MAX_ZOOM <= zoom <= MAX_ZOOM:
        raise InputError(
            f"key {number}: a focal length of {zoom:.3g} times the source's is no lens; stay between "
            f"{1 / MAX_ZOOM:g} and {MAX_ZOOM:g}"
        )
    return zoom


def _stated_zoom(number: int, key: Keyframe, lens: Intrinsics | None) -> float | None:
    if key.fov is None and key.focal_mm is None:
        return key.zoom
    if lens is None:
        field = "focal_mm" if key.fov is None else "fov"
        raise InputError(
            f"key {number}: {field} needs the source's lens (lens: {{fov: 60, width: 832, height: 480}}), "
            "or say zoom, the focal length over the source's"
        )
    if key.fov is not None:
        return Intrinsics.from_fov_degrees(key.fov, lens.width, lens.height).fx / lens.fx
    sensor = FULL_FRAME_MM[0] if key.sensor_mm is None else key.sensor_mm
    return Intrinsics.from_focal_mm(key.focal_mm or 1.0, lens.width, lens.height, sensor).fx / lens.fx


def _times(path: Keyframes, track: Track) -> tuple[FloatArray, FloatArray, int]:
    """When the camera reaches and leaves each key, [K] as shares, and the number of frames."""
    keys, unit = path.keys, path.keys[0].unit
    for number, key in enumerate(keys[1:], 2):
        if key.unit != unit:
            said = "no time" if key.unit is None else f"a {key.unit}"
            first = "none" if unit is None else f"a {unit}"
            raise InputError(
                f"key {number} states {said} and key 1 {first}; say all times in one way, or none"
            )
    holds = np.array([key.hold or 0.0 for key in keys])
    frames = path.num_frames
    if unit is None:
        arrive = _spread(path, track, holds)
        return arrive, arrive + holds, frames or PUBLISHED_FRAMES
    arrive = np.array([key.time for key in keys], dtype=np.float64)
    leave = arrive + holds
    for index in range(1, len(keys)):
        if not arrive[index] > arrive[index - 1]:
            raise InputError(
                f"key {index + 1} ({unit} {arrive[index]:g}) does not come after key {index} "
                f"({unit} {arrive[index - 1]:g})"
            )
        if leave[index - 1] > arrive[index]:
            raise InputError(
                f"key {index} holds until {unit} {leave[index - 1]:g}, but key {index + 1} is at "
                f"{unit} {arrive[index]:g}"
            )
    if unit == "seconds" and path.fps is None:
        raise InputError("key 1: a time in seconds needs fps, the frames per second of the video")
    per_unit = {"frame": 1.0, "seconds": path.fps or 1.0, "share": 0.0}[unit]
    if leave[-1] * per_unit >= MAX_FRAMES:
        raise InputError(
            f"key {len(keys)} ends at {unit} {leave[-1]:g}; a path has at most {MAX_FRAMES} frames"
        )
    if unit == "share":
        end, frames = 1.0, frames or PUBLISHED_FRAMES
    else:
        frames = round(leave[-1] * per_unit) + 1 if frames is None else frames
        end = (frames - 1) / per_unit
    # A time in seconds need not fall on a frame: up to half a frame late is the last frame.
    late = leave[-1] - end
    if late > (0.5 / per_unit + 1e-9 if unit == "seconds" else 1e-9):
        what = f"is at {unit} {arrive[-1]:g}" if arrive[-1] > end else f"holds until {unit} {leave[-1]:g}"
        raise InputError(f"key {len(keys)} {what}, after the path's end at {unit} {end:g} ({frames} frames)")
    end = max(end, float(leave[-1]))
    return (arrive / end, leave / end, frames) if end > 0 else (arrive, leave, frames)


def _spread(path: Keyframes, track: Track, holds: FloatArray) -> FloatArray:
    """Times of keys that state none, from the first frame to the last."""
    chosen = [*range(len(holds)), 0] if path.loop else list(range(len(holds)))
    if holds.sum() >= 1:
        raise InputError(
            f"the keys hold for {holds.sum():g} of the path together; holds are shares below 1 here"
        )
    if len(chosen) == 1:
        return np.zeros(1)
    ring = track.pick(chosen)
    metres = np.linalg.norm(np.diff(ring.positions, axis=0), axis=1)
    lengths = np.hypot(metres, ring.turns() * _METRES_PER_RADIAN)
    # Keys that differ in their lens only, or not at all, get an average gap.
    lengths[lengths < _SAME] = lengths.mean() or 1.0
    gaps = lengths ** TIMING_POWER[path.timing]
    moving = np.concatenate([[0.0], np.cumsum(gaps)[: len(holds) - 1]]) / gaps.sum() * (1 - holds.sum())
    return moving + np.concatenate([[0.0], np.cumsum(holds)[:-1]])


def _close(track: Track) -> Track:
    """A closed path ends with its first key again: append it, unless the last key is it already."""
    count = len(track.arrive)
    if track.arrive[0] > _SAME:
        raise InputError("key 1 of a loop must be at its start, time 0")
    if count > 1 and track.arrive[-1] >= 1 - _SAME:
        ends = track.pick([0, count - 1])
        apart = (
            np.abs(np.diff(ends.positions, axis=0)).max()
            + ends.turns()[0]
            + np.abs(np.diff(ends.log_zoom))[0]
        )
        if apart > _SAME_LOOP:
            raise InputError(
                f"key {count} ends the loop and must be where key 1 is; leave it out, or put it earlier"
            )
        track = track.pick(range(count - 1))
    if track.leave[-1] >= 1 - _SAME and len(track.arrive) > 1:
        raise InputError(
            f"key {len(track.arrive)} holds until the loop's end; leave time to go back to key 1"
        )
    track = track.pick([*range(len(track.arrive)), 0])
    times = {name: np.array(getattr(track, name)) for name in ("arrive", "leave")}
    for values in times.values():
        values[-1] = 1.0
    return replace(track, **times)


def _check_turns(track: Track, keys: Sequence[Keyframe], numbers: Sequence[int]) -> None:
    """Refuse turns whose shorter way is not what was meant."""
    if track.targets is not None:
        return
    for index, angle in enumerate(np.degrees(track.turns())):
        first, second = numbers[index], numbers[index + 1]
        pans = [keys[number - 1].pan for number in (first, second)]
        asked = abs(pans[1] - pans[0]) if pans[0] is not None and pans[1] is not None else 0.0
        if angle > _OPPOSITE or asked > _OPPOSITE:
            raise InputError(
                f"keys {first} and {second} are {max(angle, asked):.0f} degrees apart and a turn takes the "
                "shorter way; put a key between them"
            )


def _merge_rests(track: Track, numbers: Sequence[int]) -> Track:
    """Keys equal to the one before them become its rest; the rests before and after the path stop as well."""
    starts = np.concatenate([[True], track.differs()])
    first = np.flatnonzero(starts)
    last = np.append(first[1:] - 1, len(starts) - 1)
    merged = track.pick(first.tolist())
    leave = track.leave[last]
    too_late = merged.arrive[1:] - leave[:-1] < _SAME
    if too_late.any():
        number = numbers[first[1:][too_late][0]]
        raise InputError(f"key {number - 1} holds right up to key {number}; leave time to move")
    rests = leave - merged.arrive > _SAME
    stops = merged.stops | rests
    stops[0] |= bool(merged.arrive[0] > _SAME)
    stops[-1] |= bool(leave[-1] < 1 - _SAME)
    return replace(merged, leave=leave, stops=stops, easings=tuple(track.easings[index] for index in last))
