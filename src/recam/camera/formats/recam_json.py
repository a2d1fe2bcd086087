"""recam's own camera file: one path relative to the first source camera, its axes and units stated.

``lens`` is the lens of the source's first view. Version 2 adds ``zoom``, each frame's focal length over that
lens's, and is written only for a path that changes its lens.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from os import PathLike
from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, CameraSet
from recam.camera.intrinsics import Intrinsics
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray, Poses, find_bad_pose
from recam.errors import CameraFileError, InputError
from recam.files import atomic_file

FORMAT = "recam-camera-path"
VERSION = 1
ZOOM_VERSION = 2
_STATED = {
    "poses": "camera-to-world, rows of [R|t]",
    "axes": "OpenCV: x right, y down, z forward",
    "units": "metres",
    "relative_to": "first source camera",
}


def _recognises(document: dict[str, object]) -> bool:
    return document.get("format") == FORMAT


def _parse(path: Path, document: dict[str, object]) -> CameraSet:
    version = document.get("version")
    if version not in (VERSION, ZOOM_VERSION) or isinstance(version, (bool, float)):
        raise CameraFileError(
            path,
            f"version {version!r} of {FORMAT} is not known; this recam reads {VERSION} and {ZOOM_VERSION}",
        )
    stated = document.get("convention")
    if stated != _STATED:
        raise CameraFileError(path, f"the convention must be {_STATED}, not {stated!r}")
    entries = document.get("frames")
    if not isinstance(entries, list) or not entries:
        raise CameraFileError(
            path, "holds no frames; 'frames' must be a list of poses, each three rows of four numbers"
        )
    if document.get("num_frames") != len(entries):
        raise CameraFileError(
            path,
            f"states {document.get('num_frames')!r} frames and holds {len(entries)}; the file is incomplete",
        )
    matrices = np.tile(np.eye(4), (len(entries), 1, 1))
    for index, entry in enumerate(entries):
        matrices[index, :3] = _pose(path, index, entry)
    bad = find_bad_pose(matrices)
    if bad is not None:
        raise CameraFileError(path, f"frame {bad[0]}: the pose {bad[1]}")
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise CameraFileError(path, f"'name' must be a text, not {name!r}")
    lens = _lens(path, document.get("lens"))
    zoom = _zoom(path, document, len(entries))
    zooms = {} if zoom is None else {name: zoom}
    lenses = (
        {} if lens is None else {name: Lenses.zoomed(lens, np.ones(len(entries)) if zoom is None else zoom)}
    )
    return CameraSet(RECAM_JSON.name, {name: Poses(matrices)}, True, lenses, lens, zooms)


def _zoom(path: Path, document: dict[str, object], num_frames: int) -> FloatArray | None:
    if document["version"] == VERSION:
        return None
    entry = document.get("zoom")
    numbers = (
        isinstance(entry, list)
        and len(entry) == num_frames
        and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in entry)
    )
    if not numbers or not all(0 < value < float("inf") for value in entry):  # type: ignore[union-attr]
        raise CameraFileError(path, f"'zoom' must be a list of {num_frames} positive numbers, one a frame")
    return np.array(entry, dtype=np.float64)


def _pose(path: Path, index: int, entry: object) -> np.ndarray:
    try:
        pose = np.array(entry)
    except ValueError:  # ragged
        pose = np.empty(0)
    if pose.shape != (3, 4) or pose.dtype.kind not in "if":
        raise CameraFileError(path, f"frame {index}: expected three rows of four numbers")
    return pose


def _lens(path: Path, entry: object) -> Intrinsics | None:
    if entry is None:
        return None
    names = [field.name for field in fields(Intrinsics)]
    if not isinstance(entry, dict) or sorted(entry) != sorted(names):
        raise CameraFileError(path, f"the lens must be null or hold exactly {', '.join(names)}")
    if any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in entry.values()):
        raise CameraFileError(path, "the lens holds something that is not a number")
    try:
        return Intrinsics(**entry)
    except InputError as error:
        raise CameraFileError(path, str(error)) from error


def write_recam_json(
    path: str | PathLike[str],
    poses: Poses,
    name: str,
    lens: Intrinsics | None = None,
    zoom: FloatArray | None = None,
) -> None:
    """Write a path that is relative to the first source camera; reading it gives the same numbers, bit for
    bit.

    Args:
        lens: of the source's first view, where known.
        zoom: [F] focal length of each frame over that of the source's lens; None: the lens does not change.

    Raises:
        OutputError: the file cannot be written.
    """
    head = {
        "format": FORMAT,
        "version": VERSION if zoom is None else ZOOM_VERSION,
        "name": name,
        "convention": _STATED,
        "lens": None if lens is None else asdict(lens),
        "num_frames": len(poses),
    }
    if zoom is not None:
        head["zoom"] = zoom.tolist()
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    frames = ",\n".join(f"    {json.dumps(matrix[:3].tolist())}" for matrix in poses.matrices)
    lines.append(f'  "frames": [\n{frames}\n  ]')
    with atomic_file(path) as temporary:
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


RECAM_JSON = CameraFormat(
    "recam",
    "recam's own JSON (OpenCV axes, metres, one path relative to the first source camera)",
    _recognises,
    _parse,
)
