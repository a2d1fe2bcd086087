"""Large halls: warehouses and gymnasiums."""

from __future__ import annotations

import numpy as np

from recam.worlds.colours import darker, with_article
from recam.worlds.places import furniture
from recam.worlds.places.furniture import Piece
from recam.worlds.places.kit import Builder, Shapes, block, box, post, rod, turned
from recam.worlds.places.materials import (
    BLACK,
    IRON,
    RUBBER,
    STEEL,
    Material,
    Recipe,
    paint,
    pick,
    surface,
)
from recam.worlds.places.place import Place
from recam.worlds.places.shell import Shell, floor_words
from recam.worlds.scene import Shape

_STORE_WALLS: dict[str, Recipe] = {
    "sheet-metal": ("corrugated", (0.62, 0.66, 0.68), (0.45, 0.36, 0.30), 2.0, 0.6),
    "blue sheet-metal": ("corrugated", (0.30, 0.42, 0.55), (0.40, 0.34, 0.30), 2.0, 0.6),
    "brick": ("bricks", (0.56, 0.30, 0.22), (0.68, 0.64, 0.58), 1.2, 0.9),
    "whitewashed brick": ("bricks", (0.82, 0.80, 0.76), (0.66, 0.64, 0.60), 1.2, 0.9),
    "concrete": ("concrete", (0.66, 0.66, 0.63), (0.50, 0.50, 0.48), 3.0, 0.9),
    "timber": ("palings", (0.40, 0.28, 0.18), (0.58, 0.43, 0.28), 1.8, 0.9),
}


def warehouse(rng: np.random.Generator) -> Place:
    """A hall with shelves of goods, crates, barrels, girders and roller doors."""
    x, y = rng.uniform(-1.0, 1.0, 2)
    builder = Builder("warehouse", centre=(float(x), float(y)), clear=2.6)
    half = float(rng.uniform(9, 14)), float(rng.uniform(8, 11))
    height = float(rng.uniform(6.0, 8.5))
    shell = Shell(builder, rng, half, height, ("concrete", "concrete", "terrazzo"), None, _STORE_WALLS)
    _girders(shell, rng)
    for index in rng.permutation(4)[: int(rng.integers(1, 4))]:
        _roller_door(shell, rng, int(index))
    words = _racks(shell, rng)
    shell.door(int(rng.integers(4)))
    if rng.random() < 0.6:
        shell.windows(int(rng.integers(4)), 4, 2.4, 1.2, height - 2.6)
    if rng.random() < 0.55:
        truck = _forklift(rng)
        for at in builder.scatter(rng, 1, 1.5, (-half[0] + 2, -half[1] + 2), (half[0] - 2, half[1] - 2)):
            builder.add(truck.name, "prop", truck.words, truck.shapes, at, 90.0 * int(rng.integers(4)))
    for _ in range(int(rng.integers(3, 9))):
        piece = (furniture.crates, furniture.barrels, _pallet)[int(rng.integers(3))](rng)
        for at in builder.scatter(
            rng, 1, 1.0, (-half[0] + 1.2, -half[1] + 1.2), (half[0] - 1.2, half[1] - 1.2)
        ):
            builder.add(piece.name, "prop", piece.words, piece.shapes, at, 90.0 * int(rng.integers(4)))
    shell.ceiling_lamps(3, 2, ("shade", "tube")[int(rng.integers(2))], metres=13.0)
    wheres = (
        f"in a warehouse with {words}",
        f"in {with_article(f'{shell.wall_name} warehouse')}",
        "in a warehouse",
    )
    where = wheres[int(rng.integers(3))]
    return builder.place(rng, where, (-half[0] + 1, -half[1] + 1), (half[0] - 1, half[1] - 1), indoor=True)


def _girders(shell: Shell, rng: np.random.Generator) -> None:
    """Steel posts along the walls and beams from one to the other."""
    colour, steel = paint(
        rng, ("grey", "dark grey", "red", "blue", "yellow", "green"), roughness=0.5, metallic=0.3
    )
    x, y = shell.half
    top = shell.height - 0.5
    shapes = []
    for along in np.linspace(-x + 1.5, x - 1.5, 5):
        for side in (-1, 1):
            shapes.append(block(steel, (0.3, 0.3, shell.height), float(along), side * (y - 0.15)))
            shapes.append(
                rod(steel, 0.06, (along, side * (y - 0.2), top - 1.2), (along, side * (y - 2.0), top))
            )
        shapes.append(block(steel, (0.22, 2 * y, 0.4), float(along), z=top))
    shell.builder.add("girders", "structure", f"{colour} girders", shapes, casts_shadow=False)


def _roller_door(shell: Shell, rng: np.random.Generator, index: int) -> None:
    colour, first = paint(rng, ("grey", "blue", "green", "orange", "white", "red"))
    look = surface(rng, "planks", darker(first.texture.first, 0.85), first.texture.first, 2.4, roughness=0.5)
    along = shell.stretch(index, 4.2)
    if along is not None:
        shapes = (
            block(IRON, (4.1, 0.12, 4.2), y=0.06),
            block(look, (3.8, 0.08, 4.0), y=0.12),
            block(IRON, (4.1, 0.45, 0.5), y=0.22, z=4.1),
        )
        shell.fix(index, "roller-door", f"{with_article(colour)} roller door", shapes, along)


def _racks(shell: Shell, rng: np.random.Generator) -> str:
    """Rows of shelves, out of the way of the middle; what they are."""
    colour, frame = paint(rng, ("orange", "blue", "red", "yellow", "grey"), roughness=0.5)
    shelf = surface(rng, "wood", (0.60, 0.45, 0.28), (0.76, 0.60, 0.40), 1.2, roughness=0.9)
    card = surface(rng, "noise", (0.68, 0.52, 0.35), (0.62, 0.46, 0.30), 1.2, roughness=1.0)
    _, plastic = paint(rng, ("blue", "green", "red", "grey", "yellow"), roughness=0.5)
    _, white = paint(rng, ("white", "beige"), roughness=0.9)
    x, y = shell.half
    rows = 0
    for side in (-1, 1):
        for row in range(int(rng.integers(1, 3))):
            across = side * (y - 1.1 - 2.9 * row)
            if abs(across - shell.builder.centre[1]) < 3.7:
                continue
            for along in (-x / 2, x / 2) if rng.random() < 0.6 else (float(rng.choice([-x / 2, x / 2])),):
                shapes = _rack(rng, min(x - 2.0, 7.0), frame, shelf, (card, card, plastic, white))
                shell.builder.add(
                    "rack", "structure", f"{with_article(colour)} rack full of boxes", shapes, (along, across)
                )
                rows += 1
    return f"rows of {colour} shelves" if rows else "bare walls"


def _rack(
    rng: np.random.Generator, length: float, frame: Material, shelf: Material, goods: tuple[Material, ...]
) -> Shapes:
    shapes = []
    levels, bays = 3, max(2, int(length / 2.2))
    for bay in range(bays + 1):
        for y in (-0.45, 0.45):
            shapes.append(block(frame, (0.09, 0.09, 4.2), length * (bay / bays - 0.5), y))
    for level in range(levels):
        z = 0.15 + 1.35 * level
        shapes.append(block(shelf, (length, 1.0, 0.08), z=z))
        for bay in range(bays):
            if rng.random() < 0.75:
                width, tall = float(rng.uniform(1.0, 1.7)), float(rng.uniform(0.5, 1.1))
                at = length * ((bay + 0.5) / bays - 0.5) + float(rng.uniform(-0.1, 0.1))
                shapes.append(
                    block(goods[int(rng.integers(len(goods)))], (width, 0.85, tall), at, z=z + 0.08)
                )
    return tuple(shapes)


def _pallet(rng: np.random.Generator) -> Piece:
    wood = Material.plain((0.68, 0.54, 0.36), roughness=0.9)
    colour, wrap = paint(rng, ("white", "grey", "beige", "light blue", "brown"), roughness=0.4)
    height = float(rng.uniform(0.5, 1.3))
    shapes = [block(wood, (1.2, 0.12, 0.1), y=y) for y in (-0.4, 0.0, 0.4)]
    shapes += [block(wood, (1.2, 1.0, 0.04), z=0.1), block(wrap, (1.05, 0.9, height), z=0.14)]
    return Piece("pallet", f"a pallet of {colour} sacks", tuple(shapes), 1.2, 1.0)


def _forklift(rng: np.random.Generator) -> Piece:
    colour, body = paint(rng, ("yellow", "orange", "red", "green"), roughness=0.4)
    across = turned(x=90)
    wheels = [
        Shape("cylinder", (0.27, 0.1), RUBBER, (x, y, 0.27), across)
        for x in (-0.7, 0.6)
        for y in (-0.45, 0.45)
    ]
    shapes = (
        block(body, (1.7, 1.0, 0.6), -0.1, z=0.25),
        block(body, (0.7, 1.0, 0.35), -0.65, z=0.85),
        block(BLACK, (0.45, 0.5, 0.12), 0.05, z=0.85),
        block(BLACK, (0.1, 0.5, 0.5), -0.2, z=0.95),
        *(post(IRON, 0.035, 1.25, x, y, 0.85) for x in (-0.5, 0.55) for y in (-0.45, 0.45)),
        block(IRON, (1.2, 1.0, 0.05), 0.02, z=2.1),
        *(block(IRON, (0.1, 0.1, 2.3), 0.85, y) for y in (-0.35, 0.35)),
        *(block(STEEL, (1.0, 0.12, 0.05), 1.4, y, 0.1) for y in (-0.25, 0.25)),
        *wheels,
    )
    return Piece("forklift", f"{with_article(colour)} forklift", shapes, 2.9, 1.1)


def gym(rng: np.random.Generator) -> Place:
    """A sports hall with court lines, hoops, benches, wall bars and mats."""
    builder = Builder("gym", centre=(float(rng.uniform(-2, 2)), float(rng.uniform(-1, 1))), clear=2.6)
    half = float(rng.uniform(10, 14)), float(rng.uniform(7.5, 10))
    height = float(rng.uniform(6.0, 8.0))
    floors = ("pale planks", "oak planks", "parquet", "blue rubber", "green rubber", "red rubber")
    shell = Shell(
        builder,
        rng,
        half,
        height,
        floors,
        ("white", "cream", "whitewashed brick", "brick", "pale blue", "ochre"),
    )
    _court(shell, rng)
    for side in (-1, 1):
        hoop = _hoop()
        builder.add(
            "hoop", "structure", "a basketball hoop", hoop, (side * (half[0] - 0.1), 0.0), side * 90.0
        )
    for index in rng.permutation([0, 2])[: int(rng.integers(1, 3))]:
        shell.windows(int(index), 5, 2.2, 1.4, height - 2.4)
    _wall_bars(shell, rng)
    if rng.random() < 0.6:
        _padding(shell, rng)
    if rng.random() < 0.6:
        _stands(shell, rng)
    shell.door(int(rng.choice([1, 3])), double=True)
    for _ in range(int(rng.integers(2, 7))):
        piece = (furniture.bench, _mats, _vault, _balls)[int(rng.integers(4))](rng)
        shell.stand(piece)
    if rng.random() < 0.4:
        mats = _mats(rng)
        for at in builder.scatter(rng, 2, 1.3, (-half[0] + 2, -half[1] + 2), (half[0] - 2, half[1] - 2)):
            builder.add(mats.name, "prop", mats.words, mats.shapes, at)
    shell.ceiling_lamps(4, 2, ("panel", "tube")[int(rng.integers(2))], metres=14.0)
    wheres = (
        "in a sports hall",
        f"in a gymnasium with {floor_words(shell.floor_name)}",
        "on an indoor basketball court",
    )
    where = wheres[int(rng.integers(3))]
    return builder.place(rng, where, (-half[0] + 1, -half[1] + 1), (half[0] - 1, half[1] - 1), indoor=True)


def _court(shell: Shell, rng: np.random.Generator) -> None:
    _, line = paint(rng, ("white", "red", "blue", "yellow", "black"), roughness=0.5)
    x, y = shell.half[0] - 1.0, shell.half[1] - 1.2
    high = 0.008
    shapes = [block(line, (2 * x, 0.07, high), y=side * y) for side in (-1, 1)]
    shapes += [block(line, (0.07, 2 * y, high), at) for at in (-x, 0.0, x)]
    for angle in np.arange(0, 360, 15.0):  # the middle circle
        at = np.radians(angle)
        middle = 1.8 * float(np.cos(at)), 1.8 * float(np.sin(at)), high / 2
        shapes.append(box(line, (0.07, 0.48, high), middle, turned(z=float(angle))))
    _, zone = paint(rng, ("blue", "red", "green", "orange", "teal"), roughness=0.5)
    shapes += [block(zone, (4.5, 3.6, 0.5 * high), side * (x - 2.25)) for side in (-1, 1)]
    shell.builder.add("court", "ground", "a court", shapes, solid=False)


def _hoop() -> Shapes:
    """Board and ring, its back at y = 0."""
    white = Material.plain((0.90, 0.90, 0.90), roughness=0.3)
    orange = Material.plain((0.88, 0.38, 0.10), roughness=0.5)
    ring = [
        box(
            orange,
            (0.13, 0.03, 0.03),
            (0.23 * float(np.sin(a)), 1.0 + 0.23 * float(np.cos(a)), 3.05),
            turned(z=-float(np.degrees(a))),
        )
        for a in np.arange(0, 2 * np.pi, np.pi / 6)
    ]
    return (
        block(white, (1.8, 0.05, 1.05), y=0.7, z=2.9),
        block(orange, (0.6, 0.06, 0.04), y=0.7, z=3.5),
        block(IRON, (0.1, 0.7, 0.1), y=0.35, z=3.3),
        *ring,
    )


def _wall_bars(shell: Shell, rng: np.random.Generator) -> None:
    _, wood = pick(rng, {"oak": ("wood", (0.60, 0.44, 0.26), (0.74, 0.57, 0.36), 1.2, 0.6)})
    for _ in range(int(rng.integers(0, 4))):
        index = int(rng.integers(4))
        along = shell.stretch(index, 2.2)
        if along is not None:
            shapes = [block(wood, (0.08, 0.14, 2.6), x, 0.1) for x in (-1.0, 0.0, 1.0)]
            shapes += [block(wood, (2.0, 0.05, 0.05), y=0.16, z=z) for z in np.arange(0.2, 2.6, 0.24)]
            shell.fix(index, "wall-bars", "wall bars", tuple(shapes), along)


def _padding(shell: Shell, rng: np.random.Generator) -> None:
    """Padded panels round the foot of the walls."""
    colour, look = paint(rng, ("blue", "green", "red", "navy blue", "orange", "teal"), roughness=0.8)
    for index in range(4):
        count = int(shell.length(index) / 1.5)
        step = shell.length(index) / count
        shapes = [
            block(look, (step - 0.05, 0.04, 1.6), step * (panel - (count - 1) / 2), 0.02, 0.14)
            for panel in range(count)
        ]
        shell.fix(index, "padding", f"{colour} wall pads", tuple(shapes))


def _stands(shell: Shell, rng: np.random.Generator) -> None:
    """Three steps to sit on along a long wall."""
    _, seat = paint(rng, ("blue", "red", "orange", "green", "grey"), roughness=0.5)
    _, base = paint(rng, ("grey", "dark grey"), roughness=0.8)
    length, index = 1.1 * shell.half[0], int(rng.choice([0, 2]))
    if shell.take(index, 0.0, length):
        shapes: list[Shape] = []
        for step in range(3):
            depth = 0.75 * (3 - step)
            shapes.append(block(base, (length, depth, 0.4), y=depth / 2, z=0.4 * step))
            shapes.append(block(seat, (length, 0.35, 0.05), y=depth - 0.2, z=0.4 * step + 0.4))
        where = shell.at(index, 0.0, 0.02)
        shell.builder.add(
            "stands", "structure", "a stand with seats", shapes, where, 0.0 if index == 0 else 180.0
        )


def _mats(rng: np.random.Generator) -> Piece:
    colour, look = paint(rng, ("blue", "green", "red", "navy blue"), roughness=0.7)
    count = int(rng.integers(1, 4))
    shapes = tuple(
        block(look, (2.0, 1.2, 0.11), 0.03 * (level % 2), z=0.12 * level) for level in range(count)
    )
    words = f"{with_article(colour)} mat" if count == 1 else f"a stack of {colour} mats"
    return Piece("mats", words, shapes, 2.0, 1.2)


def _vault(rng: np.random.Generator) -> Piece:
    leather = Material.plain((0.50, 0.30, 0.16), roughness=0.6)
    wood = Material.plain((0.70, 0.54, 0.34), roughness=0.7)
    tiers = int(rng.integers(2, 5))
    shapes = [
        block(wood, (1.5 - 0.05 * tier, 0.7 - 0.06 * tier, 0.24), z=0.25 * tier) for tier in range(tiers)
    ]
    shapes.append(block(leather, (1.3, 0.42, 0.16), z=0.25 * tiers))
    return Piece("vault", "a vaulting box", tuple(shapes), 1.5, 0.7)


def _balls(rng: np.random.Generator) -> Piece:
    frame = [
        *(block(IRON, (0.05, 0.5, 0.9), x) for x in (-0.7, 0.7)),
        *(block(IRON, (1.4, 0.5, 0.03), z=z) for z in (0.3, 0.7)),
    ]
    for z in (0.45, 0.85):
        for x in (-0.45, -0.15, 0.15, 0.45):
            _, look = paint(rng, ("orange", "white", "red", "blue"), roughness=0.7)
            frame.append(Shape("sphere", (0.12,), look, (x, 0.0, z)))
    return Piece("ball-rack", "a rack of balls", tuple(frame), 1.5, 0.5)
