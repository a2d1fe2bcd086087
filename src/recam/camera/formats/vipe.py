"""ViPE's artefacts: where ReDirector and FlashRender read the cameras of sources and results from.

A folder with ``pose/NAME.npz``, whose ``data`` [N,4,4] is camera-to-world in OpenCV axes and whose ``inds``
[N] are the frames, and ``intrinsics/NAME.npz``, whose ``data`` [N,4] is fx fy cx cy in pixels. The unit of
length is what ViPE's depth estimator took for a metre.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.npz_arrays import read_four_numbers, read_poses, save_arrays
from recam.camera.formats.npz_file import NpzFile
from recam.errors import CameraFileError
from recam.files import atomic_folder


def _pose_file(content: Content) -> Path | None:
    """The one pose file of ViPE's output folder, or the file itself."""
    if content.kind == "npz":
        return content.path
    files = sorted((content.path / "pose").glob("*.npz"))
    if len(files) > 1:
        names = ", ".join(file.name for file in files[:10])
        raise CameraFileError(
            content.path, f"holds the poses of several clips; name one file of pose/: {names}"
        )
    return files[0] if files else None


def _recognises(content: Content) -> bool:
    if content.kind == "npz":
        return "data" in content.arrays and "inds" in content.arrays
    return (content.path / "pose").is_dir() and any((content.path / "pose").glob("*.npz"))


def _parse(content: Content) -> RawSet:
    file = _pose_file(content)
    assert file is not None  # recognised
    arrays = NpzFile(file)
    if arrays.numbers("data").ndim == 2:
        raise CameraFileError(file, "holds lenses; the poses are in the folder pose/ beside its folder")
    matrices = read_poses(arrays, "data")
    indices = arrays.numbers("inds") if "inds" in arrays else np.arange(len(matrices), dtype=np.float64)
    if indices.shape != (len(matrices),):
        raise CameraFileError(file, f"array 'inds' must hold {len(matrices)} frame numbers")
    gaps = np.flatnonzero(np.diff(indices) != 1)
    if len(gaps):
        after = indices[gaps[0]]
        raise CameraFileError(
            file, f"lacks the pose of the frame after {after:g}; recam needs one for every frame"
        )
    notes: list[str] = []
    lenses = None
    beside = file.parent.parent / "intrinsics" / file.name
    if file.parent.name == "pose" and beside.is_file():
        lenses = read_four_numbers(NpzFile(beside), "data", len(matrices), notes)
    else:
        notes.append(f"no lens: there is no ../intrinsics/{file.name} beside the poses")
    name = file.stem if file.stem.isprintable() else "camera"
    return RawSet({name: RawCamera(matrices, lenses)}, notes=tuple(notes))


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _, camera = cameras.only()
    assert camera.lenses is not None  # the format needs one, so the registry has put one there
    indices = np.arange(len(camera.matrices))
    with atomic_folder(path) as folder:
        for part, data in (("pose", camera.matrices), ("intrinsics", camera.lenses.params)):
            (folder / part).mkdir()
            save_arrays(folder / part / f"{path.name}.npz", {"data": data, "inds": indices})


VIPE = CameraFormat(
    "vipe",
    "ViPE artefacts, which ReDirector and FlashRender use (pose/ and intrinsics/)",
    ("npz", "folder"),
    "opencv",
    _recognises,
    _parse,
    _write,
    units="as they are",
    lens="needed",
)
