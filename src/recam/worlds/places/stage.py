"""Stages of theatres, with curtains, spot lamps and rows of seats."""

from __future__ import annotations

import numpy as np

from recam.worlds.colours import COLOURS, darker, shade
from recam.worlds.places import furniture, outdoor
from recam.worlds.places.kit import Builder, block, post, turned
from recam.worlds.places.materials import (
    BLACK,
    FLOORS,
    GLOW,
    IRON,
    Material,
    paint,
    pick,
    surface,
)
from recam.worlds.places.place import Place
from recam.worlds.scene import Shape

_PIECES = (
    furniture.sofa, furniture.piano, furniture.table, furniture.pedestal, furniture.crates, furniture.plant,
    furniture.chair,
)  # fmt: skip
_DROP = 1.1  # metres from the stage down to the floor of the hall


def stage(rng: np.random.Generator) -> Place:
    """A theatre's stage at z = 0; the audience sits towards -y, lower down."""
    builder = Builder(
        "stage", centre=(float(rng.uniform(-0.6, 0.6)), float(rng.uniform(-0.3, 0.5))), clear=2.4
    )
    half = float(rng.uniform(6.0, 8.5)), float(rng.uniform(5.0, 6.5))
    height = float(rng.uniform(6.0, 8.0))
    hall = float(rng.uniform(12, 18))  # metres of the hall before the stage
    name, floor = pick(rng, FLOORS, ("oak planks", "dark planks", "pale planks", "dark planks"))
    builder.add("stage-floor", "ground", f"a stage of {name}", [Shape("plane", half, floor)])
    colour = ("red", "dark red", "navy blue", "purple", "dark green", "teal")[int(rng.integers(6))]
    _hall(builder, rng, half, height, hall)
    _curtains(builder, rng, half, height, colour)
    scenery = _scenery(builder, rng, half, height)
    _lights(builder, rng, half, height)
    _seats(builder, rng, half, hall)
    wheres = (
        f"on a theatre stage with {colour} curtains",
        f"on a stage of {name}",
        f"on a stage with {scenery}",
    )
    where = wheres[int(rng.integers(3))]
    low, high = (-half[0] + 0.8, -half[1] + 0.6), (half[0] - 0.8, half[1] - 0.9)
    return builder.place(rng, where, low, high, indoor=True)


def _hall(
    builder: Builder, rng: np.random.Generator, half: tuple[float, float], height: float, hall: float
) -> None:
    """The front of the stage, the floor, walls and ceiling of the hall, and the walls beside the stage."""
    hues = ("dark red", "beige", "navy blue", "brown", "olive", "grey")
    _, wall = paint(rng, hues, roughness=0.9)
    _, panel = paint(rng, ("brown", "dark red", "dark grey"), roughness=0.6)
    carpet = surface(rng, "noise", (0.36, 0.12, 0.12), (0.28, 0.08, 0.09), 1.0, roughness=1.0)
    x, y = half
    wide, middle = x + 3.0, -y - hall / 2
    builder.add(
        "hall-floor",
        "structure",
        "the floor of the hall",
        [block(carpet, (2 * wide, hall, 0.2), y=middle, z=-_DROP - 0.2)],
        casts_shadow=False,
    )
    front = block(panel, (2 * wide, 0.2, _DROP), y=-y - 0.1, z=-_DROP - 0.004)
    builder.add("stage-front", "structure", "the front of the stage", [front], casts_shadow=False)
    room = [
        *(
            block(wall, (0.3, hall, height + 2 + _DROP), side * (wide + 0.15), middle, -_DROP)
            for side in (-1, 1)
        ),
        block(wall, (2 * wide, 0.3, height + 2 + _DROP), y=-y - hall - 0.15, z=-_DROP),
        block(wall, (2 * wide + 0.6, hall + 0.3, 0.2), y=middle, z=height + 2),
        # Beside and above the opening of the stage.
        *(block(panel, (3.0, 0.3, height + 2), side * (x + 1.5), -y) for side in (-1, 1)),
        block(panel, (2 * x, 0.3, 2.6), y=-y, z=height - 0.6),
        *(
            block(GLOW, (0.18, 0.14, 0.35), side * (wide - 0.05), middle + step, 1.8)
            for side in (-1, 1)
            for step in (-3.0, 3.0)
        ),
    ]
    builder.add("hall", "structure", "the hall", room, casts_shadow=False)
    _, side_wall = paint(rng, ("black", "dark grey", "grey", "dark red", "navy blue"), roughness=1.0)
    shell = [
        *(block(side_wall, (0.2, 2 * y, height), side * (x + 0.1)) for side in (-1, 1)),
        block(Material.plain((0.12, 0.12, 0.13), roughness=1.0), (2 * x + 0.4, 2 * y, 0.2), z=height),
    ]
    builder.add("stage-house", "structure", "the walls of the stage", shell, casts_shadow=False)


def _curtains(
    builder: Builder, rng: np.random.Generator, half: tuple[float, float], height: float, colour: str
) -> None:
    """Folds drawn aside in front, and wings that hang at both sides."""
    hue = shade(rng, COLOURS[colour])
    cloth, deep = Material.plain(hue, roughness=0.9), Material.plain(darker(hue, 0.8), roughness=0.9)
    x, y = half
    gathered = float(rng.uniform(1.2, 2.0))
    shapes = []
    for side in (-1, 1):
        for fold in np.arange(0.0, gathered, 0.26):
            look = cloth if round(fold / 0.26) % 2 else deep
            shapes.append(post(look, 0.17, height - 0.3, side * (x - 0.15 - float(fold)), -y + 0.35))
    valance = [
        Shape(
            "ellipsoid", (0.75, 0.18, 0.55), cloth if index % 2 else deep, (float(at), -y + 0.3, height - 0.5)
        )
        for index, at in enumerate(np.arange(-x + 0.6, x, 1.2))
    ]
    builder.add("curtain", "structure", f"{colour} curtains", [*shapes, *valance], casts_shadow=False)
    name, cloth = paint(rng, ("black", "dark grey", "navy blue", "grey", "dark red", "teal"), roughness=1.0)
    wings = [
        block(cloth, (1.1, 0.12, height), side * (x - 0.55), float(at))
        for side in (-1, 1)
        for at in np.linspace(-y + 2.2, y - 1.5, 3)
    ]
    builder.add("wings", "structure", f"{name} wings", wings, casts_shadow=False)


def _scenery(builder: Builder, rng: np.random.Generator, half: tuple[float, float], height: float) -> str:
    """A backdrop, and what stands before it; what it is."""
    x, y = half
    _, plain = paint(rng, ("light blue", "grey", "beige", "white", "teal"), roughness=1.0)
    backs = {
        "a plain backdrop": plain,
        "a painted backdrop": surface(rng, "mural", *_two_hues(rng), 6.0, roughness=1.0),
        "a painted wood": surface(rng, "leaves", (0.08, 0.20, 0.08), (0.30, 0.42, 0.16), 4.0, roughness=1.0),
        "a painted town": surface(rng, "facade", (0.74, 0.60, 0.44), (0.26, 0.36, 0.46), 3.0, roughness=1.0),
        "a brick back wall": surface(
            rng, "bricks", (0.50, 0.27, 0.20), (0.62, 0.58, 0.52), 1.4, roughness=1.0
        ),
    }
    words = tuple(backs)[int(rng.integers(len(backs)))]
    sheet = block(backs[words], (2 * x, 0.1, height), y=y - 0.05)
    builder.add("backdrop", "structure", words, [sheet], casts_shadow=False)
    low, high = (-x + 1.6, 0.0), (x - 1.6, y - 0.6)
    if words == "a painted wood":
        leaves, trunk = outdoor.leaf_material(rng), outdoor.bark(rng)
        for at in builder.scatter(rng, 3, 0.5, low, high):
            piece = outdoor.tree(rng, leaves, trunk, 0.55)
            builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    for _ in range(int(rng.integers(1, 5))):
        piece = _PIECES[int(rng.integers(len(_PIECES)))](rng)
        for at in builder.scatter(rng, 1, 0.9, low, high):
            builder.add(piece.name, "prop", piece.words, piece.shapes, at, 180.0)
    if rng.random() < 0.4:
        _, look = paint(rng, ("white", "grey", "red", "blue", "yellow"), roughness=0.7)
        steps = [block(look, (2.4, 1.2 - 0.4 * step, 0.25), y=0.2 * step, z=0.25 * step) for step in range(3)]
        for at in builder.scatter(rng, 1, 1.5, (-x + 2, 1.0), (x - 2, y - 0.8)):
            builder.add("steps", "prop", "a flight of steps", steps, at)
    return words


def _two_hues(rng: np.random.Generator) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    first, second = rng.uniform(0.1, 0.9, (2, 3))
    return (float(first[0]), float(first[1]), float(first[2])), (
        float(second[0]), float(second[1]), float(second[2]),
    )  # fmt: skip


def _lights(builder: Builder, rng: np.random.Generator, half: tuple[float, float], height: float) -> None:
    """Spot lamps on bars over the stage, in one or two colours."""
    x, y = half
    tints = [(1.0, 0.92, 0.78)]
    tints += [
        ((1.0, 0.70, 0.45), (0.55, 0.65, 1.0), (1.0, 0.60, 0.75), (0.65, 1.0, 0.80))[int(rng.integers(4))]
    ]
    shapes = []
    for across in (-y + 1.2, y - 2.0):
        shapes.append(Shape("cylinder", (0.04, x), IRON, (0.0, across, height - 0.7), turned(y=90)))
        for index, along in enumerate(np.linspace(-x + 1.6, x - 1.6, 5)):
            tilt = turned(x=float(rng.uniform(-25, 25)))
            at = float(along), across, height - 0.95
            shapes.append(Shape("cylinder", (0.13, 0.2), BLACK, at, tilt))
            glow = Material.plain(tints[index % 2], roughness=0.4, emission=0.95)
            x_end, y_end, z_end = np.asarray(at) + tilt @ np.array([0, 0, -0.2])
            shapes.append(Shape("sphere", (0.11,), glow, (float(x_end), float(y_end), float(z_end))))
    builder.add("spot-lamps", "structure", "spot lamps", shapes, casts_shadow=False)
    for along, across, tint in (
        (-2.5, -1.5, 0),
        (2.5, -1.5, 1),
        (0.0, 2.0, 0),
        (-3.5, 2.0, 1),
        (3.5, 2.0, 0),
    ):
        builder.light((along, across, height - 1.3), tints[tint], 14.0)


def _seats(builder: Builder, rng: np.random.Generator, half: tuple[float, float], hall: float) -> None:
    """Rows of seats; each row is one long seat with backs painted on."""
    colour, cloth = paint(rng, ("red", "dark red", "navy blue", "green", "purple", "grey"), roughness=1.0)
    rows = int((hall - 3.5) / 1.1)
    wide = half[0] + 1.6
    shapes = []
    for row in range(rows):
        y, lift = -half[1] - 2.2 - 1.1 * row, 0.06 * row
        for side in (-1, 1):
            length = wide - 0.8
            middle = side * (0.8 + length / 2)
            shapes.append(block(cloth, (length, 0.5, 0.42), middle, y, -_DROP + lift))
            seats = int(length / 0.58)
            if row < 3:
                for seat in range(seats):
                    x = middle + length * ((seat + 0.5) / seats - 0.5)
                    shapes.append(block(cloth, (0.9 * length / seats, 0.14, 0.9), x, y - 0.28, -_DROP + lift))
            else:
                shapes.append(block(cloth, (length, 0.14, 0.9), middle, y - 0.28, -_DROP + lift))
    builder.add("seats", "structure", f"rows of {colour} seats", shapes, casts_shadow=False)
