"""What a method has to beat: re-shooting by copying the source, and by geometry alone.

- ``source-copy``: the source unchanged. It has perfect pictures and ignores the camera.
- ``plane-warp``: the source as one plane at the distance of its subject (:mod:`recam.draft`). Turns and lens
  changes are exact, moves have the right path and the wrong parallax.
- ``depth-warp``: the source warped by its true depth, which no method is given. What the source shows is
  right; what it does not show is painted with the colours around it.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from recam.camera import CameraPath
from recam.data.suite import Suite, Task
from recam.draft import draft_video, open_depth
from recam.errors import InputError
from recam.video import Video

Baseline = Literal["source-copy", "plane-warp", "depth-warp"]
BASELINES: tuple[str, ...] = get_args(Baseline)
FARTHEST = 0.8
"""Share of the way to the plane that a path may go forwards: for one that goes farther the plane lies
farther."""


def reshoot(baseline: str, suite: Suite, task: Task) -> Video:
    """The video of a baseline for a task, of the true one's size, length and rate.

    Raises:
        InputError: there is no such baseline, or the files of the task do not fit each other.
        VideoFileError, CameraFileError, DepthFileError: a file of the task cannot be read.
    """
    if baseline not in BASELINES:
        raise InputError(f"there is no baseline {baseline!r}; there are {', '.join(BASELINES)}")
    video = Video.load(suite.file(task.source), sound=False)
    if baseline == "source-copy":
        return video
    path = seen_from_source(suite, task)
    if baseline == "plane-warp":
        return draft_video(video, path, intrinsics=path.intrinsics, depth=_plane(path, task), fill=True)
    depth = open_depth(suite.file(task.depth), "metric")
    return draft_video(video, path, intrinsics=path.intrinsics, depth=depth, fill=True)


def seen_from_source(suite: Suite, task: Task) -> CameraPath:
    """The path of a task relative to the source's camera of the same frame, which may move itself."""
    path = CameraPath.load(suite.file(task.camera))
    return path.relative_to_moving(CameraPath.load(suite.file(task.source_camera)))


def _plane(path: CameraPath, task: Task) -> float:
    """Metres from the source's camera to the plane."""
    return max(task.subject_distance, float(np.max(path.poses.translations[:, 2])) / FARTHEST)
