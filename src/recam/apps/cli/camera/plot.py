"""``recam camera plot``: a path drawn in 3D."""

from __future__ import annotations

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.options import (
    CameraArgument,
    CameraChoice,
    CameraNameOption,
    FpsOption,
    FramesOption,
    OutputOption,
    SourceCameraOption,
    StrengthOption,
    SubjectDistanceOption,
)
from recam.errors import InputError
from recam.files import check_output_path

EXAMPLES = (
    "recam camera plot arc-left -o arc.png\n\nrecam camera plot arc-left -o arc.html\n\n"
    "recam camera plot extrinsics.json --camera-name cam05 --source-camera cam10 -o cam05.html"
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("plot", epilog=EXAMPLES)(plot)


def plot(
    camera: CameraArgument,
    output: OutputOption,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    subject_distance: SubjectDistanceOption = None,
    num_frames: FramesOption = None,
    fps: FpsOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw a path in 3D: a picture (.png) or a page that turns with the mouse (.html)."""
    with Output(as_json) as out:
        kind = output.suffix.lower()
        if kind not in (".png", ".html"):
            raise InputError(f"--output {output}: a plot is a .png or a .html file")
        check_output_path(output)
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        path = choice.path(num_frames, fps)
        from recam.camera.plot import plot_path, plot_path_html

        (plot_path if kind == ".png" else plot_path_html)(path, output)
        data = {"output": str(output), "name": path.name, "num_frames": path.num_frames}
        out.result(data, f"{output}: {path.name}, {path.num_frames} frames")
