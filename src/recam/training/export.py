"""From the runs of both stages to one model folder that ``RecamPipeline.from_pretrained`` reads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan
from transformers import ByT5Tokenizer

from recam.errors import CheckpointError
from recam.pipeline import ModelSettings, RecamPipeline
from recam.training.config import LoopSettings, TransformerSettings
from recam.training.loop import CHECKPOINT, SETTINGS
from recam.training.state import read_checkpoint
from recam.training.transformer import ConditionedTransformer


def export_model(
    vae: AutoencoderKLWan,
    run: str | os.PathLike[str],
    out: str | os.PathLike[str],
    num_frames: int,
    size: int,
    fps: float,
    name: str = "tiny",
) -> Path:
    """Write the moving average of a transformer run, as it stands, with its autoencoder as a model folder.

    Args:
        vae: the autoencoder that the run's latents came from.
        run: folder of stage 2, finished or not.
        out: folder to write; must not exist or be empty.
        num_frames, size, fps: of the clips that it was trained on.

    Raises:
        CheckpointError: the run's settings or checkpoint cannot be read.
        OutputError: ``out`` cannot be written.
    """
    model, settings = load_averaged(run)
    pipeline = RecamPipeline(
        model.transformer,
        vae,
        model.text_encoder,
        ByT5Tokenizer(),
        ModelSettings(
            name=name,
            num_frames=num_frames,
            height=size,
            width=size,
            fps=fps,
            fixed_size=True,
            max_sequence_length=settings.text_length,
            negative_prompt="",
            notice=(
                f"this is a demonstration model: it knows {num_frames} frames of {size}x{size} of simple "
                "synthetic scenes, and footage outside that world will look poor"
            ),
            **settings.sampling,
        ),
    )
    pipeline.save_pretrained(out)
    return Path(out)


def load_averaged(run: str | os.PathLike[str]) -> tuple[ConditionedTransformer, TransformerSettings]:
    """The moving average of a transformer run's weights, and its settings.

    Raises:
        CheckpointError: a file is missing, broken or of another kind.
    """
    run = Path(run)
    try:
        values = json.loads((run / SETTINGS).read_text())
        sizes = {key: values.pop(key) for key in ("channels", "tan_half_fov")}
        settings = _settings(values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(run / SETTINGS, f"is not of a transformer run: {error!r}") from error
    model = ConditionedTransformer(settings, **sizes)
    average = read_checkpoint(run / CHECKPOINT)["average"]
    try:
        with torch.no_grad():
            for parameter, value in zip(model.parameters(), average, strict=True):
                parameter.copy_(value)
    except (RuntimeError, ValueError, TypeError) as error:
        raise CheckpointError(run / CHECKPOINT, f"does not fit {SETTINGS} beside it: {error}") from error
    return model.eval(), settings


def _settings(values: dict[str, Any]) -> TransformerSettings:
    return TransformerSettings(loop=LoopSettings(**values.pop("loop")), **values)
