"""The loop that every stage runs, on a model of one layer: schedule, log, stopping, going on."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.training_utils import EMAModel
from torch import Tensor, nn
from training_parts import assert_same, autoencoder_settings, die_at, loop_settings, transformer_settings

from recam.errors import CheckpointError, OutputError
from recam.training.autoencoder import AutoencoderKLWan
from recam.training.config import LoopSettings
from recam.training.loop import (
    CHECKPOINT,
    LOG,
    StepLoss,
    fingerprint,
    is_hidden_matrix,
    make_optimizers,
    open_run,
    rate_factor,
    run_loop,
)
from recam.training.state import TrainState, read_checkpoint
from recam.training.transformer import ConditionedTransformer
from small_disk import small_disk


def test_the_rate_rises_stays_and_falls() -> None:
    settings = loop_settings(steps=100, warmup_steps=10, cooldown_share=0.4)
    rates = [rate_factor(step, settings) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[4] == pytest.approx(0.5)
    assert rates[9:61] == [1.0] * 52
    assert rates[80] == pytest.approx(1 - 0.95 * 20 / 40)
    assert rates[99] == pytest.approx(1 - 0.95 * 39 / 40)
    assert min(rates) > 0


@pytest.mark.parametrize("warmup", [0, 1])
def test_no_warm_up(warmup: int) -> None:
    assert rate_factor(0, loop_settings(warmup_steps=warmup)) == 1.0


def test_no_cool_down() -> None:
    assert rate_factor(5, loop_settings(cooldown_share=0.0)) == 1.0


def _models() -> dict[str, nn.Module]:
    return {
        "autoencoder": AutoencoderKLWan(**autoencoder_settings().model),
        "transformer": ConditionedTransformer(transformer_settings(), channels=4, tan_half_fov=0.5),
    }


def test_every_parameter_has_exactly_one_optimizer() -> None:
    for model in _models().values():
        for rate in (None, 1e-3):
            optimizers = make_optimizers(model, loop_settings(matrix_learning_rate=rate))
            assert len(optimizers) == (1 if rate is None else 2)
            taken = [id(p) for one in optimizers for group in one.param_groups for p in group["params"]]
            assert sorted(taken) == sorted(id(parameter) for parameter in model.parameters())


def test_muon_takes_hidden_matrices_only() -> None:
    models = _models()
    chosen = {name for name, p in models["transformer"].named_parameters() if is_hidden_matrix(name, p)}
    assert "transformer.blocks.0.attn1.to_q.weight" in chosen
    assert "transformer.blocks.1.ffn.net.2.weight" in chosen
    assert all(name.startswith("transformer.blocks.") and name.endswith("weight") for name in chosen)
    assert not any("camera" in name or "norm" in name for name in chosen)
    chosen = {name for name, p in models["autoencoder"].named_parameters() if is_hidden_matrix(name, p)}
    assert any("resnets.0.conv1" in name for name in chosen)
    assert not any("conv_in" in name or "conv_out" in name or "quant" in name for name in chosen)


def test_fingerprints() -> None:
    assert fingerprint(loop_settings(), [1, 2]) == fingerprint(loop_settings(), [1, 2])
    names = {
        fingerprint(loop_settings(), [1, 2]),
        fingerprint(loop_settings(seed=1), [1, 2]),
        fingerprint(loop_settings(), [1, 3]),
        fingerprint(transformer_settings(), [1, 2]),
    }
    assert len(names) == 4


class _Task:
    """Fit a layer to a known one; counts its steps and can do something within one of them."""

    def __init__(self, at: int | None = None, act: object = None) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(3, 2)
        self.at, self.act = at, act
        self.steps: list[int] = []

    def loss(
        self, step: int, draws: np.random.Generator, noise: torch.Generator
    ) -> tuple[Tensor, Mapping[str, float]]:
        self.steps.append(step)
        if step == self.at and callable(self.act):
            self.act()
        inputs = torch.randn(4, 3, generator=noise)
        scale = float(draws.uniform(0.5, 1.5))
        return scale * (self.model(inputs) - inputs[:, :2]).square().mean(), {"scale": scale}

    def run(
        self, out: Path, settings: LoopSettings, mark: str = "m", minutes: float | None = None
    ) -> TrainState:
        step_loss: StepLoss = self.loss
        return run_loop(out, self.model, settings, step_loss, "test", mark, False, minutes)


def _log(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / LOG).read_text().splitlines()]


def test_the_log_holds_what_the_run_did(tmp_path: Path) -> None:
    _Task().run(tmp_path, loop_settings(steps=5, log_every=2))
    rows = _log(tmp_path)
    assert [row["step"] for row in rows] == [2, 4, 5]
    assert all(
        row.keys() == {"step", "loss", "grad_norm", "scale", "rate", "steps_per_second"} for row in rows
    )
    assert rows[0]["rate"] == 1.0
    assert all(row["steps_per_second"] > 0 for row in rows)


def test_it_learns(tmp_path: Path) -> None:
    settings = loop_settings(steps=200, learning_rate=0.02, log_every=50, save_every=1000)
    _Task().run(tmp_path, settings)
    rows = _log(tmp_path)
    assert rows[-1]["loss"] < 0.05 * rows[0]["loss"]


def _same(one: Path, other: Path) -> None:
    assert_same(read_checkpoint(one / CHECKPOINT), read_checkpoint(other / CHECKPOINT))


def test_a_run_that_died_goes_on_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loop_settings(steps=8, save_every=3)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    _Task().run(tmp_path / "whole", settings)
    with monkeypatch.context() as dying:
        die_at(dying, 5)
        with pytest.raises(MemoryError):
            _Task().run(tmp_path / "parts", settings)
    second = _Task()
    second.run(tmp_path / "parts", settings)
    assert second.steps == [3, 4, 5, 6, 7]
    _same(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_the_step_under_way(tmp_path: Path, number: signal.Signals) -> None:
    settings = loop_settings(steps=8, save_every=100)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    _Task().run(tmp_path / "whole", settings)
    usual = signal.signal(number, _raise_interrupt)
    try:
        first = _Task(at=4, act=lambda: signal.raise_signal(number))
        with pytest.raises(KeyboardInterrupt):
            first.run(tmp_path / "parts", settings)
        assert signal.getsignal(number) is _raise_interrupt
    finally:
        signal.signal(number, usual)
    assert first.steps == [0, 1, 2, 3, 4]
    second = _Task()
    second.run(tmp_path / "parts", settings)
    assert second.steps == [5, 6, 7]
    _same(tmp_path / "whole", tmp_path / "parts")


def _raise_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    def twice() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    task = _Task(at=2, act=twice)
    with pytest.raises(KeyboardInterrupt):
        task.run(tmp_path, loop_settings(save_every=2))
    assert read_checkpoint(tmp_path / CHECKPOINT)["step"] == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_minutes_end_a_part_of_a_run(tmp_path: Path) -> None:
    state = _Task().run(tmp_path, loop_settings(), minutes=0)
    assert state.step < 6
    assert _Task().run(tmp_path, loop_settings()).step == 6
    again = _Task()
    assert again.run(tmp_path, loop_settings()).step == 6
    assert again.steps == []


def test_a_gradient_that_is_not_finite_stops_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    task = _Task()
    task.at, task.act = 4, lambda: task.model.weight.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="step 4"):
        task.run(tmp_path, loop_settings(save_every=2))
    saved = read_checkpoint(tmp_path / CHECKPOINT)
    assert saved["step"] == 4
    assert saved["model"]["weight"].isfinite().all()


def test_the_average_is_the_moving_average(tmp_path: Path) -> None:
    task = _Task()
    settings = loop_settings(steps=2, ema_decay=0.5)
    start = task.model.weight.detach().clone()
    seen: list[Tensor] = []
    state = run_loop(
        tmp_path, task.model, settings,
        lambda *given: (seen.append(task.model.weight.detach().clone()), task.loss(*given))[1],
        "test", "m", False,
    )  # fmt: skip
    assert torch.equal(seen[0], start)
    expected = state.average.shadow_params[0].clone()
    state.averaged()
    assert torch.equal(task.model.weight.detach(), expected)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    _Task().run(tmp_path, loop_settings(), mark="one")
    with pytest.raises(CheckpointError, match=r"checkpoint.pt: belongs to a run with other settings"):
        _Task().run(tmp_path, loop_settings(), mark="two")


class _Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("kind", ["evil", "empty", "text", "cut", "other", "list", "shapes"])
def test_broken_and_evil_checkpoints_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / CHECKPOINT
    _Task().run(tmp_path, loop_settings())
    whole = path.read_bytes()
    if kind == "evil":
        torch.save({"fingerprint": "m", "model": _Evil(tmp_path / "executed")}, path)
    elif kind == "shapes":
        saved = read_checkpoint(path)
        saved["model"]["weight"] = torch.zeros(7, 7)
        torch.save(saved, path)
    elif kind in ("other", "list"):
        torch.save({"weights": torch.zeros(3)} if kind == "other" else [1, 2], path)
    else:
        path.write_bytes({"empty": b"", "text": b"hello " * 20, "cut": whole[: len(whole) // 2]}[kind])
    with pytest.raises(CheckpointError, match=r"checkpoint.pt: is not a checkpoint of this run: ") as caught:
        _Task().run(tmp_path, loop_settings())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "executed").exists()


def test_a_full_disk_is_named_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    model = nn.Linear(300, 300)
    state = TrainState(model, [], EMAModel(model.parameters()))
    path = tmp_path / CHECKPOINT
    state.save(path, "m")
    before = path.read_bytes()
    with (
        small_disk(65536),
        pytest.raises(OutputError, match=r"checkpoint.pt: cannot be written: file too large"),
    ):
        state.save(path, "m")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_settings_of_a_run_stay(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", {"steps": 1})
    assert json.loads((run / "settings.json").read_text()) == {"steps": 1}
    open_run(run, {"steps": 2})  # nothing was trained yet
    assert json.loads((run / "settings.json").read_text()) == {"steps": 2}
    (run / CHECKPOINT).write_bytes(b"")
    open_run(run, {"steps": 3})
    assert json.loads((run / "settings.json").read_text()) == {"steps": 2}
