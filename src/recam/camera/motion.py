"""What camera moves are made of, and how several at once add up.

Poses are camera-to-world, OpenCV axes (x right, y down, z forward), metres, in the frame of the path's first
camera; its y axis is the vertical, whatever the camera does later. Angles are degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.moves import look_at
from recam.camera.poses import FloatArray
from recam.errors import InputError


@dataclass(frozen=True)
class Part:
    """What one move does when it is complete; a part without numbers stays."""

    pan: float = 0.0
    """Degrees to the right, about the vertical."""
    tilt: float = 0.0
    """Degrees up, about the camera's own right axis."""
    roll: float = 0.0
    """Degrees clockwise as seen from behind the camera, about its own view axis."""
    right: float = 0.0
    """Metres along the camera's own right axis at the move's start."""
    forward: float = 0.0
    """Metres along the camera's own view axis at the move's start."""
    rise: float = 0.0
    """Metres upwards, along the vertical."""
    eight: float = 0.0
    """Half-width in metres of a lying eight, along the camera's right axis and the vertical."""
    orbit: float = 0.0
    """Degrees to the right about the vertical through the subject."""
    chord: bool = False
    """Whether the orbit cuts straight from its start to its end, as the published arcs do."""
    closer: float = 0.0
    """Metres by which the horizontal distance to the subject shrinks."""
    aims: bool = False
    """Whether the camera turns to keep the subject where it is in the picture."""
    zoom: float = 1.0
    """Factor of the focal length."""
    keeps_size: bool = False
    """Whether the lens makes up for the distance, so that the subject keeps its size in the picture."""
    shake: float = 0.0
    """Degrees of unrest of a camera held by hand (see :mod:`recam.camera.shake`)."""
    sway: float = 0.0
    """Metres of that unrest."""
    seed: int = 0
    """Which unrest."""

    @property
    def uses_subject(self) -> bool:
        """Whether the move depends on where the subject is."""
        return self.aims or self.keeps_size or self.orbit != 0 or self.closer != 0


@dataclass(frozen=True)
class Views:
    """Where cameras are: positions [K,3], rotations [K,3,3] (camera-to-world), zoom [K] over the source."""

    positions: FloatArray
    rotations: FloatArray
    zoom: FloatArray

    @classmethod
    def start(cls) -> Views:
        """The source's first view, once."""
        return cls(np.zeros((1, 3)), np.eye(3)[None], np.ones(1))

    def __getitem__(self, index: int | slice) -> Views:
        chosen = slice(index, index + 1 or None) if isinstance(index, int) else index
        return Views(self.positions[chosen], self.rotations[chosen], self.zoom[chosen])


@dataclass(frozen=True)
class Running:
    """A part on its way: where it began, what it looks at, how far it was and how far it gets."""

    part: Part
    axes: FloatArray
    """[3,3] the camera's rotation when the part began."""
    subject: FloatArray
    """[3] what it looks at, if it looks at anything."""
    before: float
    """Progress at the view that :func:`advance` starts from."""
    progress: FloatArray
    """[K] progress at each of the views that it gives."""

    @property
    def steps(self) -> FloatArray:
        """[K] progress made since the view that :func:`advance` starts from."""
        return self.progress - self.before


def advance(view: Views, running: Sequence[Running], count: int) -> Views:
    """The ``count`` views to which the parts that run at the same time bring one ``view``.

    In this order, so that it does not matter in which order the parts are given:

    1. straight ways, rises and eights add up;
    2. orbits turn and shrink the sum about the vertical through the subject, as a turntable would;
    3. cameras that look at the subject turn so that it stays at its place in the picture;
    4. pans turn about the vertical, then tilts, then rolls about the camera's own axes;
    5. zooms multiply; last comes the lens that keeps the subject's size.

    Shaking is no part of it: it is laid over the finished path.

    Raises:
        InputError: two subjects, a camera on top of its subject, an arc of 180 degrees or more on its chord.
    """
    subject = _common_subject(running)
    positions = np.repeat(view.positions, count, axis=0)
    for run in running:
        positions = positions + _offsets(run)
    if any(run.part.orbit or run.part.closer for run in running):
        tables = _turntable(view, running, subject, count)
        positions = subject + np.einsum("kij,kj->ki", tables, positions - subject)
    turns = np.repeat(view.rotations, count, axis=0)
    if any(run.part.aims for run in running):
        turns = (
            look_at(positions, subject).rotations @ look_at(view.positions, subject).rotations[0].T @ turns
        )
    pan, tilt, roll = (
        sum((getattr(run.part, name) * run.steps for run in running), np.zeros(count))
        for name in ("pan", "tilt", "roll")
    )
    if pan.any():
        turns = Rotation.from_euler("Y", pan[:, None], degrees=True).as_matrix() @ turns
    if tilt.any() or roll.any():
        turns = turns @ Rotation.from_euler("XZ", np.stack([tilt, roll], axis=1), degrees=True).as_matrix()
    zoom = np.repeat(view.zoom, count)
    for run in running:
        zoom = zoom * run.part.zoom**run.steps
    if any(run.part.keeps_size for run in running):
        zoom = zoom * _depths(positions, turns, subject) / _depths(view.positions, view.rotations, subject)
    return Views(positions, turns, zoom)


def carry(view: Views, running: Sequence[Running]) -> FloatArray:
    """[3,3]: what the orbits among the parts, at the last of their views, did to the axes of all others.

    A part that goes on after ``view`` needs its ``axes`` multiplied by it, so that one orbit and the same
    orbit in two goes carry it to the same place.
    """
    return _turntable(view, running, _common_subject(running), len(running[0].progress))[-1]


def _common_subject(running: Sequence[Running]) -> FloatArray:
    subjects = [run.subject for run in running if run.part.uses_subject]
    if not subjects:
        return np.zeros(3)
    if any(np.abs(other - subjects[0]).max() > 1e-9 for other in subjects[1:]):
        raise InputError("two moves at the same time look at different subjects; give both the same distance")
    return subjects[0]


def _offsets(run: Running) -> FloatArray:
    part, steps = run.part, run.steps[:, None]
    offsets = steps * (part.right * run.axes[:, 0] + part.forward * run.axes[:, 2])
    offsets = offsets + steps * np.array([0.0, -part.rise, 0.0])
    if part.eight:
        # Gerono's lemniscate, which crosses itself where the move begins and ends.
        turns = 2 * np.pi * np.append(run.before, run.progress)
        across, up = part.eight * np.sin(turns), part.eight * np.sin(turns) * np.cos(turns)
        offsets = offsets + (across[1:] - across[0])[:, None] * run.axes[:, 0]
        offsets[:, 1] -= up[1:] - up[0]
    return offsets


def _turntable(view: Views, running: Sequence[Running], subject: FloatArray, count: int) -> FloatArray:
    """[K,3,3]: what orbits do to offsets from the subject, a turn about the vertical and a share of them."""
    radius = float(np.hypot(*(view.positions[0] - subject)[[0, 2]]))
    angle, share = np.zeros(count), np.ones(count)
    for run in running:
        if run.part.chord:
            angles, shares = _chord(np.append(run.before, run.progress), run.part.orbit)
            angle, share = angle + angles[1:] - angles[0], share * shares[1:] / shares[0]
        else:
            angle = angle + np.radians(run.part.orbit) * run.steps
        if run.part.closer:
            left = 1 - run.part.closer * run.steps / max(radius, 1e-12)
            if not (left > 1e-6).all():
                raise InputError(
                    f"closing in by {run.part.closer:g} m reaches the subject, {radius:.3g} m away"
                )
            share = share * left
    tables = np.tile(np.eye(3), (count, 1, 1))
    tables[:, 0, 0] = tables[:, 2, 2] = share * np.cos(angle)
    tables[:, 0, 2], tables[:, 2, 0] = -share * np.sin(angle), share * np.sin(angle)
    return tables


def _chord(progress: FloatArray, degrees: float) -> tuple[FloatArray, FloatArray]:
    """Angle (radians) and share of the radius after ``progress`` of the chord of an arc."""
    if abs(degrees) >= 180:
        raise InputError(
            f"an arc of {degrees:g} degrees along its chord would pass through the subject; stay below 180 "
            "degrees, or go round it with orbit-left or orbit-right"
        )
    end = np.radians(degrees)
    across, ahead = progress * np.sin(end), 1 - progress * (1 - np.cos(end))
    return np.arctan2(across, ahead), np.hypot(across, ahead)


def _depths(positions: FloatArray, rotations: FloatArray, subject: FloatArray) -> FloatArray:
    depths = np.einsum("ki,ki->k", subject - positions, rotations[:, :, 2])
    if not (depths > 1e-6).all():
        raise InputError(
            "the lens cannot keep the size of a subject that the camera reaches or turns away from"
        )
    return depths
