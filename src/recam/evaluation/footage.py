"""A video file under measurement: known by its content, decoded once, refused where it is too large."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.errors import VideoFileError
from recam.evaluation.store import Store, content_hash, hashed
from recam.video import VideoInfo, probe, read_frames

MOST_FRAMES = 2000
MOST_BYTES = 2 << 30
"""Of a decoded clip: a larger one is no clip of a benchmark, and would fill memory."""
MOST_FILE_BYTES = 4 << 30
"""Of a file: what is so large holds no clip of a benchmark, and reading it would take long."""
HELD_BYTES = 768 << 20
"""Of decoded frames that a process holds; the clip in hand is always held."""
_PROBE = "probe 1"
"""Changes whenever ``recam.video.probe`` says other things of the same file."""

Frames = NDArray[np.uint8]


class Footage:
    """A video file. Its frames are decoded when they are first asked for and held by its :class:`Reel`."""

    def __init__(self, path: Path, reel: Reel) -> None:
        self.path = path
        self._reel = reel
        self._stamp: tuple[int, ...] = ()

    @cached_property
    def content(self) -> str:
        """SHA-256 of the file.

        Raises:
            VideoFileError: it cannot be read, or is far too large.
        """
        try:
            self._stamp = stamp(self.path)
            if (size := self.path.stat().st_size) > MOST_FILE_BYTES:
                raise VideoFileError(
                    self.path, f"has {size >> 20} MiB, more than a clip to score may have; cut it"
                )
            return content_hash(self.path)
        except OSError as error:
            raise VideoFileError(self.path, (error.strerror or str(error)).lower()) from error

    @cached_property
    def info(self) -> VideoInfo:
        """Size, rate and number of frames, upright; from the store where the same content was seen before.

        Raises:
            VideoFileError: not a video, damaged, or larger than any clip of a benchmark.
        """
        info = self._reel.info(self)
        size = info.num_frames * info.height * info.width * 3
        if info.num_frames > MOST_FRAMES or size > MOST_BYTES:
            raise VideoFileError(
                self.path,
                f"{info.num_frames} frames of {info.width}x{info.height} are more than a clip to score "
                f"may have ({MOST_FRAMES} frames, {MOST_BYTES >> 30} GiB decoded); cut it",
            )
        return info

    @property
    def frames(self) -> Frames:
        """uint8 [F,H,W,3].

        Raises:
            VideoFileError: as :attr:`info`, or a frame cannot be decoded.
        """
        return self._reel.frames(self)

    def stream(self) -> Iterator[Frames]:
        """The frames [H,W,3] one by one: from memory where they are held or there is room for them, else
        from the file, holding none."""
        if self._reel.held(self) is not None or self._reel.has_room(self):
            return iter(self.frames)
        return read_frames(self.info)

    def check_same(self) -> None:
        """Call before keeping what was measured under :attr:`content`.

        Raises:
            VideoFileError: the file has changed since, or is gone.
        """
        try:
            same = not self._stamp or stamp(self.path) == self._stamp
        except OSError as error:
            raise VideoFileError(self.path, f"went away while it was measured ({error.strerror})") from error
        if not same:
            raise VideoFileError(
                self.path, "changed while it was measured; run again when nothing writes to it"
            )


class Reel:
    """The footage of a process: each file once, the frames used last held up to a number of bytes.

    To be closed (or used as a context): it and its footage know each other, so that Python itself would find
    frames that nobody needs only much later.

    Args:
        store: where what a video holds is noted by its content; default: nowhere.
    """

    def __init__(self, most_bytes: int = HELD_BYTES, store: Store | None = None) -> None:
        self._most = most_bytes
        self._store = store
        self._known: dict[Path, Footage] = {}
        self._frames: OrderedDict[Path, Frames] = OrderedDict()

    def __enter__(self) -> Reel:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all frames."""
        self._frames.clear()
        self._known.clear()

    def footage(self, path: Path) -> Footage:
        return self._known.setdefault(path, Footage(path, self))

    def held(self, footage: Footage) -> Frames | None:
        return self._frames.get(footage.path)

    def frames(self, footage: Footage) -> Frames:
        if footage.path not in self._frames:
            info = footage.info
            frames = np.empty((info.num_frames, info.height, info.width, 3), np.uint8)
            for index, frame in enumerate(read_frames(info)):
                frames[index] = frame
            frames.setflags(write=False)
            self._frames[footage.path] = frames
        self._frames.move_to_end(footage.path)
        while len(self._frames) > 1 and sum(held.nbytes for held in self._frames.values()) > self._most:
            self._frames.popitem(last=False)
        return self._frames[footage.path]

    def has_room(self, footage: Footage) -> bool:
        """Whether the frames can be held without giving up others."""
        info = footage.info
        size = info.num_frames * info.height * info.width * 3
        return size + sum(held.nbytes for held in self._frames.values()) <= self._most

    def release(self, footage: Footage) -> None:
        """The frames will not be asked for again."""
        self._frames.pop(footage.path, None)

    def info(self, footage: Footage) -> VideoInfo:
        """What ``probe`` says: it costs as much as finding fifty figures in the store."""
        if self._store is None:
            return probe(footage.path)
        key = hashed(_PROBE, footage.content)
        known = self._store.facts("probe", key)
        if known is not None:
            return _info(footage.path, known)
        info = probe(footage.path)
        footage.check_same()
        self._store.keep_facts("probe", key, _facts(info))
        return info


def same_time(
    count: int, fps: float, other_count: int, other_fps: float, pace: tuple[int, int] | None = None
) -> NDArray[np.int64]:
    """[count] index of the frame of the other video that shows the time of each frame of this one.

    Equal rates, or equal numbers of frames (a method that wrote another rate), mean frame for frame; else
    the nearest time counts. The other's last frame stands for what comes after its end.

    Args:
        pace: where it is known, (start, stride): frame i shows the time of the other's frame
            ``start + stride * i``, whatever the rates that the files state.
    """
    index = np.arange(count)
    if pace is not None:
        index = pace[0] + pace[1] * index
    elif count != other_count and abs(fps / other_fps - 1) > 0.01:
        index = np.round(index * (other_fps / fps)).astype(np.int64)
    return np.minimum(index, other_count - 1)


def same_moments(info: VideoInfo, other: VideoInfo, pace: tuple[int, int] | None = None) -> NDArray[np.int64]:
    """:func:`same_time` of two videos: for each frame of the first, the other's of the same time."""
    return same_time(info.num_frames, float(info.fps), other.num_frames, float(other.fps), pace)


def stamp(path: Path) -> tuple[int, ...]:
    """Other numbers when the file was written to or replaced."""
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns, found.st_ino


def _facts(info: VideoInfo) -> dict[str, Any]:
    facts = {name: value for name, value in vars(info).items() if name != "path"}
    return {name: str(value) if isinstance(value, Fraction) else value for name, value in facts.items()}


def _info(path: Path, facts: dict[str, Any]) -> VideoInfo:
    fractions: dict[str, Any] = {name: Fraction(facts[name]) for name in ("fps", "start")}
    return VideoInfo(path, **facts | fractions)
