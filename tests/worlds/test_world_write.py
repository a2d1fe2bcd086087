"""Worlds on disk: the published layout, and runs that are killed, stopped, out of space, or side by side."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from recam.camera.formats import read_cameras
from recam.data.layout import find_scenes
from recam.errors import DatasetError, InputError, OutputError
from recam.video import probe
from recam.worlds.settings import TinySettings
from recam.worlds.write import Report, SceneDone, render_world
from small_disk import small_disk
from trees import file_bytes

SMALL = TinySettings(size=16, num_frames=5)
TYPED = (
    sys.executable,
    "-m",
    "recam.apps.cli.main",
    "world",
    "render",
    "--engine",
    "tiny",
    "--size",
    "16",
    "--frames",
    "5",
)
FOLDER = Path("train") / "f24_aperture5"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six scenes, rendered one after another without a break."""
    folder = tmp_path_factory.mktemp("uninterrupted") / "world"
    assert render_world(folder, range(6), SMALL) == Report(rendered=6, frames=6 * 10 * 5)
    return folder


def _start(out: Path, *words: str, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*TYPED, str(out), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"},
        preexec_fn=before,
        start_new_session=True,  # a process group of its own, as a terminal gives
    )


def _wait_for_scenes(out: Path, count: int, run: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while len(list((out / FOLDER).glob("scene*"))) < count:
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.gl
def test_layout(world: Path) -> None:
    scene = world / FOLDER / "scene2"
    names = [f"cam{index:02d}" for index in range(1, 11)]
    assert sorted(path.name for path in scene.iterdir()) == ["cameras", "scene.json", "videos"]
    assert sorted(path.name for path in (scene / "videos").iterdir()) == [f"{name}.mp4" for name in names]
    for name in names:
        found = probe(scene / "videos" / f"{name}.mp4")
        assert (found.num_frames, found.width, found.height, float(found.fps)) == (5, 16, 16, 8.0)
    description = json.loads((scene / "scene.json").read_text())
    assert description["lens"] == "f24_aperture5"
    assert description["moves"]["cam01"] == {"kind": "static"}
    assert list(description["moves"]) == names


@pytest.mark.gl
def test_camera_files_read_back_as_the_moves(world: Path) -> None:
    for number in range(6):
        shot = SMALL.draw(number)
        read = read_cameras(world / FOLDER / f"scene{number}" / "cameras" / "camera_extrinsics.json").cameras
        assert list(read) == list(shot.cameras)
        for name, poses in read.items():
            np.testing.assert_allclose(
                poses.relative_to(read["cam01"][0]).matrices, shot.moves[name].poses.matrices, atol=1e-5
            )
            # y points down: a camera above the floor has a negative height
            np.testing.assert_allclose(
                -poses.translations[:, 1], shot.cameras[name].translations[:, 2], atol=1e-5
            )


@pytest.mark.gl
def test_metadata_has_a_caption_for_every_video(world: Path) -> None:
    with (world / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    captions = {
        str(path): scene.caption for scene in find_scenes(world, "train") for path in scene.videos.values()
    }
    assert {str(world / row["file_name"]): row["text"] for row in rows} == captions
    assert len(rows) == 60


@pytest.mark.gl
def test_validation_scenes_join_the_same_folder(world: Path, tmp_path: Path) -> None:
    settings = replace(SMALL, split="val")
    out = tmp_path / "world"
    render_world(out, [0], SMALL)
    render_world(out, [0], settings)
    scene = find_scenes(out, "val")[0]
    assert scene.folder == out / "val" / "10basic_trajectories" / "f24_aperture5" / "scene0"
    assert list(scene.videos) == [f"cam{index:02d}" for index in range(1, 12)]
    assert json.loads((out / "world.json").read_text()).keys() == {"train", "val"}
    assert len((out / "metadata.csv").read_text().splitlines()) == 1 + 10 + 11
    train = out / FOLDER / "scene0"
    assert file_bytes(train) == file_bytes(world / FOLDER / "scene0")


@pytest.mark.gl
def test_a_killed_run_goes_on(world: Path, tmp_path: Path) -> None:
    """kill -9 amid two workers: no half scene, no orphan; then the same bytes as without a break."""
    out = tmp_path / "world"
    run = _start(out, "--scenes", "6", "--workers", "2")
    _wait_for_scenes(out, 1, run)
    workers = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.communicate()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
    there = sorted((out / FOLDER).glob("scene*"))
    assert 1 <= len(there) < 6
    for scene in there:
        assert file_bytes(scene) == file_bytes(world / FOLDER / scene.name)
    (out / FOLDER / ".scene5-killed.part" / "videos").mkdir(parents=True)
    seen: list[SceneDone] = []
    report = render_world(out, range(6), SMALL, on_scene=seen.append)
    assert (report.kept, report.rendered) == (len(there), 6 - len(there))
    assert {done.number: done.status for done in seen} == {
        n: "kept" if out / FOLDER / f"scene{n}" in there else "rendered" for n in range(6)
    }
    assert file_bytes(out) == file_bytes(world)
    assert not list(out.rglob("*.part"))


@pytest.mark.gl
def test_ctrl_c_leaves_no_half_scene(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    run = _start(out, "--scenes", "400", "--workers", "2")
    _wait_for_scenes(out, 1, run)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to every process
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert said.strip() == "recam world render: interrupted; no unfinished file was left behind"
    assert not list(out.rglob("*.part"))
    for scene in (out / FOLDER).glob("scene[0-5]"):
        assert file_bytes(scene) == file_bytes(world / FOLDER / scene.name)


@pytest.mark.gl
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    out = tmp_path / "world"
    with small_disk(1024), pytest.raises(OutputError, match=r"scene0: .*(disk full|file too large)"):
        render_world(out, [0], SMALL)
    assert not list((out / FOLDER).iterdir())


@pytest.mark.gl
def test_a_full_disk_is_named_by_workers_too(tmp_path: Path) -> None:
    out = tmp_path / "world"
    run = _start(out, "--scenes", "2", "--workers", "2", before=small_disk(1024).__enter__)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 2, said
    assert len(said.strip().splitlines()) == 1, said
    assert said.startswith(f"recam world render: {out / FOLDER}{os.sep}scene"), said
    assert "is the disk full" in said or "file too large" in said
    assert not list((out / FOLDER).iterdir())


@pytest.mark.gl
def test_a_living_run_keeps_its_half_scenes(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    render_world(out, [0], SMALL)
    theirs = out / FOLDER / ".scene9-alive.part"
    theirs.mkdir()
    (theirs / "scene.json").write_text("{ half")
    with (out / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # what a run holds as long as it lives
        render_world(out, [1], SMALL)
        assert theirs.exists()
    render_world(out, [1], SMALL)
    assert not theirs.exists()


@pytest.mark.gl
def test_two_runs_may_meet_at_one_scene(tmp_path: Path) -> None:
    """The other run finishes scene 0 between our look and our last step: ours is thrown away."""
    out = tmp_path / "world"

    class Meets(TinySettings):
        def draw(self, number: int):
            if not (out / FOLDER / f"scene{number}").exists():
                render_world(out, [number], SMALL)
            return super().draw(number)

    assert render_world(out, [0], Meets(size=16, num_frames=5)).frames == 0
    assert not list(out.rglob("*.part"))


@pytest.mark.gl
def test_two_runs_side_by_side(world: Path, tmp_path: Path) -> None:
    """Two commands that share scenes: nothing is lost, nothing is half."""
    out = tmp_path / "world"
    runs = [_start(out, "--scenes", scenes, "--no-sheets") for scenes in ("6", "2:6")]
    for run in runs:
        _, said = run.communicate(timeout=120)
        assert run.returncode == 0, said
    assert file_bytes(out) == file_bytes(world)
    assert not list(out.rglob("*.part"))


def test_other_settings_are_refused(tmp_path: Path) -> None:
    render_world(tmp_path / "world", [], SMALL)
    before = file_bytes(tmp_path / "world")
    with pytest.raises(DatasetError, match=r"world.json: .* other settings \(seed 0 != 1, fps 8 != 12\)"):
        render_world(tmp_path / "world", [], replace(SMALL, seed=1, fps=12))
    assert file_bytes(tmp_path / "world") == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"train": 3}', "\udcff"])
def test_a_broken_record_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "world.json").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(DatasetError, match=r"world.json: "):
        render_world(tmp_path, [], SMALL)


def test_a_broken_description_is_named(tmp_path: Path) -> None:
    """Of a scene that this run is not about; its own are made anew."""
    scene = tmp_path / FOLDER / "scene7"
    scene.mkdir(parents=True)
    (scene / "scene.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"scene7/scene.json: .*caption.*remove its folder"):
        render_world(tmp_path, [], SMALL)
    assert not (tmp_path / "metadata.csv").exists()


@pytest.mark.gl
def test_damaged_scenes_are_made_anew(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    shutil.copytree(world, out)
    scenes = out / FOLDER
    (scenes / "scene0" / "videos" / "cam03.mp4").unlink()
    (scenes / "scene1" / "scene.json").write_text("{ half")
    (scenes / "scene2" / "videos" / "cam10.mp4").write_bytes(b"")
    shutil.rmtree(scenes / "scene3" / "cameras")
    shutil.rmtree(scenes / "scene4")
    report = render_world(out, range(6), SMALL)
    assert (report.rendered, report.kept) == (5, 1)
    assert list(report.mended) == [0, 1, 2, 3]
    assert report.mended[0] == "videos/cam03.mp4 is gone"
    assert report.mended[2] == "videos/cam10.mp4 has 0 bytes, not more"
    assert file_bytes(out) == file_bytes(world)
    assert not list(out.rglob("*.part"))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file/world: cannot be written"):
        render_world(tmp_path / "file" / "world", [0], SMALL)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"focal_mm": 20}, "--lens 20"),
        ({"num_frames": 6}, "--frames 6"),
        ({"num_frames": 0}, "--frames 0"),
        ({"size": 20}, "--size 20"),
        ({"fps": 0}, "--fps 0"),
        ({"radii": ()}, "radii"),
        ({"radii": (0.1,)}, "radii"),
        ({"radii": (float("nan"),)}, "radii"),
        ({"basic_share": 1.5}, "basic_share 1.5"),
    ],
)
def test_bad_settings(tmp_path: Path, changes: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        render_world(tmp_path / "world", [0], replace(SMALL, **changes))
    assert not (tmp_path / "world").exists()
