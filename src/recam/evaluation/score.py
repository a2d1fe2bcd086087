"""Scoring a manifest: rows of one source together, side by side or on a cluster; what is in the store
is kept."""

from __future__ import annotations

import json
import traceback
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from recam.cluster import run_on_cluster
from recam.errors import CheckpointError, MachineError, OutputError, RecamError, ResultsError
from recam.evaluation.case import Case, Job
from recam.evaluation.footage import Reel
from recam.evaluation.manifest import BadRow, Row
from recam.evaluation.measure import Found, Measure, SetMeasure
from recam.evaluation.plan import Plan
from recam.evaluation.spool import Spool
from recam.evaluation.store import Store
from recam.parallel import Stopped, check_stop, run_side_by_side

GROUP = 16
"""Rows of one source, at most, that are scored in one piece: its video is decoded once for all of them."""
PIECES = 4
"""Of work that each worker gets: rows of few sources are parted further, so that all end together."""
MOST_REASON = 500
"""Characters of a reason: messages may quote files."""
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
    """The row's files by their keys, relative to the manifest's folder; with ``camera_name`` and
    ``source_camera``, which say whose cameras of the camera file."""
    pace: tuple[int, int] | None = None
    """See :attr:`Row.pace`."""
    fault: str = ""
    """The traceback, where recam itself failed at this row."""

    def to_json(self) -> dict[str, Any]:
        """All that a report may show: nothing of this machine."""
        left_out = ("fault", *(("pace",) if self.pace is None else ()))
        shown = {name: value for name, value in vars(self).items() if name not in left_out}
        return {**shown, "found": {name: found.to_json() for name, found in self.found.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        found = {name: Found.from_json(entry) for name, entry in data["found"].items()}
        pace = data.get("pace")
        return cls(**{**data, "found": found, "pace": None if pace is None else (pace[0], pace[1])})


class Records:
    """The records of a run in the manifest's order, on disk, so that memory does not grow with their
    number.

    Args:
        folder: on whose disk; default: the system's temporary folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._spool = Spool(folder)

    def put(self, index: int, record: Record) -> None:
        data = {**record.to_json(), "fault": record.fault}
        self._spool.put(index, json.dumps(data, allow_nan=False).encode())

    def __iter__(self) -> Iterator[Record]:
        for piece in self._spool:
            yield Record.from_json(json.loads(piece))

    def __len__(self) -> int:
        return len(self._spool)


def score(
    rows: Sequence[Row | BadRow],
    plan: Plan,
    store: Store,
    *,
    workers: int = 1,
    ray: str | None = None,
    must_see: Sequence[Path] = (),
    on_row: Callable[[Record], None] | None = None,
) -> Records:
    """Measure every row. A broken file makes a record with its reason; the run goes on.

    Args:
        workers: processes side by side.
        ray: address of a Ray cluster to use instead; its machines must see all files under the same paths.
        must_see: files that a machine of the cluster is asked for before it works.
        on_row: called for each row as it is done, in any order.

    Raises:
        CheckpointError, ResultsError: weights, or results of others, that no clip can be measured with.
        MachineError: a worker died, or this machine cannot do what is asked.
        OutputError: the store cannot be written, or the disk is full; or another machine does not see it.
    """
    records = Records(store.folder)
    groups = _Groups(rows, 1 if ray else workers)

    def put(index: int, record: Record) -> None:
        records.put(index, record)
        if on_row:
            on_row(record)

    for index, row in groups.bad():
        put(index, Record(row.id, row.method, row.preset, _cut(row.reason)))
    if ray:
        work = partial(score_group, plan, store, tuple(must_see))
        run = run_on_cluster(work, iter(groups), ray)
    else:
        run = run_side_by_side(partial(score_group, plan, store, ()), groups, workers)
    with closing(run):
        for _, done in run:
            for index, record in done:
                put(index, record)
    return records


Group = tuple[tuple[int, Job], ...]


class _Groups:
    """The rows in pieces of work, made as they are asked for; what is held are the rows' numbers."""

    def __init__(self, rows: Sequence[Row | BadRow], workers: int) -> None:
        self._rows = rows
        self._of_source: dict[str, array[int]] = {}
        self._bad = array("q")
        for index, row in enumerate(rows):
            if isinstance(row, BadRow):
                self._bad.append(index)
            else:
                self._of_source.setdefault(str(row.source), array("q")).append(index)
        few = workers > 1 and len(self._of_source) < PIECES * workers
        self._size = min(GROUP, -(-len(rows) // (PIECES * workers))) if few else GROUP

    def bad(self) -> Iterator[tuple[int, BadRow]]:
        for index in self._bad:
            row = self._rows[index]
            assert isinstance(row, BadRow)
            yield index, row

    def __iter__(self) -> Iterator[Group]:
        for indices in self._of_source.values():
            jobs = [(index, row) for index in indices if isinstance(row := self._rows[index], Row)]
            views = _views([row for _, row in jobs])
            pairs = _pairs([row for _, row in jobs])
            for start in range(0, len(jobs), self._size):
                part = jobs[start : start + self._size]
                yield tuple((index, Job(row, views, pairs.get(row.method, ()))) for index, row in part)


def _views(rows: Sequence[Row]) -> dict[str, Path]:
    """The true videos of rows of one source, by labels for people: presets where they tell them apart."""
    label_of: dict[Path, str] = {}
    for row in rows:
        if row.target is not None:
            label_of.setdefault(row.target, row.preset or row.id)
    labels: dict[str, Path] = {}
    for path, label in label_of.items():
        labels[label if label not in labels else f"{label} ({path.name})"] = path
    return labels


def _pairs(rows: Sequence[Row]) -> dict[str, tuple[tuple[Path, Path], ...]]:
    """By method: generated and true video of rows of one source, ordered by preset, then id."""
    found: dict[str, dict[Path, Path]] = {}
    for row in sorted(rows, key=lambda row: (row.preset, row.id)):
        if row.target is not None:
            found.setdefault(row.method, {}).setdefault(row.target, row.generated)
    return {method: tuple((ours, truth) for truth, ours in views.items()) for method, views in found.items()}


def score_group(
    plan: Plan, store: Store, must_see: tuple[Path, ...], group: Group
) -> list[tuple[int, Record]]:
    """Records of some rows of one source, in a worker.

    Raises:
        OutputError: this machine does not see the store, or a path of ``must_see``.
    """
    for path in (store.folder, *must_see):
        if not path.exists():
            raise OutputError(
                path, "is not seen by all machines of the cluster, or is gone; it must lie on a shared disk"
            )
    with Reel(store=store) as reel:
        return [(index, _score_row(job, plan, store, reel)) for index, job in group]


def _score_row(job: Job, plan: Plan, store: Store, reel: Reel) -> Record:
    row = job.row
    case = Case(job, reel, store)
    cameras = {name: text for name in ("camera_name", "source_camera") if (text := getattr(row, name))}
    about = Record(
        row.id, row.method, row.preset or OWN_PATH, files={**row.written, **cameras}, pace=row.pace
    )
    try:
        case.open()
        found = {measure.name: _measure(measure, case, store) for measure in plan.measures}
        notes: dict[str, Mapping[str, Any]] = {}
        left_out: dict[str, str] = {}
        for measure in plan.set_measures:
            check_stop()
            _prepare(measure, case, notes, left_out)
        case.check_same()
    except (*_ENDS_THE_RUN, Stopped):
        raise
    except RecamError as error:
        return replace(about, reason=_reason(error, case, row.written))
    except MemoryError as error:
        raise MachineError(f"out of memory at clip {row.id}; take fewer workers, or cut it") from error
    except Exception as error:  # one row must not end a run of thousands; the command reports the fault
        reason = _cut(f"fault of recam: {type(error).__name__}: {error}")
        return replace(about, reason=reason, fault=traceback.format_exc())
    finally:
        case.close()
    return replace(about, found=found, notes=notes, left_out=left_out)


_ENDS_THE_RUN = (CheckpointError, MachineError, OutputError, ResultsError)
"""What no clip is to blame for: every other one would meet it as well."""
_ROLES = {
    "generated": "the generated video",
    "source": "the source video",
    "target": "the true video",
    "camera": "the camera file",
    "poses": "the file of poses",
}


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
        except _ENDS_THE_RUN:
            raise
        except RecamError as error:
            found = Found.nothing(measure.figures, "failed", _reason(error, case, _ROLES))
        case.check_same()
        found = store.keep_found(measure.name, key, found)
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
    except _ENDS_THE_RUN:
        raise
    except RecamError as error:
        left_out[measure.name] = _reason(error, case, _ROLES)


def _reason(error: RecamError, case: Case, names: Mapping[str, str]) -> str:
    """One line without this machine's paths: a report, and what is kept by content, must not have them.

    Args:
        names: what stands for the row's files, by their keys.
    """
    text = " ".join(str(error).split())
    row = case.row
    files = {str(path): name for key, name in names.items() if (path := getattr(row, key)) is not None}
    files |= {
        str(path): f"the true video of {label}"
        for label, path in case.job.views.items()
        if str(path) not in files
    }
    for path in sorted(files, key=len, reverse=True):
        text = text.replace(path, files[path])
    return _cut(text)


def _cut(reason: str) -> str:
    return reason if len(reason) <= MOST_REASON else f"{reason[: MOST_REASON - 4]} ..."
