"""The figures of all clips as columns: what summaries, plots and the choice of the worst clips read.

One float and one byte per clip and figure are held, whatever else the records hold.
"""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.measure import Figure, Found, Missing
from recam.evaluation.plan import Plan
from recam.evaluation.score import Record
from recam.evaluation.spool import Spool

FLOOR = "floor."
"""Begins the names of figures that were measured on the true videos."""
GENERATED = "generated"
"""What stands for the method of clips whose rows name none."""
NO_METHOD = "no method"
"""Where lines count that cannot be read and name no method."""
MEASURED, FAILED, UNDEFINED, LACKING, BROKEN = range(5)
"""Codes of ``ClipTable.status``. ``BROKEN``: the row could not be scored at all."""
_CODES = {"failed": FAILED, "undefined": UNDEFINED, "lacking": LACKING}
_MOST_REASONS = 200
"""Different reasons that are counted for a method and figure."""
_OTHERS = "other reasons"


@dataclass
class SetClips:
    """Clips of one method and preset in a set measure."""

    used: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    """How many are not in it, by reason."""


@dataclass
class ClipTable:
    """Rows are records in the manifest's order; arrays are [N]."""

    figures: tuple[Figure, ...]
    """Columns: all figures of single clips, true videos' (``floor.``) included."""
    methods: list[str]
    """In order of appearance."""
    presets: list[str]
    ids: list[str]
    method: NDArray[np.int32]
    """Index into ``methods``."""
    preset: NDArray[np.int32]
    """Index into ``presets``; -1: the row states none."""
    task: NDArray[np.int32]
    """Rows of equal number have one source and one camera: the same task for different methods."""
    source: NDArray[np.int32]
    """Rows of equal number have one source."""
    truth: NDArray[np.int32]
    """Rows of equal number have one true video; -1: none."""
    values: dict[str, NDArray[np.float64]]
    """By figure; NaN where there is none."""
    status: dict[str, NDArray[np.int8]]
    """By figure: ``MEASURED`` ..."""
    broken: NDArray[np.bool_]
    """Rows that could not be scored at all."""
    reasons: dict[tuple[int, str], dict[tuple[int, str], int]]
    """By (method, figure): how many clips have no value, by (status, reason)."""
    sets: dict[tuple[str, int, int], SetClips]
    """By (set measure, method, preset)."""

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, records: Iterable[Record], plan: Plan, notes: Spool | None = None) -> ClipTable:
        """Read all ``records`` once.

        Args:
            notes: gets, under the number of its row, what set measures noted of each clip (JSON).
        """
        return _Reader(plan, notes).read(records)


class _Numbers:
    """Numbers for things in order of their appearance."""

    def __init__(self) -> None:
        self.known: dict[object, int] = {}

    def __call__(self, thing: object) -> int:
        return self.known.setdefault(thing, len(self.known))


class _Column:
    """Numbers of unknown count, held as they are in the end."""

    def __init__(self, kind: type) -> None:
        self._parts: list[NDArray] = []
        self._part = np.empty(1024, kind)
        self._used = 0

    def add(self, value: float) -> None:
        if self._used == len(self._part):
            self._parts.append(self._part)
            self._part, self._used = np.empty_like(self._part), 0
        self._part[self._used] = value
        self._used += 1

    def whole(self) -> NDArray:
        return np.concatenate([*self._parts, self._part[: self._used]])


class _Reader:
    def __init__(self, plan: Plan, notes: Spool | None) -> None:
        self._notes = notes
        self._by_measure = {measure.name: measure.figures for measure in plan.measures}
        self.figures = tuple(figure for figures in self._by_measure.values() for figure in figures)
        self._values = {figure.name: _Column(np.float64) for figure in self.figures}
        self._status = {figure.name: _Column(np.int8) for figure in self.figures}
        self._reasons: dict[tuple[int, str], dict[tuple[int, str], int]] = {}
        self._sets: dict[tuple[str, int, int], SetClips] = {}

    def read(self, records: Iterable[Record]) -> ClipTable:
        methods, presets, tasks, sources, truths = (_Numbers() for _ in range(5))
        ids: list[str] = []
        columns = {
            name: _Column(np.int32) for name in ("method", "preset", "task", "source", "truth", "broken")
        }
        for row, record in enumerate(records):
            if self._notes is not None:
                notes = {name: dict(note) for name, note in record.notes.items()}
                self._notes.put(row, json.dumps(notes, allow_nan=False).encode())
            ids.append(record.id)
            method = methods(method_of(record))
            columns["method"].add(method)
            preset = presets(record.preset) if record.preset else -1
            columns["preset"].add(preset)
            columns["task"].add(tasks(_task(record)))
            columns["source"].add(sources(_path(record.files, "source") or ("", record.id)))
            target = _path(record.files, "target")
            columns["truth"].add(truths(target) if target else -1)
            columns["broken"].add(bool(record.reason))
            self._figures(record, method)
            self._count_sets(record, method, preset)
        whole = {name: column.whole() for name, column in columns.items()}
        broken = whole.pop("broken").astype(bool)
        return ClipTable(
            self.figures, [str(name) for name in methods.known], [str(name) for name in presets.known], ids,
            values={name: column.whole() for name, column in self._values.items()},
            status={name: column.whole() for name, column in self._status.items()},
            reasons=self._reasons, sets=self._sets, broken=broken, **whole,
        )  # fmt: skip

    def _figures(self, record: Record, method: int) -> None:
        for measure, figures in self._by_measure.items():
            found = record.found.get(measure)
            for figure in figures:
                value, status, reason = _entry(record, found, figure.name)
                self._values[figure.name].add(value)
                self._status[figure.name].add(status)
                if status not in (MEASURED, BROKEN):
                    _count(self._reasons.setdefault((method, figure.name), {}), (status, reason))

    def _count_sets(self, record: Record, method: int, preset: int) -> None:
        for measure in record.notes:
            self._sets.setdefault((measure, method, preset), SetClips()).used += 1
        for measure, reason in record.left_out.items():
            _count(self._sets.setdefault((measure, method, preset), SetClips()).left_out, reason)


def method_of(record: Record) -> str:
    """The method that a record counts for."""
    if record.method:
        return record.method
    return GENERATED if record.preset or not record.reason else NO_METHOD


def _count(counts: dict[Any, int], reason: str | tuple[int, str]) -> None:
    """Count a reason; what comes after many different ones counts as one."""
    if reason not in counts and len(counts) >= _MOST_REASONS:
        reason = _OTHERS if isinstance(reason, str) else (reason[0], _OTHERS)
    counts[reason] = counts.get(reason, 0) + 1


def _entry(record: Record, found: Found | None, figure: str) -> tuple[float, int, str]:
    if record.reason:
        return math.nan, BROKEN, record.reason
    value = None if found is None else found.values.get(figure)
    if value is not None and math.isfinite(value):
        return float(value), MEASURED, ""
    missing = None if found is None else found.missing.get(figure)
    if missing is None:
        missing = Missing("failed", "no value" if value is None else "the value is not finite")
    return math.nan, _CODES[missing.status], missing.reason


def _path(files: Mapping[str, str], name: str) -> str:
    text = files.get(name, "")
    return posixpath.normpath(text) if text else ""


def _task(record: Record) -> tuple[str, ...]:
    """What rows of different methods have in common when they are asked for the same."""
    source = _path(record.files, "source")
    if not source:
        return ("", record.id)
    target = _path(record.files, "target")
    if target:  # a method with fewer frames has a camera file of its own for the same path
        return (source, record.preset, target)
    camera = _path(record.files, "camera")
    names = (record.files.get("camera_name", ""), record.files.get("source_camera", ""))
    return (source, record.preset, camera, *names)


def is_floor(figure: Figure) -> bool:
    """Whether it was measured on the true video."""
    return figure.name.startswith(FLOOR)
