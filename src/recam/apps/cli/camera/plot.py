"""``recam camera plot``: a path drawn in 3D."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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

if TYPE_CHECKING:
    from recam.camera import CameraPath

EXAMPLES = (
    "recam camera plot arc-left -o arc.png\n\nrecam camera plot arc-left -o arc.html\n\n"
    "recam camera plot spiral-left --size small -o spiral.png\n\n"
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
    size: Annotated[
        Literal["large", "small"],
        typer.Option("--size", help="large: three sides with a scale; small: one look, 360x240 pixels."),
    ] = "large",
    as_json: JsonFlag = False,
) -> None:
    """Draw a path in 3D: a picture (.png), or a page that turns and plays (.html).

    Time runs from dark to light. Red is the source's first view, with an
    arrow that points up; the star is what the camera keeps looking at.
    """
    with Output(as_json) as out:
        check_plot_output(output)
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        path = choice.path(num_frames, fps)
        draw_plot(path, output, small=size == "small")
        data = {"output": str(output), "name": path.name, "num_frames": path.num_frames}
        out.result(data, f"{output}: {path.name}, {path.num_frames} frames")


def check_plot_output(output: Path) -> None:
    """Fail early where a plot could not be written.

    Raises:
        InputError: neither a .png nor a .html file.
        OutputError: it cannot be written.
    """
    if output.suffix.lower() not in (".png", ".html"):
        raise InputError(f"--output {output}: a plot is a .png or a .html file")
    check_output_path(output)


def draw_plot(path: CameraPath, output: Path, small: bool = False) -> None:
    """The plot that the output's name asks for.

    Raises:
        InputError: a small page.
    """
    from recam.camera.plot import plot_path, plot_path_html, plot_small

    page = output.suffix.lower() == ".html"
    if small and page:
        raise InputError("--size small makes a picture; give --output a name that ends in .png")
    (plot_path_html if page else plot_small if small else plot_path)(path, output)
