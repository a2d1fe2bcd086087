"""What the engine draws is where the poses say, and nothing of one scene is left in the next."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from recam.camera import Intrinsics, Poses
from recam.camera.moves import look_at
from recam.worlds.tiny.engine import TinyEngine, paint
from recam.worlds.tiny.scene import Scene, Surface, Thing, draw_scene

SIZE = 64
LENS = Intrinsics.from_focal_mm(24, SIZE, SIZE)
DOWN = (0.0, 0.0, -1.0)
GREY = (0.5, 0.5, 0.5)
BALL = Thing(
    "sphere", "red", (1.0, 0.0, 0.0), GREY, half_width=0.5, half_height=0.5, position=(0.4, -0.3),
    heading=0.7, motion="still", travel=0.8, period=2.0, phase=0.1,
)  # fmt: skip


def _field(*things: Thing) -> Scene:
    """A grey open field under a slanting light."""
    plain = Surface("plain", GREY, GREY, 1.0, 0)
    return replace(
        draw_scene(0), environment="open field", floor=plain, light_direction=(0.6, 0.0, -0.8), things=things
    )


@pytest.fixture(scope="module")
def engine() -> Iterator[TinyEngine]:
    made = TinyEngine(SIZE, LENS.fov_degrees[1])
    yield made
    made.close()


def _centre_of_red(frame: np.ndarray) -> tuple[float, float]:
    """(x, y) of the red pixels' centroid; pixel i covers i to i + 1."""
    red, green, blue = np.moveaxis(frame.astype(int), -1, 0)
    rows, columns = np.nonzero(red - np.maximum(green, blue) > 60)
    assert len(rows) > 10, "the ball is not in the picture"
    return columns.mean() + 0.5, rows.mean() + 0.5


def _project(point: np.ndarray, pose: Poses) -> tuple[float, float]:
    x, y, z = (pose.invert().matrices[0] @ [*point, 1.0])[:3]
    assert z > 0
    return LENS.fx * x / z + LENS.cx, LENS.fy * y / z + LENS.cy


@pytest.mark.gl
@pytest.mark.parametrize("eye", [(4, 0, 1), (-3, 2, 3), (0.5, -4, 0.6), (2, 3, 2)])
@pytest.mark.parametrize("target", [(0.4, -0.3, 0.5), (0.9, 0.3, 1.2), (-0.2, -0.8, 0.2)])
def test_a_ball_is_drawn_where_the_pose_says(engine: TinyEngine, eye: tuple, target: tuple) -> None:
    pose = look_at([eye], target, down=DOWN)
    frame = engine.render(_field(BALL), [pose], fps=8)[0, 0]
    np.testing.assert_allclose(_centre_of_red(frame), _project(np.array([0.4, -0.3, 0.5]), pose), atol=1.5)


@pytest.mark.gl
def test_a_rolled_camera_sees_a_turned_picture(engine: TinyEngine) -> None:
    pose = look_at([(4, 0, 1)], (0.9, 0.3, 1.2), down=(0, 1, -1))
    frame = engine.render(_field(BALL), [pose], fps=8)[0, 0]
    np.testing.assert_allclose(_centre_of_red(frame), _project(np.array([0.4, -0.3, 0.5]), pose), atol=1.5)


@pytest.mark.gl
def test_the_picture_moves_against_the_camera(engine: TinyEngine) -> None:
    """OpenCV axes: x to the right, y down, z ahead."""
    start = look_at([(4, 0, 1)], (0.4, -0.3, 0.5), down=DOWN)
    steps = Poses.from_parts(np.eye(3)[None], [[0, 0, 0], [0.3, 0, 0], [0, 0.3, 0], [0, 0, 1.5]])
    frames = engine.render(_field(BALL), [start @ steps], fps=8)[0]
    still, right, down, ahead = frames
    x, y = _centre_of_red(still)
    assert _centre_of_red(right)[0] < x - 2
    assert _centre_of_red(right)[1] == pytest.approx(y, abs=0.7)
    assert _centre_of_red(down)[1] < y - 2
    assert _centre_of_red(down)[0] == pytest.approx(x, abs=0.7)
    assert _red_pixels(ahead) > 1.5 * _red_pixels(still)


def _red_pixels(frame: np.ndarray) -> int:
    return int((frame[..., 0].astype(int) - frame[..., 1:].max(axis=-1) > 60).sum())


@pytest.mark.gl
@pytest.mark.parametrize("motion", ["sliding", "circling", "bouncing"])
def test_cameras_see_the_same_moments(engine: TinyEngine, motion: str) -> None:
    """From two sides, every frame shows the ball where it is at that moment."""
    ball = replace(BALL, motion=motion)
    cameras = [
        Poses(np.tile(look_at([eye], (0.4, -0.3, 0.5), down=DOWN).matrices, (5, 1, 1)))
        for eye in ((5.0, 0, 1.5), (-1, 5.0, 2))
    ]
    frames = engine.render(_field(ball), cameras, fps=4)
    for poses, clip in zip(cameras, frames, strict=True):
        for moment, frame in enumerate(clip):
            centre, _ = ball.pose_at(moment / 4)
            np.testing.assert_allclose(_centre_of_red(frame), _project(centre, poses[moment]), atol=1.5)


@pytest.mark.gl
def test_things_throw_shadows(engine: TinyEngine) -> None:
    view = look_at([(0.5, -4, 4)], (0.5, 0, 0), down=DOWN)
    ball = replace(BALL, position=(0.0, 0.0))
    empty, full = (
        engine.render(_field(*things), [view], fps=8)[0, 0].astype(float) for things in ((), (ball,))
    )
    # The light falls along (0.6, 0, -0.8): the middle of the shadow lies 0.5 * 0.6 / 0.8 m east of the ball.
    # Seen from the south, the ball hides little of its eastern part.
    inside, outside = _project(np.array([0.8, 0, 0]), view), _project(np.array([-1.5, 0, 0]), view)
    assert full[_at(inside)].mean() < 0.85 * empty[_at(inside)].mean()
    assert full[_at(outside)].mean() == pytest.approx(empty[_at(outside)].mean(), abs=2)


def _at(point: tuple[float, float]) -> tuple[int, int]:
    return int(point[1]), int(point[0])


@pytest.mark.gl
def test_the_sky_runs_from_zenith_to_nadir(engine: TinyEngine) -> None:
    scene = replace(_field(), sky=((0.1, 0.2, 0.9), (0.9, 0.8, 0.3)))
    up, level = (
        look_at([(0, 0, 1.5)], target, down=DOWN) for target in ((0.02, 0, 3), (-5, 0, 1.6))
    )  # straight up would leave the right side undefined
    zenith, horizon = (engine.render(scene, [view], fps=8)[0, 0].astype(float) / 255 for view in (up, level))
    np.testing.assert_allclose(zenith[SIZE // 2, SIZE // 2], scene.sky[0], atol=0.15)
    halfway = (np.array(scene.sky[0]) + scene.sky[1]) / 2
    np.testing.assert_allclose(horizon[SIZE // 2 - 4].mean(axis=0), halfway, atol=0.1)


@pytest.mark.gl
def test_walls_stand_where_the_scene_says(engine: TinyEngine) -> None:
    walls = Surface("plain", (0.0, 0.6, 0.0), (0.0, 0.6, 0.0), 1.0, 0)
    room = replace(_field(), environment="walled room", wall=walls, half_size=7.0, wall_height=3.0)
    views = [look_at([(0, 0, 1.5)], (x, y, 1.5), down=DOWN) for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    for view in views:
        green = engine.render(room, [view], fps=8)[0, 0].astype(int)
        is_wall = green[:, SIZE // 2, 1] - green[:, SIZE // 2, 0] > 40
        # 3 m high, 7 m away, the eye in the middle: as many pixels above the horizon as below.
        half = LENS.fy * 1.5 / 7
        assert is_wall.sum() == pytest.approx(2 * half, abs=2)
        assert is_wall[int(SIZE / 2 - half + 2) : int(SIZE / 2 + half - 2)].all()


@pytest.mark.gl
def test_nothing_of_one_scene_is_left_in_the_next(engine: TinyEngine) -> None:
    view = [look_at([(4, 2, 2)], (0, 0, 0.8), down=DOWN)]
    full = next(scene for scene in map(draw_scene, range(100)) if len(scene.things) == 7 and scene.has_walls)
    empty = next(
        scene for scene in map(draw_scene, range(100)) if not scene.has_walls and len(scene.things) < 5
    )
    fresh = TinyEngine(SIZE, LENS.fov_degrees[1])
    try:
        expected = fresh.render(empty, view, fps=8)
        engine.render(full, view, fps=8)
        np.testing.assert_array_equal(engine.render(empty, view, fps=8), expected)
        engine.render(empty, view, fps=8)
        np.testing.assert_array_equal(engine.render(full, view, fps=8), fresh.render(full, view, fps=8))
    finally:
        fresh.close()


@pytest.mark.gl
def test_the_caller_can_stop_between_moments(engine: TinyEngine) -> None:
    begun: list[int] = []

    def stop_at_third() -> None:
        begun.append(1)
        if len(begun) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.render(_field(BALL), [Poses.identity(9)], 8, before_moment=stop_at_third)
    assert len(begun) == 3


def test_no_renderer_is_one_clear_error() -> None:
    code = "from recam.worlds.tiny.engine import TinyEngine; TinyEngine(16, 50.0)"
    ran = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "MUJOCO_GL": "none"}, capture_output=True, text=True
    )
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("recam.errors.MachineError: no headless OpenGL renderer")
    assert "apt-get install libegl1" in last


@pytest.mark.parametrize("pattern", ["plain", "checker", "stripes", "patches"])
def test_patterns(pattern: str) -> None:
    red, blue = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    tile = paint(Surface(pattern, red, blue, 1.0, seed=5), 64)
    assert (tile.shape, tile.dtype) == ((64, 64, 3), np.uint8)
    cells = tile.reshape(4, 16, 4, 16, 3).swapaxes(1, 2)
    assert (cells == cells[:, :, :1, :1]).all()  # every one of the 4 x 4 cells has one colour
    colours = cells[:, :, 0, 0]
    assert (colours[..., 1] == 0).all()
    if pattern == "checker":
        assert (colours[:, :-1] != colours[:, 1:]).any(-1).all()
        assert (colours[:-1] != colours[1:]).any(-1).all()
    elif pattern == "stripes":
        assert (colours[0] == colours).all()
        assert (colours[:, :-1] != colours[:, 1:]).any(-1).all()
    elif pattern == "patches":
        assert len(np.unique(colours.reshape(16, 3), axis=0)) > 10
    else:
        assert (colours == (255, 0, 0)).all()
