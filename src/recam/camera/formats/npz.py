"""recam's own NumPy archive, and any with ``c2w``: camera-to-world matrices and the lens.

``c2w`` [F,4,4] or [F,3,4] camera-to-world (or ``w2c``, its inverse), and if known ``K`` [F,3,3] or [3,3] in
pixels with ``width`` and ``height``; recam also writes ``axes``, ``units``, ``name`` and, where it has them,
``times`` (seconds). Several cameras have their names before these, as in ``cam01/c2w``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recam.camera.conventions import AXES
from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.json_text import as_size, short
from recam.camera.formats.matrices import invert
from recam.camera.formats.npz_arrays import read_lens_matrices, read_poses, save_arrays
from recam.camera.formats.npz_file import NpzFile
from recam.camera.lenses import Lenses
from recam.errors import CameraFileError


def _own_prefixes(arrays: NpzFile) -> list[str]:
    return [
        name.removesuffix(key)
        for name in arrays.names
        for key in ("c2w", "w2c")
        if name == key or name.endswith(f"/{key}")
    ]


def _recognises(content: Content) -> bool:
    return bool(_own_prefixes(content.arrays))


def _parse(content: Content) -> RawSet:
    arrays = content.arrays
    notes: list[str] = []
    cameras = {}
    for prefix in _own_prefixes(arrays):
        if f"{prefix}c2w" in arrays and f"{prefix}w2c" in arrays:
            raise CameraFileError(
                content.path, f"holds both {prefix}c2w and {prefix}w2c; one of them is enough"
            )
        key = "c2w" if f"{prefix}c2w" in arrays else "w2c"
        matrices = read_poses(arrays, prefix + key)
        matrices = matrices if key == "c2w" else invert(matrices)
        name = prefix.rstrip("/") or _own_name(content)
        times = arrays.numbers(f"{prefix}times") if f"{prefix}times" in arrays else None
        if times is not None and (times.shape != (len(matrices),) or not np.isfinite(times).all()):
            raise CameraFileError(content.path, f"array '{prefix}times' must be one finite number a frame")
        cameras[name] = RawCamera(matrices, _own_lenses(arrays, prefix, len(matrices), notes), times)
    axes = _stated(arrays, "axes", tuple(AXES))
    units = _stated(arrays, "units", ("metres",))
    return RawSet(cameras, notes=tuple(notes), axes=axes, units_stated=units is not None)


def _own_name(content: Content) -> str:
    names = content.arrays.texts("name") if "name" in content.arrays else []
    return names[0] if names and names[0] else content.stem


def _stated(arrays: NpzFile, key: str, known: tuple[str, ...]) -> str | None:
    if key not in arrays:
        return None
    texts = arrays.texts(key)
    if len(texts) != 1 or texts[0] not in known:
        raise CameraFileError(
            arrays.path, f"array {key!r} must be one of {', '.join(known)}, not {short(texts)}"
        )
    return texts[0]


def _own_lenses(arrays: NpzFile, prefix: str, num_frames: int, notes: list[str]) -> Lenses | None:
    if f"{prefix}K" not in arrays:
        return None
    matrices = read_lens_matrices(arrays, f"{prefix}K", num_frames)
    sides: list[int] = []
    for key, centre in (("width", matrices[0, 0, 2]), ("height", matrices[0, 1, 2])):
        if prefix + key in arrays:
            value = arrays.numbers(prefix + key)
            sides.append(
                as_size(arrays.path, f"'{prefix}{key}'", float(value.flat[0]) if value.size else None)
            )
        else:
            sides.append(
                as_size(arrays.path, f"twice the centre in '{prefix}K'", float(np.round(2 * centre)))
            )
            notes.append(f"the pictures' {key} is not stated; taken as {sides[-1]}, twice the lens's centre")
    return Lenses.from_matrices(matrices, sides[0], sides[1])


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    arrays: dict[str, np.ndarray] = {"axes": np.array(cameras.axes), "units": np.array("metres")}
    several = len(cameras.cameras) > 1
    for name, camera in cameras.cameras.items():
        prefix = f"{name}/" if several else ""
        if not several:
            arrays["name"] = np.array(name)
        arrays[f"{prefix}c2w"] = camera.matrices
        if camera.lenses is not None:
            arrays[f"{prefix}K"] = camera.lenses.matrices
            arrays[f"{prefix}width"] = np.array(camera.lenses.width)
            arrays[f"{prefix}height"] = np.array(camera.lenses.height)
        if camera.times is not None:
            arrays[f"{prefix}times"] = camera.times
    save_arrays(path, arrays)


NPZ = CameraFormat(
    "npz",
    "NumPy archive (c2w, and K with width and height)",
    "npz",
    "opencv",
    _recognises,
    _parse,
    _write,
    axes_stated=False,
    states_axes=True,
    units="as they are",
    lens="optional",
    several=True,
    suffixes=(".npz",),
)
