"""Camera paths: make, look at, save, load. Run it as ``python examples/02_camera_paths.py OUT_DIR``.

Writes a picture of each preset, a page to turn with the mouse and a camera file. Needs no model, no video.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from recam.camera import PRESETS, CameraPath
from recam.camera.moves import arc, translate
from recam.camera.plot import describe, plot_path, plot_path_html


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)

    # The published presets by name; strength scales them, any number of frames.
    for name, info in PRESETS.items():
        path = CameraPath.preset(name, num_frames=81)
        print(f"{describe(path):<56} {info.description}")
        plot_path(path, folder / f"{name}.png")
    half = CameraPath.preset("arc-left", num_frames=17, strength=0.5)

    # Poses are camera-to-world, OpenCV axes (x right, y down, z forward), metres: one [R|t] a frame.
    print("position at the end of half an arc to the left:", half.extrinsics[-1, :, 3].round(3))
    print("what a model sees of 17 frames:", half.model_input().shape)

    # A path of your own: an arc while driving 1 m forwards.
    progress = np.linspace(0, 1, 17)
    own = CameraPath(translate(progress, (0, 0, 1)) @ arc(progress, degrees=-25, subject_distance=3), "own")
    plot_path_html(own, folder / "own.html")
    own.save(folder / "own.json")
    assert CameraPath.load(folder / "own.json") == own
    print("written to", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "camera_paths"))
