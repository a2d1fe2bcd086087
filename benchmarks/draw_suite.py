"""Draws the definition of the benchmark suite, as it was done once for each of its versions.

    MUJOCO_GL=egl python benchmarks/draw_suite.py suite.json

A scene in which a camera comes to see nothing but a wall or the sky is drawn anew, as it is in a world, and
so is one too dark to tell a good picture from a bad one. Ends with one JSON line.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from recam.data.check_clip import is_dull
from recam.worlds.settings import close_engines, mujoco_engine
from recam.worlds.suite import (
    FIRST_NUMBER,
    NUM_SCENES,
    SIZES,
    STILL,
    SceneDefinition,
    Size,
    SizeName,
    define_scene,
    draw_defined,
    write_definition,
)

SIDE = 64  # of the pictures that are looked at
LEAST_CONTRAST = (
    24  # standard deviation of the source's pixel values: in the dark there is nothing to compare
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path)
    parser.add_argument("--scenes", type=int, default=NUM_SCENES)
    options = parser.parse_args()
    found: dict[SizeName, list[SceneDefinition]] = {name: [] for name in SIZES}
    for number in range(FIRST_NUMBER, FIRST_NUMBER + options.scenes):
        for name, size in SIZES.items():
            found[name].append(define(number, size))
            print(number, name, found[name][-1].caption, flush=True)
    close_engines()
    write_definition(options.output, found)
    attempts = [scene.attempt for scenes in found.values() for scene in scenes]
    print(json.dumps({"benchmark": "draw_suite", "scenes": options.scenes, "drawn_anew": sum(attempts)}))


def define(number: int, size: Size) -> SceneDefinition:
    """The first of the scenes of ``number`` whose cameras all see something all the time."""
    attempt = 0
    while True:
        scene = define_scene(number, size, attempt)
        if not any_dull(scene, size):
            return scene
        attempt = scene.attempt + 1


def any_dull(scene: SceneDefinition, size: Size) -> bool:
    """Whether a camera sees nothing at some moment, or the source next to nothing."""
    shot = draw_defined(scene, size)
    engine = mujoco_engine(SIDE, SIDE * size.width // size.height // 8 * 8)
    zooms = [path.zooms for path in scene.camera_paths(size).values()]
    frames = engine.render(shot.scene, list(shot.cameras.values()), shot.lens, zooms=zooms).frames
    source = frames[list(shot.cameras).index(STILL)]
    return source.std() < LEAST_CONTRAST or any(is_dull(frame) for clip in frames for frame in clip)


if __name__ == "__main__":
    main()
