"""Rendering scenes into the folder layout of the published data set, in parallel and resumable.

OUT/world.json                                           the settings of the run
OUT/metadata.csv                                         file_name, text: a caption for every video
OUT/train/f24_aperture5/scene7/videos/cam01.mp4 ...      synchronised clips
OUT/train/f24_aperture5/scene7/cameras/camera_extrinsics.json
OUT/train/f24_aperture5/scene7/scene.json                caption, lens, moves and everything in the scene
OUT/val/10basic_trajectories/f24_aperture5/scene9/...    likewise; cam11 is the static source view
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal

import numpy as np

from recam.camera import Poses
from recam.camera.formats.multicamvideo import write_multicamvideo
from recam.camera.intrinsics import Intrinsics
from recam.data.layout import SPLIT_FOLDERS
from recam.errors import DatasetError, InputError, OutputError
from recam.files import atomic_file, atomic_folder, make_folder
from recam.parallel import check_stop, run_side_by_side
from recam.video import Video
from recam.worlds.rules import PUBLISHED_LENSES
from recam.worlds.tiny.engine import TinyEngine
from recam.worlds.tiny.shots import Shot, draw_training_shot, draw_validation_shot

try:
    import fcntl
except ImportError:  # not on Windows, where leftovers of killed runs then stay
    fcntl = None

LENSES = {lens.focal_mm: lens.folder for lens in PUBLISHED_LENSES}
"""Focal length in millimetres to the folder name of the published data set."""


@dataclass(frozen=True)
class WorldSettings:
    """What a rendered world is made from; two runs with equal settings write equal files."""

    split: Literal["train", "val"] = "train"
    """``train``: ten cameras that move by drawn rules; ``val``: the basic trajectories and a static view."""
    seed: int = 0
    """Seed of the whole world; scene N of a seed never changes."""
    size: int = 64
    """Height and width of the frames in pixels."""
    num_frames: int = 9
    """Frames per clip (4n + 1)."""
    fps: int = 8
    """Frames a second."""
    focal_mm: int = 24
    """Lens of every camera, on the data set's 23.76 mm square sensor: 18, 24, 35 or 50."""
    radii: tuple[float, ...] = (3.0, 4.0, 5.0)
    """Distances to the subject, in metres, at which cameras of the training split start."""
    basic_share: float = 0.7
    """Share of training moves that are basic trajectories of a drawn strength; the rest follow the data set's
    rules.
    """
    shared_start: bool = True
    """Whether all cameras of a training scene start at one pose."""

    def check(self) -> None:
        """Raise InputError when a setting cannot be used."""
        if self.focal_mm not in LENSES:
            raise InputError(
                f"--lens {self.focal_mm}: the data set's lenses are {', '.join(map(str, LENSES))} mm"
            )
        if self.num_frames < 1 or (self.num_frames - 1) % 4:
            raise InputError(f"--frames {self.num_frames}: must be 4n + 1 (5, 9, 13, 17 ...)")
        if self.size < 16 or self.size % 8:
            raise InputError(f"--size {self.size}: must be a multiple of 8, at least 16")
        if self.fps < 1:
            raise InputError(f"--fps {self.fps}: must be at least 1")
        if not self.radii or not all(1.5 <= radius <= 12 for radius in self.radii):
            raise InputError(f"radii {self.radii}: distances must be 1.5 to 12 m, at least one")
        if not 0 <= self.basic_share <= 1:
            raise InputError(f"basic_share {self.basic_share}: must be 0 to 1")

    def draw(self, number: int) -> Shot:
        """Scene ``number`` with its cameras."""
        if self.split == "val":
            return draw_validation_shot(number, self.seed, self.num_frames)
        return draw_training_shot(
            number, self.seed, self.num_frames, tuple(self.radii), self.basic_share, self.shared_start
        )

    def scene_folder(self, out: Path, number: int) -> Path:
        """Where scene ``number`` lies below ``out``."""
        return out / SPLIT_FOLDERS[self.split] / LENSES[self.focal_mm] / f"scene{number}"


def render_world(
    out: str | os.PathLike[str],
    scenes: Iterable[int],
    settings: WorldSettings,
    workers: int = 1,
    on_scene: Callable[[int, bool], None] | None = None,
) -> dict[str, int]:
    """Render the scenes that are not there yet. A run that was killed goes on where it stopped.

    Several runs with equal settings may share ``out``, each best with scene numbers of its own.

    Args:
        out: folder of the world; made when missing. It may hold other scenes of the same settings.
        scenes: scene numbers.
        workers: processes that render side by side.
        on_scene: called with (number, rendered now) as each scene is there.

    Returns:
        Counts: ``rendered``, ``kept`` (were there already), ``frames`` (drawn now).

    Raises:
        InputError: settings that cannot be used.
        DatasetError: ``out`` holds a world of other settings, or a scene whose description cannot be read.
        OutputError: ``out`` cannot be written, or the disk is full.
        MachineError: no headless renderer, or a worker died.
    """
    settings.check()
    out = Path(out)
    wanted = list(dict.fromkeys(scenes))
    with _claimed(out, settings):
        missing = [number for number in wanted if not settings.scene_folder(out, number).exists()]
        if on_scene:
            for number in sorted(set(wanted) - set(missing)):
                on_scene(number, False)
        work = partial(_render_scene, out, settings)
        frames = 0
        with closing(run_side_by_side(work, missing, workers)) as done:
            for number, drawn in done:
                frames += drawn
                if on_scene:
                    on_scene(number, True)
        _write_metadata(out)
    return {"rendered": len(missing), "kept": len(wanted) - len(missing), "frames": frames}


@contextmanager
def _claimed(out: Path, settings: WorldSettings) -> Iterator[None]:
    """Hold ``out`` for a run: its settings are ours, and what killed runs left half done is swept.

    The lock tells whether a run is alive; the system frees it when a process dies, however it dies.
    """
    try:
        lock = (make_folder(out) / ".lock").open("w")
    except OSError as error:
        raise OutputError(out, f"cannot be written: {(error.strerror or str(error)).lower()}") from error
    with lock:
        _record(out, settings)
        if _lock(lock.fileno(), alone=True):
            for leftover in settings.scene_folder(out, 0).parent.glob(".scene*.part"):
                shutil.rmtree(leftover, ignore_errors=True)
        _lock(lock.fileno(), alone=False)
        yield


def _lock(handle: int, alone: bool) -> bool:
    """Whether the lock was got at once; never on file systems (or systems) that have none."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _record(out: Path, settings: WorldSettings) -> None:
    """Write the settings into ``out/world.json``, or check that they are the ones it was made with."""
    record = out / "world.json"
    ours = json.loads(json.dumps(asdict(settings)))
    if record.exists():
        try:
            theirs = json.loads(record.read_text())
        except (OSError, ValueError) as error:
            raise DatasetError(record, f"cannot be read: {error}") from error
        known = theirs.get(settings.split, ours) if isinstance(theirs, dict) else None
        if not isinstance(known, dict):
            raise DatasetError(record, "is not the record of a world; choose another folder")
        if known != ours:
            changed = ", ".join(
                f"{key} {known.get(key)} != {ours[key]}" for key in ours if known.get(key) != ours[key]
            )
            raise DatasetError(
                record, f"this world was made with other settings ({changed}); choose another folder"
            )
        if settings.split in theirs:
            return
        both = {**theirs, settings.split: ours}
    else:
        both = {settings.split: ours}
    with atomic_file(record) as path:
        path.write_text(json.dumps(both, indent=1) + "\n")


@cache
def _engine(size: int, focal_mm: int) -> TinyEngine:
    """One engine a process: making one costs as much as thirty frames."""
    return TinyEngine(size, Intrinsics.from_focal_mm(focal_mm, size, size).fov_degrees[1])


def _render_scene(out: Path, settings: WorldSettings, number: int) -> int:
    """Render and write one scene; the number of frames drawn."""
    shot = settings.draw(number)
    engine = _engine(settings.size, settings.focal_mm)
    frames = engine.render(shot.scene, list(shot.cameras.values()), settings.fps, before_moment=check_stop)
    place = settings.scene_folder(out, number)
    try:
        with atomic_folder(place) as folder:
            _write_scene(folder, shot, frames, settings)
    except (OutputError, OSError) as error:
        if place.exists():  # another run was faster with the same scene
            return 0
        if isinstance(error, OutputError):  # the name of the temporary folder would mean nothing to anyone
            raise OutputError(place, error.reason) from error
        raise
    return int(np.prod(frames.shape[:2]))


def _write_scene(folder: Path, shot: Shot, frames: np.ndarray, settings: WorldSettings) -> None:
    (folder / "videos").mkdir()
    (folder / "cameras").mkdir()
    for name, clip in zip(shot.cameras, frames, strict=True):
        check_stop()
        Video.from_frames(clip, settings.fps).save(folder / "videos" / f"{name}.mp4", crf=10)
    write_multicamvideo(
        folder / "cameras" / "camera_extrinsics.json",
        {name: _opencv_world(poses) for name, poses in shot.cameras.items()},
    )
    (folder / "scene.json").write_text(json.dumps(_describe(shot, settings), indent=1) + "\n")


def _opencv_world(poses: Poses) -> Poses:
    """From the scene's world (z up) to a world with y down and z north, as camera files expect."""
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    return Poses(turn @ poses.matrices)


def _describe(shot: Shot, settings: WorldSettings) -> dict[str, object]:
    return {
        "caption": shot.scene.caption,
        "lens": LENSES[settings.focal_mm],
        "focal_mm": settings.focal_mm,
        "fps": settings.fps,
        "subject_distance": shot.distance,
        "moves": {name: {"kind": move.kind, **move.parameters} for name, move in shot.moves.items()},
        "scene": shot.scene.attributes(),
    }


def _write_metadata(out: Path) -> None:
    """One row a video, as in the published ``metadata.csv``."""
    with atomic_file(out / "metadata.csv") as path, path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file_name", "text"])
        for description in sorted(out.glob("*/**/scene.json")):
            if description.parent.name.startswith("."):
                continue  # another run is writing it
            try:
                caption = str(json.loads(description.read_text())["caption"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise DatasetError(
                    description,
                    f"is no description of a scene ({error!r}); remove its folder to make it anew",
                ) from error
            for video in sorted((description.parent / "videos").glob("cam*.mp4")):
                rows.writerow([video.relative_to(out).as_posix(), caption])
