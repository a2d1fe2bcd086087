"""The camera files of the MultiCamVideo data set (``camera_extrinsics.json``).

``{"frame0": {"cam01": "[1 0 0 0] [0 1 0 0] [0 0 1 0] [3390 1380 240 1] ", ...}, "frame1": ...}``: each text
is a 4x4 Unreal Engine matrix in row-vector form, centimetres; see
:func:`recam.camera.conventions.from_unreal`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from recam.camera.conventions import CENTIMETRES_PER_METRE, to_unreal
from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.json_text import short
from recam.camera.formats.matrices import check_number_of_cameras
from recam.camera.poses import FloatArray, Poses
from recam.errors import CameraFileError, InputError
from recam.files import atomic_file

_FRAME = re.compile(r"frame(0|[1-9][0-9]{0,8})")
_MATRIX = re.compile(r"\s*(?:\[[^\[\]]*\]\s*)*")
_ROW = re.compile(r"\[([^\[\]]*)\]")


def _recognises(content: Content) -> bool:
    return any(_FRAME.fullmatch(key) for key in content.entries)


def _parse(content: Content) -> RawSet:
    path, document = content.path, content.entries
    for key in document:
        if not _FRAME.fullmatch(key):
            raise CameraFileError(
                path, f"unexpected entry {short(key)}; every entry must be called frame0, frame1, ..."
            )
    for index in range(len(document)):
        if f"frame{index}" not in document:
            last = max(int(key.removeprefix("frame")) for key in document)
            raise CameraFileError(
                path, f"frame {index} is missing (the file holds {len(document)} frames up to {last})"
            )
    frames = [_frame(path, index, document[f"frame{index}"]) for index in range(len(document))]
    names = _camera_names(path, frames)
    cameras: dict[str, RawCamera] = {}
    for name in names:
        rows = np.stack([_matrix(path, index, name, frame[name]) for index, frame in enumerate(frames)])
        cameras[name] = RawCamera(rows.swapaxes(1, 2))
    return RawSet(cameras)


def _frame(path: Path, index: int, entry: object) -> dict[str, object]:
    if not isinstance(entry, dict):
        raise CameraFileError(path, f"frame {index} must hold an object with one entry a camera")
    if not entry:
        raise CameraFileError(path, f"frame {index} holds no camera")
    return entry


def _camera_names(path: Path, frames: list[dict[str, object]]) -> list[str]:
    names = list(dict.fromkeys(name for frame in frames for name in frame))
    check_number_of_cameras(path, len(names))
    for index, frame in enumerate(frames):
        for name in names:
            if name not in frame:
                raise CameraFileError(path, f"frame {index}, camera {name}: the pose is missing")
    return names


def _matrix(path: Path, index: int, camera: str, entry: object) -> FloatArray:
    where = f"frame {index}, camera {camera}"
    if not isinstance(entry, str) or not _MATRIX.fullmatch(entry):
        raise CameraFileError(
            path, f"{where}: expected a text of four rows such as '[1 0 0 0]', not {short(entry)}"
        )
    rows = [row.split() for row in _ROW.findall(entry)]
    if [len(row) for row in rows] != [4, 4, 4, 4]:
        sizes = ", ".join(str(len(row)) for row in rows) or "none"
        raise CameraFileError(path, f"{where}: expected four rows of four numbers, found rows of {sizes}")
    try:
        if "_" in entry:  # Python would read 1_0 as ten
            raise ValueError(entry)
        return np.array([[float(number) for number in row] for row in rows])
    except ValueError as error:
        raise CameraFileError(path, f"{where}: a value is not a number in {short(entry)}") from error


def write_multicamvideo(path: str | PathLike[str], cameras: Mapping[str, Poses]) -> None:
    """Write cameras as a MultiCamVideo file: Unreal axes, centimetres, ten significant digits.

    Args:
        cameras: poses in one common world by camera name (``cam01``, ...); all of the same length.

    Raises:
        InputError: there is no camera, or their lengths differ.
        OutputError: the file cannot be written.
    """
    _write_rows(Path(path), {name: to_unreal(poses) for name, poses in cameras.items()})


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _write_rows(path, {name: camera.matrices.swapaxes(1, 2) for name, camera in cameras.cameras.items()})


def _write_rows(path: Path, matrices: Mapping[str, FloatArray]) -> None:
    lengths = {name: len(rows) for name, rows in matrices.items()}
    if len(set(lengths.values())) != 1:
        raise InputError(f"a MultiCamVideo file needs cameras of one same length, not {lengths}")
    lines = []
    for index in range(next(iter(lengths.values()))):
        entries = (f'        {json.dumps(name)}: "{_text(rows[index])}"' for name, rows in matrices.items())
        lines.append(f'    "frame{index}": {{\n' + ",\n".join(entries) + "\n    }")
    with atomic_file(path) as temporary:
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _text(matrix: FloatArray) -> str:
    # Adding zero turns -0 into 0. The published files end each text with a space.
    return "".join("[" + " ".join(f"{number + 0.0:.10g}" for number in row) + "] " for row in matrix)


MULTICAMVIDEO = CameraFormat(
    "multicamvideo",
    "MultiCamVideo camera_extrinsics.json",
    "json",
    "unreal",
    _recognises,
    _parse,
    _write,
    units="centimetres",
    metres=1 / CENTIMETRES_PER_METRE,
    several=True,
    suffixes=("camera_extrinsics.json",),
)
