"""The options that say what a camera file does not say itself, the same for every command that reads one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from recam.errors import InputError

if TYPE_CHECKING:
    from recam.camera import CameraSet

# Named here, so that --help needs no import of the formats; a test holds this list to the registry.
FORMAT_NAMES = (
    "recam, multicamvideo, nerfstudio, colmap, colmap-text, realestate10k, cameractrl, tum, kitti, npz, "
    "vista4d, vipe, megasam, vggt, unreal, blender"
)
AXES_NAMES = "opencv, opengl, blender, unreal, unity, ros"

FromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="FORMAT", show_default="by the file's content",
        help="Kind of file that is read, where its content fits several.",
    ),
]  # fmt: skip
AxesOption = Annotated[
    str | None,
    typer.Option(
        "--axes", metavar="NAME", show_default="the format's",
        help=f"Axes of the file that is read, where they are not the format's: {AXES_NAMES}.",
    ),
]  # fmt: skip
ScaleOption = Annotated[
    float, typer.Option("--scale", help="Factor on all positions that are read: 0.01 for centimetres.")
]
WorldToCameraOption = Annotated[
    bool, typer.Option("--world-to-camera", help="The matrices that are read are world-to-camera.")
]
OrthonormaliseOption = Annotated[
    bool,
    typer.Option(
        "--orthonormalise", help="Make rotations of matrices that nearly are, instead of refusing them."
    ),
]


@dataclass(frozen=True)
class Reading:
    """What the user said about the file to read."""

    format: str | None
    axes: str | None
    scale: float
    world_to_camera: bool
    orthonormalise: bool

    def refuse(self, camera: str) -> None:
        """Raise InputError if anything was said though ``camera`` is no camera file."""
        for option, given in (
            ("--from", self.format is not None),
            ("--axes", self.axes is not None),
            ("--scale", self.scale != 1.0),
            ("--world-to-camera", self.world_to_camera),
            ("--orthonormalise", self.orthonormalise),
        ):
            if given:
                raise InputError(f"{option} is about a camera file, which {camera!r} is not")

    def cameras(self, file: str) -> CameraSet:
        from recam.camera import read_cameras

        return read_cameras(
            file,
            self.format,
            axes=self.axes,
            scale=self.scale,
            world_to_camera=self.world_to_camera,
            orthonormalise=self.orthonormalise,
        )
