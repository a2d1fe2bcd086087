"""Houses: their front is towards +y at y = 0, they reach back from there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.worlds.colours import darker, with_article
from recam.worlds.places.furniture import Piece
from recam.worlds.places.kit import block, box, gable, post, turned
from recam.worlds.places.materials import (
    OUTER_WALLS,
    ROOFS,
    STEEL,
    STONE,
    Material,
    lit_pane,
    paint,
    pick,
    surface,
)
from recam.worlds.scene import Shape

_GROUND_FLOOR = 3.4
_DOORS = ("red", "dark red", "green", "dark green", "blue", "navy blue", "teal", "brown", "black", "white")
_FACADES = {
    "cream": (0.84, 0.77, 0.62), "grey": (0.60, 0.60, 0.60), "white": (0.86, 0.85, 0.82),
    "ochre": (0.78, 0.58, 0.30), "pink": (0.82, 0.60, 0.54), "brick-red": (0.58, 0.30, 0.23),
    "pale green": (0.62, 0.70, 0.58), "pale blue": (0.58, 0.67, 0.75), "brown": (0.48, 0.37, 0.29),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class HouseLooks:
    """Surfaces that the houses of one place share: few textures dress many houses.

    Attributes:
        walls: names and surfaces of walls with windows that are shapes.
        facades: names, painted windows and the wall below them; a tile has two by two windows.
        pitch: metres from window to window.
    """

    walls: tuple[tuple[str, Material], ...]
    facades: tuple[tuple[str, Material, Material], ...]
    roofs: tuple[Material, ...]
    chimney: Material
    awnings: tuple[Material, ...]
    trim: Material
    pitch: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> HouseLooks:
        pitch = float(rng.uniform(2.4, 2.9))
        facades = []
        for index in rng.choice(len(_FACADES), 3, replace=False):
            name = tuple(_FACADES)[int(index)]
            painted = surface(rng, "facade", _FACADES[name], (0.25, 0.33, 0.40), 2 * pitch, roughness=0.85)
            facades.append((name, painted, Material.plain(darker(_FACADES[name], 0.9), roughness=0.9)))
        awnings = []
        for _ in range(2):
            _, first = paint(rng, ("red", "green", "blue", "orange", "teal", "yellow", "dark red"))
            awnings.append(
                surface(rng, "stripes", first.texture.first, (0.9, 0.88, 0.82), 1.6, roughness=1.0)
            )
        return cls(
            tuple(pick(rng, OUTER_WALLS) for _ in range(3)),
            tuple(facades),
            tuple(pick(rng, ROOFS, ("red tiles", "slate", "brown shingles"))[1] for _ in range(2)),
            surface(rng, "bricks", (0.5, 0.26, 0.2), (0.6, 0.56, 0.5), 1.0, roughness=0.95),
            tuple(awnings),
            paint(rng, ("white", "beige", "grey", "dark grey"), roughness=0.8)[1],
            pitch,
        )


def town_house(
    rng: np.random.Generator, looks: HouseLooks, bays: int, shop: float = 0.35, near: bool = True
) -> Piece:
    """A house in a row with a door, perhaps a shop.

    Args:
        bays: windows side by side, even.
        shop: chance that there is a shop.
        near: whether it may be seen from near by: with shapes for windows and the ground floor.
    """
    pitch, depth = looks.pitch, 7.0
    width = bays * pitch
    # Painted windows come in pairs of floors and bays.
    floors = 2 * int(rng.integers(1, 4)) if bays < 6 else 2 * int(rng.integers(1, 3))
    painted = not near or bool(rng.random() < 0.5)
    if painted:
        name, upper, lower = looks.facades[int(rng.integers(len(looks.facades)))]
    else:
        name, upper = looks.walls[int(rng.integers(len(looks.walls)))]
        lower, floors = upper, min(floors, 3)
    height = _GROUND_FLOOR + floors * pitch
    shapes: list[Shape] = [
        block(lower, (width, depth, _GROUND_FLOOR), y=-depth / 2),
        block(upper, (width, depth, floors * pitch), y=-depth / 2, z=_GROUND_FLOOR),
        block(looks.trim, (width, 0.12, 0.2), y=0.04, z=_GROUND_FLOOR - 0.1),
        block(looks.trim, (width, 0.3, 0.25), y=0.05, z=height - 0.1),
    ]
    if not painted:
        shapes += _windows(rng, bays, looks, floors)
    shapes += _entrance(rng, bays, looks, bool(rng.random() < shop), near)
    shapes += _roof(rng, looks, width, depth, height)
    return Piece("house", f"{with_article(name)} house", tuple(shapes), width, depth)


def _windows(rng: np.random.Generator, bays: int, looks: HouseLooks, floors: int) -> list[Shape]:
    found = []
    panes = [lit_pane(rng) for _ in range(3)]
    for floor in range(floors):
        for bay in range(bays):
            x, z = looks.pitch * (bay - (bays - 1) / 2), _GROUND_FLOOR + looks.pitch * floor + 0.5
            found.append(block(looks.trim, (1.3, 0.1, 1.8), x, 0.03, z - 0.1))
            found.append(block(panes[int(rng.integers(3))], (1.1, 0.1, 1.6), x, 0.06, z))
    return found


def _entrance(
    rng: np.random.Generator, bays: int, looks: HouseLooks, is_shop: bool, near: bool
) -> list[Shape]:
    _, leaf = paint(rng, _DOORS, roughness=0.4)
    at, trim = int(rng.integers(bays)), looks.trim
    found = []
    for bay in range(bays):
        x = looks.pitch * (bay - (bays - 1) / 2)
        if bay == at:
            found += [block(trim, (1.4, 0.12, 2.5), x, 0.04), block(leaf, (1.1, 0.1, 2.2), x, 0.08)]
            if near:
                found += [block(STEEL, (0.05, 0.06, 0.2), x + 0.4, 0.15, 1.0)]
                found += [block(STONE, (1.6, 0.4, 0.12), x, 0.2)]
        elif is_shop:
            found.append(block(leaf, (looks.pitch - 0.1, 0.1, 2.7), x, 0.04, 0.1))
            found.append(block(lit_pane(rng), (looks.pitch - 0.4, 0.1, 1.9), x, 0.07, 0.6))
        else:
            if near:
                found.append(block(trim, (1.3, 0.1, 1.7), x, 0.03, 0.9))
            found.append(block(lit_pane(rng), (1.1, 0.1, 1.5), x, 0.06, 1.0))
    if is_shop:
        cloth = looks.awnings[int(rng.integers(len(looks.awnings)))]
        width = bays * looks.pitch - 0.3
        found.append(box(cloth, (width, 1.2, 0.05), (0, 0.6, 2.95), turned(x=-22)))
    return found


def _roof(
    rng: np.random.Generator, looks: HouseLooks, width: float, depth: float, height: float
) -> list[Shape]:
    if rng.random() < 0.35:
        return [block(looks.trim, (width, 0.25, 0.6), y=-0.12, z=height)]
    tiles = looks.roofs[int(rng.integers(len(looks.roofs)))]
    rise, x = float(rng.uniform(1.5, 2.6)), float(rng.uniform(-0.3, 0.3)) * width
    return [
        gable(tiles, (width, depth + 0.7, rise), (0, -depth / 2, height + 0.1)),
        block(looks.chimney, (0.7, 0.7, rise + 0.8), x, -0.75 * depth, height),
    ]


def cottage(rng: np.random.Generator) -> Piece:
    """A small house that stands alone, its back as good as its front."""
    name, wall = pick(rng, OUTER_WALLS)
    roof_name, tiles = pick(rng, ROOFS)
    _, trim = paint(rng, ("white", "dark grey", "beige"), roughness=0.8)
    _, leaf = paint(rng, _DOORS, roughness=0.4)
    width, depth, height = (float(rng.uniform(*span)) for span in ((5, 8), (4.5, 6), (2.6, 3.2)))
    shapes: list[Shape] = [
        block(wall, (width, depth, height + 0.5), y=-depth / 2, z=-0.5),
        gable(tiles, (width + 0.7, depth + 0.8, 0.38 * depth), (0, -depth / 2, height - 0.05)),
        block(trim, (1.15, 0.1, 2.2), y=0.02),
        block(leaf, (0.95, 0.1, 2.05), y=0.05),
        block(STONE, (0.6, 0.6, 2.0), 0.3 * width, -0.7 * depth, height),
    ]
    for side, y in ((1, 0.0), (-1, -depth)):
        for x in (-0.32 * width, 0.32 * width):
            shapes.append(block(trim, (1.2, 0.12, 1.2), x, y + side * 0.02, 0.95))
            shapes.append(block(lit_pane(rng), (1.0, 0.12, 1.0), x, y + side * 0.05, 1.05))
    words = f"{with_article(name)} cottage with a roof of {roof_name}"
    return Piece("cottage", words, tuple(shapes), width, depth)


def arcade(
    rng: np.random.Generator, looks: HouseLooks, bays: int, wall: Material, depth: float = 6.0
) -> Piece:
    """A long building with columns in front of its ground floor; an even number of bays."""
    pitch = looks.pitch
    width, floors = bays * pitch, 2 * int(rng.integers(1, 3))
    name, upper, _ = looks.facades[int(rng.integers(len(looks.facades)))]
    tiles = looks.roofs[int(rng.integers(len(looks.roofs)))]
    shapes: list[Shape] = [
        block(wall, (width, depth - 2.5, 3.8), y=-2.5 - (depth - 2.5) / 2),
        block(upper, (width, depth, floors * pitch), y=-depth / 2, z=3.8),
        block(wall, (width + 0.2, 0.3, 0.4), y=0.05, z=3.6),
        gable(tiles, (width, depth + 0.6, 1.8), (0, -depth / 2, 3.8 + floors * pitch)),
    ]
    for bay in range(bays + 1):
        x = pitch * (bay - bays / 2) * 0.985
        shapes += [post(STONE, 0.26, 3.4, x, -0.3), block(STONE, (0.7, 0.7, 0.25), x, -0.3, 3.4)]
    for bay in range(0, bays, 2):
        x = pitch * (bay - (bays - 1) / 2)
        shapes.append(block(lit_pane(rng), (1.8, 0.1, 2.4), x, -2.45, 0.3))
    return Piece("arcade", f"{with_article(name)} building with an arcade", tuple(shapes), width, depth)
