"""What a model takes, from its config alone or from its loaded parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan

from recam.models.transformer import RecamTransformer3DModel
from recam.pipeline import load
from recam.pipeline.machine import Workload
from recam.pipeline.request import Layout
from recam.pipeline.settings import ModelSettings

PUBLISHED_TEXT_PARAMETERS = 5_680_910_336
"""Of UMT5-XXL's encoder."""


def weigh_folder(
    folder: Path, settings: ModelSettings, dtype: torch.dtype, vae_dtype: torch.dtype
) -> Workload:
    """A run with the folder's own settings; only its small files are read."""
    transformer, vae = load.read_configs(folder)
    return _weigh(load.count_parameters(folder), transformer, vae, settings, dtype, vae_dtype)


def weigh_release(settings: ModelSettings, dtype: torch.dtype, vae_dtype: torch.dtype) -> Workload:
    """A run of the published release; nothing is read or fetched."""
    with torch.device("meta"):
        transformer, vae = RecamTransformer3DModel(), AutoencoderKLWan()
    counts = {
        "transformer": transformer.num_parameters(),
        "vae": vae.num_parameters(),
        "text_encoder": PUBLISHED_TEXT_PARAMETERS,
    }
    return _weigh(counts, transformer.config, vae.config, settings, dtype, vae_dtype)


def weigh_transformer(transformer: RecamTransformer3DModel, settings: ModelSettings) -> Workload:
    """The least that a run takes: this transformer, with Wan2.1's autoencoder at work beside it."""
    with torch.device("meta"):
        vae = AutoencoderKLWan()
    counts = {"transformer": transformer.num_parameters()}
    return _weigh(counts, transformer.config, vae.config, settings, transformer.dtype, vae.dtype)


def read_layout(transformer: Any, vae: Any) -> Layout:
    """Strides and patches from the configs of transformer and autoencoder."""
    return Layout(vae["scale_factor_temporal"], vae["scale_factor_spatial"], tuple(transformer["patch_size"]))


def _weigh(
    parameters: dict[str, int],
    transformer: Any,
    vae: Any,
    settings: ModelSettings,
    dtype: torch.dtype,
    vae_dtype: torch.dtype,
) -> Workload:
    return Workload(
        transformer=transformer,
        vae=vae,
        parameters=parameters,
        grid=read_layout(transformer, vae).grid(settings.num_frames, settings.height, settings.width),
        steps=settings.num_inference_steps,
        guided=settings.guidance_scale != 1,
        text_length=settings.max_sequence_length,
        dtype=dtype,
        vae_dtype=vae_dtype,
    )
