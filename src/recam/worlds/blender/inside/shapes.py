"""Meshes of recam's shapes, in metres about each shape's own origin."""

from __future__ import annotations

import math
from typing import Any

import bmesh  # pyright: ignore[reportMissingImports]
import bpy  # pyright: ignore[reportMissingImports]
import numpy as np

_ROUND = 48  # sides of a cylinder, a capsule, a sphere
_BEVEL = 0.012  # metres by which edges of boxes are rounded: real edges catch light
_SHARP = math.radians(40)


def make_mesh(shape: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    """The mesh of one shape (see ``recam.worlds.scene.Shape``)."""
    mesh = bpy.data.meshes.new(shape["kind"])
    kind, size = shape["kind"], shape["size"]
    if kind == "mesh":
        _fill(mesh, arrays[shape["vertices"]], arrays[shape["faces"]])
        _smooth(mesh)
    elif kind == "terrain":
        _fill(mesh, *_terrain(size, arrays[shape["heights"]]))
        _smooth(mesh, sharp=None)
    elif kind == "plane":
        x, y = size[:2]
        _fill(mesh, np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]]), np.array([[0, 1, 2, 3]]))
    elif kind == "box":
        _box(mesh, size)
    elif kind in ("sphere", "ellipsoid"):
        radii = [size[0]] * 3 if kind == "sphere" else size[:3]
        _fill(mesh, *_turned(_half_circle(1.0, 0.0)))
        vertices = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", vertices)
        mesh.vertices.foreach_set("co", (vertices.reshape(-1, 3) * radii).ravel())
        _smooth(mesh, sharp=None)
    elif kind == "capsule":
        _fill(mesh, *_turned(_half_circle(size[0], size[1])))
        _smooth(mesh, sharp=None)
    elif kind == "cylinder":
        radius, half = size[:2]
        bevel = min(_BEVEL / 2, radius / 8, half / 8)
        profile = [(0, -half), (radius - bevel, -half), (radius, bevel - half)]
        _fill(mesh, *_turned(np.array(profile + [(r, -z) for r, z in reversed(profile)])))
        _smooth(mesh)
    else:
        raise ValueError(f"unknown kind of shape: {kind}")
    mesh.validate()
    return mesh


def _fill(mesh: Any, vertices: np.ndarray, faces: np.ndarray) -> None:
    """Put vertices [V,3] and faces [T,K], of equally many corners each, into an empty mesh."""
    count, corners = faces.shape
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(faces, np.int32).ravel())
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, corners, dtype=np.int32))
    mesh.update(calc_edges=True)


def _smooth(mesh: Any, sharp: float | None = _SHARP) -> None:
    mesh.shade_smooth()
    if sharp is not None:
        mesh.set_sharp_from_angle(angle=sharp)


def _box(mesh: Any, half: list[float]) -> None:
    grid = bmesh.new()
    bmesh.ops.create_cube(grid, size=2.0)
    for vertex in grid.verts:
        vertex.co = [side * reach for side, reach in zip(vertex.co, half)]  # noqa: B905
    bevel = min(_BEVEL, min(half) / 4)
    if bevel > 5e-4:
        bmesh.ops.bevel(grid, geom=grid.edges[:], offset=bevel, segments=2, profile=0.5, affect="EDGES")
    grid.to_mesh(mesh)
    grid.free()


def _half_circle(radius: float, half: float) -> np.ndarray:
    """[P,2] distance from the axis and height, from the lower pole to the upper one."""
    angles = np.linspace(-np.pi / 2, 0, _ROUND // 4 + 1)
    lower = np.stack([radius * np.cos(angles), radius * np.sin(angles) - half], axis=1)
    lower[0, 0] = 0.0
    upper = lower[::-1] * [1, -1]
    return np.concatenate([lower, upper if half else upper[1:]])


def _turned(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a profile [P,2] turned about z; it begins and ends on the axis."""
    turn = 2 * np.pi * np.arange(_ROUND) / _ROUND
    middle = profile[1:-1]
    rings = np.stack(
        [
            middle[:, :1] * np.cos(turn),
            middle[:, :1] * np.sin(turn),
            np.repeat(middle[:, 1:], _ROUND, axis=1),
        ],
        axis=-1,
    )
    vertices = np.concatenate([[[0, 0, profile[0, 1]]], rings.reshape(-1, 3), [[0, 0, profile[-1, 1]]]])
    here, there = np.arange(_ROUND), (np.arange(_ROUND) + 1) % _ROUND
    faces = [np.stack([np.zeros_like(here), 1 + there, 1 + here], axis=1)]
    for ring in range(len(middle) - 1):
        low, high = 1 + ring * _ROUND, 1 + (ring + 1) * _ROUND
        faces.append(np.stack([low + here, low + there, high + there], axis=1))
        faces.append(np.stack([low + here, high + there, high + here], axis=1))
    last = 1 + (len(middle) - 1) * _ROUND
    faces.append(np.stack([np.full_like(here, len(vertices) - 1), last + here, last + there], axis=1))
    return vertices, np.concatenate(faces)


def _terrain(size: list[float], heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = heights.shape
    y, x = np.meshgrid(
        np.linspace(-size[1], size[1], rows), np.linspace(-size[0], size[0], columns), indexing="ij"
    )
    vertices = np.stack([x, y, heights], axis=-1).reshape(-1, 3)
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    return vertices, np.stack([first, first + 1, first + columns + 1, first + columns], axis=1)
