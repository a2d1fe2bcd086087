"""One view of a scene as a model takes it: which frames and part of the picture, at which size and lens."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from torch import Tensor

from recam.camera import Intrinsics, Poses
from recam.camera.formats import CameraSet
from recam.data.index import DatasetIndex, IndexedScene
from recam.errors import CameraFileError, InputError, VideoFileError
from recam.models.grid import TEMPORAL_STRIDE, LatentGrid
from recam.video import VideoInfo, center_window, frames_to_tensor, probe, read_frames, resize

_KEPT_SCENES = 256  # camera files that are not read again


@dataclass(frozen=True)
class ClipSettings:
    """How a video becomes a clip of the model's size."""

    num_frames: int
    """Frames of the clip: 4n + 1."""
    height: int
    """Pixels, a multiple of 8."""
    width: int
    """Pixels, a multiple of 8."""
    stride: int = 1
    """Every how many frames of the video one is taken."""
    start: int | Literal["drawn"] = 0
    """First frame, or drawn anew for every pair from all that leave enough frames."""
    crop: Literal["center", "drawn"] = "center"
    """Where the largest part of the wanted aspect is cut out: in the middle, or drawn for every pair."""

    def __post_init__(self) -> None:
        LatentGrid(self.num_frames, self.height, self.width, patch_size=(1, 1, 1))  # says what does not fit
        if self.stride < 1:
            raise InputError(f"stride={self.stride} must be 1 or more")
        if self.start != "drawn" and (isinstance(self.start, str) or self.start < 0):
            raise InputError(f"start={self.start!r} must be a frame number from 0 on, or 'drawn'")
        if self.crop not in ("center", "drawn"):
            raise InputError(f"crop={self.crop!r} must be 'center' or 'drawn'")

    @property
    def span(self) -> int:
        """Frames of the video from the first that is taken to the last."""
        return (self.num_frames - 1) * self.stride + 1


@dataclass(frozen=True)
class Window:
    """A stretch of frames and a part of the picture, the same for both views of a pair."""

    start: int
    stride: int
    num_frames: int
    left: int
    top: int
    crop_width: int
    crop_height: int
    height: int
    """Of the result."""
    width: int
    """Of the result."""

    @property
    def frames(self) -> slice:
        """Which frames of the video."""
        return slice(self.start, self.start + (self.num_frames - 1) * self.stride + 1, self.stride)

    def lens(self, lens: Intrinsics) -> Intrinsics:
        """``lens`` of the whole picture as it is after cutting and resizing; pixels stay square."""
        return lens.crop(self.left, self.top, self.crop_width, self.crop_height).resize(
            self.width, self.height
        )


@dataclass(frozen=True)
class SceneViews:
    """What is known of a scene without its pictures; mappings by camera name, in the order of the cameras."""

    name: str
    place: Path
    """Where it lies, for messages."""
    poses: dict[str, Poses]
    """Of every frame of the video, or of the encoded clip, in the scene's world."""
    captions: dict[str, str]
    moves: dict[str, str] = field(default_factory=dict)
    """Kind of move; "" where it is not known."""

    @property
    def cameras(self) -> tuple[str, ...]:
        return tuple(self.poses)

    @property
    def still_cameras(self) -> tuple[str, ...]:
        """Cameras that stay within a millimetre and a twentieth of a degree."""
        return tuple(name for name, poses in self.poses.items() if _stands(poses))


class Views(Protocol):
    """Scenes whose views can be had one by one: videos that are decoded, or latents that were encoded."""

    temporal_stride: int
    """Latent frame i carries the pose of frame ``temporal_stride * i``."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the scenes."""
        ...

    def scene(self, number: int) -> SceneViews:
        """The scene ``names[number]``."""
        ...

    def window(self, number: int, camera: str, draws: np.random.Generator) -> Window:
        """The stretch and the part of the picture that a pair with this source takes."""
        ...

    def poses(self, number: int, camera: str, window: Window) -> Poses:
        """Of the window's frames, in the scene's world."""
        ...

    def load(self, number: int, camera: str, window: Window) -> Tensor:
        """The view: video float32 [3, F, H, W] in [-1, 1], or latents float32 [C, f, h, w]."""
        ...

    def lens(self, number: int, camera: str, window: Window) -> Intrinsics | None:
        """The lens of what :meth:`load` gives, in pixels of the video; None where it is not known."""
        ...


class VideoViews:
    """The views of a data set of any kind, decoded when they are asked for.

    Args:
        index: what ``open_index`` gives.
        settings: the clip that is made of each video.
    """

    def __init__(self, index: DatasetIndex, settings: ClipSettings) -> None:
        self.index, self.settings = index, settings
        self.temporal_stride = TEMPORAL_STRIDE
        self._kept: dict[str, _Known] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return self.index.names

    def scene(self, number: int) -> SceneViews:
        """Errors as ``DatasetIndex.scene`` and ``SceneFiles.read_cameras``."""
        return self._known(number).views

    def window(self, number: int, camera: str, draws: np.random.Generator) -> Window:
        """Drawn from what the source's video and its poses both have.

        Raises:
            VideoFileError: it cannot be read, or is too short.
        """
        known = self._known(number)
        return choose_window(known.video(camera), len(known.views.poses[camera]), self.settings, draws)

    def poses(self, number: int, camera: str, window: Window) -> Poses:
        """Of the window's frames.

        Raises:
            CameraFileError: the camera has fewer poses than the pair's other one.
        """
        known = self._known(number)
        poses = known.views.poses[camera]
        if len(poses) < window.frames.stop:
            raise CameraFileError(
                known.scene.files.camera_path,
                f"camera {camera} has {len(poses)} poses; the pair's window needs {window.frames.stop}",
            )
        return poses[window.frames]

    def load(self, number: int, camera: str, window: Window) -> Tensor:
        """Only the window's frames are turned into pictures.

        Raises:
            VideoFileError: the video is damaged, too short, or too small for the window.
        """
        return frames_to_tensor(read_window(self._known(number).video(camera), window))

    def lens(self, number: int, camera: str, window: Window) -> Intrinsics | None:
        known = self._known(number)
        info = known.video(camera)
        lens = find_lens(known.scene, known.cameras, camera, info.width, info.height)
        return None if lens is None else window.lens(lens)

    def _known(self, number: int) -> _Known:
        name = self.names[number]
        if name not in self._kept:
            if len(self._kept) >= _KEPT_SCENES:
                self._kept.pop(next(iter(self._kept)))
            scene = self.index.scene(name)
            cameras = scene.files.read_cameras()
            self._kept[name] = _Known(scene, cameras, describe_scene(scene, cameras))
        return self._kept[name]


@dataclass
class _Known:
    """What was read of a scene."""

    scene: IndexedScene
    cameras: CameraSet
    views: SceneViews
    videos: dict[str, VideoInfo] = field(default_factory=dict)

    def video(self, camera: str) -> VideoInfo:
        if camera not in self.videos:
            self.videos[camera] = probe(self.scene.files.videos[camera])
        return self.videos[camera]


def choose_window(
    info: VideoInfo, num_poses: int, settings: ClipSettings, draws: np.random.Generator | None = None
) -> Window:
    """The window of a video; ``draws`` is needed only for what ``settings`` leaves to be drawn.

    Raises:
        VideoFileError: fewer frames than ``settings`` asks for, or fewer poses.
    """
    left_over = min(info.num_frames, num_poses) - settings.span
    start = settings.start
    if left_over < (0 if start == "drawn" else int(start)):
        at = "" if start in (0, "drawn") else f" from frame {start} on"
        every = "" if settings.stride == 1 else f" every {settings.stride}"
        poses = "" if num_poses >= info.num_frames else f" and {num_poses} poses"
        raise VideoFileError(
            info.path,
            f"has {info.num_frames} frames{poses}, too few for {settings.num_frames} frames{every}{at}",
        )
    left, top, width, height = center_window(info.width, info.height, settings.width / settings.height)
    if draws is None and "drawn" in (start, settings.crop):
        raise InputError("a drawn start or crop needs a generator to draw from")
    if draws is not None and start == "drawn":
        start = int(draws.integers(left_over + 1))
    if draws is not None and settings.crop == "drawn":
        left = int(draws.integers(info.width - width + 1))
        top = int(draws.integers(info.height - height + 1))
    return Window(
        *(int(start), settings.stride, settings.num_frames),
        *(left, top, width, height, settings.height, settings.width),
    )


def read_window(info: VideoInfo, window: Window) -> np.ndarray:
    """The window's frames, uint8 [F, height, width, 3].

    Raises:
        VideoFileError: the video is damaged, too short or too small.
    """
    if info.num_frames < window.frames.stop:
        raise VideoFileError(
            info.path, f"has {info.num_frames} frames; the pair's window needs {window.frames.stop}"
        )
    right, bottom = window.left + window.crop_width, window.top + window.crop_height
    if right > info.width or bottom > info.height:
        raise VideoFileError(
            info.path,
            f"is {info.width}x{info.height}; the other view of the pair is larger (its cut-out reaches to "
            f"{right}x{bottom})",
        )
    start = Fraction(window.start) / info.fps
    decoded = read_frames(info, start=start, max_frames=window.frames.stop - window.start)
    cut = [
        frame[window.top : bottom, window.left : right] for frame in islice(decoded, 0, None, window.stride)
    ]
    return resize(np.stack(cut), window.height, window.width)


def find_lens(
    scene: IndexedScene, cameras: CameraSet, camera: str, width: int, height: int
) -> Intrinsics | None:
    """The lens of a camera for pictures of ``width`` x ``height``; of one that zooms, its first frame's.

    From the camera file, else the focal length that the lens's folder or scene.json names, on the published
    set's 23.76 mm sensor; None where neither is there.
    """
    lenses = cameras.lenses.get(camera)
    if lenses is not None:
        return lenses[0].resize(width, height)
    focal = scene.focal_mm or scene.files.description.get("focal_mm")
    return Intrinsics.from_focal_mm(focal, width, height) if isinstance(focal, int | float) else None


def describe_scene(scene: IndexedScene, cameras: CameraSet) -> SceneViews:
    """Poses, captions and moves of a scene of an index, with its cameras as they were read."""
    files = scene.files
    return SceneViews(scene.name, files.folder, dict(cameras.cameras), dict(scene.captions), files.moves)


def _stands(poses: Poses) -> bool:
    first = poses.relative_to(poses[0])
    return bool(
        np.linalg.norm(first.translations, axis=1).max() < 1e-3
        and first.rotation_angle_degrees().max() < 0.05
    )
