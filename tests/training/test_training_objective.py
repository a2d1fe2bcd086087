"""What the transformer is asked: which pairs, which noise, and what of the source it may see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from training_parts import CAMERAS, CAPTIONS, latents, poses, transformer_settings

from recam.camera import Poses
from recam.data.pairs import PairBatch
from recam.models.flow import TRAIN_STEPS
from recam.training.objective import draw_batch, draw_sigmas, velocity_loss

BATCH = 400


class _Listener:
    """Stands where the transformer stands: remembers what it was given and answers zero velocity."""

    def __call__(
        self, noisy: Tensor, source: Tensor, timestep: Tensor, text: Tensor, camera: Tensor
    ) -> Tensor:
        self.noisy, self.source, self.timestep, self.camera = noisy, source, timestep, camera
        return torch.zeros_like(noisy)


def _batch(size: int = BATCH) -> PairBatch:
    noise = torch.Generator().manual_seed(0)
    target, source = (torch.randn(size, 4, 3, 2, 2, generator=noise) for _ in range(2))
    return PairBatch(target, source, torch.randn(size, 3, 12, generator=noise), [""] * size)


def _ask(
    t2v: float, i2v: float, sigma: tuple[float, float] = (0.0, 0.0)
) -> tuple[_Listener, PairBatch, float]:
    settings = replace(transformer_settings(), t2v=t2v, i2v=i2v, source_sigma=sigma)
    listener, batch = _Listener(), _batch()
    loss = velocity_loss(
        listener, batch, torch.zeros(BATCH, 1, 1), settings, torch.Generator().manual_seed(1)
    )  # type: ignore[arg-type]
    return listener, batch, float(loss)


def _kept(listener: _Listener, batch: PairBatch) -> Tensor:
    """Whether each latent frame of each source came through unchanged, [B, f]."""
    return (listener.source == batch.source).flatten(3).all(-1).all(1)


def test_video_to_video_sees_the_whole_source() -> None:
    listener, batch, _ = _ask(0.0, 0.0)
    assert torch.equal(listener.source, batch.source)


def test_image_to_video_sees_the_first_frame() -> None:
    listener, batch, _ = _ask(0.0, 1.0)
    assert _kept(listener, batch).tolist() == [[True, False, False]] * BATCH


def test_text_to_video_sees_nothing() -> None:
    listener, batch, _ = _ask(1.0, 0.0)
    assert not _kept(listener, batch).any()
    together = torch.stack([listener.source.flatten(), batch.source.flatten()])
    assert abs(torch.corrcoef(together)[0, 1]) < 0.02  # sigma 0.007
    assert listener.source.std() == pytest.approx(1.0, abs=0.02)


def test_modes_are_as_frequent_as_the_settings_say() -> None:
    listener, batch, _ = _ask(0.2, 0.3)
    frames = _kept(listener, batch).sum(1)
    shares = [float((frames == count).float().mean()) for count in (0, 1, 3)]
    np.testing.assert_allclose(shares, [0.2, 0.3, 0.5], atol=0.08)  # sigma 0.025


def test_a_shown_source_carries_moderate_noise() -> None:
    """x = (1 - sigma) x0 + sigma eps, sigma within the range: the share of x0 that is left says sigma."""
    listener, batch, _ = _ask(0.0, 0.0, sigma=(0.2, 0.5))
    pairs = zip(listener.source.flatten(1), batch.source.flatten(1), strict=True)
    left = torch.stack([noisy @ clean / (clean @ clean) for noisy, clean in pairs])
    assert left.mean() == pytest.approx(1 - 0.35, abs=0.02)
    assert 0.05 < left.std() < 0.15


def test_the_loss_is_that_of_the_velocity() -> None:
    """Zero velocity misses eps - x0 wholly: 1 + 1 for two independent standard normals."""
    listener, batch, loss = _ask(0.0, 0.0)
    assert loss == pytest.approx(2.0, abs=0.1)
    sigma = (listener.timestep / TRAIN_STEPS).view(-1, 1, 1, 1, 1)
    eps = (listener.noisy - (1 - sigma) * batch.target) / sigma
    assert float((eps - batch.target).square().mean()) == pytest.approx(loss, rel=1e-3)
    assert torch.equal(listener.camera, batch.camera)


def test_noise_levels() -> None:
    sigmas = draw_sigmas(20000, 0.7, 1.0, torch.Generator().manual_seed(2))
    assert 0 < sigmas.min() < sigmas.max() < 1
    expected = torch.sigmoid(torch.tensor([0.7 - 1.0, 0.7, 0.7 + 1.0]))
    found = torch.quantile(sigmas, torch.tensor([0.1587, 0.5, 0.8413]))
    torch.testing.assert_close(found, expected, atol=0.01, rtol=0)


@pytest.mark.parametrize("still", [0.0, 0.7, 1.0])
def test_pairs(still: float) -> None:
    data = latents()
    batch = draw_batch(data, BATCH, still, np.random.default_rng(0))
    draws = np.random.default_rng(0)
    views = [
        data.load(scene, camera, data.window(scene, camera, draws))
        for scene in range(len(data))
        for camera in data.scene(scene).cameras
    ]
    sources = [next(i for i, view in enumerate(views) if torch.equal(view, one)) for one in batch.source]
    targets = [next(i for i, view in enumerate(views) if torch.equal(view, one)) for one in batch.target]
    scenes = [index // CAMERAS for index in sources]
    assert scenes == [index // CAMERAS for index in targets]  # both views are of one scene
    assert batch.captions == [CAPTIONS[scene] for scene in scenes]
    static = np.mean([index % CAMERAS == 0 for index in sources])
    assert static == pytest.approx(still + (1 - still) / CAMERAS, abs=0.08)
    assert {index % CAMERAS for index in targets} == set(range(CAMERAS))
    cameras = [[Poses(view) for view in scene] for scene in poses()]
    for index in range(20):
        (scene, source), target = divmod(sources[index], CAMERAS), targets[index] % CAMERAS
        expected = cameras[scene][target].relative_to(cameras[scene][source][0]).matrices[::4, :3]
        np.testing.assert_allclose(batch.camera[index].numpy(), expected.reshape(-1, 12), atol=1e-6)
