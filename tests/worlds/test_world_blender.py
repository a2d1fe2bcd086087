"""Filming with Blender: geometry to the pixel, the same pictures twice, failures by name, no process left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from blender_scenes import LENS, WAY, known_scene, skip_without_blender, two_paths

from recam.errors import InputError, MachineError
from recam.worlds.blender import BlenderEngine, find_blender
from recam.worlds.blender.describe import moving, subject_middles
from recam.worlds.blender.process import BlenderProcess
from recam.worlds.engine import Views

SIZE = 40


@pytest.fixture(scope="module")
def engine() -> Iterator[BlenderEngine]:
    skip_without_blender()
    engine = BlenderEngine(SIZE, samples=2, threads=1, device="cpu", texture_pixels=32)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def views(engine: BlenderEngine) -> Views:
    return engine.render(known_scene(), two_paths(), LENS, depth=True, masks=True)


def pixels_and_depth(views: Views, camera: int, frame: int, point: tuple[float, float, float]) -> np.ndarray:
    """Where a point of the world is in a picture: x, y in pixels and metres along the axis."""
    lens = views.intrinsics
    x, y, z = views.poses[camera].invert().matrices[frame, :3] @ [*point, 1.0]
    return np.array([lens.fx * x / z + lens.cx, lens.fy * y / z + lens.cy, z])


def test_views_have_the_size_and_number_of_the_scene(views: Views) -> None:
    assert views.frames.shape == (2, 3, SIZE, SIZE, 3)
    assert views.frames.dtype == np.uint8
    assert views.depth is not None
    assert views.depth.shape == (2, 3, SIZE, SIZE)
    assert views.masks is not None
    assert views.masks.dtype == np.uint8
    assert views.intrinsics.fx == pytest.approx(24 / 23.76 * SIZE)
    spread = views.frames.reshape(6, -1).std(axis=1)
    assert (spread > 10).all()
    assert (views.frames.reshape(6, -1).mean(axis=1) > 30).all()


def test_depth_is_metres_along_the_axis_and_sky_has_none(views: Views) -> None:
    assert views.depth is not None
    assert views.masks is not None
    assert np.isinf(views.depth[views.masks == 0]).all()
    assert (views.masks == 0).any()
    assert np.isfinite(views.depth[views.masks > 0]).all()
    floor = np.argwhere(views.masks == 1)
    lens, worst = views.intrinsics, 0.0
    for camera, frame, row, column in floor[:: max(1, len(floor) // 500)]:
        matrix = views.poses[camera].matrices[frame]
        ray = matrix[:3, :3] @ [(column + 0.5 - lens.cx) / lens.fx, (row + 0.5 - lens.cy) / lens.fy, 1.0]
        expected = -matrix[2, 3] / ray[2]  # where it meets z = 0
        worst = max(worst, abs(views.depth[camera, frame, row, column] / expected - 1))
    assert worst < 2e-3


def test_a_ball_and_a_moving_head_are_where_projection_says(views: Views) -> None:
    assert views.masks is not None
    for camera in range(2):
        for frame in range(3):
            x, y, _ = pixels_and_depth(views, camera, frame, (1.3, 1.0, 0.2))
            rows, columns = np.nonzero(views.masks[camera, frame] == 3)
            if len(rows) and rows.max() < SIZE - 1 and columns.max() < SIZE - 1 and columns.min() > 0:
                assert np.hypot(columns.mean() + 0.5 - x, rows.mean() + 0.5 - y) < 0.5
            # the axis of the walker, halfway up
            x, _, _ = pixels_and_depth(views, camera, frame, (WAY[frame], 0.0, 1.65))
            rows, columns = np.nonzero(views.masks[camera, frame] == 4)
            head = columns[rows <= rows.min() + 2]
            assert abs(head.mean() + 0.5 - x) < 0.6


def test_the_same_scene_gives_the_same_pictures(engine: BlenderEngine, views: Views) -> None:
    again = engine.render(known_scene(), two_paths(), LENS)
    assert again.depth is None
    assert again.masks is None
    np.testing.assert_array_equal(again.frames, views.frames)


def test_motion_blur_and_depth_of_field_soften_the_picture(views: Views) -> None:
    skip_without_blender()
    sharp_engine = BlenderEngine(
        SIZE, samples=2, threads=1, device="cpu", texture_pixels=32, motion_blur=False, depth_of_field=False
    )
    try:
        sharp = sharp_engine.render(known_scene(), two_paths(), LENS, depth=True)
    finally:
        sharp_engine.close()
    np.testing.assert_allclose(sharp.depth, views.depth, rtol=1e-4)  # measured without either
    edges = [np.abs(np.diff(v.frames.astype(float), axis=3)).mean() for v in (sharp, views)]
    assert edges[0] > edges[1]


def test_a_wide_picture_is_the_square_one_cut(engine: BlenderEngine) -> None:
    wide = BlenderEngine(32, width=64, samples=1, threads=1, device="cpu", texture_pixels=32)
    try:
        views = wide.render(known_scene(1), [path[:1] for path in two_paths()], LENS, masks=True)
    finally:
        wide.close()
    assert views.frames.shape == (2, 1, 32, 64, 3)
    assert views.intrinsics.fx == pytest.approx(24 / 23.76 * 64)
    assert views.masks is not None
    x, _, _ = pixels_and_depth(views, 0, 0, (WAY[0], 0.0, 1.65))
    rows, columns = np.nonzero(views.masks[0, 0] == 4)
    assert abs(columns[rows <= rows.min() + 1].mean() + 0.5 - x) < 0.6


def test_input_that_cannot_be_used_is_named(engine: BlenderEngine) -> None:
    with pytest.raises(InputError, match="camera 1 has 2 poses, but the scene has 3"):
        engine.render(known_scene(), [two_paths()[0], two_paths()[1][:2]], LENS)
    with pytest.raises(InputError, match="device must be one of"):
        BlenderEngine(32, device="abacus")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no such picture of a sky"):
        BlenderEngine(32, hdri="nowhere.hdr")


def test_a_device_that_is_not_there_is_named() -> None:
    skip_without_blender()
    if sys.platform == "darwin":
        pytest.skip("Macs have the device")
    with pytest.raises(MachineError, match="no device of kind metal"):
        _ = BlenderEngine(32, device="metal").process


def test_a_stop_between_moments_is_obeyed_and_blender_ends(engine: BlenderEngine) -> None:
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.render(known_scene(), two_paths(), LENS, before_moment=stop)
    engine.render(known_scene(1), [path[:1] for path in two_paths()], LENS)  # and it can be used again


def test_a_killed_blender_is_a_machine_error_and_leaves_no_folder() -> None:
    skip_without_blender()
    process = BlenderProcess(find_blender(), "cpu", 1)
    child = _child_of(os.getpid(), process)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(MachineError, match="ended by signal 9"):
        process.run("draw", 30, camera=0, moment=0)
    process.close()
    assert not process.folder.exists()


def test_a_job_that_fails_shows_why_and_one_that_takes_too_long_is_stopped() -> None:
    skip_without_blender()
    process = BlenderProcess(find_blender(), "cpu", 1)
    with pytest.raises(MachineError, match=r"Blender failed .draw.*its last words"):
        process.run("draw", 30, camera=0, moment=0)
    process = BlenderProcess(find_blender(), "cpu", 1)
    with pytest.raises(MachineError, match="did not finish within 0"):
        process.run("draw", 0.0, camera=0, moment=0)
    assert not process.is_alive


def test_blender_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    skip_without_blender()
    script = (
        "import os, time\n"
        "from recam.worlds.blender import find_blender\n"
        "from recam.worlds.blender.process import BlenderProcess\n"
        "process = BlenderProcess(find_blender(), 'cpu', 1)\n"
        "print(process._process.pid, process.folder, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child, folder = parent.stdout.readline().split(maxsplit=1)
    child, folder = int(child), Path(folder.strip())
    assert folder.is_dir()
    assert psutil.pid_exists(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 20
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "Blender outlived the process that started it"
        time.sleep(0.1)
    assert not folder.exists()


def test_no_blender_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECAM_BLENDER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match=r"python3.11 -m venv .venv-blender .*pip install bpy==5.0.1"):
        find_blender()
    with pytest.raises(MachineError, match="there is no such program"):
        find_blender(tmp_path / "blender")
    monkeypatch.setenv("RECAM_BLENDER", sys.executable)
    with pytest.raises(MachineError, match=r"RECAM_BLENDER .*this Python has no module bpy"):
        find_blender()
    program = tmp_path / "blender"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.delenv("RECAM_BLENDER")
    with pytest.raises(MachineError, match="ended with code 3"):
        BlenderProcess(find_blender(), "cpu", 1)


def test_quaternions_do_not_jump_and_focus_follows_the_character() -> None:
    turns = np.tile(np.eye(4), (37, 1, 1))
    angles = np.radians(np.arange(37) * 20.0)
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angles)
    turns[:, 1, 0], turns[:, 0, 1] = np.sin(angles), -np.sin(angles)
    steps = np.abs(np.diff(moving(turns)[:, 3:], axis=0)).max()
    assert steps < 0.2
    np.testing.assert_allclose(subject_middles(known_scene())[:, 0], WAY - WAY[0], atol=1e-9)


def _child_of(parent: int, process: BlenderProcess) -> int:
    children = [child.pid for child in psutil.Process(parent).children()]
    assert process._process.pid in children
    return process._process.pid


@pytest.mark.gl
def test_both_engines_see_the_same_geometry(engine: BlenderEngine) -> None:
    """A composed scene: the same depth at almost all pixels, the same masks, in MuJoCo and in Blender."""
    from recam.worlds.mujoco import MujocoEngine
    from recam.worlds.shots import draw_shot

    shot = draw_shot(2, 0, 3, 15.0)
    paths = list(shot.cameras.values())[:3]
    ours = engine.render(shot.scene, paths, shot.lens, depth=True, masks=True)
    other = MujocoEngine(SIZE)
    try:
        theirs = other.render(shot.scene, paths, shot.lens, depth=True, masks=True)
    finally:
        other.close()
    assert ours.intrinsics == theirs.intrinsics
    for views in (ours, theirs):
        assert views.depth is not None
        assert views.masks is not None
    same = ours.masks == theirs.masks
    assert same.mean() > 0.97, same.mean()
    solid = same & (ours.masks > 0)
    apart = np.abs(ours.depth[solid] / theirs.depth[solid] - 1)
    assert (apart < 0.01).mean() > 0.98, np.quantile(apart, [0.5, 0.9, 0.98])
    assert np.median(apart) < 1e-3
