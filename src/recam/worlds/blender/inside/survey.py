"""Where in a user's environment a character can stand, how high the ground is, what stands in the way."""

from __future__ import annotations

from typing import Any

import bpy  # pyright: ignore[reportMissingImports]
import numpy as np
from errors_inside import AssetError
from mathutils import Vector  # pyright: ignore[reportMissingImports]
from users_assets import bounds, evaluated_meshes

_REACH = 16.0  # metres about the character that are looked at
_STEP = 0.5  # between the samples of the ground
_HEADROOM = 2.2
_LEVEL = 0.8  # least z of the normal of a floor
_MOST_FLOORS = 12
_ABOVE_GROUND = 0.25  # metres above the ground below which nothing is in a camera's way
_TALLEST = 14.0  # metres above the ground up to which cameras may go


def survey(path: str, things: list[Any], rng: np.random.Generator) -> dict[str, Any]:
    """Look about in an environment.

    Returns:
        ``place`` [3] where the character stands; ``heights`` [R,C] of the ground about it, relative to it,
        and ``half`` its half size; ``points`` [N,3] on surfaces in a camera's way, relative to it;
        ``covered``: height of a ceiling over it in metres, or None.

    Raises:
        AssetError: there is no level floor with room above.
    """
    box = bounds(things)
    if box is None:
        raise AssetError(path, "holds no mesh")
    place = _place(path, things, box, rng)
    half = float(np.clip(np.abs(box[:, :2] - place[:2]).max(), 2.0, _REACH))
    steps = int(np.ceil(2 * half / _STEP)) + 1
    along = np.linspace(-half, half, steps)
    top = float(box[1, 2]) + 1.0
    floors = [
        [[z - place[2] for z, _ in _floors(place[0] + x, place[1] + y, top)] for x in along] for y in along
    ]
    heights = _walkable(floors)
    points = _surface_points(things, place, half)
    ground = _height_at(points, heights, half)
    points = points[(points[:, 2] > ground + _ABOVE_GROUND) & (points[:, 2] < _TALLEST)]
    above = _cast(Vector((*place[:2], place[2] + 1.0)), Vector((0, 0, 1)))
    return {
        "place": place.tolist(),
        "heights": heights,
        "half": half,
        "points": points,
        "covered": None if above is None else above[0].z - place[2],
    }


def _place(path: str, things: list[Any], box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    for thing in things:
        if thing.name.lower().split(".")[0] == "subject":
            return np.array(thing.matrix_world.translation)
    middle, size = box[:, :2].mean(axis=0), np.minimum((box[1] - box[0])[:2], 2 * _REACH)
    top, found = float(box[1, 2]) + 1.0, []
    for u in np.linspace(-0.3, 0.3, 9):
        for v in np.linspace(-0.3, 0.3, 9):
            x, y = middle + size * [u, v]
            floor = next((z for z, room in reversed(_floors(x, y, top)) if room >= _HEADROOM), None)
            if floor is not None and _is_flat(x, y, floor, top):
                found.append((_openness(x, y, floor), x, y, floor))
    if not found:
        raise AssetError(
            path,
            "has no level floor with 2.2 m of room above near its middle; put an empty called 'subject' "
            "where the character is to stand",
        )
    best = max(found)[0]
    good = [each for each in found if each[0] >= 0.7 * best]
    return np.array(good[int(rng.integers(len(good)))][1:])


def _floors(x: float, y: float, top: float) -> list[tuple[float, float]]:
    """Heights of level surfaces at a place, the highest first, and the free height above each."""
    found, z, last = [], top, float("inf")
    for _ in range(_MOST_FLOORS):
        hit = _cast(Vector((x, y, z)), Vector((0, 0, -1)))
        if hit is None:
            break
        height = hit[0].z
        if hit[1].z > _LEVEL:
            found.append((height, last - height))
        last, z = height, height - 1e-3
    return found


def _is_flat(x: float, y: float, floor: float, top: float) -> bool:
    for dx in (-0.7, 0.7):
        for dy in (-0.7, 0.7):
            if not any(abs(z - floor) < 0.2 for z, _ in _floors(x + dx, y + dy, top)):
                return False
    return True


def _walkable(floors: list[list[list[float]]]) -> np.ndarray:
    """[R,C] heights that can be walked to from the middle, step by step; about others, as their neighbours.

    So the top of a wall or a table is no ground.
    """
    steps = len(floors)
    heights = np.full((steps, steps), np.nan)
    middle = steps // 2
    heights[middle, middle] = 0.0
    waiting = [(middle, middle)]
    while waiting:
        row, column = waiting.pop(0)
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            at = row + down, column + right
            if not (0 <= at[0] < steps and 0 <= at[1] < steps) or not np.isnan(heights[at]):
                continue
            reachable = [z for z in floors[at[0]][at[1]] if abs(z - heights[row, column]) <= _STEP]
            if reachable:
                heights[at] = min(reachable, key=lambda z: abs(z - heights[row, column]))
                waiting.append(at)
    while np.isnan(heights).any():
        known = np.pad(heights, 1, constant_values=np.nan)
        around = np.stack([known[1:-1, 2:], known[2:, 1:-1], known[1:-1, :-2], known[:-2, 1:-1]])
        count = (~np.isnan(around)).sum(axis=0)
        fill = np.isnan(heights) & (count > 0)
        heights[fill] = np.nansum(around, axis=0)[fill] / count[fill]
    return heights


def _openness(x: float, y: float, floor: float) -> float:
    """Metres to the nearest wall about a place, at most 12."""
    nearest = 12.0
    for angle in np.arange(8) * np.pi / 4:
        start = Vector((x, y, floor + 1.0))
        hit = _cast(start, Vector((np.cos(angle), np.sin(angle), 0.0)))
        if hit is not None:
            nearest = min(nearest, (hit[0] - start).length)
    return nearest


def _cast(start: Vector, direction: Vector) -> tuple[Vector, Vector] | None:
    """Where a ray first meets something, and the normal there."""
    scene = bpy.context.scene
    hit, where, normal, *_ = scene.ray_cast(bpy.context.evaluated_depsgraph_get(), start, direction)
    return (where, normal) if hit else None


def _surface_points(things: list[Any], place: np.ndarray, half: float) -> np.ndarray:
    """[N,3] points on all surfaces within reach, so close that no cell of 0.4 m between them stays empty."""
    triangles = np.concatenate([*evaluated_meshes(things), np.zeros((0, 3, 3))]) - place
    low, high = triangles.min(axis=1), triangles.max(axis=1)
    near = (low[:, :2] < half).all(axis=1) & (high[:, :2] > -half).all(axis=1)
    triangles = triangles[near]
    edges = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2).max(axis=1)
    parts = np.clip(np.ceil(edges / 0.2).astype(int), 1, 400)
    found = [triangles.reshape(-1, 3)]
    for count in np.unique(parts):
        if count == 1:
            continue
        u, v = np.meshgrid(np.arange(count + 1) / count, np.arange(count + 1) / count)
        inside = u + v <= 1 + 1e-9
        weights = np.stack([1 - u - v, u, v], axis=-1)[inside]
        for corners in triangles[parts == count]:
            points = weights @ corners
            found.append(points[(np.abs(points[:, :2]) <= half).all(axis=1)])
    points = np.concatenate(found)
    points = points[(np.abs(points[:, :2]) <= half).all(axis=1)]
    # One of those in a tenth of a cell is enough.
    _, chosen = np.unique(np.floor(points / 0.1).astype(np.int32), axis=0, return_index=True)
    return points[chosen]


def _height_at(points: np.ndarray, heights: np.ndarray, half: float) -> np.ndarray:
    """[N] of the highest of the four samples of the ground about each point: slopes are no obstacles."""
    steps = len(heights)
    at = np.clip((points[:, :2] + half) / (2 * half) * (steps - 1), 0, steps - 1.001).astype(int)
    x, y = at.T
    corners = [heights[y, x], heights[y, x + 1], heights[y + 1, x], heights[y + 1, x + 1]]
    return np.max(corners, axis=0)
