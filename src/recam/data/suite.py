"""The benchmark suite on disk: what is to be re-shot along which path, and what is true.

FOLDER/suite.json                         name, version, size
FOLDER/tasks.jsonl                        one task a line (:class:`Task`), for any method to read
FOLDER/scenes/00/sources/still.mp4        a source whose camera stands; moving.mp4: one whose camera moves
FOLDER/scenes/00/views/arc-left.mp4       the true view along a path, in step with every source
FOLDER/scenes/00/cameras/arc-left.json    the path, relative to the first view of the sources, with their lens
FOLDER/scenes/00/cameras/all.json         all cameras in one file as MultiCamVideo has them
FOLDER/scenes/00/depth/still.npz          metres along the view axis of each frame of a source
FOLDER/scenes/00/scene.json               caption, lens, and what the scene is made of
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from recam.errors import DatasetError
from recam.files import atomic_file

HEAD, TASKS = "suite.json", "tasks.jsonl"
_FILES = ("source", "target", "camera", "source_camera", "depth")


@dataclass(frozen=True)
class Task:
    """One source to be re-shot along one path. Files are relative to the suite's folder, with slashes."""

    id: str
    """Unique: ``00-still-arc-left``. A method's video for it is ``<id>.mp4``."""
    scene: int
    """Place of the scene in the suite, from 0."""
    source: str
    """Video to re-shoot."""
    camera: str
    """Camera file of the path: recam's JSON, relative to the source's first view, with the source's lens."""
    target: str
    """The true video of the path."""
    path: str
    """Name of the path: a preset's, or ``random-1``."""
    label: str
    """Name of path and source, by which a report groups: ``arc-left``, ``moving source: arc-left``."""
    source_camera: str
    """Camera file of the source's own path."""
    depth: str
    """Depth of the source, npz with ``depth`` [F,H,W], metres, infinity where there is sky."""
    caption: str
    focal_mm: float
    """Of the source's lens, on the data set's 23.76 mm sensor, whose width is the picture's longer side."""
    subject_distance: float
    """Metres from the source's first view straight ahead to the middle of the main character."""
    num_frames: int
    fps: int
    height: int
    width: int


@dataclass(frozen=True)
class Suite:
    """A suite's folder, read."""

    folder: Path
    head: dict[str, Any]
    """What suite.json holds: ``suite``, ``version``, ``size`` and more."""
    tasks: tuple[Task, ...]

    def file(self, name: str) -> Path:
        """A file that a task names."""
        return self.folder / name

    def first(self, scenes: int) -> tuple[Task, ...]:
        """The tasks of the first ``scenes`` scenes."""
        return tuple(task for task in self.tasks if task.scene < scenes)


def write_tasks(folder: Path, tasks: Iterable[Task]) -> None:
    """Raises:
    OutputError: the file cannot be written.
    """
    with atomic_file(folder / TASKS) as path, path.open("w", encoding="utf-8") as file:
        for task in tasks:
            file.write(json.dumps(asdict(task), ensure_ascii=False) + "\n")


def read_suite(folder: Path) -> Suite:
    """Read a suite's list of tasks; the videos are not looked at.

    Raises:
        DatasetError: no suite is there, or its files are broken.
    """
    head = _read(folder / HEAD, json.loads)
    if not isinstance(head, dict) or not isinstance(head.get("suite"), str):
        raise DatasetError(folder / HEAD, "is not the head of a suite; choose another folder")
    tasks = _read(folder / TASKS, lambda text: tuple(map(_task, text.splitlines())))
    return Suite(folder, head, tasks)


def _read(path: Path, parse: Any) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DatasetError(path, "no such file; make the suite with: recam evaluate suite FOLDER") from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DatasetError(
            path, f"cannot be read ({error}); make the suite anew in another folder"
        ) from error


def _task(line: str) -> Task:
    values = json.loads(line)
    if not isinstance(values, dict) or set(values) != {field.name for field in fields(Task)}:
        raise ValueError("a line is no task")
    for name in _FILES:
        if Path(values[name]).is_absolute() or ".." in Path(values[name]).parts:
            raise ValueError(f"{name} {values[name]!r} leads out of the suite")
    return Task(**values)
