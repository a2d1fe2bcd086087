"""The lens: how a camera's view becomes pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recam.camera.poses import FloatArray
from recam.errors import InputError

# Width and height of the square sensor of the published data set, millimetres.
MULTICAMVIDEO_SENSOR_MM = 23.76


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
    def from_focal_mm(
        cls, focal_mm: float, width: int, height: int, sensor_mm: float = MULTICAMVIDEO_SENSOR_MM
    ) -> Intrinsics:
        """A centred lens with square pixels from its focal length; ``sensor_mm`` is the sensor's width.

        Raises:
            InputError: a number is not positive and finite.
        """
        if not math.isfinite(sensor_mm) or sensor_mm <= 0:
            raise InputError(f"sensor_mm must be a positive number of millimetres, not {sensor_mm!r}")
        focal = focal_mm / sensor_mm * width
        return cls(focal, focal, width / 2, height / 2, width, height)

    @classmethod
    def from_fov_degrees(
        cls,
        fov_degrees: float,
        width: int,
        height: int,
        axis: Literal["horizontal", "vertical"] = "horizontal",
    ) -> Intrinsics:
        """A centred lens with square pixels from its full angle of view along ``axis``.

        Raises:
            InputError: the angle is not between 0 and 180 degrees.
        """
        if not math.isfinite(fov_degrees) or not 0 < fov_degrees < 180:
            raise InputError(f"an angle of view must lie between 0 and 180 degrees, not {fov_degrees!r}")
        side = width if axis == "horizontal" else height
        focal = side / 2 / math.tan(math.radians(fov_degrees) / 2)
        return cls(focal, focal, width / 2, height / 2, width, height)

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

    def crop(self, left: int, top: int, width: int, height: int) -> Intrinsics:
        """The lens of a cut-out of the picture: the focal length in pixels stays, the angle of view shrinks.

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
