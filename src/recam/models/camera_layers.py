"""How the camera enters the transformer.

Shapes: B batch, f latent frames of the target, fs of the source, n rows, S tokens, D model width.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class CameraRows(nn.Module):
    """Camera of every latent frame in the order of the tokens: target frames, then source frames.

    The published model gives the source half the *target's* camera of the same index; where the source has
    more frames than the target, the target's last camera goes on. A module of its own so that context
    parallelism can split what it returns, just as it splits the rotary table.
    """

    def forward(self, camera: Tensor, source_frames: int, repeats: int = 1) -> Tensor:
        """``[B, f, 12]`` -> ``[B, (f + fs) * repeats, 12]``; ``repeats`` = tokens a frame: a row a token."""
        index = torch.arange(source_frames, device=camera.device).clamp_max(camera.shape[1] - 1)
        rows = torch.cat([camera, camera[:, index]], dim=1)
        return rows.repeat_interleave(repeats, dim=1) if repeats > 1 else rows


class CameraEncoder(nn.Linear):
    """``Linear(12, D)`` of a 3x4 camera-to-world matrix (row by row), added to self-attention's input.

    Starts at zero, so that an untouched model equals the text-to-video model; ``init_std`` > 0 starts the
    weight with that standard deviation, for training from scratch.
    """

    def __init__(self, camera_dim: int, dim: int, init_std: float = 0.0) -> None:
        self._init_std = init_std
        super().__init__(camera_dim, dim)

    def reset_parameters(self) -> None:
        if self._init_std > 0:
            nn.init.normal_(self.weight, std=self._init_std)
        else:
            nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)


def add_per_frame(hidden_states: Tensor, embedding: Tensor) -> Tensor:
    """Add to tokens ``[B, S, D]`` the embedding ``[B, n, D]``, each row over S / n tokens."""
    frames = hidden_states.unflatten(1, (embedding.shape[1], -1))
    return (frames + embedding.unsqueeze(2)).flatten(1, 2)


class Projector(nn.Linear):
    """``Linear(D, D)`` after self-attention, the identity at the start."""

    def __init__(self, dim: int) -> None:
        super().__init__(dim, dim)

    def reset_parameters(self) -> None:
        nn.init.eye_(self.weight)
        nn.init.zeros_(self.bias)


class RayEmbedder(nn.Module):
    """Adds to each token what its viewing ray is: a learned map of Fourier features of direction, origin and
    moment.

    Not part of the published model; it lets a small model trained from scratch find the geometry. Rays are in
    the frame of the first source camera (OpenCV axes, metres). Source tokens get the ray of the identity
    pose.
    """

    DIRECTION_FREQUENCIES = tuple(scale * math.pi / 2 for scale in (1, 2, 4, 8, 16))
    ORIGIN_FREQUENCIES = (0.5, 1.0, 2.0)  # radians per metre

    def __init__(self, dim: int, tan_half_fov: float) -> None:
        """``tan_half_fov``: tangent of half the horizontal field of view; pixels are square."""
        super().__init__()
        self.tan_half_fov = tan_half_fov
        features = (
            3 * (1 + 2 * len(self.DIRECTION_FREQUENCIES)) + 3 * (1 + 2 * len(self.ORIGIN_FREQUENCIES)) + 3
        )
        self.linear = nn.Linear(features, dim)

    def forward(self, camera: Tensor, token_grid: tuple[int, int, int], source_frames: int) -> Tensor:
        """``camera`` ``[B, f, 12]``, ``token_grid`` of the target (frame, row, column) -> ``[B, S, D]``."""
        batch, frames = camera.shape[:2]
        camera = camera.float().view(batch, frames, 3, 4)
        identity = torch.eye(3, 4, device=camera.device).expand(batch, min(source_frames, 1), 3, 4)
        features = self.features(torch.cat([camera, identity], dim=1), *token_grid[1:]).to(
            self.linear.weight.dtype
        )
        embedded = self.linear(features)  # [B, f + 1, h w, D]
        target, source = embedded[:, :frames], embedded[:, frames:]
        source = source.expand(-1, source_frames, -1, -1) if source_frames else source
        return torch.cat([target, source], dim=1).flatten(1, 2)

    def features(self, camera: Tensor, rows: int, columns: int) -> Tensor:
        """``[B, n, 3, 4]`` float32 -> ``[B, n, rows * columns, 57]`` float32."""
        x, y = self._pixel_centres(rows, columns, camera.device)
        pixels = torch.stack([x, y, torch.ones_like(x)], dim=-1)  # [h w, 3]
        pixels = pixels / pixels.norm(dim=-1, keepdim=True)
        direction = torch.einsum("bnij,pj->bnpi", camera[..., :3], pixels)
        origin = camera[..., 3].unsqueeze(2).expand_as(direction)
        moment = torch.linalg.cross(origin, direction)
        return torch.cat(
            [
                _fourier(direction, self.DIRECTION_FREQUENCIES),
                _fourier(origin, self.ORIGIN_FREQUENCIES),
                moment,
            ],
            dim=-1,
        )

    def _pixel_centres(self, rows: int, columns: int, device: torch.device) -> tuple[Tensor, Tensor]:
        x = ((torch.arange(columns, device=device) + 0.5) / columns * 2 - 1) * self.tan_half_fov
        y = ((torch.arange(rows, device=device) + 0.5) / rows * 2 - 1) * (self.tan_half_fov * rows / columns)
        grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
        return grid_x.flatten(), grid_y.flatten()


def _fourier(values: Tensor, frequencies: tuple[float, ...]) -> Tensor:
    """``[..., 3]`` -> ``[..., 3 (1 + 2 k)]``: the values, then sine and cosine at each frequency."""
    angles = torch.cat([values * frequency for frequency in frequencies], dim=-1)
    return torch.cat([values, angles.sin(), angles.cos()], dim=-1)


__all__ = ["CameraEncoder", "CameraRows", "Projector", "RayEmbedder", "add_per_frame"]
