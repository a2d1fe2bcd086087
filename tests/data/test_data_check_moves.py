"""Moves of the published rules are known again from their poses, and told from each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recam.camera import Poses, write_multicamvideo
from recam.camera.formats import read_cameras
from recam.data.check_moves import check_moves
from recam.data.index import open_index
from recam.worlds.rig import RigCamera, draw_rig
from recam.worlds.rules import draw_lens
from recam.worlds.tiny.shots import draw_training_shot

TURN = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # z up to y down


def _problems(root: Path, cameras: dict[str, Poses], facts: dict[str, object]) -> list[str]:
    """What the check says of one scene of those cameras (world z up) and that scene.json."""
    folder = root / "train" / "f24_aperture5" / "scene0"
    (folder / "cameras").mkdir(parents=True, exist_ok=True)
    file = folder / "cameras" / "camera_extrinsics.json"
    write_multicamvideo(file, {name: Poses(TURN @ poses.matrices) for name, poses in cameras.items()})
    (folder / "scene.json").write_text(json.dumps({"caption": "a scene", **facts}))
    (scene,) = open_index(root)
    found: list[str] = []
    check_moves(scene, dict(read_cameras(file).cameras), lambda _path, _kind, reason: found.append(reason))
    return found


def _facts(rig: list[RigCamera]) -> dict[str, object]:
    moves = {camera.name: {"kind": camera.move.kind, **camera.move.parameters} for camera in rig}
    return {"moves": moves, "subject_distance": rig[0].distance}


def _rigs(num_frames: int, count: int) -> Iterator[list[RigCamera]]:
    for seed in range(count):
        rng = np.random.default_rng(seed)
        yield draw_rig(rng, num_frames, draw_lens(rng))


@pytest.mark.parametrize("num_frames", [5, 9, 17, 81])
def test_drawn_moves_are_known_again(tmp_path: Path, num_frames: int) -> None:
    for rig in _rigs(num_frames, 12):
        assert _problems(tmp_path, {camera.name: camera.poses for camera in rig}, _facts(rig)) == []


def test_two_cameras_that_changed_places_are_named(tmp_path: Path) -> None:
    swaps = told = named = 0
    for rig in _rigs(17, 8):
        for first, second in ((0, 1), (2, 3), (4, 5), (6, 7)):
            if rig[first].move.kind == rig[second].move.kind == "static":
                continue  # two still cameras are not told apart by their moves
            cameras = {camera.name: camera.poses for camera in rig}
            one, other = rig[first].name, rig[second].name
            cameras[one], cameras[other] = cameras[other], cameras[one]
            found = _problems(tmp_path, cameras, _facts(rig))
            swaps += 1
            told += all(any(f"camera {name} does not" in reason for reason in found) for name in (one, other))
            named += any(f"{other} makes that move: cameras are swapped" in reason for reason in found)
    assert swaps >= 25
    assert told == swaps
    assert named >= 0.9 * swaps  # two random paths of nearly one length may hide each other's names


def test_the_bundled_models_world_passes_too(tmp_path: Path) -> None:
    for number in range(6):
        shot = draw_training_shot(
            number, 0, 9, (3.0, 4.0, 5.0), basic_share=0.3, shared_start=number % 2 == 0
        )
        moves = {name: {"kind": move.kind, **move.parameters} for name, move in shot.moves.items()}
        facts = {"moves": moves, "subject_distance": shot.distance}
        assert _problems(tmp_path, shot.cameras, facts) == []
