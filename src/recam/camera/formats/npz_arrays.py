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


def read_poses(arrays: NpzFile, name: str, batches: bool = False) -> FloatArray:
    """Matrices [F,4,4]; the file may leave out the last row. ``batches``: and may add a first axis of one."""
    given = arrays.numbers(name)
    if batches and given.ndim == 4 and len(given) == 1:
        given = given[0]
    if given.ndim != 3 or not len(given) or given.shape[1:] not in ((4, 4), (3, 4)):
        raise CameraFileError(
            arrays.path, f"array {name!r} must be [frames, 4, 4] or [frames, 3, 4], not {list(given.shape)}"
        )
    matrices = np.tile(np.eye(4), (len(given), 1, 1))
    matrices[:, : given.shape[1]] = given
    return matrices


def read_lens_matrices(arrays: NpzFile, name: str, num_frames: int, batches: bool = False) -> FloatArray:
    """K [F,3,3] in pixels; the file may hold one for all frames. ``batches``: and may add an axis of one."""
    given = arrays.numbers(name)
    if batches and given.ndim == 4 and len(given) == 1:
        given = given[0]
    if given.shape not in ((3, 3), (num_frames, 3, 3)):
        raise CameraFileError(
            arrays.path, f"array {name!r} must be [{num_frames}, 3, 3] or [3, 3], not {list(given.shape)}"
        )
    return np.broadcast_to(given, (num_frames, 3, 3))


def lenses_of_pictures(
    arrays: NpzFile, name: str, matrices: FloatArray, height_axis: int, notes: list[str]
) -> Lenses:
    """Lenses from K [F,3,3] (array ``name``) of a file that keeps its pictures beside them (``images``),
    whose height is the axis ``height_axis`` and whose width the next. Without pictures the centre is their
    middle."""
    shape = arrays.shape("images") if "images" in arrays else ()
    if len(shape) == 4 and min(shape) > 0:
        return Lenses.from_matrices(matrices, shape[height_axis + 1], shape[height_axis])
    width, height = (
        as_size(arrays.path, f"twice the centre in array {name!r}", float(np.round(2 * matrices[0, row, 2])))
        for row in (0, 1)
    )
    notes.append(
        f"the pictures are not in the file; their size is taken as {width}x{height}, twice the lens's centre"
    )
    return Lenses.from_matrices(matrices, width, height)


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
