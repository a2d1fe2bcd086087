"""Rigs of ten cameras by the published rules, anchored to a point of a user's own world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recam.camera import Poses
from recam.camera.conventions import AXES, to_opengl
from recam.camera.poses import FloatArray
from recam.errors import InputError
from recam.worlds.rig import RigCamera, draw_rig, free_space
from recam.worlds.rules import HEMISPHERE_RADII, MOVE_KINDS, PUBLISHED_LENSES, PublishedLens, draw_lens

Target = Literal["blender", "unreal"]
TARGETS: tuple[Target, ...] = ("blender", "unreal")
METRES = {"blender": 1.0, "unreal": 0.01}
"""Length of the program's unit."""
ABOVE_GROUND = 1.0
"""Metres of the subject, a character's middle, above the ground, where the ground is not given."""
_RIG = 31  # stream of random numbers; never renumber: a rig must stay what it is


@dataclass(frozen=True)
class RigSettings:
    """What rigs are drawn from; lengths and places are in the program's own axes and units.

    Blender: metres, z up. Unreal: centimetres, x forward, y right, z up.
    """

    target: Target
    subject: tuple[float, float, float] = (0.0, 0.0, 1.0)
    """The point at which the cameras look when they start; the middle of a character."""
    ground: float | None = None
    """Height of the ground, below which no camera goes; default: a metre below the subject."""
    radii: tuple[float, ...] = HEMISPHERE_RADII
    """Metres from the subject at which cameras start; one is drawn for each scene."""
    num_frames: int = 81
    fps: float = 15.0
    seed: int = 0
    lens: int | None = None
    """Focal length in millimetres: 18, 24, 35 or 50; default: drawn for each scene."""
    kinds: tuple[str, ...] = MOVE_KINDS

    def check(self) -> None:
        """Raise InputError when a setting cannot be used."""
        if self.target not in TARGETS:
            raise InputError(f"--to must be {' or '.join(TARGETS)}, not {self.target!r}")
        if not np.isfinite([*self.subject, self.ground or 0.0]).all():
            raise InputError("--subject and --ground must be finite numbers")
        if self.num_frames < 1:
            raise InputError(f"--frames must be at least 1, not {self.num_frames}")
        if not np.isfinite(self.fps) or not 0 < self.fps <= 1000:
            raise InputError(f"--fps must be more than 0 and at most 1000, not {self.fps:g}")
        if self.lens is not None and self.lens not in {lens.focal_mm for lens in PUBLISHED_LENSES}:
            known = ", ".join(str(lens.focal_mm) for lens in PUBLISHED_LENSES)
            raise InputError(f"--lens {self.lens}: the data set's lenses are {known} mm")
        if self.ground is not None and self.ground >= self.subject[2]:
            raise InputError(f"--ground {self.ground:g} must lie below the subject ({self.subject[2]:g})")


@dataclass(frozen=True)
class Rig:
    """The cameras of one scene.

    Attributes:
        number: of the scene.
        cameras: ten, in a world with z up, metres; their ``poses`` are camera-to-world, OpenCV axes.
        subject: [3] metres in that world.
        lens: of all ten.
    """

    number: int
    cameras: Sequence[RigCamera]
    subject: FloatArray
    lens: PublishedLens

    @property
    def name(self) -> str:
        return f"scene{self.number}"

    def focus_distances(self, camera: RigCamera) -> FloatArray:
        """[F] metres along the view axis to the subject, at least 0.3: what the camera focuses on."""
        away = self.subject - camera.poses.translations
        return np.maximum(np.einsum("fi,fi->f", away, camera.poses.rotations[:, :, 2]), 0.3)


def draw_export_rig(number: int, settings: RigSettings) -> Rig:
    """Rig ``number``; equal numbers and settings give equal rigs for ever.

    Raises:
        InputError: settings that cannot be used, or no room above the ground.
    """
    settings.check()
    rng = np.random.default_rng([settings.seed, number, _RIG])
    lens = draw_lens(rng)
    if settings.lens is not None:
        lens = next(each for each in PUBLISHED_LENSES if each.focal_mm == settings.lens)
    subject = to_world(settings.subject, settings.target)
    unit = METRES[settings.target]
    ground = subject[2] - ABOVE_GROUND if settings.ground is None else settings.ground * unit
    cameras = draw_rig(
        rng,
        settings.num_frames,
        lens,
        free_space(ground=float(ground)),
        radii=settings.radii,
        subject=subject,
        kinds=settings.kinds,
    )
    return Rig(number, cameras, subject, lens)


def to_world(place: Sequence[float], target: Target) -> FloatArray:
    """[3] a place in the program's axes and units, in the rig's world: z up, right handed, metres."""
    scaled = np.asarray(place, dtype=np.float64) * METRES[target]
    return AXES["blender"].opencv_world.T @ AXES[target].opencv_world @ scaled


def to_opencv_world(poses: Poses) -> Poses:
    """Poses of a world with z up in one with y down and z to its north, as recam's file writers expect."""
    return Poses(AXES["blender"].to_opencv(to_opengl(poses)))
