"""``recam draft``: what a path will do to a video, without a model."""

from __future__ import annotations

from typing import Annotated

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.options import (
    CameraChoice,
    CameraNameOption,
    CameraOption,
    OutputOption,
    SourceArgument,
    SourceCameraOption,
    StrengthOption,
    check_video_output,
)

EXAMPLES = (
    "recam draft my.mp4 --camera arc-left -o preview.mp4\n\n"
    "recam draft my.mp4 --camera dolly-in --strength 0.5 --depth 2.5 --fill -o preview.mp4\n\n"
    "recam draft my.mp4 --camera extrinsics.json --camera-name cam05 -o preview.mp4"
)


def register(app: typer.Typer) -> None:
    """Add ``recam draft`` to ``app``."""
    app.command("draft", epilog=EXAMPLES)(draft)


def draft(
    source: SourceArgument,
    camera: CameraOption,
    output: OutputOption,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    depth: Annotated[
        float, typer.Option("--depth", help="Metres to the flat wall that the scene is taken for.")
    ] = 4.0,
    fill: Annotated[
        bool, typer.Option("--fill", help="Fill what the source never saw from its edges; else a checker.")
    ] = False,
    fov: Annotated[
        float | None,
        typer.Option(
            "--fov", show_default="that of the camera file, else 50",
            help="Horizontal angle of view of the lens, degrees.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:  # fmt: skip
    """Preview a camera path on any video: no model, seconds.

    Turns of the camera are exact. Moves treat the scene as a flat wall --depth
    metres ahead: they show where the path goes, not what is behind things.
    The path is spread over the whole video; frame rate and sound stay.
    """
    with Output(as_json) as out:
        check_video_output(output, source)
        path = CameraChoice(camera, camera_name, source_camera, strength).path()
        from recam.draft import draft_file

        with out.progress("drafting frames") as update:
            info = draft_file(source, output, path, depth=depth, fill=fill, fov_degrees=fov, progress=update)
        data = {
            "output": str(output),
            "camera": path.name,
            "num_frames": info.num_frames,
            "width": info.width,
            "height": info.height,
            "fps": float(info.fps),
            "sound": info.has_audio,
        }
        size = f"{info.num_frames} frames, {info.width}x{info.height}, {float(info.fps):.5g} frames/s"
        out.result(data, f"{output}: {path.name}, {size}")
