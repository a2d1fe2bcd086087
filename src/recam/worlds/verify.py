"""Looking at what was written: a scene counts as done only when its files read back as they were drawn."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from recam.camera.formats import read_cameras
from recam.data.check_clip import check_clip
from recam.data.index import fingerprint
from recam.data.layout import CAMERA_FILE, read_description, scene_videos
from recam.errors import DatasetError, FileError
from recam.worlds.scene_files import file_poses
from recam.worlds.settings import Film, WorldSettings

_POSE_TOLERANCE = 1e-6
"""Metres, and of rotation matrices: files have ten significant digits."""
_LOOKS = ("black", "flat", "frozen")


def check_written(folder: Path, film: Film, settings: WorldSettings) -> None:
    """Read all files of a scene back.

    Frame count, size, rate and pictures (not black, not of one colour, not standing still) of every video;
    poses; depth and masks; scene.json.

    Raises:
        DatasetError: what is wrong first, with its file.
    """
    try:
        _check(folder, film, settings)
    except DatasetError:
        raise
    except (FileError, OSError, ValueError) as error:
        path = error.path if isinstance(error, FileError) else folder
        reason = error.reason if isinstance(error, FileError) else str(error)
        raise DatasetError(path, reason) from error


def _check(folder: Path, film: Film, settings: WorldSettings) -> None:
    def bad(path: Path, kind: str, reason: str) -> None:
        if settings.strict or kind not in _LOOKS:
            raise DatasetError(path, reason)

    if read_description(folder)["caption"] != film.description["caption"]:
        bad(folder / "scene.json", "description", "has another caption than was drawn")
    drawn = file_poses(film)
    read = read_cameras(folder / CAMERA_FILE).cameras
    if list(read) != list(drawn):
        bad(folder / CAMERA_FILE, "cameras", f"has cameras {', '.join(read)}, not {', '.join(drawn)}")
    for name, poses in drawn.items():
        if read[name].matrices.shape != poses.matrices.shape or not np.allclose(
            read[name].matrices, poses.matrices, rtol=0, atol=_POSE_TOLERANCE
        ):
            bad(folder / CAMERA_FILE, "cameras", f"camera {name} reads back with other poses than drawn")
    count, height, width = film.frames.shape[1:4]
    for name, path in scene_videos(folder).items():
        clip = check_clip(path, drawn[name], bad)
        if (clip.frames, clip.height, clip.width) != (count, height, width):
            bad(path, "size", f"has {clip}, not {count} frames of {width}x{height}")
        if clip.rate != Fraction(settings.fps):
            bad(path, "rate", f"has {float(clip.rate):g} frames a second, not {settings.fps}")
    if list(scene_videos(folder)) != list(drawn):
        bad(folder / "videos", "missing", f"has {', '.join(scene_videos(folder))}, not {', '.join(drawn)}")
    for kind, maps in (("depth", film.depth), ("masks", film.masks)):
        if maps is not None:
            _check_maps(folder / kind, kind, list(drawn), maps)


def _check_maps(folder: Path, kind: str, names: list[str], drawn: np.ndarray) -> None:
    for name, maps in zip(names, drawn, strict=True):
        path = folder / f"{name}.npz"
        try:
            with np.load(path, allow_pickle=False) as archive:
                read = archive[kind]
        except (OSError, ValueError, LookupError, EOFError, BadZipFile) as error:
            raise DatasetError(path, "cannot be read back") from error
        with np.errstate(over="ignore"):
            same = np.array_equal(read, maps.astype(read.dtype), equal_nan=kind == "depth")
        if not same:
            raise DatasetError(path, f"reads back as other {kind} than was drawn")


def damage(folder: Path, thorough: bool = False) -> str:
    """What is wrong with a scene that was written before; "" if nothing is.

    Quick: scene.json can be read, and all files are there and as long as they were.

    Args:
        thorough: compare checksums as well.
    """
    try:
        known = read_description(folder)
    except DatasetError as error:
        return f"{error.path.name} {error.reason}"
    files = known.get("files")
    if not isinstance(files, dict):  # of the tiny world, which records none
        moves = known.get("moves")
        names = [f"videos/{name}.mp4" for name in (moves if isinstance(moves, dict) else {})]
        files = {name: {} for name in [*names, CAMERA_FILE.as_posix()]}
    for name, recorded in files.items():
        path = folder / name
        recorded = recorded if isinstance(recorded, dict) else {}
        try:
            size = path.stat().st_size
        except OSError:
            return f"{name} is gone"
        if size != recorded.get("bytes", size) or not size:
            return f"{name} has {size} bytes, not {recorded.get('bytes', 'more')}"
        if thorough and "sha256" in recorded:
            try:
                if fingerprint(path) != recorded:
                    return f"{name} has changed since it was written"
            except DatasetError as error:
                return f"{name} {error.reason}"
    return ""


def caption_of(folder: Path) -> str:
    """Of a scene that was written before.

    Raises:
        DatasetError: there is none; says what to do.
    """
    description = folder / "scene.json"
    try:
        return str(json.loads(description.read_text())["caption"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            description, f"is no description of a scene ({error!r}); remove its folder to make it anew"
        ) from error
