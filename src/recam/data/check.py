"""Checking a data set before it is trained on: every file that is bad, by name, with its reason.

What cannot be told from the files of a set that records no checksums: two clips of equal length swapped
between two cameras of a scene, and a flipped byte that decodes to other pictures without an error. Both are
found against an index with checksums (``recam data index --checksums``), as are scenes that are gone; the
scenes of ``recam world render`` record their own.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

from recam.data.check_clip import Clip
from recam.data.check_scene import Problem, SceneResult, check_scene
from recam.data.index import VIDEO_SUFFIXES, DatasetIndex
from recam.parallel import run_side_by_side

NUM_CAMERAS = 10


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


@dataclass(frozen=True)
class _Task:
    """What a worker needs to know."""

    index: DatasetIndex
    num_cameras: int | None
    against: dict[str, dict[str, Any]]

    def check(self, number: int) -> SceneResult:
        name = self.index.names[number]
        return check_scene(self.index, name, self.num_cameras, self.against.get(name))


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
        workers: processes that check scenes side by side; a script that asks for more than one guards its
            start with ``if __name__ == "__main__"``.
        on_scene: called with the number of scenes done.

    Raises:
        MachineError: a worker died.
    """
    report = Report()
    clips: dict[int, Clip] = {}
    problems: dict[int, list[Problem]] = {}
    for number, result in _results(_Task(index, num_cameras, against or {}), workers):
        report.scenes += 1
        report.videos += result.videos
        report.frames += result.frames
        if result.problems:
            problems[number] = result.problems
        if result.clip is not None:
            clips[number] = result.clip
        if on_scene:
            on_scene(report.scenes)
    report.problems += [problem for number in sorted(problems) for problem in problems[number]]
    if index.layout != "clips":  # users' own scenes may be filmed differently
        report.problems += _odd_scenes({index.names[number]: clips[number] for number in sorted(clips)})
    report.problems += list(_captions_of_nothing(index, report.problems))
    for name in sorted(set(against or {}) - set(index.names)):
        report.problems.append(Problem(name, name, "missing", "the index has this scene; its folder is gone"))
    return report


def _results(task: _Task, workers: int) -> Iterator[tuple[int, SceneResult]]:
    """(number of the scene, result) as they are done; other processes read the task, which is large, once."""
    numbers = range(len(task.index.names))
    if min(workers, len(numbers)) <= 1:
        yield from ((number, task.check(number)) for number in numbers)
        return
    with tempfile.TemporaryDirectory(prefix="recam-check-") as folder:
        path = Path(folder) / "task"
        path.write_bytes(pickle.dumps(task))
        with closing(run_side_by_side(partial(_check, path), numbers, workers)) as results:
            yield from results


def _check(task: Path, number: int) -> SceneResult:
    return _read_task(task).check(number)


@cache
def _read_task(path: Path) -> _Task:
    return pickle.loads(path.read_bytes())


def _odd_scenes(clips: dict[str, Clip]) -> Iterator[Problem]:
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
    names = set(index.names)
    for key in index.captions.texts:
        if PurePosixPath(key).suffix.lower() not in VIDEO_SUFFIXES:
            continue
        places = (key, f"train/{key}")  # as the published training code reads it
        if any((index.root / place).exists() or place in missing for place in places):
            continue
        scene = PurePosixPath(key).parent
        scene = scene.parent if scene.name == "videos" else scene
        name = next((n for n in (f"{scene}", f"train/{scene}") if n in names), None)
        if name is None:
            gone[f"{scene}"] += 1
        else:
            yield Problem(name, key, "missing", f"{source} has a caption for it; there is no such video")
    for name, count in gone.items():
        videos = f"{count} of its videos" if count > 1 else "its video"
        yield Problem(name, name, "missing", f"{source} has captions for {videos}; there is no such scene")
