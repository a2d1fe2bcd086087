"""A published checkpoint with real bytes: converted, loaded, run; and the machine asked first."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

from recam.camera import CameraPath
from recam.errors import CheckpointError, MachineError, OutputError
from recam.models.checkpoint import (
    NATIVE_TEXT_ENCODER,
    NATIVE_TOKENIZER,
    NATIVE_VAE,
    convert_checkpoint,
    load_reference_transformer,
)
from recam.pipeline import ModelSettings, RecamPipeline
from recam.pipeline.machine import check_machine, choose_dtype
from recam.pipeline.settings import WAN_NEGATIVE_PROMPT
from recam.pipeline.weigh import PUBLISHED_TEXT_PARAMETERS, weigh_folder, weigh_release

PARITY = Path(__file__).parents[1] / "fixtures" / "parity"
CPU = torch.device("cpu")
SETTINGS = ModelSettings(
    name="small", num_frames=5, height=32, width=32, num_inference_steps=1, max_sequence_length=16
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("published") / "step20000.ckpt"
    torch.save(load_file(PARITY / "dit_small_weights.safetensors"), path)
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory, make_pipeline) -> Path:
    """A base model in diffusers' layout, its text encoder in two shards, its transformer absent."""
    folder = tmp_path_factory.mktemp("base") / "wan"
    pipeline = make_pipeline()
    torch.manual_seed(0)
    text_encoder = UMT5EncoderModel(
        UMT5Config(vocab_size=384, d_model=32, d_kv=8, d_ff=32, num_layers=2, num_heads=4)
    )
    pipeline.vae.save_pretrained(folder / "vae")
    text_encoder.save_pretrained(folder / "text_encoder", max_shard_size="40KB")
    assert len(list((folder / "text_encoder").glob("*.safetensors"))) > 1
    pipeline.tokenizer.save_pretrained(folder / "tokenizer")
    index = {"_class_name": "WanPipeline", "tokenizer": ["transformers", "ByT5Tokenizer"]}
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


@pytest.fixture(scope="module")
def native_base(tmp_path_factory) -> Path:
    """A base model in Wan2.1's own layout: the text encoder under its own names, in a torch file."""
    folder = tmp_path_factory.mktemp("native")
    torch.save(load_file(PARITY / "umt5_small_weights.safetensors"), folder / NATIVE_TEXT_ENCODER)
    torch.save(small_native_vae(), folder / NATIVE_VAE)
    ByT5Tokenizer().save_pretrained(folder / NATIVE_TOKENIZER)
    return folder


def small_native_vae(base_dim: int = 4) -> dict[str, torch.Tensor]:
    """The published autoencoder's keys, each width of 96 shrunk to ``base_dim``; latents keep 16 channels."""
    generator = torch.Generator().manual_seed(0)
    state_dict = {}
    for key, shape in json.loads((PARITY / "wan_1_3b_keys.json").read_text())["vae"].items():
        small = [size * base_dim // 96 if size % 96 == 0 else size for size in shape]
        state_dict[key.removeprefix("model.")] = 0.1 * torch.randn(small, generator=generator)
    return state_dict


def test_a_base_in_its_own_layout(native_base, tmp_path, make_video) -> None:
    weights = load_file(PARITY / "dit_small_weights.safetensors")
    weights["text_embedding.0.weight"] = torch.randn(96, 64)  # the small text encoder is 64 wide
    torch.save(weights, tmp_path / "step.ckpt")
    out = convert_checkpoint(
        tmp_path / "step.ckpt", tmp_path / "model", native_base, torch.float32, num_attention_heads=4
    )
    options = {"torch_dtype": torch.float32, "device": "cpu", "check": False}
    converted = RecamPipeline.from_pretrained(out, **options)
    direct = RecamPipeline.from_reference(
        tmp_path / "step.ckpt", native_base, num_attention_heads=4, **options
    )
    assert torch.equal(run(converted, make_video).latents, run(direct, make_video).latents)


def run(pipeline: RecamPipeline, make_video):
    path = CameraPath.preset("arc-left", num_frames=5)
    options = {"num_frames": 5, "height": 32, "width": 32, "num_inference_steps": 2}
    return pipeline(make_video(5, 32, 32), path, "a ball", seed=0, progress=False, **options)


def test_convert_load_and_run(checkpoint, base, tmp_path, make_video) -> None:
    out = convert_checkpoint(checkpoint, tmp_path / "model", base, num_attention_heads=4)
    for part in ("transformer", "text_encoder"):
        for file in (out / part).glob("*.safetensors"):
            with safe_open(file, "pt") as opened:
                assert {opened.get_slice(key).get_dtype() for key in opened.keys()} == {"BF16"}  # noqa: SIM118
    pipeline = RecamPipeline.from_pretrained(out, torch_dtype=torch.float32, device="cpu", check=False)
    assert pipeline.settings == ModelSettings()
    assert pipeline.settings.negative_prompt == WAN_NEGATIVE_PROMPT
    assert run(pipeline, make_video).video.frames.shape == (5, 32, 32, 3)
    original = load_file(PARITY / "dit_small_weights.safetensors")["blocks.1.cam_encoder.weight"]
    loaded = pipeline.transformer.blocks[1].camera_encoder.weight
    assert torch.equal(loaded, original.bfloat16().float())


def test_from_reference_equals_the_converted_folder(checkpoint, base, tmp_path, make_video) -> None:
    out = convert_checkpoint(checkpoint, tmp_path / "model", base, torch.float32, num_attention_heads=4)
    options = {"torch_dtype": torch.float32, "device": "cpu"}
    converted = RecamPipeline.from_pretrained(out, check=False, **options)
    direct = RecamPipeline.from_reference(
        checkpoint, base, num_attention_heads=4, settings=SETTINGS, check=False, **options
    )
    ours, theirs = run(direct, make_video), run(converted, make_video)
    assert ours.video.frames.shape == theirs.video.frames.shape
    # The two differ in their settings' text length and negative prompt only, so give both the same.
    direct.register_to_config(settings=converted.settings.to_dict())
    assert np.array_equal(run(direct, make_video).video.frames, theirs.video.frames)


def test_a_safetensors_checkpoint_is_accepted(checkpoint, tmp_path) -> None:
    save_file(load_file(PARITY / "dit_small_weights.safetensors"), tmp_path / "step.safetensors")
    model = load_reference_transformer(tmp_path / "step.safetensors", 4)
    other = load_reference_transformer(checkpoint, 4)
    for (name, ours), theirs in zip(model.named_parameters(), other.parameters(), strict=True):
        assert torch.equal(ours, theirs), name


def test_nothing_is_left_behind_when_the_base_is_wrong(checkpoint, base, tmp_path) -> None:
    broken = tmp_path / "base"
    shutil.copytree(base, broken)
    shutil.rmtree(broken / "tokenizer")
    with pytest.raises(CheckpointError, match=r"not a Wan2\.1 model: tokenizer missing"):
        convert_checkpoint(checkpoint, tmp_path / "model", broken, num_attention_heads=4)
    with pytest.raises(CheckpointError, match="neither a folder nor a hub id"):
        convert_checkpoint(checkpoint, tmp_path / "model", "nowhere", num_attention_heads=4)
    with pytest.raises(CheckpointError, match="no such file"):
        convert_checkpoint(tmp_path / "none.ckpt", tmp_path / "model", base)
    assert [path.name for path in tmp_path.iterdir()] == ["base"]
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="exists already"):
        convert_checkpoint(checkpoint, tmp_path / "model", base)
    assert (tmp_path / "model" / "mine.txt").read_text() == "keep"


# The machine


def test_the_published_release_weighs_what_the_files_say() -> None:
    shapes = json.loads((PARITY / "wan_1_3b_keys.json").read_text())
    counts = {part: sum(int(np.prod(shape)) for shape in keys.values()) for part, keys in shapes.items()}
    assert counts["umt5"] == PUBLISHED_TEXT_PARAMETERS
    need = weigh_release(ModelSettings(), torch.bfloat16, torch.float32).need()
    assert need.weight_bytes == 2 * counts["dit"] + 4 * counts["vae"] + 2 * counts["umt5"]
    assert need.largest_part_bytes == 2 * counts["umt5"]


def test_the_work_of_the_published_release() -> None:
    """One forward 970.7 TFLOP, 81.5 % of it self-attention; 50 steps with guidance 97.07 PFLOP."""
    work = weigh_release(ModelSettings(), torch.bfloat16, torch.float32)
    assert work.need().flops == pytest.approx(97.07e15, rel=1e-4)
    assert replace(work, steps=1, guided=False).need().flops == pytest.approx(970.7e12, rel=1e-4)


def test_the_published_release_is_refused_on_a_cpu_before_anything_is_fetched(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing listens here
    with pytest.raises(MachineError, match=r"needs a GPU with about 2\d\.\d GiB.*hours.*--model tiny"):
        RecamPipeline.from_pretrained("wan2.1-1.3b", device="cpu", cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_weighed_by_its_configs_alone(pipeline, tmp_path) -> None:
    folder = tmp_path / "model"
    pipeline.save_pretrained(folder)
    for file in folder.rglob("*.safetensors"):
        file.unlink()
    need = weigh_folder(folder, pipeline.settings, torch.float32, torch.float32).need()
    parts = (pipeline.transformer, pipeline.vae, pipeline.text_encoder)
    assert need.weight_bytes == sum(4 * p.numel() for part in parts for p in part.parameters())


def test_too_large_a_folder_is_refused_before_its_weights_are_read(pipeline, tmp_path) -> None:
    folder = tmp_path / "model"
    pipeline.save_pretrained(folder)
    config = json.loads((folder / "transformer" / "config.json").read_text())
    config["ffn_dim"] = 2**34
    (folder / "transformer" / "config.json").write_text(json.dumps(config))
    with pytest.raises(MachineError, match=r"miniature needs .* GiB"):
        RecamPipeline.from_pretrained(folder, device="cpu")


def test_a_clip_that_is_too_large_is_refused_before_work(pipeline, make_video) -> None:
    path = CameraPath.preset("arc-left", num_frames=5)
    with pytest.raises(MachineError, match="GiB"):
        pipeline(make_video(5), path, height=16_000, width=16_000, seed=0, progress=False)


def test_memory_and_time_limits() -> None:
    free = psutil.virtual_memory().available
    settings = replace(SETTINGS, num_frames=5, height=16, width=16)
    work = weigh_release(settings, torch.float32, torch.float32)
    small = replace(work, parameters={"transformer": 10})
    large = replace(work, parameters={"transformer": free})
    check_machine(small, CPU, "small")
    with pytest.raises(MachineError, match=r"large needs about .* GiB are free"):
        check_machine(large, CPU, "large")
    check_machine(large, CPU, "large but loaded", loaded=True)
    with pytest.raises(MachineError, match="hours"):
        check_machine(replace(small, steps=10**9), CPU, "slow")


def test_dtype_follows_the_hardware() -> None:
    expected = torch.bfloat16 if torch.cpu._is_amx_tile_supported() else torch.float32
    assert choose_dtype(CPU) == expected
