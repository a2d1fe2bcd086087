"""Whether cameras make the moves that they are known to make: a swapped or edited camera file shows so.

Known are the ten published trajectories of the validation set by their order, presets named in
``scene.json``, and there also moves of the published rules with what was drawn (``recam.worlds.rules``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recam.camera import CameraPath, Poses
from recam.camera.easing import speed_curve
from recam.camera.moves import arc, pan_tilt, translate
from recam.camera.poses import FloatArray
from recam.camera.presets import PRESETS, PUBLISHED_NAMES
from recam.data.check_clip import Bad
from recam.data.index import IndexedScene

_ALONG = {"truck": 0, "crane": 1, "dolly": 2}
_METRES, _TURN = 0.01, 2e-3  # files print six digits; a tenth of a degree


def check_moves(scene: IndexedScene, poses: dict[str, Poses], bad: Bad) -> None:
    """Report each camera whose poses are not its move; where another camera makes that move, which one."""
    known = {name: move for name in poses if (move := _known_move(scene, name)) is not None}
    for name, move in known.items():
        if _makes(poses[name], move):
            continue
        others = [other for other in poses if other != name and _makes(poses[other], move)]
        found = f"; {others[0]} makes that move: cameras are swapped" if others else ""
        reason = f"camera {name} does not make its move, {_named(move)}{found}"
        bad(scene.files.camera_path, "swapped", reason)


def _known_move(scene: IndexedScene, camera: str) -> dict[str, Any] | None:
    """What is known of a camera's move: its kind and what was drawn for it."""
    moves = scene.files.description.get("moves")
    known = moves.get(camera) if isinstance(moves, dict) else None
    if isinstance(known, dict):
        numbers = [value for key, value in known.items() if key != "kind"]
        if all(isinstance(value, int | float) for value in numbers) and isinstance(known.get("kind"), str):
            return {"distance": scene.files.description.get("subject_distance"), **known}
        return None
    if scene.split == "val" and camera[:3] == "cam" and camera[3:].isdigit():
        number = int(camera[3:])
        if 1 <= number <= len(PUBLISHED_NAMES):
            return {"kind": PUBLISHED_NAMES[number - 1]}
    return None


def _named(move: dict[str, Any]) -> str:
    if move["kind"] in PRESETS and move.get("strength", 1.0) == 1.0:
        return move["kind"]
    for unit in ("degrees", "metres", "strength"):
        if unit in move:
            return (
                f"{move['kind']} by {move[unit]:g} {unit}"
                if unit != "strength"
                else (f"{move['kind']} at strength {move[unit]:g}")
            )
    return move["kind"]


def _makes(poses: Poses, move: dict[str, Any]) -> bool:
    """Whether poses are a move from their own first pose on; true of moves that are not known well enough."""
    kind, num_frames = move["kind"], len(poses)
    if kind in PRESETS:
        path = CameraPath.preset(kind, num_frames, strength=float(move.get("strength", 1.0))).poses
        return _equal(poses.relative_to(poses[0]).matrices, path.matrices)
    if kind == "static":
        return _equal(poses.matrices, poses[0].matrices)
    progress = speed_curve(np.linspace(0.0, 1.0, num_frames), float(move.get("a", 0.0)))
    amount = move.get("degrees", move.get("metres"))
    if amount is None:
        return True
    if kind == "random":
        return _goes(poses, float(amount))
    paths = _paths(poses[0], kind, float(amount), progress, move)
    return not paths or any(_equal(poses.matrices, path) for path in paths)


def _paths(
    start: Poses, kind: str, amount: float, progress: FloatArray, move: dict[str, Any]
) -> list[FloatArray]:
    """[F,4,4] each: the paths that a move may mean, in a world whose y axis points down.

    Pans and arcs of the published rules go about the world's vertical axis, those of the bundled model's
    world about the camera's own.
    """
    if kind in _ALONG:
        return [(start @ translate(progress, np.eye(3)[_ALONG[kind]] * amount)).matrices]
    if kind == "tilt":
        return [(start @ pan_tilt(progress, tilt_degrees=amount)).matrices]
    if kind == "pan":
        turns = pan_tilt(progress, pan_degrees=amount)
        upright = np.tile(start.matrices[0], (len(progress), 1, 1))
        upright[:, :3, :3] = turns.rotations @ start.rotations[0]
        return [upright, (start @ turns).matrices]
    distance = move.get("distance")
    if kind != "arc" or not isinstance(distance, int | float) or distance <= 0:
        return []
    own = (start @ arc(progress, amount, float(distance))).matrices
    subject = start.translations[0] + float(distance) * start.rotations[0][:, 2]
    turns = pan_tilt(progress, pan_degrees=-amount).rotations  # going right about the subject turns left
    upright = np.tile(start.matrices[0], (len(progress), 1, 1))
    upright[:, :3, :3] = turns @ start.rotations[0]
    upright[:, :3, 3] = subject + turns @ (start.translations[0] - subject)
    return [upright, own]


def _goes(poses: Poses, metres: float) -> bool:
    """Whether a path keeps its view and is about that long: frames cut its corners, and few frames many."""
    way = float(np.linalg.norm(np.diff(poses.translations, axis=0), axis=1).sum())
    least = 0.9 if len(poses) >= 17 else 0.5
    return (
        bool(np.abs(poses.rotations - poses.rotations[0]).max() < _TURN)
        and least * metres - _METRES
        < way
        < 1.05 * metres + _METRES  # of the bundled model's world: 4.6 % over
    )


def _equal(first: FloatArray, second: FloatArray) -> bool:
    return bool(np.abs(first[:, :3, 3] - second[:, :3, 3]).max() < _METRES) and bool(
        np.abs(first[:, :3, :3] - second[:, :3, :3]).max() < _TURN
    )
