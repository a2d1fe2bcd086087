"""Published files: parity of the parts, strict keys at true shapes, and what is refused."""

from __future__ import annotations

import functools
import json
import os
import pickle
import zlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from recam.errors import CheckpointError, InputError
from recam.models import RecamTransformer3DModel
from recam.models.checkpoint import load_reference_transformer, read_state_dict
from recam.models.reference_keys import reference_to_ours
from recam.models.reference_parts import text_encoder_from_reference_state_dict, vae_from_reference_state_dict

PARITY = Path(__file__).parents[1] / "fixtures" / "parity"


@functools.cache
def published_shapes() -> dict[str, dict[str, list[int]]]:
    return json.loads((PARITY / "wan_1_3b_keys.json").read_text())


def on_meta(part: str) -> dict[str, torch.Tensor]:
    return {key: torch.empty(shape, device="meta") for key, shape in published_shapes()[part].items()}


def relative_error(ours: torch.Tensor, reference: torch.Tensor) -> float:
    return (torch.linalg.norm(ours - reference) / torch.linalg.norm(reference)).item()


def test_whole_transformer_at_true_shapes() -> None:
    state_dict = on_meta("dit")
    assert len(state_dict) == 945
    model = RecamTransformer3DModel.from_reference_state_dict(state_dict, num_attention_heads=12)
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(1490e6, rel=1e-3)
    trained = ("camera_encoder", "projector", "attn1")
    train = sum(p.numel() for name, p in model.named_parameters() if any(part in name for part in trained))
    assert train == pytest.approx(354.8e6, rel=1e-3)
    config = model.config
    assert (config.num_layers, config.ffn_dim, config.text_dim, config.freq_dim) == (30, 8960, 4096, 256)
    assert model.rope.freqs_cos.device.type == "cpu"  # not part of the file, so it must be real


def test_the_key_map_is_one_to_one() -> None:
    names = reference_to_ours(30)
    assert set(names) == set(published_shapes()["dit"])
    assert len(set(names.values())) == len(names)


def test_whole_vae_and_text_encoder_at_true_shapes() -> None:
    vae = vae_from_reference_state_dict(on_meta("vae"))
    assert sum(p.numel() for p in vae.parameters()) == sum(v.numel() for v in on_meta("vae").values())
    text = text_encoder_from_reference_state_dict(on_meta("umt5"))
    assert text.config.num_layers == 24
    assert sum(p.numel() for p in text.parameters()) == sum(v.numel() for v in on_meta("umt5").values())


@pytest.mark.parametrize("part", ["dit", "vae", "umt5"])
def test_every_kind_of_wrong_key_is_listed(part: str) -> None:
    convert = {
        "dit": RecamTransformer3DModel.from_reference_state_dict,
        "vae": vae_from_reference_state_dict,
        "umt5": text_encoder_from_reference_state_dict,
    }[part]
    state_dict = on_meta(part)
    inner = {"dit": "blocks.3.cross_attn", "vae": "decoder.middle.0.residual", "umt5": "blocks.3.ffn"}[part]
    lost, bent = [key for key in state_dict if inner in key and key.endswith("weight")][:2]
    del state_dict[lost]
    state_dict[bent] = torch.empty(3, 5, device="meta")
    state_dict["stranger"] = torch.empty(1, device="meta")
    with pytest.raises(InputError) as caught:
        convert(state_dict)
    message = str(caught.value)
    assert "1 missing" in message
    assert "1 unexpected (stranger)" in message
    assert "1 misshaped" in message
    assert "[3, 5]" in message


def test_a_plain_wan_checkpoint_is_refused() -> None:
    state_dict = {key: value for key, value in on_meta("dit").items() if "cam_encoder" not in key}
    with pytest.raises(InputError, match=r"plain Wan2\.1 transformer lacks cam_encoder"):
        RecamTransformer3DModel.from_reference_state_dict(state_dict)
    with pytest.raises(InputError, match=r"num_attention_heads=7"):
        RecamTransformer3DModel.from_reference_state_dict(on_meta("dit"), num_attention_heads=7)


def rule_weight(key: str, shape: list[int]) -> torch.Tensor:
    """The rule that the reference autoencoder's weights were filled by."""
    generator = torch.Generator().manual_seed(zlib.crc32(key.encode()))
    values = torch.randn(shape, generator=generator)
    if len(shape) > 1 and values.numel() == shape[0]:
        return 1 + 0.05 * values
    if len(shape) == 1:
        return 0.02 * values
    return values / values[0].numel() ** 0.5


@torch.no_grad()
def test_vae_parity() -> None:
    from recam.pipeline.encode import decode_latents, encode_video

    reference = load_file(PARITY / "vae_rule_io.safetensors")
    keys = {key.removeprefix("model."): shape for key, shape in published_shapes()["vae"].items()}
    vae = vae_from_reference_state_dict({key: rule_weight(key, keys[key]) for key in sorted(keys)})
    assert relative_error(encode_video(vae, reference["video"]), reference["latents"]) < 1e-5
    assert relative_error(decode_latents(vae, reference["latents"]), reference["decoded"]) < 1e-5


@torch.no_grad()
def test_text_encoder_parity() -> None:
    reference = load_file(PARITY / "umt5_small_io.safetensors")
    model = text_encoder_from_reference_state_dict(load_file(PARITY / "umt5_small_weights.safetensors"))
    states = model(reference["input_ids"], reference["attention_mask"]).last_hidden_state
    ours = states * reference["attention_mask"].unsqueeze(-1)
    assert relative_error(ours, reference["prompt_embeds"]) < 1e-5


class Payload:
    """Pickles into a call that would leave a file behind."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("plain_pickle", [False, True])
def test_a_pickle_with_code_is_refused_unopened(tmp_path, plain_pickle: bool) -> None:
    path, trace = tmp_path / "model.ckpt", tmp_path / "trace"
    content = {"blocks.0.cam_encoder.weight": Payload(trace)}
    if plain_pickle:
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"model\.ckpt: is a pickle that would run code .*mkdir"):
        read_state_dict(path)
    assert not trace.exists()


def test_every_kind_of_file_is_read(tmp_path) -> None:
    tensors = {"a": torch.arange(6.0).view(2, 3)}
    save_file(tensors, tmp_path / "a.safetensors")
    torch.save(tensors, tmp_path / "zip.ckpt")
    torch.save(tensors, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    torch.save({"state_dict": tensors}, tmp_path / "wrapped.pt")
    for path in tmp_path.iterdir():
        assert torch.equal(read_state_dict(path)["a"], tensors["a"]), path.name


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text.ckpt", b"hello", "is not a checkpoint"),
        ("empty.ckpt", b"", "is not a checkpoint"),
        ("zeros.safetensors", b"\0" * 64, "is not a checkpoint"),
    ],
)
def test_files_that_are_no_checkpoints(tmp_path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(tmp_path / name)


def test_damaged_missing_and_odd_files(tmp_path) -> None:
    torch.save({"a": torch.zeros(1000)}, tmp_path / "cut.ckpt")
    (tmp_path / "cut.ckpt").write_bytes((tmp_path / "cut.ckpt").read_bytes()[:-200])
    torch.save([1, 2], tmp_path / "list.ckpt")
    torch.save({"a": torch.zeros(1), "epoch": 3}, tmp_path / "mixed.ckpt")
    for name, message in (
        ("cut.ckpt", "damaged"),
        ("list.ckpt", "no dictionary"),
        ("mixed.ckpt", "more than tensors: epoch"),
        ("nowhere.ckpt", "no such file"),
        (".", "is a folder"),
    ):
        with pytest.raises(CheckpointError, match=message):
            read_state_dict(tmp_path / name)


def test_the_file_is_named_when_its_keys_are_wrong(tmp_path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.ckpt")
    with pytest.raises(CheckpointError, match=r"other\.ckpt: not a published ReCamMaster transformer"):
        load_reference_transformer(tmp_path / "other.ckpt")
