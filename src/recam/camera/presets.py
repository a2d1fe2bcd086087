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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from recam.camera.easing import ease
from recam.camera.motion import Part, Running, Views, advance
from recam.camera.moves import arc, pan_tilt, translate
from recam.camera.poses import FloatArray, Poses
from recam.camera.shake import SWAY_A_DEGREE, handheld
from recam.errors import InputError

PUBLISHED_FRAMES = 81
PUBLISHED_FPS = 15.0
PUBLISHED_LAST_FRACTION = (PUBLISHED_FRAMES - 1) / 80.5
DEFAULT_SUBJECT_DISTANCE = 4.0

Unit = Literal["deg", "m", "x", ""]
Options = Mapping[str, float | None]
Make = Callable[[float, Options], Part]
Build = Callable[[FloatArray, float, float], Poses]


class Motion(NamedTuple):
    """Poses relative to the first frame, and each frame's focal length over the source's (None: it stays)."""

    poses: Poses
    zoom: FloatArray | None


@dataclass(frozen=True)
class PresetInfo:
    """One preset as a user sees it."""

    id: int
    """Number in the published list (camNN of the validation file); 0 for those that are not in it."""
    name: str
    """recam's name, as given to ``CameraPath.preset``."""
    published_name: str
    """Name in the published list; empty for those that are not in it."""
    description: str
    """What the camera does and what the viewer sees, in words."""
    full_move: str
    """The move at strength 1."""
    amount: float
    """How far the move goes at strength 1, in ``unit``."""
    unit: Unit
    """Of the amount: degrees, metres, a factor of the focal length; empty where there is none."""
    make: Make
    """(amount, options) to what the camera does."""
    options: Options = field(default_factory=dict)
    """Further lengths in metres that can be said, with their values at strength 1 (None: by the amount)."""
    aliases: tuple[str, ...] = ()
    """Other names."""
    build: Build | None = None
    """Published presets: (progress [F], amount, subject distance) to poses, exactly as published."""

    def part(
        self, amount: float | None = None, strength: float = 1.0, options: Options | None = None
    ) -> Part:
        """What the camera does when the move is complete.

        Args:
            amount: how far, in ``unit``; default: the preset's own.
            strength: scales amount and options; a factor of the focal length is raised to it.
            options: those of ``self.options`` that differ.

        Raises:
            InputError: a number that is not usable, or an option that the preset does not have.
        """
        size = self.scaled(amount, strength)
        given = dict(options or {})
        for name, value in given.items():
            if name not in self.options:
                known = f"; it has {', '.join(self.options)}" if self.options else ""
                raise InputError(f"{self.name} has no option {name!r}{known}")
            if value is None or not math.isfinite(value):
                raise InputError(f"{name} must be a finite number of metres, not {value!r}")
        lengths = {**self.options, **given}
        return self.make(
            size, {name: None if value is None else value * strength for name, value in lengths.items()}
        )

    def scaled(self, amount: float | None, strength: float) -> float:
        """``amount`` (None: the preset's own) at ``strength``."""
        size = self.amount if amount is None else amount
        for name, value in (("strength", strength), ("amount", size)):
            if not math.isfinite(value):
                raise InputError(f"{name} must be a finite number, not {value!r}")
        if self.unit != "x":
            return strength * size
        if size <= 0:
            raise InputError(
                f"{self.name} takes a factor above 0 (2 is twice the focal length), not {size!r}"
            )
        if abs(strength * math.log(size)) > 50:
            raise InputError(f"strength {strength:g} makes the factor {size:g} of {self.name} endless")
        return size**strength


def _published(
    number: int, name: str, published: str, description: str, full: str, move: tuple
) -> PresetInfo:
    amount, unit, make, build = move
    return PresetInfo(number, name, published, description, full, amount, unit, make, build=build)


def _pan(sign: int) -> tuple:
    return (
        20.0, "deg", lambda amount, _: Part(pan=sign * amount),
        lambda progress, amount, _: pan_tilt(progress, pan_degrees=sign * amount),
    )  # fmt: skip


def _tilt(sign: int) -> tuple:
    return (
        10.0, "deg", lambda amount, _: Part(tilt=sign * amount),
        lambda progress, amount, _: pan_tilt(progress, tilt_degrees=sign * amount),
    )  # fmt: skip


def _dolly(sign: int) -> tuple:
    return (
        2.0, "m", lambda amount, _: Part(forward=sign * amount),
        lambda progress, amount, _: translate(progress, (0.0, 0.0, sign * amount)),
    )  # fmt: skip


def _crane(sign: int) -> tuple:
    return (
        1.0, "m", lambda amount, _: Part(rise=sign * amount, aims=True),
        lambda progress, amount, distance: translate(progress, (0.0, -sign * amount, 0.0), distance),
    )  # fmt: skip


def _arc(sign: int) -> tuple:
    return (
        30.0, "deg", lambda amount, _: Part(orbit=sign * amount, chord=True, aims=True),
        lambda progress, amount, distance: arc(progress, sign * amount, distance, along="chord"),
    )  # fmt: skip


def _more(
    name: str,
    description: str,
    full: str,
    amount: float,
    unit: Unit,
    make: Make,
    *aliases: str,
    **options: float | None,
) -> PresetInfo:
    return PresetInfo(0, name, "", description, full, amount, unit, make, options, aliases)


def _spiral(sign: int) -> Make:
    return lambda amount, options: Part(
        orbit=sign * amount, rise=options["rise"] or 0.0, closer=options["closer"] or 0.0, aims=True
    )


def _handheld(degrees: float, options: Options) -> Part:
    sway = options["sway"]
    return Part(shake=degrees, sway=SWAY_A_DEGREE * degrees if sway is None else sway)


_ROUND = "goes round the subject on a true circle to the {}, looking at it"
_ALL: tuple[PresetInfo, ...] = (
    _published(1, "pan-right", "Pan Right", "turns right on the spot; the scene slides left",
               "yaw +20 degrees", _pan(1)),
    _published(2, "pan-left", "Pan Left", "turns left on the spot; the scene slides right",
               "yaw -20 degrees", _pan(-1)),
    _published(3, "tilt-up", "Tilt Up", "looks up on the spot; the scene slides down",
               "pitch 10 degrees up", _tilt(1)),
    _published(4, "tilt-down", "Tilt Down", "looks down on the spot; the scene slides up",
               "pitch 10 degrees down", _tilt(-1)),
    _published(5, "dolly-in", "Zoom In", "drives forwards; near things grow fastest",
               "2 m forwards", _dolly(1)),
    _published(6, "dolly-out", "Zoom Out", "drives backwards; near things shrink fastest",
               "2 m backwards", _dolly(-1)),
    _published(7, "crane-up", "Translate Up (with rotation)", "rises and looks down at the subject",
               "1 m up, looking at the point 4 m ahead of the start", _crane(1)),
    _published(8, "crane-down", "Translate Down (with rotation)", "sinks and looks up at the subject",
               "1 m down, looking at the point 4 m ahead of the start", _crane(-1)),
    _published(9, "arc-left", "Arc Left (with rotation)", "goes round the subject to the left, looking at it",
               "to the point at 30 degrees on a 4 m circle (2 m left, 0.54 m forwards), along the chord",
               _arc(-1)),
    _published(10, "arc-right", "Arc Right (with rotation)",
               "goes round the subject to the right, looking at it",
               "to the point at 30 degrees on a 4 m circle (2 m right, 0.54 m forwards), along the chord",
               _arc(1)),
    _more("static", "stays where the source video starts", "none", 0.0, "", lambda *_: Part(), "still"),
    _more("truck-right", "drives sideways to the right without turning; near things slide left fastest",
          "1 m right", 1.0, "m", lambda amount, _: Part(right=amount)),
    _more("truck-left", "drives sideways to the left without turning; near things slide right fastest",
          "1 m left", 1.0, "m", lambda amount, _: Part(right=-amount)),
    _more("pedestal-up", "rises without turning; near things slide down fastest",
          "1 m up", 1.0, "m", lambda amount, _: Part(rise=amount)),
    _more("pedestal-down", "sinks without turning; near things slide up fastest",
          "1 m down", 1.0, "m", lambda amount, _: Part(rise=-amount)),
    _more("roll-right", "rolls clockwise as seen from behind the camera; the picture turns counter-clockwise",
          "15 degrees", 15.0, "deg", lambda amount, _: Part(roll=amount)),
    _more("roll-left", "rolls counter-clockwise as seen from behind the camera; the picture turns clockwise",
          "15 degrees", 15.0, "deg", lambda amount, _: Part(roll=-amount)),
    _more("orbit-left", _ROUND.format("left"), "45 degrees; 360 is all the way round",
          45.0, "deg", lambda amount, _: Part(orbit=-amount, aims=True)),
    _more("orbit-right", _ROUND.format("right"), "45 degrees; 360 is all the way round",
          45.0, "deg", lambda amount, _: Part(orbit=amount, aims=True)),
    _more("spiral-left", "orbits to the left while rising and closing in",
          "90 degrees, 0.5 m up, 1 m closer", 90.0, "deg", _spiral(-1), "spiral", rise=0.5, closer=1.0),
    _more("spiral-right", "orbits to the right while rising and closing in",
          "90 degrees, 0.5 m up, 1 m closer", 90.0, "deg", _spiral(1), rise=0.5, closer=1.0),
    _more("figure-eight", "flies a lying eight, looking at the subject, and ends where it began",
          "0.5 m to each side, 0.25 m up and down", 0.5, "m", lambda amount, _: Part(eight=amount, aims=True),
          "figure-8"),
    _more("zoom-in", "the lens grows longer, the camera stays: all grows alike (published Zoom In: dolly-in)",
          "2 times the focal length", 2.0, "x", lambda amount, _: Part(zoom=amount)),
    _more("zoom-out", "the lens grows shorter, the camera stays: all shrinks alike (published Zoom Out: "
          "dolly-out)", "half the focal length", 2.0, "x", lambda amount, _: Part(zoom=1 / amount)),
    _more("dolly-zoom-in", "drives forwards while the lens widens: the subject keeps its size, what is "
          "behind it recedes", "1 m forwards", 1.0, "m",
          lambda amount, _: Part(forward=amount, keeps_size=True), "dolly-zoom", "vertigo"),
    _more("dolly-zoom-out", "drives backwards while the lens lengthens: the subject keeps its size, what is "
          "behind it comes closer", "1 m backwards", 1.0, "m",
          lambda amount, _: Part(forward=-amount, keeps_size=True)),
    _more("handheld", "is held by hand: smooth noise, another one for each seed",
          "0.5 degrees and 1 cm (root mean square), 0.3 to 5 Hz", 0.5, "deg",
          _handheld, "shake", "handheld-shake", sway=None),
)  # fmt: skip

PRESETS: dict[str, PresetInfo] = {info.name: info for info in _ALL}
PRESET_NAMES: tuple[str, ...] = tuple(PRESETS)
PUBLISHED_NAMES: tuple[str, ...] = tuple(name for name, info in PRESETS.items() if info.id)
"""The ten published presets in their published order."""


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


def suggest_preset(name: str) -> str:
    """``"did you mean 'arc-left'? "`` for a name that is nearly a preset's, else an empty text."""
    near = difflib.get_close_matches(_key(name), _ALIASES, n=1, cutoff=0.5)
    if not near:
        return ""
    meant = _ALIASES[near[0]]
    lens = f" or, for the lens, {near[0]!r}" if near[0] in PRESETS and near[0] != meant else ""
    return f"did you mean {meant!r}{lens}? "


def preset_progress(num_frames: int) -> FloatArray:
    """Progress of each frame, [F]: the range of the published 81 frames, whatever the count; [0] for one.

    Raises:
        InputError: fewer than one frame.
    """
    return frame_times(num_frames) * PUBLISHED_LAST_FRACTION


def frame_times(num_frames: int) -> FloatArray:
    """Each frame's share of the time from the first frame (0) to the last (1), [F]; [0] for one frame.

    Raises:
        InputError: fewer than one frame.
    """
    if num_frames < 1:
        raise InputError(f"a camera path needs at least one frame, not {num_frames}")
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
