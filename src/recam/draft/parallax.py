"""A source picture with known depth seen from another camera pose: parallax, occlusion and holes.

Every source pixel is a small flat tile in space with the slope of its surface, so that tiles of one surface
join without gaps and tiles of two surfaces do not: nothing is stretched between them. Tiles are drawn into a
z-buffer of the new view; there every pixel looks up its colour at the exact place in the source picture.

Shapes: H, W the picture; n tiles that can be seen; m pairs of a tile and a new pixel that it may cover.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from recam.camera import Intrinsics
from recam.draft.depth import STEEPEST
from recam.draft.warp import View, Warper, check_frame, one_thread
from recam.errors import InputError

_OVERLAP = 0.02  # tiles are this much larger than a pixel, so that rounding opens no cracks
_LARGEST = 48  # pixels: a tile that would get larger is too close to the camera to show anything
_NEAREST = 0.02  # a tile is dropped when the camera comes this much nearer than the source's (share)
_MOST_PAIRS = 4_000_000  # worked on at once: bounds the memory


@dataclass
class _Tiles:
    """What the tiles of a depth map have of their own, whatever the camera: [H,W] each."""

    inverse: torch.Tensor  # inverse depth, 1/m; 0 where unknown
    known: torch.Tensor  # bool
    slope_x: torch.Tensor  # change of the inverse depth a pixel
    slope_y: torch.Tensor
    open_sides: (
        torch.Tensor
    )  # [4,H,W] bool: no neighbour on the same surface to the left, right, above, below


class DepthWarper:
    """Draws one source frame after the other from new poses with parallax.

    Args:
        lens: of the source; its width and height are those of every frame.
        fill: paint holes with the colours around them, the farther ones first; else a grey checkerboard.
    """

    def __init__(self, lens: Intrinsics, fill: bool = False) -> None:
        self.lens, self.fill = lens, fill
        self._turned = Warper(lens, fill=fill)
        self._rows = torch.arange(lens.height, dtype=torch.float32)[:, None] + 0.5
        self._columns = torch.arange(lens.width, dtype=torch.float32) + 0.5
        self._last: tuple[np.ndarray, _Tiles] | None = None

    def __call__(self, frame: np.ndarray, inverse: np.ndarray, pose: np.ndarray, zoom: float = 1.0) -> View:
        """One frame as seen from ``pose``.

        A camera that does not move sees the true picture whatever the depth, so it has no holes but what
        lies beyond the source's borders, even where the depth is unknown.

        Args:
            frame: uint8 [H,W,3].
            inverse: float32 [H,W], 1 / metres along z; 0 is infinitely far, NaN unknown.
            pose: [3,4] camera-to-world, OpenCV axes, metres, relative to the source camera of this frame.
            zoom: the new view's focal length over the source's.

        Raises:
            InputError: another shape or type.
        """
        check_frame(frame, self.lens)
        if inverse.shape != frame.shape[:2]:
            raise InputError(
                f"depth must be {list(frame.shape[:2])} like the frame; got {list(inverse.shape)}"
            )
        if not pose[:, 3].any():
            return self._turned.view(frame, pose, zoom)
        with one_thread(), torch.no_grad():
            return self._draw(frame, self._tiles(inverse), pose, self.lens.zoomed(zoom))

    def _tiles(self, inverse: np.ndarray) -> _Tiles:
        if self._last is None or self._last[0] is not inverse:
            self._last = (inverse, _make_tiles(inverse))
        return self._last[1]

    def _draw(self, frame: np.ndarray, tiles: _Tiles, pose: np.ndarray, target: Intrinsics) -> View:
        height, width = self.lens.height, self.lens.width
        nearest, x, y = self._z_buffer(tiles, pose, target)
        nearest, x, y = (grid.view(height, width) for grid in (nearest, x, y))
        _close_cracks(nearest, x, y)
        holes = nearest < 0
        grid = torch.stack([x * (2 / width) - 1, y * (2 / height) - 1], dim=-1)[None]
        source = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float()
        seen = F.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=False)[0]
        behind = _spread(seen, nearest, holes) if self.fill else self._turned.checker
        drawn = torch.where(holes, behind, seen)
        picture = drawn.add_(0.5).clamp_(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
        return View(picture, holes.numpy())

    def _z_buffer(
        self, tiles: _Tiles, pose: np.ndarray, target: Intrinsics
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """[H*W] each: inverse depth in the new view (-1: nothing there), and the place (x, y) in the source.

        A source pixel (u, v) with inverse depth w falls on A (u, v, 1) + w b of the new view (homogeneous),
        with A = K_T R^T K^-1 and b = -K_T R^T t; the third coordinate is the ratio of both depths.
        """
        height, width = self.lens.height, self.lens.width
        a = target.matrix @ pose[:, :3].T @ np.linalg.inv(self.lens.matrix)
        b = -target.matrix @ pose[:, :3].T @ pose[:, 3]
        seen = self._seen_tiles(tiles, a, b)
        nearest = torch.full((height * width,), -1.0)
        hits = []
        ends = torch.cumsum(seen.pairs, 0)
        start = 0
        while start < len(ends):  # as many tiles at a time as their pairs fit into memory
            before = int(ends[start - 1]) if start else 0
            end = max(int(torch.searchsorted(ends, before + _MOST_PAIRS)), start + 1)
            hits.append(_cover(seen, slice(start, end), width, nearest))
            start = end
        x, y = torch.zeros_like(nearest), torch.zeros_like(nearest)
        open_sides = tiles.open_sides.view(4, -1)
        for pixel, tile, depth, du, dv in hits:
            front = torch.nonzero(depth == nearest[pixel])[:, 0]
            pixel, place, du, dv = pixel[front], seen.place[tile[front]], du[front], dv[front]
            left, right, above, below = open_sides[:, place]
            # At the rim of a surface colours are not mixed with those of what lies behind.
            du = torch.where(torch.where(du < 0, left, right), 0.0, du)
            dv = torch.where(torch.where(dv < 0, above, below), 0.0, dv)
            x[pixel] = self._columns[place % width] + du
            y[pixel] = self._rows[:, 0][place // width] + dv
        return nearest, x, y

    def _seen_tiles(self, tiles: _Tiles, a: np.ndarray, b: np.ndarray) -> _Seen:
        height, width = self.lens.height, self.lens.width
        w = tiles.inverse
        a_list, b_list = a.tolist(), b.tolist()

        def row(k: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            """Coordinate k of a tile's centre, and its change a source pixel to the right and down."""
            centre = w * b_list[k] + a_list[k][0] * self._columns
            centre += a_list[k][1] * self._rows + a_list[k][2]
            return centre, tiles.slope_x * b_list[k] + a_list[k][0], tiles.slope_y * b_list[k] + a_list[k][1]

        ratio, ratio_x, ratio_y = row(2)
        ahead = (tiles.known & (ratio > _NEAREST)).view(-1)
        inverse_ratio = ratio.clamp_min(_NEAREST).reciprocal()
        column, x_u, x_v = row(0)
        line, y_u, y_v = row(1)
        column, line = column * inverse_ratio, line * inverse_ratio
        x_u, x_v = (x_u - column * ratio_x) * inverse_ratio, (x_v - column * ratio_y) * inverse_ratio
        y_u, y_v = (y_u - line * ratio_x) * inverse_ratio, (y_v - line * ratio_y) * inverse_ratio
        area = x_u * y_v - x_v * y_u  # not positive: a surface seen from behind
        reach_x = (x_u.abs() + x_v.abs()) * (0.5 + _OVERLAP)
        reach_y = (y_u.abs() + y_v.abs()) * (0.5 + _OVERLAP)
        first_x = torch.ceil(column - reach_x - 0.5).clamp_(0, width)
        first_y = torch.ceil(line - reach_y - 0.5).clamp_(0, height)
        across = (torch.floor(column + reach_x - 0.5).clamp_(-1, width - 1) - first_x + 1).clamp_min_(0)
        along = (torch.floor(line + reach_y - 0.5).clamp_(-1, height - 1) - first_y + 1).clamp_min_(0)
        pairs = (across * along).view(-1)
        small = (torch.maximum(reach_x, reach_y) < _LARGEST).view(-1)
        place = torch.nonzero(ahead & (area.view(-1) > 1e-6) & (pairs > 0) & small)[:, 0]

        def of(values: torch.Tensor) -> torch.Tensor:
            return values.reshape(-1)[place]

        inverse_area = of(area).reciprocal_()
        return _Seen(
            place=place,
            pairs=pairs[place].long(),
            across=of(across).int(),
            first_x=of(first_x).int(),
            first_y=of(first_y).int(),
            x=of(column),
            y=of(line),
            u_x=of(y_v) * inverse_area,
            u_y=-of(x_v) * inverse_area,
            v_x=-of(y_u) * inverse_area,
            v_y=of(x_u) * inverse_area,
            inverse=of(w),
            slope_x=of(tiles.slope_x),
            slope_y=of(tiles.slope_y),
            ratio=of(ratio),
            ratio_x=of(ratio_x),
            ratio_y=of(ratio_y),
        )


@dataclass
class _Seen:
    """Tiles in the new view, [n] each."""

    place: torch.Tensor  # in the flat source picture
    pairs: torch.Tensor  # new pixels in the tile's bounding box: across times along
    across: torch.Tensor
    first_x: torch.Tensor  # its first column and row
    first_y: torch.Tensor
    x: torch.Tensor  # centre, pixels
    y: torch.Tensor
    u_x: torch.Tensor  # source pixels to the right (u) and down (v) for a new pixel to the right and down
    u_y: torch.Tensor
    v_x: torch.Tensor
    v_y: torch.Tensor
    inverse: torch.Tensor  # inverse depth in the source view and its slopes
    slope_x: torch.Tensor
    slope_y: torch.Tensor
    ratio: torch.Tensor  # depth in the new view over depth in the source view, and its slopes
    ratio_x: torch.Tensor
    ratio_y: torch.Tensor


def _cover(seen: _Seen, part: slice, width: int, nearest: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Draw tiles into ``nearest``; returns (pixel, tile, inverse depth, du, dv) [m] of what they cover."""
    pairs = seen.pairs[part]
    tile = torch.repeat_interleave(torch.arange(len(pairs), dtype=torch.int32), pairs) + part.start
    starts = torch.cumsum(pairs, 0) - pairs
    step = (torch.arange(len(tile)) - starts[tile - part.start]).int()
    across = seen.across[tile]
    down = torch.div(step, across, rounding_mode="floor")
    column, line = seen.first_x[tile] + (step - down * across), seen.first_y[tile] + down
    dx, dy = column + 0.5 - seen.x[tile], line + 0.5 - seen.y[tile]
    du, dv = seen.u_x[tile] * dx + seen.u_y[tile] * dy, seen.v_x[tile] * dx + seen.v_y[tile] * dy
    inside = torch.nonzero(torch.maximum(du.abs(), dv.abs()) <= 0.5 + _OVERLAP)[:, 0]
    tile, du, dv = tile[inside], du[inside], dv[inside]
    pixel = (line[inside] * width + column[inside]).long()
    inverse = seen.inverse[tile] + seen.slope_x[tile] * du + seen.slope_y[tile] * dv
    ratio = seen.ratio[tile] + seen.ratio_x[tile] * du + seen.ratio_y[tile] * dv
    depth = inverse.clamp_min_(0) / ratio.clamp_min_(_NEAREST / 2)
    nearest.scatter_reduce_(0, pixel, depth, "amax")
    return pixel, tile, depth, du, dv


def _make_tiles(inverse: np.ndarray) -> _Tiles:
    known = torch.from_numpy(np.isfinite(inverse) & (inverse >= 0))
    w = torch.from_numpy(np.where(known.numpy(), inverse, 0).astype(np.float32))
    slope_x, left, right = _slopes(w, known)
    slope_y, above, below = (grid.T for grid in _slopes(w.T, known.T))
    return _Tiles(w, known, slope_x, slope_y.contiguous(), ~torch.stack([left, right, above, below]))


def _slopes(w: torch.Tensor, known: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Change of ``w`` along the columns, from neighbours on the same surface; and which sides have one."""
    step = w[:, 1:] - w[:, :-1]
    joined = known[:, 1:] & known[:, :-1] & (step.abs() <= STEEPEST * torch.maximum(w[:, 1:], w[:, :-1]))
    step = torch.where(joined, step, 0.0)
    before, after = F.pad(step, (1, 0)), F.pad(step, (0, 1))
    left, right = F.pad(joined, (1, 0)), F.pad(joined, (0, 1))
    sides = left.float() + right.float()
    return (before + after) / sides.clamp_min_(1), left, right


def _close_cracks(nearest: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> None:
    """Fill, in place, single empty pixels between two that show one surface: rounding, not a hole."""
    for axis in (0, 1):
        size = nearest.shape[axis]
        before, middle, after = (nearest.narrow(axis, start, size - 2) for start in range(3))
        one = (before - after).abs() <= 2 * STEEPEST * torch.maximum(before, after)
        crack = torch.nonzero((middle < 0) & (before >= 0) & (after >= 0) & one, as_tuple=True)
        for grid in (x, y, nearest):
            first, target, last = (grid.narrow(axis, start, size - 2) for start in range(3))
            target[crack] = (first[crack] + last[crack]) / 2


def _spread(seen: torch.Tensor, nearest: torch.Tensor, holes: torch.Tensor) -> torch.Tensor:
    """[3,H,W]: colours around the holes spread into them, far surfaces more than near ones.

    A hole shows what a near thing hid, so what is behind goes on in it. Averages over squares of 2, 4, 8 ...
    pixels stand in for pixels whose smaller square is empty.
    """
    far = torch.where(holes, 0.0, (nearest.clamp_min(1e-4)).pow(-2))
    levels = [(seen * far, far[None])]
    while max(levels[-1][1].shape[1:]) > 1:
        levels.append((_halved(levels[-1][0]), _halved(levels[-1][1])))
    colour = levels[-1][0] / levels[-1][1].clamp_min(1e-12)
    for sums, weight in levels[-2::-1]:
        size = tuple(weight.shape[1:])
        colour = F.interpolate(colour[None], size, mode="bilinear", align_corners=False)[0]
        colour = torch.where(weight > 0, sums / weight.clamp_min(1e-12), colour)
    return colour


def _halved(grid: torch.Tensor) -> torch.Tensor:
    return F.avg_pool2d(grid[None], 2, ceil_mode=True, count_include_pad=False)[0]
