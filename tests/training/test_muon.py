"""Muon: the update is orthogonal, of AdamW's size, and takes a matrix where it should go."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from recam.training.muon import Muon, orthogonalised


@pytest.mark.parametrize("shape", [(8, 8), (24, 6), (6, 24), (48, 192), (1, 7)])
def test_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = orthogonalised(matrix)
    assert found.shape == matrix.shape
    values = torch.linalg.svdvals(found)
    assert 0.6 < values.min() <= values.max() < 1.3
    # Only the values change: the directions are those of the matrix.
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    core = left.T @ found @ right.T
    torch.testing.assert_close(core, torch.diag(core.diag()), atol=1e-4, rtol=0)


def test_scale_does_not_matter_and_zero_stays_finite() -> None:
    matrix = torch.randn(5, 9, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(orthogonalised(matrix * 1e4), orthogonalised(matrix), atol=1e-4, rtol=1e-4)
    assert torch.equal(orthogonalised(torch.zeros(4, 4)), torch.zeros(4, 4))


@pytest.mark.parametrize("shape", [(6, 10), (4, 3, 2, 3, 3)])
def test_the_first_step_has_the_stated_size(shape: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(2)
    weight = nn.Parameter(torch.randn(shape, generator=generator))
    before = weight.detach().clone()
    weight.grad = torch.randn(shape, generator=generator)
    Muon([weight], lr=0.1).step()
    flat = weight.grad.flatten(1)
    expected = before.flatten(1) - 0.1 * 0.2 * math.sqrt(max(flat.shape)) * orthogonalised(flat)
    torch.testing.assert_close(weight.detach().flatten(1), expected, atol=1e-5, rtol=1e-5)


def test_weight_decay_is_decoupled() -> None:
    weight = nn.Parameter(torch.ones(3, 3))
    weight.grad = torch.zeros(3, 3)
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    torch.testing.assert_close(weight.detach(), torch.full((3, 3), 0.95))


def test_parameters_without_gradient_stay() -> None:
    weight = nn.Parameter(torch.ones(3, 3))
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(weight.detach(), torch.ones(3, 3))


def _quadratic(learning_rate: float, steps: int = 60) -> float:
    """Loss after steps of falling rate on |A W - T|^2, whose A is badly scaled (condition 100)."""
    generator = torch.Generator().manual_seed(3)
    target = torch.randn(8, 12, generator=generator)
    scales = torch.logspace(0, -2, 8).unsqueeze(1)
    weight = nn.Parameter(torch.zeros(8, 12))
    optimizer = Muon([weight], lr=learning_rate)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        loss = (scales * (weight - target)).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    left = weight.detach() - target
    return float((scales * left).square().sum() / (scales * target).square().sum())


def test_a_badly_scaled_quadratic_is_solved() -> None:
    assert _quadratic(0.3) < 0.02


def test_its_state_is_saved_and_restored() -> None:
    generator = torch.Generator().manual_seed(4)
    gradients = [torch.randn(4, 6, generator=generator) for _ in range(4)]

    def walk(split: bool) -> torch.Tensor:
        weight = nn.Parameter(torch.zeros(4, 6))
        optimizer = Muon([weight], lr=0.1)
        for index, gradient in enumerate(gradients):
            if split and index == 2:
                saved = optimizer.state_dict()
                optimizer = Muon([weight], lr=0.1)
                optimizer.load_state_dict(saved)
            weight.grad = gradient.clone()
            optimizer.step()
        return weight.detach()

    assert torch.equal(walk(split=True), walk(split=False))
