"""Presets are complete settings of models that can be built, and docs/training.md states them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKLWan

from recam.training.presets import tiny_autoencoder, tiny_transformer
from recam.training.transformer import ConditionedTransformer

PAGE = Path(__file__).parents[2] / "docs" / "training.md"


def _rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    return ", ".join(f"{number:g}" for number in (value if isinstance(value, tuple) else (value,)))


def test_the_page_states_every_setting() -> None:
    rows = {tuple(row[:-1]) for row in _rows()}
    first, second = tiny_autoencoder(), tiny_transformer()
    for field in dataclasses.fields(first.loop):
        values = [_shown(getattr(settings.loop, field.name)) for settings in (first, second)]
        assert (field.name, *values) in rows
    for settings in (first, second):
        for field in dataclasses.fields(settings):
            value = getattr(settings, field.name)
            if field.name not in ("loop", "model", "text"):
                assert (field.name, _shown(value)) in rows


def test_every_field_is_explained() -> None:
    source = (Path(__file__).parents[2] / "src" / "recam" / "training" / "config.py").read_text()
    fields = re.findall(r"^    (\w+): .*\n    (\S+)", source, re.MULTILINE)
    assert len(fields) > 25
    assert [name for name, following in fields if not following.startswith('"""')] == []


def test_the_models_fit_together() -> None:
    """One clip through both models of the presets, at the size that they are for, on the meta device."""
    with torch.device("meta"):
        first, second = tiny_autoencoder(), tiny_transformer()
        vae = AutoencoderKLWan(**first.model)
        model = ConditionedTransformer(second, first.model["z_dim"], tan_half_fov=0.5)
        latents = vae.encode(torch.zeros(1, 3, 9, 64, 64)).latent_dist.mode()  # type: ignore[union-attr]
        assert latents.shape == (1, first.model["z_dim"], 3, 8, 8)
        text = torch.zeros(1, second.text_length, second.text["d_model"])
        velocity = model.transformer(latents, latents, torch.zeros(1), text, torch.zeros(1, 3, 12))
        assert velocity.shape == latents.shape
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert parameters == pytest.approx(2.7e6, rel=0.1)  # as its docstring says
