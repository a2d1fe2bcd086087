"""One short walk, written out in every format's own layout, and where its cameras are and look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from camera_helpers import FIXTURES
from numpy.typing import NDArray

SAMPLES = FIXTURES / "formats"


def pose(right: tuple, down: tuple, forward: tuple, position: tuple) -> NDArray[np.float64]:
    """A camera-to-world matrix from where the camera's axes point (x right, y down, z forward, metres)."""
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, down, forward, position
    return matrix


_C, _S = np.cos(np.radians(30)), np.sin(np.radians(30))

WALK = np.stack(
    [
        pose((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)),  # where it begins, looking ahead
        pose((1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 0, 0)),  # 2 m to the right
        pose((0, 0, 1), (0, 1, 0), (-1, 0, 0), (2, -1, 0)),  # there, 1 m higher, looking left
        pose((1, 0, 0), (0, _C, _S), (0, -_S, _C), (0, 0, 0)),  # at the beginning, looking 30 degrees up
        pose((0, 1, 0), (-1, 0, 0), (0, 0, 1), (0, 0, 5)),  # 5 m ahead, leaning right by 90 degrees
    ]
)
"""[5,4,4]: the walk that every sample holds."""

FILES = {
    "realestate10k.txt": "realestate10k",
    "cameractrl.txt": "cameractrl",
    "cameractrl_poses.json": "cameractrl",
    "tum_groundtruth.txt": "tum",
    "kitti_00.txt": "kitti",
    "nerfstudio/transforms.json": "nerfstudio",
    "nerf_synthetic/transforms_train.json": "nerfstudio",
    "colmap_text": "colmap-text",
    "unreal_sequencer.csv": "unreal",
    "blender_euler.csv": "blender",
    "blender_quaternion.json": "blender",
}
"""Samples under SAMPLES, and the format of each."""


def save_npz(folder: Path) -> Path:
    np.savez(folder / "walk.npz", c2w=WALK, K=np.diag([1500.0, 1500.0, 1.0]) + _centre(960, 540))
    return folder / "walk.npz"


def save_vista4d(folder: Path) -> Path:
    lens = np.tile([1037.6, 1037.6, 640.0, 360.0], (5, 1))
    np.savez(folder / "shot_arc-left.npz", cam_c2w=WALK, intrinsics=lens)
    return folder / "shot_arc-left.npz"


def save_vipe(folder: Path) -> Path:
    for part, data in (("pose", WALK), ("intrinsics", np.tile([900.0, 900.0, 416.0, 240.0], (5, 1)))):
        (folder / "vipe" / part).mkdir(parents=True)
        np.savez(folder / "vipe" / part / "input.npz", data=data.astype(np.float32), inds=np.arange(5))
    return folder / "vipe"


def save_megasam(folder: Path) -> Path:
    """As ``outputs/NAME_droid.npz`` is: (tiny) pictures and depths beside the cameras, one lens."""
    lens = np.diag([13.0, 13.0, 1.0]) + _centre(8.5, 4)
    images, depths = np.zeros((5, 8, 16, 3), np.uint8), np.ones((5, 8, 16), np.float32)
    np.savez(folder / "walk_droid.npz", images=images, depths=depths, intrinsic=lens, cam_c2w=WALK)
    return folder / "walk_droid.npz"


def save_vggt(folder: Path) -> Path:
    """As the demo's ``predictions.npz`` is: world-to-camera, float32, (tiny) pictures [F,3,H,W]."""
    lens = np.tile(np.diag([11.0, 11.5, 1.0]) + _centre(7, 5), (5, 1, 1))
    np.savez(
        folder / "predictions.npz",
        pose_enc=np.zeros((5, 9), np.float32),
        depth=np.ones((5, 10, 14, 1), np.float32),
        images=np.zeros((5, 3, 10, 14), np.float32),
        extrinsic=np.linalg.inv(WALK)[:, :3].astype(np.float32),
        intrinsic=lens.astype(np.float32),
    )
    return folder / "predictions.npz"


def save_colmap(folder: Path) -> Path:
    """A binary model by COLMAP's own writer, from the text sample."""
    import pycolmap

    (folder / "binary").mkdir()
    pycolmap.Reconstruction(str(SAMPLES / "colmap_text")).write_binary(str(folder / "binary"))
    return folder / "binary"


MADE: dict[str, Callable[[Path], Path]] = {
    "npz": save_npz,
    "vista4d": save_vista4d,
    "vipe": save_vipe,
    "megasam": save_megasam,
    "vggt": save_vggt,
    "colmap": save_colmap,
}
"""Binary formats, whose samples are written when a test needs them."""


def _centre(x: float, y: float) -> NDArray[np.float64]:
    matrix = np.zeros((3, 3))
    matrix[:2, 2] = (x, y)
    return matrix
