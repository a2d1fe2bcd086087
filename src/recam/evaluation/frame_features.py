"""Features of a video's frames by CLIP and DINO, each frame on its own: float32 [F,D], in fixed batches.

Two ways to prepare pictures, which must not be mixed: CLIP's own, as the model's folder states it (Pillow,
which smooths before it shrinks), and VBench's (``vbench/utils.py``: torch's resizing without smoothing).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recam.errors import CheckpointError, InputError
from recam.evaluation.footage import Frames
from recam.evaluation.networks import (
    Network,
    finite,
    load_clip,
    load_tokenizer,
    load_vit,
    read_config,
    running,
)
from recam.evaluation.store import Arrays
from recam.parallel import check_stop

if TYPE_CHECKING:
    import torch

BATCH = 16
"""Frames that go through a network together, counted from a video's first, so that a frame's digits depend on
nothing but its video."""
SIDE = 224
"""Pixels of the pictures that VBench gives to CLIP and DINO."""
LONGEST = 16
"""Most that a picture's sides may differ by: the shorter becomes 224 pixels, so a thread of a picture would
become one of gigabytes."""
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preparation:
    """How a model's folder wants pictures: ``preprocessor_config.json``."""

    shortest: int | None
    """Side to resize to, the other in proportion; None: ``resized`` counts."""
    resized: tuple[int, int] | None
    """Height and width to resize to."""
    crop: tuple[int, int] | None
    """Height and width of the middle that is kept."""
    resample: int
    """Pillow's number of a filter; CLIP: 3, bicubic."""
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, frames: Frames) -> NDArray[np.float32]:
        """[F,3,h,w] of uint8 [F,H,W,3]."""
        return np.stack([self._picture(frame) for frame in frames])

    def _picture(self, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width, _ = frame.shape
        size = self.resized or _sides(height, width, self.shortest)
        picture = frame
        if size != (height, width):
            filter = Image.Resampling(self.resample)
            picture = np.asarray(Image.fromarray(frame).resize((size[1], size[0]), resample=filter))
        if self.crop:
            top, left = (picture.shape[0] - self.crop[0]) // 2, (picture.shape[1] - self.crop[1]) // 2
            picture = picture[top : top + self.crop[0], left : left + self.crop[1]]
        mean, std = (np.asarray(values, dtype=np.float32) for values in (self.mean, self.std))
        scaled = (picture.astype(np.float32) / np.float32(255) - mean) / std
        return scaled.astype(np.float32).transpose(2, 0, 1)


@lru_cache(maxsize=8)
def read_preparation(network: Network) -> Preparation:
    """How the folder of ``network`` wants pictures.

    Raises:
        CheckpointError: it does not say, or wants what is not known here.
    """
    config = read_config(network.path, "preprocessor_config.json", "processor_config.json")
    config = config.get("image_processor", config)
    try:
        size, crop = config["size"], config.get("crop_size")
        shortest = size if isinstance(size, int) else size.get("shortest_edge")
        resized = None if shortest else _height_width(size)
        cropped = crop is not None and config.get("do_center_crop", True)
        preparation = Preparation(
            shortest, resized, _height_width(crop) if cropped else None, int(config.get("resample", 3)),
            _three(config["image_mean"]), _three(config["image_std"]),
        )  # fmt: skip
        Image.Resampling(preparation.resample)
        if not (config.get("do_resize", True) and config.get("do_rescale", True)):
            raise ValueError("pictures are not resized or not scaled")
        if not math.isclose(config.get("rescale_factor", 1 / 255), 1 / 255) or not all(preparation.std):
            raise ValueError("pictures are scaled by other than 1/255, or by nothing")
        whole = resized or (int(shortest), int(shortest))
        if any(not 1 <= part <= side for part, side in zip(preparation.crop or (1, 1), whole, strict=True)):
            raise ValueError("more is cropped than there is")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            network.path, f"its preprocessor_config.json is not one of CLIP ({error!r}); download it again"
        ) from error
    return preparation


@dataclass(frozen=True)
class ClipFrames:
    """CLIP's picture embeddings, of pictures prepared as CLIP's folder states."""

    network: Network
    name = "clip"

    @property
    def key(self) -> str:
        return f"clip frames 1 {self.network.key}"

    def extract(self, frames: Frames, fps: float) -> Arrays:
        import torch

        prepare = read_preparation(self.network)
        embed = partial(_clip_embedding, load_clip(self.network))
        return _features(self.network, frames, lambda batch: torch.from_numpy(prepare(batch)), embed)


@dataclass(frozen=True)
class VbenchClipFrames:
    """CLIP's picture embeddings as VBench takes them (``clip_transform(224)``, ``encode_image``)."""

    network: Network
    patch: int
    """Pixels of a patch of the CLIP that VBench names: 32 of ViT-B/32, 14 of ViT-L/14."""
    name = "vbench_clip"

    @property
    def key(self) -> str:
        return f"vbench clip frames 1 {self.patch} {self.network.key}"

    def extract(self, frames: Frames, fps: float) -> Arrays:
        model = load_clip(self.network)
        vision = model.config.vision_config
        if (vision.patch_size, vision.image_size) != (self.patch, SIDE):
            raise CheckpointError(
                self.network.path,
                f"is a CLIP of {vision.image_size} pixels with patches of {vision.patch_size}; VBench's "
                f"figure is defined with {SIDE} and {self.patch}",
            )
        return _features(self.network, frames, vbench_clip_pictures, partial(_clip_embedding, model))


@dataclass(frozen=True)
class VbenchDinoFrames:
    """DINO's class token as VBench takes it (``dino_transform(224)``, ``dino_vitb16``)."""

    network: Network
    name = "vbench_dino"

    @property
    def key(self) -> str:
        return f"vbench dino frames 1 {self.network.key}"

    def extract(self, frames: Frames, fps: float) -> Arrays:
        model = load_vit(self.network)
        if (model.config.patch_size, model.config.image_size) != (16, SIDE):
            raise CheckpointError(
                self.network.path, "is no ViT-B/16; VBench's figure is defined with facebook/dino-vitb16"
            )
        model.embeddings.interpolate_pos_encoding = partial(_dino_positions, model.embeddings)

        def embed(pictures: torch.Tensor) -> torch.Tensor:
            return model(pixel_values=pictures, interpolate_pos_encoding=True).last_hidden_state[:, 0]

        return _features(self.network, frames, vbench_dino_pictures, embed)


@dataclass(frozen=True)
class Caption:
    """A caption's embedding [D], and how many of its tokens CLIP could take."""

    features: NDArray[np.float32]
    tokens: int
    used: int


@lru_cache(maxsize=256)
def caption_features(network: Network, caption: str) -> Caption:
    """CLIP's embedding of a text, cut to as many tokens as CLIP takes (77).

    Raises:
        CheckpointError: the folder has no CLIP or no tokenizer.
        InputError: the embedding is not finite.
    """
    import torch

    model, tokenizer = load_clip(network), load_tokenizer(network)
    most = model.config.text_config.max_position_embeddings
    tokens = len(tokenizer(caption, truncation=False, verbose=False)["input_ids"])
    inputs = tokenizer(caption, truncation=True, max_length=most, return_tensors="pt")
    if int(inputs["input_ids"].max()) >= model.config.text_config.vocab_size:
        raise CheckpointError(network.path, "its tokenizer is of another model; download the folder again")
    with running(network.device):
        output = model.get_text_features(
            input_ids=inputs["input_ids"].to(network.device),
            attention_mask=torch.ones_like(inputs["input_ids"]).to(network.device),
        )
        features = finite(network, _pooled(output)[0].float().cpu())
    return Caption(features.numpy(), tokens, min(tokens, most))


def vbench_clip_pictures(frames: Frames) -> torch.Tensor:
    """[F,3,224,224] of uint8 [F,H,W,3]: shortest side to 224 (bicubic, unsmoothed), middle, CLIP's scale."""
    size = _sides(frames.shape[1], frames.shape[2], SIDE)
    pictures = resize(frames, size, "bicubic")
    top, left = (round((side - SIDE) / 2) for side in size)
    return _scaled(pictures[:, :, top : top + SIDE, left : left + SIDE], CLIP_MEAN, CLIP_STD)


def vbench_dino_pictures(frames: Frames) -> torch.Tensor:
    """[F,3,h,w] of uint8 [F,H,W,3]: shortest side to 224 (bilinear, unsmoothed), whole, ImageNet's scale."""
    size = _sides(frames.shape[1], frames.shape[2], SIDE)
    return _scaled(resize(frames, size, "bilinear"), IMAGENET_MEAN, IMAGENET_STD)


def resize(frames: Frames, size: tuple[int, int], mode: str) -> torch.Tensor:
    """float32 [F,3,h,w], 0 to 255, of uint8 [F,H,W,3]: as torchvision's ``Resize(antialias=False)``."""
    import torch

    pictures = torch.from_numpy(np.array(frames.transpose(0, 3, 1, 2), dtype=np.float32))
    if size == frames.shape[1:3]:
        return pictures
    return torch.nn.functional.interpolate(pictures, size=size, mode=mode, align_corners=False)


def _features(
    network: Network,
    frames: Frames,
    prepare: Callable[[Frames], torch.Tensor],
    embed: Callable[[torch.Tensor], torch.Tensor],
) -> Arrays:
    import torch

    height, width = frames.shape[1:3]
    if max(height, width) > LONGEST * min(height, width):
        raise InputError(
            f"frames of {width}x{height} are more than {LONGEST} times as long as wide; CLIP and DINO see "
            "nothing in such pictures"
        )
    found: list[torch.Tensor] = []
    with running(network.device):
        for batch in _batches(frames):
            check_stop()
            found.append(embed(prepare(batch).to(network.device)).float().cpu())
    return {"features": finite(network, torch.cat(found)).numpy()}


def _batches(frames: Frames) -> Iterator[Frames]:
    for start in range(0, len(frames), BATCH):
        yield frames[start : start + BATCH]


def _clip_embedding(model: Any, pictures: torch.Tensor) -> torch.Tensor:
    return _pooled(model.get_image_features(pixel_values=pictures))


def _pooled(output: Any) -> torch.Tensor:
    """The projected embeddings [N,D]: transformers 5 wraps them."""
    return getattr(output, "pooler_output", output)


def _dino_positions(embeddings: Any, tokens: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """DINO's positions [1,1+N,D] for pictures that are not square, as its own code stretches them.

    ``transformers`` stretches to the size alone; DINO (``vision_transformer.py``) by a factor that a tenth of
    a patch is added to, which moves every position a little.
    """
    import torch

    positions = embeddings.position_embeddings
    count = positions.shape[1] - 1
    if tokens.shape[1] - 1 == count and height == width:
        return positions
    side = math.isqrt(count)
    rows, columns = height // embeddings.patch_size, width // embeddings.patch_size
    grid = positions[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    factors = ((rows + 0.1) / side, (columns + 0.1) / side)
    stretched = torch.nn.functional.interpolate(grid, scale_factor=factors, mode="bicubic")
    return torch.cat([positions[:, :1], stretched.flatten(2).transpose(1, 2)], dim=1)


def _scaled(pictures: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> torch.Tensor:
    import torch

    middle, spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, std))
    return (pictures / 255 - middle) / spread


def _sides(height: int, width: int, shortest: int | None) -> tuple[int, int]:
    """Height and width with this shortest side; the other is rounded down, as everyone does."""
    assert shortest is not None
    if height <= width:
        return shortest, int(shortest * width / height)
    return int(shortest * height / width), shortest


def _height_width(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (int(size["height"]), int(size["width"]))


def _three(values: Any) -> tuple[float, ...]:
    three = tuple(float(value) for value in values)
    if len(three) != 3 or not all(math.isfinite(value) for value in three):
        raise ValueError("means and deviations are of three channels")
    return three
