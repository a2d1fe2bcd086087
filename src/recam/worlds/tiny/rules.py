"""Where the cameras of the bundled model's world start and how they move.

Near the rules of the published data set (:mod:`recam.worlds.rules`), from before those were exact, and kept
as they are: a seed of this world must draw the same cameras for ever, to the last bit. Beside them the ten
basic trajectories. Two differences matter: pans and arcs go about the camera's own vertical axis, so that a
camera that looks down is rolled by them; and a random polyline is up to 5 % longer than drawn (measured on
1,500) and slows down at corners.

Poses of a move are relative to its start: camera-to-world, OpenCV axes, metres. Starts are poses in a world
with z up, whose subject stands at a given point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from recam.camera import Poses, easing
from recam.camera.moves import arc, look_at, pan_tilt, translate
from recam.camera.presets import PUBLISHED_NAMES, preset_poses
from recam.worlds.rules import HEMISPHERE_RADII, MOVE_KINDS, Move

BASIC_NAMES = PUBLISHED_NAMES


def speed_curve(num_frames: int, a: float | None) -> NDArray[np.float64]:
    """Progress 0..1 of each frame, [F]; ``a=None`` is constant speed, a > 0 starts fast, a < 0 slowly.

    See :func:`recam.camera.easing.speed_curve`.
    """
    return easing.speed_curve(np.linspace(0.0, 1.0, num_frames), 0.0 if a is None else a)


def draw_start(
    rng: np.random.Generator, radii: tuple[float, ...] = HEMISPHERE_RADII, subject_height: float = 0.8
) -> tuple[Poses, float]:
    """A start on a hemisphere about the subject, looking at it, pitch within 45 degrees.

    Returns:
        The start (one pose, world with z up) and its distance to the subject in metres.
    """
    distance = float(rng.choice(radii))
    # Low views are the more frequent, as people film; below about 5 degrees the camera would touch the floor.
    pitch = np.radians(45 * rng.beta(1.3, 2.2) * 0.9 + 3)
    azimuth = rng.uniform(0, 2 * np.pi)
    subject = np.array([0.0, 0.0, subject_height])
    flat = distance * np.cos(pitch)
    position = subject + [flat * np.cos(azimuth), flat * np.sin(azimuth), distance * np.sin(pitch)]
    return look_at(position[None], subject, down=(0.0, 0.0, -1.0)), distance


def draw_move(rng: np.random.Generator, num_frames: int, distance: float, kind: str | None = None) -> Move:
    """A move of the published rules for a subject ``distance`` metres ahead of the start.

    Pans 5-45 and tilts 5-30 degrees; translations by 1/4 to 1 of the distance; arcs 15-75 degrees; smoothed
    random polylines of 1-3 points; static. Half at constant speed, half on the exponential curve.
    """
    kind = kind or str(rng.choice(MOVE_KINDS))
    a = None if rng.random() < 0.5 else float(rng.uniform(0.5, 4.0) * rng.choice((-1, 1)))
    progress = speed_curve(num_frames, a)
    sign = float(rng.choice((-1, 1)))
    reach = float(rng.uniform(0.25, 1.0) * distance)
    drawn: dict[str, float] = {} if a is None else {"a": a}
    if kind == "pan":
        drawn["degrees"] = sign * float(rng.uniform(5, 45))
        poses = pan_tilt(progress, pan_degrees=drawn["degrees"])
    elif kind == "tilt":
        drawn["degrees"] = sign * float(rng.uniform(5, 30))
        poses = pan_tilt(progress, tilt_degrees=drawn["degrees"])
    elif kind in ("truck", "crane", "dolly"):
        axis = ("truck", "crane", "dolly").index(kind)
        # The camera keeps half a metre from the subject, as the data set does.
        drawn["metres"] = sign * reach if kind != "dolly" or sign < 0 else min(reach, distance - 0.5)
        poses = translate(progress, np.eye(3)[axis] * drawn["metres"])
    elif kind == "arc":
        drawn["degrees"] = sign * float(rng.uniform(15, 75))
        poses = arc(progress, drawn["degrees"], distance)
    elif kind == "random":
        poses = _random_polyline(rng, progress, reach)
        drawn["metres"] = reach
    elif kind == "static":
        poses = Poses.identity(num_frames)
    else:
        raise ValueError(f"unknown kind of move {kind!r}; kinds are {', '.join(MOVE_KINDS)}")
    return Move(kind, poses, drawn)


def draw_basic_move(rng: np.random.Generator, num_frames: int) -> Move:
    """One of the ten basic trajectories at a drawn strength (0.15 to 1.15 of the published move)."""
    name = str(rng.choice(BASIC_NAMES))
    strength = float(rng.uniform(0.15, 1.15))
    return Move(name, preset_poses(name, num_frames, strength), {"strength": strength})


def basic_moves(num_frames: int) -> list[Move]:
    """The ten basic trajectories at full strength, in the published order."""
    return [Move(name, preset_poses(name, num_frames), {"strength": 1.0}) for name in BASIC_NAMES]


def _random_polyline(rng: np.random.Generator, progress: NDArray[np.float64], length: float) -> Poses:
    corners = rng.normal(size=(int(rng.integers(1, 4)), 3)) * (1.0, 0.5, 1.0)
    steps = corners / np.linalg.norm(corners, axis=1, keepdims=True)
    points = np.concatenate([np.zeros((1, 3)), np.cumsum(steps * length / len(steps), axis=0)])
    # Monotone splines round the corners without overshooting them.
    smooth = PchipInterpolator(np.linspace(0, 1, len(points)), points, axis=0)
    return Poses.from_parts(np.eye(3)[None], smooth(progress))
