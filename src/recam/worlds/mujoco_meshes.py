"""Triangles of shapes with their normals and texture coordinates: how a scene reaches the renderer.

A renderer's own primitives lay textures in their own ways (over the unit square of a face, from one side, all
over a sphere). Here every surface has coordinates in metres, so that a tile covers ``Texture.metres``: flat
faces are covered from their middle, upright on upright sides; round ones are rolled up with a whole number of
tiles; meshes are covered from the axis that each triangle faces most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recam.camera.poses import FloatArray
from recam.errors import InputError
from recam.worlds.scene import Shape

_SHARP = 0.8  # cosine of the angle between a mesh's face and its corner's normal from which there is an edge


@dataclass(frozen=True)
class Cut:
    """How finely surfaces are cut."""

    cell: float = math.inf
    """Metres: flat faces become rectangles of at most this side, for lights worked out at corners only."""
    detail: float = 1.0
    """How many flat sides round things have. Balls never have fewer than at 1: their depth is to be exact."""


@dataclass(frozen=True, eq=False)
class Triangles:
    """Triangles that share no corners: T of them are 3 T corners, counter-clockwise from outside.

    Attributes:
        points: [3T,3] metres.
        normals: [3T,3] unit vectors.
        tiles: [3T,2] texture coordinates in tiles, u to the right and v downwards.
    """

    points: FloatArray
    normals: FloatArray
    tiles: FloatArray

    def moved(self, turn: FloatArray, shift: FloatArray) -> Triangles:
        """Rotated by ``turn`` [3,3], then moved by ``shift`` [3]."""
        return Triangles(self.points @ turn.T + shift, self.normals @ turn.T, self.tiles)

    @staticmethod
    def together(pieces: list[Triangles]) -> Triangles:
        """All of ``pieces`` as one."""
        return Triangles(
            np.concatenate([piece.points for piece in pieces]),
            np.concatenate([piece.normals for piece in pieces]),
            np.concatenate([piece.tiles for piece in pieces]),
        )

    def in_pieces(self, most: int) -> list[Triangles]:
        """Cut into neighbourhoods of at most ``most`` triangles each."""
        if len(self.points) <= 3 * most:
            return [self]
        centres = self.points.reshape(-1, 3, 3).mean(axis=1)
        pieces = []
        for members in _neighbourhoods(centres, np.arange(len(centres)), most):
            corners = (3 * members[:, None] + np.arange(3)).ravel()
            pieces.append(Triangles(self.points[corners], self.normals[corners], self.tiles[corners]))
        return pieces

    def ball(self) -> tuple[FloatArray, float]:
        """Centre [3] and radius of a ball round it."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return (low + high) / 2, float(np.linalg.norm(high - low)) / 2


def _neighbourhoods(places: FloatArray, members: NDArray[np.int64], most: int) -> list[NDArray[np.int64]]:
    """``members`` halved along the longest side of their box until none has more than ``most``."""
    if len(members) <= most:
        return [np.sort(members)]
    own = places[members]
    order = own[:, np.ptp(own, axis=0).argmax()].argsort(kind="stable")
    middle = len(order) // 2
    return [
        piece
        for half in (order[:middle], order[middle:])
        for piece in _neighbourhoods(places, members[half], most)
    ]


def triangles_of(shape: Shape, cut: Cut = Cut()) -> Triangles:
    """A shape in its own frame.

    Raises:
        InputError: the shape has no such kind, sizes, vertices or heights that describe it.
    """
    maker = _MAKERS.get(shape.kind)
    if maker is None:
        raise InputError(f"a shape cannot be a {shape.kind!r}; it is one of {', '.join(_MAKERS)}")
    count = _NUM_SIZES[shape.kind]
    size = np.asarray(shape.size, dtype=np.float64)
    if len(size) < count or not np.all(np.isfinite(size[:count])) or np.any(size[:count] <= 0):
        raise InputError(f"a {shape.kind} needs {count} sizes above 0, not {shape.size!r}")
    metres = shape.material.texture.metres
    if not math.isfinite(metres) or metres <= 0:
        raise InputError(f"a texture needs a tile of more than 0 metres, not {metres!r}")
    return maker(shape, size, metres, cut)


def _plane(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    """Seen from both sides."""
    unit = _unit_face(*_cuts(size[:2], cut))
    front = Triangles(unit.points * [*size[:2], 0], unit.normals, unit.tiles * size[:2] / metres)
    over = np.diag([-1.0, 1.0, -1.0])
    return Triangles.together([front, front.moved(over, np.zeros(3))])


def _box(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    whole, right, up = _unit_box(*_cuts(size[:3], cut))
    tiles = whole.tiles * np.stack([size[right], size[up]], axis=-1) / metres
    return Triangles(whole.points * size[:3], whole.normals, tiles)


def _cuts(half_lengths: FloatArray, cut: Cut) -> tuple[int, ...]:
    """Into how many pieces to cut each side."""
    return tuple(max(1, math.ceil(min(2 * half / cut.cell, 200.0))) for half in half_lengths)


_X, _Y, _Z = np.eye(3)
# Of each side: where right, up and outside are.
_BOX_SIDES = ((_Y, _Z, _X), (-_Y, _Z, -_X), (-_X, _Z, _Y), (_X, _Z, -_Y), (_X, _Y, _Z), (-_X, _Y, -_Z))


@lru_cache(maxsize=1024)
def _unit_box(x: int, y: int, z: int) -> tuple[Triangles, NDArray[np.int64], NDArray[np.int64]]:
    """A box of half lengths 1 cut into so many pieces along its axes, and for its corners the numbers of the
    axes that are their face's right and up."""
    faces, axes = [], []
    for side in _BOX_SIDES:
        right, up = (int(np.abs(axis).argmax()) for axis in side[:2])
        face = _unit_face((x, y, z)[right], (x, y, z)[up])
        faces.append(face.moved(np.stack(side, axis=1), side[2]))
        axes.append(np.tile([right, up], (len(face.points), 1)))
    right, up = np.concatenate(axes).T
    return Triangles.together(faces), right, up


@lru_cache(maxsize=1024)
def _unit_face(columns: int, rows: int) -> Triangles:
    """A square of half length 1 at z = 0 that faces +z, with texture coordinates in its own lengths."""
    x, y = np.linspace(-1, 1, columns + 1), np.linspace(-1, 1, rows + 1)
    points = np.stack([*np.meshgrid(x, y), np.zeros((rows + 1, columns + 1))], axis=-1)
    return _grid(points, np.broadcast_to(_Z, points.shape), points[..., :2] * [1, -1])


def _grid(points: FloatArray, normals: FloatArray, tiles: FloatArray, *, poles: bool = False) -> Triangles:
    """From [rows,columns] corners, with x to the right and y upwards when seen from outside.

    With ``poles``, the first and the last row are one point each.
    """
    return Triangles(*(_cut(values, poles) for values in (points, normals, tiles)))


def _cut(values: FloatArray, poles: bool) -> FloatArray:
    a, b, c, d = values[:-1, :-1], values[:-1, 1:], values[1:, 1:], values[1:, :-1]
    cut = np.stack([a, b, c, a, c, d], axis=2).reshape(-1, 3, values.shape[-1])
    if poles:  # half of the triangles there have no area: every other of the first and the last row
        row = 2 * a.shape[1]
        cut = np.concatenate([cut[1:row:2], cut[row:-row], cut[-row::2]])
    return cut.reshape(-1, values.shape[-1])


def _sphere(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    return _ellipsoid(shape, np.repeat(size[:1], 3), metres, Cut(cut.cell, max(1.0, cut.detail)))


def _ellipsoid(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    slices = _slices(float(size.prod()) ** (1 / 3), cut)
    circle, (rise, reach) = _circle(slices), _meridian(slices // 2)
    directions = _ring(circle, reach, rise)
    points = directions * size * _swell(slices) ** (5 / 3)  # to the volume of what is round, very nearly
    normals = directions / size
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    around = _whole(2 * math.pi * math.sqrt(size[0] * size[1]), metres)
    height = math.pi * float(size.mean()) / metres
    tiles = _rolled(slices, around, np.linspace(height / 2, -height / 2, len(rise)))
    return _grid(points, normals, tiles, poles=True)


def _cylinder(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    radius, half = size[:2]
    slices = _slices(radius, cut)
    circle, grown = _circle(slices), radius * _swell(slices)
    side = _ring(circle, np.ones(2), np.zeros(2))
    levels = np.array([-half, half])
    rows = _rolled(slices, _whole(2 * math.pi * radius, metres), -levels / metres)
    points = side * grown + np.array([0, 0, 1]) * levels[:, None, None]
    pieces = [_grid(points, side, rows)]
    for up in (1.0, -1.0):
        rim = np.concatenate([circle * grown, np.full((len(circle), 1), up * half)], axis=1)
        middle = np.broadcast_to([0.0, 0.0, up * half], rim[1:].shape)
        fan = np.stack([middle, rim[:-1], rim[1:]] if up > 0 else [middle, rim[1:], rim[:-1]], axis=1)
        fan = fan.reshape(-1, 3)
        pieces.append(
            Triangles(fan, np.broadcast_to([0.0, 0.0, up], fan.shape), fan[:, :2] * [1, -1] / metres)
        )
    return Triangles.together(pieces)


def _capsule(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    radius, half = size[:2]
    slices = _slices(radius, cut)
    rise, reach = _meridian(slices // 4 * 2)
    middle = len(rise) // 2
    rise, reach = (np.insert(values, middle, values[middle]) for values in (rise, reach))
    directions = _ring(_circle(slices), reach, rise)
    levels = np.where(np.arange(len(rise)) <= middle, -half, half)
    points = directions * radius * _swell(slices) + np.array([0, 0, 1]) * levels[:, None, None]
    along = np.arcsin(np.clip(rise, -1, 1)) * radius + levels
    tiles = _rolled(slices, _whole(2 * math.pi * radius, metres), -along / metres)
    return _grid(points, directions, tiles, poles=True)


def _mesh(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    if shape.vertices is None or shape.faces is None or not len(shape.faces):
        raise InputError("a mesh needs vertices and faces")
    vertices, faces = np.asarray(shape.vertices, np.float64), np.asarray(shape.faces)
    if not np.all(np.isfinite(vertices)) or faces.min() < 0 or faces.max() >= len(vertices):
        raise InputError("a mesh needs finite vertices, and faces that name none beyond them")
    corners = vertices[faces]  # [T,3,3]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(crosses, axis=1, keepdims=True)
    flat = crosses / np.maximum(areas, 1e-300)
    smooth = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(smooth, faces[:, corner], crosses)
    smooth /= np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-300)
    normals = smooth[faces]
    edge = (normals * flat[:, None]).sum(axis=-1, keepdims=True) < _SHARP
    normals = np.where(edge, flat[:, None], normals)
    # Seen along the axis that a triangle faces most, upright where that is a side.
    side = np.argmax(np.concatenate([flat, -flat], axis=1)[:, [0, 3, 1, 4, 2, 5]], axis=1)
    right, up = (np.array([turn[axis] for turn in _BOX_SIDES])[side] for axis in (0, 1))
    tiles = np.stack([(corners * right[:, None]).sum(-1), -(corners * up[:, None]).sum(-1)], axis=-1)
    return Triangles(corners.reshape(-1, 3), normals.reshape(-1, 3), tiles.reshape(-1, 2) / metres)


def _terrain(shape: Shape, size: FloatArray, metres: float, cut: Cut) -> Triangles:
    heights = shape.heights
    if heights is None or heights.ndim != 2 or min(heights.shape) < 2 or not np.all(np.isfinite(heights)):
        raise InputError("a terrain needs finite heights, two rows and two columns or more")
    rows, columns = heights.shape
    x, y = np.linspace(-size[0], size[0], columns), np.linspace(-size[1], size[1], rows)
    points = np.stack([*np.meshgrid(x, y), heights], axis=-1)
    normals = np.stack(
        [-np.gradient(heights, x, axis=1), -np.gradient(heights, y, axis=0), np.ones_like(heights)], axis=-1
    )
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return _grid(points, normals, points[..., :2] * [1, -1] / metres)


def _slices(radius: float, cut: Cut) -> int:
    """How many flat sides make something look round, a multiple of 4."""
    return 8 if radius < 0.03 else max(8, 4 * round(cut.detail * min(2 + 4.2 * math.sqrt(radius), 7)))


def _swell(slices: int) -> float:
    """By how much a polygon's radius exceeds that of a circle of its area."""
    return math.sqrt(2 * math.pi / slices / math.sin(2 * math.pi / slices))


@lru_cache(maxsize=64)
def _circle(slices: int) -> FloatArray:
    """[slices + 1,2] once round from +x over +y, the last point exactly the first."""
    angles = 2 * np.pi * np.arange(slices + 1) / slices
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    circle[-1] = circle[0]
    return circle


@lru_cache(maxsize=64)
def _meridian(stacks: int) -> tuple[FloatArray, FloatArray]:
    """Height and distance from the axis, [stacks + 1] each, from the lowest point of a unit sphere up."""
    angles = np.pi * (np.arange(stacks + 1) / stacks - 0.5)
    return np.sin(angles), np.cos(angles)


def _ring(circle: FloatArray, reach: FloatArray, rise: FloatArray) -> FloatArray:
    """[levels,slices + 1,3]"""
    flat = circle[None] * reach[:, None, None]
    return np.concatenate([flat, np.broadcast_to(rise[:, None, None], (*flat.shape[:2], 1))], axis=-1)


def _rolled(slices: int, around: int, down: FloatArray) -> FloatArray:
    """[levels,slices + 1,2] texture coordinates: ``around`` tiles once round, ``down`` [levels]."""
    u = around * np.arange(slices + 1) / slices
    return np.stack(np.broadcast_arrays(u[None, :], down[:, None]), axis=-1)


def _whole(length: float, metres: float) -> int:
    return max(1, round(length / metres))


_MAKERS = {
    "box": _box, "sphere": _sphere, "ellipsoid": _ellipsoid, "cylinder": _cylinder, "capsule": _capsule,
    "plane": _plane, "mesh": _mesh, "terrain": _terrain,
}  # fmt: skip
_NUM_SIZES = {
    "box": 3, "sphere": 1, "ellipsoid": 3, "cylinder": 2, "capsule": 2, "plane": 2, "mesh": 0, "terrain": 2
}  # fmt: skip
