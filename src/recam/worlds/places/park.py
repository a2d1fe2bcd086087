"""Parks: lawns, paths and trees."""

from __future__ import annotations

import numpy as np

from recam.worlds.places import outdoor
from recam.worlds.places.buildings import HouseLooks, town_house
from recam.worlds.places.kit import Builder, Shapes, blob, block, box, cone, post, rod, turned
from recam.worlds.places.materials import GROUNDS, IRON, ROOFS, WOODS, Material, paint, pick, surface
from recam.worlds.places.place import Place
from recam.worlds.scene import Shape

_FAR = 42.0


def park(rng: np.random.Generator) -> Place:
    """A lawn with trees, paths, a pond, benches and lamps; perhaps with houses behind."""
    builder = Builder("park", clear=2.8)
    _, lawn = pick(rng, GROUNDS, ("grass", "grass", "grass", "dry grass"))
    builder.add("lawn", "ground", "a lawn", [Shape("plane", (_FAR, _FAR), lawn)])
    leaves = [outdoor.leaf_material(rng) for _ in range(2)]
    trunk = outdoor.bark(rng)
    path = _paths(builder, rng)
    extras = [path]
    if rng.random() < 0.45:
        extras.append(_pond(builder, rng))
    if rng.random() < 0.4:
        extras.append(_pavilion(builder, rng))
    if rng.random() < 0.45:
        extras.append(_playground(builder, rng))
    extras = [extra for extra in extras if extra]  # some found no room
    low, high = (-17.0, -17.0), (17.0, 17.0)
    for at in builder.scatter(rng, int(rng.integers(2, 5)), 0.5, (-9, -9), (9, 9), nearest=3.6):
        outdoor.stand_lamp(builder, rng, 1, at)
    needles = surface(rng, "leaves", (0.06, 0.18, 0.09), (0.15, 0.30, 0.15), 1.0, roughness=1.0)
    firs = float(rng.choice([0.0, 0.0, 0.3, 0.8]))
    for at in builder.scatter(rng, int(rng.integers(9, 17)), 1.1, low, high, nearest=4.2):
        size = float(rng.uniform(0.8, 1.5))
        if rng.random() < firs:
            piece = outdoor.conifer(rng, needles, trunk, size)
        else:
            piece = outdoor.tree(rng, leaves[int(rng.integers(2))], trunk, size)
        builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    for _ in range(int(rng.integers(2, 6))):
        piece = outdoor.park_bench(rng)
        for at in builder.scatter(rng, 1, 1.0, (-10, -10), (10, 10), nearest=2.8):
            yaw = np.degrees(np.arctan2(at[0], -at[1]))  # faces the middle
            builder.add(piece.name, "prop", piece.words, piece.shapes, at, float(90 * round(yaw / 90)))
    for at in builder.scatter(rng, int(rng.integers(2, 8)), 0.9, low, high, nearest=3.0):
        piece = outdoor.bush(rng, leaves[0][1])
        builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    _background(builder, rng, leaves[0][1], needles)
    where = f"in a park with {extras[int(rng.integers(len(extras)))]}"
    return builder.place(rng, where, (-9, -9), (9, 9), indoor=False)


def _paths(builder: Builder, rng: np.random.Generator) -> str:
    name, look = pick(rng, GROUNDS, ("gravel", "sandstone paving", "grey paving", "bare earth", "cobbles"))
    width, y = float(rng.uniform(2.0, 3.2)), float(rng.uniform(-4, 4))
    shapes = [block(look, (2 * _FAR, width, 0.012), y=y)]
    builder.reserve((-_FAR, y - width / 2), (_FAR, y + width / 2))
    if rng.random() < 0.6:
        x = float(rng.uniform(-6, 6))
        shapes.append(block(look, (width, 2 * _FAR, 0.014), x))
        builder.reserve((x - width / 2, -_FAR), (x + width / 2, _FAR))
    if rng.random() < 0.4:
        shapes.append(post(look, float(rng.uniform(3, 4.5)), 0.016))
    builder.add("path", "ground", f"a path of {name}", shapes, solid=False)
    return f"a path of {name}"


def _pond(builder: Builder, rng: np.random.Generator) -> str:
    water = surface(rng, "noise", (0.22, 0.38, 0.46), (0.34, 0.50, 0.56), 4.0, roughness=0.05)
    stone = Material.plain((0.55, 0.53, 0.48), roughness=0.9)
    size = float(rng.uniform(2.5, 4.0))
    for at in builder.scatter(rng, 1, size, (-14, -14), (14, 14), nearest=3.5):
        shapes = [post(water, size - 0.2, 0.05), post(stone, size, 0.035)]
        shapes += [
            blob(stone, (0.4, 0.32, 0.22), (float(size * np.cos(a)), float(size * np.sin(a)), 0.05))
            for a in np.arange(0, 2 * np.pi, 0.55)
        ]
        builder.add("pond", "structure", "a pond", shapes, at)
        return "a pond"
    return ""


def _pavilion(builder: Builder, rng: np.random.Generator) -> str:
    _, wood = pick(rng, WOODS)
    _, tiles = pick(rng, ROOFS)
    floor = Material.plain((0.62, 0.58, 0.50), roughness=0.8)
    shapes: Shapes = (
        post(floor, 2.4, 0.25),
        *(
            post(wood, 0.1, 2.7, 2.1 * float(np.cos(a)), 2.1 * float(np.sin(a)), 0.25)
            for a in np.arange(0, 2 * np.pi, np.pi / 3)
        ),
        cone(tiles, 2.8, 1.5, (0, 0, 2.9)),
    )
    for at in builder.scatter(rng, 1, 2.8, (-14, -14), (14, 14), nearest=4.0):
        builder.add("pavilion", "structure", "a pavilion", shapes, at)
        return "a pavilion"
    return ""


def _playground(builder: Builder, rng: np.random.Generator) -> str:
    put = ""

    colours = ("red", "yellow", "blue", "orange", "green")
    _, first = paint(rng, colours, roughness=0.5)
    _, second = paint(rng, colours, roughness=0.5)
    slide = (
        block(first, (1.1, 1.1, 0.08), z=1.5),
        *(post(IRON, 0.05, 2.4, x, y) for x in (-0.5, 0.5) for y in (-0.5, 0.5)),
        box(second, (0.7, 2.6, 0.06), (0, 1.6, 0.8), turned(x=-33)),
        cone(first, 0.9, 0.6, (0, 0, 2.4)),
    )
    swing = (
        *(rod(IRON, 0.05, (x, y, 0), (x, 0, 2.3)) for x in (-1.5, 1.5) for y in (-0.7, 0.7)),
        rod(IRON, 0.05, (-1.5, 0, 2.3), (1.5, 0, 2.3)),
        *(block(second, (0.5, 0.25, 0.05), x, z=0.5) for x in (-0.7, 0.7)),
        *(rod(IRON, 0.015, (x + d, 0, 0.5), (x + d, 0, 2.3)) for x in (-0.7, 0.7) for d in (-0.22, 0.22)),
    )
    for words, shapes in (("a slide", slide), ("swings", swing)):
        for at in builder.scatter(rng, 1, 1.9, (-11, -11), (11, 11), nearest=3.0):
            builder.add("playground", "structure", words, shapes, at, 90.0 * int(rng.integers(4)))
            put = "a playground"
    return put


def _background(builder: Builder, rng: np.random.Generator, leaves: Material, needles: Material) -> None:
    """What closes the view: a wood all round, or houses on one side."""
    looks = HouseLooks.draw(rng) if rng.random() < 0.4 else None
    shapes = []
    for angle in np.arange(0, 2 * np.pi, 0.19):
        if looks and angle < 1.5:
            continue
        away = float(rng.uniform(27, 33))
        radius = float(rng.uniform(3.2, 5.2))
        x, y = away * float(np.cos(angle)), away * float(np.sin(angle))
        shapes.append(
            blob(
                leaves if rng.random() < 0.7 else needles,
                (radius, radius, 1.2 * radius),
                (x, y, 0.6 * radius),
            )
        )
    builder.add("wood", "structure", "a wood", shapes)
    if looks:
        for angle in np.arange(0.1, 1.5, 0.42):
            house = town_house(rng, looks, 4, near=False)
            at = 27 * float(np.cos(angle)), 27 * float(np.sin(angle))
            builder.add(
                house.name, "structure", house.words, house.shapes, at, float(np.degrees(angle)) + 90.0
            )
