"""Muon in float32.

torch.optim.Muon orthogonalises in bfloat16, which processors without bf16 units emulate about a hundred times
slower than float32; small matrices lose nothing in float32 elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

# Coefficients of the quintic Newton-Schulz iteration (Jordan et al. 2024, "Muon").
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ITERATIONS = 5


class Muon(Optimizer):
    """Momentum whose update is orthogonalised, for matrices [out, in] and kernels [out, in, ...] as such.

    The update is scaled to the size that AdamW's would have (0.2 sqrt(max(out, in)), Liu et al. 2025), so a
    rate that suits AdamW suits this too.
    """

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):  # type: ignore[override]
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                average = state["momentum"]
                average.lerp_(parameter.grad, 1 - group["momentum"])
                ahead = parameter.grad.lerp(average, group["momentum"])  # Nesterov
                matrix = ahead.flatten(1)
                scale = 0.2 * math.sqrt(max(matrix.shape))
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(orthogonalised(matrix).view_as(parameter), alpha=-group["lr"] * scale)
        return loss


def orthogonalised(matrix: Tensor) -> Tensor:
    """The matrix [m, n] with its singular values brought near 1 (0.7 to 1.2), in float32."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).float()
    x = x / (x.norm() + 1e-7)
    for _ in range(_ITERATIONS):
        square = x @ x.T
        x = _A * x + (_B * square + _C * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)
