"""Settings of the training stages. A preset (presets.py) is a function that returns one of these in full."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class LoopSettings:
    """How a stage walks through its steps. All fields are part of a run's fingerprint."""

    steps: int
    """Optimiser steps in all."""
    batch_size: int
    """Clips (autoencoder) or pairs of clips (transformer) a step."""
    learning_rate: float
    """Peak rate of AdamW."""
    matrix_learning_rate: float | None = None
    """Peak rate of Muon for the matrices of the transformer's blocks; None trains everything with AdamW."""
    betas: tuple[float, float] = (0.9, 0.98)
    """AdamW's averaging factors."""
    weight_decay: float = 0.01
    """Decoupled weight decay of both optimisers."""
    warmup_steps: int = 50
    """Steps over which the rate rises linearly from zero."""
    cooldown_share: float = 0.4
    """Share of the steps, at the end, over which the rate falls linearly to a twentieth."""
    clip_norm: float = 1.0
    """Largest norm of the gradient."""
    ema_decay: float = 0.998
    """Weight of the old value in the moving average of the weights, which is what is kept in the end."""
    save_every: int = 500
    """Steps between checkpoints."""
    log_every: int = 20
    """Steps between lines of log.jsonl."""
    seed: int = 0
    """Seed of initial weights, data order and noise; step N of a seed never changes."""


@dataclass(frozen=True)
class AutoencoderSettings:
    """Stage 1: a small AutoencoderKLWan on single clips."""

    loop: LoopSettings
    """How it walks through its steps."""
    model: dict[str, Any]
    """Config of diffusers' AutoencoderKLWan."""
    crop: int = 32
    """Side of the square crops that it trains on, pixels."""
    image_steps: int = 0
    """Steps at the beginning on single frames: the picture is learned first, at a fraction of the cost."""
    image_batch: int = 16
    """Single frames a step, at the beginning."""
    kl_weight: float = 1e-4
    """Weight of the KL divergence, summed over channels, mean over latent cells."""
    initial_log_variance: float = -5.0
    """Log of the latents' noise variance at the start; at 0 the noise would drown what is learned first."""


@dataclass(frozen=True)
class TransformerSettings:
    """Stage 2: the camera-conditioned transformer and its text encoder from scratch, all weights learning."""

    loop: LoopSettings
    """How it walks through its steps."""
    model: dict[str, Any]
    """Config of RecamTransformer3DModel; latent channels and lens come from the autoencoder and the data."""
    text: dict[str, Any]
    """Config of the byte-level UMT5 encoder."""
    text_length: int = 96
    """Bytes of a caption that the model reads."""
    timestep_mean: float = 0.7
    """Noise levels are the sigmoid of normal draws (objective.draw_sigmas); this is the draws' mean."""
    timestep_std: float = 1.0
    """Standard deviation of the draws."""
    t2v: float = 0.05
    """Probability that the source is all noise."""
    i2v: float = 0.10
    """Probability that only the source's first frame is shown."""
    source_sigma: tuple[float, float] = (0.0, 0.1)
    """Noise level of the source latents that are shown, drawn uniformly (the paper: 0.2 to 0.5)."""
    still_source: float = 0.85
    """Probability that the source is the scene's static camera; else any camera."""
    drop_caption: float = 0.1
    """Probability that the caption is left empty, so that guidance has something to compare with."""
    sampling: dict[str, Any] = field(default_factory=dict)
    """Defaults that the exported model samples with: num_inference_steps, guidance_scale, shift."""
