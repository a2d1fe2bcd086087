"""Videos that methods made for the suite's tasks, and the manifest by which they are scored.

SUITE/results/<method>/<task id>.mp4   made here, or taken over from a folder of any method
SUITE/manifest.jsonl                   a line for each method and task
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from recam.data.suite import Suite, Task
from recam.errors import InputError, VideoFileError
from recam.files import atomic_file, make_folder
from recam.video import Video, VideoWriter, probe

CRF = 10
"""x264's quality of the videos, as the suite's own."""
RECORD = "entry.json"
"""Lies beside results that recam made and says how."""
_METHOD = re.compile(r"[\w.+-]{1,60}")


def check_method(name: str) -> str:
    """Raises:
    InputError: not a name for a folder and for rows of a manifest.
    """
    if not _METHOD.fullmatch(name) or name.strip(".") == "":
        raise InputError(f"method {name!r}: a name is 1 to 60 letters, digits and . _ + -")
    return name


def result_file(suite: Suite, method: str, task: Task) -> Path:
    return suite.folder / "results" / method / f"{task.id}.mp4"


def is_made(file: Path) -> bool:
    """Whether a whole video is there."""
    try:
        probe(file)
    except VideoFileError:
        return False
    return True


def write_result(file: Path, video: Video) -> None:
    """Write a method's video, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    make_folder(file.parent)
    with VideoWriter(
        file, video.fps, video.width, video.height, crf=CRF, preset="veryfast", threads=1
    ) as writer:
        for frame in video.frames:
            writer.write(frame)


def take_over(suite: Suite, tasks: Sequence[Task], method: str, folder: Path) -> int:
    """Copy a method's videos ``<task id>.mp4`` into the suite, so that all that is scored lies in one folder.

    Videos that were taken over before and are no longer in ``folder`` are removed.

    Returns:
        how many of the tasks have a video.

    Raises:
        InputError: ``folder`` is none, or holds no video of any task, or recam made results of that name.
        OutputError: the suite cannot be written.
    """
    own = suite.folder / "results" / method
    if (own / RECORD).exists() and not (folder.is_dir() and own.samefile(folder)):
        raise InputError(f"{own}: holds what recam made; give {method}'s results another name, or remove it")
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; give the one with {method}'s videos, <task id>.mp4")
    found = [task for task in tasks if (folder / f"{task.id}.mp4").is_file()]
    if not found:
        raise InputError(
            f"{folder}: holds no video of a task; name them as in tasks.jsonl, such as {tasks[0].id}.mp4"
        )
    for task in tasks:
        target = result_file(suite, method, task)
        if task not in found:
            target.unlink(missing_ok=True)
            continue
        source = folder / f"{task.id}.mp4"
        if target.exists() and target.samefile(source):
            continue
        make_folder(target.parent)
        with atomic_file(target) as path:
            shutil.copyfile(source, path)
    return len(found)


def write_manifest(suite: Suite, tasks: Sequence[Task], methods: Iterable[str]) -> Path:
    """Write ``manifest.jsonl``: a line for each task of each method, also where there is no video.

    A method may write fewer frames than the suite's, or another rate: scoring goes by the time of each frame.

    Raises:
        OutputError: it cannot be written.
    """
    file = suite.folder / "manifest.jsonl"
    with atomic_file(file) as path, path.open("w", encoding="utf-8") as out:
        for method in methods:
            for task in tasks:
                out.write(json.dumps(_row(suite, task, method), ensure_ascii=False) + "\n")
    return file


def _row(suite: Suite, task: Task, method: str) -> Mapping[str, Any]:
    generated = result_file(suite, method, task)
    return {
        "id": f"{method}@{task.id}",
        "method": method,
        "preset": task.label,
        "source": task.source,
        "generated": generated.relative_to(suite.folder).as_posix(),
        "target": task.target,
        "camera": task.camera,
        "focal_mm": task.focal_mm,
        "caption": task.caption,
    }
