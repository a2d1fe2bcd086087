"""Rules that a camera path keeps, over all of it or a span: look at a point, keep a distance, stay level.

Constraints are applied to the finished motion, frame by frame, one after another in the order given: a later
one acts on what the earlier ones left. Points are in the frame of the source's first camera (OpenCV axes,
metres). Where constraints act, the path need not pass through its keys any more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.angles import from_pan_tilt_roll, pan_tilt_roll, pick
from recam.camera.arguments import check_number, check_point
from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray
from recam.errors import InputError

_CENTRE = (0.5, 0.5)
_DEFAULT_BLEND = 0.1  # of the path


@dataclass(frozen=True, eq=False)
class Shot:
    """The frames that constraints act on."""

    frames: FloatArray
    """[N] frame numbers, for messages."""
    times: FloatArray
    """[N] in the unit of the keys' times."""
    positions: FloatArray
    """[N,3] metres."""
    rotations: Rotation
    """N, camera-to-world."""
    zoom: FloatArray
    """[N] focal length over that of the source's first view."""
    lens: Intrinsics | None
    """Of the source's first view."""
    what: str = "frame"
    """What messages call an entry."""

    def pick(self, chosen: np.ndarray) -> Shot:
        """The frames where ``chosen`` [N] is true."""
        return Shot(
            self.frames[chosen], self.times[chosen], self.positions[chosen], pick(self.rotations, chosen),
            self.zoom[chosen], self.lens, self.what,
        )  # fmt: skip

    def frame(self, index: int) -> str:
        """A frame as messages name it."""
        return f"{self.what} {self.frames[index]:.0f}"


@dataclass(frozen=True, kw_only=True)
class Constraint(ABC):
    """A rule over a span of time.

    Raises:
        InputError: a value is out of range.
    """

    start: float | None = None
    """When it begins to hold fully, in the unit of the keys' times; None: from the first frame."""
    end: float | None = None
    """Until when it holds; None: to the last frame."""
    blend: float | None = None
    """How long it fades in before ``start`` and out after ``end``; None: a tenth of the path."""

    def __post_init__(self) -> None:
        for name, value in (("from", self.start), ("to", self.end), ("blend", self.blend)):
            check_number(name, value)
        if self.start is not None and self.end is not None and self.start > self.end:
            raise InputError(f"from ({self.start:g}) comes after to ({self.end:g})")
        if self.blend is not None and self.blend < 0:
            raise InputError(f"blend must not be negative, not {self.blend:g}")

    def apply(self, shot: Shot) -> Shot:
        """The shot with the rule kept; outside the span and its fades nothing changes.

        Raises:
            InputError: a frame cannot keep the rule; the message names it.
        """
        weights = self._weights(shot.times)
        acts = weights > 0
        if not acts.any():
            return shot
        free = shot.pick(acts)
        kept = self._keep(free)
        share = weights[acts]
        positions, quaternions = shot.positions.copy(), shot.rotations.as_quat()
        positions[acts] += share[:, None] * (kept.positions - free.positions)
        turns = free.rotations.inv() * kept.rotations
        blended = free.rotations * Rotation.from_rotvec(share[:, None] * turns.as_rotvec())
        full = (share == 1)[:, None]
        quaternions[acts] = np.where(full, kept.rotations.as_quat(), blended.as_quat())
        return replace(shot, positions=positions, rotations=Rotation.from_quat(quaternions))

    def _weights(self, times: FloatArray) -> FloatArray:
        fade = _DEFAULT_BLEND * float(times[-1] - times[0]) if self.blend is None else self.blend
        share = np.ones(len(times))
        for late in (
            None if self.start is None else self.start - times,
            None if self.end is None else times - self.end,
        ):
            if late is not None:
                # A frame that should fall on the end of the span must not miss it by a rounding error.
                late = np.where(late < 1e-9 * max(1.0, float(times[-1])), 0.0, late)
                share = np.minimum(share, 1 - late / fade if fade > 0 else (late <= 0).astype(float))
        share = np.clip(share, 0.0, 1.0)
        return share * share * (3 - 2 * share)

    @abstractmethod
    def _keep(self, shot: Shot) -> Shot:
        """The frames of ``shot`` with the rule kept on every one."""


@dataclass(frozen=True, kw_only=True)
class LookAt(Constraint):
    """Keep a point of the world at a place in the picture: exactly, at every zoom; the roll stays.

    Args:
        point: (x, y, z) in metres.
        place: (across, down) as shares of the picture's width and height; (0.5, 0.5) is its centre. Another
            place needs the source's lens.
    """

    point: Sequence[float]
    place: Sequence[float] = _CENTRE

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "point", check_point("look_at", self.point))
        place = check_point(
            "place", self.place, ("across", "down"), "shares of the picture's width and height"
        )
        object.__setattr__(self, "place", place)

    def _keep(self, shot: Shot) -> Shot:
        return replace(shot, rotations=aim(shot, np.asarray(self.point), (self.place[0], self.place[1])))


@dataclass(frozen=True, kw_only=True)
class KeepDistance(Constraint):
    """Keep within ``minimum`` and ``maximum`` metres of a point: the camera moves straight from or to it."""

    point: Sequence[float]
    minimum: float = 0.0
    maximum: float = float("inf")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "point", check_point("point", self.point))
        if not (0 <= self.minimum <= self.maximum and self.maximum > 0):
            raise InputError(
                f"a distance needs 0 <= min <= max, in metres, not {self.minimum:g} and {self.maximum:g}"
            )

    def _keep(self, shot: Shot) -> Shot:
        offset = shot.positions - self.point
        distance = np.linalg.norm(offset, axis=1)
        wanted = np.clip(distance, self.minimum, self.maximum)
        lost = (distance < 1e-9) & (wanted > 0)
        if lost.any():
            raise InputError(
                f"{shot.frame(int(np.argmax(lost)))} sits on the point to keep {self.minimum:g} m away from, "
                "so that no direction is the nearest; move a key a little"
            )
        scale = wanted / np.maximum(distance, 1e-300)
        return replace(
            shot,
            positions=np.where(
                (wanted == distance)[:, None], shot.positions, self.point + offset * scale[:, None]
            ),
        )


@dataclass(frozen=True, kw_only=True)
class KeepOnCircle(Constraint):
    """Stay on a circle: each frame moves to its nearest point of it.

    Args:
        centre: (x, y, z) in metres.
        radius: metres.
        axis: the direction that the circle lies square to; (0, 1, 0) is a level circle.
    """

    centre: Sequence[float]
    radius: float
    axis: Sequence[float] = (0.0, 1.0, 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "centre", check_point("centre", self.centre))
        axis = np.array(check_point("axis", self.axis))
        if np.linalg.norm(axis) < 1e-9:
            raise InputError("axis must be a direction, not 0, 0, 0")
        object.__setattr__(self, "axis", tuple((axis / np.linalg.norm(axis)).tolist()))
        check_number("radius", self.radius, positive=True)

    def _keep(self, shot: Shot) -> Shot:
        offset = shot.positions - self.centre
        flat = offset - np.outer(offset @ self.axis, self.axis)
        length = np.linalg.norm(flat, axis=1)
        if (length < 1e-9).any():
            raise InputError(
                f"{shot.frame(int(np.argmin(length)))} is on the axis of the circle, all of which is equally "
                "near; move a key a little"
            )
        return replace(shot, positions=self.centre + flat * (self.radius / length)[:, None])


@dataclass(frozen=True, kw_only=True)
class KeepHeight(Constraint):
    """Keep within ``minimum`` and ``maximum`` metres above the source's first camera (height is -y)."""

    minimum: float = float("-inf")
    maximum: float = float("inf")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.minimum <= self.maximum:
            raise InputError(
                f"a height needs min <= max, in metres, not {self.minimum:g} and {self.maximum:g}"
            )

    def _keep(self, shot: Shot) -> Shot:
        positions = shot.positions.copy()
        positions[:, 1] = -np.clip(-positions[:, 1], self.minimum, self.maximum)
        return replace(shot, positions=positions)


@dataclass(frozen=True, kw_only=True)
class FixAxis(Constraint):
    """Keep one coordinate of the position at a value, in metres."""

    axis: Literal["x", "y", "z"]
    value: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.axis not in ("x", "y", "z"):
            raise InputError(f"axis must be x, y or z, not {self.axis!r}")
        check_number(self.axis, self.value)

    def _keep(self, shot: Shot) -> Shot:
        positions = shot.positions.copy()
        positions[:, "xyz".index(self.axis)] = self.value
        return replace(shot, positions=positions)


@dataclass(frozen=True, kw_only=True)
class KeepLevel(Constraint):
    """No roll: the source's horizon stays level; pan and tilt stay."""

    def _keep(self, shot: Shot) -> Shot:
        angles = pan_tilt_roll(shot.rotations.as_matrix())
        angles[:, 2] = 0.0
        return replace(shot, rotations=from_pan_tilt_roll(angles))


def aim(shot: Shot, points: FloatArray, place: tuple[float, float] = _CENTRE) -> Rotation:
    """Rotations [N] that bring ``points`` ([3] or [N,3]) to ``place`` in the picture with the shot's roll.

    With r the ray of the place in camera axes, R_y(pan) R_x(tilt) R_z(roll) r must point at the point: the
    height of the direction gives the tilt (of two solutions the one nearer to level), its bearing the pan.

    Raises:
        InputError: a camera sits on its point, or none of its views has the point there (it is overhead).
    """
    direction = points - shot.positions
    distance = np.linalg.norm(direction, axis=1)
    if (distance < 1e-9).any():
        raise InputError(f"{shot.frame(int(np.argmin(distance)))} sits on the point that it should look at")
    direction = direction / distance[:, None]
    roll = pan_tilt_roll(shot.rotations.as_matrix())[:, 2]
    rolled = Rotation.from_euler("z", roll[:, None], degrees=True).apply(_rays(shot, place))
    reach = np.hypot(rolled[:, 1], rolled[:, 2])
    overhead = (np.abs(direction[:, 1]) > reach * (1 - 1e-12)) | (
        np.hypot(direction[:, 0], direction[:, 2]) < 1e-9
    )
    if overhead.any():
        raise InputError(
            f"{shot.frame(int(np.argmax(overhead)))} has the point straight above or below it, or too nearly "
            "so to show it at its place; keep the camera further to its side"
        )
    tilt = np.arctan2(rolled[:, 1], rolled[:, 2]) - np.arcsin(direction[:, 1] / reach)
    forward = np.sin(tilt) * rolled[:, 1] + np.cos(tilt) * rolled[:, 2]
    pan = np.arctan2(direction[:, 0], direction[:, 2]) - np.arctan2(rolled[:, 0], forward)
    return from_pan_tilt_roll(np.stack([np.degrees(pan), np.degrees(tilt), roll], axis=1))


def _rays(shot: Shot, place: tuple[float, float]) -> FloatArray:
    """Unit vectors [N,3] in camera axes towards ``place``."""
    lens = shot.lens
    if lens is None:
        if tuple(place) != _CENTRE:
            raise InputError(
                "a place in the picture other than its centre needs the source's lens; say it with lens, "
                "e.g. lens: {fov: 60, width: 832, height: 480}"
            )
        return np.tile([0.0, 0.0, 1.0], (len(shot.frames), 1))
    across = (place[0] * lens.width - lens.cx) / (lens.fx * shot.zoom)
    down = (place[1] * lens.height - lens.cy) / (lens.fy * shot.zoom)
    rays = np.stack([across, down, np.ones(len(shot.frames))], axis=1)
    return rays / np.linalg.norm(rays, axis=1, keepdims=True)
