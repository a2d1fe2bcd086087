"""Inception and I3D in miniature: convolutions with random weights, called as the published files are."""

from __future__ import annotations

from pathlib import Path

import torch
from tiny_networks import save_script
from torch import nn

INCEPTION_FEATURES = 6
I3D_FEATURES = 5


class TinyInception(nn.Module):
    """[N,3,H,W] of 0..255 -> [N,6], or logits [N,2] when features are not asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 5, stride=3)
        self.norm = nn.BatchNorm2d(8)
        self.last = nn.Conv2d(8, INCEPTION_FEATURES, 3)
        self.head = nn.Linear(INCEPTION_FEATURES, 2)

    def forward(self, img: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        x = nn.functional.interpolate(img.to(self.stem.weight.dtype), (29, 29), mode="bilinear")
        x = torch.relu(self.norm(self.stem((x - 128) / 128)))
        pool = torch.relu(self.last(x)).mean((2, 3))
        if return_features:
            return pool
        return self.head(pool)


class TinyI3d(nn.Module):
    """[B,3,T,H,W] of 0..255 -> [B,5]; like I3D it takes no fewer than 9 frames."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(3, 6, (3, 5, 5), stride=(2, 4, 4), padding=(1, 0, 0))
        self.second = nn.Conv3d(6, 6, 3, stride=2, padding=1)
        self.third = nn.Conv3d(6, I3D_FEATURES, 3, stride=2, padding=1)

    def forward(
        self, x: torch.Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False
    ) -> torch.Tensor:
        x = x.to(self.stem.weight.dtype)
        if resize:
            size = x.shape
            flat = x.permute(0, 2, 1, 3, 4).reshape(-1, 3, size[3], size[4])
            flat = nn.functional.interpolate(flat, (33, 33), mode="bilinear")
            x = flat.reshape(size[0], size[2], 3, 33, 33).permute(0, 2, 1, 3, 4)
        if rescale:
            x = x / 255 * 2 - 1
        x = torch.relu(self.stem(x))
        x = self.third(torch.relu(self.second(x)))
        x = nn.functional.avg_pool3d(x, [2, int(x.shape[3]), int(x.shape[4])], stride=1).flatten(2).mean(2)
        if return_features:
            return x
        return torch.softmax(x, 1)


def save_inception(path: Path) -> Path:
    torch.manual_seed(0)
    return save_script(path, _lively(TinyInception()))


def save_i3d(path: Path) -> Path:
    torch.manual_seed(1)
    return save_script(path, _lively(TinyI3d()))


def _lively(module: nn.Module) -> nn.Module:
    with torch.no_grad():
        for weight in module.parameters():
            if weight.ndim > 1:
                weight.mul_(3)  # the usual start is so small that all pictures look alike
    return module.eval()
