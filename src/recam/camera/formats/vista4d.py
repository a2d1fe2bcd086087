"""Vista4D's camera files: what its camera UI exports, its examples hold and its scripts save and load.

``cam_c2w`` [F,4,4] camera-to-world in OpenCV axes and ``intrinsics`` [F,4] (fx fy cx cy, pixels). The UI adds
both again with ``_fsff`` after their names ("force same first frame"): the path from the source's view on.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.npz_arrays import read_four_numbers, read_poses, save_arrays
from recam.errors import InputError

_FIRST_FRAME = "_fsff"


def _accepts(content: Content) -> bool:
    return "cam_c2w" in content.arrays


def _recognises(content: Content) -> bool:
    return _accepts(content) and "intrinsic" not in content.arrays  # that would be MegaSaM's


def _parse(content: Content) -> RawSet:
    notes: list[str] = []
    cameras = {}
    for suffix in ("", _FIRST_FRAME):
        if f"cam_c2w{suffix}" not in content.arrays:
            continue
        matrices = read_poses(content.arrays, f"cam_c2w{suffix}")
        intrinsics = f"intrinsics{suffix}"
        lenses = (
            read_four_numbers(content.arrays, intrinsics, len(matrices), notes)
            if intrinsics in content.arrays
            else None
        )
        cameras[content.stem + suffix] = RawCamera(matrices, lenses)
    return RawSet(cameras, notes=tuple(notes))


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    (name, camera), *others = cameras.cameras.items()
    arrays = _arrays("", camera)
    if others:
        if len(others) > 1 or others[0][0] != name + _FIRST_FRAME:
            raise InputError(
                f"a vista4d file holds one camera, and {name}{_FIRST_FRAME} beside it; choose one"
            )
        arrays |= _arrays(_FIRST_FRAME, others[0][1])
    save_arrays(path, arrays)


def _arrays(suffix: str, camera: RawCamera) -> dict[str, np.ndarray]:
    assert camera.lenses is not None  # the format needs one, so the registry has put one there
    return {f"cam_c2w{suffix}": camera.matrices, f"intrinsics{suffix}": camera.lenses.params}


VISTA4D = CameraFormat(
    "vista4d",
    "Vista4D cameras .npz (cam_c2w, intrinsics)",
    "npz",
    "opencv",
    _recognises,
    _parse,
    _write,
    _accepts,
    units="as they are",
    lens="needed",
    several=True,
)
