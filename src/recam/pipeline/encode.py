"""Text and video into what the transformer takes, and latents back into video."""

from __future__ import annotations

import html
import re
from typing import Any

import torch
from diffusers import AutoencoderKLWan
from torch import Tensor
from transformers import UMT5EncoderModel


def clean_prompt(text: str) -> str:
    """Undo HTML escapes (twice, as Wan does) and fold white space."""
    return re.sub(r"\s+", " ", html.unescape(html.unescape(text))).strip()


def tokenize_prompts(tokenizer: Any, prompts: list[str], max_sequence_length: int) -> Any:
    """Cleaned prompts as ``input_ids`` and ``attention_mask`` [B, max_sequence_length]; longer are cut."""
    return tokenizer(
        [clean_prompt(prompt) for prompt in prompts],
        padding="max_length",
        max_length=max_sequence_length,
        truncation=True,
        add_special_tokens=True,
        return_attention_mask=True,
        return_tensors="pt",
    )


@torch.no_grad()
def encode_prompt(
    tokenizer: Any,
    text_encoder: UMT5EncoderModel,
    prompts: list[str],
    max_sequence_length: int,
    device: torch.device,
    dtype: torch.dtype,
) -> Tensor:
    """Prompts -> ``[B, max_sequence_length, text_dim]``, zero past each prompt's end; longer ones are cut."""
    tokens = tokenize_prompts(tokenizer, prompts, max_sequence_length)
    mask = tokens.attention_mask.to(device)
    states = text_encoder(tokens.input_ids.to(device), mask).last_hidden_state
    # where, not times: a masked position may hold anything, also infinity in bfloat16
    return torch.where(mask.bool().unsqueeze(-1), states, 0.0).to(dtype)


@torch.no_grad()
def encode_video(vae: AutoencoderKLWan, video: Tensor) -> Tensor:
    """``[B, 3, F, H, W]`` in [-1, 1] -> the mode of the latents, normalised, ``[B, C, f, h, w]`` float32."""
    latents = vae.encode(video.to(vae.dtype)).latent_dist.mode().float()  # type: ignore[union-attr]
    mean, std = _latent_scale(vae, latents)
    return (latents - mean) / std


@torch.no_grad()
def decode_latents(vae: AutoencoderKLWan, latents: Tensor) -> Tensor:
    """Normalised latents ``[B, C, f, h, w]`` -> video ``[B, 3, F, H, W]`` float32 in [-1, 1]."""
    latents = latents.float()
    mean, std = _latent_scale(vae, latents)
    video = vae.decode((latents * std + mean).to(vae.dtype), return_dict=False)[0]
    return video.float().clamp(-1, 1)


def _latent_scale(vae: AutoencoderKLWan, like: Tensor) -> tuple[Tensor, Tensor]:
    """The autoencoder's own mean and standard deviation of each latent channel, ``[1, C, 1, 1, 1]``."""
    mean, std = (
        torch.tensor(vae.config[name], dtype=like.dtype, device=like.device).view(1, -1, 1, 1, 1)
        for name in ("latents_mean", "latents_std")
    )
    return mean, std
