"""The published data set's folder layout: where scenes lie, and rendered worlds read strictly.

ROOT/train/<lens>/sceneN/{videos/camNN.mp4, cameras/camera_extrinsics.json, scene.json}
ROOT/val/10basic_trajectories/<lens>/sceneN/...         rendered worlds
ROOT/val/10basic_trajectories/{videos, cameras}         the published set: one scene, no lens stated

``scene.json`` is recam's own; the published set has none.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from recam.camera import Poses
from recam.camera.formats import CameraSet, read_cameras
from recam.errors import DatasetError

Split = Literal["train", "val"]
SPLIT_FOLDERS: dict[Split, Path] = {"train": Path("train"), "val": Path("val") / "10basic_trajectories"}
"""Where the scenes of a split lie below the root of a data set."""
CAMERA_FILE = Path("cameras") / "camera_extrinsics.json"
"""Where a scene's cameras lie in its folder."""


@dataclass(frozen=True)
class SceneFiles:
    """The files of one scene: ``videos`` by camera name, in the order of the names."""

    folder: Path
    lens: str
    """Name of the lens's folder; "" where it is not known."""
    caption: str
    """As scene.json has it; "" without one."""
    videos: dict[str, Path]
    description: dict[str, Any] = field(default_factory=dict)
    """What scene.json holds."""
    camera_file: Path | None = None
    """File or folder of the cameras, in any format that recam reads; default: the published place."""

    @property
    def camera_path(self) -> Path:
        """The file or folder that holds the cameras (it may be missing)."""
        return self.camera_file or self.folder / CAMERA_FILE

    @property
    def camera_names(self) -> tuple[str, ...]:
        return tuple(self.videos)

    @property
    def moves(self) -> dict[str, str]:
        """The kind of move of every camera, as scene.json has it; "" where it does not say."""
        moves = self.description.get("moves")
        described = moves if isinstance(moves, dict) else {}
        return {
            name: str(move.get("kind", "")) if isinstance(move := described.get(name), dict) else ""
            for name in self.videos
        }

    def read_cameras(self) -> CameraSet:
        """The cameras of the videos, in one world.

        Raises:
            CameraFileError: the camera file is missing or broken.
            DatasetError: a video has no camera.
        """
        found = read_cameras(self.camera_path)
        lacking = [name for name in self.videos if name not in found.cameras]
        if lacking:
            raise DatasetError(self.camera_path, f"has no poses for {', '.join(lacking)}")
        return found.chosen(*self.videos)

    def read_poses(self) -> dict[str, Poses]:
        """Every camera's poses in one world; errors as :meth:`read_cameras`."""
        return dict(self.read_cameras().cameras)


def find_scenes(root: str | os.PathLike[str], split: Split, limit: int | None = None) -> list[SceneFiles]:
    """All scenes of a split, in the order of their numbers.

    Raises:
        DatasetError: no such folder, no scenes in it, or a scene that lacks videos or its description.
    """
    base = Path(root) / SPLIT_FOLDERS[split]
    if not base.is_dir():
        raise DatasetError(base, "no such folder; render a world with `recam world render` first")
    folders = scene_folders(base)
    if not folders:
        raise DatasetError(base, "holds no <lens>/sceneN folders")
    return [_read_scene(folder) for folder in folders[:limit]]


def scene_folders(base: Path) -> list[Path]:
    """The folders ``<lens>/sceneN`` below ``base``, by lens and number; what is being written is left out."""
    return sorted(
        (path for path in base.glob("*/scene*") if path.is_dir() and re.fullmatch(r"scene\d+", path.name)),
        key=lambda path: (path.parent.name, int(path.name[5:])),
    )


def read_description(folder: Path) -> dict[str, Any]:
    """What scene.json says; it holds a caption.

    Raises:
        DatasetError: it is missing, broken or without a caption.
    """
    description = folder / "scene.json"
    try:
        facts = json.loads(description.read_text())
        facts["caption"] = str(facts["caption"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(description, f"cannot be read as a scene's description: {error!r}") from error
    return facts


def scene_videos(folder: Path) -> dict[str, Path]:
    """``videos/camNN.mp4`` by camera name."""
    return {path.stem: path for path in sorted((folder / "videos").glob("cam*.mp4"))}


def _read_scene(folder: Path) -> SceneFiles:
    facts = read_description(folder)
    videos = scene_videos(folder)
    if not videos:
        raise DatasetError(folder, "has no videos/camNN.mp4")
    return SceneFiles(folder, folder.parent.name, facts["caption"], videos, facts)
