"""Checking a data set before it is trained on: every file that is bad, by name, with its reason.

What cannot be told from the files alone: two clips of equal length swapped between two cameras of a scene,
and a flipped byte that decodes to other pictures without an error. Both are found against an index with
checksums (``recam data index --checksums``), as are scenes that are gone.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from recam.camera import Poses
from recam.camera.formats import read_cameras
from recam.data.check_clip import Bad, Clip, check_clip
from recam.data.check_moves import check_moves
from recam.data.index import VIDEO_SUFFIXES, DatasetIndex, IndexedScene, checked_files, fingerprint
from recam.errors import FileError

NUM_CAMERAS = 10
_MAX_ROLL, _MAX_PITCH = 20.0, 80.0  # degrees; the set's cameras are level, at most 45 + 30 up or down


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    scene: str
    file: str
    """Relative to the data set's root."""
    kind: str
    """One word to count by: missing, video, frames, rate, size, cameras, axes, swapped, copy, black, flat,
    frozen, caption, description or checksum."""
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


@dataclass
class Report:
    """What the check of a data set found; grows with what is bad, not with what is there."""

    scenes: int = 0
    videos: int = 0
    frames: int = 0
    """Decoded."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.problems

    @property
    def bad_scenes(self) -> list[str]:
        """Names of the scenes that have a problem, each once."""
        return list(dict.fromkeys(problem.scene for problem in self.problems))

    def by_kind(self) -> dict[str, int]:
        return dict(Counter(problem.kind for problem in self.problems).most_common())


def check_dataset(
    index: DatasetIndex,
    *,
    num_cameras: int | None = NUM_CAMERAS,
    against: dict[str, dict[str, Any]] | None = None,
    workers: int = 1,
    on_scene: Callable[[int], None] | None = None,
) -> Report:
    """Decode every video of every scene, frame by frame, and compare it with what it should be.

    Args:
        num_cameras: cameras ``cam01`` ... that every scene of the published layout must have; None: whatever
            its camera file names. Users' own clips are always held to their camera file.
        against: records of an index (``read_records``); those with ``files`` are compared by checksum.
        workers: scenes that are read side by side, in threads (decoding runs outside Python's lock).
        on_scene: called with the number of scenes done.
    """
    report = Report()
    clips: dict[str, Clip] = {}
    stop = threading.Event()

    def work(name: str) -> SceneResult:
        return _check_scene(index, name, num_cameras, (against or {}).get(name), stop)

    for result in _side_by_side(work, index.names, workers, stop):
        report.scenes += 1
        report.videos += result.videos
        report.frames += result.frames
        report.problems += result.problems
        if result.clip is not None:
            clips[result.scene] = result.clip
        if on_scene:
            on_scene(report.scenes)
    if index.layout != "clips":  # users' own scenes may be filmed differently
        report.problems += _odd_scenes(index, clips)
    report.problems += _captions_of_nothing(index, report.problems)
    for name in sorted(set(against or {}) - set(index.names)):
        report.problems.append(Problem(name, name, "missing", "the index has this scene; its folder is gone"))
    return report


def _side_by_side(
    work: Callable[[str], SceneResult], names: tuple[str, ...], workers: int, stop: threading.Event
) -> Generator[SceneResult]:
    """Results in order, a few scenes ahead of the caller at most."""
    with ThreadPoolExecutor(max(1, workers)) as pool:
        ahead: deque[Future[SceneResult]] = deque()
        try:
            for name in names:
                ahead.append(pool.submit(work, name))
                if len(ahead) > 2 * workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            stop.set()  # after Ctrl-C: a scene ends with the frame that it is at
            pool.shutdown(wait=True, cancel_futures=True)


def _check_scene(
    index: DatasetIndex,
    name: str,
    num_cameras: int | None,
    record: dict[str, Any] | None,
    stop: threading.Event,
) -> SceneResult:
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
    _check_copies(scene, poses, bad)
    clips: dict[str, Clip] = {}
    for camera, path in scene.files.videos.items():
        if stop.is_set():
            return result
        try:
            clips[camera] = check_clip(path, poses.get(camera), bad, stop)
            result.frames += clips[camera].frames
        except FileError as error:
            bad(path, "video", error.reason)
        if not scene.captions[camera]:
            bad(path, "caption", "has no caption")
    result.videos = len(scene.files.videos)
    result.clip = _check_agreement(scene, poses, clips, bad)
    if record is not None:
        _check_record(index, scene, record, bad)
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


def _check_copies(scene: IndexedScene, poses: dict[str, Poses], bad: Bad) -> None:
    """No two cameras of different poses have the same file."""
    sizes: dict[int, list[str]] = {}
    for camera, path in scene.files.videos.items():
        if path.exists():
            sizes.setdefault(path.stat().st_size, []).append(camera)
    for cameras in (cameras for cameras in sizes.values() if len(cameras) > 1):
        seen: dict[str, str] = {}
        for camera in cameras:
            try:
                digest = fingerprint(scene.files.videos[camera])["sha256"]
            except FileError:  # decoding says so by name
                continue
            first = seen.setdefault(digest, camera)
            if first == camera or poses.get(first) is None or poses.get(camera) is None:
                continue
            if poses[first] != poses[camera]:
                bad(
                    scene.files.videos[camera],
                    "copy",
                    f"is the same file as {scene.files.videos[first].name}, whose camera moves differently",
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


def _odd_scenes(index: DatasetIndex, clips: dict[str, Clip]) -> Iterator[Problem]:
    """Scenes that are filmed otherwise than most of their split."""
    for split in sorted({name.split("/")[0] for name in clips}):
        scenes = {name: clip for name, clip in clips.items() if name.split("/")[0] == split}
        usual, count = Counter(scenes.values()).most_common(1)[0]
        for name, clip in scenes.items():
            if clip != usual:
                reason = f"has {clip}; {count} of {len(scenes)} scenes of {split} have {usual}"
                yield Problem(name, name, "size" if clip.frames == usual.frames else "frames", reason)


def _captions_of_nothing(index: DatasetIndex, told: list[Problem]) -> Iterator[Problem]:
    """Videos that the caption file names and that are not there; one problem for a scene that is gone."""
    source = index.captions.source.name if index.captions.source else ""
    missing = {problem.file for problem in told if problem.kind == "missing"}
    gone: Counter[str] = Counter()
    for key in index.captions.texts:
        if PurePosixPath(key).suffix.lower() not in VIDEO_SUFFIXES:
            continue
        places = (key, f"train/{key}")  # as the published training code reads it
        if any((index.root / place).exists() or place in missing for place in places):
            continue
        scene = PurePosixPath(key).parent
        scene = scene.parent if scene.name == "videos" else scene
        name = next((n for n in (f"{scene}", f"train/{scene}") if n in index.names), None)
        if name is None:
            gone[f"{scene}"] += 1
        else:
            yield Problem(name, key, "missing", f"{source} has a caption for it; there is no such video")
    for name, count in gone.items():
        videos = f"{count} of its videos" if count > 1 else "its video"
        yield Problem(name, name, "missing", f"{source} has captions for {videos}; there is no such scene")


def _check_record(index: DatasetIndex, scene: IndexedScene, record: dict[str, Any], bad: Bad) -> None:
    """The files are those of an earlier index, byte for byte where it has checksums."""
    known = record.get("files")
    for path in known if isinstance(known, dict) else record.get("videos", {}).values():
        if not (index.root / path).exists():
            bad(index.root / path, "missing", "the index has this file; it is gone")
    if not isinstance(known, dict):
        return
    for path in checked_files(scene):
        recorded = known.get(index.relative(path))
        if not isinstance(recorded, dict) or not path.is_file():
            continue
        try:
            now = fingerprint(path)
        except FileError as error:
            bad(path, "checksum", error.reason)
            continue
        if now != recorded:
            same = next((other for other, entry in known.items() if entry == now), None)
            why = (
                f"now holds what {same} held when it was indexed: files are swapped or copied"
                if same
                else "has changed since it was indexed"
            )
            bad(path, "checksum", why)
