"""Units that a camera expression may use."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

Kind = Literal["angle", "length", "factor", "frames", "seconds", "percent"]


class Unit(NamedTuple):
    """What a number with a unit means: ``number * scale`` in the kind's own unit."""

    kind: Kind
    scale: float
    written: str
    """How recam writes the unit."""


_DEGREES = Unit("angle", 1.0, "deg")
_RADIANS = Unit("angle", 180 / math.pi, "rad")
_METRES, _CENTIMETRES, _MILLIMETRES = (
    Unit("length", scale, written) for scale, written in ((1.0, "m"), (0.01, "cm"), (0.001, "mm"))
)
_FACTOR = Unit("factor", 1.0, "x")
_FRAMES = Unit("frames", 1.0, "f")
_SECONDS = Unit("seconds", 1.0, "s")
_PERCENT = Unit("percent", 0.01, "%")

UNITS: dict[str, Unit] = {
    **dict.fromkeys(("deg", "degs", "degree", "degrees", "°"), _DEGREES),
    **dict.fromkeys(("rad", "radian", "radians"), _RADIANS),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), _METRES),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), _CENTIMETRES),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), _MILLIMETRES),
    **dict.fromkeys(("x", "×"), _FACTOR),
    **dict.fromkeys(("f", "frame", "frames"), _FRAMES),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), _SECONDS),
    **dict.fromkeys(("%", "percent"), _PERCENT),
}

KINDS: dict[Kind, str] = {
    "angle": "degrees (deg) or radians (rad)",
    "length": "metres (m), centimetres (cm) or millimetres (mm)",
    "factor": "a factor (2x)",
    "frames": "frames (f)",
    "seconds": "seconds (s)",
    "percent": "a percentage (%)",
}
"""The units of each kind in words."""
