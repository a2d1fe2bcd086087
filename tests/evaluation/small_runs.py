"""Whole runs of a few small clips, and what measures of many clips make of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from tiny_networks import write_video

from recam.evaluation.distribution import Gaussian, frechet_distance
from recam.evaluation.manifest import read_manifest
from recam.evaluation.measure import SetValue
from recam.evaluation.plan import Plan
from recam.evaluation.score import Record, score
from recam.evaluation.store import Store

MANIFEST = "manifest.jsonl"


def run(folder: Path, plan: Plan, rows: list[str]) -> list[Record]:
    (folder / MANIFEST).write_text("\n".join(rows), encoding="utf-8")
    return list(score(list(read_manifest(folder / MANIFEST)), plan, store_of(folder)))


def store_of(folder: Path) -> Store:
    return Store(folder / "store")


def row(name: str, source: str, generated: str, target: str = "", **more: str | int) -> str:
    fields: dict[str, str | int] = {
        "id": name,
        "source": source,
        "generated": generated,
        "preset": "arc-left",
        **more,
    }
    if target:
        fields["target"] = target
    return json.dumps(fields)


def value_of(plan: Plan, records: list[Record], folder: Path, name: str) -> SetValue:
    """What a set measure makes of the notes of a run in ``folder``."""
    measure = next(measure for measure in plan.set_measures if measure.name == name)
    notes = [record.notes[name] for record in records if name in record.notes]
    return measure.score(notes, store_of(folder))[name]


def write_clips(folder: Path, clips: Mapping[str, np.ndarray]) -> None:
    for name, frames in clips.items():
        write_video(folder / name, frames)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    sides = [Gaussian(side.mean(axis=0), np.cov(side.T), len(side)) for side in (one, other)]
    return frechet_distance(*sides).value
