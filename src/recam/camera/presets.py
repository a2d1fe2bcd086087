"""The ten published camera presets by name, and ``static``.

The moves were measured from the published MultiCamVideo validation file (10basic_trajectories): position,
or pan and tilt angle, is linear in the frame index i at fraction i / 80.5, so the last of 81 frames stops
at 0.9938 of the move.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recam.camera.moves import arc, pan_tilt, translate
from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError

PUBLISHED_FRAMES = 81
PUBLISHED_LAST_FRACTION = (PUBLISHED_FRAMES - 1) / 80.5
DEFAULT_SUBJECT_DISTANCE = 4.0

Build = Callable[[FloatArray, float, float], Poses]


@dataclass(frozen=True)
class PresetInfo:
    """One preset as a user sees it."""

    id: int
    """Number in the published list (camNN of the validation file); 0 for ``static``."""
    name: str
    """recam's name, as given to ``CameraPath.preset``."""
    published_name: str
    """Name in the published list."""
    description: str
    """What the camera does and what the viewer sees, in words."""
    full_move: str
    """The move at strength 1."""
    build: Build
    """(progress [F], strength, subject distance in metres) to poses relative to the start."""


def _pan(degrees: float) -> Build:
    return lambda progress, strength, _: pan_tilt(progress, pan_degrees=strength * degrees)


def _tilt(degrees: float) -> Build:
    return lambda progress, strength, _: pan_tilt(progress, tilt_degrees=strength * degrees)


def _dolly(metres: float) -> Build:
    return lambda progress, strength, _: translate(progress, (0.0, 0.0, strength * metres))


def _crane(metres: float) -> Build:
    return lambda progress, strength, distance: translate(progress, (0.0, strength * metres, 0.0), distance)


def _arc(degrees: float) -> Build:
    return lambda progress, strength, distance: arc(progress, strength * degrees, distance, along="chord")


PRESETS: dict[str, PresetInfo] = {
    info.name: info
    for info in (
        PresetInfo(
            1,
            "pan-right",
            "Pan Right",
            "turns right on the spot; the scene slides left",
            "yaw +20 degrees",
            _pan(20),
        ),
        PresetInfo(
            2,
            "pan-left",
            "Pan Left",
            "turns left on the spot; the scene slides right",
            "yaw -20 degrees",
            _pan(-20),
        ),
        PresetInfo(
            3,
            "tilt-up",
            "Tilt Up",
            "looks up on the spot; the scene slides down",
            "pitch 10 degrees up",
            _tilt(10),
        ),
        PresetInfo(
            4,
            "tilt-down",
            "Tilt Down",
            "looks down on the spot; the scene slides up",
            "pitch 10 degrees down",
            _tilt(-10),
        ),
        PresetInfo(
            5,
            "dolly-in",
            "Zoom In",
            "drives forwards; near things grow fastest",
            "2 m forwards",
            _dolly(2),
        ),
        PresetInfo(
            6,
            "dolly-out",
            "Zoom Out",
            "drives backwards; near things shrink fastest",
            "2 m backwards",
            _dolly(-2),
        ),
        PresetInfo(
            7,
            "crane-up",
            "Translate Up (with rotation)",
            "rises and looks down at the subject",
            "1 m up, looking at the point 4 m ahead of the start",
            _crane(-1),
        ),
        PresetInfo(
            8,
            "crane-down",
            "Translate Down (with rotation)",
            "sinks and looks up at the subject",
            "1 m down, looking at the point 4 m ahead of the start",
            _crane(1),
        ),
        PresetInfo(
            9,
            "arc-left",
            "Arc Left (with rotation)",
            "goes round the subject to the left, looking at it",
            "to the point at 30 degrees on a 4 m circle (2 m left, 0.54 m forwards), along the chord",
            _arc(-30),
        ),
        PresetInfo(
            10,
            "arc-right",
            "Arc Right (with rotation)",
            "goes round the subject to the right, looking at it",
            "to the point at 30 degrees on a 4 m circle (2 m right, 0.54 m forwards), along the chord",
            _arc(30),
        ),
        PresetInfo(
            0,
            "static",
            "Static",
            "stays where the source video starts",
            "none",
            lambda progress, strength, distance: Poses.identity(len(progress)),
        ),
    )
}

PRESET_NAMES: tuple[str, ...] = tuple(PRESETS)
PUBLISHED_NAMES: tuple[str, ...] = tuple(name for name, info in PRESETS.items() if info.id)
"""The ten published presets in their published order."""


def _key(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def _aliases() -> dict[str, str]:
    table = {}
    for info in PRESETS.values():
        published = _key(info.published_name)
        for alias in (info.name, published, published.removesuffix("-with-rotation")):
            table[alias] = info.name
    return table


_ALIASES = _aliases()


def find_preset(name: str | int) -> PresetInfo:
    """The preset of that name: recam's or the published one, or its number; case, spaces and ``_`` do not
    matter.

    Raises:
        InputError: there is no such preset; the message suggests the nearest.
    """
    text = str(name).strip()
    if text.isdecimal():
        for info in PRESETS.values():
            if info.id == int(text):
                return info
    key = _key(text)
    if key in _ALIASES:
        return PRESETS[_ALIASES[key]]
    near = difflib.get_close_matches(key, _ALIASES, n=1, cutoff=0.5)
    hint = f"did you mean {_ALIASES[near[0]]!r}? " if near else ""
    raise InputError(
        f"unknown camera preset {str(name)!r}; {hint}presets are {', '.join(PRESET_NAMES)} (or 1 to 10)"
    )


def preset_progress(num_frames: int) -> FloatArray:
    """Progress of each frame, [F]: the range of the published 81 frames, whatever the count; [0] for one.

    Raises:
        InputError: fewer than one frame.
    """
    if num_frames < 1:
        raise InputError(f"a camera path needs at least one frame, not {num_frames}")
    steps = np.arange(num_frames) / max(num_frames - 1, 1)
    return steps * PUBLISHED_LAST_FRACTION


def preset_poses(
    name: str | int,
    num_frames: int = PUBLISHED_FRAMES,
    strength: float = 1.0,
    subject_distance: float = DEFAULT_SUBJECT_DISTANCE,
) -> Poses:
    """Poses [F] of a preset, relative to its first frame.

    Args:
        strength: scales the move (angle of turns and arcs, metres of the rest); negative reverses, 0 stays.
        subject_distance: metres to the point that crane and arc presets look at.

    Raises:
        InputError: no such preset, a bad frame count, a strength or distance that is not usable.
    """
    info = find_preset(name)
    if not math.isfinite(strength):
        raise InputError(f"strength must be a finite number, not {strength!r}")
    if not math.isfinite(subject_distance) or subject_distance <= 0:
        raise InputError(f"subject_distance must be a positive number of metres, not {subject_distance!r}")
    return info.build(preset_progress(num_frames), float(strength), float(subject_distance))
