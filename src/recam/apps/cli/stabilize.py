"""``recam stabilize``: the same footage from a camera that does not shake."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from recam.apps.cli.camera.solve import lens_before_solving, stages_of_solving
from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.lens_options import FocalMmOption, FocalPxOption, FovOption, LensChoice, SensorMmOption
from recam.apps.cli.model_options import (
    ClipFramesOption,
    DeviceOption,
    FitOption,
    GuidanceOption,
    PromptOption,
    SeedOption,
    StepsOption,
)
from recam.apps.cli.options import OutputOption, SourceArgument
from recam.apps.cli.reshoot import (
    FillOption,
    Footage,
    SavePathOption,
    SubjectDistanceOption,
    Take,
    model_or_draft,
)
from recam.apps.cli.source_options import SourceMotion
from recam.errors import InputError

if TYPE_CHECKING:
    from recam.camera import CameraPath, Poses

EXAMPLES = (
    "recam stabilize shaky.mp4 -o calm.mp4\n\n"
    "recam stabilize shaky.mp4 --method l1 --crop 1.2 -o calm.mp4\n\n"
    "recam stabilize shaky.mp4 --lock -o tripod.mp4\n\n"
    "recam camera solve shaky.mp4 -o solved.json\n\n"
    "recam stabilize shaky.mp4 --source-path solved.json --sigma 2 --save-path calm.json -o calm.mp4"
)
Method = Literal["gaussian", "l1", "lock"]
_L1_CROP = 1.25  # the published crop: the new view is 80 % of the picture's width
_STILL_DEGREES, _STILL_METRES = 0.01, 0.001  # a solved camera that moves less than this stands still


def register(app: typer.Typer) -> None:
    """Add ``recam stabilize`` to ``app``."""
    app.command("stabilize", epilog=EXAMPLES)(stabilize)


def stabilize(
    source: SourceArgument,
    output: OutputOption,
    method: Annotated[
        Method | None,
        typer.Option(
            "--method", show_default="gaussian",
            help="gaussian: every motion made smooth. l1: still, panning or easing like a crew's camera, as "
            "far as the crop allows. lock: one view for all.",
        ),
    ] = None,
    lock: Annotated[bool, typer.Option("--lock", help="The same as --method lock.")] = False,
    sigma: Annotated[
        float | None,
        typer.Option(
            "--sigma", metavar="SECONDS", show_default="1",
            help="For gaussian: how much time is averaged; larger is calmer and needs more crop.",
        ),
    ] = None,
    turns_only: Annotated[
        bool, typer.Option("--turns-only", help="Calm only the camera's turns, which a draft shows exactly.")
    ] = False,
    crop: Annotated[
        str,
        typer.Option(
            "--crop", metavar="auto|none|FACTOR",
            help="Zoom that hides empty borders in a draft: the least that does, none, or a factor: 1.2.",
        ),
    ] = "auto",
    subject_distance: SubjectDistanceOption = 4.0,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", metavar="MODEL", show_default="none: a draft",
            help="Let this model paint the video, borders included, as in recam render.",
        ),
    ] = None,
    prompt: PromptOption = "",
    seed: SeedOption = None,
    steps: StepsOption = None,
    guidance: GuidanceOption = None,
    num_frames: ClipFramesOption = None,
    fit: FitOption = None,
    device: DeviceOption = None,
    source_path: Annotated[
        Path | None,
        typer.Option(
            "--source-path", metavar="FILE", show_default="solved first, as recam camera solve does",
            help="How the camera that filmed VIDEO moved: the file that recam camera solve writes.",
        ),
    ] = None,
    save_path: SavePathOption = None,
    fill: FillOption = False,
    fov: FovOption = None,
    focal_mm: FocalMmOption = None,
    sensor_mm: SensorMmOption = None,
    focal_px: FocalPxOption = None,
    as_json: JsonFlag = False,
) -> None:  # fmt: skip
    """Take the shaking out of a video: find how its camera moved, and film along a calmer path.

    No model is needed. Turns of the camera are corrected exactly, its travel as
    for a flat scene --subject-distance metres away.
    """
    with Output(as_json) as out:
        if lock and method not in (None, "lock"):
            raise InputError(f"--lock and --method {method} exclude each other; leave one out")
        how: Method = "lock" if lock else method or "gaussian"
        if sigma is not None and how != "gaussian":
            raise InputError(f"--sigma is for --method gaussian, not {how}")
        calm = 1.0 if sigma is None else sigma
        if not math.isfinite(calm) or calm <= 0:
            raise InputError(f"--sigma {calm:g} must be a positive number of seconds")
        asked = _read_crop(crop)
        run = model_or_draft(
            model is None, model=model, prompt=prompt, seed=seed, steps=steps, guidance=guidance,
            num_frames=num_frames, fit=fit, device=device,
        )  # fmt: skip
        if run is None and prompt:
            raise InputError("--prompt tells a model what to paint; name one with --model, or leave it out")
        if run is not None and asked not in ("auto", 1.0):
            raise InputError("--crop is for drafts; a model paints the borders, so leave it out")
        take = Take(source, output, save_path, run, fill)
        motion = SourceMotion(source_path)
        take.check(motion)
        lens = LensChoice(fov, focal_mm, sensor_mm, focal_px)
        footage = take.open(out, lens, motion)
        footage = _with_motion(out, footage, take, lens, subject_distance)
        assert footage.motion is not None
        kind = _kind(footage.motion.poses)
        if kind == "static":
            out.result(
                {"output": None, "kind": kind}, f"{source}: the camera does not move; there is nothing to do"
            )
            return
        turns_only = turns_only or kind == "rotation"
        window = asked if isinstance(asked, float) and asked > 1 else _L1_CROP
        target = _calm(footage, how, calm, window, turns_only, subject_distance)
        path = replace(
            footage.motion,
            name=f"{how}-stabilised",
            poses=target.relative_to(footage.motion.poses),
            zoom=None,
        )
        path = path.take(footage.frames)
        data, lines = _figures(footage, kind, target, path)
        data |= {
            "method": how,
            "sigma_seconds": calm if how == "gaussian" else None,
            "turns_only": turns_only,
        }
        if run is None:
            path = _cropped(path, footage, asked, subject_distance, how, data, lines)
        take.shoot(out, footage, path, subject_distance, data, *lines)


def _read_crop(text: str) -> float | Literal["auto"]:
    if text == "auto":
        return "auto"
    if text == "none":
        return 1.0
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 1 <= factor < math.inf:
        raise InputError(f"--crop {text!r} must be auto, none, or a zoom factor from 1 on, as in 1.2")
    return factor


def _with_motion(
    out: Output, footage: Footage, take: Take, choice: LensChoice, subject_distance: float
) -> Footage:
    """The footage with its camera's motion, found from its frames where no file tells it."""
    if footage.motion is not None:
        return footage
    from recam.camera.solve import solve_frames
    from recam.video import read_frames

    count = int(footage.frames.max()) + 1
    stretch = (
        read_frames(take.source, max_frames=count) if footage.video is None else footage.video.frames[:count]
    )
    lens, origin = lens_before_solving(choice, footage.info)
    with stages_of_solving(out, count) as progress:
        solution = solve_frames(
            stretch,
            lens,
            refine_lens=origin != "given",
            subject_distance=subject_distance,
            progress=progress,
        )
    return replace(footage, motion=solution.path(), lens=solution.intrinsics, lens_known=True)


def _kind(poses: Poses) -> Literal["static", "rotation", "full"]:
    import numpy as np

    if np.linalg.norm(poses.translations - poses.translations[0], axis=1).max() > _STILL_METRES:
        return "full"
    turns = poses.relative_to(poses[0]).rotation_angle_degrees()
    return "rotation" if turns.max() > _STILL_DEGREES else "static"


def _calm(
    footage: Footage, how: Method, sigma: float, window: float, turns_only: bool, depth: float
) -> Poses:
    """The camera that the source should have had, for each of its frames."""
    from recam.camera import Poses
    from recam.camera.smooth import lock, smooth_gaussian
    from recam.camera.smooth_l1 import smooth_l1

    assert footage.motion is not None
    poses, fps = footage.motion.poses, float(footage.info.fps)
    if how == "l1":
        return smooth_l1(poses, footage.lens, window, fps, depth, turns_only)
    target = lock(poses) if how == "lock" else smooth_gaussian(poses, sigma * fps)
    return Poses.from_parts(target.rotations, poses.translations) if turns_only else target


def _figures(
    footage: Footage, kind: str, target: Poses, correction: CameraPath
) -> tuple[dict[str, Any], list[str]]:
    """How much the camera shook, shakes now, and how far views were moved; for programs and for people."""
    import numpy as np

    from recam.camera.smooth import jitter

    assert footage.motion is not None
    fps = float(footage.info.fps)
    before, after = jitter(footage.motion.poses, fps), jitter(target, fps)
    turned = correction.max_rotation_degrees()
    shifted = float(np.linalg.norm(correction.poses.translations, axis=1).max())
    data = {
        "kind": kind,
        "fov_degrees": round(footage.lens.fov_degrees[0], 3),
        "jitter_before": {"turn_degrees": before.turn_degrees, "shift_m": before.shift},
        "jitter_after": {"turn_degrees": after.turn_degrees, "shift_m": after.shift},
        "corrected": {"turn_degrees": round(turned, 4), "shift_m": round(shifted, 4)},
    }
    travels = kind == "full"
    what = "turns and travels" if travels else "turns"
    lines = [
        f"the camera {what}; it shook by {before.turn_degrees:.3f} degrees"
        + (f" and {before.shift:.4f} m" if travels else "")
        + f" (RMS), now by {after.turn_degrees:.3f} degrees"
        + (f" and {after.shift:.4f} m" if travels else ""),
        f"views turned by up to {turned:.2f} degrees"
        + (f", moved by up to {shifted:.3f} m" if travels else ""),
    ]
    return data, lines


def _cropped(
    path: CameraPath,
    footage: Footage,
    asked: float | Literal["auto"],
    depth: float,
    how: Method,
    data: dict[str, Any],
    lines: list[str],
) -> CameraPath:
    """The path with the zoom that was asked for; tells it, and what stays empty."""
    import numpy as np

    from recam.draft.framing import MOST_ZOOM, crop_zoom, empty_shares

    ahead = float(path.poses.translations[:, 2].max())
    if ahead >= 0.95 * depth:
        raise InputError(
            f"the calm camera is up to {ahead:.2f} m ahead of the source's, in a scene taken for a wall "
            f"{depth:g} m away; use --turns-only, or --method gaussian with a smaller --sigma"
        )
    zoom = crop_zoom(path, footage.lens, depth) if asked == "auto" else asked
    if zoom is None:
        remedy = "a smaller --sigma, or --method l1" if how == "gaussian" else "--method gaussian or l1"
        raise InputError(
            f"the calm camera looks beyond what the source shows: no --crop up to {MOST_ZOOM:g} hides the "
            f"empty borders; use {remedy}, or --crop none"
        )
    path = replace(path, zoom=None if zoom == 1 else np.full(path.num_frames, zoom))
    worst = float(empty_shares(path, footage.lens, depth).max())
    data |= {"crop": round(zoom, 5), "empty_share": round(worst, 4)}
    empty = f"; up to {100 * worst:.1f} % of a frame stays empty" if worst > 0 else "; nothing is empty"
    lines.append(f"cropped by a zoom of {zoom:.3f}{empty}")
    return path
