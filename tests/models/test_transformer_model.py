"""What the published numbers do not show: other sizes, other options, the mixins of diffusers."""

from __future__ import annotations

import pytest
import torch
from diffusers import FirstBlockCacheConfig, WanTransformer3DModel
from peft import LoraConfig

from recam.errors import InputError
from recam.models import RecamTransformer3DModel

SMALL = {
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "text_dim": 16,
    "freq_dim": 32,
    "ffn_dim": 48,
    "num_layers": 2,
    "in_channels": 4,
    "out_channels": 4,
}


def make(seed: int = 0, **config) -> RecamTransformer3DModel:
    torch.manual_seed(seed)
    return RecamTransformer3DModel(**(SMALL | config)).eval()


def inputs(frames: int = 3, source_frames: int = 3, height: int = 4, width: int = 6, batch: int = 2) -> dict:
    generator = torch.Generator().manual_seed(1)

    def randn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    return {
        "hidden_states": randn(batch, 4, frames, height, width),
        "source_hidden_states": randn(batch, 4, source_frames, height, width),
        "timestep": torch.linspace(100, 900, batch),
        "encoder_hidden_states": randn(batch, 5, 16),
        "camera": randn(batch, frames, 12),
    }


@pytest.mark.parametrize("patch_size", [(1, 2, 2), (1, 1, 1)])
@pytest.mark.parametrize(("frames", "height", "width"), [(3, 4, 6), (5, 8, 4)])
@torch.no_grad()
def test_fresh_camera_layers_leave_wan_unchanged(patch_size, frames: int, height: int, width: int) -> None:
    torch.manual_seed(0)
    wan = WanTransformer3DModel(patch_size=patch_size, **SMALL).eval()
    ours = make(1, patch_size=patch_size)
    missing, unexpected = ours.load_state_dict(wan.state_dict(), strict=False)
    assert not unexpected
    assert {key.split(".")[2] for key in missing} == {"camera_encoder", "projector"}

    x = inputs(frames, frames, height, width)
    joined = torch.cat([x["hidden_states"], x["source_hidden_states"]], dim=2)
    expected = wan(joined, x["timestep"], x["encoder_hidden_states"], return_dict=False)[0][:, :, :frames]
    torch.testing.assert_close(ours(**x), expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_the_camera_of_each_frame_counts_and_the_source_shares_it() -> None:
    model, x = make(camera_init_std=0.1), inputs()
    base = model(**x)
    for frame in range(3):
        moved = x["camera"].clone()
        moved[:, frame] += 1
        assert not torch.allclose(model(**x | {"camera": moved}), base, atol=1e-5)


@pytest.mark.parametrize("source_rope", ["shifted", "aligned"])
@pytest.mark.parametrize("source_frames", [1, 5])
@torch.no_grad()
def test_a_source_of_another_length(source_rope: str, source_frames: int) -> None:
    model, x = make(source_rope=source_rope, camera_init_std=0.1), inputs(source_frames=source_frames)
    assert model(**x).shape == x["hidden_states"].shape
    rows = model.camera_rows(x["camera"], source_frames)
    assert torch.equal(rows[:, :3], x["camera"])
    assert torch.equal(rows[:, 3], x["camera"][:, 0])
    assert torch.equal(rows[:, -1], x["camera"][:, min(source_frames, 3) - 1])


@torch.no_grad()
def test_aligned_rope_gives_a_source_frame_the_position_of_its_time() -> None:
    target, source = torch.zeros(1, 4, 3, 4, 6), torch.zeros(1, 4, 3, 4, 6)
    aligned, shifted = make(source_rope="aligned").rope, make().rope
    for table in aligned(target, source):
        half = table.shape[1] // 2
        assert torch.equal(table[:, :half], table[:, half:])
    for ours, plain in zip(
        shifted(target, source), make().rope(torch.zeros(1, 4, 6, 4, 6), source[:, :, :0]), strict=True
    ):
        assert torch.equal(ours, plain)


@torch.no_grad()
def test_per_token_cameras_equal_per_frame_cameras() -> None:
    """The form that context parallelism needs, against the plain one."""
    model, x = make(camera_init_std=0.1), inputs()
    plain = model(**x)
    model._parallel_config = object()
    torch.testing.assert_close(model(**x), plain, rtol=1e-5, atol=1e-6)


def test_ray_features_follow_the_geometry() -> None:
    model = make(ray_features=True, tan_half_fov=0.5)
    rays = model.ray_embedder
    assert rays is not None
    camera = torch.eye(3, 4).repeat(1, 2, 1, 1)
    camera[:, 1, :, 3] = torch.tensor([1.0, 2.0, 3.0])
    features = rays.features(camera, rows=3, columns=5)  # an odd count has a token on the optical axis
    assert features.shape == (1, 2, 15, rays.linear.in_features)
    axis = features[0, 1, 7]
    torch.testing.assert_close(axis[:3], torch.tensor([0.0, 0.0, 1.0]))
    torch.testing.assert_close(axis[33:36], torch.tensor([1.0, 2.0, 3.0]))
    torch.testing.assert_close(axis[-3:], torch.tensor([2.0, -1.0, 0.0]))  # origin x direction
    left = features[0, 0, 5, :3]  # first column of the middle row: x = -0.5 * 4/5
    torch.testing.assert_close(left[0] / left[2], torch.tensor(-0.4))
    top = features[0, 0, 2, :3]  # square pixels: y = -0.5 * 3/5 * 2/3
    torch.testing.assert_close(top[1] / top[2], torch.tensor(-0.2))


@torch.no_grad()
def test_ray_features_give_the_source_the_identity_pose() -> None:
    model = make(ray_features=True, tan_half_fov=0.5)
    identity = torch.eye(3, 4).flatten().repeat(2, 3, 1)
    embedded = model.ray_embedder(identity, (3, 2, 3), 3)
    assert torch.equal(embedded[:, :18], embedded[:, 18:])
    moved = model.ray_embedder(identity + 0.1, (3, 2, 3), 3)
    assert torch.equal(moved[:, 18:], embedded[:, 18:])
    assert not torch.allclose(moved[:, :18], embedded[:, :18])
    x = inputs(source_frames=2)
    assert model(**x).shape == x["hidden_states"].shape


def test_gradient_checkpointing_gives_the_same_gradients() -> None:
    model, x = make(camera_init_std=0.1).train(), inputs()
    model(**x).square().mean().backward()
    plain = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    model.enable_gradient_checkpointing()
    model(**x).square().mean().backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, plain[name], rtol=1e-5, atol=1e-8, msg=name)


@torch.no_grad()
def test_save_and_load(tmp_path) -> None:
    model, x = (
        make(patch_size=(1, 1, 1), ray_features=True, tan_half_fov=0.7, source_rope="aligned"),
        inputs(),
    )
    model.save_pretrained(tmp_path)
    again = RecamTransformer3DModel.from_pretrained(tmp_path)
    assert torch.equal(again(**x), model(**x))
    half = RecamTransformer3DModel.from_pretrained(tmp_path, torch_dtype=torch.bfloat16)
    assert half.proj_out.weight.dtype == torch.bfloat16
    assert half.rope.freqs_cos.dtype == half.blocks[0].scale_shift_table.dtype == torch.float32


@torch.no_grad()
def test_first_block_cache_that_never_skips_changes_nothing() -> None:
    model, x = make(camera_init_std=0.1), inputs()
    plain = model(**x)
    model.enable_cache(FirstBlockCacheConfig(threshold=0.0))
    with model.cache_context("positive"):
        torch.testing.assert_close(model(**x), plain)
    model.disable_cache()


@torch.no_grad()
def test_lora_adapters_attach() -> None:
    model, x = make(), inputs()
    plain = model(**x)
    model.add_adapter(LoraConfig(r=2, target_modules=["to_q", "camera_encoder"], init_lora_weights=False))
    assert not torch.allclose(model(**x), plain)
    off = model(**x, attention_kwargs={"scale": 0.0})
    torch.testing.assert_close(off, plain)


def test_wrapped_result() -> None:
    model, x = make(), inputs()
    torch.testing.assert_close(model(**x, return_dict=True).sample, model(**x))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"camera": torch.zeros(2, 4, 12)}, r"camera is \(2, 4, 12\), not \(2, 3, 12\)"),
        ({"source_hidden_states": torch.zeros(2, 4, 3, 4, 4)}, "source latents"),
        (
            {
                "hidden_states": torch.zeros(2, 4, 3, 4, 6 + 1),
                "source_hidden_states": torch.zeros(2, 4, 3, 4, 7),
            },
            "4x7",
        ),
    ],
)
def test_shapes_that_do_not_belong_together(change, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()(**inputs() | change)


def test_config_that_cannot_be() -> None:
    with pytest.raises(InputError, match="source_rope"):
        make(source_rope="sideways")
    with pytest.raises(InputError, match="tan_half_fov"):
        make(ray_features=True)
    with pytest.raises(InputError, match="patch_size"):
        make(patch_size=(2, 2, 2))


def test_reference_state_dict_is_strict() -> None:
    shapes = {"patch_embedding.weight": torch.zeros(24, 4, 1, 2, 2)}
    with pytest.raises(InputError, match=r"not a published ReCamMaster transformer"):
        RecamTransformer3DModel.from_reference_state_dict(shapes)
