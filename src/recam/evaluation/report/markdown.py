"""``report.md``: the tables of a summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recam.evaluation.measure import Figure
from recam.evaluation.plan import Plan
from recam.evaluation.report.words import (
    NOTHING,
    cell_words,
    facts,
    for_markdown,
    head,
    main_figures,
    number,
    percent,
    reasons,
    value_of,
)
from recam.evaluation.table import is_floor

Summary = Mapping[str, Any]


def markdown(summary: Summary, plan: Plan) -> str:
    """The whole of ``report.md``."""
    figures = [figure for figure in plan.figures if not is_floor(figure)]
    parts = [
        "# Scorecard\n",
        *_clips(summary),
        *_notes(summary),
        *_headline(summary, figures),
        *_common(summary, figures),
        *_presets(summary, figures),
        *_skipped(summary, plan),
        *_reasons(summary, figures),
        *_broken(summary),
        *_definitions(figures),
        *_about(summary),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _clips(summary: Summary) -> Iterator[str]:
    clips = summary["clips"]
    yield f"{clips['rows']} rows, {clips['scored']} scored, {clips['broken']} could not be read.\n"


def _notes(summary: Summary) -> Iterator[str]:
    if summary["notes"]:
        yield "**Read before comparing**\n"
        yield from (f"- {for_markdown(note, 1000)}" for note in summary["notes"])
        yield ""


def _headline(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    methods, floor = summary["methods"], summary["floor"]
    yield "## Figures\n"
    yield (
        "Mean over clips, its 95 % interval, and the share of clips that failed of those that should have a "
        "value.\n"
    )
    columns = [*map(for_markdown, methods), *(["true videos (noise floor)"] if floor else [])]
    rows = []
    for figure in figures:
        cells = [entry["figures"][figure.name] for entry in methods.values()]
        if all(cell["status"] == "skipped" for cell in cells):
            continue
        texts = [_cell(cell, figure) for cell in cells]
        if floor:
            texts.append(_cell(floor["figures"].get(figure.name), figure))
        rows.append([for_markdown(head(figure)), *texts])
    rows.append(["rows that could not be read", *_share_broken(methods), *([NOTHING] if floor else [])])
    yield from _table(["figure", *columns], rows)


def _share_broken(methods: Summary) -> list[str]:
    counts = [entry["clips"] for entry in methods.values()]
    return [f"{entry['broken']} of {entry['rows']}" for entry in counts]


def _cell(cell: Mapping[str, Any] | None, figure: Figure) -> str:
    value, rate = cell_words(cell, figure)
    if cell is None:
        return value
    if interval := cell.get("interval"):
        value += f" [{number(interval[0], figure)}, {number(interval[1], figure)}]"
    return "; ".join(filter(None, (value, rate, for_markdown(cell.get("note", "")))))


def _common(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    common = summary["common"]
    if common is None:
        return
    yield "## Common-success subset\n"
    yield f"{for_markdown(common['about'])} {common['tasks']} tasks are asked of all methods.\n"
    rows = []
    for figure in figures:
        entry = common["figures"].get(figure.name)
        if entry and any(value is not None for value in entry["values"].values()):
            values = [number(entry["values"][name], figure) for name in common["methods"]]
            rows.append([for_markdown(head(figure)), str(entry["tasks"]), *values])
    if rows:
        yield from _table(["figure", "tasks", *map(for_markdown, common["methods"])], rows)
    else:
        yield "There is no task in which every method has a value.\n"


def _presets(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    yield "## By preset\n"
    for method, entry in summary["methods"].items():
        measured = {
            name
            for preset in entry["presets"].values()
            for name, cell in preset["figures"].items()
            if cell["value"] is not None or cell.get("failed")
        }
        chosen = main_figures(tuple(figure for figure in figures if figure.name in measured))
        yield f"### {for_markdown(method)}\n"
        rows = [
            [for_markdown(name), str(preset["clips"]["rows"]), *(_short(preset, figure) for figure in chosen)]
            for name, preset in entry["presets"].items()
        ]
        yield from _table(["preset", "clips", *(for_markdown(head(figure)) for figure in chosen)], rows)


def _short(preset: Mapping[str, Any], figure: Figure) -> str:
    cell = preset["figures"][figure.name]
    text = value_of(cell, figure)
    part = cell.get("failed") and cell["value"] is not None
    return f"{text} (failed {percent(cell['failure_rate'])})" if part else text


def _skipped(summary: Summary, plan: Plan) -> Iterator[str]:
    if not summary["skipped"]:
        return
    titles = {figure.name: figure.title for figure in plan.figures}
    yield "## Not measured\n"
    rows = [
        [
            for_markdown(", ".join(titles[name] for name in entry["figures"])),
            for_markdown(entry["needs"]),
            f"`{entry['how'].replace('`', '')}`".replace("|", "\\|"),
        ]
        for entry in summary["skipped"]
    ]
    yield from _table(["figures", "need", "how"], rows)


def _reasons(summary: Summary, figures: Sequence[Figure]) -> Iterator[str]:
    rows = [
        [
            for_markdown(why.method), for_markdown(why.status), str(why.clips), for_markdown(why.reason),
            for_markdown(", ".join(why.titles), 1000),
        ]
        for why in reasons(summary, figures)
    ]  # fmt: skip
    if rows:
        yield "## Why clips have no value\n"
        yield "The most frequent reasons; `clips.jsonl` holds those of every clip.\n"
        yield from _table(["method", "status", "clips", "reason", "figures"], rows)


def _broken(summary: Summary) -> Iterator[str]:
    broken = summary["broken"]
    if not broken["count"]:
        return
    yield "## Rows that could not be scored\n"
    rows = [
        [for_markdown(row["id"]), for_markdown(row["method"]), for_markdown(row["reason"])]
        for row in broken["first"]
    ]
    yield from _table(["id", "method", "reason"], rows)
    if broken["count"] > len(rows):
        yield f"{broken['count'] - len(rows)} more are in `clips.jsonl`.\n"


def _definitions(figures: Sequence[Figure]) -> Iterator[str]:
    yield "## What the figures are\n"
    for figure in figures:
        better = "" if figure.better == "neither" else f" {figure.better.capitalize()} is better."
        about = for_markdown(figure.about, 2000)
        yield f"- **{for_markdown(figure.title)}** (`{figure.name}`): {about}{better}"
    yield ""


def _about(summary: Summary) -> Iterator[str]:
    known = facts(summary["about"])
    if known:
        yield "## How it was measured\n"
        yield from (f"- {for_markdown(name)}: {for_markdown(value)}" for name, value in known)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
