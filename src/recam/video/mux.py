"""Carrying a source's sound into a new mp4: packets are copied or, if browsers cannot play them, made AAC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer

from recam.errors import VideoFileError
from recam.video.probe import decoding, open_container

COPIED_CODECS = {"aac", "mp3", "mp3float", "opus", "libopus", "flac"}  # what browsers play inside an mp4
_AAC_RATES = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000}
_AAC_SAMPLES = 1024  # samples of one AAC frame


@dataclass(frozen=True)
class Sound:
    """A stretch of a file's sound.

    Attributes:
        path: the file.
        start: where the stretch begins, seconds in the file's own clock.
        duration: its length in seconds; sound behind it is dropped, so that it does not outlast the picture.
    """

    path: Path
    start: Fraction
    duration: Fraction


class SoundTrack:
    """The sound stream of an output file, fed in step with the pictures so that both lie together on disk."""

    def __init__(self, sound: Sound, output: OutputContainer) -> None:
        """Open the source and declare the output's stream; to be called before the first packet is written.

        Raises:
            VideoFileError: the source is gone, or has no sound that can be read.
        """
        self._sound = sound
        self._output = output
        self._stack = ExitStack()
        try:
            self._source = self._stack.enter_context(open_container(sound.path))
            stream: Any = self._source.streams.best("audio")
            if stream is None or stream.codec_context is None:
                raise VideoFileError(sound.path, "holds no sound that can be read; save without sound")
            self._packets = self._copied(stream) if _can_copy(stream) else self._encoded(stream)
            self._next = next(self._packets, None)  # declares the output's stream as well
        except BaseException:
            self._stack.close()
            raise

    def write_until(self, time: Fraction | None) -> None:
        """Write the sound up to ``time``, seconds in the output; None writes the rest."""
        while self._next is not None and (time is None or self._next[0] <= time):
            self._output.mux(self._next[1])
            self._next = next(self._packets, None)

    def close(self) -> None:
        self._stack.close()

    def _read(self, stream: Any) -> Iterator[Any]:
        """The source's sound packets that touch the stretch, and the one before them, then None (flush).

        AAC and its like need the packet before to decode one rightly; it gets a negative time, and mp4's edit
        list keeps players from sounding it.
        """
        start, end = self._sound.start, self._sound.start + self._sound.duration
        with decoding(self._sound.path):
            if start > 5:  # a second of run-up: seeking lands near, not on, the place
                self._source.seek(int((start - 1) * 1_000_000))
        packets = self._source.demux(stream)
        while True:
            with decoding(self._sound.path):
                packet = next(packets, None)
            if packet is None:
                break
            if packet.size == 0 or packet.pts is None:
                continue
            begins = packet.pts * packet.time_base
            if begins >= end:
                break
            if begins + 2 * (packet.duration or 0) * packet.time_base >= start:
                yield packet
        yield None

    def _copied(self, stream: Any) -> Iterator[tuple[Fraction, Any]]:
        target = None  # declared with its first packet: a stream without any confuses players
        for packet in self._read(stream):
            if packet is None:
                return
            if target is None:
                target = self._output.add_stream_from_template(stream, opaque=True)
            shift = round(self._sound.start / packet.time_base)
            packet.pts -= shift
            packet.dts = packet.pts  # sound has no reordering; some containers leave dts out
            packet.stream = target
            yield packet.pts * packet.time_base, packet

    def _encoded(self, stream: Any) -> Iterator[tuple[Fraction, Any]]:
        rate = stream.codec_context.sample_rate
        rate = rate if rate in _AAC_RATES else 48000
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        target: Any = None
        resampler = av.AudioResampler("fltp", layout, rate, frame_size=_AAC_SAMPLES)
        origin: Fraction | None = None  # when the first sample comes, seconds in the output
        samples = 0
        for packet in self._read(stream):
            with decoding(self._sound.path):
                frames = stream.decode(packet)
            pieces = []
            for frame in frames:
                if origin is None:
                    unit = Fraction(frame.time_base or Fraction(1, rate))
                    origin = (frame.pts or 0) * unit - self._sound.start
                pieces += resampler.resample(frame)
            if packet is None and origin is not None:
                pieces += resampler.resample(None)
            for piece in pieces:
                if target is None:
                    target = self._output.add_stream("aac", rate=rate, layout=layout, bit_rate=192_000)
                piece.pts = round((origin or 0) * rate) + samples
                piece.time_base = Fraction(1, rate)
                samples += piece.samples
                for encoded in target.encode(piece):
                    yield encoded.pts * encoded.time_base, encoded
        for encoded in target.encode(None) if target is not None else []:
            yield encoded.pts * encoded.time_base, encoded


def _can_copy(stream: Any) -> bool:
    return stream.codec_context.name in COPIED_CODECS
