"""Reading and writing in any format: what all formats share happens here, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from recam.camera.conventions import AXES, Axes
from recam.camera.formats.base import CameraFormat, CameraSet, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.matrices import invert
from recam.camera.intrinsics import MULTICAMVIDEO_SENSOR_MM, Intrinsics
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray, Poses, find_bad_pose
from recam.camera.repair import nearest_rotations
from recam.errors import CameraFileError, InputError

_ASSUMED_FOCAL_MM = 24.0
_ASSUMED_SIZE = (1280, 720)
ASSUMED_LENS = Intrinsics.from_focal_mm(_ASSUMED_FOCAL_MM, *_ASSUMED_SIZE)
"""The lens written where a format needs one and none is known: the published data set's wide one."""


@dataclass(frozen=True)
class ReadOptions:
    """What a user may say about a file beyond what stands in it."""

    axes: str | None = None
    """Name in ``AXES``: the file's camera and world axes, instead of the format's own."""
    scale: float = 1.0
    """Factor on all positions, e.g. 0.01 for a file in centimetres whose format says metres or nothing."""
    world_to_camera: bool = False
    """The file's matrices are world-to-camera although the format's are not."""
    orthonormalise: bool = False
    """Replace each rotation by the nearest proper one, and say in the notes by how much."""

    def __post_init__(self) -> None:
        if not np.isfinite(self.scale) or self.scale <= 0:
            raise InputError(f"scale must be a positive number, not {self.scale!r}")

    @property
    def chosen_axes(self) -> Axes | None:
        return None if self.axes is None else find_axes(self.axes)


def find_axes(name: str) -> Axes:
    """The axes called ``name``.

    Raises:
        InputError: there are none of that name; the message lists them.
    """
    if name not in AXES:
        raise InputError(f"unknown axes {name!r}; recam knows {', '.join(AXES)}")
    return AXES[name]


def find_format(name: str, formats: Sequence[CameraFormat]) -> CameraFormat:
    """The format called ``name``.

    Raises:
        InputError: there is none of that name; the message lists them.
    """
    for known in formats:
        if known.name == name:
            return known
    raise InputError(
        f"unknown camera file format {name!r}; recam knows {', '.join(known.name for known in formats)}"
    )


def format_for(path: Path, formats: Sequence[CameraFormat]) -> CameraFormat:
    """The format that a target's name means, by its longest ending that means any.

    Raises:
        InputError: it means none, or several.
    """
    name = path.name.lower()
    endings = {suffix for known in formats for suffix in known.suffixes}
    fits = [ending for ending in endings if name.endswith(ending) and (ending or not path.suffix)]
    longest = max(fits, key=len, default=None)
    meant = [known.name for known in formats if longest is not None and longest in known.suffixes]
    if len(meant) == 1:
        return find_format(meant[0], formats)
    which = ", ".join(meant or [known.name for known in formats])
    raise InputError(
        f"{path}: the name does not say which kind of camera file to write; choose one with --to: {which}"
    )


def recognise(content: Content, formats: Sequence[CameraFormat]) -> CameraFormat:
    """The one format that ``content`` is in.

    Raises:
        CameraFileError: none fits, or several do (the message lists them).
    """
    fits = [known for known in formats if content.kind in known.kinds and known.recognises(content)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        names = ", ".join(known.name for known in fits)
        raise CameraFileError(content.path, f"could be any of {names}; say which with --from NAME")
    what = {
        "folder": "is a folder, but none with cameras that recam knows (COLMAP model, transforms.json)",
        "json": "is JSON but no camera file that recam knows",
        "npz": "is a NumPy archive without cameras that recam knows",
        "text": "is not a camera file",
    }[content.kind]
    names = ", ".join(known.name for known in formats)
    raise CameraFileError(content.path, f"{what}; recam reads {names}")


def read(
    path: str | PathLike[str], formats: Sequence[CameraFormat], name: str | None, options: ReadOptions
) -> CameraSet:
    """See :func:`recam.camera.formats.read_cameras`."""
    content = Content(path)
    with np.errstate(all="ignore"):  # absurd numbers are refused below, with a frame; no warnings meanwhile
        if name is None:
            known = recognise(content, formats)
        else:
            known = find_format(name, formats)
            if content.kind not in known.kinds or not (known.accepts or known.recognises)(content):
                raise CameraFileError(content.path, f"does not look like {known.description}")
        try:
            raw = known.parse(content)
        except CameraFileError:
            raise
        except InputError as error:  # e.g. from Lenses, which knows no file
            raise CameraFileError(content.path, str(error)) from error
        return _checked(content.path, known, raw, options)


def _checked(path: Path, known: CameraFormat, raw: RawSet, options: ReadOptions) -> CameraSet:
    """Raw cameras in recam's conventions, every pose a finite rigid motion."""
    if raw.relative_to_source and (options.axes or options.world_to_camera):
        raise InputError(f"{path} is a {known.name} file, which states its axes; leave --axes out")
    notes = list(raw.notes)
    axes = options.chosen_axes or AXES[raw.axes or known.axes]
    if options.axes is None and not known.axes_stated and raw.axes is None:
        notes.insert(0, f"a {known.name} file does not state its axes; assumed {axes} (--axes overrides)")
    if known.units == "as they are" and not raw.units_stated and options.scale == 1.0:
        notes.append("the file does not state its unit of length; assumed metres (--scale overrides)")
    if not raw.cameras or any(not len(camera.matrices) for camera in raw.cameras.values()):
        raise CameraFileError(path, "holds no poses")
    cameras = {}
    moved = 0.0
    for name, camera in raw.cameras.items():
        if not name.isprintable() or len(name) > 200:
            raise CameraFileError(path, f"the name of a camera cannot be printed: {name[:40]!r}")
        matrices = invert(camera.matrices) if options.world_to_camera else camera.matrices
        if options.orthonormalise:
            matrices, changes = nearest_rotations(matrices)
            moved = max(moved, float(changes.max()))
        bad = find_bad_pose(matrices)
        if bad is not None:
            index, reason = bad
            frame = f"frame {index}" if camera.frame_names is None else camera.frame_names[index]
            where = f"{frame}, camera {name}" if known.several and not raw.relative_to_source else frame
            remedy = "; --orthonormalise makes it one" if reason.startswith("is not a rotation") else ""
            raise CameraFileError(path, f"{where}: the pose {reason}{remedy}")
        cameras[name] = Poses(_scaled(axes.to_opencv(matrices), known.metres * options.scale))
        if camera.times is not None:
            notes.extend(_uneven(camera.times))
    if options.orthonormalise:
        notes.append(f"rotations made exact: the largest change of an entry is {moved:.2g}")
    return CameraSet(
        known.name,
        cameras,
        raw.relative_to_source,
        {name: camera.lenses for name, camera in raw.cameras.items() if camera.lenses is not None},
        raw.source_lens,
        raw.zooms,
        {name: camera.times for name, camera in raw.cameras.items() if camera.times is not None},
        tuple(dict.fromkeys(notes)),
    )


def _scaled(matrices: FloatArray, factor: float) -> FloatArray:
    if factor == 1.0:
        return matrices
    scaled = np.array(matrices)
    scaled[:, :3, 3] *= factor
    return scaled


def _uneven(times: FloatArray) -> list[str]:
    steps = np.diff(times)
    if not len(steps) or ((steps > 0).all() and np.ptp(steps) <= 0.1 * np.median(steps)):
        return []
    if not (steps > 0).all():
        return ["the file's times do not grow from frame to frame; frames are taken in the file's order"]
    return [
        "the file's times are uneven; recam takes its poses as frames at equal steps (resample the file "
        "first if that matters)"
    ]


def write(
    path: str | PathLike[str],
    cameras: CameraSet,
    known: CameraFormat,
    axes: str | None,
    lens: Intrinsics | None,
    options: WriteOptions,
) -> tuple[str, ...]:
    """See :func:`recam.camera.formats.write_cameras`."""
    if not cameras.cameras:
        raise InputError("there is no camera to write")
    if len(cameras.cameras) > 1 and not known.several:
        names = ", ".join(cameras.cameras)
        raise InputError(
            f"a {known.name} file holds one camera and these are several ({names}); "
            "choose one (--camera-name)"
        )
    if axes is not None and known.axes_stated:
        raise InputError(f"a {known.name} file has axes of its own; leave out the axes {axes!r}")
    target = AXES[known.axes] if axes is None else find_axes(axes)
    lenses, notes = _lenses_to_write(cameras, known, lens)
    if not known.axes_stated and not known.states_axes:
        notes.append(f"a {known.name} file does not state its axes; these are {target}")
    raw = RawSet(
        {
            name: RawCamera(
                target.from_opencv(_scaled(poses.matrices, 1 / known.metres)),
                lenses.get(name),
                cameras.times.get(name),
            )
            for name, poses in cameras.cameras.items()
        },
        cameras.relative_to_source,
        cameras.source_lens or lens,
        cameras.zooms,
        axes=target.name,
    )
    known.write(Path(path), raw, options)
    return tuple(notes)


def _lenses_to_write(
    cameras: CameraSet, known: CameraFormat, lens: Intrinsics | None
) -> tuple[dict[str, Lenses], list[str]]:
    """The lenses that go into the file, and what to say about those that are lost or made up."""
    lenses = dict(cameras.lenses)
    lacking = [name for name in cameras.cameras if name not in lenses]
    zoomed = [name for name in lacking if name in cameras.zooms]
    if known.lens == "none":
        if lenses or zoomed or lens is not None:
            return {}, [f"a {known.name} file holds no lens; the lens is left out"]
        return {}, []
    unused = "the cameras' own lens is kept; the one that is given is not used"
    kept = [] if lens is None or lacking else [unused]
    if known.keeps_zooms:  # over a lens that need not be known: nothing is made up
        return {}, kept
    if not lacking or (known.lens == "optional" and not zoomed and lens is None):
        return lenses, kept
    for name in lacking:
        zoom = cameras.zooms.get(name)
        count = len(cameras.cameras[name])
        lenses[name] = Lenses.zoomed(lens or ASSUMED_LENS, np.ones(count) if zoom is None else zoom)
    if lens is not None:
        return lenses, []
    width, height = _ASSUMED_SIZE
    wide = ASSUMED_LENS.fov_degrees[0]
    return lenses, [
        f"no lens is known for {', '.join(lacking)}; written as {_ASSUMED_FOCAL_MM:g} mm on a "
        f"{MULTICAMVIDEO_SENSOR_MM} mm sensor ({wide:.1f} degrees wide) for pictures of {width}x{height}"
    ]
