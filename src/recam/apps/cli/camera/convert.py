"""``recam camera convert``: a path written as a camera file."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.options import (
    CameraArgument,
    CameraChoice,
    CameraNameOption,
    FramesOption,
    OutputOption,
    SourceCameraOption,
    StrengthOption,
)
from recam.files import check_output_path

if TYPE_CHECKING:
    from recam.camera import CameraPath


class CameraFormatName(StrEnum):
    """Camera files that recam writes."""

    recam = "recam"
    multicamvideo = "multicamvideo"


EXAMPLES = (
    "recam camera convert extrinsics.json --camera-name cam05 --source-camera cam10 -o path.json\n\n"
    "recam camera convert path.json --to multicamvideo -o extrinsics.json\n\n"
    "recam camera convert arc-left --num-frames 49 -o arc49.json"
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("convert", epilog=EXAMPLES)(convert)


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
