"""Rendering scenes into the folder layout of the published data set: in parallel, resumable, verified.

OUT/world.json                                           the settings of the run
OUT/metadata.csv                                         file_name, text: a caption for every video
OUT/train/f24_aperture5/scene7/videos/cam01.mp4 ...      synchronised clips
OUT/train/f24_aperture5/scene7/cameras/camera_extrinsics.json
OUT/train/f24_aperture5/scene7/scene.json                caption, lens, moves and everything in the scene
OUT/train/f24_aperture5/scene7/{depth,masks}/cam01.npz   where asked for
OUT/val/10basic_trajectories/f24_aperture5/scene9/...    likewise; cam11 is the static source view
OUT/sheets/train-000000.png                              contact sheets
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from recam.cluster import run_on_cluster
from recam.data.layout import scene_videos
from recam.errors import DatasetError, OutputError
from recam.files import atomic_file, atomic_folder, make_folder
from recam.parallel import check_stop, run_side_by_side
from recam.worlds.metadata import Entry, scenes_in, write_metadata
from recam.worlds.scene_files import write_scene
from recam.worlds.settings import WorldSettings, close_engines
from recam.worlds.sheets import SheetWriter
from recam.worlds.verify import caption_of, check_written, damage

try:
    import fcntl
except ImportError:  # not on Windows, where leftovers of killed runs then stay
    fcntl = None

_TRIES = 2  # of a scene that reads back otherwise than it was drawn


@dataclass(frozen=True)
class SceneDone:
    """What became of one scene."""

    number: int
    status: Literal["rendered", "kept", "failed"]
    """``kept``: it was there; ``failed``: what was written did not pass its check, and was thrown away."""
    folder: Path
    entry: Entry = field(default_factory=lambda: Entry("", ()))
    frames: int = 0
    """Drawn for it now; 0 also where another run was faster."""
    reason: str = ""
    """Why it failed."""


@dataclass
class Report:
    """What a run did."""

    rendered: int = 0
    kept: int = 0
    """Scenes that were there already."""
    frames: int = 0
    """Drawn now."""
    mended: dict[int, str] = field(default_factory=dict)
    """Scenes that were there but damaged, and are rendered anew; what was wrong."""
    failed: dict[int, str] = field(default_factory=dict)
    """Scenes that did not pass their check twice and are not there; why."""


def render_world(
    out: str | os.PathLike[str],
    scenes: Iterable[int],
    settings: WorldSettings,
    workers: int = 1,
    on_scene: Callable[[SceneDone], None] | None = None,
    *,
    ray: str | None = None,
    sheets: bool = False,
    recheck: bool = False,
) -> Report:
    """Render the scenes that are not there yet. A run that was killed goes on where it stopped.

    A scene is written into a hidden folder, read back and checked, and only then gets its name. Several runs
    with equal settings may share ``out``, each best with scene numbers of its own.

    Args:
        out: folder of the world; made when missing. It may hold other scenes of the same settings.
        scenes: scene numbers.
        workers: processes that render side by side; not used with ``ray``.
        on_scene: called as each scene is there; first for those that are kept.
        ray: address of a Ray cluster that renders (``auto``: the one this machine belongs to), see
            :func:`recam.cluster.run_on_cluster`; its machines must see ``out`` under the same path.
        sheets: whether contact sheets are made.
        recheck: compare scenes that are there with their checksums too, not only with their files' sizes.

    Raises:
        InputError: settings that cannot be used.
        DatasetError: ``out`` holds a world of other settings, or a scene whose description cannot be read.
        OutputError: ``out`` cannot be written, or the disk is full.
        MachineError: no renderer, a worker died, or no cluster.
    """
    settings.check()
    out = Path(out)
    wanted = list(dict.fromkeys(scenes))
    tell = on_scene or (lambda done: None)
    with _claimed(out, settings):
        report = Report()
        there = scenes_in(settings.split_folder(out), settings.lens_folders)
        known: dict[Path, Entry] = {}
        sheet = SheetWriter(out, settings.split, settings.lens_folders, wanted, there) if sheets else None

        def take(done: SceneDone) -> None:
            if done.status != "failed":
                known[done.folder] = done.entry
                there[done.number] = done.folder
            if sheet:
                sheet.add(done.number)
            tell(done)

        missing = []
        for number in wanted:
            kept = _look_at(number, there, recheck, report)
            if kept is None:
                missing.append(number)
            else:
                take(kept)
        report.kept = len(wanted) - len(missing)
        # Engines that this process itself made (with one worker) are closed when it is over.
        with ExitStack() as stack:
            stack.callback(close_engines)
            finished = stack.enter_context(closing(_all_done(out, settings, missing, workers, ray)))
            for number, done in finished:
                report.frames += done.frames
                if done.status == "failed":
                    report.failed[number] = done.reason
                else:
                    report.rendered += 1
                take(done)
        write_metadata(out, known)
        if sheet:
            sheet.finish()
    return report


def _all_done(
    out: Path, settings: WorldSettings, numbers: list[int], workers: int, ray: str | None
) -> Generator[tuple[int, SceneDone]]:
    if ray is None:
        return run_side_by_side(partial(_render_scene, out, settings), numbers, workers)
    if not numbers:  # nothing to connect for
        return (pair for pair in ())
    return run_on_cluster(partial(_render_on_cluster, out.resolve(), out, settings), numbers, ray)


def _look_at(number: int, there: dict[int, Path], recheck: bool, report: Report) -> SceneDone | None:
    """The scene as it is there; None where it is not, or is damaged and taken away."""
    folder = there.get(number)
    if folder is None:
        return None
    reason = damage(folder, recheck)
    if not reason:
        entry = Entry(caption_of(folder), tuple(scene_videos(folder)))
        return SceneDone(number, "kept", folder, entry)
    report.mended[number] = reason
    del there[number]
    take_away(folder)
    return None


def take_away(folder: Path) -> None:
    """Remove a scene so that it is whole or not there at any moment."""
    try:
        aside = tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-", suffix=".part")
        with suppress(FileNotFoundError):  # another run took it away
            os.replace(folder, aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise OutputError(
            folder, f"is damaged and cannot be replaced: {(error.strerror or str(error)).lower()}"
        ) from error


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
        _sweep(lock.fileno(), out, settings)
        try:
            yield
        finally:  # machines of a cluster may have been lost on the way
            _sweep(lock.fileno(), out, settings)


def _sweep(handle: int, out: Path, settings: WorldSettings) -> None:
    """Remove half scenes unless another run is alive, whose they may be; then share the lock."""
    if _lock(handle, alone=True):
        for lens in settings.lens_folders:
            for leftover in (settings.split_folder(out) / lens).glob(".scene*.part"):
                shutil.rmtree(leftover, ignore_errors=True)
    _lock(handle, alone=False)


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
    ours = json.loads(json.dumps(settings.record()))
    if record.exists():
        try:
            theirs = json.loads(record.read_text())
        except (OSError, ValueError) as error:
            raise DatasetError(record, f"cannot be read: {error}") from error
        known = theirs.get(settings.split, ours) if isinstance(theirs, dict) else None
        if not isinstance(known, dict):
            raise DatasetError(record, "is not the record of a world; choose another folder")
        if known != ours:
            raise DatasetError(
                record,
                f"this world was made with other settings ({_changes(known, ours)}); choose another folder",
            )
        if settings.split in theirs:
            return
        both = {**theirs, settings.split: ours}
    else:
        both = {settings.split: ours}
    with atomic_file(record) as path:
        path.write_text(json.dumps(both, indent=1) + "\n")


def _changes(known: dict[str, object], ours: dict[str, object]) -> str:
    engines = [record.get("engine", "tiny") for record in (known, ours)]  # tiny worlds name no engine
    if engines[0] != engines[1]:
        return f"engine {engines[0]} != {engines[1]}"
    keys = dict.fromkeys([*ours, *known])
    return ", ".join(
        f"{key} {known.get(key)} != {ours.get(key)}" for key in keys if known.get(key) != ours.get(key)
    )


def _render_on_cluster(out: Path, named: Path, settings: WorldSettings, number: int) -> SceneDone:
    """:func:`_render_scene` on another machine; the folder is told as the user named it."""
    if not (out / "world.json").exists():
        raise DatasetError(
            out, f"is not seen by all machines of the cluster ({os.uname().nodename}); use a shared folder"
        )
    done = _render_scene(out, settings, number)
    return SceneDone(
        number, done.status, named / done.folder.relative_to(out), done.entry, done.frames, done.reason
    )


def _render_scene(out: Path, settings: WorldSettings, number: int) -> SceneDone:
    """Render, write and check one scene."""
    reason = ""
    for attempt in range(_TRIES):
        if attempt:
            close_engines()  # a renderer that went astray is not asked again
        film = settings.film(number, check_stop)
        place = settings.split_folder(out) / film.lens / f"scene{number}"
        entry = Entry(str(film.description["caption"]), tuple(film.cameras))
        frames = film.frames.shape[0] * film.frames.shape[1]
        try:
            with atomic_folder(place) as folder:
                write_scene(folder, film, settings, check_stop)
                try:
                    check_written(folder, film, settings)
                except DatasetError as error:
                    reason = f"{error.path.relative_to(folder)} {error.reason}"
                    raise
            return SceneDone(number, "rendered", place, entry, frames)
        except DatasetError:
            continue
        except (OutputError, OSError) as error:
            if place.exists():  # another run was faster with the same scene
                return SceneDone(number, "rendered", place, entry)
            if isinstance(error, OutputError):  # the temporary folder's name would mean nothing to anyone
                raise OutputError(place, error.reason) from error
            raise
    return SceneDone(number, "failed", place, reason=reason)
