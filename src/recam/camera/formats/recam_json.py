"""recam's own camera file: one path relative to the first source camera, its axes and units stated."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from os import PathLike
from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, CameraSet
from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import Poses, find_bad_pose
from recam.errors import CameraFileError, InputError
from recam.files import atomic_file

FORMAT = "recam-camera-path"
VERSION = 1
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
    if version != VERSION:
        raise CameraFileError(
            path, f"version {version!r} of {FORMAT} is not known; this recam reads {VERSION}"
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
    return CameraSet(RECAM_JSON.name, {name: Poses(matrices)}, True, _lens(path, document.get("lens")))


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
    path: str | PathLike[str], poses: Poses, name: str, lens: Intrinsics | None = None
) -> None:
    """Write a path that is relative to the first source camera; reading it gives the same numbers, bit for
    bit.

    Raises:
        OutputError: the file cannot be written.
    """
    head = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "convention": _STATED,
        "lens": None if lens is None else asdict(lens),
        "num_frames": len(poses),
    }
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
