"""What two frames of the same time have in common: the matchers, and the counts that measures report.

Legend: M matches of two frames. Points are pixels (x right, y down) of the frame they lie in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recam.camera.solve.features import MIN_SIDE, Features, feature_extractor, match_features
from recam.camera.solve.native import load_pycolmap
from recam.video import spread_indices

Frame = NDArray[np.uint8]


class Matched(NamedTuple):
    """Places that show the same thing in two frames."""

    points_a: NDArray[np.float64]
    """[M,2] in the first frame."""
    points_b: NDArray[np.float64]
    """[M,2] in the second frame."""
    confidence: NDArray[np.float64]
    """[M] from 0 to 1."""


class Matcher(Protocol):
    """A dense or semi-dense matcher, such as LoFTR, GIM or RoMa."""

    @property
    def name(self) -> str:
        """As the report says it: ``loftr``."""
        ...

    @property
    def key(self) -> str:
        """Changes whenever the same two frames would give other matches: weights, settings, version."""
        ...

    def match(self, frame_a: Frame, frame_b: Frame) -> Matched:
        """Matches of two frames, uint8 [H,W,3], of the same or of different sizes."""
        ...


class Moment(NamedTuple):
    """Two frames of the same time, by index."""

    generated: int
    source: int


def moments(source_frames: NDArray[np.int64], most: int) -> list[Moment]:
    """At most ``most`` moments, spread over the generated video with its first and last.

    Args:
        source_frames: [F] the source's frame for each of the generated video.
    """
    chosen = spread_indices(len(source_frames), min(most, len(source_frames)))
    return [Moment(int(index), int(source_frames[index])) for index in chosen]


def fit_longer_side(frame: Frame, side: int) -> Frame:
    """The frame, its longer side made ``side`` pixels, the other in proportion (at least 64 pixels)."""
    height, width = frame.shape[:2]
    scale = side / max(height, width)
    size = max(MIN_SIDE, round(width * scale)), max(MIN_SIDE, round(height * scale))
    return frame if size == (width, height) else _resize(frame, *size)


def fit_size(frame: Frame, width: int, height: int) -> Frame:
    """The frame at exactly that size, whatever its shape."""
    return frame if frame.shape[:2] == (height, width) else _resize(frame, width, height)


def _resize(frame: Frame, width: int, height: int) -> Frame:
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS))


@dataclass(frozen=True)
class SiftRules:
    """How SIFT matches of two frames are found and verified."""

    side: int = 640
    """Pixels of the longer side at which features are looked for, whatever the video's size."""
    max_error: float = 1.5
    """Pixels at that size between a match and its epipolar line (Sampson distance)."""
    least: int = 15
    """Fewer verified matches count as none: seven of any matches fit some epipolar geometry."""
    seed: int = 0

    @property
    def key(self) -> str:
        return f"side={self.side} error={self.max_error} least={self.least} seed={self.seed}"


def sift_finder(rules: SiftRules) -> Callable[[Frame], Features]:
    """What finds the features of a frame, uint8 [H,W,3], in pixels at ``rules.side``."""
    extract = feature_extractor()
    return lambda frame: extract(fit_longer_side(frame, rules.side))


def count_verified(one: Features, other: Features, rules: SiftRules) -> int:
    """How many matches of two frames agree with one epipolar geometry: the number of inliers of a
    fundamental matrix found by RANSAC (seeded).

    Two frames of the same time see one frozen scene, so what moves in it agrees too; a camera that only
    turned is a special case of it.
    """
    pairs = match_features(one.descriptors, other.descriptors)
    if len(pairs) < rules.least:
        return 0
    pycolmap = load_pycolmap()
    options = pycolmap.RANSACOptions()
    options.max_error, options.random_seed = rules.max_error, rules.seed
    options.min_num_trials, options.max_num_trials, options.min_inlier_ratio = 100, 2000, 0.2
    found = pycolmap.estimate_fundamental_matrix(one.points[pairs[:, 0]], other.points[pairs[:, 1]], options)
    count = 0 if found is None else int(found["num_inliers"])
    return count if count >= rules.least else 0
