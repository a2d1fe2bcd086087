"""A path drawn from three sides: in space, from above, from the right."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from recam.camera.path import CameraPath
from recam.camera.plot.shapes import (
    COLOURS,
    SOURCE_COLOUR,
    SUBJECT_COLOUR,
    X,
    Y,
    Z,
    camera_outline,
    camera_size,
    checked_name,
    chosen_frames,
    describe,
    subject_of,
)
from recam.camera.poses import FloatArray
from recam.files import atomic_file


def plot_path(path: CameraPath, file: str | PathLike[str]) -> None:
    """Draw ``path`` as a PNG of 1500 x 625 pixels: in space, from above, from the right side. Metres.

    Down is down. Time runs from dark to light; a longer lens draws a narrower camera. The red camera is the
    first source camera, where the path's poses start from, and its arrow points up. The star is the point
    that the camera keeps looking at, where there is one nearby.

    Raises:
        OutputError: the name does not end in .png, or the file cannot be written.
    """
    target = checked_name(file, ".png")
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 6.25), dpi=100)
    FigureCanvasAgg(figure)
    space: Any = figure.add_axes((0.005, 0.03, 0.29, 0.86), projection="3d")
    above = figure.add_axes((0.415, 0.12, 0.225, 0.74))
    side = figure.add_axes((0.70, 0.12, 0.225, 0.74))
    # What each panel shows of a line in the world: matplotlib's third axis points up, ours (y) down.
    panels: list[tuple[Any, tuple[int, ...]]] = [(space, (0, 2, 1)), (above, (0, 2)), (side, (2, 1))]

    size = camera_size(path)
    chosen = chosen_frames(path)
    outlines = [camera_outline(path, frame, size) for frame in chosen]
    source = camera_outline(path, None, size)
    scale = Normalize(0, max(path.num_frames - 1, 1))
    colours = colormaps[COLOURS]
    track = path.poses.translations
    subject = subject_of(path)
    if subject is not None and np.abs(subject - track[0]).max() > 3 * np.ptp(track, axis=0).max():
        subject = None  # so far away that the path would shrink to a dot beside it
    up = np.array([[0, 0, 0], [0, -1.3 * size, 0]])
    for axes, order in panels:
        for outline, frame in zip(outlines, chosen, strict=True):
            axes.plot(*outline.T[list(order)], color=colours(scale(frame)), linewidth=1.3)
        axes.plot(
            *source.T[list(order)],
            color=SOURCE_COLOUR,
            linestyle="--",
            linewidth=1,
            label="source's first view",
        )
        if 1 in order:
            axes.plot(*up.T[list(order)], color=SOURCE_COLOUR, linewidth=1)
            axes.plot(*up[1:].T[list(order)], color=SOURCE_COLOUR, marker=6, markersize=6)
        axes.plot(*track.T[list(order)], color="#888888", linewidth=1)
        if subject is not None:
            star = {"marker": "*", "color": SUBJECT_COLOUR, "markersize": 11, "linestyle": ""}
            axes.plot(*subject[list(order), None], label="what it looks at", **star)
        points = {"c": np.arange(path.num_frames), "cmap": COLOURS, "norm": scale, "s": 8}
        axes.scatter(*track.T[list(order)], zorder=3, **points)

    shown = (
        [*outlines, source, track, up] if subject is None else [*outlines, source, track, up, subject[None]]
    )
    _frame_space(space, np.concatenate(shown))
    above.set(xlabel=X, ylabel=Z, title="From above")
    side.set(xlabel=Z, ylabel=Y, title="From the right side")
    side.invert_yaxis()
    for axes in (above, side):
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.08)
        axes.xaxis.set_major_locator(_few_ticks())
        axes.grid(alpha=0.3)
    space.legend(loc="upper left", fontsize=9)
    bar = figure.colorbar(
        ScalarMappable(norm=scale, cmap=COLOURS),
        cax=figure.add_axes((0.95, 0.17, 0.012, 0.64)),
        label="frame",
    )
    bar.set_ticks(np.unique(np.linspace(0, scale.vmax or 1, 5).round()).tolist())
    figure.suptitle(describe(path))
    with atomic_file(target) as temporary:
        figure.savefig(temporary)


def _frame_space(space: Any, points: FloatArray) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    # No side of the box may get so thin that its labels pile up.
    padding = np.maximum(0.05 * (high - low), (0.45 * (high - low).max() - (high - low)) / 2)
    low, high = low - padding, high + padding
    space.set(xlim=(low[0], high[0]), ylim=(low[2], high[2]), zlim=(high[1], low[1]))  # y grows downwards
    space.set_box_aspect((high - low)[[0, 2, 1]], zoom=0.85)
    space.set(xlabel=X, ylabel=Z, zlabel=Y, title="In space")
    space.view_init(elev=22, azim=-62)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        axis.set_major_locator(_few_ticks())
        axis.labelpad = 11


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4)
