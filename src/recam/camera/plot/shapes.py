"""What every picture of a path is made of: drawn cameras, the subject, the title."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from recam.camera.intrinsics import Intrinsics
from recam.camera.path import CameraPath
from recam.camera.poses import FloatArray
from recam.errors import OutputError
from recam.files import check_output_path

# What is drawn for a path without a lens: widescreen, about the angle of view of the published 24 mm lens.
_DEFAULT_LENS = Intrinsics.from_fov_degrees(53, 832, 480)
COLOURS = "viridis"
SOURCE_COLOUR = "#d62728"
SUBJECT_COLOUR = "#e67e00"
X, Y, Z = "x right (m)", "y down (m)", "z forward (m)"


def describe(path: CameraPath) -> str:
    """The path in one line, e.g. ``arc-left: 81 frames, travels 2.06 m, turns up to 29.8°``."""
    frames = "1 frame" if path.num_frames == 1 else f"{path.num_frames} frames"
    travel, turn = path.translation_length(), path.max_rotation_degrees()
    zoom = ""
    if path.changes_lens:
        zoom = f", zooms {path.zooms.min():.3g}x to {path.zooms.max():.3g}x"
    return f"{path.name}: {frames}, travels {travel:.2f} m, turns up to {turn:.1f}°{zoom}"


def subject_of(path: CameraPath) -> FloatArray | None:
    """(3,) metres: the point that a moving camera keeps looking at, where its view axes meet in one.

    The least-squares point next to all view axes; None where they are parallel (a dolly), where they miss it
    by more than 2 % of its distance, or where the camera only turns.
    """
    where, forward = path.poses.translations, path.poses.rotations[:, :, 2]
    across = np.eye(3) - forward[:, :, None] * forward[:, None, :]  # away from each axis
    sums = across.sum(axis=0)
    if np.linalg.eigvalsh(sums)[0] < 1e-4 * path.num_frames:
        return None
    point = np.linalg.solve(sums, np.einsum("fij,fj->i", across, where))
    ahead = np.einsum("fi,fi->f", point - where, forward)
    off = np.linalg.norm(np.einsum("fij,fj->fi", across, point - where), axis=1)
    travel = np.linalg.norm(np.ptp(where, axis=0))
    if travel < 1e-3 or ahead.min() < 0.05 * travel or off.max() > 0.02 * ahead.min():
        return None
    return point


def camera_size(path: CameraPath) -> float:
    """Depth of a drawn camera, metres: small beside the path, visible for one that does not travel."""
    extent = float(np.ptp(path.poses.translations, axis=0).max())
    reach = float(np.abs(path.poses.translations).max())
    span = max(extent, 0.35 * reach)
    return 0.18 * span if span > 1e-3 else 0.5


def chosen_frames(path: CameraPath, most: int = 9) -> list[int]:
    """At most so many frames, evenly spread, first and last included."""
    count = min(path.num_frames, most)
    return [int(frame) for frame in np.linspace(0, path.num_frames - 1, count).round()]


def camera_outline(path: CameraPath, frame: int | None, depth: float) -> FloatArray:
    """One line [n,3] in the world that draws the camera of a frame, or of the source (None).

    A pyramid with a flag on its upper side, as wide as its lens sees: a longer lens makes it narrower.
    """
    lens = path.intrinsics or _DEFAULT_LENS
    pose = np.eye(4)
    if frame is not None:
        lens, pose = lens.zoomed(float(path.zooms[frame])), path.poses.matrices[frame]
    left, right = -lens.cx / lens.fx, (lens.width - lens.cx) / lens.fx
    top, bottom = -lens.cy / lens.fy, (lens.height - lens.cy) / lens.fy
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    a, b, c, d = np.concatenate([corners, np.ones((4, 1))], axis=1) * depth
    flag = np.array([(left + right) / 2, top - 0.35 * (bottom - top), 1.0]) * depth
    eye = np.zeros(3)
    line = np.stack([eye, a, flag, b, eye, c, b, a, d, c, d, eye])
    return line @ pose[:3, :3].T + pose[:3, 3]


def checked_name(file: str | PathLike[str], *suffixes: str) -> Path:
    """The file as a path, once a picture of this kind can be written to it.

    Raises:
        OutputError: another suffix, or it cannot be written.
    """
    target = check_output_path(file)
    if target.suffix.lower() not in suffixes:
        raise OutputError(target, f"a picture of this kind is written to a name ending in {suffixes[0]}")
    return target
