"""One camera path out of a set of cameras, and back."""

from __future__ import annotations

import warnings
from os import PathLike

import numpy as np

from recam.camera.formats import CameraSet
from recam.camera.intrinsics import Intrinsics
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError


def one_camera(
    cameras: CameraSet, camera: str | None, source: str | None, file: str | PathLike[str]
) -> tuple[Poses, str, Intrinsics | None, FloatArray | None]:
    """Poses relative to the first frame of ``source``, name, the source's first lens and the zoom against it.

    Args:
        camera: which to take; needed where there are several.
        source: the camera that filmed the source video; None: the camera itself.
        file: what error messages call the cameras' origin.

    Raises:
        InputError: no such camera, or several and none is named; the message lists them.
    """
    name = _choose(file, cameras, camera)
    poses = cameras.cameras[name]
    if cameras.relative_to_source:
        if source is not None:
            raise InputError(
                f"{file} holds a path that is relative to its source camera already; "
                f"leave out source={source!r}"
            )
        return poses, name, cameras.source_lens, cameras.zooms.get(name)
    filmed_by = name if source is None else _known_camera(file, cameras, source, "source")
    return poses.relative_to(cameras.cameras[filmed_by][0]), name, *_lens_of(cameras, name, filmed_by)


def as_cameras(
    poses: Poses, camera: str, lens: Intrinsics | None, zoom: FloatArray | None, source: str | None
) -> CameraSet:
    """A path as cameras in the world of the source's first view.

    Args:
        camera: what to call the path's camera.
        lens: of the source's first view, where known.
        zoom: [F] focal length over that of ``lens``; None: it does not change.
        source: also the source's first view, as a still camera of this name.

    Raises:
        InputError: both have one name.
    """
    cameras, notes = {camera: poses}, ()
    factors = np.ones(len(poses)) if zoom is None else zoom
    known = {} if lens is None else {camera: Lenses.zoomed(lens, factors)}
    if source is not None:
        if source == camera:
            raise InputError(f"the source must not be called {camera!r} like the camera")
        cameras[source] = Poses.identity(len(poses))
        if lens is not None:
            known[source] = Lenses.constant(lens, len(poses))
    elif not np.allclose(poses.matrices[0], np.eye(4), rtol=0, atol=1e-9):
        notes = (
            "the path starts away from the source's first view; the file's world is that view, but what "
            "reads a file relative to its own first frame (recam too) loses the start",
        )
    zooms = {} if zoom is None else {camera: zoom}
    return CameraSet("recam", cameras, True, known, lens, zooms, notes=notes)


def _choose(file: str | PathLike[str], cameras: CameraSet, camera: str | None) -> str:
    if camera is not None:
        return _known_camera(file, cameras, camera, "camera")
    names = list(cameras.cameras)
    if len(names) > 1:
        raise InputError(f"{file} holds several cameras; name one with camera: {', '.join(names)}")
    return names[0]


def _lens_of(cameras: CameraSet, camera: str, source: str) -> tuple[Intrinsics | None, FloatArray | None]:
    """The source's first lens and the zoom of ``camera`` against it, as far as the file states them."""
    own = cameras.lenses.get(camera)
    if own is None:
        first = cameras.lenses.get(source)
        return (None if first is None else first[0]), None
    reference = cameras.lenses[source][0] if source in cameras.lenses else own[0]
    sizes = np.array([own.width, own.height, own.width, own.height])
    shares = own.params / sizes  # the same whatever the pictures' sizes
    expected = np.array([reference.fx, reference.fy, reference.cx, reference.cy])
    expected = expected / (reference.width, reference.height, reference.width, reference.height)
    zoom = shares[:, 0] / expected[0]
    kept = np.stack([zoom, zoom, np.ones_like(zoom), np.ones_like(zoom)], axis=1) * expected
    if np.abs(shares - kept).max() > 1e-4:
        warnings.warn(
            f"the lens of camera {camera} changes in more than its focal length (its centre or the shape of "
            "its pixels); a camera path keeps only the change of its horizontal focal length",
            stacklevel=3,
        )
    return reference, (None if np.abs(zoom - 1).max() < 1e-6 else zoom)


def _known_camera(file: str | PathLike[str], cameras: CameraSet, name: str, argument: str) -> str:
    if name not in cameras.cameras:
        raise InputError(f"{file} holds no camera {name!r} ({argument}); it has {', '.join(cameras.cameras)}")
    return name
