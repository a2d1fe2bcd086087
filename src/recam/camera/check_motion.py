"""What a camera path does from frame to frame: steps, turns, accelerations, breaks, lean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.angles import pan_tilt_roll
from recam.camera.check_limits import Limits
from recam.camera.path import LATENT_STRIDE, CameraPath
from recam.camera.poses import FloatArray

JUMP = 6.0  # times the steps around it
JUMP_FLOOR = (0.05, 1.0)  # metres, degrees: what is less is no jump however still the camera is else
_AROUND = 4  # steps to either side that a step is compared with
FLIP = 90.0  # degrees from a frame to the next
_WINDOW = LATENT_STRIDE  # frames over which acceleration is measured: one latent frame, all that a model sees


@dataclass(frozen=True, eq=False)
class Motion:
    """What a path does from frame to frame."""

    metres: FloatArray
    """[F-1] step lengths."""
    degrees: FloatArray
    """[F-1] turns."""
    breaks: np.ndarray
    """[F-1] steps that are flips or jumps, which say nothing of the motion around them."""
    acceleration: FloatArray
    """[F] metres a frame a frame over a latent frame; NaN at the ends and around breaks."""
    turn_acceleration: FloatArray
    """[F] degrees a frame a frame."""


def measure(path: CameraPath) -> Motion:
    """Steps, turns and accelerations of ``path``."""
    places = path.poses.translations
    turns = Rotation.from_matrix(path.poses.rotations)
    metres = np.linalg.norm(np.diff(places, axis=0), axis=1)
    degrees = np.degrees((turns[:-1].inv() * turns[1:]).magnitude()) if len(places) > 1 else np.zeros(0)
    # In a file of centimetres everything is a hundred times as large, and a jump is still a jump.
    breaks = outliers(metres, JUMP_FLOOR[0]) | outliers(degrees, JUMP_FLOOR[1]) | (degrees > FLIP)
    acceleration, turn_acceleration = (np.full(len(places), np.nan) for _ in range(2))
    count = len(places) - 2 * _WINDOW
    if count > 0:
        there, here, after = (slice(shift, shift + count) for shift in (0, _WINDOW, 2 * _WINDOW))
        change = places[after] - 2 * places[here] + places[there]
        # Angular velocities before and after, both in the axes of the camera between them.
        spin = (turns[there].inv() * turns[here]).as_rotvec(), (turns[here].inv() * turns[after]).as_rotvec()
        broken = np.convolve(breaks, np.ones(2 * _WINDOW), mode="valid") > 0.5
        for target, values in (
            (acceleration, np.linalg.norm(change, axis=1)),
            (turn_acceleration, np.degrees(np.linalg.norm(spin[1] - spin[0], axis=1))),
        ):
            target[here] = np.where(broken, np.nan, values / _WINDOW**2)
    return Motion(metres, degrees, breaks, acceleration, turn_acceleration)


def lean_degrees(rotations: FloatArray, limits: Limits) -> tuple[FloatArray, FloatArray]:
    """How far each frame [F] leans, degrees: against the source's vertical, and against the world's.

    A path is given in the source camera's axes. Where that camera looks down on the scene, a level camera
    that goes round it leans in these axes. So the world's vertical is taken to be the one, among those that
    a level source camera can have, against which the path leans least.
    """
    tilts = np.radians(np.append(0.0, np.arange(-limits.source_tilt, limits.source_tilt + 0.5)))
    verticals = np.stack([0 * tilts, np.cos(tilts), np.sin(tilts)])
    lean = np.degrees(np.arcsin(np.clip(np.abs(rotations[:, :, 0] @ verticals), 0, 1)))  # of the right side
    lean = np.where(rotations[:, :, 1] @ verticals < 0, 180 - lean, lean)  # upside down
    return lean[:, 0], lean[:, int(np.argmin(lean.max(axis=0)))]


def around(values: FloatArray) -> FloatArray:
    """The median of the steps around each of ``values`` [N], without itself; itself where it is alone."""
    if len(values) < 2:
        return values
    padded = np.pad(values, _AROUND, constant_values=np.nan)
    windows = np.delete(np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1), _AROUND, axis=1)
    return np.nanmedian(windows, axis=1)


def outliers(values: FloatArray, floor: float) -> np.ndarray:
    """[N] whether a step is a jump: far above the steps around it, and not just tiny."""
    return (values > JUMP * around(values)) & (values > floor)


def figures(path: CameraPath, motion: Motion, fps: float) -> dict[str, float]:
    angles = pan_tilt_roll(path.poses.rotations)

    def most(values: FloatArray) -> float:
        return float(np.nanmax(values)) if len(values) and not np.isnan(values).all() else 0.0

    return {
        "seconds": (path.num_frames - 1) / fps,
        "way_m": path.translation_length(),
        "reach_m": most(np.linalg.norm(path.poses.translations - path.poses.translations[0], axis=1)),
        "max_turn_degrees": path.max_rotation_degrees(),
        "max_pan_degrees": most(np.abs(np.unwrap(angles[:, 0], period=360))),
        "max_tilt_degrees": most(np.abs(angles[:, 1])),
        "max_speed_m_per_s": most(motion.metres) * fps,
        "max_turn_rate_degrees_per_s": most(motion.degrees) * fps,
        "max_acceleration_m_per_s2": most(motion.acceleration) * fps**2,
        "max_turn_acceleration_degrees_per_s2": most(motion.turn_acceleration) * fps**2,
        "min_zoom": float(path.zooms.min()),
        "max_zoom": float(path.zooms.max()),
    }
