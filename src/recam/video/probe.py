"""What a video file holds: size, exact frame rate, frame count, rotation, sound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from recam.errors import VideoFileError
from recam.video.cut import damaged, mp4_is_cut, refuse_cut

# Rates that cameras and players use; a measured rate close to one of them is that one.
STANDARD_RATES = tuple(
    Fraction(n, d)
    for n, d in (
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1),
        (10, 1), (12, 1), (15, 1), (16, 1), (20, 1), (90, 1), (100, 1), (120000, 1001), (120, 1), (240, 1),
    )
)  # fmt: skip
CUT_INDEX = "is cut off or damaged: its index (moov) cannot be read; copy or download it again"
MAX_RESAMPLED_RATE = Fraction(120)  # a jittery clock must not ask for thousands of frames a second
_SMALL_PICTURE = 320 * 320  # pixels up to which starting the decoder's threads costs more than they save
# Demuxers that turn text or lists of other files into "video": never what a user means by a video file.
_NOT_VIDEO = {
    "tty",
    "concat",
    "hls",
    "dash",
    "image2",
    "lavfi",
    "ffmetadata",
    "sdp",
    "subviewer",
    "srt",
    "webvtt",
}


# A picture of a variable rate is shown until the next one comes. Where that makes more frames than both of
# these, it is a flipped bit in the clock, not a slide show, and reading it would fill hours and disks.
_MOST_HELD_IN_ALL, _MOST_HELD = 100_000, 1000


@dataclass(frozen=True)
class Orientation:
    """Display matrix reduced to a multiple of 90 degrees: transpose first, then flips of the result."""

    transpose: bool = False
    flip_vertical: bool = False
    flip_horizontal: bool = False

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Coded picture [H, W, 3] to the picture as shown; contiguous."""
        if self.transpose:
            image = image.swapaxes(0, 1)
        if self.flip_vertical:
            image = image[::-1]
        if self.flip_horizontal:
            image = image[:, ::-1]
        return np.ascontiguousarray(image)

    @property
    def degrees(self) -> int:
        """Clockwise turn from the coded to the shown picture (flips aside): 0, 90, 180 or 270."""
        if self.transpose:
            return 90 if self.flip_horizontal else 270
        return 180 if self.flip_vertical and self.flip_horizontal else 0


@dataclass(frozen=True)
class VideoInfo:
    """A video file as recam reads it: upright, with square pixels and at a constant frame rate.

    Attributes:
        path: the file.
        width, height: pixels as shown, after rotation and with square pixels.
        fps: frames a second, exact (24000/1001, not 23.976); of a variable rate, what it is resampled to.
        num_frames: frames at ``fps``, that is, how many ``read_frames`` yields.
        start: time of the first frame in the file's own clock, seconds.
        rotation: clockwise turn that the file asks players for, degrees; already applied to what is read.
        has_audio: a sound stream is there.
        variable_frame_rate: the time stamps do not fit a constant rate.
        codec: FFmpeg's name of the video codec.
    """

    path: Path
    width: int
    height: int
    fps: Fraction
    num_frames: int
    start: Fraction
    rotation: int
    has_audio: bool
    variable_frame_rate: bool
    codec: str

    @property
    def duration(self) -> Fraction:
        """Seconds, exact: ``num_frames / fps``."""
        return self.num_frames / self.fps


def probe(path: str | os.PathLike[str]) -> VideoInfo:
    """Look into a video file: reads every packet's time stamp, decodes only the first frame.

    Raises:
        VideoFileError: no such file, a folder, not a video, cut off, no video stream, no frame.
    """
    path = Path(path)
    stamps: list[int] = []
    packets = 0
    last_duration = 0
    first: VideoFrame | None = None
    ends = Fraction(0)
    with open_container(path) as container:
        stream = video_stream(container, path)
        with decoding(path):
            for packet in container.demux():
                if packet.size == 0 and packet.stream_index != stream.index:
                    continue
                if packet.pts is not None and packet.time_base:
                    ends = max(ends, (packet.pts + (packet.duration or 0)) * packet.time_base)
                if packet.stream_index != stream.index:
                    continue
                if first is None:
                    first = next(iter(stream.decode(packet if packet.size else None)), None)
                if packet.size == 0 or packet.is_discard or _is_hidden(packet, stream):
                    continue
                packets += 1
                stamp = packet.pts if packet.pts is not None else packet.dts
                if stamp is not None:
                    stamps.append(stamp)
                    last_duration = packet.duration or last_duration
            if first is None and packets:
                first = next(iter(stream.decode(None)), None)
        refuse_cut(container, path, ends)
        if first is None or packets == 0:
            raise VideoFileError(path, "holds no frame that can be decoded; give a video with pictures in it")
        unit = Fraction(stream.time_base or Fraction(1, 1000))
        fps, num_frames, variable = _timing(
            np.unique(np.array(stamps, np.int64)), packets, unit, last_duration, stream
        )
        if variable and num_frames > max(_MOST_HELD_IN_ALL, _MOST_HELD * packets):
            raise VideoFileError(
                path,
                f"its clock is damaged: it lasts {float(num_frames / fps) / 3600:.1f} hours with {packets} "
                "pictures; write it anew, e.g. ffmpeg -i IN -vf setpts=N/25/TB OUT.mp4",
            )
        orientation = orientation_of(first)
        width, height = square_size(stream, first)
        if orientation.transpose:
            width, height = height, width
        return VideoInfo(
            path=path,
            width=width,
            height=height,
            fps=fps,
            num_frames=num_frames,
            start=min(stamps) * unit if stamps else Fraction(0),
            rotation=orientation.degrees,
            has_audio=container.streams.best("audio") is not None,
            variable_frame_rate=variable,
            codec=stream.codec_context.name,
        )


@contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """A media file opened for reading, local files only; errors come as VideoFileError."""
    try:
        if path.is_dir():
            raise VideoFileError(path, "is a folder; give a video file")
        if not path.exists():
            raise VideoFileError(path, "no such file; check the name")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise VideoFileError(path, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not head:
        raise VideoFileError(path, "is empty (0 bytes); copy or download it again")
    # "file:" keeps names with a colon from being taken for a protocol; the list keeps playlists off the net.
    try:
        container = av.open(f"file:{path.absolute()}", options={"protocol_whitelist": "file"})
    except (FFmpegError, OSError) as error:
        if head[4:8] in (b"ftyp", b"mdat", b"moov", b"wide", b"free"):
            reason = CUT_INDEX
        else:
            reason = "is not a video that can be read; give an mp4, mov, webm, mkv, avi or similar file"
        raise VideoFileError(path, reason) from error
    with container:
        if set(container.format.name.split(",")) & _NOT_VIDEO or container.format.name.endswith("_pipe"):
            raise VideoFileError(path, f"is not a video ({container.format.long_name}); give a video file")
        yield container


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turns FFmpeg's errors while reading ``path`` into a VideoFileError."""
    try:
        yield
    except FFmpegError as error:
        raise damaged(path, error.strerror or str(error)) from error


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The main moving picture of a file; cover art of a song is none."""
    best: Any = container.streams.best("video")
    pictures = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not pictures:
        if "mp4" in container.format.name and mp4_is_cut(path):
            raise VideoFileError(path, CUT_INDEX)
        raise VideoFileError(path, "holds no video stream (sound only?); give a file with moving pictures")
    stream = best if best is not None and not best.disposition & Disposition.attached_pic else pictures[0]
    if stream.codec_context is None:
        raise VideoFileError(path, "uses a video codec that FFmpeg cannot decode; convert it to H.264 first")
    if stream.codec_context.width * stream.codec_context.height > _SMALL_PICTURE:
        stream.thread_type = "AUTO"
    else:
        stream.codec_context.thread_count = 1
    return stream


def orientation_of(frame: VideoFrame) -> Orientation:
    """A frame's display matrix (FFmpeg: out_x = a x + c y, out_y = b x + d y), to the nearest 90 degrees."""
    entries: Any = (
        frame.side_data
    )  # its stub says mapping of str; iterated, it gives the entries, which are buffers
    for entry in entries:
        if entry.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.frombuffer(bytes(entry), np.int32)[:5].astype(float)
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return Orientation(False, flip_vertical=d < 0, flip_horizontal=a < 0)
            return Orientation(True, flip_vertical=b < 0, flip_horizontal=c < 0)
    return Orientation()


def square_size(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """(width, height) of a coded frame once its pixels are made square by stretching the width."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, 8) <= aspect <= 8:  # 0 means unknown; wilder values are garbage headers
        aspect = Fraction(1)
    return max(1, round(frame.width * aspect)), frame.height


def _timing(
    stamps: np.ndarray, packets: int, unit: Fraction, last_duration: int, stream: VideoStream
) -> tuple[Fraction, int, bool]:
    """(fps, frames at that rate, variable) from the sorted distinct time stamps, in ticks of ``unit`` s."""
    guesses = [Fraction(r) for r in (stream.guessed_rate, stream.average_rate) if r and 0 < r <= 1000]
    if len(stamps) < max(2, packets // 2):  # raw streams and single frames: no clock to measure
        return (guesses or [Fraction(25)])[0], max(packets, len(stamps), 1), False
    measured = Fraction(len(stamps) - 1) / (int(stamps[-1] - stamps[0]) * unit)
    near = sorted(
        (r for r in STANDARD_RATES if abs(r / measured - 1) < 0.01), key=lambda r: abs(r / measured - 1)
    )
    elapsed = (stamps - stamps[0]).astype(np.float64) * float(unit)
    plain = measured.limit_denominator(1001)  # 0 for less than a picture in half an hour
    for rate in [*near, *guesses, *([plain] if plain else [])]:
        drift = np.abs(elapsed - np.arange(len(stamps)) / float(rate)).max()
        if drift <= max(1.01 * float(unit), 0.1 / float(rate)):
            return rate, len(stamps), False
    typical = Fraction(float(np.median(np.diff(elapsed)))).limit_denominator(100_000)
    rate = min(1 / typical, MAX_RESAMPLED_RATE)
    close = min(STANDARD_RATES, key=lambda r: abs(r / rate - 1))
    rate = close if abs(close / rate - 1) < 0.06 else rate.limit_denominator(1001) or Fraction(1, 1001)
    length = int(stamps[-1] - stamps[0]) * unit + (last_duration * unit or typical)
    return rate, max(1, round(length * rate)), True


def _is_hidden(packet: Any, stream: VideoStream) -> bool:
    """VP8 stores frames that are only referred to and never shown as packets of their own (RFC 6386, 9.1)."""
    return stream.codec_context.name == "vp8" and not bytes(packet)[0] & 0x10
