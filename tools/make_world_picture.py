"""Make the picture of docs/worlds.md: scenes of the bundled world, and one of them from several cameras.

python tools/make_world_picture.py     # writes docs/images/world.png
"""

from __future__ import annotations

from pathlib import Path

from recam.camera import Intrinsics
from recam.video import Video, contact_sheet
from recam.worlds.tiny.engine import TinyEngine
from recam.worlds.tiny.shots import draw_validation_shot

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "world.png"
SIZE, FRAMES, FPS = 128, 9, 8
SCENES = (900_001, 900_004, 900_008)
CAMERAS = ("dolly-in", "crane-up", "arc-left")


def main() -> None:
    lens = Intrinsics.from_focal_mm(24, SIZE, SIZE)
    engine = TinyEngine(SIZE, lens.fov_degrees[1])
    rows, labels = [], []
    for number in SCENES:
        shot = draw_validation_shot(number, 0, FRAMES)
        kinds = ("static", *CAMERAS) if number == SCENES[-1] else ("static",)
        names = {move.kind: name for name, move in shot.moves.items()}
        clips = engine.render(shot.scene, [shot.cameras[names[kind]] for kind in kinds], FPS)
        rows += [Video.from_frames(clip, FPS) for clip in clips]
        labels += kinds
        print(f"{number}: {shot.scene.caption}")
    engine.close()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(rows, PICTURE, labels=labels, columns=5, height=112)
    print(PICTURE)


if __name__ == "__main__":
    main()
