"""Make the bundled sample: the still view of one held-out scene, larger than the bundled model needs.

python tools/make_sample.py            # writes assets/sample/scene.mp4 and scene.txt (its caption)
"""

from __future__ import annotations

import shutil
import tempfile

from recam.data.layout import find_scenes
from recam.files import bundled_path
from recam.worlds.settings import TinySettings
from recam.worlds.write import render_world

SCENE = 900_010


def main() -> None:
    with tempfile.TemporaryDirectory() as world:
        render_world(world, [SCENE], TinySettings(split="val", size=256))
        scene = find_scenes(world, "val")[0]
        folder = bundled_path("sample")
        shutil.copy(scene.videos["cam11"], folder / "scene.mp4")
        (folder / "scene.txt").write_text(scene.caption + "\n")
    print(f"{folder / 'scene.mp4'}: {scene.caption}")


if __name__ == "__main__":
    main()
