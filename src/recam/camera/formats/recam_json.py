"""recam's own camera file: one path relative to the first source camera, its axes and units stated.

``lens`` is the lens of the source's first view. Version 2 adds ``zoom``, each frame's focal length over that
lens's, and is written only for a path that changes its lens.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from os import PathLike
from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.json_text import as_number, as_rows, short
from recam.camera.intrinsics import Intrinsics
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray, Poses
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


def _recognises(content: Content) -> bool:
    return content.entries.get("format") == FORMAT


def _parse(content: Content) -> RawSet:
    path, document = content.path, content.entries
    version = document.get("version")
    if version not in (VERSION, ZOOM_VERSION) or isinstance(version, (bool, float)):
        raise CameraFileError(
            path,
            f"version {short(version)} of {FORMAT} is not known; "
            f"this recam reads {VERSION} and {ZOOM_VERSION}",
        )
    stated = document.get("convention")
    if stated != _STATED:
        raise CameraFileError(path, f"the convention must be {_STATED}, not {short(stated)}")
    entries = document.get("frames")
    if not isinstance(entries, list) or not entries:
        raise CameraFileError(
            path, "holds no frames; 'frames' must be a list of poses, each three rows of four numbers"
        )
    if document.get("num_frames") != len(entries):
        raise CameraFileError(
            path,
            f"states {short(document.get('num_frames'))} frames and holds {len(entries)}; "
            "the file is incomplete",
        )
    matrices = np.tile(np.eye(4), (len(entries), 1, 1))
    for index, entry in enumerate(entries):
        matrices[index, :3] = _pose(path, index, entry)
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise CameraFileError(path, f"'name' must be a text, not {short(name)}")
    lens = _lens(path, document.get("lens"))
    zoom = _zoom(path, document, len(entries))
    zooms = {} if zoom is None else {name: zoom}
    factors = np.ones(len(entries)) if zoom is None else zoom
    camera = RawCamera(matrices, None if lens is None else Lenses.zoomed(lens, factors))
    return RawSet({name: camera}, True, lens, zooms)


def _zoom(path: Path, document: dict[str, object], num_frames: int) -> FloatArray | None:
    if document["version"] == VERSION:
        return None
    entry = document.get("zoom")
    wrong = f"'zoom' must be a list of {num_frames} positive numbers, one a frame"
    if not isinstance(entry, list) or len(entry) != num_frames:
        raise CameraFileError(path, wrong)
    factors = [as_number(path, f"zoom of frame {index}", value) for index, value in enumerate(entry)]
    if min(factors) <= 0:
        raise CameraFileError(path, wrong)
    return np.array(factors)


def _pose(path: Path, index: int, entry: object) -> FloatArray:
    pose = as_rows(entry, 3, 4)
    if pose is None:
        raise CameraFileError(path, f"frame {index}: expected three rows of four numbers")
    return pose


def _lens(path: Path, entry: object) -> Intrinsics | None:
    if entry is None:
        return None
    names = [field.name for field in fields(Intrinsics)]
    if not isinstance(entry, dict) or sorted(entry) != sorted(names):
        raise CameraFileError(path, f"the lens must be null or hold exactly {', '.join(names)}")
    numbers = {key: as_number(path, f"the lens's {key}", value) for key, value in entry.items()}
    try:
        lens = Intrinsics(**numbers)  # type: ignore[arg-type]
    except InputError as error:
        raise CameraFileError(path, str(error)) from error
    return replace(lens, width=int(lens.width), height=int(lens.height))


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


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    if not cameras.relative_to_source:
        raise InputError("recam's own file holds a path relative to the source video's first camera")
    name, camera = cameras.only()
    write_recam_json(path, Poses(camera.matrices), name, cameras.source_lens, cameras.zooms.get(name))


RECAM_JSON = CameraFormat(
    "recam",
    "recam's own JSON: one path relative to the first source camera",
    "json",
    "opencv",
    _recognises,
    _parse,
    _write,
    lens="optional",
    keeps_zooms=True,
    suffixes=(".json",),
)
