"""Make the pictures of README.md with the bundled model and sample.

python tools/make_pictures.py          # writes docs/images/*.png
"""

from __future__ import annotations

from pathlib import Path

from recam import CameraPath, RecamPipeline, Video
from recam.camera.plot import plot_path
from recam.draft import draft_video
from recam.files import bundled_path
from recam.video import contact_sheet, crop_and_resize

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
PATHS = ("pan-right", "tilt-down", "dolly-in", "crane-up", "arc-left")
LENS_DEGREES = 52.67
"""Of the sample: a 24 mm lens on a 23.76 mm sensor."""


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    source = Video.load(bundled_path("sample") / "scene.mp4")
    prompt = (bundled_path("sample") / "scene.txt").read_text().strip()
    pipeline = RecamPipeline.from_pretrained("tiny")
    results = [pipeline(source, CameraPath.preset(name, 9), prompt=prompt, seed=0) for name in PATHS]
    rows = [results[0].source, *(result.video for result in results)]
    contact_sheet(rows, IMAGES / "reshot.png", labels=["source", *PATHS], columns=5, height=128)
    drafts = [draft_video(source, CameraPath.preset(name, 9), fov_degrees=LENS_DEGREES) for name in PATHS]
    small = [video.with_frames(crop_and_resize(video.frames, 160, 160)) for video in (source, *drafts)]
    contact_sheet(small, IMAGES / "draft.png", labels=["source", *PATHS], columns=5, height=128)
    plot_path(CameraPath.preset("arc-left", 21), IMAGES / "arc-left.png")
    print(f"{IMAGES}: {', '.join(sorted(path.name for path in IMAGES.glob('*.png')))}")


if __name__ == "__main__":
    main()
