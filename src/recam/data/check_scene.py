"""Checking one scene of a data set: every file that is bad, by name, with its reason."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recam.camera import Poses
from recam.camera.formats import read_cameras
from recam.data.check_clip import Bad, Clip, check_clip
from recam.data.check_moves import check_moves
from recam.data.check_records import check_copies, check_maps, check_record
from recam.data.index import DatasetIndex, IndexedScene
from recam.errors import FileError

_MAX_ROLL, _MAX_PITCH = 20.0, 80.0  # degrees; the set's cameras are level, at most 45 + 30 up or down


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    scene: str
    file: str
    """Relative to the data set's root."""
    kind: str
    """One word to count by: missing, video, frames, rate, size, cameras, axes, swapped, copy, black, flat,
    frozen, caption, description, maps or checksum."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


@dataclass
class SceneResult:
    """What the check of one scene found."""

    scene: str
    videos: int = 0
    frames: int = 0
    clip: Clip | None = None
    """What most of its videos are."""
    problems: list[Problem] = field(default_factory=list)


def check_scene(
    index: DatasetIndex, name: str, num_cameras: int | None, record: dict[str, Any] | None
) -> SceneResult:
    """Decode every video of a scene and compare it with what it should be.

    For the arguments see :func:`recam.data.check.check_dataset`; ``record`` is the scene's line of an index.
    """
    result = SceneResult(name)
    try:
        scene = index.scene(name)
    except FileError as error:
        result.problems.append(Problem(name, index.relative(error.path), "description", error.reason))
        return result

    def bad(path: Path, kind: str, reason: str) -> None:
        file = index.relative(path)
        if kind != "missing" or not any((p.kind, p.file) == (kind, file) for p in result.problems):
            result.problems.append(Problem(name, file, kind, reason))

    poses: dict[str, Poses] = {}
    try:
        poses = dict(read_cameras(scene.files.camera_path).cameras)
    except FileError as error:
        bad(scene.files.camera_path, "cameras", error.reason)
    _check_names(index, scene, poses, num_cameras, bad)
    if index.layout != "clips":
        _check_axes(scene, poses, bad)
        check_moves(scene, poses, bad)
    check_copies(scene, poses, bad)
    clips: dict[str, Clip] = {}
    for camera, path in scene.files.videos.items():
        try:
            clips[camera] = check_clip(path, poses.get(camera), bad)
            result.frames += clips[camera].frames
        except FileError as error:
            bad(path, "video", error.reason)
        if not scene.captions[camera]:
            bad(path, "caption", "has no caption")
    result.videos = len(scene.files.videos)
    result.clip = _check_agreement(scene, poses, clips, bad)
    check_maps(scene, clips, bad)
    check_record(index, scene, record, bad)
    return result


def _check_names(
    index: DatasetIndex, scene: IndexedScene, poses: dict[str, Poses], num_cameras: int | None, bad: Bad
) -> None:
    """Every camera has a video and poses."""
    videos = scene.files.videos
    expected = dict.fromkeys(poses)
    if index.layout != "clips" and num_cameras is not None:
        expected |= dict.fromkeys(f"cam{number:02d}" for number in range(1, num_cameras + 1))
    folder = next(iter(videos.values())).parent if videos else scene.files.folder / "videos"
    if not videos and index.layout == "clips":
        folder = scene.files.folder
    for camera in expected:
        if camera not in videos:
            bad(folder / f"{camera}.mp4", "missing", f"no video for camera {camera}")
    lacking = [camera for camera in {**expected, **videos} if camera not in poses]
    if poses and lacking:
        bad(
            scene.files.camera_path,
            "cameras",
            f"has no poses for {', '.join(lacking)}; it has {', '.join(poses)}",
        )


def _check_axes(scene: IndexedScene, poses: dict[str, Poses], bad: Bad) -> None:
    """In the published layout y points down in the world, and cameras are level: else the axes are others."""
    for camera, path in poses.items():
        right, down = path.rotations[0][:, 0], path.rotations[0][:, 1]
        roll = math.degrees(math.asin(float(np.clip(right[1], -1, 1))))
        if abs(roll) > _MAX_ROLL or down[1] < math.cos(math.radians(_MAX_PITCH)):
            return bad(
                scene.files.camera_path,
                "axes",
                f"camera {camera} starts rolled by {roll:.0f} degrees or upside down; those of this layout "
                "are level, so the file's axes are probably not Unreal Engine's",
            )


def _check_agreement(
    scene: IndexedScene, poses: dict[str, Poses], clips: dict[str, Clip], bad: Bad
) -> Clip | None:
    """Synchronised clips are equally long, fast and large; what most are is what all should be."""
    if not clips:
        return None
    usual = Counter(clips.values()).most_common(1)[0][0]
    for camera, clip in clips.items():
        path = scene.files.videos[camera]
        told = camera in poses and len(poses[camera]) != clip.frames  # as too few or many for its poses
        if clip.frames != usual.frames and not told:
            bad(path, "frames", f"has {clip.frames} frames; the other cameras have {usual.frames}")
        if clip.rate != usual.rate:
            bad(path, "rate", f"has {float(clip.rate):g} frames a second; the others {float(usual.rate):g}")
        if (clip.width, clip.height) != (usual.width, usual.height):
            bad(path, "size", f"is {clip.width}x{clip.height}; the others are {usual.width}x{usual.height}")
    return usual
