"""Everything that a run needs to go on exactly where it stopped, in one file that is never half written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from torch import nn
from torch.optim import Optimizer

from recam.errors import CheckpointError
from recam.files import atomic_file

_ENTRIES = {"fingerprint", "step", "model", "optimizers", "average", "average_step"}


@dataclass
class TrainState:
    """What changes during a run. Randomness is not part of it: every step draws from (seed, step) alone."""

    model: nn.Module
    optimizers: list[Optimizer]
    average: EMAModel
    step: int = 0

    def save(self, path: str | os.PathLike[str], fingerprint: str) -> None:
        """Write all of it; ``fingerprint`` names the settings that it belongs to.

        Raises:
            OutputError: the folder cannot be written, or the disk is full; what was saved before stays.
        """
        entries = {
            "fingerprint": fingerprint,
            "step": self.step,
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average.shadow_params,
            "average_step": self.average.optimization_step,
        }
        with atomic_file(path) as temporary, temporary.open("wb") as file:
            try:
                torch.save(entries, file)
            except RuntimeError as error:
                raise _system_error(error) from error

    def load(self, path: str | os.PathLike[str], fingerprint: str) -> None:
        """Go back to what was saved.

        Raises:
            CheckpointError: missing, broken, unsafe, or of a run with other settings.
        """
        saved = read_checkpoint(path)
        if saved["fingerprint"] != fingerprint:
            raise CheckpointError(path, "belongs to a run with other settings; choose another --out folder")
        try:
            self.model.load_state_dict(saved["model"])
            for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            for shadow, value in zip(self.average.shadow_params, saved["average"], strict=True):
                shadow.copy_(value)
            self.average.optimization_step = saved["average_step"]
            self.step = saved["step"]
        except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise _not_ours(path, error) from error

    def averaged(self) -> nn.Module:
        """Put the moving average into the model (call it last, or reload) and return the model."""
        self.average.copy_to(self.model.parameters())
        return self.model


def read_checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What :meth:`TrainState.save` wrote; nothing in the file is executed.

    Raises:
        CheckpointError: missing, broken, unsafe, or something else.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a file of another kind makes the unpickler stumble in any way whatever
        raise _not_ours(path, error) from error
    if not isinstance(saved, dict) or not saved.keys() >= _ENTRIES:
        raise _not_ours(path, ValueError("it lacks what a run saves"))
    return saved


def _system_error(error: BaseException) -> BaseException:
    """The system's own error (a full disk) that torch hides behind one about its file format."""
    hidden: BaseException | None = error
    while hidden is not None and not isinstance(hidden, OSError):
        hidden = hidden.__context__
    return hidden or error


def _not_ours(path: str | os.PathLike[str], error: Exception) -> CheckpointError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return CheckpointError(path, f"is not a checkpoint of this run: {reason}")
