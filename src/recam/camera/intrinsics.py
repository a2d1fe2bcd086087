"""The lens: how a camera's view becomes pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from recam.camera.poses import FloatArray
from recam.errors import InputError

# Width and height of the square sensor of the published data set, millimetres.
MULTICAMVIDEO_SENSOR_MM = 23.76
FULL_FRAME_MM = (36.0, 24.0)  # what "35 mm equivalent" refers to

SensorSide = Literal["width", "height", "diagonal"]
FovAxis = Literal["horizontal", "vertical", "diagonal"]


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole lens in pixels.

    The picture spans [0, width] x [0, height] and the first pixel's centre is at (0.5, 0.5), so scaling the
    picture scales all four numbers. A point (x, y, z) in camera axes falls on (fx x/z + cx, fy y/z + cy).

    Raises:
        InputError: a number is not finite, or a focal length or side is not positive.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def __post_init__(self) -> None:
        for name in ("fx", "fy", "width", "height"):
            value = getattr(self, name)
            if not math.isfinite(value) or value <= 0:
                raise InputError(f"the lens needs a positive number for {name}, not {value!r}")
        for name in ("cx", "cy"):
            if not math.isfinite(getattr(self, name)):
                raise InputError(f"the lens needs a finite number for {name}, not {getattr(self, name)!r}")
        for name in ("width", "height"):
            if getattr(self, name) != int(getattr(self, name)):
                raise InputError(f"the lens needs whole pixels for {name}, not {getattr(self, name)!r}")

    @classmethod
    def from_focal_px(cls, focal_px: float, width: int, height: int) -> Intrinsics:
        """A centred lens with square pixels from its focal length in pixels of the picture.

        Raises:
            InputError: a number is not positive and finite.
        """
        return cls(focal_px, focal_px, width / 2, height / 2, width, height)

    @classmethod
    def from_focal_mm(
        cls,
        focal_mm: float,
        width: int,
        height: int,
        sensor_mm: float = MULTICAMVIDEO_SENSOR_MM,
        side: SensorSide = "width",
    ) -> Intrinsics:
        """A centred lens with square pixels from its focal length; ``sensor_mm`` is the sensor's ``side``.

        The picture is what the sensor's ``side`` covers: a 16:9 picture cut out of a 3:2 sensor has its full
        width, but neither its full height nor its full diagonal.

        Raises:
            InputError: a number is not positive and finite.
        """
        _check_positive("focal_mm", focal_mm, "millimetres")
        _check_positive("sensor_mm", sensor_mm, "millimetres")
        return cls.from_focal_px(focal_mm / sensor_mm * _side(width, height, side), width, height)

    @classmethod
    def from_focal_35mm(cls, focal_mm: float, width: int, height: int) -> Intrinsics:
        """From a "35 mm equivalent", as phones state it: the same diagonal angle of view on 36 x 24 mm.

        That is the definition of CIPA DCG-001, which leaves open how makers count pictures that are not 3:2.

        Raises:
            InputError: a number is not positive and finite.
        """
        return cls.from_focal_mm(focal_mm, width, height, math.hypot(*FULL_FRAME_MM), "diagonal")

    @classmethod
    def from_fov_degrees(
        cls, fov_degrees: float, width: int, height: int, axis: FovAxis = "horizontal"
    ) -> Intrinsics:
        """A centred lens with square pixels from its full angle of view along ``axis``.

        Raises:
            InputError: the angle is not between 0 and 180 degrees.
        """
        if not math.isfinite(fov_degrees) or not 0 < fov_degrees < 180:
            raise InputError(f"an angle of view must lie between 0 and 180 degrees, not {fov_degrees!r}")
        side: dict[FovAxis, SensorSide] = {
            "horizontal": "width", "vertical": "height", "diagonal": "diagonal"
        }  # fmt: skip
        half = _side(width, height, side[axis]) / 2
        return cls.from_focal_px(half / math.tan(math.radians(fov_degrees) / 2), width, height)

    @property
    def matrix(self) -> FloatArray:
        """[3,3] float64: camera axes to homogeneous pixels."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def fov_degrees(self) -> tuple[float, float]:
        """Full angles of view (horizontal, vertical) of the picture, degrees."""
        horizontal = math.atan(self.cx / self.fx) + math.atan((self.width - self.cx) / self.fx)
        vertical = math.atan(self.cy / self.fy) + math.atan((self.height - self.cy) / self.fy)
        return math.degrees(horizontal), math.degrees(vertical)

    @property
    def diagonal_fov_degrees(self) -> float:
        """Full angle of view from the picture's first corner to its last, degrees."""
        corners = np.array([[0.0, 0.0, 1.0], [self.width, self.height, 1.0]])
        first, last = (ray / np.linalg.norm(ray) for ray in corners @ np.linalg.inv(self.matrix).T)
        return math.degrees(math.atan2(float(np.linalg.norm(np.cross(first, last))), float(first @ last)))

    def focal_mm(self, sensor_mm: float = MULTICAMVIDEO_SENSOR_MM, side: SensorSide = "width") -> float:
        """Focal length in millimetres where the picture's ``side`` is ``sensor_mm`` of the sensor.

        Raises:
            InputError: ``sensor_mm`` is not positive and finite.
        """
        _check_positive("sensor_mm", sensor_mm, "millimetres")
        focal = self.fy if side == "height" else self.fx
        return focal * sensor_mm / _side(self.width, self.height, side)

    @property
    def focal_35mm(self) -> float:
        """The "35 mm equivalent" focal length; see :meth:`from_focal_35mm`."""
        return self.focal_mm(math.hypot(*FULL_FRAME_MM), "diagonal")

    def zoomed(self, zoom: float) -> Intrinsics:
        """The lens at ``zoom`` times its focal length; the centre stays.

        Raises:
            InputError: ``zoom`` is not positive and finite.
        """
        _check_positive("zoom", zoom, "times")
        return replace(self, fx=self.fx * zoom, fy=self.fy * zoom)

    def crop(self, left: int, top: int, width: int, height: int) -> Intrinsics:
        """The lens of a cut-out of the picture: the focal length in pixels stays, the angle of view shrinks.

        ``lens.crop(*center_window(...)).resize(...)`` does what ``recam.video.crop_and_resize`` does to
        frames.

        Raises:
            InputError: the cut-out is empty or leaves the picture.
        """
        if left < 0 or top < 0 or left + width > self.width or top + height > self.height:
            raise InputError(
                f"a cut-out of {width}x{height} at ({left}, {top}) leaves the picture "
                f"of {self.width}x{self.height}"
            )
        return Intrinsics(self.fx, self.fy, self.cx - left, self.cy - top, width, height)

    def resize(self, width: int, height: int) -> Intrinsics:
        """The lens of the picture scaled to ``width`` x ``height``; pixels stay square if the shape is kept.

        Raises:
            InputError: a side is not positive.
        """
        across, along = width / self.width, height / self.height
        return Intrinsics(self.fx * across, self.fy * along, self.cx * across, self.cy * along, width, height)


def _side(width: int, height: int, side: SensorSide) -> float:
    return {"width": width, "height": height, "diagonal": math.hypot(width, height)}[side]


def _check_positive(name: str, value: float, unit: str) -> None:
    if not math.isfinite(value) or value <= 0:
        raise InputError(f"{name} must be a positive number of {unit}, not {value!r}")
