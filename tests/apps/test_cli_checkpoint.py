"""``recam checkpoint convert`` as a user types it, on a small checkpoint with the published key names."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "parity"


@pytest.fixture(scope="session")
def weights() -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(FIXTURES / "dit_small_weights.safetensors")


@pytest.fixture(scope="session")
def heads() -> int:
    return json.loads((FIXTURES / "dit_small_config.json").read_text())["num_heads"]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model in diffusers' layout, without a transformer."""
    from diffusers import AutoencoderKLWan
    from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

    folder = tmp_path_factory.mktemp("base")
    AutoencoderKLWan(base_dim=4, dim_mult=[1, 2, 2, 2], num_res_blocks=1).save_pretrained(folder / "vae")
    config = UMT5Config(vocab_size=384, d_model=32, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
    UMT5EncoderModel(config).save_pretrained(folder / "text_encoder")
    ByT5Tokenizer().save_pretrained(folder / "tokenizer")
    (folder / "model_index.json").write_text(json.dumps({"tokenizer": ["transformers", "ByT5Tokenizer"]}))
    return folder


def test_a_converted_checkpoint_renders(recam, weights, heads, base: Path, video_of, tmp_path: Path) -> None:
    import torch

    checkpoint = tmp_path / "step20000.ckpt"
    torch.save(weights, checkpoint)
    model = tmp_path / "model"
    words = (
        "checkpoint",
        "convert",
        checkpoint,
        model,
        "--base",
        base,
        "--heads",
        heads,
        "--dtype",
        "float32",
    )
    ran = recam(*words, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["output"] == str(model)
    assert not any((model / "transformer").glob("*.bin"))
    small = ("--num-frames", 5, "--height", 32, "--width", 48, "--steps", 1)
    new = tmp_path / "new.mp4"
    assert recam("render", video_of(9), "-c", "arc-left", "-m", model, *small, "-o", new).code == 0
    recam(*words).refused("recam checkpoint convert: ", str(model), "not an empty folder")


class Trap:
    """Unpickling it would run a command."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def _save(weights: dict[str, Any], file: Path) -> None:
    import torch

    torch.save(weights, file)


def _missing_key(weights: dict[str, Any], file: Path) -> None:
    _save({key: value for key, value in weights.items() if key != "blocks.1.cam_encoder.weight"}, file)


def _unexpected_key(weights: dict[str, Any], file: Path) -> None:
    import torch

    _save({**weights, "lora_down.weight": torch.zeros(1)}, file)


def _wrong_shape(weights: dict[str, Any], file: Path) -> None:
    import torch

    _save({**weights, "blocks.0.cam_encoder.weight": torch.zeros(7, 12)}, file)


def _cut_off(weights: dict[str, Any], file: Path) -> None:
    _save(weights, file)
    file.write_bytes(file.read_bytes()[:5000])


def _code(weights: dict[str, Any], file: Path) -> None:
    file.write_bytes(pickle.dumps(Trap(file.with_name("opened"))))


def _code_in_zip(weights: dict[str, Any], file: Path) -> None:
    import torch

    torch.save({"state_dict": Trap(file.with_name("opened"))}, file)


BAD: dict[str, tuple[Callable[[dict[str, Any], Path], object], list[str]]] = {
    "no such file": (lambda weights, file: None, ["no such file"]),
    "a folder": (lambda weights, file: file.mkdir(), ["folder"]),
    "text": (lambda weights, file: file.write_text("weights, honestly"), []),
    "cut off": (_cut_off, []),
    "a key is missing": (_missing_key, ["blocks.1.cam_encoder.weight", "missing"]),
    "a key too many": (_unexpected_key, ["lora_down.weight", "unexpected"]),
    "a wrong shape": (_wrong_shape, ["blocks.0.cam_encoder.weight"]),
    "another model": (lambda weights, file: _save({"conv1.weight": weights["head.head.bias"]}, file), []),
    "a pickle with code": (_code, []),
    "a torch file with code": (_code_in_zip, []),
}  # fmt: skip


@pytest.mark.parametrize("flaw", BAD)
def test_a_bad_checkpoint_is_refused(
    recam, weights, heads, base: Path, tmp_path: Path, only, flaw: str
) -> None:
    make, words = BAD[flaw]
    file = tmp_path / "step20000.ckpt"
    make(weights, file)
    ran = recam("checkpoint", "convert", file, tmp_path / "model", "--base", base, "--heads", heads)
    ran.refused("recam checkpoint convert: ", str(file), *words)
    only(*(["step20000.ckpt"] if file.exists() else []))  # no model folder, and no code has run


def test_a_base_that_is_none_is_refused(recam, weights, heads, tmp_path: Path, only) -> None:
    file = tmp_path / "step20000.ckpt"
    _save(weights, file)
    (tmp_path / "base").mkdir()
    words = ("checkpoint", "convert", file, tmp_path / "model", "--heads", heads, "--base")
    recam(*words, tmp_path / "base").refused(str(tmp_path / "base"))
    recam(*words, "no folder, no id").refused("no folder, no id")
    only("base", "step20000.ckpt")


def test_the_folder_is_checked_before_any_work(recam, tmp_path: Path, only) -> None:
    full = tmp_path / "model"
    full.mkdir()
    (full / "mine.txt").write_text("keep me")
    ran = recam("checkpoint", "convert", tmp_path / "none.ckpt", full)
    ran.refused(str(full), "not an empty folder")
    assert (full / "mine.txt").read_text() == "keep me"
    only("model")
