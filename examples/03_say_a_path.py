"""Say a camera path in every way, compose it, check it. Run: ``python examples/03_say_a_path.py OUT_DIR``.

Writes camera files and a picture into OUT_DIR. Needs no model, no video; see docs/cameras.md.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np

from recam.camera import CameraPath, Intrinsics, Keyframe, read_cameras
from recam.camera.check import check_path
from recam.camera.constraints import LookAt
from recam.camera.expression import evaluate, explain
from recam.camera.plot import plot_path


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)

    # In words. Poses are relative to the source's first view: x right, y down, z forward, metres.
    said = "(orbit-left(30deg) while crane-up(0.5m)) @ease-in-out, hold 10f"
    rise = CameraPath.from_expression(said, num_frames=81)
    for step in explain(evaluate(said, 81)):
        print(f"frames {step.first}-{step.last}: {step.words}")
    print("ends at", rise.extrinsics[-1, :, 3].round(3), "(left of, above and nearer than the start)")

    # Through keyframes, with a rule that every frame keeps: the subject stays in the middle.
    keyed = CameraPath.from_keyframes(
        [
            Keyframe(share=0),
            Keyframe(share=0.5, position=(1, 0, 0.3)),
            Keyframe(share=1, position=(2, -0.5, 1)),
        ],
        num_frames=81,
        constraints=[LookAt(point=(0, 0, 4), start=0.5, blend=0.5)],
    )

    # What is wrong with a path, before it is rendered: nothing here.
    for finding in check_path(keyed).findings:
        print(f"{finding.level}: {finding.message}")

    # A lens in millimetres, and a path that changes it. Models take no lens; a dolly comes nearest to it.
    lens = Intrinsics.from_focal_mm(35, 1920, 1080, sensor_mm=36)
    zoom = CameraPath.from_expression("zoom-in(1.5x)", 81)
    zoom = CameraPath(zoom.poses, "closer", lens, zoom.zoom)
    last = zoom.lens(80)
    assert last is not None
    print(f"{lens.fov_degrees[0]:.1f} degrees wide at first, {last.fov_degrees[0]:.1f} at last;", end=" ")
    print(f"as a dolly {zoom.lens_as_dolly(4).translation_length():.2f} m")

    # The same path on footage whose own camera moves: S_i P_i, and back.
    source = CameraPath.from_expression("truck-right(1m) with shake(0.5deg)", 81, fps=15)
    target = rise.follow(source)
    assert np.allclose(target.relative_to_moving(source).extrinsics, rise.extrinsics)

    # Out to other tools and back: axes, units and lenses are converted, and what is lost is said.
    zoom.save(folder / "closer.json")  # recam's own: every number exactly
    assert CameraPath.load(folder / "closer.json") == zoom
    rise.save(folder / "transforms.json", format="nerfstudio", lens=lens)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        back = CameraPath.load(folder / "transforms.json")
    for note in notes:
        print("note:", note.message)
    assert np.allclose(back.extrinsics, rise.extrinsics)
    print("read as", read_cameras(folder / "transforms.json").format)

    plot_path(rise, folder / "rise.png")
    print("written to", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "said_paths"))
