"""A world that needs no renderer: pictures of a gradient that slides, drawn by hand."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recam.camera import Poses
from recam.worlds.settings import BeforeMoment, Film, WorldSettings

CAMERAS = ("cam01", "cam02")


@dataclass(frozen=True)
class HandMade(WorldSettings):
    """Two cameras a scene; odd scenes have another lens."""

    size: int = 32
    num_frames: int = 5
    seconds: float = 0.0
    """That the filming of a scene takes."""
    black: tuple[int, ...] = ()
    """Scenes whose pictures are always black."""
    falters: str = ""
    """A folder: each scene's first film (of all runs) is black, and noted there."""

    @property
    def lens_folders(self) -> tuple[str, ...]:
        return ("f24_aperture5", "f35_aperture2.4")

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def film(self, number: int, before_moment: BeforeMoment | None = None) -> Film:
        for _ in range(round(self.seconds / 0.02)):
            time.sleep(0.02)
            if before_moment:
                before_moment()
        film = hand_made(number, self.num_frames, self.size)
        first = bool(self.falters) and not (Path(self.falters) / f"{number}").exists()
        if first:
            (Path(self.falters) / f"{number}").touch()
        if first or number in self.black:
            film.frames[1] = 0
        return film


def hand_made(number: int, num_frames: int = 5, size: int = 32, maps: bool = False) -> Film:
    """A film of two cameras that walk apart; with ``maps`` depth (and sky) and masks too."""
    rows, columns = np.mgrid[:size, :size] / size
    times = np.arange(num_frames)[:, None, None]
    slides = [columns + rows + (1 + index) * times / 8 + number / 7 for index in range(len(CAMERAS))]
    frames = np.stack(
        [np.stack([(slide + shade) % 1 for shade in (0, 0.3, 0.6)], axis=-1) for slide in slides]
    )
    cameras = {}
    for index, name in enumerate(CAMERAS):
        matrices = np.tile(np.eye(4), (num_frames, 1, 1))
        matrices[:, :3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]  # looks north, level
        matrices[:, :3, 3] = 0.0, number, 1.5
        matrices[:, 0, 3] += 0.1 * (1 - 2 * index) * np.arange(num_frames)
        cameras[name] = Poses(matrices)
    depth = masks = None
    if maps:
        depth = np.linspace(0.5, 80, frames[..., 0].size, dtype=np.float32).reshape(frames.shape[:-1])
        depth[..., 0, :] = np.inf
        masks = (frames[..., 0] > 0.5).astype(np.uint8)
    lens = ("f24_aperture5", "f35_aperture2.4")[number % 2]
    description = {"caption": f'A gradient of number {number} slides, "so" it seems.', "lens": lens}
    return Film(lens, cameras, (255 * frames).astype(np.uint8), depth, masks, description)
