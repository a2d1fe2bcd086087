"""A path as a page: it turns by itself or with the mouse, and plays the camera along the path."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from recam.camera.path import CameraPath
from recam.camera.plot.shapes import (
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

_NOW_COLOUR = "#ff2fa8"
_MOVING_FRAMES = 41  # at most so many moments of the moving camera: they are what makes the page larger
_SECONDS = 3.0  # that the camera takes along the path

# Turns the view about the vertical axis until the plot is touched; a button lets it go on.
_TURNTABLE = """
var plot = document.getElementById("{plot_id}");
var turning = true, before = null;
var button = document.createElement("button");
button.style.cssText = "position:absolute;top:12px;right:90px;z-index:10;padding:4px 10px";
function say() { button.textContent = turning ? "stop turning" : "turn"; }
button.onclick = function () { turning = !turning; before = null; say(); };
plot.addEventListener("pointerdown", function (event) {
  if (event.target !== button && turning) { turning = false; say(); }
}, true);
plot.style.position = "relative";
plot.appendChild(button);
say();
function turn(now) {
  if (turning && before !== null) {
    var camera = plot.layout.scene.camera, eye = camera.eye;
    var angle = 0.3 * Math.min(now - before, 100) / 1000, c = Math.cos(angle), s = Math.sin(angle);
    var turned = {x: c * eye.x - s * eye.y, y: s * eye.x + c * eye.y, z: eye.z};
    Plotly.relayout(plot, {"scene.camera": Object.assign({}, camera, {eye: turned})});
  }
  before = now;
  window.requestAnimationFrame(turn);
}
window.requestAnimationFrame(turn);
"""


def plot_path_html(path: CameraPath, file: str | PathLike[str]) -> None:
    """Draw ``path`` as one HTML page (about 5 MB, works offline). Metres; down is down.

    It turns by itself until it is touched; then with the mouse, or on with a button. Another button and a
    slider move the camera along the path.

    Raises:
        OutputError: the name does not end in .html, or the file cannot be written.
    """
    target = checked_name(file, ".html", ".htm")
    import plotly.graph_objects as go
    from plotly.colors import sample_colorscale

    size = camera_size(path)
    figure = go.Figure()
    last = max(path.num_frames - 1, 1)
    for frame in chosen_frames(path):
        outline = camera_outline(path, frame, size)
        colour = sample_colorscale("Viridis", [frame / last])[0]
        _add_lines(figure, outline, colour, f"camera at frame {frame}")
    source = camera_outline(path, None, size)
    _add_lines(figure, source, SOURCE_COLOUR, "source's first view", dash="dash")
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
    subject = subject_of(path)
    if subject is not None:
        x, y, z = subject
        star = {"size": 5, "color": SUBJECT_COLOUR, "symbol": "diamond"}
        figure.add_scatter3d(
            x=[x], y=[z], z=[y], mode="markers", marker=star, name="what it looks at", hoverinfo="name"
        )
    _play(figure, path, 1.15 * size)
    figure.update_layout(
        title=describe(path),
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 50, "b": 0},
        scene={
            "xaxis": {"title": X},
            "yaxis": {"title": Z},
            "zaxis": {"title": Y, "autorange": "reversed"},
            "aspectmode": "data",
            "camera": {"eye": {"x": -0.9, "y": -1.7, "z": 1.0}},
        },
    )
    with atomic_file(target) as temporary:
        figure.write_html(
            temporary, include_plotlyjs=True, full_html=True, auto_play=False, post_script=_TURNTABLE
        )


def _play(figure: Any, path: CameraPath, size: float) -> None:
    """Add a camera that moves along the path, as the figure's last trace, with its buttons and slider."""
    shown = chosen_frames(path, _MOVING_FRAMES)
    _add_lines(figure, camera_outline(path, shown[0], size), _NOW_COLOUR, "the camera now", width=7)
    place = len(figure.data) - 1
    moments = []
    for frame in shown:
        x, y, z = camera_outline(path, frame, size).T
        moments.append(
            {"name": str(frame), "traces": [place], "data": [{"type": "scatter3d", "x": x, "y": z, "z": y}]}
        )
    figure.frames = moments
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    pace = {"duration": round(1000 * _SECONDS / len(shown)), "redraw": True}
    play = {**at_once, "frame": pace, "fromcurrent": True}
    steps = [{"label": str(frame), "method": "animate", "args": [[str(frame)], at_once]} for frame in shown]
    buttons = [
        {"label": "play", "method": "animate", "args": [None, play]},
        {"label": "pause", "method": "animate", "args": [[None], at_once]},
    ]
    corner = {
        "type": "buttons",
        "direction": "left",
        "x": 0.02,
        "y": 0.02,
        "xanchor": "left",
        "yanchor": "top",
    }
    figure.update_layout(
        updatemenus=[{**corner, "buttons": buttons, "showactive": False, "pad": {"t": 30}}],
        sliders=[{"steps": steps, "x": 0.16, "len": 0.8, "y": 0.02, "currentvalue": {"prefix": "frame "}}],
    )


def _add_lines(figure: Any, outline: FloatArray, colour: Any, label: str, **line: Any) -> None:
    x, y, z = outline.T
    style = {"color": colour, "width": 4, **line}
    figure.add_scatter3d(x=x, y=z, z=y, mode="lines", line=style, name=label, hoverinfo="name")
