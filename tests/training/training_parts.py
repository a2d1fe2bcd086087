"""Settings and data of a size that trains in a second, apart from the presets, which may be tuned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch

from recam.camera import Poses
from recam.camera.moves import translate
from recam.data.cache_latents import POSES
from recam.data.clips import Clips
from recam.data.latents import LatentViews
from recam.data.shards import merge_parts, write_index, write_part
from recam.data.views import Window
from recam.training import loop
from recam.training.config import AutoencoderSettings, LoopSettings, TransformerSettings

SCENES, CAMERAS, FRAMES, SIZE, CHANNELS = 2, 3, 5, 16, 4


def loop_settings(**changes: Any) -> LoopSettings:
    known = {
        "steps": 6, "batch_size": 2, "learning_rate": 1e-3, "matrix_learning_rate": 2e-3, "warmup_steps": 2,
        "ema_decay": 0.9, "save_every": 3, "log_every": 1,
    }  # fmt: skip
    return LoopSettings(**{**known, **changes})


def autoencoder_settings(**changes: Any) -> AutoencoderSettings:
    latents = {"latents_mean": [0.0] * CHANNELS, "latents_std": [1.0] * CHANNELS}
    model = latents | {
        "base_dim": 4, "z_dim": CHANNELS, "dim_mult": [1, 2, 2], "num_res_blocks": 1, "attn_scales": [],
        "temperal_downsample": [True, True], "is_residual": True, "in_channels": 12, "out_channels": 12,
        "patch_size": 2, "scale_factor_spatial": 8, "scale_factor_temporal": 4,
    }  # fmt: skip
    return AutoencoderSettings(
        loop=loop_settings(**changes), model=model, crop=SIZE, image_steps=2, image_batch=3
    )


def transformer_settings(**changes: Any) -> TransformerSettings:
    model = {
        "patch_size": (1, 1, 1), "num_attention_heads": 2, "attention_head_dim": 12, "freq_dim": 16,
        "ffn_dim": 32, "num_layers": 2, "rope_max_seq_len": 32, "camera_init_std": 0.1,
        "source_rope": "aligned", "ray_features": True,
    }  # fmt: skip
    text = {
        "vocab_size": 384, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_heads": 2, "num_layers": 1,
        "dropout_rate": 0.0, "relative_attention_num_buckets": 8, "relative_attention_max_distance": 16,
    }  # fmt: skip
    return TransformerSettings(loop=loop_settings(**changes), model=model, text=text, text_length=16)


def poses() -> np.ndarray:
    """float32 [scenes, cameras, frames, 3, 4]: cameras that stand, go right and go ahead."""
    steps = np.linspace(0, 1, FRAMES)
    moves = [Poses.identity(FRAMES), translate(steps, [1, 0, 0]), translate(steps, [0, 0, 1])]
    return np.tile(np.stack([move.matrices[:, :3] for move in moves]), (SCENES, 1, 1, 1, 1)).astype(
        np.float32
    )


def clips() -> Clips:
    """Two scenes of soft colours that drift."""
    rows, columns, frames = np.mgrid[:SIZE, :SIZE, :FRAMES].astype(np.float64)
    views = []
    for index in range(SCENES * CAMERAS):
        waves = [
            np.sin(0.3 * rows + index),
            np.sin(0.2 * columns + frames / 3),
            np.cos(0.1 * (rows + columns)),
        ]
        views.append(np.stack(waves, axis=-1).transpose(2, 0, 1, 3))
    pictures = np.round(127.5 + 100 * np.stack(views)).astype(np.uint8)
    shape = (SCENES, CAMERAS, FRAMES, SIZE, SIZE, 3)
    return Clips(pictures.reshape(shape), poses(), CAPTIONS, MOVES, key="waves")


@cache
def latents() -> LatentViews:
    """A latent cache of random numbers, as ``recam data cache`` leaves one."""
    noise = torch.Generator().manual_seed(7)
    values = torch.randn(SCENES, CAMERAS, CHANNELS, 2, 2, 2, generator=noise)
    folder, names = Path(_made.name), [f"cam{index + 1:02d}" for index in range(CAMERAS)]
    window = asdict(Window(0, 1, FRAMES, 0, 0, SIZE, SIZE, SIZE, SIZE))
    facts = {
        "cameras": names, "lens": dict.fromkeys(names), "windows": dict.fromkeys(names, window),
        "temporal_stride": 4,
    }  # fmt: skip
    scenes = [f"scene{index}" for index in range(SCENES)]
    for name, clips, path in zip(scenes, values, poses().astype(np.float64), strict=True):
        tensors = dict(zip(names, clips, strict=True)) | {POSES: torch.from_numpy(path)}
        write_part(folder, name, tensors, facts)
    records = [
        record | {"captions": dict.fromkeys(names, caption), "moves": dict(zip(names, moves, strict=True))}
        for record, caption, moves in zip(merge_parts(folder, 0, scenes), CAPTIONS, MOVES, strict=True)
    ]
    write_index(folder, records)
    return LatentViews(folder)


_made = TemporaryDirectory()
CAPTIONS = ("a red sphere", "a green box")
MOVES = (("static", "truck", "dolly"),) * SCENES


def assert_same(one: Any, other: Any) -> None:
    """Two checkpoints' contents are equal bit for bit."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert_same(value, other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            assert_same(first, second)
    else:
        assert one == other


def dying_at(step: int) -> Callable[..., float]:
    """A rate schedule that is the real one until ``step``, where it takes the process down."""
    real = loop.rate_factor

    def factor(now: int, settings: LoopSettings) -> float:
        if now == step:
            raise MemoryError("killed")
        return real(now, settings)

    return factor


def die_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the next run die as it begins ``step``, long after its last checkpoint."""
    monkeypatch.setattr(loop, "rate_factor", dying_at(step))
