"""Camera files. The format is found by a file's content, never by its name, and never guessed silently."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from recam.camera.formats import registry
from recam.camera.formats.animation import BLENDER, UNREAL
from recam.camera.formats.base import DEFAULT_FPS, CameraFormat, CameraSet, WriteOptions
from recam.camera.formats.colmap import COLMAP, COLMAP_TEXT, model_folder
from recam.camera.formats.kitti import KITTI
from recam.camera.formats.megasam import MEGASAM
from recam.camera.formats.multicamvideo import MULTICAMVIDEO, write_multicamvideo
from recam.camera.formats.nerfstudio import NERFSTUDIO
from recam.camera.formats.npz import NPZ
from recam.camera.formats.pose_text import CAMERACTRL, REALESTATE10K
from recam.camera.formats.recam_json import RECAM_JSON, write_recam_json
from recam.camera.formats.tum import TUM
from recam.camera.formats.vggt import VGGT
from recam.camera.formats.vipe import VIPE
from recam.camera.formats.vista4d import VISTA4D
from recam.camera.intrinsics import Intrinsics

FORMATS: tuple[CameraFormat, ...] = (
    *(RECAM_JSON, MULTICAMVIDEO, NERFSTUDIO, COLMAP, COLMAP_TEXT, REALESTATE10K, CAMERACTRL, TUM, KITTI),
    *(NPZ, VISTA4D, VIPE, MEGASAM, VGGT, UNREAL, BLENDER),
)
"""Every format that recam reads and writes."""

__all__ = [
    "DEFAULT_FPS",
    "FORMATS",
    "CameraFormat",
    "CameraSet",
    "find_format",
    "format_for",
    "holds_cameras",
    "read_cameras",
    "write_cameras",
    "write_multicamvideo",
    "write_recam_json",
]


def find_format(name: str) -> CameraFormat:
    """The format called ``name``, as ``recam camera convert --to`` calls it.

    Raises:
        InputError: there is none of that name; the message lists them.
    """
    return registry.find_format(name, FORMATS)


def read_cameras(
    path: str | PathLike[str],
    format: str | None = None,
    *,
    axes: str | None = None,
    scale: float = 1.0,
    world_to_camera: bool = False,
    orthonormalise: bool = False,
) -> CameraSet:
    """All cameras of a file or folder in any format of :data:`FORMATS`.

    Args:
        format: its name, where several formats fit the content; default: found by the content.
        axes: name in ``recam.camera.conventions.AXES`` of the file's axes, where they are not the format's.
        scale: factor on all positions, e.g. 0.01 for a file in centimetres that does not say so.
        world_to_camera: the file's matrices are world-to-camera although its format's are not.
        orthonormalise: replace each rotation by the nearest proper one instead of refusing what is none; the
            notes say by how much.

    Returns:
        Poses in recam's conventions; ``notes`` says what had to be assumed and what was left out.

    Raises:
        CameraFileError: the file is missing, of an unknown format or of several, broken or incomplete, or a
            pose is not a finite rigid motion; the message names the frame and the camera.
        InputError: an unknown format or axes, or a scale that is not positive.
    """
    options = registry.ReadOptions(axes, scale, world_to_camera, orthonormalise)
    return registry.read(model_folder(Path(path)), FORMATS, format, options)


def format_for(path: str | PathLike[str]) -> CameraFormat:
    """The format that a target's name means: ``path.json`` recam's own, ``model`` (a folder) COLMAP's, ...

    Raises:
        InputError: it could mean several (``.txt``, ``.csv``), or none.
    """
    return registry.format_for(Path(path), FORMATS)


def write_cameras(
    path: str | PathLike[str],
    cameras: CameraSet,
    format: str | None = None,
    *,
    axes: str | None = None,
    fps: float = DEFAULT_FPS,
    lens: Intrinsics | None = None,
) -> tuple[str, ...]:
    """Write cameras in the format called ``format`` (default: :func:`format_for`), in the world they are in.

    Args:
        path: a file, or a folder for COLMAP models and ViPE artefacts, which must not hold anything yet.
        axes: for formats that do not fix them: name in ``recam.camera.conventions.AXES``.
        fps: frames a second, for formats with times, where the cameras have none of their own.
        lens: of cameras whose own is not known, where the format holds lenses; default: a stated assumption.

    Returns:
        What is lost or had to be assumed, a sentence each.

    Raises:
        InputError: the format does not exist or cannot hold these cameras.
        OutputError: the file cannot be written.
    """
    known = format_for(path) if format is None else find_format(format)
    return registry.write(path, cameras, known, axes, lens, WriteOptions(fps))


def holds_cameras(path: str | PathLike[str]) -> bool:
    """Whether ``path`` is a folder that looks like cameras: a COLMAP model or ViPE's artefacts."""
    folder = Path(path)
    return folder.is_dir() and any(
        next(folder.glob(pattern), None) is not None
        for pattern in ("images.bin", "images.txt", "sparse/*/images.*", "[0-9]*/images.*", "pose/*.npz")
    )
