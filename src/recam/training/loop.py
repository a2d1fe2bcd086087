"""The loop that every stage runs: rate schedule, clipping, moving average, log, checkpoints, progress bar."""

from __future__ import annotations

import hashlib
import json
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.training_utils import EMAModel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from recam.files import atomic_file, make_folder
from recam.training.config import LoopSettings
from recam.training.muon import Muon
from recam.training.state import TrainState

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
SETTINGS = "settings.json"

StepLoss = Callable[[int, np.random.Generator, torch.Generator], tuple[Tensor, Mapping[str, float]]]
"""(step, generator for choices, generator for noise) -> the loss and figures to log."""


def rate_factor(step: int, settings: LoopSettings) -> float:
    """Share of the peak rate at ``step`` (0-based): linear warm-up, flat, linear fall to a twentieth."""
    rise = min(1.0, (step + 1) / max(settings.warmup_steps, 1))
    flat = settings.steps * (1 - settings.cooldown_share)
    fall = 1.0 if step < flat else 1 - 0.95 * (step - flat) / max(settings.steps - flat, 1)
    return rise * fall


def is_hidden_matrix(name: str, parameter: nn.Parameter) -> bool:
    """Whether Muon may train it: matrices of transformer blocks and kernels between hidden layers."""
    if parameter.ndim == 2:
        return ".blocks." in f".{name}" and "camera" not in name
    at_the_edge = any(part in name for part in ("conv_in", "conv_out", "quant_conv", "patch_embedding"))
    return parameter.ndim >= 4 and parameter.numel() > parameter.shape[0] and not at_the_edge


def make_optimizers(model: nn.Module, settings: LoopSettings) -> list[Optimizer]:
    """AdamW for all, or, given a rate for matrices, Muon for hidden matrices and AdamW for the rest."""
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        chosen = settings.matrix_learning_rate and is_hidden_matrix(name, parameter)
        (matrices if chosen else rest).append(parameter)
    optimizers: list[Optimizer] = [
        AdamW(rest, lr=settings.learning_rate, betas=settings.betas, weight_decay=settings.weight_decay)
    ]
    if matrices and settings.matrix_learning_rate:
        optimizers.append(Muon(matrices, settings.matrix_learning_rate, weight_decay=settings.weight_decay))
    return optimizers


def fingerprint(*settings: Any) -> str:
    """A short name of settings (dataclasses or JSON values): equal settings, equal name."""
    plain = [asdict(item) if hasattr(item, "__dataclass_fields__") else item for item in settings]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:16]


def open_run(out: str | os.PathLike[str], settings: Mapping[str, Any]) -> Path:
    """The run's folder, made when missing, with ``settings`` in it for whoever reads the run later.

    The settings of a run that is there already stay: whether it may go on, its checkpoint decides.

    Raises:
        OutputError: the folder cannot be written.
    """
    out = make_folder(out)
    if not ((out / CHECKPOINT).exists() and (out / SETTINGS).exists()):
        with atomic_file(out / SETTINGS) as path:
            path.write_text(json.dumps(settings, indent=1) + "\n")
    return out


def run_loop(
    out: Path,
    model: nn.Module,
    settings: LoopSettings,
    step_loss: StepLoss,
    name: str,
    mark: str,
    show_progress: bool = True,
    max_minutes: float | None = None,
) -> TrainState:
    """Train to the end (or for ``max_minutes``), going on from ``out/checkpoint.pt`` if it is there.

    Ctrl-C and SIGTERM end the step that is under way and save it before they take effect; a second one does
    not wait.

    Args:
        out: folder of the run, made by the caller.
        model: all that learns.
        step_loss: draws a batch from its generators and gives the loss.
        name: shown beside the progress bar.
        mark: fingerprint of everything that must not change between two parts of a run.

    Returns:
        The state; ``state.step == settings.steps`` when the run reached its end.

    Raises:
        CheckpointError: the checkpoint cannot be read, or is of other settings.
        OutputError: the disk is full.
        FloatingPointError: the gradient is infinite or not a number; the last checkpoint stays.
    """
    optimizers = make_optimizers(model, settings)
    average = EMAModel(
        model.parameters(), decay=settings.ema_decay, use_ema_warmup=True, power=0.75, foreach=True
    )
    state = TrainState(model, optimizers, average)
    checkpoint = out / CHECKPOINT
    if checkpoint.exists():
        state.load(checkpoint, mark)
    peaks = (settings.learning_rate, settings.matrix_learning_rate or 0.0)[: len(optimizers)]
    started = logged = time.monotonic()
    figures: dict[str, list[float]] = {}
    model.train()
    saved = state.step
    with (
        _signals_wait() as asked_to_stop,
        _bar(name, state.step, settings.steps, show_progress) as advance,
        _appending(out / LOG) as log,
    ):
        while state.step < settings.steps and not asked_to_stop():
            if max_minutes is not None and time.monotonic() - started > 60 * max_minutes:
                break
            factor = rate_factor(state.step, settings)
            for optimizer, peak in zip(optimizers, peaks, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = factor * peak
            draws = np.random.default_rng([settings.seed, state.step])
            noise = torch.Generator().manual_seed(int(draws.integers(2**62)))
            loss, extra = step_loss(state.step, draws, noise)
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = float(nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm))
            if not math.isfinite(norm):
                raise FloatingPointError(f"{name}: the gradient is not finite at step {state.step}")
            for optimizer in optimizers:
                optimizer.step()
            average.step(model.parameters())
            state.step += 1
            for key, value in {"loss": float(loss.detach()), "grad_norm": norm, **extra}.items():
                figures.setdefault(key, []).append(value)
            if state.step % settings.log_every == 0 or state.step == settings.steps:
                now = time.monotonic()
                means = {key: round(float(np.mean(values)), 5) for key, values in figures.items()}
                speed = len(figures["loss"]) / (now - logged)
                row = {"rate": round(factor, 4), "steps_per_second": round(speed, 3)}
                log({"step": state.step, **means, **row})
                figures.clear()
                logged = now
                advance(state.step, means["loss"])
            if state.step % settings.save_every == 0:
                state.save(checkpoint, mark)
                saved = state.step
        if state.step != saved:
            state.save(checkpoint, mark)
    return state


@contextmanager
def _signals_wait() -> Iterator[Callable[[], bool]]:
    """Yield a question: has anyone asked to stop? The signal takes its usual effect when the block ends."""
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # only that one may handle signals
        yield lambda: False
        return

    def ask(number: int, _frame: object) -> None:
        asked.append(number)
        if len(asked) > 1:
            restore()
            signal.raise_signal(number)

    def restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    usual = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        restore()
    if asked:
        signal.raise_signal(asked[0])


@contextmanager
def _bar(name: str, done: int, total: int, show: bool) -> Iterator[Callable[[int, float], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=not show) as progress:
        task = progress.add_task(name, total=total, completed=done)

        def advance(step: int, loss: float) -> None:
            progress.update(task, completed=step, description=f"{name} (loss {loss:.4f})")

        yield advance


@contextmanager
def _appending(path: str | os.PathLike[str]) -> Iterator[Callable[[Mapping[str, Any]], object]]:
    with open(path, "a", buffering=1) as file:
        yield lambda row: file.write(json.dumps(row) + "\n")
