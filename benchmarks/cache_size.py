"""What the latent cache of a data set takes, on paper: bytes, operations, GPU hours. Nothing is downloaded.

    python benchmarks/cache_size.py
    python benchmarks/cache_size.py --clips 10000 --frames 33 --height 384 --width 672

Operations of the autoencoder and the text encoder are counted by torch on tensors without data, from
Wan2.1's published configs; a product and a sum are two. What an accelerator reaches of its peak is an
assumption, given as --tflops.
"""

from __future__ import annotations

import argparse
import json

import torch
from diffusers import AutoencoderKLWan
from torch.utils.flop_counter import FlopCounterMode
from transformers import UMT5Config, UMT5EncoderModel

from recam.models.grid import LatentGrid

CHANNELS = 16  # of Wan2.1's autoencoder, diffusers' defaults
UMT5_XXL = {
    "vocab_size": 256384, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_heads": 64, "num_layers": 24,
}  # fmt: skip
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=136_000)
    parser.add_argument("--captions", type=int, help="different ones; default: one for every ten clips")
    parser.add_argument("--frames", type=int, default=81)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--width", type=int, default=832)
    parser.add_argument("--tokens", type=int, default=120, help="real tokens of a caption, on average")
    parser.add_argument("--tflops", type=float, nargs="+", default=[50, 150, 300], help="reached, assumed")
    arguments = parser.parse_args()
    grid = LatentGrid(arguments.frames, arguments.height, arguments.width)
    captions = arguments.captions or arguments.clips // 10
    shape = grid.latent_shape(1, CHANNELS)[1:]
    values = int(torch.Size(shape).numel())
    poses = arguments.frames * 12 * 8
    print(f"one clip {arguments.frames}x{arguments.height}x{arguments.width}: latents {list(shape)}")
    sizes = {}
    for name, size in BYTES.items():
        clip, text = values * size, arguments.tokens * 4096 * size
        total = arguments.clips * (clip + poses) + captions * text
        sizes[name] = {"clip": clip, "total": total, "text": captions * text}
        print(
            f"  {name:9} {clip / 1e6:6.2f} MB a clip, all {arguments.clips * clip / 1e9:8.1f} GB, "
            f"texts {captions * text / 1e9:6.2f} GB ({arguments.tokens} tokens; all 512 kept: "
            f"{captions * 512 * 4096 * size / 1e9:.1f} GB), together {total / 1e12:.2f} TB"
        )
    print(f"  poses, float64: {poses / 1e3:.1f} kB a clip, all {arguments.clips * poses / 1e9:.2f} GB")
    pixels = arguments.frames * arguments.height * arguments.width * 3
    print(f"  decoded frames would be {arguments.clips * pixels / 1e12:.1f} TB")
    encode, text = count_vae(arguments.frames, arguments.height, arguments.width), count_text()
    print(
        f"autoencoder: {encode / 1e12:.1f} TFLOP a clip, {encode * arguments.clips / 1e18:.1f} EFLOP in all"
    )
    print(
        f"text encoder: {text / 1e12:.2f} TFLOP a caption of 512, {text * captions / 1e18:.3f} EFLOP in all"
    )
    hours = {}
    for reached in arguments.tflops:
        hours[reached] = (encode * arguments.clips + text * captions) / (reached * 1e12) / 3600
        seconds = encode / (reached * 1e12)
        print(f"  at {reached:g} TFLOP/s reached: {hours[reached]:.0f} GPU hours ({seconds:.2f} s a clip)")
    report = {"bytes": sizes, "vae_flop": encode, "text_flop": text, "gpu_hours": hours, "shape": shape}
    print(json.dumps(report))


@torch.no_grad()
def count_vae(frames: int, height: int, width: int) -> int:
    """Operations to encode one clip with Wan2.1's autoencoder."""
    with torch.device("meta"):
        vae = AutoencoderKLWan()
        video = torch.empty(1, 3, frames, height, width)
    with FlopCounterMode(display=False) as counter:
        vae.encode(video)  # type: ignore[operator]
    return counter.get_total_flops()


@torch.no_grad()
def count_text(tokens: int = 512) -> int:
    """Operations to encode one caption, padded to ``tokens``, with UMT5-XXL."""
    with torch.device("meta"):
        model = UMT5EncoderModel(UMT5Config(**UMT5_XXL))
        words = torch.zeros(1, tokens, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        model(words)  # without a mask, which could not be looked into here and costs nothing
    return counter.get_total_flops()


if __name__ == "__main__":
    main()
