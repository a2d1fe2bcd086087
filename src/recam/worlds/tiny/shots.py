"""A scene and its cameras together: where they stand, that nothing blocks them, and which way they move."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recam.camera import Poses
from recam.errors import InputError
from recam.worlds.rules import Move
from recam.worlds.tiny.rules import basic_moves, draw_basic_move, draw_move, draw_start
from recam.worlds.tiny.scene import Scene, draw_scene

NUM_CAMERAS = 10
_FLOOR_CLEARANCE = 0.15
_WALL_CLEARANCE = 0.3
_THING_CLEARANCE = 0.4


@dataclass(frozen=True)
class Shot:
    """A scene with its synchronised cameras.

    Attributes:
        scene: what is filmed.
        cameras: name ("cam01" ...) to poses in the scene's world (z up), camera-to-world, OpenCV axes,
            metres.
        moves: name to the move that the camera makes from its start.
        distance: metres from the (first) start to the subject.
    """

    scene: Scene
    cameras: dict[str, Poses]
    moves: dict[str, Move]
    distance: float


def draw_training_shot(
    number: int, seed: int, num_frames: int, radii: tuple[float, ...], basic_share: float, shared_start: bool
) -> Shot:
    """Ten cameras: cam01 stands still, the others move.

    Args:
        number: the scene; with ``seed`` it fixes everything.
        radii: distances to the subject that starts are drawn from, metres.
        basic_share: share of the moves that are basic trajectories of a drawn strength; the rest follow the
            data set's rules.
        shared_start: all cameras start at one pose; otherwise each has a start of its own.

    Raises:
        InputError: the distances do not fit into the scene.
    """
    rng = np.random.default_rng([seed, number, 2])
    scene = draw_scene(number, seed)
    scene, start, distance = _place(rng, scene, radii, [Poses.identity(1)])
    cameras: dict[str, Poses] = {}
    moves: dict[str, Move] = {}
    for index in range(NUM_CAMERAS):
        own, away = start, distance
        if index and not shared_start:
            scene, own, away = _place(
                rng, scene, radii, [Poses.identity(1), *cameras.values()], already=len(cameras)
            )
        move = Move("static", Poses.identity(num_frames))
        for _ in range(30 if index else 0):
            basic = rng.random() < basic_share
            candidate = draw_basic_move(rng, num_frames) if basic else draw_move(rng, num_frames, away)
            if _is_free(scene, (own @ candidate.poses).translations):
                move = candidate
                break
        name = f"cam{index + 1:02d}"
        cameras[name], moves[name] = own @ move.poses, move
    return Shot(scene, cameras, moves, distance)


def draw_validation_shot(number: int, seed: int, num_frames: int, distance: float = 4.0) -> Shot:
    """The ten basic trajectories at full strength as cam01 to cam10, and a static source view as cam11."""
    rng = np.random.default_rng([seed, number, 3])
    moves = [*basic_moves(num_frames), Move("static", Poses.identity(num_frames))]
    scene, start, _ = _place(rng, draw_scene(number, seed), (distance,), [move.poses for move in moves])
    names = [f"cam{index + 1:02d}" for index in range(len(moves))]
    cameras = {name: start @ move.poses for name, move in zip(names, moves, strict=True)}
    return Shot(scene, cameras, dict(zip(names, moves, strict=True)), distance)


def _place(
    rng: np.random.Generator,
    scene: Scene,
    radii: tuple[float, ...],
    paths: list[Poses],
    already: int = 0,
) -> tuple[Scene, Poses, float]:
    """Draw a start from which every path is free; the last resort is to take away the things in the way.

    The last ``already`` paths are poses in the world (cameras placed before), not relative to the start.

    Raises:
        InputError: the distances do not fit into the scene.
    """
    moving, placed = paths[: len(paths) - already], paths[len(paths) - already :]
    for attempt in range(200):
        start, distance = draw_start(rng, radii)
        positions = np.concatenate([(start @ path).translations for path in moving])
        if not _is_inside(scene, positions):
            continue
        if _is_free(scene, positions) and _sees_subject(scene, start.translations[0]):
            return scene, start, distance
        if attempt >= 60:
            everything = np.concatenate([positions, *(path.translations for path in placed)])
            keep = [scene.things[0]]
            for thing in scene.things[1:]:
                alone = replace(scene, things=(thing,))
                sight = replace(scene, things=(scene.things[0], thing))
                if _is_free(alone, everything) and _sees_subject(sight, start.translations[0]):
                    keep.append(thing)
            cleared = replace(scene, things=tuple(keep))
            if _is_free(cleared, positions):
                return cleared, start, distance
    distances = ", ".join(f"{radius:g}" for radius in radii)
    raise InputError(
        f"scene {scene.number} (half size {scene.half_size:.1f} m) has no free place for its cameras at "
        f"{distances} m from the subject; choose distances between 2 and 6 m"
    )


def _is_inside(scene: Scene, positions: NDArray[np.float64]) -> bool:
    if (positions[:, 2] < _FLOOR_CLEARANCE).any():
        return False
    return not scene.has_walls or bool((abs(positions[:, :2]) < scene.half_size - _WALL_CLEARANCE).all())


def _is_free(scene: Scene, positions: NDArray[np.float64]) -> bool:
    if not _is_inside(scene, positions):
        return False
    for thing in scene.things:
        apart = np.linalg.norm(positions[:, :2] - np.asarray(thing.position), axis=1)
        reach = thing.half_width + (thing.travel if thing.motion in ("sliding", "circling") else 0.0)
        if (apart < reach + _THING_CLEARANCE).any():
            return False
    return True


def _sees_subject(scene: Scene, eye: NDArray[np.float64]) -> bool:
    """Whether no other thing stands between the start and the subject (as circles on the floor)."""
    subject = np.asarray(scene.things[0].position)
    line = subject - eye[:2]
    length = float(np.linalg.norm(line))
    for thing in scene.things[1:]:
        offset = np.asarray(thing.position) - eye[:2]
        along = float(offset @ line) / length
        if 0 < along < length:
            aside = abs(float(offset[0] * line[1] - offset[1] * line[0])) / length
            if aside < thing.half_width + 0.25:
                return False
    return True
