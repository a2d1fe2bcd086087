"""The options that say how the source's own camera moved, and what they do to a path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recam.errors import CameraFileError, InputError

if TYPE_CHECKING:
    from recam.camera import CameraPath
    from recam.video import VideoInfo

SourcePathOption = Annotated[
    Path | None,
    typer.Option(
        "--source-path", metavar="FILE", show_default="the source camera stands still",
        help="How the camera that filmed VIDEO moved: the file that recam camera solve writes.",
    ),
]  # fmt: skip
FollowSourceOption = Annotated[
    bool,
    typer.Option(
        "--follow-source",
        help="The path is meant relative to the moving source camera, frame by frame; needs --source-path.",
    ),
]


@dataclass(frozen=True)
class SourceMotion:
    """What the user said about the source's own camera: S_i, one pose a frame of the video.

    A path P is relative to the source's first view (then the target is P), or with ``follow`` to the source
    camera of the same frame (then it is S_i P_i).

    Raises:
        InputError: ``follow`` without a file.
    """

    file: Path | None = None
    follow: bool = False

    def __post_init__(self) -> None:
        if self.follow and self.file is None:
            raise InputError(
                "--follow-source needs --source-path, the source camera's own path; "
                "make it with: recam camera solve VIDEO -o path.json"
            )

    def load(self, info: VideoInfo) -> CameraPath | None:
        """S, as far as the file goes; None where the user named none.

        Raises:
            CameraFileError: unreadable, or longer than the video.
            InputError: it does not start at its own first view.
        """
        if self.file is None:
            return None
        from recam.camera import CameraPath

        path = CameraPath.load(self.file)
        if path.num_frames > info.num_frames:
            raise CameraFileError(
                self.file,
                f"has {path.num_frames} frames and {info.path.name} {info.num_frames}: it is not the path of "
                "this video's camera; make it with recam camera solve",
            )
        return path

    def at(self, source: CameraPath, frames: int) -> CameraPath:
        """The first ``frames`` poses of S.

        Raises:
            CameraFileError: it does not go that far.
        """
        if source.num_frames < frames:
            raise CameraFileError(
                self.file or "",
                f"tells where the source camera was for {source.num_frames} frames and {frames} are needed; "
                "solve more of the video with recam camera solve, or ask for fewer frames",
            )
        return source.trim(frames)
