"""Writing H.264 mp4 files frame by frame, in constant memory, so that they appear complete or not at all."""

from __future__ import annotations

import os
import warnings
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from recam.errors import InputError, OutputError
from recam.files import atomic_file
from recam.video.mux import Sound, SoundTrack

MP4_SUFFIXES = {".mp4", ".m4v", ".mov"}
_BT709 = 1  # AVCOL_PRI_BT709 = AVCOL_TRC_BT709 = AVCOL_SPC_BT709


class VideoWriter:
    """Context manager that encodes frames into an mp4 (H.264 yuv420p, BT.709, index at the front).

    The file appears under its name when the ``with`` block ends without an error; otherwise nothing is left.
    An odd width or height gets one more column or row (a copy of the last), since yuv420p has none.

    Args:
        path: the file to write (.mp4, .m4v or .mov).
        fps: frames a second, exact.
        width, height: pixels of the frames to come.
        crf: x264's quality, 0 (lossless) to 51.
        preset: x264's speed, "ultrafast" to "veryslow".
        sound: the stretch of sound to carry over; cut where it ends.
        threads: of the encoder, on whose number the bytes depend; None: as many as the machine has use for.

    Raises:
        InputError: a size, rate or crf out of range, or another suffix.
        OutputError: (on entering or leaving) the file cannot be written, or the disk is full.
        VideoFileError: the file with the sound is damaged.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        fps: Fraction,
        width: int,
        height: int,
        crf: int = 18,
        preset: str = "medium",
        sound: Sound | None = None,
        threads: int | None = None,
    ) -> None:
        if width < 1 or height < 1 or width > 16384 or height > 16384:
            raise InputError(f"a video must be 1 to 16384 pixels wide and high; got {width}x{height}")
        if not 0 <= crf <= 51:
            raise InputError(f"crf must be 0 to 51; got {crf}")
        if not 0 < fps <= 1000:
            raise InputError(f"fps must be above 0 and at most 1000; got {fps}")
        if Path(path).suffix.lower() not in MP4_SUFFIXES:
            raise InputError(f"{path}: videos are written as mp4; give a name that ends in .mp4")
        self.path = Path(path)
        self.fps = Fraction(fps).limit_denominator(100_000)
        self.width, self.height = width, height
        self.frames_written = 0
        self._options = {"crf": str(crf), "preset": preset}
        self._sound = sound
        self._threads = threads
        self._stack = ExitStack()

    def __enter__(self) -> VideoWriter:
        try:
            self._temporary = self._stack.enter_context(atomic_file(self.path))
            self._output = av.open(
                str(self._temporary), "w", format="mp4", options={"movflags": "+faststart"}
            )
            self._stream: Any = self._output.add_stream("libx264", rate=self.fps, options=self._options)
            self._stream.width = self.width + self.width % 2
            self._stream.height = self.height + self.height % 2
            self._stream.pix_fmt = "yuv420p"
            self._stream.gop_size = max(
                1, round(2 * self.fps)
            )  # a key frame every two seconds: scrubbing is smooth
            context = self._stream.codec_context
            context.time_base = 1 / self.fps
            if self._threads is not None:
                context.thread_count = self._threads
            context.color_primaries = context.color_trc = context.colorspace = _BT709
            context.color_range = ColorRange.MPEG
            self._track = self._open_sound()
            return self
        except BaseException as error:
            self._stack.__exit__(type(error), error, error.__traceback__)
            raise

    def write(self, frame: np.ndarray) -> None:
        """Add one frame, uint8 [height, width, 3] RGB.

        Raises:
            InputError: another shape or type.
        """
        if frame.shape != (self.height, self.width, 3) or frame.dtype != np.uint8:
            raise InputError(
                f"frame {self.frames_written} must be uint8 [{self.height}, {self.width}, 3]; "
                f"got {frame.dtype} {list(frame.shape)}"
            )
        if self.width % 2 or self.height % 2:
            frame = np.pad(frame, ((0, self.height % 2), (0, self.width % 2), (0, 0)), mode="edge")
        picture = VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24").reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP,
            threads=1,  # handing out the work costs more than it saves
        )
        picture.colorspace = _BT709
        picture.color_range = ColorRange.MPEG
        picture.color_primaries = ColorPrimaries.BT709
        picture.color_trc = ColorTrc.BT709
        picture.pts = self.frames_written
        picture.time_base = 1 / self.fps
        self._output.mux(self._stream.encode(picture))
        self.frames_written += 1
        if self._track is not None:
            self._track.write_until(self.frames_written / self.fps)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
            else:
                self._abandon()
        except BaseException as failure:
            self._abandon()
            self._stack.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._stack.__exit__(kind, error, trace)

    def _finish(self) -> None:
        if self.frames_written == 0:
            raise OutputError(self.path, "is not written: no frame was given")
        self._output.mux(self._stream.encode(None))
        if self._track is not None:
            self._track.write_until(None)
            self._track.close()
        self._output.close()
        self._verify()

    def _abandon(self) -> None:
        if self._track is not None:
            self._track.close()
        try:
            self._output.close()
        except FFmpegError:
            # The error that brought us here is the one to report; the file is thrown away in any case.
            return

    def _verify(self) -> None:
        """FFmpeg does not report a failed last flush: see that the index's last entry lies in the file."""
        size = self._temporary.stat().st_size
        with av.open(str(self._temporary)) as written:
            stream = written.streams.video[0]
            reach = max((entry.pos + entry.size for entry in stream.index_entries), default=size + 1)
            if stream.frames != self.frames_written or reach > size:
                raise OutputError(self.path, "could not be written whole; is the disk full?")

    def _open_sound(self) -> SoundTrack | None:
        if self._sound is None:
            return None
        if not self._sound.path.exists():  # hours of work must not be lost over the sound
            warnings.warn(
                f"{self._sound.path} is gone: {self.path} is written without its sound", stacklevel=3
            )
            return None
        return SoundTrack(self._sound, self._output)
