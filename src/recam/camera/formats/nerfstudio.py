"""``transforms.json`` of nerfstudio and instant-ngp, and of the Blender scenes of the NeRF paper.

``{"fl_x": ..., "fl_y": ..., "cx": ..., "cy": ..., "w": ..., "h": ..., "frames": [{"file_path": ...,
"transform_matrix": 4x4 camera-to-world}, ...]}`` with OpenGL camera axes and z up in the world. Every lens
entry may stand in a frame instead. The NeRF paper's files give ``camera_angle_x``, the full horizontal angle
of view in radians, of pictures of 800x800, and no size.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.json_text import as_number, as_rows, as_size
from recam.camera.formats.lens_numbers import LensNumbers, add_note, lenses_of_frames
from recam.camera.formats.matrices import cameras_of, frame_name
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray
from recam.errors import CameraFileError
from recam.files import atomic_file

_NERF_SIZE = 800  # of the NeRF paper's Blender scenes
_DISTORTION = ("k1", "k2", "k3", "k4", "p1", "p2")
_PINHOLES = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL")


def _recognises(content: Content) -> bool:
    frames = content.entries.get("frames")
    return isinstance(frames, list) and any(
        isinstance(frame, dict) and "transform_matrix" in frame for frame in frames[:100]
    )


def _parse(content: Content) -> RawSet:
    path, document = content.path, content.entries
    frames = document["frames"]
    assert isinstance(frames, list)
    names, matrices = [], np.tile(np.eye(4), (len(frames), 1, 1))
    for index, frame in enumerate(frames):
        if not isinstance(frame, dict):
            raise CameraFileError(path, f"frame {index} must be an object with a transform_matrix")
        matrix = frame.get("transform_matrix")
        rows = as_rows(matrix, 4, 4)
        rows = as_rows(matrix, 3, 4) if rows is None else rows
        if rows is None:
            raise CameraFileError(path, f"frame {index}: transform_matrix must be four rows of four numbers")
        matrices[index, : len(rows)] = rows
        name = frame.get("file_path")
        names.append(name if isinstance(name, str) else "")
    notes: list[str] = []
    if not all(names) or len(set(names)) != len(names):
        # Without names of their own the frames have no order but the file's.
        groups = {content.stem: list(range(len(frames)))}
    else:
        groups = cameras_of(path, names, content.stem)
        if any(indices != sorted(indices) for indices in groups.values()):
            notes.append("frames are taken in the order of their file names, which is not the file's order")
    lenses = _lenses(path, document, frames, notes)
    cameras = {}
    for camera, indices in groups.items():
        labels = tuple(f"frame {index}" + (f" ({names[index]})" if names[index] else "") for index in indices)
        cameras[camera] = RawCamera(
            matrices[indices], lenses_of_frames(lenses, indices, camera, notes), None, labels
        )
    return RawSet(cameras, notes=tuple(notes))


def _lenses(
    path: Path, document: dict[str, object], frames: list[dict[str, object]], notes: list[str]
) -> list[LensNumbers | None]:
    """fx, fy, cx, cy, width, height of each frame; None where the file does not say."""
    shared = {key: document[key] for key in _LENS_KEYS if key in document}
    per_frame = [any(key in frame for key in _LENS_KEYS) for frame in frames]
    common = _lens(path, "the file", shared, notes) if not all(per_frame) else None
    found = [
        _lens(path, f"frame {index}", shared | {k: frame[k] for k in _LENS_KEYS if k in frame}, notes)
        if own
        else common
        for index, (frame, own) in enumerate(zip(frames, per_frame, strict=True))
    ]
    models = {str(entry.get("camera_model", "OPENCV")) for entry in (document, *frames)}
    other = sorted(model for model in models if model.upper() not in _PINHOLES)
    if other:
        add_note(notes, "the lens is left out: its camera model is no pinhole (camera_model of the file)")
        return [None] * len(frames)
    for entry in (document, *frames):
        if any(key in entry and as_number(path, key, entry[key]) != 0 for key in _DISTORTION):
            add_note(
                notes, "the lens's distortion (k1, k2, ...) is left out; poses and focal lengths are kept"
            )
            break
    return found


_LENS_KEYS = ("fl_x", "fl_y", "cx", "cy", "w", "h", "camera_angle_x", "camera_angle_y")


def _lens(path: Path, where: str, entries: dict[str, object], notes: list[str]) -> LensNumbers | None:
    numbers = {key: as_number(path, f"{where}: {key}", value) for key, value in entries.items()}
    if not any(key in numbers for key in ("fl_x", "fl_y", "camera_angle_x", "camera_angle_y")):
        return None
    if "w" in numbers and "h" in numbers:
        width, height = (as_size(path, f"{where}: {key}", entries[key]) for key in ("w", "h"))
    elif "cx" in numbers and "cy" in numbers and min(numbers["cx"], numbers["cy"]) > 0:
        width, height = (as_size(path, f"{where}: {key}", round(2 * numbers[key])) for key in ("cx", "cy"))
        add_note(
            notes, f"the pictures' size is not stated; taken as {width}x{height}, twice the lens's centre"
        )
    elif "fl_x" in numbers or "fl_y" in numbers:
        add_note(notes, "the lens is left out: it is in pixels and the pictures' size (w, h) is not stated")
        return None
    else:
        width = height = _NERF_SIZE
        add_note(
            notes, f"the pictures' size is not stated; taken as {width}x{height}, that of the NeRF scenes"
        )
    focal = {}
    for side, key, angle in ((width, "fl_x", "camera_angle_x"), (height, "fl_y", "camera_angle_y")):
        if key in numbers:
            focal[key] = numbers[key]
        elif angle in numbers:
            if not 0 < numbers[angle] < math.pi:
                raise CameraFileError(path, f"{where}: {angle} must lie between 0 and pi (it is in radians)")
            focal[key] = side / 2 / math.tan(numbers[angle] / 2)
    across, along = focal.get("fl_x", focal.get("fl_y", 0.0)), focal.get("fl_y", focal.get("fl_x", 0.0))
    if not (across > 0 and along > 0):
        raise CameraFileError(path, f"{where}: the focal length must be positive")
    centre = numbers.get("cx", width / 2), numbers.get("cy", height / 2)
    return across, along, *centre, width, height


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    several = len(cameras.cameras) > 1
    constant = not several and all(
        camera.lenses is not None and camera.lenses.is_constant for camera in cameras.cameras.values()
    )
    document: dict[str, object] = {"camera_model": "OPENCV"}
    frames: list[dict[str, object]] = []
    for name, camera in cameras.cameras.items():
        assert camera.lenses is not None  # the format needs one, so the registry has put one there
        entries = [_entries(params, camera.lenses) for params in camera.lenses.params]
        if constant:
            document |= entries[0]
        for index, matrix in enumerate(camera.matrices):
            frame: dict[str, object] = {"file_path": f"images/{frame_name(name, index, several)}"}
            frame |= {} if constant else entries[index]
            frames.append(frame | {"transform_matrix": matrix.tolist()})
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in document.items())
    body = ",\n".join(f"    {json.dumps(frame)}" for frame in frames)
    with atomic_file(path) as temporary:
        temporary.write_text(f'{{\n{head}  "frames": [\n{body}\n  ]\n}}\n', encoding="utf-8")


def _entries(params: FloatArray, lenses: Lenses) -> dict[str, object]:
    fx, fy, cx, cy = params.tolist()
    return {"fl_x": fx, "fl_y": fy, "cx": cx, "cy": cy, "w": lenses.width, "h": lenses.height}


NERFSTUDIO = CameraFormat(
    "nerfstudio",
    "nerfstudio, instant-ngp or NeRF transforms.json",
    "json",
    "blender",
    _recognises,
    _parse,
    _write,
    units="as they are",
    lens="needed",
    several=True,
    suffixes=("transforms.json",),
)
