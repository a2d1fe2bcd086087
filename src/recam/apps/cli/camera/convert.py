"""``recam camera convert``: camera files from any format into any other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.lens_options import FocalMmOption, FovOption, LensChoice, SensorMmOption
from recam.apps.cli.options import (
    CameraArgument,
    CameraChoice,
    CameraNameOption,
    FramesOption,
    SourceCameraOption,
    StrengthOption,
    SubjectDistanceOption,
    check_output_folder,
)
from recam.apps.cli.reading_options import (
    FORMAT_NAMES,
    AxesOption,
    FromOption,
    OrthonormaliseOption,
    Reading,
    ScaleOption,
    WorldToCameraOption,
)
from recam.errors import InputError, OutputError
from recam.files import check_keeps, check_output_path

if TYPE_CHECKING:
    from recam.camera import CameraPath, CameraSet, Intrinsics

EXAMPLES = (
    "recam camera convert arc-left arc.json --num-frames 49\n\n"
    "recam camera convert transforms.json cameras.npz\n\n"
    "recam camera convert sparse/0 poses.txt --to realestate10k\n\n"
    "recam camera convert camera_extrinsics.json model --to colmap-text\n\n"
    "recam camera convert traj.txt path.json --from tum --axes ros --scale 0.001\n\n"
    "recam camera convert camera_extrinsics.json --camera-name cam05 --source-camera cam10 -o path.json"
)

TargetArgument = Annotated[
    Path | None,
    typer.Argument(metavar="TARGET", help="The file (or folder) to write; or say -o.", show_default=False),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="The file (or folder) to write.", show_default=False),
]
ToOption = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="FORMAT", show_default="by the target's name, where it says",
        help=f"Kind of file to write: {FORMAT_NAMES}.",
    ),
]  # fmt: skip
ToAxesOption = Annotated[
    str | None,
    typer.Option(
        "--to-axes",
        metavar="NAME",
        help="Axes to write, for formats without axes of their own (tum, kitti, npz).",
    ),
]
FpsOption = Annotated[
    float | None,
    typer.Option(
        "--fps",
        help="Frames a second, for files with times and for moves said in seconds.",
        show_default="the file's own, or 15",
    ),
]
SizeOption = Annotated[
    str, typer.Option("--size", metavar="WxH", help="Pictures that a lens given here is for.")
]


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("convert", epilog=EXAMPLES)(convert)


def convert(
    camera: CameraArgument,
    target: TargetArgument = None,
    output: OutputOption = None,
    to: ToOption = None,
    from_format: FromOption = None,
    axes: AxesOption = None,
    scale: ScaleOption = 1.0,
    world_to_camera: WorldToCameraOption = False,
    orthonormalise: OrthonormaliseOption = False,
    to_axes: ToAxesOption = None,
    camera_name: CameraNameOption = None,
    source_camera: SourceCameraOption = None,
    strength: StrengthOption = 1.0,
    subject_distance: SubjectDistanceOption = None,
    num_frames: FramesOption = None,
    fps: FpsOption = None,
    fov: FovOption = None,
    focal_mm: FocalMmOption = None,
    sensor_mm: SensorMmOption = None,
    size: SizeOption = "1280x720",
    as_json: JsonFlag = False,
) -> None:
    """Convert camera files: 16 formats, found by content, axes and units stated.

    All cameras of a file are kept where the target can hold them, in the
    file's own world. recam's own file holds one path relative to the source
    video's first camera, and so needs --camera-name where there are several.

    What had to be assumed and what the target cannot hold is said in notes.
    """
    with Output(as_json) as out:
        from recam.camera.formats import DEFAULT_FPS, find_format, format_for, write_cameras

        file = _one_target(target, output)
        if to is None and file.is_dir():
            raise OutputError(file, "is a folder; give the name of a file, or say --to colmap (or vipe)")
        check_keeps(file, camera)
        known = format_for(file) if to is None else find_format(to)
        check_output_folder(file) if known.is_folder else check_output_path(file)
        lens = _lens(LensChoice(fov, focal_mm, sensor_mm), size)
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        reading = Reading(from_format, axes, scale, world_to_camera, orthonormalise)
        data, line, cameras = _read(choice, reading, known.name, num_frames, fps)
        if fps is not None:
            cameras = _without_times(cameras)
        written = write_cameras(file, cameras, known.name, axes=to_axes, fps=fps or DEFAULT_FPS, lens=lens)
        notes = list(dict.fromkeys((*cameras.notes, *written)))
        counts = {name: len(poses) for name, poses in cameras.cameras.items()}
        data |= {
            "output": str(file),
            "format": known.name,
            "name": next(iter(counts)),
            "num_frames": next(iter(counts.values())),
            "cameras": counts,
            "notes": notes,
        }
        axes_and_units = _axes_and_units(known.name, to_axes, "metres")
        out.result(
            data,
            *([line] if line else []),
            *(f"note: {note}" for note in notes),
            f"wrote {file}: {known.description}, {axes_and_units}, {_counted(counts)}",
        )


def _one_target(target: Path | None, output: Path | None) -> Path:
    if (target is None) == (output is None):
        raise InputError(
            "say one file to write: recam camera convert CAMERA TARGET"
            + ("" if target is None else " (both TARGET and --output were given)")
        )
    file = target or output
    assert file is not None
    return file


def _read(
    choice: CameraChoice, reading: Reading, target: str, num_frames: int | None, fps: float | None
) -> tuple[dict[str, Any], str | None, CameraSet]:
    """What was read, as data and as a line, and the cameras to write."""
    if not choice.is_file:
        reading.refuse(choice.camera)
        return {"read": None}, None, _from_path(choice.path(num_frames, fps), choice, target)
    choice.refuse_strength()
    cameras = reading.cameras(choice.camera)
    counts = {name: len(poses) for name, poses in cameras.cameras.items()}
    lenses = {name: round(lenses[0].fov_degrees[0], 3) for name, lenses in cameras.lenses.items()}
    stated = _axes_and_units(cameras.format, reading.axes)
    data = {"path": choice.camera, "format": cameras.format, "axes": stated}
    data |= {"cameras": counts, "fov_degrees": lenses}
    seen = f"{_counted(counts)}, {_lens_words(lenses, counts)}"
    line = f"read {choice.camera}: {cameras.format}, {stated}, {seen}"
    return {"read": data}, line, _chosen(cameras, choice, target, num_frames)


def _chosen(cameras: CameraSet, choice: CameraChoice, target: str, num_frames: int | None) -> CameraSet:
    """The cameras to write: all, or those named; in the file's world, or the source camera's."""
    from dataclasses import replace

    from recam.camera import CameraPath

    name, source = choice.camera_name, choice.source_camera
    if cameras.relative_to_source or target == "recam":
        try:
            # A MultiCamVideo file names its cameras: there the name is that of what is written.
            names_target = cameras.relative_to_source and target == "multicamvideo"
            path = CameraPath.from_cameras(
                cameras, None if names_target else name, None if names_target else source, choice.camera
            )
        except InputError as error:
            raise InputError(f"{error} (--camera-name, --source-camera)") from error
        path = path if num_frames in (None, path.num_frames) else path.resample(num_frames)
        return replace(_from_path(path, choice, target), notes=cameras.notes)
    for given in (name, source):
        if given is not None and given not in cameras.cameras:
            raise InputError(
                f"{choice.camera} holds no camera {given!r}; it has {', '.join(cameras.cameras)} "
                "(--camera-name, --source-camera)"
            )
    if name is not None:
        cameras = cameras.chosen(*dict.fromkeys(each for each in (name, source) if each is not None))
    if source is not None:
        anchor = cameras.cameras[source][0]
        moved = {each: poses.relative_to(anchor) for each, poses in cameras.cameras.items()}
        cameras = replace(cameras, cameras=moved)
    return cameras if num_frames is None else cameras.resampled(num_frames)


def _from_path(path: CameraPath, choice: CameraChoice, target: str) -> CameraSet:
    if target != "multicamvideo":
        return path.to_cameras()
    source = choice.source_camera or (None if not path.to_cameras().notes else "cam00")
    return path.to_cameras(choice.camera_name or "cam01", source)


def _without_times(cameras: CameraSet) -> CameraSet:
    from dataclasses import replace

    return replace(cameras, times={})


def _lens(choice: LensChoice, size: str) -> Intrinsics | None:
    sides = size.lower().split("x")
    if len(sides) != 2 or not all(side.isdecimal() and 0 < int(side) < 100_000 for side in sides):
        raise InputError(f"--size must be width x height in pixels, as 1280x720, not {size!r}")
    return choice.lens(int(sides[0]), int(sides[1]))


def _axes_and_units(format: str, axes: str | None, units: str = "unit not stated") -> str:
    """In words; ``units`` are those of a format without units of its own."""
    from recam.camera.conventions import AXES
    from recam.camera.formats import find_format

    known = find_format(format)
    return f"{AXES[axes or known.axes]}, {units if known.units == 'as they are' else known.units}"


def _counted(counts: dict[str, int]) -> str:
    frames = " and ".join(str(count) for count in sorted(set(counts.values())))
    if len(counts) == 1:
        return f"camera {next(iter(counts))}, {frames} frames"
    shown = ", ".join(list(counts)[:12]) + (", ..." if len(counts) > 12 else "")
    return f"{len(counts)} cameras ({shown}) of {frames} frames"


def _lens_words(lenses: dict[str, float], counts: dict[str, int]) -> str:
    if not lenses:
        return "no lens"
    wide = " and ".join(f"{angle:.1f}" for angle in sorted(set(lenses.values()))[:4])
    return f"lens {wide} degrees wide" + ("" if len(lenses) == len(counts) else " (not of all cameras)")
