"""Re-shoot a video along a new camera path.

    python examples/01_render.py [VIDEO [MODEL]]

Without arguments: the sample clip that comes with recam, with the bundled demonstration model, on any
machine. Writes ``01_render.mp4`` and, source and result together, ``01_side_by_side.mp4`` into the current
folder.
"""

from __future__ import annotations

import sys

from recam import CameraPath, RecamPipeline, Video
from recam.files import bundled_path
from recam.video import side_by_side

sample = bundled_path("sample") / "scene.mp4"
source = sys.argv[1] if len(sys.argv) > 1 else sample
model = sys.argv[2] if len(sys.argv) > 2 else "tiny"  # or a model folder, or a hub id
prompt = sample.with_suffix(".txt").read_text(encoding="utf-8").strip() if source == sample else ""

pipe = RecamPipeline.from_pretrained(model)
video = Video.load(source)

# One pose for each frame that the model will render, relative to the source's first view (OpenCV, metres).
frames = pipe.count_frames(video, pipe.settings.num_frames, fit="trim")
path = CameraPath.preset("arc-left", num_frames=frames)

result = pipe(video, path, prompt=prompt, seed=0, fit="trim")

for note in result.notes:
    print("note:", note)
result.video.save("01_render.mp4")
side_by_side([result.source, result.video], labels=["source", path.name]).save("01_side_by_side.mp4")
seconds = sum(result.seconds.values())
print(f"{frames} frames along {path.name} in {seconds:.1f} s")
