"""Light of times of day and weathers outdoors, and of lamps and windows indoors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.worlds.places.place import Place
from recam.worlds.scene import Colour, Daylight


@dataclass(frozen=True)
class _Hour:
    """A time of day.

    Attributes:
        share: how frequent it is.
        elevation: degrees of the sun or moon above the horizon, lowest and highest.
        others: as in :class:`recam.worlds.scene.Daylight`, in the middle of what is drawn.
    """

    share: float
    elevation: tuple[float, float]
    colour: Colour
    strength: float
    ambient: Colour
    zenith: Colour
    horizon: Colour
    haze: float
    lamps: bool = False


# Low suns are weaker and redder: the way through the air is longer. Shade is lit by the sky, so it is bluer.
_OUTDOOR = {
    "dawn": _Hour(
        share=0.11, elevation=(5, 14), colour=(1.0, 0.72, 0.52), strength=0.52, ambient=(0.50, 0.47, 0.51),
        zenith=(0.36, 0.46, 0.68), horizon=(0.96, 0.72, 0.58), haze=0.40,
    ),
    "morning": _Hour(
        share=0.17, elevation=(20, 40), colour=(1.0, 0.92, 0.78), strength=0.58, ambient=(0.46, 0.49, 0.53),
        zenith=(0.28, 0.50, 0.82), horizon=(0.78, 0.86, 0.92), haze=0.20,
    ),
    "noon": _Hour(
        share=0.15, elevation=(55, 75), colour=(1.0, 0.97, 0.92), strength=0.58, ambient=(0.46, 0.49, 0.53),
        zenith=(0.20, 0.44, 0.82), horizon=(0.70, 0.82, 0.93), haze=0.10,
    ),
    "afternoon": _Hour(
        share=0.17, elevation=(28, 50), colour=(1.0, 0.93, 0.80), strength=0.58, ambient=(0.46, 0.48, 0.52),
        zenith=(0.24, 0.47, 0.80), horizon=(0.80, 0.85, 0.88), haze=0.15,
    ),
    "dusk": _Hour(
        share=0.13, elevation=(4, 12), colour=(1.0, 0.58, 0.34), strength=0.50, ambient=(0.47, 0.43, 0.48),
        zenith=(0.22, 0.26, 0.50), horizon=(0.98, 0.56, 0.34), haze=0.25, lamps=True,
    ),
    "night": _Hour(
        share=0.12, elevation=(30, 60), colour=(0.62, 0.74, 1.0), strength=0.22, ambient=(0.25, 0.28, 0.38),
        zenith=(0.03, 0.05, 0.12), horizon=(0.11, 0.14, 0.24), haze=0.20, lamps=True,
    ),
    "an overcast day": _Hour(
        share=0.15, elevation=(45, 70), colour=(0.94, 0.97, 1.0), strength=0.22, ambient=(0.72, 0.74, 0.77),
        zenith=(0.62, 0.66, 0.71), horizon=(0.80, 0.82, 0.84), haze=0.35,
    ),
}  # fmt: skip
_GREY = (0.5, 0.5, 0.5)
# The main light of a room; its lamps add to it.
_INDOOR = {
    "warm lamplight": _Hour(
        share=0.35, elevation=(62, 85), colour=(1.0, 0.84, 0.62), strength=0.36, ambient=(0.48, 0.42, 0.36),
        zenith=_GREY, horizon=_GREY, haze=0.0, lamps=True,
    ),
    "cool lamplight": _Hour(
        share=0.25, elevation=(62, 85), colour=(0.90, 0.96, 1.0), strength=0.36, ambient=(0.44, 0.47, 0.50),
        zenith=_GREY, horizon=_GREY, haze=0.0, lamps=True,
    ),
    "daylight from windows": _Hour(
        share=0.40, elevation=(32, 55), colour=(1.0, 0.97, 0.92), strength=0.48, ambient=(0.56, 0.57, 0.58),
        zenith=(0.4, 0.6, 0.9), horizon=(0.8, 0.9, 1.0), haze=0.0,
    ),
}  # fmt: skip
_DIM = 0.25  # of a lamp's colour that reaches a scene outdoors at dusk, or indoors beside the main lamp


def draw_daylight(rng: np.random.Generator, place: Place) -> Daylight:
    """Light for a place: a time of day outdoors, lamps or daylight indoors.

    The sun's height fits the hour, its bearing is any. Lamps of the place are on at dusk, at night and in
    lamplight. Of the lights that a frame may get none leaves it black or blown out.
    """
    hours = _INDOOR if place.indoor else _OUTDOOR
    if place.indoor and not any(thing.name.startswith("window-") for thing in place.things):
        hours = {name: hour for name, hour in hours.items() if hour.lamps}
    shares = np.array([hour.share for hour in hours.values()])
    name = tuple(hours)[int(rng.choice(len(hours), p=shares / shares.sum()))]
    hour = hours[name]
    elevation = np.radians(rng.uniform(*hour.elevation))
    azimuth = rng.uniform(0, 2 * np.pi)
    towards = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    x, y, z = -towards
    bright = float(rng.uniform(0.92, 1.05))
    lamps = place.lamps if hour.lamps else ()
    if name != "night":
        lamps = tuple(type(lamp)(lamp.position, _scaled(lamp.colour, _DIM), lamp.metres) for lamp in lamps)
    return Daylight(
        name,
        (float(x), float(y), float(z)),
        _near(rng, hour.colour, 0.03),
        hour.strength * bright,
        _near(rng, hour.ambient, 0.015),
        _near(rng, hour.zenith, 0.04),
        _near(rng, hour.horizon, 0.04),
        float(np.clip(hour.haze * rng.uniform(0.5, 1.5), 0, 1)),
        lamps,
    )


def _near(rng: np.random.Generator, colour: Colour, amount: float) -> Colour:
    """A colour a little warmer or colder, brighter or darker."""
    red, green, blue = np.clip(np.asarray(colour) + rng.uniform(-amount, amount, 3) / 2, 0.0, 1.0)
    return float(red), float(green), float(blue)


def _scaled(colour: Colour, by: float) -> Colour:
    red, green, blue = colour
    return red * by, green * by, blue * by
