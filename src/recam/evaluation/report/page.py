"""``index.html``: one page that needs no network, for people.

All that comes from other people (ids, names of methods and files, reasons) is escaped; the page allows no
script but its own, which sorts tables.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recam.evaluation.measure import Figure
from recam.evaluation.plan import Plan
from recam.evaluation.report.page_style import SCRIPT, STYLE
from recam.evaluation.report.page_worst import worst_section
from recam.evaluation.report.plots import Plot
from recam.evaluation.report.words import (
    NOTHING,
    cell_words,
    facts,
    for_html,
    head,
    number,
    percent,
    reasons,
    value_of,
)
from recam.evaluation.report.worst import Worst, WorstClip
from recam.evaluation.table import is_floor

Summary = Mapping[str, Any]


def page(
    summary: Summary,
    plan: Plan,
    plots: Sequence[Plot],
    worst: Sequence[Worst],
    clips: Mapping[int, WorstClip],
) -> str:
    """The whole of ``index.html``."""
    figures = [figure for figure in plan.figures if not is_floor(figure)]
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'"
    )
    body = [
        *_about(summary),
        *_headline(summary, figures),
        *_common(summary, figures),
        *_plots(plots),
        *_presets(summary, figures),
        *worst_section(worst, clips),
        *_skipped(summary, plan),
        *_reasons(summary, figures),
        *_broken(summary),
        *_statistics(summary, figures),
        *_definitions(plan),
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>recam scorecard</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            *_linked(body),
            f"<script>{SCRIPT}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _linked(body: Sequence[str]) -> Iterator[str]:
    """The body with a list of its parts below the title."""
    titles = [line.removeprefix("<h2>").removesuffix("</h2>") for line in body if line.startswith("<h2>")]
    yield body[0]
    links = (f'<a href="#part{number}">{title}</a>' for number, title in enumerate(titles))
    yield f"<nav>{' · '.join(links)}</nav>"
    number = 0
    for line in body[1:]:
        if line.startswith("<h2>"):
            line = f'<h2 id="part{number}">{line.removeprefix("<h2>")}'
            number += 1
        yield line


def _about(summary: Summary) -> Iterator[str]:
    clips = summary["clips"]
    yield "<h1>Scorecard</h1>"
    yield (
        f"<p>{clips['rows']} rows, {clips['scored']} scored, {clips['broken']} could not be read. "
        "Click on a head to sort by it.</p>"
    )
    known = facts(summary["about"])
    if known:
        yield "<details><summary>How it was measured</summary><dl>"
        yield from (f"<dt>{for_html(name)}</dt><dd>{for_html(value, 1000)}</dd>" for name, value in known)
        yield "</dl></details>"
    if summary["notes"]:
        yield '<div class="notes"><strong>Read before comparing</strong><ul>'
        yield from (f"<li>{for_html(note, 1000)}</li>" for note in summary["notes"])
        yield "</ul></div>"


def _headline(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    methods, floor = summary["methods"], summary["floor"]
    yield "<h2>Figures by method</h2>"
    yield (
        "<p>Mean over clips, its 95 % interval (bootstrap over sources), and the share of clips that failed "
        "of those that should have a value. A mean holds only what did not fail.</p>"
    )
    heads = [_head(for_html(name)) for name in methods]
    if floor:
        heads.append(_head("true videos<br><small>noise floor</small>"))
    rows = []
    for figure in figures:
        cells = [entry["figures"][figure.name] for entry in methods.values()]
        if all(cell["status"] == "skipped" for cell in cells):
            continue
        row = [f'<th title="{for_html(figure.about, 2000)}">{for_html(head(figure))}</th>']
        row += [_cell(cell, figure) for cell in cells]
        if floor:
            row.append(_cell(floor["figures"].get(figure.name), figure, "floor"))
        rows.append("".join(row))
    counts = [entry["clips"] for entry in methods.values()]
    broken = "".join(
        f'<td class="{"bad" if count["broken"] else ""}">{count["broken"]} of {count["rows"]}</td>'
        for count in counts
    )
    rows.append(f"<th>rows that could not be read</th>{broken}{'<td></td>' if floor else ''}")
    yield from _table([_head("figure"), *heads], rows)


def _cell(cell: Mapping[str, Any] | None, figure: Figure, kind: str = "") -> str:
    """Mean, interval and failure rate, with the rest of the statistics to be pointed at."""
    if cell is None:
        return f'<td class="{kind}">{NOTHING}</td>'
    value, rate = cell_words(cell, figure)
    lines = [f"<b>{for_html(value)}</b>"] if value else []
    if interval := cell.get("interval"):
        lines.append(f"<small>{number(interval[0], figure)} to {number(interval[1], figure)}</small>")
    if rate:
        bad = ' class="bad"' if cell.get("failed") else ""
        lines.append(f"<small{bad}>{for_html(rate)}</small>")
    if cell.get("note"):
        lines.append(f"<small>{for_html(cell['note'])}</small>")
    names = " ".join(filter(None, (kind, "" if cell["value"] is not None else "none")))
    why = "; ".join(f"{entry['clips']} x {entry['reason']}" for entry in cell.get("reasons", ()))
    return (
        f'<td class="{names}" data-value="{_sortable(cell)}" title="{for_html(why, 1000)}">'
        f"{'<br>'.join(lines)}</td>"
    )


def _sortable(cell: Mapping[str, Any]) -> str:
    return "" if cell["value"] is None else repr(cell["value"])


def _common(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    common = summary["common"]
    if common is None:
        return
    yield "<h2>Common-success subset</h2>"
    yield f"<p>{for_html(common['about'])} {common['tasks']} tasks are asked of all methods.</p>"
    rows = []
    for figure in figures:
        entry = common["figures"].get(figure.name)
        if entry and any(value is not None for value in entry["values"].values()):
            values = [entry["values"][name] for name in common["methods"]]
            cells = "".join(
                f'<td data-value="{value!r}"><b>{number(value, figure)}</b></td>' for value in values
            )
            tasks = f'<td data-value="{entry["tasks"]}">{entry["tasks"]}</td>'
            rows.append(f"<th>{for_html(head(figure))}</th>{tasks}{cells}")
    if not rows:
        yield "<p>There is no task in which every method has a value.</p>"
        return
    heads = [_head(for_html(name)) for name in common["methods"]]
    yield from _table([_head("figure"), _head("tasks"), *heads], rows)


def _plots(plots: Sequence[Plot]) -> Iterator[str]:
    if plots:
        yield "<h2>Plots</h2>"
    for plot in plots:
        data = base64.b64encode(plot.svg).decode()
        yield f"<figure><figcaption><b>{for_html(plot.title)}</b> {for_html(plot.about, 1000)}</figcaption>"
        yield f'<img alt="{for_html(plot.title)}" src="data:image/svg+xml;base64,{data}"></figure>'


def _presets(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    yield "<h2>By preset</h2>"
    for method, entry in summary["methods"].items():
        presets = entry["presets"]
        told = [figure for figure in figures if any(_tells(presets[name], figure) for name in presets)]
        if not presets or not told:
            continue
        yield f"<h3>{for_html(method)}</h3>"
        rows = []
        for name, preset in presets.items():
            clips = preset["clips"]
            broken = f'<br><small class="bad">{clips["broken"]} unread</small>' if clips["broken"] else ""
            row = [
                f"<th>{for_html(name)}</th>",
                f'<td data-value="{clips["rows"]}">{clips["rows"]}{broken}</td>',
            ]
            row += [_short(preset["figures"][figure.name], figure) for figure in told]
            rows.append("".join(row))
        heads = [_head(for_html(head(figure))) for figure in told]
        yield from _table([_head("preset"), _head("clips"), *heads], rows)


def _tells(preset: Mapping[str, Any], figure: Figure) -> bool:
    cell = preset["figures"][figure.name]
    return cell["value"] is not None or bool(cell.get("failed"))


def _short(cell: Mapping[str, Any], figure: Figure) -> str:
    text = f"<b>{for_html(value_of(cell, figure))}</b>"
    if cell.get("failed") and cell["value"] is not None:
        text += f'<br><small class="bad">failed {percent(cell["failure_rate"])}</small>'
    kind = "" if cell["value"] is not None else "none"
    return f'<td class="{kind}" data-value="{_sortable(cell)}">{text}</td>'


def _skipped(summary: Summary, plan: Plan) -> Iterator[str]:
    if not summary["skipped"]:
        return
    titles = {figure.name: figure.title for figure in plan.figures}
    yield "<h2>Not measured</h2>"
    rows = [
        f"<th>{for_html(', '.join(titles[name] for name in entry['figures']), 1000)}</th>"
        f"<td>{for_html(entry['needs'])}</td><td><code>{for_html(entry['how'])}</code></td>"
        for entry in summary["skipped"]
    ]
    yield from _table([_head("figures"), _head("need"), _head("how")], rows, "words")


def _reasons(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    rows = [
        f"<th>{for_html(why.method)}</th><td>{for_html(why.status)}</td>"
        f'<td data-value="{why.clips}">{why.clips}</td>'
        f"<td>{for_html(why.reason)}</td><td>{for_html(', '.join(why.titles), 1000)}</td>"
        for why in reasons(summary, figures)
    ]
    if rows:
        yield "<h2>Why clips have no value</h2>"
        yield "<p>The most frequent reasons; <code>clips.jsonl</code> holds those of every clip.</p>"
        heads = [_head(name) for name in ("method", "status", "clips", "reason", "figures")]
        yield from _table(heads, rows, "words")


def _broken(summary: Summary) -> Iterator[str]:
    broken = summary["broken"]
    if not broken["count"]:
        return
    yield "<h2>Rows that could not be scored</h2>"
    rows = [
        f"<th>{for_html(row['id'])}</th><td>{for_html(row['method'])}</td><td>{for_html(row['reason'])}</td>"
        for row in broken["first"]
    ]
    yield from _table([_head("id"), _head("method"), _head("reason")], rows, "words")
    if broken["count"] > len(rows):
        yield f"<p>{broken['count'] - len(rows)} more are in <code>clips.jsonl</code>.</p>"


def _statistics(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    yield "<h2>All statistics</h2>"
    columns = (
        "figure", "mean", "95 % from", "to", "median", "standard deviation", "worst", "worst clip",
        "measured", "failed", "failure rate", "undefined", "lacking",
    )  # fmt: skip
    for method, entry in summary["methods"].items():
        rows = []
        for figure in figures:
            cell = entry["figures"][figure.name]
            if "count" not in cell:
                continue
            low, high = cell["interval"] or (None, None)
            values = (cell["value"], low, high, cell["median"], cell["std"], cell["worst"])
            row = [f"<th>{for_html(head(figure))}</th>"]
            row += [f'<td data-value="{value}">{number(value, figure)}</td>' for value in values]
            row.append(f"<td>{for_html(cell['worst_id'] or NOTHING)}</td>")
            row += [f'<td data-value="{cell[name]}">{cell[name]}</td>' for name in ("count", "failed")]
            row.append(f'<td data-value="{cell["failure_rate"]}">{percent(cell["failure_rate"])}</td>')
            row += [f'<td data-value="{cell[name]}">{cell[name]}</td>' for name in ("undefined", "lacking")]
            rows.append("".join(row))
        yield f"<details><summary>{for_html(method)}</summary>"
        yield from _table([_head(name) for name in columns], rows)
        yield "</details>"


def _definitions(plan: Plan) -> Iterator[str]:
    yield "<h2>What the figures are</h2>"
    yield "<dl>"
    for figure in plan.figures:
        if not is_floor(figure):
            yield f"<dt>{for_html(head(figure))}<br><code>{for_html(figure.name)}</code></dt>"
            yield f"<dd>{for_html(figure.about, 2000)}</dd>"
    yield "</dl>"


def _head(text: str) -> str:
    return f'<th scope="col">{text}</th>'


def _table(heads: Sequence[str], rows: Sequence[str], kind: str = "") -> Iterator[str]:
    yield f'<div class="wide"><table class="{kind}"><thead><tr>{"".join(heads)}</tr></thead><tbody>'
    yield from (f"<tr>{row}</tr>" for row in rows)
    yield "</tbody></table></div>"
