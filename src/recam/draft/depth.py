"""Depth of a video's frames: what the numbers of a map mean, and the map that a warp takes.

A warp takes **inverse depth**, 1 / metres, float32 [H,W] of the frame's size: 0 is infinitely far (a sky),
NaN is unknown (a hole once the camera moves). It is used because it is linear over the picture of a
plane, so that slopes and values between pixels are exact there.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import torch
import torch.nn.functional as F

from recam.draft.warp import DEFAULT_DEPTH
from recam.errors import DepthFileError, InputError

DepthKind = Literal["metric", "inverse", "relative"]
STEEPEST = 0.05
"""Farthest step from one pixel to the next, as a share of the depth, that still is one surface."""
_BLUR = 4  # pixels over which an edge may be blurred
_NEAREST_RELATIVE = (
    0.05  # relative depth has no true zero: nothing is taken nearer than this share of the median
)
_SAME_SHAPE = 0.02  # how far the shapes (width / height) of a map and its frame may differ


@dataclass
class DepthMaps:
    """Depth maps of one video, read or estimated one at a time.

    Attributes:
        read: (index of the video's frame, frame uint8 [H,W,3]) -> map [h,w] in its own numbers.
        kind: what the numbers mean. ``metric``: metres after ``scale``; 0 or less is unknown, infinity far.
            ``inverse``: larger is nearer, 0 or less is infinitely far (MiDaS, Depth Anything, disparity).
            ``relative``: larger is farther, without unit (Marigold); nothing is taken nearer than 5 % of the
            median. NaN is unknown in all of them.
        name: for messages: a file, folder or model.
        count: how many maps there are; 1 serves every frame; None: as many as are asked for.
        scale: metres a unit of ``metric`` numbers, e.g. 0.001 for millimetres.
        median: metres that the median of the first map asked for stands for, where the kind has no unit.

    Raises:
        InputError: an unknown kind, or a scale or median that is not positive.
    """

    read: Callable[[int, np.ndarray], np.ndarray]
    kind: DepthKind
    name: str = "depth"
    count: int | None = None
    scale: float = 1.0
    median: float = DEFAULT_DEPTH
    _unit: float | None = field(default=None, init=False)
    _only: np.ndarray | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(DepthKind):
            raise InputError(f"unknown kind of depth {self.kind!r}; use {', '.join(get_args(DepthKind))}")
        for name in ("scale", "median"):
            value = getattr(self, name)
            if not math.isfinite(value) or value <= 0:
                raise InputError(f"the {name} of depth must be a positive number, not {value!r}")

    def check_count(self, num_frames: int) -> None:
        """Refuse maps that are not one for each of a video's frames, nor one for all.

        Raises:
            DepthFileError: another number.
        """
        if self.count is not None and self.count not in (1, num_frames):
            raise DepthFileError(
                self.name,
                f"holds {self.count} depth maps and the video has {num_frames} frames; give one map for each "
                "frame, or a single one for all",
            )

    def inverse(self, index: int, frame: np.ndarray) -> np.ndarray:
        """Inverse depth float32 [H,W] of frame ``index`` of the video, 1 / metres; 0 far, NaN unknown.

        Raises:
            DepthFileError: the map cannot be read, has another shape than the frame, or holds no depth.
        """
        if self._only is not None:
            return self._only
        height, width = frame.shape[:2]
        raw = self._checked(self.read(index, frame), index, width, height)
        inverse = self._to_inverse(raw, index)
        inverse = _fit(inverse, height, width)
        if self.count == 1:
            self._only = inverse
        return inverse

    def _checked(self, raw: np.ndarray, index: int, width: int, height: int) -> np.ndarray:
        where = f"the depth map of frame {index}"
        if raw.ndim != 2 or raw.size == 0 or raw.dtype.kind not in "fui":
            raise DepthFileError(
                self.name, f"{where} must be numbers [height, width]; got {raw.dtype} {list(raw.shape)}"
            )
        tall, wide = raw.shape
        if abs(math.log(wide / tall * height / width)) > _SAME_SHAPE + 1 / min(wide, tall):
            raise DepthFileError(
                self.name,
                f"{where} is {wide}x{tall}, another shape than the video's {width}x{height}; it must "
                "show the whole frame, at any size",
            )
        return raw.astype(np.float32)

    def _to_inverse(self, raw: np.ndarray, index: int) -> np.ndarray:
        known = (raw > 0) & ~np.isnan(raw) if self.kind == "metric" else np.isfinite(raw)
        finite = raw[known & np.isfinite(raw)]
        if finite.size < 0.01 * raw.size or finite.max() <= 0:
            raise DepthFileError(self.name, f"the depth map of frame {index} holds no usable depth")
        if self._unit is None:
            self._unit = self._metres(finite)
        with np.errstate(divide="ignore"):
            if self.kind == "inverse":
                inverse = np.maximum(raw, 0) / self._unit
            elif self.kind == "relative":
                inverse = 1 / np.maximum(raw * self._unit, _NEAREST_RELATIVE * self.median)
            else:
                inverse = 1 / (raw * self._unit)
        return np.where(known, inverse, np.nan).astype(np.float32)

    def _metres(self, finite: np.ndarray) -> float:
        """What one number is worth: metres, or for inverse numbers the product of number and metres."""
        middle = float(np.median(finite))
        if self.kind == "metric":
            if not 0.02 <= middle * self.scale <= 1000:
                warnings.warn(
                    f"{self.name}: the median depth is {middle * self.scale:.3g} m, which looks like another "
                    "unit; say the metres that one number stands for (scale 0.001: millimetres)",
                    stacklevel=5,
                )
            return self.scale
        if middle <= 0:
            middle = float(finite[finite > 0].min())
        return middle * self.median if self.kind == "inverse" else self.median / middle


def _fit(inverse: np.ndarray, height: int, width: int) -> np.ndarray:
    """The map at the frame's size, with its soft edges made hard; beside the unknown all is unknown."""
    values = torch.from_numpy(inverse)
    radius = _BLUR
    if inverse.shape != (height, width):
        growth = max(height / inverse.shape[0], width / inverse.shape[1])
        radius = max(_BLUR, math.ceil(2 * growth))
        values = F.interpolate(values[None, None], (height, width), mode="bilinear", align_corners=False)[
            0, 0
        ]
    return _harden(values, min(radius, 8)).numpy()


def _harden(values: torch.Tensor, radius: int) -> torch.Tensor:
    """Inverse depth [H,W] whose ramps between a near and a far surface become steps.

    Estimators and resizing blur edges over a few pixels. What lies on such a ramp is on no surface: seen from
    elsewhere it would be a sheet of rubber between two things. Its pixels go to the nearer end in value. The
    ends are looked for ``radius`` pixels to both sides, above and below.
    """
    height, width = values.shape
    row, column = torch.nonzero(_on_slope(values) | _on_slope(values.T).T, as_tuple=True)
    line = torch.arange(-2 * radius, 2 * radius + 1)
    across = values[row[:, None], (column[:, None] + line).clamp_(0, width - 1)]
    along = values[(row[:, None] + line).clamp_(0, height - 1), column[:, None]]
    around = torch.stack([across, along], dim=1)  # [n, 2, 4 radius + 1]
    least, most = _ends(around[..., radius : 3 * radius + 1])
    low, high = _ends(around)
    span, here = most - least, values[row, column]
    # A ramp ends on both sides; a surface seen at a low angle (a floor to its horizon) goes on as steeply.
    ends = (high - most < 0.3 * span) & (least - low < 0.3 * span)
    between = ends & (here - least > 0.1 * span) & (most - here > 0.1 * span)
    hard = values.clone()
    hard[row, column] = torch.where(between, torch.where(here - least < most - here, least, most), here)
    return hard


def _on_slope(values: torch.Tensor) -> torch.Tensor:
    """[H,W] bool: pixels from which it goes steeply up on one side and down on the other, along columns."""
    step = values[:, 1:] - values[:, :-1]
    limit = STEEPEST * torch.maximum(values[:, 1:], values[:, :-1])
    up, down = step > limit, step < -limit  # unknown depth: neither
    return (F.pad(up, (1, 0)) & F.pad(up, (0, 1))) | (F.pad(down, (1, 0)) & F.pad(down, (0, 1)))


def _ends(around: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Least and most known value of each of [n,2,k]."""
    unknown = torch.isnan(around)
    least = around.masked_fill(unknown, torch.inf).amin((1, 2))
    return least, around.masked_fill(unknown, -torch.inf).amax((1, 2))
