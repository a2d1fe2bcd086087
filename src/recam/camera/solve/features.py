"""What can be recognised again: SIFT features of every frame, and which of them belong together.

Legend: F frames, N features of a frame, M matches of a pair of frames. Picture coordinates are pixels, x
right, y down, the first pixel's centre at (0.5, 0.5).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recam.camera.poses import FloatArray
from recam.camera.solve.native import load_pycolmap
from recam.errors import InputError, SolveError

Progress = Callable[[str, int, int], None]
Pair = tuple[int, int]

MIN_SIDE = 64
_MAX_SIDE = 1280  # pixels; in larger pictures features are looked for after making them smaller
_COLUMNS, _ROWS = 24, 15  # cells of the picture, so that a detailed corner does not outvote the rest of it
_PER_CELL = 5
_MIN_FEATURES = 60  # of a frame; fewer do not fix six numbers once some of them move on their own
_MIN_MATCHES = 25  # of a frame and the next
_RATIO = 0.8  # Lowe's test: distance to the best descriptor over that to the second best


@dataclass(frozen=True)
class Features:
    """One frame's features.

    Attributes:
        points: [N,2] float64, pixels.
        descriptors: [N,128] float32, unit length.
        weights: [N] float64, the share of the picture's area that each feature stands for; sums to 1.
    """

    points: FloatArray
    descriptors: NDArray[np.float32]
    weights: FloatArray


@dataclass(frozen=True)
class FrameFeatures:
    """The features of a clip, and the size of its pictures in pixels."""

    frames: list[Features]
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.frames)


def find_features(
    frames: Iterable[NDArray[np.uint8]], progress: Progress | None = None, threads: int | None = None
) -> FrameFeatures:
    """SIFT features of each frame, spread over the picture; frames are taken one by one and not kept.

    Args:
        threads: see :func:`worker_count`.

    Raises:
        InputError: frames are not uint8 [H,W,3] of one size, or smaller than 64 pixels.
        SolveError: fewer than two frames, or one with too little texture.
    """
    found: list[Features] = []
    total = len(frames) if hasattr(frames, "__len__") else 0  # pyright: ignore[reportArgumentType]
    shape: tuple[int, ...] | None = None
    workers = worker_count(threads)
    extract = feature_extractor()
    with ThreadPoolExecutor(workers) as pool:
        for batch in _batches(frames, 2 * workers):
            for frame in batch:
                shape = _check_frame(frame, shape, len(found))
            for features in pool.map(extract, batch):
                if len(features.points) < _MIN_FEATURES:
                    raise SolveError(
                        f"frame {len(found)} shows too little to recognise ({len(features.points)} "
                        f"features, at least {_MIN_FEATURES} are needed): it is blank, blurred or very dark; "
                        "leave it out (start, max frames) or use a sharper or larger video"
                    )
                found.append(features)
                if progress is not None:
                    progress("looking for features", len(found), max(total, len(found)))
    if shape is None or len(found) < 2:
        raise SolveError(f"a camera is solved from at least two frames, and this clip has {len(found)}")
    return FrameFeatures(found, shape[1], shape[0])


def worker_count(threads: int | None = None) -> int:
    """Threads for work that falls into independent pieces: ``threads``, by default the processors that this
    process may use, at most 8."""
    if threads is not None:
        return max(1, threads)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, usable))


def frame_pairs(count: int) -> list[Pair]:
    """The pairs of frames to compare: 1, 2, 4, 8 ... frames apart, so their number grows as F log F."""
    gaps = [2**power for power in range(count.bit_length()) if 2**power < count]
    pairs = {(first, first + gap) for gap in gaps for first in range(count - gap)}
    # The widest baselines fix the scale of small moves; and a loop closes where it began.
    pairs |= {(0, last) for last in range(max(1, count - 4), count)}
    pairs |= {(first, count - 1) for first in range(min(4, count - 1))}
    return sorted(pairs)


def match_pairs(
    features: FrameFeatures, pairs: list[Pair], progress: Progress | None = None
) -> dict[Pair, NDArray[np.int64]]:
    """Indices [M,2] of features that look alike and are each other's best, by pair of frames.

    Raises:
        SolveError: a frame and the next have nothing in common (a cut).
    """
    matches: dict[Pair, NDArray[np.int64]] = {}
    for done, (first, second) in enumerate(pairs, start=1):
        found = match_features(features.frames[first].descriptors, features.frames[second].descriptors)
        if second == first + 1 and len(found) < _MIN_MATCHES:
            raise SolveError(
                f"frames {first} and {second} have too little in common ({len(found)} matches, at least "
                f"{_MIN_MATCHES} are needed): a cut, a very fast move or strong blur; solve the shots one "
                "by one (start, max frames)"
            )
        matches[first, second] = found
        if progress is not None:
            progress("comparing frames", done, len(pairs))
    return matches


def match_features(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.int64]:
    """Indices [M,2] of descriptors [N,128] (unit length) that are each other's best and clearly so (Lowe's
    test).

    Two frames with fewer than two features have no match.
    """
    if min(len(one), len(other)) < 2:
        return np.zeros((0, 2), np.int64)
    alike = one @ other.T
    best = alike.argmax(axis=1)
    rows = np.arange(len(one))
    top = alike[rows, best]
    mutual = alike.argmax(axis=0)[best] == rows
    alike[rows, best] = -1.0
    second = alike.max(axis=1)
    # Unit vectors: the squared distance is 2 - 2 times the product.
    clear = (1.0 - top) < _RATIO**2 * (1.0 - second)
    chosen = np.flatnonzero(mutual & clear)
    return np.stack([chosen, best[chosen]], axis=1)


def feature_extractor() -> Callable[[NDArray[np.uint8]], Features]:
    """What finds the features of one frame, uint8 [H,W,3], at least 64 pixels a side; threads may share it.

    Raises:
        ModuleNotFoundError: pycolmap is missing (the extra ``[sfm]``).
    """
    pycolmap = load_pycolmap()
    options = pycolmap.FeatureExtractionOptions()
    options.num_threads = 1
    options.use_gpu = False
    options.sift.max_num_features = 8192
    options.sift.peak_threshold = 0.003  # half of the usual one: weak features in plain places are wanted too
    options.sift.max_num_orientations = 1

    def extract(frame: NDArray[np.uint8]) -> Features:
        grey = np.round(frame @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
        height, width = grey.shape
        if max(height, width) > _MAX_SIDE:
            size = tuple(round(side * _MAX_SIDE / max(height, width)) for side in (width, height))
            grey = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))
        extractor = pycolmap.FeatureExtractor.create(options, pycolmap.Device.cpu)  # holds state: one a call
        keypoints, descriptors = extractor.extract_from_uint8_array(grey)
        places = pycolmap.keypoints_to_matrix(keypoints)[:, :2].astype(np.float64)
        places *= (width / grey.shape[1], height / grey.shape[0])
        unit = descriptors.data.astype(np.float32)
        unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-6)
        return _spread(places, unit, width, height)

    return extract


def _spread(points: FloatArray, descriptors: NDArray[np.float32], width: int, height: int) -> Features:
    """Keep a few features of every cell and weigh each by the area it stands for."""
    cell = np.minimum((points / (width, height) * (_COLUMNS, _ROWS)).astype(int), (_COLUMNS - 1, _ROWS - 1))
    number = cell[:, 1] * _COLUMNS + cell[:, 0]
    order = np.argsort(number, kind="stable")  # within a cell as they came: from coarse to fine
    starts = np.searchsorted(number[order], number[order])
    keep = np.sort(order[np.arange(len(order)) - starts < _PER_CELL])
    counts = np.bincount(number[keep], minlength=_COLUMNS * _ROWS)
    weights = 1.0 / counts[number[keep]]
    total = max(float(weights.sum()), 1e-12)
    return Features(points[keep], descriptors[keep], weights / total)


def _check_frame(frame: NDArray[np.uint8], shape: tuple[int, ...] | None, index: int) -> tuple[int, ...]:
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise InputError(
            f"frames must be uint8 [H, W, 3]; frame {index} is {frame.dtype} {list(frame.shape)}"
        )
    if shape is not None and frame.shape != shape:
        raise InputError(
            f"frames must have one size; frame {index} is {list(frame.shape)}, not {list(shape)}"
        )
    if min(frame.shape[:2]) < MIN_SIDE:
        raise InputError(
            f"frames of {frame.shape[1]}x{frame.shape[0]} are too small to solve a camera from; "
            f"both sides must have at least {MIN_SIDE} pixels"
        )
    return frame.shape


def _batches(frames: Iterable[NDArray[np.uint8]], size: int) -> Iterator[list[NDArray[np.uint8]]]:
    rest = iter(frames)
    while batch := list(islice(rest, size)):
        yield batch
