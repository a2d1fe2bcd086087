"""Scenes with their cameras: published rules, free space, the subject in view, and words for what is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recam.camera import CameraPath, Poses
from recam.camera.moves import look_at
from recam.camera.presets import PUBLISHED_NAMES
from recam.errors import InputError
from recam.worlds.places import PLACES
from recam.worlds.rules import HEMISPHERE_RADII, MOVE_KINDS, PUBLISHED_LENSES, PublishedLens
from recam.worlds.scene import Daylight, Ground, Material, Part, Scene, Shape, Thing, ThingKind
from recam.worlds.shots import VAL_NUMBERS, Shot, draw_shot, visible_things

FRAMES = 9
SUN = Daylight("noon", (0, 0, -1), (1, 1, 1), 0.5, (0.3, 0.3, 0.3), (0, 0, 1), (1, 1, 1))


@pytest.fixture(scope="module")
def shots() -> list[Shot]:
    return [draw_shot(number, 1, FRAMES, 8.0) for number in range(len(PLACES) + 2)]


@pytest.fixture(scope="module")
def val_shots() -> list[Shot]:
    return [draw_shot(number, 1, FRAMES, 8.0, "val") for number in range(3)]


def test_the_same_numbers_give_the_same_shot(shots: list[Shot]) -> None:
    again = draw_shot(2, 1, FRAMES, 8.0)
    assert (again.scene.caption, again.lens, again.distance) == (
        shots[2].scene.caption, shots[2].lens, shots[2].distance,
    )  # fmt: skip
    assert all(again.cameras[name] == poses for name, poses in shots[2].cameras.items())


def test_ten_cameras_of_the_published_rules(shots: list[Shot]) -> None:
    for shot in shots:
        assert list(shot.cameras) == list(shot.moves) == [f"cam{index:02d}" for index in range(1, 11)]
        assert shot.lens in PUBLISHED_LENSES
        assert min(abs(shot.distance - radius) for radius in HEMISPHERE_RADII) < 1e-9
        for name, poses in shot.cameras.items():
            assert len(poses) == FRAMES
            assert shot.moves[name].kind in MOVE_KINDS
            forward = np.asarray(shot.scene.focus) - poses.translations[0]
            np.testing.assert_allclose(forward, shot.distance * poses.rotations[0][:, 2], atol=1e-9)


def test_no_camera_is_in_anything_or_in_the_characters_way(shots: list[Shot], val_shots: list[Shot]) -> None:
    for shot in [*shots, *val_shots]:
        solid = shot.scene.solid_boxes()
        main = shot.scene.things[shot.scene.subject]
        for poses in shot.cameras.values():
            for frame, place in enumerate(poses.translations):
                assert place[2] > shot.scene.ground(place[None, :2])[0] + 0.149
                for found, room in ((solid, 0.3), (main.boxes_at(frame), 0.3)):
                    inside = (place > found[:, 0] - room + 1e-9) & (place < found[:, 1] + room - 1e-9)
                    assert not inside.all(axis=1).any(), (shot.scene.number, frame)


def test_validation_is_the_ten_trajectories_from_four_metres(val_shots: list[Shot]) -> None:
    for shot in val_shots:
        start = shot.cameras["cam11"][0]
        assert np.linalg.norm(start.translations[0] - shot.scene.focus) == pytest.approx(4.0)
        for index, name in enumerate(PUBLISHED_NAMES):
            expected = start.compose(CameraPath.preset(name, num_frames=FRAMES).poses)
            np.testing.assert_allclose(
                shot.cameras[f"cam{index + 1:02d}"].matrices, expected.matrices, atol=1e-12
            )
        assert shot.moves["cam11"].kind == "static"
        assert shot.scene.number >= VAL_NUMBERS  # no scene of training


def test_a_split_that_is_none() -> None:
    with pytest.raises(InputError, match="'test'"):
        draw_shot(0, 0, 5, 8.0, "test")  # type: ignore[arg-type]


def test_captions_name_things_that_the_cameras_see(shots: list[Shot]) -> None:
    for shot in shots:
        seen = [thing["name"] for thing in shot.scene.attributes["things"] if thing["visible"]]
        assert shot.scene.things[shot.scene.subject].name in seen
        assert len(seen) <= len(shot.scene.things)
        main = shot.scene.things[shot.scene.subject].words
        assert main in shot.scene.caption.lower() or main.capitalize() in shot.scene.caption


def _thing(
    name: str, place: tuple[float, float, float], half: float = 0.3, kind: ThingKind = "prop"
) -> Thing:
    pose = np.eye(4)
    pose[:3, 3] = place
    return Thing(name, kind, name, (Part((Shape("box", (half, half, half), Material()),), pose[None]),))


def _visible(things: list[Thing], eyes: list[tuple[float, float, float]], lens: PublishedLens) -> list[str]:
    main = replace(_thing("main", (0, 0, 1)), kind="character")
    scene = Scene(0, 0, "plain", "on a plain", (main, *things), 0, (0, 0, 1), Ground(), SUN, 1, 8.0)
    starts = [look_at(np.array([eye]), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)) for eye in eyes]
    return [scene.things[index].name for index in visible_things(scene, starts, lens)]


WIDE, LONG = PUBLISHED_LENSES[0], PUBLISHED_LENSES[3]
EYE = (-5.0, 0.0, 1.0)


def test_only_what_is_in_the_picture_is_visible() -> None:
    beside, behind, far = (
        _thing("beside", (0, 2, 1)),
        _thing("behind", (-8, 0, 1)),
        _thing("far", (300, 0, 1)),
    )
    assert _visible([beside, behind, far], [EYE], WIDE) == ["main", "beside"]
    assert _visible([beside, behind, far], [EYE], LONG) == ["main"]  # 2 m of 5 are out of 24 of 50 mm


def test_what_a_wall_hides_is_not_visible() -> None:
    crate, wall = _thing("crate", (2, 1.2, 1)), _thing("wall", (1, 0.9, 1), 0.6, "structure")
    assert _visible([crate], [EYE], WIDE) == ["main", "crate"]
    assert _visible([crate, wall], [EYE], WIDE) == ["main", "wall"]
    assert _visible([replace(wall, kind="ground"), crate], [EYE], WIDE) == ["main", "crate"]


def test_a_third_of_the_cameras_must_see_it() -> None:
    crate, wall = _thing("crate", (0, 2.5, 1)), _thing("wall", (-2, 1.5, 1), 1.0, "structure")
    hides, sees = EYE, (5.0, 0.0, 1.0)
    assert _visible([crate, wall], [hides] * 3 + [sees], WIDE) == ["main", "wall"]
    assert set(_visible([crate, wall], [hides] * 2 + [sees], WIDE)) == {"main", "wall", "crate"}


def test_the_largest_comes_first() -> None:
    near, far = _thing("near", (-1, 1, 1)), _thing("far", (6, -1, 1))
    assert _visible([far, near], [EYE], WIDE) == ["main", "near", "far"]


def test_poses_are_of_the_scenes_length(shots: list[Shot]) -> None:
    assert {len(poses) for poses in shots[0].cameras.values()} == {shots[0].scene.num_frames}
    assert isinstance(shots[0].cameras["cam01"], Poses)
