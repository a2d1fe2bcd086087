"""All clips of a small data set, decoded once into one file that is read by memory mapping."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recam.data.layout import SceneFiles
from recam.errors import DatasetError
from recam.files import atomic_file
from recam.video import Video


@dataclass(frozen=True)
class Clips:
    """Decoded scenes.

    Attributes:
        frames: uint8 [scenes, cameras, F, H, W, 3] RGB.
        cameras: float32 [scenes, cameras, F, 3, 4]: camera-to-world in the scene's world, OpenCV axes, metres.
        captions: one for each scene.
        moves: kind of move for each scene and camera, as the description says ("" where it does not).
    """

    frames: NDArray[np.uint8]
    cameras: NDArray[np.float32]
    captions: tuple[str, ...]
    moves: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.frames)


def load_clips(
    scenes: Sequence[SceneFiles],
    cache: str | os.PathLike[str],
    on_scene: Callable[[int], None] | None = None,
) -> Clips:
    """Decode every video of every scene, or map the file in ``cache`` that an earlier call left for the same scenes.

    All scenes must have equally many cameras, frames and pixels.

    Raises:
        DatasetError: clips of different shapes.
        VideoFileError, CameraFileError: a file that cannot be read.
    """
    key = hashlib.sha256(
        json.dumps([[str(s.folder.resolve()), s.camera_names] for s in scenes]).encode()
    ).hexdigest()
    path = Path(cache) / f"clips-{key[:16]}.npy"
    first = Video.load(next(iter(scenes[0].videos.values())))
    shape = (len(scenes), len(scenes[0].videos), *first.frames.shape)
    cameras = np.stack([_poses(scene, shape) for scene in scenes])
    if not path.exists():
        Path(cache).mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as temporary:
            frames = np.lib.format.open_memmap(temporary, "w+", np.uint8, shape)
            for index, scene in enumerate(scenes):
                for camera, video in enumerate(scene.videos.values()):
                    clip = Video.load(video).frames
                    if clip.shape != shape[2:]:
                        raise DatasetError(
                            video, f"is {clip.shape}, not {shape[2:]} (frames, height, width, RGB)"
                        )
                    frames[index, camera] = clip
                if on_scene:
                    on_scene(index)
            frames.flush()
            del frames
    return Clips(
        np.load(path, mmap_mode="r"),
        cameras,
        tuple(scene.caption for scene in scenes),
        tuple(_moves(scene) for scene in scenes),
    )


def _poses(scene: SceneFiles, shape: tuple[int, ...]) -> NDArray[np.float32]:
    poses = [camera.matrices[:, :3] for camera in scene.read_poses().values()]
    if len(poses) != shape[1] or any(len(camera) != shape[2] for camera in poses):
        found = f"{len(poses)} cameras of {sorted({len(p) for p in poses})} frames"
        raise DatasetError(scene.folder, f"has {found}, not {shape[1]} of {shape[2]} as the first scene")
    return np.stack(poses).astype(np.float32)


def _moves(scene: SceneFiles) -> tuple[str, ...]:
    moves = scene.description.get("moves", {})
    return tuple(str(moves.get(name, {}).get("kind", "")) for name in scene.videos)
