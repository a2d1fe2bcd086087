from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recam.errors import InputError
from recam.models import flow


@given(steps=st.integers(1, 60), shift=st.floats(0.5, 12))
def test_schedule_falls_from_noise_to_data(steps: int, shift: float) -> None:
    schedule = flow.flow_schedule(steps, shift)
    assert len(schedule) == steps
    assert schedule.sigmas[0] == 1
    assert schedule.sigmas[-1] == 0
    assert (schedule.sigmas.diff() < 0).all()


@given(steps=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_true_velocity_leads_to_the_clean_latents(steps: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    clean, noise = (torch.randn(2, 3, generator=generator) for _ in range(2))
    schedule = flow.flow_schedule(steps)
    velocity = flow.velocity_target(clean, noise)
    x = flow.interpolate(clean, noise, schedule.sigmas[0])
    for i in range(steps):
        torch.testing.assert_close(
            flow.clean_estimate(x, velocity, schedule.sigmas[i]), clean, rtol=1e-4, atol=1e-5
        )
        x = flow.euler_step(x, velocity, schedule.sigmas[i], schedule.sigmas[i + 1])
    torch.testing.assert_close(x, clean, rtol=1e-4, atol=1e-5)


def test_a_sigma_for_each_clip() -> None:
    out = flow.interpolate(torch.zeros(2, 1, 1, 1, 1), torch.ones(2, 1, 1, 1, 1), torch.tensor([0.25, 1.0]))
    assert out.flatten().tolist() == [0.25, 1.0]


def test_guidance_ends() -> None:
    negative, positive = torch.tensor([1.0]), torch.tensor([3.0])
    assert flow.guide(negative, positive, 1.0) == 3
    assert flow.guide(negative, positive, 0.0) == 1
    assert flow.guide(negative, positive, 5.0) == 11


@pytest.mark.parametrize(("steps", "shift"), [(0, 5.0), (4, 0.0), (4, float("nan")), (4, float("inf"))])
def test_schedules_that_cannot_be(steps: int, shift: float) -> None:
    with pytest.raises(InputError):
        flow.flow_schedule(steps, shift)
