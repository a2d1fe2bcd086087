"""Things that stand in rooms: shapes in a frame of their own, z = 0 on the floor, the back towards -y."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places.kit import Shapes, ball, blob, block, box, cone, post, rod, turned
from recam.worlds.places.materials import (
    BLACK,
    GLOW,
    IRON,
    STEEL,
    WOODS,
    Material,
    paint,
    pick,
    surface,
)

COVERS = (
    "red",
    "dark red",
    "olive",
    "teal",
    "blue",
    "navy blue",
    "beige",
    "grey",
    "dark grey",
    "orange",
    "green",
)


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of furniture.

    Attributes:
        name: what it is called in the scene.
        words: as a person would name it, with an article.
        shapes: in its own frame.
        width, depth: metres along x and y that it takes, about its origin.
    """

    name: str
    words: str
    shapes: Shapes
    width: float
    depth: float


Maker = Callable[[np.random.Generator], Piece]
"""Draws a piece."""


def _legs(material: Material, width: float, depth: float, height: float, thick: float = 0.06) -> Shapes:
    x, y = width / 2 - thick, depth / 2 - thick
    size = (thick, thick, height)
    return tuple(block(material, size, a, b) for a in (-x, x) for b in (-y, y))


def sofa(rng: np.random.Generator) -> Piece:
    colour, cover = paint(rng, COVERS, roughness=1.0)
    seats = int(rng.integers(1, 4))
    width, depth = 0.55 + 0.62 * seats, 0.9
    shapes = [
        block(cover, (width, depth, 0.3), z=0.1),
        block(cover, (width, 0.22, 0.85), y=-depth / 2 + 0.11),
        *(block(cover, (0.18, depth, 0.6), side * (width / 2 - 0.09)) for side in (-1, 1)),
    ]
    shapes += [
        block(cover, (0.58, 0.62, 0.13), 0.62 * (seat - (seats - 1) / 2), 0.1, 0.4) for seat in range(seats)
    ]
    if rng.random() < 0.6:
        _, cushion = paint(rng, COVERS, roughness=1.0)
        turn = turned(x=-20, z=12)
        shapes.append(box(cushion, (0.4, 0.12, 0.38), (-0.3 * (seats - 1), -0.13, 0.7), turn))
    kind = "armchair" if seats == 1 else "sofa"
    return Piece(kind, with_article(f"{colour} {kind}"), tuple(shapes), width, depth)


def table(rng: np.random.Generator, low: bool = False) -> Piece:
    name, wood = pick(rng, WOODS)
    height = 0.42 if low else 0.75
    if rng.random() < 0.35:
        radius = float(rng.uniform(0.4, 0.6))
        shapes: Shapes = (
            post(wood, radius, 0.05, z=height - 0.05),
            post(IRON, 0.05, height - 0.08, z=0.03),
            post(IRON, 0.55 * radius, 0.03),
        )
        return Piece("table", f"a round {name} table", shapes, 2 * radius, 2 * radius)
    width, depth = float(rng.uniform(1.0, 1.8)), float(rng.uniform(0.6, 0.9))
    top = block(wood, (width, depth, 0.05), z=height - 0.05)
    shapes = (top, *_legs(wood, width, depth, height - 0.05))
    return Piece("table", f"{with_article(name)} {'coffee ' if low else ''}table", shapes, width, depth)


def chair(rng: np.random.Generator) -> Piece:
    name, wood = pick(rng, WOODS)
    seat = wood
    if rng.random() < 0.4:
        name, seat = paint(rng, COVERS, roughness=1.0)
    shapes = (
        block(seat, (0.44, 0.44, 0.05), z=0.43),
        *_legs(wood, 0.44, 0.44, 0.43, 0.045),
        *(block(wood, (0.045, 0.045, 0.5), side * 0.19, -0.2, 0.46) for side in (-1, 1)),
        block(seat, (0.42, 0.035, 0.24), y=-0.2, z=0.68),
    )
    return Piece("chair", f"{with_article(name)} chair", shapes, 0.5, 0.5)


def desk(rng: np.random.Generator) -> Piece:
    name, wood = pick(rng, WOODS)
    width = float(rng.uniform(1.2, 1.7))
    _, screen = paint(rng, ("light blue", "blue", "teal"), roughness=0.2, emission=0.5)
    shapes = (
        block(wood, (width, 0.75, 0.04), z=0.71),
        block(wood, (0.4, 0.65, 0.7), width / 2 - 0.24),
        block(wood, (0.05, 0.7, 0.7), -width / 2 + 0.05),
        block(BLACK, (0.2, 0.16, 0.02), y=-0.1, z=0.75),
        block(BLACK, (0.05, 0.03, 0.2), y=-0.12, z=0.76),
        block(BLACK, (0.6, 0.03, 0.36), y=-0.1, z=0.88),
        block(screen, (0.56, 0.01, 0.32), y=-0.08, z=0.9),
        block(IRON, (0.42, 0.15, 0.02), y=0.16, z=0.75),
    )
    return Piece("desk", f"{with_article(name)} desk with a screen", shapes, width, 0.75)


def bookshelf(rng: np.random.Generator) -> Piece:
    name, wood = pick(rng, WOODS)
    rows, width = int(rng.integers(3, 6)), float(rng.choice([1.0, 1.5, 2.0]))
    pitch, depth = 0.4, 0.34
    books = surface(rng, "books", (0.45, 0.3, 0.25), wood.texture.first, pitch, roughness=0.8)
    height = rows * pitch + 0.1
    shapes = [
        block(wood, (width + 0.08, 0.03, height), y=-depth / 2 + 0.015),
        *(block(wood, (0.04, depth, height), side * (width / 2 + 0.02)) for side in (-1, 1)),
        *(block(wood, (width, depth, 0.04), z=row * pitch + 0.04) for row in range(rows)),
        block(wood, (width + 0.08, depth, 0.04), z=height - 0.02),
    ]
    shapes += [
        block(books, (width, depth - 0.1, pitch - 0.02), y=-0.02, z=row * pitch + 0.08)
        for row in range(rows)
        if rng.random() < 0.9
    ]
    return Piece("bookshelf", f"{with_article(name)} bookshelf", tuple(shapes), width + 0.1, depth)


def cabinet(rng: np.random.Generator) -> Piece:
    if rng.random() < 0.5:
        name, body = pick(rng, WOODS)
    else:
        name, body = paint(rng, ("white", "grey", "teal", "dark green", "beige", "navy blue"), roughness=0.5)
    width, depth = float(rng.uniform(0.9, 1.8)), 0.45
    height = float(rng.choice([0.8, 1.1, 1.9]))
    doors = max(2, round(width / 0.5))
    step = width / doors
    shapes = [block(body, (width, depth, height))]
    for index in range(doors):
        x = step * (index - (doors - 1) / 2)
        shapes.append(block(body, (step - 0.03, 0.03, height - 0.14), x, depth / 2, 0.1))
        shapes.append(block(STEEL, (0.02, 0.04, 0.14), x + 0.35 * step, depth / 2 + 0.02, 0.55 * height))
    kind = "wardrobe" if height > 1.5 else "sideboard"
    return Piece(kind, f"{with_article(name)} {kind}", tuple(shapes), width, depth + 0.1)


def bed(rng: np.random.Generator) -> Piece:
    _, wood = pick(rng, WOODS)
    colour, cover = paint(rng, COVERS, roughness=1.0)
    _, linen = paint(rng, ("white", "beige"), roughness=1.0)
    width, length = float(rng.choice([1.0, 1.6])), 2.1
    shapes = [
        block(wood, (width, length, 0.28), z=0.06),
        block(wood, (width + 0.06, 0.06, 1.0), y=-length / 2),
        block(linen, (width - 0.06, length - 0.1, 0.2), z=0.32),
        block(cover, (width + 0.02, 0.68 * length, 0.22), y=0.15 * length, z=0.33),
    ]
    shapes += [
        blob(linen, (0.3, 0.2, 0.1), (x, -length / 2 + 0.35, 0.58))
        for x in ((0.0,) if width < 1.5 else (-0.38, 0.38))
    ]
    return Piece("bed", f"a bed with {with_article(colour)} cover", tuple(shapes), width, length)


def plant(rng: np.random.Generator) -> Piece:
    colour, pot = paint(rng, ("white", "orange", "grey", "teal", "black"), roughness=0.6)
    leaves = surface(rng, "leaves", (0.10, 0.26, 0.09), (0.30, 0.48, 0.18), 0.5, roughness=0.9)
    height, radius = float(rng.uniform(0.9, 1.7)), float(rng.uniform(0.25, 0.4))
    shapes = [cone(pot, 0.17, 0.35, (0, 0, 0), top=0.22), post(IRON, 0.025, height - 0.4, z=0.3)]
    for level in range(3):
        angle = rng.uniform(0, 2 * np.pi)
        x, y = 0.14 * np.cos(angle), 0.14 * np.sin(angle)
        size = radius * (1 - 0.2 * level)
        shapes.append(blob(leaves, (size, size, 0.8 * size), (x, y, height - 0.45 + 0.25 * level)))
    return Piece("plant", f"a potted plant in {with_article(colour)} pot", tuple(shapes), 0.7, 0.7)


def floor_lamp(rng: np.random.Generator) -> Piece:
    shapes = (
        post(IRON, 0.16, 0.03),
        post(IRON, 0.018, 1.5),
        cone(GLOW, 0.24, 0.3, (0, 0, 1.4), top=0.14),
    )
    return Piece("floor-lamp", "a floor lamp", shapes, 0.5, 0.5)


def television(rng: np.random.Generator) -> Piece:
    _, wood = pick(rng, WOODS)
    width = float(rng.uniform(1.1, 1.5))
    colours = (
        ((0.15, 0.35, 0.6), (0.85, 0.6, 0.3)) if rng.random() < 0.5 else ((0.2, 0.45, 0.3), (0.7, 0.75, 0.8))
    )
    screen = surface(rng, "mural", *colours, width, roughness=0.2, emission=0.5)
    shapes = (
        block(wood, (width + 0.3, 0.42, 0.45)),
        block(BLACK, (0.3, 0.2, 0.06), z=0.45),
        block(BLACK, (width, 0.05, 0.58 * width), z=0.5),
        block(screen, (width - 0.05, 0.02, 0.58 * width - 0.05), y=0.025, z=0.525),
    )
    return Piece("television", "a television on a low cabinet", shapes, width + 0.3, 0.45)


def piano(rng: np.random.Generator) -> Piece:
    colour, body = paint(rng, ("black", "brown", "white"), roughness=0.15)
    _, ivory = paint(rng, ("white",), roughness=0.3)
    shapes = (
        block(body, (1.45, 0.35, 1.2), y=-0.12),
        block(body, (1.45, 0.32, 0.14), y=0.2, z=0.6),
        block(ivory, (1.25, 0.16, 0.02), y=0.25, z=0.74),
        *(block(body, (0.07, 0.07, 0.62), side * 0.66, 0.3) for side in (-1, 1)),
        block(BLACK, (0.7, 0.35, 0.06), y=0.75, z=0.46),
        *(block(body, (0.06, 0.3, 0.46), side * 0.28, 0.75) for side in (-1, 1)),
    )
    return Piece("piano", f"{with_article(colour)} piano with a stool", shapes, 1.5, 1.9)


def counter(rng: np.random.Generator) -> Piece:
    colour, front = paint(rng, ("white", "grey", "teal", "dark green", "navy blue", "beige"), roughness=0.4)
    worktop = surface(rng, "marble", (0.78, 0.76, 0.72), (0.4, 0.38, 0.36), 1.2, roughness=0.2)
    units = int(rng.integers(3, 6))
    width = 0.6 * units
    shapes = [
        block(front, (width, 0.58, 0.86), z=0.02),
        block(worktop, (width + 0.04, 0.64, 0.05), z=0.88),
        block(STEEL, (0.5, 0.4, 0.02), 0.15 * width, z=0.925),
        rod(STEEL, 0.015, (0.15 * width, -0.22, 0.93), (0.15 * width, -0.22, 1.2)),
        rod(STEEL, 0.015, (0.15 * width, -0.22, 1.2), (0.15 * width, -0.02, 1.2)),
    ]
    for unit in range(units):
        x = 0.6 * (unit - (units - 1) / 2)
        shapes.append(block(front, (0.56, 0.03, 0.74), x, 0.29, 0.1))
        shapes.append(block(STEEL, (0.2, 0.03, 0.02), x, 0.315, 0.76))
        if unit != units // 2:
            shapes.append(block(front, (0.57, 0.35, 0.6), x, -0.13, 1.5))
    return Piece("counter", f"{with_article(colour)} kitchen counter", tuple(shapes), width + 0.05, 0.66)


def fridge(rng: np.random.Generator) -> Piece:
    colour, body = paint(rng, ("white", "grey", "red", "light blue"), roughness=0.25)
    shapes = (
        block(body, (0.7, 0.65, 1.8)),
        block(body, (0.68, 0.04, 1.1), y=0.33, z=0.05),
        block(body, (0.68, 0.04, 0.58), y=0.33, z=1.19),
        *(block(STEEL, (0.03, 0.05, 0.4), -0.27, 0.37, z) for z in (0.65, 1.25)),
    )
    return Piece("fridge", f"{with_article(colour)} fridge", shapes, 0.72, 0.75)


def pedestal(rng: np.random.Generator) -> Piece:
    _, base = paint(rng, ("white", "grey", "black"), roughness=0.7)
    marble = surface(rng, "marble", (0.88, 0.86, 0.82), (0.5, 0.5, 0.5), 0.8, roughness=0.3)
    bronze = Material.plain((0.42, 0.29, 0.16), roughness=0.4, metallic=0.8)
    look = (marble, bronze)[int(rng.integers(2))]
    shapes = [block(base, (0.6, 0.6, 1.0))]
    kind = int(rng.integers(3))
    if kind == 0:
        shapes += [post(look, 0.1, 0.2, z=1.0), blob(look, (0.24, 0.17, 0.22), (0, 0, 1.38))]
        shapes += [ball(look, 0.13, (0, 0, 1.7))]
    elif kind == 1:
        for level in range(3):
            turn = turned(z=30.0 * level, x=15.0)
            side = 0.34 - 0.07 * level
            shapes.append(box(look, (side, side, side), (0, 0, 1.2 + 0.28 * level), turn))
    else:
        shapes += [post(look, 0.04, 0.35, z=1.0), ball(look, 0.28, (0, 0, 1.6))]
    return Piece("sculpture", "a sculpture on a pedestal", tuple(shapes), 0.7, 0.7)


def lockers(rng: np.random.Generator) -> Piece:
    colour, steel = paint(
        rng, ("blue", "red", "grey", "green", "teal", "yellow"), roughness=0.45, metallic=0.2
    )
    count = int(rng.integers(4, 9))
    width = 0.4 * count
    shapes = [block(steel, (width, 0.42, 1.85), z=0.08), block(IRON, (width, 0.38, 0.08))]
    for index in range(count):
        x = 0.4 * (index - (count - 1) / 2)
        shapes.append(block(steel, (0.37, 0.03, 1.75), x, 0.21, 0.13))
        shapes.append(block(BLACK, (0.2, 0.01, 0.08), x, 0.23, 1.6))
    return Piece("lockers", f"a row of {colour} lockers", tuple(shapes), width, 0.48)


def bench(rng: np.random.Generator) -> Piece:
    name, wood = pick(rng, WOODS)
    width = float(rng.uniform(1.3, 1.9))
    shapes = (
        *(block(wood, (width, 0.13, 0.04), y=y, z=0.42) for y in (-0.16, 0.0, 0.16)),
        *(block(IRON, (0.06, 0.42, 0.42), side * (width / 2 - 0.2)) for side in (-1, 1)),
    )
    return Piece("bench", f"{with_article(name)} bench", shapes, width, 0.45)


def crates(rng: np.random.Generator) -> Piece:
    """A stack of boxes."""
    kind = int(rng.integers(2))
    look = (
        surface(rng, "planks", (0.55, 0.40, 0.24), (0.74, 0.58, 0.38), 0.8, roughness=0.9),
        surface(rng, "noise", (0.66, 0.50, 0.33), (0.60, 0.45, 0.29), 1.0, roughness=1.0),
    )[kind]
    size = float(rng.uniform(0.5, 0.8))
    shapes = []
    for x, z in ((-0.52, 0), (0.52, 0), (float(rng.uniform(-0.4, 0.4)), 1))[: int(rng.integers(2, 4))]:
        turn = turned(z=float(rng.uniform(-6, 6)))
        shapes.append(box(look, (size, size, size), (x * size, 0, (z + 0.5) * size), turn))
    words = ("a stack of wooden crates", "a stack of cardboard boxes")[kind]
    return Piece("crates", words, tuple(shapes), 2.2 * size, 1.2 * size)


def barrels(rng: np.random.Generator) -> Piece:
    colour, steel = paint(
        rng, ("blue", "red", "green", "orange", "yellow", "grey"), roughness=0.5, metallic=0.3
    )
    shapes = []
    for x, y in ((-0.34, 0.0), (0.34, 0.06), (0.02, 0.6))[: int(rng.integers(1, 4))]:
        shapes += [
            post(steel, 0.3, 0.9, x, y),
            post(IRON, 0.31, 0.03, x, y, 0.3),
            post(IRON, 0.31, 0.03, x, y, 0.6),
        ]
    words = f"{colour} barrels" if len(shapes) > 3 else f"{with_article(colour)} barrel"
    return Piece("barrels", words, tuple(shapes), 1.4, 1.4)
