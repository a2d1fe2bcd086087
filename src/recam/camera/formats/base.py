"""What every camera file format gives and needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from recam.camera.formats.content import Content, Kind
from recam.camera.intrinsics import Intrinsics
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray, Poses
from recam.camera.resample import resample, resample_values
from recam.errors import InputError

DEFAULT_FPS = 15.0
"""Frames a second where a file wants times and nobody said any: the published data set's rate."""


@dataclass(frozen=True)
class CameraSet:
    """The cameras of one file, in recam's conventions: camera-to-world, OpenCV axes, metres."""

    format: str
    """Name of the file format."""
    cameras: Mapping[str, Poses]
    """Poses by camera name, in the file's order. Those of one file have the same number of frames, but for
    COLMAP, nerfstudio and NumPy files, where each camera may have its own."""
    relative_to_source: bool
    """Whether the poses are relative to the first source camera already (else they are in some world)."""
    lenses: Mapping[str, Lenses] = field(default_factory=dict)
    """Each camera's lens, frame by frame, for the cameras whose lens the file states."""
    source_lens: Intrinsics | None = None
    """For poses relative to the source: the lens of the source's first view, where the file states it."""
    zooms: Mapping[str, FloatArray] = field(default_factory=dict)
    """For poses relative to the source: focal length [F] over the source's, for cameras that change it."""
    times: Mapping[str, FloatArray] = field(default_factory=dict)
    """Seconds [F] of each camera's frames, where the file states them."""
    notes: tuple[str, ...] = ()
    """What had to be assumed, or was left out, one sentence each."""

    def chosen(self, *names: str) -> CameraSet:
        """Only the cameras ``names``, in that order."""
        return replace(
            self,
            cameras={name: self.cameras[name] for name in names},
            lenses={name: self.lenses[name] for name in names if name in self.lenses},
            zooms={name: self.zooms[name] for name in names if name in self.zooms},
            times={name: self.times[name] for name in names if name in self.times},
        )

    def resampled(self, num_frames: int) -> CameraSet:
        """Each camera from its first pose to its last with ``num_frames`` frames (see ``resample``).

        Focal lengths follow at equal factors a frame, centres and times at equal steps.

        Raises:
            InputError: fewer than one frame is asked for.
        """
        return replace(
            self,
            cameras={name: resample(poses, num_frames) for name, poses in self.cameras.items()},
            lenses={name: _resample_lenses(lenses, num_frames) for name, lenses in self.lenses.items()},
            zooms={
                name: np.exp(resample_values(np.log(zoom), num_frames)) for name, zoom in self.zooms.items()
            },
            times={name: resample_values(times, num_frames) for name, times in self.times.items()},
        )


def _resample_lenses(lenses: Lenses, num_frames: int) -> Lenses:
    focal = np.log(lenses.params[:, :2])
    columns = [np.exp(resample_values(focal[:, index], num_frames)) for index in (0, 1)]
    columns += [resample_values(lenses.params[:, index], num_frames) for index in (2, 3)]
    return Lenses(np.stack(columns, axis=1), lenses.width, lenses.height)


@dataclass(frozen=True)
class RawCamera:
    """One camera as a file holds it: its own axes and units, not checked yet."""

    matrices: FloatArray
    """[F,4,4] camera-to-world, column form (``world = matrix @ camera``), in the format's axes and units."""
    lenses: Lenses | None = None
    times: FloatArray | None = None
    """Seconds [F]."""
    frame_names: tuple[str, ...] | None = None
    """What the file calls its frames, for error messages; default: their numbers."""


@dataclass(frozen=True)
class RawSet:
    """What a format's parser returns and its writer takes."""

    cameras: Mapping[str, RawCamera]
    relative_to_source: bool = False
    source_lens: Intrinsics | None = None
    zooms: Mapping[str, FloatArray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    axes: str | None = None
    """Name of the axes, where a file of a format that does not fix them states them itself."""
    units_stated: bool = False
    """Whether a file of a format without units of its own states that these are metres."""

    def only(self) -> tuple[str, RawCamera]:
        """The one camera of a set that holds one."""
        ((name, camera),) = self.cameras.items()
        return name, camera


@dataclass(frozen=True)
class WriteOptions:
    """What a writer may need to know beyond the cameras."""

    fps: float = DEFAULT_FPS
    """Frames a second, for files that hold times."""

    def __post_init__(self) -> None:
        if not np.isfinite(self.fps) or self.fps <= 0:
            raise InputError(f"fps must be a positive number of frames a second, not {self.fps!r}")

    def seconds(self, camera: RawCamera) -> FloatArray:
        """[F] when each frame was taken."""
        return np.arange(len(camera.matrices)) / self.fps if camera.times is None else camera.times


@dataclass(frozen=True)
class CameraFormat:
    """One format: how to know it, what it means, how to read and write it."""

    name: str
    """What ``--from`` and ``--to`` call it."""
    description: str
    kind: Kind | tuple[Kind, ...]
    """What the file is made of; only such content is offered to ``recognises``."""
    axes: str
    """Name in ``recam.camera.conventions.AXES``."""
    recognises: Callable[[Content], bool]
    """Whether content of that kind looks like this format, broken or not."""
    parse: Callable[[Content], RawSet]
    """Read recognised content; raises CameraFileError or InputError with what is wrong and where."""
    write: Callable[[Path, RawSet, WriteOptions], None]
    """Write cameras in the format's axes and units; the path is the final one."""
    accepts: Callable[[Content], bool] | None = None
    """A wider test than ``recognises``, for when the user names the format."""
    axes_stated: bool = True
    """Whether the format fixes its axes; else ``axes`` is what recam assumes, and ``--axes`` overrides."""
    states_axes: bool = False
    """Whether the files that recam writes name their axes all the same."""
    units: str = "metres"
    """Units of positions in words; "as they are" where the format does not fix them (metres assumed)."""
    metres: float = 1.0
    """Metres per unit of the file."""
    lens: Literal["none", "optional", "needed"] = "none"
    """Whether the file holds each frame's lens."""
    keeps_zooms: bool = False
    """Whether the file holds the source's lens, or none, and zooms over it in place of each frame's lens."""
    several: bool = False
    """Whether one file holds several cameras."""
    suffixes: tuple[str, ...] = ()
    """Endings of a target's name that may mean this format; "" is a name without any."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return self.kind if isinstance(self.kind, tuple) else (self.kind,)

    @property
    def is_folder(self) -> bool:
        """Whether what is written is a folder."""
        return "folder" in self.kinds
