"""The table of camera presets: names, amounts, and what each is made of.

The published ones were measured from the published MultiCamVideo validation file (10basic_trajectories).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from recam.camera.motion import Part
from recam.camera.moves import arc, pan_tilt, translate
from recam.camera.poses import FloatArray, Poses
from recam.camera.shake import SWAY_A_DEGREE
from recam.errors import InputError

Unit = Literal["deg", "m", "x", ""]
Options = Mapping[str, float | None]
Make = Callable[[float, Options], Part]
Build = Callable[[FloatArray, float, float], Poses]


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
