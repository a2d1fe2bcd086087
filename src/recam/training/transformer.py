"""Stage 2: the camera-conditioned transformer and its byte-level text encoder, from scratch."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

from recam.data.latents import LatentViews
from recam.errors import CheckpointError
from recam.files import atomic_folder
from recam.models.transformer import RecamTransformer3DModel
from recam.training.config import TransformerSettings
from recam.training.loop import fingerprint, open_run, run_loop
from recam.training.objective import draw_batch, velocity_loss

PARTS = "parts"


class ConditionedTransformer(nn.Module):
    """Transformer and text encoder, which learn together."""

    def __init__(self, settings: TransformerSettings, channels: int, tan_half_fov: float) -> None:
        super().__init__()
        self.text_encoder = UMT5EncoderModel(UMT5Config(**settings.text))
        self.transformer = RecamTransformer3DModel(
            in_channels=channels,
            out_channels=channels,
            text_dim=settings.text["d_model"],
            tan_half_fov=tan_half_fov,
            **settings.model,
        )

    def encode(self, tokenizer: ByT5Tokenizer, captions: list[str], length: int) -> Tensor:
        """Captions -> [B, length, text_dim], zero past each caption's end, with gradients."""
        tokens = tokenizer(
            captions, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        )
        states = self.text_encoder(tokens.input_ids, tokens.attention_mask).last_hidden_state
        return states * tokens.attention_mask.unsqueeze(-1)


def train_transformer(
    data: LatentViews,
    out: str | os.PathLike[str],
    settings: TransformerSettings,
    tan_half_fov: float,
    start_from: str | os.PathLike[str] | None = None,
    show_progress: bool = True,
    max_minutes: float | None = None,
    report: Callable[[str], None] = print,
) -> Path | None:
    """Train, and leave the averaged weights in ``out/parts`` (transformer, text_encoder, tokenizer).

    Args:
        data: encoded scenes, all with equally many cameras.
        tan_half_fov: tangent of half the lens's field of view, kept in the transformer's config.
        start_from: a model folder whose transformer and text encoder the run begins from, instead of random
            weights.

    Returns:
        The folder, or None when ``max_minutes`` ran out first (call again to go on).

    Raises:
        CheckpointError: ``out`` holds a run with other settings, or a broken checkpoint; ``start_from`` holds
            no such model.
        OutputError: ``out`` cannot be written, or the disk is full.
    """
    sizes = {"channels": data.shape[2], "tan_half_fov": tan_half_fov}
    out = open_run(out, {**asdict(settings), **sizes})
    torch.manual_seed(settings.loop.seed)
    model = ConditionedTransformer(settings, **sizes)
    if start_from is not None:
        _load_parts(model, Path(start_from))
    tokenizer = ByT5Tokenizer()

    def step_loss(
        _: int, draws: np.random.Generator, noise: torch.Generator
    ) -> tuple[Tensor, Mapping[str, float]]:
        batch = draw_batch(data, settings.loop.batch_size, settings.still_source, draws)
        dropped = draws.random(len(batch.captions)) < settings.drop_caption
        captions = ["" if drop else text for drop, text in zip(dropped, batch.captions, strict=True)]
        text = model.encode(tokenizer, captions, settings.text_length)
        return velocity_loss(model.transformer, batch, text, settings, noise), {}

    mark = fingerprint(settings, list(data.shape), str(start_from))
    state = run_loop(out, model, settings.loop, step_loss, "transformer", mark, show_progress, max_minutes)
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    report(f"transformer: {millions:.2f} M parameters, {state.step * settings.loop.batch_size} samples seen")
    if state.step < settings.loop.steps:
        return None
    state.averaged()
    if not (out / PARTS).exists():
        with atomic_folder(out / PARTS) as folder:
            save_parts(model, tokenizer, folder)
    return out / PARTS


def save_parts(model: ConditionedTransformer, tokenizer: ByT5Tokenizer, folder: Path) -> None:
    """Write transformer, text encoder and tokenizer as diffusers and transformers do."""
    model.transformer.save_pretrained(folder / "transformer")
    model.text_encoder.save_pretrained(folder / "text_encoder")
    tokenizer.save_pretrained(folder / "tokenizer")


def _load_parts(model: ConditionedTransformer, folder: Path) -> None:
    try:
        transformer = RecamTransformer3DModel.from_pretrained(folder / "transformer")
        text_encoder = UMT5EncoderModel.from_pretrained(folder / "text_encoder")
        model.transformer.load_state_dict(transformer.state_dict())  # type: ignore[union-attr]
        model.text_encoder.load_state_dict(text_encoder.state_dict())
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(folder, f"has no weights that this run could begin from: {reason}") from error
