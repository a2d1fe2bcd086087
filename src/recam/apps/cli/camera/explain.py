"""``recam camera explain``: what a path does, in words, and frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

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
    'recam camera explain "arc-left(30deg) @ease-in-out, then dolly-in(1.5m) over 20f, hold 10f"\n\n'
    'recam camera explain "orbit-left(30deg) while crane-up(0.5m)" --subject-distance 3 --frames\n\n'
    'recam camera explain "pan-left over 1s, reverse over 2s, hold with shake(0.3deg)" --fps 24\n\n'
    "recam camera explain path.json"
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("explain", epilog=EXAMPLES)(explain)


def explain(
    camera: CameraArgument,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    subject_distance: SubjectDistanceOption = None,
    num_frames: FramesOption = None,
    fps: FpsOption = None,
    frames: Annotated[
        bool, typer.Option("--frames", help="Also every frame: where it is, looks, zooms, how fast.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Say in words what a path does, from frame to frame.

    A path is a preset, a file, or an expression:

    moves with amounts (deg, m, x), one after another (then or ,) or at the
    same time (while), each with a duration (over 20f, over 2s, over 30%) and
    an easing (@ease-in-out, @speed(2)); hold, reverse, repeat 3 (...), and
    with shake(...) over all. What has no duration shares the frames left.

    A file is told from its poses alone.
    """
    with Output(as_json) as out:
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        path = choice.path(num_frames, fps)
        from recam.camera.narrate import narrate, totals

        data: dict[str, Any] = {"name": path.name, "num_frames": path.num_frames}
        if choice.is_file or choice.is_keyframes:
            steps = narrate(path)
            lines = [f"{camera}: {path.num_frames} frames, told from the poses"]
        else:
            from recam.camera.expression import canonical, explain_steps

            tree, steps = explain_steps(camera, path.num_frames, fps, strength, choice.distance)
            data["expression"] = canonical(tree)
            lines = [f"{canonical(tree)}: {path.num_frames} frames"]
        whole = totals(path)
        data |= {
            "steps": [
                {"first": step.first, "last": step.last, "words": step.words, "depth": step.depth}
                for step in steps
            ],
            "travelled_m": whole.travelled_metres,
            "turned_degrees": whole.turned_degrees,
            "end_distance_m": whole.distance_metres,
            "end_turn_degrees": whole.turn_degrees,
            "zoom": dict(zip(("smallest", "largest", "last"), whole.zoom, strict=True)),
        }
        lines += [str(step) for step in steps]
        lines.append(f"in all: {whole}")
        if frames:
            rows = _rows(path, fps)
            data["frames"] = rows
            lines += _table(rows, fps)
        out.result(data, *lines)


def _rows(path: CameraPath, fps: float | None) -> list[dict[str, float]]:
    import numpy as np

    from recam.camera.angles import pan_tilt_roll

    angles, zooms = pan_tilt_roll(path.poses.rotations), path.zooms
    positions = path.poses.translations
    rate = 1.0 if fps is None else fps
    speeds, turns = np.zeros(path.num_frames), np.zeros(path.num_frames)
    if path.num_frames > 1:
        speeds[1:] = np.linalg.norm(np.diff(positions, axis=0), axis=1) * rate
        turns[1:] = path.poses[1:].relative_to(path.poses[:-1]).rotation_angle_degrees() * rate
    return [
        {
            "frame": frame,
            **{axis: float(value) for axis, value in zip("xyz", positions[frame], strict=True)},
            "looks_right": float(angles[frame, 0]),
            "looks_up": float(angles[frame, 1]),
            "roll": float(angles[frame, 2]),
            "zoom": float(zooms[frame]),
            "speed_m": float(speeds[frame]),
            "turn_degrees": float(turns[frame]),
        }
        for frame in range(path.num_frames)
    ]


def _table(rows: list[dict[str, float]], fps: float | None) -> list[str]:
    per = "frame" if fps is None else "s"
    head = "frame  x right  y down  z forward (m)  looks right      up    roll (deg)   zoom"
    lines = ["", f"{head}   m/{per}  deg/{per}"]
    for row in rows:
        x, y, z = (round(row[key], 3) + 0.0 for key in "xyz")  # + 0.0: no "-0.000"
        right, up, roll = (round(row[key], 2) + 0.0 for key in ("looks_right", "looks_up", "roll"))
        place = f"{row['frame']:>5}  {x:>+7.3f}  {y:>+6.3f}  {z:>+9.3f}"
        look = f"{right:>+11.2f}  {up:>+6.2f}  {roll:>+6.2f}        {row['zoom']:>5.3f}"
        lines.append(f"{place}      {look}  {row['speed_m']:>7.4f}  {row['turn_degrees']:>8.3f}")
    return lines
