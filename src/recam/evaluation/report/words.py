"""How figures, rates and other people's texts are written in tables."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recam.evaluation.measure import Figure

ARROWS = {"higher": "↑", "lower": "↓", "neither": ""}
NOTHING = "–"
MAIN = (
    "rotation.mean_degrees", "translation.max_norm_mean", "psnr", "ssim", "nearest_view",
    "sift.matches_per_pair", "mat_pix.mean", "fid", "fvd", "fvd_v", "clip.t", "clip.f", "clip.v",
    "vbench.flicker",
)  # fmt: skip
"""Figures that tables by preset show, where the plan has them."""


def head(figure: Figure) -> str:
    """``rotation error, mean (degrees) ↓``; the arrow stays with the last word."""
    unit = f" ({figure.unit})" if figure.unit else ""
    arrow = ARROWS[figure.better]
    return f"{figure.title}{unit}" + (f"\N{NO-BREAK SPACE}{arrow}" if arrow else "")


def number(value: float | None, figure: Figure) -> str:
    """A value with the figure's decimals; an en dash where there is none."""
    return NOTHING if value is None else f"{value:.{figure.digits}f}"


def percent(share: float | None) -> str:
    """``12.5 %``; an en dash where nothing was tried."""
    return NOTHING if share is None else f"{100 * share:.1f} %"


def with_unit(value: float | None, figure: Figure) -> str:
    """``3.79 degrees``."""
    return f"{number(value, figure)} {figure.unit}".rstrip()


def facts(about: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """What a run was, as names and values; what is within another has a name of both. Empty ones are left
    out."""
    found: list[tuple[str, str]] = []
    for name, value in about.items():
        if isinstance(value, Mapping):
            found += facts(value, f"{before}{name}, ")
        elif isinstance(value, list | tuple):
            found += [(f"{before}{name}", ", ".join(map(str, value)))] if value else []
        elif value is not None and value != "":
            found.append((f"{before}{name}", str(value)))
    return found


def cell_words(cell: Mapping[str, Any] | None, figure: Figure) -> tuple[str, str]:
    """A cell's mean or why there is none, and its failure rate (or samples); either may be empty."""
    if cell is None:
        return NOTHING, ""
    value, rate = value_of(cell, figure), rate_of(cell)
    if "samples" in cell:
        return value, rate if cell["value"] is not None or cell["left_out"] else ""
    if cell["status"] == "skipped" or rate == NOTHING:
        return value, ""
    return ("" if cell["status"] == "failed" else value), f"failed {rate}"


def value_of(cell: Mapping[str, Any] | None, figure: Figure) -> str:
    """A cell's mean, or why there is none."""
    if cell is None:
        return NOTHING
    return cell["status"] if cell["value"] is None else number(cell["value"], figure)


def rate_of(cell: Mapping[str, Any] | None) -> str:
    """A cell's failure rate and how many clips were tried; of many clips together, the samples."""
    if cell is None or cell["status"] == "skipped":
        return NOTHING
    if "samples" in cell:
        left_out = f", {cell['left_out']} clips left out" if cell["left_out"] else ""
        return f"{cell['samples']} samples{left_out}"
    tried = cell["count"] + cell["failed"]
    return f"{percent(cell['failure_rate'])} of {tried}" if tried else NOTHING


def plain(text: object, most: int = 300) -> str:
    """Other people's text as one line that a page and a file can hold: what is not printable, such as
    controls and turns of direction, is replaced."""
    line = " ".join(re.split(r"[ \t\r\n]+", str(text).strip()))
    line = "".join(char if char.isprintable() or char == "\xa0" else "\ufffd" for char in line)
    return line if len(line) <= most else line[: most - 1] + "…"


def for_html(text: object, most: int = 300) -> str:
    """``text`` for the inside of an element or of a quoted attribute."""
    return html.escape(plain(text, most))


def for_markdown(text: object, most: int = 300) -> str:
    """``text`` for a cell of a table: neither marks nor tags in it have any effect."""
    line = html.escape(plain(text, most), quote=False)
    return "".join(f"\\{char}" if char in "\\`*_[]|~$" else char for char in line)


def main_figures(figures: tuple[Figure, ...], most: int = 8) -> list[Figure]:
    """The figures that stand for all where there is room for a few only, in their usual order."""
    by_name = {figure.name: figure for figure in figures}
    chosen = [by_name[name] for name in MAIN if name in by_name]
    return chosen[:most] if chosen else [f for f in figures if f.better != "neither"][:most]


@dataclass(frozen=True)
class Why:
    """Why some clips of a method have no value, for the figures of which that is equally true."""

    method: str
    status: str
    reason: str
    clips: int
    titles: list[str]


def reasons(summary: Mapping[str, Any], figures: Sequence[Figure]) -> list[Why]:
    """The reasons that the summary gives, each once for all figures; failures first."""
    found: dict[tuple[str, str, str, int], list[str]] = {}
    for method, entry in summary["methods"].items():
        for figure in figures:
            for why in entry["figures"][figure.name].get("reasons", ()):
                key = (method, why["status"], why["reason"], why["clips"])
                found.setdefault(key, []).append(figure.title)
    order = {"failed": 0, "left out": 1, "undefined": 2, "lacking": 3}
    grouped = [Why(*key, titles) for key, titles in found.items()]
    return sorted(grouped, key=lambda why: order[why.status])
