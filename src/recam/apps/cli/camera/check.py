"""``recam camera check``: what is wrong with a path, before money is spent on it."""

from __future__ import annotations

import shlex
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recam.apps.cli.frame import USER_INPUT, JsonFlag, Output
from recam.apps.cli.options import (
    CameraArgument,
    CameraChoice,
    CameraNameOption,
    FramesOption,
    SourceCameraOption,
    StrengthOption,
    SubjectDistanceOption,
)
from recam.apps.cli.reading_options import (
    AxesOption,
    FromOption,
    OrthonormaliseOption,
    Reading,
    ScaleOption,
    WorldToCameraOption,
)
from recam.errors import InputError
from recam.files import check_keeps, check_output_path

if TYPE_CHECKING:
    from recam.camera import CameraPath
    from recam.camera.check_report import Report

EXAMPLES = (
    "recam camera check arc-left\n\nrecam camera check shot.yaml --model-frames 81 --plot speed.png\n\n"
    "recam camera check path.json --fit -o fixed.json\n\n"
    "recam camera check traj.txt --orthonormalise --scale 0.01 -o fixed.json --json"
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("check", epilog=EXAMPLES)(check)


def check(
    camera: CameraArgument,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    subject_distance: SubjectDistanceOption = None,
    num_frames: FramesOption = None,
    model_frames: Annotated[
        int | None,
        typer.Option(
            "--model-frames",
            min=1,
            metavar="N",
            show_default="any 4n + 1",
            help="Frames that the model takes: 81 for the published release.",
        ),
    ] = None,
    fps: Annotated[
        float, typer.Option("--fps", help="Frames a second of the video, for figures in seconds.")
    ] = 15.0,
    fit: Annotated[
        bool,
        typer.Option("--fit", help="Resample to --model-frames, or to the nearest 4n + 1, and check that."),
    ] = False,
    orthonormalise: OrthonormaliseOption = False,
    scale: ScaleOption = 1.0,
    axes: AxesOption = None,
    from_format: FromOption = None,
    world_to_camera: WorldToCameraOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the path, as fixed, as recam's JSON."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw speed and turn rate over time (.png)."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """What is wrong with a path, or beyond what models were trained on.

    Errors (jumps, flips, wrong frame counts and units) end with exit code 2,
    warnings and notes with 0; --strict makes warnings fail too.
    """
    with Output(as_json) as out:
        from recam.camera.check import check_path, fit_count

        _check_outputs(camera, output, plot)
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        reading = Reading(from_format, axes, scale, world_to_camera, orthonormalise)
        path, notes = _read(choice, reading, num_frames, fps)
        count = fit_count(path.num_frames, model_frames)
        if fit and count != path.num_frames:
            notes.append(f"resampled from {path.num_frames} frames to {count}")
            path = path.resample(count) if choice.is_file else choice.path(count, fps)
        report = check_path(path, fps, model_frames, choice.distance)
        if output is not None:
            path.save(output)
        if plot is not None:
            from recam.camera.check_plot import plot_check

            plot_check(path, report, plot)
        written = {name: str(file) for name, file in (("output", output), ("plot", plot)) if file is not None}
        data: dict[str, Any] = {**report.to_dict(), "notes": notes, **written}
        out.result(data, *_lines(report, notes), *(f"wrote {file}" for file in written.values()))
    if report.at("error") or (strict and not report.is_clean):
        raise typer.Exit(USER_INPUT)


def _check_outputs(camera: str, output: Path | None, plot: Path | None) -> None:
    """Fail before anything is written where something could not be, or what is read would be lost."""
    if plot is not None and plot.suffix.lower() != ".png":
        raise InputError(f"--plot {plot}: the picture is a .png file")
    for file in (output, plot):
        if file is None:
            continue
        check_keeps(file, camera)
        check_output_path(file)
    if output is not None and plot is not None and output.absolute() == plot.absolute():
        raise InputError(f"--plot {plot} is the camera file as well; give another name")


def warn_of(path: CameraPath, camera: str, subject_distance: float) -> None:
    """One note where ``path`` is unlikely to render well, before the money is spent.

    The lens and the frame count are left to the pipeline, which says what it does about them.
    """
    from recam.camera.check import check_path

    report = check_path(path, subject_distance=subject_distance)
    findings = tuple(finding for finding in report.findings if finding.code not in ("lens", "frame-count"))
    summary = replace(report, findings=findings).summary
    if summary is not None:
        warnings.warn(f"{summary}; see: recam camera check {shlex.quote(camera)}", stacklevel=2)


def _read(
    choice: CameraChoice, reading: Reading, num_frames: int | None, fps: float
) -> tuple[CameraPath, list[str]]:
    """The path and what there is to say about reading it."""
    from recam.camera import CameraPath

    if not choice.is_file:
        reading.refuse(choice.camera)
        return choice.path(num_frames, fps), []
    choice.refuse_strength()
    cameras = reading.cameras(choice.camera)
    try:
        path = CameraPath.from_cameras(cameras, choice.camera_name, choice.source_camera, choice.camera)
    except InputError as error:
        raise InputError(f"{error} (--camera-name, --source-camera)") from error
    return path if num_frames in (None, path.num_frames) else path.resample(num_frames), list(cameras.notes)


def _lines(report: Report, notes: list[str]) -> list[str]:
    figures = report.measured
    return [
        f"{report.name}: {report.num_frames} frames, {figures['seconds']:.3g} s at {report.fps:g} frames/s; "
        f"{figures['way_m']:.3g} m of way, up to {figures['reach_m']:.3g} m from its start, "
        f"turns by up to {figures['max_turn_degrees']:.3g} degrees",
        f"fastest: {figures['max_speed_m_per_s']:.3g} m/s, "
        f"{figures['max_turn_rate_degrees_per_s']:.3g} degrees/s",
        *(f"read: {note}" for note in notes),
        *(str(finding) for finding in report.findings),
        report.verdict,
    ]
