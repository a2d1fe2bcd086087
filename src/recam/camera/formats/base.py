"""What every camera file format gives and needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recam.camera.intrinsics import Intrinsics
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray, Poses


@dataclass(frozen=True)
class CameraSet:
    """The cameras of one file."""

    format: str
    """Name of the file format."""
    cameras: Mapping[str, Poses]
    """Poses by camera name, in the file's order; all have the same number of frames."""
    relative_to_source: bool
    """Whether the poses are relative to the first source camera already (else they are in some world)."""
    lenses: Mapping[str, Lenses] = field(default_factory=dict)
    """Each camera's lens, frame by frame, for the cameras whose lens the file states."""
    source_lens: Intrinsics | None = None
    """For poses relative to the source: the lens of the source's first view, where the file states it."""
    zooms: Mapping[str, FloatArray] = field(default_factory=dict)
    """For poses relative to the source: focal length [F] over the source's, for cameras that change it."""


@dataclass(frozen=True)
class CameraFormat:
    """One JSON format: how to know it and how to read it."""

    name: str
    description: str
    recognises: Callable[[dict[str, object]], bool]
    """Whether a document looks like this format, broken or not."""
    parse: Callable[[Path, dict[str, object]], CameraSet]
    """Read a recognised document; raises CameraFileError with the path, frame and camera."""
