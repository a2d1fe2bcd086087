"""Surfaces of floors, walls, grounds, roofs and wood by the names that people give them."""

from __future__ import annotations

import numpy as np

from recam.worlds.colours import COLOURS, shade
from recam.worlds.scene import Colour, Material, Texture

Recipe = tuple[str, Colour, Colour, float, float]
"""Pattern, its two colours, metres that a tile covers, roughness."""

FLOORS: dict[str, Recipe] = {
    "oak planks": ("planks", (0.52, 0.35, 0.20), (0.74, 0.56, 0.36), 1.6, 0.5),
    "dark planks": ("planks", (0.22, 0.13, 0.08), (0.40, 0.26, 0.17), 1.6, 0.45),
    "pale planks": ("planks", (0.70, 0.62, 0.50), (0.85, 0.78, 0.66), 1.8, 0.5),
    "parquet": ("parquet", (0.45, 0.28, 0.15), (0.68, 0.47, 0.28), 1.6, 0.35),
    "marble": ("marble", (0.88, 0.86, 0.82), (0.45, 0.43, 0.42), 2.4, 0.15),
    "white tiles": ("tiles", (0.86, 0.86, 0.84), (0.60, 0.60, 0.60), 1.6, 0.25),
    "terracotta tiles": ("tiles", (0.68, 0.36, 0.24), (0.55, 0.48, 0.42), 1.4, 0.6),
    "black and white tiles": ("checker", (0.88, 0.87, 0.84), (0.14, 0.14, 0.15), 2.0, 0.25),
    "green and cream tiles": ("checker", (0.84, 0.80, 0.68), (0.26, 0.42, 0.34), 1.6, 0.35),
    "concrete": ("concrete", (0.60, 0.60, 0.58), (0.46, 0.46, 0.45), 3.0, 0.7),
    "grey carpet": ("noise", (0.45, 0.46, 0.48), (0.34, 0.35, 0.38), 0.8, 1.0),
    "blue carpet": ("patches", (0.20, 0.28, 0.42), (0.26, 0.34, 0.48), 2.0, 1.0),
    "red carpet": ("noise", (0.50, 0.14, 0.13), (0.40, 0.09, 0.10), 0.8, 1.0),
    "blue rubber": ("speckles", (0.24, 0.36, 0.54), (0.30, 0.42, 0.60), 1.0, 0.6),
    "green rubber": ("speckles", (0.22, 0.42, 0.32), (0.28, 0.48, 0.38), 1.0, 0.6),
    "red rubber": ("speckles", (0.56, 0.24, 0.19), (0.62, 0.30, 0.25), 1.0, 0.6),
    "terrazzo": ("speckles", (0.74, 0.72, 0.68), (0.56, 0.52, 0.49), 1.2, 0.3),
}
INNER_WALLS: dict[str, Recipe] = {
    "white": ("noise", (0.86, 0.85, 0.82), (0.80, 0.79, 0.76), 3.0, 0.9),
    "cream": ("noise", (0.86, 0.79, 0.65), (0.80, 0.73, 0.59), 3.0, 0.9),
    "sage green": ("noise", (0.60, 0.68, 0.56), (0.55, 0.63, 0.51), 3.0, 0.9),
    "pale blue": ("noise", (0.62, 0.72, 0.80), (0.57, 0.67, 0.75), 3.0, 0.9),
    "ochre": ("noise", (0.78, 0.58, 0.28), (0.72, 0.52, 0.24), 3.0, 0.9),
    "dusky pink": ("noise", (0.78, 0.58, 0.55), (0.73, 0.53, 0.50), 3.0, 0.9),
    "dark blue": ("noise", (0.17, 0.24, 0.36), (0.14, 0.20, 0.31), 3.0, 0.9),
    "striped": ("stripes", (0.82, 0.77, 0.64), (0.66, 0.52, 0.42), 1.2, 0.9),
    "blue striped": ("stripes", (0.80, 0.83, 0.84), (0.50, 0.60, 0.70), 1.6, 0.9),
    "brick": ("bricks", (0.62, 0.32, 0.23), (0.74, 0.70, 0.64), 1.0, 0.9),
    "whitewashed brick": ("bricks", (0.84, 0.82, 0.78), (0.70, 0.68, 0.64), 1.0, 0.9),
    "wood-panelled": ("palings", (0.42, 0.26, 0.14), (0.60, 0.41, 0.24), 1.4, 0.6),
    "concrete": ("concrete", (0.66, 0.66, 0.64), (0.52, 0.52, 0.51), 2.4, 0.85),
    "tiled": ("tiles", (0.78, 0.85, 0.84), (0.60, 0.64, 0.64), 0.8, 0.3),
}
OUTER_WALLS: dict[str, Recipe] = {
    "red-brick": ("bricks", (0.60, 0.28, 0.20), (0.72, 0.68, 0.62), 1.2, 0.9),
    "yellow-brick": ("bricks", (0.76, 0.62, 0.38), (0.70, 0.66, 0.58), 1.2, 0.9),
    "dark-brick": ("bricks", (0.36, 0.22, 0.19), (0.52, 0.48, 0.45), 1.2, 0.9),
    "white-plastered": ("noise", (0.88, 0.86, 0.80), (0.78, 0.76, 0.71), 4.0, 0.95),
    "yellow-plastered": ("noise", (0.88, 0.72, 0.42), (0.80, 0.64, 0.36), 4.0, 0.95),
    "pink-plastered": ("noise", (0.86, 0.62, 0.55), (0.78, 0.55, 0.49), 4.0, 0.95),
    "blue-plastered": ("noise", (0.52, 0.64, 0.74), (0.46, 0.57, 0.67), 4.0, 0.95),
    "green-plastered": ("noise", (0.58, 0.68, 0.54), (0.51, 0.61, 0.48), 4.0, 0.95),
    "stone": ("cobbles", (0.68, 0.63, 0.54), (0.46, 0.43, 0.38), 2.0, 0.95),
    "concrete": ("concrete", (0.66, 0.65, 0.62), (0.50, 0.50, 0.48), 3.0, 0.9),
    "timber-clad": ("palings", (0.48, 0.35, 0.24), (0.68, 0.53, 0.38), 1.6, 0.85),
    "red timber": ("palings", (0.42, 0.10, 0.09), (0.55, 0.16, 0.13), 1.6, 0.85),
}
GROUNDS: dict[str, Recipe] = {
    "asphalt": ("asphalt", (0.20, 0.20, 0.21), (0.36, 0.36, 0.36), 2.0, 0.95),
    "grey paving": ("paving", (0.62, 0.61, 0.59), (0.50, 0.49, 0.48), 2.4, 0.85),
    "sandstone paving": ("paving", (0.76, 0.66, 0.50), (0.62, 0.52, 0.39), 2.4, 0.85),
    "red paving": ("paving", (0.60, 0.36, 0.29), (0.50, 0.29, 0.24), 2.0, 0.85),
    "cobbles": ("cobbles", (0.52, 0.50, 0.47), (0.28, 0.27, 0.25), 1.6, 0.85),
    "gravel": ("gravel", (0.70, 0.65, 0.57), (0.48, 0.45, 0.40), 1.2, 1.0),
    "grass": ("grass", (0.17, 0.29, 0.09), (0.38, 0.50, 0.19), 2.4, 1.0),
    "dry grass": ("grass", (0.50, 0.44, 0.22), (0.70, 0.62, 0.34), 2.4, 1.0),
    "sand": ("sand", (0.74, 0.62, 0.42), (0.88, 0.78, 0.58), 3.0, 1.0),
    "bare earth": ("noise", (0.42, 0.31, 0.21), (0.54, 0.41, 0.29), 2.6, 1.0),
    "snow": ("noise", (0.82, 0.84, 0.88), (0.74, 0.77, 0.83), 5.0, 0.8),
    "heather": ("grass", (0.26, 0.28, 0.14), (0.52, 0.36, 0.44), 2.4, 1.0),
    "terracotta tiles": ("tiles", (0.66, 0.38, 0.26), (0.50, 0.42, 0.36), 1.6, 0.7),
    "checkered stone": ("checker", (0.78, 0.74, 0.66), (0.46, 0.44, 0.42), 3.0, 0.6),
}
ROOFS: dict[str, Recipe] = {
    "red tiles": ("shingles", (0.50, 0.21, 0.15), (0.66, 0.34, 0.25), 2.0, 0.9),
    "slate": ("shingles", (0.25, 0.27, 0.31), (0.38, 0.40, 0.44), 2.0, 0.7),
    "brown shingles": ("shingles", (0.30, 0.21, 0.15), (0.44, 0.32, 0.23), 2.0, 0.9),
    "sheet metal": ("corrugated", (0.60, 0.62, 0.64), (0.45, 0.32, 0.25), 1.6, 0.5),
}
WOODS: dict[str, Recipe] = {
    "oak": ("wood", (0.50, 0.34, 0.19), (0.70, 0.52, 0.32), 1.2, 0.6),
    "walnut": ("wood", (0.24, 0.15, 0.09), (0.40, 0.26, 0.16), 1.2, 0.5),
    "pine": ("wood", (0.70, 0.55, 0.34), (0.84, 0.70, 0.48), 1.2, 0.6),
    "cherry": ("wood", (0.42, 0.18, 0.10), (0.56, 0.28, 0.17), 1.2, 0.5),
}
GLASS = Material.plain((0.34, 0.46, 0.54), roughness=0.1)
STEEL = Material.plain((0.56, 0.58, 0.60), roughness=0.35, metallic=0.9)
IRON = Material.plain((0.14, 0.15, 0.16), roughness=0.5, metallic=0.6)
BLACK = Material.plain((0.07, 0.07, 0.08), roughness=0.6)
RUBBER = Material.plain((0.09, 0.09, 0.09), roughness=0.95)
STONE = Material(Texture("noise", (0.66, 0.64, 0.59), (0.54, 0.52, 0.48), 1.2, 5), roughness=0.9)
GLOW = Material.plain((1.0, 0.93, 0.76), roughness=0.4, emission=0.9)
DAY_PANE = Material.plain((0.86, 0.93, 1.0), roughness=0.1, emission=0.8)


def pick(
    rng: np.random.Generator, recipes: dict[str, Recipe], among: tuple[str, ...] | None = None
) -> tuple[str, Material]:
    """A surface's name and a material of it, each time a little different."""
    names = among or tuple(recipes)
    name = names[int(rng.integers(len(names)))]
    pattern, first, second, metres, roughness = recipes[name]
    return name, surface(rng, pattern, first, second, metres, roughness=roughness)


def surface(
    rng: np.random.Generator, pattern: str, first: Colour, second: Colour, metres: float, **looks: float
) -> Material:
    """A material of a pattern, in shades of two colours; ``looks`` as of :class:`Material`."""
    colours = shade(rng, first, 0.02), shade(rng, second, 0.02)
    texture = Texture(pattern, *colours, metres, int(rng.integers(1000)))
    return Material(texture, **looks)


def paint(rng: np.random.Generator, among: tuple[str, ...], **looks: float) -> tuple[str, Material]:
    """A colour's name and a plain material of a shade of it."""
    name = among[int(rng.integers(len(among)))]
    return name, Material.plain(shade(rng, COLOURS[name]), **looks)


def lit_pane(rng: np.random.Generator) -> Material:
    """A window pane as seen from outside: dark, or with a light behind it."""
    if rng.random() < 0.25:
        return Material.plain(shade(rng, (0.95, 0.78, 0.48)), roughness=0.15, emission=0.4)
    return Material.plain(shade(rng, (0.26, 0.36, 0.44)), roughness=0.1, emission=0.06)
