"""What VGGT's demo writes: ``predictions.npz``.

``extrinsic`` [F,3,4] **world-to-camera** in OpenCV axes and ``intrinsic`` [F,3,3] in pixels of the pictures
in the same file (``images`` [F,3,H,W]), which it made 518 pixels wide. Scripts around its model save both
with the batch in front, [1,F,3,4]. The unit of length is VGGT's own.
"""

from __future__ import annotations

from pathlib import Path

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.matrices import invert
from recam.camera.formats.npz_arrays import lenses_of_pictures, read_lens_matrices, read_poses, save_arrays


def _recognises(content: Content) -> bool:
    return "extrinsic" in content.arrays and "intrinsic" in content.arrays


def _parse(content: Content) -> RawSet:
    notes: list[str] = []
    matrices = invert(read_poses(content.arrays, "extrinsic", batches=True))
    lens = read_lens_matrices(content.arrays, "intrinsic", len(matrices), batches=True)
    lenses = lenses_of_pictures(content.arrays, "intrinsic", lens, 2, notes)
    return RawSet({content.stem: RawCamera(matrices, lenses)}, notes=tuple(notes))


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _, camera = cameras.only()
    assert camera.lenses is not None  # the format needs one, so the registry has put one there
    save_arrays(path, {"extrinsic": invert(camera.matrices)[:, :3], "intrinsic": camera.lenses.matrices})


VGGT = CameraFormat(
    "vggt",
    "VGGT predictions .npz (extrinsic, world-to-camera, and intrinsic)",
    "npz",
    "opencv",
    _recognises,
    _parse,
    _write,
    units="as they are",
    lens="needed",
)
