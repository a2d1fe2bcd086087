"""Beaches with palms, parasols and the sea."""

from __future__ import annotations

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places import outdoor
from recam.worlds.places.furniture import Piece
from recam.worlds.places.kit import Builder, blob, block, box, cone, gable, post, turned
from recam.worlds.places.materials import GROUNDS, ROOFS, WOODS, Material, paint, pick, surface
from recam.worlds.places.place import Place
from recam.worlds.scene import Shape

_FAR = 60.0
_COLOURS = ("red", "blue", "yellow", "orange", "teal", "pink", "green", "white")


def beach(rng: np.random.Generator) -> Place:
    """A beach: sand, the sea towards +y, palms or pines, parasols, deck chairs, huts, a pier or boats."""
    builder = Builder("beach", clear=2.6)
    _, sand = pick(rng, GROUNDS, ("sand",))
    builder.add("sand", "ground", "a sandy beach", [Shape("plane", (_FAR, _FAR), sand)])
    shore = float(rng.uniform(4.5, 9.0))
    _sea(builder, rng, shore)
    extras = []
    if rng.random() < 0.4:
        _pier(builder, rng, shore)
        extras.append("a wooden pier")
    if rng.random() < 0.5:
        _huts(builder, rng)
        extras.append("bathing huts")
    _sunbathing(builder, rng, shore)
    leaves = surface(rng, "leaves", (0.14, 0.34, 0.10), (0.34, 0.52, 0.18), 1.0, roughness=1.0)
    trunk = outdoor.bark(rng)
    if rng.random() < 0.75:
        spots = builder.scatter(rng, int(rng.integers(2, 8)), 0.8, (-18, -16), (18, shore - 2), nearest=3.0)
        for at in spots:
            piece = outdoor.palm(rng, leaves, trunk)
            builder.add(piece.name, "prop", piece.words, piece.shapes, at, float(rng.uniform(0, 360)))
        extras += ["palm trees"] * bool(spots)
    stone = surface(rng, "noise", (0.50, 0.48, 0.45), (0.34, 0.33, 0.31), 1.0, roughness=1.0)
    for at in builder.scatter(rng, int(rng.integers(0, 7)), 0.9, (-16, -12), (16, shore + 4), nearest=3.0):
        piece = outdoor.rock(rng, stone, float(rng.uniform(0.5, 1.2)))
        builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    for at in builder.scatter(rng, int(rng.integers(0, 3)), 1.7, (-14, -4), (14, shore - 1), nearest=2.6):
        boat = _boat(rng)
        builder.add(boat.name, "prop", boat.words, boat.shapes, at, float(rng.uniform(0, 360)))
    for at in builder.scatter(rng, int(rng.integers(0, 3)), 0.4, (-12, -10), (12, shore - 1), nearest=4.0):
        outdoor.stand_lamp(builder, rng, 0, at)
    _land(builder, rng)
    where = f"on a beach with {extras[int(rng.integers(len(extras)))]}" if extras else "on a beach by the sea"
    return builder.place(rng, where, (-9, -9), (9, min(9, shore - 0.5)), indoor=False)


def _sea(builder: Builder, rng: np.random.Generator, shore: float) -> None:
    """Water from a ragged line on, with foam; out there islands and sails."""
    deep = ((0.10, 0.34, 0.46), (0.08, 0.28, 0.44), (0.16, 0.44, 0.50))[int(rng.integers(3))]
    water = surface(rng, "sand", deep, (deep[0] + 0.10, deep[1] + 0.10, deep[2] + 0.10), 5.0, roughness=0.15)
    shallow = Material.plain((deep[0] + 0.2, deep[1] + 0.2, deep[2] + 0.16), roughness=0.2)
    foam = Material.plain((0.88, 0.91, 0.92), roughness=0.9)
    wet = Material.plain((0.56, 0.46, 0.33), roughness=0.5)
    shapes = [block(water, (2 * _FAR, _FAR - shore, 0.03), y=(_FAR + shore) / 2 + 2.0, z=0.012)]
    for x in np.arange(-28, 29, 4.0):
        shift = float(rng.uniform(-0.5, 0.5))
        for index, (look, back) in enumerate(((wet, 0.0), (foam, 0.7), (shallow, 1.0))):
            middle = (float(x), shore + 2.6 + shift + back, 0.004 * index)
            shapes.append(Shape("cylinder", (3.4, 0.006 + 0.003 * index), look, middle))
    builder.add("sea", "ground", "the sea", shapes, solid=False)
    island = surface(rng, "noise", (0.40, 0.46, 0.42), (0.48, 0.48, 0.44), 10.0, roughness=1.0)
    far = [
        blob(island, (float(rng.uniform(6, 14)), 4.0, float(rng.uniform(2, 6))), (float(x), 52.0, -0.5))
        for x in rng.uniform(-45, 45, int(rng.integers(0, 4)))
    ]
    if far:
        builder.add("island", "structure", "islands", far)
    sail = Material.plain((0.94, 0.93, 0.90), roughness=0.9)
    for x in rng.uniform(-25, 25, int(rng.integers(0, 4))):
        hull = Material.plain((0.85, 0.85, 0.85), roughness=0.4)
        shapes = [blob(hull, (2.2, 0.7, 0.5), (0, 0, 0.2)), post(hull, 0.06, 6.0)]
        shapes.append(box(sail, (2.0, 0.05, 4.2), (0.7, 0, 3.2), turned(y=14)))
        builder.add(
            "sailing-boat",
            "prop",
            "a sailing boat",
            shapes,
            (float(x), float(rng.uniform(26, 40))),
            float(rng.uniform(-30, 30)),
        )


def _pier(builder: Builder, rng: np.random.Generator, shore: float) -> None:
    planks = surface(rng, "planks", (0.44, 0.34, 0.24), (0.62, 0.50, 0.36), 2.0, roughness=0.9)
    _, wood = pick(rng, WOODS)
    x = float(rng.choice([-1, 1]) * rng.uniform(5.5, 9.0))
    length = 22.0
    shapes = [block(planks, (2.4, length, 0.14), y=length / 2, z=0.5)]
    for y in np.arange(0.5, length, 3.0):
        for side in (-1.1, 1.1):
            shapes.append(post(wood, 0.11, 1.6, side, float(y)))
    shapes += [block(wood, (0.08, length, 0.08), side, length / 2, 1.45) for side in (-1.1, 1.1)]
    builder.add("pier", "structure", "a wooden pier", shapes, (x, shore - 3.0))


def _huts(builder: Builder, rng: np.random.Generator) -> None:
    """A row of bathing huts behind the beach."""
    roof = pick(rng, ROOFS)[1]
    white = Material.plain((0.92, 0.91, 0.88), roughness=0.8)
    y = -float(rng.uniform(7.5, 11))
    walls = []
    for colour in rng.choice(len(_COLOURS), 3, replace=False):
        _, plain = paint(rng, (_COLOURS[int(colour)],))
        walls.append(surface(rng, "stripes", plain.texture.first, (0.93, 0.92, 0.88), 1.0, roughness=0.8))
    for index, x in enumerate(np.arange(-11.0, 11.5, 3.1)):
        wall = walls[index % 3]
        shapes = (
            block(wall, (2.2, 2.2, 2.2)),
            gable(roof, (2.6, 2.6, 0.9), (0, 0, 2.2)),
            block(white, (0.95, 0.06, 1.9), y=1.12),
            block(Material.plain((0.32, 0.40, 0.50)), (0.75, 0.06, 1.75), y=1.14),
        )
        builder.add("hut", "structure", "a striped bathing hut", shapes, (float(x), y))


def _sunbathing(builder: Builder, rng: np.random.Generator, shore: float) -> None:
    for _ in range(int(rng.integers(1, 6))):
        colour, first = paint(rng, _COLOURS, roughness=1.0)
        wood = Material.plain((0.66, 0.50, 0.32), roughness=0.8)
        shapes = [
            box(first, (0.6, 1.2, 0.04), (0.8, 0.15, 0.32), turned(x=6)),
            box(first, (0.6, 0.75, 0.04), (0.8, -0.68, 0.58), turned(x=-48)),
            *(block(wood, (0.05, 0.05, 0.4), 0.8 + a, b) for a in (-0.3, 0.3) for b in (-0.4, 0.65)),
        ]
        words = f"{with_article(colour)} deck chair"
        if rng.random() < 0.65:
            shapes += [post(wood, 0.03, 2.4, -0.4), cone(first, 1.3, 0.5, (-0.4, 0, 2.1))]
            words = f"{with_article(colour)} parasol and a deck chair"
        for at in builder.scatter(rng, 1, 1.4, (-10, -6), (10, shore - 1.5), nearest=2.4):
            builder.add("parasol", "prop", words, shapes, at, float(rng.uniform(-40, 40)))


def _boat(rng: np.random.Generator) -> Piece:
    colour, paint_of = paint(rng, _COLOURS, roughness=0.5)
    inside = Material.plain((0.55, 0.42, 0.28), roughness=0.8)
    shapes = (
        blob(paint_of, (1.6, 0.62, 0.42), (0, 0, 0.3)),
        blob(inside, (1.45, 0.5, 0.2), (0, 0, 0.56)),
        *(block(inside, (0.25, 1.05, 0.05), x, z=0.66) for x in (-0.5, 0.4)),
    )
    return Piece("boat", f"{with_article(colour)} rowing boat", shapes, 3.2, 1.3)


def _land(builder: Builder, rng: np.random.Generator) -> None:
    """Dunes behind the beach."""
    grass = surface(rng, "grass", (0.40, 0.42, 0.20), (0.70, 0.62, 0.40), 3.0, roughness=1.0)
    shapes = []
    for angle in np.arange(np.pi * 1.02, np.pi * 1.99, 0.14):
        away, radius = float(rng.uniform(28, 33)), float(rng.uniform(4, 7))
        height = float(rng.uniform(1.2, 3.4))
        shapes.append(
            blob(
                grass,
                (radius, radius, height),
                (away * float(np.cos(angle)), away * float(np.sin(angle)), 0.0),
            )
        )
    builder.add("dunes", "structure", "dunes", shapes)
