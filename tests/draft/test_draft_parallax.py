"""Drafts with depth: against geometry done by hand, the plane's homography, and a renderer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from recam.camera import CameraPath, Intrinsics, Poses
from recam.draft import DepthMaps, DepthWarper, View, Warper, draft_video, plane_homography

HEIGHT, WIDTH = 60, 100
LENS = Intrinsics.from_focal_px(100, WIDTH, HEIGHT)
NEAR, FAR = 2.0, 4.0
BOX = (slice(20, 40), slice(40, 60))  # where the near thing of the two-depth scene is


def pose(move: tuple[float, float, float], turn: tuple[float, float, float] = (0, 0, 0)) -> np.ndarray:
    rotation = Rotation.from_euler("yxz", turn, degrees=True).as_matrix()
    return np.concatenate([rotation, np.array(move, float)[:, None]], 1)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def smooth_picture(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(columns / 7 + rows / 11), np.cos(columns / 9 - rows / 6), np.sin(rows / 5)]
    return (127.5 + 100 * np.stack(waves, -1)).round().astype(np.uint8)


def two_depths() -> np.ndarray:
    depth = np.full((HEIGHT, WIDTH), FAR, np.float32)
    depth[BOX] = NEAR
    return 1 / depth


def expected_view(shift_near: int, shift_far: int, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two-depth scene from a camera moved to the right, by whole pixels: (picture, holes)."""
    picture, holes = np.zeros_like(source), np.ones((HEIGHT, WIDTH), bool)
    box = np.zeros((HEIGHT, WIDTH), bool)
    box[BOX] = True
    for shown, shift in ((~box, shift_far), (box, shift_near)):  # the near thing is drawn over the far one
        for row, column in zip(*np.nonzero(shown), strict=True):
            if 0 <= column - shift < WIDTH:
                picture[row, column - shift] = source[row, column]
                holes[row, column - shift] = False
    return picture, holes


@pytest.mark.parametrize("cells", [2, 4, 20])
def test_near_hides_far_and_holes_are_where_geometry_puts_them(cells: int) -> None:
    # A camera moved right by t sees a thing at depth z moved left by f t / z pixels.
    source = noise()
    view = DepthWarper(LENS)(source, two_depths(), pose((cells * FAR / LENS.fx, 0, 0)))
    picture, holes = expected_view(int(cells * FAR / NEAR), cells, source)
    np.testing.assert_array_equal(view.holes, holes)
    np.testing.assert_array_equal(view.picture[~holes], picture[~holes])
    assert holes[30].sum() == cells + min(cells, 20)  # the border, and what the thing hid


def test_between_pixels_there_are_no_cracks_and_no_sheets_between_surfaces() -> None:
    """Half a pixel of parallax: at most the hole's own column is open, and no colour is a mixture."""
    source = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    source[BOX] = 220
    for share in (0.3, 0.5, 5.25):
        view = DepthWarper(LENS)(source, two_depths(), pose((share * FAR / LENS.fx, 0, 0)))
        inside = view.holes[:, :90]
        assert inside.sum() <= 20 * np.ceil(share)  # beside the 20 rows of the box only
        assert not inside[:20].any()
        assert set(np.unique(view.picture[~view.holes])) == {40, 220}


def test_a_plane_at_the_known_depth_equals_its_homography() -> None:
    source = smooth_picture()
    inverse = np.full((HEIGHT, WIDTH), 1 / FAR, np.float32)
    for move, turn, zoom in (
        ((-0.9, 0.4, -0.7), (12, -5, 8), 1.0),
        ((0.2, 0.1, 2.0), (2, 3, -4), 1.0),
        ((0.5, 0.0, 1.0), (5, 0, 0), 2.5),
        ((0.0, 0.3, -2.0), (0, 0, 0), 0.5),
    ):
        plane = Warper(LENS, FAR).view(source, pose(move, turn), zoom)
        view = DepthWarper(LENS)(source, inverse, pose(move, turn), zoom)
        both = ~view.holes & ~plane.holes
        assert both.mean() > 0.1
        assert (view.holes != plane.holes).mean() < 0.005  # the rim, by half a pixel
        inner = both & (
            np.roll(both, 2, 0) & np.roll(both, -2, 0) & np.roll(both, 2, 1) & np.roll(both, -2, 1)
        )
        assert abs(view.picture.astype(int) - plane.picture)[inner].max() <= 1


def test_a_slanted_floor_has_its_true_place_and_no_cracks() -> None:
    """A floor 1 m below the camera, depth 100 / (row - 30): points on it land where projection puts them."""
    rows = np.mgrid[:HEIGHT, :WIDTH][0] + 0.5
    inverse = np.where(rows > 31, (rows - 30) / 100, 0).astype(np.float32)
    source = smooth_picture()
    there = pose((0.3, -0.2, 0.8), (4, 3, 2))
    view = DepthWarper(LENS)(source, inverse, there)
    # The floor is the plane y = 1: rays of the new view meet it there, and the source shows that point.
    columns = np.mgrid[:HEIGHT, :WIDTH][1] + 0.5
    rays = np.stack([(columns - 50) / 100, (rows - 30) / 100, np.ones_like(rows)], -1) @ there[:, :3].T
    with np.errstate(divide="ignore", invalid="ignore"):
        points = there[:, 3] + ((1 - there[1, 3]) / rays[..., 1])[..., None] * rays
        u, v = 100 * points[..., 0] / points[..., 2] + 50, 100 * points[..., 1] / points[..., 2] + 30
    floor = (rays[..., 1] > 0) & (points[..., 2] > 0) & (u > 2) & (u < 98) & (v > 36) & (v < 58)
    assert floor.mean() > 0.2
    assert not view.holes[floor].any()
    y, x = (v[floor] - 0.5).astype(int), (u[floor] - 0.5).astype(int)
    fy, fx = ((v[floor] - 0.5) % 1)[:, None], ((u[floor] - 0.5) % 1)[:, None]
    truth = (1 - fy) * ((1 - fx) * source[y, x] + fx * source[y, x + 1])
    truth += fy * ((1 - fx) * source[y + 1, x] + fx * source[y + 1, x + 1])
    assert abs(view.picture[floor] - truth).max() < 3


def test_staying_changes_nothing_and_nearly_staying_hardly_anything() -> None:
    source, inverse = noise(), two_depths()
    inverse[5:9, 5:9] = np.nan
    still = DepthWarper(LENS)(source, inverse, pose((0, 0, 0)))
    np.testing.assert_array_equal(still.picture, source)
    assert not still.holes.any()
    nearly = DepthWarper(LENS)(source, inverse, pose((1e-9, 0, 0)))  # takes the long way
    assert nearly.holes.sum() == 16
    np.testing.assert_array_equal(nearly.picture[~nearly.holes], source[~nearly.holes])


def test_turns_and_zooms_need_no_depth() -> None:
    source = smooth_picture()
    turn = pose((0, 0, 0), (10, 5, 3))
    view = DepthWarper(LENS)(source, np.full((HEIGHT, WIDTH), np.nan, np.float32), turn, 1.5)
    plane = Warper(LENS).view(source, turn, 1.5)
    np.testing.assert_array_equal(view.picture, plane.picture)
    np.testing.assert_array_equal(view.holes, plane.holes)


def test_unknown_depth_is_a_hole_and_no_depth_at_all_the_sky() -> None:
    inverse = np.full((HEIGHT, WIDTH), 1 / FAR, np.float32)
    inverse[10:20, 30:40], inverse[40:] = np.nan, 0
    source = smooth_picture()
    view = DepthWarper(LENS)(source, inverse, pose((4 * FAR / LENS.fx, 0, 0)))
    assert view.holes[10:20, 26:36].all()
    assert view.holes[:40].sum() == 100 + 4 * 40
    np.testing.assert_array_equal(view.picture[41:], source[41:])  # infinitely far: it does not shift


def test_coming_close_opens_no_cracks() -> None:
    """Four times as large, with a slope: every pixel of the surface is drawn."""
    columns = np.mgrid[:HEIGHT, :WIDTH][1]
    inverse = (0.25 + 0.001 * columns).astype(np.float32)
    view = DepthWarper(LENS)(smooth_picture(), inverse, pose((0, 0, 2.4), (0, 0, 20)))
    assert not view.holes.any()


def test_a_camera_that_passes_a_thing_does_not_see_it() -> None:
    source = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    source[BOX] = 220
    view = DepthWarper(LENS)(source, two_depths(), pose((0, 0, 2.5)))
    assert not (view.picture == 220).any()
    assert view.holes[20:40, 40:60].all()  # it hid what is behind


def test_fill_goes_on_with_what_is_behind() -> None:
    source = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    source[BOX] = 220
    view = DepthWarper(LENS, fill=True)(source, two_depths(), pose((10 * FAR / LENS.fx, 0, 0)))
    hidden = view.holes.copy()
    hidden[:, 85:] = False
    assert hidden.sum() == 200
    assert view.picture[hidden].max() < 100  # the wall, not the thing before it
    assert abs(view.picture[5, 92:].astype(int) - 40).max() <= 1  # beyond the border


def test_a_blurred_edge_makes_no_rubber_sheet() -> None:
    depth = np.full((HEIGHT, WIDTH), FAR, np.float32)
    depth[:, 52:] = NEAR
    depth[:, 48:53] = np.linspace(FAR, NEAR, 5)
    maps = DepthMaps(lambda index, frame: depth, "metric", count=1)
    source = noise()
    inverse = maps.inverse(0, source)
    assert np.allclose(np.unique(inverse), (1 / FAR, 1 / NEAR))  # every pixel belongs to one of the two
    view = DepthWarper(LENS)(source, inverse, pose((-10 * FAR / LENS.fx, 0, 0)))
    assert (view.holes[:, 55:70].sum(axis=1) >= 9).all()  # the gap that opens is 10 wide, and open


@pytest.mark.gl
def test_a_rendered_scene_seen_from_elsewhere() -> None:
    """MuJoCo renders a scene and its depth, and the same moment from a camera that has moved."""
    from recam.worlds.tiny.engine import TinyEngine
    from recam.worlds.tiny.shots import draw_validation_shot

    lens = Intrinsics.from_fov_degrees(53, 208, 120)
    engine = TinyEngine(120, lens.fov_degrees[1], width=208, texture_pixels=512, speckled=True)
    try:
        shot = draw_validation_shot(900_004, 0, 3)
        names = {move.kind: name for name, move in shot.moves.items()}
        start = shot.cameras[names["static"]]
        depth = engine.depth(shot.scene, start, 8)
        for kind in ("arc-left", "dolly-in", "crane-up"):
            filmed, truth = engine.render(shot.scene, [start, shot.cameras[names[kind]]], 8)
            there = shot.cameras[names[kind]].relative_to(start[0]).matrices[2, :3]
            maps = DepthMaps(lambda index, frame: depth[index], "metric")
            view = DepthWarper(lens)(filmed[2], maps.inverse(2, filmed[2]), there)
            plane = Warper(lens, float(np.median(depth[2]))).view(filmed[2], there)
            both = ~view.holes & ~plane.holes
            assert view.holes.mean() < 0.5
            assert psnr(view, truth[2], both) > 27
            assert psnr(view, truth[2], both) > psnr(plane, truth[2], both) + 8
    finally:
        engine.close()


def psnr(view: View, truth: np.ndarray, where: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / ((view.picture.astype(float) - truth)[where] ** 2).mean()))


def test_a_video_is_drafted_with_its_maps_frame_by_frame() -> None:
    frames = np.stack([noise(index) for index in range(3)])
    inverse = np.stack([np.full((HEIGHT, WIDTH), 1 / depth, np.float32) for depth in (4, 2, 4)])
    maps = DepthMaps(lambda index, frame: inverse[index], "inverse", count=3, median=4)
    poses = np.repeat(pose((0.08, 0, 0))[None], 3, 0)
    drawn = draft_video(frames, poses, intrinsics=LENS, depth=maps)
    for frame, result, cells in zip(frames, drawn, (2, 4, 2), strict=True):
        np.testing.assert_array_equal(result[:, :-cells], frame[:, cells:])
    zoomed = CameraPath(Poses.identity(3), "zoom", zoom=np.array([1, 1.5, 2]))
    np.testing.assert_array_equal(
        draft_video(frames, zoomed, intrinsics=LENS, depth=maps), draft_video(frames, zoomed, intrinsics=LENS)
    )


def test_the_homography_of_the_plane_is_the_one_that_the_tiles_invert() -> None:
    """One tile at a time: the new view's pixel goes back to the source pixel whose tile covers it."""
    there, inverse = pose((0.31, -0.22, 0.4), (3, -2, 5)), np.full((HEIGHT, WIDTH), 1 / FAR, np.float32)
    source = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    source[..., 0], source[..., 1] = columns, rows
    view = DepthWarper(LENS)(source, inverse, there)
    back = np.stack([columns + 0.5, rows + 0.5, np.ones((HEIGHT, WIDTH))], -1)
    back = back @ plane_homography(there, LENS, FAR).T
    place = back[..., :2] / back[..., 2:] - 0.5
    shown = ~view.holes & (place > 0).all(-1) & (place[..., 0] < WIDTH - 1) & (place[..., 1] < HEIGHT - 1)
    assert abs(view.picture[..., :2] - place)[shown].max() < 0.51  # rounding to whole levels
