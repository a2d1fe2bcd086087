"""Small pictures: a path at one look, and the axes of the programs that camera files come from."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from recam.camera.path import CameraPath
from recam.camera.plot.shapes import (
    COLOURS,
    SOURCE_COLOUR,
    SUBJECT_COLOUR,
    camera_outline,
    camera_size,
    checked_name,
    chosen_frames,
    subject_of,
)
from recam.camera.poses import FloatArray
from recam.files import atomic_file

_WIDTH, _HEIGHT, _DPI = 3.6, 2.4, 100  # 360 x 240 pixels
_SHOWN, _SHOWN_ON_THE_SPOT = 5, 3
_AROUND, _ABOVE = np.radians(28), np.radians(24)  # the onlooker stands behind to the left, and higher
# What each program's camera axes are, in words and in ours (x right, y down, z forward).
_PROGRAMS: dict[str, dict[str, tuple[str, tuple[int, int, int]]]] = {
    "recam, OpenCV, COLMAP": {
        "x": ("right", (1, 0, 0)), "y": ("down", (0, 1, 0)), "z": ("forward", (0, 0, 1))
    },
    "OpenGL, Blender, MuJoCo,\nNeRF": {
        "x": ("right", (1, 0, 0)), "y": ("up", (0, -1, 0)), "z": ("backward", (0, 0, -1))
    },
    "Unreal, MultiCamVideo\n(left-handed)": {
        "x": ("forward", (0, 0, 1)), "y": ("right", (1, 0, 0)), "z": ("up", (0, -1, 0))
    },
}  # fmt: skip
_AXIS_COLOURS = {"x": "#d62728", "y": "#2ca02c", "z": "#1f5fd6"}


def plot_small(path: CameraPath, file: str | PathLike[str]) -> None:
    """Draw ``path`` as a PNG of 360 x 240 pixels, seen at a slant from behind: right is right, up is up.

    Five cameras, dark to light in time, and the line that they follow, over a floor that shows heights. Red:
    the source's first view. Star: the point that the camera keeps looking at. There is no scale.

    Raises:
        OutputError: the name does not end in .png, or the file cannot be written.
    """
    target = checked_name(file, ".png")
    from matplotlib import colormaps

    figure, axes = _canvas(_WIDTH, _HEIGHT)
    axes.margins(0.04)
    size = 1.25 * camera_size(path)
    track, subject = path.poses.translations, subject_of(path)
    travels = np.ptp(track, axis=0).max() > 1e-3
    chosen = chosen_frames(path, _SHOWN if travels else _SHOWN_ON_THE_SPOT)
    outlines = [camera_outline(path, frame, size) for frame in chosen]
    source = camera_outline(path, None, size)
    points = np.concatenate([*outlines, source, track] + ([] if subject is None else [subject[None]]))
    floor = points[:, 1].max() + 0.25 * size
    _draw_floor(axes, points, floor, size)
    shadow = track * (1, 0, 1) + (0, floor, 0)
    axes.plot(*_seen(shadow), color="#b8b8b8", linewidth=1.6)
    _line(axes, source, SOURCE_COLOUR, linestyle="--", linewidth=1)
    axes.plot(*_seen(track), color="#777777", linewidth=1)
    for frame, outline in zip(chosen, outlines, strict=True):
        colour = colormaps[COLOURS](frame / max(path.num_frames - 1, 1))
        place, pose = track[frame], path.poses.matrices[frame]
        ahead = subject if subject is not None else place + (2.0 if travels else 3.5) * size * pose[:3, 2]
        _line(axes, np.stack([place, ahead]), colour, linestyle=":", linewidth=0.8)
        _line(axes, np.stack([place, place * (1, 0, 1) + (0, floor, 0)]), "#c8c8c8", linewidth=0.7)
        _line(axes, outline, colour, linewidth=1.4)
    if subject is not None:
        axes.plot(*_seen(subject[None]), marker="*", color=SUBJECT_COLOUR, markersize=9)
    _save(figure, target)


def plot_axes(file: str | PathLike[str]) -> None:
    """Draw the camera axes of recam, of OpenGL and Blender, and of Unreal side by side: a PNG of 960 x 320.

    Raises:
        OutputError: the name does not end in .png, or the file cannot be written.
    """
    target = checked_name(file, ".png")
    from recam.camera.poses import Poses

    figure, axes = _canvas(9.6, 3.2)
    camera = CameraPath(Poses.identity(1))
    for place, (program, names) in enumerate(_PROGRAMS.items()):
        shift = np.array([place * 4.4, 0.0])
        outline = _seen(camera_outline(camera, None, 0.9)).T + shift
        axes.plot(*outline.T, color="#555555", linewidth=1.6)
        for letter, (word, direction) in names.items():
            # Towards and away from the onlooker everything looks shorter.
            end = _seen((2.2 if direction[2] else 1.25) * np.array([direction], float)).T[0]
            style = {"arrowstyle": "-|>", "color": _AXIS_COLOURS[letter], "linewidth": 2.2, "shrinkA": 0}
            axes.annotate("", shift + end, shift, arrowprops=style)
            text = shift + end * (1 + 0.2 / np.linalg.norm(end))
            side = "right" if end[0] < -0.2 else "left" if end[0] > 0.2 else "center"
            label = {"color": _AXIS_COLOURS[letter], "fontsize": 11, "ha": side, "va": "center"}
            axes.text(*text, f"{letter} {word}", **label)
        axes.text(*(shift + (0.25, -2.2)), program, fontsize=11, ha="center", va="center")
    axes.set(xlim=(-2.0, 11.5), ylim=(-2.75, 1.75))
    _save(figure, target)


def _canvas(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI)
    FigureCanvasAgg(figure)
    axes: Any = figure.add_axes((0.02, 0.02, 0.96, 0.96))
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="datalim")
    return figure, axes


def _seen(points: FloatArray) -> FloatArray:
    """[2,n] places on the paper (right, up) of points [n,3] in the world: a parallel projection."""
    x, y, z = points.T
    right = x * np.cos(_AROUND) + z * np.sin(_AROUND)
    away = z * np.cos(_AROUND) - x * np.sin(_AROUND)
    return np.stack([right, away * np.sin(_ABOVE) - y * np.cos(_ABOVE)])


def _line(axes: Any, points: FloatArray, colour: Any, **style: Any) -> None:
    axes.plot(*_seen(points), color=colour, **style)


def _draw_floor(axes: Any, points: FloatArray, floor: float, size: float) -> None:
    low, high = points.min(axis=0) - size / 2, points.max(axis=0) + size / 2
    step = max(high[0] - low[0], high[2] - low[2]) / 6
    for across in np.arange(np.floor(low[0] / step), np.ceil(high[0] / step) + 1) * step:
        ends = [np.floor(low[2] / step) * step, np.ceil(high[2] / step) * step]
        _line(axes, np.array([[across, floor, end] for end in ends]), "#ececec", linewidth=0.8)
    for along in np.arange(np.floor(low[2] / step), np.ceil(high[2] / step) + 1) * step:
        ends = [np.floor(low[0] / step) * step, np.ceil(high[0] / step) * step]
        _line(axes, np.array([[end, floor, along] for end in ends]), "#ececec", linewidth=0.8)


def _save(figure: Any, target: Path) -> None:
    with atomic_file(target) as temporary:
        figure.savefig(temporary)
