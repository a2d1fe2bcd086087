"""Plots of a run as SVG: equal records give equal bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.measure import Figure
from recam.evaluation.report.words import ARROWS, cell_words, head, main_figures, plain, value_of
from recam.evaluation.table import FAILED, MEASURED, NO_METHOD, ClipTable, is_floor

SPREAD = ("rotation.mean_degrees", "translation.max_norm_mean", "psnr")
"""Figures whose distributions are shown by preset."""
_COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#8c6d31", "#7b4173",
)  # fmt: skip
"""Okabe and Ito's, told apart by the colour-blind, and a few more."""
_MARKS = "os^Dv*PX<>"
_MOST_VECTORS = 1000
"""Points that are drawn as lines; more become a picture."""
_GREY = "#666666"


@dataclass(frozen=True)
class Plot:
    title: str
    about: str
    svg: bytes


def make_plots(table: ClipTable, summary: Mapping[str, Any], figures: Sequence[Figure]) -> list[Plot]:
    """Means with failure rates, distributions by preset, and rotation against translation errors.

    Args:
        figures: of clips and of many clips together, in the report's order.
    """
    import matplotlib
    import matplotlib.style

    methods = [index for index, name in enumerate(table.methods) if name != NO_METHOD]
    tried = tuple(figure for figure in figures if _tried(summary, figure))
    if not tried or not methods:
        return []
    shown = (figure for figure in table.figures if not is_floor(figure))
    figures = tuple(figure for figure in shown if (table.status[figure.name] == MEASURED).any())
    by_name = {figure.name: figure for figure in figures}
    spread = [by_name[name] for name in SPREAD if name in by_name] or main_figures(figures, 2)
    plots = []
    with matplotlib.style.context("default"), matplotlib.rc_context(_settings()), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # signs that the font lacks are drawn as boxes
        plots.append(_means(table, summary, main_figures(tried), methods))
        if table.presets:
            plots += [_by_preset(table, figure, methods) for figure in spread]
        rotation, translation = by_name.get(SPREAD[0]), by_name.get(SPREAD[1])
        if rotation and translation:
            plots.append(_against(table, rotation, translation, methods))
    return plots


def _settings() -> Any:
    return {
        "svg.hashsalt": "recam", "font.family": "DejaVu Sans", "font.size": 9, "axes.titlesize": 9,
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    }  # fmt: skip


def _means(
    table: ClipTable, summary: Mapping[str, Any], figures: Sequence[Figure], methods: Sequence[int]
) -> Plot:
    columns = min(2, len(figures))
    rows = -(-len(figures) // columns)
    shown = _canvas(10, rows * (0.75 + 0.28 * len(methods)))
    grid = np.atleast_1d(shown.subplots(rows, columns, squeeze=False)).ravel()
    for axes, figure in zip(grid, figures, strict=False):
        _bars(axes, table, summary, figure, methods)
    for axes in grid[len(figures) :]:
        axes.set_visible(False)
    return Plot(
        "Means by method",
        "Bars: mean over clips; lines: its 95 % interval (bootstrap over sources); beside them the share of "
        "clips that failed, which no mean holds.",
        _svg(shown),
    )


def _bars(
    axes: Any, table: ClipTable, summary: Mapping[str, Any], figure: Figure, methods: Sequence[int]
) -> None:
    places = np.arange(len(methods))[::-1]
    cells = [summary["methods"][table.methods[index]]["figures"][figure.name] for index in methods]
    most = max(
        (abs(end) for cell in cells for end in (cell.get("interval") or [cell["value"] or 0])), default=0
    )
    for place, index, cell in zip(places, methods, cells, strict=True):
        value, interval = cell["value"], cell.get("interval")
        if value is not None:
            axes.barh(place, value, height=0.7, color=_colour(index), alpha=0.75)
        if interval:
            axes.plot(interval, [place, place], color="black", linewidth=1.2, solid_capstyle="butt")
        end = max(0.0, value or 0.0, *(interval or ()))
        text = (
            "  ".join(filter(None, cell_words(cell, figure)))
            if cell.get("failed")
            else value_of(cell, figure)
        )
        axes.text(end + 0.02 * (most or 1), place, text, va="center", fontsize=8)
    axes.set_yticks(places, [_label(table.methods[index]) for index in methods])
    axes.set_title(_label(head(figure), 60), loc="left")
    axes.set_xlim(left=min(0, axes.get_xlim()[0]), right=1.55 * (most or 1))
    axes.set_ylim(-0.6, len(methods) - 0.4)
    axes.xaxis.set_major_locator(_few_ticks())
    axes.grid(axis="x", color="#e5e5e5")


def _by_preset(table: ClipTable, figure: Figure, methods: Sequence[int]) -> Plot:
    """A band for each preset, in it a line for each method."""
    step, gap = 0.17, 0.16
    band = step * len(methods) + gap
    shown = _canvas(10, 1.1 + 0.3 * -(-len(methods) // 4) + band * len(table.presets))
    axes = shown.add_subplot()
    values, measured = table.values[figure.name], table.status[figure.name] == MEASURED
    centres = []
    for number_of, _ in enumerate(table.presets):
        top = -band * number_of
        centres.append(top - (band - gap - step) / 2)
        if number_of % 2:
            axes.axhspan(
                top - band + gap / 2 + step / 2, top + gap / 2 + step / 2, color="#f4f4f4", linewidth=0
            )
        if not (table.status[figure.name][table.preset == number_of] <= FAILED).any():
            axes.annotate(
                "no clip has a value", (0.01, centres[-1]), xycoords=axes.get_yaxis_transform(), fontsize=7,
                va="center", color=_GREY,
            )  # fmt: skip
        for line, index in enumerate(methods):
            chosen = measured & (table.preset == number_of) & (table.method == index)
            _spread(axes, values[chosen], top - step * line, index)
            mine = (table.preset == number_of) & (table.method == index)
            failed = int((mine & (table.status[figure.name] == FAILED)).sum())
            if failed:
                axes.annotate(
                    f"{failed} of {failed + int(chosen.sum())} failed", (1.01, top - step * line),
                    xycoords=axes.get_yaxis_transform(), fontsize=7, va="center", color=_colour(index),
                    annotation_clip=False,
                )  # fmt: skip
    axes.set_yticks(centres, [_label(name) for name in table.presets])
    axes.set_ylim(-band * len(table.presets) + gap / 2 + step / 2, gap / 2 + step / 2)
    axes.tick_params(axis="y", length=0)
    _fit_scale(axes.xaxis, values[measured])
    axes.set_xlabel(_label(head(figure), 80))
    axes.grid(axis="x", color="#dddddd")
    _legend(shown, table, methods)
    return Plot(
        f"{figure.title} by preset",
        "Of each method: dots are clips, the thick line spans their middle half, the tick is the median, "
        f"the large mark the mean; at the right, how many of how many clips failed. {_better(figure)}",
        _svg(shown),
    )


def _spread(axes: Any, values: NDArray[np.float64], place: float, method: int) -> None:
    if not len(values):
        return
    colour, mark = _colour(method), _MARKS[method % len(_MARKS)]
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    axes.plot(
        values, np.full(len(values), place), ".", color=colour, alpha=0.5, markersize=4.5, markeredgewidth=0,
        rasterized=len(values) > 100,
    )  # fmt: skip
    axes.plot([low, high], [place, place], color=colour, linewidth=3, alpha=0.6, solid_capstyle="butt")
    axes.plot([median], [place], "|", color=colour, markersize=9, markeredgewidth=1.6)
    axes.plot([values.mean()], [place], mark, color=colour, markersize=5, markeredgecolor="white")


def _against(table: ClipTable, first: Figure, second: Figure, methods: Sequence[int]) -> Plot:
    shown = _canvas(7.5, 5.5)
    axes = shown.add_subplot()
    both = (table.status[first.name] == MEASURED) & (table.status[second.name] == MEASURED)
    for index in methods:
        chosen = both & (table.method == index)
        axes.plot(
            table.values[first.name][chosen], table.values[second.name][chosen], _MARKS[index % len(_MARKS)],
            color=_colour(index), alpha=0.6, markersize=7 if _MARKS[index % len(_MARKS)] == "*" else 5,
            markeredgecolor="white", markeredgewidth=0.4,
            rasterized=int(both.sum()) > _MOST_VECTORS,
        )  # fmt: skip
    _fit_scale(axes.xaxis, table.values[first.name][both])
    _fit_scale(axes.yaxis, table.values[second.name][both])
    axes.set_xlabel(_label(head(first), 80))
    axes.set_ylabel(_label(head(second), 80))
    axes.grid(color="#e5e5e5")
    _legend(shown, table, methods)
    return Plot(
        f"{first.title} against {second.title}",
        f"A mark for each of the {int(both.sum())} clips that have both; the lower left is best.",
        _svg(shown),
    )


def _tried(summary: Mapping[str, Any], figure: Figure) -> bool:
    """Whether a method has a value of the figure, or failed to have one."""
    cells = (entry["figures"].get(figure.name, {}) for entry in summary["methods"].values())
    return any(cell.get("value") is not None or cell.get("failed") for cell in cells)


def _fit_scale(axis: Any, values: NDArray[np.float64]) -> None:
    """Logarithmic, but for a stretch from zero on, where values span so much that nothing else shows them."""
    above = values[values > 1e-6]
    if len(above) < 2 or values.min() < 0:
        return
    low, high = np.quantile(above, (0.05, 0.95))
    if high / low > 30:
        start = 10.0 ** np.floor(np.log10(low))
        getattr(axis.axes, f"set_{axis.axis_name}scale")("symlog", linthresh=start, linscale=0.4)
        bottom, top = -0.15 * start, float(values.max()) * 1.4
        axis.axes.set(**{f"{axis.axis_name}lim": (bottom, top)})


def _better(figure: Figure) -> str:
    return (
        ""
        if figure.better == "neither"
        else f"{figure.better.capitalize()} {ARROWS[figure.better]} is better."
    )


def _colour(method: int) -> str:
    return _COLOURS[method % len(_COLOURS)]


def _label(text: str, most: int = 28) -> str:
    """Other people's text on a plot: a dollar would begin a formula, an underscore keep it off a legend."""
    text = plain(text, most).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def _legend(shown: Any, table: ClipTable, methods: Sequence[int]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=_colour(index), marker=_MARKS[index % len(_MARKS)], linewidth=3, markersize=6)
        for index in methods
    ]
    labels = [_label(table.methods[index]) for index in methods]
    shown.legend(handles, labels, loc="outside upper left", ncols=4, frameon=False)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)


def _canvas(width: float, height: float) -> Any:
    from matplotlib.figure import Figure as Canvas

    return Canvas(figsize=(width, height), dpi=100, layout="constrained")


def _svg(shown: Any) -> bytes:
    file = io.BytesIO()
    shown.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()
