"""One key of a camera path: a time, a place, a view, a lens.

Everything is relative to the source video's first camera: OpenCV axes (x right, y down, z forward), metres,
degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from recam.camera.arguments import check_number, check_point
from recam.camera.easing import find_easing
from recam.camera.formats.json_text import short
from recam.camera.poses import ROTATION_TOLERANCE, FloatArray, find_bad_pose
from recam.errors import InputError

TimeUnit = Literal["frame", "seconds", "share"]
TIME_UNITS: tuple[TimeUnit, ...] = ("frame", "seconds", "share")
_FULL_VIEWS = ("quaternion_wxyz", "quaternion_xyzw", "matrix")


@dataclass(frozen=True, kw_only=True, eq=False)
class Keyframe:
    """Where the camera is, where it looks and how long its lens is at one time.

    The time is one of ``frame``, ``seconds`` and ``share`` (0 to 1), the same one in all keys of a path; keys
    without any are spread over it. The view is one of: ``look_at``, with or without ``roll``; ``pan``,
    ``tilt`` and ``roll``, of which those left out are 0; a quaternion; a matrix. What a key leaves out
    as a whole (position, view, lens) stays as at the key before it; the first key starts from the source's
    first view.

    Raises:
        InputError: a value out of range, or two ways to say the same; the message names the field.
    """

    frame: float | None = None
    seconds: float | None = None
    share: float | None = None
    position: Sequence[float] | None = None
    """x right, y down, z forward, metres."""
    look_at: Sequence[float] | None = None
    """The point in the middle of the picture, metres."""
    pan: float | None = None
    """Degrees about the source's vertical, positive to the right."""
    tilt: float | None = None
    """Degrees, positive up."""
    roll: float | None = None
    """Degrees about the view axis, positive clockwise from behind the camera: its right side sinks."""
    quaternion_wxyz: Sequence[float] | None = None
    """Camera-to-world rotation, scalar first."""
    quaternion_xyzw: Sequence[float] | None = None
    """Camera-to-world rotation, scalar last."""
    matrix: ArrayLike | None = None
    """Camera-to-world: [3,3] is the view, [3,4] or [4,4] view and position."""
    zoom: float | None = None
    """Focal length over that of the source's first view."""
    fov: float | None = None
    """Horizontal angle of view, degrees; needs the source's lens."""
    focal_mm: float | None = None
    """Focal length on a sensor ``sensor_mm`` wide (default 36); needs the source's lens."""
    sensor_mm: float | None = None
    easing: str | None = None
    """How time runs from this key to the next: a name of ``recam.camera.easing``; default: evenly."""
    tension: float | None = None
    """0 flows through the key, 1 stops at it, -1 swings wide; default: the path's."""
    hold: float | None = None
    """How long the camera rests here, in the unit of the times; 0 stops and goes on, None passes through."""

    def __post_init__(self) -> None:
        self._check_choices()
        for name in (*TIME_UNITS, "pan", "tilt", "roll", "fov", "hold"):
            check_number(name, getattr(self, name))
        for name in ("zoom", "focal_mm", "sensor_mm"):
            check_number(name, getattr(self, name), positive=True)
        for name in ("position", "look_at"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, check_point(name, getattr(self, name)))
        self._check_ranges()
        if self.tension is not None:
            check_tension(self.tension)
        if self.easing is not None:
            find_easing(self.easing)
        self.rotation()  # refuses what is none

    @property
    def unit(self) -> TimeUnit | None:
        """Which field says the time; None: none does."""
        return next((name for name in TIME_UNITS if getattr(self, name) is not None), None)

    @property
    def time(self) -> float | None:
        """The time, in :attr:`unit`."""
        return None if self.unit is None else float(getattr(self, self.unit))

    @property
    def says_view(self) -> bool:
        """Whether any field says where the camera looks."""
        return any(
            getattr(self, name) is not None for name in ("look_at", "pan", "tilt", "roll", *_FULL_VIEWS)
        )

    def place(self) -> FloatArray | None:
        """The position [3] that the key states, metres; None: it states none."""
        if self.matrix is not None and _matrix(self.matrix).shape[-1] == 4:
            return _matrix(self.matrix)[:3, 3]
        return None if self.position is None else np.array(self.position)

    def rotation(self) -> FloatArray | None:
        """The camera-to-world rotation [3,3] that a matrix or quaternion states; else None."""
        if self.matrix is not None:
            return _matrix(self.matrix)[:3, :3]
        for name, order in (("quaternion_wxyz", "wxyz"), ("quaternion_xyzw", "xyzw")):
            if getattr(self, name) is not None:
                return _from_quaternion(name, getattr(self, name), order)
        return None

    def _check_choices(self) -> None:
        for what, names in (
            ("time", TIME_UNITS),
            ("view", ("look_at", "pan", *_FULL_VIEWS)),
            ("view", ("look_at", "tilt", *_FULL_VIEWS)),
            ("view", ("roll", *_FULL_VIEWS)),
            ("lens", ("zoom", "fov", "focal_mm")),
        ):
            given = [name for name in names if getattr(self, name) is not None]
            if len(given) > 1:
                raise InputError(f"{' and '.join(given)} both say the {what}; leave one out")
        if self.position is not None and self.matrix is not None and _matrix(self.matrix).shape[-1] == 4:
            raise InputError("position and the last column of matrix both say the position; leave one out")
        if self.sensor_mm is not None and self.focal_mm is None:
            raise InputError("sensor_mm needs focal_mm: a sensor alone says no angle of view")

    def _check_ranges(self) -> None:
        for name in (*TIME_UNITS, "hold"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InputError(f"{name} must be 0 or more, not {value:g}")
        if self.share is not None and self.share > 1:
            raise InputError(f"share must be between 0 and 1 (or 0% and 100%), not {self.share:g}")
        if self.fov is not None and not 0 < self.fov < 180:
            raise InputError(f"fov must lie between 0 and 180 degrees, not {self.fov:g}")


def check_tension(tension: float) -> None:
    """Refuse a tension that is not between -1 and 1.

    Raises:
        InputError: with the value.
    """
    check_number("tension", tension)
    if not -1 <= tension <= 1:
        raise InputError(f"tension must be between -1 and 1, not {tension:g}")


def _from_quaternion(name: str, value: Sequence[float], order: str) -> FloatArray:
    numbers = np.array(check_point(name, value, tuple(order), "a unit quaternion"))
    if abs(np.linalg.norm(numbers) - 1) > ROTATION_TOLERANCE:
        raise InputError(
            f"{name} must have length 1, not {np.linalg.norm(numbers):.6g}: divide its numbers by that"
        )
    return Rotation.from_quat(numbers, scalar_first=order == "wxyz").as_matrix()


def _matrix(value: ArrayLike | None) -> FloatArray:
    try:
        matrix = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        matrix = np.empty(0)
    if matrix.shape not in ((3, 3), (3, 4), (4, 4)):
        raise InputError(f"matrix must be rows of numbers, 3x3, 3x4 or 4x4, not {short(value)}")
    whole = np.eye(4)
    rows, columns = matrix.shape[0], matrix.shape[-1]
    whole[:rows, :columns] = matrix
    bad = find_bad_pose(whole[None])
    if bad is not None:
        raise InputError(f"matrix {bad[1]}; it must be a rigid motion, camera-to-world")
    return matrix
