"""How a draft's views lie on the source's picture: the zoom that hides empty borders, how much is empty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recam.camera import CameraPath, Intrinsics
from recam.draft.warp import DEFAULT_DEPTH, check_poses, plane_homography

MOST_ZOOM = 8.0  # where a view needs more to fit into the picture, next to nothing of it is left to see
_COLUMNS, _ROWS = 96, 60  # of the grid on which shares of a picture are counted
_EDGE = 1e-6  # pixels: rounding must not count as empty


def crop_zoom(path: CameraPath, lens: Intrinsics, depth: float = DEFAULT_DEPTH) -> float | None:
    """The smallest factor on all focal lengths of ``path`` that leaves no pixel of its draft empty.

    Args:
        path: as :func:`recam.draft.draft_video` takes it: frame by frame relative to the source camera.
        lens: of the source.
        depth: metres to the plane that the scene is taken for; turns do not need it.

    Returns:
        A factor from 1 on, exact to 1e-6; None where up to :data:`MOST_ZOOM` none is enough, because the
        middle of a view lies beyond the picture.

    Raises:
        InputError: a depth that is not positive, or a path through the plane.
    """
    views = _views(path, lens, depth)
    low, high = 1.0, MOST_ZOOM
    if _fits(views, lens, low):
        return low
    if not _fits(views, lens, high):
        return None
    while (
        high - low > 1e-6
    ):  # a view with a longer lens lies within that of a shorter one, so this is monotonic
        middle = (low + high) / 2
        low, high = (low, middle) if _fits(views, lens, middle) else (middle, high)
    return high


def empty_shares(path: CameraPath, lens: Intrinsics, depth: float = DEFAULT_DEPTH) -> NDArray[np.float64]:
    """[F]: share of each drafted frame (0 to 1) that the source never saw, counted on 96 x 60 points.

    Arguments and errors: those of :func:`crop_zoom`.
    """
    x = (np.arange(_COLUMNS) + 0.5) * lens.width / _COLUMNS
    y = (np.arange(_ROWS) + 0.5) * lens.height / _ROWS
    pixels = np.stack([*np.meshgrid(x, y), np.ones((_ROWS, _COLUMNS))]).reshape(3, -1)
    seen = [_inside(view @ pixels, lens, 0.0).mean() for view in _views(path, lens, depth)]
    return 1 - np.array(seen)


def _views(path: CameraPath, lens: Intrinsics, depth: float) -> NDArray[np.float64]:
    """[F,3,3]: homogeneous pixels of each new view to those of the source."""
    poses = check_poses(path.extrinsics, depth)
    return np.stack(
        [
            plane_homography(pose, lens, depth, lens.zoomed(zoom))
            for pose, zoom in zip(poses, path.zooms.tolist(), strict=True)
        ]
    )


def _fits(views: NDArray[np.float64], lens: Intrinsics, zoom: float) -> bool:
    """Whether all of every view, ``zoom`` times narrower, lies in the picture; its corners tell."""
    narrower = lens.matrix @ np.linalg.inv(lens.zoomed(zoom).matrix)
    corners = [(u, v, 1.0) for u in (0.5, lens.width - 0.5) for v in (0.5, lens.height - 0.5)]
    return bool(_inside(views @ narrower @ np.array(corners).T, lens, 0.5 - _EDGE).all())


def _inside(points: NDArray[np.float64], lens: Intrinsics, margin: float) -> NDArray[np.bool_]:
    """Whether homogeneous pixels [..., 3, n] lie ahead and at least ``margin`` pixels inside the picture."""
    x, y, ahead = np.moveaxis(points, -2, 0)
    ahead = np.where(ahead > 1e-6, ahead, np.nan)
    x, y = x / ahead, y / ahead
    return (np.minimum(x, lens.width - x) >= margin) & (np.minimum(y, lens.height - y) >= margin)
