"""Everything that a run needs to go on exactly where it stopped, in one file that is never half written."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.training_utils import EMAModel
from torch import nn
from torch.optim import Optimizer

from recam.errors import CheckpointError
from recam.files import atomic_file


@dataclass
class TrainState:
    """What changes during a run. Randomness is not part of it: every step draws from (seed, step) alone."""

    model: nn.Module
    optimizers: list[Optimizer]
    average: EMAModel
    step: int = 0

    def save(self, path: str | os.PathLike[str], fingerprint: str) -> None:
        """Write all of it; ``fingerprint`` names the settings that it belongs to."""
        with atomic_file(path) as temporary:
            torch.save(
                {
                    "fingerprint": fingerprint,
                    "step": self.step,
                    "model": self.model.state_dict(),
                    "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                    "average": self.average.shadow_params,
                    "average_step": self.average.optimization_step,
                },
                temporary,
            )

    def load(self, path: str | os.PathLike[str], fingerprint: str) -> None:
        """Go back to what was saved.

        Raises:
            CheckpointError: missing, broken, unsafe, or of a run with other settings.
        """
        path = Path(path)
        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            if saved["fingerprint"] != fingerprint:
                raise CheckpointError(
                    path, "belongs to a run with other settings; choose another --out folder"
                )
            self.model.load_state_dict(saved["model"])
            for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            for shadow, value in zip(self.average.shadow_params, saved["average"], strict=True):
                shadow.copy_(value)
            self.average.optimization_step = saved["average_step"]
            self.step = saved["step"]
        except (
            OSError,
            RuntimeError,
            KeyError,
            ValueError,
            TypeError,
            EOFError,
            pickle.UnpicklingError,
        ) as error:
            if isinstance(error, CheckpointError):
                raise
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise CheckpointError(path, f"is not a checkpoint of this run: {reason}") from error

    def averaged(self) -> nn.Module:
        """Put the moving average into the model (call it last, or reload) and return the model."""
        self.average.copy_to(self.model.parameters())
        return self.model
