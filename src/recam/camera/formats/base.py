"""What every camera file format gives and needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import Poses


@dataclass(frozen=True)
class CameraSet:
    """The cameras of one file."""

    format: str
    """Name of the file format."""
    cameras: Mapping[str, Poses]
    """Poses by camera name, in the file's order; all have the same number of frames."""
    relative_to_source: bool
    """Whether the poses are relative to the first source camera already (else they are in some world)."""
    intrinsics: Intrinsics | None = None
    """The lens, where the file states it."""


@dataclass(frozen=True)
class CameraFormat:
    """One JSON format: how to know it and how to read it."""

    name: str
    description: str
    recognises: Callable[[dict[str, object]], bool]
    """Whether a document looks like this format, broken or not."""
    parse: Callable[[Path, dict[str, object]], CameraSet]
    """Read a recognised document; raises CameraFileError with the path, frame and camera."""
