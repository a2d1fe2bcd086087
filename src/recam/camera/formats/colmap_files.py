"""The ``cameras`` and ``images`` files of a COLMAP model, text and binary; their counts are not trusted.

Layouts: https://colmap.github.io/format.html. Points are skipped, so a model of gigabytes is read in little
memory. pycolmap reads whole models and ends the process on broken ones, so it is not used here; the tests
compare this reader and writer with it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recam.camera.formats.json_text import short
from recam.errors import CameraFileError

# Name and number of parameters by the number that binary files hold.
_MODELS = {
    0: ("SIMPLE_PINHOLE", 3),
    1: ("PINHOLE", 4),
    2: ("SIMPLE_RADIAL", 4),
    3: ("RADIAL", 5),
    4: ("OPENCV", 8),
    5: ("OPENCV_FISHEYE", 8),
    6: ("FULL_OPENCV", 12),
    7: ("FOV", 5),
    8: ("SIMPLE_RADIAL_FISHEYE", 4),
    9: ("RADIAL_FISHEYE", 5),
    10: ("THIN_PRISM_FISHEYE", 12),
    11: ("RAD_TAN_THIN_PRISM_FISHEYE", 16),
    12: ("SIMPLE_DIVISION", 4),
    13: ("DIVISION", 5),
    14: ("SIMPLE_FISHEYE", 3),
    15: ("FISHEYE", 4),
    16: ("EUCM", 6),
    17: ("EQUIRECTANGULAR", 2),
}
_NUM_PARAMS = dict(_MODELS.values())
_PINHOLE = 1
_LONGEST_LINE = 65536
_LONGEST_NAME = 4096


@dataclass(frozen=True)
class ColmapCamera:
    """One lens of a model, as the file holds it."""

    model: str
    width: int
    height: int
    params: tuple[float, ...]


@dataclass(frozen=True)
class ColmapImage:
    """One posed picture: world-to-camera, quaternion w x y z, translation, its lens and its name."""

    where: str
    quaternion: tuple[float, float, float, float]
    translation: tuple[float, float, float]
    camera_id: int
    name: str


def read_cameras_text(path: Path) -> dict[int, ColmapCamera]:
    """Lenses by id of a ``cameras.txt``.

    Raises:
        CameraFileError: a line is broken; it names the line.
    """
    cameras = {}
    for number, line in _lines(path):
        words = line.split()
        if len(words) < 4:
            raise CameraFileError(path, f"line {number}: expected CAMERA_ID MODEL WIDTH HEIGHT PARAMS...")
        if words[1] not in _NUM_PARAMS:
            raise CameraFileError(path, f"line {number}: unknown camera model {short(words[1])}")
        if len(words) != 4 + _NUM_PARAMS[words[1]]:
            raise CameraFileError(
                path,
                f"line {number}: a {words[1]} camera has {_NUM_PARAMS[words[1]]} parameters, "
                f"found {len(words) - 4}",
            )
        numbers = _floats(path, number, words[4:])
        ids = [_whole(path, number, words[index]) for index in (0, 2, 3)]
        cameras[ids[0]] = _camera(path, f"line {number}", words[1], ids[1], ids[2], numbers)
    return cameras


def read_images_text(path: Path) -> list[ColmapImage]:
    """Posed pictures of an ``images.txt``, in the file's order.

    Raises:
        CameraFileError: a line is broken; it names the line.
    """
    images = []
    for number, line in _lines(path, with_points=True):
        words = line.split(maxsplit=9)
        if len(words) != 10:
            raise CameraFileError(
                path, f"line {number}: expected IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME"
            )
        qw, qx, qy, qz, *shift = _floats(path, number, words[1:8])
        images.append(
            ColmapImage(
                f"line {number} ({words[9][:60]!r})",
                (qw, qx, qy, qz),
                (shift[0], shift[1], shift[2]),
                _whole(path, number, words[8]),
                words[9],
            )
        )
    return images


def read_cameras_binary(path: Path) -> dict[int, ColmapCamera]:
    """Lenses by id of a ``cameras.bin``.

    Raises:
        CameraFileError: the file is cut or states what cannot be.
    """
    cameras = {}
    with _open(path) as file:
        for index in range(_count(file, path, least=24)):
            camera_id, model, width, height = _unpack(file, path, "<IiQQ")
            if model not in _MODELS:
                raise CameraFileError(path, f"camera {index}: unknown camera model {model}")
            name, num_params = _MODELS[model]
            numbers = _unpack(file, path, f"<{num_params}d")
            cameras[camera_id] = _camera(path, f"camera {index}", name, width, height, numbers)
        _expect_end(file, path)
    return cameras


def read_images_binary(path: Path) -> list[ColmapImage]:
    """Posed pictures of an ``images.bin``, in the file's order.

    Raises:
        CameraFileError: the file is cut or states what cannot be.
    """
    images = []
    with _open(path) as file:
        for index in range(_count(file, path, least=73)):
            _, *pose, camera_id = _unpack(file, path, "<I7dI")
            name = _name(file, path, index)
            (points,) = _unpack(file, path, "<Q")
            _skip(file, path, 24 * points)
            qw, qx, qy, qz, x, y, z = pose
            where = f"image {index} ({name[:60]!r})"
            images.append(ColmapImage(where, (qw, qx, qy, qz), (x, y, z), camera_id, name))
        _expect_end(file, path)
    return images


def cameras_text(cameras: Sequence[ColmapCamera]) -> str:
    """``cameras.txt`` for PINHOLE lenses with ids from 1."""
    lines = [
        "# Camera list with one line of data per camera:",
        "#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]",
    ]
    lines.append(f"# Number of cameras: {len(cameras)}")
    for index, camera in enumerate(cameras, 1):
        numbers = " ".join(map(repr, camera.params))
        lines.append(f"{index} {camera.model} {camera.width} {camera.height} {numbers}")
    return "\n".join(lines) + "\n"


def images_text(images: Sequence[ColmapImage]) -> str:
    """``images.txt`` for pictures without points, with ids from 1."""
    lines = [
        "# Image list with two lines of data per image:",
        "#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME",
        "#   POINTS2D[] as (X, Y, POINT3D_ID)",
        f"# Number of images: {len(images)}, mean observations per image: 0",
    ]
    for index, image in enumerate(images, 1):
        numbers = " ".join(map(repr, (*image.quaternion, *image.translation)))
        lines += [f"{index} {numbers} {image.camera_id} {image.name}", ""]
    return "\n".join(lines) + "\n"


def cameras_binary(cameras: Sequence[ColmapCamera]) -> bytes:
    """``cameras.bin`` for PINHOLE lenses with ids from 1."""
    parts = [struct.pack("<Q", len(cameras))]
    for index, camera in enumerate(cameras, 1):
        parts.append(struct.pack("<IiQQ4d", index, _PINHOLE, camera.width, camera.height, *camera.params))
    return b"".join(parts)


def images_binary(images: Sequence[ColmapImage]) -> bytes:
    """``images.bin`` for pictures without points, with ids from 1."""
    parts = [struct.pack("<Q", len(images))]
    for index, image in enumerate(images, 1):
        parts.append(struct.pack("<I7dI", index, *image.quaternion, *image.translation, image.camera_id))
        parts.append(image.name.encode() + b"\0" + struct.pack("<Q", 0))
    return b"".join(parts)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        reason = (
            "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        )
        raise CameraFileError(path, reason) from error


def _lines(path: Path, with_points: bool = False) -> Iterator[tuple[int, str]]:
    """Number and text of the lines that are no comments; after each, one line of points is skipped."""
    number = 0
    with _open(path) as file:
        while raw := file.readline(_LONGEST_LINE):
            number += 1
            if len(raw) == _LONGEST_LINE:
                raise CameraFileError(path, f"line {number}: is too long")
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise CameraFileError(path, f"line {number}: is not text in UTF-8") from error
            if not line or line.startswith("#"):
                continue
            yield number, line
            if with_points:
                number += 1
                _skip_points(file, path, number)


def _skip_points(file: BinaryIO, path: Path, number: int) -> None:
    start = piece = file.readline(_LONGEST_LINE)
    while piece and not piece.endswith(b"\n"):
        piece = file.readline(_LONGEST_LINE)
    words = start.split(maxsplit=10)
    if len(words) >= 10 and not words[9][:1].isdigit() and words[9][:1] != b"-":
        raise CameraFileError(
            path,
            f"line {number}: expected the points of the image before, found another image; COLMAP puts a "
            "line of points, which may be empty, after each image",
        )


def _whole(path: Path, number: int, word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= 15):
        raise CameraFileError(path, f"line {number}: expected a whole number, not {short(word)}")
    return int(word)


def _floats(path: Path, number: int, words: Sequence[str]) -> tuple[float, ...]:
    try:
        return tuple(map(float, words))
    except ValueError as error:
        raise CameraFileError(path, f"line {number}: a value is not a number") from error


def _camera(
    path: Path, where: str, model: str, width: int, height: int, params: tuple[float, ...]
) -> ColmapCamera:
    if not (1 <= width <= 1_000_000 and 1 <= height <= 1_000_000):
        raise CameraFileError(path, f"{where}: a picture of {width}x{height} cannot be")
    return ColmapCamera(model, width, height, tuple(params))


def _left(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size - file.tell()


def _unpack(file: BinaryIO, path: Path, layout: str) -> tuple:
    size = struct.calcsize(layout)
    data = file.read(size)
    if len(data) != size:
        raise CameraFileError(path, "is cut off")
    return struct.unpack(layout, data)


def _count(file: BinaryIO, path: Path, least: int) -> int:
    """How many entries of at ``least`` that many bytes follow."""
    (count,) = _unpack(file, path, "<Q")
    if count * least > _left(file):
        raise CameraFileError(path, f"states {count} entries, more than it holds; it is cut off or broken")
    return count


def _skip(file: BinaryIO, path: Path, size: int) -> None:
    if size > _left(file):
        raise CameraFileError(path, "is cut off")
    file.seek(size, os.SEEK_CUR)


def _name(file: BinaryIO, path: Path, index: int) -> str:
    start = file.tell()
    raw, found, _ = file.read(_LONGEST_NAME).partition(b"\0")
    if not found:
        raise CameraFileError(path, f"image {index}: has a name without an end")
    file.seek(start + len(raw) + 1)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise CameraFileError(path, f"image {index}: has a name that is not text in UTF-8") from error


def _expect_end(file: BinaryIO, path: Path) -> None:
    if _left(file):
        raise CameraFileError(path, f"goes on for {_left(file)} bytes after its last entry; it is broken")
