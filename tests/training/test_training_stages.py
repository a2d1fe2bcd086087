"""Both stages at a tiny size: they learn, repeat themselves bit for bit, and go on where they died."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from training_parts import (
    assert_same,
    autoencoder_settings,
    clips,
    die_at,
    latents,
    loop_settings,
    transformer_settings,
)
from transformers import ByT5Tokenizer

from recam.errors import CheckpointError, InputError
from recam.training.autoencoder import latent_statistics, psnr, train_autoencoder
from recam.training.loop import CHECKPOINT, LOG
from recam.training.objective import draw_batch, velocity_loss
from recam.training.state import read_checkpoint
from recam.training.transformer import ConditionedTransformer, train_transformer
from trees import file_bytes

TRACE = Path(__file__).parents[1] / "fixtures" / "training" / "loss_trace.json"
TAN_HALF_FOV = 0.495

Stage = Callable[..., Path | None]


def _autoencoder(out: Path, **changes: object) -> Path | None:
    return train_autoencoder(clips(), out, autoencoder_settings(**changes), False, report=len)


def _transformer(out: Path, **changes: object) -> Path | None:
    settings = transformer_settings(**changes)
    return train_transformer(latents(), out, settings, TAN_HALF_FOV, show_progress=False, report=len)


STAGES = pytest.mark.parametrize("stage", [_autoencoder, _transformer])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[Stage, Path]:
    """A run of six steps of each stage, without a break."""
    runs = {stage: tmp_path_factory.mktemp("whole") / "run" for stage in (_autoencoder, _transformer)}
    for stage, out in runs.items():
        assert stage(out) is not None
    return runs


def _losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / LOG).read_text().splitlines()]


@STAGES
def test_a_run_that_died_goes_on_bit_for_bit(
    stage: Stage, whole: dict[Stage, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        die_at(dying, 4)  # the last checkpoint is of step 3
        with pytest.raises(MemoryError):
            stage(tmp_path / "run")
    assert read_checkpoint(tmp_path / "run" / CHECKPOINT)["step"] == 3
    result = stage(tmp_path / "run")
    assert result is not None
    assert_same(read_checkpoint(tmp_path / "run" / CHECKPOINT), read_checkpoint(whole[stage] / CHECKPOINT))
    assert file_bytes(result) == file_bytes(whole[stage] / result.name)


@STAGES
def test_the_loss_trace_is_the_recorded_one(stage: Stage, whole: dict[Stage, Path]) -> None:
    """Same seed, same losses on any CPU: a change here is a change of what a run computes.

    When it is meant, run this file as a program to record the new trace.
    """
    recorded = json.loads(TRACE.read_text())[stage.__name__.strip("_")]
    np.testing.assert_allclose(_losses(whole[stage]), recorded, rtol=1e-4)


@STAGES
def test_other_settings_are_refused_and_change_nothing(stage: Stage, whole: dict[Stage, Path]) -> None:
    before = file_bytes(whole[stage])
    with pytest.raises(CheckpointError, match="other settings"):
        stage(whole[stage], seed=1)
    assert file_bytes(whole[stage]) == before


@STAGES
def test_another_seed_is_another_run(stage: Stage, whole: dict[Stage, Path], tmp_path: Path) -> None:
    stage(tmp_path / "run", seed=1, steps=1)
    assert _losses(tmp_path / "run")[0] != _losses(whole[stage])[0]


def test_the_autoencoder_is_a_folder_of_diffusers(whole: dict[Stage, Path]) -> None:
    vae = AutoencoderKLWan.from_pretrained(whole[_autoencoder] / "vae")
    average = read_checkpoint(whole[_autoencoder] / CHECKPOINT)["average"]
    for parameter, value in zip(vae.parameters(), average, strict=True):
        assert torch.equal(parameter, value)
    mean, std = latent_statistics(vae.eval(), clips().frames.reshape(-1, 5, 16, 16, 3))
    np.testing.assert_allclose(vae.config["latents_mean"], mean, atol=1e-6)
    np.testing.assert_allclose(vae.config["latents_std"], std, rtol=1e-5)


def test_the_autoencoder_learns_its_clips(tmp_path: Path) -> None:
    said: list[str] = []
    settings = autoencoder_settings(steps=60, learning_rate=5e-3, matrix_learning_rate=1e-2, save_every=100)
    train_autoencoder(clips(), tmp_path, replace(settings, image_steps=20), False, report=said.append)
    rows = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert np.mean([row["psnr"] for row in rows[-5:]]) > rows[0]["psnr"] + 4
    assert said[0].startswith("autoencoder: reconstructs its training clips at ")


def test_clips_smaller_than_the_crops_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="16x16 pixels and the autoencoder trains on crops of 32"):
        train_autoencoder(clips(), tmp_path / "run", replace(autoencoder_settings(), crop=32), False)
    assert not (tmp_path / "run").exists()


def test_psnr() -> None:
    assert psnr(4.0) == pytest.approx(0.0)
    assert psnr(0.04) == pytest.approx(20.0)
    assert math.isfinite(psnr(0.0))


def test_statistics_are_of_each_channel() -> None:
    """Against the definition, on latents encoded one clip at a time."""
    torch.manual_seed(0)
    vae = AutoencoderKLWan(**autoencoder_settings().model).eval()
    flat = clips().frames.reshape(-1, 5, 16, 16, 3)
    mean, std = latent_statistics(vae, flat, count=3)
    videos = torch.from_numpy(flat[::2].copy()).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    with torch.no_grad():
        modes = vae.encode(videos).latent_dist.mode()  # type: ignore[union-attr]
    np.testing.assert_allclose(mean, modes.mean(dim=(0, 2, 3, 4)), atol=1e-5)
    np.testing.assert_allclose(std, modes.std(dim=(0, 2, 3, 4), correction=1), rtol=1e-3)


def test_one_batch_can_be_learned_by_heart() -> None:
    torch.manual_seed(0)
    settings = replace(transformer_settings(), t2v=0.0, i2v=0.0)
    model = ConditionedTransformer(settings, 4, TAN_HALF_FOV)
    batch = draw_batch(latents(), 4, 0.7, np.random.default_rng(0))
    tokenizer = ByT5Tokenizer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(80):
        text = model.encode(tokenizer, batch.captions, settings.text_length)
        loss = velocity_loss(model.transformer, batch, text, settings, torch.Generator().manual_seed(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.3 * losses[0]


def test_every_weight_of_the_transformer_learns() -> None:
    torch.manual_seed(0)
    settings = transformer_settings()
    model = ConditionedTransformer(settings, 4, TAN_HALF_FOV)
    batch = draw_batch(latents(), 4, 0.0, np.random.default_rng(0))
    text = model.encode(ByT5Tokenizer(), batch.captions, settings.text_length)
    velocity_loss(model.transformer, batch, text, settings, torch.Generator().manual_seed(0)).backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []


def test_text_past_its_end_is_zero() -> None:
    model = ConditionedTransformer(transformer_settings(), 4, TAN_HALF_FOV)
    text = model.encode(ByT5Tokenizer(), ["ab", "", "a longer text than fits in"], 16)
    assert text.shape == (3, 16, 16)
    assert text[0, 3:].abs().max() == 0  # two bytes and the end mark
    assert text[1, 1:].abs().max() == 0
    assert text[2].abs().amin(dim=1).max() > 0


def test_a_run_can_begin_from_another_model(whole: dict[Stage, Path], tmp_path: Path) -> None:
    settings = transformer_settings(steps=1, learning_rate=0.0, matrix_learning_rate=None)
    parts = whole[_transformer] / "parts"
    result = train_transformer(latents(), tmp_path / "run", settings, TAN_HALF_FOV, parts, False, report=len)
    assert result is not None
    for name in ("transformer", "text_encoder"):
        weights = next((parts / name).glob("*.safetensors")).name
        assert (result / name / weights).read_bytes() == (parts / name / weights).read_bytes()


@pytest.mark.parametrize("kind", ["missing", "other"])
def test_a_model_that_cannot_be_begun_from_is_named(
    whole: dict[Stage, Path], tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "none" if kind == "missing" else whole[_transformer] / "parts"
    settings = transformer_settings()
    if kind == "other":
        settings = replace(settings, model={**settings.model, "num_layers": 3})
    with pytest.raises(CheckpointError, match="has no weights that this run could begin from") as caught:
        train_transformer(latents(), tmp_path / "run", settings, TAN_HALF_FOV, folder, False)
    assert caught.value.path == folder


if __name__ == "__main__":
    import tempfile

    traces = {}
    for one in (_autoencoder, _transformer):
        with tempfile.TemporaryDirectory() as place:
            one(Path(place))
            traces[one.__name__.strip("_")] = _losses(Path(place))
    TRACE.parent.mkdir(parents=True, exist_ok=True)
    TRACE.write_text(json.dumps(traces, indent=1) + "\n")
    print(f"{TRACE}: {traces}, {loop_settings()}")
