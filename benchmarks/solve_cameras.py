"""How well ``recam camera solve`` recovers known cameras from rendered clips.

Run: MUJOCO_GL=egl python benchmarks/solve_cameras.py [--moves arc pan ...] [--shares 0 0.15 0.4]
    [--lens known unknown] [--seed 1] [--table table.md]

The world: a room of 14 x 14 m with speckled walls and floor, still boxes, and speckled figures that slide,
circle and bounce, each its own way, sized until they cover the wanted share of the picture (measured by
segmentation, mean over the clip). 480x288, 21 frames at 15 frames/s, 62 degrees across, subject 4 m ahead.
The solver gets the frames as they are drawn, and the lens or nothing. Its guess for an unknown lens is 50
degrees.

Errors. Poses are relative to frame 0 on both sides. Rotation error of a frame: the angle of
R_found^T R_true, degrees. Translation error of a frame: |s t_found - t_true| / length of the true path, in
per cent, where s is the one free scale of a video (least squares over the clip's frames). Pans, tilts and
still cameras have no path to relate to: their answer must not travel at all. Median and maximum are over
frames 1 to F - 1. A clip for which no camera or another kind of camera is answered counts as failed. The last
line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recam.camera import Intrinsics, Poses
from recam.camera.moves import arc, look_at, pan_tilt, translate
from recam.camera.solve import SolveError, solve_frames
from recam.worlds.tiny.engine import TinyEngine
from recam.worlds.tiny.scene import Scene, Surface, Thing

WIDTH, HEIGHT, FRAMES, FPS = 480, 288, 21, 15.0
LENS = Intrinsics.from_fov_degrees(62, WIDTH, HEIGHT)
SUBJECT = 4.0
MOVES = {
    "arc": ("full", lambda t: arc(t, 30, SUBJECT)),
    "dolly": ("full", lambda t: translate(t, (0, 0, 1.5))),
    "truck": ("full", lambda t: translate(t, (1.5, 0, 0))),
    "crane": ("full", lambda t: translate(t, (0, -1, 0), SUBJECT)),
    "pan": ("rotation", lambda t: pan_tilt(t, pan_degrees=20)),
    "tilt": ("rotation", lambda t: pan_tilt(t, tilt_degrees=10)),
    "static": ("static", lambda t: Poses.identity(len(t))),
}
_COLOURS = ((0.75, 0.2, 0.15), (0.2, 0.3, 0.8), (0.85, 0.75, 0.3), (0.2, 0.55, 0.3))


@dataclass(frozen=True)
class Clip:
    """A rendered clip: frames [F,H,W,3], true poses relative to frame 0, mean share covered by figures."""

    frames: NDArray[np.uint8]
    poses: Poses
    share: float


def make_scene(share: float, seed: int, size: float) -> Scene:
    """The room with figures ``size`` times as large as people (none for a share of 0)."""
    rng = np.random.default_rng([seed, 7])
    white, dark = (0.95, 0.93, 0.88), (0.12, 0.12, 0.15)
    props = [
        Thing(
            "box", "brown", _COLOURS[index], dark, 0.35 + 0.1 * index, 0.3 + 0.15 * index, place,
            float(rng.uniform(0, 6)), "still", 0.0, 1.0, 0.0,
        )
        for index, place in enumerate(((-2.5, 2.6), (-3.5, -2.4), (-0.5, -2.2)))
    ]  # fmt: skip
    # A few large figures, apart from each other, each with a motion of its own.
    count = 0 if share == 0 else 2 if share < 0.3 else 4
    places = ((0.0, 0.1), (-0.6, 1.25), (-0.4, -1.2), (-1.2, 0.4))[:count]
    figures = [
        Thing(
            "figure", "red", _COLOURS[index], white, 0.32 * size, 0.9 * size, (x, y),
            float(rng.uniform(0, 6)), ("sliding", "circling", "bouncing", "sliding")[index],
            float(rng.uniform(0.25, 0.45)), float(rng.uniform(1.6, 2.8)), float(rng.uniform()),
        )
        for index, (x, y) in enumerate(places)
    ]  # fmt: skip
    return Scene(
        number=seed, environment="walled room", half_size=7.0, wall_height=4.0,
        floor=Surface("speckles", white, (0.25, 0.18, 0.12), 3.6, 10 * seed + 1),
        wall=Surface("speckles", (0.85, 0.8, 0.6), dark, 3.6, 10 * seed + 2),
        sky=((0.3, 0.5, 0.8), (0.9, 0.9, 0.95)), light_direction=(-0.5, 0.3, -0.8), light_strength=0.7,
        things=(*figures, *props),
    )  # fmt: skip


def make_clip(engine: TinyEngine, move: str, share: float, seed: int) -> Clip:
    """Render ``move`` with figures covering ``share`` of the picture."""
    start = look_at([(SUBJECT, 0.2, 1.35)], (0.0, 0.0, 1.1), down=(0.0, 0.0, -1.0))
    relative = MOVES[move][1](np.linspace(0, 1, FRAMES))
    poses = start @ relative
    small, large = 0.3, 2.5
    for _ in range(7 if share else 0):  # bisection on the figures' size
        middle = (small * large) ** 0.5
        covered = _covered(engine, make_scene(share, seed, middle), poses[::5], FPS / 5)
        small, large = (middle, large) if covered < share else (small, middle)
    scene = make_scene(share, seed, (small * large) ** 0.5)
    frames = engine.render(scene, [poses], FPS)[0]
    return Clip(frames, relative, _covered(engine, scene, poses, FPS))


def _covered(engine: TinyEngine, scene: Scene, poses: Poses, fps: float) -> float:
    moving = tuple(index for index, thing in enumerate(scene.things) if thing.motion != "still")
    return float(engine.coverage(scene, poses, fps, moving).mean()) if moving else 0.0


@dataclass(frozen=True)
class Row:
    """One solved clip: errors are None where it failed; ``answer`` is the kind, or what went wrong."""

    move: str
    share: float
    lens: str
    answer: str
    rotation_median: float | None
    rotation_max: float | None
    translation_median: float | None
    translation_max: float | None
    fov_degrees: float | None
    moving_share: float | None
    seconds: float

    @property
    def failed(self) -> bool:
        return self.rotation_median is None


def measure(move: str, clip: Clip, lens: Intrinsics | None) -> Row:
    """Solve a clip and compare with the truth."""
    begin = time.perf_counter()
    known = "known" if lens else "unknown"
    try:
        solution = solve_frames(clip.frames, lens)
    except SolveError as error:
        return Row(move, clip.share, known, f"failed: {error}", *[None] * 6, time.perf_counter() - begin)
    seconds = time.perf_counter() - begin
    fov = solution.intrinsics.fov_degrees[0]
    if solution.kind != MOVES[move][0]:
        answer = f"failed: answered {solution.kind}"
        return Row(move, clip.share, known, answer, *[None] * 4, fov, solution.moving_share, seconds)
    turns = solution.poses.rotations.transpose(0, 2, 1) @ clip.poses.rotations
    rotation = Poses.from_parts(turns, np.zeros((1, 3))).rotation_angle_degrees()[1:]
    median = largest = None
    if solution.kind == "full":
        found, true = solution.poses.translations, clip.poses.translations
        scale = float((found * true).sum() / (found * found).sum())
        length = np.linalg.norm(np.diff(true, axis=0), axis=1).sum()
        travel = 100 * np.linalg.norm(scale * found - true, axis=1)[1:] / length
        median, largest = float(np.median(travel)), float(travel.max())
    return Row(
        move, clip.share, known, solution.kind, float(np.median(rotation)), float(rotation.max()), median,
        largest, fov, solution.moving_share, seconds,
    )  # fmt: skip


HEAD = (
    "| move | figures cover | lens | answer | rotation error, median (max), degrees "
    "| translation error, median (max), % of the path | lens found, degrees | seconds |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = []
    for row in rows:
        turn = "-" if row.failed else f"{row.rotation_median:.4f} ({row.rotation_max:.4f})"
        way = "-"
        if row.translation_median is not None:
            way = f"{row.translation_median:.3f} ({row.translation_max:.3f})"
        fov = "-" if row.fov_degrees is None else f"{row.fov_degrees:.2f}"
        lines.append(
            f"| {row.move} | {row.share:.1%} | {row.lens} | {row.answer} | {turn} | {way} | {fov} "
            f"| {row.seconds:.0f} |\n"
        )
    return HEAD + "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--moves", nargs="+", choices=list(MOVES), default=list(MOVES))
    parser.add_argument("--shares", nargs="+", type=float, default=[0.0, 0.15, 0.4])
    parser.add_argument("--lens", nargs="+", choices=["known", "unknown"], default=["known", "unknown"])
    parser.add_argument("--seed", type=int, default=1, help="of the world: textures, motions, props")
    parser.add_argument("--table", type=Path, help="also write the table to this file")
    options = parser.parse_args()

    engine = TinyEngine(HEIGHT, LENS.fov_degrees[1], width=WIDTH, texture_pixels=2048, speckled=True)
    rows: list[Row] = []
    for move in options.moves:
        for share in options.shares:
            clip = make_clip(engine, move, share, options.seed)
            for lens in options.lens:
                rows.append(measure(move, clip, LENS if lens == "known" else None))
                print(table(rows[-1:]).splitlines()[-1], flush=True)
                if options.table:
                    options.table.write_text(table(rows))
    print(table(rows))
    solved = [row for row in rows if not row.failed]
    worst = {
        f"worst_median_{name}_at_{share:g}_{lens}": round(max(values), 4)
        for share in options.shares
        for lens in options.lens
        for name in ("rotation", "translation")
        if (
            values := [
                value
                for row in solved
                if row.lens == lens and abs(row.share - share) < 0.05
                if (value := getattr(row, f"{name}_median")) is not None
            ]
        )
    }
    summary = {
        "benchmark": "solve_cameras",
        "clips": len(rows),
        "failed": len(rows) - len(solved),
        **worst,
        "seconds_median": round(float(np.median([row.seconds for row in rows])), 1),
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
