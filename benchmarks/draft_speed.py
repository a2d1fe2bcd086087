"""How fast ``recam draft`` is: decode, warp and encode a 480x832 video, end to end, with ``draft_file``.

Run: python benchmarks/draft_speed.py [--frames 120] [--repeats 3] [--height 480] [--width 832] [--fill]
     python benchmarks/draft_speed.py --depth-map [--frames 60]     with parallax: one depth map a frame
The last line is JSON. ``frames_per_second`` is the median over the repeats of frames / wall seconds;
``cpu_ms_per_frame`` is the processor time of all threads, which a busy machine does not distort as much.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from recam.camera import CameraPath
from recam.draft import DEFAULT_DEPTH, draft_file, open_depth
from recam.video import VideoWriter


def write_clip(path: Path, frames: int, height: int, width: int) -> None:
    """A detailed picture that drifts, with some noise: about as hard to encode as footage."""
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[: height + 64, : width + 64]
    waves = 128 + 60 * np.sin(columns / 9) * np.cos(rows / 13) + 50 * np.sin((columns + 2 * rows) / 41)
    canvas = np.stack([waves, np.roll(waves, 31, 1), np.roll(waves, 47, 0)], -1)
    canvas = np.clip(canvas + random.normal(0, 4, canvas.shape), 0, 255).astype(np.uint8)
    with VideoWriter(path, Fraction(24), width, height, preset="veryfast") as writer:
        for index in range(frames):
            shift = index % 64
            writer.write(np.ascontiguousarray(canvas[shift : shift + height, shift : shift + width]))


def write_depth(path: Path, frames: int, height: int, width: int) -> None:
    """A slanted floor up to a wall, with five round things in front that move; metres, one map a frame."""
    rows, columns = np.mgrid[:height, :width]
    room = np.minimum(6.0, 0.9 * height / np.maximum(rows - 0.45 * height, 1))
    maps = np.empty((frames, height, width), np.float32)
    for index in range(frames):
        maps[index] = room
        for thing in range(5):
            x, y = (0.12 + 0.19 * thing) * width + index, (0.3 + 0.1 * thing) * height
            inside = np.hypot(columns - x, rows - y) < 0.13 * height
            maps[index][inside] = 2 + 0.5 * thing
    np.save(path, maps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--width", type=int, default=832)
    parser.add_argument("--camera", default="arc-left")
    parser.add_argument("--fill", action="store_true")
    parser.add_argument("--depth-map", action="store_true", help="with parallax, one depth map a frame")
    options = parser.parse_args()

    rates, processor = [], []
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(clip, options.frames, options.height, options.width)
        path = CameraPath.preset(options.camera)
        maps = Path(folder) / "depth.npy"
        if options.depth_map:
            write_depth(maps, options.frames, options.height, options.width)
        for repeat in range(options.repeats):
            wall, cpu = time.perf_counter(), time.process_time()
            depth = open_depth(maps, "metric") if options.depth_map else DEFAULT_DEPTH
            draft_file(clip, Path(folder) / "draft.mp4", path, depth=depth, fill=options.fill)
            seconds = time.perf_counter() - wall
            rates.append(options.frames / seconds)
            processor.append(1000 * (time.process_time() - cpu) / options.frames)
            print(
                f"repeat {repeat}: {rates[-1]:.1f} frames/s, {processor[-1]:.1f} CPU ms a frame", flush=True
            )
    print(
        json.dumps(
            {
                "benchmark": "draft_speed",
                "frames_per_second": round(statistics.median(rates), 2),
                "cpu_ms_per_frame": round(statistics.median(processor), 2),
                "frames": options.frames,
                "size": [options.height, options.width],
                "camera": options.camera,
                "fill": options.fill,
                "depth_map": options.depth_map,
                "cores": len(os.sched_getaffinity(0)),
                "load_before": round(os.getloadavg()[0], 2),
                "torch_threads": torch.get_num_threads(),
                "machine": platform.machine(),
            }
        )
    )


if __name__ == "__main__":
    main()
