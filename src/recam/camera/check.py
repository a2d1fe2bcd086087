"""What is wrong with a camera path, or unusual, before money is spent on rendering it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.angles import pan_tilt_roll
from recam.camera.check_limits import TRAINING, TRAINING_FPS, Limits
from recam.camera.check_motion import (
    FLIP,
    JUMP,
    JUMP_FLOOR,
    Motion,
    around,
    figures,
    lean_degrees,
    measure,
    outliers,
)
from recam.camera.check_report import LEVELS, Finding, Report
from recam.camera.path import LATENT_STRIDE, CameraPath
from recam.camera.poses import FloatArray
from recam.camera.presets import DEFAULT_SUBJECT_DISTANCE
from recam.errors import InputError

_ON_THE_SPOT = 0.25  # metres: the camera turns rather than travels
_UNIT_SUSPICION = 3.0  # times the farthest way of the training set
_CENTIMETRES, _MILLIMETRES = 0.01, 0.001
_LARGEST_IN_CENTIMETRES = 1500.0  # the same 15 m at most, read as centimetres; above, as millimetres
_METRES_PER_RADIAN = 1.0


def check_path(
    path: CameraPath,
    fps: float = TRAINING_FPS,
    model_frames: int | None = None,
    subject_distance: float = DEFAULT_SUBJECT_DISTANCE,
    limits: Limits = TRAINING,
) -> Report:
    """Look for jumps, flips, doubled frames, wrong counts and units, and motion unlike the training set's.

    Cheap: a few milliseconds for 81 frames.

    Args:
        fps: frames a second of the video that the path is for. Figures are given for it; the limits are per
            frame, as models see frames and know no seconds.
        model_frames: how many frames the model takes; default: any 4n + 1.
        subject_distance: metres straight ahead of the source's first camera to the subject.
        limits: what the model has seen.

    Raises:
        InputError: an argument is not positive and finite.
    """
    for name, value in (("fps", fps), ("subject_distance", subject_distance)):
        if not np.isfinite(value) or value <= 0:
            raise InputError(f"{name} must be a positive number, not {value!r}")
    if model_frames is not None and (model_frames < 1 or (model_frames - 1) % LATENT_STRIDE):
        raise InputError(f"a model takes 4n + 1 frames, which {model_frames} are not")
    motion = measure(path)
    subject = np.array([0.0, 0.0, subject_distance])
    units = list(_units(path, limits))
    found = [*_frame_count(path, model_frames), *units, *_start(path), *_breaks(motion), *_doubled(motion)]
    found += _turns(path, motion, limits, fps)
    if not units:  # everything about metres would only repeat it
        found += _way(path, motion, limits, fps)
        found += _subject(path, subject, limits)
        if any(finding.code == "orbit" for finding in found):  # who goes round the subject looks to the side
            found = [finding for finding in found if finding.code != "pan"]
    found += _lens(path)
    found.sort(key=lambda finding: LEVELS.index(finding.level))
    return Report(path.name, path.num_frames, fps, tuple(found), figures(path, motion, fps))


def _frame_count(path: CameraPath, model_frames: int | None) -> Iterator[Finding]:
    count = path.num_frames
    if model_frames is None:
        extra = (count - 1) % LATENT_STRIDE
        if extra:
            below, above = count - extra, count - extra + LATENT_STRIDE
            yield Finding(
                "frame-count",
                "error",
                f"{count} frames; models take 4n + 1, such as {below} or {above}",
                f"--fit resamples the path to {_nearest_count(count)}",
                value=count,
                limit=_nearest_count(count),
                unit="frames",
            )
    elif count < model_frames:
        yield Finding(
            "frame-count",
            "error",
            f"{count} frames and the model takes {model_frames}",
            "--fit resamples the path",
            value=count,
            limit=model_frames,
            unit="frames",
        )
    elif count > model_frames:
        yield Finding(
            "frame-count",
            "note",
            f"{count} frames, of which the model sees the first {model_frames}",
            "--fit resamples the whole path",
            value=count,
            limit=model_frames,
            unit="frames",
        )


def fit_count(num_frames: int, model_frames: int | None = None) -> int:
    """The frame count that ``--fit`` resamples to: the model's, or the nearest 4n + 1 (the larger of two)."""
    return _nearest_count(num_frames) if model_frames is None else model_frames


def _nearest_count(num_frames: int) -> int:
    return (num_frames + 1) // LATENT_STRIDE * LATENT_STRIDE + 1


def _units(path: CameraPath, limits: Limits) -> Iterator[Finding]:
    reach = float(np.linalg.norm(path.poses.translations - path.poses.translations[0], axis=1).max())
    if reach <= _UNIT_SUSPICION * limits.reach:
        return
    name, scale = (
        ("centimetres", _CENTIMETRES) if reach <= _LARGEST_IN_CENTIMETRES else ("millimetres", _MILLIMETRES)
    )
    yield Finding(
        "units",
        "error",
        f"goes {reach:.4g} m away from its start, as if its positions were in {name} ({reach * scale:.3g} m)",
        f"--scale {scale:g} reads them so",
        value=reach,
        limit=_UNIT_SUSPICION * limits.reach,
        unit="m",
    )


def _start(path: CameraPath) -> Iterator[Finding]:
    first = path.poses[0]
    metres = float(np.linalg.norm(first.translations[0]))
    turn = Rotation.from_matrix(first.rotations[0])
    degrees = float(np.degrees(turn.magnitude()))
    axis = np.abs(turn.as_rotvec()) / max(turn.magnitude(), 1e-12)
    if degrees > 135 and axis[0] > 0.8:
        yield Finding(
            "axes",
            "warning",
            f"the first frame is turned by {degrees:.0f} degrees about the x axis, as where y points up and "
            "z backwards",
            "say the file's axes, e.g. recam camera convert FILE TARGET --axes opengl",
            (0, 0),
            degrees,
            135,
            "degrees",
        )
    elif metres > 1e-3 or degrees > 0.1:
        yield Finding(
            "start",
            "note",
            f"starts {metres:.3g} m and {degrees:.3g} degrees away from the source's first view: the first "
            "frame is a new view already",
            "nothing, if that is meant; else say --source-camera, or leave it out",
            (0, 0),
            metres,
            0.0,
            "m",
        )


def _breaks(motion: Motion) -> Iterator[Finding]:
    flips = motion.degrees > FLIP
    for first, last in _runs(flips):
        degrees = float(motion.degrees[first : last + 1].max())
        yield Finding(
            "flip",
            "error",
            f"turns by {degrees:.0f} degrees from one frame to the next",
            "look at the file's axes or angles there (180 and -180, looking straight up or down)",
            (first, last + 1),
            degrees,
            FLIP,
            "degrees",
        )
    for values, floor, unit in (
        (motion.metres, JUMP_FLOOR[0], "m"),
        (motion.degrees, JUMP_FLOOR[1], "degrees"),
    ):
        for first, last in _runs(outliers(values, floor) & ~flips):
            peak = first + int(np.argmax(values[first : last + 1]))
            usual = around(values)[peak]
            yield Finding(
                "jump",
                "error",
                f"jumps by {values[peak]:.3g} {unit} from one frame to the next, where {usual:.2g} is usual",
                "take the frames out and resample, or put a key between them",
                (first, last + 1),
                float(values[peak]),
                max(JUMP * float(usual), floor),
                unit,
            )


def _doubled(motion: Motion) -> Iterator[Finding]:
    step = np.hypot(motion.metres, np.radians(motion.degrees) * _METRES_PER_RADIAN)
    usual = around(step)
    still = (step < 0.02 * usual) & (usual > 2e-3)
    moving = step > 0.5 * usual
    for first, last in _runs(still):
        if first == last and 0 < first < len(step) - 1 and moving[first - 1] and moving[first + 1]:
            yield Finding(
                "doubled",
                "warning",
                "the same pose twice in the middle of a motion",
                "leave one out and resample: recam camera check --fit",
                (first, first + 1),
                float(step[first]),
                float(0.02 * usual[first]),
                "m",
            )


def _turns(path: CameraPath, motion: Motion, limits: Limits, fps: float) -> Iterator[Finding]:
    count = path.num_frames
    yield from _beyond(
        "turn-rate", "turns at", motion.degrees, motion.breaks, limits.turn_rate(count), fps, "degrees/s"
    )
    rates = motion.turn_acceleration
    yield from _beyond(
        "turn-acceleration",
        "changes its turning by",
        rates,
        np.isnan(rates),
        limits.turn_acceleration(count),
        fps**2,
        "degrees/s^2",
    )
    angles = pan_tilt_roll(path.poses.rotations)
    pan = np.abs(np.unwrap(angles[:, 0], period=360))
    reach = float(np.linalg.norm(path.poses.translations - path.poses.translations[0], axis=1).max())
    on_the_spot = reach < _ON_THE_SPOT
    yield from _range(
        "pan",
        "looks {value:.0f} degrees to the side" + (" turning on the spot" if on_the_spot else ""),
        pan,
        limits.pan if on_the_spot else limits.turn,
        "degrees",
        "what comes into the picture has to be invented",
    )
    yield from _range(
        "tilt",
        "looks {value:.0f} degrees up or down",
        np.abs(angles[:, 1]),
        limits.tilt,
        "degrees",
        "training cameras tilt less",
    )
    lean, least = lean_degrees(path.poses.rotations, limits)
    if least.max() > limits.roll:
        yield Finding(
            "roll",
            "warning",
            f"leans by {lean.max():.1f} degrees; training cameras are level",
            "take the roll out, in a keyframe file with the constraint level",
            _span(lean > limits.roll),
            float(lean.max()),
            limits.roll,
            "degrees",
        )


def _way(path: CameraPath, motion: Motion, limits: Limits, fps: float) -> Iterator[Finding]:
    count = path.num_frames
    yield from _beyond("speed", "moves at", motion.metres, motion.breaks, limits.speed(count), fps, "m/s")
    rates = motion.acceleration
    yield from _beyond(
        "acceleration",
        "changes its speed by",
        rates,
        np.isnan(rates),
        limits.acceleration(count),
        fps**2,
        "m/s^2",
    )
    reach = np.linalg.norm(path.poses.translations - path.poses.translations[0], axis=1)
    yield from _range(
        "travel",
        "goes {value:.3g} m away from its start",
        reach,
        limits.reach,
        "m",
        "training cameras stay nearer",
    )


def _subject(path: CameraPath, subject: FloatArray, limits: Limits) -> Iterator[Finding]:
    offset = subject - path.poses.translations
    distance = np.linalg.norm(offset, axis=1)
    said = f"the subject ({subject[2]:g} m ahead)"
    near = distance < limits.nearest
    if near.any() and subject[2] > limits.nearest:
        yield Finding(
            "subject-near",
            "warning",
            f"comes within {distance.min():.2g} m of {said}, or passes through it",
            "keep away from it, or say where it is with --subject-distance",
            _span(near),
            float(distance.min()),
            limits.nearest,
            "m",
        )
    ahead = np.einsum("fi,fi->f", offset, path.poses.rotations[:, :, 2])
    behind = (ahead <= 0) & ~near
    moved = np.linalg.norm(path.poses.translations, axis=1) > _ON_THE_SPOT
    if (behind & moved).any():
        yield Finding(
            "subject-behind",
            "warning",
            f"has {said} behind it",
            "turn towards it, stop earlier, or say where it is with --subject-distance",
            _span(behind & moved),
            float(ahead.min()),
            0.0,
            "m",
        )
    start = np.arctan2(
        path.poses.translations[:, 0], offset[:, 2]
    )  # bearing of the camera as the subject sees it
    yield from _range(
        "orbit",
        f"goes {{value:.0f}} degrees round {said}",
        np.degrees(np.abs(np.unwrap(start))),
        limits.turn,
        "degrees",
        "what comes into view has to be invented",
    )


def _lens(path: CameraPath) -> Iterator[Finding]:
    if not path.changes_lens:
        return
    changed = np.abs(path.zooms - 1) > 1e-9
    most = float(np.exp(np.abs(np.log(path.zooms)).max()))
    yield Finding(
        "lens",
        "warning",
        f"changes the lens (zoom {path.zooms.min():.3g} to {path.zooms.max():.3g}), which the released model "
        "is not told: it films with one lens",
        "--lens-as-dolly moves the camera instead; draft shows true zooms",
        _span(changed),
        most,
        1.0,
        "times",
    )


def _beyond(
    code: str, words: str, values: FloatArray, skipped: np.ndarray, limit: float, per: float, unit: str
) -> Iterator[Finding]:
    """A finding where ``values`` per frame exceed ``limit``; ``per`` turns both into ``unit``."""
    usable = np.where(skipped, 0.0, np.nan_to_num(values))
    over = usable > limit * (1 + 1e-6)
    if over.any():
        peak = float(usable.max())
        yield Finding(
            code,
            "warning",
            f"{words} up to {peak * per:.3g} {unit}, {peak / limit:.3g} times the most in training "
            f"({limit * per:.3g} {unit})",
            "slow it down: more frames, a softer easing, or a shorter way",
            _span(over),
            peak * per,
            limit * per,
            unit,
        )


def _range(code: str, words: str, values: FloatArray, limit: float, unit: str, why: str) -> Iterator[Finding]:
    over = values > limit * (1 + 1e-6) + 1e-9
    if over.any():
        peak = float(values.max())
        yield Finding(
            code,
            "warning",
            f"{words.format(value=peak)}, training covered {limit:g}",
            f"{why}; go less far",
            _span(over),
            peak,
            limit,
            unit,
        )


def _runs(chosen: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(int), [0]])))
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield first, end - 1


def _span(chosen: np.ndarray) -> tuple[int, int]:
    indices = np.flatnonzero(chosen)
    return int(indices[0]), int(indices[-1])
