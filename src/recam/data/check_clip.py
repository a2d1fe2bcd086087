"""Checking the pictures of one clip: all there, not black, not of one colour, not standing still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from recam.camera import Poses
from recam.parallel import check_stop
from recam.video import VideoInfo, probe, read_frames

Bad = Callable[[Path, str, str], None]
"""Takes a file, the kind of its fault and the reason."""
_BLACK = 16  # 8-bit value that no pixel of a black frame exceeds: limited-range black, read as full range
_MOST_FRAMES = 10_000  # looked at: a damaged clock can ask for years of frames
_FLAT = 2  # what a frame of one colour varies by after coding
_NEARLY_FLAT = 8  # what may be coded as one colour


@dataclass(frozen=True)
class Clip:
    """What the frames of one video are."""

    frames: int
    rate: Fraction
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.frames} frames of {self.width}x{self.height} at {float(self.rate):g} a second"


def check_clip(path: Path, poses: Poses | None, bad: Bad) -> Clip:
    """Decode all frames, holding two at a time.

    Raises:
        VideoFileError: it cannot be decoded to its end.
    """
    info = probe(path)
    clip = Clip(info.num_frames, info.fps, info.width, info.height)
    if poses is not None and info.num_frames != len(poses):
        bad(path, "frames", f"has {info.num_frames} frames; its camera has {len(poses)} poses")
        if info.num_frames > 2 * len(poses) + 16:  # the clock is damaged
            return clip
    _check_pictures(info, path, poses, bad)
    return clip


def _check_pictures(info: VideoInfo, path: Path, poses: Poses | None, bad: Bad) -> None:
    black, flat = [], []
    first: np.ndarray | None = None
    change = 0
    for index, frame in enumerate(read_frames(info, max_frames=_MOST_FRAMES)):
        check_stop()
        picture = _on_a_grid(frame)
        if _is_black(picture):
            black.append(index)
        elif _is_flat(picture, _FLAT):
            flat.append(index)
        if first is None:
            first = picture
        change = max(change, int(np.abs(picture - first).max()))
    for kind, frames, word in (("black", black, "black"), ("flat", flat, "of one colour")):
        if frames:
            some = (
                "all frames are"
                if len(frames) == info.num_frames
                else (f"{len(frames)} of {info.num_frames} frames are (the first is frame {frames[0]})")
            )
            bad(path, kind, f"{some} {word}")
    if not black and not flat and change <= _FLAT and info.num_frames > 1 and _moves(poses):
        bad(path, "frozen", "all its frames are the same picture, but its camera moves")


def is_dull(frame: np.ndarray) -> bool:
    """Whether a picture uint8 [H,W,3] would count as black or of one colour once it is encoded."""
    picture = _on_a_grid(frame)
    return _is_black(picture) or _is_flat(picture, _NEARLY_FLAT)


def _on_a_grid(frame: np.ndarray) -> np.ndarray:
    """Some 64 rows and columns: fine enough to see black and one colour."""
    step = max(1, min(frame.shape[:2]) // 64)
    return frame[::step, ::step].astype(np.int16)


def _is_black(picture: np.ndarray) -> bool:
    return bool(picture.max() <= _BLACK)


def _is_flat(picture: np.ndarray, most: int) -> bool:
    return bool((np.ptp(picture, axis=(0, 1)) <= most).all())


def _moves(poses: Poses | None) -> bool:
    """Whether a camera goes 5 cm or turns by a degree."""
    if poses is None:
        return False
    path = poses.relative_to(poses[0])
    return bool(
        np.linalg.norm(path.translations, axis=1).max() > 0.05 or path.rotation_angle_degrees().max() > 1.0
    )
