"""From the records of clips to the content of ``report.json``: means beside failure rates, never without.

Everything is a function of the records in the manifest's order and of the plan: neither the number of workers
nor the machine's threads change a bit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.common import common_success
from recam.evaluation.intervals import bootstrap_intervals
from recam.evaluation.measure import Figure, SetMeasure, SetValue
from recam.evaluation.notes import reader_notes
from recam.evaluation.plan import Plan
from recam.evaluation.score import Record
from recam.evaluation.spool import Spool
from recam.evaluation.store import Store
from recam.evaluation.table import (
    BROKEN,
    FAILED,
    FLOOR,
    LACKING,
    MEASURED,
    NO_METHOD,
    UNDEFINED,
    ClipTable,
    SetClips,
    is_floor,
    method_of,
)

VERSION = 1
"""Of the layout of ``report.json``."""
PRESET_SAMPLES = 2000
"""Figures of many clips together are given for a preset from this number of samples on: below it a Frechet
distance says more of the number of samples than of the videos."""
_FIRST = 20
"""Broken rows that the summary names; ``clips.jsonl`` holds all."""
_REASONS = 3
"""Most frequent reasons that stand beside a figure."""
LACKS = "the manifest gives no"
"""Begins the reason for a clip that a set measure leaves out because its row does not name what is needed."""
_NAMES = {FAILED: "failed", UNDEFINED: "undefined", LACKING: "lacking"}

Chosen = NDArray[np.bool_]
Cells = dict[str, dict[str, Any]]


def summarise(
    records: Iterable[Record], plan: Plan, store: Store, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Figures by method and by method and preset, with failure rates, the noise floor and the common subset.

    Args:
        records: of all rows, in the manifest's order; read several times.
        store: where the set measures find the features of clips.
        about: what the run was (JSON values without dates or timings); stands in the summary as it is.

    Returns:
        the content of ``report.json``: JSON values without NaN. ``methods[m]["figures"][f]["value"]`` is the
        mean, None wherever there is none; ``status`` then says why.
    """
    notes = Spool(store.folder)
    table = ClipTable.of(records, plan, notes)
    methods = {
        name: _Method(table, index, plan, notes, store).summary()
        for index, name in enumerate(table.methods)
        if name != NO_METHOD
    }
    floor = _floor(table)
    return {
        "version": VERSION,
        "about": dict(about),
        "clips": _counts(table, np.ones(len(table), bool)),
        "figures": {
            figure.name: {key: value for key, value in asdict(figure).items() if key != "name"}
            for figure in plan.figures
        },
        "skipped": [
            {"figures": [figure.name for figure in entry.figures], "needs": entry.needs, "how": entry.how}
            for entry in plan.skipped
        ],
        "methods": methods,
        "floor": floor,
        "common": common_success(table),
        "broken": _broken(table, records),
        "notes": reader_notes(table, methods, floor),
    }


@dataclass(frozen=True)
class _Method:
    """One method's part of the summary."""

    table: ClipTable
    index: int
    plan: Plan
    notes: Spool
    store: Store

    def summary(self) -> dict[str, Any]:
        table, mine = self.table, self.table.method == self.index
        reasons = {name: why for (method, name), why in table.reasons.items() if method == self.index}
        sets: Cells = {}
        for measure in self.plan.set_measures:
            sets |= self._set_cells(measure, self._clips(measure, None), None)
        presets = {}
        for number, preset in enumerate(table.presets):
            chosen = mine & (table.preset == number)
            if chosen.any():
                cells = self._cells(chosen, {}) | self._sets_of_preset(number, sets)
                presets[preset] = {"clips": _counts(table, chosen), "figures": self._ordered(cells)}
        return {
            "clips": _counts(table, mine),
            "figures": self._ordered(self._cells(mine, reasons) | sets),
            "presets": presets,
        }

    def _ordered(self, cells: Cells) -> Cells:
        """All figures in the plan's order, the skipped ones as such."""
        skipped = {
            figure.name: {"value": None, "status": "skipped", "needs": entry.needs, "how": entry.how}
            for entry in self.plan.skipped
            for figure in entry.figures
        }
        both = skipped | cells
        return {figure.name: both[figure.name] for figure in self.plan.figures if not is_floor(figure)}

    def _cells(self, chosen: Chosen, reasons: Mapping[str, Mapping[tuple[int, str], int]]) -> Cells:
        figures = [figure for figure in self.table.figures if not is_floor(figure)]
        return figure_cells(self.table, chosen, figures, reasons)

    def _clips(self, measure: SetMeasure, preset: int | None) -> SetClips:
        """Clips that a set measure uses, of one preset or of all."""
        whole = SetClips()
        for (name, method, number), clips in self.table.sets.items():
            if name == measure.name and method == self.index and preset in (None, number):
                whole.used += clips.used
                for reason, count in clips.left_out.items():
                    whole.left_out[reason] = whole.left_out.get(reason, 0) + count
        return whole

    def _sets_of_preset(self, preset: int, whole: Cells) -> Cells:
        """Figures of many clips for one preset, where there are samples enough."""
        cells: Cells = {}
        for measure in self.plan.set_measures:
            clips, all_clips = self._clips(measure, preset), self._clips(measure, None)
            samples = max(whole[figure.name]["samples"] for figure in measure.figures)
            expected = samples * clips.used / max(all_clips.used, 1)
            if expected >= PRESET_SAMPLES:
                cells |= self._set_cells(measure, clips, preset)
                continue
            note = f"a preset needs {PRESET_SAMPLES} samples; here are about {expected:.0f}"
            for figure in measure.figures:
                cells[figure.name] = _set_cell(SetValue(None, 0, note), clips)
        return cells

    def _set_cells(self, measure: SetMeasure, clips: SetClips, preset: int | None) -> Cells:
        """The figures of a set measure over this method's clips, of one preset or of all."""
        chosen = self.table.method == self.index
        if preset is not None:
            chosen &= self.table.preset == preset
        notes = _Notes(self.notes, measure.name, np.flatnonzero(chosen & ~self.table.broken))
        found = measure.score(notes, self.store) if clips.used else {}
        why = max(clips.left_out, key=lambda reason: clips.left_out[reason], default="none was read")
        nothing = SetValue(None, 0, f"no clip can be used: {why}")
        return {
            figure.name: _set_cell(found.get(figure.name, nothing), clips, reasons=preset is None)
            for figure in measure.figures
        }


@dataclass(frozen=True)
class _Notes:
    """What one set measure noted of some clips; can be read again and again."""

    spool: Spool
    measure: str
    rows: NDArray[np.int64]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self.rows.tolist():
            notes = json.loads(self.spool[row])
            if self.measure in notes:
                yield notes[self.measure]


def _set_cell(got: SetValue, clips: SetClips, reasons: bool = False) -> dict[str, Any]:
    left_out = sum(clips.left_out.values())
    value = got.value if got.value is not None and math.isfinite(got.value) else None
    status = "measured"
    if value is None:
        lacking = left_out and all(reason.startswith(LACKS) for reason in clips.left_out)
        status = "undefined" if clips.used else "lacking" if lacking else "failed"
    cell: dict[str, Any] = {
        "value": value, "status": status, "samples": got.samples, "note": got.note,
        "clips": clips.used, "left_out": left_out,
    }  # fmt: skip
    if reasons and left_out:
        why = [(reason, "left out", count) for reason, count in clips.left_out.items()]
        cell["reasons"] = _most_frequent(why)
    return cell


def figure_cells(
    table: ClipTable,
    chosen: Chosen,
    figures: Iterable[Figure],
    reasons: Mapping[str, Mapping[tuple[int, str], int]],
) -> Cells:
    """What is known of each figure over the ``chosen`` clips."""
    figures = list(figures)
    intervals = bootstrap_intervals(
        table.source[chosen],
        {figure.name: table.values[figure.name][chosen] for figure in figures},
    )
    cells: Cells = {}
    for figure in figures:
        status = table.status[figure.name][chosen]
        values = table.values[figure.name][chosen]
        cell = _statistics(values[status == MEASURED], figure)
        count = cell["count"]
        failed, undefined, lacking, broken = (
            int((status == code).sum()) for code in (FAILED, UNDEFINED, LACKING, BROKEN)
        )
        if not count:
            cell["status"] = next(
                name
                for name, number in (
                    ("failed", failed), ("undefined", undefined), ("lacking", lacking), ("failed", 1)
                )
                if number
            )  # fmt: skip
        cell["interval"] = intervals[figure.name]
        cell["worst_id"] = _worst_id(table, chosen, figure, cell["worst"])
        cell |= {
            "failed": failed,
            "failure_rate": failed / (count + failed) if count + failed else None,
            "undefined": undefined,
            "lacking": lacking,
            "broken": broken,
        }
        why = [
            (reason, _NAMES[code], number) for (code, reason), number in reasons.get(figure.name, {}).items()
        ]
        if why and count + broken < len(values):
            cell["reasons"] = _most_frequent(why)
        cells[figure.name] = cell
    return cells


def _statistics(values: NDArray[np.float64], figure: Figure) -> dict[str, Any]:
    count = len(values)
    cell: dict[str, Any] = {"value": None, "status": "measured", "median": None, "std": None, "worst": None}
    if count:
        mean = math.fsum(values) / count
        cell |= {"value": mean, "median": float(np.median(values))}
        if count > 1:
            cell["std"] = math.sqrt(math.fsum((values - mean) ** 2) / (count - 1))
        if figure.better != "neither":
            cell["worst"] = float(values.min() if figure.better == "higher" else values.max())
    return cell | {"count": count}


def _worst_id(table: ClipTable, chosen: Chosen, figure: Figure, worst: float | None) -> str | None:
    """The first clip with the worst value."""
    if worst is None:
        return None
    return table.ids[int(np.flatnonzero(chosen & (table.values[figure.name] == worst))[0])]


def _most_frequent(reasons: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    ordered = sorted(reasons, key=lambda entry: (-entry[2], entry[1], entry[0]))
    return [
        {"reason": reason, "status": status, "clips": clips} for reason, status, clips in ordered[:_REASONS]
    ]


def _counts(table: ClipTable, chosen: Chosen) -> dict[str, int]:
    rows, broken = int(chosen.sum()), int((chosen & table.broken).sum())
    return {"rows": rows, "scored": rows - broken, "broken": broken}


def _floor(table: ClipTable) -> dict[str, Any] | None:
    """The estimator's own error: its figures on true videos, each video counted once, in all and by preset.

    None where the plan has no such figure, or no row a true video."""
    figures = [figure for figure in table.figures if is_floor(figure)]
    if not figures:
        return None
    usable = (table.truth >= 0) & ~table.broken
    if not usable.any():
        return None

    def part(rows: Chosen) -> dict[str, Any]:
        places = np.flatnonzero(rows)
        once = np.zeros(len(table), bool)
        once[places[np.unique(table.truth[places], return_index=True)[1]]] = True
        found = figure_cells(table, once, figures, {})
        named = {name.removeprefix(FLOOR): cell for name, cell in found.items()}
        return {"videos": int(once.sum()), "figures": named}

    presets = {
        preset: part(chosen)
        for number, preset in enumerate(table.presets)
        if (chosen := usable & (table.preset == number)).any()
    }
    return {**part(usable), "presets": presets}


def _broken(table: ClipTable, records: Iterable[Record]) -> dict[str, Any]:
    """Rows that could not be scored at all."""
    first = []
    for record in records if table.broken.any() else ():
        if record.reason:
            first.append({"id": record.id, "method": method_of(record), "reason": record.reason})
            if len(first) == _FIRST:
                break
    by_method = {
        name: int((table.broken & (table.method == index)).sum()) for index, name in enumerate(table.methods)
    }
    return {
        "count": int(table.broken.sum()),
        "by_method": {name: count for name, count in by_method.items() if count},
        "first": first,
    }
