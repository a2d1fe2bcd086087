"""The camera rules of the published data set: where its cameras start, how they move, how fast, which lens.

Source: the description of MultiCamVideo (ReCamMaster, arXiv 2503.11647, appendix on data). Many paths are
drawn at once, as arrays, so that statistics and rejection are quick; :mod:`recam.worlds.rig` keeps those that
are free and makes cameras of them.

World: z up, metres, right handed, the character at ``subject``. Poses: camera-to-world, OpenCV axes.

What the description leaves open, and what is done here: the eight kinds are equally frequent; starts lie
evenly by area on the hemisphere; the points of a random path are equally far apart, in any direction that
turns by at most a right angle, since a smooth path does not turn back;
|a| of the speed curve is 0.5 to 4; cameras stay level, so pans and arcs go about the world's vertical axis;
translations go along the camera's own axes; a random path keeps its view direction; the last frame has the
full move.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from recam.camera import Poses, easing
from recam.camera.intrinsics import Intrinsics
from recam.camera.moves import look_at, pan_tilt
from recam.camera.poses import FloatArray
from recam.errors import InputError

HEMISPHERE_RADII = (3.0, 5.0, 7.0, 10.0)
"""Metres from the character at which cameras of the published data set start."""
NEAREST = 0.5
"""Metres that a camera keeps from the character."""
STEEPEST = 45.0
"""Degrees that a start may lie above the character."""
MOVE_KINDS = ("pan", "tilt", "truck", "crane", "dolly", "arc", "random", "static")
"""On the spot; along the camera's x, y, z; round the character; through random points; not at all."""
MOVE_RANGES = {
    "pan": (5.0, 45.0),
    "tilt": (5.0, 30.0),
    "arc": (15.0, 75.0),
    "truck": (0.25, 1.0),
    "crane": (0.25, 1.0),
    "dolly": (0.25, 1.0),
    "random": (0.25, 1.0),
    "static": (0.0, 0.0),
}
"""Degrees of pans, tilts and arcs; the length of the others over the distance to the character."""
MOST_POINTS = 3
"""Points that a random path goes through after its start, at most."""
CURVE_RANGE = (0.5, 4.0)
"""|a| of the speed curve; the description gives none."""

StartRule = Literal["on", "within"]
_TRANSLATIONS = {"truck": 0, "crane": 1, "dolly": 2}
_TURNS = ("pan", "tilt", "arc")
_UPRIGHT = (0.0, 0.0, -1.0)  # the world's downward direction is the picture's
_CURVE_SAMPLES = 513  # points by which the way along a random path is measured: to 1e-5 of it


@dataclass(frozen=True)
class PublishedLens:
    """A lens of the published data set, on its square sensor of 23.76 mm."""

    focal_mm: int
    """Focal length, millimetres."""
    aperture: float
    """f-number."""

    @property
    def folder(self) -> str:
        """The data set's folder of that lens, such as ``f18_aperture10``."""
        return f"f{self.focal_mm}_aperture{self.aperture:g}"

    def intrinsics(self, size: int) -> Intrinsics:
        """The lens for square pictures of ``size`` pixels."""
        return Intrinsics.from_focal_mm(self.focal_mm, size, size)


PUBLISHED_LENSES = (
    PublishedLens(18, 10.0), PublishedLens(24, 5.0), PublishedLens(35, 2.4), PublishedLens(50, 2.4)
)  # fmt: skip
"""The data set has equally many scenes of each."""


def draw_lens(rng: np.random.Generator) -> PublishedLens:
    """One of the four lenses, each with a chance of 1/4."""
    return PUBLISHED_LENSES[int(rng.integers(len(PUBLISHED_LENSES)))]


@dataclass(frozen=True)
class Move:
    """One camera move: its kind, the numbers that were drawn for it, and its poses relative to the start."""

    kind: str
    poses: Poses
    parameters: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PathDraws:
    """The numbers drawn for N camera paths.

    Attributes:
        kinds: [N] indices into ``MOVE_KINDS``.
        starts: [N,3] metres; every camera looks at the subject from there.
        amounts: [N] the full move. Degrees: pan + is right, tilt + is up, arc + goes to the right.
            Metres: along +x (right), +y (down), +z (forwards) of the start; the length of a random path.
        curves: [N] a of the speed curve; 0 is constant speed, a > 0 starts fast.
        steps: [N,3,3] unit directions from point to point of random paths, none turning by over 90 degrees.
        num_points: [N] through how many points a path goes after its start; 0 but for random paths.
        subject: [3] metres.
    """

    kinds: NDArray[np.int64]
    starts: FloatArray
    amounts: FloatArray
    curves: FloatArray
    steps: FloatArray
    num_points: NDArray[np.int64]
    subject: FloatArray

    def __len__(self) -> int:
        return len(self.kinds)

    def of_kind(self, kind: str) -> NDArray[np.bool_]:
        """[N] which paths are of that kind."""
        return self.kinds == MOVE_KINDS.index(kind)

    @property
    def distances(self) -> FloatArray:
        """[N] metres from the starts to the subject."""
        return np.linalg.norm(self.starts - self.subject, axis=1)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> PathDraws:
        """Some of the paths, by a mask [N] or by indices."""
        arrays = {name: value[chosen] for name, value in vars(self).items() if name != "subject"}
        return replace(self, **arrays)

    def put(self, chosen: NDArray[np.int64], others: PathDraws) -> PathDraws:
        """These paths with ``others`` in the places ``chosen``."""
        arrays = {name: value.copy() for name, value in vars(self).items() if name != "subject"}
        for name, array in arrays.items():
            array[chosen] = getattr(others, name)
        return replace(self, **arrays)

    def progress(self, num_frames: int) -> FloatArray:
        """[N,F] progress of each path at each frame, from 0 to 1, by its speed curve."""
        times = np.linspace(0.0, 1.0, num_frames)
        progress = np.tile(times, (len(self), 1))
        for index in np.flatnonzero(self.curves):
            progress[index] = easing.speed_curve(times, float(self.curves[index]))
        return progress

    def trace(self, progress: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where the cameras are and how they are turned at ``progress`` [N,K] of their moves.

        Returns:
            Rotations [N,K,3,3] (columns: the camera's axes in the world) and positions [N,K,3] in metres.
        """
        first = self._first_rotations()
        rotations = np.repeat(first[:, None], progress.shape[1], axis=1)
        steps = progress * self.amounts[:, None]
        for kind, sign in (("pan", -1), ("arc", 1)):
            some = self.of_kind(kind)
            rotations[some] = _about_z(sign * steps[some]) @ rotations[some]
        some = self.of_kind("tilt")
        if some.any():
            tilts = pan_tilt(steps[some].ravel(), tilt_degrees=1.0).rotations
            rotations[some] = rotations[some] @ tilts.reshape(rotations[some].shape)
        return rotations, self.positions(progress)

    def positions(self, progress: FloatArray) -> FloatArray:
        """[N,K,3] metres: where the cameras are at ``progress`` [N,K] of their moves."""
        positions = np.repeat(self.starts[:, None], progress.shape[1], axis=1)
        steps = progress * self.amounts[:, None]
        some = self.of_kind("arc")
        away = self.starts[some] - self.subject
        positions[some] = self.subject + np.einsum("nkij,nj->nki", _about_z(steps[some]), away)
        first = self._first_rotations()
        for kind, axis in _TRANSLATIONS.items():
            some = self.of_kind(kind)
            positions[some] += steps[some][..., None] * first[some][:, None, :, axis]
        for count in range(1, MOST_POINTS + 1):
            some = self.num_points == count
            if some.any():
                positions[some] += smooth_paths(self.steps[some, :count], self.amounts[some], progress[some])
        return positions

    def _first_rotations(self) -> FloatArray:
        return look_at(self.starts, self.subject, _UPRIGHT).rotations

    def parameters(self, index: int) -> dict[str, float]:
        """What was drawn for one path: ``degrees`` or ``metres``, and ``a`` where the speed is a curve."""
        kind = MOVE_KINDS[self.kinds[index]]
        drawn: dict[str, float] = {}
        if kind != "static":
            drawn["degrees" if kind in _TURNS else "metres"] = float(self.amounts[index])
            if self.curves[index]:
                drawn["a"] = float(self.curves[index])
        return drawn


def draw_starts(
    rng: np.random.Generator,
    count: int,
    radius: float,
    subject: ArrayLike = (0.0, 0.0, 1.0),
    rule: StartRule = "on",
) -> FloatArray:
    """[N,3] places from which the subject is looked at, 0 to 45 degrees above it, evenly by area.

    Args:
        radius: metres of the hemisphere.
        rule: ``"on"`` the hemisphere, or anywhere ``"within"`` it (evenly by volume), 0.5 m from the subject
            or farther.

    Raises:
        InputError: the radius is not a number of at least 0.5, or there is no such rule.
    """
    if rule not in get_args(StartRule):
        raise InputError(f"rule must be 'on' or 'within' the hemisphere, not {rule!r}")
    if not np.isfinite(radius) or radius < NEAREST:
        raise InputError(f"radius must be at least {NEAREST:g} m, not {radius!r}")
    azimuth = rng.uniform(0, 2 * np.pi, count)
    # Equal heights cut equal areas from a sphere (Archimedes).
    height = rng.uniform(0, np.sin(np.radians(STEEPEST)), count)
    distance = np.full(count, float(radius))
    if rule == "within":
        distance = np.cbrt(rng.uniform(NEAREST**3, radius**3, count))
    flat = np.sqrt(1 - height**2)
    return np.asarray(subject, dtype=np.float64) + distance[:, None] * np.stack(
        [flat * np.cos(azimuth), flat * np.sin(azimuth), height], axis=1
    )


def draw_kinds(
    rng: np.random.Generator, count: int, kinds: tuple[str, ...] = MOVE_KINDS
) -> tuple[NDArray[np.int64], FloatArray]:
    """[N] kinds of move (indices into ``MOVE_KINDS``), each equally likely, and [N] directions, -1 or 1.

    Raises:
        InputError: there is no such kind.
    """
    unknown = sorted(set(kinds) - set(MOVE_KINDS))
    if unknown or not kinds:
        what = f"unknown kind of move {unknown[0]!r}" if unknown else "no kind of move is given"
        raise InputError(f"{what}; kinds are {', '.join(MOVE_KINDS)}")
    indices = np.array([MOVE_KINDS.index(kind) for kind in kinds])
    return indices[rng.integers(len(indices), size=count)], rng.choice((-1.0, 1.0), size=count)


def draw_paths(
    rng: np.random.Generator,
    kinds: NDArray[np.int64],
    directions: FloatArray,
    radius: float,
    subject: ArrayLike = (0.0, 0.0, 1.0),
    rule: StartRule = "on",
) -> PathDraws:
    """Draw a start, a size of the move and a speed for each of N paths, free or not.

    Args:
        kinds: [N] and directions [N]: see :func:`draw_kinds`.
        radius: see :func:`draw_starts`, as for ``subject`` and ``rule``.

    Raises:
        InputError: the radius is not a number of at least 0.5.
    """
    count = len(kinds)
    where = np.asarray(subject, dtype=np.float64)
    starts = draw_starts(rng, count, radius, where, rule)
    low, high = np.array([MOVE_RANGES[kind] for kind in MOVE_KINDS])[kinds].T
    amounts = rng.uniform(low, high)
    turns = np.isin(kinds, [MOVE_KINDS.index(kind) for kind in _TURNS])
    amounts *= np.where(turns, 1.0, np.linalg.norm(starts - where, axis=1))
    is_random = kinds == MOVE_KINDS.index("random")
    amounts *= np.where(is_random, 1.0, directions)
    curves = rng.uniform(*CURVE_RANGE, count) * rng.choice((-1.0, 1.0), count) * (rng.random(count) < 0.5)
    num_points = np.where(is_random, rng.integers(1, MOST_POINTS + 1, count), 0)
    steps = rng.normal(size=(count, MOST_POINTS, 3))
    steps /= np.linalg.norm(steps, axis=2, keepdims=True)
    for index in range(1, MOST_POINTS):  # a step that would turn back goes the opposite way
        back = np.einsum("ni,ni->n", steps[:, index - 1], steps[:, index]) < 0
        steps[back, index] *= -1
    return PathDraws(kinds, starts, amounts, curves, steps, num_points, where)


def smooth_paths(steps: FloatArray, lengths: FloatArray, progress: FloatArray) -> FloatArray:
    """Positions on smooth curves (natural cubic splines) through the corners of polylines, from the origin.

    Progress is the share of the way, so that even progress is even speed, round corners too.

    Args:
        steps: [N,P,3] from corner to corner, all equally long.
        lengths: [N] metres of each curve, to which it is scaled.
        progress: [N,K], 0 to 1.

    Returns:
        [N,K,3] metres.
    """
    corners = np.concatenate([np.zeros((len(steps), 1, 3)), np.cumsum(steps, axis=1)], axis=1)
    # With equal steps, knots at equal times are knots at equal ways: the curve does not swing wide.
    spline = CubicSpline(np.linspace(0, 1, corners.shape[1]), corners, axis=1, bc_type="natural")
    curve = spline(np.linspace(0, 1, _CURVE_SAMPLES))
    pieces = np.linalg.norm(np.diff(curve, axis=1), axis=2)
    ways = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(pieces, axis=1)], axis=1)
    at = np.arange(_CURVE_SAMPLES)
    where = np.stack([np.interp(p * way[-1], way, at) for p, way in zip(progress, ways, strict=True)])
    before = np.minimum(where.astype(np.int64), _CURVE_SAMPLES - 2)
    share, rows = (where - before)[..., None], np.arange(len(steps))[:, None]
    positions = (1 - share) * curve[rows, before] + share * curve[rows, before + 1]
    return positions * (lengths / ways[:, -1])[:, None, None]


def _about_z(degrees: FloatArray) -> FloatArray:
    """[N,K,3,3] turns about the world's vertical axis, counterclockwise from above, by ``degrees`` [N,K]."""
    angles = np.radians(degrees)
    turns = np.zeros((*degrees.shape, 3, 3))
    turns[..., 0, 0] = turns[..., 1, 1] = np.cos(angles)
    turns[..., 1, 0], turns[..., 0, 1] = np.sin(angles), -np.sin(angles)
    turns[..., 2, 2] = 1.0
    return turns
