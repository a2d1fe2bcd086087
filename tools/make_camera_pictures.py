"""Make the pictures of docs/cameras.md: every preset, and the axes of programs that write camera files.

python tools/make_camera_pictures.py     # writes docs/images/cameras/*.png
"""

from __future__ import annotations

from pathlib import Path

from recam.camera import PRESET_NAMES, CameraPath
from recam.camera.plot import plot_axes, plot_small

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images" / "cameras"
FRAMES = 49
# Small moves that strength 1 would hardly show, and full turns.
STRENGTHS = {"roll-left": 2.0, "roll-right": 2.0, "tilt-up": 2.0, "tilt-down": 2.0}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PRESET_NAMES:
        plot_small(CameraPath.preset(name, FRAMES, STRENGTHS.get(name, 1.0)), FOLDER / f"{name}.png")
    plot_axes(FOLDER / "axes.png")
    total = sum(file.stat().st_size for file in FOLDER.glob("*.png"))
    print(f"{FOLDER}: {len(PRESET_NAMES) + 1} pictures, {total // 1024} KB")


if __name__ == "__main__":
    main()
