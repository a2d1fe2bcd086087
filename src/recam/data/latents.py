"""Latents of every clip, encoded once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from recam.data.clips import Clips
from recam.errors import DatasetError
from recam.files import atomic_file, make_folder
from recam.pipeline.encode import encode_video
from recam.video import frames_to_tensor


@dataclass(frozen=True)
class Latents:
    """Encoded scenes.

    Attributes:
        latents: float32 [scenes, cameras, C, f, h, w], normalised.
        cameras: float32 [scenes, cameras, f, 3, 4]: the pose of video frame 4i for latent frame i.
        captions, moves: as in :class:`Clips`.
    """

    latents: Tensor
    cameras: NDArray[np.float32]
    captions: tuple[str, ...]
    moves: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.latents)

    def relative_camera(self, scene: int, source: int, target: int) -> NDArray[np.float32]:
        """The target's poses relative to the source's first camera, flattened: [f, 12]."""
        first = _square(self.cameras[scene, source, :1])[0]
        poses = np.linalg.inv(first) @ _square(self.cameras[scene, target])
        return poses[:, :3].reshape(-1, 12).astype(np.float32)


def encode_clips(
    clips: Clips,
    vae: AutoencoderKLWan,
    cache: str | os.PathLike[str],
    on_scene: Callable[[int], None] | None = None,
) -> Latents:
    """Encode every clip, or read what an earlier call left in ``cache`` for the same clips and weights.

    Raises:
        DatasetError: a damaged file in ``cache``.
        OutputError: ``cache`` cannot be written, or the disk is full.
    """
    path = make_folder(cache) / f"latents-{_key(clips, vae)}.safetensors"
    if not path.exists():
        encoded = []
        for index in range(len(clips)):
            video = torch.stack([frames_to_tensor(np.array(clip)) for clip in clips.frames[index]])
            encoded.append(encode_video(vae, video))
            if on_scene:
                on_scene(index)
        with atomic_file(path) as temporary:
            # Not save_file: safetensors turns a full disk into an error of its own kind.
            temporary.write_bytes(save({"latents": torch.stack(encoded).contiguous()}))
    try:
        latents = load_file(path)["latents"]
    except (OSError, KeyError, SafetensorError) as error:
        raise DatasetError(path, f"is damaged ({error}); delete it") from error
    stride = vae.config["scale_factor_temporal"]
    return Latents(latents, clips.cameras[:, :, ::stride], clips.captions, clips.moves)


def _key(clips: Clips, vae: AutoencoderKLWan) -> str:
    """Name of these latents: other clips, another config or other weights, another name."""
    config = {name: value for name, value in vae.config.items() if not name.startswith("_")}
    digest = hashlib.sha256(json.dumps([clips.key, config], sort_keys=True, default=str).encode())
    for name, tensor in sorted(vae.state_dict().items()):
        digest.update(name.encode() + tensor.float().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def _square(poses: NDArray[np.float32]) -> NDArray[np.float64]:
    """[..., 3, 4] -> [..., 4, 4]."""
    bottom = np.broadcast_to(np.array([0.0, 0.0, 0.0, 1.0]), (*poses.shape[:-2], 1, 4))
    return np.concatenate([poses.astype(np.float64), bottom], axis=-2)
