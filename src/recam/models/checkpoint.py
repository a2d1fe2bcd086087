"""Published checkpoint files: opened without running what is in them, and written as a model folder."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import struct
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoTokenizer
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from recam.errors import CheckpointError, InputError
from recam.files import atomic_folder
from recam.hub import fetch_folder, is_hub_id
from recam.models.reference_parts import text_encoder_from_reference_state_dict, vae_from_reference_state_dict
from recam.models.transformer import RecamTransformer3DModel

DEFAULT_BASE = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
NATIVE_VAE = "Wan2.1_VAE.pth"
NATIVE_TEXT_ENCODER = "models_t5_umt5-xxl-enc-bf16.pth"
NATIVE_TOKENIZER = "google/umt5-xxl"
# All that is taken from a base repository: its transformer, the largest part but one, is not.
BASE_FILES = (
    "model_index.json",
    "vae/*",
    "text_encoder/*",
    "tokenizer/*",
    NATIVE_VAE,
    NATIVE_TEXT_ENCODER,
    f"{NATIVE_TOKENIZER}/*",
)
# Bytes that are no checkpoint make torch's reader fail in any of these ways.
_READING_ERRORS = (
    SafetensorError,
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
    MemoryError,
    struct.error,
)


@dataclass(frozen=True)
class Release:
    """A published checkpoint and the base model that it belongs to.

    Attributes:
        repo, file: where the transformer is.
        base: hub id of the rest.
    """

    repo: str
    file: str
    base: str


RELEASES = {"wan2.1-1.3b": Release("KwaiVGI/ReCamMaster-Wan2.1", "step20000.ckpt", DEFAULT_BASE)}
"""Published models by the name that a user types."""


def read_state_dict(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a ``.safetensors`` file or of a torch file (``.ckpt``, ``.pt``, ``.pth``), on the CPU.

    Torch files are pickles; they are read with ``weights_only=True``, which refuses, without running
    anything, all that is not tensors in plain containers. Large files are mapped into memory rather than
    read.

    Raises:
        CheckpointError: missing, broken, unsafe, or not a dictionary of tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(path, "is a folder" if path.is_dir() else "no such file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the pickle's version: our own error says more
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise CheckpointError(path, _pickle_reason(str(error))) from error
    except _READING_ERRORS as error:
        raise CheckpointError(path, f"is not a checkpoint, or is damaged ({_one_line(error)})") from error
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not content:
        raise CheckpointError(path, "holds no dictionary of tensors")
    odd = [str(key) for key, value in content.items() if not isinstance(value, Tensor)]
    if odd:
        raise CheckpointError(path, f"holds more than tensors: {', '.join(odd[:5])}")
    return content


def load_reference_transformer(
    path: str | os.PathLike[str], num_attention_heads: int = 12, dtype: torch.dtype | None = None
) -> RecamTransformer3DModel:
    """The transformer of a published checkpoint file.

    Args:
        num_attention_heads: which the file does not tell; 12 in the published release.
        dtype: to convert to; default: as in the file.

    Raises:
        CheckpointError: the file is unsafe or broken, or its keys are not exactly the published ones
            (listed).
    """
    state_dict = read_state_dict(path)
    if dtype is not None:
        state_dict = {key: value.to(dtype) for key, value in state_dict.items()}
    with _naming(path):
        return RecamTransformer3DModel.from_reference_state_dict(state_dict, num_attention_heads)


def load_native_vae(folder: Path) -> AutoencoderKLWan:
    """The autoencoder of a base folder in Wan2.1's own layout."""
    with _naming(folder / NATIVE_VAE):
        return vae_from_reference_state_dict(read_state_dict(folder / NATIVE_VAE))


def load_native_text_encoder(folder: Path) -> Any:
    """The text encoder of a base folder in Wan2.1's own layout."""
    with _naming(folder / NATIVE_TEXT_ENCODER):
        return text_encoder_from_reference_state_dict(read_state_dict(folder / NATIVE_TEXT_ENCODER))


def load_native_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a base folder in Wan2.1's own layout."""
    path = folder / NATIVE_TOKENIZER
    try:
        return AutoTokenizer.from_pretrained(path, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(path, f"holds no tokenizer: {_one_line(error)}") from error


def find_base(base: str | os.PathLike[str], cache_dir: str | Path | None = None) -> Path:
    """Folder of the base model: a folder as it is, or a hub id fetched without its transformer.

    Raises:
        CheckpointError: there is no such base, or it lacks a part.
    """
    name = os.fspath(base)
    if Path(name).is_dir():
        folder = Path(name)
    elif is_hub_id(name):
        folder = fetch_folder(name, BASE_FILES, cache_dir)
    else:
        raise CheckpointError(name, "is neither a folder nor a hub id (owner/model)")
    needed = (NATIVE_VAE, NATIVE_TEXT_ENCODER, NATIVE_TOKENIZER)
    if not is_native(folder):
        needed = ("model_index.json", "vae", "text_encoder", "tokenizer")
    missing = [part for part in needed if not (folder / part).exists()]
    if missing:
        raise CheckpointError(folder, f"is not a Wan2.1 model: {', '.join(missing)} missing")
    return folder


def is_native(folder: Path) -> bool:
    """Whether a base folder has Wan2.1's own layout rather than diffusers'."""
    return (folder / NATIVE_VAE).is_file()


def convert_checkpoint(
    checkpoint: str | os.PathLike[str],
    out_dir: str | os.PathLike[str],
    base: str | os.PathLike[str] = DEFAULT_BASE,
    dtype: torch.dtype = torch.bfloat16,
    num_attention_heads: int = 12,
    cache_dir: str | Path | None = None,
) -> Path:
    """Write a published checkpoint as a model folder for ``RecamPipeline.from_pretrained``.

    Transformer and text encoder are written in ``dtype``; the autoencoder stays as it is, since it loses most
    by rounding. The folder appears only once it is complete.

    Args:
        base: folder or hub id of the base model (diffusers' layout or Wan2.1's own); its transformer is not
            needed.

    Raises:
        CheckpointError: the checkpoint or the base is missing, unsafe, broken or of another model.
        OutputError: ``out_dir`` holds something already, or cannot be written.
    """
    with atomic_folder(out_dir) as temporary:
        transformer = load_reference_transformer(checkpoint, num_attention_heads, dtype)
        transformer.save_pretrained(temporary / "transformer")
        del transformer
        folder = find_base(base, cache_dir)
        tokenizer = _write_native_parts if is_native(folder) else _copy_parts
        index = {
            "_class_name": "RecamPipeline",
            "transformer": ["recam.models.transformer", RecamTransformer3DModel.__name__],
            "vae": ["diffusers", "AutoencoderKLWan"],
            "text_encoder": ["transformers", "UMT5EncoderModel"],
            "tokenizer": tokenizer(folder, temporary, dtype),
            "settings": {},  # the defaults are the published release's
        }
        (temporary / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return Path(out_dir)


def _write_native_parts(folder: Path, out: Path, dtype: torch.dtype) -> list[str]:
    load_native_vae(folder).save_pretrained(out / "vae")
    text_encoder = load_native_text_encoder(folder)
    text_encoder.to(dtype=dtype).save_pretrained(out / "text_encoder")
    tokenizer = load_native_tokenizer(folder)
    tokenizer.save_pretrained(out / "tokenizer")
    return ["transformers", type(tokenizer).__name__]


def _copy_parts(folder: Path, out: Path, dtype: torch.dtype) -> list[str]:
    for part in ("vae", "text_encoder", "tokenizer"):
        (out / part).mkdir()
        for file in sorted((folder / part).iterdir()):
            if part == "text_encoder" and file.suffix == ".safetensors":
                _cast_file(file, out / part / file.name, dtype)
            elif file.is_file():
                shutil.copyfile(file, out / part / file.name)
    _fix_total_size(out / "text_encoder")
    return _read_index(folder).get("tokenizer") or ["transformers", "AutoTokenizer"]


def _cast_file(source: Path, target: Path, dtype: torch.dtype) -> None:
    """One shard at a time, so that the 23 GB text encoder never is in memory whole."""
    try:
        with safe_open(source, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(source, f"is not a checkpoint, or is damaged ({_one_line(error)})") from error
    cast = {key: value.to(dtype) if value.is_floating_point() else value for key, value in tensors.items()}
    save_file(cast, target, metadata={"format": "pt"})


def _fix_total_size(folder: Path) -> None:
    for path in folder.glob("*.safetensors.index.json"):
        index = json.loads(path.read_text(encoding="utf-8"))
        index.setdefault("metadata", {})["total_size"] = sum(
            file.stat().st_size for file in folder.glob("*.safetensors")
        )
        path.write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def _read_index(folder: Path) -> Mapping[str, Any]:
    path = folder / "model_index.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(path, f"cannot be read: {_one_line(error)}") from error


@contextmanager
def _naming(path: str | os.PathLike[str]):
    """Turn what is wrong with a state dict into an error that names its file."""
    try:
        yield
    except CheckpointError:
        raise
    except InputError as error:
        raise CheckpointError(path, str(error)) from error


def _pickle_reason(message: str) -> str:
    named = re.search(r"GLOBAL ([\w.]+)|[Uu]nsupported (?:global|class) ([\w.]+)", message)
    if named:
        return f"is a pickle that would run code ({named[1] or named[2]}); refused without opening it"
    return "is not a checkpoint, or it would run code when opened; refused"


def _one_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
