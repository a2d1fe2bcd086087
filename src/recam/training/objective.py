"""What the transformer learns from: pairs of views, noise levels, and the velocity loss on target frames."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recam.data.pairs import PairBatch, collate_pairs, load_pair
from recam.data.views import Views
from recam.models.conditioning import condition_source, draw_source_conditioning
from recam.models.flow import TRAIN_STEPS, interpolate, velocity_target
from recam.models.transformer import RecamTransformer3DModel
from recam.training.config import TransformerSettings


def draw_batch(data: Views, size: int, still_source: float, draws: np.random.Generator) -> PairBatch:
    """Random scenes; the source is the first camera, which stands still in rendered worlds, with probability
    ``still_source``, else any; the target is any camera. All scenes must have as many cameras as the first.
    """
    scenes = draws.integers(len(data.names), size=size)
    count = len(data.scene(0).cameras)
    sources = np.where(draws.random(size) < still_source, 0, draws.integers(count, size=size))
    targets = draws.integers(count, size=size)
    pairs = []
    for scene, source, target in zip(scenes.tolist(), sources.tolist(), targets.tolist(), strict=True):
        cameras = data.scene(scene).cameras
        pairs.append(load_pair(data, scene, cameras[source], cameras[target]))
    return collate_pairs(pairs)


def draw_sigmas(size: int, mean: float, std: float, noise: torch.Generator) -> Tensor:
    """Noise levels [B] in (0, 1): the sigmoid of a normal distribution (Esser et al. 2024, section 3.1)."""
    return torch.sigmoid(mean + std * torch.randn(size, generator=noise))


def velocity_loss(
    transformer: RecamTransformer3DModel,
    batch: PairBatch,
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
