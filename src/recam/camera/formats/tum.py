"""TUM trajectories: ``timestamp tx ty tz qx qy qz qw`` a line, camera-to-world, seconds.

The layout of the TUM RGB-D benchmark (``groundtruth.txt``), which most odometry and SLAM programs write. It
says nothing of the axes: the benchmark itself gives the colour camera's (OpenCV).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.number_lines import count_numbers, line_of, read_numbers
from recam.camera.formats.quaternions import rotations_from_quaternions
from recam.files import atomic_file

_COLUMNS = "timestamp tx ty tz qx qy qz qw"


def _recognises(content: Content) -> bool:
    return bool(content.data_lines) and count_numbers(content.data_lines[0][1]) == 8


def _parse(content: Content) -> RawSet:
    rows = read_numbers(content, content.data_lines, 8, _COLUMNS)
    names = tuple(f"line {number}" for number, _ in content.data_lines)
    matrices = np.tile(np.eye(4), (len(rows), 1, 1))
    matrices[:, :3, :3] = rotations_from_quaternions(content.path, rows[:, [7, 4, 5, 6]], names)
    matrices[:, :3, 3] = rows[:, 1:4]
    camera = RawCamera(matrices, times=rows[:, 0], frame_names=names)
    return RawSet({content.stem: camera})


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _, camera = cameras.only()
    quaternions = Rotation.from_matrix(camera.matrices[:, :3, :3]).as_quat()  # x y z w
    rows = np.column_stack([options.seconds(camera), camera.matrices[:, :3, 3], quaternions])
    with atomic_file(path) as temporary:
        lines = [f"# {_COLUMNS}", *(line_of(row) for row in rows)]
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


TUM = CameraFormat(
    "tum",
    "TUM trajectory (a line each: timestamp tx ty tz qx qy qz qw)",
    "text",
    "opencv",
    _recognises,
    _parse,
    _write,
    axes_stated=False,
    units="as they are",
    suffixes=(".tum", ".txt"),
)
