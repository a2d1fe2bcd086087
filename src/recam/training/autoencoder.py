"""Stage 1: a small video autoencoder, diffusers' ``AutoencoderKLWan``, trained on the world's own clips."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from torch import Tensor

from recam.data.clips import Clips
from recam.errors import InputError
from recam.files import atomic_folder
from recam.training.config import AutoencoderSettings
from recam.training.loop import fingerprint, open_run, run_loop
from recam.video import frames_to_tensor

WEIGHTS = "vae"


def train_autoencoder(
    clips: Clips,
    out: str | os.PathLike[str],
    settings: AutoencoderSettings,
    show_progress: bool = True,
    max_minutes: float | None = None,
    report: Callable[[str], None] = print,
) -> Path | None:
    """Train, and leave the averaged weights in ``out/vae`` with the latents' statistics in its config.

    Returns:
        The folder, or None when ``max_minutes`` ran out first (call again to go on).

    Raises:
        InputError: the clips are smaller than the crops.
        CheckpointError: ``out`` holds a run with other settings, or a broken checkpoint.
        OutputError: ``out`` cannot be written, or the disk is full.
    """
    if settings.crop > min(clips.frames.shape[3:5]):
        height, width = clips.frames.shape[3:5]
        raise InputError(
            f"the clips are {width}x{height} pixels and the autoencoder trains on crops of {settings.crop}; "
            "render a larger world"
        )
    out = open_run(out, asdict(settings))
    torch.manual_seed(settings.loop.seed)
    model = AutoencoderKLWan(**settings.model)
    _start_with_little_noise(model, settings.initial_log_variance)
    flat = clips.frames.reshape(-1, *clips.frames.shape[2:])

    def step_loss(
        step: int, draws: np.random.Generator, noise: torch.Generator
    ) -> tuple[Tensor, Mapping[str, float]]:
        if step < settings.image_steps:
            video = _draw_crops(flat, settings.image_batch, 1, settings.crop, draws)
        else:
            video = _draw_crops(flat, settings.loop.batch_size, flat.shape[1], settings.crop, draws)
        posterior = model.encode(video).latent_dist  # type: ignore[union-attr]
        latents = posterior.mean + posterior.std * torch.randn(posterior.mean.shape, generator=noise)
        decoded = model.decode(latents, return_dict=False)[0]
        error = decoded - video
        absolute, squared = error.abs().mean(), error.square().mean()
        divergence = posterior.kl().mean() / latents[0, 0].numel()
        loss = absolute + 2 * squared + settings.kl_weight * divergence
        return loss, {"absolute": absolute.item(), "psnr": psnr(squared.item()), "kl": divergence.item()}

    mark = fingerprint(settings, list(clips.frames.shape))
    state = run_loop(out, model, settings.loop, step_loss, "autoencoder", mark, show_progress, max_minutes)
    if state.step < settings.loop.steps:
        return None
    state.averaged()  # into the model
    model.eval()
    mean, std = latent_statistics(model, flat)
    model.register_to_config(latents_mean=mean, latents_std=std)
    if not (out / WEIGHTS).exists():
        with atomic_folder(out / WEIGHTS) as folder:
            model.save_pretrained(folder)
    quality = reconstruction_psnr(model, flat[:: max(1, len(flat) // 64)][:64])
    report(f"autoencoder: reconstructs its training clips at {quality:.2f} dB PSNR")
    return out / WEIGHTS


def _start_with_little_noise(model: AutoencoderKLWan, log_variance: float) -> None:
    """Set the bias of the channels that give the latents' log variance (the second half)."""
    bias = model.quant_conv.bias
    if bias is not None:
        torch.nn.init.constant_(bias.detach()[len(bias) // 2 :], log_variance)


def psnr(mean_square: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean square error of values in [-1, 1] (peak 2)."""
    return float(10 * np.log10(4.0 / max(mean_square, 1e-12)))


@torch.no_grad()
def reconstruction_psnr(vae: AutoencoderKLWan, clips: np.ndarray) -> float:
    """Mean PSNR over clips uint8 [N, F, H, W, 3] after encoding (mode) and decoding."""
    values = []
    for clip in clips:
        video = frames_to_tensor(np.array(clip)).unsqueeze(0)
        decoded = vae.decode(vae.encode(video).latent_dist.mode(), return_dict=False)[0]  # type: ignore[union-attr]
        values.append(psnr((decoded.clamp(-1, 1) - video).square().mean().item()))
    return float(np.mean(values))


@torch.no_grad()
def latent_statistics(
    vae: AutoencoderKLWan, clips: np.ndarray, count: int = 128
) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each latent channel over ``count`` clips spread over the set."""
    chosen = clips[:: max(1, len(clips) // count)][:count]
    latents = torch.cat(
        [vae.encode(frames_to_tensor(np.array(clip)).unsqueeze(0)).latent_dist.mode() for clip in chosen]  # type: ignore[union-attr]
    )
    flat = latents.transpose(0, 1).flatten(1)
    return flat.mean(dim=1).tolist(), flat.std(dim=1).tolist()


def _draw_crops(flat: np.ndarray, batch: int, frames: int, side: int, draws: np.random.Generator) -> Tensor:
    """``[B, 3, frames, side, side]`` in [-1, 1]: random clips, moments and places, half of them mirrored."""
    crops = []
    for index in draws.integers(len(flat), size=batch):
        start = draws.integers(flat.shape[1] - frames + 1)
        top, left = draws.integers(flat.shape[2] - side + 1), draws.integers(flat.shape[3] - side + 1)
        part = flat[index, start : start + frames, top : top + side, left : left + side]
        crop = frames_to_tensor(np.array(part))
        crops.append(crop.flip(-1) if draws.random() < 0.5 else crop)
    return torch.stack(crops).contiguous()
