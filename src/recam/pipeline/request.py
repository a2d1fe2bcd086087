"""From what a user hands over to a clip that the model can take, or an error that says what would do."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from torch import Tensor

from recam.camera import CameraPath
from recam.errors import InputError
from recam.models.grid import LatentGrid, nearest_frames
from recam.pipeline.settings import ModelSettings
from recam.video import Sound, Video, crop_and_resize, exact_rate, tensor_to_frames

Fit = Literal["trim", "pad"]


@dataclass(frozen=True)
class Layout:
    """Strides and patches of a model: what its :class:`LatentGrid` needs besides the clip's size."""

    temporal_stride: int
    spatial_stride: int
    patch_size: tuple[int, int, int]

    def grid(self, frames: int, height: int, width: int) -> LatentGrid:
        return LatentGrid(frames, height, width, self.temporal_stride, self.spatial_stride, self.patch_size)

    def nearest_frames(self, frames: int) -> tuple[int, ...]:
        return nearest_frames(frames, self.temporal_stride, self.patch_size[0])

    @property
    def least_frames(self) -> int:
        """The shortest clip that moves: two latent frames."""
        return self.nearest_frames(2)[-1]


@dataclass(frozen=True)
class Clip:
    """A validated clip; nothing has been cut or resized yet.

    Attributes:
        video: the user's.
        indices: int64 [F], which of its frames the model gets.
        fps: their rate.
        path: one camera pose for each of them.
        grid: all sizes.
        notes: what is done to the user's video and path, one plain sentence each.
    """

    video: Video
    indices: np.ndarray
    fps: Fraction
    path: CameraPath
    grid: LatentGrid
    notes: tuple[str, ...]

    def cut(self) -> Video:
        """The source as the model sees it: chosen frames, cropped and resized, with their sound."""
        frames = crop_and_resize(self.video.frames[self.indices], self.grid.height, self.grid.width)
        sound: Sound | None = self.video.sound
        if sound is not None:
            sound = replace(sound, duration=min(sound.duration, len(frames) / self.fps))
        return Video(np.ascontiguousarray(frames), self.fps, self.video.path, sound)


@dataclass(frozen=True)
class SamplingOptions:
    """How to sample.

    Attributes:
        prompt, negative_prompt: text; the negative one is used only with guidance.
        num_inference_steps: Euler steps.
        guidance_scale: 1 switches guidance off.
        shift: of the noise levels.

    Raises:
        InputError: a value out of range.
    """

    prompt: str
    negative_prompt: str
    num_inference_steps: int
    guidance_scale: float
    shift: float

    def __post_init__(self) -> None:
        for name in ("prompt", "negative_prompt"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"{name} must be text, not {type(getattr(self, name)).__name__}")
        if self.num_inference_steps < 1:
            raise InputError(f"num_inference_steps={self.num_inference_steps} must be at least 1")
        if not (math.isfinite(self.guidance_scale) and self.guidance_scale >= 0):
            raise InputError(
                f"guidance_scale={self.guidance_scale} must be 0 or more (1 switches guidance off)"
            )
        if not (math.isfinite(self.shift) and self.shift > 0):
            raise InputError(f"shift={self.shift} must be a positive number")

    @property
    def guided(self) -> bool:
        return self.guidance_scale != 1


def plan_clip(
    video: Video | Tensor,
    path: CameraPath,
    settings: ModelSettings,
    layout: Layout,
    num_frames: int | None = None,
    height: int | None = None,
    width: int | None = None,
    fit: Fit | None = None,
) -> Clip:
    """Choose frames, size and poses.

    Frame i of the path belongs to frame i of the clip. A model with a fixed size takes its number of frames
    at its own rate from the start of the video, and the path is resampled to them when its length differs.
    No model takes a lens: the zoom of a path is left out, with a warning and a note.

    Args:
        video: a Video, or a tensor ``[3, F, H, W]`` (or with a leading 1) in [-1, 1] at the model's rate.
        num_frames: frames of the clip; default: as many as the path has.
        height, width: pixels of the result; default: the model's, swapped for a portrait video.
        fit: where the counts do not fit: ``"trim"`` shortens to the next good count, ``"pad"`` repeats the
            last frame and pose up to it.

    Raises:
        InputError: counts or sizes that do not fit; the message names the nearest that do.
    """
    video = _as_video(video, settings)
    if fit not in (None, "trim", "pad"):
        raise InputError(f"fit={fit!r} must be 'trim' or 'pad'")
    if video.num_frames < 2:
        raise InputError("the video has one frame; there is no motion to re-shoot, give one with more")
    path, notes = _without_zoom(path)
    if settings.fixed_size:
        return _plan_fixed(video, path, settings, layout, (num_frames, height, width), fit, notes)
    frames = count_frames(video.num_frames, num_frames or path.num_frames, layout, fit)
    if path.num_frames < frames and fit != "pad":
        raise InputError(
            f"the camera path has {path.num_frames} frames and the clip {frames}; make the path longer "
            f"(path.resample({frames})), or let fit='pad' hold its last pose"
        )
    height, width = choose_size(video, settings, height, width)
    grid = layout.grid(frames, height, width)
    if video.num_frames > frames:
        notes.append(f"took the first {frames} of the video's {video.num_frames} frames")
    if video.num_frames < frames:
        notes.append(f"repeated the video's last frame to make {frames} of {video.num_frames}")
    if path.num_frames > frames:
        notes.append(f"followed the first {frames} of the path's {path.num_frames} poses")
    if path.num_frames < frames:
        notes.append(f"held the path's last pose to make {frames} of {path.num_frames}")
    notes += _size_notes(video, grid)
    path = path.take(np.minimum(np.arange(frames), path.num_frames - 1))
    indices = frame_indices(video, settings, layout, frames, fit)
    return Clip(video, indices, video.fps, path, grid, tuple(notes))


def count_frames(available: int, wanted: int, layout: Layout, fit: Fit | None) -> int:
    """Frames of the clip when ``wanted`` are asked for and the video has ``available``.

    Raises:
        InputError: neither fits and ``fit`` does not say what to do.
    """
    good = layout.nearest_frames(wanted)
    least = layout.least_frames
    if fit == "pad":
        return max(good[-1], least)
    if fit == "trim":
        frames = layout.nearest_frames(min(wanted, available))[0]
        if frames < least:
            raise InputError(f"{min(wanted, available)} frames are too few: the model needs at least {least}")
        return frames
    rule = f"the model takes {layout.temporal_stride}n + 1 frames, at least {least}"
    if wanted not in good or wanted < least:
        near = " or ".join(str(count) for count in good if count >= least) or str(least)
        raise InputError(
            f"num_frames={wanted} does not fit ({rule}); use {near}, or let fit='trim' or 'pad' choose"
        )
    if available < wanted:
        if available < least:
            raise InputError(
                f"the video has {available} frames, too few ({rule}); fit='pad' repeats the last one"
            )
        most = layout.nearest_frames(available)[0]
        raise InputError(
            f"the video has {available} frames, fewer than the {wanted} asked for; use num_frames={most}, or "
            "fit='trim' to shorten, or fit='pad' to repeat the last frame"
        )
    return wanted


def frame_indices(
    video: Video,
    settings: ModelSettings,
    layout: Layout,
    num_frames: int | None = None,
    fit: Fit | None = None,
) -> np.ndarray:
    """int64 [F]: which of the video's frames the model gets, as in :func:`plan_clip`.

    Args:
        num_frames: frames of the clip; default: all of the video's; a model of a fixed size has its own.

    Raises:
        InputError: the counts do not fit and ``fit`` does not say what to do.
    """
    if not settings.fixed_size:
        frames = count_frames(video.num_frames, num_frames or video.num_frames, layout, fit)
        return np.minimum(np.arange(frames), video.num_frames - 1)
    frames = settings.num_frames
    if video.num_frames < frames and fit != "pad":
        raise InputError(
            f"the video has {video.num_frames} frames, too few: the model {settings.name} needs {frames}; "
            "fit='pad' repeats frames"
        )
    places = np.floor(np.arange(frames) * float(_time_step(video, frames, settings.fps)) + 0.5)
    return np.minimum(places.astype(np.int64), video.num_frames - 1)


def _plan_fixed(
    video: Video,
    path: CameraPath,
    settings: ModelSettings,
    layout: Layout,
    asked: tuple[int | None, int | None, int | None],
    fit: Fit | None,
    notes: list[str],
) -> Clip:
    known = (settings.num_frames, settings.height, settings.width)
    for name, value, only in zip(("num_frames", "height", "width"), asked, known, strict=True):
        if value is not None and value != only:
            raise InputError(f"{name}={value}: the model {settings.name} knows only {name}={only}")
    frames, height, width = known
    grid = layout.grid(frames, height, width)
    indices = frame_indices(video, settings, layout, fit=fit)
    step = _time_step(video, frames, settings.fps)
    if video.num_frames < frames:
        notes.append(f"repeated the video's last frame to make {frames} of {video.num_frames}")
    elif video.num_frames > frames:
        seconds = float((indices[-1] + 1) / video.fps)
        notes.append(
            f"took {frames} frames at {float(video.fps / step):.4g} a second from its first {seconds:.2f} s"
        )
    if path.num_frames != frames:
        notes.append(f"resampled the camera path from {path.num_frames} to {frames} poses")
        path = path.resample(frames)
    notes += _size_notes(video, grid)
    return Clip(video, indices, video.fps / step, path, grid, tuple(notes))


def _time_step(video: Video, frames: int, fps: float) -> Fraction:
    """Video frames from one model frame to the next: the model's rate, or what a slow or short video has."""
    step = max(video.fps / exact_rate(fps), Fraction(1))
    longest = max(Fraction(video.num_frames - 1, frames - 1), Fraction(1))
    return min(step, longest)


def choose_size(
    video: Video, settings: ModelSettings, height: int | None = None, width: int | None = None
) -> tuple[int, int]:
    """(height, width) of the result, pixels: as asked for, else the model's, swapped for a portrait video."""
    default = (settings.height, settings.width)
    portrait = (video.height > video.width) != (default[0] > default[1]) and video.height != video.width
    if portrait and not settings.fixed_size:
        default = default[::-1]
    return height or default[0], width or default[1]


def _size_notes(video: Video, grid: LatentGrid) -> list[str]:
    if (video.height, video.width) == (grid.height, grid.width):
        return []
    cropped = "" if video.width * grid.height == video.height * grid.width else "cropped to the middle and "
    return [f"{cropped}resized from {video.width}x{video.height} to {grid.width}x{grid.height} pixels"]


def _without_zoom(path: CameraPath) -> tuple[CameraPath, list[str]]:
    """The path as the model can follow it, and what was left out of it."""
    if not path.changes_lens:
        return replace(path, zoom=None), []
    note = lens_note(path)
    warnings.warn(f"{note}; path.lens_as_dolly(subject_distance) approximates it", stacklevel=4)
    return replace(path, zoom=None), [note]


def lens_note(path: CameraPath) -> str:
    """What to tell a user whose path changes the lens, which the model's camera input has no place for."""
    least, most = path.zooms.min(), path.zooms.max()
    return f"the model takes no lens: the zoom of this path ({least:.3g}x to {most:.3g}x) is ignored"


def _as_video(video: Video | Tensor, settings: ModelSettings) -> Video:
    if isinstance(video, Tensor):
        tensor = video[0] if video.ndim == 5 and video.shape[0] == 1 else video
        return Video.from_frames(tensor_to_frames(tensor), settings.fps)
    if not isinstance(video, Video):
        raise InputError(f"video must be a recam Video or a tensor [3, F, H, W], not {type(video).__name__}")
    return video
