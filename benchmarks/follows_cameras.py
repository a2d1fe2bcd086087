"""Does a model follow the camera? Held-out scenes of the world, ten preset paths each, still source.

    python benchmarks/follows_cameras.py --model tiny --scenes 100 --workers 2

Renders the held-out world when it is not there, re-shoots every scene along the ten presets, and compares
with the true views (PSNR over all pixels and frames of a clip, 8-bit values):

- ``gain``: PSNR of the result less that of the source copied unchanged;
- ``nearest``: how often the true target is the nearest of the ten true views (chance: 10 %);
- ``draft``: the geometric warp at the one constant depth that is best over the first 20 scenes, holes filled;
- ``ceiling``: the true view through the autoencoder and back.

Ends with one JSON line; ``--report`` writes the table too.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from recam.camera import Intrinsics, Poses
from recam.data.clips import load_clips
from recam.data.layout import find_scenes
from recam.draft import draft_video
from recam.files import atomic_file
from recam.models.flow import flow_schedule
from recam.pipeline import RecamPipeline
from recam.pipeline.denoise import denoise
from recam.pipeline.encode import decode_latents, encode_prompt, encode_video
from recam.video import frames_to_tensor, tensor_to_frames
from recam.worlds.settings import TinySettings
from recam.worlds.write import render_world

FIRST_HELD_OUT = 900_000
DEPTHS = (3.0, 4.0, 5.0, 7.0, 10.0)
SCENES_FOR_DEPTH = 20
"""Scenes on which the best of the depths is chosen."""


def main() -> None:
    arguments = read_arguments()
    torch.set_num_threads(arguments.threads)
    pipeline = RecamPipeline.from_pretrained(arguments.model)
    known = pipeline.settings
    settings = TinySettings(split="val", size=known.height, num_frames=known.num_frames, fps=round(known.fps))
    render_world(
        arguments.world, range(FIRST_HELD_OUT, FIRST_HELD_OUT + arguments.scenes), settings, arguments.workers
    )
    scenes = find_scenes(arguments.world, "val", arguments.scenes)
    clips = load_clips(scenes, arguments.world / "cache")
    focal = settings.focal_mm
    kinds = clips.moves[0][:10]
    scores: dict[str, list[np.ndarray]] = {name: [] for name in ("result", "copy", "ceiling", "nearest")}
    drafts, depths = [], DEPTHS
    started = time.monotonic()
    for index in range(len(clips)):
        views = np.array(clips.frames[index])
        targets, source = views[:10], views[10]
        poses = relative(clips.cameras[index, :10], clips.cameras[index, 10, 0])
        results = reshoot(pipeline, source, poses, clips.captions[index], arguments.seed + index, arguments)
        scores["result"].append(psnr(results, targets))
        scores["copy"].append(psnr(np.broadcast_to(source, targets.shape), targets))
        scores["ceiling"].append(psnr(through_autoencoder(pipeline, targets), targets))
        errors = np.stack([psnr(np.broadcast_to(view, results.shape), results) for view in targets])
        scores["nearest"].append(errors.argmax(axis=0) == np.arange(10))
        lens = Intrinsics.from_focal_mm(focal, known.width, known.height)
        drafts.append([psnr(draft(source, poses, lens, depth), targets) for depth in depths])
        if index + 1 == min(SCENES_FOR_DEPTH, len(clips)):
            best = int(np.mean(drafts, axis=(0, 2)).argmax())
            depths, drafts = DEPTHS[best : best + 1], [[row[best]] for row in drafts]
        if (index + 1) % 10 == 0:
            print(f"{index + 1} scenes, {time.monotonic() - started:.0f} s", flush=True)
    table = {name: np.stack(values).astype(float) for name, values in scores.items()}
    table["draft"] = np.asarray(drafts)[:, 0]
    report = summarise(table, kinds)
    text = as_markdown(report, kinds, len(clips), depths[0], arguments)
    print(text)
    figures = {
        "model": str(arguments.model),
        "scenes": len(clips),
        "seed": arguments.seed,
        "draft_depth": depths[0],
    }
    figures |= {"num_inference_steps": arguments.steps or known.num_inference_steps, "by_kind": report}
    if arguments.report:
        with atomic_file(arguments.report) as path:
            path.write_text(text + "\n")
    print(json.dumps(figures))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", default="tiny", help="a model of fixed size, as RecamPipeline.from_pretrained takes it"
    )
    parser.add_argument("--world", type=Path, default=Path("runs/world"), help="folder of the held-out world")
    parser.add_argument("--scenes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the noise of scene 0; scene N uses seed + N")
    parser.add_argument("--steps", type=int, help="sampling steps; default: the model's")
    parser.add_argument("--guidance", type=float, help="guidance scale; default: the model's")
    parser.add_argument("--shift", type=float, help="shift of the noise levels; default: the model's")
    parser.add_argument("--workers", type=int, default=1, help="processes that render")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--report", type=Path, help="Markdown file to write")
    return parser.parse_args()


@torch.no_grad()
def reshoot(
    pipeline: RecamPipeline,
    source: np.ndarray,
    poses: np.ndarray,
    caption: str,
    seed: int,
    arguments: argparse.Namespace,
) -> np.ndarray:
    """The pipeline's own steps for ten paths at once: uint8 [10, F, H, W, 3]."""
    settings = pipeline.settings
    guidance = arguments.guidance or settings.guidance_scale
    latents = encode_video(pipeline.vae, frames_to_tensor(source).unsqueeze(0))
    cameras = torch.from_numpy(
        poses[:, :: pipeline.layout.temporal_stride].reshape(len(poses), -1, 12)
    ).float()
    texts = encode_prompt(
        pipeline.tokenizer,
        pipeline.text_encoder,
        [caption, ""],
        settings.max_sequence_length,
        torch.device("cpu"),
        pipeline.transformer.dtype,
    )
    # One noise for all paths: whatever differs between the results comes from the camera.
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(seed))
    many = len(poses)
    result = denoise(
        pipeline.transformer,
        flow_schedule(arguments.steps or settings.num_inference_steps, arguments.shift or settings.shift),
        noise.expand(many, -1, -1, -1, -1),
        latents.expand(many, -1, -1, -1, -1),
        cameras,
        texts[:1].expand(many, -1, -1),
        texts[1:].expand(many, -1, -1) if guidance != 1 else None,
        guidance,
    )
    return np.stack([tensor_to_frames(video) for video in decode_latents(pipeline.vae, result)])


def draft(source: np.ndarray, poses: np.ndarray, lens: Intrinsics, depth: float) -> np.ndarray:
    """uint8 [10, F, H, W, 3]: the source warped as a plane at ``depth`` metres along every path."""
    return np.stack([draft_video(source, path, intrinsics=lens, depth=depth, fill=True) for path in poses])


def through_autoencoder(pipeline: RecamPipeline, clips: np.ndarray) -> np.ndarray:
    videos = torch.stack([frames_to_tensor(clip) for clip in clips])
    return np.stack(
        [tensor_to_frames(v) for v in decode_latents(pipeline.vae, encode_video(pipeline.vae, videos))]
    )


def relative(cameras: np.ndarray, first: np.ndarray) -> np.ndarray:
    """[10, F, 3, 4] poses relative to the pose ``first`` [3, 4]."""
    start = Poses(first[None])
    return np.stack([Poses(path).relative_to(start).matrices[:, :3] for path in cameras])


def psnr(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """dB for each clip of uint8 [N, F, H, W, 3]."""
    error = np.square(one.astype(np.float32) - other.astype(np.float32)).mean(axis=(1, 2, 3, 4))
    return 10 * np.log10(255.0**2 / np.maximum(error, 1e-6))


def summarise(table: dict[str, np.ndarray], kinds: tuple[str, ...]) -> dict[str, dict[str, float]]:
    rows = {
        kind: {name: float(values[:, i].mean()) for name, values in table.items()}
        for i, kind in enumerate(kinds)
    }
    rows["all"] = {name: float(values.mean()) for name, values in table.items()}
    return {
        kind: {name: round(value, 3) for name, value in {**row, "gain": row["result"] - row["copy"]}.items()}
        for kind, row in rows.items()
    }


def as_markdown(
    report: dict[str, dict[str, float]],
    kinds: tuple[str, ...],
    scenes: int,
    depth: float,
    arguments: argparse.Namespace,
) -> str:
    lines = [
        f"{scenes} held-out scenes x 10 paths, seed {arguments.seed}; draft at {depth:g} m; PSNR in dB",
        "",
        "| path | result | source copied | gain | draft | autoencoder ceiling | nearest is right |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in (*kinds, "all"):
        row = report[kind]
        lines.append(
            f"| {kind} | {row['result']:.2f} | {row['copy']:.2f} | {row['gain']:+.2f} | {row['draft']:.2f} "
            f"| {row['ceiling']:.2f} | {100 * row['nearest']:.0f} % |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
