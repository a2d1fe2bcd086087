"""A picture of how fast a camera path moves and turns, with what training covered shaded."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from recam.camera.check_limits import TRAINING, Limits
from recam.camera.check_motion import measure
from recam.camera.check_report import Report
from recam.camera.path import CameraPath
from recam.errors import OutputError
from recam.files import atomic_file, check_output_path

_COLOURS = {"error": "#d62728", "warning": "#ff7f0e"}
_CURVE, _COVERED = "#1f4e79", "#2ca02c"


def plot_check(
    path: CameraPath, report: Report, file: str | PathLike[str], limits: Limits = TRAINING
) -> None:
    """Draw speed and turn rate of ``path`` over its frames as a PNG of 1200 x 700 pixels.

    Green is what training covered; frames of warnings are shaded orange, of errors red.

    Raises:
        OutputError: the name does not end in .png, or the file cannot be written.
    """
    target = Path(file)
    if target.suffix.lower() != ".png":
        raise OutputError(target, "is not a name for a picture; end it in .png")
    check_output_path(target)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    motion, count, fps = measure(path), path.num_frames, report.fps
    figure = Figure(figsize=(12, 7), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(2, 1, sharex=True)
    frames = np.arange(1, count)
    for axes, values, limit, label in (
        (rows[0], motion.metres, limits.speed(count), "speed (m/s)"),
        (rows[1], motion.degrees, limits.turn_rate(count), "turn rate (degrees/s)"),
    ):
        most = float(values.max()) * fps if len(values) else 0.0
        axes.axhspan(0, limit * fps, color=_COVERED, alpha=0.10, label=f"training: to {limit * fps:.3g}")
        axes.plot(frames, values * fps, color=_CURVE, marker=".", markersize=4, linewidth=1.2)
        # A slow path should not be a line at the bottom of what training covered.
        axes.set(ylabel=label, xlim=(0, max(count - 1, 1)), ylim=(0, max(1.25 * most, 0.15 * limit * fps)))
        axes.grid(alpha=0.3)
    for finding in report.findings:
        if finding.frames is None or finding.level not in _COLOURS:
            continue
        first, last = finding.frames
        where = f"frame {first}" if first == last else f"frames {first}-{last}"
        for axes, label in zip(rows, (f"{finding.code}, {where}", None), strict=True):
            axes.axvspan(
                first - 0.5, last + 0.5, color=_COLOURS[finding.level], alpha=0.15, linewidth=0, label=label
            )
    for axes in rows:
        axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0), fontsize=9)
    rows[1].set_xlabel(f"frame (at {fps:g} frames/s)")
    rows[1].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(f"{path.name}: {report.verdict}")
    with atomic_file(target) as temporary:
        figure.savefig(temporary)
