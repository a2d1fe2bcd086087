"""What of the source video the model gets to see: video, first frame or nothing, with moderate noise or
clean.

Paper, section 3.4: source latents are noised by 200-500 of 1000 steps during training; with probability 0.2
all of them become noise (text-to-video), with 0.2 all but the first frame (image-to-video).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from recam.errors import InputError
from recam.models.flow import interpolate

SourceMode = Literal["v2v", "i2v", "t2v"]
SOURCE_MODES: tuple[str, ...] = get_args(SourceMode)


@dataclass(frozen=True)
class SourceConditioning:
    """What each clip of a batch shows of its source.

    Attributes:
        modes: B of ``"v2v"``, ``"i2v"``, ``"t2v"``.
        sigma: ``[B]`` noise level of the latents that stay, 0 (clean) to 1.
    """

    modes: tuple[SourceMode, ...]
    sigma: Tensor


def draw_source_conditioning(
    batch: int,
    generator: torch.Generator | None = None,
    t2v: float = 0.2,
    i2v: float = 0.2,
    sigma_range: tuple[float, float] = (0.2, 0.5),
) -> SourceConditioning:
    """Draw modes with the given probabilities and noise levels uniformly from ``sigma_range``, on the CPU.

    Raises:
        InputError: probabilities or noise levels outside 0..1.
    """
    low, high = sigma_range
    if not (t2v >= 0 and i2v >= 0 and t2v + i2v <= 1):
        raise InputError(f"t2v={t2v} and i2v={i2v} must be probabilities with a sum of at most 1")
    if not 0 <= low <= high <= 1:
        raise InputError(f"sigma_range={sigma_range} must be rising within 0..1")
    draws = torch.rand(batch, generator=generator).tolist()
    modes: list[SourceMode] = ["t2v" if u < t2v else "i2v" if u < t2v + i2v else "v2v" for u in draws]
    return SourceConditioning(tuple(modes), low + (high - low) * torch.rand(batch, generator=generator))


def condition_source(
    latents: Tensor, mode: SourceMode | Sequence[SourceMode], noise: Tensor, sigma: Tensor | float = 0.0
) -> Tensor:
    """Source latents as the model gets them.

    Args:
        latents: clean source latents ``[B, C, fs, h, w]``.
        mode: ``"v2v"`` keeps all frames, ``"i2v"`` the first, ``"t2v"`` none; one, or one for each clip.
        noise: standard normal, of the latents' shape; takes the place of what is not kept.
        sigma: noise level of what is kept, a number or ``[B]``.

    Raises:
        InputError: an unknown mode, or not as many modes as clips.
    """
    batch = latents.shape[0]
    modes = [mode] * batch if isinstance(mode, str) else list(mode)
    if len(modes) != batch or not set(modes) <= set(SOURCE_MODES):
        raise InputError(
            f"mode={mode!r} must be one of {', '.join(SOURCE_MODES)}, or one for each of {batch} clips"
        )
    kept = {"v2v": latents.shape[2], "i2v": 1, "t2v": 0}
    kept_frames = torch.tensor([kept[name] for name in modes], device=latents.device)
    keep = torch.arange(latents.shape[2], device=latents.device) < kept_frames[:, None]
    return torch.where(keep[:, None, :, None, None], interpolate(latents, noise, sigma), noise)
