"""Things that stand outdoors: trees, cars, lamps, benches; z = 0 on the ground, the front towards +y."""

from __future__ import annotations

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places.furniture import Piece
from recam.worlds.places.kit import Builder, Shapes, ball, blob, block, box, cone, post, rod, turned
from recam.worlds.places.materials import (
    BLACK,
    GLASS,
    GLOW,
    IRON,
    RUBBER,
    STEEL,
    STONE,
    WOODS,
    Material,
    paint,
    pick,
    surface,
)
from recam.worlds.scene import Shape

CAR_COLOURS = (
    "red",
    "dark red",
    "white",
    "grey",
    "dark grey",
    "black",
    "blue",
    "navy blue",
    "light blue",
    "olive",
)


def leaf_material(rng: np.random.Generator) -> tuple[str, Material]:
    """Leaves of a season, and its name."""
    seasons = {
        "": ((0.13, 0.30, 0.09), (0.34, 0.50, 0.17)),
        "dark": ((0.06, 0.19, 0.08), (0.18, 0.34, 0.14)),
        "pale": ((0.30, 0.44, 0.14), (0.52, 0.62, 0.26)),
        "autumn": ((0.58, 0.26, 0.07), (0.82, 0.56, 0.14)),
        "blossoming": ((0.84, 0.55, 0.62), (0.95, 0.80, 0.83)),
    }
    name = tuple(seasons)[int(rng.choice(5, p=(0.4, 0.2, 0.15, 0.17, 0.08)))]
    return name, surface(rng, "leaves", *seasons[name], 1.3, roughness=1.0)


def bark(rng: np.random.Generator) -> Material:
    return surface(rng, "noise", (0.34, 0.25, 0.17), (0.22, 0.16, 0.11), 0.8, roughness=1.0)


def tree(rng: np.random.Generator, leaves: tuple[str, Material], trunk: Material, size: float = 1.0) -> Piece:
    """A broad-leaved tree."""
    height = size * float(rng.uniform(2.4, 3.4))
    crown = size * float(rng.uniform(1.3, 1.9))
    lean = rng.uniform(-0.2, 0.2, 2)
    top = (float(lean[0]), float(lean[1]), height + 0.4)
    shapes: list[Shape] = [rod(trunk, 0.12 * size + 0.05, (0, 0, -0.3), top)]
    for _ in range(2):
        angle = float(rng.uniform(0, 2 * np.pi))
        end = (0.8 * crown * np.cos(angle), 0.8 * crown * np.sin(angle), height + 0.6 * size)
        shapes.append(rod(trunk, 0.06 * size, (lean[0] / 2, lean[1] / 2, 0.75 * height), end))
    shapes.append(blob(leaves[1], (crown, crown, 0.85 * crown), (top[0], top[1], height + 0.75 * crown)))
    for index in range(int(rng.integers(3, 6))):
        angle = 2.4 * index + float(rng.uniform(0, 1))
        part = crown * float(rng.uniform(0.5, 0.7))
        x, y = 0.62 * crown * np.cos(angle), 0.62 * crown * np.sin(angle)
        z = height + crown * float(rng.uniform(0.35, 1.1))
        shapes.append(blob(leaves[1], (part, part, 0.8 * part), (float(x), float(y), z)))
    words = f"{with_article(leaves[0])} tree" if leaves[0] in ("autumn", "blossoming") else "a leafy tree"
    return Piece("tree", words, tuple(shapes), 0.6 * size, 0.6 * size)


def conifer(rng: np.random.Generator, needles: Material, trunk: Material, size: float = 1.0) -> Piece:
    """A fir."""
    height = size * float(rng.uniform(4.5, 7.0))
    radius = height * float(rng.uniform(0.19, 0.25))
    shapes = [post(trunk, 0.09 * size + 0.04, 0.25 * height, z=-0.3)]
    tiers = int(rng.integers(3, 5))
    for tier in range(tiers):
        share = tier / tiers
        low = height * (0.14 + 0.8 * share)
        shapes.append(
            cone(needles, radius * (1 - 0.75 * share), 0.42 * height * (1 - 0.4 * share), (0, 0, low))
        )
    return Piece("fir", "a fir tree", tuple(shapes), 0.5, 0.5)


def palm(rng: np.random.Generator, leaves: Material, trunk: Material) -> Piece:
    """A palm tree, its trunk bent."""
    height, bend = float(rng.uniform(4.0, 6.0)), float(rng.uniform(0.1, 0.9))
    path = [(bend * share**2, 0.0, height * share) for share in (0.0, 0.35, 0.7, 1.0)]
    path[0] = (0.0, 0.0, -0.3)
    shapes = [rod(trunk, 0.16 - 0.02 * step, path[step], path[step + 1]) for step in range(3)]
    for index in range(8):
        yaw = 45.0 * index + float(rng.uniform(-12, 12))
        drop = float(rng.uniform(10, 35))
        turn = turned(y=drop, z=yaw)
        x, y, z = turn @ np.array([0.95, 0.0, 0.0])
        middle = (float(bend + x), float(y), float(height + z + 0.1))
        shapes.append(Shape("ellipsoid", (1.05, 0.22, 0.05), leaves, middle, turn))
    return Piece("palm", "a palm tree", tuple(shapes), 0.6, 0.6)


def bush(rng: np.random.Generator, leaves: Material, size: float = 1.0) -> Piece:
    shapes = []
    for index in range(int(rng.integers(2, 5))):
        radius = size * float(rng.uniform(0.35, 0.6))
        x, y = (0.0, 0.0) if index == 0 else rng.uniform(-0.5, 0.5, 2) * size
        shapes.append(blob(leaves, (radius, radius, 0.85 * radius), (float(x), float(y), 0.55 * radius)))
    return Piece("bush", "a bush", tuple(shapes), 1.8 * size, 1.8 * size)


def rock(rng: np.random.Generator, stone: Material, size: float = 1.0) -> Piece:
    shapes = []
    for index in range(int(rng.integers(1, 4))):
        radii = rng.uniform(0.3, 0.7, 3) * size
        x, y = (0.0, 0.0) if index == 0 else rng.uniform(-0.6, 0.6, 2) * size
        turn = turned(*rng.uniform(-30, 30, 3))
        middle = (float(x), float(y), 0.25 * float(radii[2]))
        shapes.append(Shape("ellipsoid", tuple(float(radius) for radius in radii), stone, middle, turn))
    return Piece("rock", "a boulder" if len(shapes) == 1 else "boulders", tuple(shapes), 2 * size, 2 * size)


def park_bench(rng: np.random.Generator) -> Piece:
    name, wood = pick(rng, WOODS)
    if rng.random() < 0.4:
        name, wood = paint(rng, ("green", "dark green", "white", "red", "brown"), roughness=0.7)
    lean = turned(x=12)
    shapes = [block(wood, (1.7, 0.11, 0.04), y=y, z=0.43) for y in (-0.06, 0.08, 0.22)]
    shapes += [
        box(wood, (1.7, 0.03, 0.11), (0, -0.17 - 0.03 * row, 0.6 + 0.15 * row), lean) for row in range(2)
    ]
    shapes += [block(IRON, (0.06, 0.5, 0.43), x, 0.05) for x in (-0.7, 0.7)]
    shapes += [box(IRON, (0.06, 0.04, 0.5), (x, -0.2, 0.62), lean) for x in (-0.7, 0.7)]
    return Piece("bench", f"{with_article(name)} bench", tuple(shapes), 1.75, 0.65)


def street_lamp(rng: np.random.Generator, style: int) -> tuple[Piece, float]:
    """A lamp post of one of three styles, and the height of its light."""
    height = (3.6, 4.6, 5.2)[style]
    shapes: list[Shape] = [post(IRON, 0.1, 0.4), post(IRON, 0.05, height)]
    if style == 0:
        shapes += [ball(GLOW, 0.2, (0, 0, height + 0.15))]
    elif style == 1:
        shapes += [
            block(IRON, (0.3, 0.3, 0.04), z=height),
            block(GLOW, (0.24, 0.24, 0.4), z=height + 0.04),
            cone(IRON, 0.26, 0.2, (0, 0, height + 0.44)),
        ]
    else:
        shapes += [
            rod(IRON, 0.035, (0, 0, height), (0, 0.9, height + 0.15)),
            box(IRON, (0.2, 0.55, 0.08), (0, 1.0, height + 0.16)),
            box(GLOW, (0.14, 0.45, 0.04), (0, 1.0, height + 0.11)),
        ]
    return Piece("lamp-post", "a lamp post", tuple(shapes), 0.3, 0.3), height


def stand_lamp(
    builder: Builder, rng: np.random.Generator, style: int, at: tuple[float, float], yaw: float = 0.0
) -> None:
    """Put up a lamp post that gives light after dark."""
    piece, height = street_lamp(rng, style)
    builder.add(piece.name, "prop", piece.words, piece.shapes, at, yaw)
    colour = (1.0, 0.82, 0.55) if style < 2 else (1.0, 0.90, 0.72)
    builder.light((at[0], at[1], builder.height(*at) + height), colour, 13.0)


def car(rng: np.random.Generator) -> Piece:
    """A car, van or pick-up; its front is towards +x."""
    colour, body = paint(rng, CAR_COLOURS, roughness=0.2, metallic=0.4)
    light = Material.plain((0.95, 0.95, 0.88), roughness=0.2, emission=0.3)
    rear = Material.plain((0.70, 0.06, 0.05), roughness=0.3, emission=0.2)
    kind = ("car", "car", "van", "pick-up")[int(rng.integers(4))]
    length, width = {"car": 4.2, "van": 4.8, "pick-up": 5.0}[kind], 1.8
    shapes: list[Shape] = [block(body, (length, width, 0.62), z=0.3)]
    if kind == "car":
        shapes += [
            block(GLASS, (2.1, width - 0.24, 0.5), -0.25, z=0.92),
            block(body, (1.7, width - 0.3, 0.07), -0.25, z=1.4),
            box(GLASS, (0.75, width - 0.3, 0.06), (1.0, 0, 1.13), turned(y=36)),
            box(GLASS, (0.6, width - 0.3, 0.06), (-1.45, 0, 1.13), turned(y=-42)),
            *(block(body, (0.1, 0.03, 0.5), -0.25, side * (width / 2 - 0.11), 0.92) for side in (-1, 1)),
        ]
    elif kind == "van":
        shapes += [
            block(body, (3.4, width - 0.06, 0.95), -0.65, z=0.92),
            block(GLASS, (1.0, width - 0.1, 0.5), 1.1, z=0.92),
            box(GLASS, (0.95, width - 0.2, 0.06), (1.5, 0, 1.28), turned(y=48)),
        ]
    else:
        shapes += [
            block(GLASS, (1.5, width - 0.2, 0.55), 0.35, z=0.92),
            block(body, (1.3, width - 0.25, 0.07), 0.35, z=1.46),
            *(block(body, (1.9, 0.08, 0.35), -1.5, side * (width / 2 - 0.04), 0.92) for side in (-1, 1)),
        ]
    across = turned(x=90)
    for x in (-0.31 * length, 0.31 * length):
        for y in (-width / 2 + 0.08, width / 2 - 0.08):
            shapes.append(Shape("cylinder", (0.33, 0.11), RUBBER, (x, y, 0.33), across))
    for y in (-0.62, 0.62):
        shapes.append(box(light, (0.04, 0.32, 0.14), (length / 2, y, 0.7)))
        shapes.append(box(rear, (0.04, 0.3, 0.14), (-length / 2, y, 0.74)))
    shapes.append(block(BLACK, (length + 0.06, width - 0.1, 0.16), z=0.3))
    return Piece("car", f"{with_article(colour)} {kind}", tuple(shapes), length, width)


def planter(rng: np.random.Generator, leaves: Material) -> Piece:
    """A trough with flowers."""
    _, wall = pick(rng, WOODS) if rng.random() < 0.5 else ("stone", STONE)
    colour, petals = paint(rng, ("red", "yellow", "pink", "purple", "white", "orange"), roughness=1.0)
    width = float(rng.choice([0.9, 1.5, 2.2]))
    shapes = [block(wall, (width, 0.6, 0.5)), blob(leaves, (0.46 * width, 0.26, 0.24), (0, 0, 0.52))]
    for _ in range(6):
        x, y = rng.uniform(-0.36, 0.36) * width, rng.uniform(-0.16, 0.16)
        shapes.append(ball(petals, 0.07, (float(x), float(y), 0.74)))
    return Piece("planter", f"a planter with {colour} flowers", tuple(shapes), width, 0.6)


def litter_bin(rng: np.random.Generator) -> Piece:
    colour, body = paint(rng, ("dark green", "dark grey", "orange", "blue", "grey"), roughness=0.5)
    shapes = (post(body, 0.22, 0.8, z=0.08), post(IRON, 0.24, 0.06, z=0.86), post(IRON, 0.1, 0.1))
    return Piece("bin", f"{with_article(colour)} litter bin", shapes, 0.5, 0.5)


def cafe_table(rng: np.random.Generator) -> Piece:
    """A round table with two stools, perhaps under a parasol."""
    colour, cloth = paint(rng, ("red", "white", "green", "blue", "orange", "yellow", "beige"), roughness=1.0)
    shapes = [post(STEEL, 0.4, 0.03, z=0.72), post(IRON, 0.035, 0.72), post(IRON, 0.24, 0.03)]
    for side in (-1, 1):
        shapes += [post(cloth, 0.19, 0.05, side * 0.75, z=0.43), post(IRON, 0.03, 0.43, side * 0.75)]
    if rng.random() < 0.7:
        shapes += [post(IRON, 0.025, 1.9, z=0.7), cone(cloth, 1.35, 0.5, (0, 0, 2.25))]
        return Piece(
            "cafe-table", f"a cafe table under {with_article(colour)} parasol", tuple(shapes), 2.0, 1.4
        )
    return Piece("cafe-table", "a cafe table", tuple(shapes), 1.9, 0.9)


def fence(rng: np.random.Generator, length: float, look: Material) -> Shapes:
    """A wooden fence along x from its middle."""
    if rng.random() < 0.5:
        posts = int(length / 2.0) + 1
        xs = np.linspace(-length / 2, length / 2, posts)
        rails = [block(look, (length, 0.05, 0.12), z=z) for z in (0.4, 0.85)]
        return (*rails, *(block(look, (0.1, 0.1, 1.15), float(x)) for x in xs))
    palings = surface(rng, "palings", look.texture.first, look.texture.second, 1.2, roughness=0.9)
    return (block(palings, (length, 0.05, 1.3), z=0.1), block(look, (length, 0.09, 0.06), z=1.4))


def statue(rng: np.random.Generator) -> Piece:
    bronze = Material.plain((0.30, 0.36, 0.30), roughness=0.5, metallic=0.6)
    marble = surface(rng, "marble", (0.84, 0.83, 0.79), (0.56, 0.55, 0.54), 1.2, roughness=0.5)
    look = (bronze, marble)[int(rng.integers(2))]
    base = [block(STONE, (1.8, 1.8, 0.3)), block(STONE, (1.2, 1.2, 1.3), z=0.3)]
    kind = int(rng.integers(3))
    if kind == 0:  # a standing figure
        lift = 1.6
        raised = (0.5, 0.1, lift + 2.1) if rng.random() < 0.5 else (0.45, 0.2, lift + 0.9)
        figure: list[Shape] = [
            *(rod(look, 0.14, (x, 0, lift), (0.8 * x, 0, lift + 0.95)) for x in (-0.16, 0.16)),
            blob(look, (0.32, 0.22, 0.5), (0, 0, lift + 1.3)),
            ball(look, 0.2, (0, 0, lift + 1.95)),
            rod(look, 0.09, (0.28, 0, lift + 1.6), raised),
            rod(look, 0.09, (-0.28, 0, lift + 1.6), (-0.42, 0.05, lift + 0.85)),
        ]
        return Piece("statue", "a statue", (*base, *figure), 1.9, 1.9)
    if kind == 1:
        obelisk = cone(look, 0.55, 5.0, (0, 0, 1.6), top=0.3)
        return Piece("obelisk", "an obelisk", (*base, obelisk, cone(look, 0.3, 0.5, (0, 0, 6.6))), 1.9, 1.9)
    column = [post(look, 0.42, 4.0, z=1.6), block(look, (1.0, 1.0, 0.2), z=5.6), ball(look, 0.5, (0, 0, 6.3))]
    return Piece("column", "a tall column", (*base, *column), 1.9, 1.9)


def fountain(rng: np.random.Generator) -> Piece:
    water = surface(rng, "noise", (0.30, 0.50, 0.60), (0.42, 0.62, 0.70), 1.5, roughness=0.05)
    radius = float(rng.uniform(1.3, 2.2))
    shapes: list[Shape] = [
        post(STONE, radius, 0.45),
        post(water, radius - 0.18, 0.03, z=0.44),
        post(STONE, 0.2, 1.4, z=0.4),
        cone(STONE, 0.25, 0.3, (0, 0, 1.5), top=0.8),
        post(water, 0.7, 0.03, z=1.79),
        post(STONE, 0.1, 0.6, z=1.8),
        ball(STONE, 0.2, (0, 0, 2.45)),
    ]
    return Piece("fountain", "a stone fountain", tuple(shapes), 2 * radius, 2 * radius)
