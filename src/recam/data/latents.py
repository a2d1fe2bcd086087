"""Latents of a finished cache as views of scenes: mapped into memory, never loaded as a whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recam.camera import Intrinsics, Poses
from recam.data.cache_latents import POSES
from recam.data.shards import INDEX, Record, ShardReader
from recam.data.views import SceneViews, Window
from recam.errors import DatasetError, InputError
from recam.models.grid import nearest_frames

_KEPT_SCENES = 256


class LatentViews:
    """The views of a data set as ``recam data cache`` left them.

    Args:
        folder: ``CACHE/latents-<name>``.
        names: only these scenes, in this order; default: all.
        num_frames: only the first so many frames of each clip (4n + 1): the autoencoder is causal, so the
            first latent frames are those of the shorter clip.

    Raises:
        DatasetError: the cache is not finished or damaged, or lacks one of ``names``.
        InputError: more frames than the clips have, or a count that does not fit.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        names: Sequence[str] | None = None,
        num_frames: int | None = None,
    ) -> None:
        self.reader = ShardReader(folder)
        self._names = self.reader.units if names is None else tuple(names)
        lacking = [name for name in self._names if name not in self.reader]
        if lacking:
            raise DatasetError(
                self.folder / INDEX,
                f"lacks {len(lacking)} scenes ({lacking[0]} ...); encode them with recam data cache",
            )
        if not self._names:
            raise DatasetError(self.folder / INDEX, "has no scenes")
        self._kept: dict[str, tuple[Record, SceneViews]] = {}
        facts = self._scene(0)[0]["facts"]
        self.temporal_stride: int = facts["temporal_stride"]
        whole = next(iter(facts["windows"].values()))["num_frames"]
        self.num_frames = whole if num_frames is None else num_frames
        if self.num_frames > whole or self.num_frames not in nearest_frames(
            self.num_frames, self.temporal_stride
        ):
            raise InputError(f"num_frames={num_frames} must be 4n + 1 and at most {whole}, as in {folder}")

    @property
    def folder(self) -> Path:
        return self.reader.folder

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    def __len__(self) -> int:
        return len(self._names)

    @property
    def shape(self) -> tuple[int, ...]:
        """(scenes, cameras, C, f, h, w), where all scenes have equally many cameras and all clips one shape.

        Raises:
            DatasetError: they do not.
        """
        shapes = {}
        for name in self.names:
            tensors = self.reader.record(name)["tensors"]
            for camera in tensors.keys() - {POSES}:
                shapes.setdefault((len(tensors) - 1, *tensors[camera]["shape"]), name)
        if len(shapes) > 1:
            (one, first), (other, second) = list(shapes.items())[:2]
            raise DatasetError(
                self.folder, f"{second} has {other[0]} clips of {other[1:]}, {first} {one[0]} of {one[1:]}"
            )
        cameras, channels, _, height, width = next(iter(shapes))
        return len(self), cameras, channels, self._latent_frames, height, width

    def scene(self, number: int) -> SceneViews:
        return self._scene(number)[1]

    def window(self, number: int, camera: str, draws: np.random.Generator) -> Window:
        """The one that was encoded; nothing is drawn."""
        encoded = self._scene(number)[0]["facts"]["windows"][camera]
        return Window(**{**encoded, "num_frames": self.num_frames})

    def poses(self, number: int, camera: str, window: Window) -> Poses:
        return self.scene(number).poses[camera][: self.num_frames]

    def load(self, number: int, camera: str, window: Window) -> Tensor:
        """The view's latents, float32 [C, f, h, w], normalised.

        Raises:
            DatasetError: its shard is missing or damaged.
        """
        latents = self.reader.tensor(self._scene(number)[0], camera)
        return latents[:, : self._latent_frames].to(torch.float32, copy=True)

    def lens(self, number: int, camera: str, window: Window) -> Intrinsics | None:
        found = self._scene(number)[0]["facts"]["lens"][camera]
        if found is None:
            return None
        fx, fy, cx, cy = found
        return Intrinsics(fx, fy, cx, cy, window.width, window.height)

    @property
    def _latent_frames(self) -> int:
        return (self.num_frames - 1) // self.temporal_stride + 1

    def _scene(self, number: int) -> tuple[Record, SceneViews]:
        name = self.names[number]
        if name not in self._kept:
            if len(self._kept) >= _KEPT_SCENES:
                self._kept.pop(next(iter(self._kept)))
            record = self.reader.record(name)
            self._kept[name] = record, self._describe(record)
        return self._kept[name]

    def _describe(self, record: dict[str, Any]) -> SceneViews:
        poses = self.reader.tensor(record, POSES).numpy()
        paths = {name: Poses(path) for name, path in zip(record["facts"]["cameras"], poses, strict=True)}
        place = self.folder / record["unit"]
        return SceneViews(record["unit"], place, paths, record["captions"], record["moves"])
