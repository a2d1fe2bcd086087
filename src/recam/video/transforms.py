"""From a user's frames (uint8 [F, H, W, 3]) to a model's (float [C, F, H, W] in [-1, 1]) and back; sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from recam.errors import InputError

if TYPE_CHECKING:
    import torch


def frames_to_tensor(frames: np.ndarray, dtype: torch.dtype | None = None) -> torch.Tensor:
    """uint8 [F, H, W, 3] to [3, F, H, W] in [-1, 1]: ``x / 127.5 - 1``; float32 unless told otherwise."""
    import torch  # takes seconds, which reading and writing files must not cost

    _check(frames)
    tensor = torch.from_numpy(np.ascontiguousarray(frames.transpose(3, 0, 1, 2)))
    return (tensor.to(torch.float32) / 127.5 - 1).to(dtype or torch.float32)


def tensor_to_frames(tensor: torch.Tensor) -> np.ndarray:
    """[3, F, H, W] in [-1, 1] (clipped) to uint8 [F, H, W, 3]; the inverse of ``frames_to_tensor``.

    Raises:
        InputError: another shape, or values that are not finite.
    """
    import torch

    if tensor.ndim != 4 or tensor.shape[0] != 3:
        raise InputError(f"a video tensor must be [3, F, H, W]; got {list(tensor.shape)}")
    values = tensor.detach().to("cpu", torch.float32)
    if not torch.isfinite(values).all():
        raise InputError("the video tensor holds NaN or infinite values, so there is no picture to show")
    bytes_ = ((values.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return bytes_.permute(1, 2, 3, 0).contiguous().numpy()


def center_window(width: int, height: int, aspect: float) -> tuple[int, int, int, int]:
    """(left, top, width, height) of the largest middle part with width / height ``aspect``, to the pixel.

    Raises:
        InputError: ``aspect`` is not a positive number.
    """
    if not 0 < aspect < float("inf"):
        raise InputError(f"aspect (width / height) must be a positive number; got {aspect}")
    if width > height * aspect:
        new_width, new_height = max(1, round(height * aspect)), height
    else:
        new_width, new_height = width, max(1, min(height, round(width / aspect)))
    return (width - new_width) // 2, (height - new_height) // 2, new_width, new_height


def center_crop(frames: np.ndarray, aspect: float) -> np.ndarray:
    """The largest middle part of [F, H, W, 3] with width / height ``aspect`` (to the pixel); a view."""
    _check(frames)
    left, top, width, height = center_window(frames.shape[2], frames.shape[1], aspect)
    return frames[:, top : top + height, left : left + width]


def resize(frames: np.ndarray, height: int, width: int) -> np.ndarray:
    """uint8 [F, H, W, 3] to [F, height, width, 3] with a Lanczos filter that widens when shrinking."""
    _check(frames)
    if height < 1 or width < 1:
        raise InputError(f"height and width must be 1 or more; got {height} and {width}")
    if frames.shape[1:3] == (height, width):
        return frames
    resized = [Image.fromarray(f).resize((width, height), Image.Resampling.LANCZOS) for f in frames]
    return np.stack([np.asarray(image) for image in resized])


def crop_and_resize(frames: np.ndarray, height: int, width: int) -> np.ndarray:
    """Centre crop to the aspect of ``width`` x ``height``, then resize to it: nothing is stretched."""
    return resize(center_crop(frames, width / height), height, width)


def spread_indices(count: int, target: int) -> np.ndarray:
    """``target`` indices int64 into ``count`` frames, evenly spread, first and last included, never falling.

    More than ``count`` repeats frames; ``target = 1`` gives the first.
    """
    if count < 1 or target < 1:
        raise InputError(f"frame counts must be 1 or more; got {count} and {target}")
    if target == 1:
        return np.zeros(1, np.int64)
    return np.floor(np.arange(target) * (count - 1) / (target - 1) + 0.5).astype(np.int64)


def resample_frames(frames: np.ndarray, target: int) -> np.ndarray:
    """``target`` of the frames [F, ...], evenly spread over the whole clip (nearest frame; no blending)."""
    return frames[spread_indices(len(frames), target)]


def _check(frames: np.ndarray) -> None:
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3:
        raise InputError(f"frames must be uint8 [F, H, W, 3]; got {frames.dtype} {list(frames.shape)}")
