"""A small scene whose every distance is known, and the Blender that films it."""

from __future__ import annotations

import numpy as np
import pytest

from recam.camera import Poses
from recam.camera.moves import look_at
from recam.camera.poses import FloatArray
from recam.errors import MachineError
from recam.worlds.blender import find_blender
from recam.worlds.rules import PUBLISHED_LENSES
from recam.worlds.scene import Daylight, Ground, Material, Part, Scene, Shape, Texture, Thing

LENS = PUBLISHED_LENSES[1]  # 24 mm
NOON = Daylight(
    "noon", (0.3, 0.4, -0.866), (1.0, 0.95, 0.9), 0.9, (0.4, 0.45, 0.5), (0.2, 0.4, 0.8), (0.8, 0.85, 0.9)
)
WAY = np.linspace(-0.4, 0.4, 3)
"""Metres along x at which the walker is, frame by frame."""


def skip_without_blender() -> None:
    """End the test where this machine has no Blender, with the reason."""
    try:
        find_blender()
    except MachineError as error:
        pytest.skip(str(error))


def at(x: float, y: float, z: float, num_frames: int = 1) -> FloatArray:
    """Poses [F,4,4] that stand still."""
    poses = np.tile(np.eye(4), (num_frames, 1, 1))
    poses[:, :3, 3] = x, y, z
    return poses


def known_scene(num_frames: int = 3) -> Scene:
    """A floor, a wall, a ball and a walker who moves along x."""
    grass = Material(Texture("grass", (0.35, 0.5, 0.2), (0.25, 0.4, 0.15), 2.0))
    bricks = Material(Texture("bricks", (0.6, 0.3, 0.2), (0.7, 0.7, 0.65), 1.5))
    floor = Thing("ground", "ground", "grass", (Part((Shape("plane", (15, 15), grass),), at(0, 0, 0)),))
    wall = Thing(
        "wall", "structure", "a wall", (Part((Shape("box", (4, 0.2, 1.5), bricks),), at(0, 5, 1.5)),)
    )
    yellow = Material.plain((0.9, 0.8, 0.1))
    ball = Thing("ball", "prop", "a ball", (Part((Shape("sphere", (0.2,), yellow),), at(1.3, 1, 0.2)),))
    way = at(0, 0, 0.9, num_frames)
    way[:, 0, 3] = WAY[:num_frames]
    blue = Material.plain((0.1, 0.3, 0.8))
    body = (
        Shape("capsule", (0.22, 0.4), blue),
        Shape("sphere", (0.15,), Material.plain((0.9, 0.7, 0.6)), position=(0, 0, 0.75)),
    )
    walker = Thing("main", "character", "a person", (Part(body, way),))
    return Scene(
        7,
        1,
        "park",
        "in a park",
        (floor, wall, ball, walker),
        3,
        (0, 0, 0.9),
        Ground(),
        NOON,
        num_frames,
        15.0,
    )


def two_paths(num_frames: int = 3) -> list[Poses]:
    """Cameras 4 m and 5 m away; the second drives past."""
    starts = np.repeat([[0.5, -4.0, 1.6]], num_frames, axis=0)
    drive = np.array([[3.0, -4.0, 1.2]]) + np.linspace(0, 1, num_frames)[:, None] * [-1.0, 0, 0.3]
    return [look_at(places, (0.0, 0.0, 0.9), (0.0, 0.0, -1.0)) for places in (starts, drive)]
