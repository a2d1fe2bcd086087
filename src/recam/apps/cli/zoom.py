"""``recam zoom``: look closer at a part of the picture (the paper's local super-resolution)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Literal

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.lens_options import FocalMmOption, FocalPxOption, FovOption, LensChoice, SensorMmOption
from recam.apps.cli.model_options import (
    ClipFramesOption,
    DeviceOption,
    FitOption,
    GuidanceOption,
    ModelOption,
    PromptOption,
    SeedOption,
    StepsOption,
)
from recam.apps.cli.options import OutputOption, SourceArgument
from recam.apps.cli.reshoot import (
    FillOption,
    SavePathOption,
    SubjectDistanceOption,
    Take,
    model_or_draft,
    moved,
    progress_over,
)
from recam.apps.cli.source_options import SourceMotion, SourcePathOption
from recam.errors import InputError

EXAMPLES = (
    "recam zoom my.mp4 --box 320,80,160,96 --draft -o closer.mp4\n\n"
    'recam zoom my.mp4 --box 50%,20%,25%,25% --prompt "a face" -o closer.mp4\n\n'
    "recam zoom my.mp4 --box 0.5,0.2,0.25,0.25 --at-start --model wan2.1-1.3b -o closer.mp4"
)


def register(app: typer.Typer) -> None:
    """Add ``recam zoom`` to ``app``."""
    app.command("zoom", epilog=EXAMPLES)(zoom)


def zoom(
    source: SourceArgument,
    box: Annotated[
        str,
        typer.Option(
            "--box", metavar="X,Y,W,H", show_default=False,
            help="The part to look at: left, top, width and height in pixels, or as shares of the picture "
            "(all at most 1, or each with %).",
        ),
    ],
    output: OutputOption,
    draft: Annotated[bool, typer.Option("--draft", help="By geometry alone, no model, in seconds.")] = False,
    by: Annotated[
        Literal["lens", "dolly"] | None,
        typer.Option(
            "--by", show_default="lens for drafts, dolly for models, which take no lens",
            help="Come nearer with a longer lens, or by driving towards a subject at --subject-distance.",
        ),
    ] = None,
    at_start: Annotated[
        bool, typer.Option("--at-start", help="Show the box from the first frame on; else get there slowly.")
    ] = False,
    easing: Annotated[
        str, typer.Option("--easing", metavar="NAME", help="How the way runs over time (recam camera list).")
    ] = "ease-in-out",
    subject_distance: SubjectDistanceOption = 4.0,
    prompt: PromptOption = "",
    model: ModelOption = "tiny",
    seed: SeedOption = None,
    steps: StepsOption = None,
    guidance: GuidanceOption = None,
    num_frames: ClipFramesOption = None,
    fit: FitOption = None,
    device: DeviceOption = None,
    source_path: SourcePathOption = None,
    save_path: SavePathOption = None,
    fill: FillOption = False,
    fov: FovOption = None,
    focal_mm: FocalMmOption = None,
    sensor_mm: SensorMmOption = None,
    focal_px: FocalPxOption = None,
    as_json: JsonFlag = False,
) -> None:  # fmt: skip
    """Look closer at a part of the picture: turn to its middle, come near until it fills the frame.

    The model then paints the detail that the source is too small to show.
    Models take no lens, so they drive there: right for what is
    --subject-distance away. For a camera that moves, the box keeps its place in
    the picture; tell with --source-path how it moved.
    """
    with Output(as_json) as out:
        run = model_or_draft(
            draft, model=model, prompt=prompt, seed=seed, steps=steps, guidance=guidance,
            num_frames=num_frames, fit=fit, device=device,
        )  # fmt: skip
        if run is not None and by == "lens":
            raise InputError("--by lens: no model takes a lens; leave it out (it drives), or use --draft")
        take = Take(source, output, save_path, run, fill)
        motion = SourceMotion(source_path)
        take.check(motion)
        lens = LensChoice(fov, focal_mm, sensor_mm, focal_px)
        corners, shares = read_box(box)
        progress_over(2, at_start, easing)  # fails before work where it would later
        from recam.camera.reframe import Box, zoom_to_box
        from recam.video import probe

        info = probe(source)
        size = (info.width, info.height) * 2 if shares else (1, 1, 1, 1)
        part = Box(*(value * side for value, side in zip(corners, size, strict=True)))
        part.check(info.width, info.height)
        footage = take.open(out, lens, motion, info)
        drives = by == "dolly" or (by is None and run is not None)
        steps_of_way = progress_over(len(footage.frames), at_start, easing)
        left, top, width, height = footage.window
        seen = replace(part, left=part.left - left, top=part.top - top)
        if seen.overhang(width, height) > 0:
            raise InputError(
                f"--box: the model {model} takes pictures of another shape and sees only the middle "
                f"{width}x{height} of this video's; the box of {part} leaves that"
            )
        path = zoom_to_box(steps_of_way, seen, footage.view, subject_distance if drives else None)
        path = replace(path, intrinsics=footage.lens)
        largest = float(zoom_to_box([1.0], seen, footage.view).zooms[0])
        how = moved(path)
        data = {
            "box": [part.left, part.top, part.width, part.height],
            "magnification": round(largest, 4),
            "by": "dolly" if drives else "lens",
            "subject_distance_m": subject_distance if drives else None,
            "fov_degrees": round(footage.lens.fov_degrees[0], 3),
            "moved": how,
        }
        way = (
            f"drives {how['distance_m']:.2f} m, for a subject {subject_distance:g} m away"
            if drives
            else "the lens gets longer; the camera stays where it is"
        )
        line = (
            f"{part}: {largest:.2f} times as large, turned {how['turn_degrees']:.2f} degrees, {way}"
            f"{footage.assumption}"
        )
        take.shoot(out, footage, path, subject_distance, data, line)


def read_box(text: str) -> tuple[tuple[float, float, float, float], bool]:
    """Left, top, width, height, and whether they are shares of the picture.

    Raises:
        InputError: not four numbers, or some with and some without %.
    """
    words = [word.strip() for word in text.split(",")]
    numbers = [re.fullmatch(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*(%?)", word) for word in words]
    if len(words) != 4 or not all(numbers):
        raise InputError(f"--box {text!r} must be four numbers: left,top,width,height, as in 320,80,160,96")
    found = [number for number in numbers if number]
    percent = {number[2] for number in found}
    if len(percent) > 1:
        raise InputError(f"--box {text!r} mixes pixels and %; use one or the other")
    left, top, width, height = (float(number[1]) for number in found)
    if "%" in percent:
        return (left / 100, top / 100, width / 100, height / 100), True
    return (left, top, width, height), max(left, top, width, height) <= 1
