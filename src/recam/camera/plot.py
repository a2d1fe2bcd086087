"""Pictures of a camera path: a still from three sides, and a page to turn with the mouse.

The plotting libraries take a second to load, so they are imported when a picture is made.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from recam.camera.intrinsics import Intrinsics
from recam.camera.path import CameraPath
from recam.camera.poses import FloatArray
from recam.errors import OutputError
from recam.files import atomic_file, check_output_path

# What is drawn for a path without a lens: widescreen, about the angle of view of the published 24 mm lens.
_DEFAULT_LENS = Intrinsics.from_fov_degrees(53, 832, 480)
_SHOWN_CAMERAS = 9
_COLOURS = "viridis"
_SOURCE_COLOUR = "#d62728"
_X, _Y, _Z = "x right (m)", "y down (m)", "z forward (m)"


def plot_path(path: CameraPath, file: str | PathLike[str]) -> None:
    """Draw ``path`` as a PNG of 1500 x 625 pixels: in space, from above, from the right side. Metres.

    Down is down. Time runs from dark to light. The red camera is the first source camera, where the path's
    poses start from.

    Raises:
        OutputError: the name does not end in .png, or the file cannot be written.
    """
    target = _checked(file, ".png")
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

    size = _frustum_size(path)
    chosen = _chosen_frames(path)
    outlines = [_outline(path, matrix, size) for matrix in path.poses.matrices[chosen]]
    source = _outline(path, np.eye(4), size)
    scale = Normalize(0, max(path.num_frames - 1, 1))
    colours = colormaps[_COLOURS]
    track = path.poses.translations
    for axes, order in panels:
        for outline, frame in zip(outlines, chosen, strict=True):
            axes.plot(*outline.T[list(order)], color=colours(scale(frame)), linewidth=1.3)
        axes.plot(
            *source.T[list(order)],
            color=_SOURCE_COLOUR,
            linestyle="--",
            linewidth=1,
            label="source's first view",
        )
        axes.plot(*track.T[list(order)], color="#888888", linewidth=1)
        points = {"c": np.arange(path.num_frames), "cmap": _COLOURS, "norm": scale, "s": 8}
        axes.scatter(*track.T[list(order)], zorder=3, **points)

    _frame_space(space, np.concatenate([*outlines, source, track]))
    above.set(xlabel=_X, ylabel=_Z, title="From above")
    side.set(xlabel=_Z, ylabel=_Y, title="From the right side")
    side.invert_yaxis()
    for axes in (above, side):
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.08)
        axes.xaxis.set_major_locator(_few_ticks())
        axes.grid(alpha=0.3)
    space.legend(loc="upper left", fontsize=9)
    bar = figure.colorbar(
        ScalarMappable(norm=scale, cmap=_COLOURS),
        cax=figure.add_axes((0.95, 0.17, 0.012, 0.64)),
        label="frame",
    )
    bar.set_ticks(np.unique(np.linspace(0, scale.vmax or 1, 5).round()).tolist())
    figure.suptitle(describe(path))
    with atomic_file(target) as temporary:
        figure.savefig(temporary)


def plot_path_html(path: CameraPath, file: str | PathLike[str]) -> None:
    """Draw ``path`` as one HTML page (about 5 MB, works offline) that turns with the mouse. Metres; down
    is down.

    Raises:
        OutputError: the name does not end in .html, or the file cannot be written.
    """
    target = _checked(file, ".html", ".htm")
    import plotly.graph_objects as go
    from plotly.colors import sample_colorscale

    size = _frustum_size(path)
    figure = go.Figure()
    last = max(path.num_frames - 1, 1)
    for frame in _chosen_frames(path):
        outline = _outline(path, path.poses.matrices[frame], size)
        colour = sample_colorscale("Viridis", [frame / last])[0]
        _add_lines(figure, outline, colour, f"camera at frame {frame}")
    source = _outline(path, np.eye(4), size)
    _add_lines(figure, source, _SOURCE_COLOUR, "source's first view", dash="dash")
    x, y, z = path.poses.translations.T
    turns = path.poses.rotation_angle_degrees()
    figure.add_scatter3d(
        x=x,
        y=z,
        z=y,
        mode="lines+markers",
        line={"color": "#888888", "width": 3},
        marker={
            "size": 3,
            "color": np.arange(path.num_frames),
            "colorscale": "Viridis",
            "cmin": 0,
            "cmax": last,
            "colorbar": {"title": "frame"},
        },
        customdata=np.stack([np.arange(path.num_frames), turns], axis=1),
        hovertemplate="frame %{customdata[0]}<br>x %{x:.3f} m, y %{z:.3f} m, z %{y:.3f} m"
        "<br>turned %{customdata[1]:.2f}°<extra></extra>",
    )
    figure.update_layout(
        title=describe(path),
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 50, "b": 0},
        scene={
            "xaxis": {"title": _X},
            "yaxis": {"title": _Z},
            "zaxis": {"title": _Y, "autorange": "reversed"},
            "aspectmode": "data",
            "camera": {"eye": {"x": -0.9, "y": -1.7, "z": 1.0}},
        },
    )
    with atomic_file(target) as temporary:
        figure.write_html(temporary, include_plotlyjs=True, full_html=True)


def describe(path: CameraPath) -> str:
    """The path in one line, e.g. ``arc-left: 81 frames, travels 2.06 m, turns up to 29.8°``."""
    frames = "1 frame" if path.num_frames == 1 else f"{path.num_frames} frames"
    travel, turn = path.translation_length(), path.max_rotation_degrees()
    return f"{path.name}: {frames}, travels {travel:.2f} m, turns up to {turn:.1f}°"


def _checked(file: str | PathLike[str], *suffixes: str) -> Path:
    target = check_output_path(file)
    if target.suffix.lower() not in suffixes:
        raise OutputError(target, f"a picture of this kind is written to a name ending in {suffixes[0]}")
    return target


def _frustum_size(path: CameraPath) -> float:
    """Depth of a drawn camera, metres: small beside the path, visible for one that does not travel."""
    extent = float(np.ptp(path.poses.translations, axis=0).max())
    reach = float(np.abs(path.poses.translations).max())
    span = max(extent, 0.35 * reach)
    return 0.18 * span if span > 1e-3 else 0.5


def _chosen_frames(path: CameraPath) -> list[int]:
    count = min(path.num_frames, _SHOWN_CAMERAS)
    return [int(frame) for frame in np.linspace(0, path.num_frames - 1, count).round()]


def _outline(path: CameraPath, pose: FloatArray, depth: float) -> FloatArray:
    """One line [n,3] in the world that draws the camera: a pyramid with a flag on its upper side."""
    lens = path.intrinsics or _DEFAULT_LENS
    left, right = -lens.cx / lens.fx, (lens.width - lens.cx) / lens.fx
    top, bottom = -lens.cy / lens.fy, (lens.height - lens.cy) / lens.fy
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    a, b, c, d = np.concatenate([corners, np.ones((4, 1))], axis=1) * depth
    flag = np.array([(left + right) / 2, top - 0.35 * (bottom - top), 1.0]) * depth
    eye = np.zeros(3)
    line = np.stack([eye, a, flag, b, eye, c, b, a, d, c, d, eye])
    return line @ pose[:3, :3].T + pose[:3, 3]


def _frame_space(space: Any, points: FloatArray) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    # No side of the box may get so thin that its labels pile up.
    padding = np.maximum(0.05 * (high - low), (0.45 * (high - low).max() - (high - low)) / 2)
    low, high = low - padding, high + padding
    space.set(xlim=(low[0], high[0]), ylim=(low[2], high[2]), zlim=(high[1], low[1]))  # y grows downwards
    space.set_box_aspect((high - low)[[0, 2, 1]], zoom=0.85)
    space.set(xlabel=_X, ylabel=_Z, zlabel=_Y, title="In space")
    space.view_init(elev=22, azim=-62)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        axis.set_major_locator(_few_ticks())
        axis.labelpad = 11


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4)


def _add_lines(figure: Any, outline: FloatArray, colour: Any, label: str, **line: Any) -> None:
    x, y, z = outline.T
    figure.add_scatter3d(
        x=x, y=z, z=y, mode="lines", line={"color": colour, "width": 4, **line}, name=label, hoverinfo="name"
    )
