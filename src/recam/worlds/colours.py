"""Colours that have a name, for things whose words say it."""

from __future__ import annotations

import numpy as np

from recam.worlds.scene import Colour

COLOURS: dict[str, Colour] = {
    "red": (0.74, 0.13, 0.11),
    "dark red": (0.45, 0.07, 0.09),
    "orange": (0.90, 0.46, 0.10),
    "yellow": (0.92, 0.78, 0.18),
    "green": (0.16, 0.50, 0.22),
    "dark green": (0.08, 0.28, 0.16),
    "olive": (0.42, 0.43, 0.20),
    "teal": (0.09, 0.47, 0.48),
    "light blue": (0.48, 0.68, 0.88),
    "blue": (0.14, 0.30, 0.72),
    "navy blue": (0.09, 0.12, 0.30),
    "purple": (0.43, 0.20, 0.58),
    "pink": (0.91, 0.52, 0.66),
    "beige": (0.80, 0.71, 0.56),
    "brown": (0.40, 0.25, 0.14),
    "white": (0.91, 0.90, 0.87),
    "grey": (0.50, 0.50, 0.52),
    "dark grey": (0.24, 0.25, 0.27),
    "black": (0.08, 0.08, 0.09),
}
"""sRGB, 0 to 1, of colours as people name them."""


def draw_colour(rng: np.random.Generator, among: tuple[str, ...] = tuple(COLOURS)) -> tuple[str, Colour]:
    """A colour's name and a shade of it."""
    name = str(rng.choice(among))
    return name, shade(rng, COLOURS[name])


def shade(rng: np.random.Generator, colour: Colour, amount: float = 0.04) -> Colour:
    """A colour close to another: a little brighter or darker, a little warmer or colder."""
    near = np.asarray(colour) * rng.uniform(1 - 2 * amount, 1 + 2 * amount) + rng.uniform(-amount, amount, 3)
    red, green, blue = np.clip(near, 0.02, 0.98)
    return float(red), float(green), float(blue)


def darker(colour: Colour, factor: float = 0.6) -> Colour:
    """The colour in the shade, or brighter with a factor above 1."""
    red, green, blue = (min(channel * factor, 1.0) for channel in colour)
    return red, green, blue


def with_article(words: str) -> str:
    """ "green coat" as "a green coat", "orange ball" as "an orange ball"."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
