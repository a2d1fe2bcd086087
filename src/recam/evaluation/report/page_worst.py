"""The part of the page that shows the worst clips, each with its picture and its path from above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.measure import Figure
from recam.evaluation.report.words import for_html, head, number
from recam.evaluation.report.worst import Worst, WorstClip
from recam.evaluation.table import method_of

_SIDE = 220
"""Of the drawing of a path, pixels."""


def worst_section(worst: Sequence[Worst], clips: Mapping[int, WorstClip]) -> Iterator[str]:
    """Headings, labels, pictures; the same clip may be the worst by several figures."""
    if not worst:
        return
    yield "<h2>The worst clips</h2>"
    yield "<p>Methods take turns, each with its worst. Pictures of one column are of the same moment.</p>"
    for entry in worst:
        if entry.figure is None:
            yield "<h3>Failed</h3>"
        else:
            yield f"<h3>By {for_html(head(entry.figure))}</h3>"
        for place, row in enumerate(entry.rows, start=1):
            yield from _clip(place, clips[row], entry.figure)


def _clip(place: int, clip: WorstClip, figure: Figure | None) -> Iterator[str]:
    record = clip.record
    label = f"<b>{for_html(record.id)}</b>, {for_html(method_of(record))}, {for_html(record.preset)}"
    yield '<div class="clip">'
    if figure is None:
        yield f"<p>{place}. {label}: {for_html('; '.join(_failures(clip)), 600)}</p>"
    else:
        value = next(
            (found.values[figure.name] for found in record.found.values() if figure.name in found.values),
            None,
        )
        unit = f" {figure.unit}" if figure.unit else ""
        yield f"<p>{place}. <b>{number(value, figure)}{for_html(unit)}</b>, {label}</p>"
    if clip.picture:
        rows = for_html(f"rows: {', '.join(clip.shown[:-1])}; {clip.shown[-1]}")
        yield f'<img loading="lazy" alt="{rows}" title="{rows}" src="{for_html(clip.picture)}">'
    drawing = _drawing(record.found["cameras"].details if "cameras" in record.found else {})
    if drawing:
        yield drawing
    if clip.reason:
        yield f'<p><small class="bad">{for_html(clip.reason)}</small></p>'
    yield "</div>"


def _failures(clip: WorstClip) -> list[str]:
    """Reasons of a clip's failed figures, each once."""
    reasons: dict[str, None] = {}
    for found in clip.record.found.values():
        for missing in found.missing.values():
            if missing.status == "failed":
                reasons[missing.reason] = None
    return list(reasons)


def _drawing(details: Mapping[str, Any]) -> str:
    """The solved way against the asked one from above, as SVG; "" where the clip has none that moves."""
    asked, solved = _positions(details.get("asked")), _positions(details.get("solved"))
    if asked is None or solved is None:
        return ""
    points = np.concatenate([asked, solved])
    low, high = points.min(axis=0), points.max(axis=0)
    size = float((high - low).max())
    if size <= 0:
        return ""
    middle = (low + high) / 2
    scale = (_SIDE - 60) / size

    def places(way: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = (way - middle) * scale
        return np.stack([_SIDE / 2 + seen[:, 0], _SIDE / 2 - 8 - seen[:, 1]], axis=1)

    parts = [
        f'<svg width="{_SIDE}" height="{_SIDE}" viewBox="0 0 {_SIDE} {_SIDE}" role="img" '
        'font-family="sans-serif" font-size="11">',
        "<title>The camera's way from above: asked (grey) and found (red)</title>",
    ]
    for way, colour, width in ((asked, "#888", 5), (solved, "#c0392b", 2)):
        seen = places(way)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in seen)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="{width}" '
            'stroke-linecap="round" stroke-linejoin="round"/>'
        )
        x, y = seen[-1]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width + 1}" fill="{colour}"/>')
    x, y = places(asked)[0]
    parts.append(f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="#222"/>')
    parts.append('<text x="6" y="14" fill="#888">asked</text><text x="46" y="14" fill="#c0392b">found</text>')
    parts.append(f'<text x="6" y="{_SIDE - 6}" fill="#444">from above, {size:.2g} m across</text></svg>')
    return "".join(parts)


def _positions(values: object) -> NDArray[np.float64] | None:
    """[n,2] right and forward of positions [n,3]; None where they are none."""
    try:
        way = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        return None
    return way[:, [0, 2]] if way.ndim == 2 and way.shape[1:] == (3,) and np.isfinite(way).all() else None
