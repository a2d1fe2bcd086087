"""The noise floor of the camera errors: what ``recam evaluate`` says of true videos, by move and size.

Run: MUJOCO_GL=egl python benchmarks/evaluate_cameras.py [--moves arc pan ...] [--sizes 120 240 480]
    [--shares 0 0.15] [--seeds 1] [--workers 1] [--table table.md]

The clips are those of ``solve_cameras.py`` (a speckled room, figures that cover the wanted share of the
picture and move on their own; 21 frames, 62 degrees across), drawn at 480x288, made smaller, written as mp4
(x264, crf 18) and scored from a manifest by ``recam.evaluation.score`` as a user's are: measure ``floor``,
all frames, lens given. Every figure would be 0 if solving were exact. Seconds are the processor's for one
row, from file to figures (one thread, so those of a clock where nothing else runs). A clip that is answered
with another kind of camera than its true one (a truck taken for a turn) counts as solved: its error is in the
means. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from solve_cameras import FPS, HEIGHT, LENS, MOVES, WIDTH, make_clip

from recam.camera import CameraPath
from recam.evaluation.manifest import Row, read_manifest
from recam.evaluation.measure import Found
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.score import score
from recam.evaluation.store import Store
from recam.parallel import run_side_by_side
from recam.video import Video, resize
from recam.worlds.tiny.engine import TinyEngine

SHOWN = ("rotation.mean_degrees", "translation.max_norm_mean", "translation.umeyama_over_extent",
         "translation.direction_degrees", "cam_mc")  # fmt: skip


@dataclass(frozen=True)
class Clip:
    """A row of the manifest, and what it shows."""

    row: Row
    move: str
    width: int
    share: float
    seed: int


def film(folder: Path, options: argparse.Namespace) -> list[Clip]:
    """Draw the clips, and write them at every size with their manifest."""
    engine = TinyEngine(HEIGHT, LENS.fov_degrees[1], width=WIDTH, texture_pixels=2048, speckled=True)
    lines, about = [], []
    for move in options.moves:
        for share in options.shares:
            for seed in options.seeds:
                clip = make_clip(engine, move, share, seed)
                name = f"{move}-{share:g}-{seed}"
                CameraPath(clip.poses, move).save(folder / f"{name}.json")
                for width in options.sizes:
                    file = folder / f"{name}-{width}.mp4"
                    frames = clip.frames if width == WIDTH else resize(clip.frames, size_of(width), width)
                    Video(frames, Fraction(FPS)).save(file)
                    lines.append({
                        "id": file.stem, "source": file.name, "generated": file.name, "target": file.name,
                        "camera": f"{name}.json", "fov_degrees": LENS.fov_degrees[0],
                    })  # fmt: skip
                    about.append((move, width, share, seed))
    manifest = folder / "manifest.jsonl"
    manifest.write_text("\n".join(map(json.dumps, lines)))
    rows = [row for row in read_manifest(manifest) if isinstance(row, Row)]
    return [Clip(row, *what) for row, what in zip(rows, about, strict=True)]


def size_of(width: int) -> int:
    """The height of pictures of this width."""
    return round(width * HEIGHT / WIDTH)


def measure(clip: Clip) -> tuple[Found, float]:
    """The clip's floor, and the processor's seconds that it took."""
    plan = make_plan(Settings(only=("floor",)))
    store = Path(tempfile.mkdtemp(dir=clip.row.generated.parent))
    begin = time.process_time()
    (record,) = score([clip.row], plan, Store(store))
    return record.found["floor"], time.process_time() - begin


def table(done: Sequence[tuple[Clip, Found, float]]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| move | picture | figures cover | answer | "
        + " | ".join(SHOWN)
        + " | lens it speaks for, degrees | CPU seconds |\n|---|---|---|---|"
        + "---|" * (len(SHOWN) + 2)
    ]
    for clip, found, seconds in done:
        kind = found.details.get("kind", "failed")
        told = (found.details.get("focal") or {}).get("refined")
        values = [found.values[f"floor.{name}"] for name in SHOWN]
        cells = ["-" if value is None else f"{value:.4f}" for value in values]
        lens = "-" if told is None else f"{told['degrees']:.2f}"
        lines.append(
            f"| {clip.move} | {clip.width}x{size_of(clip.width)} | {clip.share:.0%} | {kind} | "
            f"{' | '.join(cells)} | {lens} | {seconds:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--moves", nargs="+", choices=list(MOVES), default=list(MOVES))
    parser.add_argument(
        "--sizes", nargs="+", type=int, default=[120, 240, 480], help="widths, multiples of 5"
    )
    parser.add_argument("--shares", nargs="+", type=float, default=[0.0, 0.15])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--table", type=Path, help="also write the table to this file")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="recam-benchmark-") as name:
        clips = film(Path(name), options)
        done: list[tuple[Clip, Found, float]] = []
        begin = time.perf_counter()
        for clip, (found, seconds) in run_side_by_side(measure, clips, options.workers):
            done.append((clip, found, seconds))
            print(table(done[-1:]).splitlines()[-1], flush=True)
        whole = time.perf_counter() - begin
    done.sort(key=lambda entry: clips.index(entry[0]))
    print(table(done))
    if options.table:
        options.table.write_text(table(done) + "\n")
    summary: dict[str, object] = {
        "benchmark": "evaluate_cameras",
        "clips": len(done),
        "workers": options.workers,
    }
    for width in options.sizes:
        of_size = [(found, seconds) for clip, found, seconds in done if clip.width == width]
        summary[f"failed_{width}"] = sum("kind" not in found.details for found, _ in of_size)
        summary[f"cpu_seconds_median_{width}"] = round(
            statistics.median(seconds for _, seconds in of_size), 1
        )
        for figure in SHOWN:
            values = [value for found, _ in of_size if (value := found.values[f"floor.{figure}"]) is not None]
            if values:
                summary[f"{figure}_median_{width}"] = round(statistics.median(values), 5)
                summary[f"{figure}_worst_{width}"] = round(max(values), 5)
    summary |= {
        "seconds_in_all": round(whole, 1),
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
