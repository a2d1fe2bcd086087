"""Small clips with known cameras, drawn by casting rays: a wall, a floor, and cards that may move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recam.camera import Intrinsics, Poses

LENS = Intrinsics.from_fov_degrees(62, 288, 176)
WALL, FLOOR = 6.0, 1.3  # metres ahead of, and below the first camera

Place = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class Card:
    """A painted card that faces the first camera, in metres; ``place``: its middle at 0..1 of the clip."""

    depth: float
    half_width: float
    half_height: float
    place: Place
    seed: int


def film(
    poses: Poses, cards: Sequence[Card] = (), lens: Intrinsics = LENS, seed: int = 0
) -> NDArray[np.uint8]:
    """uint8 [F,H,W,3]: what each camera sees."""
    rows, columns = np.mgrid[: lens.height, : lens.width] + 0.5
    rays = np.stack([(columns - lens.cx) / lens.fx, (rows - lens.cy) / lens.fy, np.ones(rows.shape)], axis=-1)
    wall, floor = _paint(seed), _paint(seed + 1)
    frames = []
    for index, pose in enumerate(poses.matrices):
        eye, ahead = pose[:3, 3], rays @ pose[:3, :3].T
        to_wall = (WALL - eye[2]) / np.where(ahead[..., 2] > 1e-6, ahead[..., 2], np.nan)
        to_floor = (FLOOR - eye[1]) / np.where(ahead[..., 1] > 1e-6, ahead[..., 1], np.nan)
        nearest = np.fmin(to_wall, to_floor)
        where = eye + nearest[..., None] * ahead
        on_floor = np.nan_to_num(to_floor, nan=np.inf) < np.nan_to_num(to_wall, nan=np.inf)
        picture = np.where(
            on_floor[..., None],
            _look(floor, where[..., 0], where[..., 2]),
            _look(wall, where[..., 0], where[..., 1]),
        )
        for card in cards:
            away = (card.depth - eye[2]) / ahead[..., 2]
            spot = eye + away[..., None] * ahead
            x, y = card.place(index / max(len(poses) - 1, 1))
            across, along = spot[..., 0] - x, spot[..., 1] - y
            seen = (abs(across) < card.half_width) & (abs(along) < card.half_height) & (away < nearest)
            picture = np.where(seen[..., None], _look(_paint(card.seed), across, along), picture)
        frames.append(picture)
    return np.round(np.clip(frames, 0, 255)).astype(np.uint8)


def rotation_errors(found: Poses, true: Poses) -> NDArray[np.float64]:
    """Degrees between the rotations of each frame but the first, [F-1]."""
    turns = found.rotations.transpose(0, 2, 1) @ true.rotations
    return Poses.from_parts(turns, np.zeros((1, 3))).rotation_angle_degrees()[1:]


def translation_errors(found: Poses, true: Poses) -> NDArray[np.float64]:
    """Distance of each position but the first, at the best scale, as a share of the path's length, [F-1]."""
    one, other = found.translations, true.translations
    scale = (one * other).sum() / (one * one).sum()
    length = np.linalg.norm(np.diff(other, axis=0), axis=1).sum()
    return np.linalg.norm(scale * one - other, axis=1)[1:] / length


_PAINTED: dict[int, NDArray[np.float64]] = {}


def _paint(seed: int, size: int = 512) -> NDArray[np.float64]:
    """Blots of every size, 0..255, [size,size,3]; seamless; 8 metres a side."""
    if seed not in _PAINTED:
        rng = np.random.default_rng(seed)
        frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij"))
        frequency[0, 0] = np.inf
        layers = [np.fft.rfft2(rng.normal(size=(size, size))) / frequency for _ in range(3)]
        noise = np.stack([np.fft.irfft2(layer, s=(size, size)) for layer in layers], axis=-1)
        noise = 0.8 * noise[..., :1] + 0.2 * noise  # mostly grey
        _PAINTED[seed] = np.clip(128 + 60 * noise / noise.std(), 0, 255)
    return _PAINTED[seed]


def _look(paint: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours at places in metres, bilinear."""
    size = len(paint)
    u, v = (np.nan_to_num(value) * size / 8 for value in (x, y))
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    right, down = (u - left)[..., None], (v - top)[..., None]
    corner = [[paint[(top + j) % size, (left + i) % size] for i in (0, 1)] for j in (0, 1)]
    upper = corner[0][0] * (1 - right) + corner[0][1] * right
    lower = corner[1][0] * (1 - right) + corner[1][1] * right
    return upper * (1 - down) + lower * down
