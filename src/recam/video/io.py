"""Videos in memory and on disk: decode anything FFmpeg reads, encode H.264 that browsers play."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation
from av.video.stream import VideoStream

from recam.errors import InputError, MachineError, VideoFileError
from recam.video.cut import damaged
from recam.video.probe import (
    VideoInfo,
    decoding,
    open_container,
    orientation_of,
    probe,
    square_size,
    video_stream,
)
from recam.video.writer import Sound, VideoWriter

_SEEK_FROM = 5  # seconds into a file from which jumping to a key frame beats decoding all the way
_UNSPECIFIED_COLORSPACE = 2  # AVCOL_SPC_UNSPECIFIED


@dataclass(frozen=True)
class Video:
    """Frames with a clock, and where their sound is.

    Attributes:
        frames: uint8 [F, H, W, 3], RGB, upright, square pixels.
        fps: frames a second, exact.
        path: the file the frames came from, if any.
        sound: the stretch of a file whose sound ``save`` carries over, if any.
    """

    frames: np.ndarray
    fps: Fraction
    path: Path | None = None
    sound: Sound | None = None

    def __post_init__(self) -> None:
        frames = self.frames
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3 or 0 in frames.shape:
            raise InputError(
                f"frames must be uint8 [F, H, W, 3] with at least one pixel and frame; got {frames.dtype} "
                f"{list(frames.shape)}"
            )
        if not 0 < self.fps <= 1000:
            raise InputError(f"fps must be above 0 and at most 1000; got {self.fps}")

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        max_frames: int | None = None,
        start: float | Fraction = 0,
        sound: bool = True,
    ) -> Video:
        """Decode a video file, upright, with square pixels, at a constant frame rate.

        A variable frame rate is resampled onto a constant grid by time stamp, so that the duration stays.

        Args:
            path: any file FFmpeg reads.
            max_frames: stop after this many frames (None: all).
            start: seconds after the first frame to begin at.
            sound: remember the file's sound, so that ``save`` carries it over.

        Raises:
            VideoFileError: missing, not a video, damaged, cut off, or without frames in the range asked for.
            MachineError: the frames would not fit into this machine's memory.
        """
        info = probe(path)
        first, count = frame_range(info, start, max_frames)
        _refuse_too_large(info, count)
        frames = np.empty((count, info.height, info.width, 3), np.uint8)
        for index, frame in enumerate(read_frames(info, start=start, max_frames=count)):
            frames[index] = frame
        begin = info.start + first / info.fps
        carried = Sound(info.path, begin, count / info.fps) if sound and info.has_audio else None
        return cls(frames, info.fps, info.path, carried)

    @classmethod
    def from_frames(
        cls, frames: np.ndarray, fps: float | Fraction, sound: Sound | Video | None = None
    ) -> Video:
        """Wrap frames uint8 [F, H, W, 3] RGB; ``sound`` may be another Video whose sound goes along."""
        return cls(
            np.asarray(frames), exact_rate(fps), None, sound.sound if isinstance(sound, Video) else sound
        )

    def with_frames(self, frames: np.ndarray) -> Video:
        """The same clip with other pictures: duration and sound stay, so another count changes the rate."""
        fps = self.fps if len(frames) == len(self.frames) else self.fps * len(frames) / len(self.frames)
        return replace(self, frames=np.asarray(frames), fps=Fraction(fps))

    def save(
        self, path: str | os.PathLike[str], crf: int = 18, sound: bool = True, preset: str = "medium"
    ) -> Path:
        """Write an mp4 that browsers play: H.264 yuv420p, BT.709, index at the front, sound of the source.

        An odd width or height gets one more column or row (a copy of the last), since yuv420p has none.

        Args:
            path: the file to write; it appears only once it is complete.
            crf: x264's quality, 0 (lossless) to 51; 18 looks like the input.
            sound: carry the sound over.
            preset: x264's speed, "ultrafast" to "veryslow".

        Raises:
            OutputError: the folder does not exist or cannot be written, or the disk is full.
            VideoFileError: the file with the sound is gone or damaged.
        """
        carried = self.sound if sound else None
        with VideoWriter(
            path, self.fps, self.width, self.height, crf=crf, preset=preset, sound=carried
        ) as writer:
            for frame in self.frames:
                writer.write(frame)
        return Path(path)

    @property
    def num_frames(self) -> int:
        return len(self.frames)

    @property
    def height(self) -> int:
        return self.frames.shape[1]

    @property
    def width(self) -> int:
        return self.frames.shape[2]

    @property
    def duration(self) -> Fraction:
        """Seconds, exact."""
        return self.num_frames / self.fps

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        size = f"{self.num_frames} frames, {self.width}x{self.height}, {float(self.fps):.5g} fps"
        return f"Video({size}, path={self.path})"


def read_frames(
    source: str | os.PathLike[str] | VideoInfo,
    start: float | Fraction = 0,
    max_frames: int | None = None,
) -> Iterator[np.ndarray]:
    """Yield a file's frames, uint8 [H, W, 3] RGB, one at a time, at the constant rate that ``probe`` states.

    Exactly ``probe(source).num_frames`` frames come (fewer with ``start``, in seconds, or ``max_frames``).

    Raises:
        VideoFileError: as ``probe``, or a frame cannot be decoded.
    """
    info = source if isinstance(source, VideoInfo) else probe(source)
    slot, count = frame_range(info, start, max_frames)  # slot: the next place of the constant grid to fill
    end = slot + count
    held: np.ndarray | None = None
    for time, frame in _decoded(info, slot):
        # A frame is shown from its own time until the next one's, so the one held fills the slots before
        # this one's first. On a constant rate rounding gives each frame one slot, whatever the jitter.
        position = (time - info.start) * info.fps
        begins = math.ceil(position - Fraction(1, 100)) if info.variable_frame_rate else round(position)
        while held is not None and slot < min(begins, end):
            yield held
            slot += 1
        if slot >= end:
            return
        held = frame
    if held is None:
        raise damaged(info.path, "no frame can be decoded")
    if end - slot > 1 and not info.variable_frame_rate:  # only a variable rate's last frame may last
        raise damaged(info.path, f"decoding stops after {slot + 1} of {info.num_frames} frames")
    for _ in range(slot, end):
        yield held


def exact_rate(fps: float | Fraction) -> Fraction:
    """A frame rate as an exact fraction: 23.976 and 29.97 mean 24000/1001 and 30000/1001.

    Raises:
        InputError: not above 0 and at most 1000.
    """
    if not (isinstance(fps, (int, float, Fraction)) and math.isfinite(fps) and 0 < fps <= 1000):
        raise InputError(f"fps must be above 0 and at most 1000; got {fps}")
    if isinstance(fps, float):
        for base in (24, 30, 48, 60, 120):
            if abs(fps - base / 1.001) < 0.0006 * base / 30:
                return Fraction(base * 1000, 1001)
        return Fraction(fps).limit_denominator(1001)
    return Fraction(fps)


def _decoded(info: VideoInfo, first: int) -> Iterator[tuple[Fraction, np.ndarray]]:
    """(time in the file's clock, upright RGB picture) of frames, from frame ``first`` on or a bit before."""
    wanted = info.start + (first - 1) / info.fps  # earlier frames are decoded but not converted
    with open_container(info.path) as container:
        stream = video_stream(container, info.path)
        unit = Fraction(stream.time_base or Fraction(1, 1000))
        origin = info.start
        if first / info.fps > _SEEK_FROM:
            with decoding(info.path):
                container.seek(int((info.start + first / info.fps - 1) / unit), stream=stream)
        index = 0
        packets = container.demux(stream)
        while True:
            with decoding(info.path):
                packet = next(packets, None)
                frames: list[Any] = [] if packet is None else packet.decode()
            if packet is None:
                return
            for frame in frames:
                if frame.is_corrupt:
                    raise damaged(info.path, f"frame {index} is corrupt")
                time = origin + index / info.fps if frame.pts is None else frame.pts * unit
                index += 1
                if time > wanted or info.variable_frame_rate:
                    yield time, _picture(frame, stream, info)


def _picture(frame: VideoFrame, stream: VideoStream, info: VideoInfo) -> np.ndarray:
    """Decoded frame to the upright RGB picture uint8 [H, W, 3] with square pixels."""
    orientation = orientation_of(frame)
    width, height = (info.height, info.width) if orientation.transpose else (info.width, info.height)
    if square_size(stream, frame) != (width, height):
        raise VideoFileError(
            info.path,
            f"changes its size on the way, from {info.width}x{info.height}; convert it to one size first",
        )
    colorspace: int | Colorspace = frame.colorspace
    if colorspace == _UNSPECIFIED_COLORSPACE:  # players take untagged HD for BT.709 and smaller for BT.601
        colorspace = Colorspace.ITU709 if height >= 720 or width >= 1280 else Colorspace.ITU601
    image = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        src_colorspace=colorspace,
        src_color_range=frame.color_range,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
        threads=1,  # handing out the work costs more than it saves
    )
    return orientation.apply(image.to_ndarray())


def frame_range(info: VideoInfo, start: float | Fraction, max_frames: int | None) -> tuple[int, int]:
    """(first frame, count) of the stretch that starts ``start`` seconds into a file.

    Raises:
        InputError: a start or a count below 0 or 1.
        VideoFileError: the start is behind the end.
    """
    if not math.isfinite(start) or start < 0:
        raise InputError(f"start must be a time in seconds, 0 or more; got {start}")
    if max_frames is not None and max_frames < 1:
        raise InputError(f"max_frames must be 1 or more; got {max_frames}")
    first = round(Fraction(start) * info.fps)
    if first >= info.num_frames:
        raise VideoFileError(
            info.path, f"lasts {float(info.duration):.2f} s; start = {float(start):.2f} s is behind its end"
        )
    left = info.num_frames - first
    return first, left if max_frames is None else min(left, max_frames)


def _refuse_too_large(info: VideoInfo, count: int) -> None:
    needed = count * info.height * info.width * 3
    free = psutil.virtual_memory().available
    if needed > 0.8 * free:
        raise MachineError(
            f"{info.path}: {count} frames of {info.width}x{info.height} need {needed / 2**30:.1f} GiB and "
            f"{free / 2**30:.1f} GiB of memory are free; ask for fewer frames (max_frames) or a smaller video"
        )


__all__ = ["Video", "exact_rate", "read_frames"]
