"""``recam camera solve``: the camera of a video, found from its pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.lens_options import FocalMmOption, FocalPxOption, LensChoice, SensorMmOption
from recam.apps.cli.options import OutputOption
from recam.errors import InputError, OutputError
from recam.files import check_output_path

if TYPE_CHECKING:
    from recam.camera import CameraPath, Intrinsics
    from recam.camera.solve import Solution
    from recam.video import VideoInfo

EXAMPLES = (
    "recam camera solve in.mp4 -o path.json\n\n"
    "recam camera solve in.mp4 --fov 65 --subject-distance 2.5 -o path.json\n\n"
    "recam camera solve long.mp4 --start 12.5 --max-frames 81 -o path.json --plot path.png\n\n"
    "[dim]Clone the move of a reference video:[/dim]\n\n"
    "recam camera solve reference.mp4 -o move.json\n\n"
    "recam draft my.mp4 --camera move.json -o preview.mp4"
)
_DOES = {
    "static": "the camera stands still",
    "rotation": "the camera turns and does not travel",
    "full": "the camera travels",
}


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("solve", epilog=EXAMPLES)(solve)


def solve(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="VIDEO", help="One shot without cuts: any file that FFmpeg reads.", show_default=False
        ),
    ],
    output: OutputOption,
    fov: Annotated[
        float | None,
        typer.Option(
            "--fov", metavar="DEGREES", show_default="what a phone wrote into the file, else found",
            help="Lens of the video: its horizontal angle of view.",
        ),
    ] = None,
    focal_mm: FocalMmOption = None,
    sensor_mm: SensorMmOption = None,
    focal_px: FocalPxOption = None,
    refine_lens: Annotated[
        bool,
        typer.Option("--refine-lens", help="Take the lens that you give for a start and improve it."),
    ] = False,
    subject_distance: Annotated[
        float,
        typer.Option(
            "--subject-distance", metavar="METRES",
            help="Scale of a camera that travels: how far away what the first frame shows is (its median). "
            "A video alone cannot tell.",
        ),
    ] = 4.0,
    start: Annotated[float, typer.Option("--start", metavar="SECONDS", help="Begin here.")] = 0.0,
    max_frames: Annotated[
        int | None,
        typer.Option("--max-frames", min=2, help="Solve this many frames.", show_default="to the end"),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the path.", show_default="the video's")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Also draw the path: .png or .html.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the random samples; the same seed solves alike.")] =
        0,
    as_json: JsonFlag = False,
) -> None:  # fmt: skip
    """Find how the camera of a video moved, from its pictures.

    Says what kind of camera it is: standing still, turning only, or travelling.
    People and things that move on their own are told from the background and
    left out. The lens comes from the options, else from what a phone wrote into
    the file, else from the pictures. Takes about half a second of processor
    time a frame for turns, one to three for travel. Needs the extra sfm.
    """
    with Output(as_json) as out:
        _check_outputs(output, plot, source)
        choice = LensChoice(fov, focal_mm, sensor_mm, focal_px)
        from recam.video import probe
        from recam.video.io import frame_range, read_frames

        info = probe(source)
        _, count = frame_range(info, start, max_frames)
        lens, origin = lens_before_solving(choice, info)
        from recam.camera.solve import solve_frames

        with stages_of_solving(out, count) as progress:
            solution = solve_frames(
                read_frames(info, start=start, max_frames=max_frames),
                lens,
                refine_lens=refine_lens or origin != "given",
                subject_distance=subject_distance,
                progress=progress,
                seed=seed,
            )
        path = solution.path(name or source.stem or "solved")
        path.save(output)
        if plot is not None:
            from recam.camera.plot import plot_path, plot_path_html

            (plot_path if plot.suffix.lower() == ".png" else plot_path_html)(path, plot)
        out.result(_data(solution, path, output, plot, origin), *_lines(solution, path, output, plot, origin))


def _check_outputs(output: Path, plot: Path | None, source: Path) -> None:
    check_output_path(output)
    if output.exists() and source.exists() and output.samefile(source):
        raise OutputError(output, "is the video, which would be lost; give another name")
    if plot is None:
        return
    if plot.suffix.lower() not in (".png", ".html"):
        raise InputError(f"--plot {plot}: a plot is a .png or a .html file")
    if plot.absolute() == output.absolute():
        raise InputError(f"--plot {plot} is the camera file as well; give another name")
    check_output_path(plot)


def lens_before_solving(choice: LensChoice, info: VideoInfo) -> tuple[Intrinsics | None, str]:
    """The lens that is known before solving, and where from: "given", "file" or "unknown"."""
    given = choice.lens(info.width, info.height)
    if given is not None:
        return given, "given"
    from recam.camera import Intrinsics
    from recam.video.lens_tags import stated_focal_35mm

    stated = stated_focal_35mm(info.path)
    if stated is None:
        return None, "unknown"
    return Intrinsics.from_focal_35mm(stated, info.width, info.height), "file"


@contextlib.contextmanager
def stages_of_solving(out: Output, frames: int) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage of the work, one after another."""
    with contextlib.ExitStack() as stack:
        shown: dict[str, Callable[[int, int | None], None]] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in shown:
                stack.close()
                shown[stage] = stack.enter_context(out.progress(stage, total))
            shown[stage](done, max(total, frames) if stage == "looking for features" else total)

        yield progress


def _data(
    solution: Solution, path: CameraPath, output: Path, plot: Path | None, origin: str
) -> dict[str, Any]:
    lens = solution.intrinsics
    return {
        "output": str(output),
        "plot": str(plot) if plot else None,
        "name": path.name,
        "kind": solution.kind,
        "method": solution.method,
        "num_frames": path.num_frames,
        "registered": solution.registered,
        "translation_length_m": path.translation_length(),
        "max_rotation_degrees": path.max_rotation_degrees(),
        "subject_distance_m": solution.subject_distance if solution.kind == "full" else None,
        "fov_degrees": lens.fov_degrees[0],
        "focal_px": lens.fx,
        "lens_from": origin,
        "lens_refined": solution.lens_refined,
        "residual_px": solution.residual,
        "inlier_share": solution.inlier_share,
        "moving_share": solution.moving_share,
        "rotation_share": solution.rotation_share,
    }


def _lines(solution: Solution, path: CameraPath, output: Path, plot: Path | None, origin: str) -> list[str]:
    lens = solution.intrinsics
    known = {"given": "as given", "file": "as the file states", "unknown": "a guess"}[origin]
    if solution.lens_refined:
        known = "found from the pictures" if origin == "unknown" else f"{known}, then refined"
    lines = [
        f"{output}: {_DOES[solution.kind]} ({solution.kind}); {path.num_frames} frames, "
        f"all solved by {solution.method}",
        f"  moves   travels {path.translation_length():.3f} m, turns at most "
        f"{path.max_rotation_degrees():.2f} degrees",
    ]
    if solution.kind == "full":
        lines.append(
            f"          metres hold if what frame 0 shows is {solution.subject_distance:g} m away "
            "(--subject-distance; for another scale later: recam camera convert --scale)"
        )
    lines += [
        f"  lens    {lens.fov_degrees[0]:.2f} degrees across, {lens.fx:.1f} pixels, {known}",
        f"  fit     {solution.inlier_share:.0%} of the still matches fit, to {solution.residual:.2f} pixels; "
        f"{solution.moving_share:.0%} of the picture moves on its own",
    ]
    if plot is not None:
        lines.append(f"  plot    {plot}")
    return lines
