"""Camera moves by name: the ten published presets, and the moves that people who film ask for.

The published ones were measured from the published MultiCamVideo validation file (10basic_trajectories):
position, or pan and tilt angle, is linear in the frame index i at fraction i / 80.5, so the last of 81 frames
stops at 0.9938 of the move. A published preset as it is keeps that end; one whose amount, easing or speed is
said, and every other move, goes all the way.
"""

from __future__ import annotations

import difflib
import math
import re
from typing import NamedTuple

import numpy as np

from recam.camera.easing import ease
from recam.camera.motion import Running, Views, advance
from recam.camera.poses import FloatArray, Poses
from recam.camera.preset_table import PRESET_NAMES, PRESETS, PUBLISHED_NAMES, Options, PresetInfo, Unit
from recam.camera.resample import check_num_frames
from recam.camera.shake import handheld
from recam.errors import InputError

__all__ = [
    "DEFAULT_SUBJECT_DISTANCE",
    "PRESETS",
    "PRESET_NAMES",
    "PUBLISHED_FPS",
    "PUBLISHED_FRAMES",
    "PUBLISHED_LAST_FRACTION",
    "PUBLISHED_NAMES",
    "Motion",
    "PresetInfo",
    "Unit",
    "check_fps",
    "find_preset",
    "frame_times",
    "frames_of_seconds",
    "preset_motion",
    "preset_poses",
    "preset_progress",
    "suggest_preset",
]

PUBLISHED_FRAMES = 81
PUBLISHED_FPS = 15.0
PUBLISHED_LAST_FRACTION = (PUBLISHED_FRAMES - 1) / 80.5
DEFAULT_SUBJECT_DISTANCE = 4.0


class Motion(NamedTuple):
    """Poses relative to the first frame, and each frame's focal length over the source's (None: it stays)."""

    poses: Poses
    zoom: FloatArray | None


def _key(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def _aliases() -> dict[str, str]:
    table = {}
    for info in PRESETS.values():
        published = _key(info.published_name)
        for alias in (published, published.removesuffix("-with-rotation"), *info.aliases):
            table[alias] = info.name
    del table[""]
    # The published list calls its dollies Zoom In and Zoom Out: those keep all their spellings but our own.
    return {name: name for name in PRESETS if name not in table} | table


_ALIASES = _aliases()


def find_preset(name: str | int) -> PresetInfo:
    """The preset of that name: recam's or the published one, or its number; case, spaces and ``_`` do not
    matter.

    One name has two meanings: ``zoom-in``, spelled so, is the zoom of the lens; "Zoom In" and its other
    spellings are the published name of ``dolly-in``. The same holds for ``zoom-out``.

    Raises:
        InputError: there is no such preset; the message suggests the nearest.
    """
    text = str(name).strip()
    if text in PRESETS:
        return PRESETS[text]
    if text.isdecimal():
        for info in PRESETS.values():
            if info.id and info.id == int(text):
                return info
    key = _key(text)
    if key in _ALIASES:
        return PRESETS[_ALIASES[key]]
    raise InputError(
        f"unknown camera preset {str(name)!r}; {suggest_preset(text)}presets are {', '.join(PRESET_NAMES)} "
        "(or 1 to 10)"
    )


# Words that people say for a move, which are no names of ours; only ever suggested.
_SAID_FOR = {
    **dict.fromkeys(("rise", "rising", "raise", "lift", "boom-up", "jib-up", "fly-up"), "crane-up"),
    **dict.fromkeys(("sink", "sinking", "lower", "boom-down", "jib-down", "fly-down"), "crane-down"),
    **dict.fromkeys(("push", "push-in", "push-forward", "forward", "move-in", "track-in"), "dolly-in"),
    **dict.fromkeys(("pull", "pull-back", "pull-out", "backward", "move-out", "track-out"), "dolly-out"),
    **dict.fromkeys(("slide-left", "move-left", "track-left", "crab-left"), "truck-left"),
    **dict.fromkeys(("slide-right", "move-right", "track-right", "crab-right"), "truck-right"),
    **dict.fromkeys(("turn-left", "look-left", "rotate-left"), "pan-left"),
    **dict.fromkeys(("turn-right", "look-right", "rotate-right"), "pan-right"),
    **dict.fromkeys(("circle-left", "circle", "rotate-around"), "orbit-left"),
    **dict.fromkeys(("circle-right",), "orbit-right"),
    **dict.fromkeys(("vertigo", "hitchcock", "zolly"), "dolly-zoom-in"),
}


def suggest_preset(name: str) -> str:
    """``"did you mean 'arc-left'? "`` for a name that is nearly a preset's, else an empty text."""
    if _key(name) in _SAID_FOR:
        return f"did you mean {_SAID_FOR[_key(name)]!r}? "
    near = difflib.get_close_matches(_key(name), _ALIASES, n=1, cutoff=0.5)
    if not near:
        return ""
    meant = _ALIASES[near[0]]
    lens = f" or, for the lens, {near[0]!r}" if near[0] in PRESETS and near[0] != meant else ""
    return f"did you mean {meant!r}{lens}? "


def preset_progress(num_frames: int) -> FloatArray:
    """Progress of each frame, [F]: the range of the published 81 frames, whatever the count; [0] for one.

    Raises:
        InputError: see :func:`recam.camera.resample.check_num_frames`.
    """
    return frame_times(num_frames) * PUBLISHED_LAST_FRACTION


def frame_times(num_frames: int) -> FloatArray:
    """Each frame's share of the time from the first frame (0) to the last (1), [F]; [0] for one frame.

    Raises:
        InputError: see :func:`recam.camera.resample.check_num_frames`.
    """
    num_frames = check_num_frames(num_frames)
    return np.arange(num_frames) / max(num_frames - 1, 1)


def preset_motion(
    name: str | int,
    num_frames: int = PUBLISHED_FRAMES,
    strength: float = 1.0,
    subject_distance: float = DEFAULT_SUBJECT_DISTANCE,
    *,
    amount: float | None = None,
    easing: str | None = None,
    speed: float | None = None,
    seed: int = 0,
    fps: float | None = None,
    options: Options | None = None,
) -> Motion:
    """Poses [F] and zoom of a preset, relative to its first frame; see ``CameraPath.preset``.

    Raises:
        InputError: no such preset, or a value that is not usable.
    """
    num_frames = check_num_frames(num_frames)
    info = find_preset(name)
    part = info.part(amount, strength, options)
    if not math.isfinite(subject_distance) or subject_distance <= 0:
        raise InputError(f"subject_distance must be a positive number of metres, not {subject_distance!r}")
    if easing is not None and speed is not None:
        raise InputError("give easing or speed, not both: each says how progress runs over time")
    if speed is not None:
        easing = f"speed({speed!r})"
    if part.shake:
        if easing is not None:
            raise InputError(f"{info.name} has no progress over time, so it takes neither easing nor speed")
        rate = check_fps(PUBLISHED_FPS if fps is None else fps)
        times = frame_times(num_frames) * max(num_frames - 1, 1) / rate
        return Motion(handheld(times, part.shake, part.sway, seed), None)
    if info.build is not None:
        as_published = amount is None and easing is None
        progress = (
            preset_progress(num_frames) if as_published else ease(easing or "linear", frame_times(num_frames))
        )
        return Motion(info.build(progress, info.scaled(amount, strength), float(subject_distance)), None)
    progress = ease(easing or "linear", frame_times(num_frames))
    subject = np.array([0.0, 0.0, subject_distance])
    views = advance(Views.start(), [Running(part, np.eye(3), subject, 0.0, progress)], num_frames)
    changes_lens = part.zoom != 1 or part.keeps_size
    return Motion(Poses.from_parts(views.rotations, views.positions), views.zoom if changes_lens else None)


def check_fps(fps: float) -> float:
    """``fps`` if it is a usable number of frames a second.

    Raises:
        InputError: it is not.
    """
    if not math.isfinite(fps) or fps <= 0:
        raise InputError(f"fps must be a positive number of frames a second, not {fps!r}")
    return float(fps)


def frames_of_seconds(seconds: float, fps: float) -> int:
    """Whole frames in ``seconds`` at ``fps``.

    Raises:
        InputError: a number is not positive and finite, or that is less than a frame.
    """
    count = seconds * check_fps(fps)
    if not math.isfinite(count) or round(count) < 1:
        raise InputError(f"{seconds!r} seconds at {fps:g} frames a second are no whole frame")
    return round(count)


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
    return preset_motion(name, num_frames, strength, subject_distance).poses
