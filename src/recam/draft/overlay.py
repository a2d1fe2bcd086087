"""Where a path's views lie on the source's picture: their frames drawn over it, and beyond it."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from recam.camera import CameraPath, Intrinsics
from recam.camera.plot import describe
from recam.draft.warp import DEFAULT_DEPTH, check_frame, check_poses, plane_homography
from recam.errors import OutputError
from recam.files import atomic_file, check_output_path

_SHOWN = 6  # views whose frames are drawn; the trails of their corners are drawn for all
_REACH = 1.0  # the canvas goes at most so many widths and heights beyond the picture
_EDGE_POINTS = 24  # of one side of a view: where it passes the camera's own plane it is cut off


def view_frames(
    path: CameraPath, lens: Intrinsics, depth: float = DEFAULT_DEPTH, points: int = 1
) -> np.ndarray:
    """[F, 4 * points, 2]: the border of every view in pixels of the source's first picture; NaN where it is
    not ahead of the source camera.

    Args:
        path: its views, with their zooms.
        lens: of the source.
        depth: metres to the plane on which views that move are compared; turns and zooms do not need it.
        points: of each side, its first corner among them: clockwise from the upper left one.

    Raises:
        InputError: a depth that is not positive, or a path through the plane.
    """
    poses = check_poses(path.extrinsics, depth)
    share = np.arange(points) / points
    across, along = lens.width * share, lens.height * share
    ones = np.ones(points)
    sides = [(across, 0 * ones), (lens.width * ones, along), (lens.width - across, lens.height * ones)]
    sides.append((0 * ones, lens.height - along))
    border = np.concatenate([np.stack([x, y, ones], axis=1) for x, y in sides])
    drawn = np.empty((len(poses), len(border), 2))
    for frame, (pose, zoom) in enumerate(zip(poses, path.zooms, strict=True)):
        seen = border @ plane_homography(pose, lens, depth, lens.zoomed(zoom)).T
        ahead = seen[:, 2:] > 1e-3
        drawn[frame] = np.where(ahead, seen[:, :2] / np.where(ahead, seen[:, 2:], 1), np.nan)
    return drawn


def draw_overlay(
    path: CameraPath,
    picture: np.ndarray,
    file: str | PathLike[str],
    lens: Intrinsics,
    depth: float = DEFAULT_DEPTH,
) -> None:
    """Draw the frames of the path's views over the source's first picture, as a PNG about 1100 pixels wide.

    Time runs from dark to light; thin lines are the ways of the four corners. What lies beyond the picture's
    red border was never filmed: a draft has a hole there, a model makes it up.

    Args:
        picture: uint8 [H,W,3], the source's first frame.
        lens: of the source, of the picture's size.
        depth: metres to the plane that the scene is taken for.

    Raises:
        InputError: sizes that do not fit, a depth that is not positive, or a path through the plane.
        OutputError: the name does not end in .png, or the file cannot be written.
    """
    target = check_output_path(file)
    if target.suffix.lower() != ".png":
        raise OutputError(target, "a picture of this kind is written to a name ending in .png")
    check_frame(picture, lens)
    borders = view_frames(path, lens, depth, _EDGE_POINTS)
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    width, height = lens.width, lens.height
    low, high = _canvas(borders, width, height)
    tall = float(np.clip(9.6 * (high[1] - low[1]) / (high[0] - low[0]), 3, 12))
    figure = Figure(figsize=(11, tall + 0.9), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot(facecolor="#e9e9e9")
    axes.imshow(picture, extent=(0, width, height, 0), interpolation="antialiased")
    axes.plot(
        [0, width, width, 0, 0], [0, 0, height, height, 0], color="#d62728", linestyle="--", linewidth=1
    )
    scale = Normalize(0, max(path.num_frames - 1, 1))
    colours = colormaps["viridis"]
    corners = borders[:, ::_EDGE_POINTS]
    for corner in range(4):
        axes.plot(*corners[:, corner].T, color="black", linewidth=2.2, alpha=0.35)
        axes.plot(*corners[:, corner].T, color="white", linewidth=1)
    chosen = sorted({round(frame) for frame in np.linspace(0, path.num_frames - 1, _SHOWN)})
    for frame in chosen:
        outline = np.concatenate([borders[frame], borders[frame, :1]])
        axes.plot(*outline.T, color="black", linewidth=3.4, alpha=0.4)
        axes.plot(*outline.T, color=colours(scale(frame)), linewidth=2)
    axes.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), xticks=[], yticks=[])
    where = f", on a wall {depth:g} m away" if path.translation_length() > 1e-6 else ""
    axes.set_title(f"{describe(path)}{where}", fontsize=11)
    figure.colorbar(ScalarMappable(norm=scale, cmap="viridis"), ax=axes, label="frame", shrink=0.8, pad=0.01)
    with atomic_file(target) as temporary:
        figure.savefig(temporary)


def _canvas(borders: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners (x, y) of what is shown: picture and views with a rim, within bounds."""
    size = np.array([width, height], float)
    points = borders[np.isfinite(borders).all(axis=-1)]
    points = np.concatenate([points, [(0, 0), size]])
    low, high = (
        np.maximum(points.min(axis=0), -_REACH * size),
        np.minimum(points.max(axis=0), (1 + _REACH) * size),
    )
    rim = 0.03 * size.max()
    return low - rim, high + rim
