"""The part of the page that shows the worst clips, each with its picture and its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.measure import Figure
from recam.evaluation.report.words import for_html, head, with_unit
from recam.evaluation.report.worst import Worst, WorstClip
from recam.evaluation.table import method_of

_SIDE = 190
"""Of each drawing of a path, pixels."""


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
        yield f"<p>{place}. <b>{for_html(with_unit(value, figure))}</b>: {label}</p>"
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
    """The found way against the asked one, from above and from behind, as SVG; "" where there is none."""
    asked, solved = _positions(details.get("asked")), _positions(details.get("solved"))
    if asked is None or solved is None:
        return ""
    both = np.concatenate([asked, solved])
    low, high = both.min(axis=0), both.max(axis=0)
    size = float((high - low).max())
    if size <= 0:
        return ""
    parts = [
        f'<svg width="{2 * _SIDE}" height="{_SIDE}" viewBox="0 0 {2 * _SIDE} {_SIDE}" role="img" '
        'font-family="sans-serif" font-size="11">',
        "<title>The camera's way: asked (grey) and found (red), brought to the same reach</title>",
    ]
    for left, name, up in ((0, "from above", 2), (_SIDE, "from behind", 1)):
        seen = [_places(way, (low + high) / 2, size, up) + (left, 0) for way in (asked, solved)]
        parts += [*_line(seen[0], "#999", 5), *_line(seen[1], "#c0392b", 2)]
        x, y = seen[0][0]
        parts.append(f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="#222"/>')
        parts.append(f'<text x="{left + 6}" y="{_SIDE - 6}" fill="#444">{name}</text>')
    parts.append(
        '<text x="6" y="14" fill="#777">asked</text><text x="42" y="14" fill="#c0392b">found</text>'
        f'<text x="{2 * _SIDE - 6}" y="14" fill="#444" text-anchor="end">{size:.2g} m across</text></svg>'
    )
    return "".join(parts)


def _places(
    way: NDArray[np.float64], middle: NDArray[np.float64], size: float, up: int
) -> NDArray[np.float64]:
    """[n,2] pixels of positions [n,3] with x to the right and axis ``up`` (2: forward, 1: down) upright."""
    seen = (way - middle) * ((_SIDE - 50) / size)
    return _SIDE / 2 + np.stack([seen[:, 0], seen[:, 1] if up == 1 else -seen[:, 2]], axis=1)


def _line(places: NDArray[np.float64], colour: str, width: int) -> list[str]:
    """A way with a dot at its end."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" '
        'stroke-linecap="round" stroke-linejoin="round"/>',
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width + 1}" fill="{colour}"/>',
    ]


def _positions(values: object) -> NDArray[np.float64] | None:
    """Positions [n,3]; None where they are none."""
    try:
        way = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        return None
    return way if way.ndim == 2 and way.shape[1:] == (3,) and len(way) and np.isfinite(way).all() else None
