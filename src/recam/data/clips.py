"""All clips of a small data set, decoded once into one file that is read by memory mapping."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recam.data.layout import SceneFiles
from recam.errors import DatasetError, InputError
from recam.files import atomic_file, make_folder
from recam.video import Video


@dataclass(frozen=True)
class Clips:
    """Decoded scenes.

    Attributes:
        frames: uint8 [scenes, cameras, F, H, W, 3] RGB.
        cameras: float32 [scenes, cameras, F, 3, 4]: camera-to-world in the scene's world, OpenCV axes,
            metres.
        captions: one for each scene.
        moves: kind of move for each scene and camera, as the description says ("" where it does not).
        key: name of the content of ``frames``; other videos, other name.
    """

    frames: NDArray[np.uint8]
    cameras: NDArray[np.float32]
    captions: tuple[str, ...]
    moves: tuple[tuple[str, ...], ...]
    key: str

    def __len__(self) -> int:
        return len(self.frames)


def load_clips(
    scenes: Sequence[SceneFiles],
    cache: str | os.PathLike[str],
    on_scene: Callable[[int], None] | None = None,
) -> Clips:
    """Decode every video of every scene, or map the file in ``cache`` that an earlier call left for them.

    All scenes must have equally many cameras, frames and pixels. A video file that has changed since (by its
    size or time) is decoded anew.

    Raises:
        InputError: no scenes.
        DatasetError: clips of different shapes, or a damaged file in ``cache``.
        VideoFileError, CameraFileError: a file that cannot be read.
        OutputError: ``cache`` cannot be written, or the disk is full.
    """
    if not scenes:
        raise InputError("there are no scenes to load")
    key = _key(scenes)
    path = make_folder(cache) / f"clips-{key}.npy"
    first = Video.load(next(iter(scenes[0].videos.values())))
    shape = (len(scenes), len(scenes[0].videos), *first.frames.shape)
    cameras = np.stack([_poses(scene, shape) for scene in scenes])
    if not path.exists():
        with atomic_file(path) as temporary:
            _decode(scenes, shape, temporary, on_scene)
    return Clips(
        _map(path, shape),
        cameras,
        tuple(scene.caption for scene in scenes),
        tuple(tuple(scene.moves.values()) for scene in scenes),
        key,
    )


def _key(scenes: Sequence[SceneFiles]) -> str:
    digest = hashlib.sha256()
    for scene in scenes:
        for video in scene.videos.values():
            try:
                state = video.stat()
            except OSError as error:
                raise DatasetError(
                    video, f"cannot be read: {(error.strerror or str(error)).lower()}"
                ) from error
            digest.update(f"{video.resolve()} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _decode(
    scenes: Sequence[SceneFiles], shape: tuple[int, ...], path: Path, on_scene: Callable[[int], None] | None
) -> None:
    """Write all frames as one .npy file, clip by clip.

    Not through a memory map: on a full disk that kills the process where a write raises an error.
    """
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for index, scene in enumerate(scenes):
            for video in scene.videos.values():
                clip = Video.load(video).frames
                if clip.shape != shape[2:]:
                    raise DatasetError(
                        video, f"is {_size(clip.shape)}, not {_size(shape[2:])} as the first clip"
                    )
                file.write(np.ascontiguousarray(clip).data)
            if on_scene:
                on_scene(index)


def _map(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        frames = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(path, f"is damaged ({error}); delete it") from error
    if frames.shape != shape or frames.dtype != np.uint8:
        raise DatasetError(path, f"holds {frames.dtype} {frames.shape}, not uint8 {shape}; delete it")
    return frames


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} frames of {shape[2]}x{shape[1]}"


def _poses(scene: SceneFiles, shape: tuple[int, ...]) -> NDArray[np.float32]:
    poses = [camera.matrices[:, :3] for camera in scene.read_poses().values()]
    if len(poses) != shape[1] or any(len(camera) != shape[2] for camera in poses):
        found = f"{len(poses)} cameras of {sorted({len(p) for p in poses})} frames"
        raise DatasetError(scene.folder, f"has {found}, not {shape[1]} of {shape[2]} as the first scene")
    return np.stack(poses).astype(np.float32)
