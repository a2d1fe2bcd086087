"""A source picture with known depth seen from another camera pose: parallax, occlusion and holes.

Every source pixel is a small flat tile in space with the slope of its surface, so that tiles of one surface
join without gaps and tiles of two surfaces do not: nothing is stretched between them. Tiles are drawn into a
z-buffer of the new view; there every pixel looks up its colour at the exact place in the source picture.

Shapes: H, W the picture, which has as many tiles; m pairs of a tile and a new pixel that it may cover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from recam.camera import Intrinsics
from recam.draft.depth import STEEPEST
from recam.draft.warp import View, Warper, check_frame, one_thread
from recam.errors import InputError

_OVERLAP = 0.02  # tiles are this much larger than a pixel, so that rounding opens no cracks
_LARGEST = 48  # pixels: a tile that would get larger is too close to the camera to show anything
_STANDS = 1e-10  # metres: what rounding leaves of no move at all
_NEAREST = 0.02  # a tile is dropped when the camera comes this much nearer than the source's (share)
_LIKE = 0.2  # steps of inverse depth that differ by less than this share are of one slanted plane
_BEHIND = 1.2  # fill takes what is at most this much nearer than the farthest thing around
_HARDLY = 1e-8  # weight of what is nearer: it counts where there is nothing else in the whole picture
_EMPTY, _MISSED = -1.0, -2.0  # instead of an inverse depth: no tile; not a pixel that the tile covers
_MOST_PAIRS = 4_000_000  # worked on at once: bounds the memory


@dataclass
class _Tiles:
    """What the tiles of a depth map have of their own, whatever the camera: [H,W] each."""

    inverse: torch.Tensor  # inverse depth, 1/m; 0 where unknown
    known: torch.Tensor  # bool
    slope_x: torch.Tensor  # change of the inverse depth a pixel to the right
    slope_y: torch.Tensor  # and a pixel down
    # [4,H*W]: how far to the left (-1 or 0), right (0 or 1), above and below colours may be taken: not at all
    # where the neighbour there is on another surface.
    reach: torch.Tensor


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
        self._x = self._columns.expand(lens.height, -1).reshape(-1)
        self._y = self._rows.expand(-1, lens.width).reshape(-1)
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
        if np.abs(pose[:, 3]).max() < _STANDS:
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
        """[H*W] each: inverse depth in the new view (_EMPTY: no tile) and the place (x, y) in the source.

        A source pixel (u, v) with inverse depth w falls on A (u, v, 1) + w b of the new view (homogeneous),
        with A = K_T R^T K^-1 and b = -K_T R^T t; the third coordinate is the ratio of both depths.
        """
        height, width = self.lens.height, self.lens.width
        a = target.matrix @ pose[:, :3].T @ np.linalg.inv(self.lens.matrix)
        b = -target.matrix @ pose[:, :3].T @ pose[:, 3]
        seen = self._see(tiles, a, b)
        nearest = torch.full((height * width,), _EMPTY)
        hits = [self._hit(seen, tiles, None, seen.first_x, seen.first_y, nearest)]
        # The first pixel of every tile is done; those of tiles that may cover more are listed one by one.
        larger = torch.nonzero(seen.pairs > 1)[:, 0]
        more = seen.pairs[larger] - 1
        ends = torch.cumsum(more, 0)
        start = 0
        while start < len(larger):  # as many tiles at a time as their pairs fit into memory
            before = int(ends[start - 1]) if start else 0
            end = max(int(torch.searchsorted(ends, before + _MOST_PAIRS)), start + 1)
            part = more[start:end]
            tile = torch.repeat_interleave(larger[start:end], part)
            step = torch.arange(len(tile)) - torch.repeat_interleave(
                ends[start:end] - part - before - 1, part
            )
            across = seen.across.index_select(0, tile)
            down = torch.div(step, across, rounding_mode="floor")
            column = seen.first_x.index_select(0, tile) + (step - down * across)
            line = seen.first_y.index_select(0, tile) + down
            hits.append(self._hit(seen, tiles, tile, column, line, nearest))
            start = end
        x, y = torch.zeros_like(nearest), torch.zeros_like(nearest)
        for hit in hits:
            front = torch.nonzero(hit.depth == nearest.index_select(0, hit.pixel))[:, 0]
            pixel = hit.pixel.index_select(0, front)
            x.scatter_(0, pixel, hit.x.index_select(0, front))
            y.scatter_(0, pixel, hit.y.index_select(0, front))
        return nearest, x, y

    def _hit(
        self,
        seen: _Seen,
        tiles: _Tiles,
        tile: torch.Tensor | None,
        column: torch.Tensor,
        line: torch.Tensor,
        nearest: torch.Tensor,
    ) -> _Hits:
        """Draw one new pixel (column, line) of each of the tiles (None: of all) into ``nearest``."""

        def of(values: torch.Tensor) -> torch.Tensor:
            return values.view(-1) if tile is None else values.view(-1).index_select(0, tile)

        dx, dy = column + 0.5 - of(seen.x), line + 0.5 - of(seen.y)
        du, dv = of(seen.u_x) * dx + of(seen.u_y) * dy, of(seen.v_x) * dx + of(seen.v_y) * dy
        covers = (torch.maximum(du.abs(), dv.abs()) <= 0.5 + _OVERLAP) & (of(seen.pairs) > 0)
        inverse = of(tiles.inverse) + of(tiles.slope_x) * du
        inverse += of(tiles.slope_y) * dv
        ratio = of(seen.ratio) + of(seen.ratio_x) * du + of(seen.ratio_y) * dv
        depth = torch.where(covers, inverse.clamp_min_(0) / ratio.clamp_min_(_NEAREST / 2), _MISSED)
        pixel = torch.where(covers, line * self.lens.width + column, 0)
        nearest.scatter_reduce_(0, pixel, depth, "amax")
        # At the rim of a surface colours are not mixed with those of what lies behind.
        left, right, above, below = (of(side) for side in tiles.reach)
        x = torch.clamp(du, left, right) + of(self._x)
        y = torch.clamp(dv, above, below) + of(self._y)
        return _Hits(pixel, depth, x, y)

    def _see(self, tiles: _Tiles, a: np.ndarray, b: np.ndarray) -> _Seen:
        height, width = self.lens.height, self.lens.width
        w, slope_x, slope_y = tiles.inverse.view(-1), tiles.slope_x.view(-1), tiles.slope_y.view(-1)
        a_list, b_list = a.tolist(), b.tolist()

        def row(k: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            """Coordinate k of a tile's centre, and its change a source pixel to the right and down."""
            centre = (a_list[k][0] * self._columns + (a_list[k][1] * self._rows + a_list[k][2])).view(-1)
            centre += w * b_list[k]
            return centre, slope_x * b_list[k] + a_list[k][0], slope_y * b_list[k] + a_list[k][1]

        ratio, ratio_x, ratio_y = row(2)
        inverse_ratio = ratio.clamp_min(_NEAREST).reciprocal_()
        x, x_u, x_v = row(0)
        y, y_u, y_v = row(1)
        x, y = x.mul_(inverse_ratio), y.mul_(inverse_ratio)
        x_u, x_v = (x_u - x * ratio_x).mul_(inverse_ratio), (x_v - x * ratio_y).mul_(inverse_ratio)
        y_u, y_v = (y_u - y * ratio_x).mul_(inverse_ratio), (y_v - y * ratio_y).mul_(inverse_ratio)
        area = x_u * y_v - x_v * y_u  # not positive: a surface seen from behind
        reach_x = (x_u.abs() + x_v.abs()).mul_(0.5 + _OVERLAP)
        reach_y = (y_u.abs() + y_v.abs()).mul_(0.5 + _OVERLAP)
        usable = tiles.known.view(-1) & (ratio > _NEAREST) & (area > 1e-6)
        usable &= torch.maximum(reach_x, reach_y) < _LARGEST
        first_x, across = _span(x, reach_x, width)
        first_y, along = _span(y, reach_y, height)
        inverse_area = area.clamp_min_(1e-6).reciprocal_()
        return _Seen(
            pairs=(across * along).masked_fill_(~usable, 0),
            across=across,
            first_x=first_x,
            first_y=first_y,
            x=x,
            y=y,
            u_x=y_v.mul_(inverse_area),
            u_y=x_v.neg_().mul_(inverse_area),
            v_x=y_u.neg_().mul_(inverse_area),
            v_y=x_u.mul_(inverse_area),
            ratio=ratio,
            ratio_x=ratio_x,
            ratio_y=ratio_y,
        )


@dataclass
class _Seen:
    """The tiles in the new view, [H*W] each."""

    pairs: torch.Tensor  # int64: new pixels in the tile's bounding box; 0 where it is not seen
    across: torch.Tensor  # int64: columns of the bounding box
    first_x: torch.Tensor  # int64: its first column and row
    first_y: torch.Tensor
    x: torch.Tensor  # centre, pixels
    y: torch.Tensor
    u_x: torch.Tensor  # source pixels to the right (u) and down (v) for a new pixel to the right and down
    u_y: torch.Tensor
    v_x: torch.Tensor
    v_y: torch.Tensor
    ratio: torch.Tensor  # depth in the new view over depth in the source view, and its slopes
    ratio_x: torch.Tensor
    ratio_y: torch.Tensor


class _Hits(NamedTuple):
    """New pixels that tiles may cover, [m] each."""

    pixel: torch.Tensor  # int64, in the flat new picture
    depth: torch.Tensor  # inverse depth in the new view; _MISSED: not covered after all
    x: torch.Tensor  # place in the source picture
    y: torch.Tensor


def _span(centre: torch.Tensor, reach: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(first, count) int64 of the pixels whose centres lie within ``reach`` of ``centre``, in [0, size)."""
    first = torch.ceil(centre - reach - 0.5).clamp_(0, size)
    last = torch.floor(centre + reach - 0.5).clamp_(-1, size - 1)
    return first.long(), (last - first + 1).clamp_min_(0).long()


def _make_tiles(inverse: np.ndarray) -> _Tiles:
    known = torch.from_numpy(np.isfinite(inverse) & (inverse >= 0))
    w = torch.where(known, torch.from_numpy(inverse), 0.0)
    slope_x, left, right = _slopes(w, known, 1)
    slope_y, above, below = _slopes(w, known, 0)
    sides = ((left, -1.0), (right, 1.0), (above, -1.0), (below, 1.0))
    return _Tiles(w, known, slope_x, slope_y, torch.stack([side.view(-1) * end for side, end in sides]))


def _slopes(
    w: torch.Tensor, known: torch.Tensor, axis: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Change of ``w`` a pixel along an axis, from neighbours on one surface; and which sides have one."""
    size = w.shape[axis] - 1
    here, there = w.narrow(axis, 0, size), w.narrow(axis, 1, size)
    step = there - here
    large = step.abs()
    # One surface: a small step, or one like its neighbour's. Inverse depth is linear on planes at any angle.
    joined = large <= STEEPEST * torch.maximum(here, there)
    if size > 1:
        change = (step.narrow(axis, 1, size - 1) - step.narrow(axis, 0, size - 1)).abs_()
        alike = change <= _LIKE * torch.minimum(
            large.narrow(axis, 1, size - 1), large.narrow(axis, 0, size - 1)
        )
        joined.narrow(axis, 1, size - 1).logical_or_(alike)
        joined.narrow(axis, 0, size - 1).logical_or_(alike)
    joined &= known.narrow(axis, 0, size) & known.narrow(axis, 1, size)
    step.masked_fill_(~joined, 0)
    before, after = torch.zeros_like(known), torch.zeros_like(known)
    slope = torch.zeros_like(w)
    before.narrow(axis, 1, size).copy_(joined)
    after.narrow(axis, 0, size).copy_(joined)
    slope.narrow(axis, 1, size).add_(step)
    slope.narrow(axis, 0, size).add_(step)
    return torch.where(before & after, slope / 2, slope), before, after


def _close_cracks(nearest: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> None:
    """Fill, in place, single empty pixels between two that show one surface: rounding, not a hole."""
    height, width = nearest.shape
    flat = nearest.view(-1)
    for apart, across in ((1, True), (width, False)):
        empty = torch.nonzero(flat < 0)[:, 0]
        place = empty % width if across else empty // width
        empty = empty[(place > 0) & (place < (width if across else height) - 1)]
        before, after = flat[empty - apart], flat[empty + apart]
        one = (before - after).abs() <= 2 * STEEPEST * torch.maximum(before, after)
        crack = empty[one & (before >= 0) & (after >= 0)]
        for grid in (x.view(-1), y.view(-1), flat):
            grid[crack] = (grid[crack - apart] + grid[crack + apart]) / 2


def _spread(seen: torch.Tensor, nearest: torch.Tensor, holes: torch.Tensor) -> torch.Tensor:
    """[3,H,W]: colours around the holes spread into them, those of near things where there are no others.

    A hole shows what a near thing hid, so what is behind goes on in it. Averages over squares of 2, 4, 8 ...
    pixels stand in for pixels whose smaller square is empty.
    """
    blocks = F.max_pool2d(torch.where(holes, -torch.inf, -nearest)[None], 8, ceil_mode=True)
    farthest = F.max_pool2d(blocks, 5, 1, 2)[:, None]  # within two to three blocks of 8 pixels
    farthest = -F.interpolate(farthest, scale_factor=8.0)[0, 0, : nearest.shape[0], : nearest.shape[1]]
    far = torch.where(nearest <= _BEHIND * farthest, 1.0, _HARDLY).masked_fill_(holes, 0)
    levels = [(seen * far, far[None])]
    while max(levels[-1][1].shape[1:]) > 1:
        levels.append((_halved(levels[-1][0]), _halved(levels[-1][1])))
    colour = levels[-1][0] / levels[-1][1].clamp_min(1e-12)
    for sums, weight in levels[-2::-1]:
        size = tuple(weight.shape[1:])
        colour = F.interpolate(colour[None], size, mode="bilinear", align_corners=False)[0]
        colour = torch.where(weight > 10 * _HARDLY, sums / weight.clamp_min(1e-12), colour)
    return colour


def _halved(grid: torch.Tensor) -> torch.Tensor:
    return F.avg_pool2d(grid[None], 2, ceil_mode=True, count_include_pad=False)[0]
