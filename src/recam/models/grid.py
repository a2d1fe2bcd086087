"""The one place where video sizes become latent sizes and token counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recam.errors import InputError

TEMPORAL_STRIDE = 4
SPATIAL_STRIDE = 8


@dataclass(frozen=True)
class LatentGrid:
    """Sizes of one clip as video, as latents and as tokens.

    A causal video autoencoder keeps the first frame and folds every further ``temporal_stride`` frames into
    one latent frame: ``f = (F - 1) / 4 + 1``, ``h = H / 8``, ``w = W / 8``.

    Args:
        frames, height, width: of the video, in frames and pixels.
        temporal_stride, spatial_stride: of the autoencoder.
        patch_size: latent cells per token along (frame, height, width).

    Raises:
        InputError: a size that does not fit; the message names the nearest that do.
    """

    frames: int
    height: int
    width: int
    temporal_stride: int = TEMPORAL_STRIDE
    spatial_stride: int = SPATIAL_STRIDE
    patch_size: tuple[int, int, int] = (1, 2, 2)

    def __post_init__(self) -> None:
        object.__setattr__(self, "patch_size", tuple(self.patch_size))
        good = nearest_frames(self.frames, self.temporal_stride, self.patch_size[0])
        if self.frames not in good:
            rule = f"{self.temporal_stride * self.patch_size[0]}n+{good[0] % self.temporal_stride}"
            raise InputError(
                f"num_frames={self.frames} does not fit the model ({rule}); nearest: {_either(good)}"
            )
        for name, size, patch in (
            ("height", self.height, self.patch_size[1]),
            ("width", self.width, self.patch_size[2]),
        ):
            step = self.spatial_stride * patch
            near = nearest_multiples(size, step)
            if size not in near:
                raise InputError(
                    f"{name}={size} does not fit the model (multiples of {step} px); nearest: {_either(near)}"
                )

    # latents
    @property
    def latent_frames(self) -> int:
        return (self.frames - 1) // self.temporal_stride + 1

    @property
    def latent_height(self) -> int:
        return self.height // self.spatial_stride

    @property
    def latent_width(self) -> int:
        return self.width // self.spatial_stride

    def latent_shape(self, batch: int, channels: int) -> tuple[int, int, int, int, int]:
        """Shape ``[B, C, f, h, w]`` of this clip's latents."""
        return batch, channels, self.latent_frames, self.latent_height, self.latent_width

    def video_frame(self, latent_frame: int) -> int:
        """Video frame whose camera pose belongs to ``latent_frame`` (4i)."""
        return latent_frame * self.temporal_stride

    # tokens
    @property
    def token_grid(self) -> tuple[int, int, int]:
        """Tokens along (frame, height, width)."""
        return (
            self.latent_frames // self.patch_size[0],
            self.latent_height // self.patch_size[1],
            self.latent_width // self.patch_size[2],
        )

    @property
    def tokens_per_frame(self) -> int:
        return self.token_grid[1] * self.token_grid[2]

    @property
    def tokens(self) -> int:
        """Tokens of one clip; source and target together have twice as many when they are equally long."""
        return math.prod(self.token_grid)


def nearest_frames(
    frames: int, temporal_stride: int = TEMPORAL_STRIDE, temporal_patch: int = 1
) -> tuple[int, ...]:
    """The good frame counts just below and above ``frames``, or ``frames`` alone if it is good."""
    step = temporal_stride * temporal_patch
    first = temporal_stride * (temporal_patch - 1) + 1
    if frames <= first:
        return (first,)
    below = first + (frames - first) // step * step
    return (below,) if below == frames else (below, below + step)


def nearest_multiples(size: int, step: int) -> tuple[int, ...]:
    """The positive multiples of ``step`` just below and above ``size``, or ``size`` alone if it is one."""
    if size <= step:
        return (step,)
    below = size // step * step
    return (below,) if below == size else (below, below + step)


def _either(values: tuple[int, ...]) -> str:
    return " or ".join(str(value) for value in values)
