"""How much of a camera's shaking ``recam stabilize`` takes out of rendered clips with known cameras.

Run: MUJOCO_GL=egl python benchmarks/stabilize.py [--clips pan dolly] [--methods gaussian l1 lock] [--again]
    [--frames 45] [--output table.md]

The world is that of ``solve_cameras.py``: a room with speckled walls, still boxes and moving figures that
cover about 15 % of the picture; 480x288, 15 frames/s, 50 degrees wide. The camera is held by hand (the preset
``handheld``: 0.3 to 5 Hz, 1 degree RMS of pan and tilt, half of it of roll) while it pans by 8 degrees
(``pan``: it only turns) or drives 1.2 m forwards (``dolly``: it sways by 2 cm RMS as well). The clips are
written as H.264 (crf 18) and given to ``recam camera solve`` and ``recam stabilize`` as a user does, with
nothing but the file and the lens.

Jitter is ``recam.camera.smooth.jitter``: RMS over the frames of the angle between each pose and a smooth path
through them (Gaussian-weighted quadratic fit, sigma 0.5 s). "before" is that of the camera that was rendered.
"after" is that of the camera which the stabilised pictures really show, by the known truth: with true source
poses S, solved ones S' and target T, a view taken for S'^-1 T from a true S shows S S'^-1 T. So errors of
solving count in full. "found again" (with --again): the stabilised video solved like any other, which adds
that solving's own noise. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from solve_cameras import HEIGHT, LENS, SUBJECT, WIDTH, make_scene

from recam.camera import CameraPath, Poses
from recam.camera.moves import look_at, pan_tilt, translate
from recam.camera.shake import handheld
from recam.camera.smooth import jitter
from recam.video import Video
from recam.worlds.tiny.engine import TinyEngine

FPS = 15.0
PAN_DEGREES, DOLLY_METRES, SHAKE_DEGREES, SWAY_METRES = 8.0, 1.2, 1.0, 0.02


def true_path(clip: str, frames: int, seed: int) -> Poses:
    """The camera of ``clip`` relative to its first frame."""
    progress, seconds = np.linspace(0, 1, frames), np.arange(frames) / FPS
    if clip == "pan":
        return pan_tilt(progress, PAN_DEGREES) @ handheld(seconds, SHAKE_DEGREES, 0.0, seed)
    return translate(progress, (0, 0, DOLLY_METRES)) @ handheld(seconds, SHAKE_DEGREES, SWAY_METRES, seed)


def render(clip: str, frames: int, seed: int, file: Path) -> Poses:
    """Write the clip; gives its true camera."""
    engine = TinyEngine(HEIGHT, LENS.fov_degrees[1], width=WIDTH, texture_pixels=1024, speckled=True)
    truth = true_path(clip, frames, seed)
    start = look_at([(SUBJECT, 0.2, 1.35)], (0.0, 0.0, 1.1), down=(0.0, 0.0, -1.0))
    pictures = engine.render(make_scene(0.15, seed, 0.9), [start @ truth], FPS)[0]
    engine.close()
    Video.from_frames(pictures, FPS).save(file)
    return truth


def recam(*words: object) -> dict[str, Any]:
    """Run a command of recam as a user does; gives its JSON."""
    command = [sys.executable, "-m", "recam.apps.cli.main", *map(str, words), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def shown(truth: Poses, solved: Poses, target: Poses) -> Poses:
    """The camera whose views the stabilised pictures show."""
    return truth @ target.relative_to(solved)


def measure(
    clip: str, methods: list[str], frames: int, seed: int, again: bool, folder: Path
) -> list[dict[str, Any]]:
    source, solved_file = folder / f"{clip}.mp4", folder / f"{clip}.json"
    truth = render(clip, frames, seed, source)
    fov = round(LENS.fov_degrees[0], 9)
    began = time.perf_counter()
    kind = recam("camera", "solve", source, "--fov", fov, "-o", solved_file)["kind"]
    seconds = time.perf_counter() - began
    solved = CameraPath.load(solved_file).poses
    before, rows = jitter(truth, FPS).turn_degrees, []
    for method in methods:
        output, path = folder / f"{clip}-{method}.mp4", folder / f"{clip}-{method}.json"
        told = recam(
            "stabilize",
            source,
            "--source-path",
            solved_file,
            "--method",
            method,
            "--save-path",
            path,
            "-o",
            output,
        )
        after = jitter(shown(truth, solved, CameraPath.load(path).poses), FPS).turn_degrees
        row = {
            "clip": clip, "kind": kind, "method": method, "before": before, "after": after,
            "times_smaller": before / after, "crop": told["crop"], "solve_seconds": seconds,
            "turned_by_up_to": told["corrected"]["turn_degrees"],
        }  # fmt: skip
        if again:
            zoomed = LENS.zoomed(told["crop"]).fov_degrees[0]
            found = folder / f"{clip}-{method}-again.json"
            recam("camera", "solve", output, "--fov", round(zoomed, 9), "-o", found)
            row["found_again"] = jitter(CameraPath.load(found).poses, FPS).turn_degrees
        rows.append(row)
        print(table(rows[-1:], header=len(rows) == 1), flush=True)
    return rows


def table(rows: list[dict[str, Any]], header: bool = True) -> str:
    """The rows as markdown."""
    lines = [
        "| clip | solved as | method | jitter before | after | times smaller | found again | crop |",
        "|---|---|---|---|---|---|---|---|",
    ] if header else []  # fmt: skip
    for row in rows:
        again = f"{row['found_again']:.4f}°" if "found_again" in row else "-"
        lines.append(
            f"| {row['clip']} | {row['kind']} | {row['method']} | {row['before']:.3f}° | "
            f"{row['after']:.4f}° | {row['times_smaller']:.0f} | {again} | {row['crop']:.2f}x |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", nargs="+", default=["pan", "dolly"], choices=["pan", "dolly"])
    parser.add_argument("--methods", nargs="+", default=["gaussian", "l1", "lock"])
    parser.add_argument("--frames", type=int, default=45)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="also solve the stabilised videos")
    parser.add_argument("--output", type=Path, help="write the table here")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for clip in options.clips:
            rows += measure(clip, options.methods, options.frames, options.seed, options.again, Path(folder))
    if options.output:
        options.output.write_text(table(rows) + "\n", encoding="utf-8")
    print(json.dumps({"machine": platform.processor() or platform.machine(), "rows": rows}))


if __name__ == "__main__":
    main()
