"""The camera path that a model is asked to follow."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recam.camera.constraints import Constraint
from recam.camera.formats import (
    DEFAULT_FPS,
    CameraSet,
    read_cameras,
    write_cameras,
    write_recam_json,
)
from recam.camera.intrinsics import Intrinsics
from recam.camera.keyframe import Keyframe
from recam.camera.keyframe_file import is_keyframe_file, read_keyframes
from recam.camera.keyframes import Interpolation, Keyframes, Timing
from recam.camera.lenses import zoom_as_dolly
from recam.camera.one_camera import as_cameras, one_camera
from recam.camera.poses import FloatArray, Poses
from recam.camera.presets import (
    DEFAULT_SUBJECT_DISTANCE,
    PUBLISHED_FRAMES,
    find_preset,
    frames_of_seconds,
    preset_motion,
)
from recam.camera.resample import resample, resample_values
from recam.errors import CameraFileError, InputError

# The causal video autoencoder keeps the first frame and then one latent frame for every four.
LATENT_STRIDE = 4


@dataclass(frozen=True, eq=False)
class CameraPath:
    """One camera pose per video frame, relative to the first source camera; never changed after it is made.

    Attributes:
        poses: F camera-to-world poses, OpenCV axes, metres. The identity is the source video's first view, so
            a path that starts elsewhere begins with another view.
        name: what to call it in titles and file names.
        intrinsics: the lens of the source's first view, where it is known.
        zoom: [F] float64, read-only: focal length of each frame over that of the source's first view (2 is
            twice as long a lens, half the width of view); None where the lens does not change.

    Raises:
        InputError: the name is empty, or the zoom is not one positive number a frame.
    """

    poses: Poses
    name: str = "path"
    intrinsics: Intrinsics | None = None
    zoom: FloatArray | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError("a camera path needs a name that is not empty")
        if self.zoom is not None:
            zoom = np.array(self.zoom, dtype=np.float64)
            if zoom.shape != (len(self.poses),) or not (np.isfinite(zoom) & (zoom > 0)).all():
                raise InputError(f"zoom must be {len(self.poses)} positive numbers, one a frame")
            zoom.setflags(write=False)
            object.__setattr__(self, "zoom", zoom)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, CameraPath)
            and (self.poses, self.name, self.intrinsics) == (other.poses, other.name, other.intrinsics)
            and self.changes_lens == other.changes_lens
            and np.array_equal(self.zooms, other.zooms)
        )

    def __hash__(self) -> int:
        return hash((self.poses, self.name, self.intrinsics, self.zooms.tobytes()))

    @classmethod
    def preset(
        cls,
        name: str | int,
        num_frames: int | None = None,
        strength: float = 1.0,
        subject_distance: float = DEFAULT_SUBJECT_DISTANCE,
        *,
        amount: float | None = None,
        easing: str | None = None,
        speed: float | None = None,
        seed: int = 0,
        seconds: float | None = None,
        fps: float | None = None,
        options: Mapping[str, float] | None = None,
    ) -> CameraPath:
        """A preset, e.g. ``"arc-left"``, ``"Zoom In"`` or ``9``; see ``recam camera list``.

        The ten published presets, as they are, end at 80/80.5 of their move as the published file does. With
        an amount, easing or speed, and all other presets always, the move is complete in the last frame.

        Args:
            num_frames: F; the move covers the same range whatever the count. Default: 81.
            strength: scales the move; negative reverses it, 0 stays at the source's first view. The factor of
                a lens zoom is raised to it.
            subject_distance: metres straight ahead of the start to the point that arcs, orbits, spirals,
                cranes, eights and dolly zooms are about.
            amount: how far, in the preset's unit (degrees, metres, or a factor of the focal length).
            easing: how progress runs over time, a name of ``recam.camera.easing.EASINGS``.
            speed: the data set's speed curve with this ``a`` instead: > 0 starts fast, < 0 slowly.
            seed: which noise ``handheld`` has.
            seconds: duration, instead of ``num_frames``; needs ``fps``.
            fps: frames a second; ``handheld`` takes 15 without it.
            options: further lengths in metres of single presets (``PresetInfo.options``), such as ``rise``.

        Raises:
            InputError: no such preset (the message suggests the nearest), or a value out of range.
        """
        if seconds is not None:
            if num_frames is not None or fps is None:
                raise InputError("give a duration as num_frames, or as seconds with fps")
            num_frames = frames_of_seconds(seconds, fps)
        motion = preset_motion(
            name,
            PUBLISHED_FRAMES if num_frames is None else num_frames,
            strength,
            subject_distance,
            amount=amount,
            easing=easing,
            speed=speed,
            seed=seed,
            fps=fps,
            options=options,
        )
        return cls(motion.poses, find_preset(name).name, zoom=motion.zoom)

    @classmethod
    def from_expression(
        cls,
        text: str,
        num_frames: int | None = None,
        fps: float | None = None,
        strength: float = 1.0,
        subject_distance: float = DEFAULT_SUBJECT_DISTANCE,
        seed: int = 0,
    ) -> CameraPath:
        """A path said in words, e.g. ``"orbit-left(30deg) while crane-up(0.5m), then hold 10f"``.

        See ``recam.camera.expression`` for the grammar; the name or number of a preset alone is that preset.

        Args:
            num_frames: F; default: the durations that the text gives, if all have one, else 81.
            fps: frames a second, needed where the text speaks of seconds; shaking takes 15 without it.
            strength: scales every move, as in :meth:`preset`.
            subject_distance: metres straight ahead of the start to the point that moves are about.
            seed: which noise ``handheld`` has.

        Raises:
            ExpressionError: the text cannot be understood or carried out; it names the character.
            InputError: another argument is not usable.
        """
        from recam.camera.expression import evaluate

        done = evaluate(text, num_frames, fps, strength, subject_distance, seed)
        return cls(done.poses, done.name, zoom=done.zoom)

    @classmethod
    def from_poses(cls, poses: Poses, source: Poses | None = None, name: str = "path") -> CameraPath:
        """A path from poses in any world, relative to the first pose of ``source`` (default: to its own)."""
        return cls(poses.relative_to((poses if source is None else source)[0]), name)

    @classmethod
    def from_keyframes(
        cls,
        keys: Sequence[Keyframe] | Keyframes,
        num_frames: int | None = None,
        *,
        fps: float | None = None,
        loop: bool = False,
        interpolation: Interpolation = "smooth",
        tension: float = 0.0,
        timing: Timing = "even",
        constraints: Sequence[Constraint] = (),
        lens: Intrinsics | None = None,
        name: str = "keyframes",
    ) -> CameraPath:
        """A path through keys, smooth between them; see :class:`recam.camera.keyframes.Keyframes`.

            CameraPath.from_keyframes([
                Keyframe(share=0),
                Keyframe(share=1, position=(-2, -0.5, 1), look_at=(0, 0, 4)),
            ], num_frames=81)

        Args:
            keys: at least one; or a whole :class:`Keyframes`, whose own settings then count.
            num_frames: F; default: what the last key's time needs, 81 where times are shares or missing. A
                :class:`Keyframes` is spread over them.

        Raises:
            InputError: keys that do not fit together, or a frame that cannot keep a constraint.
        """
        if isinstance(keys, Keyframes):
            poses, zoom = keys.sample(num_frames)
            return cls(poses, keys.name, keys.lens, zoom)
        whole = Keyframes(
            tuple(keys), num_frames, fps, loop, interpolation, tension, timing, constraints, lens, name
        )
        return cls.from_keyframes(whole)

    @classmethod
    def load(
        cls,
        file: str | PathLike[str],
        camera: str | None = None,
        source: str | None = None,
        num_frames: int | None = None,
        *,
        format: str | None = None,
        axes: str | None = None,
        scale: float = 1.0,
        world_to_camera: bool = False,
        orthonormalise: bool = False,
    ) -> CameraPath:
        """A path from a camera file; the format is found by the file's content (see
        ``recam.camera.formats``). Or from a keyframe file (``recam.camera.keyframe_file``).

        Args:
            camera: which camera to follow; needed where the file holds several.
            source: the camera that filmed the source video; the path is then relative to its first frame.
                Without it the path is relative to its own first frame, i.e. it starts at the source's view.
                recam's own files are relative to their source already, so they take none.
            num_frames: take the first F frames; default: all.
            format, axes, scale, world_to_camera, orthonormalise: what the user knows of the file beyond its
                content; see :func:`recam.camera.formats.read_cameras`.

        What had to be assumed about the file (its axes, its unit of length) is said as a warning.

        Raises:
            CameraFileError: the file cannot be read, is broken, or has fewer frames than asked.
            InputError: no such camera in the file, or several and none is named; the message lists them.
        """
        if format is None and is_keyframe_file(file):
            if camera or source or axes or scale != 1.0 or world_to_camera or orthonormalise:
                raise InputError(
                    f"{file} holds keyframes: one path, in recam's axes and metres; say nothing else"
                )
            path = cls.from_keyframes(read_keyframes(file))
            return path if num_frames is None else path.trim(num_frames)
        cameras = read_cameras(
            file,
            format,
            axes=axes,
            scale=scale,
            world_to_camera=world_to_camera,
            orthonormalise=orthonormalise,
        )
        for note in cameras.notes:
            warnings.warn(f"{file}: {note}", stacklevel=2)
        path = cls.from_cameras(cameras, camera, source, file)
        if num_frames is not None and num_frames > path.num_frames:
            raise CameraFileError(
                file,
                f"camera {path.name} has {path.num_frames} frames, fewer than the {num_frames} asked for; "
                "resample the path or take a shorter video",
            )
        return path if num_frames is None else path.trim(num_frames)

    @classmethod
    def from_cameras(
        cls,
        cameras: CameraSet,
        camera: str | None = None,
        source: str | None = None,
        file: str | PathLike[str] = "the set",
    ) -> CameraPath:
        """A path from cameras that are read already; see :meth:`load`.

        Args:
            file: what error messages call the cameras' origin.

        Raises:
            InputError: no such camera, or several and none is named; the message lists them.
        """
        poses, name, lens, zoom = one_camera(cameras, camera, source, file)
        return cls(poses, name, lens, zoom)

    def save(
        self,
        file: str | PathLike[str],
        format: str = "recam",
        camera: str | None = None,
        source: str | None = None,
        *,
        fps: float = DEFAULT_FPS,
        lens: Intrinsics | None = None,
    ) -> None:
        """Write the path to ``file``. What the format cannot hold is said as a warning.

        Args:
            format: ``"recam"`` keeps every number exactly, the name, the lens and the start away from the
                source. Any other of ``recam.camera.FORMATS`` holds the path in the source camera's world.
            camera: its name in a file that names its cameras; default: the path's name, or cam01 in a
                MultiCamVideo file.
            source: also write the source's first view, as a still camera of this name, into a file of several
                cameras. A MultiCamVideo file needs it for a path that starts elsewhere.
            fps: frames a second, for files with times.
            lens: of the source's first view, for files with lenses, where the path does not know it.

        Raises:
            InputError: the path starts away from the source and ``source`` is missing, or an unknown format.
            OutputError: the file cannot be written.
        """
        if format == "recam":
            write_recam_json(file, self.poses, self.name, self.intrinsics or lens, self.zoom)
            return
        cameras = self.to_cameras(camera or ("cam01" if format == "multicamvideo" else None), source)
        if format == "multicamvideo" and cameras.notes:
            raise InputError(
                "the path starts away from the source's first view, which a MultiCamVideo file can only hold "
                "as a second camera; name it with source, e.g. source='cam02'"
            )
        for note in (*cameras.notes, *write_cameras(file, cameras, format, fps=fps, lens=lens)):
            warnings.warn(f"{file}: {note}", stacklevel=2)

    def to_cameras(self, camera: str | None = None, source: str | None = None) -> CameraSet:
        """The path as cameras for ``recam.camera.write_cameras``, in the world of the source's first view.

        Args:
            camera: what to call it; default: the path's name.
            source: also the source's first view, as a still camera of this name.

        Raises:
            InputError: both have one name.
        """
        return as_cameras(
            self.poses, self.name if camera is None else camera, self.intrinsics, self.zoom, source
        )

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

    @property
    def changes_lens(self) -> bool:
        """Whether any frame has another focal length than the source's first view."""
        return self.zoom is not None and not np.allclose(self.zoom, 1.0, rtol=0, atol=1e-9)

    @property
    def zooms(self) -> FloatArray:
        """[F] float64: focal length of each frame over that of the source's first view; ones if it stays."""
        return np.ones(self.num_frames) if self.zoom is None else self.zoom

    def lens(self, frame: int) -> Intrinsics | None:
        """The lens at ``frame``, where the source's is known: its focal length times the zoom."""
        if self.intrinsics is None:
            return None
        return self.intrinsics.zoomed(float(self.zooms[frame]))

    def lens_as_dolly(self, subject_distance: float = DEFAULT_SUBJECT_DISTANCE) -> CameraPath:
        """The path with its lens change replaced by a dolly that keeps the subject's size in the picture.

        See :func:`recam.camera.lenses.zoom_as_dolly`.

        Args:
            subject_distance: metres from the source's first camera straight ahead to the subject.

        Raises:
            InputError: the distance is not positive, or the subject is not in front of a zoomed frame.
        """
        poses = zoom_as_dolly(self.poses, self.zooms, subject_distance) if self.changes_lens else self.poses
        return replace(self, poses=poses, zoom=None)

    def follow(self, source: CameraPath) -> CameraPath:
        """This path, said relative to a source camera that moves, as one relative to the source's first view.

        Frame by frame ``T_i = S_i P_i``: the identity is then wherever the source camera is at that moment.

        Args:
            source: how the source camera itself moved (see :mod:`recam.camera.solve`), one pose a frame; its
                first pose is the identity.

        Raises:
            InputError: the lengths differ, or the source does not start at its own first view.
        """
        self._check_moving(source)
        return self._from(source, source.poses @ self.poses, source.zooms * self.zooms)

    def relative_to_moving(self, source: CameraPath) -> CameraPath:
        """This path as seen from a moving source camera, frame by frame: ``P_i = S_i^-1 T_i``.

        The inverse of :meth:`follow`, and what a draft of footage with a moving camera has to show.

        Raises:
            InputError: as :meth:`follow`.
        """
        self._check_moving(source)
        return self._from(source, self.poses.relative_to(source.poses), self.zooms / source.zooms)

    def _from(self, source: CameraPath, poses: Poses, zooms: FloatArray) -> CameraPath:
        constant = self.zoom is None and source.zoom is None
        lens = source.intrinsics if self.intrinsics is None else self.intrinsics
        return replace(self, poses=poses, intrinsics=lens, zoom=None if constant else zooms)

    def _check_moving(self, source: CameraPath) -> None:
        if source.num_frames != self.num_frames:
            raise InputError(
                f"the source's own path has {source.num_frames} frames and the camera path "
                f"{self.num_frames}; they go frame by frame, so make them equally long"
            )
        if not np.allclose(source.poses.matrices[0], np.eye(4), rtol=0, atol=1e-6):
            raise InputError(
                "the source's own path must start at its first view (the identity); "
                "take it relative to its first frame: CameraPath.from_poses(path.poses)"
            )

    def resample(self, num_frames: int) -> CameraPath:
        """The same path from first pose to last with ``num_frames`` frames (slerp and straight lines).

        Focal lengths follow at equal factors a frame, as a zoom that looks even does.

        Raises:
            InputError: fewer than one frame is asked for.
        """
        zoom = None if self.zoom is None else np.exp(resample_values(np.log(self.zoom), num_frames))
        return replace(self, poses=resample(self.poses, num_frames), zoom=zoom)

    def trim(self, num_frames: int) -> CameraPath:
        """The first ``num_frames`` frames.

        Raises:
            InputError: there are not that many, or fewer than one is asked for.
        """
        if not 1 <= num_frames <= self.num_frames:
            raise InputError(f"cannot take {num_frames} frames of a camera path that has {self.num_frames}")
        zoom = None if self.zoom is None else self.zoom[:num_frames]
        return replace(self, poses=self.poses[:num_frames], zoom=zoom)

    def take(self, frames: ArrayLike) -> CameraPath:
        """The path with the poses of these frames, in this order.

        Raises:
            InputError: none is given, or the path has no such frame.
        """
        given = np.asarray(frames)
        whole = given.dtype.kind in "iu"
        chosen = given.astype(np.int64) if whole else np.empty(0, np.int64)
        if chosen.ndim != 1 or not len(chosen) or chosen.min() < 0 or chosen.max() >= self.num_frames:
            raise InputError(f"frames must be a list of numbers from 0 to {self.num_frames - 1}")
        zoom = None if self.zoom is None else self.zoom[chosen]
        return replace(self, poses=Poses(self.poses.matrices[chosen]), zoom=zoom)

    def translation_length(self) -> float:
        """Length of the way that the camera travels, metres."""
        return float(np.linalg.norm(np.diff(self.poses.translations, axis=0), axis=1).sum())

    def max_rotation_degrees(self) -> float:
        """Largest turn of any frame away from the first source camera, degrees."""
        return float(self.poses.rotation_angle_degrees().max())
