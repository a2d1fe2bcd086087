"""``recam camera show``: where a path goes, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.options import (
    CameraArgument,
    CameraChoice,
    CameraNameOption,
    FpsOption,
    FramesOption,
    SourceCameraOption,
    StrengthOption,
    SubjectDistanceOption,
)

if TYPE_CHECKING:
    from recam.camera import CameraPath

EXAMPLES = (
    "recam camera show arc-left\n\nrecam camera show dolly-in --strength -0.5 --num-frames 9\n\n"
    "recam camera show extrinsics.json --camera-name cam05 --source-camera cam10 --json"
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("show", epilog=EXAMPLES)(show)


def show(
    camera: CameraArgument,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    subject_distance: SubjectDistanceOption = None,
    num_frames: FramesOption = None,
    fps: FpsOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Where a path goes: how far, how much it turns, and its pose at a few frames.

    Positions are in metres from the source video's first camera:
    x right, y down, z forward.
    """
    with Output(as_json) as out:
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        path = choice.path(num_frames, fps)
        out.result(_describe(path), *_table(path))


def _describe(path: CameraPath) -> dict[str, object]:
    return {
        "name": path.name,
        "num_frames": path.num_frames,
        "translation_length_m": path.translation_length(),
        "max_rotation_degrees": path.max_rotation_degrees(),
        "axes": "camera-to-world, x right, y down, z forward, metres, relative to the first source camera",
        "extrinsics": path.extrinsics.tolist(),
    }


def _table(path: CameraPath, rows: int = 9) -> list[str]:
    shown = sorted({round(i * (path.num_frames - 1) / max(rows - 1, 1)) for i in range(rows)})
    lines = [
        f"{path.name}: {path.num_frames} frames, travels {path.translation_length():.3f} m, "
        f"turns at most {path.max_rotation_degrees():.2f} degrees",
        "frame   x right  y down  z forward (m)   looks right  up (degrees)",
    ]
    for index in shown:
        pose = path.extrinsics[index]
        x, y, z = (round(value, 3) + 0.0 for value in pose[:, 3])  # + 0.0: no "-0.000"
        right, up = (round(value, 2) + 0.0 for value in _look(pose[:, 2]))
        lines.append(f"{index:>5}   {x:>+7.3f}  {y:>+6.3f}  {z:>+9.3f}       {right:>+11.2f}  {up:>+6.2f}")
    return lines


def _look(forward: object) -> tuple[float, float]:
    """Degrees to the right of and above the first source camera's axis of a viewing direction (3,)."""
    import numpy as np

    x, y, z = np.asarray(forward, dtype=float)
    return float(np.degrees(np.arctan2(x, z))), float(np.degrees(np.arcsin(np.clip(-y, -1.0, 1.0))))
