"""The paired-view data set: source and target view of one scene, and where the target's camera goes.

Which pair is where follows from numbers alone: pair k of the endless sequence of epochs is a function of the
seed and k. An epoch has every scene ``pairs_per_scene`` times, in an order of its own. How the sequence is
shared among processes, and broken files, are the loader's (``recam.data.pair_loader``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from recam.camera import Intrinsics
from recam.camera.poses import FloatArray
from recam.data.views import SceneViews, Views, Window
from recam.errors import DatasetError, InputError

_ORDER, _TARGETS, _PAIR = range(3)  # what is drawn, so that no two draws use the same numbers


@dataclass(frozen=True)
class PairSettings:
    """Which two views of a scene make a pair."""

    seed: int = 0
    """Pair k of a seed never changes."""
    still_source: float = 0.0
    """Probability that the source is a camera that stands still, where the scene has one; else any camera."""
    same_camera: bool = False
    """Whether the source may be the target's own camera."""
    pairs_per_scene: int = 1
    """Pairs of each scene in an epoch; up to the number of cameras, each has a target of its own."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"seed={self.seed} must be 0 or more")
        if not 0 <= self.still_source <= 1:
            raise InputError(f"still_source={self.still_source} must be a probability, 0 to 1")
        if self.pairs_per_scene < 1:
            raise InputError(f"pairs_per_scene={self.pairs_per_scene} must be 1 or more")


@dataclass(frozen=True)
class Pair:
    """Two views of one scene, at the same moments and through the same part of the picture.

    Attributes:
        source, target: video float32 [3, F, H, W] in [-1, 1], or latents float32 [C, f, h, w].
        source_poses, target_poses: float64 [F, 3, 4], camera-to-world, OpenCV axes, metres, relative to the
            source's first camera: the source's begin with no motion, the target's may start elsewhere.
        temporal_stride: latent frame i carries the pose of frame ``temporal_stride * i``.
        lens: of both views, in pixels of the cut and resized picture; None where it is not known.
        caption: of the target's video.
        moves: kinds of the source's and the target's move; "" where not known.
        scene, cameras: names of the scene and of the source's and the target's camera.
        window: which frames and which part of the picture.
    """

    source: Tensor
    target: Tensor
    source_poses: FloatArray
    target_poses: FloatArray
    temporal_stride: int
    lens: Intrinsics | None
    caption: str
    moves: tuple[str, str]
    scene: str
    cameras: tuple[str, str]
    window: Window

    @property
    def camera(self) -> Tensor:
        """float32 [f, 12]: the target's poses of every latent frame, as the model takes them."""
        return self._rows(self.target_poses)

    @property
    def source_camera(self) -> Tensor:
        """float32 [f, 12]: the source's own motion, likewise."""
        return self._rows(self.source_poses)

    @property
    def tan_half_fov(self) -> tuple[float, float] | None:
        """Tangents of half the horizontal and vertical field of view, of a centred lens; None if unknown."""
        lens = self.lens
        return None if lens is None else (lens.width / (2 * lens.fx), lens.height / (2 * lens.fy))

    def _rows(self, poses: FloatArray) -> Tensor:
        return torch.from_numpy(poses[:: self.temporal_stride].reshape(-1, 12).astype(np.float32))


@dataclass(frozen=True)
class PairBatch:
    """Pairs, stacked.

    Attributes:
        target, source: latents [B, C, f, h, w] or video [B, 3, F, H, W].
        camera: [B, f, 12], the target's poses relative to the source's first camera.
        captions: B texts.
        source_camera: [B, f, 12], the source's own motion.
        tan_half_fov: float32 [B, 2], horizontal and vertical; not a number where the lens is not known.
        scenes: names of the B scenes.
    """

    target: Tensor
    source: Tensor
    camera: Tensor
    captions: list[str]
    source_camera: Tensor | None = None
    tan_half_fov: Tensor | None = None
    scenes: tuple[str, ...] = ()


def collate_pairs(pairs: Sequence[Pair]) -> PairBatch:
    """Stack pairs of equal sizes."""
    unknown = (float("nan"), float("nan"))
    return PairBatch(
        target=torch.stack([pair.target for pair in pairs]),
        source=torch.stack([pair.source for pair in pairs]),
        camera=torch.stack([pair.camera for pair in pairs]),
        captions=[pair.caption for pair in pairs],
        source_camera=torch.stack([pair.source_camera for pair in pairs]),
        tan_half_fov=torch.tensor([pair.tan_half_fov or unknown for pair in pairs]),
        scenes=tuple(pair.scene for pair in pairs),
    )


def load_pair(
    views: Views, number: int, source: str, target: str, draws: np.random.Generator | None = None
) -> Pair:
    """The pair of the cameras ``source`` and ``target`` of the scene ``views.names[number]``.

    Args:
        draws: for the start and the crop, where they are to be drawn.

    Raises:
        FileError: a file of the scene is missing or damaged (its path is named).
    """
    scene = views.scene(number)
    window = views.window(number, source, draws or np.random.default_rng(0))
    poses = {name: views.poses(number, name, window) for name in (source, target)}
    first = poses[source][0]
    return Pair(
        source=views.load(number, source, window),
        target=views.load(number, target, window),
        source_poses=poses[source].relative_to(first).matrices[:, :3],
        target_poses=poses[target].relative_to(first).matrices[:, :3],
        temporal_stride=views.temporal_stride,
        lens=views.lens(number, target, window),
        caption=scene.captions.get(target, ""),
        moves=(scene.moves.get(source, ""), scene.moves.get(target, "")),
        scene=scene.name,
        cameras=(source, target),
        window=window,
    )


class PairDataset(Dataset[Pair]):
    """Pair k of the endless sequence of epochs; ``len`` is that of one epoch.

    Any sampler of torch's may ask for pairs 0 to ``len - 1`` (epoch 0); ``PairLoader`` goes on through the
    epochs, pair k being pair ``k % len`` of epoch ``k // len``.

    Args:
        views: decoded videos (``VideoViews``) or a latent cache (``LatentViews``).
        settings: which views make a pair.

    Raises:
        InputError: there are no scenes.
    """

    def __init__(self, views: Views, settings: PairSettings | None = None) -> None:
        if not views.names:
            raise InputError("there are no scenes to make pairs of")
        self.views, self.settings = views, settings or PairSettings()
        self._order: tuple[int, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.views.names) * self.settings.pairs_per_scene

    def place(self, number: int) -> tuple[int, int, int]:
        """(epoch, scene, which of the scene's pairs) of pair ``number``; nothing is read."""
        epoch, position = divmod(number, len(self))
        if self._order is None or self._order[0] != epoch:
            draws = np.random.default_rng((self.settings.seed, _ORDER, epoch))
            self._order = (epoch, draws.permutation(len(self)))
        scene, turn = divmod(int(self._order[1][position]), self.settings.pairs_per_scene)
        return epoch, scene, turn

    def __getitem__(self, number: int) -> Pair:
        """Pair ``number`` of the endless sequence.

        Raises:
            IndexError: below 0.
            FileError: a file of its scene is missing or damaged, or the scene has too few cameras.
        """
        if number < 0:
            raise IndexError(number)
        epoch, scene, turn = self.place(number)
        seeds = (self.settings.seed, _PAIR, epoch, scene, turn)
        draws = np.random.default_rng(seeds)
        source, target = self._cameras(self.views.scene(scene), epoch, scene, turn, draws)
        return load_pair(self.views, scene, source, target, draws)

    def _cameras(
        self, scene: SceneViews, epoch: int, number: int, turn: int, draws: np.random.Generator
    ) -> tuple[str, str]:
        names = scene.cameras
        if len(names) < (1 if self.settings.same_camera else 2):
            raise DatasetError(scene.place, f"has {len(names)} cameras; a pair needs two")
        targets = np.random.default_rng((self.settings.seed, _TARGETS, epoch, number)).permutation(len(names))
        target = names[targets[turn % len(names)]]
        sources = [name for name in names if name != target or self.settings.same_camera]
        if draws.random() < self.settings.still_source:
            sources = [name for name in sources if name in scene.still_cameras] or sources
        return sources[draws.integers(len(sources))], target
