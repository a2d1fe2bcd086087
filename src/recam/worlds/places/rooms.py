"""Rooms that people live, work and learn in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places import furniture
from recam.worlds.places.furniture import Maker
from recam.worlds.places.kit import Builder, block
from recam.worlds.places.materials import paint, pick, surface
from recam.worlds.places.place import Place
from recam.worlds.places.shell import Shell, floor_words


def room(rng: np.random.Generator) -> Place:
    """A living room, bedroom, kitchen, study, office, classroom, gallery or dance studio."""
    kinds = tuple(_KINDS)
    kind = kinds[int(rng.integers(len(kinds)))]
    half = float(rng.uniform(4.5, 6.2)), float(rng.uniform(4.5, 6.2))
    height = float(rng.uniform(4.0, 5.2))
    x, y = rng.uniform(-0.4, 0.4, 2)
    builder = Builder("room", centre=(float(x), float(y)), clear=2.0)
    floors, walls, furnish = _KINDS[kind]
    shell = Shell(builder, rng, half, height, floors, walls)
    doors = int(rng.integers(4))
    shell.door(doors, double=kind in ("gallery", "studio"))
    furnish(shell, rng)
    lights = ("panel", "tube") if kind in ("office", "classroom") else ("globe", "shade", "panel")
    shell.ceiling_lamps(2, 2, lights[int(rng.integers(len(lights)))])
    name = {"studio": "dance studio", "living": "living room"}.get(kind, kind)
    where = f"in {with_article(f'{name} with {shell.wall_name} walls')}"
    if rng.random() < 0.5:
        where = f"in {with_article(f'{name} with {floor_words(shell.floor_name)}')}"
    return builder.place(
        rng, where, (-half[0] + 0.3, -half[1] + 0.3), (half[0] - 0.3, half[1] - 0.3), indoor=True
    )


def _stand(shell: Shell, rng: np.random.Generator, makers: tuple[Maker, ...], most: int) -> None:
    """Up to ``most`` pieces along the walls."""
    for _ in range(most):
        shell.stand(makers[int(rng.integers(len(makers)))](rng))


def _openings(shell: Shell, rng: np.random.Generator, walls: int = 2) -> None:
    """Windows in some walls."""
    tall = bool(rng.random() < 0.4)
    for index in rng.permutation(4)[: int(rng.integers(1, walls + 1))]:
        shell.windows(int(index), int(rng.integers(2, 4)), 1.5, 2.4 if tall else 1.6, 0.5 if tall else 1.0)


def _pictures(shell: Shell, rng: np.random.Generator, most: int) -> None:
    for _ in range(int(rng.integers(2, most + 2))):
        shell.picture(int(rng.integers(4)))


def _rug(shell: Shell, rng: np.random.Generator) -> None:
    name, first = paint(rng, ("red", "navy blue", "olive", "teal", "dark red", "beige"))
    _, second = paint(rng, ("beige", "white", "dark grey", "orange", "brown"))
    look = surface(rng, "fabric", first.texture.first, second.texture.first, 1.6, roughness=1.0)
    size = float(rng.uniform(2.6, 4.2)), float(rng.uniform(2.0, 3.2)), 0.012
    shell.builder.add(
        "rug", "prop", with_article(f"{name} rug"), [block(look, size)], shell.builder.centre, solid=False
    )


def _living(shell: Shell, rng: np.random.Generator) -> None:
    _openings(shell, rng)
    _rug(shell, rng)
    shell.stand(furniture.sofa(rng))
    shell.stand(furniture.television(rng))
    makers = (furniture.sofa, furniture.bookshelf, furniture.cabinet, furniture.plant, furniture.piano)
    _stand(shell, rng, makers, 8)
    if rng.random() < 0.5:
        _dining(shell, rng)
    for maker in (furniture.plant, furniture.floor_lamp):
        shell.corner(maker(rng))
    _pictures(shell, rng, 4)


def _bedroom(shell: Shell, rng: np.random.Generator) -> None:
    _openings(shell, rng)
    _rug(shell, rng)
    shell.stand(furniture.bed(rng))
    _stand(shell, rng, (furniture.cabinet, furniture.bookshelf, furniture.desk, furniture.plant), 6)
    shell.corner(furniture.floor_lamp(rng))
    _pictures(shell, rng, 4)


def _kitchen(shell: Shell, rng: np.random.Generator) -> None:
    shell.stand(furniture.counter(rng))
    shell.stand(furniture.counter(rng))
    shell.stand(furniture.fridge(rng))
    _openings(shell, rng)
    _stand(shell, rng, (furniture.cabinet, furniture.plant), 4)
    _dining(shell, rng)
    _pictures(shell, rng, 4)


def _dining(shell: Shell, rng: np.random.Generator) -> None:
    """A table with chairs at two sides, towards one of the walls."""
    table = furniture.table(rng)
    width, depth = table.width, table.depth
    x, y = shell.half
    spots = shell.builder.scatter(rng, 1, 1.0, (-x + 0.8, -y + 0.8), (x - 0.8, y - 0.8))
    for at in spots:
        shell.builder.add(table.name, "prop", table.words, table.shapes, at)
        for side in (-1, 1):
            seat = furniture.chair(rng)
            where = at[0] + float(rng.uniform(-0.2, 0.2)) * width, at[1] - side * (depth / 2 + 0.12)
            shell.builder.add(seat.name, "prop", seat.words, seat.shapes, where, 0.0 if side > 0 else 180.0)


def _study(shell: Shell, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(2, 6))):
        shell.stand(furniture.bookshelf(rng))
    _openings(shell, rng)
    _rug(shell, rng)
    _stand(shell, rng, (furniture.desk, furniture.sofa, furniture.bookshelf, furniture.plant), 6)
    shell.corner(furniture.floor_lamp(rng))
    _pictures(shell, rng, 4)


def _office(shell: Shell, rng: np.random.Generator) -> None:
    _openings(shell, rng, 3)
    _stand(shell, rng, (furniture.desk,), int(rng.integers(3, 6)))
    _stand(shell, rng, (furniture.cabinet, furniture.plant, furniture.sofa, furniture.bookshelf), 6)
    x, y = shell.half
    for at in shell.builder.scatter(rng, 2, 0.4, (-x + 0.8, -y + 0.8), (x - 0.8, y - 0.8)):
        seat = furniture.chair(rng)
        shell.builder.add(seat.name, "prop", seat.words, seat.shapes, at, float(rng.uniform(0, 360)))
    _pictures(shell, rng, 3)


def _classroom(shell: Shell, rng: np.random.Generator) -> None:
    front = int(rng.integers(4))
    _, wood = pick(rng, {"oak": ("wood", (0.5, 0.34, 0.19), (0.7, 0.52, 0.32), 1.2, 0.6)})
    name, board = paint(rng, ("dark green", "dark grey", "white"), roughness=0.7)
    width = 0.55 * shell.length(front)
    if shell.take(front, 0.0, width + 0.2):
        shapes = (
            block(wood, (width + 0.16, 0.05, 1.56), y=0.03, z=0.9),
            block(board, (width, 0.04, 1.4), y=0.06, z=0.98),
        )
        words = with_article("whiteboard" if name == "white" else "blackboard")
        shell.fix(front, "board", words, shapes)
    shell.windows((front + 1) % 4, 3, 1.6, 2.0)
    # Two rows of tables along the wall opposite the board, chairs behind them.
    back = (front + 2) % 4
    pose = (0.0, 90.0, 180.0, 270.0)[back]
    for row in range(2):
        table, seat = furniture.table(rng), furniture.chair(rng)
        for along in np.arange(-shell.length(back) / 2 + 1.4, shell.length(back) / 2 - 1.0, 2.3):
            middle = shell.at(back, float(along), 1.0 + 1.35 * row)
            if not shell.builder.free(*middle, 0.9):
                continue
            shell.builder.add("table", "prop", table.words, table.shapes, middle, pose)
            behind = shell.at(back, float(along), 0.45 + 1.35 * row)
            shell.builder.add("chair", "prop", seat.words, seat.shapes, behind, pose)
    _stand(shell, rng, (furniture.bookshelf, furniture.cabinet, furniture.desk), 3)
    _pictures(shell, rng, 3)


def _gallery(shell: Shell, rng: np.random.Generator) -> None:
    for index in range(4):
        for _ in range(int(rng.integers(1, 4))):
            width = float(rng.uniform(0.9, 2.2))
            shell.picture(index, width, float(rng.uniform(0.8, 1.9)))
    x, y = shell.half
    for at in shell.builder.scatter(
        rng, int(rng.integers(1, 4)), 0.5, (-x + 0.7, -y + 0.7), (x - 0.7, y - 0.7)
    ):
        piece = furniture.pedestal(rng)
        shell.builder.add(piece.name, "prop", piece.words, piece.shapes, at, float(rng.uniform(0, 360)))
    _stand(shell, rng, (furniture.bench,), 2)


def _studio(shell: Shell, rng: np.random.Generator) -> None:
    bars = int(rng.integers(4))
    mirror = surface(rng, "noise", (0.66, 0.72, 0.76), (0.72, 0.78, 0.82), 4.0, roughness=0.05, metallic=0.9)
    _, rail = pick(rng, {"oak": ("wood", (0.5, 0.34, 0.19), (0.7, 0.52, 0.32), 1.2, 0.6)})
    width = 0.8 * shell.length(bars)
    if shell.take(bars, 0.0, width):
        shapes = [
            block(mirror, (width, 0.03, 2.2), y=0.03, z=0.3),
            block(rail, (width, 0.06, 0.06), y=0.3, z=1.05),
        ]
        shapes += [block(rail, (0.06, 0.3, 0.06), x, 0.16, 1.05) for x in np.linspace(-0.45, 0.45, 5) * width]
        shell.fix(bars, "mirror", "a wall of mirrors with a barre", tuple(shapes))
    _openings(shell, rng, 2)
    _stand(shell, rng, (furniture.piano, furniture.bench, furniture.plant, furniture.cabinet), 5)
    _pictures(shell, rng, 5)


_WOODEN = ("oak planks", "dark planks", "pale planks", "parquet")
_Furnish = Callable[[Shell, np.random.Generator], None]
_KINDS: dict[str, tuple[tuple[str, ...] | None, tuple[str, ...] | None, _Furnish]] = {
    "living": ((*_WOODEN, "grey carpet", "terracotta tiles"), None, _living),
    "bedroom": ((*_WOODEN, "blue carpet", "grey carpet"), None, _bedroom),
    "kitchen": (
        ("black and white tiles", "white tiles", "terracotta tiles", "green and cream tiles", "oak planks"),
        None,
        _kitchen,
    ),
    "study": (
        (*_WOODEN, "red carpet"),
        ("wood-panelled", "sage green", "dark blue", "ochre", "striped", "cream"),
        _study,
    ),
    "office": (
        ("grey carpet", "blue carpet", "pale planks", "concrete"),
        ("white", "pale blue", "concrete", "whitewashed brick", "brick"),
        _office,
    ),
    "classroom": (
        ("parquet", "terrazzo", "green and cream tiles", "pale planks"),
        ("white", "cream", "pale blue", "sage green", "ochre"),
        _classroom,
    ),
    "gallery": (
        ("marble", "parquet", "concrete", "pale planks", "terrazzo", "dark planks"),
        ("white", "dark blue", "sage green", "dusky pink", "concrete"),
        _gallery,
    ),
    "studio": (
        ("pale planks", "oak planks", "parquet"),
        ("white", "brick", "whitewashed brick", "pale blue", "dusky pink"),
        _studio,
    ),
}
"""Floors, walls (None: any) and what furnishes it, by kind of room."""
