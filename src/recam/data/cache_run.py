"""Filling a folder of shards: what is there is kept, the rest is made side by side or on a cluster.

A unit that is done is a part file; when all units of a shard are done its parts become the shard. A run that
is killed loses the units under way, and the same call goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from recam.cluster import run_on_cluster
from recam.data import shards
from recam.data.shards import Record
from recam.errors import DatasetError, FileError, OutputError
from recam.files import atomic_file, make_folder
from recam.parallel import run_side_by_side

try:
    import fcntl
except ImportError:  # not on Windows, where nothing keeps two runs from one folder
    fcntl = None

SHARD_BYTES = 256 * 2**20


def named_folder(cache_folder: str | os.PathLike[str], facts: Mapping[str, Any]) -> Path:
    """``CACHE/<kind>-<name>``: named by all that a cache is made with, of which ``kind`` is one."""
    name = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    return Path(cache_folder) / f"{facts['kind']}-{name}"


@dataclass(frozen=True)
class RunOptions:
    """How units are made."""

    workers: int = 1
    """Processes side by side."""
    cluster: str | None = None
    """Address of a Ray cluster to use instead; ``auto``: the one that this machine belongs to."""
    cluster_gpus: float = 0
    """GPUs that each task on the cluster takes."""
    on_error: Literal["stop", "skip"] = "stop"
    """What a broken file of the data set does: ends the run with its path, or is left out and counted."""
    max_skipped: int = 0
    """With ``skip``: units that may be left out in all."""
    shard_bytes: int = SHARD_BYTES
    """Size of a shard, about."""


@dataclass(frozen=True)
class Made:
    """What making one unit gave, or the file that kept it from being made."""

    bytes: int = 0
    clips: int = 0
    frames: int = 0
    broken: FileError | None = None


@dataclass
class FillReport:
    """What a run did, and what its folder holds."""

    folder: Path
    made: int = 0
    """Units, now."""
    kept: int = 0
    """Units that were there."""
    clips: int = 0
    """Encoded now."""
    frames: int = 0
    """Encoded now."""
    bytes: int = 0
    """Of the tensors made now."""
    seconds: float = 0.0
    """That making them took."""
    total_bytes: int = 0
    """Of all shards."""
    shards: int = 0
    units: int = 0
    """In the index, also those of other data sets' scenes."""
    skipped: dict[str, FileError] = field(default_factory=dict)
    """Units that were left out, with the file and the reason."""
    lost: tuple[str, ...] = ()
    """Shards that were gone and were made anew."""


def fill(
    folder: Path,
    settings: Mapping[str, Any],
    sizes: Mapping[str, int],
    work: Callable[[str], Made],
    options: RunOptions,
    *,
    stale: Callable[[Record, float], str | None] = lambda record, made: None,
    again: bool = False,
    finish: Callable[[Record], Record] = lambda record: record,
    on_unit: Callable[[int, int, Made], None] | None = None,
) -> FillReport:
    """Make every unit of ``sizes`` that ``folder`` does not hold, and write the index.

    Args:
        settings: what the folder is for, written into ``settings.json``.
        sizes: bytes of each unit, about, by name, in the order of the shards.
        work: makes a unit and keeps it with ``write_part``; picklable. Broken files are in what it returns.
        stale: why a record no longer fits its source (None: it does), given when its file was written.
        again: units that are stale are made anew; else the first is an error.
        finish: adds to a record what belongs into the index only.
        on_unit: called with (units done, units to do, what was made).

    Raises:
        DatasetError: a damaged file in ``folder``, a source that has changed, more broken units than allowed.
        FileError: with ``on_error="stop"``, the broken file.
        OutputError: ``folder`` cannot be written, is being written by another run, or the disk is full.
        MachineError: a worker died, or there is no such cluster.
    """
    with _claimed(folder):
        if not (folder / shards.SETTINGS).exists():
            with atomic_file(folder / shards.SETTINGS) as path:
                path.write_text(json.dumps(dict(settings), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        known, lost = _known(folder)
        old = _find_stale(folder, {unit: known[unit] for unit in sizes if unit in known}, stale)
        if old and not again:
            unit, reason = next(iter(old.items()))
            more = f" (and {len(old) - 1} more)" if len(old) > 1 else ""
            raise DatasetError(
                folder, f"{unit}: {reason} since it was encoded{more}; --changed encode makes it anew"
            )
        plan = _plan(folder, sizes, known, set(old), options.shard_bytes)
        report = FillReport(folder, lost=tuple(lost))
        left = _left(folder, plan, sizes, known, stale)
        report.kept = len(sizes) - sum(len(units) for units in left.values())
        _make(folder, plan, left, work, options, report, on_unit, known)
        _drop_unused(folder, known)
        order = [*(unit for unit in sizes if unit in known), *sorted(set(known) - set(sizes))]
        head = shards.write_index(folder, (finish(known[unit]) for unit in order))
        report.units, report.shards = head["units"], len(head["shards"])
        report.total_bytes = sum(head["shards"].values())
        shutil.rmtree(folder / shards.PARTS, ignore_errors=True)
    return report


def check_seen(folder: Path) -> None:
    """Call before making a unit: another machine may lack the folder, and would write where no one looks.

    Raises:
        DatasetError: it does.
    """
    if not (folder / shards.SETTINGS).exists():
        raise DatasetError(folder, "is not seen by all machines of the cluster; it must lie on a shared disk")


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for one run, and sweep what killed runs left half written."""
    try:
        lock = (make_folder(folder) / ".lock").open("w")
    except OSError as error:
        raise OutputError(folder, f"cannot be written: {(error.strerror or str(error)).lower()}") from error
    with lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OutputError(folder, "is being written by another run; wait until it is done") from error
            except OSError:  # a file system without locks
                pass
        for place in (folder, folder / shards.SHARDS, folder / shards.PARTS):
            for leftover in place.glob(".*.part*"):
                leftover.unlink(missing_ok=True)
        yield


def _known(folder: Path) -> tuple[dict[str, Record], list[str]]:
    """(records of all units in shards that are there, shards of the index that are gone).

    Shards that the index does not name were written by a run that was killed: their own headers tell.
    """
    there = shards.existing_shards(folder)
    known: dict[str, Record] = {}
    listed: set[int] = set()
    try:
        _, lines = shards.read_index(folder)
    except DatasetError:
        lines = []
    for line in lines:
        record = json.loads(line)
        listed.add(record["shard"])
        if record["shard"] in there:
            known[record["unit"]] = record
    for number in there:
        if number not in listed:
            for record in shards.read_records(shards.shard_path(folder, number)):
                known[record["unit"]] = record | {"shard": number}
    return known, [str(shards.shard_path(folder, number)) for number in sorted(listed - set(there))]


def _find_stale(
    folder: Path, known: Mapping[str, Record], stale: Callable[[Record, float], str | None]
) -> dict[str, str]:
    times = {
        number: shards.shard_path(folder, number).stat().st_mtime for number in shards.existing_shards(folder)
    }
    reasons = {unit: stale(record, times[record["shard"]]) for unit, record in known.items()}
    return {unit: reason for unit, reason in reasons.items() if reason is not None}


def _plan(
    folder: Path, sizes: Mapping[str, int], known: Mapping[str, Record], again: set[str], shard_bytes: int
) -> list[list[str]]:
    """The units of all shards: as planned before, and new ones for units that have no place yet."""
    plan = shards.read_plan(folder)
    there = shards.existing_shards(folder)
    plan += [[] for _ in range(max(there, default=-1) + 1 - len(plan))]  # where the plan was deleted
    waiting = {unit for number, units in enumerate(plan) if number not in there for unit in units}
    fresh = [unit for unit in sizes if unit not in waiting and (unit not in known or unit in again)]
    size = shard_bytes  # so that the first unit opens a shard
    for unit in fresh:
        if size + sizes[unit] > shard_bytes:
            plan.append([])
            size = 0
        plan[-1].append(unit)
        size += sizes[unit]
    if fresh:
        shards.write_plan(folder, plan)
    return plan


def _left(
    folder: Path,
    plan: list[list[str]],
    sizes: Mapping[str, int],
    known: Mapping[str, Record],
    stale: Callable[[Record, float], str | None],
) -> dict[int, dict[str, None]]:
    """Units to be made, by shard; shards whose parts are all there have none.

    A unit of an unwritten shard is to be made unless a later shard has it.
    """
    left: dict[int, dict[str, None]] = {}
    kept: set[Path] = set()
    there = set(shards.existing_shards(folder))
    for number, units in enumerate(plan):
        if number in there:
            continue
        wanted = [u for u in units if u in sizes and not (u in known and known[u]["shard"] > number)]
        left[number] = {}
        for unit in wanted:
            path = shards.part_path(folder, unit)
            if path.exists() and _usable(path, stale):
                kept.add(path)
            else:
                left[number][unit] = None
    for path in (folder / shards.PARTS).glob("*"):
        if path not in kept:
            path.unlink(missing_ok=True)
    return left


def _usable(path: Path, stale: Callable[[Record, float], str | None]) -> bool:
    try:
        return stale(shards.read_records(path)[0], path.stat().st_mtime) is None
    except DatasetError:  # a power cut can leave a file without its bytes
        return False


def _make(
    folder: Path,
    plan: list[list[str]],
    left: dict[int, dict[str, None]],
    work: Callable[[str], Made],
    options: RunOptions,
    report: FillReport,
    on_unit: Callable[[int, int, Made], None] | None,
    known: dict[str, Record],
) -> None:
    def merge(number: int) -> None:
        known.update({record["unit"]: record for record in shards.merge_parts(folder, number, plan[number])})

    number_of = {unit: number for number, units in left.items() for unit in units}
    for number in [number for number, units in left.items() if not units]:
        merge(number)
    started = time.monotonic()
    done = 0
    with closing(_run(work, list(number_of), options)) as results:
        for unit, made in results:
            done += 1
            if made.broken is not None:
                _leave_out(unit, made.broken, options, report)
            else:
                report.made += 1
                report.clips += made.clips
                report.frames += made.frames
                report.bytes += made.bytes
            units = left[number_of[unit]]
            del units[unit]
            if not units:
                merge(number_of[unit])
            if on_unit:
                on_unit(done, len(number_of), made)
    report.seconds = time.monotonic() - started


def _run(work: Callable[[str], Made], units: list[str], options: RunOptions) -> Any:
    if options.cluster is not None and units:
        return run_on_cluster(work, units, options.cluster, gpus=options.cluster_gpus)
    return run_side_by_side(work, units, options.workers)


def _leave_out(unit: str, error: FileError, options: RunOptions, report: FillReport) -> None:
    if options.on_error == "stop":
        raise error
    report.skipped[unit] = error
    if len(report.skipped) > options.max_skipped:
        raise DatasetError(
            error.path,
            f"{error.reason}; it is broken item {len(report.skipped)}, and at most {options.max_skipped} may "
            "be skipped (--max-skipped)",
        ) from error


def _drop_unused(folder: Path, known: Mapping[str, Record]) -> None:
    """Remove shards that hold nothing but older copies."""
    used = {record["shard"] for record in known.values()}
    for number in shards.existing_shards(folder):
        if number not in used:
            os.unlink(shards.shard_path(folder, number))
