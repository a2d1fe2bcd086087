"""A scene with its ten synchronised cameras: everything that an engine films.

World: z up, metres. Poses: camera-to-world, OpenCV axes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recam.camera import Poses
from recam.camera.moves import look_at
from recam.camera.poses import FloatArray
from recam.camera.presets import DEFAULT_SUBJECT_DISTANCE
from recam.data.layout import Split
from recam.errors import InputError
from recam.worlds.boxes import stand_between
from recam.worlds.compose import describe, draw_scene, stream
from recam.worlds.rig import NEAREST, IsFree, draw_rig, free_space
from recam.worlds.rules import Move, PublishedLens, draw_lens, draw_starts
from recam.worlds.scene import Scene
from recam.worlds.tiny.rules import basic_moves

VAL_NUMBERS = 1_000_000_000
"""Number of the first scene of the validation split: training scenes are below."""
MOST_ATTEMPTS = 50
"""Scenes that are drawn of one number until one has room for its cameras."""
_RIGS = 8  # drawn for one scene until no camera is in the main character's way
_CLEARANCE = 0.3  # metres from a camera to the main character at each moment
_STARTS = 400  # of a validation shot, tried for one scene
_SIGHT_CHECKS = 33
_LEAST_SIZE = 0.03  # half the diagonal of a thing's box over half the picture's side
# Streams of random numbers, beside those of compose.py; never renumber.
_LENS, _CAMERAS = 21, 22


@dataclass(frozen=True)
class Shot:
    """A scene with its synchronised cameras.

    Attributes:
        scene: what is filmed; ``scene.attributes["attempt"]``: how many before it had no room for cameras.
        cameras: name (``cam01`` ...) to [F] poses in the scene's world.
        moves: name to the move that the camera makes from its start.
        lens: of all cameras.
        distance: metres from the starts to the focus of the scene.
    """

    scene: Scene
    cameras: dict[str, Poses]
    moves: dict[str, Move]
    lens: PublishedLens
    distance: float


def draw_shot(
    number: int,
    seed: int,
    num_frames: int,
    fps: float,
    split: Split = "train",
    draw: Callable[[int, int, int, float, int], Scene] = draw_scene,
    first_attempt: int = 0,
) -> Shot:
    """Draw scene ``number`` of the world ``seed`` and its cameras; equal arguments always give equal shots.

    ``train``: ten cameras by the published rules. ``val``: the ten basic trajectories at full strength as
    ``cam01`` to ``cam10``, from 4 m, where they expect their subject, and a still view ``cam11``; its scene
    is number ``VAL_NUMBERS + number``, so that no training scene is ever measured with. A scene without room
    for its cameras is drawn anew.

    Args:
        draw: what draws a scene from number, seed, frames, rate and attempt.
        first_attempt: of the scene; above the one of a shot that turned out to be of no use, another shot.

    Raises:
        InputError: no room for the cameras in any of 50 scenes, or a split that is neither.
    """
    if split not in ("train", "val"):
        raise InputError(f"split must be 'train' or 'val', not {split!r}")
    own = number if split == "train" else VAL_NUMBERS + number
    lens = draw_lens(stream(seed, own, 0, _LENS))
    place = _draw_rig if split == "train" else _draw_basic
    for attempt in range(first_attempt, first_attempt + MOST_ATTEMPTS):
        scene = draw(own, seed, num_frames, fps, attempt)
        is_free = free_space(scene.solid_boxes(), scene.ground)
        shot = place(stream(seed, own, attempt, _CAMERAS), scene, lens, is_free)
        if shot is not None:
            starts = [path[0] for path in shot.cameras.values()]
            return replace(shot, scene=describe(scene, visible_things(scene, starts, lens)))
    raise InputError(
        f"scene {number} of seed {seed} has no room for its cameras in {MOST_ATTEMPTS} attempts; leave it out"
    )


def visible_things(scene: Scene, starts: Sequence[Poses], lens: PublishedLens) -> list[int]:
    """Indices of the things that a viewer would name, the largest in the pictures first.

    A thing counts where the middle of its box lies in the picture, its size is not tiny, and no structure
    stands between; it must count from a third of the starts. The main character always does.

    Args:
        starts: the cameras' first poses, one each.
    """
    eyes = np.concatenate([start.translations for start in starts])
    turns = np.concatenate([start.rotations for start in starts])
    things = [index for index, thing in enumerate(scene.things) if thing.kind != "ground"]
    lows, highs = [], []
    for index in things:
        boxes = scene.things[index].boxes_at(0)
        lows.append(boxes[:, 0].min(axis=0))
        highs.append(boxes[:, 1].max(axis=0))
    low, high = np.array(lows), np.array(highs)
    middles = (low + high) / 2
    seen = np.einsum("cij,cti->ctj", turns, middles[None] - eyes[:, None])  # x right, y down, z forward
    ahead = np.maximum(seen[..., 2], 1e-6)
    half = lens.intrinsics(2).fx  # focal length where the picture reaches from -1 to 1
    at = half * seen[..., :2] / ahead[..., None]
    inside = (seen[..., 2] > 0.2) & (np.abs(at) < 0.95).all(axis=2)
    size = half * np.linalg.norm(high - low, axis=1) / 2 / np.linalg.norm(middles - eyes[:, None], axis=2)
    sees = inside & (size > _LEAST_SIZE) & ~_hidden(scene, things, eyes, middles)
    counts = sees.sum(axis=0) >= max(1, len(starts) / 3)
    prominence = (size * sees).sum(axis=0)
    order = sorted(np.flatnonzero(counts), key=lambda row: -prominence[row])
    others = [things[row] for row in order if things[row] != scene.subject]
    return [scene.subject, *others]


def _hidden(scene: Scene, things: list[int], eyes: FloatArray, middles: FloatArray) -> NDArray[np.bool_]:
    """[C,T] whether a structure stands between each eye [C,3] and each middle [T,3] of another thing."""
    hidden = np.zeros((len(eyes), len(things)), dtype=bool)
    for index, thing in enumerate(scene.things):
        if thing.kind == "structure":
            others = [row for row, other in enumerate(things) if other != index]
            hidden[:, others] |= stand_between(thing.boxes_at(0), eyes, middles[others])
    return hidden


def _draw_rig(rng: np.random.Generator, scene: Scene, lens: PublishedLens, is_free: IsFree) -> Shot | None:
    """Ten cameras by the published rules that the main character never runs into."""
    for _ in range(_RIGS):
        try:
            rig = draw_rig(rng, scene.num_frames, lens, is_free, subject=scene.focus)
        except InputError:  # no room at any distance
            return None
        if not any(meets_subject(scene, camera.poses.translations) for camera in rig):
            cameras = {camera.name: camera.poses for camera in rig}
            return Shot(scene, cameras, {camera.name: camera.move for camera in rig}, lens, rig[0].distance)
    return None


def _draw_basic(rng: np.random.Generator, scene: Scene, lens: PublishedLens, is_free: IsFree) -> Shot | None:
    """The ten basic trajectories and a still view, all from one start, all free."""
    distance, focus = DEFAULT_SUBJECT_DISTANCE, np.asarray(scene.focus)
    starts = draw_starts(rng, _STARTS, distance, focus)
    moves = [*basic_moves(scene.num_frames), Move("static", Poses.identity(scene.num_frames))]
    shares = np.linspace(0, 1 - NEAREST / distance, _SIGHT_CHECKS)[:, None]
    for start in starts[is_free(starts)]:
        if not is_free(start + shares * (focus - start)).all():
            continue
        first = look_at(start[None], focus, (0.0, 0.0, -1.0))
        paths = [first @ move.poses for move in moves]
        if not is_free(np.concatenate([path.translations for path in paths])).all():
            continue
        if any(meets_subject(scene, path.translations) for path in paths):
            continue
        names = [f"cam{index + 1:02d}" for index in range(len(moves))]
        return Shot(
            scene, dict(zip(names, paths, strict=True)), dict(zip(names, moves, strict=True)), lens, distance
        )
    return None


def meets_subject(scene: Scene, positions: FloatArray) -> bool:
    """Whether a camera [F,3] comes near the main character as it is at each moment."""
    places = positions[:, None]
    return any(
        bool(
            (
                (places > part.frame_boxes[:, :, 0] - _CLEARANCE)
                & (places < part.frame_boxes[:, :, 1] + _CLEARANCE)
            )
            .all(axis=2)
            .any()
        )
        for part in scene.things[scene.subject].parts
    )
