"""``recam camera show``: where a path goes, in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recam.apps.cli.camera.plot import check_plot_output, draw_plot
from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.lens_options import FocalMmOption, FocalPxOption, FovOption, LensChoice, SensorMmOption
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
from recam.errors import InputError

if TYPE_CHECKING:
    from recam.camera import CameraPath

EXAMPLES = (
    "recam camera show arc-left\n\nrecam camera show dolly-in --strength -0.5 --num-frames 9\n\n"
    "recam camera show extrinsics.json --camera-name cam05 --source-camera cam10 --json\n\n"
    "recam camera show arc-left -o arc.html\n\n"
    "recam camera show arc-left --video my.mp4 -o where.png"
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
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", show_default=False,
            help="Also draw the path, as recam camera plot does (.png, .html).",
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            "--video", metavar="VIDEO", show_default=False,
            help="Draw where the views lie on this video's first frame instead (.png).",
        ),
    ] = None,
    depth: Annotated[
        float | None,
        typer.Option(
            "--depth", metavar="METRES", show_default="4",
            help="With --video: distance of the flat wall that the scene is taken for.",
        ),
    ] = None,
    fov: FovOption = None,
    focal_mm: FocalMmOption = None,
    sensor_mm: SensorMmOption = None,
    focal_px: FocalPxOption = None,
    as_json: JsonFlag = False,
) -> None:  # fmt: skip
    """Where a path goes: how far, how much it turns, and its pose at a few frames.

    Positions are in metres from the source video's first camera:
    x right, y down, z forward. With --video and -o, the frames of the new
    views are drawn over the video's first frame: what lies outside it was
    never filmed.
    """
    with Output(as_json) as out:
        lens = LensChoice(fov, focal_mm, sensor_mm, focal_px)
        if output is not None:
            check_plot_output(output)
        elif video is not None:
            raise InputError("--video draws a picture; name it with -o, e.g. -o overlay.png")
        if video is None and (lens.given or depth is not None):
            raise InputError("a lens and --depth are for drawing on a --video; give one, or leave them out")
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        path = choice.path(num_frames, fps)
        data, lines = _describe(path), _table(path)
        if output is not None:
            if video is None:
                draw_plot(path, output)
            else:
                _draw_on(video, path, output, lens, depth)
            data["output"] = str(output)
            lines.append(str(output))
        out.result(data, *lines)


def _draw_on(video: Path, path: CameraPath, output: Path, lens: LensChoice, depth: float | None) -> None:
    from recam.draft import DEFAULT_DEPTH, draw_overlay, source_lens
    from recam.video import read_frames

    first = next(iter(read_frames(video)))
    height, width = first.shape[:2]
    seen_through = lens.lens(width, height) or source_lens(path, width, height)
    draw_overlay(path, first, output, seen_through, DEFAULT_DEPTH if depth is None else depth)


def _describe(path: CameraPath) -> dict[str, object]:
    return {
        "name": path.name,
        "num_frames": path.num_frames,
        "translation_length_m": path.translation_length(),
        "max_rotation_degrees": path.max_rotation_degrees(),
        "zoom": path.zooms.tolist() if path.changes_lens else None,
        "axes": "camera-to-world, x right, y down, z forward, metres, relative to the first source camera",
        "extrinsics": path.extrinsics.tolist(),
    }


def _table(path: CameraPath, rows: int = 9) -> list[str]:
    from recam.camera.angles import pan_tilt_roll

    angles = pan_tilt_roll(path.poses.rotations)
    shown = sorted({round(i * (path.num_frames - 1) / max(rows - 1, 1)) for i in range(rows)})
    lines = [
        f"{path.name}: {path.num_frames} frames, travels {path.translation_length():.3f} m, "
        f"turns at most {path.max_rotation_degrees():.2f} degrees",
        "frame   x right  y down  z forward (m)   looks right  up (degrees)"
        + ("   zoom" if path.changes_lens else ""),
    ]
    for index in shown:
        pose = path.extrinsics[index]
        x, y, z = (round(value, 3) + 0.0 for value in pose[:, 3])  # + 0.0: no "-0.000"
        right, up = (round(float(value), 2) + 0.0 for value in angles[index, :2])
        zoom = f"      {path.zooms[index]:>8.3f}" if path.changes_lens else ""
        place = f"{index:>5}   {x:>+7.3f}  {y:>+6.3f}  {z:>+9.3f}"
        lines.append(f"{place}       {right:>+11.2f}  {up:>+6.2f}{zoom}")
    return lines
