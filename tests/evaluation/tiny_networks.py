"""Networks of measures in miniature: real classes with random weights, saved as published ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPVisionConfig,
    PreTrainedTokenizerFast,
    ViTConfig,
    ViTModel,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from recam.evaluation.case import Case, Job
from recam.evaluation.footage import Frames, Reel
from recam.evaluation.manifest import Row
from recam.evaluation.store import Store

WORDS = ("[UNK]", "[BOS]", "[EOS]", "a", "red", "green", "blue", "wall", "moves")
MOST_TOKENS = 8


def save_clip(folder: Path, *, side: int = 28, patch: int = 14, seed: int = 0) -> Path:
    """A CLIP of one layer with its tokenizer and its way to prepare pictures."""
    size = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    }  # fmt: skip
    torch.manual_seed(seed)
    text = CLIPTextConfig(
        vocab_size=len(WORDS), max_position_embeddings=MOST_TOKENS, bos_token_id=1, eos_token_id=2,
        pad_token_id=2, **size,
    )  # fmt: skip
    vision = CLIPVisionConfig(image_size=side, patch_size=patch, **size)
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12))
    enlarge_weights(model)
    model.save_pretrained(folder)
    save_tokenizer(folder)
    save_preparation(folder, side)
    return folder


def enlarge_weights(model: torch.nn.Module) -> None:
    """The usual start is so small that all pictures look alike."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(0, 0.3)


def save_preparation(folder: Path, side: int, **options: object) -> None:
    crop = {"height": side, "width": side}
    CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size=crop, **options).save_pretrained(folder)


def save_tokenizer(folder: Path) -> None:
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # type: ignore[assignment]
    words.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
        single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 1), ("[EOS]", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", bos_token="[BOS]", eos_token="[EOS]", pad_token="[EOS]"
    ).save_pretrained(folder)


def save_dino(folder: Path, *, patch: int = 16) -> Path:
    """A vision transformer of one layer for pictures of 224 pixels."""
    torch.manual_seed(1)
    config = ViTConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=224,
        patch_size=patch,
    )  # fmt: skip
    model = ViTModel(config, add_pooling_layer=False)
    enlarge_weights(model)
    model.save_pretrained(folder)
    return folder


def save_script(path: Path, module: torch.nn.Module) -> Path:
    torch.jit.save(torch.jit.script(module), str(path))
    return path


def write_video(path: Path, frames: Frames, fps: int = 8) -> Path:
    """A file whose pixels are exactly ``frames``: known answers bear no codec's losses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=fps)
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "bgr0"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def flat_frames(*colours: tuple[int, int, int], height: int = 32, width: int = 48) -> Frames:
    """A frame of each colour."""
    return np.stack([np.full((height, width, 3), colour, dtype=np.uint8) for colour in colours])


def noise_frames(count: int, height: int = 32, width: int = 48, seed: int = 0) -> Frames:
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def open_case(folder: Path, generated: Path, source: Path | None = None, **row: Any) -> Case:
    """A row of a manifest, opened, with a store in ``folder``."""
    values: dict[str, Any] = {
        "id": "clip", "source": source or generated, "generated": generated, "camera": None,
        "preset": "arc-left", "camera_name": "", "source_camera": "", "focal_mm": None, "fov_degrees": None,
        "caption": "", "method": "", "target": None, "poses": None,
    }  # fmt: skip
    return Case(Job(Row(**values | row), {}), Reel(), Store(folder / "store"))
