"""The shell of a room: floor, walls, ceiling, windows, doors, and what stands along the walls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places.furniture import Piece
from recam.worlds.places.kit import Builder, Shapes, ball, block, box, cone, post
from recam.worlds.places.materials import (
    DAY_PANE,
    FLOORS,
    INNER_WALLS,
    IRON,
    STEEL,
    WOODS,
    Recipe,
    paint,
    pick,
    surface,
)
from recam.worlds.scene import Material, Shape

_THICK = 0.2
_DOORS = ("white", "red", "teal", "blue", "dark green", "grey")
_YAWS = (0.0, 90.0, 180.0, 270.0)  # of walls at -y, +x, +y, -x: a piece's back is towards its wall


def floor_words(name: str) -> str:
    """ "oak planks" as "a floor of oak planks", "red carpet" as "a red carpet"."""
    return with_article(name) if name.endswith("carpet") else f"a floor of {name}"


class Shell:
    """Four walls about the origin, and which stretches of them are taken.

    Args:
        half: half lengths x, y inside, metres.
        height: of the ceiling, metres.

    A wall has a frame of its own: x along it, y into the room, from the middle of its foot.
    """

    def __init__(
        self,
        builder: Builder,
        rng: np.random.Generator,
        half: tuple[float, float],
        height: float,
        floors: tuple[str, ...] | None = None,
        walls: tuple[str, ...] | None = None,
        recipes: dict[str, Recipe] = INNER_WALLS,
    ) -> None:
        self.builder, self.rng = builder, rng
        self.half, self.height = half, height
        self.floor_name, floor = pick(rng, FLOORS, floors)
        self.wall_name, self.wall = pick(rng, recipes, walls)
        self._taken: list[list[tuple[float, float]]] = [[], [], [], []]
        x, y = half
        plane = Shape("plane", (x, y), floor)
        builder.add("floor", "ground", floor_words(self.floor_name), [plane], surface=self.floor_name)
        _, self.trim = paint(rng, ("white", "brown", "dark grey", "beige"), roughness=0.6)
        for index in range(4):
            length = self.length(index) + 2 * _THICK
            self.fix(
                index,
                "wall",
                f"{with_article(self.wall_name)} wall",
                (
                    block(self.wall, (length, _THICK, height), y=-_THICK / 2),
                    block(self.trim, (length, 0.03, 0.12), y=0.015),
                ),
                surface=self.wall_name,
            )
        outside = ((0.34, 0.44, 0.24), (0.52, 0.42, 0.36), (0.50, 0.52, 0.54), (0.62, 0.66, 0.52))
        seen = outside[int(rng.integers(len(outside)))]
        self._land = Material.plain(seen, roughness=0.2, emission=0.4)
        _, white = paint(rng, ("white", "beige"), roughness=1.0)
        slab = block(white, (2 * x + 0.4, 2 * y + 0.4, 0.2), z=height)
        builder.add("ceiling", "structure", "a ceiling", [slab], casts_shadow=False)

    def length(self, index: int) -> float:
        """Metres of a wall: 0 and 2 run along x, 1 and 3 along y."""
        return 2 * self.half[index % 2]

    def at(self, index: int, along: float, off: float) -> tuple[float, float]:
        """x, y of a point of a wall's frame."""
        yaw = np.radians(_YAWS[index])
        away = off - self.half[1 - index % 2]
        x = np.cos(yaw) * along - np.sin(yaw) * away
        y = np.sin(yaw) * along + np.cos(yaw) * away
        return float(x), float(y)

    def fix(
        self, index: int, name: str, words: str, shapes: Shapes, along: float = 0.0, **facts: Any
    ) -> None:
        """Put shapes of a wall's frame, shifted along it, into the scene.

        Like the walls they cast no shadow: the main light of a room comes from outside its shell.
        """
        where = self.at(index, along, 0.0)
        self.builder.add(name, "structure", words, shapes, where, _YAWS[index], casts_shadow=False, **facts)

    def stretch(self, index: int, width: float, tries: int = 12) -> float | None:
        """A free stretch of a wall for something that is ``width`` metres wide: its middle along the wall."""
        room = self.length(index) / 2 - width / 2 - 0.1
        if room < 0:
            return None
        for _ in range(tries):
            along = float(self.rng.uniform(-room, room))
            if self.take(index, along, width):
                return along
        return None

    def take(self, index: int, along: float, width: float) -> bool:
        """Take a stretch of a wall if it is free."""
        low, high = along - width / 2, along + width / 2
        if any(low < end and high > start for start, end in self._taken[index]):
            return False
        self._taken[index].append((low, high))
        return True

    def stand(self, piece: Piece, walls: Sequence[int] = (0, 1, 2, 3), gap: float = 0.06) -> bool:
        """Put a piece with its back to one of the walls where there is room."""
        for index in self.rng.permutation(np.asarray(walls)):
            along = self.stretch(int(index), piece.width + 0.15)
            if along is None:
                continue
            x, y = self.at(int(index), along, piece.depth / 2 + gap)
            if self._reaches_middle(x, y, piece):
                continue
            self.builder.add(piece.name, "prop", piece.words, piece.shapes, (x, y), _YAWS[index])
            return True
        return False

    def _reaches_middle(self, x: float, y: float, piece: Piece) -> bool:
        centre = self.builder.centre
        return bool(
            np.hypot(x - centre[0], y - centre[1])
            < self.builder.clear + np.hypot(piece.width, piece.depth) / 2
        )

    def corner(self, piece: Piece) -> bool:
        """Put a small piece into a corner."""
        for index in self.rng.permutation(4):
            along = self.length(int(index)) / 2 - piece.width / 2 - 0.1
            if self.take(int(index), along, piece.width):
                where = self.at(int(index), along, piece.depth / 2 + 0.08)
                self.builder.add(piece.name, "prop", piece.words, piece.shapes, where, _YAWS[index])
                return True
        return False

    def windows(
        self, index: int, count: int, width: float = 1.4, height: float = 1.7, sill: float = 1.0
    ) -> int:
        """Evenly along a wall; returns how many there was room for."""
        step, put = self.length(index) / count, 0
        for number in range(count):
            along = step * (number - (count - 1) / 2)
            if not self.take(index, along, width + 0.3):
                continue
            shapes = (
                block(self.trim, (width + 0.24, 0.06, height + 0.24), y=0.03, z=sill - 0.12),
                block(self.trim, (width + 0.4, 0.2, 0.05), y=0.1, z=sill - 0.15),
                block(self._land, (width, 0.03, 0.36 * height), y=0.06, z=sill),
                block(DAY_PANE, (width, 0.03, 0.64 * height), y=0.06, z=sill + 0.36 * height),
                block(self.trim, (0.05, 0.03, height), y=0.08, z=sill),
                block(self.trim, (width, 0.03, 0.05), y=0.08, z=sill + 0.62 * height),
            )
            self.fix(index, "window", "a window", shapes, along, daylight=True)
            put += 1
        return put

    def door(self, index: int, double: bool = False) -> bool:
        """A door somewhere in a wall."""
        width = 1.9 if double else 1.0
        along = self.stretch(index, width + 0.3)
        if along is None:
            return False
        if self.rng.random() < 0.5:
            name, look = pick(self.rng, WOODS)
        else:
            name, look = paint(
                self.rng, ("white", "red", "teal", "blue", "dark green", "grey"), roughness=0.5
            )
        leaf = width / (2 if double else 1)
        shapes = [block(self.trim, (width + 0.24, 0.08, 2.22), y=0.04)]
        for side in (-0.5, 0.5) if double else (0.0,):
            x = side * leaf
            shapes.append(block(look, (leaf - 0.03, 0.05, 2.1), x, 0.08))
            shapes += [block(look, (0.62 * leaf, 0.03, h), x, 0.1, z) for z, h in ((0.2, 0.75), (1.15, 0.75))]
            shapes.append(
                block(STEEL, (0.12, 0.05, 0.03), x + (-1 if side > 0 else 1) * 0.36 * leaf, 0.14, 1.02)
            )
        self.fix(
            index, "door", f"{with_article(name)} {'double ' if double else ''}door", tuple(shapes), along
        )
        return True

    def picture(self, index: int, width: float | None = None, height: float | None = None) -> bool:
        """A framed picture."""
        width = width or float(self.rng.uniform(0.7, 1.6))
        height = height or width * float(self.rng.uniform(0.65, 1.2))
        along = self.stretch(index, width + 0.3)
        if along is None:
            return False
        hues = self.rng.uniform(0.1, 0.9, (2, 3))
        first, second = ((float(r), float(g), float(b)) for r, g, b in hues)
        image = surface(self.rng, "mural", first, second, max(width, height), roughness=0.8)
        _, frame = paint(self.rng, ("black", "brown", "white", "yellow"), roughness=0.4)
        middle = 1.65 + max(0.0, height - 1.4) / 2
        shapes = (
            box(frame, (width + 0.1, 0.05, height + 0.1), (0, 0.03, middle)),
            box(image, (width, 0.03, height), (0, 0.05, middle)),
        )
        self.fix(index, "picture", "a framed painting", shapes, along)
        return True

    def ceiling_lamps(self, columns: int, rows: int, kind: str = "panel", metres: float = 9.0) -> None:
        """Lamps in rows under the ceiling: "panel", "tube", "globe" or "shade"; the light is warm or cool."""
        colour = ((1.0, 0.86, 0.66), (0.95, 0.95, 0.92), (0.86, 0.93, 1.0))[int(self.rng.integers(3))]
        glow = Material.plain(colour, roughness=0.5, emission=0.95)
        drop = float(self.rng.uniform(0.5, 1.1)) if kind in ("globe", "shade") else 0.0
        shapes = []
        top = self.height
        for row in range(rows):
            for column in range(columns):
                x = 2 * self.half[0] * ((column + 0.5) / columns - 0.5)
                y = 2 * self.half[1] * ((row + 0.5) / rows - 0.5)
                if kind == "panel":
                    shapes.append(block(glow, (1.1, 0.6, 0.05), x, y, top - 0.05))
                elif kind == "tube":
                    shapes.append(block(STEEL, (0.2, 1.4, 0.06), x, y, top - 0.06))
                    shapes.append(block(glow, (0.12, 1.3, 0.05), x, y, top - 0.11))
                else:
                    shapes.append(post(IRON, 0.012, drop, x, y, top - drop))
                    if kind == "globe":
                        shapes.append(ball(glow, 0.17, (x, y, top - drop)))
                    else:
                        shapes.append(cone(IRON, 0.26, 0.24, (x, y, top - drop - 0.1), top=0.06))
                        shapes.append(ball(glow, 0.1, (x, y, top - drop - 0.1)))
                self.builder.light((x, y, top - drop - 0.3), colour, metres)
        self.builder.add("ceiling-lamps", "structure", "ceiling lamps", shapes, casts_shadow=False)
