"""Renders the benchmark suite into the folder layout of :mod:`recam.data.suite`: side by side, resumable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from recam.camera import CameraPath, Poses
from recam.camera.formats.multicamvideo import write_multicamvideo
from recam.camera.poses import FloatArray
from recam.data.suite import HEAD, Task, write_tasks
from recam.errors import DatasetError, InputError, OutputError
from recam.files import atomic_file, atomic_folder, make_folder
from recam.parallel import check_stop, run_side_by_side
from recam.video import VideoWriter, probe
from recam.worlds.describe import CAMERA_WORLD, describe_shot
from recam.worlds.engine import Views
from recam.worlds.scene_files import CRF, list_files
from recam.worlds.settings import close_engines, mujoco_engine
from recam.worlds.shots import Shot
from recam.worlds.suite import (
    MOVING,
    MOVING_PATHS,
    NAME,
    SIZES,
    STILL,
    STILL_PATHS,
    VERSION,
    SceneDefinition,
    Size,
    SizeName,
    definition_sha256,
    draw_defined,
    read_definition,
)
from recam.worlds.verify import damage
from recam.worlds.write import take_away

SOURCES = {"still": STILL, "moving": MOVING}
"""What films each source."""
_MOST_BYTES = 400 << 20  # of frames that are rendered at once


@dataclass(frozen=True)
class SceneMade:
    """What became of one scene of the suite."""

    scene: int
    kept: bool
    """Whether it was there already."""
    frames: int = 0
    """Drawn for it now."""


def make_suite(
    folder: Path,
    size: SizeName,
    scenes: int,
    workers: int = 1,
    on_scene: Callable[[SceneMade], None] | None = None,
) -> None:
    """Render the first ``scenes`` scenes that are not there yet, and list the tasks of all that are.

    A scene appears once it is whole, and a damaged one is made anew. A run that was killed goes on where it
    stopped.

    Args:
        workers: processes that render side by side.
        on_scene: called as each scene is there.

    Raises:
        InputError: more scenes than the suite has.
        DatasetError: ``folder`` holds something else, or this installation draws other scenes.
        OutputError: ``folder`` cannot be written, or the disk is full.
        MachineError: no renderer, or a worker died.
    """
    known = read_definition()[size]
    if not 1 <= scenes <= len(known):
        raise InputError(f"the suite has 1 to {len(known)} scenes, not {scenes}")
    claim_folder(folder, size)
    missing = []
    for index in range(scenes):
        place = scene_folder(folder, index)
        if not damage(place):
            if on_scene:
                on_scene(SceneMade(index, kept=True))
            continue
        if place.exists():
            take_away(place)
        missing.append(index)
    try:
        for index, frames in run_side_by_side(partial(_make_scene, folder, size), missing, workers):
            if on_scene:
                on_scene(SceneMade(index, kept=False, frames=frames))
    finally:
        close_engines()
    there = [index for index in range(len(known)) if (scene_folder(folder, index) / "scene.json").exists()]
    write_tasks(folder, (task for index in there for task in tasks_of(known[index], index, SIZES[size])))


def scene_folder(folder: Path, index: int) -> Path:
    return folder / "scenes" / f"{index:02d}"


def tasks_of(scene: SceneDefinition, index: int, size: Size) -> Iterator[Task]:
    """The tasks of a scene in their order."""
    base = f"scenes/{index:02d}"
    for source, paths in (("still", STILL_PATHS), ("moving", MOVING_PATHS)):
        for path in paths:
            yield Task(
                id=f"{index:02d}-{source}-{path}",
                scene=index,
                source=f"{base}/sources/{source}.mp4",
                camera=f"{base}/cameras/{path}.json",
                target=f"{base}/sources/still.mp4" if path == STILL else f"{base}/views/{path}.mp4",
                path=path,
                label=path if source == "still" else f"{MOVING}: {path}",
                source_camera=f"{base}/cameras/{_file_name(SOURCES[source])}.json",
                depth=f"{base}/depth/{source}.npz",
                caption=scene.caption,
                focal_mm=float(scene.focal_mm),
                subject_distance=round(scene.distance, 6),
                **asdict(size),
            )


def claim_folder(folder: Path, size: SizeName) -> None:
    """Make ``folder`` one of this suite, or check that it is.

    Raises:
        DatasetError: it holds something else.
        OutputError: it cannot be written.
    """
    head = {"suite": NAME, "version": VERSION, "size": size}
    ours = {**head, **asdict(SIZES[size]), "definition": definition_sha256()}
    file = make_folder(folder) / HEAD
    if not file.exists():
        if any(entry.name[0] != "." for entry in folder.iterdir()):
            raise DatasetError(folder, "holds files and no suite; choose another folder")
        with atomic_file(file) as path:
            path.write_text(json.dumps(ours, indent=1) + "\n", encoding="utf-8")
        return
    try:
        theirs = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(file, f"cannot be read: {error}") from error
    if theirs != ours:
        raise DatasetError(file, f"is not of {NAME} {VERSION}, {size}; choose another folder")


def _make_scene(folder: Path, name: SizeName, index: int) -> int:
    """Render and write one scene; returns how many frames were drawn."""
    definition, size = read_definition()[name][index], SIZES[name]
    shot = draw_defined(definition, size)
    paths = definition.camera_paths(size)
    place = scene_folder(folder, index)
    try:
        with atomic_folder(place) as inside:
            return _write_scene(inside, shot, paths, size)
    except OutputError:
        if place.exists() and not damage(place):  # another run was faster
            return 0
        raise


def _write_scene(inside: Path, shot: Shot, paths: Mapping[str, CameraPath], size: Size) -> int:
    """All files of a scene; returns how many frames were drawn."""
    drawn = 0
    for part in ("sources", "views", "cameras", "depth"):
        (inside / part).mkdir()
    for cameras, views in _films(shot, paths, size):
        for number, camera in enumerate(cameras):
            check_stop()
            source = next((source for source, films in SOURCES.items() if films == camera), "")
            video = inside / (f"sources/{source}.mp4" if source else f"views/{camera}.mp4")
            _write_video(video, views.frames[number], size)
            if views.depth is not None:
                # Half floats: 11 bits, a 2000th of the distance. Infinity stays infinity.
                with np.errstate(over="ignore"):
                    depth = views.depth[number].astype(np.float16)
                np.savez_compressed(inside / "depth" / f"{source}.npz", depth=depth)
            drawn += len(views.frames[number])
    for camera, path in paths.items():
        path.save(inside / "cameras" / f"{_file_name(camera)}.json")
    _write_together(inside / "cameras" / "all.json", shot.cameras)
    description = {**describe_shot(shot, "mujoco", size.height), "files": list_files(inside)}
    (inside / "scene.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    return drawn


def _films(shot: Shot, paths: Mapping[str, CameraPath], size: Size) -> Iterator[tuple[list[str], Views]]:
    """The sources with depth, then the views, as many at once as memory should hold."""
    engine = mujoco_engine(size.height, size.width)
    views = [name for name in paths if name not in SOURCES.values()]
    clip = size.num_frames * size.height * size.width * 3
    step = max(1, _MOST_BYTES // clip)
    parts = [list(SOURCES.values()), *(views[first : first + step] for first in range(0, len(views), step))]
    for number, names in enumerate(parts):
        zooms: list[FloatArray] = [paths[name].zooms for name in names]
        cameras = [shot.cameras[name] for name in names]
        yield (
            names,
            engine.render(
                shot.scene, cameras, shot.lens, depth=number == 0, before_moment=check_stop, zooms=zooms
            ),
        )


def _write_video(file: Path, frames: np.ndarray, size: Size) -> None:
    rate = Fraction(size.fps)
    with VideoWriter(file, rate, size.width, size.height, crf=CRF, preset="veryfast", threads=1) as writer:
        for frame in frames:
            writer.write(frame)
    if probe(file).num_frames != size.num_frames:
        raise DatasetError(file, f"reads back with another number of frames than {size.num_frames}")


def _write_together(file: Path, cameras: Mapping[str, Poses]) -> None:
    """All cameras as a MultiCamVideo file, which holds no zoom, in a world with y down and z north."""
    turn = np.eye(4)
    turn[:3, :3] = CAMERA_WORLD
    named = {_file_name(name): Poses(turn @ poses.matrices) for name, poses in cameras.items()}
    write_multicamvideo(file, named)


def _file_name(camera: str) -> str:
    return camera.replace(" ", "-")
