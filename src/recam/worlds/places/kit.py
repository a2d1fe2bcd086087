"""What places are built with: shapes by their full size, meshes, and a builder that knows what is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from recam.camera.poses import FloatArray
from recam.worlds.places.place import Place
from recam.worlds.scene import Ground, Lamp, Material, Part, Shape, Thing, ThingKind

Vector = tuple[float, float, float]
Shapes = tuple[Shape, ...]

KEEP_CLEAR = 1.2
"""Metres from the centre that spots for props keep."""
_HEAD_ROOM = 2.5  # metres: what hangs higher takes no room on the ground
_MOST_OPEN = 6.0
_MOST_LAMPS = 6  # renderers have few lights


def turned(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> FloatArray:
    """[3,3] a turn by degrees about x, then y, then z."""
    return Rotation.from_euler("xyz", [x, y, z], degrees=True).as_matrix()


def box(material: Material, size: Vector, middle: Vector, turn: FloatArray | None = None) -> Shape:
    """A box by its full size in metres."""
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    return Shape("box", half, material, middle, np.eye(3) if turn is None else turn)


def block(material: Material, size: Vector, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
    """An upright box by its full size, with the middle of its underside at x, y, z."""
    return box(material, size, (x, y, z + size[2] / 2))


def post(
    material: Material, radius: float, height: float, x: float = 0.0, y: float = 0.0, z: float = 0.0
) -> Shape:
    """An upright cylinder with the middle of its underside at x, y, z."""
    return Shape("cylinder", (radius, height / 2), material, (x, y, z + height / 2))


def rod(material: Material, radius: float, start: ArrayLike, end: ArrayLike) -> Shape:
    """A cylinder from one point [3] to another."""
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    along = last - first
    turn = Rotation.align_vectors(along[None], np.array([[0.0, 0.0, 1.0]]))[0].as_matrix()
    x, y, z = (first + last) / 2
    return Shape("cylinder", (radius, float(np.linalg.norm(along)) / 2), material, (x, y, z), turn)


def ball(material: Material, radius: float, middle: Vector) -> Shape:
    return Shape("sphere", (radius,), material, middle)


def blob(material: Material, radii: Vector, middle: Vector) -> Shape:
    """An ellipsoid."""
    return Shape("ellipsoid", radii, material, middle)


def cone(material: Material, radius: float, height: float, at: Vector, top: float = 0.0) -> Shape:
    """A cone, cut off where its radius is ``top``, with the middle of its underside at a point."""
    vertices, faces = _cone(top / radius)
    return Shape("mesh", (), material, at, vertices=vertices * [radius, radius, height], faces=faces)


def gable(material: Material, size: Vector, at: Vector) -> Shape:
    """A roof of two slopes with its ridge along x: full size, the middle of its underside at a point."""
    vertices, faces = _gable()
    return Shape("mesh", (), material, at, vertices=vertices * np.asarray(size), faces=faces)


@lru_cache
def _cone(top: float, sides: int = 14) -> tuple[FloatArray, NDArray[np.int64]]:
    angles = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(sides)], axis=1)
    low, high = np.arange(sides), np.arange(sides) + sides
    after = np.roll(low, -1)
    if top <= 0:
        vertices = np.concatenate([ring, [[0.0, 0.0, 1.0]], [[0.0, 0.0, 0.0]]])
        side = np.stack([low, after, np.full(sides, sides)], axis=1)
        bottom = np.stack([np.full(sides, sides + 1), after, low], axis=1)
        return vertices, np.concatenate([side, bottom])
    vertices = np.concatenate([ring, ring * [top, top, 0] + [0, 0, 1], [[0, 0, 0]], [[0, 0, 1.0]]])
    bottom = np.stack([np.full(sides, 2 * sides), after, low], axis=1)
    sides_of = [np.stack([low, after, after + sides], axis=1), np.stack([low, after + sides, high], axis=1)]
    lid = np.stack([np.full(sides, 2 * sides + 1), high, after + sides], axis=1)
    return vertices, np.concatenate([*sides_of, bottom, lid])


@lru_cache
def _gable() -> tuple[FloatArray, NDArray[np.int64]]:
    vertices = np.array(
        [(x, y, z) for x in (-0.5, 0.5) for y, z in ((-0.5, 0.0), (0.5, 0.0), (0.0, 1.0))], dtype=np.float64
    )
    faces = [(0, 2, 1), (3, 4, 5), (0, 3, 5), (0, 5, 2), (4, 1, 2), (4, 2, 5), (0, 1, 4), (0, 4, 3)]
    return vertices, np.array(faces)


def moved(shapes: Iterable[Shape], by: Vector, yaw: float = 0.0) -> Shapes:
    """Shapes turned about z by degrees, then shifted: parts of a larger thing."""
    turn = turned(z=yaw)
    placed = []
    for shape in shapes:
        x, y, z = turn @ np.asarray(shape.position) + np.asarray(by)
        placed.append(replace(shape, position=(x, y, z), rotation=turn @ shape.rotation))
    return tuple(placed)


class Builder:
    """Gathers the things of a place, numbers their names and knows which ground is taken.

    Args:
        environment: name of the family.
        ground: height of the ground; things stand on it.
        centre: x, y that stays free.
        clear: metres about the centre that :meth:`free` keeps free.
    """

    def __init__(
        self,
        environment: str,
        ground: Ground | None = None,
        centre: tuple[float, float] = (0.0, 0.0),
        clear: float = 2.2,
    ) -> None:
        self.environment = environment
        self.ground = ground or Ground()
        self.centre = centre
        self.clear = clear
        self.things: list[Thing] = []
        self.lamps: list[Lamp] = []
        self._names: Counter[str] = Counter()
        self._taken = np.zeros((0, 2, 2))  # lowest and highest x, y of each rectangle
        self._reserved = np.zeros((0, 2, 2))  # the same, where there is room for props but for nothing else

    def add(
        self,
        name: str,
        kind: ThingKind,
        words: str,
        shapes: Iterable[Shape],
        at: tuple[float, float] | Vector = (0.0, 0.0),
        yaw: float = 0.0,
        *,
        solid: bool = True,
        casts_shadow: bool = True,
        **attributes: Any,
    ) -> Thing:
        """Put up a thing; it is called ``name-1``, ``name-2`` and so on.

        Args:
            shapes: in the thing's own frame, metres.
            at: x, y (it stands on the ground) or x, y, z of that frame's origin.
            yaw: degrees that it is turned about z.
            attributes: plain JSON values.
        """
        self._names[name] += 1
        pose = np.eye(4)
        pose[:3, :3] = turned(z=yaw)
        pose[:3, 3] = at if len(at) == 3 else (*at, self.height(*at))
        thing = Thing(
            f"{name}-{self._names[name]}",
            kind,
            words,
            (Part(tuple(shapes), pose[None]),),
            attributes=attributes,
            solid=solid,
            casts_shadow=casts_shadow,
        )
        self.things.append(thing)
        if solid and kind != "ground":
            boxes = thing.boxes()
            floor = self.ground(boxes[:, :, :2].mean(axis=1))
            self._taken = np.concatenate([self._taken, boxes[boxes[:, 0, 2] < floor + _HEAD_ROOM][:, :, :2]])
        return thing

    def height(self, x: float, y: float) -> float:
        return float(self.ground(np.array([[x, y]]))[0])

    def light(self, position: Vector, colour: Vector = (1.0, 0.85, 0.6), metres: float = 6.0) -> None:
        """A lamp that is on after dark, or always when it is indoors."""
        x, y, z = (float(value) for value in position)
        self.lamps.append(Lamp((x, y, z), colour, metres))

    def free(self, x: float, y: float, radius: float) -> bool:
        """Whether nothing stands in a circle, and it keeps out of the middle."""
        if np.hypot(x - self.centre[0], y - self.centre[1]) < self.clear + radius:
            return False
        return min(_apart(self._taken, x, y), _apart(self._reserved, x, y)) >= radius

    def reserve(self, low: tuple[float, float], high: tuple[float, float]) -> None:
        """Keep a rectangle of ground free of still things that come later (a road, a path), not of props."""
        self._reserved = np.concatenate([self._reserved, [[low, high]]])

    def scatter(
        self,
        rng: np.random.Generator,
        count: int,
        radius: float,
        low: tuple[float, float],
        high: tuple[float, float],
        nearest: float = 0.0,
        where: Callable[[float, float], bool] | None = None,
    ) -> list[tuple[float, float]]:
        """Up to ``count`` free places for things of a radius in a rectangle, apart from each other.

        Args:
            nearest: metres from the centre to the edge of such a thing at least.
            where: which places x, y will do.
        """
        found: list[tuple[float, float]] = []
        for _ in range(12 * count):
            if len(found) == count:
                break
            x, y = (float(value) for value in rng.uniform(low, high))
            from_centre = np.hypot(x - self.centre[0], y - self.centre[1])
            if from_centre < nearest + radius or not self.free(x, y, radius) or (where and not where(x, y)):
                continue
            if all(np.hypot(x - a, y - b) >= 2 * radius for a, b in found):
                found.append((x, y))
        return found

    def place(
        self,
        rng: np.random.Generator,
        where: str,
        low: tuple[float, float],
        high: tuple[float, float],
        *,
        indoor: bool,
        most_spots: int = 10,
    ) -> Place:
        """The place as it stands, with spots for props in the rectangle from ``low`` to ``high``."""
        centre = np.asarray(self.centre)
        lamps = sorted(self.lamps, key=lambda lamp: float(np.hypot(*(lamp.position[:2] - centre))))
        return Place(
            self.environment,
            where,
            tuple(self.things),
            self.ground,
            indoor,
            self.centre,
            min(_apart(self._taken, *self.centre), _MOST_OPEN),
            self._spots(rng, low, high, most_spots),
            tuple(lamps[:_MOST_LAMPS]),
        )

    def _spots(
        self, rng: np.random.Generator, low: tuple[float, float], high: tuple[float, float], most: int
    ) -> FloatArray:
        found: list[tuple[float, float, float]] = []
        for attempt in range(60 * most):
            if len(found) == most:
                break
            # First as they come, then smaller ones that fit where little is left.
            radius = float(rng.uniform(0.35, 0.8 if attempt < 25 * most else 0.45))
            away = KEEP_CLEAR + radius + 3.8 * rng.beta(1.2, 1.6)
            angle = rng.uniform(0, 2 * np.pi)
            x, y = self.centre[0] + away * np.cos(angle), self.centre[1] + away * np.sin(angle)
            inside = low[0] + radius <= x <= high[0] - radius and low[1] + radius <= y <= high[1] - radius
            others = (np.hypot(x - a, y - b) > radius + other + 0.1 for a, b, other in found)
            if inside and _apart(self._taken, x, y) >= radius + 0.05 and all(others):
                found.append((float(x), float(y), radius))
        return np.array(found, dtype=np.float64).reshape(-1, 3)


def _apart(rectangles: FloatArray, x: float, y: float) -> float:
    """Metres from a place to the nearest of rectangles [R,2,2], infinite where there is none."""
    apart = np.maximum(np.maximum(rectangles[:, 0] - (x, y), (x, y) - rectangles[:, 1]), 0.0)
    return float(np.hypot(*apart.T).min(initial=np.inf))
