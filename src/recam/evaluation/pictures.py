"""Figures that need nothing but pictures: flicker, PSNR, SSIM, and which of the true views is nearest.

All read frames one at a time, so that memory does not grow with a clip's length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from recam.errors import InputError

Frame = NDArray[np.uint8]
_SMALLEST = 11
"""Side of SSIM's window in pixels."""


@dataclass(frozen=True)
class Likeness:
    """How alike two videos are, frame by frame of the same time."""

    psnr: float
    """dB, of the mean square error over all frames; infinity for equal videos."""
    ssim: float
    """-1 to 1, mean over frames."""
    num_frames: int


def flicker(frames: Iterable[Frame]) -> float:
    """VBench's temporal flickering: 1 for a still clip, 0 for black and white in turn.

    ``1 - mean |x[i + 1] - x[i]| / 255`` over all pixels, channels and pairs (Huang et al., "VBench", 2024;
    VBench itself picks clips of static scenes first, which is left to the caller).

    Raises:
        InputError: fewer than two frames.
    """
    total, count = 0.0, 0
    before: Frame | None = None
    for frame in frames:
        if before is not None:
            total += float(np.abs(frame.astype(np.int16) - before).mean())
            count += 1
        before = frame
    if not count:
        raise InputError("flicker needs at least two frames")
    return 1.0 - total / count / 255


def likeness(frames: Iterable[Frame], truth: Iterable[Frame]) -> Likeness:
    """PSNR (8-bit values, peak 255) and SSIM of a video against the true one.

    SSIM: Wang et al., "Image quality assessment", 2004, with their Gaussian window (sigma 1.5) and constants,
    on RGB, mean over channels.

    Raises:
        InputError: no frames, other numbers or sizes of frames, or frames smaller than 11 pixels.
    """
    square, similar, count = 0.0, 0.0, 0
    for frame, true in zip_strictly(frames, truth):
        if frame.shape != true.shape:
            (height, width), (other, across) = frame.shape[:2], true.shape[:2]
            raise InputError(f"frames are {width}x{height} and the true ones {across}x{other}")
        if min(frame.shape[:2]) < _SMALLEST:
            raise InputError(f"SSIM needs frames of at least {_SMALLEST} pixels a side")
        square += float(((frame.astype(np.float64) - true) ** 2).mean())
        similar += _ssim(frame, true)
        count += 1
    if not count:
        raise InputError("there are no frames to compare")
    mean = square / count
    psnr = float("inf") if mean == 0 else float(10 * np.log10(255**2 / mean))
    return Likeness(psnr, similar / count, count)


def _ssim(frame: Frame, true: Frame) -> float:
    found: Any = structural_similarity(
        frame,
        true,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )
    return float(found)


def nearest_view(frames: Iterable[Frame], views: Mapping[str, Iterable[Frame]]) -> str:
    """The name of the view that is nearest to ``frames`` by mean square error over all of the clip.

    With the true views along all presets of a scene, the share of clips whose own view is the nearest says
    whether a method follows the camera: it needs no absolute quality.

    Raises:
        InputError: no views, or other numbers or sizes of frames.
    """
    if not views:
        raise InputError("there are no views to compare with")
    errors = dict.fromkeys(views, 0.0)
    for frame, *others in zip_strictly(frames, *views.values()):
        for name, other in zip(views, others, strict=True):
            if other.shape != frame.shape:
                raise InputError(f"view {name} has frames of another size")
            errors[name] += float(((frame.astype(np.float64) - other) ** 2).mean())
    return min(errors, key=lambda name: errors[name])


def zip_strictly(*clips: Iterable[Frame]) -> Iterable[tuple[Frame, ...]]:
    """Frames of the same time, one from each clip.

    Raises:
        InputError: one clip ends before another.
    """
    try:
        yield from zip(*clips, strict=True)
    except ValueError as error:
        if "argument" not in str(error):
            raise
        raise InputError("the videos have different numbers of frames") from error
