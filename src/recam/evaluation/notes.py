"""What a reader of the means must know before comparing methods, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recam.evaluation.table import ClipTable, is_floor

TOLD_RATE = 0.05
"""From this failure rate on a note says what the mean leaves out."""


def reader_notes(
    table: ClipTable, methods: Mapping[str, Mapping[str, Any]], floor: Mapping[str, Any] | None
) -> list[str]:
    """Sentences on broken and failed clips, on the estimator, and on means over different clips."""
    notes = []
    if broken := int(table.broken.sum()):
        notes.append(f"{broken} of {len(table)} rows could not be scored at all and are in no mean.")
    uneven: dict[tuple[tuple[str, int], ...], list[str]] = {}
    failing: dict[tuple[str, int, int], list[str]] = {}
    for figure in table.figures:
        if is_floor(figure):
            continue
        cells = {name: entry["figures"][figure.name] for name, entry in methods.items()}
        if len({cell["count"] for cell in cells.values()}) > 1:
            counts = tuple((name, cell["count"]) for name, cell in cells.items())
            uneven.setdefault(counts, []).append(figure.name)
        for name, cell in cells.items():
            if cell["failure_rate"] and cell["failure_rate"] >= TOLD_RATE:
                tried = cell["count"] + cell["failed"]
                failing.setdefault((name, cell["failed"], tried), []).append(figure.name)
    for (method, failed, tried), names in failing.items():
        notes.append(
            f"{_few(names)} of {method}: {failed} of {tried} clips failed and are in no mean; they are often "
            "the hard ones."
        )
    unsure: dict[tuple[int, int], list[str]] = {}
    for name, cell in (floor or {"figures": {}})["figures"].items():
        if cell["failure_rate"] and cell["failure_rate"] >= TOLD_RATE:
            unsure.setdefault((cell["failed"], cell["count"] + cell["failed"]), []).append(name)
    for (failed, tried), names in unsure.items():
        notes.append(
            f"{_few(names)}: the estimator fails on {failed} of {tried} true videos, so that not every "
            "failure is a method's."
        )
    for counts, names in uneven.items():
        told = ", ".join(f"{name} {count}" for name, count in counts)
        notes.append(
            f"{_few(names)}: the methods' means are over different numbers of clips ({told}); "
            "compare them over the common subset."
        )
    repeated = [
        name
        for index, name in enumerate(table.methods)
        if name in methods and _repeats(table, index) and len(methods) > 1
    ]
    if repeated:
        notes.append(
            f"{', '.join(repeated)}: several clips for the same source and camera; the common subset counts "
            "their mean once."
        )
    return notes


def _few(names: list[str], most: int = 3) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more figures" if rest > 0 else "")


def _repeats(table: ClipTable, method: int) -> bool:
    tasks = table.task[(table.method == method) & ~table.broken]
    return len(np.unique(tasks)) < len(tasks)
