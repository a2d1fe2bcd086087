"""What methods have in common: figures over the tasks in which every method has a value.

A method that fails on the hard clips looks better than one that does not, so that means over different
clips must not be compared. A task is a source with a camera; over several clips of one method for one task
the mean counts once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.table import MEASURED, NO_METHOD, ClipTable, is_floor

ABOUT = (
    "Means over the tasks (a source and a camera) in which every method has a value: all over the same "
    "tasks. A method without a single value of a figure is left out of that figure."
)


def common_success(table: ClipTable) -> dict[str, Any] | None:
    """The part ``common`` of the summary; None where there are not two methods."""
    methods = [index for index, name in enumerate(table.methods) if name != NO_METHOD]
    if len(methods) < 2:
        return None
    asked = [set(table.task[table.method == index].tolist()) for index in methods]
    figures = {}
    for figure in table.figures:
        if is_floor(figure):
            continue
        by_task = [_by_task(table, index, figure.name) for index in methods]
        known = [set(values) for values in by_task if values]
        tasks = sorted(set.intersection(*known)) if len(known) > 1 else []
        means = [
            math.fsum(values[task] for task in tasks) / len(tasks) if tasks and values else None
            for values in by_task
        ]
        figures[figure.name] = {
            "tasks": len(tasks),
            "values": {table.methods[index]: mean for index, mean in zip(methods, means, strict=True)},
        }
    return {
        "about": ABOUT,
        "methods": [table.methods[index] for index in methods],
        "tasks": len(set.intersection(*asked)),
        "figures": figures,
    }


def _by_task(table: ClipTable, method: int, figure: str) -> dict[int, float]:
    """The mean of a method's values, by task."""
    chosen: NDArray[np.bool_] = (table.method == method) & (table.status[figure] == MEASURED)
    values: dict[int, list[float]] = {}
    for task, value in zip(table.task[chosen].tolist(), table.values[figure][chosen].tolist(), strict=True):
        values.setdefault(task, []).append(value)
    return {task: math.fsum(found) / len(found) for task, found in values.items()}
