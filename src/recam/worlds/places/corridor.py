"""Long corridors of schools, hotels, hospitals and old houses."""

from __future__ import annotations

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places import furniture
from recam.worlds.places.kit import Builder, block
from recam.worlds.places.materials import paint, surface
from recam.worlds.places.place import Place
from recam.worlds.places.shell import Shell

# Floors, walls, lamps, and what stands along the walls.
_KINDS = {
    "school": (
        ("terrazzo", "green and cream tiles", "concrete"),
        ("cream", "pale blue", "sage green", "white", "whitewashed brick"),
        ("tube", "panel"),
        (furniture.lockers, furniture.lockers, furniture.bench, furniture.cabinet),
    ),
    "hotel": (
        ("red carpet", "blue carpet", "marble", "parquet"),
        ("striped", "blue striped", "ochre", "dusky pink", "wood-panelled", "dark blue"),
        ("globe", "shade"),
        (furniture.sofa, furniture.plant, furniture.cabinet, furniture.plant, furniture.floor_lamp),
    ),
    "hospital": (
        ("white tiles", "terrazzo", "pale planks"),
        ("white", "pale blue", "tiled", "sage green"),
        ("panel", "tube"),
        (furniture.bench, furniture.cabinet, furniture.plant, furniture.chair),
    ),
    "museum": (
        ("marble", "parquet", "black and white tiles", "dark planks"),
        ("dark blue", "sage green", "cream", "dusky pink", "ochre"),
        ("globe", "panel"),
        (furniture.pedestal, furniture.bench, furniture.pedestal),
    ),
    "cellar": (
        ("concrete", "terracotta tiles"),
        ("brick", "whitewashed brick", "concrete"),
        ("shade", "tube"),
        (furniture.crates, furniture.barrels, furniture.crates),
    ),
}


def corridor(rng: np.random.Generator) -> Place:
    """A corridor along x, with doors and windows and what belongs there."""
    kind = tuple(_KINDS)[int(rng.integers(len(_KINDS)))]
    floors, walls, lamps, makers = _KINDS[kind]
    half = float(rng.uniform(11, 18)), float(rng.uniform(2.5, 3.4))
    height = float(rng.uniform(4.0, 4.8))
    centre = float(rng.uniform(-3, 3)), 0.0
    builder = Builder("corridor", centre=centre, clear=1.2)
    shell = Shell(builder, rng, half, height, floors, walls)
    _ends(shell, rng)
    if kind != "cellar" and rng.random() < 0.6:
        shell.windows(int(rng.choice([0, 2])), int(half[0] / 2), 1.5, 2.0, 0.9)
    if rng.random() < 0.5:
        _pilasters(shell, rng, vaulted=bool(rng.random() < 0.6))
    for index in (0, 2):
        for _ in range(int(rng.integers(2, 6))):
            shell.door(index)
    shallow = half[1] > 2.9  # a wide corridor has room for things along its walls
    for _ in range(int(rng.integers(4, 9)) if shallow else int(rng.integers(2, 4))):
        piece = makers[int(rng.integers(len(makers)))](rng)
        if piece.depth < half[1] - 1.9:
            shell.stand(piece, (0, 2))
    for _ in range(int(rng.integers(2, 8))):
        if kind != "cellar":
            shell.picture(int(rng.choice([0, 2])), float(rng.uniform(0.6, 1.2)))
    if kind == "hotel" or rng.random() < 0.2:
        _runner(shell, rng)
    if rng.random() < 0.5:
        _dado(shell, rng)
    shell.ceiling_lamps(int(half[0] / 2.4), 1, lamps[int(rng.integers(len(lamps)))], metres=8.0)
    where = f"in {with_article(f'{kind} corridor with {shell.wall_name} walls')}"
    if rng.random() < 0.5:
        where = f"in a long {kind} corridor"
    return builder.place(
        rng, where, (-half[0] + 0.5, -half[1] + 0.3), (half[0] - 0.5, half[1] - 0.3), indoor=True
    )


def _ends(shell: Shell, rng: np.random.Generator) -> None:
    for index in (1, 3):
        if rng.random() < 0.5:
            shell.windows(index, 1, 2.0, 2.4, 0.7)
        else:
            shell.door(index, double=True)


def _pilasters(shell: Shell, rng: np.random.Generator, vaulted: bool) -> None:
    """Half columns along both walls; with beams across the ceiling when it is vaulted."""
    step = float(rng.uniform(3.0, 4.5))
    count = int(2 * shell.half[0] / step)
    shapes = []
    for number in range(count + 1):
        x = step * (number - count / 2)
        for side, wall in ((-1, 0), (1, 2)):
            if not shell.take(wall, side * x * -1, 0.5):
                continue
            shapes.append(block(shell.trim, (0.36, 0.14, shell.height), x, side * (shell.half[1] - 0.07)))
        if vaulted:
            shapes.append(block(shell.trim, (0.36, 2 * shell.half[1], 0.3), x, 0.0, shell.height - 0.3))
    shell.builder.add("pilasters", "structure", "pilasters along the walls", shapes, casts_shadow=False)


def _runner(shell: Shell, rng: np.random.Generator) -> None:
    name, first = paint(rng, ("dark red", "navy blue", "dark green", "olive"))
    _, second = paint(rng, ("beige", "orange", "brown"))
    look = surface(rng, "fabric", first.texture.first, second.texture.first, 1.2, roughness=1.0)
    width = 0.9 * shell.half[1]
    shell.builder.add(
        "runner",
        "prop",
        with_article(f"{name} carpet runner"),
        [block(look, (2 * shell.half[0] - 1, width, 0.012))],
        solid=False,
    )


def _dado(shell: Shell, rng: np.random.Generator) -> None:
    """The lower part of the long walls in another colour."""
    _, look = paint(rng, ("dark green", "navy blue", "teal", "brown", "grey", "dark red"), roughness=0.5)
    for index in (0, 2):
        shapes = (
            block(look, (shell.length(index), 0.02, 1.0), y=0.01, z=0.1),
            block(shell.trim, (shell.length(index), 0.04, 0.06), y=0.02, z=1.1),
        )
        shell.fix(index, "dado", "painted panelling", shapes)
