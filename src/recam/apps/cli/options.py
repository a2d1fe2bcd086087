"""Options that several commands share, and the one place where ``--camera`` is understood."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recam.errors import CameraFileError, InputError, OutputError
from recam.files import check_output_path

if TYPE_CHECKING:
    from recam.camera import CameraPath

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="VIDEO", help="The video to re-shoot: any file that FFmpeg reads.", show_default=False
    ),
]
CameraOption = Annotated[
    str,
    typer.Option(
        "--camera", "-c", metavar="PATH", show_default=False,
        help="A preset (recam camera list), an expression such as \"orbit-left(30deg) while crane-up(1m)\" "
        "(recam camera explain), or a camera or keyframe file.",
    ),
]  # fmt: skip
CameraArgument = Annotated[
    str,
    typer.Argument(
        metavar="CAMERA",
        show_default=False,
        help="A preset (recam camera list), an expression such as \"orbit-left(30deg) while crane-up(1m)\" "
        "(recam camera explain), or a camera or keyframe file.",
    ),
]  # fmt: skip
CameraNameOption = Annotated[
    str | None,
    typer.Option("--camera-name", metavar="NAME", help="Which camera of a file with several, e.g. cam05."),
]
SourceCameraOption = Annotated[
    str | None,
    typer.Option(
        "--source-camera", metavar="NAME",
        help="The camera of the file that filmed the video: the path is taken relative to its first frame.",
    ),
]  # fmt: skip
StrengthOption = Annotated[
    float,
    typer.Option(
        "--strength", help="Scale of a preset or expression: 0.5 goes half as far, -1 the other way."
    ),
]
SubjectDistanceOption = Annotated[
    float | None,
    typer.Option(
        "--subject-distance", metavar="METRES", show_default="4",
        help="How far ahead of the start the point is that arcs, orbits and cranes look at.",
    ),
]  # fmt: skip
FpsOption = Annotated[
    float | None,
    typer.Option(
        "--fps", metavar="FPS", show_default="none; 15 for handheld",
        help="Frames a second, for an expression that speaks of seconds.",
    ),
]  # fmt: skip
FramesOption = Annotated[
    int | None,
    typer.Option(
        "--num-frames", min=1, help="Frames of the path.", show_default="a file's own, 81 for presets"
    ),
]
OutputOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.", show_default=False)
]


_FILE_NAME = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,7}$")
_VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov")


def check_video_output(path: Path, source: Path) -> Path:
    """Fail before any work when ``path`` could not hold an H.264 video, or is the source itself.

    Raises:
        OutputError: a name of another kind of file, no such folder, or one that cannot be written.
    """
    if path.suffix.lower() not in _VIDEO_SUFFIXES and not path.is_dir():
        raise OutputError(path, "is not a name for a video; end it in .mp4")
    if path.exists() and source.exists() and path.samefile(source):
        raise OutputError(path, "is the source video, which would be lost; give another name")
    return check_output_path(path)


def check_output_folder(folder: Path) -> None:
    """Fail before minutes of work where ``folder`` could not be written: it must not exist, or be empty.

    Raises:
        OutputError: it holds something, is a file, or cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(folder, "exists already and is not an empty folder")
    check_output_path(nearest_folder(folder.absolute().parent) / f".{folder.name}")


def nearest_folder(path: Path) -> Path:
    """``path`` itself if it exists, else the first of its parents that does."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


@dataclass(frozen=True)
class CameraChoice:
    """What the user said about the camera; :meth:`path` turns it into poses."""

    camera: str
    camera_name: str | None = None
    source_camera: str | None = None
    strength: float = 1.0
    subject_distance: float | None = None

    @property
    def is_keyframes(self) -> bool:
        """Whether it is a keyframe file: a path that, like a preset, takes any number of frames."""
        from recam.camera.keyframe_file import is_keyframe_file

        return is_keyframe_file(self.camera)

    @property
    def is_file(self) -> bool:
        """Whether it is a file with a pose for each frame.

        What ends like a file's name or holds a folder separator is meant as one, whether it exists or not: no
        expression does. For the rest the disk is asked.
        """
        text = self.camera
        if self.is_keyframes:
            return False
        return bool(_FILE_NAME.search(text)) or os.sep in text or os.path.isfile(text) or _is_model(text)

    @property
    def distance(self) -> float:
        """Metres to the subject, where none are given the published ones."""
        from recam.camera.presets import DEFAULT_SUBJECT_DISTANCE

        return DEFAULT_SUBJECT_DISTANCE if self.subject_distance is None else self.subject_distance

    def check(self) -> None:
        """Fail early, before a model is loaded, where :meth:`path` would."""
        self.path(fps=60.0)  # the real rate comes with the video

    def path(self, num_frames: int | None = None, fps: float | None = None) -> CameraPath:
        """The path, of ``num_frames`` frames when given: all but camera files are sampled, those resampled.

        Args:
            num_frames: F; None keeps a file's own count, and gives presets and expressions theirs or 81.
            fps: frames a second, for expressions that speak of seconds.

        Raises:
            ExpressionError: an expression that cannot be understood or carried out.
            InputError: no such file or camera; unusable poses; options that do not fit together.
        """
        from recam.camera import CameraPath

        if not self.is_file:
            for option, value in (
                ("--camera-name", self.camera_name),
                ("--source-camera", self.source_camera),
            ):
                if value is not None:
                    raise InputError(
                        f"{option} chooses a camera in a file of several, which {self.camera!r} is not"
                    )
            if self.is_keyframes:
                from recam.camera.keyframe_file import read_keyframes

                self.refuse_strength()
                return CameraPath.from_keyframes(read_keyframes(self.camera), num_frames)
            return self._expression(num_frames, fps)
        self.refuse_strength()
        try:
            path = CameraPath.load(self.camera, camera=self.camera_name, source=self.source_camera)
        except CameraFileError:
            raise
        except InputError as error:  # about the choice of a camera: say which options make it
            raise InputError(f"{error} (--camera-name, --source-camera)") from error
        if num_frames is None or path.num_frames == num_frames:
            return path
        return path.resample(num_frames)

    def _expression(self, num_frames: int | None, fps: float | None) -> CameraPath:
        from recam.camera import CameraPath
        from recam.camera.expression import notes

        path = CameraPath.from_expression(self.camera, num_frames, fps, self.strength, self.distance)
        for note in notes(self.camera):
            warnings.warn(note, stacklevel=2)
        return path

    def refuse_strength(self) -> None:
        """Raise InputError if a file's path should be scaled, which means nothing for measured poses."""
        if self.strength != 1.0:
            raise InputError(
                f"--strength scales presets and expressions; {self.camera} is a file (leave --strength out)"
            )

    def too_short(self, has: int, wanted: int) -> CameraFileError:
        """The error for a file with fewer frames than asked for."""
        return CameraFileError(
            self.camera,
            f"holds {has} frames and {wanted} were asked for; ask for at most {has}, or lengthen the path: "
            f"recam camera convert {self.camera} --num-frames {wanted} -o longer.json",
        )


def _is_model(text: str) -> bool:
    """Whether ``text`` is a folder of cameras, as a COLMAP model is; a preset's name may be a folder's."""
    if not os.path.isdir(text):
        return False
    from recam.camera.formats import holds_cameras

    return holds_cameras(text)


def read_range(text: str) -> range:
    """``N`` is 0 up to N; ``A:B`` is A up to, but without, B.

    Raises:
        InputError: it is neither, or names no scene.
    """
    found = re.fullmatch(r"\s*(?:(\d{0,12}):)?(\d{1,12})\s*", text)
    if not found:
        raise InputError(f"--scenes {text}: give a number, as 100, or a range, as 100:200")
    numbers = range(int(found[1] or 0), int(found[2]))
    if not numbers:
        raise InputError(f"--scenes {text}: names no scene; a range ends before its second number")
    return numbers
