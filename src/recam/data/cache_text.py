"""Every different caption of a data set encoded once: CACHE/text-<name>, real tokens only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
import transformers.utils.logging as transformers_logging
from torch import Tensor

from recam.data.cache_latents import DTYPES, check_dtypes
from recam.data.cache_run import FillReport, Made, RunOptions, check_seen, fill, named_folder
from recam.data.encoders import Encoders
from recam.data.index import DatasetIndex
from recam.data.shards import ShardReader, write_part
from recam.errors import CheckpointError, DatasetError, InputError
from recam.pipeline.encode import clean_prompt, encode_prompt, tokenize_prompts
from recam.pipeline.machine import choose_device

STATES = "states"


@dataclass(frozen=True)
class TextSettings:
    """What a text cache is made with, besides the text encoder; part of its name."""

    max_tokens: int
    """Tokens that the transformer sees; longer captions are cut."""
    dtype: str = "float32"
    """Of the states as they are kept: float32, bfloat16 or float16."""
    encoder_dtype: str = "float32"
    """Of the text encoder's arithmetic."""

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise InputError(f"max_tokens={self.max_tokens} must be 1 or more")
        check_dtypes(dtype=self.dtype, encoder_dtype=self.encoder_dtype)


@dataclass(frozen=True)
class _Job:
    folder: Path
    encoders: Encoders
    settings: TextSettings
    device: str


def text_folder(cache_folder: str | os.PathLike[str], encoders: Encoders, settings: TextSettings) -> Path:
    """``CACHE/text-<name>``: another text encoder or tokenizer or other settings, another folder.

    Raises:
        CheckpointError: there is no text encoder.
    """
    return named_folder(cache_folder, _facts(encoders, settings))


def distinct_captions(index: DatasetIndex) -> list[str]:
    """All different captions, cleaned as the pipeline does, in the order of the scenes; "" comes first.

    The empty caption is what guidance compares with. Scenes that cannot be read are left out.
    """
    texts: dict[str, None] = {"": None}
    for name in index.names:
        try:
            scene = index.scene(name)
        except DatasetError:
            continue
        texts.update(dict.fromkeys(map(clean_prompt, scene.captions.values())))
    return list(texts)


def cache_text(
    captions: Iterable[str],
    cache_folder: str | os.PathLike[str],
    encoders: Encoders,
    settings: TextSettings,
    options: RunOptions | None = None,
    *,
    device: str | None = None,
    on_unit: Callable[[int, int, Made], None] | None = None,
) -> FillReport:
    """Encode every caption that the cache does not hold yet; errors as ``recam.data.cache_run.fill``."""
    folder = text_folder(cache_folder, encoders, settings)
    width = _width(encoders) * DTYPES[settings.dtype].itemsize
    # For the plan of the shards only: a token has some bytes, and a state of its own.
    texts = dict.fromkeys(map(clean_prompt, captions))
    sizes = {text: width * min(settings.max_tokens, 1 + len(text) // 3) for text in texts}
    job = _Job(folder.absolute(), encoders, settings, device or str(choose_device()))
    threads = torch.get_num_threads()
    try:
        return fill(
            folder,
            _facts(encoders, settings),
            sizes,
            partial(_encode_caption, job),
            options or RunOptions(),
            on_unit=on_unit,
        )
    finally:
        torch.set_num_threads(threads)


class CachedText:
    """Text states of a finished text cache.

    Args:
        folder: ``CACHE/text-<name>``.

    Raises:
        DatasetError: it is not finished, or damaged.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.reader = ShardReader(folder)

    def __contains__(self, caption: str) -> bool:
        return clean_prompt(caption) in self.reader

    def states(self, caption: str) -> Tensor:
        """[tokens, text_dim] of a caption's real tokens, as they are kept.

        Raises:
            DatasetError: it was not encoded, or its shard is damaged.
        """
        return self.reader.tensor(self.reader.record(clean_prompt(caption)), STATES)

    def encode(self, captions: list[str], length: int) -> Tensor:
        """[B, length, text_dim] float32, zero past each caption's end, as ``encode_prompt`` gives.

        Raises:
            DatasetError: a caption was not encoded, or its shard is damaged.
            InputError: ``length`` is less than a caption has tokens.
        """
        states = [self.states(caption) for caption in captions]
        longest = max(map(len, states))
        if longest > length:
            raise InputError(f"length={length} is less than the {longest} tokens of a caption")
        full = torch.zeros(len(states), length, states[0].shape[1])
        for row, one in zip(full, states, strict=True):
            row[: len(one)] = one
        return full


def _facts(encoders: Encoders, settings: TextSettings) -> dict[str, Any]:
    return {"kind": "text", "format": 1, "text": encoders.text_name(), **asdict(settings)}


def _width(encoders: Encoders) -> int:
    config = encoders.folder / "text_encoder" / "config.json"
    if not config.exists():
        return 4096  # UMT5-XXL, the only text encoder in Wan2.1's own layout
    try:
        return int(json.loads(config.read_text())["d_model"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(config, f"cannot be read: {error!r}") from error


@cache
def _text_encoder(encoders: Encoders, device: str, dtype: str) -> tuple[Any, Any]:
    """Loaded once a process, without a bar of its own in every worker."""
    transformers_logging.disable_progress_bar()
    return encoders.load_text(torch.device(device), DTYPES[dtype])


def _encode_caption(job: _Job, text: str) -> Made:
    """Encode one caption, padded as in the pipeline, and keep its real tokens; in a worker process."""
    check_seen(job.folder)
    torch.set_num_threads(1)  # as for latents
    settings = job.settings
    tokenizer, encoder = _text_encoder(job.encoders, job.device, settings.encoder_dtype)
    count = int(tokenize_prompts(tokenizer, [text], settings.max_tokens).attention_mask.sum())
    states = encode_prompt(
        tokenizer, encoder, [text], settings.max_tokens, torch.device(job.device), torch.float32
    )[0, :count]
    kept = states.cpu().to(DTYPES[settings.dtype])
    if not torch.isfinite(kept).all():
        return Made(broken=DatasetError(job.folder, f"the states of {text!r} are not finite; other --dtype"))
    return Made(write_part(job.folder, text, {STATES: kept}, {"tokens": count}), 1)
