"""Rigs: cameras of the published rules that stay out of things, above the ground and see the character."""

from __future__ import annotations

import numpy as np
import pytest

from recam.errors import InputError
from recam.worlds.rig import NUM_CAMERAS, IsFree, RigCamera, are_free, draw_rig, free_space, place_paths
from recam.worlds.rules import (
    HEMISPHERE_RADII,
    MOVE_KINDS,
    PUBLISHED_LENSES,
    PathDraws,
    draw_kinds,
    draw_paths,
)

COUNT = 100_000
FRAMES = 5
SUBJECT = np.array([0.5, 0.0, 1.0])
PILLAR = [[2.0, -0.5, 0.0], [2.5, 0.5, 4.0]]
ROOF = [[-30.0, -30.0, 6.0], [30.0, 30.0, 6.2]]
LENS = PUBLISHED_LENSES[3]  # the narrowest
RECORDED_KINDS = ["random", "arc", "dolly", "truck", "truck", "pan", "pan", "pan", "tilt", "random"]
RECORDED_PLACE = [3.5000057, -5.6057911, 5.9645556]


def _hills(places: np.ndarray) -> np.ndarray:
    return 0.5 * np.sin(places[:, 0]) * np.cos(0.7 * places[:, 1])


@pytest.fixture(scope="module")
def space() -> IsFree:
    return free_space([PILLAR, ROOF], _hills)


@pytest.fixture(scope="module")
def drawn(space: IsFree) -> tuple[np.ndarray, np.ndarray, PathDraws, np.ndarray]:
    rng = np.random.default_rng(0)
    kinds, directions = draw_kinds(rng, COUNT)
    return kinds, directions, *place_paths(rng, kinds, directions, FRAMES, space, 5.0, SUBJECT)


def test_all_of_100_000_paths_find_a_place_and_keep_kind_and_direction(
    drawn: tuple[np.ndarray, np.ndarray, PathDraws, np.ndarray],
) -> None:
    kinds, directions, paths, done = drawn
    assert done.all()
    np.testing.assert_array_equal(paths.kinds, kinds)
    signed = ~paths.of_kind("random") & ~paths.of_kind("static")
    np.testing.assert_array_equal(np.sign(paths.amounts[signed]), directions[signed])


def test_no_camera_is_inside_anything_below_ground_or_near_the_character(
    drawn: tuple[np.ndarray, np.ndarray, PathDraws, np.ndarray],
) -> None:
    """Told from the frames and by another way than the rule's own: distances to the boxes."""
    paths = drawn[2]
    for first in range(0, COUNT, 20_000):
        some = paths.take(np.arange(first, first + 20_000))
        rotations, positions = some.trace(some.progress(FRAMES))
        points = positions.reshape(-1, 3)
        assert (points[:, 2] - _hills(points[:, :2])).min() >= 0.15
        for low, high in np.array([PILLAR, ROOF]):
            outside = np.maximum(low - points, points - high).max(axis=1)
            assert outside.min() >= 0.3
        assert np.linalg.norm(points - SUBJECT, axis=1).min() >= 0.5
        # The character is in the middle of the first frame, in front of the camera.
        seen = np.einsum("nji,nj->ni", rotations[:, 0], SUBJECT - positions[:, 0])
        assert abs(seen[:, :2]).max() < 1e-9
        np.testing.assert_allclose(seen[:, 2], 5.0)


def test_nothing_hides_the_character_at_the_start(
    drawn: tuple[np.ndarray, np.ndarray, PathDraws, np.ndarray],
) -> None:
    """The line from a start to the character never crosses the pillar (clipped against its sides)."""
    starts = drawn[2].starts
    along = SUBJECT - starts
    low, high = (np.array(PILLAR)[:, None] - starts) / along
    enters = np.minimum(low, high).max(axis=1)
    leaves = np.maximum(low, high).min(axis=1)
    crosses = (enters < leaves) & (leaves > 0) & (enters < 1)
    assert not crosses.any()


def test_few_frames_do_not_step_over_a_wall() -> None:
    """Start and end are free, the wall between them is met on the way."""
    wall = free_space([[[-0.2, -9, 0], [0.2, 9, 9]]])
    rng = np.random.default_rng(0)
    kinds = np.full(2000, MOVE_KINDS.index("truck"))
    paths = draw_paths(rng, kinds, np.ones(2000), 5.0, (0, 7, 1))
    _, ends = paths.trace(paths.progress(2))
    over = (ends[:, 0, 0] * ends[:, 1, 0] < 0) & (abs(ends[..., 0]) > 0.5).all(axis=1)
    assert over.sum() > 20
    assert not are_free(paths.take(over), 2, wall).any()


def test_ten_synchronised_cameras_of_one_lens(space: IsFree) -> None:
    radii = set()
    for seed in range(20):
        rig = draw_rig(np.random.default_rng(seed), 9, LENS, space, subject=SUBJECT)
        assert [camera.name for camera in rig] == [f"cam{i:02d}" for i in range(1, NUM_CAMERAS + 1)]
        assert {camera.lens for camera in rig} == {LENS}
        assert len({round(camera.distance, 6) for camera in rig}) == 1  # one hemisphere
        radii.add(round(rig[0].distance, 6))
        for camera in rig:
            assert len(camera.poses) == 9
            _check_move(camera)
            pixel = LENS.intrinsics(128).matrix @ (
                camera.poses.rotations[0].T @ (SUBJECT - camera.poses.translations[0])
            )
            np.testing.assert_allclose(pixel[:2] / pixel[2], 64, atol=1e-6)
    assert radii == set(HEMISPHERE_RADII)


def _check_move(camera: RigCamera) -> None:
    expected = camera.poses.relative_to(camera.poses[0])
    np.testing.assert_allclose(camera.move.poses.matrices, expected.matrices, atol=1e-12)
    names = set(camera.move.parameters) - {"a"}
    assert names == ({"static": set(), "pan": {"degrees"}, "tilt": {"degrees"}, "arc": {"degrees"}}).get(
        camera.move.kind, {"metres"}
    )


def test_a_generator_fixes_a_rig() -> None:
    one, same, other = (draw_rig(np.random.default_rng(seed), 5, LENS) for seed in (7, 7, 8))
    assert [camera.poses for camera in one] == [camera.poses for camera in same]
    assert one[0].poses != other[0].poses


def test_the_recorded_rig_of_a_seed() -> None:
    """Worlds are named by seeds: a change of what a seed draws must not go unseen."""
    rig = draw_rig(np.random.default_rng(0), 5, LENS)
    assert [camera.move.kind for camera in rig] == RECORDED_KINDS
    np.testing.assert_allclose(rig[0].poses.translations[-1], RECORDED_PLACE, atol=1e-6)


def test_small_scenes_get_the_radii_that_fit() -> None:
    """A room of 6.4 x 6.4 m has no place for starts 7 m away."""
    far, wide = 20.0, 3.2
    walls = [
        [[wide, -far, -far], [far, far, far]], [[-far, -far, -far], [-wide, far, far]],
        [[-far, wide, -far], [far, far, far]], [[-far, -far, -far], [far, -wide, far]],
    ]  # fmt: skip
    room = free_space(walls)
    for seed in range(6):
        rig = draw_rig(np.random.default_rng(seed), 5, LENS, room)
        assert rig[0].distance < 6
        assert all((abs(camera.poses.translations[:, :2]) < wide - 0.3).all() for camera in rig)


def test_no_room_at_all_is_said() -> None:
    nowhere = free_space([[[-50, -50, -50], [50, 50, 50]]])
    with pytest.raises(InputError, match=r"no room for its cameras \(static: 200 tries\) at 3, 5 m"):
        draw_rig(np.random.default_rng(0), 5, LENS, nowhere, radii=(3, 5), kinds=("static",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_frames": 0}, "num_frames must be at least 1"),
        ({"radii": ()}, "at least one distance"),
        ({"radii": (0.2,)}, "radius must be at least"),
        ({"rule": "near"}, "rule must be 'on' or 'within'"),
        ({"kinds": ("orbit",)}, "unknown kind of move 'orbit'"),
    ],
)
def test_arguments_that_cannot_be_used(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw_rig(np.random.default_rng(0), **{"num_frames": 5, "lens": LENS, **arguments})


def test_boxes_that_are_none() -> None:
    with pytest.raises(InputError, match=r"\[boxes, 2, 3\], not \[2, 3\]"):
        free_space(PILLAR)
    with pytest.raises(InputError, match="box 1 has its lowest corner above"):
        free_space([PILLAR, PILLAR[::-1]])
