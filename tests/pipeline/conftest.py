"""A whole model in miniature: real parts with random weights, small enough for one core."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

from recam.models import RecamTransformer3DModel
from recam.pipeline import ModelSettings, RecamPipeline
from recam.video import Video

SETTINGS = {
    "name": "miniature",
    "num_frames": 9,
    "height": 32,
    "width": 48,
    "num_inference_steps": 2,
    "guidance_scale": 3.0,
    "max_sequence_length": 16,
    "negative_prompt": "",
}


def make_parts() -> dict:
    torch.manual_seed(0)
    return {
        "transformer": RecamTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=12,
            text_dim=16,
            freq_dim=32,
            ffn_dim=32,
            num_layers=2,
            camera_init_std=0.5,
        ).eval(),
        "vae": AutoencoderKLWan(base_dim=4, dim_mult=[1, 2, 2, 2], num_res_blocks=1).eval(),
        "text_encoder": UMT5EncoderModel(
            UMT5Config(vocab_size=384, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
        ).eval(),
        "tokenizer": ByT5Tokenizer(),
    }


def build_pipeline(**settings) -> RecamPipeline:
    return RecamPipeline(**make_parts(), settings=ModelSettings.from_dict(SETTINGS | settings))


def build_video(frames: int = 9, height: int = 32, width: int = 48, fps: float = 15) -> Video:
    rng = np.random.default_rng(0)
    return Video.from_frames(rng.integers(0, 256, (frames, height, width, 3), dtype=np.uint8), Fraction(fps))


@pytest.fixture(scope="session")
def pipeline() -> RecamPipeline:
    return build_pipeline()


@pytest.fixture(scope="session")
def make_pipeline() -> Callable[..., RecamPipeline]:
    """Builds another miniature; keywords change its settings."""
    return build_pipeline


@pytest.fixture(scope="session")
def make_video() -> Callable[..., Video]:
    """Builds a clip of random pixels: ``make_video(frames, height, width, fps)``."""
    return build_video
