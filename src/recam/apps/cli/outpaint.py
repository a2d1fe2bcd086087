"""``recam outpaint``: see more than the frame shows (the paper's outpainting)."""

from __future__ import annotations

from typing import Annotated

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
    read_quantity,
)
from recam.apps.cli.source_options import SourceMotion, SourcePathOption
from recam.errors import InputError

EXAMPLES = (
    "recam outpaint my.mp4 --zoom-out 1.5x --at-start --draft -o wider.mp4\n\n"
    'recam outpaint my.mp4 --back 2m --prompt "a street in the rain" -o wider.mp4\n\n'
    "recam outpaint my.mp4 --pan 20deg --model wan2.1-1.3b --save-path path.json -o wider.mp4"
)


def register(app: typer.Typer) -> None:
    """Add ``recam outpaint`` to ``app``."""
    app.command("outpaint", epilog=EXAMPLES)(outpaint)


def outpaint(
    source: SourceArgument,
    output: OutputOption,
    zoom_out: Annotated[
        str | None,
        typer.Option(
            "--zoom-out", metavar="FACTOR",
            help="How many times wider the view gets, as in 1.5 or 1.5x: a shorter lens in drafts; models, "
            "which take no lens, drive back as far as a subject at --subject-distance needs.",
        ),
    ] = None,
    back: Annotated[
        str | None, typer.Option("--back", metavar="METRES", help="Drive back, as in 2 or 2m.")
    ] = None,
    pan: Annotated[
        str | None,
        typer.Option("--pan", metavar="DEGREES", help="Turn to the right, as in 20 or 20deg; -20: left."),
    ] = None,
    tilt: Annotated[
        str | None, typer.Option("--tilt", metavar="DEGREES", help="Turn up, as in 10 or 10deg; -10: down.")
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="By geometry alone, no model: shows what there is to paint.")
    ] = False,
    at_start: Annotated[
        bool, typer.Option("--at-start", help="All of it from the first frame on; else get there slowly.")
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
    """See beyond the frame: pull back or turn away, and let the model paint what was never filmed.

    Ways to say how far may be combined. A camera that moves is followed; tell
    with --source-path how it moved.
    """
    with Output(as_json) as out:
        run = model_or_draft(
            draft, model=model, prompt=prompt, seed=seed, steps=steps, guidance=guidance,
            num_frames=num_frames, fit=fit, device=device,
        )  # fmt: skip
        if zoom_out is None and back is None and pan is None and tilt is None:
            raise InputError("say how far: --zoom-out 1.5x, --back 2m, --pan 20deg or --tilt 10deg")
        take = Take(source, output, save_path, run, fill)
        motion = SourceMotion(source_path)
        take.check(motion)
        factor = 1.0 if zoom_out is None else read_quantity(zoom_out, "--zoom-out", ("x",))
        if factor < 1:
            raise InputError(f"--zoom-out {factor:g} must be 1 or more; recam zoom looks closer")
        metres = 0.0 if back is None else read_quantity(back, "--back", ("m",))
        if metres < 0:
            raise InputError(f"--back {metres:g} must be 0 or more; recam zoom looks closer")
        right = 0.0 if pan is None else read_quantity(pan, "--pan", ("deg", "degrees", "°"))
        up = 0.0 if tilt is None else read_quantity(tilt, "--tilt", ("deg", "degrees", "°"))
        for option, degrees, most in (("--pan", right, 360), ("--tilt", up, 90)):
            if abs(degrees) > most:
                raise InputError(f"{option} {degrees:g} must lie between -{most} and {most} degrees")
        lens = LensChoice(fov, focal_mm, sensor_mm, focal_px)
        progress_over(2, at_start, easing)  # fails before work where it would later
        footage = take.open(out, lens, motion)
        from recam.camera.reframe import widen
        from recam.draft.framing import empty_shares

        path = widen(
            progress_over(len(footage.frames), at_start, easing),
            footage.lens,
            pan_degrees=right,
            tilt_degrees=up,
            back=metres,
            zoom_out=factor,
            subject_distance=None if run is None else subject_distance,
        )
        empty = float(empty_shares(path, footage.view, subject_distance)[-1])
        how = moved(path)
        data = {
            "zoom_out": factor,
            "by": "lens" if path.changes_lens else "dolly" if factor > 1 else None,
            "subject_distance_m": subject_distance,
            "fov_degrees": round(footage.lens.fov_degrees[0], 3),
            "new_share": round(empty, 4),
            "moved": how,
        }
        way = f"turned {how['turn_degrees']:.2f} degrees, moved {how['distance_m']:.2f} m"
        if path.changes_lens:
            way += f", a lens {factor:g} times wider"
        elif factor > 1:
            way += f" ({factor:g} times wider by driving back, for a subject {subject_distance:g} m away)"
        line = f"{way}; {100 * empty:.0f} % of the last frame was never filmed{footage.assumption}"
        take.shoot(out, footage, path, subject_distance, data, line)
