"""The options that say a lens, the same for every command, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from recam.errors import InputError

if TYPE_CHECKING:
    from recam.camera import CameraPath, Intrinsics

FovOption = Annotated[
    float | None,
    typer.Option(
        "--fov", metavar="DEGREES", show_default="as found or stated by files, else 50",
        help="Lens of the source video: its horizontal angle of view.",
    ),
]  # fmt: skip
FocalMmOption = Annotated[
    float | None,
    typer.Option("--focal-mm", metavar="MM", help="Lens of the source video: its focal length."),
]
SensorMmOption = Annotated[
    float | None,
    typer.Option(
        "--sensor-mm", metavar="MM", show_default="36, a full-frame sensor",
        help="Width of the sensor for --focal-mm; 23.76 for the published data set.",
    ),
]  # fmt: skip
FocalPxOption = Annotated[
    float | None,
    typer.Option(
        "--focal-px", metavar="PIXELS", help="Lens of the source video: its focal length in its pixels."
    ),
]
LensAsDollyOption = Annotated[
    bool,
    typer.Option(
        "--lens-as-dolly",
        help="Where the path zooms, drive instead, so that a subject at --subject-distance keeps its size; "
        "models take no lens.",
    ),
]


@dataclass(frozen=True)
class LensChoice:
    """What the user said about the source video's lens; :meth:`lens` turns it into pixels of a picture.

    Raises:
        InputError: more than one way to say it, or a sensor without a focal length.
    """

    fov: float | None = None
    focal_mm: float | None = None
    sensor_mm: float | None = None
    focal_px: float | None = None

    def __post_init__(self) -> None:
        said = {"--fov": self.fov, "--focal-mm": self.focal_mm, "--focal-px": self.focal_px}
        given = [option for option, value in said.items() if value is not None]
        if len(given) > 1:
            raise InputError(f"{' and '.join(given)} both say the lens; leave one out")
        if self.sensor_mm is not None and self.focal_mm is None:
            raise InputError("--sensor-mm needs --focal-mm: a sensor alone says no angle of view")

    @property
    def given(self) -> bool:
        """Whether the user said anything."""
        return not (self.fov is None and self.focal_mm is None and self.focal_px is None)

    def lens(self, width: int, height: int) -> Intrinsics | None:
        """The lens of a picture of that size; None where nothing was said.

        Raises:
            InputError: an angle, length or sensor out of range.
        """
        from recam.camera.intrinsics import FULL_FRAME_MM, Intrinsics

        if self.fov is not None:
            return Intrinsics.from_fov_degrees(self.fov, width, height)
        if self.focal_mm is not None:
            sensor = FULL_FRAME_MM[0] if self.sensor_mm is None else self.sensor_mm
            return Intrinsics.from_focal_mm(self.focal_mm, width, height, sensor)
        if self.focal_px is not None:
            return Intrinsics.from_focal_px(self.focal_px, width, height)
        return None


def path_for_model(
    path: CameraPath, as_dolly: bool, subject_distance: float
) -> tuple[CameraPath, tuple[str, ...]]:
    """The path as a model can follow it, which takes no lens, and what to tell the user about it.

    Raises:
        InputError: the zoom cannot become a dolly, because the subject is behind the camera.
    """
    if not path.changes_lens:
        return path, ()
    from recam.pipeline.request import lens_note

    if as_dolly:
        note = f"the zoom of this path became a dolly for a subject {subject_distance:g} m ahead"
        driven = path.lens_as_dolly(subject_distance)
        if _stands(driven) and not _stands(path):
            note += "; it undoes the path's own move, so the camera stands still (one lens has no dolly zoom)"
        return driven, (note,)
    note = f"{lens_note(path)}; --lens-as-dolly approximates it for a subject distance"
    return replace(path, zoom=None), (note,)


def _stands(path: CameraPath) -> bool:
    """Whether all frames have one pose, to a tenth of a millimetre."""
    matrices = path.poses.matrices
    return bool(abs(matrices - matrices[0]).max() < 1e-4)
