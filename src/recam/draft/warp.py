"""A source picture seen from another camera pose, by geometry alone.

The scene is taken for one plane, parallel to the source's picture, ``depth`` metres in front of its camera.
A camera that only turns, or zooms, sees the true picture (its homography does not depend on depth); one that
moves sees the plane rightly and everything nearer or farther with the wrong parallax.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from recam.camera import Intrinsics
from recam.errors import InputError

DEFAULT_DEPTH = 4.0  # metres: the distance of the subject that the published presets turn around
DEFAULT_FOV_DEGREES = 50.0  # horizontal
CHECKER_SIZE = 16  # pixels of a square of the checkerboard that marks what the source never saw
CHECKER_LEVELS = (58, 74)  # its two greys, 0-255
_FILL_SHRINK = 16  # the fill is made of a picture this many times smaller, so it shows colour and no detail


def plane_homography(
    pose: np.ndarray, lens: Intrinsics, depth: float = DEFAULT_DEPTH, target: Intrinsics | None = None
) -> np.ndarray:
    """[3,3] float64 that takes homogeneous pixels of the new view to those of the source view.

    With the new camera at t, turned by R (camera-to-world, relative to the source camera), and r3 the third
    row of R, a ray d of the new view meets the plane z = depth of the source camera at
    ``[(depth - t_z) R + t r3^T] d`` up to scale; so H = K [(depth - t_z) R + t r3^T] K_T^-1 / depth, with K
    the source's lens and K_T the new view's. It is the plane-induced homography of Hartley & Zisserman,
    Multiple View Geometry, 13.1. For t = 0 it is K R K_T^-1 whatever the depth: exact for turns and zooms.
    The third coordinate of its result is positive where the ray goes towards the plane.

    Args:
        pose: [3,4] camera-to-world, OpenCV axes, metres, relative to the source camera.
        lens: of the source view.
        depth: metres from the source camera to the plane.
        target: lens of the new view; default: the source's.
    """
    rotation, position = pose[:, :3], pose[:, 3]
    rays = (depth - position[2]) * rotation + np.outer(position, rotation[2])
    return lens.matrix @ rays @ np.linalg.inv((target or lens).matrix) / depth


def check_poses(extrinsics: np.ndarray, depth: float | None = None) -> np.ndarray:
    """The poses as float64 [F,3,4], once they and the depth of the plane, if there is one, make sense.

    Raises:
        InputError: a wrong shape, a number that is not finite, a depth that is not positive, or a camera that
            goes through the plane.
    """
    if depth is not None and (not math.isfinite(depth) or depth <= 0):
        raise InputError(f"depth must be a positive number of metres; got {depth}")
    poses = np.asarray(extrinsics, np.float64)
    if poses.ndim != 3 or poses.shape[1:] != (3, 4) or len(poses) == 0:
        raise InputError(f"extrinsics must be [F, 3, 4]; got {list(poses.shape)}")
    broken = np.nonzero(~np.isfinite(poses).all((1, 2)))[0]
    if len(broken):
        raise InputError(f"the camera pose of frame {broken[0]} holds a number that is not finite")
    forward = poses[:, 2, 3]
    if depth is not None and forward.max() >= 0.95 * depth:
        raise InputError(
            f"the camera goes {forward.max():.2f} m forward (frame {int(forward.argmax())}), through the "
            f"plane at depth {depth:g} m that a draft takes the scene for; "
            f"use a depth above {forward.max() / 0.95:.2f}"
        )
    return poses


class View(NamedTuple):
    """A new view of a frame."""

    picture: np.ndarray
    """uint8 [H,W,3]"""
    holes: np.ndarray
    """bool [H,W]: pixels that the source does not show; what the picture has there is made up."""


class Warper:
    """Draws one source frame after the other from new poses; holds what all frames share.

    Args:
        lens: of the source; its width and height are those of every frame.
        depth: metres from the source camera to the plane that stands for the scene.
        fill: paint what the source never saw with its nearest colours, blurred; otherwise a grey checkerboard
            (squares of 16 pixels, levels 58 and 74) marks it.
    """

    def __init__(self, lens: Intrinsics, depth: float = DEFAULT_DEPTH, fill: bool = False) -> None:
        self.lens, self.depth, self.fill = lens, depth, fill
        height, width = lens.height, lens.width
        self._columns = torch.arange(width, dtype=torch.float32) + 0.5  # pixel centres
        self._rows = torch.arange(height, dtype=torch.float32)[:, None] + 0.5
        squares = (torch.arange(height)[:, None] // CHECKER_SIZE + torch.arange(width) // CHECKER_SIZE) % 2
        dark, light = CHECKER_LEVELS
        self.checker = torch.where(squares == 0, float(dark), float(light))[None]
        self._small = (max(1, width // _FILL_SHRINK), max(1, height // _FILL_SHRINK))

    def __call__(self, frame: np.ndarray, pose: np.ndarray, zoom: float = 1.0) -> np.ndarray:
        """One frame uint8 [H,W,3] as seen from ``pose`` [3,4] of :func:`plane_homography`, same shape.

        ``zoom`` is the new view's focal length over the source's.
        """
        return self.view(frame, pose, zoom).picture

    def view(self, frame: np.ndarray, pose: np.ndarray, zoom: float = 1.0) -> View:
        """As a call, with the holes."""
        check_frame(frame, self.lens)
        if zoom == 1 and np.array_equal(pose, np.eye(3, 4)):
            return View(frame.copy(), np.zeros(frame.shape[:2], bool))
        with one_thread():
            return self._draw(frame, pose, self.lens.zoomed(zoom))

    def _draw(self, frame: np.ndarray, pose: np.ndarray, target: Intrinsics) -> View:
        x, y, ahead = self._source_pixels(plane_homography(pose, self.lens, self.depth, target))
        grid = torch.stack([x * (2 / self.lens.width) - 1, y * (2 / self.lens.height) - 1], dim=-1)[None]
        source = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float()
        seen = F.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=False)[0]
        # How much of a new pixel lies on the source picture: falls from 1 to 0 over one pixel at its border.
        cover = _ramp(x, self.lens.width) * _ramp(y, self.lens.height) * ahead
        behind = self._surroundings(frame, grid) if self.fill else self.checker
        drawn = torch.lerp(behind.expand_as(seen), seen, cover[None])
        picture = drawn.add_(0.5).clamp_(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
        return View(picture, (cover < 0.5).numpy())

    def _source_pixels(self, homography: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(x, y, ahead), each [H,W]: places in the source picture; ahead: 0 where rays miss the plane."""
        h = homography.tolist()
        w = h[2][0] * self._columns + (h[2][1] * self._rows + h[2][2])
        ahead = (w > 1e-6).float()
        inverse = w.clamp_min(1e-6).reciprocal_()
        x = (h[0][0] * self._columns + (h[0][1] * self._rows + h[0][2])).mul_(inverse)
        y = (h[1][0] * self._columns + (h[1][1] * self._rows + h[1][2])).mul_(inverse)
        return x, y, ahead

    def _surroundings(self, frame: np.ndarray, grid: torch.Tensor) -> torch.Tensor:
        """[3,H,W]: the source's nearest colours, without detail, continued past its borders."""
        shrunk = np.array(Image.fromarray(frame).resize(self._small, Image.Resampling.BOX))
        small = torch.from_numpy(shrunk).permute(2, 0, 1)[None].float()
        padded = F.pad(small, (1, 1, 1, 1), mode="replicate")
        smooth = F.avg_pool2d(padded, 3, stride=1)
        return F.grid_sample(smooth, grid, mode="bilinear", padding_mode="border", align_corners=False)[0]


def check_frame(frame: np.ndarray, lens: Intrinsics) -> None:
    """Refuse a frame that is not uint8 [H,W,3] of the lens's size.

    Raises:
        InputError: another shape or type.
    """
    if frame.shape != (lens.height, lens.width, 3) or frame.dtype != np.uint8:
        raise InputError(
            f"frames must be uint8 [{lens.height}, {lens.width}, 3]; got {frame.dtype} {list(frame.shape)}"
        )


@contextmanager
def one_thread() -> Iterator[None]:
    """A frame is too small to share out: on a busy machine, waiting for each other costs 6 times as much."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _ramp(position: torch.Tensor, size: int) -> torch.Tensor:
    """1 inside [0, size], 0 outside, linear over the last pixel."""
    return torch.minimum(position, size - position).add_(0.5).clamp_(0, 1)
