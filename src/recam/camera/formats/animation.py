"""Camera animation out of Unreal's Sequencer and Blender, as CSV or JSON with named columns.

Neither program has such a file of its own; docs/cameras.md holds short scripts that write and read these.

Unreal: ``frame, x_cm, y_cm, z_cm, roll_deg, pitch_deg, yaw_deg``: an actor's location and rotator; x forward,
y right, z up, left-handed; a positive pitch looks up, a positive yaw right, a positive roll leans right.
Blender: ``frame, x_m, y_m, z_m`` and ``qw, qx, qy, qz`` or ``rx_deg, ry_deg, rz_deg`` (Euler angles,
mode XYZ) of the camera's world matrix: the camera looks along its -z, y up; z up in the world.

Both may have ``camera`` (a name; several cameras in one file) and the lens: ``focal_length_mm`` and
``sensor_width_mm``, with ``sensor_height_mm`` where the pixels are not square, for pictures of ``width`` x
``height``, whose centre is ``cx``, ``cy`` where it is not the middle.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.json_text import as_size
from recam.camera.formats.lens_numbers import add_note
from recam.camera.formats.quaternions import rotations_from_quaternions
from recam.camera.formats.table import Table, columns_of, read_table, write_table
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray
from recam.errors import CameraFileError

_UNREAL_PLACE = ("x_cm", "y_cm", "z_cm")
_UNREAL_TURN = ("roll_deg", "pitch_deg", "yaw_deg")
_BLENDER_PLACE = ("x_m", "y_m", "z_m")
_BLENDER_QUATERNION = ("qw", "qx", "qy", "qz")
_BLENDER_EULER = ("rx_deg", "ry_deg", "rz_deg")
_LENS = ("focal_length_mm", "sensor_width_mm")
_NOMINAL_SIZE = (1920, 1080)
_WRITTEN_SENSOR_MM = 36.0


def _plain(column: str) -> str:
    """``x_cm`` without its unit."""
    return column.split("_")[0]


def _with_units(columns: Sequence[str], names: Sequence[str]) -> bool:
    return all(name in columns for name in names)


def _without_units(columns: Sequence[str], names: Sequence[str]) -> bool:
    return all(name in columns or _plain(name) in columns for name in names)


def _is_unreal(content: Content) -> bool:
    return _with_units(columns_of(content), (*_UNREAL_PLACE, *_UNREAL_TURN))


def _is_blender(content: Content) -> bool:
    columns = columns_of(content)
    return _with_units(columns, _BLENDER_PLACE) and (
        _with_units(columns, _BLENDER_QUATERNION) or _with_units(columns, _BLENDER_EULER)
    )


def _may_be_unreal(content: Content) -> bool:
    return _without_units(columns_of(content), (*_UNREAL_PLACE, *_UNREAL_TURN))


def _may_be_blender(content: Content) -> bool:
    columns = columns_of(content)
    return _without_units(columns, _BLENDER_PLACE) and (
        _with_units(columns, _BLENDER_QUATERNION) or _without_units(columns, _BLENDER_EULER)
    )


def _numbers(table: Table, names: Sequence[str], notes: list[str]) -> FloatArray:
    """[rows, len(names)]: columns by their names, or without the unit in them."""
    found = []
    for name in names:
        if name not in table.columns:
            add_note(notes, f"column {_plain(name)} states no unit; taken as {name}")
        found.append(table.numbers(name if name in table.columns else _plain(name)))
    return np.stack(found, axis=1)


def _parse_unreal(content: Content) -> RawSet:
    table, notes = read_table(content), list[str]()
    place, turn = _numbers(table, _UNREAL_PLACE, notes), _numbers(table, _UNREAL_TURN, notes)
    return _gather(content, table, _from_rotators(turn), place, notes)


def _parse_blender(content: Content) -> RawSet:
    table, notes = read_table(content), list[str]()
    place = _numbers(table, _BLENDER_PLACE, notes)
    if _with_units(table.columns, _BLENDER_QUATERNION):
        quaternions = _numbers(table, _BLENDER_QUATERNION, notes)
        rotations = rotations_from_quaternions(content.path, quaternions, table.labels)
    else:
        angles = _numbers(table, _BLENDER_EULER, notes)
        rotations = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return _gather(content, table, rotations, place, notes)


def _from_rotators(angles: FloatArray) -> FloatArray:
    """Rotations [F,3,3] (columns: forward, right, up) of Unreal rotators [F,3] in degrees."""
    roll, pitch, yaw = angles.T
    # Unreal's axes are left-handed, so pitch and roll turn the other way about y and x than these formulas.
    return Rotation.from_euler("ZYX", np.stack([yaw, -pitch, -roll], axis=1), degrees=True).as_matrix()


def _to_rotators(rotations: FloatArray) -> FloatArray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # straight up or down: roll is then 0, and the rotation is the same
        yaw, pitch, roll = Rotation.from_matrix(rotations).as_euler("ZYX", degrees=True).T
    return np.stack([-roll, -pitch, yaw], axis=1)


def _gather(
    content: Content, table: Table, rotations: FloatArray, place: FloatArray, notes: list[str]
) -> RawSet:
    if not table.labels:
        raise CameraFileError(content.path, "holds no frames")
    matrices = np.tile(np.eye(4), (len(table.labels), 1, 1))
    matrices[:, :3, :3], matrices[:, :3, 3] = rotations, place
    numbers = table.numbers("frame") if "frame" in table.columns else None
    cameras = {}
    for camera, rows in table.cameras().items():
        if numbers is not None:
            _check_frames(content.path, camera, numbers[rows])
        lenses = _lenses(content.path, table, rows, notes)
        labels = tuple(table.labels[row] for row in rows)
        cameras[camera or content.stem] = RawCamera(matrices[rows], lenses, None, labels)
    return RawSet(cameras, notes=tuple(notes))


def _check_frames(path: Path, camera: str, numbers: FloatArray) -> None:
    gaps = np.flatnonzero(np.diff(numbers) != 1)
    if len(gaps):
        before, after = numbers[gaps[0]], numbers[gaps[0] + 1]
        of = f" of camera {camera}" if camera else ""
        raise CameraFileError(
            path, f"after frame {before:g}{of} comes frame {after:g}; recam needs every frame, in order"
        )


def _lenses(path: Path, table: Table, rows: list[int], notes: list[str]) -> Lenses | None:
    if not _with_units(table.columns, _LENS):
        if _without_units(table.columns, ("focal_length_mm",)) or _LENS[0] in table.columns:
            add_note(notes, "the lens is left out: it needs focal_length_mm and sensor_width_mm")
        return None
    if _with_units(table.columns, ("width", "height")):
        sizes = np.stack([table.numbers("width")[rows], table.numbers("height")[rows]], axis=1)
        if (sizes != sizes[0]).any():
            raise CameraFileError(path, "the pictures' size (width, height) changes within a camera")
        width, height = (as_size(path, "the pictures' size", side) for side in sizes[0].tolist())
    else:
        width, height = _NOMINAL_SIZE
        add_note(notes, f"the pictures' size (width, height) is not stated; taken as {width}x{height}")
    focal, sensor = (table.numbers(name)[rows] for name in _LENS)
    if not ((focal > 0) & (sensor > 0)).all():
        raise CameraFileError(path, "focal_length_mm and sensor_width_mm must be positive")
    across = focal / sensor * width
    along = across
    if "sensor_height_mm" in table.columns:
        along = focal / table.numbers("sensor_height_mm")[rows] * height
    centre = [
        table.numbers(name)[rows] if name in table.columns else np.full(len(rows), side / 2)
        for name, side in (("cx", width), ("cy", height))
    ]
    return Lenses(np.stack([across, along, *centre], axis=1), width, height)


def _lens_cells(lenses: Lenses, index: int) -> dict[str, object]:
    fx, fy, cx, cy = lenses.params[index].tolist()
    focal = fx / lenses.width * _WRITTEN_SENSOR_MM
    return {
        "focal_length_mm": focal,
        "sensor_width_mm": _WRITTEN_SENSOR_MM,
        "sensor_height_mm": focal / fy * lenses.height,
        "width": lenses.width,
        "height": lenses.height,
        "cx": cx,
        "cy": cy,
    }


def _write(path: Path, cameras: RawSet, options: WriteOptions, unreal: bool) -> None:
    with_lens = all(camera.lenses is not None for camera in cameras.cameras.values())
    rows: list[dict[str, object]] = []
    for name, camera in cameras.cameras.items():
        rotations = camera.matrices[:, :3, :3]
        if unreal:
            place_names, turn_names, turns = _UNREAL_PLACE, _UNREAL_TURN, _to_rotators(rotations)
        else:
            place_names, turn_names = _BLENDER_PLACE, _BLENDER_QUATERNION
            turns = Rotation.from_matrix(rotations).as_quat(scalar_first=True)
        for index, matrix in enumerate(camera.matrices):
            row: dict[str, object] = {"camera": name, "frame": index}
            row |= dict(zip(place_names, (matrix[:3, 3] + 0.0).tolist(), strict=True))
            row |= dict(zip(turn_names, (turns[index] + 0.0).tolist(), strict=True))
            if with_lens and camera.lenses is not None:
                row |= _lens_cells(camera.lenses, index)
            rows.append(row)
    comment = (
        "Unreal Engine: centimetres, x forward, y right, z up, left-handed; roll, pitch, yaw in degrees"
        if unreal
        else "Blender: metres, z up; the camera looks along its -z with y up; quaternion w x y z"
    )
    write_table(path, rows, comment)


UNREAL = CameraFormat(
    "unreal",
    "Unreal Sequencer camera animation, CSV or JSON",
    ("text", "json"),
    "unreal",
    _is_unreal,
    _parse_unreal,
    partial(_write, unreal=True),
    accepts=_may_be_unreal,
    units="centimetres",
    metres=0.01,
    lens="optional",
    several=True,
    suffixes=(".csv",),
)

BLENDER = CameraFormat(
    "blender",
    "Blender camera animation, CSV or JSON",
    ("text", "json"),
    "blender",
    _is_blender,
    _parse_blender,
    partial(_write, unreal=False),
    accepts=_may_be_blender,
    lens="optional",
    several=True,
    suffixes=(".csv",),
)
