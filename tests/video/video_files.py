"""Tiny real files of every kind, written with PyAV itself and not with the code under test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

MakeVideo = Callable[..., Path]


def pattern(index: int, width: int, height: int) -> np.ndarray:
    """A frame that tells its own index (brightness) and which way is up (red left, green top)."""
    rows, columns = np.mgrid[:height, :width]
    frame = np.full((height, width, 3), 20 + 8 * (index % 25), np.uint8)
    frame[rows < height // 4] = (20, 200, 20)
    frame[columns < width // 4] = (200, 20, 20)
    return frame


def read_index(frame: np.ndarray) -> int:
    """The index that :func:`pattern` wrote into an upright frame."""
    height, width = frame.shape[:2]
    level = frame[height // 2 : -height // 8, width // 2 : -width // 8].mean()
    return round((float(level) - 20) / 8)


def video_maker(folder: Path) -> MakeVideo:
    """A function that writes a small video of the kind asked for into ``folder``."""

    def make(
        name: str = "in.mp4",
        codec: str = "libx264",
        fps: Fraction | int = 25,
        size: tuple[int, int] = (64, 48),
        frames: int = 10,
        pix_fmt: str = "yuv420p",
        times: Sequence[float] | None = None,  # seconds of each frame, for a variable rate
        rotation: int | None = None,  # degrees counter-clockwise
        flip: bool = False,
        aspect: Fraction | None = None,
        audio: str | None = None,
        audio_seconds: float | None = None,
        audio_rate: int = 48000,
        layout: str = "stereo",
        container: str | None = None,
        options: dict[str, str] | None = None,
        draw: Callable[[int, int, int], np.ndarray] = pattern,
        delay: float = 0.0,  # seconds by which the picture starts after the sound
    ) -> Path:
        path = folder / name
        with av.open(str(path), "w", format=container, options=options or {}) as output:
            stream: Any = output.add_stream(codec, rate=Fraction(fps))
            stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
            stream.codec_context.time_base = (
                Fraction(1, 90000) if times is not None or delay else 1 / Fraction(fps)
            )
            if aspect is not None:
                stream.codec_context.sample_aspect_ratio = aspect
            if rotation is not None or flip:
                stream.set_display_rotation(rotation or 0, hflip=flip)
            sound: Any = output.add_stream(audio, rate=audio_rate, layout=layout) if audio else None
            for index in range(frames):
                frame = av.VideoFrame.from_ndarray(draw(index, *size), format="rgb24")
                frame = frame.reformat(format=pix_fmt)
                seconds = times[index] if times is not None else index / float(fps)
                frame.time_base = stream.codec_context.time_base
                frame.pts = index if times is None and not delay else round((seconds + delay) * 90000)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
            if sound is not None:
                seconds = audio_seconds if audio_seconds is not None else frames / float(fps)
                _write_tone(output, sound, seconds, audio_rate)
        return path

    return make


def _write_tone(output: Any, sound: Any, seconds: float, rate: int) -> None:
    """A 440 Hz tone with a short click (full scale) at every half second."""
    samples = np.arange(round(seconds * rate))
    tone = 0.2 * np.sin(2 * np.pi * 440 * samples / rate)
    tone[(samples % (rate // 2)) < rate // 200] = 0.95
    channels = len(sound.codec_context.layout.channels)
    resampler = av.AudioResampler(sound.codec_context.format, sound.codec_context.layout, rate)
    block = sound.codec_context.frame_size or 1024
    for start in range(0, len(tone), block):
        piece = np.repeat(tone[None, start : start + block], channels, 0).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=sound.codec_context.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        for converted in resampler.resample(frame):
            output.mux(sound.encode(converted))
    output.mux(sound.encode(None))
