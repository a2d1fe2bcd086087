from __future__ import annotations

import pytest
import torch

from recam.errors import InputError
from recam.models.conditioning import condition_source, draw_source_conditioning


@pytest.fixture
def latents() -> torch.Tensor:
    return torch.ones(3, 2, 4, 2, 2)


def test_each_mode_keeps_its_frames(latents) -> None:
    noise = torch.full_like(latents, 9.0)
    out = condition_source(latents, ["v2v", "i2v", "t2v"], noise)
    assert torch.equal(out[0], latents[0])
    assert torch.equal(out[1, :, :1], latents[1, :, :1])
    assert torch.equal(out[1, :, 1:], noise[1, :, 1:])
    assert torch.equal(out[2], noise[2])


def test_moderate_noise_touches_what_stays(latents) -> None:
    noise = torch.full_like(latents, 2.0)
    out = condition_source(latents, "i2v", noise, torch.tensor([0.0, 0.25, 0.5]))
    assert out[:, 0, 0, 0, 0].tolist() == [1.0, 1.25, 1.5]
    assert torch.equal(out[:, :, 1:], noise[:, :, 1:])


def test_drawn_shares_and_levels() -> None:
    drawn = draw_source_conditioning(4000, torch.Generator().manual_seed(0))
    for mode, share in (("t2v", 0.2), ("i2v", 0.2), ("v2v", 0.6)):
        assert drawn.modes.count(mode) / 4000 == pytest.approx(share, abs=0.03)
    assert 0.2 <= drawn.sigma.min() < 0.21
    assert 0.49 < drawn.sigma.max() <= 0.5
    again = draw_source_conditioning(4000, torch.Generator().manual_seed(0))
    assert again.modes == drawn.modes
    assert torch.equal(again.sigma, drawn.sigma)


def test_bad_values(latents) -> None:
    with pytest.raises(InputError, match="s2v"):
        condition_source(latents, "s2v", latents)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="3 clips"):
        condition_source(latents, ["v2v"], latents)
    with pytest.raises(InputError, match="probabilities"):
        draw_source_conditioning(1, t2v=0.8, i2v=0.3)
    with pytest.raises(InputError, match="sigma_range"):
        draw_source_conditioning(1, sigma_range=(0.5, 0.2))
