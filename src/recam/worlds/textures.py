"""Surface patterns painted from numbers: bricks, boards, grass ... as seamless square tiles.

A pattern is a function of a :class:`Brush`, drawn in coordinates from 0 to 1 that wrap around, so that a
texture looks the same at every size and its opposite edges meet. Row 0 of a tile is its top: on an upright
face courses of bricks, books and boards lie level, ``corrugated`` and ``palings`` stand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2

from recam.errors import InputError
from recam.worlds.scene import Texture

Plane = NDArray[np.floating[Any]]
"""[P,P], or [P,P,3] when it is a colour."""

_MOST_CYCLES = 64  # the finest detail of noise, in waves a tile


class Brush:
    """What patterns are painted with: coordinates, random numbers, noise and cells that wrap around.

    Attributes:
        u, v: [P,P] 0 to 1 from left to right and from top to bottom, at the middles of pixels.
    """

    def __init__(self, texture: Texture, pixels: int) -> None:
        self.pixels = pixels
        self.first = np.asarray(texture.first, dtype=np.float32)
        self.second = np.asarray(texture.second, dtype=np.float32)
        self.rng = np.random.default_rng(texture.seed)
        middles = (np.arange(pixels, dtype=np.float32) + 0.5) / pixels
        self.u, self.v = np.meshgrid(middles, middles)

    def noise(self, slope: float, stretch: float = 1.0, lowest: float = 1.0) -> Plane:
        """[P,P] noise of mean 0 and deviation about 1 whose amplitude falls as 1 / frequency ^ slope.

        Args:
            stretch: how much longer than wide (above 1) its grains are from left to right.
            lowest: waves a tile below which there is nothing.
        """
        amplitude = _spectrum(slope, stretch, lowest)
        # A whole size of spectrum is drawn, whatever the tile's: so it looks the same at every size.
        parts = self.rng.standard_normal((*amplitude.shape, 2), dtype=np.float32)
        spectrum = parts.view(np.complex64)[..., 0] * amplitude
        keep = min(self.pixels // 2, _MOST_CYCLES)
        small = np.zeros((self.pixels, self.pixels // 2 + 1), dtype=np.complex64)
        small[:keep, :keep] = spectrum[:keep, :keep]
        small[-keep:, :keep] = spectrum[-keep:, :keep]
        return np.asarray(irfft2(small, s=(self.pixels, self.pixels), norm="forward"))

    def cells(
        self, rows: int, columns: int, gap: float, shift: float = 0.0, gap_down: float | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Plane]:
        """A wall of blocks: row and column [P,P] of each pixel's block, and [P,P] how much it is joint.

        Args:
            gap: width of upright joints in tiles; ``gap_down`` of level ones, else the same.
            shift: blocks by which every other row is shifted.

        The joint is 0 to 1.
        """
        down = self.v * rows
        row = np.minimum(down.astype(np.int64), rows - 1)
        along = (self.u * columns + shift * (row % 2)) % columns
        column = np.minimum(along.astype(np.int64), columns - 1)
        side = np.minimum(along - column, 1 - (along - column)) / columns
        level = np.minimum(down - row, 1 - (down - row)) / rows
        gap_down = gap if gap_down is None else gap_down
        joint = np.maximum(self.inside(side, gap / 2), self.inside(level, gap_down / 2))
        return row, column, joint

    def inside(self, distance: Plane, limit: float) -> Plane:
        """[P,P] 1 where a distance (in tiles) is below a limit, 0 above, smooth over one pixel."""
        return np.clip((limit - distance) * self.pixels + 0.5, 0, 1).astype(np.float32)

    def table(self, rows: int, columns: int) -> Plane:
        """[rows, columns] random numbers 0 to 1, one a block."""
        return self.rng.random((rows, columns), dtype=np.float32)

    def stones(self, count: int) -> tuple[Plane, Plane, Plane]:
        """``count`` x ``count`` scattered stones that fill the tile (Worley's cells).

        Returns:
            [P,P] each: distance to the middle of the nearest in stones, how much farther the second nearest
            is, and a random number 0 to 1 that belongs to the nearest.
        """
        jitter = 0.1 + 0.8 * self.rng.random((2, count, count), dtype=np.float32)
        marks = self.table(count, count)
        x, y = self.u * count, self.v * count
        column, row = x.astype(np.int64), y.astype(np.int64)
        near = np.full(x.shape, np.inf, dtype=np.float32)
        second, mark = near.copy(), np.zeros_like(near)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                at = (row + down) % count, (column + right) % count
                apart = np.hypot(column + right + jitter[0][at] - x, row + down + jitter[1][at] - y)
                closer = apart < near
                second = np.where(closer, near, np.minimum(second, apart))
                mark = np.where(closer, marks[at], mark)
                near = np.where(closer, apart, near)
        return near, second - near, mark

    def mix(self, share: Plane) -> Plane:
        """[P,P,3] the first colour where the share is 0, the second where it is 1."""
        return blend(self.first, self.second, share)


@lru_cache(maxsize=128)
def _spectrum(slope: float, stretch: float, lowest: float) -> Plane:
    """[2K,K+1] amplitude of each wave of a noise of deviation 1: down by across."""
    across = np.arange(_MOST_CYCLES + 1)
    down = np.fft.fftfreq(2 * _MOST_CYCLES, 1 / (2 * _MOST_CYCLES))
    frequency = np.hypot(across[None] * np.sqrt(stretch), down[:, None] / np.sqrt(stretch))
    frequency[0, 0] = np.inf
    amplitude = np.where(frequency >= lowest, frequency**-slope, 0.0) / (1 + (frequency / _MOST_CYCLES) ** 8)
    amplitude /= np.sqrt(4 * (amplitude[:, 1:] ** 2).sum())
    return amplitude.astype(np.float32)


def blend(first: Plane, second: Plane, share: Plane) -> Plane:
    """[P,P,3] from a colour ([3] or [P,P,3]) to another by a share [P,P], which is clipped to 0 to 1."""
    return first + np.clip(share, 0, 1)[..., None] * (second - first)


def _plain(brush: Brush) -> Plane:
    return np.broadcast_to(brush.first, (brush.pixels, brush.pixels, 3))


def _checker(brush: Brush) -> Plane:
    row, column, joint = brush.cells(4, 4, 0.006)
    colour = brush.mix(((row + column) % 2).astype(np.float32))
    return colour * (1 - 0.25 * joint + 0.03 * brush.noise(1.0))[..., None]


def _stripes(brush: Brush) -> Plane:
    wave = 0.5 + 0.5 * np.clip(np.sin(8 * np.pi * brush.u) * brush.pixels / 12, -1, 1)
    return brush.mix(wave) * (1 + 0.03 * brush.noise(0.8))[..., None]


def _patches(brush: Brush) -> Plane:
    row, column, _ = brush.cells(4, 4, 0.0)
    return brush.mix(brush.table(4, 4)[row, column]) * (1 + 0.03 * brush.noise(0.8))[..., None]


def _noise(brush: Brush) -> Plane:
    return brush.mix(0.5 + 0.28 * brush.noise(1.0, lowest=2))


def _speckles(brush: Brush) -> Plane:
    fine = brush.noise(1.5, lowest=12)
    return brush.mix(np.clip(2.2 * (np.abs(fine) - 0.9), 0, 1)) * (1 + 0.04 * brush.noise(1.2))[..., None]


def _bricks(brush: Brush) -> Plane:
    row, column, joint = brush.cells(12, 4, 0.011, shift=0.5)
    tint = brush.table(12, 4)[row, column]
    shade = 0.74 + 0.38 * tint + 0.09 * brush.noise(0.7)
    warm = 1 + (brush.table(12, 4)[row, column] - 0.4)[..., None] * np.array([0.05, 0.25, 0.3], np.float32)
    stone = brush.first * warm * shade[..., None]
    mortar = brush.second * (1 + 0.08 * brush.noise(0.6))[..., None]
    return blend(stone, mortar, joint)


def _tiles(brush: Brush) -> Plane:
    row, column, joint = brush.cells(4, 4, 0.012)
    shade = 0.92 + 0.12 * brush.table(4, 4)[row, column] + 0.03 * brush.noise(1.3)
    return blend(brush.first * shade[..., None], brush.second * np.float32(1), joint)


def _paving(brush: Brush) -> Plane:
    row, column, joint = brush.cells(6, 4, 0.012, shift=0.5)
    share = 0.6 * brush.table(6, 4)[row, column] + 0.1 * brush.noise(0.5)
    return brush.mix(share) * (1 - 0.45 * joint + 0.05 * brush.noise(0.3))[..., None]


def _grain(brush: Brush, along: Plane) -> Plane:
    """[P,P] streaks of wood from left to right, 0 to 1; ``along`` [P,P] shifts the rings, in rings."""
    bend = brush.noise(2.4, stretch=16)
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (6 * brush.v + along + 0.9 * bend))
    return 0.5 * rings**1.5 + 0.25 + 0.11 * brush.noise(0.6, stretch=60)


def _wood(brush: Brush) -> Plane:
    return brush.mix(_grain(brush, np.zeros_like(brush.u)))


def _boards(brush: Brush, rows: int) -> Plane:
    row, column, joint = brush.cells(rows, 1, 0.006, shift=0.5, gap_down=0.008)
    tint = brush.table(rows, 1)[row, column]
    share = 0.75 * _grain(brush, 7 * tint) + 0.5 * (tint - 0.4)
    return brush.mix(share) * (1 - 0.6 * joint)[..., None]


def _planks(brush: Brush) -> Plane:
    return _boards(brush, 8)


def _palings(brush: Brush) -> Plane:
    return _boards(brush, 6).transpose(1, 0, 2)


def _parquet(brush: Brush) -> Plane:
    row, column, joint = brush.cells(4, 4, 0.006)
    lies = (row + column) % 2 == 0
    across, down = brush.u * 16 % 1, brush.v * 16 % 1
    gap = brush.inside(np.where(lies, np.minimum(down, 1 - down), np.minimum(across, 1 - across)) / 16, 0.002)
    strip = np.where(lies, (brush.v * 16).astype(np.int64), (brush.u * 16).astype(np.int64))
    tint = brush.table(16, 16)[strip, 4 * column + row]
    grain = np.where(lies, brush.noise(0.6, stretch=30), brush.noise(0.6, stretch=1 / 30))
    return brush.mix(0.15 + 0.55 * tint + 0.13 * grain) * (1 - 0.5 * np.maximum(joint, gap))[..., None]


def _grass(brush: Brush) -> Plane:
    share = 0.45 + 0.16 * brush.noise(0.9, lowest=3) + 0.22 * brush.noise(0.1, stretch=0.3, lowest=10)
    return brush.mix(share) * (1 + 0.13 * brush.noise(0.2, lowest=16))[..., None]


def _gravel(brush: Brush) -> Plane:
    near, apart, mark = brush.stones(22)
    shade = np.clip(1.12 - 0.5 * near, 0, 2) * np.clip(0.45 + 2.5 * apart, 0, 1)
    return brush.mix(mark) * shade[..., None]


def _cobbles(brush: Brush) -> Plane:
    near, apart, mark = brush.stones(9)
    shade = (1.15 - 0.4 * near) * (1 + 0.07 * brush.noise(0.5))
    return blend(brush.first * ((0.75 + 0.4 * mark) * shade)[..., None], brush.second, 1 - 7 * apart)


def _leaves(brush: Brush) -> Plane:
    near, apart, mark = brush.stones(16)
    shade = np.clip(0.5 + 1.6 * apart, 0, 1.1) * (1.1 - 0.25 * near)
    return brush.mix(mark + 0.15 * brush.noise(1.0)) * shade[..., None]


def _asphalt(brush: Brush) -> Plane:
    share = 0.35 + 0.1 * brush.noise(1.0, lowest=3) + 0.22 * brush.noise(0.0, lowest=20)
    return brush.mix(share)


def _concrete(brush: Brush) -> Plane:
    _, _, joint = brush.cells(1, 1, 0.012)
    share = 0.35 + 0.2 * brush.noise(1.4) + 0.09 * brush.noise(0.2)
    return brush.mix(share) * (1 - 0.35 * joint)[..., None]


def _sand(brush: Brush) -> Plane:
    ripples = np.sin(2 * np.pi * (9 * brush.v + 2 * brush.u + 0.7 * brush.noise(1.7)))
    return brush.mix(0.45 + 0.17 * ripples + 0.1 * brush.noise(0.3) + 0.1 * brush.noise(1.5))


def _marble(brush: Brush) -> Plane:
    cloud = brush.noise(1.2)
    veins = np.zeros_like(cloud)
    for strength, waves in ((0.9, (1, 1)), (0.45, (2, -1))):
        way = waves[0] * brush.u + waves[1] * brush.v + 0.28 * brush.noise(2.1)
        veins = np.maximum(veins, strength * np.clip(1 - 7 * np.abs(np.sin(np.pi * way)), 0, 1))
    return brush.mix(0.75 * veins + 0.12 + 0.07 * cloud)


def _fabric(brush: Brush) -> Plane:
    bands = brush.table(1, 16)[0] > 0.55
    thin = brush.table(1, 16)[0] > 0.85
    across = (bands ^ thin)[(brush.u * 16).astype(np.int64)]
    down = (bands ^ thin)[(brush.v * 16).astype(np.int64)]
    weave = 0.06 * np.sin(64 * np.pi * (brush.u + brush.v))
    return brush.mix(0.5 * across + 0.5 * down) * (1 + weave + 0.04 * brush.noise(0.2))[..., None]


def _corrugated(brush: Brush) -> Plane:
    fold = 0.5 + 0.5 * np.sin(2 * np.pi * 8 * brush.u)
    rust = np.clip(brush.noise(1.2, stretch=0.2) - 0.9, 0, 1)
    return brush.mix(0.7 * rust) * (0.68 + 0.36 * fold + 0.03 * brush.noise(0.5))[..., None]


def _shingles(brush: Brush) -> Plane:
    row, column, joint = brush.cells(8, 6, 0.012, shift=0.5, gap_down=0.0)
    drop = brush.v * 8 - row
    shade = (0.72 + 0.4 * drop) * (1 - 0.55 * brush.inside(drop / 8, 0.014)) * (1 - 0.35 * joint)
    share = 0.8 * brush.table(8, 6)[row, column] + 0.1 * brush.noise(0.6)
    return brush.mix(share) * shade[..., None]


def _facade(brush: Brush) -> Plane:
    """A wall with 2 x 2 windows: the first colour is the wall's, the second the panes'."""
    x, y = brush.u * 2 % 1, brush.v * 2 % 1
    frame = np.maximum(np.abs(x - 0.5) / 0.23, np.abs(y - 0.47) / 0.32)
    sill = brush.inside(np.maximum(np.abs(x - 0.5) - 0.27, np.abs(y - 0.82) - 0.02) / 2, 0)
    lit = brush.table(2, 2)[(brush.v * 2).astype(np.int64), (brush.u * 2).astype(np.int64)]
    bar = np.minimum(np.abs(x - 0.5), np.abs(y - 0.4))
    wall = brush.first * (1 + 0.06 * brush.noise(1.0))[..., None]
    border = np.clip(brush.first * 1.25 + 0.08, 0, 1)
    pane = brush.second * (0.65 + 0.5 * lit + 0.25 * (0.47 - y))[..., None]
    colour = blend(wall, border, np.maximum(sill, brush.inside((frame - 1.16) / 8, 0)))
    colour = blend(colour, pane, brush.inside((frame - 1) / 8, 0))
    return blend(colour, border, brush.inside(bar / 2, 0.008) * (frame < 1))


def _books(brush: Brush) -> Plane:
    """One row of books; colours of their backs lie about the first, boards are of the second."""
    count = 24
    edges = np.cumsum(0.4 + brush.table(1, count)[0])
    edges /= edges[-1]
    at = np.minimum(np.searchsorted(edges, brush.u[0]), count - 1)
    hues = 0.12 + 0.75 * brush.table(count, 3)
    backs = (0.35 * brush.first + 0.65 * hues).astype(np.float32)[at]
    top = 0.1 + 0.25 * brush.table(1, count)[0][at]
    starts = np.concatenate([[0.0], edges[:-1]])[at]
    half = (edges[at] - starts) / 2
    round_back = 1 - 0.5 * ((brush.u[0] - starts - half) / half) ** 4
    title = brush.inside(np.abs(brush.v - 0.5), 0.05) * (brush.table(1, count)[0][at] > 0.5)
    colour = blend(np.broadcast_to(backs, (*brush.u.shape, 3)), np.full(3, 0.85, np.float32), 0.7 * title)
    colour = colour * round_back.astype(np.float32)[None, :, None]
    colour = blend(colour, np.full(3, 0.06, np.float32), brush.inside(brush.v - top, 0.0))
    colour = blend(colour, brush.second, brush.inside(np.minimum(brush.v, 1 - brush.v), 0.03))
    return np.roll(colour, brush.pixels // 2, axis=0)  # a face one tile high shows one row


def _mural(brush: Brush) -> Plane:
    """Bold soft shapes in the two colours and one that lies opposite: a painting, a poster, a screen.

    Its middle is the tile's corner, which is where the middle of a face is.
    """
    third = np.clip(0.5 + 1.2 * (brush.second[[1, 2, 0]] - 0.45), 0, 1).astype(np.float32)
    edge = brush.pixels / 24
    colour = brush.mix(np.clip(edge * brush.noise(2.2), 0, 1))
    colour = blend(colour, third, np.clip(edge * (brush.noise(2.2) - 0.8), 0, 1))
    ring = np.hypot(np.minimum(brush.u, 1 - brush.u), np.minimum(brush.v, 1 - brush.v))
    return blend(colour, np.float32(0.95) * np.ones(3, np.float32), brush.inside(np.abs(ring - 0.28), 0.02))


_PAINTERS: dict[str, Callable[[Brush], Plane]] = {
    "plain": _plain,
    "checker": _checker,
    "stripes": _stripes,
    "patches": _patches,
    "noise": _noise,
    "speckles": _speckles,
    "bricks": _bricks,
    "tiles": _tiles,
    "paving": _paving,
    "wood": _wood,
    "planks": _planks,
    "palings": _palings,
    "parquet": _parquet,
    "grass": _grass,
    "gravel": _gravel,
    "cobbles": _cobbles,
    "leaves": _leaves,
    "asphalt": _asphalt,
    "concrete": _concrete,
    "sand": _sand,
    "marble": _marble,
    "fabric": _fabric,
    "corrugated": _corrugated,
    "shingles": _shingles,
    "facade": _facade,
    "books": _books,
    "mural": _mural,
}

PATTERNS: tuple[str, ...] = tuple(_PAINTERS)
"""Names that :attr:`recam.worlds.scene.Texture.pattern` may have."""


@lru_cache(maxsize=512)
def paint(texture: Texture, pixels: int) -> NDArray[np.uint8]:
    """One tile of a texture, uint8 [pixels, pixels, 3], sRGB; it repeats without a seam.

    The same texture and size give the same array (read-only, kept for the next call); other sizes show the
    same pattern, finer or coarser. The tile covers ``texture.metres`` each way.

    Raises:
        InputError: there is no such pattern, or a side is under 4 pixels.
    """
    if texture.pattern not in _PAINTERS:
        raise InputError(f"unknown pattern {texture.pattern!r}; patterns are {', '.join(PATTERNS)}")
    if pixels < 4:
        raise InputError(f"a tile needs a side of at least 4 pixels, not {pixels}")
    colours = _PAINTERS[texture.pattern](Brush(texture, pixels))
    tile = np.round(255 * np.clip(colours, 0, 1)).astype(np.uint8)
    tile.flags.writeable = False
    return tile
