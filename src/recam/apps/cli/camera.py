"""``recam camera``: list, show, plot and convert camera paths."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from recam.apps.cli.frame import JsonFlag, Output, show_help
from recam.apps.cli.options import (
    CameraArgument,
    CameraChoice,
    CameraNameOption,
    OutputOption,
    SourceCameraOption,
    StrengthOption,
)
from recam.errors import InputError
from recam.files import check_output_path

if TYPE_CHECKING:
    from recam.camera import CameraPath

FramesOption = Annotated[
    int | None,
    typer.Option(
        "--num-frames", min=1, help="Frames of the path.", show_default="a file's own, 81 for presets"
    ),
]


class CameraFormatName(StrEnum):
    """Camera files that recam writes."""

    recam = "recam"
    multicamvideo = "multicamvideo"


group = typer.Typer(
    help="List, show, plot and convert camera paths.",
    epilog="recam camera list\n\nrecam camera show arc-left\n\n"
    "recam camera plot arc-left -o arc.html\n\n"
    "recam camera convert camera_extrinsics.json --camera-name cam05 --source-camera cam10 -o path.json",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def register(app: typer.Typer) -> None:
    """Add ``recam camera`` to ``app``."""
    app.add_typer(group, name="camera")


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


@group.command("list", epilog="recam camera list\n\nrecam camera list --json")
def list_presets(as_json: JsonFlag = False) -> None:
    """The camera paths that have a name: number, name, what the camera does, how far."""
    from recam.camera import PRESETS

    with Output(as_json) as out:
        presets = sorted(PRESETS.values(), key=lambda info: info.id)
        data = [
            {
                "id": info.id,
                "name": info.name,
                "published_name": info.published_name,
                "description": info.description,
                "full_move": info.full_move,
            }
            for info in presets
        ]
        lines = [f"{info.id:>2}  {info.name:<11} {info.description} [{info.full_move}]" for info in presets]
        out.result({"presets": data}, *lines)


@group.command(
    "show",
    epilog="recam camera show arc-left\n\nrecam camera show dolly-in --strength -0.5 --num-frames 9\n\n"
    "recam camera show extrinsics.json --camera-name cam05 --source-camera cam10 --json",
)
def show(
    camera: CameraArgument,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    num_frames: FramesOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Where a path goes: how far, how much it turns, and its pose at a few frames.

    Positions are in metres from the source video's first camera:
    x right, y down, z forward.
    """
    with Output(as_json) as out:
        path = CameraChoice(camera, camera_name, source_camera, strength).path(num_frames)
        out.result(_describe(path), *_table(path))


@group.command(
    "plot",
    epilog="recam camera plot arc-left -o arc.png\n\nrecam camera plot arc-left -o arc.html\n\n"
    "recam camera plot extrinsics.json --camera-name cam05 --source-camera cam10 -o cam05.html",
)
def plot(
    camera: CameraArgument,
    output: OutputOption,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    num_frames: FramesOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw a path in 3D: a picture (.png) or a page that turns with the mouse (.html)."""
    with Output(as_json) as out:
        kind = output.suffix.lower()
        if kind not in (".png", ".html"):
            raise InputError(f"--output {output}: a plot is a .png or a .html file")
        check_output_path(output)
        path = CameraChoice(camera, camera_name, source_camera, strength).path(num_frames)
        from recam.camera.plot import plot_path, plot_path_html

        (plot_path if kind == ".png" else plot_path_html)(path, output)
        data = {"output": str(output), "name": path.name, "num_frames": path.num_frames}
        out.result(data, f"{output}: {path.name}, {path.num_frames} frames")


@group.command(
    "convert",
    epilog="recam camera convert extrinsics.json --camera-name cam05 --source-camera cam10 -o path.json\n\n"
    "recam camera convert path.json --to multicamvideo -o extrinsics.json\n\n"
    "recam camera convert arc-left --num-frames 49 -o arc49.json",
)
def convert(
    camera: CameraArgument,
    output: OutputOption,
    to: Annotated[CameraFormatName, typer.Option("--to", help="The kind of file to write.")] = (
        CameraFormatName.recam
    ),
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    num_frames: FramesOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a path as a camera file, with another number of frames if asked.

    recam's own file keeps every digit. A MultiCamVideo file holds Unreal axes
    and centimetres; where the path starts away from the source's first view,
    that view goes along as a second camera.
    """
    with Output(as_json) as out:
        check_output_path(output)
        path = CameraChoice(camera, camera_name, source_camera, strength).path(num_frames)
        if to is CameraFormatName.recam:
            path.save(output)
        else:
            source = source_camera or (None if _starts_at_source(path) else "cam00")
            path.save(output, format="multicamvideo", camera=camera_name or "cam01", source=source)
        data = {"output": str(output), "format": to.value, "name": path.name, "num_frames": path.num_frames}
        out.result(data, f"{output}: {path.name}, {path.num_frames} frames, {to.value} file")


def _starts_at_source(path: CameraPath) -> bool:
    import numpy as np

    return bool(np.allclose(path.extrinsics[0], np.eye(3, 4), rtol=0, atol=1e-9))


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
