"""How fast `recam world render` is, against the engine alone, and where the time goes.

Three measurements of the same scenes, one after the other in one run:

- all: `render_world` as the command calls it: scenes and cameras drawn, filmed, encoded, written, read back
  and checked. The clock starts when the first scene of each worker is there, so that starting processes and
  renderers does not count.
- bare: only what an engine must do for a picture: move what moves, draw, read the pixels. Scenes are drawn
  and poured into the renderer outside the clock, by as many workers side by side.
- shares: one process, each step under a stopwatch.

The first two take turns, in rounds; shown is the round of the median share, and the shares of all.

Run: python benchmarks/world_speed.py [--scenes 24] [--size 128] [--frames 17] [--workers 1,2] [--rounds 3]
Prints tables (markdown); the last line is JSON. Only a quiet machine gives figures that mean something.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ["LP_NUM_THREADS"] = "1"  # as workers have it; read when the graphics library is opened

from recam.parallel import run_side_by_side
from recam.video.writer import VideoWriter
from recam.worlds import mujoco as engine_module
from recam.worlds import shots
from recam.worlds.headless import import_mujoco
from recam.worlds.mujoco import MujocoEngine
from recam.worlds.scene_files import write_scene
from recam.worlds.settings import SceneSettings, close_engines
from recam.worlds.verify import check_written
from recam.worlds.write import render_world

STEPS = ("draw the scene", "pour it", "render", "read pixels", "average", "encode", "write", "verify")


class Stopwatch:
    """Seconds spent in functions; time in a nested one counts for that one alone."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._within: list[float] = []

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        self._within.append(0.0)
        try:
            yield
        finally:
            took = time.perf_counter() - start
            self.seconds[step] += took - self._within.pop()
            if self._within:
                self._within[-1] += took

    def watch(self, owner: Any, name: str, step: str) -> Any:
        """A patch of ``owner.name`` that times it."""
        function: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            with self(step):
                return function(*arguments, **options)

        return patch.object(owner, name, timed)


def all_in(settings: SceneSettings, scenes: range, workers: int) -> float:
    """Frames a second of the whole command, once each worker has its first scene."""
    done: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        report = render_world(
            Path(folder) / "world", scenes, settings, workers,
            on_scene=lambda scene: done.append((time.perf_counter(), scene.frames)),
        )  # fmt: skip
    if report.failed:
        raise SystemExit(f"scenes did not pass their check: {report.failed}")
    counted = done[workers:]
    return sum(frames for _, frames in counted) / (done[-1][0] - done[workers - 1][0])


_bare_engines: list[MujocoEngine] = []


def bare_of(settings: SceneSettings, number: int) -> tuple[int, float]:
    """Frames and seconds of one scene; the engine stays for the next."""
    if not _bare_engines:
        _bare_engines.append(MujocoEngine(settings.size))
    shot = settings.draw(number)
    pouring = Stopwatch()
    with pouring.watch(MujocoEngine, "_pour", "pour"):
        start = time.perf_counter()
        views = _bare_engines[0].render(shot.scene, list(shot.cameras.values()), shot.lens)
        took = time.perf_counter() - start
    return views.frames.shape[0] * views.frames.shape[1], took - pouring.seconds["pour"]


def bare(settings: SceneSettings, scenes: range, workers: int) -> float:
    """Frames a second of the engine alone, all workers together, over all scenes."""
    found = [result for _, result in run_side_by_side(partial(bare_of, settings), scenes, workers)]
    while _bare_engines:
        _bare_engines.pop().close()
    return workers * sum(frames for frames, _ in found) / sum(seconds for _, seconds in found)


def shares(settings: SceneSettings, scenes: range) -> tuple[dict[str, float], int]:
    """Milliseconds a frame of each step, and frames."""
    clock, mujoco = Stopwatch(), import_mujoco()
    frames = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        clock.watch(shots, "draw_shot", "draw the scene"),
        clock.watch(MujocoEngine, "_pour", "pour it"),
        clock.watch(mujoco, "mjr_render", "render"),
        clock.watch(mujoco, "mjr_readPixels", "read pixels"),
        clock.watch(engine_module, "_averaged", "average"),
        clock.watch(VideoWriter, "write", "encode"),
        clock.watch(VideoWriter, "__exit__", "encode"),
    ):
        settings.film(scenes[0])  # makes the engine
        clock.seconds.clear()
        for number in scenes:
            with clock("the rest"):
                film = settings.film(number)
                place = Path(folder) / str(number)
                place.mkdir()
                with clock("write"):
                    write_scene(place, film, settings)
                with clock("verify"):
                    check_written(place, film, settings)
            frames += film.frames.shape[0] * film.frames.shape[1]
    close_engines()
    steps = (*STEPS, "the rest")
    return {step: 1e3 * clock.seconds[step] / frames for step in steps}, frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=24)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--rounds", type=int, default=3, help="of which the one of the median share counts")
    options = parser.parse_args()
    settings = SceneSettings(size=options.size, num_frames=options.frames)
    scenes = range(options.scenes)
    busy = os.getloadavg()[0]

    rates: dict[int, tuple[float, float]] = {}
    print("| workers | everything, frames/s | engine alone, frames/s | share (of each round) |")
    print("|---|---|---|---|")
    for workers in map(int, options.workers.split(",")):
        rounds: list[tuple[float, float]] = []
        for _ in range(options.rounds):
            whole = all_in(settings, scenes, workers)
            close_engines()
            rounds.append((whole, bare(settings, scenes, workers)))
        rates[workers] = sorted(rounds, key=lambda rate: rate[0] / rate[1])[len(rounds) // 2]
        whole, alone = rates[workers]
        every = ", ".join(f"{one / other:.0%}" for one, other in rounds)
        print(f"| {workers} | {whole:.0f} | {alone:.0f} | {whole / alone:.0%} ({every}) |", flush=True)
    steps, frames = shares(settings, scenes)
    total = sum(steps.values())
    print("\n| step | ms a frame | share |")
    print("|---|---|---|")
    for step, milliseconds in steps.items():
        print(f"| {step} | {milliseconds:.2f} | {milliseconds / total:.0%} |")
    print(f"| all | {total:.2f} | 100% |\n")
    print(
        json.dumps(
            {
                "benchmark": "world_speed",
                "size": options.size,
                "frames_a_clip": options.frames,
                "scenes": options.scenes,
                "profiled_frames": frames,
                "fps": {workers: round(whole, 1) for workers, (whole, _) in rates.items()},
                "bare_fps": {workers: round(alone, 1) for workers, (_, alone) in rates.items()},
                "share_of_bare": {
                    workers: round(whole / alone, 3) for workers, (whole, alone) in rates.items()
                },
                "ms_a_frame": {step: round(value, 3) for step, value in steps.items()},
                "cores": os.cpu_count(),
                "machine": platform.machine(),
                "load_before": round(busy, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
