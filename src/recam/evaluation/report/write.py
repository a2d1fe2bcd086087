"""Writing the files of a report, each whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recam.evaluation.plan import Plan
from recam.evaluation.report.markdown import markdown
from recam.evaluation.report.page import page
from recam.evaluation.report.plots import make_plots
from recam.evaluation.report.worst import choose_worst, draw, gather
from recam.evaluation.score import Record
from recam.evaluation.table import ClipTable, method_of
from recam.files import atomic_file, make_folder


def write_report(
    folder: Path,
    summary: Mapping[str, Any],
    records: Iterable[Record],
    plan: Plan,
    *,
    worst: int = 8,
    base: Path = Path(),
) -> None:
    """Write ``report.json``, ``clips.jsonl``, ``report.md``, ``index.html`` and its ``pictures/``.

    Files of an older report in ``folder`` are replaced, pictures that are no longer shown removed.

    Args:
        summary: what :func:`recam.evaluation.summary.summarise` made of ``records``.
        records: of all rows, in the manifest's order; read several times.
        worst: clips that are shown as the worst by each main figure.
        base: what the file names of records are relative to: the manifest's folder.

    Raises:
        OutputError: ``folder`` cannot be written, or the disk is full.
    """
    make_folder(folder)
    write_text(folder / "report.json", json.dumps(summary, indent=2, allow_nan=False) + "\n")
    with atomic_file(folder / "clips.jsonl") as path, path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(clip_line(record), allow_nan=False) + "\n")
    write_text(folder / "report.md", markdown(summary, plan))
    table = ClipTable.of(records, plan)
    chosen = choose_worst(table, worst)
    clips = draw(folder, base, gather(records, {row for entry in chosen for row in entry.rows}))
    plots = make_plots(table, summary, plan.figures)
    write_text(folder / "index.html", page(summary, plan, plots, chosen, clips))


def write_text(path: Path, text: str) -> None:
    """Raises:
    OutputError: the file cannot be written.
    """
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def clip_line(record: Record) -> dict[str, Any]:
    """A line of ``clips.jsonl``: all that is known of one clip."""
    found = record.found
    return {
        "id": record.id,
        "method": method_of(record),
        "preset": record.preset,
        "status": "broken" if record.reason else "scored",
        "reason": record.reason,
        "values": {name: value for entry in found.values() for name, value in entry.values.items()},
        "missing": {
            name: {"status": missing.status, "reason": missing.reason}
            for entry in found.values()
            for name, missing in entry.missing.items()
        },
        "left_out": dict(record.left_out),
        "details": {name: dict(entry.details) for name, entry in found.items() if entry.details},
        "files": dict(record.files),
    }
