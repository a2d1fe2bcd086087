"""Ten synchronised cameras about a character, by the published rules, none of them inside anything.

World: z up, metres. Poses: camera-to-world, OpenCV axes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recam.camera import Poses
from recam.camera.poses import FloatArray
from recam.errors import InputError
from recam.worlds.rules import (
    HEMISPHERE_RADII,
    MOVE_KINDS,
    NEAREST,
    Move,
    PathDraws,
    PublishedLens,
    StartRule,
    draw_kinds,
    draw_paths,
)

IsFree = Callable[[FloatArray], NDArray[np.bool_]]
"""What an engine says of its scene: which of the points [N,3] a camera may be at, [N]. The character itself
is left out: cameras keep half a metre from it anyway, and they look at it.
"""

NUM_CAMERAS = 10
MOST_TRIES = 200
_PATH_CHECKS = 33  # points of a path beside its frames: few frames could step across a wall
_SIGHT_CHECKS = 33
_AT_ONCE = 4096  # paths; bounds the memory
_CANDIDATES = 24  # drawn at once for a path that found no place: one by one is the slower, the fewer wait
_POINTS_AT_ONCE = 4096  # points compared with all boxes


@dataclass(frozen=True)
class RigCamera:
    """One camera of a rig.

    Attributes:
        name: ``cam01`` and so on.
        poses: [F] in the scene's world.
        move: what it does, relative to its start.
        distance: metres from its start to the subject.
        lens: the lens; a scene has one for all its cameras.
    """

    name: str
    poses: Poses
    move: Move
    distance: float
    lens: PublishedLens


def free_space(
    boxes: ArrayLike = (),
    ground: Callable[[FloatArray], FloatArray] | float = 0.0,
    clearance: float = 0.3,
    above_ground: float = 0.15,
) -> IsFree:
    """The free space about boxes and above a ground, as an :data:`IsFree`.

    Args:
        boxes: [B,2,3] lowest and highest corner of each box along the world's axes, metres.
        ground: height of the ground in metres, or a function that gives it [N] at places x, y [N,2].
        clearance: metres that a camera keeps from boxes.
        above_ground: metres that a camera keeps from the ground below it.

    Raises:
        InputError: boxes of another shape, or with a lowest corner above the highest.
    """
    corners = np.asarray(boxes, dtype=np.float64)
    corners = corners.reshape(0, 2, 3) if corners.size == 0 else corners
    if corners.ndim != 3 or corners.shape[1:] != (2, 3) or not np.isfinite(corners).all():
        raise InputError(f"boxes must be finite numbers of shape [boxes, 2, 3], not {list(corners.shape)}")
    upside_down = (corners[:, 0] > corners[:, 1]).any(axis=1)
    if upside_down.any():
        raise InputError(f"box {int(np.argmax(upside_down))} has its lowest corner above its highest")

    low, high = corners[:, 0] - clearance, corners[:, 1] + clearance

    def is_free(points: FloatArray) -> NDArray[np.bool_]:
        height = ground(points[:, :2]) if callable(ground) else ground
        free = points[:, 2] >= height + above_ground
        if len(points) and len(corners):
            near = ((low < points.max(axis=0)) & (high > points.min(axis=0))).all(axis=1)
            for first in range(0, len(points), _POINTS_AT_ONCE):
                inside = np.ones((1, 1), dtype=bool)
                for axis in range(3):
                    some = points[first : first + _POINTS_AT_ONCE, axis, None]
                    inside = inside & (some > low[near, axis]) & (some < high[near, axis])
                free[first : first + _POINTS_AT_ONCE] &= ~inside.any(axis=1)
        return free

    return is_free


def place_paths(
    rng: np.random.Generator,
    kinds: NDArray[np.int64],
    directions: FloatArray,
    num_frames: int,
    is_free: IsFree,
    radius: float,
    subject: ArrayLike = (0.0, 0.0, 1.0),
    rule: StartRule = "on",
) -> tuple[PathDraws, NDArray[np.bool_]]:
    """Draw N paths that are free, with the subject in sight from their starts.

    A path that is not is drawn anew, start and all, but for its kind and direction: so a scene's shape does
    not change how frequent those are. For the arguments see :func:`recam.worlds.rules.draw_paths`.

    Returns:
        The paths, and [N] which of them are free after at most ``MOST_TRIES`` draws.
    """
    paths = draw_paths(rng, kinds, directions, radius, subject, rule)
    done, tries = _which_free(paths, num_frames, is_free), 1
    while tries < MOST_TRIES and not done.all():
        waiting = np.flatnonzero(~done)
        each = max(1, min(MOST_TRIES - tries, _CANDIDATES, _AT_ONCE // len(waiting)))
        rows = np.repeat(waiting, each)
        anew = draw_paths(rng, kinds[rows], directions[rows], radius, subject, rule)
        free = _which_free(anew, num_frames, is_free).reshape(-1, each)
        found = free.any(axis=1)
        first = np.arange(len(waiting)) * each + free.argmax(axis=1)
        paths = paths.put(waiting[found], anew.take(first[found]))
        done[waiting[found]] = True
        tries += each
    return paths, done


def _which_free(paths: PathDraws, num_frames: int, is_free: IsFree) -> NDArray[np.bool_]:
    """:func:`are_free` in bounded memory."""
    parts = [np.arange(len(paths))[first : first + _AT_ONCE] for first in range(0, len(paths), _AT_ONCE)]
    return np.concatenate([are_free(paths.take(part), num_frames, is_free) for part in parts])


def are_free(paths: PathDraws, num_frames: int, is_free: IsFree) -> NDArray[np.bool_]:
    """[N] which paths are free, 0.5 m from the subject or farther, and see it from their start.

    Checked are the frames, 33 even steps of the way, and 33 of the line from the start to half a metre before
    the subject.
    """
    free = is_free(paths.starts)
    free[free] = _sees_subject(paths.take(free), is_free)
    if not free.any():
        return free
    some = paths.take(free)
    even = np.broadcast_to(np.linspace(0, 1, _PATH_CHECKS), (len(some), _PATH_CHECKS))
    positions = some.positions(np.concatenate([some.progress(num_frames), even], axis=1))
    apart = (np.linalg.norm(positions - some.subject, axis=2) >= NEAREST).all(axis=1)
    free[free] = apart & _all_free(positions, is_free)
    return free


def _sees_subject(paths: PathDraws, is_free: IsFree) -> NDArray[np.bool_]:
    """[N] whether nothing stands on the line from the start to half a metre before the subject."""
    shares = np.linspace(0, 1, _SIGHT_CHECKS) * (1 - NEAREST / paths.distances)[:, None]
    return _all_free(
        paths.starts[:, None] + shares[..., None] * (paths.subject - paths.starts)[:, None], is_free
    )


def draw_rig(
    rng: np.random.Generator,
    num_frames: int,
    lens: PublishedLens,
    is_free: IsFree | None = None,
    *,
    radii: Sequence[float] = HEMISPHERE_RADII,
    subject: ArrayLike = (0.0, 0.0, 1.0),
    kinds: tuple[str, ...] = MOVE_KINDS,
    rule: StartRule = "on",
) -> list[RigCamera]:
    """Ten synchronised cameras for one scene, on one hemisphere, each with a start and a move of its own.

    The radius is drawn from those of ``radii`` that the scene has room for.

    Args:
        num_frames: frames of the clip; frame i of every camera is the same moment.
        lens: the lens of all ten; see :func:`recam.worlds.rules.draw_lens`.
        is_free: which points of the scene are free (:data:`IsFree`); ground at z = 0 when not given.
        subject: [3] the point at which cameras look, metres: the character's middle.
        kinds: the moves to draw from.

    Raises:
        InputError: an argument cannot be used, or the scene has no room for one of the ten at any radius.
    """
    if num_frames < 1:
        raise InputError(f"num_frames must be at least 1, not {num_frames}")
    if not len(radii):
        raise InputError("radii must hold at least one distance in metres")
    is_free = is_free or free_space()
    which, directions = draw_kinds(rng, NUM_CAMERAS, kinds)
    stuck = ""
    for radius in rng.permutation(np.asarray(radii, dtype=np.float64)):
        paths, done = place_paths(rng, which, directions, num_frames, is_free, float(radius), subject, rule)
        if done.all():
            return _cameras(paths, num_frames, lens)
        stuck = MOVE_KINDS[which[np.argmin(done)]]
    raise InputError(
        f"the scene has no room for its cameras ({stuck}: {MOST_TRIES} tries) at "
        f"{', '.join(f'{radius:g}' for radius in radii)} m from the subject; give smaller radii, fewer kinds "
        "of move or a subject that stands more freely"
    )


def _cameras(paths: PathDraws, num_frames: int, lens: PublishedLens) -> list[RigCamera]:
    rotations, positions = paths.trace(paths.progress(num_frames))
    cameras = []
    for index, distance in enumerate(paths.distances):
        poses = Poses.from_parts(rotations[index], positions[index])
        kind = MOVE_KINDS[paths.kinds[index]]
        move = Move(kind, poses.relative_to(poses[0]), paths.parameters(index))
        cameras.append(RigCamera(f"cam{index + 1:02d}", poses, move, float(distance), lens))
    return cameras


def _all_free(positions: FloatArray, is_free: IsFree) -> NDArray[np.bool_]:
    """[N] of positions [N,K,3]: whether all K are free."""
    return np.all(is_free(positions.reshape(-1, 3)).reshape(positions.shape[:2]), axis=1)
