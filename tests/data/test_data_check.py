"""Every fault of a data set is reported by the name of the bad file, with its reason."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recam.camera import CameraPath, Poses, write_multicamvideo
from recam.camera.formats import read_cameras
from recam.data.check import Report, check_dataset
from recam.data.index import count_scenes, open_index, read_records
from recam.data.quarantine import move_aside, open_quarantine
from recam.errors import InputError, OutputError
from recam.video import Video

SCENE = "train/f24_aperture5/scene2"
CAMERA_FILE = "cameras/camera_extrinsics.json"


def _check(root: Path, **options: object) -> Report:
    return check_dataset(open_index(root), **{"num_cameras": 3, **options})  # type: ignore[arg-type]


def _found(report: Report) -> list[tuple[str, str]]:
    return [(problem.kind, problem.file.removeprefix(SCENE + "/")) for problem in report.problems]


def test_a_sound_world_is_clean(made_world: Path) -> None:
    done: list[int] = []
    report = _check(made_world, workers=2, on_scene=done.append)
    assert report.problems == []
    assert (report.scenes, report.videos, report.frames, done) == (3, 9, 45, [1, 2, 3])


def _save(scene: Path, frames: np.ndarray, fps: int = 8) -> None:
    Video.from_frames(frames.astype(np.uint8), fps).save(scene / "videos" / "cam02.mp4")


def _clip(scene: Path) -> np.ndarray:
    return Video.load(scene / "videos" / "cam02.mp4").frames


def _cut(scene: Path) -> None:
    video = scene / "videos" / "cam02.mp4"
    video.write_bytes(video.read_bytes()[: video.stat().st_size * 7 // 10])


def _flip_bit(scene: Path) -> None:
    video = scene / "videos" / "cam02.mp4"
    content = bytearray(video.read_bytes())
    content[content.index(b"mdat") + 4] ^= 0x40  # in the length of the first frame's first part
    video.write_bytes(content)


def _edit_poses(scene: Path, edit: Callable[[dict[str, Poses]], dict[str, Poses]]) -> None:
    cameras = dict(read_cameras(scene / CAMERA_FILE).cameras)
    write_multicamvideo(scene / CAMERA_FILE, edit(cameras))


def _swap_poses(scene: Path) -> None:
    _edit_poses(scene, lambda c: {"cam01": c["cam01"], "cam02": c["cam03"], "cam03": c["cam02"]})


def _roll(scene: Path) -> None:
    turn = np.eye(4)
    turn[:2, :2] = [[0, -1], [1, 0]]
    _edit_poses(scene, lambda c: {name: Poses(turn @ poses.matrices) for name, poses in c.items()})


def _spoil_number(scene: Path) -> None:
    cameras = json.loads((scene / CAMERA_FILE).read_text())
    cameras["frame3"]["cam02"] = cameras["frame3"]["cam02"].replace("[", "[nan ", 1)
    (scene / CAMERA_FILE).write_text(json.dumps(cameras))


def _drop_caption(scene: Path) -> None:
    (scene / "scene.json").write_text('{"caption": ""}')


FAULTS: dict[str, tuple[Callable[[Path], object], set[tuple[str, str]], str]] = {
    "a deleted video": (
        lambda scene: (scene / "videos/cam02.mp4").unlink(),
        {("missing", "videos/cam02.mp4")},
        "no video for camera cam02",
    ),
    "all videos deleted": (
        lambda scene: shutil.rmtree(scene / "videos"),
        {("missing", f"videos/cam0{number}.mp4") for number in (1, 2, 3)},
        "no video for camera cam01",
    ),
    "a deleted camera file": (
        lambda scene: (scene / CAMERA_FILE).unlink(),
        {("cameras", CAMERA_FILE)},
        "no such file",
    ),
    "a truncated video": (_cut, {("video", "videos/cam02.mp4")}, "damaged or cut off"),
    "a flipped byte": (_flip_bit, {("video", "videos/cam02.mp4")}, "cut off|damaged"),
    "an empty video": (
        lambda scene: (scene / "videos/cam02.mp4").write_bytes(b""),
        {("video", "videos/cam02.mp4")},
        "is empty",
    ),
    "a folder in a video's place": (
        lambda scene: ((scene / "videos/cam02.mp4").unlink(), (scene / "videos/cam02.mp4").mkdir()),
        {("video", "videos/cam02.mp4")},
        "is a folder",
    ),
    "swapped poses": (_swap_poses, {("swapped", CAMERA_FILE)}, "cam03 makes that move: cameras are swapped"),
    "other axes": (_roll, {("axes", CAMERA_FILE)}, "rolled by .*90 degrees"),
    "a pose that is not finite": (_spoil_number, {("cameras", CAMERA_FILE)}, "frame 3, camera cam02"),
    "a camera without poses": (
        lambda scene: _edit_poses(scene, lambda c: {name: c[name] for name in ("cam01", "cam03")}),
        {("cameras", CAMERA_FILE)},
        "has no poses for cam02",
    ),
    "too few frames": (
        lambda scene: _save(scene, _clip(scene)[:4]),
        {("frames", "videos/cam02.mp4")},
        "has 4 frames; its camera has 5 poses",
    ),
    "another rate": (
        lambda scene: _save(scene, _clip(scene), 12),
        {("rate", "videos/cam02.mp4")},
        "12 frames a second; the others 8",
    ),
    "another size": (
        lambda scene: _save(scene, _clip(scene).repeat(2, axis=2)),
        {("size", "videos/cam02.mp4")},
        "is 32x16; the others are 16x16",
    ),
    "black": (
        lambda scene: _save(scene, _clip(scene) * 0),
        {("black", "videos/cam02.mp4")},
        "all frames are black",
    ),
    "one frame black": (
        lambda scene: _save(
            scene, np.concatenate([_clip(scene)[:3], np.zeros((1, 16, 16, 3)), _clip(scene)[4:]])
        ),
        {("black", "videos/cam02.mp4")},
        r"1 of 5 frames are \(the first is frame 3\) black",
    ),
    "one colour": (
        lambda scene: _save(scene, _clip(scene) * 0 + 120),
        {("flat", "videos/cam02.mp4")},
        "of one colour",
    ),
    "frozen": (
        lambda scene: _save(scene, np.repeat(_clip(scene)[:1], 5, axis=0)),
        {("frozen", "videos/cam02.mp4")},
        "its camera moves",
    ),
    "a copy": (
        lambda scene: shutil.copy(scene / "videos/cam03.mp4", scene / "videos/cam02.mp4"),
        {("copy", "videos/cam03.mp4")},
        "same file as cam02.mp4",
    ),
    "no caption": (
        _drop_caption,
        {("caption", f"videos/cam0{number}.mp4") for number in (1, 2, 3)},
        "has no caption",
    ),
    "a broken description": (
        lambda scene: (scene / "scene.json").write_text("{"),
        {("description", "scene.json")},
        "description",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(made_world: Path, fault: str) -> None:
    harm, expected, said = FAULTS[fault]
    harm(made_world / SCENE)
    report = _check(made_world)
    assert set(_found(report)) >= expected
    assert report.bad_scenes == [SCENE]
    assert any(re.search(said, str(problem)) for problem in report.problems), report


def test_a_scene_filmed_otherwise_than_the_rest(made_world: Path, add_scene: Callable[..., Path]) -> None:
    add_scene(made_world, 11, frames=9)
    (problem,) = _check(made_world).problems
    assert problem.file == "train/f24_aperture5/scene11"
    assert "9 frames of 16x16 at 8 a second; 3 of 4 scenes of train have 5 frames" in problem.reason


def test_ten_cameras_are_expected(made_world: Path) -> None:
    report = _check(made_world, num_cameras=10)
    assert report.by_kind() == {"missing": 21, "cameras": 3}


def test_the_published_trajectories_are_known_by_their_order(tmp_path: Path) -> None:
    """Without any description: cam07 and cam09 change places in the validation scene's camera file."""
    place = tmp_path / "val" / "10basic_trajectories"
    (place / "videos").mkdir(parents=True)
    (place / "cameras").mkdir()
    shutil.copy(
        Path(__file__).parents[1] / "fixtures/cameras/multicamvideo_val_extrinsics.json", place / CAMERA_FILE
    )
    kinds = {problem.kind for problem in _check(tmp_path).problems}
    assert kinds == {"missing"}  # only the videos
    _edit_poses(
        place,
        lambda c: {name: c[{"cam07": "cam09", "cam09": "cam07"}.get(name, name)] for name in c},
    )
    said = [problem.reason for problem in _check(tmp_path).problems if problem.kind == "swapped"]
    assert len(said) == 2
    assert "cam09 makes that move" in said[0]


def test_checksums_tell_what_pictures_cannot(made_world: Path, tmp_path: Path) -> None:
    count_scenes(open_index(made_world), tmp_path / "i.jsonl", checksums=True)
    known = read_records(tmp_path / "i.jsonl")
    assert _check(made_world, against=known).clean
    videos = made_world / SCENE / "videos"
    (videos / "cam02.mp4").rename(videos / "x")
    (videos / "cam03.mp4").rename(videos / "cam02.mp4")
    (videos / "x").rename(videos / "cam03.mp4")
    shutil.rmtree(made_world / "train/f24_aperture5/scene10")
    other = made_world / "train/f24_aperture5/scene0/videos/cam01.mp4"
    other.write_bytes(other.read_bytes().replace(b"isom", b"isoM", 1))
    report = _check(made_world, against=known)
    assert {(problem.kind, problem.file) for problem in report.problems} == {
        ("checksum", f"{SCENE}/videos/cam02.mp4"),
        ("checksum", f"{SCENE}/videos/cam03.mp4"),
        ("checksum", "train/f24_aperture5/scene0/videos/cam01.mp4"),
        ("missing", "train/f24_aperture5/scene10"),
    }
    swapped = next(problem for problem in report.problems if problem.file.endswith("scene2/videos/cam02.mp4"))
    assert swapped.reason == (
        f"now holds what {SCENE}/videos/cam03.mp4 held when it was indexed: files are swapped or copied"
    )


def test_own_clips_are_held_to_their_camera_file(made_world: Path, tmp_path: Path) -> None:
    made = made_world / SCENE
    own = tmp_path / "own"
    shutil.copytree(made / "videos", own / "dance")
    shutil.copy(made / CAMERA_FILE, own / "dance" / "cameras.json")
    (own / "captions.json").write_text('{"dance": "a dance"}')
    assert _check(own).clean
    (own / "dance" / "cam02.mp4").unlink()
    assert [str(problem) for problem in _check(own).problems] == [
        "dance/cam02.mp4: no video for camera cam02"
    ]


def test_bad_scenes_move_aside_whole(made_world: Path, tmp_path: Path) -> None:
    _cut(made_world / SCENE)
    index = open_index(made_world)
    problems = check_dataset(index, num_cameras=3).problems
    aside = open_quarantine(index, tmp_path / "bad")
    assert move_aside(index, problems, aside) == [SCENE]
    assert sorted(path.name for path in (aside / SCENE / "videos").iterdir()) == [
        "cam01.mp4", "cam02.mp4", "cam03.mp4",
    ]  # fmt: skip
    (line,) = (aside / "quarantine.jsonl").read_text().splitlines()
    assert json.loads(line)["scene"] == SCENE
    assert "cam02.mp4: is" in json.loads(line)["problems"][0]
    assert _check(made_world).clean


def test_quarantine_refuses_places_that_would_not_do(made_world: Path, tmp_path: Path) -> None:
    index = open_index(made_world)
    with pytest.raises(InputError, match="lies in the data set"):
        open_quarantine(index, made_world / "bad")
    _cut(made_world / SCENE)
    problems = check_dataset(index, num_cameras=3).problems
    (tmp_path / "bad" / SCENE).mkdir(parents=True)
    with pytest.raises(OutputError, match="in quarantine already"):
        move_aside(index, problems, open_quarantine(index, tmp_path / "bad"))
    assert (made_world / SCENE).is_dir()


def test_a_moving_preset_is_no_other(made_world: Path) -> None:
    """The tolerance is finer than the difference between neighbouring strengths."""
    scene = made_world / SCENE
    weak = CameraPath.preset("dolly-in", num_frames=5, strength=0.95).poses
    _edit_poses(scene, lambda c: {**c, "cam03": c["cam03"][0].compose(weak)})
    assert _found(_check(made_world)) == [("swapped", CAMERA_FILE)]


def test_captions_of_videos_that_are_not_there(made_world: Path) -> None:
    rows = ["file_name,text", "train/f24_aperture5/scene2/videos/cam02.mp4,a street"]
    rows += ["f24_aperture5/scene2/videos/cam09.mp4,no such camera", f"{SCENE}/videos/cam10.mp4,nor this"]
    rows += [f"train/f24_aperture5/scene7/videos/cam0{number}.mp4,a scene that is gone" for number in (1, 2)]
    (made_world / "metadata.csv").write_text("\n".join(rows) + "\n")
    assert [str(problem) for problem in _check(made_world).problems] == [
        "f24_aperture5/scene2/videos/cam09.mp4: metadata.csv has a caption for it; there is no such video",
        f"{SCENE}/videos/cam10.mp4: metadata.csv has a caption for it; there is no such video",
        "train/f24_aperture5/scene7: metadata.csv has captions for 2 of its videos; there is no such scene",
    ]


def test_a_missing_video_with_a_caption_is_told_once(made_world: Path) -> None:
    (made_world / "metadata.csv").write_text(f"file_name,text\n{SCENE}/videos/cam02.mp4,a street\n")
    (made_world / SCENE / "videos" / "cam02.mp4").unlink()
    assert len(_check(made_world).problems) == 1
