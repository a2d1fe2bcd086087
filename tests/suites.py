"""A suite in miniature, written by hand: a textured wall two metres away, seen by still and moving cameras.

The wall is a plane, so that its true view along any path is a homography, which is what a plane warp draws.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from recam.camera import CameraPath, Intrinsics
from recam.data.suite import HEAD, Suite, Task, read_suite, write_tasks
from recam.draft import draft_video
from recam.video import VideoWriter

FRAMES, SIDE, FPS, DISTANCE = 9, 64, 8, 2.0
FOCAL_MM = 24.0
LENS = Intrinsics.from_focal_mm(FOCAL_MM, SIDE, SIDE)
SLIDE = CameraPath.preset("truck-right", FRAMES, amount=0.2)


def wall(seed: int = 0) -> np.ndarray:
    """uint8 [F,H,W,3]: soft blobs that fade in time, the same wall in each frame."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 215, (8, 8, 3))
    fine = np.repeat(np.repeat(coarse, SIDE // 8, axis=0), SIDE // 8, axis=1)
    for _ in range(3):
        fine = (fine + np.roll(fine, 1, 0) + np.roll(fine, 1, 1) + np.roll(fine, (1, 1), (0, 1))) / 4
    fade = np.linspace(1, 0.8, FRAMES)[:, None, None, None]
    return np.round(fade * fine[None]).astype(np.uint8)


def seen(path: CameraPath) -> np.ndarray:
    """The wall as a camera sees it that starts where the still source stands."""
    return draft_video(wall(), path, intrinsics=LENS, depth=DISTANCE, fill=True)


def write_suite(folder: Path, paths: tuple[str, ...] = ("pan-right", "dolly-in", "zoom-in")) -> Suite:
    """One scene: ``paths`` from a still source, "static" from one that slides to the right."""
    base = folder / "scenes" / "00"
    for part in ("sources", "views", "cameras", "depth"):
        (base / part).mkdir(parents=True)
    own = {"still": CameraPath.preset("static", FRAMES), "moving": SLIDE}
    for name, path in own.items():
        save(base / "sources" / f"{name}.mp4", seen(path))
        replace(path, intrinsics=LENS).save(base / "cameras" / f"{name}.json")
        np.savez(base / "depth" / f"{name}.npz", depth=np.full((FRAMES, SIDE, SIDE), DISTANCE, np.float16))
    tasks = []
    for source, names in (("still", paths), ("moving", ("static",))):
        for name in names:
            path = CameraPath.preset(name, FRAMES, strength=0.3)
            save(base / "views" / f"{name}.mp4", seen(path))
            replace(path, intrinsics=LENS).save(base / "cameras" / f"{name}.json")
            tasks.append(
                Task(
                    f"00-{source}-{name}", 0, f"scenes/00/sources/{source}.mp4",
                    f"scenes/00/cameras/{name}.json", f"scenes/00/views/{name}.mp4", name, name,
                    f"scenes/00/cameras/{source}.json", f"scenes/00/depth/{source}.npz", "a wall",
                    FOCAL_MM, DISTANCE, FRAMES, FPS, SIDE, SIDE,
                )
            )  # fmt: skip
    write_tasks(folder, tasks)
    (folder / HEAD).write_text(json.dumps({"suite": "miniature", "version": 1, "size": "small"}))
    return read_suite(folder)


def save(file: Path, frames: np.ndarray, fps: int = FPS) -> None:
    with VideoWriter(file, Fraction(fps), frames.shape[2], frames.shape[1], crf=1, threads=1) as writer:
        for frame in frames:
            writer.write(frame)
