"""A world rendered by a Ray cluster of two machines, one of which dies: the same bytes as without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hand_made_world import HandMade
from recam.errors import DatasetError
from recam.worlds.settings import SceneSettings
from recam.worlds.write import SceneDone, render_world
from trees import file_bytes
from two_machines import Machines, two_machines


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with two_machines() as cluster:
        yield cluster


@pytest.mark.gl
def test_scenes_of_a_cluster_are_those_of_one_machine(machines: Machines, tmp_path: Path) -> None:
    settings = SceneSettings(size=16, num_frames=1, depth=True, masks=True)
    render_world(tmp_path / "alone", range(3), settings)
    report = render_world(tmp_path / "together", range(3), settings, ray=machines.address)
    assert report.rendered == 3
    assert file_bytes(tmp_path / "together") == file_bytes(tmp_path / "alone")


def test_a_folder_that_is_not_shared(machines: Machines, tmp_path: Path) -> None:
    """The machines of the cluster see nothing where the world is (here: it is gone when they look)."""

    class Gone(HandMade):
        def __reduce__(self) -> tuple[object, ...]:
            (tmp_path / "world" / "world.json").unlink(missing_ok=True)
            return HandMade, ()

    with pytest.raises(DatasetError, match="world: is not seen by all machines of the cluster"):
        render_world(tmp_path / "world", [0], Gone(), ray=machines.address)


def test_a_fault_of_one_machine_is_raised_here(machines: Machines, tmp_path: Path) -> None:
    report = render_world(tmp_path / "world", range(2), HandMade(black=(1,)), ray=machines.address)
    assert report.failed == {1: "videos/cam02.mp4 all frames are black"}


@pytest.mark.filterwarnings("ignore:1 of 2 machines")
def test_a_machine_dies_in_the_middle(machines: Machines, tmp_path: Path) -> None:
    """The last test of this cluster."""
    settings = HandMade(seconds=0.3)
    render_world(tmp_path / "alone", range(16), HandMade(seconds=0.3), sheets=True)
    done: list[SceneDone] = []

    def take(scene: SceneDone) -> None:
        done.append(scene)
        if len(done) == 4:
            time.sleep(0.15)  # both machines are amid a scene
            machines.kill()

    out = tmp_path / "together"
    report = render_world(out, range(16), settings, on_scene=take, ray=machines.address, sheets=True)
    assert report.rendered == 16
    assert sorted(scene.number for scene in done) == list(range(16))
    assert file_bytes(out) == file_bytes(tmp_path / "alone")
    assert not list(out.rglob("*.part"))
