"""Rectified flow: schedule, noising, Euler step, guidance and the published training weight.

Sigma runs from 1 (noise) to 0 (data): ``x_sigma = (1 - sigma) x0 + sigma eps``, ``velocity = eps - x0``.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from recam.errors import InputError

TRAIN_STEPS = 1000
"""Timesteps are sigma times this."""

PUBLISHED_SHIFT = 5.0


@dataclass(frozen=True)
class FlowSchedule:
    """Noise levels of a sampling run.

    Attributes:
        sigmas: ``[N + 1]`` float32, from 1 down to 0 (the last entry is the clean video).
        timesteps: ``[N]`` float32, ``1000 * sigmas[:-1]``: what the model is told at each step.
    """

    sigmas: Tensor
    timesteps: Tensor

    def __len__(self) -> int:
        return len(self.timesteps)


def shift_sigmas(sigmas: Tensor, shift: float) -> Tensor:
    """Move noise levels towards 1: ``shift s / (1 + (shift - 1) s)`` (Esser et al. 2024, eq. 23)."""
    return shift * sigmas / (1 + (shift - 1) * sigmas)


def flow_schedule(num_inference_steps: int, shift: float = PUBLISHED_SHIFT) -> FlowSchedule:
    """The published sampling schedule: N equal steps of sigma from 1, then shifted.

    Raises:
        InputError: no steps, or a shift that is not a positive number.
    """
    if num_inference_steps < 1:
        raise InputError(f"num_inference_steps={num_inference_steps} must be at least 1")
    if not (shift > 0 and math.isfinite(shift)):
        raise InputError(f"shift={shift} must be a positive number")
    # float64 until the end: in float32 the first sigma of some shifts is 1 + 1e-7, and noise is exactly 1.
    steps = torch.linspace(1.0, 0.0, num_inference_steps + 1, dtype=torch.float64)
    sigmas = shift_sigmas(steps, shift).float()
    return FlowSchedule(sigmas=sigmas, timesteps=sigmas[:-1] * TRAIN_STEPS)


def interpolate(clean: Tensor, noise: Tensor, sigma: Tensor | float) -> Tensor:
    """``(1 - sigma) clean + sigma noise``; a sigma ``[B]`` is broadcast over the other axes."""
    if isinstance(sigma, Tensor) and sigma.ndim == 1:
        sigma = sigma.view(-1, *(1,) * (clean.ndim - 1)).to(clean)
    return (1 - sigma) * clean + sigma * noise


def velocity_target(clean: Tensor, noise: Tensor) -> Tensor:
    """What the model learns to predict: ``noise - clean``."""
    return noise - clean


def clean_estimate(noisy: Tensor, velocity: Tensor, sigma: Tensor | float) -> Tensor:
    """The clean latents that a predicted velocity implies at ``sigma``."""
    return noisy - sigma * velocity


def euler_step(noisy: Tensor, velocity: Tensor, sigma: Tensor | float, next_sigma: Tensor | float) -> Tensor:
    """One step along the flow from ``sigma`` to ``next_sigma``."""
    return noisy + velocity * (next_sigma - sigma)


def guide(negative: Tensor, positive: Tensor, guidance_scale: float) -> Tensor:
    """Classifier-free guidance: ``negative + scale (positive - negative)``."""
    return negative + guidance_scale * (positive - negative)


def training_weight(timestep: Tensor, shift: float = PUBLISHED_SHIFT) -> Tensor:
    """Loss weight of the published training code at ``timestep`` (0..1000, any shape).

    ``exp(-2 ((t - 500) / 1000)^2)`` minus its minimum over the 1,000 training timesteps, scaled so that its
    mean over them is 1.
    """
    minimum, mean = _weight_constants(shift)
    return ((_bell(timestep) - minimum) / mean).clamp_min(0.0)


def _bell(timestep: Tensor) -> Tensor:
    return torch.exp(-2 * ((timestep - TRAIN_STEPS / 2) / TRAIN_STEPS) ** 2)


@functools.cache
def _weight_constants(shift: float) -> tuple[float, float]:
    bell = _bell(flow_schedule(TRAIN_STEPS, shift).timesteps)
    minimum = bell.min()
    return minimum.item(), (bell - minimum).mean().item()
