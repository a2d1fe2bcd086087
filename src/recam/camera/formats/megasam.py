"""What MegaSaM writes: ``outputs/NAME_droid.npz`` and ``outputs_cvd/NAME_sgd_cvd_hr.npz``.

``cam_c2w`` [F,4,4] camera-to-world in OpenCV axes and ``intrinsic`` [3,3], the one lens in pixels of the
pictures in the same file (``images`` [F,H,W,3], ``depths``), which it made smaller. The unit of length is
what its depth estimator took for a metre. MegaSaM keeps at most 1000 frames.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.npz_arrays import lenses_of_pictures, read_lens_matrices, read_poses, save_arrays
from recam.errors import InputError


def _recognises(content: Content) -> bool:
    return "cam_c2w" in content.arrays and "intrinsic" in content.arrays


def _parse(content: Content) -> RawSet:
    notes: list[str] = []
    matrices = read_poses(content.arrays, "cam_c2w")
    lens = read_lens_matrices(content.arrays, "intrinsic", len(matrices))
    lenses = lenses_of_pictures(content.arrays, "intrinsic", lens, 1, notes)
    return RawSet({content.stem: RawCamera(matrices, lenses)}, notes=tuple(notes))


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _, camera = cameras.only()
    assert camera.lenses is not None  # the format needs one, so the registry has put one there
    if not camera.lenses.is_constant:
        raise InputError("a megasam file holds one lens for all frames, and this camera's lens changes")
    save_arrays(path, {"cam_c2w": camera.matrices, "intrinsic": np.array(camera.lenses.matrices[0])})


MEGASAM = CameraFormat(
    "megasam",
    "MegaSaM outputs .npz (cam_c2w, intrinsic)",
    "npz",
    "opencv",
    _recognises,
    _parse,
    _write,
    units="as they are",
    lens="needed",
)
