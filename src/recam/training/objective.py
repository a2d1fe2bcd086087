"""What the transformer learns from: pairs of views, noise levels, and the velocity loss on target frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recam.data.latents import Latents
from recam.models.conditioning import condition_source, draw_source_conditioning
from recam.models.flow import TRAIN_STEPS, interpolate, velocity_target
from recam.models.transformer import RecamTransformer3DModel
from recam.training.config import TransformerSettings


@dataclass(frozen=True)
class Batch:
    """Pairs of views of one scene each.

    Attributes:
        target, source: latents [B, C, f, h, w].
        camera: [B, f, 12], the target's poses relative to the source's first camera.
        captions: B texts.
    """

    target: Tensor
    source: Tensor
    camera: Tensor
    captions: list[str]


def draw_batch(data: Latents, size: int, still_source: float, draws: np.random.Generator) -> Batch:
    """Random scenes; the source is the static first camera with probability ``still_source``, else any."""
    scenes = draws.integers(len(data), size=size)
    count = data.latents.shape[1]
    sources = np.where(draws.random(size) < still_source, 0, draws.integers(count, size=size))
    targets = draws.integers(count, size=size)
    pairs = list(zip(scenes.tolist(), sources.tolist(), targets.tolist(), strict=True))
    return Batch(
        target=torch.stack([data.latents[scene, target] for scene, _, target in pairs]),
        source=torch.stack([data.latents[scene, source] for scene, source, _ in pairs]),
        camera=torch.from_numpy(np.stack([data.relative_camera(*pair) for pair in pairs])),
        captions=[data.captions[scene] for scene, _, _ in pairs],
    )


def draw_sigmas(size: int, mean: float, std: float, noise: torch.Generator) -> Tensor:
    """Noise levels [B] in (0, 1): the sigmoid of a normal distribution (Esser et al. 2024, section 3.1)."""
    return torch.sigmoid(mean + std * torch.randn(size, generator=noise))


def velocity_loss(
    transformer: RecamTransformer3DModel,
    batch: Batch,
    text: Tensor,
    settings: TransformerSettings,
    noise: torch.Generator,
) -> Tensor:
    """Mean square error of the velocity of the target frames (conditional flow matching), a scalar."""
    size = len(batch.target)
    sigma = draw_sigmas(size, settings.timestep_mean, settings.timestep_std, noise)
    eps = torch.randn(batch.target.shape, generator=noise)
    shown = draw_source_conditioning(size, noise, settings.t2v, settings.i2v, settings.source_sigma)
    source_noise = torch.randn(batch.source.shape, generator=noise)
    source = condition_source(batch.source, shown.modes, source_noise, shown.sigma)
    noisy = interpolate(batch.target, eps, sigma)
    velocity: Tensor = transformer(noisy, source, sigma * TRAIN_STEPS, text, batch.camera)
    return (velocity - velocity_target(batch.target, eps)).square().mean()
