"""``recam render``: re-shoot a video along a path with a model."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recam.apps.cli.camera.check import warn_of
from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.lens_options import LensAsDollyOption, path_for_model
from recam.apps.cli.model_options import (
    ClipFramesOption,
    DeviceOption,
    DtypeOption,
    Fit,
    FitOption,
    GuidanceOption,
    HeightOption,
    ModelOption,
    ModelRun,
    NegativePromptOption,
    PromptOption,
    SeedOption,
    StepsOption,
    WidthOption,
    in_options,
    load_stretch,
)
from recam.apps.cli.options import (
    CameraChoice,
    CameraNameOption,
    CameraOption,
    OutputOption,
    SourceArgument,
    SourceCameraOption,
    StrengthOption,
    SubjectDistanceOption,
    check_video_output,
)
from recam.apps.cli.source_options import FollowSourceOption, SourceMotion, SourcePathOption
from recam.errors import InputError, OutputError, VideoFileError
from recam.files import check_output_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recam.camera import CameraPath
    from recam.pipeline import RecamPipeline, RecamResult
    from recam.video import Video, VideoInfo

EXAMPLES = (
    'recam render my.mp4 --camera arc-left --prompt "a red ball rolls past a green box" -o new.mp4\n\n'
    "recam render my.mp4 --camera 9 --side-by-side both.mp4 --contact-sheet sheet.png -o new.mp4\n\n"
    "recam render walk.mp4 --camera arc-left --source-path solved.json --follow-source -o new.mp4\n\n"
    "recam render my.mp4 --camera extrinsics.json --camera-name cam05 --source-camera cam10 -o new.mp4\n\n"
    "recam render my.mp4 --camera zoom-in --lens-as-dolly --subject-distance 3 -o new.mp4\n\n"
    'recam render my.mp4 --camera dolly-in --model wan2.1-1.3b --prompt "..." --fit trim -o new.mp4'
)


def register(app: typer.Typer) -> None:
    """Add ``recam render`` to ``app``."""
    app.command("render", epilog=EXAMPLES)(render)


def render(
    source: SourceArgument,
    camera: CameraOption,
    output: OutputOption,
    prompt: PromptOption = "",
    negative_prompt: NegativePromptOption = None,
    model: ModelOption = "tiny",
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    subject_distance: SubjectDistanceOption = None,
    lens_as_dolly: LensAsDollyOption = False,
    seed: SeedOption = None,
    steps: StepsOption = None,
    guidance: GuidanceOption = None,
    num_frames: ClipFramesOption = None,
    height: HeightOption = None,
    width: WidthOption = None,
    fit: FitOption = None,
    side_by_side: Annotated[
        Path | None,
        typer.Option("--side-by-side", metavar="FILE", help="Also write source and result in one video."),
    ] = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option("--contact-sheet", metavar="FILE", help="Also write both as one PNG picture."),
    ] = None,
    device: DeviceOption = None,
    dtype: DtypeOption = "auto",
    source_path: SourcePathOption = None,
    follow_source: FollowSourceOption = False,
    as_json: JsonFlag = False,
) -> None:
    """Re-shoot a video along a camera path.

    The bundled model, tiny, is a demonstration that knows synthetic scenes
    only: real footage looks poor through it. `recam draft` shows in seconds
    what a path will do.
    """
    with Output(as_json) as out:
        _check_outputs(source, output, side_by_side, contact_sheet)
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        choice.check()
        motion = SourceMotion(source_path, follow_source)
        if source_path is not None and not follow_source:
            raise InputError(
                "--source-path: a model needs no source path for a camera path that is relative to the "
                "source's first view; leave it out, or add --follow-source"
            )
        run = ModelRun(
            model, prompt, negative_prompt, seed, steps, guidance, num_frames, height, width, fit,
            device, dtype,
        )  # fmt: skip
        from recam.video import probe

        info = probe(source)
        if info.num_frames < 2:
            raise VideoFileError(source, "holds a single frame; there is no motion to re-shoot")
        moving = motion.load(info)
        out.stage(f"loading {model}")
        pipe = run.load()
        with in_options():
            video, path, frames = _clip(source, info, choice, pipe, num_frames, fit)
            path, told = path_for_model(path, lens_as_dolly, choice.distance)
            if moving is not None:
                path = _following(path, motion, moving, pipe.frame_indices(video, frames, fit), pipe)
            warn_of(path, camera, choice.distance)
            with out.progress("rendering steps") as update:
                result = run.shoot(pipe, video, path, frames, update)
        result = replace(result, notes=told + result.notes)
        result.video.save(output)
        _save_comparisons(result, path.name, side_by_side, contact_sheet)
        _report(out, result, path.name, model, output, side_by_side, contact_sheet)


def _check_outputs(source: Path, output: Path, side_by_side: Path | None, contact_sheet: Path | None) -> None:
    check_video_output(output, source)
    if side_by_side is not None:
        check_video_output(side_by_side, source)
    if contact_sheet is not None:
        if contact_sheet.suffix.lower() != ".png":
            raise OutputError(contact_sheet, "is not a name for a picture; end it in .png")
        check_output_path(contact_sheet)
    if side_by_side is not None and side_by_side.resolve() == output.resolve():
        raise OutputError(output, "cannot hold both the result and --side-by-side; give two names")


def _clip(
    source: Path,
    info: VideoInfo,
    choice: CameraChoice,
    pipe: RecamPipeline,
    asked: int | None,
    fit: Fit | None,
) -> tuple[Video, CameraPath, int | None]:
    """The video, the path and the frame count to render: what was asked for, else the model's own length.

    A preset or expression spans the clip; a camera file goes frame by frame with the video, so it must be
    long enough.
    """
    settings = pipe.settings
    path = choice.path() if choice.is_file else None
    wanted = asked or min(settings.num_frames, path.num_frames if path else settings.num_frames)
    video = load_stretch(source, info, pipe, wanted)
    if path is None:
        fps = settings.fps if settings.fixed_size else float(video.fps)
        path = choice.path(pipe.count_frames(video, wanted, fit), fps)
        wanted = path.num_frames
    elif path.num_frames < wanted and (asked or fit != "pad"):
        raise choice.too_short(path.num_frames, wanted)
    return video, path, asked if settings.fixed_size else wanted


def _following(
    path: CameraPath, motion: SourceMotion, moving: CameraPath, frames: NDArray[np.int64], pipe: RecamPipeline
) -> CameraPath:
    """A path said relative to the moving source camera as one relative to its first view, with a pose for
    each of the video's ``frames``, chosen as the pipeline chooses them."""
    import numpy as np

    if pipe.settings.fixed_size:
        path = path.resample(len(frames))
    else:
        path = path.take(np.minimum(np.arange(len(frames)), path.num_frames - 1))
    return path.follow(motion.at(moving, int(frames.max()) + 1).take(frames))


def _save_comparisons(result: RecamResult, name: str, beside: Path | None, sheet: Path | None) -> None:
    from recam.video import contact_sheet, side_by_side

    pair, labels = [result.source, result.video], ["source", name]
    if beside is not None:
        side_by_side(pair, labels=labels, min_height=240).save(beside)
    if sheet is not None:
        contact_sheet(pair, sheet, labels=labels)


def _report(
    out: Output,
    result: RecamResult,
    name: str,
    model: str,
    output: Path,
    side_by_side: Path | None,
    contact_sheet: Path | None,
) -> None:
    if not out.as_json:
        for note in result.notes:
            print(f"note: {note}", file=sys.stderr)
    video = result.video
    data = {
        "output": str(output),
        "side_by_side": str(side_by_side) if side_by_side else None,
        "contact_sheet": str(contact_sheet) if contact_sheet else None,
        "model": model,
        "camera": name,
        "seed": result.seed,
        "num_frames": video.num_frames,
        "width": video.width,
        "height": video.height,
        "fps": float(video.fps),
        "notes": list(result.notes),
        "seconds": {stage: round(value, 3) for stage, value in result.seconds.items()},
    }
    size = f"{video.num_frames} frames, {video.width}x{video.height}, {float(video.fps):.5g} frames/s"
    lines = [f"{output}: {name}, {size}, seed {result.seed}"]
    lines += [f"{file}: source and result" for file in (side_by_side, contact_sheet) if file]
    out.result(data, *lines)
