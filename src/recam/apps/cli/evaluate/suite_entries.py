"""Who re-shoots the suite: the baselines, and any model that recam runs; side by side, resumable.

A model of a fixed number of frames gets as many, spread evenly over the source and the path, at the rate that
keeps their times: the bundled model's 9 of 17 frames are every second one, at 4 frames a second. What it
makes is scaled to the suite's size. A path's zoom is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recam.apps.cli.frame import quiet_libraries
from recam.data.suite import Suite, Task, read_suite
from recam.errors import InputError
from recam.evaluation.baselines import BASELINES, reshoot
from recam.evaluation.results import RECORD, check_method, is_made, result_file, write_result
from recam.files import atomic_file, make_folder
from recam.parallel import check_stop, run_side_by_side

if TYPE_CHECKING:
    from recam.pipeline import RecamPipeline
    from recam.video import Video

BUNDLED = "tiny"
DEFAULT_ENTRIES = (*BASELINES, BUNDLED)


@dataclass(frozen=True)
class Entry:
    """A method that is run here."""

    name: str
    model: str = ""
    """As ``recam render --model`` takes it; "" for a baseline."""
    seed: int = 0
    """Of the noise; one for all tasks, so that what differs between them comes from the task."""
    steps: int | None = None
    """Sampling steps; None: the model's."""


def read_entry(text: str, seed: int = 0, steps: int | None = None) -> Entry:
    """``plane-warp``, ``tiny``, ``runs/mine``, or ``NAME=MODEL``.

    Raises:
        InputError: the name cannot be one.
    """
    name, equals, model = text.partition("=")
    if not equals:
        if name in BASELINES:
            return Entry(name)
        name, model = Path(text).name or text, text
    if not model or name in BASELINES:
        raise InputError(
            f"--entry {text!r}: give a baseline ({', '.join(BASELINES)}), a model, or NAME=MODEL"
        )
    return Entry(check_method(name), model, seed, steps)


def make_results(
    suite: Suite,
    tasks: Sequence[Task],
    entries: Sequence[Entry],
    workers: int = 1,
    on_video: Callable[[bool], None] | None = None,
) -> None:
    """Make the videos of ``entries`` that are not there yet; a run that was killed goes on.

    Args:
        workers: processes side by side, each of which loads the models.
        on_video: called for each video that is there, with whether it was made now.

    Raises:
        InputError: a model that cannot make videos of this shape, or other results of this name are there.
        CheckpointError: no such model.
        OutputError: the suite cannot be written.
        MachineError: a worker died, or this machine cannot run a model.
    """
    for entry in entries:
        _claim(suite, entry)
    # Baselines first: what is quick is there when a model fails.
    pieces = [(entry, scene) for entry in entries for scene in sorted({task.scene for task in tasks})]
    work = partial(_make_scene, suite.folder, frozenset(task.id for task in tasks), workers)
    for _, made in run_side_by_side(work, pieces, workers):
        for new in made:
            if on_video:
                on_video(new)


def _claim(suite: Suite, entry: Entry) -> None:
    """Note of what the results are, so that two models are never mixed under one name."""
    ours = asdict(entry)
    file = suite.folder / "results" / entry.name / RECORD
    if file.exists():
        try:
            theirs = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            theirs = None
        if theirs != ours:
            raise InputError(
                f"{file.parent}: holds results made otherwise ({theirs}); give the entry another name "
                f"(--entry NAME={entry.model or entry.name}), or remove that folder"
            )
        return
    if any(make_folder(file.parent).glob("*.mp4")):
        raise InputError(f"{file.parent}: holds another method's results; give the entry another name")
    with atomic_file(file) as path:
        path.write_text(json.dumps(ours) + "\n", encoding="utf-8")


def _make_scene(folder: Path, wanted: frozenset[str], workers: int, piece: tuple[Entry, int]) -> list[bool]:
    """The videos of one entry for one scene, in a worker; of each, whether it was made now."""
    entry, scene = piece
    suite = read_suite(folder)
    tasks = [task for task in suite.tasks if task.scene == scene and task.id in wanted]
    made = []
    for task in tasks:
        file = result_file(suite, entry.name, task)
        made.append(not is_made(file))
        if not made[-1]:
            continue
        check_stop()
        video = (
            reshoot_with_model(entry, suite, task, workers)
            if entry.model
            else reshoot(entry.name, suite, task)
        )
        write_result(file, video)
    return made


def reshoot_with_model(entry: Entry, suite: Suite, task: Task, workers: int = 1) -> Video:
    """The video of a model for a task, of the suite's size; its length and rate are the model's.

    Raises:
        InputError: the model makes pictures of another shape than the suite's.
    """
    from recam.camera import CameraPath
    from recam.video import Video
    from recam.video.transforms import resize, spread_indices

    pipeline = _pipeline(entry.model, workers)
    video = Video.load(suite.file(task.source), sound=False)
    # No model takes a lens: what a path's zoom is worth stays with those who can show it.
    path = replace(CameraPath.load(suite.file(task.camera)), zoom=None)
    sizes: dict[str, Any] = {"height": task.height, "width": task.width}
    known = pipeline.settings
    if known.fixed_size:
        if known.width * task.height != known.height * task.width:
            raise InputError(
                f"the model {entry.name} makes pictures of {known.width}x{known.height} and the suite's are "
                f"{task.width}x{task.height}, another shape; use another size of the suite"
            )
        index = spread_indices(len(video.frames), known.num_frames)
        rate = video.fps * Fraction(known.num_frames - 1, len(video.frames) - 1)
        video, path, sizes = Video(video.frames[index], rate), path.take(index), {}
    result = pipeline(
        video,
        path,
        prompt=task.caption,
        seed=entry.seed,
        num_inference_steps=entry.steps,
        progress=False,
        **sizes,
    )
    return Video(resize(result.video.frames, task.height, task.width), result.video.fps)


@lru_cache(maxsize=1)
def _pipeline(model: str, workers: int) -> RecamPipeline:
    import torch

    from recam.pipeline import RecamPipeline

    quiet_libraries()
    if workers > 1:  # threads of all workers together: as many as there are cores
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // workers))
    return RecamPipeline.from_pretrained(model)
