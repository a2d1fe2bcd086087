"""Filmed clips with known cameras as a user's files, and what scoring them says of their cameras."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmed_scenes import Card, film
from recam.camera import CameraPath, Intrinsics, Poses
from recam.evaluation.manifest import read_manifest
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.score import Record, score
from recam.evaluation.store import Store
from recam.video import Video

LENS = Intrinsics.from_fov_degrees(62, 224, 136)
CARDS = (
    Card(4.0, 0.7, 0.9, lambda time: (0.0, 0.0), seed=9),
    Card(3.0, 0.4, 0.5, lambda time: (1.2, 0.4), seed=11),
)


def save_film(file: Path, poses: Poses) -> NDArray[np.uint8]:
    """Film a still scene along ``poses`` through LENS; the frames that were written."""
    frames = film(poses, CARDS, LENS)
    save_frames(file, frames)
    return frames


def save_frames(file: Path, frames: NDArray[np.uint8]) -> None:
    Video(frames, Fraction(15)).save(file)


def save_path(file: Path, poses: Poses) -> None:
    """A path relative to the source's first camera."""
    CameraPath(poses, file.stem).save(file)


def score_rows(
    folder: Path, rows: Sequence[Mapping[str, Any]], settings: Settings, store: str = "store"
) -> dict[str, Record]:
    """Score lines whose files lie in ``folder``; records by id."""
    manifest = folder / "manifest.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)))
    (folder / store).mkdir(exist_ok=True)
    records = score(list(read_manifest(manifest)), make_plan(settings), Store(folder / store))
    return {record.id: record for record in records}
