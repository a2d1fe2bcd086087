"""Every format gives back what was written, to its printed precision, axes and lens included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from camera_helpers import pose_lists
from hypothesis import given, settings
from hypothesis import strategies as st

from recam.camera import FORMATS, Intrinsics, Lenses, Poses, read_cameras
from recam.camera.formats import CameraSet, find_format, write_cameras
from recam.errors import InputError

LENS = Intrinsics(900.0, 880.0, 655.0, 355.0, 1280, 720)
NAMES = [known.name for known in FORMATS if known.name != "recam"]
SUFFIX = {
    "npz": ".npz",
    "vista4d": ".npz",
    "colmap": "",
    "colmap-text": "",
    "vipe": "",
    "megasam": ".npz",
    "vggt": ".npz",
}


def target(folder: Path, name: str) -> Path:
    return folder / f"shot{SUFFIX.get(name, '.json' if find_format(name).kinds == ('json',) else '.txt')}"


def zoomed(poses: Poses) -> Lenses:
    return Lenses.zoomed(LENS, np.linspace(1.0, 1.7, len(poses)))


@pytest.mark.parametrize("name", NAMES)
@given(poses=pose_lists(min_size=1, max_size=4))
@settings(deadline=None, max_examples=12)
def test_poses_and_lens_come_back(name: str, tmp_path_factory: pytest.TempPathFactory, poses: Poses) -> None:
    known = find_format(name)
    file = target(tmp_path_factory.mktemp("written"), name)
    lens = Lenses.constant(LENS, len(poses)) if name == "megasam" else zoomed(poses)  # it holds one lens
    write_cameras(file, CameraSet("none", {"shot": poses}, False, {"shot": lens}), name)
    read = read_cameras(file)
    ((_, found),) = read.cameras.items()
    assert read.format == name
    tolerance = 2e-8 if name == "multicamvideo" else 1e-9  # ten digits of positions of up to 20 m
    assert np.abs(found.matrices - poses.matrices).max() < tolerance
    if known.lens == "none":
        assert not read.lenses
        return
    ((_, lenses),) = read.lenses.items()
    if name in ("vista4d", "vipe", "megasam", "vggt"):  # in pixels of pictures whose size they do not state
        np.testing.assert_allclose(lenses.params, lens.params, rtol=1e-12)
        return
    shares = lenses.params / [lenses.width, lenses.height, lenses.width, lenses.height]
    np.testing.assert_allclose(shares, lens.params / [1280, 720, 1280, 720], rtol=1e-9)


@pytest.mark.parametrize(
    "name", [known.name for known in FORMATS if known.several and known.name != "vista4d"]
)
def test_several_cameras_keep_their_names_and_order(name: str, tmp_path: Path) -> None:
    moves = {f"cam{number}": _drive(number) for number in (1, 2, 10)}
    lenses = {key: zoomed(poses) for key, poses in moves.items()}
    write_cameras(target(tmp_path, name), CameraSet("none", moves, False, lenses), name)
    read = read_cameras(target(tmp_path, name)).cameras
    assert list(read) == list(moves)
    for key, poses in moves.items():
        np.testing.assert_allclose(read[key].matrices, poses.matrices, atol=1e-9)


def _drive(metres: float, num_frames: int = 12) -> Poses:
    matrices = np.tile(np.eye(4), (num_frames, 1, 1))
    matrices[:, 2, 3] = np.linspace(0, metres, num_frames)
    return Poses(matrices)


@pytest.mark.parametrize("name", [known.name for known in FORMATS if not known.several])
def test_formats_of_one_camera_refuse_several(name: str, tmp_path: Path) -> None:
    several = CameraSet("none", {"a": _drive(1), "b": _drive(2)}, False)
    with pytest.raises(ValueError, match=r"holds one camera and these are several \(a, b\)"):
        write_cameras(tmp_path / "out", several, name)
    assert not list(tmp_path.iterdir())


def test_a_file_of_one_lens_refuses_one_that_changes(tmp_path: Path) -> None:
    zooming = CameraSet("none", {"shot": _drive(1)}, False, {"shot": zoomed(_drive(1))})
    with pytest.raises(InputError, match="holds one lens for all frames"):
        write_cameras(tmp_path / "shot.npz", zooming, "megasam")
    assert not list(tmp_path.iterdir())


@given(seconds=st.lists(st.floats(0.01, 2), min_size=1, max_size=5))
@settings(deadline=None, max_examples=20)
@pytest.mark.parametrize("name", ["tum", "realestate10k", "npz"])
def test_times_come_back(name: str, seconds: list[float], tmp_path_factory: pytest.TempPathFactory) -> None:
    times = 100 + np.cumsum(seconds)
    file = target(tmp_path_factory.mktemp("times"), name)
    given_set = CameraSet("none", {"shot": _drive(1, len(times))}, False, times={"shot": times})
    write_cameras(file, given_set, name)
    ((_, found),) = read_cameras(file).times.items()
    np.testing.assert_allclose(found, times, atol=5.1e-7)  # RealEstate10K counts microseconds
