"""Scoring a manifest: rows of one source together, side by side or on a cluster; what is in the store
is kept."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from recam.cluster import run_on_cluster
from recam.errors import MachineError, OutputError, RecamError
from recam.evaluation.case import Case, Job
from recam.evaluation.footage import Reel
from recam.evaluation.manifest import BadRow, Row
from recam.evaluation.measure import Found, Measure, SetMeasure
from recam.evaluation.plan import Plan
from recam.evaluation.store import Store
from recam.parallel import check_stop, run_side_by_side

GROUP = 16
"""Rows of one source that are scored in one piece: its video is decoded once for all of them."""
OWN_PATH = "own path"
"""What stands for the preset of a row that has a camera file and names none."""


@dataclass(frozen=True)
class Record:
    """What is known of one line of the manifest."""

    id: str
    method: str = ""
    preset: str = ""
    reason: str = ""
    """Why the line could not be scored at all; "" where it was."""
    found: Mapping[str, Found] = field(default_factory=dict)
    """By measure."""
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By set measure: what its ``prepare`` gave."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By set measure: why the clip is not in it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """``source``, ``generated`` and ``target``: paths."""

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "found": {name: found.to_json() for name, found in self.found.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        found = {name: Found.from_json(entry) for name, entry in data["found"].items()}
        return cls(**{**data, "found": found})


class Records:
    """The records of a run in the manifest's order, on disk, so that memory does not grow with their
    number."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self._places: dict[int, tuple[int, int]] = {}
        self._end = 0

    def put(self, index: int, record: Record) -> None:
        line = json.dumps(record.to_json(), allow_nan=False).encode()
        self._file.seek(self._end)
        self._file.write(line)
        self._places[index] = (self._end, len(line))
        self._end += len(line)

    def __iter__(self) -> Iterator[Record]:
        for _, (start, length) in sorted(self._places.items()):
            self._file.seek(start)
            yield Record.from_json(json.loads(self._file.read(length)))

    def __len__(self) -> int:
        return len(self._places)


def score(
    rows: Sequence[Row | BadRow],
    plan: Plan,
    store: Store,
    *,
    workers: int = 1,
    ray: str | None = None,
    on_row: Callable[[Record], None] | None = None,
) -> Records:
    """Measure every row. A broken file makes a record with its reason; the run goes on.

    Args:
        workers: processes side by side.
        ray: address of a Ray cluster to use instead; its machines must see all files under the same paths.
        on_row: called for each row as it is done, in any order.

    Raises:
        MachineError: a worker died, or this machine cannot do what is asked.
        OutputError: the store cannot be written, or the disk is full.
    """
    records = Records()
    for index, row in enumerate(rows):
        if isinstance(row, BadRow):
            records.put(index, Record(row.id, reason=row.reason))
            if on_row:
                on_row(Record(row.id, reason=row.reason))
    groups = _groups(rows)
    work = partial(score_group, plan, store)
    run = run_on_cluster(work, groups, ray) if ray else run_side_by_side(work, groups, workers)
    with closing(run):
        for _, done in run:
            for index, record in done:
                records.put(index, record)
                if on_row:
                    on_row(record)
    return records


Group = tuple[tuple[int, Job], ...]


def _groups(rows: Sequence[Row | BadRow]) -> list[Group]:
    by_source: dict[Path, list[tuple[int, Row]]] = {}
    for index, row in enumerate(rows):
        if isinstance(row, Row):
            by_source.setdefault(row.source, []).append((index, row))
    groups: list[Group] = []
    for of_source in by_source.values():
        views: dict[Path, str] = {}
        for _, row in of_source:
            if row.target is not None:
                views.setdefault(row.target, row.preset or row.id)
        labels: dict[str, Path] = {}
        for path, label in views.items():
            labels[label if label not in labels else f"{label} ({path.name})"] = path
        jobs = [(index, Job(row, labels)) for index, row in of_source]
        groups += [tuple(jobs[start : start + GROUP]) for start in range(0, len(jobs), GROUP)]
    return groups


def score_group(plan: Plan, store: Store, group: Group) -> list[tuple[int, Record]]:
    """Records of some rows of one source, in a worker."""
    reel = Reel()
    return [(index, _score_row(job, plan, store, reel)) for index, job in group]


def _score_row(job: Job, plan: Plan, store: Store, reel: Reel) -> Record:
    row = job.row
    case = Case(job, reel, store)
    files = {"source": str(row.source), "generated": str(row.generated)}
    if row.target is not None:
        files["target"] = str(row.target)
    about = Record(row.id, row.method, row.preset or OWN_PATH, files=files)
    try:
        _open(case)
        found = {measure.name: _measure(measure, case, store) for measure in plan.measures}
    except (MachineError, OutputError):
        raise
    except RecamError as error:
        return Record(about.id, about.method, about.preset, _one_line(error), files=files)
    notes: dict[str, Mapping[str, Any]] = {}
    left_out: dict[str, str] = {}
    for measure in plan.set_measures:
        check_stop()
        _prepare(measure, case, notes, left_out)
    return Record(about.id, about.method, about.preset, "", found, notes, left_out, files)


def _open(case: Case) -> None:
    """Raises:
    RecamError: a file of the row cannot be read.
    """
    for footage in (case.generated, case.source, case.target):
        if footage is not None:
            _ = footage.info, footage.content
    _ = case.path, case.lens


def _measure(measure: Measure, case: Case, store: Store) -> Found:
    check_stop()
    lacks = case.lacks(measure.inputs)
    if lacks:
        return Found.nothing(measure.figures, "lacking", f"the manifest gives no {lacks}")
    key = case.key(measure.key, measure.inputs)
    found = store.found(measure.name, key)
    if found is None:
        try:
            found = measure.measure(case)
        except (MachineError, OutputError):
            raise
        except RecamError as error:
            found = Found.nothing(measure.figures, "failed", _one_line(error))
        store.keep_found(measure.name, key, found)
    return found


def _prepare(
    measure: SetMeasure, case: Case, notes: dict[str, Mapping[str, Any]], left_out: dict[str, str]
) -> None:
    lacks = case.lacks(measure.inputs)
    if lacks:
        left_out[measure.name] = f"the manifest gives no {lacks}"
        return
    try:
        notes[measure.name] = measure.prepare(case)
    except (MachineError, OutputError):
        raise
    except RecamError as error:
        left_out[measure.name] = _one_line(error)


def _one_line(error: RecamError) -> str:
    return " ".join(str(error).split())
