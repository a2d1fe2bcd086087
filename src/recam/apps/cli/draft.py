"""``recam draft``: what a path will do to a video, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recam.apps.cli.frame import JsonFlag, Output, quiet_libraries
from recam.apps.cli.lens_options import FocalMmOption, FocalPxOption, FovOption, LensChoice, SensorMmOption
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
from recam.errors import InputError, OutputError

if TYPE_CHECKING:
    from recam.draft import DepthMaps

EXAMPLES = (
    "recam draft my.mp4 --camera arc-left -o preview.mp4\n\n"
    'recam draft my.mp4 --camera "orbit-left(30deg) while zoom-in(1.5x), reverse" -o preview.mp4\n\n'
    "recam draft my.mp4 --camera dolly-in --strength 0.5 --depth 2.5 --fill -o preview.mp4\n\n"
    "recam draft my.mp4 --camera extrinsics.json --camera-name cam05 -o preview.mp4\n\n"
    "recam draft walk.mp4 --camera static --source-path solved.json -o locked.mp4\n\n"
    "recam draft my.mp4 --camera arc-left --depth-map depths.npy --depth-kind metric -o preview.mp4\n\n"
    "recam draft my.mp4 -c arc-left --depth-map depths/ --depth-kind inverse --holes masks.mp4 -o new.mp4"
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
    subject_distance: SubjectDistanceOption = None,
    depth: Annotated[
        float,
        typer.Option(
            "--depth", metavar="METRES",
            help="Distance of the flat wall that the scene is taken for; with a depth map without unit, of "
            "its median.",
        ),
    ] = 4.0,
    depth_map: Annotated[
        str | None,
        typer.Option(
            "--depth-map", metavar="FILE|FOLDER|MODEL", show_default="a flat wall",
            help="Depth of every pixel: .png, .tif, .pfm, .exr, .npy, .npz, a folder or a grey video; "
            "one map a frame, or one for all. Or a depth-estimation model on this machine: its folder, "
            "its hub id, or the word model.",
        ),
    ] = None,
    depth_kind: Annotated[
        Literal["metric", "inverse", "relative"] | None,
        typer.Option(
            "--depth-kind", show_default="a model's own",
            help="What a map's numbers mean: metres; larger is nearer (MiDaS, Depth Anything); larger is "
            "farther, without unit (Marigold).",
        ),
    ] = None,
    depth_scale: Annotated[
        float | None,
        typer.Option(
            "--depth-scale", metavar="METRES", show_default=False,
            help="Metres that 1 stands for in metric maps: 0.001 for millimetres.",
        ),
    ] = None,
    fill: Annotated[
        bool, typer.Option("--fill", help="Fill what the source never saw from around it; else a checker.")
    ] = False,
    holes: Annotated[
        Path | None,
        typer.Option(
            "--holes", metavar="FILE", help="Also write a video that is white where the source shows nothing."
        ),
    ] = None,
    fov: FovOption = None,
    focal_mm: FocalMmOption = None,
    sensor_mm: SensorMmOption = None,
    focal_px: FocalPxOption = None,
    source_path: SourcePathOption = None,
    follow_source: FollowSourceOption = False,
    as_json: JsonFlag = False,
) -> None:  # fmt: skip
    """Preview a camera path on any video: no model, seconds.

    Turns and zooms of the camera are exact. Moves treat the scene as a flat
    wall --depth metres ahead: they show where the path goes, not what is behind
    things. With --depth-map they show that too: parallax, what hides what, and
    holes where the source shows nothing.
    The path is spread over the whole video; frame rate and sound stay.
    Footage from a moving camera needs --source-path, or the path is taken
    relative to wherever that camera is.
    """
    with Output(as_json) as out:
        check_video_output(output, source)
        if holes is not None:
            check_video_output(holes, source)
            if holes.resolve() == output.resolve():
                raise OutputError(output, "cannot hold both the draft and --holes; give two names")
        lens = LensChoice(fov, focal_mm, sensor_mm, focal_px)
        motion = SourceMotion(source_path, follow_source)
        choice = CameraChoice(camera, camera_name, source_camera, strength, subject_distance)
        choice.check()
        from recam.draft import draft_file
        from recam.video import probe

        info = probe(source)
        path = choice.path() if choice.is_file else choice.path(info.num_frames, float(info.fps))
        moving = motion.load(info)
        if moving is not None:
            moving = motion.at(moving, info.num_frames)
            path = path.resample(info.num_frames)
            # Drawn is what the source camera of the same frame would see: following it, the path itself.
            path = (path.follow(moving) if follow_source else path).relative_to_moving(moving)
        maps = _depth(out, depth_map, depth_kind, depth_scale, depth)
        with out.progress("drafting frames") as update:
            draft_file(
                source,
                output,
                path,
                intrinsics=lens.lens(info.width, info.height),
                depth=maps or depth,
                fill=fill,
                holes=holes,
                progress=update,
            )
        data = {
            "output": str(output),
            "holes": str(holes) if holes else None,
            "camera": path.name,
            "depth": maps.name if maps else depth,
            "num_frames": info.num_frames,
            "width": info.width,
            "height": info.height,
            "fps": float(info.fps),
            "sound": info.has_audio,
        }
        size = f"{info.num_frames} frames, {info.width}x{info.height}, {float(info.fps):.5g} frames/s"
        lines = [f"{output}: {path.name}, {size}"]
        lines += [f"{holes}: white where the source shows nothing"] if holes else []
        out.result(data, *lines)


def _depth(
    out: Output,
    chosen: str | None,
    kind: Literal["metric", "inverse", "relative"] | None,
    scale: float | None,
    median: float,
) -> DepthMaps | None:
    """The depth maps of ``--depth-map``: files that are there, else a model."""
    if chosen is None:
        for option, value in (("--depth-kind", kind), ("--depth-scale", scale)):
            if value is not None:
                raise InputError(f"{option} describes the numbers of a --depth-map; give one")
        return None
    if _is_model(chosen):
        if scale is not None:
            raise InputError("--depth-scale is for files; a metric model estimates metres")
        out.stage("loading the depth-estimation model")
        quiet_libraries()
        from recam.pipeline.depth import DEFAULT_DEPTH_MODEL, estimated_depth

        return estimated_depth(DEFAULT_DEPTH_MODEL if chosen == "model" else chosen, median, kind)
    if kind is None:
        raise InputError(
            f"say what the numbers of {chosen} mean: --depth-kind metric (metres), inverse (larger is "
            "nearer: MiDaS, Depth Anything) or relative (larger is farther, without unit: Marigold)"
        )
    from recam.draft import open_depth

    return open_depth(chosen, kind, scale, median)


def _is_model(chosen: str) -> bool:
    """A folder with a model's configuration, or a name like ``owner/model`` where no folder is ``owner``."""
    path = Path(chosen)
    if path.exists():
        return (path / "config.json").is_file()
    return chosen == "model" or (chosen.count("/") == 1 and not path.parent.exists())
