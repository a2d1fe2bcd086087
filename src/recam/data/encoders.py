"""The frozen parts of a model that data is encoded with, and their names: other contents, another name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from recam.errors import CheckpointError
from recam.hub import is_hub_id
from recam.models.checkpoint import (
    NATIVE_TEXT_ENCODER,
    NATIVE_TOKENIZER,
    NATIVE_VAE,
    RELEASES,
    find_base,
    is_native,
)
from recam.pipeline.load import INDEX, load_base_parts, read_settings
from recam.pipeline.recam import local_folder
from recam.pipeline.settings import ModelSettings


@dataclass(frozen=True)
class Encoders:
    """Autoencoder, text encoder and tokenizer in a folder; nothing is loaded before it is asked for."""

    folder: Path
    """Of a model, of a base model (diffusers' or Wan2.1's own layout), or of a run that ended with a vae."""
    settings: ModelSettings | None
    """What the model says of its clips; the published release's for a base model; None for a run."""

    def vae_name(self) -> str:
        """SHA-256 of the autoencoder's config and weights, as 64 hexadecimal digits.

        Raises:
            CheckpointError: it is not there.
        """
        if is_native(self.folder):
            return _digest(self.folder, [self.folder / NATIVE_VAE])
        return _digest(self.folder, _part(self.folder / "vae"))

    def text_name(self) -> str:
        """SHA-256 of the text encoder's config and weights and of the tokenizer.

        Raises:
            CheckpointError: they are not there.
        """
        text, tokenizer = self.folder / "text_encoder", self.folder / "tokenizer"
        if is_native(self.folder):
            tokenizer = self.folder / NATIVE_TOKENIZER
            files = [self.folder / NATIVE_TEXT_ENCODER]
        else:
            files = _part(text)
        return _digest(
            self.folder, [*files, *sorted(path for path in tokenizer.rglob("*") if path.is_file())]
        )

    def load_vae(self, device: torch.device, dtype: torch.dtype) -> Any:
        """The ``AutoencoderKLWan``; errors as ``load_base_parts``."""
        return load_base_parts(self.folder, dtype, dtype, ("vae",))["vae"].to(device)

    def load_text(self, device: torch.device, dtype: torch.dtype) -> tuple[Any, Any]:
        """(tokenizer, ``UMT5EncoderModel``); errors as ``load_base_parts``."""
        parts = load_base_parts(self.folder, dtype, dtype, ("text_encoder", "tokenizer"))
        return parts["tokenizer"], parts["text_encoder"].to(device)


def find_encoders(model: str | os.PathLike[str]) -> Encoders:
    """Of a bundled model, a release, a folder or a hub id (fetched without its transformer).

    Raises:
        CheckpointError: there is no such model.
    """
    name = os.fspath(model)
    if name in RELEASES and not Path(name).exists():
        return Encoders(find_base(RELEASES[name].base), ModelSettings())
    folder = find_base(name) if is_hub_id(name) else local_folder(name)
    if not (folder / INDEX).exists():
        return Encoders(folder, ModelSettings() if is_native(folder) else None)
    try:
        return Encoders(folder, read_settings(folder))
    except CheckpointError:  # a base model: its index names a transformer without camera layers
        return Encoders(folder, ModelSettings())


def _part(folder: Path) -> list[Path]:
    return [folder / "config.json", *sorted(folder.glob("*.safetensors"))]


def _digest(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        try:
            if path.name == "config.json":
                config = json.loads(path.read_text(encoding="utf-8"))
                kept = {key: value for key, value in config.items() if not key.startswith("_")}
                content = json.dumps(kept, sort_keys=True).encode()
            else:
                with path.open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").digest()
        except (OSError, ValueError, AttributeError) as error:
            raise CheckpointError(path, f"cannot be read: {error}") from error
        digest.update(f"{path.relative_to(root).as_posix()}\n".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()
