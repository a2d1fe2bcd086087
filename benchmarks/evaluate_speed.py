"""Seconds a clip and memory of recam evaluate, for ever more clips: both must stay flat.

    python benchmarks/evaluate_speed.py --clips 100 1000 10000 --workers 2
    python benchmarks/evaluate_speed.py --clips 20 60 --workers 2 --solve --frames 21 --size 256

Makes as many clips, every one of other content: a textured plane, another for every ten clips (their source),
seen along the ten basic presets (the true videos) and with noise (what is scored). Runs the command in a
process of its own on what needs no weights (without solving cameras and SIFT, unless ``--solve``), then
again, when everything is in the store. Memory is what the command's process and its largest worker held at
their peaks.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import psutil

from recam.camera import CameraPath, Intrinsics
from recam.draft.warp import Warper
from recam.video import Video

PRESETS = (
    "pan-right", "pan-left", "tilt-up", "tilt-down", "dolly-in", "dolly-out", "crane-up", "crane-down",
    "arc-left", "arc-right",
)  # fmt: skip
CHEAP = ("flicker", "likeness", "nearest_view")
ALL = (*CHEAP, "sift", "cameras")
_TICK = 0.2  # seconds between looks at the memory


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--solve", action="store_true", help="cameras and SIFT too: many seconds a clip")
    parser.add_argument("--only", nargs="*", help="measures; default: the cheap ones")
    parser.add_argument("--folder", type=Path, help="keep the clips here; default: a temporary folder")
    arguments = parser.parse_args()
    only = arguments.only or list(ALL if arguments.solve else CHEAP)
    rows = []
    print("clips | first run s/clip | again ms/clip | command MiB | largest worker MiB | store files")
    with tempfile.TemporaryDirectory() as temporary:
        base = arguments.folder or Path(temporary)
        for count in arguments.clips:
            manifest = make_clips(
                base / f"clips{count}", count, arguments.frames, arguments.size, arguments.workers
            )
            report = base / f"report{count}"
            words = [str(manifest), "-o", str(report), "--workers", str(arguments.workers), "--worst", "0"]
            words += [word for name in only for word in ("--only", name)]
            first, again = measured(words), measured(words)
            row = {
                "clips": count,
                "seconds_a_clip": round(first["seconds"] / count, 4),
                "again_seconds_a_clip": round(again["seconds"] / count, 5),
                "cpu_seconds_a_clip": round(first["cpu"] / count, 4),
                "command_mib": round(first["command"]),
                "worker_mib": round(first["worker"]),
                "store_files": sum(1 for path in (report / "cache").rglob("*") if path.is_file()),
                "broken": first["broken"],
            }
            rows.append(row)
            print(
                f"{count:5} | {row['seconds_a_clip']:16.4f} | {1000 * row['again_seconds_a_clip']:13.2f} | "
                f"{row['command_mib']:11} | {row['worker_mib']:18} | {row['store_files']}",
                flush=True,
            )
    about = {"frames": arguments.frames, "size": arguments.size, "workers": arguments.workers, "only": only}
    print(json.dumps({**about, "cores": os.cpu_count(), "machine": platform.machine(), "rows": rows}))


def make_clips(folder: Path, count: int, frames: int, size: int, workers: int) -> Path:
    """The manifest of ``count`` clips, all of other content."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = range(-(-count // len(PRESETS)))
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(partial(_make_source, folder, frames, size), sources))
    manifest = folder / "manifest.jsonl"
    with manifest.open("w") as file:
        for number in range(count):
            source, preset = divmod(number, len(PRESETS))
            row = {
                "id": f"c{number}", "source": f"{source}/source.mp4", "preset": PRESETS[preset],
                "generated": f"{source}/{PRESETS[preset]}.mp4", "fov_degrees": 60, "method": "noise",
                "target": f"{source}/true-{PRESETS[preset]}.mp4",
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
    return manifest


def _make_source(folder: Path, frames: int, size: int, number: int) -> None:
    place = folder / str(number)
    if (place / "source.mp4").exists():  # the last to be written
        return
    place.mkdir(exist_ok=True)
    draws = np.random.default_rng(number)
    texture = np.zeros((size, size, 3))
    for cell in (4, 8, 16, 32):  # detail at all scales, as features need it
        coarse = draws.uniform(0, 64, (-(-size // cell), -(-size // cell), 3))
        texture += np.kron(coarse, np.ones((cell, cell, 1)))[:size, :size]
    still = texture.astype(np.uint8)
    warp = Warper(Intrinsics.from_fov_degrees(60, size, size))
    for preset in PRESETS:
        path = CameraPath.preset(preset, frames, strength=0.5)
        true = np.stack([warp(still, pose) for pose in path.extrinsics])
        noise = draws.integers(-8, 9, true.shape)
        Video.from_frames(true, 15).save(place / f"true-{preset}.mp4")
        seen = np.clip(true + noise, 0, 255).astype(np.uint8)
        Video.from_frames(seen, 15).save(place / f"{preset}.mp4")
    Video.from_frames(np.repeat(still[None], frames, axis=0), 15).save(place / "source.mp4")


def measured(words: list[str]) -> dict[str, float]:
    """Run the command to its end: seconds, seconds of processor, and MiB at the peaks."""
    began = time.monotonic()
    run = psutil.Popen(
        [sys.executable, "-m", "recam.apps.cli.main", "evaluate", *words, "--json"], stdout=subprocess.PIPE
    )
    peaks: dict[int, float] = {}
    cpu: dict[int, float] = {}

    def watch() -> None:
        while run.poll() is None:
            with contextlib.suppress(psutil.Error):
                for process in (run, *run.children(recursive=True)):
                    own = process.memory_full_info().uss / 2**20  # without what processes share
                    peaks[process.pid] = max(peaks.get(process.pid, 0), own)
                    times = process.cpu_times()
                    cpu[process.pid] = times.user + times.system
            time.sleep(_TICK)

    watcher = threading.Thread(target=watch)
    watcher.start()
    said, _ = run.communicate()
    watcher.join()
    if run.returncode:
        raise SystemExit(f"the command ended with {run.returncode}")
    workers = [peak for process, peak in peaks.items() if process != run.pid]
    return {
        "seconds": time.monotonic() - began,
        "cpu": sum(cpu.values()),
        "command": peaks[run.pid],
        "worker": max(workers, default=0),
        "broken": json.loads(said)["clips"]["broken"],
    }


if __name__ == "__main__":
    main()
