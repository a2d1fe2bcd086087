"""Views of a part of the source's picture, or of more than it: towards a box, and out beyond the frame.

As in ``moves``: ``progress`` [F] runs from 0 (the source's view) to 1 (the full move), paths are relative to
the source camera, camera-to-world, OpenCV axes (x right, y down, z forward), metres; angles are degrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from recam.camera.intrinsics import Intrinsics
from recam.camera.moves import look_at, pan_tilt
from recam.camera.path import CameraPath
from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError

_LEAST_SIDE = 1 / 100  # of the picture: what a box must at least be wide and high


@dataclass(frozen=True)
class Box:
    """A part of a picture, pixels: its left upper corner, its width and height.

    Raises:
        InputError: it is empty or not finite.
    """

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        numbers = (self.left, self.top, self.width, self.height)
        if not all(map(math.isfinite, numbers)) or self.width <= 0 or self.height <= 0:
            raise InputError(f"a box needs a positive width and height, not {self}")

    def __str__(self) -> str:
        return f"{self.width:g}x{self.height:g} at ({self.left:g}, {self.top:g})"

    @property
    def centre(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2

    def overhang(self, width: int, height: int) -> float:
        """How many pixels the box reaches beyond a picture of that size; 0 if it lies inside."""
        over = max(-self.left, -self.top, self.left + self.width - width, self.top + self.height - height)
        return over if over > 1e-6 * max(width, height) else 0.0

    def check(self, width: int, height: int) -> None:
        """See that the box lies in a picture of that size and is not too small to look at.

        Raises:
            InputError: it does not.
        """
        over = self.overhang(width, height)
        if over > 0:
            raise InputError(
                f"the box of {self} leaves the picture of {width}x{height} by {over:g} pixels; a box is "
                "left,top,width,height"
            )
        if self.width < _LEAST_SIDE * width or self.height < _LEAST_SIDE * height:
            raise InputError(
                f"the box of {self} is less than a hundredth of the picture of {width}x{height}; "
                "take a larger one"
            )


def zoom_to_box(
    progress: ArrayLike, box: Box, lens: Intrinsics, subject_distance: float | None = None
) -> CameraPath:
    """Turn to a box of the source's picture and come near until all of it just fits into the view.

    On the way the view shrinks at an even rate towards the box, as a zoom into a picture does, and does not
    leave the picture where the box, widened to the picture's shape, does not.

    Args:
        progress: [F], 0 (the source's view) to 1 (the box).
        box: of the source's picture.
        lens: of the source.
        subject_distance: None: the lens gets longer (the path's ``zoom``). A number: the camera drives, for a
            scene on a plane across the view that many metres ahead; what is nearer or farther grows faster or
            more slowly.

    Raises:
        InputError: the box leaves the picture, or a number is out of range.
    """
    steps = np.asarray(progress, dtype=np.float64)
    box.check(lens.width, lens.height)
    most = _fitting_zoom(box, lens)
    zooms = most**steps
    # How far the middle has moved once the view is 1 / zoom wide: its edges then move straight to the box's.
    share = steps if most < 1 + 1e-9 else (1 - 1 / zooms) / (1 - 1 / most)
    start = np.array([lens.cx, lens.cy])
    middles = start + share[:, None] * (np.array(box.centre) - start)
    aims = np.column_stack(
        [(middles[:, 0] - lens.cx) / lens.fx, (middles[:, 1] - lens.cy) / lens.fy, np.ones(len(steps))]
    )
    turned = look_at(np.zeros((len(steps), 3)), aims)
    if subject_distance is None:
        return CameraPath(turned, "zoom", lens, zooms)
    distance = _positive("subject_distance", subject_distance)
    drive = aims * (distance * (1 - 1 / zooms))[:, None]  # an aim meets the plane at distance times itself
    return CameraPath(Poses.from_parts(turned.rotations, drive), "zoom", lens)


def widen(
    progress: ArrayLike,
    lens: Intrinsics | None = None,
    *,
    pan_degrees: float = 0.0,
    tilt_degrees: float = 0.0,
    back: float = 0.0,
    zoom_out: float = 1.0,
    subject_distance: float | None = None,
) -> CameraPath:
    """Look beyond the source's frame: turn, drive back, or take a shorter lens, all at the same time.

    Args:
        progress: [F], 0 (the source's view) to 1 (all of it).
        lens: of the source, where known; the path keeps it.
        pan_degrees: to the right; tilt_degrees: up.
        back: metres straight back from where the source camera looks.
        zoom_out: how many times wider the view gets (1.5: what filled the frame fills two thirds of it).
        subject_distance: None: by a shorter lens. A number: by driving back, so that what is that many metres
            straight ahead of the source camera shrinks as much (``CameraPath.lens_as_dolly``).

    Raises:
        InputError: a number is out of range.
    """
    steps = np.asarray(progress, dtype=np.float64)
    if not math.isfinite(back):
        raise InputError(f"back must be a finite number of metres, not {back!r}")
    factor = _positive("zoom_out", zoom_out)
    turned = pan_tilt(steps, pan_degrees, tilt_degrees)
    places = np.outer(steps, [0.0, 0.0, -back])
    zoom: FloatArray | None = None if factor == 1 else factor**-steps
    path = CameraPath(Poses.from_parts(turned.rotations, places), "outpaint", lens, zoom)
    return path if zoom is None or subject_distance is None else path.lens_as_dolly(subject_distance)


def _fitting_zoom(box: Box, lens: Intrinsics) -> float:
    """Focal length, over the source's, at which the box just fits into a view that looks at its centre."""
    corners = np.array(
        [(box.left + i * box.width, box.top + j * box.height) for i in (0, 1) for j in (0, 1)] + [box.centre]
    )
    rays = np.column_stack([(corners - (lens.cx, lens.cy)) / (lens.fx, lens.fy), np.ones(5)])
    seen = rays[:4] @ look_at([[0.0, 0.0, 0.0]], rays[4]).rotations[0]
    pixels = np.abs(seen[:, :2] / seen[:, 2:]) * (lens.fx, lens.fy)
    room = np.array([min(lens.cx, lens.width - lens.cx), min(lens.cy, lens.height - lens.cy)])
    return float((room / pixels.max(axis=0)).min())


def _positive(name: str, value: float) -> float:
    if not math.isfinite(value) or value <= 0:
        raise InputError(f"{name} must be a positive number, not {value!r}")
    return float(value)
