"""How true drafts are: a plane and depth maps against a renderer that knows the answer.

MuJoCo renders a moment of three scenes of the bundled world, its depth, and the same moment from where a move
ends. The moment is drafted from there; PSNR is over the pixels that both drafts show.

Run: MUJOCO_GL=egl python benchmarks/draft_depth.py [--height 240] [--width 416]
Prints a table (markdown); the last line is JSON with the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics

import numpy as np

from recam.camera import Intrinsics
from recam.draft import DepthMaps, DepthWarper, Warper
from recam.worlds.tiny.engine import TinyEngine
from recam.worlds.tiny.shots import draw_validation_shot

SCENES = (900_001, 900_004, 900_008)
MOVES = ("arc-left", "dolly-in", "crane-up")
FRAMES, FPS = 9, 8


def psnr(drawn: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / ((drawn.astype(float) - truth)[where] ** 2).mean()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--height", type=int, default=240)
    parser.add_argument("--width", type=int, default=416)
    options = parser.parse_args()
    lens = Intrinsics.from_fov_degrees(53, options.width, options.height)
    engine = TinyEngine(
        options.height, lens.fov_degrees[1], width=options.width, texture_pixels=512, speckled=True
    )
    rows = []
    print("| scene | move | plane at the median depth, dB | depth map, dB | holes, % of the picture |")
    print("|---|---|---|---|---|")
    for number in SCENES:
        shot = draw_validation_shot(number, 0, FRAMES)
        names = {move.kind: name for name, move in shot.moves.items()}
        start = shot.cameras[names["static"]]
        depth = engine.depth(shot.scene, start, FPS)[-1]
        for kind in MOVES:
            filmed, truth = engine.render(shot.scene, [start, shot.cameras[names[kind]]], FPS)[:, -1]
            pose = shot.cameras[names[kind]].relative_to(start[0]).matrices[-1, :3]
            inverse = DepthMaps(lambda index, frame, depth=depth: depth, "metric").inverse(0, filmed)
            view = DepthWarper(lens)(filmed, inverse, pose)
            plane = Warper(lens, float(np.median(depth))).view(filmed, pose)
            both = ~view.holes & ~plane.holes
            row = (psnr(plane.picture, truth, both), psnr(view.picture, truth, both), 100 * view.holes.mean())
            rows.append(row)
            print(f"| {number} | {kind} | {row[0]:.1f} | {row[1]:.1f} | {row[2]:.1f} |", flush=True)
    engine.close()
    medians = [round(statistics.median(column), 2) for column in zip(*rows, strict=True)]
    print(
        json.dumps(
            {
                "benchmark": "draft_depth",
                "plane_psnr_db": medians[0],
                "depth_psnr_db": medians[1],
                "holes_percent": medians[2],
                "size": [options.height, options.width],
            }
        )
    )


if __name__ == "__main__":
    main()
