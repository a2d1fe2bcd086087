"""One index for every kind of data set: the published one, rendered worlds, and users' own clips.

A root with ``train`` or ``val/10basic_trajectories`` is in the published layout (see ``layout``). Any other
root holds users' own synchronised clips: it is a scene itself, or its folders are. A scene has its videos in
``videos/`` or beside its camera file, which is ``cameras.*``, the one file in ``cameras/``, or that folder
itself (COLMAP), in any format of ``recam.camera.formats``. Cameras are called as their videos are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from recam.camera.formats import holds_cameras, read_cameras
from recam.data.captions import Captions, load_captions
from recam.data.layout import (
    CAMERA_FILE,
    SPLIT_FOLDERS,
    SceneFiles,
    read_description,
    scene_folders,
    scene_videos,
)
from recam.errors import DatasetError, FileError
from recam.files import atomic_file

Layout = Literal["published", "world", "clips"]
VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi")
_LENS = re.compile(r"f(\d+(?:\.\d+)?)_aperture(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class IndexedScene:
    """One scene of an index."""

    name: str
    """Path of its folder relative to the root, with slashes; "." where the root is the scene."""
    split: str
    """``train``, ``val``, or "" for users' own clips."""
    files: SceneFiles
    captions: dict[str, str]
    """By camera name; "" where there is none."""

    @property
    def focal_mm(self) -> float | None:
        """Focal length by the lens's folder, in millimetres on the published set's 23.76 mm sensor."""
        named = _LENS.fullmatch(self.files.lens)
        return float(named[1]) if named else None


@dataclass(frozen=True)
class DatasetIndex:
    """The scenes of a data set, read one by one: memory does not grow with the videos."""

    root: Path
    layout: Layout
    names: tuple[str, ...]
    """Scenes, in order of split, lens and number."""
    captions: Captions

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[IndexedScene]:
        return (self.scene(name) for name in self.names)

    def scene(self, name: str) -> IndexedScene:
        """The files of one scene as they are; videos and cameras may lack, and are not opened.

        Raises:
            DatasetError: a scene.json that cannot be read, or videos whose names collide.
        """
        folder = self.root / name
        facts = read_description(folder) if (folder / "scene.json").exists() else {}
        if self.layout == "clips":
            videos, camera_file, lens, split = _own_videos(folder), _own_camera_file(folder), "", ""
        else:
            videos, camera_file = scene_videos(folder), folder / CAMERA_FILE
            split = name.split("/")[0]
            lens = folder.parent.name if _LENS.fullmatch(folder.parent.name) else ""
        caption = str(facts.get("caption", ""))
        files = SceneFiles(folder, lens, caption, videos, facts, camera_file)
        texts = {
            camera: self.captions.find(self.relative(video), name) or caption
            for camera, video in videos.items()
        }
        return IndexedScene(name, split, files, texts)

    def relative(self, path: Path) -> str:
        """``path`` as the index writes it: relative to the root, with slashes."""
        return path.relative_to(self.root).as_posix()

    def record(self, scene: IndexedScene, checksums: bool = False) -> dict[str, Any]:
        """What a line of the index file says of a scene.

        Args:
            checksums: add ``files``: bytes and SHA-256 of every video, the camera file and scene.json.

        Raises:
            FileError: the cameras or a file cannot be read.
        """
        poses = {name: len(poses) for name, poses in read_cameras(scene.files.camera_path).cameras.items()}
        record: dict[str, Any] = {
            "scene": scene.name,
            "split": scene.split,
            "lens": scene.files.lens or None,
            "focal_mm": scene.focal_mm,
            "camera_file": self.relative(scene.files.camera_path),
            "videos": {name: self.relative(path) for name, path in scene.files.videos.items()},
            "frames": poses,
            "captions": scene.captions,
        }
        if checksums:
            record["files"] = {self.relative(path): fingerprint(path) for path in checked_files(scene)}
        return record


@dataclass
class Counts:
    """What an index holds."""

    scenes: int = 0
    videos: int = 0
    frames: int = 0
    """Poses of all cameras; each should have a frame of a video."""
    captions: int = 0
    """Videos that have one."""
    lenses: Counter[str] = field(default_factory=Counter)
    """Scenes by lens folder; "unknown" where none is named."""
    splits: Counter[str] = field(default_factory=Counter)
    cameras: Counter[int] = field(default_factory=Counter)
    """Scenes by number of cameras."""
    unreadable: list[str] = field(default_factory=list)
    """Scenes that cannot be indexed and why, each one line."""

    def add(self, record: dict[str, Any]) -> None:
        """Count one scene's record."""
        self.scenes += 1
        self.videos += len(record["videos"])
        self.frames += sum(record["frames"].values())
        self.captions += sum(bool(text) for text in record["captions"].values())
        self.lenses[record["lens"] or "unknown"] += 1
        self.splits[record["split"] or "own clips"] += 1
        self.cameras[len(record["frames"])] += 1


def open_index(root: str | os.PathLike[str], captions: str | os.PathLike[str] | None = None) -> DatasetIndex:
    """Find the scenes of a data set of any kind and read its captions; no video or camera file is opened.

    Args:
        root: the folder that holds ``train`` or ``val``, or a folder of users' own clips.
        captions: a caption file; default: the one in ``root`` (see ``load_captions``).

    Raises:
        DatasetError: no such folder, nothing in it that could be a scene, or a broken caption file.
    """
    root = Path(root)
    if not root.is_dir():
        raise DatasetError(root, "no such folder; give the folder that holds train or val, or your own clips")
    folders: list[Path] = []
    for base in (root / place for place in SPLIT_FOLDERS.values()):
        single = any((base / part).is_dir() for part in ("videos", "cameras"))
        folders += [base] if single else scene_folders(base)
    layout: Layout = "published"
    if folders:
        layout = "world" if (root / "world.json").exists() else "published"
    else:
        if (root / "train").is_dir():
            raise DatasetError(root / "train", "holds no <lens>/sceneN folders")
        layout, folders = "clips", _own_scenes(root)
    names = tuple(folder.relative_to(root).as_posix() for folder in folders)
    return DatasetIndex(root, layout, names, load_captions(root, captions))


def count_scenes(
    index: DatasetIndex,
    output: str | os.PathLike[str] | None = None,
    checksums: bool = False,
    on_scene: Callable[[int], None] | None = None,
) -> Counts:
    """Go through all scenes, count, and write a JSON line for each into ``output``.

    Scenes that cannot be read get no line; ``Counts.unreadable`` names them.

    Raises:
        OutputError: ``output`` cannot be written.
    """
    counts = Counts()

    def records() -> Iterator[dict[str, Any]]:
        for number, name in enumerate(index.names, start=1):
            try:
                record = index.record(index.scene(name), checksums)
            except FileError as error:
                counts.unreadable.append(str(error))
            else:
                counts.add(record)
                yield record
            if on_scene:
                on_scene(number)

    if output is None:
        for _ in records():
            pass
        return counts
    with atomic_file(output) as temporary, temporary.open("w", encoding="utf-8") as file:
        for record in records():
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return counts


def read_records(path: str | os.PathLike[str]) -> dict[str, dict[str, Any]]:
    """The lines of an index file by scene.

    Raises:
        DatasetError: the file cannot be read, or is no index.
    """
    path = Path(path)
    records: dict[str, dict[str, Any]] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                record = json.loads(line)
                if not _is_record(record):
                    raise DatasetError(path, f"line {number} is no scene of `recam data index`")
                records[record["scene"]] = record
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(path, f"is no index of `recam data index` ({error})") from error
    return records


def _is_record(record: object) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("scene"), str):
        return False
    videos, files = record.get("videos"), record.get("files", {})
    if not isinstance(videos, dict) or not isinstance(files, dict):
        return False
    paths = [*videos.values(), *files]
    return all(isinstance(path, str) and not Path(path).is_absolute() for path in paths)


def checked_files(scene: IndexedScene) -> list[Path]:
    """The files that checksums are about: videos, cameras (all files of a folder), scene.json."""
    cameras = scene.files.camera_path
    found = sorted(path for path in cameras.rglob("*") if path.is_file()) if cameras.is_dir() else [cameras]
    description = scene.files.folder / "scene.json"
    return [*scene.files.videos.values(), *found, *([description] if description.exists() else [])]


def fingerprint(path: Path) -> dict[str, Any]:
    """Bytes and SHA-256 of a file.

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return {
                "bytes": os.fstat(file.fileno()).st_size,
                "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
            }
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {(error.strerror or str(error)).lower()}") from error


def _own_scenes(root: Path) -> list[Path]:
    if _looks_own(root):
        return [root]
    folders = [
        path
        for path in sorted(root.iterdir())
        if path.is_dir() and not path.name.startswith(".") and _looks_own(path)
    ]
    if not folders:
        raise DatasetError(
            root,
            "holds no scenes: neither train/<lens>/sceneN folders nor videos with a camera file (cameras.*)",
        )
    return folders


def _looks_own(folder: Path) -> bool:
    """Whether a folder has videos or a camera file; a scene that lost one of them still is one."""
    return bool(_video_files(folder)) or _own_camera_file(folder).exists()


def _video_files(folder: Path) -> list[Path]:
    place = folder / "videos" if (folder / "videos").is_dir() else folder
    return sorted(
        path for path in place.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()
    )


def _own_videos(folder: Path) -> dict[str, Path]:
    videos: dict[str, Path] = {}
    for path in _video_files(folder):
        if path.stem in videos:
            raise DatasetError(
                path, f"and {videos[path.stem].name} would both be camera {path.stem}; rename one"
            )
        videos[path.stem] = path
    return videos


def _own_camera_file(folder: Path) -> Path:
    """``cameras.*``, the folder ``cameras`` or the one file in it; if none is there, where it could be."""
    named = sorted(path for path in folder.glob("cameras.*") if path.is_file())
    if len(named) == 1:
        return named[0]
    inside = folder / "cameras"
    if not named and inside.is_dir() and not holds_cameras(inside):
        files = sorted(path for path in inside.iterdir() if path.is_file() and not path.name.startswith("."))
        if len(files) == 1:
            return files[0]
    return inside if inside.is_dir() else folder / "cameras.json"
