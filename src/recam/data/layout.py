"""The published data set's folder layout, read strictly.

ROOT/train/<lens>/sceneN/{videos/camNN.mp4, cameras/camera_extrinsics.json, scene.json}
ROOT/val/10basic_trajectories/<lens>/sceneN/...
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recam.camera import Poses
from recam.camera.formats import read_cameras
from recam.errors import DatasetError

Split = Literal["train", "val"]
SPLIT_FOLDERS: dict[Split, Path] = {"train": Path("train"), "val": Path("val") / "10basic_trajectories"}
"""Where the scenes of a split lie below the root of a data set."""


@dataclass(frozen=True)
class SceneFiles:
    """The files of one scene: ``videos`` by camera name, in the order of the names."""

    folder: Path
    lens: str
    caption: str
    videos: dict[str, Path]
    description: dict[str, Any]

    @property
    def camera_names(self) -> tuple[str, ...]:
        return tuple(self.videos)

    def read_poses(self) -> dict[str, Poses]:
        """Every camera's poses in one world.

        Raises:
            CameraFileError: the camera file is missing or broken.
            DatasetError: a video has no camera.
        """
        path = self.folder / "cameras" / "camera_extrinsics.json"
        cameras = read_cameras(path).cameras
        lacking = [name for name in self.videos if name not in cameras]
        if lacking:
            raise DatasetError(path, f"has no poses for {', '.join(lacking)}")
        return {name: cameras[name] for name in self.videos}


def find_scenes(root: str | os.PathLike[str], split: Split, limit: int | None = None) -> list[SceneFiles]:
    """All scenes of a split, in the order of their numbers.

    Raises:
        DatasetError: no such folder, no scenes in it, or a scene that lacks videos or its description.
    """
    base = Path(root) / SPLIT_FOLDERS[split]
    if not base.is_dir():
        raise DatasetError(base, "no such folder; render a world with `recam world render` first")
    folders = sorted(
        (path for path in base.glob("*/scene*") if path.is_dir() and re.fullmatch(r"scene\d+", path.name)),
        key=lambda path: (path.parent.name, int(path.name[5:])),
    )
    if not folders:
        raise DatasetError(base, "holds no <lens>/sceneN folders")
    return [_read_scene(folder) for folder in folders[:limit]]


def _read_scene(folder: Path) -> SceneFiles:
    description = folder / "scene.json"
    try:
        facts = json.loads(description.read_text())
        caption = str(facts["caption"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(description, f"cannot be read as a scene's description: {error!r}") from error
    videos = {path.stem: path for path in sorted((folder / "videos").glob("cam*.mp4"))}
    if not videos:
        raise DatasetError(folder, "has no videos/camNN.mp4")
    return SceneFiles(folder, folder.parent.name, caption, videos, facts)
