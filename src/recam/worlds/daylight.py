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
        0.11,
        (5, 14),
        (1.0, 0.72, 0.52),
        0.55,
        (0.48, 0.46, 0.54),
        (0.36, 0.46, 0.68),
        (0.96, 0.72, 0.58),
        0.45,
    ),
    "morning": _Hour(
        0.17,
        (20, 40),
        (1.0, 0.92, 0.78),
        0.72,
        (0.50, 0.53, 0.58),
        (0.28, 0.50, 0.82),
        (0.78, 0.86, 0.92),
        0.25,
    ),
    "noon": _Hour(
        0.15,
        (55, 75),
        (1.0, 0.97, 0.92),
        0.76,
        (0.50, 0.53, 0.57),
        (0.20, 0.44, 0.82),
        (0.70, 0.82, 0.93),
        0.12,
    ),
    "afternoon": _Hour(
        0.17,
        (28, 50),
        (1.0, 0.93, 0.80),
        0.74,
        (0.50, 0.53, 0.57),
        (0.24, 0.47, 0.80),
        (0.80, 0.85, 0.88),
        0.18,
    ),
    "dusk": _Hour(
        0.13,
        (4, 12),
        (1.0, 0.58, 0.34),
        0.52,
        (0.46, 0.42, 0.52),
        (0.22, 0.26, 0.50),
        (0.98, 0.56, 0.34),
        0.35,
        True,
    ),
    "night": _Hour(
        0.12,
        (30, 60),
        (0.62, 0.74, 1.0),
        0.20,
        (0.25, 0.28, 0.38),
        (0.03, 0.05, 0.12),
        (0.11, 0.14, 0.24),
        0.3,
        True,
    ),
    "an overcast day": _Hour(
        0.15,
        (45, 70),
        (0.94, 0.97, 1.0),
        0.26,
        (0.72, 0.74, 0.77),
        (0.62, 0.66, 0.71),
        (0.80, 0.82, 0.84),
        0.4,
    ),
}
# Main light of a room: (share, elevation, colour, strength, ambient); lamps add to it.
_INDOOR = {
    "warm lamplight": _Hour(
        0.35,
        (62, 85),
        (1.0, 0.84, 0.62),
        0.40,
        (0.33, 0.29, 0.25),
        (0.5, 0.5, 0.5),
        (0.5, 0.5, 0.5),
        0.0,
        True,
    ),
    "cool lamplight": _Hour(
        0.25,
        (62, 85),
        (0.90, 0.96, 1.0),
        0.44,
        (0.32, 0.34, 0.37),
        (0.5, 0.5, 0.5),
        (0.5, 0.5, 0.5),
        0.0,
        True,
    ),
    "daylight from windows": _Hour(
        0.40, (32, 55), (1.0, 0.97, 0.92), 0.50, (0.54, 0.55, 0.56), (0.4, 0.6, 0.9), (0.8, 0.9, 1.0), 0.0
    ),
}
_DIM = 0.35  # of a lamp's colour that reaches a scene outdoors at dusk, or indoors beside the main lamp


def draw_daylight(rng: np.random.Generator, place: Place) -> Daylight:
    """Light for a place: a time of day outdoors, lamps or daylight indoors.

    The sun's height fits the hour, its bearing is any. Lamps of the place are on at dusk, at night and in
    lamplight. Of the lights that a frame may get none leaves it black or blown out.
    """
    hours = _INDOOR if place.indoor else _OUTDOOR
    shares = np.array([hour.share for hour in hours.values()])
    name = tuple(hours)[int(rng.choice(len(hours), p=shares / shares.sum()))]
    hour = hours[name]
    elevation = np.radians(rng.uniform(*hour.elevation))
    azimuth = rng.uniform(0, 2 * np.pi)
    towards = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    x, y, z = -towards
    bright = float(rng.uniform(0.9, 1.1))
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
