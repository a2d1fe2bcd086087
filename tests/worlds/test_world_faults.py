"""What can befall a rendered world, on one made by the MuJoCo engine: each fault is reported by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from recam.camera import Poses, write_multicamvideo
from recam.camera.formats import read_cameras
from recam.data.check import Report, check_dataset
from recam.data.index import open_index
from recam.errors import OutputError
from recam.worlds.settings import SceneSettings
from recam.worlds.write import render_world
from small_disk import small_disk

pytestmark = pytest.mark.gl
SETTINGS = SceneSettings(size=32, num_frames=5, depth=True, masks=True)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenes with depth and masks."""
    root = tmp_path_factory.mktemp("faults") / "world"
    render_world(root, range(2), SETTINGS)
    return root


@pytest.fixture
def world(rendered: Path, tmp_path: Path) -> Path:
    return shutil.copytree(rendered, tmp_path / "world")


def _check(root: Path, **options: int) -> Report:
    return check_dataset(open_index(root), **options)


def _scene(root: Path) -> Path:
    (folder,) = root.glob("train/*/scene1")
    return folder


def _cut(scene: Path) -> None:
    video = scene / "videos" / "cam04.mp4"
    video.write_bytes(video.read_bytes()[: video.stat().st_size * 2 // 3])


def _flip_byte(scene: Path) -> None:
    """In the pictures' data, where most decoders go on without a word."""
    video = scene / "videos" / "cam05.mp4"
    content = bytearray(video.read_bytes())
    content[content.index(b"mdat") + 4 + (len(content) - content.index(b"mdat")) // 2] ^= 0x10
    video.write_bytes(content)


def _swap_clips(scene: Path) -> None:
    first, second = (scene / "videos" / f"cam0{number}.mp4" for number in (2, 3))
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


def _swap_poses(scene: Path) -> None:
    file = scene / "cameras" / "camera_extrinsics.json"
    cameras: dict[str, Poses] = dict(read_cameras(file).cameras)
    cameras["cam02"], cameras["cam03"] = cameras["cam03"], cameras["cam02"]
    write_multicamvideo(file, cameras)


FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a deleted video": (
        lambda scene: (scene / "videos" / "cam07.mp4").unlink(),
        "videos/cam07.mp4",
        "no video for camera cam07",
    ),
    "deleted depth": (lambda scene: (scene / "depth" / "cam02.npz").unlink(), "depth/cam02.npz", "no depth"),
    "a flipped byte": (_flip_byte, "videos/cam05.mp4", "has changed since it was written"),
    "a truncated video": (_cut, "videos/cam04.mp4", "damaged or cut off"),
    "masks of another scene": (
        lambda scene: shutil.copy(scene / "depth" / "cam02.npz", scene / "masks" / "cam02.npz"),
        "masks/cam02.npz",
        "cannot be read as masks",
    ),
    "swapped clips": (
        _swap_clips,
        "videos/cam02.mp4",
        "cam03.mp4 held when it was written: files are swapped",
    ),
    "swapped cameras": (
        _swap_poses,
        "cameras/camera_extrinsics.json",
        "makes that move: cameras are swapped",
    ),
}


def test_a_rendered_world_is_clean(world: Path) -> None:
    report = _check(world, workers=2)
    assert report.problems == []
    assert (report.scenes, report.videos, report.frames) == (2, 20, 100)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(world: Path, fault: str) -> None:
    harm, file, said = FAULTS[fault]
    harm(_scene(world))
    report = _check(world)
    assert report.bad_scenes == [_scene(world).relative_to(world).as_posix()]
    named = [problem.reason for problem in report.problems if problem.file.endswith(f"scene1/{file}")]
    assert any(said in reason for reason in named), report.problems


def test_all_faults_at_once_are_all_named(world: Path) -> None:
    scene = _scene(world)
    for fault in (
        "a deleted video",
        "a flipped byte",
        "a truncated video",
        "swapped clips",
        "swapped cameras",
    ):
        FAULTS[fault][0](scene)
    named = {
        problem.file.removeprefix(f"{scene.relative_to(world).as_posix()}/")
        for problem in _check(world).problems
    }
    assert named == {
        "videos/cam02.mp4", "videos/cam03.mp4", "videos/cam04.mp4", "videos/cam05.mp4", "videos/cam07.mp4",
        "cameras/camera_extrinsics.json",
    }  # fmt: skip


def test_a_full_disk_is_named_and_leaves_no_half_scene(tmp_path: Path) -> None:
    with small_disk(2000), pytest.raises(OutputError, match=r"scene0: .*(disk full|file too large|no space)"):
        render_world(tmp_path / "world", range(1), SETTINGS)
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".part")] == []
