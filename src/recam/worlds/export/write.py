"""Writing rigs as scripts that Blender and Unreal Engine run, and as plain files of the same numbers.

OUT/scene0/cameras_blender.py or cameras_unreal.py   makes the animated cameras in the user's project
OUT/scene0/cameras.csv                               a row for each camera and frame (recam reads it back)
OUT/scene0/cameras.json                              the script's numbers, with lens, moves, axes and units
OUT/scene0/camera_extrinsics.json                    the same cameras as in the published data set
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from recam.camera.formats import CameraSet, write_cameras, write_multicamvideo
from recam.camera.intrinsics import MULTICAMVIDEO_SENSOR_MM
from recam.camera.lenses import Lenses
from recam.errors import OutputError
from recam.files import atomic_folder
from recam.worlds.export.rigs import METRES, Rig, RigSettings, draw_export_rig, to_opencv_world

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_SIZE = 1280  # pixels a side of the published videos
_COLUMNS = {
    "blender": ("x_m", "y_m", "z_m", "qw", "qx", "qy", "qz"),
    "unreal": ("x_cm", "y_cm", "z_cm", "roll_deg", "pitch_deg", "yaw_deg"),
}
_AXES = {
    "blender": "metres, z up; cameras look along their -z with y up; x, y, z, quaternion w, x, y, z",
    "unreal": "centimetres, x forward, y right, z up, left-handed; x, y, z, roll, pitch, yaw in degrees, "
    "distance of the focus",
}


def export_rigs(
    out: str | os.PathLike[str],
    scenes: Iterable[int],
    settings: RigSettings,
    on_scene: Callable[[int], None] | None = None,
) -> list[Path]:
    """Write a rig for each of the scene numbers; the folders of the scenes.

    Raises:
        InputError: settings that cannot be used, or no room for the cameras.
        OutputError: a scene's folder exists already, or cannot be written.
    """
    settings.check()
    out, folders = Path(out), []
    for number in scenes:
        rig = draw_export_rig(number, settings)
        place = out / rig.name
        if place.exists():
            raise OutputError(place, "exists already; remove it or give another folder")
        with atomic_folder(place) as folder:
            _write_rig(folder, rig, settings)
        folders.append(place)
        if on_scene:
            on_scene(number)
    return folders


def _write_rig(folder: Path, rig: Rig, settings: RigSettings) -> None:
    target = settings.target
    poses = {camera.name: to_opencv_world(camera.poses) for camera in rig.cameras}
    lens = rig.lens.intrinsics(_SIZE)
    lenses = {name: Lenses.constant(lens, settings.num_frames) for name in poses}
    table = folder / "cameras.csv"
    write_cameras(table, CameraSet(target, poses, False, lenses), target, fps=settings.fps)
    write_multicamvideo(folder / "camera_extrinsics.json", poses)
    data = _script_data(rig, settings, _read_rows(table, target))
    text = json.dumps(data).replace("], [", "],\n[").replace(']], "', ']],\n"')
    (folder / "cameras.json").write_text(text + "\n")
    template = (_TEMPLATES / f"cameras_{target}.py").read_text()
    (folder / f"cameras_{target}.py").write_text(template.replace("@DATA@", text))


def _read_rows(table: Path, target: str) -> dict[str, list[list[float]]]:
    """The numbers of the table by camera: so that the script holds the very same."""
    with table.open(newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    found: dict[str, list[list[float]]] = {}
    for row in rows:
        found.setdefault(row["camera"], []).append([float(row[column]) for column in _COLUMNS[target]])
    return found


def _script_data(rig: Rig, settings: RigSettings, rows: dict[str, list[list[float]]]) -> dict[str, Any]:
    if settings.target == "unreal":
        for camera in rig.cameras:
            values = np.array(rows[camera.name])
            # Unreal goes straight from key to key, so that 179 to -179 degrees would be a whole turn.
            values[:, 3:6] = np.unwrap(values[:, 3:6], period=360.0, axis=0)
            focus = rig.focus_distances(camera) / METRES["unreal"]
            rows[camera.name] = np.concatenate([values, focus[:, None]], axis=1).tolist()
    rate = Fraction(settings.fps).limit_denominator(1001)
    return {
        "name": rig.name,
        "axes": _AXES[settings.target],
        "subject": list(settings.subject),
        "seed": settings.seed,
        "num_frames": settings.num_frames,
        "fps": settings.fps,
        "fps_numerator": rate.numerator,
        "fps_denominator": rate.denominator,
        "size": _SIZE,
        "focal_mm": float(rig.lens.focal_mm),
        "f_number": float(rig.lens.aperture),
        "sensor_mm": MULTICAMVIDEO_SENSOR_MM,
        "lens": rig.lens.folder,
        "moves": {
            camera.name: {"kind": camera.move.kind, "distance": camera.distance, **camera.move.parameters}
            for camera in rig.cameras
        },
        "cameras": rows,
    }
