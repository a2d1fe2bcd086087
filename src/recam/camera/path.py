"""The camera path that a model is asked to follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recam.camera.poses import FloatArray, Poses
from recam.camera.presets import DEFAULT_SUBJECT_DISTANCE, PUBLISHED_FRAMES, find_preset, preset_poses
from recam.errors import InputError

# The causal video autoencoder keeps the first frame and then one latent frame for every four.
LATENT_STRIDE = 4


@dataclass(frozen=True)
class CameraPath:
    """One camera pose per video frame, relative to the first source camera; never changed after it is made.

    Attributes:
        poses: F camera-to-world poses, OpenCV axes, metres. The identity is the source video's first view, so
            a path that starts elsewhere begins with another view.
        name: what to call it in titles and file names.
    """

    poses: Poses
    name: str = "path"

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

    def translation_length(self) -> float:
        """Length of the way that the camera travels, metres."""
        return float(np.linalg.norm(np.diff(self.poses.translations, axis=0), axis=1).sum())

    def max_rotation_degrees(self) -> float:
        """Largest turn of any frame away from the first source camera, degrees."""
        return float(self.poses.rotation_angle_degrees().max())
