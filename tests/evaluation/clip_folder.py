"""A folder of small clips with a manifest, every file of other content, and runs over it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from recam.evaluation.evaluate import evaluate
from recam.evaluation.manifest import read_manifest
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.score import Record, score
from recam.evaluation.store import Store
from recam.video import Video

PRESETS = ("arc-left", "dolly-in", "pan-right")
CHEAP = Settings(only=("flicker", "likeness", "nearest_view"))


def write_clip(file: Path, seed: int, frames: int = 5, size: int = 32) -> Path:
    """A clip of random blocks."""
    file.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(seed).integers(0, 255, (frames, size // 8, size // 8, 3))
    Video.from_frames(np.kron(blocks, np.ones((1, 8, 8, 1))).astype(np.uint8), 15).save(file)
    return file


def clip_folder(folder: Path, sources: int = 2, clips: int = 3) -> Path:
    """The manifest of ``sources`` times ``clips`` clips, all sound."""
    rows: list[dict[str, Any]] = []
    for source in range(sources):
        write_clip(folder / f"videos/source{source}.mp4", seed=1000 * source)
        for clip in range(clips):
            name = f"{source}-{clip}"
            write_clip(folder / f"videos/{name}.mp4", seed=1000 * source + clip + 1)
            write_clip(folder / f"videos/true-{name}.mp4", seed=1000 * source + clip + 500)
            rows.append(
                {
                    "id": name, "source": f"videos/source{source}.mp4", "generated": f"videos/{name}.mp4",
                    "target": f"videos/true-{name}.mp4", "preset": PRESETS[clip % len(PRESETS)],
                }
            )  # fmt: skip
    return write_manifest(folder, *rows)


def write_manifest(folder: Path, *rows: dict[str, Any]) -> Path:
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return manifest


def read_rows(manifest: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in manifest.read_text().splitlines()]


def change_row(manifest: Path, number: int, **changes: Any) -> None:
    """``...`` takes a key out."""
    rows = read_rows(manifest)
    rows[number] = {key: value for key, value in {**rows[number], **changes}.items() if value is not ...}
    write_manifest(manifest.parent, *rows)


def records_of(manifest: Path, store: Path, **options: Any) -> list[Record]:
    return list(score(list(read_manifest(manifest)), make_plan(CHEAP), Store(store), **options))


def reasons_of(manifest: Path, store: Path) -> dict[str, str]:
    """Of the broken rows, by id."""
    return {record.id: record.reason for record in records_of(manifest, store) if record.reason}


def report_of(manifest: Path, output: Path, **options: Any) -> dict[str, bytes]:
    """The files of a report, without what is kept of measures."""
    evaluate(manifest, output, CHEAP, **options)
    return report_bytes(output)


def report_bytes(output: Path) -> dict[str, bytes]:
    return {
        name: path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file() and not (name := str(path.relative_to(output))).startswith(("cache/", ".lock"))
    }
