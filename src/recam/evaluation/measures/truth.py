"""Against the true video: PSNR, SSIM, and whether it is the nearest of all true views of the scene.

Frames of the same time are compared (:func:`recam.evaluation.footage.same_time`), so a method may write fewer
frames than the true video has, or another rate; it must reach the end, where the camera has moved most. A
video of another size but the same shape is scaled to the true one's, and its details say so: what a small
model lacks in pixels then counts against it, as it does for a viewer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recam.errors import InputError
from recam.evaluation.case import Case
from recam.evaluation.footage import Footage, Frames, same_moments
from recam.evaluation.measure import Figure, Found, Input, Missing, Offer
from recam.evaluation.pictures import likeness, nearest_view
from recam.video import VideoInfo
from recam.video.transforms import resize

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

SHORTEST = 0.9
"""Share of the true video that a video has to reach: what ends before shows only the easy beginning."""
LONGEST = 0.1
"""Share of a video's frames that may come after the true one's end."""
SAME_SHAPE = 0.01
"""Share by which width / height may differ: sizes are rounded to a model's patches."""

_COMPARED = "Frames of the same time; a video of another size is scaled to the true one's."
_PSNR = Figure(
    "psnr",
    "PSNR",
    "dB",
    "higher",
    f"Against the true video: of the mean square error over all frames, peak 255. {_COMPARED}",
    digits=2,
)
_SSIM = Figure(
    "ssim",
    "SSIM",
    "",
    "higher",
    f"Against the true video: Wang et al. 2004, sigma 1.5, RGB, mean. {_COMPARED}",
)
_NEAREST = Figure(
    "nearest_view",
    "nearest view is the true one",
    "",
    "higher",
    "1 where, of the true videos along all paths from the same source, the clip's own is the nearest by mean "
    "square error: does the method follow the camera at all. Chance is one over the number of paths, which "
    f"the details give. {_COMPARED}",
)


@dataclass(frozen=True)
class LikenessMeasure:
    name = "likeness"
    key = "likeness 2"
    inputs: tuple[Input, ...] = ("generated", "target")
    figures: tuple[Figure, ...] = (_PSNR, _SSIM)

    def measure(self, case: Case) -> Found:
        """Raises:
        InputError: the video ends too early or too late, or has another shape.
        """
        assert case.target is not None
        shown, true = case.generated, case.target
        index = compared_frames(shown.info, true.info)
        scaled = _scaled(shown.frames, true.info)
        found = likeness(scaled, (true.frames[place] for place in index))
        details = _details(shown.info, true.info, index)
        if len(index) >= 4:
            quarter = len(index) // 4
            for name, part in (("first", slice(None, quarter)), ("last", slice(-quarter, None))):
                details[f"psnr_{name}_quarter"] = _psnr(scaled[part], true.frames[index[part]])
        if math.isinf(found.psnr):
            missing = {_PSNR.name: Missing("undefined", "equal to the true video: infinite")}
            return Found({_PSNR.name: None, _SSIM.name: found.ssim}, missing, details)
        return Found({_PSNR.name: found.psnr, _SSIM.name: found.ssim}, details=details)


@dataclass(frozen=True)
class NearestViewMeasure:
    name = "nearest_view"
    key = "nearest view 2"
    inputs: tuple[Input, ...] = ("generated", "views")
    figures: tuple[Figure, ...] = (_NEAREST,)

    def measure(self, case: Case) -> Found:
        """Raises:
        InputError: the video ends too early or too late, or has another shape.
        """
        infos = [view.info for view in case.views.values()]
        if len({(info.num_frames, info.fps, info.width, info.height) for info in infos}) > 1:
            raise InputError("the true videos of this source differ in size, rate or length")
        index = compared_frames(case.generated.info, infos[0])
        views = {label: _picked(view, index) for label, view in case.views.items()}
        nearest = nearest_view(_scaled(case.generated.frames, infos[0]), views)
        details = {"nearest": nearest, "views": len(views), "chance": round(1 / len(views), 4)}
        return Found({_NEAREST.name: float(nearest == case.view)}, details=details)


def compared_frames(shown: VideoInfo, true: VideoInfo) -> NDArray[np.int64]:
    """Which frame of the true video each frame of the other is compared with.

    Raises:
        InputError: the other ends before 90 % of the true one or long after it, or has another shape.
    """
    if abs(shown.width * true.height / (shown.height * true.width) - 1) > SAME_SHAPE:
        raise InputError(
            f"the video is {shown.width}x{shown.height} and the true one {true.width}x{true.height}, another "
            "shape; give videos of the true one's shape, not cut and not stretched"
        )
    index = same_moments(shown, true)
    if np.count_nonzero(index == true.num_frames - 1) > max(1.0, LONGEST * len(index)):
        raise InputError(
            f"the video goes on long after the true one's {true.num_frames} frames; cut it to the same time"
        )
    if index[-1] < SHORTEST * (true.num_frames - 1):
        raise InputError(
            f"the video ends at frame {index[-1] + 1} of the true one's {true.num_frames}, and the rest "
            "cannot be compared; make it as long, at any rate, or of as many frames"
        )
    return index


def _scaled(frames: Frames, true: VideoInfo) -> Frames:
    return resize(frames, true.height, true.width)


def _picked(footage: Footage, index: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
    """The frames of a video at ``index``, which never falls, holding one."""
    stream = footage.stream()
    at, frame = -1, np.empty(0, np.uint8)
    for wanted in index:
        while at < wanted:
            frame, at = next(stream), at + 1
        yield frame


def _details(shown: VideoInfo, true: VideoInfo, index: NDArray[np.int64]) -> dict[str, object]:
    details: dict[str, object] = {"frames": len(index)}
    if (shown.width, shown.height) != (true.width, true.height):
        details["scaled"] = f"{shown.width}x{shown.height} to {true.width}x{true.height}"
    if shown.num_frames != true.num_frames or list(index) != list(range(true.num_frames)):
        details["true_frames"] = true.num_frames
    return details


def _psnr(frames: Frames, truth: Frames) -> float | None:
    """dB; None where they are equal."""
    mean = float(((frames.astype(np.float64) - truth) ** 2).mean())
    return None if mean == 0 else round(float(10 * np.log10(255**2 / mean)), 3)


def offer(settings: Settings) -> Offer:
    return Offer((LikenessMeasure(), NearestViewMeasure()))
