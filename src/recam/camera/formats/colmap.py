"""COLMAP models: a folder of ``cameras`` and ``images``, as text or binary. World-to-camera, OpenCV axes."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.formats import colmap_files as files
from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.colmap_files import ColmapCamera, ColmapImage
from recam.camera.formats.content import Content
from recam.camera.formats.lens_numbers import LensNumbers, add_note, lenses_of_frames
from recam.camera.formats.matrices import cameras_of, frame_name, invert
from recam.camera.formats.quaternions import rotations_from_quaternions
from recam.errors import CameraFileError
from recam.files import atomic_folder

# Models whose undistorted part is a pinhole: which parameters are fx, fy, cx, cy, and how many of these come
# before the distortion.
_PINHOLES: Mapping[str, tuple[tuple[int, int, int, int], int]] = {
    "SIMPLE_PINHOLE": ((0, 0, 1, 2), 3),
    "PINHOLE": ((0, 1, 2, 3), 4),
    "SIMPLE_RADIAL": ((0, 0, 1, 2), 3),
    "RADIAL": ((0, 0, 1, 2), 3),
    "OPENCV": ((0, 1, 2, 3), 4),
    "FULL_OPENCV": ((0, 1, 2, 3), 4),
}


def model_folder(path: Path) -> Path:
    """The folder of the model that ``path`` belongs to.

    Users name one of the model's files, the model, or the project above it (``sparse/0``).

    Raises:
        CameraFileError: the project holds several models.
    """
    if path.name in _FILES and _holds_model(path.parent) and path.is_file():
        return path.parent
    if not path.is_dir() or _holds_model(path):
        return path
    for folder in (path / "sparse", path):
        models = [child for child in sorted(folder.glob("[0-9]*")) if _holds_model(child)]
        if len(models) > 1:
            names = ", ".join(str(model.relative_to(path)) for model in models)
            raise CameraFileError(path, f"holds several COLMAP models ({names}); name one of them")
        if models:
            return models[0]
        if folder != path and _holds_model(folder):
            return folder
    return path


_FILES = ("cameras.bin", "images.bin", "cameras.txt", "images.txt")


def _holds_model(folder: Path, suffixes: tuple[str, ...] = (".bin", ".txt")) -> bool:
    return any((folder / f"images{suffix}").is_file() for suffix in suffixes)


def _is_binary(content: Content) -> bool:
    return _holds_model(content.path, (".bin",))


def _is_text(content: Content) -> bool:
    return not _is_binary(content) and _holds_model(content.path, (".txt",))


def _parse_binary(content: Content) -> RawSet:
    images, cameras = content.path / "images.bin", content.path / "cameras.bin"
    return _gather(content, images, files.read_images_binary(images), files.read_cameras_binary(cameras))


def _parse_text(content: Content) -> RawSet:
    images, cameras = content.path / "images.txt", content.path / "cameras.txt"
    return _gather(content, images, files.read_images_text(images), files.read_cameras_text(cameras))


def _gather(
    content: Content, path: Path, images: list[ColmapImage], cameras: Mapping[int, ColmapCamera]
) -> RawSet:
    if not images:
        raise CameraFileError(path, "holds no images with poses")
    names = [image.name for image in images]
    labels = [image.where for image in images]
    if len(set(names)) != len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise CameraFileError(path, f"holds the image {twice[:60]!r} twice")
    world_to_camera = np.tile(np.eye(4), (len(images), 1, 1))
    quaternions = np.array([image.quaternion for image in images])
    world_to_camera[:, :3, :3] = rotations_from_quaternions(path, quaternions, labels)
    world_to_camera[:, :3, 3] = [image.translation for image in images]
    matrices = invert(world_to_camera)
    notes: list[str] = []
    by_id = {camera_id: _lens(camera, notes) for camera_id, camera in cameras.items()}
    lenses: list[LensNumbers | None] = []
    for image in images:
        if image.camera_id not in by_id:
            raise CameraFileError(path, f"{image.where}: its camera {image.camera_id} is not in the model")
        lenses.append(by_id[image.camera_id])
    found = {}
    for camera, indices in cameras_of(path, names, content.stem).items():
        found[camera] = RawCamera(
            matrices[indices],
            lenses_of_frames(lenses, indices, camera, notes),
            None,
            tuple(labels[index] for index in indices),
        )
    return RawSet(found, notes=tuple(notes))


def _lens(camera: ColmapCamera, notes: list[str]) -> LensNumbers | None:
    if camera.model not in _PINHOLES:
        add_note(notes, f"the lens is left out: a {camera.model} camera is no pinhole; poses are kept")
        return None
    order, first_distortion = _PINHOLES[camera.model]
    if any(camera.params[first_distortion:]):
        add_note(
            notes,
            f"the lens's distortion ({camera.model}) is left out; undistort the pictures (colmap "
            "image_undistorter) where it matters",
        )
    fx, fy, cx, cy = (camera.params[index] for index in order)
    return fx, fy, cx, cy, camera.width, camera.height


def _to_colmap(cameras: RawSet) -> tuple[list[ColmapCamera], list[ColmapImage]]:
    lenses: dict[ColmapCamera, int] = {}
    images = []
    several = len(cameras.cameras) > 1
    for name, camera in cameras.cameras.items():
        assert camera.lenses is not None  # the format needs one, so the registry has put one there
        world_to_camera = invert(camera.matrices)
        quaternions = Rotation.from_matrix(world_to_camera[:, :3, :3]).as_quat(scalar_first=True).tolist()
        for index, (matrix, quaternion) in enumerate(zip(world_to_camera, quaternions, strict=True)):
            params = tuple(camera.lenses.params[index].tolist())
            lens = ColmapCamera("PINHOLE", camera.lenses.width, camera.lenses.height, params)
            camera_id = lenses.setdefault(lens, len(lenses) + 1)
            shift = matrix[:3, 3].tolist()
            images.append(
                ColmapImage("", tuple(quaternion), tuple(shift), camera_id, frame_name(name, index, several))
            )
    return list(lenses), images


def _write(path: Path, cameras: RawSet, options: WriteOptions, binary: bool) -> None:
    lenses, images = _to_colmap(cameras)
    with atomic_folder(path) as folder:
        if binary:
            (folder / "cameras.bin").write_bytes(files.cameras_binary(lenses))
            (folder / "images.bin").write_bytes(files.images_binary(images))
            (folder / "points3D.bin").write_bytes(struct.pack("<Q", 0))
        else:
            (folder / "cameras.txt").write_text(files.cameras_text(lenses), encoding="utf-8")
            (folder / "images.txt").write_text(files.images_text(images), encoding="utf-8")
            (folder / "points3D.txt").write_text("# 3D point list: none\n", encoding="utf-8")


def _format(
    name: str,
    kind: str,
    recognises: Callable[[Content], bool],
    parse: Callable[[Content], RawSet],
    suffixes: tuple[str, ...],
) -> CameraFormat:
    return CameraFormat(
        name,
        f"COLMAP {kind} model (a folder)",
        "folder",
        "opencv",
        recognises,
        parse,
        partial(_write, binary=kind == "binary"),
        units="as they are",
        lens="needed",
        several=True,
        suffixes=suffixes,
    )


COLMAP = _format("colmap", "binary", _is_binary, _parse_binary, ("",))
COLMAP_TEXT = _format("colmap-text", "text", _is_text, _parse_text, ())
