"""Model folders in diffusers' layout: read strictly, and weighed before anything heavy is read.

::

    model_index.json        classes of the parts, and the model's settings
    transformer/            RecamTransformer3DModel
    vae/                    AutoencoderKLWan
    text_encoder/           UMT5EncoderModel
    tokenizer/              any tokenizer of transformers
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from diffusers import AutoencoderKLWan
from safetensors import SafetensorError
from transformers import AutoTokenizer, UMT5Config, UMT5EncoderModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from recam.errors import CheckpointError, InputError
from recam.models.checkpoint import (
    is_native,
    load_native_text_encoder,
    load_native_tokenizer,
    load_native_vae,
)
from recam.models.transformer import RecamTransformer3DModel
from recam.pipeline.settings import ModelSettings

INDEX = "model_index.json"
PARTS = ("transformer", "vae", "text_encoder", "tokenizer")
BASE_PARTS = PARTS[1:]
SMALL_FILES = ("*.json", "*/*.json", "tokenizer/*")
WEIGHT_FILES = tuple(f"{part}/*.safetensors" for part in PARTS)
_LOADING_ERRORS = (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError)


def read_settings(folder: Path) -> ModelSettings:
    """The settings in a folder's ``model_index.json``.

    Raises:
        CheckpointError: no model folder, or one of another kind of model.
    """
    index = _read_json(folder / INDEX)
    declared = index.get("transformer")
    kind = declared[1] if isinstance(declared, list) and len(declared) == 2 else None
    if kind != RecamTransformer3DModel.__name__:
        raise CheckpointError(
            folder,
            f"is a model of another kind (its transformer is {kind or 'not named'}); a plain Wan model has "
            "no camera layers: convert the published checkpoint with recam checkpoint convert",
        )
    try:
        return ModelSettings.from_dict(index.get("settings") or {})
    except (InputError, TypeError) as error:
        raise CheckpointError(folder / INDEX, str(error)) from error


def read_configs(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Config of the transformer and of the autoencoder, with defaults filled in."""
    return _full_config(RecamTransformer3DModel, folder / "transformer"), _full_config(
        AutoencoderKLWan, folder / "vae"
    )


def count_parameters(folder: Path) -> dict[str, int]:
    """Parameters of each part with weights, from its config alone.

    Raises:
        CheckpointError: a config is missing or broken.
    """
    counts = {}
    for part, build in (
        ("transformer", lambda path: RecamTransformer3DModel.from_config(_read_json(path / "config.json"))),
        ("vae", lambda path: AutoencoderKLWan.from_config(_read_json(path / "config.json"))),
        ("text_encoder", lambda path: UMT5EncoderModel(UMT5Config(**_read_json(path / "config.json")))),
    ):
        try:
            with torch.device("meta"):
                model: torch.nn.Module = build(folder / part)  # type: ignore[assignment]
        except CheckpointError:
            raise
        except _LOADING_ERRORS as error:
            raise CheckpointError(folder / part, f"its config cannot be used: {_one_line(error)}") from error
        counts[part] = sum(parameter.numel() for parameter in model.parameters())
    return counts


def load_parts(
    folder: str | os.PathLike[str],
    dtype: torch.dtype,
    vae_dtype: torch.dtype = torch.float32,
    parts: tuple[str, ...] = PARTS,
) -> dict[str, Any]:
    """Load the named parts of a folder, strictly: nothing missing, nothing unknown.

    Raises:
        CheckpointError: a part is missing, broken or of another model.
    """
    folder = Path(folder)
    loaders = {
        "transformer": lambda path: _load_diffusers(RecamTransformer3DModel, path, dtype),
        "vae": lambda path: _load_diffusers(AutoencoderKLWan, path, vae_dtype),
        "text_encoder": lambda path: _load_text_encoder(path, dtype),
        "tokenizer": _load_tokenizer,
    }
    loaded = {}
    for part in parts:
        path = folder / part
        if not path.is_dir():
            raise CheckpointError(path, "is missing; the model folder is incomplete")
        try:
            loaded[part] = loaders[part](path)
        except CheckpointError:
            raise
        except _LOADING_ERRORS as error:
            raise CheckpointError(path, f"cannot be loaded: {_one_line(error)}") from error
    return loaded


def load_base_parts(
    folder: Path, dtype: torch.dtype, vae_dtype: torch.dtype, parts: tuple[str, ...] = BASE_PARTS
) -> dict[str, Any]:
    """Those of :data:`BASE_PARTS` named, of a base folder in diffusers' or Wan2.1's own layout.

    Raises:
        CheckpointError: a part is missing, broken or of another model.
    """
    if not is_native(folder):
        return load_parts(folder, dtype, vae_dtype, parts)
    loaders: dict[str, Callable[[], Any]] = {
        "vae": lambda: load_native_vae(folder).to(dtype=vae_dtype),  # type: ignore[call-arg]
        "text_encoder": lambda: load_native_text_encoder(folder).to(dtype=dtype),
        "tokenizer": lambda: load_native_tokenizer(folder),
    }
    return {part: loaders[part]() for part in parts}


def _load_diffusers(model_class: Any, path: Path, dtype: torch.dtype) -> Any:
    _require_safetensors(path)
    model, info = model_class.from_pretrained(
        path, torch_dtype=dtype, use_safetensors=True, output_loading_info=True, local_files_only=True
    )
    _require_complete(path, info)
    return model.eval()


def _load_text_encoder(path: Path, dtype: torch.dtype) -> Any:
    _require_safetensors(path)
    model, info = UMT5EncoderModel.from_pretrained(  # type: ignore[misc]
        path, dtype=dtype, use_safetensors=True, output_loading_info=True, local_files_only=True
    )
    _require_complete(path, info)
    return model.eval()


def _load_tokenizer(path: Path) -> PreTrainedTokenizerBase:
    declared = _read_json(path.parent / INDEX).get("tokenizer") or [None, None]
    named = getattr(transformers, declared[1] or "", None) if declared[0] == "transformers" else None
    if isinstance(named, type) and issubclass(named, PreTrainedTokenizerBase):
        return named.from_pretrained(path, local_files_only=True)
    return AutoTokenizer.from_pretrained(path, local_files_only=True)


def _require_safetensors(path: Path) -> None:
    if not any(path.glob("*.safetensors")):
        raise CheckpointError(path, "holds no weights (*.safetensors); download or convert the model again")


def _require_complete(path: Path, info: Mapping[str, Any]) -> None:
    problems = [
        f"{len(info[kind])} {kind.split('_')[0]} ({', '.join(sorted(map(str, info[kind]))[:5])})"
        for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")
        if info.get(kind)
    ]
    if problems:
        raise CheckpointError(path, "weights of another model: " + "; ".join(problems))


def _full_config(model_class: Any, path: Path) -> dict[str, Any]:
    values, _, _ = model_class.extract_init_dict(_read_json(path / "config.json"))
    defaults = model_class.__init__.__wrapped__.__kwdefaults__ or {}
    return defaults | values


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(path, "is missing; this is not a complete model folder") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(path, f"cannot be read: {_one_line(error)}") from error
    except json.JSONDecodeError as error:
        raise CheckpointError(path, f"is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise CheckpointError(path, "is not a JSON object")
    return values


def _one_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
