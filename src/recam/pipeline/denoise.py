"""The sampling loop."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from recam.models.flow import FlowSchedule, euler_step, guide
from recam.models.transformer import RecamTransformer3DModel


@torch.no_grad()
def denoise(
    transformer: RecamTransformer3DModel,
    schedule: FlowSchedule,
    noise: Tensor,
    source_latents: Tensor,
    camera: Tensor,
    prompt_embeds: Tensor,
    negative_prompt_embeds: Tensor | None = None,
    guidance_scale: float = 1.0,
    on_step: Callable[[int, Tensor], None] | None = None,
) -> Tensor:
    """Euler steps from noise to clean target latents.

    Args:
        noise: ``[B, C, f, h, w]`` float32; kept in float32 over all steps, whatever the model computes in.
        source_latents: ``[B, C, fs, h, w]``.
        camera: ``[B, f, 12]``.
        prompt_embeds, negative_prompt_embeds: ``[B, L, text_dim]``; without the negative one there is no
            guidance.
        on_step: called after each step with the number of steps done and the latents so far.

    Returns:
        latents ``[B, C, f, h, w]`` float32.
    """
    dtype, device = transformer.dtype, noise.device
    latents = noise.float()
    source, camera, text = source_latents.to(dtype), camera.to(device), prompt_embeds.to(dtype)
    negative = None if negative_prompt_embeds is None else negative_prompt_embeds.to(dtype)
    sigmas = schedule.sigmas.to(device)
    for step, timestep in enumerate(schedule.timesteps.to(device)):
        times = timestep.expand(len(latents))
        with transformer.cache_context("positive"):
            velocity = transformer(latents.to(dtype), source, times, text, camera).float()
        if negative is not None:
            with transformer.cache_context("negative"):
                unguided = transformer(latents.to(dtype), source, times, negative, camera).float()
            velocity = guide(unguided, velocity, guidance_scale)
        latents = euler_step(latents, velocity, sigmas[step], sigmas[step + 1])
        if on_step is not None:
            on_step(step + 1, latents)
    return latents
