"""The camera path that a model is asked to follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recam.camera.formats import CameraSet, read_cameras, write_multicamvideo, write_recam_json
from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray, Poses
from recam.camera.presets import DEFAULT_SUBJECT_DISTANCE, PUBLISHED_FRAMES, find_preset, preset_poses
from recam.camera.resample import resample
from recam.errors import CameraFileError, InputError

# The causal video autoencoder keeps the first frame and then one latent frame for every four.
LATENT_STRIDE = 4


@dataclass(frozen=True)
class CameraPath:
    """One camera pose per video frame, relative to the first source camera; never changed after it is made.

    Attributes:
        poses: F camera-to-world poses, OpenCV axes, metres. The identity is the source video's first view, so
            a path that starts elsewhere begins with another view.
        name: what to call it in titles and file names.
        intrinsics: the lens, where it is known.

    Raises:
        InputError: the name is empty.
    """

    poses: Poses
    name: str = "path"
    intrinsics: Intrinsics | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError("a camera path needs a name that is not empty")

    @classmethod
    def preset(
        cls,
        name: str | int,
        num_frames: int = PUBLISHED_FRAMES,
        strength: float = 1.0,
        subject_distance: float = DEFAULT_SUBJECT_DISTANCE,
    ) -> CameraPath:
        """A published preset, e.g. ``"arc-left"``, ``"Zoom In"`` or ``9``; see ``recam camera list``.

        Args:
            num_frames: F; the move covers the same range whatever the count.
            strength: scales the move; negative reverses it, 0 stays at the source's first view.
            subject_distance: metres to the point that crane and arc presets look at.

        Raises:
            InputError: no such preset (the message suggests the nearest), or a value out of range.
        """
        return cls(preset_poses(name, num_frames, strength, subject_distance), find_preset(name).name)

    @classmethod
    def from_poses(cls, poses: Poses, source: Poses | None = None, name: str = "path") -> CameraPath:
        """A path from poses in any world, relative to the first pose of ``source`` (default: to its own)."""
        return cls(poses.relative_to((poses if source is None else source)[0]), name)

    @classmethod
    def load(
        cls,
        file: str | PathLike[str],
        camera: str | None = None,
        source: str | None = None,
        num_frames: int | None = None,
    ) -> CameraPath:
        """A path from a camera file; the format is found by the file's content (see
        ``recam.camera.formats``).

        Args:
            camera: which camera to follow; needed where the file holds several.
            source: the camera that filmed the source video; the path is then relative to its first frame.
                Without it the path is relative to its own first frame, i.e. it starts at the source's view.
                recam's own files are relative to their source already, so they take none.
            num_frames: take the first F frames; default: all.

        Raises:
            CameraFileError: the file cannot be read, is broken, or has fewer frames than asked.
            InputError: no such camera in the file, or several and none is named; the message lists them.
        """
        cameras = read_cameras(file)
        name = _choose(file, cameras, camera)
        poses = cameras.cameras[name]
        if cameras.relative_to_source:
            if source is not None:
                raise InputError(
                    f"{file} holds a path that is relative to its source camera already; "
                    f"leave out source={source!r}"
                )
        else:
            anchor = (
                poses if source is None else cameras.cameras[_known_camera(file, cameras, source, "source")]
            )
            poses = poses.relative_to(anchor[0])
        if num_frames is not None and num_frames > len(poses):
            raise CameraFileError(
                file,
                f"camera {name} has {len(poses)} frames, fewer than the {num_frames} asked for; "
                "resample the path or take a shorter video",
            )
        path = cls(poses, name, cameras.intrinsics)
        return path if num_frames is None else path.trim(num_frames)

    def save(
        self,
        file: str | PathLike[str],
        format: Literal["recam", "multicamvideo"] = "recam",
        camera: str = "cam01",
        source: str | None = None,
    ) -> None:
        """Write the path to ``file``.

        Args:
            format: ``"recam"`` keeps every number exactly, the name and the lens; ``"multicamvideo"`` is the
                published data set's file and keeps ten digits of the poses only.
            camera: name of the camera in a MultiCamVideo file.
            source: also write the source's first view, as a still camera of this name, into a MultiCamVideo
                file. Needed for a path that starts elsewhere, since only its start would else be known.

        Raises:
            InputError: the path starts away from the source and ``source`` is missing, or an unknown format.
            OutputError: the file cannot be written.
        """
        if format == "recam":
            write_recam_json(file, self.poses, self.name, self.intrinsics)
            return
        if format != "multicamvideo":
            raise InputError(f"unknown camera file format {format!r}; use 'recam' or 'multicamvideo'")
        cameras = {camera: self.poses}
        if source is not None:
            if source == camera:
                raise InputError(f"the source must not be called {camera!r} like the camera")
            cameras[source] = Poses.identity(self.num_frames)
        elif not np.allclose(self.poses.matrices[0], np.eye(4), rtol=0, atol=1e-9):
            raise InputError(
                "the path starts away from the source's first view, which a MultiCamVideo file can only hold "
                "as a second camera; name it with source, e.g. source='cam02'"
            )
        write_multicamvideo(file, cameras)

    @property
    def num_frames(self) -> int:
        """F, the number of video frames."""
        return len(self.poses)

    @property
    def extrinsics(self) -> FloatArray:
        """[F,3,4] float64 camera-to-world relative to the first source camera, metres, read-only."""
        return self.poses.matrices[:, :3]

    def latent_extrinsics(self) -> FloatArray:
        """[f,3,4] float64: the pose of every fourth frame (0, 4, 8, ...), one per latent frame.

        Raises:
            InputError: F is not 4n + 1.
        """
        extra = (self.num_frames - 1) % LATENT_STRIDE
        if extra:
            below = self.num_frames - extra
            raise InputError(
                f"the model takes 4n + 1 frames and this path has {self.num_frames}; "
                f"use {below} or {below + LATENT_STRIDE}"
            )
        return self.extrinsics[::LATENT_STRIDE]

    def model_input(self) -> NDArray[np.float32]:
        """[f,12] float32: :meth:`latent_extrinsics` row by row, as the camera layers take them.

        Raises:
            InputError: F is not 4n + 1.
        """
        return self.latent_extrinsics().reshape(-1, 12).astype(np.float32)

    def resample(self, num_frames: int) -> CameraPath:
        """The same path from first pose to last with ``num_frames`` frames (slerp and straight lines).

        Raises:
            InputError: fewer than one frame is asked for.
        """
        return replace(self, poses=resample(self.poses, num_frames))

    def trim(self, num_frames: int) -> CameraPath:
        """The first ``num_frames`` frames.

        Raises:
            InputError: there are not that many, or fewer than one is asked for.
        """
        if not 1 <= num_frames <= self.num_frames:
            raise InputError(f"cannot take {num_frames} frames of a camera path that has {self.num_frames}")
        return replace(self, poses=self.poses[:num_frames])

    def translation_length(self) -> float:
        """Length of the way that the camera travels, metres."""
        return float(np.linalg.norm(np.diff(self.poses.translations, axis=0), axis=1).sum())

    def max_rotation_degrees(self) -> float:
        """Largest turn of any frame away from the first source camera, degrees."""
        return float(self.poses.rotation_angle_degrees().max())


def _choose(file: str | PathLike[str], cameras: CameraSet, camera: str | None) -> str:
    if camera is not None:
        return _known_camera(file, cameras, camera, "camera")
    names = list(cameras.cameras)
    if len(names) > 1:
        raise InputError(f"{file} holds several cameras; name one with camera: {', '.join(names)}")
    return names[0]


def _known_camera(file: str | PathLike[str], cameras: CameraSet, name: str, argument: str) -> str:
    if name not in cameras.cameras:
        raise InputError(f"{file} holds no camera {name!r} ({argument}); it has {', '.join(cameras.cameras)}")
    return name
