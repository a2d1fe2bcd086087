"""The warp against rays computed one by one, and whether left is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from recam.camera import CameraPath, Intrinsics, Poses
from recam.draft import Warper, draft_video, plane_homography
from recam.draft.warp import CHECKER_LEVELS, CHECKER_SIZE
from recam.errors import InputError

HEIGHT, WIDTH = 90, 160
LENS = Intrinsics.from_fov_degrees(50, WIDTH, HEIGHT)


def texture(x: Any, y: Any) -> np.ndarray:
    """A smooth pattern over metres on the plane, [..., 3] in 0..255."""
    waves = [np.sin(5 * x + 2 * y), np.sin(3 * y - 4 * x + 1), np.cos(4 * x) * np.sin(5 * y)]
    return 127.5 + 100 * np.stack(waves, -1)


def rays(lens: Intrinsics) -> np.ndarray:
    """[H,W,3] directions through the pixel centres, in camera axes."""
    rows, columns = np.mgrid[: lens.height, : lens.width] + 0.5
    return np.stack([(columns - lens.cx) / lens.fx, (rows - lens.cy) / lens.fy, np.ones_like(rows)], -1)


def photograph_plane(pose: np.ndarray, lens: Intrinsics, depth: float) -> np.ndarray:
    """The textured plane z = depth, seen from ``pose``: one ray a pixel, meeting the plane in the world."""
    directions = rays(lens) @ pose[:, :3].T
    distance = (depth - pose[2, 3]) / directions[..., 2]
    points = pose[:, 3] + distance[..., None] * directions
    return texture(points[..., 0], points[..., 1]).round().astype(np.uint8)


def make_pose(turn: tuple[float, float, float], move: tuple[float, float, float]) -> np.ndarray:
    rotation = Rotation.from_euler("yxz", turn, degrees=True).as_matrix()
    return np.concatenate([rotation, np.array(move)[:, None]], 1)


def seen(
    pose: np.ndarray, lens: Intrinsics, depth: float, margin: float, target: Intrinsics | None = None
) -> np.ndarray:
    """[H,W] bool: pixels whose place in the source lies ``margin`` pixels inside it."""
    rows, columns = np.mgrid[: lens.height, : lens.width] + 0.5
    places = np.stack([columns, rows, np.ones_like(rows)], -1) @ plane_homography(pose, lens, depth, target).T
    x, y = places[..., 0] / places[..., 2], places[..., 1] / places[..., 2]
    inside = (x > margin) & (x < lens.width - margin) & (y > margin) & (y < lens.height - margin)
    return inside & (places[..., 2] > 0)


def blob(frame: np.ndarray) -> tuple[float, float]:
    """Centre (x, y) of the brightest thing, in pixels."""
    weight = np.clip(frame.astype(float).min(-1) - 200, 0, None)
    rows, columns = np.mgrid[: frame.shape[0], : frame.shape[1]]
    return float((columns * weight).sum() / weight.sum()), float((rows * weight).sum() / weight.sum())


def with_blob(x: int, y: int) -> np.ndarray:
    frame = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    frame[y - 3 : y + 4, x - 3 : x + 4] = 255
    return frame


def last_of(preset: str, frame: np.ndarray, strength: float = 0.5) -> np.ndarray:
    path = CameraPath.preset(preset, 3, strength=strength)
    return draft_video(np.repeat(frame[None], 3, 0), path)[-1]


@pytest.mark.parametrize("turn", [(20, 0, 0), (0, 10, 0), (-15, 8, 0), (5, -7, 30)])
def test_a_turn_equals_rays_computed_one_by_one_at_any_depth(turn: tuple[float, float, float]) -> None:
    pose = make_pose(turn, (0, 0, 0))
    source = photograph_plane(make_pose((0, 0, 0), (0, 0, 0)), LENS, 4)
    drawn = Warper(LENS, depth=0.7)(source, pose)
    # Independently: the source is a function of direction alone, so evaluate it along every turned ray.
    directions = rays(LENS) @ pose[:, :3].T
    expected = texture(
        4 * directions[..., 0] / directions[..., 2], 4 * directions[..., 1] / directions[..., 2]
    )
    inside = seen(pose, LENS, 4, 1)
    assert 0.3 < inside.mean() < 1
    assert abs(drawn - expected)[inside].max() < 4
    np.testing.assert_array_equal(Warper(LENS, depth=40)(source, pose), drawn)


@pytest.mark.parametrize(
    ("turn", "move", "depth"),
    [
        ((0, 0, 0), (0.8, 0, 0), 4.0),
        ((0, 0, 0), (0, -0.6, 0), 2.5),
        ((0, 0, 0), (0, 0, 1.2), 4.0),
        ((12, -5, 8), (-0.9, 0.4, -0.7), 4.0),
    ],
)
def test_a_textured_plane_at_the_known_depth_is_redrawn_right(
    turn: tuple[float, float, float], move: tuple[float, float, float], depth: float
) -> None:
    pose = make_pose(turn, move)
    source = photograph_plane(make_pose((0, 0, 0), (0, 0, 0)), LENS, depth)
    truth = photograph_plane(pose, LENS, depth).astype(float)
    drawn = Warper(LENS, depth)(source, pose).astype(float)
    inside = seen(pose, LENS, depth, 1)
    error = abs(drawn - truth)[inside].max()
    slope = max(abs(np.diff(truth, axis=axis)).max() for axis in (0, 1))
    assert inside.mean() > 0.3
    assert error < 4  # levels of 255 ...
    assert error < slope  # ... which is less than a shift by one pixel would make
    wrong = Warper(LENS, depth * 1.5)(source, pose).astype(float)
    assert abs(wrong - truth)[inside & seen(pose, LENS, depth * 1.5, 1)].max() > 20


@pytest.mark.parametrize("zoom", [0.6, 1.7, 3.0])
@pytest.mark.parametrize(
    ("turn", "move"), [((0, 0, 0), (0, 0, 0)), ((14, -6, 9), (0, 0, 0)), ((12, -5, 8), (-0.9, 0.4, -0.7))]
)
def test_a_zoom_is_the_picture_of_the_longer_lens(
    turn: tuple[float, float, float], move: tuple[float, float, float], zoom: float
) -> None:
    pose, target = make_pose(turn, move), LENS.zoomed(zoom)
    source = photograph_plane(make_pose((0, 0, 0), (0, 0, 0)), LENS, 4)
    truth = photograph_plane(pose, target, 4).astype(float)
    drawn = Warper(LENS, 4)(source, pose, zoom)
    inside = seen(pose, LENS, 4, 1, target)
    assert inside.mean() > 0.2
    assert abs(drawn - truth)[inside].max() < 6
    if not any(move):  # no parallax: the depth does not matter
        np.testing.assert_array_equal(Warper(LENS, 40)(source, pose, zoom), drawn)


def test_a_path_that_zooms_is_drafted_with_its_lens() -> None:
    frames = np.repeat(with_blob(60, 30)[None], 3, 0)
    path = CameraPath(Poses.identity(5), "zoom", zoom=np.array([1.0, 1.2, 1.44, 1.728, 2.0736]))
    drawn = draft_video(frames, path)
    np.testing.assert_array_equal(drawn[0], frames[0])
    for frame, zoom in zip(drawn[1:], (1.44, 2.0736), strict=True):
        x, y = blob(frame)
        assert x - 79.5 == pytest.approx((60 - 79.5) * zoom, abs=0.3)
        assert y - 44.5 == pytest.approx((30 - 44.5) * zoom, abs=0.3)


def test_points_on_the_plane_land_where_projection_puts_them() -> None:
    random = np.random.default_rng(3)
    pose, depth = make_pose((9, -4, 12), (0.5, -0.3, 0.9)), 3.0
    points = np.column_stack([random.uniform(-1, 1, (50, 2)), np.full(50, depth)])
    local = (points - pose[:, 3]) @ pose[:, :3]  # world to camera: R^T (X - t)
    new = np.column_stack([LENS.fx * local[:, :2] / local[:, 2:] + [LENS.cx, LENS.cy], np.ones(50)])
    old = LENS.fx * points[:, :2] / points[:, 2:] + [LENS.cx, LENS.cy]
    mapped = new @ plane_homography(pose, LENS, depth).T
    np.testing.assert_allclose(mapped[:, :2] / mapped[:, 2:], old, atol=1e-9)
    assert (mapped[:, 2] > 0).all()


def test_staying_at_the_source_changes_nothing() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    still = make_pose((0, 0, 0), (0, 0, 0))
    np.testing.assert_array_equal(Warper(LENS)(frame, still), frame)
    nearly = make_pose((0, 0, 0), (0, 0, 1e-9))  # takes the long way through the sampler
    np.testing.assert_array_equal(Warper(LENS)(frame, nearly), frame)


@pytest.mark.parametrize(
    ("preset", "moves_x", "moves_y"),
    [("pan-right", -1, 0), ("pan-left", 1, 0), ("tilt-up", 0, 1), ("tilt-down", 0, -1)],
)
def test_turning_one_way_moves_the_picture_the_other(preset: str, moves_x: int, moves_y: int) -> None:
    x, y = blob(last_of(preset, with_blob(80, 45)))
    assert (x - 80) * moves_x > 10 or (moves_x == 0 and abs(x - 80) < 1)
    assert (y - 45) * moves_y > 5 or (moves_y == 0 and abs(y - 45) < 1)


def test_dolly_in_enlarges_about_the_centre_and_dolly_out_shrinks() -> None:
    near = [blob(last_of("dolly-in", with_blob(x, y))) for x, y in ((60, 30), (100, 60))]
    # 0.9938 of 1 m towards a plane at 4 m: 4 / 3.006 times larger about the centre (79.5, 44.5 in indices).
    for (x, y), (x0, y0) in zip(near, ((60, 30), (100, 60)), strict=True):
        assert x - 79.5 == pytest.approx((x0 - 79.5) * 4 / 3.00621, abs=0.3)
        assert y - 44.5 == pytest.approx((y0 - 44.5) * 4 / 3.00621, abs=0.3)
    x, _ = blob(last_of("dolly-out", with_blob(40, 45)))
    assert 45 < x < 60


def test_arc_left_goes_left_looks_back_right_and_keeps_the_subject_in_the_middle() -> None:
    pose = CameraPath.preset("arc-left", 81).extrinsics[-1]
    assert pose[0, 3] < -1.5  # stands to the left
    assert pose[0, 2] > 0.3  # its forward axis points right
    x, _ = blob(last_of("arc-left", with_blob(80, 45), strength=1))
    assert x == pytest.approx(80, abs=1.5)
    wall = np.repeat(((np.arange(WIDTH) // 20) % 2 * 200).astype(np.uint8)[None, :, None], HEIGHT, 0).repeat(
        3, 2
    )
    edges = np.nonzero(abs(np.diff(last_of("arc-left", wall, strength=1)[45, :, 0].astype(int))) > 60)[0]
    widths = np.diff(edges)
    assert widths[0] > widths[-1]  # what is left is nearer now, so its stripes are wider


def test_holes_show_a_checkerboard_of_two_greys() -> None:
    drawn = Warper(LENS)(np.full((HEIGHT, WIDTH, 3), 200, np.uint8), make_pose((40, 0, 0), (0, 0, 0)))
    corner = drawn[:CHECKER_SIZE, -2 * CHECKER_SIZE :]
    assert sorted(np.unique(corner)) == sorted(CHECKER_LEVELS)
    assert len(np.unique(corner[:, :CHECKER_SIZE])) == 1
    assert (drawn[:, 0] == 200).all()


def test_fill_leaves_no_hole_and_continues_the_nearest_colours() -> None:
    flat = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    pose = make_pose((40, 0, 0), (0, 0, 0))
    assert (Warper(LENS, fill=True)(flat, pose) == 200).all()
    halves = flat.copy()
    halves[: HEIGHT // 2] = (10, 60, 220)
    filled = Warper(LENS, fill=True)(halves, pose)
    assert abs(filled[2, -2].astype(int) - (10, 60, 220)).max() < 5
    assert abs(filled[-3, -2].astype(int) - 200).max() < 5


def test_looking_away_shows_no_mirror_image_from_behind() -> None:
    drawn = Warper(LENS)(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), make_pose((180, 0, 0), (0, 0, 0)))
    assert drawn.max() <= max(CHECKER_LEVELS)


def test_a_path_through_the_plane_is_refused_with_the_depth_to_use() -> None:
    frames = np.zeros((3, HEIGHT, WIDTH, 3), np.uint8)
    path = CameraPath.preset("dolly-in", 3)
    with pytest.raises(InputError, match=r"through the plane at depth 1 m .* use a depth above 2\.0"):
        draft_video(frames, path, depth=1)
    assert draft_video(frames, path, depth=2.2).shape == frames.shape


def test_poses_that_cannot_be_used_are_named() -> None:
    frames = np.zeros((3, HEIGHT, WIDTH, 3), np.uint8)
    poses = np.repeat(np.eye(3, 4)[None], 3, 0)
    poses[2, 1, 3] = np.nan
    with pytest.raises(InputError, match="frame 2"):
        draft_video(frames, poses)
    with pytest.raises(InputError, match="3 frames and 2 poses"):
        draft_video(frames, poses[:2])
    with pytest.raises(InputError, match=r"\[F, 3, 4\]"):
        draft_video(frames, np.zeros((3, 4, 4)))
    for depth in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="depth"):
            draft_video(frames, poses[:2].repeat(2, 0)[:3], depth=depth)
