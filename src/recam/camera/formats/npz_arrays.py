"""What formats of NumPy archives share: poses, lenses of four numbers, writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recam.camera.formats.json_text import as_size
from recam.camera.formats.npz_file import NpzFile
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray
from recam.errors import CameraFileError
from recam.files import atomic_file


def read_poses(arrays: NpzFile, name: str) -> FloatArray:
    given = arrays.numbers(name)
    if given.ndim != 3 or not len(given) or given.shape[1:] not in ((4, 4), (3, 4)):
        raise CameraFileError(
            arrays.path, f"array {name!r} must be [frames, 4, 4] or [frames, 3, 4], not {list(given.shape)}"
        )
    matrices = np.tile(np.eye(4), (len(given), 1, 1))
    matrices[:, : given.shape[1]] = given
    return matrices


def read_four_numbers(arrays: NpzFile, name: str, num_frames: int, notes: list[str]) -> Lenses:
    """Lenses from fx fy cx cy a frame; the files state no size, so the centre is taken as the middle."""
    params = arrays.numbers(name)
    if params.shape != (num_frames, 4):
        raise CameraFileError(
            arrays.path, f"array {name!r} must be [{num_frames}, 4] (fx fy cx cy), not {list(params.shape)}"
        )
    doubled = 2 * params[0, 2:]
    width, height = (
        as_size(arrays.path, f"twice the centre in array {name!r}", float(np.round(side))) for side in doubled
    )
    notes.append(f"the pictures' size is not stated; taken as {width}x{height}, twice the lens's centre")
    return Lenses(params, width, height)


def save_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
