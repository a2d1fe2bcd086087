"""Make the picture of photoreal scenes: three scenes, three of their cameras each, five moments.

recam world render photoreal --engine blender --scenes 10:13 --size 256 --frames 17 --fps 15 --samples 4
python tools/make_blender_picture.py photoreal     # writes docs/images/blender_world.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from recam.data.layout import find_scenes
from recam.video import Video, contact_sheet

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "blender_world.png"
MOMENTS, HEIGHT, COLOURS = 5, 128, 256
SCENES, CAMERAS = 3, 3


def main(folder: str) -> None:
    rows, labels = [], []
    for scene in find_scenes(folder, "train", SCENES):
        print(f"{scene.folder.name}: {scene.caption}")
        # One camera of each kind of move, those that go farthest first.
        order = ("arc", "random", "truck", "dolly", "crane", "pan", "tilt", "static")
        names = sorted(scene.moves, key=lambda name: order.index(scene.moves[name]))
        kinds: dict[str, str] = {}
        for name in names:
            kinds.setdefault(scene.moves[name], name)
        for kind, name in list(kinds.items())[:CAMERAS]:
            rows.append(Video.load(scene.videos[name]))
            labels.append(f"{name} {kind}")
    contact_sheet(rows, PICTURE, labels=labels, columns=MOMENTS, height=HEIGHT)
    with Image.open(PICTURE) as picture:
        small = picture.convert("RGB").quantize(COLOURS)
    small.save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
