"""A world small enough to be written for every test, without a renderer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recam.camera import CameraPath, Poses, write_multicamvideo
from recam.video import Video

FRAMES, SIZE = 5, 16
MOVES = ("static", "arc-left", "dolly-in")


def _clip(scene: int, camera: int, frames: int, size: int) -> np.ndarray:
    """uint8 [F, H, W, 3]: a smooth picture of its own for every scene and camera, brighter frame by frame."""
    rows, columns = np.mgrid[:size, :size]
    picture = np.stack([40 + 8 * rows, 40 + 8 * columns, 40 + 20 * camera + 0 * rows], axis=-1) + 15 * scene
    return np.stack([np.clip(picture + 4 * index, 0, 255) for index in range(frames)]).astype(np.uint8)


def write_scene(root: Path, number: int, frames: int = FRAMES, size: int = SIZE) -> Path:
    """One scene of three cameras in the published layout."""
    folder = root / "train" / "f24_aperture5" / f"scene{number}"
    (folder / "videos").mkdir(parents=True)
    (folder / "cameras").mkdir()
    start = Poses.from_parts(np.eye(3)[None], [[number, -1.0, 2.0]])
    cameras: dict[str, Poses] = {}
    for index, move in enumerate(MOVES):
        name = f"cam{index + 1:02d}"
        path = (
            Poses.identity(frames) if move == "static" else CameraPath.preset(move, num_frames=frames).poses
        )
        cameras[name] = start @ path
        Video.from_frames(_clip(number, index, frames, size), 8).save(folder / "videos" / f"{name}.mp4")
    write_multicamvideo(folder / "cameras" / "camera_extrinsics.json", cameras)
    facts = {
        "caption": f"scene {number}",
        "focal_mm": 24,
        "moves": {f"cam{index + 1:02d}": {"kind": move} for index, move in enumerate(MOVES)},
    }
    (folder / "scene.json").write_text(json.dumps(facts))
    return folder


@pytest.fixture
def made_world(tmp_path: Path) -> Path:
    """Scenes 0, 2 and 10."""
    root = tmp_path / "world"
    for number in (10, 0, 2):
        write_scene(root, number)
    return root


@pytest.fixture
def add_scene() -> Callable[..., Path]:
    """``add_scene(root, number, frames=5, size=16)``."""
    return write_scene
