"""KITTI odometry poses: twelve numbers a line, the rows of camera-to-world [R|t]; no times, no lens.

Files of sixteen numbers a line (whole 4x4 matrices) are read too. The benchmark's poses are of the left
camera in OpenCV axes; other programs' files may be anything.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.number_lines import count_numbers, line_of, read_numbers
from recam.files import atomic_file


def _recognises(content: Content) -> bool:
    return bool(content.data_lines) and count_numbers(content.data_lines[0][1]) in (12, 16)


def _parse(content: Content) -> RawSet:
    columns = count_numbers(content.data_lines[0][1])
    rows = read_numbers(content, content.data_lines, columns, "the rows of [R|t]")
    matrices = np.tile(np.eye(4), (len(rows), 1, 1))
    matrices[:, : columns // 4] = rows.reshape(len(rows), columns // 4, 4)
    names = tuple(f"line {number}" for number, _ in content.data_lines)
    return RawSet({content.stem: RawCamera(matrices, frame_names=names)})


def _write(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _, camera = cameras.only()
    lines = [line_of(matrix[:3].reshape(-1)) for matrix in camera.matrices]
    with atomic_file(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


KITTI = CameraFormat(
    "kitti",
    "KITTI odometry poses, or any text of 3x4 or 4x4 camera-to-world matrices, one a line",
    "text",
    "opencv",
    _recognises,
    _parse,
    _write,
    axes_stated=False,
    units="as they are",
    suffixes=(".kitti", ".txt"),
)
