"""Where the cameras of a scene stand: free, in the room, with the subject in view."""

from __future__ import annotations

import numpy as np
import pytest

from recam.camera import CameraPath, Intrinsics, Poses
from recam.errors import InputError
from recam.worlds.settings import TinySettings
from recam.worlds.tiny.rules import BASIC_NAMES
from recam.worlds.tiny.scene import Scene
from recam.worlds.tiny.shots import Shot, draw_training_shot, draw_validation_shot

FRAMES = 9
RADII = TinySettings().radii


def _train(number: int, shared_start: bool = True) -> Shot:
    return draw_training_shot(number, 0, FRAMES, RADII, basic_share=0.7, shared_start=shared_start)


@pytest.fixture(scope="module")
def shots() -> list[Shot]:
    train = [_train(number) for number in range(30)]
    own_starts = [_train(number, shared_start=False) for number in range(10)]
    return train + own_starts + [draw_validation_shot(number, 0, FRAMES) for number in range(30)]


def test_number_and_seed_fix_a_shot() -> None:
    one, same, other = _train(3), _train(3), draw_training_shot(3, 1, FRAMES, RADII, 0.7, True)
    assert one.scene == same.scene
    assert one.cameras == same.cameras
    assert one.cameras["cam02"] != other.cameras["cam02"]


def test_training_cameras() -> None:
    for number in range(20):
        shot = _train(number)
        assert list(shot.cameras) == [f"cam{index:02d}" for index in range(1, 11)]
        assert shot.moves["cam01"].kind == "static"
        start = shot.cameras["cam01"][0]
        for name, poses in shot.cameras.items():
            np.testing.assert_allclose(poses.matrices[0], start.matrices[0], atol=1e-9)
            np.testing.assert_allclose(
                poses.relative_to(start).matrices, shot.moves[name].poses.matrices, atol=1e-9
            )


def test_own_starts_differ() -> None:
    shot = _train(1, shared_start=False)
    starts = {tuple(np.round(poses.translations[0], 6)) for poses in shot.cameras.values()}
    assert len(starts) == 10


def test_few_cameras_find_no_free_move() -> None:
    """A move that meets a wall or a thing is drawn anew, up to thirty times; standing still stays rare."""
    moves = [move for number in range(60) for move in list(_train(number).moves.values())[1:]]
    kinds = [move.kind for move in moves]
    assert kinds.count("static") / len(kinds) < 0.3 / 8 + 0.04  # 30 % follow rules with eight kinds


def test_validation_cameras_are_the_ten_presets_and_a_still_view(shots: list[Shot]) -> None:
    shot = draw_validation_shot(7, 0, FRAMES)
    still = shot.cameras["cam11"]
    assert len(shot.cameras) == 11
    np.testing.assert_array_equal(still.matrices, np.tile(still.matrices[:1], (FRAMES, 1, 1)))
    for index, name in enumerate(BASIC_NAMES):
        relative = shot.cameras[f"cam{index + 1:02d}"].relative_to(still[0])
        expected = CameraPath.preset(name, num_frames=FRAMES).poses
        np.testing.assert_allclose(relative.matrices, expected.matrices, atol=1e-9)
    assert shot.distance == 4.0  # where the presets expect their subject


def test_cameras_stay_in_the_free_space(shots: list[Shot]) -> None:
    for shot in shots:
        for poses in shot.cameras.values():
            assert _clearance(shot.scene, poses) > 0.2


def _clearance(scene: Scene, poses: Poses) -> float:
    """Smallest distance in metres of any pose to the floor, a wall, or a thing at any moment (as upright
    cylinders). Written apart from the code under test.
    """
    places = poses.translations
    gaps = [places[:, 2].min() * 2]  # 0.15 m above the floor is enough
    if scene.has_walls:
        gaps.append(scene.half_size - abs(places[:, :2]).max())
    for thing in scene.things:
        for seconds in np.linspace(0, thing.period, 16):
            centre, _ = thing.pose_at(seconds)
            gaps.append(np.linalg.norm(places[:, :2] - centre[:2], axis=1).min() - thing.half_width)
    return float(min(gaps))


def test_the_subject_is_in_view_at_the_start(shots: list[Shot]) -> None:
    lens = Intrinsics.from_focal_mm(24, 64, 64)
    for shot in shots:
        subject = shot.scene.things[0]
        for poses in shot.cameras.values():
            to_camera = poses[0].invert().matrices[0]
            for height in (0.3, 1.0, 1.7):  # of its full height; 1 is the middle
                x, y, z = (
                    to_camera[:3, :3] @ [*subject.position, height * subject.half_height] + to_camera[:3, 3]
                )
                assert z > 0.5
                assert 0 <= lens.fx * x / z + lens.cx < 64
                assert 0 <= lens.fy * y / z + lens.cy < 64


def test_distances_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match=r"scene 0 .* no free place .* 12 m"):
        draw_training_shot(0, 0, FRAMES, (12.0,), 0.7, True)
