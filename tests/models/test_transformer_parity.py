"""The published numbers: one forward, the sampled latents, the schedule and the training loss."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from recam.models import RecamTransformer3DModel, flow

PARITY = Path(__file__).parents[1] / "fixtures" / "parity"


def relative_error(ours: torch.Tensor, reference: torch.Tensor) -> float:
    return (torch.linalg.norm(ours - reference) / torch.linalg.norm(reference)).item()


@pytest.fixture(scope="module")
def reference() -> dict[str, torch.Tensor]:
    return load_file(PARITY / "dit_small_io.safetensors")


@pytest.fixture(scope="module")
def model() -> RecamTransformer3DModel:
    config = json.loads((PARITY / "dit_small_config.json").read_text())
    weights = load_file(PARITY / "dit_small_weights.safetensors")
    return RecamTransformer3DModel.from_reference_state_dict(weights, num_attention_heads=config["num_heads"])


def run(model: RecamTransformer3DModel, reference, latents, t: float, prompt: str = "prompt_embeds"):
    with torch.no_grad():
        return model(
            latents, reference["source_latents"], torch.tensor([t]), reference[prompt], reference["camera"]
        )


@pytest.mark.parametrize("t", ["999", "500", "37.5"])
def test_forward(model, reference, t: str) -> None:
    ours = run(model, reference, reference["target_latents"], float(t))
    assert relative_error(ours, reference[f"velocity_t{t}"]) < 1e-5


def test_sampled_latents(model, reference) -> None:
    schedule = flow.flow_schedule(4, shift=5.0)
    latents = reference["target_latents"]
    for i, t in enumerate(schedule.timesteps):
        positive = run(model, reference, latents, t.item())
        negative = run(model, reference, latents, t.item(), "negative_prompt_embeds")
        velocity = flow.guide(negative, positive, 5.0)
        latents = flow.euler_step(latents, velocity, schedule.sigmas[i], schedule.sigmas[i + 1])
    assert relative_error(latents, reference["sample_4steps_cfg5"]) < 1e-4


@pytest.mark.parametrize("index", [50, 500, 950])
def test_training_loss(model, reference, index: int) -> None:
    mse, weight, weighted, timestep = reference[f"train_loss_id{index}"].tolist()
    t = flow.flow_schedule(flow.TRAIN_STEPS).timesteps[index]
    assert t.item() == pytest.approx(timestep, rel=1e-6)
    clean = reference["target_latents"]
    noise = reference["train_noise"][:, :, : clean.shape[2]]
    velocity = run(model, reference, flow.interpolate(clean, noise, t / flow.TRAIN_STEPS), t.item())
    loss = torch.nn.functional.mse_loss(velocity, flow.velocity_target(clean, noise)).item()
    assert loss == pytest.approx(mse, rel=1e-5)
    assert flow.training_weight(t).item() == pytest.approx(weight, rel=1e-5)
    assert loss * flow.training_weight(t).item() == pytest.approx(weighted, rel=1e-5)


@pytest.mark.parametrize("steps", [4, 20, 50])
def test_schedule(steps: int) -> None:
    reference = load_file(PARITY / "scheduler.safetensors")
    schedule = flow.flow_schedule(steps, shift=5.0)
    torch.testing.assert_close(schedule.sigmas[:-1], reference[f"sigmas_{steps}"], rtol=0, atol=1e-6)
    torch.testing.assert_close(schedule.timesteps, reference[f"timesteps_{steps}"], rtol=1e-6, atol=0)
    assert schedule.sigmas[-1] == 0


def test_training_weights() -> None:
    reference = load_file(PARITY / "scheduler.safetensors")
    timesteps = flow.flow_schedule(flow.TRAIN_STEPS).timesteps
    torch.testing.assert_close(timesteps, reference["train_timesteps_1000"], rtol=1e-6, atol=1e-3)
    torch.testing.assert_close(
        flow.training_weight(timesteps), reference["train_weights_1000"], rtol=1e-5, atol=1e-6
    )
