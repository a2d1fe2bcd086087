"""What was written is read back: every fault is named, tried again once, and never kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hand_made_world import CAMERAS, HandMade, hand_made
from recam.camera import Poses
from recam.camera.formats import read_cameras
from recam.camera.formats.multicamvideo import write_multicamvideo
from recam.data.check_clip import is_dull
from recam.draft.depth_files import open_depth
from recam.errors import DatasetError
from recam.video import Video
from recam.worlds.compose import describe
from recam.worlds.scene import Material, Part, Shape, Thing
from recam.worlds.scene_files import file_poses, write_scene
from recam.worlds.settings import SceneSettings
from recam.worlds.shots import Shot, draw_shot
from recam.worlds.verify import check_written, damage
from recam.worlds.write import Report, render_world

SETTINGS = HandMade()
FILM = hand_made(3, maps=True)
CAMERA_FILE = Path("cameras") / "camera_extrinsics.json"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    folder = tmp_path / "scene3"
    folder.mkdir()
    write_scene(folder, FILM, SETTINGS)
    return folder


def _truncate(scene: Path) -> None:
    path = scene / "videos" / "cam02.mp4"
    path.write_bytes(path.read_bytes()[:-200])


def _one_frame_less(scene: Path) -> None:
    Video.from_frames(FILM.frames[1, :-1], 8).save(scene / "videos" / "cam02.mp4")


def _other_rate(scene: Path) -> None:
    Video.from_frames(FILM.frames[1], Fraction(9)).save(scene / "videos" / "cam02.mp4")


def _other_size(scene: Path) -> None:
    Video.from_frames(FILM.frames[1, :, :16], 8).save(scene / "videos" / "cam02.mp4")


def _black_frame(scene: Path) -> None:
    frames = FILM.frames[1].copy()
    frames[2] = 0
    Video.from_frames(frames, 8).save(scene / "videos" / "cam02.mp4")


def _frozen(scene: Path) -> None:
    frames = np.repeat(FILM.frames[1, :1], 5, axis=0)
    Video.from_frames(frames, 8).save(scene / "videos" / "cam02.mp4", crf=0)


def _one_colour(scene: Path) -> None:
    Video.from_frames(np.full_like(FILM.frames[1], 90), 8).save(scene / "videos" / "cam02.mp4")


def _gone(scene: Path) -> None:
    (scene / "videos" / "cam02.mp4").unlink()


def _moved(scene: Path) -> None:
    cameras = file_poses(FILM)
    moved = cameras["cam02"].matrices.copy()
    moved[3, 0, 3] += 1e-5
    write_multicamvideo(scene / CAMERA_FILE, {**cameras, "cam02": type(cameras["cam02"])(moved)})


def _one_camera(scene: Path) -> None:
    write_multicamvideo(scene / CAMERA_FILE, {"cam01": file_poses(FILM)["cam01"]})


def _other_caption(scene: Path) -> None:
    (scene / "scene.json").write_text('{"caption": "something else"}')


def _other_depth(scene: Path) -> None:
    assert FILM.depth is not None
    np.savez_compressed(
        scene / "depth" / "cam01.npz", depth=FILM.depth[0].astype(np.float16) * np.float16(1.01)
    )


def _no_masks(scene: Path) -> None:
    (scene / "masks" / "cam01.npz").write_bytes(b"PK no zip")


@pytest.mark.parametrize(
    ("harm", "file", "said"),
    [
        (_truncate, "cam02.mp4", "cam02.mp4"),
        (_one_frame_less, "cam02.mp4", "has 4 frames; its camera has 5 poses"),
        (_other_rate, "cam02.mp4", "has 9 frames a second, not 8"),
        (_other_size, "cam02.mp4", "not 5 frames of 32x32"),
        (_black_frame, "cam02.mp4", "1 of 5 frames are (the first is frame 2) black"),
        (_frozen, "cam02.mp4", "the same picture, but its camera moves"),
        (_one_colour, "cam02.mp4", "all frames are of one colour"),
        (_gone, "videos", "has cam01, not cam01, cam02"),
        (_moved, "camera_extrinsics.json", "camera cam02 reads back with other poses"),
        (_one_camera, "camera_extrinsics.json", "has cameras cam01, not cam01, cam02"),
        (_other_caption, "scene.json", "another caption"),
        (_other_depth, "cam01.npz", "reads back as other depth"),
        (_no_masks, "cam01.npz", "cannot be read back"),
    ],
)
def test_faults_are_named(scene: Path, harm: Callable[[Path], None], file: str, said: str) -> None:
    check_written(scene, FILM, SETTINGS)
    harm(scene)
    with pytest.raises(DatasetError, match=re.escape(said)) as caught:
        check_written(scene, FILM, SETTINGS)
    assert file in str(caught.value.path) or file in str(caught.value)


def test_what_is_written(scene: Path) -> None:
    """Poses to the files' precision; depth that the draft reads; sizes and checksums of all files."""
    cameras = read_cameras(scene / CAMERA_FILE).cameras
    assert list(cameras) == list(CAMERAS)
    np.testing.assert_allclose(cameras["cam02"].translations[4], [-0.4, -1.5, 3.0], atol=1e-9)
    np.testing.assert_allclose(cameras["cam02"].rotations[0], np.eye(3), atol=1e-9)
    assert FILM.depth is not None
    assert FILM.masks is not None
    maps = open_depth(scene / "depth" / "cam02.npz", "metric")
    maps.check_count(5)
    with np.load(scene / "masks" / "cam02.npz") as archive:
        np.testing.assert_array_equal(archive["masks"], FILM.masks[1])
    with np.load(scene / "depth" / "cam02.npz") as archive:
        assert np.isinf(archive["depth"][:, 0]).all()
        near = archive["depth"][:, 1:].astype(np.float64)
    np.testing.assert_allclose(near, FILM.depth[1][:, 1:], rtol=2**-11)
    files = json.loads((scene / "scene.json").read_text())["files"]
    assert len(files) == 2 + 1 + 2 + 2
    assert files["videos/cam01.mp4"]["bytes"] == (scene / "videos" / "cam01.mp4").stat().st_size


def test_damage_of_what_is_there(scene: Path) -> None:
    assert damage(scene) == damage(scene, thorough=True) == ""
    path = scene / "videos" / "cam02.mp4"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert damage(scene) == ""  # a flipped bit keeps the size
    assert damage(scene, thorough=True) == "videos/cam02.mp4 has changed since it was written"
    path.write_bytes(content[:-1])
    assert damage(scene) == f"videos/cam02.mp4 has {len(content) - 1} bytes, not {len(content)}"
    path.unlink()
    assert damage(scene) == "videos/cam02.mp4 is gone"
    (scene / "scene.json").write_text('{"caption": "a", "files": {"videos/cam01.mp4": 3}}')
    assert damage(scene) == ""  # a file without a size is only looked for
    (scene / "scene.json").write_text('{"caption": "a", "files": 3}')
    assert "camera_extrinsics" not in damage(scene)
    (scene / "scene.json").unlink()
    assert damage(scene).startswith("scene.json ")


def test_a_faulty_scene_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    report = render_world(tmp_path / "world", [0, 1], HandMade(falters=str(tmp_path / "notes")))
    assert (report.rendered, report.failed) == (2, {})
    render_world(tmp_path / "right", [0, 1], HandMade())
    for place in ("f24_aperture5/scene0", "f35_aperture2.4/scene1"):
        for path in (tmp_path / "right" / "train" / place).rglob("*.*"):
            twin = tmp_path / "world" / path.relative_to(tmp_path / "right")
            assert twin.read_bytes() == path.read_bytes()


def test_a_faulty_scene_is_reported_and_not_kept(tmp_path: Path) -> None:
    out = tmp_path / "world"
    seen = []
    report = render_world(
        out, range(4), HandMade(black=(2,)), on_scene=lambda done: seen.append((done.number, done.status))
    )
    assert report == Report(rendered=3, frames=3 * 2 * 5, failed={2: "videos/cam02.mp4 all frames are black"})
    assert seen == [(0, "rendered"), (1, "rendered"), (2, "failed"), (3, "rendered")]
    assert not list(out.rglob("*scene2*"))
    assert "scene2" not in (out / "metadata.csv").read_text()
    again = render_world(out, range(4), HandMade(black=(2,)))  # it is not given up for ever
    assert (again.rendered, again.kept, list(again.failed)) == (0, 3, [2])


def test_recheck_finds_a_flipped_bit(tmp_path: Path) -> None:
    out = tmp_path / "world"
    render_world(out, [0], SETTINGS)
    path = out / "train" / "f24_aperture5" / "scene0" / "videos" / "cam01.mp4"
    whole = path.read_bytes()
    path.write_bytes(whole[:1000] + bytes([whole[1000] ^ 4]) + whole[1001:])
    assert render_world(out, [0], SETTINGS).kept == 1
    report = render_world(out, [0], SETTINGS, recheck=True)
    assert report.mended == {0: "videos/cam01.mp4 has changed since it was written"}
    assert path.read_bytes() == whole


@dataclass(frozen=True)
class WalledIn(SceneSettings):
    """Scenes whose first camera has a plain board before it, up to attempt 2."""

    def draw(self, number: int, first_attempt: int = 0) -> Shot:
        shot = draw_shot(number, self.seed, self.num_frames, self.fps)
        scene = replace(shot.scene, attributes={**shot.scene.attributes, "attempt": first_attempt})
        if first_attempt < 2:
            ahead = Poses.from_parts(np.eye(3)[None], [[0, 0, 0.3]])
            look = Material.plain((0.5, 0.6, 0.7), roughness=1.0, emission=1.0)
            board = Part((Shape("box", (3.0, 3.0, 0.01), look),), (shot.cameras["cam01"] @ ahead).matrices)
            scene = replace(scene, things=(*scene.things, Thing("board", "prop", "a board", (board,))))
        return replace(shot, scene=describe(scene, [scene.subject]))


@pytest.mark.gl
def test_a_shot_that_shows_nothing_is_drawn_anew() -> None:
    settings = WalledIn(size=32, num_frames=1)
    film = settings.film(0)
    assert film.description["scene"]["attempt"] == 2
    assert not any(is_dull(frame) for clip in film.frames for frame in clip)


def test_dull_pictures() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert not is_dull(noise)
    assert is_dull(noise // 20)  # nearly black
    assert is_dull(100 + noise // 60)  # nearly of one colour
    assert not is_dull(100 + noise // 20)


def test_a_later_attempt_is_another_shot_of_the_same_family() -> None:
    first, later = (draw_shot(0, 0, 5, 8.0, first_attempt=attempt) for attempt in (0, 3))
    assert later.scene.attributes["attempt"] >= 3
    assert later.scene.environment == first.scene.environment
    assert later.scene.caption != first.scene.caption
