"""Squares with a fountain or a statue, and closed courtyards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places import outdoor
from recam.worlds.places.buildings import HouseLooks, arcade, town_house
from recam.worlds.places.furniture import Maker, Piece
from recam.worlds.places.kit import Builder, blob, block, box, cone, gable, post, turned
from recam.worlds.places.materials import (
    GROUNDS,
    OUTER_WALLS,
    ROOFS,
    STONE,
    Material,
    lit_pane,
    pick,
)
from recam.worlds.places.place import Place
from recam.worlds.scene import Shape

_SQUARE = ("grey paving", "sandstone paving", "cobbles", "red paving", "checkered stone")


def plaza(rng: np.random.Generator) -> Place:
    """A square between buildings, with something tall in it, cafe tables, trees and lamps."""
    x, y = rng.uniform(-1.5, 1.5, 2)
    builder = Builder("plaza", centre=(float(x), float(y)), clear=2.6)
    half = float(rng.uniform(13, 19))
    name, ground = pick(rng, GROUNDS, _SQUARE)
    builder.add(
        "square",
        "ground",
        f"a square of {name}",
        [Shape("plane", (half + 14, half + 14), ground)],
        surface=name,
    )
    looks = HouseLooks.draw(rng)
    _, wall = pick(rng, OUTER_WALLS, ("stone", "white-plastered", "yellow-plastered", "red-brick"))
    tower = int(rng.integers(5))  # one of the sides, or none
    for side in range(4):
        _side(builder, rng, looks, wall, half, side, has_tower=side == tower)
    landmark = _landmark(builder, rng)
    _scatter_all(builder, rng, half)
    where = "on a square between old houses"
    if landmark and rng.random() < 0.6:
        where = f"on a square of {name} with {landmark}"
    return builder.place(rng, where, (-half + 1, -half + 1), (half - 1, half - 1), indoor=False)


def _side(
    builder: Builder, rng: np.random.Generator, looks: HouseLooks, wall: Material, half: float, side: int,
    has_tower: bool,
) -> None:  # fmt: skip
    """Buildings along one side; side 0 is that of -y, 1 that of +x and so on."""
    yaw = 90.0 * side
    turn = np.radians(yaw)

    def at(along: float, back: float) -> tuple[float, float]:
        across = -half - back
        return (
            float(np.cos(turn) * along - np.sin(turn) * across),
            float(np.sin(turn) * along + np.cos(turn) * across),
        )

    if has_tower:
        church = _church(rng, wall)
        builder.add(church.name, "structure", church.words, church.shapes, at(0.0, 0.0), yaw)
        for end in (-1, 1):
            house = town_house(rng, looks, 2, near=False)
            along = end * (church.width / 2 + house.width / 2 + 1.0)
            builder.add(house.name, "structure", house.words, house.shapes, at(along, 0.0), yaw)
        return
    if rng.random() < 0.4:
        building = arcade(rng, looks, 2 * int(half / looks.pitch), wall)
        builder.add(building.name, "structure", building.words, building.shapes, at(0.0, 0.0), yaw)
        return
    along = -half
    while along < half - 2:
        house = town_house(rng, looks, 2 * int(rng.integers(1, 4)), near=False)
        builder.add(house.name, "structure", house.words, house.shapes, at(along + house.width / 2, 0.0), yaw)
        along += house.width + 0.02


def _church(rng: np.random.Generator, wall: Material) -> Piece:
    _, tiles = pick(rng, ROOFS, ("red tiles", "slate"))
    tall, width = float(rng.uniform(9, 14)), 9.0
    shapes: list[Shape] = [
        block(wall, (width, 14.0, 7.0), y=-8.0),
        *_turned_gable(tiles, width + 0.8, 14.6, 4.0, -8.0, 7.0),
        block(wall, (4.0, 4.0, tall), y=-2.0),
        cone(tiles, 3.0, float(rng.uniform(3, 6)), (0, -2.0, tall)),
        block(STONE, (2.2, 0.3, 3.2), y=0.05),
        block(Material.plain((0.30, 0.19, 0.11), roughness=0.6), (1.7, 0.3, 2.8), y=0.1),
        # The clock.
        blob(Material.plain((0.92, 0.90, 0.82)), (0.8, 0.12, 0.8), (0, 0.02, tall - 2.0)),
    ]
    shapes += [block(lit_pane(rng), (0.8, 0.2, 2.4), x, -0.97, 2.5) for x in (-3.2, 3.2)]
    return Piece("church", "a church with a tower", tuple(shapes), width, 15.0)


def _turned_gable(
    tiles: Material, width: float, depth: float, rise: float, y: float, z: float
) -> list[Shape]:
    """A roof with its ridge along y."""
    shape = gable(tiles, (depth, width, rise), (0.0, y, z))
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    return [Shape("mesh", (), tiles, (0.0, y, z), turn, shape.vertices, shape.faces)]


def _landmark(builder: Builder, rng: np.random.Generator) -> str:
    """A fountain or a statue off the middle; what it is, or "" when there is no room."""
    piece = (outdoor.fountain, outdoor.statue)[int(rng.integers(2))](rng)
    for x, y in builder.scatter(rng, 1, piece.width / 2 + 0.3, (-8, -8), (8, 8), nearest=3.4):
        builder.add(piece.name, "structure", piece.words, piece.shapes, (x, y), float(rng.uniform(0, 360)))
        return piece.words
    return ""


def _scatter_all(builder: Builder, rng: np.random.Generator, half: float) -> None:
    leaves, trunk = outdoor.leaf_material(rng), outdoor.bark(rng)
    low, high = (-half + 1.5, -half + 1.5), (half - 1.5, half - 1.5)
    style = int(rng.integers(2))
    for at in builder.scatter(rng, 5, 0.5, low, high, nearest=4.0):
        outdoor.stand_lamp(builder, rng, style, at)
    for at in builder.scatter(rng, int(rng.integers(0, 6)), 1.6, low, high, nearest=5.0):
        piece = outdoor.tree(rng, leaves, trunk, 0.9)
        builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    _strew(builder, rng, low, high, [outdoor.cafe_table] * int(rng.integers(0, 5)), 1.2)
    _strew(builder, rng, low, high, [outdoor.park_bench] * int(rng.integers(1, 5)), 0.9)
    troughs: list[Piece] = [outdoor.planter(rng, leaves[1]) for _ in range(int(rng.integers(0, 4)))]
    for piece in troughs:
        for at in builder.scatter(rng, 1, 1.1, low, high, nearest=3.0):
            builder.add(piece.name, "prop", piece.words, piece.shapes, at, 90.0 * int(rng.integers(4)))


def _strew(
    builder: Builder,
    rng: np.random.Generator,
    low: tuple[float, float],
    high: tuple[float, float],
    makers: Sequence[Maker],
    radius: float,
) -> None:
    for maker in makers:
        piece = maker(rng)
        for at in builder.scatter(rng, 1, radius, low, high, nearest=2.8):
            builder.add(piece.name, "prop", piece.words, piece.shapes, at, 90.0 * int(rng.integers(4)))


def courtyard(rng: np.random.Generator) -> Place:
    """A court closed by walls with columns, trees in tubs and perhaps a well."""
    x, y = rng.uniform(-0.8, 0.8, 2)
    builder = Builder("courtyard", centre=(float(x), float(y)), clear=2.3)
    half = float(rng.uniform(7.5, 11.5)), float(rng.uniform(7.5, 11.5))
    name, ground = pick(
        rng,
        GROUNDS,
        ("cobbles", "sandstone paving", "terracotta tiles", "gravel", "checkered stone", "grass"),
    )
    builder.add("court", "ground", f"a court of {name}", [Shape("plane", (half[0] + 4, half[1] + 4), ground)])
    wall_name, wall = pick(rng, OUTER_WALLS)
    _, tiles = pick(rng, ROOFS)
    height = float(rng.uniform(4.5, 8.0))
    for side in range(4):
        _cloister(builder, rng, wall_name, wall, tiles, half, height, side)
    leaves, trunk = outdoor.leaf_material(rng), outdoor.bark(rng)
    low, high = (-half[0] + 3, -half[1] + 3), (half[0] - 3, half[1] - 3)
    if rng.random() < 0.7:
        piece = outdoor.fountain(rng) if rng.random() < 0.6 else outdoor.statue(rng)
        for at in builder.scatter(rng, 1, piece.width / 2, low, high, nearest=2.8):
            builder.add(piece.name, "structure", piece.words, piece.shapes, at)
    for at in builder.scatter(rng, int(rng.integers(0, 4)), 1.0, low, high, nearest=3.2):
        piece = outdoor.tree(rng, leaves, trunk, 0.8)
        builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    for _ in range(int(rng.integers(1, 5))):
        piece = outdoor.planter(rng, leaves[1]) if rng.random() < 0.6 else outdoor.park_bench(rng)
        for at in builder.scatter(rng, 1, 1.1, low, high, nearest=2.4):
            builder.add(piece.name, "prop", piece.words, piece.shapes, at, 90.0 * int(rng.integers(4)))
    where = f"in {with_article(f'{wall_name} courtyard')}"
    if rng.random() < 0.5:
        where += " with a lawn" if name == "grass" else f" with a floor of {name}"
    return builder.place(rng, where, low, high, indoor=False)


def _cloister(
    builder: Builder, rng: np.random.Generator, wall_name: str, wall: Material, tiles: Material,
    half: tuple[float, float], height: float, side: int,
) -> None:  # fmt: skip
    """One side: a wall with doors and windows, a row of columns and a lean-to roof before it."""

    length = 2 * half[side % 2]
    bays = max(3, round(length / 3.0))
    pitch = length / bays
    shapes: list[Shape] = [block(wall, (length + 1.0, 0.5, height), y=-0.25)]
    for bay in range(bays):
        x = pitch * (bay - (bays - 1) / 2)
        if bay % 2:
            shapes.append(block(lit_pane(rng), (1.1, 0.1, 1.5), x, 0.0, 1.1))
        else:
            shapes.append(block(Material.plain((0.33, 0.22, 0.14), roughness=0.7), (1.2, 0.1, 2.3), x, 0.0))
        if height > 6.2:
            shapes.append(block(lit_pane(rng), (1.0, 0.1, 1.3), x, 0.0, 4.6))
    if rng.random() < 0.75:
        shapes += [post(STONE, 0.2, 2.9, pitch * (bay - bays / 2), 2.2) for bay in range(1, bays)]
        shapes.append(block(STONE, (length, 0.35, 0.3), y=2.2, z=2.9))
        shapes.append(box(tiles, (length, 2.9, 0.12), (0, 1.15, 3.65), turned(x=-20)))
    yaw = 90.0 * side
    turn = np.radians(yaw)
    across = -half[1 - side % 2]
    at = float(-np.sin(turn) * across), float(np.cos(turn) * across)
    words = f"{with_article(wall_name)} wall with columns before it"
    builder.add("cloister", "structure", words, shapes, at, yaw)
    x, y = at[0] * 0.72, at[1] * 0.72
    builder.light((x, y, 2.6), (1.0, 0.82, 0.55), 10.0)
