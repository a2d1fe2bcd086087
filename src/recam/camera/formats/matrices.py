"""Pose matrices as files hold them: turned round, and cameras told apart by the names of their frames."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from recam.camera.poses import FloatArray
from recam.errors import CameraFileError

_MAX_CAMERAS = 1000


def invert(matrices: FloatArray) -> FloatArray:
    """World-to-camera matrices [F,4,4] as camera-to-world, and the other way; what has no inverse stays.

    A true inverse, as everywhere in recam; the checks that follow refuse what is no rigid motion.
    """
    usable = np.array(np.isfinite(matrices).all(axis=(1, 2)))
    usable[usable] = np.abs(np.linalg.det(matrices[usable])) > 1e-12
    inverse = np.array(matrices)
    inverse[usable] = np.linalg.inv(matrices[usable])
    inverse[usable, 3] = matrices[usable, 3]
    return inverse


def check_number_of_cameras(path: Path, count: int) -> None:
    """Refuse a file of more cameras than any rig has, before work is done for each of them.

    Raises:
        CameraFileError: there are more than a thousand.
    """
    if count > _MAX_CAMERAS:
        raise CameraFileError(path, f"holds {count} cameras; recam reads at most {_MAX_CAMERAS} a file")


def cameras_of(path: Path, names: Sequence[str], single: str) -> dict[str, list[int]]:
    """Which frames belong to which camera, and in which order, by the names of their pictures.

    Pictures of one folder are one camera's, in the order of their names, where numbers count as numbers
    (``r_2`` comes before ``r_10``). The camera is called like its folder, or ``single`` where there is one
    folder only.

    Returns:
        The indices into ``names`` by camera.

    Raises:
        CameraFileError: the pictures of the file ``path`` lie in more folders than there may be cameras.
    """
    folders: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        folders.setdefault(name.replace("\\", "/").rpartition("/")[0], []).append(index)
    check_number_of_cameras(path, len(folders))
    for indices in folders.values():
        indices.sort(key=lambda index: _natural(names[index]))
    if len(folders) == 1:
        return {single: next(iter(folders.values()))}
    parts = [PurePosixPath(folder).parts for folder in folders]
    shared = 0
    while all(len(part) > shared + 1 and part[shared] == parts[0][shared] for part in parts):
        shared += 1
    return {
        "/".join(part[shared:]) or single: indices
        for part, indices in zip(parts, folders.values(), strict=True)
    }


_DIGITS_OR_NOT = re.compile(r"([0-9]{1,18})|([^0-9]+)")


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key in which digits count as numbers."""
    return [
        (0, int(digits), "") if digits else (1, 0, other) for digits, other in _DIGITS_OR_NOT.findall(name)
    ]


def frame_name(camera: str, index: int, several: bool) -> str:
    """The name of a frame's picture from which :func:`cameras_of` finds camera and order again.

    COLMAP reads a name only up to its first space.
    """
    camera = "_".join(camera.split())
    return f"{camera}/frame_{index + 1:05d}.png" if several else f"frame_{index + 1:05d}.png"
